"""The charts of a list of rules. They draw; every number is in one of the result's tables."""

from __future__ import annotations

from collections.abc import Hashable

import altair as alt
import polars as pl

from analytics import style
from analytics.rules import words
from analytics.rules.measures import MEASURES
from analytics.rules.network import BEYOND, drawn_height
from analytics.rules.result import RulesResult
from analytics.text import Lang, Text

MOST_POINTS = 300
# labelOverlap=False below: the name of every row and column, not of every second one.
ANTECEDENT, CONSEQUENT = Text("Antecedent", "前项"), Text("Consequent", "后项")
ITEM, RULES, BASKETS = Text("Item", "项"), Text("Rules", "规则数"), Text("Baskets", "篮数")
WITHOUT_SCALE = Text(
    "Position has no meaning; only the lines do.", "位置本身无含义，仅连线有意义。"
)
MOST_NOTE = Text("The first {n} rules; the table holds all", "显示前{n}条规则，全部见数据表")
HAS = {True: Text("has it", "满足"), False: Text("has it not", "不满足")}
SIDE = Text("Side of the rule", "规则中的位置")
ROW_SHARE = Text("Share of the row", "行占比")
WAY = Text("From the antecedent to the consequent", "由前项到后项")


def lift_colour(lang: Lang) -> alt.Color:
    """The more lift, the darker."""
    return alt.Color("lift:Q", title=MEASURES["lift"](lang)).scale(range=list(style.SEQUENTIAL[2:]))


def tips(lang: Lang, *measures: str) -> list[alt.Tooltip]:
    """Measures by their names, shares as percent."""
    percent = ("support", "confidence", "confidence_low", "confidence_high", "consequent_support")
    return [alt.Tooltip(f"{m}:Q", title=MEASURES[m](lang), format=".1%" if m in percent else ",.3~g")
            for m in measures]  # fmt: skip


def sides(lang: Lang) -> list[alt.Tooltip]:
    """The two sides of a rule."""
    return [alt.Tooltip("antecedent:N", title=ANTECEDENT(lang)), alt.Tooltip("consequent:N", title=CONSEQUENT(lang))]  # fmt: skip


def scatter(result: RulesResult, lang: Lang) -> alt.Chart:
    """Each rule at its support and confidence, coloured by lift."""
    chosen = style.pick("antecedent", "consequent")
    (shown,) = scatter_rows(result, lang)
    note = MOST_NOTE.fill(n=words.n(shown.height))(lang) if scatter_shape(result) else ""
    chart = alt.Chart(style.values(shown)).mark_circle(size=90).encode(
        alt.X("support:Q", title=MEASURES["support"](lang)).axis(format=".2~%", tickCount=6),
        alt.Y("confidence:Q", title=MEASURES["confidence"](lang)).axis(**style.share_axis()).scale(zero=False),
        lift_colour(lang), opacity=style.fade(chosen),
        tooltip=[*sides(lang), *tips(lang, "count", "support", "confidence", "confidence_low", "lift",
                                       "lift_low", "p_adjusted")]).add_params(chosen)  # fmt: skip
    return style.framed(
        chart, words.SCATTER_TITLE(lang), words.scatter_alt(result, lang), note, 340
    )


def scatter_rows(result: RulesResult, lang: Lang) -> tuple[pl.DataFrame]:
    """The first rules with what the scatter shows of each."""
    return (result.rules.head(MOST_POINTS).select(
        "antecedent", "consequent", "count", "support", "confidence", "confidence_low", "lift", "lift_low", "p_adjusted"),)  # fmt: skip


def scatter_shape(result: RulesResult) -> Hashable:
    """Whether a note says that there are more rules than are drawn."""
    return result.rules.height > MOST_POINTS


def matrix(result: RulesResult, lang: Lang) -> alt.Chart:
    """Groups of antecedents against consequents, coloured by lift."""
    chosen = style.pick("antecedents", "consequent")
    rows = result.frames["matrix"]
    chart = alt.Chart(style.values(rows)).mark_rect(cornerRadius=3).encode(
        alt.X("consequent:N", title=CONSEQUENT(lang), sort=None).axis(labelAngle=-90, labelLimit=140, labelOverlap=False),
        alt.Y("antecedents:N", title=ANTECEDENT(lang), sort=None).axis(labelLimit=220, labelOverlap=False),
        lift_colour(lang), opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("antecedents:N", title=ANTECEDENT(lang)), alt.Tooltip("consequent:N", title=CONSEQUENT(lang)),
            alt.Tooltip("rules:Q", title=RULES(lang)), *tips(lang, "lift", "support")]).add_params(chosen)  # fmt: skip
    height = 180 + 22 * rows["antecedents"].n_unique()
    return style.framed(
        chart, words.MATRIX_TITLE(lang), words.matrix_alt(result, lang), height=height
    )


def graph(result: RulesResult, lang: Lang) -> alt.LayerChart:
    """Items and rules as nodes; lines run from antecedents through the rule to the consequent."""
    chosen = style.pick("antecedent", "consequent")
    (rows,) = graph_rows(result, lang)
    base = alt.Chart(style.values(rows))
    x = alt.X("item_x:Q").axis(None).scale(domain=[-BEYOND, 1 + BEYOND])
    y = alt.Y("item_y:Q").axis(None).scale(domain=[-0.06, 1.06])
    lines = base.mark_rule(opacity=0.55, strokeWidth=2).encode(
        x, y, alt.X2("rule_x:Q"), alt.Y2("rule_y:Q"),
        alt.Color("role:N", title=SIDE(lang)).scale(domain=["from", "to"], range=[style.ACCENT, style.CONTRAST])
        .legend(labelExpr=_role_labels(lang), orient="bottom"))  # fmt: skip
    nodes = base.mark_circle().encode(
        alt.X("rule_x:Q").axis(None), alt.Y("rule_y:Q").axis(None), alt.Size("lift:Q", title=MEASURES["lift"](lang)).scale(range=[20, 140]).legend(orient="bottom", format=".2~f", tickCount=4),
        color=alt.value(style.NEUTRAL), opacity=style.fade(chosen),
        tooltip=[*sides(lang), *tips(lang, "support", "lift")]).add_params(chosen)  # fmt: skip
    items = base.transform_aggregate(
        item_x="min(item_x)", item_y="min(item_y)", rules_y="mean(rule_y)", groupby=["item"])  # fmt: skip
    above, below = (
        items.transform_filter(f"datum.item_y {side} datum.rules_y").mark_text(
            fontSize=11, fontWeight="bold", dy=dy).encode(x, y, alt.Text("item:N"))
        for side, dy in ((">=", -9), ("<", 11)))  # fmt: skip
    return style.framed(alt.layer(lines, nodes, above, below), words.GRAPH_TITLE(lang), words.graph_alt(result, lang),
                        WITHOUT_SCALE(lang), graph_shape(result))  # fmt: skip


def graph_shape(result: RulesResult) -> int:
    """The height."""
    rows = result.frames["graph"]
    return drawn_height(
        rows["item"].n_unique() + rows.select("antecedent", "consequent").n_unique()
    )


def graph_rows(result: RulesResult, lang: Lang) -> tuple[pl.DataFrame]:
    """The arrows with their places."""
    return (result.frames["graph"],)


def parallel(result: RulesResult, lang: Lang) -> alt.Chart:
    """Each rule as a line through its items to the consequent on the right."""
    chosen = style.pick("antecedent", "consequent")
    rows = result.frames["parallel"].with_columns(
        rule=pl.col("antecedent") + " → " + pl.col("consequent")
    )
    names = f"datum.value == 0 ? '{CONSEQUENT(lang)}' : '{ITEM(lang)} ' + (-datum.value)"
    chart = alt.Chart(style.values(rows)).mark_line(point={"size": 70}, strokeWidth=2.5).encode(
        alt.X("step:O", title=WAY(lang)).axis(labelExpr=names, labelAngle=0, grid=True),
        alt.Y("item:N", title=ITEM(lang)).axis(labelLimit=220, labelOverlap=False), alt.Detail("rule:N"), lift_colour(lang),
        opacity=style.fade(chosen), tooltip=[*sides(lang), *tips(lang, "lift", "support")]).add_params(chosen)  # fmt: skip
    height = 130 + 22 * rows["item"].n_unique()
    return style.framed(
        chart, words.PARALLEL_TITLE(lang), words.parallel_alt(result, lang), height=height
    )


def _role_labels(lang: Lang) -> str:
    titles = words.ROLE_TITLES
    return f"datum.label == 'from' ? '{titles['from'](lang)}' : '{titles['to'](lang)}'"


def card(result: RulesResult, lang: Lang) -> alt.LayerChart:
    """The two-by-two table of one rule, with its sentence below the title."""
    chosen = style.pick("antecedent_held", "consequent_held")
    (named,) = card_rows(result, lang)
    order = [text(lang) for text in HAS.values()]
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
        alt.layer(cells, counts, shares),
        words.CARD_TITLE(lang),
        words.card_alt(result, lang),
        words.card_lines(result, lang),
        260,
    )


def card_rows(result: RulesResult, lang: Lang) -> tuple[pl.DataFrame]:
    """The four cells, their sides in words."""
    held = {key: word(lang) for key, word in HAS.items()}
    return (result.frames["card"].with_columns(
        left=pl.col("antecedent_held").replace_strict(held, return_dtype=pl.String),
        right=pl.col("consequent_held").replace_strict(held, return_dtype=pl.String)),)  # fmt: skip


def card_shape(result: RulesResult) -> Hashable:
    """The rule's sentence, which stands below the title."""
    return words.card_sentence(result)
