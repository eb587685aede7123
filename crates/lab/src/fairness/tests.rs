use super::*;
use crate::metrics::golden_tests::{golden, near, score};

fn options(draws: u32) -> FairnessOptions {
    FairnessOptions { reference: "a".to_owned(), minimum: 30, level: 0.95, draws: Draws { count: draws, seed: 1 } }
}

fn texts(of: &[&str]) -> Vec<String> {
    of.iter().map(|one| (*one).to_owned()).collect()
}

#[test]
fn air_smd_and_their_tests_are_fairlearns_solas_and_scipys() {
    let golden = golden();
    let expected = &golden["fairness"];
    let score = score("fine");
    let group: Vec<String> = golden["group"].as_str().expect("a text").chars().map(String::from).collect();
    let segment = vec![String::new(); score.len()];
    for cut in [0.0, 5_000.0] {
        let approved: Vec<bool> = score.iter().map(|score| cut <= *score).collect();
        let rows = Labelled { approved: &approved, score: Some(&score), group: &group, segment: &segment };
        let found = fairness(rows, &options(0)).expect("compared");
        let expected = &expected["cuts"][format!("{cut}")];
        assert_eq!(found.rows.len(), 2);
        near(found.rows[0].approval_rate, &expected["rate_a"], 1e-15);
        near(found.rows[1].approval_rate, &expected["rate_b"], 1e-15);
        let compared = found.rows[1].compared.expect("with the reference");
        let air = compared.air.expect("a ratio");
        near(air.value, &expected["air"], 1e-15);
        assert!(!air.four_fifths);
        let error = libm::log(air.upper.expect("an end") / air.value) / 1.959_963_984_540_054;
        near(error, &expected["log_air_se"], 1e-11);
        near(compared.chi_squared.expect("a test"), &expected["chi2"], 1e-12);
        near(compared.p.expect("a test"), &expected["p"], 1e-7);
        let smd = found.rows[1].smd.expect("scores");
        near(smd.value, &golden["fairness"]["smd"]["by_all_sample"], 1e-13);
        near(smd.deviation_of_all, &golden["fairness"]["smd"]["sd_all_sample"], 1e-13);
        assert_eq!((smd.lower, smd.upper), (None, None));
    }
}

#[test]
fn exactly_four_fifths_passes() {
    // 50 of 100 against 40 of 100 is 0.8; 39 of 100 is not.
    for (approvals, passes) in [(40, true), (39, false)] {
        let approved: Vec<bool> = (0..200).map(|row| row < 50 || (100..100 + approvals).contains(&row)).collect();
        let group: Vec<String> = (0..200).map(|row| if row < 100 { "a" } else { "b" }.to_owned()).collect();
        let segment = vec![String::new(); 200];
        let rows = Labelled { approved: &approved, score: None, group: &group, segment: &segment };
        let found = fairness(rows, &options(0)).expect("compared");
        let air = found.rows[1].compared.and_then(|compared| compared.air).expect("a ratio");
        assert_eq!(air.four_fifths, passes, "{air:?}");
    }
}

#[test]
fn a_small_group_is_withheld_and_an_unlabelled_row_left_out() {
    let group: Vec<String> = (0..200)
        .map(|row| match row {
            0..100 => "a",
            100..150 => "b",
            150..170 => "c",
            _ => "",
        })
        .map(str::to_owned)
        .collect();
    // The reference has 100 rows, of which 20 in the south: there, even the 50 of group b are withheld.
    let segment: Vec<String> = (0..200).map(|row| if row < 80 { "north" } else { "south" }.to_owned()).collect();
    let approved: Vec<bool> = (0..200).map(|row| row % 2 == 0).collect();
    let score: Vec<f64> = (0..200).map(f64::from).collect();
    let rows = Labelled { approved: &approved, score: Some(&score), group: &group, segment: &segment };
    let found = fairness(rows, &options(50)).expect("compared");
    assert_eq!((found.labelled, found.unlabelled), (170, 30));
    let printed: Vec<(&str, &str)> = found.rows.iter().map(|row| (row.segment.as_str(), row.group.as_str())).collect();
    assert_eq!(printed, [("", "a"), ("", "b"), ("north", "a")]);
    let withheld = [("", "c"), ("south", "a"), ("south", "b"), ("south", "c")];
    let withheld: Vec<(String, String)> = withheld.iter().map(|one| (one.0.to_owned(), one.1.to_owned())).collect();
    assert_eq!(found.withheld, withheld);
    // Means 49.5 and 124.5 over the deviation of 0, 1, …, 169: sqrt(170 · 171 / 12).
    let smd = found.rows[1].smd.expect("scores");
    assert!((smd.value - 75.0 / (170.0_f64 * 171.0 / 12.0).sqrt()).abs() < 1e-13, "{smd:?}");
    assert!(smd.lower.is_some_and(|end| end < smd.value) && smd.upper.is_some_and(|end| smd.value < end));
    // The same rows the other way round: the same bytes.
    let back = |of: &[String]| of.iter().rev().cloned().collect::<Vec<String>>();
    let (approved, score): (Vec<bool>, Vec<f64>) =
        (approved.into_iter().rev().collect(), score.into_iter().rev().collect());
    let (group, segment) = (back(&group), back(&segment));
    let rows = Labelled { approved: &approved, score: Some(&score), group: &group, segment: &segment };
    assert_eq!(fairness(rows, &options(50)).expect("compared"), found);
}

#[test]
fn a_reference_that_is_not_there_is_named() {
    let group = texts(&["b"; 40]);
    let segment = texts(&[""; 40]);
    let rows = Labelled { approved: &[true; 40], score: None, group: &group, segment: &segment };
    assert_eq!(fairness(rows, &options(0)), Err(FairnessError::Reference { rows: 0, minimum: 30 }));
    let short = Labelled { segment: &segment[..1], ..rows };
    assert_eq!(fairness(short, &options(0)), Err(FairnessError::Lengths { what: "segment", expected: 40, found: 1 }));
}

#[test]
fn a_group_without_approvals_has_a_ratio_of_0_and_no_interval() {
    let group: Vec<String> = (0..80).map(|row| if row < 40 { "a" } else { "b" }.to_owned()).collect();
    let segment = texts(&[""; 80]);
    let approved: Vec<bool> = (0..80).map(|row| row < 20).collect();
    let rows = Labelled { approved: &approved, score: None, group: &group, segment: &segment };
    let compared = fairness(rows, &options(0)).expect("compared").rows[1].compared.expect("with the reference");
    let air = compared.air.expect("a ratio");
    assert_eq!((air.value, air.lower, air.upper, air.four_fifths), (0.0, None, None, false));
    // 2 × 2 of (0, 40), (20, 20): 80 · (0·20 - 20·40)² / (20 · 60 · 40 · 40) = 80 / 3.
    assert!((compared.chi_squared.expect("a test") - 80.0 / 3.0).abs() < 1e-12);
}
