//! A score against outcomes.

use super::{section, strategy::strategy};
use crate::{
    metrics::{Estimate, Measured},
    report::{Axis, Bars, Block, Calibration, Chart, Line, Mark, Section, Series, Stack, Table, number},
    validate::{Bar, Cutoff, STRATEGY_ROWS_MAX, Validation},
};

/// Measures, discrimination, gains, calibration where there are probabilities, the distribution of the score, and what each
/// cut-off would have approved. `title` stands before each heading and may be empty.
#[must_use]
pub fn validation(validation: &Validation, title: &str) -> Vec<Section> {
    let mut sections = vec![measures(validation, title), discrimination(validation, title), gains(validation, title)];
    if !validation.calibration.is_empty() {
        sections.push(calibration(validation, title));
    }
    sections.push(distribution(validation, title));
    sections.push(strategy(validation, title));
    sections
}

fn measures(validation: &Validation, title: &str) -> Section {
    let level = number::level(validation.level);
    let mut table = Table::new(
        &format!("Measures with {level} intervals"),
        &["measure", "value>", "interval>", "interval by", "what it means"],
    );
    table.rows = validation.measures.iter().map(measure).collect();
    let text = format!(
        "{} applications, {} of them bad: a bad rate of {}. Higher scores are safer.",
        number::rows(validation.n),
        number::rows(validation.bads),
        number::estimate(&validation.bad_rate, number::share),
    );
    let drawn = format!(
        "Intervals marked bootstrap come from {} draws, seed {}: for measures of the score within goods and within bads, for those \
         of the probability (Brier score, log loss) from all applications alike.",
        number::count(validation.draws.count.into()),
        validation.draws.seed
    );
    let mut section = section(title, "measures", vec![text]);
    section.text.extend(validation.upside_down.iter().map(|one| format!("Mind that {}.", one.text)));
    section.text.extend(validation.weighted.iter().map(|said| format!("Mind that {said}.")));
    if validation.measures.iter().any(|one| one.interval == "bootstrap") {
        section.text.push(drawn);
    }
    section.blocks.push(Block::Table(table));
    section
}

fn measure(measured: &Measured) -> Vec<String> {
    let write = match measured.unit {
        "squared probability" | "nats" => |number| number::fixed(number, 4),
        _ => number::auc as fn(f64) -> String,
    };
    let (value, interval, by) = match (&measured.estimate, measured.interval) {
        (Some(estimate), "delong_logit") => (write(estimate.value), number::interval(estimate, write), "DeLong, logit"),
        (Some(estimate), "clopper_pearson") => {
            (write(estimate.value), number::interval(estimate, write), "Clopper–Pearson")
        }
        (Some(estimate), "wald") => (write(estimate.value), number::interval(estimate, write), "Wald"),
        (Some(estimate), "none") => (write(estimate.value), number::NONE.to_owned(), "none"),
        (Some(estimate), by) => (write(estimate.value), number::interval(estimate, write), by),
        (None, _) => (number::NONE.to_owned(), number::NONE.to_owned(), ""),
    };
    let meaning = match &measured.absent {
        Some(why) => format!("not measured: {why}"),
        None => measured.meaning.to_owned(),
    };
    vec![measured.title.to_owned(), value, interval, by.replace('_', " "), meaning]
}

fn discrimination(validation: &Validation, title: &str) -> Section {
    let named = |name: &str| {
        let found = validation.measures.iter().find(|one| one.name == name);
        match found.and_then(|one| Some((one.estimate?, one.ends()))) {
            Some((estimate, Some(_))) => number::estimate(&estimate, number::auc),
            // Without draws there is no interval, which is not one without width.
            Some((estimate, None)) => number::auc(estimate.value),
            None => number::NONE.to_owned(),
        }
    };
    let roc = Line {
        title: "ROC curve".to_owned(),
        x: Axis::whole("share of goods at or below a score"),
        y: Axis::whole("share of bads at or below the same score"),
        series: vec![Series { name: "this score".to_owned(), points: validation.roc.clone(), ..Series::default() }],
        diagonal: Some("no better than chance".to_owned()),
        marks: vec![],
    };
    let text = format!("AUC {}; Gini {}; KS {}.", named("auc"), named("gini"), named("ks"));
    let mut section = section(title, "discrimination", vec![text]);
    section.blocks.push(Block::Chart(Chart::Line(roc)));
    section.blocks.extend(ks(validation.estimate("ks"), validation));
    section
}

/// Cumulated shares by score, of the cut-offs that the validation keeps.
fn ks(ks: Option<Estimate>, validation: &Validation) -> Option<Block> {
    let below = |class: fn(&Cutoff) -> f64| {
        // Below a cut-off stands what it declines; at the highest score, all.
        let points = validation.strategy.iter().map(|row| (row.cutoff, class(row)));
        let last = validation.strategy.last().map(|row| (row.cutoff, 1.0));
        points.chain(last).collect::<Vec<(f64, f64)>>()
    };
    let widest = validation.strategy.iter().max_by(|a, b| {
        let gap = |row: &Cutoff| (row.bads_declined - row.goods_declined).abs();
        gap(a).total_cmp(&gap(b))
    })?;
    // Below the number to which long curves are thinned, the cut-offs are all scores there are, and shares move in steps.
    let step = validation.strategy.len() < STRATEGY_ROWS_MAX - 3;
    let label = ks.map_or_else(String::new, |ks| format!("KS {}", number::auc(ks.value)));
    Some(Block::Chart(Chart::Line(Line {
        title: "Cumulative shares by score, and where they stand furthest apart (KS)".to_owned(),
        x: Axis::number("score"),
        y: Axis::whole("share of the class below a score"),
        series: vec![
            Series { name: "bads".to_owned(), points: below(|row| row.bads_declined), step, band: vec![] },
            Series { name: "goods".to_owned(), points: below(|row| row.goods_declined), step, band: vec![] },
        ],
        diagonal: None,
        marks: vec![Mark { x: widest.cutoff, from: widest.goods_declined, to: widest.bads_declined, label }],
    })))
}

fn gains(validation: &Validation, title: &str) -> Section {
    let reached = validation.gains.iter().map(|row| (row.cum_total_prop, row.cum_bads_prop));
    let rate = validation.bad_rate.value.clamp(0.0, 1.0);
    let curve = Line {
        title: "Gains curve".to_owned(),
        x: Axis::whole("share of all, riskiest first"),
        y: Axis::whole("share of bads among them"),
        series: vec![
            Series {
                name: "this score".to_owned(),
                points: [(0.0, 0.0)].into_iter().chain(reached).collect(),
                ..Series::default()
            },
            Series {
                name: "a perfect order".to_owned(),
                points: vec![(0.0, 0.0), (rate, 1.0), (1.0, 1.0)],
                ..Series::default()
            },
        ],
        diagonal: Some("no better than chance".to_owned()),
        marks: vec![],
    };
    let mut table = Table::new(
        "Gains and lift, riskiest bucket first",
        &[
            "scores",
            "rows>",
            "goods>",
            "bads>",
            "bad rate>",
            "lift>",
            "all bads so far>",
            "all so far>",
            "lift so far>",
            "KS>",
        ],
    );
    table.rows.extend(validation.gains.iter().map(|row| {
        vec![
            number::span(row.min, row.max, number::plain),
            number::rows(row.rows),
            number::weight(row.goods),
            number::weight(row.bads),
            number::share(row.bad_rate),
            number::fixed(row.lift, 2),
            number::share(row.cum_bads_prop),
            number::share(row.cum_total_prop),
            number::fixed(row.cum_lift, 2),
            number::auc(row.ks),
        ]
    }));
    let text = "Buckets hold about as many applications each; equal scores are never parted. Lift is a bucket's bad rate over \
                that of all; columns \"so far\" count the bucket and the riskier ones.";
    let mut section = section(title, "gains and lift", vec![text.to_owned()]);
    section.blocks = vec![Block::Chart(Chart::Line(curve)), Block::Table(table)];
    section
}

fn calibration(validation: &Validation, title: &str) -> Section {
    let dots = validation.calibration.iter().map(|bucket| (bucket.expected, super::dot(&bucket.observed)));
    let chart = Calibration { title: "Expected and observed bad rates".to_owned(), dots: dots.collect() };
    let mut table = Table::new(
        "Calibration, safest bucket first",
        &["probabilities", "rows>", "bads expected>", "bads>", "expected>", "observed>", "interval>"],
    );
    table.rows.extend(validation.calibration.iter().map(|bucket| {
        vec![
            number::span(bucket.min, bucket.max, number::share),
            number::rows(bucket.rows),
            number::fixed(bucket.expected_bads, 1),
            number::weight(bucket.bads),
            number::share(bucket.expected),
            number::share(bucket.observed.value),
            number::interval(&bucket.observed, number::share),
        ]
    }));
    let test = validation.hosmer_lemeshow.map(|test| {
        format!(
            "Hosmer–Lemeshow: {} on {} degrees of freedom, {}. The test depends on the buckets, and on large samples it \
             rejects any model; read the table first.",
            number::fixed(test.statistic, 2),
            test.degrees,
            number::chance(test.p)
        )
    });
    let mut section = section(title, "calibration", test.into_iter().collect());
    section.blocks = vec![Block::Chart(Chart::Calibration(chart)), Block::Table(table)];
    section
}

fn distribution(validation: &Validation, title: &str) -> Section {
    let rows: f64 = validation.distribution.iter().map(|bar| bar.goods + bar.bads).sum();
    let counted = if rows.fract() == 0.0 { "applications" } else { "applications, by weight" };
    let stack = |bar: &Bar| Stack { from: bar.from, to: bar.to, lower: bar.bads, upper: bar.goods };
    let chart = Bars {
        title: "Distribution of the score".to_owned(),
        x: Axis::number("score"),
        y: Axis::number(counted),
        lower: "bads".to_owned(),
        upper: "goods".to_owned(),
        bars: validation.distribution.iter().map(stack).collect(),
    };
    let mut section = section(title, "distribution of the score", vec![]);
    section.blocks.push(Block::Chart(Chart::Bars(chart)));
    section
}
