"""Next best product: learnt on holdings at an earlier day, measured on what was opened since.

At the cut (as_of less the horizon) every method ranks the products that each customer lacked. A
customer who opened at least one of them by as_of is judged: precision at k is the share of the k
that were opened, recall at k the share of the opened that are among the k; means over customers.

Methods: `rules` (lower end of the best fitting rule's confidence, and where no rule speaks the
popularity), `ease` (Steck 2019, WWW: ridge regression of each product on the others, closed form)
and `popularity` (the share of holders), the one to beat.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import polars as pl

from analytics.dataset import Population, Scope
from analytics.itemsets import Baskets
from analytics.memo import remember
from analytics.ragged import Array
from analytics.rules import baskets
from analytics.rules.baskets import Holdings
from analytics.rules.bits import Bits
from analytics.rules.discover import Listed, discover
from analytics.rules.offers import contactable
from analytics.rules.params import RulesParams
from analytics.text import Text

METHODS = {"rules": Text("Rules", "关联规则"), "ease": Text("EASE", "EASE 回归"),
           "popularity": Text("Popularity", "热门程度")}  # fmt: skip
MOST_K = 5
RIDGE = 100.0
QUALITY = {"method": pl.String, "k": pl.Int64, "precision": pl.Float64, "recall": pl.Float64,
           "hits": pl.Int64, "judged": pl.Int64}  # fmt: skip
NEXT = {"customer_id": pl.String, "offer": pl.String, "method": pl.String, "because": pl.String,
        "score": pl.Float64, "control": pl.Boolean}  # fmt: skip


@dataclass(frozen=True)
class Cut:
    """Holdings at the earlier day, and what came after.

    Args:
        held: customers and products then.
        judged: those of the customers who opened any product since.
        new: the products they opened, bool (judged, products).
        ranked: hits in ranked order by method, bool (judged, k), of the methods that use no rules.
    """

    held: Baskets
    judged: Baskets
    new: Array
    ranked: Mapping[str, Array]


def cut(scope: Scope, population: Population, held: Holdings, params: RulesParams) -> Cut | None:
    """The later period of these baskets; None where nobody opened anything new in it. Remembered."""
    question = ("rules cut", *baskets.question(held.unit, params), params.horizon_days)
    return remember(scope, population, params.by, question, lambda: _cut(scope, held, params))


def _cut(scope: Scope, held: Holdings, params: RulesParams) -> Cut | None:
    day = scope.as_of - timedelta(days=params.horizon_days)
    openings = scope.query("""
        SELECT customer_key, trim(product) AS item,
               bool_or(coalesce(opened_on <= $cut, true) AND coalesce(closed_on > $cut, true)) AS held_at_cut,
               bool_or(opened_on > $cut AND opened_on <= $as_of) AS opened_since
        FROM accounts WHERE customer_key IS NOT NULL AND nullif(trim(product), '') IS NOT NULL
        GROUP BY ALL ORDER BY ALL""", step="openings since the cut", cut=day, as_of=scope.as_of)  # fmt: skip
    renamed = openings.with_columns(pl.col("item").replace(params.renaming()))
    known = renamed.filter(pl.col("item").is_in(held.items))
    earlier = known.filter(pl.col("held_at_cut"))
    keys = earlier["customer_key"].unique().sort()
    table, since = (
        _matrix(earlier, keys, held),
        _matrix(known.filter(pl.col("opened_since")), keys, held),
    )
    new = since & ~table
    judged = new.any(axis=1)
    if not judged.any():
        return None
    scores = {
        "ease": ease(table)[judged],
        "popularity": np.broadcast_to(table.mean(axis=0), table[judged].shape),
    }
    ranked = {
        method: _ranked(score, table[judged], new[judged]) for method, score in scores.items()
    }
    return Cut(_baskets(table), _baskets(table[judged]), new[judged], ranked)


def _baskets(table: Array) -> Baskets:
    basket, item = np.nonzero(table)
    return Baskets(basket, item, *table.shape)


def _matrix(pairs: pl.DataFrame, keys: pl.Series, held: Holdings) -> Array:
    pairs = pairs.filter(pl.col("customer_key").is_in(keys.implode()))
    table = np.zeros((len(keys), len(held.items)), bool)
    row = np.searchsorted(keys.to_numpy(), pairs["customer_key"].to_numpy())
    column = pairs["item"].cast(pl.Enum(held.items)).to_physical().to_numpy()
    table[row, column] = True
    return table


def _ranked(score: Array, held: Array, new: Array) -> Array:
    """Whether each of the best products that a customer lacks was opened, bool (customers, k)."""
    best = np.argsort(-np.where(held, -np.inf, score), axis=1, kind="stable")[:, :MOST_K]
    return np.take_along_axis(new, best, axis=1)


def quality(cut: Cut, held: Holdings, params: RulesParams) -> pl.DataFrame:
    """method, k, precision, recall, hits, judged, by every method."""
    n, k = cut.judged.n, min(MOST_K, cut.judged.n_items)
    rules, place = np.zeros((n, k), bool), np.zeros(n, np.int64)
    found = discover(cut.held, held, _plain(params))
    popular = np.bincount(cut.held.item, minlength=cut.held.n_items)
    for _, product, fits in by_rules(found, cut.judged, popular, held, np.ones(n, bool), k):
        rules[fits, place[fits]] = cut.new[fits, product]
        place[fits] += 1
    opened = cut.new.sum(axis=1)
    ranked = {"rules": rules, **cut.ranked}
    rows = [row for method in METHODS for row in _at_k(method, ranked[method], opened)]
    return pl.DataFrame(rows, schema=QUALITY, orient="row")


def _plain(params: RulesParams) -> RulesParams:
    """The parameters that rank products: one consequent, no list cut short."""
    return replace(params, max_consequent=1, top=None, filters=None)


def _at_k(method: str, hit: Array, opened: Array) -> list[tuple[str, int, float, float, int, int]]:
    """`hit` says in ranked order which products were opened, bool (judged, k)."""
    rows = []
    for k in range(1, hit.shape[1] + 1):
        hits = hit[:, :k].sum(axis=1)
        rows.append((method, k, float((hits / k).mean()), float((hits / opened).mean()), int(hits.sum()), len(hit)))  # fmt: skip
    return rows


def by_rules(found: Listed, table: Baskets, holders: Array, held: Holdings, free: Array, most: int
             ) -> Iterator[tuple[int, int, Array]]:  # fmt: skip
    """(rule, product, baskets) in ranked order: the rules by lower confidence, then what most hold.

    A rule of -1 is popularity: a rule without antecedent. Each free basket is met at most `most` times.
    """
    low = found.frame["confidence_low"].to_numpy()
    left, right = found.rules.antecedent, found.rules.consequent[:, :1]
    popular = np.argsort(-holders, kind="stable")
    popular = popular if held.consequents is None else popular[held.consequents[popular]]
    nothing = np.full((len(popular), left.shape[1]), -1)
    left, right = np.vstack([left, nothing]), np.vstack([right, popular[:, None]])
    order = np.concatenate([np.argsort(-low, kind="stable"), len(low) + np.arange(len(popular))])
    bits = Bits(table, np.concatenate([left.ravel(), right.ravel()]))
    for rule, fits in bits.claims(left, right, order, free, most):
        yield (rule if rule < len(low) else -1), int(right[rule, 0]), fits


def ease(table: Array, ridge: float = RIDGE) -> Array:
    """Scores of the embarrassingly shallow autoencoder: B = I - P / diag(P), P = (X'X + ridge)^-1."""
    x = table.astype(np.float64)
    inverse = np.linalg.inv(x.T @ x + ridge * np.eye(x.shape[1]))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    scores: Array = x @ weights
    return scores


def chosen(quality: pl.DataFrame | None, params: RulesParams) -> str:
    """The method that names everybody's next product: as asked, or the most often right at one."""
    if params.next_by != "best":
        return params.next_by
    if quality is None or quality.is_empty():
        return "rules"
    first = quality.filter(pl.col("k") == 1)
    return str(first.row(int(first["precision"].arg_max() or 0), named=True)["method"])


def for_everybody(method: str, acting: Listed, held: Holdings, params: RulesParams) -> pl.DataFrame:
    """The next product of every customer who may be contacted and lacks one: one row each.

    `because` is the rule's antecedent, null where no rule speaks; `score` the lower confidence, the
    EASE score, or the share of holders.
    """
    free = contactable(held)
    table, n = held.baskets, held.baskets.n
    product, rule, score = np.full(n, -1), np.full(n, -1), np.zeros(n)
    holders = np.bincount(table.item, minlength=table.n_items)
    if method == "ease":
        product, score = _by_ease(held, free)
    else:
        some = acting if method == "rules" else acting.head(0)
        low = np.append(some.frame["confidence_low"].to_numpy(), 0.0)
        for row, item, fits in by_rules(some, table, holders, held, free, 1):
            product[fits], rule[fits] = item, row
            score[fits] = low[row] if row >= 0 else holders[item] / n
    rows = np.flatnonzero(product >= 0)
    control = (
        np.random.default_rng(params.seed + 1).random(held.customers.height) < params.control_share
    )
    because = pl.Series([*acting.frame["antecedent"].to_list(), None], dtype=pl.String)
    names = pl.Series(list(held.items), dtype=pl.String)
    spoken = np.where(rule >= 0, rule, len(because) - 1)[rows]
    return pl.DataFrame({
        "customer_id": held.customers["customer_id"].gather(held.owner[rows]),
        "offer": names.gather(product[rows]),
        "method": np.where(rule[rows] >= 0, "rules", "ease" if method == "ease" else "popularity"),
        "because": because.gather(spoken), "score": score[rows], "control": control[held.owner[rows]],
    }, schema=NEXT).sort("score", "customer_id", descending=[True, False])  # fmt: skip


def _by_ease(held: Holdings, free: Array) -> tuple[Array, Array]:
    """The product of the highest EASE score that each free basket lacks (-1 for none), and the score."""
    table = np.zeros((held.baskets.n, held.baskets.n_items), bool)
    table[held.baskets.basket, held.baskets.item] = True
    closed = table if held.consequents is None else table | ~held.consequents
    scores = np.where(closed, -np.inf, ease(table))
    best = scores.argmax(axis=1)
    value = np.take_along_axis(scores, best[:, None], axis=1)[:, 0]
    return np.where(free & np.isfinite(value), best, -1), value
