//! Portfolios: cases one after another, each from (seed, index) alone.

use cashline_core::{
    money::Currency,
    row::{AccountStatus, AccountSubcategory, ApplicantRole, RefreshStatus},
    time::Day,
};
use cashline_io::export::ApplicationObject;

use crate::{
    assemble::{Pull, assemble},
    business::business,
    case::{Case, Truth},
    descriptor::{Teller, digits},
    draw::{Domain, Draw, scaled},
    plan::{Plan, Tag},
    population::consumer,
    simulate::{Fork, live},
    spec::{DEPTH_DAYS_MAX, Preset, Spec},
};

/// The cases of a portfolio, in the bytewise order of their applicants' ids.
///
/// ```
/// use cashline_synth::{Spec, cases};
///
/// let small: Vec<_> = cases(&Spec::new(7, 3)).collect();
/// let large: Vec<_> = cases(&Spec::new(7, 30)).take(3).collect();
/// assert_eq!(small, large);
/// ```
pub fn cases(spec: &Spec) -> impl Iterator<Item = Case> + '_ {
    (0..spec.applications).map(move |index| case(spec, index))
}

/// The case at an index; it depends on the spec's population and on nothing else.
#[must_use]
pub fn case(spec: &Spec, index: u64) -> Case {
    case_of(spec, index, None)
}

/// The case as it might have gone on: up to so many days before its end the same, other draws after it.
pub(crate) fn case_of(spec: &Spec, index: u64, fork: Option<&Fork>) -> Case {
    let spec = &Spec { days: spec.days.clamp(1, DEPTH_DAYS_MAX), ..spec.clone() };
    let Fate { preset, risk, probability, outcome, as_of, late, couple } = fate(spec, index);
    let truth = Truth {
        population: preset.name(),
        probability,
        outcome,
        income: "none",
        cadence: "none",
        monthly_income_minor: 0,
        stressed: false,
        borrows: false,
        gambles: false,
        relinked: false,
    };
    let mut case = empty(truth);
    let mut draw = Draw::of(spec.seed, index, Domain::Plan);
    for holder in 0..if couple { 2 } else { 1 } {
        let (mut plan, stressed) = match preset {
            Preset::Smb => business(&mut draw, spec, risk),
            // Each of a couple has a risk around the household's, and bears a part of its bills.
            _ if couple => {
                let own = risk * 0.9 + 0.3 * draw.normal();
                consumer(&mut draw, spec, preset, own, if holder == 0 { 0.7 } else { 0.4 })
            }
            _ => consumer(&mut draw, spec, preset, risk, 1.0),
        };
        case.truth.stressed |= stressed;
        let prefix = if matches!(spec.preset, Preset::Mixed | Preset::Smb) { "acct" } else { "cus" };
        // An export taken late shows rows from after T; a feed is what makes it late.
        plan.subscribed |= 0 < late;
        let who = Who { seed: spec.seed, index, holder, prefix, end: as_of.plus(late), fork };
        add_holder(&mut case, &plan, &who, &mut draw);
        gaps(&mut case, spec.gap_share, &mut draw);
    }
    // Who needs the money more asks for more of it.
    applications(&mut case, index, as_of, libm::exp(0.3 * risk), &mut draw);
    case
}

/// What is drawn for a case before anything is lived.
pub(crate) struct Fate {
    preset: Preset,
    risk: f64,
    pub(crate) probability: f64,
    pub(crate) outcome: bool,
    as_of: Day,
    late: i32,
    couple: bool,
}

pub(crate) fn fate(spec: &Spec, index: u64) -> Fate {
    let mut draw = Draw::of(spec.seed, index, Domain::Truth);
    let preset = spec.preset.resolve(&mut draw);
    let risk = draw.normal();
    let probability = preset.probability(risk);
    let outcome = draw.chance(probability);
    let spread = usize::try_from(spec.spread_days.max(1)).unwrap_or(1);
    let as_of = spec.as_of.plus(-i32::try_from(draw.below(spread)).unwrap_or(0));
    let late = if draw.chance(spec.late_share) { i32::try_from(draw.between(1, 3)).unwrap_or(1) } else { 0 };
    let couple = draw.chance(spec.couple_share) && preset != Preset::Smb;
    Fate { preset, risk, probability, outcome, as_of, late, couple }
}

/// A holder within a portfolio.
pub(crate) struct Who<'f> {
    pub(crate) seed: u64,
    pub(crate) index: u64,
    pub(crate) holder: u64,
    pub(crate) prefix: &'static str,
    /// The day at whose start the export ends.
    pub(crate) end: Day,
    /// Where another future begins.
    pub(crate) fork: Option<&'f Fork>,
}

pub(crate) fn empty(truth: Truth) -> Case {
    Case {
        applications: Vec::new(),
        accounts: Vec::new(),
        transactions: Vec::new(),
        tags: Vec::new(),
        openings: Vec::new(),
        truth,
    }
}

/// Lives a plan and adds what its holder's export shows.
pub(crate) fn add_holder(case: &mut Case, plan: &Plan, who: &Who<'_>, draw: &mut Draw) {
    let mut stem = String::new();
    digits(who.index, 9, &mut stem);
    stem.push(if who.holder == 0 { 'a' } else { 'b' });
    digits(draw.bits(), 4, &mut stem);
    let stream = who.index * 2 + who.holder;
    let teller = Teller::new(plan.bank, Draw::of(who.seed, stream, Domain::Text));
    let start = who.end.plus(-plan.depth);
    let fork = who.fork.map(|fork| (fork.days, Draw::of(fork.seed, stream, Domain::Days)));
    let lived = live(plan, start, plan.depth, Draw::of(who.seed, stream, Domain::Days), teller, fork);
    let linked = if plan.subscribed { draw.between(1, 20) } else { 0 };
    let pull = Pull {
        holder: format!("{}_{stem}", who.prefix),
        stem,
        start,
        days: plan.depth,
        created: i64::from(who.end.0) * 86_400 - linked.min(i64::from(plan.depth)) * 86_400 - 7_200,
    };
    facts(&mut case.truth, plan, lived.income);
    assemble(case, plan, lived, &pull, draw);
}

fn facts(truth: &mut Truth, plan: &Plan, income: i64) {
    let main = plan
        .flows
        .iter()
        .filter(|flow| flow.tag.is_income())
        .max_by_key(|flow| scaled(flow.amount, flow.cadence.per_month()));
    if let Some(main) = main.filter(|_| truth.income == "none") {
        truth.cadence = main.cadence.name();
        truth.income = match main.tag {
            Tag::Payroll => "payroll",
            Tag::Gig => "gig",
            Tag::Benefit => "benefit",
            Tag::Pension => "pension",
            _ => "platform",
        };
    }
    truth.monthly_income_minor += scaled(income, 365.25 / 12.0 / f64::from(plan.depth.max(1)));
    truth.borrows |= plan.borrowing.is_some() || plan.flows.iter().any(|flow| flow.tag == Tag::McaPayment);
    truth.gambles |= plan.habits.iter().any(|habit| habit.tag == Tag::Gambling);
    truth.relinked |= plan.relink != crate::plan::Relink::No;
}

/// One application row for each holder of the case's accounts.
pub(crate) fn applications(case: &mut Case, index: u64, as_of: Day, appetite: f64, draw: &mut Draw) {
    let mut application_id = "app_".to_owned();
    digits(index, 9, &mut application_id);
    let mut holders: Vec<&str> = case.accounts.iter().map(|account| account.holder.as_str()).collect();
    holders.dedup();
    let income = case.truth.monthly_income_minor.max(50_000);
    let requested = (draw.amount(scaled(income, 0.8 * appetite), 0.35) / 10_000).clamp(3, 5_000) * 10_000;
    let term = u32::try_from(*draw.pick(&[6_i64, 12, 18, 24, 36])).unwrap_or(12);
    let stated = scaled(income, 1.0 + 0.1 * draw.normal().abs()) / 100 * 100;
    let rows = holders.iter().enumerate().map(|(at, holder)| ApplicationObject {
        application_id: application_id.clone(),
        applicant_id: (*holder).to_owned(),
        as_of,
        role: if at == 0 { ApplicantRole::Primary } else { ApplicantRole::Co },
        requested_amount: Some(requested),
        term_months: Some(term),
        // 24 % a year on half the amount, on average.
        instalment_amount: Some(scaled(requested, (1.0 + 0.01 * f64::from(term)) / f64::from(term))),
        stated_income: Some(stated),
        currency: Currency::USD,
        outcome: Some(case.truth.outcome),
    });
    case.applications = rows.collect();
}

/// What real exports lack.
fn gaps(case: &mut Case, share: f64, draw: &mut Draw) {
    let Case { accounts, .. } = case;
    let mut silent = Vec::new();
    for account in accounts.iter_mut() {
        if !draw.chance(share) {
            continue;
        }
        match draw.below(4) {
            0 => {
                account.balance = None;
                account.balance_refresh = account.balance_refresh.map(|mut refresh| {
                    refresh.status = RefreshStatus::Failed;
                    refresh
                });
            }
            1 => {
                if let Some(balance) = &mut account.balance {
                    balance.available = None;
                }
            }
            2 if account.subcategory == AccountSubcategory::Savings => account.status = AccountStatus::Inactive,
            _ if account.subcategory == AccountSubcategory::Savings => {
                account.permissions.transactions = false;
                account.transaction_refresh = None;
                silent.push(account.id.clone());
            }
            _ => {}
        }
    }
    if !silent.is_empty() {
        case.retain(|row| !silent.contains(&row.account));
    }
}
