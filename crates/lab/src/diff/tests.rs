//! Differences of small runs, by hand.

use super::*;
use crate::run::{
    Application, RunRecord,
    tests::{earn, key, scored},
};

type Cells<'a> = [(&'a str, &'a str, i64)];

/// A run of scored applications with their characteristics (attribute, bin, points) over base points of 500.
fn run(base: i64, rows: &[(&str, &str, &Cells<'_>)]) -> Run {
    let mut run = Run::new(RunRecord::default());
    for (id, reason, cells) in rows {
        let score = base + cells.iter().map(|cell| cell.2).sum::<i64>();
        let band = if score < 500 { "B" } else { "A" };
        run.push(&Application { base_points: Some(base), ..scored(id, score, band, reason) });
    }
    run.sort().expect("unique keys");
    for (id, _, cells) in rows {
        cells.iter().for_each(|(attribute, bin, points)| earn(&mut run, id, attribute, bin, *points));
    }
    run
}

fn before() -> Run {
    run(
        500,
        &[
            ("1", "overdraft", &[("fees", "[1, inf)", -20), ("income", "[2, inf)", 10)]),
            ("2", "overdraft", &[("fees", "[1, inf)", -20), ("income", "(-inf, 2)", -5)]),
            ("3", "income", &[("fees", "(-inf, 1)", 5), ("income", "missing: stale", 0)]),
            ("gone", "income", &[("fees", "(-inf, 1)", 5), ("income", "(-inf, 2)", -5)]),
        ],
    )
}

fn after() -> Run {
    run(
        505,
        &[
            ("1", "overdraft", &[("fees", "[1, inf)", -20), ("income", "[2, inf)", 10)]),
            ("2", "income", &[("fees", "(-inf, 1)", 5), ("income", "(-inf, 2)", -5)]),
            ("3", "income", &[("fees", "[1, inf)", -20), ("income", "(-inf, 2)", -5)]),
            ("new", "income", &[("fees", "(-inf, 1)", 5), ("income", "(-inf, 2)", -5)]),
        ],
    )
}

#[test]
fn the_parts_of_every_shift_add_up_to_it() {
    let diff = diff(&before(), &after(), Listed::default());
    let expected = Joined { both: 3, only_a: 1, only_b: 1, scored_both: 3, ..Joined::default() };
    assert_eq!((diff.joined, diff.unexplained), (expected, 0));
    // Scores 490, 475, 505 become 495, 505, 480: shifts 5, 30, −25.
    let shift = diff.shift.as_ref().expect("scored");
    assert_eq!((shift.unchanged, shift.up, shift.down), (0, 2, 1));
    assert_eq!((shift.mean, shift.mean_absolute), (10.0 / 3.0, 20.0));
    // −25, 5, 30: a quarter lies half-way between the first two.
    assert_eq!(shift.quantiles.iter().find(|one| one.share == 0.25).map(|one| one.shift), Some(-10.0));
    // Fees: 0, +25, −25. Income: 0, 0, −5. Base points: +5 each.
    let of: Vec<(&str, f64, f64)> =
        diff.attributes.iter().map(|one| (one.attribute.as_str(), one.mean, one.mean_absolute)).collect();
    assert_eq!(of, [("fees", 0.0, 50.0 / 3.0), ("income", -5.0 / 3.0, 5.0 / 3.0)]);
    assert_eq!((diff.base_points, diff.attributes[0].share), (5.0, 10.0 / 11.0));
    let sum: f64 = diff.base_points + diff.attributes.iter().map(|one| one.mean).sum::<f64>();
    assert!((sum - shift.mean).abs() < 1e-12);
    for row in &diff.furthest {
        assert_eq!(row.parts.iter().map(|part| part.points).sum::<i64>(), row.score_b - row.score_a);
    }
    let ids: Vec<&str> = diff.furthest.iter().map(|row| row.application_id.as_str()).collect();
    assert_eq!(ids, ["2", "3", "1"]);
    let moves = &diff.attributes[0].moves;
    assert_eq!((moves[0].applications, moves[0].points.abs(), moves.len()), (1, 25, 2));
}

#[test]
fn flips_and_reasons_are_counted() {
    let diff = diff(&before(), &after(), Listed::default());
    let bands = diff.flips.iter().find(|flips| flips.subject == "band").expect("compared");
    assert_eq!((bands.changed, &bands.words[..]), (2, &["A".to_owned(), "B".to_owned()][..]));
    // From A: 3 to B. From B: 1 stays, 2 to A.
    assert_eq!(bands.counts, [[0, 1], [1, 1]]);
    let expected = [
        ReasonChange { code: "income".into(), only_a: 0, only_b: 1 },
        ReasonChange { code: "overdraft".into(), only_a: 1, only_b: 0 },
    ];
    assert_eq!((diff.reasons.changed, diff.reasons.first_changed), (1, 1));
    assert_eq!(diff.reasons.codes, expected);
}

#[test]
fn a_run_does_not_differ_from_itself() {
    let diff = diff(&before(), &before(), Listed::default());
    let shift = diff.shift.expect("scored");
    assert_eq!((shift.unchanged, shift.mean_absolute, diff.furthest.len()), (4, 0.0, 0));
    assert_eq!(shift.histogram, [Bar { from: 0, below: 1, applications: 4 }]);
    assert!(diff.flips.iter().all(|flips| flips.changed == 0));
    assert!(diff.attributes.iter().all(|one| one.share == 0.0 && one.values_changed == 0 && one.moves.is_empty()));
}

#[test]
fn applications_with_another_t_are_counted_and_not_compared() {
    let later = |id: &str| {
        let row = scored(id, 500, "A", "income");
        Application { key: Key { as_of: row.key.as_of + 86_400, ..row.key.clone() }, ..row }
    };
    let mut other = Run::new(RunRecord::default());
    ["1", "2", "strange"].iter().for_each(|id| other.push(&later(id)));
    other.push(&scored("3", 500, "A", "income"));
    other.sort().expect("unique keys");
    let joined = diff(&before(), &other, Listed::default()).joined;
    assert_eq!((joined.both, joined.only_a, joined.only_b, joined.other_t), (1, 3, 3, 2));
}

#[test]
fn applications_that_one_run_does_not_score_are_counted_apart() {
    let mut other = Run::new(RunRecord::default());
    let unscored =
        Application { status: "no_data", score: None, base_points: None, band: None, ..scored("1", 0, "", "x") };
    other.push(&unscored);
    let diff = diff(&before(), &other, Listed::default());
    assert_eq!((diff.joined.scored_both, diff.joined.scored_a, diff.joined.scored_b), (0, 1, 0));
    assert_eq!(diff.shift, None);
    let status = diff.flips.iter().find(|flips| flips.subject == "status").expect("compared");
    assert_eq!((status.changed, &status.counts[1][..]), (1, &[1, 0][..]));
    let bands = diff.flips.iter().find(|flips| flips.subject == "band").expect("compared");
    assert_eq!(bands.words, ["B", "none"]);
    assert_eq!(key("1").application_id, "1");
}

#[test]
fn points_that_do_not_add_up_are_counted() {
    let mut wrong = before();
    wrong.score[0] = Some(999);
    assert_eq!(diff(&before(), &wrong, Listed::default()).unexplained, 1);
}

#[test]
fn bars_have_one_width_and_their_edges_are_multiples_of_it() {
    let bars = |first: i64, last: i64| histogram(&[first, last], first, last);
    assert_eq!(bars(-3, 4).len(), 8);
    // 61 shifts need a width of 5: from −30 to below 35.
    let wide = bars(-30, 30);
    assert_eq!((wide.len(), wide[0].from, wide[0].below, wide[12].from, wide[12].applications), (13, -30, -25, 30, 1));
    // −990 to 990 by 50 are 40 bars, by 100 the twenty that fit.
    let wider = bars(-990, 990);
    assert_eq!((wider.len(), wider[0].from, wider[19].below), (20, -1_000, 1_000));
}
