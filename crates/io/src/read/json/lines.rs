//! NDJSON: an object a line. A line that is no JSON is a row set aside; its neighbours are read.

use std::io::Read;

use cashline_core::defect::DefectKind;
use memchr::{memchr2, memchr2_iter};

use super::{
    Piece, Visit,
    field::parse,
    object::Object,
    scan::{DEPTH_MAX, OBJECT_BYTES_MAX, Place, Scanner, Stop, reach},
};
use crate::error::Error;

/// Walks over the lines of a text, as many at once as are there.
pub(super) fn walk(reader: impl Read, take: &mut Visit<'_>) -> Result<(), Stop> {
    let mut scanner = Scanner::new(reader)?;
    while let Some(bytes) = scanner.whole_lines()? {
        if bytes == 0 {
            let line = scanner.place().line;
            take(Piece::Defect { line, column: "", kind: DefectKind::LineTooLong })?;
            scanner.skip_line()?;
            continue;
        }
        take(Piece::Lines(Lines { bytes: &scanner.bytes()[..bytes], place: scanner.place() }))?;
        scanner.consume(bytes);
    }
    Ok(())
}

/// Whole lines that stand one after the other: each with its number, trimmed, blank ones left out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines<'a> {
    bytes: &'a [u8],
    place: Place,
}

impl<'a> Iterator for Lines<'a> {
    type Item = (u64, &'a [u8]);

    fn next(&mut self) -> Option<(u64, &'a [u8])> {
        while !self.bytes.is_empty() {
            let end = memchr2(b'\n', b'\r', self.bytes).unwrap_or(self.bytes.len());
            let (text, rest) = self.bytes.split_at(end);
            let (end, rest) = rest.split_at(rest.len().min(1));
            let line = self.place.line;
            self.place.end_line(text, end);
            self.bytes = rest;
            let text = if text.len() <= OBJECT_BYTES_MAX { text.trim_ascii() } else { text };
            if !text.is_empty() {
                return Some((line, text));
            }
        }
        None
    }
}

/// Reads one of [`Lines`].
pub(super) fn one(text: &[u8], line: u64, take: &mut Visit<'_>) -> Result<(), Error> {
    let read = if text.len() <= OBJECT_BYTES_MAX { read(text) } else { Err(DefectKind::LineTooLong) };
    match read {
        Ok((text, object)) => take(Piece::Object { object: &object, text, line }),
        Err(kind) => take(Piece::Defect { line, column: "", kind }),
    }
}

/// Reads the text of one object, or says what is wrong with it.
pub(super) fn read(text: &[u8]) -> Result<(&str, Object<'_>), DefectKind> {
    let Ok(text) = std::str::from_utf8(text) else { return Err(DefectKind::BadUnicode) };
    if is_too_deep(text.as_bytes()) {
        return Err(DefectKind::TooDeep);
    }
    let mut object = Object::default();
    match parse(text, &mut object) {
        Ok(()) => Ok((text, object)),
        Err(error) => Err(fault(text, &error)),
    }
}

/// The kind of a parser's error.
pub(super) fn fault(text: &str, error: &serde_json::Error) -> DefectKind {
    // The parser names an over-long number in words only.
    if error.to_string().starts_with("number out of range") {
        DefectKind::OutOfRange
    } else if has_lone_surrogate(text.as_bytes()) {
        DefectKind::BadUnicode
    } else {
        DefectKind::BadJson
    }
}

fn is_too_deep(text: &[u8]) -> bool {
    // Few brackets cannot nest deep; only a text with many is walked over.
    let has_many = memchr2_iter(b'{', b'[', text).nth(DEPTH_MAX as usize).is_some();
    has_many && reach(text).is_none_or(|(_, deepest)| DEPTH_MAX < deepest)
}

/// True when some escape is half of a surrogate pair.
fn has_lone_surrogate(text: &[u8]) -> bool {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let mut at = 0;
    while at < text.len() {
        if text[at] != b'\\' {
            at += 1;
            continue;
        }
        match unit(at) {
            Some(0xd800..=0xdbff) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => at += 12,
            Some(0xd800..=0xdfff) => return true,
            Some(_) => at += 6,
            // Another escape, such as a backslash that is itself escaped.
            None => at += 2,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_surrogate_is_told_from_a_pair_and_from_an_escaped_backslash() {
        for (text, is_lone) in [
            (r"\ud83d\ude00", false),
            (r"\ud83d", true),
            (r"\ud83d x", true),
            (r"\ude00\ud83d", true),
            (r"\\ud83d", false),
            (r"\u0041", false),
        ] {
            assert_eq!(has_lone_surrogate(text.as_bytes()), is_lone, "{text}");
        }
    }
}
