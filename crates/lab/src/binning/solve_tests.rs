//! The search against the enumeration of every grouping, under every trend and constraint.
#![expect(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use proptest::prelude::*;
use statrs::distribution::{ContinuousCDF, Normal};

use super::*;

/// A grouping's bins as (bads, rows).
type Grouping = Vec<(u64, u64)>;

/// Every grouping of neighbours: bit i of the mask splits after prebin i.
fn groupings(prebins: &[(u64, u64)]) -> impl Iterator<Item = Grouping> {
    (0..1_u32 << (prebins.len() - 1)).map(|mask| {
        let mut grouping = vec![(0, 0)];
        for (at, (bads, rows)) in prebins.iter().enumerate() {
            let last = grouping.last_mut().unwrap();
            (last.0, last.1) = (last.0 + bads, last.1 + rows);
            if at + 1 < prebins.len() && mask >> at & 1 == 1 {
                grouping.push((0, 0));
            }
        }
        grouping
    })
}

/// Written apart from the search: rates compared as fractions, the z test by its critical value.
fn allowed(grouping: &Grouping, trend: Trend, options: &Options) -> bool {
    let all: u64 = grouping.iter().map(|bin| bin.1).sum();
    let half = options.zero_cell == ZeroCell::AddHalf;
    let large_enough = |(bads, rows): &(u64, u64)| {
        let pure = *bads == 0 || bads == rows;
        options.bin_share_min * all as f64 <= *rows as f64
            && options.bads_min <= *bads
            && options.goods_min <= rows - bads
            && (half || !pure)
    };
    // Twice the cells, so that a half is an integer.
    let cells = |(bads, rows): (u64, u64)| match half && (bads == 0 || bads == rows) {
        true => (2 * bads + 1, 2 * rows + 2),
        false => (2 * bads, 2 * rows),
    };
    let order = |pair: &[(u64, u64)]| {
        let (a, b) = (cells(pair[0]), cells(pair[1]));
        (b.0 * a.1).cmp(&(a.0 * b.1))
    };
    let apart = |pair: &[(u64, u64)]| {
        let (a, b) = (cells(pair[0]), cells(pair[1]));
        let gap = (b.0 as f64 / b.1 as f64 - a.0 as f64 / a.1 as f64).abs();
        let z = options.p_value_max.map(|p| (z(pair[0], pair[1]), Normal::standard().inverse_cdf(1.0 - p / 2.0)));
        options.rate_gap_min <= gap && z.is_none_or(|(z, critical)| critical <= z)
    };
    let moves: Vec<std::cmp::Ordering> = grouping.windows(2).map(order).collect();
    let up = |moves: &[std::cmp::Ordering]| moves.iter().all(|one| one.is_ge());
    let down = |moves: &[std::cmp::Ordering]| moves.iter().all(|one| one.is_le());
    let shaped = match trend {
        Trend::Ascending => up(&moves),
        Trend::Descending => down(&moves),
        Trend::Peak => (0..=moves.len()).any(|turn| up(&moves[..turn]) && down(&moves[turn..])),
        Trend::Valley => (0..=moves.len()).any(|turn| down(&moves[..turn]) && up(&moves[turn..])),
        Trend::None => true,
        Trend::Auto => unreachable!("no shape of its own"),
    };
    grouping.len() <= options.bins_max && grouping.iter().all(large_enough) && grouping.windows(2).all(apart) && shaped
}

fn z((e1, n1): (u64, u64), (e2, n2): (u64, u64)) -> f64 {
    let [e1, n1, e2, n2] = [e1, n1, e2, n2].map(|count| count as f64);
    let p = (e1 + e2) / (n1 + n2);
    if p == 0.0 || p == 1.0 {
        return 0.0;
    }
    ((e1 / n1 - e2 / n2) / (p * (1.0 - p) * (1.0 / n1 + 1.0 / n2)).sqrt()).abs()
}

fn value(grouping: &Grouping, total: &Tally, half: bool) -> f64 {
    let part = |(bads, rows): &(u64, u64)| {
        let (bads, goods) = (*bads as f64, (rows - bads) as f64);
        let add = if half && (bads == 0.0 || goods == 0.0) { 0.5 } else { 0.0 };
        let woe = ((goods + add) * total.bads / ((bads + add) * total.goods)).ln();
        (goods / total.goods - bads / total.bads) * woe
    };
    grouping.iter().map(part).sum()
}

fn enumerate(prebins: &[(u64, u64)], total: &Tally, trend: Trend, options: &Options) -> Option<f64> {
    let half = options.zero_cell == ZeroCell::AddHalf;
    groupings(prebins).filter(|g| allowed(g, trend, options)).map(|g| value(&g, total, half)).reduce(f64::max)
}

fn tally(&(bads, rows): &(u64, u64)) -> Tally {
    Tally { goods: (rows - bads) as f64, bads: bads as f64, rows, bad_rows: bads }
}

fn prebins(most: usize) -> impl Strategy<Value = Vec<(u64, u64)>> {
    let prebin = (1_u64..60).prop_flat_map(|rows| (0..=rows, Just(rows)));
    // Low bad rates as well: pure prebins and ties are then common.
    let rare = (1_u64..60).prop_flat_map(|rows| (0..=(rows / 8).max(1), Just(rows)));
    prop::collection::vec(prop_oneof![prebin, rare], 1..=most)
}

fn constraints() -> impl Strategy<Value = Options> {
    let some_p = prop_oneof![Just(None), Just(Some(0.05)), Just(Some(0.3))];
    let zero_cell = prop_oneof![Just(ZeroCell::Merge), Just(ZeroCell::AddHalf)];
    let share = prop_oneof![Just(0.0), 0.0..0.2_f64];
    let gap = prop_oneof![Just(0.0), Just(0.02), 0.0..0.2_f64];
    (1_usize..12, share, 0_u64..4, 0_u64..4, gap, some_p, zero_cell).prop_map(
        |(bins_max, bin_share_min, bads_min, goods_min, rate_gap_min, p_value_max, zero_cell)| Options {
            bins_max,
            bin_share_min,
            bads_min,
            goods_min,
            rate_gap_min,
            p_value_max,
            zero_cell,
            ..Options::default()
        },
    )
}

const SHAPES: [Trend; 5] = [Trend::Ascending, Trend::Descending, Trend::Peak, Trend::Valley, Trend::None];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_search_finds_the_best_of_all_groupings(counts in prebins(12), options in constraints()) {
        let tallies: Vec<Tally> = counts.iter().map(tally).collect();
        // Some more rows have no number: the totals are larger than the prebins' sum.
        let total = Tally::sum(&tallies).plus(&Tally { goods: 7.0, bads: 3.0, rows: 10, bad_rows: 3 });
        for trend in SHAPES {
            let expected = enumerate(&counts, &total, trend, &options);
            let merged = solve::search(&tallies, &total, &options, trend);
            let found: Grouping = merged.iter().map(|one| (one.tally.bad_rows, one.tally.rows)).collect();
            prop_assert_eq!(merged[0].first, 0);
            prop_assert_eq!(merged[merged.len() - 1].last, counts.len() - 1);
            prop_assert!(merged.windows(2).all(|pair| pair[0].last + 1 == pair[1].first));
            match expected {
                None => prop_assert_eq!(found.len(), 1),
                Some(expected) => {
                    prop_assert!(allowed(&found, trend, &options), "{:?} {:?}", trend, found);
                    let iv = value(&found, &total, options.zero_cell == ZeroCell::AddHalf);
                    prop_assert!((iv - expected).abs() < 1e-11, "{:?}: {} of {}", trend, iv, expected);
                }
            }
        }
    }

    #[test]
    fn with_weights_the_best_of_all_groupings_is_found_too(
        counts in prebins(10),
        weights in prop::collection::vec((0.1..4.0_f64, 0.1..4.0_f64), 10),
        bins_max in 1_usize..10,
    ) {
        let weigh = |(one, (good, bad)): (&(u64, u64), &(f64, f64))| {
            let one = tally(one);
            Tally { goods: one.goods * good, bads: one.bads * bad, ..one }
        };
        let tallies: Vec<Tally> = counts.iter().zip(&weights).map(weigh).collect();
        let total = Tally::sum(&tallies).plus(&Tally { goods: 7.5, bads: 3.25, rows: 10, bad_rows: 3 });
        let options = Options { bins_max, bin_share_min: 0.0, bads_min: 1, goods_min: 1, ..Options::default() };
        let worth = |one: &Tally| {
            (one.goods / total.goods - one.bads / total.bads) * (one.goods * total.bads / one.bads / total.goods).ln()
        };
        for trend in SHAPES {
            let mut best = f64::NEG_INFINITY;
            for mask in 0..1_u32 << (tallies.len() - 1) {
                let mut bins = vec![tallies[0]];
                for (at, one) in tallies.iter().enumerate().skip(1) {
                    match mask >> (at - 1) & 1 {
                        1 => bins.push(*one),
                        _ => *bins.last_mut().unwrap() = bins[bins.len() - 1].plus(one),
                    }
                }
                let steps: Vec<f64> = bins.windows(2).map(|p| p[1].bads * p[0].weight() - p[0].bads * p[1].weight()).collect();
                let shaped = match trend {
                    Trend::Ascending => steps.iter().all(|step| 0.0 <= *step),
                    Trend::Descending => steps.iter().all(|step| *step <= 0.0),
                    Trend::Peak => (0..=steps.len()).any(|at| steps[..at].iter().all(|s| 0.0 <= *s) && steps[at..].iter().all(|s| *s <= 0.0)),
                    Trend::Valley => (0..=steps.len()).any(|at| steps[..at].iter().all(|s| *s <= 0.0) && steps[at..].iter().all(|s| 0.0 <= *s)),
                    _ => true,
                };
                if shaped && bins.len() <= bins_max && bins.iter().all(|bin| !bin.is_pure()) {
                    best = best.max(bins.iter().map(worth).sum());
                }
            }
            let merged = solve::search(&tallies, &total, &options, trend);
            let iv: f64 = merged.iter().map(|one| worth(&one.tally)).sum();
            prop_assert!(best == f64::NEG_INFINITY || (iv - best).abs() < 1e-11, "{:?}: {} of {}", trend, iv, best);
        }
    }

    #[test]
    fn no_other_grouping_of_codes_has_more_information(
        counts in prop::collection::vec((1_u32..30, 1_u32..30), 1..7), most in 1_usize..5,
    ) {
        let names = ["a", "b", "c", "d", "e", "f"];
        let levels: Vec<(&str, Tally)> =
            names.iter().copied().zip(counts.iter().map(|(g, b)| tally(&(u64::from(*b), u64::from(g + b))))).collect();
        let total = Tally::sum(levels.iter().map(|level| &level.1));
        let options = Options { bins_max: most, bin_share_min: 0.0, code_share_min: 0.0, bads_min: 0, goods_min: 0, ..Options::default() };
        // Every way to give each level one of `most` groups.
        let ways = most.pow(u32::try_from(levels.len()).unwrap());
        let best = (0..ways).map(|mut way| {
            let mut groups = vec![Tally::default(); most];
            for (_, level) in &levels {
                groups[way % most] = groups[way % most].plus(level);
                way /= most;
            }
            let filled = groups.iter().filter(|group| group.rows != 0);
            value(&filled.map(|group| (group.bad_rows, group.rows)).collect(), &total, false)
        });
        let best = best.fold(0.0, f64::max);
        let found: f64 = codes::bins(levels, &total, &options).iter().map(|bin| bin.iv).sum();
        prop_assert!((found - best).abs() < 1e-11, "{found} of {best}");
    }

    #[test]
    fn auto_takes_a_turn_only_for_its_gain(counts in prebins(9), gain in 0.0..0.3_f64) {
        let options = Options { bads_min: 1, goods_min: 1, turn_gain_min: gain, ..Options::default() };
        let tallies: Vec<Tally> = counts.iter().map(tally).collect();
        let total = Tally::sum(&tallies).plus(&Tally { goods: 7.0, bads: 3.0, rows: 10, bad_rows: 3 });
        let best = |trend| enumerate(&counts, &total, trend, &options);
        let straight = best(Trend::Ascending).max_by(best(Trend::Descending));
        let turned = best(Trend::Peak).max_by(best(Trend::Valley));
        let merged = solve::search(&tallies, &total, &options, Trend::Auto);
        let found: Grouping = merged.iter().map(|one| (one.tally.bad_rows, one.tally.rows)).collect();
        if let (Some(straight), Some(turned)) = (straight, turned) {
            let threshold = straight * (1.0 + gain);
            prop_assume!((turned - threshold).abs() > 1e-9 || gain == 0.0);
            let expected = if threshold < turned { turned } else { straight };
            prop_assert!((value(&found, &total, false) - expected).abs() < 1e-11);
        }
    }
}

/// The larger of two that may be absent.
trait MaxBy {
    fn max_by(self, other: Self) -> Self;
}

impl MaxBy for Option<f64> {
    fn max_by(self, other: Self) -> Self {
        match (self, other) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        }
    }
}

#[test]
fn of_equal_groupings_the_one_with_fewer_bins_wins() {
    // Two prebins with the same bad rate, 2 of 10: one bin or two are worth the same.
    let tallies = [tally(&(2, 10)), tally(&(2, 10)), tally(&(6, 10))];
    let options = Options { bads_min: 1, goods_min: 1, ..Options::default() };
    let merged = solve::search(&tallies, &Tally::sum(&tallies), &options, Trend::Ascending);
    assert_eq!(merged.iter().map(|one| one.last).collect::<Vec<usize>>(), [1, 2]);
}

#[test]
fn a_peak_may_stand_at_an_end_and_a_shape_is_named_by_its_turns() {
    use Trend::{Ascending, Descending, None, Peak, Valley};
    let rows: [(&[f64], Trend); 8] = [
        (&[0.1], None),
        (&[0.1, 0.2, 0.2, 0.3], Ascending),
        (&[0.3, 0.2, 0.2], Descending),
        (&[0.1, 0.3, 0.3, 0.2], Peak),
        (&[0.3, 0.1, 0.1, 0.2], Valley),
        (&[0.1, 0.3, 0.2, 0.4], None),
        (&[0.3, 0.1, 0.2, 0.1], None),
        (&[0.2, 0.2], Ascending),
    ];
    for (rates, shape) in rows {
        assert_eq!(solve::shape(rates.iter().copied()), shape, "{rates:?}");
    }
}

#[test]
fn fixed_bins_without_a_good_or_a_bad_join_the_nearer_neighbour() {
    let ends = |counts: &[(u64, u64)], zero_cell| {
        let tallies: Vec<Tally> = counts.iter().map(tally).collect();
        solve::fixed(&tallies, zero_cell).iter().map(|one| one.last).collect::<Vec<usize>>()
    };
    // 0 of 5 lies nearer to 1 of 10 than to 5 of 10; 10 of 10 has only one neighbour.
    let counts = [(5, 10), (0, 5), (1, 10), (10, 10)];
    assert_eq!(ends(&counts, ZeroCell::Merge), [0, 3]);
    assert_eq!(ends(&counts[..3], ZeroCell::Merge), [0, 2]);
    assert_eq!(ends(&counts, ZeroCell::AddHalf), [0, 1, 2, 3]);
    // As near to both: the lower one.
    assert_eq!(ends(&[(1, 10), (0, 5), (1, 10)], ZeroCell::Merge), [1, 2]);
    // One class only: one bin, which the caller makes neutral.
    assert_eq!(ends(&[(0, 10), (0, 5)], ZeroCell::Merge), [1]);
}

#[test]
fn the_fewest_rows_of_a_share_are_rounded_up() {
    for rows in [0_u64, 1, 7, 20, 235, 1_000, 30_000] {
        for share in [0.0, 0.01, 0.05, 0.1, 0.333, 0.999] {
            assert_eq!(solve::rows_min(rows, share) as f64, (share * rows as f64).ceil(), "{share} of {rows}");
        }
    }
}

#[test]
fn one_hundred_prebins_are_searched_whole() {
    // The bad rate rises by 1 in 200 a prebin; with 100 bins allowed the best ascending grouping is every prebin alone.
    let counts: Vec<(u64, u64)> = (0..100).map(|at| (at + 10, 200)).collect();
    let tallies: Vec<Tally> = counts.iter().map(tally).collect();
    let options = Options { bins_max: 100, bin_share_min: 0.0, bads_min: 1, ..Options::default() };
    assert_eq!(solve::search(&tallies, &Tally::sum(&tallies), &options, Trend::Ascending).len(), 100);
}
