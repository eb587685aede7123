//! The probability of a payment to come: counted on generated lives that nothing else is measured on, shipped, and held against
//! other lives.
//!
//! A life is cut 45 days before its end, `upcoming` is asked as of then, and the rows of those 45 days tell what came: a
//! payment came when money of the same payer or payee moved the same way within the tolerance of the cadence of its date, on the
//! day nearest to it; it lay in the band when that day's sum did.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    sync::OnceLock,
};

use cashline_core::{
    application::Application,
    assessment::Status,
    engine::{Enriched, EnrichedStream, RowState, Upcoming, UpcomingStatus},
    history::HistoryBuilder,
    row::Row,
    time::{Day, Zone},
};
use cashline_synth::lives::{self, LIFE_DAYS};

use crate::support::{engine, workspace};

/// Seeds of the lives that the shipped shares are counted on, and of those that they are held against; no detector and no other
/// figure was looked at on either.
const COUNTED: [u64; 3] = [61, 67, 73];
const HELD: u64 = 79;
const LIVES: u64 = 500;
/// Days that `upcoming` looks ahead, as by default, and days of which it is known what came.
const DAYS: u16 = 30;
const KNOWN: i32 = 45;
/// Payments of a cell below which it says nothing of its own.
const CELL_MIN: u64 = 40;

const SHORT: [&str; 4] = ["weekly", "biweekly", "semi_monthly", "four_weekly"];
const MONTHLY: [&str; 2] = ["monthly_by_day", "monthly_by_weekday"];
const LONG: [&str; 2] = ["quarterly", "annual"];
/// Payments from which a history of that length counts.
const PAYMENTS: [u64; 6] = [2, 3, 4, 5, 7, 13];

/// A payment that was foretold, and what came.
struct Foretold {
    standing: &'static str,
    cadence: &'static str,
    payments: u64,
    is_fixed: bool,
    came: bool,
    in_band: bool,
    /// As the engine states them.
    stated: (f64, f64),
    /// The stream: its payments go together.
    stream: String,
}

fn standing(stream: &EnrichedStream, status: UpcomingStatus) -> &'static str {
    match status {
        UpcomingStatus::Late => "late",
        UpcomingStatus::Doubtful => "overdue",
        UpcomingStatus::Expected => stream.state.code(),
    }
}

fn of_life(seed: u64, index: u64) -> Vec<Foretold> {
    let end = Day::from_civil(2025, 7, 1).plus(i32::try_from(index * 37 % 365).unwrap());
    let life = lives::life(seed, index, LIFE_DAYS, end).cut(180 + KNOWN);
    let (mut rows, mut applications) = (HistoryBuilder::new(), vec![]);
    for row in life.rows() {
        match row {
            Row::Application(row) => applications.push(row),
            other => rows.push(&other),
        }
    }
    let later = Application::from_rows(&applications, None, &Zone::utc()).unwrap();
    let earlier = Application { as_of: later.as_of - i64::from(KNOWN) * 86_400, ..later.clone() };
    let history = engine().history(&mut engine().session(), rows);
    let known = engine().enriched(&history, &later, Status::Scored, DAYS);
    let asked = engine().enriched(&history, &earlier, Status::Scored, DAYS);
    // What moved after T by counterparty and way, a sum a day.
    let t = end.plus(-KNOWN);
    let mut moved: BTreeMap<(&str, bool), BTreeMap<Day, i64>> = BTreeMap::new();
    for row in known.transactions.iter().filter(|row| row.state == RowState::Posted && t <= row.row.day) {
        let key = (row.merchant.key.as_str(), 0 < row.row.amount_minor);
        *moved.entry(key).or_default().entry(row.row.day).or_default() += row.row.amount_minor;
    }
    let judged = |one: &Upcoming| judge(&asked, one, &moved);
    asked
        .upcoming
        .iter()
        .map(judged)
        .map(|one| Foretold { stream: format!("{seed} {index} {}", one.stream), ..one })
        .collect()
}

fn judge(asked: &Enriched, one: &Upcoming, moved: &BTreeMap<(&str, bool), BTreeMap<Day, i64>>) -> Foretold {
    let stream = &asked.streams[one.stream];
    let (due, tolerance) = (one.due.date, stream.cadence.tolerance());
    let days = moved.get(&(stream.merchant.key.as_str(), 0 < stream.next_amount));
    let near = days.into_iter().flat_map(|days| days.range(due.plus(-tolerance)..=due.plus(tolerance)));
    let nearest = near.min_by_key(|(day, _)| ((day.0 - due.0).abs(), **day));
    Foretold {
        standing: standing(stream, one.status),
        cadence: stream.cadence.code(),
        payments: stream.payments,
        is_fixed: stream.low == stream.high,
        came: nearest.is_some(),
        in_band: nearest.is_some_and(|(_, sum)| (stream.low..=stream.high).contains(sum)),
        stated: (one.probability.unwrap(), one.probability_in_band.unwrap()),
        stream: stream.id.clone(),
    }
}

fn all(seeds: &[u64]) -> Vec<Foretold> {
    let lives = seeds.iter().flat_map(|seed| (0..LIVES).map(|index| (*seed, index)));
    lives.flat_map(|(seed, index)| of_life(seed, index)).collect()
}

fn payments_min(payments: u64) -> u64 {
    PAYMENTS.into_iter().rev().find(|least| *least <= payments).unwrap_or(0)
}

/// The shipped file, as the counted lives have it.
fn counted() -> String {
    let all = all(&COUNTED);
    let mut dates: BTreeMap<(&str, usize, u64), [u64; 2]> = BTreeMap::new();
    let mut amounts: BTreeMap<(bool, u64), [u64; 2]> = BTreeMap::new();
    let groups: [&[&str]; 4] = [&[], &SHORT, &MONTHLY, &LONG];
    for one in &all {
        let group = groups.iter().position(|group| group.contains(&one.cadence)).unwrap();
        let least = payments_min(one.payments);
        for cell in BTreeSet::from([(0, 0), (0, least), (group, least)]) {
            let cell = dates.entry((one.standing, cell.0, cell.1)).or_default();
            *cell = [cell[0] + 1, cell[1] + u64::from(one.came)];
        }
        if one.came {
            for least in BTreeSet::from([0, least]) {
                let cell = amounts.entry((one.is_fixed, least)).or_default();
                *cell = [cell[0] + 1, cell[1] + u64::from(one.in_band)];
            }
        }
    }
    let mut out = format!(
        "# How often streams kept the dates of their next payments, and their amounts: counts that `enrich` makes probabilities of, by\n\
         # (count + 1) / (all + 2). Rewritten by `UPDATE=1 cargo nextest run --release --test integration probability`.\n\
         source = \"generated lives (cashline_synth::lives), seeds {COUNTED:?}, {LIVES} each: 180 days of history, and the {DAYS} days after it; \
         no real payment was seen\"\n\ndates = [\n"
    );
    for ((standing, group, least), [of, came]) in dates {
        if of < CELL_MIN && (group, least) != (0, 0) {
            continue;
        }
        let cadences = groups[group];
        writeln!(
            out,
            "    {{ standing = \"{standing}\", cadences = {cadences:?}, payments_min = {least}, of = {of}, came = {came} }},"
        )
        .unwrap();
    }
    out += "]\n\namounts = [\n";
    for ((is_fixed, least), [of, in_band]) in amounts {
        if CELL_MIN <= of || least == 0 {
            writeln!(out, "    {{ is_fixed = {is_fixed}, payments_min = {least}, of = {of}, in_band = {in_band} }},")
                .unwrap();
        }
    }
    out + "]\n"
}

#[test]
fn the_shipped_shares_are_those_of_the_lives_that_they_name() {
    let (path, counted) = (workspace().join("crates/core/defaults/upcoming.toml"), counted());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &counted).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), counted, "stale: run once with UPDATE=1");
}

/// Foretold and seen in bins of what was stated: the count, the mean that was stated, the share that came, and the interval around
/// what was stated in which 99 of 100 such shares lie. Payments of one stream go together, so the streams are what is counted.
fn bins(all: &[(f64, bool, &str)], name: &str) -> bool {
    let mut bins: BTreeMap<u32, Vec<&(f64, bool, &str)>> = BTreeMap::new();
    for one in all {
        // Most is stated between 0.8 and 1: bins are finer there.
        let edges = [0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.975];
        let bin = edges.iter().filter(|edge| **edge <= one.0).count();
        bins.entry(u32::try_from(bin).unwrap()).or_default().push(one);
    }
    let mut is_calibrated = true;
    for rows in bins.values() {
        let count = rows.len() as f64;
        let stated = rows.iter().map(|one| one.0).sum::<f64>() / count;
        let seen = rows.iter().filter(|one| one.1).count() as f64 / count;
        let streams = rows.iter().map(|one| one.2).collect::<BTreeSet<_>>().len() as f64;
        let half = 2.576 * (stated * (1.0 - stated) / streams).sqrt();
        eprintln!(
            "{name}: {count} payments of {streams} streams, stated {stated:.3}, seen {seen:.3}, within {half:.3}: {}",
            if (seen - stated).abs() <= half { "yes" } else { "NO" }
        );
        // A bin of few streams is no test of a share.
        is_calibrated &= streams < 30.0 || (seen - stated).abs() <= half;
    }
    is_calibrated
}

/// The two probabilities by the rows of the shipped file: the row of the cadence before that of all, more payments before fewer.
fn by_the_file(one: &Foretold) -> (f64, f64) {
    static FILE: OnceLock<toml::Table> = OnceLock::new();
    let file = FILE.get_or_init(|| {
        let text = fs::read_to_string(workspace().join("crates/core/defaults/upcoming.toml")).unwrap();
        text.parse().unwrap()
    });
    let whole = |row: &toml::Value, name: &str| row[name].as_integer().unwrap();
    let payments = i64::try_from(one.payments).unwrap();
    let best = |name: &str, fits: &dyn Fn(&toml::Value) -> bool| {
        let rows = file[name].as_array().unwrap().iter();
        let fitting = rows.filter(|row| fits(row) && whole(row, "payments_min") <= payments);
        fitting.max_by_key(|row| whole(row, "payments_min"))
    };
    let of_standing = |row: &toml::Value| row["standing"].as_str() == Some(one.standing);
    let cadences = |row: &toml::Value| row["cadences"].as_array().unwrap().clone();
    let of_cadence = |row: &toml::Value| cadences(row).iter().any(|name| name.as_str() == Some(one.cadence));
    let dates = best("dates", &|row| of_standing(row) && of_cadence(row))
        .or_else(|| best("dates", &|row| of_standing(row) && cadences(row).is_empty()))
        .unwrap();
    let amounts = best("amounts", &|row| row["is_fixed"].as_bool() == Some(one.is_fixed)).unwrap();
    let share = |part: i64, of: i64| (part + 1) as f64 / (of + 2) as f64;
    let comes = share(whole(dates, "came"), whole(dates, "of"));
    (comes, comes * share(whole(amounts, "in_band"), whole(amounts, "of")))
}

/// The lives that were not counted, once for both tests.
fn held() -> &'static [Foretold] {
    static HELD_APART: OnceLock<Vec<Foretold>> = OnceLock::new();
    HELD_APART.get_or_init(|| all(&[HELD]))
}

#[test]
fn the_engine_states_what_the_file_says() {
    for one in held() {
        let (said, stated) = (by_the_file(one), one.stated);
        assert!((said.0 - stated.0).abs() < 1e-6 && (said.1 - stated.1).abs() < 1e-6, "{said:?} {stated:?}");
    }
}

#[test]
fn what_is_stated_of_payments_to_come_is_what_came_on_lives_that_were_not_counted() {
    let all = held();
    assert!(5_000 < all.len(), "{}", all.len());
    let (mut dates, mut bands) = (vec![], vec![]);
    for one in all {
        let (comes, in_band) = by_the_file(one);
        dates.push((comes, one.came, one.stream.as_str()));
        bands.push((in_band, one.in_band, one.stream.as_str()));
    }
    let is_right = [bins(&dates, "came"), bins(&bands, "came in the band")];
    assert_eq!(is_right, [true, true]);
}
