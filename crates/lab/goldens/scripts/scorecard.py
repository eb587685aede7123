"""A scorecard on the fixed cuts (environment A: optbinning==1.0.0 scikit-learn==1.9.1 numpy==2.5.5 pandas==3.1.1).

Unpenalised logistic on WoE; score = 600 - f ln 50 + f ln((1 - p) / p), f = 20 / ln 2; higher is safer. Points of a bin are
-(w * woe * f) + (600 - f ln 50 - f * intercept) / 2: the intercept and offset spread evenly over the two variables. Also
population stability (actual: rows from 800; expected: rows 0..800) and the test of event rates on each variable's bins.
"""

import numpy as np
import pandas as pd
from optbinning import BinningProcess, Scorecard
from optbinning.scorecard import ScorecardMonitoring
from scipy import stats
from sklearn.linear_model import LogisticRegression

from common import CUTS, rows, write


def stability(codes, y, split, size):
    expected, actual = (np.bincount(codes[part], minlength=size) for part in (slice(0, split), slice(split, None)))
    e, a = expected / expected.sum(), actual / actual.sum()
    tests = []
    bad_e, bad_a = (np.bincount(codes[part], y[part], size) for part in (slice(0, split), slice(split, None)))
    for at in range(size):
        seen = [[bad_a[at], bad_e[at]], [actual[at] - bad_a[at], expected[at] - bad_e[at]]]
        statistic, p = (0.0, 1.0) if 0 in np.sum(seen, axis=1) else stats.chi2_contingency(seen, correction=False)[:2]
        tests.append({"event_rate_actual": bad_a[at] / actual[at], "event_rate_expected": bad_e[at] / expected[at]})
        tests[-1] |= {"chi2": statistic, "p": p}
    return {"expected": expected, "actual": actual, "psi_per_bin": (a - e) * np.log(a / e), "tests": tests}


def main():
    t1, t2, y = rows()
    frame = pd.DataFrame({"x1": t1 / 1000.0, "x2": t2 / 1000.0})
    fixed = {
        name: {
            "user_splits": cuts,
            "user_splits_fixed": [True] * len(cuts),
            "min_prebin_size": 0.001,
            "monotonic_trend": None,
        }
        for name, cuts in CUTS.items()
    }
    process = BinningProcess(["x1", "x2"], binning_fit_params=fixed)
    estimator = LogisticRegression(C=1e12, solver="lbfgs", tol=1e-14, max_iter=10_000)
    card = Scorecard(
        binning_process=process,
        estimator=estimator,
        scaling_method="pdo_odds",
        scaling_method_params={"pdo": 20, "odds": 50, "scorecard_points": 600},
    )
    card.fit(frame, y)
    detail = card.table(style="detailed")
    points = {
        name: list(detail[detail["Variable"] == name]["Points"].astype(float))[: len(CUTS[name]) + 1] for name in CUTS
    }
    scored = card.score(frame)
    p = card.predict_proba(frame)[:, 1]
    factor = 20 / np.log(2)
    offset = 600 - factor * np.log(50)
    np.testing.assert_allclose(scored, offset + factor * np.log((1 - p) / p), rtol=0, atol=1e-10)
    codes = {name: np.searchsorted(cuts, frame[name], side="right") for name, cuts in CUTS.items()}
    by_points = sum(np.array(points[name])[codes[name]] for name in CUTS)
    np.testing.assert_allclose(scored, by_points, rtol=0, atol=1e-10)
    watch = ScorecardMonitoring(card)
    watch.fit(frame[800:].reset_index(drop=True), y[800:], frame[:800], y[:800])
    theirs = watch.psi_variable_table(style="summary").set_index("Variable")["PSI"]
    drift = {name: stability(codes[name], y, 800, len(cuts) + 1) for name, cuts in CUTS.items()}
    for name in CUTS:
        drift[name]["psi"] = float(theirs[name])
        np.testing.assert_allclose(drift[name]["psi"], drift[name]["psi_per_bin"].sum(), rtol=0, atol=1e-14)
    payload = {
        "pdo": 20,
        "odds": 50,
        "points_at_odds": 600,
        "factor": factor,
        "offset": offset,
        "intercept": card.estimator_.intercept_[0],
        "coefficients": card.estimator_.coef_[0],
        "points": points,
        "first_50_scores": scored[:50],
        "first_50_p_bad": p[:50],
        "psi": drift,
    }
    write("scorecard.json", __file__, ["optbinning", "scikit-learn", "scipy", "numpy", "pandas"], payload)


main()
