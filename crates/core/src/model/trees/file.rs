//! What a model file says of a tree ensemble: closed, compact, and without child indices.
//!
//! A tree's nodes stand in preorder, the left subtree first. Where a leaf follows from the order alone, there is no index
//! that could point backwards, outside or twice, so every file that fits is a tree.

use serde::{Deserialize, Serialize};

/// A tree ensemble as the model file writes it, unchecked.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TreesFile {
    /// What made it, such as `lightgbm v4`, for the reader.
    pub source: String,
    /// How a value is held against a threshold, and how leaves are summed.
    pub comparison: Comparison,
    /// What the ensemble sees instead of a missing value.
    pub missing: MissingAs,
    /// What a node's cover is.
    pub cover: Cover,
    /// The margin before any tree.
    pub base_margin: f64,
    /// Log-odds of bad for each unit of the margin: 1, but for a LightGBM model with another `sigmoid`.
    pub log_odds_per_margin: f64,
    /// The reason, of kind `data`, that is given when missing values cost points.
    pub missing_reason: String,
    /// What the trees read; `input` of a node counts from 0 in this list. Each is read by some tree.
    pub inputs: Vec<InputFile>,
    /// In the order in which leaves are summed.
    pub tree: Vec<TreeFile>,
}

/// How a value is held against a threshold.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// Left when the value, rounded to single precision, is less than the threshold; leaves are summed in single precision
    /// (XGBoost).
    F32LessThan,
    /// Left when the value is at most the threshold; a value within [`super::ZERO`] of zero is zero; leaves are
    /// summed in double precision (LightGBM).
    F64LessOrEqual,
}

/// What the ensemble sees instead of a missing value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingAs {
    /// Every cause is NaN; each split says where NaN goes.
    Nan,
}

/// What a node's cover is: how much of the training sample reached it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cover {
    /// Rows (LightGBM).
    Count,
    /// The sum of second derivatives (XGBoost).
    Hessian,
}

/// What the trees read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputFile {
    /// A column of the registry, or `extra:name` for a column of the applications that the run declares.
    pub attribute: String,
    /// The reason's code; only for an `extra:` column, an attribute has its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The constraint that the ensemble was trained under; every tree must keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monotone: Option<Monotone>,
}

/// A monotone constraint on values that are not missing, nor zero where a split sends zeros with the missing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Monotone {
    /// A larger value never lowers the margin.
    RiskRises,
    /// A larger value never raises the margin.
    RiskFalls,
}

/// One tree: four entries a node, in preorder, left first.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TreeFile {
    /// What a split reads; -1 is a leaf.
    pub input: Vec<i32>,
    /// A split's threshold; a leaf's addition to the margin.
    pub value: Vec<f64>,
    /// One letter a node: where a missing value goes. `l` left, `r` right, `0` where 0 goes; `L` and `R`: so does a zero.
    /// `.` is a leaf.
    pub absent: String,
    /// How much of the training sample reached the node; positive.
    pub cover: Vec<f64>,
}
