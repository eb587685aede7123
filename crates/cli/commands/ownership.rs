//! `cashline ownership EXPORT... --claims FILE`: whose the accounts are. With `payouts` the only commands that read owners.

use std::{collections::BTreeMap, io::Write as _, path::PathBuf};

use anyhow::{Context as _, Result, bail};
use cashline_core::{institution::Names, row::AsOf, time::Zone};
use cashline_identity::Verdict;
use cashline_io::{plain::PlainTable, write::FORMATS};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::{
    config, files,
    identity::{
        claims::{Claims, claims},
        listed::Listed,
        pull::pull,
        signals::{self, Lately, Signal},
        store::{Identities, OwnersState},
        summary, tables,
        weigh::{Comparison, weigh},
    },
    screen,
};

/// Results name applicants and accounts: for their owner alone.
const MODE: u32 = 0o600;

/// The flags that `ownership` and `payouts` share.
pub(super) fn flags(command: Command) -> Command {
    let path = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name("FILE").value_parser(value_parser!(PathBuf)).help(help)
    };
    command
        .arg(
            Arg::new("inputs")
                .value_name("EXPORT")
                .required(true)
                .action(ArgAction::Append)
                .value_parser(value_parser!(PathBuf))
                .help("Accounts with expanded `ownership`, owners lists, tables of owners and accounts: files and folders"),
        )
        .arg(
            path(
                "claims",
                "Who applied: CSV or Parquet with applicant_id, application_id, name, business, email, phone, address",
            )
            .required(true),
        )
        .arg(path(
            "applications",
            "The applications (CSV or Parquet), for claims that name no applicant_id; `--summary` of `ownership` is written \
             beside their columns, each of the accounts in its account_ids",
        ))
        .arg(
            Arg::new("as-of")
                .long("as-of")
                .value_name("DATE")
                .help("The day from which days are counted back; without it nothing is recent"),
        )
        .arg(
            Arg::new("recent-days")
                .long("recent-days")
                .value_name("N")
                .value_parser(value_parser!(u16))
                .default_value("7")
                .help("Days within which an account counts as linked, or come to other owners, lately"),
        )
        .arg(
            config::format_arg("the tables").default_value(FORMATS[0].name).help("Of the tables"),
        )
        .arg(
            Arg::new("file")
                .short('o')
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("Write the table here instead of stdout"),
        )
        .arg(path("signals", "Also write signs of fraud across applicants: shared accounts, contacts and owners"))
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print the counts as JSON, no table"))
}

pub(super) fn parser() -> Command {
    let path = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name("FILE").value_parser(value_parser!(PathBuf)).help(help)
    };
    flags(Command::new("ownership").about("Compare applicants with the owners of their accounts; no value is printed"))
        .arg(path("summary", "Also write numbers for each applicant, for a policy to read as extra columns"))
        .after_help(
            "Names, e-mail, phones and addresses are compared and never written. The summary's columns are for a policy \
             (--extra-column ownership_score); a model that reads one is refused.",
        )
}

/// What was asked for, read and compared.
pub(super) struct Asked {
    pub(super) claims: Claims,
    pub(super) identities: Identities,
    applications: Option<PlainTable>,
    /// Of institutions.
    names: Names,
    /// The day asked about, in seconds.
    pub(super) as_of: Option<i64>,
    lately: Option<Lately>,
    format: String,
    file: Option<PathBuf>,
    signals: Option<PathBuf>,
    json: bool,
}

impl Asked {
    pub(super) fn of(matches: &ArgMatches) -> Result<Asked> {
        let inputs: Vec<PathBuf> = matches.get_many("inputs").expect("clap demands it").cloned().collect();
        let path = |name: &str| matches.get_one::<PathBuf>(name).cloned();
        let as_of = matches.get_one::<String>("as-of").map(|text| config::as_of(text)).transpose()?;
        let as_of = as_of.map(|as_of| match as_of {
            AsOf::Date(day) => Zone::utc().midnight(day),
            AsOf::Instant(seconds) => seconds,
        });
        let days = i64::from(*matches.get_one::<u16>("recent-days").expect("it has a default"));
        let format = matches.get_one::<String>("format").expect("it has a default").clone();
        let (file, json) = (path("file"), matches.get_flag("json"));
        screen::readable(file.is_none() && !json, &format)?;
        let applications = path("applications").map(|path| PlainTable::read(&path)).transpose()?;
        let claims = claims(&path("claims").expect("clap demands it"), applications.as_ref())?;
        let identities = pull(&inputs)?.finish()?;
        if identities.accounts.is_empty() {
            bail!("the export holds no account; name the files that list accounts with expanded `ownership`");
        }
        let lately = as_of.map(|as_of| Lately { as_of, days });
        let names = Names::builtin().context("the shipped names of institutions: a defect of this build")?;
        Ok(Asked {
            claims,
            identities,
            applications,
            names,
            as_of,
            lately,
            format,
            file,
            signals: path("signals"),
            json,
        })
    }

    pub(super) fn signals(&self, comparison: &Comparison<'_>) -> Vec<Signal> {
        signals::signals(&self.claims, &self.identities, comparison, &self.names, self.lately)
    }

    /// Writes what was asked for: the table, the signals, and the counts on stderr or as JSON on stdout.
    pub(super) fn write(&self, table: &tables::Table, found: &[Signal], counts: &Counts, head: &str) -> Result<()> {
        if let Some(path) = &self.signals {
            files::replace(path, &tables::signals(found).bytes(&self.format)?, MODE)?;
        }
        let bytes = table.bytes(&self.format)?;
        let mut out = screen::stdout();
        match &self.file {
            Some(path) => files::replace(path, &bytes, MODE)?,
            None if self.json => {}
            None => out.write_all(&bytes)?,
        }
        if self.json {
            serde_json::to_writer_pretty(&mut out, counts)?;
            writeln!(out)?;
            return Ok(());
        }
        out.flush()?;
        let mut err = screen::stderr();
        write!(err, "{head}\n{}", counts.lines())?;
        Ok(())
    }

    pub(super) fn counts(&self, comparison: &Comparison<'_>, found: &[Signal]) -> Counts {
        let mut counts = Counts {
            accounts: self.identities.accounts.len() as u64,
            accounts_without_claim: comparison.without_claim,
            applicants_without_account: comparison.without_account,
            snapshots_without_account: self.identities.orphans,
            files_passed_over: self.identities.passed,
            ..Counts::default()
        };
        for verdict in [Verdict::Match, Verdict::Partial, Verdict::Mismatch, Verdict::Missing] {
            counts.verdicts.insert(verdict.code(), comparison.count(verdict));
        }
        for account in self.identities.accounts.iter().filter(|account| account.state != OwnersState::Given) {
            *counts.owners_not_given.entry(account.state.code()).or_default() += 1;
        }
        for signal in found {
            *counts.signals.entry(signal.kind.code()).or_default() += 1;
        }
        counts
    }
}

/// Counts of a run; no ids.
#[derive(Debug, Default, serde::Serialize)]
pub(super) struct Counts {
    accounts: u64,
    accounts_without_claim: u64,
    applicants_without_account: u64,
    snapshots_without_account: u64,
    files_passed_over: u64,
    verdicts: BTreeMap<&'static str, u64>,
    owners_not_given: BTreeMap<&'static str, u64>,
    signals: BTreeMap<&'static str, u64>,
    /// Of payouts.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) levels: BTreeMap<&'static str, u64>,
}

impl Counts {
    fn lines(&self) -> String {
        let list = |counts: &BTreeMap<&str, u64>| {
            let parts: Vec<String> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
            parts.join(", ")
        };
        let mut text = String::new();
        for (what, counts) in [("owners not given", &self.owners_not_given), ("signals", &self.signals)] {
            if !counts.is_empty() {
                text += &format!("  {what}: {}\n", list(counts));
            }
        }
        for (count, what) in [
            (self.accounts_without_claim, "accounts whose holder made no claim"),
            (self.applicants_without_account, "applicants with a claim and no account"),
            (self.snapshots_without_account, "lists of owners that no account names"),
        ] {
            if count != 0 {
                text += &format!("  {count} {what}\n");
            }
        }
        text
    }
}

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let asked = Asked::of(matches)?;
    let listed = asked.applications.as_ref().map(Listed::of).transpose()?;
    let mut comparison = weigh(&asked.claims, &asked.identities);
    // Signs of fraud are of applicants, whatever accounts an application may look at.
    let found = asked.signals(&comparison);
    if let Some(listed) = &listed {
        comparison.retain_listed(listed);
    }
    if let Some(path) = matches.get_one::<PathBuf>("summary") {
        let lines = summary::lines(&asked.claims, &comparison, listed.as_ref(), &found, asked.as_of);
        let bytes = match &asked.applications {
            Some(applications) => summary::beside(applications, &lines)
                .with_context(|| format!("{}: cannot take the columns", applications.path().display()))?,
            None => summary::alone(&lines).bytes(&asked.format)?,
        };
        files::replace(path, &bytes, MODE)?;
    }
    let counts = asked.counts(&comparison, &found);
    let of = |verdict: Verdict| comparison.count(verdict);
    let head = format!(
        "{} comparisons: {} match, {} partial, {} mismatch, {} missing",
        comparison.rows.len(),
        of(Verdict::Match),
        of(Verdict::Partial),
        of(Verdict::Mismatch),
        of(Verdict::Missing)
    );
    asked.write(&tables::ownership(&comparison), &found, &counts, &head)?;
    Ok(0)
}
