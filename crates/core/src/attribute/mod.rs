//! Attributes: the registry from which the matrix, the docs, the catalogue and the tests are derived.
//!
//! Two kinds in one shape: *declared* (measure × filter × window in a TOML file, ours and the lender's in the same grammar) and
//! *computed* (one entry and one function in its family's file).

mod check;
pub mod declared;
pub mod definition;
pub mod families;
mod grammar;
pub mod like;
pub mod manual;
#[cfg(test)]
mod naive_tests;
mod reads;
pub mod registry;
pub mod standard;
#[cfg(test)]
mod tests;
