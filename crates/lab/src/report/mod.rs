//! One HTML file, offline: a document of sections, tables and charts, and builders that make sections of the laboratory's
//! results.
//!
//! The file holds no script and refers to nothing outside itself. Charts are inline SVG of our own: few marks, exact
//! coordinates, series that differ by dash as well as by colour. The same report gives the same bytes.
//!
//! ```
//! use cashline_lab::report::{self, Report, Section};
//!
//! let report = Report {
//!     title: "Card <1>".to_owned(),
//!     sections: vec![Section { heading: "Sample".to_owned(), ..Section::default() }],
//!     ..Report::default()
//! };
//! let html = report::render(&report)?;
//! assert!(html.contains("<h1>Card &lt;1&gt;</h1>"));
//! # Ok::<(), report::ReportError>(())
//! ```

mod build;
mod chart;
mod draw;
mod number;

#[cfg(test)]
mod build_tests;
#[cfg(test)]
mod tests;

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};

pub use self::{
    build::{against, binning, by_group, card, cross, fairness, monitoring, parts, segments, validation, vintages},
    chart::{
        Axis, Bars, BinRow, Bins, Calibration, Chart, Dot, DotRow, Dots, Line, Mark, Row, Rows, Series, Stack, Unit,
    },
};

/// A document.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Report {
    /// Of the page.
    pub title: String,
    /// A line below it; may be empty.
    pub subtitle: String,
    /// Names and values at the head: what was looked at, and with what.
    pub facts: Vec<(String, String)>,
    /// In order.
    pub sections: Vec<Section>,
}

/// A part under a heading.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Section {
    /// Of the part; the contents list it.
    pub heading: String,
    /// Paragraphs, before the blocks.
    pub text: Vec<String>,
    /// Tables and charts, in order.
    pub blocks: Vec<Block>,
}

/// What a section shows.
#[derive(Clone, PartialEq, Debug)]
pub enum Block {
    /// Rows and columns.
    Table(Table),
    /// A picture.
    Chart(Chart),
}

/// Cells in columns; the first column heads its row.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Table {
    /// What the table shows.
    pub caption: String,
    /// From the left.
    pub columns: Vec<Column>,
    /// From the top; as many cells each as there are columns.
    pub rows: Vec<Vec<String>>,
}

/// A column of a table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Column {
    /// Its heading.
    pub name: String,
    /// Where its cells stand.
    pub align: Align,
}

/// Where cells stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A chart cannot place what is no number.
    #[error("chart `{chart}` holds a number that is not finite or too large to draw; leave the point out")]
    NotFinite {
        /// Its title.
        chart: String,
    },
    /// A row of a table has too few or too many cells.
    #[error("table `{table}` has {expected} columns, and a row of {found} cells")]
    Cells {
        /// Its caption.
        table: String,
        /// Columns.
        expected: usize,
        /// Cells of the row.
        found: usize,
    },
    /// The page's template, which is our own, failed.
    #[error("the page cannot be put together")]
    Template(#[from] minijinja::Error),
}

impl Table {
    /// An empty table; a heading that ends in `>` stands over numbers, on the right.
    #[must_use]
    pub fn new(caption: &str, columns: &[&str]) -> Table {
        let column = |heading: &&str| match heading.strip_suffix('>') {
            Some(name) => Column { name: name.to_owned(), align: Align::Right },
            None => Column { name: (*heading).to_owned(), align: Align::Left },
        };
        Table { caption: caption.to_owned(), columns: columns.iter().map(column).collect(), rows: vec![] }
    }
}

const TEMPLATE: &str = include_str!("report.html");

/// The page as one text.
///
/// # Errors
///
/// [`ReportError`] names the chart or the table that cannot be drawn.
pub fn render(report: &Report) -> Result<String, ReportError> {
    let mut environment = Environment::empty();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.set_formatter(|out, state, value| match value.as_str() {
        Some(text) if !value.is_safe() => minijinja::escape_formatter(out, state, &Value::from(visible(text))),
        _ => minijinja::escape_formatter(out, state, value),
    });
    let facts: Vec<Value> = report.facts.iter().map(|(name, value)| context! { name, value }).collect();
    let sections = report.sections.iter().enumerate().map(|(at, section)| part(at + 1, section));
    let sections = sections.collect::<Result<Vec<Value>, ReportError>>()?;
    let page = context! { title => report.title, subtitle => report.subtitle, facts, sections };
    Ok(environment.render_str(TEMPLATE, page)?)
}

fn part(number: usize, section: &Section) -> Result<Value, ReportError> {
    let block = |block: &Block| match block {
        Block::Chart(chart) => {
            let svg = Value::from_safe_string(chart.svg()?);
            Ok(context! { chart => true, svg, title => chart.title() })
        }
        Block::Table(table) => cells(table),
    };
    let blocks = section.blocks.iter().map(block).collect::<Result<Vec<Value>, ReportError>>()?;
    Ok(context! { number, heading => section.heading, text => section.text, blocks })
}

fn cells(table: &Table) -> Result<Value, ReportError> {
    let expected = table.columns.len();
    if let Some(row) = table.rows.iter().find(|row| row.len() != expected) {
        return Err(ReportError::Cells { table: table.caption.clone(), expected, found: row.len() });
    }
    let class = |column: usize| if table.columns[column].align == Align::Right { "n" } else { "w" };
    let head =
        table.columns.iter().enumerate().map(|(at, column)| context! { text => column.name, class => class(at) });
    let row = |row: &Vec<String>| {
        row.iter().enumerate().map(|(at, text)| context! { text, class => class(at) }).collect::<Vec<Value>>()
    };
    let rows: Vec<Vec<Value>> = table.rows.iter().map(row).collect();
    // On paper, what fits on a page stays on one.
    let keep = if rows.len() < 16 { " short" } else { "" };
    Ok(context! { chart => false, caption => table.caption, keep, head => head.collect::<Vec<Value>>(), rows })
}

/// Text of files without characters that no page may hold, or that turn the reading order of what stands beside them.
fn visible(text: &str) -> String {
    let hidden = |one: char| match one {
        '\n' | '\t' => false,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => true,
        _ => one.is_control(),
    };
    text.chars().map(|one| if hidden(one) { '\u{fffd}' } else { one }).collect()
}
