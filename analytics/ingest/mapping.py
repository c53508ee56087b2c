"""A mapping: which column of a file plays which role in which table, and how its cells are read.

A mapping is flat, `role -> header` (see `analytics.ingest.aliases` for roles), because that is what
a person can check at a glance and correct with one select box a column. How cells are read (date
styles, decimal marks, units, which word means credit) stands in `Options`, guessed from the file
and editable in the recipe.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from analytics.ingest.aliases import BRIDGE, normal, roles
from analytics.ingest.raw import RawFile
from analytics.schema import TABLES
from analytics.text import Text, UserError

FLOAT_ID, GUARDED_ID = (
    "*.0",
    '="*"',
)  # keys of `Options.values` for ids: read off what a spreadsheet added
AMOUNT_ROLES = ("amount", "credit_amount", "debit_amount", "unit_price")


@dataclass(frozen=True)
class Options:
    """How the cells of one file are read; everything is optional, and what is empty is guessed.

    Args:
        dates: role -> style: `ymd`, `dmy`, `mdy`, `yyyymmdd`, `yymmdd`, `yyyymm`, `zh`, `serial`,
            `epoch`, `epoch_ms`, or a strptime pattern with `%`.
        decimals: role -> decimal mark, `.` or `,`.
        scales: role -> factor, such as 10000 for a column in 万元.
        values: role -> {word of the file: canonical word}, for categories and flags.
        credit: words of the direction column that mean money in.
        debit: words that mean money out.
        signed: amounts already carry their sign although there is a direction column.
        spending: positive amounts are what the customer paid (a debit); the sign is turned.
        zone: time zone that stamps with an offset are converted to; None keeps their own clock.
        currency: currency of rows that name none.
        categories: [pattern, category] pairs, first match wins, over the column `category_from`.
        category_from: header the patterns look at.
        keep_identifiers: headers of personal identifiers that are kept knowingly.
        generated_key: give every row of a customers file its own id.
        missing: further markers that mean "no value".
    """

    dates: Mapping[str, str] = field(default_factory=dict)
    decimals: Mapping[str, str] = field(default_factory=dict)
    scales: Mapping[str, float] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    credit: tuple[str, ...] = ()
    debit: tuple[str, ...] = ()
    signed: bool = False
    spending: bool = False
    zone: str | None = None
    currency: str | None = None
    categories: tuple[tuple[str, str], ...] = ()
    category_from: str | None = None
    keep_identifiers: tuple[str, ...] = ()
    generated_key: bool = False
    missing: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Only what is set, in plain values for JSON."""
        return {k: v for k, v in asdict(self).items() if v not in ((), {}, None, False)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Options:
        """The inverse of `as_dict`; UserError naming the known options for an unknown one."""
        known = [f.name for f in fields(cls)]
        if unknown := [k for k in values if k not in known]:
            raise UserError(Text(f"Unknown recipe options: {', '.join(unknown)}. Expected {', '.join(known)}.",
                                 f"配方中有未知选项：{'、'.join(unknown)}。可用选项：{'、'.join(known)}。"), "recipe")  # fmt: skip
        made: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in values.items()
        }
        made["categories"] = tuple((str(a), str(b)) for a, b in values.get("categories", ()))
        return cls(**made)


@dataclass(frozen=True)
class Doubt:
    """Something about a plan that a person should look at; `blocking` ones stop the import."""

    code: str
    message: Text
    column: str | None = None
    blocking: bool = False


@dataclass(frozen=True)
class FilePlan:
    """One file, what it seems to be, and how it will be read. Immutable; `with_*` make changed copies.

    Args:
        raw: the file as the reader found it.
        table: canonical table, `bridge`, or None for "leave this file out".
        columns: role -> header.
        options: how cells are read.
        confidence: 0 to 1 for the table; 1 where a person or a recipe said so.
        scores: role -> 0 to 1.
        doubts: what a person should look at.
        preview: the first rows as text cells (at most 20), in the order of `raw.columns`.
        origin: `guess`, `recipe` or `user`.
        words: header -> the different cells of its sample, for columns with few of them.
    """

    raw: RawFile
    table: str | None
    columns: Mapping[str, str] = field(default_factory=dict)
    options: Options = field(default_factory=Options)
    confidence: float = 0.0
    scores: Mapping[str, float] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()
    preview: tuple[tuple[str | None, ...], ...] = ()
    origin: str = "guess"
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def with_columns(self, columns: Mapping[str, str]) -> FilePlan:
        """The same plan with another mapping; unknown roles or headers raise UserError."""
        changed = replace(self, columns=dict(columns), origin="user")
        changed.check()
        return changed

    def with_options(self, **changes: Any) -> FilePlan:
        """The same plan with some options changed."""
        return replace(self, options=replace(self.options, **changes))

    def attributes(self) -> list[str]:
        """Headers that play no role: they are kept as attributes."""
        used = set(self.columns.values())
        return [c for c in self.raw.columns if c not in used]

    def check(self) -> None:
        """Raise UserError if the mapping names what does not exist or lacks what the table needs."""
        if self.table is None:
            return
        if self.table not in TABLES and self.table != BRIDGE:
            raise _refused(f"no table {self.table!r}; expected one of {', '.join([*TABLES, BRIDGE])}",
                           f"没有表 {self.table!r}；可用：{'、'.join([*TABLES, BRIDGE])}", self.raw.name)  # fmt: skip
        known = roles(self.table)
        if bad := [r for r in self.columns if r not in known]:
            raise _refused(f"{self.table} has no column {', '.join(bad)}; expected {', '.join(known)}",
                           f"表 {self.table} 没有字段 {'、'.join(bad)}；可用：{'、'.join(known)}", self.raw.name)  # fmt: skip
        if bad := [h for h in self.columns.values() if h not in self.raw.columns]:
            raise _refused(f"{len(bad)} mapped column(s) are not in the file", f"映射中有 {len(bad)} 列不在文件里",
                           self.raw.name)  # fmt: skip
        if missing := self.missing():
            raise _refused(f"{self.table} needs {', '.join(missing)}; map a column to each",
                           f"表 {self.table} 需要 {'、'.join(missing)}；请为每项指定一列", self.raw.name)  # fmt: skip

    def missing(self) -> list[str]:
        """What the table needs and the mapping lacks, as role names."""
        return lacking(self.table, set(self.columns), self.options.generated_key)


def lacking(table: str | None, have: set[str], generated_key: bool = False) -> list[str]:
    """Roles a table cannot do without and does not have; alternatives joined by ` or `.

    >>> lacking("transactions", {"customer_id", "happened_at", "debit_amount"})
    []
    >>> lacking("balances", {"balance_on"})
    ['customer_id or account_id', 'balance']
    """
    if table is None:
        return []
    if table == BRIDGE:
        return [r for r in ("customer_id", "account_id") if r not in have]
    out = []
    if table == "accounts":  # whose they are may stand in a bridge file
        return [] if "account_id" in have else ["account_id"]
    if not generated_key and not have & set(TABLES[table].owner):
        out.append(" or ".join(TABLES[table].owner))
    for column in TABLES[table].columns:
        if not column.required or column.name in have or column.name in TABLES[table].owner:
            continue
        if column.name == "amount" and (
            have & {"credit_amount", "debit_amount"} or {"quantity", "unit_price"} <= have
        ):
            continue
        out.append(column.name)
    return list(dict.fromkeys(out))


def shape(columns: tuple[str, ...]) -> list[str]:
    """What two extracts of the same kind share: their normalised headers, sorted."""
    return sorted(normal(c) for c in columns)


def _refused(en: str, zh: str, name: str) -> UserError:
    return UserError(Text(f"{name}: {en}.", f"{name}：{zh}。"), "mapping")
