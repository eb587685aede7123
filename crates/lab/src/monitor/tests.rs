//! Whole comparisons of small runs, by hand.

use super::*;
use crate::{
    count::real,
    run::{
        RunRecord,
        tests::{earn, scored},
    },
};

/// A run of applications with these scores; bands by hundreds, one characteristic of two bins and a cause.
pub(super) fn run(scores: &[i64]) -> Run {
    run_in(scores, false)
}

fn run_in(scores: &[i64], backwards: bool) -> Run {
    let mut rows: Vec<(String, i64)> =
        scores.iter().enumerate().map(|(at, score)| (format!("{at:05}"), *score)).collect();
    if backwards {
        rows.reverse();
    }
    let ledger = [("inflow_minor", 1_000), ("inflow_known_minor", 900), ("rows_used", 50 * scores.len() as u64)];
    let mut run = Run::new(RunRecord {
        ledger: ledger.into_iter().map(|(name, count)| (name.to_owned(), count)).collect(),
        rows: 2_000_000,
        defects: BTreeMap::from([("malformed".to_owned(), 3)]),
        ..RunRecord::default()
    });
    for (id, score) in &rows {
        let band = if 500 <= *score { "A" } else { "B" };
        run.push(&scored(id, *score, band, if 500 <= *score { "balance_level" } else { "overdraft" }));
    }
    run.sort().expect("unique keys");
    for (id, score) in &rows {
        let bin = match score {
            ..300 => "missing: stale",
            300..500 => "(-inf, 2)",
            _ => "[2, inf)",
        };
        earn(&mut run, id, "income_days", bin, *score);
    }
    run
}

pub(super) fn row<'a>(report: &'a Monitoring, check: &str, subject: &str) -> &'a Row {
    let found = report.checks.iter().find(|row| row.check == check && row.subject == subject);
    found.unwrap_or_else(|| panic!("no row {check} {subject}"))
}

#[test]
fn a_run_equals_itself_in_any_order_of_rows() {
    let scores: Vec<i64> = (0..1_000).map(|at| at * 7919 % 1_000).collect();
    let (one, two) = (run(&scores), run_in(&scores, true));
    let report = monitor(&one, &two, Outcomes::default(), &Gates::default());
    for row in report.checks.iter().filter(|row| row.check != "defects") {
        // unknown_outflow: the runs have no outflow.
        assert!(row.value.unwrap_or(0.0) == 0.0, "{row:?}");
    }
    assert_eq!((report.verdict, report.exit_code()), (Verdict::Pass, 0));
    assert_eq!(
        serde_json::to_string(&report).ok(),
        serde_json::to_string(&monitor(&one, &one, Outcomes::default(), &Gates::default())).ok()
    );
}

#[test]
fn a_moved_population_fails_and_every_number_is_the_hand_sum() {
    // Before: 60 in A, 40 in B, of which 20 without a value. Now: 20 in A, 80 in B, of which 40 without a value.
    let before: Vec<i64> = [vec![600; 60], vec![400; 20], vec![100; 20]].concat();
    let now: Vec<i64> = [vec![600; 20], vec![400; 40], vec![100; 40]].concat();
    let report = monitor(&run(&before), &run(&now), Outcomes::default(), &Gates::default());
    let band = row(&report, "psi_band", "");
    // (.2 − .6) ln(.2/.6) + (.8 − .4) ln(.8/.4) = .4 (ln 3 + ln 2) = .4 ln 6 = 0.7167.
    let expected = 0.4 * 6.0_f64.ln();
    assert!((band.value.expect("measured") - expected).abs() < 1e-12);
    assert_eq!((band.noise, band.verdict), (Some(0.02), Verdict::Fail));
    // Scores take the values of the bins: the same index from deciles, (.2−.6) ln(1/3) + 2 (.4 − .2) ln 2.
    let expected = 0.4 * 3.0_f64.ln() + 0.4 * 2.0_f64.ln();
    for (check, subject) in [("psi_score", ""), ("csi", "income_days")] {
        assert!((row(&report, check, subject).value.expect("measured") - expected).abs() < 1e-12, "{check}");
    }
    assert_eq!(report.score_edges, [400, 600]);
    let missing = row(&report, "missing", "income_days");
    assert_eq!((missing.baseline, missing.current, missing.verdict), (Some(0.2), Some(0.4), Verdict::Warn));
    // Means: 360 + 80 + 20 = 460 and 120 + 160 + 40 = 320.
    assert_eq!(row(&report, "score_mean", "").value, Some(-140.0));
    assert!((row(&report, "reason", "overdraft").value.expect("measured") - 0.4).abs() < 1e-12);
    assert!((row(&report, "unknown_inflow", "").current.expect("measured") - 0.1).abs() < 1e-12);
    assert_eq!(row(&report, "defects", "").value, Some(1.5), "3 of two millions");
    assert_eq!(report.exit_code(), 1);
    let bins = &report.characteristics[0].shift.as_ref().expect("both sides").bins;
    let names: Vec<&str> = bins.iter().map(|bin| bin.bin.as_str()).collect();
    assert_eq!(names, ["(-inf, 2)", "[2, inf)", "missing: stale"]);
}

/// Forty applications with the values 0 to 36 and four without one, each value in the bin that `label` names.
fn valued(label: fn(f64) -> String) -> Run {
    let mut run = run(&[600; 40]);
    for at in 0..40 {
        let value = (at < 36).then_some(f64::from(at));
        let bin = value.map_or("missing: stale".to_owned(), label);
        let key = crate::run::tests::key(&format!("{at:05}"));
        let missing = bin.strip_prefix("missing: ");
        let earned = crate::run::Earned { attribute: "balance", bin: &bin, missing, value, points: 0 };
        run.earn((&key.applicant_id, key.as_of, &key.application_id), &earned).expect("a new cell");
    }
    run
}

#[test]
fn a_card_beside_a_model_of_trees_counts_every_application_once() {
    let card = valued(|value| if value < 18.0 { "(-inf, 18)" } else { "[18, inf)" }.to_owned());
    let trees = valued(|value| value.to_string());
    for (one, two) in [(&card, &trees), (&trees, &card), (&trees, &trees)] {
        let report = monitor(one, two, Outcomes::default(), &Gates::default());
        let found = report.characteristics.iter().find(|one| one.subject == "balance").expect("listed");
        let shift = found.shift.as_ref().expect("both sides");
        assert_eq!((shift.baseline, shift.current), (40, 40));
        assert_eq!(row(&report, "csi", "balance").value, Some(0.0), "the values are the same");
        assert_eq!(shift.bins.last().map(|bin| (bin.bin.as_str(), bin.baseline)), Some(("missing: stale", 4)));
    }
}

#[test]
fn a_large_index_on_few_applications_is_a_warning_not_an_alarm() {
    // Five and five against two and eight of ten: PSI = .3 ln 4 = .416, but one such draw in six is that far.
    let before: Vec<i64> = [vec![600; 5], vec![400; 5]].concat();
    let now: Vec<i64> = [vec![600; 2], vec![400; 8]].concat();
    let report = monitor(&run(&before), &run(&now), Outcomes::default(), &Gates::default());
    let band = row(&report, "psi_band", "");
    assert!(0.25 < band.value.expect("measured"));
    assert_eq!((band.noise, band.verdict), (Some(0.2), Verdict::Warn));
    assert_eq!(report.exit_code(), 0);
}

#[test]
fn a_run_without_scores_cannot_pass() {
    let report = monitor(&run(&[500, 600]), &run(&[]), Outcomes::default(), &Gates::default());
    assert_eq!(row(&report, "psi_score", "").value, None);
    assert_eq!(report.exit_code(), 1);
}

#[test]
fn matured_loans_are_measured_and_what_is_not_given_is_said() {
    let scores = [600, 620, 400, 410];
    let outcomes: OutcomesById =
        [("00000", false), ("00001", true), ("00002", true), ("00003", false), ("99999", true)]
            .into_iter()
            .map(|(id, bad)| (id.to_owned(), bad))
            .collect();
    let known = Outcomes { baseline: Some(&outcomes), current: Some(&outcomes) };
    let mut current = run(&scores);
    current.probability = vec![Some(0.25); 4];
    let report = monitor(&run(&scores[..1]), &current, known, &Gates::default());
    let matured = report.current_matured.as_ref().expect("both classes");
    // Pairs (good, bad): 600 < 620, 600 > 400, 410 < 620, 410 > 400: two of four.
    assert_eq!((matured.applications, matured.bads, matured.told.auc.map(|auc| auc.value)), (4, 2, Some(0.5)));
    assert_eq!(matured.bands.iter().map(|band| band.bads).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(matured.inversions(), 0);
    // Observed 1/2 against 1/4; error = √(4 × 3/16) / 4.
    let calibration = row(&report, "calibration", "all");
    assert_eq!((calibration.value, calibration.noise), (Some(0.25), Some(0.75_f64.sqrt() / 4.0)));
    assert_eq!(row(&report, "calibration", "B").value, Some(0.25));
    // The baseline has one good loan only.
    assert!(report.notes.iter().any(|note| note.starts_with("outcomes of the baseline: outcomes hold only one class")));
    assert!(report.notes.iter().any(|note| note.starts_with("coverage by institution")));
    let file = serde_json::from_str(r#"{"gates": {"auc": 0.6, "rank_order": 0}}"#).expect("limits");
    let gates = Gates::check(&file).expect("known checks");
    let report = monitor(&run(&scores), &current, known, &gates);
    // Of two goods and two bads any AUC is possible.
    assert_eq!(row(&report, "auc", "").verdict, Verdict::Warn);
    assert_eq!(row(&report, "rank_order", "").verdict, Verdict::Pass);
    // Without outcomes the gate on AUC cannot pass.
    assert_eq!(monitor(&run(&scores), &current, Outcomes::default(), &gates).verdict, Verdict::Fail);
}

pub(super) fn limits(text: &str) -> Gates {
    Gates::check(&serde_json::from_str(text).expect("limits")).expect("known checks")
}

#[test]
fn loans_of_one_kind_are_calibrated_and_rated_but_tell_nothing_apart() {
    let mut current = run(&[600, 620, 400, 410]);
    current.probability = vec![Some(0.25); 4];
    let good: OutcomesById = (0..4).map(|at| (format!("{at:05}"), false)).collect();
    let known = Outcomes { baseline: Some(&good), current: Some(&good) };
    let gates = limits(
        r#"{"gates": {"auc": 0.1, "ks": 0.1, "auc_drop": 1, "calibration": 0.5, "rank_order": 0, "bad_rate": 0}}"#,
    );
    let report = monitor(&current, &current, known, &gates);
    // 0 of 4 against a quarter.
    assert_eq!(row(&report, "calibration", "all").value, Some(-0.25));
    assert_eq!(row(&report, "bad_rate", "A").value, Some(0.0));
    for (check, subject) in [("calibration", "all"), ("calibration", "B"), ("rank_order", ""), ("bad_rate", "B")] {
        assert_eq!(row(&report, check, subject).verdict, Verdict::Pass, "{check}");
    }
    for check in ["auc", "ks", "auc_drop"] {
        assert_eq!((row(&report, check, "").value, row(&report, check, "").verdict), (None, Verdict::Fail), "{check}");
    }
    assert!(
        report.notes.iter().any(|note| note.starts_with("outcomes of the current run: outcomes hold only one class"))
    );
}

#[test]
fn outcomes_that_belong_to_nobody_and_scores_without_one_are_told() {
    let mut current = run(&[600, 620, 400]);
    current.push(&crate::run::Application { score: None, ..scored("00003", 0, "A", "x") });
    current.sort().expect("unique keys");
    // One good, one bad, one of an application without a score, two of none: 00002 is open.
    let ids = [("00000", false), ("00001", true), ("00003", false), ("strange", true), ("stranger", false)];
    let outcomes: OutcomesById = ids.into_iter().map(|(id, bad)| (id.to_owned(), bad)).collect();
    let known = Outcomes { baseline: None, current: Some(&outcomes) };
    let report = monitor(&run(&[600]), &current, known, &Gates::default());
    let matured = report.current_matured.as_ref().expect("both classes");
    assert_eq!((matured.applications, matured.left_out), (2, LeftOut { foreign: 2, unscored: 1, open: 1 }));
    let note = "outcomes of the current run: left out: 2 outcomes of no application of the run, 1 outcomes of applications \
                without a score, 1 scored applications without an outcome";
    assert!(report.notes.iter().any(|one| one == note), "{:?}", report.notes);
}

#[test]
fn the_scores_of_segments_are_compared_each_by_the_parts_of_its_own_card() {
    // Before: 20 of `a` below 400, 20 from there on; 60 of `b`, all from 600 on. Now: 40 and 20 of `a`, 30 of `b`, 10 of `c`.
    let mut now = Run::new(RunRecord::default());
    let groups = [("a", 300, 40), ("a", 400, 20), ("b", 700, 30), ("c", 500, 10)];
    let rows = groups.iter().flat_map(|(segment, score, count)| (0..*count).map(move |at| (*segment, *score, at)));
    for (segment, score, at) in rows {
        let id = format!("{segment}{score}-{at:03}");
        now.push(&crate::run::Application { segment: Some(segment), ..scored(&id, score, "A", "x") });
    }
    now.sort().expect("unique keys");
    let parts = |edge: i64, counts: [u64; 2]| (vec![edge], counts.to_vec());
    let mut expected = Expected {
        sample: "development".to_owned(),
        applicants: 100,
        segments: BTreeMap::from([("a".to_owned(), 40), ("b".to_owned(), 60)]),
        segment_scores: BTreeMap::from([("a".to_owned(), parts(400, [20, 20])), ("b".to_owned(), parts(600, [0, 60]))]),
        ..Expected::default()
    };
    let report = monitor_expected(&expected, &now, None, &Gates::default());
    // .2 against .4, .2 against .2, .6 against .3, half an application of a hundred against .1.
    let psi = 0.2 * 2.0_f64.ln() + 0.3 * 2.0_f64.ln() + 0.095 * 20.0_f64.ln();
    let found = row(&report, "psi_score", "");
    assert!((found.value.expect("measured") - psi).abs() < 1e-12, "{found:?}");
    assert_eq!((found.verdict, report.exit_code()), (Verdict::Fail, 1));
    assert!(report.notes[0].ends_with("(development): scores, bands, segments, characteristics"), "{:?}", report.notes);
    // Without parts the score is not judged, and that is said.
    expected.segment_scores.clear();
    let report = monitor_expected(&expected, &now, None, &Gates::default());
    assert!(report.checks.iter().all(|row| row.check != "psi_score"));
    assert!(report.notes[0].ends_with(": bands, segments, characteristics"), "{:?}", report.notes);
    assert!(report.notes.iter().any(|note| note.starts_with("psi_score: ")), "{:?}", report.notes);
}

#[test]
fn the_expected_shares_of_a_model_are_a_baseline_for_bands_and_characteristics() {
    let before: Vec<i64> = [vec![600; 60], vec![400; 20], vec![100; 20]].concat();
    let now: Vec<i64> = [vec![600; 20], vec![400; 40], vec![100; 40]].concat();
    let shares = |cells: &[(&str, f64)]| {
        cells.iter().map(|(name, share)| ((*name).to_owned(), Expected::count(*share, 100))).collect()
    };
    let bins =
        shares(&[("(-inf, 2)", 0.2), ("[2, inf)", 0.6), ("missing: stale", 0.2), ("missing: not_applicable", 0.0)]);
    let expected = Expected {
        model_id: "sha256:0".to_owned(),
        sample: "development".to_owned(),
        applicants: 100,
        bands: shares(&[("A", 0.6), ("B", 0.4)]),
        characteristics: BTreeMap::from([("income_days".to_owned(), bins)]),
        ..Expected::default()
    };
    let report = monitor_expected(&expected, &run(&now), None, &Gates::default());
    let by_run = monitor(&run(&before), &run(&now), Outcomes::default(), &Gates::default());
    for (check, subject) in [("psi_band", ""), ("csi", "income_days"), ("missing", "income_days")] {
        assert_eq!(row(&report, check, subject), row(&by_run, check, subject), "{check}");
    }
    assert!(report.checks.iter().all(|row| row.check != "psi_score"), "shares say nothing of the deciles");
    // Unless a file asks for it: what cannot be measured cannot pass.
    let file =
        serde_json::from_str(r#"{"gates": {"psi_score": 0.5, "psi_band": "off", "csi": "off"}}"#).expect("limits");
    let gates = Gates::check(&file).expect("known checks");
    let report = monitor_expected(&expected, &run(&before), None, &gates);
    assert_eq!((row(&report, "psi_score", "").verdict, report.exit_code()), (Verdict::Fail, 1));
    assert_eq!(monitor_expected(&expected, &run(&before), None, &Gates::default()).exit_code(), 0);
}

#[test]
fn the_parts_of_the_score_that_a_model_keeps_answer_for_a_run_of_its_development() {
    let before: Vec<i64> = [vec![600; 60], vec![400; 20], vec![100; 20]].concat();
    let now: Vec<i64> = [vec![600; 20], vec![400; 40], vec![100; 40]].concat();
    let expected = Expected {
        model_id: "sha256:0".to_owned(),
        sample: "development".to_owned(),
        applicants: 100,
        score_edges: vec![400, 600],
        score: vec![20, 20, 60],
        ..Expected::default()
    };
    let report = monitor_expected(&expected, &run(&now), None, &Gates::default());
    // Shares .2 .2 .6 against .4 .4 .2: .2 ln 2 + .2 ln 2 + .4 ln 3.
    let psi = 0.4 * 2.0_f64.ln() + 0.4 * 3.0_f64.ln();
    assert!((row(&report, "psi_score", "").value.expect("measured") - psi).abs() < 1e-12);
    let by_run = monitor(&run(&before), &run(&now), Outcomes::default(), &Gates::default());
    assert_eq!(row(&report, "psi_score", ""), row(&by_run, "psi_score", ""));
    assert_eq!(report.score_edges, by_run.score_edges);
}

#[test]
fn values_without_bins_are_cut_at_the_deciles_of_the_baseline() {
    // As a model of trees writes them: the bin is the value. 100 values before; the same but for a half without value now.
    let make = |missing: bool| {
        let mut run = Run::new(RunRecord::default());
        (0..100).for_each(|at| run.push(&scored(&format!("{at:05}"), at, "A", "x")));
        for at in 0..100_i64 {
            let key = crate::run::tests::key(&format!("{at:05}"));
            let gone = missing && at % 2 == 0;
            let (value, label) =
                (Some(real(at.unsigned_abs()) / 4.0).filter(|_| !gone), format!("{}", real(at.unsigned_abs()) / 4.0));
            let (bin, missing) = if gone { ("missing: stale", Some("stale")) } else { (label.as_str(), None) };
            let earned = crate::run::Earned { attribute: "ratio", bin, missing, value, points: 0 };
            run.earn((&key.applicant_id, key.as_of, &key.application_id), &earned).expect("a new cell");
        }
        run
    };
    // The edges that a model's file keeps say the same as the run that they are of: tenths from .. to 2.5, 5, ... 22.5.
    let edges: Vec<f64> = (1..10_u32).map(|at| f64::from(at) * 2.5).collect();
    let kept = Expected {
        sample: "development".to_owned(),
        applicants: 100,
        characteristics: [("ratio".to_owned(), labels(&edges).into_iter().map(|label| (label, 10)).collect())].into(),
        edges: [("ratio".to_owned(), edges)].into(),
        ..Expected::default()
    };
    let by_file = monitor_expected(&kept, &make(true), None, &Gates::default());
    let report = monitor(&make(false), &make(true), Outcomes::default(), &Gates::default());
    assert_eq!(by_file.characteristics, report.characteristics);
    let shift = report.characteristics[0].shift.as_ref().expect("both sides");
    assert_eq!(shift.bins.len(), 11, "ten deciles and a cause");
    assert_eq!((shift.bins[1].bin.as_str(), shift.bins[1].baseline, shift.bins[1].current), ("[2.5, 5)", 10, 5));
    // Ten bins from .1 to .05: .5 ln 2; the cause from .005 (half of one application) to .5: .495 ln 100.
    let expected = 0.5 * 2.0_f64.ln() + 0.495 * 100.0_f64.ln();
    assert!((shift.psi - expected).abs() < 1e-12, "{}", shift.psi);
    assert_eq!(row(&report, "missing", "ratio").current, Some(0.5));
}

#[test]
fn the_order_of_bins_is_that_of_numbers() {
    let labels = ["missing: stale", "[12, inf)", "(-inf, 2)", "[2, 12)", "rent or lease", "missing: not_applicable"];
    let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
    let expected = ["(-inf, 2)", "[2, 12)", "[12, inf)", "rent or lease", "missing: not_applicable", "missing: stale"];
    assert_eq!(bin_order(labels.iter()), expected);
}

#[derive(serde::Deserialize)]
struct Golden {
    psi: Vec<GoldenIndex>,
    means: Vec<GoldenMeans>,
}

#[derive(serde::Deserialize)]
struct GoldenIndex {
    baseline: Vec<u64>,
    current: Vec<u64>,
    psi: f64,
    chi2: f64,
    freedom: f64,
    p: f64,
}

#[derive(serde::Deserialize)]
struct GoldenMeans {
    baseline: Vec<i64>,
    current: Vec<i64>,
    t: f64,
    freedom: f64,
    p: f64,
}

fn close(one: f64, two: f64, bound: f64) {
    assert!((one - two).abs() <= bound * two.abs().max(f64::MIN_POSITIVE), "{one:?} is not {two:?}");
}

#[test]
fn the_index_is_toads_and_the_tests_are_scipys() {
    let golden: Golden =
        serde_json::from_str(include_str!("../../goldens/monitor_shift.json")).expect("the golden file");
    let counts = |side: &[u64]| side.iter().enumerate().map(|(at, count)| (format!("{at}"), *count)).collect();
    for one in &golden.psi {
        let shift = Shift::of(&counts(&one.baseline), &counts(&one.current), &[]).expect("both sides");
        assert!((shift.psi - one.psi).abs() < 1e-14, "{} is not {}", shift.psi, one.psi);
        let test = shift.test.expect("several bins");
        close(test.statistic, one.chi2, 1e-12);
        assert_eq!(test.freedom, Some(one.freedom));
        close(test.p, one.p, 1e-10);
    }
    for one in &golden.means {
        let test = means(&one.baseline, &one.current).and_then(|difference| difference.test).expect("varies");
        close(test.statistic, one.t, 1e-12);
        close(test.freedom.expect("of t"), one.freedom, 1e-12);
        close(test.p, one.p, 1e-9);
    }
    assert_eq!((golden.psi.len(), golden.means.len()), (6, 3));
}

#[test]
fn a_bank_that_stopped_giving_data_shows_on_its_own_line_and_small_banks_are_pooled() {
    // (bank, applications, of these scored, of these with full data)
    let of = |banks: &[(Option<&str>, u32, u32, u32)]| {
        let mut run = Run::new(RunRecord::default());
        let mut id = 0;
        for (bank, all, scored_of_them, full) in banks {
            for at in 0..*all {
                id += 1;
                let name = format!("{id:05}");
                let mut row = scored(&name, 500, "A", "overdraft");
                row.institution = *bank;
                row.status = if at < *scored_of_them { "scored" } else { "insufficient_history" };
                row.sufficiency = if at < *full { "good" } else { "thin" };
                run.push(&row);
            }
        }
        run.sort().expect("unique");
        run
    };
    let before =
        of(&[(Some("large"), 60, 50, 40), (Some("tiny"), 10, 10, 5), (Some("small"), 19, 10, 5), (None, 11, 11, 1)]);
    let now =
        of(&[(Some("large"), 60, 20, 40), (Some("tiny"), 10, 10, 5), (Some("other"), 19, 0, 0), (None, 11, 11, 1)]);
    let report = monitor(&before, &now, Outcomes::default(), &Gates::default());
    let large = row(&report, "institution_scored", "large");
    // 50 of 60, then 20 of 60; the pooled share is 70/120, and the error √(7/12 · 5/12 · 2/60).
    assert_eq!((large.baseline, large.current), (Some(50.0 / 60.0), Some(20.0 / 60.0)));
    let noise = (7.0_f64 / 12.0 * 5.0 / 12.0 * 2.0 / 60.0).sqrt();
    assert!((large.noise.expect("a level") - noise).abs() < 1e-12 && large.p.expect("tested") < 1e-6);
    assert_eq!(row(&report, "institution_sufficiency", "large").value, Some(0.0));
    assert_eq!(row(&report, "institution_share", "large").value, Some(0.0));
    // 29 applications of three banks in each run: 20 of 29 scored, then 10 of 29.
    let few = row(&report, "institution_scored", FEW);
    assert_eq!((few.baseline, few.current), (Some(20.0 / 29.0), Some(10.0 / 29.0)));
    assert_eq!(row(&report, "institution_share", FEW).current, Some(0.29));
    assert_eq!(row(&report, "institution_share", "(unknown)").baseline, Some(0.11));
    assert!(!report.checks.iter().any(|row| row.subject == "tiny"));
    // A run of an earlier version says nothing, and neither does the report.
    let silent = of(&[(None, 100, 100, 100)]);
    let report = monitor(&silent, &now, Outcomes::default(), &Gates::default());
    assert!(!report.checks.iter().any(|row| row.check.starts_with("institution_")));
}
