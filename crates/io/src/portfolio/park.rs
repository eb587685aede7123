//! Transactions parked by pool until all of a pool's are there: in memory, and beyond the budget in a file that has no name.
//!
//! Pools are numbered densely, so the remainder of the number is the bucket. Rows become compact records in the buffer of their
//! bucket; when the buffers pass their share of the budget, all of them go to disk as packed blocks. Reading takes bucket after
//! bucket; one that would not fit into its share is divided again by the next digit of the number, however often it takes.
//!
//! The file is unlinked before the first byte is in it and readable by this process alone: it holds descriptions, which are
//! personal data, and whatever ends the process, a kill included, also ends the file.

use std::{fs::File, os::unix::fs::FileExt as _, path::PathBuf};

use cashline_core::{
    defect::Source,
    money::Currency,
    row::{TransactionRow, TransactionStatus},
};
use serde::{Deserialize, Serialize};

use super::names::Names;
use crate::{commit::Interrupt, error::Error};

/// Buckets of the first division, and most of a further one.
const BUCKETS: u32 = 64;
/// The part of the budget that buffers may take.
const BUFFERED_PART: u64 = 2;
/// The part of the budget that the records of one bucket may take; built histories are up to four times as large.
const BUCKET_PART: u64 = 8;
/// Taken for the machine's memory where the system does not tell.
const MEMORY_UNKNOWN: u64 = 4 << 30;
/// zstd's fastest level proper: halves what goes to disk.
const LEVEL: i32 = 1;

/// How much memory transactions that do not stand together may take, and where they go beyond it. Never changes a byte of a
/// result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parking {
    /// Bytes. One chunk of pools in work and the longest single history come on top where they are larger.
    pub memory: u64,
    /// A directory that exists; nothing is created there unless the memory is passed.
    pub temp: PathBuf,
}

impl Default for Parking {
    /// Half of what the machine has, or of what its control group allows; the system's temporary directory.
    fn default() -> Parking {
        Parking { memory: machine_memory().unwrap_or(MEMORY_UNKNOWN) / 2, temp: std::env::temp_dir() }
    }
}

/// Bytes that this process may have at most, as far as the system tells.
fn machine_memory() -> Option<u64> {
    let facts = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = facts.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let machine = line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.saturating_mul(1_024);
    let group = std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
    let group = group.and_then(|text| text.trim().parse::<u64>().ok());
    Some(group.map_or(machine, |group| group.min(machine)))
}

/// The pools `first`, `first + step`, `first + 2 · step`, …
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Class {
    first: u32,
    step: u32,
}

impl Class {
    /// The class's pools, of so many in all.
    pub(super) fn pools(self, all: u32) -> impl ExactSizeIterator<Item = u32> {
        (self.first..all).step_by(self.step as usize)
    }

    /// Where a pool of the class stands in it.
    pub(super) fn place(self, pool: u32) -> u32 {
        (pool - self.first) / self.step
    }
}

/// A row without its account's text. Times are seconds after `transacted_at`: small numbers are short.
#[derive(Serialize, Deserialize)]
struct Record<'a> {
    pool: u32,
    account: u32,
    id: &'a str,
    amount: i64,
    currency: u32,
    description: &'a str,
    livemode: Option<bool>,
    status: TransactionStatus,
    transacted_at: i64,
    posted_after: Option<i64>,
    void_after: Option<i64>,
    updated_after: Option<i64>,
    file: u32,
    line: u64,
}

/// Where a packed block stands on disk.
#[derive(Clone, Copy, Debug)]
struct Block {
    at: u64,
    packed: usize,
    plain: usize,
}

#[derive(Default, Debug)]
struct Bucket {
    buffer: Vec<u8>,
    blocks: Vec<Block>,
    bytes: u64,
}

struct Disk {
    file: File,
    end: u64,
    packer: zstd::bulk::Compressor<'static>,
}

/// Parked rows of a class of pools.
pub(super) struct Parked<'p> {
    parking: &'p Parking,
    class: Class,
    buckets: Vec<Bucket>,
    // Currencies by their number in the records.
    currencies: Vec<Currency>,
    // Bytes that the buffers have allocated.
    allocated: u64,
    disk: Option<Disk>,
}

impl<'p> Parked<'p> {
    /// Nothing parked yet; for all pools.
    pub(super) fn new(parking: &'p Parking) -> Parked<'p> {
        Parked::divided(parking, Class { first: 0, step: 1 }, BUCKETS, vec![])
    }

    fn divided(parking: &'p Parking, class: Class, count: u32, currencies: Vec<Currency>) -> Parked<'p> {
        let buckets = (0..count).map(|_| Bucket::default()).collect();
        Parked { parking, class, buckets, currencies, allocated: 0, disk: None }
    }

    /// Parks a row; `account` is its account's index.
    ///
    /// # Errors
    ///
    /// [`Error::Park`] when the directory does not take what the memory does not hold.
    pub(super) fn push(&mut self, pool: u32, account: u32, row: &TransactionRow<'_>) -> Result<(), Error> {
        let after = |time: Option<i64>| time.map(|time| time.wrapping_sub(row.transacted_at));
        let record = Record {
            pool,
            account,
            id: row.id,
            amount: row.amount,
            currency: self.currency(row.currency),
            description: row.description,
            livemode: row.livemode,
            status: row.status,
            transacted_at: row.transacted_at,
            posted_after: after(row.posted_at),
            void_after: after(row.void_at),
            updated_after: after(row.updated),
            file: row.source.file,
            line: row.source.line,
        };
        self.append(&record)
    }

    fn append(&mut self, record: &Record<'_>) -> Result<(), Error> {
        let at = self.class.place(record.pool) as usize % self.buckets.len();
        let bucket = &mut self.buckets[at];
        let (length, capacity) = (bucket.buffer.len(), bucket.buffer.capacity());
        let buffer = std::mem::take(&mut bucket.buffer);
        bucket.buffer = postcard::to_extend(record, buffer).map_err(|error| damaged(self.parking, error))?;
        bucket.bytes += (bucket.buffer.len() - length) as u64;
        self.allocated += (bucket.buffer.capacity() - capacity) as u64;
        if self.parking.memory / BUFFERED_PART < self.allocated {
            self.spill()?;
        }
        Ok(())
    }

    fn currency(&mut self, currency: Currency) -> u32 {
        let known = self.currencies.iter().position(|known| *known == currency);
        let at = known.unwrap_or_else(|| {
            self.currencies.push(currency);
            self.currencies.len() - 1
        });
        u32::try_from(at).expect("three letters make fewer currencies")
    }

    /// Moves all buffers to disk.
    fn spill(&mut self) -> Result<(), Error> {
        let failed = |source| Error::Park { temp: self.parking.temp.clone(), source };
        let disk = match &mut self.disk {
            Some(disk) => disk,
            None => {
                let file = tempfile::tempfile_in(&self.parking.temp).map_err(failed)?;
                let packer = zstd::bulk::Compressor::new(LEVEL).map_err(failed)?;
                tracing::info!(temp = %self.parking.temp.display(), "transactions pass the memory and are parked on disk");
                self.disk.insert(Disk { file, end: 0, packer })
            }
        };
        for bucket in &mut self.buckets {
            let plain = std::mem::take(&mut bucket.buffer);
            if plain.is_empty() {
                continue;
            }
            let packed = disk.packer.compress(&plain).map_err(failed)?;
            disk.file.write_all_at(&packed, disk.end).map_err(failed)?;
            bucket.blocks.push(Block { at: disk.end, packed: packed.len(), plain: plain.len() });
            disk.end += packed.len() as u64;
        }
        self.allocated = 0;
        Ok(())
    }

    /// Hands on bucket after bucket: its class of pools and its rows. Together the classes are all pools, of so many in all.
    ///
    /// # Errors
    ///
    /// [`Error::Park`], [`Error::Interrupted`], or those of `f`.
    pub(super) fn each_bucket(
        mut self,
        pools: u32,
        interrupt: &Interrupt,
        f: &mut dyn FnMut(Class, &mut Rows<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let count = u32::try_from(self.buckets.len()).expect("at most BUCKETS");
        let bytes_max = self.parking.memory / BUCKET_PART;
        for (at, bucket) in (0_u32..).zip(std::mem::take(&mut self.buckets)) {
            // A class beyond the last pool holds none.
            let (Some(first), Some(step)) = (
                at.checked_mul(self.class.step).and_then(|skip| skip.checked_add(self.class.first)),
                self.class.step.checked_mul(count),
            ) else {
                continue;
            };
            let class = Class { first, step };
            let (bytes, several) = (bucket.bytes, 1 < class.pools(pools).len());
            let mut rows = Rows {
                parking: self.parking,
                disk: self.disk.as_ref(),
                currencies: &self.currencies,
                bucket,
                interrupt,
            };
            if bytes <= bytes_max || !several {
                f(class, &mut rows)?;
                continue;
            }
            let parts = u32::try_from(2 * bytes.div_ceil(bytes_max.max(1))).unwrap_or(BUCKETS).min(BUCKETS);
            let mut parts = Parked::divided(self.parking, class, parts, self.currencies.clone());
            rows.each_record(&mut |record| parts.append(record))?;
            drop(rows);
            parts.each_bucket(pools, interrupt, f)?;
        }
        Ok(())
    }
}

/// The rows of one bucket.
pub(super) struct Rows<'b> {
    parking: &'b Parking,
    disk: Option<&'b Disk>,
    currencies: &'b [Currency],
    bucket: Bucket,
    interrupt: &'b Interrupt,
}

impl Rows<'_> {
    /// Hands on each row with its pool, in the order in which they were parked, and forgets them.
    ///
    /// # Errors
    ///
    /// [`Error::Park`], [`Error::Interrupted`].
    pub(super) fn each(&mut self, accounts: &Names, f: &mut dyn FnMut(u32, &TransactionRow<'_>)) -> Result<(), Error> {
        let currencies = self.currencies;
        self.each_record(&mut |record| {
            let at = |after: Option<i64>| after.map(|after| record.transacted_at.wrapping_add(after));
            let row = TransactionRow {
                id: record.id,
                account: accounts.get(record.account),
                amount: record.amount,
                currency: currencies[record.currency as usize],
                description: record.description,
                livemode: record.livemode,
                status: record.status,
                transacted_at: record.transacted_at,
                posted_at: at(record.posted_after),
                void_at: at(record.void_after),
                updated: at(record.updated_after),
                source: Source { file: record.file, line: record.line },
            };
            f(record.pool, &row);
            Ok(())
        })
    }

    fn each_record(&mut self, f: &mut dyn FnMut(&Record<'_>) -> Result<(), Error>) -> Result<(), Error> {
        for block in std::mem::take(&mut self.bucket.blocks) {
            self.interrupt.check()?;
            let plain = self.block(block).map_err(|source| Error::Park { temp: self.parking.temp.clone(), source })?;
            self.records(&plain, f)?;
        }
        let rest = std::mem::take(&mut self.bucket.buffer);
        self.records(&rest, f)
    }

    fn block(&self, block: Block) -> std::io::Result<Vec<u8>> {
        let Some(disk) = self.disk else { return Err(std::io::ErrorKind::NotFound.into()) };
        let mut packed = vec![0; block.packed];
        disk.file.read_exact_at(&mut packed, block.at)?;
        zstd::bulk::decompress(&packed, block.plain)
    }

    fn records(&self, mut bytes: &[u8], f: &mut dyn FnMut(&Record<'_>) -> Result<(), Error>) -> Result<(), Error> {
        while !bytes.is_empty() {
            let (record, rest): (Record<'_>, &[u8]) =
                postcard::take_from_bytes(bytes).map_err(|error| damaged(self.parking, error))?;
            f(&record)?;
            bytes = rest;
        }
        Ok(())
    }
}

fn damaged(parking: &Parking, error: postcard::Error) -> Error {
    let source = std::io::Error::new(std::io::ErrorKind::InvalidData, error.to_string());
    Error::Park { temp: parking.temp.clone(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POOLS: u32 = 200;

    /// Two rows a pool, with whatever a row may hold.
    fn row(at: i64, id: &str) -> TransactionRow<'_> {
        TransactionRow {
            id,
            account: "fca_1",
            amount: if at % 2 == 0 { i64::MIN + at } else { at },
            currency: [Currency::USD, Currency::parse("eur").expect("a code")][usize::from(at % 3 == 0)],
            description: "Überweisung \u{1F4B0}\n\0",
            livemode: [None, Some(true), Some(false)][usize::try_from(at % 3).expect("small")],
            status: [TransactionStatus::Pending, TransactionStatus::Void][usize::from(at % 2 == 0)],
            transacted_at: at - 7,
            posted_at: (at % 5 != 0).then_some(i64::MAX - at),
            void_at: (at % 7 == 0).then_some(i64::MIN + at),
            updated: (at % 11 != 0).then_some(at),
            source: Source { file: u32::MAX, line: u64::MAX - at.unsigned_abs() },
        }
    }

    #[test]
    fn every_row_comes_back_once_with_its_pool_and_every_pool_has_one_class() {
        let mut accounts = Names::default();
        accounts.add("fca_1");
        let ids: Vec<String> = (0..2 * i64::from(POOLS)).map(|at| format!("fctxn_{at}")).collect();
        let rows = || (0..2 * i64::from(POOLS)).zip(&ids).map(|(at, id)| row(at, id));
        let pool = |at: usize| u32::try_from(at).expect("small") % POOLS;
        // From nothing, where every row goes to disk and every bucket is divided, to more than enough.
        for memory in [0, 1, 1_000, 20_000, 1 << 30] {
            let home = tempfile::tempdir().expect("a directory");
            let parking = Parking { memory, temp: home.path().to_owned() };
            let mut parked = Parked::new(&parking);
            for (at, row) in rows().enumerate() {
                parked.push(pool(at), 0, &row).expect("parks");
            }
            assert_eq!(parked.disk.is_some(), memory < 1 << 30);
            let (mut found, mut pools) = (vec![], vec![]);
            let each = parked.each_bucket(POOLS, &Interrupt::never(), &mut |class, bucket| {
                pools.extend(class.pools(POOLS));
                bucket.each(&accounts, &mut |pool, row| {
                    assert!(class.pools(POOLS).nth(class.place(pool) as usize) == Some(pool), "{class:?} {pool}");
                    found.push((pool, format!("{row:?} {}", row.description)));
                })
            });
            each.expect("reads");
            let mut expected: Vec<(u32, String)> =
                rows().enumerate().map(|(at, row)| (pool(at), format!("{row:?} {}", row.description))).collect();
            expected.sort();
            found.sort();
            pools.sort_unstable();
            assert_eq!(found, expected, "{memory}");
            assert_eq!(pools, (0..POOLS).collect::<Vec<u32>>(), "{memory}");
        }
    }
}
