//! Fairness beside a validation: the safest applications approved, over the groups of a labels file of its own.

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::{Context as _, Result};
use cashline_io::plain::PlainTable;
use cashline_lab::{
    fairness::{Fairness, FairnessOptions, Labelled, fairness},
    metrics::Draws,
    sample::Key,
};
use clap::ArgMatches;

use crate::{
    develop::{self, Asked},
    screen::{self, fixed},
};

/// Rows that a group needs before anything is printed of it.
const ROWS_MIN: usize = 30;

/// Over every application that the run scored, whatever became of it: who is turned away has no outcome.
pub(super) fn fair(
    matches: &ArgMatches,
    asked: &Asked,
    (keys, score): (&[Key], &[f64]),
    approve: f64,
) -> Result<Option<Fairness>> {
    let Some(path) = matches.get_one::<PathBuf>("groups") else { return Ok(None) };
    let group = develop::labels(&PlainTable::read(path)?, "group", keys).with_context(|| path.display().to_string())?;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    group.iter().filter(|group| !group.is_empty()).for_each(|group| *counts.entry(group).or_default() += 1);
    let largest = counts.iter().max_by_key(|(group, count)| (**count, std::cmp::Reverse(**group)));
    let reference = match (matches.get_one::<String>("reference-group"), largest) {
        (Some(named), _) => named.clone(),
        (None, Some((group, _))) => (*group).to_owned(),
        (None, None) => anyhow::bail!("{}: no application of the run has a group", path.display()),
    };
    let cut = cut_off(score, approve);
    let approved: Vec<bool> = score.iter().map(|score| cut <= *score).collect();
    let draws = Draws { count: asked.draws, seed: asked.seed };
    let options = FairnessOptions { reference, minimum: ROWS_MIN, level: 0.95, draws };
    let segment = vec![String::new(); group.len()];
    let rows = Labelled { approved: &approved, score: Some(score), group: &group, segment: &segment };
    Ok(Some(fairness(rows, &options).with_context(|| path.display().to_string())?))
}

/// The lowest score that approves as many as whole scores allow without approving more than the share.
fn cut_off(score: &[f64], approve: f64) -> f64 {
    let mut ordered = score.to_vec();
    ordered.sort_by(|one, other| other.total_cmp(one));
    #[expect(clippy::cast_precision_loss, reason = "counts of applications stay far below 2^53")]
    let share = |above: usize| above as f64 / ordered.len() as f64;
    let passes = |cut: f64| share(ordered.partition_point(|score| cut <= *score)) <= approve;
    ordered.iter().copied().take_while(|score| passes(*score)).last().unwrap_or(f64::INFINITY)
}

/// The groups for people.
pub(super) fn shown(found: &Fairness) -> String {
    let number = |value: Option<f64>| fixed(value, 3);
    let rows = found.rows.iter().map(|row| {
        let air = row.compared.and_then(|one| one.air);
        vec![
            row.group.clone(),
            row.rows.to_string(),
            screen::share(Some(row.approval_rate)),
            number(air.map(|air| air.value)),
            number(air.and_then(|air| air.lower)),
            number(air.and_then(|air| air.upper)),
            number(row.smd.map(|smd| smd.value)),
        ]
    });
    let header = ["group", "rows", "approved", "AIR", "lower", "upper", "SMD"];
    let withheld = match found.withheld_groups() {
        names if names.is_empty() => String::new(),
        names => format!("  withheld, fewer than {} rows: {}\n", found.minimum, names.join(", ")),
    };
    format!(
        "\nfairness, offline, against `{}`: all {} scored applications, with an outcome or without ({} without a group)\n{}\n{withheld}",
        found.reference,
        found.labelled + found.unlabelled,
        found.unlabelled,
        screen::table(&header, &[1, 2, 3, 4, 5, 6], rows)
    )
}
