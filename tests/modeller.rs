//! What a modeller is told by `fit` and `validate`, held against what is so.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use crate::support::{run, scratch};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A generated portfolio and its outcomes: application and outcome, nothing else.
fn book(place: &Path, more: &[&str]) -> (PathBuf, PathBuf) {
    let (portfolio, outcomes) = (place.join("book"), place.join("outcomes.csv"));
    run(0, &[&["sample", text(&portfolio)], more].concat());
    let lines: String =
        truth(&portfolio).iter().map(|(id, outcome)| format!("{id},{outcome}\n")).collect::<Vec<_>>().concat();
    fs::write(&outcomes, format!("application_id,outcome\n{lines}")).unwrap();
    (portfolio, outcomes)
}

/// Applications and outcomes of a portfolio, as they were planted.
fn truth(portfolio: &Path) -> Vec<(String, String)> {
    let mut reader = csv::Reader::from_path(portfolio.join("_truth.csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|one| one == name).unwrap();
    let (id, outcome) = (at("application_id"), at("outcome"));
    reader.records().map(|row| row.unwrap()).map(|row| (row[id].to_owned(), row[outcome].to_owned())).collect()
}

fn toml(path: &Path) -> toml::Table {
    fs::read_to_string(path).unwrap().parse().unwrap()
}

#[test]
fn the_points_in_bins_csv_are_those_of_the_model_file() {
    let place = scratch();
    let (portfolio, outcomes) =
        book(place.path(), &["--applications", "1500", "--seed", "21", "--preset", "subprime-gig"]);
    let out = place.path().join("fit");
    let mut arguments = vec!["fit", text(&portfolio), "--outcomes", text(&outcomes), "-o", text(&out), "--draws", "0"];
    arguments.extend(["--folds", "1x2", "--keep-apart", "0.3", "--seed", "3"]);
    run(0, &arguments);
    let model = toml(&out.join("model.toml"));
    let mut points: BTreeMap<(String, String), i64> = BTreeMap::new();
    let mut values: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for one in model["characteristics"].as_array().unwrap() {
        let name = one["attribute"].as_str().unwrap().to_owned();
        let bins = one["bins"].as_array().unwrap().iter();
        values.insert(name.clone(), bins.map(|bin| bin["points"].as_integer().unwrap()).collect());
        for (cause, earned) in one["missing"].as_table().unwrap() {
            points.insert((name.clone(), format!("missing: {cause}")), earned.as_integer().unwrap());
        }
    }
    let (mut apart, mut worth) = (0, 0);
    for row in csv::Reader::from_path(out.join("bins.csv")).unwrap().records() {
        let row = row.unwrap();
        let (name, bin, told) = (row[0].to_owned(), row[1].to_owned(), row[10].parse::<i64>().unwrap());
        let expected = if bin.starts_with("missing") {
            apart += 1;
            let other = points[&(name.clone(), "missing: other".to_owned())];
            points.get(&(name.clone(), bin.clone())).copied().unwrap_or(other)
        } else {
            values.get_mut(&name).unwrap().remove(0)
        };
        assert_eq!(told, expected, "{name} {bin}");
        worth += i64::from(bin.starts_with("missing") && told != 0);
    }
    assert!(values.values().all(Vec::is_empty));
    assert!(1 < apart && 0 < worth, "the fit must have missing values, some of them worth points: {apart}, {worth}");
}
