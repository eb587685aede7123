"""Writes monitor_shift.json: PSI by toad, chi-square and Welch tests by SciPy, for the shift of two samples.

Python 3.10, packages from PyPI: toad==0.1.7 numpy==2.2.6 pandas==2.3.3 scipy==1.15.3 scikit-learn==1.7.2 joblib seaborn

The 20,000 rows are those whose PSI optbinning 1.0.0 and the NumPy formula give as 0.000647041967844418 (x1) and
0.0008886201377528403 (x2), the first 8,000 against the rest; the script fails when toad says otherwise.
"""

import json
import pathlib

import numpy as np
import pandas as pd
import toad
from scipy import stats

CUTS = {"x1": [-1.0, -0.25, 0.5, 1.25], "x2": [0.25, 0.75, 1.5]}
PUBLISHED = {"x1": 0.000647041967844418, "x2": 0.0008886201377528403}

rng = np.random.default_rng(7)
n = 20_000
x1 = np.round(rng.normal(0, 1, n), 3)
x2 = np.round(rng.exponential(1, n), 3)
frame = pd.DataFrame({"x1": x1, "x2": x2})
combiner = toad.transform.Combiner()
combiner.load(CUTS)


def tested(baseline, current):
    result = stats.chi2_contingency([baseline, current], correction=False)
    return {"chi2": result.statistic, "freedom": result.dof, "p": result.pvalue}


psi = []
for name, cuts in CUTS.items():
    codes = np.searchsorted(cuts, frame[name], side="right")
    baseline, current = (np.bincount(part, minlength=len(cuts) + 1) for part in (codes[8_000:], codes[:8_000]))
    theirs = toad.metrics.PSI(frame[name][:8_000], frame[name][8_000:], combiner=cuts)
    np.testing.assert_allclose(theirs, PUBLISHED[name], rtol=0, atol=1e-15)
    psi.append({"baseline": baseline, "current": current, "psi": theirs} | tested(baseline, current))

# Small samples, where the test and the index part: four draws of a multinomial, no empty cell.
for seed in range(4):
    rng = np.random.default_rng(seed)
    baseline = rng.multinomial(60 + 40 * seed, [0.1, 0.2, 0.3, 0.4]) + 1
    current = rng.multinomial(50, [0.15, 0.25, 0.25, 0.35]) + 1
    codes = [np.repeat(np.arange(4), part) for part in (current, baseline)]
    psi.append({"baseline": baseline, "current": current, "psi": toad.metrics.PSI(*codes)} | tested(baseline, current))

means = []
for seed, (size, other) in enumerate([(12, 30), (400, 250), (3, 9)]):
    rng = np.random.default_rng(100 + seed)
    baseline = rng.integers(300, 900, size)
    current = np.round(rng.normal(560, 120, other)).astype(int)
    result = stats.ttest_ind(current, baseline, equal_var=False)
    means.append({"baseline": baseline, "current": current, "t": result.statistic, "freedom": result.df, "p": result.pvalue})


def plain(value):
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


made = {"script": "monitor_shift.py", "toad": toad.__version__, "numpy": np.__version__}
out = {"made_with": made, "psi": psi, "means": means}
path = pathlib.Path(__file__).resolve().parent.parent / "monitor_shift.json"
lines = ",\n".join(
    f'"{name}": [\n' + ",\n".join(json.dumps(one, default=plain) for one in part) + "\n]"
    if isinstance(part, list)
    else f'"{name}": {json.dumps(part)}'
    for name, part in out.items()
)
path.write_text("{\n" + lines + "\n}\n")
