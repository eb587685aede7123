//! Cards of segments and groups through the binary: fitted, scored, replayed, watched, given baselines.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

use crate::support::{cashline, run, scratch, sha256, workspace};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_path(path).unwrap().deserialize().map(Result::unwrap).collect()
}

/// Of those who return a full account is risky, of everybody else it is safe; every eighth outcome is the other way round.
const COLUMN: &str = "eod_balance_avg_to_outflow_90d";

/// A portfolio with a column `prior_loans` that parts it in two, and outcomes that mean the opposite in each.
fn book(place: &Path) -> (String, String) {
    let portfolio = place.join("book");
    run(0, &["sample", text(&portfolio), "--applications", "1200", "--seed", "31", "--preset", "subprime-gig"]);
    let matrix = place.join("matrix.csv");
    run(0, &["attributes", text(&portfolio), "--tier", "core", "-o", text(&matrix)]);
    let values: BTreeMap<String, f64> = table(&matrix)
        .into_iter()
        .filter_map(|row| Some((row["application_id"].clone(), row[COLUMN].parse().ok()?)))
        .collect();
    let mut ordered: Vec<f64> = values.values().copied().collect();
    ordered.sort_by(f64::total_cmp);
    let median = ordered[ordered.len() / 2];
    let applications = portfolio.join("applications.csv");
    let mut reader = csv::Reader::from_path(&applications).unwrap();
    let mut header = reader.headers().unwrap().clone();
    let id = header.iter().position(|one| one == "application_id").unwrap();
    header.push_field("prior_loans");
    let (mut writer, mut outcomes) =
        (csv::Writer::from_writer(vec![]), "application_id,outcome,institution\n".to_owned());
    writer.write_record(&header).unwrap();
    // An application has a row for each applicant.
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for row in reader.records() {
        let mut row = row.unwrap();
        let (next, is_new) = (seen.len(), !seen.contains_key(&row[id]));
        let at = *seen.entry(row[id].to_owned()).or_insert(next);
        let returning = at.is_multiple_of(2);
        if is_new {
            let bad = values.get(&row[id]).is_some_and(|value| (*value < median) != returning);
            let bank = ["bank_a", "bank_b", "bank_c"][at % 3];
            outcomes.push_str(&format!("{},{},{bank}\n", &row[id], u8::from(bad != (at / 2).is_multiple_of(8))));
        }
        // Whoever has none says nothing.
        row.push_field(if returning { "2" } else { "" });
        writer.write_record(&row).unwrap();
    }
    fs::write(&applications, writer.into_inner().unwrap()).unwrap();
    let file = place.join("outcomes.csv");
    fs::write(&file, outcomes).unwrap();
    // The direction that the registry knows is not that of this truth.
    fs::write(place.join("recipe.toml"), "follow_risk = false\n").unwrap();
    (text(&portfolio).to_owned(), text(&file).to_owned())
}

#[test]
fn segments_are_fitted_scored_replayed_watched_and_given_baselines() {
    let place = scratch();
    let (portfolio, outcomes) = book(place.path());
    let recipe = place.path().join("recipe.toml");
    let fit = |code: i32, name: &str, more: &[&str]| {
        let out = place.path().join(name);
        let mut arguments = vec!["fit", &portfolio, "--outcomes", &outcomes, "--draws", "0", "--folds", "1x5"];
        arguments.extend(["--keep-apart", "0", "--extra-column", "prior_loans", "--recipe", text(&recipe)]);
        arguments.extend(["--name", "two_cards", "-o", text(&out)]);
        arguments.extend(more);
        let output = run(code, &arguments);
        (String::from_utf8([output.stdout, output.stderr].concat()).unwrap(), out)
    };
    let auc = |out: &Path| json(&out.join("validation.json"))["cross"]["auc"]["value"].as_f64().unwrap();
    // What is safe for some and risky for others is nothing to one card; of the outcomes seven in eight follow from the truth.
    assert!(fit(2, "one", &[]).0.contains("no column is left"));
    let (told, two) = fit(0, "two", &["--segments", "defaults", "--threads", "1"]);
    assert!(0.8 <= auc(&two), "{}", auc(&two));
    let (_, again) = fit(0, "again", &["--segments", "data/segments.toml", "--threads", "2"]);
    // The file of the defaults also has businesses, of whom there are none here: the same cards, one segment more.
    assert!(fs::read_to_string(again.join("model.toml")).unwrap().contains("name = \"business\""));
    assert!(!fs::read_to_string(two.join("model.toml")).unwrap().contains("name = \"business\""));
    assert!((auc(&again) - auc(&two)).abs() < 1e-12);
    assert!(told.contains("returning: ") && told.contains("thin: the card of usual ("), "{told}");
    let selected = table(&two.join("selection.csv"));
    for segment in ["returning", "usual"] {
        let is_in = |row: &&BTreeMap<String, String>| row["segment"] == segment && row["column"] == COLUMN;
        assert!(selected.iter().any(|row| is_in(&row) && row["kept"] == "true"), "{segment}");
    }
    let page = fs::read_to_string(two.join("report.html")).unwrap();
    assert!(
        page.contains("By segment") && page.contains("returning: ") && page.contains("a card of its own needs 100")
    );

    // Scored, the routes are those that the column says, and each decision follows again from what the run kept.
    let model = two.join("model.toml");
    let with = ["--model", text(&model), "--extra-column", "prior_loans"];
    let done = place.path().join("run");
    run(0, &[&["score", &portfolio, "-o", text(&done)], &with[..]].concat());
    let scores = table(&done.join("scores.csv"));
    let prior: BTreeMap<String, String> = table(&Path::new(&portfolio).join("applications.csv"))
        .into_iter()
        .map(|row| (row["application_id"].clone(), row["prior_loans"].clone()))
        .collect();
    let scored: Vec<_> = scores.iter().filter(|row| !row["score"].is_empty()).collect();
    for row in &scored {
        let expected = match (prior[&row["application_id"]].as_str(), row["sufficiency"].as_str()) {
            ("2", _) => "returning",
            (_, "thin") => "thin",
            _ => "usual",
        };
        assert_eq!(row["segment"], expected, "{}", row["application_id"]);
    }
    let replayed = String::from_utf8(run(0, &["replay", text(&done), "--model", text(&model)]).stdout).unwrap();
    assert!(replayed.starts_with(&format!("{0} of {0} decisions replayed and equal", scored.len())), "{replayed}");

    // The file's own shares are those of this very run: nothing has moved, in bands, segments and bins.
    let watched = json_of(&["monitor", text(&model), text(&done), "--json"]);
    for check in ["psi_score", "psi_band", "psi_segment", "csi"] {
        let rows: Vec<&Value> =
            watched["checks"].as_array().unwrap().iter().filter(|row| row["check"] == check).collect();
        assert!(!rows.is_empty(), "{check}");
        assert!(rows.iter().all(|row| row["value"].as_f64() == Some(0.0)), "{check}: {rows:?}");
    }
    let card =
        String::from_utf8(run(0, &["model", "card", text(&model), "--extra-column", "prior_loans"]).stdout).unwrap();
    assert!(card.contains("| `returning` | extra:prior_loans at least 1 (missing: fails) |"), "{card}");
    assert!(card.contains("## Average points of applicants of segment usual"), "{card}");
    baselines(place.path(), &model, &done, &scored);
    let bundle = place.path().join("bundle.json");
    run(0, &[&["model", "freeze", "-o", text(&bundle)], &with[..]].concat());
    let frozen = place.path().join("frozen");
    run(0, &["score", &portfolio, "--bundle", text(&bundle), "-o", text(&frozen)]);
    for name in ["scores.csv", "reasons.csv", "characteristics.parquet", "inputs.parquet"] {
        assert_eq!(sha256(&done.join(name)), sha256(&frozen.join(name)), "{name}");
    }
}

fn json_of(arguments: &[&str]) -> Value {
    serde_json::from_slice(&run(0, arguments).stdout).unwrap()
}

/// `model baseline` on segments: the averages are over each segment's applicants, as another door counts them.
fn baselines(place: &Path, model: &Path, done: &Path, scored: &[&BTreeMap<String, String>]) {
    let out = place.join("with_baselines.toml");
    let arguments = ["model", "baseline", text(model), "--from", text(done), "--cutoff", "0", "--width", "1000"];
    run(0, &[&arguments[..], &["--extra-column", "prior_loans", "-o", text(&out)]].concat());
    let file: toml::Value = toml::from_str(&fs::read_to_string(&out).unwrap()).unwrap();
    for segment in file["segments"].as_array().unwrap() {
        let name = segment["name"].as_str().unwrap();
        let own: Vec<_> = scored.iter().filter(|row| row["segment"] == name).collect();
        let run = &segment["card"]["baselines"]["marginal"];
        assert_eq!(run["applicants"].as_integer().unwrap(), i64::try_from(own.len()).unwrap(), "{name}");
        let base = segment["card"]["base_points"].as_integer().unwrap() as f64;
        let points: f64 = run["points"].as_table().unwrap().values().map(|one| one.as_float().unwrap()).sum();
        let mean = own.iter().map(|row| row["score"].parse::<f64>().unwrap()).sum::<f64>() / own.len() as f64;
        assert!((base + points - mean).abs() < 1e-9, "{name}: {base} {points} {mean}");
    }
    // What it writes is the file that a second time changes nothing of.
    let once = fs::read_to_string(&out).unwrap();
    run(0, &["model", "seal", text(&out), "--extra-column", "prior_loans"]);
    assert_eq!(fs::read_to_string(&out).unwrap(), once);
}

#[test]
fn a_fit_tries_every_group_left_out_and_a_validation_shows_each() {
    let place = scratch();
    let (portfolio, outcomes) = book(place.path());
    let out = place.path().join("fit");
    let mut arguments = vec!["fit", &portfolio, "--outcomes", &outcomes, "--draws", "0", "--folds", "1x5"];
    // One card sees next to nothing of a truth that turns with the segment: there is no slope to calibrate.
    arguments.extend([
        "--by-group",
        "institution",
        "--keep-group",
        "bank_b",
        "--calibration",
        "none",
        "-o",
        text(&out),
    ]);
    let told = String::from_utf8(run(0, &arguments).stdout).unwrap();
    let rows = table(Path::new(&outcomes));
    let of = |bank: &str| rows.iter().filter(|row| row["institution"] == bank).count() as u64;
    let measured = json(&out.join("validation.json"));
    assert_eq!(measured["kept_apart"].as_u64(), Some(of("bank_b")));
    assert_eq!(measured["tried"]["n"].as_u64(), Some(of("bank_b")));
    let groups = measured["by_group"].as_array().unwrap();
    let found: Vec<(&str, u64, u64)> = groups
        .iter()
        .map(|one| {
            let number = |name: &str| one[name].as_u64().unwrap();
            (one["group"].as_str().unwrap(), number("rows"), number("learnt"))
        })
        .collect();
    let (a, c) = (of("bank_a"), of("bank_c"));
    assert_eq!(found, [("bank_a", a, c), ("bank_c", c, a)], "of the rows learnt from");
    assert!(told.contains(&format!("learnt without bank_a, tried on its {a} applications")), "{told}");

    let done = place.path().join("run");
    run(0, &["score", &portfolio, "--model", text(&out.join("model.toml")), "-o", text(&done)]);
    let answer = json_of(&[
        "validate",
        text(&done),
        "--outcomes",
        &outcomes,
        "--draws",
        "0",
        "--by-group",
        "institution",
        "--json",
    ]);
    let parts: Vec<(String, u64)> = answer["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| (part["name"].as_str().unwrap().to_owned(), part["rows"].as_u64().unwrap()))
        .collect();
    assert_eq!(parts, ["bank_a", "bank_b", "bank_c"].map(|bank| (bank.to_owned(), of(bank))));
    let refused =
        cashline().args(["validate", text(&done), "--outcomes", &outcomes, "--by-group", "branch"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("no column `branch`"));
}

/// Rows by label.
fn counted<'r>(rows: impl Iterator<Item = &'r str>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    rows.for_each(|label| *counts.entry(label.to_owned()).or_default() += 1);
    counts
}

#[test]
fn groups_are_found_in_a_file_of_their_own_and_in_what_the_run_says() {
    let place = scratch();
    let (portfolio, outcomes) = book(place.path());
    let rows = table(Path::new(&outcomes));
    let path = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
    let (plain, branches, done) = (path("plain.csv"), path("branches.csv"), path("run"));
    let of = |row: &BTreeMap<String, String>| format!("{},{}\n", row["application_id"], row["outcome"]);
    fs::write(&plain, rows.iter().fold("application_id,outcome\n".to_owned(), |all, row| all + &of(row))).unwrap();
    // Every fourth application has no branch: these are a part of their own.
    let branch = |at: usize| ["north", "south", "north", ""][at % 4];
    let lines = rows.iter().enumerate().map(|(at, row)| format!("{},{}\n", row["application_id"], branch(at)));
    fs::write(&branches, format!("application_id,branch\n{}", lines.collect::<String>())).unwrap();

    run(0, &["score", &portfolio, "-o", &done]);
    let scored: BTreeMap<String, BTreeMap<String, String>> = table(&place.path().join("run/scores.csv"))
        .into_iter()
        .filter(|row| !row["score"].is_empty())
        .map(|row| (row["application_id"].clone(), row))
        .collect();
    let validated = |more: &[&str]| {
        let answer = json_of(&[&["validate", &done, "--outcomes", &plain, "--draws", "0", "--json"], more].concat());
        let parts = answer["groups"].as_array().unwrap().iter();
        let part = |part: &Value| (part["name"].as_str().unwrap().to_owned(), part["rows"].as_u64().unwrap());
        parts.map(part).collect::<BTreeMap<String, u64>>()
    };
    for column in ["institution", "sufficiency"] {
        let known = counted(scored.values().map(|row| row[column].as_str()));
        assert!(1 < known.len(), "{column}: {known:?}");
        assert_eq!(validated(&["--by-group", column]), known, "{column}");
    }
    let of_branch = rows.iter().enumerate().filter(|(_, row)| scored.contains_key(&row["application_id"]));
    let known = counted(of_branch.map(|(at, _)| branch(at)));
    assert_eq!(validated(&["--by-group", "branch", "--group-file", &branches]), known);
    let refused = ["validate", &done, "--outcomes", &plain, "--by-group", "reason"];
    let refused = cashline().args(refused).output().unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("no column `reason`"), "{refused:?}");

    // Outcomes that one card can learn: the lower half of the scores, but for every eighth.
    let (out, learnable) = (path("fit"), path("learnable.csv"));
    let mut ordered: Vec<i64> = scored.values().map(|row| row["score"].parse().unwrap()).collect();
    ordered.sort_unstable();
    let median = ordered[ordered.len() / 2];
    let lines = scored.iter().enumerate().map(|(at, (id, row))| {
        let low = row["score"].parse::<i64>().unwrap() < median;
        format!("{id},{}\n", u8::from(low != at.is_multiple_of(8)))
    });
    fs::write(&learnable, format!("application_id,outcome\n{}", lines.collect::<String>())).unwrap();
    let mut arguments = vec!["fit", &portfolio, "--outcomes", &learnable, "--draws", "0", "--folds", "1x5"];
    arguments.extend(["--keep-apart", "0", "--by-group", "institution", "-o", &out]);
    run(0, &arguments);
    let measured = json(&place.path().join("fit/validation.json"));
    let groups = measured["by_group"].as_array().unwrap().iter();
    let found: BTreeMap<String, u64> =
        groups.map(|one| (one["group"].as_str().unwrap().to_owned(), one["rows"].as_u64().unwrap())).collect();
    assert_eq!(found, counted(scored.values().map(|row| row["institution"].as_str())));
}

#[test]
fn segments_that_cannot_be_told_are_refused_before_the_work() {
    let place = scratch();
    let file = place.path().join("segments.toml");
    let outcomes = place.path().join("outcomes.csv");
    fs::write(&outcomes, "application_id,outcome\napp_merchant,1\napp_salaried,0\n").unwrap();
    let shipped = fs::read_to_string(workspace().join("data/segments.toml")).unwrap();
    for (old, new, said) in [
        ("", "", "declare it with --extra-column prior_loans"),
        ("extra:prior_loans", "gone_90d", "which this version lacks"),
        ("extra:prior_loans", "income_pension_90d", "which no model may use"),
        ("name = \"thin\"", "name = \"usual\"", "the name stands twice"),
        ("at_least = 1.0, ", "", "against `at_least` and `below`"),
    ] {
        fs::write(&file, shipped.replacen(old, new, 1)).unwrap();
        let out = place.path().join("out");
        let arguments =
            ["fit", "data/sample", "--outcomes", text(&outcomes), "--segments", text(&file), "-o", text(&out)];
        let output = cashline().args(arguments).output().unwrap();
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(said), "{said}: {message}");
        assert!(!out.exists());
    }
}
