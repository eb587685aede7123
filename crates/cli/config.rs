//! What a run is told: flags over `cashline.toml` over defaults. What was typed ([`Typed`]) becomes what is meant ([`Settings`])
//! before any work starts.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use cashline_core::{
    attribute::definition::Tiers, config::is_snake_case, event::MOVED_POINTS, limits::THREADS_MAX, row::AsOf, time::Day,
};
use cashline_io::{
    commit::{CommitOptions, Overwrite},
    write::{self, FORMATS},
};
use clap::ArgMatches;
use serde::{Deserialize, Serialize};

pub(crate) use self::flags::{challenger_flag, flags, format_arg, matrix_flags, output_flags, row_gate_args};
use crate::load;

mod flags;

/// What stands in `cashline.toml` or on the command line; everything is optional. Unknown keys are refused with their line.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Typed {
    inputs: Vec<String>,
    mapping: Option<String>,
    as_of: Option<String>,
    model: Option<PathBuf>,
    policy: Option<PathBuf>,
    reasons: Option<PathBuf>,
    rules: Vec<PathBuf>,
    attributes: Vec<PathBuf>,
    bundle: Option<PathBuf>,
    institution_names: Option<PathBuf>,
    institutions: Option<PathBuf>,
    challengers: Vec<PathBuf>,
    extra_columns: Vec<String>,
    drop_columns: Vec<String>,
    out: Option<String>,
    format: Option<String>,
    overwrite: Option<bool>,
    matrix: Option<bool>,
    tier: Option<String>,
    columns: Vec<String>,
    evidence: Option<bool>,
    threads: Option<usize>,
    memory: Option<String>,
    temp: Option<PathBuf>,
    file_mode: Option<String>,
    last_run: Option<PathBuf>,
    since: Option<PathBuf>,
    moved: Option<i64>,
    gates: TypedGates,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct TypedGates {
    defects_max: Option<Share>,
    unattributed_max: Option<u64>,
    min_applications: Option<u64>,
    min_scored_share: Option<Share>,
    max_data_age_days: Option<u32>,
    max_score_shift: Option<f64>,
}

/// A share of one: `0.001` or `"0.1%"`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "ShareText")]
struct Share(f64);

#[derive(Deserialize)]
#[serde(untagged)]
enum ShareText {
    Number(f64),
    Text(String),
}

impl TryFrom<ShareText> for Share {
    type Error = String;
    fn try_from(text: ShareText) -> Result<Share, String> {
        match text {
            ShareText::Number(number) => checked_share(number),
            ShareText::Text(text) => share(&text),
        }
    }
}

fn share(text: &str) -> Result<Share, String> {
    let parsed = match text.trim().strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().map(|number| number / 100.0),
        None => text.trim().parse::<f64>(),
    };
    parsed.map_err(|_| format!("`{text}` is no share; write 0.001 or 0.1%")).and_then(checked_share)
}

fn checked_share(number: f64) -> Result<Share, String> {
    if (0.0..=1.0).contains(&number) { Ok(Share(number)) } else { Err("a share lies between 0 and 1".to_owned()) }
}

/// What a run means to do, every default filled in. Printed by `--dry-run` and kept in the manifest.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Settings {
    /// Files, directories, `TABLE=PATH`.
    pub(crate) inputs: Vec<String>,
    /// Preset or file.
    pub(crate) mapping: Option<String>,
    /// T of applications that give none.
    pub(crate) as_of: Option<String>,
    pub(crate) model: Option<PathBuf>,
    pub(crate) policy: Option<PathBuf>,
    pub(crate) reasons: Option<PathBuf>,
    pub(crate) rules: Vec<PathBuf>,
    pub(crate) attributes: Vec<PathBuf>,
    /// In the place of model, policy, reasons, rules, attributes, extra columns and mapping.
    pub(crate) bundle: Option<PathBuf>,
    /// How names of institutions are read.
    pub(crate) institution_names: Option<PathBuf>,
    /// What institutions are known to provide: a report of `cashline institutions`.
    pub(crate) institutions: Option<PathBuf>,
    /// Models that score beside the one that decides.
    pub(crate) challengers: Vec<PathBuf>,
    pub(crate) extra_columns: Vec<String>,
    pub(crate) drop_columns: Vec<String>,
    /// The output directory, `{as_of}` filled in.
    pub(crate) out: Option<PathBuf>,
    pub(crate) format: String,
    pub(crate) overwrite: bool,
    pub(crate) matrix: bool,
    /// Which attributes a matrix holds.
    #[serde(serialize_with = "tier_code")]
    pub(crate) tier: Tiers,
    /// Columns of a matrix by name, in the place of a tier's.
    pub(crate) columns: Vec<String>,
    pub(crate) evidence: bool,
    pub(crate) threads: usize,
    /// Bytes for transactions that do not stand together; half of what the machine has unless configured.
    pub(crate) memory: Option<u64>,
    /// Where they go beyond it; the output's parent unless configured.
    pub(crate) temp: Option<PathBuf>,
    /// Octal; 0600 unless configured.
    #[serde(serialize_with = "octal")]
    pub(crate) file_mode: u32,
    pub(crate) last_run: Option<PathBuf>,
    /// The state that the run is a night of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<PathBuf>,
    /// Points by which a score moves before it is an event, with a state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) moved: Option<i64>,
    pub(crate) gates: Gates,
}

impl Settings {
    /// How a directory is published.
    pub(crate) fn commit(&self, overwrites: bool) -> CommitOptions {
        let overwrite = if overwrites { Overwrite::Exchange } else { Overwrite::Refuse };
        // Whoever may read a file may enter the directory.
        let dir_mode = self.file_mode | ((self.file_mode & 0o444) >> 2);
        CommitOptions { overwrite, file_mode: self.file_mode, dir_mode }
    }
}

fn tier_code<S: serde::Serializer>(tier: &Tiers, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(tier.code())
}

/// As people write modes and as `file_mode` reads them.
fn octal<S: serde::Serializer>(mode: &u32, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format!("{mode:o}"))
}

/// The limits that a run must keep to be a success.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Gates {
    /// Share of rows that may be defects.
    pub(crate) defects_max: f64,
    /// Rejected rows whose account could not be read.
    pub(crate) unattributed_max: u64,
    pub(crate) min_applications: u64,
    pub(crate) min_scored_share: f64,
    pub(crate) max_data_age_days: Option<u32>,
    pub(crate) max_score_shift: Option<f64>,
}

/// Reads the configuration file, lays the flags over it and fills in the defaults.
pub(crate) fn settings(matches: &ArgMatches) -> Result<Settings> {
    let typed = match matches.get_one::<PathBuf>("config") {
        Some(path) => read(path)?,
        None => Typed::default(),
    };
    resolve(overlay(typed, matches)?)
}

/// Reads `cashline.toml`; paths in it are taken from the current directory, as on the command line.
fn read(path: &Path) -> Result<Typed> {
    parse(&load::text(path)?).with_context(|| format!("{}: not a valid configuration", path.display()))
}

fn parse(text: &str) -> Result<Typed> {
    Ok(toml::from_str(text)?)
}

fn overlay(mut typed: Typed, matches: &ArgMatches) -> Result<Typed> {
    let text = |name: &str| matches.try_get_one::<String>(name).ok().flatten().cloned();
    let path = |name: &str| text(name).map(PathBuf::from);
    let list = |name: &str| -> Vec<String> {
        matches.try_get_many::<String>(name).ok().flatten().map_or_else(Vec::new, |values| values.cloned().collect())
    };
    let switch = |name: &str| match matches.try_get_one::<bool>(name) {
        Ok(Some(true)) => Some(true),
        _ => None,
    };
    let inputs = list("inputs");
    if !inputs.is_empty() {
        typed.inputs = inputs;
    }
    for (name, field) in
        [("rules", &mut typed.rules), ("attributes", &mut typed.attributes), ("challenger", &mut typed.challengers)]
    {
        let given = list(name);
        if !given.is_empty() {
            *field = given.into_iter().map(PathBuf::from).collect();
        }
    }
    let columns = list("columns");
    if !columns.is_empty() {
        typed.columns = columns;
    }
    typed.extra_columns.extend(list("extra-column"));
    typed.drop_columns.extend(list("drop-column"));
    typed.mapping = text("mapping").or(typed.mapping);
    typed.as_of = text("as-of").or(typed.as_of);
    typed.model = path("model").or(typed.model);
    typed.policy = path("policy").or(typed.policy);
    typed.reasons = path("reasons").or(typed.reasons);
    typed.bundle = path("bundle").or(typed.bundle);
    typed.institution_names = path("institution-names").or(typed.institution_names);
    typed.institutions = path("institutions").or(typed.institutions);
    typed.out = text("out").or(typed.out);
    typed.format = text("format").or(typed.format);
    typed.overwrite = switch("overwrite").or(typed.overwrite);
    typed.matrix = switch("matrix").or(typed.matrix);
    typed.tier = text("tier").or(typed.tier);
    typed.evidence = switch("evidence").or(typed.evidence);
    typed.threads = matches.try_get_one::<usize>("threads").ok().flatten().copied().or(typed.threads);
    typed.memory = text("memory").or(typed.memory);
    typed.temp = path("temp").or(typed.temp);
    typed.file_mode = text("file-mode").or(typed.file_mode);
    typed.last_run = path("last-run").or(typed.last_run);
    typed.since = path("since").or(typed.since);
    typed.moved = matches.try_get_one::<i64>("moved").ok().flatten().copied().or(typed.moved);
    let gates = &mut typed.gates;
    gates.defects_max = gate(text("defects-max"), "defects-max", share)?.or(gates.defects_max);
    gates.unattributed_max = gate(text("unattributed-max"), "unattributed-max", number)?.or(gates.unattributed_max);
    gates.min_applications = gate(text("min-applications"), "min-applications", number)?.or(gates.min_applications);
    gates.min_scored_share = gate(text("min-scored-share"), "min-scored-share", share)?.or(gates.min_scored_share);
    gates.max_data_age_days = gate(text("max-data-age-days"), "max-data-age-days", number)?.or(gates.max_data_age_days);
    gates.max_score_shift = gate(text("max-score-shift"), "max-score-shift", number)?.or(gates.max_score_shift);
    Ok(typed)
}

fn gate<T>(text: Option<String>, name: &str, read: fn(&str) -> Result<T, String>) -> Result<Option<T>> {
    match text.as_deref().map(read) {
        None => Ok(None),
        Some(Ok(value)) => Ok(Some(value)),
        Some(Err(message)) => bail!("--{name}: {message}"),
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.trim().parse().map_err(|_| format!("`{text}` is no number in range"))
}

/// A size in bytes, with its unit.
fn size(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, u32); 4] = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)];
    let parsed = UNITS.iter().find_map(|(unit, shift)| {
        let digits = text.strip_suffix(unit)?;
        let whole = digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<u64>().ok().filter(|_| whole)?.checked_mul(1 << shift).filter(|bytes| *bytes != 0)
    });
    parsed.ok_or_else(|| format!("`{text}` is no size; write a whole number and KiB, MiB, GiB or TiB, such as 512MiB"))
}

fn resolve(typed: Typed) -> Result<Settings> {
    if typed.since.is_some() && typed.out.is_none() {
        bail!("--since scores a night into a directory; add -o DIR");
    }
    if typed.inputs.is_empty() && typed.since.is_none() {
        bail!("no input: name files or directories, or set `inputs` in the configuration");
    }
    let as_of = typed.as_of.as_deref().map(resolve_as_of).transpose()?;
    let out = match typed.out {
        Some(out) if out.contains("{as_of}") => {
            let day = as_of.as_deref().context("`out` holds {as_of} but no as_of is set; add --as-of DATE")?;
            Some(PathBuf::from(out.replace("{as_of}", day.get(..10).unwrap_or(day))))
        }
        other => other.map(PathBuf::from),
    };
    let gates = typed.gates;
    let format = typed.format.unwrap_or_else(|| FORMATS[0].name.to_owned());
    if write::format(&format).is_none() {
        bail!("format `{format}` is none of {}", FORMATS.iter().map(|one| one.name).collect::<Vec<_>>().join(", "));
    }
    let tier = match typed.tier.as_deref() {
        None => Tiers::default(),
        Some(name) => Tiers::parse(name).with_context(|| format!("tier `{name}` is none of core, extended, all"))?,
    };
    let memory =
        typed.memory.as_deref().map(size).transpose().map_err(|message| anyhow::anyhow!("memory: {message}"))?;
    if let Some(temp) = typed.temp.as_deref().filter(|temp| !temp.is_dir()) {
        bail!("temp: {} is no directory; name one that exists", temp.display());
    }
    let threads = typed.threads.unwrap_or(0);
    if THREADS_MAX < threads {
        bail!(
            "threads: {threads} are more than the limit of {THREADS_MAX}; without it there are as many as the machine has"
        );
    }
    let file_mode = match typed.file_mode {
        None => 0o600,
        Some(text) => u32::from_str_radix(&text, 8)
            .ok()
            .filter(|mode| *mode <= 0o777)
            .with_context(|| format!("file mode `{text}` is no octal mode such as 640"))?,
    };
    Ok(Settings {
        inputs: typed.inputs,
        mapping: typed.mapping,
        as_of,
        model: typed.model,
        policy: typed.policy,
        reasons: typed.reasons,
        rules: typed.rules,
        attributes: typed.attributes,
        bundle: typed.bundle,
        institution_names: typed.institution_names,
        institutions: typed.institutions,
        challengers: typed.challengers,
        extra_columns: typed.extra_columns,
        drop_columns: typed.drop_columns,
        out,
        format,
        overwrite: typed.overwrite.unwrap_or(false),
        matrix: typed.matrix.unwrap_or(false),
        tier,
        columns: typed.columns,
        evidence: typed.evidence.unwrap_or(false),
        threads,
        memory,
        temp: typed.temp,
        file_mode,
        last_run: typed.last_run,
        moved: typed.since.is_some().then(|| typed.moved.unwrap_or(MOVED_POINTS).max(1)),
        since: typed.since,
        gates: Gates {
            defects_max: gates.defects_max.map_or(0.001, |share| share.0),
            unattributed_max: gates.unattributed_max.unwrap_or(0),
            min_applications: gates.min_applications.unwrap_or(1),
            min_scored_share: gates.min_scored_share.map_or(0.0, |share| share.0),
            max_data_age_days: gates.max_data_age_days,
            max_score_shift: gates.max_score_shift,
        },
    })
}

/// `today` becomes the date it stands for, so that the manifest says what was meant.
fn resolve_as_of(text: &str) -> Result<String> {
    if text == "today" {
        return Ok(chrono::Utc::now().date_naive().to_string());
    }
    as_of(text).map(|_| text.to_owned())
}

/// Refuses a name that stands in files and messages and is not in snake case.
pub(crate) fn snake_case(flag: &str, name: &str) -> Result<()> {
    if !is_snake_case(name) {
        bail!("{flag}: `{name}` is not in snake case; write small letters a to z, digits and `_`");
    }
    Ok(())
}

/// Reads T: a date, or an instant with its offset.
pub(crate) fn as_of(text: &str) -> Result<AsOf> {
    moment("as_of", text)
}

/// The same, under the name of what it is read for.
pub(crate) fn moment(name: &str, text: &str) -> Result<AsOf> {
    use chrono::Datelike as _;
    if let Ok(date) = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Ok(AsOf::Date(Day::from_civil(date.year(), date.month(), date.day())));
    }
    match chrono::DateTime::parse_from_rfc3339(text) {
        Ok(instant) => Ok(AsOf::Instant(instant.timestamp())),
        Err(_) => bail!("{name} `{text}` is neither a date (2026-11-22) nor an instant (2026-11-22T08:00:00Z)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_flags(arguments: &[&str]) -> Result<Settings> {
        let command = output_flags(flags(clap::Command::new("score")));
        settings(&command.try_get_matches_from(arguments)?)
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let error = parse("inputs = [\"x\"]\nas_off = \"2026-01-01\"\n").expect_err("as_off is unknown");
        let message = format!("{error:#}");
        assert!(message.contains("line 2") && message.contains("as_off"), "{message}");
    }

    const EXAMPLE: &str = include_str!("../../data/cashline.toml");

    /// The names that a table knows, from its own refusal of another.
    fn known(text: &str) -> Vec<String> {
        let message = format!("{:#}", parse(text).expect_err("no such key"));
        let names = message.split("expected one of").nth(1).expect("the refusal lists what it knows");
        names.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn the_example_parses_as_it_stands_and_with_every_key_in_use() {
        parse(EXAMPLE).expect("all in comments");
        // A key that is off stands right after `#`; prose has a blank there.
        let in_use = |line: &str| {
            let key = line.strip_prefix('#').filter(|rest| rest.starts_with(|c: char| c == '[' || c.is_alphabetic()));
            key.unwrap_or(line).to_owned()
        };
        let text: Vec<String> = EXAMPLE.lines().map(in_use).collect();
        let text = text.join("\n");
        resolve(parse(&text).expect("every key in use")).expect("valid together");
        let table: toml::Table = toml::from_str(&text).expect("valid");
        for name in known("nope = 1") {
            assert!(table.contains_key(&name), "the example lacks `{name}`");
        }
        let gates = table["gates"].as_table().expect("a table");
        for name in known("[gates]\nnope = 1") {
            assert!(gates.contains_key(&name), "the example lacks `gates.{name}`");
        }
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_defaults() {
        let dir = tempfile::tempdir().expect("a place to write");
        let path = dir.path().join("cashline.toml");
        let text = "inputs = [\"a\"]\nformat = \"parquet\"\nout = \"runs/{as_of}\"\nas_of = \"2026-01-01\"\n\
                    [gates]\ndefects_max = \"1%\"\nmin_applications = 7\n";
        std::fs::write(&path, text).expect("written");
        let path = path.to_str().expect("utf-8");
        let settings = from_flags(&["score", "--config", path, "--as-of", "2026-02-03", "--min-applications", "9"])
            .expect("valid");
        assert_eq!(settings.inputs, ["a"]);
        assert_eq!(settings.format, "parquet");
        assert_eq!(settings.out.as_deref(), Some(Path::new("runs/2026-02-03")));
        assert_eq!(settings.gates.min_applications, 9);
        assert!((settings.gates.defects_max - 0.01).abs() < 1e-12);
        assert_eq!(settings.file_mode, 0o600);
    }

    #[test]
    fn every_format_that_can_be_written_can_be_asked_for_and_no_other() {
        for format in FORMATS {
            let settings = from_flags(&["score", "x", "--format", format.name]).expect("a format");
            assert_eq!(settings.format, format.name);
            assert!(
                resolve(parse(&format!("inputs = [\"x\"]\nformat = \"{}\"\n", format.name)).expect("a text")).is_ok()
            );
        }
        assert!(from_flags(&["score", "x", "--format", "xlsx"]).is_err());
        let message = resolve(parse("inputs = [\"x\"]\nformat = \"xlsx\"\n").expect("a text")).expect_err("unknown");
        assert_eq!(message.to_string(), "format `xlsx` is none of csv, parquet, ndjson");
    }

    #[test]
    fn as_many_threads_as_the_limit_and_no_more_may_stand_in_the_file_too() {
        let typed = |threads: usize| parse(&format!("inputs = [\"x\"]\nthreads = {threads}\n")).expect("a number");
        assert_eq!(resolve(typed(1_024)).expect("the limit").threads, 1_024);
        assert!(resolve(typed(1_025)).is_err());
    }

    #[test]
    fn a_wrong_value_is_refused_by_name() {
        for (arguments, word) in [
            (vec!["score"], "no input"),
            (vec!["score", "x", "--as-of", "22.11.2026"], "as_of"),
            (vec!["score", "x", "--defects-max", "2"], "between 0 and 1"),
            (vec!["score", "x", "--file-mode", "9z"], "octal"),
            (vec!["score", "x", "--threads", "1025"], "threads: 1025 are more than the limit of 1024"),
            (vec!["score", "x", "-o", "runs/{as_of}"], "--as-of"),
        ] {
            let message = format!("{:#}", from_flags(&arguments).expect_err("wrong"));
            assert!(message.contains(word), "{arguments:?}: {message}");
        }
    }
}
