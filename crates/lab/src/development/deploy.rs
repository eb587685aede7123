//! The model file of a developed card: calibrated, with what monitoring and reasons compare with, and documented.

use std::collections::BTreeMap;

use cashline_core::{
    model::{
        ModelError, ModelFile, calibration,
        document::{Development, Documentation, Figure, Validation as Written, ValidationKind},
        expected::{Expected, Shares},
        file::{BaselineRun, Baselines, Kind, ScoreBasis, ZeroCell},
        segmented::{CardFile, SegmentFile},
    },
    time::Day,
};

use super::{
    DevelopError, Fitted, KeptApart, Method, Plan,
    expected::{expected_of_run, shares},
};
use crate::{
    calibrate::{CalibrateError, Calibration},
    count::real,
    metrics::{Draws, Estimate, Measured},
    outcomes::OutcomeCounts,
    sample::Sample,
    scorecard::{
        Characteristic, Effects, FitError, FittedCard, Route, SegmentedCard, Settings, Summary, specials_in_file_order,
        values_in_file_order,
    },
    select,
    validate::{CrossValidation, Validation},
};

const SECONDS_PER_DAY: i64 = 86_400;

/// What the file is made of.
pub(super) struct Parts<'a> {
    pub(super) fitted: &'a Fitted,
    pub(super) learn: &'a Sample,
    pub(super) calibration: Option<&'a Calibration>,
    pub(super) cross: &'a CrossValidation,
    pub(super) tried: Option<&'a Validation>,
    /// Rows neither learnt from nor tried.
    pub(super) left_out: usize,
    pub(super) plan: &'a Plan,
}

/// The file with everything that was learnt beside the points, checked by the engine.
pub(super) fn model_file(parts: &Parts<'_>) -> Result<ModelFile, DevelopError> {
    let mut file = match parts.fitted {
        Fitted::Card(card) => {
            let mut file = card.model_file()?;
            let beside = Beside::of(parts, card, parts.learn, &file, &file.name.clone())?;
            (file.expected, file.baselines.all) = (Some(beside.expected), Some(beside.baseline));
            file
        }
        Fitted::Segments(cards) => segmented(parts, cards)?,
    };
    if let Some(calibration) = parts.calibration {
        file.calibration = Some(written(calibration, parts)?);
        file.score_basis = ScoreBasis::FittedCalibrated;
    }
    file.documentation = Some(documentation(parts));
    file.validation = validations(parts);
    file.clone().check().map_err(|error: ModelError| DevelopError::Model(error))?;
    Ok(file)
}

/// One file of several cards: what they share is that of the fallback's card; shares and averages are each segment's own, also
/// where it takes the card of another.
fn segmented(parts: &Parts<'_>, cards: &SegmentedCard) -> Result<ModelFile, DevelopError> {
    let mut file = parts.fitted.main().model_file()?;
    (file.kind, file.name, file.base_points) = (Kind::Segmented, parts.fitted.name(), 0);
    file.characteristics.clear();
    for ((name, rationale), route) in cards.asked.named().zip(&cards.routes) {
        let Some(card) = cards.cards.get(&route.card) else { continue };
        let own = card.model_file()?;
        if own.conventions.zero_cell == ZeroCell::AddHalf {
            file.conventions.zero_cell = ZeroCell::AddHalf;
        }
        let rows: Vec<usize> = (0..parts.learn.len()).filter(|row| parts.learn.segment[*row] == name).collect();
        let beside = match rows.is_empty() {
            true => None,
            false => {
                let of = format!("{}, segment {name}", file.name);
                Some(Beside::of(parts, card, &parts.learn.take(&rows), &own, &of)?)
            }
        };
        let (expected, all) = beside.map_or((None, None), |beside| (Some(beside.expected), Some(beside.baseline)));
        let rationale = match &route.why {
            Some(why) if route.card != name => format!("{rationale} Scored by the card of `{}`: {why}.", route.card),
            Some(why) => format!("{rationale} Its card was {why}."),
            None => rationale.to_owned(),
        };
        let when = cards.asked.segments.iter().find(|one| one.name == name).map(|one| one.when.clone());
        file.segments.push(SegmentFile {
            name: name.to_owned(),
            rationale,
            when: when.unwrap_or_default(),
            card: CardFile {
                base_points: own.base_points,
                characteristics: own.characteristics,
                baselines: Baselines { all, marginal: None },
                expected,
            },
        });
    }
    Ok(file)
}

/// What a card is compared with: shares and averages over the rows that it scores.
struct Beside {
    expected: Expected,
    baseline: BaselineRun,
}

impl Beside {
    fn of(
        parts: &Parts<'_>,
        card: &FittedCard,
        rows: &Sample,
        file: &ModelFile,
        of: &str,
    ) -> Result<Beside, DevelopError> {
        let places = places(card, rows)?;
        let scores = card.score(rows)?;
        let sample = format!("rows learnt from, {}", window(parts));
        Ok(Beside {
            expected: expected(card, &places, &scores, file, sample),
            baseline: baseline(card, &places, &scores, of),
        })
    }
}

fn window(parts: &Parts<'_>) -> String {
    let (first, last) = days(parts.fitted.sample());
    match parts.plan.bad.window_days {
        0 => format!("applied {first} to {last}"),
        days => format!("applied {first} to {last}, observed {days} days"),
    }
}

fn days(sample: &Summary) -> (String, String) {
    let day = |seconds: i64| Day(i32::try_from(seconds.div_euclid(SECONDS_PER_DAY)).unwrap_or(0)).to_string();
    (day(sample.as_of_first), day(sample.as_of_last))
}

fn written(found: &Calibration, parts: &Parts<'_>) -> Result<calibration::Calibration, DevelopError> {
    let folds = format!("out-of-fold scores of {} folds", parts.plan.folds.1);
    let how = match parts.plan.calibration {
        Method::Isotonic => "isotonic",
        _ => "platt",
    };
    let sample = calibration::CalibrationSample {
        applicants: parts.fitted.sample().rows,
        bads: parts.fitted.sample().bad_rows,
        window: window(parts),
        method: format!("{how}, {folds}"),
    };
    match found {
        Calibration::Logistic { intercept, slope } => {
            Ok(calibration::Calibration::Logistic { intercept: *intercept, slope: *slope, sample })
        }
        Calibration::Steps { .. } => {
            let steps = found.whole_steps(parts.fitted.scale().min);
            let (from, probability) =
                steps.ok_or(CalibrateError::Invalid("its steps do not start at whole scores of the scale"))?;
            Ok(calibration::Calibration::Steps { from, probability, sample })
        }
    }
}

/// Of each characteristic: where each row of the sample falls, by place in `Binned::all`.
fn places(card: &FittedCard, learn: &Sample) -> Result<Vec<Vec<usize>>, FitError> {
    let one = |one: &Characteristic| {
        let name = &one.binned.name;
        let column = learn.column(name).ok_or_else(|| FitError::MissingColumn { column: name.clone() })?;
        Ok(one.binned.places(&column.values)?.into_iter().flatten().collect())
    };
    card.characteristics.iter().map(one).collect()
}

fn expected(card: &FittedCard, places: &[Vec<usize>], scores: &[i64], file: &ModelFile, sample: String) -> Expected {
    let characteristics = card.characteristics.iter().zip(places);
    let characteristics = characteristics.map(|(one, places)| (one.binned.name.clone(), shares_of(one, places)));
    let mut found = expected_of_run(file, sample, scores, characteristics.collect());
    // Where all scores tie there is one part, which says nothing.
    found.score = found.score.filter(|score| !score.edges.is_empty());
    found
}

fn shares_of(one: &Characteristic, places: &[usize]) -> Shares {
    let binned = &one.binned;
    let mut counts = vec![0_u64; binned.all().count()];
    places.iter().for_each(|place| counts[*place] += 1);
    let all = shares(&counts, places.len());
    let causes = binned.missing.iter().zip(&all[binned.bins.len() + binned.specials.len()..]);
    Shares {
        edges: vec![],
        bins: values_in_file_order(binned).into_iter().map(|place| place.map_or(0.0, |place| all[place])).collect(),
        special: specials_in_file_order(binned).into_iter().map(|place| all[place]).collect(),
        missing: causes.filter(|(_, share)| 0.0 < **share).map(|((cause, _), share)| (*cause, *share)).collect(),
    }
}

/// Average points over the sample: the second method of Regulation B, comment 9(b)(2)-5.
fn baseline(card: &FittedCard, places: &[Vec<usize>], scores: &[i64], of: &str) -> BaselineRun {
    let points = card.points();
    let average = |(places, points): (&Vec<usize>, Vec<i64>)| {
        let sum: i64 = places.iter().filter_map(|place| points.get(*place)).sum();
        #[expect(clippy::cast_precision_loss, reason = "points stay far below 2^53")]
        let sum = sum as f64;
        sum / real(places.len())
    };
    let names = card.characteristics.iter().map(|one| one.binned.name.clone());
    let averages = places.iter().zip(points.characteristics.iter().map(|one| one.whole())).map(average);
    BaselineRun {
        run: format!("development sample of {of}"),
        applicants: scores.len() as u64,
        score_from: scores.iter().copied().min().unwrap_or(0),
        score_to: scores.iter().copied().max().unwrap_or(0),
        points: names.zip(averages).collect(),
    }
}

fn documentation(parts: &Parts<'_>) -> Documentation {
    let (summary, recipe) = (parts.fitted.sample(), parts.fitted.recipe());
    let (first_day, last_day) = days(summary);
    let (indeterminates, excluded) = parts.plan.left_out;
    let (repeats, folds) = parts.plan.folds;
    Documentation {
        purpose: format!(
            "rank applicants for credit by the risk of a bad outcome within {} days",
            recipe.header.horizon_days
        ),
        non_uses: vec![
            "applicants unlike the development sample".to_owned(),
            "employment, housing or insurance decisions".to_owned(),
        ],
        limits: vec![
            format!("{} bad outcomes: figures carry the intervals that stand beside them", summary.bad_rows),
            "only applicants with a known outcome were seen; declined ones were not".to_owned(),
        ]
        .into_iter()
        .chain(late(parts.plan))
        .chain(summary.weighted())
        .chain(fallen_back(parts.fitted))
        .collect(),
        owner: None,
        materiality: None,
        development: Some(Development {
            source: parts.plan.source.clone(),
            bad: parts.plan.bad.text.clone(),
            first_day,
            last_day,
            goods: summary.rows - summary.bad_rows,
            bads: summary.bad_rows,
            indeterminates,
            excluded,
            method: format!(
                "{}, seed {}; {repeats} times {folds} folds{}",
                method(parts.fitted.settings()),
                recipe.seed,
                chance(parts.plan)
            ),
            own_applicants: true,
        }),
    }
}

/// What else was left to chance, with its seed: a recipe has one of its own.
fn chance(plan: &Plan) -> String {
    let apart = match &plan.kept_apart {
        KeptApart::Share { share, seed } => format!("; a share of {share} kept apart by seed {seed}"),
        _ => String::new(),
    };
    let drawn = match plan.validation.draws {
        Draws { count: 0, .. } => String::new(),
        Draws { count, seed } => format!("; intervals of {count} draws by seed {seed}"),
    };
    apart + &drawn
}

fn method(settings: &Settings) -> String {
    let ridge = settings.ridge;
    match (&settings.method, settings.effects) {
        (select::Method::Boosted(how), _) => format!(
            "screens as the recipe says; columns, bins and points by boosting ({} steps of {}, ridge {})",
            how.rounds, how.rate, how.ridge
        ),
        (_, Effects::Slopes) => format!(
            "optimal binning, screens and selection as the recipe says, weights of evidence, logistic regression (ridge {ridge})"
        ),
        (_, Effects::Bins { ridge, lasso }) => format!(
            "optimal binning, screens and selection as the recipe says, logistic regression of an effect for each bin (ridge \
             {ridge}, lasso {lasso} on its steps)"
        ),
    }
}

fn validations(parts: &Parts<'_>) -> Vec<Written> {
    let figure =
        |estimate: Estimate| Figure { value: estimate.value, low: Some(estimate.lower), high: Some(estimate.upper) };
    // Without draws some measures have no interval, which is not one without width.
    let of_measure = |one: &Measured, estimate: Estimate| match one.ends() {
        Some(_) => figure(estimate),
        None => Figure { value: estimate.value, low: None, high: None },
    };
    let mut written = vec![Written {
        kind: ValidationKind::CrossValidated,
        sample: format!("rows learnt from, {} times {} folds; {}", parts.cross.repeats, parts.cross.k, window(parts)),
        applicants: parts.fitted.sample().rows,
        bads: parts.fitted.sample().bad_rows,
        repeat_by: None,
        figures: BTreeMap::from([
            ("auc".to_owned(), figure(parts.cross.auc)),
            ("ks".to_owned(), figure(parts.cross.ks)),
        ]),
    }];
    if let Some(tried) = parts.tried {
        let figures = tried
            .measures
            .iter()
            .filter_map(|one| Some((one.name.to_owned(), of_measure(one, one.estimate?))))
            .filter(|(_, figure)| figure.value.is_finite());
        let kind = match &parts.plan.kept_apart {
            KeptApart::From { .. } => ValidationKind::OutOfTime,
            _ => ValidationKind::HoldOut,
        };
        let mut apart = "rows kept apart before anything was fitted".to_owned();
        if parts.left_out != 0 {
            apart.push_str(&format!(" ({} more left out, of applicants learnt from)", parts.left_out));
        }
        let sample = match (&parts.plan.kept_apart, &parts.plan.groups) {
            (KeptApart::Group { label }, Some(groups)) => format!("{apart}: {} {label}", groups.by),
            _ => apart,
        };
        written.push(Written {
            kind,
            sample,
            applicants: tried.n as u64,
            bads: tried.bads as u64,
            repeat_by: None,
            figures: figures.collect(),
        });
    }
    written
}

/// Bads of which the outcomes do not say that they happened within the window.
fn late(plan: &Plan) -> Option<String> {
    let counts = OutcomeCounts { late_bads: plan.late_bads, ..OutcomeCounts::default() };
    Some(format!("of the bad outcomes {}", counts.late(plan.bad.window_days)?))
}

/// The segments without a card of their own, each in a sentence.
fn fallen_back(fitted: &Fitted) -> Vec<String> {
    let Fitted::Segments(cards) = fitted else { return vec![] };
    let fallen = cards.routes.iter().filter(|route| route.card != route.segment);
    let why = |route: &Route| route.why.clone().unwrap_or_default();
    fallen.map(|route| format!("segment {} has no card of its own: {}", route.segment, why(route))).collect()
}
