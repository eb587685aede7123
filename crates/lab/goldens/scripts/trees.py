"""Tree models with their own library's margins and SHAP values (environment A: lightgbm==4.7.0 xgboost==3.4.1 numpy==2.5.5).

    trees.py OUT_DIR --trees 15 --rows 400 --shap 30        what is committed, in ../trees
    trees.py OUT_DIR --trees 60 --rows 4000 --shap 4000     the full check

Writes a model file for each name, rows.csv (a cell is the 16 hex digits of the f64's bits, empty when missing) and
expected.json: margins (raw_score / output_margin), SHAP values (pred_contrib: a column each, then the bias) and probabilities, as
hex digits of the bits: 16 of an f64 (LightGBM), 8 of an f32 (XGBoost). Every row's cells mix ordinary values with thresholds of
the models themselves, their f64 and f32 neighbours, zeros of both signs, +-1e-35, -1.0000000180025095e-35 (LightGBM's sentinel of
zero as a text model prints it) and missing.
"""

import argparse
import json
import pathlib
import struct

import lightgbm as lgb
import numpy as np
import xgboost as xgb

from common import made_with

COLUMNS = ["c0", "c1", "c2", "c3", "c4", "c5"]
TINY = [1e-35, -1e-35, -1.0000000180025095e-35, 1.0000000180025095e-35, 0.0, -0.0, 9.999999e-36, 5e-324, -1e-40]


def training(rng, n=3000):
    """c0 normal, c1 a third zeros, c2 a digit, c3 one in six missing, c4 of f32 precision, c5 a category code of 0..7."""
    x = np.empty((n, 6))
    x[:, 0] = np.round(rng.normal(0, 1, n), 3)
    x[:, 1] = np.where(rng.random(n) < 1 / 3, 0.0, np.round(rng.exponential(1, n) - 0.5, 3))
    x[:, 2] = rng.integers(0, 10, n)
    x[:, 3] = rng.normal(0, 1, n)
    x[:, 4] = rng.random(n).astype(np.float32)
    x[:, 5] = rng.integers(0, 8, n)
    effect = np.array([0.5, -0.4, 0.3, 0.0, 0.9, -0.8, 0.1, -0.2])[x[:, 5].astype(int)]
    eta = -0.8 + 0.9 * x[:, 0] - 0.6 * x[:, 1] + 0.1 * x[:, 2] + 0.5 * np.abs(x[:, 3]) + x[:, 4] * x[:, 0] + effect
    y = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(float)
    x[rng.random(n) < 1 / 6, 3] = np.nan
    return x, y


def lightgbm_models(x, y, trees):
    base = {"objective": "binary", "num_leaves": 7, "min_data_in_leaf": 30, "learning_rate": 0.15, "seed": 7}
    base |= {"num_threads": 1, "deterministic": True, "force_row_wise": True, "verbosity": -1}
    kinds = {
        "lgb_nan": ({}, trees),
        "lgb_zero_as_missing": ({"zero_as_missing": True}, trees),
        "lgb_no_missing": ({"use_missing": False}, trees),
        "lgb_monotone": ({"monotone_constraints": [1, -1, 0, 0, 0, 0], "sigmoid": 0.7}, trees),
        "lgb_squared": ({"objective": "regression"}, 5),
        "lgb_categorical": ({"min_data_per_group": 20, "max_cat_to_onehot": 2}, 6),
        "lgb_forest": ({"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}, 4),
        "lgb_linear": ({"linear_tree": True}, 3),
        "lgb_multiclass": ({"objective": "multiclass", "num_class": 3, "num_leaves": 3}, 2),
    }
    models = {}
    for name, (more, rounds) in kinds.items():
        target = np.minimum(x[:, 2] // 4, 2) if name == "lgb_multiclass" else y
        cats = ["c5"] if name == "lgb_categorical" else []
        data = lgb.Dataset(x, target, feature_name=COLUMNS, categorical_feature=cats, params=base | more)
        models[name] = lgb.train(base | more, data, num_boost_round=rounds)
    return models


def xgboost_models(x, y, trees):
    base = {"objective": "binary:logistic", "max_depth": 3, "eta": 0.15, "seed": 7, "nthread": 1, "tree_method": "hist"}
    kinds = {
        "xgb_logistic": ({}, trees),
        "xgb_monotone": ({"base_score": 0.2, "monotone_constraints": "(1,-1,0,0,0,0)", "tree_method": "exact"}, trees),
        "xgb_squared": ({"objective": "reg:squarederror"}, 5),
        "xgb_best": ({"eta": 0.9, "max_depth": 4}, 15),
        "xgb_dart": ({"booster": "dart", "rate_drop": 0.3}, 5),
        "xgb_categorical": ({"max_cat_to_onehot": 2}, 5),
        "xgb_gblinear": ({"booster": "gblinear", "updater": "coord_descent", "tree_method": None}, 3),
    }
    models = {}
    for name, (more, rounds) in kinds.items():
        types = ["q"] * 5 + (["c"] if name == "xgb_categorical" else ["q"])
        data = xgb.DMatrix(x, y, feature_names=COLUMNS, feature_types=types)
        settings = {key: value for key, value in (base | more).items() if value is not None}
        stop = {}
        if name == "xgb_best":
            stop = {"evals": [(xgb.DMatrix(x[:600], y[:600], feature_names=COLUMNS, feature_types=types), "held")]}
            data = xgb.DMatrix(x[600:], y[600:], feature_names=COLUMNS, feature_types=types)
            stop |= {"early_stopping_rounds": 3, "verbose_eval": False}
        models[name] = xgb.train(settings, data, num_boost_round=rounds, **stop)
    return models


def thresholds(lightgbm, xgboost):
    """Per column, every threshold of every model with numeric splits; f32 thresholds widened."""
    found = [set() for _ in COLUMNS]
    for name, model in lightgbm.items():
        if name in ("lgb_categorical", "lgb_linear", "lgb_multiclass"):
            continue
        tree = {}
        for line in model.model_to_string(num_iteration=-1).splitlines():
            if line.startswith("split_feature="):
                tree["feature"] = [int(one) for one in line.split("=")[1].split()]
            elif line.startswith("threshold="):
                for column, value in zip(tree["feature"], line.split("=")[1].split()):
                    found[column].add(float(value))
    for name, model in xgboost.items():
        if name in ("xgb_categorical", "xgb_gblinear"):
            continue
        learner = json.loads(model.save_raw("json"))["learner"]["gradient_booster"]
        for tree in learner.get("gbtree", learner)["model"]["trees"]:
            for left, column, value in zip(tree["left_children"], tree["split_indices"], tree["split_conditions"]):
                if left != -1:
                    found[column].add(float(np.float32(value)))
    return [sorted(one) for one in found]


def neighbours(value):
    narrow = np.float32(value)
    up, down = np.float32(np.inf), np.float32(-np.inf)
    return [
        value,
        value,
        np.nextafter(value, np.inf),
        np.nextafter(value, -np.inf),
        float(narrow),
        float(np.nextafter(narrow, up)),
        float(np.nextafter(narrow, down)),
    ]


def evaluation(rng, x, cuts, n):
    """Half of the cells ordinary, a third on or beside a threshold, the rest tiny, zero or missing."""
    out = x[rng.integers(0, len(x), n)].copy()
    used = [0] * 6
    for at in range(n):
        for column in range(6):
            draw = rng.random()
            if draw < 0.36 and cuts[column]:
                # In turn, so that every threshold is met when there are rows enough.
                value = cuts[column][used[column] % len(cuts[column])]
                used[column] += 1
                out[at, column] = neighbours(value)[rng.integers(0, 7)]
            elif draw < 0.44:
                out[at, column] = TINY[rng.integers(0, len(TINY))]
            elif draw < 0.50:
                out[at, column] = np.nan
    return out


def categories(rows):
    """For models with a categorical c5: whole codes only (8, 9 and 40 never seen), missing kept."""
    out = rows.copy()
    codes = np.arange(len(rows)) % 11
    out[:, 5] = np.where(np.isnan(rows[:, 5]), np.nan, np.where(codes == 10, 40, codes))
    return out


def bits(values):
    values = np.asarray(values)
    kind = ">d" if values.dtype == np.float64 else ">f"
    if values.ndim == 2:
        return [bits(one) for one in values]
    return [struct.pack(kind, one).hex() for one in values]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("out", type=pathlib.Path)
    for name, default in (("trees", 15), ("rows", 400), ("shap", 30)):
        arguments.add_argument(f"--{name}", type=int, default=default)
    asked = arguments.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(11)
    x, y = training(rng)
    lightgbm, xgboost = lightgbm_models(x, y, asked.trees), xgboost_models(x, y, asked.trees)
    rows = evaluation(rng, x, thresholds(lightgbm, xgboost), asked.rows)
    # Categorical models do not write their c5 into rows.csv: a reader derives it as categories() does.
    expected = {}
    for name, model in lightgbm.items():
        (asked.out / f"{name}.txt").write_text(model.model_to_string(num_iteration=-1))
        if name in ("lgb_linear", "lgb_multiclass"):
            continue
        data = categories(rows) if name == "lgb_categorical" else rows
        margins = model.predict(data, raw_score=True, num_threads=1)
        expected[name] = {"margins": bits(margins)}
        shown = asked.shap if name not in ("lgb_squared", "lgb_forest") else min(asked.shap, 10)
        expected[name]["shap"] = bits(model.predict(data[:shown], pred_contrib=True, num_threads=1))
        expected[name]["output"] = bits(model.predict(data[:10], num_threads=1))
    for name, model in xgboost.items():
        model.save_model(asked.out / f"{name}.json")
        if name == "xgb_gblinear":
            continue
        data = categories(rows) if name == "xgb_categorical" else rows
        types = ["q"] * 5 + (["c"] if name == "xgb_categorical" else ["q"])
        table = xgb.DMatrix(data, feature_names=COLUMNS, feature_types=types)
        expected[name] = {"margins": bits(model.predict(table, output_margin=True))}
        shown = asked.shap if name not in ("xgb_squared", "xgb_best") else min(asked.shap, 10)
        expected[name]["shap"] = bits(model.predict(table, pred_contribs=True)[:shown])
        expected[name]["output"] = bits(model.predict(table)[:10])
        if name == "xgb_best":
            expected[name]["best_iteration"] = model.best_iteration
            best = model.predict(table, output_margin=True, iteration_range=(0, model.best_iteration + 1))
            expected[name]["margins_best"] = bits(best)
    lines = [",".join(COLUMNS)]
    for row in rows:
        lines.append(",".join("" if np.isnan(one) else struct.pack(">d", one).hex() for one in row))
    (asked.out / "rows.csv").write_text("\n".join(lines) + "\n")
    head = {"made_with": made_with("lightgbm", "xgboost", "numpy"), "script": "trees.py"}
    head |= {"trees": asked.trees, "rows": asked.rows, "shap": asked.shap, "columns": COLUMNS}
    parts = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in (head | {"models": expected}).items()]
    (asked.out / "expected.json").write_text("{\n" + ",\n".join(parts) + "\n}\n")


main()
