//! What an export knows of accounts and their owners, whatever its files' order: the newest facts and the newest snapshot.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use cashline_identity::{Owner, name_key};
use serde::Deserialize;

use super::shape::{Kind, Named, Ownership, Thing, Things};

/// An account, and its owners as the newest snapshot gives them.
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) facts: Facts,
    pub(crate) owners: Vec<Owner>,
    pub(crate) state: OwnersState,
    /// When the newest snapshot first named other owners than the one before it.
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
    is_cut: bool,
    has_pages: bool,
    is_given: bool,
}

/// Everything read, before it is put together.
pub(crate) struct Store {
    versions: BTreeMap<String, (i64, Facts)>,
    /// Snapshots that each account names.
    named: BTreeMap<String, BTreeSet<String>>,
    snapshots: BTreeMap<String, Snapshot>,
    destinations: BTreeMap<String, (i64, String, Option<String>, String)>,
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

    /// Takes an object and those inside it; `at` is the time of the event around it.
    pub(crate) fn take(&mut self, thing: Thing, at: Option<i64>) {
        match thing.kind() {
            Kind::Account => self.account(thing, at),
            Kind::Ownership => {
                if let Some(id) = thing.id.0.clone() {
                    self.snapshot(id, thing);
                }
            }
            Kind::Owner => self.owner(thing),
            Kind::BankAccount => self.destination(thing),
            Kind::Envelope => {
                let is_event = matches!(&thing.object, Named::Name(name) if name == "event");
                let at = if is_event { thing.created.0 } else { at };
                if let Named::Inner(inner) = thing.object {
                    self.take(*inner, at);
                }
                thing.data.0.into_iter().chain(thing.accounts.0).for_each(|inner| self.take(inner, at));
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
        let is_cut = flatten(thing.owners, &mut rows);
        let time = thing.created.0.into_iter().chain(rows.iter().filter_map(|row| row.refreshed_at.0)).max();
        let snapshot = self.snapshots.entry(key).or_default();
        snapshot.time = snapshot.time.max(time);
        snapshot.is_given = true;
        snapshot.is_cut |= is_cut;
        for (place, row) in rows.into_iter().enumerate() {
            snapshot.put(owner_row(row, place));
        }
    }

    fn owner(&mut self, thing: Thing) {
        let Ownership::Id(key) = &thing.ownership else { return };
        let snapshot = self.snapshots.entry(key.clone()).or_default();
        snapshot.time = snapshot.time.max(thing.refreshed_at.0);
        // Pages repeat rows and end anywhere: their order is the ids'.
        snapshot.is_given = true;
        snapshot.has_pages = true;
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
            _ => self.owner(thing),
        }
    }

    fn destination(&mut self, thing: Thing) {
        let seen = thing.created.0.unwrap_or(i64::MIN);
        if let (Some(id), Some(holder), Some(status)) = (thing.id.0, thing.account.0, thing.status.0) {
            let version = (seen, holder, thing.last4.0.map(padded), status);
            let known = self.destinations.entry(id).or_insert_with(|| version.clone());
            *known = version.max(known.clone());
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
            let owners = newest.map_or_else(Vec::new, |one| one.owners.iter().map(OwnerRow::owner).collect());
            accounts.push(Account { owners_changed_at: changed(&found), id, facts, owners, state });
        }
        let destinations = self.destinations.into_values();
        let destinations =
            destinations.map(|(_, holder, last4, status)| Destination { holder, last4, status }).collect();
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

    /// The owners' names, folded: other contact data is no other owner.
    fn names(&self) -> BTreeSet<String> {
        self.owners.iter().filter_map(|row| name_key(row.name.as_deref()?)).collect()
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

/// Owners of a list, of an envelope, and of an envelope within one; whether the last page is not the last.
fn flatten(things: Things, rows: &mut Vec<Thing>) -> bool {
    let mut is_cut = false;
    for thing in things.0 {
        if thing.kind() == Kind::Envelope {
            is_cut |= thing.has_more.0 == Some(true);
            is_cut |= flatten(thing.data, rows);
        } else {
            rows.push(thing);
        }
    }
    is_cut
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
    let last4 = last4.strip_suffix(".0").map_or(last4.clone(), str::to_owned);
    if last4.bytes().all(|byte| byte.is_ascii_digit()) { format!("{last4:0>4}") } else { last4 }
}

fn state(facts: &Facts, newest: Option<&Snapshot>, is_named: bool) -> OwnersState {
    match newest {
        Some(one) if one.owners.is_empty() => OwnersState::Empty,
        Some(one) if one.is_cut && !one.has_pages => OwnersState::Truncated,
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

/// When the newest of the snapshots, ascending, first came with owners that the one before it did not have.
fn changed(found: &[(Option<i64>, &String, &Snapshot)]) -> Option<i64> {
    let [.., before, newest] = found else { return None };
    let (old, new) = (before.2.names(), newest.2.names());
    (!old.is_empty() && !new.is_empty() && old != new).then_some(newest.0).flatten()
}
