"""The movements around one case on a time line; for the card of one case, without any id."""

from __future__ import annotations

import math

import altair as alt
import polars as pl

from analytics import style
from analytics.anomalies.card import FlagCard
from analytics.text import Lang, Text, day

TITLE = Text("Movements around the day", "当日前后的交易")
TIME, AMOUNT = Text("Time", "时间"), Text("Amount", "金额")
SHOWN = Text("Movement", "交易")
FLAGGED, OTHER = Text("Flagged", "已提示"), Text("Other", "其他")
NOTE = Text("Orange: flagged. Dashed: the usual largest movement; dotted: from here an amount is large",
            "橙色：已提示。虚线：平常较大金额；点线：达到即为大额")  # fmt: skip
WORDS = Text("{n} movements within 90 days of {day}, {flagged} of them flagged.",
             "{day} 前后 90 天内共 {n} 笔交易，其中 {flagged} 笔已提示。")  # fmt: skip


def words(card: FlagCard, lang: Lang) -> str:
    """The time line for those who cannot see it."""
    return WORDS.fill(n=card.movements.height, day=day(card.day, lang),
                      flagged=int(card.movements["flagged"].sum()))(lang)  # fmt: skip


def _ticks(card: FlagCard, usual: float) -> list[float]:
    """Powers of ten on either side of 0, from a tenth of the usual largest to what the chart reaches."""
    sizes = [abs(amount) for amount in card.movements["amount"].to_list()]
    limit = 0.0 if math.isnan(card.limit) else card.limit
    first, last = (
        math.ceil(math.log10(usual / 10)),
        math.floor(math.log10(max(usual, limit, *sizes))),
    )
    powers = [10.0**k for k in range(first, last + 1)]
    return [-p for p in reversed(powers)] + [0.0] + powers


def chart(card: FlagCard, currency: str | None, lang: Lang) -> alt.LayerChart:
    """Every movement by time and amount on a symmetric logarithmic scale, the flagged ones in colour."""
    names = [FLAGGED(lang), OTHER(lang)]
    rows = card.movements.with_columns(
        pl.when("flagged").then(pl.lit(names[0])).otherwise(pl.lit(names[1])).alias("shown"))  # fmt: skip
    usual = 1.0 if math.isnan(card.usual) else card.usual
    title = style.unit(AMOUNT, currency, lang)
    points = alt.Chart(style.values(rows)).mark_point(filled=True, opacity=0.85).encode(
        alt.X("at:T", title=TIME(lang)).axis(format="%Y-%m-%d", labelAngle=0, tickCount=6),
        alt.Y("amount:Q", title=title).scale(type="symlog", constant=usual / 5).axis(
            values=_ticks(card, usual), **style.number_axis(lang)),
        alt.Color("shown:N", legend=None).scale(domain=names, range=[style.CONTRAST, style.NEUTRAL]),
        alt.Size("flagged:N", legend=None).scale(domain=[True, False], range=[110, 35]), tooltip=[
            alt.Tooltip("shown:N", title=SHOWN(lang)),
            alt.Tooltip("at:T", title=TIME(lang), format="%Y-%m-%d %H:%M"),
            alt.Tooltip("amount:Q", title=title, format=",.2f")])  # fmt: skip
    layers = [points]
    if not math.isnan(card.usual):
        for size, dash in ((card.usual, [6, 4]), (card.limit, [2, 4])):
            lines = style.values([{"level": size}, {"level": -size}])
            layers.append(
                alt.Chart(lines)
                .mark_rule(color=style.ACCENT, strokeDash=dash)
                .encode(alt.Y("level:Q"))
            )
    return style.framed(alt.layer(*layers), TITLE(lang), words(card, lang), height=280)
