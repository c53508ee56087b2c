"""The paths result, its tables, and the way back to customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from analytics.dataset import EVERYBODY, Dataset, Population, Provenance
from analytics.paths import between, layers, search, transitions
from analytics.paths.params import PathParams
from analytics.sequences import apart, builder, groups, sides
from analytics.sequences.apart import Apart
from analytics.sequences.builder import DAY_US, Sequences
from analytics.sequences.words import BETWEEN_COUNTS, BUILD_COUNTS
from analytics.text import Text, UserError

DEFINITION = Text(
    "A transition is one step and the next of the same customer (or session). Its chance of what comes next is its "
    "share of the source's transitions, of what came before its share of the target's. Layers lay the first steps of "
    "every sequence (or those from an anchor) side by side; rarer names are joined as Other (…), sequences without a "
    "further step as End (■), so every layer sums to all sequences. Dwell time runs from a step to the next one.",
    "转移指同一客户（或会话）的一步及其下一步。转出概率为占起点全部转移的比例，转入概率为占终点全部转移的比例。分层图并列每条序列的前几步"
    "（或自锚点起）；少见步骤合并为“其他”（…），已无后续步骤者为“结束”（■），因此每层合计等于全部序列。停留时长为一步到下一步的时间。",
)  # fmt: skip
COUNT_TITLES = {
    **BUILD_COUNTS, **BETWEEN_COUNTS, "laid_out": Text("Sequences laid out", "展开的序列条数"), "transitions": Text("Transitions", "转移次数"),
}  # fmt: skip
SEARCH = {
    "search": pl.String,
    "sequences": pl.Int64,
    "customers": pl.Int64,
    "share": pl.Float64,
    "median_days": pl.Float64,
}
MOST_BROKEN_DOWN = 25


@dataclass(frozen=True)
class PathsResult:
    """Every number the page, the headline and the charts show.

    Args:
        provenance: where it comes from.
        params: as given.
        built: the sequences.
        pairs: every transition with its owner.
        rows, codes, names: the layers: sequences, their codes, and what a code is called.
        transitions: source, target and the eight weights; the most frequent first.
        nodes: step, token, sequences, share, y0, y1.
        flows: step, source, target, sequences and their places.
        dwell: token, visits, customers, median_hours, p95_hours.
        search: the way searched for, or None.
        apart: transitions, edges and nodes between two groups, or None where there are none.
        breakdown: transition, group, customers, ... against all others; None without `by`.
        steps_by_group: step, token, group, customers, ... the same for the layers.
        groups: group, customers, steps; None without `by`.
    """

    provenance: Provenance
    params: PathParams
    built: Sequences
    pairs: pl.DataFrame
    rows: np.ndarray
    codes: np.ndarray
    names: list[str]
    transitions: pl.DataFrame
    nodes: pl.DataFrame
    flows: pl.DataFrame
    dwell: pl.DataFrame
    search: pl.DataFrame | None = None
    apart: Apart | None = None
    breakdown: pl.DataFrame | None = None
    steps_by_group: pl.DataFrame | None = None
    groups: pl.DataFrame | None = None


def compute(
    data: Dataset, params: PathParams, as_of: date, population: Population = EVERYBODY
) -> PathsResult:
    """The paths of `population` as known at the end of `as_of`."""
    with data.scope(as_of, population, params.by) as scope:
        log = builder.read_log(scope, population, params)
        both = sides.choose(scope, population, log, params)
        sql = scope.sql()
    built = builder.build(log, params, as_of)
    pairs = transitions.pairs(built)
    rows, codes, names = layers.grid(built.events, built.alphabet, params)
    nodes = layers.node_table(codes, names) if len(rows) else pl.DataFrame(schema=layers.NODES)
    flows = (
        layers.flow_table(codes, names, nodes) if len(rows) else pl.DataFrame(schema=layers.FLOWS)
    )
    table = transitions.transition_table(built, pairs, params.min_customers)
    differs = apart.tested(both, lambda found: between.cells(found, log.alphabet, params), params)
    more: dict[str, Any] = {}
    if params.search.strip() and built.events.n:
        more["search"] = _search(built, params.search)
    if params.by is not None:
        more |= {"breakdown": _breakdown(built, table), "groups": groups.sizes(built),
                 "steps_by_group": _steps_by_group(built, rows, codes, names, nodes)}  # fmt: skip
    counts = {**built.counts, "laid_out": len(rows),
              "transitions": pairs.height, **log.left_out,
              **({} if differs is None else differs.counts)}  # fmt: skip
    return PathsResult(
        Provenance(as_of, population, data.fingerprint, sql, counts), params, built, pairs, rows, codes, names,
        table, nodes, flows, transitions.dwell_table(built, pairs), apart=differs, **more)  # fmt: skip


def _search(built: Sequences, line: str) -> pl.DataFrame:
    found = search.walk(built, line)
    days = found.end - found.start
    median = float(np.median(days)) / DAY_US if len(days) else None
    n = len(found.sequence)
    return pl.DataFrame([(line, n, built.customers_of(found.sequence), n / max(built.events.n, 1), median)],
                        schema=SEARCH, orient="row")  # fmt: skip


def _breakdown(built: Sequences, table: pl.DataFrame) -> pl.DataFrame:
    """Customers of each group that ever made a transition, against all others."""
    ways = list(table.select("source", "target").head(MOST_BROKEN_DOWN).iter_rows())
    held = groups.held_by(built, (_walked(built, *way) for way in ways))
    return groups.compared(
        built, [f"{source} → {target}" for source, target in ways], held, "transition"
    )


def _walked(built: Sequences, source: str, target: str) -> np.ndarray:
    """Sequences that make a transition."""
    events, a, b = built.events, built.alphabet.index(source), built.alphabet.index(target)
    follows = (
        (events.sequence[1:] == events.sequence[:-1])
        & (events.item[:-1] == a)
        & (events.item[1:] == b)
    )
    return events.sequence[1:][follows]


def _steps_by_group(
    built: Sequences, rows: np.ndarray, codes: np.ndarray, names: list[str], nodes: pl.DataFrame
) -> pl.DataFrame:
    """Customers of each group in every node of the layers, against all others."""
    code = {name: k for k, name in enumerate(names)}
    found = list(nodes.select("step", "token").iter_rows())
    held = groups.held_by(built, (rows[codes[:, step - 1] == code[token]] for step, token in found))
    table = groups.compared(built, [str(k) for k in range(len(found))], held, "node")
    place = table["node"].cast(pl.Int64)
    return table.select(
        nodes["step"].gather(place), nodes["token"].gather(place), pl.exclude("node")
    )


def tables(result: PathsResult) -> dict[str, pl.DataFrame]:
    """The result's tables by name, the main one first."""
    found = {
        "transitions": result.transitions,
        "nodes": result.nodes.drop("y0", "y1"),
        "flows": result.flows.select("step", "source", "target", "sequences"),
        "dwell": result.dwell,
    }
    if result.search is not None:
        found["search"] = result.search
    found |= apart.table_of(result.apart)
    for name in ("breakdown", "steps_by_group", "groups"):
        if (frame := getattr(result, name)) is not None:
            found[name] = frame
    return found


def members(result: PathsResult, table: str, row: Mapping[str, Any]) -> pl.Series:
    """Ids of the customers behind one row (or a part of one) of a table."""
    built, customers = result.built, result.built.customers
    if table == "compared" and result.apart is not None:
        return result.apart.customers(row, customers)
    code = {name: k for k, name in enumerate(result.names)}
    if table in ("transitions", "dwell") and ({"source", "target", "token"} & row.keys()):
        asked = {
            "source" if k == "token" else k: code[row[k]]
            for k in ("source", "target", "token")
            if k in row
        }
        return customers["customer_id"].gather(
            result.pairs.filter(**asked)["owner"].unique().sort()
        )
    if table in ("nodes", "flows", "steps_by_group") and "step" in row:
        held = np.ones(len(result.rows), bool)
        for column, layer in (("token", 0), ("source", 0), ("target", 1)):
            if column in row:
                held &= result.codes[:, row["step"] - 1 + layer] == code[row[column]]
        return groups.of_group(built, built.ids(result.rows[held]), row)
    if table == "search" and result.search is not None:
        return built.ids(search.walk(built, result.params.search).sequence)
    if table in ("breakdown", "steps_by_group", "groups") and (
        {"group", "transition"} & row.keys()
    ):
        return _of_group(result, row)
    raise UserError(Text(f"No row of {table!r} is described; expected source, target, token, step, search or group.",
                         f"未指明“{table}”的行；应包含 source、target、token、step、search 或 group。"), "row")  # fmt: skip


def _of_group(result: PathsResult, row: Mapping[str, Any]) -> pl.Series:
    built, held = result.built, np.arange(result.built.events.n)
    if "transition" in row:
        source, target = next((s, t) for s, t in result.transitions.select("source", "target").iter_rows()
                              if f"{s} → {t}" == row["transition"])  # fmt: skip
        held = _walked(built, source, target)
    return groups.of_group(built, built.ids(held), row)
