//! Forecasts against what generated accounts went on to do. Only a generator knows the days after T.

use cashline_core::{
    application::Application,
    category::taxonomy::Taxonomy,
    digest::balance::BalanceSeries,
    engine::{Engine, Session},
    forecast::Forecast,
    history::HistoryBuilder,
    ledger::{Cut, Ledger, cut},
    row::{ApplicationRow, Row},
    stream::recurring,
    time::Zone,
};

use crate::{Case, Preset, STRIPE_DEPTH_DAYS, Spec, cases};

/// Days that are lived after T.
const AHEAD: u8 = 14;

/// The ledger as of T, fourteen days before the export ends, and the one at its end, which knows how it went on.
fn ledgers(engine: &Engine, session: &mut Session, case: &Case) -> Option<(Ledger, Ledger)> {
    let mut builder = HistoryBuilder::new();
    let mut applications: Vec<ApplicationRow<'_>> = Vec::new();
    for row in case.rows() {
        match row {
            Row::Application(row) => applications.push(row),
            row => builder.push(&row),
        }
    }
    let zone = Zone::utc();
    let later = Application::from_rows(&applications, None, &zone).expect("rows agree");
    let history = engine.history(session, builder);
    let at = |application: &Application| cut(&history, &Cut { application, zone: &zone, balance_age_days_max: 7 }).ok();
    let earlier = Application { as_of: later.as_of - i64::from(AHEAD) * 86_400, ..later.clone() };
    Some((at(&earlier)?, at(&later)?))
}

/// What was foretold and what came of it.
struct Told {
    probability: f64,
    came: bool,
}

/// Foretold probabilities of a portfolio with what came of them.
#[derive(Default)]
struct Forecasts {
    /// Amounts on days: the balance closes below.
    below: Vec<Told>,
    /// Any of the days closes below zero.
    any: Vec<Told>,
}

fn tell(preset: Preset, told: &mut Forecasts) {
    let (engine, taxonomy) = (Engine::builtin().expect("the defaults are valid"), Taxonomy::builtin());
    let mut session = engine.session();
    let spec = Spec { preset, days: STRIPE_DEPTH_DAYS + i32::from(AHEAD), late_share: 0.0, ..Spec::new(21, 400) };
    for case in cases(&spec) {
        let Some((ledger, later)) = ledgers(&engine, &mut session, &case) else { continue };
        let Some(from) = ledger.covered_from else { continue };
        let streams = recurring::streams(&ledger, &taxonomy);
        let Ok(forecast) = Forecast::of(&ledger, &streams, ledger.end.0.abs_diff(from.0)) else { continue };
        let (Ok(start), Ok(truth)) = (forecast.start(), BalanceSeries::of(&later)) else { continue };
        let on = |day: u8| truth.on(ledger.end.plus(i32::from(day) - 1));
        let closings: Vec<i64> = (1..=AHEAD).filter_map(on).collect();
        // A balance or a link that T did not know: nothing to compare.
        if closings.len() < usize::from(AHEAD) || on(0).map(i128::from) != Some(start.amount) {
            continue;
        }
        for day in [3, 7, 14] {
            for amount in [0, 25_000, 100_000, 300_000] {
                let probability = forecast.probability_below(amount, day).expect("there is a start");
                told.below.push(Told { probability, came: closings[usize::from(day) - 1] < amount });
            }
        }
        let probability = forecast.probability_any_negative(AHEAD).expect("there is a start");
        told.any.push(Told { probability, came: closings.iter().any(|closing| *closing < 0) });
    }
}

/// Five bins of probability: how many, the mean that was foretold, and the share that came about.
fn bins(told: &[Told]) -> Vec<(usize, f64, f64)> {
    let bin = |at: u32| {
        let inside =
            |one: &&Told| (0..4).filter(|edge| f64::from(edge + 1) / 5.0 <= one.probability).count() == at as usize;
        let rows: Vec<&Told> = told.iter().filter(inside).collect();
        let count = rows.len().max(1) as f64;
        let mean = rows.iter().map(|one| one.probability).sum::<f64>() / count;
        (rows.len(), mean, rows.iter().filter(|one| one.came).count() as f64 / count)
    };
    (0..5).map(bin).collect()
}

/// Mean squared distance of the probabilities from what came.
fn brier(told: &[Told]) -> f64 {
    let distance = |one: &Told| one.probability - f64::from(u8::from(one.came));
    told.iter().map(|one| distance(one) * distance(one)).sum::<f64>() / told.len() as f64
}

#[test]
fn balances_fall_below_amounts_about_as_often_as_foretold() {
    let mut told = Forecasts::default();
    for preset in [Preset::Prime, Preset::SubprimeGig, Preset::Smb] {
        tell(preset, &mut told);
    }
    assert!(1_100 < told.any.len(), "{} of 1,200 can be compared", told.any.len());
    // The amounts and days of one account go together, so that a bin is worth fewer than it counts.
    for (told, few) in [(&told.below, 200), (&told.any, 50)] {
        let bins = bins(told);
        let off = |bin: &&(usize, f64, f64)| few <= bin.0 && 0.15 < (bin.1 - bin.2).abs();
        assert!(!bins.iter().any(|bin| off(&bin)), "(count, told, came): {bins:.3?}");
        // Not only right on average: the probabilities tell accounts apart.
        let rate = told.iter().filter(|one| one.came).count() as f64 / told.len() as f64;
        let (brier, blind) = (brier(told), rate * (1.0 - rate));
        assert!(brier < blind / 2.0, "{brier:.4} against {blind:.4} without a model; {bins:.3?}");
    }
}
