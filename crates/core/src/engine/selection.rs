//! Columns made ready once, and applications measured by them: attributes without an assessment.

use super::{Engine, Session, answer, digest_by, ledger_of, watch::Stage, without_ledger};
use crate::{
    application::Application,
    assessment::{Assessment, Status},
    attribute::registry::ColumnId,
    digest::plan::Plan,
    history::{History, HistoryBuilder},
    ledger::{Cut, Ledger, NoLedger, Reads},
    value::Outcome,
};

/// Columns of an engine, with what has to be worked out for them and no more.
#[derive(Clone, Debug)]
pub struct Selection {
    columns: Vec<ColumnId>,
    plan: Plan,
    reads: Reads,
}

impl Selection {
    /// The columns, in the order in which they were named.
    #[must_use]
    pub fn columns(&self) -> &[ColumnId] {
        &self.columns
    }

    /// What they read of a ledger.
    #[must_use]
    pub fn reads(&self) -> Reads {
        self.reads
    }
}

impl Engine {
    /// Makes columns ready, once for all applications.
    #[must_use]
    pub fn select(&self, columns: &[ColumnId]) -> Selection {
        let registry = &self.parts.registry;
        Selection { columns: columns.to_vec(), plan: registry.plan_of(columns), reads: registry.reads(columns) }
    }

    /// The values of a selection, in its order: those of [`Engine::attributes_of`], sooner. The history is one of
    /// [`Engine::history`] or [`Engine::history_for`].
    #[must_use]
    pub fn attributes_in(
        &self,
        selection: &Selection,
        session: &mut Session,
        history: &History,
        application: &Application,
    ) -> Vec<Outcome> {
        let _ = session;
        match self.ledger_for(selection.reads, history, application) {
            Ok(ledger) => self.outcomes(selection, &ledger, history, application),
            Err(cause) => vec![Err(without_ledger(cause)); selection.columns.len()],
        }
    }

    /// Turns collected rows into a history that holds what a selection reads.
    #[must_use]
    pub fn history_for(&self, selection: &Selection, session: &mut Session, rows: HistoryBuilder) -> History {
        if selection.reads.labels {
            return self.history(session, rows);
        }
        session.enter(Stage::History);
        let history = rows.finish_unlabelled(&self.parts.categoriser);
        session.enter(Stage::Visit);
        history
    }

    /// The values of a selection, and beside them the answer as far as it goes without an assessment: keys, currency, doubts,
    /// counts, and as its status `scored` where nothing in the data forbids that. There is no score, no reason and no
    /// decision. The history is one of [`Engine::history_for`].
    #[must_use]
    pub fn measure(
        &self,
        selection: &Selection,
        session: &mut Session,
        history: &History,
        application: &Application,
    ) -> (Assessment, Vec<Outcome>) {
        session.enter(Stage::Ledger);
        let ledger = self.ledger_for(selection.reads, history, application);
        session.enter(Stage::Attributes);
        let mut answer = answer::blank(application);
        let outcomes = match &ledger {
            Ok(ledger) => {
                answer.status = if ledger.doubts.is_empty() { Status::Scored } else { Status::IncompleteData };
                answer::fill_from(&mut answer, ledger);
                self.outcomes(selection, ledger, history, application)
            }
            Err(cause) => {
                answer.status = Status::NoData;
                vec![Err(without_ledger(*cause)); selection.columns.len()]
            }
        };
        drop(ledger);
        session.enter(Stage::Visit);
        (answer, outcomes)
    }

    fn ledger_for(&self, reads: Reads, history: &History, application: &Application) -> Result<Ledger, NoLedger> {
        let cut = Cut {
            application,
            zone: &self.parts.zone,
            balance_age_days_max: self.parts.options.balance_age_days_max,
        };
        ledger_of(&self.parts.categoriser, history, &cut, reads)
    }

    fn outcomes(
        &self,
        selection: &Selection,
        ledger: &Ledger,
        history: &History,
        application: &Application,
    ) -> Vec<Outcome> {
        let digest = digest_by(&selection.plan, &self.parts.categoriser, ledger, application, history);
        selection.columns.iter().map(|column| self.parts.registry.compute(*column, &digest)).collect()
    }
}
