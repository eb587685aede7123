//! What the rows around a row say of it, on lives in which rent and wages were planted under texts that say neither.
//!
//! Each life loses the home it was drawn with, and half of them the words of its wages. What stands in their place is drawn
//! here, apart from the rules, and so are the payments that only look like it: help for a family, a car bought from a
//! neighbour, a roommate's share of the bills, a savings club, money that a former spouse sends.
#![expect(clippy::print_stderr, reason = "the counts behind what is asserted")]

use std::{collections::BTreeMap, sync::Arc};

use cashline_core::{
    application::Application,
    engine::{Engine, Session},
    history::HistoryBuilder,
    row::Row,
    time::{Day, Zone},
};

use crate::{
    draw::{Domain, Draw, scaled},
    lives::{Life, Mark, Schedule, StreamKind, banking_days_from, is_banking_day, life},
    words,
};

const LIVES: u64 = 1_500;
const DAYS: i32 = 180;

/// What a planted series of payments is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Planted {
    /// Rent to a person by an app, and by cheque.
    RentToPerson,
    RentByCheque,
    /// Rent to a person, in dollars and cents as they come.
    OddRent,
    /// A round sum to a parent or child, every month.
    FamilyHelp,
    /// A car paid off to a neighbour, a round sum every month.
    PrivateCar,
    /// The share of the bills, every month another sum.
    RoommateBills,
    /// A round sum every week into a savings club.
    SavingsClub,
    /// Wages of an employer whose text says nothing.
    PlainWages,
    /// Money of a former spouse, every other week or every month, without a word.
    Support,
    /// What a small client pays now and then.
    Client,
}

impl Planted {
    fn is_rent(self) -> bool {
        matches!(self, Planted::RentToPerson | Planted::RentByCheque | Planted::OddRent)
    }
}

/// A life with what was planted in it, by transaction.
struct Ledgered {
    life: Life,
    planted: BTreeMap<String, Planted>,
}

/// Days of a month's payment by hand: at most three days early, four late, on banking days.
fn monthly(draw: &mut Draw, life: &Life, steady: bool) -> Vec<Day> {
    let due = *draw.pick(&[1, 1, 1, 1, 2, 3, 5, 10, 15, 28]);
    let days =
        crate::lives::Calendar { schedule: Schedule::MonthlyByDay(due), roll: crate::lives::Roll::After, early: 0 };
    let days = days.days(life.start, life.end());
    let shift = |draw: &mut Draw| if steady { 0 } else { i32::try_from(draw.between(-2, 3)).unwrap_or(0) };
    days.into_iter()
        .map(|day| settle(day.plus(shift(draw))))
        .filter(|day| life.start <= *day && *day < life.end())
        .collect()
}

/// The day itself, or the banking day after it.
fn settle(day: Day) -> Day {
    if is_banking_day(day) { day } else { banking_days_from(day, 1) }
}

fn every(draw: &mut Draw, life: &Life, days: i32) -> Vec<Day> {
    let first = i32::try_from(draw.below(usize::try_from(days).unwrap_or(1))).unwrap_or(0);
    (0..)
        .map(|at| life.start.plus(first + at * days))
        .take_while(|day| *day < life.end())
        .map(settle)
        .filter(|day| *day < life.end())
        .collect()
}

fn person(draw: &mut Draw) -> String {
    words::person(draw).to_uppercase()
}

/// A family name.
fn family(draw: &mut Draw) -> String {
    words::person(draw).split(' ').next_back().unwrap_or_default().to_owned()
}

/// How this bank writes a payment to a person, without its numbers.
fn to_person(draw: &mut Draw, name: &str) -> impl Fn(&mut Draw) -> String + use<> {
    let (kind, name) = (draw.below(4), name.to_owned());
    move |draw| {
        let number = draw.between(100_000_000, 999_999_999);
        match kind {
            0 => format!("ZELLE PAYMENT TO {name} CONF# {number}"),
            1 => format!("Zelle to {name} on 03/{:02} Ref # {number}", draw.between(10, 28)),
            2 => format!("VENMO PAYMENT {number} {name}"),
            _ => format!("CASH APP*{name}"),
        }
    }
}

/// Adds a series of payments.
fn add(
    one: &mut Ledgered,
    kind: Planted,
    days: &[Day],
    draw: &mut Draw,
    mut amount: impl FnMut(&mut Draw, usize) -> i64,
    text: impl Fn(&mut Draw) -> String,
) {
    let Some(pattern) = one.life.transactions.first().cloned() else { return };
    let account = Arc::clone(&one.life.accounts[0].id);
    for (at, day) in days.iter().enumerate() {
        let second = i64::from(day.0) * 86_400 + 36_000 + draw.between(0, 9_999);
        let id = format!("{}_{kind:?}_{at}", one.life.application.application_id);
        let mut row = pattern.clone();
        row.id.clone_from(&id);
        row.account = Arc::clone(&account);
        row.amount = amount(draw, at);
        row.description = text(draw);
        (row.transacted_at, row.posted_at, row.updated) = (second, Some(second), second);
        one.life.transactions.push(row);
        one.life.marks.push(Mark::Transfer);
        one.planted.insert(id, kind);
    }
}

/// A life without a home, with what is paid and received instead.
fn plant(seed: u64, index: u64) -> Option<Ledgered> {
    let mut life = life(seed, index, DAYS, Day::from_civil(2026, 7, 6));
    let home = |mark: &Mark| match mark {
        Mark::Obligation(at) => matches!(life.truth.obligations[*at].kind, StreamKind::Rent | StreamKind::Mortgage),
        _ => false,
    };
    let keep: Vec<bool> = life.marks.iter().map(|mark| !home(mark)).collect();
    let income: i64 = life.transactions.iter().map(|row| row.amount.max(0)).sum();
    let is_person = life.truth.payers.iter().any(|payer| payer.kind == StreamKind::Payroll);
    if !is_person || life.transactions.is_empty() {
        return None;
    }
    let mut at = keep.iter();
    life.transactions.retain(|_| at.next().copied().unwrap_or(true));
    let mut at = keep.iter();
    life.marks.retain(|_| at.next().copied().unwrap_or(true));
    let mut one = Ledgered { life, planted: BTreeMap::new() };
    let draw = &mut Draw::of(seed ^ 0xC0_47E7, index, Domain::Plan);
    paid(&mut one, income / 6, draw);
    received(&mut one, income / 6, draw);
    Some(one)
}

/// The payments out.
fn paid(one: &mut Ledgered, monthly_income: i64, draw: &mut Draw) {
    // A quarter to two fifths of the month's money.
    let rent = scaled(monthly_income, 0.25 + 0.15 * draw.unit());
    let round = |amount: i64, to: i64| (amount / to).max(1) * to;
    let (step, name, steady) = (*draw.pick(&[500, 2_500, 5_000, 10_000]), person(draw), draw.chance(0.5));
    let rises = draw.chance(0.2).then(|| draw.below(6));
    let rent_at =
        move |at: usize| -round(rent, step) - rises.filter(|from| *from <= at).map_or(0, |_| round(rent / 20, step));
    let kind = draw.unit();
    let days = monthly(draw, &one.life, steady);
    if kind < 0.35 {
        let text = to_person(draw, &name);
        add(one, Planted::RentToPerson, &days, draw, |_, at| rent_at(at), text);
    } else if kind < 0.55 {
        let first = draw.between(101, 4_000);
        let text = move |draw: &mut Draw| format!("CHECK {}", first + draw.between(0, 60));
        add(one, Planted::RentByCheque, &days, draw, |_, at| rent_at(at), text);
    } else if kind < 0.65 {
        let (text, odd) = (to_person(draw, &name), -rent - draw.between(1, 99));
        add(one, Planted::OddRent, &days, draw, |_, _| odd, text);
    }
    if draw.chance(0.25) {
        let (amount, name) = (-round(draw.between(5_000, 40_000), 5_000), person(draw));
        let (days, text) = (monthly(draw, &one.life, steady), to_person(draw, &name));
        add(one, Planted::FamilyHelp, &days, draw, |_, _| amount, text);
    }
    if draw.chance(0.08) {
        let (amount, name) = (-round(draw.between(20_000, 45_000), 2_500), person(draw));
        let (days, text) = (monthly(draw, &one.life, true), to_person(draw, &name));
        add(one, Planted::PrivateCar, &days, draw, |_, _| amount, text);
    }
    if draw.chance(0.2) {
        let (bills, name) = (draw.between(9_000, 30_000), person(draw));
        let (days, text) = (monthly(draw, &one.life, false), to_person(draw, &name));
        add(one, Planted::RoommateBills, &days, draw, |draw, _| -draw.amount(bills, 0.15), text);
    }
    if draw.chance(0.06) {
        let (amount, name) = (-round(draw.between(5_000, 20_000), 5_000), person(draw));
        let (days, text) = (every(draw, &one.life, 7), to_person(draw, &name));
        add(one, Planted::SavingsClub, &days, draw, |_, _| amount, text);
    }
}

/// The payments in.
fn received(one: &mut Ledgered, monthly_income: i64, draw: &mut Draw) {
    let number = |draw: &mut Draw| draw.between(1_000_000, 9_999_999);
    if draw.chance(0.5) {
        // The employer is a name nobody knows, and the entry a word that says nothing.
        let payroll = |mark: &Mark| match mark {
            Mark::Payer(at) => one.life.truth.payers[*at].kind == StreamKind::Payroll,
            _ => false,
        };
        let rows: Vec<usize> = (0..one.life.marks.len()).filter(|at| payroll(&one.life.marks[*at])).collect();
        let mut names: BTreeMap<usize, (String, usize)> = BTreeMap::new();
        for at in rows {
            let Mark::Payer(payer) = one.life.marks[at] else { continue };
            let (name, kind) = names.entry(payer).or_insert_with(|| {
                (
                    format!("{} {}", family(draw), draw.pick(&["AND SONS", "GROUP", "BROS INC", "HOLDINGS"]))
                        .to_uppercase(),
                    draw.below(3),
                )
            });
            one.life.transactions[at].description = match kind {
                0 => format!("ACH CREDIT {name} {}", number(draw)),
                1 => format!("{name} ID:{}", number(draw)),
                _ => name.clone(),
            };
            one.planted.insert(one.life.transactions[at].id.clone(), Planted::PlainWages);
        }
    }
    if draw.chance(0.12) {
        let days = if draw.chance(0.5) { every(draw, &one.life, 14) } else { monthly(draw, &one.life, true) };
        let (amount, name) = (scaled(monthly_income, 0.05 + 0.2 * draw.unit()), person(draw));
        add(one, Planted::Support, &days, draw, |_, _| amount, move |draw| format!("{name} {}", number(draw)));
    }
    if draw.chance(0.12) {
        let name = format!("{} PARTNERS", family(draw)).to_uppercase();
        let mut days: Vec<Day> =
            (0..7).map(|_| settle(one.life.start.plus(i32::try_from(draw.below(170)).unwrap_or(0)))).collect();
        days.sort_unstable();
        days.dedup();
        let median = scaled(monthly_income, 0.15);
        add(
            one,
            Planted::Client,
            &days,
            draw,
            |draw, _| draw.amount(median, 0.5),
            move |draw| format!("ACH CREDIT {name} {}", number(draw)),
        );
    }
}

/// Rows of a kind whose text leaves open what they are, and what the rows around them made of those.
#[derive(Default, Debug)]
struct Count {
    open: usize,
    became: BTreeMap<String, usize>,
}

impl Count {
    fn became(&self, purpose: &str) -> usize {
        self.became.get(purpose).copied().unwrap_or(0)
    }
}

type Counts = BTreeMap<Option<Planted>, Count>;

fn judged(engine: &Engine, session: &mut Session, one: &Ledgered, counts: &mut Counts) {
    let mut builder = HistoryBuilder::new();
    let mut applications = vec![];
    for row in one.life.rows() {
        match row {
            Row::Application(row) => applications.push(row),
            row => builder.push(&row),
        }
    }
    let application = Application::from_rows(&applications, None, &Zone::utc()).expect("rows agree");
    let history = engine.history(session, builder);
    let ledger = engine.ledger(&history, &application).expect("lives are read");
    let taxonomy = engine.categoriser().taxonomy();
    for row in &ledger.rows {
        let kind = one.planted.get(history.id(row.index)).copied();
        let purpose = &taxonomy.info(row.label.purpose).name;
        let is_refined = row.label.rule.as_context().is_some() && !row.internal;
        // Some of the plain wages are known by words that banks put before the name.
        if kind == Some(Planted::PlainWages) && !is_refined && purpose != "unknown" {
            continue;
        }
        let count = counts.entry(kind).or_default();
        count.open += 1;
        if is_refined {
            *count.became.entry(purpose.clone()).or_default() += 1;
        }
    }
}

/// The share of planted rows that became `purpose`, and the share of rows that became it which were planted so.
fn recall_and_precision(counts: &Counts, purpose: &str, is_it: impl Fn(Planted) -> bool) -> (f64, f64) {
    let planted = |kind: &Option<Planted>| kind.is_some_and(&is_it);
    let open: usize = counts.iter().filter(|(kind, _)| planted(kind)).map(|(_, count)| count.open).sum();
    let right: usize = counts.iter().filter(|(kind, _)| planted(kind)).map(|(_, count)| count.became(purpose)).sum();
    let all: usize = counts.values().map(|count| count.became(purpose)).sum();
    (right as f64 / open as f64, right as f64 / all as f64)
}

// The limits of the rules were chosen on seeds 61 and 62; these are others.
#[test]
fn rent_and_wages_that_no_text_tells_are_told_by_the_rows_around_them() {
    let engine = Engine::builtin().expect("shipped files agree");
    let mut session = engine.session();
    for seed in [63, 64] {
        let mut counts = Counts::new();
        (0..LIVES)
            .filter_map(|index| plant(seed, index))
            .for_each(|one| judged(&engine, &mut session, &one, &mut counts));
        for (kind, count) in &counts {
            eprintln!("seed {seed}, {kind:?}: {count:?}");
        }
        let rent = recall_and_precision(&counts, "rent", Planted::is_rent);
        let wages = recall_and_precision(&counts, "income_salary", |kind| kind == Planted::PlainWages);
        eprintln!("seed {seed}, (recall, precision): rent {rent:.3?}, wages {wages:.3?}");
        // Odd rents are never told; they are a sixth of all. A wage that varies with bonuses is often not.
        assert!(0.75 <= rent.0 && 0.93 <= rent.1, "{rent:?}");
        assert!(0.6 <= wages.0 && 0.85 <= wages.1, "{wages:?}");
        let others = counts.iter().filter(|(kind, _)| kind.is_none_or(|kind| kind == Planted::Client));
        others.for_each(|(kind, count)| assert_eq!(count.became.len(), 0, "{kind:?}: {count:?}"));
    }
}
