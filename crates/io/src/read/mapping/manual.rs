//! The reference of mapping files: every key that one may hold, as it is read. Tests hold it to the schema and to the tables.

use super::{BALANCE_CURRENCY, vocabulary};
use crate::read::{
    Table,
    tables::{Nature, TABLES, TableInfo},
};

/// A key of a mapping file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Key {
    /// Where it stands: `file`, `[TABLE]` for each table, or a table alone.
    pub table: String,
    /// The key; of a field, its name under `columns`, `constants` and `values`.
    pub key: String,
    /// What it says.
    pub meaning: String,
    /// What may stand there.
    pub allowed: String,
    /// What holds without it.
    pub default: &'static str,
    /// A line of a mapping file.
    pub example: String,
}

/// Keys of the file and of its tables: where they stand, key, meaning, what may stand there, what holds without, an example.
const KEYS: [(&str, &str, &str, &str, &str, &str); 16] = [
    ("file", "name", "what the mapping calls itself, in messages", "text", "required", r#"name = "my bank""#),
    (
        "file",
        "delimiter",
        "what stands between the fields of CSV",
        "one ASCII character, no quote and no end of line",
        "a comma",
        r#"delimiter = ";""#,
    ),
    (
        "[TABLE]",
        "columns",
        "which of their columns fills a field: of CSV by its header, of JSON by its key, by points inside of objects, from the \
         document's root after `/`; of several the first that holds something",
        "fields of the table, each with a name or a list of names",
        "required",
        r#"columns = { id = "Ref", description = ["Text", "Memo"] }"#,
    ),
    (
        "[TABLE]",
        "constants",
        "what a field holds in every row; no field has a column too",
        "fields of the table, each with a text",
        "none",
        r#"constants = { currency = "usd" }"#,
    ),
    (
        "[TABLE]",
        "values",
        "our word for each of theirs, of a field that has a column or a constant; other words stay as they are",
        "fields that are words, each with their words and ours",
        "none",
        r#"values = { status = { BOOKED = "posted" } }"#,
    ),
    (
        "[TABLE]",
        "rows",
        "keys of a JSON document under which the rows of this table stand in a list",
        "list of keys",
        "no JSON is read as this table",
        r#"rows = ["added", "modified"]"#,
    ),
    (
        "[TABLE]",
        "removed",
        "keys of lists that take rows back; a document in which one is not empty is refused",
        "list of keys",
        "none",
        r#"removed = ["removed"]"#,
    ),
    (
        "[TABLE]",
        "units",
        "how amounts are written",
        "`minor` (cents), `major` (12.34)",
        "`minor`",
        r#"units = "major""#,
    ),
    (
        "[TABLE]",
        "time",
        "how days and times are written; each cell is read by the first that can, and none may take the text of a later one for another \
         time",
        "list of `seconds`, `rfc3339` and patterns such as `%d.%m.%Y`, no `%Z`",
        "`seconds`; of applications and corrections a date or RFC 3339",
        r#"time = ["rfc3339", "%Y-%m-%d"]"#,
    ),
    (
        "[TABLE]",
        "decimal",
        "what stands before the decimals",
        "one character, no digit, no minus",
        "a point",
        r#"decimal = ",""#,
    ),
    (
        "[TABLE]",
        "thousands",
        "what stands between thousands",
        "one character, no digit, no minus, not the one before the decimals",
        "nothing does",
        r#"thousands = ",""#,
    ),
    (
        "[transactions]",
        "sign",
        "which way money goes when `amount` is positive; not beside `debit` and `credit`",
        "`inflow_positive`, `outflow_positive`",
        "`inflow_positive`",
        r#"sign = "outflow_positive""#,
    ),
    (
        "[transactions]",
        "pending",
        "the column that says whether a row is pending (true, false, 1, 0), in the place of `status`; a pending row has no posting time",
        "a column",
        "`status` says it",
        r#"pending = "is_pending""#,
    ),
    (
        "[transactions]",
        "debit",
        "the column of what went out, in the place of `amount`; a zero, a dash and nothing are an empty side",
        "a column, with `credit`",
        "`amount` says it",
        r#"debit = "Paid out""#,
    ),
    (
        "[transactions]",
        "credit",
        "the column of what came in",
        "a column, with `debit`",
        "`amount` says it",
        r#"credit = "Paid in""#,
    ),
    (
        "[accounts]",
        "debts",
        "categories, in their word or ours, whose balance is owed where it is positive; what is available there is a credit line and \
         left out",
        "list of words",
        "none",
        r#"debts = ["credit", "loan"]"#,
    ),
];

/// What each field is.
const FIELDS: &[(Table, &str, &str)] = &[
    (Table::Applications, "application_id", "one application; its rows are its applicants"),
    (Table::Applications, "applicant_id", "the holder of accounts, or an account's `id` where accounts name no holder"),
    (Table::Applications, "as_of", "T, exclusive; without it `--as-of`"),
    (Table::Applications, "role", "what the applicant is to the application; without it the primary one"),
    (Table::Applications, "requested_amount", "what is asked for"),
    (Table::Applications, "term_months", "for how many months"),
    (Table::Applications, "instalment_amount", "what is to be paid back a month"),
    (Table::Applications, "stated_income", "what the applicant says is earned a month"),
    (Table::Applications, "currency", "of these amounts, and the one that is scored"),
    (Table::Applications, "account_ids", "the accounts consented to; without it all of the applicant's"),
    (Table::Transactions, "id", "the transaction's id; one id with two contents puts the account in doubt"),
    (Table::Transactions, "account", "the account's `id`"),
    (Table::Transactions, "amount", "money in positive, after `sign`; or `debit` and `credit`"),
    (Table::Transactions, "currency", "of the amount"),
    (Table::Transactions, "description", "the bank's text, from which rules read what a row is"),
    (Table::Transactions, "livemode", "false: of a test"),
    (Table::Transactions, "status", "how far it has come; or `pending`"),
    (Table::Transactions, "transacted_at", "when it happened; a date alone is 00:00 UTC"),
    (Table::Transactions, "status_transitions.posted_at", "when it was posted"),
    (Table::Transactions, "status_transitions.void_at", "when it was taken back"),
    (Table::Transactions, "updated", "when this version was written: of several the latest before T counts"),
    (Table::Transactions, "object", "Stripe's word for the table"),
    (Table::Accounts, "id", "the account's id, which rows name"),
    (Table::Accounts, "object", "Stripe's word for the table"),
    (Table::Accounts, "account_holder.type", "customer, or account where the holder is a business"),
    (Table::Accounts, "account_holder.customer", "the applicant: what `applicant_id` of applications says"),
    (Table::Accounts, "account_holder.customer_account", "the applicant where `account_holder.customer` is empty"),
    (Table::Accounts, "account_holder.account", "the applicant where the holder is a business"),
    (Table::Accounts, "institution_name", "the bank"),
    (Table::Accounts, "last4", "the last digits of the account number"),
    (Table::Accounts, "category", "what kind of account it is"),
    (Table::Accounts, "subcategory", "the same, closer"),
    (Table::Accounts, "status", "whether the bank still answers"),
    (Table::Accounts, "permissions", "what may be read: balances, ownership, payment_method, transactions"),
    (Table::Accounts, "created", "when it was linked"),
    (Table::Accounts, "livemode", "false: of a test"),
    (Table::Accounts, "balance.as_of", "when the balance was so; without it the balance is no snapshot and left out"),
    (Table::Accounts, "balance.current", "what stands on the account, in `balance.currency`"),
    (Table::Accounts, "balance.cash.available", "what can be spent of it"),
    (Table::Accounts, "balance.credit.used", "what of a credit line is used"),
    (Table::Accounts, "balance_refresh.status", "how the last fetch of the balance ended"),
    (Table::Accounts, "balance_refresh.last_attempted_at", "when that was"),
    (Table::Accounts, "transaction_refresh.status", "how the last fetch of transactions ended"),
    (Table::Accounts, "transaction_refresh.last_attempted_at", "when that was"),
    (Table::Accounts, "balance.type", "cash or credit: which amount stands beside the current one"),
    (Table::Accounts, "status_details.active.expected_deactivation_date", "when the authorisation ends"),
    (Table::Accounts, "authorization", "the id of the authorisation"),
    (Table::Accounts, "account_numbers", "the account numbers' `status` and `expected_expiry_date`"),
    (Table::Accounts, "supported_payment_method_types", "`us_bank_account` where ACH debits may be made"),
    (Table::Accounts, BALANCE_CURRENCY, "of the account's balances; only mappings have it"),
    (Table::Balances, "account", "the account's `id`"),
    (Table::Balances, "as_of", "when the balance was so"),
    (Table::Balances, "current", "what stands on the account, in `currency`"),
    (Table::Balances, "currency", "of these amounts"),
    (Table::Balances, "available", "what can be spent of it"),
    (Table::Balances, "used", "what of a credit line is used"),
    (Table::Balances, "object", "Stripe's word for the table"),
    (Table::Corrections, "transaction_id", "which transaction"),
    (Table::Corrections, "action", "what is done with it: `exclude`, `recategorise`"),
    (Table::Corrections, "purpose", "of the taxonomy, for `recategorise` alone"),
    (Table::Corrections, "by", "who says so"),
    (Table::Corrections, "why", "for what reason"),
    (Table::Corrections, "at", "when that was said: of several the latest stands"),
];

/// Every key that a mapping file may hold, in the order of the file: its own, those of tables, the fields of each table.
#[must_use]
pub fn keys() -> Vec<Key> {
    let own = KEYS.iter().map(|(table, key, meaning, allowed, default, example)| Key {
        table: (*table).to_owned(),
        key: (*key).to_owned(),
        meaning: (*meaning).to_owned(),
        allowed: (*allowed).to_owned(),
        default,
        example: (*example).to_owned(),
    });
    own.chain(TABLES.iter().flat_map(fields)).collect()
}

fn fields(info: &TableInfo) -> impl Iterator<Item = Key> {
    let columns = info.columns.iter().map(|column| (column.path, column.nature, column.required));
    let more = (info.table == Table::Accounts).then_some((BALANCE_CURRENCY, Nature::Text, false));
    columns.chain(more).map(|(path, nature, is_required)| {
        let told = FIELDS.iter().find(|(table, field, _)| (*table, *field) == (info.table, path));
        let key = if path.contains('.') { format!("\"{path}\"") } else { path.to_owned() };
        Key {
            table: info.name.to_owned(),
            meaning: told.map_or_else(String::new, |told| told.2.to_owned()),
            allowed: vocabulary::shown(info.table, path).unwrap_or_else(|| allowed(nature).to_owned()),
            default: if is_required { "required" } else { "empty" },
            example: format!("columns = {{ {key} = \"their_name\" }}"),
            key,
        }
    })
}

fn allowed(nature: Nature) -> &'static str {
    match nature {
        Nature::Text => "text",
        Nature::Amount => "an amount, as `units`, `decimal` and `thousands` say",
        Nature::CurrencyMap => "an amount in one currency, as `units`, `decimal` and `thousands` say",
        Nature::Seconds | Nature::AsOf => "a time, as `time` says",
        Nature::Boolean => "true, false, 1, 0",
        Nature::Number => "a number",
        Nature::List => "a list in JSON's, Python's or DuckDB's notation, or words between separators",
        Nature::Objects => "a list of objects as JSON",
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, path::Path};

    use super::*;
    use crate::read::mapping::Mapping;

    fn parse(text: &str) -> Result<Mapping, String> {
        Mapping::parse(text, Path::new("m.toml")).map_err(|error| error.to_string())
    }

    /// What a refusal lists after `expected one of`.
    fn expected(message: &str) -> BTreeSet<String> {
        let (_, list) = message.split_once("expected one of ").expect(message);
        list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn the_reference_names_the_keys_that_are_read_and_no_others() {
        let of = |table: &dyn Fn(&str) -> bool| -> BTreeSet<String> {
            KEYS.iter().filter(|key| table(key.0)).map(|key| key.1.to_owned()).collect()
        };
        let of_file = expected(&parse("name = 'x'\nno_such_key = 1").expect_err("closed"));
        let tables = TABLES.iter().map(|info| info.name.to_owned());
        assert_eq!(of_file, of(&|table| table == "file").into_iter().chain(tables).collect());
        for info in TABLES {
            let text = format!("name = 'x'\n[{}]\nno_such_key = 1", info.name);
            let of_table = expected(&parse(&text).expect_err("closed"));
            assert_eq!(of_table, of(&|table| table != "file"), "{}", info.name);
        }
    }

    /// A mapping of a table that gives every required field a column, with some lines of its own before them.
    fn whole(info: &TableInfo, lines: &str, given: &[&str]) -> String {
        let required = info.columns.iter().filter(|column| column.required && !given.contains(&column.path));
        let columns: Vec<String> = required.map(|column| format!("\"{}\" = \"x_{0}\"", column.path)).collect();
        format!("name = \"x\"\n[{}]\n{lines}\n[{}.columns]\n{}\n", info.name, info.name, columns.join("\n"))
    }

    #[test]
    fn every_example_is_read_where_the_reference_says_and_refused_where_it_does_not() {
        for (table, key, _, _, _, example) in KEYS {
            for info in TABLES {
                let text = match key {
                    "name" => whole(info, "", &[]).replace("name = \"x\"", example),
                    "delimiter" => format!("{example}\n{}", whole(info, "", &[])),
                    // These stand in place of what they show.
                    "columns" | "constants" | "values" => continue,
                    "pending" => whole(info, example, &["status"]),
                    "debit" | "credit" => whole(info, "debit = \"Paid out\"\ncredit = \"Paid in\"", &["amount"]),
                    _ => whole(info, example, &[]),
                };
                let is_of_all = ["file", "[TABLE]"].contains(&table);
                let is_read = is_of_all || table == format!("[{}]", info.name);
                assert_eq!(parse(&text).is_ok(), is_read, "{key} in {}: {:?}", info.name, parse(&text).err());
            }
        }
        let text = "name = 'x'\n[transactions]\ncolumns = { id = \"Ref\", description = [\"Text\", \"Memo\"], account = 'a', amount = 'b', \
                    status = 's', transacted_at = 't' }\nconstants = { currency = \"usd\" }\n\
                    values = { status = { BOOKED = \"posted\" } }";
        parse(text).expect("the examples of columns, constants and values");
    }

    #[test]
    fn every_field_of_the_reference_is_one_that_a_mapping_may_name_and_none_is_left_out() {
        for info in TABLES {
            let paths: Vec<String> = fields(info).map(|key| key.key.trim_matches('"').to_owned()).collect();
            let text = whole(info, "constants = { no_such_field = \"1\" }", &[]);
            let refused = parse(&text).expect_err("no field of ours");
            for key in fields(info) {
                assert!(!key.meaning.is_empty(), "{} of {}", key.key, info.name);
            }
            let (_, listed) = refused.split_once("there are: ").expect("the fields");
            let listed: Vec<&str> = listed.split(", ").collect();
            let own: Vec<&str> = paths.iter().map(String::as_str).filter(|path| *path != BALANCE_CURRENCY).collect();
            assert_eq!(own, listed, "{}", info.name);
            for path in &paths {
                let text = whole(info, "", &[path]) + &format!("\"{path}\" = \"their_name\"\n");
                parse(&text).expect(path);
            }
        }
        for (table, path, _) in FIELDS {
            let is_one = *path == BALANCE_CURRENCY || table.info().columns.iter().any(|column| column.path == *path);
            assert!(is_one, "{path}");
        }
    }
}
