"""Who reaches each step. A funnel is a pattern, and its steps are the pattern's beginnings.

Why a way is split at an excluded step: a way must not pass one, so the pieces between them are
searched as sequences of their own, and a customer reaches a step if any piece does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from analytics.dataset import EVERYBODY, Dataset, Population, Provenance
from analytics.funnel.params import FunnelParams
from analytics.params import ParameterError
from analytics.patterns import Events, Limits
from analytics.rfm.summaries import round_width
from analytics.sequences import builder, groups
from analytics.sequences.alphabet import codes_of, names_of
from analytics.sequences.builder import DAY_US, Sequences
from analytics.sequences.holders import Trace, Tracer
from analytics.sequences.words import BUILD_COUNTS
from analytics.statistics import wilson
from analytics.text import Text, UserError

Array = np.ndarray
BINS = 20
DEFINITION = Text(
    "A customer (or session) reaches step k if the steps 1 to k were taken in this order, within the window from the "
    "first to the k-th; loose order lets other steps lie between, strict order does not, and no excluded step lies "
    "between. Shares of the first and of the previous step carry Wilson intervals. Times are those of the way that "
    "ends first; of several ways with that end, the shortest.",
    "若第 1 至 k 步按此顺序发生，且首步到第 k 步不超过转化窗口，则该客户（或会话）到达第 k 步；宽松顺序允许中间有其他步骤，严格顺序不允许，"
    "且途中不得出现排除步骤。占首步、占上一步的比例附 Wilson 区间。耗时取最先完成的路径；同时完成者取最短的一条。",
)  # fmt: skip
COUNT_TITLES = BUILD_COUNTS
SCHEMA = {"step": pl.Int64, "name": pl.String, "customers": pl.Int64, "sequences": pl.Int64, "share_of_first": pl.Float64,
          "low": pl.Float64, "high": pl.Float64, "share_of_previous": pl.Float64, "previous_low": pl.Float64,
          "previous_high": pl.Float64, "dropped": pl.Int64, "median_days_from_first": pl.Float64,
          "median_days_from_previous": pl.Float64}  # fmt: skip
TIMES = {"bin": pl.Int64, "from_days": pl.Float64, "to_days": pl.Float64, "sequences": pl.Int64}


@dataclass(frozen=True)
class FunnelResult:
    """Every number the page, the headline and the charts show.

    Args:
        provenance: where it comes from.
        params: as given.
        built: the sequences searched.
        reached: per step, the traces of those who got there.
        funnel: one row per step; see `SCHEMA`.
        times: time from the first step to the last of those who took all, in bins.
        dropoff: step, name, customers who got there and no further, share of the first step.
        breakdown: name, group, customers, group_customers (who took the first step), share,
            rest_share, difference, low, high, p, q; None without `by`.
        groups: group, customers, steps; None without `by`.
    """

    provenance: Provenance
    params: FunnelParams
    built: Sequences
    reached: list[Trace]
    funnel: pl.DataFrame
    times: pl.DataFrame
    dropoff: pl.DataFrame
    breakdown: pl.DataFrame | None = None
    groups: pl.DataFrame | None = None


def compute(
    data: Dataset, params: FunnelParams, as_of: date, population: Population = EVERYBODY
) -> FunnelResult:
    """The funnel of `population` as known at the end of `as_of`."""
    with data.scope(as_of, population, params.by) as scope:
        log = builder.read_log(scope, population, params)
        sql = scope.sql()
    built = builder.build(log, params, as_of)
    codes = _codes(built, params)
    reached = reach(built, codes, params)
    names = [built.alphabet[code] for code in codes]
    table = funnel_table(built, reached, names)
    by_group: dict[str, Any] = {}
    if params.by is not None:
        by_group = {"breakdown": _breakdown(built, reached, names), "groups": groups.sizes(built)}
    counts = {**built.counts, "steps": len(built.events.item),
              **log.left_out}  # fmt: skip
    return FunnelResult(Provenance(as_of, population, data.fingerprint, sql, counts), params, built, reached, table,
                        times_table(reached), _dropoff(built, reached, names), **by_group)  # fmt: skip


def _codes(built: Sequences, params: FunnelParams) -> list[int]:
    names = [one.strip() for one in params.steps.replace("\uff1e", ">").split(">") if one.strip()]
    if not built.events.n:
        return []
    if names:
        if len(names) < 2:
            raise ParameterError(
                Text(
                    "steps: expected at least two steps, parted by `>`.",
                    "steps：至少两步，以 > 分隔。",
                )
            )
        return codes_of(names, built.alphabet, "steps")
    return guess(built, params)


def guess(built: Sequences, params: FunnelParams) -> list[int]:
    """The step most sequences take, then each time the one most of them go on to."""
    pieces, back = _pieces(built, params)
    tracer, found = Tracer(pieces, _limits(params)), list[int]()
    for _ in range(min(params.guessed_steps, len(built.alphabet))):
        counts = [(-len(np.unique(back[tracer.trace((*found, code)).sequence])), code)
                  for code in range(len(built.alphabet)) if code not in found]  # fmt: skip
        fewest, code = min(counts)
        if fewest == 0:
            break
        found.append(code)
    return found


def _limits(params: FunnelParams) -> Limits:
    window = None if params.window_days is None else round(params.window_days * DAY_US)
    return Limits(max_gap_steps=1 if params.order == "strict" else None, window_time=window,
                  strict_time=params.strict_time)  # fmt: skip


def _pieces(built: Sequences, params: FunnelParams) -> tuple[Events, Array]:
    """The sequences cut at excluded steps, and the sequence each piece belongs to."""
    events = built.events
    out = codes_of(names_of(params.exclude), built.alphabet, "exclude") if built.events.n else []
    if not out:
        return events, np.arange(events.n)
    excluded = np.isin(events.item, out)
    key = events.sequence * (int(excluded.sum()) + 1) + np.cumsum(excluded)
    kept = ~excluded
    keys, piece = np.unique(key[kept], return_inverse=True)
    back = keys // (int(excluded.sum()) + 1)
    return replace(
        events, sequence=piece, item=events.item[kept], time=events.time[kept], n=len(keys)
    ), back


def reach(built: Sequences, codes: list[int], params: FunnelParams) -> list[Trace]:
    """Per step, the first way there of every sequence that gets there."""
    pieces, back = _pieces(built, params)
    tracer, found = Tracer(pieces, _limits(params)), []
    for k in range(1, len(codes) + 1):
        way = tracer.trace(tuple(codes[:k]))
        sequence = back[way.sequence]
        order = np.lexsort((way.end, sequence))
        first = np.ones(len(order), bool)
        first[1:] = sequence[order][1:] != sequence[order][:-1]
        at = order[first]
        found.append(Trace(sequence[at], way.start[at], way.before[at], way.end[at]))
    return found


def funnel_table(built: Sequences, reached: list[Trace], names: list[str]) -> pl.DataFrame:
    """One row per step, see `SCHEMA`."""
    n = np.array([len(one.sequence) for one in reached])
    if not len(n) or not n[0]:
        return pl.DataFrame(schema=SCHEMA)
    before = np.concatenate([n[:1], n[:-1]])
    low, high = wilson(n, np.full(len(n), n[0]))
    low_p, high_p = wilson(n, before)
    return pl.DataFrame({
        "step": np.arange(1, len(n) + 1), "name": names, "customers": [built.customers_of(one.sequence) for one in reached],
        "sequences": n, "share_of_first": n / n[0], "low": low, "high": high,
        "share_of_previous": np.where(before > 0, n / np.maximum(before, 1), np.nan), "previous_low": low_p,
        "previous_high": high_p, "dropped": np.concatenate([n[:-1] - n[1:], [0]]),
        "median_days_from_first": [_median(one.end - one.start) for one in reached],
        "median_days_from_previous": [_median(one.end - one.before) for one in reached]},
        schema=SCHEMA).with_columns(pl.col(pl.Float64).fill_nan(None))  # fmt: skip


def _median(microseconds: Array) -> float:
    return float(np.median(microseconds)) / DAY_US if len(microseconds) else float("nan")


def times_table(reached: list[Trace]) -> pl.DataFrame:
    """Days from the first step to the last, in round bins; the last bin holds the rest."""
    days = (reached[-1].end - reached[-1].start) / DAY_US if reached else np.zeros(0)
    if not len(days):
        return pl.DataFrame(schema=TIMES)
    width = (
        round_width(float(np.quantile(days, 0.99)) / BINS, whole=False) if days.max() > 0 else 1.0
    )
    place = np.minimum((days / width).astype(int), BINS)
    bins, n = np.unique(place, return_counts=True)
    return pl.DataFrame(
        {"bin": bins, "from_days": bins * width, "to_days": (bins + 1) * width, "sequences": n},
        schema=TIMES,
    )


def _lost(reached: list[Trace], k: int) -> Array:
    """Sequences that reach step k (0-based) and no further."""
    later = reached[k + 1].sequence if k + 1 < len(reached) else np.zeros(0, np.int64)
    return np.setdiff1d(reached[k].sequence, later)


def _dropoff(built: Sequences, reached: list[Trace], names: list[str]) -> pl.DataFrame:
    schema = {
        "step": pl.Int64,
        "name": pl.String,
        "customers": pl.Int64,
        "share_of_first": pl.Float64,
    }
    first = built.customers_of(reached[0].sequence) if reached else 0
    rows = [(k + 1, names[k], built.customers_of(_lost(reached, k)))
            for k in range(len(reached)) if first and k < len(reached) - 1]  # fmt: skip
    return pl.DataFrame([(*row, row[2] / first) for row in rows], schema=schema, orient="row")


def _breakdown(built: Sequences, reached: list[Trace], names: list[str]) -> pl.DataFrame:
    """Conversion from the first step to each later one, per group, held against all others."""
    if len(reached) < 2:
        return groups.empty("name")
    held = groups.held_by(built, (one.sequence for one in reached))
    return groups.against_rest(names[1:], held[1:], held[0], groups.group_of(built)[0], "name")


def tables(result: FunnelResult) -> dict[str, pl.DataFrame]:
    """The result's tables by name, the main one first."""
    found = {"funnel": result.funnel, "dropoff": result.dropoff, "times": result.times}
    return found | groups.tables_of(result.breakdown, result.groups)


def members(result: FunnelResult, table: str, row: Mapping[str, Any]) -> pl.Series:
    """Ids of the customers behind one row (or a part of one) of a table."""
    built, reached = result.built, result.reached
    step = {name: k for k, name in enumerate(result.funnel["name"])}
    if table in ("funnel", "dropoff") and ("step" in row or "name" in row):
        k = row["step"] - 1 if "step" in row else step[row["name"]]
        return built.ids(reached[k].sequence if table == "funnel" else _lost(reached, k))
    if table == "times" and "bin" in row:
        days = (reached[-1].end - reached[-1].start) / DAY_US
        width = result.times["to_days"][0] - result.times["from_days"][0]
        return built.ids(
            reached[-1].sequence[np.minimum((days / width).astype(int), BINS) == row["bin"]]
        )
    if table in ("breakdown", "groups") and ({"group", "name"} & row.keys()):
        held = reached[step[row["name"]]].sequence if "name" in row else np.arange(built.events.n)
        return groups.of_group(built, built.ids(held), row)
    raise UserError(Text(f"No row of {table!r} is described; expected step, name, bin or group.",
                         f"未指明“{table}”的行；应包含 step、name、bin 或 group。"), "row")  # fmt: skip
