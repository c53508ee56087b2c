"""What the tiers' view says: headline, definition, titles, and charts for who cannot see them."""

from __future__ import annotations

import polars as pl

from analytics.text import NO_TEXT, Lang, Text, counted, money, share
from analytics.tiers.params import MEASURES
from analytics.tiers.result import (
    FREQUENT,
    HIGH,
    LOW,
    MIDDLE,
    NEVER,
    OCCASIONAL,
    RARE,
    UNKNOWN,
    TiersResult,
)

TITLE = Text("Tiers", "客户分层")
QUESTION = Text("Who is of high, middle and low value, how often do they come, and how much risk do they take?",
                "哪些客户属于高、中、低价值层级？活跃频率与风险偏好如何？")  # fmt: skip
DEFINITION = Text(
    "Value is the balance, the amount moved in the look-back, or the weighted RFM score (mean percentile "
    "rank of recency, active days and amount moved, by their weights, 0 to 100). Middle and high begin at "
    "shares of the customers, at natural breaks (Fisher and Jenks: least squared distance to the tier's "
    "mean) or at fixed amounts; who has nothing is low. Frequency counts active days. Risk preference "
    "and customer type are as the extract gives them; where it does not, they follow from where the "
    "balance lies, and from balance, receipts and amount moved, by the thresholds. A government body is "
    "known only where given. Moves hold both days against today's limits.",
    "价值口径为余额、观察期交易总额或 RFM 加权得分（最近一次、活跃天数、交易总额百分位排名的加权平均，0 至 100）。"
    "中、高层级起点按客户占比、自然断点（Fisher–Jenks，层内离差平方和最小）或固定金额确定；价值为零者属低层级。"
    "频率以活跃天数计。风险偏好与客户类型以数据为准；未提供时按资金所在产品以及余额、入账笔数、交易总额的阈值判断。"
    "政府机构仅在数据提供时可知。迁移以当前分界值衡量两个日期。",
)  # fmt: skip
TIER_TITLES = {
    HIGH: Text("High value", "高价值"),
    MIDDLE: Text("Middle value", "中价值"),
    LOW: Text("Low value", "低价值"),
}
FREQUENCY_TITLES = {
    FREQUENT: Text("Frequent", "高频"), OCCASIONAL: Text("Occasional", "中频"), RARE: Text("Rare", "低频"),
    NEVER: Text("No activity", "无活动"),
}  # fmt: skip
RISK_TITLES = {
    "conservative": Text("Conservative", "保守型"), "steady": Text("Steady", "稳健型"),
    "aggressive": Text("Aggressive", "进取型"), UNKNOWN: Text("Unknown", "未知"),
}  # fmt: skip
TYPE_TITLES = {
    "mass": Text("Mass", "大众客户"), "high_net_worth": Text("High net worth", "高净值客户"),
    "micro_business": Text("Micro business", "小微企业"), "company": Text("Company", "公司客户"),
    "government": Text("Government", "政府机构"),
}  # fmt: skip
COUNT_TITLES = {
    "customers": Text("Customers at the as-of day", "截至日客户数"),
    "given_type": Text("Of these with a given type", "其中已提供客户类型"),
    "given_risk": Text("Of these with a given risk level", "其中已提供风险等级"),
}
CROSS = Text("Value by risk preference", "价值与风险偏好")
FREQUENCY = Text("Value by frequency", "价值与活跃频率")
TYPES = Text("Customer types", "客户类型")
MIGRATION = Text("Moves between value tiers", "价值层级迁移")
BREAKDOWN = Text("Value tiers within each group", "各组的价值层级")


def said(titles: dict[str, Text], key: str | None) -> Text:
    """How people call a key; the extract's own word where it is its own."""
    return Text("–", "–") if key is None else titles.get(key, Text(key, key))


def headline(result: TiersResult) -> list[Text]:
    """The tiers with their limits, what the high ones hold, and who moved."""
    n = result.provenance.counts["customers"]
    if not n or result.limits is None:
        return [
            Text(
                "There are 0 customers at the as-of day: nothing to place.",
                "截至日客户数为 0，无可分层。",
            )
        ]
    main = result.customers.filter(pl.col("customer_key").is_not_null())
    high = main.filter(value_tier=HIGH)
    total = float(main["value"].clip(0).sum())
    held = float(high["value"].clip(0).sum()) / total if total else None
    middle_from, high_from = result.limits
    first = Text("{high} of {n} customers ({part}) are of high value, with {measure} from {limit}.",
                 "{n}位客户中 {high}位（{part}）为高价值，{measure}不低于 {limit}。").fill(
        high=counted(high.height), n=counted(n), part=share(high.height / n), measure=_measure(result),
        limit=_amount(result, high_from))  # fmt: skip
    rest = Text("middle begins at {limit}", "中价值起点为 {limit}").fill(
        limit=_amount(result, middle_from)
    )
    if middle_from <= 0:  # nobody without value is of middle value
        rest = Text("everybody else who has any is of middle value", "其余有价值者均为中价值")
    second = Text("They hold {held} of it all; {rest}.", "其价值合计占 {held}；{rest}。").fill(
        held=share(held), rest=rest)  # fmt: skip
    return [first, second, *_moved(result)]


def _measure(result: TiersResult) -> Text:
    title = MEASURES[result.measure]
    return Text("a " + title.en if result.measure == "score" else title.en.lower(), title.zh)


def _amount(result: TiersResult, value: float) -> Text:
    if result.measure == "score":
        return Text(f"{value:.1f}", f"{value:.1f}")
    return Text(money(value, "en"), money(value, "zh"))


def _moved(result: TiersResult) -> list[Text]:
    if "migration" not in result.tables:
        return []
    both = result.customers.filter(
        pl.col("before_tier").is_not_null() & pl.col("value_tier").is_not_null()
    )
    rank = {LOW: 0, MIDDLE: 1, HIGH: 2}
    step = both.select(pl.col("value_tier").replace_strict(rank, return_dtype=pl.Int64)
                       - pl.col("before_tier").replace_strict(rank, return_dtype=pl.Int64))["value_tier"]  # fmt: skip
    return [Text("Since {days} days earlier {up} customers rose and {down} fell.", "与 {days} 天前相比，{up}位客户上升，{down}位下降。").fill(
        days=result.params.compare_days, up=counted(int((step > 0).sum())), down=counted(int((step < 0).sum())))]  # fmt: skip


def alt(result: TiersResult, title: Text, lang: Lang) -> str:
    """A chart in words: its title and the tiers."""
    words = headline(result)
    return f"{title(lang)}{Text('. ', '。')(lang)}{(words[0] if words else NO_TEXT)(lang)}"
