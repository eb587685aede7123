//! One application's truth as of T. From here on nothing fails: the ledger is a promise.
//!
//! The ledger holds what was visible at T: the latest version of each row, without voids and duplicates, re-linked accounts
//! merged, one currency, in the order (time, account, id); daily closing balances with their provenance; and the doubts
//! that forbid a score.

mod account;
mod assemble;
mod balance;
mod currency;
mod delivery;
mod magnitudes;
mod parties;
mod relink;
mod select;
mod settled;
mod transfer;
mod visible;

use serde::Serialize;

pub(crate) use self::{delivery::doubt_signs, parties::Parties, select::Link};
pub use crate::history::{Deactivation, Doubt, Numbers};
use crate::{
    category::label::{Label, Purpose, RuleId},
    money::Currency,
    row::{AccountCategory, AccountStatus, AccountSubcategory, HolderKind},
    time::Day,
};

/// Balances at T, per applicant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BalanceMode {
    /// Only snapshots at or before T.
    Strict,
    /// Rolled back from a later snapshot through complete posted rows.
    Reconstruct,
    /// No usable snapshot.
    None,
}

/// What part an account plays: deposit accounts carry cash flow, the others their own attributes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Scope {
    Deposit,
    Credit,
    Loan,
    Investment,
    Other,
}

/// Whether transactions of an account are there, and if not, why.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionAccess {
    /// Rows are there, or a refresh succeeded and there are none.
    Complete,
    /// The holder did not permit transactions.
    NotPermitted,
    /// They were never requested.
    NeverRefreshed,
    /// The last refresh failed and no row is there.
    RefreshFailed,
    /// The export does not say, and there are no rows.
    Unknown,
}

/// Where a daily balance comes from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    /// A snapshot of that day by the institution.
    Reported,
    /// Computed by Stripe.
    Inferred,
    /// Rolled from a snapshot through posted rows.
    Rebuilt,
}

/// Closing balances of consecutive days.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DailyBalances {
    /// The day of the first entry.
    pub first: Day,
    /// Minor units, one a day.
    pub closing: Vec<i64>,
    /// As long as `closing`.
    pub provenance: Vec<Provenance>,
}

/// An account as of T; several links of one real account are one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LedgerAccount {
    /// The id that stands for the account: the bytewise smallest of the merged links.
    pub id: String,
    /// Every merged link, ascending, `id` among them.
    pub links: Vec<String>,
    /// Holders of the links, ascending, without repeats.
    pub holders: Vec<String>,
    /// Person or business, when any link says.
    pub holder_kind: Option<HolderKind>,
    /// Free text, may be empty.
    pub institution_name: String,
    /// Deposit, credit, loan, investment, other.
    pub scope: Scope,
    /// Stripe's category.
    pub category: AccountCategory,
    /// Stripe's subcategory.
    pub subcategory: AccountSubcategory,
    /// Stripe's status.
    pub status: AccountStatus,
    /// When an active account is expected to become inactive.
    pub deactivation: Option<Deactivation>,
    /// What its account numbers can pay, of all links the longest; `None` when the export does not say.
    pub numbers: Option<Numbers>,
    /// Whether any link can be debited by ACH (`supported_payment_method_types`); `None` when the export does not say.
    pub ach_debit: Option<bool>,
    /// The account's currency.
    pub currency: Currency,
    /// Whether transactions are there.
    pub access: TransactionAccess,
    /// How its balances were found.
    pub balance_mode: BalanceMode,
    /// Balance at T (after all visible posted rows), minor units.
    pub balance_current: Option<i64>,
    /// Available balance of the newest snapshot at or before T, minor units.
    pub balance_available: Option<i64>,
    /// When the snapshot that balances rest on was computed, seconds.
    pub balance_as_of: Option<i64>,
    /// Closing balances up to the day before T's; `None` without a usable snapshot. A deposit account whose transactions are
    /// complete is covered from the first day on which any deposit account of the application shows a posted row (before its
    /// own first row it holds its opening balance), any other account from its own first posted row.
    pub balances: Option<DailyBalances>,
    /// |running balance from transactions minus reported balance| over all pairs of snapshots, the largest; `None` when
    /// fewer than two snapshots bear on it.
    pub reconciliation_error: Option<i64>,
    /// First and last day with a visible posted row.
    pub first_day: Option<Day>,
    /// See `first_day`.
    pub last_day: Option<Day>,
    /// Of the application's doubts those that this account gives cause for, ascending, without repeats.
    pub doubts: Vec<Doubt>,
}

/// A posted row visible at T.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LedgerRow {
    /// Index into [`Ledger::accounts`].
    pub account: u16,
    /// Posting day, else the transaction's.
    pub day: Day,
    /// Seconds of the posting, else of the transaction.
    pub time: i64,
    /// Minor units, inflow positive; never zero for `counted` rows.
    pub amount: i64,
    /// What it is.
    pub label: Label,
    /// Paired with a row of another account of the same application, and netted out of income and spend; a payment to an own
    /// card is paired and not netted out, for what the card bought stands on the card alone.
    pub internal: bool,
    /// The row's position in the history, for its id and text.
    pub index: u32,
}

/// A row whose label was refined: what its text said, and what spoke for the new one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refined {
    /// The row's position in the history.
    pub row: u32,
    /// The purpose that its text gave it.
    pub purpose: Purpose,
    /// The rule that did.
    pub rule: RuleId,
    /// Rows that were looked at together.
    pub payments: u32,
    /// The calendar they keep, empty for the two rows of a transfer.
    pub cadence: &'static str,
}

/// What became of the rows of an application's accounts, and exceptions that were met and handled: for the manifest.
///
/// Every row has one fate, so that the first block adds up: `rows_seen` = `rows_used` + `pending` + `not_visible` +
/// `superseded` + `void` + `zero_amount` + `duplicate_rows` + `relinked_rows` + `foreign_currency_rows` +
/// `repaired_pending` + `conflicting_rows` + `excluded`. The other fields count something about such rows, or accounts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Counts {
    /// Rows of the selected accounts, all versions and exact repeats.
    pub rows_seen: u64,
    /// Posted rows in [`Ledger::rows`] and [`Ledger::other_rows`].
    pub rows_used: u64,
    /// Transacted at T or later, or versions written at T or later while an earlier one stands.
    pub not_visible: u64,
    /// Versions that a later version, written before T, replaced.
    pub superseded: u64,
    /// Rows of which every version was written at T or later: the earliest stands, and may know more than was known at T.
    pub version_after_t: u64,
    /// Voided before T, or voided without a date.
    pub void: u64,
    /// Not posted before T, of accounts of any scope.
    pub pending: u64,
    /// Amount zero, posted or pending: kept out of all lists.
    pub zero_amount: u64,
    /// Exact repeats of a row (pages overlap, files are delivered twice).
    pub duplicate_rows: u64,
    /// Rows that another link of the same real account also holds.
    pub relinked_rows: u64,
    /// Links that were merged into another link of the same real account.
    pub relinked_accounts: u64,
    /// Rows in a currency that is not their account's, and rows of accounts that are not in the scored currency.
    pub foreign_currency_rows: u64,
    /// Posted without a posting date, pending with one, or voided by date but not by status. Also counted by fate.
    pub status_inconsistent: u64,
    /// Pending rows that came back as posted rows under a new id.
    pub repaired_pending: u64,
    /// Rows with the same id and `updated` as another row and different content.
    pub conflicting_rows: u64,
    /// Accounts whose balance rests on a snapshot at or before T.
    pub strict_balances: u64,
    /// Accounts whose balance was rolled back from a later snapshot.
    pub reconstructed_balances: u64,
    /// Accounts without a usable snapshot.
    pub no_balances: u64,
    /// Money in on deposit accounts, transfers between own accounts left out; minor units.
    pub inflow_minor: u64,
    /// Of it, money of which a rule knew the purpose.
    pub inflow_known_minor: u64,
    /// Money out on deposit accounts, transfers between own accounts left out, payments to own cards not; minor units.
    pub outflow_minor: u64,
    /// Of it, money of which a rule knew the purpose.
    pub outflow_known_minor: u64,
    /// Rows, posted or pending, that a correction leaves out. Written only when there are any.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub excluded: u64,
    /// Corrections in effect: of rows in use, and of those left out. Written only when there are any.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub corrections_applied: u64,
    /// Corrections of transactions of these accounts that change nothing, because the transaction is not in use as of T: not
    /// visible, void, replaced by a row of another id, or in another currency. Written only when there are any.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub corrections_idle: u64,
    /// Accounts whose purchases come in: their signs are turned or left out. Written only when there are any.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub sign_implausible_accounts: u64,
    /// Accounts most of whose rows stand twice, under two ids. Written only when there are any.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rows_twice_accounts: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// One application's truth as of T.
#[derive(Clone, PartialEq, Debug)]
pub struct Ledger {
    /// T in seconds, exclusive.
    pub as_of: i64,
    /// The first day that no window holds: windows of n days are `[end - n, end)`.
    pub end: Day,
    /// The currency that is scored.
    pub currency: Currency,
    /// The accounts, by id.
    pub accounts: Vec<LedgerAccount>,
    /// The first day that the data of the deposit accounts covers: that of the first posted row, less a quiet spell as long
    /// as the accounts show later, at most `limits::QUIET_DAYS_MAX` days. `None` without a posted row.
    pub covered_from: Option<Day>,
    /// Posted rows of deposit accounts in the scored currency, in the order (time, account, id).
    pub rows: Vec<LedgerRow>,
    /// Posted rows of the other accounts, in the same order.
    pub other_rows: Vec<LedgerRow>,
    /// Pending rows of deposit accounts, in the same order.
    pub pending: Vec<LedgerRow>,
    /// Transfers between own accounts, as pairs (outflow, inflow) of [`LedgerRow::index`], in the order of the outflow's row.
    pub transfers: Vec<(u32, u32)>,
    /// What the text alone said of rows whose label the rows around them refined, by [`LedgerRow::index`].
    pub refined: Vec<Refined>,
    /// Rows of the history on which a correction is in effect, ascending; those left out are in none of the lists above.
    pub corrected: Vec<u32>,
    /// Why no score may be given, ascending, without repeats.
    pub doubts: Vec<Doubt>,
    /// Exceptions, counted.
    pub counts: Counts,
}

impl Ledger {
    /// Whether an account of it carries its cash flow: a deposit account in the scored currency.
    #[must_use]
    pub fn is_deposit(&self, account: &LedgerAccount) -> bool {
        account.scope == Scope::Deposit && account.currency == self.currency
    }

    /// The rows that are a side of a transfer between own accounts, as ascending positions in the history.
    pub(crate) fn paired(&self) -> Vec<u32> {
        let mut paired: Vec<u32> = self.transfers.iter().flat_map(|(out, into)| [*out, *into]).collect();
        paired.sort_unstable();
        paired
    }

    /// Counts the money that moved, and that of which a rule knew the purpose.
    pub(crate) fn count_flows(&mut self) {
        // In and out, all and known. Sums beyond what the counts hold stay at their end.
        let [mut inflow, mut inflow_known, mut outflow, mut outflow_known] = [0_u64; 4];
        for row in self.rows.iter().filter(|row| !row.internal) {
            let magnitude = row.amount.unsigned_abs();
            let known = if row.label.purpose == Purpose(0) { 0 } else { magnitude };
            if row.amount < 0 {
                (outflow, outflow_known) = (outflow.saturating_add(magnitude), outflow_known.saturating_add(known));
            } else {
                (inflow, inflow_known) = (inflow.saturating_add(magnitude), inflow_known.saturating_add(known));
            }
        }
        (self.counts.inflow_minor, self.counts.inflow_known_minor) = (inflow, inflow_known);
        (self.counts.outflow_minor, self.counts.outflow_known_minor) = (outflow, outflow_known);
    }
}

/// What is read of a ledger beside its rows' days, amounts and texts. What nobody reads is not worked out; rows, versions,
/// duplicates, currencies and doubts always are, but for the doubt about signs that labels tell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reads {
    /// Labels, and what rests on them: transfers between own accounts and refined labels.
    pub labels: bool,
    /// Closing balances day by day.
    pub balances: bool,
}

impl Reads {
    /// Everything.
    pub const ALL: Reads = Reads { labels: true, balances: true };
    /// Nothing more.
    pub const NONE: Reads = Reads { labels: false, balances: false };

    /// What either reads.
    #[must_use]
    pub fn and(self, other: Reads) -> Reads {
        Reads { labels: self.labels || other.labels, balances: self.balances || other.balances }
    }
}

/// How a ledger is cut out of a history.
#[derive(Clone, Copy, Debug)]
pub struct Cut<'a> {
    /// The application: T, applicants, consented accounts, currency.
    pub application: &'a crate::application::Application,
    /// The run's zone.
    pub zone: &'a crate::time::Zone,
    /// A snapshot at or before T is fresh when it is at most this old; older ones lead to reconstruction.
    pub balance_age_days_max: u16,
}

/// Why there is no ledger at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoLedger {
    /// The applicants have no account.
    #[error("the applicants have no account")]
    NoAccounts,
    /// Accounts, but no row and no balance visible at T.
    #[error("no row and no balance of the applicants' accounts is visible at T")]
    NothingVisible,
    /// No door lets such an application through: see [`Application::fault`](crate::application::Application::fault).
    #[error("a value of the application is none that a door lets through")]
    Refused,
    /// The history's rows have no labels, or those of other rules than the engine's.
    #[error("the history was not labelled by the rules of this engine")]
    OtherRules,
}

/// Cuts the ledger as of T.
///
/// # Errors
///
/// [`NoLedger`] when the applicants have no account or nothing is visible at T.
pub fn cut(history: &crate::history::History, cut: &Cut<'_>) -> Result<Ledger, NoLedger> {
    cut_for(history, cut, Reads::ALL)
}

/// The same for whoever reads no more of it.
///
/// # Errors
///
/// As [`cut`].
pub fn cut_for(history: &crate::history::History, cut: &Cut<'_>, reads: Reads) -> Result<Ledger, NoLedger> {
    assemble::assemble(history, cut, reads)
}

/// The links of an application's accounts as known at T, whether or not anything of them is visible.
pub(crate) fn links_of<'h>(
    history: &'h crate::history::History,
    application: &crate::application::Application,
) -> Vec<Link<'h>> {
    select::links(history, application)
}

/// What is known of the rows of a link of which none is visible.
pub(crate) fn access_without_rows(link: &Link<'_>) -> TransactionAccess {
    account::access(link.version.as_slice(), false)
}

/// When a row was posted that stands whatever T; `None` for a version that was replaced or contradicts another, and for what is
/// pending or void.
pub(crate) fn posted_at(version: &crate::history::Version) -> Option<i64> {
    if !version.last || version.conflict || version.has_rival(i64::MAX) {
        return None;
    }
    match visible::stay(version)? {
        (posted, None) => Some(posted),
        (_, Some(_)) => None,
    }
}

#[cfg(test)]
mod tests;
