//! What a ledger brings, on ledgers built by hand.

use super::*;
use crate::{
    category::label::{Instrument, Label, Purpose, Role, RuleId},
    extent::Sufficiency,
    ledger::{Counts, Ledger, LedgerRow},
    money::Currency,
    time::Day,
};

const END: Day = Day(1_000);

/// A ledger of rows given as (account, days before T, amount).
fn ledger(rows: &[(u16, i32, i64)]) -> Ledger {
    let label = Label {
        purpose: Purpose(0),
        instrument: Instrument(0),
        role: Role(0),
        rule: RuleId::NONE,
        confidence: 0,
        counterparty: 0,
    };
    let row = |(account, back, amount): &(u16, i32, i64)| LedgerRow {
        account: *account,
        day: END.plus(-back),
        time: i64::from(END.0 - back) * 86_400,
        amount: *amount,
        label,
        internal: false,
        index: 0,
    };
    Ledger {
        as_of: i64::from(END.0) * 86_400,
        end: END,
        currency: Currency::USD,
        accounts: vec![],
        covered_from: None,
        rows: rows.iter().map(row).collect(),
        other_rows: vec![],
        pending: vec![],
        transfers: vec![],
        refined: vec![],
        corrected: vec![],
        doubts: vec![],
        counts: Counts::default(),
    }
}

const LIMITS: Scorable = Scorable {
    history_days_min: 60,
    staleness_days_max: 30,
    deposit_accounts_min: 1,
    primary_active_days_90d_min: 3,
    primary_inflow_days_90d_min: 1,
    balance_days_30d_min: 0,
    observed_percent_min: None,
};

fn codes(rows: &[(u16, i32, i64)], limits: &Scorable) -> Vec<&'static str> {
    Extent::of(&ledger(rows)).shortfalls(limits).iter().map(|one| one.code).collect()
}

#[test]
fn the_extent_counts_days_back_from_t() {
    // Account 0: days 100, 80, 80, 10 before T; account 1: days 90, 91 before T.
    let extent = Extent::of(&ledger(&[(0, 100, 5), (1, 91, 1), (1, 90, 1), (0, 80, -5), (0, 80, 7), (0, 10, -5)]));
    let expected = Extent {
        history_days: 100,
        staleness_days: Some(10),
        deposit_accounts: 2,
        active_days_90d: 3,         // 90, 80, 10
        primary_active_days_90d: 2, // account 0: 80, 10
        primary_inflow_days_90d: 1, // account 0: 80
        balance_days_30d: 0,
    };
    assert_eq!(extent, expected);
}

#[test]
fn a_limit_is_met_on_its_edge_and_missed_one_beside_it() {
    let enough = [(0, 60, 5), (0, 50, 5), (0, 40, 5), (0, 30, 5)];
    assert_eq!(codes(&enough, &LIMITS), [""; 0]);
    assert_eq!(codes(&enough, &Scorable { history_days_min: 61, ..LIMITS }), ["insufficient_history"]);
    assert_eq!(codes(&enough, &Scorable { staleness_days_max: 29, ..LIMITS }), ["stale_data"]);
    assert_eq!(codes(&enough, &Scorable { deposit_accounts_min: 2, ..LIMITS }), ["too_few_accounts"]);
    assert_eq!(codes(&enough, &Scorable { primary_active_days_90d_min: 5, ..LIMITS }), ["no_primary_account"]);
    assert_eq!(codes(&enough, &Scorable { primary_inflow_days_90d_min: 5, ..LIMITS }), ["no_primary_account"]);
    assert_eq!(codes(&enough, &Scorable { balance_days_30d_min: 1, ..LIMITS }), ["balances_missing"]);
}

#[test]
fn activity_spread_over_accounts_makes_no_primary_account() {
    let spread = [(0, 60, 5), (1, 50, 5), (2, 40, 5), (3, 30, 5)];
    assert_eq!(codes(&spread, &LIMITS), ["no_primary_account"]);
}

#[test]
fn sufficiency_falls_with_history_staleness_and_activity() {
    let extent = |history_days, staleness, active_days_90d| Extent {
        history_days,
        staleness_days: Some(staleness),
        active_days_90d,
        ..Extent::default()
    };
    let check = |extent: Extent, expected: Sufficiency| assert_eq!(extent.sufficiency(true), expected, "{extent:?}");
    check(extent(150, 7, 30), Sufficiency::Full);
    check(extent(149, 7, 30), Sufficiency::Good);
    check(extent(150, 8, 30), Sufficiency::Good);
    check(extent(150, 7, 29), Sufficiency::Good);
    check(extent(85, 14, 15), Sufficiency::Good);
    check(extent(84, 14, 15), Sufficiency::Thin);
    check(extent(85, 15, 15), Sufficiency::Thin);
    check(extent(85, 14, 14), Sufficiency::Thin);
    assert_eq!(extent(180, 1, 60).sufficiency(false), Sufficiency::Insufficient);
}

#[test]
fn a_model_is_asked_where_the_data_is_there_for_enough_of_its_attributes() {
    use Missing::{NoSuchEvent, NotApplicable, NotEnoughHistory, NotPermitted, Stale, TooFewEvents, ZeroDenominator};
    let limits = |percent| Scorable { observed_percent_min: percent, ..LIMITS };
    let of = |percent, causes: &[Option<Missing>]| {
        let found = limits(Some(percent)).unobserved(causes.iter().copied());
        found.map(|one| (one.status, one.code, one.value, one.limit))
    };
    // Two of four are there: what never happened was observed not to happen.
    let half = [None, Some(NoSuchEvent), Some(NotEnoughHistory), Some(Stale)];
    assert_eq!(of(50, &half), None);
    let (value, limit) = ("enough for 2 of the model's 4 attributes".to_owned(), "51 % of them".to_owned());
    let short = (Status::InsufficientHistory, "too_little_data", value, limit);
    assert_eq!(of(51, &half), Some(short));
    let unread = [Some(NotPermitted), Some(NotPermitted), Some(NotEnoughHistory), None];
    let found = of(50, &unread).expect("one of four");
    assert_eq!((found.0, found.1), (Status::IncompleteData, "too_little_data"));
    let observed = [Some(NoSuchEvent), Some(TooFewEvents), Some(ZeroDenominator), Some(NotApplicable)];
    assert_eq!(of(100, &observed), None);
    // Without the line nothing is asked, and nothing of a model without attributes.
    assert_eq!((limits(None).unobserved([Some(Stale)].into_iter()), of(100, &[])), (None, None));
}
