//! Two public books for tests and for the bench `recipes`, which includes this file: the credit cards of Taiwan (UCI 350) and the
//! German loans (UCI 144), beside the project.
#![allow(dead_code, reason = "tests and the bench each use a part")]
#![allow(clippy::unwrap_used, reason = "tests and benches stop at the first surprise")]

use std::{io::Read as _, path::Path};

use cashline_core::{
    attribute::definition::{Compliance, Risk},
    hash::sha256,
    value::Missing,
};

use crate::{
    sample::{Column, Key, Number, Sample, Values},
    select::Facts,
};

/// Reference data beside the project. Absent: says so, except in CI, where absence is a failure.
pub(crate) fn shared(path: &str) -> Option<Vec<u8>> {
    // The workspace or one of its crates includes this file.
    let beside = |folder: &Path| folder.join("../shared").join(path);
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(beside).find(|path| path.exists());
    if let Some(found) = found {
        return Some(std::fs::read(found).unwrap());
    }
    assert!(std::env::var_os("CI").is_none(), "../shared/{path} is absent, and CI must have it");
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

/// Columns of months of delay.
pub(crate) const TAIWAN_STATUS: [&str; 6] = ["pay_0", "pay_2", "pay_3", "pay_4", "pay_5", "pay_6"];

fn cells(text: &Text, name: &str) -> Vec<f64> {
    text.column(name).iter().map(|cell| cell.parse().unwrap()).collect()
}

fn ratio(over: f64, under: f64) -> Number {
    if 0.0 < under { Ok(over / under) } else { Err(Missing::ZeroDenominator) }
}

/// The cards without sex, education, marriage and age, which no lender may use here; with the ratios that any lender computes.
pub(crate) fn taiwan_book(with_ratios: bool) -> Option<Sample> {
    let (text, bad) = taiwan()?;
    let mut columns: Vec<Column> = Vec::new();
    let mut put = |name: &str, cells: Vec<Number>| {
        columns.push(Column { name: format!("extra:{name}"), values: Values::Numbers(cells) });
    };
    for name in &text.names {
        if !["sex", "education", "marriage", "age", "has_default"].contains(&name.as_str()) {
            put(name, cells(&text, name).into_iter().map(Ok).collect());
        }
    }
    if with_ratios {
        let of =
            |what: &str| -> Vec<Vec<f64>> { (1..=6).map(|month| cells(&text, &format!("{what}{month}"))).collect() };
        let (bill, paid, limit) = (of("bill_amt"), of("pay_amt"), cells(&text, "limit_bal"));
        let status: Vec<Vec<f64>> = TAIWAN_STATUS.iter().map(|name| cells(&text, name)).collect();
        let mut add = |name: &str, of: &dyn Fn(usize) -> Number| put(name, (0..bad.len()).map(of).collect());
        for (month, bill) in (1..).zip(&bill) {
            add(&format!("utilisation_{month}"), &|row| ratio(bill[row], limit[row]));
        }
        for (month, (paid, bill)) in (1..).zip(paid.iter().zip(&bill[1..])) {
            add(&format!("paid_of_bill_{month}"), &|row| ratio(paid[row], bill[row]));
        }
        let count = |of: &[Vec<f64>], row: usize, is: fn(f64) -> bool| {
            f64::from(u8::try_from(of.iter().filter(|one| is(one[row])).count()).unwrap())
        };
        let sum = |of: &[Vec<f64>], row: usize| of.iter().map(|one| one[row]).sum::<f64>();
        add("months_late", &|row| Ok(count(&status, row, |x| 0.0 < x)));
        add("months_unpaid", &|row| Ok(count(&paid, row, |x| x == 0.0)));
        add("late_most", &|row| Ok(status.iter().map(|one| one[row]).fold(0.0, f64::max)));
        add("late_sum", &|row| Ok(status.iter().map(|one| one[row].max(0.0)).sum()));
        add("paid_sum", &|row| Ok(sum(&paid, row)));
        add("paid_least", &|row| Ok(paid.iter().map(|one| one[row]).fold(f64::MAX, f64::min)));
        add("paid_of_limit", &|row| ratio(sum(&paid, row), limit[row]));
        add("paid_of_billed", &|row| ratio(sum(&paid[..5], row), bill[1..].iter().map(|one| one[row].max(0.0)).sum()));
        add("bill_growth", &|row| ratio(bill[0][row] - bill[5][row], limit[row]));
    }
    Some(book(columns, bad))
}

/// The rows of the cards to learn from and to try on, as the goldens' script splits them.
pub(crate) fn taiwan_split() -> (Vec<usize>, Vec<usize>) {
    let mut order: Vec<(String, usize)> =
        (0..30_000_usize).map(|row| (sha256(row.to_string().as_bytes()), row)).collect();
    order.sort();
    let mut test: Vec<usize> = order[..9_000].iter().map(|one| one.1).collect();
    let mut train: Vec<usize> = order[9_000..].iter().map(|one| one.1).collect();
    test.sort_unstable();
    train.sort_unstable();
    (train, test)
}

/// The loans without sex and marital status (A9), age (A13) and foreign worker (A20). 13 of the 17 columns are codes or counts.
pub(crate) fn german_book() -> Option<Sample> {
    let (text, bad) = german()?;
    let numbers = ["A2", "A5", "A8", "A11", "A16", "A18"].map(|name| text.numbers(name));
    let codes = ["A1", "A3", "A4", "A6", "A7", "A10", "A12", "A14", "A15", "A17", "A19"].map(|name| text.codes(name));
    Some(book(numbers.into_iter().chain(codes).collect(), bad))
}

/// Rows of which no time is known.
fn book(columns: Vec<Column>, bad: Vec<bool>) -> Sample {
    let key =
        |row: usize| Key { applicant_id: format!("cus_{row:06}"), as_of: 0, application_id: format!("app_{row:06}") };
    Sample {
        keys: (0..bad.len()).map(key).collect(),
        weight: vec![1.0; bad.len()],
        segment: vec![String::new(); bad.len()],
        columns,
        bad,
    }
}

/// Every column may be used, and nothing is known of its direction.
pub(crate) fn permitted(sample: &Sample) -> Vec<Facts> {
    let one = |column: &Column| Facts {
        name: column.name.clone(),
        family: column.name.clone(),
        tier_core: true,
        compliance: Compliance::ModelOk,
        has_reason: true,
        risk: Risk::Neither,
        reason: Some("OWN".to_owned()),
    };
    sample.columns.iter().map(one).collect()
}
