"""One file into one typed staging table, every record accounted for.

One pass of DuckDB reads all text, casts, and marks what could not be read. A row is rejected when
a key, or a column the table cannot do without, is missing or unreadable; elsewhere the cell becomes
NULL and is counted. Rejected rows keep their text and, through their position, their physical line:
the staging table keeps the order of the file, so a row's position is its `rowid`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import duckdb
import numpy as np

from analytics.ingest import casts
from analytics.ingest.aliases import BRIDGE
from analytics.ingest.mapping import FilePlan
from analytics.ingest.one import one_row
from analytics.ingest.raw import RawFile
from analytics.ingest.values import MISSING
from analytics.schema import TABLES
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
    loaded: int = 0
    rejects: list[Reject] = field(default_factory=list)
    unread: Mapping[str, int] = field(default_factory=dict)  # role -> cells that became NULL


@dataclass(frozen=True)
class Value:
    """One output column of the staging select: its SQL and how it can fail."""

    column: str
    sql: str
    failed: str | None = None  # SQL: the cell held something that could not be read
    rejects: bool = False  # a failure or a missing value rejects the row


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
    con.execute(_statement(plan, name, values + extra))
    if plan.options.generated_key and "customer_id" not in plan.columns:
        con.execute(f"UPDATE {name} SET customer_id = printf('R%08d', rowid + 1)")
    staged = Staged(plan, name, [v.column for v in values + extra])
    _check_count(con, staged)
    _collect_rejects(con, staged, values)
    _count_unread(con, staged, values)
    return staged


def row_values(plan: FilePlan) -> list[Value]:
    """Every canonical column this plan fills, in the order of the schema."""
    assert plan.table is not None
    if plan.table == BRIDGE:
        return _bridge_values(plan)
    out = []
    for column in TABLES[plan.table].columns:
        if (value := _value(plan, column.name, column.kind)) is not None:
            out.append(value)
    return out


def _bridge_values(plan: FilePlan) -> list[Value]:
    cell = _Cells(plan)
    values = [
        Value(r, casts.identifier(cell(r), _floats(plan, r)), None, True)
        for r in ("account_id", "customer_id")
    ]
    role = "owner_type"
    return [
        *values,
        Value(
            "is_owner",
            f"coalesce({casts.owner(cell(role))}, false)" if role in plan.columns else "true",
        ),
    ]


class _Cells:
    """Role -> SQL name of its raw cell."""

    def __init__(self, plan: FilePlan) -> None:
        self._names = {h: f"c{i}" for i, h in enumerate(plan.raw.columns)}
        self._columns = plan.columns

    def __call__(self, role: str) -> str:
        return self._names[self._columns[role]]


def _floats(plan: FilePlan, role: str) -> bool:
    return plan.options.values.get(role, {}).get("*.0") == "*"


def _value(plan: FilePlan, role: str, kind: str) -> Value | None:
    special = {"amount": _amount, "happened_at": _stamp, "sent_at": _stamp, "birth_year": _birth_year,
               "gender": _gender, "kind": _kind, "category": _category, "customer_id": _customer}.get(role)  # fmt: skip
    if special is not None:
        return special(plan, role, kind)
    return _plain(plan, role, kind) if role in plan.columns else None


def _plain(plan: FilePlan, role: str, kind: str) -> Value:
    cell, options = _Cells(plan)(role), plan.options
    words = options.values.get(role, {})
    mark, scale = options.decimals.get(role, "."), float(options.scales.get(role, 1))
    sql = {
        "id": lambda: casts.identifier(cell, _floats(plan, role)),
        "text": lambda: casts.text(cell),
        "category": lambda: casts.category(role, cell, words),
        "date": lambda: f"CAST({_moment(plan, role, cell)} AS DATE)",
        "timestamp": lambda: _moment(plan, role, cell),
        "money": lambda: casts.money(cell, mark, scale),
        "number": lambda: casts.number(cell, mark, scale),
        "integer": lambda: (
            casts.term_months(cell) if role == "term_months" else casts.integer(cell)
        ),
        "bool": lambda: casts.flag(cell, words),
    }[kind]()
    if kind in ("id", "text"):
        return Value(role, sql, None, _rejecting(plan, role))
    failed = casts.failed(cell, sql)
    if kind == "date" and not _rejecting(plan, role):
        failed += f" AND NOT regexp_matches({cell}, '^(9999|0001|1900.?01.?01|0{{4,8}})')"  # "never", not an error
    return Value(role, sql, failed, _rejecting(plan, role))


def _rejecting(plan: FilePlan, role: str) -> bool:
    if plan.table == BRIDGE:
        return role in ("customer_id", "account_id")
    table = TABLES[plan.table or ""]
    return table.column(role).required or role == (
        table.key if table.name in ("customers", "accounts") else None
    )


def _moment(plan: FilePlan, role: str, cell: str) -> str:
    style = plan.options.dates.get(role, "ymd")
    sql = casts.timestamp(cell, style, plan.options.zone)
    if style == "yyyymm" and role == "balance_on":  # a month's balance is that of its last day
        return f"CAST(last_day({sql}) AS TIMESTAMP)"
    return sql


def _stamp(plan: FilePlan, role: str, kind: str) -> Value | None:
    if role not in plan.columns:
        return None
    value = _plain(plan, role, kind)
    if "time_of_day" not in plan.columns:
        return value
    time = _Cells(plan)("time_of_day")
    joined = f"(CAST({value.sql} AS DATE) + coalesce(tm_time({time}), TIME '00:00:00'))"
    return Value(role, joined, value.failed, True)


def _amount(plan: FilePlan, role: str, kind: str) -> Value | None:
    if plan.table != "transactions":
        return _plain(plan, role, kind) if role in plan.columns else None
    have = set(plan.columns)
    if "amount" in have:
        value = _directed(plan) if "direction" in have else _plain(plan, role, kind)
    elif have & {"credit_amount", "debit_amount"}:
        value = _two_columns(plan)
    else:
        value = _priced(plan)
    sign = "-" if plan.options.spending else ""
    return Value("amount", f"{sign}{value.sql}", value.failed, True)


def _money_of(plan: FilePlan, role: str) -> tuple[str, str]:
    """SQL of a money helper and of its failure."""
    cell, options = _Cells(plan)(role), plan.options
    sql = casts.money(cell, options.decimals.get(role, "."), float(options.scales.get(role, 1)))
    return sql, casts.failed(cell, sql)


def _directed(plan: FilePlan) -> Value:
    amount, failed = _money_of(plan, "amount")
    word = f"lower(trim({_Cells(plan)('direction')}))"
    credit = casts.listed(w.casefold() for w in plan.options.credit)
    debit = casts.listed(w.casefold() for w in plan.options.debit)
    sign = f"CASE WHEN {word} IN {credit} THEN 1 WHEN {word} IN {debit} THEN -1 END"
    if plan.options.signed:
        return Value("amount", f"({amount})", failed)
    return Value(
        "amount",
        f"({amount} * {sign})",
        f"({failed} OR ({amount} IS NOT NULL AND ({sign}) IS NULL))",
    )


def _two_columns(plan: FilePlan) -> Value:
    parts, fails, present = [], [], []
    for role, sign in (
        ("credit_amount", ""),
        ("debit_amount", "-" if not plan.options.signed else ""),
    ):
        if role in plan.columns:
            sql, failed = _money_of(plan, role)
            parts.append(f"{sign}coalesce({sql}, 0)")
            fails.append(failed)
            present.append(sql)
    both = " + ".join(parts)
    sql = f"(CASE WHEN coalesce({', '.join([*present, 'NULL'])}) IS NOT NULL THEN CAST({both} AS DECIMAL(18,4)) END)"
    return Value("amount", sql, "(" + " OR ".join(fails) + ")")


def _priced(plan: FilePlan) -> Value:
    price, bad_price = _money_of(plan, "unit_price")
    quantity, bad_quantity = _money_of(plan, "quantity")
    return Value(
        "amount",
        f"TRY_CAST(({price}) * ({quantity}) AS DECIMAL(18,4))",
        f"({bad_price} OR {bad_quantity})",
    )


def _kind(plan: FilePlan, role: str, kind: str) -> Value | None:
    """A priced line without a kind of its own is a purchase, or a refund where its amount is negative."""
    if role in plan.columns:
        return _plain(plan, role, kind)
    if plan.table == "transactions" and "unit_price" in plan.columns:
        amount = _priced(plan).sql
        return Value(
            role, f"CASE WHEN {amount} < 0 THEN 'refund' WHEN {amount} >= 0 THEN 'purchase' END"
        )
    return None


def _category(plan: FilePlan, role: str, kind: str) -> Value | None:
    options = plan.options
    if options.categories and options.category_from in plan.raw.columns:
        cell = f"c{plan.raw.columns.index(options.category_from)}"
        whens = " ".join(
            f"WHEN regexp_matches({cell}, {casts.quoted(p)}, 'i') THEN {casts.quoted(c)}"
            for p, c in options.categories
        )
        return Value(role, f"CASE {whens} END")
    return _plain(plan, role, kind) if role in plan.columns else None


def _birth_year(plan: FilePlan, role: str, kind: str) -> Value | None:
    cell = _Cells(plan)
    if role in plan.columns:
        return _plain(plan, role, kind)
    if "birth_date" in plan.columns:
        sql = f"CAST(year({_moment(plan, 'birth_date', cell('birth_date'))}) AS INTEGER)"
        return Value(role, sql, casts.failed(cell("birth_date"), sql))
    if (
        "birth_number" in plan.columns
    ):  # two digits of the year: grown customers of the last century
        sql = f"1900 + TRY_CAST(left(trim({cell('birth_number')}), 2) AS INTEGER)"
        return Value(role, sql, casts.failed(cell("birth_number"), sql))
    return None


def _gender(plan: FilePlan, role: str, kind: str) -> Value | None:
    if role in plan.columns:
        return _plain(plan, role, kind)
    if plan.table == "customers" and "birth_number" in plan.columns:
        month = f"TRY_CAST(substr(trim({_Cells(plan)('birth_number')}), 3, 2) AS INTEGER)"
        return Value(role, f"CASE WHEN {month} > 50 THEN 'F' WHEN {month} > 0 THEN 'M' END")
    return None


def _customer(plan: FilePlan, role: str, kind: str) -> Value | None:
    if role in plan.columns:
        return _plain(plan, role, kind)
    if plan.options.generated_key:
        return Value(role, "''", None, True)
    return None


def _statement(plan: FilePlan, name: str, values: list[Value]) -> str:
    inner = ", ".join(f"{v.sql} AS {v.column}_" for v in values)
    outer = ", ".join(f"{v.column}_ AS {v.column}" for v in values)
    soft = " + ".join(f"(CASE WHEN {_failed(v)} THEN {1 << i} ELSE 0 END)"
                      for i, v in enumerate(x for x in values if x.failed and not x.rejects))  # fmt: skip
    cells = ", ".join(f"coalesce(c{i}, '')" for i in range(len(plan.raw.columns)))
    text = f"CASE WHEN reason_ IS NOT NULL THEN array_to_string([{cells}], {casts.quoted(plan.raw.body_delimiter)}) END"
    return (f"CREATE TEMP TABLE {name} AS SELECT {outer}, reason_, {soft or 'NULL'} AS soft_, {text} AS text_ "
            f"FROM (SELECT *, {_reason(values)} AS reason_ FROM (SELECT *, {inner} FROM {source(plan.raw)}))")  # fmt: skip


def _reason(values: list[Value]) -> str:
    """SQL of a small code: odd for unreadable, even for missing, in the order of the columns."""
    whens = []
    for code, value in enumerate(v for v in values if v.rejects):
        bad = f"WHEN {_failed(value)} THEN {2 * code + 1} " if value.failed else ""
        whens.append(f"{bad}WHEN {value.column}_ IS NULL THEN {2 * code + 2}")
    return f"CAST(CASE {' '.join(whens)} END AS UTINYINT)" if whens else "CAST(NULL AS UTINYINT)"


def _failed(value: Value) -> str:
    """The failure test with the value's own SQL replaced by its column, so it is computed once."""
    assert value.failed is not None
    return value.failed.replace(value.sql, f"{value.column}_")


def _check_count(con: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """The loader's own count of records must be the reader's, which was taken from the bytes."""
    row = one_row(con, f"SELECT count(*), count(reason_) FROM {staged.name}")
    raw = staged.plan.raw
    if row[0] != raw.rows_in - len(raw.rejects):
        raise UserError(Text(
            f"{raw.name}: {raw.rows_in - len(raw.rejects):,} records were read, but {row[0]:,} arrived. Nothing was imported.",
            f"{raw.name}：读到 {raw.rows_in - len(raw.rejects):,} 条记录，载入 {row[0]:,} 条。未导入任何数据。"), "accounting")  # fmt: skip
    staged.loaded = row[0] - row[1]


def _collect_rejects(con: duckdb.DuckDBPyConnection, staged: Staged, values: list[Value]) -> None:
    plan, raw = staged.plan, staged.plan.raw
    table = plan.table or ""
    staged.rejects = [Reject(table, raw.name, r.line, r.reason, r.text) for r in raw.rejects]
    rows = con.execute(
        f"SELECT rowid, reason_, text_ FROM {staged.name} WHERE reason_ IS NOT NULL ORDER BY rowid"
    ).fetchall()
    if not rows:
        return
    names = [v.column for v in values if v.rejects]
    lines = raw.lines_of(np.array([r[0] for r in rows], dtype=np.int64))
    staged.rejects += [
        Reject(
            table,
            raw.name,
            int(line),
            f"{'missing' if code % 2 == 0 else 'bad'}_{names[(code - 1) // 2]}",
            text,
        )
        for line, (_, code, text) in zip(lines, rows, strict=True)
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
