//! Limits and edges that no value can reach, and points that run against the direction of risk.

use super::*;
use crate::{
    attribute::registry::Registry,
    decide::policy::Policy,
    engine::{
        EngineParts, marry,
        models_tests::sealed,
        tests::{edited, parts, refusal},
    },
    model::file::{CharacteristicFile, ModelFile},
};

const POLICY: &str = include_str!("../../../../data/policy/example.toml");

/// What the marriage says of a policy with this rule; `None` when it agrees.
fn said(attribute: &str, when: &str) -> Option<String> {
    let rule = format!(
        "\n[[knockouts]]\nname = \"mine\"\nrationale = \"why\"\nattribute = \"{attribute}\"\nwhen = {{ {when} }}\n\
         decision = \"refer\"\non_missing = \"pass\"\nreason = \"debt_burden\"\n"
    );
    let policy = Policy::from_toml(&format!("{POLICY}{rule}")).expect("valid by itself");
    let mut parts = EngineParts { policy, ..parts() };
    parts.options.extras = vec!["ownership_score".to_owned()];
    marry::check(&parts).err().map(|error| error.to_string())
}

#[test]
fn a_limit_that_no_value_meets_or_that_every_value_meets_is_refused_with_the_range() {
    assert_eq!(
        said("days_negative_balance_90d", "at_least = 120").as_deref(),
        Some(
            "policy `example`, knock-out `mine`, reads `days_negative_balance_90d`, which is 0 to 90, so `at least 120` never \
             holds; correct the limit"
        )
    );
    let refused = [
        ("prob_negative_next_30d", "at_least = 90", "is 0 to 1, so `at least 90` never"),
        ("prob_negative_next_30d", "at_most = 1", "is 0 to 1, so `at most 1` always"),
        ("share_days_below_one_day_outflow_90d", "at_least = 25", "is 0 to 1, so `at least 25` never"),
        ("legal_collections_flag_90d", "more_than = 1", "is 0 to 1, so `more than 1` never"),
        ("income_regularity_score_90d", "more_than = 100", "is 0 to 100, so `more than 100` never"),
        ("nsf_od_event_count_90d", "less_than = 0", "is 0 or more, so `less than 0` never"),
        ("nsf_od_event_count_90d", "at_least = 0", "is 0 or more, so `at least 0` always"),
        ("active_days_90d", "less_than = 91", "is 0 to 90, so `less than 91` always"),
        // Its magnitudes are added up, and one magnitude over another is no loss.
        ("debt_to_income_90d", "at_most = -0.1", "is 0 or more, so `at most -0.1` never"),
        ("inflow_trend_90d", "at_least = 20", "is -1 to 1, so `at least 20` never"),
        ("income_monthly_avg_90d", "less_than = 1500.50", "whole minor units (cents), so the limit 1500.5 is none"),
    ];
    for (attribute, when, message) in refused {
        let told = said(attribute, when).unwrap_or_default();
        assert!(
            told.contains(&format!("`{attribute}`, which is")) && told.contains(message),
            "{attribute} {when}: {told}"
        );
    }
}

#[test]
fn a_limit_that_some_values_meet_is_taken_and_so_is_any_where_nothing_is_certain() {
    let taken = [
        ("days_negative_balance_90d", "at_least = 90"),
        ("nsf_od_event_count_90d", "at_most = 0"),
        ("prob_negative_next_30d", "at_least = 1"),
        ("legal_collections_flag_90d", "at_least = 1"),
        ("income_monthly_avg_90d", "less_than = 150050"),
        // A ratio may be any, and a difference of counts or amounts below zero.
        ("debt_to_income_90d", "more_than = 50"),
        ("nsf_od_trend_90d", "less_than = 0"),
        ("net_cash_flow_90d", "less_than = -50000"),
        // Missing where it never happened: whether it did.
        ("days_since_nsf", "at_least = 0"),
        ("days_since_negative_balance", "at_least = 0"),
        // A run that ended in the window may have begun before it.
        ("recovery_days_median_90d", "more_than = 90"),
        // A column of the applications has neither unit nor window.
        ("extra:ownership_score", "less_than = -1.5"),
    ];
    for (attribute, when) in taken {
        assert_eq!(said(attribute, when), None, "{attribute} {when}");
    }
}

#[test]
fn the_lists_name_computed_attributes_of_their_unit() {
    let registry = &parts().registry;
    for (unit, list) in [(Unit::Days, DAYS_OF_THE_WINDOW), (Unit::Ratio, COUNTED_SHARES), (Unit::Count, DIFFERENCES)] {
        for name in list {
            let one = registry.definitions().iter().find(|one| one.name == *name).expect("an attribute");
            assert_eq!((one.unit, one.is_declared()), (unit, false), "{name}");
        }
    }
}

fn range_of(registry: &Registry, name: &str) -> Range {
    let column = registry.column(name).expect("a column");
    Range::of(registry.definition(column), registry.columns()[usize::from(column.0)].window)
}

#[test]
fn no_value_on_the_probes_lies_outside_its_range() {
    let parts = parts();
    let names: Vec<&str> = parts.registry.columns().iter().map(|column| column.name.as_str()).collect();
    let mut seen = 0;
    for (name, written) in marry::measured(&parts.categoriser, &parts.registry, &names).values.values().flatten() {
        // A code, a date and a missing value are no numbers.
        let Ok(value) = written.parse::<f64>() else { continue };
        let Range { low, high } = range_of(&parts.registry, name);
        assert!((low..=high).contains(&value), "{name}: {value} outside {low} to {high}");
        seen += usize::from(low.is_finite());
    }
    assert!(1_000 < seen, "{seen} values");
}

/// The card with one characteristic edited.
fn card(attribute: &str, edit: impl FnOnce(&mut CharacteristicFile)) -> EngineParts {
    edited(|file: &mut ModelFile| {
        edit(file.characteristics.iter_mut().find(|one| one.attribute == attribute).expect("of the card"));
    })
}

fn points(attribute: &str, points: &[i64], why: Option<&str>) -> EngineParts {
    card(attribute, |one| {
        assert_eq!(one.bins.len(), points.len());
        one.bins.iter_mut().zip(points).for_each(|(bin, points)| bin.points = *points);
        one.against_risk = why.map(str::to_owned);
    })
}

#[test]
fn a_bin_that_no_value_can_reach_is_refused() {
    let percent = refusal(card("share_days_below_one_day_outflow_90d", |one| {
        for (bin, edge) in one.bins.iter_mut().zip([2.0, 10.0, 25.0, 50.0]) {
            bin.below = Some(edge);
        }
    }));
    assert_eq!(
        percent,
        "model `card_consumer` reads `share_days_below_one_day_outflow_90d`, which is 0 to 1, so no value is in the bin \
         `[2, 10)`; correct its edges"
    );
    let long = refusal(card("days_negative_balance_90d", |one| one.bins[3].below = Some(91.0)));
    assert!(long.contains("is 0 to 90, so no value is in the bin `[91, inf)`"), "{long}");
    let none = refusal(card("nsf_od_event_count_90d", |one| one.bins[0].below = Some(0.0)));
    assert!(none.contains("is 0 or more, so no value is in the bin `(-inf, 0)`"), "{none}");
    // All 90 days below zero.
    marry::check(&sealed(card("days_negative_balance_90d", |one| one.bins[3].below = Some(90.0)))).expect("agrees");
}

#[test]
fn points_that_run_against_risk_need_a_reason_in_the_card() {
    let (items, turned) = ("nsf_od_event_count_90d", [-20, 0, 30, 55, 75]);
    assert_eq!(
        refusal(points(items, &turned, None)),
        "model `card_consumer` reads `nsf_od_event_count_90d`, whose risk rises with the value, yet the bin `[1, 2)` has 0 \
         points and the bin before it -20; turn the points round, or say why in `against_risk`"
    );
    marry::check(&sealed(points(items, &turned, Some("a study of our own")))).expect("agrees");
    // One step of a card that is flat or U-shaped counts as well.
    let turn = refusal(points("days_since_negative_balance", &[-22, -10, 0, -1], None));
    assert!(
        turn.contains("risk falls with the value, yet the bin `[90, inf)` has -1 points and the bin before it 0"),
        "{turn}"
    );
    marry::check(&sealed(points(items, &[0; 5], None))).expect("equal points go no way");
    // Where risk goes neither way, points may.
    marry::check(&sealed(points("active_days_90d", &[6, 0, -4, -14], None))).expect("agrees");
    let needless = refusal(points(items, &[20, 0, -30, -55, -75], Some("why")));
    assert!(needless.contains("no points of it run against risk; leave out `against_risk`"), "{needless}");
}
