//! Accounts that are one, and accounts that only look alike, planted into cases: the truth for relinks across a portfolio.

use std::sync::Arc;

use cashline_core::row::{AccountStatus, AccountSubcategory, TransactionStatus};
use cashline_io::export::TransactionObject;

use crate::{
    case::{Case, shared},
    draw::{Domain, Draw},
    plan::Tag,
};

/// What was planted between two accounts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Plant {
    /// The generator's own: an account that its holder linked again.
    Relinked,
    /// One account, linked by two holders of one application.
    Joint,
    /// One account, linked by applicants of two applications; every second link shows the last months alone.
    Shared,
    /// A history under another bank and other digits, a tenth of its rows gone; every second copy words its rows otherwise.
    Copied,
    /// Not one: two who work for one employer and rent from one landlord, at one bank.
    OneEmployer,
    /// Not one: the same, and by chance their last digits agree.
    OneEmployerSameDigits,
    /// Not one: the same wages and rent to the day, and nothing else to be seen on either account.
    WagesAndRentAlone,
}

impl Plant {
    /// True when the two accounts are one, or one history.
    #[must_use]
    pub fn is_one(self) -> bool {
        matches!(self, Plant::Relinked | Plant::Joint | Plant::Shared | Plant::Copied)
    }
}

/// A pair with what it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Planted {
    /// The bytewise smaller account id.
    pub account_a: String,
    /// The other.
    pub account_b: String,
    /// What the two are.
    pub plant: Plant,
}

const PLANTS: [Plant; 5] =
    [Plant::Shared, Plant::OneEmployer, Plant::Copied, Plant::OneEmployerSameDigits, Plant::WagesAndRentAlone];

/// Rows that the account of a plant has at least: less is no history.
const ROWS_MIN: usize = 40;

/// Plants a pair into every two neighbouring cases, kind by kind, and a joint account into every case of two holders. Says
/// where every pair is, those that the generator made among them.
pub fn plant(cases: &mut [Case], seed: u64) -> Vec<Planted> {
    let mut planted: Vec<Planted> = cases.iter().flat_map(own).collect();
    for (at, pair) in cases.chunks_mut(2).enumerate() {
        let mut draw = Draw::of(seed, at as u64, Domain::Shuffle);
        for case in pair.iter_mut() {
            planted.extend(joint(case));
        }
        if let [one, other] = pair {
            planted.extend(neighbours(
                one,
                other,
                PLANTS[at % PLANTS.len()],
                (at / PLANTS.len()).is_multiple_of(2),
                &mut draw,
            ));
        }
    }
    planted.sort();
    planted
}

/// True when an account of the case has a twin already: rows that change on one of them alone would part the two.
fn has_twin(case: &Case) -> bool {
    let is_joint = |case: &Case| case.accounts.iter().any(|account| account.id.ends_with('j'));
    case.truth.relinked || is_joint(case)
}

fn pair(one: &str, other: &str, plant: Plant) -> Planted {
    let (account_a, account_b) = if one < other { (one, other) } else { (other, one) };
    Planted { account_a: account_a.to_owned(), account_b: account_b.to_owned(), plant }
}

/// The old and the new link of the generator's relinked accounts: the new one's id is the old one's and a letter.
fn own(case: &Case) -> Vec<Planted> {
    let ids: Vec<&str> = case.accounts.iter().map(|account| &*account.id).collect();
    let renewed = ids.iter().filter_map(|new| Some((new.strip_suffix("0n").map(|_| &new[..new.len() - 1])?, *new)));
    renewed.filter(|(old, _)| ids.contains(old)).map(|(old, new)| pair(old, new, Plant::Relinked)).collect()
}

/// The living checking account of a holder that shows enough.
fn checking(case: &Case, holder: &str) -> Option<usize> {
    let rows = |id: &str| posted(case, id).count();
    case.accounts.iter().position(|account| {
        account.holder == holder
            && account.status == AccountStatus::Active
            && account.subcategory == AccountSubcategory::Checking
            && ROWS_MIN <= rows(&account.id)
    })
}

fn posted<'c>(case: &'c Case, id: &'c str) -> impl Iterator<Item = (&'c TransactionObject, Tag)> {
    let rows = case.transactions.iter().zip(case.tags.iter().copied());
    rows.filter(move |(row, _)| *row.account == *id && row.status == TransactionStatus::Posted)
}

/// What changes in a copy of an account.
struct Change<'a> {
    /// The copy's id without `fca_`.
    stem: String,
    holder: &'a str,
    keep: &'a mut dyn FnMut(&TransactionObject, Tag) -> bool,
    word: &'a str,
}

/// Puts a copy of an account's posted rows under a new id into a case.
fn copy(of: &Case, at: usize, into: &mut Case, change: Change<'_>) -> String {
    let mut account = of.accounts[at].clone();
    let id = format!("fca_{}", change.stem);
    let rows: Vec<(TransactionObject, Tag)> = posted(of, &of.accounts[at].id)
        .filter(|(row, tag)| (change.keep)(row, *tag))
        .enumerate()
        .map(|(number, (row, tag))| {
            let description = format!("{}{}", change.word, row.description);
            let id_of_row = format!("fctxn_{}{number:05}", change.stem);
            (TransactionObject { id: id_of_row, account: shared(id.clone()), description, ..row.clone() }, tag)
        })
        .collect();
    account.id = shared(id.clone());
    change.holder.clone_into(&mut account.holder);
    into.accounts.push(account);
    into.openings.push(of.openings[at]);
    into.transactions.extend(rows.iter().map(|(row, _)| row.clone()));
    into.tags.extend(rows.iter().map(|(_, tag)| *tag));
    sort(into);
    id
}

/// Accounts by id, and their rows as they stood.
fn sort(case: &mut Case) {
    let mut accounts: Vec<_> = case.accounts.drain(..).zip(case.openings.drain(..)).collect();
    accounts.sort_by(|one, other| one.0.id.cmp(&other.0.id));
    (case.accounts, case.openings) = accounts.into_iter().unzip();
    let mut rows: Vec<_> = case.transactions.drain(..).zip(case.tags.drain(..)).collect();
    rows.sort_by(|one, other| one.0.account.cmp(&other.0.account));
    (case.transactions, case.tags) = rows.into_iter().unzip();
}

fn stem(case: &Case, holder: &str, mark: &str) -> String {
    let account = case.accounts.iter().find(|account| account.holder == holder);
    let id = account.map_or_else(String::new, |account| account.id.trim_start_matches("fca_").to_owned());
    format!("{id}{mark}")
}

fn joint(case: &mut Case) -> Option<Planted> {
    let mut holders: Vec<String> = case.accounts.iter().map(|account| account.holder.clone()).collect();
    holders.dedup();
    let [first, second] = &holders[..] else { return None };
    let at = checking(case, first)?;
    let original = case.accounts[at].id.to_string();
    let of = case.clone();
    let change = Change { stem: stem(case, second, "j"), holder: second, keep: &mut |_, _| true, word: "" };
    let id = copy(&of, at, case, change);
    Some(pair(&original, &id, Plant::Joint))
}

/// Plants into the second case something of the first.
fn neighbours(one: &mut Case, other: &mut Case, plant: Plant, is_even: bool, draw: &mut Draw) -> Option<Planted> {
    let holder = one.accounts.first()?.holder.clone();
    let theirs = other.accounts.first()?.holder.clone();
    let at = checking(one, &holder)?;
    let original = one.accounts[at].id.to_string();
    if plant.is_one() {
        let from = i64::from(one.as_of().plus(-90).0) * 86_400;
        let is_short = plant == Plant::Shared && is_even;
        let mut keep = |row: &TransactionObject, _: Tag| match plant {
            Plant::Shared => !is_short || row.posted_at.is_some_and(|posted| from <= posted),
            _ => !draw.chance(0.1),
        };
        let word = if plant == Plant::Copied && is_even { "POS DEBIT " } else { "" };
        let change = Change { stem: stem(other, &theirs, "t"), holder: &theirs, keep: &mut keep, word };
        let id = copy(one, at, other, change);
        if plant == Plant::Copied {
            let copied = other.accounts.iter_mut().find(|account| *account.id == *id)?;
            "Merchants Example Bank".clone_into(&mut copied.institution_name);
            copied.last4 = copied.last4.as_deref().map(next_digits);
        }
        return Some(pair(&original, &id, plant));
    }
    if has_twin(one) || has_twin(other) {
        return None;
    }
    let place = checking(other, &theirs)?;
    let id = other.accounts[place].id.to_string();
    let is_common = |tag: Tag| tag.is_income() || tag == Tag::Housing;
    let alone = plant == Plant::WagesAndRentAlone;
    // One wage and one rent, whatever was lived: two amounts on the same days.
    let mut common: Vec<(TransactionObject, Tag)> =
        posted(one, &original).filter(|(_, tag)| is_common(*tag)).map(|(row, tag)| (row.clone(), tag)).collect();
    let amount = |income: bool| common.iter().find(|(_, tag)| tag.is_income() == income).map(|(row, _)| row.amount);
    let (wage, rent) = (amount(true)?, amount(false).unwrap_or(0));
    common.iter_mut().for_each(|(row, tag)| row.amount = if tag.is_income() { wage } else { rent });
    replace(one, &original, &common, alone);
    replace(other, &id, &common, alone);
    other.accounts[place].institution_name = one.accounts[at].institution_name.clone();
    other.accounts[place].last4 = match plant {
        Plant::OneEmployerSameDigits => one.accounts[at].last4.clone(),
        _ => one.accounts[at].last4.as_deref().map(next_digits),
    };
    Some(pair(&original, &id, plant))
}

/// Takes income and rent out of an account, or all, and puts these rows in.
fn replace(case: &mut Case, id: &str, rows: &[(TransactionObject, Tag)], alone: bool) {
    let goes =
        |row: &TransactionObject, tag: Tag| *row.account == *id && (alone || tag.is_income() || tag == Tag::Housing);
    let gone: Vec<bool> = case.transactions.iter().zip(&case.tags).map(|(row, tag)| goes(row, *tag)).collect();
    let mut at = gone.iter();
    case.transactions.retain(|_| !at.next().copied().unwrap_or(false));
    let mut at = gone.iter();
    case.tags.retain(|_| !at.next().copied().unwrap_or(false));
    let stem = id.trim_start_matches("fca_");
    let account: Arc<str> = shared(id.to_owned());
    case.transactions.extend(rows.iter().enumerate().map(|(number, (row, _))| TransactionObject {
        id: format!("fctxn_{stem}e{number:05}"),
        account: Arc::clone(&account),
        ..row.clone()
    }));
    case.tags.extend(rows.iter().map(|(_, tag)| *tag));
    sort(case);
}

/// Other digits.
fn next_digits(digits: &str) -> String {
    let number: u32 = digits.parse().unwrap_or(0);
    format!("{:04}", (number + 1) % 10_000)
}
