//! Values as a reviewer reads them. Notices hold no values, so nothing here reaches a consumer's letter.

use std::borrow::Cow;

use crate::{
    attribute::definition::Unit,
    money::{self, Currency},
    time::Window,
    value::{Missing, Outcome, Value},
};

/// The placeholders that a reviewer's template may hold. `compared` is the baseline with what it is, and the points against it:
/// `neutral: below 1 day; -35 points`, `the rule asks whether it is at least 4`.
pub const PLACEHOLDERS: [&str; 5] = ["value", "baseline", "points", "window", "compared"];

/// What the baseline of a reason is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Against {
    /// The values that earn neutral points.
    Neutral,
    /// Average points over applicants.
    Average,
    /// What earns the most points.
    Best,
    /// The limit of a rule, which knows no points.
    Rule,
}

/// What fills a template.
#[derive(Clone, Debug)]
pub struct Filling<'a> {
    /// The attribute's value.
    pub value: String,
    /// What it is compared with: the neutral range, or the threshold of a rule.
    pub baseline: Cow<'a, str>,
    /// What that is.
    pub against: Against,
    /// Points against the baseline.
    pub points: String,
    /// The span of days.
    pub window: Cow<'a, str>,
}

/// Checks that every brace of a template belongs to a known placeholder.
///
/// # Errors
///
/// The fault and the way out.
pub fn check_template(template: &str) -> Result<(), String> {
    let mut rest = template;
    while let Some(open) = rest.find(['{', '}']) {
        let after = &rest[open..];
        let name = after.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        match name {
            Some((name, tail)) if PLACEHOLDERS.contains(&name) => rest = tail,
            _ => {
                return Err(
                    "`reviewer` may hold {value}, {baseline}, {points}, {window} and {compared} only".to_owned()
                );
            }
        }
    }
    Ok(())
}

/// Fills a checked template; a filling is never read as a template again.
#[must_use]
pub fn fill(template: &str, filling: &Filling<'_>) -> String {
    let filled = filling.value.len() + filling.baseline.len() + filling.points.len() + filling.window.len();
    let mut out = String::with_capacity(template.len() + filled + RULE_ASKS.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        match name {
            "value" => out.push_str(&filling.value),
            "baseline" => out.push_str(&filling.baseline),
            "points" => out.push_str(&filling.points),
            "window" => out.push_str(&filling.window),
            "compared" => compared(&mut out, filling),
            _ => {}
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// What stands before the limit of a rule.
const RULE_ASKS: &str = "the rule asks whether it is ";

fn compared(out: &mut String, filling: &Filling<'_>) {
    let of_points = match filling.against {
        Against::Neutral => "neutral: ",
        Against::Average => "average: ",
        Against::Best => "best: ",
        Against::Rule => {
            out.push_str(RULE_ASKS);
            out.push_str(&filling.baseline);
            return;
        }
    };
    for part in [of_points, &filling.baseline, "; ", &filling.points, " points"] {
        out.push_str(part);
    }
}

/// An outcome in its unit: `3 days`, `0.42`, `-12.34 usd`, `none: not enough history`.
#[must_use]
pub fn outcome(outcome: &Outcome, unit: Unit, currency: Currency) -> String {
    match outcome {
        Ok(Value::Code(code)) => (*code).to_owned(),
        Ok(Value::Date(day)) => day.to_string(),
        Ok(Value::Integer(value)) => integer(*value, unit, currency),
        Ok(Value::Real(value)) => real(*value, unit),
        Err(cause) => format!("none: {}", missing(*cause)),
    }
}

/// An outcome beside the limits that it is held against, with as many digits as it takes to stand on its side of each.
#[must_use]
pub fn outcome_beside(outcome: &Outcome, limits: &[f64], unit: Unit, currency: Currency) -> String {
    let Ok(Value::Real(value)) = outcome else { return self::outcome(outcome, unit, currency) };
    let stands = |digits: usize| {
        let told = format!("{value:.digits$}").parse::<f64>();
        told.is_ok_and(|told| limits.iter().all(|limit| told.partial_cmp(limit) == value.partial_cmp(limit)))
    };
    let digits = (digits(*value, unit)..=DIGITS_MAX).find(|digits| stands(*digits));
    in_unit(digits.map_or_else(|| value.to_string(), |digits| format!("{value:.digits$}")), unit)
}

/// The cause in words.
#[must_use]
pub fn missing(cause: Missing) -> &'static str {
    match cause {
        Missing::NotPermitted => "not permitted",
        Missing::NotEnoughHistory => "not enough history",
        Missing::NoSuchEvent => "no such event",
        Missing::TooFewEvents => "too few events",
        Missing::ZeroDenominator => "nothing to divide by",
        Missing::Stale => "data too old",
        Missing::NotApplicable => "not applicable",
    }
}

fn integer(value: i64, unit: Unit, currency: Currency) -> String {
    match unit {
        Unit::Minor => format!("{} {currency}", money::major(value, currency)),
        Unit::MinorPerMonth => format!("{} {currency} a month", money::major(value, currency)),
        Unit::MinorPerDay => format!("{} {currency} a day", money::major(value, currency)),
        Unit::MinorPerYear => format!("{} {currency} a year", money::major(value, currency)),
        Unit::Days if value == 1 => "1 day".to_owned(),
        Unit::Days => format!("{value} days"),
        Unit::Hours if value == 1 => "1 hour".to_owned(),
        Unit::Hours => format!("{value} hours"),
        Unit::Flag => if value == 0 { "no" } else { "yes" }.to_owned(),
        Unit::Score => format!("{value} of 100"),
        Unit::Count | Unit::Ratio | Unit::Probability | Unit::Z | Unit::Code | Unit::Date => value.to_string(),
    }
}

fn real(value: f64, unit: Unit) -> String {
    let digits = digits(value, unit);
    in_unit(format!("{value:.digits$}"), unit)
}

/// Most digits behind the point that a value is rounded to; where they do not tell it from a limit, it is written out.
const DIGITS_MAX: usize = 6;

/// Digits behind the point that a value is usually told with.
fn digits(value: f64, unit: Unit) -> usize {
    match unit {
        Unit::Days | Unit::Hours => 1,
        // A small share keeps two digits that differ.
        _ if value.abs() < 0.1 && value != 0.0 => 3,
        _ => 2,
    }
}

fn in_unit(number: String, unit: Unit) -> String {
    match unit {
        Unit::Days => number + " days",
        Unit::Hours => number + " hours",
        _ => number,
    }
}

/// A limit: as a value is told where that is all of it, else written out, because whoever is held against it may lie close.
fn limit(value: f64, unit: Unit) -> String {
    let digits = digits(value, unit);
    let told = format!("{value:.digits$}");
    let is_all = told.parse::<f64>().is_ok_and(|told| told.total_cmp(&value).is_eq());
    in_unit(if is_all { told } else { value.to_string() }, unit)
}

/// An edge of a bin, or the limit of a rule, in its unit and exact.
#[must_use]
pub fn edge(value: f64, unit: Unit, currency: Currency) -> String {
    let whole = value.fract() == 0.0 && value.abs() < 9e15;
    #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53, checked above")]
    let integer_value = || value as i64;
    match unit {
        Unit::Ratio | Unit::Probability | Unit::Z => limit(value, unit),
        _ if whole => integer(integer_value(), unit, currency),
        Unit::Minor | Unit::MinorPerMonth | Unit::MinorPerDay | Unit::MinorPerYear => {
            // A limit between two minor units, in major ones as its value is.
            let nothing = integer(0, unit, currency);
            let behind = nothing.find(' ').map_or("", |at| &nothing[at..]);
            format!("{}{behind}", value / f64::from(10_u32.pow(currency.exponent())))
        }
        _ => limit(value, unit),
    }
}

/// The half-open range `[lower, upper)` in words.
#[must_use]
pub fn range(lower: Option<f64>, upper: Option<f64>, unit: Unit, currency: Currency) -> String {
    let show = |value| edge(value, unit, currency);
    match (lower, upper) {
        (None, None) => "any value".to_owned(),
        (None, Some(upper)) => format!("below {}", show(upper)),
        (Some(lower), None) => format!("{} or more", show(lower)),
        (Some(lower), Some(upper)) => format!("from {} to below {}", show(lower), show(upper)),
    }
}

/// A difference in points: `-35`, `+12`, `-3.25`.
#[must_use]
pub fn points(difference: f64) -> String {
    match difference.fract() == 0.0 {
        // Nearly all are whole, and integers are written in a fraction of the time. A zero keeps its sign.
        true if difference != 0.0 && difference.abs() < 9e15 => {
            #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53, checked above")]
            let whole = difference as i64;
            format!("{whole:+}")
        }
        true => format!("{difference:+.0}"),
        false => format!("{difference:+.2}"),
    }
}

/// The span of days of a column.
#[must_use]
pub fn window(window: Window) -> String {
    match window {
        Window::Point => "at the time of the application".to_owned(),
        Window::History => "in the history available".to_owned(),
        Window::Days { far, near: 0 } => format!("in the last {far} days"),
        Window::Days { far, near } => format!("{} to {far} days before", near + 1),
        // The month of the day before T: an application of the first of May has April for m0.
        Window::Month(0) => "in the month of the last day before the application".to_owned(),
        Window::Month(1) => "in the month before that of the last day before the application".to_owned(),
        Window::Month(back) => format!("{back} months before the month of the last day before the application"),
        Window::Ahead(days) => format!("expected for day {days} after the data ends"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_reads_in_its_unit() {
        let check = |value: Value, unit: Unit, expected: &str| {
            assert_eq!(outcome(&Ok(value), unit, Currency::USD), expected);
        };
        check(Value::Integer(-1234), Unit::Minor, "-12.34 usd");
        check(Value::Integer(1), Unit::Days, "1 day");
        check(Value::Integer(0), Unit::Days, "0 days");
        check(Value::Integer(7), Unit::Count, "7");
        check(Value::Integer(1), Unit::Flag, "yes");
        check(Value::Real(0.424_9), Unit::Ratio, "0.42");
        check(Value::Real(12.25), Unit::Days, "12.2 days");
        assert_eq!(outcome(&Err(Missing::Stale), Unit::Ratio, Currency::USD), "none: data too old");
    }

    #[test]
    fn no_value_is_told_on_the_other_side_of_its_limit_nor_at_it() {
        let edge = |value: f64| edge(value, Unit::Ratio, Currency::USD);
        assert_eq!(
            [0.5, 0.05, 0.0004, 0.125, 1.0 / 3.0].map(edge),
            ["0.50", "0.050", "0.0004", "0.125", "0.3333333333333333"]
        );
        assert_eq!(super::edge(12.25, Unit::Days, Currency::USD), "12.25 days");
        assert_eq!(super::edge(1_600_000.5, Unit::Minor, Currency::USD), "16000.005 usd", "in the unit of its value");
        assert_eq!(super::edge(50.5, Unit::MinorPerMonth, Currency::USD), "0.505 usd a month");
        let told =
            |value: f64, limits: &[f64]| outcome_beside(&Ok(Value::Real(value)), limits, Unit::Ratio, Currency::USD);
        assert_eq!(told(0.504, &[0.5]), "0.504");
        assert_eq!(told(0.496, &[0.5]), "0.496");
        assert_eq!(told(0.56, &[0.5]), "0.56");
        assert_eq!(told(0.5, &[0.5]), "0.50");
        // Rounded to three digits, 0.00045 would lie below 0.0004, to four at it.
        assert_eq!(told(0.000_45, &[0.000_4]), "0.00045");
        assert_eq!(told(0.000_4, &[0.000_4]), "0.0004");
        assert_eq!(told(0.500_000_01, &[0.5, 0.75]), "0.50000001");
        let days = outcome_beside(&Ok(Value::Real(3.01)), &[3.0], Unit::Days, Currency::USD);
        assert_eq!(days, "3.01 days");
    }

    #[test]
    fn a_calendar_month_is_named_by_the_day_before_the_application() {
        use crate::{digest::plan::Span, time::Day};
        // On 1 May the newest month is April: 30 days, up to the application.
        assert_eq!(Span::of(Window::Month(0), Day::from_civil(2026, 5, 1)), Span { near: 0, far: 30 });
        let words = [0, 1, 2].map(|back| window(Window::Month(back)));
        assert!(
            words.iter().all(|words| words.ends_with("the month of the last day before the application")
                || words.ends_with("that of the last day before the application")),
            "{words:?}"
        );
        assert_ne!(words[0], words[1]);
    }

    #[test]
    fn points_of_whole_numbers_are_written_as_reals_are() {
        let whole = [0.0, -0.0, 1.0, -35.0, 12.0, 8_999_999_999_999_999.0, -1e15, 1e16, 1e300];
        whole.into_iter().for_each(|difference: f64| assert_eq!(points(difference), format!("{difference:+.0}")));
        assert_eq!([-35.0, 12.0, -3.25].map(points), ["-35", "+12", "-3.25"]);
    }

    #[test]
    fn a_range_names_its_open_ends() {
        assert_eq!(range(None, Some(1.0), Unit::Days, Currency::USD), "below 1 day");
        assert_eq!(range(Some(1.0), Some(4.0), Unit::Days, Currency::USD), "from 1 day to below 4 days");
        assert_eq!(range(Some(0.5), None, Unit::Ratio, Currency::USD), "0.50 or more");
        assert_eq!(range(Some(100_000.0), None, Unit::Minor, Currency::USD), "1000.00 usd or more");
    }

    #[test]
    fn a_template_takes_known_placeholders_only_and_a_filling_is_not_read_again() {
        assert!(check_template("{value} against {baseline}, {points}, {window}").is_ok());
        for bad in ["{vaule}", "{value", "value}", "{{value}}"] {
            assert!(check_template(bad).is_err(), "{bad}");
        }
        let filling = Filling {
            value: "{points}".to_owned(),
            baseline: "b".into(),
            against: Against::Neutral,
            points: "-3".to_owned(),
            window: "w".into(),
        };
        assert_eq!(fill("{value} {baseline}.", &filling), "{points} b.");
    }

    #[test]
    fn what_a_value_is_compared_with_is_called_what_it_is_and_a_rule_knows_no_points() {
        let told = |against: Against| {
            let [value, points] = ["0.94", "-3"].map(str::to_owned);
            let [baseline, window] = ["more than 0.50", "w"].map(Cow::from);
            fill("share: {value}; {compared}", &Filling { value, baseline, against, points, window })
        };
        assert_eq!(told(Against::Neutral), "share: 0.94; neutral: more than 0.50; -3 points");
        assert_eq!(told(Against::Average), "share: 0.94; average: more than 0.50; -3 points");
        assert_eq!(told(Against::Best), "share: 0.94; best: more than 0.50; -3 points");
        assert_eq!(told(Against::Rule), "share: 0.94; the rule asks whether it is more than 0.50");
    }
}
