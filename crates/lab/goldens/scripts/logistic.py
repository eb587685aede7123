"""Logistic fits (environment A: statsmodels==0.15.0 scikit-learn==1.9.1 numpy==2.5.5 scipy==1.18.1 pandas==3.1.1).

The outcome is y = 1 (bad). Designs: "woe" (x1 and x2 as the WoE of their bins in binning_tables.json, positive is safer, so
coefficients are negative) and "raw" (x1, x2). Weights of row i: integer 1 + i % 3, fractional 0.5 + (i % 4) / 4.
Penalised fits use scikit-learn's objective: sum of losses + (1 / C) * penalty, penalty = |w|^2 / 2 (L2) or |w|_1 (L1), the
intercept unpenalised; columns are used as they are, not standardised. L1 is checked against its optimality conditions here,
because no solver's default tolerance is tight enough to be believed.
"""

import warnings

import numpy as np
import statsmodels.api as sm
from scipy import optimize, stats
from sklearn.linear_model import LogisticRegression

import json

from common import CUTS, GOLDENS, rows, weights, write


def woe_of(values, name):
    golden = json.loads((GOLDENS / "binning_tables.json").read_text())["tables"][name]
    return np.array(golden["woe"])[np.searchsorted(CUTS[name], values, side="right")]


def glm(x, y, weight=None):
    design = sm.add_constant(x)
    model = sm.GLM(y, design, family=sm.families.Binomial(), freq_weights=weight)
    fit = model.fit(tol=1e-14, maxiter=200)
    null = sm.GLM(y, design[:, :1], family=sm.families.Binomial(), freq_weights=weight).fit(tol=1e-14, maxiter=200)
    ratio = 2 * (fit.llf - null.llf)
    one_out = []
    for column in range(1, design.shape[1]):
        kept = np.delete(design, column, axis=1)
        less = sm.GLM(y, kept, family=sm.families.Binomial(), freq_weights=weight).fit(tol=1e-14, maxiter=200)
        statistic = 2 * (fit.llf - less.llf)
        one_out.append({"statistic": statistic, "p": stats.chi2.sf(statistic, 1)})
    interval = fit.conf_int(0.05)
    return {
        "coefficients": fit.params,
        "standard_errors": fit.bse,
        "z": fit.tvalues,
        "p": fit.pvalues,
        "interval_95": interval,
        "covariance": fit.cov_params(),
        "log_likelihood": fit.llf,
        "null_log_likelihood": null.llf,
        "deviance": fit.deviance,
        "null_deviance": null.deviance,
        "aic": fit.aic,
        "lr_test": {"statistic": ratio, "df": design.shape[1] - 1, "p": stats.chi2.sf(ratio, design.shape[1] - 1)},
        "lr_one_out": one_out,
    }


def l2(x, y, c, weight=None):
    fit = LogisticRegression(C=c, solver="lbfgs", tol=1e-12, max_iter=10_000).fit(x, y, weight)
    # Newton steps to the exact optimum; lbfgs must have been there already.
    w = np.concatenate([fit.intercept_, fit.coef_[0]])
    design = np.column_stack([np.ones(len(x)), x])
    weight = np.ones(len(x)) if weight is None else weight
    for _ in range(5):
        p = 1 / (1 + np.exp(-design @ w))
        gradient = design.T @ (weight * (p - y)) + np.concatenate([[0], w[1:] / c])
        hessian = (design * (weight * p * (1 - p))[:, None]).T @ design + np.diag([0, *[1 / c] * (len(w) - 1)])
        w = w - np.linalg.solve(hessian, gradient)
    assert np.allclose(w, np.concatenate([fit.intercept_, fit.coef_[0]]), rtol=0, atol=2e-5)
    return {"C": c, "coefficients": w, "sklearn": np.concatenate([fit.intercept_, fit.coef_[0]])}


def l1(x, y, c):
    """saga's answer, then exact: Newton on the columns that stay, and the conditions checked."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = LogisticRegression(C=c, l1_ratio=1.0, solver="saga", tol=1e-10, max_iter=20_000, random_state=0).fit(x, y)
    rough = fit.coef_[0]
    active = np.flatnonzero(np.abs(rough) > 1e-9)
    sign = np.sign(rough[active])
    design = np.column_stack([np.ones(len(x)), x[:, active]])
    w = np.concatenate([fit.intercept_, rough[active]])
    for _ in range(20):
        p = 1 / (1 + np.exp(-design @ w))
        gradient = design.T @ (p - y) + np.concatenate([[0], sign / c])
        w = w - np.linalg.solve((design * (p * (1 - p))[:, None]).T @ design, gradient)
    full = np.zeros(x.shape[1])
    full[active] = w[1:]
    slope = x.T @ (1 / (1 + np.exp(-(w[0] + x @ full))) - y)
    assert np.all(np.sign(full[active]) == sign)
    assert np.all(np.abs(slope[active] + sign / c) < 1e-8)
    assert np.all(np.abs(np.delete(slope, active)) <= 1 / c + 1e-8)
    assert np.allclose(full, rough, atol=1e-4)
    return {"C": c, "coefficients": [w[0], *full], "sklearn": [fit.intercept_[0], *rough]}


def main():
    t1, t2, y = rows()
    raw = np.column_stack([t1, t2]) / 1000.0
    woe = np.column_stack([woe_of(raw[:, 0], "x1"), woe_of(raw[:, 1], "x2")])
    whole, part = weights(len(y))
    # The third column has no part in y: what L1 must drop.
    wide = np.column_stack([woe, (np.arange(len(y)) % 7) / 7.0])
    separated = {
        "note": "complete separation: x = [1..8], y = x > 4; quasi: x = [1,2,3,4,4,5,6,7], y = [0,0,0,0,1,1,1,1]; no finite "
        "estimate exists, so there is nothing to agree with but the refusal"
    }
    payload = {
        "order": "intercept, x1, x2 (wide: and (i % 7) / 7)",
        "glm": {
            "woe": glm(woe, y),
            "raw": glm(raw, y),
            "woe_integer_weights": glm(woe, y, whole),
            "raw_fractional_weights": glm(raw, y, part),
            "wide": glm(wide, y),
        },
        "l2": {
            "woe": [l2(woe, y, c) for c in (1.0, 0.1, 0.01)],
            "raw": [l2(raw, y, c) for c in (1.0, 0.1, 0.01)],
            "raw_integer_weights": [l2(raw, y, 0.1, whole)],
        },
        "l1": {"wide": [l1(wide, y, c) for c in (1.0, 0.1, 0.03)], "raw": [l1(raw, y, c) for c in (1.0, 0.1, 0.01)]},
        "separation": separated,
    }
    write("logistic.json", __file__, ["statsmodels", "scikit-learn", "numpy", "scipy", "pandas"], payload)


main()
