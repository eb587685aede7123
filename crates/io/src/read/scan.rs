//! A strict CSV scanner for large tables: RFC 4180, one delimiter, bounded memory, lines counted as an editor counts them.
//!
//! General readers repair what they should refuse: they take stray quotes as text, let one quote swallow the rows after it,
//! and lose lines where records end in a lone CR. Here a stray quote costs the line it stands on and no other, and a
//! quote that is never closed costs the file.

use std::io::{self, Read};

use cashline_core::defect::DefectKind;
use memchr::{memchr, memchr_iter, memchr2, memchr3, memrchr};

/// Longest record in bytes; a longer line is a defect, a quoted field that runs on for longer refuses the file.
pub(crate) const LINE_BYTES_MAX: usize = 1024 * 1024;
/// Most columns of a table.
pub(crate) const COLUMNS_MAX: usize = 1_024;
const CHUNK_BYTES: usize = 256 * 1024;
const REACH_BYTES_MIN: usize = 1024;

/// Why a file cannot be read on.
#[derive(Debug)]
pub(crate) enum ScanError {
    /// The system, or the unpacker, failed.
    Io(io::Error),
    /// The file as a whole is unusable; the message says why and the way out.
    Refused(String),
}

impl From<io::Error> for ScanError {
    fn from(error: io::Error) -> ScanError {
        ScanError::Io(error)
    }
}

/// The fields of one record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record<'b> {
    /// Line on which the record starts, from 1.
    pub(crate) line: u64,
    bytes: &'b [u8],
    bounds: &'b [(usize, usize)],
}

impl<'b> Record<'b> {
    /// A line without quotes; `bounds` is room for where its fields stand.
    pub(crate) fn of_line(
        line: u64,
        bytes: &'b [u8],
        delimiter: u8,
        bounds: &'b mut Vec<(usize, usize)>,
    ) -> Record<'b> {
        split(bytes, delimiter, bounds);
        Record { line, bytes, bounds }
    }

    /// Number of fields.
    pub(crate) fn len(&self) -> usize {
        self.bounds.len()
    }

    /// The bytes of a field; empty when there is none.
    pub(crate) fn field(&self, at: usize) -> &'b [u8] {
        let bounds = self.bounds.get(at);
        bounds.and_then(|(from, to)| self.bytes.get(*from..*to)).unwrap_or_default()
    }

    /// The fields as text, or the index of the first field that is not UTF-8.
    pub(crate) fn text(&self) -> Result<TextRecord<'b>, usize> {
        match std::str::from_utf8(self.bytes) {
            Ok(text) => Ok(TextRecord { text, bounds: self.bounds }),
            Err(error) => Err(self.field_at(error.valid_up_to())),
        }
    }

    /// The index of the first field that holds a NUL.
    pub(crate) fn nul(&self) -> Option<usize> {
        memchr(0, self.bytes).map(|at| self.field_at(at))
    }

    fn field_at(&self, byte: usize) -> usize {
        self.bounds.iter().position(|(_, to)| byte < *to).unwrap_or(self.bounds.len().saturating_sub(1))
    }
}

/// The fields of one record whose text is valid UTF-8.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextRecord<'b> {
    text: &'b str,
    bounds: &'b [(usize, usize)],
}

impl<'b> TextRecord<'b> {
    /// A field; empty when there is none.
    pub(crate) fn get(&self, at: usize) -> &'b str {
        let bounds = self.bounds.get(at);
        bounds.and_then(|(from, to)| self.text.get(*from..*to)).unwrap_or_default()
    }

    /// All fields in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'b str> {
        let text = self.text;
        self.bounds.iter().map(move |(from, to)| text.get(*from..*to).unwrap_or_default())
    }
}

/// What the scanner met.
#[derive(Debug)]
pub(crate) enum Scanned<'b> {
    /// A record.
    Row(Record<'b>),
    /// A record set aside, with the fields that were whole before the fault.
    Bad(Record<'b>, DefectKind),
    /// The end of the file.
    End,
}

/// How the record that was found last is stored, so that it can be lent out after the search.
enum Shape {
    Plain { end: usize },
    Quoted,
    Bad(DefectKind),
    End,
}

/// Where the fields of a line without quotes stand.
fn split(line: &[u8], delimiter: u8, bounds: &mut Vec<(usize, usize)>) {
    bounds.clear();
    let mut from = 0;
    for to in memchr_iter(delimiter, line) {
        bounds.push((from, to));
        from = to + 1;
    }
    bounds.push((from, line.len()));
}

/// Reads records one by one, or many plain lines at once.
#[derive(Debug)]
pub(crate) struct Scanner<R> {
    input: R,
    delimiter: u8,
    buffer: Vec<u8>,
    // Unread bytes are `buffer[start..end]`; all offsets below are relative to `start`, which compaction moves.
    start: usize,
    end: usize,
    ended: bool,
    last_byte: u8,
    line: u64,
    // What the record lent out last takes up; consumed on the next call.
    used: usize,
    used_lines: u64,
    scratch: Vec<u8>,
    bounds: Vec<(usize, usize)>,
    // How far the search for plain lines looks: as far as it was worth before.
    reach: usize,
}

impl<R: Read> Scanner<R> {
    /// Starts reading; a UTF-8 byte order mark is stripped.
    pub(crate) fn new(input: R, delimiter: u8) -> Result<Scanner<R>, ScanError> {
        let mut scanner = Scanner {
            input,
            delimiter,
            buffer: vec![0; CHUNK_BYTES],
            start: 0,
            end: 0,
            ended: false,
            last_byte: b'\n',
            line: 1,
            used: 0,
            used_lines: 0,
            scratch: Vec::new(),
            bounds: Vec::new(),
            reach: REACH_BYTES_MIN,
        };
        while !scanner.ended && scanner.end < 3 {
            scanner.fill()?;
        }
        if scanner.buffer[..scanner.end].starts_with(b"\xEF\xBB\xBF") {
            scanner.start = 3;
        }
        Ok(scanner)
    }

    /// Passes over the record lent out last.
    fn pass(&mut self) {
        self.start += self.used;
        self.line += self.used_lines;
        (self.used, self.used_lines) = (0, 0);
    }

    /// The lines that lie ready whole, with the number of the first, up to one that holds a quote, a CR, a NUL or no UTF-8.
    /// Empty when already the next line is such a one or not whole: then [`Scanner::next`] reads it.
    pub(crate) fn plain_lines(&mut self) -> (u64, &str) {
        self.pass();
        let whole = |bytes: &[u8]| memrchr(b'\n', bytes).map_or(0, |at| at + 1);
        let ready = &self.buffer[self.start..self.end.min(self.start + self.reach)];
        let plain = &ready[..memchr3(b'"', b'\r', 0, ready).unwrap_or(ready.len())];
        let lines = &plain[..whole(plain)];
        let text = std::str::from_utf8(lines);
        // Whatever stands in the way, it costs no more than a search of the least reach, so that none is done over and over.
        let is_free = plain.len() == ready.len() && text.is_ok();
        self.reach = if is_free { CHUNK_BYTES.min(2 * self.reach) } else { REACH_BYTES_MIN };
        let text = text.or_else(|error| {
            let before = &lines[..error.valid_up_to()];
            std::str::from_utf8(&before[..whole(before)])
        });
        (self.line, text.unwrap_or_default())
    }

    /// Passes over so many of the lines that [`Scanner::plain_lines`] gave, which take up so many bytes.
    pub(crate) fn pass_over(&mut self, lines: u64, bytes: usize) {
        self.start += bytes;
        self.line += lines;
    }

    /// The next record; blank lines are passed over.
    pub(crate) fn next(&mut self) -> Result<Scanned<'_>, ScanError> {
        self.pass();
        let shape = self.find()?;
        let line = self.line;
        Ok(match shape {
            Shape::End => Scanned::End,
            Shape::Plain { end } => {
                let bytes = &self.buffer[self.start..self.start + end];
                Scanned::Row(Record { line, bytes, bounds: &self.bounds })
            }
            Shape::Quoted => Scanned::Row(Record { line, bytes: &self.scratch, bounds: &self.bounds }),
            Shape::Bad(kind) => Scanned::Bad(Record { line, bytes: &self.scratch, bounds: &self.bounds }, kind),
        })
    }

    fn find(&mut self) -> Result<Shape, ScanError> {
        loop {
            let Some((end, next)) = self.line_end(0)? else {
                return self.skip_long_line();
            };
            if next == 0 {
                return self.finish();
            }
            (self.used, self.used_lines) = (next, 1);
            if 0 < end {
                let line = &self.buffer[self.start..self.start + end];
                if memchr(b'"', line).is_some() {
                    return self.quoted(end, next);
                }
                split(line, self.delimiter, &mut self.bounds);
                return Ok(Shape::Plain { end });
            }
            self.start += next;
            self.line += 1;
            (self.used, self.used_lines) = (0, 0);
        }
    }

    /// Whether the text ended inside a line though others before it ended: it may have been cut there.
    pub(crate) fn ends_inside_a_line(&self) -> bool {
        self.ended && 2 < self.line && !matches!(self.last_byte, b'\n' | b'\r')
    }

    /// A disk that lost a write leaves NUL bytes where the tail should be.
    fn finish(&self) -> Result<Shape, ScanError> {
        if self.last_byte == 0 {
            let message = "ends in NUL bytes: its tail was never written to disk; export it again";
            return Err(ScanError::Refused(message.to_owned()));
        }
        Ok(Shape::End)
    }

    /// Where the line that holds `offset` ends and where the next one starts; `None` when it is longer than the limit.
    fn line_end(&mut self, offset: usize) -> Result<Option<(usize, usize)>, ScanError> {
        let mut searched = offset;
        loop {
            let window = &self.buffer[self.start + searched..self.end];
            match memchr2(b'\n', b'\r', window) {
                Some(at) => {
                    let end = searched + at;
                    if LINE_BYTES_MAX < end {
                        return Ok(None);
                    }
                    if window[at] == b'\n' {
                        return Ok(Some((end, end + 1)));
                    }
                    // A CR at the end of the buffer may be half of a CRLF.
                    if at + 1 < window.len() || self.ended {
                        let pair = usize::from(window.get(at + 1) == Some(&b'\n'));
                        return Ok(Some((end, end + 1 + pair)));
                    }
                    searched = end;
                }
                None => {
                    searched += window.len();
                    if LINE_BYTES_MAX < searched {
                        return Ok(None);
                    }
                    if self.ended {
                        return Ok(Some((searched, searched)));
                    }
                }
            }
            self.fill()?;
        }
    }

    /// Splits a record that holds quotes; its fields are copied, since quotes inside them are doubled.
    fn quoted(&mut self, first_end: usize, first_next: usize) -> Result<Shape, ScanError> {
        self.scratch.clear();
        self.bounds.clear();
        let (mut end, mut next, mut at) = (first_end, first_next, 0);
        loop {
            let from = self.scratch.len();
            let bytes = &self.buffer[self.start..self.end];
            if at < end && bytes[at] == b'"' {
                at += 1;
                (at, end, next) = self.quoted_field(at, end, next)?;
                let bytes = &self.buffer[self.start..self.end];
                if at < end && bytes[at] != self.delimiter {
                    return Ok(self.bad_quote(from));
                }
            } else {
                let stop = memchr(self.delimiter, &bytes[at..end]).map_or(end, |found| at + found);
                if memchr(b'"', &bytes[at..stop]).is_some() {
                    return Ok(self.bad_quote(from));
                }
                self.scratch.extend_from_slice(&bytes[at..stop]);
                at = stop;
            }
            self.bounds.push((from, self.scratch.len()));
            if at == end {
                self.used = next;
                return Ok(Shape::Quoted);
            }
            // The delimiter stays between the fields, so that halves of characters never join across fields.
            self.scratch.push(self.delimiter);
            at += 1;
        }
    }

    /// Copies a quoted field from behind its opening quote; gives the place behind the closing one and that line's end.
    fn quoted_field(
        &mut self,
        mut at: usize,
        mut end: usize,
        mut next: usize,
    ) -> Result<(usize, usize, usize), ScanError> {
        loop {
            let bytes = &self.buffer[self.start..self.end];
            match memchr(b'"', &bytes[at..end]) {
                Some(found) => {
                    self.scratch.extend_from_slice(&bytes[at..at + found]);
                    at += found + 1;
                    if at == end || bytes[at] != b'"' {
                        return Ok((at, end, next));
                    }
                    self.scratch.push(b'"');
                    at += 1;
                }
                None => {
                    self.scratch.extend_from_slice(&bytes[at..next]);
                    at = next;
                    let following = if LINE_BYTES_MAX < at { None } else { self.line_end(at)? };
                    match following {
                        Some((_, after)) if after == at => return Err(self.unclosed("is not closed before the end")),
                        None => return Err(self.unclosed("is not closed within 1 MiB")),
                        Some(found) => (end, next) = found,
                    }
                    self.used_lines += 1;
                }
            }
        }
    }

    fn unclosed(&self, what: &str) -> ScanError {
        let line = self.line;
        ScanError::Refused(format!("line {line}: a quote {what}; double the quotes inside text and export it again"))
    }

    /// Sets the record aside and goes on with the next line, so that a stray quote swallows nothing.
    fn bad_quote(&mut self, from: usize) -> Shape {
        self.scratch.truncate(from);
        let next = self.line_end(0).ok().flatten().map_or(0, |found| found.1);
        (self.used, self.used_lines) = (next, 1);
        Shape::Bad(DefectKind::BadQuote)
    }

    fn skip_long_line(&mut self) -> Result<Shape, ScanError> {
        self.scratch.clear();
        self.bounds.clear();
        loop {
            let window = &self.buffer[self.start..self.end];
            match memchr2(b'\n', b'\r', window) {
                Some(at) if at + 1 < window.len() || self.ended => {
                    let pair = window[at] == b'\r' && window.get(at + 1) == Some(&b'\n');
                    self.used = at + 1 + usize::from(pair);
                    self.used_lines = 1;
                    return Ok(Shape::Bad(DefectKind::LineTooLong));
                }
                Some(at) => self.start += at,
                None => {
                    self.start = self.end;
                    if self.ended {
                        return Ok(Shape::Bad(DefectKind::LineTooLong));
                    }
                }
            }
            self.fill()?;
        }
    }

    /// Reads more behind the unread bytes; sets `ended` when there is none.
    fn fill(&mut self) -> Result<(), ScanError> {
        if 0 < self.start {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.buffer.len() - self.end < CHUNK_BYTES / 2 {
            self.buffer.resize(self.buffer.len() + CHUNK_BYTES, 0);
        }
        loop {
            match self.input.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.ended = true,
                Ok(count) => {
                    self.end += count;
                    self.last_byte = self.buffer[self.end - 1];
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            }
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time, so that every boundary falls everywhere.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            (out[0], self.0) = (*first, rest);
            Ok(1)
        }
    }

    fn scan(input: impl Read) -> Result<Vec<String>, String> {
        let refused = |error: ScanError| match error {
            ScanError::Refused(message) => message,
            ScanError::Io(error) => error.to_string(),
        };
        let mut scanner = Scanner::new(input, b',').map_err(refused)?;
        let mut seen = Vec::new();
        loop {
            match scanner.next().map_err(refused)? {
                Scanned::End => return Ok(seen),
                Scanned::Row(row) => {
                    let fields: Vec<_> = row.text().expect("tests write UTF-8").iter().collect();
                    seen.push(format!("{}:{}", row.line, fields.join("|")));
                }
                Scanned::Bad(row, kind) => seen.push(format!("{}!{}/{}", row.line, kind.code(), row.len())),
            }
        }
    }

    fn check(text: &str, expect: &[&str]) {
        assert_eq!(scan(text.as_bytes()).expect("readable"), expect, "{text:?}");
        assert_eq!(scan(Trickle(text.as_bytes())).expect("readable"), expect, "{text:?}, byte by byte");
    }

    #[test]
    fn lines_are_counted_as_an_editor_counts_them() {
        check("a,b\n1,2\n", &["1:a|b", "2:1|2"]);
        check("a,b\r\n1,2\r\n\r\n3,4", &["1:a|b", "2:1|2", "4:3|4"]);
        check("a,b\r1,2\r\r3,4\r", &["1:a|b", "2:1|2", "4:3|4"]);
        check("\u{feff}a\n\n\nb\n", &["1:a", "4:b"]);
        check("a,\"x\ny\r\nz\"\nb,c\n", &["1:a|x\ny\r\nz", "4:b|c"]);
        check("", &[]);
        check(",\n", &["1:|"]);
    }

    #[test]
    fn quotes_follow_rfc_4180() {
        check("\"a\",\"\",\"x,y\",\"say \"\"hi\"\"\"\n", &["1:a||x,y|say \"hi\""]);
        check("\"\"\"\"\n", &["1:\""]);
        check("a,\"b\"", &["1:a|b"]);
    }

    #[test]
    fn a_stray_quote_costs_its_own_line_and_no_other() {
        check("k,\"f\"oo\",1\nb,c,2\n", &["1!bad_quote/1", "2:b|c|2"]);
        check("k,6\" pipe,1\nb,c,2\n", &["1!bad_quote/1", "2:b|c|2"]);
        // The stray quote of line 1 would close at line 2's field: line 2 is read on its own.
        check("a,\"b,1\nc,\"d\",2\ne,f,3\n", &["1!bad_quote/1", "2:c|d|2", "3:e|f|3"]);
    }

    #[test]
    fn a_quote_that_is_never_closed_refuses_the_file() {
        let error = scan("a,b\nc,\"d\ne,f\n".as_bytes()).expect_err("unclosed");
        assert!(error.starts_with("line 2: a quote is not closed"), "{error}");
        let long = format!("a,\"b\n{}", "c,d\n".repeat(LINE_BYTES_MAX));
        let error = scan(long.as_bytes()).expect_err("runs on");
        assert!(error.starts_with("line 1: a quote is not closed within 1 MiB"), "{error}");
    }

    #[test]
    fn a_line_over_the_limit_is_set_aside_and_the_next_one_read() {
        let long = "x".repeat(3 * LINE_BYTES_MAX);
        let text = format!("a\n{long}\r\nb\n{long}");
        let seen = scan(text.as_bytes()).expect("readable");
        assert_eq!(seen, ["1:a", "2!line_too_long/0", "3:b", "4!line_too_long/0"]);
        let fits = "x".repeat(LINE_BYTES_MAX);
        assert_eq!(scan(format!("{fits}\nb").as_bytes()).expect("readable").len(), 2);
    }

    #[test]
    fn a_tail_of_nul_bytes_refuses_the_file() {
        let error = scan(&b"a,b\n1,2\n\0\0\0\0"[..]).expect_err("tail");
        assert!(error.starts_with("ends in NUL bytes"), "{error}");
    }

    #[test]
    fn halves_of_a_character_never_join_across_fields() {
        let mut scanner = Scanner::new(&b"\"a\xc3\",\"\xa9\"\n"[..], b',').expect("readable");
        let Scanned::Row(row) = scanner.next().expect("readable") else { panic!("a row") };
        assert_eq!(row.text().expect_err("not UTF-8"), 0);
    }
}
