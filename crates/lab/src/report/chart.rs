//! What can be drawn.

/// What the numbers of an axis count.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Unit {
    /// Written as it is.
    #[default]
    Number,
    /// A share of one, written in percent.
    Share,
}

/// An axis.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Axis {
    /// What it counts, with its unit.
    pub label: String,
    /// How its numbers are written.
    pub unit: Unit,
    /// Numbers that the axis covers, whatever the data.
    pub covers: Option<(f64, f64)>,
}

impl Axis {
    /// From 0 % to 100 %.
    #[must_use]
    pub fn whole(label: &str) -> Axis {
        Axis { label: label.to_owned(), unit: Unit::Share, covers: Some((0.0, 1.0)) }
    }

    /// Shares from 0 % to as far as the data go.
    #[must_use]
    pub fn share(label: &str) -> Axis {
        Axis { label: label.to_owned(), unit: Unit::Share, covers: Some((0.0, 0.0)) }
    }

    /// Numbers as far as the data go.
    #[must_use]
    pub fn number(label: &str) -> Axis {
        Axis { label: label.to_owned(), unit: Unit::Number, covers: None }
    }
}

/// A picture.
#[derive(Clone, PartialEq, Debug)]
pub enum Chart {
    /// Curves.
    Line(Line),
    /// Stacked bars along a score.
    Bars(Bars),
    /// A characteristic's bins.
    Bins(Bins),
    /// Expected against observed.
    Calibration(Calibration),
    /// Dots with intervals, row by row.
    Dots(Dots),
    /// Lying bars, row by row.
    Rows(Rows),
}

/// Curves over two axes.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Line {
    /// Of the picture.
    pub title: String,
    /// The axis along the bottom.
    pub x: Axis,
    /// The upright axis.
    pub y: Axis,
    /// At most four differ in colour and dash.
    pub series: Vec<Series>,
    /// Draws the line where both axes are equal, and the picture square; the text stands in the legend.
    pub diagonal: Option<String>,
    /// Upright lines with a word.
    pub marks: Vec<Mark>,
}

/// A curve.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Series {
    /// In the legend.
    pub name: String,
    /// By ascending x.
    pub points: Vec<(f64, f64)>,
    /// Whether each y holds from the point before (that point not included) up to its own, with upright steps between.
    pub step: bool,
    /// Empty, or the ends of an interval around each point; cut where the axis ends, which only `points` decide.
    pub band: Vec<(f64, f64)>,
}

/// An upright line between two heights.
#[derive(Clone, PartialEq, Debug)]
pub struct Mark {
    /// Where.
    pub x: f64,
    /// One end.
    pub from: f64,
    /// The other.
    pub to: f64,
    /// Beside its middle.
    pub label: String,
}

/// Stacked bars over a number.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Bars {
    /// Of the picture.
    pub title: String,
    /// The axis along the bottom.
    pub x: Axis,
    /// The upright axis; starts at 0.
    pub y: Axis,
    /// What the dark foot of a bar counts.
    pub lower: String,
    /// What the light top of a bar counts.
    pub upper: String,
    /// From the left.
    pub bars: Vec<Stack>,
}

/// A bar over `[from, to)`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Stack {
    /// Left end.
    pub from: f64,
    /// Right end.
    pub to: f64,
    /// Height of the dark foot.
    pub lower: f64,
    /// Height of what stands on it.
    pub upper: f64,
}

/// A characteristic's bins: how many are in each, and how many of them are bad.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Bins {
    /// Of the picture.
    pub title: String,
    /// From the top.
    pub rows: Vec<BinRow>,
    /// The bad rate of all; a dashed line.
    pub all: Option<f64>,
}

/// A bin.
#[derive(Clone, PartialEq, Debug)]
pub struct BinRow {
    /// Which cells.
    pub label: String,
    /// Share of all rows.
    pub share: f64,
    /// Bad rate; `None` of an empty bin.
    pub rate: Option<Dot>,
    /// Whether the bin says nothing to the model: drawn hollow.
    pub neutral: bool,
}

/// Expected against observed shares, with the diagonal.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Calibration {
    /// Of the picture.
    pub title: String,
    /// Expected (along the bottom), and observed with its interval.
    pub dots: Vec<(f64, Dot)>,
}

/// A value with its interval.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Dot {
    /// The value.
    pub value: f64,
    /// Lower and upper end.
    pub interval: Option<(f64, f64)>,
}

/// Dots with intervals.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Dots {
    /// Of the picture.
    pub title: String,
    /// The axis along the bottom.
    pub x: Axis,
    /// From the top.
    pub rows: Vec<DotRow>,
    /// Upright dashed lines and their words in the legend.
    pub references: Vec<(f64, String)>,
}

/// A row of dots.
#[derive(Clone, PartialEq, Debug)]
pub struct DotRow {
    /// On the left.
    pub label: String,
    /// One is drawn full, several as rings.
    pub dots: Vec<Dot>,
}

/// Lying bars.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Rows {
    /// Of the picture.
    pub title: String,
    /// The axis along the bottom.
    pub x: Axis,
    /// Names of a row's bars: one or two; the first is dark.
    pub series: Vec<String>,
    /// From the top.
    pub rows: Vec<Row>,
    /// The word for the ticks of [`Row::mark`]; may be empty when no row has one.
    pub mark: String,
    /// Upright dashed lines and their words in the legend.
    pub references: Vec<(f64, String)>,
}

/// A row of bars.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// On the left.
    pub label: String,
    /// One a series.
    pub values: Vec<f64>,
    /// A tick across the first bar.
    pub mark: Option<f64>,
}

impl Chart {
    /// Of the picture.
    #[must_use]
    pub fn title(&self) -> &str {
        match self {
            Chart::Line(chart) => &chart.title,
            Chart::Bars(chart) => &chart.title,
            Chart::Bins(chart) => &chart.title,
            Chart::Calibration(chart) => &chart.title,
            Chart::Dots(chart) => &chart.title,
            Chart::Rows(chart) => &chart.title,
        }
    }
}

impl Dot {
    /// Its value and the ends of its interval.
    pub(super) fn numbers(&self) -> impl Iterator<Item = f64> {
        let (lower, upper) = self.interval.unwrap_or((self.value, self.value));
        [self.value, lower, upper].into_iter()
    }
}
