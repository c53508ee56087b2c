"""Figures of customers as items: each cut into parts of like size, named by its bounds.

A name is in Chinese where the extract's products are: an item is called the same in every table.

The bounds are quantiles of the customers that are mined, never of those held out: a bound placed
where the held-out customers part best would confirm itself. Figures are those of the feature table
(`analytics.features`); they may lead to a product, and are not foretold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import polars as pl

from analytics import features
from analytics.dataset import Population, Scope
from analytics.itemsets import Baskets
from analytics.ragged import Array
from analytics.rules.baskets import Holdings
from analytics.text import Text, UserError

ONLY_PRODUCTS = Text(
    "features need baskets = products: figures are those of the as-of day, and other baskets lie before it.",
    "features 仅适用于 baskets = products：特征取截至日的数值，而其他篮子在此之前。",
)


def added(scope: Scope, population: Population, held: Holdings, asked: Sequence[str], bins: int,
          mined: Array) -> Holdings:  # fmt: skip
    """`held` with the figures `asked` for as items, their bounds taken from the baskets `mined` (bool)."""
    if held.unit != "products":
        raise UserError(ONLY_PRODUCTS, "features")
    table = features.read(scope, population)
    chosen = [table.feature(key) for key in asked]
    values = held.customers.select("customer_key").join(
        table.frame, on="customer_key", how="left", maintain_order="left")  # fmt: skip
    baskets, codes, items = [held.baskets.basket], [held.baskets.item], list(held.items)
    for one in chosen:
        title = one.title("zh" if any(map(_is_chinese, held.items)) else "en")
        names, part = _parts(title, values[one.key].cast(pl.Float64).to_numpy(), bins, mined)
        known = np.flatnonzero(part >= 0)
        baskets.append(known)
        codes.append(part[known] + len(items))
        items += names
    pairs = Baskets.of(np.concatenate(baskets), np.concatenate(codes), held.baskets.n, len(items))
    products = np.arange(len(items)) < len(held.items)
    if held.consequents is not None:
        products[: len(held.items)] &= held.consequents
    return replace(held, baskets=pairs, items=tuple(items), consequents=products,
                   counts={**held.counts, "items": len(items)})  # fmt: skip


def _is_chinese(name: str) -> bool:
    return any("\u4e00" <= sign <= "\u9fff" for sign in name)


def _parts(title: str, values: Array, bins: int, mined: Array) -> tuple[list[str], Array]:
    """Names of the parts of a figure, and the part of each value (-1 where it is missing)."""
    known = np.isfinite(values)
    inside = values[known & mined]
    bounds = np.unique(np.quantile(inside, np.linspace(0, 1, bins + 1)[1:-1])) if len(inside) else (
        np.zeros(0))  # fmt: skip
    if len(inside):
        bounds = bounds[bounds > inside.min()]  # a part below the smallest value would be empty
    part = np.where(known, np.searchsorted(bounds, np.where(known, values, 0.0), side="right"), -1)
    return _names(title, bounds), part


def _names(title: str, bounds: Array) -> list[str]:
    """`title < 3`, `3 ≤ title < 10`, `title ≥ 10`; no commas, which part the names in a parameter."""
    words = [f"{bound:.4g}" if abs(bound) < 10_000 else f"{bound:.0f}" for bound in bounds]
    if not words:
        return [title]
    return [f"{title} < {words[0]}",
            *(f"{low} ≤ {title} < {high}" for low, high in pairwise(words)),
            f"{title} ≥ {words[-1]}"]  # fmt: skip
