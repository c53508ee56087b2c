"""What the paths view says and draws. Positions come from the tables."""

from __future__ import annotations

import math
from typing import Any, Literal

import altair as alt
import polars as pl

from analytics import style
from analytics.names import lines_drawn
from analytics.paths import between, layers
from analytics.paths.params import MOST_NODES, WEIGHTS
from analytics.paths.result import PathsResult
from analytics.sequences import apart, draw
from analytics.sequences.words import number
from analytics.spoken import said, spoken
from analytics.text import Lang, Text, share

TITLE = Text("Paths", "行为路径")
QUESTION = Text(
    "Which step follows which, and along which ways do customers move?",
    "一步之后是哪一步？客户沿哪些路径前进？",
)
SANKEY = Text("The first steps, layer by layer", "逐步流向图")
GRAPH = Text("Transitions between steps", "步骤转移图")
MATRIX = Text("What follows what", "步骤转移矩阵")
STEPS = Text("Share of sequences at each step", "各步分布")
BREAKDOWN = Text("Transitions per group", "各组转移")
DIFFERENCES = Text("Where a group's ways differ", "分组路径差异")
DIFFERENCE = Text("Share of the group less that of the others", "组内占比减其余占比")
DIFFERENCE_NOTE = Text(
    "{group} against all others; a dot marks q < 5 %", "{group} 与其余客户；圆点表示 q < 5%"
)
NOTE = Text("(other): all names that are not shown apart; (end): no further step",
            "（其他）：未单列的名称合计；（结束）：无后续步骤")  # fmt: skip
STEP, NAME, SEQUENCES = (
    Text("Step", "第几步"),
    Text("Step name", "步骤"),
    Text("Sequences", "序列条数"),
)
SOURCE, TARGET, SHARE = (
    Text("From", "起点"),
    Text("To", "终点"),
    Text("Share of sequences", "序列占比"),
)
TRANSITION, CUSTOMERS = Text("Transition", "转移"), Text("Share of customers", "客户占比")
ROUND = Text("Steps around a circle", "步骤按圆周排列")
PERCENT = ("out_probability", "in_probability", "share")
SHOWN, FAINT = 14, "#A9B0B7"
LETTER, LINE = 6.2, 12  # points of a letter and of a line of the names in the flow


def headline(result: PathsResult) -> list[Text]:
    """How many transitions and the most frequent, the way searched for, what sets two groups apart."""
    counts = result.provenance.counts
    found = [Text("{n} transitions between {k} steps by {c} customers.", "{c}位客户在 {k}个步骤之间转移 {n}次。").fill(
        n=number(counts["transitions"]), k=number(len(result.built.alphabet)), c=number(counts["customers"]))]  # fmt: skip
    if result.transitions.height:
        row = result.transitions.row(0, named=True)
        most = Text(
            "{before} Most frequent: {a} to {b}, {n} times; {s} of what follows {a}.",
            "{before}最常见：{a} 到 {b}，{n}次，占 {a} 后续步骤的 {s}。",
        )
        found = [most.fill(before=found[0], a=spoken(row["source"]), b=spoken(row["target"]), n=number(row["count"]), s=share(row["out_probability"]))]  # fmt: skip
    if result.search is not None:
        row = result.search.row(0, named=True)
        found.append(Text("{n} customers walk {way} ({s} of the sequences).", "{n}位客户走过 {way}（占序列 {s}）。").fill(
            n=number(row["customers"]), way=row["search"], s=share(row["share"])))  # fmt: skip
    return [*found, *apart.sentence(result.apart, between.label)]


def sankey(result: PathsResult, lang: Lang) -> Any:
    """Ribbons between layers; a node's height is its share of the sequences."""
    chosen = style.pick("step", "token")
    names = [t for t in _order(result) if t not in (layers.OTHER, layers.END)]
    greys = [layers.OTHER, layers.END]
    hues = style.colours(names).to_dict()["range"]
    colour = alt.Color("token:N", legend=None).scale(
        domain=[*names, *greys], range=[*hues, style.NEUTRAL, FAINT]
    )
    nodes = draw.spoken(result.nodes, lang, "token").with_columns(
        x0=pl.col("step") - 0.04, x1=pl.col("step") + 0.04, middle=(pl.col("y0") + pl.col("y1")) / 2
    )
    last = result.codes.shape[1]
    boxes = alt.Chart(style.values(nodes)).mark_rect().encode(
        alt.X("x0:Q", title=STEP(lang)).scale(zero=False, nice=False, domainMax=last + 0.9).axis(
            values=list(range(1, last + 1)), format="d", grid=False),
        alt.X2("x1:Q"), alt.Y("y0:Q", title=SHARE(lang)).scale(reverse=True).axis(labels=False, ticks=False, grid=False),
        alt.Y2("y1:Q"), colour, opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("step:O", title=STEP(lang)), alt.Tooltip("token_said:N", title=NAME(lang)),
            alt.Tooltip("sequences:Q", title=SEQUENCES(lang), format=","),
            alt.Tooltip("share:Q", title=SHARE(lang), format=".1%")]).add_params(chosen)  # fmt: skip
    ribbons = alt.Chart(style.values(_ribbons(result.flows, lang))).mark_area(opacity=0.3, interpolate="monotone").encode(
        alt.X("x:Q"), alt.Y("top:Q"), alt.Y2("bottom:Q"), colour, alt.Detail("ribbon:N"), tooltip=[
            alt.Tooltip("from:N", title=SOURCE(lang)), alt.Tooltip("to:N", title=TARGET(lang)),
            alt.Tooltip("sequences:Q", title=SEQUENCES(lang), format=",")])  # fmt: skip
    # A name that its box is too low for is in the tooltip.
    room = f"max(10, floor((width / {last} - 14) / {LETTER}))"
    labels = alt.Chart(style.values(nodes)).transform_calculate(
        lines=lines_drawn("datum.token_said", room)).transform_filter(
        f"(datum.y1 - datum.y0) * height >= {LINE} * length(datum.lines)").mark_text(
        align="left", dx=4, fontSize=11, lineHeight=LINE, dy=alt.expr(f"(1 - length(datum.lines)) * {LINE / 2}")).encode(
        alt.X("x1:Q"), alt.Y("middle:Q"), alt.Text("lines:N"))  # fmt: skip
    return style.framed(
        boxes + ribbons + labels, SANKEY(lang), sankey_alt(result, lang), NOTE(lang), 600
    )


def _ribbons(flows: pl.DataFrame, lang: Lang) -> list[dict[str, Any]]:
    """Four points of every ribbon: flat out of the source, flat into the target."""
    rows = []
    for number_, one in enumerate(flows.iter_rows(named=True)):
        for x, side in ((0.04, 0), (0.38, 0), (0.62, 1), (0.96, 1)):
            rows.append({"ribbon": number_, "x": one["step"] + x, "token": one["source"], "from": said(one["source"], lang), "to": said(one["target"], lang),
                         "sequences": one["sequences"], "top": one["to_y0"] if side else one["y0"],
                         "bottom": one["to_y1"] if side else one["y1"]})  # fmt: skip
    return rows


def sankey_alt(result: PathsResult, lang: Lang) -> str:
    """The chart in words."""
    return draw.described(result.nodes.filter(step=1), "token", "share", lang)


def steps(result: PathsResult, lang: Lang) -> Any:
    """The step matrix: share of sequences at each step."""
    return draw.matrix(result.nodes, ("token", "step"), "share", (STEPS, NAME, STEP, SHARE), steps_alt(result, lang),
                       lang, note=NOTE(lang), orders=(_order(result), None))  # fmt: skip


def _order(result: PathsResult) -> list[str]:
    """Names by how often they are met, Other and End last."""
    order = (
        result.nodes.group_by("token")
        .agg(pl.col("share").sum())
        .sort("share", "token", descending=[True, False])["token"]
        .to_list()
    )
    return [t for t in order if t not in (layers.OTHER, layers.END)] + [layers.OTHER, layers.END]


def steps_alt(result: PathsResult, lang: Lang) -> str:
    """The chart in words."""
    return draw.described(result.nodes.filter(step=2), "token", "share", lang)


def _most(result: PathsResult) -> tuple[pl.DataFrame, list[str]]:
    """The transitions between the most frequent steps, and these steps, most frequent first."""
    names = result.transitions.group_by("source").agg(pl.col("count").sum()).sort(
        "count", "source", descending=[True, False])["source"].head(SHOWN)  # fmt: skip
    kept = pl.all_horizontal(pl.col("source", "target").is_in(names.implode()))
    return result.transitions.filter(kept), names.to_list()


def matrix(result: PathsResult, lang: Lang) -> Any:
    """The chosen weight of every transition between the most frequent steps."""
    weight, (frame, names) = result.params.weight, _most(result)
    return draw.matrix(frame, ("source", "target"), weight, (MATRIX, SOURCE, TARGET, WEIGHTS[weight]),
                       matrix_alt(result, lang), lang, percent=weight in PERCENT,
                       orders=(names, names))  # fmt: skip


def matrix_alt(result: PathsResult, lang: Lang) -> str:
    """The chart in words."""
    frame = result.transitions.with_columns(way=pl.col("source") + " → " + pl.col("target"))
    return draw.described(
        frame, "way", result.params.weight, lang, percent=result.params.weight in PERCENT
    )


def graph(result: PathsResult, lang: Lang) -> Any:
    """The strongest transitions between names on a circle; thicker is more."""
    edges = _most(result)[0].filter(pl.col("source") != pl.col("target")).head(MOST_NODES)
    names = sorted(set(edges["source"]) | set(edges["target"]))
    at = {
        name: (math.cos(2 * math.pi * k / len(names)), math.sin(2 * math.pi * k / len(names)))
        for k, name in enumerate(names)
    }
    weight, chosen = result.params.weight, style.pick("source", "target")
    rows = [{**one, "x": at[one["source"]][0], "y": at[one["source"]][1], "x2": at[one["target"]][0], "y2": at[one["target"]][1]}
            for one in draw.spoken(edges, lang, "source", "target").iter_rows(named=True)]  # fmt: skip
    plain: dict[str, Any] = {"labels": False, "ticks": False, "grid": False, "domain": False}
    lines = alt.Chart(style.values(rows)).mark_rule(color=style.ACCENT).encode(
        alt.X("x:Q", title=ROUND(lang)).axis(**plain).scale(domain=[-2.2, 2.2]), alt.X2("x2:Q"),
        alt.Y("y:Q", title=ROUND(lang)).axis(**plain).scale(domain=[-1.25, 1.25]), alt.Y2("y2:Q"),
        alt.Size(f"{weight}:Q", title=WEIGHTS[weight](lang)).scale(range=[0.5, 7]), opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("source_said:N", title=SOURCE(lang)), alt.Tooltip("target_said:N", title=TARGET(lang)),
            alt.Tooltip(f"{weight}:Q", title=WEIGHTS[weight](lang), format=".1%" if weight in PERCENT else ",.4~g"),
        ]).add_params(chosen)  # fmt: skip
    points = alt.Chart(
        style.values([{"name": said(n, lang), "x": x, "y": y} for n, (x, y) in at.items()])
    )
    dots = points.mark_circle(size=160, color=style.CONTRAST, opacity=1).encode(alt.X("x:Q"), alt.Y("y:Q"), tooltip=[
        alt.Tooltip("name:N", title=NAME(lang))])  # fmt: skip
    sides: tuple[tuple[int, Literal["left", "right"], str], ...] = (
        (1, "left", "datum.x >= 0"), (-1, "right", "datum.x < 0"))  # fmt: skip
    names_at = [points.mark_text(dx=side * 12, align=align, fontSize=12).encode(
        alt.X("x:Q"), alt.Y("y:Q"), alt.Text("name:N")).transform_filter(where)
        for side, align, where in sides]  # fmt: skip
    return style.framed(
        alt.layer(lines, dots, *names_at), GRAPH(lang), graph_alt(result, lang), "", 560
    )


def graph_alt(result: PathsResult, lang: Lang) -> str:
    """The chart in words."""
    return matrix_alt(result, lang)


def differences(result: PathsResult, lang: Lang) -> Any:
    """The step matrix of the largest group less that of all others; a dot where q is below 5 %."""
    assert result.steps_by_group is not None
    name = _largest(result)
    frame = result.steps_by_group.filter(pl.col("group").eq_missing(pl.lit(name)))
    note = DIFFERENCE_NOTE.fill(group="–" if name is None else said(name, lang))
    return draw.difference(frame, ("token", "step"), (DIFFERENCES, NAME, STEP, DIFFERENCE), differences_alt(result, lang),
                           lang, f"{note(lang)}{'; ' if lang == 'en' else '；'}{NOTE(lang)}", _order(result))  # fmt: skip


def _largest(result: PathsResult) -> str | None:
    assert result.groups is not None
    return result.groups["group"][0] if result.groups.height else None


def differences_alt(result: PathsResult, lang: Lang) -> str:
    """The chart in words."""
    assert result.steps_by_group is not None
    frame = result.steps_by_group.filter(pl.col("group").eq_missing(pl.lit(_largest(result))))
    return draw.described(frame.sort(pl.col("difference").abs(), descending=True, nulls_last=True),
                          "token", "difference", lang)  # fmt: skip


def breakdown(result: PathsResult, lang: Lang) -> Any:
    """Share of each group's customers that ever make a transition."""
    assert result.breakdown is not None
    return draw.grouped(result.breakdown, "transition", "share", (BREAKDOWN, TRANSITION, CUSTOMERS),
                        breakdown_alt(result, lang), lang)  # fmt: skip


def breakdown_alt(result: PathsResult, lang: Lang) -> str:
    """The chart in words."""
    assert result.breakdown is not None
    return draw.described(result.breakdown, "transition", "share", lang)
