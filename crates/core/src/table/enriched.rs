//! The tables of a money-management product: what they are, their columns with one sentence each, and the rows that an
//! application makes in them. The page of documentation is printed from here.

mod rows;

pub use rows::enriched_rows;

use super::{
    Column,
    Kind::{self, Date, Flag, Instant, Integer, Real, Text},
    Schema,
};

/// A table and its columns, each with what it holds and a sentence on it.
#[derive(Clone, Copy, Debug)]
pub struct EnrichedTable {
    /// The file's name without its ending.
    pub name: &'static str,
    /// What one row is.
    pub about: &'static str,
    /// In the order of the file, after [`EnrichedTable::KEYS`].
    pub columns: &'static [Described],
}

/// A column: name, kind, what it says.
pub type Described = (&'static str, Kind, &'static str);

impl EnrichedTable {
    /// The first columns of every table.
    pub const KEYS: [Described; 4] = [
        ("application_id", Text, "The application"),
        ("applicant_id", Text, "Its primary applicant"),
        ("as_of", Instant, "T, exclusive"),
        (
            "data_status",
            Text,
            "complete, in_doubt (see `doubts`), no_data, rejected_input, internal_error; the last three have no row but in `applications`",
        ),
    ];

    /// [`EnrichedTable::KEYS`], one by one.
    pub fn keys() -> impl Iterator<Item = &'static Described> {
        const KEYS: &[Described] = &EnrichedTable::KEYS;
        KEYS.iter()
    }

    /// All columns, the keys first.
    pub fn all_columns(&self) -> impl Iterator<Item = &'static Described> {
        EnrichedTable::keys().chain(self.columns)
    }

    fn schema(&self) -> Schema {
        let column = |&(name, kind, _): &Described| Column { name: name.into(), kind };
        Schema { name: self.name, columns: self.all_columns().map(column).collect() }
    }
}

/// The schemas of [`ENRICHED`], in its order.
#[must_use]
pub fn enriched() -> Vec<Schema> {
    ENRICHED.iter().map(EnrichedTable::schema).collect()
}

/// All tables.
pub const ENRICHED: &[EnrichedTable] = &[APPLICATIONS, ACCOUNTS, TRANSACTIONS, STREAMS, UPCOMING, PROJECTION, SUMMARY];

const APPLICATIONS: EnrichedTable = EnrichedTable {
    name: "applications",
    about: "an application, whatever became of it",
    columns: &[
        ("doubts", Text, "Why it is in doubt, joined by blanks: the doubts of a score"),
        ("currency", Text, "Of every amount of the application, but of accounts in another currency"),
        ("covered_from", Date, "The first day that the data covers"),
        ("horizon_days", Integer, "Days from T on of which `upcoming` speaks"),
        ("accounts", Integer, "Real accounts; several links of one are one"),
        ("transactions", Integer, "Rows in `transactions`"),
        ("posted", Integer, "Of these posted at T"),
        ("pending", Integer, "Of these pending at T"),
        ("excluded", Integer, "Of these left out by a correction"),
        ("foreign_currency", Integer, "Visible rows that stand nowhere, because their account has another currency"),
        ("conflicting", Integer, "Visible rows that stand nowhere, because they contradict each other"),
        ("corrections_idle", Integer, "Corrections of transactions that are not in use at T"),
        ("own_transfers", Integer, "Transfers between own accounts, two rows each"),
        ("streams", Integer, "Rows in `streams`"),
        ("upcoming", Integer, "Rows in `upcoming`"),
        (
            "balance_minor",
            Integer,
            "Of all deposit accounts at T, available where the bank says so: where `projection` starts",
        ),
        ("projection_missing", Text, "Why there is no row in `projection`"),
    ],
};

const ACCOUNTS: EnrichedTable = EnrichedTable {
    name: "accounts",
    about: "a real account, in use or not",
    columns: &[
        ("account_id", Text, "The account; of several links the least"),
        ("links", Text, "All its links, joined by blanks"),
        ("institution_name", Text, "As the bank gives it"),
        ("scope", Text, "deposit, credit, loan, investment, other"),
        ("subcategory", Text, "checking, savings, mortgage, line_of_credit, credit_card, other, unknown"),
        ("status", Text, "active, inactive, disconnected, unknown"),
        ("access", Text, "complete, or why there are no transactions"),
        ("currency", Text, "The account's own"),
        ("doubts", Text, "Of the application's doubts those that this account gives cause for, joined by blanks"),
        ("balance_mode", Text, "strict, reconstruct, none: where balances come from"),
        ("balance_minor", Integer, "The balance at T, as posted"),
        ("balance_available_minor", Integer, "Of the newest snapshot at or before T; empty but for deposit accounts"),
        (
            "balance_as_of",
            Instant,
            "When the snapshot was taken that `balance_minor` comes from; rolled back, it is later than T",
        ),
        ("first_day", Date, "Of its posted rows"),
        ("last_day", Date, "Of its posted rows"),
        ("posted", Integer, "Rows in `transactions`"),
        ("pending", Integer, "Rows in `transactions`"),
        ("excluded", Integer, "Rows in `transactions`"),
    ],
};

const TRANSACTIONS: EnrichedTable = EnrichedTable {
    name: "transactions",
    about: "a transaction visible at T, by time, account and id; left-out ones last. Ids are of transactions",
    columns: &[
        ("account_id", Text, "See `accounts`"),
        ("scope", Text, "The kind of the account"),
        ("transaction_id", Text, "The transaction"),
        ("day", Date, "Posting day, else the transaction's"),
        ("amount_minor", Integer, "Inflow positive"),
        ("currency", Text, "Of the amount"),
        ("state", Text, "posted, pending, or excluded: left out by a correction of everything but balances"),
        ("description", Text, "The bank's text; personal data"),
        ("merchant_key", Text, "Who stands on the other side: the same for every wording"),
        ("merchant", Text, "The same as names are printed"),
        ("purpose", Text, "What the money is for (taxonomy.md), refined and corrected"),
        ("purpose_group", Text, "The group of the purpose"),
        ("instrument", Text, "How it moved"),
        ("role", Text, "What the other side is"),
        ("rule", Text, "The rule that decided; empty when none did"),
        ("confidence", Integer, "Percent; 0 when no rule matched"),
        ("text_purpose", Text, "What the text alone said, where the rows around it or a correction said otherwise"),
        ("text_rule", Text, "The rule that said it"),
        (
            "correction",
            Text,
            "recategorised, excluded, or in_doubt: corrections contradict each other and none applies",
        ),
        ("own_transfer", Flag, "One of two sides of a transfer between own accounts: neither income nor spend"),
        ("transfer_id", Text, "The other side; each of the two names the other"),
        ("undoes_id", Text, "What this row returns, reverses or gives back; of several fees the nearest"),
        ("undone_by_id", Text, "What returns, reverses or gives back this row; the first of several"),
        ("stream_id", Text, "The recurring stream that it belongs to"),
        ("stream_date", Date, "The date on the stream's schedule that it answers; empty beside the schedule"),
        ("advance_part", Text, "proceeds, repayment, or instalment of a purchase paid in parts"),
        (
            "advance_id",
            Text,
            "The row of the money (proceeds name themselves) or of the first instalment; empty for a payment on what came before the data, or beyond the principal",
        ),
    ],
};

const STREAMS: EnrichedTable = EnrichedTable {
    name: "streams",
    about: "a recurring stream, by direction, kind and id",
    columns: &[
        (
            "stream_id",
            Text,
            "Of applicant, direction, kind and counterparty; of several such the oldest has it, others also hold their first transaction",
        ),
        ("direction", Text, "inflow, outflow"),
        ("class", Text, "income, bill, other"),
        (
            "kind",
            Text,
            "payroll, gig, benefit, pension, rent, mortgage, loan, card, utility, insurance, subscription, …",
        ),
        ("purpose", Text, "Of its newest row"),
        ("merchant_key", Text, "Payer or payee, of its newest row"),
        ("merchant", Text, "The same as names are printed"),
        ("account_id", Text, "The account of its newest row"),
        (
            "cadence",
            Text,
            "weekly, biweekly, semi_monthly, four_weekly, monthly_by_day, monthly_by_weekday, quarterly, annual, irregular",
        ),
        ("state", Text, "early, mature, overdue (a date was missed), stopped (two)"),
        ("first_day", Date, "Of its payments in the data"),
        ("last_day", Date, "Of its payments"),
        ("payments", Integer, "Days on which it paid"),
        ("dates_kept", Integer, "Dates on its schedule that a payment answered"),
        ("dates_missed", Integer, "Dates on its schedule that none did"),
        ("amount_minor", Integer, "The usual payment: median of the last six on the schedule, inflow positive"),
        ("amount_low_minor", Integer, "The smallest of the six, in sign"),
        ("amount_high_minor", Integer, "The largest of the six"),
        ("currency", Text, "Of the amounts"),
        (
            "next_date",
            Date,
            "The first date on its schedule from T on that is not answered; empty when stopped or irregular",
        ),
        (
            "next_amount_minor",
            Integer,
            "What it will bring: the last two payments where they are equal (a raise, a new price), else the usual one",
        ),
        ("year_minor", Integer, "The usual payment times payments a year; empty without a cadence"),
    ],
};

const UPCOMING: EnrichedTable = EnrichedTable {
    name: "upcoming",
    about: "a payment that a stream with a cadence will bring within the horizon, by day",
    columns: &[
        ("date", Date, "The first day on which it is at least as likely there as not, by how late its last six came"),
        ("due_date", Date, "The date on the schedule, as banks settle; before T when late"),
        ("earliest", Date, "The first day on which it may come, by its last six"),
        ("latest", Date, "The last"),
        (
            "status",
            Text,
            "expected; late: the date has passed and may still be answered; doubtful: the stream has missed a date, `projection` leaves it out",
        ),
        (
            "probability",
            Real,
            "The share of generated streams of that state, cadence and number of payments that kept such a date within the tolerance of their cadence; to six digits",
        ),
        ("probability_in_band", Real, "The same, and with an amount from `amount_low_minor` to `amount_high_minor`"),
        ("amount_minor", Integer, "`next_amount_minor` of the stream, inflow positive"),
        ("amount_low_minor", Integer, "The smallest of the last six, in sign"),
        ("amount_high_minor", Integer, "The largest"),
        ("currency", Text, "Of the amounts"),
        ("class", Text, "income, bill, other"),
        ("kind", Text, "Of the stream"),
        ("purpose", Text, "Of the stream"),
        ("merchant_key", Text, "Payer or payee"),
        ("merchant", Text, "The same as names are printed"),
        ("account_id", Text, "The account that it went through last"),
        ("stream_id", Text, "See `streams`"),
        ("stream_state", Text, "early, mature, overdue"),
        ("dates_kept", Integer, "How often the stream kept its dates: what confidence there is"),
        ("dates_missed", Integer, "And how often not"),
    ],
};

const PROJECTION: EnrichedTable = EnrichedTable {
    name: "projection",
    about: "a day of the forecast of all deposit accounts together, at most 30 days from T on",
    columns: &[
        ("date", Date, "The day"),
        ("balance_minor", Integer, "Expected closing balance"),
        ("inflow_minor", Integer, "Expected in from T to the end of the day, streams and the rest"),
        ("outflow_minor", Integer, "Expected out, positive"),
        ("currency", Text, "Of the amounts"),
        ("probability_negative", Real, "That the day closes below zero, to six digits"),
    ],
};

const SUMMARY: EnrichedTable = EnrichedTable {
    name: "summary",
    about: "a calendar month, kind of account and purpose: posted rows that are no own transfer",
    columns: &[
        ("month", Date, "Its first day"),
        ("whole", Flag, "Whether the data covers all of it"),
        ("scope", Text, "The kind of accounts"),
        ("purpose", Text, "What the money is for"),
        ("purpose_group", Text, "The group of the purpose"),
        ("inflow_minor", Integer, "Money in"),
        ("outflow_minor", Integer, "Money out, positive"),
        ("currency", Text, "Of the amounts"),
        ("transactions", Integer, "How many rows"),
    ],
};
