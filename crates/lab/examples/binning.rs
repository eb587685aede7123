//! Bins the numeric columns of two public books and prints the information value and the time of each, one thread:
//!
//! ```text
//! cargo run --release -p cashline-lab --example binning -- TAIWAN_CSV_GZ GERMAN_DATA
//! ```
//!
//! Columns and prebins are those of `goldens/iv_taiwan_german.json`, the trend is `auto`, limits as there.
//! `goldens/scripts/binning_time.py` runs this and optbinning in turns.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measuring stick: stops at the first surprise")]

use std::{fs::File, io::Read as _, time::Instant};

use cashline_lab::{
    binning::{self, Options},
    sample::{Column, Values},
};
use serde_json::Value as Json;

fn main() {
    let golden: Json = serde_json::from_str(include_str!("../goldens/iv_taiwan_german.json")).unwrap();
    let paths: Vec<String> = std::env::args().skip(1).collect();
    assert_eq!(paths.len(), 2, "give creditcard_default.csv.gz and german.data");

    let mut taiwan = String::new();
    flate2::read::MultiGzDecoder::new(File::open(&paths[0]).unwrap()).read_to_string(&mut taiwan).unwrap();
    let split = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<String>>();
    let mut lines = taiwan.lines().map(split);
    let names = lines.next().unwrap();
    measure("taiwan", &golden, &names, &lines.collect::<Vec<_>>(), "1");

    let german = std::fs::read_to_string(&paths[1]).unwrap();
    let split = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<String>>();
    let names: Vec<String> = (1..=21).map(|at| format!("A{at}")).collect();
    let rows: Vec<Vec<String>> = german.lines().map(split).filter(|row| !row.is_empty()).collect();
    measure("german", &golden, &names, &rows, "2");
}

/// Bins every column of a part; the last cell of a row is the outcome.
fn measure(part: &str, golden: &Json, names: &[String], rows: &[Vec<String>], bad: &str) {
    let bad: Vec<bool> = rows.iter().map(|row| row.last().unwrap() == bad).collect();
    let weight = vec![1.0; rows.len()];
    let mut all = 0.0;
    for (name, column) in golden[part].as_object().unwrap() {
        let at = names.iter().position(|one| one == name).unwrap();
        let cells = rows.iter().map(|row| Ok(row[at].parse().unwrap())).collect();
        let values = Column { name: name.clone(), values: Values::Numbers(cells) };
        let splits = column["user_splits"].as_array().unwrap().iter().map(|split| split.as_f64().unwrap()).collect();
        let options = Options {
            prebin_splits: Some(splits),
            turn_gain_min: 0.0,
            bins_max: 10,
            bads_min: 0,
            goods_min: 0,
            ..Options::default()
        };
        let start = Instant::now();
        let binned = binning::fit(&values, &bad, &weight, &options).unwrap();
        let seconds = start.elapsed().as_secs_f64();
        all += seconds;
        println!("{part} {name} iv {:.6} bins {} ms {:.2}", binned.iv(), binned.bins.len(), 1e3 * seconds);
    }
    println!("{part} total_ms {:.2}", 1e3 * all);
}
