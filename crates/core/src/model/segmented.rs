//! Several scorecards on one scale, such as one for thin files, one for businesses and one for returning customers, and the
//! conditions that choose among them.
//!
//! The first segment whose conditions all hold scores the application; the last has none, so that every application has one.
//! What a condition comes to without a value is written down, never assumed. The segments share target, scale, bands,
//! calibration and population, so that a score means the same whichever card gave it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    ModelError, SEGMENTS_MAX, Scored,
    calibration::Probabilities,
    document,
    expected::Expected,
    file::{Baselines, CharacteristicFile, Holder, Kind, ModelFile},
    scorecard::{Scorecard, check_bands, check_header},
};
use crate::{
    config::is_snake_case,
    extent::Sufficiency,
    row::HolderKind,
    value::{Outcome, Value},
};

/// A segment as the model file writes it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentFile {
    /// Its name in snake case; answers carry it.
    pub name: String,
    /// Why these applicants have a card of their own.
    pub rationale: String,
    /// All of them must hold; only the last segment has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<Condition>,
    /// Its points.
    pub card: CardFile,
}

/// The part of a scorecard that is a segment's own; the rest is the model's.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardFile {
    /// Points before any characteristic.
    pub base_points: i64,
    /// Attributes and their points.
    pub characteristics: Vec<CharacteristicFile>,
    /// Average points over the segment's applicants.
    #[serde(default, skip_serializing_if = "Baselines::is_empty")]
    pub baselines: Baselines,
    /// Shares of the segment's development sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
}

/// What must hold for a segment.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// An attribute or an extra column lies in a range, or is one of some codes.
    Attribute {
        /// A column of the registry, or `extra:name`.
        name: String,
        /// The lowest number of the range.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_least: Option<f64>,
        /// The first number that is no longer in the range.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        below: Option<f64>,
        /// The codes; instead of a range.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        codes: Vec<String>,
        /// What it comes to without a value.
        on_missing: OnMissing,
    },
    /// All accounts that say so belong to such a holder.
    Holder {
        /// The kind.
        is: Holder,
        /// What it comes to when no account says so, or when they differ.
        on_missing: OnMissing,
    },
    /// How much the data can carry.
    Sufficiency {
        /// Any of these; `insufficient` is never scored.
        any_of: Vec<Sufficiency>,
    },
}

/// What a condition comes to without a value. There is no default.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum OnMissing {
    Holds,
    Fails,
}

/// What routing knows of an application beside its attributes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Facts {
    /// The kind of holder, when all accounts that say so agree.
    pub holder: Option<HolderKind>,
    /// How much the data can carry.
    pub sufficiency: Sufficiency,
}

/// A checked segment.
#[derive(Clone, PartialEq, Debug)]
pub struct Segment {
    /// Its name.
    pub name: String,
    /// Its card, complete: the model's head over the segment's points.
    pub card: Scorecard,
    when: Vec<Condition>,
    // Of each condition and each characteristic: the place of its attribute in the model's list.
    condition_places: Vec<Option<usize>>,
    places: Vec<usize>,
}

/// A checked segmented model.
#[derive(Clone, PartialEq, Debug)]
pub struct Segmented {
    file: ModelFile,
    id: String,
    segments: Vec<Segment>,
    attributes: Vec<String>,
    probabilities: Option<Probabilities>,
}

impl Segmented {
    pub(super) fn new(file: ModelFile) -> Result<Segmented, ModelError> {
        let invalid = |fault: String| ModelError::Invalid { model: file.name.clone(), fault };
        check_header(&file).map_err(invalid)?;
        check_bands(&file).map_err(invalid)?;
        check_segments(&file).map_err(invalid)?;
        document::check(&file).map_err(invalid)?;
        let probabilities = Probabilities::new(&file).map_err(invalid)?;
        let (mut attributes, mut segments): (Vec<String>, Vec<Segment>) = (vec![], vec![]);
        for one in &file.segments {
            let card = Scorecard::new(whole_card(&file, one))?;
            let condition_places =
                one.when.iter().map(|when| Some(place(&mut attributes, when.attribute()?))).collect();
            let places = one.card.characteristics.iter().map(|one| place(&mut attributes, &one.attribute)).collect();
            segments.push(Segment { name: one.name.clone(), card, when: one.when.clone(), condition_places, places });
        }
        let id = file.id();
        Ok(Segmented { file, id, segments, attributes, probabilities })
    }

    /// What the file says.
    #[must_use]
    pub fn file(&self) -> &ModelFile {
        &self.file
    }

    /// See [`super::Model::id`].
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// In the order in which they are tried.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Every attribute that routing or a card reads, each once.
    #[must_use]
    pub fn attributes(&self) -> &[String] {
        &self.attributes
    }

    /// The probability of a bad outcome at a score.
    #[must_use]
    pub fn probability(&self, score: i64) -> Option<f64> {
        self.probabilities.as_ref()?.of(score)
    }

    /// The index of the segment that scores an application. `outcomes` as for [`Segmented::attributes`].
    #[must_use]
    pub fn route(&self, outcomes: &[Outcome], facts: &Facts) -> usize {
        assert_eq!(outcomes.len(), self.attributes.len(), "the engine computes one outcome for each attribute");
        let holds = |segment: &Segment| {
            let mut conditions = segment.when.iter().zip(&segment.condition_places);
            conditions.all(|(when, place)| when.holds(place.map(|at| &outcomes[at]), facts))
        };
        // The last segment has no condition, which loading checked.
        self.segments.iter().position(holds).unwrap_or(self.segments.len() - 1)
    }

    /// Routes and scores.
    #[must_use]
    pub fn score(&self, outcomes: &[Outcome], facts: &Facts) -> Scored {
        self.score_as(self.route(outcomes, facts), outcomes)
    }

    /// Scores with the card of one segment, whatever the conditions say: a replay knows the segment from the answer, and of
    /// the outcomes only those that the card reads.
    #[must_use]
    pub fn score_as(&self, at: usize, outcomes: &[Outcome]) -> Scored {
        let segment = &self.segments[at];
        let own: Vec<Outcome> = segment.places.iter().map(|place| outcomes[*place]).collect();
        Scored { segment: Some(at), ..segment.card.score(&own) }
    }
}

impl Segment {
    /// What must hold for it.
    #[must_use]
    pub fn conditions(&self) -> &[Condition] {
        &self.when
    }

    /// The places in the model's list of attributes of the card's characteristics.
    pub(super) fn places(&self) -> &[usize] {
        &self.places
    }

    /// The place in the model's list of attributes of the card's characteristic `at`.
    #[must_use]
    pub fn place(&self, at: usize) -> usize {
        self.places[at]
    }
}

impl Condition {
    /// The attribute that it reads.
    #[must_use]
    pub fn attribute(&self) -> Option<&str> {
        match self {
            Condition::Attribute { name, .. } => Some(name),
            Condition::Holder { .. } | Condition::Sufficiency { .. } => None,
        }
    }

    /// True when it compares an attribute with codes, not with numbers.
    #[must_use]
    pub fn is_codes(&self) -> bool {
        matches!(self, Condition::Attribute { codes, .. } if !codes.is_empty())
    }

    /// The condition in words: `history_days_available below 90 (missing: holds)`.
    #[must_use]
    pub fn words(&self) -> String {
        let missing = |rule: &OnMissing| match rule {
            OnMissing::Holds => "missing: holds",
            OnMissing::Fails => "missing: fails",
        };
        match self {
            Condition::Attribute { name, codes, on_missing, .. } if !codes.is_empty() => {
                format!("{name} is {} ({})", codes.join(" or "), missing(on_missing))
            }
            Condition::Attribute { name, at_least, below, on_missing, .. } => {
                let ends =
                    [at_least.map(|limit| format!("at least {limit}")), below.map(|limit| format!("below {limit}"))];
                let range: Vec<String> = ends.into_iter().flatten().collect();
                format!("{name} {} ({})", range.join(" and "), missing(on_missing))
            }
            Condition::Holder { is, on_missing } => {
                let kind = match is {
                    Holder::Customer => "customer",
                    Holder::Account => "account",
                };
                format!("account holder is {kind} ({})", missing(on_missing))
            }
            Condition::Sufficiency { any_of } => {
                let words: Vec<&str> = any_of.iter().map(|one| one.code()).collect();
                format!("sufficiency is {}", words.join(" or "))
            }
        }
    }

    /// Whether it holds. `outcome` is that of [`Condition::attribute`]; a condition without one does not look at it.
    #[must_use]
    pub fn holds(&self, outcome: Option<&Outcome>, facts: &Facts) -> bool {
        match self {
            Condition::Attribute { at_least, below, codes, on_missing, .. } => match outcome {
                Some(Ok(Value::Code(code))) if !codes.is_empty() => codes.iter().any(|one| one == code),
                Some(Ok(value)) if codes.is_empty() => match value.number().filter(|number| !number.is_nan()) {
                    Some(number) => {
                        at_least.is_none_or(|limit| limit <= number) && below.is_none_or(|limit| number < limit)
                    }
                    None => *on_missing == OnMissing::Holds,
                },
                _ => *on_missing == OnMissing::Holds,
            },
            Condition::Holder { is, on_missing } => match facts.holder {
                Some(kind) => Holder::from(kind) == *is,
                None => *on_missing == OnMissing::Holds,
            },
            Condition::Sufficiency { any_of } => any_of.contains(&facts.sufficiency),
        }
    }

    /// Checks what can be checked without a registry.
    ///
    /// # Errors
    ///
    /// What is wrong, as the end of a sentence that begins with the condition.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Condition::Attribute { name, at_least, below, codes, .. } => {
                let limits = [at_least, below];
                if limits.into_iter().flatten().any(|limit| !limit.is_finite()) {
                    return Err(format!("compares `{name}` with no finite number"));
                }
                let has_range = at_least.is_some() || below.is_some();
                if has_range != codes.is_empty() {
                    return Err(format!("must hold `{name}` against `at_least` and `below`, or against `codes`"));
                }
                if let (Some(at_least), Some(below)) = (at_least, below)
                    && below <= at_least
                {
                    return Err(format!("holds `{name}` against an empty range"));
                }
                Ok(())
            }
            Condition::Holder { .. } => Ok(()),
            Condition::Sufficiency { any_of } if any_of.is_empty() => Err("names no sufficiency".to_owned()),
            Condition::Sufficiency { any_of } if any_of.contains(&Sufficiency::Insufficient) => {
                Err("asks for `insufficient`, which is never scored; leave it out".to_owned())
            }
            Condition::Sufficiency { .. } => Ok(()),
        }
    }
}

/// The place of an attribute in the list, at its end when it is new.
fn place(attributes: &mut Vec<String>, name: &str) -> usize {
    attributes.iter().position(|known| known == name).unwrap_or_else(|| {
        attributes.push(name.to_owned());
        attributes.len() - 1
    })
}

/// The segment's card as a model of its own.
fn whole_card(file: &ModelFile, segment: &SegmentFile) -> ModelFile {
    let card = segment.card.clone();
    ModelFile {
        kind: Kind::Scorecard,
        name: format!("{}/{}", file.name, segment.name),
        base_points: card.base_points,
        characteristics: card.characteristics,
        baselines: card.baselines,
        expected: card.expected,
        segments: vec![],
        documentation: None,
        validation: vec![],
        made_with: None,
        ..file.clone()
    }
}

fn check_segments(file: &ModelFile) -> Result<(), String> {
    if !(2..=SEGMENTS_MAX).contains(&file.segments.len()) {
        return Err(format!("has {} segments; write 2 to {SEGMENTS_MAX}", file.segments.len()));
    }
    let is_empty = file.characteristics.is_empty() && file.baselines.is_empty() && file.expected.is_none();
    if !is_empty || file.base_points != 0 {
        return Err(
            "a segmented model has `base_points = 0`; points, baselines and expected shares stand in its segments"
                .to_owned(),
        );
    }
    let mut names = BTreeSet::new();
    let last = file.segments.len() - 1;
    for (at, segment) in file.segments.iter().enumerate() {
        let name = &segment.name;
        if !is_snake_case(name) || !names.insert(name) {
            return Err(format!("segment `{name}`: the name stands twice or is not in snake case"));
        }
        if segment.rationale.trim().is_empty() {
            return Err(format!("segment `{name}` has no `rationale`; say why it has a card of its own"));
        }
        if segment.when.is_empty() != (at == last) {
            return Err(format!("segment `{name}`: the last segment, and only the last, has no condition in `when`"));
        }
        for when in &segment.when {
            when.check().map_err(|fault| format!("segment `{name}`: a condition {fault}"))?;
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "segmented_tests.rs"]
mod tests;
