#![doc = include_str!("../README.md")]

// On floors, from the bottom up: a module uses those above it in this list.
mod count;

pub mod metrics;
pub mod sample;

pub mod outcomes;
pub mod run;

pub mod binning;
pub mod logistic;

pub mod select;

pub mod scorecard;

pub mod calibrate;
pub mod fairness;
pub mod import;
pub mod payment;
pub mod validate;

pub mod development;

pub mod diff;
pub mod monitor;

pub mod report;

#[cfg(test)]
mod public_books;
