"""Optimal monotone binning, objective IV (environment A: optbinning==1.0.0 ortools==9.15.6755 numpy==2.5.5).

Prebins are cut at the 19 inner vigintiles of the 2,000 rows (to the thousandth) and given as user_splits; optbinning then joins
prebins without events, and the splits left are "prebins". Limits: min_bin_size 0.05, min_event_rate_diff 0, at most max_n_bins.

Beside the solver's answer stands one that owes it nothing: the best IV among all subsets of the same splits, enumerated, under
the same limits. Trends are of the event rate: peak rises then falls, valley falls then rises, either part may be empty;
concave and convex as optbinning
defines them, over every three bins a < b < c: twice the rate of b at least (at most) the sum of the others. The script fails when the solver beats enumeration
or falls short of it by more than 1e-5 (its weights are rounded integers).
"""

import itertools

import numpy as np
from optbinning import OptimalBinning
from optbinning.binning.auto_monotonic import auto_monotonic

from common import rows, write

TRENDS = ["auto", "ascending", "descending", "peak", "valley", "concave", "convex", None]


def prebin_counts(values, y, splits):
    code = np.searchsorted(splits, values, side="right")
    return np.bincount(code, minlength=len(splits) + 1), np.bincount(code, weights=y, minlength=len(splits) + 1)


def kept(values, y, splits):
    """optbinning's refinement: a prebin without events (or without non-events) joins the next, the last its neighbour."""
    count, event = prebin_counts(values, y, splits)
    pure = (event == 0) | (event == count)
    if not pure.any():
        return splits
    gone = [*pure[:-2], pure[-2] | pure[-1]]
    return kept(values, y, [one for one, out in zip(splits, gone) if not out])


def follows(rates, trend):
    up = [a <= b for a, b in zip(rates, rates[1:])]
    down = [a >= b for a, b in zip(rates, rates[1:])]
    k = len(up)
    triples = list(itertools.combinations(rates, 3))
    return {
        "ascending": all(up),
        "descending": all(down),
        "peak": any(all(up[:at]) and all(down[at:]) for at in range(k + 1)),
        "valley": any(all(down[:at]) and all(up[at:]) for at in range(k + 1)),
        "concave": all(a + c <= 2 * b for a, b, c in triples),
        "convex": all(a + c >= 2 * b for a, b, c in triples),
        "none": True,
    }[trend]


def enumerate_best(values, y, splits, limits, least):
    """{(trend, limit): (iv, cuts)} over every subset of the splits."""
    count, event = prebin_counts(values, y, splits)
    total, bad = np.concatenate([[0], np.cumsum(count)]), np.concatenate([[0], np.cumsum(event)])
    good = total - bad
    size = len(splits) + 1
    iv = np.zeros((size + 1, size + 1))
    rate = np.zeros((size + 1, size + 1))
    fits = np.zeros((size + 1, size + 1), bool)
    for a in range(size):
        for b in range(a + 1, size + 1):
            n, e = total[b] - total[a], bad[b] - bad[a]
            fits[a, b] = n >= least and 0 < e < n
            if 0 < e < n:
                pe, pg = e / bad[-1], (good[b] - good[a]) / good[-1]
                iv[a, b], rate[a, b] = (pg - pe) * np.log(pg / pe), e / n
    best = {}
    trends = ["ascending", "descending", "peak", "valley", "concave", "convex", "none"]
    for k in range(max(limits)):
        for chosen in itertools.combinations(range(1, size), k):
            edge = (0, *chosen, size)
            steps = list(zip(edge, edge[1:]))
            if not all(fits[a, b] for a, b in steps):
                continue
            value = sum(iv[a, b] for a, b in steps)
            wanted = [
                (trend, limit)
                for trend in trends
                for limit in limits
                if k < limit and value > best.get((trend, limit), (-1,))[0]
            ]
            if not wanted:
                continue
            rates = [rate[a, b] for a, b in steps]
            ok = {trend: follows(rates, trend) for trend in {one[0] for one in wanted}}
            for trend, limit in wanted:
                if ok[trend]:
                    best[(trend, limit)] = (value, [splits[at - 1] for at in chosen])
    return best


def main():
    t1, t2, y = rows()
    out = []
    for name, values in (("x1", t1 / 1000.0), ("x2", t2 / 1000.0)):
        asked = [round(float(one), 3) for one in np.quantile(values, np.arange(1, 20) / 20)]
        runs, best = [], None
        for trend, limit in itertools.product(TRENDS, (4, 6, 10)):
            binning = OptimalBinning(
                solver="cp",
                user_splits=asked,
                monotonic_trend=trend,
                max_n_bins=limit,
                min_bin_size=0.05,
                min_event_rate_diff=0,
                time_limit=60,
            )
            binning.fit(values, y)
            assert binning.status == "OPTIMAL", binning.status
            binning.binning_table.build()
            if best is None:
                prebins = kept(values, y, asked)
                best = enumerate_best(values, y, prebins, (4, 6, 10), 0.05 * len(values))
            rates = [one for one in binning.binning_table._event_rate[: len(binning.splits) + 1]]
            run = {
                "trend": trend or "none",
                "max_n_bins": limit,
                "cuts": list(binning.splits),
                "iv": binning.binning_table.iv,
                "event_rates": rates,
            }
            if trend != "auto":
                value, cuts = best[(run["trend"], limit)]
                run["enumerated_iv"], run["enumerated_cuts"] = value, cuts
                assert set(run["cuts"]) <= set(prebins)
                assert value - 1e-5 <= run["iv"] <= value + 1e-12, (name, run)
            else:
                shapes = [shape for shape in ("ascending", "descending", "peak", "valley") if follows(rates, shape)]
                run["shapes"] = shapes
                count, event = prebin_counts(values, y, prebins)
                run["chosen_trend"] = auto_monotonic((count - event).astype(int), event.astype(int), "auto")
            runs.append(run)
        out.append({"variable": name, "user_splits": asked, "prebins": prebins, "runs": runs})
    payload = {"min_bin_size": 0.05, "variables": out}
    write("optimal_binning.json", __file__, ["optbinning", "ortools", "numpy"], payload)


main()
