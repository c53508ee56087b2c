"""Peer groups: with whom a customer's habits and movements are compared.

Without a choice the whole bank is one group. A group of fewer than `LEAST` customers with a baseline
joins the others of its kind, since nobody is unusual among three.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from analytics.anomalies.amounts import Sizes
from analytics.anomalies.ledger import Ledger
from analytics.dataset import Dataset, Population

Array = np.ndarray
LEAST = 30


@dataclass(frozen=True)
class Peers:
    """Peer group of every customer, and how large movements usually are there.

    Args:
        group: shape (customers of the ledger,), a number per customer.
        ordered: per group the log excesses of its judged movements, rising.
    """

    group: Array
    ordered: tuple[Array, ...]

    def percentile(self, place: Array, excess: Array) -> Array:
        """Share of the peer group's movements that are smaller against their customer's usual largest."""
        found = np.zeros(len(place))
        for number, values in enumerate(self.ordered):
            at = self.group[place] == number
            if len(values):
                found[at] = np.searchsorted(values, excess[at]) / len(values)
        return found


def everybody(book: Ledger, sizes: Sizes) -> Peers:
    """One group of all."""
    return Peers(np.zeros(len(book.keys), np.int32), (sizes.ordered,))


def by_group(book: Ledger, sizes: Sizes, named: pl.DataFrame) -> Peers:
    """Peers by the groups of `named` (customer_key, group_name)."""
    order = pl.DataFrame({"customer_key": book.keys}).join(
        named.with_columns(pl.col("customer_key").cast(pl.Int64)),
        on="customer_key", how="left", maintain_order="left")  # fmt: skip
    names = order["group_name"].fill_null("")
    known = names.filter(pl.Series(~np.isnan(book.usual)))
    large = sorted(known.value_counts().filter(pl.col("count") >= LEAST)[known.name])
    number = {name: i for i, name in enumerate(large)}
    group = np.array([number.get(name, len(large)) for name in names], np.int32)
    at = np.flatnonzero(book.judged)
    of = group[book.place[at]]
    ordered = tuple(
        np.sort(sizes.excess[at[of == i]].astype(np.float32)) for i in range(len(large) + 1)
    )
    return Peers(group, ordered)


def read(data: Dataset, as_of: date, population: Population, group: str) -> pl.DataFrame:
    """customer_key and group_name of every customer of the population."""
    with data.scope(as_of, population, group) as scope:
        return scope.query(
            "SELECT customer_key, group_name FROM customer_groups", step="peer groups"
        )
