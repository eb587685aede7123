//! What two accounts have in common, and what follows from it.

use serde::Serialize;

use super::{
    Account,
    print::{BalanceMark, RowMark},
};
use crate::{row::AccountSubcategory, time::Day};

/// What two accounts are to each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// One real account linked again by its holder.
    Relink,
    /// One real account under two holders.
    Shared,
    /// One history under two accounts whose bank, digits or kind differ.
    CopiedHistory,
}

impl Relation {
    /// All of them.
    pub const ALL: [Relation; 3] = [Relation::Relink, Relation::Shared, Relation::CopiedHistory];

    /// The name that files use.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Relation::Relink => "relink",
            Relation::Shared => "shared",
            Relation::CopiedHistory => "copied_history",
        }
    }
}

/// How much the evidence can bear.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// More rows and amounts agree than two lives have in common.
    Certain,
    /// What there is agrees, and it is little, or bank and digits are not known of both.
    Probable,
}

impl Verdict {
    /// The name that files use.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Verdict::Certain => "certain",
            Verdict::Probable => "probable",
        }
    }
}

/// Whether a fact of two accounts agrees.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    /// Known of both, and the same.
    Equal,
    /// Known of both, and not the same.
    Differs,
    /// Not known of both.
    Unknown,
}

impl Agreement {
    /// The name that files use.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Agreement::Equal => "equal",
            Agreement::Differs => "differs",
            Agreement::Unknown => "unknown",
        }
    }

    fn of<T: PartialEq>(one: Option<T>, other: Option<T>) -> Agreement {
        match (one, other) {
            (Some(one), Some(other)) if one == other => Agreement::Equal,
            (Some(_), Some(_)) => Agreement::Differs,
            _ => Agreement::Unknown,
        }
    }
}

/// What two accounts have in common, counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Evidence {
    /// The bank, in one spelling.
    pub institution: Agreement,
    /// The last digits.
    pub last4: Agreement,
    /// Category and subcategory, and currency.
    pub kind: Agreement,
    /// First and last day that both show; `None` when they have none in common.
    pub days: Option<(Day, Day)>,
    /// Rows of the one between these days.
    pub rows_a: u64,
    /// Rows of the other.
    pub rows_b: u64,
    /// Rows of the same day and amount.
    pub rows_common: u64,
    /// Of these, distinct amounts.
    pub amounts_common: u64,
    /// Rows of the same day, amount and words.
    pub texts_common: u64,
    /// Balances of the same second.
    pub balances_compared: u64,
    /// Of these, equal ones.
    pub balances_equal: u64,
}

/// Two accounts that are one, or show one history.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Twin {
    /// The bytewise smaller id.
    pub account_a: String,
    /// The other.
    pub account_b: String,
    /// Who holds the one.
    pub holder_a: String,
    /// Who holds the other.
    pub holder_b: String,
    /// What they are to each other.
    pub relation: Relation,
    /// How much the evidence can bear.
    pub verdict: Verdict,
    /// From 0 to 100: see [`Evidence::score`]; `None` for a renewed link without rows of the same days.
    pub score: Option<u32>,
    /// Why.
    pub evidence: Evidence,
}

/// Distinct amounts with which evidence is as good as it gets.
const AMOUNTS_FULL: u64 = 8;

impl Evidence {
    /// The share of the smaller side's rows that the other has too, in percent, weighed by how many different amounts they
    /// show: wages and rent of two neighbours agree to the day, and are two amounts.
    ///
    /// # Formula
    ///
    /// ```text
    /// ⌊100 · common / min(rows_a, rows_b) · min(amounts, 8) / 8⌋
    /// ```
    #[must_use]
    pub fn score(&self) -> Option<u32> {
        let least = self.rows_a.min(self.rows_b);
        let percent =
            (100 * self.rows_common * self.amounts_common.min(AMOUNTS_FULL)).checked_div(least * AMOUNTS_FULL)?;
        u32::try_from(percent).ok()
    }

    /// Four fifths of the smaller side, as the ledger asks within an application.
    fn overlaps(&self, common: u64) -> bool {
        1 <= common && 4 * self.rows_a.min(self.rows_b) <= 5 * common
    }

    fn at_least(&self, rows: u64, amounts: u64) -> bool {
        self.overlaps(self.rows_common) && rows <= self.rows_common && amounts <= self.amounts_common
    }

    /// All three agree, one contradicts, or not all are known.
    fn key(&self) -> Agreement {
        let key = [self.institution, self.last4, self.kind];
        match () {
            () if key.contains(&Agreement::Differs) => Agreement::Differs,
            () if key.contains(&Agreement::Unknown) => Agreement::Unknown,
            () => Agreement::Equal,
        }
    }
}

/// What two accounts are to each other; `None` when the evidence does not say that they are one.
///
/// | bank, digits, kind | holder | wanted | relation |
/// |---|---|---|---|
/// | agree | same | four fifths of the smaller side's rows, or a broken link with the other after it | `relink` |
/// | agree | other | the same, 4 rows and 3 amounts; 8 and 5 are certain | `shared` |
/// | not all known | any | the same, 8 rows and 5 amounts | `relink` or `shared`, probable |
/// | contradict | any | the same, 12 rows and 8 amounts; with the same words it is certain | `copied_history` |
#[must_use]
pub fn judge(a: &Account, b: &Account) -> Option<Twin> {
    if b.print.account < a.print.account {
        return judge(b, a);
    }
    let evidence = compare(a, b);
    let is_one_holder = !a.print.holder.is_empty() && a.print.holder == b.print.holder;
    let of_holder = if is_one_holder { Relation::Relink } else { Relation::Shared };
    let found = match (evidence.key(), is_one_holder) {
        (Agreement::Equal, _) if evidence.at_least(8, 5) => (of_holder, Verdict::Certain),
        (Agreement::Equal, true) if evidence.overlaps(evidence.texts_common) || renewed(a, b, &evidence) => {
            (Relation::Relink, Verdict::Probable)
        }
        (Agreement::Equal, false) if evidence.at_least(4, 3) => (Relation::Shared, Verdict::Probable),
        (Agreement::Unknown, _) if evidence.at_least(8, 5) => (of_holder, Verdict::Probable),
        (Agreement::Differs, _) if evidence.at_least(12, AMOUNTS_FULL) => {
            let says_the_same = evidence.overlaps(evidence.texts_common);
            (Relation::CopiedHistory, if says_the_same { Verdict::Certain } else { Verdict::Probable })
        }
        _ => return None,
    };
    Some(Twin {
        account_a: a.print.account.clone(),
        account_b: b.print.account.clone(),
        holder_a: a.print.holder.clone(),
        holder_b: b.print.holder.clone(),
        relation: found.0,
        verdict: found.1,
        score: evidence.score(),
        evidence,
    })
}

/// A link that broke, and the other begins after it or one has no rows: the ledger's rule for one holder.
fn renewed(a: &Account, b: &Account, evidence: &Evidence) -> bool {
    if evidence.days.is_some() {
        return false;
    }
    match (a.rows.last(), b.rows.last()) {
        (Some(last_a), Some(last_b)) if last_a.day < last_b.day => a.print.is_broken,
        (Some(_), Some(_)) => b.print.is_broken,
        _ => a.print.is_broken || b.print.is_broken,
    }
}

fn compare(a: &Account, b: &Account) -> Evidence {
    let kind = |one: &Account| match one.print.subcategory {
        AccountSubcategory::Other | AccountSubcategory::Unknown => None,
        known => Some((one.print.category, known)),
    };
    let currencies = Agreement::of(a.print.currency, b.print.currency);
    let mut evidence = Evidence {
        institution: Agreement::of(a.print.institution.as_deref(), b.print.institution.as_deref()),
        last4: Agreement::of(a.print.last4.as_deref(), b.print.last4.as_deref()),
        kind: if currencies == Agreement::Differs { currencies } else { Agreement::of(kind(a), kind(b)) },
        days: None,
        rows_a: 0,
        rows_b: 0,
        rows_common: 0,
        amounts_common: 0,
        texts_common: 0,
        balances_compared: 0,
        balances_equal: 0,
    };
    (evidence.balances_compared, evidence.balances_equal) = balances(&a.balances, &b.balances);
    let (Some(first), Some(last)) =
        (both(&a.rows, &b.rows, first_day, Day::max), both(&a.rows, &b.rows, last_day, Day::min))
    else {
        return evidence;
    };
    if last < first {
        return evidence;
    }
    let (a, b) = (between(&a.rows, first, last), between(&b.rows, first, last));
    evidence.days = Some((first, last));
    (evidence.rows_a, evidence.rows_b) = (a.len() as u64, b.len() as u64);
    let mut amounts: Vec<i64> = common(a, b, |row| (row.day, row.amount)).map(|row| row.amount).collect();
    evidence.rows_common = amounts.len() as u64;
    amounts.sort_unstable();
    amounts.dedup();
    evidence.amounts_common = amounts.len() as u64;
    evidence.texts_common = common(a, b, |row| *row).count() as u64;
    evidence
}

fn first_day(rows: &[RowMark]) -> Option<Day> {
    rows.first().map(|row| row.day)
}

fn last_day(rows: &[RowMark]) -> Option<Day> {
    rows.last().map(|row| row.day)
}

fn both(a: &[RowMark], b: &[RowMark], of: fn(&[RowMark]) -> Option<Day>, join: fn(Day, Day) -> Day) -> Option<Day> {
    Some(join(of(a)?, of(b)?))
}

fn between(rows: &[RowMark], first: Day, last: Day) -> &[RowMark] {
    let start = rows.partition_point(|row| row.day < first);
    let end = rows.partition_point(|row| row.day <= last);
    &rows[start..end]
}

/// Rows of one side that the other has too, each as often as both have it; both sides ascending, and `key` with them.
fn common<'r, K: Ord>(
    a: &'r [RowMark],
    b: &[RowMark],
    key: impl Fn(&RowMark) -> K,
) -> impl Iterator<Item = &'r RowMark> {
    let mut at = 0;
    a.iter().filter(move |row| {
        at += b[at..].partition_point(|other| key(other) < key(row));
        let is_there = b.get(at).is_some_and(|other| key(other) == key(row));
        at += usize::from(is_there);
        is_there
    })
}

/// Balances of the same second, and equal ones among them.
fn balances(a: &[BalanceMark], b: &[BalanceMark]) -> (u64, u64) {
    let (mut compared, mut equal) = (0, 0);
    for one in a {
        let mut of_then = b.iter().filter(|other| other.at == one.at).peekable();
        compared += u64::from(of_then.peek().is_some());
        equal += u64::from(of_then.any(|other| other.current == one.current));
    }
    (compared, equal)
}
