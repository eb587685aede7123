//! Whether an account's rows, taken together, can be what happened: each may be a good row, and the delivery wrong.
//!
//! - **Signs** turned or left out. Who buys does so in more shops than give money back, however often these do. An account
//!   to which at least [`REFUNDS_MIN`] refunds came, from at least [`SHOPS_MIN`] shops, from as many as took money, and not hardly
//!   ever ([`TAKEN_MOST`]), shows its purchases as money in. Shops are counted beside rows: a merchant has deposits every day, and
//!   they come from one processor. Where bills went out ([`BILLS_MIN`]) they would have come in, if signs were turned or left out.
//!   What came by ACH is no refund of a purchase: so shops pay who supplies them. Each account is judged by itself, for a lender's
//!   sources may differ in what they do; what a card bought is money out like all else.
//! - **Rows that stand twice**, under two ids. Of at least [`ROWS_MIN`] rows four fifths have a twin of the same day, amount
//!   and text to the letter, in at least [`AMOUNTS_MIN`] amounts and in a fourth as many as there are twins: fares, machines, fees
//!   and what a club or a daycare takes from each come in few.

use super::{Doubt, Ledger, LedgerRow, visible::Seen};
use crate::{
    category::{
        label::{Instrument, Purpose, Role},
        taxonomy::Taxonomy,
    },
    history::History,
};

/// Refunds of an account from which on their shops are counted.
const REFUNDS_MIN: u32 = 10;
/// Fewer shops that give money back prove nothing.
const SHOPS_MIN: usize = 6;
/// Rows of money out to shops, for each refund, beyond which a customer returns things: what is paid out by shops, as to drivers
/// and merchants, goes out when signs are turned.
const TAKEN_MOST: usize = 6;
/// So many bills that were paid, where none came in, prove the signs.
const BILLS_MIN: usize = 3;

/// Rows of an account from which on twins are looked for.
const ROWS_MIN: usize = 50;
/// Amounts in which twins come when all rows do.
const AMOUNTS_MIN: usize = 5;

/// Puts accounts in doubt whose purchases come in; reads what texts alone say.
pub(crate) fn doubt_signs(ledger: &mut Ledger, taxonomy: &Taxonomy) {
    let Some(refund) = taxonomy.purpose("refund") else { return };
    let mut refunds = vec![0_u32; ledger.accounts.len()];
    for row in ledger.rows.iter().chain(&ledger.other_rows) {
        refunds[usize::from(row.account)] += u32::from(0 < row.amount && row.label.purpose == refund);
    }
    if refunds.iter().all(|count| *count < REFUNDS_MIN) {
        return;
    }
    let Some(merchant) = taxonomy.role("merchant") else { return };
    let bills = ["utility", "insurer"].map(|name| taxonomy.role(name));
    let words = Words { refund, merchant, bills, ach: taxonomy.instrument("ach") };
    for (at, _) in (0_u16..).zip(&refunds).filter(|(_, count)| REFUNDS_MIN <= **count) {
        if words.are_signs_wrong(ledger, at) {
            ledger.counts.sign_implausible_accounts += 1;
            let doubts = &mut ledger.accounts[usize::from(at)].doubts;
            for doubts in [doubts, &mut ledger.doubts] {
                doubts.push(Doubt::SignImplausible);
                doubts.sort_unstable();
                doubts.dedup();
            }
        }
    }
}

/// What the taxonomy calls that by which purchases and refunds are told.
struct Words {
    refund: Purpose,
    merchant: Role,
    bills: [Option<Role>; 2],
    ach: Option<Instrument>,
}

impl Words {
    fn are_signs_wrong(&self, ledger: &Ledger, account: u16) -> bool {
        let of_shops = || {
            let rows = ledger.rows.iter().chain(&ledger.other_rows);
            rows.filter(|row| row.account == account && row.label.role == self.merchant)
        };
        let is_refund = |row: &&LedgerRow| {
            0 < row.amount && row.label.purpose == self.refund && Some(row.label.instrument) != self.ach
        };
        let bills =
            || ledger.rows.iter().filter(|row| row.account == account && self.bills.contains(&Some(row.label.role)));
        let giving = shops(of_shops().filter(is_refund));
        let takes = |row: &&LedgerRow| row.amount < 0;
        let paid = bills().filter(takes).count();
        let are_bills_paid = BILLS_MIN <= paid && bills().count() == paid;
        SHOPS_MIN <= giving
            && shops(of_shops().filter(takes)) <= giving
            && of_shops().filter(takes).count() <= TAKEN_MOST * of_shops().filter(is_refund).count()
            && !are_bills_paid
    }
}

fn shops<'a>(rows: impl Iterator<Item = &'a LedgerRow>) -> usize {
    let mut shops: Vec<u64> = rows.map(|row| row.label.counterparty).collect();
    shops.sort_unstable();
    shops.dedup();
    shops.len()
}

/// Whether an account's posted rows, which are in order, stand twice.
pub(super) fn is_twice(history: &History, rows: &[Seen]) -> bool {
    if rows.len() < ROWS_MIN {
        return false;
    }
    // Where days repeat a time, as clocks go back, their rows are two groups, which finds fewer twins.
    let (mut alone, mut groups, mut of_day, mut amounts) = (0, 0, vec![], vec![]);
    for day in rows.chunk_by(|a, b| a.day == b.day) {
        of_day.clear();
        of_day.extend(day.iter().map(|seen| (seen.amount, seen.index)));
        of_day.sort_unstable();
        // Texts are read where amounts agree, which is nearly nowhere.
        for alike in of_day.chunk_by_mut(|a, b| a.0 == b.0) {
            if let [(_, _)] = alike {
                alone += 1;
                continue;
            }
            let text = |row: &(i64, u32)| history.description(row.1);
            alike.sort_by(|a, b| text(a).cmp(text(b)));
            let twins = alike.chunk_by(|a, b| text(a) == text(b)).filter(|same| 1 < same.len());
            let (met, twins) = twins.fold((0, 0), |(met, rows), same| (met + 1, rows + same.len()));
            groups += met;
            alone += alike.len() - twins;
            amounts.extend(alike.first().filter(|_| 0 < twins).map(|row| row.0));
        }
        // Nearly every account is done with before half of its days.
        if rows.len() < 5 * alone {
            return false;
        }
    }
    amounts.sort_unstable();
    amounts.dedup();
    AMOUNTS_MIN <= amounts.len() && groups <= 4 * amounts.len()
}
