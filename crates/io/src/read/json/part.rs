//! The nested objects of an export that scoring reads: holders, balances, refreshes, status transitions.

use std::borrow::Cow;

use serde::de::{IgnoredAny, MapAccess, SeqAccess};

use super::{
    field::{Amounts, Into, Names, Scalar, Take, next_key},
    near::Nearly,
    rows,
};

/// The paths of the keys that are read of `status_transitions`, as they are numbered below; so for the others.
const TRANSITIONS: [&str; 2] = ["status_transitions.posted_at", "status_transitions.void_at"];
const HOLDER: [&str; 4] =
    ["account_holder.type", "account_holder.customer", "account_holder.customer_account", "account_holder.account"];
const BALANCE: [&str; 5] = ["balance.as_of", "balance.type", "balance.current", "balance.cash", "balance.credit"];
// Of either refresh.
const REFRESH: [&str; 2] = ["status", "last_attempted_at"];

/// The keys of accounts and of balances.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct AccountPart<'a> {
    pub(super) holder: Holder<'a>,
    pub(super) institution_name: Scalar<'a>,
    pub(super) last4: Scalar<'a>,
    pub(super) category: Scalar<'a>,
    pub(super) subcategory: Scalar<'a>,
    pub(super) permissions: Names<'a>,
    pub(super) balance: Balance<'a>,
    /// Entries of the balance's currency maps that were flattened whole, until the whole object is read: of what is current, of
    /// cash, of credit.
    pub(super) flat: Option<Box<[Amounts<'a>; 3]>>,
    /// What keys of a balance that was flattened half held, until the whole object is read.
    pub(super) half: Option<Box<Balance<'a>>>,
    pub(super) balance_refresh: Refresh<'a>,
    pub(super) transaction_refresh: Refresh<'a>,
    pub(super) status_details: StatusDetails<'a>,
    pub(super) authorization: Reference<'a>,
    pub(super) numbers: Numbers<'a>,
    pub(super) payment_methods: Names<'a>,
    /// Keys of an event without a body: what happened, and to which object.
    pub(super) event_type: Scalar<'a>,
    pub(super) related: Reference<'a>,
    /// Keys of a balance that stands for itself.
    pub(super) as_of: Scalar<'a>,
    pub(super) current: Amounts<'a>,
    pub(super) available: Amounts<'a>,
    pub(super) used: Amounts<'a>,
}

/// `status_transitions`.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Transitions<'a> {
    pub(super) posted_at: Scalar<'a>,
    pub(super) void_at: Scalar<'a>,
    pub(super) is_wrong: bool,
    pub(super) repeated: Option<&'static str>,
    pub(super) near: Nearly<'a>,
}

/// `account_holder`.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Holder<'a> {
    pub(super) kind: Scalar<'a>,
    pub(super) customer: Reference<'a>,
    pub(super) customer_account: Scalar<'a>,
    pub(super) account: Reference<'a>,
    pub(super) is_wrong: bool,
    pub(super) repeated: Option<&'static str>,
    pub(super) near: Nearly<'a>,
}

/// An id, or the expanded object that has it.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Reference<'a>(pub(super) Scalar<'a>);

/// `balance`.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Balance<'a> {
    pub(super) as_of: Scalar<'a>,
    pub(super) kind: Scalar<'a>,
    pub(super) current: Amounts<'a>,
    pub(super) cash: Detail<'a>,
    pub(super) credit: Detail<'a>,
    /// A struct stood there, not null.
    pub(super) is_there: bool,
    pub(super) is_wrong: bool,
    pub(super) repeated: Option<&'static str>,
    pub(super) near: Nearly<'a>,
}

/// `cash` or `credit` of a balance.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Detail<'a>(pub(super) Amounts<'a>);

/// `balance_refresh` or `transaction_refresh`; a transaction's is a text, which says nothing to us.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Refresh<'a> {
    pub(super) status: Scalar<'a>,
    pub(super) last_attempted_at: Scalar<'a>,
    pub(super) is_there: bool,
    pub(super) repeated: Option<&'static str>,
    pub(super) near: Nearly<'a>,
}

/// A key of a balance that was flattened half: below it the struct goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Half {
    Current,
    Available,
    Used,
    Cash,
    Credit,
}

/// What such a key holds.
///
/// # Source
///
/// `pandas.json_normalize` with `max_level=1` stops at `balance.cash`, with 2 at `balance.cash.available`.
pub(super) fn half(key: &str) -> Option<Half> {
    match key {
        "balance.current" | "balance_current" => Some(Half::Current),
        "balance.cash.available" | "balance_cash_available" => Some(Half::Available),
        "balance.credit.used" | "balance_credit_used" => Some(Half::Used),
        "balance.cash" | "balance_cash" => Some(Half::Cash),
        "balance.credit" | "balance_credit" => Some(Half::Credit),
        _ => None,
    }
}

/// `balance.cash` or `balance.credit` of a balance that was flattened half: what is no struct there is somebody else's column.
pub(super) struct OnlyStruct<'t, 'a>(pub(super) &'t mut Detail<'a>);

impl<'de> Take<'de> for OnlyStruct<'_, 'de> {
    fn scalar(&mut self, _: Scalar<'de>) {}
    fn map<A: MapAccess<'de>>(&mut self, map: A) -> Result<(), A::Error> {
        self.0.map(map)
    }
}

impl<'a> AccountPart<'a> {
    /// Takes what flattened keys gave of the balance; tells whether a half-flattened one gave some.
    pub(super) fn settle(&mut self) -> bool {
        self.settle_flat();
        self.settle_half()
    }

    /// Takes the entries of keys of their own, but for those that say again what the struct says. Another amount beside the
    /// struct's is a repeated one, for nobody can say which holds.
    fn settle_flat(&mut self) {
        let Some(flat) = self.flat.take() else { return };
        let Balance { current, cash, credit, .. } = &mut self.balance;
        for (own, flat) in [current, &mut cash.0, &mut credit.0].into_iter().zip(*flat) {
            let is_said = |(key, value): &(Cow<'_, str>, Scalar<'_>)| {
                own.entries.iter().any(|own| own.0.eq_ignore_ascii_case(key) && rows::is_same(&own.1, value))
            };
            let more: Vec<_> = flat.entries.into_iter().filter(|new| !is_said(new)).collect();
            own.entries.extend(more);
        }
    }

    /// Takes the currency maps of half-flattened keys for those that neither the struct nor entries of their own gave: beside
    /// them such a key is a copy that somebody made for convenience, and to read both would make every amount a repeated one.
    /// Tells whether it took any.
    fn settle_half(&mut self) -> bool {
        let Some(half) = self.half.take() else { return false };
        let Balance { current, cash, credit, is_there, .. } = &mut self.balance;
        let mut is_taken = false;
        for (own, half) in [(current, half.current), (&mut cash.0, half.cash.0), (&mut credit.0, half.credit.0)] {
            // An amount without a currency is no map: beside the struct it is somebody else's, without it the balance is unreadable.
            let is_of_another = *is_there && !half.flat.is_absent();
            if *own == Amounts::default() && half != Amounts::default() && !is_of_another {
                *own = half;
                is_taken = true;
            }
        }
        is_taken
    }
}

/// `account_numbers`, of whose entries status and expected end are read.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Numbers<'a> {
    pub(super) list: Vec<Number<'a>>,
    pub(super) is_wrong: bool,
}

/// One of them.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Number<'a> {
    pub(super) status: Scalar<'a>,
    pub(super) expires: Scalar<'a>,
    /// No object stood there.
    pub(super) is_wrong: bool,
}

impl<'de> Take<'de> for Numbers<'de> {
    fn scalar(&mut self, value: Scalar<'de>) {
        self.is_wrong = !value.is_absent();
    }
    fn list<A: SeqAccess<'de>>(&mut self, mut list: A) -> Result<(), A::Error> {
        loop {
            let mut number = Number::default();
            if list.next_element_seed(Into(&mut number))?.is_none() {
                return Ok(());
            }
            self.list.push(number);
        }
    }
}

impl<'de> Take<'de> for Number<'de> {
    fn scalar(&mut self, _: Scalar<'de>) {
        self.is_wrong = true;
    }
    fn map<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = next_key(&mut map)? {
            match &*key {
                "status" => map.next_value_seed(Into(&mut self.status))?,
                "expected_expiry_date" => map.next_value_seed(Into(&mut self.expires))?,
                _ => map.next_value::<IgnoredAny>().map(|_| ())?,
            }
        }
        Ok(())
    }
}

/// `status_details`, of which `active.expected_deactivation_date` is read.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct StatusDetails<'a> {
    pub(super) expected_deactivation: Scalar<'a>,
}

/// `status_details.active`.
struct ActiveDetails<'t, 'a>(&'t mut StatusDetails<'a>);

impl<'de> Take<'de> for StatusDetails<'de> {
    fn scalar(&mut self, _: Scalar<'de>) {}
    fn map<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = next_key(&mut map)? {
            if &*key == "active" {
                map.next_value_seed(Into(&mut ActiveDetails(self)))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

impl<'de> Take<'de> for ActiveDetails<'_, 'de> {
    fn scalar(&mut self, _: Scalar<'de>) {}
    fn map<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = next_key(&mut map)? {
            if &*key == "expected_deactivation_date" {
                map.next_value_seed(Into(&mut self.0.expected_deactivation))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

impl<'de> Take<'de> for Transitions<'de> {
    fn scalar(&mut self, value: Scalar<'de>) {
        self.is_wrong = !value.is_absent();
    }
    fn map<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<(), A::Error> {
        let mut seen = [false; 2];
        while let Some(key) = next_key(&mut map)? {
            let (at, target) = match &*key {
                "posted_at" => (0, &mut self.posted_at),
                "void_at" => (1, &mut self.void_at),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    self.near.note(key, &TRANSITIONS);
                    continue;
                }
            };
            if std::mem::replace(&mut seen[at], true) {
                self.repeated = Some(TRANSITIONS[at]);
            }
            map.next_value_seed(Into(target))?;
        }
        self.near.without(&TRANSITIONS, &seen);
        Ok(())
    }
}

impl<'de> Take<'de> for Reference<'de> {
    fn scalar(&mut self, value: Scalar<'de>) {
        // A flattened table may hold both the id and the expanded object's id: null never wins.
        if !value.is_absent() {
            self.0 = value;
        }
    }
    fn map<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = next_key(&mut map)? {
            if &*key == "id" {
                map.next_value_seed(Into(&mut self.0))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

impl<'de> Take<'de> for Holder<'de> {
    fn scalar(&mut self, value: Scalar<'de>) {
        self.is_wrong = !value.is_absent();
    }
    fn map<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<(), A::Error> {
        let mut seen = [false; 4];
        while let Some(key) = next_key(&mut map)? {
            let at = match &*key {
                "type" => 0,
                "customer" => 1,
                "customer_account" => 2,
                "account" => 3,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    self.near.note(key, &HOLDER);
                    continue;
                }
            };
            if std::mem::replace(&mut seen[at], true) {
                self.repeated = Some("account_holder");
            }
            match at {
                0 => map.next_value_seed(Into(&mut self.kind))?,
                1 => map.next_value_seed(Into(&mut self.customer))?,
                2 => map.next_value_seed(Into(&mut self.customer_account))?,
                _ => map.next_value_seed(Into(&mut self.account))?,
            }
        }
        self.near.without(&HOLDER, &seen);
        Ok(())
    }
}

impl<'de> Take<'de> for Balance<'de> {
    fn scalar(&mut self, value: Scalar<'de>) {
        self.is_wrong = !value.is_absent();
    }
    fn map<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<(), A::Error> {
        self.is_there = true;
        let mut seen = [false; 5];
        while let Some(key) = next_key(&mut map)? {
            let at = match &*key {
                "as_of" => 0,
                "type" => 1,
                "current" => 2,
                "cash" => 3,
                "credit" => 4,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    self.near.note(key, &BALANCE);
                    continue;
                }
            };
            if std::mem::replace(&mut seen[at], true) {
                self.repeated = Some("balance");
            }
            match at {
                0 => map.next_value_seed(Into(&mut self.as_of))?,
                1 => map.next_value_seed(Into(&mut self.kind))?,
                2 => map.next_value_seed(Into(&mut self.current))?,
                3 => map.next_value_seed(Into(&mut self.cash))?,
                _ => map.next_value_seed(Into(&mut self.credit))?,
            }
        }
        self.near.without(&BALANCE, &seen);
        Ok(())
    }
}

impl<'de> Take<'de> for Detail<'de> {
    fn scalar(&mut self, value: Scalar<'de>) {
        self.0.flat = value;
    }
    fn map<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = next_key(&mut map)? {
            if matches!(&*key, "available" | "used") {
                map.next_value_seed(Into(&mut self.0))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

impl<'de> Take<'de> for Refresh<'de> {
    fn scalar(&mut self, _: Scalar<'de>) {}
    fn map<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<(), A::Error> {
        self.is_there = true;
        let mut seen = [false; 2];
        while let Some(key) = next_key(&mut map)? {
            let (at, target) = match &*key {
                "status" => (0, &mut self.status),
                "last_attempted_at" => (1, &mut self.last_attempted_at),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    self.near.note(key, &REFRESH);
                    continue;
                }
            };
            if std::mem::replace(&mut seen[at], true) {
                self.repeated = Some("status");
            }
            map.next_value_seed(Into(target))?;
        }
        self.near.without(&REFRESH, &seen);
        Ok(())
    }
}
