//! Declared attributes: measure × filter × window, evaluated on a digest. The grammar that writes them is in
//! `grammar`.

use super::{
    definition::{Risk, Unit},
    registry::{Evidence, absence},
};
use crate::{
    digest::{
        Digest, Frame, Sums,
        exact::{Fraction, deviation, quotient},
        filter::magnitude,
        plan::{FilterId, Span},
    },
    time::Window,
    value::{Missing, Outcome, Value},
};

/// What is computed of the rows that a filter takes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Measure {
    /// How many rows; with unit `flag`, 1 when there is any.
    Count,
    /// Magnitudes added up.
    Sum,
    /// Mean magnitude; `no_such_event` without a row.
    Mean,
    /// Sample standard deviation of the magnitudes; `too_few_events` below two rows.
    Sd,
    /// Smallest magnitude; `no_such_event` without a row.
    Min,
    /// Largest magnitude; `no_such_event` without a row.
    Max,
    /// Median magnitude; `no_such_event` without a row.
    Median,
    /// A percentile of the magnitudes (type 7); `no_such_event` without a row.
    Percentile(u8),
    /// Days from the newest row to T: 1 for the last day before T; `no_such_event` without a row.
    DaysSince,
    /// Distinct posting days.
    DistinctDays,
    /// Distinct counterparties.
    DistinctCounterparties,
    /// `of` divided by `over`, of which it is a part; `zero_denominator` when `over` is zero.
    Share,
    /// `of` divided by `over`; `zero_denominator` when `over` is zero.
    Ratio,
    /// `of` less `over`.
    Difference,
    /// (newer half - older half) / (newer half + older half) of the window: from -1 to 1, positive when rising;
    /// `zero_denominator` when both halves are zero.
    Trend,
}

/// What share, ratio, difference and trend compare.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum By {
    /// Money.
    #[default]
    Sum,
    /// Numbers of rows.
    Count,
}

/// What an attribute asks of the data before it has a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Needs {
    /// Days of history; `None`: nine tenths of the window, a calendar month whole.
    pub days: Option<u16>,
    /// Rows of `of` in the window, else `too_few_events`; 0 asks for none.
    pub events: u32,
}

/// A checked expression of the attribute grammar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Expression {
    /// What is computed.
    pub measure: Measure,
    /// Of which rows.
    pub of: FilterId,
    /// What share, ratio and difference compare them with.
    pub over: Option<FilterId>,
    /// Money or rows.
    pub by: By,
}

impl Expression {
    /// Computes it over a window.
    ///
    /// # Errors
    ///
    /// The cause for which there is no value.
    #[expect(clippy::inline_always, reason = "most columns are sums and counts, which cost less than the call")]
    #[inline(always)]
    pub fn compute(&self, unit: Unit, needs: Needs, frame: &Frame, digest: &Digest<'_>) -> Outcome {
        match needs.days {
            None => frame.covered?,
            days => digest.covers(frame.span, days)?,
        }
        if 0 < needs.events && digest.sums_in(self.of, frame).count < needs.events.into() {
            return Err(Missing::TooFewEvents);
        }
        match self.measure {
            // Most are.
            Measure::Count if unit != Unit::Flag => Ok(Value::integer(digest.sums_in(self.of, frame).count.into())),
            Measure::Sum if unit == Unit::Minor => Ok(Value::integer(digest.sums_in(self.of, frame).sum)),
            _ => self.measured(unit, frame, digest),
        }
    }

    fn measured(&self, unit: Unit, frame: &Frame, digest: &Digest<'_>) -> Outcome {
        let span = frame.span;
        match self.measure {
            Measure::Count | Measure::Sum => self.plain(unit, frame, digest),
            Measure::Share | Measure::Ratio | Measure::Difference | Measure::Trend => self.compared(frame, digest),
            Measure::DistinctDays => Ok(Value::integer(i128::from(digest.distinct_days(self.of, span)))),
            Measure::DistinctCounterparties => {
                let distinct = digest.distinct_counterparties(self.of, span);
                Ok(Value::Integer(i64::try_from(distinct).unwrap_or(i64::MAX)))
            }
            Measure::Median => self.quantile(span, 50, digest),
            Measure::Percentile(percent) => self.quantile(span, percent, digest),
            Measure::Mean => {
                let Sums { count, sum } = digest.sums_in(self.of, frame);
                Fraction::new(sum, count.into()).map(rounded).ok_or(Missing::NoSuchEvent)
            }
            Measure::DaysSince => {
                let newest = digest.newest(self.of, span).ok_or(Missing::NoSuchEvent)?;
                Ok(Value::Integer(i64::from(newest) + 1))
            }
            Measure::Sd | Measure::Min | Measure::Max => self.accumulated(span, digest),
        }
    }

    fn quantile(&self, span: Span, percent: u8, digest: &Digest<'_>) -> Outcome {
        digest.percentile(self.of, span, percent).map(rounded).ok_or(Missing::NoSuchEvent)
    }

    fn plain(&self, unit: Unit, frame: &Frame, digest: &Digest<'_>) -> Outcome {
        let Sums { count, sum } = digest.sums_in(self.of, frame);
        let days = || {
            frame.span.days().map(i128::from).and_then(|days| Fraction::new(sum, days)).ok_or(Missing::NotApplicable)
        };
        match (self.measure, unit) {
            (Measure::Count, Unit::Flag) => Ok(Value::Integer(i64::from(0 < count))),
            (Measure::Count, _) => Ok(Value::integer(count.into())),
            (_, Unit::MinorPerDay) => Ok(rounded(days()?)),
            (_, Unit::MinorPerMonth) => {
                let a_day = days()?;
                Ok(rounded(Fraction { numerator: a_day.numerator.saturating_mul(30), ..a_day }))
            }
            _ => Ok(Value::integer(sum)),
        }
    }

    fn compared(&self, frame: &Frame, digest: &Digest<'_>) -> Outcome {
        let by = |sums: Sums| if self.by == By::Count { i128::from(sums.count) } else { sums.sum };
        let (of, over) = match (self.measure, self.over) {
            (Measure::Trend, _) => {
                let (newer, older) = halves(frame.span).ok_or(Missing::NotApplicable)?;
                let (newer, older) = (by(digest.sums(self.of, newer)), by(digest.sums(self.of, older)));
                (newer - older, newer + older)
            }
            (_, Some(over)) => (by(digest.sums_in(self.of, frame)), by(digest.sums_in(over, frame))),
            (_, None) => return Err(Missing::NotApplicable),
        };
        match self.measure {
            Measure::Difference => Ok(Value::integer(of - over)),
            _ => Fraction::new(of, over).map_or(Err(Missing::ZeroDenominator), |ratio| Value::real(ratio.real())),
        }
    }

    fn accumulated(&self, span: Span, digest: &Digest<'_>) -> Outcome {
        if self.measure == Measure::Sd {
            let (count, sum, squares) = digest.moments(self.of, span);
            return deviation(count, sum, squares).map(rounded_real).ok_or(Missing::TooFewEvents);
        }
        let (least, most) = digest.extremes(self.of, span).ok_or(Missing::NoSuchEvent)?;
        Ok(Value::Integer(if self.measure == Measure::Min { least } else { most }))
    }

    /// The rows that a value rests on: those of `of` in the window, or for an extreme or a recency the rows that set it. What
    /// counts against an applicant when it is low is as well the other side of its quotient: little came in for what went out.
    #[must_use]
    pub fn evidence(&self, risk: Risk, window: Window, digest: &Digest<'_>) -> Vec<Evidence> {
        let span = digest.span(window);
        let both = match self.measure {
            Measure::Ratio => risk == Risk::Falls,
            measure => measure == Measure::Difference,
        };
        if let Some(over) = self.over.filter(|_| both) {
            let rows = digest.rows(self.of, span).chain(digest.rows(over, span));
            let mut rows: Vec<Evidence> = rows.map(|row| Evidence::Row(row.index)).collect();
            if rows.is_empty() {
                rows.push(absence(digest, span));
            }
            return rows;
        }
        let total = digest.total(self.of, span);
        if total.count == 0 {
            return vec![absence(digest, span)];
        }
        let rows = digest.rows(self.of, span).filter(|row| match self.measure {
            Measure::Min => magnitude(row.amount) == total.min,
            Measure::Max => magnitude(row.amount) == total.max,
            Measure::DaysSince => crate::digest::plan::days_between(row.day, digest.ledger.end) == total.newest + 1,
            _ => true,
        });
        rows.map(|row| Evidence::Row(row.index)).collect()
    }
}

/// The newer and the older half of a span of an even number of days.
#[must_use]
pub fn halves(span: Span) -> Option<(Span, Span)> {
    let days = span.days().filter(|days| days % 2 == 0)?;
    let middle = span.near + days / 2;
    Some((Span { near: span.near, far: middle }, Span { near: middle, far: span.far }))
}

/// Money from a quotient: halves to the even minor unit.
#[must_use]
pub fn rounded(fraction: Fraction) -> Value {
    Value::integer(fraction.round())
}

/// Money from a statistic: halves to the even minor unit.
#[must_use]
pub fn rounded_real(number: f64) -> Value {
    // Half to even, as in `Fraction::round`; the limits keep deviations far below the ends of i64.
    let whole = number.round_ties_even();
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, and limits keep deviations far below")]
    let integer = whole as i64;
    Value::Integer(integer)
}

/// A ratio of wide integers.
///
/// # Errors
///
/// [`Missing::ZeroDenominator`] when the denominator is not positive.
pub fn ratio(numerator: i128, denominator: i128) -> Outcome {
    if denominator <= 0 { Err(Missing::ZeroDenominator) } else { Value::real(quotient(numerator, denominator)) }
}
