//! Whole-program tests, one binary: a file for each door and law.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests stop at the first surprise and say what they skip"
)]
#![expect(unreachable_pub, reason = "test code")]

mod attributes;
mod berka;
mod categories;
mod copied;
mod corrections;
mod crash;
mod damaged;
mod develop;
mod docs;
mod doors;
mod enrich;
mod exits;
mod frame;
mod freeze;
mod institutions;
mod laws;
mod model;
mod modeller;
mod monitor;
mod oracle;
mod owner_facts;
mod owner_tables;
mod ownership;
mod payments;
mod relinks;
mod segments;
mod state;
mod spill;
mod streams;
mod support;
mod testmode;
mod tidy;
mod trees;
