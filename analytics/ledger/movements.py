"""Movements per account and month, by what they are: own move, interest, fee, in, out."""

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
OWN = 0
SORT_BITS = 15


@dataclass(frozen=True)
class Moved:
    """Sums of movements, one per account, month and sort that had any; months rising.

    Args:
        month: position of the month end, from 1 (0 is the end that the first month starts from).
        sort: position in `SORTS`.
        place: position of the account among those asked for.
        amount: in 1/10000, int64.

    All of shape (cells,). An account may stand several times in a month and sort.
    """

    month: Array
    sort: Array
    place: Array
    amount: Array


def read(scope: Scope, accounts: Array, ends: list[date]) -> Moved:
    """Movements of `accounts` (keys, -1 for none) after the first of `ends` and up to the last one."""
    if not len(accounts) or not scope.data.has("transactions.account_id"):
        return _ordered([], accounts)
    interest, fees = _names(scope)
    found = []
    for customers in slices.of_customers(scope, "transactions"):
        values = {"first": ends[0], "interest": interest, "fees": fees,
                  "low": customers[0], "high": customers[1]}  # fmt: skip
        found += [_summed(scope, values), *_own_legs(scope, values)]
    return _ordered(found, accounts)


def _names(scope: Scope) -> tuple[list[str], list[str]]:
    """Kinds that are interest, and that are fees; a fee on interest is a fee."""
    named = name_sql(scope)
    names = [] if named.startswith("NULL") else scope.query(
        f"SELECT DISTINCT {named} AS name FROM transactions", step="names")["name"].drop_nulls().to_list()  # fmt: skip
    fees = [n for n in names if FEES.search(n)]
    return [n for n in names if INTEREST.search(n) and n not in fees], fees


def _cell_sql(scope: Scope) -> str:
    """Account, month and sort of a movement in one number (other than own moves)."""
    named = name_sql(scope)
    return f"""
        (account_key::BIGINT << 24)
        | (((year(happened_at) - year($first::DATE)) * 12 + month(happened_at) - month($first::DATE)) << 4)
        | CASE WHEN list_contains($interest::VARCHAR[], {named}) THEN 1
               WHEN list_contains($fees::VARCHAR[], {named}) THEN 2
               WHEN amount >= 0 THEN 3 ELSE 4 END"""


MOVED = """FROM transactions WHERE account_key IS NOT NULL AND customer_key BETWEEN $low AND $high
          AND happened_at >= $first::DATE + 1"""


def _summed(scope: Scope, values: dict[str, Any]) -> tuple[Array, Array]:
    """Cells and their sums, own moves not yet told apart."""
    rows = scope.query(f"""
        SELECT {_cell_sql(scope)} AS cell, sum((amount * {UNIT})::BIGINT)::BIGINT AS amount
        {MOVED} GROUP BY cell
        """, step="movements per account and month", **values)  # fmt: skip
    return rows["cell"].to_numpy(), rows["amount"].to_numpy()


def _own_legs(scope: Scope, values: dict[str, Any]) -> list[tuple[Array, Array]]:
    """Moves between own accounts: taken out of the sort they were counted as, and put into theirs."""
    rows = scope.query(f"""
        WITH several AS (SELECT customer_key {MOVED} GROUP BY 1 HAVING min(account_key) <> max(account_key))
        SELECT (customer_key::BIGINT << 24) | (happened_at::DATE - $first::DATE) AS day_of_customer,
               account_key, (amount * {UNIT})::BIGINT AS amount, {_cell_sql(scope)} AS cell
        {MOVED} AND customer_key IN (FROM several) AND amount <> 0
        """, step="movements of customers with several accounts", **values)  # fmt: skip
    day, account, amount, cell = (column.to_numpy() for column in rows)
    leg = own.moves(day, account, amount)
    return [(cell[leg], -amount[leg]), (cell[leg] & ~SORT_BITS | OWN, amount[leg])]


def _ordered(parts: list[tuple[Array, Array]], accounts: Array) -> Moved:
    """All cells of the accounts asked for, months rising."""
    none = np.zeros(0, np.int64)
    cell, amount = (np.concatenate([none, *[part[i] for part in parts]]) for i in range(2))
    place = np.full(max(int((cell >> 24).max(initial=0)), int(accounts.max(initial=0))) + 1, -1)
    place[accounts[accounts >= 0]] = np.flatnonzero(accounts >= 0)
    at = place[cell >> 24]
    month = ((cell >> 4) & 0xFFFFF).astype(np.int16)
    order = np.argsort(month, kind="stable")
    order = order[at[order] >= 0]
    return Moved(month[order], (cell & SORT_BITS)[order], at[order], amount[order])
