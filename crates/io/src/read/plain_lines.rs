//! Transactions of a text table, line by line, without a detour over cells: nearly every line of an export is plain. Any other
//! goes through [`Plan::emit`], which alone knows defects and their words, so a line means the same whichever way it went.

use cashline_core::{
    defect::Source,
    limits::{AMOUNT_MAX, DESCRIPTION_BYTES_MAX, SECONDS_END, SECONDS_MIN},
    money::Currency,
    row::TransactionRow,
};

use crate::read::{Table, assemble, cell, scan::TextRecord, table::Plan, words};

/// Where the fields of a transaction stand, and what the line before said.
pub(super) struct PlainLines {
    id: usize,
    account: usize,
    amount: usize,
    currency: usize,
    description: Option<usize>,
    livemode: Option<usize>,
    status: usize,
    transacted_at: usize,
    posted_at: Option<usize>,
    void_at: Option<usize>,
    updated: Option<usize>,
    object: Option<usize>,
    // An account that passed, which the next line most likely has too.
    known_account: String,
}

impl PlainLines {
    /// Reads lines of this plan; `None` when they hold no transactions, or structs printed as text.
    pub(super) fn new(plan: &Plan) -> Option<PlainLines> {
        use assemble::slot_transaction as slot;
        let places = plan.flat(Table::Transactions)?;
        Some(PlainLines {
            id: places[slot::ID]?,
            account: places[slot::ACCOUNT]?,
            amount: places[slot::AMOUNT]?,
            currency: places[slot::CURRENCY]?,
            description: places[slot::DESCRIPTION],
            livemode: places[slot::LIVEMODE],
            status: places[slot::STATUS]?,
            transacted_at: places[slot::TRANSACTED_AT]?,
            posted_at: places[slot::POSTED_AT],
            void_at: places[slot::VOID_AT],
            updated: places[slot::UPDATED],
            object: places[slot::OBJECT],
            known_account: String::new(),
        })
    }

    /// The row, when the line is plain. Its text holds no NUL: such lines are set aside before.
    pub(super) fn row<'b>(&mut self, line: &TextRecord<'b>, source: Source) -> Option<TransactionRow<'b>> {
        let text = |at: Option<usize>| at.map_or("", |at| line.get(at));
        if !matches!(text(self.object), "" | assemble::TRANSACTION_OBJECT) {
            return None;
        }
        let account = line.get(self.account);
        if account != self.known_account || account.is_empty() {
            cell::id_text(account).ok()?;
            self.known_account.clear();
            self.known_account.push_str(account);
        }
        let description = text(self.description);
        if DESCRIPTION_BYTES_MAX < description.len() {
            return None;
        }
        Some(TransactionRow {
            id: cell::id_text(line.get(self.id)).ok()?,
            account,
            amount: amount(line.get(self.amount))?,
            currency: Currency::parse(line.get(self.currency))?,
            description,
            livemode: match text(self.livemode) {
                "" => None,
                "True" | "true" => Some(true),
                "False" | "false" => Some(false),
                _ => return None,
            },
            status: words::transaction_status(line.get(self.status))?,
            transacted_at: seconds(line.get(self.transacted_at))?,
            posted_at: time(text(self.posted_at))?,
            void_at: time(text(self.void_at))?,
            updated: match text(self.updated) {
                "" => None,
                text => Some(seconds(text)?),
            },
            source,
        })
    }
}

/// `[0-9]{1,16}`, which no sum of digits overflows.
fn digits(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if !(1..=16).contains(&bytes.len()) {
        return None;
    }
    let mut value = 0_i64;
    for byte in bytes {
        let digit = byte.wrapping_sub(b'0');
        if 9 < digit {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(value)
}

fn amount(text: &str) -> Option<i64> {
    let value = match text.strip_prefix('-') {
        Some(magnitude) => -digits(magnitude)?,
        None => digits(text)?,
    };
    (-AMOUNT_MAX..=AMOUNT_MAX).contains(&value).then_some(value)
}

fn seconds(text: &str) -> Option<i64> {
    digits(text).filter(|value| (SECONDS_MIN..SECONDS_END).contains(value))
}

/// A time in a column that may be null, where data frames write doubles; `None` when it is not plain.
fn time(text: &str) -> Option<Option<i64>> {
    match text {
        "" => Some(None),
        text => seconds(text.strip_suffix(".0").unwrap_or(text)).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{
        Item, ReadOptions,
        cell::Cell,
        scan::{Scanned, Scanner},
        table::Request,
        tables::Nature,
    };

    const HEADER: &str = "id,account,amount,currency,description,livemode,status,transacted_at,\
                          status_transitions.posted_at,status_transitions.void_at,updated,object";
    const GOOD: [&str; 12] = [
        "fctxn_1",
        "fca_1",
        "-1250",
        "usd",
        "Café 12",
        "True",
        "posted",
        "1767225600",
        "1767225605.0",
        "",
        "1767225609",
        "financial_connections.transaction",
    ];

    /// What a line holds: its cells, and whether it was plain.
    fn both(line: &[String]) -> (String, Option<String>) {
        let text = line.join(",");
        let names: Vec<&str> = HEADER.split(',').collect();
        let tree = |_: usize, nature: Nature| matches!(nature, Nature::List | Nature::CurrencyMap);
        let plan = Plan::new(&names, &Request { table: None, options: &ReadOptions::default(), tree: &tree });
        let plan = plan.expect("transactions");
        let mut scanner = Scanner::new(text.as_bytes(), b',').expect("in memory");
        let Ok(Scanned::Row(record)) = scanner.next() else { panic!("{text:?}") };
        let record = record.text().expect("UTF-8");
        let source = Source { file: 3, line: 4 };
        let mut by_cells = String::new();
        let emitted = plan.emit(|at| Cell::Text(record.get(at)), &[], source, &mut |item| {
            by_cells = crate::read::shown(&item);
            Ok(())
        });
        emitted.expect("the sink takes all");
        let plain = PlainLines::new(&plan).expect("flat").row(&record, source);
        (by_cells, plain.map(|row| crate::read::shown(&Item::Row(cashline_core::row::Row::Transaction(row)))))
    }

    #[test]
    fn a_plain_line_is_the_row_of_its_cells_whatever_stands_in_any_two_columns() {
        let mut words: Vec<String> = [
            "",
            " ",
            "null",
            "NaN",
            "None",
            "0",
            "1",
            "-0",
            "-1",
            "+1",
            "007",
            "1.0",
            "1.5",
            "1e3",
            "-",
            ".0",
            "5.0.0",
            "1767225600",
            "1767225600.0",
            "1767225600.00",
            "4102444799",
            "4102444800",
            "100000000001",
            "1767225600000",
            "1000000000000000",
            "-1000000000000000",
            "1000000000000001",
            "-1000000000000001",
            "9999999999999999",
            "99999999999999999",
            "٣",
            "é",
            "USD",
            "Usd",
            "us",
            "usdx",
            "true",
            "TRUE",
            "False",
            "FALSE",
            "yes",
            "void",
            "pending",
            "Posted",
            "fca_1",
            "a\tb",
            "financial_connections.account",
        ]
        .map(str::to_owned)
        .to_vec();
        words.extend([255, 256, 20_000, 20_001].map(|bytes| "x".repeat(bytes)));
        let good = GOOD.map(str::to_owned);
        let (by_cells, plain) = both(&good);
        assert_eq!(Some(by_cells), plain, "the line of most exports is plain");
        let mut met = 0;
        for one in 0..GOOD.len() {
            for word in &words {
                let mut line = good.clone();
                line[one].clone_from(word);
                // Beside it, another column changes too, so that the first fault is the one that is named.
                for other in one..GOOD.len() {
                    let mut line = line.clone();
                    if other != one {
                        "x".clone_into(&mut line[other]);
                    }
                    let (by_cells, plain) = both(&line);
                    met += usize::from(plain.is_some());
                    assert!(plain.is_none_or(|plain| plain == by_cells), "{line:?}: {by_cells}");
                }
            }
        }
        assert!(100 < met, "{met}");
    }
}
