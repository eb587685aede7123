"""The margins of trees.py once more, by a plain reading of the model files (environment A: numpy==2.5.5).

    trees_rules.py DIR

A second implementation that owes the libraries nothing but the files. Fails unless every margin agrees to the bit. The rules:

LightGBM, f64. A value whose size is at most Z = f32(1e-35) = 1.0000000180025095e-35 is 0 before any comparison: the library's
own reader of dense rows drops it, so a cell equal to the sentinel threshold -Z goes right. decision_type: bit 0 categorical, bit 1
missing goes left, bits 2-3 missing is none (0), zero (1) or NaN (2). NaN is 0 unless missing is NaN. Then missing goes its way, else
left when x <= threshold.
A categorical split goes left when the code, truncated, is in its bit set; NaN, negative and unseen go right. Leaves are added in the
order of trees from 0. average_output (boosting rf) divides the output, never the raw score.

XGBoost, f32. The cell is cast to f32 first; left when x < condition; NaN by default_left; a category in the node's list goes right.
The sum starts from the margin of base_score, -ln(1 / b - 1) for a logistic (1 / b - 1 in f32, its logarithm correctly rounded to f32),
b for a squared error, and leaves are added to it in f32 in the order of trees. Dropped trees (dart) stand in a gbtree model with "weight_drop": leaf * weight in f32.
"""

import json
import math
import pathlib
import struct
import sys

import numpy as np

ZERO = float(np.float32(1e-35))


def read_rows(folder):
    lines = (folder / "rows.csv").read_text().splitlines()[1:]
    cell = lambda text: struct.unpack(">d", bytes.fromhex(text))[0] if text else np.nan
    return [[cell(one) for one in line.split(",")] for line in lines]


def with_codes(rows):
    """c5 as codes, as trees.py's categories(): row % 11, 10 read as 40; missing kept."""
    out = [list(row) for row in rows]
    for at, row in enumerate(out):
        if not np.isnan(row[5]):
            row[5] = 40.0 if at % 11 == 10 else float(at % 11)
    return out


def lightgbm_trees(path):
    trees = []
    for line in path.read_text().splitlines():
        if line.startswith("Tree="):
            trees.append({})
        elif trees and "=" in line and line.split("=")[0] not in trees[-1]:
            key, value = line.split("=", 1)
            trees[-1][key] = value.split()
    kinds = {"split_feature": int, "threshold": float, "decision_type": int, "left_child": int, "right_child": int}
    kinds |= {"leaf_value": float, "cat_boundaries": int, "cat_threshold": int}
    return [{key: [kind(one) for one in tree.get(key, [])] for key, kind in kinds.items()} for tree in trees]


def lightgbm_left(tree, node, x):
    decision = tree["decision_type"][node]
    missing = (decision >> 2) & 3
    if decision & 1:
        if np.isnan(x) or int(x) < 0:
            return False
        which = int(tree["threshold"][node])
        words = tree["cat_threshold"][tree["cat_boundaries"][which] : tree["cat_boundaries"][which + 1]]
        return int(x) // 32 < len(words) and bool(words[int(x) // 32] >> (int(x) % 32) & 1)
    if np.isnan(x) and missing != 2:
        x = 0.0
    if (missing == 1 and x == 0.0) or (missing == 2 and np.isnan(x)):
        return bool(decision & 2)
    return x <= tree["threshold"][node]


def lightgbm_margin(trees, row):
    row = [0.0 if abs(x) <= ZERO else x for x in row]
    total = 0.0
    for tree in trees:
        node = 0
        while node >= 0:
            left = lightgbm_left(tree, node, row[tree["split_feature"][node]])
            node = tree["left_child" if left else "right_child"][node]
        total += tree["leaf_value"][~node]
    return total


def xgboost_leaf(tree, row):
    node = 0
    while tree["left_children"][node] != -1:
        x = np.float32(row[tree["split_indices"][node]])
        if np.isnan(x):
            left = tree["default_left"][node] == 1
        elif tree["split_type"][node] == 1:
            at = tree["categories_nodes"].index(node)
            start, size = tree["categories_segments"][at], tree["categories_sizes"][at]
            left = int(x) not in tree["categories"][start : start + size]
        else:
            left = x < np.float32(tree["split_conditions"][node])
        node = tree["left_children" if left else "right_children"][node]
    return np.float32(tree["split_conditions"][node])


def xgboost_margin(model, row, trees=None):
    inner = model["gradient_booster"]["model"]
    base = np.float32(float(model["learner_model_param"]["base_score"].strip("[]")))
    logistic = model["objective"]["name"] == "binary:logistic"
    # The logarithm rounded once from f64: NumPy's own of an f32 is off by a unit in the last place here.
    total = np.float32(-math.log(float(np.float32(1) / base - np.float32(1)))) if logistic else base
    for at, tree in enumerate(inner["trees"][:trees]):
        leaf = xgboost_leaf(tree, row)
        total = total + (leaf * np.float32(inner["weight_drop"][at]) if "weight_drop" in inner else leaf)
    return total


def main():
    folder = pathlib.Path(sys.argv[1])
    plain = read_rows(folder)
    for name, golden in json.loads((folder / "expected.json").read_text())["models"].items():
        rows = with_codes(plain) if name.endswith("categorical") else plain
        if name.startswith("lgb"):
            trees = lightgbm_trees(folder / f"{name}.txt")
            found = {"margins": [struct.pack(">d", lightgbm_margin(trees, row)).hex() for row in rows]}
        else:
            model = json.loads((folder / f"{name}.json").read_text())["learner"]
            found = {"margins": [struct.pack(">f", xgboost_margin(model, row)).hex() for row in rows]}
            if "best_iteration" in golden:
                upto = golden["best_iteration"] + 1
                found["margins_best"] = [struct.pack(">f", xgboost_margin(model, row, upto)).hex() for row in rows]
        for key, bits in found.items():
            assert bits == golden[key], (name, key)
        print(f"{name}: {len(rows)} margins agree to the bit")


main()
