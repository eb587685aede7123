//! Who belongs together: applicants of one application, and holders of one account, directly or through others.

use std::collections::BTreeSet;

use cashline_core::{
    application::{Applicant, Application, ApplicationError},
    defect::{Defect, DefectKind, Source},
    row::{AccountRow, ApplicantRole, ApplicationRow, AsOf, BalanceRow},
};
use rustc_hash::FxHashMap;

use super::{
    AsOfRule, Refused, Tally,
    names::{Lists, Names},
    tables::Tables,
};

/// An application has no T and the run gives none.
#[derive(Debug)]
pub(super) struct NoAsOf;

/// Where the rows of an account go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// To a pool with an application.
    Pool(u32),
    /// Nowhere: its holder has no application.
    WithoutApplication,
    /// Nowhere: there is an accounts table and it does not list the account.
    Unlisted,
}

/// Pools, and the way from an account to its pool.
#[derive(Debug, Default)]
pub(super) struct Members {
    pub(super) refused: Vec<Refused>,
    /// The applications of each pool.
    pub(super) pools: Vec<Vec<Application>>,
    /// The accounts of each pool, by their index.
    pub(super) accounts_of: Lists,
    /// Its rows of `Tables::accounts`.
    pub(super) account_rows_of: Lists,
    /// Its rows of `Tables::balances`.
    pub(super) balance_rows_of: Lists,
    /// The ids of all accounts: the number of an id is its account's index.
    pub(super) ids: Names,
    /// Where the rows of each account go.
    pub(super) places: Vec<Place>,
    // The number of each account's holder: the least that any version names, else the account itself.
    holder_of: Vec<u32>,
    holders: Names,
    // By holder: the pool of each applicant of a usable application.
    pool_of: Vec<Option<u32>>,
    // By holder: whether an account of a pool is theirs.
    with_account: Vec<bool>,
    has_accounts: bool,
    // Without an applications table, T of the application that every new account makes.
    every_holder_at: Option<i64>,
}

impl Members {
    /// Joins applications and accounts.
    pub(super) fn join(tables: &Tables, rule: AsOfRule<'_>, tally: &mut Tally) -> Result<Members, NoAsOf> {
        let mut members = Members { has_accounts: tables.has_accounts, ..Members::default() };
        let pairs = account_holders(tables);
        let holders: Vec<Versions<'_>> = pairs.chunk_by(|a, b| a.0 == b.0).map(Versions).collect();
        let applications = if tables.has_applications {
            members.applications(tables, rule, tally)?
        } else {
            let as_of = rule.run.ok_or(NoAsOf)?;
            members.every_holder_at = Some(seconds(as_of, rule));
            let each: BTreeSet<&str> = holders.iter().map(|account| account.effective()).collect();
            each.into_iter().map(|holder| only_applicant(holder, seconds(as_of, rule))).collect()
        };
        tally.applications = (applications.len() + members.refused.len()) as u64;
        members.pool(applications, &holders);
        members.place_accounts(tables, &holders, tally);
        members.place_balances(tables, tally);
        Ok(members)
    }

    /// The usable applications; the others are refused and each of their rows is a defect.
    fn applications(
        &mut self,
        tables: &Tables,
        rule: AsOfRule<'_>,
        tally: &mut Tally,
    ) -> Result<Vec<Application>, NoAsOf> {
        let rows = tables.applications.iter::<ApplicationRow<'_>>().zip(0..);
        let mut order: Vec<(&str, &str, Source, u32)> =
            rows.map(|(row, at)| (row.application_id, row.applicant_id, row.source, at)).collect();
        order.sort_unstable();
        let mut usable = vec![];
        for group in order.chunk_by(|a, b| a.0 == b.0) {
            let rows: Vec<ApplicationRow<'_>> = group.iter().map(|key| tables.applications.get(key.3)).collect();
            if rule.run.is_none() && rows.iter().all(|row| row.as_of.is_none()) {
                return Err(NoAsOf);
            }
            match Application::from_rows(&rows, rule.run, rule.zone) {
                Ok(application) => usable.push(application),
                Err(error) => {
                    for row in &rows {
                        tally.defect(row.source.file, defect(row.source, error));
                    }
                    self.refused.push(Refused { application: least(&rows, rule), error });
                }
            }
        }
        Ok(usable)
    }

    /// Unites the applicants of each application and the holders of each account, and makes a pool of each united set that
    /// has an application.
    fn pool(&mut self, applications: Vec<Application>, accounts: &[Versions<'_>]) {
        let mut sets = Sets::default();
        for application in &applications {
            let first = sets.number(&application.applicants[0].id);
            for applicant in &application.applicants[1..] {
                let other = sets.number(&applicant.id);
                sets.unite(first, other);
            }
        }
        for account in accounts {
            let first = sets.number(account.effective());
            for holder in account.holders() {
                let other = sets.number(holder);
                sets.unite(first, other);
            }
        }
        let mut by_root: FxHashMap<u32, u32> = FxHashMap::default();
        for application in applications {
            let number = sets.number(&application.applicants[0].id);
            let root = sets.root(number);
            let pool = *by_root.entry(root).or_insert_with(|| new_pool(&mut self.pools));
            self.pools[pool as usize].push(application);
        }
        self.pool_of = (0..sets.names.len()).map(|number| by_root.get(&sets.root(number)).copied()).collect();
        self.holders = sets.names;
        self.with_account = vec![false; self.pool_of.len()];
    }

    fn place_accounts(&mut self, tables: &Tables, versions: &[Versions<'_>], tally: &mut Tally) {
        for account in versions {
            let holder = account.effective();
            if account.holders().next().is_none() {
                tally.accounts_without_holder += 1;
            }
            let place = match self.pool_of_holder(holder) {
                Some(pool) => Place::Pool(pool),
                None => {
                    tally.accounts_without_application += 1;
                    Place::WithoutApplication
                }
            };
            self.add(account.id(), holder, place);
            if place != Place::WithoutApplication {
                account.holders().for_each(|holder| self.has_account(holder));
            }
        }
        tally.accounts = versions.len() as u64;
        for (row, account) in (0..).zip(tables.accounts.iter::<AccountRow<'_>>()) {
            // An event may speak of an account that no table lists.
            if let Some(Place::Pool(pool)) = self.place(account.id) {
                self.account_rows_of.push(pool, row);
            }
        }
    }

    fn place_balances(&mut self, tables: &Tables, tally: &mut Tally) {
        for (row, balance) in (0..).zip(tables.balances.iter::<BalanceRow<'_>>()) {
            let account = self.account(balance.account);
            match self.places[account as usize] {
                Place::Pool(pool) => {
                    self.balance_rows_of.push(pool, row);
                    tally.balances_pooled += 1;
                }
                Place::WithoutApplication => tally.balances_without_application += 1,
                Place::Unlisted => tally.balances_of_unlisted_accounts += 1,
            }
        }
    }

    /// The account of that id; one that no table lists gets its place here.
    pub(super) fn account(&mut self, id: &str) -> u32 {
        if let Some(index) = self.ids.number(id) {
            return index;
        }
        let place = match (self.has_accounts, self.pool_of_holder(id), self.every_holder_at) {
            (true, ..) => Place::Unlisted,
            (false, Some(pool), _) => Place::Pool(pool),
            (false, None, Some(as_of)) => {
                let pool = new_pool(&mut self.pools);
                self.pools[pool as usize].push(only_applicant(id, as_of));
                let holder = self.holder_number(id);
                self.pool_of[holder as usize] = Some(pool);
                Place::Pool(pool)
            }
            (false, None, None) => Place::WithoutApplication,
        };
        self.add(id, id, place)
    }

    /// Where the rows of an account go; `None` when no row has named it.
    pub(super) fn place(&self, id: &str) -> Option<Place> {
        self.ids.number(id).map(|index| self.places[index as usize])
    }

    /// The holder of an account, its own id when none is known.
    pub(super) fn holder<'a>(&'a self, id: &'a str) -> &'a str {
        self.ids.number(id).map_or(id, |index| self.holders.get(self.holder_of[index as usize]))
    }

    fn add(&mut self, id: &str, holder: &str, place: Place) -> u32 {
        let index = self.ids.add(id);
        let number = self.holder_number(holder);
        self.places.push(place);
        self.holder_of.push(number);
        debug_assert_eq!(
            (self.ids.len() as usize, index),
            (self.places.len(), self.ids.len() - 1),
            "an id is added once"
        );
        if let Place::Pool(pool) = place {
            self.accounts_of.push(pool, index);
            self.with_account[number as usize] = true;
        }
        index
    }

    fn pool_of_holder(&self, holder: &str) -> Option<u32> {
        self.pool_of[self.holders.number(holder)? as usize]
    }

    /// Notes that an account of a pool is theirs.
    fn has_account(&mut self, holder: &str) {
        let number = self.holder_number(holder);
        self.with_account[number as usize] = true;
    }

    fn holder_number(&mut self, holder: &str) -> u32 {
        let number = self.holders.add(holder);
        self.pool_of.resize(self.holders.len() as usize, None);
        self.with_account.resize(self.holders.len() as usize, false);
        number
    }

    /// Completes the tally with what is known only after the last row.
    pub(super) fn conclude(&self, tally: &mut Tally) {
        let applications = || self.pools.iter().flatten();
        let has_account =
            |holder: &str| self.holders.number(holder).is_some_and(|number| self.with_account[number as usize]);
        let without =
            |application: &&Application| !application.applicants.iter().any(|applicant| has_account(&applicant.id));
        tally.applications = (applications().count() + self.refused.len()) as u64;
        tally.applications_without_accounts = applications().filter(without).count() as u64;
        let missing = |id: &&String| self.place(id).is_none_or(|place| place == Place::Unlisted);
        let consented = applications().flat_map(|application| &application.applicants);
        tally.consented_accounts_missing =
            consented.flat_map(|applicant| &applicant.account_ids).filter(missing).count() as u64;
        let at = |wanted: Place| self.places.iter().filter(|place| **place == wanted).count() as u64;
        tally.accounts_unlisted = at(Place::Unlisted);
        if !self.has_accounts {
            tally.accounts_without_application = at(Place::WithoutApplication);
            tally.accounts = self.places.len() as u64;
        }
    }
}

/// The versions of one account: its id with each holder that a version names, ascending, without repeats; never empty.
#[derive(Clone, Copy)]
struct Versions<'a>(&'a [(&'a str, Option<&'a str>)]);

impl<'a> Versions<'a> {
    fn id(self) -> &'a str {
        self.0[0].0
    }

    /// Nulls left out.
    fn holders(self) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter_map(|pair| pair.1)
    }

    fn effective(self) -> &'a str {
        self.holders().next().unwrap_or(self.id())
    }
}

/// The accounts of the accounts table with their holders, ascending by id.
fn account_holders(tables: &Tables) -> Vec<(&str, Option<&str>)> {
    // An event without a body lists no account: it says something of one that a table lists.
    let bodies = tables.accounts.iter::<AccountRow<'_>>().filter(|account| account.change.is_none());
    let mut pairs: Vec<(&str, Option<&str>)> = bodies.map(|account| (account.id, account.holder)).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

fn new_pool(pools: &mut Vec<Vec<Application>>) -> u32 {
    pools.push(vec![]);
    u32::try_from(pools.len() - 1).expect("fewer than four billion pools")
}

fn seconds(as_of: AsOf, rule: AsOfRule<'_>) -> i64 {
    match as_of {
        AsOf::Date(day) => rule.zone.midnight(day),
        AsOf::Instant(seconds) => seconds,
    }
}

/// The application of a holder when no table names applications.
fn only_applicant(holder: &str, as_of: i64) -> Application {
    let applicant = Applicant { id: holder.to_owned(), role: ApplicantRole::Primary, account_ids: vec![] };
    Application {
        application_id: holder.to_owned(),
        applicants: vec![applicant],
        as_of,
        requested_amount: None,
        term_months: None,
        instalment_amount: None,
        stated_income: None,
        currency: None,
        extras: vec![],
    }
}

/// What is left of an application whose rows contradict each other: its applicants, and the earliest T.
fn least(rows: &[ApplicationRow<'_>], rule: AsOfRule<'_>) -> Application {
    let times = rows.iter().filter_map(|row| row.as_of).map(|as_of| seconds(as_of, rule));
    let as_of = times.min().or(rule.run.map(|as_of| seconds(as_of, rule))).unwrap_or(0);
    let mut applicants: Vec<Applicant> = rows
        .iter()
        .map(|row| Applicant { id: row.applicant_id.to_owned(), role: row.role, account_ids: vec![] })
        .collect();
    applicants.sort_by(|a, b| (&a.id, a.role).cmp(&(&b.id, b.role)));
    applicants.dedup_by(|later, first| later.id == first.id);
    Application { applicants, ..only_applicant(rows[0].application_id, as_of) }
}

fn defect(source: Source, error: ApplicationError) -> Defect {
    let (column, kind) = match error {
        ApplicationError::Disagree { field } => (field, DefectKind::ConflictingApplication),
        ApplicationError::SameApplicant => ("applicant_id", DefectKind::ConflictingApplication),
        _ => ("application_id", DefectKind::OutOfRange),
    };
    Defect { source, column: column.to_owned(), kind, account: None }
}

/// Disjoint sets of names.
#[derive(Default)]
struct Sets {
    names: Names,
    parents: Vec<u32>,
}

impl Sets {
    fn number(&mut self, name: &str) -> u32 {
        let number = self.names.add(name);
        if self.parents.len() == number as usize {
            self.parents.push(number);
        }
        number
    }

    /// Halves the path on the way, so that later walks are short.
    fn root(&mut self, mut number: u32) -> u32 {
        while self.parents[number as usize] != number {
            let grandparent = self.parents[self.parents[number as usize] as usize];
            self.parents[number as usize] = grandparent;
            number = grandparent;
        }
        number
    }

    fn unite(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.parents[a.max(b) as usize] = a.min(b);
    }
}
