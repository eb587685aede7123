//! The engine as a whole: what it refuses to be built from, and what it answers.

use std::sync::OnceLock;

use super::*;
use crate::{
    application::Applicant,
    assessment::{Decision, ReasonSource, Side, Sufficiency},
    ledger::Doubt,
    limits::REASONS_MAX,
    model::file::ModelFile,
    row::{AccountRow, ApplicantRole, BalanceRow, HolderKind, TransactionRow},
    time::Day,
};

const CARD_TEXT: &str = include_str!("../../defaults/card_consumer.toml");
pub(super) const T: Day = Day(20_500);

pub(super) fn parts() -> EngineParts {
    static PARTS: OnceLock<EngineParts> = OnceLock::new();
    PARTS.get_or_init(|| EngineParts::builtin().expect("shipped files are valid")).clone()
}

pub(super) fn shipped() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::new(parts()).expect("shipped files agree; UPDATE=1 seals the card"))
}

fn with_policy(text: &str) -> Engine {
    Engine::new(EngineParts { policy: Policy::from_toml(text).expect("valid"), ..parts() }).expect("agrees")
}

pub(super) fn midnight(day: Day) -> i64 {
    Zone::utc().midnight(day)
}

/// An application of `cus_1` at [`T`].
pub(super) fn application() -> Application {
    Application {
        application_id: "app_1".to_owned(),
        applicants: vec![Applicant { id: "cus_1".to_owned(), role: ApplicantRole::Primary, account_ids: vec![] }],
        as_of: midnight(T),
        requested_amount: Some(300_000),
        term_months: Some(12),
        instalment_amount: Some(27_000),
        stated_income: None,
        currency: None,
        extras: vec![],
    }
}

/// (days before T, amount, text)
pub(super) type Line<'a> = (i32, i64, &'a str);

fn repeat(first: i32, every: i32, amount: i64, text: &str) -> impl Iterator<Item = Line<'_>> {
    (0..).map(move |n| first - every * n).take_while(|back| 0 < *back).map(move |back| (back, amount, text))
}

/// Half a year of a steady life: pay every 14 days, rent, groceries.
pub(super) fn steady() -> Vec<Line<'static>> {
    repeat(178, 14, 160_000, "ACME CORP PAYROLL DIRECT DEP")
        .chain(repeat(170, 30, -90_000, "OAKWOOD APARTMENTS RENT"))
        .chain(repeat(177, 6, -14_000, "KROGER #412"))
        .chain(repeat(176, 9, -5_000, "SHELL OIL 5744"))
        .collect()
}

/// The same with overdraft fees and payday loans.
pub(super) fn strained() -> Vec<Line<'static>> {
    steady()
        .into_iter()
        .chain(repeat(80, 8, -3_500, "OVERDRAFT FEE"))
        .chain(repeat(85, 28, 30_000, "SPEEDY CASH PAYDAY LOAN"))
        .chain(repeat(71, 14, -18_000, "SPEEDY CASH PAYDAY LOAN PMT"))
        .collect()
}

pub(super) fn history_of(engine: &Engine, holder: Option<HolderKind>, lines: &[Line<'_>], balance: i64) -> History {
    let mut rows = HistoryBuilder::new();
    rows.account(&AccountRow { holder_kind: holder, ..AccountRow::checking("fca_1", "cus_1") });
    rows.balance(&BalanceRow::reported("fca_1", midnight(T), balance));
    for (at, (back, amount, text)) in lines.iter().enumerate() {
        let id = format!("fctxn_{at:04}");
        let noon = midnight(T.plus(-back)) + 43_200;
        rows.transaction(&TransactionRow { description: text, ..TransactionRow::posted(&id, "fca_1", *amount, noon) });
    }
    engine.history(&mut engine.session(), rows)
}

pub(super) fn assess_lines(engine: &Engine, lines: &[Line<'_>], balance: i64) -> Assessment {
    let history = history_of(engine, Some(HolderKind::Customer), lines, balance);
    engine.assess(&mut engine.session(), &history, &application())
}

// ---------------------------------------------------------------------------------------------- the marriage

#[test]
#[expect(clippy::disallowed_methods, reason = "a test rewrites the shipped file when asked to")]
fn the_shipped_card_is_sealed_to_this_build() {
    let parts = parts();
    let made_with = parts.made_with(&parts.model).expect("the card reads known attributes");
    let sealed = crate::model::fingerprint::seal(CARD_TEXT, &made_with);
    if std::env::var_os("UPDATE").is_some() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("defaults/card_consumer.toml");
        std::fs::write(path, &sealed).expect("the card can be written");
        return;
    }
    assert!(sealed == CARD_TEXT, "an attribute of the card changed: review it, then UPDATE=1 seals the card again");
    shipped();
}

#[test]
fn the_probes_exercise_the_card() {
    let made_with = parts().made_with(&parts().model).expect("known attributes");
    let written = |probe: &str, attribute: &str| made_with.values[probe][attribute].clone();
    // Eight overdraft fees from day 88 every 11 days (all within 90), three for returned items from day 71: 11 in all.
    assert_eq!(written("strained", "nsf_od_event_count_90d"), "11");
    // No instalment on two of the probes; 240.00 on the third.
    assert_eq!(written("strained", "instalment_to_inflow_90d"), "missing: not_applicable");
    // 40 days of history are too short for a window of 90.
    assert_eq!(written("thin", "inflow_outflow_ratio_90d"), "missing: not_enough_history");
    for attribute in parts().model.attributes() {
        let values: std::collections::BTreeSet<String> =
            made_with.values.values().map(|values| values[attribute].clone()).collect();
        assert!(1 < values.len(), "{attribute} is {values:?} on every probe, which proves nothing");
    }
}

pub(super) fn refusal(parts: EngineParts) -> String {
    Engine::new(parts).expect_err("must be refused").to_string()
}

pub(super) fn edited(edit: impl FnOnce(&mut ModelFile)) -> EngineParts {
    let mut file = parts().model.file().clone();
    edit(&mut file);
    EngineParts { model: file.check().expect("valid by itself"), ..parts() }
}

#[test]
fn a_model_that_was_made_with_other_attributes_is_refused_by_name() {
    let seal = |file: &mut ModelFile| file.made_with.clone().expect("sealed");
    let unsealed = refusal(edited(|file| file.made_with = None));
    assert!(unsealed.contains("`card_consumer` is not sealed"), "{unsealed}");
    let other_value = refusal(edited(|file| {
        let mut made_with = seal(file);
        made_with
            .values
            .get_mut("steady")
            .and_then(|values| values.insert("active_days_90d".to_owned(), "-1".to_owned()));
        file.made_with = Some(made_with);
    }));
    assert!(other_value.contains("`active_days_90d` was `-1` on the probe"), "{other_value}");
    assert!(other_value.contains("refit it"), "{other_value}");
    let other_meaning = refusal(edited(|file| {
        let mut made_with = seal(file);
        made_with.definitions.insert("active_days_90d".to_owned(), "sha256:0".to_owned());
        file.made_with = Some(made_with);
    }));
    assert!(other_meaning.contains("another definition of `active_days_90d`"), "{other_meaning}");
}

#[test]
fn rules_for_other_texts_leave_the_seal_whole() {
    use crate::category::taxonomy::Taxonomy;
    let overlay = [("berka_cz.toml", include_str!("../../../../data/rules/berka_cz.toml"))];
    let categoriser = Categoriser::new(Taxonomy::builtin(), &overlay).expect("valid");
    Engine::new(EngineParts { categoriser, ..parts() }).expect("the probe's texts mean what they meant");
}

#[test]
fn rules_that_change_what_the_probe_means_break_the_seal() {
    use crate::category::taxonomy::Taxonomy;
    // Without any rule no text means anything.
    let categoriser = Categoriser::only(Taxonomy::builtin(), &[]).expect("valid");
    let message = refusal(EngineParts { categoriser, ..parts() });
    assert!(message.contains("on the probe") && message.contains("refit it"), "{message}");
}

#[test]
fn a_model_may_read_only_what_a_decision_may_use() {
    let reads = |attribute: &str| {
        let attribute = attribute.to_owned();
        refusal(edited(|file| file.characteristics[0].attribute = attribute))
    };
    assert_eq!(
        reads("gone_90d"),
        "model `card_consumer` reads `gone_90d`, which this version lacks; give its file with --attributes, or refit it"
    );
    assert!(reads("income_pension_90d").contains("remove it"), "{}", reads("income_pension_90d"));
    assert!(reads("uncategorised_amount_share_90d").contains("only verify what was stated"));
    assert!(reads("legal_collections_flag_90d").contains("never rank people"));
}

#[test]
fn an_extra_column_must_be_declared_and_name_no_prohibited_basis() {
    let with_extra = |name: &'static str, declared: &[&str]| {
        let mut parts = edited(|file| {
            file.characteristics[0].attribute = format!("extra:{name}");
            file.characteristics[0].reason = Some("debt_burden".to_owned());
        });
        parts.options.extras = declared.iter().map(|name| (*name).to_owned()).collect();
        parts.model = parts.seal(&parts.model).expect("known attributes");
        parts
    };
    assert!(refusal(with_extra("inquiries", &[])).contains("add it to the run's extras"));
    assert!(
        refusal(with_extra("inquiries", &["inquiries", "zip_code"])).contains("`zip_code` names a prohibited basis")
    );
    let engine = Engine::new(with_extra("inquiries", &["inquiries"])).expect("declared");
    let history = history_of(&engine, None, &steady(), 200_000);
    let first = |extras: Vec<(String, f64)>| {
        let asked = Application { extras, ..application() };
        engine.assess(&mut engine.session(), &history, &asked).characteristics[0].clone()
    };
    let given = first(vec![("inquiries".to_owned(), 5.0)]);
    assert_eq!((given.attribute.as_str(), given.bin.as_str(), given.points), ("extra:inquiries", "[4, 8)", -55));
    assert_eq!(first(vec![]).value, Err(Missing::NotApplicable));
}

/// A model whose first characteristic is an extra column.
fn reading(column: &str) -> EngineParts {
    let mut model = edited(|file| {
        file.characteristics[0].attribute = format!("extra:{column}");
        file.characteristics[0].reason = Some("debt_burden".to_owned());
    });
    model.options.extras = vec![column.to_owned()];
    model
}

#[test]
fn a_policy_may_read_whose_an_account_is_and_a_model_neither_that_nor_where_it_is_held() {
    for column in ["institution", "bank_name", "ownership_score"] {
        let message = refusal(reading(column));
        assert!(message.contains("only a policy may") && message.contains(column), "{message}");
    }
    let column = "ownership_score";
    let policy = "schema = 1\nname = \"owners\"\nversion = \"1.0.0\"\n[scorable]\nhistory_days_min = 1\n\
        staleness_days_max = 30\ndeposit_accounts_min = 1\nprimary_active_days_90d_min = 0\n\
        primary_inflow_days_90d_min = 0\nbalance_days_30d_min = 0\n[[knockouts]]\nname = \"owner\"\n\
        rationale = \"a stranger's account\"\nattribute = \"extra:ownership_score\"\nwhen = { less_than = 60 }\n\
        decision = \"refer\"\non_missing = \"refer\"\nreason = \"account_ownership\"\n";
    let policy = Policy::from_toml(policy).expect("a policy");
    let options = Options { extras: vec![column.to_owned()], ..Options::default() };
    Engine::new(EngineParts { policy, options, ..parts() }).expect("a policy may");
}

#[test]
fn every_reason_that_could_be_given_must_exist() {
    let text = include_str!("../../defaults/reasons.toml").replace("code = \"fees\"", "code = \"charges\"");
    let reasons = Dictionary::from_toml(&text).expect("valid by itself");
    let message = refusal(EngineParts { reasons, ..parts() });
    assert!(message.contains("`fees`") && message.contains("add an entry"), "{message}");
    let message = refusal(edited(|file| {
        file.characteristics[0].missing.stale = Some(-1);
        file.characteristics[0].missing_rationale = Some("why".to_owned());
        file.characteristics[0].missing_reason = Some("fees".to_owned());
    }));
    assert!(message.contains("must be of kind `data`"), "{message}");
}

const POLICY: &str = include_str!("../../../../data/policy/example.toml");

#[test]
fn a_reason_that_nobody_has_is_named_with_the_line_of_the_attribute_that_gives_it() {
    let own = "[[attribute]]\nname = \"mine\"\nfamily = \"own\"\nunit = \"minor\"\nwindows = [\"90d\"]\nmeasure = \"sum\"\n\
               of = \"spend\"\nrisk = \"rises\"\ncompliance = \"model_ok\"\nreason = \"spendings\"\ndefinition = \"Mine.\"\n";
    let mut parts = parts();
    parts.registry.extend("own.toml", own, &crate::category::taxonomy::Taxonomy::builtin()).expect("valid by itself");
    let message = refusal(parts);
    assert!(message.starts_with("own.toml:2:8: it needs the reason `spendings` for `mine`"), "{message}");
    assert!(message.contains("--reasons"), "{message}");
}

#[test]
fn a_policy_is_held_against_the_attributes_and_the_scale() {
    let with = |from: &str, to: &str| {
        let text = POLICY.replacen(from, to, 1);
        assert_ne!(text, POLICY);
        refusal(EngineParts { policy: Policy::from_toml(&text).expect("valid by itself"), ..parts() })
    };
    let unknown = with("nsf_od_event_count_30d", "nsf_od_count_30d");
    let expected = "policy `example`, knock-out `recent_returned_items`, reads `nsf_od_count_30d`, which this version lacks; \
                    correct the name, or give its file with --attributes";
    assert_eq!(unknown, expected);
    assert!(with("to = 1000", "to = 999").contains("give every score one outcome"));
    assert!(with("nsf_od_event_count_30d", "income_pension_30d").contains("remove it"));
    // An obligation may knock out, though it may not rank people; it needs a reason of the rule's own.
    assert!(with("nsf_od_event_count_30d", "legal_collections_flag_90d").contains("give the rule one"));
    let text = POLICY.replacen(
        "attribute = \"nsf_od_event_count_30d\"\nwhen = { at_least = 4 }",
        "attribute = \"legal_collections_flag_90d\"\nreason = \"collections\"\nwhen = { at_least = 1 }",
        1,
    );
    with_policy(&text);
}

// ---------------------------------------------------------------------------------------------- answers

#[test]
fn points_add_up_and_without_a_policy_a_person_decides() {
    let answer = assess_lines(shipped(), &steady(), 250_000);
    assert_eq!((answer.status, answer.decision), (Status::Scored, Decision::Refer));
    let sum: i64 = answer.characteristics.iter().map(|one| one.points).sum();
    assert_eq!(answer.score, Some(answer.base_points + sum));
    assert_eq!(answer.probability, None, "an uncalibrated card states none");
    assert_eq!(answer.currency, "usd");
    assert_eq!(answer.sufficiency, Sufficiency::Full);
    assert_eq!(answer.characteristics.len(), shipped().model().attributes().count());
    assert!(answer.band.is_some());
}

#[test]
fn strain_costs_points_and_says_so() {
    let good = assess_lines(shipped(), &steady(), 250_000);
    let bad = assess_lines(shipped(), &strained(), -20_000);
    assert!(bad.score < good.score, "{:?} {:?}", bad.score, good.score);
    let adverse: Vec<&str> =
        bad.reasons.iter().filter(|one| one.side == Side::Adverse).map(|one| one.code.as_str()).collect();
    assert!(adverse.contains(&"returned_or_overdraft_items"), "{adverse:?}");
    assert!(adverse.contains(&"negative_balance_days"), "{adverse:?}");
    assert!(adverse.len() <= REASONS_MAX);
    for reason in &bad.reasons {
        assert_eq!(reason.source, ReasonSource::Scored);
        let one = bad.characteristics.iter().find(|one| one.attribute == reason.attribute).expect("of the model");
        assert!(one.value.is_ok() || reason.side == Side::Positive, "{}: not observed", reason.code);
        #[expect(clippy::cast_precision_loss, reason = "a few points")]
        let difference = one.points as f64 - one.baseline;
        assert!((reason.points - difference).abs() < 1e-9);
        assert!((difference < 0.0) == (reason.side == Side::Adverse));
    }
}

#[test]
fn a_business_is_out_of_the_consumers_population() {
    let engine = shipped();
    let history = history_of(engine, Some(HolderKind::Account), &steady(), 250_000);
    let answer = engine.assess(&mut engine.session(), &history, &application());
    assert_eq!((answer.status, answer.decision, answer.score), (Status::OutOfPopulation, Decision::NotScorable, None));
    assert_eq!(answer.reasons[0].code, "out_of_population");
    assert!(answer.characteristics.is_empty());
}

#[test]
fn what_cannot_be_scored_gets_a_status_and_a_reason_never_a_low_score() {
    let engine = shipped();
    let check = |answer: Assessment, status: Status, code: &str| {
        assert_eq!((answer.status, answer.decision), (status, Decision::NotScorable), "{code}");
        assert_eq!((answer.score, answer.sufficiency), (None, Sufficiency::Insufficient), "{code}");
        assert_eq!(answer.reasons.first().map(|one| one.code.as_str()), Some(code));
        assert_eq!(answer.reasons[0].source, ReasonSource::Scorability);
        assert_eq!((answer.application_id.as_str(), answer.applicant_id.as_str()), ("app_1", "cus_1"));
    };
    let empty = engine.history(&mut engine.session(), HistoryBuilder::new());
    check(engine.assess(&mut engine.session(), &empty, &application()), Status::NoData, "no_accounts");
    check(assess_lines(engine, &[], 1), Status::NoData, "no_transactions");
    let young: Vec<Line<'_>> = steady().into_iter().filter(|line| line.0 < 60).collect();
    check(assess_lines(engine, &young, 250_000), Status::InsufficientHistory, "insufficient_history");
    let old: Vec<Line<'_>> = steady().into_iter().filter(|line| 30 < line.0).collect();
    check(assess_lines(engine, &old, 250_000), Status::InsufficientHistory, "stale_data");
    check(engine.internal_error(&application()), Status::InternalError, "internal_error");
    check(engine.rejected(&application()), Status::RejectedInput, "rejected_input");
}

#[test]
fn an_account_in_doubt_is_incomplete_data() {
    let engine = shipped();
    for (doubt, code) in [
        (Doubt::RejectedRow, "incomplete_data"),
        (Doubt::TruncatedExport, "incomplete_data"),
        (Doubt::ConflictingDuplicate, "conflicting_data"),
        (Doubt::SignImplausible, "conflicting_data"),
        (Doubt::RowsTwice, "conflicting_data"),
    ] {
        let mut rows = HistoryBuilder::new();
        rows.account(&AccountRow::checking("fca_1", "cus_1"));
        rows.transaction(&TransactionRow::posted("fctxn_1", "fca_1", 5, midnight(T.plus(-3))));
        rows.doubt("fca_1", doubt);
        let history = engine.history(&mut engine.session(), rows);
        let answer = engine.assess(&mut engine.session(), &history, &application());
        assert_eq!((answer.status, answer.reasons[0].code.as_str()), (Status::IncompleteData, code));
        assert_eq!(answer.doubts, [doubt]);
    }
}

#[test]
fn a_knock_out_decides_whatever_the_score_is_and_its_reason_comes_first() {
    let fees = [
        (5, -3_500, "OVERDRAFT FEE"),
        (9, -3_500, "OVERDRAFT FEE"),
        (13, -3_500, "OVERDRAFT FEE"),
        (17, -3_500, "OVERDRAFT FEE"),
    ];
    let lines: Vec<Line<'_>> = steady().into_iter().chain(fees).collect();
    let answer = assess_lines(&with_policy(POLICY), &lines, 900_000);
    assert_eq!(answer.decision, Decision::Decline);
    assert_eq!(answer.policy_trace[0], "knockout:recent_returned_items");
    let first = &answer.reasons[0];
    assert_eq!((first.rank, first.source), (1, ReasonSource::Knockout));
    assert_eq!(first.code, "returned_or_overdraft_items");
    assert_eq!(first.attribute, "nsf_od_event_count_30d");
    // The family is taken: the model's own reason about returned items does not come again.
    assert_eq!(answer.reasons.iter().filter(|one| one.code == first.code).count(), 1);
}

#[test]
fn a_knock_out_without_a_value_fails_closed() {
    let rule = "\n[[knockouts]]\nname = \"recent_short_term_credit\"\nrationale = \"why\"\n\
                attribute = \"days_since_short_term_credit\"\nwhen = { at_most = 10 }\ndecision = \"decline\"\n\
                on_missing = \"refer\"\n";
    let text = format!("{POLICY}{rule}");
    let referred = assess_lines(&with_policy(&text), &steady(), 900_000);
    assert_eq!(referred.decision, Decision::Refer);
    assert_eq!(referred.reasons[0].code, "check_not_possible");
    assert!(referred.reasons[0].reviewer.contains("none: no such event"), "{}", referred.reasons[0].reviewer);
    let passed = assess_lines(
        &with_policy(&text.replace("on_missing = \"refer\"\n", "on_missing = \"pass\"\n")),
        &steady(),
        900_000,
    );
    assert_eq!(passed.decision, Decision::Approve, "{:?} {:?}", passed.score, passed.policy_trace);
}

#[test]
fn a_missing_instalment_is_neutral_and_no_reason() {
    let engine = shipped();
    let history = history_of(engine, None, &steady(), 250_000);
    let asked = Application { requested_amount: None, instalment_amount: None, term_months: None, ..application() };
    let answer = engine.assess(&mut engine.session(), &history, &asked);
    let one =
        answer.characteristics.iter().find(|one| one.attribute == "instalment_to_inflow_90d").expect("of the card");
    assert_eq!((one.value, one.points), (Err(Missing::NotApplicable), 0));
    assert_eq!(one.bin, "missing: not_applicable");
    assert!(answer.reasons.iter().all(|one| one.code != "instalment_burden"));
}

#[test]
fn the_source_of_income_does_not_move_the_score() {
    let with = |text: &'static str| {
        let lines: Vec<Line<'_>> =
            steady().into_iter().map(|line| if 0 < line.1 { (line.0, line.1, text) } else { line }).collect();
        assess_lines(shipped(), &lines, 250_000)
    };
    let payroll = with("ACME CORP PAYROLL DIRECT DEP");
    for text in ["SSA TREAS 310 XXSOC SEC", "UBER DRIVER PAYOUT", "PENSION BENEFIT PAYMENT"] {
        let other = with(text);
        assert_eq!((other.score, &other.characteristics), (payroll.score, &payroll.characteristics), "{text}");
    }
}

#[test]
fn the_last_90_days_of_a_longer_history_score_nearly_the_same() {
    let all = assess_lines(shipped(), &strained(), 50_000);
    let cut: Vec<Line<'_>> = strained().into_iter().filter(|line| line.0 <= 90).collect();
    let recent = assess_lines(shipped(), &cut, 50_000);
    let shift = all.score.expect("scored") - recent.score.expect("scored");
    assert!(shift.abs() <= 15, "{shift}");
}

// ---------------------------------------------------------------------------------------------- explanations, portfolios

#[test]
fn a_reason_names_the_rows_behind_it() {
    let engine = shipped();
    let history = history_of(engine, None, &strained(), -20_000);
    let told = engine.explain(&mut engine.session(), &history, &application());
    assert_eq!(told.assessment, engine.assess(&mut engine.session(), &history, &application()));
    let fees = told.evidence.iter().find(|one| one.attribute == "nsf_od_event_count_90d").expect("a reason");
    // Ten overdraft fees: days 80, 72, … 8 before T. They follow the steady lines in the list.
    let first = steady().len();
    let ids: Vec<String> = (first..first + 10).map(|at| format!("fctxn_{at:04}")).collect();
    assert_eq!((&fees.ids, fees.count), (&ids, 10));
    let rows = strained().iter().filter(|line| line.0 <= 90).count() as u64;
    assert_eq!((fees.rows_examined, fees.accounts.as_slice()), (rows, ["fca_1".to_owned()].as_slice()));
    assert_eq!(fees.first_day, T.plus(-90).to_string());
    assert_eq!(told.evidence.len(), told.assessment.reasons.len());
    assert_eq!(told.score_block.score_basis, "expert_uncalibrated");
    assert_eq!((told.score_block.score_min, told.score_block.score_max), (0, 1000));
    assert_eq!(told.extent.map(|extent| extent.history_days), Some(178));
    assert_eq!(told.trace.len(), 1, "the one rule of a run without a policy");
}

#[test]
fn the_matrix_agrees_with_the_score_and_has_every_column() {
    let engine = shipped();
    let history = history_of(engine, None, &steady(), 250_000);
    let matrix = engine.attributes(&mut engine.session(), &history, &application());
    assert_eq!(matrix.len(), engine.registry().columns().len());
    let answer = engine.assess(&mut engine.session(), &history, &application());
    for one in &answer.characteristics {
        let column = engine.registry().column(&one.attribute).expect("known");
        assert_eq!(matrix[usize::from(column.0)], one.value, "{}", one.attribute);
    }
    let empty = engine.history(&mut engine.session(), HistoryBuilder::new());
    let nothing = engine.attributes(&mut engine.session(), &empty, &application());
    assert_eq!(nothing, vec![Err(Missing::NotApplicable); matrix.len()]);
}

#[test]
fn quirk_29_the_time_of_the_link_is_no_age_of_the_account_and_moves_no_attribute() {
    let engine = shipped();
    let matrix = |created: Option<i64>| {
        let mut rows = HistoryBuilder::new();
        rows.account(&AccountRow { created, ..AccountRow::checking("fca_1", "cus_1") });
        rows.balance(&BalanceRow::reported("fca_1", midnight(T), 250_000));
        for (at, (back, amount, text)) in steady().iter().enumerate() {
            let (id, noon) = (format!("fctxn_{at:04}"), midnight(T.plus(-back)) + 43_200);
            let row = TransactionRow::posted(&id, "fca_1", *amount, noon);
            rows.transaction(&TransactionRow { description: text, ..row });
        }
        let history = engine.history(&mut engine.session(), rows);
        engine.attributes(&mut engine.session(), &history, &application())
    };
    let unknown = matrix(None);
    // Linked in 1970, ten years ago, a second before T, at T, and a month after it.
    let at = midnight(T);
    for created in [1, at - 3_650 * 86_400, at - 1, at, at + 30 * 86_400] {
        assert_eq!(matrix(Some(created)), unknown, "linked at {created}");
    }
    // What is known is the oldest row: the first pay came 178 days before T.
    let days = engine.registry().column("history_days_available").expect("known");
    assert_eq!(unknown[usize::from(days.0)], Ok(Value::Integer(178)));
}

#[test]
fn a_portfolio_answers_in_its_own_order_what_single_assessments_answer() {
    let engine = shipped();
    let pool = |lines: &[Line<'_>]| {
        let mut rows = HistoryBuilder::new();
        rows.account(&AccountRow::checking("fca_1", "cus_1"));
        for (at, (back, amount, text)) in lines.iter().enumerate() {
            let id = format!("fctxn_{at}");
            let row = TransactionRow::posted(&id, "fca_1", *amount, midnight(T.plus(-back)));
            rows.transaction(&TransactionRow { description: text, ..row });
        }
        crate::portfolio::Pool {
            rows,
            applications: vec![application(), Application { as_of: midnight(T.plus(-20)), ..application() }],
        }
    };
    let lives: Vec<Vec<Line<'_>>> = (0..20).map(|n| if n % 3 == 0 { strained() } else { steady() }).collect();
    let together =
        crate::portfolio::assess(engine, lives.iter().map(|lines| pool(lines)).collect(), |_, one, answer| {
            assert_eq!(one.as_of, answer.as_of);
            answer.score
        });
    let singly: Vec<Assessment> = lives
        .iter()
        .flat_map(|lines| {
            let pool = pool(lines);
            let history = engine.history(&mut engine.session(), pool.rows);
            pool.applications.into_iter().map(move |one| engine.assess(&mut engine.session(), &history, &one))
        })
        .collect();
    assert_eq!(together.len(), 40);
    for ((batch, score), single) in together.iter().zip(&singly) {
        assert_eq!((batch, score), (single, &single.score));
    }
}

#[test]
fn an_answer_is_plain_json_without_text_of_the_bank() {
    let answer = assess_lines(shipped(), &strained(), -20_000);
    let json = serde_json::to_string(&answer).expect("plain data");
    for text in ["OVERDRAFT FEE", "PAYROLL", "SPEEDY"] {
        assert!(!json.contains(text), "{text}");
    }
    assert!(json.contains(r#""status":"scored","decision":"refer""#), "{json}");
}
