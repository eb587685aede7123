//! The library door: one applicant at a time on one thread, as a lending service calls it.
//!
//! `cargo bench -p cashline-core --bench library` prints what a call takes in microseconds, the middle and the slow end;
//! `… -- stage STAGE` one of its lines, for 16 applicants in turn, `… -- loop STAGE SECONDS` repeats one stage for a profiler
//! (`… -- loop STAGE 100x` in a hundred turns of all 16: as many instructions each time), `… -- families` prints what each family
//! of attributes takes by itself, `… -- columns` what each takes beside the others, and `… -- grow CALLS` calls so many times (a
//! million says it in minutes) and prints the memory on the way.
//!
//! The data: applicants with 600 transactions each over 180 days on a checking and a savings account at two banks, drawn
//! from a fixed seed. Wages every two weeks, rent, bills, subscriptions, a loan, a card, advances on wages, transfers
//! between the two accounts, cash, fees, and purchases at 42 merchants, some 70 counterparties in all, written as banks
//! write them: store numbers, cities, dates, trace numbers. A few rows are pending or void. Both accounts have a balance of
//! T's eve and one of a month before.
//!
//! Why it is honest: rows come as an export has them, by account, newest first; the session is warm, as that of a service is,
//! but descriptions still differ by their numbers; what a call gives back is dropped inside the clock. One applicant called
//! again and again is soon known by heart to caches and branch predictors, so the table stands twice: for one applicant, and
//! for 16 different ones in turn, which is what a service sees. The last line is the same life over 24 months: 5,000
//! transactions.
//!
//! Memory is from the allocator that the program takes it from; a service with another has other figures.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench reads the clock, stops at the first surprise and prints its table"
)]

use std::{
    collections::BTreeMap,
    hint::black_box,
    time::{Duration, Instant},
};

use cashline_core::{
    application::{Applicant, Application},
    assessment::Status,
    attribute::registry::ColumnId,
    decide::policy::Policy,
    digest::Digest,
    engine::{Engine, EngineParts, Session},
    forecast::Forecast,
    history::{History, HistoryBuilder},
    ledger::{self, Cut, Ledger},
    row::{AccountRow, AccountSubcategory, ApplicantRole, BalanceRow, HolderKind, TransactionRow, TransactionStatus},
    stream::recurring::streams,
    time::{Day, Zone},
};

/// As the program's: a lending service chooses as we did.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const APPLICANTS: u64 = 16;
const USUAL: Size = Size { rows: 600, days: 180 };
const LARGE: Size = Size { rows: 5_000, days: 720 };
const WARM_UP: usize = 2_000;
const CALLS: usize = 20_000;
const POLICY: &str = include_str!("../../../data/policy/example.toml");

fn main() {
    let mut parts = EngineParts::builtin().unwrap();
    parts.policy = Policy::from_toml(POLICY).unwrap();
    let engine = Engine::new(parts).unwrap();
    let mut session = engine.session();
    let cases: Vec<Case> = (0..APPLICANTS).map(|seed| Case::new(&engine, &mut session, seed, USUAL)).collect();
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "loop") {
        let stage = STAGES.iter().find(|stage| stage.0 == arguments[at + 1]).unwrap();
        if let Some(turns) = arguments[at + 2].strip_suffix("x") {
            for _ in 0..turns.parse::<usize>().unwrap() {
                cases.iter().for_each(|case| stage.1(&engine, &mut session, case));
            }
            return;
        }
        let end = Instant::now() + Duration::from_secs(arguments[at + 2].parse().unwrap());
        while Instant::now() < end {
            cases.iter().for_each(|case| stage.1(&engine, &mut session, case));
        }
        return;
    }
    if arguments.iter().any(|argument| argument == "families") {
        return families(&engine, &cases);
    }
    if arguments.iter().any(|argument| argument == "answers") {
        return answers(&engine, &mut session);
    }
    if arguments.iter().any(|argument| argument == "columns") {
        return columns(&engine, &cases);
    }
    if let Some(at) = arguments.iter().position(|argument| argument == "grow") {
        return grow(&engine, &mut session, &cases, arguments[at + 1].parse().unwrap());
    }
    if let Some(at) = arguments.iter().position(|argument| argument == "stage") {
        let stage = STAGES.iter().find(|stage| stage.0 == arguments[at + 1]).unwrap();
        let [p50, p90, p99] = percentiles(&engine, &mut session, &cases, stage.1).try_into().unwrap();
        println!("{:<12} {p50:>10.1} {p90:>8.1} {p99:>8.1}", stage.0);
        return;
    }
    let (rows, columns) = (USUAL.rows, engine.registry().columns().len());
    println!("{rows} transactions on two accounts, {CALLS} calls, {columns} columns; microseconds");
    println!("{:<12} {:>28} {:>28}", "", "one applicant", format!("{APPLICANTS} in turn"));
    println!("{:<12} {:>10} {:>8} {:>8} {:>10} {:>8} {:>8}", "stage", "p50", "p90", "p99", "p50", "p90", "p99");
    let mut line = |name: &str, cases: &[Case], stage: Stage| {
        let [one, many] = [&cases[..1], cases].map(|cases| percentiles(&engine, &mut session, cases, stage));
        let [a, b, c, d, e, f] = [one, many].concat().try_into().unwrap();
        println!("{name:<12} {a:>10.1} {b:>8.1} {c:>8.1} {d:>10.1} {e:>8.1} {f:>8.1}");
    };
    STAGES.iter().for_each(|(name, stage)| line(name, &cases, *stage));
    let mut session = engine.session();
    let large: Vec<Case> = (0..APPLICANTS).map(|seed| Case::new(&engine, &mut session, seed, LARGE)).collect();
    line("assess, 5000", &large, STAGES[1].1);
}

/// What each family of attributes takes by itself beyond a digest, dearest first. What several families need, such as
/// streams, is worked out for each.
fn families(engine: &Engine, cases: &[Case]) {
    let registry = engine.registry();
    let median = |columns: &[ColumnId]| {
        let mut times: Vec<Duration> = vec![];
        for case in cases.iter().cycle().take(WARM_UP) {
            let text = |row| case.history.description(row);
            let taxonomy = engine.categoriser().taxonomy();
            let start = Instant::now();
            let digest = Digest::new(registry.plan(), &case.ledger, &case.application, taxonomy, &text);
            for column in columns {
                black_box(registry.compute(*column, &digest)).ok();
            }
            drop(black_box(digest));
            times.push(start.elapsed());
        }
        times.sort_unstable();
        times[times.len() / 2].as_secs_f64() * 1e6
    };
    let mut of_family: BTreeMap<&str, Vec<ColumnId>> = BTreeMap::new();
    for (at, column) in (0..).zip(registry.columns()) {
        let family = registry.definitions()[usize::from(column.definition)].family.as_str();
        of_family.entry(family).or_default().push(ColumnId(at));
    }
    let empty = median(&[]);
    let mut rows: Vec<(f64, &str, usize)> =
        of_family.iter().map(|(family, columns)| (median(columns) - empty, *family, columns.len())).collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    println!("{:<32} {:>8} {:>8}", "family", "columns", "us");
    rows.iter().for_each(|(time, family, columns)| println!("{family:<32} {columns:>8} {time:>8.1}"));
    println!("{:<32} {:>8} {empty:>8.1}", "digest", 0);
}

/// What each column takes where all are worked out in the order of the matrix, so that what several share is paid by the one
/// that asks first: by family, and the dearest columns.
fn columns(engine: &Engine, cases: &[Case]) {
    let registry = engine.registry();
    let taxonomy = engine.categoriser().taxonomy();
    let ids: Vec<ColumnId> = (0..).take(registry.columns().len()).map(ColumnId).collect();
    let mut times: Vec<Vec<Duration>> = vec![vec![]; ids.len()];
    for case in cases.iter().cycle().take(WARM_UP) {
        let text = |row| case.history.description(row);
        let digest = Digest::new(registry.plan(), &case.ledger, &case.application, taxonomy, &text);
        for (column, times) in ids.iter().zip(&mut times) {
            let start = Instant::now();
            black_box(registry.compute(*column, &digest)).ok();
            times.push(start.elapsed());
        }
    }
    let median = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2].as_secs_f64() * 1e6
    };
    let mut clock: Vec<Duration> = (0..WARM_UP).map(|_| black_box(Instant::now()).elapsed()).collect();
    let clock = median(&mut clock);
    let times: Vec<f64> = times.iter_mut().map(|times| (median(times) - clock).max(0.0)).collect();
    let mut of_family: BTreeMap<&str, (f64, usize)> = BTreeMap::new();
    for (column, time) in ids.iter().zip(&times) {
        let (sum, count) = of_family.entry(registry.definition(*column).family.as_str()).or_default();
        (*sum, *count) = (*sum + time, *count + 1);
    }
    let mut rows: Vec<(&str, (f64, usize))> = of_family.into_iter().collect();
    rows.sort_by(|a, b| b.1.0.total_cmp(&a.1.0));
    println!("{:<32} {:>8} {:>8}", "family, shared work once", "columns", "us");
    rows.iter().for_each(|(family, (time, columns))| println!("{family:<32} {columns:>8} {time:>8.1}"));
    println!("{:<32} {:>8} {:>8.1}", "all", ids.len(), times.iter().sum::<f64>());
    let mut dearest: Vec<(f64, &str)> =
        times.iter().zip(registry.columns()).map(|(time, column)| (*time, column.name.as_str())).collect();
    dearest.sort_by(|a, b| b.0.total_cmp(&a.0));
    dearest.iter().take(100).for_each(|(time, name)| println!("{name:<48} {time:>8.2}"));
}

/// Prints a hash of all answers of many applicants.
fn answers(engine: &Engine, session: &mut Session) {
    use std::hash::{Hash, Hasher};
    let mut all = std::collections::hash_map::DefaultHasher::new();
    for (size, count) in [(USUAL, 60_u64), (LARGE, 12), (Size { rows: 1200, days: 360 }, 30)] {
        for seed in 0..count {
            let case = Case::new(engine, session, seed, size);
            for back in [0, 3, 11, 31, 64, 97] {
                let mut application = case.application.clone();
                application.as_of -= back * 86_400 + back * 7_777;
                let mut one = std::collections::hash_map::DefaultHasher::new();
                format!("{:?}", engine.attributes(session, &case.history, &application)).hash(&mut one);
                format!("{:?}", engine.assess(session, &case.history, &application)).hash(&mut one);
                format!("{:?}", engine.ledger(&case.history, &application)).hash(&mut one);
                one.finish().hash(&mut all);
                if seed < 2 {
                    println!("{} {seed} {back} {:016x}", size.rows, one.finish());
                }
            }
        }
    }
    println!("all {:016x}", all.finish());
}

/// Calls again and again, and prints how much memory is resident after each tenth of the calls.
fn grow(engine: &Engine, session: &mut Session, cases: &[Case], calls: usize) {
    let resident = || {
        let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
        pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4
    };
    for call in 0..=calls {
        if call % (calls / 10) == 0 {
            println!("{call:>9} calls {:>8} KiB resident", resident());
        }
        STAGES[1].1(engine, session, &cases[call % cases.len()]);
    }
}

/// The middle, the ninetieth and the ninety-ninth percentile of single calls, in microseconds.
fn percentiles(engine: &Engine, session: &mut Session, cases: &[Case], stage: Stage) -> Vec<f64> {
    let mut times: Vec<Duration> = vec![];
    for (call, case) in cases.iter().cycle().take(WARM_UP + CALLS).enumerate() {
        let start = Instant::now();
        stage(engine, session, case);
        if WARM_UP <= call {
            times.push(start.elapsed());
        }
    }
    times.sort_unstable();
    [50, 90, 99].map(|percent| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e6).to_vec()
}

type Stage = fn(&Engine, &mut Session, &Case);

/// `history` is rows to history; `assess` and `attributes` start from a history and hold `cut` and `digest` within them, `attributes` also
/// `streams` and `forecast`, which holds `streams`.
const STAGES: [(&str, Stage); 7] = [
    ("history", |engine, session, case| {
        black_box(engine.history(session, rows(&case.holder, case.application.as_of, &case.lines)));
    }),
    ("assess", |engine, session, case| {
        black_box(engine.assess(session, &case.history, &case.application));
    }),
    ("attributes", |engine, session, case| {
        black_box(engine.attributes(session, &case.history, &case.application));
    }),
    ("cut", |engine, _, case| {
        black_box(cut(engine, &case.history, &case.application));
    }),
    ("digest", |engine, _, case| {
        let text = |row| case.history.description(row);
        let taxonomy = engine.categoriser().taxonomy();
        let plan = engine.registry().plan();
        black_box(Digest::new(plan, &case.ledger, &case.application, taxonomy, &text));
    }),
    ("streams", |engine, _, case| {
        black_box(streams(&case.ledger, engine.categoriser().taxonomy()));
    }),
    ("forecast", |engine, _, case| {
        let found = streams(&case.ledger, engine.categoriser().taxonomy());
        let forecast = Forecast::of(&case.ledger, &found, 180);
        black_box(forecast.map(|one| one.probability_any_negative(30)).ok());
        black_box(found);
    }),
];

/// An applicant with everything that a stage starts from.
struct Case {
    holder: String,
    lines: Vec<Line>,
    application: Application,
    history: History,
    ledger: Ledger,
}

impl Case {
    fn new(engine: &Engine, session: &mut Session, seed: u64, size: Size) -> Case {
        let holder = format!("cus_{seed:014x}");
        let as_of = Zone::utc().midnight(Day::from_civil(2026, 5, 20));
        let application = Application {
            application_id: format!("app_{seed:04}"),
            applicants: vec![Applicant { id: holder.clone(), role: ApplicantRole::Primary, account_ids: vec![] }],
            as_of,
            requested_amount: Some(250_000),
            term_months: Some(12),
            instalment_amount: Some(23_900),
            stated_income: Some(420_000),
            currency: None,
            extras: vec![],
        };
        let lines = Life { seed: Seed(seed), as_of, size, lines: vec![] }.lines();
        assert_eq!(lines.len(), size.rows);
        let history = engine.history(session, rows(&holder, as_of, &lines));
        let ledger = cut(engine, &history, &application);
        let answer = engine.assess(session, &history, &application);
        assert_eq!(answer.status, Status::Scored, "a stage that gives up early measures nothing");
        let known = ledger.rows.iter().filter(|row| row.label.confidence != 0).count();
        let internal = ledger.rows.iter().filter(|row| row.internal).count();
        let least = |of_usual: usize| of_usual * size.rows / USUAL.rows;
        let enough = least(580) < ledger.rows.len() && least(450) < known && 20 < internal;
        assert!(enough, "{known} known, {internal} internal");
        Case { holder, lines, application, history, ledger }
    }
}

fn rows(holder: &str, as_of: i64, lines: &[Line]) -> HistoryBuilder {
    let mut rows = HistoryBuilder::new();
    let banks = [("Chase", "4417", AccountSubcategory::Checking), ("Ally Bank", "0926", AccountSubcategory::Savings)];
    for (id, (institution, last4, subcategory)) in ACCOUNTS.into_iter().zip(banks) {
        rows.account(&AccountRow {
            subcategory,
            institution_name: Some(institution),
            last4: Some(last4),
            holder_kind: Some(HolderKind::Customer),
            livemode: Some(true),
            ..AccountRow::checking(id, holder)
        });
        for (age, current) in [(8 * 3_600, 184_211), (30 * 86_400, 121_905)] {
            rows.balance(&BalanceRow::reported(id, as_of - age, current));
        }
    }
    lines.iter().for_each(|line| rows.transaction(&line.row()));
    rows
}

fn cut(engine: &Engine, history: &History, application: &Application) -> Ledger {
    let balance_age_days_max = engine.options().balance_age_days_max;
    ledger::cut(history, &Cut { application, zone: engine.zone(), balance_age_days_max }).unwrap()
}

const ACCOUNTS: [&str; 2] = ["fca_1QxKp2LzZ8hTnRdM4vYc7B", "fca_1QxKpAWq03sUeJgF6bXo9N"];
const CHECKING: usize = 0;
const SAVINGS: usize = 1;

/// A transaction as its export holds it.
struct Line {
    id: String,
    account: usize,
    amount: i64,
    description: String,
    status: TransactionStatus,
    transacted: i64,
    posted: Option<i64>,
    void: Option<i64>,
}

impl Line {
    fn row(&self) -> TransactionRow<'_> {
        TransactionRow {
            description: &self.description,
            livemode: Some(true),
            status: self.status,
            posted_at: self.posted,
            void_at: self.void,
            updated: Some(self.posted.unwrap_or(self.transacted) + 7_200),
            ..TransactionRow::posted(&self.id, ACCOUNTS[self.account], self.amount, self.transacted)
        }
    }
}

/// How much there is of an applicant.
#[derive(Clone, Copy)]
struct Size {
    rows: usize,
    days: i64,
}

/// (how often over 180 days, account, amount in cents, what it may differ by, text); `#` is a digit, drawn anew.
const HABITS: [(i64, usize, i64, i64, &str); 33] = [
    (13, CHECKING, 218_400, 4_000, "NORTHWIND MFG LLC DES:PAYROLL ID:XXXXX#### INDN:DOE JANE CO ID:XXXXX##### PPD"),
    (6, CHECKING, -124_000, 0, "OAKWOOD APARTMENTS RENT WEB PMTS ID: ######"),
    (6, CHECKING, -8_400, 5_000, "DUKE ENERGY DES:BILL PAY ID:#########"),
    (6, CHECKING, -4_200, 900, "CITY WATER UTILITY BILLPAY ####"),
    (6, CHECKING, -7_999, 0, "COMCAST CABLE COMM 800-266-2278"),
    (6, CHECKING, -8_500, 400, "VERIZON WIRELESS PAYMENTS ######"),
    (6, CHECKING, -13_400, 0, "GEICO *AUTO MACON DC ########"),
    (6, CHECKING, -1_549, 0, "NETFLIX.COM LOS GATOS CA"),
    (6, CHECKING, -1_099, 0, "SPOTIFY USA NEW YORK NY"),
    (6, CHECKING, -999, 0, "APPLE.COM/BILL 866-712-7753 CA"),
    (6, CHECKING, -2_499, 0, "PLANET FITNESS CLUB FEES ####"),
    (6, CHECKING, -31_240, 0, "TOYOTA FINANCIAL SVC RETAIL_PAY ID:#########"),
    (6, CHECKING, -18_700, 0, "NELNET STUDENT LOAN PYMT ID ######"),
    (6, CHECKING, -22_000, 15_000, "CAPITAL ONE CRCARDPMT ID:##########"),
    (3, CHECKING, -14_300, 0, "AFFIRM INC AFFIRM PAY ID:#######"),
    (5, CHECKING, 10_000, 5_000, "EARNIN ACTIVEHOURS ADVANCE ID:######"),
    (5, CHECKING, -10_299, 5_000, "EARNIN ACTIVEHOURS REPAYMENT ID:######"),
    (12, CHECKING, -8_000, 6_000, "ATM WITHDRAWAL #####"),
    (4, CHECKING, -3_500, 0, "OVERDRAFT FEE FOR A $##.## CARD PURCHASE"),
    (1, CHECKING, -3_400, 0, "NSF RETURNED ITEM FEE"),
    (6, CHECKING, -1_200, 0, "MONTHLY MAINTENANCE FEE"),
    (14, CHECKING, -4_500, 4_000, "ZELLE PAYMENT TO ANNA M CONF# ########"),
    (8, CHECKING, 5_500, 4_500, "ZELLE PAYMENT FROM MARK T CONF# ########"),
    (9, CHECKING, -2_500, 2_400, "VENMO PAYMENT ########## WEB ID: ##########"),
    (4, CHECKING, 6_200, 6_000, "VENMO CASHOUT PPD ID: ##########"),
    (2, CHECKING, 41_000, 20_000, "REMOTE ONLINE DEPOSIT # CHECK ###"),
    (5, CHECKING, -6_000, 5_500, "CHECK ####"),
    (1, CHECKING, 143_200, 0, "IRS TREAS 310 TAX REF PPD ID: ##########"),
    (7, CHECKING, -2_800, 2_700, "DRAFTKINGS *DEPOSIT 617-986-6744 MA"),
    (3, CHECKING, 2_400, 1_900, "AMAZON.COM REFUND AMZN.COM/BILL WA"),
    (6, SAVINGS, 812, 300, "INTEREST PAID"),
    (2, SAVINGS, -1_500, 0, "EXCESS WITHDRAWAL FEE"),
    (4, SAVINGS, 2_500, 1_000, "ROUND UP SAVINGS DEPOSIT ####"),
];

/// Where the rest is bought: text, usual price in cents.
const MERCHANTS: [(&str, i64); 42] = [
    ("POS DEBIT KROGER ##### CINCINNATI OH", 6_400),
    ("WM SUPERCENTER #### CINCINNATI OH", 7_800),
    ("ALDI ##### CINCINNATI OH", 4_100),
    ("TRADER JOE S #### CINCINNATI OH", 5_200),
    ("COSTCO WHSE #### CINCINNATI OH", 14_000),
    ("WHOLEFDS CIN ##### OH", 5_900),
    ("SHELL OIL ########### OH", 4_300),
    ("SPEEDWAY ##### CINCINNATI OH", 3_900),
    ("BP#######QPS DAYTON OH", 4_000),
    ("EXXONMOBIL ######## KY", 4_400),
    ("MCDONALD'S F##### CINCINNATI OH", 1_150),
    ("STARBUCKS STORE #####", 640),
    ("CHIPOTLE #### CINCINNATI OH", 1_450),
    ("TACO BELL ######", 980),
    ("CHICK-FIL-A #####", 1_240),
    ("DUNKIN ###### Q##", 720),
    ("SQ *ROOKWOOD COFFEE Cincinnati OH", 830),
    ("TST* SENATE PUB Cincinnati OH", 4_600),
    ("SQ *FINDLAY MARKET STAND ##", 2_300),
    ("DOORDASH*THAI EXPRESS 855-973-1040 CA", 2_900),
    ("UBER EATS HELP.UBER.COM CA", 2_700),
    ("UBER *TRIP HELP.UBER.COM CA", 1_800),
    ("LYFT *RIDE ###-######", 1_700),
    ("AMZN MKTP US*#A#B#C## AMZN.COM/BILL WA", 3_100),
    ("TARGET T-#### CINCINNATI OH", 4_900),
    ("BEST BUY ######## CINCINNATI OH", 9_900),
    ("THE HOME DEPOT #### CINCINNATI OH", 6_700),
    ("LOWES #####* CINCINNATI OH", 5_600),
    ("TJ MAXX #### CINCINNATI OH", 4_500),
    ("OLD NAVY US ####", 5_200),
    ("WALGREENS ##### CINCINNATI OH", 2_100),
    ("CVS/PHARMACY ##### CINCINNATI OH", 1_900),
    ("CHRIST HOSPITAL PHYS 513-585-####", 4_000),
    ("CINCINNATI CHILDRENS DENTAL ####", 8_000),
    ("PETSMART # #### CINCINNATI OH", 3_700),
    ("AMC ###### ONLINE LEAWOOD KS", 2_600),
    ("STEAM PURCHASE 425-952-2985 WA", 1_999),
    ("PARKMOBILE ### ATLANTA GA", 350),
    ("METRO TRANSIT TVM ####", 500),
    ("KY LOTTERY # #### COVINGTON KY", 1_000),
    ("LIQUOR CITY #### CINCINNATI OH", 2_700),
    ("GREAT CLIPS #### CINCINNATI OH", 2_200),
];

/// Draws an applicant's transactions.
struct Life {
    seed: Seed,
    as_of: i64,
    size: Size,
    lines: Vec<Line>,
}

impl Life {
    fn lines(mut self) -> Vec<Line> {
        for (times, account, amount, spread, text) in HABITS {
            let every = USUAL.days / times;
            let first = self.seed.below(every);
            for at in 0..times * self.size.days / USUAL.days {
                let amount = amount + self.seed.below(2 * spread + 1) - spread;
                let text = self.written(text);
                self.push(account, first + at * every, amount, text);
            }
        }
        for at in 0..12 * self.size.days / USUAL.days {
            // Both legs of a transfer between the two accounts; the savings bank posts its leg a day later, nearer to T.
            let (day, amount) = (2 + at * 14 + self.seed.below(7), 5_000 + 500 * self.seed.below(30));
            let amount = if at % 4 == 3 { -amount } else { amount };
            let out = self.written("ONLINE TRANSFER TO ALLY BANK SAV ...0926 TRANSACTION#: ###########");
            let into = self.written("ACH TRANSFER CHASE CHECKING ...4417 REF ########");
            self.push(CHECKING, day, -amount, out);
            self.push(SAVINGS, day - 1, amount, into);
        }
        while self.lines.len() < self.size.rows {
            // Some shops are visited daily, most seldom.
            let at = (self.seed.below(42) * self.seed.below(42)) / 42;
            let (text, price) = MERCHANTS[usize::try_from(at).unwrap()];
            let (day, amount) = (self.seed.below(self.size.days), price / 2 + self.seed.below(price));
            let text = self.written(text);
            self.push(CHECKING, day, -amount, text);
        }
        self.lines.sort_by_key(|line| (line.account, -line.transacted));
        self.lines
    }

    /// A row `age` days before T: most are posted by the bank's next night run, the newest are pending, and some are void.
    fn push(&mut self, account: usize, age: i64, amount: i64, description: String) {
        let transacted = self.as_of - 86_400 * (age + 1) + self.seed.below(80_000);
        let posted = transacted + 86_400 * self.seed.below(2) + 6_000;
        let is_void = self.seed.below(200) == 0;
        let (status, posted, void) = match posted < self.as_of {
            _ if is_void => (TransactionStatus::Void, None, Some(transacted + 3_600)),
            true => (TransactionStatus::Posted, Some(posted), None),
            false => (TransactionStatus::Pending, None, None),
        };
        let id = self.written("fctxn_1Q#A#b#C#d#E#f#G#h#J#");
        self.lines.push(Line { id, account, amount, description, status, transacted, posted, void });
    }

    /// A text with its digits drawn.
    fn written(&mut self, text: &str) -> String {
        let mut digit = |sign: char| if sign == '#' { self.seed.below(10).to_string() } else { sign.to_string() };
        text.chars().map(&mut digit).collect()
    }
}

/// A small generator of numbers (splitmix64).
struct Seed(u64);

impl Seed {
    /// A number from 0 to below `end`.
    fn below(&mut self, end: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        i64::try_from((z ^ (z >> 31)) >> 1).unwrap() % end
    }
}
