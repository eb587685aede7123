//! What was planted in a life: the answers that a detector is judged by.

use cashline_core::time::Day;

/// How often a payer pays or is paid.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Cadence {
    Weekly,
    Biweekly,
    SemiMonthly,
    FourWeekly,
    MonthlyByDay,
    MonthlyByWeekday,
    Quarterly,
    Annual,
    Irregular,
}

/// What a payer or an obligation is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum StreamKind {
    Payroll,
    Gig,
    Benefit,
    Pension,
    SelfEmployed,
    Rent,
    Mortgage,
    AutoLoan,
    PersonalLoan,
    StudentLoan,
    Utility,
    Telecom,
    Insurance,
    Subscription,
}

impl StreamKind {
    /// True for money that comes in.
    #[must_use]
    pub fn is_income(self) -> bool {
        matches!(
            self,
            StreamKind::Payroll
                | StreamKind::Gig
                | StreamKind::Benefit
                | StreamKind::Pension
                | StreamKind::SelfEmployed
        )
    }
}

/// What became of one due date.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Fate {
    /// Posted on the day on which it was scheduled.
    OnTime,
    /// Posted one to three banking days later (bills that people pay by hand: up to five days off on either side).
    Late,
    /// Posted on its day together with the payment before, which had not come.
    Merged,
}

/// A payment that came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Occurrence {
    /// The day on which it was to show in the account.
    pub scheduled: Day,
    /// The day on which it did.
    pub posted: Day,
    /// Its transactions: one, or two when a deposit is split over accounts.
    pub rows: Vec<String>,
    /// Minor units, signed, all rows together.
    pub amount: i64,
    /// On time, late, merged.
    pub fate: Fate,
}

/// Why a row of a stream's counterparty lies beside the schedule.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ExtraKind {
    Bonus,
    Reimbursement,
    InstantCashOut,
    /// A bill sent to the bank again after it came back unpaid.
    Retry,
}

/// A row of the same counterparty that no due date explains.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Extra {
    /// Its transaction.
    pub row: String,
    /// Why it is there.
    pub kind: ExtraKind,
}

/// A payer or an obligation with its calendar.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlantedStream {
    /// The words that name the counterparty in texts.
    pub counterparty: String,
    /// What it is.
    pub kind: StreamKind,
    /// How often it falls due.
    pub cadence: Cadence,
    /// Every day in the history on which it was to show in the account; empty when irregular.
    pub scheduled: Vec<Day>,
    /// The payments that came, by posting day.
    pub occurrences: Vec<Occurrence>,
    /// Rows of the same counterparty beside the schedule.
    pub extras: Vec<Extra>,
    /// The first day of the job, the contract, the loan; may lie before the history.
    pub since: Day,
    /// The last day on which it was due, when it has ended before T.
    pub ended: Option<Day>,
    /// Due dates before T that passed in silence after `ended`: with none or one, nobody can know yet.
    pub missed_since_end: usize,
    /// Due before T and still to come: late over T.
    pub overdue: Option<Day>,
    /// The scheduled day on or after T; `None` when ended or irregular.
    pub next: Option<Day>,
    /// What the next payment usually is, minor units, signed, after raises.
    pub usual_amount: i64,
    /// Whether amounts differ from one payment to the next.
    pub varies: bool,
}

impl PlantedStream {
    /// All of its transactions, extras included.
    pub fn rows(&self) -> impl Iterator<Item = &str> {
        let regular = self.occurrences.iter().flat_map(|one| &one.rows);
        regular.chain(self.extras.iter().map(|extra| &extra.row)).map(String::as_str)
    }
}

/// Money moved between two linked accounts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlantedTransfer {
    /// The row that takes the money.
    pub out: String,
    /// The row that brings it.
    pub into: String,
    /// Days from the first to the second; negative when the money came before it went.
    pub lag: i32,
    /// Whether both accounts are at one bank.
    pub same_bank: bool,
}

/// What a shortage fee is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FeeKind {
    /// An item was returned.
    Returned,
    /// An item was paid below zero.
    Overdraft,
}

/// A fee row: one fee, or several of a day in one amount.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlantedFee {
    /// Its transaction.
    pub row: String,
    /// The day on which it posted.
    pub day: Day,
    /// Returned or paid.
    pub kind: FeeKind,
    /// One fee, minor units, positive.
    pub unit: i64,
    /// How many fees the row holds.
    pub count: u32,
    /// The row that gave it back.
    pub reversal: Option<String>,
}

/// A debit that the bank sent back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlantedReturn {
    /// The debit.
    pub debit: String,
    /// The row that reverses it.
    pub reversal: String,
    /// The day of the reversal.
    pub day: Day,
}

/// A kind of short borrowing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AdvanceKind {
    /// An app's advance, repaid at once on a payday.
    CashAdvance,
    /// A payday lender's loan.
    Payday,
    /// A purchase in four payments, 14 days apart.
    BuyNowPayLater,
    /// A merchant cash advance, remitted on every banking day.
    MerchantAdvance,
}

/// A payment on an advance.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Repayment {
    /// Its transaction.
    pub row: String,
    /// The day on which it posted.
    pub day: Day,
    /// Minor units, positive.
    pub amount: i64,
    /// A fee that buys time: nothing of the advance is repaid.
    pub rollover: bool,
}

/// An advance and what belongs to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlantedAdvance {
    /// The words that name the provider in texts.
    pub provider: String,
    /// What it is.
    pub kind: AdvanceKind,
    /// The row that brought the money; `None` for purchases in parts, and when it lies before the history.
    pub funding: Option<String>,
    /// The day of the money, or of the purchase.
    pub day: Day,
    /// What was advanced, minor units, positive.
    pub amount: i64,
    /// Payments in the history, by day.
    pub repayments: Vec<Repayment>,
    /// Paid before the history, minor units.
    pub repaid_before: i64,
    /// Still to be paid on or after T, fees included; 0 when closed.
    pub open: i64,
    /// When the next payment falls due.
    pub next_due: Option<Day>,
}

/// What a row is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Mark {
    /// Of the payer at this place of [`Truth::payers`].
    Payer(usize),
    /// Of the obligation at this place of [`Truth::obligations`].
    Obligation(usize),
    /// A leg of a transfer between linked accounts.
    Transfer,
    /// A fee for a shortage.
    Fee,
    /// A fee given back.
    FeeReversal,
    /// A debit given back.
    Return,
    /// Of the advance at this place of [`Truth::advances`], money in or out.
    Advance(usize),
    /// Nothing that repeats on purpose.
    Noise(Noise),
}

/// Rows that must not become streams of income or obligations.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Noise {
    PersonToPerson,
    Refund,
    CheckDeposit,
    CashDeposit,
    TaxRefund,
    Interest,
    OneOff,
    /// To or from an account that nobody linked.
    OutsideTransfer,
    Cash,
    BankFee,
    Shopping,
    Supplier,
}

/// Everything that was planted in a life.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Truth {
    /// Who pays the holder.
    pub payers: Vec<PlantedStream>,
    /// Whom the holder pays on a schedule.
    pub obligations: Vec<PlantedStream>,
    /// Both legs in the history.
    pub transfers: Vec<PlantedTransfer>,
    /// Rows of two accounts with one amount, opposite in sign and at most four days apart, that are no transfer.
    pub traps: Vec<[String; 2]>,
    /// Shortage fees.
    pub fees: Vec<PlantedFee>,
    /// Items returned.
    pub returns: Vec<PlantedReturn>,
    /// Days on which an item was paid below zero and nothing was charged, ascending.
    pub free_overdrafts: Vec<Day>,
    /// Short borrowing.
    pub advances: Vec<PlantedAdvance>,
}
