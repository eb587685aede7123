//! Lists and structs printed as text into a cell: JSON, Python's repr, DuckDB's notation.

use std::{borrow::Cow, ops::Range};

use crate::read::json::reach;

/// Deepest nesting that is read.
pub(crate) const DEPTH_MAX: usize = 64;

/// A value with parts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Nested<'a> {
    /// Nothing.
    Null,
    /// Text, or a bare word or number as it was written.
    Text(Cow<'a, str>),
    /// A typed integer (from a typed file).
    Int(i64),
    /// A typed DOUBLE (from a typed file).
    Real(f64),
    /// Items in order.
    List(Vec<Nested<'a>>),
    /// Entries in order.
    Map(Vec<(Cow<'a, str>, Nested<'a>)>),
}

impl<'a> Nested<'a> {
    /// Reads a whole cell; `None` when it is in none of the notations.
    pub(crate) fn parse(text: &'a str) -> Option<Nested<'a>> {
        let mut parser = Parser { text, at: 0 };
        parser.space();
        if !matches!(parser.peek(), Some(b'{' | b'[')) {
            return None;
        }
        let value = parser.value(0)?;
        parser.space();
        (parser.at == text.len()).then_some(value)
    }

    /// Reads a whole JSON value, which may be a single word or text.
    pub(crate) fn parse_value(text: &'a str) -> Option<Nested<'a>> {
        match Nested::parse(text) {
            Some(value) => Some(value),
            None => match text.trim() {
                "null" => Some(Nested::Null),
                word if word.starts_with('"') => {
                    let mut parser = Parser { text, at: 0 };
                    parser.space();
                    parser.quoted(b'"').map(Nested::Text)
                }
                word => Some(Nested::Text(Cow::Borrowed(word))),
            },
        }
    }

    /// The value at a dotted path.
    pub(crate) fn at(&self, path: &str) -> Option<&Nested<'a>> {
        let Nested::Map(entries) = self else { return None };
        let (key, rest) = path.split_once('.').map_or((path, None), |(key, rest)| (key, Some(rest)));
        let value = &entries.iter().find(|entry| entry.0 == key)?.1;
        match rest {
            None => Some(value),
            Some(rest) => value.at(rest),
        }
    }

    /// The entries of a map.
    pub(crate) fn entries(&self) -> &[(Cow<'a, str>, Nested<'a>)] {
        match self {
            Nested::Map(entries) => entries,
            _ => &[],
        }
    }
}

/// Where the elements of a JSON array stand in its text; `None` when it is none.
pub(crate) fn elements(text: &str) -> Option<Vec<Range<usize>>> {
    let mut parser = Parser { text, at: 0 };
    if !parser.take(b'[') {
        return None;
    }
    let mut found = Vec::new();
    if parser.take(b']') {
        return Some(found);
    }
    loop {
        parser.space();
        let start = parser.at;
        parser.pass()?;
        found.push(start..parser.at);
        if parser.take(b']') {
            return Some(found);
        }
        if !parser.take(b',') {
            return None;
        }
    }
}

/// A key and where its value stands.
pub(crate) type Member<'a> = (Cow<'a, str>, Range<usize>);

/// The keys of a JSON object and where their values stand in its text, be one there twice; `None` when it is none.
pub(crate) fn members(text: &str) -> Option<Vec<Member<'_>>> {
    let mut parser = Parser { text, at: 0 };
    if !parser.take(b'{') {
        return None;
    }
    let mut found: Vec<Member<'_>> = Vec::new();
    if parser.take(b'}') {
        return Some(found);
    }
    loop {
        parser.space();
        let key = parser.quoted(b'"')?;
        if !parser.take(b':') {
            return None;
        }
        parser.space();
        let start = parser.at;
        parser.pass()?;
        found.push((key, start..parser.at));
        if parser.take(b'}') {
            return Some(found);
        }
        if !parser.take(b',') {
            return None;
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        self.space();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Passes over a value of JSON, whatever is wrong inside it.
    fn pass(&mut self) -> Option<()> {
        let (bytes, _) = reach(self.text.get(self.at..)?.as_bytes())?;
        self.at += bytes;
        (0 < bytes).then_some(())
    }

    fn value(&mut self, depth: usize) -> Option<Nested<'a>> {
        if DEPTH_MAX <= depth {
            return None;
        }
        self.space();
        match self.peek()? {
            b'{' => self.map(depth),
            b'[' => self.list(depth),
            quote @ (b'"' | b'\'') => self.quoted(quote).map(Nested::Text),
            _ => {
                let word = self.bare(b",]}")?;
                Some(match word {
                    "null" | "NULL" | "None" | "NaN" => Nested::Null,
                    _ => Nested::Text(Cow::Borrowed(word)),
                })
            }
        }
    }

    fn map(&mut self, depth: usize) -> Option<Nested<'a>> {
        self.at += 1;
        let mut entries: Vec<(Cow<'a, str>, Nested<'a>)> = Vec::new();
        if self.take(b'}') {
            return Some(Nested::Map(entries));
        }
        loop {
            self.space();
            let key = match self.peek()? {
                quote @ (b'"' | b'\'') => self.quoted(quote)?,
                _ => Cow::Borrowed(self.bare(b":=,}")?),
            };
            // DuckDB prints a MAP with `=`, a STRUCT with `:`.
            if !self.take(b':') && !self.take(b'=') {
                return None;
            }
            let value = self.value(depth + 1)?;
            if entries.iter().any(|entry| entry.0 == key) {
                return None;
            }
            entries.push((key, value));
            if self.take(b'}') {
                return Some(Nested::Map(entries));
            }
            if !self.take(b',') {
                return None;
            }
        }
    }

    fn list(&mut self, depth: usize) -> Option<Nested<'a>> {
        self.at += 1;
        let mut items = Vec::new();
        if self.take(b']') {
            return Some(Nested::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.take(b']') {
                return Some(Nested::List(items));
            }
            if !self.take(b',') {
                return None;
            }
        }
    }

    /// A word without quotes, up to one of the stops.
    fn bare(&mut self, stops: &[u8]) -> Option<&'a str> {
        let rest = &self.text[self.at..];
        let end = rest.bytes().position(|byte| stops.contains(&byte))?;
        self.at += end;
        let word = rest[..end].trim();
        let plain = !word.is_empty() && !word.contains(['{', '[', '"']);
        plain.then_some(word)
    }

    fn quoted(&mut self, quote: u8) -> Option<Cow<'a, str>> {
        self.at += 1;
        let start = self.at;
        let mut owned: Option<String> = None;
        loop {
            let rest = &self.text[self.at..];
            let step = rest.bytes().position(|byte| byte == quote || byte == b'\\')?;
            if let Some(text) = &mut owned {
                text.push_str(&rest[..step]);
            }
            let here = self.at + step;
            self.at = here + 1;
            if rest.as_bytes()[step] == quote {
                return Some(owned.map_or(Cow::Borrowed(&self.text[start..here]), Cow::Owned));
            }
            let mut text = owned.unwrap_or_else(|| self.text[start..here].to_owned());
            text.push(self.escape()?);
            owned = Some(text);
        }
    }

    fn escape(&mut self) -> Option<char> {
        let letter = self.peek()?;
        if !letter.is_ascii() {
            return None;
        }
        self.at += 1;
        Some(match letter {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'x' => char::from_u32(self.hex(2)?)?,
            b'u' => {
                let high = self.hex(4)?;
                if !(0xD800..0xDC00).contains(&high) {
                    return char::from_u32(high);
                }
                self.at += 2;
                if self.text.get(self.at - 2..self.at)? != "\\u" {
                    return None;
                }
                let low = self.hex(4)?.checked_sub(0xDC00).filter(|low| *low < 0x400)?;
                char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + low)?
            }
            b'"' | b'\'' | b'\\' | b'/' => char::from(letter),
            _ => return None,
        })
    }

    fn hex(&mut self, count: usize) -> Option<u32> {
        let text = self.text.get(self.at..self.at + count)?;
        self.at += count;
        if text.bytes().all(|byte| byte.is_ascii_hexdigit()) { u32::from_str_radix(text, 16).ok() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: Option<&Nested<'_>>) -> String {
        format!("{value:?}")
    }

    #[test]
    fn three_notations_of_one_struct_read_the_same() {
        let duckdb = Nested::parse("{'as_of': 1, 'cash': {'available': {'usd': 6000}}, 'type': cash, 'x': NULL}");
        let python = Nested::parse("{'as_of': 1, 'cash': {'available': {'usd': 6000}}, 'type': 'cash', 'x': None}");
        let json = Nested::parse(r#"{"as_of":1,"cash":{"available":{"usd":6000}},"type":"cash","x":null}"#);
        assert!(duckdb.is_some());
        assert_eq!(duckdb, python);
        assert_eq!(duckdb, json);
        let value = json.expect("parsed");
        assert_eq!(text(value.at("cash.available.usd")), "Some(Text(\"6000\"))");
        assert_eq!(value.at("x"), Some(&Nested::Null));
        assert_eq!(value.at("type.deeper"), None);
    }

    #[test]
    fn three_notations_of_one_list_read_the_same() {
        let lists = ["['balances', 'transactions']", "[balances, transactions]", "[\"balances\",\"transactions\"]"];
        for written in lists {
            assert_eq!(Nested::parse(written), Nested::parse(lists[0]), "{written}");
        }
        assert_eq!(Nested::parse("[]"), Some(Nested::List(vec![])));
        assert_eq!(Nested::parse("{usd=6000}"), Nested::parse("{'usd': 6000}"));
    }

    #[test]
    fn what_is_no_notation_is_nothing() {
        let deep = "[".repeat(100_000);
        for bad in
            ["", "a", "[", "[a", "[a,]", "{a}", "{'a': 1", "[a] b", "{'a': 1, 'a': 2}", "['a]", r#"["\q"]"#, &deep]
        {
            assert_eq!(Nested::parse(bad), None, "{}", &bad[..bad.len().min(20)]);
        }
        assert_eq!(Nested::parse(r#"["\ud83d\ude00\u00e9"]"#), Some(Nested::List(vec![Nested::Text("😀é".into())])));
        assert_eq!(Nested::parse(r#"["\ud83d"]"#), None, "a lone surrogate");
    }
}
