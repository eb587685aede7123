//! Draws a plan from a risk. The causes are lenders' folklore and noisy: risk thins the buffer, shakes income, adds debt,
//! gambling and short-term advances, and weakens the habit of spending less when money is short. None of it is decided by
//! what an attribute looks at, and each link has noise of its own.

use crate::{
    descriptor::Channel,
    draw::{Draw, logistic, scaled},
    plan::{Borrowing, Cadence, Card, Flow, Habit, Overdraft, Plan, Relink, Savings, Tag},
    spec::{Preset, Spec},
    words,
};

/// How a population differs before risk acts.
struct Traits {
    income: i64,
    income_sigma: f64,
    /// Days of outflow held as a buffer, median.
    buffer_days: f64,
    /// Shift of the inclination to borrow short, gamble, overdraw.
    strain: f64,
    gig: f64,
    savings: f64,
    card: f64,
    mortgage: f64,
}

fn traits(preset: Preset) -> Traits {
    match preset {
        Preset::SubprimeGig => Traits {
            income: 310_000,
            income_sigma: 0.30,
            buffer_days: 7.0,
            strain: 0.9,
            gig: 0.45,
            savings: 0.3,
            card: 0.25,
            mortgage: 0.05,
        },
        Preset::Thin => Traits {
            income: 270_000,
            income_sigma: 0.35,
            buffer_days: 10.0,
            strain: 0.2,
            gig: 0.25,
            savings: 0.2,
            card: 0.15,
            mortgage: 0.0,
        },
        _ => Traits {
            income: 520_000,
            income_sigma: 0.35,
            buffer_days: 24.0,
            strain: -0.6,
            gig: 0.04,
            savings: 0.7,
            card: 0.65,
            mortgage: 0.35,
        },
    }
}

/// A flow that runs from the first day to the last.
pub(crate) fn flow(
    tag: Tag,
    channel: Channel,
    party: String,
    entry: &'static str,
    cadence: Cadence,
    amount: i64,
) -> Flow {
    Flow { tag, channel, party, entry, cadence, amount, sigma: 0.0, skip: 0.0, first: 0, end: i32::MAX }
}

/// A monthly bill.
pub(crate) fn bill(tag: Tag, party: String, entry: &'static str, due: u32, amount: i64, sigma: f64) -> Flow {
    Flow { sigma, ..flow(tag, Channel::AchDebit, party, entry, Cadence::Monthly(due), -amount) }
}

/// A spending habit with places drawn from a list.
pub(crate) fn habit(draw: &mut Draw, tag: Tag, per_week: f64, ticket: i64, names: &[&str]) -> Habit {
    let count = names.len().min(5);
    let parties = (0..count).map(|_| (*draw.pick(names)).to_owned()).collect();
    let (elastic, sigma) = match tag {
        Tag::Groceries | Tag::Fuel | Tag::Health => (0.5, 0.5),
        _ => (1.0, 0.7),
    };
    Habit { tag, channel: Channel::CardPurchase, per_week, ticket, sigma, parties, elastic, both_ways: false }
}

/// Draws a consumer's plan; `share` is the part of the household's bills that this applicant pays.
pub(crate) fn consumer(draw: &mut Draw, spec: &Spec, preset: Preset, risk: f64, share: f64) -> (Plan, bool) {
    let traits = traits(preset);
    let monthly = draw.amount(scaled(traits.income, libm::exp(-0.12 * risk)), traits.income_sigma).max(90_000);
    let depth = if preset == Preset::Thin { i32::try_from(draw.between(20, 100)).unwrap_or(60) } else { spec.days };
    let mut flows = incomes(draw, &traits, monthly, risk);
    let stressed = draw.chance(logistic(-3.2 + 0.8 * risk));
    if stressed {
        stress(draw, &mut flows, depth);
    }
    if draw.chance(0.15 * traits.gig) {
        let amount = draw.between(40, 160) * 100;
        let cash = flow(Tag::Cash, Channel::CashDeposit, String::new(), "", Cadence::Daily(40), amount);
        flows.push(Flow { sigma: 0.4, ..cash });
    }
    bills(draw, &traits, &mut flows, scaled(monthly, share), risk);
    let fixed: i64 =
        flows.iter().filter(|flow| flow.amount < 0).map(|flow| scaled(-flow.amount, flow.cadence.per_month())).sum();
    let ratio = 0.93 + 0.045 * risk + 0.03 * draw.normal() + 0.02 * traits.strain;
    let free = (scaled(monthly, ratio) - fixed).max(scaled(monthly, 0.18));
    let habits = habits(draw, free, risk, traits.strain);
    let buffer = traits.buffer_days * libm::exp(-0.9 * risk + 0.5 * draw.normal());
    let opening = scaled(monthly, (buffer / 30.0).clamp(0.01, 6.0));
    let pull = traits.strain + risk + 0.5 * draw.normal();
    let plan = Plan {
        bank: draw.below(6),
        business: false,
        depth,
        opening: opening.min(monthly * 2),
        overdraft: overdraft(draw),
        habits,
        caution: (0.7 - 0.2 * risk - 0.1 * traits.strain + 0.12 * draw.normal()).clamp(0.05, 0.98),
        comfort: scaled(monthly, 0.12 * libm::exp(-0.3 * risk)),
        savings: draw.chance(traits.savings - 0.12 * risk).then(|| Savings {
            opening: (opening - monthly * 2).max(0) + scaled(opening, 0.4 + draw.unit()),
            sweep: (0.25 - 0.06 * risk + 0.1 * draw.normal()).clamp(0.02, 0.8),
            floor: scaled(monthly, 0.35 + 0.3 * draw.unit()),
        }),
        card: draw.chance(traits.card - 0.05 * risk).then(|| card(draw, monthly, risk)),
        borrowing: draw.chance(logistic(-1.9 + 1.1 * pull)).then(|| borrowing(draw, monthly, pull)),
        relink: if draw.chance(spec.relink_share) {
            Relink::Again(i32::try_from(draw.between(20, 90)).unwrap_or(40))
        } else {
            Relink::No
        },
        subscribed: draw.chance(0.5),
        monthly_fee: if draw.chance(0.2) { 1_200 } else { 0 },
        flows,
    };
    (plan, stressed)
}

fn overdraft(draw: &mut Draw) -> Overdraft {
    let fee = *draw.pick(&[3_500_i64, 3_500, 2_900, 1_500, 0]);
    let limit = if fee == 0 { draw.between(0, 2) * 10_000 } else { draw.between(2, 8) * 10_000 };
    Overdraft { limit, fee, returned_fee: if fee == 0 { 0 } else { *draw.pick(&[3_500, 2_900, 0]) } }
}

fn card(draw: &mut Draw, monthly: i64, risk: f64) -> Card {
    let limit = scaled(monthly, 0.6 + draw.unit() * 1.5);
    let revolver = draw.chance(logistic(0.2 + 0.8 * risk));
    Card {
        owed: scaled(limit, if revolver { 0.3 + 0.6 * draw.unit() } else { 0.15 * draw.unit() }),
        limit,
        share: 0.2 + 0.5 * draw.unit(),
        payment: if revolver { 0.04 + 0.1 * draw.unit() } else { 1.0 },
        issuer: (*draw.pick(words::CARD_ISSUERS)).to_owned(),
        day: u32::try_from(draw.between(3, 27)).unwrap_or(10),
    }
}

fn borrowing(draw: &mut Draw, monthly: i64, pull: f64) -> Borrowing {
    let mut lenders: Vec<(&'static str, &'static str, bool)> = Vec::new();
    for _ in 0..1 + draw.below(3) {
        let (name, entry) = *draw.pick(words::ADVANCE_APPS);
        lenders.push((name, entry, false));
    }
    if draw.chance(logistic(-2.0 + 0.8 * pull)) {
        let (name, entry) = *draw.pick(words::PAYDAY_LENDERS);
        lenders.push((name, entry, true));
    }
    Borrowing {
        trigger: scaled(monthly, 0.03 + 0.05 * draw.unit()),
        chance: (0.15 + 0.12 * pull).clamp(0.05, 0.7),
        amount: draw.between(40, 180) * 100,
        open_max: 1 + draw.below(2) + usize::from(1.5 < pull),
        lenders,
    }
}

fn incomes(draw: &mut Draw, traits: &Traits, monthly: i64, risk: f64) -> Vec<Flow> {
    let kind = draw.unit();
    let unsteady = (0.03 + 0.03 * risk + 0.03 * draw.normal().abs()).clamp(0.0, 0.35);
    let per = |cadence: Cadence, share: f64| scaled(monthly, share / cadence.per_month());
    if kind < traits.gig {
        return gig_incomes(draw, monthly, 0.2 + unsteady * 2.0);
    }
    // Benefits and pensions are as safe as wages here: who pays says nothing of the risk.
    if kind < traits.gig + 0.10 {
        let (tag, list) =
            if draw.chance(0.5) { (Tag::Benefit, words::BENEFITS) } else { (Tag::Pension, words::PENSIONS) };
        let (party, entry) = *draw.pick(list);
        let cadence = if draw.chance(0.5) {
            Cadence::Monthly(1)
        } else {
            Cadence::NthWeekday(1 + u32::try_from(draw.below(3)).unwrap_or(1), 2)
        };
        let cadence = if cadence == Cadence::NthWeekday(1, 2) { Cadence::NthWeekday(4, 2) } else { cadence };
        return vec![flow(tag, Channel::AchCredit, party.to_owned(), entry, cadence, monthly)];
    }
    let cadence = pay_cadence(draw);
    let second = draw.chance(0.12);
    let main = if second { 0.68 } else { 1.0 };
    let entry = *draw.pick(&["PAYROLL", "DIR DEP", "PAYROLL", "SALARY", "REG SALARY", "DIRECT DEP"]);
    let employer = words::firm(draw);
    let mut flows = vec![Flow {
        sigma: if draw.chance(0.45) { 0.01 } else { unsteady + 0.04 },
        skip: (0.01 * risk).clamp(0.0, 0.04),
        ..flow(Tag::Payroll, Channel::AchCredit, employer, entry, cadence, per(cadence, main))
    }];
    if second {
        let cadence = pay_cadence(draw);
        let employer = words::firm(draw);
        let sigma = unsteady + 0.08;
        flows.push(Flow {
            sigma,
            ..flow(Tag::Payroll, Channel::AchCredit, employer, "PAYROLL", cadence, per(cadence, 0.32))
        });
    } else if draw.chance(0.12) {
        flows.extend(gig_incomes(draw, scaled(monthly, 0.15), 0.4));
    }
    flows
}

fn pay_cadence(draw: &mut Draw) -> Cadence {
    match draw.below(10) {
        0 | 1 => Cadence::Weekly(4),
        2..=6 => {
            Cadence::Biweekly(3 + u32::try_from(draw.below(2)).unwrap_or(1), i32::try_from(draw.below(2)).unwrap_or(0))
        }
        7 | 8 => Cadence::Semimonthly,
        _ => Cadence::Monthly(31),
    }
}

pub(crate) fn gig_incomes(draw: &mut Draw, monthly: i64, sigma: f64) -> Vec<Flow> {
    let count = 1 + draw.below(3);
    (0..count)
        .map(|_| {
            let (party, entry) = *draw.pick(words::GIGS);
            let cadence = if draw.chance(0.5) { Cadence::Weekly(1) } else { Cadence::Daily(450) };
            let amount = scaled(monthly, 1.0 / cadence.per_month()) / i64::try_from(count).unwrap_or(1);
            // The median of a log-normal lies below its mean.
            let amount = scaled(amount, libm::exp(-sigma * sigma / 2.0));
            let skip = if matches!(cadence, Cadence::Daily(_)) { 0.0 } else { 0.06 };
            Flow { sigma, skip, ..flow(Tag::Gig, Channel::AchCredit, party.to_owned(), entry, cadence, amount) }
        })
        .collect()
}

/// A loss of the main income for a while, or a cut of it.
fn stress(draw: &mut Draw, flows: &mut [Flow], depth: i32) {
    let from = depth / 4 + i32::try_from(draw.below(usize::try_from(depth / 2).unwrap_or(1))).unwrap_or(0);
    let cut = draw.chance(0.5);
    for flow in flows.iter_mut() {
        if cut {
            flow.skip = flow.skip.max(0.35);
        } else {
            flow.end = from;
        }
    }
}

fn bills(draw: &mut Draw, traits: &Traits, flows: &mut Vec<Flow>, monthly: i64, risk: f64) {
    let due = |draw: &mut Draw| u32::try_from(draw.between(1, 28)).unwrap_or(1);
    let part = |draw: &mut Draw, median: f64, sigma: f64| draw.amount(scaled(monthly, median), sigma);
    let housing = part(draw, 0.27, 0.22);
    if draw.chance(traits.mortgage) {
        let lender = (*draw.pick(words::MORTGAGES)).to_owned();
        flows.push(bill(Tag::Housing, lender, "MTG PAYMT", due(draw), housing, 0.0));
    } else if draw.chance(0.85) {
        let landlord = format!("{} PROPERTY MGMT", words::firm(draw));
        let channel = *draw.pick(&[Channel::AchDebit, Channel::ZelleOut, Channel::Check, Channel::AchDebit]);
        flows.push(Flow { channel, ..bill(Tag::Housing, landlord, "RENT", 1 + due(draw) % 5, housing, 0.0) });
    }
    for (tag, list, entry, share, chance, sigma) in [
        (Tag::Utility, words::UTILITIES, "UTIL PYMT", 0.035, 0.85, 0.2),
        (Tag::Telecom, words::TELECOMS, "AUTOPAY", 0.028, 0.9, 0.03),
        (Tag::Insurance, words::INSURERS, "INS PREM", 0.032, 0.75, 0.0),
        (Tag::AutoLoan, words::AUTO_LENDERS, "AUTO PMT", 0.09, 0.42, 0.0),
        (Tag::StudentLoan, words::STUDENT_LENDERS, "STUDENT LN", 0.045, 0.2, 0.0),
        (
            Tag::PersonalLoan,
            words::PERSONAL_LENDERS,
            "LOAN PMT",
            0.055,
            logistic(-1.5 + 0.7 * risk + 0.4 * traits.strain),
            0.0,
        ),
    ] {
        if draw.chance(chance) {
            let amount = part(draw, share, 0.3);
            let party = (*draw.pick(list)).to_owned();
            let due = due(draw);
            let skip = (0.015 * risk).clamp(0.0, 0.08);
            flows.push(Flow { skip, ..bill(tag, party, entry, due, amount, sigma) });
        }
    }
    for _ in 0..draw.below(4) {
        let (name, price) = *draw.pick(words::SUBSCRIPTIONS);
        let channel = Channel::CardPurchase;
        flows.push(Flow { channel, ..bill(Tag::Subscription, name.to_owned(), "", due(draw), price, 0.0) });
    }
    if draw.chance(logistic(-2.2 + 0.6 * risk + 0.5 * traits.strain)) {
        for _ in 0..1 + draw.below(4) {
            let first = i32::try_from(draw.below(170)).unwrap_or(0);
            let cadence = Cadence::Biweekly(due(draw) % 5, i32::from(draw.chance(0.5)));
            let party = (*draw.pick(words::BNPL)).to_owned();
            let channel = Channel::CardPurchase;
            flows.push(Flow {
                first,
                end: first + 49,
                ..flow(Tag::Bnpl, channel, party, "", cadence, -draw.between(1_500, 7_000))
            });
        }
    }
}

/// Spreads what is free over places; the ticket's mean is above its median by exp(σ²/2).
pub(crate) fn habits(draw: &mut Draw, free: i64, risk: f64, strain: f64) -> Vec<Habit> {
    let mut out = Vec::new();
    let mut add = |draw: &mut Draw, tag: Tag, share: f64, ticket: i64, names: &[&str]| {
        let ticket = draw.amount(ticket, 0.2);
        let mut habit = habit(draw, tag, 0.0, ticket, names);
        let mean = scaled(ticket, libm::exp(habit.sigma * habit.sigma / 2.0)).max(1);
        let budget = scaled(free, share * libm::exp(0.25 * draw.normal()) / 4.348);
        habit.per_week = to_f64(budget) / to_f64(mean);
        out.push(habit);
    };
    add(draw, Tag::Groceries, 0.30, 4_600, words::GROCERS);
    add(draw, Tag::Fuel, 0.10, 3_400, words::FUEL);
    add(draw, Tag::Restaurants, 0.17, 1_700, words::RESTAURANTS);
    add(draw, Tag::Shopping, 0.20, 3_800, words::SHOPS);
    add(draw, Tag::Health, 0.04, 2_800, words::HEALTH);
    let cash = (0.06 + 0.02 * risk).clamp(0.01, 0.2);
    out.push(instant(Tag::Cash, Channel::Atm, to_f64(free) * cash / 8_000.0 / 4.348, 6_000));
    out.push(Habit {
        both_ways: true,
        ..instant(Tag::P2p, Channel::ZelleOut, to_f64(free) * 0.13 / 5_000.0 / 4.348, 4_000)
    });
    if draw.chance(logistic(-2.6 + 0.75 * risk + 0.5 * strain)) {
        let stake = draw.between(1_500, 5_000);
        let rate = 0.4 + libm::exp(0.4 * risk + 0.5 * draw.normal());
        let mut bets = habit(draw, Tag::Gambling, rate, stake, words::GAMBLING);
        (bets.both_ways, bets.elastic) = (true, 0.3);
        out.push(bets);
    }
    out
}

pub(crate) fn instant(tag: Tag, channel: Channel, per_week: f64, ticket: i64) -> Habit {
    Habit { tag, channel, per_week, ticket, sigma: 0.5, parties: Vec::new(), elastic: 0.8, both_ways: false }
}

#[expect(clippy::cast_precision_loss, reason = "generated amounts stay far below 2^53")]
pub(crate) fn to_f64(amount: i64) -> f64 {
    amount as f64
}
