//! `cashline model card`: a scorecard as a page for whoever has to sign it.

use std::{fmt::Write as _, io::Write as _, path::PathBuf};

use anyhow::{Context as _, Result, bail};
use cashline_core::{
    attribute::registry::Registry,
    model::{
        Characteristic, Model, Scorecard,
        file::{CharacteristicFile, ModelFile, ScaleUnit, ScoreBasis},
    },
};
use clap::ArgMatches;

use super::{parts, points};
use crate::{load, screen::word};

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let parts = parts(matches)?;
    let model = match matches.get_one::<PathBuf>("file") {
        Some(path) => Model::from_toml(&load::text(path)?).with_context(|| path.display().to_string())?,
        None => parts.model.clone(),
    };
    let Model::Scorecard(card) = &model else { bail!("only scorecards have a card") };
    write!(std::io::stdout().lock(), "{}", page(card, &parts.registry))?;
    Ok(0)
}

fn page(card: &Scorecard, registry: &Registry) -> String {
    let file = card.file();
    let mut page = format!("# {} {}\n\n{}\n\n", file.name, file.version, basis(file.score_basis));
    page += &facts(card);
    page += "\n## Bands\n\n| band | score |\n| --- | --- |\n";
    let mut top = file.scale.max;
    for band in &file.bands {
        let _ = writeln!(page, "| {} | {} to {top} |", band.name, band.from);
        top = band.from - 1;
    }
    page += "\n## Characteristics\n\nA score is the base points and the points of every characteristic, summed.\n\n";
    page += "| characteristic | fewest points | most points | neutral | share of the reach |\n";
    page += "| --- | ---: | ---: | ---: | ---: |\n";
    let reach: i64 = card.characteristics().iter().map(|one| span(one).1 - span(one).0).sum();
    for one in card.characteristics() {
        let (least, most) = span(one);
        let percent = (most - least) * 100 / reach.max(1);
        let _ = writeln!(page, "| `{}` | {least:+} | {most:+} | {} | {percent} % |", one.attribute, one.neutral);
    }
    for (one, written) in card.characteristics().iter().zip(&file.characteristics) {
        page += &characteristic(one, written, registry);
    }
    page += &baselines(file);
    page
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
    }
}

fn facts(card: &Scorecard) -> String {
    let file = card.file();
    let (lowest, highest) = card.extremes();
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
    let rows = [
        ("provider", file.provider.clone()),
        ("model id", format!("`{}`", card.id())),
        ("basis", file.score_basis.code().to_owned()),
        ("target", format!("good: {}", file.target)),
        ("horizon", format!("{} days after T", file.horizon_days)),
        ("population", file.population.description.clone()),
        ("account holders", format!("{}; any other is `out_of_population`", holders.join(", "))),
        ("scale", format!("{} to {}, higher is safer; {unit}", file.scale.min, file.scale.max)),
        ("base points", file.base_points.to_string()),
        ("reachable scores", format!("{lowest} to {highest}")),
        ("reasons compare with", word(&file.baseline)),
        ("weight of evidence", word(&conventions.woe)),
        ("bins", word(&conventions.closure)),
        ("missing values", word(&conventions.missing)),
        ("rounding", word(&conventions.rounding)),
        ("empty cells", word(&conventions.zero_cell)),
        ("sealed to", seal),
    ];
    let mut table = "| fact | value |\n| --- | --- |\n".to_owned();
    for (name, value) in rows {
        let _ = writeln!(table, "| {name} | {} |", cell(&value));
    }
    table
}

fn span(one: &Characteristic) -> (i64, i64) {
    one.bins.extremes()
}

fn characteristic(one: &Characteristic, written: &CharacteristicFile, registry: &Registry) -> String {
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
    if let Some(why) = &written.missing_rationale {
        let _ = writeln!(page, "\nMissing values: {why}");
    }
    page
}

fn baselines(file: &ModelFile) -> String {
    let (Some(all), Some(marginal)) = (&file.baselines.all, &file.baselines.marginal) else { return String::new() };
    let mut page = "\n## Average points of applicants\n\n".to_owned();
    for (name, run) in [("all", all), ("marginal", marginal)] {
        let _ = writeln!(
            page,
            "- {name}: {} applications with scores {} to {}, run `{}`",
            run.applicants, run.score_from, run.score_to, run.run
        );
    }
    page += "\n| characteristic | all | marginal |\n| --- | ---: | ---: |\n";
    for (attribute, points) in &all.points {
        let other = marginal.points.get(attribute).copied().unwrap_or_default();
        let _ = writeln!(page, "| `{attribute}` | {points:+.2} | {other:+.2} |");
    }
    page
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_card_of_the_shipped_model_says_what_an_auditor_asks() {
        let parts = cashline_core::engine::EngineParts::builtin().expect("as shipped");
        let Model::Scorecard(card) = &parts.model else { panic!("the shipped card is a scorecard") };
        let page = page(card, &parts.registry);
        for said in [
            "no probability may be read from it",
            "| horizon | 365 days after T |",
            "| population | persons who apply for unsecured instalment credit with linked deposit accounts |",
            "| A | 800 to 1000 |",
            "| E | 0 to 519 |",
            "### `nsf_od_combined_count_90d`",
            "| (-inf, 1) | +20 |",
            "| [8, inf) | -75 |",
            "Source: FinRegLab 2019",
        ] {
            assert!(page.contains(said), "{said}");
        }
        for one in card.characteristics() {
            assert!(page.contains(&format!("### `{}`", one.attribute)));
        }
    }
}
