"""Import speed, as ratios in one run against DuckDB's own reader with declared types into memory.

    python tests/bench/bench_import.py [ROWS ...]

The floor reads the clean file; the import reads the dirty one (5 in 10,000 records bad), sorts by
customer and time, counts duplicates, writes a kept dataset and accounts for every row. Each runs in
a process of its own; peak memory is that of its process tree. A calibration loop (one fixed DuckDB
and NumPy job) and the load say how fast the machine was; on a busy one processor seconds tell more
than wall seconds. Nothing is asserted.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import psutil

ROOT = Path(__file__).resolve().parents[2]
ENV = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
COLUMNS = {"customer_id": "VARCHAR", "account_id": "VARCHAR", "transaction_id": "VARCHAR", "happened_at": "TIMESTAMP",
           "amount": "DECIMAL(18,4)", "kind": "VARCHAR", "channel": "VARCHAR", "balance_after": "DECIMAL(18,4)"}  # fmt: skip
GENERATE = """
import duckdb, sys
n, clean, dirty = int(sys.argv[1]), sys.argv[2], sys.argv[3]
con = duckdb.connect()
rows = f'''SELECT i, printf('C%08d', (hash(i) % {max(n // 100, 10)})::INT) AS customer_id,
    printf('A%09d', (hash(i) % {max(n // 60, 10)})::INT) AS account_id, printf('T%012d', i) AS transaction_id,
    TIMESTAMP '2022-01-01' + to_seconds((hash(i + 7) % 94608000)::BIGINT) AS happened_at,
    ((hash(i + 3) % 1000000) / 100.0 - 5000)::DECIMAL(18,2) AS amount,
    ['salary','pos','atm','transfer_in','transfer_out','fee','interest'][1 + (hash(i + 9) % 7)::INT] AS kind,
    ['mobile','web','branch','atm'][1 + (hash(i + 11) % 4)::INT] AS channel,
    ((hash(i + 5) % 10000000) / 100.0)::DECIMAL(18,2) AS balance_after FROM range({n}) r(i)'''
con.execute(f"COPY (SELECT * EXCLUDE (i) FROM ({rows})) TO '{clean}' (HEADER)")
bad = '''CASE WHEN i % 2000 = 7 AND i % 4000 < 2000 THEN 'n/k' ELSE amount::VARCHAR END AS amount,
    CASE WHEN i % 2000 = 7 AND i % 4000 >= 2000 THEN '2022-13-45' ELSE happened_at::VARCHAR END AS happened_at'''
con.execute(f"COPY (SELECT * EXCLUDE (i) REPLACE ({bad}) FROM ({rows})) TO '{dirty}' (HEADER)")
"""
FLOOR = """
import duckdb, sys
con = duckdb.connect()
con.execute("SET threads = 2; SET preserve_insertion_order = false")
con.execute(f"CREATE TABLE t AS SELECT * FROM read_csv('{sys.argv[1]}', auto_detect=false, header=true, columns=" + sys.argv[2] + ")")
"""
IMPORT = """
import sys, json, time
from datetime import date
from pathlib import Path
from analytics.ingest.pipeline import examine, import_plans
start, steps = time.monotonic(), []
told = lambda step, done: steps.append((step, round(time.monotonic() - start, 2)))
folder = Path(sys.argv[2])
plans = examine([Path(sys.argv[1])], folder / 'work', progress=told)
told('examined', 1)
report = import_plans(plans, folder / 'dataset', 'bench', today=date(2026, 1, 1), progress=told)
told('done', 1)
facts = report.tables['transactions']
json.dump({'tables': {k: facts[k] for k in ('rows_in', 'loaded', 'rejected', 'duplicates')}, 'steps': steps}, sys.stdout)
"""
CALIBRATE = """
import duckdb, numpy
con = duckdb.connect()
con.execute("SET threads = 2")
con.execute("SELECT sum(hash(i) % 1000) FROM range(60000000) r(i)").fetchall()
numpy.sort(numpy.random.default_rng(1).random(4_000_000))
"""


class Run(NamedTuple):
    """Wall and processor seconds and peak bytes of a process tree, and what it wrote to stdout."""

    wall_s: float
    cpu_s: float
    peak: int
    out: str


def cpu_s() -> float:
    """User and system seconds of all ended children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(code: str, *args: str) -> Run:
    """Run Python code in a process of its own and measure its tree."""
    start, before = time.monotonic(), cpu_s()
    child = subprocess.Popen(
        [sys.executable, "-c", code, *args], cwd=ROOT, stdout=subprocess.PIPE, text=True, env=ENV
    )
    watched, peak = psutil.Process(child.pid), 0
    while child.poll() is None:
        try:
            tree = [watched, *watched.children(recursive=True)]
            peak = max(peak, sum(p.memory_info().rss for p in tree))
        except psutil.NoSuchProcess:
            pass
        time.sleep(0.02)
    assert child.stdout is not None
    out = child.stdout.read()
    if child.returncode:
        raise SystemExit(f"a measured process failed with status {child.returncode}")
    return Run(time.monotonic() - start, cpu_s() - before, peak, out)


def measure(rows: int, folder: Path) -> dict[str, object]:
    """One size: calibration, floor and import, side by side."""
    clean, dirty = folder / f"clean{rows}.csv", folder / f"dirty{rows}.csv"
    run(GENERATE, str(rows), str(clean), str(dirty))
    load = round(psutil.getloadavg()[0], 1)
    calibration = run(CALIBRATE)
    floor = run(FLOOR, str(clean), json.dumps(COLUMNS).replace('"', "'"))
    target = folder / f"target{rows}"
    target.mkdir()
    ours = run(IMPORT, str(dirty), str(target))
    return {"rows": rows, "load": load, "calibration_s": round(calibration.wall_s, 2),
            "floor_s": round(floor.wall_s, 2), "import_s": round(ours.wall_s, 2),
            "ratio": round(ours.wall_s / floor.wall_s, 2), "floor_cpu_s": round(floor.cpu_s, 2),
            "import_cpu_s": round(ours.cpu_s, 2), "cpu_ratio": round(ours.cpu_s / floor.cpu_s, 2),
            "floor_peak_mb": floor.peak >> 20, "import_peak_mb": ours.peak >> 20, **json.loads(ours.out)}  # fmt: skip


def main() -> None:
    sizes = [int(word) for word in sys.argv[1:]] or [1_000_000, 10_000_000]
    with tempfile.TemporaryDirectory() as folder:
        ENV["PYTHONPYCACHEPREFIX"] = f"{folder}/compiled"
        measure(
            10_000, Path(folder)
        )  # compiles the modules, as every start but the first finds them
        for rows in sizes:
            sys.stdout.write(json.dumps(measure(rows, Path(folder))) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
