//! What the engine makes of planted truth. Only tests know both sides.

use cashline_core::{
    application::Application,
    assessment::{Assessment, Status},
    engine::{Engine, Session},
    history::HistoryBuilder,
    row::{ApplicationRow, Row},
    time::Zone,
};

use crate::{Case, Preset, Spec, cases, personas, tests::auc};

fn assess(engine: &Engine, session: &mut Session, case: &Case) -> Assessment {
    let mut builder = HistoryBuilder::new();
    let mut applications: Vec<ApplicationRow<'_>> = Vec::new();
    for row in case.rows() {
        match row {
            Row::Application(row) => applications.push(row),
            row => builder.push(&row),
        }
    }
    let application = Application::from_rows(&applications, None, &Zone::utc()).expect("rows agree");
    let history = engine.history(session, builder);
    engine.assess(session, &history, &application)
}

#[test]
fn personas_come_out_in_the_order_that_their_readme_says() {
    let engine = Engine::builtin().expect("the defaults are valid");
    let mut session = engine.session();
    let mut scored: Vec<(u32, i64, &str)> = Vec::new();
    for persona in personas() {
        let answer = assess(&engine, &mut session, &persona.case);
        match persona.place {
            Some(place) => scored.push((place, answer.score.unwrap_or(-1), persona.name)),
            None if persona.name == "thin" => assert_eq!(answer.status, Status::InsufficientHistory),
            None => assert_eq!(answer.status, Status::OutOfPopulation),
        }
    }
    scored.sort_unstable();
    // A card that is paid in full counts as payments of debt, so the first two come level.
    let in_order = |pair: &[(u32, i64, &str)]| match pair[0].0 {
        1 => pair[1].1 == pair[0].1,
        _ => pair[1].1 < pair[0].1,
    };
    assert!(scored.windows(2).all(in_order), "{scored:?}");
}

#[test]
fn the_expert_card_sees_the_planted_risk_and_not_all_of_it() {
    let engine = Engine::builtin().expect("the defaults are valid");
    let mut session = engine.session();
    let mut rows: Vec<(f64, bool)> = Vec::new();
    for case in cases(&Spec { preset: Preset::Mixed, ..Spec::new(5, 2_000) }) {
        if let Some(score) = assess(&engine, &mut session, &case).score {
            rows.push((-score as f64, case.truth.outcome));
        }
    }
    let auc = auc(&mut rows);
    // Aimed at 0.75 to 0.85; with some 160 bad outcomes the standard error is about 0.02.
    assert!(0.70 < auc && auc < 0.88, "{auc:.3}");
}
