"""Write the immutable dataset file from typed tables: keys, sort order, manifest, fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from analytics.dataset import FILE_NAME, connect
from analytics.schema import SQL_TYPES, TABLES, Table


def build_from_frames(folder: Path, name: str, frames: Mapping[str, pl.DataFrame]) -> Path:
    """A dataset file from canonical frames (ids as text); extra columns become attributes.

    Returns the path of the file, ready for `Dataset(path)`. For tests and for tools that already
    hold typed frames; extracts come in through `analytics.ingest`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE_NAME
    con = connect(path, read_only=False)
    tables: dict[str, Any] = {}
    for table, frame in frames.items():
        con.register(f"staged_{table}", frame)
        tables[table] = _describe(TABLES[table], frame)
    _write_customers(con, frames)
    _write_accounts(con, frames)
    for one in TABLES.values():
        if one.name not in ("customers", "accounts"):
            _write_facts(con, one, frames.get(one.name))
    _write_manifest(con, name, tables)
    con.close()
    return path


def _describe(table: Table, frame: pl.DataFrame) -> dict[str, Any]:
    known = {c.name for c in table.columns}
    extra = [c for c in frame.columns if c not in known]
    n = frame.height
    return {"rows_in": n, "loaded": n, "rejected": 0, "duplicates": 0, "duplicates_removed": 0,
            "skipped": 0, "columns": [c for c in frame.columns if c in known],
            "attributes": {f"a{i}": title for i, title in enumerate(extra)}}  # fmt: skip


def _select(table: Table, frame: pl.DataFrame | None, skip: tuple[str, ...] = ()) -> str:
    have = set(frame.columns) if frame is not None else set()
    parts = [f'{f"s.{c.name}" if c.name in have else "NULL"}::{SQL_TYPES[c.kind]} AS {c.name}'
             for c in table.columns if c.name not in skip]  # fmt: skip
    extra = [] if frame is None else [c for c in frame.columns
                                      if c not in {k.name for k in table.columns}]  # fmt: skip
    quoted = [c.replace('"', '""') for c in extra]
    return ", ".join(parts + [f's."{c}"::VARCHAR AS a{i}' for i, c in enumerate(quoted)])


def _ids(frames: Mapping[str, pl.DataFrame], column: str) -> str:
    return " UNION ".join(f"SELECT DISTINCT {column} AS id FROM staged_{t} WHERE {column} IS NOT NULL"
                          for t, f in frames.items() if column in f.columns) or "SELECT NULL AS id WHERE false"  # fmt: skip


def _write_customers(con: duckdb.DuckDBPyConnection, frames: Mapping[str, pl.DataFrame]) -> None:
    frame = frames.get("customers")
    source = (
        "(SELECT DISTINCT ON (customer_id) * FROM staged_customers ORDER BY ALL)"
        if frame is not None
        else "(SELECT NULL::VARCHAR AS customer_id WHERE false)"
    )
    con.execute(f"""
        CREATE TABLE customers AS
        SELECT (row_number() OVER (ORDER BY i.id) - 1)::INTEGER AS customer_key, i.id::VARCHAR AS customer_id,
               s.customer_id IS NOT NULL AS listed, {_select(TABLES["customers"], frame, ("customer_id",))}
        FROM ({_ids(frames, "customer_id")}) i LEFT JOIN {source} s ON s.customer_id = i.id
        ORDER BY 1""")


def _write_accounts(con: duckdb.DuckDBPyConnection, frames: Mapping[str, pl.DataFrame]) -> None:
    frame = frames.get("accounts")
    source = "(SELECT DISTINCT ON (account_id) * FROM staged_accounts ORDER BY ALL)" if frame is not None else (
        "(SELECT NULL::VARCHAR AS account_id, NULL::VARCHAR AS customer_id WHERE false)")  # fmt: skip
    con.execute(f"""
        CREATE TABLE accounts AS
        SELECT (row_number() OVER (ORDER BY i.id) - 1)::INTEGER AS account_key, i.id::VARCHAR AS account_id,
               c.customer_key, s.account_id IS NOT NULL AS listed,
               {_select(TABLES["accounts"], frame, ("account_id", "customer_id"))}
        FROM ({_ids(frames, "account_id")}) i LEFT JOIN {source} s ON s.account_id = i.id
        LEFT JOIN customers c ON c.customer_id = s.customer_id ORDER BY 1""")


def _write_facts(con: duckdb.DuckDBPyConnection, table: Table, frame: pl.DataFrame | None) -> None:
    have = set(frame.columns) if frame is not None else set()
    source = f"staged_{table.name}" if frame is not None else "(SELECT 1 WHERE false)"
    joins, keys = "", "NULL::INTEGER AS customer_key"
    if "customer_id" in have:
        joins, keys = " LEFT JOIN customers c USING (customer_id)", "c.customer_key"
    account = any(c.name == "account_id" for c in table.columns)
    if "account_id" in have:
        joins += " LEFT JOIN accounts a USING (account_id)"
        own = "c.customer_key" if "customer_id" in have else "NULL"
        keys = f"coalesce({own}, a.customer_key) AS customer_key, a.account_key"
    elif account:
        keys += ", NULL::INTEGER AS account_key"
    order = "customer_key, happened_at" if table.name == "transactions" else "customer_key"
    con.execute(f"CREATE TABLE {table.name} AS SELECT {keys}, "
                f"{_select(table, frame, ('customer_id', 'account_id'))} "
                f"FROM {source} s{joins} ORDER BY {order}")  # fmt: skip


def _write_manifest(con: duckdb.DuckDBPyConnection, name: str, tables: dict[str, Any]) -> None:
    digest = hashlib.sha256(json.dumps(tables, sort_keys=True).encode())
    for table in TABLES:
        row = con.execute(f"SELECT sum(hash(t)), count(*) FROM {table} t").fetchone()
        digest.update(repr(row).encode())
    manifest: dict[str, Any] = {"name": name, "fingerprint": digest.hexdigest()[:16], "as_of": _as_of(con).isoformat(),
                "currency": _currency(con), "zone": "Asia/Shanghai", "tables": tables, "findings": []}  # fmt: skip
    con.execute("CREATE TABLE manifest (name VARCHAR, value VARCHAR)")
    con.execute("INSERT INTO manifest VALUES ('manifest', ?)", [json.dumps(manifest, ensure_ascii=False)])  # fmt: skip


def _as_of(con: duckdb.DuckDBPyConnection) -> date:
    row = con.execute("""SELECT quantile_disc(d, 0.999) FROM (SELECT happened_at::DATE AS d FROM transactions
        UNION ALL SELECT happened_at::DATE FROM events UNION ALL SELECT balance_on FROM balances)""").fetchone()  # fmt: skip
    return (row and row[0]) or date(1970, 1, 1) + timedelta(0)


def _currency(con: duckdb.DuckDBPyConnection) -> str | None:
    row = con.execute("""SELECT currency FROM transactions WHERE currency IS NOT NULL
        GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1""").fetchone()
    return row[0] if row else None
