//! A model of the lender's own, through the binary: from an export and its outcomes to a sealed card, its validation and the
//! first runs with it.

use std::{fs, path::Path};

use cashline_lab::validate::paired;
use serde_json::Value;

use crate::support::{cashline, run, scratch, sha256, shared, workspace};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Outcomes of a generated portfolio from its truth file, with an incumbent's score: the truth, blurred.
fn outcomes(portfolio: &Path, into: &Path) -> usize {
    let mut reader = csv::Reader::from_path(portfolio.join("_truth.csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|one| one == name).unwrap();
    let (id, outcome, probability) = (at("application_id"), at("outcome"), at("true_probability"));
    let mut written = "application_id,outcome,incumbent\n".to_owned();
    let mut bads = 0;
    for row in reader.records() {
        let row = row.unwrap();
        // The last digit of the id is as good as chance.
        let noise = f64::from(row[id].bytes().last().unwrap() % 8) / 10.0;
        let score = 700.0 - 300.0 * row[probability].parse::<f64>().unwrap() - 100.0 * noise;
        bads += usize::from(&row[outcome] == "1");
        written.push_str(&format!("{},{},{score:.1}\n", &row[id], &row[outcome]));
    }
    fs::write(into, written).unwrap();
    bads
}

#[test]
fn an_export_and_its_outcomes_become_a_sealed_card_that_scores_as_it_was_fitted() {
    let place = scratch();
    let portfolio = place.path().join("book");
    run(0, &["sample", text(&portfolio), "--applications", "1500", "--seed", "11", "--preset", "subprime-gig"]);
    let file = place.path().join("outcomes.csv");
    assert!(outcomes(&portfolio, &file) > 150);
    let fit = |out: &Path, more: &[&str]| {
        let mut arguments = vec!["fit", text(&portfolio), "--outcomes", text(&file), "--draws", "0"];
        arguments.extend(["--name", "own_card", "--keep-apart", "0.3", "--folds", "1x5", "-o", text(out)]);
        arguments.extend(more);
        String::from_utf8(run(0, &arguments).stdout).unwrap()
    };
    let (one, two) = (place.path().join("one"), place.path().join("two"));
    let told = fit(&one, &["--against", "incumbent", "--threads", "1"]);
    assert!(told.contains("against card_consumer") && told.contains("against incumbent"), "{told}");
    fit(&two, &["--against", "incumbent", "--threads", "2"]);
    for name in ["model.toml", "fit.json", "validation.json", "bins.csv", "selection.csv", "report.html"] {
        assert_eq!(sha256(&one.join(name)), sha256(&two.join(name)), "{name}");
    }
    // The card scores the same export; the rows learnt from and kept apart are all there, and so is the probability.
    let model = one.join("model.toml");
    let scored = place.path().join("scored");
    run(0, &["score", text(&portfolio), "--model", text(&model), "-o", text(&scored)]);
    let manifest = json(&scored.join("manifest.json"));
    let measured = json(&one.join("validation.json"));
    let apart = measured["kept_apart"].as_u64().unwrap();
    assert_eq!(
        manifest["counts"]["applications"]["scored"].as_u64().unwrap(),
        measured["learnt_from"].as_u64().unwrap() + apart
    );
    assert_eq!(manifest["digests"]["model"], measured["model_id"]);
    // Validating the published run over all rows measures what the fit measured over both parts.
    let whole = cashline()
        .args([
            "validate",
            text(&scored),
            "--outcomes",
            text(&file),
            "--draws",
            "0",
            "--json",
            "--against",
            "incumbent",
        ])
        .output()
        .unwrap();
    assert!(whole.status.success(), "{}", String::from_utf8_lossy(&whole.stderr));
    let whole: Value = serde_json::from_slice(&whole.stdout).unwrap();
    let n = |value: &Value| value["n"].as_u64().unwrap();
    assert_eq!(n(&whole["validation"]), n(&measured["learnt"]) + n(&measured["tried"]));
    let bads = |value: &Value| value["bads"].as_u64().unwrap();
    assert_eq!(bads(&whole["validation"]), bads(&measured["learnt"]) + bads(&measured["tried"]));
    assert_eq!(whole["against"][0]["n"], whole["validation"]["n"]);
    // Everything else that a lender does with a model works on this one.
    run(0, &["model", "card", text(&model)]);
    let bundle = place.path().join("bundle");
    run(0, &["model", "freeze", "--model", text(&model), "-o", text(&bundle)]);
    let frozen = place.path().join("frozen");
    run(0, &["score", text(&portfolio), "--bundle", text(&bundle), "-o", text(&frozen)]);
    for name in ["scores.csv", "reasons.csv", "characteristics.parquet"] {
        assert_eq!(sha256(&scored.join(name)), sha256(&frozen.join(name)), "{name}");
    }
    run(0, &["replay", text(&scored), "--model", text(&model)]);
    run(0, &["monitor", text(&scored), text(&frozen)]);
}

#[test]
fn bads_after_the_window_are_told_and_outcomes_of_nobody_are_called_that() {
    let place = scratch();
    let (portfolio, file, scored) = (place.path().join("book"), place.path().join("o.csv"), place.path().join("run"));
    run(0, &["sample", text(&portfolio), "--applications", "400", "--seed", "5", "--preset", "subprime-gig"]);
    run(0, &["score", text(&portfolio), "-o", text(&scored)]);
    let mut truth = csv::Reader::from_path(portfolio.join("_truth.csv")).unwrap();
    let header = truth.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|one| one == name).unwrap();
    let (id, outcome) = (at("application_id"), at("outcome"));
    // Long after any window of 90 days.
    let mut written = "application_id,outcome,observed_at\n".to_owned();
    for row in truth.records() {
        let row = row.unwrap();
        written.push_str(&format!("{},{},2031-01-01\n", &row[id], &row[outcome]));
    }
    fs::write(&file, &written).unwrap();
    let said = "observed after the window of 90 days: they may have happened after it";
    let validate = ["validate", text(&scored), "--outcomes", text(&file), "--draws", "0"];
    let page = place.path().join("page.html");
    let told = run(0, &[&validate[..], &["--window", "90", "--report", text(&page)]].concat()).stdout;
    assert!(String::from_utf8(told).unwrap().contains(said));
    assert!(fs::read_to_string(&page).unwrap().contains(said));
    assert!(!String::from_utf8(run(0, &validate).stdout).unwrap().contains("observed after the window"));
    let fitted = place.path().join("fitted");
    let fit = ["fit", text(&portfolio), "--outcomes", text(&file), "--draws", "0", "--window", "90", "--folds", "1x2"];
    // A column of the applications that no recipe declares is read, and said to be no candidate.
    let applications = portfolio.join("applications.csv");
    let rows = fs::read_to_string(&applications).unwrap();
    let widened = rows.lines().enumerate().map(|(at, row)| match at {
        0 => format!("{row},inquiries\n"),
        _ => format!("{row},{}\n", at % 3),
    });
    fs::write(&applications, widened.collect::<String>()).unwrap();
    let more = ["--extra-column", "inquiries", "-o", text(&fitted)];
    let told = String::from_utf8(run(0, &[&fit[..], &more].concat()).stdout).unwrap();
    assert!(told.contains(said), "{told}");
    assert!(told.contains("extra:inquiries is no candidate"), "{told}");
    for name in ["report.html", "model.toml"] {
        assert!(fs::read_to_string(fitted.join(name)).unwrap().contains(said), "{name}");
    }

    fs::write(&file, "application_id,outcome\nnobody,1\nno_one,0\n").unwrap();
    let output = cashline().args(validate).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("no outcome belongs to an application that could be scored"), "{error}");
    let monitor = ["monitor", text(&scored), text(&scored), "--outcomes", text(&file)];
    let told = String::from_utf8(cashline().args(monitor).output().unwrap().stdout).unwrap();
    assert!(told.contains("no outcome of its scored applications can be used"), "{told}");
}

#[test]
fn what_cannot_be_learnt_from_is_refused_by_name_and_leaves_nothing() {
    let place = scratch();
    let out = place.path().join("out");
    let refused = |outcomes: &str, word: &str| {
        let file = place.path().join("outcomes.csv");
        fs::write(&file, outcomes).unwrap();
        let arguments = ["fit", "data/sample", "--outcomes", text(&file), "-o", text(&out)];
        let output = cashline().args(arguments).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains(word), "{word}: {error}");
        assert!(!out.exists());
    };
    refused("application_id,result\napp_merchant,1\n", "no column `outcome`");
    refused("application_id,outcome\napp_merchant,maybe\n", "row 1, column `outcome`");
    refused("application_id,outcome\nnobody,1\n", "no outcome belongs");
    // A name with a slip would be read over, and what it says with it.
    refused(
        "application_id,outcome,Observed_At\napp_two_jobs,1,2027-06-01\n",
        "no column `observed_at`; `Observed_At` looks",
    );
    refused("application_id,outcome,weights\napp_two_jobs,1,2\n", "no column `weight`; `weights` looks");
    // What came before T is no outcome of it.
    let early = "application_id,outcome,observed_at\napp_two_jobs,1,2020-01-01\nnobody,0,2027-06-01\n";
    refused(
        early,
        "none of 2 outcomes can be used: 1 observed before the application, 1 of no application of the input",
    );
    refused("application_id,outcome\napp_salaried,1\napp_salaried,0\n", "same application");
}

/// The paired comparison that the goldens of `berka_cv.json` are for: the same loans, the same folds, each model fitted with
/// everything inside the fold.
#[test]
fn on_real_loans_the_card_is_not_worse_than_logistic_regression_and_gradient_boosting_on_the_same_folds() {
    let Some(folder) = shared("data/berka") else { return };
    let place = scratch();
    let applications = folder.join("applications.csv");
    let mut written = "application_id,outcome\n".to_owned();
    let mut reader = csv::Reader::from_path(&applications).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    rows.iter().for_each(|row| written.push_str(&format!("{},{}\n", &row[0], &row[7])));
    let outcomes = place.path().join("outcomes.csv");
    fs::write(&outcomes, written).unwrap();
    let golden = json(&workspace().join("crates/lab/goldens/berka_cv.json"));
    for (history, terms) in [(None, true), (None, false), (Some(180), true), (Some(90), true)] {
        let name = format!("{history:?}_{terms}");
        let input = place.path().join(format!("in_{name}"));
        crate::berka::cut(&folder, &input, history, terms);
        let out = place.path().join(format!("out_{name}"));
        let mut arguments =
            vec!["fit", text(&input), "--outcomes", text(&outcomes), "--rules", "data/rules/berka_cz.toml"];
        arguments.extend(["--draws", "0", "--folds", "10x5", "--keep-apart", "0", "-o", text(&out)]);
        run(0, &arguments);
        let measured = json(&out.join("validation.json"));
        let cross = &measured["cross"];
        let ours: Vec<f64> =
            cross["folds"].as_array().unwrap().iter().map(|fold| fold["auc"].as_f64().unwrap()).collect();
        let run_of = |one: &&Value| {
            one["history_days"].as_i64() == history && one["loan_terms"] == terms && one["population"] == "eligible"
        };
        let peers = golden["runs"].as_array().unwrap().iter().find(run_of).expect("a run of the golden");
        eprintln!(
            "history {history:?}, terms {terms}: AUC {:.3} ({:.3} to {:.3})",
            cross["auc"]["value"].as_f64().unwrap(),
            cross["auc"]["lower"].as_f64().unwrap(),
            cross["auc"]["upper"].as_f64().unwrap()
        );
        for peer in ["logistic", "lightgbm"] {
            let theirs: Vec<f64> = peers[peer]
                .as_array()
                .unwrap()
                .iter()
                .flat_map(|row| row.as_array().unwrap())
                .map(|auc| auc.as_f64().unwrap())
                .collect();
            let found = paired(&ours, &theirs, 0.25, 0.95).unwrap();
            let interval = found.corrected;
            eprintln!(
                "  less {peer} ({:.3}): {:+.4} ({:+.4} to {:+.4})",
                theirs.iter().sum::<f64>() / theirs.len() as f64,
                interval.value,
                interval.lower,
                interval.upper
            );
            assert!(-0.01 <= interval.value, "{name} {peer}: {:.4}", interval.value);
        }
    }
}

/// A column of the applications that no registry knows enters a card when the recipe says what it is, and gives its reason.
#[test]
fn a_column_of_the_lenders_own_enters_by_the_recipe_with_its_reason() {
    let place = scratch();
    let portfolio = place.path().join("book");
    run(0, &["sample", text(&portfolio), "--applications", "400", "--seed", "5", "--preset", "subprime-gig"]);
    // A grade that tells the outcome apart, but for every fifth application.
    let mut reader = csv::Reader::from_path(portfolio.join("_truth.csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|one| one == name).unwrap();
    let (id, outcome) = (at("application_id"), at("outcome"));
    let bad: std::collections::BTreeMap<String, bool> =
        reader.records().map(Result::unwrap).map(|row| (row[id].to_owned(), &row[outcome] == "1")).collect();
    let applications = portfolio.join("applications.csv");
    let mut rows = csv::Reader::from_path(&applications).unwrap();
    let mut header = rows.headers().unwrap().clone();
    let id = header.iter().position(|one| one == "application_id").unwrap();
    header.push_field("grade");
    let mut writer = csv::Writer::from_writer(vec![]);
    writer.write_record(&header).unwrap();
    for (at, row) in rows.records().enumerate() {
        let mut row = row.unwrap();
        let grade = if bad[&row[id]] != (at % 5 == 0) { 3 } else { 1 };
        row.push_field(&grade.to_string());
        writer.write_record(&row).unwrap();
    }
    fs::write(&applications, writer.into_inner().unwrap()).unwrap();
    let recipe = place.path().join("recipe.toml");
    let known = "[[extra_columns]]\nname = \"extra:grade\"\nfamily = \"grade\"\ntier_core = true\ncompliance = \"model_ok\"\n\
                 has_reason = true\nrisk = \"rises\"\nreason = \"requested_amount\"\n";
    fs::write(&recipe, known).unwrap();
    let truth = portfolio.join("_truth.csv");
    let fit = |name: &str, more: &[&str]| {
        let out = place.path().join(name);
        let mut arguments = vec!["fit", text(&portfolio), "--outcomes", text(&truth), "--draws", "0", "--folds", "1x5"];
        arguments.extend(["--extra-column", "grade", "-o", text(&out)]);
        arguments.extend(more);
        run(0, &arguments);
        fs::read_to_string(out.join("model.toml")).unwrap()
    };
    let with = fit("with", &["--recipe", text(&recipe)]);
    assert!(with.contains("attribute = \"extra:grade\"") && with.contains("reason = \"requested_amount\""), "{with}");
    assert!(!fit("without", &[]).contains("extra:grade"));
}

#[test]
fn a_fit_without_rows_kept_apart_compares_scores_and_says_what_it_could_not_compare() {
    let place = scratch();
    let (portfolio, file) = (place.path().join("book"), place.path().join("o.csv"));
    run(0, &["sample", text(&portfolio), "--applications", "500", "--seed", "7", "--preset", "subprime-gig"]);
    outcomes(&portfolio, &file);
    // A score that nobody has, and a channel that takes every bad.
    let rows = fs::read_to_string(&file).unwrap();
    let widened = rows.lines().enumerate().map(|(at, row)| match at {
        0 => format!("{row},blank,channel\n"),
        _ => {
            let bad = row.split(',').nth(1) == Some("1");
            format!("{row},,{}\n", if bad || at % 2 == 0 { "branch" } else { "web" })
        }
    });
    fs::write(&file, widened.collect::<String>()).unwrap();
    let out = place.path().join("fit");
    let common = ["--outcomes", text(&file), "--draws", "0", "--against", "incumbent", "--against", "blank"];
    let fit = ["--keep-apart", "0", "--folds", "1x2", "--by-group", "channel", "-o", text(&out)];
    let told = run(0, &[&["fit", text(&portfolio)][..], &common, &fit].concat()).stdout;
    let told = String::from_utf8(told).unwrap();
    assert!(told.contains("learnt without branch") && told.contains("bad: no model: "), "{told}");
    assert!(told.contains("against incumbent, out of fold: AUC"), "{told}");
    let not = "not held against blank: 0 applications have its score, 0 of them bad";
    assert!(told.contains(not), "{told}");
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("Against incumbent, out of fold: swap sets") && page.contains(not));
    assert!(
        page.contains("(Brier score, log loss) from all applications alike")
            || !page.contains("Intervals marked bootstrap")
    );
    // Cut-offs are read in scores, which doubled odds of 40 points keep far from log odds.
    for one in json(&out.join("validation.json"))["against"].as_array().unwrap() {
        let cutoff = one["swaps"]["challenger_cutoff"].as_f64().unwrap();
        assert!((100.0..=1_000.0).contains(&cutoff), "{cutoff}");
    }
    let scored = place.path().join("scored");
    run(0, &["score", text(&portfolio), "--model", text(&out.join("model.toml")), "-o", text(&scored)]);
    let validate = [&["validate", text(&scored)][..], &common].concat();
    let told = String::from_utf8(run(0, &validate).stdout).unwrap();
    assert!(told.contains("against incumbent, ") && told.contains(not), "{told}");
    let told = run(0, &[&validate[..], &["--json"]].concat()).stdout;
    let answer: Value = serde_json::from_slice(&told).unwrap();
    assert!(answer["not_compared"][0].as_str().unwrap().starts_with(not));
    let refused = cashline()
        .args(
            [&["fit", text(&portfolio)][..], &common, &["--allow", "no_such_column", "-o", text(&out), "--overwrite"]]
                .concat(),
        )
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("`allow` names `no_such_column`"), "{said}");
}
