//! LightGBM's text model.
//!
//! # Source
//!
//! LightGBM 4, `src/io/tree.cpp` (`Tree::ToString`) and `src/boosting/gbdt_model_text.cpp`; `decision_type`: bit 0 categorical,
//! bit 1 default left, bits 2 and 3 the missing type (none, zero, NaN).

use std::{collections::BTreeMap, str::FromStr};

use super::{
    Comparison, Cover, Feature, Foreign, ForeignNode, ForeignTree, ImportError, Margin, Monotone, Options, taken,
};

const LIBRARY: &str = "LightGBM";

type Fields<'a> = BTreeMap<&'a str, &'a str>;

fn syntax(fault: impl Into<String>) -> ImportError {
    ImportError::Syntax { library: LIBRARY, fault: fault.into() }
}

fn unsupported(what: impl Into<String>) -> ImportError {
    ImportError::Unsupported { library: LIBRARY, what: what.into() }
}

pub(super) fn read(bytes: &[u8], options: &Options) -> Result<Foreign, ImportError> {
    let text =
        std::str::from_utf8(bytes).map_err(|error| syntax(format!("no UTF-8 at byte {}", error.valid_up_to())))?;
    let (body, tail) = text.split_once("end of trees").ok_or_else(|| syntax("cut off: `end of trees` is missing"))?;
    let mut sections = body.split("\nTree=");
    let header = fields(sections.next().unwrap_or_default());
    let sigmoid = check_header(&header, tail, options)?;
    let features = features(&header)?;
    let mut trees = vec![];
    for (at, section) in sections.enumerate() {
        let (number, rest) = section.split_once('\n').unwrap_or((section, ""));
        if number.trim() != at.to_string() {
            return Err(syntax(format!("tree {at} is numbered {}", number.trim())));
        }
        trees.push(tree(&fields(rest), at)?);
    }
    let iterations = trees.len();
    // The text keeps no best iteration: save_model leaves later trees out by itself.
    let iterations_used = taken(LIBRARY, iterations, None, options.iterations)?;
    trees.truncate(iterations_used);
    Ok(Foreign {
        library: LIBRARY,
        source: format!("lightgbm {}", header.get("version").unwrap_or(&"v0")),
        objective: (*header.get("objective").unwrap_or(&"none")).to_owned(),
        comparison: Comparison::F64LessOrEqual,
        cover: Cover::Count,
        base_margin: 0.0,
        log_odds_per_margin: sigmoid,
        features,
        trees,
        iterations,
        iterations_used,
    })
}

/// `key=value` lines; a line without `=` is a key of its own.
fn fields(section: &str) -> Fields<'_> {
    let lines = section.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| line.split_once('=').unwrap_or((line, ""))).collect()
}

/// Refuses what the trees alone do not tell; the log-odds for each unit of the margin.
fn check_header(header: &Fields<'_>, tail: &str, options: &Options) -> Result<f64, ImportError> {
    let number = |key: &str| header.get(key).map_or(Ok(1), |text| text.parse::<u32>());
    if number("num_class") != Ok(1) || number("num_tree_per_iteration") != Ok(1) {
        return Err(unsupported("has several classes; fit good against bad"));
    }
    if header.contains_key("average_output") {
        return Err(unsupported("is a random forest, whose trees are averaged; fit with boosting=gbdt"));
    }
    if tail.lines().any(|line| line.trim() == "[linear_tree: 1]") {
        return Err(linear());
    }
    let objective = header.get("objective").copied().unwrap_or("none");
    let mut words = objective.split_whitespace();
    match (words.next(), options.margin) {
        (Some("binary"), _) => {
            let sigmoid = words.find_map(|word| word.strip_prefix("sigmoid:")).unwrap_or("1");
            let sigmoid = sigmoid.parse::<f64>().ok().filter(|sigmoid| sigmoid.is_finite() && 0.0 < *sigmoid);
            sigmoid.ok_or_else(|| syntax(format!("`sigmoid` of the objective `{objective}` is no positive number")))
        }
        (Some("cross_entropy"), _) | (_, Margin::LogOdds) => Ok(1.0),
        _ => Err(ImportError::Objective { library: LIBRARY, found: objective.to_owned() }),
    }
}

fn linear() -> ImportError {
    unsupported("has linear models in its leaves; fit with linear_tree=false")
}

fn features(header: &Fields<'_>) -> Result<Vec<Feature>, ImportError> {
    let names: Vec<&str> = header.get("feature_names").unwrap_or(&"").split_whitespace().collect();
    if names.is_empty() {
        return Err(syntax("`feature_names` is missing"));
    }
    let constraints: Vec<i8> = match header.get("monotone_constraints") {
        Some(text) => list(text, "monotone_constraints", names.len()).map_err(syntax)?,
        None => vec![0; names.len()],
    };
    let feature = |(name, constraint): (&str, i8)| Feature {
        name: name.to_owned(),
        monotone: match constraint {
            1.. => Some(Monotone::RiskRises),
            0 => None,
            _ => Some(Monotone::RiskFalls),
        },
    };
    Ok(names.into_iter().zip(constraints).map(feature).collect())
}

fn tree(fields: &Fields<'_>, at: usize) -> Result<ForeignTree, ImportError> {
    let fault = |fault: String| syntax(format!("tree {at}: {fault}"));
    if fields.get("is_linear").is_some_and(|flag| *flag != "0") {
        return Err(linear());
    }
    if fields.get("num_cat").is_some_and(|count| *count != "0") {
        let what = "has categorical splits; the engine reads numbers only, so declare no categorical_feature";
        return Err(unsupported(format!("tree {at} {what}")));
    }
    let leaves: usize = fields.get("num_leaves").and_then(|text| text.parse().ok()).unwrap_or(0);
    if leaves == 0 || fields.get("leaf_value").is_none_or(|text| text.len() < leaves) {
        return Err(fault("`num_leaves` and `leaf_value` do not agree".to_owned()));
    }
    build(fields, leaves).map_err(fault)
}

/// Splits first, then leaves: a child below zero is the leaf of its complement.
fn build(fields: &Fields<'_>, leaves: usize) -> Result<ForeignTree, String> {
    fn get<T: FromStr>(fields: &Fields<'_>, key: &'static str, count: usize) -> Result<Vec<T>, String> {
        list(fields.get(key).unwrap_or(&""), key, count)
    }
    let splits = leaves - 1;
    let values: Vec<f64> = get(fields, "leaf_value", leaves)?;
    if splits == 0 {
        // A tree without a split reached everybody; its count may be absent, and nothing depends on it.
        return Ok(vec![ForeignNode::Leaf { value: values[0], cover: 1.0 }]);
    }
    let counts: Vec<f64> = get(fields, "leaf_count", leaves)?;
    let inner: Vec<f64> = get(fields, "internal_count", splits)?;
    let (features, thresholds) =
        (get::<usize>(fields, "split_feature", splits)?, get::<f64>(fields, "threshold", splits)?);
    let kinds: Vec<u8> = get(fields, "decision_type", splits)?;
    let (left, right) = (get::<i64>(fields, "left_child", splits)?, get::<i64>(fields, "right_child", splits)?);
    let child = |child: i64| {
        let (index, offset) = if child < 0 { (!child, splits) } else { (child, 0) };
        usize::try_from(index).ok().and_then(|index| index.checked_add(offset)).ok_or("a child is out of range")
    };
    let mut nodes = Vec::with_capacity(splits + leaves);
    for at in 0..splits {
        nodes.push(ForeignNode::Split {
            feature: features[at],
            threshold: threshold(thresholds[at]),
            absent: absent(kinds[at])?,
            left: child(left[at])?,
            right: child(right[at])?,
            cover: inner[at],
        });
    }
    nodes.extend(values.into_iter().zip(counts).map(|(value, cover)| ForeignNode::Leaf { value, cover }));
    Ok(nodes)
}

/// A split that parts the missing from all others has the threshold `inf`; no value lies above the largest number.
fn threshold(written: f64) -> f64 {
    if written.total_cmp(&f64::INFINITY).is_eq() { f64::MAX } else { written }
}

/// Where a missing value goes, by the split's `decision_type`.
fn absent(kind: u8) -> Result<char, String> {
    let default_left = kind & 2 != 0;
    match (kind & 1, kind >> 2) {
        // Without a missing type NaN counts as zero, whatever the default direction says.
        (0, 0) => Ok('0'),
        (0, 1) => Ok(if default_left { 'L' } else { 'R' }),
        (0, 2) => Ok(if default_left { 'l' } else { 'r' }),
        _ => Err(format!("decision_type {kind} is not known")),
    }
}

fn list<T: FromStr>(text: &str, key: &str, count: usize) -> Result<Vec<T>, String> {
    let parsed: Option<Vec<T>> = text.split_whitespace().map(|word| word.parse().ok()).collect();
    match parsed {
        Some(values) if values.len() == count => Ok(values),
        Some(values) => Err(format!("`{key}` has {} entries instead of {count}", values.len())),
        None => Err(format!("`{key}` holds what is no number of its kind")),
    }
}
