use super::*;

#[test]
fn a_tie_counts_one_half_and_order_does_not_matter() {
    // Bads 1 and 3, goods 2 and 3: pairs (2>1)=1, (2>3)=0, (3>1)=1, (3=3)=0.5.
    let there = Outcomes::new(&[(1, true), (2, false), (3, true), (3, false)]).expect("both classes");
    let back = Outcomes::new(&[(3, false), (3, true), (2, false), (1, true)]).expect("both classes");
    assert_eq!(there, back);
    assert_eq!(there.auc().value, 2.5 / 4.0);
    // After score 1: bad 1/2, good 0; the widest gap.
    assert_eq!(there.ks(), 0.5);
}

#[test]
fn the_variance_of_auc_is_delongs() {
    // Placements by hand. Goods 2, 4, 5; bads 1, 3: V10(good) = 1/2, 1, 1; V01(bad) = 1, 2/3; AUC = 5/6.
    // S10 = ((1/2-5/6)^2 + 2 (1/6)^2) / 2 = 1/12; S01 = ((1/6)^2 + (1/6)^2) / 1 = 1/18; var = 1/36 + 1/36 = 1/18.
    let outcomes = Outcomes::new(&[(2, false), (4, false), (5, false), (1, true), (3, true)]).expect("both");
    let auc = outcomes.auc();
    assert!((auc.value - 5.0 / 6.0).abs() < 1e-15);
    let half = 1.959_963_984_540_054 * (1.0_f64 / 18.0).sqrt() / (5.0 / 36.0);
    let expected = 1.0 / (1.0 + (half - (5.0_f64).ln()).exp());
    assert!((auc.lower - expected).abs() < 1e-12, "{} {expected}", auc.lower);
}

#[test]
fn a_bad_rate_has_the_textbook_interval() {
    // Clopper–Pearson for 0 of 10 at 95 %: upper = 1 - 0.025^(1/10); for 10 of 10 the mirror image.
    let none = bad_rate(0, 10, 0.95).expect("a rate");
    let expected = 1.0 - 0.025_f64.powf(0.1);
    assert_eq!((none.value, none.lower), (0.0, 0.0));
    assert!((none.upper - expected).abs() < 1e-9, "{}", none.upper);
    let all = bad_rate(10, 10, 0.95).expect("a rate");
    assert!((all.lower - (1.0 - expected)).abs() < 1e-9);
    assert_eq!(bad_rate(3, 2, 0.95), Err(MetricError::NotARate { bad: 3, total: 2 }));
}

#[test]
fn one_class_is_refused() {
    assert_eq!(Outcomes::new(&[(1, true), (2, true)]), Err(MetricError::OneClass));
}

fn made(rows: usize) -> (Vec<f64>, Vec<f64>, Vec<bool>, Vec<f64>) {
    // A linear congruential sequence: enough disorder, no library.
    let mut state = 7_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1_u64 << 24) as f64
    };
    let (mut score, mut p, mut bad, mut weight) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rows {
        let chance = 0.05 + 0.5 * next();
        score.push((100.0 * (1.0 - chance)).round());
        p.push(chance);
        bad.push(next() < chance);
        weight.push(0.25 + next());
    }
    (score, p, bad, weight)
}

#[test]
fn a_measure_is_named_once_and_explained() {
    for (at, one) in MEASURES.iter().enumerate() {
        assert!(MEASURES[..at].iter().all(|before| before.name != one.name), "{}", one.name);
        let words = [one.name, one.title, one.unit, one.meaning];
        assert!(words.iter().all(|word| !word.is_empty()), "{}", one.name);
        assert!(one.name.chars().all(|letter| letter == '_' || letter.is_ascii_lowercase()), "{}", one.name);
        // The value of the interval is the value.
        let (score, p, bad, weight) = made(300);
        let cases = Cases::new(&score, Some(&p), &bad, Some(&weight)).expect("both classes");
        let value = (one.value)(&cases).expect("measured");
        if let Some((_, closed)) = one.closed {
            assert_eq!(closed(&cases, 0.9).expect("measured").value, value, "{}", one.name);
        }
        let bare = Cases::new(&score, None, &bad, None).expect("both classes");
        assert_eq!((one.value)(&bare).is_ok(), !one.of_probability, "{}", one.name);
    }
}

#[test]
fn an_unweighted_row_twice_is_a_row_of_weight_two() {
    let (score, p, bad, _) = made(200);
    let twice: Vec<usize> = (0..200).flat_map(|row| vec![row; 1 + row % 2]).collect();
    let pick = |from: &[f64]| twice.iter().map(|row| from[*row]).collect::<Vec<f64>>();
    let outcome: Vec<bool> = twice.iter().map(|row| bad[*row]).collect();
    let weight: Vec<f64> = (0..200).map(|row| f64::from(1 + row % 2)).collect();
    let counted = Cases::new(&pick(&score), Some(&pick(&p)), &outcome, None).expect("both classes");
    let weighted = Cases::new(&score, Some(&p), &bad, Some(&weight)).expect("both classes");
    for one in MEASURES {
        let (counted, weighted) = ((one.value)(&counted).expect("measured"), (one.value)(&weighted).expect("measured"));
        assert!((counted - weighted).abs() <= 1e-12 * counted.abs().max(1.0), "{}: {counted} {weighted}", one.name);
    }
}

#[test]
fn the_unit_of_weights_changes_no_interval() {
    let (score, p, bad, weight) = made(400);
    let scaled: Vec<f64> = weight.iter().map(|weight| weight * 1_024.0).collect();
    let of = |weight: &[f64]| Cases::new(&score, Some(&p), &bad, Some(weight)).expect("both classes");
    let (there, back) = (of(&weight), of(&scaled));
    for one in MEASURES {
        let Some((_, closed)) = one.closed else { continue };
        let (a, b) = (closed(&there, 0.95).expect("measured"), closed(&back, 0.95).expect("measured"));
        assert!((a.lower - b.lower).abs() < 1e-9 && (a.upper - b.upper).abs() < 1e-9, "{}: {a:?} {b:?}", one.name);
    }
}

#[test]
fn bootstrap_intervals_are_the_same_on_any_number_of_threads() {
    let (score, p, bad, weight) = made(300);
    let cases = Cases::new(&score, Some(&p), &bad, Some(&weight)).expect("both classes");
    let chosen: Vec<&Measure> = MEASURES.iter().collect();
    let draws = Draws { count: 60, seed: 11 };
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| bootstrap(&cases, &chosen, &draws, 0.9).expect("drawn"))
    };
    assert_eq!(on(1), on(3));
    let other = Draws { seed: 12, ..draws };
    assert_ne!(on(1), bootstrap(&cases, &chosen, &other, 0.9).expect("drawn"), "the seed matters");
}

#[test]
fn a_draw_keeps_the_numbers_of_goods_and_bads() {
    let (_, _, bad, _) = made(500);
    let draws = Draws { count: 20, seed: 3 };
    for draw in 0..draws.count {
        let counts = draws.counts(draw, &bad);
        for class in [false, true] {
            let rows = bad.iter().filter(|one| **one == class).count();
            let drawn: u32 = counts.iter().zip(&bad).filter(|one| *one.1 == class).map(|one| one.0).sum();
            assert_eq!(drawn as usize, rows);
        }
    }
    assert_ne!(draws.counts(0, &bad), draws.counts(1, &bad));
}

#[test]
fn the_bootstrap_of_an_auc_is_about_as_wide_as_delongs_interval() {
    // Two roads to the standard error of one number: with 2,000 draws they should meet within a few per cent; a bootstrap that
    // drew without classes, or a variance off by a factor n / (n - 1) squared, would not be seen here, one off by 1.2 would.
    let (score, p, bad, _) = made(1_000);
    let cases = Cases::new(&score, Some(&p), &bad, None).expect("both classes");
    let auc = measure("auc").expect("a measure");
    let drawn = bootstrap(&cases, &[auc], &Draws { count: 2_000, seed: 5 }, 0.95).expect("drawn")[0];
    let delong = Outcomes::of(&cases).expect("both classes").auc();
    let ratio = (drawn.upper - drawn.lower) / (delong.upper - delong.lower);
    assert!((0.93..1.07).contains(&ratio), "{ratio}");
}

#[test]
fn two_scores_that_rank_alike_do_not_differ() {
    let (score, _, bad, weight) = made(200);
    let mapped: Vec<f64> = score.iter().map(|score| score * score * score + 3.0).collect();
    let found = auc_difference(&score, &mapped, &bad, Some(&weight), 0.95).expect("measured");
    assert_eq!(found.difference, Change { value: 0.0, lower: Some(0.0), upper: Some(0.0) });
    assert_eq!((found.z, found.p), (Some(0.0), Some(1.0)));
}

#[test]
fn a_certain_probability_is_named_where_its_logarithm_is_needed() {
    let bad = [true, false, true, false];
    let cases = Cases::new(&[1.0, 2.0, 3.0, 4.0], Some(&[1.0, 0.5, 0.0, 0.2]), &bad, None).expect("both");
    let value = |name: &str| (measure(name).expect("a measure").value)(&cases);
    // Only the third row says 0 of what happened; for a log odds the first is as bad.
    assert_eq!(value("log_loss"), Err(MetricError::Certain { rows: 1 }));
    assert_eq!(value("calibration_slope"), Err(MetricError::Certain { rows: 2 }));
    // (0 + 0.25 + 1 + 0.04) / 4.
    assert_eq!(value("brier"), Ok(0.3225));
    let measured = Measured::all(&cases, 0.95, &Draws { count: 0, seed: 0 });
    let loss = measured.iter().find(|one| one.name == "log_loss").expect("listed");
    assert_eq!(loss.estimate, None);
    assert!(loss.absent.as_ref().is_some_and(|why| why.contains("1 rows")), "{:?}", loss.absent);
}

#[test]
fn separation_is_reported_not_converged() {
    let value = [1.0, 2.0, 3.0, 4.0];
    assert_eq!(fit_line(&value, &[1.0, 1.0, 0.0, 0.0], &[1.0; 4]), Err(MetricError::Separated));
    // Quasi-complete: the two classes touch at one value.
    assert_eq!(fit_line(&[1.0, 2.0, 2.0, 3.0], &[1.0, 1.0, 0.0, 0.0], &[1.0; 4]), Err(MetricError::Separated));
    assert_eq!(fit_line(&[2.0; 4], &[1.0, 1.0, 0.0, 0.0], &[1.0; 4]), Err(MetricError::Constant));
    assert_eq!(fit_line(&value, &[1.0; 4], &[1.0; 4]), Err(MetricError::OneClass));
    // By hand: two values with rates 1/4 and 3/4: slope = ln 3 - ln(1/3) = 2 ln 3, intercept = -ln 3 at value 0.
    let line =
        fit_line(&[0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0], &[1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0], &[1.0; 8])
            .expect("a line");
    assert!((line.slope - 2.0 * 3.0_f64.ln()).abs() < 1e-14 && (line.intercept + 3.0_f64.ln()).abs() < 1e-14);
    // Variances of two saturated rates: 1 / (n p q) = 1 / (4 · 3/16) = 4/3 each.
    let [intercept, both, slope] = line.covariance;
    assert!((intercept - 4.0 / 3.0).abs() < 1e-13 && (both + 4.0 / 3.0).abs() < 1e-13);
    assert!((slope - 8.0 / 3.0).abs() < 1e-13);
}

#[test]
fn a_cell_that_no_measure_can_use_is_named_by_its_row() {
    let new =
        |score: [f64; 2], p: [f64; 2], weight: [f64; 2]| Cases::new(&score, Some(&p), &[true, false], Some(&weight));
    let cell = |what, row, fault| Err(MetricError::Cell { what, row, fault });
    assert_eq!(new([1.0, f64::NAN], [0.5; 2], [1.0; 2]), cell("score", 1, "not finite"));
    assert_eq!(new([1.0; 2], [0.5, 1.5], [1.0; 2]), cell("probability", 1, "not between 0 and 1"));
    assert_eq!(new([1.0; 2], [0.5; 2], [0.0, 1.0]), cell("weight", 0, "not positive and finite"));
    let short = Cases::new(&[1.0], None, &[true, false], None);
    assert_eq!(short, Err(MetricError::Lengths { what: "outcome", expected: 1, found: 2 }));
}

proptest::proptest! {
    #[test]
    fn discrimination_does_not_change_under_a_rising_map(
        rows in proptest::collection::vec((-20_i32..20, proptest::bool::ANY, 1_u8..4), 2..60)
    ) {
        let bad: Vec<bool> = rows.iter().map(|row| row.1).collect();
        let weight: Vec<f64> = rows.iter().map(|row| f64::from(row.2)).collect();
        let of = |map: fn(f64) -> f64| {
            let score: Vec<f64> = rows.iter().map(|row| map(f64::from(row.0))).collect();
            Cases::new(&score, None, &bad, Some(&weight)).and_then(|cases| Outcomes::of(&cases))
        };
        proptest::prop_assert_eq!(of(|x| x), of(|x| libm::exp(x / 7.0)));
    }

    #[test]
    fn auc_is_the_share_of_pairs_by_counting_them(
        rows in proptest::collection::vec((-5_i64..5, proptest::bool::ANY), 2..40)
    ) {
        let Ok(outcomes) = Outcomes::new(&rows) else { return Ok(()) };
        let (mut twice, mut pairs) = (0_u32, 0_u32);
        for good in rows.iter().filter(|row| !row.1) {
            for bad in rows.iter().filter(|row| row.1) {
                pairs += 1;
                twice += if good.0 == bad.0 { 1 } else { 2 * u32::from(bad.0 < good.0) };
            }
        }
        proptest::prop_assert_eq!(outcomes.auc().value, f64::from(twice) / (2.0 * f64::from(pairs)));
    }
}

#[test]
fn the_bootstrap_of_a_mean_loss_is_as_wide_as_the_mean_of_rows_says() {
    // The Brier score is a mean over rows: ± z s / sqrt(n). Drawn within goods and bads it would be too narrow.
    let (score, p, bad, _) = made(1_000);
    let cases = Cases::new(&score, Some(&p), &bad, None).expect("both classes");
    let brier = measure("brier").expect("a measure");
    let drawn = bootstrap(&cases, &[brier], &Draws { count: 2_000, seed: 5 }, 0.95).expect("drawn")[0];
    let loss = |at: usize| if bad[at] { (1.0 - p[at]) * (1.0 - p[at]) } else { p[at] * p[at] };
    let mean = (0..1_000).map(loss).sum::<f64>() / 1_000.0;
    let variance = (0..1_000).map(|at| (loss(at) - mean) * (loss(at) - mean)).sum::<f64>() / 999.0;
    let ratio = (drawn.upper - drawn.lower) / (2.0 * 1.959_964 * (variance / 1_000.0).sqrt());
    assert!((0.93..1.07).contains(&ratio), "{ratio}");
}

#[test]
fn expected_over_observed_is_as_uncertain_as_the_bad_rate() {
    let (score, p, bad, _) = made(400);
    let cases = Cases::new(&score, Some(&p), &bad, None).expect("both classes");
    let found = (measure("expected_over_observed").expect("a measure").closed.expect("closed").1)(&cases, 0.9);
    let found = found.expect("measured");
    let rate = bad_rate(cases.bads() as u64, 400, 0.9).expect("a rate");
    let mean = p.iter().sum::<f64>() / 400.0;
    assert!((found.lower - mean / rate.upper).abs() < 1e-12 && (found.upper - mean / rate.lower).abs() < 1e-12);
}

#[test]
fn a_single_bad_proves_no_difference_between_two_scores() {
    // One bad among nine goods: below all of them by the first score, above one by the second.
    let bad: Vec<bool> = (0..10).map(|row| row == 0).collect();
    let first: Vec<f64> = (0..10).map(f64::from).collect();
    let second: Vec<f64> = (0..10).map(|row| if row == 0 { 1.5 } else { f64::from(row) }).collect();
    let found = auc_difference(&first, &second, &bad, None, 0.95).expect("measured");
    assert!((found.difference.value - 1.0 / 9.0).abs() < 1e-15);
    assert_eq!(
        (found.difference.lower, found.difference.upper, found.error, found.z, found.p),
        (None, None, None, None, None)
    );
    // The same score twice differs by nothing, of that much is certain.
    let same = auc_difference(&first, &first, &bad, None, 0.95).expect("measured");
    assert_eq!((same.difference.value, same.difference.lower, same.p), (0.0, Some(0.0), Some(1.0)));
}

#[test]
fn weights_that_are_no_whole_numbers_make_no_certainty_of_their_rounding() {
    let bad: Vec<bool> = (0..17).map(|row| row < 5).collect();
    let perfect: Vec<f64> = (0..17).map(f64::from).collect();
    let reversed: Vec<f64> = perfect.iter().map(|score| -score).collect();
    for unit in [0.1, 0.3, 1.0 / 7.0] {
        for weight in [vec![unit; 17], (0..17).map(|row| unit * f64::from(row % 3 + 1)).collect()] {
            let found = auc_difference(&perfect, &reversed, &bad, Some(&weight), 0.95).expect("measured");
            assert_eq!((found.first.value, found.first.upper, found.second.value), (1.0, 1.0, 0.0), "{weight:?}");
            // Every pair tells the same: there is no spread to make an interval of.
            assert_eq!((found.difference.lower, found.error, found.p), (None, None, None), "{weight:?}");
            let same = auc_difference(&perfect, &perfect, &bad, Some(&weight), 0.95).expect("measured");
            assert_eq!((same.difference.value, same.p), (0.0, Some(1.0)), "{weight:?}");
        }
    }
}

#[test]
fn a_perfect_order_of_few_rows_has_a_bound() {
    // Of min(goods, bads) pairs all are in order: the 2.5 % quantile of Beta(n, 1) is 0.025^(1 / n).
    for (bads, lower) in [(1_i64, 0.025), (2, 0.025_f64.sqrt()), (20, 0.831_566_5)] {
        let pairs: Vec<(i64, bool)> = (0..bads + 30).map(|at| (at, at < bads)).collect();
        let found = Outcomes::new(&pairs).expect("both classes").auc();
        assert!(found.value == 1.0 && found.upper == 1.0 && (found.lower - lower).abs() < 1e-6, "{found:?}");
        let back: Vec<(i64, bool)> = pairs.iter().map(|(score, bad)| (-score, *bad)).collect();
        let found = Outcomes::new(&back).expect("both classes").auc();
        assert!(found.value == 0.0 && found.lower == 0.0 && (found.upper - 1.0 + lower).abs() < 1e-6, "{found:?}");
    }
}
