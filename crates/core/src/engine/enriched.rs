//! What a money-management product needs of one application as of T: the rows in words with what ties them together, the
//! recurring streams, what they will bring, the balance to come, sums by month. Nothing here is worked out anew: it is what
//! attributes and the score are computed from, written down.

mod likely;
mod marks;
mod months;
mod streams;

use std::collections::BTreeMap;

use super::{Engine, LabelledRow, labelled::in_turn};
use crate::{
    application::Application,
    assessment::Status,
    category::{
        merchant::Merchant,
        taxonomy::{StreamKind, Taxonomy},
    },
    digest::Digest,
    forecast::{self, Due, Forecast, Start},
    history::{Effect, History},
    ledger::{Counts, Doubt, Ledger, LedgerAccount, LedgerRow, NoLedger, Scope},
    money::{Currency, Direction},
    row::AccountCategory,
    stream::{State, cadence::Cadence},
    time::Day,
    value::{Missing, Value},
};
use marks::Marks;

/// Whether what is said of an application can be relied on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DataStatus {
    /// Nothing speaks against the data.
    Complete,
    /// Everything is written, and an account or a correction is in doubt: [`Overview::doubts`] says why.
    InDoubt,
    /// No account, or nothing visible at T.
    NoData,
    /// The application's own rows contradict each other.
    RejectedInput,
    /// The engine failed on this application.
    InternalError,
}

impl DataStatus {
    /// All of them, in the order in which they are documented.
    pub const ALL: [DataStatus; 5] = [
        DataStatus::Complete,
        DataStatus::InDoubt,
        DataStatus::NoData,
        DataStatus::RejectedInput,
        DataStatus::InternalError,
    ];

    /// The name that files use.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            DataStatus::Complete => "complete",
            DataStatus::InDoubt => "in_doubt",
            DataStatus::NoData => "no_data",
            DataStatus::RejectedInput => "rejected_input",
            DataStatus::InternalError => "internal_error",
        }
    }
}

/// Everything that is written of one application.
#[derive(Clone, PartialEq, Debug)]
pub struct Enriched {
    /// Whether it can be relied on.
    pub status: DataStatus,
    /// Days from T on of which [`Enriched::upcoming`] speaks.
    pub days: u16,
    /// Of the application as a whole; `None` without a ledger.
    pub overview: Option<Overview>,
    /// By id.
    pub accounts: Vec<EnrichedAccount>,
    /// By time, account and id; rows that a correction leaves out come last.
    pub transactions: Vec<EnrichedRow>,
    /// By direction, kind and id.
    pub streams: Vec<EnrichedStream>,
    /// By day, stream and date.
    pub upcoming: Vec<Upcoming>,
    /// By day.
    pub projection: Vec<ProjectedDay>,
    /// By month, kind of account and purpose.
    pub months: Vec<MonthSum>,
}

/// An application as a whole.
#[derive(Clone, PartialEq, Debug)]
pub struct Overview {
    /// Why it is in doubt.
    pub doubts: Vec<Doubt>,
    /// The currency of everything but of accounts in another one.
    pub currency: Currency,
    /// See [`Ledger::covered_from`].
    pub covered_from: Option<Day>,
    /// What became of its rows.
    pub counts: Counts,
    /// The balance that the projection starts from.
    pub start: Option<Start>,
    /// Why there is no projection.
    pub no_projection: Option<Missing>,
}

/// An account and how many of its rows are written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EnrichedAccount {
    /// Without its daily balances.
    pub account: LedgerAccount,
    /// Posted rows.
    pub posted: u64,
    /// Pending rows.
    pub pending: u64,
    /// Rows that a correction leaves out.
    pub excluded: u64,
}

/// How a row stands at T.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum RowState {
    Posted,
    Pending,
    /// A correction leaves it out of everything but the balances.
    Excluded,
}

/// What a human said of a row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum CorrectionState {
    /// Its purpose is the one that the correction gave.
    Recategorised,
    /// It is left out.
    Excluded,
    /// Corrections contradict each other or cannot be used: none applies, and the application is in doubt.
    InDoubt,
}

/// What a row is in the life of an advance.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AdvancePart {
    /// The money that was advanced.
    Proceeds,
    /// A payment on an advance.
    Repayment,
    /// A part of a purchase that is paid in instalments.
    Instalment,
}

/// A row in words, and what ties it to others. Ids are of transactions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EnrichedRow {
    /// The row; `refined` also says what a correction replaced.
    pub row: LabelledRow,
    /// The part that its account plays.
    pub scope: Scope,
    /// Posted, pending, left out.
    pub state: RowState,
    /// The group of its purpose.
    pub group: String,
    /// Who stands on the other side.
    pub merchant: Merchant,
    /// What a human said of it.
    pub correction: Option<CorrectionState>,
    /// The other side of a transfer between own accounts.
    pub partner: Option<String>,
    /// The row that this one returns or reverses; of several fees the nearest.
    pub undoes: Option<String>,
    /// The row that returns or reverses this one, the first of several.
    pub undone_by: Option<String>,
    /// The stream that it belongs to, as a position in [`Enriched::streams`].
    pub stream: Option<usize>,
    /// The date on the stream's schedule that it answers.
    pub due: Option<Day>,
    /// What it is in the life of an advance.
    pub part: Option<AdvancePart>,
    /// The row of the advance's money, or of the first instalment that is seen; of several advances that one payment pays
    /// back the oldest.
    pub advance: Option<String>,
}

/// A recurring stream. Amounts are minor units, inflow positive.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EnrichedStream {
    /// The same as long as applicant, direction, kind and counterparty are: see [`Engine::enriched`].
    pub id: String,
    /// Which way its money moves.
    pub direction: Direction,
    /// What it is.
    pub kind: StreamKind,
    /// The purpose of its newest row.
    pub purpose: String,
    /// Who pays or is paid, as its newest row has it.
    pub merchant: Merchant,
    /// The account of its newest row.
    pub account_id: String,
    /// On which calendar it comes.
    pub cadence: Cadence,
    /// How far it has come.
    pub state: State,
    /// The day of its oldest payment.
    pub first: Day,
    /// The day of its newest payment.
    pub last: Day,
    /// Days on which it paid.
    pub payments: u64,
    /// Dates on its schedule that a payment answered.
    pub kept: u64,
    /// Dates on its schedule on which nothing came.
    pub missed: u64,
    /// The usual payment.
    pub amount: i64,
    /// The smallest, in sign, of the payments that the usual one is the median of.
    pub low: i64,
    /// The largest of them.
    pub high: i64,
    /// The first date on its schedule from T on.
    pub next: Option<Day>,
    /// What it will bring: [`forecast::next_amount`].
    pub next_amount: i64,
    /// Amount × payments a year; `None` without a cadence.
    pub per_year: Option<i64>,
}

/// How sure it is that a payment comes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum UpcomingStatus {
    /// Its date lies ahead.
    Expected,
    /// Its date has passed, and payments of this cadence still come so late.
    Late,
    /// The stream has missed a date; the projection leaves it out.
    Doubtful,
}

/// A payment to come.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Upcoming {
    /// When.
    pub due: Due,
    /// How sure.
    pub status: UpcomingStatus,
    /// Of which stream, as a position in [`Enriched::streams`].
    pub stream: usize,
    /// The share of generated streams of this state, cadence and number of payments that kept such a date within the tolerance of
    /// their cadence, to six digits.
    pub probability: Option<f64>,
    /// The same, and the amount lay between [`EnrichedStream::low`] and [`EnrichedStream::high`].
    pub probability_in_band: Option<f64>,
}

/// A day of the forecast of all deposit accounts together.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ProjectedDay {
    /// The day.
    pub day: Day,
    /// Its expected closing balance, minor units.
    pub balance: i64,
    /// Money expected in from T to its end, minor units.
    pub inflow: i64,
    /// Money expected out, minor units, positive.
    pub outflow: i64,
    /// The probability that it closes below zero, to six digits.
    pub negative: f64,
}

/// The posted rows of one purpose in one month, transfers between own accounts left out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MonthSum {
    /// The first day of the month.
    pub month: Day,
    /// Whether the data covers all of it.
    pub whole: bool,
    /// The kind of accounts.
    pub scope: Scope,
    /// The purpose.
    pub purpose: String,
    /// Its group.
    pub group: String,
    /// Money in, minor units.
    pub inflow: i64,
    /// Money out, minor units, positive.
    pub outflow: i64,
    /// Rows.
    pub count: u64,
}

impl Enriched {
    /// Of an application of which nothing is known.
    #[must_use]
    pub fn without_data(status: DataStatus, days: u16) -> Enriched {
        Enriched {
            status,
            days,
            overview: None,
            accounts: vec![],
            transactions: vec![],
            streams: vec![],
            upcoming: vec![],
            projection: vec![],
            months: vec![],
        }
    }
}

impl Engine {
    /// Everything that the ledger of an application holds, and what it will bring in `days` days from T on. `status` is what
    /// [`Engine::assess`] said of it.
    ///
    /// The id of a stream is a digest of the primary applicant's id, the direction, the kind and the counterparty's key. Of
    /// several such streams the one that began first has that id; the id of each other one also holds its first transaction.
    #[must_use]
    pub fn enriched(&self, history: &History, application: &Application, status: Status, days: u16) -> Enriched {
        match status {
            Status::InternalError => return Enriched::without_data(DataStatus::InternalError, days),
            Status::RejectedInput => return Enriched::without_data(DataStatus::RejectedInput, days),
            _ => {}
        }
        let mut ledger = match self.ledger(history, application) {
            Ok(ledger) => ledger,
            Err(NoLedger::Refused) => return Enriched::without_data(DataStatus::RejectedInput, days),
            Err(NoLedger::OtherRules) => return Enriched::without_data(DataStatus::InternalError, days),
            Err(_) => return Enriched::without_data(DataStatus::NoData, days),
        };
        let digest = super::digest(&self.parts, &ledger, application, history);
        let reader = Reader { engine: self, history, ledger: &ledger };
        let (streams, order) = streams::streams(reader, application.primary(), digest.streams());
        let upcoming = streams::upcoming(&ledger, digest.streams(), &order, &streams, days);
        let transactions = reader.rows(&Marks::of(&ledger, &digest, &order));
        let (projection, no_projection) = match projection(&digest, &ledger, days) {
            Ok(days) => (days, None),
            Err(cause) => (vec![], Some(cause)),
        };
        let months = months::months(&ledger, self.categoriser().taxonomy());
        let overview = Overview {
            doubts: ledger.doubts.clone(),
            currency: ledger.currency,
            covered_from: ledger.covered_from,
            counts: ledger.counts,
            start: forecast::balance(&ledger).ok(),
            no_projection,
        };
        drop(digest);
        Enriched {
            status: if ledger.doubts.is_empty() { DataStatus::Complete } else { DataStatus::InDoubt },
            days,
            overview: Some(overview),
            accounts: accounts(std::mem::take(&mut ledger.accounts), &transactions),
            transactions,
            streams,
            upcoming,
            projection,
            months,
        }
    }
}

/// What it takes to put a row into words.
#[derive(Clone, Copy)]
struct Reader<'a> {
    engine: &'a Engine,
    history: &'a History,
    ledger: &'a Ledger,
}

impl Reader<'_> {
    fn taxonomy(&self) -> &Taxonomy {
        self.engine.categoriser().taxonomy()
    }

    /// Who stands on the other side of a row, as when it was labelled.
    fn merchant(&self, row: &LedgerRow) -> Merchant {
        let version = self.history.rows().get(row.index as usize);
        let account = version.and_then(|version| self.history.accounts().get(version.account as usize));
        let category = account.map_or(AccountCategory::Unknown, |one| one.labelled_as());
        self.engine.categoriser().counterparty(self.history.description(row.index), row.amount, category)
    }

    fn rows(&self, marks: &Marks) -> Vec<EnrichedRow> {
        let Ledger { rows, other_rows, pending, .. } = self.ledger;
        let posted = rows.iter().chain(other_rows).map(|row| (*row, RowState::Posted));
        let mut all: Vec<(LedgerRow, RowState)> =
            posted.chain(pending.iter().map(|row| (*row, RowState::Pending))).collect();
        let mut listed: Vec<u32> = all.iter().map(|(row, _)| row.index).collect();
        listed.sort_unstable();
        all.sort_by(|(a, _), (b, _)| in_turn(self.history, a, b));
        let left_out = self.ledger.corrected.iter().filter(|index| listed.binary_search(index).is_err());
        let mut excluded: Vec<LedgerRow> = left_out.filter_map(|index| self.excluded(*index)).collect();
        excluded.sort_by(|a, b| in_turn(self.history, a, b));
        all.extend(excluded.into_iter().map(|row| (row, RowState::Excluded)));
        all.iter().filter_map(|(row, state)| self.row(row, *state, marks)).collect()
    }

    /// A row that stands in no list of the ledger.
    fn excluded(&self, index: u32) -> Option<LedgerRow> {
        let version = self.history.rows().get(index as usize)?;
        let link = self.history.account_id(index);
        let account = self.ledger.accounts.iter().position(|account| account.links.iter().any(|one| one == link))?;
        let posted = version.posted().filter(|at| *at < self.ledger.as_of);
        let time = posted.unwrap_or_else(|| version.transacted());
        Some(LedgerRow {
            account: u16::try_from(account).ok()?,
            day: self.engine.zone().day(time),
            time,
            amount: version.amount,
            label: version.label,
            internal: false,
            index,
        })
    }

    fn row(&self, row: &LedgerRow, state: RowState, marks: &Marks) -> Option<EnrichedRow> {
        let pending = state == RowState::Pending;
        let mut words = self.engine.in_words(self.ledger, self.history, row, pending)?;
        let amended = self.history.amended().and_then(|amended| amended.of(row.index));
        let correction = amended.map(|one| match one.effect {
            Effect::Relabelled => CorrectionState::Recategorised,
            Effect::Excluded => CorrectionState::Excluded,
            Effect::InDoubt(_) => CorrectionState::InDoubt,
        });
        if let (Some(amended), Some(CorrectionState::Recategorised)) = (amended, correction) {
            words.refined = Some(super::BeforeRefined {
                purpose: self.taxonomy().info(amended.before.purpose).name.clone(),
                rule: self.engine.categoriser().decided_by(amended.before.rule).unwrap_or_default().to_owned(),
                payments: 1,
                cadence: "",
            });
        }
        let id = |index: Option<u32>| index.map(|index| self.history.id(index).to_owned());
        let own = marks.of_row(row.index);
        Some(EnrichedRow {
            scope: self.ledger.accounts.get(usize::from(row.account))?.scope,
            state,
            group: self.taxonomy().info(row.label.purpose).group.clone(),
            merchant: self.merchant(row),
            correction,
            partner: id(own.partner),
            undoes: id(own.undoes),
            undone_by: id(own.undone_by),
            stream: own.stream,
            due: own.due,
            part: own.part,
            advance: id(own.advance),
            row: words,
        })
    }
}

fn accounts(accounts: Vec<LedgerAccount>, rows: &[EnrichedRow]) -> Vec<EnrichedAccount> {
    let mut counts: BTreeMap<(&str, RowState), u64> = BTreeMap::new();
    for row in rows {
        *counts.entry((&row.row.account_id, row.state)).or_default() += 1;
    }
    let one = |mut account: LedgerAccount| {
        account.balances = None;
        let [posted, pending, excluded] = [RowState::Posted, RowState::Pending, RowState::Excluded]
            .map(|state| counts.get(&(account.id.as_str(), state)).copied().unwrap_or(0));
        EnrichedAccount { account, posted, pending, excluded }
    };
    accounts.into_iter().map(one).collect()
}

fn projection(digest: &Digest<'_>, ledger: &Ledger, days: u16) -> Result<Vec<ProjectedDay>, Missing> {
    let forecast: &Forecast = digest.forecast()?;
    let last = u8::try_from(days).unwrap_or(u8::MAX).min(forecast::DAYS);
    let day = |ahead: u8| {
        Ok(ProjectedDay {
            day: ledger.end.plus(i32::from(ahead) - 1),
            balance: narrow(forecast.expected(ahead)?.round()),
            inflow: narrow(forecast.expected_inflow(ahead).round()),
            outflow: narrow(forecast.expected_outflow(ahead).round()),
            negative: millionths(forecast.probability_below(0, ahead)?),
        })
    };
    (1..=last).map(day).collect()
}

/// To the sixth digit: a forecast knows no more, and nobody reads a chance of one in a trillion.
fn millionths(probability: f64) -> f64 {
    (probability * 1e6).round_ties_even() / 1e6
}

/// A wide sum; beyond `i64` it stays at its end, as counts do.
fn narrow(sum: i128) -> i64 {
    match Value::integer(sum) {
        Value::Integer(sum) => sum,
        _ => 0,
    }
}
