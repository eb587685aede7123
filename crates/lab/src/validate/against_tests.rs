use super::*;
use crate::metrics::{
    Change,
    golden_tests::{rows, score, weights},
};

fn plain(draws: u32) -> AgainstOptions {
    AgainstOptions { draws: Draws { count: draws, seed: 2 }, ..AgainstOptions::default() }
}

/// Ten rows: the challenger ranks all bads last but one; the incumbent has two scores only.
fn ten() -> (Vec<f64>, Vec<Option<f64>>, Vec<bool>) {
    let ours = (1..=10).map(f64::from).collect();
    let theirs = [1.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 2.0].map(Some).to_vec();
    let bad = [true, true, true, false, false, false, false, true, false, false].to_vec();
    (ours, theirs, bad)
}

#[test]
fn equal_rates_part_a_tie_by_what_chance_would_give() {
    let (ours, theirs, bad) = ten();
    let options = AgainstOptions { approvals: vec![0.2, 0.5, 0.7], ..plain(0) };
    let found = against(&ours, &theirs, &bad, None, None, &options).expect("compared");
    let told: Vec<(f64, f64)> = found.equal_approval.iter().map(|row| (row.challenger, row.incumbent)).collect();
    // The incumbent's five rows of score 2 hold 1 bad, those of score 1 hold 3: any two of the five hold 0.4 on average;
    // seven hold 1 + 2 · 3/5 = 2.2. The challenger's safest 2, 5 and 7 hold 0, 1 and 1 bads.
    let expected = [(0.0, 0.4 / 2.0), (1.0 / 5.0, 1.0 / 5.0), (1.0 / 7.0, 2.2 / 7.0)];
    for (found, expected) in told.iter().zip(expected) {
        assert!((found.0 - expected.0).abs() < 1e-15 && (found.1 - expected.1).abs() < 1e-15, "{told:?}");
    }
    assert_eq!(found.equal_approval[0].change, Change { value: -0.2, lower: None, upper: None });
    // At the incumbent's 2.2 / 7 = 0.3143: the challenger's 8 rows hold 2 bads (0.25), 9 hold 3 (0.3333). Between, 2 + x bads
    // of 8 + x rows reach 2.2 / 7 at x = (8 · 2.2 - 14) / (7 - 2.2) = 0.75.
    let last = found.equal_bad_rate[2];
    assert!((last.challenger - 0.875).abs() < 1e-12 && (last.change.value - 0.175).abs() < 1e-12, "{last:?}");
    // At 0.2 exactly: five of ten again (six hold 1 of 6, seven 1 of 7, and eight 2 of 8 is too many; 1 + x of 7 + x reach 0.2
    // at x = 0.5).
    assert!((found.equal_bad_rate[1].challenger - 0.75).abs() < 1e-12, "{:?}", found.equal_bad_rate[1]);
}

#[test]
fn swap_sets_name_who_changes_sides_and_why() {
    let (ours, theirs, bad) = ten();
    let names: Vec<String> = ["income", "overdrafts"].map(str::to_owned).to_vec();
    let values = vec![ours.clone(), vec![0.0; 10]];
    let contributions = Some(Contributions { names: &names, values: &values });
    let swap_at = SwapAt::Cutoffs { challenger: 6.0, incumbent: 2.0 };
    let found = against(&ours, &theirs, &bad, None, contributions, &AgainstOptions { swap_at, ..plain(0) });
    let swaps = found.expect("compared").swaps;
    // Challenger approves rows 5..=9 (from 0), the incumbent 2, 4, 6, 8, 9.
    assert_eq!(swaps.swapped_in.members, [5, 7]);
    assert_eq!(swaps.swapped_out.members, [2, 4]);
    assert_eq!(swaps.kept.members, [6, 8, 9]);
    assert_eq!(swaps.declined.members, [0, 1, 3]);
    assert_eq!((swaps.swapped_in.bads, swaps.swapped_out.bads), (1, 1));
    // Scores 6 and 8 against a mean of 5.5.
    assert_eq!(swaps.swapped_in.moved[0], Moved { name: "income".to_owned(), mean: 7.0, difference: 1.5 });
    assert_eq!(swaps.swapped_in.moved[1].difference, 0.0);
    // At 70 % the incumbent can approve its five or all ten.
    let swap_at = SwapAt::Approval(0.7);
    let found = against(&ours, &theirs, &bad, None, None, &AgainstOptions { swap_at, ..plain(0) }).expect("compared");
    assert_eq!((found.swaps.challenger_cutoff, found.swaps.incumbent_cutoff), (Some(4.0), Some(2.0)));
    assert_eq!((found.swaps.challenger_approval, found.swaps.incumbent_approval), (0.7, 0.5));
    // At 10 % it approves nobody: its safest score would approve five.
    let swap_at = SwapAt::Approval(0.1);
    let found = against(&ours, &theirs, &bad, None, None, &AgainstOptions { swap_at, ..plain(0) }).expect("compared");
    assert_eq!((found.swaps.challenger_cutoff, found.swaps.incumbent_cutoff), (Some(10.0), None));
    assert_eq!((found.swaps.challenger_approval, found.swaps.incumbent_approval), (0.1, 0.0));
    assert_eq!((found.swaps.swapped_in.members, found.swaps.swapped_out.members), (vec![9], vec![]));
}

#[test]
fn the_dual_matrix_holds_every_row_once() {
    let (ours, theirs, bad) = ten();
    let found = against(&ours, &theirs, &bad, None, None, &AgainstOptions { quantiles: 2, ..plain(0) });
    let matrix = found.expect("compared").matrix;
    // Type 7 medians: 5.5 of 1..=10, 1.5 of five 1 and five 2.
    assert_eq!(
        (matrix.challenger_cuts.as_slice(), matrix.incumbent_cuts.as_slice()),
        ([5.5].as_slice(), [1.5].as_slice())
    );
    let told: Vec<Vec<(usize, usize)>> =
        matrix.cells.iter().map(|line| line.iter().map(|cell| (cell.rows, cell.bads)).collect()).collect();
    assert_eq!(told, [[(3, 2), (2, 1)], [(2, 1), (3, 0)]]);
}

#[test]
fn a_probability_of_default_is_the_same_incumbent_the_other_way_round() {
    let (_, _, bad) = rows();
    let ours = score("fine");
    let there: Vec<Option<f64>> = score("coarse").into_iter().map(Some).collect();
    let back: Vec<Option<f64>> = there.iter().map(|one| one.map(|one| -one)).collect();
    let up = against(&ours, &there, &bad, None, None, &plain(20)).expect("compared");
    let lower = AgainstOptions { direction: Direction::LowerIsSafer, ..plain(20) };
    let down = against(&ours, &back, &bad, None, None, &lower).expect("compared");
    assert_eq!(
        (up.auc, &up.equal_approval, &up.equal_bad_rate),
        (down.auc, &down.equal_approval, &down.equal_bad_rate)
    );
    assert_eq!(up.swaps.incumbent_cutoff, down.swaps.incumbent_cutoff.map(|cut| -cut));
    assert_eq!(up.swaps.swapped_in, down.swaps.swapped_in);
}

#[test]
fn rows_without_an_incumbent_score_are_counted_and_order_does_not_matter() {
    let (_, _, bad) = rows();
    let (_, part) = weights();
    let (ours, theirs) = (score("fine"), score("coarse"));
    let holes: Vec<Option<f64>> = theirs.iter().enumerate().map(|(at, one)| (at % 10 != 0).then_some(*one)).collect();
    let names = vec!["x".to_owned()];
    let values = vec![ours.iter().map(|one| one / 7.0).collect::<Vec<f64>>()];
    let contributions = Some(Contributions { names: &names, values: &values });
    let there = against(&ours, &holes, &bad, Some(&part), contributions, &plain(15)).expect("compared");
    assert_eq!((there.n, there.without_incumbent), (1_800, 200));
    fn back<T: Clone>(of: &[T]) -> Vec<T> {
        of.iter().rev().cloned().collect()
    }
    let values = vec![back(&values[0])];
    let contributions = Some(Contributions { names: &names, values: &values });
    let mut again = against(&back(&ours), &back(&holes), &back(&bad), Some(&back(&part)), contributions, &plain(15))
        .expect("compared");
    // Members are places of rows as given; everything else is the same.
    let sets = |all: &mut Swaps| {
        for set in [&mut all.swapped_in, &mut all.swapped_out, &mut all.kept, &mut all.declined] {
            set.members.iter_mut().for_each(|row| *row = 1_999 - *row);
            set.members.sort_unstable();
        }
    };
    sets(&mut again.swaps);
    assert_eq!(there, again);
    let parts = [&there.swaps.swapped_in, &there.swaps.swapped_out, &there.swaps.kept, &there.swaps.declined];
    assert_eq!(parts.iter().map(|set| set.rows).sum::<usize>(), 1_800);
}

#[test]
fn a_score_against_itself_changes_nothing() {
    let (_, _, bad) = rows();
    let ours = score("coarse");
    let theirs: Vec<Option<f64>> = ours.iter().copied().map(Some).collect();
    let found = against(&ours, &theirs, &bad, None, None, &plain(10)).expect("compared");
    assert_eq!((found.auc.difference.value, found.auc.p), (0.0, Some(1.0)));
    assert!(
        found.equal_approval.iter().all(|row| row.change == Change { value: 0.0, lower: Some(0.0), upper: Some(0.0) })
    );
    assert_eq!((found.swaps.swapped_in.rows, found.swaps.swapped_out.rows), (0, 0));
    assert_eq!(found.swaps.swapped_in.bad_rate, None);
    // The bad rate need not rise with approval, so that more may be approved at the same rate; never less.
    assert!(found.equal_bad_rate.iter().all(|row| -1e-9 < row.change.value));
}

#[test]
fn options_out_of_range_are_refused() {
    let (ours, theirs, bad) = ten();
    for options in [
        AgainstOptions { approvals: vec![1.0], ..plain(0) },
        AgainstOptions { swap_at: SwapAt::Approval(0.0), ..plain(0) },
    ] {
        let error = against(&ours, &theirs, &bad, None, None, &options);
        assert!(matches!(error, Err(ValidateError::Options(_))), "{error:?}");
    }
    let error = against(&ours, &theirs[..9], &bad, None, None, &plain(0));
    assert!(matches!(error, Err(ValidateError::Lengths { what: "incumbent score", .. })));
    let none = vec![None; 10];
    let error = against(&ours, &none, &bad, None, None, &plain(0));
    assert_eq!(error, Err(ValidateError::Incumbent { rows: 0, bads: 0 }));
    // The goods alone have a score.
    let goods: Vec<Option<f64>> = theirs.iter().zip(&bad).map(|(one, bad)| one.filter(|_| !bad)).collect();
    let error = against(&ours, &goods, &bad, None, None, &plain(0));
    let rows = bad.iter().filter(|bad| !**bad).count();
    assert_eq!(error, Err(ValidateError::Incumbent { rows, bads: 0 }));
}
