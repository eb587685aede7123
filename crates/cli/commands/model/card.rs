//! `cashline model card`: a scorecard as a page for whoever has to sign it.
//!
//! The fields are those that model risk management asks of a model's documentation, and the criteria of Regulation B for a
//! credit scoring system. What the file does not say stands on the page as not said.

mod shelf;

use std::{fmt::Write as _, io::Write as _, path::PathBuf};

use anyhow::{Context as _, Result};
use cashline_core::{
    attribute::registry::Registry,
    model::{
        Characteristic, Model, Scorecard,
        bins::BinRef,
        expected::ExpectedBin,
        file::{CharacteristicFile, ModelFile, ScaleUnit, ScoreBasis},
    },
};
use clap::ArgMatches;

use super::{parts, points};
use crate::{
    load,
    screen::{self, word},
};

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let parts = parts(matches)?;
    let model = match matches.get_one::<PathBuf>("file") {
        Some(path) => Model::from_toml(&load::text(path)?).with_context(|| path.display().to_string())?,
        None => parts.model.clone(),
    };
    write!(screen::stdout(), "{}", page(&model, &parts.registry))?;
    Ok(0)
}

fn page(model: &Model, registry: &Registry) -> String {
    let file = model.file();
    let mut page = format!("# {} {}\n\n{}\n\n", file.name, file.version, basis(file.score_basis));
    page += &facts(model);
    page += &shelf::purpose(file);
    page += &shelf::development(file);
    page += &bands(model);
    page += &shelf::calibration(file);
    page += &shelf::segments(model);
    page += &shelf::trees(model);
    for (segment, card) in model.cards() {
        let of = segment.map_or_else(String::new, |name| format!(" of segment {name}"));
        page += &characteristics(card, &of);
        for (one, written) in card.characteristics().iter().zip(&card.file().characteristics) {
            page += &characteristic(one, written, card, registry);
        }
        page += &baselines(card.file(), &of);
    }
    if matches!(model, Model::Trees(_)) {
        page += &baselines(file, "");
    }
    page += &shelf::validation(file);
    page += &shelf::regulation_b(file);
    page
}

fn bands(model: &Model) -> String {
    let file = model.file();
    let shares = band_shares(model);
    let mut page = "\n## Bands\n\n| band | score | probability of bad | expected share |\n".to_owned();
    page += "| --- | --- | --- | ---: |\n";
    let mut top = file.scale.max;
    for (at, band) in file.bands.iter().enumerate() {
        let probability = match (model.probability(top), model.probability(band.from)) {
            (Some(least), Some(most)) => format!("{least:.4} to {most:.4}"),
            _ => "not stated".to_owned(),
        };
        let share = shares.as_ref().and_then(|shares| shares.get(at));
        let share = share.map_or("not stated".to_owned(), |share| percent(*share));
        let _ = writeln!(page, "| {} | {} to {top} | {probability} | {share} |", band.name, band.from);
        top = band.from - 1;
    }
    page
}

/// Expected shares of the bands over all segments.
fn band_shares(model: &Model) -> Option<Vec<f64>> {
    let cards = model.cards();
    let mut known: Vec<_> = cards.iter().filter_map(|(_, card)| card.file().expected.as_ref()).collect();
    // Trees have no card; their shares stand in the file.
    known.extend(model.file().expected.as_ref().filter(|_| cards.is_empty()));
    let all: u64 = known.iter().map(|one| one.applicants).sum();
    #[expect(clippy::cast_precision_loss, reason = "counts of applications stay far below 2^53")]
    let weight = |applicants: u64| applicants as f64 / all as f64;
    let at = |at: usize| known.iter().map(|one| one.bands[at] * weight(one.applicants)).sum();
    (0 < all).then(|| (0..model.file().bands.len()).map(at).collect())
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// How far each characteristic can move a score, and how far it moves those of the development sample.
fn characteristics(card: &Scorecard, of: &str) -> String {
    let mut page = format!("\n## Characteristics{of}\n\n");
    page += "A score is the base points and the points of every characteristic, summed. Share of the reach: of all points \
             between the lowest and the highest score. Spread: the standard deviation of the points over the development \
             sample.\n\n";
    page += "| characteristic | fewest points | most points | neutral | share of the reach | spread |\n";
    page += "| --- | ---: | ---: | ---: | ---: | ---: |\n";
    let reach: i64 = card.characteristics().iter().map(|one| span(one).1 - span(one).0).sum();
    let expected = card.expected_bins();
    for (at, one) in card.characteristics().iter().enumerate() {
        let (least, most) = span(one);
        #[expect(clippy::cast_precision_loss, reason = "points stay far below 2^53")]
        let part = percent((most - least) as f64 / reach.max(1) as f64);
        let listed = expected.as_ref().and_then(|listed| listed.get(at));
        let spread = listed.map_or("not stated".to_owned(), |(_, bins)| format!("{:.1}", spread(one, bins)));
        let _ = writeln!(page, "| `{}` | {least:+} | {most:+} | {} | {part} | {spread} |", one.attribute, one.neutral);
    }
    page
}

#[expect(clippy::cast_precision_loss, reason = "points stay far below 2^53")]
fn spread(one: &Characteristic, bins: &[ExpectedBin]) -> f64 {
    let points = |bin: &ExpectedBin| one.bins.points(bin.bin) as f64;
    let mean: f64 = bins.iter().map(|bin| bin.share * points(bin)).sum();
    bins.iter().map(|bin| bin.share * (points(bin) - mean).powi(2)).sum::<f64>().sqrt()
}

fn basis(basis: ScoreBasis) -> &'static str {
    match basis {
        ScoreBasis::ExpertUncalibrated => {
            "Set by judgement from published knowledge, fitted to nobody's customers. The score ranks; no probability may \
             be read from it."
        }
        ScoreBasis::FittedUncalibrated => {
            "Fitted to outcomes, not calibrated. The score ranks; no probability may be read from it."
        }
        ScoreBasis::FittedCalibrated => {
            "Fitted to outcomes and calibrated: each score has the probability of a bad outcome that its calibration sample \
             showed."
        }
    }
}

fn facts(model: &Model) -> String {
    let file = model.file();
    let reach: Vec<(i64, i64)> = model.cards().iter().map(|(_, card)| card.extremes()).collect();
    let lowest = reach.iter().map(|one| one.0).min().unwrap_or(file.scale.min);
    let highest = reach.iter().map(|one| one.1).max().unwrap_or(file.scale.max);
    let holders: Vec<String> = file.population.holder_kinds.iter().map(word).collect();
    let unit = match file.scale.unit {
        ScaleUnit::Points => "a point is a point".to_owned(),
        ScaleUnit::DoubleOdds { base, odds_at_base, pdo } => {
            format!("{pdo} points double the odds; {base} points are odds of {odds_at_base} to 1")
        }
    };
    let seal = match &file.made_with {
        Some(made_with) => format!("{} attributes as this build computes them", made_with.definitions.len()),
        None => "not sealed; run `cashline model seal`".to_owned(),
    };
    let conventions = &file.conventions;
    let mut bases: Vec<String> = model.cards().iter().map(|(_, card)| card.file().base_points.to_string()).collect();
    if bases.is_empty() {
        bases.push(model.base_points(None).to_string());
    }
    let reachable = match model.cards().is_empty() {
        true => "not worked out for trees: within the scale".to_owned(),
        false => format!("{lowest} to {highest}"),
    };
    let rows = [
        ("provider", file.provider.clone()),
        ("model id", format!("`{}`", model.id())),
        ("basis", file.score_basis.code().to_owned()),
        ("target", format!("good: {}", file.target)),
        ("horizon", format!("{} days after T", file.horizon_days)),
        ("population", file.population.description.clone()),
        ("account holders", format!("{}; any other is `out_of_population`", holders.join(", "))),
        ("scale", format!("{} to {}, higher is safer; {unit}", file.scale.min, file.scale.max)),
        ("base points", bases.join(", ")),
        ("reachable scores", reachable),
        ("reasons compare with", word(&file.baseline)),
        ("weight of evidence", word(&conventions.woe)),
        ("bins", word(&conventions.closure)),
        ("missing values", word(&conventions.missing)),
        ("rounding", word(&conventions.rounding)),
        ("empty cells", word(&conventions.zero_cell)),
        ("sealed to", seal),
    ];
    let currency = file.population.currency.map(|one| format!("{}; any other is `out_of_population`", one.as_str()));
    let mut table = "| fact | value |\n| --- | --- |\n".to_owned();
    for (name, value) in rows.into_iter().chain(currency.map(|said| ("currency", said))) {
        let _ = writeln!(table, "| {name} | {} |", cell(&value));
    }
    table
}

fn span(one: &Characteristic) -> (i64, i64) {
    one.bins.extremes()
}

fn characteristic(one: &Characteristic, written: &CharacteristicFile, card: &Scorecard, registry: &Registry) -> String {
    let mut page = format!("\n### `{}`\n\n", one.attribute);
    let definition = registry.column(&one.attribute).map(|column| registry.definition(column));
    match definition {
        Some(definition) => {
            let _ = writeln!(page, "Measures: {} Unit: {}.\n", definition.definition, word(&definition.unit));
        }
        None => page += "Measures: a column of the applications.\n\n",
    }
    let _ = writeln!(page, "Why: {}\n\nSource: {}.\n", written.rationale, written.source.trim_end_matches('.'));
    page += "| value | points |\n| --- | ---: |\n";
    for (bin, points) in points(one) {
        let _ = writeln!(page, "| {} | {points:+} |", cell(&bin));
    }
    for special in &written.special {
        let meaning = special.meaning.as_deref().unwrap_or("the file does not say what it stands for");
        let _ = writeln!(page, "\nSpecial value {}: {meaning}.", special.value);
    }
    if let Some(why) = &written.missing_rationale {
        let _ = writeln!(page, "\nMissing values: {why}");
    }
    if let Some(why) = &written.against_risk {
        let why = why.trim_end_matches('.');
        let _ = writeln!(page, "\nAgainst the direction of risk: {why}; {}.", super::AGAINST_REASONS);
    }
    let shares = card.file().expected.as_ref().and_then(|expected| expected.characteristics.get(&one.attribute));
    if let Some(shares) = shares {
        let listed = shares.listed(&one.bins);
        let named = |one: &ExpectedBin| !matches!(one.bin, BinRef::Missing(_)) || 0.0 < one.share;
        let words: Vec<String> =
            listed.iter().filter(|one| named(one)).map(|one| format!("{} {}", one.label, percent(one.share))).collect();
        let _ = writeln!(page, "\nExpected shares: {}.", words.join("; "));
    }
    page
}

fn baselines(file: &ModelFile, of: &str) -> String {
    let runs = [("all", &file.baselines.all), ("marginal", &file.baselines.marginal)];
    let runs: Vec<_> = runs.into_iter().filter_map(|(name, run)| Some((name, run.as_ref()?))).collect();
    let Some((_, first)) = runs.first() else { return String::new() };
    let mut page = format!("\n## Average points of applicants{of}\n\n");
    for (name, run) in &runs {
        let _ = writeln!(
            page,
            "- {name}: {} applications with scores {} to {}, run `{}`",
            run.applicants, run.score_from, run.score_to, run.run
        );
    }
    let names: Vec<&str> = runs.iter().map(|(name, _)| *name).collect();
    let _ = writeln!(page, "\n| characteristic | {} |\n| ---{} |", names.join(" | "), " | ---:".repeat(names.len()));
    for attribute in first.points.keys() {
        let points: Vec<String> = runs
            .iter()
            .map(|(_, run)| format!("{:+.2}", run.points.get(attribute).copied().unwrap_or_default()))
            .collect();
        let _ = writeln!(page, "| `{attribute}` | {} |", points.join(" | "));
    }
    page
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
#[path = "card_tests.rs"]
mod tests;
