"""The arithmetic of the ledger: every account's change into lines that sum to it exactly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analytics.ledger.movements import SORTS, Moved
from analytics.lifecycle.balances import AccountBalances

Array = np.ndarray
LINES = ("new_customers", "lost_customers", "opened_accounts", "closed_accounts", "own_moves",
         "interest", "fees", "organic_in", "organic_out", "unexplained")  # fmt: skip
NEW, LOST, OPENED, CLOSED = range(4)
MOVES, UNEXPLAINED = slice(4, 4 + len(SORTS)), 4 + len(SORTS)


@dataclass(frozen=True)
class Split:
    """Every change in its line.

    Args:
        by_month: amount in 1/10000, shape (months, lines).
        by_account: the same over all months, shape (lines, accounts).
        touched: whether an account has an amount in a line in any month, same shape.
        customers: customers with an amount in a line, per month, shape (months, lines).
        cells: (month, line, account) with an amount, flat positions in that shape, rising.
    """

    by_month: Array
    by_account: Array
    touched: Array
    customers: Array
    cells: Array

    def where(self) -> tuple[Array, Array, Array]:
        """Month, line and account of every cell."""
        lines, accounts = self.by_account.shape
        month, rest = np.divmod(self.cells, max(lines * accounts, 1))
        return month, *np.divmod(rest, max(accounts, 1))


def lines(held: AccountBalances, moved: Moved) -> Split:
    """Split the changes between neighbouring boundaries of `held`; `moved` names accounts by place."""
    n = held.amount.shape[1]
    owner = held.accounts["customer_key"].to_numpy()
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    whole, touched = np.zeros((len(LINES), n), np.int64), np.zeros((len(LINES), n), bool)
    sums, customers, cells = [], [], [np.zeros(0, np.int64)]
    for month, amount in enumerate(_months(held, moved, first)):
        there = amount != 0
        whole += amount
        touched |= there
        sums.append(amount.sum(axis=1))
        found = np.flatnonzero(there)
        customers.append(_owners(found, owner))
        cells.append(found + month * there.size)
    shape = (len(held.amount) - 1, len(LINES))
    return Split(np.array(sums, np.int64).reshape(shape), whole, touched,
                 np.array(customers, np.int64).reshape(shape), np.concatenate(cells))  # fmt: skip


def _owners(cells: Array, owner: Array) -> Array:
    """Customers among the flat positions (line, account), rising, per line; accounts lie by customer."""
    line, account = np.divmod(cells, max(len(owner), 1))
    who = owner[account]
    new = (np.diff(line, prepend=-1) != 0) | (np.diff(who, prepend=-1) != 0)
    return np.bincount(line[new], minlength=len(LINES))


def _months(held: AccountBalances, moved: Moved, first: Array) -> Iterator[Array]:
    """Amounts of every month, shape (lines, accounts); `first` is where each customer begins."""
    size = np.diff(np.append(first, held.amount.shape[1]))
    for pair in range(len(held.amount) - 1):
        before, after = held.known[pair], held.known[pair + 1]
        change = held.amount[pair + 1] - held.amount[pair]
        kept = before & after
        amount = np.zeros((len(LINES), len(change)), np.int64)
        np.multiply(moved.of(pair), kept, out=amount[MOVES])
        amount[UNEXPLAINED] = np.where(kept, change - amount[MOVES].sum(axis=0), 0)
        other = np.flatnonzero(~kept & (before | after))
        if len(other):
            had, has = (_any(known, first, size) for known in (before, after))
            line = np.select([~had, ~has, ~before, ~after], [NEW, LOST, OPENED, CLOSED], NEW)
            amount[line[other], other] = change[other]
        yield amount


def _any(known: Array, first: Array, size: Array) -> Array:
    """Whether the account's customer has any account that is known, shape (accounts,)."""
    return np.repeat(np.logical_or.reduceat(known, first), size) if len(first) else known
