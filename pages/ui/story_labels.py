"""Titles of the columns and tables of the overview and its findings."""

from __future__ import annotations

from analytics.text import Text

ANALYSES = ("overview", "findings")
COLUMNS: dict[str, Text] = {
    "month": Text("Month", "月份"), "movements": Text("Transactions", "交易笔数"),
    "active_customers": Text("Active customers", "活跃客户数"), "new_customers": Text("New customers", "新增客户数"),
    "money_in": Text("Money in", "流入"), "money_out": Text("Money out", "流出"), "net": Text("Net flow", "净流入"),
    "side": Text("Direction", "方向"), "amount": Text("Amount", "金额"), "complete": Text("Whole month", "完整月份"), "balance": Text("Balance", "余额"), "sort": Text("Kind", "类型"),
    "attribute": Text("Attribute", "属性"), "value": Text("Value", "取值"), "what": Text("What", "内容"),
    "customers": Text("Customers", "客户数"), "fewest": Text("Smallest part", "最小部分"),
    "share": Text("Share", "占比"), "share_against": Text("Held against", "对照占比"),
    "difference": Text("Difference", "差异"), "low": Text("Low, 95 %", "下限 95%"), "high": Text("High, 95 %", "上限 95%"),
}  # fmt: skip
TABLES: dict[str, Text] = {
    "months": Text("Months", "各月数据"), "flows": Text("Money in and out", "资金流入与流出"),
    "findings": Text("What stands out from chance", "超出偶然的发现"),
}  # fmt: skip
