//! Names that are ours but for how they are written. A column that no field takes is left unread; one that is called nearly as a
//! field that nothing fills is that field under another tool's spelling, and the file is refused: scored without it, an
//! application would get another score and nobody would know.

use crate::read::{
    Table,
    nested::Nested,
    tables::{Column, Nature, TableInfo},
};

/// The same name but for case, space and punctuation, unless the name is a tool's.
pub(crate) fn is_near(name: &str, path: &str) -> bool {
    !is_of_tool(name) && letters(name).eq(letters(path))
}

/// Whether a name is a tool's own: loaders and stores begin the columns that they add with `_`, such as `_updated`.
pub(crate) fn is_of_tool(name: &str) -> bool {
    name.starts_with('_')
}

/// What counts of a name: letters in lower case, and digits.
pub(crate) fn letters(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase)
}

/// The same name but for case, space and punctuation, and for one letter more or less after the first: in what people write for us,
/// a name that nothing reads is more likely that than one of theirs.
pub(crate) fn is_misspelt(name: &str, as_written: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (letters(name).collect(), letters(as_written).collect());
    let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
    if short.len() == long.len() {
        return short == long;
    }
    // Of three letters and fewer, one more is another word.
    let first = long.iter().zip(&short).take_while(|(long, short)| long == short).count();
    3 < short.len() && short.len() + 1 == long.len() && 0 < first && long[first + 1..] == short[first..]
}

/// What is wrong where a field that must be there is missing and a name is near, and the way out.
pub(crate) fn refusal(table: &str, path: &str, near: &str) -> String {
    format!("{table}: column `{path}` is missing; `{near}` looks like it: names are exact, rename it")
}

/// The same of a field that may be left out: what looks like it may be another's.
pub(crate) fn doubt(table: &str, path: &str, near: &str) -> String {
    refusal(table, path, near) + " if it is that, else take it out"
}

/// Refuses names that no field takes when one of them is near to a field, or to the struct around fields, that nothing fills.
///
/// # Errors
///
/// The first such name, and the way out.
pub(crate) fn check<'n>(
    table: &TableInfo,
    unused: impl Iterator<Item = &'n str>,
    is_filled: &dyn Fn(usize) -> bool,
) -> Result<(), String> {
    let is_for_us = matches!(table.table, Table::Applications | Table::Corrections);
    let is_called = |name: &str, column: &Column| {
        is_called(name, column) || (is_for_us && !is_of_tool(name) && is_misspelt(name, column.path))
    };
    let missed = |name: &str| {
        table.columns.iter().enumerate().find_map(|(slot, column)| match !is_filled(slot) && is_called(name, column) {
            true => Some(column.path),
            false => parent(name, column.path, table.columns, is_filled),
        })
    };
    for name in unused {
        if let Some(path) = missed(name) {
            let by_name = match table.table {
                Table::Applications => format!(" or drop it with `--drop-column {name}`"),
                _ => String::new(),
            };
            return Err(doubt(table.name, path, name) + &by_name);
        }
    }
    Ok(())
}

/// The first key inside of a struct that is nearly called as one that is missing there, and that one's path. `parent` is the
/// struct's own path, `fields` those inside of it, and `is_elsewhere` tells whether one of them stands in another place too.
pub(crate) fn inside<'k>(
    node: &'k Nested<'_>,
    parent: &'static str,
    fields: &[(usize, &'static str)],
    is_elsewhere: &dyn Fn(usize) -> bool,
) -> Option<(&'static str, &'k str)> {
    let entries = node.entries();
    // Each field inside with the path of the struct or value that the entry of this one would be.
    let below = |(slot, path): &(usize, &'static str)| -> Option<(usize, &'static str)> {
        let rest = path.strip_prefix(parent)?.strip_prefix('.')?;
        let word = rest.split('.').next().unwrap_or(rest);
        Some((*slot, &path[..parent.len() + 1 + word.len()]))
    };
    let last = |path: &'static str| &path[parent.len() + 1..];
    entries.iter().find_map(|(key, value)| {
        match fields.iter().filter_map(below).find(|(_, path)| last(path) == key.as_ref()) {
            Some((_, path)) if fields.iter().any(|field| field.1 == path) => None,
            Some((_, path)) => inside(value, path, fields, is_elsewhere),
            None => {
                let is_missed = |(slot, path): &(usize, &'static str)| {
                    let is_there = || entries.iter().any(|(other, _)| other.as_ref() == last(path));
                    is_near(key, last(path)) && !is_elsewhere(*slot) && !is_there()
                };
                fields.iter().filter_map(below).find(is_missed).map(|(_, path)| (path, key.as_ref()))
            }
        }
    })
}

/// Whether a name is near to one of a column's, or to that of an entry of its map.
fn is_called(name: &str, column: &Column) -> bool {
    let is_near_to = |name: &str| std::iter::once(&column.path).chain(column.aliases).any(|path| is_near(name, path));
    is_near_to(name) || (column.nature == Nature::CurrencyMap && map_of(name).is_some_and(is_near_to))
}

/// The map of a name such as `Balance.Current.USD`, as far as its currency tells that it is one.
pub(crate) fn map_of(name: &str) -> Option<&str> {
    let (map, currency) = name.rsplit_once(|letter: char| !letter.is_alphanumeric())?;
    let is_one = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_alphabetic());
    (is_one || currency.eq_ignore_ascii_case("undefined")).then_some(map)
}

/// The struct around the path that a name is near to, when nothing of it is filled.
fn parent(
    name: &str,
    path: &'static str,
    columns: &[Column],
    is_filled: &dyn Fn(usize) -> bool,
) -> Option<&'static str> {
    let is_inside = |parent: &str, path: &str| path.strip_prefix(parent).is_some_and(|rest| rest.starts_with('.'));
    let is_empty = |parent: &str| {
        let mut inside = columns.iter().enumerate().filter(|(_, column)| is_inside(parent, column.path));
        inside.all(|(slot, _)| !is_filled(slot))
    };
    let mut parents = path.match_indices('.').map(|(at, _)| &path[..at]);
    parents.find(|parent| is_near(name, parent) && is_empty(parent))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Table;

    fn refused(table: Table, names: &[&str], filled: &[&str]) -> bool {
        let info = table.info();
        let is_filled = |slot: usize| filled.contains(&info.columns[slot].path);
        check(info, names.iter().copied(), &is_filled).is_err()
    }

    #[test]
    fn a_name_is_near_when_case_space_and_punctuation_alone_make_it_another() {
        for name in
            ["postedAt", "Posted At", "POSTED_AT", "posted-at", "status_transitions__posted_at", "\u{feff}posted_at"]
        {
            assert!(refused(Table::Transactions, &[name], &[]), "{name}");
        }
        // One letter more or less is another name: exports have many of those.
        for name in ["posted", "posted_on", "posted_at_1", "postd_at", "", "_", "updated_at", "display_name"] {
            assert!(!refused(Table::Transactions, &[name], &[]), "{name}");
        }
    }

    #[test]
    fn a_name_that_begins_with_an_underscore_is_a_tools_own() {
        for name in ["_updated", "_created", "_object", "_posted_at", "__posted_at", "_status_transitions"] {
            assert!(!refused(Table::Transactions, &[name], &[]), "{name}");
        }
        assert!(!refused(Table::Accounts, &["_balance_current_usd"], &[]));
        let message = check(Table::Transactions.info(), ["Updated"].into_iter(), &|_| false).expect_err("near");
        assert!(message.ends_with("rename it if it is that, else take it out"), "{message}");
    }

    #[test]
    fn a_near_name_beside_the_field_is_somebody_elses() {
        assert!(!refused(Table::Transactions, &["Description"], &["description"]));
        assert!(refused(Table::Transactions, &["Description"], &["updated"]));
        // A struct is missed only when none of its fields stands anywhere.
        let message =
            check(Table::Transactions.info(), ["statusTransitions"].into_iter(), &|_| false).expect_err("near");
        assert!(message.contains("column `status_transitions` is missing"), "{message}");
        assert!(!refused(Table::Transactions, &["statusTransitions"], &["status_transitions.void_at"]));
        assert!(refused(Table::Transactions, &["postedAt"], &["status_transitions.void_at"]));
    }

    #[test]
    fn in_a_table_that_a_lender_writes_for_us_one_letter_more_or_less_is_a_slip_too() {
        for name in ["account_id", "accountId", "installment_amount", "term_month", "requested_amounts", "roles"] {
            assert!(refused(Table::Applications, &[name], &[]), "{name}");
        }
        let of = |names: &[&str], filled: &[&str]| {
            let is_filled = |slot: usize| filled.contains(&Table::Applications.info().columns[slot].path);
            check(Table::Applications.info(), names.iter().copied(), &is_filled)
        };
        let message = of(&["account_id"], &[]).expect_err("the consent would not hold");
        assert!(message.contains("column `account_ids` is missing; `account_id` looks like it"), "{message}");
        assert!(message.ends_with("else take it out or drop it with `--drop-column account_id`"), "{message}");
        // Beside the field, a tool's own, and what is more than a letter away.
        assert_eq!(of(&["account_id"], &["account_ids"]), Ok(()));
        assert_eq!(of(&["_account_ids", "account", "loan_id", "income", "amount", "as_at", "rule"], &[]), Ok(()));
        assert!(refused(Table::Corrections, &["purposes"], &[]));
        assert!(!refused(Table::Transactions, &["descriptions"], &[]), "an export has names of its own");
    }

    #[test]
    fn an_entry_of_a_map_is_near_to_its_map() {
        for name in
            ["balance__current__usd", "Balance.Current.USD", "balanceCurrent_usd", "balance__current__undefined"]
        {
            assert!(refused(Table::Accounts, &[name], &[]), "{name}");
            assert!(!refused(Table::Accounts, &[name], &["balance.current"]), "{name}");
        }
        for name in ["balance__current__date", "balancecurrentusd", "balance__limit__usd"] {
            assert!(!refused(Table::Accounts, &[name], &[]), "{name}");
        }
    }

    #[test]
    fn a_slip_is_case_punctuation_or_one_letter_and_nothing_else() {
        for (name, meant) in [
            ("Observed_At", "observed_at"),
            ("observedAt", "observed_at"),
            ("weights", "weight"),
            ("segement", "segment"),
            ("curency", "currency"),
            ("aded", "added"),
            ("e-mail", "email"),
        ] {
            assert!(is_misspelt(name, meant) && is_misspelt(meant, name), "{name}");
        }
        for (name, meant) in
            [("fname", "name"), ("height", "weight"), ("ids", "id"), ("at", "as_of"), ("", "name"), ("bad", "outcome")]
        {
            assert!(!is_misspelt(name, meant), "{name}");
        }
    }
}
