"""What the rules view says: headline, definition, the sentence of a rule, charts in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from analytics.names import lines
from analytics.rules.nextbest import CHOOSING, chosen
from analytics.rules.ranking import METHODS
from analytics.rules.result import RulesResult
from analytics.text import LANGS, NO_TEXT, Lang, Text, count, day, share

LINE = 66  # letters of a line under the title of a chart

TITLE = Text("Rules", "关联规则")
QUESTION = Text("What goes together, what of it can be believed, and whom to offer what?",
                "哪些产品或行为经常同时出现？哪些规律可信？应向谁推荐什么？")  # fmt: skip
DEFINITION = Text(
    "A rule says that baskets with the antecedent also hold the consequent. Support is the share of all baskets "
    "that hold both, confidence the share of the antecedent's baskets that hold the consequent, lift the confidence "
    "over the consequent's share. With products, a basket is a customer with at least one account open on the as-of "
    "day; customers without any are not counted. Thresholds are whole numbers of baskets, rounded up. Every rule is "
    "tested by Fisher's exact test, as a whole and item by item given the others; the correction runs over all rules "
    "that could have been listed: every frequent antecedent with every frequent consequent. A rule no more confident "
    "than a simpler one is folded under it. Half of the customers (by default) are held out: rules mined on the others "
    "are confirmed on them, with Holm's correction. Candidates hold the antecedent, lack the consequent and have not "
    "refused contact; expected takers say how many customers like them hold it, not what an offer causes. The method "
    "that names everybody's next product is chosen on one period and measured on the period after it, each "
    "horizon_days long, by what was opened then; it learns from the holdings on the eve.",
    "规则表示：包含前项的篮子往往也包含后项。支持度为同时包含两者的篮子占全部篮子的比例；置信度为包含前项者中同时包含后项的比例；"
    "提升度为置信度与后项总体占比之比。以产品为项时，一个篮子即一位截至日至少持有一个未销账户的客户，未持有任何产品的客户不计入。"
    "阈值按向上取整的篮数比较。每条规则均做 Fisher 精确检验，整体检验并在其余前项给定时逐项检验；校正范围为所有可能入选的规则，"
    "即每个频繁前项与每个频繁后项的组合。置信度不高于更简单规则者并入后者。默认留出一半客户：用其余客户挖掘，再在留出客户上按 Holm 校正验证。"
    "推荐名单为满足前项、未持有后项且未拒绝营销的客户；预期人数表示同类客户中持有者的数量，并非推荐所带来的因果效果。"
    "下一产品的推荐方法在一个期间内选定，在其后的期间内评估（各为 horizon_days 天），以期间内的实际开户为准，并以期间开始前的持有情况学习。",
)  # fmt: skip
UNITS = {
    "products": Text("customers with an open account", "位有未销账户的客户"),
    "orders": Text("baskets", "个购物篮"), "months": Text("customer-months", "个客户月"),
    "behaviour": Text("customers with enough history", "位历史足够的客户"),
}  # fmt: skip
WHO = {"products": Text("customers", "位客户"), "orders": Text("baskets", "个购物篮"),
       "months": Text("customer-months", "个客户月"), "behaviour": Text("customers", "位客户")}  # fmt: skip
COUNT_TITLES = {
    "baskets": Text("Baskets", "篮子数"), "items": Text("Items", "项数"),
    "customers": Text("Customers in them", "涉及客户数"),
    "lines_returned": Text("Returned lines, left out", "退货行，不计入"),
    "customers_with_short_history": Text("Customers with too short a history, left out", "历史过短而不计入的客户数"),
    "baskets_held_out": Text("Baskets held out", "留出的篮子数"),
    "rules_tested": Text("Rules tested", "检验的规则数"),
    "rules_over_thresholds": Text("Rules over the thresholds", "达到阈值的规则数"),
    "rules_significant": Text("Rules left by the correction", "通过校正的规则数"),
    "rules_folded": Text("Redundant rules folded", "并入的冗余规则数"),
    "rules_listed": Text("Rules listed", "列出的规则数"),
}  # fmt: skip
SCATTER_TITLE = Text("Rules by support and confidence", "规则：支持度与置信度")
MATRIX_TITLE = Text("Antecedents by consequent", "前项与后项矩阵")
PARALLEL_TITLE = Text("The best rules, item by item", "主要规则的逐项路径")
GRAPH_TITLE = Text("How items lead to each other", "项之间的关联网络")
PAIRS_TITLE = Text("Items held together", "项的共同出现")
CARD_TITLE = Text("Rule card", "规则卡片")
STABILITY_TITLE = Text("The best rules by year of joining", "主要规则按开户年份的稳定性")
BREAKDOWN_TITLE = Text("The best rules within each group", "主要规则在各组中的表现")
OFFERS_TITLE = Text("Candidates and expected takers", "候选客户与预期人数")
NEXT_TITLE = Text("Next best product against popularity", "下一产品推荐效果对比")
NOISE_TITLE = Text("Rules that shuffled baskets give", "随机打乱后得到的规则数")
ROLE_TITLES = {"from": Text("antecedent", "前项"), "to": Text("consequent", "后项")}


def n(value: int) -> Text:
    """A whole number in both languages."""
    return Text(count(value, "en"), count(value, "zh"))


def headline(result: RulesResult) -> list[Text]:
    """How many rules stand, the best of them, and what can be done with it."""
    counts, tested = result.counts, result.params.correction != "none"
    if not counts["baskets"]:
        return [_nothing(result)]
    first = (Text("{listed} rules among {n} {unit} can be believed, of {tested} tested.",
                  "在{n}{unit}中检验{tested}条规则，{listed}条可信。") if tested else
             Text("{listed} rules among {n} {unit} pass the thresholds, none of them tested.",
                  "在{n}{unit}中有{listed}条规则达到阈值，未做检验。"))  # fmt: skip
    found = [first.fill(listed=n(counts["rules_listed"]), n=n(counts["baskets"]), unit=UNITS[result.held.unit],
                        tested=n(counts["rules_tested"]))]  # fmt: skip
    if counts["rules_listed"]:
        found.append(sentence(result.rules.row(0, named=True), result.held.unit))
    confirmed = _confirmed(result)
    return found if confirmed == NO_TEXT else [*found, confirmed]


def _nothing(result: RulesResult) -> Text:
    """Why there is not one basket."""
    if short := result.counts.get("customers_with_short_history", 0):
        return Text("None of {n} customers has a history long enough for both windows before the index date and the "
                    "time after it: shorten past_days or horizon_days.",
                    "{n}位客户的历史均不足以覆盖索引日前的两个窗口及其后的观察期：请缩短过去窗口或后续窗口。").fill(n=n(short))  # fmt: skip
    return Text("0 {unit} on {day}: there is nothing to mine.", "截至{day}有 0 {unit}，没有可挖掘的内容。").fill(
        unit=UNITS[result.held.unit],
        day=Text(*(day(result.provenance.as_of, lang) for lang in LANGS)))  # fmt: skip


def sentence(rule: Mapping[str, Any], unit: str) -> Text:
    """One rule in words: who, how many of how many, against how many of all."""
    lift = f"{rule['lift']:.1f}"
    return Text(
        "{left} → {right}: {both} of {a} {who} with the first have the second too ({confidence}; 95% interval {low} "
        "to {high}), {lift} times the share among all {n} ({share}).",
        "{left} → {right}：满足前者的{a}{who}中有{both}{who}同时满足后者（{confidence}，95% 置信区间 {low} 至 {high}），"
        "为总体占比（{n}{who}中的 {share}）的 {lift} 倍。",
    ).fill(who=WHO[unit], left=rule["antecedent"], right=rule["consequent"], both=n(rule["count"]),
           a=n(rule["antecedent_count"]), confidence=share(rule["confidence"]),
           low=share(rule["confidence_low"]), high=share(rule["confidence_high"]), lift=lift,
           n=n(rule["n"]), share=share(rule["consequent_support"]))  # fmt: skip


def _confirmed(result: RulesResult) -> Text:
    """What the hold-out says, and the largest group of candidates."""
    proven = result.frames.get("holdout")
    if proven is None or proven.is_empty():
        return NO_TEXT
    text = Text("{good} of {all} rules mined on the other customers hold on those held out",
                "用其余客户挖掘的{all}条规则中，{good}条在留出客户上得到验证").fill(
        good=n(int(proven["confirmed"].sum())), all=n(proven.height))  # fmt: skip
    best = result.frames.get("opportunities")
    if best is None or best.is_empty():
        return Text(f"{text.en}.", f"{text.zh}。")
    row = best.row(0, named=True)
    return Text("{start}; {size} customers have {left} and lack {right}: {low} to {high} would hold it if they "
                "were like the others.",
                "{start}；{size}位客户有 {left} 而无 {right}，若与同类客户一致，预计 {low} 至 {high} 位会持有。").fill(
        start=text, size=n(row["candidates"]), left=row["antecedent"], right=row["consequent"],
        low=f"{row['expected_low']:,.0f}", high=f"{row['expected_high']:,.0f}")  # fmt: skip


def scatter_alt(result: RulesResult, lang: Lang) -> str:
    """The scatter in words: how many rules and the ends of both axes."""
    rules = result.rules
    if rules.is_empty():
        return _none(lang)
    support, confidence = rules["support"], rules["confidence"]
    return Text("Points: {n} rules. Support from {a} to {b}, confidence from {c} to {d}.",
                "散点图：{n}条规则，支持度 {a} 至 {b}，置信度 {c} 至 {d}。").fill(
        n=n(rules.height), a=share(support.min(), 2), b=share(support.max(), 2),  # type: ignore[arg-type]
        c=share(confidence.min()), d=share(confidence.max()))(lang)  # type: ignore[arg-type]  # fmt: skip


def matrix_alt(result: RulesResult, lang: Lang) -> str:
    """The matrix in words: its strongest cell."""
    rows = result.frames["matrix"]
    if rows.is_empty():
        return _none(lang)
    best = rows.sort("lift", descending=True).row(0, named=True)
    return Text("Grid of antecedents by consequent. The strongest cell is {left} to {right}, lift {lift}.",
                "前项与后项的矩阵图，最强的格子为 {left} 至 {right}，提升度 {lift}。").fill(
        left=best["antecedents"], right=best["consequent"], lift=f"{best['lift']:.2f}")(lang)  # fmt: skip


def graph_alt(result: RulesResult, lang: Lang) -> str:
    """The graph in words: how many items and rules."""
    rows = result.frames["graph"]
    return Text("Network of {items} items and {rules} rules; lines lead from antecedents through a rule to its consequent.",
                "由{items}个项与{rules}条规则构成的网络，连线由前项经规则通向后项。").fill(
        items=n(rows["item"].n_unique()),
        rules=n(rows.select("antecedent", "consequent").n_unique()))(lang)  # fmt: skip


def parallel_alt(result: RulesResult, lang: Lang) -> str:
    """The lines in words: how many rules, and the first."""
    rows = result.frames["parallel"]
    first = rows.row(0, named=True)
    return Text("Lines: {rules} rules from the items of the antecedent to the consequent. First: {left} to {right}.",
                "平行坐标图：{rules}条规则，由前项各项连至后项。首位：{left} 至 {right}。").fill(
        rules=n(rows.select("antecedent", "consequent").n_unique()), left=first["antecedent"],
        right=first["consequent"])(lang)  # fmt: skip


def pairs_alt(result: RulesResult, lang: Lang) -> str:
    """The map in words: the pair most often together for its size."""
    rows = result.frames["pairs"]
    if rows.is_empty():
        return _none(lang)
    best = rows.row(0, named=True)
    return Text("Heat map of items held together. Highest lift: {a} with {b}, {lift}.",
                "项共同出现的热力图，提升度最高为 {a} 与 {b}：{lift}。").fill(
        a=best["item_a"], b=best["item_b"], lift=f"{best['lift']:.2f}")(lang)  # fmt: skip


def card_sentence(result: RulesResult) -> Text:
    """The sentence of the rule whose card is drawn."""
    if result.rules.is_empty():
        return Text("No rule stands.", "没有成立的规则。")
    best = result.rules.row(min(result.params.card, result.rules.height) - 1, named=True)
    return sentence(best, result.held.unit)


def card_lines(result: RulesResult, lang: Lang) -> list[str]:
    """The sentence in lines that fit beside another chart; a capital is half as wide again as a small letter."""
    told = card_sentence(result)(lang)
    capitals = sum(letter.isupper() for letter in told)
    return lines(told, int(LINE * len(told) / (len(told) + 0.5 * capitals)))


def card_alt(result: RulesResult, lang: Lang) -> str:
    """The two-by-two table in words: the rule's own sentence."""
    return card_sentence(result)(lang)


def stability_alt(table: str, result: RulesResult, lang: Lang) -> str:
    """How many rules and parts are drawn."""
    rows = result.frames[table]
    part = "cohort" if table == "cohorts" else "group"
    return Text("Grid: lift of the best rules within each of {parts} parts of the customers.",
                "矩阵图：主要规则在{parts}个客户组内的提升度。").fill(
        parts=n(rows[part].n_unique() if part in rows.columns else 0))(lang)  # fmt: skip


def offers_alt(result: RulesResult, lang: Lang) -> str:
    """The bars in words: candidates of the first rule."""
    row = result.frames["opportunities"].row(0, named=True)
    return Text("Bars: expected takers per rule with interval. First: {left} to {right}, {size} candidates.",
                "条形图：各规则的预期人数及区间。首位：{left} 至 {right}，候选{size}位。").fill(
        left=row["antecedent"], right=row["consequent"], size=n(row["candidates"]))(lang)  # fmt: skip


def judging(result: RulesResult) -> pl.DataFrame:
    """The rows of the last period that was judged; the choice has not seen it where there are two."""
    rows = result.frames["next_best"]
    return rows.filter(pl.col("phase") == rows["phase"][-1])


def how_chosen(result: RulesResult) -> Text:
    """By which method everybody's next product is named, and on which days that was decided."""
    method = METHODS[chosen(result.frames["next_best"], result.params)]
    if result.params.next_by != "best":
        return Text("Offers use {method}, as asked", "按设置采用{method}").fill(method=method)
    if CHOOSING not in result.periods:
        return Text("Offers use {method}: there is no earlier period to choose on",
                    "采用{method}：没有更早的时期可供选择").fill(method=method)  # fmt: skip
    period = result.periods[CHOOSING]
    days = Text(*(f"{day(period.first, lang)} – {day(period.last, lang)}" for lang in LANGS))
    return Text("Offers use {method}, chosen on {days}, before the days measured here",
                "采用{method}，依据{days}选定，早于此处的评估期").fill(method=method, days=days)  # fmt: skip


def next_alt(result: RulesResult, lang: Lang) -> str:
    """Precision at one of every method."""
    rows = judging(result).filter(k=1)
    parts = [f"{METHODS[method](lang)} {share(p)}" for method, p in rows.select("method", "precision").rows()]  # fmt: skip
    return Text("Lines: precision by number of offers. At one offer: {parts}; {n} customers judged.",
                "折线图：推荐数量与命中率。推荐 1 个时：{parts}；评估{n}位客户。").fill(
        parts=Text(", ", "，")(lang).join(parts), n=n(int(rows["judged"][0])))(lang)  # fmt: skip


def noise_alt(result: RulesResult, lang: Lang) -> str:
    """What the shuffles gave."""
    return noise_sentence(result, result.frames["noise"])(lang)


def noise_sentence(result: RulesResult, rows: pl.DataFrame) -> Text:
    """What chance alone gives of how many rules tested, beside what the baskets as they are give."""
    counts, times = result.counts, max(rows.height, 1)
    return Text(
        "{times} shuffles of {n} baskets: of {tested} rules tested, {over} pass the thresholds on average and "
        "{good} are believed; {any} of {times} shuffles give any. As they are, the baskets give {own_over} and {own}.",
        "将{n}个篮子打乱{times}次：检验{tested}条规则，平均{over}条达到阈值、{good}条被判为可信；{times}次中有{any}次出现可信规则。"
        "未打乱时分别为{own_over}条和{own}条。",
    ).fill(times=n(rows.height), n=n(counts["baskets"]), tested=n(counts["rules_tested"]),
           over=f"{rows['over_thresholds'].sum() / times:,.1f}", good=f"{rows['believed'].sum() / times:,.2f}",
           any=n(int((rows["believed"] > 0).sum())), own_over=n(counts["rules_over_thresholds"]),
           own=n(counts["rules_listed"] + counts["rules_folded"]))  # fmt: skip


def _none(lang: Lang) -> str:
    return Text("No rule stands at these settings.", "当前设置下没有成立的规则。")(lang)
