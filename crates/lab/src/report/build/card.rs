//! A card that was fitted: which columns and why, coefficients, points.

use std::collections::BTreeMap;

use super::{
    binning::{characteristic, word},
    section,
};
use crate::{
    logistic::Coefficient,
    report::{Axis, Block, Chart, Dot, DotRow, Dots, Section, Table, number},
    scorecard::FittedCard,
    select::Method,
};

/// Columns named for each rule that stopped some.
const EXAMPLES: usize = 3;

/// The selection, the coefficients, the scale, and a section a characteristic with its points.
#[must_use]
pub fn card(card: &FittedCard) -> Vec<Section> {
    let mut sections = vec![selection(card), coefficients(card), scale(card)];
    let points = card.points();
    let pairs = card.characteristics.iter().zip(&points.characteristics);
    sections.extend(pairs.map(|(one, points)| characteristic(&one.binned, Some(&points.whole()))));
    sections
}

fn selection(card: &FittedCard) -> Section {
    let steps = &card.selection.steps;
    let mut kept = Table::new("Columns in the model", &["column", "rule", "why"]);
    kept.rows = steps
        .iter()
        .filter(|step| step.kept)
        .map(|step| vec![step.column.clone(), word(&step.rule), step.why.clone()])
        .collect();
    // Hundreds of columns are offered; who asks for one finds it in the trail that stands beside the page.
    let mut rules: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for step in steps.iter().filter(|step| !step.kept) {
        rules.entry(word(&step.rule)).or_default().push(&step.column);
    }
    let mut out = Table::new("Columns left out, by the first rule that stopped them", &["rule", "columns>", "such as"]);
    out.rows = rules
        .into_iter()
        .map(|(rule, columns)| {
            let shown = columns.iter().take(EXAMPLES).copied().collect::<Vec<_>>().join(", ");
            vec![rule, number::rows(columns.len()), shown]
        })
        .collect();
    let text = format!(
        "{} applications, {} of them bad. {} columns are in the model.",
        number::count(card.sample.rows),
        number::count(card.sample.bad_rows),
        number::rows(card.characteristics.len()),
    );
    let mut section = section("", "selection", vec![text]);
    section.blocks = vec![Block::Table(kept), Block::Table(out)];
    section
}

fn coefficients(card: &FittedCard) -> Section {
    let fit = &card.fit;
    let test = &fit.likelihood_ratio;
    let text = format!(
        "Log odds of bad on the weights of evidence{}. Log-likelihood {}, with the intercept alone {}; likelihood ratio {} on {} \
         degrees of freedom, {}; AIC {}, BIC {}.",
        if card.bin_effects.is_some() { "" } else { ", so that every slope should be below 0" },
        number::fixed(fit.log_likelihood, 2),
        number::fixed(fit.null_log_likelihood, 2),
        number::fixed(test.chi2, 2),
        test.df,
        number::chance(test.p),
        number::fixed(fit.aic, 1),
        number::fixed(fit.bic, 1),
    );
    // The normal distribution's quantile of 97.5 %.
    let half = |one: &Coefficient| 1.959_963_984_540_054 * one.standard_error;
    let dot =
        |one: &Coefficient| Dot { value: one.value, interval: Some((one.value - half(one), one.value + half(one))) };
    let chart = Dots {
        title: "Coefficients with 95 % intervals".to_owned(),
        x: Axis::number("log odds of bad by one unit of the weight of evidence"),
        rows: fit.coefficients.iter().map(|one| DotRow { label: one.name.clone(), dots: vec![dot(one)] }).collect(),
        references: vec![(0.0, "no effect".to_owned())],
    };
    let columns = ["column", "coefficient>", "standard error>", "95 % interval>", "z>", "p>"];
    let mut table = Table::new("Coefficients", &columns);
    table.rows.extend([&fit.intercept].into_iter().chain(&fit.coefficients).map(|one| {
        vec![
            one.name.clone(),
            number::auc(one.value),
            number::auc(one.standard_error),
            number::span(one.value - half(one), one.value + half(one), number::auc),
            number::fixed(one.z, 2),
            number::p(one.p),
        ]
    }));
    let mut texts = vec![text];
    texts.extend(card.sample.weighted().map(|said| format!("The {said}.")));
    if let Method::Boosted(_) = card.settings.method {
        texts.push(
            "Columns, bins and points of this card were found by boosting. These slopes were fitted afterwards to the weights of \
             evidence of its bins, to show how the columns stand to each other; no point is made of them."
                .to_owned(),
        );
    } else if card.bin_effects.is_some() {
        texts.push(
            "The points of this card were then fitted bin by bin, starting from these slopes, which are shown as the trail \
             that led there: a slope of either sign may stand here."
                .to_owned(),
        );
    }
    let mut section = section("", "coefficients", texts);
    section.blocks = vec![Block::Chart(Chart::Dots(chart)), Block::Table(table)];
    section
}

fn scale(card: &FittedCard) -> Section {
    let scale = &card.scale;
    let text = format!(
        "A score of {} means {} goods to a bad; {} points double the odds. Rounding each bin's points moves a score by {} \
         points on average, by {} at most.",
        number::chosen(scale.base),
        number::chosen(scale.odds_at_base),
        number::chosen(scale.pdo),
        number::fixed(card.rounding.mean, 2),
        number::fixed(card.rounding.largest, 2),
    );
    let mut table = Table::new("Bands, safest first", &["band", "from score>"]);
    table.rows = card.bands.iter().map(|band| vec![band.name.clone(), band.from.to_string()]).collect();
    let mut section = section("", "scale", vec![text]);
    section.blocks.push(Block::Table(table));
    section
}
