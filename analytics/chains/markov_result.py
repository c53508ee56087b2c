"""The Markov result, its tables, and the way back to customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from analytics import markov
from analytics.chains import between, drill, scores, states
from analytics.chains.long_run import absorption_table, states_table
from analytics.chains.params import MarkovParams
from analytics.dataset import EVERYBODY, Dataset, Population, Provenance
from analytics.sequences import apart, groups, sides
from analytics.sequences.apart import Apart
from analytics.sequences.builder import Sequences
from analytics.sequences.words import BETWEEN_COUNTS, BUILD_COUNTS
from analytics.text import Text

DEFINITION = Text(
    "The chance of the next step given the present one, from the counts of all sequences; intervals from resampling "
    "customers. The order (how many steps matter) is chosen by BIC on one common set of events. A long-run share is "
    "shown only if every state can reach every other without a rhythm. Customers idle for lost_days end in (lost), from "
    "which nobody returns; expected steps and days until then follow from the chain, a step's days being the mean time "
    "until the next. Next steps are scored on a fifth of the sequences held out, against the marginal share and the "
    "same step again.",
    "按全部序列的计数估计当前步骤之后下一步的概率；区间来自对客户的重抽样。阶数（取决于前几步）在同一批事件上按 BIC 选择。"
    "仅当所有状态互相可达且无周期时给出长期占比。闲置达到 lost_days 的客户转入 (lost) 且不再返回；据此推算到达所需的期望步数与天数，"
    "每步天数取到下一步的平均时间。下一步预测在留出的五分之一序列上评估，并与边际占比、重复上一步作对照。",
)  # fmt: skip
COUNT_TITLES = {
    **BUILD_COUNTS, **BETWEEN_COUNTS, "transitions": Text("Transitions", "转移次数"), "order": Text("Order chosen", "选定的阶数"),
    "classes": Text("Classes of states", "互通类数"), "lost": Text("Sequences that end in (lost)", "以 (lost) 结束的序列"),
}  # fmt: skip
MATRIX = {
    "state": pl.String,
    "next": pl.String,
    "count": pl.Int64,
    "probability": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
}
ORDERS = {
    "order": pl.Int64,
    "log_likelihood": pl.Float64,
    "parameters": pl.Int64,
    "events": pl.Int64,
    "bic": pl.Float64,
    "best": pl.Boolean,
}
NEXT = {"customer_id": pl.String, "state": pl.String, "next": pl.String, "probability": pl.Float64}
FORECAST = {"horizon": pl.Int64, "state": pl.String, "share": pl.Float64}
Array = np.ndarray


@dataclass(frozen=True)
class MarkovResult:
    """Every number the page, the headline and the charts show.

    Args:
        provenance: where it comes from.
        params: as given.
        built: the sequences of states.
        matrix: state, next, count, probability, low, high.
        states: state, visits, customers, first_share, long_run_share, mean_days, class,
            expected_steps and expected_days until absorbed.
        orders: order, log_likelihood, parameters, events, bic, best.
        scores: model, log_loss, top3_hit_rate, events; best first.
        forecast: horizon, state, share of the customers not absorbed today.
        absorption: state, ends_in, share; empty where no state keeps its customers.
        next: customer_id, state, next, probability of the likeliest next step; surest first.
        apart: the first moves out of each state between two groups, or None.
        breakdown: state, group, customers, ... against all others; None without `by`.
        groups: group, customers, steps; None without `by`.
    """

    provenance: Provenance
    params: MarkovParams
    built: Sequences
    matrix: pl.DataFrame
    states: pl.DataFrame
    orders: pl.DataFrame
    scores: pl.DataFrame
    forecast: pl.DataFrame
    absorption: pl.DataFrame
    next: pl.DataFrame
    apart: Apart | None = None
    breakdown: pl.DataFrame | None = None
    groups: pl.DataFrame | None = None


def compute(
    data: Dataset, params: MarkovParams, as_of: date, population: Population = EVERYBODY
) -> MarkovResult:
    """The chain of `population` as known at the end of `as_of`."""
    with data.scope(as_of, population, params.by) as scope:
        chain = states.read(scope, population, params, params.lost_days)
        both = sides.choose(scope, population, chain.log, chain.params)
        sql = scope.sql()
    built = chain.built
    differs = apart.tested(both, lambda found: between.moves(found, chain), params)
    events = built.events
    counts = markov.transition_counts(events.sequence, events.item, events.n_items)
    chance = markov.probabilities(counts)
    orders = _orders(built)
    more: dict[str, Any] = {}
    if params.by is not None:
        more = {"breakdown": _breakdown(built), "groups": groups.sizes(built)}
    found = markov.classes(chance) if len(chance) else None
    numbers = {**built.counts, "transitions": int(counts.sum()),
               "order": int(orders.filter("best")["order"].sum()), "classes": 0 if found is None else len(found.closed),
               "lost": _lost(built), **chain.log.left_out, **({} if differs is None else differs.counts)}  # fmt: skip
    return MarkovResult(
        Provenance(as_of, population, data.fingerprint, sql, numbers), params, built,
        _matrix(built, counts, chance, params), states_table(built, counts, chance), orders,
        scores.next_step_scores(events, params), _forecast(built, chance, params.horizon),
        absorption_table(built, counts, chance), _next(built, counts, chance), differs, **more)  # fmt: skip


def _lost(built: Sequences) -> int:
    return (
        int((built.events.item == built.alphabet.index(states.LOST)).sum())
        if states.LOST in built.alphabet
        else 0
    )


def _matrix(built: Sequences, counts: Array, chance: Array, params: MarkovParams) -> pl.DataFrame:
    low, high = scores.bootstrap(built.events, built.owner, counts, params.bootstrap, params.seed)
    source, target = np.nonzero(counts)
    names = np.array(built.alphabet, dtype=object)
    return pl.DataFrame({
        "state": names[source].tolist(), "next": names[target].tolist(), "count": counts[source, target],
        "probability": chance[source, target], "low": low[source, target], "high": high[source, target]},
        schema=MATRIX).with_columns(pl.col("low", "high").fill_nan(None)).sort(
            "count", "state", "next", descending=[True, False, False])  # fmt: skip


def _orders(built: Sequences) -> pl.DataFrame:
    """Orders 0 to 2, and which has the lowest BIC; empty where no sequence is long enough."""
    events = built.events
    fits = (
        markov.order_fits(events.sequence, events.item, events.n_items) if len(events.item) else []
    )
    if not fits or not fits[0].events:
        return pl.DataFrame(schema=ORDERS)
    best = min(fits, key=lambda fit: fit.bic).order
    return pl.DataFrame([(f.order, f.log_likelihood, f.parameters, f.events, f.bic, f.order == best) for f in fits],
                        schema=ORDERS, orient="row").sort("bic", "order")  # fmt: skip


def _now(built: Sequences) -> Array:
    """The latest state of every sequence."""
    last = np.searchsorted(built.events.sequence, np.arange(built.events.n), side="right") - 1
    return built.events.item[last]


def _forecast(built: Sequences, chance: Array, horizon: int) -> pl.DataFrame:
    """Share of states 0 to `horizon` steps ahead of those who are not lost today."""
    if not built.events.n:
        return pl.DataFrame(schema=FORECAST)
    now, names = _now(built), built.alphabet
    if states.LOST in names:
        now = now[now != names.index(states.LOST)]
    if not len(now):
        return pl.DataFrame(schema=FORECAST)
    share, rows = np.bincount(now, minlength=len(names)) / len(now), []
    for step in range(horizon + 1):
        rows += [(step, names[s], float(share[s])) for s in range(len(names))]
        share = share @ chance
    return pl.DataFrame(rows, schema=FORECAST, orient="row")


def _next(built: Sequences, counts: Array, chance: Array) -> pl.DataFrame:
    """The likeliest next step of every customer whose state was ever left."""
    if not built.events.n or len(np.unique(built.owner)) < built.events.n:
        return pl.DataFrame(schema=NEXT)
    now = _now(built)
    open_ = counts.sum(axis=1)[now] > 0
    likely, names = chance.argmax(axis=1), np.array(built.alphabet, dtype=object)
    ids = built.customers["customer_id"].gather(built.owner[open_])
    frame = pl.DataFrame({"customer_id": ids, "state": names[now[open_]].tolist(), "next": names[likely[now[open_]]].tolist(),
                          "probability": chance[now[open_], likely[now[open_]]]}, schema=NEXT)  # fmt: skip
    return frame.sort("probability", "customer_id", descending=[True, False])


def _breakdown(built: Sequences) -> pl.DataFrame:
    """Customers of each group that ever were in a state, against all others."""
    events = built.events
    seen = np.unique(events.item).tolist()
    held = groups.held_by(built, (events.sequence[events.item == code] for code in seen))
    return groups.compared(built, [built.alphabet[code] for code in seen], held, "state")


def tables(result: MarkovResult) -> dict[str, pl.DataFrame]:
    """The result's tables by name, the main one first."""
    found = {"matrix": result.matrix, "states": result.states, "orders": result.orders, "scores": result.scores,
             "forecast": result.forecast, "next": result.next}  # fmt: skip
    if result.absorption.height:
        found["absorption"] = result.absorption
    found |= apart.table_of(result.apart)
    return found | groups.tables_of(result.breakdown, result.groups)


def members(result: MarkovResult, table: str, row: Mapping[str, Any]) -> pl.Series:
    """Ids of the customers behind one row (or a part of one) of a table."""
    return drill.behind(result, table, row, lambda: _steps(result.built, table, row))


def _steps(built: Sequences, table: str, row: Mapping[str, Any]) -> Array:
    """Steps in the row's state, of the matrix those that lead to its next one; all without a state."""
    events, code = built.events, {name: k for k, name in enumerate(built.alphabet)}
    if "state" not in row:
        return np.ones(len(events.item), bool)
    hit = events.item == code[row["state"]]
    if table == "matrix" and "next" in row:
        hit &= np.append((events.sequence[1:] == events.sequence[:-1])
                         & (events.item[1:] == code[row["next"]]), False)  # fmt: skip
    return hit
