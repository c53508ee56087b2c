"""From baskets to the rules that are listed: mine, test, correct, fold, filter, sort."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from analytics.itemsets import Baskets
from analytics.ragged import Array, Ragged
from analytics.rules import believe
from analytics.rules.baskets import Holdings
from analytics.rules.measures import SMALLER_IS_BETTER
from analytics.rules.mining import Rules, Supports, Wanted, candidates
from analytics.rules.params import RulesParams, names
from analytics.text import Text, UserError

MOST_RULES = 2_000_000
TOO_MANY_RULES = Text("{n} rules pass the thresholds: raise the support or the confidence, or lower the length.",
                      "达标规则有{n}条：请提高支持度或置信度，或缩短规则长度。")  # fmt: skip
AND = " & "


@dataclass(frozen=True)
class Listed:
    """The rules of a list, best first.

    Args:
        rules: their codes and counts.
        frame: one row each: antecedent, consequent, counts and every measure.
        over_thresholds: rules over support, confidence and lift.
        significant: those of them that the correction lets stand.
        folded: rules hidden under a simpler one: antecedent, consequent, simpler, confidence, lift.
    """

    rules: Rules
    frame: pl.DataFrame
    over_thresholds: int
    significant: int
    folded: pl.DataFrame

    def head(self, most: int) -> Listed:
        """The best rules only."""
        return replace(self, rules=self.rules.take(np.arange(min(most, len(self.rules)))),
                       frame=self.frame.head(most))  # fmt: skip


def wanted(held: Holdings, params: RulesParams) -> Wanted:
    """What to look for, with names turned into codes; UserError names an item nobody holds."""
    k = len(held.items)
    left, right = np.ones(k, bool), np.ones(k, bool)
    if held.consequents is not None:
        right = held.consequents.copy()
        left = ~right if held.unit == "behaviour" else left  # what comes after foretells nothing
    if targets := _codes(held, params.targets, "targets"):
        right &= np.isin(np.arange(k), targets)
    left[_codes(held, params.antecedent_not, "antecedent_not")] = False
    right[_codes(held, params.consequent_not, "consequent_not")] = False
    return Wanted(
        min_support=params.min_support, min_confidence=params.min_confidence,
        min_lift=params.min_lift or 0.0, max_length=params.max_length, antecedent=left,
        consequent=right, max_consequent=params.max_consequent, max_itemsets=params.max_patterns,
        must=tuple(_codes(held, params.antecedent_must, "antecedent_must")), engine=params.engine)  # fmt: skip


def _codes(held: Holdings, written: str | None, name: str) -> list[int]:
    known = {item: code for code, item in enumerate(held.items)}
    asked = names(written)
    if unknown := [one for one in asked if one not in known]:
        if not known:
            return []
        raise UserError(Text(f"{name}: no basket holds {', '.join(unknown)}.",
                             f"{name}：没有篮子包含 {'、'.join(unknown)}。"), "items")  # fmt: skip
    return [known[one] for one in asked]


def discover(baskets: Baskets, held: Holdings, params: RulesParams) -> Listed:
    """The rules of some of the baskets of `held`, as the parameters ask."""
    rules = candidates(baskets, wanted(held, params))
    if len(rules) > MOST_RULES:
        raise UserError(TOO_MANY_RULES.fill(n=f"{len(rules):,}"), "explosion")
    rules = rules.take(_of_kind(rules, params.sets) & _no_own_group(rules, held))
    frame = believe.facts(rules, baskets)
    p = frame["p_productive" if params.productive else "p"].to_numpy()
    frame = frame.with_columns(
        p_adjusted=pl.Series(believe.adjusted(p, rules.tested, params.correction), dtype=pl.Float64))  # fmt: skip
    stands = np.ones(len(rules), bool)
    if params.correction != "none":
        stands = frame["p_adjusted"].to_numpy() <= params.alpha
    listed, shown = rules.take(np.flatnonzero(stands)), frame.filter(pl.Series(stands))
    redundant = (shown["improvement"].to_numpy() <= believe.TINY) & (
        params.correction != "none") & (not params.redundant)  # fmt: skip
    folded = _folded(listed, shown, redundant, held)
    listed, shown = listed.take(np.flatnonzero(~redundant)), shown.filter(pl.Series(~redundant))
    shown = shown.with_columns(_text(listed.antecedent, held, "antecedent"),
                               _text(listed.consequent, held, "consequent"))  # fmt: skip
    listed, shown = _ordered(listed, shown, params)
    return Listed(listed, shown, len(rules), int(stands.sum()), folded)


def _ordered(rules: Rules, frame: pl.DataFrame, params: RulesParams) -> tuple[Rules, pl.DataFrame]:
    """Only what the conditions keep, best first, the best `top` of them."""
    frame = frame.with_row_index("row").filter(believe.keep(frame, params.conditions()))
    keys = list(dict.fromkeys([params.sort_by, "lift_low", "count"]))
    frame = frame.sort([*keys, "antecedent", "consequent"],
                       descending=[key not in SMALLER_IS_BETTER for key in keys] + [False, False])  # fmt: skip
    frame = frame if params.top is None else frame.head(params.top)
    return rules.take(frame["row"].to_numpy().astype(np.int64)), frame.drop("row")


def _text(codes: Array, held: Holdings, name: str) -> pl.Series:
    """Item names of each row of codes, joined by ` & `."""
    items = pl.Series([*held.items, None], dtype=pl.String)  # the code -1 is the null at the end
    columns = [items.gather(np.where(column < 0, len(held.items), column)) for column in codes.T]
    return pl.select(
        pl.concat_str(columns, separator=AND, ignore_nulls=True).alias(name)
    ).to_series()


def kinds_of_sets(sets: Ragged, supports: Supports) -> tuple[Array, Array]:
    """Which sets are closed (no larger mined one is as frequent), and which maximal (none at all)."""
    closed, maximal = np.ones(len(sets), bool), np.ones(len(sets), bool)
    for length in range(2, int(sets.lengths.max(initial=0)) + 1):
        chosen = np.flatnonzero(sets.lengths == length)
        rows = sets.items[sets.starts[chosen][:, None] + np.arange(length)]
        for column in range(length):
            part = supports.place(supports.hashes[chosen] - supports.keys[rows[:, column]])
            maximal[part] = False
            closed[part[sets.counts[part] == sets.counts[chosen]]] = False
    return closed, maximal


def _of_kind(rules: Rules, kind: str) -> Array:
    """Whether the set of both sides is of the kind asked for."""
    if kind == "all":
        return np.ones(len(rules), bool)
    closed, maximal = kinds_of_sets(rules.sets, rules.supports)
    whole = rules.supports.of(rules.antecedent) + rules.supports.of(rules.consequent)
    found: Array = (closed if kind == "closed" else maximal)[rules.supports.place(whole)]
    return found


def _no_own_group(rules: Rules, held: Holdings) -> Array:
    """Rules in which no product stands beside its own group."""
    both = np.hstack([rules.antecedent, rules.consequent])
    good = np.ones(len(rules), bool)
    for product, group in held.parents.items():
        good &= ~((both == product).any(axis=1) & (both == group).any(axis=1))
    return good


def _folded(rules: Rules, frame: pl.DataFrame, redundant: Array, held: Holdings) -> pl.DataFrame:
    under = believe.folded_under(rules, redundant)
    rows = np.flatnonzero(redundant)
    simpler = ["" if under[r] < 0 else AND.join(held.items[c] for c in rules.antecedent[under[r]] if c >= 0)
               for r in rows]  # fmt: skip
    return frame[rows].select(
        _text(rules.antecedent[rows], held, "antecedent"), _text(rules.consequent[rows], held, "consequent"),
        pl.Series("simpler", simpler, dtype=pl.String), "count", "confidence", "lift",
    ).sort("antecedent", "consequent")  # fmt: skip


def shuffled(baskets: Baskets, seed: int) -> Baskets:
    """Every item in as many baskets as before, but drawn at random, each on its own."""
    draw = np.random.default_rng(seed)
    counts = np.bincount(baskets.item, minlength=baskets.n_items)
    basket = [draw.choice(baskets.n, size, replace=False, shuffle=False) for size in counts if size]
    item = np.repeat(np.arange(baskets.n_items), counts)
    return Baskets.of(
        np.concatenate([np.zeros(0, np.int64), *basket]), item, baskets.n, baskets.n_items
    )


def noise(held: Holdings, params: RulesParams) -> pl.DataFrame:
    """What chance alone gives: shuffle, over_thresholds, believed; one row a shuffle."""
    rows = []
    for number in range(params.shuffles):
        found = discover(shuffled(held.baskets, params.seed * 1_000_003 + number), held,
                         replace(params, top=None))  # fmt: skip
        rows.append((number + 1, found.over_thresholds, found.frame.height))
    return pl.DataFrame(rows, orient="row", schema={"shuffle": pl.Int64, "over_thresholds": pl.Int64, "believed": pl.Int64})  # fmt: skip
