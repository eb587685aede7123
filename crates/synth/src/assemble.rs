//! From a lived plan to the objects of an export: ids, times, statuses, versions, snapshots, links.

use std::sync::Arc;

use cashline_core::{
    money::Currency,
    row::{
        AccountCategory, AccountStatus, AccountSubcategory, HolderKind, Permissions, Refresh, RefreshStatus,
        TransactionStatus,
    },
    time::Day,
};
use cashline_io::export::{AccountObject, BalanceObject, TransactionObject};

use crate::{
    case::{Case, shared},
    descriptor::digits,
    draw::Draw,
    plan::{Plan, Relink},
    simulate::{Entry, Lived, Slot},
    words,
};

const DAY: i64 = 86_400;

/// Where and when an export of a holder is taken.
#[derive(Clone, Debug)]
pub(crate) struct Pull {
    /// What the ids of this holder begin with after their prefix.
    pub(crate) stem: String,
    /// The holder's own id.
    pub(crate) holder: String,
    /// First day of history.
    pub(crate) start: Day,
    /// Days of history; the export is taken at the end of the last one.
    pub(crate) days: i32,
    /// The link's time.
    pub(crate) created: i64,
}

impl Pull {
    /// The second just before the export ends.
    fn end(&self) -> i64 {
        i64::from(self.start.plus(self.days).0) * DAY
    }
}

/// Adds a holder's accounts and rows to a case.
pub(crate) fn assemble(case: &mut Case, plan: &Plan, lived: Lived, pull: &Pull, draw: &mut Draw) {
    let mut by_slot: [Vec<Entry>; 3] = [Vec::new(), Vec::new(), Vec::new()];
    for entry in lived.entries {
        by_slot[entry.account as usize].push(entry);
    }
    let slots = [(Slot::Checking, true), (Slot::Savings, plan.savings.is_some()), (Slot::Card, plan.card.is_some())];
    for (slot, _) in slots.iter().filter(|(_, open)| *open) {
        let at = *slot as usize;
        let last4 = draw.bits() % 10_000;
        let entries = &mut by_slot[at];
        entries.sort_by_key(|entry| (entry.made, entry.second));
        if let (Slot::Checking, Relink::Again(before)) = (slot, plan.relink) {
            old_link(case, plan, entries, lived.opening[0], pull, before, last4);
        }
        let mut account = account(plan, pull, *slot, last4, &format!("{}n", at));
        account.balance = Some(BalanceObject {
            as_of: pull.end() - 1_800,
            currency: Currency::USD,
            current: lived.closing[at],
            available: Some(lived.closing[at] + lived.held[at]),
        });
        push_rows(case, plan, entries, &account, pull, pull.days);
        case.accounts.push(account);
        case.openings.push(lived.opening[at]);
    }
}

/// The first link of an account that was linked again `before` days before the end: frozen there, with ids of its own.
fn old_link(case: &mut Case, plan: &Plan, entries: &[Entry], opening: i64, pull: &Pull, before: i32, last4: u64) {
    let frozen = (pull.days - before).max(1);
    let old = Pull {
        days: frozen,
        created: pull.created.min(i64::from(pull.start.plus(frozen).0) * DAY - 86_400),
        ..pull.clone()
    };
    let mut account = account(plan, &old, Slot::Checking, last4, "0");
    account.status = AccountStatus::Inactive;
    let known: Vec<Entry> = entries.iter().filter(|entry| entry.posts < frozen).cloned().collect();
    let current = opening + known.iter().filter(|entry| entry.voids.is_none()).map(|entry| entry.amount).sum::<i64>();
    account.balance =
        Some(BalanceObject { as_of: old.end() - 1_800, currency: Currency::USD, current, available: Some(current) });
    push_rows(case, plan, &known, &account, &old, frozen);
    case.accounts.push(account);
    case.openings.push(opening);
}

fn account(plan: &Plan, pull: &Pull, slot: Slot, last4: u64, mark: &str) -> AccountObject {
    let (category, subcategory, name) = match slot {
        Slot::Checking => (AccountCategory::Cash, AccountSubcategory::Checking, "Checking"),
        Slot::Savings => (AccountCategory::Cash, AccountSubcategory::Savings, "Savings"),
        Slot::Card => (AccountCategory::Credit, AccountSubcategory::CreditCard, "Rewards Card"),
    };
    let mut ending = String::new();
    digits(last4, 4, &mut ending);
    let at = pull.end() - 1_500;
    let refresh = Refresh { status: RefreshStatus::Succeeded, last_attempted_at: Some(at) };
    AccountObject {
        id: shared(format!("fca_{}{mark}", pull.stem)),
        holder: pull.holder.clone(),
        holder_kind: if plan.business { HolderKind::Account } else { HolderKind::Customer },
        institution_name: words::BANKS[plan.bank % words::BANKS.len()].to_owned(),
        display_name: Some(if plan.business { format!("Business {name}") } else { name.to_owned() }),
        last4: Some(ending),
        category,
        subcategory,
        status: AccountStatus::Active,
        permissions: Permissions { balances: true, ownership: false, payment_method: true, transactions: true },
        created: pull.created,
        livemode: true,
        balance: None,
        balance_refresh: Some(refresh),
        transaction_refresh: Some((shared(format!("fctxnref_{}{mark}b", pull.stem)), refresh)),
    }
}

/// The rows of one account, each with the versions that a daily feed leaves behind.
fn push_rows(case: &mut Case, plan: &Plan, entries: &[Entry], account: &AccountObject, pull: &Pull, days: i32) {
    let stem = account.id.trim_start_matches("fca_");
    let token =
        account.transaction_refresh.as_ref().map_or_else(|| shared(String::new()), |(token, _)| Arc::clone(token));
    // Every third bank tells days only: midnight.
    let midnight = plan.bank % 3 == 1;
    let at = |day: i32, second: i64| i64::from(pull.start.plus(day).0) * DAY + if midnight { 0 } else { second };
    let pulled = pull.end() - 1_500;
    for (number, entry) in (1_u64..).zip(entries) {
        let mut id = String::with_capacity(stem.len() + 12);
        id.push_str("fctxn_");
        id.push_str(stem);
        digits(number, 5, &mut id);
        let made = at(entry.made, entry.second);
        let posted = (entry.posts < days && entry.voids.is_none())
            .then(|| if entry.posts == entry.made { made } else { at(entry.posts, 15_300) });
        let voided = entry.voids.filter(|day| *day < days).map(|day| at(day, 10_800));
        let status = match (posted, voided) {
            (_, Some(_)) => TransactionStatus::Void,
            (Some(_), None) => TransactionStatus::Posted,
            (None, None) => TransactionStatus::Pending,
        };
        // A feed sees a change on the next morning, at the earliest when the account was linked.
        let seen = |time: i64| {
            let morning = (time.div_euclid(DAY) + 1) * DAY + 10_000;
            if plan.subscribed { morning.max(pull.created + 600).min(pulled) } else { pulled }
        };
        let row = TransactionObject {
            id,
            account: Arc::clone(&account.id),
            amount: entry.amount,
            currency: Currency::USD,
            description: entry.text.clone(),
            livemode: true,
            status,
            posted_at: posted,
            void_at: voided,
            transacted_at: made,
            transaction_refresh: Arc::clone(&token),
            updated: seen(voided.or(posted).unwrap_or(made)),
        };
        let first_seen = seen(made);
        if status != TransactionStatus::Pending && first_seen < row.updated {
            let (status, posted_at, void_at) = (TransactionStatus::Pending, None, None);
            let earlier = TransactionObject { status, posted_at, void_at, updated: first_seen, ..row.clone() };
            case.transactions.push(earlier);
            case.tags.push(entry.tag);
        }
        case.transactions.push(row);
        case.tags.push(entry.tag);
    }
}
