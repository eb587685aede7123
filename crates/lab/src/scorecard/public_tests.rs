//! What the card is worth on two public books.
#![expect(clippy::unwrap_used, reason = "tests stop at the first surprise")]
#![expect(clippy::print_stderr, reason = "the figures reached are worth reading")]

use cashline_core::attribute::definition::{Compliance, Risk};

use super::*;
use crate::{
    binning::{Options, Trend},
    public_books::{Text, taiwan},
    sample::{Key, Number, Values},
    select::{Method, Screens},
    validate::{Scorer, cross_validate},
};

const STATUS: [&str; 6] = ["pay_0", "pay_2", "pay_3", "pay_4", "pay_5", "pay_6"];

fn cells(text: &Text, name: &str) -> Vec<f64> {
    text.column(name).iter().map(|cell| cell.parse().unwrap()).collect()
}

fn ratio(over: f64, under: f64) -> Number {
    if 0.0 < under { Ok(over / under) } else { Err(cashline_core::value::Missing::ZeroDenominator) }
}

fn book(text: &Text, bad: &[bool], with_ratios: bool) -> Sample {
    let mut columns: Vec<(String, Vec<Number>)> = Vec::new();
    let plain = |name: &str| cells(text, name).into_iter().map(Ok).collect::<Vec<Number>>();
    let bill: Vec<Vec<f64>> = (1..=6).map(|month| cells(text, &format!("bill_amt{month}"))).collect();
    let paid: Vec<Vec<f64>> = (1..=6).map(|month| cells(text, &format!("pay_amt{month}"))).collect();
    let status: Vec<Vec<f64>> = STATUS.iter().map(|name| cells(text, name)).collect();
    let limit = cells(text, "limit_bal");
    for name in &text.names {
        if !["sex", "education", "marriage", "age", "has_default"].contains(&name.as_str()) {
            columns.push((name.clone(), plain(name)));
        }
    }
    if with_ratios {
        let rows = 0..bad.len();
        let mut add = |name: String, of: &dyn Fn(usize) -> Number| columns.push((name, rows.clone().map(of).collect()));
        for month in 0..6 {
            add(format!("utilisation_{}", month + 1), &|row| ratio(bill[month][row], limit[row]));
        }
        for month in 0..5 {
            add(format!("paid_of_bill_{}", month + 1), &|row| ratio(paid[month][row], bill[month + 1][row]));
        }
        let count = |of: &[Vec<f64>], row: usize, is: fn(f64) -> bool| {
            f64::from(u8::try_from(of.iter().filter(|one| is(one[row])).count()).unwrap())
        };
        add("months_late".into(), &|row| Ok(count(&status, row, |x| 0.0 < x)));
        add("months_unpaid".into(), &|row| Ok(count(&paid, row, |x| x == 0.0)));
        add("late_most".into(), &|row| Ok(status.iter().map(|one| one[row]).fold(0.0, f64::max)));
        add("late_sum".into(), &|row| Ok(status.iter().map(|one| one[row].max(0.0)).sum()));
        add("paid_sum".into(), &|row| Ok(paid.iter().map(|one| one[row]).sum()));
        add("paid_least".into(), &|row| Ok(paid.iter().map(|one| one[row]).fold(f64::MAX, f64::min)));
        add("paid_of_limit".into(), &|row| ratio(paid.iter().map(|one| one[row]).sum(), limit[row]));
        add("paid_of_billed".into(), &|row| {
            ratio(paid[..5].iter().map(|one| one[row]).sum(), bill[1..].iter().map(|one| one[row].max(0.0)).sum())
        });
        add("bill_growth".into(), &|row| ratio(bill[0][row] - bill[5][row], limit[row]));
    }
    let key =
        |row: usize| Key { applicant_id: format!("c{row:05}"), as_of: 0, application_id: format!("a{row:05}") };
    Sample {
        keys: (0..bad.len()).map(key).collect(),
        bad: bad.to_vec(),
        weight: vec![1.0; bad.len()],
        segment: vec![String::new(); bad.len()],
        columns: columns
            .into_iter()
            .map(|(name, cells)| Column { name: format!("extra:{name}"), values: Values::Numbers(cells) })
            .collect(),
    }
}

fn facts(sample: &Sample) -> Vec<Facts> {
    let one = |column: &Column| Facts {
        name: column.name.clone(),
        family: column.name.clone(),
        tier_core: true,
        compliance: Compliance::ModelOk,
        has_reason: true,
        risk: Risk::Neither,
        reason: Some("OWN".to_owned()),
    };
    sample.columns.iter().map(one).collect()
}

fn split() -> (Vec<usize>, Vec<usize>) {
    let mut order: Vec<(String, usize)> =
        (0..30_000_usize).map(|row| (cashline_core::hash::sha256(row.to_string().as_bytes()), row)).collect();
    order.sort();
    let mut test: Vec<usize> = order[..9_000].iter().map(|one| one.1).collect();
    let mut train: Vec<usize> = order[9_000..].iter().map(|one| one.1).collect();
    test.sort_unstable();
    train.sort_unstable();
    (train, test)
}

#[test]
fn experiment() {
    let Some((text, bad)) = taiwan() else { return };
    let (train, _) = split();
    for with_ratios in [false, true] {
        let train = book(&text, &bad, with_ratios).take(&train);
        let facts = facts(&train);
        let loose = Screens { correlation_max: 0.95, per_family: 40, vif_max: 30.0, iv_min: 0.005, ..Screens::default() };
        let wide = Options { bins_max: 12, bin_share_min: 0.02, prebins_max: 40, prebin_share_min: 0.01, bads_min: 20, goods_min: 20, ..Options::default() };
        let wider = Options { bins_max: 20, bin_share_min: 0.01, prebins_max: 50, prebin_share_min: 0.01, ..wide.clone() };
        let all = Method::Strongest { columns_max: 45 };
        let base = Recipe { screens: Some(loose.clone()), binning: Some(wide.clone()), method: Some(all.clone()), ridge: Some(1.0), ..Recipe::default() };
        let special = |of: &Options| -> std::collections::BTreeMap<String, Options> {
            STATUS.iter().map(|name| (format!("extra:{name}"), Options { special: vec![-2.0, -1.0], ..of.clone() })).collect()
        };
        let bins = |ridge| Some(Effects::Bins { ridge });
        let mut tried: Vec<(&str, Recipe)> = vec![
            ("default", Recipe::default()),
            ("default+wide", Recipe { binning: Some(wide.clone()), ..Recipe::default() }),
            ("slopes", base.clone()),
            ("bins30", Recipe { effects: bins(30.0), ..base.clone() }),
            ("bins100", Recipe { effects: bins(100.0), ..base.clone() }),
            ("bins100 special", Recipe { effects: bins(100.0), columns: special(&wide), ..base.clone() }),
            ("bins100 wider", Recipe { effects: bins(100.0), binning: Some(wider.clone()), ..base.clone() }),
            ("bins100 wider special", Recipe { effects: bins(100.0), binning: Some(wider.clone()), columns: special(&wider), ..base.clone() }),
        ];
        if with_ratios { tried.push(("default bins100", Recipe { effects: bins(100.0), ..Recipe::default() })); }
        for (name, recipe) in tried {
            let start = std::time::Instant::now();
            let found = cross_validate(&train, 1, 5, |rows: &Sample| -> Result<Scorer, FitError> {
                let card = fit(rows, &facts, &recipe)?;
                Ok(Box::new(move |rows| card.log_odds(rows).unwrap().into_iter().map(|x| -x).collect()))
            })
            .unwrap();
            let card = fit(&train, &facts, &recipe).unwrap();
            let out: Vec<String> = card.selection.steps.iter().filter(|s| !s.kept).map(|s| format!("{} {:?}", s.column, s.rule)).collect();
            eprintln!("{with_ratios} {name}: {:.4}, {} columns, {:?} it, {:.1} s; out {out:?}", found.auc.value, card.characteristics.len(), card.bin_effects.as_ref().map(|b| b.iterations), start.elapsed().as_secs_f64());
        }
    }
}
