//! Two public books for tests: the credit cards of Taiwan (UCI 350) and the German loans (UCI 144), beside the project.
#![expect(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::{io::Read as _, path::Path};

use crate::sample::{Column, Values};

/// Reference data beside the project. Absent: says so, except in CI, where absence is a failure.
pub(crate) fn shared(path: &str) -> Option<Vec<u8>> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(path);
    if found.exists() {
        return Some(std::fs::read(found).unwrap());
    }
    assert!(std::env::var_os("CI").is_none(), "{} is absent, and CI must have it", found.display());
    #[expect(clippy::print_stderr, reason = "a test says what it skips")]
    {
        eprintln!("SKIPPED: ../shared/{path} is absent");
    }
    None
}

/// Columns of text, by name.
pub(crate) struct Text {
    pub(crate) names: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Text {
    pub(crate) fn column(&self, name: &str) -> Vec<&str> {
        let at = self.names.iter().position(|one| one == name).unwrap();
        self.rows.iter().map(|row| row[at].as_str()).collect()
    }

    pub(crate) fn numbers(&self, name: &str) -> Column {
        let cells = self.column(name).iter().map(|cell| Ok(cell.parse().unwrap())).collect();
        Column { name: name.to_owned(), values: Values::Numbers(cells) }
    }

    pub(crate) fn codes(&self, name: &str) -> Column {
        let cells = self.column(name);
        let mut levels: Vec<String> = cells.iter().map(|cell| (*cell).to_owned()).collect();
        levels.sort();
        levels.dedup();
        let place = |cell: &&str| Ok(u32::try_from(levels.iter().position(|one| one == cell).unwrap()).unwrap());
        let cells = cells.iter().map(place).collect();
        Column { name: name.to_owned(), values: Values::Codes { levels, cells } }
    }
}

pub(crate) fn taiwan() -> Option<(Text, Vec<bool>)> {
    let packed = shared("data/uci_taiwan_credit_default/creditcard_default.csv.gz")?;
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    let text = Text { names, rows };
    let bad = text.column("has_default").iter().map(|cell| *cell == "1").collect();
    Some((text, bad))
}

pub(crate) fn german() -> Option<(Text, Vec<bool>)> {
    let text = String::from_utf8(shared("data/uci_german_credit/german.data")?).unwrap();
    let split = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<String>>();
    let rows: Vec<Vec<String>> = text.lines().map(split).filter(|row| !row.is_empty()).collect();
    let text = Text { names: (1..=21).map(|at| format!("A{at}")).collect(), rows };
    let bad = text.column("A21").iter().map(|cell| *cell == "2").collect();
    Some((text, bad))
}
