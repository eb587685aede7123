//! A case: one application with its applicants, accounts, transactions and planted truth; and what tests do to it.

use std::sync::Arc;

use cashline_core::{
    defect::Source,
    row::{Row, TransactionStatus},
    time::Day,
};
use cashline_io::export::{AccountObject, ApplicationObject, TransactionObject};

use crate::{
    descriptor::{Channel, Teller},
    draw::{Domain, Draw},
    plan::Tag,
    words,
};

/// One application with everything that an export holds for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// One row for each applicant, primary first.
    pub applications: Vec<ApplicationObject>,
    /// Accounts, ascending by id.
    pub accounts: Vec<AccountObject>,
    /// Versions of transactions: by account, then in the order in which they were made.
    pub transactions: Vec<TransactionObject>,
    /// What each transaction is: same length and order as `transactions`.
    pub tags: Vec<Tag>,
    /// The balance before the first row, of each account.
    pub openings: Vec<i64>,
    /// What was planted.
    pub truth: Truth,
}

/// What the generator knows and no export says.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// The population that the case was drawn from, or the persona's name.
    pub population: &'static str,
    /// The probability of a bad outcome.
    pub probability: f64,
    /// The outcome, drawn with that probability.
    pub outcome: bool,
    /// `payroll`, `gig`, `benefit`, `pension`, `platform`: the main income.
    pub income: &'static str,
    /// How often the main income pays.
    pub cadence: &'static str,
    /// What was earned in the export's days, minor units a month, all applicants.
    pub monthly_income_minor: i64,
    /// Whether an income was lost or cut.
    pub stressed: bool,
    /// Whether somebody borrows short.
    pub borrows: bool,
    /// Whether somebody gambles.
    pub gambles: bool,
    /// Whether an account is linked twice.
    pub relinked: bool,
}

/// Whose texts the income rows are to have.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum IncomeText {
    Payroll,
    Gig,
    Benefit,
    Pension,
}

impl IncomeText {
    /// All of them.
    pub const ALL: [IncomeText; 4] = [IncomeText::Payroll, IncomeText::Gig, IncomeText::Benefit, IncomeText::Pension];

    fn words(self, variant: usize) -> (&'static str, &'static str) {
        match self {
            IncomeText::Payroll => [("ACME LOGISTICS", "PAYROLL"), ("CEDAR FOODS", "DIR DEP")][variant % 2],
            IncomeText::Gig => words::GIGS[variant % words::GIGS.len()],
            IncomeText::Benefit => words::BENEFITS[variant % words::BENEFITS.len()],
            IncomeText::Pension => words::PENSIONS[variant % words::PENSIONS.len()],
        }
    }
}

impl Case {
    /// T of the application.
    #[must_use]
    pub fn as_of(&self) -> Day {
        self.applications.first().map_or(Day(0), |row| row.as_of)
    }

    /// The rows that doors would hand over: applications, accounts, balances, transactions.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let source = |line: usize| Source { file: 0, line: line as u64 + 1 };
        let applications =
            self.applications.iter().enumerate().map(move |(at, row)| Row::Application(row.row(source(at))));
        let accounts = self.accounts.iter().enumerate().flat_map(move |(at, row)| {
            let (account, balance) = row.rows(source(at));
            [Some(Row::Account(account)), balance.map(Row::Balance)].into_iter().flatten()
        });
        let transactions =
            self.transactions.iter().enumerate().map(move |(at, row)| Row::Transaction(row.row(source(at))));
        applications.chain(accounts).chain(transactions)
    }

    /// The same case with `days` of history: rows that posted (or were made, when they never posted) before T − `days`
    /// are gone, and the openings have moved with them.
    #[must_use]
    pub fn cut(&self, days: i32) -> Case {
        let from = i64::from(self.as_of().plus(-days).0) * 86_400;
        let keep = |row: &TransactionObject| from <= row.posted_at.unwrap_or(row.transacted_at);
        let mut cut = self.clone();
        for (row, opening) in self.accounts.iter().zip(&mut cut.openings) {
            let gone = |version: &&TransactionObject| version.account == row.id && !keep(version);
            let posted = self.transactions.iter().filter(gone).filter(|row| row.status == TransactionStatus::Posted);
            *opening += posted.map(|row| row.amount).sum::<i64>();
        }
        cut.retain(keep);
        cut
    }

    /// Keeps some of the transactions, with their tags.
    pub fn retain(&mut self, keep: impl Fn(&TransactionObject) -> bool) {
        let kept: Vec<bool> = self.transactions.iter().map(keep).collect();
        let mut at = kept.iter();
        self.transactions.retain(|_| at.next().copied().unwrap_or(true));
        let mut at = kept.iter();
        self.tags.retain(|_| at.next().copied().unwrap_or(true));
    }

    /// Puts accounts and transactions in a random order.
    #[must_use]
    pub fn shuffled(&self, seed: u64) -> Case {
        let mut draw = Draw::of(seed, 0, Domain::Shuffle);
        let mut out = self.clone();
        let order = permutation(&mut draw, self.transactions.len());
        out.transactions = order.iter().map(|at| self.transactions[*at].clone()).collect();
        out.tags = order.iter().map(|at| self.tags[*at]).collect();
        let order = permutation(&mut draw, self.accounts.len());
        out.accounts = order.iter().map(|at| self.accounts[*at].clone()).collect();
        out.openings = order.iter().map(|at| self.openings[*at]).collect();
        out
    }

    /// The same dates and amounts with the texts of another kind of income. Streams stay apart: each payer becomes one
    /// payer of the new kind. The texts of two kinds for the same case differ in nothing but the payers' words.
    #[must_use]
    pub fn with_income_text(&self, kind: IncomeText) -> Case {
        let mut payers: Vec<String> = Vec::new();
        let mut out = self.clone();
        for (row, tag) in out.transactions.iter_mut().zip(&self.tags) {
            if !tag.is_income() {
                continue;
            }
            let payer = payer_key(&row.description);
            let variant = payers.iter().position(|known| *known == payer).unwrap_or_else(|| {
                payers.push(payer);
                payers.len() - 1
            });
            row.description = income_text(kind, variant, row);
        }
        out
    }

    /// Each income row becomes two of two payers on the same date whose amounts add up to the row's; `parts` of the first
    /// in hundredths. Texts are those of [`Case::with_income_text`].
    #[must_use]
    pub fn with_income_split(&self, kind: IncomeText, parts: i64) -> Case {
        let mut out = Case { transactions: Vec::new(), tags: Vec::new(), ..self.clone() };
        for (row, tag) in self.transactions.iter().zip(&self.tags) {
            if !tag.is_income() {
                out.transactions.push(row.clone());
                out.tags.push(*tag);
                continue;
            }
            let first = row.amount * parts / 100;
            for (variant, amount) in [(0, first), (1, row.amount - first)] {
                let id = format!("{}{}", row.id, if variant == 0 { "x" } else { "y" });
                let description = income_text(kind, variant, row);
                out.transactions.push(TransactionObject { id, amount, description, ..row.clone() });
                out.tags.push(*tag);
            }
        }
        out
    }

    /// The same case under other names: holder, institution and account names and the holder's name inside texts change,
    /// ids and money stay.
    #[must_use]
    pub fn with_names(&self, seed: u64) -> Case {
        let mut draw = Draw::of(seed, 1, Domain::Shuffle);
        let person = words::person(&mut draw);
        let mut out = self.clone();
        for account in &mut out.accounts {
            account.display_name = Some(format!("{person} ACCOUNT"));
        }
        for row in &mut out.transactions {
            row.description = words::replace_person(&row.description, &person);
        }
        out
    }
}

fn permutation(draw: &mut Draw, n: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    for at in (1..n).rev() {
        order.swap(at, draw.below(at + 1));
    }
    order
}

/// The letters of a text before its first digit: enough to tell one holder's payers apart.
fn payer_key(description: &str) -> String {
    description.chars().filter(|letter| !letter.is_ascii_digit()).take(40).collect()
}

fn income_text(kind: IncomeText, variant: usize, row: &TransactionObject) -> String {
    let (party, entry) = kind.words(variant);
    // The trace numbers come from the payment, so that they are the same for every kind and on every link of an account.
    let seed = (row.transacted_at.cast_unsigned()).wrapping_mul(31).wrapping_add(row.amount.cast_unsigned());
    let day = Day(i32::try_from(row.transacted_at.div_euclid(86_400)).unwrap_or(0));
    let mut teller = Teller::new(0, Draw::of(seed, 2, Domain::Text));
    "AVERY EXAMPLE".clone_into(&mut teller.holder);
    teller.text(Channel::AchCredit, party, entry, day)
}

/// An account's text, shared by its rows.
pub(crate) fn shared(text: String) -> Arc<str> {
    Arc::from(text)
}
