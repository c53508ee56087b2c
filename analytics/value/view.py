"""What the value analysis says, and its charts."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from analytics import style
from analytics.lifecycle import draw
from analytics.lifecycle.answer import Answer, has, members, tables
from analytics.lifecycle.spoken import BARS, LINES, Spoken
from analytics.registry import Analysis, ChartSpec, Need
from analytics.text import Lang, Text, counted, money, share
from analytics.value.result import TITLE, ValueParams, compute

QUESTION = Text(
    "Who will come back, how often, and what is that worth?", "谁会再来？多频繁？价值几何？"
)
DEFINITION = Text(
    "A buy-till-you-die model is fitted to every customer's repeat active days, the weeks to the last of "
    "them and the weeks since the first. It gives the chance of being there still, the chance of an "
    "active day within the horizon and the expected number of them. The value is that number times the "
    "expected amount of an active day (Gamma-Gamma) times the margin, discounted at the middle of the "
    "horizon. The check fits the model anew as of one horizon ago and compares with what came since. "
    "Customers whose first active day is the as-of day, or who never had one, have no history to judge.",
    "以客户重复活跃天数、首末活跃日间隔周数和客户周龄拟合 BTYD 模型，得出仍在概率、预测期内至少活跃一次的概率及预期活跃天数。"
    "价值 = 预期活跃天数 × 活跃日预期金额（Gamma-Gamma）× 利润率，并按预测期中点折现。"
    "校验：以一个预测期之前的数据重新拟合，与其后实际对照。首个活跃日即截至日或从未活跃的客户无历史可依。")  # fmt: skip
COUNT_TITLES = {
    "customers": Text("Customers at the as-of day", "截至日客户数"), "scored": Text("Customers with a history", "有历史的客户数"),
    "fitted_on": Text("Customers fitted on", "拟合所用客户数"), "checked": Text("Customers in the check", "校验客户数"),
}  # fmt: skip
RETURNS, CUSTOMERS, VALUE = (
    Text("Chance of return", "回归概率"),
    Text("Customers", "客户数"),
    Text("Expected value", "预期价值"),
)
REPEATS, PREDICTED, OBSERVED, LINE, MEAN = (
    Text("Repeat active days", "重复活跃天数"), Text("Predicted", "预测"), Text("Observed", "实际"),
    Text("Line", "曲线"), Text("Mean active days in the horizon", "预测期平均活跃天数"))  # fmt: skip
CHANCE_TITLE = Text("Customers by chance of return", "客户回归概率分布")
TENTHS_TITLE = Text("Expected value by tenth of customers", "各十分位客户的预期价值")
CHECK_TITLE = Text("The model against what came", "模型预测与实际对照")
FAR_OFF = 1.25  # predicted over observed, or the other way round
TENTH = Text("Tenth, the best first", "十分位（自高到低）")


def headline(answer: Answer) -> list[Text]:
    """Who will come back, what it is worth, and how the model did on the last horizon."""
    c, scores, found = answer.counts, answer.frames["value"], answer.facts["fit"]
    assert isinstance(answer.params, ValueParams)
    if found is None:
        return [Text("{n} customers with a history: too few to fit a model.",
                     "有历史的客户{n}位，不足以拟合模型。").fill(n=counted(c["scored"]))]  # fmt: skip
    total, best = (
        float(scores["expected_value"].sum()),
        float(scores.filter(pl.col("tenth") == 1)["expected_value"].sum()),
    )
    back = Text("{back:,.0f} of {n} customers are expected back within {d} days",
                "{n}位客户中预计 {back:,.0f} 位将在 {d} 天内回归").fill(
        back=float(scores["p_return"].sum()), n=counted(c["scored"]), d=answer.params.horizon_days)  # fmt: skip
    told = [Text("{back}; no amount to value them by is known.", "{back}；没有可用于估值的金额。").fill(back=back)
            if not total else
            Text("{back}; the best tenth holds {p} of the expected value of {v}.",
                 "{back}；前十分之一客户占预期价值 {v} 的 {p}。").fill(
        back=back, p=share(best / total), v=Text(money(total, "en"), money(total, "zh")))]  # fmt: skip
    if "check" in answer.frames:
        sums = answer.frames["check"].select(pl.col("predicted_sum", "observed_sum").sum()).row(0)
        told.append(Text("Check on the last {d} days: {a:,.0f} active days predicted, {b:,.0f} came ({n} customers){verdict}.",
                         "对近 {d} 天的校验：预测活跃日 {a:,.0f} 个，实际 {b:,.0f} 个（{n}位客户）{verdict}。").fill(
            d=answer.facts["check_days"], a=sums[0], b=sums[1], n=counted(c["checked"]), verdict=_verdict(*sums)))  # fmt: skip
    return told


def _verdict(predicted: float, observed: float) -> Text:
    """What a prediction far from what came is still good for."""
    if not observed or 1 / FAR_OFF <= predicted / observed <= FAR_OFF:
        return Text("", "")
    off = predicted / observed - 1
    few, low = ("too few", "偏低") if off < 0 else ("too many", "偏高")
    return Text(f": {share(abs(off))} {few}, so trust the order of the customers, not the amounts",
                f"：{low} {share(abs(off))}，可参考客户排序，不宜采信金额")  # fmt: skip


def _worth(answer: Answer) -> draw.Field:
    title = Text(*(style.unit(VALUE, answer.currency, one) for one in ("en", "zh")))
    return ("expected_value", title, ",.2f")


def _chance_rows(answer: Answer, lang: Lang) -> pl.DataFrame:
    return answer.frames["chances"].drop_nulls("chance_from").sort("chance_from")


def _check_rows(answer: Answer, lang: Lang) -> pl.DataFrame:
    names = {"predicted": PREDICTED(lang), "observed": OBSERVED(lang)}
    return answer.frames["check"].unpivot(on=list(names), index=["repeats_from", "customers"], variable_name="line",
                                          value_name="days").with_columns(
        pl.col("line").replace_strict(names, return_dtype=pl.String))  # fmt: skip


_chance_alt = Spoken(
    BARS, CHANCE_TITLE, _chance_rows, ("chance_from", RETURNS, ".0%"), ("customers", CUSTOMERS, ",")
)
_tenth_alt = Spoken(BARS, TENTHS_TITLE, lambda answer, lang: answer.frames["tenths"].drop_nulls("tenth"),
                    ("tenth", TENTH, ",.0f"), _worth, ordered=True)  # fmt: skip
_check_alt = Spoken(LINES, CHECK_TITLE, _check_rows, ("repeats_from", REPEATS, ","), ("days", MEAN, ",.1f"),
                    ordered=True, series=("line", LINE, ""))  # fmt: skip


def _chance_chart(answer: Answer, lang: Lang) -> alt.Chart:
    chart = draw.columns(_chance_rows(answer, lang), ("chance_from", RETURNS, ".0%"), ("customers", CUSTOMERS, ","),
                         ("chance_from",), lang)  # fmt: skip
    return style.framed(chart, CHANCE_TITLE(lang), _chance_alt(answer, lang))


def _tenth_chart(answer: Answer, lang: Lang) -> alt.Chart:
    chart = draw.columns(answer.frames["tenths"].drop_nulls("tenth"), ("tenth", TENTH, ",.0f"), _worth(answer),
                         ("tenth",), lang)  # fmt: skip
    return style.framed(chart, TENTHS_TITLE(lang), _tenth_alt(answer, lang))


def _check_chart(answer: Answer, lang: Lang) -> alt.Chart:
    chart = draw.lines(_check_rows(answer, lang), ("repeats_from", REPEATS, ","), ("days", MEAN, ",.1f"), lang,
                       colour=("line", LINE, ""), pick=("repeats_from",), extra=[("customers", CUSTOMERS, ",")])  # fmt: skip
    return style.framed(chart, CHECK_TITLE(lang), _check_alt(answer, lang))


def _spec(key: str, build: Any, said: Spoken, shown: Any) -> ChartSpec:
    """A chart of one table, drawn once per currency."""
    return ChartSpec(key=key, title=said.title, build=build, alt_text=said, table=key, shown=shown,
                     rows=draw.sent(said.rows), shape=lambda answer: answer.currency)  # fmt: skip


ANALYSES = {
    "value": Analysis(
        key="value", title=TITLE, question=QUESTION, page="customers/value", params=ValueParams,
        compute=compute, tables=tables, headline=headline, members=members, definition=DEFINITION,
        count_titles=COUNT_TITLES,
        charts=(
            _spec("chances", _chance_chart, _chance_alt, lambda answer: True),
            _spec("tenths", _tenth_chart, _tenth_alt, has("tenths")),
            _spec("check", _check_chart, _check_alt, has("check")),
        ),
        needs=(Need(path="transactions.happened_at"), Need(path="transactions.amount")),
    )}  # fmt: skip
