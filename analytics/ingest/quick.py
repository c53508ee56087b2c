"""The quick way into a staging table: DuckDB casts while it reads, and keeps back what it cannot.

Where a column's reading begins with a plain cast (an ISO date, a number with a decimal point), the
cast is declared to `read_csv` instead of being made from text afterwards: half the work for every
row. A record that DuckDB cannot cast is kept back with its offset; it is read again from the bytes
and goes the patient way of `stage`, as every record did before, with its line, reason and text.

Why it cannot change a result: DuckDB casts a cell by the same function either way; a cell whose
value would be doubted (a year out of range, an infinite number, a missing key) sends the whole file
the patient way, and so does a count that does not come out. tests/test_ingest_quick.py compares
both ways over mutated files.

A column of few different words is declared as an ENUM of those its sample had: a row then carries
one byte instead of sixteen through the sort. Any other word keeps its record back, like a bad date.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import duckdb
import numpy as np

from analytics.ingest import casts
from analytics.ingest.cells import Value
from analytics.ingest.mapping import FilePlan
from analytics.ingest.raw import RawFile
from analytics.ingest.records import Dialect, read_record
from analytics.ingest.values import MISSING
from analytics.schema import TABLES

MOST_KEPT_BACK = 50_000  # beyond it the patient way for all is the shorter one
MOST_WORDS = 64
_READINGS: tuple[tuple[str, Callable[[str], str], str], ...] = (
    ("DECIMAL(18,4)", casts.money, "false"),
    ("TIMESTAMP", lambda cell: casts.timestamp(cell, "ymd"),
     "NOT ({x} >= TIMESTAMP '1900-01-01' AND {x} < TIMESTAMP '2200-01-01')"),
    ("DOUBLE", casts.number, "NOT isfinite({x})"),
)  # fmt: skip


@dataclass(frozen=True)
class Declared:
    """A plan's values over typed cells `t0`, `t1`, ... where a type could be declared.

    Args:
        values: the same columns as the plan's, with the plain casts taken out.
        types: cell number -> declared type.
        doubts: SQL that is true for a row whose file must go the patient way.
        needed: cells that must not be empty.
        coded: output columns that are ENUMs, with their words.
    """

    values: list[Value]
    types: dict[int, str]
    doubts: str
    needed: list[int]
    coded: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class KeptBack:
    """Records that DuckDB could not cast: their cells, and their positions among the clean ones."""

    cells: dict[str, list[str | None]]
    positions: np.ndarray


def few_words(cells: Sequence[str | None]) -> tuple[str, ...]:
    """The different cells of a sample if they are few and the second half brings no new one.

    Missing markers and cells with blanks around them are not words: then there are none.

    >>> few_words(["pos", "atm", None, "atm", "pos"])
    ('atm', 'pos')
    >>> few_words(["pos", "atm", "fee", "tax"])
    ()
    """
    words = set(cells[: len(cells) // 2 + 1]) - {None}
    if len(words) > MOST_WORDS or not words.issuperset(set(cells) - {None}):
        return ()
    found = sorted(w for w in words if w)
    plain = all(w == w.strip() and w not in MISSING for w in found)
    return tuple(found) if plain else ()


def declare(plan: FilePlan, values: list[Value]) -> Declared | None:
    """The types that can be declared; None where no column has a plain cast or rows have keys."""
    if plan.table in ("customers", "accounts") or plan.table not in TABLES:
        return None  # their rows are known by position
    types: dict[int, str] = {}
    doubts = ["false"]
    for i in range(len(plan.raw.columns)):
        for type_, reading, doubt in _READINGS:
            changed = _taken_out(values, f"c{i}", f"t{i}", reading(f"c{i}"))
            if changed is not None:
                values, types[i] = changed, type_
                doubts.append(f"coalesce({doubt.format(x=f't{i}')}, false)")
                break
    if not types:
        return None
    keys = " ".join(v.sql for v in values if v.rejects and "coalesce" not in v.sql)
    needed = [i for i in types if re.search(rf"\bt{i}\b", keys)]
    return _coded(plan, Declared(values, types, " OR ".join(doubts), needed, {}))


def _coded(plan: FilePlan, declared: Declared) -> Declared:
    """With an ENUM for every text of few words; whatever else is made of its cell reads it as text."""
    values, types, coded = list(declared.values), dict(declared.types), {}
    for i, header in enumerate(plan.raw.columns):
        words = plan.words.get(header, ())
        if i in types or not words:
            continue
        for n, value in enumerate(values):
            if value.sql == casts.text(f"c{i}") and not value.rejects:
                values[n] = replace(value, sql=f"e{i}")
                types[i], coded[value.column] = enum(words), words
    return replace(declared, values=values, types=types, coded=coded)


def enum(words: Sequence[str]) -> str:
    """The SQL type of these words."""
    return f"ENUM({', '.join(casts.quoted(w) for w in words)})"


def _taken_out(values: list[Value], cell: str, typed: str, reading: str) -> list[Value] | None:
    """The values with a reading replaced by its typed cell; None if the text is used otherwise."""
    fails = [casts.failed(cell, sql) for sql in (reading, f"CAST({reading} AS DATE)")]

    def swap(sql: str) -> str:
        for fail in fails:
            sql = sql.replace(fail, "false")
        return sql.replace(reading, typed)

    changed = [replace(v, sql=swap(v.sql), failed=v.failed and swap(v.failed)) for v in values]
    text = " ".join(f"{v.sql} {v.failed}" for v in changed)
    if changed == values or re.search(rf"\b{cell}\b", text):
        return None
    return changed


def source(raw: RawFile, declared: Declared, name: str, max_line: int) -> str:
    """A relation of text cells `c0` (missing markers as NULL), typed cells `t0` and coded ones `e0`."""
    count = range(len(raw.columns))
    types = ", ".join(
        f"{_cell(declared, i)}: {casts.quoted(declared.types.get(i, 'VARCHAR'))}" for i in count
    )
    needed = ", ".join(casts.quoted(f"t{i}") for i in declared.needed)
    full = f"force_not_null=[{needed}], " if needed else ""
    quote = casts.quoted(raw.body_quote)
    words = "[" + ", ".join(casts.quoted(w) for w in MISSING) + "]"
    longest = max(len(w.encode()) for w in MISSING)
    coded = [i for i in count if _cell(declared, i).startswith("e")]
    cells = ", ".join(
        f"e{i}, e{i}::VARCHAR AS c{i}" if i in coded else
        f"t{i}" if i in declared.types else
        f"CASE WHEN strlen(c{i}) <= {longest} AND list_contains({words}, c{i}) THEN NULL ELSE c{i} END AS c{i}"
        for i in count)  # fmt: skip
    return (f"(SELECT {cells} FROM read_csv({casts.quoted(str(raw.body))}, auto_detect=false, header=false, "
            f"skip={raw.body_skip}, delim={casts.quoted(raw.body_delimiter)}, quote={quote}, escape={quote}, comment='', "
            f"columns={{{types}}}, nullstr=[''], {full}max_line_size={max_line}, store_rejects=true, "
            f"rejects_table={casts.quoted(name + '_errors')}, rejects_scan={casts.quoted(name + '_scans')}, rejects_limit={2 * MOST_KEPT_BACK}))")  # fmt: skip


def _cell(declared: Declared, number: int) -> str:
    """`c0` for text, `e0` for an ENUM, `t0` for any other declared type."""
    type_ = declared.types.get(number, "")
    return f"{'c' if not type_ else 'e' if type_.startswith('ENUM') else 't'}{number}"


def kept_back(con: duckdb.DuckDBPyConnection, raw: RawFile, name: str) -> KeptBack | None:
    """The records that the read of `source` kept back; None where the counts do not come out."""
    found = con.execute(
        f"SELECT line, min(line_byte_position), bool_and(error_type = 'CAST') FROM {name}_errors GROUP BY 1 ORDER BY 1"
    ).fetchall()
    good = con.execute(f"SELECT count(*), count(reason_) FROM {name}").fetchall()[0]
    con.execute(f"DROP TABLE {name}_errors; DROP TABLE {name}_scans")
    expected = raw.rows_in - len(raw.rejects)
    if good[1] or good[0] + len(found) != expected or not all(cast for _, _, cast in found):
        return None
    rows = _cells(raw, [offset - 1 for _, offset, _ in found])
    schema = [f"c{i}" for i in range(len(raw.columns))]
    if rows is None or any(len(row) != len(schema) for row in rows):
        return None
    positions = np.array([line - 1 - raw.body_skip for line, _, _ in found], dtype=np.int64)
    cells = {c: [row[i] for row in rows] for i, c in enumerate(schema)}
    return KeptBack(cells, positions)


def _cells(raw: RawFile, offsets: Sequence[int]) -> list[list[str | None]] | None:
    """The cells of the records at these offsets of the body; None if one is no record's start."""
    if not offsets:
        return []
    d = Dialect(raw.body_delimiter.encode(), raw.body_quote.encode())
    rows: list[list[str | None]] = []
    with raw.body.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as buf:
        for offset in offsets:
            at = offset + (buf[offset : offset + 1] == b"\n")  # behind a CRLF it points at the LF
            if at and buf[at - 1 : at] not in (b"\r", b"\n"):
                return None
            fields = read_record(buf, at, 1, d, 1 << 30).fields
            rows.append([None if (text := f.decode()) in MISSING else text for f in fields])
    return rows
