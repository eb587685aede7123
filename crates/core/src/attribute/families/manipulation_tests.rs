//! Signs of a picture made for the application, against hand arithmetic.

use super::tests::{check, int, real, sample};
use crate::{
    attribute::{
        definition::Compliance,
        registry::{Evidence, Registry},
    },
    category::taxonomy::Taxonomy,
    digest::sample::Sample,
    ledger::Scope,
    money::Currency,
    time::Day,
    value::Missing,
};

/// The evidence of a column.
fn evidence(sample: &Sample, column: &str) -> Vec<Evidence> {
    let registry = Registry::builtin(&Taxonomy::builtin()).expect("valid");
    registry.evidence(registry.column(column).expect("a column"), &sample.digest(registry.plan()))
}

/// Ninety closing balances: 76 before the last two weeks that alternate between 100 and 110, then 14 of 100, the last as said.
fn spiked(sample: &mut Sample, last: i64) {
    let mut closing: Vec<i64> = (0..76).map(|at| if at % 2 == 0 { 100 } else { 110 }).collect();
    closing.extend([100; 13]);
    closing.push(last);
    sample.balances(0, &closing);
}

#[test]
fn a_spike_is_measured_against_the_weeks_before_it() {
    let mut sample = sample(100);
    check(&sample, &[("balance_spike_pre_application_14d", Err(Missing::NotPermitted))]);
    spiked(&mut sample, 205);
    check(
        &sample,
        &[
            // Median 105, distances 5: (205 - 105) / 5.
            ("balance_spike_pre_application_14d", real(20.0)),
            // Of 83 values 45 are 100 (38 and seven of the last two weeks): median 100; 45 distances of 0, median 0.
            ("balance_spike_pre_application_7d", Err(Missing::ZeroDenominator)),
        ],
    );
    assert_eq!(evidence(&sample, "balance_spike_pre_application_14d"), [Evidence::Day(sample.day(0))]);
    // No rise: 100 lies one distance below.
    spiked(&mut sample, 90);
    check(&sample, &[("balance_spike_pre_application_14d", real(-1.0))]);
    // A median of halves: 1, 2 and 4, 7 around it, nineteen of each: median 3, distances 2, 1, 1, 4: median 1.5.
    let closing: Vec<i64> = (0..76).map(|at| [1, 2, 4, 7][at % 4]).chain([3; 14]).collect();
    sample.balances(0, &closing);
    check(&sample, &[("balance_spike_pre_application_14d", real(0.0))]);
    sample.balances(0, &[closing.as_slice(), &[6]].concat()[1..]);
    // Now 75 of the cycle and one 3 before: 18 ones, 19 twos, a three, 19 fours, 19 sevens: median 3 (the 38th and 39th are 3
    // and 4: 3.5). Distances: 2.5 × 18, 1.5 × 19, 0.5 × 20, 3.5 × 19: the 38th and 39th are 1.5: (6 - 3.5) / 1.5.
    check(&sample, &[("balance_spike_pre_application_14d", real(2.5 / 1.5))]);
    sample.balances(0, &[5; 60]);
    check(&sample, &[("balance_spike_pre_application_14d", Err(Missing::NotEnoughHistory))]);
}

#[test]
fn a_large_deposit_is_compared_with_a_month_of_inflow() {
    let mut sample = sample(90);
    check(&sample, &[("large_deposit_share_14d", Err(Missing::ZeroDenominator))]);
    // Income is no deposit to wonder about.
    sample.rows("income_salary", &[(2, 900), (32, 900)]);
    check(&sample, &[("large_deposit_share_14d", real(0.0))]);
    sample.rows("deposit_other", &[(13, 300), (0, 200), (14, 700)]);
    sample.row(1, 800, "transfer_internal").internal = true;
    // Inflow 900 + 900 + 300 + 200 + 700 = 3000 in 90 days: 1000 a month.
    check(&sample, &[("large_deposit_share_14d", real(0.3))]);
    assert_eq!(evidence(&sample, "large_deposit_share_14d"), [Evidence::Row(2)]);
    check(&super::tests::sample(80), &[("large_deposit_share_14d", Err(Missing::NotEnoughHistory))]);
}

/// Rows of one counterparty as (age, amount).
fn with(sample: &mut Sample, counterparty: u64, rows: &[(i32, i64)]) {
    for &(age, amount) in rows {
        sample.row(age, amount, "transfer_p2p").label.counterparty = counterparty;
    }
}

#[test]
fn money_that_comes_and_goes_back_within_five_days_is_a_circle() {
    let mut sample = sample(60);
    check(&sample, &[("circular_flow_amount_30d", int(0))]);
    // Five days, on one day, and six days.
    with(&mut sample, 1, &[(20, 500), (15, -500)]);
    with(&mut sample, 2, &[(0, 70), (0, -70)]);
    with(&mut sample, 3, &[(20, 900), (14, -900)]);
    // Another amount, another counterparty, the outflow first, and an inflow before the window.
    with(&mut sample, 4, &[(20, 800), (19, -801)]);
    with(&mut sample, 5, &[(20, 600)]);
    with(&mut sample, 6, &[(19, -600)]);
    with(&mut sample, 7, &[(20, -400), (19, 400)]);
    with(&mut sample, 8, &[(30, 300), (28, -300)]);
    check(&sample, &[("circular_flow_amount_30d", int(570))]);
    assert_eq!(evidence(&sample, "circular_flow_amount_30d"), [0, 1, 2, 3].map(Evidence::Row));
    // Two inflows and one outflow are one circle; a second outflow closes the other, not a third.
    with(&mut sample, 9, &[(10, 50), (9, 50), (8, -50)]);
    check(&sample, &[("circular_flow_amount_30d", int(620))]);
    with(&mut sample, 9, &[(7, -50), (6, -50)]);
    check(&sample, &[("circular_flow_amount_30d", int(670))]);
    check(&super::tests::sample(20), &[("circular_flow_amount_30d", Err(Missing::NotEnoughHistory))]);
}

#[test]
fn wages_from_a_payer_who_gets_transfers_back_are_doubted() {
    let mut sample = sample(90);
    check(&sample, &[("income_inflation_flag_90d", Err(Missing::NoSuchEvent))]);
    sample.row(30, 900, "income_salary").label.counterparty = 5;
    sample.row(20, -100, "groceries").label.counterparty = 5;
    sample.row(20, -100, "transfer_p2p").label.counterparty = 6;
    check(&sample, &[("income_inflation_flag_90d", int(0))]);
    sample.row(0, -100, "transfer_p2p").label.counterparty = 5;
    check(&sample, &[("income_inflation_flag_90d", int(1))]);
    assert_eq!(evidence(&sample, "income_inflation_flag_90d"), [0, 3].map(Evidence::Row));
    let mut mute = super::tests::sample(90);
    mute.row(30, 900, "income_salary").label.counterparty = 5;
    mute.row(20, -100, "unknown").label.counterparty = 5;
    check(&mute, &[("income_inflation_flag_90d", int(1))]);
    check(&super::tests::sample(80), &[("income_inflation_flag_90d", Err(Missing::NotEnoughHistory))]);
}

#[test]
fn a_young_history_with_the_inflow_of_a_wage_is_new_and_busy() {
    let mut young = sample(59);
    check(&young, &[("new_account_high_activity_flag_60d", int(0))]);
    young.rows("deposit_other", &[(0, 49_999)]);
    young.rows("rent", &[(0, -90_000)]);
    check(&young, &[("new_account_high_activity_flag_60d", int(0))]);
    young.rows("deposit_other", &[(0, 50_000)]);
    check(&young, &[("new_account_high_activity_flag_60d", int(1))]);
    let mut old = sample(60);
    old.rows("deposit_other", &[(0, 50_000)]);
    check(&old, &[("new_account_high_activity_flag_60d", int(0))]);
    let euro = Currency::parse("eur").expect("a code");
    young.ledger.currency = euro;
    young.ledger.accounts[0].currency = euro;
    check(&young, &[("new_account_high_activity_flag_60d", Err(Missing::NotApplicable))]);
    let empty = Sample::new(Day::from_civil(2026, 3, 1));
    check(&empty, &[("new_account_high_activity_flag_60d", Err(Missing::NotEnoughHistory))]);
}

#[test]
fn rows_that_look_like_one_before_them_on_their_day_are_counted() {
    let column = "lookalike_txn_count_90d";
    let mut sample = sample(90);
    check(&sample, &[(column, int(0))]);
    // A wage that came three times counts twice; a purchase and its like, once.
    sample.rows("income_salary", &[(10, 900), (10, 900), (10, 900)]);
    sample.rows("groceries", &[(40, -50), (40, -50)]);
    check(&sample, &[(column, int(3)), ("lookalike_txn_count_30d", int(2))]);
    assert_eq!(evidence(&sample, "lookalike_txn_count_30d"), [0, 1, 2].map(Evidence::Row));
    // Not of another day, amount, direction, purpose, counterparty or account, nor within the application.
    sample.rows("income_salary", &[(9, 900), (10, 901)]);
    sample.rows("deposit_other", &[(10, 900)]);
    sample.rows("groceries", &[(40, 50)]);
    sample.row(40, -50, "groceries").label.counterparty = 77;
    sample.account(Scope::Deposit);
    sample.row(40, -50, "groceries").account = 1;
    sample.row(20, -70, "transfer_internal").internal = true;
    sample.row(20, -70, "transfer_internal").internal = true;
    check(&sample, &[(column, int(3))]);
    check(&super::tests::sample(80), &[(column, Err(Missing::NotEnoughHistory))]);
}

#[test]
fn few_counterparties_over_many_rows_look_like_a_template() {
    // `among` equally frequent counterparties.
    let spread = |rows: u8, among: u8| {
        let mut sample = sample(90);
        for at in 0..rows {
            sample.row((at / 2).into(), -10 - i64::from(at), "groceries").label.counterparty = u64::from(at % among);
        }
        sample
    };
    let column = "description_entropy_low_flag_90d";
    check(&spread(29, 1), &[(column, Err(Missing::TooFewEvents))]);
    check(&spread(30, 1), &[(column, int(1))]);
    // log2 of 3 is 1.58, of 4 is 2.
    check(&spread(33, 3), &[(column, int(1))]);
    check(&spread(32, 4), &[(column, int(0))]);
    check(&spread(40, 8), &[(column, int(0))]);
    // Half from one, half from all others alike: 0.5 + 0.5 × (1 + log2 of 3) = 1.79 with three others.
    let mut uneven = spread(18, 1);
    for at in 0..18_u8 {
        uneven.row(40, -1, "fuel").label.counterparty = 100 + u64::from(at % 3);
    }
    check(&uneven, &[(column, int(1))]);
    check(&sample(90), &[(column, Err(Missing::TooFewEvents))]);
    check(&sample(80), &[(column, Err(Missing::NotEnoughHistory))]);
}

#[test]
fn early_default_patterns_are_counted_one_by_one() {
    let column = "first_payment_default_signals_30d";
    let mut sample = sample(100);
    check(&sample, &[(column, Err(Missing::NotPermitted))]);
    spiked(&mut sample, 100);
    sample.rows("income_pension", &[(10, 900)]);
    check(&sample, &[(column, int(0))]);
    // Up to three distances above the median: 105 + 15.
    spiked(&mut sample, 120);
    check(&sample, &[(column, int(0))]);
    spiked(&mut sample, 121);
    check(&sample, &[(column, int(1))]);
    // A fee that was given back is no event; a returned item is.
    sample.rows("fee_overdraft", &[(9, -3_500)]);
    sample.rows("fee_overdraft_reversal", &[(8, 3_500)]);
    check(&sample, &[(column, int(1))]);
    sample.rows("returned_item_debit", &[(0, 50)]);
    check(&sample, &[(column, int(2))]);
    sample.row(5, 100, "loan_payday_disbursement").label.counterparty = 1;
    check(&sample, &[(column, int(2))]);
    sample.row(5, 100, "cash_advance_disbursement").label.counterparty = 2;
    check(&sample, &[(column, int(3))]);
    // No income in the window.
    sample.ledger.rows[0].day = sample.day(30);
    check(&sample, &[(column, int(4))]);
    // A balance that never moved has no distance to measure a spike by.
    sample.balances(0, &[[100; 76].as_slice(), &[900; 14]].concat());
    check(&sample, &[(column, int(3))]);
    // No income alone.
    let mut quiet = super::tests::sample(100);
    spiked(&mut quiet, 100);
    check(&quiet, &[(column, int(1))]);
    check(&super::tests::sample(20), &[(column, Err(Missing::NotEnoughHistory))]);
}

#[test]
fn signs_of_manipulation_are_never_a_models_input() {
    let registry = Registry::builtin(&Taxonomy::builtin()).expect("valid");
    let signs: Vec<_> = registry.definitions().iter().filter(|known| known.family == "manipulation_signals").collect();
    assert!(8 <= signs.len(), "{}", signs.len());
    for sign in signs {
        assert_eq!(sign.compliance, Compliance::VerifyOnly, "{}", sign.name);
    }
}

/// The definition, by sorting: 2 × median of amounts and 2 × median of |2 × amount - 2 × median|.
#[test]
fn the_spread_of_amounts_is_that_of_sorted_distances() {
    let twice_median = |mut values: Vec<i128>| {
        values.sort_unstable();
        let middle = values.len() / 2;
        if values.len() % 2 == 1 { 2 * values[middle] } else { values[middle - 1] + values[middle] }
    };
    let lists =
        [vec![4], vec![1, 2], vec![1, 1, 9], vec![-5, 0, 0, 7], vec![1, 2, 3, 50, 60], vec![i64::MIN, i64::MAX]];
    for amounts in lists {
        let median = twice_median(amounts.iter().map(|amount| i128::from(*amount)).collect());
        let distances = amounts.iter().map(|amount| (2 * i128::from(*amount) - median).abs()).collect();
        assert_eq!(super::manipulation::spread(&amounts), (median, twice_median(distances)), "{amounts:?}");
    }
    assert_eq!(super::manipulation::spread(&[]), (0, 0));
}
