//! From a ledger to the answer: doubts, population, scorability, model, reasons, policy, in this order.

use super::{
    Engine, EngineParts, Session, challenge,
    family::{Said, by_family},
    marry::{self, Input},
    principal::Values,
    watch::Stage,
};
use crate::{
    application::Application,
    assessment::{Assessment, Characteristic, Decision, ReasonSource, Status, Sufficiency},
    attribute::definition::Unit,
    decide::{
        policy::Verdict,
        reasons::{Candidate, rank},
        scorable::{Extent, Shortfall},
    },
    digest::Digest,
    history::History,
    institution::Held,
    ledger::{BalanceMode, Counts, Doubt, Ledger, NoLedger, Scope},
    model::{Earned, Facts, Model, Scored, bins::BinRef},
    money::Currency,
    reason::{
        Entry, code,
        text::{self, Against, Filling},
    },
    value::{Missing, Outcome, Value},
};

/// A status reason without values.
pub(super) fn status(code: &'static str) -> Shortfall {
    Shortfall { status: Status::IncompleteData, code, value: String::new(), limit: String::new() }
}

/// What the way to an answer left behind, for explanations.
#[derive(Debug, Default)]
pub(super) struct Trail {
    pub(super) extent: Option<Extent>,
    pub(super) verdict: Option<Verdict>,
}

impl Engine {
    /// The answer, and what the way to it left behind.
    pub(super) fn judge(
        &self,
        history: &History,
        application: &Application,
        session: &mut Session,
    ) -> (Assessment, Trail) {
        let parts = &self.parts;
        session.enter(Stage::Ledger);
        let ledger = match self.ledger(history, application) {
            Ok(ledger) => ledger,
            Err(none) => {
                let code = match none {
                    NoLedger::NoAccounts => code::NO_ACCOUNTS,
                    NoLedger::NothingVisible => code::NO_TRANSACTIONS,
                    NoLedger::Refused => return (self.rejected(application), Trail::default()),
                    NoLedger::OtherRules => return (self.internal_error(application), Trail::default()),
                };
                let mut answer = unscored(parts, application, Status::NoData, &[status(code)]);
                self.tell(&mut answer, parts.institutions.held_unseen(history, application));
                return (answer, Trail::default());
            }
        };
        session.enter(Stage::Attributes);
        let extent = Extent::of(&ledger);
        let trail = Trail { extent: Some(extent), verdict: None };
        let found = obstacle(parts, &parts.model, &ledger, &extent);
        let others: Vec<Option<Status>> = parts
            .challengers
            .iter()
            .map(|model| obstacle(parts, model, &ledger, &extent).map(|(status, _)| status))
            .collect();
        // One pass over the rows for all models, and none when no model scores.
        let needed = found.is_none() || others.contains(&None);
        let digest = needed.then(|| super::digest_by(&self.plan, &parts.categoriser, &ledger, application, history));
        let (mut answer, trail) = match (found, &digest) {
            (None, Some(digest)) => self.score(application, &ledger, digest, trail, session),
            (found, _) => {
                let (status, causes) = found.unwrap_or((Status::InternalError, vec![]));
                let mut answer = unscored(parts, application, status, &causes);
                fill_from(&mut answer, &ledger);
                (answer, trail)
            }
        };
        self.tell(&mut answer, parts.institutions.held(&ledger, &extent, &mut session.spelt));
        let facts = facts(&ledger, Some(&extent));
        answer.challengers = self.challenges(application, digest.as_ref(), &facts, &others);
        (answer, trail)
    }

    /// Where the accounts are held stands beside the answer.
    fn tell(&self, answer: &mut Assessment, held: Held) {
        answer.institution = held.institution;
        answer.institutions = held.institutions;
        answer.institution_limits = held.limits;
    }

    fn score(
        &self,
        application: &Application,
        ledger: &Ledger,
        digest: &Digest<'_>,
        trail: Trail,
        session: &mut Session,
    ) -> (Assessment, Trail) {
        let outcomes = self.read(&self.inputs, digest, application);
        let rules = self.read(&self.knockouts, digest, application);
        session.enter(Stage::Score);
        let facts = facts(ledger, trail.extent.as_ref());
        if let Some(cause) = unobserved(&self.parts, &self.parts.model, &outcomes, &facts) {
            let mut answer = unscored(&self.parts, application, cause.status, &[cause]);
            fill_from(&mut answer, ledger);
            return (answer, trail);
        }
        let mut answer = blank(application);
        fill_from(&mut answer, ledger);
        let verdict = self.conclude(&mut answer, &outcomes, &rules, &facts, ledger.currency);
        answer.sufficiency = trail.extent.map_or(Sufficiency::Insufficient, |extent| extent.sufficiency(true));
        (answer, Trail { verdict: Some(verdict), ..trail })
    }

    /// What the routing of a segmented model would know of an application beside its attributes; `None` without a ledger.
    #[must_use]
    pub fn routing_facts(&self, history: &History, application: &Application) -> Option<Facts> {
        let ledger = self.ledger(history, application).ok()?;
        Some(facts(&ledger, Some(&Extent::of(&ledger))))
    }

    /// Everything that follows from the values of the model and of the knock-outs, and from nothing else: what a replay of a
    /// past decision does again.
    pub(super) fn conclude(
        &self,
        answer: &mut Assessment,
        outcomes: &[Outcome],
        rules: &[Outcome],
        facts: &Facts,
        currency: Currency,
    ) -> Verdict {
        let parts = &self.parts;
        let mut scored = parts.model.score(outcomes, facts);
        let mut verdict = parts.policy.decide(scored.score, rules);
        answer.reasons = self.principal(&mut scored, &mut verdict, &Values { outcomes, rules, currency });
        answer.status = Status::Scored;
        answer.decision = verdict.decision;
        answer.score = Some(scored.score);
        (answer.score_low, answer.score_high) = (Some(scored.low), Some(scored.high));
        answer.band = parts.model.band(scored.score).map(str::to_owned);
        answer.probability = parts.model.probability(scored.score);
        answer.segment = parts.model.segment_name(scored.segment).map(str::to_owned);
        answer.base_points = parts.model.base_points(scored.segment);
        answer.characteristics = characteristics(&parts.model, &scored, outcomes);
        answer.policy_trace =
            verdict.trace.iter().filter(|rule| rule.decision.is_some()).map(|rule| rule.rule.clone()).collect();
        answer.inputs = self.kept(&answer.characteristics, outcomes, rules);
        verdict
    }

    pub(super) fn read(&self, inputs: &[Input], digest: &Digest<'_>, application: &Application) -> Vec<Outcome> {
        inputs.iter().map(|input| input.read(&self.parts.registry, digest, application)).collect()
    }

    /// In the policy's order; of a decline those that decline alone.
    pub(super) fn knockout_reasons(&self, verdict: &Verdict) -> Vec<Candidate<'_>> {
        let parts = &self.parts;
        let declines = |at: usize| verdict.trace.get(at).and_then(|rule| rule.decision) == Some(Decision::Decline);
        let counts = |at: &usize| verdict.decision != Decision::Decline || declines(*at);
        let is_missed =
            |at: usize| self.knockouts.get(at).is_some_and(|input| marry::is_missed(&parts.registry, input));
        let candidate = |(at, cause): &(usize, Option<Missing>)| {
            let rule = parts.policy.file().knockouts.get(*at)?;
            let own = || marry::own_reason(&parts.registry, self.knockouts.get(*at)?);
            let code = match cause {
                Some(Missing::NoSuchEvent) if rule.when.holds(f64::INFINITY) && is_missed(*at) => {
                    rule.reason.as_deref().or_else(own)?
                }
                Some(_) => code::CHECK_NOT_POSSIBLE,
                None => rule.reason.as_deref().or_else(own)?,
            };
            let entry = parts.reasons.get(code)?;
            let source = ReasonSource::Knockout;
            Some(Candidate { source, entry, attribute: &rule.attribute, difference: 0.0, place: *at })
        };
        verdict.knockouts.iter().filter(|(at, _)| counts(at)).filter_map(candidate).collect()
    }

    pub(super) fn knockout_filling(&self, at: usize, outcome: &Outcome, currency: Currency) -> Filling<'_> {
        let (unit, window) = marry::described(&self.parts.registry, &self.knockouts[at]);
        let when = self.parts.policy.file().knockouts[at].when;
        Filling {
            value: text::outcome_beside(outcome, &[when.limit()], unit, currency),
            baseline: when.words(|limit| text::edge(limit, unit, currency)).into(),
            against: Against::Rule,
            points: "0".to_owned(),
            window: window.into(),
        }
    }

    pub(super) fn scored_reasons(&self, scored: &Scored) -> Vec<Candidate<'_>> {
        let parts = &self.parts;
        match (&parts.model, parts.model.card(scored.segment)) {
            (Model::Trees(trees), _) => {
                let missing = parts.reasons.get(trees.missing_reason());
                let rows = trees.inputs().iter().zip(&self.inputs).zip(&scored.earned).enumerate();
                let said = rows.filter_map(|(place, ((one, input), earned))| {
                    let own = one.reason.as_deref().or_else(|| marry::own_reason(&parts.registry, input))?;
                    let (own, missing) = (parts.reasons.get(own)?, missing?);
                    Some(Said::new(place, &one.attribute, earned.bin, difference(earned), (own, missing)))
                });
                by_family(&said.collect::<Vec<_>>())
            }
            (_, Some(card)) => {
                let rows = card.characteristics().iter().zip(&scored.earned).enumerate();
                rows.filter_map(|(place, (one, earned))| {
                    let input = &self.inputs[parts.model.place(scored.segment, place)];
                    let difference = difference(earned);
                    let own = one.reason.as_deref().or_else(|| marry::own_reason(&parts.registry, input))?;
                    let is_missed = earned.bin == BinRef::Missing(Missing::NoSuchEvent)
                        && one.missing_reason.is_none()
                        && marry::is_missed(&parts.registry, input);
                    let code = if is_missed { own } else { one.reason_code(earned.bin, difference < 0.0, own)? };
                    let entry: &Entry = parts.reasons.own(code)?;
                    Some(Candidate {
                        source: ReasonSource::Scored,
                        entry,
                        attribute: &one.attribute,
                        difference,
                        place,
                    })
                })
                .collect()
            }
            (_, None) => vec![],
        }
    }

    pub(super) fn scored_filling<'a>(
        &'a self,
        one: &Candidate<'_>,
        scored: &Scored,
        against: Against,
        values: &Values<'_>,
    ) -> Filling<'a> {
        let model = &self.parts.model;
        let at = model.place(scored.segment, one.place);
        let (unit, window) = self.words.input(at);
        let (baseline, currency) = (scored.earned[one.place].baseline, values.currency);
        // Written beforehand for the model's own baseline only.
        let known = || match against {
            Against::Best => None,
            _ => self.words.neutral(model, currency, scored.segment, one.place),
        };
        let outcome = &values.outcomes[at];
        let range = match (model.card(scored.segment), outcome) {
            (Some(card), Ok(Value::Real(_))) => range_of(&card.characteristics()[one.place], baseline),
            _ => None,
        };
        let edges: Vec<f64> = range.into_iter().flat_map(|(lower, upper)| [lower, upper]).flatten().collect();
        Filling {
            value: text::outcome_beside(outcome, &edges, unit, currency),
            baseline: match (model.card(scored.segment), against) {
                (Some(card), _) => match known() {
                    Some(words) => words.into(),
                    None => compared_with(&card.characteristics()[one.place], baseline, unit, currency).into(),
                },
                // What a tree adds depends on every other value, so no range of this one is neutral, or best.
                (None, Against::Neutral) => "the average".into(),
                (None, _) => format!("{} points", text::points(baseline)).into(),
            },
            against,
            points: text::points(one.difference),
            window: window.into(),
        }
    }
}

/// Points against the baseline.
fn difference(earned: &Earned) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "points stay far below 2^53")]
    let points = earned.points as f64;
    points - earned.baseline
}

/// What a characteristic is compared with, for the reviewer: the values that earn the baseline's points, else the points.
pub(super) fn compared_with(
    one: &crate::model::Characteristic,
    baseline: f64,
    unit: Unit,
    currency: Currency,
) -> String {
    if let Some((lower, upper)) = range_of(one, baseline) {
        return text::range(lower, upper, unit, currency);
    }
    if let Some(codes) = whole_points(one, baseline).and_then(|points| one.bins.codes_of(points)) {
        return codes;
    }
    format!("{} points", text::points(baseline))
}

/// The values that earn the baseline's points, where they are one range.
fn range_of(one: &crate::model::Characteristic, baseline: f64) -> Option<(Option<f64>, Option<f64>)> {
    one.bins.range_of(whole_points(one, baseline)?)
}

/// The baseline as points of a bin: an average is none but by chance, neutral and best points are whole.
fn whole_points(one: &crate::model::Characteristic, baseline: f64) -> Option<i64> {
    let mut bins = one.bins.all().map(|bin| one.bins.points(bin)).chain([one.neutral]);
    #[expect(clippy::cast_precision_loss, reason = "points stay far below 2^53")]
    bins.find(|points| baseline.total_cmp(&(*points as f64)).is_eq())
}

/// What routing knows of an application beside its attributes.
pub(super) fn facts(ledger: &Ledger, extent: Option<&Extent>) -> Facts {
    let mut kinds: Vec<_> = ledger.accounts.iter().filter_map(|account| account.holder_kind).collect();
    kinds.dedup();
    let holder = if kinds.len() == 1 { kinds.first().copied() } else { None };
    let sufficiency = extent.map_or(Sufficiency::Insufficient, |extent| extent.sufficiency(true));
    Facts { holder, sufficiency }
}

/// What forbids a score, if anything does: the status and the reasons, most telling first.
fn obstacle(parts: &EngineParts, model: &Model, ledger: &Ledger, extent: &Extent) -> Option<(Status, Vec<Shortfall>)> {
    if !ledger.doubts.is_empty() {
        return Some((Status::IncompleteData, ledger.doubts.iter().map(|doubt| doubted(*doubt)).collect()));
    }
    if ledger.accounts.iter().any(|account| !model.accepts(account.holder_kind)) {
        let value = format!("the model is for {}", model.file().population.description);
        let cause = Shortfall { value, ..status(code::OUT_OF_POPULATION) };
        return Some((Status::OutOfPopulation, vec![cause]));
    }
    if ledger.rows.is_empty() {
        return Some((Status::NoData, vec![status(code::NO_TRANSACTIONS)]));
    }
    let wanted = [("model", model.file().population.currency), ("policy", parts.policy.file().currency)];
    let another =
        |(who, one): (&'static str, Option<Currency>)| Some((who, one.filter(|one| *one != ledger.currency)?));
    if let Some((who, currency)) = wanted.into_iter().find_map(another) {
        let value = format!("the {who} is for amounts in {}", currency.as_str());
        let cause = Shortfall { value, ..status(code::FOREIGN_CURRENCY) };
        return Some((Status::OutOfPopulation, vec![cause]));
    }
    let shortfalls = extent.shortfalls(&parts.policy.file().scorable);
    shortfalls.first().map(|first| first.status).map(|status| (status, shortfalls))
}

/// What a model lacks of the data that it reads, if the policy calls that too much.
pub(super) fn unobserved(parts: &EngineParts, model: &Model, outcomes: &[Outcome], facts: &Facts) -> Option<Shortfall> {
    let limits = &parts.policy.file().scorable;
    // Nothing is looked through for a policy that does not ask.
    limits.observed_percent_min?;
    limits.unobserved(model.read(outcomes, facts).map(|outcome| outcome.err()))
}

fn doubted(doubt: Doubt) -> Shortfall {
    let (code, value) = match doubt {
        Doubt::RejectedRow => (code::INCOMPLETE_DATA, "a row of an account was rejected"),
        Doubt::TruncatedExport => (code::INCOMPLETE_DATA, "the export of an account was cut off"),
        Doubt::TooManyRows => (code::INCOMPLETE_DATA, "more rows than the engine takes"),
        Doubt::ConflictingDuplicate => (code::CONFLICTING_DATA, "the same id with different content"),
        Doubt::ConflictingCorrection => (code::CONFLICTING_DATA, "two corrections of one transaction"),
        Doubt::CurrencyTie => (code::CONFLICTING_DATA, "two currencies hold an account's rows in equal number"),
        Doubt::SignInverted => (code::CONFLICTING_DATA, "the rows' sign contradicts the balances"),
        Doubt::SignImplausible => (code::CONFLICTING_DATA, "purchases come in: signs are turned or left out"),
        Doubt::RowsTwice => (code::CONFLICTING_DATA, "an account's rows stand twice, under two ids"),
        Doubt::LiveAndTest => (code::CONFLICTING_DATA, "live and test data of one applicant"),
        Doubt::ForeignFlow => (code::FOREIGN_CURRENCY, "more than a tenth of the flow is in others"),
    };
    Shortfall { value: value.to_owned(), ..status(code) }
}

/// An answer without a score, with its reasons.
pub(super) fn unscored(
    parts: &EngineParts,
    application: &Application,
    status: Status,
    causes: &[Shortfall],
) -> Assessment {
    let candidate = |(place, cause): (usize, &Shortfall)| {
        let entry = parts.reasons.own(cause.code)?;
        let source = ReasonSource::Scorability;
        Some(Candidate { source, entry, attribute: "", difference: 0.0, place })
    };
    let candidates: Vec<Candidate<'_>> = causes.iter().enumerate().filter_map(candidate).collect();
    let fill = |one: &Candidate<'_>| Filling {
        value: causes[one.place].value.clone(),
        baseline: causes[one.place].limit.as_str().into(),
        against: Against::Rule,
        points: "0".to_owned(),
        window: "".into(),
    };
    let mut answer = blank(application);
    answer.status = status;
    answer.reasons = rank(&parts.reasons, &candidates, fill);
    answer.challengers = challenge::all_unscored(parts, status);
    answer
}

pub(super) fn blank(application: &Application) -> Assessment {
    let mut applicants: Vec<String> = application.applicants.iter().map(|applicant| applicant.id.clone()).collect();
    applicants.sort_unstable();
    Assessment {
        application_id: application.application_id.clone(),
        applicant_id: application.primary().to_owned(),
        applicants,
        as_of: application.as_of,
        status: Status::InternalError,
        decision: Decision::NotScorable,
        score: None,
        score_low: None,
        score_high: None,
        band: None,
        segment: None,
        probability: None,
        currency: application.currency.map(|currency| currency.to_string()).unwrap_or_default(),
        sufficiency: Sufficiency::Insufficient,
        institution_limits: vec![],
        institution: None,
        institutions: 0,
        balance_mode: BalanceMode::None,
        reasons: vec![],
        base_points: 0,
        characteristics: vec![],
        policy_trace: vec![],
        doubts: vec![],
        counts: Counts::default(),
        challengers: vec![],
        inputs: vec![],
    }
}

pub(super) fn fill_from(answer: &mut Assessment, ledger: &Ledger) {
    answer.currency = ledger.currency.to_string();
    answer.balance_mode = balance_mode(ledger);
    answer.doubts.clone_from(&ledger.doubts);
    answer.counts = ledger.counts;
}

/// One account that had to be reconstructed makes the application's balances reconstructed.
fn balance_mode(ledger: &Ledger) -> BalanceMode {
    let modes = || ledger.accounts.iter().filter(|account| account.scope == Scope::Deposit).map(|one| one.balance_mode);
    let any = |mode: BalanceMode| modes().any(|one| one == mode);
    match (any(BalanceMode::Reconstruct), any(BalanceMode::Strict)) {
        (true, _) => BalanceMode::Reconstruct,
        (false, true) => BalanceMode::Strict,
        (false, false) => BalanceMode::None,
    }
}

fn characteristics(model: &Model, scored: &Scored, outcomes: &[Outcome]) -> Vec<Characteristic> {
    let row = |(at, earned): (usize, &Earned)| {
        let outcome = &outcomes[model.place(scored.segment, at)];
        let (attribute, bin) = model.told(scored.segment, at, earned, outcome);
        Characteristic {
            attribute: attribute.to_owned(),
            value: *outcome,
            bin,
            points: earned.points,
            baseline: earned.baseline,
        }
    };
    scored.earned.iter().enumerate().map(row).collect()
}
