"""How far the early warning gets from the naive floor to the ceiling, on invented banks.

    python -m tests.bench.bench_churn [customers] [seed ...]

The floor is the days since the last active day, the ceiling the generator's true hazard of the month
after the day judged (nobody knows the months after that one). Both outcomes are marked against the
day on which a customer truly left: the model never sees it. The way is (model - floor) / (ceiling -
floor) in PR-AUC, on the judged day and on the last day with 91 days to come.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from analytics import evaluation
from analytics.churn import ChurnParams, compute
from analytics.text import Text
from sample_data.write import TRUE_HAZARD
from tests.life_bank import life_bank

HORIZON_DAYS = 91


def true_hazard(folder: Path, day: date, customers: pl.Series) -> np.ndarray:
    """The generator's chance of leaving in the month after `day`, 0 for who has left."""
    month = (day + timedelta(days=1)).isoformat()[:7]
    told = pl.read_csv(folder / "csv" / TRUE_HAZARD, separator="\t",
                       schema_overrides={"customer_id": pl.String}).filter(month=month)  # fmt: skip
    return customers.to_frame("customer_id").join(
        told, on="customer_id", how="left", maintain_order="left")["hazard"].fill_null(0).to_numpy()  # fmt: skip


def way(name: str, folder: Path, truth: dict[str, Any], day: date, customers: pl.Series,
        idle: np.ndarray, probability: np.ndarray) -> str:  # fmt: skip
    """One line of figures, for those who had not left by `day` and for all scored."""
    left = {c: date.fromisoformat(d) for c, d in truth["churned"].items()}
    leaves = [left.get(c, date.max) for c in customers]
    hit = np.array([day < d <= day + timedelta(days=HORIZON_DAYS) for d in leaves])
    judge = lambda score, sure: evaluation.judge(score, hit, Text("", ""), probability=sure)  # noqa: E731
    floor, ceiling = (judge(s, False).pr_auc for s in (idle, true_hazard(folder, day, customers)))
    board = judge(probability, True)
    lift = dict(board.top.select("share", "lift").iter_rows())[0.1]
    part = (board.pr_auc - floor) / (ceiling - floor)
    return (f"{name} {day}: {board.n} scored, {board.hits} left; PR-AUC floor {floor:.3f}, model "
            f"{board.pr_auc:.3f}, ceiling {ceiling:.3f}: {part:.0%} of the way; lift {lift:.2f}, "
            f"ECE {board.calibration_error:.2%}\n")  # fmt: skip


def main() -> None:
    """Write the figures of every seed."""
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    for seed in [int(s) for s in sys.argv[2:]] or [101, 102, 103]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            data, truth = life_bank(folder, customers, seed)
            end = date.fromisoformat(truth["as_of"])
            began = time.process_time()
            found = compute(data, ChurnParams(), end)
            spent = time.process_time() - began
            taught = found.facts["taught"]
            ids = data.query("SELECT customer_id FROM customers ORDER BY customer_key")[
                "customer_id"
            ]
            sys.stdout.write(f"seed {seed}: {taught.model.name}, taught on {taught.teaching[0]} customer-days, "
                             f"{spent:.0f} s of processor\n")  # fmt: skip
            told = taught.judged
            sys.stdout.write(way("judged", folder, truth, told.day, ids[told.place.tolist()],
                                 told.signals["idle_days"].to_numpy(), taught.probability))  # fmt: skip
            day = end - timedelta(days=HORIZON_DAYS + 1)
            scores = compute(data, ChurnParams(), day).frames["scores"]
            sys.stdout.write(way("scored", folder, truth, day, scores["customer_id"],
                                 scores["idle_days"].to_numpy(), scores["probability"].to_numpy()))  # fmt: skip
            data.close()


if __name__ == "__main__":
    main()
