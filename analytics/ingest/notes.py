"""Findings of an import: what was decided about the data and what it could not decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import duckdb

from analytics.findings import Finding
from analytics.ingest.mapping import FilePlan
from analytics.ingest.one import one_row
from analytics.ingest.stage import Staged
from analytics.schema import TABLES, time_column
from analytics.text import Text


def plan_findings(plan: FilePlan) -> tuple[list[Finding], list[str]]:
    """What the plan already says, and the headers that are left out as personal identifiers."""
    kept = plan.options.keep_identifiers
    dropped = [
        d.column
        for d in plan.doubts
        if d.code == "identifier" and d.column and d.column not in kept
    ]
    found = [
        Finding(code=d.code, severity="info" if d.code in ("identifier", "unit", "generated_key", "float_ids", "guarded_ids") else "warning",
                table=plan.table, column=d.column, rows=plan.raw.rows_in, message=d.message)
        for d in plan.doubts if d.code != "identifier" or d.column in dropped
    ]  # fmt: skip
    found += [
        Finding(code=p.code, severity="info", table=plan.table, rows=0, message=p.message)
        for p in plan.raw.problems
    ]
    return found, dropped


def after_findings(con: duckdb.DuckDBPyConnection, staged: Sequence[Staged], tables: dict[str, dict[str, Any]],
                   all_plans: Sequence[FilePlan], as_of: date, today: date, currency: str | None) -> list[Finding]:  # fmt: skip
    """What can be said once everything is written."""
    return [*_left_out(all_plans), *_unread(staged), *_duplicates(tables), *_unlisted(con, tables), *_no_customer(con, tables),
            *_late(con, tables, as_of, today), *_currencies(con, currency), *_one_sign(con, staged)]  # fmt: skip


def _left_out(plans: Sequence[FilePlan]) -> list[Finding]:
    return [Finding(code="left_out", severity="warning", rows=p.raw.rows_in, column=None,
                    message=Text(f"{p.raw.name} fits none of the tables and was left out.", f"{p.raw.name} 与任何表都不相符，未导入。"))
            for p in plans if p.table is None]  # fmt: skip


def _unread(staged: Sequence[Staged]) -> list[Finding]:
    return [Finding(code="unread_cells", severity="warning", table=s.plan.table, column=column, rows=n, of=s.loaded,
                    message=Text("{n} cells could not be read and count as missing.", "{n}个单元格无法识别，按缺失处理。").fill(n=n),
                    remedy=Text("Check the column's mapping, or name its words in the recipe.", "请检查该列的映射，或在配方中说明取值含义。"))
            for s in staged for column, n in s.unread.items()]  # fmt: skip


def _duplicates(tables: dict[str, dict[str, Any]]) -> list[Finding]:
    out = []
    for table, counts in tables.items():
        n, removed = counts["duplicates"], counts["duplicates_removed"]
        if n:
            what = (
                Text("{k} of them were removed.", "其中{k}行已去除。")
                if removed
                else Text("They were kept.", "已保留。")
            )
            out.append(Finding(code="duplicates", severity="info", table=table, rows=n, of=counts["rows_in"],
                               message=Text("{n} rows repeat another row exactly. {what}", "{n}行与其他行完全相同。{what}").fill(n=n, what=what.fill(k=removed))))  # fmt: skip
    return out


def _unlisted(con: duckdb.DuckDBPyConnection, tables: dict[str, dict[str, Any]]) -> list[Finding]:
    out = []
    for table in ("customers", "accounts"):
        row = one_row(con, f"SELECT count(*) FILTER (NOT listed), count(*) FROM {table}")
        if row and row[0] and table in tables:
            out.append(Finding(code="unlisted", severity="warning", table=table, column=TABLES[table].key, rows=row[0], of=row[1],
                               message=Text("{n} ids occur in other tables but not in this extract; they are kept, without details.",
                                            "{n}个编号出现在其他表中，但不在本表；予以保留，无明细信息。").fill(n=row[0])))  # fmt: skip
    return out


def _no_customer(
    con: duckdb.DuckDBPyConnection, tables: dict[str, dict[str, Any]]
) -> list[Finding]:
    out = []
    for table in tables:
        if table in ("customers", "bridge"):
            continue
        row = one_row(con, f"SELECT count(*) FILTER (customer_key IS NULL), count(*) FROM {table}")
        if row and row[0]:
            out.append(Finding(code="no_customer", severity="warning", table=table, column="customer_id", rows=row[0], of=row[1],
                               message=Text("{n} rows belong to no known customer; they count only where customers are not the denominator.",
                                            "{n}行无法归属客户；仅用于不以客户为分母的统计。").fill(n=row[0]),
                               remedy=Text("Import the file that says which customer holds which account (--bridge).",
                                           "请导入账户与客户的对应关系文件（--bridge）。") if table == "accounts" else Text("", "")))  # fmt: skip
    return out


def _late(
    con: duckdb.DuckDBPyConnection, tables: dict[str, dict[str, Any]], as_of: date, today: date
) -> list[Finding]:
    out = []
    for table in tables:
        when = time_column(table)
        if when is None:
            continue
        row = one_row(con, f"SELECT count(*) FILTER ({when} >= $end), count(*) FILTER ({when} >= $today), count(*) FROM {table}",
                          {"end": as_of + timedelta(days=1), "today": today + timedelta(days=1)})  # fmt: skip
        for code, n, en, zh in (("future_dates", row[1], "are dated after the day of the import", "日期晚于导入日"),
                                ("stray_dates", row[0] - row[1], "are dated after the last full day of the extract", "日期晚于数据的最后完整日")):  # fmt: skip
            if n > 0:
                out.append(Finding(code=code, severity="warning", table=table, column=when, rows=n, of=row[2],
                                   message=Text(f"{{n}} rows {en}; they are loaded but left out by default.",
                                                f"{{n}}行{zh}；已载入，但默认不参与计算。").fill(n=n)))  # fmt: skip
    return out


def _currencies(con: duckdb.DuckDBPyConnection, currency: str | None) -> list[Finding]:
    row = one_row(
        con,
        "SELECT count(DISTINCT currency), count(*) FILTER (currency <> $c), count(*) FROM transactions",
        {"c": currency},
    )
    if row is None or row[0] < 2:
        return []
    return [Finding(code="currencies", severity="warning", table="transactions", column="currency", rows=row[1], of=row[2],
                    message=Text("{k} currencies; analyses use {c}, {n} rows in others are left out.",
                                 "共{k}种币种；分析使用 {c}，其他币种{n}行不参与计算。").fill(k=row[0], c=currency, n=row[1]))]  # fmt: skip


def _one_sign(con: duckdb.DuckDBPyConnection, staged: Sequence[Staged]) -> list[Finding]:
    """Amounts without a direction keep the sign of the file; where all are positive that is said."""
    told = any(
        {"direction", "credit_amount", "debit_amount"} & set(s.plan.columns)
        for s in staged
        if s.plan.table == "transactions"
    )
    row = one_row(
        con, "SELECT count(*) FILTER (amount > 0), count(*) FILTER (amount < 0) FROM transactions"
    )
    if told or row is None or row[0] + row[1] == 0 or min(row) > 0.02 * max(row):
        return []
    return [Finding(code="one_sign", severity="info", table="transactions", column="amount", rows=max(row), of=sum(row),
                    message=Text("Nearly all amounts have one sign and no column says credit or debit: they are taken as they stand.",
                                 "几乎所有金额同号且没有借贷标志列：按原值读取。"),
                    remedy=Text("If they are spending, set the option `spending` in the recipe.", "如为消费金额，请在配方中设置 spending。"))]  # fmt: skip
