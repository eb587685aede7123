//! Debt: payments by month, new lenders, what was missed or came back, what is owed.

use super::*;
use crate::{
    category::taxonomy::StreamKind,
    digest::{exact::percentile, filter::magnitude, plan::days_between},
    ledger::{LedgerAccount, LedgerRow, Scope},
    money::Direction,
    row::AccountSubcategory,
    time::Day,
};

/// Days before a window in which a lender that is paid by the month would have been seen, were it not new.
const BEFORE_DAYS: u32 = 60;
/// Days between loan proceeds and a payoff of another loan.
const REFINANCE_DAYS: i32 = 5;
/// A last payment of so many times the usual one pays a loan off.
const PAYOFF_TIMES: i128 = 3;
const MONTH_TWO_QUARTER: &[Window] = &[Window::days(30), Window::days(60), Window::days(90)];
const HALF: &[Window] = &[Window::days(180)];
const LOANS: &[Standard] =
    &[Standard::AutoLoan, Standard::StudentLoan, Standard::PersonalLoan, Standard::OtherLoan, Standard::Mortgage];

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "debt_payment_monthly",
        tier: Tier::Extended,
        sources: "Flinks; Algoan; Mastercard; Belvo (sum_loans_monthly_payment)",
        unit: Unit::MinorPerMonth,
        windows: QUARTER_AND_HALF,
        risk: Risk::Rises,
        reason: "debt_burden",
        compliance: Compliance::ModelOk,
        definition: "Mean of debt payments (as in debt_payment_total) over the covered calendar months that lie wholly in the window, rounded to the minor unit; debt_payment_per_month takes the window's sum by 30 days instead. Not enough history without a whole month.",
        basis: Basis::MonthRows(&[Standard::DebtPayment], &[]),
        value: |digest, window| monthly_mean(Standard::DebtPayment, window, digest),
    },
    Entry {
        name: "auto_loan_payment_monthly",
        tier: Tier::Extended,
        sources: "Flinks; MoneyThumb; Prism category",
        unit: Unit::MinorPerMonth,
        windows: QUARTER_AND_HALF,
        risk: Risk::Neither,
        reason: "debt_burden",
        compliance: Compliance::ModelOk,
        definition: "Mean of auto loan and lease payments over the covered calendar months that lie wholly in the window, rounded to the minor unit. Not enough history without a whole month.",
        basis: Basis::MonthRows(&[Standard::AutoLoan], &[]),
        value: |digest, window| monthly_mean(Standard::AutoLoan, window, digest),
    },
    Entry {
        name: "student_loan_payment_monthly",
        tier: Tier::Extended,
        sources: "Flinks; MoneyThumb",
        unit: Unit::MinorPerMonth,
        windows: QUARTER_AND_HALF,
        risk: Risk::Neither,
        reason: "debt_burden",
        compliance: Compliance::ModelOk,
        definition: "Mean of student loan payments over the covered calendar months that lie wholly in the window, rounded to the minor unit. Not enough history without a whole month.",
        basis: Basis::MonthRows(&[Standard::StudentLoan], &[]),
        value: |digest, window| monthly_mean(Standard::StudentLoan, window, digest),
    },
    Entry {
        name: "personal_loan_payment_monthly",
        tier: Tier::Extended,
        sources: "MoneyThumb; Plaid PFC",
        unit: Unit::MinorPerMonth,
        windows: QUARTER_AND_HALF,
        risk: Risk::Rises,
        reason: "debt_burden",
        compliance: Compliance::ModelOk,
        definition: "Mean of personal and instalment loan payments over the covered calendar months that lie wholly in the window, rounded to the minor unit. Not enough history without a whole month.",
        basis: Basis::MonthRows(&[Standard::PersonalLoan], &[]),
        value: |digest, window| monthly_mean(Standard::PersonalLoan, window, digest),
    },
    Entry {
        name: "other_loan_payment_monthly",
        tier: Tier::Extended,
        sources: "Flinks; Ocrolus",
        unit: Unit::MinorPerMonth,
        windows: QUARTER_AND_HALF,
        risk: Risk::Rises,
        reason: "debt_burden",
        compliance: Compliance::ModelOk,
        definition: "Mean of loan payments of an unknown kind over the covered calendar months that lie wholly in the window, rounded to the minor unit. Not enough history without a whole month.",
        basis: Basis::MonthRows(&[Standard::OtherLoan], &[]),
        value: |digest, window| monthly_mean(Standard::OtherLoan, window, digest),
    },
    Entry {
        name: "new_lender_count",
        tier: Tier::Core,
        sources: "Plaid Cash Flow Updates (NEW_LOAN_PAYMENT)",
        unit: Unit::Count,
        windows: MONTH_TWO_QUARTER,
        risk: Risk::Rises,
        reason: "recent_borrowing",
        compliance: Compliance::ModelOk,
        definition: "Distinct counterparties of debt payments (as in debt_payment_total) whose first payment of all history lies in the window. Not enough history unless the window and the 60 days before it are covered: before that every lender looks new.",
        // Nine tenths of the window and the 60 days before it.
        basis: Basis::TracedBeyond(
            Trace {
                name: "first payments to lenders",
                rows: |digest, window| {
                    let new = newcomers(digest, &[Standard::DebtPayment], digest.span(window));
                    rows_of(new.into_iter().map(|(_, row)| row))
                },
            },
            &[81, 108, 135],
        ),
        value: |digest, window| new_count(digest, window, &[Standard::DebtPayment]),
    },
    Entry {
        name: "missed_loan_payment_count",
        tier: Tier::Core,
        sources: "Mastercard (MISSED_RECURRING_LOAN_PAYMENTS); Pngme",
        unit: Unit::Count,
        windows: MONTH_AND_QUARTER,
        risk: Risk::Rises,
        reason: "missed_loan_payments",
        compliance: Compliance::ModelOk,
        definition: "Dates in the window on which a recurring payment to a lender (loans, mortgages, cards; at least three payments on a schedule) was due and nothing came within the schedule's tolerance. Once two in a row have not come the stream has stopped and dates after the last that it paid are left out, because a loan that is paid off stops too.",
        basis: Basis::Traced(Trace {
            name: "missed dates of loan streams",
            rows: |digest, window| missed(digest, digest.span(window)).into_iter().map(Evidence::Day).collect(),
        }),
        value: |digest, window| {
            let span = digest.span(window);
            digest.covers(span, None)?;
            integer(missed(digest, span).len())
        },
    },
    Entry {
        name: "loan_payment_returned_count",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Count,
        windows: QUARTER_AND_HALF,
        risk: Risk::Rises,
        reason: "returned_or_overdraft_items",
        compliance: Compliance::ModelOk,
        definition: "Debt payments (as in debt_payment_total) of the window that came back: within five banking days the same amount came into the same account as a returned item or a reversal; of several equal payments the newest came back, one by card, wire or instant payment only where no other is left, cash never, and each return answers one.",
        basis: Basis::Traced(Trace {
            name: "debt payments that came back",
            rows: |digest, window| rows_of(returned(digest, &[Standard::DebtPayment], digest.span(window))),
        }),
        value: |digest, window| {
            let span = digest.span(window);
            digest.covers(span, None)?;
            integer(returned(digest, &[Standard::DebtPayment], span).len())
        },
    },
    Entry {
        name: "debt_payment_trend_3m",
        tier: Tier::Extended,
        sources: "Belvo; Ocrolus (trend pattern)",
        unit: Unit::Ratio,
        windows: HALF,
        risk: Risk::Rises,
        reason: "debt_burden",
        compliance: Compliance::ModelOk,
        definition: "Debt payments (as in debt_payment_total) of the newer half of the window (90 days) less those of the older half, divided by the latter: months are taken as 30 days, so that the halves weigh alike. Zero denominator without payments in the older half.",
        basis: Basis::Rows(&[Standard::DebtPayment]),
        value: debt_payment_trend,
    },
    Entry {
        name: "card_balance_total",
        tier: Tier::Extended,
        sources: "Belvo (credit_cards_metrics)",
        unit: Unit::Minor,
        windows: POINT,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "What is owed at T on the linked credit accounts that are no lines of credit, in the scored currency: balances below zero added up as magnitudes; an overpaid card owes nothing. Not applicable without one, not permitted when one of them has no balance.",
        basis: Basis::Nothing,
        value: |digest, _| owed(digest, is_card),
    },
    Entry {
        name: "loan_outstanding_total",
        tier: Tier::Extended,
        sources: "Belvo; Pngme",
        unit: Unit::Minor,
        windows: POINT,
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "What is owed at T on the linked mortgages, other loan accounts and lines of credit, in the scored currency: balances below zero added up as magnitudes, interest included where the institution's balance does. Not applicable without one, not permitted when one of them has no balance.",
        basis: Basis::Nothing,
        value: |digest, _| owed(digest, is_loan),
    },
    Entry {
        name: "refinance_pattern_flag",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Flag,
        windows: HALF,
        risk: Risk::Rises,
        reason: "recent_borrowing",
        compliance: Compliance::ModelOk,
        definition: "1 when loan proceeds of the window came within 5 days before or after a payoff in it, else 0. A payoff is the last payment to a lender (mortgage, auto, student, personal or other loan), of at least three times the median of the payments before it, of which there are two at least; short-term credit that is renewed is rollover_pattern_count's.",
        basis: Basis::Traced(Trace {
            name: "payoffs beside loan proceeds",
            rows: |digest, window| rows_of(refinanced(digest, digest.span(window))),
        }),
        value: |digest, window| {
            let span = digest.span(window);
            digest.covers(span, None)?;
            flag(!refinanced(digest, span).is_empty())
        },
    },
    Entry {
        name: "debt_to_gross_income",
        tier: Tier::Extended,
        sources: "Plaid (DTI use case)",
        unit: Unit::Ratio,
        windows: &[Window::days(365)],
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Mean debt payments of the covered calendar months that lie wholly in the window, divided by income_monthly_gross_est of the window, an estimate before taxes. Not applicable outside US dollars; zero denominator without income.",
        basis: Basis::MonthRows(&[Standard::DebtPayment], &[Standard::Income]),
        value: debt_to_gross_income,
    },
];

/// Evidence of rows.
pub(super) fn rows_of<'a>(rows: impl IntoIterator<Item = &'a LedgerRow>) -> Vec<Evidence> {
    rows.into_iter().map(|row| Evidence::Row(row.index)).collect()
}

/// Counterparties that the filters meet for the first time inside the span, each with the day and the first such row.
pub(super) fn newcomers<'a>(digest: &Digest<'a>, standards: &[Standard], span: Span) -> Vec<(Day, &'a LedgerRow)> {
    let filters = standards.iter().map(|standard| standard.id());
    let rows = digest.first_rows(filters, Span { near: span.near, ..Span::HISTORY });
    let (first, _) = span.range(digest.ledger.end);
    rows.into_iter().filter(|row| first <= row.day).map(|row| (row.day, row)).collect()
}

/// Whether the days before a span are known well enough to call a counterparty new in it.
pub(super) fn knows_newcomers(digest: &Digest<'_>, span: Span) -> Result<(), Missing> {
    digest.covers(Span { near: span.near, far: span.far.saturating_add(BEFORE_DAYS) }, None)
}

fn new_count(digest: &Digest<'_>, window: Window, standards: &[Standard]) -> Outcome {
    let span = digest.span(window);
    knows_newcomers(digest, span)?;
    integer(newcomers(digest, standards, span).len())
}

/// Missed dates of loan streams in a span, one for each stream and date.
fn missed(digest: &Digest<'_>, span: Span) -> Vec<Day> {
    let (first, end) = span.range(digest.ledger.end);
    let streams = digest.streams();
    let mut dates = vec![];
    for stream in streams.list() {
        let of_lender = matches!(stream.kind, StreamKind::Loan | StreamKind::Mortgage | StreamKind::Card);
        if !of_lender || stream.direction != Direction::Outflow {
            continue;
        }
        if streams.occurrences(stream).iter().filter(|one| one.due.is_some()).nth(2).is_none() {
            continue;
        }
        let inside = |day: &&Day| first <= **day && **day < end;
        dates.extend(streams.missed_in_course(stream).iter().filter(inside).copied());
    }
    dates
}

/// Rows of the filters in a span that came back.
pub(super) fn returned<'a>(digest: &Digest<'a>, standards: &[Standard], span: Span) -> Vec<&'a LedgerRow> {
    let payments = digest.returns().payments(digest.ledger);
    if payments.is_empty() {
        return vec![];
    }
    let mut back: Vec<u32> = payments.iter().map(|at| digest.ledger.rows[*at as usize].index).collect();
    back.sort_unstable();
    let rows = standards.iter().flat_map(|standard| digest.rows(standard.id(), span));
    rows.filter(|row| back.binary_search(&row.index).is_ok()).collect()
}

fn debt_payment_trend(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let middle = span.near + length(span)? / 2;
    let newer = Standard::DebtPayment.sum(digest, Span { near: span.near, far: middle });
    let older = Standard::DebtPayment.sum(digest, Span { near: middle, far: span.far });
    ratio(newer - older, older)
}

fn is_card(account: &LedgerAccount) -> bool {
    account.scope == Scope::Credit && account.subcategory != AccountSubcategory::LineOfCredit
}

fn is_loan(account: &LedgerAccount) -> bool {
    account.scope == Scope::Loan
        || (account.scope == Scope::Credit && account.subcategory == AccountSubcategory::LineOfCredit)
}

fn owed(digest: &Digest<'_>, is_wanted: fn(&LedgerAccount) -> bool) -> Outcome {
    let ledger = digest.ledger;
    let wanted = |account: &&LedgerAccount| is_wanted(account) && account.currency == ledger.currency;
    let mut accounts = ledger.accounts.iter().filter(wanted).peekable();
    accounts.peek().ok_or(Missing::NotApplicable)?;
    let owed = accounts.map(|account| account.balance_current.map(|balance| (-i128::from(balance)).max(0)));
    owed.sum::<Option<i128>>().map(Value::integer).ok_or(Missing::NotPermitted)
}

/// Payoffs in a span with loan proceeds near them, and those proceeds.
fn refinanced<'a>(digest: &Digest<'a>, span: Span) -> Vec<&'a LedgerRow> {
    let proceeds: Vec<&LedgerRow> = digest.rows(Standard::LoanProceeds.id(), span).collect();
    if proceeds.is_empty() {
        return vec![];
    }
    let mut rows: Vec<&LedgerRow> =
        LOANS.iter().flat_map(|standard| digest.rows(standard.id(), Span::HISTORY)).collect();
    rows.sort_unstable_by_key(|row| (row.label.counterparty, row.day, magnitude(row.amount), row.index));
    let end = digest.ledger.end;
    let mut found = vec![];
    for lender in rows.chunk_by(|a, b| a.label.counterparty == b.label.counterparty) {
        let Some((last, before)) = lender.split_last().filter(|(_, before)| 2 <= before.len()) else { continue };
        let mut amounts: Vec<i64> = before.iter().map(|row| magnitude(row.amount)).collect();
        amounts.sort_unstable();
        let is_payoff = percentile(&amounts, 50).is_some_and(|usual| {
            PAYOFF_TIMES * usual.numerator <= i128::from(magnitude(last.amount)) * usual.denominator
        });
        if !is_payoff || !span.contains(days_between(last.day, end).saturating_sub(1)) {
            continue;
        }
        let near = |row: &&&LedgerRow| (row.day.0 - last.day.0).abs() <= REFINANCE_DAYS;
        let beside: Vec<&LedgerRow> = proceeds.iter().filter(near).copied().collect();
        if !beside.is_empty() {
            found.push(*last);
            found.extend(beside);
        }
    }
    found
}

/// (payments / months) / (gross of a year / 12), as one division.
fn debt_to_gross_income(digest: &Digest<'_>, window: Window) -> Outcome {
    let gross = super::income::gross_a_month(digest, window)?;
    let (months, paid, _) = moments(monthly(Standard::DebtPayment, window, digest)?);
    ratio(paid.saturating_mul(gross.denominator), gross.numerator.saturating_mul(months.into()))
}
