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
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from analytics.disk import no_space
from analytics.findings import Finding
from analytics.population import EVERYBODY, Group, Population, Provenance, Where
from analytics.schema import TABLES
from analytics.scope import Scope
from analytics.text import Text, UserError

if TYPE_CHECKING:  # an import into a dataset starts faster without it
    import polars as pl

__all__ = ["EVERYBODY", "FILE_NAME", "Dataset", "Group", "Population", "Provenance", "Scope", "Where",
           "connect"]  # fmt: skip
FILE_NAME = "bank.duckdb"
MEMORY_LIMIT = os.environ.get("TIDEMARK_MEMORY", "4GB")
THREADS = int(os.environ.get("TIDEMARK_THREADS", os.cpu_count() or 2))
GROUP_COLUMNS = ("customer_type", "region", "gender", "occupation", "risk_level",
                 "acquisition_channel", "consent")  # fmt: skip


def connect(path: Path | None = None, *, read_only: bool = True, spill: Path | None = None,
            memory: str = MEMORY_LIMIT, keep_order: bool = False) -> duckdb.DuckDBPyConnection:  # fmt: skip
    """The one connection factory: hardened, then locked (the order matters, see FACTS on DuckDB).

    Args:
        path: the database file; None for an in-memory one.
        read_only: how the file is opened; only the import writes.
        spill: directory for temporary files; beside the file unless given.
        memory: DuckDB's memory limit.
        keep_order: rows keep the order of their source; the import needs it to know line numbers,
            and may turn it off where it knows them otherwise.
    """
    con = duckdb.connect(str(path) if path else ":memory:", read_only=bool(path) and read_only)
    spill = spill or (path.parent / "spill" if path else None)
    settings = ["autoinstall_known_extensions=false", "autoload_known_extensions=false",
                "allow_community_extensions=false", "python_enable_replacements=false",
                f"memory_limit='{memory}'", f"threads={THREADS}",
                f"preserve_insertion_order={str(keep_order).lower()}",
                "enable_progress_bar=false", "TimeZone='UTC'"]  # fmt: skip
    if spill:
        settings += [f"temp_directory='{_quoted(str(spill))}'", "max_temp_directory_size='50GB'"]
    if read_only:
        settings.append("enable_external_access=false")
    if keep_order:
        settings.append("allowed_configs=['preserve_insertion_order']")
    for setting in [*settings, "lock_configuration=true"]:
        con.execute(f"SET {setting}")
    return con


def _no_members(name: str) -> pl.DataFrame:
    """A dataset opened without its state knows no audience."""
    raise UserError(Text("No audience of this name is kept beside this dataset.",
                         "该数据集没有此名称的客群。"), "audience")  # fmt: skip


def disk_is_full(error: BaseException | None) -> bool:
    """Whether an error of the system or the database says that the disk has no space.

    The database wraps it in several types: when writing a page, at commit, at a checkpoint.
    """
    if isinstance(error, duckdb.Error):
        return any(words in str(error) for words in ("No space left", "File too large", "quota"))
    return no_space(error)


@contextlib.contextmanager
def told_in_words() -> Iterator[None]:
    """Turn a full disk, too little memory and a cancelled statement into a UserError.

    The database's own messages quote rows and paths, so none of them is passed on.
    """
    try:
        yield
    except duckdb.InterruptException:
        raise UserError(Text("Stopped. Nothing was changed.", "已停止，未作任何更改。"),
                        "cancelled") from None  # fmt: skip
    except duckdb.OutOfMemoryException:
        raise UserError(
            Text(f"This needs more memory than the {MEMORY_LIMIT} allowed. Narrow the population or the "
                 "period, or raise TIDEMARK_MEMORY.",
                 f"所需内存超过允许的 {MEMORY_LIMIT}。请缩小客群或时间范围，或调大 TIDEMARK_MEMORY。"),
            "memory") from None  # fmt: skip
    except (duckdb.IOException, duckdb.TransactionException) as error:
        if not disk_is_full(error):
            raise
        raise UserError(
            Text("The disk is full. Free some space and try again; the data is unharmed.",
                 "磁盘空间不足。请清理空间后重试，数据未受损。"), "disk_full") from None  # fmt: skip


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _by_key(groups: list[Group]) -> dict[str, Group]:
    """Groups by key; an attribute of the user named like a canonical column or an audience gives way."""
    ours = {g.key for g in groups if not g.from_data or not g.sql}
    found: dict[str, Group] = {}
    for group in groups:
        key = group.key
        while key in found or (key in ours and group.from_data and group.sql):
            key += " *"
        found[key] = replace(group, key=key)
    return found


class Dataset:
    """An opened dataset. Thread-safe: every scope and query works on its own cursor.

    Args:
        path: the `bank.duckdb` file.
        members: resolves `audience:NAME` to a frame with one column `customer_id`; state beside
            the dataset provides it, because the file itself never changes.
        audiences: names of the kept audiences.
        spill: directory for temporary files of its queries; beside the file unless given.
    """

    def __init__(self, path: Path, members: Callable[[str], pl.DataFrame] | None = None,
                 audiences: Callable[[], list[str]] = list, spill: Path | None = None) -> None:  # fmt: skip
        self.path = path
        self._spill = spill
        self._live: dict[int, duckdb.DuckDBPyConnection] = {}
        self.members = members or _no_members
        self._audiences = audiences
        self._changed = threading.Condition(threading.RLock())
        self._closing = False
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
        return _by_key(found)

    # -- the door ------------------------------------------------------------------------------
    @contextlib.contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of the caller's own; what the machine lacks is told as a UserError."""
        cursor, dead = self._take(), False
        try:
            with told_in_words():
                yield cursor
        except duckdb.FatalException:  # the connection is dead, the committed rows are all there
            dead = True
            raise
        finally:
            with self._changed:
                self._live.pop(id(cursor), None)
                self._changed.notify_all()
            cursor.close()
            if dead:
                self.close()

    def _take(self) -> duckdb.DuckDBPyConnection:
        with self._changed:
            self._changed.wait_for(lambda: not self._closing)
            if self._root is None:
                self._check_exists()
                self._root = connect(self.path, spill=self._spill)
            cursor = self._root.cursor()
            self._live[id(cursor)] = cursor
            return cursor

    def _check_exists(self) -> None:
        if not self.path.exists():
            raise UserError(Text("This dataset has been deleted. Choose or load another one.",
                                 "该数据集已被删除，请选择或重新载入数据集。"), "gone")  # fmt: skip

    def close(self, wait_s: float = 2.0) -> None:
        """Release the file, stopping what runs on it; the next question opens it again.

        Why it waits for the cursors: a dead database stays in memory, and is handed out again,
        while one cursor of it is open; and a cursor must not be closed under a running statement.
        """
        with self._changed:
            self._changed.wait_for(lambda: not self._closing)
            self._closing = True
            for cursor in self._live.values():
                cursor.interrupt()
            self._changed.wait_for(lambda: not self._live, timeout=wait_s)
            if self._root is not None:
                self._root.close()
            self._root, self._closing = None, False
            self._changed.notify_all()

    def query(self, sql: str, **values: Any) -> pl.DataFrame:
        """Rows of the whole file, as_of and population not applied. Values are bound by `$name`."""
        try:
            return self._query(sql, values)
        except duckdb.FatalException:  # closed by `cursor`: ask the reopened file once
            return self._query(sql, values)

    def _query(self, sql: str, values: dict[str, Any]) -> pl.DataFrame:
        with self.cursor() as cursor:
            return cursor.sql(sql, params=values or None).pl()

    @contextlib.contextmanager
    def scope(self, as_of: date, population: Population = EVERYBODY, by: str | None = None
              ) -> Iterator[Scope]:  # fmt: skip
        """A cursor on which every table is cut at `as_of` and to `population` (see the module)."""
        with self.cursor() as cursor:
            scope = Scope(self, cursor, as_of)
            scope.prepare(population, by)
            yield scope

    def group(self, key: str) -> Group:
        """The group of that key; UserError naming the known keys if there is none."""
        groups = self.groups()
        if key not in groups:
            raise UserError(
                Text(f"No attribute or audience {key!r}; expected one of {', '.join(groups) or '-'}.",
                     f"没有属性或客群 {key!r}；可用：{', '.join(groups) or '无'}。"), "group")  # fmt: skip
        return groups[key]
