"""Itemsets and rules, side by side in one run: this engine, mlxtend's fpgrowth, pyfim (C).

    python tests/bench/bench_rules.py [sets] [customers] [slider] [page] [noise]

`sets`: the classic sets at fixed counts. `customers`: 500,000 customers with 24 correlated items, 6 a
basket at the mean, 1 % support, length 4, in processes of their own for the peak of memory.
`slider`: a move of the support on 100,000 customers, as the page computes it. `page`: the same in a
browser, beside a static page (`bench_pages`). `noise`: 200 shuffles and how many gave any rule. Processor seconds, medians of three. Nothing is asserted.
"""

from __future__ import annotations

import gzip
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
DATA = Path(os.environ.get("TIDEMARK_DATA") or ROOT.parent / "shared" / "data")
SETS = {
    "groceries": 20,
    "retail": 176,
    "mushroom": 1000,
    "BMS1": 50,
    "kosarak25k": 125,
    "chess": 2237,
}
REPEATS = 3
CUSTOMERS, ITEMS, MEAN, SUPPORT, LENGTH = 500_000, 24, 6.0, 0.01, 4


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def processor(work: Callable[[], Any]) -> tuple[float, Any]:
    """Processor seconds of one call, and its answer."""
    before = time.process_time()
    found = work()
    return time.process_time() - before, found


def rows_of(name: str) -> list[list[int]]:
    """The baskets of a classic set."""
    path = DATA / ("groceries/groceries.dat" if name == "groceries" else f"mining/{name}.dat.gz")
    read = gzip.open if path.suffix == ".gz" else open
    with read(path, "rt") as lines:
        return [sorted({int(word) for word in line.split()}) for line in lines]


def correlated(customers: int, seed: int = 1) -> np.ndarray:
    """bool (customers, 24): items that lean on a latent activity, some on the item before; mean 6."""
    draw = np.random.default_rng(seed)
    active = draw.gamma(2.0, 0.5, customers)  # mean 1
    chance = np.linspace(0.05, 0.45, ITEMS)
    table = np.zeros((customers, ITEMS), bool)
    for item in range(ITEMS):
        p = chance[item] * (0.5 + 0.5 * active)
        if item % 3 == 2:
            p = p * np.where(table[:, item - 1], 2.0, 0.6)
        table[:, item] = draw.random(customers) < np.minimum(p, 0.95)
    return table


def engines_of(rows: list[list[int]], least: int) -> dict[str, Callable[[], int]]:
    """Name of each engine -> how many sets it finds, everything it needs prepared."""
    import fim
    import pandas as pd
    from mlxtend.frequent_patterns import fpgrowth

    from analytics.itemsets import Baskets, mine

    n = len(rows)
    basket = np.repeat(np.arange(n), [len(row) for row in rows])
    codes, item = np.unique(np.concatenate([np.array(r, int) for r in rows]), return_inverse=True)
    table = np.zeros((n, len(codes)), bool)
    table[basket, item] = True
    frame = pd.DataFrame(table)
    return {"tidemark": lambda: len(mine(Baskets.of(basket, item, n, len(codes)), least)),
            "mlxtend": lambda: len(fpgrowth(frame, (least - 0.5) / n)),
            "pyfim": lambda: len(fim.fpgrowth(rows, supp=-least))}  # fmt: skip


def sets() -> None:
    """The classic sets: seconds of each engine, and how many times faster this one is."""
    ratios = []
    for name, least in SETS.items():
        engines = engines_of(rows_of(name), least)
        runs = {
            engine: [processor(work) for _ in range(REPEATS)] for engine, work in engines.items()
        }
        seconds = {engine: median(s for s, _ in some) for engine, some in runs.items()}
        found = {engine: some[0][1] for engine, some in runs.items()}
        ratios.append(seconds["mlxtend"] / seconds["tidemark"])
        say(f"{name:>11} at {least}: sets {found}, seconds "
            + ", ".join(f"{e} {s:.3f}" for e, s in seconds.items())
            + f"; mlxtend / tidemark {ratios[-1]:.1f}")  # fmt: skip
    say(f"against mlxtend: least {min(ratios):.1f}, median {median(ratios):.1f}")


ENGINE_RUN = """
import os, sys, json, time, resource
os.environ["OMP_NUM_THREADS"] = "1"
sys.path.insert(0, sys.argv[1])
import numpy as np
pairs = np.load(sys.argv[2], mmap_mode="r")
n, k, share, length = 500_000, 24, float(sys.argv[4]), int(sys.argv[5])
if sys.argv[3] == "tidemark":
    from analytics.itemsets import Baskets, mine
    from analytics.statistics import support_count
    basket, item = np.array(pairs[0]), np.array(pairs[1])
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    found = len(mine(Baskets(basket, item, n, k), support_count(share, n), length))
else:
    import fim
    rows = [row.tolist() for row in np.split(np.array(pairs[1]), np.flatnonzero(np.diff(pairs[0])) + 1)]
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    found = len(fim.fpgrowth(rows, supp=-int(np.ceil(share * n)), zmax=length))
used = time.process_time() - start
print(json.dumps({"sets": found, "seconds": used, "added_mb": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) / 1024,
                  "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


def customers() -> None:
    """500,000 customers, each engine in processes of its own."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "pairs.npy")
        table = correlated(CUSTOMERS)
        say(f"{CUSTOMERS:,} customers x {ITEMS} items, mean {table.sum() / CUSTOMERS:.2f} a basket")
        np.save(path, np.stack(np.nonzero(table)))
        for engine in ("tidemark", "pyfim"):
            runs = [json.loads(subprocess.run(
                [sys.executable, "-c", ENGINE_RUN, str(ROOT), path, engine, str(SUPPORT), str(LENGTH)],
                capture_output=True, text=True, check=True).stdout) for _ in range(REPEATS)]  # fmt: skip
            say(f"{engine:>9}: sets {runs[0]['sets']}, processor {median(r['seconds'] for r in runs):.2f} s, "
                f"memory added {median(r['added_mb'] for r in runs):.0f} MB, peak {median(r['peak_mb'] for r in runs):.0f} MB")  # fmt: skip


def _accounts(table: np.ndarray) -> Any:
    import polars as pl

    customer, item = np.nonzero(table)
    days = np.random.default_rng(3).integers(0, 1500, len(customer))
    return pl.DataFrame({
        "account_id": np.arange(len(customer)), "customer_id": customer, "product": item,
        "opened_on": np.datetime64("2020-01-01") + days.astype("timedelta64[D]"),
    }).with_columns(pl.col("account_id", "customer_id").cast(pl.String),
                    "p" + pl.col("product").cast(pl.String))  # fmt: skip


def slider() -> None:
    """What one move costs on 100,000 customers: compute, and the charts a page draws; the first one reads."""
    import tempfile
    from datetime import date

    from analytics.dataset import Dataset
    from analytics.drawing import specification
    from analytics.ingest.build import build_from_frames
    from analytics.registry import load
    from analytics.rules import RulesParams

    with tempfile.TemporaryDirectory() as folder:
        data = Dataset(
            build_from_frames(Path(folder), "bench", {"accounts": _accounts(correlated(100_000))})
        )
        analysis = load("rules")
        moves: list[dict[str, Any]] = [
            {"min_support": 0.01 + 0.001 * number} for number in range(6)
        ]
        moves += [
            {"min_confidence": 0.4},
            {"filters": "phi > 0.1"},
            {"sort_by": "phi"},
            {"min_lift": 1.5},
        ]
        for move in moves:
            params = RulesParams(**move)
            wall = time.perf_counter()
            used, result = processor(lambda p=params: analysis.compute(data, p, date(2024, 6, 30)))
            shown = analysis.charts_of(result)[:3]  # two beside each other and the open tab
            drawn, _ = processor(
                lambda r=result, s=shown: [specification(lambda c=c: c.build(r, "en")) for c in s]
            )
            say(f"{move}: {result.counts['rules_listed']} rules, compute {used:.2f} s, "
                f"charts {drawn:.2f} s of processor, {time.perf_counter() - wall:.2f} s in all")  # fmt: skip
        data.close()


def page() -> None:
    """From a step of the support to the new charts in a browser, 100,000 customers, beside a static page."""
    import argparse
    import tempfile

    import polars as pl

    from analytics.ingest.build import build_from_frames
    from analytics.store import Store
    from tests.bench.bench_pages import one_run

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        store = Store(home)
        accounts = _accounts(correlated(100_000))
        who = accounts["customer_id"].unique().sort()
        moved = who.to_frame().with_columns(
            happened_at=pl.datetime(2024, 6, 30, 12), amount=pl.lit(1)
        )
        build_from_frames(
            home / "trash" / "bench", "bench", {"accounts": accounts, "transactions": moved}
        )
        kept = store.put_kept(home / "trash" / "bench", "bench")
        store.close()
        asked = argparse.Namespace(
            page="rules", key="rules.min_support", changes=20, warm_up=4, picture=None
        )
        start = f"{kept.key}&rules.min_support=0.0305"  # every step to the left adds rules
        say(json.dumps(one_run(asked, home, start)))


def noise() -> None:
    """200 shuffles of 5,000 customers, and of 500: how many gave any rule at the default settings."""
    import polars as pl

    from analytics.itemsets import Baskets
    from analytics.rules import RulesParams
    from analytics.rules.baskets import Holdings
    from analytics.rules.discover import discover, shuffled

    nobody = pl.DataFrame(schema={"customer_key": pl.Int64, "customer_id": pl.String,
                                  "opened_on": pl.Date, "consent": pl.Boolean})  # fmt: skip
    for size in (500, 5_000):
        basket, item = np.nonzero(correlated(size))
        held = Holdings(Baskets.of(basket, item, size, ITEMS), tuple(f"p{i:02}" for i in range(ITEMS)),
                        np.full(size, -1), nobody, "orders", np.full(size, -1))  # fmt: skip
        runs = [discover(shuffled(held.baskets, seed), held, RulesParams()) for seed in range(200)]
        say(f"{size} customers: {sum(r.frame.height > 0 for r in runs)} of 200 shuffles gave any rule; "
            f"over the thresholds {np.mean([r.over_thresholds for r in runs]):.1f} at the mean, before the "
            f"shuffle {discover(held.baskets, held, RulesParams()).frame.height} believed")  # fmt: skip


def main() -> None:
    # Customers first: a child process starts with the peak of memory that its parent has reached.
    asked = sys.argv[1:] or ["customers", "sets", "slider", "noise"]
    say(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, memory at start "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")  # fmt: skip
    for part in asked:
        {"sets": sets, "customers": customers, "slider": slider, "page": page, "noise": noise}[
            part
        ]()


if __name__ == "__main__":
    main()
