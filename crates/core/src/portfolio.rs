//! Many pools at once: the only place of the core that knows rayon.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Mutex, PoisonError},
};

use rayon::prelude::*;

use crate::{
    application::Application,
    assessment::Assessment,
    engine::{Engine, Selection, Session, Stage, Watch},
    history::{History, HistoryBuilder},
    value::{Missing, Outcome},
};

/// Applicants who share an application, directly or through others, with all their rows.
#[derive(Debug)]
pub struct Pool {
    /// Their rows.
    pub rows: HistoryBuilder,
    /// Their applications.
    pub applications: Vec<Application>,
}

/// Sessions that wait for work, so that what they remember outlasts a chunk of pools and a thread's share of it.
pub struct Sessions<'e> {
    engine: &'e Engine,
    begin: Box<dyn Fn() -> Session + Send + Sync + 'e>,
    idle: Mutex<Vec<Session>>,
}

impl std::fmt::Debug for Sessions<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Sessions").finish_non_exhaustive()
    }
}

impl<'e> Sessions<'e> {
    /// None waits yet; a thread that finds none begins one.
    #[must_use]
    pub fn new(engine: &'e Engine) -> Sessions<'e> {
        Sessions { engine, begin: Box::new(|| engine.session()), idle: Mutex::default() }
    }

    /// The same, each session watched by what `watch` makes.
    #[must_use]
    pub fn watched(engine: &'e Engine, watch: impl Fn() -> Box<dyn Watch> + Send + Sync + 'e) -> Sessions<'e> {
        Sessions { begin: Box::new(move || engine.session().watched(watch())), ..Sessions::new(engine) }
    }

    fn lend(&self) -> Lent<'_> {
        // A session is whole whatever panicked while the list was locked.
        let waiting = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Lent { idle: &self.idle, session: waiting.unwrap_or_else(&self.begin) }
    }
}

/// A session that goes back to the others when it is dropped.
struct Lent<'s> {
    idle: &'s Mutex<Vec<Session>>,
    session: Session,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut session = std::mem::take(&mut self.session);
        session.enter(Stage::Idle);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(session);
    }
}

/// Assesses pools in parallel; the answers stand in the order of the pools and of their applications.
///
/// `visit` runs right after each assessment, on the same thread, with what the assessment saw: for evidence and the matrix.
///
/// A panic of the engine is a mistake of ours, and costs one application, not the night: it is answered `internal_error`
/// (all applications of the pool when the history itself cannot be built). A panic of `visit` is the caller's and goes on.
pub fn assess<T: Send>(
    engine: &Engine,
    pools: Vec<Pool>,
    visit: impl Fn(&History, &Application, &Assessment) -> T + Sync,
) -> Vec<(Assessment, T)> {
    assess_in(&Sessions::new(engine), pools, visit)
}

/// The same with sessions that the caller keeps from one call to the next.
pub fn assess_in<T: Send>(
    sessions: &Sessions<'_>,
    pools: Vec<Pool>,
    visit: impl Fn(&History, &Application, &Assessment) -> T + Sync,
) -> Vec<(Assessment, T)> {
    let engine = sessions.engine;
    let answers: Vec<Vec<(Assessment, T)>> = pools
        .into_par_iter()
        .map_init(|| sessions.lend(), |lent, pool| one_pool(engine, &mut lent.session, pool, &visit))
        .collect();
    answers.into_iter().flatten().collect()
}

/// Builds the histories of pools in parallel and looks at each with its applications, without an assessment; the answers stand
/// in the order of the pools. A pool whose history cannot be built is looked at as an empty one.
pub fn look<T: Send>(
    engine: &Engine,
    pools: Vec<Pool>,
    visit: impl Fn(&History, &[Application]) -> T + Sync,
) -> Vec<T> {
    let look = |session: &mut Session, pool: Pool| {
        let rows = pool.rows;
        let history = guarded(session, |session| engine.history(session, rows));
        let history = history.unwrap_or_else(|| engine.history(session, HistoryBuilder::new()));
        visit(&history, &pool.applications)
    };
    pools.into_par_iter().map_init(|| engine.session(), look).collect()
}

/// Attributes of pools in parallel without assessments, each with what [`Engine::measure`] says beside them: nothing is worked
/// out that the selection does not read. The answers stand in the order of the pools and of their applications; panics cost
/// what they cost in [`assess`].
pub fn measure_in<T: Send>(
    sessions: &Sessions<'_>,
    selection: &Selection,
    pools: Vec<Pool>,
    visit: impl Fn(&History, &Assessment, Vec<Outcome>) -> T + Sync,
) -> Vec<(Assessment, T)> {
    let engine = sessions.engine;
    let one_pool = |session: &mut Session, pool: Pool| {
        let rows = pool.rows;
        let history = guarded(session, |session| engine.history_for(selection, session, rows));
        let built = history.is_some();
        let history = history.unwrap_or_else(|| engine.history(session, HistoryBuilder::new()));
        let one = |application: &Application| {
            let values = match built {
                true => guarded(session, |session| engine.measure(selection, session, &history, application)),
                false => None,
            };
            let failed = || {
                let causes = vec![Err(Missing::NotApplicable); selection.columns().len()];
                (engine.internal_error(application), causes)
            };
            let (answer, outcomes) = values.unwrap_or_else(failed);
            let extra = visit(&history, &answer, outcomes);
            (answer, extra)
        };
        pool.applications.iter().map(one).collect()
    };
    let answers: Vec<Vec<(Assessment, T)>> =
        pools.into_par_iter().map_init(|| sessions.lend(), |lent, pool| one_pool(&mut lent.session, pool)).collect();
    answers.into_iter().flatten().collect()
}

fn one_pool<T>(
    engine: &Engine,
    session: &mut Session,
    pool: Pool,
    visit: &impl Fn(&History, &Application, &Assessment) -> T,
) -> Vec<(Assessment, T)> {
    let rows = pool.rows;
    let history = guarded(session, |session| engine.history(session, rows));
    let built = history.is_some();
    let history = history.unwrap_or_else(|| engine.history(session, HistoryBuilder::new()));
    let one = |application: &Application| {
        let answer = match built {
            true => guarded(session, |session| engine.assess(session, &history, application)),
            false => None,
        };
        let answer = answer.unwrap_or_else(|| engine.internal_error(application));
        let extra = visit(&history, application, &answer);
        (answer, extra)
    };
    pool.applications.iter().map(one).collect()
}

/// Runs one step; `None` when it panicked. The session may be half written then, so it is replaced.
///
/// Nothing else can be left half written: histories and applications are only read, and rows are moved in.
fn guarded<R>(session: &mut Session, step: impl FnOnce(&mut Session) -> R) -> Option<R> {
    let done = catch_unwind(AssertUnwindSafe(|| step(session)));
    if done.is_err() {
        session.reset();
    }
    done.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_costs_one_step_and_the_next_one_runs() {
        let engine = Engine::builtin().expect("shipped files agree");
        let mut session = engine.session();
        let panicked: Option<u32> = guarded(&mut session, |_| {
            let none: [u32; 0] = [];
            none[std::hint::black_box(3)]
        });
        assert_eq!(panicked, None);
        assert_eq!(guarded(&mut session, |_| 7), Some(7));
    }
}
