//! Watching a model through the binary: drift that was planted, runs that equal themselves, gates, differences that add up.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

use crate::support::{run, scratch, sha256, workspace};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Generates a portfolio in `place` and scores it there; the run's directory.
fn scored(place: &Path, preset: &str, seed: &str) -> std::path::PathBuf {
    let (sample, done) = (place.join(format!("{preset}-{seed}")), place.join(format!("{preset}-{seed}-run")));
    let layout = ["--layout", "parquet", "--applications", "300"];
    run(0, &[&["sample", text(&sample), "--preset", preset, "--seed", seed][..], &layout].concat());
    run(0, &["score", text(&sample), "-o", text(&done)]);
    done
}

fn json(expected: i32, arguments: &[&str]) -> Value {
    serde_json::from_slice(&run(expected, arguments).stdout).unwrap()
}

/// The rows of a check.
fn rows<'a>(report: &'a Value, check: &str) -> Vec<&'a Value> {
    report["checks"].as_array().unwrap().iter().filter(|row| row["check"] == check).collect()
}

#[test]
fn another_seed_is_no_alarm_and_another_population_is() {
    let place = scratch();
    let (one, two) = (scored(place.path(), "mixed", "101"), scored(place.path(), "mixed", "102"));
    let (prime, thin) = (scored(place.path(), "prime", "103"), scored(place.path(), "thin", "105"));

    let same = json(0, &["monitor", text(&one), text(&two), "--json"]);
    assert_ne!(same["verdict"], "fail");
    let index = rows(&same, "psi_score")[0];
    // The index has a noise level of (10 − 1)(1/n + 1/m): chance alone makes it positive, and it is not called drift.
    let (n, m) = (same["baseline"]["scored"].as_f64().unwrap(), same["current"]["scored"].as_f64().unwrap());
    assert!((index["noise"].as_f64().unwrap() - 9.0 * (1.0 / n + 1.0 / m)).abs() < 1e-12);
    assert!(0.0 < index["value"].as_f64().unwrap() && 0.01 < index["p"].as_f64().unwrap(), "{index}");
    // One law for all: the share of characteristics that chance alone calls significant at 1 % stays small.
    let alarms = rows(&same, "csi").into_iter().filter(|row| row["p"].as_f64().unwrap() < 0.01).count();
    assert!(alarms <= 1, "{alarms} of {} characteristics", rows(&same, "csi").len());

    let moved = json(1, &["monitor", text(&prime), text(&thin), "--json"]);
    assert_eq!(moved["verdict"], "fail");
    assert_eq!(rows(&moved, "psi_score")[0]["verdict"], "fail");
    assert!(rows(&moved, "csi").iter().any(|row| row["verdict"] == "fail"));
    assert!(rows(&moved, "score_mean")[0]["value"].as_f64().unwrap() < 0.0, "who has little data scores lower");
    let screen = run(1, &["monitor", text(&prime), text(&thin)]);
    let screen = String::from_utf8(screen.stdout).unwrap();
    assert!(screen.lines().last().unwrap().contains("gates closed: psi_score"), "{screen}");
    assert_eq!(run(1, &["monitor", text(&prime), text(&thin)]).stdout, screen.as_bytes(), "the same bytes again");
}

#[test]
fn a_run_in_any_format_and_any_order_of_rows_equals_itself() {
    let place = scratch();
    let csv = scored(place.path(), "mixed", "7");
    let sample = place.path().join("mixed-7");
    let mut runs = vec![csv.clone()];
    for format in ["parquet", "ndjson"] {
        let done = place.path().join(format);
        run(0, &["score", text(&sample), "-o", text(&done), "--format", format]);
        runs.push(done);
    }
    runs.push(backwards(&csv, &place.path().join("backwards")));
    for other in &runs {
        let report = json(0, &["monitor", text(&csv), text(other), "--json"]);
        for row in report["checks"].as_array().unwrap() {
            assert_eq!(row["value"].as_f64().unwrap(), 0.0, "{row}");
        }
        let found = json(0, &["diff", text(&csv), text(other), "--json"]);
        assert_eq!(found["joined"]["both"], 300);
        assert_eq!(found["shift"]["unchanged"], found["joined"]["scored_both"]);
        assert_eq!(found["reasons"]["changed"], 0);
        assert!(found["attributes"].as_array().unwrap().iter().all(|one| one["values_changed"] == 0));
        assert_eq!(found["flips"].as_array().unwrap().iter().filter(|one| one["changed"] != 0).count(), 0);
    }
}

/// The same run with the rows of its scores in reverse, its manifest made to fit.
fn backwards(from: &Path, to: &Path) -> std::path::PathBuf {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
    let scores = fs::read_to_string(from.join("scores.csv")).unwrap();
    let (header, rows) = scores.split_once('\n').unwrap();
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.reverse();
    fs::write(to.join("scores.csv"), format!("{header}\n{}\n", rows.join("\n"))).unwrap();
    let manifest = fs::read_to_string(from.join("manifest.json")).unwrap();
    let (old, new) = (sha256(&from.join("scores.csv")), sha256(&to.join("scores.csv")));
    assert!(old != new && manifest.contains(&old));
    fs::write(to.join("manifest.json"), manifest.replace(&old, &new)).unwrap();
    to.to_owned()
}

#[test]
fn a_table_that_was_touched_is_refused_and_so_is_what_is_no_run() {
    let place = scratch();
    let done = place.path().join("run");
    run(0, &["score", "data/sample", "-o", text(&done)]);
    let refused = |expected: &str| {
        for command in ["monitor", "diff"] {
            let output = run(2, &[command, text(&done), text(&done)]);
            let message = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(message.contains(expected), "{message}");
        }
    };
    let scores = done.join("scores.csv");
    let whole = fs::read_to_string(&scores).unwrap();
    fs::write(&scores, whole.replacen("refer", "approve", 1)).unwrap();
    refused("scores.csv: is not the file that the run wrote");
    fs::remove_file(done.join("manifest.json")).unwrap();
    refused("is no published run");
}

#[test]
fn runs_of_two_nights_say_that_they_are_not_compared_rather_than_that_nothing_changed() {
    let place = scratch();
    let book = place.path().join("book");
    fs::create_dir(&book).unwrap();
    for name in ["accounts.ndjson", "transactions.ndjson", "applications.csv"] {
        let text = fs::read_to_string(workspace().join("data/sample").join(name)).unwrap();
        fs::write(book.join(name), text.replace("2026-11-01", "")).unwrap();
    }
    let night = |as_of: &str| {
        let done = place.path().join(as_of);
        run(0, &["score", text(&book), "--as-of", as_of, "-o", text(&done)]);
        done
    };
    let (one, two) = (night("2026-10-31"), night("2026-11-01"));
    let told = String::from_utf8(run(0, &["diff", text(&one), text(&two)]).stdout).unwrap();
    // The sample's table names nine applications (`tail -n +2 applications.csv | cut -d, -f1 | sort -u | wc -l`).
    assert!(told.contains("9 applications are in both with another T") && !told.contains("no change"), "{told}");
    assert_eq!(json(0, &["diff", text(&one), text(&two), "--json"])["joined"]["other_t"], 9);
    let told = String::from_utf8(run(0, &["diff", text(&one), text(&one)]).stdout).unwrap();
    assert!(told.contains("no change: status, decision, band, sufficiency") && !told.contains("another T"), "{told}");
}

#[test]
fn outcomes_of_a_baseline_that_is_a_model_file_are_refused() {
    let place = scratch();
    let [done, outcomes] = ["run", "outcomes.csv"].map(|name| place.path().join(name));
    run(0, &["score", "data/sample", "-o", text(&done)]);
    fs::write(&outcomes, "application_id,outcome\napp_two_jobs,0\n").unwrap();
    let arguments = ["monitor", "data/model/card_consumer.toml", text(&done), "--baseline-outcomes", text(&outcomes)];
    let message = String::from_utf8_lossy(&run(2, &arguments).stderr).into_owned();
    assert!(message.contains("--baseline-outcomes") && message.contains("name the run"), "{message}");
}

#[test]
fn gates_close_as_the_file_says() {
    let place = scratch();
    let (one, two) = (scored(place.path(), "thin", "1"), scored(place.path(), "thin", "2"));
    let file = place.path().join("gates.toml");
    let check = |gates: &str, expected: i32| {
        fs::write(&file, gates).unwrap();
        run(expected, &["monitor", text(&one), text(&two), "--gates", text(&file)])
    };
    check("", 0);
    check("significance = 1\n[gates]\nscore_mean = 0\n", 1);
    check("[gates]\nscore_mean = 0\n[warnings]\ncsi = \"off\"\n", 0);
    // A million rows are read without a defect: the limit may be reached, not passed.
    check("[gates]\ndefects = 0\n", 0);
    // Without outcomes there is no AUC, and what cannot be measured cannot pass.
    let output = check("[gates]\nauc = 0.5\n", 1);
    assert!(String::from_utf8_lossy(&output.stdout).contains("\ngates closed: auc"));
    for (wrong, expected) in [
        ("[gates]\npsi = 0.2\n", "there is no check `psi`"),
        ("[gates]\ncsi = true\n", "`csi`: a number"),
        ("[gate]\ncsi = 0.2\n", "unknown field `gate`"),
    ] {
        let message = String::from_utf8_lossy(&check(wrong, 2).stderr).into_owned();
        assert!(message.contains(expected) && message.contains("gates.toml"), "{message}");
    }
}

#[test]
fn matured_loans_are_measured_as_by_counting_pairs() {
    let place = scratch();
    let (one, two) = (scored(place.path(), "mixed", "21"), scored(place.path(), "mixed", "22"));
    let truth = place.path().join("mixed-22/_truth.csv");
    let arguments = ["monitor", text(&one), text(&two), "--outcomes", text(&truth), "--json"];
    let report = json(0, &arguments);
    let matured = &report["current_matured"];
    let column = |path: &Path, name: &str| -> BTreeMap<String, String> {
        let mut reader = csv_reader(path);
        let header = reader.remove(0);
        let at = |name: &str| header.iter().position(|one| one == name).unwrap();
        let (id, at) = (at("application_id"), at(name));
        reader.into_iter().map(|row| (row[id].clone(), row[at].clone())).collect()
    };
    let (scores, outcomes) = (column(&two.join("scores.csv"), "score"), column(&truth, "outcome"));
    let of = |wanted: &str| -> Vec<i64> {
        let ids = scores.iter().filter(|(id, score)| !score.is_empty() && outcomes[*id] == wanted);
        ids.map(|(_, score)| score.parse().unwrap()).collect()
    };
    let (goods, bads) = (of("0"), of("1"));
    assert_eq!(matured["applications"].as_u64().unwrap(), (goods.len() + bads.len()) as u64);
    let mut twice = 0_u32;
    for good in &goods {
        for bad in &bads {
            twice += if good > bad { 2 } else { u32::from(good == bad) };
        }
    }
    let pairs = u32::try_from(goods.len() * bads.len()).unwrap();
    let auc = f64::from(twice) / (2.0 * f64::from(pairs));
    assert!((matured["auc"]["value"].as_f64().unwrap() - auc).abs() < 1e-12);
    assert_eq!(report["baseline_matured"], Value::Null, "outcomes of one run say nothing of the other");
    let bands = matured["bands"].as_array().unwrap();
    let bad: u64 = bands.iter().map(|band| band["bads"].as_u64().unwrap()).sum();
    assert_eq!(bad, bads.len() as u64);
    // What was observed before T is no outcome of the application; T of this preset's applications lies far after 2001.
    let early = place.path().join("early.csv");
    let first = scores.iter().find(|(id, score)| !score.is_empty() && !outcomes[*id].is_empty()).unwrap().0;
    let line =
        |(id, outcome): (&String, &String)| format!("{id},{outcome},{}\n", if id == first { "2001-01-01" } else { "" });
    let lines: String = outcomes.iter().map(line).collect();
    fs::write(&early, format!("application_id,outcome,observed_at\n{lines}")).unwrap();
    let fewer = json(0, &["monitor", text(&one), text(&two), "--outcomes", text(&early), "--json"]);
    assert_eq!(fewer["current_matured"]["applications"].as_u64().unwrap(), (goods.len() + bads.len()) as u64 - 1);
    let said = "outcomes of the current run: 1 of those left out were observed before the application";
    assert!(fewer["notes"].as_array().unwrap().iter().any(|note| note == said), "{}", fewer["notes"]);
    // An outcome that is none is named by its row, never by its value.
    let wrong = place.path().join("wrong.csv");
    fs::write(&wrong, "application_id,outcome\na,0\nb,secret\n").unwrap();
    let output = run(2, &["monitor", text(&one), text(&two), "--outcomes", text(&wrong)]);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("row 2, column `outcome`: is no 0 or 1") && !message.contains("secret"), "{message}");
}

/// Cells of a CSV without line breaks inside cells, header first.
fn csv_reader(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).unwrap();
    let cells = |line: &str| {
        let (mut cells, mut quoted) = (vec![String::new()], false);
        for letter in line.chars() {
            match letter {
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(String::new()),
                other => cells.last_mut().unwrap().push(other),
            }
        }
        cells
    };
    text.lines().map(cells).collect()
}

#[test]
fn another_model_is_refused_or_named_and_the_parts_of_every_shift_add_up() {
    let place = scratch();
    let one = scored(place.path(), "mixed", "31");
    let (card, two) = (place.path().join("card.toml"), place.path().join("other"));
    let shipped = fs::read_to_string(workspace().join("data/model/card_consumer.toml")).unwrap();
    // Fewer points for everyone, and more in one bin of one characteristic.
    let other = shipped.replacen("base_points = 660", "base_points = 650", 1).replacen(
        "{ points = -75 }",
        "{ points = -65 }",
        1,
    );
    fs::write(&card, other).unwrap();
    run(0, &["score", text(&place.path().join("mixed-31")), "--model", text(&card), "-o", text(&two)]);

    let refused = run(2, &["monitor", text(&one), text(&two)]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("different models"));
    let report = json(0, &["monitor", text(&one), text(&two), "--allow-model-change", "--json"]);
    assert!(report["made_differently"].as_array().unwrap().iter().any(|one| one == "model"));
    let screen = String::from_utf8(run(0, &["diff", text(&one), text(&two)]).stdout).unwrap();
    assert!(screen.contains("the runs are of different models"), "{screen}");

    let found = json(0, &["diff", text(&one), text(&two), "--json", "--top", "300"]);
    assert_eq!((found["unexplained"].as_u64(), found["base_points"].as_f64()), (Some(0), Some(-10.0)));
    let moved: Vec<&Value> =
        found["attributes"].as_array().unwrap().iter().filter(|one| one["points_changed"] != 0).collect();
    assert!(moved.len() <= 1, "one characteristic was changed: {moved:?}");
    adds_up(&found);
}

/// Means over attributes make the mean shift, and the parts of each application its own.
fn adds_up(found: &Value) {
    let means = found["attributes"].as_array().unwrap().iter().map(|one| one["mean"].as_f64().unwrap());
    let sum: f64 = found["base_points"].as_f64().unwrap() + means.sum::<f64>();
    assert!((sum - found["shift"]["mean"].as_f64().unwrap()).abs() < 1e-9, "{sum} and {}", found["shift"]["mean"]);
    let rows = found["furthest"].as_array().unwrap();
    assert_eq!(rows.len() as u64, found["shift"]["up"].as_u64().unwrap() + found["shift"]["down"].as_u64().unwrap());
    for row in rows {
        let parts: i64 = row["parts"].as_array().unwrap().iter().map(|part| part["points"].as_i64().unwrap()).sum();
        assert_eq!(row["score_b"].as_i64().unwrap() - row["score_a"].as_i64().unwrap(), parts, "{row}");
    }
}

#[test]
fn rows_that_got_lost_show_in_the_difference() {
    let place = scratch();
    let (sample, less) = (place.path().join("sample"), place.path().join("less"));
    run(0, &["sample", text(&sample), "--applications", "120", "--seed", "41"]);
    fs::create_dir(&less).unwrap();
    for name in ["accounts.ndjson", "applications.csv"] {
        fs::copy(sample.join(name), less.join(name)).unwrap();
    }
    // One transaction of ten is gone.
    let rows = fs::read_to_string(sample.join("transactions.ndjson")).unwrap();
    let kept = rows.lines().enumerate().filter(|(at, _)| at % 10 != 0).map(|(_, line)| format!("{line}\n"));
    fs::write(less.join("transactions.ndjson"), kept.collect::<String>()).unwrap();
    let (one, two) = (place.path().join("one"), place.path().join("two"));
    run(0, &["score", text(&sample), "-o", text(&one)]);
    run(0, &["score", text(&less), "-o", text(&two), "--format", "ndjson"]);
    let found = json(0, &["diff", text(&one), text(&two), "--json", "--top", "120"]);
    assert_eq!((found["joined"]["both"].as_u64(), found["unexplained"].as_u64()), (Some(120), Some(0)));
    assert!(0.0 < found["shift"]["mean_absolute"].as_f64().unwrap());
    adds_up(&found);
    let shares = found["attributes"].as_array().unwrap().iter().map(|one| one["share"].as_f64().unwrap());
    assert!((shares.sum::<f64>() - 1.0).abs() < 1e-9);
    for flips in found["flips"].as_array().unwrap() {
        let counts = flips["counts"].as_array().unwrap().iter().flat_map(|row| row.as_array().unwrap());
        assert_eq!(counts.map(|count| count.as_u64().unwrap()).sum::<u64>(), 120, "{flips}");
    }
    let bars = found["shift"]["histogram"].as_array().unwrap().iter().map(|bar| bar["applications"].as_u64().unwrap());
    assert_eq!(Some(bars.sum::<u64>()), found["joined"]["scored_both"].as_u64());
    // What the monitor says of it: fewer rows an application.
    let report: Value = serde_json::from_slice(
        &crate::support::cashline().args(["monitor", text(&one), text(&two), "--json"]).output().unwrap().stdout,
    )
    .unwrap();
    let lost = rows_value(&report);
    assert!((-0.12..-0.08).contains(&lost), "{lost}");
}

fn rows_value(report: &Value) -> f64 {
    rows(report, "rows")[0]["value"].as_f64().unwrap()
}
