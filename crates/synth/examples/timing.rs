//! Times generation.
use std::{path::PathBuf, time::Instant};
use cashline_io::{export::{ExportOptions, export_layout}, read::Packing};
use cashline_synth::{Spec, cases, write};
fn main() {
    let mut args = std::env::args().skip(1);
    let dir = PathBuf::from(args.next().expect("dir"));
    let n: u64 = args.next().expect("n").parse().expect("n");
    let layout = args.next().expect("layout");
    std::fs::create_dir_all(&dir).expect("dir");
    let start = Instant::now();
    let rows: usize = cases(&Spec::new(1, n)).map(|case| case.transactions.len()).sum();
    println!("cases only: {rows} rows {:?}", start.elapsed());
    let start = Instant::now();
    let written = write(&Spec::new(1, n), &dir, &ExportOptions { layout: export_layout(&layout).expect("layout"), packing: Packing::Plain, outcome: false }).expect("writes");
    println!("{} rows, {} accounts {:?}", written.transactions, written.accounts, start.elapsed());
}
