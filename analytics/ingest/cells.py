"""Every canonical column of a file as SQL over its text cells: how roles become values.

A column is usually one cell, cast. An amount may be an amount and a direction, two columns, or a
price times a quantity. Signs: with a direction or two columns, credit is positive and debit
negative; otherwise an amount keeps the sign of its file (a shop's sales stay positive, its refunds
negative) unless the option `spending` says that positive amounts are what the customer paid. A
priced line without a kind of its own is a `purchase`, or a `refund` where its amount is negative.
"""

from __future__ import annotations

from dataclasses import dataclass

from analytics.ingest import casts
from analytics.ingest.aliases import BRIDGE
from analytics.ingest.mapping import FLOAT_ID, GUARDED_ID, FilePlan
from analytics.ingest.values import VALUE_MAPS
from analytics.schema import TABLES


@dataclass(frozen=True)
class Value:
    """One output column of the staging select: its SQL and how it can fail."""

    column: str
    sql: str
    failed: str | None = None  # SQL: the cell held something that could not be read
    rejects: bool = False  # a failure or a missing value rejects the row


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
        Value(r, _identifier(plan, r, cell(r)), None, True) for r in ("account_id", "customer_id")
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


def _identifier(plan: FilePlan, role: str, cell: str) -> str:
    known = plan.options.values.get(role, {})
    return casts.identifier(cell, FLOAT_ID in known, GUARDED_ID in known)


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
        "id": lambda: _identifier(plan, role, cell),
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
    if kind in ("id", "text") or (kind == "category" and role not in VALUE_MAPS):
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
    sql = f"(CASE WHEN coalesce({', '.join([*present, 'NULL'])}) IS NOT NULL THEN TRY_CAST({both} AS DECIMAL(18,4)) END)"
    return Value("amount", sql, "(" + " OR ".join(fails) + ")")


def _priced(plan: FilePlan) -> Value:
    price, bad_price = _money_of(plan, "unit_price")
    quantity, bad_quantity = _money_of(plan, "quantity")
    amount = f"TRY_CAST(TRY(({price}) * ({quantity})) AS DECIMAL(18,4))"
    return Value("amount", amount, f"({bad_price} OR {bad_quantity})")


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
