//! Gates on what became of loans: closed where the whole interval is beyond them, and by no chance.

use super::{
    tests::{limits, row, run},
    *,
};

/// So many times ten bads and ten goods: six bads and four goods score 600, in band A, the others 400, in band B.
fn upside_down(times: usize) -> (Run, OutcomesById) {
    turned(times, [6, 4])
}

/// The same with `bads` and `goods` at 600 of ten each.
fn turned(times: usize, [bads, goods]: [usize; 2]) -> (Run, OutcomesById) {
    let scores = |high: usize| (0..10).map(move |at| if at < high { 600 } else { 400 });
    let ten: Vec<i64> = scores(bads).chain(scores(goods)).collect();
    let outcomes = (0..20 * times).map(|at| (format!("{at:05}"), at % 20 < 10)).collect();
    (run(&ten.repeat(times)), outcomes)
}

fn watched(times: usize, gates: &Gates) -> Monitoring {
    let (current, outcomes) = upside_down(times);
    monitor(&current, &current, Outcomes { baseline: None, current: Some(&outcomes) }, gates)
}

#[test]
fn a_score_that_ranks_upside_down_closes_a_gate_that_nobody_set_and_is_told_in_a_sentence() {
    // P(good above bad) = .4 × .4, ties .4 × .6 + .6 × .4: AUC = .16 + .24 = .4. DeLong: placements .7 and .2, the variance of
    // each class .25 × .24 = .06; of 200 each √(.12 / 199) = .0246, on the logit scale .1023: -.4055 + 2.576 × .1023 < 0.
    let report = watched(20, &Gates::default());
    let auc = row(&report, "auc", "");
    assert!((auc.value.expect("both classes") - 0.4).abs() < 1e-12);
    let upper = 1.0 / (1.0 + (1.5_f64.ln() - 2.575_829_303_548_9 * (0.12_f64 / 199.0).sqrt() / 0.24).exp());
    assert!((auc.upper.expect("an interval of 99 %") - upper).abs() < 1e-9, "{auc:?}");
    assert_eq!((auc.gate, auc.verdict, report.exit_code()), (Some(0.5), Verdict::Fail, 1));
    let found = report.current_matured.as_ref().and_then(|matured| matured.told.upside_down.as_ref());
    assert!(found.is_some_and(|one| one.beyond_chance));
    let said = "outcomes of the current run: the score ranks upside down: AUC 0.4000 (";
    assert!(report.notes.iter().any(|note| note.starts_with(said)), "{:?}", report.notes);
    let json = serde_json::to_value(&report).expect("JSON");
    assert_eq!(json["current_matured"]["upside_down"]["beyond_chance"], true);
    assert_eq!(json["current_matured"].get("curve"), None);
}

#[test]
fn few_loans_that_happen_to_rank_upside_down_are_a_warning() {
    let report = watched(1, &Gates::default());
    assert_eq!((row(&report, "auc", "").verdict, report.exit_code()), (Verdict::Warn, 0));
    let said = "outcomes of the current run: AUC 0.4000 (";
    assert!(report.notes.iter().any(|note| note.starts_with(said) && note.contains("is below 0.5")));
    // The gate asks for no outcomes where none are given, nor for a second class.
    let (current, outcomes) = upside_down(1);
    let good: OutcomesById = outcomes.into_keys().map(|id| (id, false)).collect();
    for known in [None, Some(&good)] {
        let report = monitor(&current, &current, Outcomes { baseline: None, current: known }, &Gates::default());
        assert!(report.checks.iter().all(|row| row.check != "auc"));
        assert_eq!(report.exit_code(), 0);
    }
}

#[test]
fn a_gate_on_outcomes_closes_where_the_whole_interval_is_beyond_it_and_else_warns() {
    // The baseline is the current run turned round: AUC .6, so that .2 is lost. KS is .2, and one pair of bands is out of order.
    let gates = r#"{"gates": {"auc": 0.45, "ks": 0.3, "auc_drop": 0.05, "rank_order": 0}}"#;
    let verdicts = |times: usize, gates: &str| {
        let (current, now) = upside_down(times);
        let (baseline, then) = turned(times, [4, 6]);
        let known = Outcomes { baseline: Some(&then), current: Some(&now) };
        let report = monitor(&baseline, &current, known, &limits(gates));
        ["auc", "ks", "auc_drop", "rank_order"].map(|check| row(&report, check, "").clone())
    };
    let few = verdicts(1, gates);
    assert!(few.iter().all(|row| row.verdict == Verdict::Warn), "{few:?}");
    // z √(1/10 + 1/10) / 2 above .2.
    let upper = 0.2 + 2.575_829_303_548_9 * 0.2_f64.sqrt() / 2.0;
    assert!((few[1].upper.expect("an upper end") - upper).abs() < 1e-9 && few[1].lower.is_none());
    // Of ten in A six bads or more by chance, ten of twenty being bad: 60626 / 184756, so that it may be no pair or one.
    assert_eq!((few[3].lower, few[3].value, few[3].upper), (Some(0.0), Some(1.0), Some(1.0)));
    let many = verdicts(100, gates);
    assert!(many.iter().all(|row| row.verdict == Verdict::Fail), "{many:?}");
    assert_eq!(many[3].lower, Some(1.0));
    assert!((many[2].value.expect("both runs") - 0.2).abs() < 1e-12);
    // Gates that mind no chance look at the value alone.
    let blunt = verdicts(1, &gates.replacen('{', r#"{"significance": 1, "#, 1));
    assert!(blunt.iter().all(|row| row.verdict == Verdict::Fail && row.upper == row.value), "{blunt:?}");
    // Within the limit no interval matters.
    let within = verdicts(1, r#"{"gates": {"auc": 0.4, "ks": 0.1, "auc_drop": 0.3, "rank_order": 1}}"#);
    assert!(within.iter().all(|row| row.verdict == Verdict::Pass), "{within:?}");
}
