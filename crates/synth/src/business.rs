//! Draws a small business's plan: sales through a processor, payroll, suppliers, tax, and cash advances that are paid back
//! daily.

use crate::{
    descriptor::Channel,
    draw::{Draw, logistic, scaled},
    plan::{Cadence, Flow, Overdraft, Plan, Relink, Savings, Tag},
    population::{bill, flow, habit, to_f64},
    spec::Spec,
    words,
};

/// Draws a business's plan.
pub(crate) fn business(draw: &mut Draw, spec: &Spec, risk: f64) -> (Plan, bool) {
    let monthly = draw.amount(scaled(2_800_000, libm::exp(-0.1 * risk)), 0.6);
    let stressed = draw.chance(logistic(-2.6 + 0.8 * risk));
    let mut flows = sales(draw, monthly, risk);
    if stressed {
        for flow in &mut flows {
            flow.skip = 0.35;
        }
    }
    costs(draw, &mut flows, monthly, risk);
    if draw.chance(logistic(-1.4 + 1.0 * risk)) {
        for _ in 0..1 + draw.below(2) + usize::from(1.2 < risk) {
            let amount = scaled(monthly, 0.5 + draw.unit()) / 10_000 * 10_000;
            let day = i32::try_from(draw.between(-60, i64::from(spec.days) * 3 / 4)).unwrap_or(0);
            let funder = *draw.pick(words::MCA_FUNDERS);
            flows.extend(advance(funder, amount, day));
        }
    }
    let margin = 0.08 - 0.04 * risk + 0.03 * draw.normal();
    let fixed: i64 =
        flows.iter().filter(|flow| flow.amount < 0).map(|flow| scaled(-flow.amount, flow.cadence.per_month())).sum();
    let free = (scaled(monthly, 1.0 - margin) - fixed).max(scaled(monthly, 0.15));
    let mut supplies = habit(draw, Tag::Supplier, 0.0, 38_000, words::SUPPLIERS);
    supplies.per_week = to_f64(scaled(free, 0.8)) / 48_000.0 / 4.348;
    let mut errands = habit(draw, Tag::Shopping, 0.0, 6_000, words::SHOPS);
    errands.per_week = to_f64(scaled(free, 0.15)) / 7_500.0 / 4.348;
    let buffer = 14.0 * libm::exp(-0.9 * risk + 0.5 * draw.normal());
    let opening = scaled(monthly, (buffer / 30.0).clamp(0.01, 4.0));
    let plan = Plan {
        bank: draw.below(6),
        business: true,
        depth: spec.days,
        opening,
        overdraft: Overdraft { limit: 100_000, fee: 3_500, returned_fee: 3_500 },
        habits: vec![supplies, errands],
        caution: (0.6 - 0.15 * risk).clamp(0.05, 0.95),
        comfort: scaled(monthly, 0.1),
        savings: draw.chance(0.3).then(|| Savings {
            opening: scaled(opening, 0.5),
            sweep: 0.1,
            floor: scaled(monthly, 0.4),
        }),
        card: None,
        borrowing: None,
        relink: Relink::No,
        subscribed: draw.chance(0.5),
        monthly_fee: 1_500,
        flows,
    };
    (plan, stressed)
}

pub(crate) fn sales(draw: &mut Draw, monthly: i64, risk: f64) -> Vec<Flow> {
    let (party, entry) = *draw.pick(words::PROCESSORS);
    let sigma = (0.3 + 0.08 * risk).clamp(0.1, 0.7);
    let day = scaled(monthly, 0.8 / Cadence::WorkingDaily.per_month() * libm::exp(-sigma * sigma / 2.0));
    let cheque = scaled(monthly, 0.2 / Cadence::Weekly(1).per_month() * 0.9);
    let customer = words::firm(draw);
    vec![
        Flow { sigma, ..flow(Tag::Platform, Channel::AchCredit, party.to_owned(), entry, Cadence::WorkingDaily, day) },
        Flow {
            sigma: 0.5,
            skip: 0.1,
            ..flow(Tag::OtherIncome, Channel::CheckDeposit, customer, "", Cadence::Weekly(1), cheque)
        },
    ]
}

pub(crate) fn costs(draw: &mut Draw, flows: &mut Vec<Flow>, monthly: i64, risk: f64) {
    let landlord = format!("{} COMMERCIAL LEASING", words::firm(draw));
    flows.push(bill(Tag::Housing, landlord, "RENT", 1, draw.amount(scaled(monthly, 0.09), 0.3), 0.0));
    flows.push(bill(
        Tag::Utility,
        (*draw.pick(words::UTILITIES)).to_owned(),
        "UTIL PYMT",
        12,
        scaled(monthly, 0.02),
        0.2,
    ));
    flows.push(bill(
        Tag::Insurance,
        (*draw.pick(words::INSURERS)).to_owned(),
        "INS PREM",
        20,
        scaled(monthly, 0.015),
        0.0,
    ));
    let wages = scaled(monthly, 0.28 / Cadence::Biweekly(4, 0).per_month());
    flows.push(Flow {
        sigma: 0.05,
        ..flow(Tag::Wages, Channel::AchDebit, "GUSTO".to_owned(), "PAYROLL NET", Cadence::Biweekly(4, 0), -wages)
    });
    let tax = scaled(wages, 0.25);
    let skip = (0.05 * risk).clamp(0.0, 0.3);
    flows.push(Flow {
        skip,
        sigma: 0.05,
        ..flow(Tag::Tax, Channel::AchDebit, "IRS".to_owned(), "USATAXPYMT", Cadence::Biweekly(1, 1), -tax)
    });
}

/// A cash advance: paid out once, on a day counted from the start (nothing is seen of it when that is before the first),
/// and taken back on every working day at a factor of 1.35 over some 130 working days.
pub(crate) fn advance(funder: &str, amount: i64, day: i32) -> Vec<Flow> {
    let paid = flow(Tag::McaFunding, Channel::Wire, funder.to_owned(), "FUNDING", Cadence::Once(day), amount);
    let daily = scaled(amount, -1.35 / 130.0);
    let taken = flow(Tag::McaPayment, Channel::AchDebit, funder.to_owned(), "DAILY PMT", Cadence::WorkingDaily, daily);
    let taken = Flow { first: day + 2, end: day + 190, ..taken };
    if day < 0 { vec![taken] } else { vec![paid, taken] }
}
