//! `cashline model baseline`: average points over the applicants of a run, all of them and those just above the cut-off.
//!
//! Regulation B, comment 9(b)(2)-5 names both methods of choosing the reasons of a credit scoring system: compare each
//! factor with its average over applicants at or slightly above the lowest passing score, or over all applicants.
//!
//! A tree ensemble has no development sample behind it here, so the run's shares of values, scores and bands are written too:
//! what `monitor` compares later runs with.

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::{Context as _, Result, bail};
use cashline_core::{
    model::{
        Baseline, Model, ModelFile,
        expected::Expected,
        file::{BaselineRun, Baselines},
    },
    table::{Cell, characteristics, scores},
    value::{Missing, Outcome, Value},
};
use cashline_io::manifest::Manifest;
use cashline_lab::development::{expected_of_run, shares_of_values};
use clap::{Arg, ArgMatches, Command, value_parser};

use super::{BASELINES, Text, file, output, parts, publish};
use crate::{
    runs::{self, PublishedRun},
    screen,
};

/// The columns that are read.
const COLUMNS: [&str; 6] = ["application_id", "attribute", "bin", "points", "value", "missing"];

pub(super) fn parser() -> Command {
    let number = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).value_parser(value_parser!(i64)).help(help)
    };
    Command::new("baseline")
        .about("Write average points over a run's applicants into a model, for reasons (Regulation B, 9(b)(2)-5)")
        .after_help(
            "Choose what reasons compare with in the model: baseline = \"marginal\", \"all\" or \"neutral\". A model of segments \
             gets averages for each segment, over the applicants whom it scored. A model of trees gets the run's shares of \
             values, scores and bands too, which `monitor MODEL RUN` compares with.",
        )
        .arg(file("The model that the run was scored with; its comments and layout stay, but for a model of segments"))
        .arg(
            Arg::new("from")
                .long("from")
                .value_name("RUN_DIR")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("A published run (score -o DIR)"),
        )
        .arg(number("cutoff", "SCORE", "The lowest passing score").required(true).allow_negative_numbers(true))
        .arg(
            number("width", "POINTS", "Scores from the cut-off to so many points above it are `slightly above`")
                .default_value("20"),
        )
        .arg(output())
}

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let path = matches.get_one::<PathBuf>("file").expect("clap demands it");
    let run = matches.get_one::<PathBuf>("from").expect("clap demands it");
    let number = |name: &str| *matches.get_one::<i64>(name).expect("clap demands it or gives a default");
    let (cutoff, width) = (number("cutoff"), number("width"));
    if !(0..=1_000).contains(&width) {
        bail!("--width: a number of points from 0 to 1000 is wanted");
    }
    let text = Text::read(path)?;
    let mut measured = text.file.clone();
    // Only the points matter here; the file may already ask for the baseline that is being made.
    measured.baseline = Baseline::Neutral;
    (measured.baselines, measured.expected) = (Baselines::default(), None);
    let is_segmented = !measured.segments.is_empty();
    measured.segments.iter_mut().for_each(|one| one.card.baselines = Baselines::default());
    let model = measured.check().with_context(|| path.display().to_string())?;
    let published = PublishedRun::open(run)?;
    let manifest = published.manifest();
    let mut averages = Averages::new(&model, cutoff, cutoff.saturating_add(width));
    averages.read(&published).with_context(|| run.display().to_string())?;
    averages.hold_against(manifest).with_context(|| run.display().to_string())?;
    let baselines = averages.baselines(published.digest())?;
    let expected = match model {
        Model::Trees(_) => Some(averages.expected(format!("every scored application of run {}", manifest.run_id))),
        _ => None,
    };
    let out = matches.get_one::<PathBuf>("out").unwrap_or(path);
    let written = if is_segmented {
        if out == path && text.hand.lines().any(|line| line.trim_start().starts_with('#')) {
            bail!("{}: a model of segments is written anew, without its comments; give -o", path.display());
        }
        in_segments(&text.file, &baselines)
    } else {
        let note = format!(
            "# `all`: every scored application of run {}. `marginal`: scores from {cutoff} (the cut-off) to {}.",
            manifest.run_id.get(..12).unwrap_or(&manifest.run_id),
            cutoff.saturating_add(width),
        );
        let whole = baselines.first().map(|one| one.1.clone()).unwrap_or_default();
        with_baselines(&text.hand, &note, &whole, expected.as_ref())
    };
    publish(&written, None, parts(matches)?, out).with_context(|| path.display().to_string())?;
    tell(&baselines, text.file.baseline)?;
    Ok(0)
}

/// The model with the baselines of each segment; a segment in which nobody was keeps what it had.
fn in_segments(file: &ModelFile, baselines: &[(Option<String>, Baselines)]) -> String {
    let mut file = ModelFile { made_with: None, ..file.clone() };
    for segment in &mut file.segments {
        let found = baselines.iter().find(|one| one.0.as_deref() == Some(segment.name.as_str()));
        if let Some((_, found)) = found {
            segment.card.baselines.all = found.all.clone().or(segment.card.baselines.all.take());
            segment.card.baselines.marginal = found.marginal.clone().or(segment.card.baselines.marginal.take());
        }
    }
    file.to_toml()
}

/// The text of a model with its computed part behind it.
pub(in crate::commands) fn with_baselines(
    hand: &str,
    note: &str,
    baselines: &Baselines,
    expected: Option<&Expected>,
) -> String {
    format!("{}\n\n{BASELINES}\n{note}\n\n{}", hand.trim_end(), table(baselines, expected))
}

fn tell(baselines: &[(Option<String>, Baselines)], chosen: Baseline) -> Result<()> {
    use std::io::Write as _;
    let mut out = screen::stdout();
    for (segment, found) in baselines {
        let of = segment.as_ref().map_or_else(String::new, |name| format!("{name}, "));
        for (name, run) in [("all", &found.all), ("marginal", &found.marginal)] {
            match run {
                Some(BaselineRun { applicants, score_from, score_to, .. }) => {
                    writeln!(
                        out,
                        "  {of}baseline {name}: {applicants} applications, scores {score_from} to {score_to}"
                    )?;
                }
                None => writeln!(out, "  {of}baseline {name}: nobody to average over")?,
            }
        }
    }
    if chosen == Baseline::Neutral {
        writeln!(
            out,
            "  reasons still compare with neutral points; set baseline = \"marginal\" or \"all\" to change that"
        )?;
    }
    Ok(())
}

fn table(baselines: &Baselines, expected: Option<&Expected>) -> String {
    #[derive(serde::Serialize)]
    struct Root<'a> {
        baselines: &'a Baselines,
        #[serde(skip_serializing_if = "Option::is_none")]
        expected: Option<&'a Expected>,
    }
    toml::to_string(&Root { baselines, expected }).expect("finite numbers and texts in tables with text keys")
}

/// Points summed over applications.
#[derive(Clone, Debug, Default)]
struct Sums {
    applicants: u64,
    from: i64,
    to: i64,
    points: Vec<i64>,
}

impl Sums {
    fn add(&mut self, score: i64, points: &[i64]) {
        (self.from, self.to) =
            if self.applicants == 0 { (score, score) } else { (self.from.min(score), self.to.max(score)) };
        self.applicants += 1;
        self.points.resize(points.len(), 0);
        self.points.iter_mut().zip(points).for_each(|(sum, points)| *sum += points);
    }
}

/// The points of a characteristic's bins by label.
type Labels = BTreeMap<String, i64>;

/// One card, or the ensemble: what the run must have used, and both averages over those whom it scored.
struct Part<'a> {
    segment: Option<&'a str>,
    base_points: i64,
    /// Place of an attribute and the points of its bins by label; a tree ensemble has no bins.
    known: BTreeMap<&'a str, (usize, Option<Labels>)>,
    all: Sums,
    marginal: Sums,
}

/// A row of the characteristics.
struct Given {
    points: i64,
    outcome: Outcome,
}

/// Both averages over a run, taken application by application.
struct Averages<'a> {
    model: &'a Model,
    parts: Vec<Part<'a>>,
    marginal_range: (i64, i64),
    score_sum: i64,
    /// Of a tree ensemble: every score, and every value of each input.
    scores: Vec<i64>,
    values: Vec<Vec<Outcome>>,
}

impl<'a> Averages<'a> {
    fn new(model: &'a Model, from: i64, to: i64) -> Averages<'a> {
        let part = |segment: Option<&'a str>, base_points: i64, known| Part {
            segment,
            base_points,
            known,
            all: Sums::default(),
            marginal: Sums::default(),
        };
        let parts = match model {
            Model::Trees(trees) => {
                let known = trees.inputs().iter().enumerate();
                let known = known.map(|(at, one)| (one.attribute.as_str(), (at, None))).collect();
                vec![part(None, model.base_points(None), known)]
            }
            _ => {
                let of = |(segment, card): (Option<&'a str>, &'a cashline_core::model::Scorecard)| {
                    let known = card.characteristics().iter().enumerate().map(|(at, one)| {
                        let labels = one.bins.all().map(|bin| (one.bins.label(bin), one.bins.points(bin)));
                        (one.attribute.as_str(), (at, Some(labels.collect())))
                    });
                    part(segment, card.file().base_points, known.collect())
                };
                model.cards().into_iter().map(of).collect()
            }
        };
        Averages { model, parts, marginal_range: (from, to), score_sum: 0, scores: vec![], values: vec![] }
    }

    /// Reads the tables, which stand in one order; the characteristics of an application stand together.
    fn read(&mut self, run: &PublishedRun) -> Result<()> {
        let mut scored: Vec<(String, usize)> = vec![];
        run.rows(&scores(), &["application_id", "segment", "score"], &mut |cells| {
            if runs::integer(&cells[2]).is_some() {
                let segment = match &cells[1] {
                    Cell::Text(name) => Some(name.as_ref()),
                    _ => None,
                };
                let part = self.parts.iter().position(|part| part.segment == segment);
                let part = part.context("the run was scored with another model: its segments are not this one's")?;
                scored.push((runs::text(&cells[0])?.to_owned(), part));
            }
            Ok(())
        })?;
        let mut scored = scored.into_iter();
        let mut now: Option<(String, usize)> = None;
        let mut given: Vec<Option<Given>> = vec![];
        run.rows(&characteristics(), &COLUMNS, &mut |cells| {
            let (id, attribute, bin) = (runs::text(&cells[0])?, runs::text(&cells[1])?, runs::text(&cells[2])?);
            if now.as_ref().is_none_or(|(known, _)| known != id) {
                if let Some((_, part)) = &now {
                    self.add(*part, &mut given)?;
                }
                let next = scored.next().filter(|(next, _)| next == id);
                let next = next.context("scores and characteristics do not belong together; score again")?;
                given = self.parts[next.1].known.iter().map(|_| None).collect();
                now = Some(next);
            }
            let Some((_, part)) = &now else { return Ok(()) };
            let points = runs::integer(&cells[3]).context("a characteristic has no points; score again")?;
            let slot = self.parts[*part].known.get(attribute);
            let slot = slot.filter(|(_, bins)| bins.as_ref().is_none_or(|bins| bins.get(bin) == Some(&points)));
            let Some((at, _)) = slot else {
                bail!(
                    "the run was scored with another model: `{attribute}` earned {points} points in {bin}; score again \
                     with this one"
                );
            };
            if given[*at].replace(Given { points, outcome: outcome(cells) }).is_some() {
                bail!("`{attribute}` stands twice for one application");
            }
            Ok(())
        })?;
        if let Some((_, part)) = now {
            self.add(part, &mut given)?;
        }
        if self.parts.iter().all(|part| part.all.applicants == 0) {
            bail!("the run scored no application of {}", run.manifest().counts.applications["total"]);
        }
        Ok(())
    }

    /// One application, whole.
    fn add(&mut self, part: usize, given: &mut Vec<Option<Given>>) -> Result<()> {
        let whole: Option<Vec<Given>> = std::mem::take(given).into_iter().collect();
        let Some(whole) = whole else {
            bail!("the run was scored with another model: an application lacks a characteristic of this one");
        };
        let earned: Vec<i64> = whole.iter().map(|one| one.points).collect();
        if let Model::Trees(trees) = self.model {
            // No bins to compare: the ensemble says again what each value adds.
            let outcomes: Vec<Outcome> = whole.iter().map(|one| one.outcome).collect();
            if trees.score(&outcomes).earned.iter().map(|one| one.points).ne(earned.iter().copied()) {
                bail!("the run was scored with another model: its points do not follow from its values; score again");
            }
            self.values.resize(outcomes.len(), vec![]);
            self.values.iter_mut().zip(outcomes).for_each(|(all, outcome)| all.push(outcome));
        }
        let part = &mut self.parts[part];
        // Points add up to the score: the law of every model.
        let score = part.base_points + earned.iter().sum::<i64>();
        self.score_sum += score;
        if let Model::Trees(_) = self.model {
            self.scores.push(score);
        }
        part.all.add(score, &earned);
        if (self.marginal_range.0..=self.marginal_range.1).contains(&score) {
            part.marginal.add(score, &earned);
        }
        Ok(())
    }

    /// The scores that the points make must be those that the run gave.
    fn hold_against(&self, manifest: &Manifest) -> Result<()> {
        let given = &manifest.scores;
        let made: u64 = self.parts.iter().map(|part| part.all.applicants).sum();
        if (given.count, given.sum) != (made, self.score_sum) {
            bail!(
                "the run gave {} scores that sum to {}, these points make {} that sum to {}: it was scored with another \
                 model; score again with this one",
                given.count,
                given.sum,
                made,
                self.score_sum
            );
        }
        Ok(())
    }

    /// The shares of a tree ensemble: tenths of the scores and of each input's values as far as ties allow, causes apart.
    fn expected(&self, sample: String) -> Expected {
        let of = |(name, (at, _)): (&&str, &(usize, Option<Labels>))| {
            let outcomes = self.values.get(*at).map_or(&[][..], Vec::as_slice);
            ((*name).to_owned(), shares_of_values(outcomes))
        };
        let known = self.parts.iter().flat_map(|part| &part.known);
        expected_of_run(self.model.file(), sample, &self.scores, known.map(of).collect())
    }

    /// By segment; a model of one card or ensemble has one, without a name.
    fn baselines(&self, digest: &str) -> Result<Vec<(Option<String>, Baselines)>> {
        let (from, to) = self.marginal_range;
        if self.parts.iter().all(|part| part.marginal.applicants == 0) {
            bail!("no application scored from {from} to {to}; set --cutoff as the policy does, or widen --width");
        }
        let average = |part: &Part<'_>, sums: &Sums| {
            // Both stay far below 2^53, so this division is the only rounding.
            #[expect(clippy::cast_precision_loss, reason = "points and applications stay far below 2^53")]
            let mean = |sum: &i64| *sum as f64 / sums.applicants as f64;
            let points = part.known.iter();
            // Nobody to average over leaves no sums.
            let points: Option<BTreeMap<String, f64>> =
                points.map(|(name, (at, _))| Some(((*name).to_owned(), mean(sums.points.get(*at)?)))).collect();
            Some(BaselineRun {
                run: digest.to_owned(),
                applicants: sums.applicants,
                score_from: sums.from,
                score_to: sums.to,
                points: points?,
            })
        };
        let of = |part: &Part<'_>| {
            let found = Baselines { marginal: average(part, &part.marginal), all: average(part, &part.all) };
            (part.segment.map(str::to_owned), found)
        };
        Ok(self.parts.iter().map(of).collect())
    }
}

/// The value of a row as a tree ensemble sees it.
fn outcome(cells: &[Cell<'_>]) -> Outcome {
    #[expect(clippy::cast_precision_loss, reason = "as the run's own writer does")]
    let number = match &cells[4] {
        Cell::Real(number) => Some(*number),
        Cell::Integer(number) => Some(*number as f64),
        _ => None,
    };
    let cause = match &cells[5] {
        Cell::Text(code) => Missing::parse(code),
        _ => None,
    };
    match (number, cause) {
        (Some(number), None) => Value::real(number),
        (_, cause) => Err(cause.unwrap_or(Missing::NotApplicable)),
    }
}
