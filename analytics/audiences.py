"""Audiences: a named set of customers with the question it came from, kept beside the dataset.

An audience remembers its origin (analysis, parameters, as_of, population and what was selected), so
that a list handed to a campaign colleague can be explained and drawn again next month.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

import polars as pl

from analytics import audit, clock
from analytics.state import State, checked_name
from analytics.text import Text, UserError


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The question an audience answers; `selection` is the mark or row that was picked."""

    analysis: str
    as_of: date
    params: dict[str, Any] = field(default_factory=dict)
    population: list[str] = field(default_factory=list)  # words of `Population.as_words`
    selection: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Audience:
    """One kept audience; `customers` is how many it holds."""

    name: str
    origin: Origin
    customers: int
    created_at: datetime


def create(state: State, name: str, origin: Origin, customer_ids: pl.Series) -> Audience:
    """Keep the distinct, non-null ids under a new name; UserError if the name is taken."""
    clean, now = checked_name(name), clock.now()
    ids = customer_ids.drop_nulls().cast(pl.String).unique().sort().to_list()
    words = json.dumps(asdict(origin), ensure_ascii=False, sort_keys=True, default=str)
    with state.write() as con:
        try:
            row = con.execute(
                "INSERT INTO audiences (name, origin, customers, created_at) VALUES (?, ?, ?, ?) "
                "RETURNING id", [clean, words, len(ids), now.isoformat()]).fetchone()  # fmt: skip
        except sqlite3.IntegrityError:
            raise UserError(Text("An audience of this name exists. Choose another name.",
                                 "已有同名客群，请换一个名称。"), "name") from None  # fmt: skip
        con.executemany("INSERT INTO members VALUES (?, ?)", ((row[0], one) for one in ids))
    return Audience(name=clean, origin=origin, customers=len(ids), created_at=now)


def kept(state: State) -> list[Audience]:
    """Every audience of the dataset, by name."""
    with state.read() as con:
        rows = con.execute(
            "SELECT name, origin, customers, created_at FROM audiences ORDER BY name"
        )
        return [Audience(name=name, origin=_origin(words), customers=n,
                         created_at=datetime.fromisoformat(at)) for name, words, n, at in rows]  # fmt: skip


def names(state: State) -> list[str]:
    """The names of all audiences, in order."""
    with state.read() as con:
        return [row[0] for row in con.execute("SELECT name FROM audiences ORDER BY name")]


def members(state: State, name: str) -> pl.DataFrame:
    """Real ids of an audience, one column `customer_id`, sorted; for `Dataset` and exports only."""
    with state.read() as con:
        number = _number(con, name)
        rows = con.execute(
            "SELECT customer_id FROM members WHERE audience = ? ORDER BY 1", [number]
        )
        return pl.DataFrame({"customer_id": [row[0] for row in rows]},
                            schema={"customer_id": pl.String})  # fmt: skip


def compare(state: State, chosen: Sequence[str]) -> pl.DataFrame:
    """How audiences overlap: one row per pair (a, b, customers_a, customers_b, both)."""
    with state.read() as con:
        numbers = {name: _number(con, name) for name in chosen}
        sizes = {name: _size(con, number) for name, number in numbers.items()}
        rows = [(a, b, sizes[a], sizes[b], _both(con, numbers[a], numbers[b]))
                for i, a in enumerate(chosen) for b in chosen[i + 1:]]  # fmt: skip
    schema = {"a": pl.String, "b": pl.String, "customers_a": pl.Int64, "customers_b": pl.Int64,
              "both": pl.Int64}  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def delete(state: State, name: str) -> None:
    """Forget an audience and its members."""
    with state.write() as con:
        con.execute("DELETE FROM audiences WHERE id = ?", [_number(con, name)])


def export(state: State, name: str, who: str, allowed: pl.Series | None = None) -> pl.DataFrame:
    """Real ids for the colleagues who act on them: one of the two ways out, and logged.

    `allowed` are those whom the risk gate lets through; None lets all.
    """
    frame = members(state, name)
    if allowed is not None:
        frame = frame.filter(pl.col("customer_id").is_in(allowed.implode()))
    audit.record(state, who, "export_audience", name, frame.height)
    return frame


def _origin(words: str) -> Origin:
    values = json.loads(words)
    return Origin(**{**values, "as_of": date.fromisoformat(values["as_of"])})


def _number(con: sqlite3.Connection, name: str) -> int:
    row = con.execute("SELECT id FROM audiences WHERE name = ?", [name]).fetchone()
    if row is None:
        raise UserError(Text("No audience of this name is kept beside this dataset.",
                             "该数据集没有此名称的客群。"), "audience")  # fmt: skip
    return int(row[0])


def _size(con: sqlite3.Connection, number: int) -> int:
    row = con.execute("SELECT customers FROM audiences WHERE id = ?", [number]).fetchone()
    return int(row[0])


def _both(con: sqlite3.Connection, a: int, b: int) -> int:
    row = con.execute(
        "SELECT count(*) FROM members x JOIN members y USING (customer_id) "
        "WHERE x.audience = ? AND y.audience = ?", [a, b]).fetchone()  # fmt: skip
    return int(row[0])
