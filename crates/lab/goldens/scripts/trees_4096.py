"""Margins of 4,096 rows a model, as digests (environment A: lightgbm==4.7.0 xgboost==3.4.1 numpy==2.5.5).

    trees_4096.py           reads ../trees/*, writes ../trees/rows_4096.json

Rows come from splitmix64 and the model's own thresholds, so that the test makes the same rows without a file: of sixteen cells two
are missing, five stand on a threshold or next to it (in double and in single precision), one is a zero, +-1e-35 or its neighbour,
and the rest are multiples of 1/1024 in [-8, 8). A digest is SHA-256 over the bits of the f64, little-endian, in order; a missing
cell counts as the bits of 0x7ff8000000000000. XGBoost's margins are widened to f64.
"""

import hashlib
import json
import pathlib
import struct

import lightgbm as lgb
import numpy as np
import xgboost as xgb

from common import made_with

TREES = pathlib.Path(__file__).resolve().parent.parent / "trees"
COLUMNS = 6
ROWS = 4096
SEED = 2026
MODELS = ["lgb_nan", "lgb_zero_as_missing", "lgb_no_missing", "lgb_monotone", "lgb_squared"]
MODELS += ["xgb_logistic", "xgb_monotone", "xgb_squared", "xgb_best", "xgb_dart"]
ZERO = float(np.float32(1e-35))
TINY = [ZERO, -ZERO, 1e-36, -1e-36, 0.0, -0.0, float(np.nextafter(ZERO, 1)), -float(np.nextafter(ZERO, 1))]


class Draw:
    """splitmix64 (Steele, Lea, Flood 2014)."""

    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        mask = (1 << 64) - 1
        self.state = (self.state + 0x9E3779B97F4A7C15) & mask
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        return (z ^ (z >> 31)) % limit


def lightgbm_cuts(text):
    cuts = [set() for _ in range(COLUMNS)]
    features = []
    for line in text.splitlines():
        if line.startswith("split_feature="):
            features = [int(one) for one in line.split("=")[1].split()]
        elif line.startswith("threshold="):
            for feature, value in zip(features, line.split("=")[1].split(), strict=True):
                cuts[feature].add(float(value))
    return [sorted(one) for one in cuts]


def xgboost_cuts(text):
    cuts = [set() for _ in range(COLUMNS)]
    for tree in json.loads(text)["learner"]["gradient_booster"]["model"]["trees"]:
        for left, feature, value in zip(tree["left_children"], tree["split_indices"], tree["split_conditions"]):
            if left != -1:
                cuts[feature].add(float(np.float32(value)))
    return [sorted(one) for one in cuts]


def beside(value, kind):
    narrow, infinity = np.float32(value), np.float32(np.inf)
    beside = [value, np.nextafter(value, np.inf), np.nextafter(value, -np.inf)]
    return float([*beside, np.nextafter(narrow, infinity), np.nextafter(narrow, -infinity)][kind])


def rows(cuts):
    draw = Draw(SEED)
    out = np.empty((ROWS, COLUMNS))
    for at in range(ROWS):
        for column in range(COLUMNS):
            kind = draw.below(16)
            if kind < 2:
                out[at, column] = np.nan
            elif kind < 7 and cuts[column]:
                value = cuts[column][draw.below(len(cuts[column]))]
                out[at, column] = beside(value, draw.below(5))
            elif kind == 7:
                out[at, column] = TINY[draw.below(len(TINY))]
            else:
                out[at, column] = draw.below(16384) / 1024 - 8
    return out


def digest(values):
    bits = [b"\x00\x00\x00\x00\x00\x00\xf8\x7f" if np.isnan(one) else struct.pack("<d", one) for one in values]
    return "sha256:" + hashlib.sha256(b"".join(bits)).hexdigest()


def main():
    found = {}
    for name in MODELS:
        if name.startswith("lgb"):
            path = TREES / f"{name}.txt"
            table = rows(lightgbm_cuts(path.read_text()))
            margins = lgb.Booster(model_file=str(path)).predict(table, raw_score=True, num_threads=1)
        else:
            path = TREES / f"{name}.json"
            table = rows(xgboost_cuts(path.read_text()))
            names = [f"c{at}" for at in range(COLUMNS)]
            data = xgb.DMatrix(table, feature_names=names, feature_types=["q"] * COLUMNS)
            booster = xgb.Booster(model_file=str(path))
            margins = booster.predict(data, output_margin=True, iteration_range=(0, booster.num_boosted_rounds()))
        margins = np.asarray(margins, dtype=np.float64)
        found[name] = {"rows": digest(table.ravel()), "margins": digest(margins), "distinct": len(set(margins.tolist()))}
    head = {"made_with": made_with("lightgbm", "xgboost", "numpy"), "script": "trees_4096.py", "rows": ROWS, "seed": SEED}
    (TREES / "rows_4096.json").write_text(json.dumps(head | {"models": found}, indent=1) + "\n")


main()
