//! The scorecard: base points and the points of each characteristic's bin, whole numbers that add up to the score.

use std::collections::BTreeSet;

use super::{
    BANDS_MAX, CHARACTERISTICS_MAX, Earned, ModelError, POINTS_MAX, SCORE_MAX, SCORE_MIN, Scored,
    bins::{BinRef, Bins},
    calibration::Probabilities,
    document, expected,
    expected::ExpectedBin,
    file::{Baseline, BaselineRun, CharacteristicFile, Closure, MissingRule, ModelFile, Rounding, ScaleUnit, WoeSign},
};
use crate::{
    reason,
    value::{Missing, Outcome},
};

/// What an attribute of the applications is written with.
pub const EXTRA_PREFIX: &str = "extra:";

/// A checked scorecard.
#[derive(Clone, PartialEq, Debug)]
pub struct Scorecard {
    file: ModelFile,
    id: String,
    characteristics: Vec<Characteristic>,
    probabilities: Option<Probabilities>,
}

/// A checked characteristic.
#[derive(Clone, PartialEq, Debug)]
pub struct Characteristic {
    /// A column of the registry or `extra:name`.
    pub attribute: String,
    /// Its bins.
    pub bins: Bins,
    /// Points that reasons compare with: neutral, or the chosen average.
    pub baseline: f64,
    /// Neutral points.
    pub neutral: i64,
    /// The reason of an extra column.
    pub reason: Option<String>,
    /// The reason when a missing value costs points.
    pub missing_reason: Option<String>,
    /// Why its points run against the attribute's direction of risk, where they do.
    pub against_risk: Option<String>,
}

impl Scorecard {
    pub(super) fn new(file: ModelFile) -> Result<Scorecard, ModelError> {
        let invalid = |fault: String| ModelError::Invalid { model: file.name.clone(), fault };
        check_header(&file).map_err(invalid)?;
        check_kind(&file).map_err(invalid)?;
        check_bands(&file).map_err(invalid)?;
        check_characteristics(&file).map_err(invalid)?;
        document::check(&file).map_err(invalid)?;
        let probabilities = Probabilities::new(&file).map_err(invalid)?;
        let mut characteristics = Vec::with_capacity(file.characteristics.len());
        for one in &file.characteristics {
            let checked = characteristic(one, &file).map_err(|fault| ModelError::Characteristic {
                model: file.name.clone(),
                attribute: one.attribute.clone(),
                fault,
            })?;
            characteristics.push(checked);
        }
        let (lowest, highest) = extremes(&file, &characteristics);
        if lowest < file.scale.min || file.scale.max < highest {
            return Err(invalid(format!(
                "its points reach from {lowest} to {highest}, outside the scale {} to {}; points must add up without a \
                 clamp, so change points or base_points",
                file.scale.min, file.scale.max
            )));
        }
        for run in [&file.baselines.marginal, &file.baselines.all].into_iter().flatten() {
            check_baseline(run, &file).map_err(invalid)?;
        }
        expected::check(&file, &characteristics).map_err(invalid)?;
        let id = file.id();
        Ok(Scorecard { file, id, characteristics, probabilities })
    }

    /// What the file says.
    #[must_use]
    pub fn file(&self) -> &ModelFile {
        &self.file
    }

    /// See [`super::Model::id`].
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// In the file's order.
    #[must_use]
    pub fn characteristics(&self) -> &[Characteristic] {
        &self.characteristics
    }

    /// The lowest and the highest score that any applicant can get.
    #[must_use]
    pub fn extremes(&self) -> (i64, i64) {
        extremes(&self.file, &self.characteristics)
    }

    /// The probability of a bad outcome at a score; `None` when the card is not calibrated.
    #[must_use]
    pub fn probability(&self, score: i64) -> Option<f64> {
        self.probabilities.as_ref()?.of(score)
    }

    /// Every bin of every characteristic with its share of the development sample, in the file's order; `None` when the
    /// file holds none.
    #[must_use]
    pub fn expected_bins(&self) -> Option<Vec<(&str, Vec<ExpectedBin>)>> {
        let shares = &self.file.expected.as_ref()?.characteristics;
        let listed = |one: &'_ Characteristic| shares.get(&one.attribute).map(|shares| shares.listed(&one.bins));
        self.characteristics.iter().map(|one| Some((one.attribute.as_str(), listed(one)?))).collect()
    }

    /// Every band with its share of the development sample, the safest first; `None` when the file holds none.
    #[must_use]
    pub fn expected_bands(&self) -> Option<Vec<(&str, f64)>> {
        let shares = &self.file.expected.as_ref()?.bands;
        Some(self.file.bands.iter().map(|band| band.name.as_str()).zip(shares.iter().copied()).collect())
    }

    /// Scores one outcome for each characteristic, in the file's order.
    ///
    /// # Panics
    ///
    /// More or fewer outcomes than characteristics.
    #[must_use]
    pub fn score(&self, outcomes: &[Outcome]) -> Scored {
        assert_eq!(
            outcomes.len(),
            self.characteristics.len(),
            "the engine computes one outcome for each characteristic"
        );
        let earn = |(one, outcome): (&Characteristic, &Outcome)| {
            let bin = one.bins.find(outcome);
            Earned { bin, points: one.bins.points(bin), baseline: one.baseline }
        };
        let earned: Vec<Earned> = self.characteristics.iter().zip(outcomes).map(earn).collect();
        let score = self.file.base_points + earned.iter().map(|one| one.points).sum::<i64>();
        assert!((self.file.scale.min..=self.file.scale.max).contains(&score), "loading checked the extremes");
        let unknown = |earned: &Earned| matches!(earned.bin, BinRef::Missing(cause) if cause != Missing::NoSuchEvent);
        let (mut low, mut high) = (score, score);
        for (one, earned) in self.characteristics.iter().zip(&earned).filter(|(_, earned)| unknown(earned)) {
            let (least, most) = one.bins.extremes();
            low += least - earned.points;
            high += most - earned.points;
        }
        Scored { segment: None, score, low, high, earned }
    }
}

impl Characteristic {
    /// The code of the reason for points earned in `bin`; `own` is the attribute's code.
    ///
    /// A missing value has not been observed, so it never speaks for the attribute: where it costs points it gives the card's
    /// data reason, else the engine's. A thing that never happened was observed not to happen, so above the baseline it speaks
    /// for the attribute.
    #[must_use]
    pub fn reason_code<'a>(&'a self, bin: BinRef, adverse: bool, own: &'a str) -> Option<&'a str> {
        match (bin, adverse) {
            (BinRef::Value(_) | BinRef::Special(_), _) | (BinRef::Missing(Missing::NoSuchEvent), false) => Some(own),
            (BinRef::Missing(_), true) => {
                Some(self.missing_reason.as_deref().unwrap_or(reason::code::VALUE_NOT_AVAILABLE))
            }
            (BinRef::Missing(_), false) => None,
        }
    }
}

fn extremes(file: &ModelFile, characteristics: &[Characteristic]) -> (i64, i64) {
    let add = |sum: (i64, i64), one: &Characteristic| {
        let (least, most) = one.bins.extremes();
        (sum.0 + least, sum.1 + most)
    };
    characteristics.iter().fold((file.base_points, file.base_points), add)
}

pub(super) fn check_header(file: &ModelFile) -> Result<(), String> {
    if file.schema != 1 {
        return Err(format!("schema {} is not known, this version reads schema 1", file.schema));
    }
    let texts = [
        ("name", &file.name),
        ("version", &file.version),
        ("provider", &file.provider),
        ("target", &file.target),
        ("population.description", &file.population.description),
    ];
    if let Some((name, _)) = texts.iter().find(|(_, text)| text.trim().is_empty()) {
        return Err(format!("`{name}` is empty; say it, an auditor will ask"));
    }
    if file.population.holder_kinds.is_empty() {
        return Err("`population.holder_kinds` is empty; name whom the model was made for".to_owned());
    }
    if file.scale.min < SCORE_MIN || SCORE_MAX < file.scale.max || file.scale.max <= file.scale.min {
        return Err(format!("the scale must lie within {SCORE_MIN} to {SCORE_MAX}"));
    }
    if file.scale.min == 300 && file.scale.max == 850 {
        return Err("a scale of 300 to 850 would be read as another provider's score; choose another".to_owned());
    }
    if let ScaleUnit::DoubleOdds { base, odds_at_base, pdo } = file.scale.unit
        && ![base, odds_at_base, pdo].iter().all(|number| number.is_finite() && 0.0 < *number)
    {
        return Err("`scale.unit` needs positive base, odds_at_base and pdo".to_owned());
    }
    if !(-POINTS_MAX..=POINTS_MAX).contains(&file.base_points) {
        return Err(format!("`base_points` lies beyond ±{POINTS_MAX}"));
    }
    Ok(())
}

fn check_kind(file: &ModelFile) -> Result<(), String> {
    if file.trees.is_some() {
        return Err("a scorecard has no `trees`; write kind = \"trees\"".to_owned());
    }
    let told = &file.conventions;
    if told.woe != WoeSign::LnGoodsOverBads
        || told.closure != Closure::LeftClosedRightOpen
        || told.missing != MissingRule::OwnPointsByCause
        || told.rounding == Rounding::ScoreHalfEvenOnce
    {
        return Err("`conventions` are those of a tree ensemble; write a scorecard's".to_owned());
    }
    Ok(())
}

fn check_characteristics(file: &ModelFile) -> Result<(), String> {
    if !file.segments.is_empty() {
        return Err("a scorecard has no `segments`; write kind = \"segmented\"".to_owned());
    }
    let count = file.characteristics.len();
    if count == 0 || CHARACTERISTICS_MAX < count {
        return Err(format!("has {count} characteristics; write 1 to {CHARACTERISTICS_MAX}"));
    }
    let mut seen = BTreeSet::new();
    match file.characteristics.iter().find(|one| !seen.insert(&one.attribute)) {
        Some(twice) => Err(format!("`{}` stands twice; an attribute earns points once", twice.attribute)),
        None => Ok(()),
    }
}

pub(super) fn check_bands(file: &ModelFile) -> Result<(), String> {
    let bands = &file.bands;
    if bands.is_empty() || BANDS_MAX < bands.len() {
        return Err(format!("has {} bands; write 1 to {BANDS_MAX}", bands.len()));
    }
    if bands.windows(2).any(|pair| pair[0].from <= pair[1].from || pair[1].name <= pair[0].name) {
        return Err("bands stand from the safest down: names ascending from A, `from` descending".to_owned());
    }
    let lowest = bands.last().map_or(file.scale.min, |band| band.from);
    if lowest != file.scale.min {
        return Err(format!("the last band starts at {lowest}, so scores from {} have none", file.scale.min));
    }
    match bands.first() {
        Some(first) if file.scale.max < first.from => Err(format!("band `{}` starts above the scale", first.name)),
        _ => Ok(()),
    }
}

fn characteristic(one: &CharacteristicFile, file: &ModelFile) -> Result<Characteristic, String> {
    if one.rationale.trim().is_empty() || one.source.trim().is_empty() {
        return Err("`rationale` and `source` must say why it belongs here and who says so".to_owned());
    }
    let extra = one.attribute.strip_prefix(EXTRA_PREFIX);
    match (extra, &one.reason) {
        (Some(_), None) => return Err("an extra column has no reason of its own; give `reason`".to_owned()),
        (None, Some(_)) => return Err("`reason` belongs to extra columns only; an attribute has its own".to_owned()),
        _ => {}
    }
    if extra.is_none() && !one.special.is_empty() {
        return Err("`special` belongs to extra columns only; an attribute without a value says why".to_owned());
    }
    match (&one.against_risk, extra) {
        (Some(_), Some(_)) => {
            return Err("`against_risk` is for attributes; an extra column has no direction of risk".to_owned());
        }
        (Some(why), None) if why.trim().is_empty() => {
            return Err("`against_risk` is empty; say why the points run against the direction of risk".to_owned());
        }
        _ => {}
    }
    let bins = Bins::new(one)?;
    let points = || Missing::ALL.into_iter().map(|cause| (cause, bins.missing_points(cause)));
    if let Some((cause, _)) = points().find(|(_, points)| *points != one.neutral)
        && one.missing_rationale.as_ref().is_none_or(|text| text.trim().is_empty())
    {
        return Err(format!("`{}` differs from neutral; say why in `missing_rationale`", cause.code()));
    }
    let baseline = baseline(one, file)?;
    // "Unknown" may not read like "observed and bad".
    if let Some((cause, _)) = points().find(|(_, points)| *points < one.neutral)
        && one.missing_reason.is_none()
    {
        return Err(format!(
            "`{}` costs points as if it had been observed; give neutral points, or name a reason of kind `data` in \
             `missing_reason`",
            cause.code()
        ));
    }
    Ok(Characteristic {
        attribute: one.attribute.clone(),
        bins,
        baseline,
        neutral: one.neutral,
        reason: one.reason.clone(),
        missing_reason: one.missing_reason.clone(),
        against_risk: one.against_risk.clone(),
    })
}

fn baseline(one: &CharacteristicFile, file: &ModelFile) -> Result<f64, String> {
    let (name, run) = match file.baseline {
        #[expect(clippy::cast_precision_loss, reason = "points stay far below 2^53")]
        Baseline::Neutral => return Ok(one.neutral as f64),
        Baseline::Marginal => ("marginal", &file.baselines.marginal),
        Baseline::All => ("all", &file.baselines.all),
    };
    let average = run.as_ref().and_then(|run| run.points.get(&one.attribute));
    average
        .copied()
        .ok_or_else(|| format!("baseline `{name}` is chosen, but `baselines.{name}` holds no points for it"))
}

#[expect(clippy::cast_precision_loss, reason = "points stay far below 2^53")]
fn check_baseline(run: &BaselineRun, file: &ModelFile) -> Result<(), String> {
    if run.applicants == 0 {
        return Err("a baseline over no applicants".to_owned());
    }
    for one in &file.characteristics {
        let (least, most) = Bins::new(one)?.extremes();
        match run.points.get(&one.attribute) {
            None => return Err(format!("a baseline lacks `{}`; make it again", one.attribute)),
            Some(average) if (least as f64..=most as f64).contains(average) => {}
            Some(_) => return Err(format!("a baseline of `{}` lies outside its points; make it again", one.attribute)),
        }
    }
    if run.points.len() != file.characteristics.len() {
        return Err("a baseline names attributes that the model does not read; make it again".to_owned());
    }
    Ok(())
}

#[cfg(test)]
#[path = "scorecard_tests.rs"]
pub(in crate::model) mod tests;
