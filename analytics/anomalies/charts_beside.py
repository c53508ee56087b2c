"""Charts that stand beside the list: first digits, known outcomes, and the breakdown.

As in `charts`, `*_rows` are what is drawn and `*_shape` what else the drawing depends on.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from analytics import style
from analytics.anomalies import words
from analytics.anomalies.charts import CUSTOMERS
from analytics.text import Lang, Text, share

if TYPE_CHECKING:
    from analytics.anomalies.result import AnomalyResult

DIGIT, SHARE = Text("First digit", "首位数字"), Text("Share", "占比")
EXPECTED = Text("Expected", "期望占比")
PRECISION, RECALL = Text("Precision", "精确率"), Text("Recall", "召回率")
BEST_SHARE = Text("Customers with the highest scores", "得分最高的客户占比")
MEASURE = Text("Measure", "指标")
BOARD_NOTE = Text("Dashed: {rate} of all have the outcome. Area under the ROC curve {auc}",
                  "虚线：全体中有该结果的占比 {rate}；ROC 曲线下面积 {auc}")  # fmt: skip
GROUP, NO_VALUE = Text("Group", "分组"), Text("(no value)", "（无取值）")
FLAGGED = Text("Share of customers flagged", "被提示客户占比")
GROUPS_SHOWN = 12


def digits(result: AnomalyResult, lang: Lang) -> alt.LayerChart:
    """Shares of first digits as bars, Benford's as marks."""
    chosen = style.pick("digit")
    (rows,) = digits_rows(result, lang)
    base = alt.Chart(style.values(rows)).encode(
        alt.X("digit:O", title=DIGIT(lang)).axis(labelAngle=0), tooltip=[
            alt.Tooltip("digit:O", title=DIGIT(lang)), alt.Tooltip("share:Q", title=SHARE(lang), format=".1%"),
            alt.Tooltip("expected_share:Q", title=EXPECTED(lang), format=".1%")])  # fmt: skip
    bars = base.mark_bar(color=style.NEUTRAL).encode(
        alt.Y("share:Q", title=SHARE(lang)).axis(**style.share_axis()),
        opacity=style.fade(chosen)).add_params(chosen)  # fmt: skip
    marks = base.mark_tick(color=style.CONTRAST, thickness=3, width=24).encode(
        alt.Y("expected_share:Q")
    )
    return style.framed(bars + marks, words.DIGITS_TITLE(lang), words.digits_alt(result, lang),
                        words.conformity(result)(lang), height=260)  # fmt: skip


def board(result: AnomalyResult, lang: Lang) -> alt.LayerChart:
    """Precision and recall among the customers with the highest scores."""
    rows, of_all = board_rows(result, lang)
    names = [PRECISION(lang), RECALL(lang)]
    chosen = style.pick("share")
    lines = alt.Chart(style.values(rows)).mark_line(point=alt.OverlayMarkDef(size=70)).encode(
        alt.X("share:Q", title=BEST_SHARE(lang)).scale(type="log").axis(format=".0%", values=[.01, .02, .05, .1, .2, .5, 1]),
        alt.Y("value:Q", title=SHARE(lang)).axis(**style.share_axis()).scale(domain=[0, 1]),
        alt.Color("measure:N", title=None).scale(style.colours(names)).legend(orient="top"),
        opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("share:Q", title=BEST_SHARE(lang), format=".0%"), alt.Tooltip("measure:N", title=MEASURE(lang)),
            alt.Tooltip("value:Q", title=SHARE(lang), format=".1%"),
            alt.Tooltip("flagged:Q", title=CUSTOMERS(lang))]).add_params(chosen)  # fmt: skip
    base = alt.Chart(style.values(of_all)).mark_rule(
        color=style.NEUTRAL, strokeDash=[5, 4]).encode(alt.Y("base:Q"))  # fmt: skip
    return style.framed(lines + base, words.BOARD_TITLE(lang), words.board_alt(result, lang),
                        board_shape(result)(lang), height=280)  # fmt: skip


def breakdown(result: AnomalyResult, lang: Lang) -> alt.Chart:
    """Share of flagged customers in the largest groups."""
    chosen = style.pick("group")
    (rows,) = breakdown_rows(result, lang)
    chart = alt.Chart(style.values(rows)).mark_bar(cornerRadiusEnd=3, color=style.ACCENT).encode(
        alt.X("share:Q", title=FLAGGED(lang)).axis(**style.share_axis()),
        alt.Y("label:N", title=GROUP(lang), sort=None).axis(labelLimit=240),
        opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("label:N", title=GROUP(lang)), alt.Tooltip("share:Q", title=FLAGGED(lang), format=".1%"),
            alt.Tooltip("flagged:Q", title=CUSTOMERS(lang))]).add_params(chosen)  # fmt: skip
    return style.framed(chart, words.BREAKDOWN_TITLE(lang), words.breakdown_alt(result, lang),
                        height=60 + 34 * rows.height)  # fmt: skip


def digits_rows(result: AnomalyResult, lang: Lang) -> list[pl.DataFrame]:
    """Shares of the first digits."""
    return [result.digits]


def digits_shape(result: AnomalyResult) -> Hashable:
    """The note says how the digits conform."""
    return words.conformity(result)


def board_rows(result: AnomalyResult, lang: Lang) -> list[pl.DataFrame]:
    """Precision and recall one under the other, and the share of all with the outcome."""
    assert result.board is not None
    assert result.board_table is not None
    names = {"precision": PRECISION(lang), "recall": RECALL(lang)}
    rows = result.board_table.unpivot(
        list(names), index=["share", "flagged", "hits"], variable_name="measure"
    ).with_columns(pl.col("measure").replace_strict(names, return_dtype=pl.String))  # fmt: skip
    return [rows, pl.DataFrame({"base": [result.board.base_rate]})]


def board_shape(result: AnomalyResult) -> Text:
    """The note: how common the outcome is, and how well the score tells it."""
    assert result.board is not None
    return BOARD_NOTE.fill(rate=share(result.board.base_rate), auc=f"{result.board.roc_auc:.2f}")


def breakdown_rows(result: AnomalyResult, lang: Lang) -> list[pl.DataFrame]:
    """The largest groups, each with a name."""
    assert result.groups is not None
    label = pl.col("group").fill_null(NO_VALUE(lang))
    return [result.groups.head(GROUPS_SHOWN).with_columns(label=label)]


def breakdown_shape(result: AnomalyResult) -> Hashable:
    """The groups in their order, which is that of the rows."""
    assert result.groups is not None
    return tuple(result.groups["group"].head(GROUPS_SHOWN))
