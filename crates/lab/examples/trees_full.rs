//! Imported models against the libraries that made them, on as many rows as one likes, with the time that a row takes.
//!
//! ```sh
//! goldens/scripts/trees.py DIR --trees 60 --rows 4000 --shap 4000
//! cargo run --release -p cashline-lab --example trees_full DIR
//! ```
//!
//! Fails when a margin differs in any bit, or a contribution by more than 1e-12 (LightGBM) or 3e-6 (XGBoost, which sums in
//! single precision) of the row's largest.

#![expect(clippy::print_stdout, reason = "an example prints what it found")]

use std::{collections::BTreeMap, error::Error, path::Path, time::Instant};

use cashline_core::model::{
    Model, ModelFile,
    file::{Band, Direction, Holder, Population, Scale, ScaleUnit},
    trees::Trees,
};
use cashline_lab::import::{Header, Iterations, Margin, Options, import, model_file};
use serde::Deserialize;

#[derive(Deserialize)]
struct Expected {
    columns: Vec<String>,
    models: BTreeMap<String, Golden>,
}

#[derive(Deserialize)]
struct Golden {
    margins: Vec<String>,
    shap: Vec<Vec<String>>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args().nth(1).ok_or("name the directory that trees.py wrote")?;
    let directory = Path::new(&directory);
    let expected: Expected = serde_json::from_slice(&std::fs::read(directory.join("expected.json"))?)?;
    let text = std::fs::read_to_string(directory.join("rows.csv"))?;
    let cell = |cell: &str| if cell.is_empty() { Ok(f64::NAN) } else { number(cell) };
    let rows: Vec<Vec<f64>> =
        text.lines().skip(1).map(|line| line.split(',').map(cell).collect()).collect::<Result<_, _>>()?;
    for (name, golden) in &expected.models {
        let light = name.starts_with("lgb");
        let path = directory.join(format!("{name}.{}", if light { "txt" } else { "json" }));
        match trees(&std::fs::read(path)?, &expected.columns) {
            Ok(trees) => check(name, &trees, &expected.columns, &rows, golden, if light { 1e-12 } else { 3e-6 })?,
            Err(error) => println!("{name}: refused: {error}"),
        }
    }
    Ok(())
}

fn number(hex: &str) -> Result<f64, Box<dyn Error>> {
    let bits = u64::from_str_radix(hex, 16)?;
    Ok(if hex.len() == 8 { f64::from(f32::from_bits(u32::try_from(bits)?)) } else { f64::from_bits(bits) })
}

/// Through our file and back.
fn trees(bytes: &[u8], columns: &[String]) -> Result<Trees, Box<dyn Error>> {
    let options = Options {
        columns: columns.iter().map(|name| (name.clone(), format!("extra:{name}"))).collect(),
        reasons: columns.iter().map(|name| (name.clone(), "debt_burden".to_owned())).collect(),
        iterations: Iterations::All,
        margin: Margin::LogOdds,
        ..Options::default()
    };
    let header = Header {
        name: "full".to_owned(),
        version: "1".to_owned(),
        provider: "check".to_owned(),
        target: "check".to_owned(),
        horizon_days: 1,
        population: Population {
            description: "check".to_owned(),
            holder_kinds: vec![Holder::Customer],
            currency: None,
        },
        scale: Scale {
            min: 0,
            max: 1_000,
            direction: Direction::HigherIsSafer,
            unit: ScaleUnit::DoubleOdds { base: 600.0, odds_at_base: 20.0, pdo: 20.0 },
        },
        bands: vec![Band { name: "A".to_owned(), from: 0 }],
    };
    let text = model_file(header, import(bytes, &options)?.trees)?.to_toml();
    let start = Instant::now();
    let model = ModelFile::from_toml(&text)?.check()?;
    println!("{} KB of model file load in {} ms", text.len() / 1_024, start.elapsed().as_millis());
    match model {
        Model::Trees(trees) => Ok(trees),
        _ => Err("no ensemble".into()),
    }
}

fn check(
    name: &str,
    trees: &Trees,
    columns: &[String],
    rows: &[Vec<f64>],
    golden: &Golden,
    tolerance: f64,
) -> Result<(), Box<dyn Error>> {
    let place = |attribute: &str| columns.iter().position(|column| attribute.strip_prefix("extra:") == Some(column));
    let places: Vec<usize> = trees.inputs().iter().filter_map(|input| place(&input.attribute)).collect();
    let values: Vec<Vec<f64>> = rows.iter().map(|row| places.iter().map(|place| row[*place]).collect()).collect();
    let start = Instant::now();
    let margins: Vec<f64> = values.iter().map(|values| trees.margin(values)).collect();
    let margin_time = start.elapsed();
    for (ours, theirs) in margins.iter().zip(&golden.margins) {
        if ours.to_bits() != number(theirs)?.to_bits() {
            return Err(format!("{name}: a margin is {ours} instead of {}", number(theirs)?).into());
        }
    }
    let start = Instant::now();
    let shap: Vec<Vec<f64>> = values.iter().take(golden.shap.len()).map(|values| trees.contributions(values)).collect();
    let shap_time = start.elapsed();
    let mut worst = 0.0_f64;
    for (ours, theirs) in shap.iter().zip(&golden.shap) {
        let theirs: Vec<f64> = theirs.iter().map(|hex| number(hex)).collect::<Result<_, _>>()?;
        let scale = theirs.iter().fold(1.0_f64, |most, one| most.max(one.abs()));
        for (ours, place) in ours.iter().zip(&places) {
            worst = worst.max((ours - theirs[*place]).abs() / scale);
        }
        worst = worst.max((trees.expected_margin() - theirs[columns.len()]).abs() / scale);
    }
    println!(
        "{name}: {} margins bit-equal, {:?} a row; {} rows of contributions within {worst:.1e}, {:?} a row",
        margins.len(),
        margin_time / u32::try_from(margins.len())?,
        shap.len(),
        shap_time / u32::try_from(shap.len())?,
    );
    if worst <= tolerance { Ok(()) } else { Err(format!("{name}: beyond {tolerance:e}").into()) }
}
