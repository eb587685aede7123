"""Agreement of the scorecard golden with toad, and toad's KS bucket (environment C: toad==0.1.7 numpy==2.2.6 pandas==2.3.3
scipy==1.15.3 scikit-learn==1.7.2).

Fails when points or scores differ by more than 1e-4 (its logistic fit is lbfgs to its own tolerance), or, with the golden's
coefficients put in, by more than 1e-9; or when a PSI differs by more than 1e-14. Writes toad_gains.json: KS_bucket of the integer
scores of common.scores on given edges.
"""

import json

import numpy as np
import pandas as pd
import toad

from common import CUTS, GOLDENS, rows, scores, write

golden = json.loads((GOLDENS / "scorecard.json").read_text())
t1, t2, y = rows()
frame = pd.DataFrame({"x1": t1 / 1000.0, "x2": t2 / 1000.0})
combiner = toad.transform.Combiner()
combiner.load(CUTS)
binned = combiner.transform(frame)
woe = toad.transform.WOETransformer()
weighed = woe.fit_transform(binned, y)
card = toad.ScoreCard(
    combiner=combiner, transer=woe, pdo=20, rate=2, base_odds=50, base_score=600, C=1e12, tol=1e-14, max_iter=10_000
)
card.fit(weighed, y)
np.testing.assert_allclose(card.predict(frame)[:50], golden["first_50_scores"], rtol=0, atol=1e-4)
card.model.coef_ = -np.array([golden["coefficients"]])
card.model.intercept_ = np.array([golden["intercept"]])
card.rules = card._generate_rules()
np.testing.assert_allclose(card.predict(frame)[:50], golden["first_50_scores"], rtol=0, atol=1e-9)
for name in CUTS:
    np.testing.assert_allclose(card.rules[name]["scores"], golden["points"][name], rtol=0, atol=1e-9)
    psi = toad.metrics.PSI(binned[name][800:], binned[name][:800])
    np.testing.assert_allclose(psi, golden["psi"][name]["psi"], rtol=0, atol=1e-14)
tables = {}
for name, values in scores(t1, t2).items():
    # Bins [a, b): the deciles of the score, doubles dropped.
    edges = sorted({int(one) for one in np.quantile(values, np.arange(1, 10) / 10)})
    codes = np.searchsorted(edges, values, side="right")
    bucket = toad.metrics.KS_bucket(values, y, bucket=codes)
    tables[name] = {"edges": edges} | {column: list(bucket[column]) for column in bucket.columns}
    tables[name]["toad_ks"] = toad.metrics.KS(values, y)
    # A score above 1 makes toad read it as a score, not a probability: it gives 1 - AUC of badness, ours as it is.
    tables[name]["toad_auc"] = toad.metrics.AUC(-values.astype(float), y)
write("toad_gains.json", __file__, ["toad", "numpy", "pandas"], {"tables": tables})
print("scores, points and PSI agree")
