//! What a model file says about itself for those who have to sign it: nothing here is read by scoring.
//!
//! # Source
//!
//! Regulation B, 12 CFR 1002.2(p)(1): which systems count as empirically derived, demonstrably and statistically sound. The
//! other fields are those that model risk management asks of any model: purpose, limits, data, evidence.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::file::ModelFile;

/// Purpose, limits and development sample.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Documentation {
    /// What the score is to be used for.
    pub purpose: String,
    /// What it is not to be used for.
    pub non_uses: Vec<String>,
    /// What it cannot do, or where it was not tried.
    pub limits: Vec<String>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// How much hangs on it, in the lender's own tiers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub materiality: Option<String>,
    /// What it was fitted on; an expert card has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub development: Option<Development>,
}

/// The development sample.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Development {
    /// Where applications and outcomes come from.
    pub source: String,
    /// What a bad outcome is.
    pub bad: String,
    /// First day of application, ISO 8601.
    pub first_day: String,
    /// Last day of application, ISO 8601.
    pub last_day: String,
    /// Applicants with a good outcome.
    pub goods: u64,
    /// Applicants with a bad outcome.
    pub bads: u64,
    /// Applicants with neither; counted, not fitted.
    pub indeterminates: u64,
    /// Applicants left out, immature ones too.
    pub excluded: u64,
    /// How the model was made: method, library, seed.
    pub method: String,
    /// True when the sample is of the lender that uses the model, false when pooled or another's.
    pub own_applicants: bool,
}

/// On what a model was measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValidationKind {
    /// Applicants of the same time that the fit did not see.
    HoldOut,
    /// Cross-validation, with binning and selection inside the fold.
    CrossValidated,
    /// Later applicants.
    OutOfTime,
    /// Applicants since the model is in use.
    Revalidation,
}

impl ValidationKind {
    /// The kind as files write it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            ValidationKind::HoldOut => "hold_out",
            ValidationKind::CrossValidated => "cross_validated",
            ValidationKind::OutOfTime => "out_of_time",
            ValidationKind::Revalidation => "revalidation",
        }
    }
}

/// What was measured of a model, once.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validation {
    /// On what.
    pub kind: ValidationKind,
    /// The applicants in words, with their days.
    pub sample: String,
    /// Applicants with a known outcome.
    pub applicants: u64,
    /// Those of them with a bad one.
    pub bads: u64,
    /// The day by which it has to be measured again, ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat_by: Option<String>,
    /// By name, such as `auc`, `ks`, `brier`, `calibration_slope`.
    pub figures: BTreeMap<String, Figure>,
}

/// A figure and its interval.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// The estimate.
    pub value: f64,
    /// Lower end of the 95 % interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper end of the 95 % interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
}

/// Checks what can be checked of a file's words about itself.
pub(super) fn check(file: &ModelFile) -> Result<(), String> {
    if let Some(documentation) = &file.documentation {
        if documentation.purpose.trim().is_empty() {
            return Err("`documentation.purpose` is empty; say it, an auditor will ask".to_owned());
        }
        if let Some(development) = &documentation.development {
            let texts = [&development.source, &development.bad, &development.method];
            if texts.iter().any(|text| text.trim().is_empty()) {
                return Err("`documentation.development` must say `source`, `bad` and `method`".to_owned());
            }
            if development.goods == 0 || development.bads == 0 {
                return Err("`documentation.development` needs goods and bads; a card without them has none".to_owned());
            }
        }
    }
    for one in &file.validation {
        if one.sample.trim().is_empty() || one.bads == 0 || one.applicants <= one.bads {
            return Err("`validation` needs goods and bads and the words of its `sample`".to_owned());
        }
        let numbers = |figure: &Figure| [Some(figure.value), figure.low, figure.high];
        if let Some((name, _)) =
            one.figures.iter().find(|(_, figure)| numbers(figure).into_iter().flatten().any(|one| !one.is_finite()))
        {
            return Err(format!("`validation`, `{name}`: no finite number; leave it out"));
        }
    }
    Ok(())
}
