#![expect(clippy::unwrap_used, reason = "tests stop at the first surprise")]
#![expect(clippy::print_stderr, reason = "the figures reached are worth reading")]

use cashline_core::{
    attribute::definition::{Compliance, Risk},
    model::{Model, file::ModelFile},
    value::{Missing, Value},
};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::Value as Json;

use super::*;
use crate::{
    binning::Options,
    logistic,
    metrics::Outcomes,
    sample::{Key, Number, Values},
    select::{Method, Screens},
};

pub(super) fn facts(name: &str, risk: Risk) -> Facts {
    Facts {
        name: name.to_owned(),
        family: name.to_owned(),
        tier_core: true,
        compliance: Compliance::ModelOk,
        has_reason: true,
        risk,
        reason: None,
    }
}

pub(super) fn sample(columns: Vec<(&str, Vec<Number>)>, bad: Vec<bool>) -> Sample {
    let key = |row: usize| Key {
        applicant_id: format!("cus_{row:06}"),
        as_of: i64::try_from(row % 365).unwrap() * 86_400,
        application_id: format!("app_{row:06}"),
    };
    Sample {
        keys: (0..bad.len()).map(key).collect(),
        weight: vec![1.0; bad.len()],
        segment: vec![String::new(); bad.len()],
        columns: columns
            .into_iter()
            .map(|(name, cells)| Column { name: name.to_owned(), values: Values::Numbers(cells) })
            .collect(),
        bad,
    }
}

fn numbers(value: &Json) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|one| one.as_f64().unwrap()).collect()
}

// The 2,000 rows of the goldens, binned at their cuts.
fn golden() -> (Sample, Vec<Facts>, Recipe, Json) {
    let lines = include_str!("../../goldens/golden_2000.csv").lines().skip(1);
    let rows: Vec<Vec<i32>> = lines.map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect()).collect();
    let column = |at: usize| rows.iter().map(|row| Ok(f64::from(row[at]) / 1000.0)).collect();
    let bad = rows.iter().map(|row| row[2] == 1).collect();
    let sample = sample(vec![("x1", column(0)), ("x2", column(1))], bad);
    let cuts = |cuts: &[f64]| Options { splits: Some(cuts.to_vec()), ..Options::default() };
    let recipe = Recipe {
        columns: [("x1".to_owned(), cuts(&[-1.0, -0.25, 0.5, 1.25])), ("x2".to_owned(), cuts(&[0.25, 0.75, 1.5]))]
            .into(),
        method: Some(Method::Strongest { columns_max: 2 }),
        ridge: Some(0.0),
        scaling: Scaling { base: Some(600.0), odds_at_base: 50.0, pdo: Some(20.0), ..Scaling::default() },
        ..Recipe::default()
    };
    let golden = serde_json::from_str(include_str!("../../goldens/scorecard.json")).unwrap();
    (sample, vec![facts("x1", Risk::Neither), facts("x2", Risk::Neither)], recipe, golden)
}

// The largest distance from the golden's points and scores. Its points carry an equal share of the intercept in each column.
fn distance(card: &FittedCard, sample: &Sample, golden: &Json) -> f64 {
    let points = card.points();
    let share = points.base / 2.0;
    let mut largest = 0.0_f64;
    for one in &points.characteristics {
        let expected = numbers(&golden["points"][&one.name]);
        let values = card.characteristics.iter().find(|known| known.binned.name == one.name).unwrap().binned.bins.len();
        assert_eq!(values, expected.len());
        for (found, expected) in one.bins.iter().zip(&expected) {
            largest = largest.max((found + share - expected).abs());
        }
    }
    let scores = card.exact_score(sample).unwrap();
    let p = card.probability(sample).unwrap();
    for (row, (score, bad)) in
        numbers(&golden["first_50_scores"]).iter().zip(numbers(&golden["first_50_p_bad"])).enumerate()
    {
        largest = largest.max((scores[row] - score).abs()).max((p[row] - bad).abs());
    }
    largest
}

#[test]
fn points_and_scores_are_optbinnings() {
    let (sample, facts, recipe, golden) = golden();
    let mut card = fit(&sample, &facts, &recipe).unwrap();
    assert!((card.scale.factor() - golden["factor"].as_f64().unwrap()).abs() < 1e-12);
    assert!((card.scale.offset() - golden["offset"].as_f64().unwrap()).abs() < 1e-9);
    // With our own fit: scikit-learn stops 5e-10 short of the optimum (statsmodels agrees with us to 1e-10), which is 2e-8
    // points.
    assert!(distance(&card, &sample, &golden) < 1e-7, "{}", distance(&card, &sample, &golden));
    // With its coefficients: to the last digits.
    card.fit.intercept.value = golden["intercept"].as_f64().unwrap();
    for (at, name) in ["x1", "x2"].into_iter().enumerate() {
        let place = card.fit.coefficients.iter().position(|one| one.name == name).unwrap();
        card.fit.coefficients[place].value = numbers(&golden["coefficients"])[at];
    }
    assert!(distance(&card, &sample, &golden) < 1e-9, "{}", distance(&card, &sample, &golden));
}

/// A portfolio whose true probabilities are known: four columns matter, three do not, some cells are missing.
fn portfolio(rows: usize, seed: u64) -> (Sample, Vec<f64>) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let names = ["balance", "overdrafts", "income", "gambling", "noise_a", "noise_b", "noise_c"];
    let mut cells: Vec<Vec<Number>> = vec![Vec::with_capacity(rows); names.len()];
    let (mut bad, mut truth) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    for _ in 0..rows {
        let u: Vec<f64> = (0..names.len()).map(|_| random.random::<f64>()).collect();
        let overdrafts = (-3.0 * (1.0 - u[1]).ln()).floor();
        let no_income = random.random::<f64>() < 0.1;
        let eta = -3.0 - 1.8 * (u[0] - 0.5) + 0.25 * overdrafts.min(8.0) - 1.2 * (u[2] - 0.5) + 1.0 * u[3] * u[3]
            - if no_income { 0.8 } else { 0.0 };
        let p = logistic::probability(eta);
        truth.push(p);
        bad.push(random.random::<f64>() < p);
        let values = [1e5 * u[0], overdrafts, 3e5 * u[2], u[3], u[4], u[5], u[6]];
        for (at, value) in values.into_iter().enumerate() {
            let cause = (at == 3 && no_income).then_some(Missing::NoSuchEvent);
            let cause = cause.or((at == 0 && u[6] < 0.03).then_some(Missing::NotEnoughHistory));
            cells[at].push(cause.map_or(Ok(value), Err));
        }
    }
    (sample(names.into_iter().zip(cells).collect(), bad), truth)
}

fn portfolio_facts() -> Vec<Facts> {
    [
        ("balance", Risk::Falls),
        ("overdrafts", Risk::Rises),
        ("income", Risk::Falls),
        ("gambling", Risk::Rises),
        ("noise_a", Risk::Neither),
        ("noise_b", Risk::Rises),
        ("noise_c", Risk::Falls),
    ]
    .map(|(name, risk)| facts(name, risk))
    .to_vec()
}

// AUC of a safety score in nine digits, which ties nothing that differs.
#[expect(clippy::cast_possible_truncation, reason = "log odds times 1e9 fit into 64 bits")]
fn auc(risk: &[f64], bad: &[bool]) -> f64 {
    let pairs: Vec<(i64, bool)> = risk.iter().zip(bad).map(|(risk, bad)| ((-risk * 1e9) as i64, *bad)).collect();
    Outcomes::new(&pairs).unwrap().auc().value
}

#[test]
fn a_card_comes_close_to_the_ceiling_and_is_calibrated() {
    let (train, _) = portfolio(20_000, 1);
    let (test, truth) = portfolio(20_000, 2);
    let card = fit(&train, &portfolio_facts(), &Recipe::default()).unwrap();
    let eta = card.log_odds(&test).unwrap();
    let (ceiling, reached) = (auc(&truth, &test.bad), auc(&eta, &test.bad));
    // The slope of the outcomes on the log odds.
    let one = vec![1.0; test.len()];
    let design = logistic::Design {
        names: &["eta".to_owned()],
        columns: std::slice::from_ref(&eta),
        bad: &test.bad,
        weight: &one,
    };
    let slope = logistic::fit(&design, &logistic::Options::default()).unwrap().coefficients[0].value;
    eprintln!("ceiling {ceiling:.4}, card {reached:.4}, slope {slope:.3}, {:?}", card.selection.chosen);
    assert!(ceiling - reached < 0.01, "{ceiling} {reached}");
    assert!((0.95..=1.05).contains(&slope), "{slope}");
    let mut chosen = card.selection.chosen.clone();
    chosen.sort_unstable();
    assert_eq!(chosen, ["balance", "gambling", "income", "overdrafts"]);
    // What rounding costs in order: nothing that could be seen.
    let whole: Vec<(i64, bool)> = card.score(&test).unwrap().into_iter().zip(test.bad.iter().copied()).collect();
    assert!((Outcomes::new(&whole).unwrap().auc().value - reached).abs() < 1e-3);
    assert!(card.rounding.largest <= 2.5 && 0.0 < card.rounding.mean, "{:?}", card.rounding);
}

#[test]
fn the_engine_gives_every_row_the_score_that_the_card_gives_it() {
    let (train, _) = portfolio(3_000, 3);
    let card = fit(&train, &portfolio_facts(), &Recipe::default()).unwrap();
    let file = card.model_file().unwrap();
    assert_eq!(ModelFile::from_toml(&file.to_toml()).unwrap(), file);
    let Model::Scorecard(engine) = file.check().unwrap() else { panic!("another kind") };
    let scores = card.score(&train).unwrap();
    for (row, score) in scores.iter().enumerate() {
        let outcome = |one: &cashline_core::model::Characteristic| {
            let Values::Numbers(cells) = &train.column(&one.attribute).unwrap().values else { panic!("codes") };
            cells[row].map(Value::Real)
        };
        let outcomes: Vec<_> = engine.characteristics().iter().map(outcome).collect();
        assert_eq!(engine.score(&outcomes).score, *score, "row {row}");
    }
    let (lowest, highest) = engine.extremes();
    assert!(scores.iter().all(|score| (lowest..=highest).contains(score)));
}

#[test]
fn a_missing_value_costs_nothing_unless_a_reason_is_named_and_earns_only_what_was_observed() {
    let (mut train, _) = portfolio(4_000, 4);
    // Whoever has no balance history is bad more often; whoever withholds income data is good more often.
    for row in 0..train.len() {
        let Values::Numbers(balance) = &mut train.columns[0].values else { panic!("codes") };
        if train.bad[row] && row % 3 == 0 || row % 29 == 0 {
            balance[row] = Err(Missing::NotEnoughHistory);
        }
        let Values::Numbers(income) = &mut train.columns[2].values else { panic!("codes") };
        if !train.bad[row] && row % 5 == 0 || row % 61 == 0 {
            income[row] = Err(Missing::NotPermitted);
        }
    }
    let points = |card: &FittedCard, name: &str, cause: Missing| {
        let file = card.model_file().unwrap();
        let one = file.characteristics.iter().find(|one| one.attribute == name).unwrap().clone();
        (one.missing.get(cause).unwrap(), one.missing_reason, one.missing_rationale)
    };
    let card = fit(&train, &portfolio_facts(), &Recipe::default()).unwrap();
    assert_eq!(points(&card, "balance", Missing::NotEnoughHistory), (0, None, None));
    assert_eq!(points(&card, "income", Missing::NotPermitted), (0, None, None));
    let (earned, reason, why) = points(&card, "gambling", Missing::NoSuchEvent);
    assert!(0 < earned && reason.is_none() && why.unwrap().contains("no_such_event"));
    let recipe =
        Recipe { missing_reasons: [("balance".to_owned(), "history_length".to_owned())].into(), ..Recipe::default() };
    let card = fit(&train, &portfolio_facts(), &recipe).unwrap();
    let (cost, reason, why) = points(&card, "balance", Missing::NotEnoughHistory);
    assert!(cost < 0 && reason.as_deref() == Some("history_length") && why.is_some());
}

#[test]
fn writing_reading_and_writing_again_changes_no_byte() {
    let (train, _) = portfolio(2_000, 5);
    let card = fit(&train, &portfolio_facts(), &Recipe::default()).unwrap();
    let text = serde_json::to_string_pretty(&card).unwrap();
    let back: FittedCard = serde_json::from_str(&text).unwrap();
    assert_eq!(back, card);
    assert_eq!(serde_json::to_string_pretty(&back).unwrap(), text);
    assert_eq!(back.score(&train).unwrap(), card.score(&train).unwrap());
}

#[test]
fn the_same_rows_give_the_same_card_and_other_rows_do_not_reach_it() {
    let (train, _) = portfolio(3_000, 6);
    let rows: Vec<usize> = (0..train.len()).filter(|row| row % 5 != 0).collect();
    let inside = fit(&train.take(&rows), &portfolio_facts(), &Recipe::default()).unwrap();
    let mut other = train.clone();
    for row in (0..train.len()).filter(|row| row % 5 == 0) {
        other.bad[row] = !other.bad[row];
        let Values::Numbers(cells) = &mut other.columns[0].values else { panic!("codes") };
        cells[row] = Ok(-1e9);
    }
    assert_eq!(fit(&other.take(&rows), &portfolio_facts(), &Recipe::default()).unwrap(), inside);
}

#[test]
fn few_bads_still_make_a_card_with_few_bins_that_follow_the_known_risk() {
    let (train, _) = portfolio(235, 7);
    let card = fit(&train, &portfolio_facts(), &Recipe::default()).unwrap();
    assert!(card.sample.bad_rows < 60, "{}", card.sample.bad_rows);
    for (one, points) in card.characteristics.iter().zip(&card.points().characteristics) {
        let bins = one.binned.bins.len();
        assert!(bins <= 5 && one.binned.bins.iter().all(|bin| 24 <= bin.rows), "{:?}", one.binned.bins);
        let points = &points.whole()[..bins];
        match one.facts.risk {
            Risk::Rises => assert!(points.windows(2).all(|pair| pair[1] <= pair[0]), "{points:?}"),
            Risk::Falls => assert!(points.windows(2).all(|pair| pair[0] <= pair[1]), "{points:?}"),
            Risk::Neither => {}
        }
    }
    card.model_file().unwrap();
}

#[test]
fn a_scale_that_cannot_hold_the_scores_is_refused_with_what_would_fit() {
    let (train, _) = portfolio(3_000, 8);
    let with = |base, pdo| Recipe { scaling: Scaling { base, pdo, ..Scaling::default() }, ..Recipe::default() };
    let refused = fit(&train, &portfolio_facts(), &with(Some(600.0), Some(400.0)));
    let Err(FitError::Scale { pdo_max, .. }) = refused else { panic!("{refused:?}") };
    // What it proposes fits, when the base may move.
    let card = fit(&train, &portfolio_facts(), &with(None, Some((pdo_max * 0.95).floor()))).unwrap();
    card.model_file().unwrap();
    // A base at the edge moves by what is said.
    let refused = fit(&train, &portfolio_facts(), &with(Some(980.0), Some(40.0)));
    let Err(FitError::Scale { move_base, .. }) = refused else { panic!("{refused:?}") };
    #[expect(clippy::cast_precision_loss, reason = "a shift within the scale")]
    let moved = with(Some(980.0 + move_base as f64), Some(40.0));
    fit(&train, &portfolio_facts(), &moved).unwrap().model_file().unwrap();
}

#[test]
fn nothing_left_says_what_stopped_the_columns() {
    let (train, _) = portfolio(1_000, 9);
    let recipe = Recipe { screens: Some(Screens { iv_min: 9.0, ..Screens::default() }), ..Recipe::default() };
    let refused = fit(&train, &portfolio_facts()[..5], &recipe);
    let Err(FitError::NothingLeft { rows, offered, reasons, selection, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!((rows, offered), (1_000, 7));
    assert!(reasons.contains("2 by Unknown") && reasons.contains("by InformationValue"), "{reasons}");
    assert_eq!(selection.steps.len(), 7);
}

#[test]
fn an_extra_column_needs_its_reason_and_has_it_in_the_file() {
    let (mut train, _) = portfolio(3_000, 10);
    train.columns[0].name = "extra:score".to_owned();
    let mut known = portfolio_facts();
    known[0].name = "extra:score".to_owned();
    known[0].reason = Some("own_score".to_owned());
    let file = fit(&train, &known, &Recipe::default()).unwrap().model_file().unwrap();
    let one = file.characteristics.iter().find(|one| one.attribute == "extra:score").unwrap();
    assert_eq!(one.reason.as_deref(), Some("own_score"));
    known[0].has_reason = false;
    let card = fit(&train, &known, &Recipe::default()).unwrap();
    assert!(!card.selection.chosen.contains(&"extra:score".to_owned()));
}

#[test]
fn each_segment_large_enough_has_a_card_of_its_own_and_the_rest_the_common_one() {
    let (mut train, _) = portfolio(6_000, 11);
    for (row, segment) in train.segment.iter_mut().enumerate() {
        *segment = if row % 50 == 0 { "rare" } else { ["new", "returning"][row % 2] }.to_owned();
    }
    let asked: Segments = serde_json::from_value(serde_json::json!({
        "bads_min": 50,
        "segments": [
            { "name": "rare", "rationale": "r", "when": [{ "sufficiency": { "any_of": ["thin"] } }] },
            { "name": "returning", "rationale": "r", "when": [
                { "attribute": { "name": "x_90d", "at_least": 1.0, "on_missing": "fails" } },
            ] },
        ],
        "fallback": { "name": "new", "rationale": "r" },
    }))
    .unwrap();
    let cards = fit_segments(&train, &portfolio_facts(), &Recipe::default(), &asked, None).unwrap();
    let names: Vec<&str> = cards.cards.keys().map(String::as_str).collect();
    assert_eq!(names, ["new", "returning"]);
    assert_eq!(cards.card("rare"), cards.card("new"));
    assert_eq!(cards.card("never met"), cards.card("new"));
    assert_eq!(cards.card("returning").unwrap().recipe.header.name, "fitted_card_returning");
    let rare = cards.routes.iter().find(|route| route.segment == "rare").unwrap();
    assert!(rare.why.as_ref().unwrap().contains("needs 50 of each"));
    // What a segment too small brings, the card that scores it has learnt from; and all cards share scale and bands.
    let own = |name: &str| cards.card(name).unwrap();
    let of = |name: &str| cards.routes.iter().find(|route| route.segment == name).unwrap().rows as u64;
    assert_eq!((own("new").sample.rows, own("returning").sample.rows), (of("new") + of("rare"), of("returning")));
    assert_eq!((own("new").scale, &own("new").bands), (own("returning").scale, &own("returning").bands));
    // A segment that nobody asked for is refused by name.
    train.segment[0] = "lost".to_owned();
    let refused = fit_segments(&train, &portfolio_facts(), &Recipe::default(), &asked, None).unwrap_err();
    assert!(refused.to_string().contains("`lost`, which was not asked for"), "{refused}");
}

#[test]
fn a_recipe_names_columns_of_the_run_or_is_refused_by_list_and_name() {
    let known = ["balance_min_30d", "extra:inq"].map(str::to_owned).into_iter().collect();
    let facts = |name: &str| {
        let mut facts = portfolio_facts().swap_remove(0);
        name.clone_into(&mut facts.name);
        facts
    };
    let binned = |name: &str| [(name.to_owned(), binning::Options::default())].into_iter().collect();
    let listed = |name: &str| {
        let name = name.to_owned();
        let reasons = [(name.clone(), "history_length".to_owned())].into_iter().collect();
        [
            ("columns", Recipe { columns: binned(&name), ..Recipe::default() }),
            ("allow", Recipe { allow: vec![name.clone()], ..Recipe::default() }),
            ("missing_reasons", Recipe { missing_reasons: reasons, ..Recipe::default() }),
            ("extra_columns", Recipe { extra_columns: vec![facts(&name)], ..Recipe::default() }),
            (
                "screens.allow",
                Recipe { screens: Some(Screens { allow: vec![name], ..Screens::default() }), ..Recipe::default() },
            ),
        ]
    };
    for right in ["balance_min_30d", "extra:inq"] {
        assert!(listed(right).iter().all(|(_, recipe)| recipe.check_columns(&known).is_ok()), "{right}");
    }
    for (wrong, way_out) in [
        ("inq", "write `extra:inq`"),
        ("extra__inq", "write `extra:inq`"),
        ("extra:other", "--extra-column other"),
        ("balance_min_30", "cashline catalogue attributes"),
    ] {
        for (list, recipe) in listed(wrong) {
            let said = recipe.check_columns(&known).unwrap_err().to_string();
            assert!(said.contains(&format!("`{list}` names `{wrong}`")) && said.contains(way_out), "{said}");
        }
    }
}
