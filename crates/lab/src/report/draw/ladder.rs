//! Pictures with a row for each thing, its name on the left: names may be long, and there may be any number of rows.

use super::{
    WIDTH,
    scale::Scale,
    svg::{LINE, Sign, Svg, legend, width},
};
use crate::{
    count::real,
    report::{Bins, Dot, Dots, Rows, Unit, number},
};

/// Most room for names.
const NAMES_MAX: f64 = 250.0;
/// Room right of the last tick, for half its word.
const MARGIN: f64 = 24.0;

/// Rows of equal height from `top` on, and a panel or two.
struct Ladder {
    names: f64,
    top: f64,
    step: f64,
    rows: usize,
}

impl Ladder {
    fn new<'a>(labels: impl Iterator<Item = &'a str>, top: f64, step: f64) -> Ladder {
        let wide: Vec<f64> = labels.map(width).collect();
        let names = wide.iter().copied().fold(40.0, f64::max).min(NAMES_MAX);
        Ladder { names, top, step, rows: wide.len() }
    }

    /// Left end of the first panel.
    fn left(&self) -> f64 {
        self.names + 10.0
    }

    fn bottom(&self) -> f64 {
        self.top + real(self.rows) * self.step + 4.0
    }

    /// The middle of a row.
    fn middle(&self, row: usize) -> f64 {
        self.top + (real(row) + 0.5) * self.step + 2.0
    }

    fn name(&self, svg: &mut Svg, row: usize, label: &str) {
        svg.label((self.names, self.middle(row) + 4.0), label, self.names);
    }

    /// Upright grid, ticks below, the panel's name at the foot.
    fn panel(&self, svg: &mut Svg, scale: &Scale, label: &str) {
        let (top, foot) = (self.top, self.bottom());
        let mut free = f64::NEG_INFINITY;
        for (at, word) in scale.ticks() {
            svg.line("grid", (at, top), (at, foot));
            let half = width(&word) / 2.0;
            if free < at - half {
                let at = at.min(WIDTH - half);
                svg.text("q m", (at, foot + 15.0), &word);
                free = at + half + 4.0;
            }
        }
        svg.line("axis", (scale.start(), foot), (scale.end(), foot));
        svg.text("q m", ((scale.start() + scale.end()) / 2.0, foot + 33.0), label);
    }

    /// Height of the picture.
    fn height(&self) -> f64 {
        self.bottom() + 42.0
    }

    fn reference(&self, svg: &mut Svg, class: &str, at: f64) {
        svg.line(class, (at, self.top), (at, self.bottom()));
    }

    fn dot(&self, svg: &mut Svg, scale: &Scale, row: usize, dot: &Dot, class: &str) {
        let y = self.middle(row);
        if let Some((lower, upper)) = dot.interval {
            let (from, to) = (scale.at(lower), scale.at(upper));
            svg.line("whisker", (from, y), (to, y));
            for end in [from, to] {
                svg.line("whisker", (end, y - 3.0), (end, y + 3.0));
            }
        }
        svg.circle(class, (scale.at(dot.value), y), if class == "dot" { 4.5 } else { 3.5 });
    }
}

pub(super) fn bins(chart: &Bins) -> String {
    let mut svg = Svg::default();
    let mut entries = vec![];
    if chart.all.is_some() {
        entries.push((Sign::Line("ref".to_owned()), "bad rate of all"));
    }
    if chart.rows.iter().any(|row| row.neutral) {
        entries.push((Sign::Area("f2"), "neutral: says nothing to the model"));
    }
    let ladder = Ladder::new(chart.rows.iter().map(|row| row.label.as_str()), 0.0, 24.0);
    let top = legend(&mut svg, &entries, ladder.left(), 0.0) + 6.0;
    let ladder = Ladder { top, ..ladder };
    let room = WIDTH - ladder.left() - MARGIN;
    // Beside the longest bar stands its share.
    let value = 50.0;
    let half = (room - value - 20.0) / 2.0;
    let left = Scale::new(chart.rows.iter().map(|row| row.share).chain([0.0]), 3, Unit::Share);
    let left = left.between(ladder.left(), ladder.left() + half);
    let rates = chart.rows.iter().filter_map(|row| row.rate.as_ref()).flat_map(Dot::numbers);
    let right = Scale::new(rates.chain(chart.all).chain([0.0]), 4, Unit::Share);
    let right = right.between(left.end() + value + 20.0, WIDTH - MARGIN);
    ladder.panel(&mut svg, &left, "share of rows");
    ladder.panel(&mut svg, &right, "bad rate, with its interval");
    if let Some(all) = chart.all {
        ladder.reference(&mut svg, "ref", right.at(all));
    }
    for (at, row) in chart.rows.iter().enumerate() {
        ladder.name(&mut svg, at, &row.label);
        let (y, end) = (ladder.middle(at), left.at(row.share));
        svg.rect(if row.neutral { "f2" } else { "f1" }, (left.start(), y - 7.0), (end, y + 7.0));
        svg.text("q o", (end + 5.0, y + 4.0), &number::share(row.share));
        if let Some(rate) = &row.rate {
            ladder.dot(&mut svg, &right, at, rate, if row.neutral { "ring" } else { "dot" });
        }
    }
    svg.finish(&chart.title, ladder.height())
}

fn referred(references: &[(f64, String)]) -> impl Iterator<Item = (Sign, &str)> {
    references.iter().enumerate().map(|(at, (_, word))| (Sign::Line(dashes(at).to_owned()), word.as_str()))
}

/// Neighbouring references differ.
fn dashes(reference: usize) -> &'static str {
    if reference.is_multiple_of(2) { "ref" } else { "ref far" }
}

pub(super) fn dots(chart: &Dots) -> String {
    let mut svg = Svg::default();
    let step = if 30 < chart.rows.len() { LINE } else { 22.0 };
    let ladder = Ladder::new(chart.rows.iter().map(|row| row.label.as_str()), 0.0, step);
    let entries: Vec<(Sign, &str)> = referred(&chart.references).collect();
    let ladder = Ladder { top: legend(&mut svg, &entries, ladder.left(), 0.0) + 6.0, ..ladder };
    let numbers = chart.rows.iter().flat_map(|row| &row.dots).flat_map(Dot::numbers);
    let covers = chart.x.covers.into_iter().flat_map(|(low, high)| [low, high]);
    let numbers = numbers.chain(covers).chain(chart.references.iter().map(|one| one.0));
    let scale = Scale::new(numbers, 5, chart.x.unit).between(ladder.left(), WIDTH - MARGIN);
    ladder.panel(&mut svg, &scale, &chart.x.label);
    for (number, (at, _)) in chart.references.iter().enumerate() {
        ladder.reference(&mut svg, dashes(number), scale.at(*at));
    }
    for (at, row) in chart.rows.iter().enumerate() {
        ladder.name(&mut svg, at, &row.label);
        let class = if row.dots.len() == 1 { "dot" } else { "ring" };
        for dot in &row.dots {
            ladder.dot(&mut svg, &scale, at, dot, class);
        }
    }
    svg.finish(&chart.title, ladder.height())
}

pub(super) fn rows(chart: &Rows) -> String {
    let mut svg = Svg::default();
    let step = 12.0 + 12.0 * real(chart.series.len().max(1));
    let ladder = Ladder::new(chart.rows.iter().map(|row| row.label.as_str()), 0.0, step);
    let fill = |at: usize| if at == 0 { "f0" } else { "f1" };
    let mut entries: Vec<(Sign, &str)> = vec![];
    if 1 < chart.series.len() || !chart.mark.is_empty() || !chart.references.is_empty() {
        entries.extend(chart.series.iter().enumerate().map(|(at, name)| (Sign::Area(fill(at)), name.as_str())));
    }
    if !chart.mark.is_empty() {
        entries.push((Sign::Tick, &chart.mark));
    }
    entries.extend(referred(&chart.references));
    let ladder = Ladder { top: legend(&mut svg, &entries, ladder.left(), 0.0) + 6.0, ..ladder };
    let numbers = chart.rows.iter().flat_map(|row| row.values.iter().copied().chain(row.mark)).chain([0.0]);
    let covers = chart.x.covers.into_iter().flat_map(|(low, high)| [low, high]);
    let numbers = numbers.chain(covers).chain(chart.references.iter().map(|one| one.0));
    let scale = Scale::new(numbers, 5, chart.x.unit).between(ladder.left(), WIDTH - MARGIN);
    ladder.panel(&mut svg, &scale, &chart.x.label);
    for (number, (at, _)) in chart.references.iter().enumerate() {
        ladder.reference(&mut svg, dashes(number), scale.at(*at));
    }
    for (at, row) in chart.rows.iter().enumerate() {
        ladder.name(&mut svg, at, &row.label);
        let top = ladder.middle(at) - 6.0 * real(row.values.len());
        for (series, value) in row.values.iter().enumerate() {
            let y = top + 12.0 * real(series);
            svg.rect(fill(series), (scale.at(0.0), y + 1.0), (scale.at(*value), y + 11.0));
        }
        if let Some(mark) = row.mark {
            for class in ["under", "mark"] {
                svg.line(class, (scale.at(mark), top - 3.0), (scale.at(mark), top + 15.0));
            }
        }
    }
    svg.finish(&chart.title, ladder.height())
}
