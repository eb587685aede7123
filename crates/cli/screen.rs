//! What people see: tables on a terminal, colours only where wanted. Numbers are formatted here and nowhere else.

use std::io::IsTerminal as _;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

/// True when stdout is a terminal.
pub(crate) fn stdout_is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// True when progress may be drawn on stderr: a terminal, and `NO_COLOR` and dumb terminals respected.
pub(crate) fn progress_wanted() -> bool {
    std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|value| value != "dumb")
}

/// A plain table: a header, left-aligned text, right-aligned numbers.
pub(crate) fn table(header: &[&str], right: &[usize], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled).set_header(header);
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

/// The columns that people read of a scores table in CSV: keys, answer, reasons' codes.
pub(crate) fn people(csv: &[u8]) -> anyhow::Result<String> {
    let mut reader = csv::Reader::from_reader(csv);
    let header = reader.headers()?.clone();
    let wanted = ["application_id", "applicant_id", "status", "decision", "score", "band"];
    let is_code = |name: &str| name.starts_with("reason_") && name.ends_with("_code");
    let columns: Vec<usize> =
        (0..header.len()).filter(|at| wanted.contains(&&header[*at]) || is_code(&header[*at])).collect();
    let names: Vec<&str> = columns.iter().map(|at| &header[*at]).collect();
    let mut rows = vec![];
    for row in reader.records() {
        let row = row?;
        rows.push(columns.iter().map(|at| row[*at].to_owned()).collect());
    }
    Ok(table(&names, &[4], rows))
}
