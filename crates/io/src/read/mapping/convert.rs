//! One row of someone else's export into the cells of ours.

use std::collections::BTreeMap;

use cashline_core::{
    defect::{DefectKind, Source, Whose},
    field::is_null_word,
    money::Currency,
};

use super::{BALANCE_CURRENCY, Mapped, Sign, Units, time, vocabulary};
use crate::{
    error::Error,
    read::{
        Item, Sink, Table,
        cell::{self, Cell},
        csv,
        near::{self, is_near},
        nested::Nested,
        table::{self, Cells, Fault},
        tables::Nature,
    },
};

/// Looks up what a row holds under a name; `None` where it holds nothing.
pub(crate) type Look<'l> = dyn Fn(&str) -> Option<String> + 'l;

/// What `absent` calls the column that says whether a row is pending.
const PENDING: &str = "pending";

/// Whether a pattern of chrono's names a part of the time of day.
pub(super) fn has_time_of_day(format: &str) -> bool {
    use chrono::format::{Fixed, Item, Numeric, StrftimeItems};
    StrftimeItems::new(format).any(|item| match item {
        Item::Numeric(part, _) => {
            matches!(part, Numeric::Hour | Numeric::Hour12 | Numeric::Minute | Numeric::Second | Numeric::Timestamp)
        }
        Item::Fixed(part) => matches!(part, Fixed::LowerAmPm | Fixed::UpperAmPm),
        _ => false,
    })
}

/// A converted cell.
pub(super) enum Value {
    Text(String),
    Int(i64),
    Node(Nested<'static>),
}

impl Mapped {
    pub(super) fn required(&self) -> impl Iterator<Item = &'static str> {
        self.columns.iter().filter(|column| column.required).map(|column| column.path)
    }

    pub(super) fn is_given(&self, path: &str) -> bool {
        self.names.contains_key(path)
            || self.constants.contains_key(path)
            || (path == "amount" && self.debit_credit.is_some())
            || (path == "status" && self.pending.is_some())
    }

    /// True when a CSV header has every column that the mapping needs of it.
    pub(crate) fn fits(&self, header: &[&str]) -> bool {
        let has = |name: &str| header.contains(&name);
        self.required().all(|path| {
            let named = self.names.get(path).is_some_and(|names| names.iter().any(|name| has(name)));
            let paired = self.debit_credit.as_ref().is_some_and(|(debit, credit)| has(debit) && has(credit));
            named
                || self.constants.contains_key(path)
                || (path == "amount" && paired)
                || (path == "status" && self.pending.as_deref().is_some_and(has))
        })
    }

    /// The fields whose columns a CSV header has not, so that none of its rows has a value: not in that bank's export, or misspelt.
    pub(crate) fn absent(&self, header: &[String]) -> Vec<&str> {
        let has = |name: &String| header.contains(name);
        let named = self.names.iter().filter(|(_, names)| !names.iter().any(has)).map(|(path, _)| path.as_str());
        let pending = self.pending.as_ref().filter(|name| !has(name)).map(|_| PENDING);
        named.chain(pending).collect()
    }

    /// Refuses a header that has not the column of a field but one of nearly that name, which nothing reads.
    ///
    /// # Errors
    ///
    /// The first such column, and the way out.
    pub(crate) fn check_near(&self, header: &[String], absent: &[&str]) -> Result<(), String> {
        for field in absent {
            let pending = self.pending.as_ref().filter(|_| *field == PENDING);
            let named = self.names.get(*field).into_iter().flatten().chain(pending);
            for name in named {
                if let Some(near) = header.iter().find(|found| !self.reads(found) && is_near(found, name)) {
                    return Err(near::refusal(self.table.name(), name, near));
                }
            }
        }
        Ok(())
    }

    /// True when the mapping reads a column of that name.
    pub(crate) fn reads(&self, name: &str) -> bool {
        let pair = self.debit_credit.as_ref().is_some_and(|(debit, credit)| debit == name || credit == name);
        pair || self.pending.as_deref() == Some(name) || self.names.values().flatten().any(|known| known == name)
    }

    /// The fields whose names in objects no row has had yet: `has` tells of one row whether it has a name, be it null there.
    pub(crate) fn still_unmet(&self, unmet: &mut Vec<&str>, has: &dyn Fn(&str) -> bool) {
        unmet.retain(|path| !self.names.get(*path).is_some_and(|names| names.iter().any(|name| has(name))));
    }

    /// The fields that have names.
    pub(crate) fn named(&self) -> Vec<&str> {
        self.names.keys().map(String::as_str).collect()
    }

    /// Counts a row of accounts under the fields whose words are neither ours nor listed in `values`: read as unknown, the account
    /// would be missed by nobody.
    pub(crate) fn count_unlisted(&self, look: &Look<'_>, counts: &mut BTreeMap<&'static str, u64>) {
        for path in ["category", "status"].into_iter().filter(|_| self.table == Table::Accounts) {
            if self.given(path, look).is_some_and(|word| vocabulary::check(self.table, path, &word).is_err()) {
                *counts.entry(path).or_default() += 1;
            }
        }
    }

    /// True when a list is read from the column of that name, and nothing else.
    pub(crate) fn is_list(&self, name: &str) -> bool {
        let mut paths =
            self.names.iter().filter(|(_, names)| names.iter().any(|known| known == name)).map(|(path, _)| path);
        let nature =
            |path: &String| self.columns.iter().find(|column| column.path == *path).map(|column| column.nature);
        self.reads(name) && paths.all(|path| nature(path) == Some(Nature::List))
    }

    /// The place of the column that says whose account a row is.
    pub(crate) fn owner(&self, place: &dyn Fn(&str) -> Option<usize>) -> Option<usize> {
        self.names.get(self.table.info().owner?)?.iter().find_map(|name| place(name))
    }

    /// The account that a row belongs to.
    pub(crate) fn account(&self, look: &Look<'_>) -> Option<String> {
        self.given(self.table.info().owner?, look)
    }

    /// Whose a row is, where that can be read.
    pub(crate) fn whose(&self, look: &Look<'_>) -> Whose {
        // What is no identifier names nobody.
        let id = |path| self.given(path, look).filter(|id| cell::id_text(id).is_ok());
        let account = self.account(look).filter(|id| cell::id_text(id).is_ok());
        match (self.table, account) {
            (Table::Applications, _) => id("application_id").map_or(Whose::Unknown, |application| Whose::Application {
                id: application,
                applicant: id("applicant_id"),
            }),
            (Table::Accounts, Some(account)) => {
                let holder = id("account_holder.customer").or_else(|| id("account_holder.account"));
                Whose::Account { id: account, holder }
            }
            (Table::Corrections, _) => id("transaction_id").map_or(Whose::Unknown, Whose::Transaction),
            (_, account) => account.into(),
        }
    }

    /// Converts a row and hands it over; a fault becomes a defect.
    pub(crate) fn emit(
        &self,
        look: &Look<'_>,
        extras: Vec<(&str, Cell<'_>)>,
        source: Source,
        sink: &mut Sink<'_>,
    ) -> Result<(), Error> {
        let (values, entries) = match self.convert(look) {
            Ok(converted) => converted,
            Err(fault) => {
                return sink(Item::Defect(table::defect(fault, source, self.whose(look))));
            }
        };
        let mut cells = Cells::new(self.columns);
        for (slot, value) in &values {
            cells.set(
                *slot,
                match value {
                    Value::Text(text) => Cell::Text(text),
                    Value::Int(value) => Cell::Int(*value),
                    Value::Node(node) => Cell::Node(node),
                },
            );
        }
        for (slot, currency, amount) in &entries {
            cells.push_entry(*slot, currency.as_str(), Cell::Int(*amount));
        }
        table::emit(self.table, &cells, &extras, source, sink)
    }

    /// What stands in a field's column, or its constant.
    fn raw(&self, path: &str, look: &Look<'_>) -> Option<String> {
        let found = self.names.get(path).and_then(|names| names.iter().find_map(|name| look(name)));
        found.or_else(|| self.constants.get(path).cloned())
    }

    /// An account's id as read from where rows name it, in our word for it.
    pub(crate) fn word_of_owner(&self, id: String) -> String {
        match self.table.info().owner {
            Some(path) => self.word(path, id),
            None => id,
        }
    }

    /// The same, in our word for it.
    fn given(&self, path: &str, look: &Look<'_>) -> Option<String> {
        self.raw(path, look).map(|raw| self.word(path, raw))
    }

    #[expect(clippy::type_complexity, reason = "cells by slot and currency entries by slot, used once above")]
    pub(super) fn convert(&self, look: &Look<'_>) -> Result<(Vec<(usize, Value)>, Vec<(usize, Currency, i64)>), Fault> {
        let currency = self.currency(look)?;
        // In their word or in ours.
        let is_debt = [self.raw("category", look), self.given("category", look)];
        let is_debt = is_debt.into_iter().flatten().any(|word| self.debts.contains(&word));
        let mut values = Vec::new();
        let mut entries = Vec::new();
        for (slot, column) in self.columns.iter().enumerate() {
            let fault = |kind| Fault { column: column.path, kind };
            if let ("amount", Some((debit, credit))) = (column.path, &self.debit_credit) {
                values.push((slot, Value::Int(self.two_sided(look(debit), look(credit), currency).map_err(fault)?)));
                continue;
            }
            let Some(raw) = self.field(column.path, look)? else { continue };
            let value = match column.nature {
                Nature::Text | Nature::Boolean | Nature::Number | Nature::Objects => {
                    Value::Text(self.word(column.path, raw))
                }
                Nature::Seconds => Value::Int(self.seconds(&raw).map_err(fault)?),
                Nature::AsOf if self.time.is_empty() => Value::Text(raw),
                Nature::AsOf => Value::Int(self.seconds(&raw).map_err(fault)?),
                Nature::List => match csv::listed(&raw).map_err(fault)? {
                    Some(words) => {
                        Value::Node(Nested::List(words.into_iter().map(|word| Nested::Text(word.into())).collect()))
                    }
                    None => continue,
                },
                Nature::Amount => {
                    let amount = self.amount(&raw, currency).map_err(fault)?;
                    let flipped = column.path == "amount" && self.sign == Sign::OutflowPositive;
                    Value::Int(if flipped { -amount } else { amount })
                }
                Nature::CurrencyMap => {
                    let amount = self.amount(&raw, currency).map_err(fault)?;
                    let key = currency.ok_or_else(|| fault(DefectKind::MissingValue))?;
                    // A debt's available amount is a credit line, not money.
                    if is_debt && column.path != "balance.current" {
                        continue;
                    }
                    entries.push((slot, key, if is_debt { -amount } else { amount }));
                    continue;
                }
            };
            values.push((slot, value));
        }
        self.settle(&mut values, &mut entries);
        Ok((values, entries))
    }

    /// A pending row has no posting time; a balance without a time is no snapshot.
    fn settle(&self, values: &mut Vec<(usize, Value)>, entries: &mut Vec<(usize, Currency, i64)>) {
        let slot = |path: &str| self.columns.iter().position(|column| column.path == path);
        if self.table == Table::Transactions && self.pending.is_some() {
            let (status, posted) = (slot("status"), slot("status_transitions.posted_at"));
            let is_pending = values
                .iter()
                .any(|(at, value)| Some(*at) == status && matches!(value, Value::Text(word) if word == "pending"));
            values.retain(|(at, _)| !(is_pending && Some(*at) == posted));
        }
        if self.table == Table::Accounts {
            let as_of = slot("balance.as_of");
            if !values.iter().any(|(at, _)| Some(*at) == as_of) {
                entries.clear();
            }
        }
    }

    fn currency(&self, look: &Look<'_>) -> Result<Option<Currency>, Fault> {
        let path = if self.table == Table::Accounts { BALANCE_CURRENCY } else { "currency" };
        match self.given(path, look) {
            None => Ok(None),
            Some(code) => match Currency::parse(&code) {
                Some(currency) => Ok(Some(currency)),
                None => Err(Fault { column: "currency", kind: DefectKind::NotACurrency }),
            },
        }
    }

    /// A field's text, or the status that a flag stands for.
    fn field(&self, path: &'static str, look: &Look<'_>) -> Result<Option<String>, Fault> {
        let fault = |kind| Fault { column: path, kind };
        if let (Table::Transactions, "status", Some(pending)) = (self.table, path, &self.pending) {
            return match look(pending).as_deref() {
                None => Err(fault(DefectKind::MissingValue)),
                Some("true" | "True" | "TRUE" | "1") => Ok(Some("pending".to_owned())),
                Some("false" | "False" | "FALSE" | "0") => Ok(Some("posted".to_owned())),
                Some(_) => Err(fault(DefectKind::NotABoolean)),
            };
        }
        Ok(self.raw(path, look))
    }

    fn word(&self, path: &str, raw: String) -> String {
        self.values.get(path).and_then(|words| words.get(&raw)).cloned().unwrap_or(raw)
    }

    pub(super) fn seconds(&self, text: &str) -> Result<i64, DefectKind> {
        if self.time.is_empty() {
            return cell::seconds(Cell::Text(text));
        }
        let found = self.time.iter().find_map(|format| time::seconds_as(format, text));
        found.ok_or(DefectKind::NotADate)
    }

    /// A signed amount of what stands under debit and under credit. A zero is an empty side; text that is no amount never is,
    /// or a row that nobody can read would count as nothing.
    pub(super) fn two_sided(
        &self,
        debit: Option<String>,
        credit: Option<String>,
        currency: Option<Currency>,
    ) -> Result<i64, DefectKind> {
        let side = |text: Option<String>| {
            let text = text.filter(|text| !is_nothing(text));
            text.map(|text| if self.is_zero(&text) { Ok(0) } else { self.amount(&text, currency) }).transpose()
        };
        match (side(debit)?, side(credit)?) {
            (None, None) => Err(DefectKind::MissingValue),
            (debit, credit) => match (debit.unwrap_or(0), credit.unwrap_or(0)) {
                // A row on both sides has no amount; a negative one would be on the other side.
                (debit, credit) if debit < 0 || credit < 0 || (debit != 0 && credit != 0) => {
                    Err(DefectKind::OutOfRange)
                }
                (debit, credit) => Ok(credit - debit),
            },
        }
    }

    /// Zeros with one decimal mark at most, however many: `.00` and `0.000` too.
    fn is_zero(&self, text: &str) -> bool {
        let text = text.trim();
        text.contains('0')
            && text.chars().all(|sign| sign == '0' || sign == self.decimal)
            && text.matches(self.decimal).count() <= 1
    }

    /// An amount in minor units out of its text; digits beyond the minor unit are refused, never rounded.
    pub(super) fn amount(&self, text: &str, currency: Option<Currency>) -> Result<i64, DefectKind> {
        let exponent = match (self.units, currency) {
            (Units::Minor, _) => 0,
            (Units::Major, Some(currency)) => currency.exponent() as usize,
            (Units::Major, None) => return Err(DefectKind::MissingValue),
        };
        let (sign, magnitude) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
        let (whole, fraction) = magnitude.split_once(self.decimal).unwrap_or((magnitude, ""));
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let whole = match self.thousands {
            Some(mark) if whole.contains(mark) => {
                let groups: Vec<&str> = whole.split(mark).collect();
                let first = groups.first().is_some_and(|group| (1..=3).contains(&group.len()));
                if !first || groups[1..].iter().any(|group| group.len() != 3) {
                    return Err(DefectKind::NotANumber);
                }
                groups.concat()
            }
            _ => whole.to_owned(),
        };
        if whole.is_empty() || !is_digits(&whole) || !is_digits(fraction) || exponent < fraction.len() {
            return Err(DefectKind::NotANumber);
        }
        // "12." is no number.
        if fraction.is_empty() && magnitude.ends_with(self.decimal) {
            return Err(DefectKind::NotANumber);
        }
        let digits = format!("{sign}{whole}{fraction:0<exponent$}");
        cell::amount(Cell::Text(&digits))
    }
}

/// What stands for nothing in a column of debits or credits: blanks, a word for null, and the dashes that banks print.
fn is_nothing(text: &str) -> bool {
    let text = text.trim();
    matches!(text, "" | "-" | "–" | "—") || is_null_word(text)
}
