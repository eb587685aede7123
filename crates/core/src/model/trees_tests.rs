//! Trees against their definition: Shapley values by enumeration, thresholds to the last bit, points that add up.

use super::{
    file::{Comparison, Cover, MissingAs, Monotone, TreeFile},
    *,
};
use crate::{
    model::{
        Model, ModelFile,
        file::{Band, Baselines, Conventions, Direction, Holder, Kind, Population, Scale, ScaleUnit, ScoreBasis},
    },
    value::Value,
};

const COLUMNS: [&str; 4] = ["extra:a", "extra:b", "extra:c", "extra:d"];

pub(crate) fn tree(input: &[i32], value: &[f64], absent: &str, cover: &[f64]) -> TreeFile {
    TreeFile { input: input.to_vec(), value: value.to_vec(), absent: absent.to_owned(), cover: cover.to_vec() }
}

fn ensemble(comparison: Comparison, tree: Vec<TreeFile>) -> TreesFile {
    let most = tree.iter().flat_map(|tree| &tree.input).max().map_or(0, |most| usize::try_from(*most).unwrap_or(0));
    let input = |column: &&str| InputFile {
        attribute: (*column).to_owned(),
        reason: Some("debt_burden".to_owned()),
        monotone: None,
    };
    TreesFile {
        source: "a test".to_owned(),
        comparison,
        missing: MissingAs::Nan,
        cover: Cover::Count,
        base_margin: 0.0,
        log_odds_per_margin: 1.0,
        missing_reason: "history_length".to_owned(),
        inputs: COLUMNS[..=most].iter().map(input).collect(),
        tree,
    }
}

fn unbased(trees: TreesFile) -> ModelFile {
    ModelFile {
        schema: 1,
        kind: Kind::Trees,
        name: "trees".to_owned(),
        version: "1".to_owned(),
        provider: "a test".to_owned(),
        target: "none late".to_owned(),
        horizon_days: 365,
        score_basis: ScoreBasis::FittedUncalibrated,
        baseline: Baseline::Neutral,
        base_points: 0,
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
        conventions: Conventions {
            woe: WoeSign::None,
            closure: Closure::BySplit,
            missing: MissingRule::BySplit,
            rounding: Rounding::ScoreHalfEvenOnce,
            zero_cell: ZeroCell::None,
        },
        bands: vec![Band { name: "A".to_owned(), from: 600 }, Band { name: "B".to_owned(), from: 0 }],
        characteristics: vec![],
        segments: vec![],
        calibration: None,
        expected: None,
        documentation: None,
        validation: vec![],
        trees: Some(trees),
        baselines: Baselines::default(),
        made_with: None,
    }
}

pub(crate) fn file(trees: TreesFile) -> ModelFile {
    let mut file = unbased(trees);
    file.base_points = Trees::base_points(&file).expect("valid");
    file
}

fn model(trees: TreesFile) -> Trees {
    match file(trees).check().expect("valid") {
        Model::Trees(trees) => trees,
        _ => panic!("not trees"),
    }
}

/// A stump on the first input: −1 to the left, 1 to the right.
fn stump(comparison: Comparison, threshold: f64, absent: &str) -> Trees {
    model(ensemble(comparison, vec![tree(&[0, -1, -1], &[threshold, -1.0, 1.0], absent, &[4.0, 3.0, 1.0])]))
}

#[test]
fn a_light_split_sends_its_threshold_left_and_a_single_precision_split_sends_it_right() {
    let light = stump(Comparison::F64LessOrEqual, 0.1, "r..");
    assert_eq!(light.margin(&[0.1]), -1.0);
    assert_eq!(light.margin(&[0.1_f64.next_up()]), 1.0);
    let narrow = f64::from(0.1_f32);
    let single = stump(Comparison::F32LessThan, narrow, "r..");
    assert_eq!(single.margin(&[narrow]), 1.0);
    // 0.1 lies below the single-precision number nearest to it, but is compared after rounding to that number.
    assert!(0.1 < narrow);
    assert_eq!(single.margin(&[0.1]), 1.0);
    assert_eq!(single.margin(&[f64::from(0.1_f32.next_down())]), -1.0);
}

#[test]
fn a_missing_value_goes_where_the_split_says_and_so_does_a_zero_when_it_says_so() {
    let check = |absent: &str, threshold: f64, nan: f64, zero: f64| {
        let light = stump(Comparison::F64LessOrEqual, threshold, absent);
        assert_eq!([light.margin(&[f64::NAN]), light.margin(&[0.0])], [nan, zero], "{absent} at {threshold}");
    };
    check("l..", -2.0, -1.0, 1.0);
    check("r..", 2.0, 1.0, -1.0);
    check("0..", -2.0, 1.0, 1.0);
    check("0..", 2.0, -1.0, -1.0);
    check("L..", -2.0, -1.0, -1.0);
    check("R..", 2.0, 1.0, 1.0);
}

#[test]
fn nothing_lies_between_zero_and_the_smallest_number_that_a_sparse_row_holds() {
    // LightGBM drops |x| <= kZeroThreshold from a row, so the sentinel itself goes right of a threshold of -1e-35.
    let light = stump(Comparison::F64LessOrEqual, -ZERO, "r..");
    for near in [-ZERO, ZERO, 1e-36, -1e-36, 0.0, -0.0] {
        assert_eq!(light.margin(&[near]), 1.0, "{near}");
    }
    assert_eq!(light.margin(&[(-ZERO).next_down()]), -1.0);
    assert_eq!(ZERO, f64::from(1e-35_f32));
}

#[test]
fn single_precision_sums_round_after_every_tree() {
    let leaf = |value: f64| tree(&[-1], &[value], ".", &[1.0]);
    let split = tree(&[0, -1, -1], &[0.0, 0.0, 0.0], "l..", &[2.0, 1.0, 1.0]);
    let trees = vec![split, leaf(16_777_216.0), leaf(1.0), leaf(1.0)];
    // 2^24 + 1 is no single-precision number: each 1 is lost alone, while their sum in double precision is kept.
    assert_eq!(model(ensemble(Comparison::F32LessThan, trees.clone())).margin(&[0.0]), 16_777_216.0);
    assert_eq!(model(ensemble(Comparison::F64LessOrEqual, trees)).margin(&[0.0]), 16_777_218.0);
}

// ---------------------------------------------------------------------------------------------- Shapley values

/// A small generator for tests: splitmix64 (Steele, Lea, Flood 2014).
struct Draw(u64);

impl Draw {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }

    /// A multiple of 1/8 in [-4, 4], or NaN one time in eight.
    fn value(&mut self) -> f64 {
        if self.next(8) == 0 { f64::NAN } else { f64::from(i32::try_from(self.next(65)).expect("small")) / 8.0 - 4.0 }
    }

    fn tree(&mut self, depth: u64, cover: f64, out: &mut TreeFile) {
        let is_leaf = depth == 0 || self.next(6) == 0;
        out.input.push(if is_leaf { -1 } else { i32::try_from(self.next(4)).expect("small") });
        let number = self.next(65);
        out.value.push(f64::from(i32::try_from(number).expect("small")) / 8.0 - 4.0);
        out.cover.push(cover);
        out.absent.push(if is_leaf {
            '.'
        } else {
            ['l', 'r', '0', 'L', 'R'][usize::try_from(self.next(5)).expect("small")]
        });
        if !is_leaf {
            let left = cover * (1.0 + f64::from(u32::try_from(self.next(6)).expect("small"))) / 8.0;
            self.tree(depth - 1, left, out);
            self.tree(depth - 1, cover - left, out);
        }
    }

    fn ensemble(&mut self, comparison: Comparison) -> TreesFile {
        // The first tree reads every input.
        let mut trees = vec![tree(
            &[0, -1, 1, -1, 2, -1, 3, -1, -1],
            &[0.5, 1.0, -0.5, 2.0, 1.5, -1.0, -1.0, 0.5, 3.0],
            "l.r.0.L..",
            &[64.0, 16.0, 48.0, 8.0, 40.0, 30.0, 10.0, 4.0, 6.0],
        )];
        for _ in 0..3 {
            let mut one = TreeFile::default();
            self.tree(4, 256.0, &mut one);
            trees.push(one);
        }
        ensemble(comparison, trees)
    }
}

/// The expectation of a subtree when only the inputs of `known` (bits) are known: others go both ways by cover.
fn expectation(trees: &Trees, at: usize, seen: &[f64], known: usize) -> f64 {
    let Ensemble { nodes, cover, .. } = trees.ensemble.as_ref();
    match nodes[at] {
        Node::Leaf { value } => value,
        Node::Split { input, threshold, absent, right } if known >> input & 1 == 1 => {
            let next = if trees.ensemble.goes_left(seen[input], threshold, absent) { at + 1 } else { right };
            expectation(trees, next, seen, known)
        }
        Node::Split { right, .. } => {
            let (left, right) = (at + 1, right);
            let sides = [left, right].map(|side| expectation(trees, side, seen, known) * cover[side]);
            (sides[0] + sides[1]) / cover[at]
        }
    }
}

/// Shapley values by their definition, over all subsets: |S|! (M - |S| - 1)! / M! · (v(S + i) − v(S)).
fn shapley(trees: &Trees, values: &[f64]) -> Vec<f64> {
    let seen = trees.ensemble.seen(values);
    let count = values.len();
    let worth: Vec<f64> = (0..1_usize << count)
        .map(|known| trees.ensemble.roots.iter().map(|root| expectation(trees, *root, &seen, known)).sum())
        .collect();
    let factorial = |n: usize| (1..=n).map(|k| f64::from(u32::try_from(k).expect("small"))).product::<f64>();
    (0..count)
        .map(|input| {
            let without = (0..1_usize << count).filter(|known| known >> input & 1 == 0);
            without
                .map(|known| {
                    let size = usize::try_from(known.count_ones()).expect("small");
                    let weight = factorial(size) * factorial(count - size - 1) / factorial(count);
                    weight * (worth[known | 1 << input] - worth[known])
                })
                .sum()
        })
        .collect()
}

#[test]
fn contributions_are_shapley_values_by_their_definition() {
    let mut draw = Draw(11);
    for round in 0..200 {
        let comparison = if round % 2 == 0 { Comparison::F32LessThan } else { Comparison::F64LessOrEqual };
        let trees = model(draw.ensemble(comparison));
        let values: Vec<f64> = (0..4).map(|_| draw.value()).collect();
        let (ours, theirs) = (trees.contributions(&values), shapley(&trees, &values));
        for (one, other) in ours.iter().zip(&theirs) {
            assert!((one - other).abs() < 1e-12, "round {round}: {ours:?} {theirs:?}");
        }
        let sum = ours.iter().fold(trees.expected_margin(), |sum, one| sum + one);
        assert!((sum - trees.margin(&values)).abs() < 1e-12, "round {round}");
    }
}

// ---------------------------------------------------------------------------------------------- scores

fn outcome(value: f64) -> Outcome {
    if value.is_nan() { Err(Missing::Stale) } else { Ok(Value::Real(value)) }
}

#[test]
fn points_add_up_and_the_range_holds_every_score_that_the_unknown_could_give() {
    let mut draw = Draw(5);
    let mut wide = 0;
    for _ in 0..60 {
        let mut trees = draw.ensemble(Comparison::F64LessOrEqual);
        // Within the scale's ends.
        trees.tree.iter_mut().flat_map(|tree| tree.input.iter().zip(&mut tree.value)).for_each(|(input, value)| {
            if *input == -1 {
                *value /= 4.0;
            }
        });
        let trees = model(trees);
        let values: Vec<f64> = (0..4).map(|_| draw.value()).collect();
        let outcomes: Vec<Outcome> = values.iter().map(|value| outcome(*value)).collect();
        let scored = trees.score(&outcomes);
        let points: i64 = scored.earned.iter().map(|one| one.points).sum();
        assert_eq!(trees.file().base_points + points, scored.score);
        assert!(scored.low <= scored.score && scored.score <= scored.high);
        let none_missing = values.iter().all(|value| !value.is_nan());
        assert!(!none_missing || (scored.low, scored.high) == (scored.score, scored.score));
        wide += usize::from(scored.low < scored.high);
        for _ in 0..30 {
            let mut fill = |value: &f64| if value.is_nan() { draw.value() } else { *value };
            let filled: Vec<Outcome> = values.iter().map(|value| outcome(fill(value))).collect();
            assert!((scored.low..=scored.high).contains(&trees.score(&filled).score));
        }
    }
    assert!(10 < wide, "values were missing in some rounds");
}

#[test]
fn what_never_happened_is_observed_and_widens_nothing() {
    let trees = stump(Comparison::F64LessOrEqual, 0.5, "l..");
    let with = |cause: Missing| trees.score(&[Err(cause)]);
    // 600 − 28.8539 · (ln 20 ∓ 1) at margins ±1: ln 20 = 2.995732, so 513.56 + 28.85 and 513.56 − 28.85.
    assert_eq!((with(Missing::Stale).low, with(Missing::Stale).high), (485, 542));
    let never = with(Missing::NoSuchEvent);
    assert_eq!((never.score, never.low, never.high), (542, 542, 542));
    // At the expected margin (3 · −1 + 1) / 4 = −0.5: 513.56 + 14.43.
    assert_eq!((trees.file().base_points, never.earned[0].points), (528, 14));
}

#[test]
fn a_score_beyond_the_scale_is_its_end_and_the_points_still_add_up() {
    let trees = tree(&[0, -1, 1, -1, -1], &[0.0, 30.0, 0.0, -30.0, 1.0], "l.l..", &[10.0, 1.0, 9.0, 1.0, 8.0]);
    let trees = model(ensemble(Comparison::F64LessOrEqual, vec![trees]));
    for (values, end) in [([-1.0, 0.0], 0), ([1.0, -1.0], 1_000)] {
        let scored = trees.score(&values.map(|value| Ok(Value::Real(value))));
        let points: i64 = scored.earned.iter().map(|one| one.points).sum();
        assert_eq!((scored.score, trees.file().base_points + points), (end, end));
    }
}

#[test]
fn a_value_stands_where_a_card_writes_its_bin() {
    let trees = stump(Comparison::F64LessOrEqual, 0.5, "l..");
    let label =
        |outcome: Outcome| Model::Trees(trees.clone()).told(None, 0, &trees.score(&[outcome]).earned[0], &outcome).1;
    assert_eq!(label(Ok(Value::Integer(12))), "12");
    assert_eq!(label(Ok(Value::Real(0.1))), "0.1");
    assert_eq!(label(Err(Missing::Stale)), "missing: stale");
}

// ---------------------------------------------------------------------------------------------- the file

#[test]
fn writing_and_reading_a_file_is_a_fixed_point() {
    let mut draw = Draw(3);
    let mut trees = draw.ensemble(Comparison::F64LessOrEqual);
    // Numbers that only exact writing keeps.
    trees.tree[0].value[0] = -ZERO;
    trees.tree[0].value[1] = 0.1 + 0.2;
    trees.tree[1].value[0] = f64::MIN_POSITIVE;
    let file = file(trees);
    let text = file.to_toml();
    let again = ModelFile::from_toml(&text).expect("reads back");
    assert_eq!(again, file);
    assert_eq!(again.to_toml(), text);
    assert_eq!(again.check().expect("valid").id(), file.check().expect("valid").id());
}

#[test]
fn a_broken_ensemble_is_refused_with_the_place() {
    let good = || tree(&[0, -1, 1, -1, -1], &[0.5, 1.0, 0.5, 2.0, 3.0], "l.r..", &[4.0, 1.0, 3.0, 1.0, 2.0]);
    model(ensemble(Comparison::F64LessOrEqual, vec![good()]));
    let check = |comparison: Comparison, edit: &dyn Fn(&mut TreesFile), expected: &str| {
        let mut trees = ensemble(comparison, vec![good()]);
        edit(&mut trees);
        let mut file = unbased(trees);
        if let Ok(points) = Trees::base_points(&file) {
            file.base_points = points;
        }
        let message = file.check().expect_err("must be refused").to_string();
        assert!(message.contains(expected), "{message}");
    };
    let light = Comparison::F64LessOrEqual;
    let with = |edit: fn(&mut TreeFile), expected: &str| check(light, &|trees| edit(&mut trees.tree[0]), expected);
    with(|tree| tree.value[2] = f64::NAN, "tree 0: node 2: its value is not a finite number");
    with(|tree| tree.value[1] = f64::INFINITY, "node 1: its value is not a finite number");
    with(|tree| tree.cover[3] = 0.0, "node 3: its cover is not a positive number");
    with(|tree| tree.cover[3] = 2.0, "node 2: its children's covers do not add up");
    with(|tree| tree.input[2] = 7, "node 2: reads an input that is not listed");
    with(|tree| tree.input[2] = -2, "node 2: reads an input that is not listed");
    with(|tree| tree.absent = "l.x..".to_owned(), "is one of l, r, 0, L, R");
    with(|tree| tree.absent = "llr..".to_owned(), "a leaf has `.`");
    with(|tree| tree.value.truncate(4), "want one entry a node");
    with(|tree| *tree = self::tree(&[0, -1], &[0.5, 1.0], "l.", &[2.0, 1.0]), "ends before every split has two sides");
    with(|tree| *tree = self::tree(&[-1, -1], &[0.5, 1.0], "..", &[2.0, 1.0]), "after the tree is complete");
    with(|tree| *tree = TreeFile::default(), "at least one");
    check(Comparison::F32LessThan, &|trees| trees.tree[0].value[0] = 0.1, "a finite number of single precision");
    check(Comparison::F32LessThan, &|trees| trees.base_margin = 0.1, "`base_margin` is not");
    check(light, &|trees| trees.tree.clear(), "has 0 trees");
    check(light, &|trees| trees.log_odds_per_margin = -1.0, "is not a positive number");
    check(light, &|trees| trees.inputs[0].reason = None, "give `reason`");
    check(light, &|trees| trees.inputs[0].attribute = "active_days_90d".to_owned(), "belongs to extra columns only");
    check(light, &|trees| trees.inputs[1].attribute = "extra:a".to_owned(), "stands twice");
    let unread = InputFile { attribute: "extra:z".to_owned(), reason: Some("fees".to_owned()), monotone: None };
    check(light, &|trees| trees.inputs.push(unread.clone()), "no tree reads `extra:z`");
}

#[test]
fn a_constraint_that_the_trees_do_not_keep_is_refused() {
    let check = |tree: TreeFile, expected: [bool; 2]| {
        let holds = |way: Monotone| {
            let mut trees = ensemble(Comparison::F64LessOrEqual, vec![tree.clone()]);
            trees.inputs[0].monotone = Some(way);
            let mut file = unbased(trees);
            file.base_points = Trees::base_points(&file).expect("valid");
            let refusal = file.check().err().map(|error| error.to_string());
            assert!(
                refusal.as_ref().is_none_or(|text| text.contains("`extra:a` is stated to be monotone, but tree 0"))
            );
            refusal.is_none()
        };
        assert_eq!([Monotone::RiskRises, Monotone::RiskFalls].map(holds), expected);
    };
    let covers = [8.0, 4.0, 2.0, 2.0, 4.0, 2.0, 2.0];
    let both_sides = |threshold: f64, leaves: [f64; 4]| {
        let [a, b, c, d] = leaves;
        // a is split first, then b on both sides.
        tree(&[0, 1, -1, -1, 1, -1, -1], &[0.0, 0.0, a, b, threshold, c, d], "lr..r..", &covers)
    };
    // At equal b: 1 before 2 and 3 before 4. Across b 3 stands before 2, which no applicant meets.
    check(both_sides(0.0, [1.0, 3.0, 2.0, 4.0]), [true, false]);
    check(both_sides(0.0, [2.0, 4.0, 1.0, 3.0]), [false, true]);
    // With b at 0.5 an applicant goes from 3 to 2.
    check(both_sides(1.0, [1.0, 3.0, 2.0, 4.0]), [false, false]);
    // b is split first: each side has an order of its own.
    let b_first = |leaves: [f64; 4]| {
        let [a, b, c, d] = leaves;
        tree(&[1, 0, -1, -1, 0, -1, -1], &[0.0, 0.0, a, b, 0.0, c, d], "lr..r..", &covers)
    };
    check(b_first([3.0, 4.0, 1.0, 2.0]), [true, false]);
    check(b_first([3.0, 4.0, 2.0, 1.0]), [false, false]);
    // A missing b that goes left on one side and right on the other meets 3 and 2.
    let missing = tree(&[0, 1, -1, -1, 1, -1, -1], &[0.0, 0.0, 1.0, 3.0, 0.0, 2.0, 4.0], "lr..l..", &covers);
    check(missing, [false, false]);
}

#[test]
fn a_tree_deeper_than_the_limit_is_refused_and_the_deepest_allowed_is_explained() {
    let chain = |depth: usize| {
        let mut out = TreeFile::default();
        for at in 0..depth {
            let left = f64::from(u32::try_from(depth - at).expect("small"));
            out.input.extend([0, -1]);
            out.value.extend([left, left]);
            out.absent.push_str("l.");
            out.cover.extend([left + 1.0, 1.0]);
        }
        out.input.push(-1);
        out.value.push(0.5);
        out.absent.push('.');
        out.cover.push(1.0);
        ensemble(Comparison::F64LessOrEqual, vec![out])
    };
    let deepest = model(chain(DEPTH_MAX));
    let sum = deepest.contributions(&[0.0])[0] + deepest.expected_margin();
    assert!((sum - deepest.margin(&[0.0])).abs() < 1e-9);
    let message = unbased(chain(DEPTH_MAX + 1)).check().expect_err("too deep").to_string();
    assert!(message.contains("deeper than 64"), "{message}");
}

#[test]
fn a_file_of_one_kind_with_the_parts_of_another_is_refused() {
    let good = || file(ensemble(Comparison::F64LessOrEqual, vec![stump_tree()]));
    let check = |edit: &dyn Fn(&mut ModelFile), expected: &str| {
        let mut file = good();
        edit(&mut file);
        let message = file.check().expect_err("must be refused").to_string();
        assert!(message.contains(expected), "{message}");
    };
    let card = || Model::builtin().expect("shipped").file().clone();
    check(&|file| file.base_points += 1, "the expected margin's is 528");
    check(&|file| file.scale.unit = ScaleUnit::Points, "must be double_odds");
    check(&|file| file.conventions = card().conventions, "`conventions` of trees");
    check(&|file| file.characteristics = card().characteristics, "no `characteristics`");
    check(&|file| file.trees = None, "needs the section `trees`");
    check(&|file| file.kind = Kind::Scorecard, "a scorecard has no `trees`");
    check(&|file| file.baseline = Baseline::All, "`baselines.all` is absent");
    check(&|file| file.bands.clear(), "bands");
    let mut mixed = card();
    mixed.conventions = good().conventions;
    assert!(mixed.check().expect_err("mixed").to_string().contains("those of a tree ensemble"));
}

fn stump_tree() -> TreeFile {
    tree(&[0, -1, -1], &[0.5, -1.0, 1.0], "l..", &[4.0, 3.0, 1.0])
}
