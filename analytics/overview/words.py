"""Sentences of the overview."""

from __future__ import annotations

from datetime import date
from math import exp
from typing import Any

from analytics.overview.months import Glance
from analytics.overview.outcomes import OUTCOMES
from analytics.schema import TABLES
from analytics.text import LANGS, Text, counted, day, money, share

TITLE, FINDINGS = Text("Overview", "总览"), Text("Findings", "发现")
QUESTION = Text(
    "What is in this extract, and what is worth a look first?", "数据概况如何？哪些值得优先关注？"
)
DEFINITION = Text(
    "Customers known at the day; per calendar month the customers with a transaction, the transactions, money in "
    "and out, and all known balances at the month's end. The first and the last month may be incomplete.",
    "截至统计日的客户；按自然月统计有交易的客户数、交易笔数、流入与流出金额，以及月末全部已知余额。首月与末月数据可能不完整。",
)
FINDINGS_DEFINITION = Text(
    "Groups whose share with an outcome differs from all others', what the same customers do more or less than a year "
    "(or a month) before, and totals whose last change is unlike all before; only what beats the best of copies of the "
    "bank in which chance is the only cause. Groups of 30 customers or more.",
    "某结果占比与其余客户不同的群体、同一批客户与去年同期（或上月）相比的变化，以及最近变动异于以往的总量；"
    "仅列出优于随机打乱副本中最佳结果者。群体不少于 30 位客户。",
)
AT = Text("On {day} there are {n} customers, of whom {recent} ({p}) had a transaction in the last 90 days.",
          "截至{day}共有{n}位客户，其中{recent}位（{p}）近 90 天有交易。")  # fmt: skip
LAST_MONTH = Text("In {month}, {active} customers made {moved} transactions; {money_in} came in and {money_out} went out.",
                  "{month}，{active}位客户发生{moved}笔交易，流入 {money_in}，流出 {money_out}。")  # fmt: skip
BALANCES = Text("All known balances add up to {amount}.", "全部已知余额合计 {amount}。")
MINUS = "\u2212"  # no line breaks behind it
COUNT_TITLES = {"customers": Text("Customers", "客户数"), "recent": Text("Active in 90 days", "近 90 天活跃"),
                "findings": Text("Findings", "发现数")}  # fmt: skip
DIFFERS = Text("{group}: {p} of {n} customers {what}, {direction} than the {q} of the others ({gap} points, 95 % interval {low} to {high}).",
               "{group}：{n}位客户中 {p} {what}，{direction}其余客户的 {q}（相差 {gap} 个百分点，95% 置信区间 {low} 至 {high}）。")  # fmt: skip
CHANGED = Text("Of the same {n} customers, {q} {what} in {last}, against {p} in {first} ({gap} points, 95 % interval {low} to {high}).",
               "同一批{n}位客户中，{what}者的占比由{first}的 {p} 变为{last}的 {q}（相差 {gap} 个百分点，95% 置信区间 {low} 至 {high}）。")  # fmt: skip
UNUSUAL = Text("{what} changed by {step} in {month}; in the {n} months before, monthly changes lay between {low} and {high}.",
               "{month}{what}变动 {step}；此前{n}个月的月度变动介于 {low} 与 {high} 之间。")  # fmt: skip
MORE, FEWER = Text("more", "高于"), Text("fewer", "低于")
MADE, WAS = Text("had a transaction", "有交易"), Text("used the app", "使用手机银行")
KIND = Text("had “{name}”", "有“{name}”交易")
TOTALS = {
    "movements": Text("The number of transactions", "交易笔数"),
    "money_in": Text("Money in", "流入金额"),
    "money_out": Text("Money out", "流出金额"),
    "active_customers": Text("The number of active customers", "活跃客户数"),
}
SHORT = {
    "quiet": Text("quiet for 90 days", "90 天无交易"), "app": Text("in the app", "使用手机银行"),
    "fallen": Text("balance halved", "余额减半"), "products": Text("three products or more", "三种及以上产品"),
    "transactions": Text("had a transaction", "有交易"), "events": Text("used the app", "使用手机银行"),
}  # fmt: skip
SORTS = {
    "differs": Text("Differs", "群体差异"), "changed": Text("Changed", "变化"),
    "unusual": Text("Unusual", "异常"),
}  # fmt: skip


CELLS = {"sort": SORTS, "what": SHORT,
         "attribute": {column.name: column.title for column in TABLES["customers"].columns}}  # fmt: skip


def headline(result: Glance) -> list[Text]:
    """How many customers there are, and what they did in the last whole month."""
    at = Text(*(day(result.provenance.as_of, lang) for lang in LANGS))
    part = share(result.recent / result.customers if result.customers else None)
    said = [AT.fill(day=at, n=counted(result.customers), recent=counted(result.recent), p=part)]
    whole = result.months.filter(result.months["complete"])
    if whole.height:
        last = whole.row(-1, named=True)
        said.append(LAST_MONTH.fill(
            month=_month(last["month"]), active=counted(last["active_customers"]), moved=counted(last["movements"]),
            money_in=_amount(last["money_in"]), money_out=_amount(last["money_out"])))  # fmt: skip
    if result.has_balances and (known := result.months["balance"].drop_nulls()).len():
        said.append(BALANCES.fill(amount=_amount(known[-1])))
    return said


def short(what: str) -> Text:
    """An outcome or a kind of transaction in a word or two."""
    name = what.removeprefix("kind:")
    return SHORT.get(what, Text(f"“{name}”", f"“{name}”"))


def differs(attribute: Text, value: str, outcome: str, group: tuple[float, float], rest: tuple[float, float],
            interval: tuple[float, float]) -> Text:  # fmt: skip
    """One group against all others."""
    p, q = group[0] / group[1], rest[0] / rest[1]
    name = Text(f"{attribute.en} {value}", f"{attribute.zh}“{value}”")
    return DIFFERS.fill(
        group=name, p=share(p), n=counted(round(group[1])), what=OUTCOMES[outcome], direction=MORE if p > q else FEWER,
        q=share(q), gap=_points(p - q), low=_points(interval[0]), high=_points(interval[1]))  # fmt: skip


def changed(name: str, n: int, before: tuple[date, float], after: tuple[date, float],
            interval: tuple[float, float]) -> Text:  # fmt: skip
    """The same customers, then and now."""
    return CHANGED.fill(
        n=counted(n), what=_done(name), p=share(before[1]), q=share(after[1]), first=_month(before[0]),
        last=_month(after[0]), gap=_points(after[1] - before[1]), low=_points(interval[0]),
        high=_points(interval[1]))  # fmt: skip


def unusual(name: str, month: date, step: float, usual: tuple[float, float], months: int) -> Text:
    """A total whose change is far outside the earlier ones."""
    return UNUSUAL.fill(what=TOTALS[name], month=_month(month), step=_percent(step), n=months - 1,
                        low=_percent(usual[0]), high=_percent(usual[1]))  # fmt: skip


def page_of_outcome(outcome: str, attribute: str) -> tuple[str, dict[str, Any]]:
    """The analysis that shows an outcome, broken down by the attribute."""
    page = {"quiet": "lifecycle", "app": "paths", "fallen": "ledger", "products": "rules"}[outcome]
    return page, {"by": attribute}


def page_of_change(name: str) -> str:
    """The analysis that shows what customers did."""
    return "paths" if name == "events" else "rfm"


def _done(name: str) -> Text:
    if name == "transactions":
        return MADE
    return WAS if name == "events" else KIND.fill(name=name.removeprefix("kind:"))


def _amount(value: object) -> Text:
    return Text(money(value, "en"), money(value, "zh"))


def _points(value: float) -> str:
    return f"{100 * value:+.1f}".replace("-", MINUS)


def _percent(step: float) -> str:
    return f"{exp(step) - 1:+.1%}"


def _month(month: date) -> Text:
    return Text(f"{month:%Y-%m}", f"{month.year}年{month.month}月")
