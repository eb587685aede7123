//! Rows as compact records on disk, for this version of the records alone: what a state keeps. (Parked transactions have records of
//! their own, without what their pool and account already say.)
//!
//! A record is its length in bytes (four bytes, little-endian), then the item in postcard's encoding. Whoever writes them adds
//! packing and digest; whoever reads them checks those first, so a damaged record is an error here and never a defect of the data.

use std::io::{self, Read, Write};

use cashline_core::{defect::Defect, row::Row};
use serde::{Deserialize, Serialize};

/// Bytes that one record may have: far more than the longest row that the readers let through.
pub(crate) const RECORD_BYTES_MAX: usize = 1 << 24;

/// What is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Record<'a> {
    /// A row of a table; its `source` as it was read then.
    #[serde(borrow)]
    Row(Row<'a>),
    /// A row that was set aside.
    Defect(Defect),
}

/// Appends records to `out`; keeps one buffer.
#[derive(Debug)]
pub(crate) struct Packer<W: Write> {
    out: W,
    buffer: Vec<u8>,
}

impl<W: Write> Packer<W> {
    /// Writes to `out`, which should be buffered.
    pub(crate) fn new(out: W) -> Packer<W> {
        Packer { out, buffer: vec![] }
    }

    /// Writes a record and returns its bytes, the length included.
    ///
    /// # Errors
    ///
    /// Those of `out`; `InvalidData` when the record is longer than [`RECORD_BYTES_MAX`].
    pub(crate) fn push(&mut self, record: &Record<'_>) -> io::Result<usize> {
        self.buffer.clear();
        let buffer = std::mem::take(&mut self.buffer);
        self.buffer = postcard::to_extend(record, buffer).map_err(|error| invalid(error.to_string()))?;
        let length = u32::try_from(self.buffer.len()).ok().filter(|length| *length as usize <= RECORD_BYTES_MAX);
        let length = length.ok_or_else(|| invalid("a record is too long"))?;
        self.out.write_all(&length.to_le_bytes())?;
        self.out.write_all(&self.buffer)?;
        Ok(4 + self.buffer.len())
    }

    /// The writer below.
    pub(crate) fn into_inner(self) -> W {
        self.out
    }
}

/// Reads what a [`Packer`] wrote.
#[derive(Debug)]
pub(crate) struct Unpacker<R: Read> {
    from: R,
    buffer: Vec<u8>,
}

impl<R: Read> Unpacker<R> {
    /// Reads from `from`, which should be buffered.
    pub(crate) fn new(from: R) -> Unpacker<R> {
        Unpacker { from, buffer: vec![] }
    }

    /// The next record, which borrows from the reader; `None` at the end.
    ///
    /// # Errors
    ///
    /// Those of `from`; `UnexpectedEof` inside a record; `InvalidData` for what no [`Packer`] of this build writes.
    pub(crate) fn next_record(&mut self) -> io::Result<Option<Record<'_>>> {
        let mut length = [0_u8; 4];
        let mut filled = 0;
        while filled < length.len() {
            match self.from.read(&mut length[filled..]) {
                Ok(0) if filled == 0 => return Ok(None),
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let length = u32::from_le_bytes(length) as usize;
        if RECORD_BYTES_MAX < length {
            return Err(invalid("a record is too long"));
        }
        self.buffer.resize(length, 0);
        self.from.read_exact(&mut self.buffer)?;
        let (record, rest) = postcard::take_from_bytes(&self.buffer).map_err(|error| invalid(error.to_string()))?;
        if rest.is_empty() { Ok(Some(record)) } else { Err(invalid("a record is shorter than it says")) }
    }
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests {
    use cashline_core::{
        defect::{DefectKind, Source, Whose},
        money::Currency,
        row::{ApplicantRole, ApplicationRow, AsOf, TransactionRow, TransactionStatus},
        time::Day,
    };

    use super::*;

    fn records() -> Vec<Record<'static>> {
        let source = Source { file: 3, line: u64::MAX };
        vec![
            Record::Row(Row::Transaction(TransactionRow {
                id: "fctxn_1",
                account: "fca_1",
                amount: i64::MIN,
                currency: Currency::USD,
                description: "Überweisung \u{1F4B0}\n\0",
                livemode: None,
                status: TransactionStatus::Void,
                transacted_at: -1,
                posted_at: None,
                void_at: Some(i64::MAX),
                updated: Some(0),
                source,
            })),
            Record::Row(Row::Application(ApplicationRow {
                application_id: "",
                applicant_id: "cus_1",
                as_of: Some(AsOf::Date(Day(-1))),
                role: ApplicantRole::Guarantor,
                requested_amount: Some(1),
                term_months: None,
                instalment_amount: None,
                stated_income: None,
                currency: None,
                account_ids: vec!["a", "b"],
                extras: vec![("x", -0.0), ("y", f64::MIN_POSITIVE)],
                source,
            })),
            Record::Row(Row::Truncated { account: "fca_1" }),
            Record::Defect(Defect {
                source,
                column: "amount".to_owned(),
                kind: DefectKind::NotAnInteger,
                whose: Whose::account("fca_1"),
            }),
        ]
    }

    fn packed() -> Vec<u8> {
        let mut packer = Packer::new(vec![]);
        let lengths: usize = records().iter().map(|record| packer.push(record).expect("in memory")).sum();
        let bytes = packer.into_inner();
        assert_eq!(bytes.len(), lengths);
        bytes
    }

    #[test]
    fn what_was_packed_comes_back_to_the_last_bit() {
        let bytes = packed();
        let mut unpacker = Unpacker::new(bytes.as_slice());
        for expected in records() {
            assert_eq!(unpacker.next_record().expect("in memory"), Some(expected));
        }
        assert_eq!(unpacker.next_record().expect("in memory"), None);
    }

    #[test]
    fn a_cut_or_damaged_record_is_an_error_and_no_panic() {
        let bytes = packed();
        let read = |bytes: &[u8]| -> io::Result<usize> {
            let mut unpacker = Unpacker::new(bytes);
            let mut count = 0;
            while unpacker.next_record()?.is_some() {
                count += 1;
            }
            Ok(count)
        };
        let whole: Vec<usize> = (0..=bytes.len()).filter(|cut| read(&bytes[..*cut]).is_ok()).collect();
        // The empty prefix and the end of each of the four records.
        assert_eq!(whole.len(), 5);
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x80;
            // Some damage reads as other rows; none may panic or allocate without bound.
            let _ = read(&damaged);
        }
    }
}
