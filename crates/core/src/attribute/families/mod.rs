//! Computed attributes: one file a family, each a const slice of entries and one function an entry.

use std::collections::BTreeMap;

use super::{
    check::NamedFilter,
    declared::{ratio, rounded},
    definition::{Compliance, Compute, ComputeFn, Definition, Risk, Tier, Unit},
    registry::{Evidence, absence, reads},
    standard::Standard,
};
use crate::{
    digest::{
        Digest,
        exact::{Fraction, deviation, moments, real},
        plan::Span,
    },
    time::Window,
    value::{Missing, Outcome, Value},
};

mod accounts;
mod affordability;
mod balances;
mod bills;
mod business;
mod change;
mod coverage;
mod debt;
mod fees;
mod flows;
mod income;
mod liquidity;
mod manipulation;
mod mca;
mod outlook;
mod overdraft;
mod payment;
mod payroll;
mod risk;
mod savings;
mod short_term;
mod spend;
mod trend;
mod unavailable;

/// A computed attribute: what the registry says of it, and its function.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    name: &'static str,
    tier: Tier,
    // Who computes the like; empty when it is ours alone.
    sources: &'static str,
    unit: Unit,
    windows: &'static [Window],
    risk: Risk,
    // Empty when no model may use it.
    reason: &'static str,
    compliance: Compliance,
    definition: &'static str,
    basis: Basis,
    value: ComputeFn,
}

/// What a computed attribute's value rests on.
#[derive(Clone, Copy, Debug)]
pub enum Basis {
    /// The rows that these filters take in the window.
    Rows(&'static [Standard]),
    /// The rows that the first filters take in the covered calendar months that lie wholly in the window, and the others in all
    /// of it. It reads what [`Basis::Rows`] of them all reads.
    MonthRows(&'static [Standard], &'static [Standard]),
    /// The rows that these filters take in the window's covered stretches of so many days, counted back from T. It reads what
    /// [`Basis::Rows`] reads.
    BucketRows(u32, &'static [Standard]),
    /// The days on which the closing balance is below zero.
    NegativeDays,
    /// Of the days on which the closing balance is below zero, and of others, those that a function takes. It reads what
    /// [`Basis::NegativeDays`] reads.
    NegativeAmong(Trace),
    /// The day of the lowest closing balance.
    LowestDay,
    /// The days on which the closing balance is below so many days' mean outflow of the window.
    LowDays(i64),
    /// Closing balances of the window; which of them, is not traced.
    Balances,
    /// All closing balances of the window. It reads what [`Basis::Balances`] reads.
    EachBalance,
    /// What a function of the family traces: rows of streams, loans, returned items.
    Traced(Trace),
    /// The same over so many days of history, whatever the window of the column says: forecasts, months before T.
    TracedOver(Trace, u16),
    /// The same where a value looks back further than its window, or not as far: the days of history that each window of the
    /// entry needs, in their order.
    TracedBeyond(Trace, &'static [u16]),
    /// The accounts, the application or the export itself; no row and no day.
    Nothing,
    /// The same where a value needs so many days of history, whatever the window says.
    NothingOver(u16),
}

/// Evidence by a function, with the name by which the meaning of an attribute knows it.
#[derive(Clone, Copy)]
pub struct Trace {
    /// What is traced.
    pub name: &'static str,
    /// The rows or days of a window, in any order.
    pub rows: fn(&Digest<'_>, Window) -> Vec<Evidence>,
}

impl std::fmt::Debug for Trace {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.name)
    }
}

impl Basis {
    /// Days of history that it needs whatever the window says.
    fn needs_days(self) -> Option<u16> {
        if let Basis::TracedOver(_, days) | Basis::NothingOver(days) = self { Some(days) } else { None }
    }

    /// Days of history that each window needs.
    fn needs_each(self) -> &'static [u16] {
        if let Basis::TracedBeyond(_, days) = self { days } else { &[] }
    }

    /// The rows or days.
    #[must_use]
    pub(super) fn evidence(self, window: Window, digest: &Digest<'_>) -> Vec<Evidence> {
        let span = digest.span(window);
        let mut evidence: Vec<Evidence> = match self {
            Basis::Nothing | Basis::NothingOver(_) => return vec![],
            Basis::Traced(trace)
            | Basis::TracedOver(trace, _)
            | Basis::TracedBeyond(trace, _)
            | Basis::NegativeAmong(trace) => (trace.rows)(digest, window),
            Basis::Rows(standards) => rows_in(standards, span, digest).collect(),
            Basis::MonthRows(of_months, of_all) => {
                let months = whole_months(window, digest).flat_map(|month| rows_in(of_months, month, digest));
                months.chain(rows_in(of_all, span, digest)).collect()
            }
            Basis::BucketRows(days, standards) => {
                let covered = span.far.min(digest.covered_days().unwrap_or(0));
                rows_in(standards, Span { near: 0, far: covered / days * days }, digest).collect()
            }
            Basis::NegativeDays | Basis::LowestDay | Basis::LowDays(_) | Basis::Balances | Basis::EachBalance => {
                let Ok(balances) = digest.balances(span) else { return vec![absence(digest, span)] };
                let lowest = balances.closing.iter().min().copied().unwrap_or(0);
                let multiple = if let Basis::LowDays(multiple) = self { multiple } else { 0 };
                let is_low = liquidity::is_low(digest, span, multiple);
                let days = balances.days().filter(|(_, closing)| match self {
                    Basis::NegativeDays => *closing < 0,
                    Basis::LowestDay => *closing == lowest,
                    Basis::LowDays(_) => is_low(*closing),
                    Basis::EachBalance => true,
                    _ => false,
                });
                days.map(|(day, _)| Evidence::Day(day)).collect()
            }
        };
        if evidence.is_empty() {
            evidence.push(absence(digest, span));
        }
        evidence
    }
}

/// The rows that filters take in a span.
fn rows_in<'d>(
    standards: &'static [Standard],
    span: Span,
    digest: &'d Digest<'_>,
) -> impl Iterator<Item = Evidence> + 'd {
    let rows = standards.iter().flat_map(move |standard| digest.rows(standard.id(), span));
    rows.map(|row| Evidence::Row(row.index))
}

const FAMILIES: &[(&str, &[Entry])] = &[
    ("coverage_data_quality", coverage::ENTRIES),
    ("balances_liquidity", balances::ENTRIES),
    ("balances_liquidity", liquidity::ENTRIES),
    ("total_flows", flows::ENTRIES),
    ("income", income::ENTRIES),
    ("income", outlook::ENTRIES),
    ("payroll_regularity", payroll::ENTRIES),
    ("spend_essential_discretionary", spend::ENTRIES),
    ("housing_bills", bills::ENTRIES),
    ("debt_service", debt::ENTRIES),
    ("short_term_credit_stacking", short_term::ENTRIES),
    ("nsf_overdraft_returns", overdraft::ENTRIES),
    ("fees", fees::ENTRIES),
    ("savings_transfers", savings::ENTRIES),
    ("risk_behaviour", risk::ENTRIES),
    ("volatility_trend", trend::ENTRIES),
    ("volatility_trend", change::ENTRIES),
    ("cross_account", accounts::ENTRIES),
    ("smb_revenue", business::ENTRIES),
    ("smb_debt_mca", mca::ENTRIES),
    ("payment_risk", payment::ENTRIES),
    ("manipulation_signals", manipulation::ENTRIES),
    ("affordability", affordability::ENTRIES),
];

/// All computed attributes.
pub(super) fn definitions(filters: &BTreeMap<String, NamedFilter>) -> Vec<Definition> {
    let entries = FAMILIES.iter().flat_map(|(family, entries)| entries.iter().map(move |entry| (*family, entry)));
    let computed = entries.map(|(family, entry)| Definition {
        name: entry.name.to_owned(),
        family: family.to_owned(),
        unit: entry.unit,
        windows: entry.windows.to_vec(),
        risk: entry.risk,
        reason: (!entry.reason.is_empty()).then(|| entry.reason.to_owned()),
        compliance: entry.compliance,
        tier: entry.tier,
        sources: entry.sources.to_owned(),
        definition: entry.definition.to_owned(),
        needs_days: entry.basis.needs_days(),
        needs_each: entry.basis.needs_each(),
        needs_events: 0,
        compute: Compute::Computed { value: entry.value, basis: entry.basis },
        canonical: format!("computed {} of {}", entry.definition, reads(entry.basis, filters)),
    });
    computed.chain(unavailable::definitions()).collect()
}

/// Windows that several families use.
const POINT: &[Window] = &[Window::Point];
const HISTORY: &[Window] = &[Window::History];
const MONTH_TO_YEAR: &[Window] =
    &[Window::days(30), Window::days(60), Window::days(90), Window::days(180), Window::days(365)];
const QUARTER: &[Window] = &[Window::days(90)];
/// Nine tenths of 90 days.
const QUARTER_DAYS_NEEDED: u16 = 81;
const QUARTER_AND_HALF: &[Window] = &[Window::days(90), Window::days(180)];
const WHOLE_BUCKETS: &[Window] = &[Window::days(90), Window::days(180), Window::days(360)];
const MONTH_AND_QUARTER: &[Window] = &[Window::days(30), Window::days(90)];
const MONTH_QUARTER_HALF: &[Window] = &[Window::days(30), Window::days(90), Window::days(180)];

/// A count as a value.
fn integer(count: impl TryInto<i64>) -> Outcome {
    Ok(Value::Integer(count.try_into().unwrap_or(i64::MAX)))
}

/// A yes or no as 1 or 0.
fn flag(yes: bool) -> Outcome {
    Ok(Value::Integer(i64::from(yes)))
}

/// How many days a window of a known length holds.
fn length(span: Span) -> Result<u32, Missing> {
    span.days().filter(|&days| 0 < days).ok_or(Missing::NotApplicable)
}

/// Coefficient of variation: sample deviation over mean.
fn variation(values: &[i128]) -> Outcome {
    let (count, sum, squares) = moments(values.iter().copied());
    let deviation = deviation(count, sum, squares).ok_or(Missing::TooFewEvents)?;
    if sum <= 0 {
        return Err(Missing::ZeroDenominator);
    }
    Value::real(deviation * real(i128::from(count)) / real(sum))
}

/// Sums of consecutive 30-day buckets over a window, newest first; the window must be covered. A bucket that begins before the
/// history says nothing of its money, and is left out.
fn buckets(standard: Standard, window: Window, digest: &Digest<'_>) -> Result<Months, Missing> {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let count = length(span)?.min(digest.covered_days()?) / 30;
    Ok(Months::of(digest.buckets(standard.id(), 30, count)))
}

/// The newest calendar month that is over, as months back from that of T - 1 s: that month itself when T is the first of a
/// month, otherwise the one before. Like every window it counts in days, so that the day of T - 1 s is taken as over.
fn newest_whole_month(digest: &Digest<'_>) -> u8 {
    u8::from(!digest.ends_with_month())
}

/// The spans of the calendar months that lie wholly in the window and in the history, newest first, at most twelve.
fn whole_months<'d, 'a>(window: Window, digest: &'d Digest<'a>) -> impl Iterator<Item = Span> + use<'d, 'a> {
    let mut span = digest.span(window);
    span.far = span.far.min(digest.covered_days().unwrap_or(0));
    let newest = newest_whole_month(digest);
    // Older months come later, so that the first that reaches too far is the last to be looked at.
    let months = (newest..newest + MONTHS_MAX).map(|back| digest.span(Window::Month(back)));
    months.take_while(move |at| at.far <= span.far).filter(move |at| span.near <= at.near)
}

/// Sums of the covered calendar months that lie wholly in the window, newest first; the window must be covered and hold one.
fn monthly(standard: Standard, window: Window, digest: &Digest<'_>) -> Result<Months, Missing> {
    digest.covers(digest.span(window), None)?;
    let months = Months::of(whole_months(window, digest).map(|month| standard.sum(digest, month)));
    if months.count == 0 { Err(Missing::NotEnoughHistory) } else { Ok(months) }
}

/// Months that are looked at, at most.
const MONTHS_MAX: u8 = 12;

/// Sums of calendar months or of 30 days each, newest first. Many columns ask for them, so that they need no room of their own.
struct Months {
    sums: [i128; MONTHS_MAX as usize],
    count: usize,
}

impl Months {
    /// Takes them all: no window of the catalogue has more than there is room for.
    fn of(mut sums: impl Iterator<Item = i128>) -> Months {
        let mut months = Months { sums: [0; MONTHS_MAX as usize], count: 0 };
        for (month, sum) in months.sums.iter_mut().zip(&mut sums) {
            *month = sum;
            months.count += 1;
        }
        debug_assert!(sums.next().is_none(), "a window of more than {MONTHS_MAX} months");
        months
    }
}

impl std::ops::Deref for Months {
    type Target = [i128];

    fn deref(&self) -> &[i128] {
        &self.sums[..self.count]
    }
}

impl IntoIterator for Months {
    type Item = i128;
    type IntoIter = std::iter::Take<std::array::IntoIter<i128, { MONTHS_MAX as usize }>>;

    fn into_iter(self) -> Self::IntoIter {
        self.sums.into_iter().take(self.count)
    }
}

/// The mean of such sums, rounded to the minor unit.
fn monthly_mean(standard: Standard, window: Window, digest: &Digest<'_>) -> Outcome {
    let (count, sum, _) = moments(monthly(standard, window, digest)?);
    Fraction::new(sum, count.into()).map(rounded).ok_or(Missing::NotEnoughHistory)
}

/// Money per month (30 days) that a filter takes in the window, as a quotient's two sides: sum × 30 over days.
fn per_month(standard: Standard, window: Window, digest: &Digest<'_>) -> Result<(i128, i128), Missing> {
    let span = digest.span(window);
    digest.covers(span, None)?;
    Ok((standard.sum(digest, span).saturating_mul(30), i128::from(length(span)?)))
}

/// An amount divided by the money a month that a filter takes in the window.
fn amount_to_monthly(amount: i128, standard: Standard, window: Window, digest: &Digest<'_>) -> Outcome {
    let (sum, days) = per_month(standard, window, digest)?;
    ratio(amount.saturating_mul(days), sum)
}

/// A quotient of two sums in the window.
fn sum_to_sum(of: i128, over: Standard, window: Window, digest: &Digest<'_>) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    ratio(of, over.sum(digest, span))
}

#[cfg(test)]
mod accounts_tests;
#[cfg(test)]
mod coverage_tests;
#[cfg(test)]
mod evidence_tests;
#[cfg(test)]
mod income_tests;
#[cfg(test)]
mod manipulation_tests;
#[cfg(test)]
mod overdraft_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod forecast_tests;
#[cfg(test)]
mod bills_tests;
#[cfg(test)]
mod change_tests;
#[cfg(test)]
mod liquidity_tests;
#[cfg(test)]
mod business_tests;
#[cfg(test)]
mod payroll_tests;
#[cfg(test)]
mod debt_tests;
#[cfg(test)]
mod mca_tests;
#[cfg(test)]
mod short_term_tests;
