"""Movements per account and month, by what they are: own move, interest, fee, in, out.

Why the rows are summed here and not by the database: they come in the order of the customers, so
that adding each one to its place is a single pass; to group ten million rows into three million
cells takes the database four times as long.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from analytics.dataset import Scope
from analytics.ledger import own
from analytics.lifecycle import slices
from analytics.lifecycle.balances import UNIT
from analytics.lifecycle.days import name_sql

Array = np.ndarray
INTEREST = re.compile(r"(?<![^\W_])(interest|urok)(?![^\W_])|利息|结息|付息|派息", re.IGNORECASE)
FEES = re.compile(r"(?<![^\W_])(fees?|charges?|commission|penalty|sankc|sluzby)(?![^\W_])|"
                  r"手续费|年费|管理费|工本费|服务费|短信费|罚息|滞纳金", re.IGNORECASE)  # fmt: skip
SORTS = ("own_moves", "interest", "fees", "organic_in", "organic_out")
OWN, IN, OUT = np.int8(0), np.int8(3), np.int8(4)
CROWDED = 8  # cells per row up to which a place for every cell is quicker than sorting the rows


@dataclass(frozen=True)
class Moved:
    """Sums of movements per month, sort and account, a part of the customers at a time.

    Args:
        accounts: how many were asked for.
        parts: of each part the flat positions in (months, sorts, accounts), rising, and their sums
            in 1/10000, both int64, shape (cells,). An account may stand in several parts.
    """

    accounts: int
    parts: list[tuple[Array, Array]]

    def of(self, month: int) -> Array:
        """The sums of one month (0 is the first), shape (sorts, accounts)."""
        size = len(SORTS) * self.accounts
        found = np.zeros(size, np.int64)
        for position, amount in self.parts:
            low, high = np.searchsorted(position, (month * size, (month + 1) * size))
            found[position[low:high] - month * size] += amount[low:high]
        return found.reshape(len(SORTS), self.accounts)


@dataclass(frozen=True)
class Rows:
    """Movements as read, all of shape (rows,).

    Args:
        customer: key.
        account: key.
        day: days since the end that the first month starts from, 1 or more.
        named: position in `SORTS` where the movement's name gives one, else 0.
        amount: in 1/10000.
    """

    customer: Array
    account: Array
    day: Array
    named: Array
    amount: Array


def read(scope: Scope, accounts: Array, ends: list[date]) -> Moved:
    """Movements of `accounts` (keys, -1 for none) after the first of `ends` and up to the last one."""
    if not len(accounts) or not scope.data.has("transactions.account_id"):
        return Moved(len(accounts), [])
    place = np.full(int(accounts.max()) + 2, -1)  # the last one for all keys beyond
    place[accounts[accounts >= 0]] = np.flatnonzero(accounts >= 0)
    days = np.array([(end - ends[0]).days for end in ends])
    month = np.searchsorted(days, np.arange(days[-1] + 1)) - 1
    named, names = _named_sql(scope)
    parts = []
    for low, high in slices.of_customers(scope, "transactions"):
        rows = _rows(scope, named, low=low, high=high, first=ends[0], **names)
        at = place[np.minimum(rows.account, len(place) - 1)]
        parts.append(_summed(month[rows.day], _sorts(rows), at, rows.amount, len(accounts)))
    return Moved(len(accounts), parts)


def _named_sql(scope: Scope) -> tuple[str, dict[str, list[str]]]:
    """The position in `SORTS` that a movement's name gives it, and the names bound in it."""
    interest, fees = _names(scope)
    if not interest and not fees:
        return "0", {}
    name = name_sql(scope)
    sql = f"""CASE WHEN list_contains($interest::VARCHAR[], {name}) THEN 1
                   WHEN list_contains($fees::VARCHAR[], {name}) THEN 2 ELSE 0 END"""
    return sql, {"interest": interest, "fees": fees}


def _names(scope: Scope) -> tuple[list[str], list[str]]:
    """Kinds that are interest, and that are fees; a fee on interest is a fee."""
    named = name_sql(scope)
    names = [] if named.startswith("NULL") else scope.query(
        f"SELECT DISTINCT {named} AS name FROM transactions", step="names")["name"].drop_nulls().to_list()  # fmt: skip
    fees = [n for n in names if FEES.search(n)]
    return [n for n in names if INTEREST.search(n) and n not in fees], fees


def _rows(scope: Scope, named: str, **values: Any) -> Rows:
    """Movements of a range of customers that name an account."""
    rows = scope.query(f"""
        SELECT customer_key, account_key, (happened_at::DATE - $first::DATE)::INTEGER AS day,
               ({named})::TINYINT AS named, (amount * {UNIT})::BIGINT AS amount
        FROM transactions
        WHERE account_key IS NOT NULL AND customer_key BETWEEN $low AND $high
              AND happened_at >= $first::DATE + 1
        """, step="movements", **values)  # fmt: skip
    return Rows(*(column.to_numpy() for column in rows))


def _sorts(rows: Rows) -> Array:
    """What every movement is: a move between own accounts, else what its name says, else in or out."""
    sort = np.where(rows.named > 0, rows.named, np.where(rows.amount >= 0, IN, OUT))
    several = np.flatnonzero(_of_several(rows) & (rows.amount != 0))
    day = (rows.customer[several].astype(np.int64) << 24) | rows.day[several]
    legs = own.moves(day, rows.account[several], rows.amount[several])
    sort[several[legs]] = OWN
    return sort


def _of_several(rows: Rows) -> Array:
    """Rows of customers whose movements lie on several accounts; quick where they follow one another."""
    begins = np.flatnonzero(np.diff(rows.customer, prepend=-1))
    if not len(begins):
        return np.zeros(0, bool)
    who = rows.customer[begins] - rows.customer.min()
    lowest = np.full(who.max() + 1, np.iinfo(np.int32).max)
    highest = np.full(len(lowest), -1)
    np.minimum.at(lowest, who, np.minimum.reduceat(rows.account, begins))
    np.maximum.at(highest, who, np.maximum.reduceat(rows.account, begins))
    return np.repeat((lowest < highest)[who], np.diff(np.append(begins, len(rows.customer))))


def _summed(
    month: Array, sort: Array, place: Array, amount: Array, accounts: int
) -> tuple[Array, Array]:
    """Positions and sums of a part, see `Moved`; rows without a place are of no account asked for."""
    if len(place) and place.min() < 0:
        month, sort, place, amount = (one[place >= 0] for one in (month, sort, place, amount))
    there = np.zeros(accounts, bool)
    there[place] = True
    held = np.flatnonzero(there)
    local = np.zeros(accounts, np.int64)
    local[held] = np.arange(len(held))
    block = month * len(SORTS) + sort
    cell, total = _sums(block * len(held) + local[place], amount, int(block.max(initial=-1) + 1) * len(held))  # fmt: skip
    block, at = np.divmod(cell, max(len(held), 1))
    return block * accounts + held[at], total


def _sums(cell: Array, amount: Array, cells: int) -> tuple[Array, Array]:
    """The cells whose amounts do not cancel out, rising, and their sums."""
    if cells > CROWDED * len(cell):
        order = np.argsort(cell, kind="stable")
        begins = np.flatnonzero(np.diff(cell[order], prepend=-1))
        found, total = cell[order][begins], np.add.reduceat(amount[order], begins)
        return found[total != 0], total[total != 0]
    total = np.zeros(cells, np.int64)
    np.add.at(total, cell, amount)
    found = np.flatnonzero(total)
    return found, total[found]
