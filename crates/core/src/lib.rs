#![doc = include_str!("../README.md")]

// Floors, lowest first: a module may use only what stands above it in this list.
// `tests/tidy.rs` reads the list and fails when an arrow points up; rustfmt leaves its order alone.
pub mod limits;
pub mod hash;
pub mod config;
pub mod exact;
pub mod money;
pub mod time;
pub mod calendar;
pub mod gross_up;
pub mod value;
pub mod defect;
pub mod field;
pub mod row;
pub mod application;
pub mod category;
pub mod correction;
pub mod history;
pub mod ledger;
pub mod stream;
pub mod forecast;
pub mod digest;
pub mod extent;
pub mod institution;
pub mod relinks;
pub mod attribute;
pub mod reason;
pub mod model;
pub mod assessment;
pub mod decide;
pub mod engine;
pub mod payment;
pub mod bundle;
pub mod portfolio;
pub mod event;
pub mod table;
