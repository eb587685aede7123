//! Mapping files: how someone else's export maps to our columns. TOML with a closed schema; presets ship with the binary.
//!
//! A mapping says for each table where our fields stand, in which unit and sign amounts are written, how times are
//! printed, and which constants and words stand for ours. What it yields goes through the same grammars as our own
//! tables: a mapping translates, it never repairs.

mod convert;
mod manual;
#[cfg(test)]
mod tests;
mod time;
mod vocabulary;

use std::{collections::BTreeMap, ops::Range, path::Path};

use serde::Deserialize;
use toml::Spanned;

use crate::{
    commit::sha256_hex,
    error::Error,
    read::{
        Table,
        tables::{Column, Nature, TableInfo},
    },
};

pub use manual::{Key, keys};

/// Presets by name, as they are compiled in; `data/mapping` holds the same files to copy.
pub const PRESETS: &[(&str, &str)] = &[("plaid", include_str!("../../../defaults/mapping/plaid.toml"))];

/// Largest mapping file.
const BYTES_MAX: u64 = 1024 * 1024;

/// A field of accounts that only mappings have: the currency of a balance that is one number.
const BALANCE_CURRENCY: &str = "balance.currency";

/// A checked mapping.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    name: String,
    delimiter: u8,
    tables: Vec<Mapped>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    name: String,
    delimiter: Option<Spanned<String>>,
    applications: Option<Section>,
    accounts: Option<Section>,
    balances: Option<Section>,
    transactions: Option<Section>,
    corrections: Option<Section>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    #[serde(default)]
    rows: Vec<String>,
    #[serde(default)]
    removed: Vec<String>,
    #[serde(default)]
    units: Units,
    sign: Option<Spanned<Sign>>,
    #[serde(default)]
    time: Vec<Spanned<String>>,
    decimal: Option<Spanned<String>>,
    thousands: Option<Spanned<String>>,
    pending: Option<Spanned<String>>,
    debit: Option<Spanned<String>>,
    credit: Option<Spanned<String>>,
    debts: Option<Spanned<Vec<String>>>,
    columns: BTreeMap<Spanned<String>, Names>,
    #[serde(default)]
    constants: BTreeMap<Spanned<String>, String>,
    #[serde(default)]
    values: BTreeMap<Spanned<String>, BTreeMap<String, String>>,
}

/// One name, or several of which the first that holds something counts.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Names {
    One(String),
    Several(Vec<String>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Units {
    #[default]
    Minor,
    Major,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Sign {
    #[default]
    InflowPositive,
    OutflowPositive,
}

/// How one table is mapped.
#[derive(Clone, Debug)]
pub(crate) struct Mapped {
    pub(crate) table: Table,
    columns: &'static [Column],
    /// Keys of the arrays that hold the rows in a JSON document.
    pub(crate) rows: Vec<String>,
    /// Keys of the arrays that take rows back: they must be empty.
    pub(crate) removed: Vec<String>,
    units: Units,
    sign: Sign,
    time: Vec<String>,
    decimal: char,
    thousands: Option<char>,
    pending: Option<String>,
    debit_credit: Option<(String, String)>,
    debts: Vec<String>,
    names: BTreeMap<String, Vec<String>>,
    constants: BTreeMap<String, String>,
    values: BTreeMap<String, BTreeMap<String, String>>,
}

impl Mapping {
    /// A preset by name.
    ///
    /// # Errors
    ///
    /// There is no such preset.
    pub fn preset(name: &str) -> Result<Mapping, Error> {
        let path = Path::new(name);
        match PRESETS.iter().find(|preset| preset.0 == name) {
            Some((_, text)) => Mapping::parse(text, path),
            None => {
                let known: Vec<&str> = PRESETS.iter().map(|preset| preset.0).collect();
                let message = format!("no preset mapping of that name; there are: {}", known.join(", "));
                Err(Error::Configuration { path: path.to_owned(), message })
            }
        }
    }

    /// Reads and checks a mapping file.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is no mapping; the message names line and column.
    pub fn load(path: &Path) -> Result<Mapping, Error> {
        let failed = |source| Error::Read { path: path.to_owned(), source };
        if BYTES_MAX < std::fs::metadata(path).map_err(failed)?.len() {
            let message = format!("a mapping file has at most {BYTES_MAX} bytes");
            return Err(Error::Configuration { path: path.to_owned(), message });
        }
        Mapping::parse(&std::fs::read_to_string(path).map_err(failed)?, path)
    }

    /// Reads and checks the text of a mapping file; `path` is for messages.
    ///
    /// # Errors
    ///
    /// It is no mapping; the message names line and column.
    pub fn parse(text: &str, path: &Path) -> Result<Mapping, Error> {
        let wrong = |span: Option<Range<usize>>, message: &str| {
            let (line, column) = place(text, span.map_or(0, |span| span.start));
            Error::Configuration { path: path.to_owned(), message: format!("line {line}, column {column}: {message}") }
        };
        let document: Document =
            toml::from_str(text).map_err(|error| wrong(error.span(), error.message().trim_end()))?;
        let delimiter = match &document.delimiter {
            None => b',',
            Some(given) => one_char(given)
                .and_then(|sign| u8::try_from(sign).ok())
                .filter(|sign| sign.is_ascii() && !matches!(sign, b'"' | b'\n' | b'\r'))
                .ok_or_else(|| wrong(Some(given.span()), "a delimiter is one ASCII character, such as `;`"))?,
        };
        let mut tables = Vec::new();
        let sections = [
            (Table::Applications, document.applications),
            (Table::Accounts, document.accounts),
            (Table::Balances, document.balances),
            (Table::Transactions, document.transactions),
            (Table::Corrections, document.corrections),
        ];
        for (table, section) in sections {
            if let Some(section) = section {
                tables.push(check(table, section).map_err(|(span, message)| wrong(span, &message))?);
            }
        }
        if tables.is_empty() {
            return Err(wrong(None, "maps no table: add [transactions], [accounts], [balances] or [applications]"));
        }
        Ok(Mapping { name: document.name, delimiter, tables })
    }

    /// What the mapping calls itself.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 of what the mapping says, whatever its file's layout and comments.
    #[must_use]
    pub fn digest(&self) -> String {
        sha256_hex(format!("{self:?}").as_bytes())
    }

    /// The byte between fields of CSV.
    pub(crate) fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// The mapped tables.
    pub(crate) fn tables(&self) -> &[Mapped] {
        &self.tables
    }
}

/// Line and column of a byte, from 1, as an editor counts them.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

fn one_char(text: &Spanned<String>) -> Option<char> {
    let mut chars = text.get_ref().chars();
    chars.next().filter(|_| chars.next().is_none())
}

type Wrong = (Option<Range<usize>>, String);

fn check(table: Table, section: Section) -> Result<Mapped, Wrong> {
    let &TableInfo { name, columns, .. } = table.info();
    check_idle(table, &section)?;
    let known = |field: &Spanned<String>| {
        let path = field.get_ref().as_str();
        let extra = table == Table::Accounts && path == BALANCE_CURRENCY;
        if extra || columns.iter().any(|column| column.path == path) {
            return Ok(path.to_owned());
        }
        let paths: Vec<&str> = columns.iter().map(|column| column.path).collect();
        Err((Some(field.span()), format!("{name} have no field `{path}`; there are: {}", paths.join(", "))))
    };
    for format in &section.time {
        check_time(format.get_ref()).map_err(|message| (Some(format.span()), message))?;
    }
    check_order(&section.time)?;
    let mut names = BTreeMap::new();
    for (field, given) in &section.columns {
        let given = match given {
            Names::One(one) => vec![one.clone()],
            Names::Several(several) => several.clone(),
        };
        names.insert(known(field)?, given);
    }
    let mut constants = BTreeMap::new();
    for (field, value) in &section.constants {
        if constants.insert(known(field)?, value.clone()).is_some() || names.contains_key(field.get_ref()) {
            return Err((Some(field.span()), "the field has a column and a constant; keep one".to_owned()));
        }
        // A constant may be in their word, for which `values` has ours.
        let listed = section.values.iter().find(|values| values.0.get_ref() == field.get_ref());
        if listed.is_none_or(|(_, words)| !words.contains_key(value)) {
            vocabulary::check(table, field.get_ref(), value).map_err(|message| (Some(field.span()), message))?;
        }
    }
    let mut values = BTreeMap::new();
    for (field, words) in section.values {
        let path = known(&field)?;
        check_words(table, &path, names.contains_key(&path) || constants.contains_key(&path))
            .map_err(|message| (Some(field.span()), message))?;
        for word in words.values() {
            vocabulary::check(table, &path, word).map_err(|message| (Some(field.span()), message))?;
        }
        values.insert(path, words);
    }
    let debit_credit = match (section.debit, section.credit) {
        (None, None) => None,
        (Some(debit), Some(credit)) if !names.contains_key("amount") && !constants.contains_key("amount") => {
            Some((debit.into_inner(), credit.into_inner()))
        }
        (Some(debit), Some(_)) => {
            return Err((Some(debit.span()), format!("{name}: give `amount`, or `debit` and `credit`, not both")));
        }
        (Some(alone), None) | (None, Some(alone)) => {
            return Err((Some(alone.span()), format!("{name}: `debit` and `credit` belong together")));
        }
    };
    let sign = section.sign.as_ref().map_or_else(Sign::default, |sign| *sign.get_ref());
    if let (Some(given), Some(_), Sign::OutflowPositive) = (&section.sign, &debit_credit, sign) {
        let message =
            format!("{name}: `debit` and `credit` say what went out; take `sign` out, or it turns every amount round");
        return Err((Some(given.span()), message));
    }
    let (decimal, thousands) = (separator(section.decimal)?.unwrap_or('.'), separator(section.thousands)?);
    if Some(decimal) == thousands {
        return Err((None, format!("{name}: decimal and thousands separators are the same")));
    }
    let mapped = Mapped {
        table,
        columns,
        rows: section.rows,
        removed: section.removed,
        units: section.units,
        sign,
        time: section.time.into_iter().map(Spanned::into_inner).collect(),
        decimal,
        thousands,
        pending: section.pending.map(Spanned::into_inner),
        debit_credit,
        debts: section.debts.map(Spanned::into_inner).unwrap_or_default(),
        names,
        constants,
        values,
    };
    let missing = mapped.required().find(|path| !mapped.is_given(path));
    match missing {
        Some(path) => Err((None, format!("{name}: the field `{path}` is required: give its column or a constant"))),
        None => Ok(mapped),
    }
}

/// A key that would do nothing is refused: whoever wrote it relies on it.
fn check_idle(table: Table, section: &Section) -> Result<(), Wrong> {
    let name = table.name();
    let only = |span: Range<usize>, message: &str| Err((Some(span), format!("{name}: {message}")));
    if table != Table::Accounts
        && let Some(debts) = &section.debts
    {
        return only(debts.span(), "`debts` names categories of accounts and belongs in [accounts]");
    }
    if table == Table::Transactions {
        let status = section.columns.keys().chain(section.constants.keys()).find(|field| field.get_ref() == "status");
        return match (&section.pending, status) {
            (Some(_), Some(status)) => {
                only(status.span(), "`pending` says the status; keep `pending` or `status`, or void rows would count")
            }
            _ => Ok(()),
        };
    }
    for (key, given) in [("pending", &section.pending), ("debit", &section.debit), ("credit", &section.credit)] {
        if let Some(given) = given {
            return only(given.span(), &format!("`{key}` is read in [transactions] alone; take it out"));
        }
    }
    match &section.sign {
        None => Ok(()),
        Some(sign) if table == Table::Accounts => only(
            sign.span(),
            "`sign` turns amounts of transactions alone; `debts` names the categories whose balances are owed",
        ),
        Some(sign) => only(sign.span(), "`sign` turns amounts of transactions alone; take it out"),
    }
}

/// Words stand for words: amounts, times and lists are never looked up, nor is a field that nothing fills.
fn check_words(table: Table, path: &str, is_filled: bool) -> Result<(), String> {
    let column = table.info().columns.iter().find(|column| column.path == path);
    match column.map_or(Nature::Text, |column| column.nature) {
        Nature::Amount | Nature::CurrencyMap | Nature::Seconds | Nature::AsOf | Nature::List => {
            Err(format!("`{path}` is no word: amounts, times and lists have no `values`"))
        }
        _ if is_filled => Ok(()),
        _ => Err(format!("`{path}` has `values`, but neither a column nor a constant")),
    }
}

fn separator(given: Option<Spanned<String>>) -> Result<Option<char>, Wrong> {
    let Some(given) = given else { return Ok(None) };
    match one_char(&given) {
        Some(sign) if !sign.is_ascii_digit() && sign != '-' => Ok(Some(sign)),
        _ => Err((Some(given.span()), "a separator is one character that is no digit and no minus".to_owned())),
    }
}

/// Each cell is read by the first pattern that can: no pattern may take the texts of one after it for other times.
fn check_order(formats: &[Spanned<String>]) -> Result<(), Wrong> {
    let texts: Vec<&str> = formats.iter().map(|format| format.get_ref().as_str()).collect();
    let Some((at, by)) = time::overruled(&texts) else { return Ok(()) };
    let message = format!(
        "`{}` before it reads the same text as another time; keep the one that the export is written in",
        texts[by]
    );
    Err((Some(formats[at].span()), message))
}

fn check_time(format: &str) -> Result<(), String> {
    use chrono::format::{Fixed, Item, StrftimeItems};
    let wrong = StrftimeItems::new(format).any(|item| matches!(item, Item::Error));
    if StrftimeItems::new(format).any(|item| item == Item::Fixed(Fixed::TimezoneName)) {
        return Err(
            "`%Z` is a zone's name, which tells no offset: write times in UTC, or with an offset (`%z`)".to_owned()
        );
    }
    if format == "seconds" || format == "rfc3339" || (!wrong && format.contains('%')) {
        return Ok(());
    }
    Err("a time is `seconds`, `rfc3339` or a pattern such as `%Y-%m-%d`".to_owned())
}
