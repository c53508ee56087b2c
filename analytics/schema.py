"""The canonical tables: the one definition of what Tidemark understands of an extract.

A column is `required` when a row without it says nothing (such a row is rejected); every other
column is optional and each analysis names the ones it needs. No table is required as such.

Physical layout of a dataset file (built by `analytics.ingest.build`, read by every analysis):
every canonical table exists, with every column below, NULL where the extract has none, plus

- `customer_key INTEGER`: dense 0..n-1 in the order of `customer_id`; NULL where a row has no
  customer. `customers` holds one row for every id seen in any table; `listed` says whether it came
  from a customers extract. All joins go by key; ids appear in `customers` and `accounts` only.
- `account_key INTEGER` likewise, in `accounts` and in tables that name an account; an account seen
  only in other tables gets a row with `listed` false.
- attributes (unmapped columns of a file) as `a0`, `a1`, ... VARCHAR; their titles are labels only,
  kept in the manifest.

`transactions` is sorted by (customer_key, happened_at), so that one customer is one short range.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from analytics.text import Text

ColumnKind = Literal["id", "text", "category", "date", "timestamp", "money", "number", "integer",
                     "bool"]  # fmt: skip
SQL_TYPES: Mapping[ColumnKind, str] = {
    "id": "VARCHAR", "text": "VARCHAR", "category": "VARCHAR", "date": "DATE",
    "timestamp": "TIMESTAMP", "money": "DECIMAL(18,4)", "number": "DOUBLE", "integer": "INTEGER",
    "bool": "BOOLEAN",
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One canonical column; `values` are its canonical categories where they are fixed."""

    name: str
    kind: ColumnKind
    title: Text
    required: bool = False
    values: Mapping[str, Text] | None = None


@dataclass(frozen=True)
class Table:
    """One canonical table; `owner` names the columns of which one must say whose row it is."""

    name: str
    title: Text
    columns: tuple[Column, ...]
    owner: tuple[str, ...] = ("customer_id",)
    key: str | None = None

    def column(self, name: str) -> Column:
        """The column of that name; KeyError if the table has none."""
        return {c.name: c for c in self.columns}[name]


CUSTOMER_TYPES = {
    "mass": Text("Mass", "大众客户"), "high_net_worth": Text("High net worth", "高净值客户"),
    "micro_business": Text("Micro business", "小微企业"), "company": Text("Company", "公司客户"),
    "government": Text("Government", "政府机构"),
}  # fmt: skip
RISK_LEVELS = {
    "conservative": Text("Conservative", "保守型"), "steady": Text("Steady", "稳健型"),
    "aggressive": Text("Aggressive", "进取型"),
}  # fmt: skip


def _id(name: str, en: str, zh: str, required: bool = False) -> Column:
    return Column(name, "id", Text(en, zh), required)


def _col(name: str, kind: ColumnKind, en: str, zh: str, required: bool = False) -> Column:
    return Column(name, kind, Text(en, zh), required)


CUSTOMER_ID = _id("customer_id", "Customer id", "客户号")
ACCOUNT_ID = _id("account_id", "Account id", "账号")
CURRENCY = _col("currency", "category", "Currency", "币种")

TABLES: Mapping[str, Table] = {t.name: t for t in (
    Table("customers", Text("Customers", "客户"), (
        _id("customer_id", "Customer id", "客户号", True),
        _col("opened_on", "date", "Opened on", "开户日期"),
        _col("birth_year", "integer", "Birth year", "出生年份"),
        _col("gender", "category", "Gender", "性别"),
        _col("region", "category", "Region", "地区"),
        _col("occupation", "category", "Occupation", "职业"),
        Column("customer_type", "category", Text("Customer type", "客户类型"), False, CUSTOMER_TYPES),
        Column("risk_level", "category", Text("Risk level", "风险偏好"), False, RISK_LEVELS),
        _col("acquisition_channel", "category", "Acquisition channel", "获客渠道"),
        _col("consent", "bool", "Marketing consent", "营销授权"),
    ), key="customer_id"),
    Table("accounts", Text("Accounts", "账户"), (
        _id("account_id", "Account id", "账号", True), CUSTOMER_ID,
        _col("product", "category", "Product", "产品"),
        _col("product_group", "category", "Product group", "产品大类"),
        _col("opened_on", "date", "Opened on", "开户日期"),
        _col("closed_on", "date", "Closed on", "销户日期"),
        _col("matures_on", "date", "Matures on", "到期日"),
        _col("term_months", "integer", "Term in months", "期限（月）"),
        _col("rate", "number", "Interest rate, % a year", "年利率（%）"), CURRENCY,
    ), key="account_id"),
    Table("transactions", Text("Transactions", "交易流水"), (
        CUSTOMER_ID, ACCOUNT_ID,
        _col("happened_at", "timestamp", "Time", "交易时间", True),
        _col("amount", "money", "Amount (credit +, debit -)", "金额（贷+ 借-）", True),
        _id("transaction_id", "Transaction id", "交易流水号"),
        _col("kind", "category", "Kind", "交易类型"),
        _col("channel", "category", "Channel", "交易渠道"),
        _col("category", "category", "Category", "交易类别"),
        _col("counterparty", "text", "Counterparty", "对手方"),
        _col("balance_after", "money", "Balance after", "交易后余额"), CURRENCY,
        _id("basket_id", "Basket id", "订单号"),
        _col("item", "category", "Item", "商品"),
        _col("quantity", "number", "Quantity", "数量"),
    ), owner=("customer_id", "account_id"), key="transaction_id"),
    Table("balances", Text("Balances", "余额"), (
        CUSTOMER_ID, ACCOUNT_ID,
        _col("balance_on", "date", "Date", "余额日期", True),
        _col("balance", "money", "Balance", "余额", True),
        _col("product", "category", "Product", "产品"), CURRENCY,
    ), owner=("customer_id", "account_id")),
    Table("events", Text("App events", "行为事件"), (
        CUSTOMER_ID,
        _col("happened_at", "timestamp", "Time", "发生时间", True),
        _col("event", "category", "Event", "事件", True),
        _id("session_id", "Session id", "会话号"),
        _col("page", "category", "Page", "页面"),
        _col("source", "category", "Source", "来源"),
        _col("slot", "category", "Slot", "资源位"),
        _col("device", "category", "Device", "设备"),
        _col("result", "category", "Result", "结果"),
        _col("reason", "category", "Reason", "原因"),
        _col("duration_s", "number", "Duration, seconds", "时长（秒）"),
    )),
    Table("contacts", Text("Campaign contacts", "营销触达"), (
        _col("campaign", "category", "Campaign", "活动", True), CUSTOMER_ID,
        _col("sent_at", "timestamp", "Sent at", "触达时间", True),
        _col("arm", "category", "Arm", "实验组别"),
        _col("channel", "category", "Channel", "触达渠道"),
        _col("slot", "category", "Slot", "资源位"),
        _col("creative", "category", "Creative", "素材"),
        _col("seen_at", "timestamp", "Seen at", "曝光时间"),
        _col("clicked_at", "timestamp", "Clicked at", "点击时间"),
        _col("converted_at", "timestamp", "Converted at", "转化时间"),
        _col("cost", "money", "Cost", "成本"),
    )),
    Table("feedback", Text("Feedback", "客户反馈"), (
        CUSTOMER_ID,
        _col("happened_at", "timestamp", "Time", "反馈时间", True),
        _col("score", "number", "Score", "评分", True),
        _col("text", "text", "Text", "反馈内容"),
        _col("tag", "category", "Tag", "标签"),
    )),
    Table("risk", Text("Risk", "风险"), (
        _id("customer_id", "Customer id", "客户号", True),
        _col("risk_score", "number", "Risk score", "风险评分"),
        _col("grade", "category", "Grade", "风险等级"),
        _col("flag", "bool", "Flag", "风险标识"),
    ), key="customer_id"),
)}  # fmt: skip


def column(path: str) -> Column:
    """The column named by `table.column`, such as `transactions.amount`.

    >>> column("transactions.amount").kind
    'money'
    """
    table, name = path.split(".")
    return TABLES[table].column(name)


def has_customer(table: str) -> bool:
    """Whether rows of this table belong to a customer (all do today; kept as a question)."""
    return any(c.name == "customer_id" for c in TABLES[table].columns)


def has_account(table: str) -> bool:
    """Whether rows of this table may name an account."""
    return any(c.name == "account_id" for c in TABLES[table].columns)


def time_column(table: str) -> str | None:
    """The column that says when a row happened; None for tables of facts without a day.

    Only these tables are cut at `as_of`.

    >>> time_column("balances"), time_column("customers")
    ('balance_on', None)
    """
    return {"transactions": "happened_at", "balances": "balance_on", "events": "happened_at",
            "contacts": "sent_at", "feedback": "happened_at"}.get(table)  # fmt: skip
