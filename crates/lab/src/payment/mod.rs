//! Fits a payment model to what became of debits, and measures it on debits that the fit has not seen.
//!
//! The debits are split by the SHA-256 of their request's id: where it is even the debit is fitted on, where odd held out. Debits that
//! returned for the account tell nothing of its money, so the logistic of insufficient funds is fitted on the others; that of
//! the account is fitted on all. An input whose coefficient would turn its sign against the given model (or would make a
//! larger debit safer) is left out and the rest fitted again: such a sign says that inputs overlap, and would make perverse
//! reasons. An input that stands at its neutral value in every debit keeps the coefficient that was given: debits to cards,
//! to accounts that take none and to numbers that are over are refused before they can return, so that no fit could learn what
//! guards against them. What is measured is what is written.

#[cfg(test)]
mod tests;

use cashline_core::{
    hash::sha256,
    payment::{Class, Input, Inputs, Logistic, Paid, PaymentFile, PaymentModel, PaymentModelError, Term, WithAmount},
};
use serde::Serialize;

use crate::{
    count::real,
    logistic::{self, Design, LogisticError},
    metrics::{Cases, Difference, Estimate, MetricError, Outcomes, auc_difference, calibration_line},
};

/// Returns, and debits that cleared, without which a logistic stays as it is.
pub const EVENTS_MIN: usize = 20;
/// Of the fit: inputs lie within about one, so it matters only where an input tells returns apart without error.
const RIDGE: f64 = 0.5;
const LEVEL: f64 = 0.95;

/// A debit with what became of it.
#[derive(Clone, PartialEq, Debug)]
pub struct Debit {
    /// The request's id, unique.
    pub request_id: String,
    /// What was known of it at T.
    pub inputs: Inputs,
    /// Minor units.
    pub amount: i64,
    /// The balance at T, minor units.
    pub balance: i64,
    /// What became of it.
    pub paid: Paid,
}

/// Why there is no fit.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PaymentFitError {
    /// Two debits under one id.
    #[error("two debits have one request_id; give every request an id of its own")]
    SameRequest,
    /// A logistic has no fit.
    #[error("the logistic `{class}`: {source}")]
    Logistic {
        /// Which.
        class: &'static str,
        /// Why.
        source: LogisticError,
    },
    /// A measure has no value.
    #[error("the held-out debits of `{class}`: {source}")]
    Metric {
        /// Which.
        class: &'static str,
        /// Why.
        source: MetricError,
    },
    /// The fitted model breaks a rule of payment models.
    #[error(transparent)]
    Model(#[from] PaymentModelError),
}

/// An input that the fit left out.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LeftOut {
    /// The input.
    pub input: String,
    /// Why.
    pub why: &'static str,
}

/// How a model does on held-out debits.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Measured {
    /// Area under the ROC curve.
    pub auc: Estimate,
    /// Slope of the outcome on the log odds; 1 at best. `None` where no line can be fitted.
    pub slope: Option<Estimate>,
}

/// What the fit did with one logistic.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ClassReport {
    /// Which.
    pub class: Class,
    /// Debits that were fitted on, and the returns among them.
    pub fitted_on: (usize, usize),
    /// Debits that were held out, and the returns among them.
    pub held_out: (usize, usize),
    /// Whether it was fitted; else it is as given, for too few returns or too few that cleared.
    pub fitted: bool,
    /// Inputs left out.
    pub left_out: Vec<LeftOut>,
    /// Inputs that keep their coefficient, for they stood at their neutral value in every debit.
    pub kept: Vec<String>,
    /// The model as given, on the held-out debits; `None` when they hold one class only.
    pub given: Option<Measured>,
    /// The model as fitted, on the same.
    pub fit: Option<Measured>,
    /// For insufficient funds: the fitted model beside the balance alone. The balance ranks by amount over balance or by
    /// balance less amount, whichever does better on the held-out debits.
    pub against_balance: Option<Difference>,
}

/// A fitted payment model and how it does.
#[derive(Clone, PartialEq, Debug)]
pub struct Fitted {
    /// The model.
    pub model: PaymentModel,
    /// Insufficient funds, then the account.
    pub classes: Vec<ClassReport>,
}

/// Fits both logistics of a model.
///
/// # Errors
///
/// [`PaymentFitError`].
pub fn fit(given: &PaymentModel, debits: &[Debit]) -> Result<Fitted, PaymentFitError> {
    let mut debits: Vec<&Debit> = debits.iter().collect();
    debits.sort_by(|a, b| a.request_id.cmp(&b.request_id));
    if debits.windows(2).any(|pair| pair[0].request_id == pair[1].request_id) {
        return Err(PaymentFitError::SameRequest);
    }
    let (train, held): (Vec<&Debit>, Vec<&Debit>) = debits.into_iter().partition(|one| !is_held_out(&one.request_id));
    let mut file = given.file().clone();
    let mut steps = vec![];
    for class in [Class::Insufficient, Class::Account] {
        let train = Sample::of(&train, class);
        let enough = EVENTS_MIN <= train.returns && EVENTS_MIN <= train.debits.len() - train.returns;
        let mut learnt = Learnt::default();
        if enough {
            let logistic = refit(given, class, &train, &mut learnt)?;
            *logistic_of(&mut file, class) = logistic;
        }
        steps.push((class, (train.debits.len(), train.returns), enough, learnt));
    }
    if steps.iter().any(|(_, _, enough, _)| *enough) {
        if !file.name.ends_with("_fitted") {
            file.name.push_str("_fitted");
        }
        let returns: usize = train.iter().filter(|one| one.paid != Paid::Cleared).count();
        file.basis = format!("fitted on {} debits, {returns} of which returned", train.len());
    }
    let model = PaymentModel::check(file)?;
    let mut classes = vec![];
    for (class, fitted_on, fitted, Learnt { left_out, kept }) in steps {
        let held = Sample::of(&held, class);
        classes.push(ClassReport {
            class,
            fitted_on,
            held_out: (held.debits.len(), held.returns),
            fitted,
            left_out,
            kept,
            given: held.measured(given)?,
            fit: held.measured(&model)?,
            against_balance: held.against_balance(&model)?,
        });
    }
    Ok(Fitted { model, classes })
}

/// Whether a request is held out.
fn is_held_out(request_id: &str) -> bool {
    let last = sha256(request_id.as_bytes()).chars().last().and_then(|digit| digit.to_digit(16));
    last.is_some_and(|digit| digit % 2 == 1)
}

fn logistic_of(file: &mut PaymentFile, class: Class) -> &mut Logistic {
    match class {
        Class::Insufficient => &mut file.insufficient,
        Class::Account => &mut file.account,
    }
}

fn name(class: Class) -> &'static str {
    match class {
        Class::Insufficient => "insufficient",
        Class::Account => "account",
    }
}

/// The debits that tell something of a class.
struct Sample<'d> {
    class: Class,
    debits: Vec<&'d Debit>,
    bad: Vec<bool>,
    returns: usize,
}

impl<'d> Sample<'d> {
    fn of(debits: &[&'d Debit], class: Class) -> Sample<'d> {
        let tells = |one: &&&Debit| class == Class::Account || one.paid != Paid::Returned(Class::Account);
        let debits: Vec<&Debit> = debits.iter().filter(tells).copied().collect();
        let bad: Vec<bool> = debits.iter().map(|one| one.paid == Paid::Returned(class)).collect();
        let returns = bad.iter().filter(|bad| **bad).count();
        Sample { class, debits, bad, returns }
    }

    fn measured(&self, model: &PaymentModel) -> Result<Option<Measured>, PaymentFitError> {
        if self.returns == 0 || self.returns == self.debits.len() {
            return Ok(None);
        }
        let refused = |source| PaymentFitError::Metric { class: name(self.class), source };
        let odds = self.odds(model);
        let score: Vec<f64> = odds.iter().map(|odds| -odds).collect();
        let probability: Vec<f64> = odds.iter().map(|odds| logistic::probability(*odds)).collect();
        let cases = Cases::new(&score, Some(&probability), &self.bad, None).map_err(refused)?;
        let auc = Outcomes::of(&cases).map_err(refused)?.auc();
        let slope = calibration_line(&cases, LEVEL).ok().map(|line| line.slope);
        Ok(Some(Measured { auc, slope }))
    }

    fn odds(&self, model: &PaymentModel) -> Vec<f64> {
        self.debits.iter().map(|one| model.log_odds(self.class, &one.inputs)).collect()
    }

    fn against_balance(&self, model: &PaymentModel) -> Result<Option<Difference>, PaymentFitError> {
        if self.class == Class::Account || self.returns == 0 || self.returns == self.debits.len() {
            return Ok(None);
        }
        let refused = |source| PaymentFitError::Metric { class: name(self.class), source };
        let score: Vec<f64> = self.odds(model).iter().map(|odds| -odds).collect();
        let ratio = self.debits.iter().map(|one| -one.inputs.get(Input::AmountOverBalance).unwrap_or(0.0)).collect();
        #[expect(clippy::cast_precision_loss, reason = "amounts stay below 2^53; the numbers only rank")]
        let rest = self.debits.iter().map(|one| one.balance.saturating_sub(one.amount) as f64).collect();
        let mut worst: Option<Difference> = None;
        for balance in [ratio, rest] as [Vec<f64>; 2] {
            let against = auc_difference(&score, &balance, &self.bad, None, LEVEL).map_err(refused)?;
            if worst.is_none_or(|worst| against.difference.value < worst.difference.value) {
                worst = Some(against);
            }
        }
        Ok(worst)
    }
}

/// What a fit could not learn.
#[derive(Default)]
struct Learnt {
    left_out: Vec<LeftOut>,
    kept: Vec<String>,
}

/// Fits one logistic on the inputs of the given one.
fn refit(
    given: &PaymentModel,
    class: Class,
    train: &Sample<'_>,
    learnt: &mut Learnt,
) -> Result<Logistic, PaymentFitError> {
    let rows: Vec<Vec<f64>> = train.debits.iter().map(|one| given.values(class, &one.inputs)).collect();
    let column = |at: usize| -> Vec<f64> { rows.iter().map(|row| row[at]).collect() };
    let mut terms: Vec<(Input, &Term, Vec<f64>)> = vec![];
    let mut kept: Vec<&Term> = vec![];
    for (at, (input, term)) in given.terms(class).iter().enumerate() {
        let column = column(at);
        if column.iter().all(|value| *value == term.neutral) {
            learnt.kept.push(term.input.clone());
            kept.push(term);
        } else if column.windows(2).all(|pair| pair[0] == pair[1]) {
            learnt.left_out.push(LeftOut { input: term.input.clone(), why: "the same in every debit" });
        } else {
            terms.push((*input, term, column));
        }
    }
    let weight = vec![1.0; train.debits.len()];
    loop {
        let names: Vec<String> = terms.iter().map(|(_, term, _)| term.input.clone()).collect();
        let columns: Vec<Vec<f64>> = terms.iter().map(|(_, _, column)| column.clone()).collect();
        let design = Design { names: &names, columns: &columns, bad: &train.bad, weight: &weight };
        let options = logistic::Options { ridge: RIDGE, ..logistic::Options::default() };
        let fit = logistic::fit(&design, &options)
            .map_err(|source| PaymentFitError::Logistic { class: name(class), source })?;
        let turned = fit.coefficients.iter().zip(&terms).enumerate();
        let turned = turned.filter(|(_, (found, (input, term, _)))| found.value * sign(*input, term) < 0.0);
        let worst = turned.max_by(|(_, (a, _)), (_, (b, _))| a.z.abs().total_cmp(&b.z.abs())).map(|(at, _)| at);
        let Some(worst) = worst else {
            let fitted = fit.coefficients.iter().zip(&terms).map(|(found, (_, term, _))| Term {
                coefficient: found.value,
                rationale: format!("{FITTED}{:.3}. {}", found.standard_error, plain(&term.rationale)),
                ..(*term).clone()
            });
            let as_given = kept
                .iter()
                .map(|term| Term { rationale: format!("{KEPT}. {}", plain(&term.rationale)), ..(*term).clone() });
            // What the neutral values of kept inputs add to the log odds of every debit stands in the fitted intercept too.
            let neutral: f64 = kept.iter().map(|term| term.coefficient * term.neutral).sum();
            let mut inputs: Vec<Term> = fitted.chain(as_given).collect();
            let place = |one: &Term| given.terms(class).iter().position(|(_, term)| term.input == one.input);
            inputs.sort_by_key(place);
            let share = real(train.returns) / real(train.debits.len());
            return Ok(Logistic {
                intercept: fit.intercept.value - neutral,
                rationale: format!("Fitted: {:.1} % of the debits returned.", share * 100.0),
                inputs,
            });
        };
        let why = "its sign turned against the given model";
        learnt.left_out.push(LeftOut { input: terms.remove(worst).1.input.clone(), why });
    }
}

/// The sign that a coefficient must have; 0 for either.
fn sign(input: Input, term: &Term) -> f64 {
    match input.info().amount {
        WithAmount::Rises => 1.0,
        WithAmount::Falls => -1.0,
        WithAmount::Still if term.coefficient == 0.0 => 0.0,
        WithAmount::Still => term.coefficient.signum(),
    }
}

/// What a rationale of a fitted coefficient begins with, and one of a coefficient that was kept.
const FITTED: &str = "Fitted, standard error ";
const KEPT: &str = "Kept as given, at its neutral value in every debit";

/// A rationale without what an earlier fit put before it.
fn plain(rationale: &str) -> &str {
    let Some(rest) = rationale.strip_prefix(FITTED).or_else(|| rationale.strip_prefix(KEPT)) else { return rationale };
    rest.split_once(". ").map_or(rationale, |(_, rest)| rest)
}
