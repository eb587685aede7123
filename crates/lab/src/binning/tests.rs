//! What a binning promises, beside being the best.
#![expect(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use proptest::prelude::*;

use super::*;

fn numeric(cells: Vec<Result<f64, Missing>>) -> Column {
    Column { name: "x".to_owned(), values: Values::Numbers(cells) }
}

/// A column of codes from names.
fn coded(cells: &[&str]) -> Column {
    let mut levels: Vec<String> = cells.iter().map(|cell| (*cell).to_owned()).collect();
    levels.sort();
    levels.dedup();
    let at = |cell: &&str| Ok(u32::try_from(levels.iter().position(|one| one == cell).unwrap()).unwrap());
    let cells = cells.iter().map(at).collect();
    Column { name: "code".to_owned(), values: Values::Codes { levels, cells } }
}

/// `rows` rows of each cell, the first `bads` of them bad.
fn book<C: Copy>(groups: &[(C, usize, usize)]) -> (Vec<C>, Vec<bool>) {
    let (mut cells, mut bad) = (vec![], vec![]);
    for (cell, bads, rows) in groups {
        cells.extend(vec![*cell; *rows]);
        bad.extend((0..*rows).map(|row| row < *bads));
    }
    (cells, bad)
}

fn small() -> Options {
    Options { bads_min: 1, goods_min: 1, bin_share_min: 0.0, missing_min: 4, ..Options::default() }
}

/// A row: its cell, whether it is bad, its weight.
type Row = (Result<f64, Missing>, bool, f64);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let cause = prop::sample::select(Missing::ALL.to_vec());
    let value = prop_oneof![Just(0.0), Just(-0.0), Just(-1.0), -50.0..50.0_f64];
    let cell = prop_oneof![8 => value.prop_map(Ok), 1 => cause.prop_map(Err)];
    prop::collection::vec((cell, any::<bool>(), 0.1..3.0_f64), 2..150)
}

fn bin_rows(rows: &[Row], options: &Options) -> Result<Binned, BinningError> {
    let column = numeric(rows.iter().map(|row| row.0).collect());
    let bad: Vec<bool> = rows.iter().map(|row| row.1).collect();
    let weight: Vec<f64> = rows.iter().map(|row| row.2).collect();
    fit(&column, &bad, &weight, options)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_rows_changes_no_bit(
        (rows, shuffled) in rows().prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
    ) {
        let options = Options { special: vec![-1.0], ..small() };
        let (there, back) = (bin_rows(&rows, &options), bin_rows(&shuffled, &options));
        prop_assert_eq!(&there, &back);
        if let (Ok(there), Ok(back)) = (there, back) {
            prop_assert_eq!(serde_json::to_string(&there).unwrap(), serde_json::to_string(&back).unwrap());
            prop_assert_eq!(serde_json::to_string(&there.table()).unwrap(), serde_json::to_string(&back.table()).unwrap());
        }
    }

    #[test]
    fn what_is_stored_is_what_is_read_and_every_row_has_one_bin(rows in rows()) {
        let Ok(binned) = bin_rows(&rows, &Options { special: vec![-1.0], ..small() }) else { return Ok(()) };
        let text = serde_json::to_string(&binned).unwrap();
        let read: Binned = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&read, &binned);
        prop_assert_eq!(serde_json::to_string(&read).unwrap(), text);
        let table = serde_json::to_string(&binned.table()).unwrap();
        prop_assert_eq!(serde_json::from_str::<Table>(&table).unwrap(), binned.table());

        let cells: Vec<Result<f64, Missing>> = rows.iter().map(|row| row.0).collect();
        let places = binned.places(&Values::Numbers(cells.clone())).unwrap();
        let woes = binned.transform(&Values::Numbers(cells.clone())).unwrap();
        for (at, bin) in binned.all().enumerate() {
            let inside: Vec<&Row> = rows.iter().zip(&places).filter(|one| *one.1 == Some(at)).map(|one| one.0).collect();
            prop_assert_eq!(inside.len() as u64, bin.rows);
            prop_assert_eq!(inside.iter().filter(|row| row.1).count() as u64, bin.bad_rows);
            let goods: f64 = inside.iter().filter(|row| !row.1).map(|row| row.2).sum();
            prop_assert!((goods - bin.goods).abs() < 1e-9);
        }
        for (cell, woe) in cells.into_iter().zip(woes) {
            prop_assert_eq!(binned.woe(cell.map_or_else(Cell::Missing, Cell::Number)).unwrap(), woe);
        }
        let counted: f64 = binned.all().map(|bin| bin.goods + bin.bads).sum();
        prop_assert!((counted - binned.goods - binned.bads).abs() < 1e-9);
    }

    #[test]
    fn whole_weights_are_repeated_rows(groups in prop::collection::vec((0.0..9.0_f64, any::<bool>(), 1_u32..4), 4..60)) {
        // Minima count rows, so none are set.
        let options = Options { prebin_splits: Some(vec![2.0, 4.0, 6.0, 8.0]), ..small() };
        let weighted: Vec<Row> = groups.iter().map(|(x, bad, n)| (Ok(*x), *bad, f64::from(*n))).collect();
        let repeated: Vec<Row> =
            groups.iter().flat_map(|(x, bad, n)| vec![(Ok(*x), *bad, 1.0); usize::try_from(*n).unwrap()]).collect();
        if let (Ok(weighted), Ok(repeated)) = (bin_rows(&weighted, &options), bin_rows(&repeated, &options)) {
            prop_assert_eq!(weighted.splits(), repeated.splits());
            prop_assert_eq!(weighted.iv(), repeated.iv());
        }
    }

    #[test]
    fn an_edge_parts_its_neighbours_and_reads_no_longer_than_the_value(a in -1e6..1e6_f64, step in 1e-9..1e6_f64) {
        let upper = a + step;
        let edge = prebin::edge(a, upper);
        prop_assert!(a < edge && edge <= upper);
        prop_assert!(edge.to_string().len() <= upper.to_string().len());
    }

    #[test]
    fn prebins_are_few_and_none_is_too_small(
        values in prop::collection::vec(0_i32..40, 1..300), most in 1_usize..30, share in 0.0..0.2_f64,
    ) {
        let mut groups: Vec<(f64, Tally)> = vec![];
        let mut sorted = values.clone();
        sorted.sort_unstable();
        for value in sorted.iter().map(|value| f64::from(*value)) {
            if groups.last().is_none_or(|last| last.0 != value) {
                groups.push((value, Tally::default()));
            }
            let last = groups.last_mut().unwrap();
            last.1 = last.1.plus(&Tally { goods: 1.0, bads: 0.0, rows: 1, bad_rows: 0 });
        }
        let options = Options { prebins_max: most, prebin_share_min: share, ..Options::default() };
        let cuts = prebin::quantiles(&groups, &options);
        prop_assert!(cuts.len() < most);
        let starts: Vec<usize> = [0].into_iter().chain(cuts.iter().map(|cut| cut.at)).chain([groups.len()]).collect();
        for pair in starts.windows(2) {
            let size: f64 = groups[pair[0]..pair[1]].iter().map(|group| group.1.weight()).sum();
            prop_assert!(cuts.is_empty() || share * values.len() as f64 <= size, "{size} of {}", values.len());
        }
    }
}

#[test]
fn edges_are_the_shortest_decimals_between_two_values() {
    let rows = [
        (1234.56, 1301.2, 1300.0),
        (0.0, 3.0, 3.0),
        (-5.0, 3.0, 0.0),
        (-950.0, -120.0, -200.0),
        (0.285, 0.29, 0.29),
        (0.12345, 0.12349, 0.1234_6),
        (99.0, 100.0, 100.0),
        (-1.0, 0.0, 0.0),
        (-3.0, -2.0, -2.0),
    ];
    for (below, upper, expected) in rows {
        let edge = prebin::edge(below, upper);
        assert!(below < edge && edge <= upper);
        if below == 0.12345 {
            // Any of 0.12346 … 0.12349 is as short.
            assert_eq!(edge.to_string().len(), expected.to_string().len());
        } else {
            assert_eq!(edge, expected, "({below}, {upper}]");
        }
    }
}

#[test]
fn a_value_as_heavy_as_a_prebin_stands_alone_and_costs_no_other() {
    // 600 zeros among 1,000 rows, 4 below, 396 distinct above: of 10 prebins some 40 rows each remain for those above.
    let mut cells: Vec<Result<f64, Missing>> = (1..=4).map(|at| Ok(-f64::from(at))).collect();
    cells.extend(vec![Ok(0.0); 600]);
    cells.extend((1..=396).map(|at| Ok(f64::from(at))));
    let bad: Vec<bool> = (0..1000).map(|row| row % 7 == 0).collect();
    let rows = tally::Rows::new(&bad, &[1.0; 1000]).unwrap();
    let counted = prebin::tally("x", &cells, &rows, &[]).unwrap();
    let cuts = prebin::quantiles(&counted.groups, &Options { prebins_max: 10, prebin_share_min: 0.0, ..small() });
    let edges: Vec<f64> = cuts.iter().map(|cut| cut.edge).collect();
    assert_eq!(edges.len(), 9, "{edges:?}");
    assert_eq!(&edges[..2], [0.0, 1.0]);
    // With a least share the four below join the zeros.
    let cuts = prebin::quantiles(&counted.groups, &Options { prebins_max: 10, prebin_share_min: 0.02, ..small() });
    assert_eq!(cuts[0].edge, 1.0);
}

#[test]
fn a_cause_has_its_own_weight_only_with_enough_rows_of_both_classes() {
    let (cells, bad) = book(&[
        (Ok(1.0), 2, 20),
        (Ok(2.0), 8, 20),
        (Err(Missing::Stale), 3, 4),
        (Err(Missing::NoSuchEvent), 1, 3),
        (Err(Missing::TooFewEvents), 0, 9),
    ]);
    let binned = fit(&numeric(cells), &bad, &[1.0; 56], &small()).unwrap();
    let of = |cause| &binned.missing.iter().find(|one| one.0 == cause).unwrap().1;
    // 14 bads, 42 goods in all; stale: 1 good, 3 bads.
    assert!((of(Missing::Stale).woe - ((1.0_f64 / 42.0) / (3.0 / 14.0)).ln()).abs() < 1e-15);
    for neutral in [Missing::NoSuchEvent, Missing::TooFewEvents, Missing::NotApplicable] {
        assert!(of(neutral).neutral && of(neutral).woe == 0.0 && of(neutral).iv == 0.0, "{neutral:?}");
    }
    assert_eq!(of(Missing::NoSuchEvent).rows, 3);
    // All seven causes have a bin; the table shows those met and says which are neutral by rule.
    assert_eq!(binned.missing.len(), 7);
    let shown: Vec<(String, bool)> =
        binned.table().rows.into_iter().map(|row| (row.bin, row.neutral)).skip(2).collect();
    let expected = [("missing: no_such_event", true), ("missing: too_few_events", true), ("missing: stale", false)];
    assert_eq!(shown, expected.map(|(bin, neutral)| (bin.to_owned(), neutral)));
}

#[test]
fn a_special_code_is_no_magnitude() {
    let (cells, bad) = book(&[(Ok(-999.0), 5, 10), (Ok(1.0), 2, 20), (Ok(2.0), 8, 20), (Ok(-7.0), 1, 2)]);
    let options = Options { special: vec![-7.0, -999.0], trend: Trend::Ascending, ..small() };
    let binned = fit(&numeric(cells), &bad, &[1.0; 52], &options).unwrap();
    assert_eq!((binned.splits(), binned.bins[0].rows), (vec![2.0], 20));
    assert_eq!(binned.specials.iter().map(|bin| (bin.rows, bin.neutral)).collect::<Vec<_>>(), [(2, true), (10, false)]);
    assert_eq!(binned.bin_of(Cell::Number(-999.0)).unwrap(), Some(3));
    assert_eq!(binned.bin_of(Cell::Number(-998.0)).unwrap(), Some(0));
}

#[test]
fn fixed_splits_are_kept_where_both_sides_have_both_classes() {
    let (cells, bad) = book(&[(Ok(1.0), 1, 10), (Ok(2.0), 4, 10), (Ok(3.0), 0, 10), (Ok(9.0), 6, 10)]);
    let with = |splits: &[f64], zero_cell| {
        let options = Options { splits: Some(splits.to_vec()), zero_cell, bin_share_min: 0.4, ..Options::default() };
        fit(&numeric(cells.clone()), &bad, &[1.0; 40], &options).unwrap()
    };
    // No search: the bad rate goes as it goes, whatever the minima.
    assert_eq!(with(&[1.5, 2.5, 4.0], ZeroCell::AddHalf).splits(), [1.5, 2.5, 4.0]);
    // [2.5, 4) has no bad; 2 lies nearer than 9.
    let merged = with(&[1.5, 2.5, 4.0], ZeroCell::Merge);
    assert_eq!(merged.splits(), [1.5, 4.0]);
    assert_eq!(merged.trend, Trend::Ascending);
    // Nothing lies in [4, 5), nor below 0, nor from 10: the higher edge of an empty range stands, the outer ones go.
    assert_eq!(with(&[0.0, 1.5, 4.0, 5.0, 10.0], ZeroCell::Merge).splits(), [1.5, 5.0]);
    // Half a good and half a bad: (10.5 / 29) / (0.5 / 11).
    let half = &with(&[1.5, 2.5, 4.0], ZeroCell::AddHalf).bins[2];
    assert!((half.woe - (10.5_f64 * 11.0 / (29.0 * 0.5)).ln()).abs() < 1e-14);
    assert_eq!((half.goods, half.bads), (10.0, 0.0));
}

#[test]
fn rare_codes_are_pooled_and_unmet_ones_go_with_them() {
    let (cells, bad) = book(&[("b", 20, 100), ("a", 21, 100), ("c", 60, 100), ("d", 1, 4), ("e", 3, 6)]);
    let options = Options { code_share_min: 0.1, bin_share_min: 0.02, bads_min: 1, ..Options::default() };
    let binned = fit(&coded(&cells), &bad, &[1.0; 310], &options).unwrap();
    let kinds: Vec<&BinKind> = binned.bins.iter().map(|bin| &bin.kind).collect();
    let group =
        |levels: &[&str], other| BinKind::Codes { levels: levels.iter().map(|s| (*s).to_owned()).collect(), other };
    // By bad rate: b 20 %, a 21 %, the pool 40 %, c 60 %.
    assert_eq!(kinds, [&group(&["b"], false), &group(&["a"], false), &group(&["d", "e"], true), &group(&["c"], false)]);
    assert_eq!(binned.bin_of(Cell::Code("zebra")).unwrap(), Some(2));
    assert_eq!(binned.woe(Cell::Code("e")).unwrap(), binned.bins[2].woe);
    assert_eq!(binned.table().rows[2].bin, "{d, e, other}");
    // The levels of another population may stand in another order.
    let values = Values::Codes { levels: vec!["c".to_owned(), "zebra".to_owned()], cells: vec![Ok(1), Ok(0)] };
    assert_eq!(binned.transform(&values).unwrap(), [binned.bins[2].woe, binned.bins[3].woe]);
}

#[test]
fn without_a_pool_an_unmet_code_says_nothing() {
    let (cells, bad) = book(&[("b", 20, 100), ("c", 60, 100)]);
    let binned = fit(&coded(&cells), &bad, &[1.0; 200], &Options::default()).unwrap();
    assert_eq!(binned.bin_of(Cell::Code("zebra")).unwrap(), None);
    assert_eq!(binned.woe(Cell::Code("zebra")).unwrap(), 0.0);
}

#[test]
fn fixed_groups_of_codes_are_kept() {
    let (cells, bad) = book(&[("a", 20, 100), ("b", 50, 100), ("c", 60, 100), ("d", 30, 100)]);
    let groups =
        [vec!["c", "a", "never"], vec!["b"]].map(|group| group.into_iter().map(str::to_owned).collect()).to_vec();
    let options = Options { groups: Some(groups), ..Options::default() };
    let binned = fit(&coded(&cells), &bad, &[1.0; 400], &options).unwrap();
    let labels: Vec<String> = binned.table().rows.into_iter().map(|row| row.bin).collect();
    assert_eq!(labels, ["{d, other}", "{a, c}", "{b}"]);
}

#[test]
fn a_column_without_values_or_with_one_class_among_them_is_neutral() {
    let (cells, bad) = book(&[(Err(Missing::Stale), 10, 40), (Err(Missing::NoSuchEvent), 20, 40)]);
    let binned = fit(&numeric(cells), &bad, &[1.0; 80], &small()).unwrap();
    assert_eq!((binned.bins.len(), binned.bins[0].rows, binned.bins[0].neutral), (1, 0, true));
    assert_eq!(binned.woe(Cell::Number(3.0)).unwrap(), 0.0);
    assert!(0.0 < binned.iv());
    assert_eq!(binned.table().rows[0].bin, "(-inf, inf)");

    let (cells, bad) = book(&[(Ok(1.0), 0, 40), (Ok(2.0), 0, 40), (Err(Missing::Stale), 10, 20)]);
    let binned = fit(&numeric(cells), &bad, &[1.0; 100], &small()).unwrap();
    assert_eq!((binned.bins.len(), binned.bins[0].woe, binned.bins[0].neutral), (1, 0.0, true));
}

#[test]
fn many_columns_are_binned_as_one_by_one_on_any_number_of_threads() {
    let bad: Vec<bool> = (0..300).map(|row| row % 5 == 0).collect();
    let column = |at: u32| Column {
        name: format!("x{at}"),
        values: Values::Numbers((0..300).map(|row| Ok(f64::from((row * (at + 3)) % 97))).collect()),
    };
    let columns: Vec<Column> = (0..12).map(column).collect();
    let weight: Vec<f64> = (0..300).map(|row| 1.0 + f64::from(row % 3) / 7.0).collect();
    let options = |name: &str| Options { bins_max: if name == "x3" { 2 } else { 5 }, ..small() };
    let expected: Vec<_> = columns.iter().map(|one| fit(one, &bad, &weight, &options(&one.name))).collect();
    for threads in [1, 2, 7] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(pool.install(|| many(&columns, &bad, &weight, options)), expected);
    }
    assert!(expected[3].as_ref().unwrap().bins.len() <= 2);
}

#[test]
fn what_cannot_be_is_refused_with_the_way_out() {
    let column = numeric(vec![Ok(1.0), Ok(2.0)]);
    let check = |column: &Column, bad: &[bool], weight: &[f64], options: Options, expected: &str| {
        assert_eq!(fit(column, bad, weight, &options).unwrap_err().to_string(), expected);
    };
    let plain = Options::default;
    let lengths = "column `x` has 2 cells, but there are 3 outcomes and 3 weights";
    check(&column, &[true, false, true], &[1.0; 3], plain(), lengths);
    check(
        &column,
        &[true, true],
        &[1.0; 2],
        plain(),
        "outcomes hold only one class; at least one good and one bad are needed",
    );
    let weight = "a weight is not positive and finite; exclude the row instead";
    check(&column, &[true, false], &[1.0, 0.0], plain(), weight);
    let finite = "column `x` holds a number that is not finite; give it a cause of missing";
    check(&numeric(vec![Ok(f64::NAN), Ok(1.0)]), &[true, false], &[1.0; 2], plain(), finite);
    let level = Values::Codes { levels: vec!["a".to_owned()], cells: vec![Ok(0), Ok(1)] };
    let column_of = |values| Column { name: "x".to_owned(), values };
    let fault = "column `x` holds a cell whose code is not among its levels";
    check(&column_of(level), &[true, false], &[1.0; 2], plain(), fault);
    for (options, fault) in [
        (Options { splits: Some(vec![2.0, 2.0]), ..plain() }, "`splits` are not finite and strictly ascending"),
        (Options { bins_max: 0, ..plain() }, "`bins_max` is 0; give 1 to 100"),
        (Options { prebins_max: 101, ..plain() }, "`prebins_max` is 101; give 1 to 100"),
        (Options { bin_share_min: 1.0, ..plain() }, "`bin_share_min` is 1; give a share from 0 to below 1"),
        (Options { p_value_max: Some(f64::NAN), ..plain() }, "`p_value_max` is NaN; give a probability"),
        (Options { special: vec![0.0, -0.0], ..plain() }, "`special` names the same code twice"),
    ] {
        check(&column, &[true, false], &[1.0; 2], options, &format!("binning of `x`: {fault}"));
    }
    let binned = fit(&column, &[true, false], &[1.0; 2], &plain()).unwrap();
    let kind = "column `x` was binned as numbers, but the cells are codes";
    assert_eq!(binned.woe(Cell::Code("a")).unwrap_err().to_string(), kind);
    assert_eq!(
        many(&[column.clone(), column], &[true, true], &[1.0; 2], |_| plain()),
        vec![Err(BinningError::OneClass); 2]
    );
}
