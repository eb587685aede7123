"""Binning tables for fixed cuts (environment A: optbinning==1.0.0 scipy==1.18.1 numpy==2.5.5 pandas==3.1.1).

Bins are [a, b). WoE = ln(share of non-events / share of events). Missing and special rows have bins of their own and count in
the totals, the shares, IV, JS, Gini, KS, HHI and the divergences; the tests between neighbours and Cramer's V read the ordinary
bins only. Columns: x1 and x2 without holes, x1_holes with missing and special rows (common.with_holes).
"""

import numpy as np
from optbinning import OptimalBinning
from optbinning.binning.metrics import chi2_cramer_v, frequentist_pvalue

from common import CUTS, SPECIAL, rows, with_holes, write


def table(values, y, cuts, special):
    binning = OptimalBinning(
        user_splits=cuts,
        user_splits_fixed=[True] * len(cuts),
        min_prebin_size=0.001,
        monotonic_trend=None,
        special_codes=special,
    )
    binning.fit(values, y)
    assert list(binning.splits) == cuts
    built = binning.binning_table
    frame = built.build()
    built.analysis(print_output=False)
    bins = frame.iloc[:-1]
    ordinary = len(cuts) + 1
    events, nonevents = built.n_event[:ordinary], built.n_nonevent[:ordinary]
    pairs = []
    for at in range(ordinary - 1):
        seen = np.array([nonevents[at : at + 2], events[at : at + 2]])
        statistic, p = frequentist_pvalue(seen, "chi2")
        fisher_odds, fisher_p = frequentist_pvalue(seen, "fisher")
        pairs.append({"chi2": statistic, "p": p, "fisher_odds": fisher_odds, "fisher_p": fisher_p})
    out = {"cuts": cuts, "bin": list(bins["Bin"])}
    names = {
        "count": "Count",
        "share": "Count (%)",
        "nonevent": "Non-event",
        "event": "Event",
        "event_rate": "Event rate",
        "woe": "WoE",
        "iv": "IV",
        "js": "JS",
    }
    out.update({ours: list(bins[theirs]) for ours, theirs in names.items()})
    chi2, cramer_v = chi2_cramer_v(nonevents, events)
    out["totals"] = {
        "count": frame.loc["Totals", "Count"],
        "nonevent": frame.loc["Totals", "Non-event"],
        "event": frame.loc["Totals", "Event"],
        "event_rate": frame.loc["Totals", "Event rate"],
        "iv": built.iv,
        "js": built.js,
        "gini": built.gini,
        "ks": built.ks,
        "hhi": built._hhi,
        "hhi_normalised": built._hhi_norm,
        "hellinger": built.hellinger,
        "triangular": built.triangular,
        "chi2": chi2,
        "cramers_v": cramer_v,
        "quality_score": built.quality_score,
    }
    out["pairs"] = pairs
    # The WoE that scoring uses; metric_missing and metric_special "empirical" give the bins' own, the default gives 0.
    probe = np.array([np.nan, SPECIAL]) if special else np.array([np.nan])
    out["transformed_empirical"] = list(
        binning.transform(probe, metric="woe", metric_missing="empirical", metric_special="empirical")
    )
    out["transformed_default"] = list(binning.transform(probe, metric="woe"))
    return out


def main():
    t1, t2, y = rows()
    tables = {
        "x1": table(t1 / 1000.0, y, CUTS["x1"], None),
        "x2": table(t2 / 1000.0, y, CUTS["x2"], None),
        "x1_holes": table(with_holes(t1), y, CUTS["x1"], [SPECIAL]),
    }
    payload = {
        "note": "arrays a bin: the ordinary bins, then Special, then Missing; x1_holes: row i missing if i % 17 == 0, "
        "else special if i % 23 == 0; transformed_*: of [missing, special] (of [missing] without specials)",
        "special": SPECIAL,
        "tables": tables,
    }
    write("binning_tables.json", __file__, ["optbinning", "scipy", "numpy", "pandas"], payload)


main()
