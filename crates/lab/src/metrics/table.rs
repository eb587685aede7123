//! Tables by bucket: gains by score, expected against observed by probability.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::{
    Cases, Estimate, MetricError, bad_share,
    cases::{quantile, sum},
};
use crate::count::real;

/// Where the buckets of a table part.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Cuts<'a> {
    /// As many buckets with about as many rows each (type 7 quantiles of the rows); equal values never part, so that there may
    /// be fewer.
    Quantiles(usize),
    /// `[cut, next cut)`, ascending.
    At(&'a [f64]),
}

impl Cuts<'_> {
    /// Ascending cuts for values in ascending order; a value equal to a cut stands above it.
    ///
    /// # Errors
    ///
    /// [`MetricError::Range`] for fewer than 2 or more than 1,000 buckets, and for cuts that do not ascend.
    pub fn points(&self, ascending: &[f64]) -> Result<Vec<f64>, MetricError> {
        match self {
            Cuts::Quantiles(buckets) if !(2..=1_000).contains(buckets) => {
                Err(MetricError::Range { what: "the number of buckets", range: "2 to 1,000" })
            }
            Cuts::Quantiles(buckets) => {
                let place = |at: usize| real(at) / real(*buckets);
                let mut cuts: Vec<f64> = (1..*buckets).filter_map(|at| quantile(ascending, place(at))).collect();
                cuts.dedup();
                Ok(cuts)
            }
            Cuts::At(cuts) if cuts.is_sorted_by(|a, b| a < b) => Ok(cuts.to_vec()),
            Cuts::At(_) => Err(MetricError::Range { what: "the cuts of a table", range: "ascending and finite" }),
        }
    }

    /// Row ranges of the buckets that hold a row.
    fn ranges(&self, ascending: &[f64]) -> Result<Vec<std::ops::Range<usize>>, MetricError> {
        let mut ends: Vec<usize> =
            self.points(ascending)?.iter().map(|cut| ascending.partition_point(|value| value < cut)).collect();
        ends.push(ascending.len());
        let mut start = 0;
        let mut found = Vec::new();
        for end in ends {
            if start < end {
                found.push(start..end);
                start = end;
            }
        }
        Ok(found)
    }
}

/// One bucket of scores, and all up to it from the riskiest. The columns are those of toad's `KS_bucket`.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Gains {
    /// Lowest score of the bucket.
    pub min: f64,
    /// Highest score of the bucket.
    pub max: f64,
    /// Rows.
    pub rows: usize,
    /// Weight of bads; their count where weights are 1, as below.
    pub bads: f64,
    /// Weight of goods.
    pub goods: f64,
    /// Weight of all.
    pub total: f64,
    /// Bads of the bucket.
    pub bad_rate: f64,
    /// Goods of the bucket.
    pub good_rate: f64,
    /// Bads to a good; `None` without goods.
    pub odds: Option<f64>,
    /// Share of all bads that is here.
    pub bad_prop: f64,
    /// Share of all goods that is here.
    pub good_prop: f64,
    /// Share of all that is here.
    pub total_prop: f64,
    /// Bad rate of this bucket and the riskier ones.
    pub cum_bad_rate: f64,
    /// Bad rate of this bucket and the safer ones: what is approved when the cut-off is its lowest score.
    pub cum_bad_rate_rev: f64,
    /// Share of bads in this bucket and the riskier ones.
    pub cum_bads_prop: f64,
    /// Share of goods in this bucket and the riskier ones.
    pub cum_goods_prop: f64,
    /// Share of all in this bucket and the riskier ones.
    pub cum_total_prop: f64,
    /// Cumulative share of bads less that of goods.
    pub ks: f64,
    /// Bad rate over the bad rate of all.
    pub lift: f64,
    /// The same over this bucket and the riskier ones.
    pub cum_lift: f64,
}

/// The gains table, riskiest bucket first.
///
/// # Errors
///
/// [`MetricError::Range`] for buckets that cannot be cut.
pub fn gains(cases: &Cases, cuts: Cuts<'_>) -> Result<Vec<Gains>, MetricError> {
    let (bad, weight) = (cases.bad(), cases.weight());
    let of =
        |range: std::ops::Range<usize>, class: bool| sum(range.filter(|at| bad[*at] == class).map(|at| weight[at]));
    let (all_goods, all_bads) = (of(0..cases.len(), false), of(0..cases.len(), true));
    let all = all_goods + all_bads;
    let row = |range: std::ops::Range<usize>| {
        let (goods, bads) = (of(range.clone(), false), of(range.clone(), true));
        let (cum_goods, cum_bads) = (of(0..range.end, false), of(0..range.end, true));
        let (rev_goods, rev_bads) = (of(range.start..cases.len(), false), of(range.start..cases.len(), true));
        let total = goods + bads;
        Gains {
            min: cases.score()[range.start],
            max: cases.score()[range.end - 1],
            rows: range.len(),
            bads,
            goods,
            total,
            bad_rate: bads / total,
            good_rate: goods / total,
            odds: (0.0 < goods).then(|| bads / goods),
            bad_prop: bads / all_bads,
            good_prop: goods / all_goods,
            total_prop: total / all,
            cum_bad_rate: cum_bads / (cum_bads + cum_goods),
            cum_bad_rate_rev: rev_bads / (rev_bads + rev_goods),
            cum_bads_prop: cum_bads / all_bads,
            cum_goods_prop: cum_goods / all_goods,
            cum_total_prop: (cum_bads + cum_goods) / all,
            ks: cum_bads / all_bads - cum_goods / all_goods,
            lift: (bads / all_bads) / (total / all),
            cum_lift: (cum_bads / all_bads) / ((cum_bads + cum_goods) / all),
        }
    };
    Ok(cuts.ranges(cases.score())?.into_iter().map(row).collect())
}

/// One bucket of probabilities.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Bucket {
    /// Lowest probability of the bucket.
    pub min: f64,
    /// Highest probability of the bucket.
    pub max: f64,
    /// Rows.
    pub rows: usize,
    /// Weight of all; their count where weights are 1, as below.
    pub total: f64,
    /// Bads that the probabilities expect.
    pub expected_bads: f64,
    /// Bads.
    pub bads: f64,
    /// Mean probability.
    pub expected: f64,
    /// Bad rate with a Clopper–Pearson interval.
    pub observed: Estimate,
}

/// Expected against observed bads by bucket of probability, safest first.
///
/// # Errors
///
/// [`MetricError::NoProbability`], [`MetricError::Range`].
pub fn calibration_table(cases: &Cases, cuts: Cuts<'_>, level: f64) -> Result<Vec<Bucket>, MetricError> {
    super::discrimination::normal_quantile(level)?;
    let p = cases.probability()?;
    let key = |at: &usize| (p[*at], cases.bad()[*at], cases.weight()[*at]);
    let mut rows: Vec<(f64, bool, f64)> = (0..cases.len()).map(|at| key(&at)).collect();
    rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.total_cmp(&b.2)));
    let ascending: Vec<f64> = rows.iter().map(|row| row.0).collect();
    let bucket = |range: std::ops::Range<usize>| {
        let rows = &rows[range];
        let total = sum(rows.iter().map(|row| row.2));
        let expected_bads = sum(rows.iter().map(|row| row.0 * row.2));
        Bucket {
            min: rows[0].0,
            max: rows[rows.len() - 1].0,
            rows: rows.len(),
            total,
            expected_bads,
            bads: sum(rows.iter().filter(|row| row.1).map(|row| row.2)),
            expected: expected_bads / total,
            // A bucket holds a row.
            observed: bad_share(rows.iter().map(|row| (row.1, row.2)), level).unwrap_or(Estimate {
                value: 0.0,
                lower: 0.0,
                upper: 1.0,
            }),
        }
    };
    Ok(cuts.ranges(&ascending)?.into_iter().map(bucket).collect())
}

/// Whether the probabilities were fitted to the rows that they are held against.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// Fitted to these rows: buckets less 2 degrees of freedom.
    SameRows,
    /// Fitted elsewhere: as many degrees of freedom as buckets.
    OtherRows,
}

/// The Hosmer–Lemeshow test.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct HosmerLemeshow {
    /// `Σ (observed - expected)² / (n p (1 - p))` over buckets.
    pub statistic: f64,
    /// Of the chi-squared distribution.
    pub degrees: usize,
    /// Chance of a statistic at least as large when the probabilities hold.
    pub p: f64,
}

/// Holds a calibration table against its expectations; `None` when a bucket's mean is 0 or 1, when no degree of freedom is
/// left, and with weights other than 1, whose sum of squares has no chi-squared distribution.
///
/// Its answer depends on the buckets, and on large samples it rejects any model: read the table first.
///
/// # Source
///
/// Hosmer & Lemeshow (1980), Commun. Stat. A9; out of sample: Hosmer, Lemeshow & Sturdivant (2013), 5.2.2.
#[must_use]
pub fn hosmer_lemeshow(table: &[Bucket], fit: Fit) -> Option<HosmerLemeshow> {
    let degrees = match fit {
        Fit::SameRows => table.len().checked_sub(2)?,
        Fit::OtherRows => table.len(),
    };
    let distribution = ChiSquared::new(real(degrees)).ok()?;
    let term = |bucket: &Bucket| {
        let apart = bucket.bads - bucket.expected_bads;
        apart * apart / (bucket.expected_bads * (1.0 - bucket.expected))
    };
    let usable = |bucket: &Bucket| bucket.total == real(bucket.rows) && 0.0 < bucket.expected && bucket.expected < 1.0;
    if !table.iter().all(usable) {
        return None;
    }
    let statistic = sum(table.iter().map(term));
    Some(HosmerLemeshow { statistic, degrees, p: distribution.sf(statistic) })
}
