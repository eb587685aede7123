//! What people see: tables on a terminal, colours only where wanted. Numbers are formatted here and nowhere else.

use std::{
    io::{self, ErrorKind, IsTerminal as _, StderrLock, StdoutLock, Write},
    time::Duration,
};

use anyhow::{Result, ensure};
use cashline_io::manifest::GateRecord;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};

/// Stdout or stderr, whose reader may go away on purpose (`| head`): the rest is dropped, and the run ends with the code that it
/// would have had. Whatever else fails is an error.
pub(crate) struct Shown<W>(Option<W>);

pub(crate) fn stdout() -> Shown<StdoutLock<'static>> {
    Shown(Some(io::stdout().lock()))
}

pub(crate) fn stderr() -> Shown<StderrLock<'static>> {
    Shown(Some(io::stderr().lock()))
}

impl<W: Write> Shown<W> {
    fn unless_gone<T>(&mut self, done: T, work: impl FnOnce(&mut W) -> io::Result<T>) -> io::Result<T> {
        let Some(out) = &mut self.0 else { return Ok(done) };
        match work(out) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.0 = None;
                Ok(done)
            }
            other => other,
        }
    }
}

impl<W: Write> Write for Shown<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.unless_gone(bytes.len(), |out| out.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.unless_gone((), W::flush)
    }
}

/// True when stdout is a terminal.
pub(crate) fn stdout_is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Refuses to print a table of a format that nobody can read there; `prints` says that it would go to stdout.
pub(crate) fn readable(prints: bool, format: &str) -> Result<()> {
    ensure!(
        !(prints && format == "parquet" && stdout_is_terminal()),
        "parquet is nothing to read on a terminal; add -o FILE or redirect stdout"
    );
    Ok(())
}

/// True when progress may be drawn on stderr: a terminal, and `NO_COLOR` and dumb terminals respected.
fn progress_wanted() -> bool {
    std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|value| value != "dumb")
}

/// A sign of life on stderr while something long runs; it vanishes with the value, also on errors.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn start(message: String) -> Progress {
        if !progress_wanted() {
            return Progress(ProgressBar::hidden());
        }
        let bar = ProgressBar::new_spinner().with_message(message);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}, {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Progress(bar)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Bytes as people read them.
pub(crate) fn bytes(count: u64) -> String {
    let mut unit = "B";
    let mut tenths = u128::from(count) * 10;
    for next in ["kB", "MB", "GB", "TB"] {
        if tenths < 10_000 {
            break;
        }
        (unit, tenths) = (next, tenths / 1_000);
    }
    if unit == "B" { format!("{count} B") } else { format!("{}.{} {unit}", tenths / 10, tenths % 10) }
}

/// A share in percent with one decimal, rounded down: 100.0 % means all.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "none".to_owned();
    }
    let tenths = u128::from(part) * 1_000 / u128::from(whole);
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// A number with so many decimals, never `-0`; a dash for none.
pub(crate) fn fixed(number: Option<f64>, decimals: usize) -> String {
    let text = number.map_or_else(|| "-".to_owned(), |number| format!("{number:.decimals$}"));
    match text.strip_prefix('-') {
        Some(rest) if rest.contains('0') && rest.chars().all(|c| matches!(c, '0' | '.')) => rest.to_owned(),
        _ => text,
    }
}

/// A share in percent with one decimal, rounded.
pub(crate) fn share(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{} %", fixed(Some(share * 100.0), 1)))
}

/// A gate, what it found, and what it allows.
pub(crate) fn gate(gate: &GateRecord) -> String {
    let shown = |number: Option<f64>| number.map_or("unknown".to_owned(), |number| number.to_string());
    format!("{} is {}, limit {}", gate.name, shown(gate.value), shown(gate.limit))
}

/// The first 12 digits of a digest, enough to tell models and runs apart.
pub(crate) fn short(id: &str) -> &str {
    let digits = id.strip_prefix("sha256:").unwrap_or(id);
    digits.get(..12).unwrap_or(digits)
}

/// The name that files use for a variant.
pub(crate) fn word<T: serde::Serialize>(variant: &T) -> String {
    serde_json::to_value(variant).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Items on lines of at most a hundred columns, each line after `indent`.
pub(crate) fn wrapped(indent: &str, items: &[String]) -> String {
    let mut text = String::new();
    let mut width = 0;
    for item in items {
        if width == 0 || 100 < width + 1 + item.len() {
            if width != 0 {
                text.push('\n');
            }
            text.push_str(indent);
            width = indent.len();
        } else {
            text.push(' ');
            width += 1;
        }
        text.push_str(item);
        width += item.len();
    }
    if width != 0 {
        text.push('\n');
    }
    text
}

/// Text of an input on one line, without what a terminal would obey.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// A plain table, a line a row: a header, left-aligned text, right-aligned numbers.
pub(crate) fn table(header: &[&str], right: &[usize], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    arranged(ContentArrangement::Disabled, header, right, rows)
}

/// A table with sentences in it: wrapped to the window for people, a line a row for programs such as `grep`.
pub(crate) fn prose(header: &[&str], right: &[usize], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let arrangement = if stdout_is_terminal() { ContentArrangement::Dynamic } else { ContentArrangement::Disabled };
    arranged(arrangement, header, right, rows)
}

fn arranged(
    arrangement: ContentArrangement,
    header: &[&str],
    right: &[usize],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(arrangement).set_header(header);
    for row in rows {
        table.add_row(row);
    }
    for &index in right {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_expect() {
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_000), "1.0 kB");
        assert_eq!(bytes(12_345_678), "12.3 MB");
        assert_eq!(percent(7, 9), "77.7 %");
        assert_eq!(percent(999_999, 1_000_000), "99.9 %", "all but one is not all");
        assert_eq!(percent(0, 0), "none");
        assert_eq!(
            (fixed(Some(-0.04), 1), fixed(Some(-0.06), 1), fixed(None, 1)),
            ("0.0".into(), "-0.1".into(), "-".into())
        );
        assert_eq!(share(Some(0.1234)), "12.3 %");
        assert_eq!(short("sha256:0123456789abcdef"), "0123456789ab");
    }

    #[test]
    fn long_lists_break_between_items_only() {
        let items: Vec<String> = (0..30).map(|at| format!("fctxn_{at:06}")).collect();
        let text = wrapped("  ", &items);
        assert!(text.lines().all(|line| line.len() <= 100 && line.starts_with("  ")), "{text}");
        assert_eq!(text.split_whitespace().collect::<Vec<_>>(), items);
        assert_eq!(wrapped("  ", &[]), "");
    }
}
