//! Returned items and overdraft: by the events that fees charge for, by items that came back, and by balance, for banks that
//! charge nothing.

use std::collections::{BTreeMap, VecDeque};

use super::{super::declared::rounded, *};
use crate::{
    digest::{exact::Fraction, plan::days_between},
    ledger::LedgerRow,
    stream::returned::{FeeKind, ITEM_FEE_DAYS_MAX, Kind, Returned},
    time::Day,
};

const WEEK_TO_YEAR: &[Window] = &[
    Window::days(7),
    Window::days(14),
    Window::days(30),
    Window::days(60),
    Window::days(90),
    Window::days(180),
    Window::days(365),
];

const WEEK_TO_YEAR_AND_MONTHS: &[Window] = &[
    Window::days(7),
    Window::days(14),
    Window::days(30),
    Window::days(60),
    Window::days(90),
    Window::days(180),
    Window::days(365),
    Window::Month(0),
    Window::Month(1),
    Window::Month(2),
    Window::Month(3),
    Window::Month(4),
    Window::Month(5),
    Window::Month(6),
    Window::Month(7),
    Window::Month(8),
    Window::Month(9),
    Window::Month(10),
    Window::Month(11),
    Window::Month(12),
];

const BOTH: &[FeeKind] = &[FeeKind::Nsf, FeeKind::Overdraft];

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "nsf_count",
        tier: Tier::Core,
        sources: "Plaid Base Report; Plaid Signal (7/30/60/90d); Flinks (30/60/90d); Ocrolus; Mastercard; Plaid CFR",
        unit: Unit::Count,
        windows: WEEK_TO_YEAR_AND_MONTHS,
        risk: Risk::Rises,
        reason: "returned_or_overdraft_items",
        compliance: Compliance::ModelOk,
        definition: "Events that the fees for returned items in the window charge for, without those whose fee was given back by T. A fee row is divided into events: the unit fee is the largest whole amount from 25.00 to 60.00 that divides every such fee of the account that is visible at T, and the row is amount / unit events; without one, a row above 60.00 is divided by the largest such amount that divides it, and any other row is one event; outside US dollars a row is one event. (The vendor's rule is called least common multiple and works as this common divisor.) A fee is given back by a row on its account on its day or within 90 days after it. A row of a fee's very amount gives back the nearest fee of that amount, of its kind when it names one, else of any kind, fees of other kinds than these included; these refunds are followed first, whatever their day. A row that names the kind and is left then gives back whole events of the nearest fees of that kind, one after another, a fee that the rest does not hold passed over; it gives nothing back when a rest remains. The catalogue subtracts the fees reversed in the window, which lets the refund of an older fee cancel a newer one; here each refund is followed to its own fee.",
        basis: Basis::Rows(&[Standard::NsfFee]),
        value: |digest, window| count(digest, window, &[FeeKind::Nsf]),
    },
    Entry {
        name: "overdraft_fee_count",
        tier: Tier::Core,
        sources: "Ocrolus; Plaid CFR; Inscribe; Heron",
        unit: Unit::Count,
        windows: WEEK_TO_YEAR_AND_MONTHS,
        risk: Risk::Rises,
        reason: "returned_or_overdraft_items",
        compliance: Compliance::ModelOk,
        definition: "Events that the overdraft fees in the window charge for, without those whose fee was given back by T; rows are divided into events and followed to their refunds as in nsf_count.",
        basis: Basis::Rows(&[Standard::OverdraftFee]),
        value: |digest, window| count(digest, window, &[FeeKind::Overdraft]),
    },
    Entry {
        name: "nsf_od_combined_count",
        tier: Tier::Core,
        sources: "Plaid Base Report; Plaid Signal; Heron (no_od_nsf)",
        unit: Unit::Count,
        windows: WEEK_TO_YEAR,
        risk: Risk::Rises,
        reason: "returned_or_overdraft_items",
        compliance: Compliance::ModelOk,
        definition: "Sum of nsf_count and overdraft_fee_count: events that fees for returned items and overdraft charge for, without those whose fee was given back by T.",
        basis: Basis::Rows(&[Standard::NsfOverdraftFee]),
        value: |digest, window| count(digest, window, BOTH),
    },
    Entry {
        name: "nsf_od_per_month",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Ratio,
        windows: QUARTER_AND_HALF,
        risk: Risk::Rises,
        reason: "returned_or_overdraft_items",
        compliance: Compliance::ModelOk,
        definition: "The events of nsf_od_combined_count a month (30 days) of the window.",
        basis: Basis::Rows(&[Standard::NsfOverdraftFee]),
        value: nsf_od_per_month,
    },
    Entry {
        name: "nsf_od_per_active_month",
        tier: Tier::Extended,
        sources: "",
        unit: Unit::Ratio,
        windows: &[Window::days(90), Window::days(365)],
        risk: Risk::Rises,
        reason: "returned_or_overdraft_items",
        compliance: Compliance::ModelOk,
        definition: "The events of nsf_od_combined_count divided by the active months of the window: its stretches of 30 days, counted back from T, that have a posted row; the days that are left over belong to the oldest stretch. The catalogue does not say what an active month is. Zero denominator without a posted row. It differs from nsf_od_per_month, which divides by all months.",
        basis: Basis::Rows(&[Standard::NsfOverdraftFee]),
        value: nsf_od_per_active_month,
    },
    Entry {
        name: "nsf_od_trend",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Count,
        windows: QUARTER,
        risk: Risk::Rises,
        reason: "returned_or_overdraft_items",
        compliance: Compliance::ModelOk,
        definition: "The events of nsf_od_combined_count of the last 30 days, less half of those of the 60 days before, rounded half to even.",
        basis: Basis::Rows(&[Standard::NsfOverdraftFee]),
        value: nsf_od_trend,
    },
    Entry {
        name: "nsf_event_count",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Count,
        windows: MONTH_TO_YEAR,
        risk: Risk::Rises,
        reason: "returned_or_overdraft_items",
        compliance: Compliance::ModelOk,
        definition: "Payments that failed for lack of funds, whether or not the bank charged for them: the events that fees for returned items charge for (divided as in nsf_count, given back or not), and the items of reversed_payment_nsf_count for which no such fee stands on their account within two days before or after, each event of a fee standing for one item; an item whose fee was charged before the window counts by itself, unless a fee of the window within those two days has an event that stands for no other item.",
        basis: Basis::Traced(Trace {
            name: "fees for returned items, and returned items without one",
            rows: nsf_events,
        }),
        value: nsf_event_count,
    },
    Entry {
        name: "nsf_od_event_count",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Count,
        windows: WEEK_TO_YEAR,
        risk: Risk::Rises,
        reason: "returned_or_overdraft_items",
        compliance: Compliance::ModelOk,
        definition: "Sum of nsf_event_count and overdraft_fee_count: payments that failed for lack of funds, whether or not the bank charged for them or gave the fee back, and items paid into the overdraft whose fee was not given back by T.",
        basis: Basis::Traced(Trace {
            name: "fees for returned items and overdraft, and returned items without a fee",
            rows: nsf_od_events,
        }),
        value: nsf_od_event_count,
    },
    Entry {
        name: "nsf_paid_count",
        tier: Tier::Extended,
        sources: "Ocrolus (nsf_paid_or_negative_balance)",
        unit: Unit::Count,
        windows: MONTH_TO_YEAR,
        risk: Risk::Rises,
        reason: "returned_or_overdraft_items",
        compliance: Compliance::ModelOk,
        definition: "Items that the bank paid into the overdraft and charged for: the events that overdraft fees charge for, divided as in nsf_count, given back or not. Whether an item was paid is read from the kind of fee, since the text of a fee seldom says it.",
        basis: Basis::Rows(&[Standard::OverdraftFee]),
        value: |digest, window| charged(digest, window, FeeKind::Overdraft),
    },
    Entry {
        name: "nsf_unpaid_count",
        tier: Tier::Extended,
        sources: "Ocrolus (nsf_returned_or_not_paid)",
        unit: Unit::Count,
        windows: MONTH_TO_YEAR,
        risk: Risk::Rises,
        reason: "returned_or_overdraft_items",
        compliance: Compliance::ModelOk,
        definition: "Items that the bank returned unpaid and charged for: the events that fees for returned items charge for, divided as in nsf_count, given back or not. Whether an item was paid is read from the kind of fee, since the text of a fee seldom says it.",
        basis: Basis::Rows(&[Standard::NsfFee]),
        value: |digest, window| charged(digest, window, FeeKind::Nsf),
    },
    Entry {
        name: "reversed_payment_nsf_count",
        tier: Tier::Extended,
        sources: "Flinks (count_reversed_payments_because_of_nsf, April 2026)",
        unit: Unit::Count,
        windows: MONTH_TO_YEAR,
        risk: Risk::Rises,
        reason: "returned_or_overdraft_items",
        compliance: Compliance::ModelOk,
        definition: "Debits that came back unpaid, with a fee or without, less those whose text names another cause than lack of funds: a stop payment, an authorisation that was not there, an account that is closed, frozen or unknown, or one of the return codes R02, R03, R04, R05, R07, R08, R10, R11, R16, R20, R29. A text that names no cause counts, for lack of funds is what most returns are for.",
        basis: Basis::Traced(Trace { name: "returned items for lack of funds", rows: reversed_payments }),
        value: |digest, window| {
            let span = digest.span(window);
            digest.covers(span, None)?;
            integer(unpaid(digest, span).len())
        },
    },
    Entry {
        name: "unauthorised_return_count",
        tier: Tier::Extended,
        sources: "Plaid Signal",
        unit: Unit::Count,
        windows: &[Window::days(7), Window::days(30), Window::days(60), Window::days(90)],
        risk: Risk::Neither,
        reason: "",
        compliance: Compliance::VerifyOnly,
        definition: "Debits that came back and whose text says that they were not authorised, in words or by the return codes R05, R07, R10, R11, R29; most texts name no cause, so it is a lower bound. To have such a debit returned is a right under 15 USC 1693f, and 15 USC 1691(a)(3) forbids to hold its exercise against an applicant, so no model reads them.",
        basis: Basis::Rows(&[Standard::UnauthorisedReturn]),
        value: |digest, window| {
            let span = digest.span(window);
            digest.covers(span, None)?;
            integer(Standard::UnauthorisedReturn.sums(digest, span).count)
        },
    },
    Entry {
        name: "fee_free_overdraft_days",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Days,
        windows: QUARTER,
        risk: Risk::Rises,
        reason: "negative_balance_days",
        compliance: Compliance::ModelOk,
        definition: "Covered days of the window with a closing balance below zero that have no fee for a returned item or overdraft on the day itself or the day after.",
        basis: Basis::NegativeAmong(Trace { name: "days below zero without a fee", rows: free_days }),
        value: fee_free_overdraft_days,
    },
    Entry {
        name: "negative_or_fee_days",
        tier: Tier::Core,
        sources: "",
        unit: Unit::Days,
        windows: QUARTER,
        risk: Risk::Rises,
        reason: "negative_balance_days",
        compliance: Compliance::ModelOk,
        definition: "Distinct days of the window with a closing balance below zero or a fee for a returned item or overdraft.",
        basis: Basis::NegativeAmong(Trace { name: "days below zero or with a fee", rows: negative_and_fee_days }),
        value: negative_or_fee_days,
    },
];

/// Events of a span whose fees stand at T.
pub(super) fn standing(digest: &Digest<'_>, span: Span, kinds: &[FeeKind]) -> i128 {
    let returns = digest.returns();
    kinds.iter().map(|kind| i128::from(returns.standing(*kind, span.near, span.far))).sum()
}

fn count(digest: &Digest<'_>, window: Window, kinds: &[FeeKind]) -> Outcome {
    digest.covers_window(window)?;
    Ok(Value::integer(standing(digest, digest.span(window), kinds)))
}

fn charged(digest: &Digest<'_>, window: Window, kind: FeeKind) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    integer(digest.returns().charged(kind, span.near, span.far))
}

/// The items of a span that came back: for lack of funds, as far as texts tell, and for another cause.
fn items<'d>(digest: &'d Digest<'_>, span: Span) -> (Vec<&'d Returned>, Vec<&'d Returned>) {
    let rows = &digest.ledger.rows;
    let mut other: Vec<u32> = digest.rows(Standard::OtherCauseReturn.id(), span).map(|row| row.index).collect();
    other.sort_unstable();
    let items = digest.returns().list().iter().filter(|one| one.kind == Kind::Item);
    let inside = items.filter(|one| span.contains(days_between(rows[one.row as usize].day, digest.ledger.end) - 1));
    inside.partition(|one| other.binary_search(&rows[one.row as usize].index).is_err())
}

/// The items of a span that came back for lack of funds, as far as texts tell.
fn unpaid<'d>(digest: &'d Digest<'_>, span: Span) -> Vec<&'d Returned> {
    items(digest, span).0
}

/// The items that came back for lack of funds, each with the fee that stands for it, by day. A fee that stands for an item of
/// another cause is that of an unpaid one beside it.
fn unpaid_with_fees(digest: &Digest<'_>) -> Vec<(u32, Option<u32>)> {
    let rows = &digest.ledger.rows;
    let day = |at: u32| rows[at as usize].day;
    let (unpaid, other) = items(digest, Span::HISTORY);
    let mut to_spare: Vec<u32> = other.iter().filter_map(|one| one.fee).collect();
    to_spare.sort_unstable_by_key(|fee| (day(*fee), rows[*fee as usize].index));
    // By account, the oldest first. Items come by day, so what is too old for one is too old for those after it.
    let mut spare: BTreeMap<u16, VecDeque<u32>> = BTreeMap::new();
    to_spare.iter().for_each(|fee| spare.entry(rows[*fee as usize].account).or_default().push_back(*fee));
    let mut fee = |one: &Returned| {
        one.fee.or_else(|| {
            let fees = spare.get_mut(&rows[one.row as usize].account)?;
            while fees.pop_front_if(|fee| day(*fee).plus(ITEM_FEE_DAYS_MAX) < day(one.row)).is_some() {}
            fees.pop_front_if(|fee| day(*fee) <= day(one.row).plus(ITEM_FEE_DAYS_MAX))
        })
    };
    unpaid.into_iter().map(|one| (one.row, fee(one))).collect()
}

/// Those of the span for which no fee of the span stands: an item whose fee was charged before the span counts by itself, unless
/// another fee near it is to spare.
fn uncharged<'d>(digest: &'d Digest<'_>, span: Span) -> impl Iterator<Item = u32> + 'd {
    let rows = &digest.ledger.rows;
    let inside = move |at: u32| span.contains(days_between(rows[at as usize].day, digest.ledger.end) - 1);
    let items = digest.unpaid_items(|| unpaid_with_fees(digest)).iter();
    // Few items have a fee on the other side of the window's edge, and only they ask.
    let mut spare: Option<SpareFees> = None;
    let mut is_charged =
        move |item: u32| spare.get_or_insert_with(|| SpareFees::of(digest, inside)).take(&rows[item as usize]);
    let by_itself = move |(item, fee): &&(u32, Option<u32>)| {
        inside(*item) && fee.is_none_or(|fee| !inside(fee) && !is_charged(*item))
    };
    items.filter(by_itself).map(|(item, _)| *item)
}

/// Fees for returned items that have events to spare: more than unpaid items were given to them.
struct SpareFees {
    /// Account, day and spare events, in this order.
    fees: Vec<(u16, Day, u64)>,
    /// For each place the first at or after it that may have events left: used ones are stepped over once.
    next: Vec<usize>,
}

impl SpareFees {
    fn of(digest: &Digest<'_>, is_wanted: impl Fn(u32) -> bool) -> SpareFees {
        let rows = &digest.ledger.rows;
        let mut taken: Vec<u32> =
            digest.unpaid_items(|| unpaid_with_fees(digest)).iter().filter_map(|(_, fee)| *fee).collect();
        taken.sort_unstable();
        let times = |fee: u32| taken.partition_point(|one| *one <= fee) - taken.partition_point(|one| *one < fee);
        let wanted = digest.returns().item_fees().iter().filter(|(fee, _)| is_wanted(*fee));
        let spare = wanted.map(|&(fee, events)| (fee, events.saturating_sub(times(fee) as u64)));
        let mut fees: Vec<(u16, Day, u64)> = spare
            .filter(|(_, events)| 0 < *events)
            .map(|(fee, events)| (rows[fee as usize].account, rows[fee as usize].day, events))
            .collect();
        fees.sort_unstable();
        SpareFees { next: (0..=fees.len()).collect(), fees }
    }

    /// Takes an event of the oldest fee within the days around an item, on its account; whether there was one.
    fn take(&mut self, item: &LedgerRow) -> bool {
        let from = (item.account, item.day.plus(-ITEM_FEE_DAYS_MAX));
        let mut at = self.fees.partition_point(|(account, day, _)| (*account, *day) < from);
        while self.next[at] != at {
            self.next[at] = self.next[self.next[at]];
            at = self.next[at];
        }
        let Some((account, day, events)) = self.fees.get_mut(at) else { return false };
        if *account != item.account || item.day.plus(ITEM_FEE_DAYS_MAX) < *day {
            return false;
        }
        *events -= 1;
        if *events == 0 {
            self.next[at] = at + 1;
        }
        true
    }
}

fn nsf_event_count(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let free = uncharged(digest, span).count();
    let charged = digest.returns().charged(FeeKind::Nsf, span.near, span.far);
    integer(charged.saturating_add(free as u64))
}

fn nsf_od_event_count(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let charged = digest.returns().charged(FeeKind::Nsf, span.near, span.far);
    let failed = i128::from(charged) + i128::try_from(uncharged(digest, span).count()).unwrap_or(i128::MAX >> 1);
    Ok(Value::integer(failed + standing(digest, span, &[FeeKind::Overdraft])))
}

fn nsf_od_events(digest: &Digest<'_>, window: Window) -> Vec<Evidence> {
    let span = digest.span(window);
    let fees = digest.rows(Standard::NsfOverdraftFee.id(), span).map(|row| Evidence::Row(row.index));
    fees.chain(uncharged(digest, span).map(|at| row_of(digest, at))).collect()
}

fn nsf_events(digest: &Digest<'_>, window: Window) -> Vec<Evidence> {
    let span = digest.span(window);
    let fees = digest.rows(Standard::NsfFee.id(), span).map(|row| Evidence::Row(row.index));
    fees.chain(uncharged(digest, span).map(|at| row_of(digest, at))).collect()
}

fn reversed_payments(digest: &Digest<'_>, window: Window) -> Vec<Evidence> {
    unpaid(digest, digest.span(window)).into_iter().map(|one| row_of(digest, one.row)).collect()
}

fn row_of(digest: &Digest<'_>, at: u32) -> Evidence {
    Evidence::Row(digest.ledger.rows[at as usize].index)
}

fn nsf_od_per_month(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    ratio(standing(digest, span, BOTH) * 30, length(span)?.into())
}

fn nsf_od_per_active_month(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let stretches = length(span)? / 30;
    let active = (0..stretches).filter(|&at| {
        let (near, last) = (span.near + at * 30, at + 1 == stretches);
        let stretch = Span { near, far: if last { span.far } else { near + 30 } };
        0 < Standard::Posted.sums(digest, stretch).count
    });
    ratio(standing(digest, span, BOTH), i128::try_from(active.count()).unwrap_or(0))
}

fn nsf_od_trend(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.covers(span, None)?;
    let near = Span { near: 0, far: 30 };
    let newer = standing(digest, near, BOTH);
    let older = standing(digest, Span { near: near.far, far: span.far }, BOTH);
    Ok(rounded(Fraction { numerator: 2 * newer - older, denominator: 2 }))
}

fn fee_free_overdraft_days(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.balances(span)?;
    digest.covers(span, None)?;
    integer(free_days(digest, window).len())
}

fn free_days(digest: &Digest<'_>, window: Window) -> Vec<Evidence> {
    let fees = fee_days(digest, Span { near: 0, ..digest.span(window) });
    // They come newest first.
    let charged = |day: Day| fees.binary_search_by(|fee| day.cmp(fee)).is_ok();
    balances::negative_days(digest, window, |day| !charged(day) && !charged(day.plus(1)))
}

fn negative_or_fee_days(digest: &Digest<'_>, window: Window) -> Outcome {
    let span = digest.span(window);
    digest.balances(span)?;
    digest.covers(span, None)?;
    integer(negative_and_fee_days(digest, window).len())
}

fn negative_and_fee_days(digest: &Digest<'_>, window: Window) -> Vec<Evidence> {
    let mut days = balances::negative_days(digest, window, |_| true);
    days.extend(fee_days(digest, digest.span(window)).into_iter().map(Evidence::Day));
    days.sort_unstable();
    days.dedup();
    days
}

/// The days of a span with a fee for a returned item or overdraft, newest first.
fn fee_days(digest: &Digest<'_>, span: Span) -> Vec<Day> {
    let ages = digest.ages(Standard::NsfOverdraftFee.id(), span);
    ages.iter().map(|&age| digest.ledger.end.plus(i32::try_from(age).map_or(i32::MIN, |age| -1 - age))).collect()
}
