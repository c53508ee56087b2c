"""Run every analysis on both extracts, each up to its own last day, and hold their numbers together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from analytics.dataset import EVERYBODY, Dataset, Population
from analytics.extracts import frozen
from analytics.extracts.judged import judged
from analytics.extracts.paired import OF_FACTS, pairs
from analytics.extracts.shares import shares_of
from analytics.params import Params
from analytics.run import Run, run_analysis
from analytics.text import Text, UserError, counted

Tables = Mapping[str, pl.DataFrame]
Known = Mapping[
    tuple[str, str], Run
]  # (fingerprint, analysis) -> a result at its last day, by default
APPLIED = Text("The groups of the earlier extract, applied to the {n} customers of this one: {called}.",
               "将前一份数据的分组应用于本份数据的{n}位客户：{called}。")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Two extracts, analysis by analysis.

    Args:
        moves: one row per share, those that moved most first: analysis, table, row (its keys), basis
            (all customers, or the same in both), part_before, whole_before, part_now, whole_now,
            share_before, share_now, difference, low, high, z, p, p_adjusted, moved.
        means: one row per figure of the same customers: analysis, table, figure, customers, mean_before,
            mean_now, difference, low, high, z, p, p_adjusted, moved.
        headlines: analysis -> its first sentence then and now.
        refused: analysis -> why it could not be run.
        not_frozen: analysis -> why only its headlines stand side by side.
    """

    moves: pl.DataFrame
    means: pl.DataFrame
    headlines: Mapping[str, tuple[Text, Text]]
    refused: Mapping[str, Text]
    not_frozen: Mapping[str, Text] = field(default_factory=dict)

    @property
    def moved(self) -> pl.DataFrame:
        """The shares that moved by more than chance."""
        return self.moves.filter(pl.col("moved"))

    @property
    def moved_means(self) -> pl.DataFrame:
        """The means that moved by more than chance."""
        return self.means.filter(pl.col("moved"))

    @property
    def tested(self) -> int:
        """How many numbers were held against each other, which is what p is adjusted for."""
        return self.moves.height + self.means.height


@dataclass(frozen=True)
class _Side:
    """One analysis on both extracts."""

    headlines: tuple[Text, Text]
    then: Tables
    now: Tables


def compare(then: Dataset, now: Dataset, keys: Sequence[str], params: Mapping[str, Params] | None = None,
            population: Population = EVERYBODY, step: Callable[[str], None] = lambda key: None,
            known: Known | None = None) -> Compared:  # fmt: skip
    """Hold two extracts against each other.

    Args:
        then: the earlier extract.
        now: the later one.
        keys: of the analyses.
        params: analysis -> parameters for both; by itself the defaults.
        population: of both.
        step: called with the key of the analysis that comes next.
        known: results that are there already and are not computed again.
    """
    sides, refused = dict[str, _Side](), dict[str, Text]()
    for key in keys:
        step(key)
        asked = (params or {}).get(key)
        try:
            sides[key] = _side(
                key, then, now, asked, population, {} if asked or population.where else known or {}
            )
        except UserError as error:
            refused[key] = error.text
    moves, means = _judged({key: one for key, one in sides.items() if key not in frozen.NOT_FROZEN})
    return Compared(
        moves=moves, means=means, refused=refused, headlines={key: one.headlines for key, one in sides.items()},
        not_frozen={key: why for key, why in frozen.NOT_FROZEN.items() if key in sides})  # fmt: skip


def _side(key: str, then: Dataset, now: Dataset, asked: Params | None, population: Population,
          known: Known) -> _Side:  # fmt: skip
    before = known.get((then.fingerprint, key)) or run_analysis(key, then, asked, None, population)
    if key in frozen.APPLIED:
        old, new, called = frozen.APPLIED[key](then, now, before.params, population)
        said = APPLIED.fill(n=counted(new["assignment"].height), called=called)
        return _Side((before.headline[0], said), old, new)
    settings: Any = frozen.settings(before)
    after = known.get((now.fingerprint, key)) if settings == before.params else None
    after = after or run_analysis(key, now, settings, None, population)
    return _Side((before.headline[0], after.headline[0]), before.tables, after.tables)


def _judged(sides: Mapping[str, _Side]) -> tuple[pl.DataFrame, pl.DataFrame]:
    of_all, of_same, means = list[pl.DataFrame](), list[pl.DataFrame](), list[pl.DataFrame]()
    for key, one in sides.items():
        of_all += shares_of(key, one.then, one.now)
        for table, shares, figures in pairs(one.then, one.now) if key in OF_FACTS else ():
            place = {"analysis": pl.lit(key), "table": pl.lit(table)}
            of_same.append(shares.with_columns(**place))
            means.append(figures.with_columns(**place))
    return judged(of_all, of_same, means)
