"""A random sample of customer-days that are not on the list, for judging: the way to know the recall.

What is estimated is the recall of the list, so the sample stands for every day that is not on it: days
no rule flagged, and days a rule flagged but capacity or the cut left out. Both were missed alike, for
nobody was asked to look at them.

Drawn from the ledger by seed, so that it stays the same while sliders move; what a moved slider lists
falls out of it, and what it takes off the list may come in.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from analytics.anomalies.ledger import Ledger

SIZE = 30  # customer-days offered
SPARE = 4  # so many times as many are drawn, for those listed


def day_starts(book: Ledger) -> np.ndarray:
    """Where each customer-day with a movement begins in the ledger; rising."""
    if not len(book.day):
        return np.zeros(0, int)
    other = (book.day[1:] != book.day[:-1]) | (book.place[1:] != book.place[:-1])
    return np.flatnonzero(np.r_[True, other]).astype(np.int32)


def drawn(book: Ledger, starts: np.ndarray, seed: int) -> pl.DataFrame:
    """customer_key, day, movements, largest (signed), usual: of days drawn at random, listed or not.

    Args:
        book: the ledger.
        starts: as `day_starts`.
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
    return frame.with_columns(pl.col("usual").fill_nan(None))


def unlisted(sample: pl.DataFrame, listed: pl.Expr) -> pl.DataFrame:
    """customer_id, day, movements, largest, usual: the first `SIZE` days of the sample not on the list.

    Args:
        sample: as `summaries.sample`.
        listed: whether the case of a row is on the list; null for a day that is no case.
    """
    rest = sample.filter(~listed.fill_null(False)).head(SIZE)
    return rest.select("customer_id", "day", "movements", "largest", "usual")
