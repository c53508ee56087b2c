"""What the funnel view says and draws."""

from __future__ import annotations

from typing import Any

import altair as alt

from analytics import style
from analytics.funnel.result import FunnelResult
from analytics.sequences import draw
from analytics.sequences.words import number
from analytics.spoken import spoken
from analytics.text import Lang, Text, share

TITLE = Text("Funnel", "转化漏斗")
QUESTION = Text(
    "How many go all the way, how soon, and where do the others drop off?",
    "多少客户走完全程？用时多久？在哪一步流失？",
)
FUNNEL = Text("Share of the first step that reaches each step", "各步骤到达率（占首步）")
TIMES = Text("Time from the first step to the last", "从首步到末步的用时")
BREAKDOWN = Text("Conversion per group", "各组转化率")
STEP, REACHED = Text("Step", "步骤"), Text("Share of the first step", "占首步比例")
DAYS, SEQUENCES = Text("Days", "天"), Text("Sequences", "序列条数")
PREVIOUS = Text("Share of the previous step", "占上一步比例")
FROM_FIRST = Text("Median days from the first step", "距首步天数中位数")


def headline(result: FunnelResult) -> list[Text]:
    """Who began, who finished, and where most were lost."""
    rows = result.funnel.to_dicts()
    if len(rows) < 2:
        return [
            Text("0 customers take the first of at least two steps.", "0位客户走过两步中的第一步。")
        ]
    first, last = rows[0], rows[-1]
    found = [Text("{a} of {n} who took {x} ({s}) went on to {y}.", "走过 {x} 的 {n}条序列中，{a}条（{s}）到达 {y}。").fill(
        a=number(last["sequences"]), n=number(first["sequences"]), x=spoken(first["name"]), y=spoken(last["name"]),
        s=share(last["share_of_first"]))]  # fmt: skip
    worst = min(
        rows[1:],
        key=lambda row: row["share_of_previous"] if row["share_of_previous"] is not None else 2,
    )
    before = rows[worst["step"] - 2]
    found.append(Text("The narrowest step is {x} to {y}: {s} go on, {n} drop off.", "最窄的一步是 {x} 到 {y}：{s} 继续，{n}条流失。").fill(
        x=spoken(before["name"]), y=spoken(worst["name"]), s=share(worst["share_of_previous"]), n=number(before["dropped"])))  # fmt: skip
    return found


def funnel(result: FunnelResult, lang: Lang) -> Any:
    """Share of the first step per step, with intervals."""
    return draw.bars(result.funnel, "name", "share_of_first", (FUNNEL, STEP, REACHED), funnel_alt(result, lang), lang,
                     low="low", high="high", tip={"sequences": SEQUENCES, "share_of_previous": PREVIOUS,
                                                  "median_days_from_first": FROM_FIRST})  # fmt: skip


def funnel_alt(result: FunnelResult, lang: Lang) -> str:
    """The chart in words."""
    return draw.described(result.funnel, "name", "share_of_first", lang)


def times(result: FunnelResult, lang: Lang) -> Any:
    """Histogram of the time to convert."""
    chosen = style.pick("bin")
    chart = alt.Chart(style.values(result.times)).mark_rect(color=style.ACCENT).encode(
        alt.X("from_days:Q", title=DAYS(lang)).scale(nice=False), alt.X2("to_days:Q"),
        alt.Y("sequences:Q", title=SEQUENCES(lang)).axis(**style.number_axis(lang)), alt.Y2(datum=0),
        opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("from_days:Q", title=DAYS(lang), format=",.4~g"),
            alt.Tooltip("sequences:Q", title=SEQUENCES(lang), format=",")]).add_params(chosen)  # fmt: skip
    return style.framed(chart, TIMES(lang), times_alt(result, lang), "", 260)


def times_alt(result: FunnelResult, lang: Lang) -> str:
    """The chart in words."""
    return draw.described(result.times, "from_days", "sequences", lang, percent=False)


def breakdown(result: FunnelResult, lang: Lang) -> Any:
    """Share that reaches each step, per group."""
    assert result.breakdown is not None
    return draw.grouped(result.breakdown, "name", "share", (BREAKDOWN, STEP, REACHED), breakdown_alt(result, lang), lang)  # fmt: skip


def breakdown_alt(result: FunnelResult, lang: Lang) -> str:
    """The chart in words."""
    assert result.breakdown is not None
    return draw.described(result.breakdown, "name", "share", lang)
