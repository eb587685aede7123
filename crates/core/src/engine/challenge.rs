//! Challengers: models that score the same values in the same pass and decide nothing.

use super::{Engine, EngineParts, answer::unobserved};
use crate::{
    application::Application,
    assessment::{Challenge, Status},
    digest::Digest,
    model::{Model, segmented::Facts},
};

impl Engine {
    /// What each challenger makes of an application; `obstacles` says for each what forbids it a score, if anything does.
    pub(super) fn challenges(
        &self,
        application: &Application,
        digest: Option<&Digest<'_>>,
        facts: &Facts,
        obstacles: &[Option<Status>],
    ) -> Vec<Challenge> {
        let models = self.parts.challengers.iter().zip(&self.challengers).zip(obstacles);
        models
            .map(|((model, inputs), obstacle)| match (obstacle, digest) {
                (None, Some(digest)) => {
                    let outcomes = self.read(inputs, digest, application);
                    match unobserved(&self.parts, model, &outcomes, facts) {
                        Some(cause) => unscored(model, cause.status),
                        None => scored(model, &outcomes, facts),
                    }
                }
                (obstacle, _) => unscored(model, obstacle.unwrap_or(Status::InternalError)),
            })
            .collect()
    }
}

/// What all challengers say of an application that none of them was asked about.
pub(super) fn all_unscored(parts: &EngineParts, status: Status) -> Vec<Challenge> {
    parts.challengers.iter().map(|model| unscored(model, status)).collect()
}

fn scored(model: &Model, outcomes: &[crate::value::Outcome], facts: &Facts) -> Challenge {
    let scored = model.score(outcomes, facts);
    Challenge {
        score: Some(scored.score),
        score_low: Some(scored.low),
        score_high: Some(scored.high),
        band: model.band(scored.score).map(str::to_owned),
        probability: model.probability(scored.score),
        ..unscored(model, Status::Scored)
    }
}

fn unscored(model: &Model, status: Status) -> Challenge {
    let file = model.file();
    Challenge {
        model: format!("{} {}", file.name, file.version),
        model_id: model.id().to_owned(),
        status,
        score: None,
        score_low: None,
        score_high: None,
        band: None,
        probability: None,
        score_min: file.scale.min,
        score_max: file.scale.max,
    }
}
