//! The rows of one application, table by table.

use super::super::{Cell, balance_mode, code, joined, keys, text_or_null};
use crate::{
    assessment::Assessment,
    category::taxonomy::StreamKind,
    engine::{
        AdvancePart, CorrectionState, Enriched, EnrichedAccount, EnrichedRow, EnrichedStream, MonthSum, ProjectedDay,
        RowState, Upcoming, UpcomingStatus,
    },
    ledger::Scope,
    money::Direction,
    row::{AccountStatus, AccountSubcategory},
};

type Row<'a> = Vec<Cell<'a>>;

/// The rows of an application in the table of that name; none when there is no such table.
#[must_use]
pub fn enriched_rows<'a>(table: &str, assessment: &'a Assessment, enriched: &'a Enriched) -> Vec<Row<'a>> {
    let begin = || {
        let mut row = keys(assessment);
        row.push(enriched.status.code().into());
        row
    };
    let currency = || enriched.overview.as_ref().map_or(Cell::Null, |one| one.currency.to_string().into());
    let with = |cells: Vec<Cell<'a>>| {
        let mut row = begin();
        row.extend(cells);
        row
    };
    match table {
        "applications" => vec![with(application(enriched))],
        "accounts" => enriched.accounts.iter().map(|one| with(account(one))).collect(),
        "transactions" => enriched.transactions.iter().map(|one| with(transaction(enriched, one))).collect(),
        "streams" => enriched.streams.iter().map(|one| with(stream(one, currency()))).collect(),
        "upcoming" => {
            let of = |one: &Upcoming| Some(with(upcoming(one, enriched.streams.get(one.stream)?, currency())));
            enriched.upcoming.iter().filter_map(of).collect()
        }
        "projection" => enriched.projection.iter().map(|one| with(projected(one, currency()))).collect(),
        "summary" => enriched.months.iter().map(|one| with(month(one, currency()))).collect(),
        _ => vec![],
    }
}

fn application(enriched: &Enriched) -> Row<'_> {
    let overview = enriched.overview.as_ref();
    let count = |state: RowState| enriched.transactions.iter().filter(|row| row.state == state).count() as u64;
    let transfers = enriched.transactions.iter().filter(|row| row.partner.is_some() && row.row.amount_minor < 0);
    vec![
        overview.map_or(Cell::Null, |one| joined(one.doubts.iter().map(code))),
        overview.map(|one| one.currency.to_string()).into(),
        overview.and_then(|one| one.covered_from).map_or(Cell::Null, Cell::Date),
        i64::from(enriched.days).into(),
        (enriched.accounts.len() as u64).into(),
        (enriched.transactions.len() as u64).into(),
        count(RowState::Posted).into(),
        count(RowState::Pending).into(),
        count(RowState::Excluded).into(),
        overview.map_or(0, |one| one.counts.foreign_currency_rows).into(),
        overview.map_or(0, |one| one.counts.conflicting_rows).into(),
        overview.map_or(0, |one| one.counts.corrections_idle).into(),
        (transfers.count() as u64).into(),
        (enriched.streams.len() as u64).into(),
        (enriched.upcoming.len() as u64).into(),
        overview.and_then(|one| i64::try_from(one.start?.amount).ok()).into(),
        overview.and_then(|one| one.no_projection).map(|cause| cause.code()).into(),
    ]
}

fn account(one: &EnrichedAccount) -> Row<'_> {
    let EnrichedAccount { account, posted, pending, excluded } = one;
    vec![
        account.id.as_str().into(),
        joined(account.links.iter().cloned()),
        text_or_null(&account.institution_name),
        code(&account.scope).into(),
        subcategory(account.subcategory).into(),
        status(account.status).into(),
        code(&account.access).into(),
        account.currency.to_string().into(),
        joined(account.doubts.iter().map(code)),
        balance_mode(account.balance_mode).into(),
        account.balance_current.into(),
        // Of a card the same field says what is owed.
        account.balance_available.filter(|_| account.scope == Scope::Deposit).into(),
        account.balance_as_of.map_or(Cell::Null, Cell::Instant),
        account.first_day.map_or(Cell::Null, Cell::Date),
        account.last_day.map_or(Cell::Null, Cell::Date),
        (*posted).into(),
        (*pending).into(),
        (*excluded).into(),
    ]
}

fn transaction<'a>(enriched: &'a Enriched, one: &'a EnrichedRow) -> Row<'a> {
    let refined = one.row.refined.as_ref();
    let stream = one.stream.and_then(|at| enriched.streams.get(at));
    vec![
        one.row.account_id.as_str().into(),
        code(&one.scope).into(),
        one.row.transaction_id.as_str().into(),
        Cell::Date(one.row.day),
        one.row.amount_minor.into(),
        one.row.currency.to_string().into(),
        match one.state {
            RowState::Posted => "posted",
            RowState::Pending => "pending",
            RowState::Excluded => "excluded",
        }
        .into(),
        one.row.description.as_str().into(),
        text_or_null(&one.merchant.key),
        text_or_null(&one.merchant.name),
        one.row.purpose.as_str().into(),
        one.group.as_str().into(),
        one.row.instrument.as_str().into(),
        one.row.role.as_str().into(),
        text_or_null(&one.row.rule),
        i64::from(one.row.confidence).into(),
        refined.map(|before| before.purpose.as_str()).into(),
        refined.map_or(Cell::Null, |before| text_or_null(&before.rule)),
        one.correction
            .map(|correction| match correction {
                CorrectionState::Recategorised => "recategorised",
                CorrectionState::Excluded => "excluded",
                CorrectionState::InDoubt => "in_doubt",
            })
            .into(),
        Cell::Flag(one.partner.is_some()),
        one.partner.as_deref().into(),
        one.undoes.as_deref().into(),
        one.undone_by.as_deref().into(),
        stream.map(|stream| stream.id.as_str()).into(),
        one.due.map_or(Cell::Null, Cell::Date),
        one.part
            .map(|part| match part {
                AdvancePart::Proceeds => "proceeds",
                AdvancePart::Repayment => "repayment",
                AdvancePart::Instalment => "instalment",
            })
            .into(),
        one.advance.as_deref().into(),
    ]
}

fn stream<'a>(one: &'a EnrichedStream, currency: Cell<'a>) -> Row<'a> {
    vec![
        one.id.as_str().into(),
        match one.direction {
            Direction::Inflow => "inflow",
            Direction::Outflow => "outflow",
        }
        .into(),
        class(one.kind).into(),
        one.kind.code().into(),
        one.purpose.as_str().into(),
        text_or_null(&one.merchant.key),
        text_or_null(&one.merchant.name),
        one.account_id.as_str().into(),
        one.cadence.code().into(),
        one.state.code().into(),
        Cell::Date(one.first),
        Cell::Date(one.last),
        one.payments.into(),
        one.kept.into(),
        one.missed.into(),
        one.amount.into(),
        one.low.into(),
        one.high.into(),
        currency,
        one.next.map_or(Cell::Null, Cell::Date),
        one.next.map(|_| one.next_amount).into(),
        one.per_year.into(),
    ]
}

fn upcoming<'a>(one: &Upcoming, stream: &'a EnrichedStream, currency: Cell<'a>) -> Row<'a> {
    vec![
        Cell::Date(one.due.expected),
        Cell::Date(one.due.date),
        Cell::Date(one.due.earliest),
        Cell::Date(one.due.latest),
        match one.status {
            UpcomingStatus::Expected => "expected",
            UpcomingStatus::Late => "late",
            UpcomingStatus::Doubtful => "doubtful",
        }
        .into(),
        one.probability.into(),
        one.probability_in_band.into(),
        stream.next_amount.into(),
        stream.low.into(),
        stream.high.into(),
        currency,
        class(stream.kind).into(),
        stream.kind.code().into(),
        stream.purpose.as_str().into(),
        text_or_null(&stream.merchant.key),
        text_or_null(&stream.merchant.name),
        stream.account_id.as_str().into(),
        stream.id.as_str().into(),
        stream.state.code().into(),
        stream.kept.into(),
        stream.missed.into(),
    ]
}

fn projected<'a>(one: &ProjectedDay, currency: Cell<'a>) -> Row<'a> {
    vec![Cell::Date(one.day), one.balance.into(), one.inflow.into(), one.outflow.into(), currency, one.negative.into()]
}

fn month<'a>(one: &'a MonthSum, currency: Cell<'a>) -> Row<'a> {
    vec![
        Cell::Date(one.month),
        Cell::Flag(one.whole),
        code(&one.scope).into(),
        one.purpose.as_str().into(),
        one.group.as_str().into(),
        one.inflow.into(),
        one.outflow.into(),
        currency,
        one.count.into(),
    ]
}

fn class(kind: StreamKind) -> &'static str {
    match kind {
        kind if kind.is_income() => "income",
        kind if kind.is_obligation() => "bill",
        _ => "other",
    }
}

fn subcategory(one: AccountSubcategory) -> &'static str {
    match one {
        AccountSubcategory::Checking => "checking",
        AccountSubcategory::Savings => "savings",
        AccountSubcategory::Mortgage => "mortgage",
        AccountSubcategory::LineOfCredit => "line_of_credit",
        AccountSubcategory::CreditCard => "credit_card",
        AccountSubcategory::Other => "other",
        AccountSubcategory::Unknown => "unknown",
    }
}

fn status(one: AccountStatus) -> &'static str {
    match one {
        AccountStatus::Active => "active",
        AccountStatus::Inactive => "inactive",
        AccountStatus::Disconnected => "disconnected",
        AccountStatus::Unknown => "unknown",
    }
}
