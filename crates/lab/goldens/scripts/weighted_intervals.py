"""Standard errors of the calibration line and of a bad rate where weights differ (plain Python, no package).

Two designs on the rows of golden_2000.csv: goods of weight 20.5 and bads of 1 (goods drawn one in 20.5), and 0.5 + (i % 4) / 4.
Prints, of each, the line's intercept and slope, their standard errors by the sandwich A^-1 B A^-1 and by the jackknife (every
row left out once, one Newton step from the whole; the rows' own scatter by another way, so it agrees to about 1 %), the
intercept with the slope held at 1 and its standard error, the bad rate, the variance of it by Taylor's linearisation, and the
number of rows r (1 - r) / v. Writes nothing.
"""

import csv
import math
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
with open(HERE.parent / "golden_2000.csv") as file:
    TABLE = [tuple(map(int, row)) for row in list(csv.reader(file))[1:]]
X = [(12 * t1 - 5 * t2 - 20000) / 10000.0 for t1, t2, _ in TABLE]
Y = [y for _, _, y in TABLE]
DESIGNS = {
    "by class": [1.0 if y else 20.5 for y in Y],
    "fractional": [0.5 + (row % 4) / 4.0 for row in range(len(Y))],
}


def logistic(z):
    return 1.0 / (1.0 + math.exp(-z))


def step(line, w, but=None):
    """The Newton step from `line` without row `but`, and the inverse of the information."""
    a, b = line
    mean = [logistic(a + b * x) for x in X]
    keep = [row for row in range(len(X)) if row != but]
    info = lambda k: math.fsum(w[i] * mean[i] * (1 - mean[i]) * X[i] ** k for i in keep)
    grad = lambda k: math.fsum(w[i] * (Y[i] - mean[i]) * X[i] ** k for i in keep)
    aa, ab, bb = info(0), info(1), info(2)
    det = aa * bb - ab * ab
    inverse = ((bb / det, -ab / det), (-ab / det, aa / det))
    g = (grad(0), grad(1))
    return [line[i] + inverse[i][0] * g[0] + inverse[i][1] * g[1] for i in (0, 1)], inverse


for name, w in DESIGNS.items():
    line = [0.0, 1.0]
    for _ in range(30):
        line, inverse = step(line, w)
    gaps = [w[i] * (Y[i] - logistic(line[0] + line[1] * X[i])) for i in range(len(X))]
    filling = [math.fsum(g * g * x**k for g, x in zip(gaps, X)) for k in (0, 1, 2)]
    filling = ((filling[0], filling[1]), (filling[1], filling[2]))
    pair = (0, 1)
    v = [sum(inverse[i][j] * filling[j][k] * inverse[k][i] for j in pair for k in pair) for i in pair]
    print(name, "line", *line, "sandwich", *(math.sqrt(one) for one in v))
    drawn = [step(line, w, row)[0] for row in range(len(X))]
    jack = [math.sqrt(math.fsum((one[i] - line[i]) ** 2 for one in drawn)) for i in pair]
    print(name, "jackknife", *jack)
    held = 0.0
    for _ in range(30):
        mean = [logistic(held + x) for x in X]
        info = math.fsum(w[i] * mean[i] * (1 - mean[i]) for i in range(len(X)))
        held += math.fsum(w[i] * (Y[i] - mean[i]) for i in range(len(X))) / info
    error = math.sqrt(math.fsum((w[i] * (Y[i] - mean[i])) ** 2 for i in range(len(X)))) / info
    print(name, "held", held, error)
    total = math.fsum(w)
    rate = math.fsum(one for one, y in zip(w, Y) if y) / total
    variance = math.fsum((w[i] * (Y[i] - rate) / total) ** 2 for i in range(len(X)))
    print(name, "rate", rate, variance, "rows", rate * (1 - rate) / variance)
