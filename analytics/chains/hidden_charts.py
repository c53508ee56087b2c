"""What the hidden-state view says and draws."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from analytics import style
from analytics.chains import between
from analytics.sequences import apart, draw
from analytics.sequences.words import number
from analytics.spoken import spoken
from analytics.text import NO_TEXT, Lang, Text, share

TITLE = Text("Hidden states", "隐状态")
QUESTION = Text(
    "Which moods lie behind what customers do, and how do they shift?",
    "行为背后有哪些潜在状态？如何随时间变化？",
)
EMISSION = Text("What customers do in each state", "各状态下的行为概率")
MONTHS = Text("States over the months", "各月状态构成")
MODELS = Text("Fit by number of states", "不同状态数的拟合")
STATE, STEP, CHANCE = Text("State", "状态"), Text("Step", "步骤"), Text("Chance", "概率")
MONTH, SHARE = Text("Month", "月份"), Text("Share of steps", "步骤占比")
COUNT, BIC = Text("Hidden states", "隐状态数"), Text("BIC above the best", "高出最优 BIC")


def headline(result: Any) -> list[Text]:
    """How many states and whether the random starts agreed, the commonest one, what sets two groups apart."""
    counts = result.provenance.counts
    found = [Text("{k} hidden states describe {n} steps of {c} customers{fit}.", "{c}位客户的 {n}步由 {k}个隐状态描述{fit}。").fill(
        k=counts["hidden"], n=number(counts["steps"]), c=number(counts["customers"]), fit=_fitted(result))]  # fmt: skip
    if result.states.height:
        row = result.states.sort("share", "state", descending=[True, False]).row(0, named=True)
        found.append(Text("Most steps ({s}) fall into {name}: typically {t}.", "{s} 的步骤属于 {name}：典型为 {t}。").fill(
            s=share(row["share"]), name=row["state"], t=spoken(row["typical_steps"])))  # fmt: skip
    return [*found, *apart.sentence(result.apart, between.month_label)]


def _fitted(result: Any) -> Text:
    """On how much the chosen model was fitted, and how far its starts lie apart."""
    if result.models.is_empty():
        return NO_TEXT
    best = result.models.filter("best").row(0, named=True)
    return Text(", fitted on {n} sequences from {starts} random starts whose log-likelihoods spread over {d}",
                "（在 {n}条序列上以 {starts}个随机起点拟合，对数似然相差 {d}）").fill(
        n=number(result.provenance.counts["fitted"]), starts=result.params.starts, d=f"{best['spread']:,.1f}")  # fmt: skip


def _common(result: Any) -> pl.DataFrame:
    kept = result.emission.group_by("token").agg(pl.col("probability").max()).sort(
        "probability", "token", descending=[True, False])["token"].head(16)  # fmt: skip
    return result.emission.filter(pl.col("token").is_in(kept.implode()))


def emission(result: Any, lang: Lang) -> Any:
    """Chance of every common step in every state."""
    return draw.matrix(_common(result), ("state", "token"), "probability", (EMISSION, STATE, STEP, CHANCE),
                       emission_alt(result, lang), lang)  # fmt: skip


def emission_alt(result: Any, lang: Lang) -> str:
    """The chart in words."""
    return draw.described(result.states, "typical_steps", "share", lang)


def months(result: Any, lang: Lang) -> Any:
    """Share of the steps of every month per state."""
    frame = result.months.with_columns(pl.col("month").dt.strftime("%Y-%m-%d"))
    return draw.parts(frame, "month", (MONTHS, MONTH, STATE, SHARE), months_alt(result, lang), lang,
                      "slice(datum.label, 0, 7)")  # fmt: skip


def months_alt(result: Any, lang: Lang) -> str:
    """The chart in words."""
    last = result.months.filter(pl.col("month") == pl.col("month").max())
    return draw.described(last, "state", "share", lang)


def models(result: Any, lang: Lang) -> Any:
    """BIC of every number of states, as the distance from the best."""
    frame = result.models.with_columns(above=pl.col("bic") - pl.col("bic").min())
    chosen = style.pick("hidden")
    chart = alt.Chart(style.values(frame)).mark_bar(color=style.ACCENT).encode(
        alt.X("hidden:O", title=COUNT(lang)).axis(labelAngle=0), alt.Y("above:Q", title=BIC(lang)).axis(**style.number_axis(lang)),
        opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("hidden:O", title=COUNT(lang)), alt.Tooltip("above:Q", title=BIC(lang), format=",.1f")]).add_params(chosen)  # fmt: skip
    return style.framed(chart, MODELS(lang), models_alt(result, lang), "", 260)


def models_alt(result: Any, lang: Lang) -> str:
    """The chart in words."""
    return draw.described(result.models, "hidden", "bic", lang, percent=False)
