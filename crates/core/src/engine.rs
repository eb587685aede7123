//! Rules, attributes, model and policy, married and checked once; then one applicant at a time, in microseconds.

mod answer;
mod challenge;
mod enriched;
mod explain;
mod family;
mod labelled;
mod marry;
mod principal;
mod range;
mod replay;
mod selection;
mod watch;
mod words;

use std::{panic::resume_unwind, thread};

use crate::{
    application::Application,
    assessment::{Assessment, Status},
    attribute::registry::{ColumnId, Registry},
    category::{
        categoriser::{Categoriser, Memo},
        taxonomy::Taxonomy,
    },
    correction::{Corrections, CorrectionsBuilder},
    decide::policy::Policy,
    digest::{Digest, plan::Plan},
    history::{History, HistoryBuilder},
    institution::{Institutions, NamesError, Spelt},
    ledger::{self, Cut, Ledger, NoLedger, Reads},
    model::{Model, ModelError, file::MadeWith},
    reason::{Dictionary, ReasonError, code},
    stream,
    time::Zone,
    value::{Missing, Outcome, Value},
};

pub use enriched::{
    AdvancePart, CorrectionState, DataStatus, Enriched, EnrichedAccount, EnrichedRow, EnrichedStream, MonthSum,
    Overview, ProjectedDay, RowState, Upcoming, UpcomingStatus,
};
pub use explain::{CorrectionNote, Explanation, NotApplied, ReasonEvidence, ScoreBlock};
pub use labelled::{BeforeRefined, LabelledRow};
pub use marry::EngineError;
pub use replay::{ReplayError, Stored, Written};
pub use selection::Selection;
pub use watch::{Stage, Watch};

/// What an engine is made of. [`EngineParts::builtin`] fills all of it; replace what is yours.
#[derive(Clone, Debug)]
pub struct EngineParts {
    /// The rules that say what a transaction is.
    pub categoriser: Categoriser,
    /// The attributes, ours and the lender's.
    pub registry: Registry,
    /// The model.
    pub model: Model,
    /// Models that score beside it and decide nothing; at most [`crate::limits::CHALLENGERS_MAX`].
    pub challengers: Vec<Model>,
    /// The reasons.
    pub reasons: Dictionary,
    /// The policy.
    pub policy: Policy,
    /// The names of institutions, and what is known of them; tells, decides nothing.
    pub institutions: Institutions,
    /// The zone in which days begin.
    pub zone: Zone,
    /// The rest.
    pub options: Options,
}

/// Settings of a run that are neither model nor policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// A snapshot at or before T is fresh when it is at most this old; older ones lead to reconstruction.
    pub balance_age_days_max: u16,
    /// Extra numeric columns of the applications that model and policy may read as `extra:name`.
    pub extras: Vec<String>,
}

impl Default for Options {
    fn default() -> Options {
        Options { balance_age_days_max: 7, extras: vec![] }
    }
}

impl EngineParts {
    /// Everything as shipped: US rules, all attributes, the expert card, the reasons, no policy, UTC.
    ///
    /// # Errors
    ///
    /// [`EngineError`] when a shipped file breaks a rule, which a test rules out.
    pub fn builtin() -> Result<EngineParts, EngineError> {
        // Compiling the rules takes longer than all else: it is done beside the rest where a thread can be had.
        thread::scope(|scope| {
            let rules = thread::Builder::new().spawn_scoped(scope, Categoriser::builtin);
            EngineParts::around(|| match rules {
                Ok(rules) => rules.join().unwrap_or_else(|panic| resume_unwind(panic)),
                Err(_) => Categoriser::builtin(),
            })
        })
    }

    /// The same with the lender's rules, which were compiled with ours or instead of them.
    ///
    /// # Errors
    ///
    /// As [`EngineParts::builtin`].
    pub fn with_rules(categoriser: Categoriser) -> Result<EngineParts, EngineError> {
        EngineParts::around(|| categoriser)
    }

    /// All else first, then the rules.
    fn around(rules: impl FnOnce() -> Categoriser) -> Result<EngineParts, EngineError> {
        let registry = Registry::builtin(&Taxonomy::builtin())?;
        let (model, reasons) = (Model::builtin()?, Dictionary::builtin()?);
        let (policy, institutions) = (Policy::none()?, Institutions::builtin()?);
        Ok(EngineParts {
            registry,
            categoriser: rules(),
            model,
            challengers: vec![],
            reasons,
            policy,
            institutions,
            zone: Zone::utc(),
            options: Options::default(),
        })
    }

    /// What the running build makes of a model: the digests and the probe values that sealing writes into its file.
    ///
    /// # Errors
    ///
    /// [`EngineError`] when the model reads what this build lacks.
    pub fn made_with(&self, model: &Model) -> Result<MadeWith, EngineError> {
        marry::made_with(&self.categoriser, &self.registry, model)
    }

    /// What the running build makes of all that decides: the attributes of the model and of the policy's knock-outs. What it
    /// lacks is absent.
    #[must_use]
    pub fn behaviour(&self) -> MadeWith {
        let rules = self.policy.file().knockouts.iter().map(|rule| rule.attribute.as_str());
        let attributes: Vec<&str> = self.model.attributes().chain(rules).collect();
        marry::measured(&self.categoriser, &self.registry, &attributes)
    }

    /// Takes a model that was written by hand, or fitted elsewhere, and seals it to these parts: from then on it is refused
    /// wherever an attribute that it reads means or computes something else. [`crate::model::fingerprint::seal`] writes the
    /// seal into the model's text and leaves everything else as it stands.
    ///
    /// # Errors
    ///
    /// [`EngineError`] when the model reads what this build lacks.
    pub fn seal(&self, model: &Model) -> Result<Model, EngineError> {
        let mut file = model.file().clone();
        file.made_with = Some(self.made_with(model)?);
        Ok(file.check()?)
    }
}

/// Checked parts: the last thing that can fail is building one.
#[derive(Debug)]
pub struct Engine {
    parts: EngineParts,
    // One for each attribute of the model, in its order.
    inputs: Vec<marry::Input>,
    // One for each knock-out of the policy, in its order.
    knockouts: Vec<marry::Input>,
    // One list for each challenger, as for the model.
    challengers: Vec<Vec<marry::Input>>,
    // What all these ask of a digest.
    plan: Plan,
    // What is written of the model's inputs.
    words: words::Words,
}

/// What one thread keeps between applicants: the memo of the categoriser, the names of institutions that it met, and who
/// watches. Never changes an answer.
#[derive(Debug, Default)]
pub struct Session {
    memo: Memo,
    spelt: Spelt,
    watch: Option<Box<dyn Watch>>,
}

impl Session {
    /// The same, watched.
    #[must_use]
    pub fn watched(self, watch: Box<dyn Watch>) -> Session {
        Session { watch: Some(watch), ..self }
    }

    /// Nothing but a look at a pointer when nobody watches.
    pub(crate) fn enter(&mut self, stage: Stage) {
        if let Some(watch) = &mut self.watch {
            watch.enter(stage);
        }
    }

    /// Forgets what a panic may have left half written.
    pub(crate) fn reset(&mut self) {
        (self.memo, self.spelt) = (Memo::default(), Spelt::default());
    }
}

impl Engine {
    /// Marries the parts and checks everything that can be checked before the first row.
    ///
    /// # Errors
    ///
    /// [`EngineError`]: the model reads an attribute that this build lacks, or that behaves differently from when the model
    /// was made, or that no decision may use; an attribute has no reason; the policy does not cover every score.
    pub fn new(parts: EngineParts) -> Result<Engine, EngineError> {
        let (inputs, knockouts) = marry::check(&parts)?;
        let challengers = marry::check_challengers(&parts)?;
        let read = inputs.iter().chain(&knockouts).chain(challengers.iter().flatten());
        let plan = parts.registry.plan_of(&read.filter_map(marry::Input::column).collect::<Vec<_>>());
        let words = words::Words::of(&parts, &inputs);
        Ok(Engine { parts, inputs, knockouts, challengers, plan, words })
    }

    /// The engine as shipped: US rules, all attributes, the expert card, no policy.
    ///
    /// # Errors
    ///
    /// [`EngineError`] when the shipped files contradict each other, which a test rules out.
    pub fn builtin() -> Result<Engine, EngineError> {
        Engine::new(EngineParts::builtin()?)
    }

    /// A session for one thread.
    #[must_use]
    pub fn session(&self) -> Session {
        Session::default()
    }

    /// The attributes of this engine.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.parts.registry
    }

    /// The rules of this engine.
    #[must_use]
    pub fn categoriser(&self) -> &Categoriser {
        &self.parts.categoriser
    }

    /// The run's zone.
    #[must_use]
    pub fn zone(&self) -> &Zone {
        &self.parts.zone
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.parts.model
    }

    /// The models that score beside it and decide nothing.
    #[must_use]
    pub fn challengers(&self) -> &[Model] {
        &self.parts.challengers
    }

    /// The reasons.
    #[must_use]
    pub fn reasons(&self) -> &Dictionary {
        &self.parts.reasons
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.parts.policy
    }

    /// The names of institutions, and what is known of them.
    #[must_use]
    pub fn institutions(&self) -> &Institutions {
        &self.parts.institutions
    }

    /// The rest of the settings.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.parts.options
    }

    /// Checks collected corrections against each other and against this engine's taxonomy, once for all pools:
    /// [`HistoryBuilder::corrections`] takes the answer.
    #[must_use]
    pub fn corrections(&self, rows: CorrectionsBuilder) -> Corrections {
        rows.finish(self.parts.categoriser.taxonomy(), &self.parts.zone)
    }

    /// Turns collected rows into a history.
    #[must_use]
    pub fn history(&self, session: &mut Session, rows: HistoryBuilder) -> History {
        session.enter(Stage::History);
        let history = rows.finish(&self.parts.categoriser, &mut session.memo);
        session.enter(Stage::Visit);
        history
    }

    /// Assesses one application. A pure function of the history and the application.
    ///
    /// An application with an [`Application::fault`] is answered `rejected_input`, as at every door; a history that another
    /// engine's rules labelled, or none did, `internal_error`: its labels mean nothing here.
    #[must_use]
    pub fn assess(&self, session: &mut Session, history: &History, application: &Application) -> Assessment {
        let answer = self.judge(history, application, session).0;
        session.enter(Stage::Visit);
        answer
    }

    /// Every column of the registry, for the matrix; the same causes for missing as in scoring. What cannot be assessed (see
    /// [`Engine::assess`]) has no values: `not_applicable` throughout.
    #[must_use]
    pub fn attributes(&self, session: &mut Session, history: &History, application: &Application) -> Vec<Outcome> {
        let _ = session;
        match self.ledger(history, application) {
            Ok(ledger) => self.parts.registry.compute_all(&digest(&self.parts, &ledger, application, history)),
            Err(cause) => vec![Err(without_ledger(cause)); self.parts.registry.columns().len()],
        }
    }

    /// The same for some columns, in the order in which they are named; [`Engine::select`] makes the same columns ready once
    /// for many applications.
    ///
    /// # Panics
    ///
    /// A column beyond those of this engine's registry: ids are places in the registry that gave them.
    #[must_use]
    pub fn attributes_of(
        &self,
        columns: &[ColumnId],
        session: &mut Session,
        history: &History,
        application: &Application,
    ) -> Vec<Outcome> {
        let _ = session;
        match self.ledger(history, application) {
            Ok(ledger) => {
                let digest = digest(&self.parts, &ledger, application, history);
                self.parts.registry.compute_these(columns, &digest)
            }
            Err(cause) => vec![Err(without_ledger(cause)); columns.len()],
        }
    }

    /// The answer for an application whose own rows were rejected at the door or contradict each other.
    #[must_use]
    pub fn rejected(&self, application: &Application) -> Assessment {
        answer::unscored(&self.parts, application, Status::RejectedInput, &[answer::status(code::REJECTED_INPUT)])
    }

    /// The answer for an application on which the engine failed, so that counts still add up.
    #[must_use]
    pub fn internal_error(&self, application: &Application) -> Assessment {
        answer::unscored(&self.parts, application, Status::InternalError, &[answer::status(code::INTERNAL_ERROR)])
    }

    /// The application's truth as of T, with its labels: what attributes are computed from.
    ///
    /// # Errors
    ///
    /// [`NoLedger`] when the applicants have no account or nothing is visible at T, or the history or the application is none
    /// for this engine.
    pub fn ledger(&self, history: &History, application: &Application) -> Result<Ledger, NoLedger> {
        let age = self.parts.options.balance_age_days_max;
        let cut = Cut { application, zone: &self.parts.zone, balance_age_days_max: age };
        ledger_of(&self.parts.categoriser, history, &cut, Reads::ALL)
    }
}

/// The ledger as of T, its labels refined and the money that they explain counted, where labels are read.
fn ledger_of(categoriser: &Categoriser, history: &History, cut: &Cut<'_>, reads: Reads) -> Result<Ledger, NoLedger> {
    if cut.application.fault().is_some() {
        return Err(NoLedger::Refused);
    }
    // Labels are numbers, which mean something else under other rules.
    if reads.labels && !history.is_labelled_by(categoriser) {
        return Err(NoLedger::OtherRules);
    }
    let mut ledger = ledger::cut_for(history, cut, reads)?;
    if reads.labels {
        ledger::doubt_signs(&mut ledger, categoriser.taxonomy());
        stream::context::refine(&mut ledger, categoriser);
        ledger.count_flows();
    }
    Ok(ledger)
}

fn digest<'a>(
    parts: &'a EngineParts,
    ledger: &'a Ledger,
    application: &'a Application,
    history: &'a History,
) -> Digest<'a> {
    digest_of(&parts.registry, &parts.categoriser, ledger, application, history)
}

fn digest_of<'a>(
    registry: &'a Registry,
    categoriser: &'a Categoriser,
    ledger: &'a Ledger,
    application: &'a Application,
    history: &'a History,
) -> Digest<'a> {
    digest_by(registry.plan(), categoriser, ledger, application, history)
}

fn digest_by<'a>(
    plan: &'a Plan,
    categoriser: &'a Categoriser,
    ledger: &'a Ledger,
    application: &'a Application,
    history: &'a History,
) -> Digest<'a> {
    Digest::new(plan, ledger, application, categoriser.taxonomy(), &|row| history.description(row))
}

/// Why attributes have no value where there is no ledger.
fn without_ledger(cause: NoLedger) -> Missing {
    match cause {
        NoLedger::NoAccounts | NoLedger::Refused | NoLedger::OtherRules => Missing::NotApplicable,
        NoLedger::NothingVisible => Missing::NotEnoughHistory,
    }
}

/// An extra column of an application.
fn extra(application: &Application, name: &str) -> Outcome {
    let found = application.extras.iter().find(|(known, _)| known == name);
    match found {
        Some((_, number)) if number.is_finite() => Value::real(*number),
        Some(_) | None => Err(Missing::NotApplicable),
    }
}

impl From<ModelError> for EngineError {
    fn from(error: ModelError) -> EngineError {
        EngineError::Model(Box::new(error))
    }
}

impl From<NamesError> for EngineError {
    fn from(error: NamesError) -> EngineError {
        EngineError::Institutions(Box::new(error))
    }
}

impl From<ReasonError> for EngineError {
    fn from(error: ReasonError) -> EngineError {
        EngineError::Reasons(Box::new(error))
    }
}

#[cfg(test)]
mod corrections_tests;
#[cfg(test)]
mod misuse_tests;
#[cfg(test)]
mod models_tests;
#[cfg(test)]
mod principal_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod trees_tests;
