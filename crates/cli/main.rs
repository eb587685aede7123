//! The `cashline` command.
fn main() {}
