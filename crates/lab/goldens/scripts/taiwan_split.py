"""Test AUC of LightGBM and of a plain logistic on the Taiwan cards (environment A: lightgbm==4.7.0 scikit-learn==1.9.1
numpy==2.5.5 pandas==3.1.1).

    taiwan_split.py TAIWAN_CSV_GZ

UCI 350, 30,000 rows, bad = has_default. Split: rows (data rows from 0, as decimal text) sorted by the hex SHA-256 of their number;
the first 9,000 are the test. "test_digest" is the SHA-256 of the test's row numbers ascending, each followed by a line feed.
LightGBM's rounds are chosen by five-fold cross-validation inside the training rows. Column sets: all 23; without sex, education and
marriage (20); and without age as well (19). Standard errors by DeLong's placements.
"""

import hashlib
import os
import sys

os.environ.setdefault("OMP_NUM_THREADS", "1")

import lightgbm as lgb
import numpy as np
import pandas as pd
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from common import write

BOOST = {"objective": "binary", "metric": "auc", "learning_rate": 0.03, "num_leaves": 15, "min_data_in_leaf": 100}
BOOST |= {"feature_fraction": 0.6, "bagging_fraction": 0.8, "bagging_freq": 1, "lambda_l2": 5.0, "seed": 7}
BOOST |= {"num_threads": 1, "deterministic": True, "force_row_wise": True, "verbosity": -1}


def area(y, score):
    auc = roc_auc_score(y, score)
    bad, good = score[y == 1], score[y == 0]
    every = rankdata(np.concatenate([bad, good]))
    of_bad = (every[: len(bad)] - rankdata(bad)) / len(good)
    of_good = 1 - (every[len(bad) :] - rankdata(good)) / len(bad)
    return {"auc": auc, "se": np.sqrt(of_bad.var(ddof=1) / len(bad) + of_good.var(ddof=1) / len(good))}


def main():
    table = pd.read_csv(sys.argv[1])
    order = sorted(range(len(table)), key=lambda row: hashlib.sha256(str(row).encode()).hexdigest())
    chosen = np.array(sorted(order[:9000]))
    test = np.zeros(len(table), bool)
    test[chosen] = True
    y = table["has_default"].to_numpy()
    digest = hashlib.sha256("".join(f"{row}\n" for row in chosen).encode()).hexdigest()
    payload = {"test_rows": 9000, "test_bad": int(y[test].sum()), "test_digest": digest, "lightgbm_settings": BOOST}
    payload["sets"] = {}
    for name, dropped in {
        "all_23": [],
        "without_sex_education_marriage": ["sex", "education", "marriage"],
        "without_age_too": ["sex", "education", "marriage", "age"],
    }.items():
        x = table.drop(columns=["has_default", *dropped]).to_numpy(float)
        data = lgb.Dataset(x[~test], y[~test], params=BOOST, free_raw_data=False)
        tried = lgb.cv(BOOST, data, 600, nfold=5, seed=7, callbacks=[lgb.early_stopping(40, verbose=False)])
        rounds = len(tried["valid auc-mean"])
        boosted = lgb.train(BOOST, lgb.Dataset(x[~test], y[~test], params=BOOST), rounds).predict(x[test])
        plain = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=5000)).fit(x[~test], y[~test])
        found = {"lightgbm": area(y[test], boosted) | {"rounds": rounds}}
        found["logistic"] = area(y[test], plain.predict_proba(x[test])[:, 1])
        print(name, found, flush=True)
        payload["sets"][name] = found
    write("taiwan_split.json", __file__, ["lightgbm", "scikit-learn", "scipy", "numpy", "pandas"], payload)


main()
