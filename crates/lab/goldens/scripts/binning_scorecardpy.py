"""Agreement of the binning tables with scorecardpy (environment B: scorecardpy==0.1.9.7 pandas==2.3.3 numpy==2.2.6).

WoE there is ln(bad% / good%), the other sign; missing is a bin of its own; no cell is empty, so its 0 -> 0.9 never acts.
Writes nothing: it fails when a number differs by more than 1e-12.
"""

import json

import numpy as np
import pandas as pd
import scorecardpy as sc

from common import CUTS, GOLDENS, SPECIAL, rows, with_holes

golden = json.loads((GOLDENS / "binning_tables.json").read_text())["tables"]
t1, t2, y = rows()
data = {"x1": t1 / 1000.0, "x2": t2 / 1000.0, "x1_holes": with_holes(t1)}
for name, values in data.items():
    frame = pd.DataFrame({"v": values, "y": y})
    special = {"v": [SPECIAL]} if name == "x1_holes" else None
    cuts = CUTS[name[:2]]
    bins = sc.woebin(frame, y="y", breaks_list={"v": cuts}, special_values=special, no_cores=1, check_cate_num=False)["v"]
    ours = golden[name]
    ordinary = bins[~bins["is_special_values"] & (bins["bin"] != "missing")]
    ends = ordinary["bin"].str.extract(r",(.*)\)")[0].replace("inf", np.inf).astype(float)
    ordinary = ordinary.assign(end=ends).sort_values("end")
    k = len(cuts) + 1
    assert len(ordinary) == k
    assert list(ordinary["count"]) == ours["count"][:k]
    assert list(ordinary["bad"]) == ours["event"][:k]
    np.testing.assert_allclose(-ordinary["woe"], ours["woe"][:k], rtol=0, atol=1e-12)
    np.testing.assert_allclose(ordinary["bin_iv"], ours["iv"][:k], rtol=0, atol=1e-12)
    apart = bins[bins["is_special_values"] | (bins["bin"] == "missing")].set_index("bin")
    for label, at in (("-9.999", k), ("missing", k + 1)):
        if ours["count"][at]:
            row = apart.loc[label]
            assert row["count"] == ours["count"][at] and row["bad"] == ours["event"][at]
            np.testing.assert_allclose(-row["woe"], ours["woe"][at], rtol=0, atol=1e-12)
    np.testing.assert_allclose(bins["bin_iv"].sum(), ours["totals"]["iv"], rtol=0, atol=1e-12)
    print(f"{name}: {len(bins)} bins agree")
