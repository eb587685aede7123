//! From collected rows to a history: one order whatever the order of arrival, duplicates resolved, rows labelled.

use super::{
    History, HistoryBuilder,
    account::{AccountVersion, HistoryAccount, Snapshot},
    amend, event,
    meeting::meeting,
    version::{Hint, Version},
};
use crate::{
    category::{
        categoriser::{Categoriser, Memo},
        label::Purpose,
        taxonomy::Taxonomy,
    },
    defect::{Defect, DefectKind, Source, Whose},
    money::Currency,
};

/// An id whose versions, in one account, are these members of [`Groups::members`].
struct Span {
    first: u32,
    count: u32,
}

/// What is known of the ids that came several times; empty when every id came once, as in most exports.
#[derive(Default)]
struct Groups {
    // By row: [`ALONE`], [`BESIDE`], or the span of which it is the latest version. Empty when all are alone.
    roles: Vec<u32>,
    spans: Vec<Span>,
    members: Vec<u32>,
}

/// The only row of its id.
const ALONE: u32 = u32::MAX;
/// A repeat, or a version that is not the latest: it has its place beside the latest, if at all.
const BESIDE: u32 = u32::MAX - 1;

impl Groups {
    fn role(&self, at: usize) -> u32 {
        self.roles.get(at).copied().unwrap_or(ALONE)
    }
}

/// Builds the history; without a memo its rows stay unlabelled.
pub(super) fn finish(mut rows: HistoryBuilder, categoriser: &Categoriser, memo: Option<&mut Memo>) -> History {
    let ranks = sort_accounts(&mut rows.accounts);
    if !ranks.is_sorted() {
        rows.versions.iter_mut().for_each(|version| version.account = ranks[version.account as usize]);
    }
    let groups = groups(&rows.text, &mut rows.versions, &mut rows.accounts);
    // Then no row of the pool conflicts with another, or is of another currency than its account's.
    let are_alike = groups.roles.is_empty() && !rows.has_currencies;
    let versions = in_order(&rows.text, &rows.versions, rows.accounts.len(), &groups);
    let snapshots = rows.snapshots.iter().map(|(account, snapshot)| (ranks[*account as usize], *snapshot)).collect();
    let mut history = History {
        text: rows.text,
        rows: versions,
        accounts: rows.accounts,
        holders: vec![],
        has_accounts_table: false,
        defects: rows.defects,
        amended: None,
        rules: memo.as_ref().map(|_| categoriser.digest()),
    };
    let mut authorizations = rows.authorizations;
    authorizations.sort_unstable();
    authorizations.dedup();
    settle_accounts(&mut history, snapshots, &authorizations);
    if let Some(memo) = memo {
        label(&mut history, categoriser, memo);
    }
    if let Some(corrections) = rows.corrections {
        history.amended = amend::amend(&mut history, corrections, categoriser.taxonomy());
    }
    if !are_alike {
        reject(&mut history);
    }
    history.defects.sort_unstable();
    history
}

/// Sorts accounts by id; the answer maps a position before to the position after.
fn sort_accounts(accounts: &mut Vec<HistoryAccount>) -> Vec<u32> {
    let mut order: Vec<(u32, HistoryAccount)> = (0..).zip(accounts.drain(..)).collect();
    order.sort_by(|a, b| a.1.id.cmp(&b.1.id));
    let mut ranks = vec![0; order.len()];
    for (rank, (before, account)) in (0..).zip(order) {
        ranks[before as usize] = rank;
        accounts.push(account);
    }
    ranks
}

/// Groups versions by id, drops exact repeats and marks conflicts.
fn groups(text: &str, versions: &mut [Version], accounts: &mut [HistoryAccount]) -> Groups {
    // Only hashes are compared first; texts where hashes meet, which is where an id has several versions.
    let mut meeting = meeting(text, versions);
    if meeting.is_empty() {
        return Groups::default();
    }
    meeting.sort_unstable_by(|a, b| {
        let (x, y) = (&versions[*a as usize], &versions[*b as usize]);
        let by_id = x.id(text).cmp(y.id(text));
        by_id.then_with(|| x.compare_content(y, text)).then_with(|| x.source().cmp(&y.source()))
    });
    let mut groups = Groups { roles: vec![ALONE; versions.len()], ..Groups::default() };
    let mut group: Vec<u32> = vec![];
    let mut rest = meeting.as_slice();
    while let Some(first) = rest.first() {
        let id = versions[*first as usize].id(text);
        let count = rest.iter().take_while(|at| versions[**at as usize].id(text) == id).count();
        let (same_id, others) = rest.split_at(count);
        rest = others;
        for at in same_id {
            groups.roles[*at as usize] = BESIDE;
        }
        group.clear();
        group.extend_from_slice(same_id);
        resolve(text, versions, accounts, &mut group);
        for of_account in group.chunk_by(|a, b| versions[*a as usize].account == versions[*b as usize].account) {
            if let Some(latest) = of_account.last() {
                groups.roles[*latest as usize] = narrow(groups.spans.len());
                groups.spans.push(Span { first: narrow(groups.members.len()), count: narrow(of_account.len()) });
                groups.members.extend_from_slice(of_account);
            }
        }
    }
    groups
}

/// The versions in the order of history: account, time, id; those of one id together.
fn in_order(text: &str, versions: &[Version], accounts: usize, groups: &Groups) -> Vec<Version> {
    let placed = || (0_u32..).zip(versions).filter(|(at, _)| groups.role(*at as usize) != BESIDE);
    // Where each account's rows begin, then where its next one goes.
    let mut next = vec![0_usize; accounts + 1];
    for (_, version) in placed() {
        next[version.account as usize + 1] += 1;
    }
    for at in 0..accounts {
        next[at + 1] += next[at];
    }
    // Time and number of the row, which is sorted as one integer.
    let mut keys = vec![0_u64; next[accounts]];
    for (at, version) in placed() {
        let place = &mut next[version.account as usize];
        keys[*place] = u64::from(version.time()) << 32 | u64::from(at);
        *place += 1;
    }
    let row = |key: u64| low_bits(key & u64::from(u32::MAX));
    let mut sorted: Vec<Version> = Vec::with_capacity(versions.len());
    let mut start = 0;
    for end in &next[..accounts] {
        let own = &mut keys[start..*end];
        own.sort_unstable();
        for same_time in own.chunk_by_mut(|a, b| a >> 32 == b >> 32).filter(|same_time| 1 < same_time.len()) {
            same_time.sort_by(|a, b| versions[row(*a)].id_bytes(text).cmp(versions[row(*b)].id_bytes(text)));
        }
        for at in own.iter().map(|key| row(*key)) {
            match groups.role(at) {
                ALONE => sorted.push(versions[at]),
                span => {
                    let Span { first, count } = groups.spans[span as usize];
                    for step in 0..count {
                        let mut version = versions[groups.members[(first + step) as usize] as usize];
                        version.last = step + 1 == count;
                        version.plain &= count == 1 && !version.conflict && !version.is_contested();
                        sorted.push(version);
                    }
                }
            }
        }
        start = *end;
    }
    sorted
}

fn narrow(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[expect(clippy::cast_possible_truncation, reason = "which bits are dropped does not matter")]
fn low_bits(value: u64) -> usize {
    value as usize
}

/// One id: exact repeats count once; the same `updated` (or none) with different content is a conflict, unless only the
/// status went on, and so is one id in two accounts. The group is sorted by account, `updated`, content, source.
fn resolve(text: &str, versions: &mut [Version], accounts: &mut [HistoryAccount], group: &mut Vec<u32>) {
    group.dedup_by(|next, kept| {
        let (x, y) = (&versions[*next as usize], &versions[*kept as usize]);
        let repeats = x.compare_content(y, text).is_eq();
        if repeats {
            accounts[x.account as usize].duplicates += 1;
        }
        repeats
    });
    for pair in group.windows(2) {
        let [x, y] = [pair[0] as usize, pair[1] as usize];
        let one_time = versions[x].account == versions[y].account && versions[x].updated() == versions[y].updated();
        if one_time && !versions[y].is_progress_of(&versions[x], text) {
            versions[x].conflict = true;
            versions[y].conflict = true;
        }
    }
    let account = |at: &u32, versions: &[Version]| versions[*at as usize].account;
    if group.first().map(|at| account(at, versions)) == group.last().map(|at| account(at, versions)) {
        return;
    }
    // The first version of each account is its earliest. Of these the two earliest tell every account when another came.
    let same = |a: &u32, b: &u32| account(a, versions) == account(b, versions);
    let earliest = group.chunk_by(same).filter_map(|own| own.first());
    let mut claims: Vec<Version> = earliest.map(|at| versions[*at as usize]).collect();
    claims.sort_by_key(|claim| (claim.updated(), claim.account));
    for at in group.iter() {
        for claim in claims.iter().take(2) {
            if claim.account != versions[*at as usize].account {
                versions[*at as usize].contest(claim);
            }
        }
    }
}

/// Gives each account its rows, its snapshots, its versions in order, and finds who holds which.
fn settle_accounts(
    history: &mut History,
    mut snapshots: Vec<(u32, (Snapshot, Source))>,
    authorizations: &[event::AuthorizationEvent],
) {
    let mut start = 0;
    for (at, account) in (0_u32..).zip(&mut history.accounts) {
        let own = &history.rows[start..];
        let end = start + own.partition_point(|version| version.account <= at);
        account.rows = start..end;
        if let (Some(holder), true) = (account.set_aside.first(), account.versions.is_empty()) {
            account.versions.push(AccountVersion::of_holder(&account.id, holder));
        }
        account.settle_versions(&mut history.defects);
        event::fold(account);
        event::authorize(account, authorizations);
        account.doubts.sort_unstable();
        let rows = history.rows[start..end].iter().map(Version::witnessed);
        let refreshes = account.versions.iter().filter_map(|version| version.fetched());
        account.through = rows.chain(refreshes).max().unwrap_or(0);
        start = end;
    }
    snapshots.sort_unstable();
    for own in snapshots.chunk_by(|a, b| a.0 == b.0) {
        let all: Vec<(Snapshot, Source)> = own.iter().map(|(_, one)| *one).collect();
        history.accounts[own[0].0 as usize].settle_snapshots(&all, &mut history.defects);
    }
    let mut holders: Vec<(Box<str>, u32)> = vec![];
    for (at, account) in (0..).zip(&history.accounts) {
        history.has_accounts_table |= !account.versions.is_empty();
        let named = account.versions.iter().filter_map(|version| version.holder.as_ref());
        holders.extend(named.chain(&account.set_aside).map(|id| (id.clone(), at)));
    }
    holders.sort_unstable();
    holders.dedup();
    history.holders = holders;
}

fn label(history: &mut History, categoriser: &Categoriser, memo: &mut Memo) {
    // By purpose, as far as they were asked for: a pool meets few of a taxonomy's purposes.
    let mut hints: Vec<Option<Hint>> = vec![None; categoriser.taxonomy().purposes().len()];
    for account in &history.accounts {
        let category = account.labelled_as();
        let text = &history.text;
        let read = |version: &Version| (version.description(text), version.amount);
        categoriser.label_all(memo, category, &mut history.rows[account.rows.clone()], read, |version, label| {
            version.label = label;
            let Purpose(purpose) = label.purpose;
            let hint = match hints.get_mut(usize::from(purpose)) {
                Some(known) => *known.get_or_insert_with(|| hint(categoriser.taxonomy(), usize::from(purpose))),
                None => Hint::Neutral,
            };
            let is_sure = match hint {
                Hint::Contradicts => CONTRADICTS_CONFIDENCE_MIN <= version.label.confidence,
                Hint::Transfer | Hint::Mute => version.label.is_confident(),
                Hint::CardPayment | Hint::Neutral => true,
            };
            version.hint = if is_sure { hint } else { Hint::Neutral };
        });
    }
}

/// A label contradicts a transfer when it is more likely right than wrong, in percent: a catch-all rule's guess does not.
const CONTRADICTS_CONFIDENCE_MIN: u8 = 50;

/// The purpose of paying a card, in the taxonomy as shipped. A taxonomy that names it otherwise leaves it to the texts.
const CARD_PAYMENT: &str = "credit_card_payment";

/// The purposes that say a row is a leg of a transfer between own accounts. Of the others of their group, a payment to a
/// person or a cheque paid in is seldom one, and would be paired with whatever has its amount within days.
const OWN_TRANSFERS: [&str; 4] = ["transfer_internal", "transfer_savings", "overdraft_transfer", "transfer_other"];

/// What a purpose says about a row's being a leg of a transfer.
pub(super) fn hint(taxonomy: &Taxonomy, purpose: usize) -> Hint {
    let Some(info) = taxonomy.purposes().get(purpose) else { return Hint::Neutral };
    match info.group.as_str() {
        _ if purpose == 0 => Hint::Neutral,
        "transfer" if OWN_TRANSFERS.contains(&info.name.as_str()) => Hint::Transfer,
        "transfer" => Hint::Mute,
        "other" => Hint::Neutral,
        _ if info.name == CARD_PAYMENT => Hint::CardPayment,
        _ => Hint::Contradicts,
    }
}

/// Lists what is set aside over the whole history: conflicts, and rows of a currency that is not their account's. The
/// ledger decides again from what is visible at T, so that rows from T on cannot change it.
fn reject(history: &mut History) {
    let mut defects = std::mem::take(&mut history.defects);
    for account in &history.accounts {
        let rows = &history.rows[account.rows.clone()];
        let mut defect = |version: &Version, column: &str, kind| {
            let whose = Whose::account(&account.id);
            defects.push(Defect { source: version.source(), column: column.to_owned(), kind, whose });
        };
        for version in rows.iter().filter(|version| version.conflict || version.is_contested()) {
            defect(version, "id", DefectKind::ConflictingDuplicate);
        }
        let latest = || rows.iter().filter(|version| version.last && !version.conflict && !version.is_contested());
        if let Majority::Mixed(keep) = majority(latest().map(|version| version.currency)) {
            for version in latest().filter(|version| Some(version.currency) != keep) {
                defect(version, "currency", DefectKind::ForeignCurrency);
            }
        }
    }
    history.defects = defects;
}

/// The currency of an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Majority {
    /// No row.
    Nothing,
    /// All rows agree.
    One(Currency),
    /// Several; the one that most rows have, or `None` when two share the first place.
    Mixed(Option<Currency>),
}

/// The currency that most rows have.
pub(crate) fn majority(mut currencies: impl Iterator<Item = Currency>) -> Majority {
    let Some(first) = currencies.next() else { return Majority::Nothing };
    let mut counts: Vec<(Currency, usize)> = vec![(first, 1)];
    for currency in currencies {
        match counts.iter_mut().find(|(known, _)| *known == currency) {
            Some((_, count)) => *count += 1,
            None => counts.push((currency, 1)),
        }
    }
    if counts.len() == 1 {
        return Majority::One(first);
    }
    let most = counts.iter().map(|(_, count)| *count).max();
    let mut leaders = counts.iter().filter(|(_, count)| Some(*count) == most);
    match (leaders.next(), leaders.next()) {
        (Some((leader, _)), None) => Majority::Mixed(Some(*leader)),
        _ => Majority::Mixed(None),
    }
}
