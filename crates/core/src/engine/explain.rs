//! Explanations on demand: the answer, the rules that were held against it, and the rows behind every reason.
//!
//! A reason names an attribute; the attribute's own definition replayed over the ledger yields the rows, so the hot path
//! carries no row lists.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::Serialize;

use super::{Engine, Session, marry::Input};
use crate::{
    application::Application,
    assessment::{Assessment, Reason, Side},
    attribute::{definition::Compute, families::Basis, registry::Evidence},
    correction::Action,
    decide::{policy::RuleTrace, scorable::Extent},
    digest::{Digest, plan::Span},
    history::{AmendedRow, Doubt, Effect, History},
    ledger::Ledger,
    limits::EVIDENCE_IDS_MAX,
    time::Day,
};

/// An answer with everything that led to it.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Explanation {
    /// The answer, as every door gives it.
    pub assessment: Assessment,
    /// What the score means.
    pub score_block: ScoreBlock,
    /// What the data brings; `None` without a ledger.
    pub extent: Option<Extent>,
    /// Every rule of the policy and what it came to; empty when not scored.
    pub trace: Vec<RuleTrace>,
    /// The rows or days behind each reason, in the reasons' order.
    pub evidence: Vec<ReasonEvidence>,
    /// The corrections of this application's transactions, by transaction. Written only when there are any, and so is
    /// `uncorrected`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<CorrectionNote>,
    /// Its transactions on which no correction is applied though there is one, by transaction; written only when there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrections_not_applied: Vec<NotApplied>,
    /// The answer as it would be without any correction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uncorrected: Option<Assessment>,
}

/// What is said of a transaction and cannot be applied.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NotApplied {
    /// The transaction.
    pub transaction_id: String,
    /// Two of the latest contradict each other (`conflicting_correction`), or one breaks a rule, cannot be read, or names a
    /// purpose that money of the row's direction cannot have (`rejected_row`).
    pub cause: Doubt,
}

/// A correction and what it did to a row. The one place that shows who made it and why.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CorrectionNote {
    /// The transaction.
    pub transaction_id: String,
    /// What was done to it.
    pub action: Action,
    /// What the rules say it is.
    pub purpose_before: String,
    /// What it is now; `None` when it was left out.
    pub purpose_after: Option<String>,
    /// Who made the correction; may be personal data.
    pub by: String,
    /// Why; may hold personal data.
    pub why: String,
    /// When it was made, in seconds (UTC).
    pub at: i64,
    /// Whether the row is in use as of T, so that the correction changes something.
    pub in_effect: bool,
}

/// Without who made it and why.
impl fmt::Debug for CorrectionNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CorrectionNote")
            .field("transaction_id", &self.transaction_id)
            .field("action", &self.action)
            .field("at", &self.at)
            .field("in_effect", &self.in_effect)
            .finish_non_exhaustive()
    }
}

/// What must stand beside a score that is disclosed: its range, its date and its provider.
///
/// # Source
///
/// Fair Credit Reporting Act, section 609(f)(1).
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScoreBlock {
    /// The score.
    pub score: Option<i64>,
    /// No score lies below.
    pub score_min: i64,
    /// No score lies above.
    pub score_max: i64,
    /// T as a date in the run's zone: the date of the data, since nothing here reads a clock.
    pub score_as_of: String,
    /// Who provides the score.
    pub score_provider: String,
    /// What stands behind the points.
    pub score_basis: String,
    /// The model's name and version.
    pub model: String,
    /// The digest of the model's content.
    pub model_id: String,
    /// The policy's name and version.
    pub policy: String,
    /// The digest of the policy's content.
    pub policy_id: String,
}

/// What a reason rests on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReasonEvidence {
    /// The side of the reason.
    pub side: Side,
    /// Its rank within the side, from 1.
    pub rank: u32,
    /// The reason's code.
    pub code: String,
    /// The attribute's column.
    pub attribute: String,
    /// First day that was looked at, ISO 8601.
    pub first_day: String,
    /// First day after it.
    pub end_day: String,
    /// Accounts that were looked at: deposit accounts, and all where the value rests on no row and no day.
    pub accounts: Vec<String>,
    /// Posted rows that were looked at, of deposit accounts in the window: the evidence of an absence.
    pub rows_examined: u64,
    /// The most recent rows that the value rests on, at most `limits::EVIDENCE_IDS_MAX`, oldest first.
    pub ids: Vec<String>,
    /// The most recent days that the value rests on, for balances and gaps; likewise limited.
    pub days: Vec<String>,
    /// How many rows and days there are in all.
    pub count: u64,
}

impl Engine {
    /// Assesses one application and shows what led to the answer.
    #[must_use]
    pub fn explain(&self, session: &mut Session, history: &History, application: &Application) -> Explanation {
        let _ = session;
        let (assessment, trail) = self.judge(history, application, &mut self.session());
        let evidence = self.evidence(history, application, &assessment);
        Explanation {
            score_block: self.score_block(&assessment),
            extent: trail.extent,
            trace: trail.verdict.map(|verdict| verdict.trace).unwrap_or_default(),
            evidence,
            corrections: self.correction_notes(history, application),
            corrections_not_applied: self.not_applied(history, application),
            uncorrected: self.uncorrected(history, application),
            assessment,
        }
    }

    /// The same of an application whose own rows were rejected at the door or contradict each other: nothing led to its answer
    /// but that.
    #[must_use]
    pub fn explain_rejected(&self, application: &Application) -> Explanation {
        let assessment = self.rejected(application);
        Explanation {
            score_block: self.score_block(&assessment),
            extent: None,
            trace: vec![],
            evidence: vec![],
            corrections: vec![],
            corrections_not_applied: vec![],
            uncorrected: None,
            assessment,
        }
    }

    /// The corrections of an application's transactions, by transaction: what they did, who made them and why.
    #[must_use]
    pub fn correction_notes(&self, history: &History, application: &Application) -> Vec<CorrectionNote> {
        let (Some(amended), Ok(ledger)) = (history.amended(), self.ledger(history, application)) else { return vec![] };
        let links: BTreeSet<&str> =
            ledger.accounts.iter().flat_map(|account| &account.links).map(String::as_str).collect();
        let taxonomy = self.parts.categoriser.taxonomy();
        let name = |purpose| taxonomy.info(purpose).name.clone();
        let note = |one: &AmendedRow| {
            let correction = amended.correction(one)?;
            Some(CorrectionNote {
                transaction_id: history.id(one.row).to_owned(),
                action: if one.effect == Effect::Excluded { Action::Exclude } else { Action::Recategorise },
                purpose_before: name(one.before.purpose),
                purpose_after: correction.purpose.map(name),
                by: correction.by.to_string(),
                why: correction.why.to_string(),
                at: correction.at,
                in_effect: ledger.corrected.binary_search(&one.row).is_ok(),
            })
        };
        let own = amended
            .rows()
            .iter()
            .filter(|one| amended.is_corrected(one.row) && links.contains(history.account_id(one.row)));
        let mut notes: Vec<CorrectionNote> = own.filter_map(note).collect();
        // A transaction may have several versions: the one in use tells, else the latest.
        notes.reverse();
        notes.sort_by(|a, b| (&a.transaction_id, !a.in_effect).cmp(&(&b.transaction_id, !b.in_effect)));
        notes.dedup_by(|next, kept| next.transaction_id == kept.transaction_id);
        notes
    }

    /// The transactions of an application of which something is said that cannot be applied.
    fn not_applied(&self, history: &History, application: &Application) -> Vec<NotApplied> {
        let (Some(amended), Ok(ledger)) = (history.amended(), self.ledger(history, application)) else { return vec![] };
        let links: BTreeSet<&str> =
            ledger.accounts.iter().flat_map(|account| &account.links).map(String::as_str).collect();
        let own = amended.rows().iter().filter(|one| links.contains(history.account_id(one.row)));
        let found = own.filter_map(|one| match one.effect {
            Effect::InDoubt(cause) => Some((history.id(one.row).to_owned(), cause)),
            Effect::Relabelled | Effect::Excluded => None,
        });
        // Every version of a transaction is a row of its own.
        let found: BTreeMap<String, Doubt> = found.collect();
        found.into_iter().map(|(transaction_id, cause)| NotApplied { transaction_id, cause }).collect()
    }

    /// The answer as it would be without corrections; `None` when none speaks of a transaction of the application.
    fn uncorrected(&self, history: &History, application: &Application) -> Option<Assessment> {
        let amended = history.amended()?;
        let links = match self.ledger(history, application) {
            Ok(ledger) => ledger.accounts.into_iter().flat_map(|account| account.links).collect(),
            Err(_) => BTreeSet::new(),
        };
        let is_touched = amended.rows().iter().any(|one| links.contains(history.account_id(one.row)));
        is_touched.then(|| self.judge(&history.without_corrections(), application, &mut self.session()).0)
    }

    /// The rows and days behind each reason of an answer that names an attribute.
    #[must_use]
    pub fn evidence(&self, history: &History, application: &Application, answer: &Assessment) -> Vec<ReasonEvidence> {
        let Ok(ledger) = self.ledger(history, application) else { return vec![] };
        let digest = super::digest(&self.parts, &ledger, application, history);
        answer.reasons.iter().filter_map(|reason| self.reason_evidence(reason, &digest, history)).collect()
    }

    fn reason_evidence(&self, reason: &Reason, digest: &Digest<'_>, history: &History) -> Option<ReasonEvidence> {
        let registry = &self.parts.registry;
        let column = registry.column(&reason.attribute)?;
        let ledger = digest.ledger;
        let window = registry.columns().get(usize::from(column.0))?.window;
        let (first, end) = Span::of(window, ledger.end).range(ledger.end);
        let oldest = ledger.rows.iter().map(|row| row.day).min().unwrap_or(ledger.end);
        let first = first.max(oldest).min(end);
        let evidence = registry.evidence(column, digest);
        let rows = in_ledger_order(&evidence, ledger);
        let days: Vec<Day> =
            evidence.iter().filter_map(|one| if let Evidence::Day(day) = one { Some(*day) } else { None }).collect();
        // Flows and balances are those of deposit accounts; what rests on no row and no day may be any account's.
        let of_any = matches!(
            registry.definition(column).compute,
            Compute::Computed { basis: Basis::Nothing | Basis::NothingOver(_), .. }
        );
        let looked_at = ledger.accounts.iter().filter(|account| of_any || ledger.is_deposit(account));
        Some(ReasonEvidence {
            side: reason.side,
            rank: reason.rank,
            code: reason.code.clone(),
            attribute: reason.attribute.clone(),
            first_day: first.to_string(),
            end_day: end.to_string(),
            accounts: looked_at.map(|account| account.id.clone()).collect(),
            rows_examined: ledger.rows.iter().filter(|row| first <= row.day && row.day < end).count() as u64,
            count: (rows.len() + days.len()) as u64,
            ids: newest(&rows).iter().map(|row| history.id(*row).to_owned()).collect(),
            days: newest(&days).iter().map(Day::to_string).collect(),
        })
    }

    /// The block that accompanies a disclosed score.
    #[must_use]
    pub fn score_block(&self, answer: &Assessment) -> ScoreBlock {
        let model = self.parts.model.file();
        let policy = self.parts.policy.file();
        ScoreBlock {
            score: answer.score,
            score_min: model.scale.min,
            score_max: model.scale.max,
            score_as_of: self.parts.zone.day(answer.as_of).to_string(),
            score_provider: model.provider.clone(),
            score_basis: model.score_basis.code().to_owned(),
            model: format!("{} {}", model.name, model.version),
            model_id: self.parts.model.id().to_owned(),
            policy: format!("{} {}", policy.name, policy.version),
            policy_id: self.parts.policy.id().to_owned(),
        }
    }

    /// Columns of the registry that the model reads, for whoever wants to compute only those.
    pub fn model_columns(&self) -> impl Iterator<Item = crate::attribute::registry::ColumnId> {
        self.inputs.iter().filter_map(Input::column)
    }
}

/// The rows of the evidence by time, whatever order the history holds them in.
fn in_ledger_order(evidence: &[Evidence], ledger: &Ledger) -> Vec<u32> {
    let named: BTreeSet<u32> =
        evidence.iter().filter_map(|one| if let Evidence::Row(row) = one { Some(*row) } else { None }).collect();
    let rows = ledger.rows.iter().chain(&ledger.other_rows).map(|row| row.index);
    rows.filter(|index| named.contains(index)).collect()
}

/// The last entries of a list, at most `limits::EVIDENCE_IDS_MAX`.
fn newest<T>(list: &[T]) -> &[T] {
    &list[list.len().saturating_sub(EVIDENCE_IDS_MAX)..]
}
