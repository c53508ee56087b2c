"""One row of an answer. An unfinished `fetchone` would block the connection's next statement."""

from __future__ import annotations

from typing import Any

import duckdb


def one_row(con: duckdb.DuckDBPyConnection, sql: str, values: Any = None) -> tuple[Any, ...]:
    """The first row; an empty tuple of an empty answer."""
    rows = (
        con.execute(sql, values).fetchall() if values is not None else con.execute(sql).fetchall()
    )
    return rows[0] if rows else ()
