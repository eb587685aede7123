//! A LightGBM model becomes a model file, and the file scores: one answer out of the batch's and the explanation's door.

use std::{collections::BTreeMap, fs};

use serde_json::Value;

use crate::support::{cashline, run, scratch, workspace};

const SAMPLE: &str = "data/sample";
const COLUMNS: &str = "nsf_od_combined_count_90d inflow_outflow_ratio_90d active_days_90d days_negative_balance_90d \
                       instalment_to_inflow_90d extra__stated";

#[test]
fn a_light_model_is_imported_sealed_and_scores_like_any_other() {
    let place = scratch();
    let path = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
    let golden = fs::read_to_string(workspace().join("crates/lab/goldens/trees/lgb_nan.txt")).unwrap();
    let renamed = golden.replacen("feature_names=c0 c1 c2 c3 c4 c5", &format!("feature_names={COLUMNS}"), 1);
    assert_ne!(renamed, golden);
    fs::write(path("model.txt"), renamed).unwrap();
    fs::write(path("map.toml"), "[reasons]\nstated = \"debt_burden\"\n").unwrap();
    let (foreign, map, model) = (path("model.txt"), path("map.toml"), path("model.toml"));
    let import = ["model", "import", &foreign, "--name", "mine", "--target", "none late", "-o", &model];
    let refused = cashline().args(import).output().unwrap();
    assert_eq!(refused.status.code(), Some(2), "an extra column needs a reason");
    let overlays = ["--map", &map, "--extra-column", "stated"];
    let told = run(0, &[&import[..], &overlays].concat()).stdout;
    let told = String::from_utf8(told).unwrap();
    assert!(told.contains("15 trees, 15 of 15 iterations"), "{told}");
    // Importing again writes the same file.
    let written = fs::read(&model).unwrap();
    run(0, &[&import[..], &overlays].concat());
    assert_eq!(fs::read(&model).unwrap(), written);
    run(0, &["model", "seal", &model, "--extra-column", "stated"]);
    assert_eq!(fs::read(&model).unwrap(), written, "sealing what is sealed changes nothing");

    let with = ["--model", &model, "--extra-column", "stated"];
    // The sample with one more column, the same for everybody.
    let input = place.path().join("sample");
    fs::create_dir(&input).unwrap();
    for entry in fs::read_dir(workspace().join(SAMPLE)).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), input.join(entry.file_name())).unwrap();
    }
    let applications = fs::read_to_string(input.join("applications.csv")).unwrap();
    let column = |(at, line): (usize, &str)| format!("{line},{}\n", if at == 0 { "stated" } else { "2.5" });
    let wider: String = applications.lines().enumerate().map(column).collect();
    fs::write(input.join("applications.csv"), wider).unwrap();
    let input = input.to_str().unwrap();
    let batch = run(0, &[&["score", input, "--format", "ndjson"], &with[..]].concat()).stdout;
    let batch: BTreeMap<String, Value> = String::from_utf8(batch)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|row| (row["application_id"].as_str().unwrap().to_owned(), row))
        .collect();
    let mut scored = 0;
    let mut ids: Vec<&str> = applications.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    ids.dedup();
    for id in ids {
        let told = run(0, &[&["explain", input, "--application", id, "--json"], &with[..]].concat()).stdout;
        let answer: Value = serde_json::from_slice::<Value>(&told).unwrap()["assessment"].take();
        assert_eq!(answer["score"], batch[id]["score"], "{id}");
        let Some(score) = answer["score"].as_i64() else { continue };
        let points = answer["characteristics"].as_array().unwrap().iter().map(|one| one["points"].as_i64().unwrap());
        assert_eq!(answer["base_points"].as_i64().unwrap() + points.sum::<i64>(), score, "{id}");
        assert_eq!(answer["reasons"][0]["code"], batch[id]["reason_1_code"], "{id}");
        scored += 1;
    }
    assert!(3 < scored);
    watched(&place, input, &model);
}

#[test]
fn trees_that_break_the_constraint_of_their_file_come_in_when_the_map_states_none() {
    let place = scratch();
    let path = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
    let golden = fs::read_to_string(workspace().join("crates/lab/goldens/trees/lgb_nan.txt")).unwrap();
    let names = format!("feature_names={COLUMNS}\nmonotone_constraints=1 0 0 0 0 0");
    let constrained = golden.replacen("feature_names=c0 c1 c2 c3 c4 c5", &names, 1);
    fs::write(path("model.txt"), constrained).unwrap();
    let reasons = "[reasons]\nstated = \"debt_burden\"\n";
    fs::write(path("map.toml"), reasons).unwrap();
    fs::write(path("none.toml"), format!("{reasons}[monotone]\nnsf_od_combined_count_90d = \"none\"\n")).unwrap();
    let (foreign, model) = (path("model.txt"), path("model.toml"));
    let import = ["model", "import", &foreign, "--name", "mine", "--target", "none late", "-o", &model];
    let more = ["--extra-column", "stated", "--map"];
    let refused = cashline().args([&import[..], &more, &[&path("map.toml")]].concat()).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("stated to be monotone") && said.contains("only `basic` keeps it everywhere"), "{said}");
    run(0, &[&import[..], &more, &[&path("none.toml")]].concat());
    assert!(!fs::read_to_string(&model).unwrap().contains("monotone ="));
}

/// What cards have bins for, trees get from a run or refuse by name.
fn watched(place: &tempfile::TempDir, input: &str, model: &str) {
    let path = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
    let (done, out) = (path("run"), path("with_baselines.toml"));
    let extra = ["--extra-column", "stated"];
    run(0, &[&["score", input, "--model", model, "-o", &done], &extra[..]].concat());
    run(0, &[&["replay", &done, "--model", model], &extra[..]].concat());
    run(0, &["monitor", &done, &done]);
    let refused = cashline().args(["monitor", model, &done]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(message.contains("holds no expected shares; write them with `model baseline --from`"), "{message}");

    // Averages over everybody: base and averages make the mean score.
    let arguments = ["model", "baseline", model, "--from", &done, "--cutoff", "0", "--width", "1000", "-o", &out];
    run(0, &[&arguments[..], &extra].concat());
    let file: toml::Value = toml::from_str(&fs::read_to_string(&out).unwrap()).unwrap();
    let all = &file["baselines"]["all"];
    let points: f64 = all["points"].as_table().unwrap().values().map(|one| one.as_float().unwrap()).sum();
    let scores: Vec<f64> = csv::Reader::from_path(place.path().join("run/scores.csv"))
        .unwrap()
        .deserialize::<BTreeMap<String, String>>()
        .filter_map(|row| row.unwrap()["score"].parse().ok())
        .collect();
    let mean = scores.iter().sum::<f64>() / scores.len() as f64;
    assert!((file["base_points"].as_integer().unwrap() as f64 + points - mean).abs() < 1e-9);
    assert_eq!(all["applicants"].as_integer().unwrap(), i64::try_from(scores.len()).unwrap());
    watched_by_its_file(place, input, &out);
    // A run of other trees is told by its points.
    let other = path("other.toml");
    let import = ["model", "import", &path("model.txt"), "--name", "mine", "--target", "none late", "-o", &other];
    run(0, &[&import[..], &["--map", &path("map.toml"), "--pdo", "33"], &extra].concat());
    let arguments = ["model", "baseline", &other, "--from", &done, "--cutoff", "0", "--width", "1000"];
    let refused = cashline().args([&arguments[..], &extra].concat()).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("its points do not follow from its values"),
        "{refused:?}"
    );

    let page = String::from_utf8(run(0, &[&["model", "card", &out], &extra[..]].concat()).stdout).unwrap();
    for said in
        ["## Trees", "| trees | 15 |", "| `extra:stated` |", "| debt_burden |", "## Average points of applicants\n"]
    {
        assert!(page.contains(said), "{said}: {page}");
    }
    // The file states the bands' shares, and the page with it.
    let bands = page.split("## Bands").nth(1).unwrap().split("##").next().unwrap();
    let shares = all_bands(&fs::read_to_string(&out).unwrap());
    assert!(!shares.is_empty() && shares.iter().all(|share| bands.contains(&format!("| {:.1} % |", share * 100.0))));
    let shown = String::from_utf8(run(0, &["model", "show", &out]).stdout).unwrap();
    assert!(shown.ends_with("this build runs it\n"), "{shown}");
    let refused = cashline().args(["model", "show", &out, "--text", "x"]).output().unwrap();
    assert!(refused.status.code() == Some(2) && String::from_utf8_lossy(&refused.stderr).contains("this is a model"));
    // A card that was not sealed runs nowhere.
    let broken = path("broken.toml");
    fs::write(&broken, fs::read_to_string(&out).unwrap().split("[made_with]").next().unwrap()).unwrap();
    let shown = String::from_utf8(run(1, &["model", "show", &broken]).stdout).unwrap();
    assert!(shown.contains("this build refuses it: "), "{shown}");
}

/// The bands' expected shares as a model file holds them.
fn all_bands(model: &str) -> Vec<f64> {
    let file: toml::Table = model.parse().unwrap();
    file["expected"]["bands"].as_array().unwrap().iter().map(|share| share.as_float().unwrap()).collect()
}

/// The file's shares say of a later run what the run that they were taken from says.
fn watched_by_its_file(place: &tempfile::TempDir, input: &str, model: &str) {
    let path = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
    let (then, later, fewer) = (path("then"), path("later"), path("fewer"));
    let score = |input: &str, out: &str| {
        run(0, &["score", input, "--model", model, "--extra-column", "stated", "-o", out]);
    };
    score(input, &then);
    // Later half of the applicants came, and stated something else.
    fs::create_dir(&fewer).unwrap();
    for entry in fs::read_dir(input).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), std::path::Path::new(&fewer).join(entry.file_name())).unwrap();
    }
    let file = std::path::Path::new(&fewer).join("applications.csv");
    let applications = fs::read_to_string(&file).unwrap();
    let kept = applications.lines().enumerate().filter(|(at, _)| *at < 2 || at % 2 == 0);
    fs::write(&file, kept.map(|(_, line)| line.replace(",2.5", ",7.5") + "\n").collect::<String>()).unwrap();
    score(&fewer, &later);
    let checks = |baseline: &str| -> Vec<Value> {
        let told = cashline().args(["monitor", baseline, &later, "--json"]).output().unwrap().stdout;
        let report: Value = serde_json::from_slice(&told).unwrap();
        let asked = ["psi_score", "psi_band", "csi", "missing"];
        let is_asked = |row: &&Value| asked.contains(&row["check"].as_str().unwrap());
        report["checks"].as_array().unwrap().iter().filter(is_asked).cloned().collect()
    };
    let (by_file, by_run) = (checks(model), checks(&then));
    assert!(by_file.iter().any(|row| row["check"] == "csi" && 0.0 < row["value"].as_f64().unwrap()), "{by_file:?}");
    assert_eq!(by_file.len(), by_run.len());
    for (one, other) in by_file.iter().zip(&by_run) {
        assert_eq!((&one["check"], &one["subject"]), (&other["check"], &other["subject"]));
        let value = |row: &Value| row["value"].as_f64();
        assert_eq!(
            value(one).map(|value| (value * 1e9).round()),
            value(other).map(|value| (value * 1e9).round()),
            "{one}"
        );
    }
}
