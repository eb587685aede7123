//! Bills, subscriptions, saving and gambling by month, against hand arithmetic, with their zero, one-payment and missing cases.

use super::tests::{check, int, real, sample};
use crate::{
    attribute::registry::{Evidence, Registry},
    category::taxonomy::Taxonomy,
    digest::sample::Sample,
    time::Day,
    value::Missing,
};

type Date = (i32, u32, u32);

/// Payments of one purpose to one counterparty.
fn paid(sample: &mut Sample, purpose: &str, counterparty: u64, amount: i64, dates: &[Date]) {
    for &(year, month, date) in dates {
        let age = sample.ledger.end.0 - 1 - Day::from_civil(year, month, date).0;
        sample.row(age, amount, purpose).label.counterparty = counterparty;
    }
}

/// Pay on the 15th or the banking day before: 15 November 2025 is a Saturday, 15 February 2026 a Sunday.
fn paid_on_the_fifteenth(sample: &mut Sample, amount: i64) {
    paid(sample, "income_salary", 1, amount, &[(2025, 11, 14), (2025, 12, 15), (2026, 1, 15), (2026, 2, 13)]);
}

/// A household over a year: T is the first of March 2026.
fn household() -> Sample {
    let mut sample = sample(400);
    // Rent on the first of each month: November on the 7th, December never.
    let first = [3, 4, 5, 6, 7, 8, 9, 10].map(|month| (2025, month, 1));
    paid(&mut sample, "rent", 10, -90_000, &first);
    paid(&mut sample, "rent", 10, -90_000, &[(2025, 11, 7), (2026, 1, 1), (2026, 2, 1)]);
    // A mortgage every second Friday.
    let start = Day::from_civil(2025, 10, 10);
    let fridays: Vec<Date> = (0..11).map(|n| start.plus(14 * n).civil()).collect();
    paid(&mut sample, "mortgage_payment", 11, -10_000, &fridays);
    // Power on the tenth: December missed, January twice as much.
    paid(&mut sample, "utilities_energy", 12, -5_000, &[(2025, 9, 10), (2025, 10, 10), (2025, 11, 10), (2026, 2, 10)]);
    paid(&mut sample, "utilities_energy", 12, -10_000, &[(2026, 1, 10)]);
    paid(&mut sample, "telecom", 13, -3_000, &[(2025, 12, 20)]);
    paid(&mut sample, "telecom", 13, -3_001, &[(2026, 1, 20), (2026, 2, 20)]);
    paid(&mut sample, "insurance", 14, -2_000, &[(2025, 12, 5), (2026, 1, 5), (2026, 2, 5)]);
    // A gym that was left in November.
    let gym = [7, 8, 9, 10, 11].map(|month| (2025, month, 15));
    paid(&mut sample, "gym", 15, -4_000, &gym);
    sample.sort();
    sample
}

#[test]
fn a_household_s_bills_by_hand() {
    // Ten days at 0 degrees, 7 November at 6 of 30 days, 72 degrees, whose cosine is (√5 - 1) / 4.
    let cosine = (5.0_f64.sqrt() - 1.0) / 4.0;
    let resultant = (101.0 + 20.0 * cosine).sqrt() / 11.0;
    let days = (-2.0 * libm::log(resultant)).sqrt() * 30.4375 / std::f64::consts::TAU;
    check(
        &household(),
        &[
            ("rent_monthly_90d", int(90_000)),
            ("rent_monthly_180d", int(90_000)),
            // March 2025 to February 2026 without December.
            ("rent_paid_months_365d", int(11)),
            // Twelve dates: November six days late, December missed.
            ("rent_on_time_ratio_365d", real(10.0 / 12.0)),
            ("rent_day_std_365d", real(days)),
            // 10,000 × 26 / 12 = 21,666.7.
            ("mortgage_payment_monthly_90d", int(21_667)),
            ("housing_payment_monthly_90d", int(111_667)),
            // December to February: (0 + 10,000 + 5,000) / 3; with October and November: 25,000 / 5.
            ("utility_payment_monthly_90d", int(5_000)),
            ("utility_payment_monthly_180d", int(5_000)),
            // September, October, November, January, February.
            ("utility_months_paid_365d", int(5)),
            // 10,000 > 1.6 × 5,000.
            ("utility_gap_flag_180d", int(1)),
            // (3,000 + 3,001 + 3,001) / 3 = 3,000.7; 9,002 / 5 = 1,800.4.
            ("telecom_payment_monthly_90d", int(3_001)),
            ("telecom_payment_monthly_180d", int(1_800)),
            ("insurance_stream_active", int(1)),
            // Rent, mortgage, power, telephone, insurance; the gym was left.
            ("recurring_expense_count_90d", int(5)),
            // 90,000 + 21,666.7 + 5,000 + 3,001 + 2,000.
            ("recurring_expense_monthly_90d", int(121_668)),
            // Rent on 1 December, power on 10 December.
            ("missed_recurring_expense_count_90d", int(2)),
            ("missed_recurring_expense_count_30d", int(0)),
            // The gym: 15 December.
            ("recurring_stream_tombstoned_count_180d", int(1)),
        ],
    );
}

#[test]
fn bills_name_the_rows_that_were_paid_and_the_days_that_were_not() {
    let sample = household();
    let registry = Registry::builtin(&Taxonomy::builtin()).expect("valid");
    let digest = sample.digest(registry.plan());
    let of = |name: &str| registry.evidence(registry.column(name).unwrap_or_else(|| panic!("{name}")), &digest);
    let on = |purpose: &str, dates: &[Date]| -> Vec<Evidence> {
        let purpose = sample.taxonomy.purpose(purpose).expect("there");
        let days: Vec<Day> = dates.iter().map(|&(year, month, date)| Day::from_civil(year, month, date)).collect();
        let rows = sample.ledger.rows.iter().filter(|row| row.label.purpose == purpose && days.contains(&row.day));
        let mut rows: Vec<Evidence> = rows.map(|row| Evidence::Row(row.index)).collect();
        rows.sort_unstable();
        rows
    };
    let day = |(year, month, date): Date| Evidence::Day(Day::from_civil(year, month, date));
    assert_eq!(of("rent_monthly_90d"), on("rent", &[(2026, 1, 1), (2026, 2, 1)]));
    assert_eq!(of("rent_on_time_ratio_365d").last(), Some(&day((2025, 12, 1))));
    assert_eq!(of("utility_gap_flag_180d"), on("utilities_energy", &[(2026, 1, 10)]));
    assert_eq!(of("missed_recurring_expense_count_90d"), [day((2025, 12, 1)), day((2025, 12, 10))]);
    assert_eq!(of("recurring_stream_tombstoned_count_180d"), [day((2025, 12, 15))]);
    let insured = on("insurance", &[(2025, 12, 5), (2026, 1, 5), (2026, 2, 5)]);
    assert_eq!(of("insurance_stream_active"), insured);
    // Nothing was bought after a pay day: the days that were looked through.
    assert!(matches!(of("spend_post_payday_share_90d")[..], [Evidence::Window { .. }]));
}

#[test]
fn what_is_caught_up_must_be_more_than_one_and_six_tenths_of_the_usual() {
    let mut sample = household();
    let january = sample.ledger.rows.iter().position(|row| row.amount == -10_000 && row.label.counterparty == 12);
    sample.ledger.rows[january.expect("there")].amount = -8_000;
    check(&sample, &[("utility_gap_flag_180d", int(0))]);
    let january = sample.ledger.rows.iter().position(|row| row.amount == -8_000);
    sample.ledger.rows[january.expect("there")].amount = -8_001;
    check(&sample, &[("utility_gap_flag_180d", int(1))]);
}

#[test]
fn a_tenant_who_moved_missed_nothing() {
    let mut sample = sample(400);
    paid(&mut sample, "rent", 1, -700, &[3, 4, 5, 6, 7].map(|month| (2025, month, 3)));
    paid(&mut sample, "rent", 2, -800, &[8, 9, 10, 11, 12].map(|month| (2025, month, 5)));
    paid(&mut sample, "rent", 2, -800, &[(2026, 1, 5), (2026, 2, 5)]);
    check(
        &sample,
        &[
            ("rent_monthly_180d", int(800)),
            ("rent_on_time_ratio_365d", real(1.0)),
            ("missed_recurring_expense_count_90d", int(0)),
            // The first rent stopped in August, more than 180 days before T.
            ("recurring_stream_tombstoned_count_180d", int(0)),
        ],
    );
}

#[test]
fn the_last_and_the_first_of_a_month_are_neighbours_and_opposite_days_have_no_spread() {
    let mut sample = sample(400);
    // 31 October at -1/31 and 1 December at 0: R is the cosine of half the angle between.
    paid(&mut sample, "rent", 1, -700, &[(2025, 10, 31), (2025, 12, 1)]);
    let resultant = (std::f64::consts::PI / 31.0).cos();
    let days = (-2.0 * libm::log(resultant)).sqrt() * 30.4375 / std::f64::consts::TAU;
    check(&sample, &[("rent_day_std_365d", real(days))]);
    assert!((days - 0.49).abs() < 0.01, "half a day from their mean: {days}");
    let mut opposite = self::sample(400);
    paid(&mut opposite, "rent", 1, -700, &[(2025, 11, 1), (2025, 11, 16)]);
    check(&opposite, &[("rent_day_std_365d", Err(Missing::ZeroDenominator))]);
    let mut even = self::sample(400);
    paid(&mut even, "rent", 1, -700, &[(2025, 11, 1), (2025, 12, 1), (2026, 1, 1)]);
    check(&even, &[("rent_day_std_365d", real(0.0))]);
}

#[test]
fn bills_due_in_the_five_days_before_pay() {
    let mut sample = sample(120);
    paid_on_the_fifteenth(&mut sample, 200_000);
    check(&sample, &[("bills_clustered_before_pay_90d", Err(Missing::ZeroDenominator))]);
    // Five days before the 15th, three before 13 February: all.
    paid(&mut sample, "utilities_energy", 2, -1_000, &[(2025, 12, 10), (2026, 1, 10), (2026, 2, 10)]);
    // Six days before twice, four before 13 February.
    paid(&mut sample, "insurance", 3, -2_000, &[(2025, 12, 9), (2026, 1, 9), (2026, 2, 9)]);
    paid(&mut sample, "telecom", 4, -3_000, &[(2025, 12, 20), (2026, 1, 20), (2026, 2, 20)]);
    // (3,000 + 2,000) / (3,000 + 6,000 + 9,000).
    check(&sample, &[("bills_clustered_before_pay_90d", real(5.0 / 18.0))]);

    // Pay on the third: 2 January is the banking day before a Saturday; 3 March comes after T.
    let mut after = self::sample(120);
    paid(&mut after, "income_salary", 1, 200_000, &[(2025, 12, 3), (2026, 1, 2), (2026, 2, 3)]);
    paid(&mut after, "telecom", 4, -3_000, &[(2025, 12, 27), (2026, 1, 27), (2026, 2, 27)]);
    check(&after, &[("bills_clustered_before_pay_90d", real(1.0 / 3.0))]);
}

const FLOWING: &[&str] = &[
    "rent_monthly_90d",
    "mortgage_payment_monthly_90d",
    "housing_payment_monthly_90d",
    "utility_payment_monthly_90d",
    "telecom_payment_monthly_90d",
    "rent_paid_months_365d",
    "utility_months_paid_365d",
    "utility_gap_flag_180d",
    "insurance_stream_active",
    "recurring_expense_count_90d",
    "recurring_expense_monthly_90d",
    "missed_recurring_expense_count_90d",
    "recurring_stream_tombstoned_count_180d",
    "spend_subscriptions_monthly_90d",
    "subscription_count_90d",
    "savings_months_positive_365d",
    "saves_monthly_no_overdraft_flag_90d",
    "gambling_months_active_365d",
];

#[test]
fn nothing_paid_is_zero_and_a_short_history_is_missing() {
    for name in FLOWING {
        check(&sample(400), &[(name, int(0))]);
        check(&sample(50), &[(name, Err(Missing::NotEnoughHistory))]);
    }
    check(&sample(60), &[("insurance_stream_active", int(0))]);
    for (name, cause) in [
        ("rent_on_time_ratio_365d", Missing::NoSuchEvent),
        ("rent_day_std_365d", Missing::TooFewEvents),
        ("bills_clustered_before_pay_90d", Missing::NoSuchEvent),
        ("spend_post_payday_share_90d", Missing::NoSuchEvent),
        ("essential_cut_flag_90d", Missing::NoSuchEvent),
        ("savings_rate_90d", Missing::ZeroDenominator),
        ("cash_withdrawal_to_expenses_90d", Missing::ZeroDenominator),
    ] {
        check(&sample(400), &[(name, Err(cause))]);
        check(&sample(50), &[(name, Err(Missing::NotEnoughHistory))]);
    }
}

#[test]
fn one_payment_is_paid_and_comes_back_nowhere() {
    let mut sample = sample(400);
    for (counterparty, purpose) in
        (1..).zip(["rent", "mortgage_payment", "utilities_water", "telecom", "insurance", "subscription", "gambling"])
    {
        paid(&mut sample, purpose, counterparty, -900, &[(2026, 1, 5)]);
    }
    check(
        &sample,
        &[
            ("rent_monthly_90d", int(0)),
            ("housing_payment_monthly_90d", int(0)),
            ("mortgage_payment_monthly_90d", int(0)),
            ("rent_paid_months_365d", int(1)),
            ("rent_on_time_ratio_365d", Err(Missing::NoSuchEvent)),
            ("rent_day_std_365d", Err(Missing::TooFewEvents)),
            // One of three months: 900 / 3; one of five: 900 / 5.
            ("utility_payment_monthly_90d", int(300)),
            ("telecom_payment_monthly_180d", int(180)),
            ("utility_months_paid_365d", int(1)),
            ("utility_gap_flag_180d", int(0)),
            ("insurance_stream_active", int(0)),
            ("recurring_expense_count_90d", int(0)),
            ("recurring_expense_monthly_90d", int(0)),
            ("missed_recurring_expense_count_90d", int(0)),
            ("recurring_stream_tombstoned_count_180d", int(0)),
            ("spend_subscriptions_monthly_90d", int(0)),
            ("subscription_count_90d", int(0)),
            ("gambling_months_active_365d", int(1)),
        ],
    );
}

#[test]
fn an_insurance_that_is_overdue_is_not_active() {
    let mut sample = sample(400);
    // The payment of 5 February did not come, and the six days for it are over.
    paid(&mut sample, "insurance", 1, -2_000, &[(2025, 11, 5), (2025, 12, 5), (2026, 1, 5)]);
    check(
        &sample,
        &[
            ("insurance_stream_active", int(0)),
            ("recurring_expense_count_90d", int(1)),
            ("missed_recurring_expense_count_30d", int(1)),
        ],
    );
}

#[test]
fn subscriptions_cost_their_amount_times_their_payments_a_year() {
    let mut sample = sample(200);
    paid(&mut sample, "subscription", 1, -1_000, &[(2025, 12, 5), (2026, 1, 5), (2026, 2, 5)]);
    // Every week from Wednesday, 7 January: 100 × 52 / 12 = 433.3.
    let start = Day::from_civil(2026, 1, 7);
    let weekly: Vec<Date> = (0..8).map(|n| start.plus(7 * n).civil()).collect();
    paid(&mut sample, "subscription", 2, -100, &weekly);
    // Stopped in October.
    paid(&mut sample, "subscription", 3, -5_000, &[(2025, 8, 20), (2025, 9, 20), (2025, 10, 20)]);
    check(&sample, &[("spend_subscriptions_monthly_90d", int(1_433)), ("subscription_count_90d", int(2))]);
}

#[test]
fn spend_on_a_pay_day_and_the_three_days_after_it() {
    let mut sample = sample(200);
    paid(&mut sample, "restaurants", 9, -100, &[(2025, 12, 15)]);
    check(&sample, &[("spend_post_payday_share_90d", Err(Missing::NoSuchEvent))]);
    paid_on_the_fifteenth(&mut sample, 1_000);
    check(&sample, &[("spend_post_payday_share_90d", real(1.0))]);
    paid(&mut sample, "restaurants", 9, -200, &[(2025, 12, 18)]);
    paid(&mut sample, "clothing", 9, -400, &[(2025, 12, 19)]);
    paid(&mut sample, "travel", 9, -300, &[(2026, 1, 14)]);
    // Neither rent nor what lies before the window counts.
    paid(&mut sample, "rent", 9, -900, &[(2026, 1, 15)]);
    paid(&mut sample, "travel", 9, -800, &[(2025, 11, 14)]);
    sample.sort();
    check(
        &sample,
        &[("spend_post_payday_share_90d", real(0.3)), ("spend_post_payday_share_180d", real(1_100.0 / 1_800.0))],
    );
    let mut unspent = self::sample(200);
    paid_on_the_fifteenth(&mut unspent, 1_000);
    check(&unspent, &[("spend_post_payday_share_90d", Err(Missing::ZeroDenominator))]);
}

#[test]
fn living_costs_are_cut_when_they_fall_by_more_than_three_tenths_and_income_did_not_rise() {
    for (spent, earned, want) in [(69, 50, 1), (70, 50, 0), (69, 51, 0), (0, 0, 1)] {
        let mut sample = sample(90);
        sample.rows("groceries", &[(40, -150), (70, -50), (10, -spent)]);
        sample.rows("income_pension", &[(40, 60), (70, 40), (10, earned)]);
        check(&sample, &[("essential_cut_flag_90d", int(want))]);
    }
}

#[test]
fn saving_by_month_by_hand() {
    let mut sample = sample(400);
    paid(&mut sample, "income_gig", 1, 1_000, &[(2026, 1, 10), (2026, 2, 10)]);
    // Net 100 in December, 50 in January, -20 in February; 0 in October.
    paid(&mut sample, "transfer_savings", 2, -100, &[(2025, 12, 3), (2026, 1, 3), (2025, 10, 3)]);
    paid(&mut sample, "transfer_savings", 2, 50, &[(2026, 1, 20)]);
    paid(&mut sample, "transfer_savings", 2, 20, &[(2026, 2, 20)]);
    paid(&mut sample, "transfer_savings", 2, 100, &[(2025, 10, 20)]);
    check(
        &sample,
        &[
            ("savings_rate_30d", real(-20.0 / 1_000.0)),
            // (200 - 70) / 2,000.
            ("savings_rate_90d", real(0.065)),
            ("savings_rate_365d", real(0.065)),
            ("savings_months_positive_365d", int(2)),
            // In February more was taken than put.
            ("saves_monthly_no_overdraft_flag_90d", int(0)),
        ],
    );
    // February: 30 - 20.
    paid(&mut sample, "transfer_savings", 2, -30, &[(2026, 2, 21)]);
    check(&sample, &[("saves_monthly_no_overdraft_flag_90d", int(1)), ("savings_months_positive_365d", int(3))]);
    paid(&mut sample, "fee_overdraft", 3, -35, &[(2026, 2, 25)]);
    check(&sample, &[("saves_monthly_no_overdraft_flag_90d", int(0))]);
    paid(&mut sample, "fee_overdraft_reversal", 3, 35, &[(2026, 2, 26)]);
    check(&sample, &[("saves_monthly_no_overdraft_flag_90d", int(1))]);
    // January: 100 - 50 - 50.
    paid(&mut sample, "transfer_savings", 2, 50, &[(2026, 1, 21)]);
    check(&sample, &[("saves_monthly_no_overdraft_flag_90d", int(0)), ("savings_months_positive_365d", int(2))]);
}

#[test]
fn gambling_counts_once_a_month_and_cash_is_a_share_of_what_is_not_moved() {
    let mut sample = sample(400);
    paid(&mut sample, "gambling", 1, -10, &[(2025, 3, 1), (2025, 3, 9), (2025, 12, 31), (2026, 2, 2)]);
    paid(&mut sample, "gambling", 1, 500, &[(2025, 7, 7)]);
    paid(&mut sample, "cash_withdrawal", 2, -90, &[(2026, 2, 3)]);
    paid(&mut sample, "transfer_savings", 3, -400, &[(2026, 2, 3)]);
    paid(&mut sample, "loan_auto_payment", 4, -200, &[(2026, 2, 3)]);
    check(
        &sample,
        &[
            // March, December, February.
            ("gambling_months_active_365d", int(3)),
            // 10 + 90 + 200.
            ("cash_withdrawal_to_expenses_30d", real(0.3)),
            ("cash_withdrawal_to_outflow_30d", real(90.0 / 700.0)),
        ],
    );
}
