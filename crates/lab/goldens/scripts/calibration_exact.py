"""Standard errors of the calibration line in 80-bit floats, by Newton's method to convergence (environment A: numpy==2.5.5).

statsmodels' GLM reports those of the weights one step before its last; validation.json holds them, 1.3e-11 away. Prints the
intercept, the slope and their standard errors, then those of the intercept with the slope held at 1; writes nothing.
"""

import numpy as np

from common import probability, rows

t1, t2, y = rows()
p = probability(t1, t2).astype(np.longdouble)
x = np.column_stack([np.ones_like(p), np.log(p / (1 - p))])
y = y.astype(np.longdouble)


def inverse(h):
    return np.array([[h[1, 1], -h[0, 1]], [-h[0, 1], h[0, 0]]]) / (h[0, 0] * h[1, 1] - h[0, 1] ** 2)


def information(mean):
    return (x * (mean * (1 - mean))[:, None]).T @ x


line = np.zeros(2, np.longdouble)
for _ in range(30):
    mean = 1 / (1 + np.exp(-(x @ line)))
    line = line + inverse(information(mean)) @ (x.T @ (y - mean))
covariance = inverse(information(1 / (1 + np.exp(-(x @ line)))))
print(*line, np.sqrt(covariance[0, 0]), np.sqrt(covariance[1, 1]))

held = np.longdouble(0)
for _ in range(30):
    mean = 1 / (1 + np.exp(-(held + x[:, 1])))
    held = held + (y - mean).sum() / (mean * (1 - mean)).sum()
print(held, 1 / np.sqrt((mean * (1 - mean)).sum()))
