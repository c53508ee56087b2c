"""From a row of a chain's table, or a part of one, to the customers behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
import polars as pl

from analytics.sequences import groups
from analytics.sequences.apart import Apart
from analytics.sequences.builder import Sequences
from analytics.text import Text, UserError


class Chained(Protocol):
    """A result about the steps of sequences, which may compare two groups."""

    @property
    def built(self) -> Sequences: ...

    @property
    def apart(self) -> Apart | None: ...


def behind(
    result: Chained, table: str, row: Mapping[str, Any], steps: Callable[[], np.ndarray]
) -> pl.Series:
    """Ids of the customers behind a row.

    Args:
        result: of a chain.
        table: name of the row's table.
        row: column values.
        steps: which steps the row is about, one bool per event; a row that names none of them is
            about everybody.
    """
    built = result.built
    if not row:
        raise UserError(Text(f"No row of {table!r} is described.", f"未指明“{table}”的行。"), "row")
    if table == "compared" and result.apart is not None:
        return result.apart.customers(row, built.customers)
    if "customer_id" in row:
        return built.customers.filter(customer_id=row["customer_id"])["customer_id"]
    return groups.of_group(built, built.ids(built.events.sequence[steps()]), row)
