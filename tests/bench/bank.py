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


MONTHS, PAID_TO_CUSTOMERS = 36, 0.03


def write_bank(folder: Path, customers: int, transactions: int, seed: int = SEED,
               network: bool = False, booked: bool = False) -> Path:  # fmt: skip
    """A dataset file with customers and transactions; activity is skewed the way banks see it.

    With `network` also accounts, a counterparty where one customer pays another (one movement in
    33), and month-end balances; with `booked` too, every movement names its account.
    """
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
    if network:
        _add_network(frames, ids, draw)
    if network and booked:
        frames["transactions"] = frames["transactions"].with_columns(
            account_id=pl.concat_str(pl.lit("a"), "customer_id"))  # fmt: skip
    return build_from_frames(folder, "bench", frames)


def _add_network(
    frames: dict[str, pl.DataFrame], ids: np.ndarray, draw: np.random.Generator
) -> None:
    """Accounts, payments between customers, and balances that wander month by month."""
    accounts = np.char.add("a", ids)
    n = frames["transactions"].height
    paid = np.flatnonzero(draw.random(n) < PAID_TO_CUSTOMERS)
    names = np.full(n, "", accounts.dtype)
    names[paid] = draw.choice(accounts, size=len(paid))
    frames["transactions"] = frames["transactions"].with_columns(
        counterparty=pl.Series(names).replace("", None))  # fmt: skip
    frames["accounts"] = pl.DataFrame({"account_id": accounts, "customer_id": ids})
    steps = draw.normal(0, 0.1, size=(len(ids), MONTHS)).cumsum(axis=1) + draw.normal(
        9, 1, size=(len(ids), 1)
    )
    ends = pl.date_range(START.date(), pl.lit(START.date()).dt.offset_by("35mo"), "1mo", eager=True)
    frames["balances"] = pl.DataFrame({
        "account_id": np.repeat(accounts, MONTHS), "customer_id": np.repeat(ids, MONTHS),
        "balance_on": pl.concat([ends.dt.month_end()] * len(ids)),
        "balance": pl.Series(np.exp(steps).ravel().round(2)).cast(pl.Decimal(18, 4))})  # fmt: skip
