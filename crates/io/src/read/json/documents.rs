//! JSON documents of any size, one or several back to back: list envelopes, arrays, single objects. Rows are handed over
//! as they are met; only one row is held at a time. A malformed document is an error of the file, with line and column.

use std::{io::Read, sync::LazyLock};

use cashline_core::{
    defect::{DefectKind, Source},
    row::TransactionRow,
};
use memchr::{memchr, memchr_iter, memmem::Finder};

use super::{
    Piece, Visit,
    field::{check, parse},
    lines::fault,
    object::Object,
    plain,
    scan::{Extent, OBJECT_BYTES_MAX, Place, Scanner, Stop, reach},
};

/// Only an object that holds this can be a list.
static DATA: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"data\""));

/// Arrays and lists within each other, before the objects' own nesting.
const LISTS_MAX: u32 = 16;

/// Bytes in which a page's first keys stand.
const PAGE_START_BYTES: usize = 256;

/// Walks over the documents of a text.
pub(super) fn walk(reader: impl Read, take: &mut Visit<'_>) -> Result<(), Stop> {
    let mut scanner = Scanner::new(reader)?;
    while scanner.peek()?.is_some() {
        Walker { scanner: &mut scanner, take }.value(0)?;
    }
    Ok(())
}

/// True when the text of an object, as far as it is there, is a list envelope: its key `data` holds an array.
pub(super) fn is_list(text: &[u8]) -> bool {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    let skip = |at: usize| at + text[at..].iter().take_while(|byte| blank(byte)).count();
    if DATA.find(text).is_none() || text.first() != Some(&b'{') {
        return false;
    }
    let mut at = skip(1);
    while text.get(at) == Some(&b'"') {
        let Some((key, _)) = reach(&text[at..]) else { return false };
        let is_data = &text[at..at + key] == b"\"data\"";
        at = skip(at + key);
        if text.get(at) != Some(&b':') {
            return false;
        }
        at = skip(at + 1);
        if is_data {
            return text.get(at) == Some(&b'[');
        }
        if at == text.len() {
            return false;
        }
        let Some((value, _)) = reach(&text[at..]) else { return false };
        at = skip(at + value);
        if text.get(at) != Some(&b',') {
            return false;
        }
        at = skip(at + 1);
    }
    false
}

struct Walker<'w, 's, R> {
    scanner: &'w mut Scanner<R>,
    take: &'w mut Visit<'s>,
}

impl<R: Read> Walker<'_, '_, R> {
    /// One value: the first live byte starts it.
    fn value(&mut self, lists: u32) -> Result<(), Stop> {
        if LISTS_MAX < lists {
            return self.malformed("lists within lists");
        }
        match self.scanner.peek()? {
            Some(b'[') => self.array(lists + 1),
            Some(b'{') => self.object(lists),
            Some(_) => self.other(),
            None => self.malformed("the text ends where a value is due"),
        }
    }

    fn malformed<T>(&self, what: &'static str) -> Result<T, Stop> {
        Err(Stop::Malformed(self.scanner.place(), what))
    }

    /// An array whose elements are rows or lists of rows.
    fn array(&mut self, lists: u32) -> Result<(), Stop> {
        self.scanner.consume(1);
        if self.scanner.peek()? == Some(b']') {
            self.scanner.consume(1);
            return Ok(());
        }
        loop {
            self.value(lists)?;
            match self.scanner.peek()? {
                Some(b',') => self.scanner.consume(1),
                Some(b']') => {
                    self.scanner.consume(1);
                    return Ok(());
                }
                Some(_) => return self.malformed("a comma or the end of the list is due"),
                None => return self.malformed("the text ends inside a list, so rows are missing"),
            }
            if self.scanner.peek()? == Some(b']') {
                return self.malformed("a comma before the end of the list");
            }
        }
    }

    /// A number, word or text where an object is due.
    fn other(&mut self) -> Result<(), Stop> {
        let line = self.scanner.place().line;
        match self.scanner.extent()? {
            Extent::Whole { bytes, .. } => {
                let text = &self.scanner.bytes()[..bytes];
                if bytes == 0 {
                    return self.malformed("a value is due");
                }
                if let Err(error) = check(text) {
                    return Err(syntax(self.scanner.place(), text, &error));
                }
                self.scanner.consume(bytes);
            }
            Extent::TooLong => {
                self.scanner.skip_value()?;
            }
            Extent::Cut => return self.malformed("the text ends inside a value"),
        }
        Ok((self.take)(Piece::Defect { line, column: "object", kind: DefectKind::UnknownObject })?)
    }

    fn object(&mut self, lists: u32) -> Result<(), Stop> {
        let place = self.scanner.place();
        let Walker { scanner, take } = self;
        if let Some((row, bytes)) = plain_transaction(scanner.bytes(), place) {
            take(Piece::Transaction(row))?;
            scanner.consume(bytes);
            return Ok(());
        }
        // Pages say what they are in their first keys; looking there first saves walking over the whole page.
        let start = scanner.bytes();
        if is_list(&start[..start.len().min(PAGE_START_BYTES)]) {
            return self.list(lists + 1);
        }
        match scanner.extent()? {
            Extent::Whole { bytes, .. } if is_list(&scanner.bytes()[..bytes]) => return self.list(lists + 1),
            Extent::Whole { bytes, is_too_deep } => {
                let text = &scanner.bytes()[..bytes];
                row(text, is_too_deep, place, take)?;
                scanner.consume(bytes);
                return Ok(());
            }
            Extent::TooLong | Extent::Cut if is_list(scanner.bytes()) => return self.list(lists + 1),
            Extent::TooLong if self.scanner.skip_value()? => {}
            Extent::TooLong | Extent::Cut => {
                return Err(Stop::Malformed(
                    place,
                    "the text ends inside the object that starts here, so rows are missing",
                ));
            }
        }
        Ok((self.take)(Piece::Defect { line: place.line, column: "", kind: DefectKind::LineTooLong })?)
    }

    /// A list envelope, key by key, its elements as they come.
    fn list(&mut self, lists: u32) -> Result<(), Stop> {
        (self.take)(Piece::PageStart)?;
        let (mut url, mut has_more, mut has_data) = (None, false, false);
        self.scanner.consume(1);
        loop {
            if self.scanner.peek()? != Some(b'"') {
                return self.malformed("a key is due");
            }
            let key = self.small::<String>()?;
            if self.scanner.peek()? != Some(b':') {
                return self.malformed("a colon is due");
            }
            self.scanner.consume(1);
            let first = self.scanner.peek()?;
            match key.as_str() {
                "data" if first == Some(b'[') => {
                    if std::mem::replace(&mut has_data, true) {
                        return self.malformed("the key `data` stands twice");
                    }
                    if LISTS_MAX < lists {
                        return self.malformed("lists within lists");
                    }
                    self.array(lists + 1)?;
                }
                "url" => url = self.small::<Option<String>>()?,
                "has_more" => {
                    has_more = match first {
                        Some(b't' | b'f' | b'n') => self.small::<Option<bool>>()?.unwrap_or(false),
                        _ => return self.malformed("`has_more` is neither true nor false"),
                    }
                }
                _ => self.pass()?,
            }
            match self.scanner.peek()? {
                Some(b',') => self.scanner.consume(1),
                Some(b'}') => break,
                Some(_) => return self.malformed("a comma or the end of the object is due"),
                None => return self.malformed("the text ends inside a list, so rows are missing"),
            }
            if self.scanner.peek()? == Some(b'}') {
                return self.malformed("a comma before the end of the object");
            }
        }
        self.scanner.consume(1);
        Ok((self.take)(Piece::PageEnd { url: url.as_deref(), has_more })?)
    }

    /// A small value of an envelope.
    fn small<T: serde::de::DeserializeOwned>(&mut self) -> Result<T, Stop> {
        let place = self.scanner.place();
        let Extent::Whole { bytes, .. } = self.scanner.extent()? else {
            return self.malformed("the text ends inside a value");
        };
        let text = &self.scanner.bytes()[..bytes];
        let value = serde_json::from_slice(text).map_err(|error| syntax(place, text, &error))?;
        self.scanner.consume(bytes);
        Ok(value)
    }

    /// A value of an envelope that says nothing to us, but must be valid.
    fn pass(&mut self) -> Result<(), Stop> {
        let place = self.scanner.place();
        match self.scanner.extent()? {
            Extent::Whole { bytes, .. } => {
                let text = &self.scanner.bytes()[..bytes];
                check(text).map_err(|error| syntax(place, text, &error))?;
                self.scanner.consume(bytes);
                Ok(())
            }
            Extent::TooLong if self.scanner.skip_value()? => Ok(()),
            Extent::TooLong | Extent::Cut => self.malformed("the text ends inside a value"),
        }
    }
}

/// The transaction that these bytes begin with, and how many it takes up, when it is plain: then at most one object stands
/// inside it, and no bracket in its texts.
fn plain_transaction(bytes: &[u8], place: Place) -> Option<(TransactionRow<'_>, usize)> {
    let end = |from: usize| memchr(b'}', &bytes[from..]).map(|at| from + at + 1);
    let first = end(0)?;
    let end = match memchr_iter(b'{', &bytes[..first]).count() {
        1 => first,
        2 => end(first)?,
        _ => return None,
    };
    let text = Some(&bytes[..end]).filter(|text| text.len() <= OBJECT_BYTES_MAX)?;
    let source = Source { file: 0, line: place.line };
    Some((plain::transaction(std::str::from_utf8(text).ok()?, source)?, end))
}

fn row(text: &[u8], is_too_deep: bool, place: Place, take: &mut Visit<'_>) -> Result<(), Stop> {
    let line = place.line;
    let defect = |kind| Piece::Defect { line, column: "", kind };
    if is_too_deep {
        return Ok(take(defect(DefectKind::TooDeep))?);
    }
    let Ok(text) = std::str::from_utf8(text) else { return Ok(take(defect(DefectKind::BadUnicode))?) };
    let mut object = Object::default();
    match parse(text, &mut object) {
        Ok(()) => Ok(take(Piece::Object { object: &object, text, line })?),
        Err(error) => match fault(text, &error) {
            DefectKind::BadJson => Err(syntax(place, text.as_bytes(), &error)),
            kind => Ok(take(defect(kind))?),
        },
    }
}

/// Where in the file a parser's error is, and what it is.
fn syntax(start: Place, text: &[u8], error: &serde_json::Error) -> Stop {
    // The parser counts lines by LF and columns by bytes; the file's place is counted from the bytes before.
    let mut at = 0;
    for _ in 1..error.line() {
        at += memchr::memchr(b'\n', &text[at..]).map_or(0, |more| more + 1);
    }
    let at = (at + error.column().saturating_sub(1)).min(text.len());
    let before = text[..at].iter().rev().find(|byte| !byte.is_ascii_whitespace());
    let is_closing = matches!(text.get(at), Some(b'}' | b']'));
    let what = if is_closing && before == Some(&b',') { "a comma before the end" } else { "no valid JSON" };
    Stop::Malformed(start.after(&text[..at]), what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_told_by_its_data_and_not_by_the_order_of_its_keys() {
        for (text, expected) in [
            (r#"{"object":"list","data":[1"#, true),
            (r#"{"data" : [ ], "has_more": false}"#, true),
            (r#"{"url":"{","has_more":true,"data":[]}"#, true),
            (r#"{"object":"event","data":{"object":{"data":[]}}}"#, false),
            (r#"{"a":{"data":[]},"b":1}"#, false),
            (r#"{"description":"\"data\":["}"#, false),
            (r#"{"data"#, false),
            (r#"{"data":"#, false),
        ] {
            assert_eq!(is_list(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn a_plain_transaction_ends_where_its_own_bracket_closes_and_one_that_is_cut_or_odd_is_none() {
        let of = |description: &str, more: &str| {
            format!(
                r#"{{"id":"t","object":"financial_connections.transaction","account":"a","amount":-5,"currency":"usd","description":"{description}","status":"posted",{more}"transacted_at":1767225600}}"#
            )
        };
        let place = Place::START.after(b"\n\n\n\n\n\n");
        for more in
            ["", r#""status_transitions":{"posted_at":1767225605,"void_at":null},"#, r#""status_transitions":{},"#]
        {
            let text = of("x", more);
            for behind in ["", "]", ",{}", "}", " \n{"] {
                let whole = format!("{text}{behind}");
                let (row, bytes) = plain_transaction(whole.as_bytes(), place).expect("plain");
                assert_eq!((row.amount, row.source.line, bytes), (-5, 7, text.len()), "{whole}");
            }
            for cut in 0..text.len() {
                assert!(plain_transaction(&text.as_bytes()[..cut], place).is_none(), "{}", &text[..cut]);
            }
        }
        let two = r#""status_transitions":{"posted_at":{},"void_at":{}},"#;
        for odd in
            [of("a } b", ""), of("a { b", ""), of(r#"a \" b"#, ""), of("x", two), "{}".to_owned(), "[1]".to_owned()]
        {
            assert!(plain_transaction(odd.as_bytes(), place).is_none(), "{odd}");
        }
    }
}
