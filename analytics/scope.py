"""One question's view of a dataset: every table cut at `as_of` and to the population.

The cut is made in one place, so that no analysis can forget it. Conditions are written over the
names of `schema.py` only; values are bound.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from analytics.population import Population
from analytics.schema import TABLES, time_column

if TYPE_CHECKING:
    import polars as pl

    from analytics.dataset import Dataset

CATALOG = "bank"  # what the database calls the file `bank.duckdb`


@dataclass
class Scope:
    """One question's view of a dataset; see `Dataset.scope`."""

    data: Dataset
    cursor: Any  # a database cursor of this scope's own
    as_of: date
    steps: list[tuple[str, str]] = field(default_factory=list)
    _cut: tuple[Population, str | None] | None = None  # what the views are still to be cut to

    def query(self, sql: str, *, step: str = "", **values: Any) -> pl.DataFrame:
        """Run one statement inside the scope; its SQL is kept under `step` for "how computed"."""
        self._note(step, sql, values)
        self._create_views()
        return self.cursor.sql(sql, params=values or None).pl()

    def execute(self, sql: str, *, step: str = "", **values: Any) -> None:
        """Create a temporary table or view that later steps read."""
        self._note(step, sql, values)
        self._create_views()
        self.cursor.execute(sql, values or None)

    def _note(self, step: str, sql: str, values: dict[str, Any]) -> None:
        """Keep a step's SQL with the days bound in it; other values may be ids, and are not kept."""
        days = "".join(f"-- ${n} = {v}\n" for n, v in values.items() if isinstance(v, date))
        self.steps.append((step or f"step {len(self.steps) + 1}", days + sql.strip("\n")))

    def interrupt(self) -> None:
        """Stop the running statement; called from another thread."""
        self.cursor.interrupt()

    def sql(self) -> str:
        """Every statement run so far, in order, each under its name."""
        return "\n\n".join(f"-- {name}\n{sql.strip()}" for name, sql in self.steps)

    def prepare(self, population: Population, by: str | None) -> None:
        """Say what the views are cut to; called once by `Dataset.scope`.

        They are created with the first statement: an answer that is remembered needs none.
        """
        for key in [one.group for one in population.where] + ([by] if by else []):
            self.data.group(key)  # an unknown one is refused here, not in the middle of the work
        self._cut = population, by

    def _create_views(self) -> None:
        if self._cut is None:
            return
        (population, by), self._cut = self._cut, None
        everybody = not population.where
        if not everybody:
            self._create_population(population)
        for table in TABLES:
            self.cursor.execute(self._view(table, everybody))
        if by is not None:
            self._create_groups(by, "customer_groups")

    def _view(self, table: str, everybody: bool) -> str:
        conditions = []
        if when := time_column(table):
            conditions.append(f"{when} < DATE '{self._last_day().isoformat()}' + 1")  # inclusive
        if not everybody:
            conditions.append("customer_key IN (SELECT customer_key FROM population)")
        currency = self.data.currency
        if table == "transactions" and currency and self.data.has("transactions.currency"):
            literal = currency.replace("'", "''")  # a view cannot hold a bound value
            conditions.append(f"(currency IS NULL OR currency = '{literal}')")
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        return f"CREATE TEMP VIEW {table} AS SELECT * FROM {CATALOG}.main.{table}{where}"

    def _last_day(self) -> date:
        """`as_of`, or the day of the import: what lies after that has not happened yet."""
        imported = self.data.manifest.get("imported_on")
        return min(self.as_of, date.fromisoformat(imported)) if imported else self.as_of

    def _create_population(self, population: Population) -> None:
        base = f"{CATALOG}.main.customers"
        self.cursor.execute(f"CREATE TEMP TABLE population AS SELECT customer_key FROM {base}")
        for number, one in enumerate(population.where):
            self._create_groups(one.group, f"condition_{number}", base)
            self.cursor.execute(
                f"DELETE FROM population WHERE customer_key {'' if one.exclude else 'NOT'} IN "
                f"(SELECT customer_key FROM condition_{number} "
                "WHERE list_contains($values, coalesce(group_name, '')))",
                {"values": list(one.values)})  # fmt: skip

    def _create_groups(self, key: str, name: str, base: str = "customers") -> None:
        group = self.data.group(key)
        sql = group.sql.replace("FROM customers", f"FROM {base}")
        if not group.sql:  # an audience: its members lie beside the dataset
            self.cursor.register("members_frame", self.data.members(key.removeprefix("audience:")))
            sql = (f"SELECT customer_key, (customer_id IN (SELECT customer_id FROM members_frame))"
                   f"::VARCHAR AS group_name FROM {base}")  # fmt: skip
        self.cursor.execute(f"CREATE TEMP TABLE {name} AS {sql}")
