//! `cashline relinks INPUT... -o FILE`: accounts that are one real account, or show one history, across the portfolio.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write as _,
    path::PathBuf,
};

use anyhow::Result;
use cashline_core::{
    relinks::{self, ACCOUNTS_HELD_MAX, Account, Candidates, Evidence, Print, Relation, Twin},
    table::{Cell, Column, Kind, Schema},
};
use clap::{ArgMatches, Command};

use super::one_table;
use crate::{
    config, files,
    load::{self, Loaded},
    pools::{Pools, Seen, told, with_pools},
    screen,
};

pub(super) fn parser() -> Command {
    one_table::flags(
        Command::new("relinks")
            .about("Find accounts that are one real account under several ids, or show one copied history"),
        "pairs",
    )
    .after_help(
        "Told from bank, last digits, kind, days, amounts, words and balances alone; the table holds ids and counts. relink: one \
         holder; shared: two holders; copied_history: bank, digits or kind contradict. The input is read at least twice.",
    )
}

/// A day after every row, where an input names no T.
const NO_T: &str = "2099-12-31";

/// What was found, and how it was looked for.
struct Found {
    twins: Vec<Twin>,
    accounts: usize,
    candidates: Candidates,
}

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let mut settings = config::settings(matches)?;
    if matches.get_flag("dry-run") {
        return super::score::dry_run(&settings);
    }
    let file = matches.get_one::<PathBuf>("file");
    screen::readable(file.is_none(), &settings.format)?;
    // All rows are looked at, whatever T; an input without applications need not be asked for one.
    settings.as_of.get_or_insert_with(|| NO_T.to_owned());
    let loaded = load::load(&settings)?;
    let (found, missed) = with_pools(&settings, &loaded, |pools| find(pools, &loaded, ACCOUNTS_HELD_MAX))?;
    let bytes = written(&found.twins, &settings.format)?;
    let mut out = screen::stdout();
    match file {
        Some(path) => files::replace(path, &bytes, settings.file_mode)?,
        None if screen::stdout_is_terminal() && settings.format == "csv" => {
            out.write_all(shown(&found.twins).as_bytes())?;
        }
        None => out.write_all(&bytes)?,
    }
    out.flush()?;
    tell(&found)?;
    Ok(told(missed)?)
}

/// Reads the input once for the prints, and once more for every `held_max` accounts whose rows are compared.
fn find(pools: &mut Pools<'_, '_>, loaded: &Loaded, held_max: usize) -> Result<Found> {
    let engine = &loaded.engine;
    let (names, zone) = (&engine.institutions().names, engine.zone());
    let mut prints: Vec<Print> = vec![];
    pools.each(
        |history, _| relinks::accounts(history, names, zone).into_iter().map(|one| one.print).collect::<Vec<Print>>(),
        |seen| match seen {
            Seen::Pool(mut of_pool) => prints.append(&mut of_pool),
            Seen::StartOver => prints.clear(),
        },
    )?;
    prints.sort_by(|one, other| one.account.cmp(&other.account));
    let candidates = relinks::candidates(&prints);
    let mut twins = vec![];
    for batch in batches(&candidates.pairs, held_max) {
        let wanted: BTreeSet<&str> =
            batch.iter().flat_map(|(a, b)| [*a, *b]).map(|at| prints[at as usize].account.as_str()).collect();
        let mut held: BTreeMap<String, Account> = BTreeMap::new();
        pools.each(
            |history, _| {
                let mut accounts = relinks::accounts(history, names, zone);
                accounts.retain(|one| wanted.contains(one.print.account.as_str()));
                accounts
            },
            |seen| match seen {
                Seen::Pool(accounts) => held.extend(accounts.into_iter().map(|one| (one.print.account.clone(), one))),
                Seen::StartOver => held.clear(),
            },
        )?;
        let of = |at: u32| held.get(&prints[at as usize].account);
        twins.extend(batch.iter().filter_map(|(a, b)| relinks::judge(of(*a)?, of(*b)?)));
    }
    twins.sort_by(|one, other| (&one.account_a, &one.account_b).cmp(&(&other.account_a, &other.account_b)));
    Ok(Found { twins, accounts: prints.len(), candidates })
}

/// Pairs in stretches of at most `held_max` accounts.
fn batches(pairs: &[(u32, u32)], held_max: usize) -> Vec<&[(u32, u32)]> {
    let mut batches = vec![];
    let (mut start, mut held) = (0, BTreeSet::new());
    for (at, (a, b)) in pairs.iter().enumerate() {
        let new = [a, b].iter().filter(|one| !held.contains(**one)).count();
        if start < at && held_max < held.len() + new {
            batches.push(&pairs[start..at]);
            start = at;
            held.clear();
        }
        held.extend([*a, *b]);
    }
    if start < pairs.len() {
        batches.push(&pairs[start..]);
    }
    batches
}

const COLUMNS: [(&str, Kind); 18] = [
    ("account_a", Kind::Text),
    ("account_b", Kind::Text),
    ("holder_a", Kind::Text),
    ("holder_b", Kind::Text),
    ("relation", Kind::Text),
    ("verdict", Kind::Text),
    ("score", Kind::Integer),
    ("institution", Kind::Text),
    ("last4", Kind::Text),
    ("kind", Kind::Text),
    ("first_day", Kind::Date),
    ("last_day", Kind::Date),
    ("rows_a", Kind::Integer),
    ("rows_b", Kind::Integer),
    ("rows_common", Kind::Integer),
    ("amounts_common", Kind::Integer),
    ("texts_common", Kind::Integer),
    ("balances_equal", Kind::Integer),
];

fn cells(twin: &Twin) -> Vec<Cell<'_>> {
    let evidence = &twin.evidence;
    let text = |text: &str| if text.is_empty() { Cell::Null } else { Cell::from(text.to_owned()) };
    let (first, last) = match evidence.days {
        Some((first, last)) => (Cell::Date(first), Cell::Date(last)),
        None => (Cell::Null, Cell::Null),
    };
    vec![
        twin.account_a.as_str().into(),
        twin.account_b.as_str().into(),
        text(&twin.holder_a),
        text(&twin.holder_b),
        twin.relation.code().into(),
        twin.verdict.code().into(),
        twin.score.into(),
        evidence.institution.code().into(),
        evidence.last4.code().into(),
        evidence.kind.code().into(),
        first,
        last,
        evidence.rows_a.into(),
        evidence.rows_b.into(),
        evidence.rows_common.into(),
        evidence.amounts_common.into(),
        evidence.texts_common.into(),
        // Nothing to compare is not "none equal".
        if evidence.balances_compared == 0 { Cell::Null } else { evidence.balances_equal.into() },
    ]
}

fn written(twins: &[Twin], name: &str) -> Result<Vec<u8>> {
    let columns = COLUMNS.map(|(name, kind)| Column { name: name.into(), kind });
    let schema = Schema { name: "relinks", columns: columns.to_vec() };
    one_table::written(&schema, name, |writer| twins.iter().try_for_each(|twin| writer.row(&cells(twin))))
}

/// The pairs for people: who they are, what they are to each other, and the rows that say so.
fn shown(twins: &[Twin]) -> String {
    let lines = twins.iter().map(|twin| {
        let holder = |holder: &str| if holder.is_empty() { "-".to_owned() } else { holder.to_owned() };
        let Evidence { rows_a, rows_b, rows_common, .. } = twin.evidence;
        vec![
            twin.account_a.clone(),
            twin.account_b.clone(),
            holder(&twin.holder_a),
            holder(&twin.holder_b),
            twin.relation.code().to_owned(),
            twin.verdict.code().to_owned(),
            twin.score.map_or_else(|| "-".to_owned(), |score| score.to_string()),
            rows_common.to_string(),
            rows_a.to_string(),
            rows_b.to_string(),
        ]
    });
    let header = [
        "account",
        "and account",
        "holder",
        "and holder",
        "relation",
        "verdict",
        "score",
        "rows common",
        "of",
        "and of",
    ];
    screen::table(&header, &[6, 7, 8, 9], lines) + "\n"
}

/// Counts, and what was passed over, on stderr.
fn tell(found: &Found) -> Result<()> {
    let mut err = screen::stderr();
    let of = |relation: Relation| found.twins.iter().filter(|twin| twin.relation == relation).count();
    let counts: Vec<String> =
        Relation::ALL.iter().map(|relation| format!("{} {}", of(*relation), relation.code())).collect();
    let Candidates { pairs, marks_too_common, blocks_too_large } = &found.candidates;
    writeln!(err, "{} accounts, {} pairs compared: {}", found.accounts, pairs.len(), counts.join(", "))?;
    if *marks_too_common != 0 {
        writeln!(err, "passed over: {marks_too_common} marks of rows that too many accounts have")?;
    }
    if *blocks_too_large != 0 {
        writeln!(err, "passed over: {blocks_too_large} banks with last digits that too many accounts have")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use cashline_core::relinks::{Agreement, Verdict};

    use super::*;

    #[test]
    fn on_a_screen_a_pair_stands_under_the_names_of_a_pair() {
        let evidence = Evidence {
            institution: Agreement::Equal,
            last4: Agreement::Unknown,
            kind: Agreement::Equal,
            days: None,
            rows_a: 40,
            rows_b: 38,
            rows_common: 37,
            amounts_common: 12,
            texts_common: 30,
            balances_compared: 0,
            balances_equal: 0,
        };
        let twin = Twin {
            account_a: "a1".to_owned(),
            account_b: "a2".to_owned(),
            holder_a: "p1".to_owned(),
            holder_b: String::new(),
            relation: Relation::Relink,
            verdict: Verdict::Certain,
            score: Some(87),
            evidence,
        };
        let text = shown(&[twin]);
        let cells = |line: &str| line.split_whitespace().collect::<Vec<&str>>().join(" ");
        let lines: Vec<String> = text.lines().map(cells).collect();
        let names = "account and account holder and holder relation verdict score rows common of and of";
        let cells = format!("a1 a2 p1 - relink {} 87 37 40 38", Verdict::Certain.code());
        assert_eq!(lines, [names.to_owned(), cells]);
    }

    #[test]
    fn batches_hold_no_more_accounts_than_they_may_and_lose_no_pair() {
        let pairs = [(0, 1), (0, 2), (3, 4), (3, 5), (6, 7)];
        assert_eq!(batches(&pairs, 3), [&pairs[..2], &pairs[2..4], &pairs[4..]]);
        assert_eq!(batches(&pairs, 5), [&pairs[..3], &pairs[3..]]);
        // A pair is never parted, however small the limit.
        assert_eq!(batches(&pairs, 1).concat(), pairs);
        assert!(batches(&[], 3).is_empty());
    }
}
