"""A bank of any size for benches, written by NumPy in seconds; plausible in shape, not in detail."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl

from analytics.ingest.build import build_from_frames

START = datetime(2022, 1, 1)
DAYS = 3 * 365
SEED = 7
KINDS = ("transfer", "card", "bill", "withdrawal", "salary", "interest", "deposit", "fee")
CREDITS = ("salary", "interest", "deposit")
REGIONS = ("north", "south", "east", "west", "centre")


def write_bank(folder: Path, customers: int, transactions: int, seed: int = SEED) -> Path:
    """A dataset file with customers and transactions; activity is skewed the way banks see it."""
    draw = np.random.default_rng(seed)
    ids = np.char.add("c", np.char.zfill(np.arange(customers).astype(str), 8))
    weight = draw.gamma(0.6, size=customers) + 0.02
    who = draw.choice(customers, size=transactions, p=weight / weight.sum())
    seconds = draw.integers(0, DAYS * 86400, size=transactions)
    cents = np.round(np.exp(draw.normal(9.0, 1.4, size=transactions)))
    kind = draw.choice(KINDS, size=transactions)
    sign = np.where(np.isin(kind, CREDITS), 1, -1)
    frames = {
        "customers": pl.DataFrame({
            "customer_id": ids, "region": draw.choice(REGIONS, size=customers),
            "birth_year": draw.integers(1940, 2006, size=customers)}),
        "transactions": pl.DataFrame({
            "customer_id": ids[who],
            "happened_at": np.datetime64(START, "us") + (seconds * 1_000_000).astype("timedelta64[us]"),
            "amount": pl.Series(cents * sign / 100).cast(pl.Decimal(18, 4)),
            "kind": kind}),
    }  # fmt: skip
    return build_from_frames(folder, "bench", frames)
