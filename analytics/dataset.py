"""A dataset: one immutable DuckDB file of canonical tables, opened read-only through one door.

Why one factory: DuckDB's hardening (no network, no extensions, no Python variables as tables,
locked configuration) is inherited by cursors but not by a second `connect`, and one process cannot
open a file twice with different settings.

Why a scope: `as_of` and the population filter are applied in one place. Inside a scope the names
`customers`, `accounts`, `transactions`, ... are temporary views that hold only what happened up to
the end of the day `as_of`, only for customers of the population; an analysis cannot forget either.
`customer_groups(customer_key, group_name)` is there when a breakdown is asked for.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from analytics.findings import Finding
from analytics.schema import TABLES, time_column
from analytics.text import Text, UserError

FILE_NAME = "bank.duckdb"
MEMORY_LIMIT = os.environ.get("TIDEMARK_MEMORY", "4GB")
THREADS = int(os.environ.get("TIDEMARK_THREADS", os.cpu_count() or 2))
GROUP_COLUMNS = ("customer_type", "region", "gender", "occupation", "risk_level",
                 "acquisition_channel", "consent")  # fmt: skip


def connect(path: Path | None = None, *, read_only: bool = True, spill: Path | None = None,
            memory: str = MEMORY_LIMIT) -> duckdb.DuckDBPyConnection:  # fmt: skip
    """The one connection factory: hardened, then locked (the order matters, see FACTS on DuckDB).

    Args:
        path: the database file; None for an in-memory one.
        read_only: how the file is opened; only the import writes.
        spill: directory for temporary files; beside the file unless given.
        memory: DuckDB's memory limit.
    """
    con = duckdb.connect(str(path) if path else ":memory:", read_only=bool(path) and read_only)
    spill = spill or (path.parent / "spill" if path else None)
    settings = ["autoinstall_known_extensions=false", "autoload_known_extensions=false",
                "allow_community_extensions=false", "python_enable_replacements=false",
                f"memory_limit='{memory}'", f"threads={THREADS}", "preserve_insertion_order=false",
                "TimeZone='UTC'"]  # fmt: skip
    if spill:
        settings += [f"temp_directory='{_quoted(str(spill))}'", "max_temp_directory_size='50GB'"]
    if read_only:
        settings.append("enable_external_access=false")
    for setting in [*settings, "lock_configuration=true"]:
        con.execute(f"SET {setting}")
    return con


def _quoted(text: str) -> str:
    return text.replace("'", "''")


@dataclass(frozen=True)
class Where:
    """Customers whose `group` (a group key of `Dataset.groups`) is one of `values`."""

    group: str
    values: tuple[str, ...]
    exclude: bool = False


@dataclass(frozen=True)
class Population:
    """The customers a page or a run is about: all conditions hold; none means everybody."""

    where: tuple[Where, ...] = ()

    @classmethod
    def parse(cls, words: list[str]) -> Population:
        """From `group=value` or `group!=value` words; the same group twice means either value."""
        found: dict[tuple[str, bool], list[str]] = {}
        for word in words:
            group, sign, value = word.partition("=")
            if not sign or not group.rstrip("!"):
                raise UserError(
                    Text(f"--where {word!r}: expected attribute=value or attribute!=value.",
                         f"--where {word!r}：应为 属性=值 或 属性!=值。"), "where")  # fmt: skip
            found.setdefault((group.rstrip("!"), group.endswith("!")), []).append(value)
        return cls(tuple(Where(g, tuple(v), out) for (g, out), v in found.items()))

    def as_words(self) -> list[str]:
        """The inverse of `parse`."""
        return [f"{w.group}{'!' if w.exclude else ''}={v}" for w in self.where for v in w.values]


EVERYBODY = Population()


@dataclass(frozen=True)
class Group:
    """One way to split the customers: its key, title, and the SQL of (customer_key, group_name)."""

    key: str
    title: Text
    sql: str
    from_data: bool = True  # the title is the user's own text: show it through safe_label


class Dataset:
    """An opened dataset. Thread-safe: every scope and query works on its own cursor.

    Args:
        path: the `bank.duckdb` file.
        members: resolves `audience:NAME` to a frame with one column `customer_id`; state beside
            the dataset provides it, because the file itself never changes.
        audiences: names of the kept audiences.
    """

    def __init__(self, path: Path, members: Callable[[str], pl.DataFrame] | None = None,
                 audiences: Callable[[], list[str]] = list) -> None:  # fmt: skip
        self.path = path
        self._members = members
        self._audiences = audiences
        self._lock = threading.Lock()
        self._root: duckdb.DuckDBPyConnection | None = None
        self.manifest: dict[str, Any] = json.loads(
            self.query("SELECT value FROM manifest WHERE name = 'manifest'").item())  # fmt: skip

    # -- facts ---------------------------------------------------------------------------------
    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits that identify the content: same rows, same fingerprint."""
        return str(self.manifest["fingerprint"])

    @property
    def name(self) -> str:
        """The name the analyst gave it."""
        return str(self.manifest["name"])

    @property
    def default_as_of(self) -> date:
        """The last day, not after the import, by which 99.9 % of the rows have happened."""
        return date.fromisoformat(self.manifest["as_of"])

    @property
    def currency(self) -> str | None:
        """The currency of every run: the most frequent unless the import chose another."""
        return self.manifest.get("currency")

    def rows(self, table: str) -> int:
        """Rows loaded into a canonical table; 0 where the extract has none."""
        return int(self.manifest["tables"].get(table, {}).get("loaded", 0))

    def has(self, path: str) -> bool:
        """Whether `table` has rows, or `table.column` was mapped from the extract."""
        table, _, column = path.partition(".")
        if not self.rows(table):
            return False
        return not column or column in self.manifest["tables"][table].get("columns", [])

    @property
    def findings(self) -> list[Finding]:
        """What the import found worth saying."""
        return [Finding.from_dict(f) for f in self.manifest.get("findings", [])]

    def groups(self) -> dict[str, Group]:
        """Every way to split the customers: canonical categories, attributes, kept audiences."""
        customers = TABLES["customers"]
        found = [
            Group(c, customers.column(c).title,
                  f"SELECT customer_key, {c}::VARCHAR AS group_name FROM customers", False)
            for c in GROUP_COLUMNS if self.has(f"customers.{c}")
        ]  # fmt: skip
        for internal, title in (
            self.manifest["tables"].get("customers", {}).get("attributes", {}).items()
        ):
            sql = f"SELECT customer_key, {internal} AS group_name FROM customers"
            found.append(Group(title, Text(title, title), sql))
        found += [Group(f"audience:{name}", Text(name, name), "") for name in self._audiences()]
        return {g.key: g for g in found}

    # -- the door ------------------------------------------------------------------------------
    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            if self._root is None:
                self._root = connect(self.path)
            try:
                return self._root.cursor()
            except duckdb.Error:  # a full disk kills the connection; committed rows are all there
                self._root = connect(self.path)
                return self._root.cursor()

    def close(self) -> None:
        """Release the file, so that it can be deleted or replaced."""
        with self._lock:
            if self._root is not None:
                self._root.close()
                self._root = None

    def query(self, sql: str, **values: Any) -> pl.DataFrame:
        """Rows of the whole file, as_of and population not applied. Values are bound by `$name`."""
        with contextlib.closing(self._cursor()) as cursor:
            return cursor.sql(sql, params=values or None).pl()

    @contextlib.contextmanager
    def scope(self, as_of: date, population: Population = EVERYBODY, by: str | None = None
              ) -> Iterator[Scope]:  # fmt: skip
        """A cursor on which every table is cut at `as_of` and to `population` (see the module)."""
        with contextlib.closing(self._cursor()) as cursor:
            scope = Scope(self, cursor, as_of)
            scope.prepare(population, by)
            yield scope

    def _group(self, key: str) -> Group:
        groups = self.groups()
        if key not in groups:
            raise UserError(
                Text(f"No attribute or audience {key!r}; expected one of {', '.join(groups) or '-'}.",
                     f"没有属性或客群 {key!r}；可用：{', '.join(groups) or '无'}。"), "group")  # fmt: skip
        return groups[key]


@dataclass
class Scope:
    """One question's view of a dataset; see `Dataset.scope`."""

    data: Dataset
    cursor: duckdb.DuckDBPyConnection
    as_of: date
    steps: list[tuple[str, str]] = field(default_factory=list)

    def query(self, sql: str, *, step: str = "", **values: Any) -> pl.DataFrame:
        """Run one statement inside the scope; its SQL is kept under `step` for "how computed"."""
        self.steps.append((step or f"step {len(self.steps) + 1}", sql))
        return self.cursor.sql(sql, params=values or None).pl()

    def execute(self, sql: str, *, step: str = "", **values: Any) -> None:
        """Create a temporary table or view that later steps read."""
        self.steps.append((step or f"step {len(self.steps) + 1}", sql))
        self.cursor.execute(sql, values or None)

    def interrupt(self) -> None:
        """Stop the running statement; called from another thread."""
        self.cursor.interrupt()

    def sql(self) -> str:
        """Every statement run so far, in order, each under its name."""
        return "\n\n".join(f"-- {name}\n{sql.strip()}" for name, sql in self.steps)

    def prepare(self, population: Population, by: str | None) -> None:
        """Create the views; called once by `Dataset.scope`."""
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
            end = self.as_of + timedelta(days=1)  # inclusive: to the end of that day
            conditions.append(f"{when} < DATE '{end.isoformat()}'")
        if not everybody:
            conditions.append("customer_key IN (SELECT customer_key FROM population)")
        if (
            table == "transactions"
            and self.data.currency
            and self.data.has("transactions.currency")
        ):
            conditions.append(f"(currency IS NULL OR currency = '{_quoted(self.data.currency)}')")
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        return f"CREATE TEMP VIEW {table} AS SELECT * FROM {self._catalog()}.main.{table}{where}"

    def _catalog(self) -> str:
        return FILE_NAME.partition(".")[0]

    def _create_population(self, population: Population) -> None:
        base = f"{self._catalog()}.main.customers"
        self.cursor.execute(f"CREATE TEMP TABLE population AS SELECT customer_key FROM {base}")
        for number, one in enumerate(population.where):
            self._create_groups(one.group, f"condition_{number}", base)
            self.cursor.execute(
                f"DELETE FROM population WHERE customer_key {'' if one.exclude else 'NOT'} IN "
                f"(SELECT customer_key FROM condition_{number} "
                "WHERE list_contains($values, coalesce(group_name, '')))",
                {"values": list(one.values)})  # fmt: skip

    def _create_groups(self, key: str, name: str, base: str = "customers") -> None:
        group = self.data._group(key)
        sql = group.sql.replace("FROM customers", f"FROM {base}")
        if key.startswith("audience:"):
            assert self.data._members is not None
            self.cursor.register("members_frame", self.data._members(key.removeprefix("audience:")))
            sql = (f"SELECT customer_key, (customer_id IN (SELECT customer_id FROM members_frame))"
                   f"::VARCHAR AS group_name FROM {base}")  # fmt: skip
        self.cursor.execute(f"CREATE TEMP TABLE {name} AS {sql}")


@dataclass(frozen=True)
class Provenance:
    """Where a result comes from: what every page and file must be able to say about a number."""

    as_of: date
    population: Population
    fingerprint: str
    sql: str
    counts: Mapping[str, int] = field(default_factory=dict)  # denominators and exclusions, by name
