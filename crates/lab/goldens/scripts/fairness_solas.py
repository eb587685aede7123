"""Agreement of the fairness golden with solas-ai (environment D: solas-ai==0.6.0).

Its SMD is 100 * (mean of the group - mean of the reference) / standard deviation of all rows (n - 1). Fails when AIR differs by more than
1e-12 or SMD by more than 1e-9; writes nothing.
"""

import json

import numpy as np
import pandas as pd
import solas_disparity as sd

from common import GOLDENS, groups, rows, scores

golden = json.loads((GOLDENS / "validation.json").read_text())["fairness"]
t1, t2, y = rows()
score = scores(t1, t2)["fine"].astype(float)
group = groups(t1, len(y))
table = pd.DataFrame({"a": (group == "a").astype(int), "b": (group == "b").astype(int)})
for cut, ours in golden["cuts"].items():
    approved = pd.Series((score >= float(cut)).astype(int))
    found = sd.adverse_impact_ratio(table, ["b"], ["a"], ["group"], approved, 0.8, 0.0).summary_table
    row = found.loc["b"]
    np.testing.assert_allclose(row["AIR"], ours["air"], rtol=0, atol=1e-12)
found = sd.standardized_mean_difference(
    table, ["b"], ["a"], ["group"], pd.Series(score), -30, lower_score_favorable=False
).summary_table
smd = float(found.loc["b"]["SMD"])
np.testing.assert_allclose(smd, 100 * golden["smd"]["by_all_sample"], rtol=0, atol=1e-9)
print("AIR and SMD agree")
