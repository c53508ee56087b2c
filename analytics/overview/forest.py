"""The findings as one chart: how far two shares lie apart, with the interval of each difference."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from analytics import style
from analytics.overview import words
from analytics.overview.findings import Finding, Findings
from analytics.schema import TABLES
from analytics.text import Lang, Text, count

TITLE = Text("What stands out from chance", "超出偶然的发现")
DIFFERENCE = Text("Difference, percentage points", "差异（百分点）")
INTERVAL = Text("95 % interval", "95% 置信区间")
GROUP, OTHERS = Text("Share", "占比"), Text("Held against", "对照占比")
NOTE = Text("Bars: 95 % interval. Held against all others, or the same customers earlier.",
            "横线为 95% 置信区间。对照为其余客户，或同一批客户的较早时期。")  # fmt: skip
ALT = Text("{n} differences; the largest: {label}, {gap} percentage points.",
           "{n}项差异；最大为{label}，{gap}个百分点。")  # fmt: skip
NOTHING = Text("No difference stands out from chance.", "没有超出偶然的差异。")
ROW, AROUND = 34, 110  # pixels of a finding, and of title and axis


def table(result: Findings) -> pl.DataFrame:
    """Every finding about shares: sort, attribute, value, what, customers, fewest, share, against, difference, low, high."""
    rows = [(one.sort, one.subject[0], one.subject[1], one.what.removeprefix("kind:"), one.n, one.fewest, one.share, one.against,
             one.effect, one.low, one.high) for one in shares(result)]  # fmt: skip
    kinds = {"sort": pl.String, "attribute": pl.String, "value": pl.String, "what": pl.String, "customers": pl.Int64,
             "fewest": pl.Int64, "share": pl.Float64, "share_against": pl.Float64, "difference": pl.Float64,
             "low": pl.Float64, "high": pl.Float64}  # fmt: skip
    return pl.DataFrame(rows, schema=kinds, orient="row")


def shares(result: Findings) -> list[Finding]:
    """The findings that hold two shares against each other."""
    return [one for one in result.found if one.share is not None]


def label(one: Finding, lang: Lang) -> str:
    """What a finding is about, short enough for an axis."""
    attribute, value = one.subject
    customers = TABLES["customers"]
    known = {c.name: c.title for c in customers.columns}
    who = (
        f"{known[attribute](lang) if attribute in known else attribute} {value}: "
        if attribute
        else ""
    )
    return who + words.short(one.what)(lang)


def forest(result: Findings, lang: Lang) -> Any:
    """A dot and an interval per finding."""
    rows = [{**row, "label": label(one, lang)} | {name: 100 * row[name] for name in ("difference", "low", "high")}
            for one, row in zip(shares(result), table(result).iter_rows(named=True), strict=True)]  # fmt: skip
    y = alt.Y("label:N", title=None, sort=None).axis(labelLimit=300)
    tips = [alt.Tooltip("label:N", title=TITLE(lang)), alt.Tooltip("share:Q", title=GROUP(lang), format=".1%"),
            alt.Tooltip("share_against:Q", title=OTHERS(lang), format=".1%"),
            alt.Tooltip("difference:Q", title=DIFFERENCE(lang), format="+.1f")]  # fmt: skip
    base = alt.Chart(style.values(rows))
    zero = (
        alt.Chart(style.values([{"zero": 0}]))
        .mark_rule(color=style.NEUTRAL)
        .encode(alt.X("zero:Q"))
    )
    bars = base.mark_rule(strokeWidth=3, color=style.ACCENT).encode(
        alt.X("low:Q", title=DIFFERENCE(lang)), alt.X2("high:Q"), y)  # fmt: skip
    dots = base.mark_point(filled=True, size=110, color=style.ACCENT, opacity=1).encode(
        alt.X("difference:Q", title=DIFFERENCE(lang)).axis(format="+", tickCount=6), y, tooltip=tips)  # fmt: skip
    return style.framed(
        zero + bars + dots,
        TITLE(lang),
        forest_alt(result, lang),
        NOTE(lang),
        AROUND + ROW * max(3, len(rows)),
    )


def forest_alt(result: Findings, lang: Lang) -> str:
    """How many differences, and the largest."""
    found = sorted(shares(result), key=lambda one: -abs(one.effect))
    if not found:
        return NOTHING(lang)
    return ALT.fill(
        n=count(len(found), lang), label=label(found[0], lang), gap=f"{100 * found[0].effect:+.1f}"
    )(lang)
