//! Any object of an export, read in one pass whatever the order of its keys: the keys that scoring needs, typed and
//! borrowed; every other key is read over. Owners are counted, never read.

use std::borrow::Cow;

use serde::de::{IgnoredAny, MapAccess, SeqAccess};

use super::{
    events::{EVENT, THIN_EVENT},
    field::{Amounts, Count, Into, Map, Scalar, Take, currency_key, next_key},
    near,
    part::{AccountPart, Balance, Half, OnlyStruct, Transitions, half},
};

/// An object of whatever kind; absent keys are absent fields.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Object<'a> {
    /// Stripe's `object`.
    pub(super) name: Scalar<'a>,
    pub(super) id: Scalar<'a>,
    pub(super) account: Scalar<'a>,
    pub(super) amount: Scalar<'a>,
    pub(super) currency: Scalar<'a>,
    pub(super) description: Scalar<'a>,
    pub(super) livemode: Scalar<'a>,
    pub(super) status: Scalar<'a>,
    pub(super) transacted_at: Scalar<'a>,
    pub(super) updated: Scalar<'a>,
    pub(super) transitions: Transitions<'a>,
    pub(super) created: Scalar<'a>,
    /// The keys of accounts and balances, which transactions lack.
    pub(super) account_part: Option<Box<AccountPart<'a>>>,
    /// `data.object` of an event, or the object in a column of JSON.
    pub(super) nested: Option<Box<Object<'a>>>,
    /// The elements of a list, or a session's accounts.
    pub(super) items: Option<Box<Items<'a>>>,
    /// A JSON text in a column of its own.
    pub(super) raw: Scalar<'a>,
    pub(super) has_more: Scalar<'a>,
    pub(super) url: Scalar<'a>,
    /// Elements of `owners`, or of an expanded `ownership`.
    pub(super) owners: Count,
    pub(super) has_application_id: bool,
    pub(super) has_transaction_id: bool,
    pub(super) has_action: bool,
    /// A key that only a person has; its value is left unread.
    pub(super) has_owner: bool,
    /// The key is there, be it null.
    pub(super) has_description: bool,
    /// What Stripe.js returns in a browser.
    pub(super) is_of_browser: bool,
    /// The text of `ownership`: an owner's snapshot.
    pub(super) has_ownership_id: bool,
    /// An object stands in `object`, or in `data.object`, as in events alone.
    pub(super) is_event: bool,
    /// Some key was flattened (`status_transitions.posted_at`).
    pub(super) is_flattened: bool,
    /// The first key of ours that stood twice.
    pub(super) repeated: Option<&'static str>,
    /// Unknown keys that are ours but for how they are written, where what is meant does not stand there too.
    pub(super) near: Vec<(Slot, Cow<'a, str>)>,
}

/// The elements of a list.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Items<'a> {
    pub(super) objects: Vec<Object<'a>>,
    pub(super) has_more: Scalar<'a>,
    pub(super) url: Scalar<'a>,
}

/// The keys that are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Slot {
    Object,
    Id,
    Account,
    Amount,
    Currency,
    Description,
    Livemode,
    Status,
    StatusTransitions,
    TransactedAt,
    Updated,
    Created,
    PostedAt,
    VoidAt,
    BarePostedAt,
    BareVoidAt,
    AccountHolder,
    HolderType,
    HolderCustomer,
    HolderCustomerAccount,
    HolderAccount,
    InstitutionName,
    Last4,
    Category,
    Subcategory,
    Permissions,
    Balance,
    BalanceAsOf,
    BalanceType,
    BalanceRefresh,
    BalanceRefreshStatus,
    BalanceRefreshAt,
    TransactionRefresh,
    TransactionRefreshStatus,
    TransactionRefreshAt,
    Ownership,
    Owners,
    AsOf,
    Current,
    Available,
    Used,
    Data,
    Raw,
    HasMore,
    Url,
    Accounts,
    ApplicationId,
    TransactionId,
    Action,
    Type,
    RelatedObject,
    StatusDetails,
    ExpectedDeactivation,
    Authorization,
    AccountNumbers,
    PaymentMethods,
    Owner,
    Browser,
}

/// Keys with their slots, the flattened ones with both separators. Patterns of bytes become a decision tree, patterns of
/// text a chain of comparisons.
///
/// # Source
///
/// `pandas.json_normalize` joins with a point by default, warehouse tools with an underscore.
// Inlined where the keys of an object are read; elsewhere a key comes by once in thousands.
#[inline(always)]
pub(super) fn slot(key: &[u8]) -> Option<Slot> {
    Some(match key {
        b"object" => Slot::Object,
        b"id" => Slot::Id,
        b"account" => Slot::Account,
        b"amount" => Slot::Amount,
        b"currency" => Slot::Currency,
        b"description" => Slot::Description,
        b"livemode" => Slot::Livemode,
        b"status" => Slot::Status,
        b"status_transitions" => Slot::StatusTransitions,
        b"transacted_at" => Slot::TransactedAt,
        b"updated" => Slot::Updated,
        b"created" => Slot::Created,
        b"account_holder" => Slot::AccountHolder,
        b"institution_name" => Slot::InstitutionName,
        b"last4" => Slot::Last4,
        b"category" => Slot::Category,
        b"subcategory" => Slot::Subcategory,
        b"permissions" => Slot::Permissions,
        b"balance" => Slot::Balance,
        b"balance_refresh" => Slot::BalanceRefresh,
        b"transaction_refresh" => Slot::TransactionRefresh,
        b"ownership" => Slot::Ownership,
        b"owners" | b"ownership.owners.data" | b"ownership_owners_data" | b"owners.data" | b"owners_data" => {
            Slot::Owners
        }
        b"as_of" => Slot::AsOf,
        b"current" => Slot::Current,
        b"available" | b"cash.available" | b"cash_available" => Slot::Available,
        b"used" | b"credit.used" | b"credit_used" => Slot::Used,
        b"data" => Slot::Data,
        b"_raw" | b"raw" | b"payload" | b"_airbyte_data" => Slot::Raw,
        b"has_more" => Slot::HasMore,
        b"url" => Slot::Url,
        b"accounts" => Slot::Accounts,
        b"application_id" => Slot::ApplicationId,
        b"transaction_id" => Slot::TransactionId,
        b"action" => Slot::Action,
        b"type" => Slot::Type,
        b"related_object" => Slot::RelatedObject,
        b"status_details" => Slot::StatusDetails,
        b"authorization" => Slot::Authorization,
        b"account_numbers" => Slot::AccountNumbers,
        b"supported_payment_method_types" => Slot::PaymentMethods,
        b"raw_address" | b"email" | b"owners.name" | b"owners_name" | b"owners.email" | b"owners_email" => Slot::Owner,
        b"financialConnectionsSession" => Slot::Browser,
        _ => return flattened_slot(key),
    })
}

fn flattened_slot(key: &[u8]) -> Option<Slot> {
    Some(match key {
        b"status_transitions.posted_at" | b"status_transitions_posted_at" => Slot::PostedAt,
        b"status_transitions.void_at" | b"status_transitions_void_at" => Slot::VoidAt,
        b"posted_at" => Slot::BarePostedAt,
        b"void_at" => Slot::BareVoidAt,
        b"account_holder.type" | b"account_holder_type" => Slot::HolderType,
        b"account_holder.customer"
        | b"account_holder_customer"
        | b"account_holder.customer.id"
        | b"account_holder_customer_id" => Slot::HolderCustomer,
        b"account_holder.customer_account" | b"account_holder_customer_account" => Slot::HolderCustomerAccount,
        b"account_holder.account"
        | b"account_holder_account"
        | b"account_holder.account.id"
        | b"account_holder_account_id" => Slot::HolderAccount,
        b"balance.as_of" | b"balance_as_of" => Slot::BalanceAsOf,
        b"balance.type" | b"balance_type" => Slot::BalanceType,
        b"balance_refresh.status" | b"balance_refresh_status" => Slot::BalanceRefreshStatus,
        b"balance_refresh.last_attempted_at" | b"balance_refresh_last_attempted_at" => Slot::BalanceRefreshAt,
        b"transaction_refresh.status" | b"transaction_refresh_status" => Slot::TransactionRefreshStatus,
        b"transaction_refresh.last_attempted_at" | b"transaction_refresh_last_attempted_at" => {
            Slot::TransactionRefreshAt
        }
        b"status_details.active.expected_deactivation_date" | b"status_details_active_expected_deactivation_date" => {
            Slot::ExpectedDeactivation
        }
        _ => return None,
    })
}

/// The name that defects give a key.
pub(super) fn column(slot: Slot) -> &'static str {
    match slot {
        Slot::Object => "object",
        Slot::Id => "id",
        Slot::Account => "account",
        Slot::Amount => "amount",
        Slot::Currency => "currency",
        Slot::Description => "description",
        Slot::Livemode => "livemode",
        Slot::Status => "status",
        Slot::StatusTransitions => "status_transitions",
        Slot::TransactedAt => "transacted_at",
        Slot::Updated => "updated",
        Slot::Created => "created",
        Slot::PostedAt | Slot::BarePostedAt => "status_transitions.posted_at",
        Slot::VoidAt | Slot::BareVoidAt => "status_transitions.void_at",
        Slot::AccountHolder => "account_holder",
        Slot::HolderType => "account_holder.type",
        Slot::HolderCustomer => "account_holder.customer",
        Slot::HolderCustomerAccount => "account_holder.customer_account",
        Slot::HolderAccount => "account_holder.account",
        Slot::InstitutionName => "institution_name",
        Slot::Last4 => "last4",
        Slot::Category => "category",
        Slot::Subcategory => "subcategory",
        Slot::Permissions => "permissions",
        Slot::Balance => "balance",
        Slot::BalanceAsOf => "balance.as_of",
        Slot::BalanceType => "balance.type",
        Slot::BalanceRefresh => "balance_refresh",
        Slot::BalanceRefreshStatus => "balance_refresh.status",
        Slot::BalanceRefreshAt => "balance_refresh.last_attempted_at",
        Slot::TransactionRefresh => "transaction_refresh",
        Slot::TransactionRefreshStatus => "transaction_refresh.status",
        Slot::TransactionRefreshAt => "transaction_refresh.last_attempted_at",
        Slot::Ownership => "ownership",
        Slot::Owners => "owners",
        Slot::AsOf => "as_of",
        Slot::Current => "current",
        Slot::Available => "available",
        Slot::Used => "used",
        Slot::Data => "data",
        Slot::Raw => "payload",
        Slot::HasMore => "has_more",
        Slot::Url => "url",
        Slot::Accounts => "accounts",
        Slot::ApplicationId => "application_id",
        Slot::TransactionId => "transaction_id",
        Slot::Action => "action",
        Slot::Type => "type",
        Slot::RelatedObject => "related_object",
        Slot::StatusDetails => "status_details",
        Slot::ExpectedDeactivation => "status_details.active.expected_deactivation_date",
        Slot::Authorization => "authorization",
        Slot::AccountNumbers => "account_numbers",
        Slot::PaymentMethods => "supported_payment_method_types",
        Slot::Owner => "owner",
        Slot::Browser => "financialConnectionsSession",
    }
}

// A bit of a word for each slot.
const _: () = assert!((Slot::Browser as u32) < u64::BITS);

impl Slot {
    /// Its bit among those of all slots.
    pub(super) fn bit(self) -> u64 {
        1 << (self as u32)
    }
}

impl<'a> Object<'a> {
    /// Whether it is an event with all that it says.
    pub(super) fn is_whole_event(&self) -> bool {
        matches!(self.name.text(), Some(EVENT | THIN_EVENT))
    }

    pub(super) fn part(&mut self) -> &mut AccountPart<'a> {
        self.account_part.get_or_insert_default()
    }

    fn fill<A: MapAccess<'a>>(&mut self, slot: Slot, map: &mut A) -> Result<(), A::Error> {
        match slot {
            Slot::Object => map.next_value_seed(Into(&mut NameOrObject(self))),
            Slot::Id => map.next_value_seed(Into(&mut self.id)),
            Slot::Account => map.next_value_seed(Into(&mut self.account)),
            Slot::Amount => map.next_value_seed(Into(&mut self.amount)),
            Slot::Currency => map.next_value_seed(Into(&mut self.currency)),
            Slot::Description => map.next_value_seed(Into(&mut self.description)),
            Slot::Livemode => map.next_value_seed(Into(&mut self.livemode)),
            Slot::Status => map.next_value_seed(Into(&mut self.status)),
            Slot::StatusTransitions => map.next_value_seed(Into(&mut self.transitions)),
            Slot::TransactedAt => map.next_value_seed(Into(&mut self.transacted_at)),
            Slot::Updated => map.next_value_seed(Into(&mut self.updated)),
            Slot::Created => map.next_value_seed(Into(&mut self.created)),
            Slot::Data => map.next_value_seed(Into(&mut Data(self))),
            Slot::Raw => map.next_value_seed(Into(&mut Raw(self))),
            Slot::HasMore => map.next_value_seed(Into(&mut self.has_more)),
            Slot::Url => map.next_value_seed(Into(&mut self.url)),
            Slot::Accounts => map.next_value_seed(Into(&mut Accounts(self))),
            Slot::Owners => map.next_value_seed(Into(&mut self.owners)),
            Slot::Ownership => map.next_value_seed(Into(&mut Ownership(self))),
            Slot::TransactionRefresh => map.next_value_seed(Into(&mut TransactionRefresh(self))),
            Slot::ApplicationId | Slot::TransactionId | Slot::Action | Slot::Owner | Slot::Browser => {
                let there = match slot {
                    Slot::Owner => &mut self.has_owner,
                    Slot::ApplicationId => &mut self.has_application_id,
                    Slot::TransactionId => &mut self.has_transaction_id,
                    Slot::Action => &mut self.has_action,
                    _ => &mut self.is_of_browser,
                };
                *there = true;
                map.next_value::<IgnoredAny>().map(|_| ())
            }
            _ => self.fill_account(slot, map),
        }
    }

    fn fill_account<A: MapAccess<'a>>(&mut self, slot: Slot, map: &mut A) -> Result<(), A::Error> {
        if matches!(slot, Slot::PostedAt | Slot::VoidAt) {
            let transitions = &mut self.transitions;
            let target = if slot == Slot::PostedAt { &mut transitions.posted_at } else { &mut transitions.void_at };
            return map.next_value_seed(Into(target));
        }
        let part = self.account_part.get_or_insert_default();
        let target = match slot {
            Slot::AccountHolder => return map.next_value_seed(Into(&mut part.holder)),
            Slot::Permissions => return map.next_value_seed(Into(&mut part.permissions)),
            Slot::Balance => return map.next_value_seed(Into(&mut part.balance)),
            Slot::BalanceRefresh => return map.next_value_seed(Into(&mut part.balance_refresh)),
            Slot::Current => return map.next_value_seed(Into(&mut part.current)),
            Slot::Available => return map.next_value_seed(Into(&mut part.available)),
            Slot::Used => return map.next_value_seed(Into(&mut part.used)),
            Slot::HolderCustomer => return map.next_value_seed(Into(&mut part.holder.customer)),
            Slot::HolderAccount => return map.next_value_seed(Into(&mut part.holder.account)),
            Slot::RelatedObject => return map.next_value_seed(Into(&mut part.related)),
            Slot::StatusDetails => return map.next_value_seed(Into(&mut part.status_details)),
            Slot::ExpectedDeactivation => &mut part.status_details.expected_deactivation,
            Slot::AccountNumbers => return map.next_value_seed(Into(&mut part.numbers)),
            Slot::PaymentMethods => return map.next_value_seed(Into(&mut part.payment_methods)),
            Slot::Authorization => return map.next_value_seed(Into(&mut part.authorization)),
            Slot::Type => &mut part.event_type,
            Slot::InstitutionName => &mut part.institution_name,
            Slot::Last4 => &mut part.last4,
            Slot::Category => &mut part.category,
            Slot::Subcategory => &mut part.subcategory,
            Slot::AsOf => &mut part.as_of,
            Slot::HolderType => &mut part.holder.kind,
            Slot::HolderCustomerAccount => &mut part.holder.customer_account,
            Slot::BalanceAsOf => &mut part.balance.as_of,
            Slot::BalanceType => &mut part.balance.kind,
            Slot::BalanceRefreshStatus => &mut part.balance_refresh.status,
            Slot::BalanceRefreshAt => &mut part.balance_refresh.last_attempted_at,
            Slot::TransactionRefreshStatus => &mut part.transaction_refresh.status,
            Slot::TransactionRefreshAt => &mut part.transaction_refresh.last_attempted_at,
            // Every other slot is filled by `fill`.
            _ => return map.next_value::<IgnoredAny>().map(|_| ()),
        };
        map.next_value_seed(Into(target))
    }

    fn fill_currency<A: MapAccess<'a>>(&mut self, key: &Cow<'a, str>, map: &mut A) -> Result<bool, A::Error> {
        if let Some(which) = half(key) {
            let Balance { current, cash, credit, .. } = &mut **self.part().half.get_or_insert_default();
            match which {
                Half::Current => map.next_value_seed(Into(current))?,
                Half::Available => map.next_value_seed(Into(&mut cash.0))?,
                Half::Used => map.next_value_seed(Into(&mut credit.0))?,
                Half::Cash => map.next_value_seed(Into(&mut OnlyStruct(cash)))?,
                Half::Credit => map.next_value_seed(Into(&mut OnlyStruct(credit)))?,
            }
            return Ok(true);
        }
        let Some((which, currency)) = currency_key(key) else { return Ok(false) };
        let mut amount = Scalar::Absent;
        map.next_value_seed(Into(&mut amount))?;
        self.is_flattened = true;
        // A frame has a column for every currency of any row: null says that this row has none.
        if !amount.is_absent() {
            self.amounts(which).entries.push((Cow::Owned(currency.to_owned()), amount));
        }
        Ok(true)
    }

    fn amounts(&mut self, which: Map) -> &mut Amounts<'a> {
        let part = self.part();
        match which {
            Map::Current => &mut part.flat.get_or_insert_default()[0],
            Map::Cash => &mut part.flat.get_or_insert_default()[1],
            Map::Credit => &mut part.flat.get_or_insert_default()[2],
            Map::StandingCurrent => &mut part.current,
            Map::StandingAvailable => &mut part.available,
            Map::StandingUsed => &mut part.used,
        }
    }
}

impl<'de> Take<'de> for Object<'de> {
    fn scalar(&mut self, value: Scalar<'de>) {
        // Not an object at all: named by a kind that no table takes.
        self.name = if value.is_absent() { Scalar::Absent } else { Scalar::Nested };
    }

    fn map<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<(), A::Error> {
        let mut seen = 0_u64;
        let mut bare: [Scalar<'de>; 2] = Default::default();
        while let Some(key) = next_key(&mut map)? {
            let Some(slot) = slot(key.as_bytes()) else {
                if !self.fill_currency(&key, &mut map)? {
                    map.next_value::<IgnoredAny>()?;
                    self.near.extend(near::meant(&key).map(|slot| (slot, key)));
                }
                continue;
            };
            let bit = slot.bit();
            // Several keys say that somebody is an owner; none of them is read.
            if seen & bit != 0 && slot != Slot::Owner {
                self.repeated = self.repeated.or(Some(column(slot)));
            }
            seen |= bit;
            self.is_flattened |= is_flattened(slot);
            match slot {
                Slot::BarePostedAt => map.next_value_seed(Into(&mut bare[0]))?,
                Slot::BareVoidAt => map.next_value_seed(Into(&mut bare[1]))?,
                _ => self.fill(slot, &mut map)?,
            }
        }
        self.has_description = seen & Slot::Description.bit() != 0;
        self.near.retain(|(slot, _)| seen & near::fillers(*slot) == 0);
        self.is_flattened |= self.account_part.as_deref_mut().is_some_and(AccountPart::settle);
        // A table may hold the times of the struct under names of their own; beside the struct's they are somebody else's.
        let [posted_at, void_at] = bare;
        let Transitions { posted_at: own_posted_at, void_at: own_void_at, .. } = &mut self.transitions;
        for (bare, own) in [(posted_at, own_posted_at), (void_at, own_void_at)] {
            if own.is_absent() && !bare.is_absent() {
                *own = bare;
                self.is_flattened = true;
            }
        }
        Ok(())
    }
}

fn is_flattened(slot: Slot) -> bool {
    use Slot::{
        BalanceAsOf, BalanceRefreshAt, BalanceRefreshStatus, BalanceType, ExpectedDeactivation, HolderAccount,
        HolderCustomer, HolderCustomerAccount, HolderType, PostedAt, TransactionRefreshAt, TransactionRefreshStatus,
        VoidAt,
    };
    matches!(
        slot,
        PostedAt
            | VoidAt
            | HolderType
            | HolderCustomer
            | HolderCustomerAccount
            | HolderAccount
            | BalanceAsOf
            | BalanceType
            | BalanceRefreshStatus
            | BalanceRefreshAt
            | TransactionRefreshStatus
            | TransactionRefreshAt
            | ExpectedDeactivation
    )
}

/// `object` is a name, except in an event's `data`, where it is the object.
struct NameOrObject<'t, 'a>(&'t mut Object<'a>);

impl<'de> Take<'de> for NameOrObject<'_, 'de> {
    fn scalar(&mut self, value: Scalar<'de>) {
        self.0.name = value;
    }
    fn map<A: MapAccess<'de>>(&mut self, map: A) -> Result<(), A::Error> {
        self.0.is_event = true;
        self.0.nested.get_or_insert_default().map(map)
    }
}

/// `data` is a list's elements, an event's envelope, or a column of JSON.
struct Data<'t, 'a>(&'t mut Object<'a>);

impl<'de> Take<'de> for Data<'_, 'de> {
    fn scalar(&mut self, value: Scalar<'de>) {
        self.0.raw = value;
    }
    fn map<A: MapAccess<'de>>(&mut self, map: A) -> Result<(), A::Error> {
        let mut inner = Object::default();
        inner.map(map)?;
        // The object of an event stands one level deeper than that of a column.
        self.0.is_event |= inner.is_event;
        let object = if inner.is_whole_event() { None } else { inner.nested.take() };
        let object = object.unwrap_or_else(|| Box::new(inner));
        self.0.nested = Some(object);
        Ok(())
    }
    fn list<A: SeqAccess<'de>>(&mut self, list: A) -> Result<(), A::Error> {
        self.0.items.get_or_insert_default().list(list)
    }
}

/// A column of JSON: its text, or already an object.
struct Raw<'t, 'a>(&'t mut Object<'a>);

impl<'de> Take<'de> for Raw<'_, 'de> {
    fn scalar(&mut self, value: Scalar<'de>) {
        self.0.raw = value;
    }
    fn map<A: MapAccess<'de>>(&mut self, map: A) -> Result<(), A::Error> {
        self.0.nested.get_or_insert_default().map(map)
    }
}

/// `accounts` of a session: a list, or bare elements as the browser's library returns them.
struct Accounts<'t, 'a>(&'t mut Object<'a>);

impl<'de> Take<'de> for Accounts<'_, 'de> {
    fn scalar(&mut self, _: Scalar<'de>) {}
    fn map<A: MapAccess<'de>>(&mut self, map: A) -> Result<(), A::Error> {
        let mut list = Object::default();
        list.map(map)?;
        let items = self.0.items.get_or_insert_default();
        if let Some(inner) = list.items {
            items.objects = inner.objects;
        }
        items.has_more = list.has_more;
        items.url = list.url;
        Ok(())
    }
    fn list<A: SeqAccess<'de>>(&mut self, list: A) -> Result<(), A::Error> {
        self.0.items.get_or_insert_default().list(list)
    }
}

impl<'de> Take<'de> for Items<'de> {
    fn scalar(&mut self, _: Scalar<'de>) {}
    fn list<A: SeqAccess<'de>>(&mut self, mut list: A) -> Result<(), A::Error> {
        loop {
            let mut object = Object::default();
            if list.next_element_seed(Into(&mut object))?.is_none() {
                return Ok(());
            }
            self.objects.push(object);
        }
    }
}

/// `ownership` is an id or the expanded snapshot, whose owners are counted.
struct Ownership<'t, 'a>(&'t mut Object<'a>);

impl<'de> Take<'de> for Ownership<'_, 'de> {
    fn scalar(&mut self, value: Scalar<'de>) {
        self.0.has_ownership_id = !value.is_absent();
    }
    fn map<A: MapAccess<'de>>(&mut self, map: A) -> Result<(), A::Error> {
        self.0.owners.map(map)
    }
}

/// `transaction_refresh` is an account's hash or a transaction's token; only the hash makes an account.
struct TransactionRefresh<'t, 'a>(&'t mut Object<'a>);

impl<'de> Take<'de> for TransactionRefresh<'_, 'de> {
    fn scalar(&mut self, _: Scalar<'de>) {}
    fn map<A: MapAccess<'de>>(&mut self, map: A) -> Result<(), A::Error> {
        self.0.part().transaction_refresh.map(map)
    }
}
