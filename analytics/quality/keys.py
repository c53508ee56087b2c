"""Whose row is it, and is it there once: orphans, rows without a customer, repeated keys."""

from __future__ import annotations

from collections.abc import Iterator

from analytics.dataset import Dataset
from analytics.findings import Finding
from analytics.quality.said import answer, finding
from analytics.schema import TABLES, has_account
from analytics.text import Text

FACTS = tuple(table for table in TABLES if table != "customers")
# A balance is named by whose it is, which product, which currency and which day.
BALANCE_KEY = ("customer_key", "account_key", "balance_on", "product", "currency")


def orphans(data: Dataset) -> Iterator[Finding]:
    """Rows whose customer (or account) is not in the customers (or accounts) extract.

    Without such an extract nobody is missing from it, so nothing is said.
    """
    for table in filter(data.has, FACTS):
        for parent, key in (("customers", "customer_key"), ("accounts", "account_key")):
            if parent == table or not data.has(parent):
                continue
            if key == "customer_key" or has_account(table):
                yield from _unlisted(data, table, parent, key)


def _unlisted(data: Dataset, table: str, parent: str, key: str) -> Iterator[Finding]:
    mine = "AND t.listed" if table == "accounts" else ""
    seen = answer(data, f"""
        SELECT count(*) FILTER (NOT p.listed) AS rows, count(*) AS of
        FROM {table} t JOIN {parent} p ON p.{key} = t.{key} {mine}""")  # fmt: skip
    if seen["rows"]:
        yield finding(
            "orphans", "warning", f"{table}.{key.replace('_key', '_id')}", seen["rows"], seen["of"],
            Text("{rows} of {of} rows in {table} ({part}) name an owner that is not in {parent}.",
                 "{table}共{of}行，其中{rows}行（{part}）的归属不在“{parent}”中。"),
            Text("Ask for the complete extract of {parent}, or exclude these owners.",
                 "请补齐完整的“{parent}”数据，或将其排除。"),
            parent=TABLES[parent].title)  # fmt: skip


def rows_without_customer(data: Dataset) -> Iterator[Finding]:
    """Rows that cannot be given to a customer; used only where customers are no denominator."""
    for table in filter(data.has, FACTS):
        mine = "WHERE listed" if table == "accounts" else ""
        seen = answer(data, f"""
            SELECT count(*) FILTER (customer_key IS NULL) AS rows, count(*) AS of
            FROM {table} {mine}""")  # fmt: skip
        if seen["rows"]:
            yield finding(
                "no_customer", "warning", table, seen["rows"], seen["of"],
                Text("{rows} of {of} rows in {table} ({part}) belong to no known customer; they "
                     "are left out wherever customers are counted.",
                     "{table}共{of}行，其中{rows}行（{part}）无法对应到客户，凡以客户为分母的指标均不含这些行。"),
                Text("Add an account-to-customer file, or map the customer column.",
                     "请补充账户与客户的对应关系文件，或为客户号列建立映射。"))  # fmt: skip


def repeated_keys(data: Dataset) -> Iterator[Finding]:
    """Rows beyond the first that carry a key seen before."""
    for table in filter(data.has, ("customers", "accounts")):
        key = TABLES[table].key
        seen = answer(
            data,
            f"""
            SELECT count(*) AS loaded, count(DISTINCT {key}) AS keys FROM {table} WHERE listed""",
        )
        loaded = max(data.rows(table), seen["loaded"])
        yield from _repeated(f"{table}.{key}", loaded - seen["keys"], loaded)
    for table, columns, column in (("transactions", ("transaction_id",), "transaction_id"),
                                   ("balances", BALANCE_KEY, "balance_on"),
                                   ("risk", ("customer_key",), "customer_id")):  # fmt: skip
        if data.has(f"{table}.{column}"):
            yield from _repeated(f"{table}.{column}", *_count_repeats(data, table, columns))


def _count_repeats(data: Dataset, table: str, columns: tuple[str, ...]) -> tuple[int, int]:
    # Hashes are counted instead of texts: three times faster at 10 million ids, and the chance of
    # one false pair among them is about 3 in a million.
    seen = answer(data, f"""
        SELECT count(*) AS of, count(DISTINCT hash({", ".join(columns)})) AS keys
        FROM {table} WHERE {columns[0]} IS NOT NULL""")  # fmt: skip
    return seen["of"] - seen["keys"], seen["of"]


def _repeated(path: str, rows: int, of: int) -> Iterator[Finding]:
    if rows > 0:
        yield finding(
            "repeated_keys", "warning", path, rows, of,
            Text("{rows} of {of} rows in {table} repeat a key that should be unique.",
                 "{table}共{of}行，其中{rows}行的主键重复。"),
            Text("Check whether an extract was loaded twice; import again with duplicates dropped.",
                 "请核对是否重复导入了同一份数据；可选择“删除重复行”重新导入。"))  # fmt: skip
