//! Many pools at once: the only place of the core that knows rayon.

use rayon::prelude::*;

use crate::{application::Application, assessment::Assessment, engine::Engine, history::HistoryBuilder};

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
pub fn assess<T: Send>(
    engine: &Engine,
    pools: Vec<Pool>,
    visit: impl Fn(&crate::history::History, &Application, &Assessment) -> T + Sync,
) -> Vec<(Assessment, T)> {
    let answers: Vec<Vec<(Assessment, T)>> = pools
        .into_par_iter()
        .map_init(
            || engine.session(),
            |session, pool| {
                let history = engine.history(session, pool.rows);
                let one = |application: &Application| {
                    let assessment = engine.assess(session, &history, application);
                    let extra = visit(&history, application, &assessment);
                    (assessment, extra)
                };
                pool.applications.iter().map(one).collect()
            },
        )
        .collect();
    answers.into_iter().flatten().collect()
}
