//! The card as the engine reads it.

use cashline_core::{
    model::{
        Model,
        bins::step_against,
        file::{
            Baseline, Baselines, BinFile, CharacteristicFile, Closure, Conventions, Direction, Kind, MissingPoints,
            MissingRule, ModelFile, Rounding, Scale as FileScale, ScaleUnit, ScoreBasis, SpecialFile, WoeSign,
            ZeroCell,
        },
        scorecard::EXTRA_PREFIX,
    },
    time::Day,
    value::Missing,
};

use super::{Characteristic, CharacteristicPoints, FitError, FittedCard};
use crate::{
    binning::{self, Bin, BinKind, Binned, Trend},
    logistic::Coefficient,
    select::Method,
};

const SECONDS_PER_DAY: i64 = 86_400;

impl FittedCard {
    /// The model file: whole points, rounded once; neutral is 0 in every characteristic; what was fitted stands in the texts.
    ///
    /// # Errors
    ///
    /// [`FitError::NotExpressible`] when the card has what the file has no place for, [`FitError::Model`] when the engine's own
    /// check refuses it (it is run here).
    pub fn model_file(&self) -> Result<ModelFile, FitError> {
        let points = self.points();
        let header = &self.recipe.header;
        let characteristics = self
            .characteristics
            .iter()
            .zip(&self.fit.coefficients)
            .zip(&points.characteristics)
            .map(|((one, slope), points)| self.characteristic(one, slope, points))
            .collect::<Result<Vec<_>, _>>()?;
        let added = self.characteristics.iter().any(|one| one.binned.options.zero_cell == binning::ZeroCell::AddHalf);
        let file = ModelFile {
            schema: 1,
            kind: Kind::Scorecard,
            name: header.name.clone(),
            version: header.version.clone(),
            provider: header.provider.clone(),
            target: header.target.clone(),
            horizon_days: header.horizon_days,
            score_basis: ScoreBasis::FittedUncalibrated,
            baseline: Baseline::Neutral,
            base_points: points.base_whole(),
            population: header.population.clone(),
            scale: FileScale {
                min: self.scale.min,
                max: self.scale.max,
                direction: Direction::HigherIsSafer,
                unit: ScaleUnit::DoubleOdds {
                    base: self.scale.base,
                    odds_at_base: self.scale.odds_at_base,
                    pdo: self.scale.pdo,
                },
            },
            conventions: Conventions {
                woe: WoeSign::LnGoodsOverBads,
                closure: Closure::LeftClosedRightOpen,
                missing: MissingRule::OwnPointsByCause,
                rounding: Rounding::BinHalfEvenOnce,
                zero_cell: if added { ZeroCell::AddHalf } else { ZeroCell::None },
            },
            bands: self.bands.clone(),
            characteristics,
            segments: vec![],
            calibration: None,
            expected: None,
            documentation: None,
            validation: vec![],
            trees: None,
            baselines: Baselines::default(),
            made_with: None,
        };
        let Model::Scorecard(_) = file.clone().check()? else {
            let fault = "the engine read another kind of model from it";
            return Err(FitError::NotExpressible { column: header.name.clone(), fault });
        };
        Ok(file)
    }

    fn characteristic(
        &self,
        one: &Characteristic,
        slope: &Coefficient,
        points: &CharacteristicPoints,
    ) -> Result<CharacteristicFile, FitError> {
        let (name, binned, whole) = (&one.binned.name, &one.binned, points.whole());
        let extra = name.starts_with(EXTRA_PREFIX);
        if !extra && !binned.specials.is_empty() {
            let fault = "special values belong to extra columns only; an attribute without a value says why";
            return Err(FitError::NotExpressible { column: name.clone(), fault });
        }
        let reason = if extra { one.facts.reason.clone() } else { None };
        let bins: Vec<BinFile> =
            values_in_file_order(binned).into_iter().map(|place| bin(binned, place, &whole)).collect();
        let along: Vec<i64> = bins.iter().map(|bin| bin.points).collect();
        let is_against = !extra && !binned.is_codes() && step_against(&along, one.facts.risk).is_some();
        let special = |place: usize| match binned.all().nth(place).map(|bin| &bin.kind) {
            Some(BinKind::Special(value)) => Some(SpecialFile { value: *value, meaning: None, points: whole[place] }),
            _ => None,
        };
        let special = specials_in_file_order(binned).into_iter().filter_map(special).collect();
        let missing_points = &whole[binned.bins.len() + binned.specials.len()..];
        let causes = binned.missing.iter().zip(missing_points);
        let causes: Vec<(Missing, &Bin, i64)> = causes.map(|((cause, bin), points)| (*cause, bin, *points)).collect();
        let costs = causes.iter().any(|(_, _, points)| *points < 0);
        let missing_reason = if costs { self.recipe.missing_reasons.get(name).cloned() } else { None };
        Ok(CharacteristicFile {
            attribute: name.clone(),
            rationale: self.rationale(one, slope),
            source: self.source(),
            reason,
            neutral: 0,
            bins,
            special,
            missing: missing(&causes),
            missing_rationale: self.missing_rationale(&causes),
            missing_reason,
            // The engine takes such points with a reason alone.
            against_risk: is_against.then(|| "Fitted: the points follow the development sample.".to_owned()),
        })
    }

    fn rationale(&self, one: &Characteristic, slope: &Coefficient) -> String {
        let trend = match one.binned.trend {
            _ if one.binned.is_codes() => "codes grouped by bad rate",
            Trend::Ascending => "the more, the riskier",
            Trend::Descending => "the more, the safer",
            Trend::Peak => "riskiest in the middle",
            Trend::Valley => "safest in the middle",
            Trend::Auto | Trend::None => "no single direction",
        };
        let why = self.selection.steps.iter().rev().find(|step| step.column == one.binned.name);
        let why = why.map_or(String::new(), |step| format!("; {}", step.why));
        let (iv, rows) = (one.binned.iv(), self.sample.rows);
        let fitted = match &self.bin_effects {
            Some(found) if matches!(self.settings.method, Method::Boosted(_)) => {
                format!("points by boosting, ridge {}", found.ridge)
            }
            Some(found) => {
                format!("an effect for each bin, ridge {} and lasso {} on its steps", found.ridge, found.lasso)
            }
            None => format!(
                "coefficient {:.4} with standard error {:.4}, Wald p {:.1e}",
                slope.value, slope.standard_error, slope.p
            ),
        };
        format!("Fitted: {trend}; IV {iv:.3}, {fitted}, n {rows}{why}.")
    }

    fn source(&self) -> String {
        let day = |seconds: i64| Day(i32::try_from(seconds.div_euclid(SECONDS_PER_DAY)).unwrap_or(0)).to_string();
        format!(
            "development sample: {} applications, {} bad, T from {} to {}",
            self.sample.rows,
            self.sample.bad_rows,
            day(self.sample.as_of_first),
            day(self.sample.as_of_last)
        )
    }

    fn missing_rationale(&self, causes: &[(Missing, &Bin, i64)]) -> Option<String> {
        let all = self.sample.bads / self.sample.cases;
        let differs = causes.iter().filter(|(_, _, points)| *points != 0);
        let one = |(cause, bin, _): &(Missing, &Bin, i64)| {
            format!("`{}` in {} rows, bad rate {:.3} against {all:.3} in all", cause.code(), bin.rows, bin.rate())
        };
        let texts: Vec<String> = differs.map(one).collect();
        (!texts.is_empty()).then(|| format!("Fitted: {}.", texts.join("; ")))
    }
}

/// The bins of values as the file has them, by place in [`Binned::all`]: ranges as they stand; of codes, those that take in every
/// other code last. `None` is a bin that the file needs and development has not: for codes not met, worth nothing.
pub(crate) fn values_in_file_order(binned: &Binned) -> Vec<Option<usize>> {
    let takes_others = |at: &usize| matches!(binned.bins[*at].kind, BinKind::Codes { other: true, .. });
    let (last, mut order): (Vec<usize>, Vec<usize>) = (0..binned.bins.len()).partition(takes_others);
    let added = (binned.is_codes() && last.is_empty()).then_some(None);
    order.extend(last);
    order.into_iter().map(Some).chain(added).collect()
}

/// The special values as the file has them, ascending, by place in [`Binned::all`].
pub(crate) fn specials_in_file_order(binned: &Binned) -> Vec<usize> {
    let value = |at: &usize| match binned.specials[*at].kind {
        BinKind::Special(value) => value + 0.0,
        _ => 0.0,
    };
    let mut order: Vec<usize> = (0..binned.specials.len()).collect();
    order.sort_by(|a, b| value(a).total_cmp(&value(b)));
    order.into_iter().map(|at| binned.bins.len() + at).collect()
}

fn bin(binned: &Binned, place: Option<usize>, whole: &[i64]) -> BinFile {
    let Some(place) = place else { return BinFile::default() };
    let points = whole[place];
    match &binned.bins[place].kind {
        BinKind::Range { below, .. } => BinFile { below: *below, codes: vec![], points },
        BinKind::Codes { levels, other: false } => BinFile { below: None, codes: levels.clone(), points },
        // The last bin names no code.
        _ => BinFile { points, ..BinFile::default() },
    }
}

fn missing(causes: &[(Missing, &Bin, i64)]) -> MissingPoints {
    let mut points = MissingPoints { other: Some(0), ..MissingPoints::default() };
    for (cause, _, earned) in causes.iter().filter(|(_, _, points)| *points != 0) {
        let slot = match cause {
            Missing::NotPermitted => &mut points.not_permitted,
            Missing::NotEnoughHistory => &mut points.not_enough_history,
            Missing::NoSuchEvent => &mut points.no_such_event,
            Missing::TooFewEvents => &mut points.too_few_events,
            Missing::ZeroDenominator => &mut points.zero_denominator,
            Missing::Stale => &mut points.stale,
            Missing::NotApplicable => &mut points.not_applicable,
        };
        *slot = Some(*earned);
    }
    points
}
