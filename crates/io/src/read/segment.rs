//! A state's segment: rows as an earlier night read them, in this build's own records. What writes them is [`crate::state`].
//!
//! A segment is two zstd frames: a line that names the format with a line of JSON about the files it was made of, and the
//! records. It is an input like any other, so rows of a state and rows of tonight's files are one portfolio.

use std::io::{self, BufRead as _, BufReader, Read as _};

use cashline_core::{
    defect::{Defect, Source},
    row::Row,
};
use serde::{Deserialize, Serialize};

use super::{Detected, Facts, Head, InputFile, Item, Layout, ListEnd, ListOf, ReadOptions, Sink, Table, open};
use crate::{
    error::Error,
    packed::{Record, Unpacker},
};

/// The first line, before the version.
pub(crate) const MAGIC: &str = "cashline state segment ";
/// The version of header and records. A test says when the records changed.
pub(crate) const VERSION: u32 = 4;
/// The oldest version that is read too: its header has the lists of balances among those of transactions, its records are the same.
const VERSION_MIN: u32 = 3;
/// Bytes that the header may have.
const HEADER_BYTES_MAX: u64 = 1 << 32;

/// Segments of a state.
pub(crate) const LAYOUT: Layout = Layout {
    name: "state_segment",
    arises: "a state keeps the rows of earlier nights (`score --since`)",
    detect: |head, _| detect(head),
    read,
    batches: None,
};

/// What the second line says.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    /// Tables that the files were given or found to hold, whether or not they held a row.
    pub(crate) holds: Vec<String>,
    /// Lists of accounts' transactions, by account: whether more follow.
    pub(crate) accounts: Vec<(String, bool)>,
    /// Lists of accounts' balances, by account: whether more follow.
    #[serde(default)]
    pub(crate) balances: Vec<(String, bool)>,
    /// Lists of accounts, by address: whether more follow.
    pub(crate) lists: Vec<(String, bool)>,
}

impl Header {
    /// Of files with what reading them taught. A list is whole when it is whole in any of them.
    pub(crate) fn of(files: &[(Option<Table>, Facts)]) -> Header {
        let mut holds: Vec<String> = vec![];
        let mut ends: std::collections::BTreeMap<&ListOf, bool> = std::collections::BTreeMap::new();
        for (table, facts) in files {
            holds.extend(table.iter().chain(&facts.holds).map(|table| table.name().to_owned()));
            for end in &facts.lists {
                *ends.entry(&end.of).or_insert(true) &= end.has_more;
            }
        }
        holds.sort_unstable();
        holds.dedup();
        let mut header = Header { holds, ..Header::default() };
        for (of, has_more) in ends {
            match of {
                ListOf::Account(account) => header.accounts.push((account.clone(), has_more)),
                ListOf::Balances(account) => header.balances.push((account.clone(), has_more)),
                ListOf::Accounts(address) => header.lists.push((address.clone(), has_more)),
            }
        }
        header
    }

    fn facts(self, facts: Facts) -> Facts {
        let of_accounts = self.accounts.into_iter().map(|(id, has_more)| (ListOf::Account(id), has_more));
        let of_balances = self.balances.into_iter().map(|(id, has_more)| (ListOf::Balances(id), has_more));
        let of_lists = self.lists.into_iter().map(|(address, has_more)| (ListOf::Accounts(address), has_more));
        let all = of_accounts.chain(of_balances).chain(of_lists);
        let lists = all.map(|(of, has_more)| ListEnd { of, has_more }).collect();
        let holds = Table::all().filter(|table| self.holds.iter().any(|name| name == table.name())).collect();
        Facts { lists, holds, ..facts }
    }
}

fn detect(head: &Head<'_>) -> Detected {
    let Some(rest) = head.bytes.strip_prefix(MAGIC.as_bytes()) else { return Detected::No };
    refusal(rest).map_or(Detected::Yes(None), Detected::Refused)
}

/// Why a segment whose text goes on so behind [`MAGIC`] is not read; `None` when it is.
fn refusal(rest: &[u8]) -> Option<String> {
    let version = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if (VERSION_MIN..=VERSION).any(|known| version == known.to_string().as_bytes()) {
        return None;
    }
    let version = String::from_utf8_lossy(&version[..version.len().min(20)]).into_owned();
    Some(format!(
        "a state's segment of version {}, where this build reads version {VERSION}; begin a new state over all files",
        version.escape_default()
    ))
}

fn read(file: &InputFile, _: &ReadOptions, sink: &mut Sink<'_>) -> Result<Facts, Error> {
    let mut content = open::open(file)?;
    let outcome = records(BufReader::with_capacity(1 << 18, &mut content), file.index, sink);
    match outcome {
        Ok(header) => Ok(header.facts(content.finish()?)),
        Err(Stop::Sink(error)) => Err(error),
        Err(Stop::Refused(message)) => Err(Error::Unusable { path: file.path.clone(), message }),
        Err(Stop::Read(error)) if error.raw_os_error().is_some() => Err(content.explain(error)),
        Err(Stop::Read(_)) => Err(damaged(file)),
    }
}

fn damaged(file: &InputFile) -> Error {
    let message = "the state's segment is damaged; restore the state from a copy, or begin a new one over all files";
    Error::Unusable { path: file.path.clone(), message: message.to_owned() }
}

enum Stop {
    Sink(Error),
    Read(io::Error),
    /// Of a version that this build does not read.
    Refused(String),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        Stop::Read(error)
    }
}

fn records(mut from: BufReader<&mut open::Content>, index: u32, sink: &mut Sink<'_>) -> Result<Header, Stop> {
    let mut line = vec![];
    from.by_ref().take(64).read_until(b'\n', &mut line)?;
    if let Some(message) = line.strip_prefix(MAGIC.as_bytes()).and_then(refusal) {
        return Err(Stop::Refused(message));
    }
    line.clear();
    from.by_ref().take(HEADER_BYTES_MAX).read_until(b'\n', &mut line)?;
    let header: Header = serde_json::from_slice(&line).map_err(io::Error::from)?;
    let mut unpacker = Unpacker::new(from);
    while let Some(record) = unpacker.next_record()? {
        let item = match record {
            Record::Row(row) => Item::Row(at(row, index)),
            Record::Defect(defect) => {
                Item::Defect(Defect { source: Source { file: index, ..defect.source }, ..defect })
            }
        };
        sink(item).map_err(Stop::Sink)?;
    }
    Ok(header)
}

/// The row with this file as its source; the line is that of the file it came from.
fn at(mut row: Row<'_>, index: u32) -> Row<'_> {
    match &mut row {
        Row::Application(row) => row.source.file = index,
        Row::Account(row) => row.source.file = index,
        Row::Balance(row) => row.source.file = index,
        Row::Transaction(row) => row.source.file = index,
        Row::Correction(row) => row.source.file = index,
        Row::Truncated { .. } => {}
    }
    row
}

#[cfg(test)]
mod tests {
    use cashline_core::{
        defect::{DefectKind, Whose},
        money::Currency,
        row::{
            AccountChange, AccountNumbers, AccountRow, AsOf, BalanceRow, CorrectionRow, NumberStatus, TransactionRow,
        },
        time::Day,
    };

    use super::*;
    use crate::{commit::sha256_hex, packed::Packer};

    /// A state outlives the build that wrote it, and its records name no field: whoever changes a row must say so.
    #[test]
    fn the_version_changes_whenever_the_records_do() {
        let source = Source { file: 1, line: 2 };
        let application = cashline_core::row::ApplicationRow {
            application_id: "app_1",
            applicant_id: "cus_1",
            as_of: Some(AsOf::Date(Day(3))),
            role: cashline_core::row::ApplicantRole::Co,
            requested_amount: Some(4),
            term_months: Some(5),
            instalment_amount: Some(6),
            stated_income: Some(7),
            currency: Some(Currency::USD),
            account_ids: vec!["fca_1"],
            extras: vec![("x", 0.5)],
            source,
        };
        let account = AccountRow {
            expected_deactivation: Some(8),
            authorization: Some("fcauth_1"),
            numbers: Some(AccountNumbers { status: NumberStatus::Transactable, expires: Some(15) }),
            ach_debit: Some(true),
            change: Some(AccountChange::Authorization { ends: Some(16), is_announced: true }),
            known_at: Some(9),
            ..AccountRow::checking("fca_1", "cus_1")
        };
        let correction = CorrectionRow {
            transaction_id: "fctxn_1",
            action: "exclude",
            purpose: Some("rent"),
            by: "staff",
            why: "why",
            at: AsOf::Instant(10),
            source,
        };
        let records = [
            Record::Row(Row::Application(application)),
            Record::Row(Row::Account(account)),
            Record::Row(Row::Balance(BalanceRow::reported("fca_1", 11, 12))),
            Record::Row(Row::Transaction(TransactionRow::posted("fctxn_1", "fca_1", -13, 14))),
            Record::Row(Row::Correction(correction)),
            Record::Row(Row::Truncated { account: "fca_1" }),
            Record::Defect(Defect {
                source,
                column: "amount".to_owned(),
                kind: DefectKind::NotAnInteger,
                whose: Whose::account("fca_1"),
            }),
        ];
        let mut packer = Packer::new(vec![]);
        for record in &records {
            packer.push(record).expect("in memory");
        }
        let known = (4, "29cb9b519abfab9ba87fedc33afe2eb18feccae85d968f6f09a7d27189fa4ff4");
        assert_eq!(
            (VERSION, sha256_hex(&packer.into_inner()).as_str()),
            known,
            "count VERSION up, then note the digest here"
        );
    }

    #[test]
    fn a_segment_of_another_version_is_refused_by_name() {
        let head = |bytes| detect(&Head::new(bytes, true));
        for known in [&b"cashline state segment 3\n{}\n"[..], b"cashline state segment 4\n{}\n"] {
            assert_eq!(head(known), Detected::Yes(None));
        }
        assert_eq!(head(b"{\"object\":\"list\"}"), Detected::No);
        let Detected::Refused(message) = head(b"cashline state segment 9\n{}\n") else { panic!("refused") };
        assert!(message.contains("version 9") && message.contains("begin a new state"), "{message}");
    }

    #[test]
    fn a_list_is_open_only_when_it_is_in_every_file_that_holds_its_pages() {
        let facts = |ends: &[(&str, bool)]| {
            let end =
                |(id, has_more): &(&str, bool)| ListEnd { of: ListOf::Account((*id).to_owned()), has_more: *has_more };
            Facts {
                bytes: 0,
                sha256: [0; 32],
                lists: ends.iter().map(end).collect(),
                holds: vec![Table::Corrections],
                remarks: vec![],
            }
        };
        let files = [(Some(Table::Transactions), facts(&[("a", true), ("b", true)])), (None, facts(&[("a", false)]))];
        let header = Header::of(&files);
        assert_eq!(header.accounts, [("a".to_owned(), false), ("b".to_owned(), true)]);
        assert_eq!(header.holds, ["corrections", "transactions"]);
        let back = header.facts(facts(&[]));
        assert_eq!((back.lists.len(), back.holds), (2, vec![Table::Transactions, Table::Corrections]));
    }

    #[test]
    fn a_header_keeps_lists_of_transactions_and_of_balances_apart_and_one_of_version_3_is_read() {
        let ends = [(ListOf::Account("a".to_owned()), false), (ListOf::Balances("a".to_owned()), true)];
        let lists: Vec<ListEnd> = ends.map(|(of, has_more)| ListEnd { of, has_more }).into();
        let facts = Facts { bytes: 0, sha256: [0; 32], lists: lists.clone(), holds: vec![], remarks: vec![] };
        let text = serde_json::to_string(&Header::of(&[(None, facts.clone())])).expect("in memory");
        let header: Header = serde_json::from_str(&text).expect("it was written so");
        assert_eq!(header.facts(Facts { lists: vec![], ..facts }).lists, lists);
        let before = r#"{"holds":["accounts"],"accounts":[["a",true]],"lists":[]}"#;
        let header: Header = serde_json::from_str(before).expect("as version 3 wrote it");
        assert_eq!((header.accounts, header.balances), (vec![("a".to_owned(), true)], vec![]));
    }
}
