//! Imported models against the libraries that made them: `goldens/trees`, written by `goldens/scripts/trees.py`.

use std::collections::BTreeMap;

use cashline_core::model::{
    Model,
    file::{Direction, Holder, ScaleUnit},
};
use serde::Deserialize;

use super::*;

const ROWS: &str = include_str!("../../goldens/trees/rows.csv");
const EXPECTED: &str = include_str!("../../goldens/trees/expected.json");

macro_rules! models {
    ($($name:literal),*) => {
        [$(($name, include_bytes!(concat!("../../goldens/trees/", $name)).as_slice())),*]
    };
}

/// Every model of the goldens by its file's name.
fn models() -> BTreeMap<&'static str, &'static [u8]> {
    models!(
        "lgb_categorical.txt",
        "lgb_forest.txt",
        "lgb_linear.txt",
        "lgb_monotone.txt",
        "lgb_multiclass.txt",
        "lgb_nan.txt",
        "lgb_no_missing.txt",
        "lgb_squared.txt",
        "lgb_zero_as_missing.txt",
        "xgb_best.json",
        "xgb_categorical.json",
        "xgb_dart.json",
        "xgb_gblinear.json",
        "xgb_logistic.json",
        "xgb_monotone.json",
        "xgb_squared.json"
    )
    .into_iter()
    .collect()
}

#[derive(Deserialize)]
struct Expected {
    columns: Vec<String>,
    models: BTreeMap<String, Golden>,
}

/// Hex digits of the bits: 16 of an f64, 8 of an f32.
#[derive(Deserialize)]
struct Golden {
    margins: Vec<String>,
    /// A column each, then the bias.
    shap: Vec<Vec<String>>,
    output: Vec<String>,
    best_iteration: Option<usize>,
    margins_best: Option<Vec<String>>,
}

fn number(hex: &str) -> f64 {
    let bits = u64::from_str_radix(hex, 16).expect("hex digits");
    match hex.len() {
        16 => f64::from_bits(bits),
        8 => f64::from(f32::from_bits(u32::try_from(bits).expect("eight digits"))),
        _ => panic!("{hex} is neither f64 nor f32"),
    }
}

/// The golden's columns are extra columns with one reason; the model reads some of them.
fn options() -> Options {
    let extra = |at: usize| (format!("c{at}"), format!("extra:c{at}"));
    let reason = |at: usize| (format!("c{at}"), "debt_burden".to_owned());
    Options { columns: (0..6).map(extra).collect(), reasons: (0..6).map(reason).collect(), ..Options::default() }
}

fn header() -> Header {
    Header {
        name: "imported".to_owned(),
        version: "1".to_owned(),
        provider: "a test".to_owned(),
        target: "none late".to_owned(),
        horizon_days: 365,
        population: Population {
            description: "tests".to_owned(),
            holder_kinds: vec![Holder::Customer],
            currency: None,
        },
        scale: Scale {
            min: 0,
            max: 1_000,
            direction: Direction::HigherIsSafer,
            unit: ScaleUnit::DoubleOdds { base: 600.0, odds_at_base: 20.0, pdo: 20.0 },
        },
        bands: vec![Band { name: "A".to_owned(), from: 0 }],
    }
}

/// A model through our file: written, read and checked.
fn through_the_file(imported: Imported) -> Trees {
    let file = model_file(header(), imported.trees).expect("valid");
    let text = file.to_toml();
    let again = ModelFile::from_toml(&text).expect("reads back");
    assert_eq!(again, file);
    assert_eq!(again.to_toml(), text);
    match again.check().expect("valid") {
        Model::Trees(trees) => trees,
        other => panic!("{:?} is no ensemble", other.file().kind),
    }
}

/// The rows' cells of the columns that a model reads.
struct Rows {
    columns: Vec<String>,
    cells: Vec<Vec<f64>>,
}

impl Rows {
    fn read(text: &str) -> Rows {
        let mut lines = text.lines();
        let columns = lines.next().expect("a head").split(',').map(str::to_owned).collect();
        let cell = |cell: &str| if cell.is_empty() { f64::NAN } else { number(cell) };
        Rows { columns, cells: lines.map(|line| line.split(',').map(cell).collect()).collect() }
    }

    /// Which column each input is.
    fn places(&self, trees: &Trees) -> Vec<usize> {
        let place = |name: &str| self.columns.iter().position(|column| *column == name).expect("a column");
        trees.inputs().iter().map(|input| place(input.attribute.trim_start_matches(EXTRA_PREFIX))).collect()
    }
}

/// Holds a model against its golden: every margin to the bit, contributions within `tolerance` of the largest of the row.
fn check(name: &str, imported: Imported, rows: &Rows, golden: &Golden, margins: &[String], tolerance: f64) {
    let trees = through_the_file(imported);
    let places = rows.places(&trees);
    assert_eq!(margins.len(), rows.cells.len(), "{name}");
    for (at, (cells, expected)) in rows.cells.iter().zip(margins).enumerate() {
        let values: Vec<f64> = places.iter().map(|place| cells[*place]).collect();
        assert_eq!(trees.margin(&values).to_bits(), number(expected).to_bits(), "{name}: margin of row {at}");
    }
    if margins != golden.margins.as_slice() {
        return;
    }
    assert!(10 <= golden.shap.len(), "{name}");
    for (at, (cells, expected)) in rows.cells.iter().zip(&golden.shap).enumerate() {
        let values: Vec<f64> = places.iter().map(|place| cells[*place]).collect();
        let expected: Vec<f64> = expected.iter().map(|hex| number(hex)).collect();
        let mut ours = vec![0.0; rows.columns.len()];
        for (place, one) in places.iter().zip(trees.contributions(&values)) {
            ours[*place] = one;
        }
        ours.push(trees.expected_margin());
        let scale = expected.iter().fold(1.0_f64, |most, one| most.max(one.abs()));
        for (one, other) in ours.iter().zip(&expected) {
            assert!((one - other).abs() <= tolerance * scale, "{name}: row {at}: {ours:?} {expected:?}");
        }
    }
}

/// Brief of a check: LightGBM sums contributions in double, XGBoost in single precision.
fn tolerance(name: &str) -> f64 {
    if name.starts_with("lgb") { 1e-12 } else { 3e-6 }
}

fn expected() -> Expected {
    serde_json::from_str(EXPECTED).expect("the golden is valid")
}

fn file_name(name: &str) -> String {
    format!("{name}.{}", if name.starts_with("lgb") { "txt" } else { "json" })
}

#[test]
fn margins_are_the_librarys_to_the_bit_and_contributions_its_shap_values() {
    let (expected, rows) = (expected(), Rows::read(ROWS));
    assert_eq!(rows.columns, expected.columns);
    let models = models();
    let mut seen = 0;
    for (name, golden) in &expected.models {
        if ["lgb_categorical", "lgb_forest", "xgb_categorical"].contains(&name.as_str()) {
            continue;
        }
        let margin = if name.ends_with("squared") { Margin::LogOdds } else { Margin::ByObjective };
        let options = Options { iterations: Iterations::All, margin, ..options() };
        let imported = import(models[file_name(name).as_str()], &options).expect("a model that is read");
        check(name, imported, &rows, golden, &golden.margins, tolerance(name));
        seen += 1;
    }
    assert_eq!(seen, 10);
}

#[test]
fn the_log_odds_of_a_margin_are_the_librarys_probability() {
    let (expected, rows) = (expected(), Rows::read(ROWS));
    // `lgb_monotone` was fitted with sigmoid 0.7: a unit of its margin is 0.7 of log-odds.
    for (name, slope) in [("lgb_monotone", 0.7), ("lgb_nan", 1.0), ("xgb_logistic", 1.0)] {
        let imported = import(models()[file_name(name).as_str()], &options()).expect("a model that is read");
        assert_eq!(imported.trees.log_odds_per_margin, slope);
        let trees = through_the_file(imported);
        let places = rows.places(&trees);
        for (cells, probability) in rows.cells.iter().zip(&expected.models[name].output) {
            let values: Vec<f64> = places.iter().map(|place| cells[*place]).collect();
            let ours = 1.0 / (1.0 + libm::exp(-slope * trees.margin(&values)));
            assert!((ours - number(probability)).abs() < 1e-7, "{name}");
        }
    }
}

#[test]
fn iterations_after_the_best_are_left_out_unless_all_are_asked_for() {
    let (expected, rows) = (expected(), Rows::read(ROWS));
    let golden = &expected.models["xgb_best"];
    let best = golden.best_iteration.expect("stopped early");
    let read = |iterations| import(models()["xgb_best.json"], &Options { iterations, ..options() });
    let imported = read(Iterations::Best).expect("a model that is read");
    assert_eq!(imported.iterations_used, best + 1);
    assert!(imported.iterations_used < imported.iterations);
    let margins = golden.margins_best.as_ref().expect("stopped early");
    check("xgb_best", imported, &rows, golden, margins, 0.0);
    assert_eq!(read(Iterations::First(best + 1)), read(Iterations::Best));
    let message = read(Iterations::First(99)).expect_err("too many").to_string();
    assert!(message.contains("99 iterations are asked for"), "{message}");
}

#[test]
fn constraints_stand_with_the_inputs_and_hold() {
    let monotone = |trees: &TreesFile| -> Vec<(String, Option<Monotone>)> {
        trees.inputs.iter().map(|one| (one.attribute.clone(), one.monotone)).take(2).collect()
    };
    let expected =
        [("extra:c0".to_owned(), Some(Monotone::RiskRises)), ("extra:c1".to_owned(), Some(Monotone::RiskFalls))];
    let light = import(models()["lgb_monotone.txt"], &options()).expect("a model that is read");
    assert_eq!(monotone(&light.trees), expected);
    // XGBoost's JSON keeps no constraints: the caller states them.
    let stated = Options { monotone: BTreeMap::from_iter(expected.clone()), ..options() };
    let boosted = import(models()["xgb_monotone.json"], &stated).expect("a model that is read");
    assert_eq!(monotone(&boosted.trees), expected);
    // That there is none may be stated over what the file says.
    let none = Options { monotone: BTreeMap::from_iter(expected.clone().map(|(name, _)| (name, None))), ..options() };
    let free = import(models()["lgb_monotone.txt"], &none).expect("a model that is read");
    assert_eq!(monotone(&free.trees), expected.map(|(name, _)| (name, None)));
    let rows = Rows::read(ROWS);
    for trees in [through_the_file(light), through_the_file(boosted)] {
        let places = rows.places(&trees);
        for cells in &rows.cells {
            let mut values: Vec<f64> = places.iter().map(|place| cells[*place]).collect();
            for (place, rises) in [(0, true), (1, false)] {
                if values[place].is_nan() {
                    continue;
                }
                let before = trees.margin(&values);
                values[place] += 0.75;
                let after = trees.margin(&values);
                assert!(if rises { before <= after } else { after <= before }, "{before} {after}");
            }
        }
    }
}

#[test]
fn what_cannot_be_reproduced_is_refused_by_name() {
    let refused = |name: &str| import(models()[name], &options()).expect_err("must be refused").to_string();
    let check = |name: &str, expected: &str| {
        let message = refused(name);
        assert!(message.contains(expected), "{name}: {message}");
    };
    check("lgb_categorical.txt", "has categorical splits");
    check("lgb_forest.txt", "random forest");
    check("lgb_linear.txt", "linear models in its leaves");
    check("lgb_multiclass.txt", "several classes");
    check("lgb_squared.txt", "the objective is `regression`");
    check("xgb_categorical.json", "categorical features");
    check("xgb_gblinear.json", "the booster `gblinear`");
    check("xgb_squared.json", "the objective is `reg:squarederror`");
}

/// An XGBoost model with one text replaced.
fn edited(from: &str, to: &str) -> Result<Imported, ImportError> {
    let text = std::str::from_utf8(models()["xgb_logistic.json"]).expect("text");
    let other = text.replacen(from, to, 1);
    assert_ne!(other, text, "the edit changed nothing");
    import(other.as_bytes(), &options())
}

/// `base_score` as the file writes it, with its brackets.
fn base_score() -> String {
    let text = std::str::from_utf8(models()["xgb_logistic.json"]).expect("text");
    let at = text.find("\"base_score\":\"").expect("it has one") + 14;
    text[at..].split('"').next().expect("a text").to_owned()
}

#[test]
fn the_base_score_is_read_in_the_forms_of_every_version() {
    let vector = base_score();
    let scalar = vector.trim_matches(['[', ']']);
    assert_ne!(vector, scalar);
    let plain = import(models()["xgb_logistic.json"], &options()).expect("a model that is read");
    assert_eq!(edited(&vector, scalar).expect("the form before 3.1"), plain);
    let half = edited(&vector, "5E-1").expect("the default of old versions");
    assert_eq!(half.trees.base_margin, 0.0);
    assert!(edited(&vector, "[5E-1,5E-1]").expect_err("two targets").to_string().contains("several values"));
    assert!(edited(&vector, "[1E0]").expect_err("no odds").to_string().contains("no probability"));
}

/// The bases of mean 0.26125 that XGBoost 3.2 takes, read as its margin less its leaves: ln 0.26125 = -1.34228 for a mean of a log
/// link, the number itself for the identity.
#[test]
fn stated_log_odds_start_where_the_objective_puts_its_base_score() {
    let text = std::str::from_utf8(models()["xgb_logistic.json"]).expect("text");
    let asked = Options { margin: Margin::LogOdds, ..options() };
    let of = |objective: &str, base: &str| {
        let other = text.replace("\"binary:logistic\"", &format!("\"{objective}\"")).replacen(&base_score(), base, 1);
        import(other.as_bytes(), &asked).map(|found| found.trees.base_margin).map_err(|error| error.to_string())
    };
    for objective in ["count:poisson", "reg:gamma", "reg:tweedie", "survival:cox"] {
        let margin = of(objective, "[2.6125E-1]").expect("a log link");
        assert!((margin + 1.342_277).abs() < 1e-6, "{objective}: {margin}");
        assert!(of(objective, "[-1E0]").expect_err("no mean").contains("no positive number"), "{objective}");
    }
    for objective in ["reg:squarederror", "reg:absoluteerror", "rank:pairwise"] {
        assert_eq!(of(objective, "[2.6125E-1]"), Ok(f64::from(0.261_25_f32)), "{objective}");
    }
    for objective in ["survival:aft", "binary:hinge", "reg:newest"] {
        let why = of(objective, "[5E-1]").expect_err("not known");
        assert!(why.contains(&format!("`{objective}`")) && why.contains("binary:logistic"), "{why}");
    }
}

#[test]
fn files_without_names_and_files_that_hold_nan_are_refused_by_their_cause() {
    let text = std::str::from_utf8(models()["xgb_logistic.json"]).expect("text");
    let list = |name: &str| {
        let from = text.find(&format!("\"{name}\":[")).expect("it has one");
        let to = from + text[from..].find(']').expect("a list");
        text[from..=to].to_owned()
    };
    let unnamed = text.replacen(&list("feature_names"), "\"feature_names\":[]", 1);
    let refused = |text: &str| import(text.as_bytes(), &options()).expect_err("must be refused").to_string();
    assert!(refused(&unnamed).contains("train from a DataFrame"), "{}", refused(&unnamed));
    let old = unnamed.replacen(&list("version"), "\"version\":[1,3,3]", 1);
    assert!(refused(&old).contains("since version 1.4; load it in that version or a newer one"), "{}", refused(&old));
    let nan = text.replacen("\"split_conditions\":[", "\"split_conditions\":[NaN,", 1);
    assert!(refused(&nan).contains("holds NaN") && refused(&nan).contains("enable_categorical"), "{}", refused(&nan));
}

#[test]
fn raw_log_odds_of_an_old_version_are_refused_by_their_cause_whatever_is_asked() {
    let text = std::str::from_utf8(models()["xgb_logistic.json"]).expect("text");
    let raw = text.replace("binary:logistic", "binary:logitraw");
    assert_ne!(raw, text, "the edit changed nothing");
    let at = raw.find("\"version\":[").expect("it has one") + 11;
    let end = at + raw[at..].find(']').expect("a list");
    let of = |version: &str| format!("{}{version}{}", &raw[..at], &raw[end..]);
    for margin in [Margin::ByObjective, Margin::LogOdds] {
        let asked = Options { margin, ..options() };
        let why = import(of("1,3,0").as_bytes(), &asked).expect_err("refused").to_string();
        assert!(why.contains("before version 1.4") && why.contains("objective=binary:logistic"), "{why}");
        assert!(!why.contains("--log-odds"), "{why}");
        assert!(import(of("2,1,4").as_bytes(), &asked).is_ok(), "a margin since 1.4");
    }
}

#[test]
fn categories_in_any_of_their_places_are_refused() {
    for (from, to) in [
        ("\"enc\":[]", "\"enc\":[{\"offsets\":[0]}]"),
        ("\"split_type\":[0,", "\"split_type\":[1,"),
        ("\"feature_types\":[\"q\"", "\"feature_types\":[\"c\""),
    ] {
        let message = edited(from, to).expect_err("must be refused").to_string();
        assert!(message.contains("categorical features"), "{message}");
    }
}

#[test]
fn weights_of_dropped_trees_count_where_either_version_writes_them() {
    let text = std::str::from_utf8(models()["xgb_dart.json"]).expect("text");
    let now = import(text.as_bytes(), &options()).expect("a model that is read");
    let weights = &text[text.find(",\"weight_drop\":").expect("dropped trees")..];
    let weights = &weights[..=weights.find(']').expect("a list")];
    // Up to 3.3: {"name":"dart","gbtree":{"name":"gbtree","model":{…}},"weight_drop":[…]}.
    let before = text
        .replacen(weights, "", 1)
        .replacen("\"gradient_booster\":{", "\"gradient_booster\":{\"gbtree\":{", 1)
        .replacen("},\"name\":\"gbtree\"}", &format!("}},\"name\":\"gbtree\"}}{weights},\"name\":\"dart\"}}"), 1);
    assert_eq!(import(before.as_bytes(), &options()).expect("the older form"), now);
    let short = text.replacen("\"weight_drop\":[", "\"weight_drop\":[1E0,", 1);
    let message = import(short.as_bytes(), &options()).expect_err("six weights").to_string();
    assert!(message.contains("one weight a tree"), "{message}");
}

#[test]
fn a_format_that_is_not_read_is_named_with_the_way_out() {
    let refused = |bytes: &[u8]| import(bytes, &options()).expect_err("must be refused");
    // The first bytes that XGBoost 3 writes to `model.ubj`, and those of its old binary format.
    assert_eq!(refused(b"{L\x00\x00\x00\x00\x00\x00\x00\x07learner{"), ImportError::Binary);
    assert_eq!(refused(b"binf\x00\x00\x00\x3f"), ImportError::Binary);
    assert_eq!(refused(b"\x80\x04\x95"), ImportError::Format);
    assert_eq!(refused(b""), ImportError::Format);
    let cut = models()["lgb_nan.txt"];
    assert!(refused(&cut[..cut.len() / 3]).to_string().contains("cut off"));
    let cut = models()["xgb_logistic.json"];
    assert!(matches!(refused(&cut[..cut.len() / 3]), ImportError::Syntax { library: "XGBoost", .. }));
    assert!(refused(b"{\"name\":\"tree\"}").to_string().contains("learner"));
}

#[test]
fn children_that_make_no_tree_are_refused() {
    let text = std::str::from_utf8(models()["lgb_nan.txt"]).expect("text");
    let line = text.lines().find(|line| line.starts_with("left_child=")).expect("a tree");
    let with = |first: &str| {
        let (_, rest) = line.split_once(' ').expect("several splits");
        let other = text.replacen(line, &format!("left_child={first} {rest}"), 1);
        import(other.as_bytes(), &options()).expect_err("must be refused").to_string()
    };
    assert!(with("0").contains("the child of two nodes"), "{}", with("0"));
    assert!(with("99").contains("does not exist"), "{}", with("99"));
    assert!(with("x").contains("no number of its kind"), "{}", with("x"));
}

#[test]
fn a_split_that_parts_the_missing_from_all_others_is_kept_and_no_other_number_is_infinite() {
    let text = std::str::from_utf8(models()["lgb_nan.txt"]).expect("text");
    let line = text.lines().find(|line| line.starts_with("threshold=")).expect("a tree");
    let with = |first: &str| {
        let (_, rest) = line.split_once(' ').expect("several splits");
        let other = text.replacen(line, &format!("threshold={first} {rest}"), 1);
        import(other.as_bytes(), &options()).map(|imported| imported.trees)
    };
    // LightGBM 4.7.0 wrote `inf` where every value that is not missing goes left.
    assert_eq!(with("inf").expect("a model that is read").tree[0].value[0], f64::MAX);
    for refused in ["nan", "-inf"] {
        let trees = with(refused).expect("text of the format");
        assert!(model_file(header(), trees).expect_err("no threshold").to_string().contains("not a finite number"));
    }
}

#[test]
fn features_are_columns_by_name_by_alias_or_by_map() {
    let text = std::str::from_utf8(models()["lgb_nan.txt"]).expect("text");
    let names = |names: &str| text.replacen("feature_names=c0 c1 c2 c3 c4 c5", &format!("feature_names={names}"), 1);
    let read = |text: &str, options: &Options| import(text.as_bytes(), options);
    let renamed = names("active_days_90d extra__c1 c2 c3 c4 c5");
    let mut options = options();
    options.columns.remove("c0");
    options.columns.remove("c1");
    options.reasons.remove("c0");
    let imported = read(&renamed, &options).expect("an attribute, an alias and a map");
    let attributes: Vec<&str> = imported.trees.inputs.iter().map(|one| one.attribute.as_str()).collect();
    assert_eq!(attributes[..3], ["active_days_90d", "extra:c1", "extra:c2"]);
    assert_eq!(imported.trees.inputs[0].reason, None);
    let known = Options { known: Some(BTreeSet::from(["inflow_90d".to_owned()])), ..options.clone() };
    let message = read(&renamed, &known).expect_err("not known").to_string();
    assert!(message.contains("active_days_90d") && !message.contains("c2"), "{message}");
    // What the lists name must be there.
    let typed = |list: &str, edit: &dyn Fn(&mut Options)| {
        let mut options = options.clone();
        edit(&mut options);
        let message = read(&renamed, &options).expect_err("a typing error").to_string();
        assert!(message.starts_with(&format!("`{list}` names `c9`")), "{message}");
    };
    let name = || "c9".to_owned();
    typed("columns", &|options| {
        let _ = options.columns.insert(name(), "extra:c9".to_owned());
    });
    typed("reasons", &|options| {
        let _ = options.reasons.insert(name(), "fees".to_owned());
    });
    // An attribute has a reason of its own, and an extra column is named without its prefix.
    for name in ["active_days_90d", "extra__c1", "extra:c1"] {
        let mut options = options.clone();
        let _ = options.reasons.insert(name.to_owned(), "fees".to_owned());
        let message = read(&renamed, &options).expect_err("no extra column").to_string();
        assert!(message.contains("without `extra__`, and no attribute"), "{message}");
    }
    typed("monotone", &|options| {
        let _ = options.monotone.insert(name(), Some(Monotone::RiskRises));
    });
    let twice = Options { columns: BTreeMap::from([("c2".to_owned(), "extra:c1".to_owned())]), ..options.clone() };
    assert!(matches!(read(&renamed, &twice), Err(ImportError::ColumnTwice { .. })));
    options.reasons.remove("c1");
    assert_eq!(read(&renamed, &options), Err(ImportError::MissingReason { column: "c1".to_owned() }));
}

#[test]
fn a_feature_that_no_tree_reads_is_no_input() {
    let text = std::str::from_utf8(models()["lgb_nan.txt"]).expect("text");
    let wider = text.replacen("feature_names=c0 c1 c2 c3 c4 c5", "feature_names=c0 c1 c2 c3 c4 c5 spare", 1);
    let imported = import(wider.as_bytes(), &options()).expect("a model that is read");
    assert_eq!(imported.unread, ["spare"]);
    assert_eq!(imported.trees, import(text.as_bytes(), &options()).expect("a model that is read").trees);
}

// ---------------------------------------------------------------------------------------------- 4,096 rows a model

/// splitmix64 (Steele, Lea, Flood 2014), as in `goldens/scripts/trees_4096.py`.
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: u64) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % limit).expect("small")
    }
}

fn size<T>(list: &[T]) -> u64 {
    list.len() as u64
}

fn beside(value: f64, kind: usize) -> f64 {
    #[expect(clippy::cast_possible_truncation, reason = "the neighbours in single precision are wanted")]
    let narrow = value as f32;
    [value, value.next_up(), value.next_down(), f64::from(narrow.next_up()), f64::from(narrow.next_down())][kind]
}

fn drawn_rows(cuts: &[Vec<f64>], count: usize, seed: u64) -> Vec<Vec<f64>> {
    let zero = f64::from(1e-35_f32);
    let tiny = [zero, -zero, 1e-36, -1e-36, 0.0, -0.0, zero.next_up(), -zero.next_up()];
    let mut draw = Draw(seed);
    let mut cell = |cuts: &Vec<f64>| match draw.below(16) {
        0 | 1 => f64::NAN,
        2..=6 if !cuts.is_empty() => {
            let value = cuts[draw.below(size(cuts))];
            beside(value, draw.below(5))
        }
        7 => tiny[draw.below(size(&tiny))],
        _ => f64::from(u32::try_from(draw.below(16_384)).expect("small")) / 1024.0 - 8.0,
    };
    (0..count).map(|_| cuts.iter().map(&mut cell).collect()).collect()
}

/// SHA-256 over the bits, a missing cell as one NaN.
fn digest(values: impl Iterator<Item = f64>) -> String {
    let bits = |value: f64| if value.is_nan() { 0x7ff8_0000_0000_0000 } else { value.to_bits() };
    let bytes: Vec<u8> = values.flat_map(|value| bits(value).to_le_bytes()).collect();
    cashline_core::hash::sha256(&bytes)
}

#[test]
fn margins_of_4096_rows_with_missing_values_and_thresholds_are_the_librarys_to_the_bit() {
    #[derive(Deserialize)]
    struct Digests {
        rows: usize,
        seed: u64,
        models: BTreeMap<String, Digest>,
    }
    #[derive(Deserialize)]
    struct Digest {
        rows: String,
        margins: String,
    }
    let golden: Digests =
        serde_json::from_str(include_str!("../../goldens/trees/rows_4096.json")).expect("the golden is valid");
    assert_eq!((golden.rows, golden.models.len()), (4_096, 10));
    let models = models();
    for (name, digests) in &golden.models {
        let options = Options { iterations: Iterations::All, margin: Margin::LogOdds, ..options() };
        let imported = import(models[file_name(name).as_str()], &options).expect("a model that is read");
        let trees = through_the_file(imported);
        let columns: Vec<String> = (0..6).map(|at| format!("c{at}")).collect();
        let places = Rows { columns, cells: vec![] }.places(&trees);
        let mut cuts = vec![vec![]; 6];
        for tree in &trees.file().trees.as_ref().expect("trees").tree {
            for (input, value) in tree.input.iter().zip(&tree.value) {
                if let Ok(input) = usize::try_from(*input) {
                    cuts[places[input]].push(*value);
                }
            }
        }
        for cuts in &mut cuts {
            cuts.sort_by(f64::total_cmp);
            cuts.dedup();
        }
        let rows = drawn_rows(&cuts, golden.rows, golden.seed);
        assert_eq!(digest(rows.iter().flatten().copied()), digests.rows, "{name}: the rows are not the script's");
        let margin = |row: &Vec<f64>| trees.margin(&places.iter().map(|place| row[*place]).collect::<Vec<f64>>());
        assert_eq!(digest(rows.iter().map(margin)), digests.margins, "{name}");
    }
}
