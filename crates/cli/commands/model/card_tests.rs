use cashline_core::engine::EngineParts;

use super::*;

const SHIPPED: &str = include_str!("../../../core/defaults/card_consumer.toml");

/// What a fitted card says about itself.
const FITTED: &str = r#"
[calibration]
kind = "steps"
from = [0, 500, 800]
probability = [0.5, 0.125, 0.03125]
sample = { applicants = 900, bads = 100, window = "2024, observed to 2025", method = "isotonic, held out" }

[documentation]
purpose = "rank applicants for unsecured instalment credit"
non_uses = ["pricing", "collections"]
limits = ["not tried on businesses"]
owner = "credit risk"
materiality = "tier 1"

[documentation.development]
source = "the lender's ledger"
bad = "60 days past due within 365 days"
first_day = "2023-01-01"
last_day = "2023-12-31"
goods = 9000
bads = 1000
indeterminates = 120
excluded = 45
method = "weight-of-evidence logistic regression"
own_applicants = false

[[validation]]
kind = "out_of_time"
sample = "applicants of 2024"
applicants = 5000
bads = 520
repeat_by = "2027-01-31"
figures = { auc = { value = 0.7512, low = 0.731, high = 0.7714 }, ks = { value = 0.38 } }
"#;

fn page_of(text: &str) -> String {
    let parts = EngineParts::builtin().expect("as shipped");
    page(&Model::from_toml(text).expect("valid"), &parts.registry)
}

fn fitted() -> String {
    let (hand, _) = SHIPPED.split_once("# Sealed").expect("the shipped card is sealed");
    // It says other things about itself than the shipped card does.
    let (before, said) = hand.split_once("[documentation]").expect("the shipped card is documented");
    let (_, after) = said.split_once("[[bands]]").expect("a card");
    format!("{before}[[bands]]{after}").replacen("expert_uncalibrated", "fitted_calibrated", 1) + FITTED
}

fn says(page: &str, lines: &[&str]) {
    for said in lines {
        assert!(page.contains(said), "{said}\n---\n{page}");
    }
}

#[test]
fn the_card_of_the_shipped_model_says_what_an_auditor_asks() {
    let page = page_of(SHIPPED);
    says(
        &page,
        &[
            "no probability may be read from it",
            "| horizon | 365 days after T |",
            "| population | persons who apply for unsecured instalment credit with linked deposit accounts |",
            "| A | 800 to 1000 | not stated | not stated |",
            "| E | 0 to 519 |",
            "### `nsf_od_event_count_90d`",
            "| (-inf, 1) | +20 |",
            "| [8, inf) | -75 |",
            "Source: FinRegLab 2019",
        ],
    );
    // Shares of one whole, each off by less than 0.05 for its rounding.
    let rows = page.split("## Characteristics").nth(1).expect("a table").split("###").next().expect("its rows");
    let parts = rows.lines().filter(|line| line.starts_with("| `")).map(|line| {
        let cell = line.split(" | ").nth(4).and_then(|cell| cell.strip_suffix(" %")).expect("a share");
        cell.parse::<f64>().expect("a number")
    });
    let whole: f64 = parts.sum();
    assert!((whole - 100.0).abs() < 0.9, "{whole}");
    let model = Model::builtin().expect("as shipped");
    for one in model.card(None).expect("a card").characteristics() {
        assert!(page.contains(&format!("### `{}`", one.attribute)));
    }
}

#[test]
fn points_against_the_direction_of_risk_show_their_reason() {
    let text = SHIPPED.replacen("neutral = 0\n", "neutral = 0\nagainst_risk = \"a study of our own\"\n", 1);
    says(&page_of(&text), &["\nAgainst the direction of risk: a study of our own; the texts of its reasons keep "]);
    assert!(!page_of(SHIPPED).contains("Against the direction"));
}

#[test]
fn an_expert_card_is_called_a_judgmental_system() {
    says(
        &page_of(SHIPPED),
        &[
            "None: the points were set by judgement.",
            "- businesses and merchant cash advances",
            "- set by judgement, and not validated on US consumers",
            "Owner: not stated. Materiality: not stated.",
            "| stated | purpose: rank persons",
            "None: no probability may be read from the score.",
            "The model file holds no figure.",
            "| NOT met | points set by judgement; no applicants were compared |",
            "| NOT met | not yet revalidated in use; no date is set for the next |",
            "An expert card is a judgmental system (12 CFR 1002.2(t)).",
        ],
    );
}

#[test]
fn a_fitted_card_shows_its_sample_its_calibration_its_figures_and_where_each_criterion_is_met() {
    let page = page_of(&fitted());
    says(
        &page,
        &[
            "rank applicants for unsecured instalment credit",
            "- collections",
            "- not tried on businesses",
            "Owner: credit risk. Materiality: tier 1.",
            "| applied | 2023-01-01 to 2023-12-31 |",
            "| indeterminate, not fitted | 120 |",
            "| curve | 3 steps, falling with the score |",
            // Band A is 800 to 1000, band D 520 to 639.
            "| A | 800 to 1000 | 0.0312 to 0.0312 |",
            "| D | 520 to 639 | 0.1250 to 0.1250 |",
            "| E | 0 to 519 | 0.1250 to 0.5000 |",
            "| out_of_time: applicants of 2024 | 5000 | 520 | auc | 0.7512 | 0.7310 to 0.7714 |",
            "| ks | 0.3800 | not stated |",
            "| stated | 9000 goods and 1000 bads who applied from 2023-01-01 to 2023-12-31 |",
            "| stated | weight-of-evidence logistic regression; 2 figures on applicants of 2024 |",
            "| NOT met | not yet revalidated in use; the next is due by 2027-01-31 |",
            "Until all four criteria are met this is a judgmental system",
            "validates it on its own when it has them (1002.2(p)(2))",
        ],
    );
    assert!(!page.contains("The model file does not say."), "{page}");
}

#[test]
fn a_model_that_was_revalidated_states_all_four_criteria() {
    let again = "\n[[validation]]\nkind = \"revalidation\"\nsample = \"applicants of 2025\"\napplicants = 4000\nbads = 390\n\
                 figures = { auc = { value = 0.748 } }\n";
    says(
        &page_of(&(fitted() + again)),
        &[
            "The file states what all four criteria ask for.",
            "| stated | last on applicants of 2025; the next is due by 2027-01-31 |",
        ],
    );
}

#[test]
fn the_spread_of_points_is_their_standard_deviation_over_the_expected_shares() {
    let text = SHIPPED.split("# Sealed").next().expect("a card");
    let (head, rest) = text.split_once("[[characteristics]]").expect("a card");
    let first =
        rest.split("# ---").next().expect("its characteristics").split("[[characteristics]]").next().expect("one");
    // Points 20, 0, -30, -55, -75 at shares 1/2, 1/4, 1/4, 0, 0: mean 2.5, mean of squares 425, so the deviation is
    // sqrt(425 - 6.25) = 20.46.
    let shares = "[expected]\nsample = \"2023\"\napplicants = 4\nbands = [0.2, 0.2, 0.2, 0.2, 0.2]\n\
                  [expected.characteristics.nsf_od_event_count_90d]\nbins = [0.5, 0.25, 0.25, 0.0, 0.0]\n";
    let page = page_of(&format!("{head}[[characteristics]]{first}\n{shares}"));
    says(
        &page,
        &[
            "| `nsf_od_event_count_90d` | -75 | +20 | 0 | 100.0 % | 20.5 |",
            "Expected shares: (-inf, 1) 50.0 %; [1, 2) 25.0 %; [2, 4) 25.0 %; [4, 8) 0.0 %; [8, inf) 0.0 %.",
            "| A | 800 to 1000 | not stated | 20.0 % |",
        ],
    );
}

#[test]
fn a_segmented_card_says_who_is_scored_by_which_segment() {
    let text = SHIPPED.split("# Sealed").next().expect("a card");
    let (head, rest) = text.split_once("[[characteristics]]").expect("a card");
    let first =
        rest.split("# ---").next().expect("its characteristics").split("[[characteristics]]").next().expect("one");
    let head = head.replacen("\"scorecard\"", "\"segmented\"", 1).replacen("base_points = 660", "base_points = 0", 1);
    let segment = |name: &str, when: &str, base: i64| {
        format!(
            "[[segments]]\nname = \"{name}\"\nrationale = \"why {name}\"\n{when}[segments.card]\nbase_points = {base}\n\
             [[segments.card.characteristics]]{first}\n"
        )
    };
    let when =
        "when = [{ attribute = { name = \"history_days_available\", below = 120.0, on_missing = \"holds\" } }]\n";
    let page = page_of(&(head + &segment("thin", when, 600) + &segment("usual", "", 660)));
    says(
        &page,
        &[
            "| `thin` | history_days_available below 120 (missing: holds) | why thin |",
            "| `usual` | every other application | why usual |",
            "## Characteristics of segment thin",
            "## Characteristics of segment usual",
            "| base points | 600, 660 |",
            "| reachable scores | 525 to 680 |",
        ],
    );
}
