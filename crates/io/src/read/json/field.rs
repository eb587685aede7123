//! One JSON value as a key of ours takes it. A value of the wrong type is kept as such and becomes a defect with the
//! column's name later; only broken JSON is an error of the parser.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A value that is no list and no object, as it stood.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) enum Scalar<'a> {
    /// No such key, or null: the same thing in Stripe's dialect.
    #[default]
    Absent,
    Bool(bool),
    Integer(i64),
    /// An integer beyond 64 bits with sign.
    Wide,
    /// Anything written with a point or an exponent.
    Real(f64),
    Text(Cow<'a, str>),
    /// A list or an object where neither belongs.
    Nested,
}

impl Scalar<'_> {
    pub(super) fn is_absent(&self) -> bool {
        matches!(self, Scalar::Absent)
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Scalar::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// What takes a JSON value of any type. Lists and objects are read over unless the taker knows them.
pub(super) trait Take<'de> {
    fn scalar(&mut self, value: Scalar<'de>);

    fn map<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        self.scalar(Scalar::Nested);
        Ok(())
    }

    fn list<A: SeqAccess<'de>>(&mut self, mut list: A) -> Result<(), A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        self.scalar(Scalar::Nested);
        Ok(())
    }
}

impl<'de> Take<'de> for Scalar<'de> {
    fn scalar(&mut self, value: Scalar<'de>) {
        *self = value;
    }
}

/// The names of a list, such as permissions; `None` for null.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Names<'a> {
    pub(super) names: Option<Vec<Scalar<'a>>>,
    /// A text where the list belongs, in which tables write one.
    pub(super) text: Scalar<'a>,
}

impl<'de> Take<'de> for Names<'de> {
    fn scalar(&mut self, value: Scalar<'de>) {
        self.text = value;
    }

    fn list<A: SeqAccess<'de>>(&mut self, mut list: A) -> Result<(), A::Error> {
        let mut names = Vec::new();
        loop {
            let mut name = Scalar::Absent;
            if list.next_element_seed(Into(&mut name))?.is_none() {
                break;
            }
            names.push(name);
        }
        self.names = Some(names);
        Ok(())
    }
}

/// Amounts by currency, in the file's order.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Amounts<'a> {
    pub(super) entries: Vec<(Cow<'a, str>, Scalar<'a>)>,
    /// A number where the map belongs: the flat form of a balances table.
    pub(super) flat: Scalar<'a>,
}

impl<'de> Take<'de> for Amounts<'de> {
    fn scalar(&mut self, value: Scalar<'de>) {
        self.flat = value;
    }

    fn map<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(currency) = next_key(&mut map)? {
            let mut amount = Scalar::Absent;
            map.next_value_seed(Into(&mut amount))?;
            self.entries.push((currency, amount));
        }
        Ok(())
    }
}

/// A flattened key of a currency map: which map, and the currency.
pub(super) fn currency_key(key: &str) -> Option<(Map, &str)> {
    const MAPS: [(&str, Map); 16] = [
        ("balance.current.", Map::Current),
        ("balance_current_", Map::Current),
        ("balance.cash.available.", Map::Cash),
        ("balance_cash_available_", Map::Cash),
        ("balance.credit.used.", Map::Credit),
        ("balance_credit_used_", Map::Credit),
        ("current.", Map::StandingCurrent),
        ("current_", Map::StandingCurrent),
        ("available.", Map::StandingAvailable),
        ("available_", Map::StandingAvailable),
        ("cash.available.", Map::StandingAvailable),
        ("cash_available_", Map::StandingAvailable),
        ("used.", Map::StandingUsed),
        ("used_", Map::StandingUsed),
        ("credit.used.", Map::StandingUsed),
        ("credit_used_", Map::StandingUsed),
    ];
    if !key.starts_with(['b', 'c', 'a', 'u']) {
        return None;
    }
    let (map, currency) = MAPS.iter().find_map(|(prefix, map)| Some((*map, key.strip_prefix(prefix)?)))?;
    let is_one = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_of_account = matches!(map, Map::Current | Map::Cash | Map::Credit);
    (is_one || is_of_account || currency == "undefined").then_some((map, currency))
}

/// A currency map: of an account's balance, or of one that stands for itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Map {
    Current,
    Cash,
    Credit,
    StandingCurrent,
    StandingAvailable,
    StandingUsed,
}

/// Counts the elements of a list envelope or of a bare list, and reads none of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Count(pub(super) u32);

impl<'de> Take<'de> for Count {
    fn scalar(&mut self, _: Scalar<'de>) {}

    fn map<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = next_key(&mut map)? {
            if matches!(&*key, "data" | "owners") {
                map.next_value_seed(Into(self))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn list<A: SeqAccess<'de>>(&mut self, mut list: A) -> Result<(), A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {
            self.0 = self.0.saturating_add(1);
        }
        Ok(())
    }
}

/// Hands the next JSON value to its taker.
pub(super) struct Into<'t, T>(pub(super) &'t mut T);

impl<'de, T: Take<'de>> DeserializeSeed<'de> for Into<'_, T> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Take<'de>> Visitor<'de> for Into<'_, T> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }
    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.0.scalar(Scalar::Bool(value));
        Ok(())
    }
    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.0.scalar(Scalar::Integer(value));
        Ok(())
    }
    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.0.scalar(i64::try_from(value).map_or(Scalar::Wide, Scalar::Integer));
        Ok(())
    }
    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.0.scalar(Scalar::Real(value));
        Ok(())
    }
    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<(), E> {
        self.0.scalar(Scalar::Text(Cow::Borrowed(value)));
        Ok(())
    }
    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.0.scalar(Scalar::Text(Cow::Owned(value.to_owned())));
        Ok(())
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        self.0.scalar(Scalar::Absent);
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.0.map(map)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        self.0.list(list)
    }
}

/// The next key of an object, borrowed unless it holds escapes.
pub(super) fn next_key<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Cow<'de, str>>, A::Error> {
    map.next_key_seed(Key(PhantomData))
}

struct Key<'de>(PhantomData<&'de ()>);

impl<'de> DeserializeSeed<'de> for Key<'de> {
    type Value = Cow<'de, str>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key<'de> {
    type Value = Cow<'de, str>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a key")
    }
    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(key))
    }
    fn visit_str<E>(self, key: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}

/// Hands the whole of a JSON text to a taker.
pub(super) fn parse<'de, T: Take<'de>>(text: &'de str, target: &mut T) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Into(target).deserialize(&mut deserializer)?;
    deserializer.end()
}

/// Checks that a text is one valid JSON value, and keeps nothing of it.
pub(super) fn check(text: &[u8]) -> Result<(), serde_json::Error> {
    if std::str::from_utf8(text).is_err() {
        return Err(serde_json::Error::custom("invalid unicode"));
    }
    serde_json::from_slice::<IgnoredAny>(text).map(|_| ())
}
