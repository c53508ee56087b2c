"""The shortest rule of a segment: at most three conditions on original figures, honestly marked.

For every segment the conditions `feature >= t` and `feature <= t` are tried at rounded quantiles; the
best by F1 are extended, twice. A further condition must earn at least .02 of F1. The search sees a
part of the customers; precision and recall are then counted on all of them, so that the SQL of the
rule, run over the table `feature_table`, gives exactly these figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from analytics.features import Feature
from analytics.segments import reading
from analytics.segments.engine import Array
from analytics.text import Text, count, money, share

MOST_CONDITIONS, BEAM, LEAST_GAIN = 3, 6, 0.02
SEARCH_ROWS = 3_000
QUANTILES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
ROUGH = 0.85  # below this F1 a reader is told that the rule is rough


@dataclass(frozen=True)
class Condition:
    """One comparison: `feature` at least (or at most) `limit`, in the feature's own unit."""

    feature: Feature
    at_least: bool
    limit: float

    def sql(self) -> str:
        """As SQL over the feature table."""
        return f'"{self.feature.key}" {">=" if self.at_least else "<="} {self.limit:.10g}'

    def holds(self, frame: pl.DataFrame) -> Array:
        """Which rows of the feature table it holds for."""
        values = frame[self.feature.key].to_numpy()
        found: Array = values >= self.limit if self.at_least else values <= self.limit
        return found

    def said(self) -> Text:
        """In words, with the unit where the title does not say it."""
        value = written(self.feature, self.limit, beside_title=True)
        if self.limit == 0 and not self.at_least and self.feature.unit.en not in SIGNED:
            return Text("{title} {value}", "{title}为{value}").fill(
                title=self.feature.title, value=value)  # fmt: skip
        sign = Text("at least", "不低于") if self.at_least else Text("at most", "不高于")
        return Text("{title} {sign} {value}", "{title}{sign}{value}").fill(
            title=self.feature.title, sign=sign, value=value)  # fmt: skip


SIGNED = ("money", "ratio")  # units whose figures may lie below 0
WHOLE_FROM = 1_000  # amounts from here on are read without their cents


def written(one: Feature, value: float | None, beside_title: bool = False) -> Text:
    """A figure of a feature with its unit: 12 days, 40%, 1,200.

    Args:
        one: the feature.
        value: in its unit.
        beside_title: leave out a unit that the title has said ("Active days 12").
    """
    if value is None:
        return Text("–", "–")
    if one.is_share:
        places = 0 if abs(value * 100 - round(value * 100)) < 1e-9 else 1
        return Text(share(value, places), share(value, places))
    if one.is_money:
        return _amount(value)
    whole = abs(value - round(value)) < 1e-9
    plain = Text(count(round(value), "en"), count(round(value), "zh")) if whole else Text(
        f"{value:,.1f}", f"{value:,.1f}")  # fmt: skip
    unit = one.unit
    if unit.en in ("ratio", "number"):
        return plain if whole else Text(f"{value:,.2f}", f"{value:,.2f}")
    english = unit.en.removesuffix("s") if value == 1 else unit.en
    said = beside_title and english.removesuffix("s") in one.title.en.lower()
    said_zh = beside_title and unit.zh in one.title.zh
    return Text(plain.en if said else f"{plain.en} {english}",
                plain.zh if said_zh else f"{plain.zh}{unit.zh}")  # fmt: skip


def _amount(value: float) -> Text:
    if abs(value) < WHOLE_FROM:
        return Text(money(value, "en"), money(value, "zh"))
    chinese = money(value, "zh") if abs(value) >= 10_000 else f"{value:,.0f}"
    return Text(f"{value:,.0f}", chinese)


@dataclass(frozen=True)
class Rule:
    """The rule of one segment, with how well it says the segment.

    Args:
        segment: its key.
        conditions: all of them hold; none means everybody.
        matched: customers the rule takes.
        hits: of these, customers of the segment.
        members: customers of the segment.
    """

    segment: str
    conditions: tuple[Condition, ...]
    matched: int
    hits: int
    members: int

    @property
    def precision(self) -> float | None:
        """Members among the matched."""
        return self.hits / self.matched if self.matched else None

    @property
    def recall(self) -> float | None:
        """Matched among the members."""
        return self.hits / self.members if self.members else None

    @property
    def f1(self) -> float:
        """Harmonic mean of both; 0 where the rule takes nobody."""
        return 2 * self.hits / max(self.matched + self.members, 1)

    def sql(self) -> str:
        """The WHERE of the rule, over the table `feature_table`."""
        return " AND ".join(one.sql() for one in self.conditions) or "true"

    def said(self) -> Text:
        """The rule as words."""
        parts = [one.said() for one in self.conditions]
        if not parts:
            return Text("Everybody", "全部客户")
        return Text(" and ".join(p.en for p in parts), "，且".join(p.zh for p in parts))


@dataclass(frozen=True)
class Tried:
    """What rules are made of; it does not depend on the segments.

    Args:
        frame: everybody's figures, without nulls.
        rows: the part of them that the search sees.
        conditions: every condition tried.
        holds: which of the part each holds for, shape (conditions, rows).
        alone: how many of the part each holds for, shape (conditions, 1).
    """

    frame: pl.DataFrame
    rows: Array
    conditions: list[Condition]
    holds: Array
    alone: Array


def tried(frame: pl.DataFrame, features: Sequence[Feature], seed: int) -> Tried:
    """The conditions on `features`, the columns of `frame`; `seed` is of the part."""
    rows = np.sort(np.random.default_rng([seed, 6]).permutation(frame.height)[:SEARCH_ROWS])
    conditions, holds = _conditions(frame[rows], features)
    return Tried(frame, rows, conditions, holds, holds.sum(axis=1, keepdims=True))


def find(some: Tried, numbers: Array) -> dict[str, Rule]:
    """The rule of every segment, by key; `numbers` says everybody's segment."""
    labels = numbers[some.rows]
    order = np.argsort(labels, kind="stable")
    holds = some.holds[:, order]  # a segment's customers side by side
    there = np.unique(numbers)
    keys, ends = reading.keys(there), np.searchsorted(labels[order], there, side="right")
    found, start = {}, 0
    for number, key, end in zip(there, keys, ends, strict=True):
        chosen = _search(holds, some.alone, slice(start, end)) if some.conditions else ()
        found[key] = marked(some.frame, numbers == number, key,
                            tuple(some.conditions[i] for i in chosen))  # fmt: skip
        start = end
    return found


def marked(
    frame: pl.DataFrame, mine: Array, segment: str, conditions: tuple[Condition, ...]
) -> Rule:
    """The rule with its figures, counted on every row of `frame`; `mine` says who is in it."""
    holds = np.ones(len(mine), bool)
    for one in conditions:
        holds &= one.holds(frame)
    return Rule(segment, conditions, int(holds.sum()), int((holds & mine).sum()), int(mine.sum()))


def _rounded(one: Feature, value: float, whole: bool) -> float:
    """A limit a person would write: whole days, percent, two leading digits of an amount."""
    if one.is_share:
        return round(value, 2)
    if whole and abs(value) < 1000:
        return float(round(value))
    return float(f"{value:.2g}")


def _conditions(frame: pl.DataFrame, features: Sequence[Feature]) -> tuple[list[Condition], Array]:
    """Every condition tried, and which rows it holds for, shape (conditions, rows)."""
    tried, holds = [], []
    for one in features:
        values = frame[one.key].to_numpy()
        whole = bool((values == np.round(values)).all())
        limits = sorted(
            {_rounded(one, v, whole) for v in (*np.quantile(values, QUANTILES), *_centres(values))}
        )
        for limit in limits:
            for at_least, mask in ((True, values >= limit), (False, values <= limit)):
                if 0 < mask.sum() < len(mask):
                    tried.append(Condition(one, at_least, limit))
                    holds.append(mask)
    return tried, np.array(holds, dtype=np.float32).reshape(len(tried), frame.height)


def _centres(values: Array) -> list[float]:
    """Limits inside the range: a rare share may be 0 at every quantile."""
    low, high = float(values.min()), float(values.max())
    return [low + (high - low) * part for part in (0.02, 0.05, 0.1, 0.25, 0.5, 0.75)]


def _search(holds: Array, alone: Array, mine: slice) -> tuple[int, ...]:
    """The conditions of the best rule by F1, as few as earn their place.

    Args:
        holds: which rows each condition holds for, shape (conditions, rows).
        alone: how many each holds for, shape (conditions, 1).
        mine: the rows of the segment.
    """
    members = mine.stop - mine.start
    beam: list[tuple[tuple[int, ...], Array]] = [((), np.ones(holds.shape[1], dtype=np.float32))]
    best: tuple[int, ...] = ()
    score = 2 * members / (holds.shape[1] + members)
    for conditions in range(MOST_CONDITIONS):
        masks = np.array([mask for _, mask in beam])
        matched = holds @ masks.T if conditions else alone
        hits = holds[:, mine] @ masks[:, mine].T
        f1 = 2 * hits / np.maximum(matched + members, 1)
        order = np.argsort(-f1, axis=None, kind="stable")[:BEAM]
        places = [divmod(int(at), len(beam)) for at in order]
        top = float(f1[places[0]])
        if top < score + LEAST_GAIN:
            break
        score = top
        beam = [((*beam[b][0], c), beam[b][1] * holds[c]) for c, b in places]
        best = beam[0][0]
    return best
