"""Next best product: learnt on holdings at an earlier day, measured on what was opened since.

At the cut (as_of less the horizon) every method ranks the products that each customer lacked. A
customer who opened at least one of them by as_of is judged: precision at k is the share of the k
that were opened, recall at k the share of the opened that are among the k; means over customers.

Methods: `rules` (lower end of the best fitting rule's confidence, and where no rule speaks the
popularity), `ease` (Steck 2019, WWW: ridge regression of each product on the others, closed form)
and `popularity` (the share of holders), the one to beat.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl

from analytics.dataset import Population, Scope
from analytics.itemsets import Baskets
from analytics.memo import remember
from analytics.ragged import Array
from analytics.rules.baskets import Holdings
from analytics.rules.bits import Bits
from analytics.rules.discover import discover
from analytics.rules.params import RulesParams
from analytics.text import Text

METHODS = {"rules": Text("Rules", "关联规则"), "ease": Text("EASE", "EASE 回归"),
           "popularity": Text("Popularity", "热门程度")}  # fmt: skip
MOST_K = 5
RIDGE = 100.0
UNSAID = 1e-6
QUALITY = {"method": pl.String, "k": pl.Int64, "precision": pl.Float64, "recall": pl.Float64,
           "hits": pl.Int64, "judged": pl.Int64}  # fmt: skip


def openings(scope: Scope, population: Population, params: RulesParams) -> pl.DataFrame:
    """customer_key, item, held_at_cut, opened_since; one row for every product of a customer."""
    cut = scope.as_of - timedelta(days=params.horizon_days)
    return remember(scope, population, None, ("rules openings", cut), lambda: scope.query("""
        SELECT customer_key, trim(product) AS item,
               bool_or(coalesce(opened_on <= $cut, true) AND coalesce(closed_on > $cut, true)) AS held_at_cut,
               bool_or(opened_on > $cut AND opened_on <= $as_of) AS opened_since
        FROM accounts WHERE customer_key IS NOT NULL AND nullif(trim(product), '') IS NOT NULL
        GROUP BY ALL ORDER BY ALL""", step="openings since the cut", cut=cut, as_of=scope.as_of))  # fmt: skip


def quality(openings: pl.DataFrame, held: Holdings, params: RulesParams) -> pl.DataFrame:
    """method, k, precision, recall, hits, judged; empty where nobody opened anything new."""
    renamed = openings.with_columns(pl.col("item").replace(params.renaming()))
    known = renamed.filter(pl.col("item").is_in(held.items))
    earlier = known.filter(pl.col("held_at_cut"))
    if earlier.is_empty():
        return pl.DataFrame(schema=QUALITY)
    keys = earlier["customer_key"].unique().sort()
    table, since = (
        _matrix(earlier, keys, held),
        _matrix(known.filter(pl.col("opened_since")), keys, held),
    )
    new = since & ~table
    judged = np.flatnonzero(new.any(axis=1))
    if not len(judged):
        return pl.DataFrame(schema=QUALITY)
    rows = []
    for method, score in _scores(table, held, params).items():
        found = np.where(table[judged], -np.inf, score[judged])
        best = np.argsort(-found, axis=1, kind="stable")
        rows += _at_k(method, np.take_along_axis(new[judged], best, axis=1))
    return pl.DataFrame(rows, schema=QUALITY, orient="row")


def _matrix(pairs: pl.DataFrame, keys: pl.Series, held: Holdings) -> Array:
    pairs = pairs.filter(pl.col("customer_key").is_in(keys.implode()))
    table = np.zeros((len(keys), len(held.items)), bool)
    row = np.searchsorted(keys.to_numpy(), pairs["customer_key"].to_numpy())
    column = pairs["item"].cast(pl.Enum(held.items)).to_physical().to_numpy()
    table[row, column] = True
    return table


def _at_k(method: str, hit: Array) -> list[tuple[str, int, float, float, int, int]]:
    """`hit` says in ranked order which products were opened, bool (judged, products)."""
    opened, rows = hit.sum(axis=1), []
    for k in range(1, min(MOST_K, hit.shape[1]) + 1):
        hits = hit[:, :k].sum(axis=1)
        rows.append(
            (
                method,
                k,
                float((hits / k).mean()),
                float((hits / opened).mean()),
                int(hits.sum()),
                len(hit),
            )
        )
    return rows


def _scores(table: Array, held: Holdings, params: RulesParams) -> dict[str, Array]:
    """Scores (customers, products) of every method, learnt on `table` alone."""
    popular = table.mean(axis=0)
    everybody = np.broadcast_to(popular, table.shape)
    return {"rules": by_rules(table, held, params) + UNSAID * everybody, "ease": ease(table),
            "popularity": everybody}  # fmt: skip


def by_rules(table: Array, held: Holdings, params: RulesParams) -> Array:
    """The best fitting rule's lower confidence per customer and product; 0 where none fits."""
    basket, item = np.nonzero(table)
    baskets = Baskets(basket, item, len(table), table.shape[1])
    plain = replace(params, max_consequent=1, top=None, filters=None)
    found = discover(baskets, held, plain)
    bits = Bits(baskets, found.rules.antecedent)
    score = np.zeros(table.shape)
    for row, low in enumerate(found.frame["confidence_low"]):
        fits = bits.held(found.rules.antecedent[row])
        column = score[:, found.rules.consequent[row, 0]]
        column[fits] = np.maximum(column[fits], low)
    return score


def ease(table: Array, ridge: float = RIDGE) -> Array:
    """Scores of the embarrassingly shallow autoencoder: B = I - P / diag(P), P = (X'X + ridge)^-1."""
    x = table.astype(float)
    inverse = np.linalg.inv(x.T @ x + ridge * np.eye(x.shape[1]))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    scores: Array = x @ weights
    return scores
