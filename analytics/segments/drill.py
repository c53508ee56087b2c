"""From a mark or a row back to the customers behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from analytics.segments.result import SegmentsResult
from analytics.text import Text, UserError

# The columns of a table that say which customers a row stands for; none: every customer.
KEYS: Mapping[str, tuple[str, ...]] = {
    "assignment": ("customer_id",), "segments": ("segment",), "profiles": ("segment",),
    "criteria": (), "silhouettes": ("segment",), "projection": ("x", "y", "segment"), "structure": (),
    "features": (), "feature_table": ("customer_id",), "samples": ("segment",),
    "migration": ("from_segment", "to_segment"), "drift": (), "breakdown": ("group", "segment"),
    "groups": ("group",),
}  # fmt: skip


def behind(result: SegmentsResult, table: str, row: Mapping[str, Any]) -> pl.Series:
    """Ids of the customers that `row` of `table` counts, in the order of the id."""
    names = KEYS.get(table)
    known = {} if names is None else {name: row[name] for name in names if name in row}
    if names is None or table not in result.tables or (names and not known):
        expected = ", ".join(names or KEYS)
        raise UserError(Text(f"No row of {table!r} is described; expected {expected}.",
                             f"未指明“{table}”的行；应包含 {expected}。"), "row")  # fmt: skip
    if table == "migration":
        return _moved(result, known)
    if table == "projection" and {"x", "y"} <= known.keys():
        known.pop("segment", None)  # a hexagon is drawn in the colour of its largest segment
    conditions = [pl.col(name).eq_missing(pl.lit(value)) for name, value in known.items()]
    return result.customers.filter(pl.all_horizontal(pl.lit(True), *conditions))["customer_id"]


def _moved(result: SegmentsResult, known: Mapping[str, Any]) -> pl.Series:
    assert result.moves is not None  # the table `migration` is made of it
    conditions = [pl.col(name).eq_missing(pl.lit(value)) for name, value in known.items()]
    return result.moves.filter(pl.all_horizontal(conditions))["customer_id"]
