//! `cashline institutions INPUT... -o FILE`: what each bank provides, learned from the portfolio.

use std::{io::Write as _, path::PathBuf};

use anyhow::Result;
use cashline_core::{
    institution::{ACCOUNTS_MIN, InstitutionRow, Part, Provision, Sight, Survey, Verdict},
    table::{Cell, Column, Kind, Schema},
};
use clap::{ArgMatches, Command};

use super::one_table;
use crate::{
    config, files, load,
    pools::{Seen, told, with_pools},
    screen::{self, fixed},
};

/// Institutions that the screen lists; the file has all.
const LISTED: usize = 20;

pub(super) fn parser() -> Command {
    one_table::flags(
        Command::new("institutions").about("Say of each bank what its accounts give: balances, history, freshness"),
        "report",
    )
    .after_help(
        "A verdict holds at 95 % (Wilson) and wants 20 deposit accounts: provides (above 80 % of those that could), \
         does_not_provide (below 20 %), partly, few. score --institutions FILE takes the report (csv or parquet) and tells beside \
         each application's sufficiency what its banks do not provide; no attribute, model or policy reads it.",
    )
}

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let settings = config::settings(matches)?;
    if matches.get_flag("dry-run") {
        return super::score::dry_run(&settings);
    }
    let file = matches.get_one::<PathBuf>("file");
    screen::readable(file.is_none(), &settings.format)?;
    let loaded = load::load(&settings)?;
    let engine = &loaded.engine;
    let (survey, missed) = with_pools(&settings, &loaded, |pools| {
        let mut survey = Survey::default();
        pools.each(
            |history, applications| {
                let of = |application| {
                    let ledger = engine.ledger(history, application).ok();
                    engine.institutions().sights(history, application, ledger.as_ref())
                };
                applications.iter().flat_map(of).collect::<Vec<Sight>>()
            },
            |seen| match seen {
                Seen::Pool(sights) => sights.into_iter().for_each(|sight| survey.add(sight)),
                Seen::StartOver => survey = Survey::default(),
            },
        )?;
        Ok(survey)
    })?;
    let rows = survey.rows();
    let bytes = written(&rows, &settings.format)?;
    let mut out = screen::stdout();
    match file {
        Some(path) => {
            files::replace(path, &bytes, settings.file_mode)?;
            out.write_all(shown(&rows).as_bytes())?;
        }
        None if screen::stdout_is_terminal() && settings.format == "csv" => out.write_all(shown(&rows).as_bytes())?,
        None => out.write_all(&bytes)?,
    }
    out.flush()?;
    tell(&rows)?;
    Ok(told(missed)?)
}

/// A share of a row: its name, and where it stands.
type Share = (&'static str, fn(&InstitutionRow) -> Part);

/// The shares of a row beside its provisions.
const SHARES: [Share; 3] =
    [("inactive", |row| row.inactive), ("owners_permitted", |row| row.owners), ("in_doubt", |row| row.in_doubt)];

fn schema() -> Schema {
    let mut columns: Vec<(String, Kind)> =
        [("institution", Kind::Text), ("accounts", Kind::Integer), ("applicants", Kind::Integer), ("few", Kind::Flag)]
            .map(|(name, kind)| (name.to_owned(), kind))
            .into();
    let mut part = |name: &str| {
        for (what, kind) in [
            ("accounts", Kind::Integer),
            ("given", Kind::Integer),
            ("share", Kind::Real),
            ("low", Kind::Real),
            ("high", Kind::Real),
        ] {
            columns.push((format!("{name}_{what}"), kind));
        }
    };
    Provision::ALL.iter().for_each(|one| part(one.code()));
    SHARES.iter().for_each(|(name, _)| part(name));
    let verdicts = Provision::ALL.map(|one| (one.code().to_owned(), Kind::Text));
    columns.splice(4..4, verdicts);
    for (name, kind) in [
        ("history_days_median", Kind::Real),
        ("lag_days_median", Kind::Real),
        ("rows", Kind::Integer),
        ("unknown_purpose_share", Kind::Real),
    ] {
        columns.push((name.to_owned(), kind));
    }
    let columns = columns.into_iter().map(|(name, kind)| Column { name: name.into(), kind }).collect();
    Schema { name: "institutions", columns }
}

fn cells(row: &InstitutionRow) -> Vec<Cell<'_>> {
    let mut cells: Vec<Cell<'_>> =
        vec![row.institution.as_deref().into(), row.accounts.into(), row.applicants.into(), Cell::Flag(row.is_few())];
    cells.extend(row.verdicts().map(|verdict| Cell::from(verdict.code())));
    let parts = row.provisions.into_iter().chain(SHARES.iter().map(|(_, of)| of(row)));
    for part in parts {
        let interval = part.interval();
        cells.extend([
            part.accounts.into(),
            part.given.into(),
            part.share().into(),
            interval.map(|ends| ends.0).into(),
            interval.map(|ends| ends.1).into(),
        ]);
    }
    let unknown = Part { given: row.rows_unknown, accounts: row.rows };
    cells.extend([row.history_days_median.into(), row.lag_days_median.into(), row.rows.into(), unknown.share().into()]);
    cells
}

fn written(rows: &[InstitutionRow], name: &str) -> Result<Vec<u8>> {
    one_table::written(&schema(), name, |writer| rows.iter().try_for_each(|row| writer.row(&cells(row))))
}

/// The institutions with most accounts, for people.
fn shown(rows: &[InstitutionRow]) -> String {
    let mut most: Vec<&InstitutionRow> = rows.iter().collect();
    most.sort_by_key(|row| std::cmp::Reverse(row.accounts));
    let lines = most.iter().take(LISTED).map(|row| {
        let mut line = vec![
            row.institution.clone().unwrap_or_else(|| "(none named)".to_owned()),
            row.accounts.to_string(),
            row.applicants.to_string(),
        ];
        line.extend(row.verdicts().map(|verdict| verdict.code().to_owned()));
        line.extend([fixed(row.history_days_median, 1), fixed(row.lag_days_median, 1)]);
        line
    });
    let header =
        ["institution", "accounts", "applicants", "balances", "transactions", "history", "fresh", "days", "lag"];
    let mut text = screen::table(&header, &[1, 2, 7, 8], lines);
    text.push('\n');
    if LISTED < most.len() {
        text.push_str(&format!("and {} more\n", most.len() - LISTED));
    }
    text
}

/// How much the report can say, on stderr.
fn tell(rows: &[InstitutionRow]) -> Result<()> {
    let named = rows.iter().filter(|row| row.institution.is_some());
    let few = named.clone().filter(|row| row.is_few()).count();
    let accounts: u64 = rows.iter().map(|row| row.accounts).sum();
    let nameless: u64 = rows.iter().filter(|row| row.institution.is_none()).map(|row| row.accounts).sum();
    let mut err = screen::stderr();
    writeln!(
        err,
        "{} institutions of {accounts} accounts; {few} with fewer than {ACCOUNTS_MIN}",
        named.clone().count()
    )?;
    if nameless != 0 {
        writeln!(err, "{nameless} accounts name no institution")?;
    }
    for (at, provision) in Provision::ALL.iter().enumerate() {
        let without = named.clone().filter(|row| row.verdicts()[at] == Verdict::DoesNotProvide).count();
        if without != 0 {
            writeln!(err, "does_not_provide {}: {without}", provision.code())?;
        }
    }
    Ok(())
}
