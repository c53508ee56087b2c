"""The anomalies view: how long it takes, and whether what it finds where nothing is planted is chance.

`python -m tests.bench.bench_anomalies [TRANSACTIONS] [CUSTOMERS]` prints seconds of wall and processor
time and the largest resident memory. The bank is written by a process of its own, so that the memory is
the view's alone.

`python -m tests.bench.bench_anomalies chance CUSTOMERS SEED...` prints per seed, and for all together,
what every rule found beside what chance would give, with the exact Poisson probability (Holm over rules).
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from analytics.anomalies import models, peers, result, scan
from analytics.anomalies.params import AnomalyParams
from analytics.dataset import EVERYBODY, Dataset
from tests.anomaly_bank import by_chance, explained, pooled
from tests.bench.bank import write_bank

FEATURES = 12
APART = ("round_trip", "balance_change", scan.PROFILE)
MOVES = ({"capacity": 5}, {"cut": 3.0}, {"large_times": 6.0}, {"rarity": 9}, {"after_times": 4.0},
         {"pass_share": 0.85}, {"profiles": 2.0}, {"night_count": 4})  # fmt: skip


def timed(name: str, work: Callable[[], Any]) -> Any:
    """Do the work and say how long it took."""
    begin, used = time.perf_counter(), time.process_time()
    done = work()
    wall, processor = time.perf_counter() - begin, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    sys.stdout.write(
        f"{name:<30} {wall:7.2f} s wall {processor:7.2f} s processor   peak {peak:5.2f} GB\n"
    )
    sys.stdout.flush()
    return done


def written(folder: Path, customers: int, transactions: int) -> Path:
    """A bank, made by another process."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(write_bank, (folder, customers, transactions), {"network": True})


def main(transactions: int, customers: int) -> None:
    """Rules, round trips and change points apart, models, and slider moves."""
    with tempfile.TemporaryDirectory() as folder:
        data = Dataset(written(Path(folder), customers, transactions))
        params, day = AnomalyParams(), data.default_as_of
        with data.scope(day) as scope:
            base = timed("ledger and baselines", lambda: scan.ground(scope, EVERYBODY))
            among = peers.everybody(base.ledger, base.sizes)
            rules = AnomalyParams(kinds=tuple(k for k in params.kinds if k not in APART))
            timed("rules", lambda: scan.score(scan.run(scope, rules, base, among)))
            for kind in APART:
                one = AnomalyParams(kinds=(kind,))
                timed(kind, lambda one=one: scan.score(scan.run(scope, one, base, among)))
        timed("first view, rules known", lambda: result.compute(data, params, day))
        for move in MOVES:
            name = ", ".join(move)
            timed(
                f"slider {name}", lambda move=move: result.compute(data, AnomalyParams(**move), day)
            )
        data.close()
    drawn = np.random.default_rng(len(MOVES)).normal(size=(customers, FEATURES))
    timed("ECOD alone", lambda: models.ecod(drawn))


def chance(customers: int, *seeds: int) -> None:
    """Found and expected per rule, on banks without anomalies."""
    told = []
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            told.append(by_chance(Path(folder), customers, seed))
        tell(f"seed {seed}", told[-1])
    tell("together", pooled(told))


def tell(name: str, rules: pl.DataFrame) -> None:
    """One line per rule."""
    for row, p in zip(rules.iter_rows(named=True), explained(rules), strict=True):
        sys.stdout.write(f"{name:<12} {row['kind']:<24} {row['incidents']:>5} found "
                         f"{row['by_chance']:8.2f} by chance   p {p:.3f}\n")  # fmt: skip
    sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1:2] == ["chance"]:
        chance(*(int(word) for word in sys.argv[2:]))
    else:
        asked = [int(word) for word in sys.argv[1:]]
        main(*(asked + [10_000_000, 100_000][len(asked) :]))
