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
