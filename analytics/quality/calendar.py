"""When did it happen: missing months, future days, days that no clock has shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import polars as pl

from analytics.dataset import Dataset
from analytics.findings import Finding
from analytics.quality.said import answer, finding
from analytics.schema import TABLES, time_column
from analytics.text import Text, day

# Days that systems write when they know none.
PLACEHOLDERS = tuple(map(date.fromisoformat, ("1899-12-30", "1899-12-31", "1900-01-01", "1901-01-01", "1970-01-01", "2099-12-31",
                "2999-12-31", "9999-12-31")))  # fmt: skip
STRAY = 0.0005  # share of a table's rows at either end that may lie outside its true period
THIN = 0.2  # a month with less than this share of its neighbours' rows looks cut off


def future_days(data: Dataset) -> Iterator[Finding]:
    """Rows dated after the day the extract was imported, and rows after the default as_of."""
    as_of = data.default_as_of
    imported = date.fromisoformat(data.manifest.get("imported_on") or as_of.isoformat())
    for table in filter(data.has, TABLES):
        if when := time_column(table):
            yield from _after(data, table, when, as_of, max(imported, as_of))


def _after(data: Dataset, table: str, when: str, as_of: date, imported: date) -> Iterator[Finding]:
    seen = answer(data, f"""
        SELECT count(*) AS of, count(*) FILTER ({when}::DATE > $imported) AS future,
               count(*) FILTER ({when}::DATE > $as_of AND {when}::DATE <= $imported) AS late
        FROM {table}""", as_of=as_of, imported=imported)  # fmt: skip
    if seen["future"]:
        yield finding(
            "future_dates", "warning", f"{table}.{when}", seen["future"], seen["of"],
            Text("{rows} of {of} rows in {table} are dated after {day}; no analysis uses them.",
                 "{table}共{of}行，其中{rows}行的日期晚于{day}，所有分析均不使用。"),
            Text("Check the date format of the column and the system that wrote it.",
                 "请核对该列的日期格式及来源系统。"),
            day=Text(day(imported, "en"), day(imported, "zh")))  # fmt: skip
    if seen["late"]:
        yield finding(
            "after_as_of", "info", f"{table}.{when}", seen["late"], seen["of"],
            Text("{rows} of {of} rows in {table} lie after the default day of analysis, {day}.",
                 "{table}共{of}行，其中{rows}行晚于默认分析日{day}。"),
            Text("Move the day of analysis forward to include them.", "如需包含，请将分析日后移。"),
            day=Text(day(as_of, "en"), day(as_of, "zh")))  # fmt: skip


def missing_months(data: Dataset) -> Iterator[Finding]:
    """Months inside a table's period with no rows, or with far fewer than their neighbours."""
    for table in filter(data.has, TABLES):
        if when := time_column(table):
            months = _months(data, table, when)
            yield from _empty_months(table, when, months)
            yield from _thin_months(table, when, months)


def _months(data: Dataset, table: str, when: str) -> pl.DataFrame:
    """One row per month of the period: month (first day), rows (0 where the extract has none).

    The period leaves out the outermost `STRAY` of the rows, so that one row of 1970 does not make
    six hundred missing months.
    """
    seen = data.query(f"""
        SELECT date_trunc('month', {when})::DATE AS month, count(*) AS rows FROM {table}
        WHERE {when}::DATE <= $as_of GROUP BY 1 ORDER BY 1""", as_of=data.default_as_of)  # fmt: skip
    below = pl.col("rows").cum_sum() / pl.col("rows").sum()
    inside = seen.filter(
        (below >= STRAY) & (below - pl.col("rows") / pl.col("rows").sum() <= 1 - STRAY)
    )
    if inside.is_empty():
        return inside
    every = inside.select(pl.date_range(pl.col("month").min(), pl.col("month").max(), "1mo"))
    return every.join(inside, on="month", how="left").with_columns(pl.col("rows").fill_null(0))


def _empty_months(table: str, when: str, months: pl.DataFrame) -> Iterator[Finding]:
    gaps = months.filter(pl.col("rows") == 0) if months.height else months
    if gaps.height:
        yield finding(
            "missing_months", "warning", f"{table}.{when}", gaps.height, months.height,
            Text("{rows} of {of} months have no rows in {table}: {months}.",
                 "{table}在{of}个月中有{rows}个月没有数据：{months}。"),
            Text("Ask for the missing months; until then trends across them mislead.",
                 "请补齐缺失月份；在此之前，跨越缺口的趋势不可信。"),
            months=_named(gaps))  # fmt: skip


def _thin_months(table: str, when: str, months: pl.DataFrame) -> Iterator[Finding]:
    if months.height < 3:
        return
    around = (pl.col("rows").shift(1) + pl.col("rows").shift(-1)) / 2
    thin = months.filter((pl.col("rows") > 0) & (pl.col("rows") < THIN * around) & (around >= 50))
    if thin.height:
        yield finding(
            "thin_months", "warning", f"{table}.{when}", thin.height, months.height,
            Text("{rows} of {of} months hold far fewer rows in {table} than their neighbours: "
                 "{months}.", "{table}在{of}个月中有{rows}个月的行数远少于相邻月份：{months}。"),
            Text("Check whether these months were extracted completely.",
                 "请核对这些月份的数据是否完整。"),
            months=_named(thin))  # fmt: skip


def _named(months: pl.DataFrame, most: int = 12) -> Text:
    names = [f"{one:%Y-%m}" for one in months["month"].head(most)]
    more = months.height - len(names)
    rest = Text(f" and {more} more", f"等，另有{more}个月") if more else Text("", "")
    return Text(", ".join(names) + rest.en, "、".join(names) + rest.zh)


def placeholder_days(data: Dataset) -> Iterator[Finding]:
    """Days such as 1900-01-01 that stand for "unknown"."""
    for table in filter(data.has, TABLES):
        dated = [c.name for c in TABLES[table].columns
                 if c.kind in ("date", "timestamp") and data.has(f"{table}.{c.name}")]  # fmt: skip
        for name in dated:
            seen = answer(data, f"""
                SELECT count(*) FILTER (list_contains($known, {name}::DATE)) AS rows, count({name}) AS of
                FROM {table}""", known=list(PLACEHOLDERS))  # fmt: skip
            if seen["rows"]:
                yield finding(
                    "placeholder_dates", "warning", f"{table}.{name}", seen["rows"], seen["of"],
                    Text("{rows} of {of} days in {table} are placeholders such as 1900-01-01.",
                         "{table}共{of}个日期，其中{rows}个是 1900-01-01 之类的占位日期。"),
                    Text("Declare this day a missing marker and import again.",
                         "请将该日期设为缺失标记后重新导入。"))  # fmt: skip


def outside_the_account(data: Dataset) -> Iterator[Finding]:
    """Transactions before their account (or customer) opened or after their account closed."""
    if not data.has("transactions"):
        return
    for parent, column, sign in (("accounts", "opened_on", "<"), ("accounts", "closed_on", ">"),
                                 ("customers", "opened_on", "<")):  # fmt: skip
        if not data.has(f"{parent}.{column}"):
            continue
        key = "account_key" if parent == "accounts" else "customer_key"
        seen = answer(data, f"""
            SELECT count(*) FILTER (t.happened_at::DATE {sign} p.{column}) AS rows, count(*) AS of
            FROM transactions t JOIN {parent} p ON p.{key} = t.{key}
            WHERE p.{column} IS NOT NULL""")  # fmt: skip
        if seen["rows"]:
            yield finding(
                "before_opening" if sign == "<" else "after_closing", "warning",
                f"{parent}.{column}", seen["rows"], seen["of"],
                Text("{rows} of {of} transactions happened {side} in {table}.",
                     "{of}笔可核对的交易中，{rows}笔发生在{table}{side}。"),
                Text("Check the column's meaning; a migration often overwrites opening days.",
                     "请核对该列含义；系统迁移常会覆盖原开户日期。"),
                side=Text("before the opening day", "开户日之前") if sign == "<" else
                Text("after the closing day", "销户日之后"))  # fmt: skip
