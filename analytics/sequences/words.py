"""What the sequences view says: headline, definition, titles."""

from __future__ import annotations

from typing import Any

from analytics.sequences.mining import ARROW
from analytics.spoken import spoken
from analytics.text import Text, count, share

TITLE = Text("Patterns", "序列模式")
QUESTION = Text("What do customers do, in which order, and what do those who leave do before?",
                "客户按什么顺序做什么？流失的客户此前有哪些行为？")  # fmt: skip
DEFINITION = Text(
    "One sequence per customer (or session): the steps in order of time, repeats collapsed. A pattern a > b > c is "
    "held by a sequence that has a, later b, later c, every step within the gap limits and the whole within the "
    "window; it counts once per sequence. Support is its share of the sequences, compared as a whole number. A gap in "
    "steps is the difference of positions, a gap in days is elapsed time in units of 24 hours; steps of the same "
    "moment have no order. Two groups are compared on steps before each customer's own cut-off and at equal exposure: "
    "the lost up to the day before their last active day, the kept up to a matched active day. p is Fisher's exact, "
    "two-sided; q controls false discoveries over all patterns tested; p_claim is the Westfall-Young adjusted p. "
    "Groups of a breakdown are compared over the same look-back. A longer pattern is reported only if its p is below "
    "that of every pattern it contains.",
    "每位客户（或会话）一条序列：步骤按时间排列，连续重复合并。序列中先有 a、其后有 b、再后有 c，且各步满足间隔限制、整体不超过时间窗，"
    "即包含模式 a > b > c，每条序列计一次。支持度为包含该模式的序列占比，按整数条数比较。步数间隔为位置之差，天数间隔按 24 小时计；"
    "同一时刻的步骤不分先后。两组对比只用各客户截止日之前、同样长度窗口内的步骤：流失客户截至最后活跃日的前一天，留存客户截至匹配的活跃日。"
    "p 为双侧 Fisher 精确检验；q 为对全部受检模式的错误发现率控制；p_claim 为 Westfall-Young 校正值。分组对比采用相同观察期。"
    "较长的模式仅在 p 小于其包含的所有模式时列出。",
)  # fmt: skip
TOP_TITLE = Text("The most frequent patterns", "最常见的序列模式")
ALPHABET_TITLE = Text("Steps by customers", "各步骤客户占比")
RULES_TITLE = Text("What follows: rules with the highest lift", "后续行为：提升度最高的规则")
CONTRAST_TITLE = Text("Patterns that tell the two groups apart", "区分两组的序列模式")
BREAKDOWN_TITLE = Text("Patterns per group", "各组序列模式")
PATTERN, STEP, SUPPORT = Text("Pattern", "模式"), Text("Step", "步骤"), Text("Support", "支持度")
RULE, LIFT, CONFIDENCE = Text("Rule", "规则"), Text("Lift", "提升度"), Text("Confidence", "置信度")
LAG, Q, ODDS = (
    Text("Median lag, days", "间隔中位数（天）"),
    Text("q", "q 值"),
    Text("Odds ratio", "优势比"),
)
SHARE = Text("Share of customers", "客户占比")
CUSTOMERS_WITH = Text("Share of customers with it", "有该步骤的客户占比")
GROUP, LEAD = Text("Group", "分组"), Text("Median lead, days", "提前天数中位数")
BUILD_COUNTS = {
    "customers": Text("Customers with a sequence", "有序列的客户数"), "sequences": Text("Sequences", "序列条数"),
    "steps": Text("Steps", "步骤数"), "steps_hidden": Text("Steps hidden", "已隐藏的步骤数"),
    "steps_before": Text("Steps before the days read, left out", "早于读取期、不计入的步骤数"),
    "steps_without_customer": Text("Steps without a customer, left out", "无客户号而不计入的步骤数"),
}  # fmt: skip
BETWEEN_COUNTS = {
    "compared_a": Text("Customers compared, first group", "参与对比的客户数（对比组）"),
    "compared_b": Text("Customers compared, second group", "参与对比的客户数（参照组）"),
    "undecided": Text("Customers neither lost nor kept", "尚未判定流失或留存的客户数"),
    "too_short": Text("Customers without the exposure", "观察窗口不足的客户数"),
    "cells_tested": Text("Differences tested", "受检差异项数"),
    "cells_apart": Text("Differences with q below alpha", "q 低于阈值的差异项数"),
}  # fmt: skip
COUNT_TITLES = {
    **BUILD_COUNTS, **BETWEEN_COUNTS, "patterns": Text("Frequent patterns", "频繁模式数"),
    "min_count": Text("Sequences that must hold a pattern", "模式所需的最少序列条数"),
    "patterns_tested": Text("Patterns tested", "受检模式数"),
    "min_count_tested": Text("Customers that made a pattern tested", "受检模式所需的最少客户数"),
    "survivors": Text("Reported patterns with q below alpha", "q 低于阈值的模式数"),
}  # fmt: skip


def number(n: int) -> Text:
    """A count in both languages."""
    return Text(count(n, "en"), count(n, "zh"))


def headline(result: Any) -> list[Text]:
    """How much was mined, the commonest pattern, and what tells the groups apart."""
    counts = result.counts
    first = Text("{customers} customers took {steps} steps in {n} sequences; {patterns} patterns are held by at least {least} of them.",
                 "{customers}位客户的 {n}条序列共 {steps}步；{patterns}个模式至少出现在其中 {least}条。").fill(
        customers=number(counts["customers"]), steps=number(counts["steps"]), n=number(counts["sequences"]),
        patterns=number(counts["patterns"]), least=number(counts["min_count"]))  # fmt: skip
    found = [first]
    longer = result.patterns.filter(result.patterns["length"] > 1)
    if longer.height:
        row = longer.row(0, named=True)
        found.append(Text("Most frequent: {p}, held by {n} customers ({s}).", "最常见：{p}，{n}位客户（{s}）。").fill(
            p=spoken(row["pattern"]), n=number(row["customers"]), s=share(row["support"])))  # fmt: skip
    if result.compared is not None:
        found.append(_contrast(result))
    return found


def _contrast(result: Any) -> Text:
    facts = result.compared
    a, b = number(facts.counts["compared_a"]), number(facts.counts["compared_b"])
    names = {
        "a": facts.names[0],
        "b": facts.names[1],
        "na": a,
        "nb": b,
        "tested": number(facts.counts["patterns_tested"]),
    }
    best = facts.table.filter(facts.table["q"] < result.params.alpha)
    if best.is_empty():
        return Text("{a} ({na}) against {b} ({nb}): none of {tested} patterns tested tells them apart.",
                    "{a}（{na}位）与{b}（{nb}位）：受检的 {tested}个模式均不能区分两组。").fill(**names)  # fmt: skip
    row = best.row(0, named=True)
    return Text("{a} ({na}) against {b} ({nb}): {p} is held by {x} and {y}, the strongest of {n} differences that survive.",
                "{a}（{na}位）与{b}（{nb}位）：{p} 的占比分别为 {x} 与 {y}，为 {n}项显著差异中最强的一项。").fill(
        **names, p=spoken(row["pattern"]), x=share(row["share_a"]), y=share(row["share_b"]), n=number(best.height))  # fmt: skip


__all__ = ["ARROW"]
