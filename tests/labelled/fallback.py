"""What a statistical fallback would add after the rules: hashed n-grams of letters into a linear model, fitted on the texts that
rules are written against (development.csv), asked only about texts of the exam that no rule knows. Writes nothing.

    cargo build --release
    python3 -m venv target/fallback && target/fallback/bin/pip install scikit-learn==1.9.1
    target/fallback/bin/python tests/labelled/fallback.py target/release/cashline

A class that moves credit never rests on it, so such an answer changes nothing.
"""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import SGDClassifier

HERE = Path(__file__).parent
CASHLINE = sys.argv[1]


def catalogue(*arguments):
    run = subprocess.run([CASHLINE, "catalogue", *arguments, "--format", "json"], check=True, capture_output=True, text=True)
    return json.loads(run.stdout)


def rows(path):
    with open(path, newline="") as file:
        return [(row["description"], int(row["amount_minor"]), row["label"]) for row in csv.DictReader(file)]


def features(texts):
    signed = [("in " if 0 < amount else "out ") + re.sub(r"\d", "0", text.upper()) for text, amount, _ in texts]
    return HashingVectorizer(analyzer="char_wb", ngram_range=(2, 5), n_features=2**16, alternate_sign=False).transform(signed)


moves_credit = {row["ours"] for row in catalogue("taxonomy", "--like", "credit") if row["theirs"]}
development = rows(HERE / "development.csv")
model = SGDClassifier(loss="log_loss", alpha=3e-6, max_iter=30, random_state=1)
model.fit(features(development), [label for *_, label in development])

texts = right = 0
unknown = []
for path in sorted(HERE.glob("held_out_*.csv")):
    exam, judged = rows(path), catalogue("rules", "--test", str(path))
    wrong = {one["line"] - 2: one["found"] for one in judged["confusions"]}
    texts, right = texts + len(exam), right + len(exam) - len(wrong)
    unknown += [row for at, row in enumerate(exam) if wrong.get(at, row[2]) == "unknown"]

probabilities = model.predict_proba(features(unknown))
answers = list(zip(unknown, model.classes_[probabilities.argmax(1)], probabilities.max(1)))
print(f"{texts} texts, {right / texts:.4f} right by the rules; {len(unknown)} that no rule knows,")
print(f"of which {sum(row[2] not in moves_credit for row, *_ in answers)} are of classes that move no credit")
for least in [0.3, 0.5, 0.7, 0.9]:
    said = [(row[2], answer) for row, answer, probability in answers if least <= probability and answer not in moves_credit]
    gained = sum(label == answer for label, answer in said) - sum(label == "unknown" for label, _ in said)
    print(f"probability {least}: answers {len(said)}, net gain {gained} texts, {gained / texts:+.4%} of all")
