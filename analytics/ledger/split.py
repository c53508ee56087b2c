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
        customers: customers with an amount in a line, per month, shape (months, lines).
        cells: (month, line, account) with an amount, flat positions in that shape, rising.
    """

    by_month: Array
    by_account: Array
    customers: Array
    cells: Array

    def where(self) -> tuple[Array, Array, Array]:
        """Month, line and account of every cell."""
        lines, accounts = self.by_account.shape
        month, rest = np.divmod(self.cells, max(lines * accounts, 1))
        return month, *np.divmod(rest, max(accounts, 1))

    def touched(self) -> Array:
        """Whether an account has an amount in a line in any month, shape (lines, accounts)."""
        found = np.zeros(self.by_account.size, bool)
        found[self.cells % max(found.size, 1)] = True
        return found.reshape(self.by_account.shape)


def lines(held: AccountBalances, moved: Moved) -> Split:
    """Split the changes between neighbouring boundaries of `held`; `moved` names accounts by place."""
    n = held.amount.shape[1]
    owner = held.accounts["customer_key"].to_numpy()
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    whole = np.zeros((len(LINES), n), np.int64)
    sums, customers, cells = [], [], [np.zeros(0, np.int64)]
    for month, amount in enumerate(_months(held, moved, first)):
        there = amount != 0
        whole += amount
        sums.append(amount.sum(axis=1))
        customers.append(
            np.logical_or.reduceat(there, first, axis=1).sum(axis=1) if n else sums[-1]
        )
        cells.append(np.flatnonzero(there) + month * there.size)
    shape = (len(held.amount) - 1, len(LINES))
    return Split(np.array(sums, np.int64).reshape(shape), whole,
                 np.array(customers, np.int64).reshape(shape), np.concatenate(cells))  # fmt: skip


def _months(held: AccountBalances, moved: Moved, first: Array) -> Iterator[Array]:
    """Amounts of every month, shape (lines, accounts); `first` is where each customer begins."""
    pairs = len(held.amount) - 1
    starts = np.searchsorted(moved.month, np.arange(1, pairs + 2))
    size = np.diff(np.append(first, held.amount.shape[1]))
    for pair in range(pairs):
        before, after = held.known[pair], held.known[pair + 1]
        change = held.amount[pair + 1] - held.amount[pair]
        amount = np.zeros((len(LINES), len(change)), np.int64)
        here = slice(starts[pair], starts[pair + 1])
        np.add.at(amount[MOVES], (moved.sort[here], moved.place[here]), moved.amount[here])
        kept = before & after
        amount *= kept
        amount[UNEXPLAINED] = np.where(kept, change - amount[MOVES].sum(axis=0), 0)
        had, has = (_any(known, first, size) for known in (before, after))
        line = np.select([~had, ~has, ~before, ~after], [NEW, LOST, OPENED, CLOSED], NEW)
        other = np.flatnonzero(~kept & (before | after))
        amount[line[other], other] = change[other]
        yield amount


def _any(known: Array, first: Array, size: Array) -> Array:
    """Whether the account's customer has any account that is known, shape (accounts,)."""
    return np.repeat(np.logical_or.reduceat(known, first), size) if len(first) else known
