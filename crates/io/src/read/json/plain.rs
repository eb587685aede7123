//! Transactions of NDJSON, line by line, without a detour over [`super::object`]: nearly every line of an export is plain, its
//! keys those of Stripe's object and its values of the usual types, without escapes. Any other goes the general way, which
//! alone knows defects and their words, so a line means the same whichever way it went.

use cashline_core::{
    defect::Source,
    limits::DESCRIPTION_BYTES_MAX,
    money::{self, Currency},
    row::TransactionRow,
};
use memchr::memchr2;

use crate::read::{
    assemble::{self, TRANSACTION_OBJECT},
    cell,
    cursor::Cursor,
    words,
};

/// The keys of a plain transaction, as the API orders them, which is how most lines come.
const KEYS: [&str; 12] = [
    "\"id\"",
    "\"object\"",
    "\"account\"",
    "\"amount\"",
    "\"currency\"",
    "\"description\"",
    "\"livemode\"",
    "\"status\"",
    "\"status_transitions\"",
    "\"transacted_at\"",
    "\"transaction_refresh\"",
    "\"updated\"",
];
/// Those that every transaction has, by bit; `livemode`, `status_transitions`, `transaction_refresh` and `updated` may be missing.
const NEEDED: u16 = 0b0010_1011_1111;
const TRANSITIONS: [&str; 2] = ["\"posted_at\"", "\"void_at\""];

/// The row, when the text of an object is plain.
pub(super) fn transaction(text: &str, source: Source) -> Option<TransactionRow<'_>> {
    let mut row = assemble::blank_transaction(source);
    let mut cursor = Cursor::new(text);
    let seen = cursor.object(&KEYS, |cursor, key| {
        match key {
            0 => row.id = cell::id_text(cursor.text()?).ok()?,
            1 => return (cursor.text()? == TRANSACTION_OBJECT).then_some(()),
            2 => row.account = cell::id_text(cursor.text()?).ok()?,
            3 => row.amount = cursor.number().filter(|amount| money::in_range(*amount))?,
            4 => row.currency = Currency::parse(cursor.text()?)?,
            5 => row.description = cursor.nullable(Cursor::text)?.unwrap_or_default(),
            6 => row.livemode = cursor.nullable(Cursor::flag)?,
            7 => row.status = words::transaction_status(cursor.text()?)?,
            8 => {
                let transitions = |cursor: &mut Cursor<'_>| {
                    cursor.object(&TRANSITIONS, |cursor, key| {
                        *(if key == 0 { &mut row.posted_at } else { &mut row.void_at }) =
                            cursor.nullable(Cursor::time)?;
                        Some(())
                    })
                };
                cursor.nullable(transitions)?;
            }
            9 => row.transacted_at = cursor.time()?,
            // A token, which says nothing to us.
            10 => drop(cursor.nullable(Cursor::text)?),
            _ => row.updated = cursor.nullable(Cursor::time)?,
        }
        Some(())
    })?;
    let is_plain =
        seen & NEEDED == NEEDED && row.description.len() <= DESCRIPTION_BYTES_MAX && cursor.rest().is_empty();
    is_plain.then_some(row)
}

/// The words of JSON. Texts are borrowed, which those with escapes cannot be.
impl<'b> Cursor<'b> {
    fn blanks(&mut self) {
        while matches!(self.rest().first(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// An object with some of these keys, each at most once, in any order; which of them, by bit. `value` reads the value of the
    /// key with this number.
    fn object(&mut self, keys: &[&str], mut value: impl FnMut(&mut Self, usize) -> Option<()>) -> Option<u16> {
        let mut seen = 0;
        let mut next = 0;
        if !self.take_byte(b'{') {
            return None;
        }
        self.blanks();
        if self.take_byte(b'}') {
            return Some(seen);
        }
        loop {
            let key = (next..keys.len()).chain(0..next).find(|key| self.take(keys[*key]))?;
            if seen & 1 << key != 0 {
                return None;
            }
            seen |= 1 << key;
            next = key + 1;
            self.blanks();
            if !self.take_byte(b':') {
                return None;
            }
            self.blanks();
            value(self, key)?;
            self.blanks();
            if !self.take_byte(b',') {
                return self.take_byte(b'}').then_some(seen);
            }
            self.blanks();
        }
    }

    /// What `read` reads, or null.
    fn nullable<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        if self.take("null") { Some(None) } else { read(self).map(Some) }
    }

    fn text(&mut self) -> Option<&'b str> {
        if !self.take_byte(b'"') {
            return None;
        }
        let text = self.pass(memchr2(b'"', b'\\', self.rest())?)?;
        // Control characters must be escaped.
        let is_plain = text.bytes().fold(true, |plain, byte| plain & (0x20 <= byte));
        (is_plain && self.take_byte(b'"')).then_some(text)
    }

    fn flag(&mut self) -> Option<bool> {
        if self.take("true") { Some(true) } else { self.take("false").then_some(false) }
    }

    /// An integer, which JSON writes without leading zeros.
    fn number(&mut self) -> Option<i64> {
        let unsigned = self.rest().strip_prefix(b"-").unwrap_or(self.rest());
        let leads = matches!(unsigned, [b'0', b'0'..=b'9', ..]);
        if leads { None } else { self.integer() }
    }

    fn time(&mut self) -> Option<i64> {
        self.number().filter(|seconds| cell::in_time(*seconds).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::json::{emit::Kind, lines, rows};

    const GOOD: [(&str, &str); 12] = [
        ("id", "\"fctxn_1\""),
        ("object", "\"financial_connections.transaction\""),
        ("account", "\"fca_1\""),
        ("amount", "-1250"),
        ("currency", "\"usd\""),
        ("description", "\"Café 12\""),
        ("livemode", "true"),
        ("status", "\"posted\""),
        ("status_transitions", "{\"posted_at\":1767225605,\"void_at\":null}"),
        ("transacted_at", "1767225600"),
        ("transaction_refresh", "\"fctxnref_1\""),
        ("updated", "1767225609"),
    ];

    /// What the general way makes of a line, and whether the line was plain.
    fn both(text: &str) -> (String, Option<String>) {
        let source = Source { file: 3, line: 4 };
        let general = match lines::read(text.as_bytes()) {
            Ok((_, object)) => told(&Kind::of(&object), rows::transaction(&object, source)),
            Err(kind) => format!("{kind:?}"),
        };
        let plain = transaction(text, source);
        let kind = Kind::Row(crate::read::Table::Transactions);
        (general, plain.map(|row| told(&kind, Ok(row))))
    }

    fn told(kind: &Kind, row: Result<TransactionRow<'_>, rows::Fault>) -> String {
        format!("{kind:?} {row:?} {:?}", row.as_ref().map(|row| row.description))
    }

    fn line(keys: &[(&str, &str)]) -> String {
        let keys: Vec<String> = keys.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
        format!("{{{}}}", keys.join(","))
    }

    #[test]
    fn a_plain_line_is_the_row_of_its_object_whatever_stands_in_any_two_keys() {
        let mut words: Vec<String> = [
            "null",
            "true",
            "0",
            "-0",
            "-",
            "01",
            "-01",
            "1 ",
            " \t1",
            "1",
            "1.0",
            "1e3",
            "1767225600",
            "4102444800",
            "1767225600000",
            "1e999",
            "1000000000000000",
            "-1000000000000001",
            "9223372036854775808",
            "\"\"",
            "\"usd\"",
            "\"USD\"",
            "\"void\"",
            "\"Posted\"",
            "\"a\\u0000b\"",
            "\"a\\\"b\"",
            "\"a\tb\"",
            "\"a\u{7f}b\"",
            "\"a\u{85}b\"",
            "\"fca 1\"",
            "\"financial_connections.account\"",
            "{}",
            "[]",
            "{\"id\":\"x\"}",
            "{\"posted_at\":1}",
            "{\"void_at\":0}",
            "{\"posted_at\":5,\"posted_at\":5}",
            "{\"posted_at\":1.0}",
            "{\"posted_at\":5,\"other\":[1]}",
            "{\"void_at\":7}",
            "\"\\ud83d\"",
            "tru",
            "",
        ]
        .map(str::to_owned)
        .to_vec();
        words.extend([255, 256, 20_000, 20_001].map(|bytes| format!("\"{}\"", "x".repeat(bytes))));
        let (general, plain) = both(&line(&GOOD));
        assert_eq!(Some(general), plain, "the line of most exports is plain");
        let mut met = 0;
        for one in 0..GOOD.len() {
            for word in &words {
                for other in one..GOOD.len() {
                    let mut keys = GOOD;
                    keys[one].1 = word;
                    if other != one {
                        keys[other].1 = "null";
                    }
                    let (general, plain) = both(&line(&keys));
                    met += usize::from(plain.is_some());
                    assert!(plain.is_none_or(|plain| plain == general), "{keys:?}: {general}");
                }
            }
        }
        assert!(100 < met, "{met}");
    }

    #[test]
    fn keys_that_are_missing_repeated_unknown_or_in_another_order_change_no_row() {
        for at in 0..GOOD.len() {
            let mut missing = GOOD.to_vec();
            missing.remove(at);
            let mut twice = GOOD.to_vec();
            twice.push(GOOD[at]);
            let mut unknown = GOOD.to_vec();
            unknown[at].0 = "category";
            let mut escaped = GOOD.to_vec();
            escaped[at].0 = "\\u0061";
            let mut turned = GOOD.to_vec();
            turned.rotate_left(at);
            for keys in [missing, twice, unknown, escaped, turned] {
                let (general, plain) = both(&line(&keys));
                assert!(plain.is_none_or(|plain| plain == general), "{keys:?}: {general}");
            }
            let mut turned = GOOD;
            turned.rotate_left(at);
            assert!(both(&line(&turned)).1.is_some());
        }
        for text in ["", "{", "{}", "[]", "null", "{\"id\":1}", &format!("{} x", line(&GOOD)), &line(&GOOD)[1..]] {
            assert_eq!(both(text).1, None, "{text}");
        }
    }
}
