"""Sentences of the overview."""

from __future__ import annotations

from datetime import date
from math import exp
from typing import Any

from analytics.overview.outcomes import OUTCOMES
from analytics.text import Text, counted, share

TITLE = Text("Overview", "总览")
DIFFERS = Text("{group}: {p} of {n} customers {what}, {direction} than the {q} of the others ({gap} points, 95 % interval {low} to {high}).",
               "{group}：{n}位客户中 {p} {what}，{direction}其余客户的 {q}（相差 {gap} 个百分点，95% 置信区间 {low} 至 {high}）。")  # fmt: skip
CHANGED = Text("Of the same {n} customers, {q} {what} in {last}, against {p} in {first} ({gap} points, 95 % interval {low} to {high}).",
               "同一批{n}位客户中，{last}有 {q} {what}，{first}为 {p}（相差 {gap} 个百分点，95% 置信区间 {low} 至 {high}）。")  # fmt: skip
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
SORTS = {
    "differs": Text("Differs", "群体差异"), "changed": Text("Changed", "变化"),
    "unusual": Text("Unusual", "异常"),
}  # fmt: skip


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


def _points(value: float) -> str:
    return f"{100 * value:+.1f}"


def _percent(step: float) -> str:
    return f"{exp(step) - 1:+.1%}"


def _month(month: date) -> Text:
    return Text(f"{month:%Y-%m}", f"{month.year}年{month.month}月")
