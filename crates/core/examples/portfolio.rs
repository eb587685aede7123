//! A portfolio on all cores, with the lender's own attribute and the lender's own card.
//!
//! `cargo run -p cashline-core --example portfolio`

use std::error::Error;

use cashline_core::{
    application::{Applicant, Application},
    engine::{Engine, EngineParts},
    history::HistoryBuilder,
    model::Model,
    portfolio::{Pool, assess},
    row::{AccountRow, ApplicantRole, TransactionRow},
    time::{Day, Zone},
};

/// The lender's own attribute: the same grammar as ours, the same speed, no code.
const ATTRIBUTES: &str = r#"
[[attribute]]
name = "food_delivery_to_outflow"
family = "own"
unit = "ratio"
windows = ["90d"]
measure = "share"
of = { direction = "outflow", text = ["doordash", "grubhub", "uber eats"] }
over = { direction = "outflow" }
risk = "rises"
compliance = "model_ok"
reason = "discretionary_spending"
definition = "Food delivery divided by outflow. Zero denominator without outflow."
"#;

/// The lender's own card. It is sealed below to what its attributes mean in this build.
const CARD: &str = r#"
schema = 1
kind = "scorecard"
name = "own_card"
version = "1"
provider = "the lender"
target = "no payment 30 days or more past due"
horizon_days = 180
score_basis = "expert_uncalibrated"
base_points = 500
bands = [{ name = "A", from = 560 }, { name = "B", from = 500 }, { name = "C", from = 0 }]

[population]
description = "persons with a linked account"
holder_kinds = ["customer"]

[scale]
min = 0
max = 1000
direction = "higher_is_safer"
unit = "points"

[conventions]
woe = "ln_goods_over_bads"
closure = "left_closed_right_open"
missing = "own_points_by_cause"
rounding = "set_whole"
zero_cell = "none"

[[characteristics]]
attribute = "food_delivery_to_outflow_90d"
rationale = "an example, not a recommendation"
source = "the lender"
neutral = 0
bins = [{ below = 0.05, points = 10 }, { below = 0.2, points = 0 }, { points = -30 }]
missing = { other = 0 }

[[characteristics]]
attribute = "inflow_outflow_ratio_90d"
rationale = "who spends more than comes in lives on credit"
source = "the lender"
neutral = 0
bins = [{ below = 0.95, points = -60 }, { below = 1.05, points = 0 }, { points = 60 }]
missing = { other = 0 }
"#;

#[expect(clippy::print_stdout, reason = "an example shows its result")]
fn main() -> Result<(), Box<dyn Error>> {
    let mut parts = EngineParts::builtin()?;
    parts.registry.extend("own.toml", ATTRIBUTES, parts.categoriser.taxonomy())?;
    parts.model = parts.seal(&Model::from_toml(CARD)?)?;
    let engine = Engine::new(parts)?;

    let pools: Vec<Pool> = (0..1_000).map(pool).collect();
    // The closure runs beside each assessment, on its thread: here it keeps one column of the matrix.
    let own = engine.registry().column("food_delivery_to_outflow_90d").ok_or("the attribute was added above")?;
    let answers = assess(&engine, pools, |history, application, _| {
        engine.attributes(&mut engine.session(), history, application)[usize::from(own.0)]
    });
    for band in ["A", "B", "C"] {
        let count = answers.iter().filter(|(answer, _)| answer.band.as_deref() == Some(band)).count();
        println!("band {band}: {count}");
    }
    let (answer, value) = &answers[0];
    println!("{}: {:?}, food delivery {value:?}", answer.application_id, answer.score);
    Ok(())
}

/// An applicant who is paid every two weeks, and spends a little more the larger `n` is.
fn pool(n: i64) -> Pool {
    let today = Day::from_civil(2026, 6, 1);
    let midnight = |days_before: i32| Zone::utc().midnight(today.plus(-days_before));
    let (account, applicant) = (format!("fca_{n:04}"), format!("cus_{n:04}"));
    let mut rows = HistoryBuilder::new();
    rows.account(&AccountRow::checking(&account, &applicant));
    for week in 0..20_i32 {
        let lines = [
            (100_000 * i64::from(week % 2 == 0), "ACME CORP PAYROLL DIRECT DEP"),
            (-30_000 - 20 * n, "WALMART SUPERCENTER 2210"),
            (-10 * n, "DOORDASH*PIZZA"),
        ];
        for (line, (amount, description)) in lines.into_iter().enumerate() {
            let id = format!("fctxn_{n:04}_{week:02}_{line}");
            let row = TransactionRow::posted(&id, &account, amount, midnight(2 + 7 * week));
            rows.transaction(&TransactionRow { description, ..row });
        }
    }
    let application = Application {
        application_id: format!("app_{n:04}"),
        applicants: vec![Applicant { id: applicant, role: ApplicantRole::Primary, account_ids: vec![] }],
        as_of: midnight(0),
        requested_amount: None,
        term_months: None,
        instalment_amount: None,
        stated_income: None,
        currency: None,
        extras: vec![],
    };
    Pool { rows, applications: vec![application] }
}
