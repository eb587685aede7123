//! What a run is asked for beside the scores: which tables, and what one application has in them.

use cashline_core::{
    application::Application,
    assessment::{Assessment, Status},
    attribute::registry::ColumnId,
    defect::Defect,
    engine::{DataStatus, Engine, Enriched, LabelledRow, ReasonEvidence, Selection},
    event::{Event, Watch, compare},
    history::History,
    table::{self, Cell, RunFacts, Schema},
    value::{Missing, Outcome},
};

use super::{Answer, Extras, since::Before};

/// What one application has beside its assessment.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// Whether the data can be relied on, when nothing is scored.
    pub(super) status: Option<DataStatus>,
    /// Rows of its pool that the history set aside.
    pub(super) defects: Vec<Defect>,
    /// Every attribute, when the matrix was asked for.
    pub(super) matrix: Option<Vec<Outcome>>,
    /// The rows behind each reason, when evidence was asked for.
    pub(super) evidence: Option<Vec<ReasonEvidence>>,
    /// Every row with its label, when the ledger was asked for.
    pub(super) ledger: Option<Vec<LabelledRow>>,
    /// What a money-management product needs, when that was asked for.
    pub(super) enriched: Option<Enriched>,
    /// What changed since the last answer, when the run has a state.
    pub(super) events: Vec<Event>,
    /// What the state keeps of the answer.
    pub(super) watch: Option<Watch>,
    /// The night before it was not refused.
    pub(super) is_refused_since: bool,
}

impl Beside {
    /// Of an application that was measured without an assessment.
    pub(super) fn measured(history: &History, answer: &Assessment, outcomes: Vec<Outcome>) -> Beside {
        let status = Some(data_status(answer));
        Beside { status, defects: history.defects().to_vec(), matrix: Some(outcomes), ..Beside::default() }
    }
}

fn data_status(answer: &Assessment) -> DataStatus {
    match answer.status {
        Status::RejectedInput => DataStatus::RejectedInput,
        Status::InternalError => DataStatus::InternalError,
        Status::NoData => DataStatus::NoData,
        _ if answer.doubts.is_empty() => DataStatus::Complete,
        _ => DataStatus::InDoubt,
    }
}

/// What was asked for, of an engine.
#[derive(Debug)]
pub(super) struct Wanted<'e> {
    engine: &'e Engine,
    extras: Extras,
    /// Columns of the matrix.
    columns: Option<Selection>,
    /// The answers of the night before, when the run has a state.
    before: Option<&'e Before>,
}

impl<'e> Wanted<'e> {
    /// `columns` are those of the matrix; without any the tier's are.
    pub(super) fn of(
        engine: &'e Engine,
        extras: Extras,
        columns: &[ColumnId],
        before: Option<&'e Before>,
    ) -> Wanted<'e> {
        let chosen = |tiers| if columns.is_empty() { engine.registry().chosen(tiers) } else { columns.to_vec() };
        let columns = extras.matrix.map(|tiers| engine.select(&chosen(tiers)));
        Wanted { engine, extras, columns, before }
    }

    /// The columns, when they are all that was asked for.
    pub(super) fn alone(&self) -> Option<&Selection> {
        self.columns.as_ref().filter(|_| self.extras.alone)
    }

    /// The tables of the run, the scores first.
    pub(super) fn schemas(&self) -> Vec<Schema> {
        if self.extras.enriched.is_some() {
            return table::enriched();
        }
        if let Some(selection) = self.alone() {
            return vec![table::matrix(self.engine.registry(), selection.columns())];
        }
        let mut schemas = vec![table::scores(), table::reasons(), table::characteristics(), table::inputs()];
        if !self.engine.challengers().is_empty() {
            schemas.push(table::challengers());
        }
        if let Some(columns) = &self.columns {
            schemas.push(table::matrix(self.engine.registry(), columns.columns()));
        }
        if self.extras.evidence {
            schemas.push(table::evidence());
        }
        if self.extras.ledger {
            schemas.push(table::ledger());
        }
        if self.before.is_some() {
            schemas.push(table::events());
        }
        schemas
    }

    /// Looks at an application once more, right after its assessment.
    pub(super) fn beside(&self, history: &History, application: &Application, answer: &Assessment) -> Beside {
        let engine = self.engine;
        let columns = self.columns.as_ref();
        let (events, watch) = self.watched(answer, || match answer.status {
            // What broke the engine once may do so again.
            Status::InternalError => self.blank(answer),
            status => Watch::of(engine, history, application, answer, status.code()),
        });
        let enriched = self.extras.enriched.map(|days| engine.enriched(history, application, answer.status, days));
        Beside {
            status: enriched.as_ref().map(|enriched| enriched.status),
            events,
            watch,
            is_refused_since: false,
            defects: history.defects().to_vec(),
            matrix: columns.map(|columns| engine.attributes_in(columns, &mut engine.session(), history, application)),
            evidence: self.extras.evidence.then(|| engine.evidence(history, application, answer)),
            ledger: self.extras.ledger.then(|| engine.labelled(history, application)),
            enriched,
        }
    }

    /// What the night before says of an answer, and what is kept of it for the next.
    fn watched(&self, answer: &Assessment, watch: impl FnOnce() -> Watch) -> (Vec<Event>, Option<Watch>) {
        let Some(before) = self.before else { return (vec![], None) };
        let (events, watch) = compare(before.of(&answer.application_id), watch(), before.limits);
        (events, Some(watch))
    }

    fn blank(&self, answer: &Assessment) -> Watch {
        Watch::without_data(answer, answer.status.code(), self.engine.model().id(), self.engine.zone())
    }

    /// What an application has whose data was never looked at.
    pub(super) fn without_data(&self, answer: &Assessment) -> Beside {
        let known = self.before.and_then(|before| before.of(&answer.application_id));
        let is_refused_since = known.is_some_and(|watch| watch.status != Status::RejectedInput.code());
        let (events, watch) = self.watched(answer, || self.blank(answer));
        let scoreless = self.extras.enriched.is_some() || self.alone().is_some();
        Beside {
            status: scoreless.then_some(DataStatus::RejectedInput),
            events,
            watch,
            is_refused_since,
            defects: vec![],
            matrix: self.columns.as_ref().map(|chosen| vec![Err(Missing::NotApplicable); chosen.columns().len()]),
            evidence: self.extras.evidence.then(Vec::new),
            ledger: self.extras.ledger.then(Vec::new),
            enriched: self.extras.enriched.map(|days| Enriched::without_data(DataStatus::RejectedInput, days)),
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
        "events" => beside.events.iter().map(|one| table::events_row(assessment, one)).collect(),
        "ledger" => beside.ledger.iter().flat_map(|rows| table::ledger_rows(assessment, rows)).collect(),
        name => beside.enriched.iter().flat_map(|one| table::enriched_rows(name, assessment, one)).collect(),
    }
}
