"""optbinning's time beside ours, in turns on one machine (environment A: optbinning==1.0.0 ortools==9.15.6755 numpy==2.5.5
pandas==3.1.1). Writes nothing.

    cargo build --release -p cashline-lab --example binning
    binning_time.py TAIWAN_CSV_GZ GERMAN_DATA target/release/examples/binning

Both bin the numeric columns of iv_taiwan_german.json from the same prebins, trend auto, one thread; only the fits are timed
(ours of the whole column: counting rows included). Five rounds; the figure is the smallest of each.
"""

import json
import subprocess
import sys
import time

import pandas as pd
from optbinning import OptimalBinning

from common import GOLDENS

golden = json.loads((GOLDENS / "iv_taiwan_german.json").read_text())
taiwan = pd.read_csv(sys.argv[1])
german = pd.read_csv(sys.argv[2], sep=r"\s+", header=None, names=[f"A{at}" for at in range(1, 22)])
books = {"taiwan": (taiwan, taiwan["has_default"].to_numpy()), "german": (german, (german["A21"] == 2).to_numpy(int))}
theirs, ours = {}, {}
for turn in range(5):
    for part, (frame, y) in books.items():
        total = 0.0
        for name, column in golden[part].items():
            values = frame[name].to_numpy(float)
            binning = OptimalBinning(user_splits=column["user_splits"], monotonic_trend="auto", **golden["limits"])
            start = time.perf_counter()
            binning.fit(values, y)
            total += time.perf_counter() - start
        theirs.setdefault(part, []).append(1000 * total)
    lines = subprocess.run(sys.argv[3:4] + sys.argv[1:3], check=True, capture_output=True, text=True).stdout.splitlines()
    for line in lines:
        words = line.split()
        if words[1] == "total_ms":
            ours.setdefault(words[0], []).append(float(words[2]))
for part in books:
    a, b = min(theirs[part]), min(ours[part])
    print(f"{part}: optbinning {a:.1f} ms, ours {b:.2f} ms, {a / b:.0f} times")
    assert max(ours[part]) < a, "not in less time"
