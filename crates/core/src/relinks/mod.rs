//! Which accounts of a portfolio are one real account, or show one history, told from scoring data alone: no name, no
//! number, no address.
//!
//! A fresh link of an account gets new ids, and so does the link of a second holder; a history that was copied gets ids that
//! never existed. Within an application the ledger merges links by evidence (`ledger::relink`); here the whole portfolio is
//! looked through, in two passes. The first keeps a [`Print`] of each account: where it is held, its last digits, and some
//! marks of its rows. Accounts that agree in these become [`candidates`]. The second pass keeps the rows of candidates alone,
//! and [`judge`] counts what they have in common.
//!
//! # Limits
//!
//! Found is what shares a mark, so at least [`MARK_ROWS`] rows in a row, or a holder, a bank and last digits. Blocks larger than
//! [`MARK_BLOCK_MAX`] and [`KEY_BLOCK_MAX`] are passed over and counted: what hundreds of accounts share tells nothing of two.
//! A copy with other days or other amounts is not found.

mod block;
mod judge;
mod print;

pub use block::{Candidates, KEY_BLOCK_MAX, MARK_BLOCK_MAX, candidates};
pub use judge::{Agreement, Evidence, Relation, Twin, Verdict, judge};
pub use print::{Account, MARK_ROWS, Print, accounts};

/// Accounts whose rows are held at a time: more candidates are judged in several readings of the input.
pub const ACCOUNTS_HELD_MAX: usize = 100_000;

#[cfg(test)]
mod tests;
