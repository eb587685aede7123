//! Charts as inline SVG. Coordinates are pixels of a picture 720 wide, to a tenth; the page scales it.

mod ladder;
mod plot;
mod scale;
mod svg;

use super::{Chart, ReportError};

/// Width of every picture.
pub(super) const WIDTH: f64 = 720.0;
/// Larger numbers have no place on an axis whose length must stay finite.
const LARGEST: f64 = 1e300;

impl Chart {
    /// The picture.
    ///
    /// # Errors
    ///
    /// [`ReportError::NotFinite`].
    pub(super) fn svg(&self) -> Result<String, ReportError> {
        if self.numbers().iter().any(|number| !number.is_finite() || LARGEST < number.abs()) {
            return Err(ReportError::NotFinite { chart: self.title().to_owned() });
        }
        if self.numbers().is_empty() {
            return Ok(svg::Svg::nothing(self.title()));
        }
        Ok(match self {
            Chart::Line(chart) => plot::line(chart),
            Chart::Bars(chart) => plot::bars(chart),
            Chart::Calibration(chart) => plot::calibration(chart),
            Chart::Bins(chart) => ladder::bins(chart),
            Chart::Dots(chart) => ladder::dots(chart),
            Chart::Rows(chart) => ladder::rows(chart),
        })
    }

    /// Every number that is placed.
    fn numbers(&self) -> Vec<f64> {
        match self {
            Chart::Line(chart) => {
                let series = chart.series.iter().flat_map(|one| one.points.iter().chain(&one.band));
                let marks = chart.marks.iter().flat_map(|mark| [mark.x, mark.from, mark.to]);
                series.flat_map(|pair| [pair.0, pair.1]).chain(marks).collect()
            }
            Chart::Bars(chart) => chart.bars.iter().flat_map(|bar| [bar.from, bar.to, bar.lower, bar.upper]).collect(),
            Chart::Calibration(chart) => {
                chart.dots.iter().flat_map(|(expected, dot)| dot.numbers().chain([*expected])).collect()
            }
            Chart::Bins(chart) => {
                let rates = chart.rows.iter().filter_map(|row| row.rate.as_ref()).flat_map(|dot| dot.numbers());
                chart.rows.iter().map(|row| row.share).chain(rates).chain(chart.all).collect()
            }
            Chart::Dots(chart) => {
                let dots = chart.rows.iter().flat_map(|row| &row.dots).flat_map(|dot| dot.numbers());
                dots.chain(chart.references.iter().map(|one| one.0)).collect()
            }
            Chart::Rows(chart) => {
                let values = chart.rows.iter().flat_map(|row| row.values.iter().copied().chain(row.mark));
                values.chain(chart.references.iter().map(|one| one.0)).collect()
            }
        }
    }
}
