"""What a page may offer to choose from: distinct values, sizes of populations, overlaps.

Small questions that belong to no analysis. Each is one query through the dataset's door.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from analytics.dataset import EVERYBODY, Dataset, Population
from analytics.schema import column
from analytics.text import Text, UserError

MOST = 500  # a list longer than this is no choice for a person


def distinct(data: Dataset, path: str, most: int = MOST) -> list[str]:
    """The values of `table.column`, the most frequent first; empty where it was not mapped."""
    table, _, name = path.partition(".")
    column(path)  # identifiers come from the schema
    if not data.has(path):
        return []
    found = data.query(
        f"SELECT {name}::VARCHAR AS v FROM {table} WHERE {name} IS NOT NULL "
        "GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT $most", most=most)  # fmt: skip
    return found["v"].to_list()


def group_values(data: Dataset, key: str, as_of: date, most: int = MOST) -> list[str]:
    """The values of an attribute or audience (`Dataset.groups` key), the most frequent first."""
    with data.scope(as_of, by=key) as scope:
        found = scope.query(
            "SELECT coalesce(group_name, '') AS v FROM customer_groups "
            "GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT $most", most=most)  # fmt: skip
    return found["v"].to_list()


def population_size(data: Dataset, as_of: date, population: Population = EVERYBODY) -> int:
    """Customers the population filter keeps."""
    with data.scope(as_of, population) as scope:
        return int(scope.query("SELECT count(*) AS n FROM customers").item())


def rejected_rows(data: Dataset) -> pl.DataFrame:
    """The rows the import refused: table_name, file, line, reason, text; empty where none were.

    They are the analyst's own input, as it stood in the file: give them to their owner only.
    """
    known = data.query("SELECT count(*) AS n FROM information_schema.tables "
                       "WHERE table_name = 'rejects'").item()  # fmt: skip
    if not known:
        return pl.DataFrame(
            schema=dict.fromkeys(("table_name", "file", "reason", "text"), pl.String)
        )
    return data.query("SELECT table_name, file, line, reason, text FROM rejects ORDER BY ALL")


@dataclass(frozen=True)
class Overlap:
    """How two audiences relate: customers in both, only in the first, only in the second."""

    both: int
    only_first: int
    only_second: int

    @property
    def jaccard(self) -> float | None:
        """Shared customers as a share of all of either; None if both are empty."""
        union = self.both + self.only_first + self.only_second
        return self.both / union if union else None


def overlap(first: pl.Series, second: pl.Series) -> Overlap:
    """Compare two audiences by their customer ids.

    >>> overlap(pl.Series(["a", "b"]), pl.Series(["b", "c", "d"]))
    Overlap(both=1, only_first=1, only_second=2)
    """
    one, two = set(first.to_list()), set(second.to_list())
    return Overlap(len(one & two), len(one - two), len(two - one))


def first_day(data: Dataset) -> date:
    """The first day with a transaction, an event or a balance: the earliest sensible as_of."""
    found = data.query(
        "SELECT min(d) AS d FROM (SELECT min(happened_at)::DATE AS d FROM transactions UNION ALL "
        "SELECT min(happened_at)::DATE FROM events UNION ALL SELECT min(balance_on) FROM balances)"
    ).item()
    if found is None:
        raise UserError(
            Text("This dataset has no dated rows.", "此数据集没有带日期的记录。"), "no_days"
        )
    return found
