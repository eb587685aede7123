//! The attributes of every application as typed values, for model development: nothing is published.

use cashline_core::{
    application::Application,
    assessment::{Assessment, Status},
    attribute::registry::ColumnId,
    engine::Engine,
    history::History,
    model::segmented::Facts,
    value::Outcome,
};

use super::ScoreRun;
use crate::{
    commit::Interrupt,
    error::Error,
    walk::{Met, Walk},
};

/// What was known of one application at T.
#[derive(Clone, PartialEq, Debug)]
pub struct AttributeRow {
    /// The primary applicant.
    pub applicant_id: String,
    /// T in seconds (UTC), exclusive.
    pub as_of: i64,
    /// The application.
    pub application_id: String,
    /// What became of it under the engine's model and policy; only `scored` ones are fit to learn from.
    pub status: Status,
    /// Its score by the engine's model.
    pub score: Option<i64>,
    /// Its main institution, when the export says where accounts are held.
    pub institution: Option<String>,
    /// In the order of the columns asked for.
    pub outcomes: Vec<Outcome>,
    /// Extra numeric columns of the application, by name, ascending.
    pub extras: Vec<(String, f64)>,
    /// What a segmented model would route by beside attributes; `None` without a ledger.
    pub routing: Option<Facts>,
}

/// Reads the inputs of a run and computes `columns` for every application, in the order (applicant, T, application).
///
/// Applications whose rows contradict each other are left out: nothing is learnt from data in doubt. The second value
/// counts the defects met.
///
/// # Errors
///
/// What the readers report.
pub fn attributes(
    run: &ScoreRun,
    engine: &Engine,
    columns: &[ColumnId],
    interrupt: &Interrupt,
) -> Result<(Vec<AttributeRow>, u64), Error> {
    let selection = engine.select(columns);
    let visit = |history: &History, application: &Application, _: &Assessment| {
        let outcomes = engine.attributes_in(&selection, &mut engine.session(), history, application);
        (outcomes, application.extras.clone(), engine.routing_facts(history, application))
    };
    let ScoreRun { files, read, as_of, threads, .. } = run;
    let walk = Walk { files, read, as_of: *as_of, threads: *threads, interrupt };
    let mut rows: Vec<AttributeRow> = vec![];
    let walked = walk.each(engine, visit, &mut |met| match met {
        Met::Answers(answers) => rows.extend(answers.into_iter().map(row)),
        Met::StartOver => rows.clear(),
    })?;
    rows.sort_by(|one, other| key(one).cmp(&key(other)));
    Ok((rows, walked.missed))
}

fn key(row: &AttributeRow) -> (&str, i64, &str) {
    (&row.applicant_id, row.as_of, &row.application_id)
}

/// What a visit of an application hands over: attributes, extra columns, facts for routing.
type Visited = (Vec<Outcome>, Vec<(String, f64)>, Option<Facts>);

fn row((assessment, (outcomes, extras, routing)): (Assessment, Visited)) -> AttributeRow {
    AttributeRow {
        applicant_id: assessment.applicant_id,
        as_of: assessment.as_of,
        application_id: assessment.application_id,
        status: assessment.status,
        score: assessment.score,
        institution: assessment.institution,
        outcomes,
        extras,
        routing,
    }
}
