"""Logistic regression and LightGBM on our core attributes of the Berka loans, by fold (environment A: scikit-learn==1.9.1
lightgbm==4.7.0 numpy==2.5.5 pandas==3.1.1).

    berka_cv.py CASHLINE_BINARY BERKA_FOLDER RULES_OVERLAY

Attributes come from `cashline attributes --tier core`, with the loan's terms (requested_amount, term_months, instalment_amount)
and without, on the full history and on the last 180 and 90 days before each grant (transactions as tests/berka.rs cuts them).
Every numeric attribute is a column, whatever its compliance class: the comparators get more than a card may use.

Folds: ten repeats (0..9) of five. Within each class, applications sorted by the hex SHA-256 of "application_id|repeat" are dealt
in turn to folds 0, 1, 2, 3, 4, 0, ... "fold_digest" is the SHA-256 of the lines "repeat,fold,application_id\n", sorted as
(repeat, fold, id). Population "all" deals all 235 loans; "eligible" deals only those that the engine scores (enough history), which
is what a card's development sample holds. Nothing is fitted outside a fold:
  logistic  median imputation and a flag per column with a gap, both from the training rows; standardised, clipped at +-4; L2 with C
            of eight by the log loss of five inner folds dealt the same way from "application_id|repeat|fold";
  lightgbm  settings below, fixed beforehand for so few rows; missing as it is.
Kept: an AUC per repeat and fold to nine decimals, no rows. "*_eligible" of population "all" is the AUC on the test loans that the
engine scores.
"""

import csv
import gzip
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")

import lightgbm as lgb
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from common import write

REPEATS, FOLDS = 10, 5
CS = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3]
BOOST = {"objective": "binary", "learning_rate": 0.03, "num_leaves": 7, "min_data_in_leaf": 10, "lambda_l2": 5.0}
BOOST |= {"feature_fraction": 0.3, "bagging_fraction": 0.8, "bagging_freq": 1, "seed": 7, "num_threads": 1}
BOOST |= {"deterministic": True, "force_row_wise": True, "verbosity": -1, "min_data_in_bin": 3}
ROUNDS = 200
NOT_ATTRIBUTES = ["application_id", "applicant_id", "as_of", "currency"]


def deal(ids, bad, salt, folds=FOLDS):
    """The fold of each id: within each class by digest, dealt in turn."""
    fold = np.empty(len(ids), int)
    for side in (False, True):
        mine = [at for at in range(len(ids)) if bool(bad[at]) == side]
        mine.sort(key=lambda at: hashlib.sha256(f"{ids[at]}|{salt}".encode()).hexdigest())
        for turn, at in enumerate(mine):
            fold[at] = turn % folds
    return fold


def attributes(binary, folder, rules, place, days, terms):
    """(attributes by application, ids the engine scores) on a cut history."""
    place.mkdir()
    applications = list(csv.reader(open(folder / "applications.csv")))
    keep = [0, 1, 2, 6] if not terms else [0, 1, 2, 3, 4, 5, 6]
    with open(place / "applications.csv", "w") as out:
        csv.writer(out, lineterminator="\n").writerows([[row[at] for at in keep] for row in applications])
    grants = {row[1]: pd.Timestamp(row[2]).timestamp() for row in applications[1:]}
    accounts = pd.read_json(folder / "accounts.ndjson.gz", lines=True)
    since = {one.id: grants[one.account_holder["customer"]] for one in accounts.itertuples()}
    with gzip.open(folder / "transactions.csv.gz", "rt") as source, open(place / "transactions.csv", "w") as out:
        out.write(next(source))
        for line in source:
            cells = line.split(",")
            if days is None or (cells[2] in since and since[cells[2]] - days * 86_400 <= int(cells[8])):
                out.write(line)
    inputs = [place / "applications.csv", folder / "accounts.ndjson.gz", place / "transactions.csv", "--rules", rules]
    inputs = [str(one) for one in inputs]
    matrix = place / "core.csv"
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([binary, "attributes", "--tier", "core", *inputs, "-o", str(matrix)], **quiet)
    subprocess.run([binary, "score", *inputs, "-o", str(place / "out")], **quiet)
    scores = pd.read_csv(place / "out" / "scores.csv")
    return pd.read_csv(matrix), set(scores.loc[scores["score"].notna(), "application_id"])


class Prepared:
    """Imputation, flags and scale of the training rows."""

    def __init__(self, x):
        self.median = np.nanmedian(np.where(np.all(np.isnan(x), axis=0), 0.0, x), axis=0)
        self.flagged = np.isnan(x).any(axis=0)
        filled = self.fill(x)
        self.mean, self.sd = filled.mean(axis=0), filled.std(axis=0)
        self.kept = self.sd > 1e-12

    def fill(self, x):
        gaps = np.isnan(x)
        return np.column_stack([np.where(gaps, self.median, x), gaps[:, self.flagged].astype(float)])

    def __call__(self, x):
        scaled = (self.fill(x) - self.mean)[:, self.kept] / self.sd[self.kept]
        return np.clip(scaled, -4, 4)


def logistic(x, y, c):
    ready = Prepared(x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = LogisticRegression(C=c, solver="lbfgs", tol=1e-5, max_iter=500).fit(ready(x), y)
    return lambda rows: fit.predict_proba(ready(rows))[:, 1]


def choose_c(x, y, inner):
    losses = np.zeros(len(CS))
    for fold in range(FOLDS):
        train, test = inner != fold, inner == fold
        ready = Prepared(x[train])
        seen, held = ready(x[train]), ready(x[test])
        for at, c in enumerate(CS):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                fit = LogisticRegression(C=c, solver="lbfgs", tol=1e-4, max_iter=300).fit(seen, y[train])
            losses[at] += log_loss(y[test], fit.predict_proba(held)[:, 1], labels=[0, 1]) * test.sum()
    return CS[int(np.argmin(losses))]


def digest(ids, bad):
    lines = []
    for repeat in range(REPEATS):
        lines += [(repeat, int(fold), one) for one, fold in zip(ids, deal(ids, bad, repeat))]
    text = "".join(f"{repeat},{fold},{one}\n" for repeat, fold, one in sorted(lines))
    return hashlib.sha256(text.encode()).hexdigest()


def compare(table, scored, ids, bad):
    table = table.set_index("application_id").loc[ids].drop(columns=[n for n in NOT_ATTRIBUTES if n != "application_id"])
    numeric = table.select_dtypes("number")
    numeric = numeric.loc[:, numeric.nunique() > 1]
    x, y = numeric.to_numpy(float), bad.astype(int)
    found = {"loans": len(ids), "bad": int(y.sum()), "fold_digest": digest(ids, bad), "columns": x.shape[1]}
    aucs = {name: [] for name in ("logistic", "lightgbm")}
    if not scored.all():
        aucs |= {"logistic_eligible": [], "lightgbm_eligible": []}
    chosen = []
    for repeat in range(REPEATS):
        folds = deal(ids, bad, repeat)
        rows = {name: [] for name in aucs}
        for fold in range(FOLDS):
            train, test = folds != fold, folds == fold
            inner = deal(np.array(ids)[train], bad[train], f"{repeat}|{fold}")
            c = choose_c(x[train], y[train], inner)
            chosen.append(c)
            guess = {"logistic": logistic(x[train], y[train], c)(x[test])}
            guess["lightgbm"] = lgb.train(BOOST, lgb.Dataset(x[train], y[train], params=BOOST), ROUNDS).predict(x[test])
            for name, p in guess.items():
                rows[name].append(round(roc_auc_score(y[test], p), 9))
                if not scored.all():
                    rows[f"{name}_eligible"].append(round(roc_auc_score(y[test & scored], p[scored[test]]), 9))
        for name, values in rows.items():
            aucs[name].append(values)
    found["c_chosen"] = {str(c): chosen.count(c) for c in CS if c in chosen}
    found["mean"] = {name: float(np.mean(values)) for name, values in aucs.items()}
    return found | aucs


def main():
    binary, folder, rules = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
    applications = pd.read_csv(folder / "applications.csv")
    outcome = applications.set_index("application_id")["outcome"]
    payload = {"lightgbm_settings": BOOST | {"rounds": ROUNDS}, "runs": []}
    with tempfile.TemporaryDirectory() as scratch:
        for days in (None, 180, 90):
            for terms in (True, False):
                place = pathlib.Path(scratch) / f"{days}_{terms}"
                table, eligible = attributes(binary, folder, rules, place, days, terms)
                for population in ("all", "eligible"):
                    ids = sorted(applications["application_id"] if population == "all" else eligible)
                    bad = (outcome.loc[ids] == 1).to_numpy()
                    scored = np.array([one in eligible for one in ids])
                    run = {"history_days": days, "loan_terms": terms, "population": population}
                    run |= compare(table, scored, ids, bad)
                    print({key: value for key, value in run.items() if not isinstance(value, list)}, flush=True)
                    payload["runs"].append(run)
        write("berka_cv.json", __file__, ["scikit-learn", "lightgbm", "numpy", "pandas"], payload)


if __name__ == "__main__":
    main()
