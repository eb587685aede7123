//! Transactions parked by pool until all of a pool's are there: in memory, and beyond the budget in a file that has no name.
//!
//! Pools are numbered densely, so the remainder of the number is the bucket. Rows become compact records in the buffer of their
//! bucket; when the buffers would pass their share of the budget, all of them go to disk as packed blocks. Reading takes bucket
//! after bucket and puts the records of each pool together; a bucket that would not fit into its share is divided again by the next
//! digit of the number, however often it takes.
//!
//! The file is unlinked before the first byte is in it and readable by this process alone: it holds descriptions, which are
//! personal data, and whatever ends the process, a kill included, also ends the file.

use std::{fs::File, io::Cursor, os::unix::fs::FileExt as _, path::PathBuf};

use cashline_core::{
    defect::Source,
    history::Room,
    money::Currency,
    row::{TransactionRow, TransactionStatus},
};
use serde::{Deserialize, Serialize};

use super::names::Names;
use crate::{commit::Interrupt, error::Error};

/// Buckets of the first division, and most of a further one.
const BUCKETS: u32 = 128;
/// The part of the budget that buffers may take.
const BUFFERED_PART: u64 = 3;
/// The part of the budget that the records of one bucket may take, which stand in memory twice while they are put together.
const BUCKET_PART: u64 = 8;
/// Taken for the machine's memory where the system does not tell.
const MEMORY_UNKNOWN: u64 = 4 << 30;
/// Rows of a pool that are handed on together.
const BATCH: usize = 256;
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
struct Class {
    first: u32,
    step: u32,
}

impl Class {
    /// The class's pools, of so many in all.
    fn pools(self, all: u32) -> impl ExactSizeIterator<Item = u32> {
        (self.first..all).step_by(self.step as usize)
    }

    /// Where a pool of the class stands in it.
    fn place(self, pool: u32) -> usize {
        (pool.wrapping_sub(self.first) / self.step) as usize
    }
}

/// A row without its pool and its account's text. Times are seconds after `transacted_at`: small numbers are short.
#[derive(Serialize, Deserialize)]
struct Record<'a> {
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

/// What stands before each record, so that records are moved without being read: the pool, and how many bytes follow.
const HEADER: usize = 8;
/// More than a record takes beside its texts, the header included.
const RECORD_BYTES: usize = 128;

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
    // Of the blocks and the buffer.
    bytes: usize,
}

struct Disk {
    file: File,
    end: u64,
    packer: zstd::bulk::Compressor<'static>,
    packed: Vec<u8>,
}

/// Parked rows of a class of pools.
pub(super) struct Parked<'p> {
    parking: &'p Parking,
    class: Class,
    buckets: Vec<Bucket>,
    // Currencies by their number in the records.
    currencies: Vec<Currency>,
    // Bytes that the buffers have allocated.
    allocated: usize,
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
        let parking = self.parking;
        let bucket = self.bucket_with_room(pool, RECORD_BYTES + row.id.len() + row.description.len())?;
        let start = bucket.buffer.len();
        bucket.buffer.extend_from_slice(&[0; HEADER]);
        let packed = postcard::to_extend(&record, std::mem::take(&mut bucket.buffer));
        bucket.buffer = packed.map_err(|error| damaged(parking, error.to_string()))?;
        let bytes = bucket.buffer.len() - start;
        bucket.buffer[start..start + HEADER].copy_from_slice(&header(pool, bytes - HEADER));
        bucket.bytes += bytes;
        Ok(())
    }

    /// Parks a record as it stands, header and all.
    fn append(&mut self, pool: u32, record: &[u8]) -> Result<(), Error> {
        let bucket = self.bucket_with_room(pool, record.len())?;
        bucket.buffer.extend_from_slice(record);
        bucket.bytes += record.len();
        Ok(())
    }

    /// The bucket of a pool, with room for so many bytes more. Where a buffer would have to grow beyond what all of them may take,
    /// all go to disk first, and fill their room anew.
    fn bucket_with_room(&mut self, pool: u32, bytes: usize) -> Result<&mut Bucket, Error> {
        let at = self.class.place(pool) % self.buckets.len();
        let lacks_room = |bucket: &Bucket| bucket.buffer.capacity() - bucket.buffer.len() < bytes;
        if lacks_room(&self.buckets[at]) {
            let most = usize::try_from(self.parking.memory / BUFFERED_PART).unwrap_or(usize::MAX);
            let share = most / self.buckets.len();
            if most < self.allocated + growth(&self.buckets[at].buffer, bytes, share) {
                self.spill(share)?;
            }
            if lacks_room(&self.buckets[at]) {
                let buffer = &mut self.buckets[at].buffer;
                let before = buffer.capacity();
                buffer.reserve_exact(before - buffer.len() + growth(buffer, bytes, share));
                self.allocated += buffer.capacity() - before;
            }
        }
        Ok(&mut self.buckets[at])
    }

    fn currency(&mut self, currency: Currency) -> u32 {
        let known = self.currencies.iter().position(|known| *known == currency);
        let at = known.unwrap_or_else(|| {
            self.currencies.push(currency);
            self.currencies.len() - 1
        });
        u32::try_from(at).expect("three letters make fewer currencies")
    }

    /// Moves what the buffers hold to disk. One that took more than its share gives its room back, so that each other can have its
    /// own.
    fn spill(&mut self, share: usize) -> Result<(), Error> {
        let failed = |source| failed(self.parking, source);
        for bucket in self.buckets.iter_mut().filter(|bucket| !bucket.buffer.is_empty()) {
            let disk = match &mut self.disk {
                Some(disk) => disk,
                None => {
                    let temp = &self.parking.temp;
                    let file = tempfile::tempfile_in(temp).map_err(failed)?;
                    let packer = zstd::bulk::Compressor::new(LEVEL).map_err(failed)?;
                    tracing::info!(temp = %temp.display(), "transactions pass the memory and are parked on disk");
                    self.disk.insert(Disk { file, end: 0, packer, packed: vec![] })
                }
            };
            let plain = &mut bucket.buffer;
            disk.packed.clear();
            disk.packed.reserve(zstd::compress_bound(plain.len()));
            let packed = disk.packer.compress_to_buffer(plain.as_slice(), &mut disk.packed).map_err(failed)?;
            disk.file.write_all_at(&disk.packed, disk.end).map_err(failed)?;
            bucket.blocks.push(Block { at: disk.end, packed, plain: plain.len() });
            disk.end += packed as u64;
            plain.clear();
            if share < plain.capacity() {
                self.allocated -= plain.capacity();
                *plain = vec![];
            }
        }
        Ok(())
    }

    /// Hands on every pool, of so many in all, with its rows.
    ///
    /// # Errors
    ///
    /// [`Error::Park`], [`Error::Interrupted`], or those of `f`.
    pub(super) fn each_pool(
        self,
        pools: u32,
        interrupt: &Interrupt,
        f: &mut dyn FnMut(u32, &PoolRows<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.each_pool_with(pools, interrupt, &mut Grouped::default(), f)
    }

    fn each_pool_with(
        mut self,
        pools: u32,
        interrupt: &Interrupt,
        grouped: &mut Grouped,
        f: &mut dyn FnMut(u32, &PoolRows<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let parking = self.parking;
        // Room that no row took is room for the histories, and nothing is packed from here on.
        self.buckets.iter_mut().for_each(|bucket| bucket.buffer.shrink_to_fit());
        let disk = self.disk.take().map(|disk| disk.file);
        let count = u32::try_from(self.buckets.len()).expect("at most BUCKETS");
        let bytes_max = usize::try_from(parking.memory / BUCKET_PART).unwrap_or(usize::MAX);
        for (at, bucket) in (0_u32..).zip(std::mem::take(&mut self.buckets)) {
            // A class beyond the last pool holds none.
            let first = at.checked_mul(self.class.step).and_then(|skip| skip.checked_add(self.class.first));
            let Some(first) = first else { continue };
            let step = self.class.step.saturating_mul(count);
            let class = Class { first, step };
            let own = class.pools(pools);
            let bytes = bucket.bytes;
            let blocks = Blocks { parking, disk: disk.as_ref(), bucket, interrupt };
            let rows = |room, records| PoolRows { parking, currencies: &self.currencies, room, records };
            if own.len() <= 1 {
                for pool in own {
                    f(pool, &rows(Room::default(), Records::Blocks(&blocks)))?;
                }
            } else if bytes <= bytes_max {
                grouped.take(blocks, class, own.len())?;
                for (place, pool) in own.enumerate() {
                    let (room, bytes) = grouped.of(place);
                    f(pool, &rows(room, Records::Together(bytes)))?;
                }
            } else {
                let parts = u32::try_from(2 * bytes.div_ceil(bytes_max.max(1))).unwrap_or(BUCKETS).min(BUCKETS);
                let mut parts = Parked::divided(parking, class, parts, self.currencies.clone());
                blocks.each(&mut |plain| {
                    records(plain).try_for_each(|record| match record {
                        Some((pool, record)) => parts.append(pool, record),
                        None => Err(damaged(parking, "a record without its end")),
                    })
                })?;
                drop(blocks);
                parts.each_pool_with(pools, interrupt, grouped, f)?;
            }
        }
        Ok(())
    }
}

/// By how much a buffer grows to take so many bytes more: twofold, but up to its share not beyond it.
fn growth(buffer: &Vec<u8>, bytes: usize, share: usize) -> usize {
    let (length, capacity) = (buffer.len(), buffer.capacity());
    let twice = capacity.saturating_mul(2);
    let grown = if capacity < share { twice.min(share) } else { twice };
    grown.max(length + bytes) - capacity
}

fn header(pool: u32, bytes: usize) -> [u8; HEADER] {
    let [a, b, c, d] = pool.to_le_bytes();
    let [e, f, g, h] = u32::try_from(bytes).expect("texts have a limit").to_le_bytes();
    [a, b, c, d, e, f, g, h]
}

/// Each record of a block, header and all, with its pool; `None` where the bytes hold no whole one.
fn records(mut bytes: &[u8]) -> impl Iterator<Item = Option<(u32, &[u8])>> {
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let record = bytes.first_chunk().and_then(|[a, b, c, d, e, f, g, h]| {
            let length = u32::from_le_bytes([*e, *f, *g, *h]) as usize;
            Some((u32::from_le_bytes([*a, *b, *c, *d]), bytes.get(..HEADER.checked_add(length)?)?))
        });
        bytes = record.map_or(&[], |(_, record)| &bytes[record.len()..]);
        Some(record)
    })
}

/// What a bucket holds.
struct Blocks<'b> {
    parking: &'b Parking,
    disk: Option<&'b File>,
    bucket: Bucket,
    interrupt: &'b Interrupt,
}

impl Blocks<'_> {
    /// Reads a block from disk, behind what `plain` holds.
    fn read(&self, block: Block, unpacker: &mut Unpacker, plain: &mut Vec<u8>) -> Result<(), Error> {
        self.interrupt.check()?;
        let failed = |source| failed(self.parking, source);
        let Some(disk) = self.disk else { return Err(failed(std::io::ErrorKind::NotFound.into())) };
        let Unpacker { packed, context } = unpacker;
        packed.resize(block.packed, 0);
        disk.read_exact_at(packed, block.at).map_err(failed)?;
        let context = match context {
            Some(context) => context,
            None => context.insert(zstd::bulk::Decompressor::new().map_err(failed)?),
        };
        let start = plain.len();
        plain.reserve(block.plain);
        let mut behind = Cursor::new(&mut *plain);
        behind.set_position(start as u64);
        context.decompress_to_buffer(packed, &mut behind).map_err(failed)?;
        if plain.len() == start + block.plain { Ok(()) } else { Err(damaged(self.parking, "a block without its end")) }
    }

    /// Hands on all that was parked, in that order.
    fn each(&self, f: &mut dyn FnMut(&[u8]) -> Result<(), Error>) -> Result<(), Error> {
        let (mut unpacker, mut plain) = (Unpacker::default(), vec![]);
        for block in &self.bucket.blocks {
            plain.clear();
            self.read(*block, &mut unpacker, &mut plain)?;
            f(&plain)?;
        }
        f(&self.bucket.buffer)
    }
}

/// What blocks are unpacked by, one after the other.
#[derive(Default)]
struct Unpacker {
    packed: Vec<u8>,
    context: Option<zstd::bulk::Decompressor<'static>>,
}

/// The records of a bucket, those of each pool together. Its room serves bucket after bucket.
#[derive(Default)]
struct Grouped {
    unpacker: Unpacker,
    // The blocks from disk, one behind the other.
    plain: Vec<u8>,
    bytes: Vec<u8>,
    // Of each pool how many records, and where they end in `bytes`.
    rows: Vec<usize>,
    ends: Vec<usize>,
}

impl Grouped {
    /// Goes through the records twice: first how much each pool has, then what.
    fn take(&mut self, blocks: Blocks<'_>, class: Class, pools: usize) -> Result<(), Error> {
        let Grouped { unpacker, plain, bytes, rows, ends } = self;
        plain.clear();
        plain.reserve(blocks.bucket.blocks.iter().map(|block| block.plain).sum());
        for block in &blocks.bucket.blocks {
            blocks.read(*block, unpacker, plain)?;
        }
        let whole = || records(plain).chain(records(&blocks.bucket.buffer));
        for sizes in [&mut *rows, &mut *ends] {
            sizes.clear();
            sizes.resize(pools, 0);
        }
        for record in whole() {
            let of_pool = record.and_then(|(pool, record)| {
                let place = class.place(pool);
                Some((rows.get_mut(place)?, ends.get_mut(place)?, record.len()))
            });
            let Some((rows, end, length)) = of_pool else {
                return Err(damaged(blocks.parking, "a record of no pool"));
            };
            *rows += 1;
            *end += length;
        }
        // Until its records are placed, a pool's end is where its next one goes.
        let total = ends.iter_mut().fold(0, |start, end| start + std::mem::replace(end, start));
        bytes.resize(bytes.len().max(total), 0);
        for (pool, record) in whole().flatten() {
            let end = &mut ends[class.place(pool)];
            bytes[*end..*end + record.len()].copy_from_slice(record);
            *end += record.len();
        }
        Ok(())
    }

    /// A pool's records, and the room that they take at most.
    fn of(&self, place: usize) -> (Room, &[u8]) {
        let start = if place == 0 { 0 } else { self.ends[place - 1] };
        let bytes = &self.bytes[start..self.ends[place]];
        (Room::new(self.rows[place], bytes.len()), bytes)
    }
}

/// The rows of one pool.
pub(super) struct PoolRows<'b> {
    parking: &'b Parking,
    currencies: &'b [Currency],
    room: Room,
    records: Records<'b>,
}

enum Records<'b> {
    Together(&'b [u8]),
    // Of a bucket that holds no other pool.
    Blocks(&'b Blocks<'b>),
}

impl PoolRows<'_> {
    /// The room that they take at most, as far as it is known.
    pub(super) fn room(&self) -> Room {
        self.room
    }

    /// Hands on the rows, some at a time, in the order in which they were parked.
    ///
    /// # Errors
    ///
    /// [`Error::Park`], [`Error::Interrupted`].
    pub(super) fn batches(&self, accounts: &Names, f: &mut dyn FnMut(&[TransactionRow<'_>])) -> Result<(), Error> {
        match self.records {
            Records::Together(bytes) => self.rows(bytes, accounts, f),
            Records::Blocks(blocks) => blocks.each(&mut |plain| self.rows(plain, accounts, f)),
        }
    }

    fn rows(&self, bytes: &[u8], accounts: &Names, f: &mut dyn FnMut(&[TransactionRow<'_>])) -> Result<(), Error> {
        let mut batch: Vec<TransactionRow<'_>> = vec![];
        for record in records(bytes) {
            let (_, record) = record.ok_or_else(|| damaged(self.parking, "a record without its end"))?;
            let read = postcard::from_bytes(&record[HEADER..]);
            batch.push(self.row(&read.map_err(|error| damaged(self.parking, error.to_string()))?, accounts));
            if batch.len() == BATCH {
                f(&batch);
                batch.clear();
            }
        }
        f(&batch);
        Ok(())
    }

    fn row<'r>(&self, record: &Record<'r>, accounts: &'r Names) -> TransactionRow<'r> {
        let at = |after: Option<i64>| after.map(|after| record.transacted_at.wrapping_add(after));
        TransactionRow {
            id: record.id,
            account: accounts.get(record.account),
            amount: record.amount,
            currency: self.currencies[record.currency as usize],
            description: record.description,
            livemode: record.livemode,
            status: record.status,
            transacted_at: record.transacted_at,
            posted_at: at(record.posted_after),
            void_at: at(record.void_after),
            updated: at(record.updated_after),
            source: Source { file: record.file, line: record.line },
        }
    }
}

fn failed(parking: &Parking, source: std::io::Error) -> Error {
    Error::Park { temp: parking.temp.clone(), source }
}

fn damaged(parking: &Parking, what: impl Into<String>) -> Error {
    failed(parking, std::io::Error::new(std::io::ErrorKind::InvalidData, what.into()))
}

#[cfg(test)]
mod tests;
