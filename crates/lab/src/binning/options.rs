//! What a binning may do.

use serde::{Deserialize, Serialize};

/// Most prebins, given or searched: the programme is cubic in them.
pub const PREBINS_LIMIT: usize = 100;

/// How the bad rate may move along the value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trend {
    /// The best of the other four with a shape: ascending or descending, whichever has the larger information value
    /// (ascending if they are equal); peak or valley only if it has at least [`Options::turn_gain_min`] more than that.
    Auto,
    /// Never falls.
    Ascending,
    /// Never rises.
    Descending,
    /// Rises, then falls. A plain rise or fall is a peak at an end.
    Peak,
    /// Falls, then rises. A plain rise or fall is a valley at an end.
    Valley,
    /// As it comes.
    None,
}

/// What to do when a bin has no good or no bad, so that its weight of evidence would be infinite.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZeroCell {
    /// Forbid it: the search keeps such prebins with a neighbour; of fixed splits, the one towards the neighbour whose bad rate
    /// is nearer is dropped. A column with only one class among its numbers gets weight 0.
    Merge,
    /// Add one half to goods and bads of that bin, leaving the totals alone.
    AddHalf,
}

/// What a binning may do. Shares and minima count rows, not weights: weights are no evidence. When no grouping is allowed, all
/// values are one bin, whatever the minima.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Of the bad rate along the value. Codes have no direction: it is ignored for them.
    pub trend: Trend,
    /// The share of information value by which a turn has to beat the better straight trend under [`Trend::Auto`]. 0 takes the
    /// largest information value whatever it costs; optbinning's `auto` guesses the trend by a decision tree instead.
    pub turn_gain_min: f64,
    /// Most prebins; at most [`PREBINS_LIMIT`].
    pub prebins_max: usize,
    /// Least share of a prebin in the weight of all numbers.
    pub prebin_share_min: f64,
    /// Most bins of values.
    pub bins_max: usize,
    /// Least share of a bin in the rows that have a number (or a code).
    pub bin_share_min: f64,
    /// Codes with a smaller share of the rows that have a code are pooled before anything else: the bad rate of few rows says
    /// too little to choose their neighbours by.
    pub code_share_min: f64,
    /// Fewest bad rows of a bin.
    pub bads_min: u64,
    /// Fewest good rows of a bin.
    pub goods_min: u64,
    /// Least distance of the bad rates of neighbouring bins.
    pub rate_gap_min: f64,
    /// Largest p-value of the two-sided z test that neighbouring bins have the same bad rate (pooled variance, rows).
    pub p_value_max: Option<f64>,
    /// Numbers that are codes and no magnitudes: each gets a bin apart.
    pub special: Vec<f64>,
    /// The splits of numbers to use, ascending: no search, no minima. Empty ranges join the one below (the first, the one above).
    pub splits: Option<Vec<f64>>,
    /// The edges of the prebins of numbers to search over, ascending, instead of quantiles.
    pub prebin_splits: Option<Vec<f64>>,
    /// The groups of codes to use: no search, no minima. Codes in none of them are `other`.
    pub groups: Option<Vec<Vec<String>>>,
    /// What to do about infinite weights of evidence.
    pub zero_cell: ZeroCell,
    /// Fewest rows of a special value or of a cause of missing, below which its weight of evidence is 0.
    pub missing_min: u64,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            trend: Trend::Auto,
            turn_gain_min: 0.05,
            prebins_max: 30,
            prebin_share_min: 0.02,
            bins_max: 8,
            bin_share_min: 0.05,
            code_share_min: 0.05,
            bads_min: 5,
            goods_min: 5,
            rate_gap_min: 0.0,
            p_value_max: None,
            special: vec![],
            splits: None,
            prebin_splits: None,
            groups: None,
            zero_cell: ZeroCell::Merge,
            missing_min: 30,
        }
    }
}

impl Options {
    /// Says what cannot be, and the way out.
    pub(super) fn check(&self) -> Result<(), String> {
        let share = |name: &str, value: f64| match value {
            value if (0.0..1.0).contains(&value) => Ok(()),
            value => Err(format!("`{name}` is {value}; give a share from 0 to below 1")),
        };
        share("prebin_share_min", self.prebin_share_min)?;
        share("bin_share_min", self.bin_share_min)?;
        share("code_share_min", self.code_share_min)?;
        share("rate_gap_min", self.rate_gap_min)?;
        if !self.turn_gain_min.is_finite() || self.turn_gain_min < 0.0 {
            return Err(format!("`turn_gain_min` is {}; give a share of 0 or more", self.turn_gain_min));
        }
        if let Some(value) = self.p_value_max.filter(|value| !(0.0..=1.0).contains(value)) {
            return Err(format!("`p_value_max` is {value}; give a probability"));
        }
        if !(1..=PREBINS_LIMIT).contains(&self.prebins_max) {
            return Err(format!("`prebins_max` is {}; give 1 to {PREBINS_LIMIT}", self.prebins_max));
        }
        if !(1..=PREBINS_LIMIT).contains(&self.bins_max) {
            return Err(format!("`bins_max` is {}; give 1 to {PREBINS_LIMIT}", self.bins_max));
        }
        for (name, splits) in [("splits", &self.splits), ("prebin_splits", &self.prebin_splits)] {
            check_splits(name, splits.as_deref().unwrap_or_default())?;
        }
        if self.special.iter().any(|code| !code.is_finite()) {
            return Err("`special` holds a code that is not finite".to_owned());
        }
        check_unique("special", self.special.iter().map(|code| code + 0.0).collect(), f64::total_cmp)?;
        let grouped: Vec<&String> = self.groups.iter().flatten().flatten().collect();
        check_unique("groups", grouped, Ord::cmp)
    }
}

fn check_splits(name: &str, splits: &[f64]) -> Result<(), String> {
    if splits.iter().any(|split| !split.is_finite()) || splits.windows(2).any(|pair| pair[1] <= pair[0]) {
        return Err(format!("`{name}` are not finite and strictly ascending"));
    }
    if PREBINS_LIMIT <= splits.len() {
        return Err(format!("`{name}` are {}; give fewer than {PREBINS_LIMIT}", splits.len()));
    }
    Ok(())
}

fn check_unique<T>(name: &str, mut all: Vec<T>, order: fn(&T, &T) -> std::cmp::Ordering) -> Result<(), String> {
    all.sort_by(order);
    match all.windows(2).any(|pair| order(&pair[0], &pair[1]).is_eq()) {
        true => Err(format!("`{name}` names the same code twice")),
        false => Ok(()),
    }
}
