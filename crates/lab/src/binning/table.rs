//! The binning table: optbinning's columns and analysis.

use cashline_core::model::bins::{missing_label, range_label};
use serde::{Deserialize, Serialize};

use super::{Bin, BinKind, Binned, Trend, solve, tally::Tally};
use crate::count::real;

/// A binning as a reader wants it. Formulas are those of optbinning 1.0.0 (`metrics.py`), so that the two can be compared.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Table {
    /// The column.
    pub name: String,
    /// Bins of values in order, then special values, then the causes met.
    pub rows: Vec<TableRow>,
    /// All rows together.
    pub totals: TableRow,
    /// 1 − 2 · area between the Lorenz curve and its axis, bins ordered by bad rate.
    pub gini: f64,
    /// Information value (Jeffreys divergence).
    pub iv: f64,
    /// Jensen–Shannon divergence.
    pub js: f64,
    /// Hellinger divergence, ½ Σ (√p − √q)².
    pub hellinger: f64,
    /// Triangular discrimination, Σ (p − q)² / (p + q).
    pub triangular: f64,
    /// Largest distance of the cumulated shares, in the order of the rows.
    pub ks: f64,
    /// Herfindahl–Hirschman index of the shares of rows: 1 is all in one bin.
    pub hhi: f64,
    /// The same, 0 when all bins are as large.
    pub hhi_normalised: f64,
    /// Cramér's V of the bins of values.
    pub cramers_v: f64,
    /// optbinning's quality score: information value against its sweet spot, p-values and evenness.
    pub quality: f64,
    /// The shape of the bad rate.
    pub trend: Trend,
    /// Neighbouring bins of values: is their bad rate the same?
    pub tests: Vec<PairTest>,
}

/// A bin in the table.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TableRow {
    /// `[1, 4)`, `{a, b, other}`, `special: -1`, `missing: stale`, `totals`.
    pub bin: String,
    /// Rows, not weighted.
    pub count: u64,
    /// Share of the weight of all rows.
    pub count_share: f64,
    /// Goods, weighted.
    pub non_event: f64,
    /// Bads, weighted.
    pub event: f64,
    /// Bads of all, weighted.
    pub event_rate: f64,
    /// Weight of evidence; `None` in the totals.
    pub woe: Option<f64>,
    /// Part of the information value.
    pub iv: f64,
    /// Part of the Jensen–Shannon divergence.
    pub js: f64,
    /// Whether the weight of evidence is 0 by rule: too few rows, or only one class.
    pub neutral: bool,
}

/// A test that two neighbouring bins have the same bad rate, on rows (weights are no evidence).
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct PairTest {
    /// Place of the lower bin.
    pub a: usize,
    /// Place of the upper bin.
    pub b: usize,
    /// Chi-square of the two-by-two table, one degree of freedom, no correction: the square of z.
    pub statistic: f64,
    /// Its p-value.
    pub p_value: f64,
}

/// Shares of goods and of bads.
type Shares = (f64, f64);

pub(super) fn build(binned: &Binned) -> Table {
    let shown: Vec<&Bin> = binned.shown().map(|(_, bin)| bin).collect();
    let share = |bin: &Bin| (bin.goods / binned.goods, bin.bads / binned.bads);
    // Divergences count what the weights of evidence can use.
    let used: Vec<Shares> = shown.iter().filter(|bin| !bin.neutral).map(|bin| share(bin)).collect();
    let mixed: Vec<&Bin> = shown.iter().copied().filter(|bin| 0.0 < bin.goods && 0.0 < bin.bads).collect();
    let weight = binned.goods + binned.bads;
    let sizes: Vec<f64> = mixed.iter().map(|bin| (bin.goods + bin.bads) / weight).collect();
    let (hhi, hhi_normalised) = concentration(&sizes);
    let tests = tests(&binned.bins);
    let iv = binned.iv();
    let row = |bin: &&Bin| TableRow {
        bin: label(&bin.kind),
        count: bin.rows,
        count_share: (bin.goods + bin.bads) / weight,
        non_event: bin.goods,
        event: bin.bads,
        event_rate: bin.rate(),
        woe: Some(bin.woe),
        iv: bin.iv,
        js: if bin.neutral { 0.0 } else { jensen_shannon(share(bin)) },
        neutral: bin.neutral,
    };
    let js = used.iter().copied().map(jensen_shannon).sum();
    let totals = TableRow {
        bin: "totals".to_owned(),
        count: shown.iter().map(|bin| bin.rows).sum(),
        count_share: 1.0,
        non_event: binned.goods,
        event: binned.bads,
        event_rate: binned.bads / weight,
        woe: None,
        iv,
        js,
        neutral: false,
    };
    Table {
        name: binned.name.clone(),
        rows: shown.iter().map(row).collect(),
        totals,
        gini: gini(&shown),
        iv,
        js,
        hellinger: used.iter().map(|(p, q)| 0.5 * square(libm::sqrt(*p) - libm::sqrt(*q))).sum(),
        triangular: used.iter().map(|(p, q)| square(p - q) / (p + q)).sum(),
        ks: ks(mixed.iter().map(|bin| share(bin))),
        hhi,
        hhi_normalised,
        cramers_v: cramers_v(&binned.bins),
        quality: quality(iv, &tests, hhi_normalised),
        trend: binned.trend,
        tests,
    }
}

impl Binned {
    /// The bins with a row in the table, each with its place in [`Binned::all`]: an empty bin apart has none.
    pub fn shown(&self) -> impl Iterator<Item = (usize, &Bin)> {
        self.all().enumerate().filter(|(at, bin)| *at < self.bins.len() || bin.rows != 0)
    }
}

fn label(kind: &BinKind) -> String {
    match kind {
        BinKind::Range { from, below } => range_label(*from, *below),
        BinKind::Special(code) => format!("special: {code}"),
        BinKind::Codes { levels, other } => {
            let levels = levels.iter().map(String::as_str).chain(other.then_some("other"));
            format!("{{{}}}", levels.collect::<Vec<&str>>().join(", "))
        }
        BinKind::Missing(cause) => missing_label(cause.code()),
    }
}

fn square(x: f64) -> f64 {
    x * x
}

/// ½ (p ln(p/m) + q ln(q/m)) with m the mean; 0 ln 0 is 0.
fn jensen_shannon((p, q): Shares) -> f64 {
    let mean = 0.5 * (p + q);
    let part = |share: f64| if share == 0.0 { 0.0 } else { share * libm::log(share / mean) };
    0.5 * (part(q) + part(p))
}

/// Σ share², and the same scaled to 0 for equal shares.
fn concentration(sizes: &[f64]) -> (f64, f64) {
    let index: f64 = sizes.iter().map(|size| size * size).sum();
    match sizes.len() {
        0 => (0.0, 0.0),
        1 => (index, 1.0),
        count => {
            let even = 1.0 / real(count);
            (index, (index - even) / (1.0 - even))
        }
    }
}

fn gini(shown: &[&Bin]) -> f64 {
    let mut bins: Vec<&&Bin> = shown.iter().filter(|bin| bin.rows != 0).collect();
    if bins.len() < 2 {
        return 0.0;
    }
    // Worst last: ascending share of goods within the bin.
    let good_rate = |bin: &Bin| bin.goods / (bin.bads + bin.goods);
    bins.sort_by(|a, b| good_rate(a).total_cmp(&good_rate(b)));
    let (mut area, mut goods, mut bads) = (0.0, 0.0, 0.0);
    for bin in bins {
        area += bin.bads * (bin.goods + 2.0 * goods);
        goods += bin.goods;
        bads += bin.bads;
    }
    1.0 - area / (goods * bads)
}

fn ks(shares: impl Iterator<Item = Shares>) -> f64 {
    let (mut good, mut bad, mut widest) = (0.0, 0.0, 0.0_f64);
    for (goods, bads) in shares {
        good += goods;
        bad += bads;
        widest = widest.max((good - bad).abs());
    }
    widest
}

/// √(chi-square / weight) of the bins of values; 0 of one bin.
fn cramers_v(bins: &[Bin]) -> f64 {
    let (goods, bads): Shares = bins.iter().fold((0.0, 0.0), |sum, bin| (sum.0 + bin.goods, sum.1 + bin.bads));
    let all = goods + bads;
    if bins.len() < 2 || goods == 0.0 || bads == 0.0 {
        return 0.0;
    }
    let part = |seen: f64, expected: f64| square(seen - expected) / expected;
    let both = |bin: &Bin| {
        let size = bin.goods + bin.bads;
        part(bin.goods, size * goods / all) + part(bin.bads, size * bads / all)
    };
    libm::sqrt(bins.iter().map(both).sum::<f64>() / all)
}

fn tests(bins: &[Bin]) -> Vec<PairTest> {
    let tally = |bin: &Bin| Tally { goods: bin.goods, bads: bin.bads, rows: bin.rows, bad_rows: bin.bad_rows };
    let test = |(a, pair): (usize, &[Bin])| {
        let (p_value, statistic) = solve::same_rate(&tally(&pair[0]), &tally(&pair[1]));
        PairTest { a, b: a + 1, statistic, p_value }
    };
    bins.windows(2).enumerate().map(test).collect()
}

/// optbinning's: a Rayleigh curve over the information value with its top at 0.396, times Π (1 − p), times evenness.
fn quality(iv: f64, tests: &[PairTest], hhi_normalised: f64) -> f64 {
    const TOP: f64 = 0.395_738_821_848_068_63;
    let strength = iv * libm::exp(0.5 * (1.0 - square(iv / TOP))) / TOP;
    strength * tests.iter().map(|test| 1.0 - test.p_value).product::<f64>() * (1.0 - hhi_normalised)
}
