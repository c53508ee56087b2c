"""Titles of the columns and tables that the anomalies view adds."""

from __future__ import annotations

from analytics.text import Text

COLUMNS: dict[str, Text] = {
    "kind": Text("Rule", "规则"), "kinds": Text("Rules", "规则"), "reason": Text("Why", "原因"),
    "happened_at": Text("Time", "时间"), "usual": Text("Usual", "平常值"), "limit": Text("Not flagged below", "不提示上限"),
    "flag_score": Text("Score of the flag", "提示得分"), "peer_percentile": Text("Percentile among peers", "同类百分位"),
    "flags": Text("Flags", "提示数"), "place": Text("Place of the day", "当日名次"),
    "incidents": Text("Incidents", "起数"), "by_chance": Text("By chance", "偶然期望"),
    "tests": Text("Values tested", "检验次数"), "movements": Text("Movements", "交易笔数"),
    "day_of_month": Text("Day of the month", "日"), "cases": Text("Cases", "案件数"),
    "new_customers": Text("Flagged for the first time", "首次被提示客户"), "left_out": Text("Left out", "未列出"),
    "ensemble": Text("All three models", "三模型综合"), "isolation_forest": Text("Isolation forest", "孤立森林"),
    "ecod": Text("ECOD", "ECOD"), "neighbours": Text("Nearest neighbours", "近邻距离"),
    "driver": Text("Most of all", "主要因素"), "digit": Text("First digit", "首位数字"),
    "expected_share": Text("Expected share", "期望占比"), "largest": Text("Largest movement", "最大一笔"),
    "account_id": Text("Account", "账户"), "deviation": Text("Mean deviation", "平均绝对偏差"),
    "conformity": Text("Conformity", "吻合程度"), "precision": Text("Precision", "精确率"),
    "recall": Text("Recall", "召回率"), "lift": Text("Lift", "提升度"), "hits": Text("With the outcome", "已知异常"),
    "verdict": Text("Verdict", "结论"), "said_because": Text("Because", "理由"),
    "decided_at": Text("Decided at, UTC", "判定时间（UTC）"), "stopped_by": Text("Stopped by", "拦截原因"),
    "likelihood": Text("Likely to be confirmed", "确认概率"), "transaction_id": Text("Movement", "流水号"),
}  # fmt: skip
TABLES: dict[str, Text] = {
    "score_bins": Text("Cases by score", "案件得分分布"),
    "flags": Text("Flags", "提示明细"), "cases": Text("Cases", "案件"), "days": Text("By day", "按日"),
    "profiles": Text("Unusual profiles", "异常画像"), "digits": Text("First digits", "首位数字"),
    "unflagged": Text("Random sample, not listed", "随机样本（未列入名单）"),
    "account_digits": Text("First digits by account", "账户首位数字"), "changes": Text("New and cleared", "新增与解除"),
    "board": Text("Against known outcomes", "对照已知结果"), "group_digits": Text("First digits by group", "分组首位数字"),
}  # fmt: skip
