//! The marriage: model, policy, reasons, attributes and run held against each other before the first row.

use std::collections::BTreeMap;

use super::{
    EngineParts, extra,
    range::{self, Range},
};
use crate::{
    application::Application,
    attribute::{
        declared::Measure,
        definition::{Compliance, Compute, Definition, Risk, Unit},
        registry::{AttributeError, ColumnId, Registry},
    },
    category::categoriser::{Categoriser, Memo},
    decide::policy::{Comparison, Knockout, PolicyError},
    digest::Digest,
    hash::hexadecimal,
    institution::NamesError,
    ledger::{Cut, Reads},
    limits::CHALLENGERS_MAX,
    model::{
        Characteristic, Model, ModelError,
        bins::BinRef,
        file::MadeWith,
        fingerprint::{self, Probe},
        prohibited::{is_never_input, is_policy_only, is_prohibited},
        scorecard::EXTRA_PREFIX,
        segmented::Condition,
    },
    reason::{Dictionary, ReasonError, ReasonKind, text},
    time::Zone,
    value::Outcome,
};

/// Why an engine cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The attributes.
    #[error(transparent)]
    Attributes(#[from] AttributeError),
    /// The model's file.
    #[error(transparent)]
    Model(Box<ModelError>),
    /// The reasons' file.
    #[error(transparent)]
    Reasons(Box<ReasonError>),
    /// The policy's file.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The names of institutions.
    #[error(transparent)]
    Institutions(Box<NamesError>),
    /// The registry has no such column.
    #[error("{reader} reads `{attribute}`, which this version lacks; {way_out}")]
    UnknownAttribute {
        /// The model, or the policy and its rule.
        reader: String,
        /// The column.
        attribute: String,
        /// What to do.
        way_out: &'static str,
    },
    /// The attribute may not decide, or cannot be computed from this input.
    #[error("{reader} reads `{attribute}`, {fault}")]
    Unusable {
        /// The model, or the policy and its rule.
        reader: String,
        /// The column.
        attribute: String,
        /// Why not, and the way out.
        fault: String,
    },
    /// A reason's code is not in the dictionary, or not of the kind that the place needs.
    #[error("{reader} needs the reason `{code}` for `{attribute}`, {fault}")]
    Reason {
        /// The model, the registry, or the policy and its rule.
        reader: String,
        /// The code.
        code: String,
        /// The column.
        attribute: String,
        /// What is wrong and the way out.
        fault: &'static str,
    },
    /// An extra column is read but not declared.
    #[error("{reader} reads the extra column `{column}`, which the run does not declare; add it to the run's extras")]
    UndeclaredExtra {
        /// The model, or the policy and its rule.
        reader: String,
        /// The column's name.
        column: String,
    },
    /// The run declares a column that names a prohibited basis.
    #[error("the extra column `{column}` names a prohibited basis (12 CFR 1002.2(z)); a decision may not read it")]
    ProhibitedExtra {
        /// The column's name.
        column: String,
    },
    /// The run declares a column that names an outcome, a weight or another score.
    #[error(
        "the extra column `{column}` is an outcome, a weight or another score by its name; a decision may not read it"
    )]
    OutcomeExtra {
        /// The column's name.
        column: String,
    },
    /// The model reads whose an account is, or where it is held.
    #[error(
        "model `{model}` reads `{column}`, which only a policy may: identity and bank never enter a score; refit it without"
    )]
    PolicyOnly {
        /// The model's name.
        model: String,
        /// The column's name.
        column: String,
    },
    /// The model has no seal.
    #[error("model `{model}` is not sealed to any build; check its attributes' definitions, then seal it")]
    Unsealed {
        /// The model's name.
        model: String,
    },
    /// An attribute means something else than when the model was made.
    #[error(
        "model `{model}` was made with another definition of `{attribute}`; refit it, or seal it again after review"
    )]
    Definition {
        /// The model's name.
        model: String,
        /// The attribute.
        attribute: String,
    },
    /// A challenger is the model itself, or stands twice.
    #[error("challenger `{model}` is the model that decides, or stands twice; name each model once")]
    SameModel {
        /// The challenger's name.
        model: String,
    },
    /// More challengers than an engine takes.
    #[error("{count} challengers are more than the limit of {CHALLENGERS_MAX}; run them in turns")]
    TooManyChallengers {
        /// How many.
        count: usize,
    },
    /// An attribute behaves differently from when the model was made.
    #[error(
        "model `{model}` was made when `{attribute}` was `{sealed}` on the probe; this build computes `{now}`; refit it, or \
         seal it again after review"
    )]
    Fingerprint {
        /// The model's name.
        model: String,
        /// The attribute.
        attribute: String,
        /// The value in the seal.
        sealed: String,
        /// The running build's value.
        now: String,
    },
}

/// The way out of a model that reads what is not there: most often a file of the lender's own that was not given.
const REFIT: &str = "give its file with --attributes, or refit it";

/// Where a number comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Input {
    /// A column of the registry.
    Column(ColumnId),
    /// A column of the applications.
    Extra(String),
}

impl Input {
    /// The column, when it is one.
    pub(super) fn column(&self) -> Option<ColumnId> {
        if let Input::Column(column) = self { Some(*column) } else { None }
    }

    /// The outcome of this input.
    pub(super) fn read(&self, registry: &Registry, digest: &Digest<'_>, application: &Application) -> Outcome {
        match self {
            Input::Column(column) => registry.compute(*column, digest),
            Input::Extra(name) => extra(application, name),
        }
    }
}

/// The unit and window in words of an input. An extra column has neither.
pub(super) fn described(registry: &Registry, input: &Input) -> (Unit, String) {
    match input {
        Input::Extra(_) => (Unit::Ratio, "as stated in the application".to_owned()),
        Input::Column(column) => {
            let window = registry.columns()[usize::from(column.0)].window;
            (registry.definition(*column).unit, text::window(window))
        }
    }
}

/// Whether it counts the days since something whose absence is the risk, such as income: what never happened is longer ago than
/// any number of days.
pub(super) fn is_missed(registry: &Registry, input: &Input) -> bool {
    let Input::Column(column) = input else { return false };
    let definition = registry.definition(*column);
    let is_time_since = match &definition.compute {
        Compute::Declared(expression) => expression.measure == Measure::DaysSince,
        Compute::Computed { .. } | Compute::Unavailable(_) => false,
    };
    is_time_since && definition.risk == Risk::Rises
}

/// The reason that an attribute has of its own; an extra column has none.
pub(super) fn own_reason<'a>(registry: &'a Registry, input: &Input) -> Option<&'a str> {
    match input {
        Input::Extra(_) => None,
        Input::Column(column) => registry.definition(*column).reason.as_deref(),
    }
}

/// All checks; the inputs of the model and of the policy's knock-outs.
pub(super) fn check(parts: &EngineParts) -> Result<(Vec<Input>, Vec<Input>), EngineError> {
    if let Some(column) = parts.options.extras.iter().find(|name| is_prohibited(name)) {
        return Err(EngineError::ProhibitedExtra { column: column.clone() });
    }
    if let Some(column) = parts.options.extras.iter().find(|name| is_never_input(name)) {
        return Err(EngineError::OutcomeExtra { column: column.clone() });
    }
    check_dictionary(&parts.registry, &parts.reasons)?;
    let inputs = check_model(parts, &parts.model)?;
    let scale = &parts.model.file().scale;
    parts.policy.covers(scale.min, scale.max)?;
    let rules = &parts.policy.file().knockouts;
    let knockouts: Vec<Input> = rules.iter().map(|rule| check_knockout(parts, rule)).collect::<Result<_, _>>()?;
    check_seal(parts, &parts.model)?;
    Ok((inputs, knockouts))
}

/// Each challenger is held to what the model is held to; the inputs of each.
pub(super) fn check_challengers(parts: &EngineParts) -> Result<Vec<Vec<Input>>, EngineError> {
    if CHALLENGERS_MAX < parts.challengers.len() {
        return Err(EngineError::TooManyChallengers { count: parts.challengers.len() });
    }
    let mut inputs = vec![];
    for (at, model) in parts.challengers.iter().enumerate() {
        let mut before = parts.challengers[..at].iter().chain([&parts.model]);
        if before.any(|other| other.id() == model.id()) {
            return Err(EngineError::SameModel { model: model.file().name.clone() });
        }
        inputs.push(check_model(parts, model)?);
        check_seal(parts, model)?;
    }
    Ok(inputs)
}

/// Every attribute that a model may use has a reason that exists.
fn check_dictionary(registry: &Registry, reasons: &Dictionary) -> Result<(), EngineError> {
    for definition in registry.definitions() {
        if let Some(code) = &definition.reason {
            let place = registry.declared_at(&definition.name);
            scored_reason(
                reasons,
                code,
                &place.map_or("the registry".to_owned(), |place| format!("{place}: it")),
                &definition.name,
            )?;
        }
    }
    Ok(())
}

fn scored_reason(reasons: &Dictionary, code: &str, reader: &str, attribute: &str) -> Result<(), EngineError> {
    let fault = match reasons.get(code).map(|entry| entry.kind) {
        Some(ReasonKind::Scored | ReasonKind::Data) => return Ok(()),
        Some(ReasonKind::Status) => "which is of kind `status`; use one of kind `scored` or `data`",
        None => "which the dictionary lacks; correct the code, or add an entry to the reasons file (--reasons)",
    };
    Err(EngineError::Reason {
        reader: reader.to_owned(),
        code: code.to_owned(),
        attribute: attribute.to_owned(),
        fault,
    })
}

fn check_model(parts: &EngineParts, model: &Model) -> Result<Vec<Input>, EngineError> {
    let mut extras = model.attributes().filter_map(|name| name.strip_prefix(EXTRA_PREFIX));
    if let Some(column) = extras.find(|name| is_policy_only(name)) {
        return Err(EngineError::PolicyOnly { model: model.file().name.clone(), column: column.to_owned() });
    }
    for (_, card) in model.cards() {
        let reader = format!("model `{}`", card.file().name);
        for one in card.characteristics() {
            let reasons = (one.reason.as_deref(), one.missing_reason.as_deref());
            let input = check_read(parts, &reader, &one.attribute, one.bins.is_codes(), reasons)?;
            if let Some(column) = input.column() {
                check_bins(&parts.registry, column, one).map_err(|fault| unusable(&reader, &one.attribute, fault))?;
            }
        }
    }
    let reader = format!("model `{}`", model.file().name);
    if let Model::Trees(trees) = model {
        for one in trees.inputs() {
            let reasons = (one.reason.as_deref(), Some(trees.missing_reason()));
            check_read(parts, &reader, &one.attribute, false, reasons)?;
        }
    }
    if let Model::Segmented(segmented) = model {
        let conditions = segmented.segments().iter().flat_map(|segment| segment.conditions());
        for (when, name) in conditions.filter_map(|when| Some((when, when.attribute()?))) {
            let input = resolve(parts, &reader, name, REFIT)?;
            comparable(&parts.registry, &reader, name, &input, when.is_codes())?;
            if let Some(fault) = idle_condition(&parts.registry, &input, when) {
                return Err(unusable(&reader, name, fault));
            }
        }
    }
    model.attributes().map(|name| resolve(parts, &reader, name, REFIT)).collect()
}

/// An attribute that gives points: usable, of the kind that it is compared as, with reasons (its own, and for missing values).
fn check_read(
    parts: &EngineParts,
    reader: &str,
    attribute: &str,
    is_codes: bool,
    (own, missing): (Option<&str>, Option<&str>),
) -> Result<Input, EngineError> {
    let input = resolve(parts, reader, attribute, REFIT)?;
    comparable(&parts.registry, reader, attribute, &input, is_codes)?;
    if let Input::Column(column) = &input
        && parts.registry.definition(*column).reason.is_none()
    {
        let fault = "but it has no reason; give the attribute one".to_owned();
        return Err(EngineError::Unusable { reader: reader.to_owned(), attribute: attribute.to_owned(), fault });
    }
    if let Some(code) = own {
        scored_reason(&parts.reasons, code, reader, attribute)?;
    }
    if let Some(code) = missing
        && parts.reasons.get(code).is_none_or(|entry| entry.kind != ReasonKind::Data)
    {
        let fault = "which must be of kind `data`: a missing value may not read as if it had been observed";
        let (code, attribute) = (code.to_owned(), attribute.to_owned());
        return Err(EngineError::Reason { reader: reader.to_owned(), code, attribute, fault });
    }
    Ok(input)
}

/// Every bin can hold a value, and the points go the way of the attribute's risk or the card says why they do not: the reasons'
/// texts praise and blame by the registry's direction.
fn check_bins(registry: &Registry, column: ColumnId, one: &Characteristic) -> Result<(), String> {
    let definition = registry.definition(column);
    if let Some(fault) = values(registry, column).empty(&one.bins) {
        return Err(fault);
    }
    match (one.bins.step_against(definition.risk), &one.against_risk) {
        (Some(at), None) => {
            let (bin, before) = (BinRef::Value(at), BinRef::Value(at - 1));
            let moves = if definition.risk == Risk::Rises { "rises" } else { "falls" };
            Err(format!(
                "whose risk {moves} with the value, yet the bin `{}` has {} points and the bin before it {}; turn the points \
                 round, or say why in `against_risk`",
                one.bins.label(bin),
                one.bins.points(bin),
                one.bins.points(before)
            ))
        }
        (None, Some(_)) => Err("and no points of it run against risk; leave out `against_risk`".to_owned()),
        _ => Ok(()),
    }
}

/// Why a condition's range says nothing: an end that no value meets, or both that all do. One end may stand for the range's own.
fn idle_condition(registry: &Registry, input: &Input, when: &Condition) -> Option<String> {
    let Condition::Attribute { at_least, below, .. } = when else { return None };
    let range = values(registry, input.column()?);
    let ends = || [at_least.map(Comparison::AtLeast), below.map(Comparison::LessThan)].into_iter().flatten();
    let is_idle = ends().any(|end| range.holds(end) == Some(false)) || ends().all(|end| range.holds(end) == Some(true));
    // The end that none meets is the one to name.
    let named = ends().find(|end| range.holds(*end) == Some(false)).or_else(|| ends().next());
    named.filter(|_| is_idle).and_then(|end| range.idle(end))
}

fn values(registry: &Registry, column: ColumnId) -> Range {
    Range::of(registry.definition(column), registry.columns()[usize::from(column.0)].window)
}

fn unusable(reader: &str, attribute: &str, fault: String) -> EngineError {
    EngineError::Unusable { reader: reader.to_owned(), attribute: attribute.to_owned(), fault }
}

/// A model may use the input, and the input is of the kind that the model compares it with: numbers or codes.
fn comparable(
    registry: &Registry,
    reader: &str,
    attribute: &str,
    input: &Input,
    is_codes: bool,
) -> Result<(), EngineError> {
    let is_code = match input {
        Input::Extra(_) => false,
        Input::Column(column) => {
            let definition = registry.definition(*column);
            usable(definition, reader, attribute, &[Compliance::ModelOk])?;
            definition.unit == Unit::Code
        }
    };
    let fault = match (is_code, is_codes) {
        (true, false) => "which is a code, and codes have no order; give it bins of `codes`",
        (false, true) => "which is a number, and numbers are no codes; give it bins with `below`",
        _ => return Ok(()),
    };
    Err(EngineError::Unusable { reader: reader.to_owned(), attribute: attribute.to_owned(), fault: fault.to_owned() })
}

fn check_knockout(parts: &EngineParts, rule: &Knockout) -> Result<Input, EngineError> {
    let reader = format!("policy `{}`, knock-out `{}`,", parts.policy.file().name, rule.name);
    let input = resolve(parts, &reader, &rule.attribute, "correct the name, or give its file with --attributes")?;
    let own = match &input {
        Input::Extra(_) => None,
        Input::Column(column) => {
            let definition = parts.registry.definition(*column);
            usable(definition, &reader, &rule.attribute, &[Compliance::ModelOk, Compliance::ObligationOnly])?;
            if definition.unit == Unit::Code {
                let fault = "which is a code, and codes have no limits; use a number".to_owned();
                return Err(EngineError::Unusable { reader, attribute: rule.attribute.clone(), fault });
            }
            definition.reason.as_ref()
        }
    };
    match rule.reason.as_ref().or(own) {
        Some(code) => scored_reason(&parts.reasons, code, &reader, &rule.attribute)?,
        None => {
            let fault = "but it has no reason; give the rule one".to_owned();
            return Err(EngineError::Unusable { reader, attribute: rule.attribute.clone(), fault });
        }
    }
    // An extra column has neither unit nor window, so any limit may be meant.
    if let Input::Column(column) = &input {
        let unit = parts.registry.definition(*column).unit;
        let fault = range::fraction(unit, rule.when).or_else(|| values(&parts.registry, *column).idle(rule.when));
        if let Some(fault) = fault {
            return Err(unusable(&reader, &rule.attribute, fault));
        }
    }
    Ok(input)
}

fn resolve(parts: &EngineParts, reader: &str, attribute: &str, way_out: &'static str) -> Result<Input, EngineError> {
    if let Some(name) = attribute.strip_prefix(EXTRA_PREFIX) {
        let declared = parts.options.extras.iter().any(|known| known == name);
        let undeclared = || EngineError::UndeclaredExtra { reader: reader.to_owned(), column: name.to_owned() };
        return if declared { Ok(Input::Extra(name.to_owned())) } else { Err(undeclared()) };
    }
    let column = parts.registry.column(attribute).ok_or_else(|| EngineError::UnknownAttribute {
        reader: reader.to_owned(),
        attribute: attribute.to_owned(),
        way_out,
    })?;
    Ok(Input::Column(column))
}

fn usable(definition: &Definition, reader: &str, attribute: &str, allowed: &[Compliance]) -> Result<(), EngineError> {
    let fault = if !allowed.contains(&definition.compliance) {
        match definition.compliance {
            Compliance::Prohibited => "which no decision may use; remove it",
            Compliance::VerifyOnly => "which may only verify what was stated; remove it",
            Compliance::ObligationOnly => "which may count as an obligation in a policy, never rank people; remove it",
            Compliance::ModelOk => return Ok(()),
        }
    } else if let Compute::Unavailable(why) = definition.compute {
        let (reader, attribute) = (reader.to_owned(), attribute.to_owned());
        return Err(EngineError::Unusable { reader, attribute, fault: format!("which this input cannot give: {why}") });
    } else {
        return Ok(());
    };
    Err(EngineError::Unusable { reader: reader.to_owned(), attribute: attribute.to_owned(), fault: fault.to_owned() })
}

fn check_seal(parts: &EngineParts, model: &Model) -> Result<(), EngineError> {
    let name = &model.file().name;
    let sealed = model.file().made_with.as_ref().ok_or_else(|| EngineError::Unsealed { model: name.clone() })?;
    let now = made_with(&parts.categoriser, &parts.registry, model)?;
    let changed = |(attribute, digest): &(&String, &String)| sealed.definitions.get(*attribute) != Some(*digest);
    if let Some((attribute, _)) = now.definitions.iter().find(changed) {
        return Err(EngineError::Definition { model: name.clone(), attribute: attribute.clone() });
    }
    match fingerprint::mismatch(sealed, &now) {
        None => Ok(()),
        Some((attribute, sealed, now)) => Err(EngineError::Fingerprint {
            model: name.clone(),
            attribute: attribute.to_owned(),
            sealed: sealed.to_owned(),
            now: now.to_owned(),
        }),
    }
}

fn columns(registry: &Registry, attributes: &[&str]) -> Vec<(String, ColumnId)> {
    let known = |attribute: &&str| registry.column(attribute).map(|column| ((*attribute).to_owned(), column));
    attributes.iter().filter_map(known).collect()
}

/// What this build makes of a model's attributes.
pub(super) fn made_with(
    categoriser: &Categoriser,
    registry: &Registry,
    model: &Model,
) -> Result<MadeWith, EngineError> {
    let attributes: Vec<&str> = model.attributes().collect();
    let lacking = attributes.iter().find(|name| !fingerprint::is_extra(name) && registry.column(name).is_none());
    if let Some(attribute) = lacking {
        return Err(EngineError::UnknownAttribute {
            reader: format!("model `{}`", model.file().name),
            attribute: (*attribute).to_owned(),
            way_out: REFIT,
        });
    }
    Ok(measured(categoriser, registry, &attributes))
}

/// What this build makes of attributes, as far as it has them.
pub(super) fn measured(categoriser: &Categoriser, registry: &Registry, attributes: &[&str]) -> MadeWith {
    let columns = columns(registry, attributes);
    let digest = |(attribute, column): &(String, ColumnId)| {
        (attribute.clone(), hexadecimal(&registry.definition_digest(*column)))
    };
    let definitions = columns.iter().map(digest).collect();
    let values = fingerprint::probes()
        .into_iter()
        .map(|probe| (probe.name.clone(), probe_values(categoriser, registry, &columns, probe)))
        .collect();
    MadeWith { probe: fingerprint::probe_digest(), definitions, values }
}

fn probe_values(
    categoriser: &Categoriser,
    registry: &Registry,
    columns: &[(String, ColumnId)],
    probe: Probe,
) -> BTreeMap<String, String> {
    let history = probe.rows.finish(categoriser, &mut Memo::default());
    let zone = Zone::utc();
    let cut = Cut { application: &probe.application, zone: &zone, balance_age_days_max: 7 };
    let Ok(ledger) = super::ledger_of(categoriser, &history, &cut, Reads::ALL) else { return BTreeMap::new() };
    let digest = super::digest_of(registry, categoriser, &ledger, &probe.application, &history);
    let value = |(attribute, column): &(String, ColumnId)| {
        (attribute.clone(), fingerprint::written(&registry.compute(*column, &digest)))
    };
    columns.iter().map(value).collect()
}
