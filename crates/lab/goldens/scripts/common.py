"""What every golden script shares: the 2,000 rows, the cuts, the writer.

Runs in each environment below (Python, packages from PyPI):
  A  3.12  optbinning==1.0.0 scikit-learn==1.9.1 scipy==1.18.1 statsmodels==0.15.0 numpy==2.5.5 pandas==3.1.1
           xgboost==3.4.1 lightgbm==4.7.0 shap==0.54.1 fairlearn==0.15.0 pyarrow==26.0.1
  B  3.11  scorecardpy==0.1.9.7 pandas==2.3.3 numpy==2.2.6 "setuptools<81" scikit-learn==1.9.1 statsmodels==0.15.0
  C  3.10  toad==0.1.7 numpy==2.2.6 pandas==2.3.3 scipy==1.15.3 scikit-learn==1.7.2 joblib seaborn
  D  3.10  solas-ai==0.6.0

Rows are named by their place in golden_2000.csv, from 0. Whatever a golden derives from a row is integer arithmetic on x1
and x2 in thousandths and one division, so that a reader in any language gets the same bits.
"""

import importlib.metadata
import json
import math
import pathlib
import platform

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
GOLDENS = HERE.parent
CUTS = {"x1": [-1.0, -0.25, 0.5, 1.25], "x2": [0.25, 0.75, 1.5]}
SPECIAL = -9.999


def rows():
    """x1 and x2 in thousandths and y, as int64 arrays, in the file's order."""
    table = np.loadtxt(GOLDENS / "golden_2000.csv", delimiter=",", skiprows=1, dtype=np.int64)
    return table[:, 0], table[:, 1], table[:, 2]


def with_holes(thousandths):
    """Row i is missing when i % 17 == 0, else special (-9.999) when i % 23 == 0, else its value."""
    value = thousandths / 1000.0
    row = np.arange(len(value))
    value[row % 23 == 0] = SPECIAL
    value[row % 17 == 0] = np.nan
    return value


def weights(n):
    """Integer and fractional weights of row i: 1 + i % 3, and 0.5 + (i % 4) / 4."""
    row = np.arange(n)
    return 1 + row % 3, 0.5 + (row % 4) / 4.0


def scores(t1, t2):
    """Three integer scores, higher is safer: fine, coarse (many ties), and weak; NumPy's // rounds down."""
    return {"fine": 6 * t2 - 9 * t1, "coarse": (-t1) // 250, "weak": t2}


def probability(t1, t2):
    """A probability of bad that is off on purpose: 1 / (1 + exp(-(12 t1 - 5 t2 - 20000) / 10000))."""
    eta = (12 * t1 - 5 * t2 - 20000) / 10000.0
    return 1.0 / (1.0 + np.exp(-eta))


def groups(t1, n):
    """'b' when i is even or x1 > 1, else 'a': a group that scores lower."""
    row = np.arange(n)
    return np.where((row % 2 == 0) | (t1 > 1000), "b", "a")


def plain(value):
    """NumPy and pandas scalars to JSON's types; floats keep their shortest round-trip form."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(one) for one in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        number = float(value)
        return number if math.isfinite(number) else str(number)
    return value


def made_with(*packages):
    versions = {"python": platform.python_version()}
    versions.update({name: importlib.metadata.version(name) for name in packages})
    return versions


def write(name, script, packages, payload, indent=None):
    """One golden: made_with, script, then the payload; a line a top-level key."""
    head = {"made_with": made_with(*packages), "script": pathlib.Path(script).name}
    items = list(head.items()) + list(payload.items())
    lines = [f"{json.dumps(key)}: {json.dumps(plain(value), indent=indent, allow_nan=False)}" for key, value in items]
    path = GOLDENS / name
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{name}: {path.stat().st_size} bytes")
