//! The recipe: everything that decides what card comes out of a sample, as data with a closed schema.

use std::collections::{BTreeMap, BTreeSet};

use cashline_core::{
    attribute::{definition::Risk, registry::EXTRA_ALIAS},
    model::{
        file::{Band, Holder, Population},
        scorecard::EXTRA_PREFIX,
    },
    value::Missing,
};
use serde::{Deserialize, Serialize};

use crate::{
    binning::{self, Trend},
    scorecard::FitError,
    select::{Boosting, Facts, Method, PathChoice, Screens},
};

/// How a card is made. What is left out is set by how many bads the sample has ([`Recipe::settings`]).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Recipe {
    /// What the model file says of itself.
    pub header: Header,
    /// Of every column.
    pub binning: Option<binning::Options>,
    /// Of single columns, instead of `binning` and of `follow_risk`.
    pub columns: BTreeMap<String, binning::Options>,
    /// Whether the bad rate may move along an attribute's value only as the registry says that the risk does. What is known
    /// beforehand need not be learnt from few bads, and a reason never says the opposite of what it means.
    pub follow_risk: bool,
    /// What a column has to be like.
    pub screens: Option<Screens>,
    /// Columns that pass the first screen by somebody's decision; joins the `allow` of the screens.
    pub allow: Vec<String>,
    /// What is known of columns that no registry knows: `extra:name` columns of the applications, each with the code of its
    /// reason. Without it such a column stays out.
    pub extra_columns: Vec<Facts>,
    /// How to choose among the columns that pass.
    pub method: Option<Method>,
    /// Ridge on the slopes ([`crate::logistic::Options::ridge`]).
    pub ridge: Option<f64>,
    /// What the points of a bin are made of.
    pub effects: Option<Effects>,
    /// Columns whose missing values may cost points, with the code of the reason (of kind `data`) that is given then. In
    /// other columns a missing value is never worth less than neutral.
    pub missing_reasons: BTreeMap<String, String>,
    /// Causes of missing that may earn points. `no_such_event` is an observation; to pay for other causes would invite
    /// applicants to withhold data.
    pub missing_gains: Vec<Missing>,
    /// Which score means what.
    pub scaling: Scaling,
    /// From the safest down; empty: five bands with a fifth of the sample each.
    pub bands: Vec<Band>,
    /// Of every draw: the folds of a cross-validated penalty.
    pub seed: u64,
}

impl Default for Recipe {
    fn default() -> Recipe {
        Recipe {
            header: Header::default(),
            binning: None,
            columns: BTreeMap::new(),
            follow_risk: true,
            screens: None,
            allow: vec![],
            extra_columns: vec![],
            method: None,
            ridge: None,
            effects: None,
            missing_reasons: BTreeMap::new(),
            missing_gains: vec![Missing::NoSuchEvent],
            scaling: Scaling::default(),
            bands: vec![],
            seed: 0,
        }
    }
}

/// What the model file says of itself.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Header {
    /// In snake case.
    pub name: String,
    /// The model's own version.
    pub version: String,
    /// Who provides the score.
    pub provider: String,
    /// What a good outcome is.
    pub target: String,
    /// Days after T in which it is observed.
    pub horizon_days: u32,
    /// Whom the model is for.
    pub population: Population,
}

impl Default for Header {
    fn default() -> Header {
        Header {
            name: "fitted_card".to_owned(),
            version: "0.1.0".to_owned(),
            provider: "the lender".to_owned(),
            target: "outcome 0 of the outcomes file".to_owned(),
            horizon_days: 365,
            population: Population {
                description: "applicants like those of the development sample".to_owned(),
                holder_kinds: vec![Holder::Customer],
                currency: None,
            },
        }
    }
}

/// Which score means what: `score = base + pdo / ln 2 · ln(odds / odds_at_base)`, odds of good.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scaling {
    /// The score at `odds_at_base`; left out: 600, moved by tens until every score fits.
    pub base: Option<f64>,
    /// Good to bad.
    pub odds_at_base: f64,
    /// Points that double the odds; left out: 40, or fewer until every score fits.
    pub pdo: Option<f64>,
    /// No score lies below.
    pub min: i64,
    /// No score lies above.
    pub max: i64,
}

impl Default for Scaling {
    fn default() -> Scaling {
        Scaling { base: None, odds_at_base: 20.0, pdo: None, min: 0, max: 1000 }
    }
}

/// A recipe with nothing left out.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Of every column without options of its own.
    pub binning: binning::Options,
    /// What a column has to be like.
    pub screens: Screens,
    /// How to choose.
    pub method: Method,
    /// Ridge on the slopes.
    pub ridge: f64,
    /// What the points of a bin are made of.
    pub effects: Effects,
}

/// What the points of a bin are made of, once the columns are chosen.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Effects {
    /// Its weight of evidence times the column's slope.
    Slopes,
    /// An effect of its own ([`super::BinEffects`]), which keeps the column's trend. Needs thousands of bads.
    Bins {
        /// On each step between neighbouring bins; positive. 100 is the precision of steps that stray by 0.1 from zero.
        ridge: f64,
        /// The least slope of the likelihood, in units of √(goods · bads / cases), for which a step is taken; bins without a step
        /// between them become one. 0 leaves all bins.
        #[serde(default)]
        lasso: f64,
    },
}

impl Recipe {
    /// What is left out, set for a sample with so many bad rows; its folds are fitted with the same ([`super::fit_as`]).
    ///
    /// | bad rows | bins | least bads of a bin | of a family | choice | ridge |
    /// |---|---|---|---|---|---|
    /// | below 100 | 5 | none, but a tenth of the rows | any | boosting: 16 columns, 200 steps of 0.03 | 5 |
    /// | 100 to 499 | 5 | 10 | 3 | L1 path by cross-validation, at most 15 | 10 |
    /// | 500 to 1,499 | 8 | 20 | 3 | L1 path by BIC, at most 20 | 0 |
    /// | 1,500 and more | 40 | 20 | 3 | the strongest, at most 40 | 1 |
    ///
    /// Below 100 bads a choice made before the points costs more than it finds: boosting ([`Method::Boosted`]) shares the weight among
    /// columns that say the same, and a bin needs rows but no bads, since its points are not its weight of evidence. Rate, rounds,
    /// shares of rows and columns and ridge are those that the peer in `tests/develop.rs` had from the beginning. Such a card ranks
    /// well, but its log odds are drawn together: calibrate it before a probability is read from it. A recipe that names another
    /// method there gets weights of evidence and slopes: 3 bins of 3 bads, four columns of a family, ridge 50.
    ///
    /// From 1,500 bads on each bin has an effect of its own ([`Effects::Bins`], lasso 0.22) and may be as small as 1 % of the rows
    /// before the lasso makes one of bins that differ by chance; a column without a direction of risk in the registry has no trend
    /// imposed; every column stays that is not noise, since the lasso takes away what others say. Settled by cross-validation
    /// inside training rows of the Taiwanese cards and of a generated portfolio (`benches/recipes.rs`; what was tried stands in
    /// `docs/large_samples.md`); what the test rows then gave stands in the tests and in `benches/recovery.rs`.
    #[must_use]
    pub fn settings(&self, bads: u64) -> Settings {
        let size = if bads < 100 {
            Size::Small
        } else if bads < 500 {
            Size::Middle
        } else if bads < 1_500 {
            Size::Large
        } else {
            Size::Abundant
        };
        let base = binning::Options::default();
        let binning = match size {
            Size::Small => binning::Options {
                bins_max: 3,
                bads_min: 3,
                goods_min: 3,
                bin_share_min: 0.1,
                missing_min: 20,
                turn_gain_min: 0.5,
                ..base
            },
            Size::Middle => binning::Options { bins_max: 5, bads_min: 10, goods_min: 10, turn_gain_min: 0.2, ..base },
            Size::Large => binning::Options { bads_min: 20, goods_min: 20, ..base },
            Size::Abundant => binning::Options {
                trend: Trend::None,
                prebins_max: 50,
                prebin_share_min: 0.01,
                bins_max: 40,
                bin_share_min: 0.01,
                bads_min: 20,
                goods_min: 20,
                ..base
            },
        };
        let per_family = match size {
            Size::Small => 4,
            Size::Middle | Size::Large | Size::Abundant => 3,
        };
        let usual = match size {
            Size::Small => Method::Boosted(Boosting::default()),
            Size::Middle => Method::Path { by: PathChoice::CrossValidation { folds: 5 }, columns_max: 15 },
            Size::Large => Method::Path { by: PathChoice::Bic, columns_max: 20 },
            Size::Abundant => Method::Strongest { columns_max: 40 },
        };
        let method = self.method.clone().unwrap_or(usual);
        let binning = match (&method, &size) {
            (Method::Boosted(_), Size::Small | Size::Middle | Size::Large) => of_boosting(binning),
            _ => binning,
        };
        let ridge = match size {
            Size::Small => 50.0,
            Size::Middle => 10.0,
            Size::Large => 0.0,
            Size::Abundant => 1.0,
        };
        let effects = match size {
            Size::Small | Size::Middle | Size::Large => Effects::Slopes,
            Size::Abundant => Effects::Bins { ridge: 1.0, lasso: 0.22 },
        };
        let usual = match size {
            Size::Small | Size::Middle | Size::Large => Screens { per_family, ..Screens::default() },
            Size::Abundant => {
                Screens { per_family, iv_min: 0.01, correlation_max: 0.99, vif_max: 1e6, ..Screens::default() }
            }
        };
        let mut screens = self.screens.clone().unwrap_or(usual);
        screens
            .allow
            .extend(self.allow.iter().filter(|name| !screens.allow.contains(name)).cloned().collect::<Vec<_>>());
        Settings {
            binning: self.binning.clone().unwrap_or(binning),
            screens,
            method,
            ridge: self.ridge.unwrap_or(ridge),
            effects: self.effects.unwrap_or(effects),
        }
    }

    /// Checks that every column that the recipe names is one of the run: of a misspelt one nothing would be done, in silence.
    ///
    /// # Errors
    ///
    /// [`FitError::NoColumn`] of the first, with the list that names it.
    pub fn check_columns(&self, known: &BTreeSet<String>) -> Result<(), FitError> {
        let screens = self.screens.iter().flat_map(|screens| &screens.allow);
        let lists = [
            ("extra_columns", self.extra_columns.iter().map(|facts| &facts.name).collect::<Vec<_>>()),
            ("columns", self.columns.keys().collect()),
            ("allow", self.allow.iter().collect()),
            ("screens.allow", screens.collect()),
            ("missing_reasons", self.missing_reasons.keys().collect()),
        ];
        let mut named = lists.iter().flat_map(|(list, names)| names.iter().map(move |name| (*list, *name)));
        let Some((list, name)) = named.find(|(_, name)| !known.contains(*name)) else { return Ok(()) };
        let bare = name.strip_prefix(EXTRA_PREFIX).or(name.strip_prefix(EXTRA_ALIAS)).unwrap_or(name);
        let extra = format!("{EXTRA_PREFIX}{bare}");
        let way_out = if known.contains(&extra) {
            format!("write `{extra}`")
        } else if bare == name {
            "correct the name (cashline catalogue attributes), or of a column of the applications write `extra:` before it".to_owned()
        } else {
            format!("declare it with --extra-column {bare}, or correct the name")
        };
        Err(FitError::NoColumn { list, name: name.clone(), way_out })
    }

    /// The binning of a column.
    #[must_use]
    pub(super) fn binning_of(&self, facts: &Facts, settings: &Settings) -> binning::Options {
        if let Some(own) = self.columns.get(&facts.name) {
            return own.clone();
        }
        let mut options = settings.binning.clone();
        // A trend that somebody asked for stands; one that follows from the number of bads gives way to the registry's.
        if self.follow_risk && (options.trend == Trend::Auto || self.binning.is_none()) {
            options.trend = match facts.risk {
                Risk::Rises => Trend::Ascending,
                Risk::Falls => Trend::Descending,
                Risk::Neither => options.trend,
            };
        }
        options
    }
}

/// A bin whose points are not its weight of evidence needs rows, and neither bads nor goods.
fn of_boosting(usual: binning::Options) -> binning::Options {
    let turn_gain_min = binning::Options::default().turn_gain_min;
    binning::Options { bins_max: usual.bins_max.max(5), bads_min: 0, goods_min: 0, turn_gain_min, ..usual }
}

enum Size {
    Small,
    Middle,
    Large,
    Abundant,
}
