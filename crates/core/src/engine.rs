//! Rules, attributes, model and policy, married and checked once; then one applicant at a time, in microseconds.

use crate::{
    application::Application,
    assessment::Assessment,
    attribute::registry::Registry,
    category::categoriser::{Categoriser, Memo},
    history::{History, HistoryBuilder},
    time::Zone,
    value::Outcome,
};

/// The last thing that can fail is building one.
#[derive(Debug)]
pub struct Engine {
    categoriser: Categoriser,
    registry: Registry,
    zone: Zone,
}

/// What one thread keeps between applicants: the memo of the categoriser and scratch space. Never changes an answer.
#[derive(Debug, Default)]
pub struct Session {
    memo: Memo,
}

/// Why an engine cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The attributes.
    #[error(transparent)]
    Attributes(#[from] crate::attribute::registry::AttributeError),
}

impl Engine {
    /// The engine as shipped: US rules, all attributes, the expert card, no policy.
    ///
    /// # Errors
    ///
    /// [`EngineError`] when the shipped files contradict each other, which a test rules out.
    pub fn builtin() -> Result<Engine, EngineError> {
        let categoriser = Categoriser::builtin();
        let registry = Registry::builtin(categoriser.taxonomy())?;
        Ok(Engine { categoriser, registry, zone: Zone::utc() })
    }

    /// A session for one thread.
    #[must_use]
    pub fn session(&self) -> Session {
        Session::default()
    }

    /// The attributes of this engine.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The rules of this engine.
    #[must_use]
    pub fn categoriser(&self) -> &Categoriser {
        &self.categoriser
    }

    /// The run's zone.
    #[must_use]
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Turns collected rows into a history.
    #[must_use]
    pub fn history(&self, session: &mut Session, rows: HistoryBuilder) -> History {
        rows.finish(&self.categoriser, &mut session.memo)
    }

    /// Assesses one application.
    #[must_use]
    pub fn assess(&self, session: &mut Session, history: &History, application: &Application) -> Assessment {
        let _ = (session, history, application);
        unreachable!("filled in by the model landing")
    }

    /// Every column of the registry, for the matrix; the same causes for missing as in scoring.
    #[must_use]
    pub fn attributes(&self, session: &mut Session, history: &History, application: &Application) -> Vec<Outcome> {
        let _ = (session, history, application);
        vec![]
    }
}
