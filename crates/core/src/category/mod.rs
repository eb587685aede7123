//! What a transaction is: purpose, instrument and counterparty role, by rules that are data.
//!
//! [`Taxonomy`] holds the names and what each means for a lender; [`Rules`] turns a description into a [`Label`].

pub mod categoriser;
pub mod label;
pub mod taxonomy;
