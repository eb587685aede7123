//! The accounts of a life while it is written: every row gets its id, text and time here, and the truth points at ids.

use std::{collections::BTreeSet, sync::Arc};

use cashline_core::{
    money::Currency,
    row::{
        AccountCategory, AccountStatus, AccountSubcategory, ApplicantRole, HolderKind, Permissions, Refresh,
        RefreshStatus, TransactionStatus,
    },
    time::Day,
};
use cashline_io::export::{AccountObject, ApplicationObject, BalanceObject, TransactionObject};

use super::{
    Life,
    calendar::on_or_after,
    truth::{Mark, Truth},
};
use crate::{
    case::shared,
    descriptor::{Channel, Teller, digits},
    draw::{Domain, Draw},
    words,
};

const DAY: i64 = 86_400;

/// Draws of one concern of a life: a change to one concern leaves the others as they were.
#[derive(Clone, Copy, Debug)]
pub(super) enum Concern {
    Shape = 1,
    Income = 2,
    Bills = 3,
    Borrowing = 4,
    Transfers = 5,
    Noise = 6,
    Shortage = 7,
    Texts = 8,
}

pub(super) fn draws(seed: u64, index: u64, concern: Concern) -> Draw {
    // Lives and cases of one seed have nothing in common.
    let salt = 0x11FE_5EED_u64.wrapping_mul(concern as u64 + 16);
    Draw::of(seed ^ salt, index, Domain::Plan)
}

/// Uniform in `lower..=upper`.
pub(super) fn span(draw: &mut Draw, lower: i32, upper: i32) -> i32 {
    let width = usize::try_from(upper - lower + 1).unwrap_or(1);
    lower + i32::try_from(draw.below(width)).unwrap_or(0)
}

/// One of several, by weight.
pub(super) fn weighted<T: Copy>(draw: &mut Draw, items: &[(T, usize)]) -> T {
    let mut at = draw.below(items.iter().map(|item| item.1).sum());
    for (item, weight) in items {
        if at < *weight {
            return *item;
        }
        at -= weight;
    }
    items[0].0
}

/// Days of `[from, to)` on which something happens by chance, `per_week` times a week; a day may come twice.
pub(super) fn chance_days(draw: &mut Draw, per_week: f64, from: Day, to: Day) -> Vec<Day> {
    let mut days = Vec::new();
    if per_week <= 0.0 {
        return days;
    }
    let mut at = 0.0;
    loop {
        // The waits between events of a Poisson process.
        at -= libm::log(1.0 - draw.unit()) * 7.0 / per_week;
        let Some(day) = whole_days(at).map(|count| from.plus(count)).filter(|day| *day < to) else { break };
        days.push(day);
    }
    days
}

#[expect(clippy::cast_possible_truncation, reason = "bounded by the comparison")]
fn whole_days(days: f64) -> Option<i32> {
    (days < 100_000.0).then(|| libm::floor(days) as i32)
}

/// An account of a life.
#[derive(Clone, Debug)]
pub(super) struct Purse {
    pub(super) bank: usize,
    pub(super) savings: bool,
    pub(super) business: bool,
    /// Banking days by which this bank posts direct deposits ahead.
    pub(super) early: i32,
    pub(super) opening: i64,
    teller: Teller,
}

#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) id: String,
    pub(super) account: usize,
    pub(super) mark: Mark,
    pub(super) amount: i64,
    pub(super) posted: Day,
    /// Whether it goes out by ACH or check, so that a bank can send it back.
    pub(super) returnable: bool,
    /// The counterparty's words.
    pub(super) party: String,
    text: String,
    made: Day,
    second: i64,
}

/// What a row is and how it travels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slip<'a> {
    pub(super) account: usize,
    pub(super) mark: Mark,
    pub(super) channel: Channel,
    pub(super) party: &'a str,
    pub(super) entry: &'a str,
}

/// The rows of a life from `start` to `end`, and its truth.
#[derive(Clone, Debug)]
pub(super) struct Book {
    pub(super) start: Day,
    pub(super) end: Day,
    pub(super) accounts: Vec<Purse>,
    pub(super) lines: Vec<Line>,
    pub(super) truth: Truth,
    stem: String,
    clock: Draw,
    taken: BTreeSet<String>,
}

impl Book {
    pub(super) fn new(seed: u64, index: u64, start: Day, end: Day) -> Book {
        let mut stem = String::new();
        digits(seed, 4, &mut stem);
        digits(index, 7, &mut stem);
        Book {
            start,
            end,
            accounts: Vec::new(),
            lines: Vec::new(),
            truth: Truth::default(),
            stem,
            clock: draws(seed, index, Concern::Texts),
            taken: BTreeSet::new(),
        }
    }

    /// Opens an account; the first one is the checking account that everything else uses.
    pub(super) fn open(&mut self, bank: usize, savings: bool, business: bool, early: i32) -> usize {
        let words = Draw::of(self.clock.bits(), self.accounts.len() as u64, Domain::Text);
        let mut teller = Teller::new(bank, words);
        if let Some(first) = self.accounts.first() {
            teller.holder.clone_from(&first.teller.holder);
        }
        self.accounts.push(Purse { bank, savings, business, early, opening: 0, teller });
        self.accounts.len() - 1
    }

    /// The holder's name, as texts have it.
    pub(super) fn holder(&self) -> String {
        self.accounts.first().map_or_else(String::new, |first| first.teller.holder.clone())
    }

    /// True the first time a counterparty's name is asked for: two counterparties never share one.
    pub(super) fn take(&mut self, name: &str) -> bool {
        self.taken.insert(name.to_owned())
    }

    /// A name that nobody else has in this life.
    pub(super) fn fresh(&mut self, mut name: impl FnMut() -> String) -> String {
        loop {
            let name = name();
            if self.take(&name) {
                return name;
            }
        }
    }

    /// Writes a row; `None` when its day lies outside the life.
    pub(super) fn post(&mut self, slip: &Slip<'_>, day: Day, amount: i64) -> Option<String> {
        let text = self.accounts[slip.account].teller.text(slip.channel, slip.party, slip.entry, day);
        self.write(slip, text, day, day, amount)
    }

    /// Writes a leg of a transfer: banks name the account at the other end, by its kind and its last digits.
    pub(super) fn post_leg(&mut self, slip: &Slip<'_>, other: usize, day: Day, amount: i64) -> Option<String> {
        let far = self.accounts[other].teller.card;
        let teller = &mut self.accounts[slip.account].teller;
        let own = std::mem::replace(&mut teller.card, far);
        let text = teller.text(slip.channel, slip.party, slip.entry, day);
        teller.card = own;
        let name = match slip.party {
            "SAVINGS" => "SAV",
            "CHECKING" => "CHK",
            bank => bank,
        };
        let text = text.replace("TO SAV ", &format!("TO {name} ")).replace("FROM CHK ", &format!("FROM {name} "));
        self.write(slip, text, day, day, amount)
    }

    /// Writes a row with a text of its own.
    pub(super) fn post_text(&mut self, slip: &Slip<'_>, text: String, day: Day, amount: i64) -> Option<String> {
        self.write(slip, text, day, day, amount)
    }

    /// A card purchase of a day: it posts on a banking day, up to two days later.
    pub(super) fn charge(&mut self, slip: &Slip<'_>, day: Day, amount: i64) -> Option<(String, Day)> {
        let posted = on_or_after(day.plus(span(&mut self.clock, 0, 2)));
        let text = self.accounts[slip.account].teller.text(slip.channel, slip.party, slip.entry, day);
        self.write(slip, text, day, posted, amount).map(|id| (id, posted))
    }

    fn write(&mut self, slip: &Slip<'_>, text: String, made: Day, posted: Day, amount: i64) -> Option<String> {
        let hour = if amount < 0 { self.clock.between(8, 21) } else { self.clock.between(5, 9) };
        let second = hour * 3_600 + self.clock.between(0, 3_599);
        if posted < self.start || self.end <= posted || amount == 0 {
            return None;
        }
        let number = u32::try_from(self.lines.len()).unwrap_or(u32::MAX);
        // An odd factor permutes the numbers, so that ids say nothing about what was planted together.
        let id = format!("fctxn_{}{:08x}", self.stem, number.wrapping_mul(0x9E37_79B1));
        let returnable = amount < 0 && matches!(slip.channel, Channel::AchDebit | Channel::Check);
        let party = slip.party.to_owned();
        let line =
            Line { id, account: slip.account, mark: slip.mark, amount, posted, returnable, party, text, made, second };
        self.lines.push(line);
        self.lines.last().map(|line| line.id.clone())
    }

    /// Closing balances of an account before its opening is known, by day from `start`.
    pub(super) fn path(&self, account: usize) -> Vec<i64> {
        let days = usize::try_from(self.end.0 - self.start.0).unwrap_or(0);
        let mut path = vec![0_i64; days];
        for line in self.lines.iter().filter(|line| line.account == account) {
            if let Some(sum) = usize::try_from(line.posted.0 - self.start.0).ok().and_then(|at| path.get_mut(at)) {
                *sum += line.amount;
            }
        }
        let mut balance = 0;
        for sum in &mut path {
            balance += *sum;
            *sum = balance;
        }
        path
    }

    /// The life of the last `days` days.
    pub(super) fn finish(mut self, days: i32) -> Life {
        self.lines.sort_by_key(|line| (line.account, line.posted, line.second));
        let holder = format!("cus_{}", self.stem);
        let mut life = Life {
            application: application(&self.stem, &holder, self.end),
            accounts: Vec::new(),
            openings: Vec::new(),
            transactions: Vec::new(),
            marks: Vec::new(),
            truth: self.truth,
            start: self.start,
        };
        for (at, purse) in self.accounts.iter().enumerate() {
            let mut account = account(&self.stem, &holder, at, purse, self.end);
            let token = account.transaction_refresh.as_ref().map_or_else(|| shared(String::new()), |one| one.0.clone());
            let mut current = purse.opening;
            for line in self.lines.iter().filter(|line| line.account == at) {
                current += line.amount;
                life.marks.push(line.mark);
                life.transactions.push(transaction(line, &account.id, &token));
            }
            account.balance = Some(BalanceObject {
                as_of: i64::from(self.end.0) * DAY - 1_800,
                currency: Currency::USD,
                current,
                available: Some(current),
            });
            life.accounts.push(account);
            life.openings.push(purse.opening);
        }
        life.cut(days)
    }
}

fn application(stem: &str, holder: &str, end: Day) -> ApplicationObject {
    ApplicationObject {
        application_id: format!("app_{stem}"),
        applicant_id: holder.to_owned(),
        as_of: end,
        role: ApplicantRole::Primary,
        requested_amount: None,
        term_months: None,
        instalment_amount: None,
        stated_income: None,
        currency: Currency::USD,
        outcome: None,
    }
}

fn account(stem: &str, holder: &str, at: usize, purse: &Purse, end: Day) -> AccountObject {
    let (subcategory, name) = match purse.savings {
        true => (AccountSubcategory::Savings, "Savings"),
        false => (AccountSubcategory::Checking, "Checking"),
    };
    let mut last4 = String::new();
    digits(u64::from(purse.teller.card), 4, &mut last4);
    let pulled = i64::from(end.0) * DAY - 1_500;
    let refresh = Refresh { status: RefreshStatus::Succeeded, last_attempted_at: Some(pulled) };
    AccountObject {
        id: shared(format!("fca_{stem}_{at}")),
        holder: holder.to_owned(),
        holder_kind: if purse.business { HolderKind::Account } else { HolderKind::Customer },
        institution_name: words::BANKS[purse.bank % words::BANKS.len()].to_owned(),
        display_name: Some(if purse.business { format!("Business {name}") } else { name.to_owned() }),
        last4: Some(last4),
        category: AccountCategory::Cash,
        subcategory,
        status: AccountStatus::Active,
        permissions: Permissions { balances: true, ownership: false, payment_method: true, transactions: true },
        created: pulled - 7_200,
        livemode: true,
        balance: None,
        balance_refresh: Some(refresh),
        transaction_refresh: Some((shared(format!("fctxnref_{stem}_{at}")), refresh)),
    }
}

fn transaction(line: &Line, account: &Arc<str>, token: &Arc<str>) -> TransactionObject {
    let posted_second = if line.posted == line.made { line.second } else { 15_300 };
    let posted = i64::from(line.posted.0) * DAY + posted_second;
    TransactionObject {
        id: line.id.clone(),
        account: Arc::clone(account),
        amount: line.amount,
        currency: Currency::USD,
        description: line.text.clone(),
        livemode: true,
        status: TransactionStatus::Posted,
        posted_at: Some(posted),
        void_at: None,
        transacted_at: i64::from(line.made.0) * DAY + line.second,
        transaction_refresh: Arc::clone(token),
        updated: posted,
    }
}
