//! Rows parked by pool: none is lost, none is doubled, and no memory beyond the budget.

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
        let each = parked.each_pool(POOLS, &Interrupt::never(), &mut |pool, rows| {
            pools.push(pool);
            rows.batches(&accounts, &mut |batch| {
                found.extend(batch.iter().map(|row| (pool, format!("{row:?} {}", row.description))));
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

#[test]
fn buffers_stay_within_their_part_and_blocks_are_not_crumbs_whoever_comes_first() {
    let home = tempfile::tempdir().expect("a directory");
    let parking = Parking { memory: 1 << 20, temp: home.path().to_owned() };
    let most = usize::try_from(parking.memory / BUFFERED_PART).expect("small");
    let mut parked = Parked::new(&parking);
    // One pool's rows fill all there is, then those of all pools come in turn, then another's alone.
    let pools = (0..20_000_u32).map(|_| 0).chain((0..20_000).map(|at| at % POOLS)).chain((0..20_000).map(|_| 7));
    for (at, pool) in (0..).zip(pools) {
        parked.push(pool, 0, &row(at, "fctxn_0123456789")).expect("parks");
        let allocated: usize = parked.buckets.iter().map(|bucket| bucket.buffer.capacity()).sum();
        assert_eq!(parked.allocated, allocated);
        assert!(allocated <= most, "{allocated} bytes after {at} rows");
    }
    let blocks: usize = parked.buckets.iter().map(|bucket| bucket.blocks.len()).sum();
    let bytes: usize = parked.buckets.iter().map(|bucket| bucket.bytes).sum();
    // Whoever finds the others' shares taken fills at least half of its own.
    let share = most / parked.buckets.len();
    assert!(bytes / blocks >= share / 4, "{bytes} bytes in {blocks} blocks");
}

#[test]
fn a_bucket_is_put_together_in_the_room_of_the_largest_whichever_of_its_blocks_is_large() {
    let home = tempfile::tempdir().expect("a directory");
    let parking = Parking { memory: 1 << 20, temp: home.path().to_owned() };
    let mut parked = Parked::new(&parking);
    // In each round another pool has a burst among the trickle of all, so that large blocks stand at every place.
    let mut at = 0;
    for round in 0..POOLS {
        for pool in (0..POOLS).flat_map(|pool| vec![pool; if pool == round { 100 } else { 1 }]) {
            parked.push(pool, 0, &row(at, "fctxn_0123456789")).expect("parks");
            at += 1;
        }
    }
    let largest = parked.buckets.iter().map(|bucket| bucket.bytes).max().expect("some");
    let bytes_max = usize::try_from(parking.memory / BUCKET_PART).expect("small");
    assert!(largest <= bytes_max, "{largest} bytes are divided");
    let mut grouped = Grouped::default();
    let mut rows = 0;
    let mut accounts = Names::default();
    accounts.add("fca_1");
    let each = parked.each_pool_with(POOLS, &Interrupt::never(), &mut grouped, &mut |_, pool| {
        pool.batches(&accounts, &mut |batch| rows += batch.len())
    });
    each.expect("reads");
    assert_eq!(i64::try_from(rows), Ok(at));
    assert!(largest / 2 < grouped.plain.capacity(), "most of it was on disk");
    assert!(grouped.bytes.capacity() <= bytes_max + RECORD_BYTES, "{} bytes", grouped.bytes.capacity());
    assert!(grouped.plain.capacity() <= bytes_max + RECORD_BYTES, "{} bytes", grouped.plain.capacity());
}
