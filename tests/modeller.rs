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

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
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

#[test]
fn two_rows_of_one_application_in_a_file_of_groups_are_refused_by_their_numbers() {
    let place = scratch();
    let (portfolio, outcomes) =
        book(place.path(), &["--applications", "200", "--seed", "3", "--preset", "subprime-gig"]);
    let scored = place.path().join("run");
    run(0, &["score", text(&portfolio), "-o", text(&scored)]);
    let groups = place.path().join("groups.csv");
    let mut lines: Vec<String> = truth(&portfolio).iter().map(|(id, _)| format!("{id},p\n")).collect();
    // The first application again, of another group, as the fifth row.
    let again = lines[0].replace(",p", ",q");
    lines.insert(4, again);
    fs::write(&groups, format!("application_id,group\n{}", lines.concat())).unwrap();
    let out = place.path().join("fit");
    let validate = ["validate", text(&scored), "--outcomes", text(&outcomes), "--draws", "0"];
    let fit = ["fit", text(&portfolio), "--outcomes", text(&outcomes), "--draws", "0", "-o", text(&out)];
    let by_group = ["--by-group", "group", "--group-file", text(&groups)];
    for arguments in [
        [&validate[..], &["--groups", text(&groups)]].concat(),
        [&validate[..], &by_group].concat(),
        [&fit[..], &by_group].concat(),
    ] {
        let error = String::from_utf8(run(2, &arguments).stderr).unwrap();
        assert!(error.contains("rows 1 and 5 (from 1) are of the same application; keep one"), "{error}");
        assert!(error.contains("groups.csv"), "{error}");
    }
    assert!(!out.exists());
}

#[test]
fn fairness_is_measured_on_every_scored_application_and_stands_in_the_report() {
    let place = scratch();
    let (portfolio, outcomes) =
        book(place.path(), &["--applications", "600", "--seed", "7", "--preset", "subprime-gig"]);
    let scored = place.path().join("run");
    run(0, &["score", text(&portfolio), "-o", text(&scored)]);
    let mut reader = csv::Reader::from_path(scored.join("scores.csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|one| one == name).unwrap();
    let (id, score) = (at("application_id"), at("score"));
    let rows = reader.records().map(Result::unwrap).filter(|row| !row[score].is_empty());
    let mut rows: Vec<(i64, String)> = rows.map(|row| (row[score].parse().unwrap(), row[id].to_owned())).collect();
    rows.sort_by(|one, other| other.cmp(one));
    // Safe applications are of P, every other one of the risky half of Q; three are of a group too small to be told of.
    let half = rows.len() / 2;
    let group = |place: usize| match place {
        0..3 => "few",
        at if half < at && at % 2 == 0 => "q",
        _ => "p",
    };
    let groups = place.path().join("groups.csv");
    let lines: String = rows.iter().enumerate().map(|(at, row)| format!("{},{}\n", row.1, group(at))).collect();
    fs::write(&groups, format!("application_id,group\n{lines}")).unwrap();
    // Only the safe half was ever booked: of the others nobody knows what would have become.
    let booked = place.path().join("booked.csv");
    let of: BTreeMap<String, String> = truth(&portfolio).into_iter().collect();
    let lines: String = rows[..half].iter().map(|row| format!("{},{}\n", row.1, of[&row.1])).collect();
    fs::write(&booked, format!("application_id,outcome\n{lines}")).unwrap();

    // By hand: the lowest score of which at most 70 % stand at or above, and who does.
    let (mut cut, mut passing) = (i64::MAX, 0);
    for (at, (score, _)) in rows.iter().enumerate() {
        let is_last = rows.get(at + 1).is_none_or(|next| next.0 != *score);
        if is_last && (at + 1) * 10 <= rows.len() * 7 {
            (cut, passing) = (*score, at + 1);
        }
    }
    let of_group = |name: &str| {
        let members: Vec<i64> =
            rows.iter().enumerate().filter(|(at, _)| group(*at) == name).map(|(_, row)| row.0).collect();
        let approved = members.iter().filter(|score| cut <= **score).count();
        (members.len(), approved)
    };
    assert!(half < passing, "some of those without an outcome are approved");
    let rate = |name: &str| of_group(name).1 as f64 / of_group(name).0 as f64;
    let page = place.path().join("page.html");
    for file in [&booked, &outcomes] {
        let validate = ["validate", text(&scored), "--outcomes", text(file), "--groups", text(&groups), "--draws", "0"];
        let more = ["--json", "--report", text(&page)];
        let found: serde_json::Value =
            serde_json::from_slice(&run(0, &[&validate[..], &more].concat()).stdout).unwrap();
        let rows = found["fairness"]["rows"].as_array().unwrap();
        for (row, name) in rows.iter().zip(["p", "q"]) {
            assert_eq!(row["group"], name);
            assert_eq!((row["rows"].as_u64(), row["approved"].as_u64()), {
                let (rows, approved) = of_group(name);
                (Some(rows as u64), Some(approved as u64))
            });
        }
        let air = rows[1]["compared"]["air"]["value"].as_f64().unwrap();
        assert!((air - rate("q") / rate("p")).abs() < 1e-12, "{air}");
        let told = String::from_utf8(run(0, &validate).stdout).unwrap();
        assert!(told.contains("withheld, fewer than 30 rows: few"), "{told}");
        let page = fs::read_to_string(&page).unwrap();
        assert!(page.contains("Fairness, offline") && page.contains("Withheld, fewer than 30 rows: few."));
        for wrong in ["70", "nan", "0", "1", "=-1"] {
            let approve =
                if wrong.starts_with('=') { format!("--approve{wrong}") } else { format!("--approve={wrong}") };
            run(2, &[&validate[..], &[&approve]].concat());
        }
    }
}

#[test]
fn later_applications_of_applicants_learnt_from_are_left_out_and_counted() {
    let place = scratch();
    let (portfolio, outcomes) =
        book(place.path(), &["--applications", "600", "--seed", "11", "--preset", "subprime-gig"]);
    // Every other first applicant applied a day before, too.
    let applications = portfolio.join("applications.csv");
    let rows = fs::read_to_string(&applications).unwrap();
    let mut lines: Vec<String> = rows.lines().map(|line| format!("{line}\n")).collect();
    let primary = lines.iter().filter(|line| line.contains(",primary,"));
    let earlier = |line: &String| line.replace(",cus_", "_b,cus_").replace("2026-11-01", "2026-10-31");
    let earlier: Vec<String> = primary.step_by(2).map(earlier).collect();
    lines.extend(earlier);
    fs::write(&applications, lines.concat()).unwrap();
    let known: String =
        truth(&portfolio).iter().map(|(id, outcome)| format!("{id},{outcome}\n{id}_b,{outcome}\n")).collect();
    fs::write(&outcomes, format!("application_id,outcome\n{known}")).unwrap();
    let out = place.path().join("fit");
    let fit =
        ["fit", text(&portfolio), "--outcomes", text(&outcomes), "--draws", "0", "--folds", "1x2", "-o", text(&out)];
    let told = String::from_utf8(run(0, &[&fit[..], &["--keep-from", "2026-11-01"]].concat()).stdout).unwrap();
    let measured = json(&out.join("validation.json"));
    let of = |name: &str| measured[name].as_u64().unwrap();
    // By hand: who was scored on the day before is learnt from, and tried on no day.
    let scored = place.path().join("run");
    run(0, &["score", text(&portfolio), "-o", text(&scored)]);
    let scores = fs::read_to_string(scored.join("scores.csv")).unwrap();
    let is_scored = |id: &str| scores.lines().any(|line| line.contains(&format!("{id},")) && line.contains(",scored,"));
    let (mut learnt, mut twice) = (0, 0);
    for (id, _) in truth(&portfolio).iter().filter(|(id, _)| is_scored(&format!("{id}_b"))) {
        learnt += 1;
        twice += u64::from(is_scored(id));
    }
    assert!(0 < twice && twice <= learnt);
    assert_eq!((of("learnt_from"), of("left_out")), (learnt, twice));
    assert_eq!(
        of("learnt_from") + of("kept_apart") + of("left_out"),
        measured["sample"]["outcomes"]["used"].as_u64().unwrap()
    );
    let said = format!("({} more left out, of applicants learnt from)", of("left_out"));
    assert!(told.contains(&said), "{told}");
    for name in ["report.html", "model.toml"] {
        assert!(fs::read_to_string(out.join(name)).unwrap().contains(&said), "{name}");
    }
}

#[test]
fn the_unit_of_weights_changes_no_card() {
    let place = scratch();
    let (portfolio, _) = book(place.path(), &["--applications", "1000", "--seed", "21", "--preset", "subprime-gig"]);
    let truth = truth(&portfolio);
    let card = |name: &str, weight: &dyn Fn(usize) -> f64| {
        let (file, out) = (place.path().join(format!("{name}.csv")), place.path().join(name));
        let lines = truth.iter().enumerate().map(|(at, (id, outcome))| format!("{id},{outcome},{}\n", weight(at)));
        fs::write(&file, format!("application_id,outcome,weight\n{}", lines.collect::<String>())).unwrap();
        let fit =
            ["fit", text(&portfolio), "--outcomes", text(&file), "--draws", "0", "--folds", "1x2", "-o", text(&out)];
        let told = String::from_utf8(run(0, &[&fit[..], &["--keep-apart", "0"]].concat()).stdout).unwrap();
        let model = toml(&out.join("model.toml"));
        let points = |one: &toml::Value| (one["attribute"].clone(), one["bins"].clone(), one["missing"].clone());
        let points: Vec<_> = model["characteristics"].as_array().unwrap().iter().map(points).collect();
        let approximate =
            model["documentation"]["limits"].to_string().contains("standard errors and p are approximations");
        assert_eq!(told.contains("standard errors and p are approximations"), approximate);
        (points, model["base_points"].clone(), approximate)
    };
    // Weights of 1, 2 and 3 in turn.
    let uneven = |unit: f64| move |at: usize| unit * ((at % 3) + 1) as f64;
    let one = card("one", &uneven(1.0));
    assert!(!one.0.is_empty() && one.2);
    assert_eq!(one, card("thousandths", &uneven(0.001)));
    assert_eq!(one, card("thousands", &uneven(1000.0)));
    let even = card("even", &|_| 1.0);
    assert!(!even.2);
    assert_eq!(even, card("even_thousandths", &|_| 0.001));
}

#[test]
fn weights_and_horizons_that_are_not_as_they_seem_are_told() {
    let place = scratch();
    let (portfolio, _) = book(place.path(), &["--applications", "300", "--seed", "21", "--preset", "subprime-gig"]);
    let truth = truth(&portfolio);
    let [file, scored, page] = ["weighted.csv", "run", "page.html"].map(|name| place.path().join(name));
    let write = |weight: &dyn Fn(usize, &str) -> &'static str| {
        let line =
            |(at, (id, outcome)): (usize, &(String, String))| format!("{id},{outcome},{}\n", weight(at, outcome));
        let lines: String = truth.iter().enumerate().map(line).collect();
        fs::write(&file, format!("application_id,outcome,weight\n{lines}")).unwrap();
    };
    run(0, &["score", text(&portfolio), "-o", text(&scored)]);
    let validate = ["validate", text(&scored), "--outcomes", text(&file), "--draws", "0"];
    let told = |more: &[&str]| String::from_utf8(run(0, &[&validate[..], more].concat()).stdout).unwrap();
    write(&|_, outcome| if outcome == "1" { "1" } else { "20.5" });
    assert!(told(&["--report", text(&page)]).contains("\nweights differ: "));
    assert!(fs::read_to_string(&page).unwrap().contains("Mind that weights differ: "));
    assert!(told(&["--json"]).contains("\"weighted\": \"weights differ: "));
    write(&|_, _| "20.5");
    assert!(!told(&["--json"]).contains("weights differ") && !told(&[]).contains("weights differ"));
    write(&|at, _| if at == 4 { "" } else { "20.5" });
    let refused = String::from_utf8_lossy(&run(2, &validate).stderr).into_owned();
    assert!(refused.contains("row 5: the weight is blank"), "{refused}");

    write(&|_, _| "1");
    let horizon = |more: &[&str]| {
        let out = place.path().join("fit");
        let mut arguments = vec!["fit", text(&portfolio), "--outcomes", text(&file), "--draws", "0", "--folds", "1x2"];
        arguments.extend(["--keep-apart", "0", "--overwrite", "-o", text(&out)]);
        let told = String::from_utf8(run(0, &[&arguments[..], more].concat()).stdout).unwrap();
        let assumed = "365 days: assumed; state it with --window or header.horizon_days of a recipe";
        let on_page = fs::read_to_string(out.join("report.html")).unwrap().contains(assumed);
        assert_eq!(told.contains(&format!("horizon of {assumed}\n")), on_page);
        on_page
    };
    assert!(horizon(&["--bad", "60 days past due"]));
    assert!(!horizon(&["--window", "365"]));
}

#[test]
fn a_fit_on_a_damaged_export_fails_the_gates_that_score_fails_and_hides_no_outcome() {
    let place = scratch();
    let damage = ["--applications", "600", "--seed", "9", "--preset", "mixed", "--damage", "0.0015"];
    let (portfolio, outcomes) = book(place.path(), &damage);
    let scored = place.path().join("run");
    run(1, &["score", text(&portfolio), "-o", text(&scored)]);
    let manifest = json(&scored.join("manifest.json"));
    let number = |name: &str| manifest["counts"]["applications"][name].as_u64().unwrap();
    let without = number("total") - number("scored");
    assert!(0 < without);
    let out = place.path().join("fit");
    let fit =
        ["fit", text(&portfolio), "--outcomes", text(&outcomes), "--draws", "0", "--folds", "1x2", "-o", text(&out)];
    let told = String::from_utf8(run(1, &fit).stdout).unwrap();
    let failed: Vec<&serde_json::Value> =
        manifest["gates"].as_array().unwrap().iter().filter(|gate| gate["passed"] == false).collect();
    assert!(!failed.is_empty());
    for gate in &failed {
        let (name, value) = (gate["name"].as_str().unwrap(), gate["value"].as_f64().unwrap());
        assert!(told.contains(&format!("gate failed: {name} is {value}, limit")), "{told}");
    }
    let said = format!("{without} of applications without a score");
    assert!(told.contains(&said), "{told}");
    assert!(fs::read_to_string(out.join("report.html")).unwrap().contains(&said));
    let measured = json(&out.join("validation.json"));
    assert_eq!(measured["sample"]["outcomes"]["unscored"].as_u64(), Some(without));
    let development = toml(&out.join("model.toml"))["documentation"]["development"].clone();
    assert_eq!(development["excluded"].as_integer(), i64::try_from(without).ok());
    // Who allows as much is told nothing of it.
    let again = place.path().join("again");
    let allowed = ["--defects-max", "100%", "--unattributed-max", "1000000", "-o", text(&again)];
    let told = String::from_utf8(run(0, &[&fit[..fit.len() - 2], &allowed].concat()).stdout).unwrap();
    assert!(!told.contains("gate failed"), "{told}");

    // An outcome of before the application is none of it; validate says so, and how many have no day.
    let dated = place.path().join("dated.csv");
    let day = |at: usize| if at < 40 { "2026-10-01" } else { "" };
    let lines =
        truth(&portfolio).into_iter().enumerate().map(|(at, (id, outcome))| format!("{id},{outcome},{}\n", day(at)));
    fs::write(&dated, format!("application_id,outcome,observed_at\n{}", lines.collect::<String>())).unwrap();
    let validate = ["validate", text(&scored), "--outcomes", text(&dated), "--draws", "0", "--window", "90"];
    let told = String::from_utf8(run(0, &validate).stdout).unwrap();
    let scores = fs::read_to_string(scored.join("scores.csv")).unwrap();
    let planted = truth(&portfolio);
    let early = planted[..40]
        .iter()
        .filter(|(id, _)| scores.lines().any(|line| line.contains(&format!("{id},")) && line.contains(",scored,")));
    assert!(told.contains(&format!("{} observed before the application", early.count())), "{told}");
    assert!(told.contains("outcomes used have no day of observation"), "{told}");
}

#[test]
fn the_model_file_says_how_it_was_made() {
    let place = scratch();
    let (portfolio, outcomes) =
        book(place.path(), &["--applications", "1500", "--seed", "21", "--preset", "subprime-gig"]);
    let recipe = place.path().join("recipe.toml");
    let fit = |name: &str, told: &str, more: &[&str]| {
        fs::write(&recipe, told).unwrap();
        let out = place.path().join(name);
        let mut arguments = vec!["fit", text(&portfolio), "--outcomes", text(&outcomes), "--recipe", text(&recipe)];
        arguments.extend([
            "--draws",
            "0",
            "--folds",
            "1x2",
            "-o",
            text(&out),
            "--window",
            "90",
            "--bad",
            "60 days past due",
        ]);
        arguments.extend(more);
        run(0, &arguments);
        toml(&out.join("model.toml"))
    };
    // A recipe of which no key says what a good outcome is, and when.
    let model = fit("one", "seed = 5\n", &["--seed", "7", "--keep-apart", "0.3"]);
    assert_eq!(model["target"].as_str(), Some("not 60 days past due"));
    assert_eq!(model["horizon_days"].as_integer(), Some(90));
    let documentation = &model["documentation"];
    assert!(documentation["purpose"].as_str().unwrap().contains("within 90 days"), "{documentation}");
    let method = documentation["development"]["method"].as_str().unwrap();
    assert!(method.contains("seed 5; 1 times 2 folds; a share of 0.3 kept apart by seed 7"), "{method}");
    // Without draws the KS has no interval; the AUC's is closed.
    let figures = &model["validation"].as_array().unwrap()[1]["figures"];
    assert!(figures["ks"].get("value").is_some() && figures["ks"].get("low").is_none(), "{figures}");
    assert!(figures["auc"]["low"].as_float() < figures["auc"]["high"].as_float());
    // A recipe that says it.
    let said = "[header]\ntarget = \"repaid in full\"\nhorizon_days = 180\n";
    let model = fit("two", said, &["--keep-apart", "0"]);
    assert_eq!(model["target"].as_str(), Some("repaid in full"));
    assert_eq!(model["horizon_days"].as_integer(), Some(180));
}

#[test]
fn holders_that_the_shipped_card_does_not_score_get_a_card_all_the_same() {
    let place = scratch();
    let (portfolio, outcomes) = book(place.path(), &["--applications", "300", "--seed", "4", "--preset", "smb"]);
    let recipe = place.path().join("recipe.toml");
    fs::write(&recipe, "[header.population]\ndescription = \"small businesses\"\nholder_kinds = [\"account\"]\n")
        .unwrap();
    let out = place.path().join("fit");
    let mut arguments = vec!["fit", text(&portfolio), "--outcomes", text(&outcomes), "--recipe", text(&recipe)];
    arguments.extend(["--draws", "0", "--folds", "1x5", "-o", text(&out)]);
    let told = String::from_utf8(run(0, &arguments).stdout).unwrap();
    let said = "not held against card_consumer: it scores no such applicants";
    assert!(told.contains(said), "{told}");
    assert!(fs::read_to_string(out.join("report.html")).unwrap().contains(said));
    assert_eq!(json(&out.join("validation.json"))["against"], serde_json::json!([]));
}

#[test]
fn columns_that_are_named_are_the_only_candidates() {
    let place = scratch();
    let (portfolio, outcomes) =
        book(place.path(), &["--applications", "600", "--seed", "21", "--preset", "subprime-gig"]);
    let named = ["nsf_od_event_count_90d", "inflow_outflow_ratio_90d", "income_pension_90d"];
    let fit = |out: &Path, more: &[&str]| {
        let mut arguments = vec!["fit", text(&portfolio), "--outcomes", text(&outcomes), "--draws", "0"];
        arguments.extend(["--folds", "1x2", "--keep-apart", "0", "--columns"]);
        arguments.extend(more);
        arguments.extend(["-o", text(out)]);
        run(0, &arguments);
        let rows = csv::Reader::from_path(out.join("selection.csv")).unwrap().into_records();
        let steps = rows.map(Result::unwrap).map(|row| (row[0].to_owned(), row[1].to_owned()));
        steps.collect::<BTreeMap<String, String>>()
    };
    let steps = fit(&place.path().join("fit"), &[&named.join(",")]);
    assert_eq!(steps.keys().cloned().collect::<std::collections::BTreeSet<_>>(), named.map(str::to_owned).into());
    assert_eq!(steps["income_pension_90d"], "false", "no model may use it, named or not");
    assert_eq!(steps["nsf_od_event_count_90d"], "true");
    let nobody = place.path().join("nobody");
    let mut arguments = vec!["fit", text(&portfolio), "--outcomes", text(&outcomes), "--columns", "no_such_column"];
    arguments.extend(["-o", text(&nobody)]);
    run(2, &arguments);
    assert!(!nobody.exists());
}

#[test]
fn amounts_and_days_that_are_none_are_refused_by_the_name_of_their_flag() {
    let validate = ["validate", "nowhere", "--outcomes", "nothing.csv"];
    for (gain, loss) in [("nan", "1"), ("inf", "1"), ("1", "-5"), ("-1", "5")] {
        let flags = [format!("--gain={gain}"), format!("--loss={loss}")];
        let arguments = [&validate[..4], &[flags[0].as_str(), flags[1].as_str()]].concat();
        let error = String::from_utf8(run(2, &arguments).stderr).unwrap();
        let wrong = if gain == "1" { "--loss" } else { "--gain" };
        assert!(error.contains(wrong) && error.contains("a number of 0 or more"), "{error}");
    }
    let place = scratch();
    let (portfolio, outcomes) = book(place.path(), &["--applications", "60", "--seed", "4", "--preset", "mixed"]);
    let out = place.path().join("fit");
    let mut arguments = vec!["fit", text(&portfolio), "--outcomes", text(&outcomes), "-o", text(&out)];
    arguments.extend(["--keep-from", "2026-13-01"]);
    let error = String::from_utf8(run(2, &arguments).stderr).unwrap();
    assert!(error.contains("--keep-from `2026-13-01` is neither a date"), "{error}");
}

/// Puts the chosen applicants' money into yen, amounts as they are.
fn in_yen(portfolio: &Path, is_chosen: impl Fn(u32) -> bool) {
    for name in ["accounts.ndjson", "transactions.ndjson", "applications.csv"] {
        let path = portfolio.join(name);
        let rows = fs::read_to_string(&path).unwrap();
        let line = |line: &str| {
            // Every id of the generator starts with the number of its applicant.
            let number = line.find("_0").and_then(|at| line.get(at + 1..at + 10)?.parse().ok());
            let chosen = number.is_some_and(&is_chosen);
            format!("{}\n", if chosen { line.replace("usd", "jpy") } else { line.to_owned() })
        };
        fs::write(&path, rows.lines().map(line).collect::<String>()).unwrap();
    }
}

#[test]
fn a_card_is_of_one_currency_and_scores_no_other() {
    let place = scratch();
    let (portfolio, outcomes) =
        book(place.path(), &["--applications", "400", "--seed", "21", "--preset", "subprime-gig"]);
    let out = place.path().join("fit");
    let fit =
        ["fit", text(&portfolio), "--outcomes", text(&outcomes), "--draws", "0", "--folds", "1x2", "-o", text(&out)];
    run(0, &fit);
    let model = out.join("model.toml");
    assert_eq!(toml(&model)["population"]["currency"].as_str(), Some("usd"));
    // Every other applicant in yen: they are scored by nobody's dollars, and learnt from with nobody's dollars.
    in_yen(&portfolio, |number| number % 2 == 1);
    let counts = |name: &str, model: &[&str]| {
        let scored = place.path().join(name);
        run(0, &[&["score", text(&portfolio), "-o", text(&scored)], model].concat());
        json(&scored.join("manifest.json"))["counts"]["applications"].clone()
    };
    let (any, own) = (counts("any", &[]), counts("own", &["--model", text(&model)]));
    assert_eq!(any["total"], 400);
    let of = |counts: &serde_json::Value, name: &str| counts[name].as_u64().unwrap_or(0);
    assert_eq!(of(&own, "scored") + of(&own, "out_of_population"), of(&any, "scored"));
    assert!(100 < of(&own, "out_of_population"), "{own}");
    let mixed = place.path().join("mixed");
    let arguments = [&fit[..fit.len() - 1], &[text(&mixed)]].concat();
    let error = String::from_utf8(run(2, &arguments).stderr).unwrap();
    let said =
        format!("in several currencies ({} in jpy, {} in usd)", of(&own, "out_of_population"), of(&own, "scored"));
    assert!(error.contains(&said), "{error}");
    assert!(!mixed.exists());
    // Those in yen alone make a card in yen, beside which a card in dollars has nothing to say.
    let yen = place.path().join("yen.csv");
    let rows = truth(&portfolio).into_iter().filter(|(id, _)| id.ends_with(['1', '3', '5', '7', '9']));
    let lines: String = rows.map(|(id, outcome)| format!("{id},{outcome}\n")).collect();
    fs::write(&yen, format!("application_id,outcome\n{lines}")).unwrap();
    let mut arguments = vec!["fit", text(&portfolio), "--outcomes", text(&yen), "--draws", "0", "--folds", "1x2"];
    let out = place.path().join("yen");
    arguments.extend(["--model", text(&model), "-o", text(&out)]);
    let told = String::from_utf8(run(0, &arguments).stdout).unwrap();
    assert!(told.contains("not held against fitted_card: it scores no such applicants"), "{told}");
    assert_eq!(toml(&out.join("model.toml"))["population"]["currency"].as_str(), Some("jpy"));
}

#[test]
fn a_model_that_ranks_upside_down_is_called_that_and_its_gates_close() {
    let place = scratch();
    let (portfolio, right) =
        book(place.path(), &["--applications", "1500", "--seed", "21", "--preset", "subprime-gig"]);
    let [wrong, parted, scored, page, out] =
        ["wrong.csv", "parted.csv", "run", "page.html", "fit"].map(|name| place.path().join(name));
    let truth = truth(&portfolio);
    let turn = |outcome: &str| if outcome == "1" { "0" } else { "1" };
    let lines: String = truth.iter().map(|(id, outcome)| format!("{id},{}\n", turn(outcome))).collect();
    fs::write(&wrong, format!("application_id,outcome\n{lines}")).unwrap();
    run(0, &["score", text(&portfolio), "-o", text(&scored)]);

    let validate = |outcomes: &Path, more: &[&str]| {
        let arguments = ["validate", text(&scored), "--outcomes", text(outcomes), "--draws", "0"];
        String::from_utf8(run(0, &[&arguments[..], more].concat()).stdout).unwrap()
    };
    assert!(validate(&wrong, &["--report", text(&page)]).contains("\nmind: the score ranks upside down: AUC 0."));
    assert!(fs::read_to_string(&page).unwrap().contains("Mind that the score ranks upside down: "));
    let found = |outcomes: &Path| -> serde_json::Value {
        let whole: serde_json::Value = serde_json::from_str(&validate(outcomes, &["--json"])).unwrap();
        whole["validation"]["upside_down"]["beyond_chance"].clone()
    };
    assert_eq!((found(&wrong), found(&right)), (true.into(), serde_json::Value::Null));

    let monitor = |outcomes: &Path, expected: i32| {
        let arguments = ["monitor", text(&scored), text(&scored), "--outcomes", text(outcomes)];
        String::from_utf8(run(expected, &arguments).stdout).unwrap()
    };
    let told = monitor(&wrong, 1);
    assert!(told.contains("note: outcomes of the current run: the score ranks upside down: AUC 0."), "{told}");
    assert!(told.contains("\ngates closed: auc") && told.contains("99.0 % interval"), "{told}");
    assert!(!monitor(&right, 0).contains("upside down"));

    // Learnt from the right outcomes of every other application, tried on the turned ones of the rest.
    let line = |(at, (id, outcome)): (usize, &(String, String))| match at % 2 {
        0 => format!("{id},{outcome},even\n"),
        _ => format!("{id},{},odd\n", turn(outcome)),
    };
    let lines: String = truth.iter().enumerate().map(line).collect();
    fs::write(&parted, format!("application_id,outcome,half\n{lines}")).unwrap();
    let mut arguments = vec!["fit", text(&portfolio), "--outcomes", text(&parted), "-o", text(&out), "--draws", "0"];
    arguments.extend(["--folds", "1x2", "--by-group", "half", "--keep-group", "odd"]);
    let told = String::from_utf8(run(1, &arguments).stdout).unwrap();
    assert!(told.contains("\ngate failed: on applications kept apart: the score ranks upside down: AUC 0."), "{told}");
    assert_eq!(json(&out.join("validation.json"))["tried"]["upside_down"]["beyond_chance"], true);
}

#[test]
fn outcomes_that_cannot_be_learnt_from_are_called_what_they_are() {
    let place = scratch();
    let (portfolio, _) = book(place.path(), &["--applications", "60", "--seed", "21", "--preset", "subprime-gig"]);
    let [scored, file, out] = ["run", "some.csv", "fit"].map(|name| place.path().join(name));
    run(0, &["score", text(&portfolio), "-o", text(&scored)]);
    let truth = truth(&portfolio);
    let write = |rows: &str| fs::write(&file, format!("application_id,outcome,observed_at\n{rows}")).unwrap();
    let validate = ["validate", text(&scored), "--outcomes", text(&file), "--draws", "0"];
    write("");
    let said = String::from_utf8(run(2, &validate).stderr).unwrap();
    assert!(said.contains("the file has no outcomes"), "{said}");
    // A day that nobody has seen yet is taken at the file's word, and told.
    let line = |(id, outcome): &(String, String)| format!("{id},{outcome},2999-12-31\n");
    write(&truth.iter().map(line).collect::<String>());
    let said = String::from_utf8(run(0, &validate).stderr).unwrap();
    assert!(said.contains("outcomes observed after today") && said.contains("rows=60"), "{said}");
    // One bad is too few, and the message says how few there are.
    let line = |(at, (id, _)): (usize, &(String, String))| format!("{id},{},\n", u8::from(at == 0));
    write(&truth.iter().enumerate().map(line).collect::<String>());
    let fit = ["fit", text(&portfolio), "--outcomes", text(&file), "--draws", "0", "-o", text(&out)];
    let said = String::from_utf8(run(2, &fit).stderr).unwrap();
    assert!(said.contains(", 1 bad: ") && said.contains("more bads are wanted"), "{said}");
}
