//! Mapping files: how someone else's export maps to our columns. TOML with a closed schema; presets ship with the binary.
//!
//! A mapping says for each table where our fields stand, in which unit and sign amounts are written, how times are
//! printed, and which constants and words stand for ours. What it yields goes through the same grammars as our own
//! tables: a mapping translates, it never repairs.

mod convert;

use std::{collections::BTreeMap, ops::Range, path::Path};

use serde::Deserialize;
use toml::Spanned;

use crate::{
    commit::sha256,
    error::Error,
    read::{
        Table,
        tables::{Column, TableInfo},
    },
};

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
    pending: Option<String>,
    debit: Option<String>,
    credit: Option<String>,
    #[serde(default)]
    debts: Vec<String>,
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
        sha256(format!("{self:?}").as_bytes())
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
    }
    let mut values = BTreeMap::new();
    for (field, words) in section.values {
        values.insert(known(&field)?, words);
    }
    let debit_credit = match (section.debit, section.credit) {
        (None, None) => None,
        (Some(debit), Some(credit)) if !names.contains_key("amount") => Some((debit, credit)),
        (Some(_), Some(_)) => return Err((None, format!("{name}: give `amount`, or `debit` and `credit`, not both"))),
        _ => return Err((None, format!("{name}: `debit` and `credit` belong together"))),
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
        pending: section.pending,
        debit_credit,
        debts: section.debts,
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

fn separator(given: Option<Spanned<String>>) -> Result<Option<char>, Wrong> {
    let Some(given) = given else { return Ok(None) };
    match one_char(&given) {
        Some(sign) if !sign.is_ascii_digit() && sign != '-' => Ok(Some(sign)),
        _ => Err((Some(given.span()), "a separator is one character that is no digit and no minus".to_owned())),
    }
}

fn check_time(format: &str) -> Result<(), String> {
    use chrono::format::{Item, StrftimeItems};
    let wrong = StrftimeItems::new(format).any(|item| matches!(item, Item::Error));
    if format == "seconds" || format == "rfc3339" || (!wrong && format.contains('%')) {
        return Ok(());
    }
    Err("a time is `seconds`, `rfc3339` or a pattern such as `%Y-%m-%d`".to_owned())
}

#[cfg(test)]
mod tests {
    use cashline_core::{defect::DefectKind, money::Currency};

    use super::*;
    use crate::read::table::Fault;

    fn mapped(body: &str) -> Mapped {
        let columns = "[transactions.columns]\nid='i'\naccount='a'\ncurrency='c'\nstatus='s'\ntransacted_at='t'\n";
        let text = format!("name='x'\n[transactions]\n{body}\n{columns}");
        let mapping = Mapping::parse(&text, Path::new("x.toml")).expect("a mapping");
        mapping.tables[0].clone()
    }

    #[test]
    fn the_presets_are_the_files_that_a_user_may_copy() {
        for (name, text) in PRESETS {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../data/mapping/{name}.toml"));
            assert_eq!(std::fs::read_to_string(&path).expect("beside the sources"), *text);
            assert_eq!(Mapping::preset(name).expect("valid").name(), *name);
        }
        let error = Mapping::preset("yodel").expect_err("unknown").to_string();
        assert!(error.contains("there are: plaid"), "{error}");
    }

    #[test]
    fn major_units_are_read_exactly_by_the_currency_and_surplus_digits_are_refused() {
        let mapped = mapped("units='major'\ndecimal=','\nthousands='.'\ndebit='d'\ncredit='k'");
        let read = |text: &str, code: &str| mapped.amount(text, Currency::parse(code));
        for (text, code, minor) in [
            ("12,34", "usd", 1_234),
            ("-0,5", "usd", -50),
            ("1.234.567,8", "usd", 123_456_780),
            ("7", "jpy", 7),
            ("1,005", "kwd", 1_005),
            // As doubles, 0.29 and 4.35 times 100 are 28.999… and 434.999….
            ("0,29", "usd", 29),
            ("4,35", "usd", 435),
            ("9.999.999.999.999,99", "usd", 999_999_999_999_999),
        ] {
            assert_eq!(read(text, code), Ok(minor), "{text} {code}");
        }
        assert_eq!(read("10.000.000.000.000,01", "usd"), Err(DefectKind::OutOfRange));
        for (text, code) in [
            ("12,345", "usd"),
            ("7,0", "jpy"),
            ("12.34", "usd"),
            ("1.2345,00", "usd"),
            ("12,", "usd"),
            (",5", "usd"),
            ("1e2", "usd"),
            ("+1", "usd"),
            ("--1", "usd"),
            ("$1", "usd"),
            ("", "usd"),
            ("1.,5", "usd"),
        ] {
            assert_eq!(read(text, code), Err(DefectKind::NotANumber), "{text} {code}");
        }
    }

    #[test]
    fn debit_and_credit_columns_make_one_signed_amount() {
        let mapped = mapped("units='major'\ndebit='d'\ncredit='k'");
        let amount = |debit: &str, credit: &str| {
            let look = |name: &str| {
                let text = if name == "d" { debit } else { credit };
                Some(text.to_owned()).filter(|text| !text.is_empty())
            };
            let raw = mapped.field("amount", &look)?;
            let fault = |kind| Fault { column: "amount", kind };
            mapped.amount(&raw.expect("an amount"), Some(Currency::USD)).map_err(fault)
        };
        assert_eq!(amount("12.34", ""), Ok(-1_234));
        assert_eq!(amount("0.00", "5"), Ok(500));
        assert_eq!(amount("0", "0.00"), Ok(0));
        for (debit, credit, kind) in
            [("1", "1", DefectKind::OutOfRange), ("-1", "", DefectKind::OutOfRange), ("", "", DefectKind::MissingValue)]
        {
            assert_eq!(amount(debit, credit), Err(Fault { column: "amount", kind }), "{debit} {credit}");
        }
    }

    #[test]
    fn a_date_is_midnight_utc_and_a_pattern_with_a_time_is_that_time() {
        let mapped = mapped("time=['%d/%m/%Y %H:%M', '%d/%m/%Y']\ndebit='d'\ncredit='k'");
        // 2026-01-01T00:00:00Z is 1767225600.
        assert_eq!(mapped.seconds("01/01/2026"), Ok(1_767_225_600));
        assert_eq!(mapped.seconds("01/01/2026 01:01"), Ok(1_767_225_600 + 3_660));
        assert_eq!(mapped.seconds("2026-01-01"), Err(DefectKind::NotADate));
    }

    #[test]
    fn fields_whose_columns_a_header_has_not_are_named() {
        let text = "name='x'\n[balances]\ntime=['%Y-%m-%d']\n[balances.columns]\naccount='a'\nas_of=['t', 'when']\ncurrent='c'\n\
                    currency='kind'\n";
        let mapping = Mapping::parse(text, Path::new("m.toml")).expect("a mapping");
        let absent = |header: &[&str]| {
            let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
            mapping.tables()[0].absent(&header).join(" ")
        };
        assert_eq!(absent(&["a", "when", "c", "kind"]), "");
        assert_eq!(absent(&["a", "t", "c", "knid"]), "currency");
    }

    #[test]
    fn a_wrong_mapping_is_refused_with_line_and_column() {
        let columns = "[balances.columns]\naccount='a'\nas_of='t'\ncurrent='c'\n";
        for (text, line, what) in [
            ("name='x'\nnmae='y'\n".to_owned(), "line 2, column 1", "nmae"),
            ("name='x'\ndelimiter=';;'\n[balances]\n".to_owned() + columns, "line 2, column 11", "delimiter"),
            ("name='x'\n[balances]\n".to_owned() + columns + "amuont='b'\n", "line 7, column 1", "`amuont`"),
            ("name='x'\n[balances]\ntime=['yyyy']\n".to_owned() + columns, "line 3, column 7", "a time is"),
            (
                "name='x'\n[transactions]\nsign='outflow_positive'\ndebit='d'\ncredit='k'\n[transactions.columns]\nid='i'\n".to_owned(),
                "line 3, column 6",
                "`debit` and `credit` say what went out",
            ),
            ("name='x'\n[balances]\nunits='dollars'\n".to_owned() + columns, "line 3, column 7", "dollars"),
            ("name='x'\n[transactions.columns]\nid='i'\n".to_owned(), "line 1, column 1", "`account` is required"),
            ("name='x'\n".to_owned(), "line 1, column 1", "maps no table"),
        ] {
            let error = Mapping::parse(&text, Path::new("m.toml")).expect_err("wrong").to_string();
            assert!(error.starts_with(&format!("m.toml: {line}")) && error.contains(what), "{error}");
        }
    }
}
