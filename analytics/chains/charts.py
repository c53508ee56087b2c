"""What the Markov view says and draws."""

from __future__ import annotations

from typing import Any

import polars as pl

from analytics.chains import between
from analytics.sequences import apart, draw
from analytics.sequences.words import number
from analytics.spoken import spoken
from analytics.text import NO_TEXT, Lang, Text, share

TITLE = Text("What comes next", "下一步预测")
QUESTION = Text(
    "What will customers do next, and where do they end up?", "客户下一步会做什么？最终走向哪里？"
)
MATRIX = Text("Chance of the next step", "下一步概率矩阵")
FORECAST = Text("Forecast of the states", "状态预测")
STATES = Text("Customers that were ever in a state", "曾处于各状态的客户")
BREAKDOWN = Text("States per group", "各组状态")
NOW, NEXT, CHANCE = Text("Now", "当前"), Text("Next", "下一步"), Text("Chance", "概率")
AHEAD, STATE, SHARE = (
    Text("Steps ahead", "未来步数"),
    Text("State", "状态"),
    Text("Share of customers", "客户占比"),
)
FAR_DAYS = 3650  # beyond ten years an expectation is arithmetic, not news
MODEL_TITLES = {
    "marginal": Text("Overall share", "边际占比"), "repeat_last": Text("The same again", "重复上一步"),
    "order_1": Text("Chain of one step", "一阶链"), "order_2": Text("Chain of two steps", "二阶链"),
}  # fmt: skip


def headline(result: Any) -> list[Text]:
    """How many steps matter and how soon customers leave, how well the next step is foretold, and
    what sets two groups apart."""
    counts = result.provenance.counts
    k = counts["order"]
    steps = Text("1 step" if k == 1 else f"{k} steps", f"{k}步")
    first = Text("{t} transitions of {c} customers; BIC chooses a memory of {steps}.{lost}", "{c}位客户的 {t}次转移；BIC 选定记忆 {steps}。{lost}").fill(
        t=number(counts["transitions"]), c=number(counts["customers"]), steps=steps, lost=_until_lost(result))  # fmt: skip
    found = [first]
    loss = dict(result.scores.select("model", "log_loss").iter_rows())
    if loss:
        best = result.scores.row(0, named=True)
        found.append(Text("On customers held out the best forecast of the next step is “{m}”: the step is among its first three in {h}; {verdict}.",
                          "在留出客户上，“{m}”预测下一步最好：命中前三的占 {h}；{verdict}。").fill(
            m=MODEL_TITLES[best["model"]], h=share(best["top3_hit_rate"]), verdict=_verdict(loss)))  # fmt: skip
    return [*found, *apart.sentence(result.apart, between.move_label)]


def _until_lost(result: Any) -> Text:
    """Steps and days from the most visited state, where the chain says that they end."""
    rows = result.states.filter(pl.col("expected_days") < FAR_DAYS)
    if rows.is_empty():
        return NO_TEXT
    row = rows.row(0, named=True)
    return Text(" From {s} it takes {k} steps, about {d} days, until a customer is lost.", "从 {s} 出发，平均 {k}步、约 {d}天后流失。").fill(
        s=spoken(row["state"]), k=f"{row['expected_steps']:,.1f}", d=f"{row['expected_days']:,.0f}")  # fmt: skip


def _verdict(loss: dict[str, float]) -> Text:
    if min(loss["order_1"], loss["order_2"]) < min(loss["marginal"], loss["repeat_last"]):
        return Text("the chain beats both simple guesses", "链模型优于两种简单猜测")
    return Text("the chain does not beat the simple guesses", "链模型未能优于简单猜测")


def matrix(result: Any, lang: Lang) -> Any:
    """Chance of every next step, given the present one."""
    names = list(dict.fromkeys([*result.matrix["state"], *result.matrix["next"]]))
    return draw.matrix(result.matrix, ("state", "next"), "probability", (MATRIX, NOW, NEXT, CHANCE),
                       matrix_alt(result, lang), lang, orders=(names, names))  # fmt: skip


def matrix_alt(result: Any, lang: Lang) -> str:
    """The chart in words."""
    return draw.described(
        result.matrix.with_columns(way=pl.col("state") + " → " + pl.col("next")),
        "way",
        "probability",
        lang,
    )


def forecast(result: Any, lang: Lang) -> Any:
    """Share of states, step by step ahead."""
    return draw.parts(result.forecast, "horizon", (FORECAST, AHEAD, STATE, SHARE), forecast_alt(result, lang), lang)  # fmt: skip


def forecast_alt(result: Any, lang: Lang) -> str:
    """The chart in words."""
    last = result.forecast.filter(pl.col("horizon") == pl.col("horizon").max()).sort(
        "share", "state", descending=[True, False]
    )
    return draw.described(last, "state", "share", lang)


def states(result: Any, lang: Lang) -> Any:
    """Customers per state."""
    return draw.bars(
        result.states,
        "state",
        "customers",
        (STATES, STATE, draw.CUSTOMERS),
        states_alt(result, lang),
        lang,
        percent=False,
    )


def states_alt(result: Any, lang: Lang) -> str:
    """The chart in words."""
    return draw.described(result.states, "state", "customers", lang, percent=False)


def breakdown(result: Any, lang: Lang) -> Any:
    """Share of each group's customers that were in a state."""
    assert result.breakdown is not None
    return draw.grouped(result.breakdown, "state", "share", (BREAKDOWN, STATE, SHARE), breakdown_alt(result, lang), lang)  # fmt: skip


def breakdown_alt(result: Any, lang: Lang) -> str:
    """The chart in words."""
    assert result.breakdown is not None
    return draw.described(result.breakdown, "state", "share", lang)
