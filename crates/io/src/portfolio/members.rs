//! Who belongs together: applicants of one application, and holders of one account, directly or through others.

use std::collections::{BTreeMap, BTreeSet};

use cashline_core::{
    application::{Applicant, Application, ApplicationError},
    defect::{Defect, DefectKind, Source},
    row::{AccountChange, ApplicantRole, ApplicationRow, AsOf},
};
use rustc_hash::FxHashMap;

use super::{
    AsOfRule, Refused, Tally,
    tables::{OwnedApplication, Tables},
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

/// What a pool consists of, besides transactions.
#[derive(Debug, Default)]
pub(super) struct PoolMembers {
    pub(super) applications: Vec<Application>,
    /// Accounts by their index in `Members`.
    pub(super) accounts: Vec<u32>,
    /// Rows of `Tables::accounts`.
    pub(super) account_rows: Vec<u32>,
    /// Rows of `Tables::balances`.
    pub(super) balance_rows: Vec<u32>,
}

#[derive(Debug)]
pub(super) struct Account {
    pub(super) id: Box<str>,
    /// The least holder that any version names, else the account itself.
    pub(super) holder: Box<str>,
    pub(super) place: Place,
}

/// Pools, and the way from an account to its pool.
#[derive(Debug, Default)]
pub(super) struct Members {
    pub(super) refused: Vec<Refused>,
    pub(super) pools: Vec<PoolMembers>,
    pub(super) accounts: Vec<Account>,
    by_account: FxHashMap<Box<str>, u32>,
    // The pool of each applicant of a usable application.
    by_holder: FxHashMap<Box<str>, u32>,
    // Holders of some account, among the applicants.
    with_account: BTreeSet<Box<str>>,
    has_accounts: bool,
    // Without an applications table, T of the application that every new account makes.
    every_holder_at: Option<i64>,
}

impl Members {
    /// Joins applications and accounts.
    pub(super) fn join(tables: &Tables, rule: AsOfRule<'_>, tally: &mut Tally) -> Result<Members, NoAsOf> {
        let mut members = Members { has_accounts: tables.has_accounts, ..Members::default() };
        let holders = account_holders(tables);
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
        let mut order: Vec<&OwnedApplication> = tables.applications.iter().collect();
        order.sort_by(|a, b| {
            (&a.application_id, &a.applicant_id, a.source).cmp(&(&b.application_id, &b.applicant_id, b.source))
        });
        let mut usable = vec![];
        for group in order.chunk_by(|a, b| a.application_id == b.application_id) {
            if rule.run.is_none() && group.iter().all(|row| row.as_of.is_none()) {
                return Err(NoAsOf);
            }
            let rows: Vec<ApplicationRow<'_>> = group.iter().map(|row| row.row()).collect();
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
            for holder in &account.holders {
                let other = sets.number(holder);
                sets.unite(first, other);
            }
        }
        let mut by_root: FxHashMap<u32, u32> = FxHashMap::default();
        for application in applications {
            let number = sets.number(&application.applicants[0].id);
            let root = sets.root(number);
            let pool = *by_root.entry(root).or_insert_with(|| new_pool(&mut self.pools));
            self.pools[pool as usize].applications.push(application);
        }
        for number in 0..sets.names.len() {
            let number = u32::try_from(number).expect("numbered by u32");
            let root = sets.root(number);
            if let Some(pool) = by_root.get(&root) {
                self.by_holder.insert(sets.names[number as usize].clone(), *pool);
            }
        }
    }

    fn place_accounts(&mut self, tables: &Tables, versions: &[Versions<'_>], tally: &mut Tally) {
        for account in versions {
            let holder = account.effective();
            if account.holders.is_empty() {
                tally.accounts_without_holder += 1;
            }
            let place = match self.by_holder.get(holder) {
                Some(pool) => Place::Pool(*pool),
                None => {
                    tally.accounts_without_application += 1;
                    Place::WithoutApplication
                }
            };
            let index = self.add(account.id, holder, place);
            if place != Place::WithoutApplication {
                for holder in &account.holders {
                    self.with_account.insert((*holder).into());
                }
            }
            debug_assert_eq!(self.by_account.get(account.id), Some(&index));
        }
        tally.accounts = versions.len() as u64;
        for (row, account) in tables.accounts.iter().enumerate() {
            let row = u32::try_from(row).expect("fewer than four billion accounts");
            // An event may speak of an account that no table lists.
            let Some(index) = self.by_account.get(&account.id) else { continue };
            if let Place::Pool(pool) = self.accounts[*index as usize].place {
                self.pools[pool as usize].account_rows.push(row);
            }
        }
        self.place_authorizations(tables, tally);
    }

    /// Gives what was said of an authorisation to the pools of the accounts that name it.
    fn place_authorizations(&mut self, tables: &Tables, tally: &mut Tally) {
        let is_event = |change: Option<AccountChange>| matches!(change, Some(AccountChange::Authorization { .. }));
        if !tables.accounts.iter().any(|account| is_event(account.change)) {
            return;
        }
        let mut named: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
        for account in &tables.accounts {
            let Some(authorization) = &account.authorization else { continue };
            let pools = named.entry(authorization).or_default();
            if let Some(Place::Pool(pool)) = self.place(&account.id) {
                pools.insert(pool);
            }
        }
        for (row, event) in (0_u32..).zip(&tables.accounts).filter(|(_, account)| is_event(account.change)) {
            match named.get(&*event.id) {
                Some(pools) => pools.iter().for_each(|pool| self.pools[*pool as usize].account_rows.push(row)),
                None => *tally.ignored.entry("authorization of no account").or_default() += 1,
            }
        }
    }

    fn place_balances(&mut self, tables: &Tables, tally: &mut Tally) {
        for (row, balance) in tables.balances.iter().enumerate() {
            let row = u32::try_from(row).expect("fewer than four billion balances");
            let account = self.account(&balance.account);
            match self.accounts[account as usize].place {
                Place::Pool(pool) => {
                    self.pools[pool as usize].balance_rows.push(row);
                    tally.balances_pooled += 1;
                }
                Place::WithoutApplication => tally.balances_without_application += 1,
                Place::Unlisted => tally.balances_of_unlisted_accounts += 1,
            }
        }
    }

    /// The account of that id; one that no table lists gets its place here.
    pub(super) fn account(&mut self, id: &str) -> u32 {
        if let Some(index) = self.by_account.get(id) {
            return *index;
        }
        let place = match (self.has_accounts, self.by_holder.get(id), self.every_holder_at) {
            (true, ..) => Place::Unlisted,
            (false, Some(pool), _) => Place::Pool(*pool),
            (false, None, Some(as_of)) => {
                let pool = new_pool(&mut self.pools);
                self.pools[pool as usize].applications.push(only_applicant(id, as_of));
                self.by_holder.insert(id.into(), pool);
                Place::Pool(pool)
            }
            (false, None, None) => Place::WithoutApplication,
        };
        self.add(id, id, place)
    }

    /// Where the rows of an account go; `None` when no row has named it.
    pub(super) fn place(&self, id: &str) -> Option<Place> {
        self.by_account.get(id).map(|index| self.accounts[*index as usize].place)
    }

    /// The holder of an account, its own id when none is known.
    pub(super) fn holder<'a>(&'a self, id: &'a str) -> &'a str {
        self.by_account.get(id).map_or(id, |index| &*self.accounts[*index as usize].holder)
    }

    fn add(&mut self, id: &str, holder: &str, place: Place) -> u32 {
        let index = u32::try_from(self.accounts.len()).expect("fewer than four billion accounts");
        self.accounts.push(Account { id: id.into(), holder: holder.into(), place });
        self.by_account.insert(id.into(), index);
        if let Place::Pool(pool) = place {
            self.pools[pool as usize].accounts.push(index);
            self.with_account.insert(holder.into());
        }
        index
    }

    /// Completes the tally with what is known only after the last row.
    pub(super) fn conclude(&self, tally: &mut Tally) {
        let applications = || self.pools.iter().flat_map(|pool| &pool.applications);
        let without = |application: &&Application| {
            !application.applicants.iter().any(|applicant| self.with_account.contains(applicant.id.as_str()))
        };
        tally.applications = (applications().count() + self.refused.len()) as u64;
        tally.applications_without_accounts = applications().filter(without).count() as u64;
        let missing = |id: &&String| match self.by_account.get(id.as_str()) {
            Some(index) => self.accounts[*index as usize].place == Place::Unlisted,
            None => true,
        };
        let consented = applications().flat_map(|application| &application.applicants);
        tally.consented_accounts_missing =
            consented.flat_map(|applicant| &applicant.account_ids).filter(missing).count() as u64;
        tally.accounts_unlisted =
            self.accounts.iter().filter(|account| account.place == Place::Unlisted).count() as u64;
        if !self.has_accounts {
            let orphans = self.accounts.iter().filter(|account| account.place == Place::WithoutApplication);
            tally.accounts_without_application = orphans.count() as u64;
            tally.accounts = self.accounts.len() as u64;
        }
    }
}

/// The versions of one account.
struct Versions<'a> {
    id: &'a str,
    /// Ascending, without repeats, nulls left out.
    holders: Vec<&'a str>,
}

impl Versions<'_> {
    fn effective(&self) -> &str {
        self.holders.first().copied().unwrap_or(self.id)
    }
}

/// The accounts of the accounts table, ascending by id.
fn account_holders(tables: &Tables) -> Vec<Versions<'_>> {
    // An event without a body lists no account: it says something of one that a table lists.
    let bodies = tables.accounts.iter().filter(|account| account.change.is_none());
    let mut pairs: Vec<(&str, Option<&str>)> =
        bodies.map(|account| (&*account.id, account.holder.as_deref())).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let groups = pairs.chunk_by(|a, b| a.0 == b.0);
    groups.map(|group| Versions { id: group[0].0, holders: group.iter().filter_map(|pair| pair.1).collect() }).collect()
}

fn new_pool(pools: &mut Vec<PoolMembers>) -> u32 {
    pools.push(PoolMembers::default());
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
    names: Vec<Box<str>>,
    numbers: FxHashMap<Box<str>, u32>,
    parents: Vec<u32>,
}

impl Sets {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).expect("fewer than four billion holders");
        self.names.push(name.into());
        self.numbers.insert(name.into(), number);
        self.parents.push(number);
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
