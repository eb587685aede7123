"""Measures of discrimination, calibration, dependence and fairness (environment A: scikit-learn==1.9.1 scipy==1.18.1
statsmodels==0.15.0 fairlearn==0.15.0 numpy==2.5.5 pandas==3.1.1).

Scores are common.scores: integers, higher is safer; p is common.probability. DeLong is written here from the paper (DeLong, DeLong
and Clarke-Pearson 1988, equations 3 to 6) by comparing every bad with every good: O(mn), nothing shared with the fast algorithm.
"""

import numpy as np
import pandas as pd
import statsmodels.api as sm
from fairlearn.metrics import MetricFrame, demographic_parity_ratio, selection_rate
from scipy import stats
from sklearn.calibration import _sigmoid_calibration, calibration_curve
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score, roc_curve
from statsmodels.stats.outliers_influence import variance_inflation_factor

from common import groups, probability, rows, scores, weights, write


def placements(score, y):
    """V10 of each good and V01 of each bad: the share of the other class on the right side, ties one half."""
    good, bad = score[y == 0].astype(float), score[y == 1].astype(float)
    kernel = (good[:, None] > bad[None, :]) + 0.5 * (good[:, None] == bad[None, :])
    return kernel.mean(axis=1), kernel.mean(axis=0), kernel.mean()


def delong(one, two, y):
    parts = [placements(score, y) for score in (one, two)]
    area = np.array([part[2] for part in parts])
    of_goods = np.cov([part[0] for part in parts])
    of_bads = np.cov([part[1] for part in parts])
    covariance = of_goods / np.sum(y == 0) + of_bads / np.sum(y == 1)
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    z = (area[0] - area[1]) / np.sqrt(variance)
    return {
        "auc": area,
        "covariance": covariance,
        "difference": area[0] - area[1],
        "standard_error": np.sqrt(variance),
        "z": z,
        "p": 2 * stats.norm.sf(abs(z)),
        "interval_95": area[0] - area[1] + np.array([-1, 1]) * stats.norm.ppf(0.975) * np.sqrt(variance),
    }


def discrimination(score, y, whole):
    fpr, tpr, _ = roc_curve(y, -score, drop_intermediate=False)
    auc = roc_auc_score(y, -score)
    ks = stats.ks_2samp(score[y == 0], score[y == 1])
    assert abs(ks.statistic - np.max(tpr - fpr)) < 1e-15
    assert abs(placements(score, y)[2] - auc) < 1e-14
    wf, wt, _ = roc_curve(y, -score, sample_weight=whole, drop_intermediate=False)
    return {
        "auc": auc,
        "gini": 2 * auc - 1,
        "ks": ks.statistic,
        "weighted_auc": roc_auc_score(y, -score, sample_weight=whole),
        "weighted_ks": np.max(wt - wf),
        "spearman_with_outcome": stats.spearmanr(score, y).statistic,
    }


def calibration(p, y, whole):
    logit = np.log(p / (1 - p))
    joint = sm.GLM(y, sm.add_constant(logit), family=sm.families.Binomial()).fit(tol=1e-14)
    offset = sm.GLM(y, np.ones((len(y), 1)), family=sm.families.Binomial(), offset=logit).fit(tol=1e-14)
    order = np.lexsort((np.arange(len(p)), p))
    decile = np.empty(len(p), int)
    decile[order] = np.arange(len(p)) * 10 // len(p)
    seen, expected, count = (np.bincount(decile, of) for of in (y, p, np.ones(len(p))))
    statistic = np.sum((seen - expected) ** 2 / (expected * (1 - expected / count)))
    curves = {}
    for strategy in ("uniform", "quantile"):
        true, mean = calibration_curve(y, p, n_bins=10, strategy=strategy)
        curves[strategy] = {"observed": true, "mean_p": mean}
    return {
        "brier": brier_score_loss(y, p),
        "log_loss": log_loss(y, p),
        "weighted_brier": brier_score_loss(y, p, sample_weight=whole),
        "weighted_log_loss": log_loss(y, p, sample_weight=whole),
        "slope": joint.params[1],
        "slope_se": joint.bse[1],
        "intercept_with_slope": joint.params[0],
        "intercept_with_slope_se": joint.bse[0],
        "intercept_in_the_large": offset.params[0],
        "intercept_in_the_large_se": offset.bse[0],
        "mean_p": p.mean(),
        "observed_rate": y.mean(),
        "hosmer_lemeshow": {
            "groups": "by rank of (p, row): rank * 10 // n",
            "observed": seen,
            "expected": expected,
            "statistic": statistic,
            "df": 8,
            "p": stats.chi2.sf(statistic, 8),
        },
        "curves": curves,
    }


def isotonic(score, y, weight):
    """Falling in the score; a value for each distinct score, ties joined by weighted mean before pooling."""
    fit = IsotonicRegression(increasing=False, out_of_bounds="clip").fit(score, y, weight)
    distinct = np.unique(score)
    value = fit.predict(distinct)
    starts = np.concatenate([[True], np.diff(value) != 0])
    return {"from_score": distinct[starts], "p": value[starts], "distinct": len(distinct)}


def platt(score, y, whole):
    """On score / 1000: as it is, weighted, and with the targets of Platt (1999), (bad + 1) / (bad + 2) and 1 / (good + 2)."""
    x = (score / 1000.0).reshape(-1, 1)
    out = {}
    for name, weight in (("plain", None), ("plain_integer_weights", whole)):
        fit = sm.GLM(y, sm.add_constant(x), family=sm.families.Binomial(), freq_weights=weight).fit(tol=1e-14)
        theirs = LogisticRegression(C=1e12, tol=1e-12, max_iter=10_000).fit(x, y, weight)
        assert np.allclose(fit.params, [theirs.intercept_[0], theirs.coef_[0, 0]], rtol=0, atol=1e-5)
        out[name] = {"intercept": fit.params[0], "slope": fit.params[1]}
    good, bad = np.sum(y == 0), np.sum(y == 1)
    target = np.where(y == 1, (bad + 1) / (bad + 2), 1 / (good + 2))
    fit = sm.GLM(target, sm.add_constant(x), family=sm.families.Binomial()).fit(tol=1e-14)
    a, b = _sigmoid_calibration(x[:, 0], y)
    assert np.allclose(fit.params, [-b, -a], rtol=0, atol=1e-3)
    out["platt_targets"] = {"intercept": fit.params[0], "slope": fit.params[1], "sklearn": [-b, -a]}
    return out


def fairness(score, y, group):
    frames = {}
    for cut in (0, 5000):
        approved = (score >= cut).astype(int)
        rates = MetricFrame(metrics=selection_rate, y_true=y, y_pred=approved, sensitive_features=group).by_group
        ratio = rates["b"] / rates["a"]
        assert abs(demographic_parity_ratio(y, approved, sensitive_features=group) - ratio) < 1e-15
        counts = pd.crosstab(group, approved).to_numpy()
        chi2 = stats.chi2_contingency(counts, correction=False)
        frames[str(cut)] = {
            "rate_a": rates["a"],
            "rate_b": rates["b"],
            "air": ratio,
            # Katz: the log of a ratio of two rates is near normal.
            "log_air_se": np.sqrt(1 / counts[1, 1] - 1 / counts[1].sum() + 1 / counts[0, 1] - 1 / counts[0].sum()),
            "chi2": chi2.statistic,
            "p": chi2.pvalue,
            "fisher_p": stats.fisher_exact(counts).pvalue,
        }
    a, b = score[group == "a"].astype(float), score[group == "b"].astype(float)
    gap = b.mean() - a.mean()
    pooled = np.sqrt(((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1)) / (len(a) + len(b) - 2))
    smd = {"gap": gap, "sd_all_population": score.std(), "sd_all_sample": score.std(ddof=1), "sd_pooled": pooled}
    smd |= {"by_all_population": gap / score.std(), "by_all_sample": gap / score.std(ddof=1), "by_pooled": gap / pooled}
    return {"cuts": frames, "smd": smd}


def dependence(t1, t2, y):
    third = 2 * t1 + t2 + 100 * (np.arange(len(t1)) % 7)
    x = np.column_stack([t1, t2, third]) / 1000.0
    design = sm.add_constant(x)
    return {
        "columns": "x1, x2, (2 t1 + t2 + 100 (i % 7)) / 1000",
        "vif": [variance_inflation_factor(design, at) for at in (1, 2, 3)],
        "pearson": np.corrcoef(x.T),
        "spearman": stats.spearmanr(x).statistic,
    }


def main():
    t1, t2, y = rows()
    whole, part = weights(len(y))
    named = scores(t1, t2)
    p = probability(t1, t2)
    group = groups(t1, len(y))
    intervals = {}
    for bad, total in ((0, 30), (3, 40), (132, 2000), (30, 30)):
        exact = stats.binomtest(bad, total).proportion_ci(0.95, method="exact")
        wilson = stats.binomtest(bad, total).proportion_ci(0.95, method="wilson")
        intervals[f"{bad}/{total}"] = {"clopper_pearson": [exact.low, exact.high], "wilson": [wilson.low, wilson.high]}
    payload = {
        "scores": {name: discrimination(score, y, whole) for name, score in named.items()},
        "delong": {
            f"{one}_{two}": delong(named[one], named[two], y)
            for one, two in (("fine", "coarse"), ("fine", "weak"), ("coarse", "weak"))
        },
        "calibration": calibration(p, y, whole),
        "isotonic": {
            "coarse": isotonic(named["coarse"], y, None),
            "coarse_integer_weights": isotonic(named["coarse"], y, whole),
            "coarse_fractional_weights": isotonic(named["coarse"], y, part),
            "fine": isotonic(named["fine"], y, None),
        },
        "platt": {name: platt(score, y, whole) for name, score in named.items() if name != "weak"},
        "fairness": fairness(named["fine"], y, group),
        "group": "".join(group),
        "dependence": dependence(t1, t2, y),
        "rates": intervals,
    }
    packages = ["scikit-learn", "scipy", "statsmodels", "fairlearn", "numpy", "pandas"]
    write("validation.json", __file__, packages, payload)


main()
