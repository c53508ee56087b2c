"""The charts beside the list of rules: pairs, parts of the customers, whom to offer what, noise."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import altair as alt
import polars as pl

from analytics import style
from analytics.rules import words
from analytics.rules.charts import ITEM, lift_colour, sides, tips
from analytics.rules.measures import MEASURES
from analytics.rules.ranking import METHODS
from analytics.rules.result import RulesResult
from analytics.text import Lang, Text

MOST_BARS = 20
TAKERS, CANDIDATES = Text("Expected takers", "预期人数"), Text("Candidates", "候选客户数")
OFFERS, PRECISION = Text("Offers per customer", "每客户推荐数"), Text("Precision", "命中率")
LOW, HIGH = Text("At least (95%)", "95% 下限"), Text("At most (95%)", "95% 上限")
RECALL, METHOD = Text("Recall", "召回率"), Text("Method", "方法")
SHUFFLE, YEAR, GROUP = (
    Text("Shuffle", "打乱次序"),
    Text("Joined in", "开户年份"),
    Text("Group", "分组"),
)
NO_VALUE = Text("(no value)", "（无取值）")
SHARE_OF_ALL = Text("Share of all baskets", "占全部篮子比例")


def pairs(result: RulesResult, lang: Lang) -> alt.Chart:
    """Items against items, coloured by how far they lean to each other (phi)."""
    chosen = style.pick("item_a", "item_b")
    (rows,) = pairs_rows(result, lang)
    chart = alt.Chart(style.values(rows)).mark_rect().encode(
        alt.X("item_a:N", title=ITEM(lang)).axis(labelAngle=-90, labelLimit=130, labelOverlap=False),
        alt.Y("item_b:N", title=ITEM(lang)).axis(labelLimit=180, labelOverlap=False),
        alt.Color("phi:Q", title=MEASURES["phi"](lang)).scale(range=list(style.DIVERGING), domainMid=0),
        opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("item_a:N", title=ITEM(lang)), alt.Tooltip("item_b:N", title=ITEM(lang)),
            alt.Tooltip("share:Q", title=SHARE_OF_ALL(lang), format=".1%"),
            *tips(lang, "count", "lift", "phi")]).add_params(chosen)  # fmt: skip
    return style.framed(chart, words.PAIRS_TITLE(lang), words.pairs_alt(result, lang), height=560)


def pairs_rows(result: RulesResult, lang: Lang) -> tuple[pl.DataFrame]:
    """The pairs, both ways."""
    return (result.frames["pairs"],)


def stability(table: str, column: str) -> Callable[[RulesResult, Lang], Any]:
    """The builder of one stability grid: rules against parts of the customers."""
    title = words.STABILITY_TITLE if table == "cohorts" else words.BREAKDOWN_TITLE
    axis = YEAR if table == "cohorts" else GROUP

    def build(result: RulesResult, lang: Lang) -> alt.Chart:
        chosen = style.pick("antecedent", "consequent", column)
        rows = result.frames[table].with_columns(
            rule=pl.col("antecedent") + " → " + pl.col("consequent"),
            part=pl.col(column).cast(pl.String).fill_null(NO_VALUE(lang)))  # fmt: skip
        shown = rows["part"].unique().sort().head(40)
        rows = rows.filter(pl.col("part").is_in(shown.implode()))
        chart = alt.Chart(style.values(rows)).mark_rect(cornerRadius=2).encode(
            alt.X("part:N", title=axis(lang), sort=shown.to_list()).axis(labelAngle=-90, labelLimit=130, labelOverlap=False),
            alt.Y("rule:N", title=words.TITLE(lang), sort=None).axis(labelLimit=300, labelOverlap=False, **style.ABOVE),
            lift_colour(lang).scale(type="sqrt", range=list(style.SEQUENTIAL[2:])),
            opacity=style.fade(chosen), tooltip=[
                *sides(lang), alt.Tooltip("part:N", title=axis(lang)),
                *tips(lang, "lift", "confidence", "confidence_low", "confidence_high", "count")]).add_params(chosen)  # fmt: skip
        height = 180 + 24 * max(rows["rule"].n_unique(), 1)
        return style.framed(
            chart, title(lang), words.stability_alt(table, result, lang), height=height
        )

    return build


def takers(result: RulesResult, lang: Lang) -> alt.LayerChart:
    """Expected takers of each rule with their interval; the largest first."""
    chosen = style.pick("antecedent", "consequent")
    (rows,) = takers_rows(result, lang)
    base = alt.Chart(style.values(rows)).encode(
        alt.Y("rule:N", title=words.TITLE(lang), sort=None).axis(labelLimit=300, **style.ABOVE))  # fmt: skip
    bars = base.mark_bar(color=style.ACCENT, cornerRadiusEnd=3).encode(
        alt.X("expected_takers:Q", title=TAKERS(lang)).axis(**style.number_axis(lang)), opacity=style.fade(chosen),
        tooltip=[*sides(lang), alt.Tooltip("candidates:Q", title=CANDIDATES(lang), format=","),
                 alt.Tooltip("expected_takers:Q", title=TAKERS(lang), format=",.0f"),
                 *tips(lang, "confidence", "confidence_low", "confidence_high")]).add_params(chosen)  # fmt: skip
    ends = base.mark_rule(color=style.CONTRAST, strokeWidth=2).encode(
        alt.X("expected_low:Q"), alt.X2("expected_high:Q"))  # fmt: skip
    return style.framed(bars + ends, words.OFFERS_TITLE(lang), words.offers_alt(result, lang),
                        height=90 + 24 * rows.height)  # fmt: skip


def takers_rows(result: RulesResult, lang: Lang) -> tuple[pl.DataFrame]:
    """The rules with the most takers to expect, each by its name."""
    return (result.frames["opportunities"].head(MOST_BARS).with_columns(
        rule=pl.col("antecedent") + " → " + pl.col("consequent")),)  # fmt: skip


def takers_shape(result: RulesResult) -> Hashable:
    """The height."""
    return min(result.frames["opportunities"].height, MOST_BARS)


def next_best(result: RulesResult, lang: Lang) -> alt.Chart:
    """Precision of every method by the number of offers, in the period that the choice has not seen."""
    names = {key: title(lang) for key, title in METHODS.items()}
    (rows,) = next_rows(result, lang)
    chosen = style.pick("method", "k", "phase")
    chart = alt.Chart(style.values(rows)).mark_line(point={"size": 80}).encode(
        alt.X("k:O", title=OFFERS(lang)).axis(labelAngle=0),
        alt.Y("precision:Q", title=PRECISION(lang)).axis(**style.share_axis()),
        alt.Color("name:N", title=METHOD(lang)).scale(domain=list(names.values()), range=list(style.CATEGORICAL[:3])),
        opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("name:N", title=METHOD(lang)), alt.Tooltip("k:O", title=OFFERS(lang)),
            alt.Tooltip("precision:Q", title=PRECISION(lang), format=".1%"),
            alt.Tooltip("precision_low:Q", title=LOW(lang), format=".1%"),
            alt.Tooltip("precision_high:Q", title=HIGH(lang), format=".1%"),
            alt.Tooltip("recall:Q", title=RECALL(lang), format=".1%")]).add_params(chosen)  # fmt: skip
    return style.framed(chart, words.NEXT_TITLE(lang), words.next_alt(result, lang),
                        words.how_chosen(result)(lang))  # fmt: skip


def next_rows(result: RulesResult, lang: Lang) -> tuple[pl.DataFrame]:
    """The figures of the measuring period, of the choosing one where there is no other."""
    rows = words.judging(result)
    names = {key: title(lang) for key, title in METHODS.items()}
    return (rows.drop("from_day", "to_day").with_columns(name=pl.col("method").replace(names)),)


def next_shape(result: RulesResult) -> Hashable:
    """The note below the title."""
    return words.how_chosen(result)


def noise(result: RulesResult, lang: Lang) -> alt.Chart:
    """Rules over the thresholds in each shuffle."""
    return noise_bars(
        result.frames["noise"], words.noise_sentence(result, result.frames["noise"]), lang
    )


def noise_bars(rows: pl.DataFrame, told: Text, lang: Lang) -> alt.Chart:
    """The same of a table of shuffles; `told` is the chart in words."""
    chart = alt.Chart(style.values(rows)).mark_bar(color=style.NEUTRAL).encode(
        alt.X("shuffle:O", title=SHUFFLE(lang)).axis(labelAngle=0, labelOverlap=True),
        alt.Y("over_thresholds:Q", title=words.COUNT_TITLES["rules_over_thresholds"](lang)).axis(**style.number_axis(lang)),
        tooltip=[alt.Tooltip("shuffle:O", title=SHUFFLE(lang)),
                 alt.Tooltip("over_thresholds:Q", title=words.COUNT_TITLES["rules_over_thresholds"](lang), format=","),
                 alt.Tooltip("believed:Q", title=words.COUNT_TITLES["rules_listed"](lang))])  # fmt: skip
    return style.framed(chart, words.NOISE_TITLE(lang), told(lang))
