//! What a run is asked for beside the scores: which tables, and what one application has in them.

use cashline_core::{
    application::Application,
    assessment::Assessment,
    attribute::registry::ColumnId,
    defect::Defect,
    engine::{Engine, LabelledRow, ReasonEvidence},
    history::History,
    table::{self, Cell, RunFacts, Schema},
    value::{Missing, Outcome},
};

use super::{Answer, Extras};

/// What one application has beside its assessment.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// Rows of its pool that the history set aside.
    pub(super) defects: Vec<Defect>,
    /// Every attribute, when the matrix was asked for.
    pub(super) matrix: Option<Vec<Outcome>>,
    /// The rows behind each reason, when evidence was asked for.
    pub(super) evidence: Option<Vec<ReasonEvidence>>,
    /// Every row with its label, when the ledger was asked for.
    pub(super) ledger: Option<Vec<LabelledRow>>,
}

/// What was asked for, of an engine.
#[derive(Debug)]
pub(super) struct Wanted<'e> {
    engine: &'e Engine,
    extras: Extras,
    /// Columns of the matrix.
    columns: Option<Vec<ColumnId>>,
}

impl<'e> Wanted<'e> {
    pub(super) fn of(engine: &'e Engine, extras: Extras) -> Wanted<'e> {
        Wanted { engine, extras, columns: extras.matrix.map(|tiers| engine.registry().chosen(tiers)) }
    }

    /// The tables of the run, the scores first.
    pub(super) fn schemas(&self) -> Vec<Schema> {
        let mut schemas = vec![table::scores(), table::reasons(), table::characteristics(), table::inputs()];
        if !self.engine.challengers().is_empty() {
            schemas.push(table::challengers());
        }
        if let Some(columns) = &self.columns {
            schemas.push(table::matrix(self.engine.registry(), columns));
        }
        if self.extras.evidence {
            schemas.push(table::evidence());
        }
        if self.extras.ledger {
            schemas.push(table::ledger());
        }
        schemas
    }

    /// Looks at an application once more, right after its assessment.
    pub(super) fn beside(&self, history: &History, application: &Application, answer: &Assessment) -> Beside {
        let engine = self.engine;
        let columns = self.columns.as_ref();
        Beside {
            defects: history.defects().to_vec(),
            matrix: columns.map(|columns| engine.attributes_of(columns, &mut engine.session(), history, application)),
            evidence: self.extras.evidence.then(|| engine.evidence(history, application, answer)),
            ledger: self.extras.ledger.then(|| engine.labelled(history, application)),
        }
    }

    /// What an application has whose data was never looked at.
    pub(super) fn without_data(&self) -> Beside {
        Beside {
            defects: vec![],
            matrix: self.columns.as_ref().map(|columns| vec![Err(Missing::NotApplicable); columns.len()]),
            evidence: self.extras.evidence.then(Vec::new),
            ledger: self.extras.ledger.then(Vec::new),
        }
    }
}

/// The rows of an answer in the table of that name.
pub(super) fn rows<'a>(table: &str, answer: &'a Answer, facts: &'a RunFacts) -> Vec<Vec<Cell<'a>>> {
    let Answer { assessment, beside } = answer;
    match table {
        "scores" => vec![table::scores_row(assessment, facts)],
        "reasons" => assessment.reasons.iter().map(|one| table::reasons_row(assessment, one)).collect(),
        "characteristics" => {
            assessment.characteristics.iter().map(|one| table::characteristics_row(assessment, one)).collect()
        }
        "inputs" => assessment.inputs.iter().map(|one| table::inputs_row(assessment, one)).collect(),
        "challengers" => assessment.challengers.iter().map(|one| table::challengers_row(assessment, one)).collect(),
        "attributes" => beside.matrix.iter().map(|outcomes| table::matrix_row(assessment, outcomes)).collect(),
        "evidence" => beside.evidence.iter().flatten().flat_map(|one| table::evidence_rows(assessment, one)).collect(),
        "ledger" => beside.ledger.iter().flat_map(|rows| table::ledger_rows(assessment, rows)).collect(),
        _ => vec![],
    }
}
