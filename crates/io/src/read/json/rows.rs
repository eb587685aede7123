//! What each key of a row must hold. The first key that does not is the row's fault.

use cashline_core::{
    defect::{DefectKind, Source, Whose},
    field,
    money::{self, Currency},
    row::{
        AccountCategory, AccountChange, AccountNumbers, AccountRow, AccountStatus, AccountSubcategory, BalanceOrigin,
        BalanceRow, HolderKind, NumberStatus, RefreshStatus, TransactionRow,
    },
};

use crate::read::{cell, csv, words};

use super::{
    events,
    field::{Amounts, Names, Scalar},
    object::Object,
    part::{AccountPart, Balance, Holder, Numbers, Refresh},
};

/// What is wrong with a row: the column, as our schema names it, and the kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Fault {
    pub(super) column: &'static str,
    pub(super) kind: DefectKind,
}

type Checked<T> = Result<T, Fault>;

/// Integers up to here are exact as doubles.
const DOUBLE_EXACT_MAX: f64 = 9_007_199_254_740_992.0;

fn fault<T>(column: &'static str, kind: DefectKind) -> Checked<T> {
    Err(Fault { column, kind })
}

/// An identifier: some text without control characters. Stripe promises no pattern.
pub(super) fn id<'o>(value: &'o Scalar<'_>, column: &'static str) -> Checked<&'o str> {
    match value {
        Scalar::Text(text) => cell::id_text(text).map_err(|kind| Fault { column, kind }),
        Scalar::Absent => fault(column, DefectKind::MissingValue),
        _ => fault(column, DefectKind::BadJson),
    }
}

/// Free text, absent or not.
fn text<'o>(value: &'o Scalar<'_>, column: &'static str) -> Checked<Option<&'o str>> {
    match value {
        Scalar::Absent => Ok(None),
        Scalar::Text(text) => field::text(text).map(Some).map_err(|kind| Fault { column, kind }),
        _ => fault(column, DefectKind::BadJson),
    }
}

fn flag(value: &Scalar<'_>, column: &'static str) -> Checked<Option<bool>> {
    match value {
        Scalar::Absent => Ok(None),
        Scalar::Bool(value) => Ok(Some(*value)),
        _ => fault(column, DefectKind::NotABoolean),
    }
}

fn integer(value: &Scalar<'_>, column: &'static str) -> Checked<Option<i64>> {
    match value {
        Scalar::Absent => Ok(None),
        Scalar::Integer(value) => Ok(Some(*value)),
        Scalar::Wide => fault(column, DefectKind::OutOfRange),
        Scalar::Real(value) if DOUBLE_EXACT_MAX < value.abs() => fault(column, DefectKind::OutOfRange),
        // The parser makes a double of the integer `-0`, as of nothing else that is written without a point but it.
        Scalar::Real(value) if *value == 0.0 && value.is_sign_negative() => Ok(Some(0)),
        _ => fault(column, DefectKind::NotAnInteger),
    }
}

/// An integer that frames write as `6000.0`, because the column has nulls elsewhere.
fn integral(value: &Scalar<'_>, column: &'static str) -> Checked<Option<i64>> {
    match value {
        Scalar::Real(value) if value.abs() <= DOUBLE_EXACT_MAX && value.fract() == 0.0 =>
        {
            #[expect(clippy::cast_possible_truncation, reason = "integral and at most 2^53")]
            Ok(Some(*value as i64))
        }
        other => integer(other, column),
    }
}

fn in_time(value: Option<i64>, column: &'static str) -> Checked<Option<i64>> {
    value.map(cell::in_time).transpose().map_err(|kind| Fault { column, kind })
}

/// A time that Stripe never leaves null.
pub(super) fn second(value: &Scalar<'_>, column: &'static str) -> Checked<Option<i64>> {
    in_time(integer(value, column)?, column)
}

/// A time that Stripe may leave null, which frames write as a double.
fn nullable_second(value: &Scalar<'_>, column: &'static str) -> Checked<Option<i64>> {
    in_time(integral(value, column)?, column)
}

fn required<T>(value: Option<T>, column: &'static str) -> Checked<T> {
    value.ok_or(Fault { column, kind: DefectKind::MissingValue })
}

fn in_range(amount: i64, column: &'static str) -> Checked<i64> {
    if money::in_range(amount) { Ok(amount) } else { fault(column, DefectKind::OutOfRange) }
}

fn currency(value: &Scalar<'_>, column: &'static str) -> Checked<Currency> {
    let text = required(text(value, column)?, column)?;
    if text.is_empty() {
        return fault(column, DefectKind::MissingValue);
    }
    Currency::parse(text).ok_or(Fault { column, kind: DefectKind::NotACurrency })
}

fn once(repeated: Option<&'static str>) -> Checked<()> {
    repeated.map_or(Ok(()), |column| fault(column, DefectKind::DuplicateKey))
}

fn typed(is_wrong: bool, column: &'static str) -> Checked<()> {
    if is_wrong { fault(column, DefectKind::BadJson) } else { Ok(()) }
}

/// A transaction's row.
pub(super) fn transaction<'o>(object: &'o Object<'_>, source: Source) -> Checked<TransactionRow<'o>> {
    once(object.repeated.or(object.transitions.repeated))?;
    typed(object.transitions.is_wrong, "status_transitions")?;
    let status = match required(text(&object.status, "status")?, "status")? {
        "" => return fault("status", DefectKind::MissingValue),
        word => words::transaction_status(word).ok_or(Fault { column: "status", kind: DefectKind::UnknownStatus })?,
    };
    let transitions = &object.transitions;
    Ok(TransactionRow {
        id: id(&object.id, "id")?,
        account: id(&object.account, "account")?,
        amount: in_range(required(integer(&object.amount, "amount")?, "amount")?, "amount")?,
        currency: currency(&object.currency, "currency")?,
        description: match text(&object.description, "description")? {
            // Tools write null for an empty text; a key that is missing may stand under another name.
            None if object.has_description => "",
            text => required(text, "description")?,
        },
        livemode: flag(&object.livemode, "livemode")?,
        status,
        transacted_at: required(second(&object.transacted_at, "transacted_at")?, "transacted_at")?,
        posted_at: nullable_second(&transitions.posted_at, "status_transitions.posted_at")?,
        void_at: nullable_second(&transitions.void_at, "status_transitions.void_at")?,
        updated: second(&object.updated, "updated")?,
        source,
    })
}

/// An account's row; `padded` holds the last digits when zeros had to be put back.
pub(super) fn account<'o>(
    object: &'o Object<'_>,
    known_at: Option<i64>,
    source: Source,
    padded: &'o mut [u8; 4],
) -> Checked<AccountRow<'o>> {
    once(object.repeated)?;
    let id = id(&object.id, "id")?;
    let Some(part) = object.account_part.as_deref() else { return fault("category", DefectKind::MissingValue) };
    let AccountPart { holder, balance_refresh, transaction_refresh, .. } = part;
    let (holder_kind, holder) = holder_of(holder)?;
    Ok(AccountRow {
        id,
        holder,
        holder_kind,
        institution_name: text(&part.institution_name, "institution_name")?.filter(|name| !name.is_empty()),
        last4: last4(&part.last4, padded)?,
        category: words::category(required(text(&part.category, "category")?, "category")?),
        subcategory: text(&part.subcategory, "subcategory")?.map_or(AccountSubcategory::Unknown, words::subcategory),
        status: text(&object.status, "status")?.map_or(AccountStatus::Unknown, words::account_status),
        permissions: words_of(&part.permissions, "permissions")?
            .map(|words| words::permissions(words.iter().map(String::as_str))),
        created: second(&object.created, "created")?,
        livemode: flag(&object.livemode, "livemode")?,
        balance_refresh: refresh(balance_refresh, "balance_refresh.status", "balance_refresh.last_attempted_at")?,
        transaction_refresh: refresh(
            transaction_refresh,
            "transaction_refresh.status",
            "transaction_refresh.last_attempted_at",
        )?,
        known_at,
        expected_deactivation: nullable_second(&part.status_details.expected_deactivation, END)?,
        authorization: match &part.authorization.0 {
            Scalar::Absent => None,
            value => Some(self::id(value, "authorization")?),
        },
        numbers: numbers(&part.numbers)?,
        ach_debit: words_of(&part.payment_methods, "supported_payment_method_types")?
            .map(|words| words.iter().any(|word| word == words::ACH)),
        change: None,
        source,
    })
}

const END: &str = "status_details.active.expected_deactivation_date";

/// What an authorisation says, of its own or as an event's body; `kind` is the event's type.
pub(super) fn authorization<'o>(
    object: &'o Object<'_>,
    known_at: Option<i64>,
    kind: Option<&str>,
    source: Source,
) -> Checked<AccountRow<'o>> {
    once(object.repeated)?;
    let id = id(&object.id, "id")?;
    let end = object.account_part.as_deref().map(|part| &part.status_details.expected_deactivation);
    let ends = end.map_or(Ok(None), |end| nullable_second(end, END))?;
    let is_announced = kind.is_some_and(|kind| kind.ends_with(".upcoming_deactivation"));
    let change = AccountChange::Authorization { ends, is_announced };
    Ok(AccountRow { known_at, livemode: flag(&object.livemode, "livemode")?, source, ..bodiless(id, change) })
}

/// A row that says one thing and nothing else.
fn bodiless(id: &str, change: AccountChange) -> AccountRow<'_> {
    AccountRow {
        holder: None,
        category: AccountCategory::Unknown,
        subcategory: AccountSubcategory::Unknown,
        status: AccountStatus::Unknown,
        change: Some(change),
        ..AccountRow::checking(id, "")
    }
}

/// The row of an event without a body: `None` when its type says nothing that an account keeps.
///
/// An event that is no account's, or whose account or time cannot be read, is a fault of it.
pub(super) fn event<'o>(object: &'o Object<'_>, source: Source) -> Checked<Option<AccountRow<'o>>> {
    once(object.repeated)?;
    // An event without a type says nothing, as one of a type that is not known does.
    let Some(part) = object.account_part.as_deref() else { return Ok(None) };
    let Some(change) = text(&part.event_type, "type")?.and_then(events::change) else { return Ok(None) };
    let created = required(text(&object.created, "created")?, "created")?;
    let created = chrono::DateTime::parse_from_rfc3339(created);
    let created = created.map_err(|_| Fault { column: "created", kind: DefectKind::NotADate })?.timestamp();
    let account = id(&part.related.0, "related_object.id")?;
    Ok(Some(AccountRow {
        known_at: in_time(Some(created), "created")?,
        livemode: flag(&object.livemode, "livemode")?,
        source,
        ..bodiless(account, change)
    }))
}

/// Which account a faulty object of one is, and whose, as far as that can be read.
pub(super) fn whose_account(object: &Object<'_>) -> Whose {
    let part = object.account_part.as_deref();
    id(&object.id, "id").map_or(Whose::Unknown, |id| Whose::Account {
        id: id.to_owned(),
        holder: part.and_then(|part| holder_of(&part.holder).ok()?.1).map(str::to_owned),
    })
}

fn holder_of<'o>(holder: &'o Holder<'_>) -> Checked<(Option<HolderKind>, Option<&'o str>)> {
    const COLUMN: &str = "account_holder";
    once(holder.repeated)?;
    typed(holder.is_wrong, COLUMN)?;
    let given = |value: &'o Scalar<'_>, column| match value {
        Scalar::Absent => Ok(None),
        value => id(value, column).map(Some),
    };
    let customer = given(&holder.customer.0, "account_holder.customer")?
        .or(given(&holder.customer_account, "account_holder.customer_account")?);
    let account = given(&holder.account.0, "account_holder.account")?;
    Ok(match text(&holder.kind, "account_holder.type")? {
        Some("account") => (Some(HolderKind::Account), account.or(customer)),
        Some("customer") => (Some(HolderKind::Customer), customer.or(account)),
        _ if customer.is_some() => (Some(HolderKind::Customer), customer),
        _ if account.is_some() => (Some(HolderKind::Account), account),
        _ => (None, None),
    })
}

fn last4<'o>(value: &'o Scalar<'_>, padded: &'o mut [u8; 4]) -> Checked<Option<&'o str>> {
    let number;
    let digits = match value {
        // A table tool took the digits for a number and stripped their zeros.
        Scalar::Integer(_) | Scalar::Real(_) => {
            number = required(integral(value, "last4")?, "last4")?.to_string();
            if 4 < number.len() || number.starts_with('-') {
                return fault("last4", DefectKind::OutOfRange);
            }
            number.as_str()
        }
        value => match text(value, "last4")? {
            None | Some("") => return Ok(None),
            Some(text) if text.len() < 4 && text.bytes().all(|byte| byte.is_ascii_digit()) => text,
            Some(text) if text.chars().any(char::is_control) => return fault("last4", DefectKind::IdNotAllowed),
            Some(text) => return Ok(Some(text)),
        },
    };
    padded[4 - digits.len()..].copy_from_slice(digits.as_bytes());
    Ok(std::str::from_utf8(padded).ok())
}

fn words_of(names: &Names<'_>, column: &'static str) -> Checked<Option<Vec<String>>> {
    let wrong = Fault { column, kind: DefectKind::BadJson };
    if let Some(names) = &names.names {
        return names.iter().map(|name| name.text().map(str::to_owned).ok_or(wrong)).collect::<Checked<_>>().map(Some);
    }
    match &names.text {
        Scalar::Absent => Ok(None),
        text => csv::listed(text.text().ok_or(wrong)?).map_err(|kind| Fault { column, kind }),
    }
}

/// The number that can pay longest.
fn numbers(numbers: &Numbers<'_>) -> Checked<Option<AccountNumbers>> {
    const COLUMN: &str = "account_numbers";
    typed(numbers.is_wrong || numbers.list.iter().any(|number| number.is_wrong), COLUMN)?;
    let mut read = Vec::with_capacity(numbers.list.len());
    for number in &numbers.list {
        let status = text(&number.status, COLUMN)?.map_or(NumberStatus::Unknown, words::number_status);
        read.push(AccountNumbers { status, expires: nullable_second(&number.expires, COLUMN)? });
    }
    Ok(AccountNumbers::best(read))
}

fn refresh(
    refresh: &Refresh<'_>,
    status_column: &'static str,
    at_column: &'static str,
) -> Checked<Option<cashline_core::row::Refresh>> {
    if let Some(_key) = refresh.repeated {
        return fault(status_column, DefectKind::DuplicateKey);
    }
    let status = text(&refresh.status, status_column)?;
    let last_attempted_at = nullable_second(&refresh.last_attempted_at, at_column)?;
    if !refresh.is_there && status.is_none() && last_attempted_at.is_none() {
        return Ok(None);
    }
    let status = status.map_or(RefreshStatus::Unknown, words::refresh_status);
    Ok(Some(cashline_core::row::Refresh { status, last_attempted_at }))
}

/// A balance in all its currencies, free of the text it was read from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Snapshot {
    as_of: i64,
    origin: BalanceOrigin,
    /// Currency, current, available; ascending.
    pub(super) amounts: Vec<(Currency, i64, Option<i64>)>,
    /// Amounts under the key `undefined`, as Stripe's own fixtures have it.
    pub(super) without_currency: u32,
}

impl Snapshot {
    /// The row of one currency.
    pub(super) fn row<'o>(
        &self,
        account: &'o str,
        amount: &(Currency, i64, Option<i64>),
        source: Source,
    ) -> BalanceRow<'o> {
        let (currency, current, available) = *amount;
        BalanceRow { account, as_of: self.as_of, currency, current, available, origin: self.origin, source }
    }
}

const NO_BALANCE: Snapshot =
    Snapshot { as_of: 0, origin: BalanceOrigin::Reported, amounts: Vec::new(), without_currency: 0 };

/// The balance of an account object.
pub(super) fn reported(balance: &Balance<'_>) -> Checked<Snapshot> {
    once(balance.repeated)?;
    typed(balance.is_wrong, "balance")?;
    let as_of = nullable_second(&balance.as_of, "balance.as_of")?;
    let (currents, without_currency) = by_currency(&balance.current, "balance.current")?;
    let detail = match text(&balance.kind, "balance.type")? {
        Some("credit") => (&balance.credit.0, "balance.credit.used"),
        Some("cash") => (&balance.cash.0, "balance.cash.available"),
        _ if balance.cash.0.entries.is_empty() => (&balance.credit.0, "balance.credit.used"),
        _ => (&balance.cash.0, "balance.cash.available"),
    };
    let (available, _) = by_currency(detail.0, detail.1)?;
    // A struct without an amount, as tables write it where there is none.
    if as_of.is_none() && currents.is_empty() {
        return Ok(Snapshot { without_currency, ..NO_BALANCE });
    }
    Ok(Snapshot {
        as_of: required(as_of, "balance.as_of")?,
        origin: BalanceOrigin::Reported,
        amounts: paired(&currents, &available),
        without_currency,
    })
}

/// A balance that stands for itself: inferred by Stripe, or a row of a balances table (`currency`, `current`,
/// `available`).
pub(super) fn standing(object: &Object<'_>) -> Checked<Snapshot> {
    once(object.repeated)?;
    let Some(part) = object.account_part.as_deref() else { return fault("as_of", DefectKind::MissingValue) };
    let as_of = required(nullable_second(&part.as_of, "as_of")?, "as_of")?;
    let origin = if object.name.is_absent() { BalanceOrigin::Reported } else { BalanceOrigin::Inferred };
    // What is beside the current balance: what is available, else what of a credit line is used.
    if !part.current.flat.is_absent() {
        let currency = currency(&object.currency, "currency")?;
        let current = balance_amount(&part.current.flat, "current")?;
        let (beside, column) =
            if part.available.flat.is_absent() { (&part.used, "used") } else { (&part.available, "available") };
        let is_wrong = [&part.available, &part.used].iter().any(|amounts| !amounts.entries.is_empty());
        typed(is_wrong, column)?;
        let available = integral(&beside.flat, column)?.map(|amount| in_range(amount, column)).transpose()?;
        return Ok(Snapshot { as_of, origin, amounts: vec![(currency, current, available)], without_currency: 0 });
    }
    let (currents, without_currency) = by_currency(&part.current, "current")?;
    if currents.is_empty() && without_currency == 0 {
        return fault("current", DefectKind::MissingValue);
    }
    let (mut beside, _) = by_currency(&part.available, "available")?;
    let (used, _) = by_currency(&part.used, "used")?;
    beside.extend(used);
    Ok(Snapshot { as_of, origin, amounts: paired(&currents, &beside), without_currency })
}

/// Whether two cells hold the same amount, be it written as a whole number or as `1.0`.
pub(super) fn is_same(one: &Scalar<'_>, other: &Scalar<'_>) -> bool {
    let amount = |value| integral(value, "balance").ok().flatten();
    one == other || amount(one).is_some_and(|one| Some(one) == amount(other))
}

fn balance_amount(value: &Scalar<'_>, column: &'static str) -> Checked<i64> {
    in_range(required(integral(value, column)?, column)?, column)
}

/// Amounts ascending by currency; null amounts are absent, and amounts under `undefined` are counted.
fn by_currency(amounts: &Amounts<'_>, column: &'static str) -> Checked<(Vec<(Currency, i64)>, u32)> {
    typed(!amounts.flat.is_absent(), column)?;
    let mut found = Vec::with_capacity(amounts.entries.len());
    let mut without_currency = 0;
    for (key, value) in amounts.entries.iter().filter(|entry| !entry.1.is_absent()) {
        if key == "undefined" {
            without_currency += 1;
            continue;
        }
        let currency = Currency::parse(key).ok_or(Fault { column, kind: DefectKind::NotACurrency })?;
        found.push((currency, balance_amount(value, column)?));
    }
    found.sort_unstable();
    if found.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return fault(column, DefectKind::DuplicateKey);
    }
    Ok((found, without_currency))
}

fn paired(currents: &[(Currency, i64)], available: &[(Currency, i64)]) -> Vec<(Currency, i64, Option<i64>)> {
    let other = |currency| available.iter().find(|entry| entry.0 == currency).map(|entry| entry.1);
    currents.iter().map(|&(currency, current)| (currency, current, other(currency))).collect()
}
