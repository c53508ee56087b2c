"""The charts of a list of rules. They draw; every number is in one of the result's tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import altair as alt
import polars as pl

from analytics import style
from analytics.rules import words
from analytics.rules.measures import MEASURES
from analytics.rules.nextbest import METHODS
from analytics.rules.result import RulesResult
from analytics.text import Lang, Text

MOST_POINTS = 700
# labelOverlap=False below: the name of every row and column, not of every second one.
ANTECEDENT, CONSEQUENT = Text("Antecedent", "前项"), Text("Consequent", "后项")
ITEM, RULES, BASKETS = Text("Item", "项"), Text("Rules", "规则数"), Text("Baskets", "篮数")
WITHOUT_SCALE = Text(
    "Position has no meaning; only the arrows do.", "位置本身无含义，仅箭头有意义。"
)
MOST_NOTE = Text("The first {n} of {all} rules", "共{all}条规则，显示前{n}条")
HAS = {True: Text("has it", "满足"), False: Text("has it not", "不满足")}
ROW_SHARE = Text("Share of the row", "行占比")
TAKERS, CANDIDATES = Text("Expected takers", "预期人数"), Text("Candidates", "候选客户数")
WAY = Text("From the antecedent to the consequent", "由前项到后项")
OFFERS, PRECISION = Text("Offers per customer", "每客户推荐数"), Text("Precision", "命中率")
RECALL, METHOD = Text("Recall", "召回率"), Text("Method", "方法")
SHUFFLE, YEAR, GROUP = (
    Text("Shuffle", "打乱次序"),
    Text("Joined in", "开户年份"),
    Text("Group", "分组"),
)
NO_VALUE = Text("(no value)", "（无取值）")
SHARE_OF_ALL = Text("Share of all baskets", "占全部篮子比例")


def _lift_colour(lang: Lang) -> alt.Color:
    return alt.Color("lift:Q", title=MEASURES["lift"](lang)).scale(range=list(style.SEQUENTIAL[2:]))


def _tips(lang: Lang, *measures: str) -> list[alt.Tooltip]:
    percent = ("support", "confidence", "confidence_low", "confidence_high", "consequent_support")
    return [alt.Tooltip(f"{m}:Q", title=MEASURES[m](lang), format=".1%" if m in percent else ",.3~g")
            for m in measures]  # fmt: skip


def _sides(lang: Lang) -> list[alt.Tooltip]:
    return [alt.Tooltip("antecedent:N", title=ANTECEDENT(lang)), alt.Tooltip("consequent:N", title=CONSEQUENT(lang))]  # fmt: skip


def scatter(result: RulesResult, lang: Lang) -> alt.Chart:
    """Each rule at its support and confidence, coloured by lift."""
    chosen = style.pick("antecedent", "consequent")
    shown = result.rules.head(MOST_POINTS).select(
        "antecedent", "consequent", "count", "support", "confidence", "confidence_low", "lift", "lift_low", "p_adjusted")  # fmt: skip
    note = "" if shown.height == result.rules.height else MOST_NOTE.fill(
        n=words.n(shown.height), all=words.n(result.rules.height))(lang)  # fmt: skip
    chart = alt.Chart(style.values(shown)).mark_circle(size=90).encode(
        alt.X("support:Q", title=MEASURES["support"](lang)).axis(format=".2~%", tickCount=6),
        alt.Y("confidence:Q", title=MEASURES["confidence"](lang)).axis(**style.share_axis()).scale(zero=False),
        _lift_colour(lang), opacity=style.fade(chosen),
        tooltip=[*_sides(lang), *_tips(lang, "count", "support", "confidence", "confidence_low", "lift",
                                       "lift_low", "p_adjusted")]).add_params(chosen)  # fmt: skip
    return style.framed(
        chart, words.SCATTER_TITLE(lang), words.scatter_alt(result, lang), note, 340
    )


def matrix(result: RulesResult, lang: Lang) -> alt.Chart:
    """Groups of antecedents against consequents, coloured by lift."""
    chosen = style.pick("antecedents", "consequent")
    rows = result.frames["matrix"]
    chart = alt.Chart(style.values(rows)).mark_rect(cornerRadius=3).encode(
        alt.X("consequent:N", title=CONSEQUENT(lang), sort=None).axis(labelAngle=-90, labelLimit=140, labelOverlap=False),
        alt.Y("antecedents:N", title=ANTECEDENT(lang), sort=None).axis(labelLimit=220, labelOverlap=False),
        _lift_colour(lang), opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("antecedents:N", title=ANTECEDENT(lang)), alt.Tooltip("consequent:N", title=CONSEQUENT(lang)),
            alt.Tooltip("rules:Q", title=RULES(lang)), *_tips(lang, "lift", "support")]).add_params(chosen)  # fmt: skip
    height = 180 + 22 * rows["antecedents"].n_unique()
    return style.framed(
        chart, words.MATRIX_TITLE(lang), words.matrix_alt(result, lang), height=height
    )


def graph(result: RulesResult, lang: Lang) -> alt.LayerChart:
    """Items and rules as nodes; lines run from antecedents through the rule to the consequent."""
    chosen = style.pick("antecedent", "consequent")
    rows = result.frames["graph"]
    bare = alt.Axis(labels=False, ticks=False, grid=False, domain=False)
    base = alt.Chart(style.values(rows))
    x = alt.X("item_x:Q", title=ITEM(lang)).axis(bare).scale(domain=[-0.08, 1.08])
    y = alt.Y("item_y:Q", title=ITEM(lang)).axis(bare).scale(domain=[-0.08, 1.08])
    lines = base.mark_rule(opacity=0.55, strokeWidth=2).encode(
        x, y, alt.X2("rule_x:Q"), alt.Y2("rule_y:Q"),
        alt.Color("role:N", title=RULES(lang)).scale(domain=["from", "to"], range=[style.ACCENT, style.CONTRAST])
        .legend(labelExpr=_role_labels(lang)))  # fmt: skip
    nodes = base.mark_circle().encode(
        alt.X("rule_x:Q"), alt.Y("rule_y:Q"), alt.Size("lift:Q", title=MEASURES["lift"](lang)).scale(range=[30, 260]),
        color=alt.value(style.NEUTRAL), opacity=style.fade(chosen),
        tooltip=[*_sides(lang), *_tips(lang, "support", "lift")]).add_params(chosen)  # fmt: skip
    labels = base.transform_aggregate(item_x="min(item_x)", item_y="min(item_y)", groupby=["item"]).mark_text(
        fontSize=11, fontWeight="bold", color="#808890", dy=-8).encode(x, y, alt.Text("item:N"))  # fmt: skip
    return style.framed(lines + nodes + labels, words.GRAPH_TITLE(lang), words.graph_alt(result, lang),
                        WITHOUT_SCALE(lang), 520)  # fmt: skip


def parallel(result: RulesResult, lang: Lang) -> alt.Chart:
    """Each rule as a line through its items to the consequent on the right."""
    chosen = style.pick("antecedent", "consequent")
    rows = result.frames["parallel"].with_columns(
        rule=pl.col("antecedent") + " → " + pl.col("consequent")
    )
    names = f"datum.value == 0 ? '{CONSEQUENT(lang)}' : '{ITEM(lang)} ' + (-datum.value)"
    chart = alt.Chart(style.values(rows)).mark_line(point={"size": 70}, strokeWidth=2.5).encode(
        alt.X("step:O", title=WAY(lang)).axis(labelExpr=names, labelAngle=0, grid=True),
        alt.Y("item:N", title=ITEM(lang)).axis(labelLimit=220, labelOverlap=False), alt.Detail("rule:N"), _lift_colour(lang),
        opacity=style.fade(chosen), tooltip=[*_sides(lang), *_tips(lang, "lift", "support")]).add_params(chosen)  # fmt: skip
    height = 130 + 22 * rows["item"].n_unique()
    return style.framed(
        chart, words.PARALLEL_TITLE(lang), words.parallel_alt(result, lang), height=height
    )


def _role_labels(lang: Lang) -> str:
    titles = words.ROLE_TITLES
    return f"datum.label == 'from' ? '{titles['from'](lang)}' : '{titles['to'](lang)}'"


def pairs(result: RulesResult, lang: Lang) -> alt.Chart:
    """Items against items, coloured by how far they lean to each other (phi)."""
    chosen = style.pick("item_a", "item_b")
    chart = alt.Chart(style.values(result.frames["pairs"])).mark_rect().encode(
        alt.X("item_a:N", title=ITEM(lang)).axis(labelAngle=-90, labelLimit=130, labelOverlap=False),
        alt.Y("item_b:N", title=ITEM(lang)).axis(labelLimit=180, labelOverlap=False),
        alt.Color("phi:Q", title=MEASURES["phi"](lang)).scale(range=list(style.DIVERGING), domainMid=0),
        opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("item_a:N", title=ITEM(lang)), alt.Tooltip("item_b:N", title=ITEM(lang)),
            alt.Tooltip("share:Q", title=SHARE_OF_ALL(lang), format=".1%"),
            *_tips(lang, "count", "lift", "phi")]).add_params(chosen)  # fmt: skip
    return style.framed(chart, words.PAIRS_TITLE(lang), words.pairs_alt(result, lang), height=560)


def card(result: RulesResult, lang: Lang) -> alt.LayerChart:
    """The two-by-two table of one rule, with its sentence below the title."""
    chosen = style.pick("antecedent_held", "consequent_held")
    rows = result.frames["card"]
    named = rows.with_columns(
        left=pl.col("antecedent_held").replace_strict({k: v(lang) for k, v in HAS.items()}, return_dtype=pl.String),
        right=pl.col("consequent_held").replace_strict({k: v(lang) for k, v in HAS.items()}, return_dtype=pl.String))  # fmt: skip
    order = [text(lang) for text in HAS.values()]
    sides = rows.select("antecedent", "consequent").row(0) if rows.height else ("", "")
    base = alt.Chart(style.values(named)).encode(
        alt.X("right:N", title=CONSEQUENT(lang), sort=order).axis(labelAngle=0),
        alt.Y("left:N", title=ANTECEDENT(lang), sort=order))  # fmt: skip
    cells = base.mark_rect(cornerRadius=3).encode(
        alt.Color("row_share:Q", title=ROW_SHARE(lang)).scale(range=list(style.SEQUENTIAL), domain=[0, 1])
        .legend(format=".0%"), opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("left:N", title=ANTECEDENT(lang)), alt.Tooltip("right:N", title=CONSEQUENT(lang)),
            alt.Tooltip("count:Q", title=BASKETS(lang), format=","),
            alt.Tooltip("row_share:Q", title=ROW_SHARE(lang), format=".1%")]).add_params(chosen)  # fmt: skip
    colour = (
        alt.when(alt.datum.row_share > 0.5)
        .then(alt.value("#FFFFFF"))
        .otherwise(alt.value("#10212F"))
    )
    counts = base.mark_text(fontSize=16, dy=-8).encode(
        alt.Text("count:Q", format=","), color=colour
    )
    shares = base.mark_text(fontSize=12, dy=12).encode(
        alt.Text("row_share:Q", format=".1%"), color=colour
    )
    return style.framed(
        cells + counts + shares,
        words.CARD_TITLE(lang),
        words.card_alt(result, lang),
        " → ".join(filter(None, sides)),
        260,
    )


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
            alt.Y("rule:N", title=words.TITLE(lang), sort=None).axis(labelLimit=300, labelOverlap=False),
            _lift_colour(lang).scale(type="sqrt", range=list(style.SEQUENTIAL[2:])),
            opacity=style.fade(chosen), tooltip=[
                *_sides(lang), alt.Tooltip("part:N", title=axis(lang)),
                *_tips(lang, "lift", "confidence", "confidence_low", "confidence_high", "count")]).add_params(chosen)  # fmt: skip
        height = 180 + 24 * max(rows["rule"].n_unique(), 1)
        return style.framed(
            chart, title(lang), words.stability_alt(table, result, lang), height=height
        )

    return build


def takers(result: RulesResult, lang: Lang) -> alt.LayerChart:
    """Expected takers of each rule with their interval; the largest first."""
    chosen = style.pick("antecedent", "consequent")
    rows = result.frames["opportunities"].head(20).with_columns(
        rule=pl.col("antecedent") + " → " + pl.col("consequent"))  # fmt: skip
    base = alt.Chart(style.values(rows)).encode(
        alt.Y("rule:N", title=words.TITLE(lang), sort=None).axis(labelLimit=300))  # fmt: skip
    bars = base.mark_bar(color=style.ACCENT, cornerRadiusEnd=3).encode(
        alt.X("expected_takers:Q", title=TAKERS(lang)).axis(**style.number_axis(lang)), opacity=style.fade(chosen),
        tooltip=[*_sides(lang), alt.Tooltip("candidates:Q", title=CANDIDATES(lang), format=","),
                 alt.Tooltip("expected_takers:Q", title=TAKERS(lang), format=",.0f"),
                 *_tips(lang, "confidence", "confidence_low", "confidence_high")]).add_params(chosen)  # fmt: skip
    ends = base.mark_rule(color=style.CONTRAST, strokeWidth=2).encode(
        alt.X("expected_low:Q"), alt.X2("expected_high:Q"))  # fmt: skip
    return style.framed(bars + ends, words.OFFERS_TITLE(lang), words.offers_alt(result, lang),
                        height=90 + 24 * rows.height)  # fmt: skip


def next_best(result: RulesResult, lang: Lang) -> alt.Chart:
    """Precision of every method by the number of offers."""
    names = {key: title(lang) for key, title in METHODS.items()}
    rows = result.frames["next_best"].with_columns(name=pl.col("method").replace(names))
    chosen = style.pick("method", "k")
    chart = alt.Chart(style.values(rows)).mark_line(point={"size": 80}).encode(
        alt.X("k:O", title=OFFERS(lang)).axis(labelAngle=0),
        alt.Y("precision:Q", title=PRECISION(lang)).axis(**style.share_axis()),
        alt.Color("name:N", title=METHOD(lang)).scale(domain=list(names.values()), range=list(style.CATEGORICAL[:3])),
        opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("name:N", title=METHOD(lang)), alt.Tooltip("k:O", title=OFFERS(lang)),
            alt.Tooltip("precision:Q", title=PRECISION(lang), format=".1%"),
            alt.Tooltip("recall:Q", title=RECALL(lang), format=".1%")]).add_params(chosen)  # fmt: skip
    return style.framed(chart, words.NEXT_TITLE(lang), words.next_alt(result, lang))


def noise(result: RulesResult, lang: Lang) -> alt.Chart:
    """Rules over the thresholds in each shuffle."""
    chart = alt.Chart(style.values(result.frames["noise"])).mark_bar(color=style.NEUTRAL).encode(
        alt.X("shuffle:O", title=SHUFFLE(lang)).axis(labelAngle=0),
        alt.Y("over_thresholds:Q", title=words.COUNT_TITLES["rules_over_thresholds"](lang)),
        tooltip=[alt.Tooltip("over_thresholds:Q", title=words.COUNT_TITLES["rules_over_thresholds"](lang)),
                 alt.Tooltip("believed:Q", title=words.COUNT_TITLES["rules_listed"](lang))])  # fmt: skip
    return style.framed(chart, words.NOISE_TITLE(lang), words.noise_alt(result, lang))
