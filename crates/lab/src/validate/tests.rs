use cashline_core::time::Day;

use super::*;
use crate::{
    metrics::golden_tests::{probability, rows, score, shared, weights},
    sample::{Column, Key, Sample, Values},
};

fn keys(ids: &[String]) -> Vec<Key> {
    let one = |(at, id): (usize, &String)| Key {
        applicant_id: format!("person-{id}"),
        as_of: at as i64,
        application_id: id.clone(),
    };
    ids.iter().enumerate().map(one).collect()
}

fn loans(count: usize) -> Vec<Key> {
    keys(&(0..count).map(|at| format!("loan-{at:02}")).collect::<Vec<_>>())
}

/// The fold of each row by repeat.
fn dealt(folds: &[Fold], rows: usize) -> Vec<Vec<u32>> {
    let mut found: Vec<Vec<u32>> = Vec::new();
    for fold in folds {
        if fold.fold == 0 {
            found.push(vec![u32::MAX; rows]);
        }
        let last = found.last_mut().expect("fold 0 comes first");
        fold.split.test.iter().for_each(|row| last[*row] = fold.fold);
        assert_eq!(fold.split.test.len() + fold.split.train.len(), rows);
    }
    found
}

#[test]
fn folds_are_dealt_by_digest_within_each_class() {
    // By hashlib: within each class sorted by sha256(f"{id}|{repeat}").hexdigest(), dealt in turn to three folds.
    let bad: Vec<bool> = (0..10).map(|at| [1, 4, 7, 8].contains(&at)).collect();
    let found = folds(&loans(10), &bad, 2, 3).expect("dealt");
    assert_eq!(dealt(&found, 10), [[0, 0, 0, 2, 0, 1, 1, 1, 2, 2], [2, 0, 0, 1, 2, 0, 2, 1, 0, 1]]);
    assert_eq!(folds(&loans(10), &bad, 1, 5), Err(ValidateError::Folds { repeats: 1, k: 5, least: 4 }));
}

#[test]
fn folds_of_the_berka_loans_are_those_of_the_golden() {
    let Some(path) = shared("data/berka/applications.csv") else { return };
    let mut loans: Vec<(String, bool)> = csv::Reader::from_path(path)
        .expect("readable")
        .records()
        .map(|row| row.expect("a row"))
        .map(|row| (row[0].to_owned(), &row[row.len() - 1] == "1"))
        .collect();
    loans.sort();
    let ids: Vec<String> = loans.iter().map(|loan| loan.0.clone()).collect();
    let bad: Vec<bool> = loans.iter().map(|loan| loan.1).collect();
    let mut lines: Vec<(u32, u32, &String)> = Vec::new();
    for fold in folds(&keys(&ids), &bad, 10, 5).expect("dealt") {
        lines.extend(fold.split.test.iter().map(|row| (fold.repeat, fold.fold, &ids[*row])));
    }
    lines.sort();
    let text: String = lines.iter().map(|(repeat, fold, id)| format!("{repeat},{fold},{id}\n")).collect();
    // `fold_digest` of all 235 loans, by goldens/scripts/berka_cv.py.
    let expected = "sha256:0487cf630c292a9df83ddb545337d19cc6830dba62855824551d6e5012fba070";
    assert_eq!(cashline_core::hash::sha256(text.as_bytes()), expected);
}

#[test]
fn splits_part_by_share_time_and_group() {
    let keys = loans(10);
    // By hashlib: the first 13 hexadecimal digits of sha256("loan-NN|0") over 2^52 are below 0.4 for 2, 4, 5 and 7.
    let random = split_random(&keys, 0.4, 0).expect("two sides");
    assert_eq!(random.test, [2, 4, 5, 7]);
    // A row more moves no other.
    let more = split_random(&loans(11), 0.4, 0).expect("two sides");
    assert_eq!(more.test.iter().filter(|row| **row < 10).copied().collect::<Vec<_>>(), random.test);
    let late = split_out_of_time(&keys, 7).expect("two sides");
    assert_eq!((late.train, late.test, late.left_out), ((0..7).collect(), vec![7, 8, 9], vec![]));
    assert!(matches!(split_out_of_time(&keys, 0), Err(ValidateError::Split(_))));
    let labels: Vec<String> = ["x", "y", "", "x"].map(str::to_owned).to_vec();
    let found = split_by_group(&keys[..4], &labels).expect("two groups");
    assert_eq!(found["x"], Split { train: vec![1, 2], test: vec![0, 3], left_out: vec![] });
    assert_eq!(found["y"], Split { train: vec![0, 2, 3], test: vec![1], left_out: vec![] });
}

/// Ten loans of five persons, the second of each far from the first.
fn twice() -> Vec<Key> {
    let mut keys = loans(10);
    keys.iter_mut().enumerate().for_each(|(at, key)| key.applicant_id = format!("person-{}", at % 5));
    keys
}

#[test]
fn no_applicant_is_learnt_from_and_tried() {
    let keys = twice();
    let persons = |rows: &[usize]| -> std::collections::BTreeSet<&str> {
        rows.iter().map(|row| keys[*row].applicant_id.as_str()).collect()
    };
    let bad: Vec<bool> = (0..10).map(|at| [1, 2].contains(&at)).collect();
    let folds = folds(&keys, &bad, 3, 2).expect("dealt");
    for Fold { split, .. } in &folds {
        assert!(persons(&split.train).is_disjoint(&persons(&split.test)), "{split:?}");
        assert!(split.test.iter().any(|row| bad[*row]) && split.test.iter().any(|row| !bad[*row]), "{split:?}");
    }
    // By hashlib, sha256("loan-0N|0"): of persons 1 and 2, with a bad loan, the order is [2, 1]; of the others [4, 3, 0].
    assert_eq!(dealt(&folds, 10)[0], [0, 1, 0, 1, 0, 0, 1, 0, 1, 0]);
    let random = split_random(&keys, 0.4, 0).expect("two sides");
    // As above the loans 2 and 4 are tried, and with them the later loans of the same persons.
    assert_eq!((random.test, random.left_out), (vec![2, 4, 7, 9], vec![]));
    // From loan 3 on: persons 0, 1 and 2 were learnt from.
    let late = split_out_of_time(&keys, 3).expect("two sides");
    assert_eq!((late.train, late.test, late.left_out), (vec![0, 1, 2], vec![3, 4, 8, 9], vec![5, 6, 7]));
    assert!(matches!(split_out_of_time(&keys, 5), Err(ValidateError::Split(_))), "everybody is known");
    let labels: Vec<String> = (0..10).map(|at| if at < 6 { "x" } else { "y" }.to_owned()).collect();
    let found = split_by_group(&keys, &labels).expect("two groups");
    assert_eq!((&found["y"].test, &found["y"].left_out), (&vec![], &vec![6, 7, 8, 9]));
    assert_eq!((&found["x"].test, &found["x"].left_out), (&vec![0, 5], &vec![1, 2, 3, 4]));
}

#[test]
fn a_class_of_fewer_applicants_than_folds_is_refused_however_many_rows_it_has() {
    let bad: Vec<bool> = (0..10).map(|at| [1, 6].contains(&at)).collect();
    assert_eq!(folds(&twice(), &bad, 1, 2), Err(ValidateError::Folds { repeats: 1, k: 2, least: 1 }));
}

#[test]
fn a_paired_interval_counts_the_overlap_of_folds() {
    // Differences 0.01, 0.03, 0.02, 0.02: mean 0.02, s² = 2e-4 / 3, t(3) at 0.975 = 3.182446305284263.
    let (first, second) = ([0.71, 0.73, 0.72, 0.72], [0.7; 4]);
    let found = paired(&first, &second, 1.0, 0.95).expect("compared");
    let t = 3.182_446_305_284_263;
    let (plain, corrected) = (t * (2e-4_f64 / 3.0 / 4.0).sqrt(), t * (1.25 * 2e-4_f64 / 3.0).sqrt());
    assert!((found.plain.value - 0.02).abs() < 1e-15);
    assert!((found.plain.upper - 0.02 - plain).abs() < 1e-9, "{found:?}");
    assert!((found.corrected.upper - 0.02 - corrected).abs() < 1e-9, "{found:?}");
    assert!((found.corrected.lower - 0.02 + corrected).abs() < 1e-9, "{found:?}");
    assert_eq!(paired(&first, &first, 0.25, 0.95).expect("compared").p, 1.0);
    assert_eq!(paired(&[0.5], &[0.4], 0.25, 0.95), Err(ValidateError::Pairs));
    assert_eq!(paired(&[0.5, f64::NAN], &[0.4; 2], 0.25, 0.95), Err(ValidateError::Pairs));
}

#[test]
fn an_interval_over_folds_stays_between_0_and_1() {
    // Goods and bads far apart, but for some rows of one fold: the mean is near 1 and the deviation wide.
    let bad: Vec<bool> = (0..12).map(|at| at % 2 == 0).collect();
    let sample = Sample {
        keys: loans(12),
        weight: vec![1.0; 12],
        segment: vec![String::new(); 12],
        columns: vec![Column {
            name: "x".to_owned(),
            values: Values::Numbers((0..12).map(|at| Ok(f64::from(u8::from(at % 2 == 1 && at != 1)))).collect()),
        }],
        bad,
    };
    let fit = |_: &Sample| Ok::<Scorer, std::fmt::Error>(Box::new(identity));
    let found = cross_validate(&sample, 1, 3, fit).expect("tried");
    assert!(0.0 < found.auc_deviation && found.auc.value < 1.0, "{found:?}");
    assert_eq!((found.auc.upper, found.ks.upper), (1.0, 1.0));
    assert!(0.0 <= found.auc.lower && 0.0 <= found.ks.lower);
}

fn sample() -> Sample {
    let (_, _, bad) = rows();
    let count = bad.len();
    let numbers = score("fine").into_iter().map(Ok).collect();
    Sample {
        keys: keys(&(0..count).map(|at| format!("loan-{at:04}")).collect::<Vec<_>>()),
        bad,
        weight: vec![1.0; count],
        segment: vec![String::new(); count],
        columns: vec![Column { name: "x".to_owned(), values: Values::Numbers(numbers) }],
    }
}

fn identity(sample: &Sample) -> Vec<f64> {
    match &sample.columns[0].values {
        Values::Numbers(cells) => cells.iter().map(|cell| cell.unwrap_or(0.0)).collect(),
        Values::Codes { .. } => Vec::new(),
    }
}

#[test]
fn a_model_is_tried_on_rows_that_it_did_not_see() {
    let sample = sample();
    let fit = |train: &Sample| {
        let seen: std::collections::BTreeSet<Key> = train.keys.iter().cloned().collect();
        let scorer: Scorer = Box::new(move |test: &Sample| {
            assert!(test.keys.iter().all(|key| !seen.contains(key)), "a row was learnt from and tried");
            identity(test)
        });
        Ok::<_, std::fmt::Error>(scorer)
    };
    let found = cross_validate(&sample, 3, 5, fit).expect("tried");
    assert_eq!(found.folds.len(), 15);
    assert_eq!(found.folds.iter().map(|one| one.rows).sum::<usize>(), 3 * 2_000);
    assert_eq!(found.folds.iter().map(|one| one.bads).sum::<usize>(), 3 * 132);
    // The score knows nothing of folds, so every row's is the whole's.
    assert_eq!(found.scores, vec![score("fine"); 3]);
    // 0.7439 on all rows (the golden): folds scatter around it.
    assert!((found.auc.value - 0.7439).abs() < 0.01, "{:?}", found.auc);
    let mean = found.folds.iter().map(|one| one.auc).sum::<f64>() / 15.0;
    assert!((found.auc.value - mean).abs() < 1e-12);
    assert!(found.auc.lower < mean && mean < found.auc.upper);
    let same = found.compare(&found, 0.95).expect("the same folds");
    assert_eq!((same.corrected.value, same.p), (0.0, 1.0));
    let fewer = cross_validate(&sample, 2, 5, |_| Ok::<Scorer, std::fmt::Error>(Box::new(identity))).expect("tried");
    assert_eq!(found.compare(&fewer, 0.95), Err(ValidateError::OtherFolds));
}

#[test]
fn the_first_fold_that_fails_is_named() {
    let sample = sample();
    let folds = folds(&sample.keys, &sample.bad, 2, 5).expect("dealt");
    let bad_fold = folds[3].split.test[0];
    let key = sample.keys[bad_fold].clone();
    let fit = move |train: &Sample| {
        // Fails whenever that row is not among those learnt from: in fold 3 of repeat 0 and in one of repeat 1.
        let scorer: Scorer = Box::new(identity);
        if train.keys.contains(&key) { Ok(scorer) } else { Err(std::fmt::Error) }
    };
    let error = cross_validate(&sample, 2, 5, fit).expect_err("one fold fails");
    assert!(matches!(error, CrossError::Fit { repeat: 0, fold: 3, .. }), "{error}");
    let error = cross_validate(&sample, 1, 5, |_| Ok::<Scorer, std::fmt::Error>(Box::new(|_| Vec::new())));
    assert!(matches!(error, Err(CrossError::Measure { repeat: 0, fold: 0, .. })));
}

#[test]
fn a_validation_does_not_depend_on_the_order_of_rows() {
    let (score, p, bad, (_, part)) = (score("coarse"), probability(), rows().2, weights());
    let economics = Some(Economics { gain_per_good: 1.0, loss_per_bad: 9.0 });
    let options = Options { draws: Draws { count: 25, seed: 1 }, economics, ..Options::default() };
    let there = validate(&score, Some(&p), &bad, Some(&part), &options).expect("measured");
    let back = |of: &[f64]| of.iter().rev().copied().collect::<Vec<f64>>();
    let outcome: Vec<bool> = bad.iter().rev().copied().collect();
    let back = validate(&back(&score), Some(&back(&p)), &outcome, Some(&back(&part)), &options).expect("measured");
    assert_eq!(there, back);
    assert_eq!(there.measures.len(), crate::metrics::MEASURES.len());
    assert!(there.measures.iter().all(|one| one.estimate.is_some_and(|found| found.lower <= found.value)));
    let text = serde_json::to_string(&there).expect("written");
    assert!(!text.contains("null,\"upper\"") && text.contains("\"calibration_slope\""));
    // Bars and buckets lose no row.
    let total: f64 = there.distribution.iter().map(|bar| bar.goods + bar.bads).sum();
    assert!((total - there.weight).abs() < 1e-9);
    assert_eq!(there.gains.iter().map(|row| row.rows).sum::<usize>(), there.n);
}

#[test]
fn without_probabilities_there_is_discrimination_alone() {
    let options = Options { draws: Draws { count: 0, seed: 0 }, ..Options::default() };
    let found = validate(&score("fine"), None, &rows().2, None, &options).expect("measured");
    assert_eq!(found.measures.iter().map(|one| one.name).collect::<Vec<_>>(), ["auc", "gini", "ks"]);
    assert_eq!((found.calibration.len(), found.hosmer_lemeshow), (0, None));
    assert_eq!(found.roc.len(), CURVE_POINTS_MAX);
    assert_eq!((found.roc[0], found.roc[CURVE_POINTS_MAX - 1]), ((0.0, 0.0), (1.0, 1.0)));
    assert!(found.strategy.len() <= STRATEGY_ROWS_MAX && STRATEGY_ROWS_MAX - 5 < found.strategy.len());
    assert_eq!(found.strategy[0].approval_rate, 1.0);
    assert_eq!(found.strategy[found.strategy.len() - 1].cutoff, 44_406.0, "the highest score, as toad's table has it");
}

#[test]
fn that_weights_differ_is_said_and_equal_ones_are_none() {
    let (score, bad) = (score("fine"), rows().2);
    let said = |weight: &[f64]| {
        let options = Options { draws: Draws { count: 0, seed: 0 }, ..Options::default() };
        validate(&score, None, &bad, Some(weight), &options).expect("measured").weighted
    };
    assert_eq!(said(&vec![7.0; 2_000]), None);
    // In the unit of the evidence: 36,013.6 rows (goldens/scripts/weighted_intervals.py).
    let by_class: Vec<f64> = bad.iter().map(|bad| if *bad { 1.0 } else { 20.5 }).collect();
    let expected = "weights differ: 2000 applications count as 36013.6, so rates are those of the weights, and intervals are \
                    approximations";
    assert_eq!(said(&by_class).as_deref(), Some(expected));
}

#[test]
fn a_thinned_strategy_keeps_the_cut_off_that_parts_goods_and_bads_furthest() {
    for name in ["fine", "weak"] {
        let cases = Cases::new(&score(name), None, &rows().2, None).expect("both classes");
        let table = strategy(&cases, None, 0.95);
        assert!(STRATEGY_ROWS_MAX - 5 < table.len() && table.len() <= STRATEGY_ROWS_MAX);
        let widest = table.iter().map(|row| (row.bads_declined - row.goods_declined).abs()).fold(0.0, f64::max);
        assert!((widest - Outcomes::of(&cases).expect("both classes").ks()).abs() < 1e-12, "{name} {widest}");
    }
}

#[test]
fn a_thinned_strategy_keeps_the_cut_off_that_earns_most() {
    let (score, bad) = (score("fine"), rows().2);
    let economics = Economics { gain_per_good: 1.0, loss_per_bad: 11.0 };
    let cases = Cases::new(&score, None, &bad, None).expect("both classes");
    let table = strategy(&cases, Some(economics), 0.95);
    // Every distinct score tried by counting.
    let profit = |cutoff: f64| {
        let approved = || (0..score.len()).filter(|row| cutoff <= score[*row]);
        let bads = approved().filter(|row| bad[*row]).count() as f64;
        (approved().count() as f64 - bads - 11.0 * bads) / 2_000.0
    };
    let most = score.iter().map(|cutoff| profit(*cutoff)).fold(f64::NEG_INFINITY, f64::max);
    let best: Vec<&Cutoff> = table.iter().filter(|row| row.best).collect();
    assert_eq!(best.len(), 1);
    assert_eq!((best[0].profit_per_application, profit(best[0].cutoff)), (Some(most), most));
    assert!(table.len() <= STRATEGY_ROWS_MAX && table.is_sorted_by(|a, b| a.cutoff < b.cutoff));
    let widest = table.windows(2).map(|pair| pair[0].approval_rate - pair[1].approval_rate).fold(0.0, f64::max);
    assert!(widest < 0.03, "about even in approval rate: {widest}");
}

#[test]
fn a_cut_off_approves_its_own_score_and_the_best_earns_most() {
    // Scores 1: bad, 2: good and bad, 3: good, 4: good. A good earns 1, a bad loses 2.
    let score = [1.0, 2.0, 2.0, 3.0, 4.0];
    let bad = [true, false, true, false, false];
    let cases = Cases::new(&score, None, &bad, None).expect("both classes");
    let table = strategy(&cases, Some(Economics { gain_per_good: 1.0, loss_per_bad: 2.0 }), 0.95);
    let told: Vec<(f64, usize, f64, Option<f64>, bool)> = table
        .iter()
        .map(|row| (row.cutoff, row.rows, row.bad_rate.value, row.profit_per_application, row.best))
        .collect();
    // From 1: 3 - 4 = -1; from 2: 3 - 2 = 1; from 3: 2; from 4: 1; each over five applications.
    assert_eq!(
        told,
        [
            (1.0, 5, 2.0 / 5.0, Some(-1.0 / 5.0), false),
            (2.0, 4, 1.0 / 4.0, Some(1.0 / 5.0), false),
            (3.0, 2, 0.0, Some(2.0 / 5.0), true),
            (4.0, 1, 0.0, Some(1.0 / 5.0), false),
        ]
    );
    assert_eq!((table[0].declined_bad_rate, table[2].declined_bad_rate), (None, Some(2.0 / 3.0)));
    assert_eq!((table[1].bads_declined, table[1].goods_declined), (0.5, 0.0));
}

#[test]
fn a_vintage_ripens_and_says_when_it_is_not_yet_ripe() {
    let day = Day::from_civil;
    let as_of = [day(2026, 1, 5), day(2026, 1, 31), day(2026, 1, 9), day(2026, 2, 1)];
    let observed = [Some(day(2026, 3, 1)), Some(day(2026, 4, 30)), Some(day(2026, 2, 1)), None];
    let bad = [true, false, false, false];
    let found = vintages(&as_of, &bad, &[1.0; 4], Some(&observed), 0.95).expect("counted");
    assert_eq!(
        found.iter().map(|one| (one.month.as_str(), one.rows, one.bads)).collect::<Vec<_>>(),
        [("2026-01", 3, 1), ("2026-02", 1, 0)]
    );
    // Ages in months: the bad 2, goods 3 and 1. At 2 the good of age 1 is no longer known.
    let told: Vec<(u32, usize, usize, Option<f64>, bool)> =
        found[0].curve.iter().map(|age| (age.months, age.known, age.bads, age.bad_rate, age.complete)).collect();
    assert_eq!(
        told,
        [
            (0, 3, 0, Some(0.0), true),
            (1, 3, 0, Some(0.0), true),
            (2, 2, 1, Some(0.5), false),
            (3, 2, 1, Some(0.5), false),
        ]
    );
    assert!(found[1].curve.is_empty());
    let bare = vintages(&as_of, &bad, &[1.0; 4], None, 0.95).expect("counted");
    assert!((bare[0].bad_rate.value - 1.0 / 3.0).abs() < 1e-15 && bare[0].curve.is_empty());
}

#[test]
fn a_score_is_followed_over_periods() {
    let as_of: Vec<Day> = (0..6).map(|at| Day::from_civil(2025 + at / 3, 11, 2)).collect();
    let score = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let bad = [true, false, true, false, false, false];
    let p = [0.5, 0.25, 0.75, 0.1, 0.1, 0.1];
    let scored = Scored { score: &score, probability: Some(&p), bad: &bad, weight: None };
    let found = over_time(&as_of, &scored, Period::Quarter, 0.95).expect("measured");
    assert_eq!(
        found.iter().map(|one| (one.name.as_str(), one.rows, one.bads)).collect::<Vec<_>>(),
        [("2025-Q4", 3, 2), ("2026-Q4", 3, 0)]
    );
    // Pairs (2 > 1) and (2 > 3): one of two.
    assert_eq!(found[0].auc.map(|auc| auc.value), Some(0.5));
    assert_eq!((found[0].mean_score, found[0].expected), (2.0, Some(0.5)));
    assert_eq!((found[1].auc, found[1].ks), (None, None));
    let years = over_time(&as_of, &scored, Period::Year, 0.95).expect("measured");
    assert_eq!(years.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["2025", "2026"]);
    let months = over_time(&as_of, &scored, Period::Month, 0.95).expect("measured");
    assert_eq!(months.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["2025-11", "2026-11"]);
    // The same rows under other names.
    let labels: Vec<String> = ["x", "x", "x", "", "", ""].map(str::to_owned).to_vec();
    let parts = by_label(&labels, &scored, 0.95).expect("measured");
    assert_eq!(parts[1], Part { name: "x".to_owned(), ..found[0].clone() });
    assert_eq!(parts[0], Part { name: String::new(), ..found[1].clone() });
    assert!(matches!(by_label(&labels[1..], &scored, 0.95), Err(ValidateError::Lengths { what: "label", .. })));
}

#[test]
fn a_group_without_which_nothing_can_be_learnt_has_the_reason_in_place_of_its_measures() {
    let sample = sample();
    let labels: Vec<String> = (0..sample.len()).map(|row| ["a", "b"][row % 2].to_owned()).collect();
    let first = sample.keys[0].clone();
    let fit = |learn: &Sample| {
        let scorer: Scorer = Box::new(identity);
        if learn.keys.contains(&first) { Ok(scorer) } else { Err(std::fmt::Error) }
    };
    let found = try_by_group(&sample, &labels, fit).expect("two groups");
    let told: Vec<_> = found.iter().map(|one| (one.group.as_str(), one.auc.is_some(), one.why.clone())).collect();
    assert_eq!(told, [("a", false, Some(std::fmt::Error.to_string())), ("b", true, None)]);
}
