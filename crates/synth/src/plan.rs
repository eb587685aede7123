//! A plan says how one holder's money moves: what the simulation is given, by a preset's draw or by a persona's hand.

use cashline_core::time::Day;

use crate::descriptor::Channel;

/// What a row is, known because it was planted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Tag {
    Payroll,
    Gig,
    Benefit,
    Pension,
    Platform,
    OtherIncome,
    Housing,
    Utility,
    Telecom,
    Insurance,
    AutoLoan,
    StudentLoan,
    PersonalLoan,
    CardPayment,
    Subscription,
    Groceries,
    Fuel,
    Restaurants,
    Shopping,
    Health,
    Family,
    Transfer,
    P2p,
    Cash,
    Refund,
    OverdraftFee,
    ReturnedItem,
    ReturnedFee,
    BankFee,
    Interest,
    Advance,
    AdvanceRepayment,
    Payday,
    PaydayRepayment,
    Bnpl,
    Gambling,
    Wages,
    Supplier,
    Tax,
    McaFunding,
    McaPayment,
    Hold,
}

impl Tag {
    /// True for what the holder earns: wages, gigs, benefits, pensions, sales.
    #[must_use]
    pub fn is_income(self) -> bool {
        matches!(self, Tag::Payroll | Tag::Gig | Tag::Benefit | Tag::Pension | Tag::Platform | Tag::OtherIncome)
    }

    /// True for rows that only a shortage of money causes.
    #[must_use]
    pub fn is_shortage(self) -> bool {
        matches!(self, Tag::OverdraftFee | Tag::ReturnedItem | Tag::ReturnedFee)
    }
}

/// When a flow falls due. Non-working days move income back and bills forward.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cadence {
    /// Every week on a weekday (0 is Monday).
    Weekly(u32),
    /// Every second week on a weekday; the phase is 0 or 1.
    Biweekly(u32, i32),
    /// The 15th and the last day.
    Semimonthly,
    /// A day of the month (31 is the last).
    Monthly(u32),
    /// The n-th weekday of the month.
    NthWeekday(u32, u32),
    /// On each day with a probability in thousandths; weekends too.
    Daily(u32),
    /// Every working day.
    WorkingDaily,
    /// Once, on a day counted from the start.
    Once(i32),
}

/// A repeated inflow or outflow.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    pub(crate) tag: Tag,
    pub(crate) channel: Channel,
    pub(crate) party: String,
    pub(crate) entry: &'static str,
    pub(crate) cadence: Cadence,
    /// Minor units, signed.
    pub(crate) amount: i64,
    pub(crate) sigma: f64,
    /// Probability that a due date is skipped.
    pub(crate) skip: f64,
    /// Days from the start in which it runs: `[first, end)`.
    pub(crate) first: i32,
    pub(crate) end: i32,
}

/// Spending by choice: rates and tickets.
#[derive(Clone, Debug)]
pub(crate) struct Habit {
    pub(crate) tag: Tag,
    pub(crate) channel: Channel,
    /// Events a week when money is no worry.
    pub(crate) per_week: f64,
    /// Median ticket, minor units, positive.
    pub(crate) ticket: i64,
    pub(crate) sigma: f64,
    /// Where the holder goes; the first ones most often.
    pub(crate) parties: Vec<String>,
    /// Share of events that shrink when money is short.
    pub(crate) elastic: f64,
    /// True when some events pay out instead (winnings, money from friends).
    pub(crate) both_ways: bool,
}

/// What the bank does when money is short.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Overdraft {
    /// How far below zero payments still go through, minor units.
    pub(crate) limit: i64,
    /// Fee for each item paid below zero.
    pub(crate) fee: i64,
    /// Fee for each item returned.
    pub(crate) returned_fee: i64,
}

/// Short-term borrowing as a reaction to a low balance.
#[derive(Clone, Debug)]
pub(crate) struct Borrowing {
    /// The balance below which it is thought of.
    pub(crate) trigger: i64,
    /// Probability on such a day.
    pub(crate) chance: f64,
    pub(crate) amount: i64,
    /// (name, entry, is a payday loan)
    pub(crate) lenders: Vec<(&'static str, &'static str, bool)>,
    /// Advances that may be open at a time.
    pub(crate) open_max: usize,
}

/// A savings account beside the checking account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Savings {
    pub(crate) opening: i64,
    /// Moved over on each payday, as a share of what stands above the floor.
    pub(crate) sweep: f64,
    /// The checking balance that the holder wants to keep.
    pub(crate) floor: i64,
}

/// A credit card beside the checking account.
#[derive(Clone, Debug)]
pub(crate) struct Card {
    /// Positive minor units owed at the start.
    pub(crate) owed: i64,
    pub(crate) limit: i64,
    /// Share of purchases put on it.
    pub(crate) share: f64,
    /// Share of the debt that is paid each month.
    pub(crate) payment: f64,
    pub(crate) issuer: String,
    pub(crate) day: u32,
}

/// A second link of the checking account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Relink {
    No,
    /// The same holder linked again; the first link went inactive this many days before the end.
    Again(i32),
}

/// How one holder's money moves.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) bank: usize,
    pub(crate) business: bool,
    /// Days of history.
    pub(crate) depth: i32,
    pub(crate) opening: i64,
    pub(crate) overdraft: Overdraft,
    pub(crate) flows: Vec<Flow>,
    pub(crate) habits: Vec<Habit>,
    /// How far spending shrinks when money is short: 0 not at all, 1 to nothing.
    pub(crate) caution: f64,
    /// The balance under which money feels short.
    pub(crate) comfort: i64,
    pub(crate) savings: Option<Savings>,
    pub(crate) card: Option<Card>,
    pub(crate) borrowing: Option<Borrowing>,
    pub(crate) relink: Relink,
    /// True when the export is fed daily (versions of rows exist); false for one pull.
    pub(crate) subscribed: bool,
    /// Monthly fee of the account, 0 for none.
    pub(crate) monthly_fee: i64,
}

/// True from Monday to Friday, outside the fixed-date federal holidays.
pub(crate) fn is_working(day: Day) -> bool {
    let (_, month, date) = day.civil();
    day.weekday() < 5 && !matches!((month, date), (1, 1) | (6, 19) | (7, 4) | (11, 11) | (12, 25))
}

fn last_of_month(day: Day) -> u32 {
    let (year, month, _) = day.civil();
    let next = if month == 12 { Day::from_civil(year + 1, 1, 1) } else { Day::from_civil(year, month + 1, 1) };
    next.plus(-1).civil().2
}

impl Cadence {
    /// Whether the flow's nominal date is this day (`Daily` is drawn by the caller).
    fn nominal(self, day: Day, start: Day) -> bool {
        let (_, _, date) = day.civil();
        match self {
            Cadence::Weekly(weekday) => day.weekday() == weekday,
            Cadence::Biweekly(weekday, phase) => {
                day.weekday() == weekday && (day.0 + 3).div_euclid(7).rem_euclid(2) == phase
            }
            Cadence::Semimonthly => date == 15 || date == last_of_month(day),
            Cadence::Monthly(due) => date == due.min(last_of_month(day)),
            Cadence::NthWeekday(n, weekday) => day.weekday() == weekday && date.div_ceil(7) == n,
            Cadence::Daily(_) => true,
            Cadence::WorkingDaily => is_working(day),
            Cadence::Once(offset) => start.plus(offset) == day,
        }
    }

    /// Whether money moves on this day: an inflow whose date is no working day comes on the working day before, an outflow
    /// on the one after. Gigs pay on any day.
    pub(crate) fn falls(self, day: Day, start: Day, inflow: bool) -> bool {
        if matches!(self, Cadence::Daily(_)) {
            return true;
        }
        if !is_working(day) {
            return false;
        }
        if self.nominal(day, start) {
            return true;
        }
        let step = if inflow { 1 } else { -1 };
        let mut other = day.plus(step);
        while !is_working(other) {
            if self.nominal(other, start) {
                return true;
            }
            other = other.plus(step);
        }
        false
    }

    /// Times a month, on average.
    pub(crate) fn per_month(self) -> f64 {
        match self {
            Cadence::Weekly(_) => 365.25 / 84.0,
            Cadence::Biweekly(..) => 365.25 / 168.0,
            Cadence::Semimonthly => 2.0,
            Cadence::Monthly(_) | Cadence::NthWeekday(..) => 1.0,
            Cadence::Daily(thousandths) => f64::from(thousandths) / 1_000.0 * 365.25 / 12.0,
            Cadence::WorkingDaily => 20.9,
            Cadence::Once(_) => 0.0,
        }
    }

    /// Its name in `_truth.csv`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Cadence::Weekly(_) => "weekly",
            Cadence::Biweekly(..) => "biweekly",
            Cadence::Semimonthly => "semimonthly",
            Cadence::Monthly(_) | Cadence::NthWeekday(..) => "monthly",
            Cadence::Daily(_) => "irregular",
            Cadence::WorkingDaily => "daily",
            Cadence::Once(_) => "once",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(cadence: Cadence, from: Day, to: Day, inflow: bool) -> Vec<String> {
        (from.0..to.0).map(Day).filter(|day| cadence.falls(*day, from, inflow)).map(|day| day.to_string()).collect()
    }

    #[test]
    fn pay_on_a_weekend_comes_before_it_and_bills_after() {
        // 2026-08-15 was a Saturday, 2026-08-31 a Monday.
        let (from, to) = (Day::from_civil(2026, 8, 1), Day::from_civil(2026, 9, 1));
        assert_eq!(days(Cadence::Semimonthly, from, to, true), ["2026-08-14", "2026-08-31"]);
        assert_eq!(days(Cadence::Monthly(15), from, to, false), ["2026-08-17"]);
        assert_eq!(days(Cadence::NthWeekday(3, 2), from, to, true), ["2026-08-19"]);
    }

    #[test]
    fn biweekly_pay_is_fourteen_days_apart_and_a_short_month_has_a_last_day() {
        let (from, to) = (Day::from_civil(2026, 2, 1), Day::from_civil(2026, 4, 1));
        let paid = days(Cadence::Biweekly(4, 0), from, to, true);
        let paid: Vec<i32> = paid.iter().map(|text| text[8..].parse().expect("a date")).collect();
        assert!(4 <= paid.len());
        let days_of: Vec<i32> =
            (from.0..to.0).filter(|day| Cadence::Biweekly(4, 0).falls(Day(*day), from, true)).collect();
        assert!(days_of.windows(2).all(|pair| pair[1] - pair[0] == 14), "{days_of:?}");
        // 2026-02-28 was a Saturday: pay of the last day comes on the 27th.
        assert_eq!(days(Cadence::Monthly(31), from, Day::from_civil(2026, 3, 1), true), ["2026-02-27"]);
    }
}
