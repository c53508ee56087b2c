"""How quick the lifecycle is: stages per customer and month, a threshold move, grid and ledger.

    python -m tests.bench.bench_lifecycle [customers] [transactions]

One bank, one process; each first figure is cold (nothing remembered), the second is a slider's move.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from analytics.dataset import Dataset
from analytics.ledger import LedgerParams
from analytics.ledger import compute as ledger
from analytics.lifecycle import LifecycleParams, days, stages
from analytics.lifecycle import compute as lifecycle
from analytics.population import EVERYBODY
from analytics.retention import RetentionParams
from analytics.retention import compute as retention
from tests.bench.bank import write_bank

MONTHS = 36


def timed(name: str, work: Callable[[], Any]) -> Any:
    """Run once; write wall and processor time, and the load that the wall time suffered from."""
    began, worked = time.perf_counter(), time.process_time()
    found = work()
    wall, processor = time.perf_counter() - began, time.process_time() - worked
    sys.stdout.write(
        f"{name}: {wall:.2f} s, processor {processor:.2f} s, load {os.getloadavg()[0]:.1f}\n"
    )
    sys.stdout.flush()
    return found


def every_stage(data: Dataset, dormant_days: int) -> int:
    """Stage codes of every customer at 36 month ends; the number of cells."""
    with data.scope(data.default_as_of) as scope:
        calendar = days.read(scope, EVERYBODY)
    ends = days.month_ends(data.default_as_of, MONTHS, calendar.first_day)
    found = stages.snapshots(calendar, [days.number(d) for d in ends], stages.Rule(dormant_days))  # type: ignore[arg-type]
    return found.stage.size


def main() -> None:
    """Write every figure of the bench."""
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    transactions = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000_000
    with tempfile.TemporaryDirectory() as folder:
        data = Dataset(
            write_bank(Path(folder) / "bank", customers, transactions, network=True, booked=True)
        )
        as_of = data.default_as_of
        timed("stages per customer and month, cold", lambda: every_stage(data, 90))
        timed("the same after a threshold move", lambda: every_stage(data, 60))
        timed(
            "whole lifecycle result after a move",
            lambda: lifecycle(data, LifecycleParams(dormant_days=60), as_of),
        )
        timed("another move", lambda: lifecycle(data, LifecycleParams(dormant_days=45), as_of))
        timed("retention", lambda: retention(data, RetentionParams(), as_of))
        timed(
            "retention after a move", lambda: retention(data, RetentionParams(occurrences=2), as_of)
        )
        timed("ledger", lambda: ledger(data, LedgerParams(months=MONTHS), as_of))
        data.close()


if __name__ == "__main__":
    main()
