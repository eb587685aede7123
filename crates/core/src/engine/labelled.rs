//! The ledger as of T with what each row was found to be and why: for the labelled ledger and whoever reviews it.

use std::{cmp::Ordering, fmt};

use super::Engine;
use crate::{
    application::Application,
    category::label::{Instrument, Role, RuleId},
    history::History,
    ledger::{Ledger, LedgerRow, Refined},
    money::Currency,
    time::Day,
};

/// A row of the ledger in words.
#[derive(Clone, PartialEq, Eq)]
pub struct LabelledRow {
    /// The account's id; of several links of one account the one that stands for it.
    pub account_id: String,
    /// The transaction's id.
    pub transaction_id: String,
    /// Posting day, else the transaction's.
    pub day: Day,
    /// Minor units, inflow positive.
    pub amount_minor: i64,
    /// Of the amount.
    pub currency: Currency,
    /// It was not posted before T.
    pub pending: bool,
    /// The bank's text, as it came; personal data.
    pub description: String,
    /// What the money is for.
    pub purpose: String,
    /// How it moved.
    pub instrument: String,
    /// Who stands on the other side.
    pub role: String,
    /// The rule that decided the purpose; empty when none did.
    pub rule: String,
    /// Percent; 0 when no rule matched.
    pub confidence: u8,
    /// One of two rows of a transfer between own accounts, and netted out of income and spend: a payment to an own card is not.
    pub internal: bool,
    /// What the text alone said, when the rows around it said otherwise.
    pub refined: Option<BeforeRefined>,
}

/// Without the bank's text.
impl fmt::Debug for LabelledRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LabelledRow")
            .field("account_id", &self.account_id)
            .field("transaction_id", &self.transaction_id)
            .field("purpose", &self.purpose)
            .field("rule", &self.rule)
            .finish_non_exhaustive()
    }
}

/// What a text said of a row that the rows around it refined, and what spoke against it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BeforeRefined {
    /// The purpose by the text.
    pub purpose: String,
    /// The rule that read the text; empty when none did.
    pub rule: String,
    /// Rows that were looked at together.
    pub payments: u32,
    /// The calendar they keep; empty for the two rows of a transfer.
    pub cadence: &'static str,
}

/// By time, account and id. The place in the history is no tie-break: it is that of a row's last version, which may be later
/// than T.
pub(super) fn in_turn(history: &History, a: &LedgerRow, b: &LedgerRow) -> Ordering {
    let time = (a.time, a.account).cmp(&(b.time, b.account));
    time.then_with(|| history.id(a.index).cmp(history.id(b.index)))
}

impl Engine {
    /// Every row visible at T with its label, by time, account and id; empty without a ledger.
    #[must_use]
    pub fn labelled(&self, history: &History, application: &Application) -> Vec<LabelledRow> {
        let Ok(ledger) = self.ledger(history, application) else { return vec![] };
        let posted = ledger.rows.iter().chain(&ledger.other_rows).map(|row| (row, false));
        let mut rows: Vec<(&LedgerRow, bool)> = posted.chain(ledger.pending.iter().map(|row| (row, true))).collect();
        rows.sort_by(|(a, _), (b, _)| in_turn(history, a, b));
        rows.into_iter().filter_map(|(row, pending)| self.in_words(&ledger, history, row, pending)).collect()
    }

    pub(super) fn in_words(
        &self,
        ledger: &Ledger,
        history: &History,
        row: &LedgerRow,
        pending: bool,
    ) -> Option<LabelledRow> {
        let account = ledger.accounts.get(usize::from(row.account))?;
        let categoriser = self.categoriser();
        let taxonomy = categoriser.taxonomy();
        let (Instrument(instrument), Role(role)) = (row.label.instrument, row.label.role);
        let named = |names: &[String], at: u8| names.get(usize::from(at)).cloned().unwrap_or_default();
        let rule = |id: RuleId| categoriser.decided_by(id).unwrap_or_default().to_owned();
        let refined = ledger.refined.binary_search_by_key(&row.index, |one| one.row).ok().map(|at| {
            let Refined { purpose, rule: before, payments, cadence, .. } = ledger.refined[at];
            BeforeRefined { purpose: taxonomy.info(purpose).name.clone(), rule: rule(before), payments, cadence }
        });
        Some(LabelledRow {
            account_id: account.id.clone(),
            transaction_id: history.id(row.index).to_owned(),
            day: row.day,
            amount_minor: row.amount,
            currency: account.currency,
            pending,
            description: history.description(row.index).to_owned(),
            purpose: taxonomy.info(row.label.purpose).name.clone(),
            instrument: named(taxonomy.instruments(), instrument),
            role: named(taxonomy.roles(), role),
            rule: rule(row.label.rule),
            confidence: row.label.confidence,
            internal: row.internal,
            refined,
        })
    }
}
