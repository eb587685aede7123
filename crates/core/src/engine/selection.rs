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
    ///
    /// # Panics
    ///
    /// A column beyond those of this engine's registry: ids are places in the registry that gave them.
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
                answer.status = match cause {
                    NoLedger::NoAccounts | NoLedger::NothingVisible => Status::NoData,
                    NoLedger::Refused => Status::RejectedInput,
                    NoLedger::OtherRules => Status::InternalError,
                };
                vec![Err(without_ledger(*cause)); selection.columns.len()]
            }
        };
        drop(ledger);
        session.enter(Stage::Visit);
        (answer, outcomes)
    }

    fn ledger_for(&self, reads: Reads, history: &History, application: &Application) -> Result<Ledger, NoLedger> {
        let cut =
            Cut { application, zone: &self.parts.zone, balance_age_days_max: self.parts.options.balance_age_days_max };
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
        self.parts.registry.compute_these(&selection.columns, &digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        category::taxonomy::Taxonomy,
        engine::EngineParts,
        model::fingerprint,
        portfolio::{Pool, Sessions, measure_in},
    };

    const PLAIN: &str = r#"
[[attribute]]
name = "plain"
family = "own"
unit = "minor"
windows = ["30d", "90d"]
measure = "median"
of = { internal = 'include', text = ['pay', 'card'] }
risk = "neither"
compliance = "verify_only"
definition = "Reads no label."
"#;

    #[test]
    fn what_is_measured_without_labels_and_without_an_assessment_is_what_the_whole_matrix_holds() {
        let mut parts = EngineParts::builtin().expect("shipped");
        parts.registry.extend("plain.toml", PLAIN, &Taxonomy::builtin()).expect("valid");
        let engine = Engine::new(parts).expect("married");
        let column = |name: &str| engine.registry().column(name).expect("there");
        let plain = engine.select(&[column("plain_90d"), column("plain_30d")]);
        let mixed =
            engine.select(&[column("plain_30d"), column("net_cash_flow_90d"), column("nsf_od_event_count_90d")]);
        assert_eq!((plain.reads(), mixed.reads()), (Reads::NONE, Reads::ALL));
        let mut met = 0;
        for probe in fingerprint::probes() {
            let mut session = engine.session();
            let labelled = engine.history(&mut session, probe.rows);
            let whole = engine.attributes(&mut session, &labelled, &probe.application);
            let answer = engine.assess(&mut session, &labelled, &probe.application);
            for selection in [&plain, &mixed] {
                let expected: Vec<Outcome> =
                    selection.columns().iter().map(|column| whole[usize::from(column.0)]).collect();
                met += expected.iter().filter(|one| one.is_ok()).count();
                let rows = fingerprint::probes().into_iter().find(|one| one.name == probe.name).expect("again").rows;
                let pool = Pool { rows, applications: vec![probe.application.clone()] };
                let visit =
                    |history: &History, _: &Assessment, outcomes: Vec<Outcome>| (history.defects().to_vec(), outcomes);
                let measured = measure_in(&Sessions::new(&engine), selection, vec![pool], visit);
                let (told, (defects, outcomes)) = &measured[0];
                assert_eq!((outcomes, defects.as_slice()), (&expected, labelled.defects()), "{}", probe.name);
                assert_eq!((&told.currency, &told.doubts), (&answer.currency, &answer.doubts));
                assert_eq!((told.counts.rows_used, told.counts.void), (answer.counts.rows_used, answer.counts.void));
                assert_eq!((told.score, told.reasons.len()), (None, 0));
                assert_eq!(engine.attributes_in(selection, &mut session, &labelled, &probe.application), expected);
            }
        }
        assert!(8 <= met, "the probes have too few of the values: {met}");
    }
}
