//! Applications for the oracle: as the engine answers them, and as rows and facts for polars.

use std::collections::BTreeMap;

use cashline_core::{
    application::Application,
    category::{
        categoriser::Categoriser,
        label::{Purpose, Role},
        rule::RuleInfo,
    },
    engine::{Engine, Session},
    history::{History, HistoryBuilder},
    ledger::{Ledger, NoLedger, Scope, TransactionAccess},
    row::{AccountCategory, AccountSubcategory, ApplicationRow, Row},
    time::Zone,
    value::{Missing, Outcome},
};
use cashline_synth::{Case, Preset, Spec, case, cases};

use super::frame::Rows;

/// What is known of an application besides its rows.
#[derive(Debug)]
pub struct Facts {
    /// T's day: the first that no window holds.
    pub end: i32,
    /// Days before T that the data covers.
    pub covered: Result<i32, Missing>,
}

impl Facts {
    fn of(ledger: &Ledger) -> Facts {
        let end = i32::try_from((ledger.as_of - 1).div_euclid(86_400) + 1).unwrap();
        let deposits: Vec<_> = ledger
            .accounts
            .iter()
            .filter(|account| account.scope == Scope::Deposit && account.currency == ledger.currency)
            .collect();
        let open: Vec<_> = deposits.iter().filter(|account| account.access == TransactionAccess::Complete).collect();
        let first = open.iter().filter_map(|account| account.first_day).min();
        let covered = match first {
            _ if deposits.is_empty() => Err(Missing::NotApplicable),
            _ if open.is_empty() => Err(Missing::NotPermitted),
            None => Err(Missing::NotEnoughHistory),
            Some(first) => Ok(end - ledger.covered_from.map_or(first, |from| from.min(first)).0),
        };
        Facts { end, covered }
    }
}

/// Applications as the engine answers them and as polars is given them.
pub struct Sample<'e> {
    pub engine: &'e Engine,
    pub session: Session,
    pub rows: Rows,
    pub facts: Vec<Facts>,
    pub outcomes: Vec<Vec<Outcome>>,
    pub names: Vec<String>,
}

impl<'e> Sample<'e> {
    pub fn new(engine: &'e Engine) -> Sample<'e> {
        let (facts, outcomes, names) = (vec![], vec![], vec![]);
        Sample { engine, session: engine.session(), rows: Rows::default(), facts, outcomes, names }
    }

    pub fn of_cases(engine: &'e Engine, specs: &[Spec]) -> Sample<'e> {
        let mut sample = Sample::new(engine);
        let texts = Texts::of(engine.categoriser());
        for (place, mut case) in specs.iter().flat_map(cases).enumerate() {
            if place % 2 == 1 {
                vary(&mut case, &texts);
            }
            // T is midnight, or within a day whose earlier rows count.
            sample.add_case(&case, [0, 0, 39_600][place % 3]);
        }
        sample
    }

    pub fn add_case(&mut self, case: &Case, seconds_later: i64) {
        let mut rows = HistoryBuilder::new();
        let mut applications: Vec<ApplicationRow<'_>> = vec![];
        for row in case.rows() {
            match row {
                Row::Application(row) => applications.push(row),
                other => rows.push(&other),
            }
        }
        let mut application = Application::from_rows(&applications, None, &Zone::utc()).unwrap();
        application.as_of += seconds_later;
        let history = self.engine.history(&mut self.session, rows);
        self.add(&history, &application);
    }

    pub fn add(&mut self, history: &History, application: &Application) {
        let place = u32::try_from(self.names.len()).unwrap();
        let zone = self.engine.zone();
        assert_eq!(*zone, Zone::utc(), "days are reckoned in UTC here");
        self.facts.push(match self.engine.ledger(history, application) {
            Ok(ledger) => {
                let facts = Facts::of(&ledger);
                self.rows.push(place, facts.end, &ledger, history, self.engine.categoriser().taxonomy());
                facts
            }
            Err(NoLedger::NoAccounts) => Facts { end: 0, covered: Err(Missing::NotApplicable) },
            Err(NoLedger::NothingVisible) => Facts { end: 0, covered: Err(Missing::NotEnoughHistory) },
            Err(none) => panic!("{none}"),
        });
        self.outcomes.push(self.engine.attributes(&mut self.session, history, application));
        self.names.push(application.application_id.clone());
    }
}

/// 200 applications of all populations, most with more than a year of history, with T on many days of the month.
pub fn two_hundred() -> Vec<Spec> {
    let spec = |preset, applications, days| Spec {
        preset,
        days,
        spread_days: 300,
        couple_share: 0.15,
        relink_share: 0.1,
        ..Spec::new(20_261_125, applications)
    };
    vec![
        spec(Preset::Mixed, 70, 430),
        spec(Preset::SubprimeGig, 45, 400),
        spec(Preset::Smb, 45, 400),
        spec(Preset::Prime, 20, 180),
        spec(Preset::Thin, 20, 180),
    ]
}

/// The examples of all rules, by the purpose and the role that they decide; those of money coming in and those of money going out.
struct Texts {
    inflow: Vec<Vec<String>>,
    outflow: Vec<Vec<String>>,
}

impl Texts {
    fn of(categoriser: &Categoriser) -> Texts {
        let by = |purpose: fn(&RuleInfo) -> Option<Purpose>| {
            let mut texts: BTreeMap<(Purpose, Option<Role>), Vec<String>> = BTreeMap::new();
            for (_, rule) in categoriser.rules() {
                if let Some(purpose) = purpose(rule) {
                    texts.entry((purpose, rule.role)).or_default().extend(rule.examples.iter().cloned());
                }
            }
            texts.into_values().filter(|texts| !texts.is_empty()).collect()
        };
        Texts { inflow: by(|rule| rule.inflow), outflow: by(|rule| rule.outflow) }
    }

    /// A text for a row; rows of the same amount have the same, so that all versions of a row agree.
    fn pick(&self, amount: i64) -> &str {
        let purposes = if 0 < amount { &self.inflow } else { &self.outflow };
        let size = usize::try_from(amount.unsigned_abs()).unwrap() / 6;
        let texts = &purposes[size % purposes.len()];
        &texts[size / purposes.len() % texts.len()]
    }
}

/// What generated cases lack: rows posted on weekends, by moving everything three days; amounts of whole thousands; and the
/// purposes that no generated life has.
fn vary(case: &mut Case, texts: &Texts) {
    let later = 3 * 86_400;
    case.applications.iter_mut().for_each(|application| application.as_of = application.as_of.plus(3));
    case.accounts.iter_mut().flat_map(|account| &mut account.balance).for_each(|balance| balance.as_of += later);
    for row in &mut case.transactions {
        row.transacted_at += later;
        row.updated += later;
        [&mut row.posted_at, &mut row.void_at].into_iter().flatten().for_each(|time| *time += later);
        if row.amount % 6 == 0 {
            texts.pick(row.amount).clone_into(&mut row.description);
        }
        if row.amount % 40 == 0 {
            row.amount = row.amount.signum() * 200_000;
        }
    }
}

/// Applications of which nothing can be said, each for another cause.
pub fn bare_cases() -> [Case; 5] {
    let whole = case(&Spec { preset: Preset::Prime, ..Spec::new(3, 1) }, 0);
    let with = |change: fn(&mut Case)| {
        let mut bare = whole.clone();
        change(&mut bare);
        bare
    };
    [
        with(|bare| bare.accounts.clear()),
        with(|bare| bare.retain(|_| false)),
        with(|bare| {
            bare.retain(|_| false);
            bare.accounts.iter_mut().for_each(|account| account.permissions.transactions = false);
        }),
        with(|bare| {
            bare.retain(|_| false);
            bare.accounts.iter_mut().for_each(|account| account.balance = None);
        }),
        with(|bare| {
            for account in &mut bare.accounts {
                (account.category, account.subcategory) = (AccountCategory::Credit, AccountSubcategory::CreditCard);
            }
        }),
    ]
}
