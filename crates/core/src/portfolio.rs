//! Many pools at once: the only place of the core that knows rayon.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;

use crate::{
    application::Application,
    assessment::Assessment,
    engine::{Engine, Session},
    history::{History, HistoryBuilder},
};

/// Applicants who share an application, directly or through others, with all their rows.
#[derive(Debug)]
pub struct Pool {
    /// Their rows.
    pub rows: HistoryBuilder,
    /// Their applications.
    pub applications: Vec<Application>,
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
    let answers: Vec<Vec<(Assessment, T)>> = pools
        .into_par_iter()
        .map_init(|| engine.session(), |session, pool| one_pool(engine, session, pool, &visit))
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
        let history = guarded(engine, session, |session| engine.history(session, rows));
        let history = history.unwrap_or_else(|| engine.history(session, HistoryBuilder::new()));
        visit(&history, &pool.applications)
    };
    pools.into_par_iter().map_init(|| engine.session(), look).collect()
}

fn one_pool<T>(
    engine: &Engine,
    session: &mut Session,
    pool: Pool,
    visit: &impl Fn(&History, &Application, &Assessment) -> T,
) -> Vec<(Assessment, T)> {
    let rows = pool.rows;
    let history = guarded(engine, session, |session| engine.history(session, rows));
    let built = history.is_some();
    let history = history.unwrap_or_else(|| engine.history(session, HistoryBuilder::new()));
    let one = |application: &Application| {
        let answer = match built {
            true => guarded(engine, session, |session| engine.assess(session, &history, application)),
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
fn guarded<R>(engine: &Engine, session: &mut Session, step: impl FnOnce(&mut Session) -> R) -> Option<R> {
    let done = catch_unwind(AssertUnwindSafe(|| step(session)));
    if done.is_err() {
        *session = engine.session();
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
        let panicked: Option<u32> = guarded(&engine, &mut session, |_| {
            let none: [u32; 0] = [];
            none[std::hint::black_box(3)]
        });
        assert_eq!(panicked, None);
        assert_eq!(guarded(&engine, &mut session, |_| 7), Some(7));
    }
}
