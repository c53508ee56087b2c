"""How fast is this machine: one fixed DuckDB job and one fixed NumPy job, timed.

Absolute figures of a bench mean something only beside these two. `python -m tests.bench.calibrate`
prints them as JSON.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable

import duckdb
import numpy as np

REPEATS = 3
SEED = 20240630
SQL = """
    SELECT i % 1000 AS bucket, sum(i * 7 % 1009) AS total, count(DISTINCT i % 9973) AS kinds
    FROM range(5000000) t(i) GROUP BY bucket ORDER BY total DESC
"""


def calibrate() -> dict[str, float]:
    """Seconds of each job (median of three) and the processors of this machine."""
    return {"duckdb_s": _median(_duckdb_job), "numpy_s": _median(_numpy_job),
            "processors": float(os.cpu_count() or 0)}  # fmt: skip


def _median(job: Callable[[], object]) -> float:
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        job()
        seconds.append(time.perf_counter() - started)
    return round(statistics.median(seconds), 4)


def _duckdb_job() -> list[tuple[object, ...]]:
    with duckdb.connect() as con:
        return con.execute(SQL).fetchall()


def _numpy_job() -> float:
    values = np.random.default_rng(SEED).normal(size=3_000_000)
    order = np.argsort(values, kind="stable")
    return float(np.cumsum(values[order])[-1] + np.bincount(order % 1000).max())


if __name__ == "__main__":
    sys.stdout.write(json.dumps(calibrate()) + "\n")
