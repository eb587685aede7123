//! What a lender does with a scorecard of its own: baselines from a run, seals over its own attributes.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

use crate::support::{cashline, run, scratch, workspace};

const SAMPLE: &str = "data/sample";

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Points by characteristic of every scored application, through another door than the one that baselines are read from.
fn explained() -> Vec<(i64, BTreeMap<String, i64>)> {
    let applications = fs::read_to_string(workspace().join(SAMPLE).join("applications.csv")).unwrap();
    let mut ids: Vec<&str> = applications.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    ids.dedup();
    let explain = |id: &str| -> Option<(i64, BTreeMap<String, i64>)> {
        let output = run(0, &["explain", SAMPLE, "--application", id, "--json"]);
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        let answer = &answer["assessment"];
        let points = answer["characteristics"].as_array()?.iter();
        let points = points.map(|one| (one["attribute"].as_str().unwrap().to_owned(), one["points"].as_i64().unwrap()));
        Some((answer["score"].as_i64()?, points.collect()))
    };
    ids.into_iter().filter_map(explain).collect()
}

#[test]
fn baselines_are_the_averages_of_the_points_that_applications_earned() {
    let place = scratch();
    let (done, card) = (place.path().join("run"), place.path().join("card.toml"));
    let shipped = fs::read_to_string(workspace().join("data/model/card_consumer.toml")).unwrap();
    fs::write(&card, &shipped).unwrap();
    run(0, &["score", SAMPLE, "-o", text(&done)]);
    let earned = explained();
    assert_eq!(earned.len(), 7);
    // The marginal group is one application: its average is its own points.
    let lowest = earned.iter().min_by_key(|one| one.0).unwrap();
    let cutoff = lowest.0.to_string();
    let arguments = ["model", "baseline", text(&card), "--from", text(&done), "--cutoff", &cutoff, "--width", "0"];
    run(0, &arguments);

    let written = fs::read_to_string(&card).unwrap();
    let hand = shipped.split("# Sealed").next().unwrap().trim_end();
    assert!(written.starts_with(hand), "what stands there by hand stays, comments too");
    let file: toml::Table = toml::from_str(&written).unwrap();
    let of = |name: &str| file["baselines"][name].as_table().unwrap();
    assert_eq!(of("all")["applicants"].as_integer(), Some(7));
    assert_eq!(of("marginal")["applicants"].as_integer(), Some(1));
    assert_eq!(of("marginal")["score_from"].as_integer(), Some(lowest.0));
    for (attribute, points) in &lowest.1 {
        let sum: i64 = earned.iter().map(|one| one.1[attribute]).sum();
        let mean = of("all")["points"][attribute].as_float().unwrap();
        assert!((mean - f64::from(i32::try_from(sum).unwrap()) / 7.0).abs() < 1e-12, "{attribute}");
        let own = f64::from(i32::try_from(*points).unwrap());
        assert_eq!(of("marginal")["points"][attribute].as_float(), Some(own), "{attribute}");
    }

    // Once more changes nothing, and the choice of a baseline moves reasons but no score.
    run(0, &arguments);
    assert_eq!(fs::read_to_string(&card).unwrap(), written);
    fs::write(&card, written.replace("baseline = \"neutral\"", "baseline = \"all\"")).unwrap();
    let scores = |arguments: &[&str]| -> Vec<String> {
        let output = run(0, &[&["score", SAMPLE], arguments].concat());
        let table = String::from_utf8(output.stdout).unwrap();
        table.lines().map(|line| line.split(',').take(6).collect::<Vec<_>>().join(",")).collect()
    };
    assert_eq!(scores(&["--model", text(&card)]), scores(&[]));
}

#[test]
fn a_run_of_another_scorecard_makes_no_baseline() {
    let place = scratch();
    let (done, card) = (place.path().join("run"), place.path().join("card.toml"));
    run(0, &["score", SAMPLE, "-o", text(&done)]);
    let shipped = fs::read_to_string(workspace().join("data/model/card_consumer.toml")).unwrap();
    for (old, new) in [("{ points = -75 }", "{ points = -74 }"), ("base_points = 660", "base_points = 670")] {
        assert!(shipped.contains(old));
        let other = shipped.replacen(old, new, 1);
        fs::write(&card, &other).unwrap();
        let arguments = ["model", "baseline", text(&card), "--from", text(&done), "--cutoff", "0", "--width", "1000"];
        let output = run(2, &arguments);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(message.contains("another model"), "{message}");
        assert_eq!(fs::read_to_string(&card).unwrap(), other, "a refusal leaves the file as it stood");
    }
}

const OWN: &str = r#"
[[attribute]]
name = "own_spend_count"
family = "spend_essential_discretionary"
unit = "count"
windows = ["90d"]
measure = "count"
of = "spend"
risk = "neither"
compliance = "model_ok"
reason = "spending_level"
definition = "Rows of spending."
"#;

#[test]
fn a_seal_over_a_lender_s_own_attribute_breaks_with_its_meaning() {
    let place = scratch();
    let (own, card) = (place.path().join("own.toml"), place.path().join("card.toml"));
    fs::write(&own, OWN).unwrap();
    let shipped = fs::read_to_string(workspace().join("data/model/card_consumer.toml")).unwrap();
    let hand = shipped.split("# Sealed").next().unwrap();
    fs::write(&card, hand.replace("\"active_days_90d\"", "\"own_spend_count_90d\"")).unwrap();

    let refused = cashline().args(["model", "seal", text(&card)]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2), "without --attributes nobody knows it");
    run(0, &["model", "seal", text(&card), "--attributes", text(&own)]);
    let score = ["score", SAMPLE, "--model", text(&card), "--attributes", text(&own)];
    run(0, &score);
    fs::write(&own, OWN.replace("of = \"spend\"", "of = \"essential\"")).unwrap();
    let output = run(2, &score);
    assert!(String::from_utf8_lossy(&output.stderr).contains("own_spend_count_90d"));
}
