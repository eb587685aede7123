//! Ledgers for tests: built by hand, or at random from a seed.

use crate::{
    application::Application,
    category::{
        label::{Instrument, Label, Role, RuleId},
        taxonomy::Taxonomy,
    },
    digest::{Digest, plan::Plan},
    ledger::{
        BalanceMode, Counts, DailyBalances, Ledger, LedgerAccount, LedgerRow, Provenance, Scope, TransactionAccess,
    },
    money::Currency,
    row::{AccountCategory, AccountStatus, AccountSubcategory},
    time::Day,
};

/// A ledger with its application and texts.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) taxonomy: Taxonomy,
    pub(crate) ledger: Ledger,
    pub(crate) application: Application,
    pub(crate) texts: Vec<String>,
}

impl Sample {
    /// One deposit account with complete transactions and no row, no balance.
    pub(crate) fn new(end: Day) -> Sample {
        let as_of = i64::from(end.0) * 86_400;
        let ledger = Ledger {
            as_of,
            end,
            currency: Currency::USD,
            accounts: vec![],
            covered_from: None,
            rows: vec![],
            other_rows: vec![],
            pending: vec![],
            transfers: vec![],
            refined: vec![],
            corrected: vec![],
            doubts: vec![],
            counts: Counts::default(),
        };
        let application = Application {
            application_id: "app_1".to_owned(),
            applicants: vec![],
            as_of,
            requested_amount: None,
            term_months: None,
            instalment_amount: None,
            stated_income: None,
            currency: None,
            extras: vec![],
        };
        let mut sample = Sample { taxonomy: Taxonomy::builtin(), ledger, application, texts: vec![] };
        sample.account(Scope::Deposit);
        sample
    }

    /// The day of an age: 0 is the last day before T.
    pub(crate) fn day(&self, age: i32) -> Day {
        self.ledger.end.plus(-1 - age)
    }

    /// Another account.
    pub(crate) fn account(&mut self, scope: Scope) -> &mut LedgerAccount {
        let id = format!("fca_{}", self.ledger.accounts.len());
        self.ledger.accounts.push(LedgerAccount {
            links: vec![id.clone()],
            id,
            holders: vec![],
            holder_kind: None,
            institution_name: String::new(),
            scope,
            category: AccountCategory::Cash,
            subcategory: AccountSubcategory::Checking,
            status: AccountStatus::Active,
            deactivation: None,
            numbers: None,
            ach_debit: None,
            currency: Currency::USD,
            access: TransactionAccess::Complete,
            balance_mode: BalanceMode::None,
            balance_current: None,
            balance_available: None,
            balance_as_of: None,
            balances: None,
            reconciliation_error: None,
            first_day: None,
            last_day: None,
            doubts: vec![],
        });
        self.ledger.accounts.last_mut().expect("just pushed")
    }

    /// A posted row of the first account; `age` 0 is the last day before T.
    pub(crate) fn row(&mut self, age: i32, amount: i64, purpose: &str) -> &mut LedgerRow {
        let purpose = self.taxonomy.purpose(purpose).unwrap_or_else(|| panic!("purpose {purpose}"));
        let label = Label {
            purpose,
            instrument: Instrument(0),
            role: Role(0),
            rule: RuleId(0),
            confidence: 90,
            counterparty: u64::from(purpose.0),
        };
        let (day, index) = (self.day(age), u32::try_from(self.ledger.rows.len()).expect("few"));
        let time = i64::from(day.0) * 86_400;
        let account = &mut self.ledger.accounts[0];
        account.first_day = Some(account.first_day.map_or(day, |first| first.min(day)));
        account.last_day = Some(account.last_day.map_or(day, |last| last.max(day)));
        self.texts.push(String::new());
        self.ledger.rows.push(LedgerRow { account: 0, day, time, amount, label, internal: false, index });
        self.ledger.rows.last_mut().expect("just pushed")
    }

    /// Rows of one purpose as (age, amount).
    pub(crate) fn rows(&mut self, purpose: &str, rows: &[(i32, i64)]) {
        for &(age, amount) in rows {
            self.row(age, amount, purpose);
        }
    }

    /// Says that history reaches back this many days, without a row that any money filter counts.
    pub(crate) fn history(&mut self, days: i32) {
        self.ledger.accounts[0].first_day = Some(self.ledger.end.plus(-days));
    }

    /// Closing balances of an account up to the last day before T.
    pub(crate) fn balances(&mut self, account: usize, closing: &[i64]) {
        let days = i32::try_from(closing.len()).expect("few");
        let first = self.ledger.end.plus(-days);
        let account = &mut self.ledger.accounts[account];
        account.balance_mode = BalanceMode::Strict;
        account.balance_current = closing.last().copied();
        account.balances = Some(DailyBalances {
            first,
            closing: closing.to_vec(),
            provenance: vec![Provenance::Rebuilt; closing.len()],
        });
    }

    /// Brings the rows into the ledger's order.
    pub(crate) fn sort(&mut self) {
        self.ledger.rows.sort_by_key(|row| (row.time, row.account, row.index));
    }

    /// The digest for a plan.
    pub(crate) fn digest<'a>(&'a self, plan: &'a Plan) -> Digest<'a> {
        Digest::new(plan, &self.ledger, &self.application, &self.taxonomy, &|index| self.texts[index as usize].as_str())
    }
}

/// A small generator of numbers (splitmix64), so that core needs no random crate.
#[derive(Clone, Debug)]
pub(crate) struct Seed(pub(crate) u64);

impl Seed {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// A number below `end`, as an index.
    pub(crate) fn index(&mut self, end: usize) -> usize {
        usize::try_from(self.below(end as u64)).expect("small")
    }
}

/// A ledger of `rows` random rows over two accounts and up to `days` days, with balances.
pub(crate) fn random(seed: u64, rows: usize, days: u64) -> Sample {
    let mut seed = Seed(seed);
    let end = Day::from_civil(2024, 3, 1).plus(i32::try_from(seed.below(700)).expect("small"));
    let mut sample = Sample::new(end);
    sample.account(Scope::Deposit).subcategory = AccountSubcategory::Savings;
    let purposes: Vec<String> = sample.taxonomy.purposes().iter().map(|info| info.name.clone()).collect();
    let (instruments, roles) = (sample.taxonomy.instruments().len(), sample.taxonomy.roles().len());
    for _ in 0..rows {
        let age = i32::try_from(seed.below(days)).expect("small");
        let magnitude = i64::try_from(1 + seed.below(250_000)).expect("small");
        // A round amount now and then, so that amount filters meet rows.
        let magnitude = if seed.below(20) == 0 { 100_000 * (1 + magnitude % 3) } else { magnitude };
        let amount = if seed.below(3) == 0 { magnitude } else { -magnitude };
        let purpose = purposes[seed.index(purposes.len())].clone();
        let (account, internal) = (u16::try_from(seed.below(2)).expect("small"), seed.below(12) == 0);
        let row = sample.row(age, amount, &purpose);
        row.account = account;
        row.internal = internal;
        row.label.instrument = Instrument(u8::try_from(seed.index(instruments)).expect("small"));
        row.label.role = Role(u8::try_from(seed.index(roles)).expect("small"));
        row.label.counterparty = seed.below(40);
        row.label.confidence = u8::try_from(seed.below(100)).expect("small");
        *sample.texts.last_mut().expect("pushed") = format!("TEXT {} Ünïcode", seed.below(5));
    }
    sample.sort();
    for account in 0..2 {
        let length = 60 + seed.index(usize::try_from(days).expect("small"));
        let mut closing = vec![i64::try_from(seed.below(300_000)).expect("small") - 50_000];
        for at in 1..length {
            closing.push(closing[at - 1] + i64::try_from(seed.below(40_000)).expect("small") - 20_000);
        }
        sample.balances(account, &closing);
    }
    sample.application.requested_amount = Some(150_000);
    sample.application.instalment_amount = Some(12_500);
    sample.application.stated_income = Some(310_000);
    sample
}
