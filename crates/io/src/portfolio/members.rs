//! Who belongs together: applicants of one application, and holders of one account, directly or through others.

use std::collections::{BTreeMap, BTreeSet};

use cashline_core::{
    application::{Applicant, Application, ApplicationError},
    defect::{Defect, DefectKind, Source, Whose},
    row::{AccountChange, ApplicantRole, ApplicationRow, AsOf},
};

use super::{
    AsOfRule, Refused, Tally,
    names::Chains,
    tables::{AccountRecord, BalanceRecord, Tables, Words},
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
    /// Nowhere: no version of it names a holder, and no applicant is named by such an account. Whose it is, nobody can say.
    WithoutHolder,
    /// Nowhere: there is an accounts table and it does not list the account.
    Unlisted,
    /// Only an event or a doubt speaks of it so far.
    Unnamed,
}

/// Stands for no pool.
const NO_POOL: u32 = u32::MAX;

/// Pools, and the way from an account to its pool.
#[derive(Debug, Default)]
pub(super) struct Members {
    pub(super) refused: Vec<Refused>,
    /// The latest T of all applications, the refused ones among them.
    pub(super) latest: Option<i64>,
    /// How many pools there are.
    pub(super) pools: u32,
    /// The accounts of each pool, by their number.
    pub(super) accounts_of: Chains,
    // Its rows of `Tables::accounts` and of `Tables::balances`; rows that belong to several pools apart.
    account_rows_of: Chains,
    authorizations_of: BTreeMap<u32, Vec<u32>>,
    pub(super) balance_rows_of: Chains,
    /// Accounts of each pool a row of which was set aside, with the holder that it names.
    pub(super) set_aside_of: BTreeMap<u32, BTreeSet<(u32, u32)>>,
    /// Accounts and holders by number.
    pub(super) words: Words,
    /// Where the rows of each account go.
    pub(super) places: Vec<Place>,
    // By account: its holder, the least that any version names, else the account itself.
    holder_of: Vec<u32>,
    // By holder: the pool of each applicant of a usable application, and whether an account of a pool is theirs.
    pool_of: Vec<u32>,
    with_account: Vec<bool>,
    has_accounts: bool,
    applications: Applications,
}

/// The usable applications, by number: made again of their rows when they are asked for, which take a fifth of the memory.
#[derive(Debug, Default)]
struct Applications {
    // Rows of `Tables::applications`, those of one application together, and where each application's end.
    rows: Vec<u32>,
    ends: Vec<u32>,
    // The holder that is the first applicant.
    first: Vec<u32>,
    // The applications of each pool.
    of_pool: Chains,
    // Without an applications table, T of the application that every account's holder makes.
    every_holder_at: Option<i64>,
}

impl Applications {
    fn get(&self, number: u32, tables: &Tables, words: &Words, rule: AsOfRule<'_>) -> Application {
        let at = number as usize;
        let holder = || words.holders.get(self.first[at]);
        if let Some(as_of) = self.every_holder_at {
            return only_applicant(holder(), as_of);
        }
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        let rows = self.rows[start..self.ends[at] as usize].iter().map(|row| tables.applications.get(*row));
        let rows: Vec<ApplicationRow<'_>> = rows.collect();
        Application::from_rows(&rows, rule.run, rule.zone).expect("was made of the same rows before")
    }
}

impl Members {
    /// Joins applications and accounts.
    pub(super) fn join(tables: &mut Tables, rule: AsOfRule<'_>, tally: &mut Tally) -> Result<Members, NoAsOf> {
        let words = std::mem::take(&mut tables.words);
        let mut members = Members { has_accounts: tables.has_accounts, words, ..Members::default() };
        let listed = members.listed(tables);
        let mut sets = Sets::default();
        if tables.has_applications {
            members.read_applications(tables, rule, &mut sets, tally)?;
        } else {
            let as_of = rule.run.ok_or(NoAsOf)?;
            members.latest = Some(seconds(as_of, rule));
            members.applications.every_holder_at = members.latest;
            // Whoever held an account once is an application too: which of its holders holds it at T, the history says.
            let holders = listed.iter().flat_map(|account| account.others.iter().chain([&account.holder]));
            let mut each: Vec<u32> = holders.copied().collect();
            let names = &members.words.holders;
            each.sort_unstable_by(|a, b| names.get(*a).cmp(names.get(*b)));
            each.dedup();
            members.applications.first = each;
        }
        tally.applications = (members.applications.first.len() + members.refused.len()) as u64;
        members.pool(&mut sets, &listed);
        members.place_accounts(tables, &listed, tally);
        members.place_balances(tables, tally);
        Ok(members)
    }

    /// The accounts of the accounts table, each with the holders that its versions name.
    fn listed(&mut self, tables: &Tables) -> Vec<Listed> {
        // An event without a body lists no account: it says something of one that a table lists.
        let bodies = tables.accounts.iter::<AccountRecord<'_>>().filter(|account| account.row.change.is_none());
        let mut pairs: Vec<(u32, Option<u32>)> =
            bodies.filter_map(|account| Some((account.id?, account.holder))).collect();
        // An account whose row was set aside is its holder's all the same, and puts his applications in doubt.
        pairs.extend(tables.holders_set_aside.iter().map(|(account, holder)| (*account, Some(*holder))));
        pairs.sort_unstable();
        pairs.dedup();
        let mut listed = vec![];
        for versions in pairs.chunk_by(|a, b| a.0 == b.0) {
            let names = &self.words.holders;
            let holders = || versions.iter().filter_map(|(_, holder)| *holder);
            let account = versions[0].0;
            let holder = match holders().min_by(|a, b| names.get(*a).cmp(names.get(*b))) {
                Some(least) => least,
                None => self.words.holders.add(self.words.accounts.get(account)),
            };
            let others = holders().filter(|other| *other != holder).collect();
            listed.push(Listed { account, holder, others, is_named: holders().next().is_some() });
        }
        listed
    }

    /// Reads the usable applications and unites their applicants; the others are refused and each of their rows is a defect.
    fn read_applications(
        &mut self,
        tables: &Tables,
        rule: AsOfRule<'_>,
        sets: &mut Sets,
        tally: &mut Tally,
    ) -> Result<(), NoAsOf> {
        let rows = tables.applications.iter::<ApplicationRow<'_>>().zip(0..);
        let mut order: Vec<(&str, &str, Source, u32)> =
            rows.map(|(row, at)| (row.application_id, row.applicant_id, row.source, at)).collect();
        order.sort_unstable();
        for group in order.chunk_by(|a, b| a.0 == b.0) {
            let rows: Vec<ApplicationRow<'_>> = group.iter().map(|key| tables.applications.get(key.3)).collect();
            if rule.run.is_none() && rows.iter().all(|row| row.as_of.is_none()) {
                return Err(NoAsOf);
            }
            let id = rows[0].application_id;
            if let Some(others) = tables.applications_set_aside.get(id) {
                self.refuse_set_aside(id, others, &rows, rule);
                continue;
            }
            match Application::from_rows(&rows, rule.run, rule.zone) {
                Ok(application) => {
                    self.latest = self.latest.max(Some(application.as_of));
                    let first = self.words.holders.add(&application.applicants[0].id);
                    for applicant in &application.applicants[1..] {
                        sets.unite(first, self.words.holders.add(&applicant.id));
                    }
                    let applications = &mut self.applications;
                    applications.rows.extend(group.iter().map(|key| key.3));
                    applications.ends.push(number(applications.rows.len()));
                    applications.first.push(first);
                }
                Err(error) => {
                    for row in &rows {
                        tally.defect(row.source.file, defect(row.source, error));
                    }
                    self.refuse(least(id, &rows, &BTreeSet::new(), rule), error);
                }
            }
        }
        let is_left = |id: &str| order.binary_search_by(|key| key.0.cmp(id)).is_err();
        for (id, applicants) in tables.applications_set_aside.iter().filter(|(id, _)| is_left(id)) {
            self.refuse_set_aside(id, applicants, &[], rule);
        }
        Ok(())
    }

    /// Refuses an application of which a row was set aside; that row is listed already.
    fn refuse_set_aside(
        &mut self,
        id: &str,
        others: &BTreeSet<Box<str>>,
        rows: &[ApplicationRow<'_>],
        rule: AsOfRule<'_>,
    ) {
        self.refuse(least(id, rows, others, rule), ApplicationError::SetAside);
    }

    fn refuse(&mut self, application: Application, error: ApplicationError) {
        self.latest = self.latest.max(Some(application.as_of));
        self.refused.push(Refused { application, error });
    }

    /// Unites the holders of each account, as the applicants of each application are, and makes a pool of each united set that
    /// has an application.
    fn pool(&mut self, sets: &mut Sets, accounts: &[Listed]) {
        for account in accounts {
            account.others.iter().for_each(|other| sets.unite(account.holder, *other));
        }
        let holders = self.words.holders.len();
        let mut of_root = vec![NO_POOL; holders as usize];
        let mut pools = vec![];
        for first in &self.applications.first {
            let root = &mut of_root[sets.root(*first) as usize];
            if *root == NO_POOL {
                *root = self.pools;
                self.pools += 1;
            }
            pools.push(*root);
        }
        // A list begins with what came last.
        for (application, pool) in (0..number(pools.len())).zip(&pools).rev() {
            self.applications.of_pool.push(*pool, application);
        }
        self.pool_of = (0..holders).map(|holder| of_root[sets.root(holder) as usize]).collect();
        self.with_account = vec![false; holders as usize];
    }

    /// Whether applications name applicants by accounts without a holder. Then each such account is its own applicant, as in
    /// exports that never have holders, and one that nobody names has not applied.
    fn is_account_own_applicant(&self, listed: &[Listed]) -> bool {
        let refused = self.refused.iter().flat_map(|refused| &refused.application.applicants);
        let refused: BTreeSet<u32> = refused.filter_map(|applicant| self.words.holders.number(&applicant.id)).collect();
        let mut unheld = listed.iter().filter(|account| !account.is_named).map(|account| account.holder);
        unheld.any(|holder| self.pool_of[holder as usize] != NO_POOL || refused.contains(&holder))
    }

    fn place_accounts(&mut self, tables: &Tables, listed: &[Listed], tally: &mut Tally) {
        let is_own_applicant = self.is_account_own_applicant(listed);
        for Listed { account, holder, others, is_named } in listed {
            tally.accounts_without_holder += u64::from(!is_named);
            match self.pool_of[*holder as usize] {
                NO_POOL => {
                    tally.accounts_without_application += 1;
                    tally.accounts_of_nobody += u64::from(!is_named);
                    let is_someones = *is_named || is_own_applicant;
                    let place = if is_someones { Place::WithoutApplication } else { Place::WithoutHolder };
                    self.settle(*account, *holder, place);
                }
                pool => {
                    self.settle(*account, *holder, Place::Pool(pool));
                    others.iter().for_each(|other| self.with_account[*other as usize] = true);
                }
            }
        }
        tally.accounts = listed.len() as u64;
        for row in (0..tables.accounts.len()).rev() {
            // An event may speak of an account that no table lists.
            let account = tables.accounts.get::<AccountRecord<'_>>(row).id;
            if let Some(Place::Pool(pool)) = account.and_then(|account| self.places.get(account as usize)) {
                self.account_rows_of.push(*pool, row);
            }
        }
        for (account, holder) in &tables.holders_set_aside {
            if let Some(Place::Pool(pool)) = self.places.get(*account as usize) {
                self.set_aside_of.entry(*pool).or_default().insert((*account, *holder));
            }
        }
        self.place_authorizations(tables, tally);
        count_events_of_nobody(tables, tally);
    }

    /// Gives what was said of an authorisation to the pools of the accounts that name it.
    fn place_authorizations(&mut self, tables: &Tables, tally: &mut Tally) {
        let accounts = || (0_u32..).zip(tables.accounts.iter::<AccountRecord<'_>>());
        let is_event =
            |record: &AccountRecord<'_>| matches!(record.row.change, Some(AccountChange::Authorization { .. }));
        let events: Vec<(u32, &str)> =
            accounts().filter(|(_, record)| is_event(record)).map(|(at, record)| (at, record.row.id)).collect();
        if events.is_empty() {
            return;
        }
        let mut named: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
        for (_, record) in accounts() {
            let Some(authorization) = record.row.authorization else { continue };
            let pools = named.entry(authorization).or_default();
            if let Some(Place::Pool(pool)) = record.id.and_then(|account| self.places.get(account as usize)) {
                pools.insert(*pool);
            }
        }
        for (row, id) in events {
            match named.get(id) {
                Some(pools) => pools.iter().for_each(|pool| self.authorizations_of.entry(*pool).or_default().push(row)),
                None => *tally.ignored.entry("authorization of no account").or_default() += 1,
            }
        }
    }

    fn place_balances(&mut self, tables: &Tables, tally: &mut Tally) {
        let mut pools = vec![];
        for balance in tables.balances.iter::<BalanceRecord<'_>>() {
            self.name(balance.account);
            let mut pool_of_row = NO_POOL;
            match self.places[balance.account as usize] {
                Place::Pool(pool) => {
                    pool_of_row = pool;
                    tally.balances_pooled += 1;
                }
                place @ (Place::WithoutApplication | Place::WithoutHolder) => {
                    tally.balances_without_application += 1;
                    tally.rows_without_holder += u64::from(place == Place::WithoutHolder);
                }
                Place::Unlisted | Place::Unnamed => tally.balances_of_unlisted_accounts += 1,
            }
            pools.push(pool_of_row);
        }
        for (row, pool) in (0..number(pools.len())).zip(&pools).rev().filter(|(_, pool)| **pool != NO_POOL) {
            self.balance_rows_of.push(*pool, row);
        }
    }

    /// The rows of `Tables::accounts` that belong to a pool.
    pub(super) fn account_rows(&self, pool: u32) -> impl Iterator<Item = u32> {
        let authorizations = self.authorizations_of.get(&pool).into_iter().flatten().copied();
        self.account_rows_of.of(pool).chain(authorizations)
    }

    /// The applications of a pool, by the rule that they were joined by.
    pub(super) fn applications(&self, tables: &Tables, rule: AsOfRule<'_>, pool: u32) -> Vec<Application> {
        let numbers = self.applications.of_pool.of(pool);
        numbers.map(|number| self.applications.get(number, tables, &self.words, rule)).collect()
    }

    /// The account of that id; one that no table lists gets its place here.
    pub(super) fn account(&mut self, id: &str) -> u32 {
        let account = self.words.accounts.add(id);
        self.name(account);
        account
    }

    /// Gives an account its place unless it has one.
    fn name(&mut self, account: u32) {
        if self.places.get(account as usize).is_some_and(|place| *place != Place::Unnamed) {
            return;
        }
        let holder = self.words.holders.add(self.words.accounts.get(account));
        self.hold_holders();
        let place = match (self.has_accounts, self.pool_of[holder as usize], self.applications.every_holder_at) {
            (true, ..) => Place::Unlisted,
            (false, NO_POOL, Some(_)) => {
                let pool = self.pools;
                self.pools += 1;
                self.applications.of_pool.push(pool, number(self.applications.first.len()));
                self.applications.first.push(holder);
                self.pool_of[holder as usize] = pool;
                Place::Pool(pool)
            }
            (false, NO_POOL, None) => Place::WithoutApplication,
            (false, pool, _) => Place::Pool(pool),
        };
        self.settle(account, holder, place);
    }

    /// Where the rows of an account go; `None` when no row has named it.
    pub(super) fn place(&self, id: &str) -> Option<Place> {
        let place = *self.places.get(self.words.accounts.number(id)? as usize)?;
        (place != Place::Unnamed).then_some(place)
    }

    /// The holder of an account, its own id when none is known.
    pub(super) fn holder<'a>(&'a self, id: &'a str) -> &'a str {
        let account = self.place(id).and_then(|_| self.words.accounts.number(id));
        account.map_or(id, |account| self.words.holders.get(self.holder_of[account as usize]))
    }

    /// How many usable applications a table names; none without such a table.
    pub(super) fn usable(&self) -> Option<u64> {
        let is_table = self.applications.every_holder_at.is_none();
        is_table.then_some(self.applications.first.len() as u64)
    }

    /// The applicants of the usable applications.
    pub(super) fn applicants(&self, tables: &Tables, rule: AsOfRule<'_>) -> impl Iterator<Item = String> {
        let numbers = 0..number(self.applications.first.len());
        let applications = numbers.map(move |at| self.applications.get(at, tables, &self.words, rule));
        applications.flat_map(|application| application.applicants).map(|applicant| applicant.id)
    }

    /// The holders that accounts name.
    pub(super) fn held(&self) -> BTreeSet<&str> {
        let ids = self.ids().map(|(id, holder)| (id, self.words.holders.get(holder)));
        ids.filter(|(id, holder)| holder != id).map(|(_, holder)| holder).collect()
    }

    /// The ids of all accounts that have a place.
    pub(super) fn account_ids(&self) -> BTreeSet<&str> {
        self.ids().map(|(id, _)| id).collect()
    }

    /// Accounts by id, each with its holder's number.
    fn ids(&self) -> impl Iterator<Item = (&str, u32)> {
        let places = (0..).zip(self.places.iter().zip(&self.holder_of));
        let named = places.filter(|(_, (place, _))| **place != Place::Unnamed);
        named.map(|(account, (_, holder))| (self.words.accounts.get(account), *holder))
    }

    /// The accounts of the applicants of refused applications, each with who holds it.
    pub(super) fn of_refused(&self) -> BTreeSet<(String, String)> {
        let applicants = self.refused.iter().flat_map(|refused| &refused.application.applicants);
        let refused: BTreeSet<u32> =
            applicants.filter_map(|applicant| self.words.holders.number(&applicant.id)).collect();
        if refused.is_empty() {
            return BTreeSet::new();
        }
        let ids = self.ids().filter(|(_, holder)| refused.contains(holder));
        ids.map(|(id, holder)| (id.to_owned(), self.words.holders.get(holder).to_owned())).collect()
    }

    fn settle(&mut self, account: u32, holder: u32, place: Place) {
        let at = account as usize;
        if self.places.len() <= at {
            self.places.resize(at + 1, Place::Unnamed);
            self.holder_of.resize(at + 1, 0);
        }
        (self.places[at], self.holder_of[at]) = (place, holder);
        if let Place::Pool(pool) = place {
            self.accounts_of.push(pool, account);
            self.with_account[holder as usize] = true;
        }
    }

    /// Room for what is said of holders that came late.
    fn hold_holders(&mut self) {
        let holders = self.words.holders.len() as usize;
        self.pool_of.resize(holders, NO_POOL);
        self.with_account.resize(holders, false);
    }

    /// Completes the tally with what is known only after the last row.
    pub(super) fn conclude(&self, tables: &Tables, rule: AsOfRule<'_>, tally: &mut Tally) {
        let has_account =
            |holder: &str| self.words.holders.number(holder).is_some_and(|number| self.with_account[number as usize]);
        let is_missing = |id: &&String| self.place(id).is_none_or(|place| place == Place::Unlisted);
        tally.applications = (self.applications.first.len() + self.refused.len()) as u64;
        (tally.applications_without_accounts, tally.applicants_without_accounts) = (0, 0);
        tally.consented_accounts_missing = 0;
        for at in 0..number(self.applications.first.len()) {
            let applicants = self.applications.get(at, tables, &self.words, rule).applicants;
            let without = applicants.iter().filter(|applicant| !has_account(&applicant.id)).count();
            if without == applicants.len() {
                tally.applications_without_accounts += 1;
            } else {
                tally.applicants_without_accounts += without as u64;
            }
            let consented = applicants.iter().flat_map(|applicant| &applicant.account_ids);
            tally.consented_accounts_missing += consented.filter(is_missing).count() as u64;
        }
        let at = |wanted: Place| self.places.iter().filter(|place| **place == wanted).count() as u64;
        tally.accounts_unlisted = at(Place::Unlisted);
        if !self.has_accounts {
            tally.accounts_without_application = at(Place::WithoutApplication);
            tally.accounts = self.places.len() as u64 - at(Place::Unnamed);
        }
    }
}

/// An account of the accounts table.
struct Listed {
    account: u32,
    /// The least holder that a version names, else the account itself.
    holder: u32,
    /// Other holders that versions name.
    others: Vec<u32>,
    is_named: bool,
}

fn number(length: usize) -> u32 {
    u32::try_from(length).expect("fewer than four billion")
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

/// What is left of an application whose rows contradict each other or were set aside: its applicants, those of rows that
/// were set aside among them, and the latest T: one that was answered some night before is not earlier now.
fn least(id: &str, rows: &[ApplicationRow<'_>], set_aside: &BTreeSet<Box<str>>, rule: AsOfRule<'_>) -> Application {
    let times = rows.iter().filter_map(|row| row.as_of.or(rule.run)).map(|as_of| seconds(as_of, rule));
    let as_of = times.max().or(rule.run.map(|as_of| seconds(as_of, rule))).unwrap_or(0);
    let mut applicants: Vec<Applicant> = rows
        .iter()
        .map(|row| Applicant { id: row.applicant_id.to_owned(), role: row.role, account_ids: vec![] })
        .collect();
    let unread =
        set_aside.iter().map(|id| Applicant { id: id.to_string(), role: ApplicantRole::Primary, account_ids: vec![] });
    applicants.extend(unread);
    applicants.sort_by(|a, b| (&a.id, a.role).cmp(&(&b.id, b.role)));
    applicants.dedup_by(|later, first| later.id == first.id);
    Application { applicants, ..only_applicant(id, as_of) }
}

fn defect(source: Source, error: ApplicationError) -> Defect {
    let (column, kind) = match error {
        ApplicationError::Disagree { field } => (field, DefectKind::ConflictingApplication),
        ApplicationError::SameApplicant => ("applicant_id", DefectKind::ConflictingApplication),
        _ => ("application_id", DefectKind::OutOfRange),
    };
    Defect { source, column: column.to_owned(), kind, whose: Whose::Unknown }
}

/// Disjoint sets of numbers; each is alone until it is united with another.
#[derive(Default)]
struct Sets {
    parents: Vec<u32>,
}

impl Sets {
    /// Halves the path on the way, so that later walks are short.
    fn root(&mut self, mut at: u32) -> u32 {
        while let Some(parent) = self.parents.get(at as usize).copied().filter(|parent| *parent != at) {
            let grandparent = self.parents[parent as usize];
            self.parents[at as usize] = grandparent;
            at = grandparent;
        }
        at
    }

    fn unite(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.parents.extend(number(self.parents.len())..=a.max(b));
        self.parents[a.max(b) as usize] = a.min(b);
    }
}

/// Counts the events of accounts that nothing else speaks of: there is no account that they could change.
fn count_events_of_nobody(tables: &Tables, tally: &mut Tally) {
    let rows = || tables.accounts.iter::<AccountRecord<'_>>();
    // An event of an authorisation has no account's number.
    let events = || rows().filter(|record| record.row.change.is_some()).filter_map(|record| record.id);
    if events().next().is_none() {
        return;
    }
    let listed: BTreeSet<u32> =
        rows().filter(|record| record.row.change.is_none()).filter_map(|record| record.id).collect();
    let lost = events().filter(|account| !listed.contains(account)).count() as u64;
    if 0 < lost {
        *tally.ignored.entry("event of no account").or_default() += lost;
    }
}
