//! Walks JSON text of any size with little memory: finds where values start and end, counts lines and columns. Whether a
//! value is valid is for the parser that it is handed to.

use std::{
    io::{self, Read},
    ops::Range,
};

use memchr::{memchr_iter, memchr2, memrchr2};

use crate::error::Error;

/// Deepest nesting of an object.
pub const DEPTH_MAX: u32 = 64;
/// Longest line of NDJSON, and largest object of a document.
pub const OBJECT_BYTES_MAX: usize = 1024 * 1024;

/// Bytes that are read at once from a text that is longer than [`FIRST_BYTES`].
const CHUNK_BYTES: usize = 256 * 1024;
/// Bytes that are read first: an export of many small files would spend more on room than on reading.
const FIRST_BYTES: usize = 16 * 1024;
/// By how much the room grows until a chunk is read at once.
const GROWTH: usize = 4;

/// Why a walk stopped.
#[derive(Debug)]
pub(super) enum Stop {
    /// The bytes could not be read or unpacked.
    Read(io::Error),
    /// The text is no JSON from here on.
    Malformed(Place, &'static str),
    /// Who takes the rows wants no more.
    Sink(Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        Stop::Read(error)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        Stop::Sink(error)
    }
}

/// A place in a text, as an editor shows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    /// From 1.
    pub(super) line: u64,
    /// From 1, in characters.
    pub(super) column: u64,
    after_return: bool,
}

impl Place {
    pub(super) const START: Place = Place { line: 1, column: 1, after_return: false };

    /// Passes over a line of this text and its end, which is empty at the end of all.
    pub(super) fn end_line(&mut self, text: &[u8], end: &[u8]) {
        let is_joined = end == b"\n" && text.is_empty() && self.after_return;
        self.line += u64::from(!end.is_empty() && !is_joined);
        self.after_return = end == b"\r";
        self.column = 1;
    }

    /// The place after some more text. A line ends with LF, CR LF or CR.
    pub(super) fn after(mut self, text: &[u8]) -> Place {
        let Some(&last) = text.last() else { return self };
        let breaks = count_breaks(text, self.after_return);
        let last_break = memrchr2(b'\n', b'\r', text);
        self.line += breaks;
        self.after_return = last == b'\r';
        let rest = match last_break {
            Some(at) => {
                self.column = 1;
                &text[at + 1..]
            }
            None => text,
        };
        self.column += count_characters(rest);
        self
    }
}

/// Bytes that start a character of UTF-8. Sums of single bytes, which the compiler can do sixteen at a time.
fn count_characters(text: &[u8]) -> u64 {
    let starts = |sum: u8, &byte: &u8| sum.wrapping_add(u8::from(byte & 0xc0 != 0x80));
    text.chunks(255).map(|chunk| u64::from(chunk.iter().fold(0, starts))).sum()
}

fn count_breaks(text: &[u8], after_return: bool) -> u64 {
    let feeds = memchr_iter(b'\n', text).count();
    // A feed right after a return belongs to it.
    let mut joined = usize::from(after_return && text.first() == Some(&b'\n'));
    let mut returns = 0;
    for at in memchr_iter(b'\r', text) {
        returns += 1;
        joined += usize::from(text.get(at + 1) == Some(&b'\n'));
    }
    (feeds + returns - joined) as u64
}

/// How far a value reaches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Extent {
    /// Its bytes are in the buffer.
    Whole { bytes: usize, is_too_deep: bool },
    /// It is longer than the limit.
    TooLong,
    /// The text ends inside it.
    Cut,
}

/// A window on a text that moves forward only.
pub(super) struct Scanner<R> {
    reader: R,
    buffer: Vec<u8>,
    live: Range<usize>,
    at_end: bool,
    place: Place,
}

impl<R: Read> Scanner<R> {
    /// Starts at the text's start; a byte order mark is passed over.
    pub(super) fn new(reader: R) -> Result<Scanner<R>, Stop> {
        let mut scanner =
            Scanner { reader, buffer: vec![0; FIRST_BYTES], live: 0..0, at_end: false, place: Place::START };
        while scanner.live.len() < 3 && scanner.fill()? {}
        if scanner.bytes().starts_with(b"\xef\xbb\xbf") {
            scanner.live.start += 3;
        }
        Ok(scanner)
    }

    pub(super) fn place(&self) -> Place {
        self.place
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[self.live.clone()]
    }

    /// Reads more behind the live bytes; false at the end of the text.
    fn fill(&mut self) -> Result<bool, Stop> {
        if self.at_end {
            return Ok(false);
        }
        let all = self.buffer.len();
        let is_short = |used: usize| all - used < all.min(CHUNK_BYTES) / 2;
        if is_short(self.live.end) {
            let is_full = self.live.end == all;
            self.buffer.copy_within(self.live.clone(), 0);
            self.live = 0..self.live.len();
            if all < CHUNK_BYTES && is_full {
                self.buffer.resize((GROWTH * all).min(CHUNK_BYTES), 0);
            } else if is_short(self.live.end) {
                self.buffer.resize(2 * all, 0);
            }
        }
        loop {
            match self.reader.read(&mut self.buffer[self.live.end..]) {
                Ok(0) => {
                    self.at_end = true;
                    return Ok(false);
                }
                Ok(count) => {
                    self.live.end += count;
                    return Ok(true);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Stop::Read(error)),
            }
        }
    }

    /// Passes over live bytes.
    pub(super) fn consume(&mut self, bytes: usize) {
        let end = self.live.start + bytes;
        self.place = self.place.after(&self.buffer[self.live.start..end]);
        self.live.start = end;
    }

    /// The next byte that is no white space; `None` at the end of the text.
    pub(super) fn peek(&mut self) -> Result<Option<u8>, Stop> {
        loop {
            let bytes = self.bytes();
            let blank = bytes.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
            match blank {
                Some(0) => return Ok(Some(bytes[0])),
                Some(at) => self.consume(at),
                None => {
                    let count = bytes.len();
                    self.consume(count);
                    if !self.fill()? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// How many of the live bytes are whole lines, with their ends: none when the next line is too long to be kept, `None` at
    /// the end of the text.
    pub(super) fn whole_lines(&mut self) -> Result<Option<usize>, Stop> {
        let mut from = 0;
        loop {
            if let Some(at) = memrchr2(b'\n', b'\r', &self.bytes()[from..]) {
                return Ok(Some(from + at + 1));
            }
            from = self.bytes().len();
            if OBJECT_BYTES_MAX < from {
                return Ok(Some(0));
            }
            if !self.fill()? {
                return Ok((0 < from).then_some(from));
            }
        }
    }

    /// Passes over the rest of a line and its end.
    pub(super) fn skip_line(&mut self) -> Result<(), Stop> {
        loop {
            if let Some(at) = memchr2(b'\n', b'\r', self.bytes()) {
                self.consume(at + 1);
                return Ok(());
            }
            let count = self.bytes().len();
            self.consume(count);
            if !self.fill()? {
                return Ok(());
            }
        }
    }

    /// How far the value reaches that starts at the first live byte; nothing is passed over.
    pub(super) fn extent(&mut self) -> Result<Extent, Stop> {
        let mut walk = Walk::default();
        loop {
            let bytes = self.bytes();
            if walk.run(bytes) {
                return Ok(if OBJECT_BYTES_MAX < walk.at {
                    Extent::TooLong
                } else {
                    Extent::Whole { bytes: walk.at, is_too_deep: DEPTH_MAX < walk.deepest }
                });
            }
            if OBJECT_BYTES_MAX < walk.at {
                return Ok(Extent::TooLong);
            }
            if !self.fill()? {
                let is_whole = walk.ends_with_text();
                return Ok(if is_whole { Extent::Whole { bytes: walk.at, is_too_deep: false } } else { Extent::Cut });
            }
        }
    }

    /// Passes over the value that starts at the first live byte, however long; false when the text ends inside it.
    pub(super) fn skip_value(&mut self) -> Result<bool, Stop> {
        let mut walk = Walk::default();
        loop {
            let is_done = walk.run(self.bytes());
            let count = std::mem::take(&mut walk.at);
            self.consume(count);
            if is_done {
                return Ok(true);
            }
            if !self.fill()? {
                return Ok(walk.ends_with_text());
            }
        }
    }
}

/// How far a value reaches inside a text that is all there: its bytes, and how deep it is nested.
pub(in crate::read) fn reach(text: &[u8]) -> Option<(usize, u32)> {
    let mut walk = Walk::default();
    (walk.run(text) || walk.ends_with_text()).then_some((walk.at, walk.deepest))
}

/// The state of walking over one value; it goes on where it stopped when more bytes are there.
#[derive(Default)]
struct Walk {
    at: usize,
    depth: u32,
    deepest: u32,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Start,
    Between,
    Text,
    Escape,
    Bare,
}

impl Walk {
    /// A number or a word ends with the text.
    fn ends_with_text(&self) -> bool {
        self.depth == 0 && self.state == State::Bare
    }

    /// Walks on; true when the value has ended, `at` bytes from its start.
    fn run(&mut self, bytes: &[u8]) -> bool {
        loop {
            // Inside a text only a quote and a backslash matter, between texts only brackets and quotes.
            let mark = if self.state == State::Text { IN_TEXT } else { NESTED };
            if self.state == State::Text || (self.depth != 0 && self.state != State::Escape) {
                while bytes.get(self.at).is_some_and(|&byte| MARKS[usize::from(byte)] & mark == 0) {
                    self.at += 1;
                }
            }
            let Some(&byte) = bytes.get(self.at) else { return false };
            match (self.state, byte) {
                (State::Text, b'"') => {
                    self.state = State::Between;
                    if self.depth == 0 {
                        self.at += 1;
                        return true;
                    }
                }
                (State::Text, _) => self.state = State::Escape,
                (State::Escape, _) => self.state = State::Text,
                (State::Bare, _) if MARKS[usize::from(byte)] & ENDS_BARE != 0 => return true,
                (State::Bare, _) => {}
                (_, b'{' | b'[') => {
                    self.state = State::Between;
                    self.depth = self.depth.saturating_add(1);
                    self.deepest = self.deepest.max(self.depth);
                }
                (_, b'}' | b']') if self.depth != 0 => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        self.at += 1;
                        return true;
                    }
                }
                (_, b'"') => self.state = State::Text,
                // A value never starts with one of these: its extent is nothing.
                _ if MARKS[usize::from(byte)] & ENDS_BARE != 0 => return true,
                _ => self.state = State::Bare,
            }
            self.at += 1;
        }
    }
}

const IN_TEXT: u8 = 1;
const NESTED: u8 = 2;
const ENDS_BARE: u8 = 4;

/// What each byte means to a walk.
const MARKS: [u8; 256] = {
    let mut marks = [0; 256];
    marks[b'"' as usize] = IN_TEXT | NESTED | ENDS_BARE;
    marks[b'\\' as usize] = IN_TEXT;
    marks[b'{' as usize] = NESTED | ENDS_BARE;
    marks[b'}' as usize] = NESTED | ENDS_BARE;
    marks[b'[' as usize] = NESTED | ENDS_BARE;
    marks[b']' as usize] = NESTED | ENDS_BARE;
    marks[b',' as usize] = ENDS_BARE;
    marks[b':' as usize] = ENDS_BARE;
    marks[b' ' as usize] = ENDS_BARE;
    marks[b'\t' as usize] = ENDS_BARE;
    marks[b'\n' as usize] = ENDS_BARE;
    marks[b'\r' as usize] = ENDS_BARE;
    marks
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_reaches_to_its_own_end_and_no_further() {
        for (text, bytes) in [
            (r#"{"a": "}"} x"#, 10),
            (r#"["\"]", 1], 2"#, 10),
            ("12, 3", 2),
            ("true]", 4),
            (r#""a\\" 1"#, 5),
            (r#"{"a":{"b":[1,{"c":2}]}}{"#, 23),
            ("12", 2),
        ] {
            assert_eq!(reach(text.as_bytes()).map(|found| found.0), Some(bytes), "{text}");
        }
        for text in [r#"{"a": 1"#, r#""abc"#, "[", r#"{"a": "}"#] {
            assert_eq!(reach(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_value_is_found_whatever_the_pieces_in_which_the_text_arrives() {
        struct OneByte<'a>(&'a [u8]);
        impl Read for OneByte<'_> {
            fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
                let count = self.0.len().min(1);
                target[..count].copy_from_slice(&self.0[..count]);
                self.0 = &self.0[count..];
                Ok(count)
            }
        }
        let text = "\u{feff} \r\n {\"a\\\"\": [1, \"]\"]}\r  7";
        let mut scanner = Scanner::new(OneByte(text.as_bytes())).expect("in memory");
        assert_eq!(scanner.peek().expect("in memory"), Some(b'{'));
        assert_eq!((scanner.place().line, scanner.place().column), (2, 2));
        assert_eq!(scanner.extent().expect("in memory"), Extent::Whole { bytes: 17, is_too_deep: false });
        assert!(scanner.skip_value().expect("in memory"));
        assert_eq!(scanner.peek().expect("in memory"), Some(b'7'));
        assert_eq!((scanner.place().line, scanner.place().column), (3, 3), "CR LF is one line end, CR another");
        assert_eq!(scanner.extent().expect("in memory"), Extent::Whole { bytes: 1, is_too_deep: false });
    }

    #[test]
    fn a_column_counts_characters() {
        let place = Place::START.after("ab\nčš€x".as_bytes());
        assert_eq!((place.line, place.column), (2, 5));
    }
}
