//! The registry and the grammar: what is shipped, what a lender may add, what is refused.

use std::collections::BTreeSet;

use super::{
    check::is_sentence,
    definition::{Compliance, Unit},
    registry::{AttributeError, Evidence, Registry},
};
use crate::{
    category::taxonomy::Taxonomy,
    digest::sample::{Sample, random},
    ledger::TransactionAccess,
    time::Day,
    value::{Missing, Outcome, Value},
};

fn builtin() -> Registry {
    Registry::builtin(&Taxonomy::builtin()).expect("the shipped attributes are valid")
}

/// An attribute as text, with the keys that a test does not care about filled in.
fn attribute(keys: &str) -> String {
    let mut text = String::from("[[attribute]]\n");
    text.push_str(keys);
    for (key, default) in [
        ("name", "\"mine\""),
        ("family", "\"own\""),
        ("unit", "\"minor\""),
        ("windows", "[\"90d\"]"),
        ("measure", "\"sum\""),
        ("of", "\"outflow\""),
        ("risk", "\"neither\""),
        ("compliance", "\"verify_only\""),
        ("definition", "\"Says what it is.\""),
    ] {
        if !keys.lines().any(|line| line.split('=').next().is_some_and(|left| left.trim() == key)) {
            text.push_str(&format!("\n{key} = {default}"));
        }
    }
    text
}

fn extended(toml: &str) -> Result<Registry, AttributeError> {
    let mut registry = builtin();
    registry.extend("mine.toml", toml, &Taxonomy::builtin())?;
    Ok(registry)
}

/// The value of the lender's one attribute at its one window.
fn compute(sample: &Sample, keys: &str) -> Outcome {
    let registry = extended(&attribute(keys)).unwrap_or_else(|error| panic!("{error}"));
    let column = registry.column(&registry.columns().last().expect("one").name).expect("there");
    registry.compute(column, &sample.digest(registry.plan()))
}

#[test]
fn the_shipped_registry_is_unique_ordered_documented_and_reasoned() {
    let registry = builtin();
    let definitions = registry.definitions();
    assert!(120 <= definitions.len(), "{}", definitions.len());
    let mut keys: Vec<_> = definitions.iter().map(|known| (known.family.as_str(), known.name.as_str())).collect();
    assert!(keys.is_sorted(), "by family and name");
    keys.sort_by_key(|key| key.1);
    assert!(keys.windows(2).all(|pair| pair[0].1 != pair[1].1), "names are unique");
    let columns: BTreeSet<&str> = registry.columns().iter().map(|column| column.name.as_str()).collect();
    assert_eq!(columns.len(), registry.columns().len(), "column names are unique");
    for known in definitions {
        assert!(is_sentence(&known.definition), "{}: {}", known.name, known.definition);
        assert!(!known.windows.is_empty(), "{}", known.name);
        assert_eq!(known.reason.is_some(), known.compliance == Compliance::ModelOk, "{}", known.name);
        let suffixed = known
            .name
            .rsplit('_')
            .next()
            .is_some_and(|end| end.ends_with('d') && end[..end.len() - 1].parse::<u16>().is_ok());
        // What is said of the days ahead together is a point, and the catalogue's name says how many.
        assert!(!suffixed || known.name.contains("_next_"), "{}: the window is the registry's", known.name);
    }
    for column in registry.columns() {
        let id = registry.column(&column.name).expect("known by name");
        assert_eq!(registry.columns()[usize::from(id.0)].name, column.name);
    }
}

#[test]
fn what_the_expert_card_reads_is_there_and_a_model_may_use_it() {
    let registry = builtin();
    for name in [
        "eod_balance_avg_to_outflow_90d",
        "eod_balance_min_to_inflow_90d",
        "eod_balance_p10_to_outflow_90d",
        "share_days_below_zero_90d",
        "days_negative_balance_30d",
        "days_negative_balance_90d",
        "days_since_negative_balance",
        "nsf_od_combined_count_90d",
        "nsf_od_distinct_days_90d",
        "inflow_outflow_ratio_90d",
        "income_to_outflow_90d",
        "income_cv_90d",
        "inflow_cv_90d",
        "days_since_income",
        "debt_to_income_90d",
        "short_term_credit_provider_count_90d",
        "short_term_proceeds_to_income_90d",
        "gambling_to_income_90d",
        "bank_fee_to_outflow_90d",
        "cash_withdrawal_to_outflow_90d",
        "instalment_to_inflow_90d",
        "instalment_to_income_90d",
        "requested_amount_to_inflow_90d",
        "balance_trend_half_90d",
        "net_cash_flow_to_inflow_90d",
        "liquidity_buffer_days_total_90d",
        "payday_cushion_to_outflow_90d",
        "savings_balance_to_outflow_90d",
        "active_days_90d",
        "fee_free_overdraft_days_90d",
        "history_days_available",
    ] {
        let column = registry.column(name).unwrap_or_else(|| panic!("no column {name}"));
        assert_eq!(registry.definition(column).compliance, Compliance::ModelOk, "{name}");
    }
}

#[test]
fn measures_are_what_they_say_on_four_rows() {
    let mut sample = Sample::new(Day::from_civil(2026, 3, 1));
    sample.history(120);
    // Ages 80 to 0; in 90 days all, in 30 days the last three.
    sample.rows("rent", &[(80, -1_000), (20, -200), (10, -500), (10, -301)]);
    sample.ledger.rows[3].label.counterparty = 99;
    sample.rows("income_salary", &[(10, 2_000)]);
    let cases: &[(&str, Outcome)] = &[
        ("measure = \"sum\"", Ok(Value::Integer(2_001))),
        ("measure = \"sum\"\nwindows = [\"30d\"]", Ok(Value::Integer(1_001))),
        ("measure = \"sum\"\nwindows = [\"31-90d\"]", Ok(Value::Integer(1_000))),
        ("measure = \"count\"\nunit = \"count\"", Ok(Value::Integer(4))),
        ("measure = \"count\"\nunit = \"flag\"", Ok(Value::Integer(1))),
        // 2001 / 4 = 500.25; 1001 / 3 = 333.67.
        ("measure = \"mean\"", Ok(Value::Integer(500))),
        ("measure = \"mean\"\nwindows = [\"30d\"]", Ok(Value::Integer(334))),
        // Three values around 1001/3: squares 40000 + 250000 + 90601 = 380601; (3 × 380601 - 1001²) / 6 = 23300.33; root 152.6.
        ("measure = \"sd\"\nwindows = [\"30d\"]", Ok(Value::Integer(153))),
        ("measure = \"min\"", Ok(Value::Integer(200))),
        ("measure = \"max\"", Ok(Value::Integer(1_000))),
        // 200, 301, 500, 1000: (301 + 500) / 2 = 400.5, half to even.
        ("measure = \"median\"", Ok(Value::Integer(400))),
        // Position 0.9 × 3 = 2.7: 500 + 0.7 × 500.
        ("measure = \"percentile(90)\"", Ok(Value::Integer(850))),
        // Age 10: eleven days before T.
        ("measure = \"days_since\"\nunit = \"days\"\nwindows = [\"history\"]", Ok(Value::Integer(11))),
        ("measure = \"distinct_days\"\nunit = \"days\"", Ok(Value::Integer(3))),
        ("measure = \"distinct_counterparties\"\nunit = \"count\"", Ok(Value::Integer(2))),
        ("measure = \"ratio\"\nunit = \"ratio\"\nover = \"income\"", Ok(Value::Real(2_001.0 / 2_000.0))),
        ("measure = \"ratio\"\nunit = \"ratio\"\nover = \"income\"\nby = \"count\"", Ok(Value::Real(4.0))),
        ("measure = \"share\"\nunit = \"ratio\"\nover = \"flow\"", Ok(Value::Real(2_001.0 / 4_001.0))),
        ("measure = \"difference\"\nover = \"income\"", Ok(Value::Integer(1))),
        // Halves of 90 days: 1001 and 1000.
        ("measure = \"trend\"\nunit = \"ratio\"", Ok(Value::Real(1.0 / 2_001.0))),
        ("measure = \"trend\"\nunit = \"ratio\"\nby = \"count\"", Ok(Value::Real(2.0 / 4.0))),
        // 2001 × 30 / 90 = 667; 2001 / 90 = 22.2.
        ("unit = \"minor_per_month\"", Ok(Value::Integer(667))),
        ("unit = \"minor_per_day\"", Ok(Value::Integer(22))),
        // February has 28 days: 1001 / 28 = 35.75.
        ("unit = \"minor_per_day\"\nwindows = [\"m0\"]", Ok(Value::Integer(36))),
        ("of = { direction = \"outflow\", amount = { min = 301, max = 1_000 } }", Ok(Value::Integer(801))),
    ];
    for (keys, want) in cases {
        assert_eq!(compute(&sample, keys), *want, "{keys}");
    }
}

#[test]
fn missing_has_its_cause_and_zero_is_observed() {
    let mut sample = Sample::new(Day::from_civil(2026, 3, 1));
    sample.history(81);
    let none = "of = { direction = \"inflow\", purposes = [\"refund\"] }\n";
    let cases: &[(&str, Outcome)] = &[
        ("measure = \"sum\"", Ok(Value::Integer(0))),
        ("measure = \"count\"\nunit = \"flag\"", Ok(Value::Integer(0))),
        ("measure = \"distinct_counterparties\"\nunit = \"count\"", Ok(Value::Integer(0))),
        ("measure = \"mean\"", Err(Missing::NoSuchEvent)),
        ("measure = \"max\"", Err(Missing::NoSuchEvent)),
        ("measure = \"median\"", Err(Missing::NoSuchEvent)),
        ("measure = \"sd\"", Err(Missing::TooFewEvents)),
        ("measure = \"days_since\"\nunit = \"days\"\nwindows = [\"history\"]", Err(Missing::NoSuchEvent)),
        ("measure = \"ratio\"\nunit = \"ratio\"\nover = \"income\"", Err(Missing::ZeroDenominator)),
        ("measure = \"trend\"\nunit = \"ratio\"", Err(Missing::ZeroDenominator)),
        ("measure = \"sum\"\nwindows = [\"91d\"]", Err(Missing::NotEnoughHistory)),
        ("measure = \"sum\"\nneeds_days = 82", Err(Missing::NotEnoughHistory)),
        ("measure = \"sum\"\nwindows = [\"91d\"]\nneeds_days = 81", Ok(Value::Integer(0))),
        ("measure = \"sum\"\nwindows = [\"m2\"]", Err(Missing::NotEnoughHistory)),
        ("measure = \"sum\"\nwindows = [\"m1\"]", Ok(Value::Integer(0))),
    ];
    for (keys, want) in cases {
        assert_eq!(compute(&sample, &format!("{none}{keys}")), *want, "{keys}");
    }
    sample.ledger.accounts[0].access = TransactionAccess::NeverRefreshed;
    assert_eq!(compute(&sample, none), Err(Missing::NotPermitted));
}

#[test]
fn a_calendar_month_has_a_value_once_its_first_day_is_seen() {
    // December begins 90 days before 2026-03-01, February 28; 29 days are more than nine tenths of either.
    for (history, window, want) in [
        (89, "m2", Err(Missing::NotEnoughHistory)),
        (90, "m2", Ok(Value::Integer(0))),
        (27, "m0", Err(Missing::NotEnoughHistory)),
        (28, "m0", Ok(Value::Integer(0))),
    ] {
        let mut sample = Sample::new(Day::from_civil(2026, 3, 1));
        sample.history(history);
        let keys = format!("of = {{ direction = \"inflow\", purposes = [\"refund\"] }}\nwindows = [\"{window}\"]");
        assert_eq!(compute(&sample, &keys), want, "{window} of {history} days");
        let registry = builtin();
        for name in ["inflow_amount", "nsf_count", "max_gap_days"] {
            let column = registry.column(&format!("{name}_{window}")).expect("shipped");
            let digest = sample.digest(registry.plan());
            assert_eq!(registry.compute(column, &digest).is_ok(), want.is_ok(), "{name}_{window} of {history} days");
            assert!(registry.definition(column).history_needed(registry.columns()[usize::from(column.0)].window) >= 28);
        }
    }
}

#[test]
fn a_faulty_file_is_refused_with_line_column_and_the_way_out() {
    let faults: &[(&str, &str)] = &[
        ("measure = \"summ\"", "mine.toml:2:11: `summ` is no measure"),
        ("colour = 1", "mine.toml:2:1: unknown field `colour`"),
        ("unit = \"euros\"", "mine.toml:2:8: unknown variant `euros`"),
        ("unit = \"count\"", "`sum` has the unit minor or minor_per_month or minor_per_day"),
        ("windows = [\"90d\", \"3w\"]", "mine.toml:2:19: `3w` is no window"),
        ("windows = [\"60-31d\"]", "is no window"),
        ("windows = [\"090d\"]", "is no window"),
        ("windows = [\"point\", \"history\"]", "the same window twice"),
        ("windows = []", "needs a window"),
        (
            "of = { purposes = [\"rnet\"] }",
            "mine.toml:2:20: `rnet` is no purpose of the taxonomy; did you mean `rent`?",
        ),
        ("of = { groups = [\"debts\"] }", "did you mean `debt`?"),
        ("of = { roles = [\"lendr:*\"] }", "is no role"),
        ("of = { diraction = \"inflow\" }", "mine.toml:2:8: unknown field `diraction`"),
        ("of = { direction = \"out\" }", "`out` is no direction"),
        ("of = { counts_as_income = true, direction = \"outflow\" }", "takes inflow"),
        ("of = { amount = { min = 5, max = 5 } }", "`min` is at least 0"),
        ("of = { amount = { min = 1, max = 100, multiple_of = 100 } }", "no multiple of"),
        ("of = { amount = {} }", "mine.toml:2:17: `amount` says nothing"),
        ("of = { amount = 5 }", "expected a table such as { min = 1"),
        ("of = { amount = { min = 20_000_000_000_000_000 } }", "`min` lies above the largest amount"),
        ("of = { weekdays = [\"monday\"] }", "weekdays are mon"),
        ("of = { text = [\" \"] }", "an empty text"),
        ("of = { text = [] }", "`text` is an empty list"),
        ("of = { purposes = [] }", "`purposes` is an empty list"),
        ("of = { direction = \"inflow\", purposes = [\"rent\"] }", "no row can pass"),
        ("of = { purposes = [\"rent\"], except_purposes = [\"rent\"] }", "no row can pass"),
        ("of = { purposes = [\"rent\"], counts_as_income = true }", "no row can pass"),
        ("of = \"incom\"", "no filter is named `incom`; did you mean `income`?"),
        ("measure = \"ratio\"\nunit = \"ratio\"", "need `over`"),
        ("over = \"income\"", "only share, ratio and difference have `over`"),
        ("measure = \"share\"\nunit = \"ratio\"\nover = \"income\"", "must be a part"),
        ("measure = \"trend\"\nunit = \"ratio\"\nwindows = [\"7d\"]", "even number of days"),
        ("unit = \"minor_per_day\"\nwindows = [\"history\"]", "known length"),
        ("by = \"count\"", "have `by`"),
        ("name = \"Mine\"", "is no name"),
        ("name = \"inflow_amount\"", "mine.toml:2:8: an attribute is already named `inflow_amount`"),
        (
            "name = \"inflow_amount_90d\"\nwindows = [\"point\"]",
            "mine.toml:2:8: two attributes make the column `inflow_amount_90d`",
        ),
        ("name = \"as_of\"\nwindows = [\"point\"]", "mine.toml:2:8: `as_of` is what another column"),
        ("name = \"extra__mine\"", "mine.toml:2:8: `extra__mine_90d` is what another column"),
        ("definition = \"no capital\"", "full sentences"),
        ("compliance = \"model_ok\"", "needs a `reason`"),
        ("needs_days = \"90\"", "invalid type"),
    ];
    for (keys, want) in faults {
        let error = extended(&attribute(keys)).expect_err(keys).to_string();
        assert!(error.contains(want), "{keys}: {error}");
        assert!(error.starts_with("mine.toml:"), "{error}");
    }
    let twice = format!("{}\n{}", attribute(""), attribute(""));
    assert!(extended(&twice).expect_err("twice").to_string().contains("already named `mine`"));
    let single = format!("# mine\n\n{}", attribute("").replacen("[[attribute]]", "[attribute]", 1));
    assert!(
        extended(&single)
            .expect_err("single")
            .to_string()
            .starts_with("mine.toml:3:1: an attribute begins with [[attribute]]")
    );
    let taken = "[filter.income]\ndirection = \"inflow\"\n";
    assert!(extended(taken).expect_err("taken").to_string().contains("already named `income`"));
}

#[test]
fn a_model_may_not_tell_sources_of_income_apart() {
    let ok = |of: &str| attribute(&format!("of = {of}\ncompliance = \"model_ok\"\nreason = \"own\""));
    for refused in [
        "{ direction = \"inflow\", purposes = [\"income_salary\"] }",
        "{ purposes = [\"income_salary\", \"income_pension\", \"rent\"] }",
        "{ counts_as_income = true, except_purposes = [\"income_benefits\"] }",
        "{ counts_as_income = true, except_purposes = [\"income_dividend\"] }",
        "{ counts_as_income = true, except_purposes = [\"income_interest\", \"income_dividend\"] }",
        "{ direction = \"inflow\", purposes = [\"income_interest\"] }",
        "{ counts_as_income = true, except_purposes = [\"income_interest\"], weekdays = [\"fri\"] }",
        "{ counts_as_income = true, roles = [\"employer\"] }",
        "{ counts_as_income = true, text = [\"payroll\"] }",
        "{ direction = \"inflow\", instruments = [\"ach\"] }",
        "{ counts_as_income = true, weekdays = [\"fri\"] }",
        "{ counts_as_income = true, amount = { min = 94_300, max = 94_301 } }",
        "{ amount = { multiple_of = 94_300 } }",
    ] {
        let error = extended(&ok(refused)).expect_err(refused).to_string();
        assert!(error.contains("tells sources of income apart"), "{refused}: {error}");
        extended(&attribute(&format!("of = {refused}"))).expect("to verify it is fine");
    }
    // Money goes out under a donation, and never under a salary.
    let hidden = "{ direction = \"outflow\", purposes = [\"religious_donation\", \"income_salary\"] }";
    assert!(extended(&ok(hidden)).expect_err("sensitive").to_string().contains("only sensitive purposes"));
    let medical = "{ direction = \"outflow\", purposes = [\"medical\", \"pharmacy\"] }";
    assert!(extended(&ok(medical)).expect_err("sensitive").to_string().contains("only sensitive purposes"));
    for fine in [
        "\"income\"",
        "\"regular_income\"",
        "{ counts_as_income = true, except_purposes = [\"income_interest\"] }",
        "{ direction = \"outflow\", weekdays = [\"fri\"], amount = { min = 5_000 } }",
        "{ direction = \"inflow\", counts_as_income = false, instruments = [\"ach\"] }",
        "{ direction = \"outflow\", roles = [\"lender:*\"] }",
    ] {
        extended(&ok(fine)).unwrap_or_else(|error| panic!("{fine}: {error}"));
    }
}

#[test]
fn a_model_may_not_read_by_two_filters_what_it_may_not_read_by_one() {
    let keys = |measure: &str, of: &str, over: &str| {
        let unit = if measure == "difference" { "minor" } else { "ratio" };
        format!("measure = \"{measure}\"\nunit = \"{unit}\"\nof = {of}\nover = {over}\n")
    };
    let ok = |keys: &str| attribute(&format!("{keys}compliance = \"model_ok\"\nreason = \"own\""));
    let all = "{ direction = \"outflow\" }";
    let but_medical = "{ direction = \"outflow\", except_purposes = [\"medical\", \"pharmacy\"] }";
    for (measure, of, over) in [
        ("difference", all, but_medical),
        ("difference", but_medical, all),
        ("ratio", all, but_medical),
        ("share", but_medical, all),
        ("ratio", "{ purposes = [\"rent\", \"religious_donation\"] }", "{ purposes = [\"rent\"] }"),
    ] {
        let keys = keys(measure, of, over);
        let error = extended(&ok(&keys)).expect_err(&keys).to_string();
        assert!(error.contains("differ by sensitive purposes alone"), "{keys}: {error}");
        extended(&attribute(&keys)).expect("to verify it is fine");
    }
    for (measure, of, over) in [
        ("share", "{ direction = \"outflow\", groups = [\"essential\"] }", all),
        ("ratio", all, "\"income\""),
        ("difference", all, all),
    ] {
        let keys = keys(measure, of, over);
        extended(&ok(&keys)).unwrap_or_else(|error| panic!("{keys}: {error}"));
    }
}

#[test]
fn a_share_may_be_of_a_narrower_range_fewer_days_or_longer_texts() {
    let share = |of: &str, over: &str| {
        let side = |test: &str| format!("{{ direction = \"outflow\", {test} }}");
        extended(&attribute(&format!(
            "measure = \"share\"\nunit = \"ratio\"\nof = {}\nover = {}",
            side(of),
            side(over)
        )))
    };
    for (narrow, wide) in [
        ("weekdays = [\"sat\"]", "weekdays = [\"sat\", \"sun\"]"),
        ("amount = { min = 5_000 }", "amount = { min = 1_000 }"),
        ("amount = { min = 5_000, max = 6_000 }", "amount = { max = 6_001 }"),
        ("amount = { multiple_of = 10_000 }", "amount = { multiple_of = 5_000 }"),
        ("text = [\"city of x tax\"]", "text = [\"tax\", \"fee\"]"),
    ] {
        share(narrow, wide).unwrap_or_else(|error| panic!("{narrow}: {error}"));
        let error = share(wide, narrow).expect_err(wide).to_string();
        assert!(error.contains("must be a part"), "{wide}: {error}");
    }
}

#[test]
fn a_lenders_file_adds_columns_after_ours_and_a_refused_one_adds_nothing() {
    let mut registry = builtin();
    let before: Vec<String> = registry.columns().iter().map(|column| column.name.clone()).collect();
    let taxonomy = Taxonomy::builtin();
    let bad = format!("{}\n{}", attribute("name = \"fine\""), attribute("measure = \"no\""));
    registry.extend("bad.toml", &bad, &taxonomy).expect_err("refused");
    assert_eq!(registry.columns().len(), before.len());
    assert!(registry.column("fine_90d").is_none());
    let good = "[filter.mine]\npurposes = [\"rent\", \"fuel\"]\n".to_owned()
        + &attribute("of = \"mine\"\nwindows = [\"m13\", \"45d\"]");
    registry.extend("good.toml", &good, &taxonomy).expect("fine");
    let after: Vec<&str> = registry.columns().iter().map(|column| column.name.as_str()).collect();
    assert_eq!(after[..before.len()], before);
    assert_eq!(after[before.len()..], ["mine_m13", "mine_45d"]);
    // Two lines of the filter, three of the attribute before its name.
    assert_eq!((registry.declared_at("mine"), registry.declared_at("inflow_amount")), (Some("good.toml:6:8"), None));
    let mut sample = Sample::new(Day::from_civil(2026, 3, 1));
    sample.history(500);
    sample.rows("rent", &[(60, -4), (44, -2)]);
    sample.rows("fuel", &[(0, -1)]);
    let id = registry.column("mine_45d").expect("there");
    assert_eq!(registry.compute(id, &sample.digest(registry.plan())), Ok(Value::Integer(3)));
}

#[test]
fn a_digest_of_a_definition_changes_with_its_meaning_and_with_nothing_else() {
    let of = |keys: &str| {
        let registry = extended(&attribute(keys)).expect("fine");
        let name = registry.columns().last().expect("one").name.clone();
        registry.definition_digest(registry.column(&name).expect("there"))
    };
    let base = of("of = { purposes = [\"rent\", \"fuel\"] }");
    assert_eq!(of("of = { purposes = [\"fuel\", \"rent\"] }\ndefinition = \"Other words.\"\nfamily = \"other\""), base);
    for other in [
        "of = { purposes = [\"rent\"] }",
        "of = { purposes = [\"rent\", \"fuel\"] }\nwindows = [\"60d\"]",
        "of = { purposes = [\"rent\", \"fuel\"] }\nmeasure = \"mean\"",
        "of = { purposes = [\"rent\", \"fuel\"] }\nneeds_days = 30",
        "of = { purposes = [\"rent\", \"fuel\"], internal = \"include\" }",
    ] {
        assert_ne!(of(other), base, "{other}");
    }
    // A month of flows is needed whole; what an attribute says that it needs is asked for.
    assert_ne!(of("windows = [\"m1\"]"), of("windows = [\"m1\"]\nneeds_days = 62"));
    assert_ne!(of("of = { text = [\"con ed|pge\"] }"), of("of = { text = [\"con ed\", \"pge\"] }"));
    let registry = builtin();
    let digests: BTreeSet<[u8; 32]> = registry
        .columns()
        .iter()
        .map(|column| registry.definition_digest(registry.column(&column.name).expect("known")))
        .collect();
    assert_eq!(digests.len(), registry.columns().len(), "no two columns mean the same");
}

#[test]
fn evidence_is_the_rows_or_days_that_the_value_read() {
    let mut sample = Sample::new(Day::from_civil(2026, 3, 1));
    sample.history(100);
    sample.rows("fee_nsf", &[(95, -3_500), (50, -3_500), (2, -3_500)]);
    sample.rows("rent", &[(1, -90_000)]);
    sample.balances(0, &[[5; 87].as_slice(), &[-1, -2, 3]].concat());
    let registry = builtin();
    let digest = sample.digest(registry.plan());
    let of = |name: &str| registry.evidence(registry.column(name).unwrap_or_else(|| panic!("{name}")), &digest);
    assert_eq!(of("nsf_od_combined_count_90d"), [Evidence::Row(1), Evidence::Row(2)]);
    assert_eq!(of("days_since_nsf"), [Evidence::Row(2)]);
    assert_eq!(of("outflow_max_90d"), [Evidence::Row(3)]);
    assert_eq!(of("days_negative_balance_90d"), [Evidence::Day(sample.day(2)), Evidence::Day(sample.day(1))]);
    assert_eq!(of("eod_balance_min_90d"), [Evidence::Day(sample.day(1))]);
    // A mean rests on all of its days, the highest balance on none that is traced, and a quotient that is bad when it is low on
    // both its sides: nothing came in, this went out.
    assert_eq!(of("eod_balance_avg_90d"), (0..90).rev().map(|age| Evidence::Day(sample.day(age))).collect::<Vec<_>>());
    assert_eq!(of("inflow_outflow_ratio_90d"), [Evidence::Row(1), Evidence::Row(2), Evidence::Row(3)]);
    let last = sample.day(0);
    assert_eq!(of("eod_balance_max_90d"), [Evidence::Window { first: sample.day(89), last }]);
    assert_eq!(of("gambling_to_income_90d"), [Evidence::Window { first: sample.day(89), last }]);
    // The window is cut where the history begins.
    assert_eq!(of("gambling_out_amount_365d"), [Evidence::Window { first: sample.day(99), last }]);
    assert_eq!(of("history_days_available"), []);
}

/// Whether an attribute divides fee rows into events.
fn counts_fee_events(name: &str) -> bool {
    let counts = [
        "nsf_count",
        "overdraft_fee_count",
        "nsf_od_combined_count",
        "nsf_od_event_count",
        "nsf_od_per_",
        "nsf_od_trend",
        "nsf_event_count",
        "nsf_paid_count",
        "nsf_unpaid_count",
        "first_payment_default_signals",
    ];
    counts.iter().any(|known| name.starts_with(known))
}

#[test]
fn scaling_all_money_changes_no_ratio_no_count_and_scales_money() {
    let registry = builtin();
    for seed in 100..112 {
        let sample = random(seed, 500, 200);
        let mut scaled = sample.clone();
        scaled.ledger.rows.iter_mut().for_each(|row| row.amount *= 7);
        for account in &mut scaled.ledger.accounts {
            account.balance_current = account.balance_current.map(|balance| balance * 7);
            account.balances.iter_mut().flat_map(|days| &mut days.closing).for_each(|closing| *closing *= 7);
        }
        for amount in [
            &mut scaled.application.requested_amount,
            &mut scaled.application.instalment_amount,
            &mut scaled.application.stated_income,
        ] {
            *amount = amount.map(|amount| amount * 7);
        }
        let (a, b) = (
            registry.compute_all(&sample.digest(registry.plan())),
            registry.compute_all(&scaled.digest(registry.plan())),
        );
        for (column, (a, b)) in registry.columns().iter().zip(a.iter().zip(&b)) {
            let definition = &registry.definitions()[usize::from(column.definition)];
            // Their definitions name an amount: a round one, a unit fee, a tolerance, a threshold, the size of a wage.
            let named = [
                "balance_reconciled_flag",
                "income_monthly_gross_est",
                "new_account_high_activity_flag",
                "round_amount_txn_count",
                "safe_advance_amount",
                "savings_at_least_3000_flag",
                "share_days_below_100",
            ];
            let name = definition.name.as_str();
            if named.contains(&name) || name.starts_with("days_below_") || counts_fee_events(name) {
                continue;
            }
            match (a, b, definition.unit) {
                (Ok(Value::Real(a)), Ok(Value::Real(b)), _) if definition.is_declared() => {
                    assert_eq!(a.to_bits(), b.to_bits(), "{}", column.name)
                }
                // A stream's amount is a whole minor unit, so that seven times it may be off by a few.
                (Ok(Value::Real(a)), Ok(Value::Real(b)), Unit::Probability) => {
                    assert!((a - b).abs() <= 1e-6, "{}: {a} {b}", column.name)
                }
                // Deviations and trends take a root: a few units in the last place.
                (Ok(Value::Real(a)), Ok(Value::Real(b)), _) => {
                    assert!((a - b).abs() <= 1e-12 * a.abs().max(1.0), "{}: {a} {b}", column.name)
                }
                // Rounding to the minor unit moves a value by half a unit at most, a scaled one by seven halves.
                (
                    Ok(Value::Integer(a)),
                    Ok(Value::Integer(b)),
                    Unit::Minor | Unit::MinorPerDay | Unit::MinorPerMonth | Unit::MinorPerYear,
                ) => {
                    // A stream's usual amount is rounded before it is taken many times a month and added to others.
                    let of_streams = definition.unit == Unit::MinorPerMonth || definition.name == "projected_balance";
                    let streams = of_streams && !definition.is_declared();
                    let room = if streams { 100 } else { 4 };
                    assert!((a * 7 - b).abs() <= room, "{}: {a} {b}", column.name);
                }
                _ => assert_eq!(a, b, "{}", column.name),
            }
        }
    }
}

#[test]
fn neither_the_order_within_a_day_nor_the_split_over_accounts_changes_a_flow() {
    let registry = builtin();
    for seed in 200..206 {
        let sample = random(seed, 300, 150);
        let mut mixed = sample.clone();
        mixed.ledger.rows.sort_by_key(|row| (row.day, std::cmp::Reverse(row.index)));
        let mut merged = sample.clone();
        merged.ledger.rows.iter_mut().for_each(|row| row.account = 0);
        let values = |sample: &Sample| registry.compute_all(&sample.digest(registry.plan()));
        let (plain, mixed, merged) = (values(&sample), values(&mixed), values(&merged));
        assert_eq!(plain, mixed, "seed {seed}");
        for (column, (a, b)) in registry.columns().iter().zip(plain.iter().zip(&merged)) {
            // Their definitions name accounts; a unit fee is an account's, and so is what a refund gives back.
            let by_account = ["inflow_share_primary", "lookalike_txn_count", "primary_account_confidence"]
                .iter()
                .any(|name| column.name.starts_with(name));
            assert!(a == b || by_account || counts_fee_events(&column.name), "{}: {a:?} {b:?}", column.name);
        }
    }
}

#[test]
fn an_extreme_ledger_gives_values_and_no_panic() {
    let registry = builtin();
    let mut sample = random(1, 300, 400);
    for row in &mut sample.ledger.rows {
        row.amount = row.amount.signum() * crate::limits::AMOUNT_MAX;
    }
    sample.ledger.accounts[0].balances.as_mut().expect("there").closing.fill(i64::MIN);
    sample.ledger.accounts[1].balances.as_mut().expect("there").closing.fill(i64::MIN);
    sample.application.instalment_amount = Some(i64::MAX);
    sample.application.requested_amount = Some(i64::MAX);
    for outcome in registry.compute_all(&sample.digest(registry.plan())) {
        assert!(!matches!(outcome, Ok(Value::Real(number)) if !number.is_finite()));
    }
    let empty = Sample::new(Day::from_civil(2026, 3, 1));
    let outcomes = registry.compute_all(&empty.digest(registry.plan()));
    assert_eq!(outcomes.len(), registry.columns().len());
}
