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
fn an_edge_that_is_no_number_is_blamed_by_its_own_name_when_a_card_is_sealed() {
    let place = scratch();
    let card = place.path().join("card.toml");
    let shipped = fs::read_to_string(workspace().join("data/model/card_consumer.toml")).unwrap();
    let (before, after) = shipped.split_once("below = ").unwrap();
    let (_, rest) = after.split_once(',').unwrap();
    fs::write(&card, format!("{before}below = nan,{rest}")).unwrap();
    let message = String::from_utf8(run(2, &["model", "seal", text(&card)]).stderr).unwrap();
    assert!(message.contains("a number is `nan`"), "{message}");
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

/// The shipped card for a history of 120 days, a card of one characteristic for a shorter one, calibrated.
fn fitted() -> String {
    let shipped = fs::read_to_string(workspace().join("data/model/card_consumer.toml")).unwrap();
    let hand = shipped.split("# Sealed").next().unwrap();
    let (head, rest) = hand.split_once("[[characteristics]]").unwrap();
    let usual =
        format!("[[characteristics]]{rest}").replace("[[characteristics]]", "[[segments.card.characteristics]]");
    let head = head
        .replacen("kind = \"scorecard\"", "kind = \"segmented\"", 1)
        .replacen("expert_uncalibrated", "fitted_calibrated", 1)
        .replacen("base_points = 660", "base_points = 0", 1);
    head + r#"
[calibration]
kind = "logistic"
intercept = 9.0
slope = -0.018
sample = { applicants = 900, bads = 100, window = "2024, observed to 2025", method = "platt, held out" }

[[segments]]
name = "short"
rationale = "little is known"
when = [{ attribute = { name = "history_days_available", below = 120.0, on_missing = "holds" } }]

[segments.card]
base_points = 600

[[segments.card.characteristics]]
attribute = "pay_frequency"
rationale = "why"
source = "who"
neutral = 0
bins = [{ codes = ["weekly", "biweekly"], points = 20 }, { points = 0 }]
missing = { other = 0 }

[[segments]]
name = "usual"
rationale = "the shipped card"

[segments.card]
base_points = 660

"# + &usual
}

#[test]
fn a_calibrated_model_of_segments_is_sealed_scored_and_explained() {
    let place = scratch();
    let card = place.path().join("card.toml");
    fs::write(&card, fitted()).unwrap();
    run(0, &["model", "seal", text(&card)]);
    let rows = |arguments: &[&str]| -> Vec<BTreeMap<String, String>> {
        let output = run(0, &[&["score", SAMPLE, "--format", "csv"], arguments].concat());
        let mut reader = csv::Reader::from_reader(output.stdout.as_slice());
        reader.deserialize().map(Result::unwrap).collect()
    };
    let (alone, routed) = (rows(&[]), rows(&["--model", text(&card)]));
    let mut segments = BTreeMap::new();
    for (before, after) in alone.iter().zip(&routed).filter(|(_, after)| !after["score"].is_empty()) {
        *segments.entry(after["segment"].clone()).or_insert(0) += 1;
        let score: f64 = after["score"].parse().unwrap();
        let expected = 1.0 / (1.0 + (-(9.0 - 0.018 * score)).exp());
        let given: f64 = after["probability"].parse().unwrap();
        assert!((given - expected).abs() < 1e-12, "{given} {expected}");
        assert_eq!(after["score_basis"], "fitted_calibrated");
        assert_eq!((before["segment"].as_str(), before["probability"].as_str()), ("", ""));
        if after["segment"] == "usual" {
            assert_eq!((&after["score"], &after["reason_1_code"]), (&before["score"], &before["reason_1_code"]));
        }
    }
    assert_eq!(segments.into_keys().collect::<Vec<_>>(), ["usual"], "the sample's histories are long");

    // A cut at 10,000 days sends everyone to the first card.
    fs::write(&card, fitted().replacen("below = 120.0", "below = 10000.0", 1)).unwrap();
    run(0, &["model", "seal", text(&card)]);
    let short: Vec<_> = rows(&["--model", text(&card)]).into_iter().filter(|row| !row["score"].is_empty()).collect();
    assert!(short.iter().all(|row| row["segment"] == "short" && ["600", "620"].contains(&row["score"].as_str())));
    assert!(short.iter().any(|row| row["score"] == "620"), "someone is paid every week or two");

    let id = &short[0]["application_id"];
    let page = run(0, &["explain", SAMPLE, "--application", id, "--model", text(&card)]).stdout;
    let page = String::from_utf8(page).unwrap();
    assert!(page.contains("segment short\nprobability of a bad outcome 0."), "{page}");
    let page = String::from_utf8(run(0, &["model", "card", text(&card)]).stdout).unwrap();
    assert!(page.contains("## Characteristics of segment short") && page.contains("{weekly, biweekly}"), "{page}");
    // Baselines stand inside the segments, so the file is written anew: not over comments, and only from a run of this model.
    let done = place.path().join("run");
    run(0, &["score", SAMPLE, "-o", text(&done), "--model", text(&card)]);
    let baseline = ["model", "baseline", text(&card), "--from", text(&done), "--cutoff", "600"];
    let refused = |arguments: &[&str]| {
        let output = cashline().args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(refused(&baseline).contains("without its comments; give -o"));
    let out = place.path().join("out.toml");
    run(0, &[&baseline[..], &["-o", text(&out)]].concat());
    let alone = place.path().join("alone");
    run(0, &["score", SAMPLE, "-o", text(&alone)]);
    let other = ["model", "baseline", text(&card), "--from", text(&alone), "--cutoff", "600", "-o", text(&out)];
    assert!(refused(&other).contains("its segments are not this one's"));
}

#[test]
fn whoever_seals_or_freezes_points_against_the_direction_of_risk_is_told_what_the_reasons_will_say() {
    let place = scratch();
    let [card, bundle] = ["card.toml", "own.bundle.json"].map(|name| place.path().join(name));
    let shipped = fs::read_to_string(workspace().join("data/model/card_consumer.toml")).unwrap();
    let hand = shipped.split("# Sealed").next().unwrap();
    let told = |arguments: &[&str]| String::from_utf8(run(0, arguments).stdout).unwrap();
    fs::write(&card, hand).unwrap();
    assert!(!told(&["model", "seal", text(&card)]).contains("direction of risk"));
    // Days of activity speak for an applicant, and days that pay deviates by against: the bins are the former's.
    let turned = hand.replace("\"active_days_90d\"", "\"pay_interval_mad_days_180d\"\nagainst_risk = \"Of a test.\"");
    fs::write(&card, turned).unwrap();
    let said = "  mind: the points of pay_interval_mad_days_180d run against its direction of risk (Of a test); the texts of its \
                reasons keep the registry's direction";
    assert!(told(&["model", "seal", text(&card)]).contains(said));
    assert!(told(&["model", "freeze", "--model", text(&card), "-o", text(&bundle)]).contains(said));
}
