//! Pictures over two axes.

use super::{
    WIDTH,
    scale::Scale,
    svg::{LINE, Sign, Svg, legend, width},
};
use crate::report::{Axis, Bars, Calibration, Line, Series, Unit};

/// Below the plot: the words of the ticks and of the axis.
const FOOT: f64 = 44.0;
/// Height of a plot that is not square.
const HEIGHT: f64 = 260.0;
/// Sides of a square plot.
const SQUARE: f64 = 380.0;

/// Axes in their places.
struct Frame {
    x: Scale,
    y: Scale,
}

/// Draws legend, grid and axes; the frame, and the height of the whole picture.
fn frame(svg: &mut Svg, entries: &[(Sign, &str)], axes: [(&Axis, Scale); 2], square: bool) -> (Frame, f64) {
    let [(x_axis, x), (y_axis, y)] = axes;
    let left = y.words().max(28.0) + 10.0;
    let top = legend(svg, entries, left, 0.0) + LINE + 4.0;
    let (high, wide) = if square { (SQUARE, SQUARE) } else { (HEIGHT, WIDTH - left - 24.0) };
    let (x, y) = (x.between(left, left + wide), y.between(top + high, top));
    svg.text("q", (left, top - 8.0), &y_axis.label);
    for (at, word) in y.ticks() {
        svg.line("grid", (left, at), (left + wide, at));
        svg.text("q e", (left - 6.0, at + 4.0), &word);
    }
    let foot = top + high;
    let mut free = f64::NEG_INFINITY;
    for (at, word) in x.ticks() {
        svg.line("axis", (at, foot), (at, foot + 4.0));
        // A word that would touch the one before is left out.
        let half = width(&word) / 2.0;
        if free < at - half {
            let at = at.min(WIDTH - half);
            svg.text("q m", (at, foot + 17.0), &word);
            free = at + half + 4.0;
        }
    }
    svg.line("axis", (left, foot), (left + wide, foot));
    svg.text("q m", (left + wide / 2.0, foot + 36.0), &x_axis.label);
    (Frame { x, y }, foot + FOOT)
}

impl Frame {
    fn at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (self.x.at(x), self.y.at(y))
    }

    fn diagonal(&self, svg: &mut Svg) {
        let corner = |scale: &Scale| (scale.start(), scale.end());
        let ((x1, x2), (y1, y2)) = (corner(&self.x), corner(&self.y));
        svg.line("ref", (x1, y1), (x2, y2));
    }

    /// A word beside a place, on the side with room.
    fn word(&self, svg: &mut Svg, (x, y): (f64, f64), text: &str) {
        if x + 6.0 + width(text) <= self.x.end() {
            svg.text("o", (x + 6.0, y), text);
        } else {
            svg.text("o e", (x - 6.0, y), text);
        }
    }
}

fn scale(axis: &Axis, numbers: impl IntoIterator<Item = f64>, wanted: usize) -> Scale {
    let covers = axis.covers.into_iter().flat_map(|(low, high)| [low, high]);
    Scale::new(numbers.into_iter().chain(covers), wanted, axis.unit)
}

pub(super) fn line(chart: &Line) -> String {
    let mut svg = Svg::default();
    let points = || chart.series.iter().flat_map(|series| &series.points);
    let marks = || chart.marks.iter();
    let xs: Vec<f64> = points().map(|point| point.0).chain(marks().map(|mark| mark.x)).collect();
    let ys: Vec<f64> = points().map(|point| point.1).chain(marks().flat_map(|mark| [mark.from, mark.to])).collect();
    let square = chart.diagonal.is_some();
    let (mut x, mut y) = (scale(&chart.x, xs.clone(), 5), scale(&chart.y, ys.clone(), 5));
    if square {
        // A diagonal is where both axes are equal only when the axes are.
        let all = || xs.iter().chain(&ys).copied();
        let ends = || [&chart.x, &chart.y].into_iter().filter_map(|axis| axis.covers).flat_map(|(a, b)| [a, b]);
        x = Scale::new(all().chain(ends()), 5, chart.x.unit);
        y = Scale::new(all().chain(ends()), 5, chart.y.unit);
    }
    let class = |at: usize| format!("s{}", at % 4);
    let named = chart.series.iter().enumerate().map(|(at, one)| (Sign::Line(class(at)), one.name.as_str()));
    let mut entries: Vec<(Sign, &str)> = named.collect();
    entries.extend(chart.diagonal.as_deref().map(|text| (Sign::Line("ref".to_owned()), text)));
    if entries.len() == 1 {
        entries.clear();
    }
    let (frame, height) = frame(&mut svg, &entries, [(&chart.x, x), (&chart.y, y)], square);
    if square {
        frame.diagonal(&mut svg);
    }
    for series in &chart.series {
        band(&mut svg, &frame, series);
    }
    for (at, series) in chart.series.iter().enumerate() {
        svg.path(&class(at), &curve(&frame, series), false);
        if let [only] = series.points[..] {
            svg.circle("dot", frame.at(only), 4.0);
        }
    }
    for mark in &chart.marks {
        let (from, to) = (frame.at((mark.x, mark.from)), frame.at((mark.x, mark.to)));
        svg.line("mark", from, to);
        // Nearer its end than its middle: between two curves there is more room.
        frame.word(&mut svg, (to.0, to.1 + 0.2 * (from.1 - to.1) + 4.0), &mark.label);
    }
    svg.finish(&chart.title, height)
}

fn curve(frame: &Frame, series: &Series) -> Vec<(f64, f64)> {
    let mut path: Vec<(f64, f64)> = vec![];
    for point in &series.points {
        let at = frame.at(*point);
        if let Some(last) = path.last().filter(|_| series.step) {
            path.push((last.0, at.1));
        }
        path.push(at);
    }
    path
}

fn band(svg: &mut Svg, frame: &Frame, series: &Series) {
    let ends = || series.points.iter().zip(&series.band);
    let upper = ends().map(|(point, band)| frame.at((point.0, band.1)));
    let lower = ends().rev().map(|(point, band)| frame.at((point.0, band.0)));
    svg.path("band", &upper.chain(lower).collect::<Vec<_>>(), true);
}

pub(super) fn bars(chart: &Bars) -> String {
    let mut svg = Svg::default();
    let x = scale(&chart.x, chart.bars.iter().flat_map(|bar| [bar.from, bar.to]), 6);
    let y = scale(&chart.y, chart.bars.iter().map(|bar| bar.lower + bar.upper).chain([0.0]), 5);
    let entries = [(Sign::Area("f0"), chart.lower.as_str()), (Sign::Area("f1"), chart.upper.as_str())];
    let (frame, height) = frame(&mut svg, &entries, [(&chart.x, x), (&chart.y, y)], false);
    for bar in &chart.bars {
        let (mut left, mut right) = (frame.x.at(bar.from), frame.x.at(bar.to));
        if right - left < 8.0 {
            // A bar of a single score has no width of its own.
            let middle = (left + right) / 2.0;
            (left, right) = (middle - 4.0, middle + 4.0);
        }
        let (foot, waist) = (frame.y.at(0.0), frame.y.at(bar.lower));
        let head = frame.y.at(bar.lower + bar.upper);
        for (class, from, to, size) in [("f0", foot, waist, bar.lower), ("f1", waist, head, bar.upper)] {
            if 0.0 < size {
                svg.rect(class, (left + 1.0, from), (right - 1.0, to));
            }
        }
    }
    svg.finish(&chart.title, height)
}

pub(super) fn calibration(chart: &Calibration) -> String {
    let mut svg = Svg::default();
    let numbers = || chart.dots.iter().flat_map(|(expected, dot)| dot.numbers().chain([*expected])).chain([0.0]);
    let axis = |label: &str| Axis { label: label.to_owned(), unit: Unit::Share, covers: None };
    let (x_axis, y_axis) = (axis("expected: mean probability"), axis("observed: bad rate, with its interval"));
    let both = || Scale::new(numbers(), 5, Unit::Share);
    let entries = [(Sign::Line("ref".to_owned()), "as many as expected")];
    let (frame, height) = frame(&mut svg, &entries, [(&x_axis, both()), (&y_axis, both())], true);
    frame.diagonal(&mut svg);
    for (expected, dot) in &chart.dots {
        if let Some((lower, upper)) = dot.interval {
            let (from, to) = (frame.at((*expected, lower)), frame.at((*expected, upper)));
            svg.line("whisker", from, to);
            for end in [from, to] {
                svg.line("whisker", (end.0 - 3.0, end.1), (end.0 + 3.0, end.1));
            }
        }
    }
    for (expected, dot) in &chart.dots {
        svg.circle("dot", frame.at((*expected, dot.value)), 4.5);
    }
    svg.finish(&chart.title, height)
}
