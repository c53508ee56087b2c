"""Write the immutable dataset file from staged relations: keys, sort order, counts, manifest.

The physical layout is documented in `analytics.schema`. The fingerprint is a sum of row hashes, so
the same rows in any order and any number of files give the same one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np

from analytics.dataset import FILE_NAME, connect
from analytics.ingest.keys import Part, Repeat, keyed, union, write_keys
from analytics.ingest.one import one_row, relation
from analytics.schema import SQL_TYPES, TABLES, has_account, time_column

if TYPE_CHECKING:
    import polars as pl

FAR_FUTURE = date(2200, 1, 1)
TAIL_GAP_DAYS = 7
_REJECT_COLUMNS = ("table_name", "file", "line", "reason", "text")
_COMPRESSIONS = {"date": "bitpacking", "timestamp": "bitpacking", "money": "bitpacking", "integer": "bitpacking",
                 "category": "dict_fsst"}  # fmt: skip
FACTS = tuple(t for t in TABLES if t not in ("customers", "accounts"))


@dataclass
class Counts:
    """What the writer found in one table."""

    loaded: int = 0
    duplicates: int = 0
    removed_by_file: dict[int, int] = field(default_factory=dict)
    digest: int = 0


@dataclass
class Written:
    """Counts per table, and the rows of keyed tables whose id came before."""

    counts: dict[str, Counts] = field(default_factory=dict)
    repeats: dict[str, list[Repeat]] = field(default_factory=dict)


def write_tables(con: duckdb.DuckDBPyConnection, parts: dict[str, list[Part]], attributes: dict[str, list[str]],
                 bridge: str | None = None, drop_duplicates: bool = False,
                 progress: Callable[[str, float], None] = lambda step, done: None) -> Written:  # fmt: skip
    """Write every canonical table of the new file; facts are sorted by customer and time.

    Args:
        con: connection to the new file.
        parts: table -> staged relations.
        attributes: table -> internal attribute columns, in order.
        bridge: relation (account_id, customer_id, is_owner).
        drop_duplicates: keep one of every set of equal rows.
        progress: told each table as it is written, with the share done.
    """
    written = Written()
    progress("customers", 0.0)
    for table in ("customers", "accounts"):
        written.repeats[table] = keyed(con, table, parts.get(table, []), attributes.get(table, []))
    write_keys(con, parts, attributes, bridge)
    for table in ("customers", "accounts"):
        written.counts[table] = _count_keyed(con, table, written.repeats[table])
    for number, table in enumerate(FACTS):
        progress(table, number / len(FACTS))
        written.counts[table] = _write_facts(
            con, table, parts.get(table, []), attributes.get(table, []), drop_duplicates
        )
    return written


def _count_keyed(con: duckdb.DuckDBPyConnection, table: str, repeats: list[Repeat]) -> Counts:
    row = one_row(con, f"SELECT count(*) FILTER (listed), sum(hash(t)) FROM {table} t")
    removed: dict[int, int] = {}
    for one in repeats:
        if one.equal:
            removed[one.file] = removed.get(one.file, 0) + 1
    return Counts(row[0], sum(removed.values()), removed, int(row[1] or 0))


def _write_facts(
    con: duckdb.DuckDBPyConnection, table: str, parts: list[Part], attributes: list[str], drop: bool
) -> Counts:
    counts = Counts()
    con.execute(_create(table, attributes))
    if not parts:
        return counts
    rows = union(table, parts, attributes)
    if drop:
        counts.removed_by_file = _distinct(con, table, rows)
        rows = "SELECT * FROM distinct_rows"
    keys = "c.customer_key"
    joins = "LEFT JOIN customers c ON c.customer_id = u.customer_id"
    if has_account(table):
        joins += " LEFT JOIN accounts a ON a.account_id = u.account_id"
        keys = "coalesce(c.customer_key, a.customer_key) AS customer_key, a.account_key"
    have = {c for p in parts for c in p.columns}
    names = [c for c in _own_columns(table) if c in have] + attributes
    order = ", ".join(["customer_key", *filter(None, [time_column(table)])])
    into = ["customer_key", *(["account_key"] if has_account(table) else []), *names]
    con.execute(f"INSERT INTO {table} ({', '.join(into)}) SELECT {keys}{''.join(f', u.{n}' for n in names)} "
                f"FROM ({rows}) u {joins} ORDER BY {order}")  # fmt: skip
    _count_facts(con, table, parts, rows, counts)
    if drop:
        con.execute("DROP TABLE distinct_rows")
    return counts


def _own_columns(table: str) -> list[str]:
    """Canonical columns that the table itself stores; ids stand in `customers` and `accounts`."""
    return [c.name for c in TABLES[table].columns if c.name not in ("customer_id", "account_id")]


def _create(table: str, attributes: list[str]) -> str:
    """The empty table. A column that no file fills stays out of the sort: it is NULL by default.

    Why named compressions: DuckDB tries all of them on every row group, a third of the writing, and
    nearly always ends at these. Of the table's own key every value is another one: zstd would make
    the file a quarter smaller, and the writing a quarter longer.
    """
    keys = ["customer_key", *(["account_key"] if has_account(table) else [])]
    columns = [f"{name} INTEGER USING COMPRESSION bitpacking" for name in keys]
    for name in _own_columns(table):
        kind = TABLES[table].column(name).kind
        how = "uncompressed" if name == TABLES[table].key else _COMPRESSIONS.get(kind)
        columns.append(f"{name} {SQL_TYPES[kind]}{f' USING COMPRESSION {how}' if how else ''}")
    columns += [f"{name} VARCHAR" for name in attributes]
    return f"CREATE TABLE {table} ({', '.join(columns)})"


def _distinct(con: duckdb.DuckDBPyConnection, table: str, rows: str) -> dict[int, int]:
    """One of every set of equal rows, the first file's; how many each file lost."""
    con.execute(
        f"CREATE TEMP TABLE distinct_rows AS SELECT * EXCLUDE (file_), min(file_) AS file_ FROM ({rows}) GROUP BY ALL"
    )
    before = dict(con.execute(f"SELECT file_, count(*) FROM ({rows}) GROUP BY 1").fetchall())
    after = dict(con.execute("SELECT file_, count(*) FROM distinct_rows GROUP BY 1").fetchall())
    return {f: n - after.get(f, 0) for f, n in before.items() if n != after.get(f, 0)}


def _count_facts(
    con: duckdb.DuckDBPyConnection, table: str, parts: list[Part], rows: str, counts: Counts
) -> None:
    names = ", ".join(r[0] for r in con.execute(f"DESCRIBE {table}").fetchall())
    hashes = con.execute(f"SELECT hash({names}) AS h FROM {table}").fetchnumpy()["h"]
    hashes.sort()  # 8 bytes a row; a count of distinct values in SQL takes four times as long
    repeats = int(np.count_nonzero(hashes[1:] == hashes[:-1]))
    counts.loaded, counts.digest = len(hashes), _total(hashes)
    counts.duplicates = repeats + sum(counts.removed_by_file.values())
    if counts.duplicates and any(
        "extra_" in p.columns for p in parts
    ):  # columns left out still tell rows apart
        again = one_row(
            con, f"SELECT count(*) FROM (SELECT DISTINCT * EXCLUDE (file_) FROM ({rows}))"
        )
        counts.duplicates = len(hashes) - again[0] + sum(counts.removed_by_file.values())


def _total(hashes: np.ndarray) -> int:
    """The exact sum of unsigned 64-bit numbers, by their halves."""
    low, high = hashes & np.uint64(0xFFFFFFFF), hashes >> np.uint64(32)
    return int(low.sum()) + (int(high.sum()) << 32)


def fingerprint(written: Written) -> str:
    """Sixteen hex digits of all rows, whatever their order."""
    digest = hashlib.sha256()
    for table in TABLES:
        counts = written.counts[table]
        digest.update(f"{table}:{counts.loaded}:{counts.digest};".encode())
    return digest.hexdigest()[:16]


def last_full_day(con: duckdb.DuckDBPyConnection, today: date) -> date:
    """The day the extract ends: by which 99.9 % of the rows up to `today` have happened.

    Why not just that quantile: in three years of data the last day alone holds 0.1 % of the rows and
    would be cut off. So the day moves on to the last one that is not separated by a gap of more than
    7 days; a few stray dates far behind the rest stay out. An extract of customers and accounts alone
    ends on the last day one was opened or closed, and without any such day on `today`.
    """
    parts = [
        f"SELECT {time_column(t)}::DATE AS d FROM {t} WHERE {time_column(t)} IS NOT NULL"
        for t in FACTS
        if time_column(t)
    ]
    days = con.execute(
        f"SELECT d, count(*) FROM ({' UNION ALL '.join(parts)}) WHERE d <= ? GROUP BY 1 ORDER BY 1",
        [today],
    ).fetchall()
    if not days:
        return _last_opened(con, today) or today
    total, seen, best = sum(n for _, n in days), 0, days[0][0]
    for day, n in days:
        if seen < 0.999 * total or (day - best) <= timedelta(days=TAIL_GAP_DAYS):
            best = day
        seen += n
    return best


def _last_opened(con: duckdb.DuckDBPyConnection, today: date) -> date | None:
    """The last day up to `today` on which a customer or an account came or an account went."""
    last: date | None = one_row(
        con,
        """SELECT max(d) FROM (SELECT opened_on AS d FROM customers UNION ALL
        SELECT unnest([opened_on, closed_on]) FROM accounts) WHERE d <= ?""",
        [today],
    )[0]
    return last


def main_currency(con: duckdb.DuckDBPyConnection) -> str | None:
    """The most frequent currency of the movements, else of accounts and balances."""
    for table in ("transactions", "balances", "accounts"):
        row = one_row(
            con,
            f"SELECT currency FROM {table} WHERE currency IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1",
        )
        if row:
            return str(row[0])
    return None


def write_manifest(con: duckdb.DuckDBPyConnection, manifest: Mapping[str, Any]) -> None:
    """The one row of facts that `Dataset` reads first."""
    con.execute("CREATE TABLE manifest (name VARCHAR, value VARCHAR)")
    con.execute(
        "INSERT INTO manifest VALUES ('manifest', ?)", [json.dumps(manifest, ensure_ascii=False)]
    )


def write_rejects(
    con: duckdb.DuckDBPyConnection, rejects: list[tuple[str, str, int, str, str]]
) -> None:
    """The table `rejects`: the owner's rejected rows with table, file, line, reason and text."""
    types = {c: "BIGINT" if c == "line" else "VARCHAR" for c in _REJECT_COLUMNS}
    values = {c: [r[i] for r in rejects] for i, c in enumerate(_REJECT_COLUMNS)}
    con.execute(
        f"CREATE TABLE rejects AS SELECT * FROM {relation(types)} ORDER BY table_name, file, line",
        values,
    )


def build_from_frames(folder: Path, name: str, frames: Mapping[str, pl.DataFrame]) -> Path:
    """A dataset file from canonical frames (ids as text); extra columns become attributes.

    Returns the path of the file, ready for `Dataset(path)`. For tests and for tools that already
    hold typed frames; extracts come in through `analytics.ingest`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE_NAME
    con = connect(path, read_only=False)
    parts: dict[str, list[Part]] = {}
    described: dict[str, dict[str, Any]] = {}
    for table, frame in frames.items():
        described[table] = _describe(table, frame)
        renamed = frame.rename(
            {title: internal for internal, title in described[table]["attributes"].items()}
        )
        con.register(f"staged_{table}", renamed)
        parts[table] = [Part(f"staged_{table}", tuple(renamed.columns), checked=False)]
    written = write_tables(con, parts, {t: list(d["attributes"]) for t, d in described.items()})
    for table, counts in written.counts.items():
        if table in described:
            described[table] |= {"duplicates": counts.duplicates}
    write_rejects(con, [])
    write_manifest(con, {"name": name, "fingerprint": fingerprint(written), "as_of": last_full_day(con, FAR_FUTURE).isoformat(),
                         "currency": main_currency(con), "zone": "Asia/Shanghai", "tables": described, "findings": []})  # fmt: skip
    con.close()
    return path


def _describe(table: str, frame: pl.DataFrame) -> dict[str, Any]:
    known = {c.name for c in TABLES[table].columns}
    extra = [c for c in frame.columns if c not in known]
    n = frame.height
    return {"rows_in": n, "loaded": n, "rejected": 0, "duplicates": 0, "duplicates_removed": 0,
            "skipped": 0, "columns": [c for c in frame.columns if c in known],
            "attributes": {f"a{i}": title for i, title in enumerate(extra)}}  # fmt: skip
