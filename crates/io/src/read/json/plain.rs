//! Transactions of NDJSON, line by line, without a detour over [`super::object`]: nearly every line of an export is plain, its
//! keys those of Stripe's object and its values of the usual types, without escapes. Any other goes the general way, which
//! alone knows defects and their words, so a line means the same whichever way it went.

use std::fmt;

use cashline_core::{
    defect::Source,
    limits::DESCRIPTION_BYTES_MAX,
    money::{self, Currency},
    row::TransactionRow,
};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};

use crate::read::{assemble::TRANSACTION_OBJECT, cell, words};

/// The row, when the text of an object is plain.
pub(super) fn transaction(text: &str, source: Source) -> Option<TransactionRow<'_>> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let plain = Plain::deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    plain.row(source)
}

/// A transaction as the API gives it. Texts are borrowed, which those with escapes cannot be.
#[derive(Default)]
struct Plain<'a> {
    seen: u16,
    id: &'a str,
    account: &'a str,
    amount: i64,
    currency: &'a str,
    description: &'a str,
    livemode: Option<bool>,
    status: &'a str,
    transacted_at: i64,
    transitions: Transitions,
    updated: Option<i64>,
}

/// Keys that a plain transaction has, each once: the bits of [`Plain::seen`].
const NEEDED: u16 = (1 << OPTIONAL) - 1;
/// From here on, keys that it may have.
const OPTIONAL: u16 = 8;

impl<'a> Plain<'a> {
    fn row(self, source: Source) -> Option<TransactionRow<'a>> {
        let is_time = |seconds: i64| cell::in_time(seconds).is_ok();
        let is_time_or_none = |seconds: Option<i64>| seconds.is_none_or(is_time);
        let Transitions { posted_at, void_at } = self.transitions;
        let is_plain = self.seen & NEEDED == NEEDED
            && money::in_range(self.amount)
            && self.description.len() <= DESCRIPTION_BYTES_MAX
            && is_time(self.transacted_at)
            && is_time_or_none(posted_at)
            && is_time_or_none(void_at)
            && is_time_or_none(self.updated);
        if !is_plain {
            return None;
        }
        Some(TransactionRow {
            id: cell::id_text(self.id).ok()?,
            account: cell::id_text(self.account).ok()?,
            amount: self.amount,
            currency: Currency::parse(self.currency)?,
            description: self.description,
            livemode: self.livemode,
            status: words::transaction_status(self.status)?,
            transacted_at: self.transacted_at,
            posted_at,
            void_at,
            updated: self.updated,
            source,
        })
    }
}

impl<'de> Deserialize<'de> for Plain<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Plain<'de>, D::Error> {
        deserializer.deserialize_map(PlainVisitor)
    }
}

struct PlainVisitor;

impl<'de> Visitor<'de> for PlainVisitor {
    type Value = Plain<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a plain transaction")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Plain<'de>, A::Error> {
        let mut plain = Plain::default();
        while let Some(key) = map.next_key::<&str>()? {
            let bit = match key.as_bytes() {
                b"id" => {
                    plain.id = map.next_value()?;
                    0
                }
                b"object" => {
                    if map.next_value::<&str>()? != TRANSACTION_OBJECT {
                        return Err(A::Error::custom("another object"));
                    }
                    1
                }
                b"account" => {
                    plain.account = map.next_value()?;
                    2
                }
                b"amount" => {
                    plain.amount = map.next_value()?;
                    3
                }
                b"currency" => {
                    plain.currency = map.next_value()?;
                    4
                }
                b"description" => {
                    plain.description = map.next_value::<Option<&str>>()?.unwrap_or_default();
                    5
                }
                b"status" => {
                    plain.status = map.next_value()?;
                    6
                }
                b"transacted_at" => {
                    plain.transacted_at = map.next_value()?;
                    7
                }
                b"livemode" => {
                    plain.livemode = map.next_value()?;
                    OPTIONAL
                }
                b"status_transitions" => {
                    plain.transitions = map.next_value::<Option<Transitions>>()?.unwrap_or_default();
                    OPTIONAL + 1
                }
                b"updated" => {
                    plain.updated = map.next_value()?;
                    OPTIONAL + 2
                }
                b"transaction_refresh" => {
                    // A token, which says nothing to us.
                    map.next_value::<Option<&str>>()?;
                    OPTIONAL + 3
                }
                _ => return Err(A::Error::custom("another key")),
            };
            if plain.seen & (1 << bit) != 0 {
                return Err(A::Error::custom("a key twice"));
            }
            plain.seen |= 1 << bit;
        }
        Ok(plain)
    }
}

/// `status_transitions`. A derived reader would take a list for it too.
#[derive(Default)]
struct Transitions {
    posted_at: Option<i64>,
    void_at: Option<i64>,
}

impl<'de> Deserialize<'de> for Transitions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Transitions, D::Error> {
        deserializer.deserialize_map(TransitionsVisitor)
    }
}

struct TransitionsVisitor;

impl<'de> Visitor<'de> for TransitionsVisitor {
    type Value = Transitions;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the times of a plain transaction")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Transitions, A::Error> {
        let mut transitions = Transitions::default();
        let mut seen = [false; 2];
        while let Some(key) = map.next_key::<&str>()? {
            let (at, time) = match key.as_bytes() {
                b"posted_at" => (0, &mut transitions.posted_at),
                b"void_at" => (1, &mut transitions.void_at),
                _ => return Err(A::Error::custom("another key")),
            };
            if std::mem::replace(&mut seen[at], true) {
                return Err(A::Error::custom("a key twice"));
            }
            *time = map.next_value()?;
        }
        Ok(transitions)
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
