//! The four laws and the fairness rules, on generated applications, through the library door.

use cashline_core::{
    application::Application,
    assessment::{Assessment, Side, Status},
    engine::Engine,
    history::HistoryBuilder,
    ledger::BalanceMode,
    row::{ApplicationRow, Row, TransactionStatus},
    time::Zone,
};
use cashline_synth::{Case, IncomeText, Preset, Spec, case, cases};
use proptest::prelude::*;

use crate::support::engine;

/// One case through the library, as a lending service would.
pub fn assess(engine: &Engine, case: &Case) -> Assessment {
    let mut session = engine.session();
    let mut rows = HistoryBuilder::new();
    let mut applications: Vec<ApplicationRow<'_>> = vec![];
    for row in case.rows() {
        match row {
            Row::Application(row) => applications.push(row),
            other => rows.push(&other),
        }
    }
    let application = Application::from_rows(&applications, None, &Zone::utc()).unwrap();
    let history = engine.history(&mut session, rows);
    engine.assess(&mut session, &history, &application)
}

fn spec(seed: u64, preset: Preset) -> Spec {
    Spec { preset, ..Spec::new(seed, 1) }
}

/// A seed and a population: what a failure prints, and all that it takes to make the case again.
fn any_case() -> impl Strategy<Value = (u64, Preset)> {
    let preset = prop_oneof![Just(Preset::Prime), Just(Preset::SubprimeGig), Just(Preset::Thin), Just(Preset::Mixed)];
    (any::<u64>(), preset)
}

fn drawn((seed, preset): (u64, Preset)) -> Case {
    case(&spec(seed, preset), 0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Law 1, at the library's door: the order of rows is no information.
    #[test]
    fn shuffled_rows_change_nothing(drawn_from in any_case(), seed in any::<u64>()) {
        let case = drawn(drawn_from);
        prop_assert_eq!(assess(engine(), &case), assess(engine(), &case.shuffled(seed)));
    }

    /// Law 2: rows that nobody could know at T change no score. Under `strict`, anything from T on; the counts of rows not
    /// visible are all that may differ.
    #[test]
    fn what_is_known_only_after_t_changes_no_score(drawn_from in any_case(), days in 0_i64..20, amount in -90_000_i64..90_000) {
        let case = drawn(drawn_from);
        let before = assess(engine(), &case);
        prop_assume!(before.balance_mode != BalanceMode::Reconstruct);
        let mut later = case.clone();
        let t = i64::from(case.as_of().0) * 86_400;
        for (at, account) in case.accounts.iter().enumerate() {
            let Some(model) = case.transactions.iter().find(|row| row.account == account.id) else { continue };
            let mut row = model.clone();
            row.id = format!("{}_later_{at}", row.id);
            row.amount = amount;
            row.status = TransactionStatus::Posted;
            row.transacted_at = t + days * 86_400;
            row.posted_at = Some(row.transacted_at);
            row.updated = row.transacted_at;
            later.transactions.push(row);
            later.tags.push(case.tags[0]);
        }
        prop_assert_eq!(comparable(before), comparable(assess(engine(), &later)));
    }

    /// Law 4: base and points make the score, and reasons are differences of points to the neutral ones.
    #[test]
    fn points_add_up_to_the_score(drawn_from in any_case()) {
        let case = drawn(drawn_from);
        let answer = assess(engine(), &case);
        if let Some(score) = answer.score {
            let points: i64 = answer.characteristics.iter().map(|one| one.points).sum();
            prop_assert_eq!(answer.base_points + points, score);
            prop_assert!((0..=1_000).contains(&score));
        }
        for reason in &answer.reasons {
            match reason.side {
                Side::Adverse => prop_assert!(reason.points <= 0.0),
                Side::Positive => prop_assert!(0.0 < reason.points),
            }
            let found = answer.characteristics.iter().find(|one| one.attribute == reason.attribute);
            if let Some(one) = found {
                #[expect(clippy::cast_precision_loss, reason = "points are small")]
                let lost = one.points as f64 - one.baseline;
                prop_assert_eq!(reason.points, lost);
                prop_assert!(one.value.is_ok() || reason.side == Side::Positive || reason.code == "history_length",
                    "a missing value earns no adverse reason as if observed: {:?}", reason);
            }
        }
    }

    /// The source of income is no factor: the same dates and amounts under other payers' texts score the same.
    #[test]
    fn payroll_gig_benefits_and_pension_score_the_same(drawn_from in any_case()) {
        let case = drawn(drawn_from);
        let answers: Vec<Assessment> =
            IncomeText::ALL.iter().map(|kind| assess(engine(), &case.with_income_text(*kind))).collect();
        for answer in &answers[1..] {
            prop_assert_eq!(judged(answer), judged(&answers[0]));
        }
    }

    /// Two benefit streams against one of the same total and dates.
    #[test]
    fn the_number_of_benefit_streams_is_no_factor(drawn_from in any_case(), parts in 20_i64..80) {
        let case = drawn(drawn_from);
        let one = assess(engine(), &case.with_income_text(IncomeText::Benefit));
        let two = assess(engine(), &case.with_income_split(IncomeText::Benefit, parts));
        prop_assert_eq!(judged(&one), judged(&two));
    }

    /// Names of people and accounts are no factor.
    #[test]
    fn names_are_no_factor(drawn_from in any_case(), seed in any::<u64>()) {
        let case = drawn(drawn_from);
        prop_assert_eq!(judged(&assess(engine(), &case)), judged(&assess(engine(), &case.with_names(seed))));
    }
}

/// Status, score, band, and each reason with its points.
type Judged = (Status, Option<i64>, Option<String>, Vec<(String, f64)>);

/// What a decision rests on.
fn judged(answer: &Assessment) -> Judged {
    let reasons = answer.reasons.iter().map(|reason| (reason.code.clone(), reason.points)).collect();
    (answer.status, answer.score, answer.band.clone(), reasons)
}

/// An answer without the counts of rows that were seen and not used.
fn comparable(mut answer: Assessment) -> Assessment {
    answer.counts = Default::default();
    answer
}

#[test]
fn less_history_shifts_scores_little() {
    let portfolio = Spec { preset: Preset::Mixed, ..Spec::new(20_261_122, 600) };
    let mut shifts: Vec<i64> = vec![];
    for case in cases(&portfolio) {
        let (full, short) = (assess(engine(), &case), assess(engine(), &case.cut(90)));
        if let (Some(full), Some(short)) = (full.score, short.score) {
            shifts.push(short - full);
        }
    }
    shifts.sort_unstable();
    assert!(300 < shifts.len(), "only {} scored twice", shifts.len());
    #[expect(clippy::cast_precision_loss, reason = "a few hundred small numbers")]
    let mean = shifts.iter().sum::<i64>() as f64 / shifts.len() as f64;
    let median = shifts[shifts.len() / 2];
    eprintln!("180 to 90 days, {} applications: median shift {median}, mean {mean:.2}", shifts.len());
    assert!(median.abs() <= 15, "median shift {median}");
    assert!(mean.abs() <= 5.0, "mean shift {mean}");
}

#[test]
fn at_60_days_the_policy_decides_and_below_there_is_no_score() {
    let portfolio = Spec { preset: Preset::Prime, ..Spec::new(5, 40) };
    let (mut at_62, mut at_55) = (0, 0);
    for case in cases(&portfolio) {
        at_62 += u32::from(assess(engine(), &case.cut(62)).status == Status::Scored);
        at_55 += u32::from(assess(engine(), &case.cut(55)).status == Status::Scored);
    }
    assert!(30 <= at_62, "{at_62} of 40 scored with 62 days");
    assert_eq!(at_55, 0, "the default minimum is 60 days");
}

#[test]
fn an_expert_card_ranks_planted_risk() {
    let portfolio = Spec { preset: Preset::Mixed, ..Spec::new(99, 3_000) };
    let pairs: Vec<(i64, bool)> = cases(&portfolio)
        .filter_map(|case| assess(engine(), &case).score.map(|score| (score, case.truth.outcome)))
        .collect();
    let auc = cashline_lab::metrics::Outcomes::new(&pairs).unwrap().auc();
    eprintln!(
        "{} of 3000 scored, AUC on planted outcomes {:.3} ({:.3} to {:.3})",
        pairs.len(),
        auc.value,
        auc.lower,
        auc.upper
    );
    assert!(0.70 <= auc.value, "AUC {:.3}", auc.value);
}

#[test]
fn the_personas_come_out_in_the_order_their_readme_says() {
    let readme = std::fs::read_to_string(crate::support::workspace().join("data/sample/README.md")).unwrap();
    // Rows of the README's table: | place | `application` | … |
    let rows = readme.lines().filter(|line| line.contains("`app_"));
    let stated: Vec<(String, String)> = rows
        .map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            (cells[1].to_owned(), cells[2].trim_matches('`').to_owned())
        })
        .collect();
    assert_eq!(stated.len(), 9);
    let output = crate::support::run(0, &["score", "data/sample"]);
    let mut reader = csv::Reader::from_reader(output.stdout.as_slice());
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|column| column == name).unwrap();
    let (id, score, status) = (at("application_id"), at("score"), at("status"));
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let of = |application: &str| rows.iter().find(|row| &row[id] == application).unwrap();
    let scores: Vec<i64> = stated
        .iter()
        .filter(|(place, _)| place.parse::<u32>().is_ok())
        .map(|(_, application)| of(application)[score].parse().unwrap())
        .collect();
    assert_eq!(scores.len(), 7);
    // A card that is paid in full counts as payments of debt, so the first two come level.
    let in_order = |(at, pair): (usize, &[i64])| if at == 0 { pair[1] == pair[0] } else { pair[1] < pair[0] };
    assert!(scores.windows(2).enumerate().all(in_order), "{stated:?} score {scores:?}");
    assert_eq!(&of("app_merchant")[status], "out_of_population");
    assert_eq!(&of("app_thin")[status], "insufficient_history");
}
