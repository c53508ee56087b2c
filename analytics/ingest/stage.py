"""One file into one typed staging table, every record accounted for.

One pass of DuckDB reads all text, casts, and marks what could not be read; plain columns are cast
while they are read (`quick`), and only what fails there is read as text. A row is rejected when
a key, or a column the table cannot do without, is missing or unreadable; elsewhere the cell becomes
NULL and is counted. Rejected rows keep their text and, through their position, their physical line:
the staging table keeps the order of the file, so a row's position is its `rowid`, or it was kept back
with its position.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import duckdb
import numpy as np

from analytics.ingest import casts, quick
from analytics.ingest.cells import Value, row_values
from analytics.ingest.mapping import FilePlan
from analytics.ingest.one import one_row, relation
from analytics.ingest.raw import RawFile
from analytics.ingest.values import MISSING
from analytics.text import Text, UserError

MAX_LINE = 16 * 1024 * 1024


@dataclass(frozen=True)
class Reject:
    """One record that was not loaded: the owner's own text, with its physical line and reason."""

    table: str
    file: str
    line: int
    reason: str
    text: str


@dataclass
class Staged:
    """What became of one file: `rows_in = loaded + len(rejects) (+ duplicates removed later)`."""

    plan: FilePlan
    name: str  # of the staging table
    columns: list[str]
    coded: frozenset[str] = frozenset()  # of these, those staged as ENUM
    loaded: int = 0
    rejects: list[Reject] = field(default_factory=list)
    unread: Mapping[str, int] = field(default_factory=dict)  # role -> cells that became NULL


def source(raw: RawFile, nulls: bool = True) -> str:
    """The `read_csv` of a file's clean records: all text, columns c0..cN, nothing guessed."""
    names = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(raw.columns)))
    quote = casts.quoted(raw.body_quote)
    return (f"read_csv({casts.quoted(str(raw.body))}, auto_detect=false, header=false, skip={raw.body_skip}, "
            f"delim={casts.quoted(raw.body_delimiter)}, quote={quote}, escape={quote}, comment='', "
            f"columns={{{names}}}, nullstr={_nulls(MISSING if nulls else ('',))}, max_line_size={MAX_LINE})")  # fmt: skip


def _nulls(words: tuple[str, ...]) -> str:
    return "[" + ", ".join(casts.quoted(w) for w in words) + "]"


def stage(con: duckdb.DuckDBPyConnection, plan: FilePlan, name: str, attributes: Mapping[str, str],
          left_out: Sequence[str] = ()) -> Staged:  # fmt: skip
    """Read, cast and mark one file into the temporary table `name`.

    Args:
        con: the import's connection; it must keep insertion order.
        plan: a checked plan with settled options.
        name: staging table to create.
        attributes: header -> internal column name, for columns without a role.
        left_out: headers that are not loaded but still tell two rows apart (`extra_`, a hash).
    """
    values = row_values(plan)
    cells = {h: f"c{i}" for i, h in enumerate(plan.raw.columns)}
    extra = [
        Value(internal, casts.text(cells[h])) for h, internal in attributes.items() if h in cells
    ]
    if left_out:
        extra.append(Value("extra_", f"hash({', '.join(cells[h] for h in left_out)})"))
    staged = Staged(plan, name, [v.column for v in values + extra])
    if not _stage_quickly(con, staged, values, extra):
        con.execute(_statement(plan, name, values + extra, source(plan.raw)))
        if plan.options.generated_key and "customer_id" not in plan.columns:
            con.execute(f"UPDATE {name} SET customer_id = printf('R%08d', rowid + 1)")
        _collect_rejects(con, staged, values, name)
    _check_count(con, staged)
    _count_unread(con, staged, values)
    return staged


def _stage_quickly(
    con: duckdb.DuckDBPyConnection, staged: Staged, values: list[Value], extra: list[Value]
) -> bool:
    """Let DuckDB cast while it reads, and only what it keeps back go the patient way; see `quick`."""
    plan, name = staged.plan, staged.name
    declared = quick.declare(plan, values + extra)
    if declared is None:
        return False
    typed = quick.source(plan.raw, declared, name, MAX_LINE)
    con.execute("SET preserve_insertion_order = false")  # what is kept back says where it stood
    con.execute(_statement(plan, name, declared.values, typed, declared.doubts))
    con.execute("SET preserve_insertion_order = true")
    kept_back = quick.kept_back(con, plan.raw, name)
    if kept_back is None:
        con.execute(f"DROP TABLE {name}")
        return False
    staged.coded = frozenset(declared.coded)
    if len(kept_back.positions):
        cells = relation(dict.fromkeys(kept_back.cells, "VARCHAR"))
        con.execute(_statement(plan, "patient", values + extra, cells), kept_back.cells)
        _learn_words(con, name, declared.coded)
        con.execute(
            f"INSERT INTO {name} SELECT * EXCLUDE (text_) FROM patient WHERE reason_ IS NULL"
        )
        _collect_rejects(con, staged, values, "patient", kept_back.positions)
        con.execute("DROP TABLE patient")
    else:
        _collect_rejects(con, staged, values, name)
    return True


def _learn_words(
    con: duckdb.DuckDBPyConnection, name: str, coded: Mapping[str, tuple[str, ...]]
) -> None:
    """Give the ENUM columns of a staging table the words that only its patient rows have."""
    for column, words in coded.items():
        seen = con.execute(f"SELECT DISTINCT {column} FROM patient WHERE {column} IS NOT NULL")
        more = sorted({str(row[0]) for row in seen.fetchall()} - set(words))
        if more:
            con.execute(f"ALTER TABLE {name} ALTER {column} TYPE {quick.enum([*words, *more])}")


def _statement(plan: FilePlan, name: str, values: list[Value], rows: str, doubts: str = "") -> str:
    """Layers: cells, fast readings, values, reasons; each is computed once for a row.

    Values end in two underscores inside: with one, the events column `reason` met our `reason_`.
    With `doubts`, SQL over the cells, a doubted row has a reason too, and no row keeps its text.
    """
    inner, fasts = _hoisted(", ".join(f"{v.sql} AS {v.column}__" for v in values))
    soft, more = _hoisted(" + ".join(f"(CASE WHEN {_failed(v)} THEN {1 << i} ELSE 0 END)"
                                     for i, v in enumerate(x for x in values if x.failed and not x.rejects)), fasts)  # fmt: skip
    reason, more = _hoisted(_reason(values), more)
    outer = ", ".join(f"{v.column}__ AS {v.column}" for v in values)
    cells = ", ".join(f"coalesce(c{i}, '')" for i in range(len(plan.raw.columns)))
    text = f", CASE WHEN reason_ IS NOT NULL THEN array_to_string([{cells}], {casts.quoted(plan.raw.body_delimiter)}) END AS text_"
    if doubts:
        reason, text = f"CASE WHEN {doubts} THEN 0::UTINYINT ELSE {reason} END", ""
    first = ", ".join(["*", *(f"{sql} AS {column}" for sql, column in more.items())])
    return (f"CREATE TEMP TABLE {name} AS SELECT {outer}, reason_, {soft or 'NULL::INTEGER'} AS soft_{text} "
            f"FROM (SELECT *, {reason} AS reason_ FROM (SELECT *, {inner} FROM (SELECT {first} FROM {rows})))")  # fmt: skip


_HOISTED = re.compile(f"{casts.HOIST[0]}([^{casts.HOIST[0]}{casts.HOIST[1]}]*){casts.HOIST[1]}")


def _hoisted(sql: str, known: Mapping[str, str] | None = None) -> tuple[str, dict[str, str]]:
    """The SQL with every hoisted expression replaced by a column of the layer below, and those."""
    found = dict(known or {})
    for expression in _HOISTED.findall(sql):
        found.setdefault(expression, f"f{len(found)}")
    return _HOISTED.sub(lambda m: found[m[1]], sql), found


def _reason(values: list[Value]) -> str:
    """SQL of a small code: odd for unreadable, even for missing, in the order of the columns."""
    whens = []
    for code, value in enumerate(v for v in values if v.rejects):
        bad = f"WHEN {_failed(value)} THEN {2 * code + 1} " if value.failed else ""
        whens.append(f"{bad}WHEN {value.column}__ IS NULL THEN {2 * code + 2}")
    return f"CAST(CASE {' '.join(whens)} END AS UTINYINT)" if whens else "CAST(NULL AS UTINYINT)"


def _failed(value: Value) -> str:
    """The failure test with the value's own SQL replaced by its column, so it is computed once."""
    assert value.failed is not None
    return value.failed.replace(value.sql, f"{value.column}__")


def _check_count(con: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """The loader's own count of records must be the reader's, which was taken from the bytes."""
    raw = staged.plan.raw
    staged.loaded = one_row(con, f"SELECT count(*) FROM {staged.name} WHERE reason_ IS NULL")[0]
    arrived = staged.loaded + len(staged.rejects) - len(raw.rejects)
    if arrived != raw.rows_in - len(raw.rejects):
        raise UserError(Text(
            f"{raw.name}: {raw.rows_in - len(raw.rejects):,} records were read, but {arrived:,} arrived. Nothing was imported.",
            f"{raw.name}：读到 {raw.rows_in - len(raw.rejects):,} 条记录，载入 {arrived:,} 条。未导入任何数据。"), "accounting")  # fmt: skip


def _collect_rejects(con: duckdb.DuckDBPyConnection, staged: Staged, values: list[Value], staging: str,
                     positions: np.ndarray | None = None) -> None:  # fmt: skip
    """The reader's rejects and those of a staged relation, whose rows stand at these positions."""
    plan, raw = staged.plan, staged.plan.raw
    table = plan.table or ""
    staged.rejects = [Reject(table, raw.name, r.line, r.reason, r.text) for r in raw.rejects]
    bad = f"FROM {staging} WHERE reason_ IS NOT NULL"
    if not one_row(con, f"SELECT count(*) {bad}")[0]:
        return
    found = con.execute(f"SELECT rowid, reason_, text_ {bad} ORDER BY rowid").fetchall()
    names = [v.column for v in values if v.rejects]
    at = np.array([r[0] for r in found], dtype=np.int64)
    lines = raw.lines_of(at if positions is None else positions[at])
    staged.rejects += [
        Reject(
            table,
            raw.name,
            int(line),
            f"{'missing' if code % 2 == 0 else 'bad'}_{names[(code - 1) // 2]}",
            text,
        )
        for line, (_, code, text) in zip(lines, found, strict=True)
    ]


def _count_unread(con: duckdb.DuckDBPyConnection, staged: Staged, values: list[Value]) -> None:
    soft = [v.column for v in values if v.failed and not v.rejects]
    if not soft:
        return
    counts = ", ".join(f"count(*) FILTER (soft_ & {1 << i} > 0)" for i in range(len(soft)))
    row = one_row(con, f"SELECT {counts} FROM {staged.name} WHERE soft_ > 0 AND reason_ IS NULL")
    staged.unread = {name: n for name, n in zip(soft, row, strict=True) if n}


def row_text(
    con: duckdb.DuckDBPyConnection, plan: FilePlan, rows: Sequence[int], reason: str
) -> list[Reject]:
    """Rejects for rows that turned out bad after staging, by their position in the file."""
    cells = ", ".join(f"coalesce(c{i}, '')" for i in range(len(plan.raw.columns)))
    found = con.execute(
        f"""SELECT n, t FROM (SELECT row_number() OVER () - 1 AS n,
        array_to_string([{cells}], {casts.quoted(plan.raw.body_delimiter)}) AS t FROM {source(plan.raw)})
        WHERE n IN (SELECT unnest($rows)) ORDER BY n""",
        {"rows": list(rows)},
    ).fetchall()
    lines = plan.raw.lines_of(np.array([n for n, _ in found], dtype=np.int64))
    return [
        Reject(plan.table or "", plan.raw.name, int(line), reason, t)
        for line, (_, t) in zip(lines, found, strict=True)
    ]
