//! Stripe's shapes that hold identity, in every envelope that exports put around them. A field of an unexpected type reads as
//! absent: this reader must never stop, or speak, because of what a field holds.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};

/// An object of the export. Which one it is follows from `object`, else from the fields that it has.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Thing {
    pub(crate) object: Named,
    pub(crate) id: Text,
    pub(crate) created: Seconds,
    // An account's.
    pub(crate) account_holder: Lenient<Holder>,
    pub(crate) institution_name: Text,
    pub(crate) last4: Text,
    pub(crate) status: Text,
    pub(crate) status_details: Lenient<StatusDetails>,
    pub(crate) category: Text,
    pub(crate) livemode: Flag,
    pub(crate) permissions: Texts,
    pub(crate) supported_payment_method_types: Texts,
    pub(crate) account_numbers: Things,
    pub(crate) fingerprint: Text,
    pub(crate) balance: Lenient<Dated>,
    pub(crate) balance_refresh: Lenient<Dated>,
    pub(crate) transaction_refresh: Lenient<Dated>,
    pub(crate) ownership_refresh: Lenient<Dated>,
    /// An account's ownership, or the snapshot that an owner belongs to.
    pub(crate) ownership: Ownership,
    // An ownership's.
    pub(crate) owners: Things,
    // An owner's.
    pub(crate) name: Text,
    pub(crate) email: Text,
    pub(crate) phone: Text,
    pub(crate) raw_address: Text,
    pub(crate) refreshed_at: Seconds,
    // A connected account's bank account, to which payouts go.
    pub(crate) account: Reference,
    pub(crate) bank_name: Text,
    // Envelopes: lists, sessions, events.
    pub(crate) data: Things,
    pub(crate) accounts: Things,
    pub(crate) has_more: Flag,
    /// Of an event, what it tells.
    #[serde(rename = "type")]
    pub(crate) event_type: Text,
}

/// What an object is to this reader.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Account,
    Ownership,
    Owner,
    BankAccount,
    Envelope,
    Other,
}

impl Thing {
    pub(crate) fn kind(&self) -> Kind {
        let Named::Name(object) = &self.object else { return self.kind_by_fields() };
        // `linked_account…` are the names before 2022.
        match object.rsplit('.').next().unwrap_or(object) {
            "account" if object.contains('.') => Kind::Account,
            "linked_account" => Kind::Account,
            "account_ownership" | "linked_account_ownership" => Kind::Ownership,
            "account_owner" | "linked_account_owner" => Kind::Owner,
            "bank_account" => Kind::BankAccount,
            "list" | "event" | "session" => Kind::Envelope,
            _ => Kind::Other,
        }
    }

    fn kind_by_fields(&self) -> Kind {
        if let Named::Inner(_) = &self.object {
            return Kind::Envelope;
        }
        if !self.data.0.is_empty() || !self.accounts.0.is_empty() {
            return Kind::Envelope;
        }
        if self.id.0.is_some() && self.institution_name.0.is_some() {
            return Kind::Account;
        }
        let is_somebody = [&self.name, &self.email, &self.phone, &self.raw_address].iter().any(|text| text.0.is_some());
        match (&self.ownership, is_somebody) {
            (Ownership::Id(_), true) => Kind::Owner,
            _ => Kind::Other,
        }
    }

    /// When the export last heard of the account: the largest time that it states.
    pub(crate) fn seen_at(&self) -> i64 {
        let refreshes = [&self.balance_refresh, &self.transaction_refresh, &self.ownership_refresh];
        let times =
            refreshes.iter().map(|one| one.0.last_attempted_at.0).chain([self.balance.0.as_of.0, self.created.0]);
        times.flatten().max().unwrap_or(i64::MIN)
    }

    /// Whose it is, by the rule of scoring, and whether that is a connected account; a customer may have an `acct_` id too.
    pub(crate) fn holder(&self) -> (Option<String>, bool) {
        let Holder { kind, customer, account, customer_account } = &self.account_holder.0;
        let customer = customer.0.clone().or_else(|| customer_account.0.clone());
        match kind.0.as_deref() {
            Some("account") => (account.0.clone().or(customer), true),
            Some("customer") => (customer.or_else(|| account.0.clone()), false),
            _ => {
                let is_connected = customer.is_none() && account.0.is_some();
                (customer.or_else(|| account.0.clone()), is_connected)
            }
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Holder {
    #[serde(rename = "type")]
    kind: Text,
    customer: Reference,
    account: Reference,
    customer_account: Reference,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct StatusDetails {
    pub(crate) inactive: Lenient<Cause>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Cause {
    pub(crate) cause: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Dated {
    pub(crate) as_of: Seconds,
    pub(crate) last_attempted_at: Seconds,
    pub(crate) status: Text,
}

/// The `object` field: a name, or, inside an event's `data`, the object itself.
#[derive(Default)]
pub(crate) enum Named {
    #[default]
    None,
    Name(String),
    Inner(Box<Thing>),
}

/// The `ownership` field: the id of a snapshot, or the snapshot.
#[derive(Default)]
pub(crate) enum Ownership {
    #[default]
    None,
    Id(String),
    Snapshot(Box<Thing>),
}

/// A text that is not empty; a number where a tool made one of it.
#[derive(Clone, Default)]
pub(crate) struct Text(pub(crate) Option<String>);

/// An id, or the id of the expanded object.
#[derive(Default)]
pub(crate) struct Reference(pub(crate) Option<String>);

#[derive(Default)]
pub(crate) struct Seconds(pub(crate) Option<i64>);

#[derive(Default)]
pub(crate) struct Flag(pub(crate) Option<bool>);

#[derive(Default)]
pub(crate) struct Texts(pub(crate) Option<Vec<String>>);

/// Objects in a list, a list envelope, or one alone; those that say nothing here are dropped while reading.
#[derive(Default)]
pub(crate) struct Things(pub(crate) Vec<Thing>);

/// An object, or its default where something else stands.
#[derive(Default)]
pub(crate) struct Lenient<T>(pub(crate) T);

/// What a JSON value may be; a type takes what it can use and lets the rest pass.
trait FromJson: Default {
    fn text(_: &str) -> Self {
        Self::default()
    }
    fn integer(_: i64) -> Self {
        Self::default()
    }
    fn flag(_: bool) -> Self {
        Self::default()
    }
    fn list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }
    fn map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }
}

struct Any<T>(std::marker::PhantomData<T>);

impl<'de, T: FromJson> Visitor<'de> for Any<T> {
    type Value = T;
    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::default())
    }
    fn visit_bool<E>(self, value: bool) -> Result<T, E> {
        Ok(T::flag(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<T, E> {
        Ok(T::integer(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<T, E> {
        Ok(i64::try_from(value).map_or_else(|_| T::default(), T::integer))
    }
    fn visit_f64<E>(self, value: f64) -> Result<T, E> {
        let is_whole = value.fract() == 0.0 && value.abs() < 1e15;
        #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
        Ok(if is_whole { T::integer(value as i64) } else { T::default() })
    }
    fn visit_str<E>(self, value: &str) -> Result<T, E> {
        Ok(T::text(value))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T, A::Error> {
        T::list(list)
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::map(map)
    }
}

fn thing<'de, A: MapAccess<'de>>(map: A) -> Result<Thing, A::Error> {
    Thing::deserialize(MapAccessDeserializer::new(map))
}

impl Seconds {
    /// A time as tables write it: seconds, also as a data frame's `1651784999.0`, or an instant, or a day, in UTC.
    pub(crate) fn of(text: &str) -> Seconds {
        use chrono::{DateTime, NaiveDate, NaiveDateTime};
        let text = text.trim();
        let whole =
            text.split_once('.').filter(|(_, rest)| rest.bytes().all(|byte| byte == b'0')).map_or(text, |one| one.0);
        let plain = |format| NaiveDateTime::parse_from_str(text, format).ok().map(|time| time.and_utc().timestamp());
        let instant = || DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp());
        let day = || Some(text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0)?.and_utc().timestamp());
        let found = whole.parse().ok().or_else(instant).or_else(|| plain("%Y-%m-%dT%H:%M:%S%.f"));
        Seconds(found.or_else(|| plain("%Y-%m-%d %H:%M:%S%.f")).or_else(day))
    }
}

/// A number without the `.0` that a data frame with a gap in the column gives to its other cells.
pub(crate) fn undotted(text: String) -> String {
    match text.strip_suffix(".0") {
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

fn filled(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

impl FromJson for Text {
    fn text(text: &str) -> Text {
        Text(filled(text))
    }
    fn integer(number: i64) -> Text {
        Text(Some(number.to_string()))
    }
}

impl FromJson for Reference {
    fn text(text: &str) -> Reference {
        Reference(filled(text))
    }
    fn map<'de, A: MapAccess<'de>>(map: A) -> Result<Reference, A::Error> {
        Ok(Reference(thing(map)?.id.0))
    }
}

impl FromJson for Seconds {
    fn text(text: &str) -> Seconds {
        Seconds::of(text)
    }
    fn integer(number: i64) -> Seconds {
        Seconds(Some(number))
    }
}

impl FromJson for Flag {
    fn flag(value: bool) -> Flag {
        Flag(Some(value))
    }
    fn text(text: &str) -> Flag {
        Flag(text.trim().to_ascii_lowercase().parse().ok())
    }
}

impl FromJson for Texts {
    fn list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Texts, A::Error> {
        let mut texts = vec![];
        while let Some(text) = list.next_element::<Text>()? {
            texts.extend(text.0);
        }
        texts.sort();
        Ok(Texts(Some(texts)))
    }
}

impl FromJson for Named {
    fn text(text: &str) -> Named {
        Named::Name(text.to_owned())
    }
    fn map<'de, A: MapAccess<'de>>(map: A) -> Result<Named, A::Error> {
        Ok(Named::Inner(Box::new(thing(map)?)))
    }
}

impl FromJson for Ownership {
    fn text(text: &str) -> Ownership {
        filled(text).map_or(Ownership::None, Ownership::Id)
    }
    fn map<'de, A: MapAccess<'de>>(map: A) -> Result<Ownership, A::Error> {
        Ok(Ownership::Snapshot(Box::new(thing(map)?)))
    }
}

impl FromJson for Things {
    fn list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Things, A::Error> {
        let mut things = vec![];
        while let Some(found) = list.next_element::<Things>()? {
            things.extend(found.0);
        }
        Ok(Things(things))
    }
    fn map<'de, A: MapAccess<'de>>(map: A) -> Result<Things, A::Error> {
        let found = thing(map)?;
        let named = |text: &Text| text.0.is_some();
        // Owners in an envelope need not say what they are, and account numbers have a status only.
        let says = found.kind() != Kind::Other
            || matches!(found.object, Named::None)
                && (named(&found.name)
                    || named(&found.email)
                    || named(&found.phone)
                    || named(&found.raw_address)
                    || named(&found.status));
        Ok(Things(if says { vec![found] } else { vec![] }))
    }
}

impl<T: Default + for<'a> Deserialize<'a>> FromJson for Lenient<T> {
    fn map<'de, A: MapAccess<'de>>(map: A) -> Result<Lenient<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Lenient)
    }
}

macro_rules! from_any { ($($kind:ty),*) => { $(
    impl<'de> Deserialize<'de> for $kind {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            from.deserialize_any(Any(std::marker::PhantomData))
        }
    }
)* } }
from_any!(Text, Reference, Seconds, Flag, Texts, Named, Ownership, Things);

impl<'de, T: Default + for<'a> Deserialize<'a>> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Any(std::marker::PhantomData))
    }
}
