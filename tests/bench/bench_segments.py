"""The default segmentation of many customers: processor seconds, memory, and against one plain k-means.

python -m tests.bench.bench_segments [customers]
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np
import polars as pl
from sklearn.cluster import KMeans

from analytics.features import FeatureTable
from analytics.features.table import CATALOGUE
from analytics.segments import SegmentsParams, choose, fitted, reading, rule

FEATURES, SEGMENTS = 12, 6


def invented(customers: int, seed: int) -> FeatureTable:
    """Skewed, zero-inflated figures of six groups."""
    random = np.random.default_rng(seed)
    groups = random.integers(0, SEGMENTS, customers)
    centres = random.normal(scale=1.5, size=(SEGMENTS, FEATURES))
    values = np.exp(centres[groups] + random.normal(scale=0.6, size=(customers, FEATURES)))
    values[values < 0.3] = 0
    used = tuple(one for one in CATALOGUE if one.behaviour)[:FEATURES]
    frame = pl.DataFrame(values, schema=[one.key for one in used])
    ids = pl.Series("customer_id", np.arange(customers).astype(str))
    return FeatureTable(frame.insert_column(0, ids), used, 365)


def main() -> None:
    """Print the seconds of every step, the ratio to a plain k-means and the peak memory."""
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    table, params = invented(customers, seed=1), SegmentsParams()
    told, started = [], time.process_time()

    def step(name: str) -> None:
        nonlocal started
        now = time.process_time()
        told.append((name, now - started))
        started = time.process_time()

    base = fitted.basis(table, params, params.seed)
    step("sample, scales, criteria")
    test = fitted.tested(base, params)
    step("structure")
    k = choose.chosen_k(base.criteria)
    frozen = fitted.freeze(base, params, k)
    step("model")
    numbers, places = frozen.apply(table)
    step("assign everybody")
    used = [table.feature(key) for key in frozen.keys]
    rows = pl.DataFrame([reading.keys(numbers), *table.filled(frozen.keys)])
    rule.find(rows, used, params.seed)
    reading.profiles(rows, reading.differences(base.scaled, numbers[base.rows], frozen.keys), used)
    reading.projection(reading.hexagons(places), rows["segment"])
    step("reading")
    if customers > params.sample and k:
        fitted.second_sample(table, params, k, numbers)
        step("second sample")
    values = table.matrix()
    started = time.process_time()
    KMeans(SEGMENTS, n_init=1, random_state=params.seed).fit(values)
    step("for comparison: one plain k-means of all rows")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    for name, seconds in told:
        sys.stdout.write(f"{name:50s} {seconds:6.2f} s\n")
    total = sum(seconds for _, seconds in told[:-1])
    sys.stdout.write(f"{customers:,} customers, k = {k}, structure {test and test.found}: {total:.1f} s of "
                     f"processor, {total / told[-1][1]:.1f} times one plain k-means, {peak:.2f} GB\n")  # fmt: skip


if __name__ == "__main__":
    main()
