"""Titles of result columns and tables in both languages; an unknown one shows its own name."""

from __future__ import annotations

from collections import ChainMap

from analytics.schema import TABLES
from analytics.text import Lang, Text
from pages.ui import (
    anomaly_labels,
    lifecycle_labels,
    rule_labels,
    segment_labels,
    sequence_labels,
    story_labels,
)

_OWN: dict[str, Text] = {
    "customer": Text("Customer", "客户"), "customer_id": Text("Customer", "客户"),
    "segment": Text("Segment", "分群"), "recency_days": Text("Days since last activity", "距上次活动天数"),
    "frequency": Text("Active days", "活跃天数"), "monetary": Text("Amount", "金额"),
    "r": Text("R", "R"), "f": Text("F", "F"), "m": Text("M", "M"),
    "customers": Text("Customers", "客户数"), "share": Text("Share", "占比"),
    "balance": Text("Balance", "余额"), "median_recency_days": Text("Median days since", "距上次活动中位天数"),
    "median_frequency": Text("Median active days", "活跃天数中位数"),
    "median_monetary": Text("Median amount", "金额中位数"), "measure": Text("Measure", "指标"),
    "score": Text("Score", "得分"), "from_value": Text("From", "起"), "to_value": Text("To", "止"),
    "cut_at": Text("Cut at", "分界值"), "tied_across_cut": Text("Tied across the cut", "并列跨界客户"),
    "bin": Text("Bin", "区间序号"), "open_ended": Text("And above", "含以上"),
    "status": Text("Status", "状态"), "group": Text("Group", "分组"),
    "rest_share": Text("Share elsewhere", "其余客户占比"), "difference": Text("Difference", "差异"),
    "with_activity": Text("With activity", "有活动客户"), "day": Text("Day", "日"),
}  # fmt: skip
_TABLES: dict[str, Text] = {
    "rfm": Text("Customers", "客户明细"), "segments": Text("Segments", "分群汇总"),
    "grid": Text("Score grid", "得分矩阵"), "cuts": Text("What a score means", "得分含义"),
    "distribution": Text("Distribution", "分布"), "coverage": Text("Who has a score", "得分覆盖"),
    "breakdown": Text("Breakdown", "分组结构"), "groups": Text("Groups", "分组汇总"),
}  # fmt: skip
_OF_ANALYSES = (
    sequence_labels,
    segment_labels,
    lifecycle_labels,
    story_labels,
)  # their own words for shared names
_CANONICAL = {c.name: c.title for table in TABLES.values() for c in table.columns}
_COLUMNS = ChainMap(_OWN, rule_labels.COLUMNS, sequence_labels.COLUMNS, lifecycle_labels.COLUMNS,
                    anomaly_labels.COLUMNS, _CANONICAL)  # fmt: skip
_KNOWN_TABLES = ChainMap(_TABLES, lifecycle_labels.TABLES, rule_labels.TABLES, sequence_labels.TABLES,
                         anomaly_labels.TABLES, {name: table.title for name, table in TABLES.items()})  # fmt: skip


def column_title(name: str, lang: Lang, analysis: str = "") -> str:
    """The title of a result's or a canonical column; the analysis' own word comes first.

    >>> column_title("amount", "zh"), column_title("share", "en"), column_title("no_such", "en")
    ('金额（贷+ 借-）', 'Share', 'no such')
    """
    found = next((m.COLUMNS[name] for m in _OF_ANALYSES if analysis in m.ANALYSES and name in m.COLUMNS),
                 _COLUMNS.get(name))  # fmt: skip
    return found(lang) if found else name.replace("_", " ")


def table_title(name: str, lang: Lang, analysis: str = "") -> str:
    """The title of a result's table, or of a canonical one; the analysis' own word comes first.

    >>> table_title("segments", "en"), table_title("transactions", "zh")
    ('Segments', '交易流水')
    """
    found = next((m.TABLES[name] for m in _OF_ANALYSES if analysis in m.ANALYSES and name in m.TABLES),
                 _KNOWN_TABLES.get(name))  # fmt: skip
    return found(lang) if found else name.replace("_", " ")
