"""Guess what a file is: its table and the role of each column, from headers and from values.

Every (role, column) pair gets a score: how surely the header names the role, set to 0 where the
values cannot be what the role needs. Roles are then given out, the surest first. A table's score
is the sum of its roles, more for what it needs, plus a hint from the file's name; a table whose
needs are not met is not guessed. Values alone name a column only where there are no headers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analytics.ingest.aliases import BRIDGE, FILE_WORDS, header_score, roles
from analytics.ingest.mapping import lacking
from analytics.ingest.values import (
    FALSE_WORDS,
    OWNER_WORDS,
    TRUE_WORDS,
    VALUE_MAPS,
    Profile,
)
from analytics.schema import TABLES

CANDIDATES = (*TABLES, BRIDGE)
_HELPER_KINDS = {"direction": "direction", "credit_amount": "money", "debit_amount": "money", "unit_price": "money",
                 "time_of_day": "time", "birth_date": "date", "birth_number": "yymmdd", "owner_type": "owner"}  # fmt: skip
_LOW = 0.5  # a header score below this is no evidence


@dataclass(frozen=True)
class Guess:
    """A table with its roles; `score` orders the candidates, `confidence` is for people."""

    table: str | None
    columns: Mapping[str, str]
    scores: Mapping[str, float]
    score: float
    confidence: float


def guess(name: str, profiles: Sequence[Profile], headed: bool, table: str | None = None) -> Guess:
    """The likeliest table and roles of a file; only roles of `table` if a person named it.

    Args:
        name: file name.
        profiles: one a column, in file order.
        headed: whether the columns have names of their own.
        table: what the user says the file is.
    """
    if table is not None:
        return _assign(name, profiles, table, by_value=True, said=True)
    found = [_assign(name, profiles, t, by_value=not headed and t != BRIDGE) for t in CANDIDATES]
    met = sorted((g for g in found if g.score > 0), key=lambda g: -g.score)
    if not met:
        return Guess(None, {}, {}, 0.0, 0.0)
    best, second = met[0], met[1].score if len(met) > 1 else 0.0
    margin = (best.score - second) / best.score
    sure = min(1.0, best.confidence * (0.7 + margin))
    return Guess(best.table, best.columns, best.scores, best.score, round(sure, 2))


def _assign(
    name: str, profiles: Sequence[Profile], table: str, by_value: bool, said: bool = False
) -> Guess:
    pairs = [(s, role, p.header) for role, aliases in roles(table).items() for p in profiles
             if (s := _score(table, role, aliases, p)) >= _LOW]  # fmt: skip
    columns: dict[str, str] = {}
    scores: dict[str, float] = {}
    for score, role, header in sorted(pairs, key=lambda x: -x[0]):
        if role not in columns and header not in columns.values():
            columns[role], scores[role] = header, round(score, 2)
    if by_value:
        _by_value(table, profiles, columns, scores)
    _tidy(table, columns, scores, profiles)
    score = _table_score(name, table, columns, scores, profiles)
    if said:
        return Guess(table, columns, scores, max(score, 1.0), 1.0)
    needed = [scores[r] for r in columns if r in _needed(table)] or [0.0]
    return Guess(table, columns, scores, score, sum(needed) / len(needed))


def _score(table: str, role: str, aliases: list[str], one: Profile) -> float:
    kind = _kind(table, role)
    named = header_score(one.header, aliases)
    if one.identifying and named < 0.85:
        return 0.0
    if role == "direction" and one.directions >= 0.95 and one.distinct <= 8:
        return max(named, 0.93) + 0.05  # such values say it louder than any header
    if role == "owner_type":
        return (
            max(named, 0.9)
            if one.in_words({*OWNER_WORDS, "disponent"}) > 0.5 and one.distinct <= 6
            else 0.0
        )
    return named if named and _fits(kind, one, named) else 0.0


def _kind(table: str, role: str) -> str:
    if role in _HELPER_KINDS:
        return _HELPER_KINDS[role]
    return "id" if table == BRIDGE else TABLES[table].column(role).kind


def _fits(kind: str, one: Profile, named: float) -> bool:
    """Whether the values can be what the role needs; an empty column says nothing against it."""
    if not one.cells:
        return named > 0.8
    if kind in ("date", "timestamp"):
        return max(one.sure_dates, one.dates if named > 0.6 else 0.0) >= 0.6
    if kind in ("money", "number", "integer"):
        return (one.numbers >= 0.6 and one.sure_dates < 0.6) or (
            kind == "integer" and one.sure_dates < 0.6 and named > 0.9
        )
    if kind == "bool":
        return one.in_words(TRUE_WORDS | FALSE_WORDS) >= 0.9
    if kind == "direction":
        return one.distinct <= 6 and one.decimals < 0.5 and one.sure_dates < 0.5
    if kind == "time":
        return one.times >= 0.6
    if kind == "yymmdd":
        return one.share(sum(1 for c in one.cells if re.fullmatch(r"\d{6}(/?\d{3,4})?", c))) >= 0.9
    if kind == "id":
        return one.sure_dates < 0.6 and one.decimals - one.float_ids < 0.5
    return one.sure_dates < 0.9


def _needed(table: str) -> set[str]:
    if table == BRIDGE:
        return {"customer_id", "account_id", "owner_type"}
    required = {c.name for c in TABLES[table].columns if c.required}
    return required | set(TABLES[table].owner) | {"credit_amount", "debit_amount", "unit_price"}


def _table_score(name: str, table: str, columns: Mapping[str, str], scores: Mapping[str, float],
                 profiles: Sequence[Profile]) -> float:  # fmt: skip
    if lacking(table, set(columns)) or not _specific(table, columns, profiles):
        return 0.0
    needed = _needed(table)
    score = sum(s * (1.5 if role in needed else 1.0) for role, s in scores.items())
    stem = name.casefold()
    if any(word in stem for word in FILE_WORDS[table]):
        score += 1.2
    return score


def _specific(table: str, columns: Mapping[str, str], profiles: Sequence[Profile]) -> bool:
    """Tables that need little must show something of their own, or every file would be one."""
    if table == "risk":
        return len(columns) > 1
    by_header = {p.header: p for p in profiles}
    if table == "customers":
        ids = by_header[columns["customer_id"]]
        return ids.distinct >= 0.98 * len(ids.cells)
    if table == "accounts":
        ids = by_header[columns["account_id"]]
        return ids.distinct >= 0.9 * len(ids.cells) and len(columns) > 1
    if table == BRIDGE:
        many = by_header[columns["account_id"]]
        return len(profiles) <= 6 and ("owner_type" in columns or many.distinct < len(many.cells))
    return True


def _by_value(
    table: str, profiles: Sequence[Profile], columns: dict[str, str], scores: dict[str, float]
) -> None:
    """Fill what the table needs and no header named, from what the values look like."""
    tests = {
        "time": lambda p: p.sure_dates or p.dates * 0.5,
        "money": lambda p: (p.numbers >= 0.95) * (p.decimals + 0.1) * (p.distinct > 10) if p.sure_dates < 0.5 else 0.0,
        "owner": lambda p: 0.3 + 0.4 * (0.01 * len(p.cells) <= p.distinct) * (p.decimals < 0.1) if p.sure_dates < 0.5 else 0.0,
        "quantity": lambda p: (p.numbers >= 0.95) * (p.decimals < 0.05) * (1 < p.distinct <= 0.1 * len(p.cells)) * (p.sure_dates < 0.5) * 0.5,
    }  # fmt: skip
    for role in lacking(table, set(columns)) + (["quantity"] if table == "transactions" else []):
        first = role.split(" or ")[0]
        if table == "customers" or first in columns:
            continue
        kind = (
            "quantity"
            if first == "quantity"
            else "owner"
            if first.endswith("_id")
            else _value_kind(table, first)
        )
        free = [p for p in profiles if p.header not in columns.values() and not p.identifying]
        ranked = (
            sorted(((tests[kind](p), -i, p) for i, p in enumerate(free)), key=lambda x: x[:2])
            if kind in tests
            else []
        )
        if ranked and ranked[-1][0] > 0.3:
            columns[first], scores[first] = ranked[-1][2].header, 0.4


def _value_kind(table: str, role: str) -> str:
    kind = _kind(table, role)
    return {"timestamp": "time", "date": "time", "money": "money"}.get(kind, "none")


def _tidy(
    table: str, columns: dict[str, str], scores: dict[str, float], profiles: Sequence[Profile]
) -> None:
    """Drop helpers that have nothing to help, and categories whose words are not the fixed ones."""
    by_header = {p.header: p for p in profiles}
    useless = [role for role, fixed in VALUE_MAPS.items() if role in columns and scores[role] < 1.0
               and by_header[columns[role]].cells and not _known_words(by_header[columns[role]], fixed)]  # fmt: skip
    have = set(columns)
    if not have & {"happened_at", "sent_at"}:
        useless.append("time_of_day")
    if "quantity" not in have or "amount" in have:
        useless.append("unit_price")
    if "amount" in have:
        useless += ["credit_amount", "debit_amount"]
    else:
        useless.append("direction")
    if "birth_year" in have:
        useless += ["birth_date", "birth_number"]
    for role in have & set(useless):
        del columns[role], scores[role]


def _known_words(one: Profile, fixed: Mapping[str, tuple[str, ...]]) -> bool:
    return one.in_words({w for group in fixed.values() for w in group} | set(fixed)) >= 0.5
