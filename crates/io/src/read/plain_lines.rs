//! Transactions of a text table, line by line, without a detour over cells: nearly every line of an export is plain. Any other
//! goes through [`Plan::emit`], which alone knows defects and their words, so a line means the same whichever way it went.

use cashline_core::{
    defect::Source,
    limits::DESCRIPTION_BYTES_MAX,
    money::{self, Currency},
    row::TransactionRow,
};
use memchr::{memchr, memchr2};

use crate::{
    error::Error,
    read::{Batches, Table, assemble, cell, cursor::Cursor, hand_over, scan::LINE_BYTES_MAX, table::Plan, words},
};

/// Rows that are handed on together.
const BLOCK: usize = 128;

/// The columns of a table of transactions, in their order: the field of each, by slot, or nothing that is read.
pub(super) struct PlainLines {
    fields: Vec<Option<usize>>,
}

impl PlainLines {
    /// Reads lines of this plan; `None` when they hold no transactions, or structs printed as text.
    pub(super) fn new(plan: &Plan) -> Option<PlainLines> {
        let mut fields = vec![None; plan.width];
        for (slot, place) in plan.flat(Table::Transactions)?.into_iter().enumerate() {
            if let Some(at) = place {
                fields[at] = Some(slot);
            }
        }
        Some(PlainLines { fields })
    }

    /// Hands on the rows of whole lines that hold no quote, CR or NUL, of which the first has this source; `other` takes a line
    /// that is not plain. Gives how many lines were passed, and their bytes: fewer than all when one is too long.
    ///
    /// # Errors
    ///
    /// Those of `other` and `sink`.
    pub(super) fn emit<'b>(
        &self,
        lines: &'b str,
        first: Source,
        other: &mut dyn FnMut(&'b str, Source, &mut Batches<'_>) -> Result<(), Error>,
        sink: &mut Batches<'_>,
    ) -> Result<(u64, usize), Error> {
        let mut ready: Vec<TransactionRow<'b>> = Vec::with_capacity(BLOCK);
        let mut cursor = Cursor::new(lines);
        let mut source = first;
        let mut account = "";
        while cursor.at < lines.len() {
            let start = cursor.at;
            if let Some(row) = self.row(&mut cursor, &mut account, source) {
                ready.push(row);
            } else {
                let end = memchr(b'\n', &lines.as_bytes()[start..]).map_or(lines.len(), |length| start + length);
                if LINE_BYTES_MAX < end - start {
                    cursor.at = start;
                    break;
                }
                hand_over(&mut ready, sink)?;
                other(&lines[start..end], source, sink)?;
                cursor.at = end + 1;
            }
            if ready.len() == BLOCK {
                hand_over(&mut ready, sink)?;
            }
            source.line += 1;
        }
        hand_over(&mut ready, sink)?;
        Ok((source.line - first.line, cursor.at))
    }

    /// The row of the line at the cursor, which then stands behind it; `None`, with the cursor anywhere, when it is not plain.
    #[inline]
    fn row<'b>(&self, cursor: &mut Cursor<'b>, account: &mut &'b str, source: Source) -> Option<TransactionRow<'b>> {
        use assemble::slot_transaction as slot;
        let start = cursor.at;
        let mut row = assemble::blank_transaction(source);
        let last = self.fields.len() - 1;
        for (at, field) in self.fields.iter().enumerate() {
            match *field {
                Some(slot::ID) => row.id = cell::id_text(cursor.cell()?).ok()?,
                Some(slot::ACCOUNT) => row.account = cursor.account(account)?,
                Some(slot::AMOUNT) => row.amount = cursor.integer().filter(|amount| money::in_range(*amount))?,
                Some(slot::CURRENCY) => row.currency = Currency::parse(cursor.cell()?)?,
                Some(slot::DESCRIPTION) => row.description = cursor.cell()?,
                Some(slot::LIVEMODE) => row.livemode = cursor.livemode(),
                Some(slot::STATUS) => row.status = words::transaction_status(cursor.cell()?)?,
                Some(slot::TRANSACTED_AT) => row.transacted_at = cursor.seconds()?,
                Some(slot::POSTED_AT) => row.posted_at = cursor.time_or_none()?,
                Some(slot::VOID_AT) => row.void_at = cursor.time_or_none()?,
                Some(slot::UPDATED) if cursor.is_at_end() => {}
                Some(slot::UPDATED) => row.updated = Some(cursor.seconds()?),
                Some(slot::OBJECT) => {
                    cursor.take(assemble::TRANSACTION_OBJECT);
                }
                Some(_) | None => {
                    cursor.cell()?;
                }
            }
            if !cursor.take_byte(if at == last { b'\n' } else { b',' }) {
                return None;
            }
        }
        let is_plain = row.description.len() <= DESCRIPTION_BYTES_MAX && cursor.at - start <= LINE_BYTES_MAX;
        is_plain.then_some(row)
    }
}

/// The cells of lines, each of which ends with a newline.
impl<'b> Cursor<'b> {
    /// The cell that begins here; the cursor then stands at its end.
    fn cell(&mut self) -> Option<&'b str> {
        let length = memchr2(b',', b'\n', self.rest())?;
        self.pass(length)
    }

    fn is_at_end(&self) -> bool {
        matches!(self.rest().first(), Some(b',' | b'\n'))
    }

    /// The id of an account: most likely the one of the line before, which need not be checked again.
    fn account(&mut self, before: &mut &'b str) -> Option<&'b str> {
        let start = self.at;
        if before.is_empty() || !self.take(before) || !self.is_at_end() {
            self.at = start;
            *before = cell::id_text(self.cell()?).ok()?;
        }
        Some(before)
    }

    fn livemode(&mut self) -> Option<bool> {
        if self.take("true") || self.take("True") {
            Some(true)
        } else if self.take("false") || self.take("False") {
            Some(false)
        } else {
            None
        }
    }

    fn seconds(&mut self) -> Option<i64> {
        self.digits().filter(|seconds| cell::in_time(*seconds).is_ok())
    }

    /// A time in a column that may be null, where data frames write doubles; `None` when it is not plain.
    fn time_or_none(&mut self) -> Option<Option<i64>> {
        if self.is_at_end() {
            return Some(None);
        }
        let seconds = self.seconds()?;
        self.take(".0");
        Some(Some(seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{
        Batch, InputFile, Packing, ReadOptions,
        cell::Cell,
        csv, one_by_one,
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
        let mut plain = vec![];
        let lines = text.clone() + "\n";
        let passed = PlainLines::new(&plan).expect("flat").emit(&lines, source, &mut |_, _, _| Ok(()), &mut |batch| {
            one_by_one(batch, &mut |item| {
                plain.push(crate::read::shown(&item));
                Ok(())
            })
        });
        assert_eq!(passed.expect("the sink takes all"), (1, lines.len()));
        (by_cells, plain.pop())
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

    /// Gives up to so many bytes at a time, so that lines and characters are cut anywhere.
    struct Trickle<'a>(&'a [u8], usize);

    impl std::io::Read for Trickle<'_> {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            let count = self.1.min(self.0.len()).min(out.len());
            let (now, rest) = self.0.split_at(count);
            out[..count].copy_from_slice(now);
            self.0 = rest;
            Ok(count)
        }
    }

    /// What is read of a table, or why it is refused.
    fn told(bytes: &[u8], at_once: usize, way: csv::Way) -> Vec<String> {
        let path = std::path::PathBuf::from("t.csv");
        let file = InputFile { path, index: 0, table: None, layout: 0, packing: Packing::Plain };
        let mut told = vec![];
        let mut sink = |batch: Batch<'_>| {
            one_by_one(batch, &mut |item| {
                told.push(crate::read::shown(&item));
                Ok(())
            })
        };
        let outcome = csv::read_table(Trickle(bytes, at_once), &file, &ReadOptions::default(), way, &mut sink);
        if let Err(csv::Stop::Scan(error)) = outcome {
            told.push(format!("{error:?}"));
        }
        told
    }

    #[test]
    fn lines_read_many_at_once_are_those_read_one_by_one_wherever_odd_ones_stand() {
        let good = |n: usize| format!("fctxn_{n},fca_{},{n},usd,Café {n},true,posted,1767225600,,,1767225609,", n / 7);
        let odd: Vec<Vec<u8>> = [
            "a,\"b\",1",
            "fctxn_q,fca_1,5,usd,\"two\nlines, \"\"quoted\"\"\",true,posted,1767225600,,,1767225609,",
            "fctxn_c,fca_1,5,usd,cr,true,posted,1767225600,,,1767225609,\r",
            "old mac\rline\r",
            "nul\0,fca_1,5,usd,x,true,posted,1767225600,,,1767225609,",
            "fctxn_s,fca_1,5,usd,stray \" quote,true,posted,1767225600,,,1767225609,",
            "fctxn_d,fca_1,5.5,usd,x,true,posted,1767225600,,,1767225609,",
            "fctxn_w,fca_1,5,usd,too,wide,true,posted,1767225600,,,1767225609,",
            "",
            "fctxn_n,fca_1,5",
            HEADER,
        ]
        .map(|line| line.as_bytes().to_vec())
        .to_vec();
        let invalid = b"fctxn_u,fca_1,5,usd,\xff\xfe,true,posted,1767225600,,,1767225609,".to_vec();
        let long = format!("fctxn_l,fca_1,5,usd,x,true,posted,1767225600,,,1767225609,{}", "y".repeat(LINE_BYTES_MAX));
        let odd: Vec<Vec<u8>> = odd.into_iter().chain([invalid, long.into_bytes()]).collect();
        for (one, line) in odd.iter().enumerate() {
            let other = &odd[(one + 1) % (odd.len() - 1)];
            let mut bytes = HEADER.as_bytes().to_vec();
            bytes.push(b'\n');
            for n in 0..400 {
                let line = match n {
                    3 | 150 | 151 => line.clone(),
                    152 | 399 => other.clone(),
                    _ => good(n).into_bytes(),
                };
                bytes.extend(line);
                bytes.push(b'\n');
            }
            bytes.pop();
            let expect = told(&bytes, 1 << 20, csv::Way::Records);
            assert!(390 < expect.len(), "{}", expect.len());
            for at_once in [7, 1_000, 1 << 20] {
                let plain = told(&bytes, at_once, csv::Way::Plain);
                assert!(plain == expect, "odd line {one}, {at_once} bytes at once");
            }
        }
    }
}
