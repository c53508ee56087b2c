"""From a mark or a row back to the customers behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from analytics.text import Text, UserError

# The columns of a table that say which customers a row stands for; none: every customer.
KEYS: Mapping[str, tuple[str, ...]] = {
    "assignment": ("customer_id",), "segments": ("segment",), "profiles": ("segment",),
    "criteria": (), "silhouettes": ("segment",), "projection": ("x", "y", "segment"), "structure": (),
    "features": (), "feature_table": ("customer_id",), "samples": ("segment",), "loadings": (),
    "migration": ("from_segment", "to_segment"), "drift": (), "breakdown": ("group", "segment"),
    "groups": ("group",), "comparison": ("segment", "other_segment"),
}  # fmt: skip


def behind(customers: pl.DataFrame, moves: pl.DataFrame | None, tables: Mapping[str, pl.DataFrame],
           table: str, row: Mapping[str, Any]) -> pl.Series:  # fmt: skip
    """Ids of the customers that `row` of `table` counts, in the order of the id.

    Args:
        customers: customer_id and the columns of KEYS.
        moves: customer_id, from_segment, to_segment; None without an earlier day.
        tables: the result's tables.
        table: name of the table.
        row: values by column; at least one key column of the table, if it has any.
    """
    names = KEYS.get(table)
    known = {} if names is None else {name: row[name] for name in names if name in row}
    if names is None or table not in tables or (names and not known):
        expected = ", ".join(names or KEYS)
        raise UserError(Text(f"No row of {table!r} is described; expected {expected}.",
                             f"未指明“{table}”的行；应包含 {expected}。"), "row")  # fmt: skip
    if table == "projection" and {"x", "y"} <= known.keys():
        known.pop("segment", None)  # a hexagon is drawn in the colour of its largest segment
    conditions = [pl.col(name).eq_missing(pl.lit(value)) for name, value in known.items()]
    people = moves if table == "migration" and moves is not None else customers
    return people.filter(pl.all_horizontal(pl.lit(True), *conditions))["customer_id"]
