"""Customers and accounts: one row for every id seen anywhere, with a dense integer key.

An id that only other tables name gets a row with `listed` false. A customers or accounts extract
that names an id twice cannot be loaded twice: an equal row is a removed duplicate, a different one
is rejected as `duplicate_key`; the first of the file stays.

A joint account counts for its owner. Everybody who holds an account stands in `holders`.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from analytics.ingest.one import one_row
from analytics.schema import SQL_TYPES, TABLES

OLD_FILE = 1_000_000  # file number of an older dataset's customers: newer descriptions come first


@dataclass(frozen=True)
class Part:
    """One staged relation of a canonical table; `file` numbers the files of the import."""

    relation: str
    columns: tuple[str, ...]
    file: int = 0
    checked: bool = True  # has reason_ (NULL for a good row) and rowid
    extra_rows: int = 0  # rows that come from no file of this import (an older dataset)
    coded: frozenset[str] = frozenset()  # columns staged as ENUM; they become text when written


def union(table: str, parts: list[Part], attributes: list[str]) -> str:
    """SQL of all good rows of a table: every canonical column, attributes, `file_`, `extra_`."""
    if not parts:
        return f"SELECT * FROM ({_part(table, None, attributes)}) WHERE false"
    return " UNION ALL ".join(_part(table, p, attributes) for p in parts)


def _part(table: str, part: Part | None, attributes: list[str]) -> str:
    have, coded = (part.columns, part.coded) if part else ((), frozenset())
    types = {c.name: SQL_TYPES[c.kind] for c in TABLES[table].columns}
    types |= dict.fromkeys(attributes, "VARCHAR")
    columns = [
        name if name in coded else f"{name if name in have else 'NULL'}::{type_} AS {name}"
        for name, type_ in types.items()
    ]
    columns.append(f"{'extra_' if 'extra_' in have else 'NULL'}::UBIGINT AS extra_")
    columns.append(f"{part.file if part else 0}::INTEGER AS file_")
    if table in ("customers", "accounts"):
        columns.append(f"{'rowid' if part and part.checked else '0'}::BIGINT AS row_")
    where = " WHERE reason_ IS NULL" if part and part.checked else ""
    return f"SELECT {', '.join(columns)} FROM {part.relation if part else '(SELECT 1)'}{where}"


@dataclass(frozen=True)
class Repeat:
    """A row of a keyed table whose id came before: position in its file, and whether it is equal."""

    file: int
    row: int
    equal: bool


def keyed(
    con: duckdb.DuckDBPyConnection, table: str, parts: list[Part], attributes: list[str]
) -> list[Repeat]:
    """Create `one_<table>`: the first row of every id; return the rows that were left out."""
    key = TABLES[table].key
    con.execute(f"CREATE TEMP TABLE one_{table} AS {union(table, parts, attributes)}")
    row = one_row(con, f"SELECT count(*), count(DISTINCT {key}) FROM one_{table}")
    if row[0] == row[1]:
        return []
    content = ", ".join([c.name for c in TABLES[table].columns] + attributes + ["extra_"])
    con.execute(f"""CREATE TEMP TABLE ranked_{table} AS SELECT file_, row_, {key} AS id, hash({content}) AS h,
        row_number() OVER w AS nth, first_value(hash({content})) OVER w AS first_h
        FROM one_{table} WINDOW w AS (PARTITION BY {key} ORDER BY file_, row_)""")
    repeats = con.execute(
        f"SELECT file_, row_, h = first_h FROM ranked_{table} WHERE nth > 1 ORDER BY 1, 2"
    ).fetchall()
    con.execute(
        f"DELETE FROM one_{table} WHERE (file_, row_) IN (SELECT (file_, row_) FROM ranked_{table} WHERE nth > 1)"
    )
    return [Repeat(*r) for r in repeats]


def write_keys(con: duckdb.DuckDBPyConnection, parts: dict[str, list[Part]], attributes: dict[str, list[str]],
               bridge: str | None) -> None:  # fmt: skip
    """Write `customers`, `accounts` and `holders` from `one_customers`, `one_accounts` and a bridge.

    Args:
        con: connection to the new file.
        parts: staged relations of every table.
        attributes: internal attribute columns of every table.
        bridge: relation (account_id, customer_id, is_owner), if there is one.
    """
    _write_customers(con, _ids(parts, "customer_id", bridge), attributes.get("customers", []))
    con.execute(f"CREATE TEMP TABLE owner_of AS {_owners(bridge)}")
    _write_accounts(con, _ids(parts, "account_id", bridge), attributes.get("accounts", []))
    pairs = "SELECT account_id, customer_id, true AS is_owner FROM one_accounts WHERE customer_id IS NOT NULL"
    if bridge:
        pairs = f"SELECT DISTINCT account_id, customer_id, is_owner FROM {bridge}"
    con.execute(f"""CREATE TABLE holders AS SELECT a.account_key, c.customer_key, p.is_owner FROM ({pairs}) p
        JOIN accounts a USING (account_id) JOIN customers c ON c.customer_id = p.customer_id ORDER BY 1, 3 DESC, 2""")


def _ids(parts: dict[str, list[Part]], column: str, bridge: str | None) -> str:
    found = [f"SELECT DISTINCT {column} AS id FROM {p.relation} WHERE {column} IS NOT NULL" + (" AND reason_ IS NULL" if p.checked else "")
             for group in parts.values() for p in group if column in p.columns]  # fmt: skip
    if bridge:
        found.append(f"SELECT DISTINCT {column} AS id FROM {bridge}")
    return " UNION ".join(found) or "SELECT NULL::VARCHAR AS id WHERE false"


def _owners(bridge: str | None) -> str:
    """account_id -> customer_id: the owner; where nobody is marked as owner, the first by id."""
    own = "SELECT account_id, customer_id, true AS is_owner, 0 AS rank FROM one_accounts WHERE customer_id IS NOT NULL"
    if bridge:
        own += f" UNION ALL SELECT account_id, customer_id, is_owner, 1 FROM {bridge}"
    return (f"SELECT account_id, arg_min(customer_id, (rank, NOT is_owner, customer_id)) AS customer_id "
            f"FROM ({own}) GROUP BY 1")  # fmt: skip


def _columns(table: str, skip: tuple[str, ...], attributes: list[str]) -> str:
    return ", ".join(
        [f"s.{c.name}" for c in TABLES[table].columns if c.name not in skip]
        + [f"s.{a}" for a in attributes]
    )


def _write_customers(con: duckdb.DuckDBPyConnection, ids: str, attributes: list[str]) -> None:
    con.execute(f"""
        CREATE TABLE customers AS
        SELECT (row_number() OVER (ORDER BY i.id) - 1)::INTEGER AS customer_key, i.id::VARCHAR AS customer_id,
               s.customer_id IS NOT NULL AS listed, {_columns("customers", ("customer_id",), attributes)}
        FROM ({ids}) i LEFT JOIN one_customers s ON s.customer_id = i.id ORDER BY 1""")


def _write_accounts(con: duckdb.DuckDBPyConnection, ids: str, attributes: list[str]) -> None:
    con.execute(f"""
        CREATE TABLE accounts AS
        SELECT (row_number() OVER (ORDER BY i.id) - 1)::INTEGER AS account_key, i.id::VARCHAR AS account_id,
               c.customer_key, s.account_id IS NOT NULL AS listed,
               {_columns("accounts", ("account_id", "customer_id"), attributes)}
        FROM ({ids}) i LEFT JOIN one_accounts s ON s.account_id = i.id
        LEFT JOIN owner_of o ON o.account_id = i.id
        LEFT JOIN customers c ON c.customer_id = o.customer_id ORDER BY 1""")
