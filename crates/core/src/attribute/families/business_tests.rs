//! Business attributes against hand arithmetic. T is Sunday, 2026-03-01: February is `m0` (ages 0 to 27), January `m1` (28 to
//! 58), December `m2` (59 to 89), November `m3` (90 to 119), October `m4` (120 to 150), September `m5` (151 to 180).

use super::{
    business::ENTRIES,
    tests::{check, int, real, sample},
};
use crate::{
    attribute::registry::{Evidence, Registry},
    category::taxonomy::Taxonomy,
    digest::sample::{Sample, random},
    value::{Missing, Outcome, Value},
};

fn pay(sample: &mut Sample, age: i32, amount: i64, purpose: &str, counterparty: u64) {
    sample.row(age, amount, purpose).label.counterparty = counterparty;
}

fn registry() -> Registry {
    Registry::builtin(&Taxonomy::builtin()).expect("valid")
}

#[test]
fn revenue_by_whole_months() {
    let mut sample = sample(200);
    sample.rows("revenue_other", &[(5, 400), (30, 1_000), (60, 2_000), (100, 600), (130, 1_001)]);
    check(
        &sample,
        &[
            // February, January and December: 3400 / 3 = 1133.3.
            ("revenue_monthly_avg_90d", int(1_133)),
            // With November and October, 5001 / 5 = 1000.2; September begins at age 180, a day too far.
            ("revenue_monthly_avg_180d", int(1_000)),
            ("revenue_monthly_avg_365d", Err(Missing::NotEnoughHistory)),
            // Squares 160000 + 1000000 + 4000000 = 5160000, less 3400² / 3 = 11560000 / 3: 3920000 / 3, over 2: 1960000 / 3.
            ("revenue_cv_monthly_90d", real((1_960_000.0_f64 / 3.0).sqrt() / (3_400.0 / 3.0))),
            ("revenue_cv_monthly_365d", Err(Missing::NotEnoughHistory)),
            // Buckets 400, 1000, 2000: 400 / (3400 / 3) - 1.
            ("revenue_1m_3m_trend_90d", real(1_200.0 / 3_400.0 - 1.0)),
            ("deposit_count_m0", int(1)),
            ("deposit_count_m6", Err(Missing::NotEnoughHistory)),
        ],
    );
}

#[test]
fn a_business_without_a_row_has_zeros_and_causes() {
    let mut sample = sample(800);
    sample.balances(0, &[500; 200]);
    check(
        &sample,
        &[
            ("revenue_monthly_avg_90d", int(0)),
            ("revenue_cv_monthly_90d", Err(Missing::ZeroDenominator)),
            ("revenue_1m_3m_trend_90d", Err(Missing::ZeroDenominator)),
            ("revenue_growth_yoy_730d", Err(Missing::ZeroDenominator)),
            ("seasonal_adjusted_revenue_730d", Err(Missing::ZeroDenominator)),
            ("customer_concentration_top1_180d", Err(Missing::ZeroDenominator)),
            ("customer_concentration_hhi_180d", Err(Missing::ZeroDenominator)),
            ("supplier_concentration_hhi_180d", Err(Missing::ZeroDenominator)),
            ("payroll_out_regularity_180d", Err(Missing::NoSuchEvent)),
            ("rent_business_monthly_90d", int(0)),
            ("operating_margin_cash_90d", Err(Missing::ZeroDenominator)),
            ("dscr_cash_365d", Err(Missing::ZeroDenominator)),
            ("average_balance_to_revenue_90d", Err(Missing::ZeroDenominator)),
            ("weeks_of_liquidity_90d", Err(Missing::ZeroDenominator)),
            ("revenue_deductions_m3", int(0)),
            ("revenue_deduction_other_m3", int(0)),
            ("expense_operating_m12", int(0)),
            ("federal_tax_payment_count_365d", int(0)),
            ("state_tax_payment_count_365d", int(0)),
            ("insurance_payment_amount_365d", int(0)),
            ("owner_draw_to_revenue_90d", Err(Missing::ZeroDenominator)),
        ],
    );
}

#[test]
fn one_day_of_history_is_not_enough_for_any_window() {
    let mut sample = sample(1);
    sample.rows("revenue_other", &[(0, 1_000)]);
    sample.balances(0, &[500]);
    let computed = ENTRIES.iter().flat_map(|entry| entry.windows.iter().map(|window| (entry.name, *window)));
    let names: Vec<String> = computed.map(|(name, window)| format!("{name}{}", window.suffix())).collect();
    assert_eq!(names.len(), 20);
    let cases: Vec<(&str, Outcome)> =
        names.iter().map(|name| (name.as_str(), Err(Missing::NotEnoughHistory))).collect();
    check(&sample, &cases);
    sample.ledger.accounts.clear();
    let cases: Vec<(&str, Outcome)> = names.iter().map(|name| (name.as_str(), Err(Missing::NotApplicable))).collect();
    check(&sample, &cases);
}

#[test]
fn growth_and_season_compare_with_the_year_before() {
    let mut sample = sample(730);
    // The last quarter, the same quarter a year before, and one far from both within each year.
    sample.rows("revenue_other", &[(10, 600), (200, 900), (400, 400), (500, 800)]);
    let cases = [
        // 1500 against 1200.
        ("revenue_growth_yoy_730d", real(0.25)),
        // The centred year holds ages 228 to 592: 400 + 800. A quarter of it is 1200 × 90 / 365 = 295.9, the index 400 / 295.9;
        // 600 / 3 / index = 200 × 295.9 / 400 = 147.9.
        ("seasonal_adjusted_revenue_730d", int(148)),
    ];
    check(&sample, &cases);
    // Nine tenths of the older year: 365 + 329 days; of both: 657.
    sample.history(693);
    check(&sample, &[("revenue_growth_yoy_730d", Err(Missing::NotEnoughHistory)), cases[1]]);
    sample.history(656);
    check(&sample, &[("seasonal_adjusted_revenue_730d", Err(Missing::NotEnoughHistory))]);
}

#[test]
fn concentration_counts_customers_that_are_named_and_goods_that_have_a_supplier() {
    let mut sample = sample(200);
    pay(&mut sample, 10, 400, "revenue_other", 7);
    pay(&mut sample, 20, 200, "revenue_other", 7);
    pay(&mut sample, 30, 300, "income_self_employed", 8);
    pay(&mut sample, 40, 1_000, "processor_payout", 9);
    pay(&mut sample, 50, 100, "cheque_deposit", 10);
    pay(&mut sample, 60, -300, "supplier", 11);
    pay(&mut sample, 70, -100, "supplier", 12);
    pay(&mut sample, 80, -5_000, "payroll_out", 13);
    pay(&mut sample, 90, -700, "cheque_payment", 14);
    check(
        &sample,
        &[
            // 600 of 2000.
            ("customer_concentration_top1_180d", real(0.3)),
            // 0.3² + 0.15².
            ("customer_concentration_hhi_180d", real(0.1125)),
            // (3 / 4)² + (1 / 4)².
            ("supplier_concentration_hhi_180d", real(0.625)),
        ],
    );
    let registry = registry();
    let digest = sample.digest(registry.plan());
    let column = registry.column("customer_concentration_top1_180d").expect("there");
    assert_eq!(registry.evidence(column, &digest), [Evidence::Row(0), Evidence::Row(1)]);
}

#[test]
fn revenue_of_a_processor_alone_has_no_concentration() {
    let mut sample = sample(200);
    pay(&mut sample, 40, 1_000, "processor_payout", 9);
    check(&sample, &[("customer_concentration_top1_180d", real(0.0)), ("customer_concentration_hhi_180d", real(0.0))]);
}

#[test]
fn wages_that_fail_once_in_thirteen_fortnights() {
    let mut sample = sample(200);
    // Fridays, the last on 27 February (age 1): ages 1, 15, … 169 are thirteen.
    for run in (0..13).filter(|run| *run != 5) {
        pay(&mut sample, 1 + 14 * run, -500_000, "payroll_out", 7);
    }
    sample.sort();
    check(&sample, &[("payroll_out_regularity_180d", real(12.0 / 13.0))]);
    let registry = registry();
    let digest = sample.digest(registry.plan());
    let column = registry.column("payroll_out_regularity_180d").expect("there");
    let evidence = registry.evidence(column, &digest);
    assert_eq!(evidence.len(), 13);
    assert!(evidence.contains(&Evidence::Day(sample.day(71))), "{evidence:?}");
}

#[test]
fn a_new_wage_provider_misses_no_run() {
    let mut sample = sample(200);
    for run in 0..14 {
        pay(&mut sample, 1 + 14 * run, -500_000, "payroll_out", if run < 7 { 7 } else { 8 });
    }
    sample.sort();
    check(&sample, &[("payroll_out_regularity_180d", real(1.0))]);
    // Without the new one, the old one's dates at ages 85 to 15 are missed, and that at age 1 may still be answered: of twelve
    // dates six were paid, at ages 169 to 99.
    sample.ledger.rows.retain(|row| row.label.counterparty == 8);
    check(&sample, &[("payroll_out_regularity_180d", real(0.5))]);
}

#[test]
fn margin_coverage_and_cushion() {
    let mut sample = sample(100);
    sample.rows("revenue_other", &[(30, 1_200), (60, 800)]);
    sample.rows("supplier", &[(10, -1_500)]);
    sample.rows("loan_other_payment", &[(20, -200)]);
    sample.rows("owner_draw", &[(25, -100)]);
    sample.rows("rent", &[(35, -9), (65, -10)]);
    sample.balances(0, &[700; 90]);
    let outflow = 1_500.0 + 200.0 + 100.0 + 19.0;
    check(
        &sample,
        &[
            // Rent is an operating expense, debt and the owner's draw are none: 2000 - 1519.
            ("operating_margin_cash_90d", real(481.0 / 2_000.0)),
            ("dscr_cash_90d", real(481.0 / 200.0)),
            ("owner_draw_to_revenue_90d", real(0.05)),
            // January 9, December 10, February none: 19 / 3 = 6.3.
            ("rent_business_monthly_90d", int(6)),
            // 700 over 2000 / 3 a month.
            ("average_balance_to_revenue_90d", real(1.05)),
            ("weeks_of_liquidity_90d", real(700.0 / (outflow * 7.0 / 90.0))),
            ("weeks_of_liquidity_180d", Err(Missing::NotEnoughHistory)),
            ("expense_operating_m0", int(1_500)),
            ("expense_operating_m1", int(9)),
        ],
    );
}

#[test]
fn each_deduction_from_revenue_has_one_reason() {
    let mut sample = sample(100);
    for (amount, purpose) in [
        (1, "revenue_other"),
        (2, "mca_disbursement"),
        (4, "transfer_p2p"),
        (8, "owner_injection"),
        (16, "refund"),
        (32, "fee_reversal"),
        (64, "unknown"),
        (128, "income_salary"),
    ] {
        sample.row(3, amount, purpose);
    }
    // Between two accounts of the application, whatever the text says.
    sample.row(3, 256, "revenue_other").internal = true;
    sample.rows("supplier", &[(3, -512)]);
    check(
        &sample,
        &[
            ("revenue_true_m0", int(1)),
            ("revenue_deductions_m0", int(510)),
            ("revenue_deduction_internal_m0", int(256)),
            ("revenue_deduction_loans_m0", int(2)),
            ("revenue_deduction_transfers_m0", int(4)),
            ("revenue_deduction_owner_m0", int(8)),
            ("revenue_deduction_refunds_m0", int(48)),
            ("revenue_deduction_other_m0", int(192)),
            ("deposit_count_m0", int(9)),
        ],
    );
}

#[test]
fn deductions_of_any_ledger_add_up_to_what_is_no_revenue() {
    let registry = registry();
    for seed in 0..12 {
        let sample = random(seed, 400, 200);
        let digest = sample.digest(registry.plan());
        let of = |name: &str| match registry.compute(registry.column(name).expect("there"), &digest) {
            Ok(Value::Integer(value)) => value,
            other => panic!("{name}: {other:?}"),
        };
        let parts = ["internal", "loans", "transfers", "owner", "refunds", "other"];
        let sum: i64 = parts.iter().map(|part| of(&format!("revenue_deduction_{part}_m1"))).sum();
        assert_eq!(sum, of("revenue_deductions_m1"), "seed {seed}");
        assert!(0 < sum, "seed {seed}");
    }
}

#[test]
fn a_tax_payment_counts_for_the_authority_that_its_text_names() {
    let mut sample = sample(100);
    for (purpose, text) in [
        ("tax_payment", "IRS USATAXPYMT 270123456"),
        ("tax_payroll", "IRS DES:EFTPS 941"),
        ("tax_instalment", "IRS INSTALLMENT AGREEMENT PPD"),
        ("tax_payment", "FRANCHISE TAX BO PAYMENTS"),
        ("tax_payroll", "State Sales Tax Payment"),
        ("tax_payment", "KING COUNTY TREASURER"),
        ("tax_payroll", "GUSTO TAX 123456"),
        // `irs` within a word, and a text that names the authority on a row that is no tax.
        ("tax_payment", "FIRST COUNTY TAXES"),
        ("supplier", "BOOK: HOW THE IRS USATAXPYMT WORKS"),
    ] {
        sample.row(3, -100, purpose);
        *sample.texts.last_mut().expect("pushed") = text.to_owned();
    }
    check(&sample, &[("federal_tax_payment_count_30d", int(3)), ("state_tax_payment_count_30d", int(2))]);
}
