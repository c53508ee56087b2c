"""One row per customer: every feature the extract supports, as of a day and within a look-back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from analytics.dataset import Dataset, Population, Scope
from analytics.features import names, sources
from analytics.features.feature import Feature
from analytics.features.holdings import ACCOUNTS, EVENTS, LEVELS, PEOPLE, REACHED
from analytics.features.movements import ACTIVE_DAYS, INCOME, MOVEMENTS
from analytics.memo import remember
from analytics.rfm.activity import customers_at
from analytics.text import Text, UserError

CATALOGUE: tuple[Feature, ...] = (
    *ACTIVE_DAYS, *MOVEMENTS, *INCOME, *LEVELS, *ACCOUNTS, *EVENTS, *PEOPLE, *REACHED)  # fmt: skip
FAMILIES = ("channel", "kind")
LOOKBACK_DAYS = 365


@dataclass(frozen=True)
class FeatureTable:
    """The customers at as_of with what is known of each.

    Args:
        frame: customer_key, customer_id, then one Float64 column per feature, null where a
            customer has no such rows; in the order of the id.
        features: what the columns are, in their order.
        lookback_days: the look-back all of them share.
    """

    frame: pl.DataFrame
    features: tuple[Feature, ...]
    lookback_days: int

    def feature(self, key: str) -> Feature:
        """The feature of that key; UserError naming the known ones if there is none."""
        known = {one.key: one for one in self.features}
        if key not in known:
            raise UserError(
                Text(f"This extract gives no feature {key!r}; expected some of {', '.join(known) or '-'}.",
                     f"此数据无法得出特征 {key!r}；可用：{'、'.join(known) or '无'}。"), "feature")  # fmt: skip
        return known[key]

    def filled(self, keys: Iterable[str] | None = None) -> pl.DataFrame:
        """The chosen columns without nulls: what `Feature.empty` says stands in for a missing one."""
        chosen = self.features if keys is None else [self.feature(key) for key in keys]
        return self.frame.select([self._filled(one) for one in chosen])

    def _filled(self, one: Feature) -> pl.Expr:
        column = pl.col(one.key).fill_nan(None)
        if one.empty is None:
            return column.fill_null(column.median()).fill_null(0.0)
        return column.fill_null(self.lookback_days if one.empty == "lookback" else one.empty)

    def matrix(self, keys: Iterable[str] | None = None) -> np.ndarray:
        """`filled` as an array of floats, shape (customers, features)."""
        found = self.filled(keys)
        return found.to_numpy().astype(float, copy=False).reshape(self.frame.height, found.width)


def supported(data: Dataset) -> tuple[Feature, ...]:
    """The features of the catalogue that the extract has the columns for."""
    return tuple(one for one in CATALOGUE if all(_met(data, need) for need in one.needs))


def _met(data: Dataset, need: str) -> bool:
    return need == "clock" or any(data.has(path) for path in need.split("|"))


def read(scope: Scope, population: Population, lookback_days: int = LOOKBACK_DAYS,
         families: tuple[str, ...] = FAMILIES, like: FeatureTable | None = None) -> FeatureTable:  # fmt: skip
    """The feature table of an open scope, remembered until the dataset closes.

    Args:
        scope: an open scope of the dataset.
        population: the scope's population (it is part of what is remembered).
        lookback_days: calendar days that count, the last of which is as_of.
        families: of `names.SOURCES`, whose frequent names become a share each.
        like: a table whose features are wanted, exactly: the frequent names of another day differ.
    """
    wanted = None if like is None else like.features
    return remember(scope, population, None, ("features", lookback_days, families, wanted),
                    lambda: _read(scope, lookback_days, families, wanted))  # fmt: skip


def _read(scope: Scope, lookback_days: int, families: tuple[str, ...],
          wanted: tuple[Feature, ...] | None) -> FeatureTable:  # fmt: skip
    since = scope.as_of - timedelta(days=lookback_days - 1)
    chosen = list(supported(scope.data) if wanted is None else wanted)
    people = customers_at(scope).select("customer_key", "customer_id")
    parts = {one.part for one in chosen}
    for part, make in _makers(scope, since).items():
        if part in parts:
            make()
    if "movements" in parts and wanted is None:
        if not _has_hours(scope):
            chosen = [one for one in chosen if "clock" not in one.needs]
        chosen += names.shares(scope, families)
    frame = people
    for part in sorted(parts):
        frame = frame.join(_part(scope, part, [f for f in chosen if f.part == part], since, lookback_days),
                           on="customer_key", how="left", maintain_order="left")  # fmt: skip
    frame = frame.select("customer_key", "customer_id",
                         *(pl.col(one.key).cast(pl.Float64) for one in chosen))  # fmt: skip
    return FeatureTable(frame, tuple(chosen), lookback_days)


def _makers(scope: Scope, since: date) -> Mapping[str, Callable[[], None]]:
    return {
        "movements": lambda: sources.movements(scope, since), "income": lambda: sources.income(scope, since),
        "accounts": lambda: sources.accounts(scope), "levels": lambda: sources.levels(scope, since)}  # fmt: skip


def _has_hours(scope: Scope) -> bool:
    """Whether the times of the movements hold hours; an extract of days has only midnights."""
    return bool(scope.query("SELECT coalesce(bool_or(hour <> 0), false) AS b FROM movements",
                            step="whether times hold hours").item())  # fmt: skip


FROM: Mapping[str, str] = {
    "movements": "movements", "days": "days", "income": "income", "levels": "levels",
    "accounts": "holdings",
    "people": "customers WHERE coalesce(opened_on <= $as_of, true)",
    "events": "events WHERE happened_at >= $since", "contacts": "contacts WHERE sent_at >= $since",
    "feedback": "feedback WHERE happened_at >= $since", "risk": "risk",
}  # fmt: skip


def _part(scope: Scope, part: str, chosen: list[Feature], since: date, lookback_days: int
          ) -> pl.DataFrame:  # fmt: skip
    """customer_key and the features of one part, of the customers who have such rows."""
    columns = ",\n               ".join(f"{one.sql} AS {one.key}" for one in chosen)
    source = FROM[part]
    where = "AND" if "WHERE" in source else "WHERE"
    sql = f"""
        SELECT customer_key, {columns}
        FROM {source} {where} customer_key IS NOT NULL GROUP BY customer_key
        """
    known: dict[str, Any] = {"as_of": scope.as_of, "since": since,
                             "recent": scope.as_of - timedelta(days=max(lookback_days // 4, 1))}  # fmt: skip
    values = {name: value for name, value in known.items() if f"${name}" in sql}
    for one in chosen:
        values |= one.values
    return scope.query(sql, step=f"features: {part}", **values)
