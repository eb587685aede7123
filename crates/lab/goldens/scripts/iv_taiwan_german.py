"""optbinning's IV per column of two public data sets (environment A: optbinning==1.0.0 ortools==9.15.6755 numpy==2.5.5
pandas==3.1.1).

    iv_taiwan_german.py TAIWAN_CSV_GZ GERMAN_DATA

Taiwan: UCI 350, default of credit card clients (30,000 rows; bad = has_default). German: UCI 144, Statlog (1,000 rows, columns
A1..A20, the last 1 good or 2 bad). Columns of sex, marriage, personal status and nationality are left out. Prebins of a numeric
column: the distinct vigintiles above its minimum, given as user_splits; of a categorical one: its categories. Limits:
min_bin_size 0.05, at most 10 bins, min_event_rate_diff 0, CP solver. Only quantiles, counts of bins and IV are kept, no rows.
"seconds" is the fit's own time on the machine of the day, two shared cores: to be repeated beside ours, not believed alone.
"""

import sys
import time

import numpy as np
import pandas as pd
from optbinning import OptimalBinning
from optbinning.binning.auto_monotonic import auto_monotonic

from common import write

LIMITS = {"min_bin_size": 0.05, "max_n_bins": 10, "min_event_rate_diff": 0, "solver": "cp", "time_limit": 100}
TRENDS = ["auto", "ascending", "descending", "peak", "valley", None]


def numeric(values, y):
    quantiles = np.unique(np.quantile(values, np.arange(1, 20) / 20, method="higher"))
    splits = [float(one) for one in quantiles if one > values.min()]
    runs = []
    for trend in TRENDS:
        binning = OptimalBinning(user_splits=splits, monotonic_trend=trend, **LIMITS)
        start = time.perf_counter()
        binning.fit(values, y)
        seconds = time.perf_counter() - start
        binning.binning_table.build()
        run = {"trend": trend or "none", "status": binning.status, "iv": binning.binning_table.iv}
        run |= {"bins": len(binning.splits) + 1, "cuts": list(binning.splits), "seconds": round(seconds, 4)}
        if trend == "auto":
            codes = np.searchsorted(splits, values, side="right")
            count, bad = np.bincount(codes), np.bincount(codes, y)
            if np.all((bad > 0) & (bad < count)):
                run["chosen_trend"] = auto_monotonic((count - bad).astype(int), bad.astype(int), "auto")
        runs.append(run)
    return {"user_splits": splits, "runs": runs}


def categorical(values, y):
    binning = OptimalBinning(dtype="categorical", user_splits=[[one] for one in np.unique(values)], **LIMITS)
    start = time.perf_counter()
    binning.fit(values, y)
    seconds = time.perf_counter() - start
    binning.binning_table.build()
    groups = sorted(sorted(str(one) for one in group) for group in binning.splits)
    return {"iv": binning.binning_table.iv, "status": binning.status, "groups": groups, "seconds": round(seconds, 4)}


def main():
    taiwan = pd.read_csv(sys.argv[1])
    names = ["limit_bal", "age"] + [f"pay_{at}" for at in (0, 2, 3, 4, 5, 6)]
    names += [f"bill_amt{at}" for at in range(1, 7)] + [f"pay_amt{at}" for at in range(1, 7)]
    y = taiwan["has_default"].to_numpy()
    found = {"taiwan": {name: numeric(taiwan[name].to_numpy(float), y) for name in names}}
    german = pd.read_csv(sys.argv[2], sep=r"\s+", header=None, names=[f"A{at}" for at in range(1, 22)])
    y = (german["A21"] == 2).astype(int).to_numpy()
    found["german"] = {f"A{at}": numeric(german[f"A{at}"].to_numpy(float), y) for at in (2, 5, 8, 11, 13, 16, 18)}
    found["german_categorical"] = {
        f"A{at}": categorical(german[f"A{at}"].to_numpy(str).astype(object), y) for at in (1, 3, 4, 6, 7, 10, 12, 14, 15, 17)
    }
    seconds = {
        part: sum(run["seconds"] for column in found[part].values() for run in column["runs"] if run["trend"] == "auto")
        for part in ("taiwan", "german")
    }
    print(seconds)
    payload = {"limits": LIMITS, "auto_seconds": seconds} | found
    write("iv_taiwan_german.json", __file__, ["optbinning", "ortools", "numpy", "pandas"], payload)


main()
