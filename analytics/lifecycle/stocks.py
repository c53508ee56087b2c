"""How many stand in every stage at every month end, and what they hold."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import polars as pl

from analytics.lifecycle.balances import money
from analytics.lifecycle.schemes import Scheme

Array = np.ndarray


def table(customers: Array, ends: list[date], scheme: Scheme, censored: Array) -> pl.DataFrame:
    """month, stage, customers, share, left_censored; the latest month first, the largest stage first.

    `customers` has the shape (boundaries, stages); a month without any is left out.
    """
    total = customers.sum(axis=1)
    rows = [(day, name, int(n), n / total[at], bool(censored[at]))
            for at, day in enumerate(ends) if total[at]
            for name, n in zip(scheme.names, customers[at], strict=True)]  # fmt: skip
    return pl.DataFrame(rows, orient="row", schema={
        "month": pl.Date, "stage": pl.String, "customers": pl.Int64, "share": pl.Float64,
        "left_censored": pl.Boolean}).sort(
        "month", "customers", "stage", descending=[True, True, False])  # fmt: skip


def valued(counted: pl.DataFrame, codes: Array, held: Array | None, ends: list[date], scheme: Scheme
           ) -> pl.DataFrame:  # fmt: skip
    """`table` with the balance of every row, null where none is known."""
    known = {} if held is None else {
        (day, name): sum_ for at, day in enumerate(ends)
        for name, sum_ in zip(scheme.names, balances(codes[at], held[at], scheme), strict=True)}  # fmt: skip
    sums = [known.get(key) for key in counted.select("month", "stage").iter_rows()]
    return counted.with_columns(balance=pl.Series(sums, dtype=pl.Decimal(38, 4))).select(
        "month", "stage", "customers", "share", "balance", "left_censored")  # fmt: skip


def balances(codes: Array, amount: Array, scheme: Scheme) -> list[Decimal]:
    """What the customers of each stage hold together; code -1 is of no stage."""
    return [money(one) for one in _sums(codes + 1, amount, len(scheme.names) + 1)[1:]]


def _sums(code: Array, amount: Array, codes: int) -> list[int]:
    """Exact sums of integers per code: by their halves, which floating point holds exactly."""
    high, low = (
        np.bincount(code, weights=half, minlength=codes)
        for half in (amount >> 24, amount & 0xFFFFFF)
    )
    return [(int(a) << 24) + int(b) for a, b in zip(high, low, strict=True)]
