"""From a mark or a row back to the customers behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from analytics.ragged import Array
from analytics.rules import offers, views
from analytics.rules.baskets import Holdings
from analytics.rules.bits import bits_of
from analytics.text import Text, UserError

if TYPE_CHECKING:
    from analytics.rules.result import RulesResult

# The columns of a table that say which customers a row stands for.
KEYS: Mapping[str, tuple[str, ...]] = {
    "rules": ("antecedent", "consequent"), "holdout": ("antecedent", "consequent"),
    "folded": ("antecedent", "consequent"), "opportunities": ("antecedent", "consequent"),
    "next_product": ("customer_id", "offer", "method", "because"),
    "offers": ("customer_id", "offer", "because"), "matrix": ("antecedents", "consequent"),
    "parallel": ("antecedent", "consequent", "item"),
    "graph": ("antecedent", "consequent", "item"), "pairs": ("item_a", "item_b"), "itemsets": ("items",),
    "card": ("antecedent_held", "consequent_held"), "next_best": ("phase", "method", "k"), "noise": ("shuffle",),
    "cohorts": ("antecedent", "consequent", "cohort"), "breakdown": ("antecedent", "consequent", "group"),
}  # fmt: skip
Mask = Array


def behind(result: RulesResult, table: str, row: Mapping[str, Any]) -> Mask | pl.Series:
    """The baskets (bool), or the ids, that `row` of `table` counts.

    Args:
        result: the result.
        table: name of the table.
        row: values by column; at least one key column of the table.
    """
    known = {name: row[name] for name in KEYS.get(table, ()) if name in row}
    if table not in result.frames or not known:
        expected = ", ".join(KEYS.get(table, tuple(KEYS)))
        raise UserError(Text(f"No row of {table!r} is described; expected {expected}.",
                             f"未指明“{table}”的行；应包含 {expected}。"), "row")  # fmt: skip
    return _FINDERS[table](result, table, known)


def ids(held: Holdings, found: Mask | pl.Series) -> pl.Series:
    """Customer ids in the order of the id, each once; baskets without a customer have none."""
    if isinstance(found, pl.Series):
        return found
    rows = np.unique(held.owner[found])
    return held.customers["customer_id"].gather(rows[rows >= 0])


def _any(result: RulesResult, sets: list[list[str]]) -> Mask:
    """Baskets that hold all items of at least one of the sets."""
    code = {item: number for number, item in enumerate(result.held.items)}
    found = np.zeros(result.held.baskets.n, bool)
    for names in sets:
        codes = np.array([code[name] for name in names])
        found |= bits_of(result.held.baskets, codes).held(codes)
    return found


def _rows(result: RulesResult, table: str, known: Mapping[str, Any]) -> pl.DataFrame:
    return result.frames[table].filter(
        pl.all_horizontal(pl.col(k).eq_missing(pl.lit(v)) for k, v in known.items()))  # fmt: skip


def _split(result: RulesResult, *written: str) -> list[str]:
    """Item names of texts joined by ` & `; names that hold the sign themselves are put together."""
    items, found = set(result.held.items), []
    for text in written:
        rest = text.split(" & ")
        while rest:
            size = next((n for n in range(len(rest), 0, -1) if " & ".join(rest[:n]) in items), 1)
            found.append(" & ".join(rest[:size]))
            rest = rest[size:]
    return found


def _rule(result: RulesResult, table: str, known: Mapping[str, Any]) -> Mask:
    rows = _rows(result, table, known).select("antecedent", "consequent").unique().rows()
    return _any(result, [_split(result, *row) for row in rows])


def _part(result: RulesResult, table: str, known: Mapping[str, Any]) -> Mask:
    name = "cohort" if table == "cohorts" else "group"
    held = result.held
    part = (
        views.cohorts(held.customers["opened_on"])
        if table == "cohorts"
        else held.customers["group"]
    )
    found = _rule(result, table, {k: v for k, v in known.items() if k != name} or known)
    if name in known:
        inside = part.eq_missing(pl.Series([known[name]], dtype=part.dtype)).to_numpy()
        found = found & np.append(inside, False)[held.owner]
    return found


def _matrix(result: RulesResult, table: str, known: Mapping[str, Any]) -> Mask:
    rows = _rows(result, table, known)
    rules = result.rules.join(views.antecedent_groups(result.rules), on="antecedent")
    chosen = rules.join(rows, on=["antecedents", "consequent"], how="semi")
    return _any(
        result, [_split(result, *row) for row in chosen.select("antecedent", "consequent").rows()]
    )


def _pairs(result: RulesResult, table: str, known: Mapping[str, Any]) -> Mask:
    return _any(
        result, [list(row) for row in _rows(result, table, known).select("item_a", "item_b").rows()]
    )


def _itemsets(result: RulesResult, table: str, known: Mapping[str, Any]) -> Mask:
    return _any(result, [_split(result, text) for text in _rows(result, table, known)["items"]])


def _card(result: RulesResult, table: str, known: Mapping[str, Any]) -> Mask:
    found = np.zeros(result.held.baskets.n, bool)
    for left, right, x, y in _rows(result, table, known).select(
            "antecedent", "consequent", "antecedent_held", "consequent_held").rows():  # fmt: skip
        a, c = (_any(result, [_split(result, side)]) for side in (left, right))
        found |= (a == x) & (c == y)
    return found


def _opportunities(result: RulesResult, table: str, known: Mapping[str, Any]) -> pl.Series:
    rules, whole = result.acting.rules, result.per_customer
    found = np.zeros(whole.baskets.n, bool)
    for row in _rows(result, table, known)["rule"]:
        found |= offers.candidates(rules, whole, row)
    return ids(whole, found)


def _offers(result: RulesResult, table: str, known: Mapping[str, Any]) -> pl.Series:
    return _rows(result, table, known)["customer_id"].unique().sort()


def _everybody(result: RulesResult, table: str, known: Mapping[str, Any]) -> Mask:
    """A figure about all baskets: everybody in them."""
    return np.full(result.held.baskets.n, not _rows(result, table, known).is_empty())


_FINDERS: Mapping[str, Callable[[RulesResult, str, Mapping[str, Any]], Mask | pl.Series]] = {
    "rules": _rule, "holdout": _rule, "folded": _rule, "graph": _rule, "parallel": _rule, "opportunities": _opportunities,
    "offers": _offers, "next_product": _offers, "matrix": _matrix, "pairs": _pairs, "itemsets": _itemsets, "card": _card,
    "next_best": _everybody, "noise": _everybody, "cohorts": _part, "breakdown": _part,
}  # fmt: skip
