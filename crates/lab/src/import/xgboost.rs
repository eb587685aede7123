//! XGBoost's JSON model, of versions 1.4 to 3.
//!
//! # Source
//!
//! "Introduction to Model IO", xgboost.readthedocs.io (schema of the JSON model); `src/objective/regression_loss.h`
//! (`ProbToMargin`, there and in its neighbours `rank_obj` and `quantile_obj`); `src/gbm/gbtree.cc` (dropped trees and their weights).

use serde::Deserialize;

use super::{Comparison, Cover, Feature, Foreign, ForeignNode, ForeignTree, ImportError, Margin, Options, taken};

const LIBRARY: &str = "XGBoost";

fn syntax(fault: impl Into<String>) -> ImportError {
    ImportError::Syntax { library: LIBRARY, fault: fault.into() }
}

fn unsupported(what: impl Into<String>) -> ImportError {
    ImportError::Unsupported { library: LIBRARY, what: what.into() }
}

#[derive(Deserialize)]
struct Document {
    learner: Learner,
    #[serde(default)]
    version: Vec<u32>,
}

#[derive(Deserialize)]
struct Learner {
    #[serde(default)]
    attributes: Attributes,
    #[serde(default)]
    feature_names: Vec<String>,
    #[serde(default)]
    feature_types: Vec<String>,
    gradient_booster: serde_json::Value,
    learner_model_param: ModelParam,
    objective: Objective,
}

#[derive(Deserialize, Default)]
struct Attributes {
    best_iteration: Option<String>,
}

#[derive(Deserialize)]
struct ModelParam {
    base_score: String,
    #[serde(default)]
    num_class: String,
    #[serde(default)]
    num_target: String,
    #[serde(default)]
    num_feature: String,
}

#[derive(Deserialize)]
struct Objective {
    name: String,
}

/// `gbtree`, and `dart` since 3.4, which keeps its weights inside.
#[derive(Deserialize)]
struct Booster {
    model: TreeModel,
}

/// `dart` of earlier versions.
#[derive(Deserialize)]
struct DartBooster {
    gbtree: Booster,
    weight_drop: Vec<f32>,
}

#[derive(Deserialize)]
struct TreeModel {
    #[serde(default)]
    cats: Option<Categories>,
    gbtree_model_param: TreeModelParam,
    #[serde(default)]
    tree_info: Vec<i32>,
    trees: Vec<TreeText>,
    #[serde(default)]
    weight_drop: Vec<f32>,
}

#[derive(Deserialize)]
struct Categories {
    #[serde(default)]
    enc: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct TreeModelParam {
    #[serde(default)]
    num_parallel_tree: String,
}

/// Single precision throughout: serde_json rounds each decimal once, as XGBoost does.
#[derive(Deserialize)]
struct TreeText {
    left_children: Vec<i64>,
    right_children: Vec<i64>,
    split_indices: Vec<usize>,
    split_conditions: Vec<f32>,
    default_left: Vec<Flag>,
    sum_hessian: Vec<f32>,
    #[serde(default)]
    split_type: Vec<i64>,
    #[serde(default)]
    tree_param: TreeParam,
}

#[derive(Deserialize, Default)]
struct TreeParam {
    #[serde(default)]
    size_leaf_vector: String,
}

/// `true` up to version 1.5, `1` since.
#[derive(Deserialize, Clone, Copy)]
#[serde(untagged)]
enum Flag {
    Bool(bool),
    Number(u8),
}

impl Flag {
    fn is_set(self) -> bool {
        match self {
            Flag::Bool(flag) => flag,
            Flag::Number(number) => number != 0,
        }
    }
}

pub(super) fn read(bytes: &[u8], options: &Options) -> Result<Foreign, ImportError> {
    let document: Document = serde_json::from_slice(bytes).map_err(|error| no_json(bytes, &error))?;
    let Document { learner, version } = document;
    check_learner(&learner, &version)?;
    let base_margin = base_margin(&learner, &version, options)?;
    let booster = booster(learner.gradient_booster)?;
    check_booster(&booster)?;
    let parallel = match booster.gbtree_model_param.num_parallel_tree.as_str() {
        "" => 1,
        text => text.parse::<usize>().ok().filter(|count| 0 < *count).ok_or_else(|| syntax("`num_parallel_tree`"))?,
    };
    let iterations = booster.trees.len() / parallel;
    let best = match &learner.attributes.best_iteration {
        Some(text) => Some(text.parse().map_err(|_| syntax("`best_iteration` is no number"))?),
        None => None,
    };
    let iterations_used = taken(LIBRARY, iterations, best, options.iterations)?;
    let weights = match booster.weight_drop.len() {
        0 => vec![1.0; booster.trees.len()],
        count if count == booster.trees.len() => booster.weight_drop,
        _ => return Err(syntax("`weight_drop` has not one weight a tree")),
    };
    let weighed = booster.trees.iter().zip(weights).take(iterations_used * parallel).enumerate();
    let trees = weighed.map(|(at, (text, weight))| tree(text, weight, at)).collect::<Result<_, _>>()?;
    let version: Vec<String> = version.iter().map(u32::to_string).collect();
    Ok(Foreign {
        library: LIBRARY,
        source: format!("xgboost {}", version.join(".")).trim_end().to_owned(),
        objective: learner.objective.name,
        comparison: Comparison::F32LessThan,
        cover: Cover::Hessian,
        base_margin: f64::from(base_margin),
        log_odds_per_margin: 1.0,
        features: learner.feature_names.into_iter().map(|name| Feature { name, monotone: None }).collect(),
        trees,
        iterations,
        iterations_used,
    })
}

/// Why the text is no JSON. XGBoost 2 writes a bare NaN where trees split by category or hold vectors in their leaves.
fn no_json(bytes: &[u8], error: &serde_json::Error) -> ImportError {
    let line = bytes.split(|byte| *byte == b'\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
    let from = error.column().saturating_sub(1).min(line.len());
    match line[from..].starts_with(b"NaN") {
        true => unsupported(format!(
            "holds NaN, which is no number of JSON, at line {} column {}; XGBoost writes it for categorical features and for several \
             outputs: train without enable_categorical, good against bad",
            error.line(),
            error.column()
        )),
        false => syntax(error.to_string()),
    }
}

/// Since this version the file keeps the features' names.
const NAMES_FROM: [u32; 2] = [1, 4];

fn check_learner(learner: &Learner, version: &[u32]) -> Result<(), ImportError> {
    let one = |text: &str| matches!(text, "" | "0" | "1");
    if !one(&learner.learner_model_param.num_class) || !one(&learner.learner_model_param.num_target) {
        return Err(unsupported("has several classes or targets; fit good against bad"));
    }
    if learner.feature_types.iter().any(|kind| kind == "c") {
        return Err(categorical());
    }
    if learner.feature_names.is_empty() && version < NAMES_FROM.as_slice() {
        return Err(syntax(
            "has no feature names, which XGBoost keeps since version 1.4; load it in that version or a newer one, set them: \
             booster.feature_names = [...], then save it again",
        ));
    }
    if learner.feature_names.is_empty() {
        return Err(syntax(
            "has no feature names; train from a DataFrame or set them: booster.feature_names = [...], then save it again",
        ));
    }
    let count = &learner.learner_model_param.num_feature;
    if !count.is_empty() && *count != learner.feature_names.len().to_string() {
        return Err(syntax("`num_feature` and `feature_names` do not agree"));
    }
    Ok(())
}

fn categorical() -> ImportError {
    unsupported("has categorical features; the engine reads numbers only, so train without enable_categorical")
}

fn booster(value: serde_json::Value) -> Result<TreeModel, ImportError> {
    let name = value.get("name").and_then(serde_json::Value::as_str).unwrap_or("none").to_owned();
    let fault = |error: serde_json::Error| syntax(error.to_string());
    match name.as_str() {
        "gbtree" => Ok(serde_json::from_value::<Booster>(value).map_err(fault)?.model),
        "dart" if value.get("gbtree").is_some() => {
            let DartBooster { gbtree, weight_drop } = serde_json::from_value(value).map_err(fault)?;
            Ok(TreeModel { weight_drop, ..gbtree.model })
        }
        "dart" => Ok(serde_json::from_value::<Booster>(value).map_err(fault)?.model),
        _ => Err(unsupported(format!("has the booster `{name}`; only trees are read: fit with booster=gbtree"))),
    }
}

fn check_booster(booster: &TreeModel) -> Result<(), ImportError> {
    if booster.cats.as_ref().is_some_and(|cats| !cats.enc.is_empty()) {
        return Err(categorical());
    }
    if booster.tree_info.iter().any(|class| *class != 0) {
        return Err(unsupported("has several classes or targets; fit good against bad"));
    }
    for tree in &booster.trees {
        if tree.split_type.iter().any(|kind| *kind != 0) {
            return Err(categorical());
        }
        if !matches!(tree.tree_param.size_leaf_vector.as_str(), "" | "0" | "1") {
            return Err(unsupported("has vectors in its leaves; fit with multi_strategy=one_output_per_tree"));
        }
    }
    Ok(())
}

/// Since this version the `base_score` of raw log odds is a margin. Measured with 2.1.4: margins less leaf values are it, below 0 too.
const LOGITRAW_FROM: [u32; 2] = [1, 4];

/// Objectives whose `base_score` is the margin itself; a custom objective's file has the first.
const IDENTITY: [&str; 8] = [
    "reg:squarederror",
    "reg:squaredlogerror",
    "reg:pseudohubererror",
    "reg:absoluteerror",
    "reg:quantileerror",
    "rank:pairwise",
    "rank:ndcg",
    "rank:map",
];
/// Objectives whose `base_score` is a mean and whose margin is its logarithm. Measured with 3.2: margins less leaf values are it.
const LOGARITHM: [&str; 4] = ["count:poisson", "reg:gamma", "reg:tweedie", "survival:cox"];

/// The margin before any tree, from `base_score`: `5E-1` up to version 3.0, `[5E-1]` since.
fn base_margin(learner: &Learner, version: &[u32], options: &Options) -> Result<f32, ImportError> {
    let text = learner.learner_model_param.base_score.trim();
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    if inner.contains(',') {
        return Err(unsupported("has several values in `base_score`; fit good against bad"));
    }
    let score: f32 = inner.trim().parse().map_err(|_| syntax("`base_score` is no number"))?;
    let name = learner.objective.name.as_str();
    match (name, options.margin) {
        ("binary:logistic" | "reg:logistic", _) if 0.0 < score && score < 1.0 => Ok(-logf(1.0 / score - 1.0)),
        ("binary:logistic" | "reg:logistic", _) => Err(syntax("`base_score` is no probability")),
        // Before, its base_score was read as a probability (dmlc/xgboost, pull request 6517).
        ("binary:logitraw", _) if LOGITRAW_FROM.as_slice() <= version => Ok(score),
        ("binary:logitraw", _) => Err(unsupported(
            "has the objective `binary:logitraw` and was written before version 1.4, where `base_score` is a probability and not the \
             margin that it is since; fit it with objective=binary:logistic, whose trees are the same, or with a newer XGBoost",
        )),
        (name, Margin::LogOdds) if IDENTITY.contains(&name) => Ok(score),
        (name, Margin::LogOdds) if LOGARITHM.contains(&name) => match 0.0 < score && score.is_normal() {
            true => Ok(logf(score)),
            false => Err(syntax("`base_score` is no positive number, as the objective's mean is")),
        },
        (name, Margin::LogOdds) => Err(unsupported(format!(
            "has the objective `{name}`, of which this engine does not know what `base_score` is on the margin's scale; fit with \
             objective=binary:logistic"
        ))),
        _ => Err(ImportError::Objective { library: LIBRARY, found: name.to_owned() }),
    }
}

fn tree(text: &TreeText, weight: f32, at: usize) -> Result<ForeignTree, ImportError> {
    let count = text.left_children.len();
    let lengths = [
        text.right_children.len(),
        text.split_indices.len(),
        text.split_conditions.len(),
        text.default_left.len(),
        text.sum_hessian.len(),
    ];
    if lengths.iter().any(|length| *length != count) {
        return Err(syntax(format!("tree {at}: its lists have different lengths")));
    }
    let child = |child: i64| usize::try_from(child).map_err(|_| syntax(format!("tree {at}: a split lacks a child")));
    let node = |node: usize| {
        let (value, cover) = (text.split_conditions[node], f64::from(text.sum_hessian[node]));
        if text.left_children[node] == -1 {
            // XGBoost multiplies leaf and weight in single precision, too.
            return Ok(ForeignNode::Leaf { value: f64::from(value * weight), cover });
        }
        Ok(ForeignNode::Split {
            feature: text.split_indices[node],
            threshold: f64::from(value),
            absent: if text.default_left[node].is_set() { 'l' } else { 'r' },
            left: child(text.left_children[node])?,
            right: child(text.right_children[node])?,
            cover,
        })
    };
    let nodes: ForeignTree = (0..count).map(node).collect::<Result<_, ImportError>>()?;
    // A tree without a split reached everybody; its cover may be 0 and nothing depends on it.
    match nodes.as_slice() {
        [ForeignNode::Leaf { value, .. }] => Ok(vec![ForeignNode::Leaf { value: *value, cover: 1.0 }]),
        _ => Ok(nodes),
    }
}

/// Sixteen intervals of the mantissa: the inverse of a point in each, and that point's logarithm.
const LOGF: [(f64, f64); 16] = [
    (1.398907162146528, -0.33569133332882284),
    (1.3403141896637998, -0.2929040563774074),
    (1.286432210124115, -0.2518726580937369),
    (1.2367150214269895, -0.21245868807117255),
    (1.1906977166711752, -0.17453945183745634),
    (1.1479821020556429, -0.1380057072319758),
    (1.1082251448272158, -0.10275976698545139),
    (1.0711297413057381, -0.06871392447020525),
    (1.036437278977283, -0.0357891387398228),
    (1.0, 0.0),
    (0.9492859795739057, 0.05204517742929496),
    (0.8951049428609004, 0.11081431298787942),
    (0.8476821620351103, 0.1652495223695143),
    (0.8050314851692001, 0.21687389031699977),
    (0.7664671008843108, 0.2659635028121397),
    (0.731428603316328, 0.3127556664073557),
];
/// Cubic, square and lower terms of ln(1 + r) − r.
const POLYNOMIAL: [f64; 3] = [-0.25089342214237154, 0.333456765744066, -0.4999997485802103];

/// ln in single precision, as the C library computes it under which XGBoost runs on Linux: the margin of `base_score` goes
/// into every sum, and another library's last bit would change them all. It is not correctly rounded.
///
/// # Source
///
/// ARM optimized routines, `math/logf.c` and `math/logf_data.c` (MIT), in glibc since 2.27 and in musl since 1.2.
fn logf(x: f32) -> f32 {
    // XGBoost passes the odds of good, or a mean: positive, and normal because the probability is within single precision of 1.
    const OFFSET: u32 = 0x3f33_0000;
    let moved = x.to_bits().wrapping_sub(OFFSET);
    let interval = usize::try_from(moved >> 19 & 15).unwrap_or(0);
    let mantissa = f32::from_bits(x.to_bits().wrapping_sub(moved & 0xff80_0000));
    let exponent = f64::from(moved.cast_signed() >> 23);
    let (inverse, log) = LOGF[interval];
    let r = f64::from(mantissa) * inverse - 1.0;
    let whole = log + exponent * std::f64::consts::LN_2;
    let square = r * r;
    let high = POLYNOMIAL[1] * r + POLYNOMIAL[2];
    let rest = (POLYNOMIAL[0] * square + high) * square + (whole + r);
    #[expect(clippy::cast_possible_truncation, reason = "the result is of single precision")]
    let result = rest as f32;
    result
}
