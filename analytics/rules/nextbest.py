"""Next best product: learnt on holdings at an earlier day, measured on what was opened since.

Two periods of `horizon_days` each lie before as_of. In the first, the choosing period, the method is
chosen: the one most often right at one offer. In the second, the measuring period, which the choice
has not seen, every method is measured. In both, each method learns from the holdings on the eve of
the period and ranks (`ranking`) the products that each customer lacked then. A customer who opened
at least one of them in the period is judged: precision at k is the share of the k that were opened,
recall at k the share of the opened that are among the k; means over customers.

Why two periods: the best of three methods on a period looks better there than it is. What people
are offered is ranked by the chosen method, learnt anew on the holdings of today.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from analytics.dataset import Population, Scope
from analytics.itemsets import Baskets
from analytics.memo import remember
from analytics.ragged import Array
from analytics.rules import baskets
from analytics.rules.baskets import Holdings
from analytics.rules.offers import contactable
from analytics.rules.params import RulesParams
from analytics.rules.ranking import METHODS, by_rules, ease, ranking
from analytics.statistics import wilson
from analytics.text import Text

MOST_K = 5
CHOOSING, MEASURING = "choosing", "measuring"
PERIODS = {
    CHOOSING: Text("Choosing period", "选择期"),
    MEASURING: Text("Measuring period", "评估期"),
}
QUALITY = {"phase": pl.String, "from_day": pl.Date, "to_day": pl.Date, "method": pl.String, "k": pl.Int64,
           "precision": pl.Float64, "precision_low": pl.Float64, "precision_high": pl.Float64,
           "recall": pl.Float64, "hits": pl.Int64, "judged": pl.Int64}  # fmt: skip
NEXT = {"customer_id": pl.String, "offer": pl.String, "method": pl.String, "because": pl.String,
        "score": pl.Float64, "control": pl.Boolean}  # fmt: skip


@dataclass(frozen=True)
class Period:
    """Holdings on the eve of a period, and what was opened in it.

    Args:
        first, last: its days, both inclusive.
        held: customers and products on the eve.
        judged: those of the customers who opened any product in the period.
        new: the products they opened, bool (judged, products).
        ranked: hits in ranked order by method, bool (judged, k), of the methods that use no rules.
    """

    first: date
    last: date
    held: Baskets
    judged: Baskets
    new: Array
    ranked: Mapping[str, Array]


def periods(scope: Scope, population: Population, held: Holdings, params: RulesParams
            ) -> dict[str, Period]:  # fmt: skip
    """The choosing and the measuring period; without one in which nobody opened anything. Remembered."""
    if (
        held.unit != "products"
        or params.level != "product"
        or not scope.data.has("accounts.opened_on")
    ):
        return {}
    question = ("rules periods", *baskets.question(held.unit, params), params.horizon_days)
    return remember(
        scope, population, params.by, question, lambda: _periods(scope, population, params)
    )


def _periods(scope: Scope, population: Population, params: RulesParams) -> dict[str, Period]:
    held = baskets.read(scope, population, params)  # products alone, without figures as items
    length = timedelta(days=params.horizon_days)
    ends = {CHOOSING: scope.as_of - length, MEASURING: scope.as_of}
    found = {name: _period(scope, held, params, end - length, end) for name, end in ends.items()}
    return {name: period for name, period in found.items() if period is not None}


def _period(
    scope: Scope, held: Holdings, params: RulesParams, eve: date, last: date
) -> Period | None:
    openings = scope.query("""
        SELECT customer_key, trim(product) AS item,
               bool_or(coalesce(opened_on <= $eve, true) AND coalesce(closed_on > $eve, true)) AS held_then,
               bool_or(opened_on > $eve AND opened_on <= $last) AS opened_since
        FROM accounts WHERE customer_key IS NOT NULL AND nullif(trim(product), '') IS NOT NULL
        GROUP BY ALL ORDER BY ALL""", step="openings of a period", eve=eve, last=last)  # fmt: skip
    renamed = openings.with_columns(pl.col("item").replace(params.renaming()))
    known = renamed.filter(pl.col("item").is_in(held.items))
    earlier, since = known.filter("held_then"), known.filter("opened_since")
    keys = earlier["customer_key"].unique().sort()
    table = _matrix(earlier, keys, held)
    new = _matrix(since, keys, held) & ~table
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
    return Period(eve + timedelta(days=1), last, _baskets(table), _baskets(table[judged]), new[judged], ranked)  # fmt: skip


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


def quality(periods: Mapping[str, Period], held: Holdings, params: RulesParams) -> pl.DataFrame:
    """One row per period, method and number of offers; see `QUALITY`."""
    rows = [
        row for name, period in periods.items() for row in _of_period(name, period, held, params)
    ]
    return pl.DataFrame(rows, schema=QUALITY, orient="row")


def _of_period(name: str, period: Period, held: Holdings, params: RulesParams) -> Iterator[tuple[object, ...]]:  # fmt: skip
    n, most = period.judged.n, min(MOST_K, period.judged.n_items)
    rules, place = np.zeros((n, most), bool), np.zeros(n, np.int64)
    found = ranking(period.held, held, params)
    popular = np.bincount(period.held.item, minlength=period.held.n_items)
    for _, product, fits in by_rules(found, period.judged, popular, held, np.ones(n, bool), most):
        rules[fits, place[fits]] = period.new[fits, product]
        place[fits] += 1
    ranked = {"rules": rules, **period.ranked}
    opened = period.new.sum(axis=1)
    for method in METHODS:
        for k in range(1, ranked[method].shape[1] + 1):
            yield (
                name,
                period.first,
                period.last,
                method,
                k,
                *_at_k(ranked[method][:, :k], opened),
            )


def _at_k(hit: Array, opened: Array) -> tuple[float, float, float, float, int, int]:
    """Precision with its interval, recall, hits, judged; `hit` says which offers were opened, bool (judged, k)."""
    hits, n = hit.sum(axis=1), len(hit)
    low, high = wilson(hits.sum(), np.array(hit.size))
    return (float(hit.mean()), float(low), float(high), float((hits / opened).mean()), int(hits.sum()), n)  # fmt: skip


def chosen(quality: pl.DataFrame | None, params: RulesParams) -> str:
    """The method that names everybody's next product: as asked, or the best of the choosing period.

    Best is most often right at one offer; of equals the first of `METHODS`, which is also taken
    where there is no choosing period.
    """
    if params.next_by != "best":
        return params.next_by
    first = pl.DataFrame(schema=QUALITY) if quality is None else quality.filter(
        pl.col("k") == 1, pl.col("phase") == CHOOSING)  # fmt: skip
    if first.is_empty():
        return next(iter(METHODS))
    return str(first["method"][int(first["precision"].arg_max() or 0)])


def anybody_lacks(held: Holdings) -> bool:
    """Whether any customer who may be contacted lacks a product that could be offered."""
    offered = len(held.items) if held.consequents is None else int(held.consequents.sum())
    own = np.ones(held.baskets.n_items, bool) if held.consequents is None else held.consequents
    sizes = np.bincount(held.baskets.basket[own[held.baskets.item]], minlength=held.baskets.n)
    return bool((contactable(held) & (sizes < offered)).any())


def for_everybody(method: str, held: Holdings, params: RulesParams) -> pl.DataFrame:
    """The next product of every customer who may be contacted and lacks one: one row each.

    `because` is the rule's antecedent, null where no rule speaks; `score` the lower confidence, the
    EASE score, or the share of holders.
    """
    free = contactable(held)
    n = held.baskets.n
    product, rule, score = np.full(n, -1), np.full(n, -1), np.zeros(n)
    holders = np.bincount(held.baskets.item, minlength=held.baskets.n_items)
    some = ranking(held.baskets, held, params) if method != "ease" else None
    if some is None:
        product, score = _by_ease(held, free)
    else:
        some = some if method == "rules" else some.head(0)
        low = np.append(some.frame["confidence_low"].to_numpy(), 0.0)
        for row, item, fits in by_rules(some, held.baskets, holders, held, free, 1):
            product[fits], rule[fits] = item, row
            score[fits] = low[row] if row >= 0 else holders[item] / n
    rows = np.flatnonzero(product >= 0)
    spoken = np.where(rule >= 0, rule, -1)[rows]
    because = pl.Series([*(some.frame["antecedent"] if some else []), None], dtype=pl.String)
    names = pl.Series(list(held.items), dtype=pl.String)
    control = (
        np.random.default_rng(params.seed + 1).random(held.customers.height) < params.control_share
    )
    return pl.DataFrame({
        "customer_id": held.customers["customer_id"].gather(held.owner[rows]),
        "offer": names.gather(product[rows]),
        "method": np.where(spoken >= 0, "rules", "ease" if method == "ease" else "popularity"),
        "because": because.gather(np.where(spoken >= 0, spoken, len(because) - 1)), "score": score[rows],
        "control": control[held.owner[rows]],
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
