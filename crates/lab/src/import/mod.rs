//! Foreign models into our model file: LightGBM's text and XGBoost's JSON.
//!
//! The engine reads only our own file. Importing copies every threshold, default direction and leaf as it stands, so that the
//! engine's margin equals the library's `raw_score` / `output_margin` to the last bit; whatever it could not reproduce is
//! refused by name.

mod lightgbm;
mod xgboost;

use std::collections::{BTreeMap, BTreeSet};

use cashline_core::{
    attribute::registry::EXTRA_ALIAS,
    model::{
        ModelError, ModelFile,
        file::{
            Band, Baseline, Baselines, Closure, Conventions, Kind, MissingRule, Population, Rounding, Scale,
            ScoreBasis, WoeSign, ZeroCell,
        },
        scorecard::EXTRA_PREFIX,
        trees::{
            Trees,
            file::{Comparison, Cover, InputFile, MissingAs, Monotone, TreeFile, TreesFile},
        },
    },
};

/// Why a foreign model is refused.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// Neither of the formats.
    #[error("this is neither a LightGBM text model nor an XGBoost JSON model; write it with Booster.save_model")]
    Format,
    /// XGBoost's binary formats.
    #[error("this is an XGBoost model in a binary format; write it as JSON: booster.save_model(\"model.json\")")]
    Binary,
    /// The text does not follow its format.
    #[error("{library} model: {fault}")]
    Syntax {
        /// The library.
        library: &'static str,
        /// What is wrong and where.
        fault: String,
    },
    /// The model uses what this engine does not evaluate.
    #[error("{library} model: {what}")]
    Unsupported {
        /// The library.
        library: &'static str,
        /// What it is, and the way out.
        what: String,
    },
    /// The objective's margin is not the log-odds of an outcome.
    #[error(
        "{library} model: the objective is `{found}`, whose margin is not known to be log-odds of bad; fit with a binary \
         logistic objective, or state that the margin is log-odds"
    )]
    Objective {
        /// The library.
        library: &'static str,
        /// The objective, or `none`.
        found: String,
    },
    /// Features are read that are no columns.
    #[error(
        "the model reads features that are no column of this version: {}; rename them, or map each to a column",
        names.join(", ")
    )]
    UnknownColumns {
        /// The features' names.
        names: Vec<String>,
    },
    /// Two features of the model are one column.
    #[error("the features `{first}` and `{second}` are both the column `{column}`; map them apart")]
    ColumnTwice {
        /// The column.
        column: String,
        /// One feature.
        first: String,
        /// The other.
        second: String,
    },
    /// An extra column has no reason.
    #[error(
        "the extra column `{column}` needs a reason's code; an attribute has its own: in the file of --map, [reasons] {column} = \"code\""
    )]
    MissingReason {
        /// The column's name without `extra:`.
        column: String,
    },
    /// The caller names what the model does not have; a typing error would otherwise pass in silence.
    #[error("`{list}` names `{name}`, which {}", if *list == "reasons" { REASONS_TAKE } else { UNMATCHED })]
    Unmatched {
        /// The list of [`Options`].
        list: &'static str,
        /// The name.
        name: String,
    },
    /// The ensemble breaks a rule of our file.
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// Which iterations of the foreign model are taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Iterations {
    /// Up to the best one where the file names it, as the libraries' own scikit-learn classes predict; else all.
    #[default]
    Best,
    /// All that the file holds.
    All,
    /// The first so many.
    First(usize),
}

/// What the margin is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Margin {
    /// What the objective says; any but a binary logistic one is refused.
    #[default]
    ByObjective,
    /// The caller states that it is log-odds of bad, whatever the objective is called.
    LogOdds,
}

/// How a foreign model is read.
#[derive(Clone, PartialEq, Debug)]
pub struct Options {
    /// Feature → column, where the names differ. A column is one of the registry or `extra:name`.
    pub columns: BTreeMap<String, String>,
    /// Extra column, without `extra:`, → the code of its reason.
    pub reasons: BTreeMap<String, String>,
    /// The reason, of kind `data`, for missing values that cost points.
    pub missing_reason: String,
    /// The columns of the running build; `None` leaves the check to the engine.
    pub known: Option<BTreeSet<String>>,
    /// Column → the constraint that the model was trained under, for a format that does not keep it (XGBoost); `None` states that
    /// there is none, whatever the file says: trees trained under one need not keep it.
    pub monotone: BTreeMap<String, Option<Monotone>>,
    /// Which iterations are taken.
    pub iterations: Iterations,
    /// What the margin is.
    pub margin: Margin,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            columns: BTreeMap::new(),
            reasons: BTreeMap::new(),
            missing_reason: "history_length".to_owned(),
            known: None,
            monotone: BTreeMap::new(),
            iterations: Iterations::default(),
            margin: Margin::default(),
        }
    }
}

/// A foreign model, read.
#[derive(Clone, PartialEq, Debug)]
pub struct Imported {
    /// The ensemble in our form.
    pub trees: TreesFile,
    /// The objective as the library calls it.
    pub objective: String,
    /// Iterations that the file holds.
    pub iterations: usize,
    /// Iterations that were taken.
    pub iterations_used: usize,
    /// Features that no tree reads; they are no factors of the score and are left out.
    pub unread: Vec<String>,
}

/// The fields of a model file that no foreign model knows.
#[derive(Clone, PartialEq, Debug)]
pub struct Header {
    /// The model's name in snake case.
    pub name: String,
    /// The model's own version.
    pub version: String,
    /// Who provides the score.
    pub provider: String,
    /// What a good outcome is.
    pub target: String,
    /// Days after T in which the target is observed.
    pub horizon_days: u32,
    /// Whom the model was made for.
    pub population: Population,
    /// The score's range; its unit must be doubled odds.
    pub scale: Scale,
    /// From the safest down; the last starts at the scale's minimum.
    pub bands: Vec<Band>,
}

/// Reads a foreign model.
///
/// Feature names are columns: those of the registry as they stand, `extra:name` or `extra__name` for a column of the
/// applications, or what [`Options::columns`] maps them to. A larger margin must be riskier: the model was fitted to bad as 1.
///
/// # Errors
///
/// [`ImportError`], naming what is wrong and the way out.
pub fn import(bytes: &[u8], options: &Options) -> Result<Imported, ImportError> {
    let foreign = match bytes {
        // UBJSON writes the length of the first key after the brace, with one of these markers.
        [b'{', b'L' | b'l' | b'I' | b'i' | b'U' | b'$' | b'#', ..] | [b'b', b'i', b'n', b'f', ..] => {
            return Err(ImportError::Binary);
        }
        [b't', b'r', b'e', b'e', b'\n' | b'\r', ..] => lightgbm::read(bytes, options)?,
        _ if bytes.trim_ascii_start().starts_with(b"{") => xgboost::read(bytes, options)?,
        _ => return Err(ImportError::Format),
    };
    foreign.settle(options)
}

/// A model file around an imported ensemble: unsealed, uncalibrated, its base points computed.
///
/// # Errors
///
/// [`ModelError`] when the header or the ensemble breaks a rule of the model file.
pub fn model_file(header: Header, trees: TreesFile) -> Result<ModelFile, ModelError> {
    let mut file = ModelFile {
        schema: 1,
        kind: Kind::Trees,
        name: header.name,
        version: header.version,
        provider: header.provider,
        target: header.target,
        horizon_days: header.horizon_days,
        score_basis: ScoreBasis::FittedUncalibrated,
        baseline: Baseline::Neutral,
        base_points: 0,
        population: header.population,
        scale: header.scale,
        conventions: Conventions {
            woe: WoeSign::None,
            closure: Closure::BySplit,
            missing: MissingRule::BySplit,
            rounding: Rounding::ScoreHalfEvenOnce,
            zero_cell: ZeroCell::None,
        },
        bands: header.bands,
        characteristics: vec![],
        segments: vec![],
        calibration: None,
        expected: None,
        documentation: None,
        validation: vec![],
        trees: Some(trees),
        baselines: Baselines::default(),
        made_with: None,
    };
    file.base_points = Trees::base_points(&file)?;
    file.clone().check()?;
    Ok(file)
}

/// What both readers make: features and trees as the library numbers them.
#[derive(Clone, PartialEq, Debug)]
struct Foreign {
    library: &'static str,
    source: String,
    objective: String,
    comparison: Comparison,
    cover: Cover,
    base_margin: f64,
    log_odds_per_margin: f64,
    features: Vec<Feature>,
    trees: Vec<ForeignTree>,
    iterations: usize,
    iterations_used: usize,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Feature {
    name: String,
    monotone: Option<Monotone>,
}

/// Nodes in the library's order; the root is the first. Children are checked when the tree is walked.
type ForeignTree = Vec<ForeignNode>;

#[derive(Clone, Copy, PartialEq, Debug)]
enum ForeignNode {
    Split { feature: usize, threshold: f64, absent: char, left: usize, right: usize, cover: f64 },
    Leaf { value: f64, cover: f64 },
}

impl Foreign {
    fn settle(self, options: &Options) -> Result<Imported, ImportError> {
        let mut is_read = vec![false; self.features.len()];
        for (at, tree) in self.trees.iter().enumerate() {
            for node in tree {
                if let ForeignNode::Split { feature, .. } = node {
                    let fault = || self.syntax(format!("tree {at} reads feature {feature}, which has no name"));
                    *is_read.get_mut(*feature).ok_or_else(fault)? = true;
                }
            }
        }
        let named = || self.features.iter().zip(&is_read);
        let read: Vec<&Feature> = named().filter(|(_, is_read)| **is_read).map(|(feature, _)| feature).collect();
        let unread = named().filter(|(_, is_read)| !**is_read).map(|(feature, _)| feature.name.clone()).collect();
        let inputs = inputs(&read, options)?;
        check_names(&self.features, options)?;
        // Features that are read, counted from the first.
        let mut place = vec![0_i32; is_read.len()];
        let mut next = 0;
        for (place, is_read) in place.iter_mut().zip(&is_read) {
            *place = next;
            next += i32::from(*is_read);
        }
        let preorder = |(at, tree): (usize, &ForeignTree)| {
            preorder(tree, &place).map_err(|fault| self.syntax(format!("tree {at}: {fault}")))
        };
        let tree = self.trees.iter().enumerate().map(preorder).collect::<Result<_, _>>()?;
        let trees = TreesFile {
            source: self.source,
            comparison: self.comparison,
            missing: MissingAs::Nan,
            cover: self.cover,
            base_margin: self.base_margin,
            log_odds_per_margin: self.log_odds_per_margin,
            missing_reason: options.missing_reason.clone(),
            inputs,
            tree,
        };
        let Foreign { objective, iterations, iterations_used, .. } = self;
        Ok(Imported { trees, objective, iterations, iterations_used, unread })
    }

    fn syntax(&self, fault: String) -> ImportError {
        ImportError::Syntax { library: self.library, fault }
    }
}

/// Our node order: parents before children, left before right.
fn preorder(tree: &[ForeignNode], place: &[i32]) -> Result<TreeFile, String> {
    let mut out = TreeFile::default();
    let mut open = vec![0_usize];
    while let Some(at) = open.pop() {
        // A node met twice would go on forever.
        if tree.len() <= out.input.len() {
            return Err("a node is the child of two nodes".to_owned());
        }
        let node = tree.get(at).ok_or_else(|| format!("node {at} is a child, but does not exist"))?;
        match *node {
            ForeignNode::Leaf { value, cover } => {
                out.input.push(-1);
                out.value.push(value);
                out.absent.push('.');
                out.cover.push(cover);
            }
            ForeignNode::Split { feature, threshold, absent, left, right, cover } => {
                out.input.push(place[feature]);
                out.value.push(threshold);
                out.absent.push(absent);
                out.cover.push(cover);
                open.extend([right, left]);
            }
        }
    }
    Ok(out)
}

fn inputs(features: &[&Feature], options: &Options) -> Result<Vec<InputFile>, ImportError> {
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    let mut unknown = vec![];
    let mut inputs = vec![];
    for feature in features {
        let attribute = column(&feature.name, options);
        if let Some(first) = taken.insert(attribute.clone(), &feature.name) {
            let (first, second) = (first.to_owned(), feature.name.clone());
            return Err(ImportError::ColumnTwice { column: attribute, first, second });
        }
        let reason = match attribute.strip_prefix(EXTRA_PREFIX) {
            Some(name) => {
                let missing = || ImportError::MissingReason { column: name.to_owned() };
                Some(options.reasons.get(name).ok_or_else(missing)?.clone())
            }
            None => {
                if options.known.as_ref().is_some_and(|known| !known.contains(&attribute)) {
                    unknown.push(feature.name.clone());
                }
                None
            }
        };
        let monotone = options.monotone.get(&attribute).copied().unwrap_or(feature.monotone);
        inputs.push(InputFile { attribute, reason, monotone });
    }
    if unknown.is_empty() { Ok(inputs) } else { Err(ImportError::UnknownColumns { names: unknown }) }
}

const UNMATCHED: &str = "the model does not have; correct the name or remove it";
const REASONS_TAKE: &str = "is no extra column of the model; write an extra column's name without `extra__`, and no attribute: that has \
                            a reason of its own";

/// Every name that the caller gives belongs to some feature, read or not.
fn check_names(features: &[Feature], options: &Options) -> Result<(), ImportError> {
    let names: BTreeSet<&str> = features.iter().map(|feature| feature.name.as_str()).collect();
    let columns: BTreeSet<String> = features.iter().map(|feature| column(&feature.name, options)).collect();
    let unmatched = |list: &'static str, name: &String| ImportError::Unmatched { list, name: name.clone() };
    if let Some(name) = options.columns.keys().find(|name| !names.contains(name.as_str())) {
        return Err(unmatched("columns", name));
    }
    if let Some(name) = options.reasons.keys().find(|name| !columns.contains(&format!("{EXTRA_PREFIX}{name}"))) {
        return Err(unmatched("reasons", name));
    }
    match options.monotone.keys().find(|name| !columns.contains(*name)) {
        Some(name) => Err(unmatched("monotone", name)),
        None => Ok(()),
    }
}

fn column(feature: &str, options: &Options) -> String {
    match (options.columns.get(feature), feature.strip_prefix(EXTRA_ALIAS)) {
        (Some(column), _) => column.clone(),
        (None, Some(extra)) => format!("{EXTRA_PREFIX}{extra}"),
        (None, None) => feature.to_owned(),
    }
}

/// How many iterations are taken of those in the file.
fn taken(library: &'static str, held: usize, best: Option<usize>, asked: Iterations) -> Result<usize, ImportError> {
    let used = match asked {
        Iterations::All => held,
        Iterations::Best => best.map_or(held, |best| best.saturating_add(1)),
        Iterations::First(count) => count,
    };
    if (1..=held).contains(&used) {
        return Ok(used);
    }
    Err(ImportError::Syntax { library, fault: format!("{used} iterations are asked for, the file holds {held}") })
}

#[cfg(test)]
mod tests;
