//! The refining pass: what a row's text alone cannot tell, told by the rows around it.
//!
//! Runs once, on the ledger as of T, after transfers are paired and before anything counts: a row is refined at most once, by
//! the first context rule that its payer's rows meet, and keeps the purpose its text gave it beside the new one.

use rustc_hash::{FxBuildHasher, FxHashMap};

use super::{
    cadence::Cadence,
    fitting::{Prior, Scratch, calendar},
};
use crate::{
    category::{
        categoriser::Categoriser,
        context::{ContextRule, Evidence, Regular, Rhythm},
        label::{Purpose, RuleId},
        taxonomy::Taxonomy,
    },
    ledger::{Ledger, LedgerRow, Refined},
    money::Direction,
    time::Day,
};

/// Refines the labels of a ledger.
pub fn refine(ledger: &mut Ledger, categoriser: &Categoriser) {
    let rules = categoriser.context();
    let mut may_change = [false; 256];
    for purpose in rules.iter().flat_map(|rule| &rule.from) {
        may_change[usize::from(purpose.0)] = true;
    }
    // What a human said of a row stands.
    let asks = |row: &LedgerRow| may_change[usize::from(row.label.purpose.0)] && row.label.rule != RuleId::CORRECTION;
    for (at, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.evidence == Evidence::Paired) {
        pairs(ledger, rule, RuleId::context(at), categoriser.taxonomy());
    }
    let payers = Payers::of(ledger, asks);
    if payers.rows.is_empty() {
        return;
    }
    let mut scratch = Scratch::default();
    for (direction, rows) in payers.each() {
        let found = rules.iter().enumerate().find_map(|(at, rule)| {
            let Evidence::Regular(regular) = &rule.evidence else { return None };
            let target = if direction == Direction::Inflow { rule.inflow } else { rule.outflow }?;
            if rows.len() < regular.payments_min {
                return None;
            }
            let own: Vec<u32> = rows
                .iter()
                .map(|(_, row)| *row)
                .filter(|row| rule.from.contains(&ledger.rows[*row as usize].label.purpose))
                .collect();
            let held = &payers.held[usize::from(direction == Direction::Outflow)];
            let is_free = !rule.unless.iter().any(|purpose| held[usize::from(purpose.0)]);
            let kept = is_free.then(|| keeps(ledger, direction, regular, &own, &mut scratch)).flatten()?;
            Some((at, rule, target, kept))
        });
        if let Some((at, rule, target, (rows, cadence))) = found {
            let payments = u32::try_from(rows.len()).unwrap_or(u32::MAX);
            for row in rows {
                change(ledger, row, rule, RuleId::context(at), target, (payments, Some(cadence)));
            }
        }
    }
    ledger.refined.sort_unstable_by_key(|one| one.row);
}

/// Both rows of transfers between own accounts. What is paired with a card and not netted out pays the card, whatever kind of
/// transfer its text says.
fn pairs(ledger: &mut Ledger, rule: &ContextRule, id: RuleId, taxonomy: &Taxonomy) {
    let paired = ledger.paired();
    // By place in the history: every row is asked.
    let mut is_paired = vec![false; paired.last().map_or(0, |last| *last as usize + 1)];
    paired.iter().for_each(|at| is_paired[*at as usize] = true);
    let card = taxonomy.purpose("credit_card_payment");
    for at in 0..ledger.rows.len() {
        let row = &ledger.rows[at];
        let LedgerRow { label, internal, .. } = *row;
        let pays_card = !internal && is_paired.get(row.index as usize) == Some(&true);
        // Most rows are no leg of a transfer.
        if (!internal && !pays_card) || label.rule == RuleId::CORRECTION {
            continue;
        }
        let asks = rule.from.contains(&label.purpose);
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        if pays_card {
            let is_vague = asks || taxonomy.info(label.purpose).group == "transfer";
            if let (true, Some(card)) = (is_vague, card) {
                change(ledger, at, rule, id, card, (2, None));
                ledger.rows[at as usize].label.role = label.role;
            }
        } else if let (true, Some(target)) = (asks, if 0 < row.amount { rule.inflow } else { rule.outflow }) {
            change(ledger, at, rule, id, target, (2, None));
        }
    }
}

/// Rows that rules may refine for which room is made at once.
const ROWS_USUAL: usize = 64;

/// Rows that some rule may refine, by payer or payee.
struct Payers {
    // Of each payer in the order of their first rows.
    directions: Vec<Direction>,
    // Positions in the ledger, by payer and ascending.
    rows: Vec<(u32, u32)>,
    // Whether rows move money in and out for each purpose, transfers left out.
    held: [[bool; 256]; 2],
}

impl Payers {
    fn of(ledger: &Ledger, asks: impl Fn(&LedgerRow) -> bool) -> Payers {
        let (directions, rows) = (Vec::with_capacity(ROWS_USUAL), Vec::with_capacity(ROWS_USUAL));
        let mut payers = Payers { directions, rows, held: [[false; 256]; 2] };
        let mut known: FxHashMap<(Direction, u64), u32> =
            FxHashMap::with_capacity_and_hasher(ROWS_USUAL, FxBuildHasher);
        for (at, row) in (0_u32..).zip(&ledger.rows).filter(|(_, row)| !row.internal) {
            payers.held[usize::from(row.amount < 0)][usize::from(row.label.purpose.0)] = true;
            if !asks(row) {
                continue;
            }
            let direction = Direction::of(row.amount).filter(|_| row.day < ledger.end);
            let Some(direction) = direction else { continue };
            let payer = *known.entry((direction, row.label.counterparty)).or_insert_with(|| {
                payers.directions.push(direction);
                u32::try_from(payers.directions.len() - 1).unwrap_or(u32::MAX)
            });
            payers.rows.push((payer, at));
        }
        payers.rows.sort_unstable();
        payers
    }

    /// Those with two rows or more.
    fn each(&self) -> impl Iterator<Item = (Direction, &[(u32, u32)])> {
        let of_payer = self.rows.chunk_by(|a, b| a.0 == b.0).filter(|rows| 2 <= rows.len());
        of_payer.map(|rows| (self.directions[rows[0].0 as usize], rows))
    }
}

/// The rows that keep what a rule asks for, all of one payer or those of one amount, and their calendar.
fn keeps(
    ledger: &Ledger,
    direction: Direction,
    regular: &Regular,
    rows: &[u32],
    scratch: &mut Scratch,
) -> Option<(Vec<u32>, Cadence)> {
    if rows.len() < regular.payments_min {
        return None;
    }
    let whole = is_regular(ledger, direction, regular, rows, scratch).map(|cadence| (rows.to_vec(), cadence));
    if whole.is_some() {
        return whole;
    }
    // A person gets rent and other money, and all cheques have one payee: the payments of one amount stand for themselves.
    let mut by_amount: Vec<u32> = rows.to_vec();
    by_amount.sort_unstable_by_key(|at| (magnitude(ledger, *at), *at));
    let same = |a: &u32, b: &u32| magnitude(ledger, *a) == magnitude(ledger, *b);
    let lanes = by_amount.chunk_by(same).filter(|lane| lane.len() < rows.len());
    // The largest sum first: rent is seldom the smaller of two.
    lanes
        .rev()
        .find_map(|lane| is_regular(ledger, direction, regular, lane, scratch).map(|cadence| (lane.to_vec(), cadence)))
}

fn is_regular(
    ledger: &Ledger,
    direction: Direction,
    regular: &Regular,
    rows: &[u32],
    scratch: &mut Scratch,
) -> Option<Cadence> {
    if rows.len() < regular.payments_min || rows.is_empty() {
        return None;
    }
    let amounts = || rows.iter().map(|at| magnitude(ledger, *at));
    let (low, high) = (amounts().min()?, amounts().max()?);
    let is_even = i128::from(high) * 100 <= i128::from(low) * i128::from(100 + regular.spread_percent_max);
    let is_round = regular.multiple_of.is_none_or(|of| amounts().all(|amount| amount % of == 0));
    if !is_even || !is_round {
        return None;
    }
    let mut days: Vec<Day> = rows.iter().map(|at| ledger.rows[*at as usize].day).collect();
    days.sort_unstable();
    days.dedup();
    // Several on one day are no schedule of one payment.
    if days.len() < rows.len() {
        return None;
    }
    let (first, last) = (days[0], days[days.len() - 1]);
    let moved: i128 = ledger
        .rows
        .iter()
        .filter(|row| {
            !row.internal && first <= row.day && row.day <= last && Direction::of(row.amount) == Some(direction)
        })
        .map(|row| i128::from(row.amount.unsigned_abs()))
        .sum();
    let own: i128 = amounts().map(i128::from).sum();
    if own * 100 < moved * i128::from(regular.share_percent_min) {
        return None;
    }
    let prior = if direction == Direction::Inflow { Prior::Income } else { Prior::Bill };
    let found = calendar(&days, ledger.end, direction, prior, scratch)?;
    // What comes beside the calendar, or often fails to come, is no regular payment of an unknown kind; of many payments one
    // in ten may be late or a bonus.
    let is_kept =
        found.fit.extras * 10 <= found.fit.hits && regular.rhythms.iter().any(|rhythm| is_on(*rhythm, found.cadence));
    is_kept.then_some(found.cadence)
}

fn is_on(rhythm: Rhythm, cadence: Cadence) -> bool {
    match rhythm {
        Rhythm::Weekly => cadence == Cadence::Weekly,
        Rhythm::Biweekly => cadence == Cadence::Biweekly,
        Rhythm::SemiMonthly => cadence == Cadence::SemiMonthly,
        Rhythm::Monthly => {
            matches!(cadence, Cadence::MonthlyByDay | Cadence::MonthlyByWeekday | Cadence::FourWeekly)
        }
    }
}

fn change(
    ledger: &mut Ledger,
    at: u32,
    rule: &ContextRule,
    id: RuleId,
    purpose: Purpose,
    (payments, cadence): (u32, Option<Cadence>),
) {
    let row = &mut ledger.rows[at as usize];
    ledger.refined.push(Refined {
        row: row.index,
        purpose: row.label.purpose,
        rule: row.label.rule,
        payments,
        cadence: cadence.map_or("", Cadence::code),
    });
    row.label.purpose = purpose;
    row.label.rule = id;
    row.label.confidence = rule.confidence;
    row.label.role = rule.role.unwrap_or(row.label.role);
}

fn magnitude(ledger: &Ledger, at: u32) -> i64 {
    ledger.rows[at as usize].amount.saturating_abs()
}

#[cfg(test)]
mod tests;
