//! `cashline check INPUT...`: what an export holds and what is wrong with it, before anything is scored.
//!
//! Exit codes of its own: 0 accept, 1 reject_row (some rows are set aside), 2 reject_file (a file cannot be used).

use std::{collections::BTreeMap, io::Write as _};

use anyhow::{Context as _, Result};
use cashline_core::{
    application::Application,
    assessment::{Assessment, Status},
    category::label::RuleId,
    defect::{Defect, DefectKind},
    engine::Engine,
    history::History,
    ledger::{self, Cut, Doubt},
    portfolio,
    row::AsOf,
    time::Day,
};
use cashline_io::{
    commit::Interrupt,
    error::Error,
    input::Inputs as Found,
    portfolio::{AsOfRule, Chunk, Inputs, Portfolio, Tally},
    read::{self, Table},
    walk::SetAside,
};
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde::Serialize;

use crate::{
    config,
    load::{Loaded, load},
    pools, screen,
};

pub(super) fn parser() -> Command {
    let command = Command::new("check").about("Check an export: what it holds, what is wrong, the expected hit rate");
    config::flags(command).arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print one JSON object"))
}

/// What a check says.
#[derive(Debug, Serialize)]
struct Report {
    /// `accept`, `reject_row` or `reject_file`.
    verdict: &'static str,
    /// Why a file is refused, or all of them together.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// What the export holds; absent when a file is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<Profile>,
    /// Rows set aside, and corrections without their transaction, by file and line.
    defects: Vec<Listed>,
}

#[derive(Debug, Serialize)]
struct Listed {
    file: String,
    line: u64,
    column: String,
    kind: DefectKind,
}

/// One screen about an export.
#[derive(Debug, Default, Serialize)]
struct Profile {
    /// T that was used where applications give none.
    as_of: Option<String>,
    files: BTreeMap<String, String>,
    rows: BTreeMap<&'static str, u64>,
    ignored: BTreeMap<String, u64>,
    applications: u64,
    accounts: u64,
    accounts_without_balance: u64,
    accounts_without_holder: u64,
    /// Accounts that rows name and no accounts table lists, and rows of which nobody can say whose they are: of those, of accounts
    /// without a holder where applications are given, and rejected ones that name no account.
    accounts_unlisted: u64,
    rows_unattributed: u64,
    consented_accounts_missing: u64,
    oldest: Option<String>,
    newest: Option<String>,
    /// Applications by days of history: fewer than 60, 60 to 89, 90 to 179, 180 and more.
    history: [u64; 4],
    currencies: BTreeMap<String, u64>,
    doubts: BTreeMap<&'static str, u64>,
    /// Posted rows of deposit accounts, and how many of them no category rule knew.
    posted_rows: u64,
    unmatched_rows: u64,
    expected: BTreeMap<&'static str, u64>,
    /// Share of applications that would be scored, in percent.
    hit_rate_percent: Option<u64>,
}

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let settings = config::settings(matches)?;
    if matches.get_flag("dry-run") {
        return super::score::dry_run(&settings);
    }
    let loaded = load(&settings)?;
    let as_of = settings.as_of.as_deref().map(config::as_of).transpose()?;
    let interrupt = Interrupt::install().context("signals cannot be watched")?;
    let hands = Hands { threads: pools::threads(&settings)?, interrupt };
    let found = Found::discover(&settings.inputs, &loaded.read);
    let report = match found.and_then(|found| check(&found, &loaded, as_of, &hands)) {
        Ok(report) => report,
        Err(error @ (Error::Unusable { .. } | Error::Read { .. })) => refused(&error),
        Err(error) => return Err(error.into()),
    };
    let mut out = screen::stdout();
    if matches.get_flag("json") {
        serde_json::to_writer_pretty(&mut out, &report)?;
        writeln!(out)?;
    } else {
        write!(out, "{}", page(&report))?;
    }
    Ok(match report.verdict {
        "accept" => 0,
        "reject_row" => 1,
        _ => 2,
    })
}

fn refused(error: &Error) -> Report {
    let cause = std::error::Error::source(error).map_or_else(String::new, |cause| format!(": {cause}"));
    Report { verdict: "reject_file", message: Some(format!("{error}{cause}")), profile: None, defects: vec![] }
}

/// What a check works with: threads, none for as many as the machine has, and whoever may stop it.
struct Hands {
    threads: Option<rayon::ThreadPool>,
    interrupt: Interrupt,
}

fn check(found: &Found, loaded: &Loaded, as_of: Option<AsOf>, hands: &Hands) -> Result<Report, Error> {
    let engine = &loaded.engine;
    let Hands { threads, interrupt } = hands;
    let read = read::ByLayout::new(&loaded.read);
    let inputs = Inputs { files: &found.files, read: &read, interrupt };
    let rule = |run: Option<AsOf>| AsOfRule { run, zone: engine.zone() };
    let taxonomy = engine.categoriser().taxonomy();
    let (mut portfolio, as_of) = match Portfolio::open(inputs, rule(as_of), taxonomy) {
        // A check needs no T of the user's: the day after the newest row sees everything.
        Err(Error::NoAsOf { newest }) => {
            let day = AsOf::Date(newest.unwrap_or_default().plus(1));
            (Portfolio::open(inputs, rule(Some(day)), taxonomy)?, Some(day))
        }
        other => (other?, as_of),
    };
    let mut profile = Profile::default();
    let mut defects = SetAside::default();
    let mut oldest: Option<Day> = None;
    portfolio.for_each_chunk(&mut |chunk| {
        match chunk {
            Chunk::StartOver => {
                profile = Profile::default();
                defects = SetAside::default();
                oldest = None;
            }
            Chunk::Pools(of_chunk) => {
                let see = |history: &History, application: &Application, assessment: &Assessment| {
                    see(engine, history, application, assessment)
                };
                for (_, seen) in pools::within(threads.as_ref(), || portfolio::assess(engine, of_chunk, see)) {
                    profile.add(&seen);
                    oldest = [oldest, seen.oldest].into_iter().flatten().min();
                    defects.extend(seen.defects);
                }
            }
        }
        interrupt.check()
    })?;
    let tally = portfolio.tally();
    profile.conclude(tally, found, engine);
    profile.oldest = oldest.map(|day| day.to_string());
    if let Some(AsOf::Date(day)) = as_of {
        profile.as_of = Some(day.to_string());
    }
    let mut defects = defects.take();
    defects.extend(tally.defects.iter().cloned());
    defects.sort();
    let rejected = defects.iter().any(|defect| defect.kind.sets_aside());
    let message = portfolio.meets().err().map(|error| error.to_string());
    let verdict = match &message {
        Some(_) => "reject_file",
        None if rejected || tally.unattributed != 0 => "reject_row",
        None => "accept",
    };
    let name = |file: u32| {
        found.files.get(file as usize).map_or_else(String::new, |file| file.path.to_string_lossy().into_owned())
    };
    let listed = defects.into_iter().map(|defect| Listed {
        file: name(defect.source.file),
        line: defect.source.line,
        column: defect.column,
        kind: defect.kind,
    });
    Ok(Report { verdict, message, profile: Some(profile), defects: listed.collect() })
}

/// What one application shows.
struct Seen {
    status: Status,
    defects: Vec<Defect>,
    accounts_without_balance: u64,
    oldest: Option<Day>,
    history_days: i32,
    currency: Option<String>,
    doubts: Vec<Doubt>,
    posted_rows: u64,
    unmatched_rows: u64,
}

fn see(engine: &Engine, history: &History, application: &Application, assessment: &Assessment) -> Seen {
    let mut seen = Seen {
        status: assessment.status,
        defects: history.defects().to_vec(),
        accounts_without_balance: 0,
        oldest: None,
        history_days: 0,
        currency: None,
        doubts: assessment.doubts.clone(),
        posted_rows: 0,
        unmatched_rows: 0,
    };
    let age = engine.options().balance_age_days_max;
    if let Ok(ledger) = ledger::cut(history, &Cut { application, zone: engine.zone(), balance_age_days_max: age }) {
        seen.accounts_without_balance =
            ledger.accounts.iter().filter(|one| one.balance_current.is_none()).count() as u64;
        seen.oldest = ledger.accounts.iter().filter_map(|account| account.first_day).min();
        seen.history_days = seen.oldest.map_or(0, |day| ledger.end.0 - day.0);
        seen.currency = Some(ledger.currency.to_string());
        seen.posted_rows = ledger.rows.len() as u64;
        seen.unmatched_rows = ledger.rows.iter().filter(|row| row.label.rule == RuleId::NONE).count() as u64;
    }
    seen
}

impl Profile {
    fn add(&mut self, seen: &Seen) {
        self.accounts_without_balance += seen.accounts_without_balance;
        let class = [60, 90, 180].iter().filter(|days| **days <= seen.history_days).count();
        self.history[class] += 1;
        if let Some(currency) = &seen.currency {
            *self.currencies.entry(currency.clone()).or_default() += 1;
        }
        for doubt in &seen.doubts {
            *self.doubts.entry(doubt.code()).or_default() += 1;
        }
        self.posted_rows += seen.posted_rows;
        self.unmatched_rows += seen.unmatched_rows;
        *self.expected.entry(seen.status.code()).or_default() += 1;
    }

    fn conclude(&mut self, tally: &Tally, found: &Found, engine: &Engine) {
        for table in Table::all() {
            // Who corrects nothing reads nothing of it.
            if table != Table::Corrections || tally.rows(table) != 0 {
                self.rows.insert(table.name(), tally.rows(table));
            }
        }
        for file in &found.files {
            let layout = read::LAYOUTS.get(file.layout).map_or("", |layout| layout.name);
            self.files.insert(file.path.to_string_lossy().into_owned(), layout.to_owned());
        }
        self.ignored = tally.ignored.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect();
        self.applications = tally.applications;
        self.accounts = tally.accounts;
        self.accounts_without_holder = tally.accounts_without_holder;
        (self.accounts_unlisted, self.rows_unattributed) = (tally.accounts_unlisted, tally.unattributed);
        self.consented_accounts_missing = tally.consented_accounts_missing;
        self.newest = tally.newest.map(|seconds| engine.zone().day(seconds).to_string());
        let scored = self.expected.get("scored").copied().unwrap_or(0);
        self.hit_rate_percent = (0 < self.applications).then(|| scored * 100 / self.applications);
    }
}

fn counts<K: std::fmt::Display>(counts: &BTreeMap<K, u64>) -> String {
    counts.iter().map(|(name, count)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
}

/// Defects that the page lists; the rest is counted and stands in `--json`.
const DEFECTS_SHOWN: usize = 20;

fn page(report: &Report) -> String {
    let mut page = format!("verdict: {}\n", report.verdict);
    if let Some(message) = &report.message {
        page += &format!("{message}\n");
    }
    if let Some(profile) = &report.profile {
        page += &profile.page();
    }
    if !report.defects.is_empty() {
        let unmatched = report.defects.iter().filter(|defect| !defect.kind.sets_aside()).count();
        page += &format!("\n{} rows set aside", report.defects.len() - unmatched);
        page += &match unmatched {
            0 => "\n".to_owned(),
            rows => format!(", {rows} corrections without their transaction in the input\n"),
        };
        let rows = report.defects.iter().take(DEFECTS_SHOWN).map(|defect| {
            vec![format!("{}:{}", defect.file, defect.line), defect.column.clone(), defect.kind.code().to_owned()]
        });
        page += &screen::table(&["where", "column", "kind"], &[], rows);
        page.push('\n');
        if DEFECTS_SHOWN < report.defects.len() {
            page += &format!("and {} more; --json lists all\n", report.defects.len() - DEFECTS_SHOWN);
        }
    }
    page
}

impl Profile {
    /// Rows that lead to no account, accounts that lead to no row.
    fn nobodys(&self) -> String {
        let counts = [
            (self.rows_unattributed, "that lead to nobody of the input"),
            (self.accounts_unlisted, "accounts that no accounts table lists"),
            (self.consented_accounts_missing, "consented accounts that are not in the input"),
        ];
        let told = counts.into_iter().filter(|(count, _)| *count != 0);
        told.map(|(count, what)| format!("{count} {what}")).collect::<Vec<_>>().join(", ")
    }

    fn page(&self) -> String {
        let none = || "none".to_owned();
        let [short, medium, long, full] = self.history;
        let scored = self.expected.get("scored").copied().unwrap_or(0);
        let rows: Vec<Vec<String>> = [
            (
                "dates",
                format!("{} to {}", self.oldest.clone().unwrap_or_else(none), self.newest.clone().unwrap_or_else(none)),
            ),
            ("applications", self.applications.to_string()),
            (
                "accounts",
                format!(
                    "{}, {} without a balance at T, {} without a holder",
                    self.accounts, self.accounts_without_balance, self.accounts_without_holder
                ),
            ),
            ("rows read", counts(&self.rows)),
            (
                "history",
                format!("{short} below 60 days, {medium} of 60 to 89, {long} of 90 to 179, {full} of 180 and more"),
            ),
            ("currency", counts(&self.currencies)),
            ("doubts", counts(&self.doubts)),
            (
                "unmatched text",
                format!(
                    "{} of {} posted rows",
                    screen::percent(self.unmatched_rows, self.posted_rows),
                    self.posted_rows
                ),
            ),
            ("nobody's rows", self.nobodys()),
            ("left unread", counts(&self.ignored)),
            ("expected", counts(&self.expected)),
            ("hit rate", screen::percent(scored, self.applications)),
        ]
        .into_iter()
        .map(|(name, value)| vec![name.to_owned(), if value.is_empty() { none() } else { value }])
        .collect();
        let files = self.files.iter().map(|(path, layout)| vec![path.clone(), layout.clone()]);
        format!(
            "\n{}\n\n{}\n",
            screen::table(&["file", "layout"], &[], files),
            screen::table(&["what", "finding"], &[], rows)
        )
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use cashline_io::portfolio::CHUNK_POOLS;

    use super::*;

    /// Until the applications are met at a file's end every holder is one; what was handed on of them is void.
    #[test]
    fn the_oldest_day_is_that_of_the_applications_that_a_file_names_at_its_end() {
        let (mut accounts, mut rows) = (String::new(), String::new());
        // A chunk of holders without an application on day 1, then one on day 2 and the applicant on day 50.
        for at in 0..CHUNK_POOLS + 2 {
            let day = if at == CHUNK_POOLS + 1 { 50 } else { 1 + at / CHUNK_POOLS };
            accounts += &format!(
                "{{\"object\":\"financial_connections.account\",\"id\":\"fca_{at}\",\"category\":\"cash\",\
                 \"subcategory\":\"checking\",\"status\":\"active\",\"livemode\":true,\
                 \"account_holder\":{{\"type\":\"customer\",\"customer\":\"cus_{at}\"}}}}\n"
            );
            rows += &format!(
                "{{\"id\":\"fctxn_{at}\",\"object\":\"financial_connections.transaction\",\"account\":\"fca_{at}\",\
                 \"amount\":-5,\"currency\":\"usd\",\"description\":\"CORNER SHOP\",\"livemode\":true,\"status\":\"posted\",\
                 \"status_transitions\":{{\"posted_at\":{at_second},\"void_at\":null}},\"transacted_at\":{at_second},\
                 \"updated\":{at_second}}}\n",
                at_second = day * 86_400,
            );
        }
        let applicant = CHUNK_POOLS + 1;
        rows += &format!(
            "{{\"application_id\":\"app_1\",\"applicant_id\":\"cus_{applicant}\",\"as_of\":\"1970-04-10\"}}\n"
        );
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("accounts.ndjson"), accounts).expect("written");
        fs::write(folder.path().join("rows.ndjson"), rows).expect("written");
        let engine = Engine::builtin().expect("the defaults are valid");
        let loaded = Loaded { engine, read: read::ReadOptions::default(), digests: BTreeMap::new() };
        let found = Found::discover(&[folder.path().to_owned()], &loaded.read).expect("two files");
        let hands = Hands { threads: None, interrupt: Interrupt::never() };
        let report = check(&found, &loaded, Some(AsOf::Date(Day(99))), &hands).expect("usable");
        let profile = report.profile.expect("nothing is refused");
        assert_eq!((report.verdict, profile.applications), ("accept", 1));
        assert_eq!(profile.oldest.as_deref(), Some("1970-02-20"), "day 50");
    }
}
