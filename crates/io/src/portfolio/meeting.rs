//! Whether applications and accounts meet at all. Ids in another form, holders that were not exported or the files of two days
//! answer every application `no_data`, which looks like a night without news.

use std::collections::BTreeSet;

use super::{AsOfRule, Members, Tables, Tally};
use crate::{error::Error, read::near};

/// So many applicants without an account are no chance: where every second one has none, one night in a thousand has ten of them
/// and nobody else.
const APPLICATIONS_BY_CHANCE: u64 = 10;

/// Ids that are counted up grow by a digit or two.
const LENGTHS_APART: usize = 2;

/// Refuses a portfolio with applications and accounts of which not one application finds an account.
///
/// Fewer than ten may well have none where their ids look like those of the holders; that is a warning.
pub(super) fn check(members: &Members, tables: &Tables, rule: AsOfRule<'_>, tally: &Tally) -> Result<(), Error> {
    let Some(applications) = members.usable() else { return Ok(()) };
    let accounts = tally.accounts;
    if applications == 0 || accounts == 0 || tally.applications_without_accounts < applications {
        return Ok(());
    }
    let applicants: BTreeSet<String> = members.applicants(tables, rule).collect();
    let mut held = members.held();
    let (column, way_out) = if !tables.has_accounts {
        ("an `account` of transactions or balances", "give the accounts table, which says whose they are")
    } else if held.is_empty() {
        let column = "an `id` of accounts, and `account_holder.customer` is empty in all of them";
        (column, "export the accounts with their holders")
    } else {
        let column = "an `account_holder.customer` or `account_holder.account` of accounts";
        (column, "write the same ids in both, or give files of the same export")
    };
    if held.is_empty() {
        held = members.account_ids();
    }
    let near = nearly(&applicants, &held);
    let [ours, theirs] = [Form::of(applicants.iter().map(String::as_str)), Form::of(held.iter().copied())];
    if near == 0 && applications < APPLICATIONS_BY_CHANCE && ours.is_like(&theirs) {
        tracing::warn!(applications, accounts, "no application finds an account, though the input has some");
        return Ok(());
    }
    let near = match near {
        0 => String::new(),
        near => format!("; {near} would be but for case, space, punctuation or leading zeros"),
    };
    let message = format!(
        "none of {applications} applications finds an account, though the input has {accounts}: no `applicant_id` of applications \
         ({ours}) is {column} ({theirs}){near}; {way_out}; if none of them has an account, leave the accounts and their rows out"
    );
    Err(Error::NothingMeets { message })
}

/// How many of these ids would be one of those if only letters and digits counted.
fn nearly(applicants: &BTreeSet<String>, held: &BTreeSet<&str>) -> usize {
    let folded = |id: &str| -> String {
        let letters: String = near::letters(id).collect();
        letters.trim_start_matches('0').to_owned()
    };
    let held: BTreeSet<String> = held.iter().map(|id| folded(id)).filter(|id| !id.is_empty()).collect();
    applicants.iter().filter(|id| held.contains(&folded(id))).count()
}

/// What ids are made of: says how two columns differ without a value of either.
#[derive(Default)]
struct Form {
    letters: bool,
    digits: bool,
    signs: bool,
    shortest: Option<usize>,
    longest: usize,
}

impl Form {
    fn of<'a>(ids: impl Iterator<Item = &'a str>) -> Form {
        let mut form = Form::default();
        for id in ids {
            for letter in id.chars() {
                let is_digit = letter.is_ascii_digit();
                let is_letter = !is_digit && letter.is_alphanumeric();
                form.digits |= is_digit;
                form.letters |= is_letter;
                form.signs |= !is_digit && !is_letter;
            }
            let length = id.chars().count();
            form.shortest = Some(form.shortest.map_or(length, |known| known.min(length)));
            form.longest = form.longest.max(length);
        }
        form
    }

    /// Whether a few more ids could make the one the other: of no signs that the other has not, and nearly as long.
    fn is_like(&self, other: &Form) -> bool {
        let within = |a: &Form, b: &Form| a.letters <= b.letters && a.digits <= b.digits && a.signs <= b.signs;
        let reaches = |a: &Form, b: &Form| a.shortest.is_some_and(|shortest| shortest <= b.longest + LENGTHS_APART);
        (within(self, other) || within(other, self)) && reaches(self, other) && reaches(other, self)
    }
}

impl std::fmt::Display for Form {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [(self.letters, "letters"), (self.digits, "digits"), (self.signs, "other signs")];
        let parts: Vec<&str> = parts.iter().filter(|part| part.0).map(|part| part.1).collect();
        let (shortest, longest) = (self.shortest.unwrap_or(0), self.longest);
        let only = if parts.len() == 1 { " only" } else { "" };
        write!(out, "{}{only}, {shortest}", parts.join(" and "))?;
        if shortest != longest {
            write!(out, " to {longest}")?;
        }
        out.write_str(" long")
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use cashline_core::{
        category::taxonomy::Taxonomy,
        row::AsOf,
        time::{Day, Zone},
    };

    use crate::{
        commit::Interrupt,
        error::Error,
        input,
        portfolio::{AsOfRule, Inputs, Portfolio},
        read::{ByLayout, ReadOptions},
    };

    /// Applications of these applicants, accounts of these holders, a row of each account.
    fn met(applicants: &[&str], holders: Option<&[Option<&str>]>) -> Result<(), Error> {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: String| fs::write(folder.path().join(name), text).expect("written");
        let applications = (1..).zip(applicants).map(|(at, id)| format!("app_{at},{id},1970-01-10\n"));
        write("a.csv", "application_id,applicant_id,as_of\n".to_owned() + &applications.collect::<String>());
        let rows = (1..=holders.map_or(2, <[_]>::len)).map(|at| format!("t{at},fca_{at},-5,usd,SHOP,posted,86400\n"));
        let head = "id,account,amount,currency,description,status,transacted_at\n".to_owned();
        write("t.csv", head + &rows.collect::<String>());
        if let Some(holders) = holders {
            let accounts =
                (1..).zip(holders).map(|(at, id)| format!("fca_{at},cash,checking,active,{}\n", id.unwrap_or("")));
            write(
                "c.csv",
                "id,category,subcategory,status,account_holder.customer\n".to_owned() + &accounts.collect::<String>(),
            );
        }
        let options = ReadOptions::default();
        let found = input::Inputs::discover(&[folder.path()], &options).expect("files");
        let (interrupt, zone, taxonomy) = (Interrupt::never(), Zone::utc(), Taxonomy::builtin());
        let read = ByLayout::new(&options);
        let inputs = Inputs { files: &found.files, read: &read, interrupt: &interrupt };
        let rule = AsOfRule { run: Some(AsOf::Date(Day(9))), zone: &zone };
        let mut portfolio = Portfolio::open(inputs, rule, &taxonomy).expect("usable");
        portfolio.for_each_chunk(&mut |_| Ok(())).expect("read");
        portfolio.meets()
    }

    fn refusal(applicants: &[&str], holders: Option<&[Option<&str>]>) -> String {
        let error = met(applicants, holders).expect_err("nothing meets");
        assert_eq!(error.exit_code(), 2);
        error.to_string()
    }

    #[test]
    fn ids_in_another_form_refuse_the_run_and_the_message_shows_none_of_them() {
        let message = refusal(&["CUST-001"], Some(&[Some("1"), Some("23"), None]));
        assert!(message.contains("none of 1 applications finds an account, though the input has 3"), "{message}");
        assert!(
            message.contains("`applicant_id` of applications (letters and digits and other signs, 8 long)"),
            "{message}"
        );
        assert!(message.contains("`account_holder.account` of accounts (digits only, 1 to 2 long)"), "{message}");
        assert!(!message.contains("CUST") && !message.contains("23"), "{message}");
        // What a spreadsheet makes of ids: of the same form as the others, and one of them all the same.
        for (one, other, count) in [("cus-ab", "CUS_AB", 1), ("0017", "17", 1)] {
            let message = refusal(&[one], Some(&[Some(other)]));
            let told = format!("{count} would be but for case, space, punctuation or leading zeros");
            assert!(message.contains(&told), "{message}");
        }
    }

    #[test]
    fn applications_beside_accounts_of_nobody_refuse_the_run() {
        let message = refusal(&["customer_1"], Some(&[None, None]));
        assert!(message.contains("`account_holder.customer` is empty in all of them"), "{message}");
        let message = refusal(&["customer_1"], None);
        assert!(message.contains("give the accounts table") && message.contains("5 long"), "{message}");
        let message = refusal(&["FCA1"], None);
        assert!(message.contains("1 would be but for case"), "{message}");
        // An account without rows in this export.
        met(&["fca_3"], None).expect("its form is that of the others");
        met(&["fca_3"], Some(&[None, None])).expect("its form is that of the others");
        met(&["fca_2"], Some(&[None, None])).expect("an account without a holder is its own applicant");
        met(&["fca_2"], None).expect("and so is one that no table lists");
    }

    #[test]
    fn a_few_applicants_without_an_account_are_answered_and_many_are_another_days_file() {
        let strangers: Vec<String> = (1..=10).map(|at| format!("cus_{at:02}")).collect();
        let strangers: Vec<&str> = strangers.iter().map(String::as_str).collect();
        met(&strangers[..9], Some(&[Some("cus_11"), Some("cus_12")])).expect("nine may have none");
        // A random id may hold no digit, and numbers grow.
        met(&["cus_NffrFeUfNVHib"], Some(&[Some("cus_9s6XKzkNRiz8i")])).expect("one may have none");
        met(&["9998"], Some(&[Some("10001"), Some("10002")])).expect("one may have none");
        refusal(&strangers, Some(&[Some("cus_11"), Some("cus_12")]));
        met(&strangers, Some(&[Some("cus_10"), Some("cus_12")])).expect("one has an account");
        met(&strangers, Some(&[])).expect("there is no account that anybody could have");
        met(&[], Some(&[Some("1")])).expect("there is nobody who could have one");
    }
}
