#![doc = include_str!("../README.md")]

pub mod commit;
pub mod error;
pub mod export;
pub mod input;
pub mod manifest;
mod packed;
pub mod plain;
pub mod portfolio;
pub mod profile;
pub mod read;
pub mod run;
pub mod state;
pub mod walk;
pub mod write;
pub mod written;
