//! The lines of a plain table of text. The same scanner as for exports, which takes no stray quote for text: where nobody lists
//! what was set aside, the first bad line refuses the file.

use std::io::Read;

use cashline_core::defect::DefectKind;

use crate::read::scan::{ScanError, Scanned, Scanner, TextRecord};

/// Rows under a header.
pub(super) struct Lines<R> {
    scanner: Scanner<R>,
    names: Vec<String>,
}

impl<R: Read> Lines<R> {
    /// Reads the header; of an empty file it is empty.
    pub(super) fn new(input: R) -> Result<Lines<R>, ScanError> {
        let mut scanner = Scanner::new(input, b',')?;
        let names = text(scanner.next()?)?.map(|header| header.iter().map(|name| name.trim().to_owned()).collect());
        Ok(Lines { scanner, names: names.unwrap_or_default() })
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn into_names(self) -> Vec<String> {
        self.names
    }

    /// The next row, which has as many cells as the header.
    pub(super) fn next(&mut self) -> Result<Option<TextRecord<'_>>, ScanError> {
        let scanned = self.scanner.next()?;
        if let Scanned::Row(row) = &scanned
            && row.len() != self.names.len()
        {
            let message = format!("line {}: has {} cells, the header {}", row.line, row.len(), self.names.len());
            return Err(ScanError::Refused(message));
        }
        text(scanned)
    }
}

fn text(scanned: Scanned<'_>) -> Result<Option<TextRecord<'_>>, ScanError> {
    let refused = |line: u64, what: &str| ScanError::Refused(format!("line {line}: {what}"));
    match scanned {
        Scanned::End => Ok(None),
        Scanned::Row(row) => row.text().map(Some).map_err(|_| refused(row.line, "is no UTF-8")),
        Scanned::Bad(row, DefectKind::BadQuote) => {
            let what = "a quote stands inside a cell; put the cell in quotes and double those inside";
            Err(refused(row.line, what))
        }
        Scanned::Bad(row, kind) => Err(refused(row.line, &format!("cannot be read ({})", kind.code()))),
    }
}
