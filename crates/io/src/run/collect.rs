//! What a run has learnt so far: result rows, held compactly, and the counts of the manifest.

use std::collections::BTreeMap;

use cashline_core::{
    assessment::{Decision, Status},
    defect::Defect,
    engine::DataStatus,
    event::Watch,
    table::{Cell, RunFacts, Schema},
};

use super::{Answer, beside};
use crate::{
    error::Error,
    manifest::ScoreRecord,
    portfolio::Parking,
    walk::SetAside,
    write::{HeldTables, Key},
};

/// Bytes of answers that stay in memory; older ones are parked on disk, so that the memory does not grow by them.
const HELD_BYTES_MAX: usize = 4 << 20;
/// The part of the memory that they may take where that is less.
const HELD_PART: u64 = 8;

/// Answers, as rows and counts.
#[derive(Debug)]
pub(super) struct Collected {
    pub(super) held: HeldTables,
    pub(super) statuses: BTreeMap<String, u64>,
    pub(super) decisions: BTreeMap<String, u64>,
    pub(super) ledger: BTreeMap<String, u64>,
    pub(super) scores: ScoreRecord,
    pub(super) earliest: Option<i64>,
    pub(super) latest: Option<i64>,
    /// What a state keeps of the answers, in any order.
    pub(super) watches: Vec<Watch>,
    /// Answers that tell no event, since the state's are as of a later T.
    pub(super) looks_back: u64,
    /// Applications that the state has an answer of, and that are refused since.
    pub(super) refused_since: u64,
    defects: SetAside,
    facts: RunFacts,
    parking: Parking,
}

impl Collected {
    pub(super) fn new(schemas: Vec<Schema>, facts: RunFacts, parking: &Parking) -> Collected {
        let bytes_max = usize::try_from(parking.memory / HELD_PART).unwrap_or(usize::MAX).min(HELD_BYTES_MAX);
        let scores = schemas.iter().any(|schema| schema.name == "scores");
        // All of them, so that a count of zero is listed too.
        let (statuses, decisions): (Vec<&str>, Vec<&str>) = match scores {
            true => (Status::ALL.map(Status::code).into(), Decision::ALL.map(Decision::code).into()),
            false => (DataStatus::ALL.map(DataStatus::code).into(), vec![]),
        };
        let zero = |names: Vec<&str>| names.into_iter().map(|name| (name.to_owned(), 0)).collect();
        Collected {
            held: HeldTables::new(schemas).parked(bytes_max, &parking.temp),
            statuses: zero(statuses),
            decisions: zero(decisions),
            ledger: BTreeMap::new(),
            scores: ScoreRecord::default(),
            earliest: None,
            latest: None,
            watches: vec![],
            looks_back: 0,
            refused_since: 0,
            defects: SetAside::default(),
            facts,
            parking: parking.clone(),
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Collected::new(self.held.schemas().to_vec(), self.facts.clone(), &self.parking);
    }

    /// Takes an answer.
    ///
    /// # Errors
    ///
    /// [`Error::Park`].
    pub(super) fn push(&mut self, answer: Answer) -> Result<(), Error> {
        self.count(&answer);
        let schemas = self.held.schemas().iter();
        let tables: Vec<Vec<Vec<Cell<'_>>>> =
            schemas.map(|schema| beside::rows(schema.name, &answer, &self.facts)).collect();
        let assessment = &answer.assessment;
        let key = Key {
            applicant_id: assessment.applicant_id.as_str().into(),
            as_of: assessment.as_of,
            application_id: assessment.application_id.as_str().into(),
        };
        self.held.push(key, &tables).map_err(|source| Error::Park { temp: self.parking.temp.clone(), source })?;
        // Then the state keeps the answer that it has.
        let is_kept = answer.beside.watch.as_ref().is_some_and(|watch| answer.assessment.as_of < watch.as_of);
        self.looks_back += u64::from(is_kept);
        self.refused_since += u64::from(answer.beside.is_refused_since && !is_kept);
        self.defects.extend(answer.beside.defects);
        self.watches.extend(answer.beside.watch);
        Ok(())
    }

    fn count(&mut self, answer: &Answer) {
        let assessment = &answer.assessment;
        match answer.beside.status {
            Some(status) => *self.statuses.entry(status.code().to_owned()).or_default() += 1,
            None => {
                *self.statuses.entry(assessment.status.code().to_owned()).or_default() += 1;
                *self.decisions.entry(assessment.decision.code().to_owned()).or_default() += 1;
                if let Some(score) = assessment.score {
                    self.scores.add(score, assessment.band.as_deref());
                }
            }
        }
        self.earliest = Some(self.earliest.map_or(assessment.as_of, |earliest| earliest.min(assessment.as_of)));
        self.latest = self.latest.max(Some(assessment.as_of));
        // By the names that the core gives them, so that a new count needs no word here.
        if let Ok(serde_json::Value::Object(counts)) = serde_json::to_value(assessment.counts) {
            for (name, count) in counts {
                let sum = self.ledger.entry(name).or_default();
                // Money may add up to more than a count holds: then it stays at its end.
                *sum = sum.saturating_add(count.as_u64().unwrap_or(0));
            }
        }
    }

    /// Rows that histories set aside, each once, in the order of their sources.
    pub(super) fn take_defects(&mut self) -> Vec<Defect> {
        self.defects.take()
    }
}
