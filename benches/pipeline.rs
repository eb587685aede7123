//! The pipeline end to end.
fn main() {}
