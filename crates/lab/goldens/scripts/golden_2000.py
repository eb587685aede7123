"""The input rows of the goldens (environment A: numpy==2.5.5): the first 2,000 of the generator's 20,000.

x1 and x2 are rounded to three decimals and stored as whole thousandths; y = 1 is bad.
"""

import numpy as np

from common import GOLDENS

rng = np.random.default_rng(7)
n = 20_000
x1 = np.round(rng.normal(0, 1, n), 3)
x2 = np.round(rng.exponential(1, n), 3)
p = 1 / (1 + np.exp(-(-2.5 + 0.9 * x1 - 0.6 * x2)))
y = rng.random(n) < p
lines = ["x1_thousandths,x2_thousandths,y"]
for one, two, bad in list(zip(x1, x2, y))[:2000]:
    lines.append(f"{round(one * 1000)},{round(two * 1000)},{int(bad)}")
(GOLDENS / "golden_2000.csv").write_text("\n".join(lines) + "\n")
print(f"{sum(y[:2000])} bad of 2,000; {sum(y)} bad of 20,000")
