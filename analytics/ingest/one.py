"""One row of an answer, and rows of Python's as a relation.

Why not `fetchone`: an unfinished one would block the connection's next statement.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb


def one_row(con: duckdb.DuckDBPyConnection, sql: str, values: Any = None) -> tuple[Any, ...]:
    """The first row; an empty tuple of an empty answer."""
    rows = (
        con.execute(sql, values).fetchall() if values is not None else con.execute(sql).fetchall()
    )
    return rows[0] if rows else ()


def relation(types: Mapping[str, str]) -> str:
    """SQL of rows that are bound as one list per column, under the column's name."""
    return "(SELECT " + ", ".join(f"unnest(${c}::{t}[]) AS {c}" for c, t in types.items()) + ")"
