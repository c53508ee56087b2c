"""What a column holds: nothing, one value only, the impossible; and how far each table reaches."""

from __future__ import annotations

from collections.abc import Iterator

from analytics.dataset import Dataset
from analytics.findings import Finding
from analytics.quality.said import answer, finding, number
from analytics.schema import TABLES, time_column
from analytics.text import NO_TEXT, Text, day

ENOUGH = 20  # rows from which one single value is worth a word
OLDEST = 120  # years


def _listed(table: str) -> str:
    """Rows made by us for an id seen elsewhere are not the extract's own."""
    return "WHERE listed" if table in ("customers", "accounts") else ""


def empty_or_constant(data: Dataset) -> Iterator[Finding]:
    """Mapped columns without any value, and columns that hold one value only."""
    for table in filter(data.has, TABLES):
        names = _value_columns(data, table)
        if not names:
            continue
        asked = ", ".join(f"count({n}) AS n_{n}, min({n}) = max({n}) AS same_{n}" for n in names)
        seen = answer(data, f"SELECT count(*) AS of, {asked} FROM {table} {_listed(table)}")
        for name in names:
            if not seen[f"n_{name}"]:
                yield _empty(f"{table}.{name}", seen["of"])
            elif seen[f"same_{name}"] and seen[f"n_{name}"] >= ENOUGH:
                yield _constant(f"{table}.{name}", seen[f"n_{name}"], seen["of"])


def _value_columns(data: Dataset, table: str) -> list[str]:
    """Mapped columns stored in the table itself; owners are keys there, ids live elsewhere."""
    owners = {"customer_id", "account_id"}
    return [c.name for c in TABLES[table].columns
            if c.name not in owners and data.has(f"{table}.{c.name}")]  # fmt: skip


def _empty(path: str, of: int) -> Finding:
    return finding(
        "empty_column", "warning", path, of, of,
        Text("The column is mapped but empty in all {of} rows of {table}.",
             "该列已建立映射，但{table}全部{of}行均为空。"),
        Text("Check the mapping, or ask for the values.", "请核对映射，或向数据提供方索取。"))  # fmt: skip


def _constant(path: str, rows: int, of: int) -> Finding:
    return finding(
        "constant_column", "info", path, rows, of,
        Text("All {rows} values of this column in {table} are the same; it separates nobody.",
             "{table}中该列的{rows}个取值完全相同，无法用于区分客户。"),
        Text("Check whether the extract was filtered.", "请核对数据是否按该列筛选过。"))  # fmt: skip


def impossible_birth_years(data: Dataset) -> Iterator[Finding]:
    """Birth years more than 120 years back, or after the day of analysis."""
    if not data.has("customers.birth_year"):
        return
    year = data.default_as_of.year
    seen = answer(data, """
        SELECT count(birth_year) AS of,
               count(*) FILTER (birth_year > $latest OR birth_year < $earliest) AS rows
        FROM customers WHERE listed""", latest=year, earliest=year - OLDEST)  # fmt: skip
    if seen["rows"]:
        yield finding(
            "impossible_birth_year", "warning", "customers.birth_year", seen["rows"], seen["of"],
            Text("{rows} of {of} birth years are in the future or over 120 years back.",
                 "{of}个出生年份中，{rows}个在未来或早于120年前。"),
            Text("Declare these values missing markers and import again.",
                 "请将这些取值设为缺失标记后重新导入。"))  # fmt: skip


def coverage(data: Dataset) -> Iterator[Finding]:
    """Per table: how many of all customers have a row in it, and from which day to which.

    Here `rows` and `of` count customers.
    """
    everybody = answer(
        data, "SELECT count(*) AS n, count(*) FILTER (listed) AS listed FROM customers"
    )
    for table in filter(data.has, TABLES):
        if table == "customers":
            yield _covered(data, table, everybody["listed"], everybody["n"], NO_TEXT)
            continue
        when = time_column(table)
        days = f"min({when})::DATE AS first_day, max({when})::DATE AS last_day, " if when else ""
        seen = answer(data, f"SELECT {days}count(DISTINCT customer_key) AS rows FROM {table}")
        period = NO_TEXT
        if when and seen["first_day"]:
            first, last = seen["first_day"], seen["last_day"]
            period = Text(f", from {day(first, 'en')} to {day(last, 'en')}",
                          f"，时间范围为{day(first, 'zh')}至{day(last, 'zh')}")  # fmt: skip
        yield _covered(data, table, seen["rows"], everybody["n"], period)


def _covered(data: Dataset, table: str, rows: int, of: int, period: Text) -> Finding:
    return finding(
        "coverage", "info", table, rows, of,
        Text("{table}: {n} rows, {rows} of {of} customers ({part}){period}.",
             "{table}：共{n}行，覆盖{of}位客户中的{rows}位（{part}）{period}。"),
        n=number(data.rows(table)), period=period)  # fmt: skip
