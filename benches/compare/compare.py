#!/usr/bin/env python3
"""The same sixty attributes by cashline, polars, DuckDB and (decoding alone) pyarrow, from the same Parquet, on one machine.

    python3 benches/compare/compare.py                    # some 3.3 M transactions; everything is built and installed as needed
    python3 benches/compare/compare.py --applications 10000 --runs 5

Needs Rust, and Python 3.10 or newer with venv. It makes a virtual environment under target/compare with the versions named
below, generates a portfolio from a fixed seed (once), runs every job in turn as a process of its own, RUNS times over, checks
that all answers agree, and prints medians: CPU seconds (user and system), wall seconds, peak memory, and ratios to cashline's
sixty attributes. Two threads each where a job has threads.

What all jobs do: join transactions to applications by their accounts, take the latest version of each transaction that was
written before T (the first version when none was), keep what was posted and not void at T on deposit accounts, and fill sixty
columns: over 7, 30, 90, 180 and 365 days the sum, count, largest, mean, standard deviation and median of money out, the sum and
count of money in, the rows that mention an overdraft; over 90 and 180 days the money out by seven words in the text; and the days
with money out.

What only cashline does, in the same time: checks every row (types, ranges, currency, sign, duplicates that contradict each
other), hashes the input, categorises every row by all its rules, and assesses every application. The others rely on clean input; their
start-up includes Python's and its imports. Two more jobs read the same rows from CSV: cashline scores them, polars only scans them
(every column typed and counted, nothing checked or kept). The DuckDB job `tuned` reads each text once for each shape (digits folded), sums
disjoint rings of days, and cumulates them; `plain` is what an analyst would write first.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

PACKAGES = ["polars==2.1.0", "duckdb==2.0.0", "pyarrow==26.0.1"]
ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "target" / "compare"
T = 1_793_491_200  # 2026-11-01T00:00:00Z, the T of every generated application
T_DAY = T // 86_400
WINDOWS = [7, 30, 90, 180, 365]
OVERDRAFT = ["nsf", "overdraft", "insufficient"]
WORDS = ["payroll", "rent", "amazon", "loan", "atm", "zelle", "insur"]
WORD_WINDOWS = [90, 180]
THREADS = 2

# ---- the sixty attributes, in cashline's grammar ------------------------------------------------------------------------


def attributes():
    """(name of the column, entry of the attribute file) of each."""
    entries = []

    def entry(name, unit, measure, of, windows):
        listed = ", ".join(f'"{days}d"' for days in windows)
        text = (
            f'[[attribute]]\nname = "{name}"\nfamily = "flows"\nunit = "{unit}"\nwindows = [{listed}]\n'
            f'measure = "{measure}"\nof = {of}\nrisk = "neither"\ncompliance = "verify_only"\ndefinition = "As {name} of the comparison."\n'
        )
        entries.append(([f"{name}_{days}d" for days in windows], text))

    inflow = "{ direction = 'inflow', internal = 'include' }"
    outflow = "{ direction = 'outflow', internal = 'include' }"
    entry("cmp_in_sum", "minor", "sum", inflow, WINDOWS)
    entry("cmp_in_count", "count", "count", inflow, WINDOWS)
    entry("cmp_out_sum", "minor", "sum", outflow, WINDOWS)
    entry("cmp_out_count", "count", "count", outflow, WINDOWS)
    for measure in ["max", "mean", "sd", "median"]:
        entry(f"cmp_out_{measure}", "minor", measure, outflow, WINDOWS)
    texts = "[" + ", ".join(f"'{word}'" for word in OVERDRAFT) + "]"
    entry("cmp_overdraft", "count", "count", f"{{ internal = 'include', text = {texts} }}", WINDOWS)
    for word in WORDS:
        of = f"{{ direction = 'outflow', internal = 'include', text = ['{word}'] }}"
        entry(f"cmp_word_{word}", "minor", "sum", of, WORD_WINDOWS)
    entry("cmp_out_days", "days", "distinct_days", outflow, [90])
    return entries


COLUMNS = [name for names, _ in attributes() for name in names]
assert len(COLUMNS) == 60

# ---- the jobs: each runs in a process of its own ------------------------------------------------------------------------


def sql_columns():
    """The sixty columns in SQL over rows (`age` in days from 1, `out` and `inn` magnitudes or null, `overdraft`, `w_…`)."""
    columns = []
    for days in WINDOWS:
        within = f"filter (where age <= {days})"
        columns += [
            f"coalesce(sum(inn) {within}, 0) as cmp_in_sum_{days}d",
            f"count(inn) {within} as cmp_in_count_{days}d",
            f"coalesce(sum(outt) {within}, 0) as cmp_out_sum_{days}d",
            f"count(outt) {within} as cmp_out_count_{days}d",
            f"max(outt) {within} as cmp_out_max_{days}d",
            f"avg(outt) {within} as cmp_out_mean_{days}d",
            f"stddev_samp(outt) {within} as cmp_out_sd_{days}d",
            f"median(outt) {within} as cmp_out_median_{days}d",
            f"count(*) filter (where age <= {days} and overdraft) as cmp_overdraft_{days}d",
        ]
    for word in WORDS:
        for days in WORD_WINDOWS:
            columns.append(
                f"coalesce(sum(outt) filter (where age <= {days} and w_{word}), 0) as cmp_word_{word}_{days}d"
            )
    columns.append("count(distinct age) filter (where age <= 90 and outt is not null) as cmp_out_days_90d")
    return ",\n  ".join(columns)


def sql_flags(text):
    overdraft = " or ".join(f"contains({text}, '{word}')" for word in OVERDRAFT)
    return f"({overdraft}) as overdraft, " + ", ".join(f"contains({text}, '{word}') as w_{word}" for word in WORDS)


def sql_visible(folder):
    """Applications' accounts, and the rows visible at T with their age."""
    return f"""
holder as (
  select id as account, coalesce(account_holder.customer, account_holder.customer_account, account_holder.account) as holder
  from '{folder}/accounts.parquet' where category = 'cash'),
member as (
  select distinct application_id, account
  from holder join '{folder}/applications.csv' as a on holder.holder = a.applicant_id),
latest as (
  select id, account, arg_max(struct_pack(amount, description, posted_at := status_transitions.posted_at,
      void_at := status_transitions.void_at, transacted_at), case when updated < {T} then updated else -updated end) as v
  from '{folder}/transactions.parquet'
  where transacted_at < {T}
  group by id, account),
visible as (
  select account, v.amount as amount, v.description as description,
    {T_DAY} - v.posted_at // 86400 as age
  from latest where v.posted_at < {T} and (v.void_at is null or v.void_at >= {T}))"""


def duckdb_plain(folder, out):
    import duckdb

    connection = duckdb.connect(config={"threads": THREADS})
    connection.execute(f"""
copy (with {sql_visible(folder)},
flagged as (
  select application_id, age, case when amount < 0 then -amount end as outt, case when amount > 0 then amount end as inn,
    {sql_flags("lower(description)")}
  from visible join member using (account))
select application_id, {sql_columns()} from flagged group by application_id order by application_id)
to '{out}' (format parquet)""")


def duckdb_tuned(folder, out):
    """Texts are searched once a shape; sums and counts go by rings of days and are cumulated; medians stay as they are."""
    import duckdb

    connection = duckdb.connect(config={"threads": THREADS})
    connection.execute(f"""
create temp table visible as with {sql_visible(folder)}
select application_id, age, amount, description, translate(lower(description), '0123456789', '##########') as shape
from visible join member using (account)""")
    connection.execute(f"create temp table shapes as select shape, {sql_flags('shape')} from (select distinct shape from visible)")
    edges = " ".join(f"when age <= {days} then {at}" for at, days in enumerate(WINDOWS))
    last = len(WINDOWS)
    words = ", ".join(f"coalesce(sum(outt) filter (where w_{word}), 0) as s_{word}" for word in WORDS)
    connection.execute(f"""
create temp table rings as
with flagged as (
  select application_id, case {edges} else {last} end as ring,
    case when amount < 0 then -amount end as outt, case when amount > 0 then amount end as inn, shapes.* exclude (shape)
  from visible join shapes using (shape))
select application_id, ring, coalesce(sum(inn), 0) as in_sum, count(inn) as in_count, coalesce(sum(outt), 0) as out_sum,
  count(outt) as out_count, max(outt) as out_max, sum(outt::double * outt) as out_squares,
  count(*) filter (where overdraft) as overdraft, {words}
from flagged group by application_id, ring""")
    columns = []
    for at, days in enumerate(WINDOWS):
        within = f"filter (where ring <= {at})"
        n, s = f"sum(out_count) {within}", f"sum(out_sum) {within}"
        columns += [
            f"coalesce(sum(in_sum) {within}, 0) as cmp_in_sum_{days}d",
            f"coalesce(sum(in_count) {within}, 0) as cmp_in_count_{days}d",
            f"coalesce({s}, 0) as cmp_out_sum_{days}d",
            f"coalesce({n}, 0) as cmp_out_count_{days}d",
            f"max(out_max) {within} as cmp_out_max_{days}d",
            f"{s} / nullif({n}, 0) as cmp_out_mean_{days}d",
            f"case when {n} > 1 then sqrt(greatest(0, (sum(out_squares) {within} - {s}::double * {s} / {n}) / ({n} - 1))) end"
            f" as cmp_out_sd_{days}d",
            f"coalesce(sum(overdraft) {within}, 0) as cmp_overdraft_{days}d",
        ]
    for word in WORDS:
        for days in WORD_WINDOWS:
            at = WINDOWS.index(days)
            columns.append(f"coalesce(sum(s_{word}) filter (where ring <= {at}), 0) as cmp_word_{word}_{days}d")
    medians = ", ".join(f"median(-amount) filter (where age <= {days}) as cmp_out_median_{days}d" for days in WINDOWS)
    connection.execute(f"""
copy (
with folded as (select application_id, {", ".join(columns)} from rings group by application_id),
ordered as (
  select application_id, {medians}, count(distinct age) filter (where age <= 90) as cmp_out_days_90d
  from visible where amount < 0 group by application_id)
select * from folded left join ordered using (application_id) order by application_id) to '{out}' (format parquet)""")


def polars_streaming(folder, out):
    import polars as pl

    account, holder = pl.col("id").alias("account"), pl.col("account_holder").struct
    holders = pl.scan_parquet(f"{folder}/accounts.parquet").filter(pl.col("category") == "cash").select(
        account, pl.coalesce(holder.field("customer"), holder.field("customer_account"), holder.field("account")).alias("holder")
    )
    members = (
        holders.join(pl.scan_csv(f"{folder}/applications.csv"), left_on="holder", right_on="applicant_id")
        .select("application_id", "account")
        .unique()
    )
    transitions = pl.col("status_transitions").struct
    latest = (
        pl.scan_parquet(f"{folder}/transactions.parquet")
        .select(
            "id", "account", "amount", "description", "transacted_at", "updated",
            transitions.field("posted_at").alias("posted_at"), transitions.field("void_at").alias("void_at"),
        )
        .filter(pl.col("transacted_at") < T)
        .with_columns(known=pl.when(pl.col("updated") < T).then("updated").otherwise(-pl.col("updated")))
        .group_by("id", "account")
        .agg(pl.col("amount", "description", "transacted_at", "posted_at", "void_at").sort_by("known").last())
    )
    text = pl.col("description").str.to_lowercase()
    rows = (
        latest.filter((pl.col("posted_at") < T) & (pl.col("void_at").is_null() | (pl.col("void_at") >= T)))
        .join(members, on="account")
        .select(
            "application_id",
            (T_DAY - pl.col("posted_at") // 86_400).alias("age"),
            pl.when(pl.col("amount") < 0).then(-pl.col("amount")).alias("outt"),
            pl.when(pl.col("amount") > 0).then("amount").alias("inn"),
            pl.any_horizontal([text.str.contains(word, literal=True) for word in OVERDRAFT]).alias("overdraft"),
            *[text.str.contains(word, literal=True).alias(f"w_{word}") for word in WORDS],
        )
    )
    outt, inn, columns = pl.col("outt"), pl.col("inn"), []
    for days in WINDOWS:
        within = pl.col("age") <= days
        columns += [
            inn.filter(within).sum().alias(f"cmp_in_sum_{days}d"),
            inn.filter(within).count().alias(f"cmp_in_count_{days}d"),
            outt.filter(within).sum().alias(f"cmp_out_sum_{days}d"),
            outt.filter(within).count().alias(f"cmp_out_count_{days}d"),
            outt.filter(within).max().alias(f"cmp_out_max_{days}d"),
            outt.filter(within).mean().alias(f"cmp_out_mean_{days}d"),
            outt.filter(within).std().alias(f"cmp_out_sd_{days}d"),
            outt.filter(within).median().alias(f"cmp_out_median_{days}d"),
            (within & pl.col("overdraft")).sum().alias(f"cmp_overdraft_{days}d"),
        ]
    for word in WORDS:
        for days in WORD_WINDOWS:
            within = (pl.col("age") <= days) & pl.col(f"w_{word}")
            columns.append(outt.filter(within).sum().alias(f"cmp_word_{word}_{days}d"))
    days = pl.col("age").filter((pl.col("age") <= 90) & outt.is_not_null())
    columns.append(days.n_unique().alias("cmp_out_days_90d"))
    rows.group_by("application_id").agg(columns).sort("application_id").collect(engine="streaming").write_parquet(out)


def pyarrow_decode(folder, out):
    """The columns that the sixty attributes need, decoded in batches and dropped."""
    import pyarrow
    import pyarrow.parquet

    pyarrow.set_cpu_count(THREADS)
    file = pyarrow.parquet.ParquetFile(f"{folder}/transactions.parquet", read_dictionary=["account"])
    columns = ["id", "account", "amount", "description", "status_transitions", "transacted_at", "updated"]
    rows = sum(batch.num_rows for batch in file.iter_batches(columns=columns))
    assert rows > 0


def polars_csv(folder, out):
    """Every column of the transactions, typed as polars guesses and counted."""
    import polars as pl

    pl.scan_csv(f"{folder}/transactions.csv").select(pl.all().count()).collect(engine="streaming").write_parquet(out)


SCAN = "polars, scan of the CSV"
JOBS = {
    "polars, streaming": polars_streaming,
    "DuckDB, tuned": duckdb_tuned,
    "DuckDB, plain": duckdb_plain,
    "pyarrow, decode alone": pyarrow_decode,
    SCAN: polars_csv,
}

# ---- running and comparing ----------------------------------------------------------------------------------------------


def measured(command):
    """CPU seconds, wall seconds, peak MiB of a process."""
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    if status != 0:
        sys.exit(f"{command}: {process.stderr.read().decode()}")
    return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024


def agree(ours, theirs, relinked):
    """Cells compared; stops at the first that differs. Ours are rounded to the minor unit, and missing where history is short.
    Applications with a bank account that was linked twice are left out: only cashline finds that its rows are the same."""
    import polars as pl

    ours, theirs = pl.read_parquet(ours), pl.read_parquet(theirs)
    ours = ours.filter(~pl.col("application_id").is_in(relinked))
    both = ours.select("application_id", *COLUMNS).join(theirs, on="application_id", suffix="_theirs")
    compared = 0
    for name in COLUMNS:
        mine, other = both[name].cast(pl.Float64), both[f"{name}_theirs"].cast(pl.Float64)
        is_rounded = any(f"_{measure}_" in name for measure in ["mean", "sd", "median"])
        bound = 0.500001 if is_rounded else 0.0
        held = mine.is_not_null()
        wrong = (held & ((mine - other).abs() > bound).fill_null(True)).sum()
        if wrong:
            sys.exit(f"{name}: {wrong} of {held.sum()} cells differ")
        compared += held.sum()
    return compared


def prepare(applications):
    environment = HOME / "venv"
    python = environment / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    wanted = HOME / "packages.json"
    if not wanted.exists() or json.loads(wanted.read_text()) != PACKAGES:
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        wanted.write_text(json.dumps(PACKAGES))
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=ROOT, check=True)
    cashline = ROOT / "target" / "release" / "cashline"
    folder, flat = HOME / f"portfolio_{applications}", HOME / f"portfolio_{applications}_csv"
    for place, layout in [(folder, "parquet"), (flat, "csv-underscore")]:
        if not place.exists():
            words = ["--applications", str(applications), "--seed", "7", "--days", "400", "--layout", layout, "--as-of", "2026-11-01"]
            subprocess.run([cashline, "sample", place, *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    (HOME / "sixty.toml").write_text("\n".join(text for _, text in attributes()))
    return python, cashline, folder, flat


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--applications", type=int, default=3000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--job", choices=JOBS, help=argparse.SUPPRESS)
    parser.add_argument("paths", nargs="*", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.job:
        os.environ["POLARS_MAX_THREADS"] = str(THREADS)
        JOBS[chosen.job](*chosen.paths)
        return
    HOME.mkdir(parents=True, exist_ok=True)
    python, cashline, folder, flat = prepare(chosen.applications)
    if Path(sys.prefix) != HOME / "venv":
        # The comparison of answers needs the environment too.
        os.execv(python, [str(python), __file__, "--applications", str(chosen.applications), "--runs", str(chosen.runs)])
    out = {name: str(HOME / f"out_{at}.parquet") for at, name in enumerate(["cashline", *JOBS])}
    sixty = [cashline, "attributes", folder, "--attributes", HOME / "sixty.toml", "--columns", ",".join(COLUMNS)]
    sixty += ["--format", "parquet", "-o", out["cashline"], "--threads", str(THREADS)]
    run = HOME / "run"
    full, from_csv = "cashline, card, reasons, policy", "cashline, the same from CSV"
    score = {name: [cashline, "score", place, "-o", run, "--threads", str(THREADS)] for name, place in [(full, folder), (from_csv, flat)]}
    jobs = {"cashline, sixty attributes": sixty} | score
    jobs |= {name: [python, __file__, "--job", name, flat if name == SCAN else folder, out[name]] for name in JOBS}
    costs = {name: [] for name in jobs}
    for _ in range(chosen.runs):
        for name, command in jobs.items():
            # A run that stands there is not made again.
            shutil.rmtree(run, ignore_errors=True)
            costs[name].append(measured([str(word) for word in command]))
    import polars
    import pyarrow.parquet

    rows = pyarrow.parquet.ParquetFile(f"{folder}/transactions.parquet").metadata.num_rows
    print(f"{chosen.applications} applications, {rows} transactions, {THREADS} threads, medians of {chosen.runs} runs in turn")
    truth = polars.read_csv(folder / "_truth.csv")
    relinked = truth.filter(truth["relinked"] == 1)["application_id"].to_list()
    for name in ["polars, streaming", "DuckDB, tuned", "DuckDB, plain"]:
        print(f"equal to {name}: {agree(out['cashline'], out[name], relinked)} cells")
    base = [statistics.median(values) for values in zip(*costs["cashline, sixty attributes"])]
    print(f"{'job':<34} {'CPU s':>8} {'wall s':>8} {'peak MiB':>9} {'ns/row':>8}   CPU, wall, peak of the sixty / it")
    for name, runs in costs.items():
        middle = [statistics.median(values) for values in zip(*runs)]
        ratios = "  ".join(f"{ours / theirs:.2f}" for ours, theirs in zip(base, middle))
        cpu, wall, peak = middle
        print(f"{name:<34} {cpu:>8.2f} {wall:>8.2f} {peak:>9.0f} {cpu / rows * 1e9:>8.0f}   {ratios}")
    of_csv, of_parquet, of_scan = [statistics.median(cost[0] for cost in costs[name]) for name in [from_csv, full, SCAN]]
    print(f"scores from CSV: {of_csv / of_scan:.2f} x the CPU of polars' scan of it, {of_csv / of_parquet:.2f} x that from Parquet")


if __name__ == "__main__":
    main()
