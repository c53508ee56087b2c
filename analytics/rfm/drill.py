"""From a mark or a row back to the customers behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from analytics.rfm.scores import MEASURES
from analytics.rfm.summaries import status
from analytics.text import Text, UserError

# The columns of a table that say which customers a row stands for.
KEYS: Mapping[str, tuple[str, ...]] = {
    "rfm": ("customer_id",), "segments": ("segment",), "grid": ("r", "f"),
    "cuts": ("measure", "score"), "distribution": ("measure", "bin"), "coverage": ("status",),
    "breakdown": ("group", "segment"), "groups": ("group",),
}  # fmt: skip


def behind(customers: pl.DataFrame, tables: Mapping[str, pl.DataFrame], table: str,
           row: Mapping[str, Any]) -> pl.Series:  # fmt: skip
    """Ids of the customers that `row` of `table` counts, in the order of the id.

    Args:
        customers: the result's customers.
        tables: the result's tables.
        table: name of the table.
        row: values by column; at least one key column of the table.
    """
    known = {name: row[name] for name in KEYS.get(table, ()) if name in row}
    if table not in tables or not known:
        expected = ", ".join(KEYS.get(table, tuple(KEYS)))
        raise UserError(Text(f"No row of {table!r} is described; expected {expected}.",
                             f"未指明“{table}”的行；应包含 {expected}。"), "row")  # fmt: skip
    return customers.filter(_condition(tables[table], table, known))["customer_id"]


def _condition(frame: pl.DataFrame, table: str, known: Mapping[str, Any]) -> pl.Expr:
    if table == "coverage":
        return status() == known["status"]
    if table == "cuts":
        return pl.col(MEASURES[known["measure"]][1]) == known["score"]
    if table == "distribution":
        return _in_bin(frame, known)
    scored = pl.lit(True) if table == "groups" else pl.col("r").is_not_null()
    return pl.all_horizontal(
        scored, *(pl.col(name).eq_missing(pl.lit(value)) for name, value in known.items()))  # fmt: skip


def _in_bin(frame: pl.DataFrame, known: Mapping[str, Any]) -> pl.Expr:
    """Values from a bin's start, below the next; the open last bin has no end."""
    chosen = frame.filter(measure=known["measure"], bin=known["bin"])
    value = pl.col(MEASURES[known["measure"]][0]).cast(pl.Float64)
    scored = pl.col("r").is_not_null()
    if chosen.is_empty():
        return pl.lit(False)
    one = chosen.row(0, named=True)
    inside = scored & (value >= one["from_value"])
    return inside if one["open_ended"] else inside & (value < one["to_value"])
