//! The days of a plan: what the holder does, what the bank does, and the rows that remain. Every row moves a balance, so
//! that a snapshot agrees with the rows by construction. Nothing here knows how rows are recognised later.

use cashline_core::time::Day;

use crate::{
    descriptor::{Channel, Teller},
    draw::{Draw, scaled},
    plan::{Cadence, Flow, Habit, Plan, Tag, is_working},
    words,
};

/// A row before it gets ids and times: days are counted from the start.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) account: Slot,
    pub(crate) tag: Tag,
    pub(crate) amount: i64,
    pub(crate) text: String,
    pub(crate) made: i32,
    /// Second of the day on which it was made.
    pub(crate) second: i64,
    /// The day on which it posts; at the end or after it the row is still pending.
    pub(crate) posts: i32,
    /// The day on which it vanished unposted.
    pub(crate) voids: Option<i32>,
}

/// The accounts that a plan may have.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Slot {
    Checking = 0,
    Savings = 1,
    Card = 2,
}

/// What the days left behind.
#[derive(Debug)]
pub(crate) struct Lived {
    pub(crate) entries: Vec<Entry>,
    pub(crate) opening: [i64; 3],
    pub(crate) closing: [i64; 3],
    /// Pending card purchases and the like, per account (negative).
    pub(crate) held: [i64; 3],
    /// What the holder earned.
    pub(crate) income: i64,
}

/// Another future: the same life up to a day, and other draws from it on.
#[derive(Clone, Debug)]
pub(crate) struct Fork {
    /// Days before the end.
    pub(crate) days: i32,
    /// What is drawn from then on.
    pub(crate) seed: u64,
}

struct Life<'p> {
    plan: &'p Plan,
    start: Day,
    days: i32,
    draw: Draw,
    teller: Teller,
    balance: [i64; 3],
    entries: Vec<Entry>,
    /// Indices of entries that post on a later day.
    queue: Vec<Vec<usize>>,
    held: [i64; 3],
    income: i64,
    fees_today: u32,
    paid_today: bool,
    /// Days on which open advances fall due.
    open: Vec<i32>,
}

/// Lives the plan from `start` for `days` days; from the day of a fork on by the draws that come with it.
pub(crate) fn live(
    plan: &Plan,
    start: Day,
    days: i32,
    draw: Draw,
    teller: Teller,
    mut fork: Option<(i32, Draw)>,
) -> Lived {
    let owed = plan.card.as_ref().map_or(0, |card| -card.owed);
    let opening = [plan.opening, plan.savings.map_or(0, |savings| savings.opening), owed];
    let slots = usize::try_from(days + 8).unwrap_or(8);
    let mut life = Life {
        plan,
        start,
        days,
        draw,
        teller,
        balance: opening,
        entries: Vec::with_capacity(slots * 4),
        queue: vec![Vec::new(); slots],
        held: [0; 3],
        income: 0,
        fees_today: 0,
        paid_today: false,
        open: Vec::new(),
    };
    for day in 0..days {
        if let Some((_, draw)) = fork.take_if(|(left, _)| days - day <= *left) {
            life.draw = draw;
        }
        life.day(day);
    }
    Lived { entries: life.entries, opening, closing: life.balance, held: life.held, income: life.income }
}

impl Life<'_> {
    fn day(&mut self, day: i32) {
        (self.fees_today, self.paid_today) = (0, false);
        self.flows(day, true);
        self.post_queued(day);
        self.flows(day, false);
        self.card_statement(day);
        self.save(day);
        for at in 0..self.plan.habits.len() {
            self.habit(day, at);
        }
        self.borrow(day);
        self.month_end(day);
    }

    fn calendar(&self, day: i32) -> Day {
        self.start.plus(day)
    }

    /// Makes a row and moves the balance if it posts on the same day.
    fn put(&mut self, account: Slot, tag: Tag, amount: i64, text: String, made: i32, posts: i32) {
        let hour = if amount < 0 { self.draw.between(8, 21) } else { self.draw.between(5, 9) };
        let second = hour * 3_600 + self.draw.between(0, 3_599);
        let entry = Entry { account, tag, amount, text, made, second, posts, voids: None };
        if posts <= made {
            self.balance[account as usize] += amount;
        } else {
            self.held[account as usize] += amount;
            if let Some(slot) = usize::try_from(posts).ok().and_then(|at| self.queue.get_mut(at)) {
                slot.push(self.entries.len());
            }
        }
        self.entries.push(entry);
    }

    fn post_queued(&mut self, day: i32) {
        let due = usize::try_from(day).ok().and_then(|at| self.queue.get_mut(at)).map(std::mem::take);
        for at in due.unwrap_or_default() {
            let (account, amount) = (self.entries[at].account, self.entries[at].amount);
            // What was scheduled ahead (a repayment, a refund) was never held.
            if self.entries[at].made < day {
                self.held[account as usize] -= amount;
            }
            self.balance[account as usize] += amount;
            if account == Slot::Checking && amount < 0 {
                self.charge_overdraft(day, amount);
            }
        }
    }

    fn flows(&mut self, day: i32, inflow: bool) {
        let (calendar, plan) = (self.calendar(day), self.plan);
        for flow in &plan.flows {
            let due = (0 < flow.amount) == inflow && flow.first <= day && day < flow.end;
            if !due || !flow.cadence.falls(calendar, self.start, inflow) {
                continue;
            }
            if let Cadence::Daily(thousandths) = flow.cadence
                && !self.draw.chance(f64::from(thousandths) / 1_000.0)
            {
                continue;
            }
            if 0.0 < flow.skip && self.draw.chance(flow.skip) {
                continue;
            }
            let amount = self.draw.amount(flow.amount, flow.sigma);
            if inflow { self.receive(day, flow, amount) } else { self.pay(day, flow, amount) }
        }
    }

    fn receive(&mut self, day: i32, flow: &Flow, amount: i64) {
        let text = self.teller.text(flow.channel, &flow.party, flow.entry, self.calendar(day));
        self.put(Slot::Checking, flow.tag, amount, text, day, day);
        if flow.tag.is_income() {
            self.income += amount;
            self.paid_today |= !matches!(flow.cadence, Cadence::Daily(_));
        }
    }

    /// A bill: paid, paid into the overdraft, or returned.
    fn pay(&mut self, day: i32, flow: &Flow, amount: i64) {
        let calendar = self.calendar(day);
        let limit = self.plan.overdraft.limit;
        let short = self.balance[0] + amount < -limit;
        if flow.channel == Channel::CardPurchase {
            if !short {
                let text = self.teller.text(flow.channel, &flow.party, flow.entry, calendar);
                self.purchase(day, Slot::Checking, flow.tag, amount, text);
            }
            return;
        }
        let text = self.teller.text(flow.channel, &flow.party, flow.entry, calendar);
        self.put(Slot::Checking, flow.tag, amount, text, day, day);
        if !short {
            self.charge_overdraft(day, amount);
            return;
        }
        let text = self.teller.text(Channel::ReturnedItem, &flow.party, flow.entry, calendar);
        self.put(Slot::Checking, Tag::ReturnedItem, -amount, text, day, day);
        let fee = self.plan.overdraft.returned_fee;
        if 0 < fee && self.fees_today < 3 {
            self.fees_today += 1;
            let text = self.teller.text(Channel::ReturnedFee, "", "", calendar);
            self.put(Slot::Checking, Tag::ReturnedFee, -fee, text, day, day);
        }
    }

    fn charge_overdraft(&mut self, day: i32, amount: i64) {
        let fee = self.plan.overdraft.fee;
        // Small items and a small shortage are forgiven, as most banks do.
        if self.balance[0] < -500 && amount < -500 && 0 < fee && self.fees_today < 3 {
            self.fees_today += 1;
            let text = self.teller.text(Channel::OverdraftFee, "", "", self.calendar(day));
            self.put(Slot::Checking, Tag::OverdraftFee, -fee, text, day, day);
        }
    }

    /// A card purchase posts after none to three days, never on a weekend.
    fn purchase(&mut self, day: i32, account: Slot, tag: Tag, amount: i64, text: String) {
        let mut posts = day + i32::try_from(self.draw.below(3)).unwrap_or(0);
        while !is_working(self.calendar(posts)) {
            posts += 1;
        }
        self.put(account, tag, amount, text, day, posts);
    }

    fn habit(&mut self, day: i32, at: usize) {
        let habit = &self.plan.habits[at];
        let weekend = if 5 <= self.calendar(day).weekday() { 1.4 } else { 0.84 };
        let short = self.balance[0] + self.held[0] < self.plan.comfort;
        let shrink = if short { 1.0 - self.plan.caution * habit.elastic } else { 1.0 };
        for _ in 0..self.draw.poisson(habit.per_week / 7.0 * weekend * shrink) {
            self.spend(day, habit);
        }
    }

    fn spend(&mut self, day: i32, habit: &Habit) {
        let calendar = self.calendar(day);
        let amount = self.draw.amount(habit.ticket, habit.sigma).max(100);
        let party = party(&mut self.draw, habit);
        if habit.both_ways && self.draw.chance(if habit.tag == Tag::Gambling { 0.18 } else { 0.4 }) {
            let channel = if habit.tag == Tag::Gambling { Channel::CardRefund } else { Channel::ZelleIn };
            let text = self.teller.text(channel, &party, "", calendar);
            self.put(Slot::Checking, habit.tag, amount, text, day, day);
            return;
        }
        let by_card = habit.channel == Channel::CardPurchase;
        let card = self.plan.card.as_ref().filter(|card| by_card && self.draw.chance(card.share));
        let (account, room) = match card {
            Some(card) if amount <= card.limit + self.balance[2] + self.held[2] => (Slot::Card, true),
            _ => (Slot::Checking, amount <= self.balance[0] + self.held[0] + self.plan.overdraft.limit / 2),
        };
        if !room {
            return;
        }
        let text = self.teller.text(habit.channel, &party, "", calendar);
        if !by_card {
            // Cash comes in whole twenties.
            let amount = if habit.channel == Channel::Atm { (amount / 2_000).max(1) * 2_000 } else { amount };
            return self.put(account, habit.tag, -amount, text, day, day);
        }
        self.purchase(day, account, habit.tag, -amount, text);
        if habit.tag == Tag::Shopping && self.draw.chance(0.03) {
            let text = self.teller.text(Channel::CardRefund, &party, "", calendar);
            let back = day + 3 + i32::try_from(self.draw.below(7)).unwrap_or(0);
            if back < self.days {
                self.refund(account, amount, text, back);
            }
        }
        if habit.tag == Tag::Fuel && self.draw.chance(0.06) {
            self.hold(day, account, &party);
        }
    }

    fn refund(&mut self, account: Slot, amount: i64, text: String, back: i32) {
        let entry =
            Entry { account, tag: Tag::Refund, amount, text, made: back, second: 43_200, posts: back, voids: None };
        if let Some(slot) = usize::try_from(back).ok().and_then(|at| self.queue.get_mut(at)) {
            slot.push(self.entries.len());
            self.entries.push(entry);
        }
    }

    /// An authorisation that vanishes: it never touches a balance.
    fn hold(&mut self, day: i32, account: Slot, party: &str) {
        let text = self.teller.text(Channel::Hold, party, "", self.calendar(day));
        let second = self.draw.between(28_800, 79_200);
        let voids = Some(day + 2 + i32::try_from(self.draw.below(3)).unwrap_or(0));
        let amount = -self.draw.between(1, 3) * 5_000;
        self.entries.push(Entry { account, tag: Tag::Hold, amount, text, made: day, second, posts: i32::MAX, voids });
    }

    /// Moves money between checking and savings: what is left over on a payday, or what is missing.
    fn save(&mut self, day: i32) {
        let Some(savings) = self.plan.savings else { return };
        let over = self.balance[0] + self.held[0] - savings.floor;
        let amount = if self.paid_today && 5_000 < over {
            scaled(over, savings.sweep) / 2_500 * 2_500
        } else if self.balance[0] < savings.floor / 8 && 2_000 < self.balance[1] {
            -(savings.floor / 2).min(self.balance[1]) / 1_000 * 1_000
        } else {
            0
        };
        if amount == 0 {
            return;
        }
        let (out, into) = if 0 < amount { (Slot::Checking, Slot::Savings) } else { (Slot::Savings, Slot::Checking) };
        let name = |slot| if slot == Slot::Savings { "SAVINGS" } else { "CHECKING" };
        let calendar = self.calendar(day);
        let text = self.teller.text(Channel::TransferOut, name(into), "", calendar);
        self.put(out, Tag::Transfer, -amount.abs(), text, day, day);
        let text = self.teller.text(Channel::TransferIn, name(out), "", calendar);
        self.put(into, Tag::Transfer, amount.abs(), text, day, day);
    }

    fn card_statement(&mut self, day: i32) {
        let plan = self.plan;
        let Some(card) = &plan.card else { return };
        let calendar = self.calendar(day);
        let owed = -self.balance[2];
        if !Cadence::Monthly(card.day).falls(calendar, self.start, false) || owed < 1_000 {
            return;
        }
        if card.payment < 0.9 {
            // 24 % a year on what is carried over.
            let text = self.teller.text(Channel::FinanceCharge, "", "", calendar);
            self.put(Slot::Card, Tag::Interest, -scaled(owed, 0.02).max(100), text, day, day);
        }
        let due = scaled(owed, card.payment).max(2_500).min(owed);
        if self.balance[0] - due < -self.plan.overdraft.limit / 2 {
            return;
        }
        let text = self.teller.text(Channel::AchDebit, &card.issuer, "CRCARDPMT", calendar);
        self.put(Slot::Checking, Tag::CardPayment, -due, text, day, day);
        let text = self.teller.text(Channel::CardPaymentReceived, "", "", calendar);
        self.put(Slot::Card, Tag::CardPayment, due, text, day, day);
    }

    /// A low balance, a lender at hand: money now, more money back on the payday after next at the latest.
    fn borrow(&mut self, day: i32) {
        let plan = self.plan;
        let Some(borrowing) = &plan.borrowing else { return };
        self.open.retain(|due| day < *due);
        let low = self.balance[0] + self.held[0] < borrowing.trigger;
        if !low || borrowing.open_max <= self.open.len() || !self.draw.chance(borrowing.chance) {
            return;
        }
        let (name, entry, payday) = *self.draw.pick(&borrowing.lenders);
        let amount = self.draw.amount(borrowing.amount * if payday { 3 } else { 1 }, 0.35) / 500 * 500;
        let calendar = self.calendar(day);
        let text = self.teller.text(Channel::AchCredit, name, entry, calendar);
        self.put(Slot::Checking, if payday { Tag::Payday } else { Tag::Advance }, amount, text, day, day);
        let back = day + i32::try_from(self.draw.between(6, 15)).unwrap_or(10);
        self.open.push(back);
        let cost = if payday { scaled(amount, 0.17) } else { 300 + scaled(amount, 0.05) };
        let mut due = back;
        while !is_working(self.calendar(due)) {
            due += 1;
        }
        if due < self.days {
            let text = self.teller.text(Channel::AchDebit, name, entry, self.calendar(due));
            let tag = if payday { Tag::PaydayRepayment } else { Tag::AdvanceRepayment };
            let amount = -(amount + cost);
            let entry = Entry {
                account: Slot::Checking,
                tag,
                amount,
                text,
                made: due,
                second: 40_000,
                posts: due,
                voids: None,
            };
            if let Some(slot) = usize::try_from(due).ok().and_then(|at| self.queue.get_mut(at)) {
                slot.push(self.entries.len());
                self.entries.push(entry);
            }
        }
    }

    fn month_end(&mut self, day: i32) {
        let calendar = self.calendar(day);
        if !Cadence::Monthly(31).falls(calendar, self.start, false) {
            return;
        }
        if 0 < self.plan.monthly_fee {
            let text = self.teller.text(Channel::MonthlyFee, "", "", calendar);
            self.put(Slot::Checking, Tag::BankFee, -self.plan.monthly_fee, text, day, day);
        }
        let interest = scaled(self.balance[1], 0.03 / 12.0);
        if self.plan.savings.is_some() && 0 < interest {
            let text = self.teller.text(Channel::Interest, "", "", calendar);
            self.put(Slot::Savings, Tag::Interest, interest, text, day, day);
        }
    }
}

/// Habitual places most of the time, else a shop around the corner.
fn party(draw: &mut Draw, habit: &Habit) -> String {
    if matches!(habit.tag, Tag::Restaurants | Tag::Shopping) && draw.chance(0.35) {
        return words::shop(draw, habit.tag == Tag::Restaurants);
    }
    if habit.parties.is_empty() {
        return words::person(draw);
    }
    let first = draw.below(habit.parties.len());
    // The smaller of two draws: the first places are the favourites.
    habit.parties[first.min(draw.below(habit.parties.len()))].clone()
}
