//! The attributes of every application as typed values, for model development: nothing is published.

use cashline_core::{
    application::Application,
    assessment::{Assessment, Status},
    attribute::registry::ColumnId,
    defect::Defect,
    engine::Engine,
    history::History,
    model::segmented::Facts,
    value::Outcome,
};

use super::{ScoreRun, gates::of_rows};
use crate::{
    commit::Interrupt,
    error::Error,
    manifest::GateRecord,
    walk::{Met, SetAside, Walk},
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
    /// The currency that was scored.
    pub currency: String,
    /// Its main institution, when the export says where accounts are held.
    pub institution: Option<String>,
    /// In the order of the columns asked for.
    pub outcomes: Vec<Outcome>,
    /// Extra numeric columns of the application, by name, ascending.
    pub extras: Vec<(String, f64)>,
    /// What a segmented model would route by beside attributes; `None` without a ledger.
    pub routing: Option<Facts>,
}

/// What a development sample is made of, and how good what it was read from is.
#[derive(Clone, PartialEq, Debug)]
pub struct AttributeRows {
    /// In the order (applicant, T, application).
    pub rows: Vec<AttributeRow>,
    /// Applications left out because their rows contradict each other: nothing is learnt from data in doubt.
    pub refused: Vec<String>,
    /// Rows set aside, and those of accounts that no table lists.
    pub missed: u64,
    /// The limits of the run on its rows: `defects_max` and `unattributed_max`, as `score` holds them.
    pub gates: Vec<GateRecord>,
}

/// Reads the inputs of a run and computes `columns` for every application.
///
/// # Errors
///
/// What the readers report.
pub fn attributes(
    run: &ScoreRun,
    engine: &Engine,
    columns: &[ColumnId],
    interrupt: &Interrupt,
) -> Result<AttributeRows, Error> {
    let selection = engine.select(columns);
    let visit = |history: &History, application: &Application, _: &Assessment| {
        let outcomes = engine.attributes_in(&selection, &mut engine.session(), history, application);
        let routing = engine.routing_facts(history, application);
        Visited { outcomes, extras: application.extras.clone(), routing, defects: history.defects().to_vec() }
    };
    let ScoreRun { files, read, as_of, threads, .. } = run;
    let walk = Walk { files, read, as_of: *as_of, threads: *threads, interrupt };
    let mut rows: Vec<AttributeRow> = vec![];
    let mut of_histories = SetAside::default();
    let walked = walk.each(engine, visit, &mut |met| match met {
        Met::Answers(answers) => rows.extend(answers.into_iter().map(|(assessment, mut visited)| {
            of_histories.extend(std::mem::take(&mut visited.defects));
            row(assessment, visited)
        })),
        Met::StartOver => {
            rows.clear();
            of_histories = SetAside::default();
        }
    })?;
    rows.sort_by(|one, other| key(one).cmp(&key(other)));
    let later = of_histories.take().iter().filter(|defect| defect.kind.sets_aside()).count() as u64;
    Ok(AttributeRows {
        rows,
        refused: walked.refused.into_iter().map(|one| one.application.application_id).collect(),
        missed: walked.missed + later,
        gates: of_rows(&run.gates, walked.rows_read, walked.set_aside + later, walked.unattributed),
    })
}

fn key(row: &AttributeRow) -> (&str, i64, &str) {
    (&row.applicant_id, row.as_of, &row.application_id)
}

/// What a visit of an application hands over.
struct Visited {
    outcomes: Vec<Outcome>,
    extras: Vec<(String, f64)>,
    routing: Option<Facts>,
    /// Of the history behind it.
    defects: Vec<Defect>,
}

fn row(assessment: Assessment, Visited { outcomes, extras, routing, .. }: Visited) -> AttributeRow {
    AttributeRow {
        applicant_id: assessment.applicant_id,
        as_of: assessment.as_of,
        application_id: assessment.application_id,
        status: assessment.status,
        score: assessment.score,
        currency: assessment.currency,
        institution: assessment.institution,
        outcomes,
        extras,
        routing,
    }
}
