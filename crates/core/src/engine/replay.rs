//! Past decisions made again from the values that they were made of: no ledger, no rows, no history.
//!
//! A run keeps the number of every characteristic. That is the value itself but for its form, which reviewers' texts show
//! (`3 days`, `3.0 days`), so an answer also keeps each input whose number alone would not give it back, and the value of every
//! knock-out ([`crate::assessment::Input`]).

use super::{Engine, answer};
use crate::{
    application::{Applicant, Application},
    assessment::{self, Assessment, Characteristic},
    attribute::definition::Unit,
    decide::scorable::Extent,
    extent::Sufficiency,
    model::{
        Model,
        fingerprint::{self, Probe},
        scorecard::EXTRA_PREFIX,
        segmented::Facts,
    },
    money::Currency,
    row::{ApplicantRole, HolderKind},
    time::Day,
    value::{Missing, Outcome, Value},
};

/// What is kept of a past decision.
#[derive(Clone, PartialEq, Debug)]
pub struct Stored {
    /// The application.
    pub application_id: String,
    /// The primary applicant.
    pub applicant_id: String,
    /// T in seconds (UTC).
    pub as_of: i64,
    /// Of every amount.
    pub currency: Currency,
    /// How much the data could carry; a segmented model may route by it.
    pub sufficiency: Sufficiency,
    /// The segment that the answer names, for models of several cards.
    pub segment: Option<String>,
    /// The model's attributes with their values, in any order.
    pub characteristics: Vec<(String, Outcome)>,
    /// The policy's knock-outs by name with the values of their attributes, in any order.
    pub knockouts: Vec<(String, Outcome)>,
}

/// A value as a table of characteristics holds it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Written {
    /// A number, whole or not.
    Number(f64),
    /// A name from a closed list.
    Code(&'static str),
    /// A calendar day.
    Date(Day),
    /// The cause for which there is no value.
    Missing(Missing),
}

/// Why a stored decision cannot be made again by this engine.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The model or the policy reads what was not stored.
    #[error("the stored decision holds no value of {reader}; it was made by another model or policy")]
    Absent {
        /// The attribute, or the knock-out's name.
        reader: String,
    },
    /// More was stored than the model and the policy read.
    #[error("the stored decision holds {stored} values where {read} are read; it was made by another model or policy")]
    Unread {
        /// How many values are stored.
        stored: usize,
        /// How many are read.
        read: usize,
    },
}

impl Engine {
    /// Makes a stored decision again: points, score, band, decision and reasons under this engine's model, policy and reasons.
    /// What comes from the ledger (applicants, sufficiency, doubts, counts) stays blank.
    ///
    /// A segmented model routes again by the stored values. The kind of the accounts' holder is not stored: any kind may stand
    /// for it that leads to the segment that the answer names, and none does when the other conditions say otherwise.
    ///
    /// # Errors
    ///
    /// [`ReplayError`] when the stored values are not those that model and policy read.
    pub fn reassess(&self, stored: &Stored) -> Result<Assessment, ReplayError> {
        let model: Vec<&str> = self.parts.model.attributes().collect();
        let rules: Vec<&str> = self.parts.policy.file().knockouts.iter().map(|rule| rule.name.as_str()).collect();
        let outcomes = matched(&model, &stored.characteristics)?;
        let knockouts = matched(&rules, &stored.knockouts)?;
        let primary = Applicant { id: stored.applicant_id.clone(), role: ApplicantRole::Primary, account_ids: vec![] };
        let mut answer = answer::blank(&Application {
            application_id: stored.application_id.clone(),
            applicants: vec![primary],
            as_of: stored.as_of,
            requested_amount: None,
            term_months: None,
            instalment_amount: None,
            stated_income: None,
            currency: Some(stored.currency),
            extras: vec![],
        });
        let facts = self.routed_by(stored, &outcomes);
        let _ = self.conclude(&mut answer, &outcomes, &knockouts, &facts, stored.currency);
        Ok(answer)
    }

    /// What routing knew beside the attributes: the first kind of holder that leads to the segment of the answer.
    fn routed_by(&self, stored: &Stored, outcomes: &[Outcome]) -> Facts {
        let with = |holder| Facts { holder, sufficiency: stored.sufficiency };
        let Model::Segmented(model) = &self.parts.model else { return with(None) };
        let leads = |facts: &Facts| {
            stored.segment.as_deref() == self.parts.model.segment_name(Some(model.route(outcomes, facts)))
        };
        let kinds = [None, Some(HolderKind::Customer), Some(HolderKind::Account)];
        kinds.map(with).into_iter().find(leads).unwrap_or(with(None))
    }

    /// What this engine makes of the probe applicants, whatever population its model is for: the same steps as for a stored
    /// decision, over values that it computes itself. For fingerprints.
    #[must_use]
    pub fn on_probes(&self) -> Vec<(String, Assessment)> {
        let answer = |probe: Probe| {
            let history = self.history(&mut self.session(), probe.rows);
            let ledger = self.ledger(&history, &probe.application).ok()?;
            let digest = super::digest(&self.parts, &ledger, &probe.application, &history);
            let outcomes = self.read(&self.inputs, &digest, &probe.application);
            let rules = self.read(&self.knockouts, &digest, &probe.application);
            let mut answer = answer::blank(&probe.application);
            let facts = answer::facts(&ledger, Some(&Extent::of(&ledger)));
            let _ = self.conclude(&mut answer, &outcomes, &rules, &facts, ledger.currency);
            Some((probe.name, answer))
        };
        fingerprint::probes().into_iter().filter_map(answer).collect()
    }

    /// The value of an attribute of the model from how a table of characteristics writes it. Where that is not what the answer
    /// rested on, the answer's [`Assessment::inputs`] hold what it was.
    ///
    /// # Errors
    ///
    /// The cause for which there is no value.
    pub fn value_of(&self, attribute: &str, written: Written) -> Outcome {
        match written {
            Written::Number(number) => self.number(attribute, number),
            Written::Code(code) => Ok(Value::Code(code)),
            Written::Date(day) => Ok(Value::Date(day)),
            Written::Missing(cause) => Err(cause),
        }
    }

    /// A whole number of a unit that is counted is an integer; every other number is real.
    fn number(&self, attribute: &str, number: f64) -> Outcome {
        let registry = &self.parts.registry;
        let unit = registry.column(attribute).map_or(Unit::Ratio, |column| registry.definition(column).unit);
        let counted =
            !attribute.starts_with(EXTRA_PREFIX) && !matches!(unit, Unit::Ratio | Unit::Probability | Unit::Z);
        if counted && number.fract() == 0.0 && number.abs() < 9e15 {
            #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53, checked above")]
            return Ok(Value::Integer(number as i64));
        }
        Value::real(number)
    }

    /// The inputs that the characteristics do not hold, or not exactly, then those of the knock-outs.
    pub(super) fn kept(
        &self,
        characteristics: &[Characteristic],
        outcomes: &[Outcome],
        rules: &[Outcome],
    ) -> Vec<assessment::Input> {
        let is_held = |at: usize, attribute: &str, outcome: &Outcome| {
            // Most models list their attributes in the order of their characteristics.
            let is = |one: &Characteristic| one.attribute == attribute;
            (characteristics.get(at).is_some_and(is) || characteristics.iter().any(is))
                && match outcome {
                    Ok(Value::Integer(_) | Value::Real(_)) => {
                        let number = outcome.ok().and_then(|value| value.number());
                        number.is_some_and(|number| self.number(attribute, number) == *outcome)
                    }
                    Ok(Value::Code(_) | Value::Date(_)) | Err(_) => true,
                }
        };
        let others = self.parts.model.attributes().zip(outcomes).enumerate();
        let others = others.filter(|(at, (attribute, outcome))| !is_held(*at, attribute, outcome));
        let others = others.map(|(_, (attribute, outcome))| (None, attribute.to_owned(), *outcome));
        let policy = self.parts.policy.file().knockouts.iter().zip(rules);
        let policy = policy.map(|(rule, outcome)| (Some(rule.name.clone()), rule.attribute.clone(), *outcome));
        others.chain(policy).map(|(rule, attribute, value)| assessment::Input { rule, attribute, value }).collect()
    }
}

/// The outcomes in the order of those who read them.
fn matched(readers: &[&str], stored: &[(String, Outcome)]) -> Result<Vec<Outcome>, ReplayError> {
    if stored.len() > readers.len() {
        return Err(ReplayError::Unread { stored: stored.len(), read: readers.len() });
    }
    let find = |reader: &&str| {
        let found = stored.iter().find(|(name, _)| name == reader).map(|(_, outcome)| *outcome);
        found.ok_or_else(|| ReplayError::Absent { reader: format!("`{reader}`") })
    };
    readers.iter().map(find).collect()
}
