#![doc = include_str!("../README.md")]

// Floors, lowest first: a module may use only what stands above it in this list.
// `tests/tidy.rs` holds the same list and fails when an arrow points up.
pub mod application;
pub mod assessment;
pub mod attribute;
pub mod category;
pub mod config;
pub mod decide;
pub mod defect;
pub mod digest;
pub mod engine;
pub mod history;
pub mod ledger;
pub mod limits;
pub mod model;
pub mod money;
pub mod portfolio;
pub mod reason;
pub mod row;
pub mod stream;
pub mod table;
pub mod time;
pub mod value;
