"""Who holds what: baskets of items from an extract. All the SQL but behaviour's (`behaviour`).

A basket is a customer with the products held at as_of, an order of the extract with its items, a
customer's month with the kinds of transactions, or a customer's behaviour around an index date.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from analytics.dataset import Dataset, Population, Scope
from analytics.itemsets import Baskets
from analytics.memo import remember
from analytics.ragged import Array
from analytics.rules import behaviour
from analytics.rules.params import RulesParams, names
from analytics.text import Text, UserError

MOST_NEGATED = 30
NOT = "not "
HOLDINGS = """
    SELECT DISTINCT a.customer_key, trim({column}) AS item
    FROM accounts a WHERE a.customer_key IS NOT NULL AND nullif(trim({column}), '') IS NOT NULL
      AND coalesce(opened_on <= $as_of, true) AND ({ever} OR coalesce(closed_on > $as_of, true))"""


@dataclass(frozen=True)
class Holdings:
    """Baskets with their items' names and their customers.

    Args:
        baskets: pairs of basket and item codes; `n` counts the empty baskets too.
        items: name of each item code, sorted.
        owner: row in `customers` of each basket, -1 without a customer; shape (n,).
        customers: customer_key, customer_id, opened_on, consent, group (with a breakdown).
        unit: `products`, `orders`, `months` or `behaviour`.
        month: months since year 0 of each basket (its customer's joining with products, the index
            date with behaviour), -1 if unknown; shape (n,).
        parents: item code -> code of its group, where both levels are items.
        consequents: codes that may be foretold; None for all.
        counts: what was left out, by name.
    """

    baskets: Baskets
    items: tuple[str, ...]
    owner: Array
    customers: pl.DataFrame
    unit: str
    month: Array
    parents: Mapping[int, int] = field(default_factory=dict)
    consequents: Array | None = None
    counts: Mapping[str, int] = field(default_factory=dict)

    def some(self, chosen: Array) -> Baskets:
        """Only these baskets (bool, (n,)), numbered anew."""
        place = np.cumsum(chosen) - 1
        inside = chosen[self.baskets.basket]
        return Baskets(place[self.baskets.basket[inside]], self.baskets.item[inside],
                       int(chosen.sum()), self.baskets.n_items)  # fmt: skip


def chosen_unit(data: Dataset, params: RulesParams) -> str:
    """What a basket is: as asked, or by what the extract holds; UserError if it cannot be."""
    able = {"products": data.has("accounts.product"),
            "orders": data.has("transactions.basket_id") and data.has("transactions.item"),
            "months": data.has("transactions.kind") or data.has("transactions.category"),
            "behaviour": data.has("transactions")}  # fmt: skip
    if params.baskets == "auto":
        return next((unit for unit, can in able.items() if can), "products")
    if not able[params.baskets]:
        can = ", ".join(unit for unit, yes in able.items() if yes) or "-"
        raise UserError(Text(f"baskets = {params.baskets}: the extract lacks the columns; possible: {can}.",
                             f"baskets = {params.baskets}：数据缺少所需字段；可用：{can}。"), "baskets")  # fmt: skip
    return params.baskets


def read(scope: Scope, population: Population, params: RulesParams) -> Holdings:
    """The baskets of the scope; remembered, so that a threshold's slider does not read again."""
    unit = chosen_unit(scope.data, params)
    return remember(scope, population, params.by, question(unit, params),
                    lambda: _read(scope, params, unit))  # fmt: skip


def question(unit: str, params: RulesParams) -> tuple[Hashable, ...]:
    """What the baskets depend on, beside scope, population and breakdown."""
    windows = (params.past_days, params.recent_days, params.horizon_days, params.seed)
    return ("rules baskets", unit, params.level, params.ever_held, params.include, params.exclude,
            params.rename, params.negated, *(windows if unit == "behaviour" else ()))  # fmt: skip


def _read(scope: Scope, params: RulesParams, unit: str) -> Holdings:
    counts: dict[str, int] = {}
    parents: dict[str, str] = {}
    if unit == "products":
        pairs, parents = _products(scope, params)
        pairs = pairs.with_columns(basket=pl.col("customer_key"))
    elif unit == "orders":
        pairs = _orders(scope, counts)
    elif unit == "months":
        pairs = _months(scope)
    else:
        pairs = behaviour.read(scope, params, counts)
    customers = _customers(scope, params.by)
    return _coded(_edited(pairs, params), customers, unit, params, parents, counts)


def _products(scope: Scope, params: RulesParams) -> tuple[pl.DataFrame, dict[str, str]]:
    """customer_key, item at the level asked for; and, with both levels, product -> group."""
    levels = {
        "product": ["product"],
        "group": ["product_group"],
        "both": ["product", "product_group"],
    }
    if params.level != "product" and not scope.data.has("accounts.product_group"):
        raise UserError(Text("level: the extract has no product groups; use rename to make some.",
                             "level：数据没有产品大类，可用 rename 自行归组。"), "level")  # fmt: skip
    ever = "true" if params.ever_held else "false"
    sql = " UNION ".join(HOLDINGS.format(column=c, ever=ever) for c in levels[params.level])
    pairs = scope.query(f"""
        WITH joined AS (SELECT customer_key, {behaviour.month_sql("min(opened_on)")} AS month
                        FROM accounts GROUP BY customer_key)
        SELECT h.*, j.month FROM ({sql}) h LEFT JOIN joined j USING (customer_key) ORDER BY ALL
        """, step="products held", as_of=scope.as_of)  # fmt: skip
    if params.level != "both":
        return pairs, {}
    known = scope.query("SELECT DISTINCT trim(product) AS product, trim(product_group) AS product_group "
                        "FROM accounts WHERE product IS NOT NULL AND product_group IS NOT NULL ORDER BY ALL",
                        step="products and groups")  # fmt: skip
    return pairs, dict(known.iter_rows())


def _orders(scope: Scope, counts: dict[str, int]) -> pl.DataFrame:
    """The extract's own baskets; lines with a negative quantity are returns, and left out."""
    pairs = scope.query(f"""
        SELECT t.customer_key, t.basket_id AS basket, trim(t.item) AS item,
               {behaviour.month_sql("min(happened_at)")} AS month
        FROM transactions t WHERE basket_id IS NOT NULL AND nullif(trim(item), '') IS NOT NULL
          AND coalesce(quantity >= 0, true) GROUP BY 1, 2, 3 ORDER BY ALL""", step="orders and items")  # fmt: skip
    counts["lines_returned"] = int(scope.query(
        "SELECT count(*) FROM transactions WHERE quantity < 0 AND basket_id IS NOT NULL",
        step="returned lines").item())  # fmt: skip
    return pairs


def _months(scope: Scope) -> pl.DataFrame:
    return scope.query(f"""
        SELECT DISTINCT customer_key, {behaviour.name_sql(scope)} AS item,
               {behaviour.month_sql("happened_at")} AS month, customer_key::BIGINT * 100000 + month AS basket
        FROM transactions WHERE customer_key IS NOT NULL AND {behaviour.name_sql(scope)} IS NOT NULL
        ORDER BY ALL""", step="kinds per customer and month")  # fmt: skip


def _customers(scope: Scope, by: str | None) -> pl.DataFrame:
    group, join = ("", "") if by is None else (
        ', g.group_name AS "group"', "LEFT JOIN customer_groups g USING (customer_key)")  # fmt: skip
    return scope.query(f"""
        SELECT c.customer_key, c.customer_id, c.opened_on, c.consent{group}
        FROM customers c {join} ORDER BY c.customer_key""", step="customers")  # fmt: skip


def _edited(pairs: pl.DataFrame, params: RulesParams) -> pl.DataFrame:
    """Items renamed, then only those asked for."""
    if renaming := params.renaming():
        pairs = pairs.with_columns(pl.col("item").replace(renaming))
    if include := names(params.include):
        pairs = pairs.with_columns(
            pl.when(pl.col("item").is_in(include)).then(pl.col("item")).alias("item")
        )
    if exclude := names(params.exclude):
        pairs = pairs.with_columns(
            pl.when(~pl.col("item").is_in(exclude)).then(pl.col("item")).alias("item")
        )
    return pairs  # an item left out is null: its basket stays in the denominator


def _coded(pairs: pl.DataFrame, customers: pl.DataFrame, unit: str, params: RulesParams,
           parents: Mapping[str, str], counts: dict[str, int]) -> Holdings:  # fmt: skip
    basket = pairs["basket"].rank("dense").cast(pl.Int64).to_numpy() - 1
    n = int(basket.max()) + 1 if len(basket) else 0
    owner = np.full(n, -1)
    rows = pairs.select("customer_key").join(
        customers.select("customer_key").with_row_index("row"), on="customer_key", how="left",
        maintain_order="left")["row"].fill_null(-1).cast(pl.Int64).to_numpy()  # fmt: skip
    owner[basket] = rows
    month = np.full(n, -1)
    month[basket] = pairs["month"].fill_null(-1).to_numpy()
    if unit in ("products", "behaviour"):
        customers, owner = customers[owner], np.arange(n)
    items = sorted(pairs["item"].drop_nulls().unique().to_list())
    held = pairs["item"].is_not_null().to_numpy()
    code = pairs["item"].drop_nulls().cast(pl.Enum(items)).to_physical().to_numpy().astype(np.int64)
    found = Holdings(
        Baskets.of(basket[held], code, n, len(items)), tuple(items), owner, customers, unit, month,
        counts={**counts, "baskets": n, "items": len(items)},
        parents={items.index(k): items.index(v) for k, v in parents.items() if k in items and v in items},
        consequents=behaviour.consequents(items) if unit == "behaviour" else None)  # fmt: skip
    return _negated(found) if params.negated else found


def _negated(held: Holdings) -> Holdings:
    """Add `not X` for every item X."""
    k, n = len(held.items), held.baskets.n
    if k > MOST_NEGATED:
        raise UserError(Text(f"negated: {k} items would become {2 * k}; include at most {MOST_NEGATED}.",
                             f"negated：共 {k} 项，请用 include 限制在 {MOST_NEGATED} 项以内。"), "negated")  # fmt: skip
    table = np.ones((n, k), bool)
    table[held.baskets.basket, held.baskets.item] = False
    basket, item = np.nonzero(table)
    both = Baskets.of(np.concatenate([held.baskets.basket, basket]),
                      np.concatenate([held.baskets.item, item + k]), n, 2 * k)  # fmt: skip
    consequents = (
        None if held.consequents is None else np.append(held.consequents, np.zeros(k, bool))
    )
    return replace(held, baskets=both, items=(*held.items, *(NOT + i for i in held.items)),
                   consequents=consequents, counts={**held.counts, "items": 2 * k})  # fmt: skip
