//! An engine whose model is a tree ensemble over real attributes: points, reasons, refusals, and one answer out of every door.

use super::{
    family::{Said, by_family},
    tests::{T, application, history_of, midnight, parts, steady, strained},
    *,
};
use crate::{
    application::Applicant,
    assessment::{ReasonSource, Side},
    model::{
        bins::BinRef,
        file::ModelFile,
        trees::{
            file::{Comparison, Cover, InputFile, MissingAs, TreesFile},
            tests::{file, tree},
        },
    },
    row::{AccountRow, HolderKind, TransactionRow},
};

const COLUMNS: [&str; 4] =
    ["nsf_od_combined_count_30d", "nsf_od_combined_count_90d", "days_negative_balance_90d", "active_days_365d"];

fn ensemble() -> TreesFile {
    let input = |name: &str| InputFile { attribute: name.to_owned(), reason: None, monotone: None };
    TreesFile {
        source: "a test".to_owned(),
        comparison: Comparison::F64LessOrEqual,
        missing: MissingAs::Nan,
        cover: Cover::Count,
        base_margin: -2.5,
        log_odds_per_margin: 1.0,
        missing_reason: "history_length".to_owned(),
        inputs: COLUMNS.iter().map(|name| input(name)).collect(),
        tree: vec![
            tree(&[1, -1, 0, -1, -1], &[0.5, -0.6, 1.5, 0.5, 1.5], "l.l..", &[100.0, 80.0, 20.0, 12.0, 8.0]),
            tree(&[2, -1, -1], &[3.5, -0.4, 0.9], "0..", &[100.0, 70.0, 30.0]),
            // A year of history is absent, and that costs.
            tree(&[3, -1, -1], &[50.5, 0.6, -0.1], "l..", &[100.0, 10.0, 90.0]),
            // Against the grain: many returned items in a month earn points here, none cost some.
            tree(&[0, -1, -1], &[0.5, 0.1, -0.3], "l..", &[100.0, 90.0, 10.0]),
        ],
    }
}

fn engine_of(trees: TreesFile) -> Result<Engine, EngineError> {
    let mut parts = parts();
    parts.model = parts.seal(&file(trees).check()?)?;
    Engine::new(parts)
}

pub(super) fn engine() -> Engine {
    engine_of(ensemble()).expect("a model of known attributes")
}

fn assess(engine: &Engine, lines: &[super::tests::Line<'_>], balance: i64) -> Assessment {
    let history = history_of(engine, Some(HolderKind::Customer), lines, balance);
    engine.assess(&mut engine.session(), &history, &application())
}

fn points_of(answer: &Assessment, attribute: &str) -> i64 {
    answer.characteristics.iter().find(|one| one.attribute == attribute).expect("of the model").points
}

#[test]
fn points_of_trees_add_up_and_a_value_stands_for_its_bin() {
    let engine = engine();
    for (lines, balance) in [(steady(), 250_000), (strained(), -20_000)] {
        let answer = assess(&engine, &lines, balance);
        assert_eq!(answer.status, Status::Scored);
        let points: i64 = answer.characteristics.iter().map(|one| one.points).sum();
        assert_eq!(answer.score, Some(answer.base_points + points));
        assert_eq!(answer.base_points, engine.model().file().base_points);
        let names: Vec<&str> = answer.characteristics.iter().map(|one| one.attribute.as_str()).collect();
        assert_eq!(names, COLUMNS);
        assert_eq!(answer.characteristics[3].bin, "missing: not_enough_history");
        // 178 days of history: what a year would show is not known.
        assert!(answer.score_low <= answer.score && answer.score < answer.score_high);
    }
    let strained = assess(&engine, &strained(), -20_000);
    // Overdraft fees on days 80, 72, … 8 before T: ten in 90 days, three in 30.
    let bins: Vec<&str> = strained.characteristics.iter().take(2).map(|one| one.bin.as_str()).collect();
    assert_eq!(bins, ["3", "10"]);
    // The margin: −2.5 + 1.5 (three in 30 days) + 0.9 (negative days) + 0.6 (missing) − 0.3 = 0.2;
    // 600 + 20 / ln 2 · (−0.2 − ln 20) = 600 − 28.8539 · 3.195732 = 507.79.
    assert_eq!(strained.score, Some(508));
}

#[test]
fn a_family_gives_one_reason_with_all_its_points_and_the_rows_behind_it() {
    let engine = engine();
    let history = history_of(&engine, Some(HolderKind::Customer), &strained(), -20_000);
    let told = engine.explain(&mut engine.session(), &history, &application());
    let answer = &told.assessment;
    let reason = |code: &str| answer.reasons.iter().find(|one| one.code == code).expect("given");
    let returned = reason("returned_or_overdraft_items");
    let (month, quarter) = (points_of(answer, COLUMNS[0]), points_of(answer, COLUMNS[1]));
    assert!(quarter < 0);
    #[expect(clippy::cast_precision_loss, reason = "a few points")]
    let sum = (month + quarter) as f64;
    assert!((returned.points - sum).abs() < 1e-9, "{} is not {month} + {quarter}", returned.points);
    assert_eq!((returned.side, returned.source), (Side::Adverse, ReasonSource::Scored));
    let lead = if month < quarter { COLUMNS[0] } else { COLUMNS[1] };
    assert_eq!(returned.attribute, lead);
    // What was not observed speaks for the data, not for the attribute.
    assert!(points_of(answer, COLUMNS[3]) < 0);
    assert_eq!(
        (reason("history_length").side, reason("history_length").attribute.as_str()),
        (Side::Adverse, COLUMNS[3])
    );
    assert!(answer.reasons.iter().all(|one| one.code != "account_activity"));
    let adverse: Vec<f64> =
        answer.reasons.iter().filter(|one| one.side == Side::Adverse).map(|one| one.points).collect();
    assert!(adverse.iter().all(|points| *points < 0.0) && adverse.windows(2).all(|pair| pair[0] <= pair[1]));
    let evidence = told.evidence.iter().find(|one| one.code == returned.code).expect("it has rows");
    assert!(0 < evidence.count);
    assert_eq!(told.score_block.score_basis, "fitted_uncalibrated");
}

#[test]
fn the_rules_for_what_a_model_may_read_hold_for_trees() {
    let refused = |edit: &dyn Fn(&mut TreesFile)| {
        let mut trees = ensemble();
        edit(&mut trees);
        engine_of(trees).expect_err("must be refused").to_string()
    };
    let reads = |attribute: &str| refused(&|trees| trees.inputs[0].attribute = attribute.to_owned());
    assert_eq!(
        reads("gone_90d"),
        "model `trees` reads `gone_90d`, which this version lacks; give its file with --attributes, or refit it"
    );
    assert!(reads("legal_collections_flag_90d").contains("never rank people"));
    assert!(reads("uncategorised_amount_share_90d").contains("only verify what was stated"));
    let observed = refused(&|trees| trees.missing_reason = "fees".to_owned());
    assert!(observed.contains("must be of kind `data`"), "{observed}");
    let unknown = refused(&|trees| trees.missing_reason = "nothing_known".to_owned());
    assert!(unknown.contains("`nothing_known`"), "{unknown}");
    let undeclared = refused(&|trees| {
        trees.inputs[0].attribute = "extra:inquiries".to_owned();
        trees.inputs[0].reason = Some("debt_burden".to_owned());
    });
    assert!(undeclared.contains("add it to the run's extras"), "{undeclared}");
    let unsealed = Engine::new(EngineParts { model: file(ensemble()).check().expect("valid"), ..parts() });
    assert!(unsealed.expect_err("no seal").to_string().contains("not sealed"));
}

#[test]
fn a_sealed_file_of_trees_reads_back_to_the_same_engine() {
    let engine = engine();
    let text = engine.model().file().to_toml();
    let again = ModelFile::from_toml(&text).and_then(ModelFile::check).expect("reads back");
    assert_eq!(again.id(), engine.model().id());
    let mut unsealed = engine.model().file().clone();
    unsealed.made_with = None;
    let made_with = engine.model().file().made_with.clone().expect("sealed");
    let sealed = crate::model::fingerprint::seal(&unsealed.to_toml(), &made_with);
    let model = Model::from_toml(&sealed).expect("reads back");
    assert_eq!(model.id(), engine.model().id());
    let other = Engine::new(EngineParts { model, ..parts() }).expect("sealed to this build");
    assert_eq!(assess(&other, &strained(), -20_000), assess(&engine, &strained(), -20_000));
}

#[test]
fn a_portfolio_scored_by_trees_answers_what_single_assessments_answer() {
    let engine = engine();
    let pool = |at: usize| {
        let mut rows = HistoryBuilder::new();
        rows.account(&AccountRow::checking("fca_1", "cus_1"));
        let lines = if at.is_multiple_of(3) { strained() } else { steady() };
        for (number, (back, amount, text)) in lines.iter().skip(at).enumerate() {
            let id = format!("fctxn_{number}");
            let row = TransactionRow::posted(&id, "fca_1", *amount, midnight(T.plus(-back)));
            rows.transaction(&TransactionRow { description: text, ..row });
        }
        crate::portfolio::Pool { rows, applications: vec![application()] }
    };
    let together = crate::portfolio::assess(&engine, (0..12).map(pool).collect(), |_, _, answer| answer.score);
    for (at, (batch, _)) in together.iter().enumerate() {
        let pool = pool(at);
        let history = engine.history(&mut engine.session(), pool.rows);
        assert_eq!(*batch, engine.assess(&mut engine.session(), &history, &application()));
        assert_eq!(batch.status, Status::Scored);
    }
}

#[test]
fn an_extra_column_speaks_through_the_reason_that_the_file_gives_it() {
    let mut trees = ensemble();
    trees.inputs[2].attribute = "extra:inquiries".to_owned();
    trees.inputs[2].reason = Some("debt_burden".to_owned());
    let mut parts = parts();
    parts.options.extras = vec!["inquiries".to_owned()];
    parts.model = parts.seal(&file(trees).check().expect("valid")).expect("known attributes");
    let engine = Engine::new(parts).expect("declared");
    let history = history_of(&engine, None, &steady(), 250_000);
    let ask = |extras: Vec<(String, f64)>| {
        let applicants = vec![Applicant { ..application().applicants[0].clone() }];
        engine.assess(&mut engine.session(), &history, &Application { extras, applicants, ..application() })
    };
    let given = ask(vec![("inquiries".to_owned(), 9.0)]);
    assert_eq!((given.characteristics[2].bin.as_str(), given.characteristics[2].points < 0), ("9.0", true));
    assert!(given.reasons.iter().any(|one| one.code == "debt_burden" && one.side == Side::Adverse));
    assert_eq!(ask(vec![]).characteristics[2].bin, "missing: not_applicable");
}

#[test]
fn attributes_of_a_family_are_added_before_anything_is_ranked() {
    let parts = parts();
    let entry = |code: &str| parts.reasons.get(code).expect("shipped");
    let (items, fees, history) = (entry("returned_or_overdraft_items"), entry("fees"), entry("history_length"));
    let said =
        |place: usize, bin: BinRef, points: f64, own| Said::new(place, COLUMNS[place], bin, points, (own, history));
    let value = BinRef::Value(0);
    let check = |list: &[Said<'_>], expected: &[(&str, &str, f64)]| {
        let found = by_family(list);
        let found: Vec<(&str, &str, f64)> =
            found.iter().map(|one| (one.entry.code.as_str(), one.attribute, one.difference)).collect();
        assert_eq!(found, expected);
    };
    // −12 and +5 of one family are −7, and the attribute that costs leads; another family stays apart.
    check(
        &[said(0, value, 5.0, items), said(1, value, -12.0, items), said(2, value, 3.0, fees)],
        &[("fees", COLUMNS[2], 3.0), ("returned_or_overdraft_items", COLUMNS[1], -7.0)],
    );
    // Two that cancel say nothing.
    check(&[said(0, value, 4.0, items), said(1, value, -4.0, items)], &[]);
    // A missing value costs in the name of the data, earns in nobody's; what never happened earns in its own name.
    let missing = BinRef::Missing(Missing::Stale);
    check(&[said(0, missing, -4.0, items)], &[("history_length", COLUMNS[0], -4.0)]);
    check(&[said(0, missing, 4.0, items)], &[]);
    let never = BinRef::Missing(Missing::NoSuchEvent);
    check(&[said(0, never, 4.0, items)], &[("returned_or_overdraft_items", COLUMNS[0], 4.0)]);
    check(&[said(0, never, -4.0, items)], &[("history_length", COLUMNS[0], -4.0)]);
}
