//! `cashline model baseline`: average points over the applicants of a run, all of them and those just above the cut-off.
//!
//! Regulation B, comment 9(b)(2)-5 names both methods of choosing the reasons of a credit scoring system: compare each
//! factor with its average over applicants at or slightly above the lowest passing score, or over all applicants.

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::{Context as _, Result, bail};
use cashline_core::{
    model::{
        Baseline, Model, Scorecard,
        file::{BaselineRun, Baselines},
    },
    table::characteristics,
};
use cashline_io::manifest::Manifest;
use clap::{Arg, ArgMatches, Command, value_parser};

use super::{BASELINES, Text, file, output, parts, publish};
use crate::runs::{self, PublishedRun};

/// The columns that are read.
const COLUMNS: [&str; 4] = ["application_id", "attribute", "bin", "points"];

pub(super) fn parser() -> Command {
    let number = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).value_parser(value_parser!(i64)).help(help)
    };
    Command::new("baseline")
        .about("Write average points over a run's applicants into a scorecard, for reasons (Regulation B, 9(b)(2)-5)")
        .after_help(
            "Choose what reasons compare with in the scorecard: baseline = \"marginal\", \"all\" or \"neutral\".",
        )
        .arg(file("The scorecard that the run was scored with; its comments and layout stay"))
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
    measured.baselines = Baselines::default();
    let Model::Scorecard(card) = measured.check().with_context(|| path.display().to_string())? else {
        bail!(
            "{}: baselines are for models of one card; those of segments are written when they are fitted",
            path.display()
        )
    };
    let published = PublishedRun::open(run)?;
    let manifest = published.manifest();
    let mut averages = Averages::new(&card, cutoff, cutoff.saturating_add(width));
    averages.read(&published).with_context(|| run.display().to_string())?;
    averages.hold_against(manifest).with_context(|| run.display().to_string())?;
    let baselines = averages.baselines(published.digest())?;
    let heading = format!(
        "{BASELINES}\n# `all`: every scored application of run {}. `marginal`: scores from {cutoff} (the cut-off) to {}.",
        manifest.run_id.get(..12).unwrap_or(&manifest.run_id),
        cutoff.saturating_add(width),
    );
    let written = format!("{}\n\n{heading}\n\n{}", text.hand, table(&baselines));
    let out = matches.get_one::<PathBuf>("out").unwrap_or(path);
    publish(&written, None, parts(matches)?, out).with_context(|| path.display().to_string())?;
    tell(&baselines, text.file.baseline)?;
    Ok(0)
}

fn tell(baselines: &Baselines, chosen: Baseline) -> Result<()> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    for (name, run) in [("all", &baselines.all), ("marginal", &baselines.marginal)] {
        if let Some(run) = run {
            let BaselineRun { applicants, score_from, score_to, .. } = run;
            writeln!(out, "  baseline {name}: {applicants} applications, scores {score_from} to {score_to}")?;
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

fn table(baselines: &Baselines) -> String {
    #[derive(serde::Serialize)]
    struct Root<'a> {
        baselines: &'a Baselines,
    }
    toml::to_string(&Root { baselines }).expect("finite numbers and texts in tables with text keys")
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

/// Both averages over a run, taken application by application.
struct Averages<'a> {
    card: &'a Scorecard,
    /// Place of an attribute and the points of its bins by label: what the run must have used.
    known: BTreeMap<&'a str, (usize, BTreeMap<String, i64>)>,
    marginal_range: (i64, i64),
    all: Sums,
    marginal: Sums,
    score_sum: i64,
}

impl<'a> Averages<'a> {
    fn new(card: &'a Scorecard, from: i64, to: i64) -> Averages<'a> {
        let labels = |at: usize| {
            let bins = &card.characteristics()[at].bins;
            bins.all().map(|bin| (bins.label(bin), bins.points(bin))).collect()
        };
        let known = card.characteristics().iter().enumerate();
        let known = known.map(|(at, one)| (one.attribute.as_str(), (at, labels(at)))).collect();
        Averages {
            card,
            known,
            marginal_range: (from, to),
            all: Sums::default(),
            marginal: Sums::default(),
            score_sum: 0,
        }
    }

    /// Reads the table; the rows of an application stand together.
    fn read(&mut self, run: &PublishedRun) -> Result<()> {
        let mut application: Option<String> = None;
        let mut points: Vec<Option<i64>> = vec![None; self.known.len()];
        run.rows(&characteristics(), &COLUMNS, &mut |cells| {
            let (id, attribute, bin) = (runs::text(&cells[0])?, runs::text(&cells[1])?, runs::text(&cells[2])?);
            if application.as_deref() != Some(id) {
                if application.is_some() {
                    self.add(&mut points)?;
                }
                application = Some(id.to_owned());
            }
            let earned = runs::integer(&cells[3]).context("a characteristic has no points; score again")?;
            let slot = self.known.get(attribute).filter(|one| one.1.get(bin) == Some(&earned));
            let Some((at, _)) = slot else {
                bail!(
                    "the run was scored with another model: `{attribute}` earned {earned} points in {bin}; score again \
                     with this one"
                );
            };
            if points[*at].replace(earned).is_some() {
                bail!("`{attribute}` stands twice for one application");
            }
            Ok(())
        })?;
        if application.is_some() {
            self.add(&mut points)?;
        }
        if self.all.applicants == 0 {
            bail!("the run scored no application of {}", run.manifest().counts.applications["total"]);
        }
        Ok(())
    }

    /// One application, whole.
    fn add(&mut self, points: &mut [Option<i64>]) -> Result<()> {
        let earned: Option<Vec<i64>> = points.iter_mut().map(Option::take).collect();
        let Some(earned) = earned else {
            bail!("the run was scored with another model: an application lacks a characteristic of this one");
        };
        // Points add up to the score: the law of the scorecard.
        let score = self.card.file().base_points + earned.iter().sum::<i64>();
        self.score_sum += score;
        self.all.add(score, &earned);
        if (self.marginal_range.0..=self.marginal_range.1).contains(&score) {
            self.marginal.add(score, &earned);
        }
        Ok(())
    }

    /// The scores that the points make must be those that the run gave.
    fn hold_against(&self, manifest: &Manifest) -> Result<()> {
        let given = &manifest.scores;
        if (given.count, given.sum) != (self.all.applicants, self.score_sum) {
            bail!(
                "the run gave {} scores that sum to {}, these points make {} that sum to {}: it was scored with another \
                 model; score again with this one",
                given.count,
                given.sum,
                self.all.applicants,
                self.score_sum
            );
        }
        Ok(())
    }

    fn baselines(&self, digest: &str) -> Result<Baselines> {
        let (from, to) = self.marginal_range;
        if self.marginal.applicants == 0 {
            bail!("no application scored from {from} to {to}; set --cutoff as the policy does, or widen --width");
        }
        let average = |sums: &Sums| {
            // Both stay far below 2^53, so this division is the only rounding.
            #[expect(clippy::cast_precision_loss, reason = "points and applications stay far below 2^53")]
            let mean = |sum: &i64| *sum as f64 / sums.applicants as f64;
            BaselineRun {
                run: digest.to_owned(),
                applicants: sums.applicants,
                score_from: sums.from,
                score_to: sums.to,
                points: self
                    .known
                    .iter()
                    .map(|(name, (at, _))| ((*name).to_owned(), mean(&sums.points[*at])))
                    .collect(),
            }
        };
        Ok(Baselines { marginal: Some(average(&self.marginal)), all: Some(average(&self.all)) })
    }
}
