//! From an export and an outcomes file to a development sample: what was known at T beside what became of it.

use std::{collections::BTreeMap, path::PathBuf, time::SystemTime};

use anyhow::{Context as _, Result, bail};
use cashline_core::{
    assessment::Status,
    attribute::{definition::Unit, registry::ColumnId},
    engine::Engine,
    extent::Sufficiency,
    model::{Model, prohibited::is_policy_only, scorecard::EXTRA_PREFIX, segmented::Facts},
    money::Currency,
    table::RunFacts,
    time::Day,
    value::{Missing, Outcome as Cell, Value},
};
use cashline_io::{
    commit::Interrupt,
    manifest::GateRecord,
    plain::PlainTable,
    run::{AttributeRow, AttributeRows, ScoreRun, attributes},
};
use cashline_lab::{
    metrics::Inverted,
    outcomes::{BadDefinition, Outcome, OutcomeCounts, OutcomeError, labelled, mature},
    sample::{Column, Key, Sample, Values},
    scorecard::Segments,
    validate::{Direction, Part},
};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde::Serialize;

/// What the flags of an outcomes file say.
pub(crate) struct Asked {
    /// The outcomes file.
    pub(crate) path: PathBuf,
    pub(crate) definition: BadDefinition,
    /// Columns of the outcomes file that hold another score, and which way it is safer.
    pub(crate) against: Vec<(String, Direction)>,
    /// Of the rows kept apart and of every draw.
    pub(crate) seed: u64,
    /// Bootstrap samples.
    pub(crate) draws: u32,
    /// Where the applications come from, in words.
    pub(crate) source: String,
    /// The column that parts applications into groups: of `group_file`, of the outcomes file, or of what the run says itself.
    pub(crate) by_group: Option<String>,
    /// A table of application_id and such columns.
    pub(crate) group_file: Option<PathBuf>,
}

/// The flags that say what became of applications, and what else is known of them.
pub(crate) fn flags(command: Command) -> Command {
    let one = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    command
        .arg(
            one(
                "outcomes",
                "FILE",
                "CSV or Parquet: application_id, outcome (1 bad, 0 good, blank indeterminate); optionally observed_at, weight (in \
                 any unit: how much rows count beside each other), segment, and other scores",
            )
            .required(true)
            .value_parser(value_parser!(PathBuf)),
        )
        .arg(one("bad", "TEXT", "What outcome 1 means, for the records").default_value("outcome 1 of the outcomes file"))
        .arg(
            one("window", "DAYS", "Days after T for which a good must have been observed, where observed_at is given; 0: any")
                .value_parser(value_parser!(u32))
                .default_value("0"),
        )
        .arg(
            one("against", "COLUMN", "Hold the model against this score of the outcomes file; several times")
                .action(ArgAction::Append),
        )
        .arg(
            one("against-risk", "COLUMN", "The same for a score that is higher where it is riskier, such as a probability")
                .action(ArgAction::Append),
        )
        .arg(one(
            "by-group",
            "COLUMN",
            "Part the applications by this column of --group-file, of the outcomes file or, where that has none of the name, of \
             what the run itself says: fit knows `institution` and `segment`, validate any text column of the scores",
        ))
        .arg(
            one("group-file", "FILE", "CSV or Parquet of application_id and the column of --by-group")
                .requires("by-group")
                .value_parser(value_parser!(PathBuf)),
        )
        .arg(one("seed", "N", "Of the rows kept apart and of draws; folds follow from the ids alone, and a recipe has a seed of its own").value_parser(value_parser!(u64)).default_value("0"))
        .arg(
            one("draws", "N", "Bootstrap samples behind an interval; 0 for none")
                .value_parser(value_parser!(u32))
                .default_value("500"),
        )
        .arg(one("source", "TEXT", "Where the applications come from, for the records").default_value("the export given"))
}

impl Asked {
    pub(crate) fn of(matches: &ArgMatches) -> Result<Asked> {
        let text = |name: &str| matches.get_one::<String>(name).expect("it has a default").clone();
        let named = |name: &str, direction: Direction| -> Vec<(String, Direction)> {
            let names = matches.get_many::<String>(name).into_iter().flatten();
            names.map(|name| (name.clone(), direction)).collect()
        };
        let mut against = named("against", Direction::HigherIsSafer);
        against.extend(named("against-risk", Direction::LowerIsSafer));
        Ok(Asked {
            path: matches.get_one::<PathBuf>("outcomes").expect("clap demands it").clone(),
            definition: BadDefinition {
                text: text("bad"),
                window_days: *matches.get_one::<u32>("window").expect("it has a default"),
            },
            against,
            seed: *matches.get_one::<u64>("seed").expect("it has a default"),
            draws: *matches.get_one::<u32>("draws").expect("it has a default"),
            source: text("source"),
            by_group: matches.get_one::<String>("by-group").cloned(),
            group_file: matches.get_one::<PathBuf>("group-file").cloned(),
        })
    }
}

/// A development sample and how it came about.
pub(crate) struct Development {
    pub(crate) sample: Sample,
    /// Scores of the engine's own model, one a row of the sample; none for holders that it was not made for.
    pub(crate) champion: Vec<Option<i64>>,
    /// The main institution of each row of the sample; empty where the export does not say.
    pub(crate) institution: Vec<String>,
    /// Of every application of the sample.
    pub(crate) currency: Currency,
    /// The outcomes file, for further columns.
    pub(crate) outcomes: PlainTable,
    pub(crate) counts: DevelopmentCounts,
}

/// Where applications and outcomes went.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(crate) struct DevelopmentCounts {
    /// Applications of the export that could be scored; nothing is learnt from the others.
    pub(crate) scored: usize,
    /// Applications of the export.
    pub(crate) applications: usize,
    /// Rows set aside while reading the export.
    pub(crate) defects: u64,
    /// The limits on rows that the export keeps or not.
    pub(crate) gates: Vec<GateRecord>,
    /// What happened to the outcomes.
    pub(crate) outcomes: OutcomeCounts,
}

/// Reads an outcomes file, its weights where they are used.
pub(crate) fn outcomes(path: &std::path::Path, uses_weights: bool) -> Result<(PlainTable, Vec<Outcome>)> {
    let table = PlainTable::read(path)?;
    let weight: &[&str] = if uses_weights { &["weight"] } else { &[] };
    table.refuse_misspelt(&[&["application_id", "outcome", "observed_at", "segment"], weight].concat(), &[])?;
    let ids = table.wanted("application_id")?;
    let bad = table.flags("outcome")?;
    let has = |name: &str| table.texts(name).is_some();
    let observed = if has("observed_at") { table.days("observed_at")? } else { vec![None; table.len()] };
    let future = observed.iter().flatten().filter(|day| today() < **day).count();
    if future != 0 {
        // Who left such rows out would answer otherwise tomorrow.
        tracing::warn!(
            rows = future,
            "outcomes observed after today: taken for mature, though nobody can have seen them"
        );
    }
    let weight = if uses_weights && has("weight") { Some(table.numbers("weight")?) } else { None };
    let segment = table.texts("segment");
    let mut rows = Vec::with_capacity(table.len());
    for (at, id) in ids.iter().enumerate() {
        let Some(id) = id else { bail!("{}: row {} has no application_id", path.display(), at + 1) };
        // 1 would be a weight in a unit that nobody knows.
        let weight = match weight.as_ref().map(|weights| weights[at]) {
            Some(Some(weight)) => weight,
            Some(None) if bad[at].is_some() => {
                bail!("{}: row {}: the weight is blank; fill it in, or leave the row out", path.display(), at + 1)
            }
            Some(None) | None => 1.0,
        };
        rows.push(Outcome {
            application_id: table.copied(id).to_owned(),
            bad: bad[at],
            observed_at: observed[at],
            weight,
            segment: segment.and_then(|cells| cells[at].as_deref()).unwrap_or("").to_owned(),
        });
    }
    Ok((table, rows))
}

/// The day that the clock says, and one more, for whoever is ahead of UTC.
fn today() -> Day {
    let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Day(i32::try_from(seconds / 86_400 + 1).unwrap_or(i32::MAX))
}

/// Why no outcome is left, by the causes that took them.
pub(crate) fn none_usable(counts: &OutcomeCounts) -> String {
    if counts.outcomes == 0 {
        return "the file has no outcomes".to_owned();
    }
    if counts.outcomes == counts.unscored + counts.unknown {
        return "no outcome belongs to an application that could be scored".to_owned();
    }
    format!("none of {} outcomes can be used: {}", counts.outcomes, counts.left_out())
}

/// What has to be said of a part whose score ranks upside down beyond chance. Of many parts a few lie below 0.5 by chance.
pub(crate) fn upside_down(part: &Part) -> Option<String> {
    let found = Inverted::of(part.auc.as_ref()?).filter(|one| one.beyond_chance)?;
    Some(format!("{}: {}", part.name, found.text))
}

/// The numbers of a column of the outcomes file, by application of the sample.
pub(crate) fn numbers(table: &PlainTable, name: &str, keys: &[Key]) -> Result<Vec<Option<f64>>> {
    let ids = table.wanted("application_id")?;
    let numbers = table.numbers(name)?;
    let by_id: BTreeMap<&str, Option<f64>> =
        ids.iter().zip(numbers).filter_map(|(id, number)| Some((table.copied(id.as_deref()?), number))).collect();
    Ok(keys.iter().map(|key| by_id.get(key.application_id.as_str()).copied().flatten()).collect())
}

/// The texts of a column of a table of applications, by application of the sample; empty where there is none. Two rows of one
/// application are refused: the order of the file would choose between them.
pub(crate) fn labels(table: &PlainTable, name: &str, keys: &[Key]) -> Result<Vec<String>> {
    let (ids, texts) = (table.wanted("application_id")?, table.wanted(name)?);
    let mut by_id: BTreeMap<&str, usize> = BTreeMap::new();
    for (row, id) in ids.iter().enumerate() {
        let Some(first) = id.as_deref().and_then(|id| by_id.insert(table.copied(id), row)) else { continue };
        return Err(OutcomeError::Duplicate { first: first + 1, second: row + 1 }.into());
    }
    let text = |key: &Key| texts[*by_id.get(key.application_id.as_str())?].as_deref();
    Ok(keys.iter().map(|key| text(key).unwrap_or_default().to_owned()).collect())
}

/// The group of each application by the column asked for; empty where none is known. `own` says what the run itself knows by that
/// name.
pub(crate) fn groups(
    asked: &Asked,
    name: &str,
    outcomes: &PlainTable,
    keys: &[Key],
    own: impl FnOnce() -> Result<Option<Vec<String>>>,
) -> Result<Vec<String>> {
    if let Some(path) = &asked.group_file {
        return labels(&PlainTable::read(path)?, name, keys).with_context(|| path.display().to_string());
    }
    if outcomes.texts(name).is_none()
        && let Some(own) = own()?
    {
        return Ok(own);
    }
    labels(outcomes, name, keys).with_context(|| asked.path.display().to_string())
}

/// What a development sample is made for.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// The attributes to learn from and to route by.
    pub(crate) columns: &'a [ColumnId],
    /// Segments, which then stand in the sample instead of those of the outcomes file.
    pub(crate) segments: Option<&'a Segments>,
    /// The model to beat; the engine may have been told to score more holders than it was made for.
    pub(crate) champion: &'a Model,
}

/// Scores the export with the engine and joins the outcomes.
pub(crate) fn develop(
    run: &ScoreRun,
    engine: &Engine,
    wanted: Wanted<'_>,
    asked: &Asked,
    interrupt: &Interrupt,
) -> Result<Development> {
    let (path, columns) = (&asked.path, wanted.columns);
    let (table, outcomes) = outcomes(path, true)?;
    let AttributeRows { rows, refused, missed, gates } = attributes(run, engine, columns, interrupt)?;
    let applications = rows.len() + refused.len();
    let (rows, unscored): (Vec<AttributeRow>, Vec<AttributeRow>) =
        rows.into_iter().partition(|row| row.status == Status::Scored && row.score.is_some());
    let keys: Vec<Key> = rows
        .iter()
        .map(|row| Key {
            applicant_id: row.applicant_id.clone(),
            as_of: row.as_of,
            application_id: row.application_id.clone(),
        })
        .collect();
    let zone = RunFacts::of(engine).zone;
    let days: Vec<Day> = keys.iter().map(|key| zone.day(key.as_of)).collect();
    let (matured, mut counted) =
        mature(&outcomes, &keys, &days, &asked.definition).with_context(|| path.display().to_string())?;
    counted.tell_apart(
        &outcomes,
        unscored.iter().map(|row| row.application_id.as_str()).chain(refused.iter().map(String::as_str)),
    );
    if matured.is_empty() {
        bail!("{}: {}", path.display(), none_usable(&counted));
    }
    let mut made: Vec<Column> =
        columns.iter().enumerate().map(|(at, column)| attribute(engine, *column, at, &rows)).collect();
    // What only a policy may read is no candidate.
    let extras = engine.options().extras.iter().filter(|name| !is_policy_only(name));
    made.extend(extras.map(|name| extra(name, &rows)));
    let mut sample = labelled(&keys, &made, &matured);
    if let Some(segments) = wanted.segments {
        sample.segment =
            matured.iter().map(|one| routed(segments, engine, columns, &rows[one.row]).to_owned()).collect();
    }
    let institution = matured.iter().map(|one| rows[one.row].institution.clone().unwrap_or_default()).collect();
    let currency = currency(matured.iter().map(|one| &rows[one.row])).with_context(|| path.display().to_string())?;
    let population = &wanted.champion.file().population;
    let accepted = |row: &AttributeRow| {
        population.currency.is_none_or(|one| one == currency)
            && wanted.champion.accepts(row.routing.and_then(|facts| facts.holder))
    };
    let champion = matured.iter().map(|one| rows[one.row].score.filter(|_| accepted(&rows[one.row]))).collect();
    let counts = DevelopmentCounts { scored: rows.len(), applications, defects: missed, gates, outcomes: counted };
    Ok(Development { sample, champion, institution, currency, outcomes: table, counts })
}

/// The currency of all rows. Bins of money are in minor units: of two currencies they would mean nothing.
fn currency<'a>(rows: impl Iterator<Item = &'a AttributeRow>) -> Result<Currency> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    rows.for_each(|row| *counts.entry(&row.currency).or_default() += 1);
    if 1 < counts.len() {
        let found: Vec<String> = counts.iter().map(|(currency, count)| format!("{count} in {currency}")).collect();
        bail!(
            "the applications are in several currencies ({}), and bins of money are in minor units of one; fit a card for each \
             from an outcomes file of its own",
            found.join(", ")
        );
    }
    counts.keys().next().and_then(|text| Currency::parse(text)).context("no application has a currency")
}

/// The segment of an application, by the conditions as the engine weighs them.
fn routed<'a>(segments: &'a Segments, engine: &Engine, columns: &[ColumnId], row: &AttributeRow) -> &'a str {
    let nobody = Facts { holder: None, sufficiency: Sufficiency::Insufficient };
    let facts = row.routing.unwrap_or(nobody);
    let outcome = |name: &str| match name.strip_prefix(EXTRA_PREFIX) {
        Some(extra) => {
            let found = row.extras.iter().find(|(known, _)| known == extra).map(|(_, number)| *number);
            found.map_or(Err(Missing::NotApplicable), Value::real)
        }
        None => {
            let at = engine.registry().column(name).and_then(|id| columns.iter().position(|column| *column == id));
            at.map_or(Err(Missing::NotApplicable), |at| row.outcomes[at])
        }
    };
    segments.route(|when| when.holds(when.attribute().map(outcome).as_ref(), &facts))
}

fn attribute(engine: &Engine, column: ColumnId, at: usize, rows: &[AttributeRow]) -> Column {
    let registry = engine.registry();
    let name = registry.columns()[usize::from(column.0)].name.clone();
    let values = match registry.definition(column).unit {
        Unit::Code => codes(rows.iter().map(|row| &row.outcomes[at])),
        _ => Values::Numbers(
            rows.iter()
                .map(|row| row.outcomes[at].and_then(|value| value.number().ok_or(Missing::NotApplicable)))
                .collect(),
        ),
    };
    Column { name, values }
}

fn codes<'a>(cells: impl Iterator<Item = &'a Cell> + Clone) -> Values {
    let code = |cell: &Cell| match cell {
        Ok(Value::Code(code)) => Ok(*code),
        Ok(_) => Err(Missing::NotApplicable),
        Err(cause) => Err(*cause),
    };
    let mut levels: Vec<&str> = cells.clone().filter_map(|cell| code(cell).ok()).collect();
    levels.sort_unstable();
    levels.dedup();
    let place = |code: &str| u32::try_from(levels.partition_point(|level| *level < code)).unwrap_or(u32::MAX);
    let cells = cells.map(|cell| code(cell).map(place)).collect();
    Values::Codes { levels: levels.iter().map(|level| (*level).to_owned()).collect(), cells }
}

fn extra(name: &str, rows: &[AttributeRow]) -> Column {
    let cell = |row: &AttributeRow| {
        let found = row.extras.iter().find(|(known, _)| known == name).map(|(_, number)| *number);
        found.filter(|number| number.is_finite()).ok_or(Missing::NotApplicable)
    };
    Column { name: format!("{EXTRA_PREFIX}{name}"), values: Values::Numbers(rows.iter().map(cell).collect()) }
}
