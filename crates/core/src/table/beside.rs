//! Tables beside the answer: what challengers say, and what a replay needs and the characteristics do not hold.

use super::{Cell, Kind, Schema, keys, schema};
use crate::{
    assessment::{Assessment, Challenge, Input},
    value::{Missing, Outcome, Value},
};

/// One row a challenger and application: the scores' neighbour, in the order in which the engine holds the challengers.
#[must_use]
pub fn challengers() -> Schema {
    schema(
        "challengers",
        &[
            ("application_id", Kind::Text),
            ("applicant_id", Kind::Text),
            ("as_of", Kind::Instant),
            ("model", Kind::Text),
            ("model_id", Kind::Text),
            ("status", Kind::Text),
            ("score", Kind::Integer),
            ("band", Kind::Text),
            ("probability", Kind::Real),
            ("score_low", Kind::Integer),
            ("score_high", Kind::Integer),
            ("score_min", Kind::Integer),
            ("score_max", Kind::Integer),
        ],
    )
}

/// A row of [`challengers`].
#[must_use]
pub fn challengers_row<'a>(assessment: &'a Assessment, challenge: &'a Challenge) -> Vec<Cell<'a>> {
    let mut row = keys(assessment);
    row.extend([
        challenge.model.as_str().into(),
        challenge.model_id.as_str().into(),
        challenge.status.code().into(),
        challenge.score.into(),
        challenge.band.as_deref().into(),
        challenge.probability.into(),
        challenge.score_low.into(),
        challenge.score_high.into(),
        challenge.score_min.into(),
        challenge.score_max.into(),
    ]);
    row
}

/// One row an input of a scored application that its characteristics do not hold: `rule` names a knock-out; without it the
/// row is what the model read of an attribute.
#[must_use]
pub fn inputs() -> Schema {
    schema(
        "inputs",
        &[
            ("application_id", Kind::Text),
            ("applicant_id", Kind::Text),
            ("as_of", Kind::Instant),
            ("rule", Kind::Text),
            ("attribute", Kind::Text),
            ("form", Kind::Text),
            ("value", Kind::Text),
        ],
    )
}

/// A row of [`inputs`].
#[must_use]
pub fn inputs_row<'a>(assessment: &'a Assessment, input: &'a Input) -> Vec<Cell<'a>> {
    let (form, value) = exact(&input.value);
    let mut row = keys(assessment);
    row.extend([input.rule.as_deref().into(), input.attribute.as_str().into(), form.into(), value.into()]);
    row
}

/// An outcome as two texts that read back to it: `integer`, `real`, `date`, `code` or `missing`, and what it is.
#[must_use]
pub fn exact(outcome: &Outcome) -> (&'static str, String) {
    match outcome {
        Ok(Value::Integer(value)) => ("integer", value.to_string()),
        // The shortest text that reads back to the same number.
        Ok(Value::Real(value)) => ("real", format!("{value:?}")),
        Ok(Value::Date(day)) => ("date", day.0.to_string()),
        Ok(Value::Code(code)) => ("code", (*code).to_owned()),
        Err(cause) => ("missing", cause.code().to_owned()),
    }
}

/// The outcome of two texts that [`exact`] wrote; `None` for any others, and for codes, which no knock-out reads.
#[must_use]
pub fn of_exact(form: &str, value: &str) -> Option<Outcome> {
    match form {
        "integer" => value.parse().ok().map(|value| Ok(Value::Integer(value))),
        "real" => value.parse().ok().filter(|number: &f64| number.is_finite()).map(Value::real),
        "date" => value.parse().ok().map(|day| Ok(Value::Date(crate::time::Day(day)))),
        "missing" => Missing::parse(value).map(Err),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Day;

    #[test]
    fn every_outcome_that_is_kept_reads_back_to_itself() {
        let mut outcomes: Vec<Outcome> = Missing::ALL.into_iter().map(Err).collect();
        let numbers = [i64::MIN, -1, 0, 3, (1 << 53) + 1, i64::MAX];
        outcomes.extend(numbers.map(|number| Ok(Value::Integer(number))));
        outcomes.extend([0.1, 3.0, 1e300, 5e-324, -2.5].map(|number| Ok(Value::Real(number))));
        outcomes.push(Ok(Value::Date(Day(-1))));
        for outcome in outcomes {
            let (form, value) = exact(&outcome);
            assert_eq!(of_exact(form, &value), Some(outcome));
        }
        for (form, value) in [("real", "inf"), ("real", "NaN"), ("integer", "1.5"), ("missing", "lost"), ("code", "x")]
        {
            assert_eq!(of_exact(form, value), None, "{form} {value}");
        }
    }
}
