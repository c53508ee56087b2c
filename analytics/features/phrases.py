"""How people say that a customer has more or less of a feature than the others.

Every phrase has a topic; a name takes one phrase of a topic, because "often active, many movements"
says one thing twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from analytics.features.feature import Feature
from analytics.spoken import said
from analytics.text import Text


class Phrase(NamedTuple):
    """Words for more and for less of a feature, and what both speak of."""

    topic: str
    more: Text
    less: Text


def _phrase(topic: str, more: str, more_zh: str, less: str, less_zh: str) -> Phrase:
    return Phrase(topic, Text(more, more_zh), Text(less, less_zh))


PHRASES: Mapping[str, Phrase] = {
    "recency_days": _phrase("time", "quiet for long", "久未动账", "recently active", "近期活跃"),
    "active_days": _phrase("activity", "often active", "活跃频繁", "seldom active", "活跃较少"),
    "active_months": _phrase("activity", "active in most months", "多数月份活跃", "active in few months", "活跃月份少"),
    "recent_share": _phrase("time", "busier of late", "近期转活跃", "quieter of late", "近期转冷淡"),
    "typical_gap_days": _phrase("activity", "long pauses", "活跃间隔长", "short pauses", "活跃间隔短"),
    "gap_variation": _phrase("rhythm", "irregular", "活跃不规律", "regular", "活跃规律"),
    "transactions": _phrase("activity", "many movements", "交易笔数多", "few movements", "交易笔数少"),
    "turnover": _phrase("money", "large amounts moved", "交易金额大", "small amounts moved", "交易金额小"),
    "money_in": _phrase("money", "much money in", "资金流入多", "little money in", "资金流入少"),
    "money_out": _phrase("money", "much money out", "资金流出多", "little money out", "资金流出少"),
    "typical_amount": _phrase("size", "large single amounts", "单笔金额大", "small single amounts", "单笔金额小"),
    "largest_amount": _phrase("size", "a very large single amount", "最大单笔金额高", "no large single amount", "最大单笔金额低"),
    "amount_spread": _phrase("spread", "uneven amounts", "单笔金额悬殊", "even amounts", "单笔金额均匀"),
    "credit_share": _phrase("direction", "many payments in", "入账笔数偏多", "many payments out", "出账笔数偏多"),
    "refund_share": _phrase("refunds", "many refunds", "退款多", "few refunds", "退款少"),
    "weekend_share": _phrase("weekday", "active at weekends", "周末活跃", "active on weekdays", "工作日活跃"),
    "morning_share": _phrase("hour", "active before noon", "上午活跃", "active after noon", "午后活跃"),
    "evening_share": _phrase("hour", "active in the evening", "晚间活跃", "active in the daytime", "日间活跃"),
    "hour_spread": _phrase("hour", "active at all hours", "时段分散", "active at the same hours", "时段集中"),
    "channels_used": _phrase("channel", "many channels", "使用多种渠道", "one channel", "渠道单一"),
    "kinds_used": _phrase("kinds", "many kinds of movement", "交易类型多样", "few kinds of movement", "交易类型单一"),
    "counterparties": _phrase("parties", "many counterparties", "交易对手多", "few counterparties", "交易对手少"),
    "baskets": _phrase("activity", "many orders", "订单多", "few orders", "订单少"),
    "items_bought": _phrase("items", "a wide choice of items", "商品种类多", "few different items", "商品种类少"),
    "salary_months": _phrase("salary", "salary or pension paid in", "有代发工资或养老金", "no salary or pension", "无代发工资或养老金"),
    "salary_in": _phrase("salary", "high salary or pension", "代发工资或养老金高", "no salary or pension", "无代发工资或养老金"),
    "balance": _phrase("balance", "high balance", "余额高", "low balance", "余额低"),
    "mean_balance": _phrase("balance", "high mean balance", "平均余额高", "low mean balance", "平均余额低"),
    "balance_trend": _phrase("trend", "growing balance", "余额上升", "shrinking balance", "余额下降"),
    "balance_variation": _phrase("variation", "unsteady balance", "余额波动大", "steady balance", "余额平稳"),
    "debt": _phrase("debt", "in debt", "有负债", "no debt", "无负债"),
    "term_share": _phrase("holding", "money in term deposits", "资金多在定期", "no term deposits", "少定期存款"),
    "wealth_share": _phrase("holding", "money in wealth products", "资金多在理财", "no wealth products", "少理财产品"),
    "savings_share": _phrase("holding", "money in savings", "资金多在储蓄", "no savings account", "少储蓄存款"),
    "products_held": _phrase("products", "many products", "持有产品多", "few products", "持有产品少"),
    "app_days": _phrase("app", "often in the app", "常用 APP", "seldom in the app", "少用 APP"),
    "tenure_days": _phrase("tenure", "long with the bank", "老客户", "new to the bank", "新客户"),
    "age_years": _phrase("age", "older", "年长", "younger", "年轻"),
    "risk_score": _phrase("risk", "high risk score", "风险评分高", "low risk score", "风险评分低"),
}  # fmt: skip

BY_SHARE: Mapping[str, tuple[Text, Text]] = {
    "channel": (Text("often by {name}", "常用{name}渠道"), Text("seldom by {name}", "少用{name}渠道")),
    "kind": (Text("many {name} movements", "{name}交易多"), Text("few {name} movements", "{name}交易少")),
    "category": (Text("much spent on {name}", "{name}类交易多"), Text("little spent on {name}", "{name}类交易少")),
}  # fmt: skip


def phrase(one: Feature) -> Phrase:
    """The phrase of a feature: its own, one made of the extract's name, or one of its title.

    >>> from analytics.features.table import CATALOGUE
    >>> phrase(next(f for f in CATALOGUE if f.key == "balance")).more.en
    'high balance'
    """
    if one.key in PHRASES:
        return PHRASES[one.key]
    family = one.key.partition("_")[0]
    if one.of_data and family in BY_SHARE:
        name = str(next(iter(one.values.values())))
        quoted = Text(f"“{name}”", f"“{said(name, 'zh')}”")
        return Phrase(family, *(text.fill(name=quoted) for text in BY_SHARE[family]))
    title = Text(one.title.en[:1].lower() + one.title.en[1:], one.title.zh)
    return Phrase(one.key, *(text.fill(title=title) for text in (
        Text("{title} high", "{title}高"), Text("{title} low", "{title}低"))))  # fmt: skip
