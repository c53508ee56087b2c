"""A random sample of customer-days that no rule flagged, for judging: the way to know the recall.

Drawn from the ledger by seed, so that it stays the same while sliders move; what a moved slider flags
falls out of it.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from analytics.anomalies.ledger import Ledger

SIZE, SPARE = (
    30,
    4,
)  # customer-days offered; drawn so many times as many, for those flagged or drawn twice


def day_starts(book: Ledger) -> np.ndarray:
    """Where each customer-day with a movement begins in the ledger; rising."""
    if not len(book.day):
        return np.zeros(0, int)
    other = (book.day[1:] != book.day[:-1]) | (book.place[1:] != book.place[:-1])
    return np.flatnonzero(np.r_[True, other]).astype(np.int32)


def unflagged(book: Ledger, starts: np.ndarray, flagged: pl.DataFrame, seed: int) -> pl.DataFrame:
    """customer_key, day, movements, largest (signed), usual: drawn from the days nobody flagged.

    Args:
        book: the ledger.
        starts: as `day_starts`.
        flagged: customer_key and day (since 1970) of the cases listed.
        seed: of the draw.
    """
    few = min(SIZE * SPARE, len(starts))
    draw = np.random.default_rng(seed).choice(len(starts), few, replace=False)
    begin = starts[draw]
    end = np.r_[starts, len(book.day)][draw + 1]
    largest = [
        book.amount[b:e][np.abs(book.amount[b:e]).argmax()] for b, e in zip(begin, end, strict=True)
    ]
    frame = pl.DataFrame({
        "customer_key": book.customer[begin].astype(np.int32), "day": book.day[begin],
        "movements": (end - begin).astype(np.int64), "largest": pl.Series(largest, dtype=pl.Float64),
        "usual": np.exp(book.usual[book.place[begin]])})  # fmt: skip
    rest = frame.with_columns(pl.col("usual").fill_nan(None)).join(
        flagged.select(pl.col("customer_key").cast(pl.Int32), pl.col("day").cast(pl.Int32)),
        on=["customer_key", "day"], how="anti", maintain_order="left")  # fmt: skip
    return rest.head(SIZE)
