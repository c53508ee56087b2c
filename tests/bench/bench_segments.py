"""The default segmentation of many customers: processor seconds, memory, and against one plain k-means.

python -m tests.bench.bench_segments [customers]
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Mapping

import analytics  # noqa: F401  (first: it holds the arithmetic to one thread, see there)

# isort: split
import numpy as np
import polars as pl
from sklearn.cluster import KMeans

from analytics.features import FeatureTable
from analytics.features.table import CATALOGUE
from analytics.segments import SegmentsParams, fitted
from analytics.segments.answer import Answer, number_of_segments, read_out
from analytics.segments.everybody import everybody
from analytics.segments.result import makers_of

FEATURES, SEGMENTS = 12, 6


def invented(customers: int, seed: int) -> FeatureTable:
    """Skewed, zero-inflated figures of six groups."""
    random = np.random.default_rng(seed)
    groups = random.integers(0, SEGMENTS, customers)
    centres = random.normal(scale=1.5, size=(SEGMENTS, FEATURES))
    values = np.exp(centres[groups] + random.normal(scale=0.6, size=(customers, FEATURES)))
    values[:, 2:][values[:, 2:] < 0.3] = 0  # the second is active days: everybody is active
    used = tuple(one for one in CATALOGUE if one.behaviour)[:FEATURES]
    frame = pl.DataFrame(values, schema=[one.key for one in used])
    ids = pl.Series("customer_id", np.arange(customers).astype(str))
    return FeatureTable(frame.insert_column(0, ids), used, 365)


Steps = list[tuple[str, float]]


def stepped(steps: Steps) -> Callable[[str], None]:
    """A clock: called with a name, it notes the processor seconds since it was last called."""
    started = time.process_time()

    def step(name: str) -> None:
        nonlocal started
        now = time.process_time()
        steps.append((name, now - started))
        started = time.process_time()

    return step


def segmentation(table: FeatureTable, params: SegmentsParams, step: Callable[[str], None]
                 ) -> tuple[Answer, int | None, Mapping[str, pl.DataFrame]]:  # fmt: skip
    """The default segmentation as the page makes it: the answer, k and the tables."""
    base = fitted.basis(table, params, params.seed)
    step("sample, features, scales, criteria")
    test = fitted.tested(base, params)
    step("structure")
    k = number_of_segments(base, test, params)
    frozen = fitted.freeze(base, params, k)
    step("model")
    people = everybody(table, base, params.seed)
    numbers = frozen.assign(people.space, people.idle)
    step("assign everybody")
    samples = None
    if len(table.frame) > params.sample:
        second = fitted.second(table, params)
        samples = fitted.second_sample(second, people.idle, params, k or 1, numbers)
        step("second sample")
    found = Answer(table, base, test, frozen, numbers, people, samples)
    said = read_out(found, params)
    step("profiles, rules, names")
    made = {name: make() for name, make in makers_of(found, said, params).items()}
    step("tables")
    return found, k, made


def another_k(found: Answer, params: SegmentsParams, k: int) -> None:
    """What one move of the slider of k computes."""
    frozen, people = fitted.freeze(found.base, params, k), found.everybody
    read_out(Answer(found.table, found.base, found.test, frozen,
                    frozen.assign(people.space, people.idle), people), params)  # fmt: skip


def main() -> None:
    """Print the seconds of every step, the ratio to a plain k-means and the peak memory."""
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    params, steps = SegmentsParams(), Steps()
    table = invented(customers, seed=1)
    step = stepped(steps)
    found, k, tables = segmentation(table, params, step)
    another_k(found, params, (k or 2) - 1)
    step("for comparison: another k on the page")
    KMeans(SEGMENTS, n_init=1, random_state=params.seed).fit(table.matrix())
    step("for comparison: one plain k-means of all rows")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    for name, seconds in steps:
        sys.stdout.write(f"{name:50s} {seconds:6.2f} s\n")
    total = sum(seconds for name, seconds in steps if "comparison" not in name)
    most = tables["samples"]["moved_share"].abs().max() if "samples" in tables else 0.0
    sys.stdout.write(f"{customers:,} customers, k = {k}, structure {found.test and found.test.found}, "
                     f"fitted on {len(found.base.rows):,}: {total:.1f} s of processor, {total / steps[-1][1]:.1f} times "
                     f"one plain k-means, {peak:.2f} GB; another sample moves a share by at most {most:.2%}\n")  # fmt: skip


if __name__ == "__main__":
    main()
