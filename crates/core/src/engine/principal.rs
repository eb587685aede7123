//! The reasons of an answer, and the law that none is declined without one.
//!
//! A model's baseline chooses the reasons: what costs points against it. A decline by the score for which that chooses none (a
//! cut-off above what the baseline's points add up to, values that are missing at neutral points) is compared with the best
//! points instead: the reasons are the factors furthest from their best, in one ranking, and what was not observed speaks for
//! the data as ever. The answer's baselines are then those points, so that reasons stay differences of points.
//!
//! Reasons of a decline are of what the application failed: of rules that decline, and of the score unless its cut-off approves. A
//! factor of a score that was passed is no reason, whatever it cost; nor is a rule that only refers.
//!
//! # Source
//!
//! 12 CFR 1002.9(a)(2), (b)(2): who is declined is told the specific principal reasons. Comment 9(b)(2)-7: where a system has
//! several components, the reasons are of those that the application failed, and of both where the score neither approves nor declines. Comment -5: methods other than the two averages may be used; points lost against the most that a factor can earn are what PMML calls the baseline `max`.

use super::Engine;
use crate::{
    assessment::{Decision, Reason, ReasonSource, Side},
    decide::{
        policy::Verdict,
        reasons::{Candidate, rank},
    },
    model::{Baseline, Scored},
    money::Currency,
    reason::{
        code,
        text::{Against, Filling},
    },
    value::Outcome,
};

/// What was read for one application.
#[derive(Clone, Copy, Debug)]
pub(super) struct Values<'a> {
    /// Of the model's attributes.
    pub(super) outcomes: &'a [Outcome],
    /// Of the knock-outs' attributes.
    pub(super) rules: &'a [Outcome],
    /// Of every amount.
    pub(super) currency: Currency,
}

impl Engine {
    /// The reasons of a verdict. A decline by the score has one from the score, if need be against the best points, which
    /// `scored` then holds as baselines; where even those give none, `verdict` becomes a referral that says so.
    pub(super) fn principal(&self, scored: &mut Scored, verdict: &mut Verdict, values: &Values<'_>) -> Vec<Reason> {
        let knockouts = self.knockout_reasons(verdict);
        let of_model = match self.parts.model.file().baseline {
            Baseline::Neutral => Against::Neutral,
            Baseline::Marginal | Baseline::All => Against::Average,
        };
        let declined = verdict.decision == Decision::Decline;
        let passed = declined && verdict.by_score == Decision::Approve;
        let by_score = self.scored_reasons(scored);
        let is_told = costs(&by_score) || verdict.by_score != Decision::Decline;
        let of_score = by_score.into_iter().filter(|one| !passed || 0.0 < one.difference);
        let reasons = self.ranked(knockouts.iter().cloned().chain(of_score).collect(), scored, of_model, values);
        let is_reasoned = reasons.iter().any(|one| one.side == Side::Adverse);
        if !declined || is_told && is_reasoned {
            return reasons;
        }
        let best = self.against_best(scored, values);
        let of_best = self.scored_reasons(&best);
        if costs(&of_best) {
            *scored = best;
            return self.ranked(knockouts.into_iter().chain(of_best).collect(), scored, Against::Best, values);
        }
        if is_reasoned {
            return reasons;
        }
        verdict.refer_without_reason();
        let entry = self.parts.reasons.own(code::NO_PRINCIPAL_REASON);
        let source = ReasonSource::Scorability;
        let own = entry.map(|entry| Candidate { source, entry, attribute: "", difference: 0.0, place: 0 });
        let all = own.into_iter().chain(self.knockout_reasons(verdict)).chain(self.scored_reasons(scored)).collect();
        self.ranked(all, scored, of_model, values)
    }

    fn ranked(
        &self,
        candidates: Vec<Candidate<'_>>,
        scored: &Scored,
        against: Against,
        values: &Values<'_>,
    ) -> Vec<Reason> {
        let fill = |one: &Candidate<'_>| match one.source {
            ReasonSource::Knockout => self.knockout_filling(one.place, &values.rules[one.place], values.currency),
            ReasonSource::Scored => self.scored_filling(one, scored, against, values),
            ReasonSource::Scorability => Filling {
                value: scored.score.to_string(),
                baseline: "".into(),
                against: Against::Rule,
                points: "0".to_owned(),
                window: "".into(),
            },
        };
        rank(&self.parts.reasons, &candidates, fill)
    }

    fn against_best(&self, scored: &Scored, values: &Values<'_>) -> Scored {
        let mut best = scored.clone();
        let most = self.parts.model.best(scored, values.outcomes);
        for (earned, most) in best.earned.iter_mut().zip(most) {
            #[expect(clippy::cast_precision_loss, reason = "points stay far below 2^53")]
            let most = most as f64;
            earned.baseline = most;
        }
        best
    }
}

/// Whether any factor of a score costs points.
fn costs(of_score: &[Candidate<'_>]) -> bool {
    of_score.iter().any(|one| one.difference < 0.0)
}
