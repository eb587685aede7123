"""Agreement of the binning tables with toad (environment C: toad==0.1.7 numpy==2.2.6 pandas==2.3.3 scipy==1.15.3).

WoE there is ln(event% / nonevent%), the other sign. toad has no special codes: a special row is an ordinary number below every
cut, so specials get their own bin by a cut above them. Writes nothing: it fails when a number differs by more than 1e-12.
"""

import json

import numpy as np
import pandas as pd
import toad

from common import CUTS, GOLDENS, rows, with_holes

golden = json.loads((GOLDENS / "binning_tables.json").read_text())["tables"]
t1, t2, y = rows()
data = {"x1": t1 / 1000.0, "x2": t2 / 1000.0, "x1_holes": with_holes(t1)}
for name, values in data.items():
    ours = golden[name]
    holes = name == "x1_holes"
    cuts = CUTS[name[:2]]
    combiner = toad.transform.Combiner()
    # toad gives missing a bin of its own when the last split is NaN.
    combiner.load({"v": [-9.0, *cuts, np.nan] if holes else cuts})
    frame = pd.DataFrame({"v": values})
    binned = combiner.transform(frame)
    woe = toad.transform.WOETransformer().fit_transform(binned, y)["v"].to_numpy()
    codes = binned["v"].to_numpy()
    k = len(cuts) + 1
    order = {code: at for at, code in enumerate(range(k))}
    if holes:
        order = {code + 1: at for code, at in order.items()} | {0: k, k + 1: k + 1}
    for code, at in order.items():
        rows_of = codes == code
        assert rows_of.sum() == ours["count"][at], (name, code, rows_of.sum(), ours["count"][at])
        np.testing.assert_allclose(-np.unique(woe[rows_of]), [ours["woe"][at]], rtol=0, atol=1e-12)
    np.testing.assert_allclose(toad.stats.IV(binned["v"], y), ours["totals"]["iv"], rtol=0, atol=1e-12)
    print(f"{name}: {len(order)} bins agree")
