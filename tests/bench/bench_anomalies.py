"""How long the anomalies view takes: `python -m tests.bench.bench_anomalies [TRANSACTIONS] [CUSTOMERS]`.

Prints seconds of wall time and the largest resident memory; asserts nothing.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from analytics.anomalies import levels, models, paths, result, scan
from analytics.anomalies.params import AnomalyParams
from analytics.dataset import EVERYBODY, Dataset
from tests.bench.bank import write_bank

FEATURES = 12


def timed(name: str, work: Callable[[], Any]) -> Any:
    """Do the work and say how long it took."""
    begin = time.perf_counter()
    done = work()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    sys.stdout.write(f"{name:<34} {time.perf_counter() - begin:7.2f} s   peak {peak:5.2f} GB\n")
    return done


def main(transactions: int, customers: int) -> None:
    """Rules, round trips and change points apart, models, and a slider move."""
    with tempfile.TemporaryDirectory() as folder:
        data = Dataset(write_bank(Path(folder), customers, transactions))
        params, day = AnomalyParams(), data.default_as_of
        with data.scope(day) as scope:
            base = timed("ledger and baselines", lambda: scan.ground(scope, EVERYBODY))
            timed("rules", lambda: scan.score(scan.run(scope, EVERYBODY, params, base)))
            timed("round trips", lambda: paths.trips(scope, params.trip_days, params.trip_keep))
            timed("month-end balances", lambda: levels.balances(scope))
        timed("models", lambda: models.profiles(base.ledger, base.sizes.excess, params.seed))
        timed("first view", lambda: result.compute(data, params, day))
        timed("a slider move", lambda: result.compute(data, AnomalyParams(large_times=6.0), day))
        data.close()
    drawn = np.random.default_rng(7).normal(size=(customers, FEATURES))
    timed("ECOD alone", lambda: models.ecod(drawn))


if __name__ == "__main__":
    asked = [int(word) for word in sys.argv[1:]]
    main(*(asked + [10_000_000, 100_000][len(asked) :]))
