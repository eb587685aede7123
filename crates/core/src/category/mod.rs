//! What a transaction is: purpose, instrument and counterparty role, by rules that are data.
//!
//! [`taxonomy::Taxonomy`] holds the names and what each means for a lender; [`rule`] reads rule files;
//! [`categoriser::Categoriser`] turns a description into a [`label::Label`] and says why.

pub mod accuracy;
pub mod ach;
pub mod audit;
pub mod categoriser;
pub mod context;
mod fold;
pub mod label;
mod lexicon;
mod literal_table;
mod literals;
mod matcher;
mod memo;
pub mod merchant;
#[cfg(test)]
mod merchant_tests;
mod outcomes;
mod picks;
mod postings;
pub mod rule;
pub mod taxonomy;
#[cfg(test)]
mod tests;
mod text;
pub mod texts;
pub mod vocabulary;
#[cfg(test)]
mod vocabulary_tests;
mod words;

pub use lexicon::places_digest;
