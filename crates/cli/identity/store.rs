//! What an export knows of accounts and their owners, whatever its files' order: the newest facts and the newest snapshot.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use cashline_identity::{Owner, are_among, names_somebody};
use serde::Deserialize;

use super::shape::{Kind, Named, Ownership, Thing, Things, undotted};

/// An account, and its owners as the newest snapshot gives them.
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) facts: Facts,
    pub(crate) owners: Vec<Owner>,
    pub(crate) state: OwnersState,
    /// When a snapshot first named the owners of today, where one before it named others.
    pub(crate) owners_changed_at: Option<i64>,
}

/// What is known of an account beside its owners. Ordered, so that of two versions of one time the same one always wins.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Facts {
    pub(crate) holder: Option<String>,
    /// The holder is a connected account.
    pub(crate) is_connected: bool,
    pub(crate) institution: Option<String>,
    pub(crate) last4: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) inactive_cause: Option<String>,
    pub(crate) category: Option<String>,
    /// When the account was linked; when it was opened, no bank says.
    pub(crate) created: Option<i64>,
    pub(crate) methods: Option<Vec<String>>,
    pub(crate) permissions: Option<Vec<String>>,
    /// States of its account numbers.
    pub(crate) numbers: Vec<String>,
    pub(crate) fingerprint: Option<String>,
    /// How the last ownership refresh ended.
    pub(crate) refresh: Option<String>,
    /// The snapshot of owners that it names.
    pub(crate) snapshot: Option<String>,
}

/// Whether there are owners, and why not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OwnersState {
    Given,
    /// The list goes on where the export ends.
    Truncated,
    /// The bank gave a snapshot without owners.
    Empty,
    /// The export holds the snapshot's id only: `expand[]=ownership` or the owners list is needed.
    NotExpanded,
    #[serde(rename = "refresh_failed")]
    Failed,
    #[serde(rename = "refresh_pending")]
    Pending,
    NotPermitted,
    NotRequested,
}

impl OwnersState {
    /// As files write it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            OwnersState::Given => "given",
            OwnersState::Truncated => "truncated",
            OwnersState::Empty => "empty",
            OwnersState::NotExpanded => "not_expanded",
            OwnersState::Failed => "refresh_failed",
            OwnersState::Pending => "refresh_pending",
            OwnersState::NotPermitted => "not_permitted",
            OwnersState::NotRequested => "not_requested",
        }
    }
}

/// A connected account's bank account: where payouts go, and whether Stripe could verify it.
pub(crate) struct Destination {
    pub(crate) holder: String,
    pub(crate) last4: Option<String>,
    pub(crate) status: String,
}

/// An owner in the order of an export: place in its list, then id and content.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct OwnerRow {
    place: usize,
    id: Option<String>,
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    raw_address: Option<String>,
}

#[derive(Default)]
struct Snapshot {
    time: Option<i64>,
    owners: BTreeSet<OwnerRow>,
    /// A list of its owners says that it goes on.
    goes_on: bool,
    /// One says that it does not, or owners stand in no list.
    ends: bool,
    is_given: bool,
}

/// What stands around an object.
#[derive(Clone, Copy, Default)]
struct Around {
    /// The time of the event.
    at: Option<i64>,
    /// The event tells of the end of a bank account.
    is_end: bool,
    /// Whether the list goes on.
    has_more: Option<bool>,
}

/// A bank account as an object shows it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct BankAccount {
    /// Of the event around it: none of its own times changes with its state.
    at: Option<i64>,
    is_end: bool,
    holder: String,
    last4: Option<String>,
    status: String,
}

/// Everything read, before it is put together.
pub(crate) struct Store {
    versions: BTreeMap<String, (i64, Facts)>,
    /// Snapshots that each account names.
    named: BTreeMap<String, BTreeSet<String>>,
    snapshots: BTreeMap<String, Snapshot>,
    destinations: BTreeMap<String, BTreeSet<BankAccount>>,
    livemodes: BTreeSet<bool>,
    /// Files that were passed over.
    passed: u64,
}

/// What the export comes to.
pub(crate) struct Identities {
    /// Ascending by id.
    pub(crate) accounts: Vec<Account>,
    pub(crate) destinations: Vec<Destination>,
    /// Snapshots of owners that no account names.
    pub(crate) orphans: u64,
    /// Files that were passed over.
    pub(crate) passed: u64,
}

impl Store {
    pub(crate) fn new(passed: u64) -> Store {
        Store {
            versions: BTreeMap::new(),
            named: BTreeMap::new(),
            snapshots: BTreeMap::new(),
            destinations: BTreeMap::new(),
            livemodes: BTreeSet::new(),
            passed,
        }
    }

    /// Takes an object and those inside it.
    pub(crate) fn take(&mut self, thing: Thing) {
        self.within(thing, Around::default());
    }

    fn within(&mut self, thing: Thing, around: Around) {
        match thing.kind() {
            Kind::Account => self.account(thing, around.at),
            Kind::Ownership => {
                if let Some(id) = thing.id.0.clone() {
                    self.snapshot(id, thing);
                }
            }
            Kind::Owner => self.owner(thing, around.has_more),
            Kind::BankAccount => self.destination(thing, around),
            Kind::Envelope => {
                let inside = match &thing.object {
                    Named::Name(name) if name == "event" => {
                        let is_end = thing.event_type.0.as_deref() == Some("account.external_account.deleted");
                        Around { at: thing.created.0, is_end, has_more: None }
                    }
                    _ => Around { has_more: either(around.has_more, thing.has_more.0), ..around },
                };
                if let Named::Inner(inner) = thing.object {
                    self.within(*inner, inside);
                }
                thing.data.0.into_iter().chain(thing.accounts.0).for_each(|inner| self.within(inner, inside));
            }
            Kind::Other => {}
        }
    }

    fn account(&mut self, mut thing: Thing, at: Option<i64>) {
        let Some(id) = thing.id.0.clone() else { return };
        let seen = thing.seen_at().max(at.unwrap_or(i64::MIN));
        self.livemodes.extend(thing.livemode.0);
        let snapshot = match std::mem::take(&mut thing.ownership) {
            Ownership::None => None,
            Ownership::Id(key) => {
                self.snapshots.entry(key.clone()).or_default();
                Some(key)
            }
            Ownership::Snapshot(snapshot) => {
                // Without an id of its own it is the account's of that time.
                let key = snapshot.id.0.clone().unwrap_or_else(|| unnamed(&id, snapshot.created.0));
                self.snapshot(key.clone(), *snapshot);
                Some(key)
            }
        };
        self.named.entry(id.clone()).or_default().extend(snapshot.clone());
        let mut numbers: Vec<String> = thing.account_numbers.0.iter().filter_map(|one| one.status.0.clone()).collect();
        numbers.sort();
        let (holder, is_connected) = thing.holder();
        let facts = Facts {
            is_connected,
            holder,
            institution: thing.institution_name.0,
            last4: thing.last4.0.map(padded),
            status: thing.status.0,
            inactive_cause: thing.status_details.0.inactive.0.cause.0,
            category: thing.category.0,
            created: thing.created.0,
            methods: thing.supported_payment_method_types.0,
            permissions: thing.permissions.0,
            numbers,
            fingerprint: thing.fingerprint.0,
            refresh: thing.ownership_refresh.0.status.0,
            snapshot,
        };
        let version = (seen, facts);
        match self.versions.get_mut(&id) {
            Some(known) if version <= *known => {}
            Some(known) => *known = version,
            None => {
                self.versions.insert(id, version);
            }
        }
    }

    fn snapshot(&mut self, key: String, thing: Thing) {
        let mut rows = vec![];
        let has_more = flatten(thing.owners, &mut rows);
        let time = thing.created.0.into_iter().chain(rows.iter().filter_map(|row| row.refreshed_at.0)).max();
        let snapshot = self.snapshots.entry(key).or_default();
        snapshot.time = snapshot.time.max(time);
        snapshot.is_given = true;
        snapshot.goes_on |= has_more == Some(true);
        snapshot.ends |= has_more == Some(false);
        for (place, row) in rows.into_iter().enumerate() {
            snapshot.put(owner_row(row, place));
        }
    }

    fn owner(&mut self, thing: Thing, has_more: Option<bool>) {
        let Ownership::Id(key) = &thing.ownership else { return };
        let snapshot = self.snapshots.entry(key.clone()).or_default();
        snapshot.time = snapshot.time.max(thing.refreshed_at.0);
        // Pages repeat rows and end anywhere: their order is the ids'.
        snapshot.is_given = true;
        snapshot.goes_on |= has_more == Some(true);
        snapshot.ends |= has_more != Some(true);
        snapshot.put(owner_row(thing, usize::MAX));
    }

    /// An owner of a flat table, which names the account. Without the snapshot's id, rows of one time are one snapshot; a row
    /// without a value says that the snapshot has no owner.
    pub(crate) fn owner_of(&mut self, account: Option<String>, mut thing: Thing) {
        if let Some(account) = account {
            let key = match &thing.ownership {
                Ownership::Id(key) => key.clone(),
                _ => unnamed(&account, thing.refreshed_at.0),
            };
            self.named.entry(account).or_default().insert(key.clone());
            thing.ownership = Ownership::Id(key);
        }
        let is_somebody =
            [&thing.name, &thing.email, &thing.phone, &thing.raw_address].iter().any(|text| text.0.is_some());
        match &thing.ownership {
            Ownership::Id(key) if !is_somebody => {
                let snapshot = self.snapshots.entry(key.clone()).or_default();
                snapshot.time = snapshot.time.max(thing.refreshed_at.0);
                snapshot.is_given = true;
            }
            _ => self.owner(thing, None),
        }
    }

    fn destination(&mut self, thing: Thing, around: Around) {
        let Around { at, is_end, .. } = around;
        if let (Some(id), Some(holder), Some(status)) = (thing.id.0, thing.account.0, thing.status.0) {
            let version = BankAccount { at, is_end, holder, last4: thing.last4.0.map(padded), status };
            self.destinations.entry(id).or_default().insert(version);
        }
    }

    /// Puts accounts and owners together.
    ///
    /// # Errors
    ///
    /// Live and test accounts stand in one export.
    pub(crate) fn finish(self) -> Result<Identities> {
        if 1 < self.livemodes.len() {
            bail!("the export holds live accounts and test accounts; give them apart");
        }
        let mut accounts = vec![];
        // A table of owners may name accounts that the export does not hold.
        let known = self.named.iter().filter(|(account, _)| self.versions.contains_key(*account));
        let named: BTreeSet<&String> = known.flat_map(|(_, keys)| keys).collect();
        let orphans = self.snapshots.keys().filter(|key| !named.contains(key)).count() as u64;
        for (id, (seen, facts)) in self.versions {
            let keys = self.named.get(&id).into_iter().flatten();
            let mut found: Vec<(Option<i64>, &String, &Snapshot)> =
                keys.filter_map(|key| self.snapshots.get(key).map(|one| (one.time, key, one))).collect();
            found.retain(|one| one.2.is_given);
            found.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
            let is_named = self.named.get(&id).is_some_and(|keys| !keys.is_empty());
            // Who owned the account before says nothing of the owners in a newer snapshot of which there is the id only. One
            // without an id may be that very one.
            let is_given = |key: &String| self.snapshots.get(key).is_some_and(|one| one.is_given);
            let is_id_only = facts.snapshot.as_ref().is_some_and(|key| !is_given(key));
            let is_current = |one: &&(Option<i64>, &String, &Snapshot)| {
                !is_id_only || Some(seen) < one.0 || one.1.starts_with(&unnamed_prefix(&id))
            };
            let newest = found.last().filter(is_current).map(|one| one.2);
            let state = state(&facts, newest, is_named);
            let owners = newest.map_or_else(Vec::new, Snapshot::owners);
            accounts.push(Account { owners_changed_at: changed(&found), id, facts, owners, state });
        }
        let destinations = self.destinations.into_values().flat_map(latest).collect();
        Ok(Identities { accounts, destinations, orphans, passed: self.passed })
    }
}

impl Snapshot {
    /// Adds an owner once: by id, else by content; the place in the bank's own list goes before a page's.
    fn put(&mut self, row: OwnerRow) {
        let is_same = |known: &OwnerRow| match (&known.id, &row.id) {
            (Some(one), Some(other)) => one == other,
            _ => known.content() == row.content(),
        };
        match self.owners.iter().find(|known| is_same(known)) {
            Some(known) if known <= &row => {}
            Some(known) => {
                let known = known.clone();
                self.owners.remove(&known);
                self.owners.insert(row);
            }
            None => {
                self.owners.insert(row);
            }
        }
    }

    fn owners(&self) -> Vec<Owner> {
        self.owners.iter().map(OwnerRow::owner).collect()
    }

    /// Whether there are owners that the export does not hold.
    fn is_cut(&self) -> bool {
        self.goes_on && !self.ends
    }
}

impl OwnerRow {
    fn owner(&self) -> Owner {
        Owner {
            name: self.name.clone(),
            email: self.email.clone(),
            phone: self.phone.clone(),
            raw_address: self.raw_address.clone(),
        }
    }

    fn content(&self) -> [&Option<String>; 4] {
        [&self.name, &self.email, &self.phone, &self.raw_address]
    }
}

/// Owners of a list, of an envelope, and of an envelope within one; whether a list goes on, where one says so.
fn flatten(things: Things, rows: &mut Vec<Thing>) -> Option<bool> {
    let mut has_more = None;
    for thing in things.0 {
        if thing.kind() == Kind::Envelope {
            has_more = either(has_more, thing.has_more.0);
            has_more = either(has_more, flatten(thing.data, rows));
        } else {
            rows.push(thing);
        }
    }
    has_more
}

/// A list within a list goes on where either does.
fn either(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    one.into_iter().chain(other).reduce(|one, other| one || other)
}

/// What is known of a bank account now: what its newest event shows, and what objects without an event show, of which nobody
/// knows the time; but none comes back to `new`, so that beside another that is before it. Nothing, when that event is its end.
fn latest(versions: BTreeSet<BankAccount>) -> Vec<Destination> {
    let last = versions.iter().filter_map(|one| one.at).max();
    if versions.iter().any(|one| one.at == last && one.is_end) {
        return vec![];
    }
    let mut current: Vec<BankAccount> = versions.into_iter().filter(|one| one.at.is_none() || one.at == last).collect();
    let is_past_new = |status: &str| !status.is_empty() && status != "new";
    if current.iter().any(|one| is_past_new(&one.status)) {
        current.retain(|one| one.status != "new");
    }
    current.into_iter().map(|BankAccount { holder, last4, status, .. }| Destination { holder, last4, status }).collect()
}

fn owner_row(thing: Thing, place: usize) -> OwnerRow {
    OwnerRow {
        place,
        id: thing.id.0,
        name: thing.name.0,
        email: thing.email.0,
        phone: thing.phone.0,
        raw_address: thing.raw_address.0,
    }
}

/// A snapshot without an id of its own.
fn unnamed(account: &str, time: Option<i64>) -> String {
    format!("{}{time:?}", unnamed_prefix(account))
}

/// What the keys of an account's snapshots without ids begin with; ids have no blank.
fn unnamed_prefix(account: &str) -> String {
    format!("{account} ")
}

/// Tools drop leading zeros, and make 42.0 of 0042 where other cells are empty.
fn padded(last4: String) -> String {
    let last4 = undotted(last4);
    if last4.bytes().all(|byte| byte.is_ascii_digit()) { format!("{last4:0>4}") } else { last4 }
}

fn state(facts: &Facts, newest: Option<&Snapshot>, is_named: bool) -> OwnersState {
    match newest {
        Some(one) if one.is_cut() => OwnersState::Truncated,
        Some(one) if one.owners.is_empty() => OwnersState::Empty,
        Some(_) => OwnersState::Given,
        None if is_named => OwnersState::NotExpanded,
        None => match (facts.refresh.as_deref(), &facts.permissions) {
            (Some("failed"), _) => OwnersState::Failed,
            (Some("pending"), _) => OwnersState::Pending,
            (_, Some(held)) if !held.iter().any(|one| one == "ownership") => OwnersState::NotPermitted,
            _ => OwnersState::NotRequested,
        },
    }
}

/// When the owners became those of the newest snapshot: the time of the first of the snapshots, ascending, from which on all
/// name the same people. None where no earlier one names others; one that names nobody says nothing.
fn changed(found: &[(Option<i64>, &String, &Snapshot)]) -> Option<i64> {
    let told = found.iter().map(|one| (one.0, one.2.owners(), one.2.is_cut()));
    let mut told: Vec<(Option<i64>, Vec<Owner>, bool)> = told.filter(|one| names_somebody(&one.1)).collect();
    let (mut since, owners, is_cut) = told.pop()?;
    for (at, before, was_cut) in told.into_iter().rev() {
        // Who is not in a list that goes on may stand in the rest of it.
        let is_same = (was_cut || are_among(&owners, &before)) && (is_cut || are_among(&before, &owners));
        if !is_same {
            return since;
        }
        since = at;
    }
    None
}
