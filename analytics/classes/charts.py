"""The charts of the classes. They draw; every number is in one of the tables."""

from __future__ import annotations

import altair as alt
import polars as pl

from analytics import style
from analytics.classes import words
from analytics.classes.params import MODELS
from analytics.classes.result import ClassesResult
from analytics.text import Lang, Text

CUSTOMERS, SHARE = Text("Customers", "客户数"), Text("Share", "占比")
LABEL, NO_VALUE = Text("Label", "标签"), Text("(no label)", "（无标签）")
TRUTH, PREDICTED = Text("Label", "实际类别"), Text("Foretold", "预测类别")
PRECISION, RECALL = Text("Precision", "精确率"), Text("Recall", "召回率")
FALSE = Text("Share of the others flagged", "误报率")
FLAGGED, THRESHOLD = Text("Flagged", "标记人数"), Text("Threshold", "阈值")
MODEL, MEASURE = Text("Model", "模型"), Text("Measure", "指标")
FEATURE, LOSS = (
    Text("Feature", "特征"),
    Text("Loss of the area when shuffled", "打乱后 PR 面积的下降"),
)
GROUP, ACCURACY = Text("Group", "分组"), Text("Share told right", "判断正确的占比")
MEASURES = {
    "accuracy": ACCURACY, "mean_recall": Text("Mean recall of the classes", "各类平均召回率"),
    "roc_auc": Text("Area under ROC", "ROC 面积"), "pr_auc": Text("Area under precision and recall", "PR 面积"),
}  # fmt: skip
SHOWN, WIDE = 15, 260


def _said(labels: pl.Series, lang: Lang) -> pl.Series:
    """Labels as people call them."""
    return labels.replace({key: title(lang) for key, title in words.LABEL_TITLES.items()})


def labels(result: ClassesResult, lang: Lang) -> alt.Chart:
    """Customers per value of the label."""
    chosen = style.pick("truth")
    rows = result.tables.get(
        "labels",
        pl.DataFrame(schema={"truth": pl.String, "customers": pl.Int64, "share": pl.Float64}),
    )
    rows = rows.head(SHOWN).with_columns(
        name=_said(rows["truth"], lang).head(SHOWN).fill_null(NO_VALUE(lang))
    )
    chart = alt.Chart(style.values(rows)).mark_bar(cornerRadiusEnd=3, color=style.ACCENT).encode(
        alt.X("customers:Q", title=CUSTOMERS(lang)).axis(**style.number_axis(lang)),
        alt.Y("name:N", title=LABEL(lang), sort=None).axis(labelLimit=WIDE), opacity=style.fade(chosen),
        tooltip=[alt.Tooltip("name:N", title=LABEL(lang)),
                 alt.Tooltip("customers:Q", title=CUSTOMERS(lang), format=","),
                 alt.Tooltip("share:Q", title=SHARE(lang), format=".1%")]).add_params(chosen)  # fmt: skip
    return style.framed(chart, words.LABELS(lang), words.alt(result, words.LABELS, lang))


def models(result: ClassesResult, lang: Lang) -> alt.Chart:
    """The four models by four measures."""
    rows = result.tables["models"].unpivot(list(MEASURES), index="model", variable_name="measure")
    rows = rows.with_columns(
        name=pl.col("model").replace_strict({k: t(lang) for k, t in MODELS.items()}, return_dtype=pl.String),
        said=pl.col("measure").replace_strict({k: t(lang) for k, t in MEASURES.items()}, return_dtype=pl.String),
    ).select("name", "said", "value")  # fmt: skip
    chart = alt.Chart(style.values(rows)).mark_rect(cornerRadius=3).encode(
        alt.X("said:N", title=MEASURE(lang), sort=[t(lang) for t in MEASURES.values()]).axis(labelAngle=-20, labelLimit=WIDE),
        alt.Y("name:N", title=MODEL(lang), sort=None).axis(labelLimit=WIDE),
        alt.Color("value:Q", title=MEASURE(lang), legend=None).scale(range=list(style.SEQUENTIAL), domain=[0, 1]),
        tooltip=[alt.Tooltip("name:N", title=MODEL(lang)), alt.Tooltip("said:N", title=MEASURE(lang)),
                 alt.Tooltip("value:Q", title=MEASURE(lang), format=".3f")])  # fmt: skip
    return style.framed(
        chart, words.MODELS_TITLE(lang), words.alt(result, words.MODELS_TITLE, lang)
    )


def confusion(result: ClassesResult, lang: Lang) -> alt.Chart:
    """Judged customers by their label (rows) and what they are taken for (columns)."""
    chosen = style.pick("truth", "predicted")
    rows = result.tables["confusion"]
    rows = rows.with_columns(real=_said(rows["truth"], lang), told=_said(rows["predicted"], lang))
    chart = alt.Chart(style.values(rows)).mark_rect(cornerRadius=3).encode(
        alt.X("told:N", title=PREDICTED(lang)).axis(labelAngle=-20, labelLimit=140),
        alt.Y("real:N", title=TRUTH(lang)).axis(labelLimit=WIDE),
        alt.Color("share:Q", title=RECALL(lang)).scale(range=list(style.SEQUENTIAL), domain=[0, 1]),
        opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("real:N", title=TRUTH(lang)), alt.Tooltip("told:N", title=PREDICTED(lang)),
            alt.Tooltip("customers:Q", title=CUSTOMERS(lang), format=","),
            alt.Tooltip("share:Q", title=SHARE(lang), format=".1%")]).add_params(chosen)  # fmt: skip
    return style.framed(chart, words.CONFUSION(lang), words.alt(result, words.CONFUSION, lang))


def _curve(result: ClassesResult, lang: Lang, x: tuple[str, Text], y: tuple[str, Text], title: Text
           ) -> alt.LayerChart:  # fmt: skip
    chosen = style.pick("threshold")
    board = result.chosen.board if result.chosen else None
    base = board.base_rate if board else 0.0
    rule = [{"x": 0.0, "y": base}, {"x": 1.0, "y": base}]
    if y[0] == "recall":
        rule = [{"x": 0.0, "y": 0.0}, {"x": 1.0, "y": 1.0}]
    rows = result.tables["curve"].select(
        "threshold", "flagged", "precision", "recall", "false_alarm_rate"
    )
    full = alt.Scale(domain=[0, 1])
    line = alt.Chart(style.values(rows)).mark_line(point=True, color=style.ACCENT).encode(
        alt.X(f"{x[0]}:Q", title=x[1](lang)).axis(**style.share_axis()).scale(full),
        alt.Y(f"{y[0]}:Q", title=y[1](lang)).axis(**style.share_axis()).scale(full), opacity=style.fade(chosen),
        order=alt.Order("flagged:Q"), tooltip=[
            alt.Tooltip("flagged:Q", title=FLAGGED(lang), format=","),
            alt.Tooltip("threshold:Q", title=THRESHOLD(lang), format=".3f"),
            alt.Tooltip("precision:Q", title=PRECISION(lang), format=".1%"),
            alt.Tooltip("recall:Q", title=RECALL(lang), format=".1%")]).add_params(chosen)  # fmt: skip
    chance = alt.Chart(style.values(rule)).mark_line(color=style.NEUTRAL, strokeDash=[5, 4]).encode(
        alt.X("x:Q", title=x[1](lang)), alt.Y("y:Q", title=y[1](lang)))  # fmt: skip
    return style.framed(line + chance, title(lang), words.alt(result, title, lang))


def precision_recall(result: ClassesResult, lang: Lang) -> alt.LayerChart:
    """Precision over recall of the target; the dashed line is the base rate."""
    return _curve(
        result, lang, ("recall", RECALL), ("precision", PRECISION), words.PRECISION_RECALL
    )


def roc(result: ClassesResult, lang: Lang) -> alt.LayerChart:
    """Recall over false alarms; the dashed line is chance."""
    return _curve(result, lang, ("false_alarm_rate", FALSE), ("recall", RECALL), words.ROC)


def importance(result: ClassesResult, lang: Lang) -> alt.Chart:
    """The features the model would miss most."""
    rows = result.tables["importance"].head(SHOWN)
    title = "title_zh" if lang == "zh" else "title"
    rows = rows.select(pl.col(title).alias("name"), "importance", "spread")
    chart = alt.Chart(style.values(rows)).mark_bar(color=style.ACCENT, cornerRadiusEnd=3).encode(
        alt.X("importance:Q", title=LOSS(lang)),
        alt.Y("name:N", title=FEATURE(lang), sort=None).axis(labelLimit=WIDE),
        tooltip=[alt.Tooltip("name:N", title=FEATURE(lang)),
                 alt.Tooltip("importance:Q", title=LOSS(lang), format=".3f")])  # fmt: skip
    return style.framed(chart, words.IMPORTANCE(lang), words.alt(result, words.IMPORTANCE, lang),
                        height=60 + 20 * rows.height)  # fmt: skip


def breakdown(result: ClassesResult, lang: Lang) -> alt.Chart:
    """How often the label is told right in each group."""
    chosen = style.pick("group")
    rows = result.tables["breakdown"].head(SHOWN).with_columns(
        name=pl.col("group").fill_null(NO_VALUE(lang)))  # fmt: skip
    chart = alt.Chart(style.values(rows)).mark_bar(color=style.ACCENT, cornerRadiusEnd=3).encode(
        alt.X("accuracy:Q", title=ACCURACY(lang)).axis(**style.share_axis()).scale(domain=[0, 1]),
        alt.Y("name:N", title=GROUP(lang), sort=None).axis(labelLimit=WIDE), opacity=style.fade(chosen),
        tooltip=[alt.Tooltip("name:N", title=GROUP(lang)),
                 alt.Tooltip("customers:Q", title=CUSTOMERS(lang), format=","),
                 alt.Tooltip("accuracy:Q", title=ACCURACY(lang), format=".1%")]).add_params(chosen)  # fmt: skip
    return style.framed(chart, words.BREAKDOWN(lang), words.alt(result, words.BREAKDOWN, lang))
