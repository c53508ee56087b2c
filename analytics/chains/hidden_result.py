"""The hidden Markov result: models by BIC, states in an order with a meaning, decoded months."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from analytics import hmm
from analytics.chains import between, drill, fitting, states
from analytics.chains.decoding import decode
from analytics.chains.fitting import Tried
from analytics.chains.params import HiddenParams
from analytics.dataset import EVERYBODY, Dataset, Population, Provenance
from analytics.sequences import apart, groups, sides
from analytics.sequences.apart import Apart
from analytics.sequences.builder import Sequences
from analytics.sequences.words import BETWEEN_COUNTS, BUILD_COUNTS
from analytics.text import Text

DEFINITION = Text(
    "A hidden state is a mood that makes some steps likelier; a customer moves between states from step to step. For "
    "each number of states the best of several random starts is kept; BIC with n = steps and the start shares counted "
    "chooses the number, and a model with a state of less than 2 % of the steps is refused. States are ordered by the "
    "chance of the step that tells them apart most, so that numbers do not switch between runs. Every step is decoded "
    "to its likeliest state (Viterbi). The model is fitted on the latest steps of a drawn sample of sequences.",
    "隐状态是使某些步骤更易发生的潜在状态，客户逐步在状态间转移。每种状态数取多个随机起点中的最优者；按 BIC（n 为步骤数，计入初始分布参数）"
    "选定状态数，若某状态占步骤不足 2 % 则不采用。状态按最能区分它们的步骤的概率排序，编号不因运行而变。每一步解码为最可能的状态（Viterbi）。"
    "模型在抽取的序列样本的最近若干步上拟合。",
)  # fmt: skip
COUNT_TITLES = {
    **BUILD_COUNTS, **BETWEEN_COUNTS, "fitted": Text("Sequences fitted", "用于拟合的序列条数"), "hidden": Text("Hidden states", "隐状态数"),
}  # fmt: skip
MODELS = {"hidden": pl.Int64, "log_likelihood": pl.Float64, "bic": pl.Float64, "worst_start": pl.Float64, "spread": pl.Float64,
          "smallest_share": pl.Float64, "best": pl.Boolean}  # fmt: skip
STATES = {"state": pl.String, "share": pl.Float64, "customers": pl.Int64, "first_share": pl.Float64, "mean_run_steps": pl.Float64,
          "typical_steps": pl.String}  # fmt: skip
EMISSION = {"state": pl.String, "token": pl.String, "probability": pl.Float64, "lift": pl.Float64}
MOVES = {"state": pl.String, "next": pl.String, "probability": pl.Float64}
MONTHS = {"month": pl.Date, "state": pl.String, "steps": pl.Int64, "share": pl.Float64}
ASSIGNED = {"customer_id": pl.String, "state": pl.String}
Array = np.ndarray


@dataclass(frozen=True)
class HiddenResult:
    """Every number the page, the headline and the charts show.

    Args:
        provenance: where it comes from.
        params: as given.
        built: the sequences of steps.
        decoded: state (0-based, ordered) of every step.
        states: state, share of the steps, customers ever in it, first_share, mean_run_steps,
            typical_steps.
        emission: state, token, probability, lift against the token's overall share.
        moves: state, next, probability.
        models: hidden, log_likelihood, bic, worst_start, spread, smallest_share, best.
        months: month, state, steps, share.
        assignment: customer_id and the state of the latest step.
        apart: hidden states of each month between two groups, or None.
        breakdown: state, group, customers, ... against all others; None without `by`.
        groups: group, customers, steps; None without `by`.
    """

    provenance: Provenance
    params: HiddenParams
    built: Sequences
    decoded: Array
    states: pl.DataFrame
    emission: pl.DataFrame
    moves: pl.DataFrame
    models: pl.DataFrame
    months: pl.DataFrame
    assignment: pl.DataFrame
    apart: Apart | None = None
    breakdown: pl.DataFrame | None = None
    groups: pl.DataFrame | None = None


def compute(
    data: Dataset, params: HiddenParams, as_of: date, population: Population = EVERYBODY
) -> HiddenResult:
    """The hidden states of `population` as known at the end of `as_of`."""
    with data.scope(as_of, population, params.by) as scope:
        chain = states.read(scope, population, params)
        both = sides.choose(scope, population, chain.log, chain.params)
        sql = scope.sql()
    built, drawn = chain.built, fitting.draw(chain.built, params)
    tried = fitting.try_all(built, drawn, params)
    chosen = fitting.choose(tried)
    model = None if chosen is None else fitting.ordered(tried[chosen].fit.model)
    decoded = np.zeros(0, np.int64) if model is None else decode(built.events, model)
    names = [] if model is None else [f"S{k + 1}" for k in range(len(model.start))]
    differs = apart.tested(both, lambda found: between.months(found, chain, model, names), params)
    more: dict[str, Any] = {}
    if params.by is not None:
        more = {"breakdown": _breakdown(built, decoded, names), "groups": groups.sizes(built)}
    counts = {**built.counts, "fitted": len(drawn),
              "steps": len(built.events.item), "hidden": len(names), **chain.log.left_out,
              **({} if differs is None else differs.counts)}  # fmt: skip
    return HiddenResult(
        Provenance(as_of, population, data.fingerprint, sql, counts), params, built, decoded,
        _states(built, model, decoded, names), _emission(built, model, names), _moves(model, names),
        _models(tried, chosen), _months(built, decoded, names), _assignment(built, decoded, names), differs, **more)  # fmt: skip


def _overall(built: Sequences) -> Array:
    counts = np.bincount(built.events.item, minlength=len(built.alphabet))
    return counts / max(counts.sum(), 1)


def _states(
    built: Sequences, model: hmm.Model | None, decoded: Array, names: list[str]
) -> pl.DataFrame:
    if model is None:
        return pl.DataFrame(schema=STATES)
    overall, k = _overall(built), len(names)
    who = built.owner[built.events.sequence]
    customers = [len(np.unique(who[decoded == s])) for s in range(k)]
    lift = np.where(overall > 0, model.emit / np.maximum(overall, 1e-12), 0)
    typical = [", ".join(built.alphabet[t] for t in np.argsort(-(model.emit[s] * np.log(np.maximum(lift[s], 1e-9))),
                                                                kind="stable")[:3]) for s in range(k)]  # fmt: skip
    stay = np.minimum(np.diag(model.move), 1 - 1e-9)
    return pl.DataFrame({
        "state": names, "share": np.bincount(decoded, minlength=k) / len(decoded), "customers": customers,
        "first_share": model.start, "mean_run_steps": 1 / (1 - stay), "typical_steps": typical}, schema=STATES)  # fmt: skip


def _emission(built: Sequences, model: hmm.Model | None, names: list[str]) -> pl.DataFrame:
    if model is None:
        return pl.DataFrame(schema=EMISSION)
    overall = _overall(built)
    rows = [(names[s], built.alphabet[t], float(model.emit[s, t]), float(model.emit[s, t] / overall[t]))
            for s in range(len(names)) for t in np.argsort(-model.emit[s], kind="stable") if overall[t] > 0]  # fmt: skip
    return pl.DataFrame(rows, schema=EMISSION, orient="row")


def _moves(model: hmm.Model | None, names: list[str]) -> pl.DataFrame:
    rows = (
        []
        if model is None
        else [
            (a, b, float(model.move[i, j]))
            for i, a in enumerate(names)
            for j, b in enumerate(names)
        ]
    )
    return pl.DataFrame(rows, schema=MOVES, orient="row")


def _models(tried: dict[int, Tried], chosen: int | None) -> pl.DataFrame:
    rows = [(k, one.fit.log_likelihood, one.fit.bic, min(one.fit.by_start), max(one.fit.by_start) - min(one.fit.by_start),
             one.smallest_share, k == chosen) for k, one in tried.items()]  # fmt: skip
    return pl.DataFrame(rows, schema=MODELS, orient="row").sort("bic")


def _months(built: Sequences, decoded: Array, names: list[str]) -> pl.DataFrame:
    if not names:
        return pl.DataFrame(schema=MONTHS)
    frame = pl.DataFrame(
        {"month": states.months_of(built.events.time), "state": [names[s] for s in decoded]}
    )
    return frame.group_by("month", "state").agg(pl.len().cast(pl.Int64).alias("steps")).with_columns(
        share=pl.col("steps") / pl.col("steps").sum().over("month")).sort("month", "state")  # fmt: skip


def _assignment(built: Sequences, decoded: Array, names: list[str]) -> pl.DataFrame:
    if not names:
        return pl.DataFrame(schema=ASSIGNED)
    last = np.searchsorted(built.events.sequence, np.arange(built.events.n), side="right") - 1
    final = np.ones(len(built.owner), bool)
    final[:-1] = built.owner[1:] != built.owner[:-1]
    ids = built.customers["customer_id"].gather(built.owner[final])
    return pl.DataFrame({"customer_id": ids, "state": [names[s] for s in decoded[last[final]]]}, schema=ASSIGNED).sort(
        "state", "customer_id")  # fmt: skip


def _breakdown(built: Sequences, decoded: Array, names: list[str]) -> pl.DataFrame:
    held = groups.held_by(built, (built.events.sequence[decoded == s] for s in range(len(names))))
    return groups.compared(built, names, held, "state")


def tables(result: HiddenResult) -> dict[str, pl.DataFrame]:
    """The result's tables by name, the main one first."""
    found = {"states": result.states, "emission": result.emission, "moves": result.moves, "models": result.models,
             "months": result.months, "assignment": result.assignment, **apart.table_of(result.apart)}  # fmt: skip
    return found | groups.tables_of(result.breakdown, result.groups)


def members(result: HiddenResult, table: str, row: Mapping[str, Any]) -> pl.Series:
    """Ids of the customers behind one row (or a part of one) of a table."""
    return drill.behind(result, table, row, lambda: _steps(result, table, row))


def _steps(result: HiddenResult, table: str, row: Mapping[str, Any]) -> Array:
    """Steps decoded to the row's state, in its month; of the emissions those that are its step."""
    built, events = result.built, result.built.events
    hit = np.ones(len(events.item), bool)
    if "state" in row:
        hit &= result.decoded == int(str(row["state"])[1:]) - 1
    if table == "emission" and "token" in row:
        hit &= events.item == built.alphabet.index(row["token"])
        if not hit.any():  # a step whose likeliest state is another one
            hit = events.item == built.alphabet.index(row["token"])
    if "month" in row:
        hit &= (states.months_of(events.time) == _day(row["month"])).to_numpy()
    return hit


def _day(value: Any) -> date:
    """A month as the table holds it, or as a chart's pick sends it back (milliseconds or text)."""
    if isinstance(value, date):
        return value
    if isinstance(value, int | float):
        return date.fromordinal(int(value // 86_400_000) + date(1970, 1, 1).toordinal())
    return date.fromisoformat(str(value)[:10])
