//! From answers and outcomes to a fitted payment model, and what is shown of it.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context as _, Result, bail};
use cashline_core::payment::{Class, Paid, Payment, PaymentModel, PaymentStatus};
use cashline_io::plain::PlainTable;
use cashline_lab::{
    metrics::{Change, Estimate},
    payment::{ClassReport, Debit, Fitted, Measured, fit as fit_model},
};
use serde::{Serialize, Serializer};

use super::request::Asked;
use crate::screen::{self, fixed, word};

/// What came of the outcomes.
#[derive(Serialize)]
pub(super) struct Fit {
    /// Rows of the outcomes file.
    outcomes: usize,
    /// Of requests that are not in the requests file.
    unknown_request: usize,
    /// Of debits that could not be measured.
    not_measured: usize,
    /// With a code that the model does not list; learnt from neither.
    unknown_code: usize,
    #[serde(rename = "classes", serialize_with = "classes")]
    pub(super) fitted: Fitted,
}

fn classes<S: Serializer>(fitted: &Fitted, serializer: S) -> Result<S::Ok, S::Error> {
    fitted.classes.serialize(serializer)
}

/// Joins the outcomes and fits.
pub(super) fn fit(path: &Path, model: &PaymentModel, asked: &Asked, answers: &[Payment]) -> Result<Fit> {
    let table = PlainTable::read(path)?;
    let (ids, codes) = (table.wanted("request_id")?, table.wanted("return_code")?);
    let place: BTreeMap<&str, usize> = asked.ids.iter().enumerate().map(|(at, id)| (id.as_str(), at)).collect();
    let (mut unknown_request, mut not_measured, mut unknown_code) = (0, 0, 0);
    let mut debits = vec![];
    for (row, (id, code)) in ids.iter().zip(codes).enumerate() {
        let Some(id) = id.as_deref().map(|id| table.copied(id.trim())) else {
            bail!("{}: row {} has no request_id", path.display(), row + 1)
        };
        let Some(at) = place.get(id).copied() else {
            unknown_request += 1;
            continue;
        };
        let Some(paid) = model.outcome(code.as_deref().unwrap_or("")) else {
            unknown_code += 1;
            continue;
        };
        match answers[at].balance.filter(|_| answers[at].status == PaymentStatus::Measured) {
            Some(balance) => debits.push(debit(id, asked.requests.list()[at].amount, balance, &answers[at], paid)),
            None => not_measured += 1,
        }
    }
    let fitted = fit_model(model, &debits).with_context(|| path.display().to_string())?;
    Ok(Fit { outcomes: table.len(), unknown_request, not_measured, unknown_code, fitted })
}

fn debit(id: &str, amount: i64, balance: i64, answer: &Payment, paid: Paid) -> Debit {
    Debit { request_id: id.to_owned(), inputs: answer.inputs.clone(), amount, balance, paid }
}

/// The fit on a screen.
pub(super) fn shown(fit: &Fit) -> String {
    let mut text = format!("{} outcomes", fit.outcomes);
    let set_aside = [
        (fit.unknown_request, "of unknown requests"),
        (fit.not_measured, "of debits not measurable"),
        (fit.unknown_code, "with codes that the model does not list"),
    ];
    for (count, what) in set_aside.into_iter().filter(|(count, _)| *count != 0) {
        text.push_str(&format!(", {count} {what}"));
    }
    text.push_str("\n\nmeasured on the held-out half\n");
    let header = ["", "fitted on", "returned", "held out", "returned", "model", "AUC", "calibration slope"];
    let mut rows = vec![];
    for class in &fit.fitted.classes {
        rows.push(row(class, "given", class.given));
        rows.push(row(class, if class.fitted { "fitted" } else { "kept: too few" }, class.fit));
    }
    text.push_str(&format!("{}\n", screen::table(&header, &[1, 2, 3, 4, 6, 7], rows)));
    for class in &fit.fitted.classes {
        if let Some(against) = &class.against_balance {
            text.push_str(&format!(
                "{}: AUC of the balance alone {}, gain {}\n",
                word(&class.class),
                fixed(Some(against.second.value), 3),
                gain(against.difference),
            ));
        }
    }
    for class in fit.fitted.classes.iter().filter(|class| class.fitted) {
        text.push_str(&terms(&fit.fitted.model, class));
    }
    text
}

/// A difference, with its interval where the returns held out are enough for one.
fn gain(Change { value, lower, upper }: Change) -> String {
    match lower.zip(upper) {
        Some((lower, upper)) => interval(Estimate { value, lower, upper }),
        None => fixed(Some(value), 3),
    }
}

fn row(class: &ClassReport, model: &str, measured: Option<Measured>) -> Vec<String> {
    let count = |count: usize| count.to_string();
    vec![
        word(&class.class),
        count(class.fitted_on.0),
        count(class.fitted_on.1),
        count(class.held_out.0),
        count(class.held_out.1),
        model.to_owned(),
        measured.map_or("-".to_owned(), |measured| interval(measured.auc)),
        measured.and_then(|measured| measured.slope).map_or("-".to_owned(), interval),
    ]
}

fn interval(estimate: Estimate) -> String {
    let number = |number: f64| fixed(Some(number), 3);
    format!("{} ({} to {})", number(estimate.value), number(estimate.lower), number(estimate.upper))
}

/// The coefficients, and what was left out.
fn terms(model: &PaymentModel, report: &ClassReport) -> String {
    let class: Class = report.class;
    let mut rows = vec![vec!["intercept".to_owned(), fixed(Some(model.logistic(class).intercept), 3)]];
    rows.extend(model.terms(class).iter().map(|(_, term)| vec![term.input.clone(), fixed(Some(term.coefficient), 3)]));
    let name = word(&class);
    let mut text = format!("\n{}\n", screen::table(&[name.as_str(), "coefficient"], &[1], rows));
    for one in &report.left_out {
        text.push_str(&format!("left out: {}, {}\n", one.input, one.why));
    }
    if !report.kept.is_empty() {
        let kept = report.kept.join(", ");
        text.push_str(&format!("kept as given, at their neutral value in every debit: {kept}\n"));
    }
    text
}
