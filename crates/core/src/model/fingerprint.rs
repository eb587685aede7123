//! What a model was made with: digests of its attributes' definitions, and their values on embedded probe ledgers.
//!
//! A definition's text can stay while its code changes, and its meaning can change where no probe looks. So a model keeps
//! both: the probe rows go through the same path as an applicant's (history, ledger, categories, digest, attributes), and a
//! value or a definition that differs from the sealed one refuses the model.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{file::MadeWith, scorecard::EXTRA_PREFIX};
use crate::{
    application::{Applicant, Application},
    defect::Source,
    hash::sha256,
    history::HistoryBuilder,
    money::Currency,
    row::{
        AccountCategory, AccountRow, AccountStatus, AccountSubcategory, ApplicantRole, BalanceOrigin, BalanceRow,
        HolderKind, Permissions, Row, TransactionRow, TransactionStatus,
    },
    time::{Day, Zone},
    value::{Outcome, Value},
};

const PROBE: &str = include_str!("../../defaults/probe.toml");

/// What separates the hand-written part of a model file from the sealed one.
const SEAL: &str = "# Sealed: written by the engine, not by hand.";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProbeFile {
    as_of_day: i32,
    applicants: Vec<ProbeApplicant>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProbeApplicant {
    name: String,
    requested_amount: Option<i64>,
    term_months: Option<u32>,
    instalment_amount: Option<i64>,
    balance: Option<i64>,
    savings: Option<i64>,
    rows: Vec<ProbeRow>,
    #[serde(default)]
    savings_rows: Vec<ProbeRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProbeRow {
    day: i32,
    every: i32,
    times: i32,
    amount: i64,
    text: String,
}

/// One probe applicant, ready for the engine.
#[derive(Debug)]
pub struct Probe {
    /// Its name in the sealed values.
    pub name: String,
    /// Its rows.
    pub rows: HistoryBuilder,
    /// Its application.
    pub application: Application,
}

/// The probe applicants, in the file's order.
#[must_use]
pub fn probes() -> Vec<Probe> {
    let file: ProbeFile = toml::from_str(PROBE).expect("the embedded probe is valid, which a test holds");
    file.applicants.iter().map(|applicant| probe(applicant, Day(file.as_of_day))).collect()
}

/// The digest of the embedded probe.
#[must_use]
pub fn probe_digest() -> String {
    sha256(PROBE.as_bytes())
}

fn probe(applicant: &ProbeApplicant, as_of: Day) -> Probe {
    let midnight = Zone::utc().midnight(as_of);
    let mut rows = HistoryBuilder::new();
    let mut put = |account: &str, subcategory, list: &[ProbeRow], balance: Option<i64>| {
        rows.push(&Row::Account(account_row(account, subcategory, midnight)));
        if let Some(current) = balance {
            rows.push(&Row::Balance(balance_row(account, current, midnight)));
        }
        let mut number = 0;
        for row in list {
            for time in 0..row.times {
                let day = as_of.plus(row.every * time - row.day);
                number += 1;
                let id = format!("fctxn_{account}_{number:04}");
                rows.push(&Row::Transaction(transaction_row(&id, account, row, Zone::utc().midnight(day) + 43_200)));
            }
        }
    };
    put("fca_checking", AccountSubcategory::Checking, &applicant.rows, applicant.balance);
    if applicant.savings.is_some() {
        put("fca_savings", AccountSubcategory::Savings, &applicant.savings_rows, applicant.savings);
    }
    let application = Application {
        application_id: applicant.name.clone(),
        applicants: vec![Applicant { id: HOLDER.to_owned(), role: ApplicantRole::Primary, account_ids: vec![] }],
        as_of: midnight,
        requested_amount: applicant.requested_amount,
        term_months: applicant.term_months,
        instalment_amount: applicant.instalment_amount,
        stated_income: None,
        currency: Some(Currency::USD),
        extras: vec![],
    };
    Probe { name: applicant.name.clone(), rows, application }
}

const HOLDER: &str = "cus_probe";

fn account_row(id: &str, subcategory: AccountSubcategory, midnight: i64) -> AccountRow<'_> {
    AccountRow {
        id,
        holder: Some(HOLDER),
        holder_kind: Some(HolderKind::Customer),
        institution_name: Some("Probe Bank"),
        last4: None,
        category: AccountCategory::Cash,
        subcategory,
        status: AccountStatus::Active,
        permissions: Some(Permissions { balances: true, ownership: false, payment_method: false, transactions: true }),
        created: Some(midnight - 86_400),
        livemode: Some(true),
        balance_refresh: None,
        transaction_refresh: None,
        known_at: None,
        expected_deactivation: None,
        authorization: None,
        numbers: None,
        ach_debit: None,
        change: None,
        source: Source::default(),
    }
}

fn balance_row(account: &str, current: i64, midnight: i64) -> BalanceRow<'_> {
    BalanceRow {
        account,
        as_of: midnight,
        currency: Currency::USD,
        current,
        available: Some(current),
        origin: BalanceOrigin::Reported,
        source: Source::default(),
    }
}

fn transaction_row<'a>(id: &'a str, account: &'a str, row: &'a ProbeRow, noon: i64) -> TransactionRow<'a> {
    TransactionRow {
        id,
        account,
        amount: row.amount,
        currency: Currency::USD,
        description: &row.text,
        livemode: Some(true),
        status: TransactionStatus::Posted,
        transacted_at: noon,
        posted_at: Some(noon),
        void_at: None,
        updated: Some(noon),
        source: Source::default(),
    }
}

/// An outcome as sealed values write it: exact, one text for each value.
#[must_use]
pub fn written(outcome: &Outcome) -> String {
    match outcome {
        Ok(Value::Integer(value)) => value.to_string(),
        // The shortest text that reads back to the same number.
        Ok(Value::Real(value)) => format!("{value:?}"),
        Ok(Value::Code(code)) => format!("code: {code}"),
        Ok(Value::Date(day)) => day.to_string(),
        Err(cause) => format!("missing: {}", cause.code()),
    }
}

/// True for a column of the applications, which no probe has.
#[must_use]
pub fn is_extra(attribute: &str) -> bool {
    attribute.starts_with(EXTRA_PREFIX)
}

/// The first attribute whose sealed value is not the running build's, with both values.
#[must_use]
pub fn mismatch<'a>(sealed: &'a MadeWith, now: &'a MadeWith) -> Option<(&'a str, &'a str, &'a str)> {
    let absent = "absent";
    for (probe, values) in &now.values {
        let before: &BTreeMap<String, String> = match sealed.values.get(probe) {
            Some(before) => before,
            None => return values.iter().next().map(|(attribute, value)| (attribute.as_str(), absent, value.as_str())),
        };
        for (attribute, value) in values {
            let old = before.get(attribute).map_or(absent, String::as_str);
            if old != value {
                return Some((attribute, old, value));
            }
        }
    }
    None
}

/// The text of a model file with its seal replaced; everything written by hand stays as it is.
#[must_use]
pub fn seal(text: &str, made_with: &MadeWith) -> String {
    #[derive(serde::Serialize)]
    struct Tail<'a> {
        made_with: &'a MadeWith,
    }
    let hand = text.split_once(SEAL).map_or(text, |parts| parts.0).trim_end();
    let tail = toml::to_string(&Tail { made_with }).expect("texts in tables with text keys");
    format!("{hand}\n\n{SEAL}\n\n{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probe_is_valid_and_no_row_stands_at_or_after_t() {
        let file: ProbeFile = toml::from_str(PROBE).expect("valid");
        assert_eq!(probes().len(), 3);
        for applicant in &file.applicants {
            for row in applicant.rows.iter().chain(&applicant.savings_rows) {
                assert!(0 < row.day - row.every * (row.times - 1), "{}: {}", applicant.name, row.text);
            }
        }
    }

    #[test]
    fn sealing_twice_keeps_the_hand_written_part_byte_for_byte() {
        let made_with = |value: &str| MadeWith {
            probe: "sha256:1".to_owned(),
            definitions: BTreeMap::new(),
            values: BTreeMap::from([("steady".to_owned(), BTreeMap::from([("a".to_owned(), value.to_owned())]))]),
        };
        let once = seal("# hand\nname = \"x\"\n", &made_with("1"));
        let twice = seal(&once, &made_with("2"));
        assert!(twice.starts_with("# hand\nname = \"x\"\n\n# Sealed"));
        assert_eq!(twice, once.replace("a = \"1\"", "a = \"2\""));
    }

    #[test]
    fn a_value_that_differs_is_found_and_a_probe_that_was_not_sealed_counts_as_different() {
        let with = |probe: &str, value: &str| MadeWith {
            probe: String::new(),
            definitions: BTreeMap::new(),
            values: BTreeMap::from([(probe.to_owned(), BTreeMap::from([("a_90d".to_owned(), value.to_owned())]))]),
        };
        assert_eq!(mismatch(&with("p", "1"), &with("p", "1")), None);
        assert_eq!(mismatch(&with("p", "1"), &with("p", "2")), Some(("a_90d", "1", "2")));
        assert_eq!(mismatch(&with("q", "1"), &with("p", "1")), Some(("a_90d", "absent", "1")));
    }
}
