"""The movements that are judged, as arrays, with every customer's own baseline beside them.

SQL selects: no interest and fees by kind or by category (nobody's behaviour), no moves between own
accounts, the run's currency, all up to as_of. NumPy then does what SQL does slowly: quantiles per
customer, windows in time, leave-one-out sums.

A move between own accounts: of one amount a day's only two movements, in and out and on two accounts,
or several in one second. Why not all of a day that cancel out: money that comes in, goes over to another
own account and leaves from there would look like nothing.

Baseline of a customer: of all movements but the first, the median of log size, its MAD, and the *usual
largest* size, which is the 97th percentile or the third largest, whichever is less.

Why not the first: it brings the money into a new account and is no habit. Why those after it, though
they are not judged: a salary that ends or moves elsewhere after a few months was there. Why the third
largest: with few movements the 97th percentile is the very amount that is to be judged by it. The
baseline may hold days after the one judged (never after as_of): a case is reviewed with what is known.

A last payment that empties the account is a departure, which the lifecycle tells; it is counted and
not flagged. It counts as such when less than 5 % of it remains and nothing follows, or, where the
extract has no balance after each movement, when 60 days of silence follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from analytics.dataset import Scope
from analytics.rfm.kinds import sort_of

Array = np.ndarray
HISTORY = 10  # first movements of a customer, which are not judged
OPENING = 1  # movement that brings the money into a new account and is no habit
LEAST_HABIT = 14  # movements a baseline needs
BRIEF = 30  # movements under which a baseline is rough: the third largest is no 90th percentile
USUAL = 0.97
DAY, HOUR = 86_400, 3_600
LEFT_SHARE, SILENT_DAYS = 0.05, 60
BLOCK = 1_000_000  # movements worked on at a time where the steps in between are many
WIDTH = 128.0  # more than any two logs of sizes differ
FLOOR = 0.25  # of the bank's median MAD: the least spread a customer is granted
INCOME = ("salary", "payroll", "wage", "pension", "工资", "薪", "代发", "奖金", "养老", "退休",
          "duchod", "dividend", "分红", "股息")  # fmt: skip


@dataclass(frozen=True)
class Ledger:
    """Movements sorted by customer and time; arrays of shape (movements,) unless said otherwise.

    Args:
        customer, account: keys (account -1 if unknown).
        second: seconds since 1970.
        amount: signed, in the run's currency.
        judged: whether there is history enough and it is no departure.
        leaving: last payments that empty the account.
        begin: shape (customers present + 1,), where each customer's movements begin.
        keys: shape (customers present,), their customer keys.
        middle, spread, usual: shape (customers present,): median and 1.4826 MAD of log size, and
            log of the usual largest size; nan without a baseline.
        timed: whether the extract knows the hour.
    """

    customer: Array
    account: Array
    second: Array
    amount: Array
    judged: Array
    leaving: Array
    begin: Array
    keys: Array
    middle: Array
    spread: Array
    usual: Array
    timed: bool

    @cached_property
    def place(self) -> Array:
        """For every movement the position of its customer in `keys`."""
        return np.repeat(np.arange(len(self.keys), dtype=np.int32), np.diff(self.begin))

    @cached_property
    def brief(self) -> Array:
        """Whether each customer's baseline rests on fewer than `BRIEF` movements; shape of `keys`."""
        return np.diff(self.begin) < OPENING + BRIEF

    @cached_property
    def day(self) -> Array:
        """Days since 1970."""
        return (self.second // DAY).astype(np.int32)

    @cached_property
    def present(self) -> Array:
        """The days on which anything moved, rising."""
        if not len(self.day):
            return self.day
        first = int(self.day.min())
        seen = np.zeros(int(self.day.max()) - first + 1, bool)
        seen[self.day - first] = True
        return np.flatnonzero(seen).astype(np.int32) + first

    def excess(self) -> Array:
        """Log of how many times the usual largest size each movement is; nan where not judged."""
        found = np.full(len(self.amount), np.nan)
        for begin in range(0, len(found), BLOCK):
            part = slice(begin, begin + BLOCK)
            size = np.log(np.abs(self.amount[part])) - self.usual[self.place[part]]
            found[part] = np.where(self.judged[part], size, np.nan)
        return found

    def combined(self) -> Array:
        """Customer and second in one rising number, to search windows in."""
        return moment(self.place, self.second)


SPAN = 1 << 38  # more seconds than any extract covers, on either side of 1970


def moment(place: Array, second: Array) -> Array:
    """One number per customer's position and second, in the order of the ledger."""
    return place.astype(np.int64) * SPAN + second + SPAN // 2


def read(scope: Scope) -> Ledger:
    """The ledger of a scope."""
    left_out = _bank_started(scope)
    values = {"left_out": left_out} if left_out else {}
    frame = scope.query(_sql(scope, left_out), step="movements", **values)
    names = ("customer_key", "account_key", "second", "amount", "after")
    columns = in_order([frame.drop_in_place(name).to_numpy() for name in names])
    as_of_second = (scope.as_of.toordinal() - 719_163) * DAY
    return build(columns[0], columns[1], columns[2], columns[3], columns[4], as_of_second)


def in_order(columns: list[Array]) -> list[Array]:
    """Movements by customer and second, those of one second by amount, account and balance.

    Why not in SQL: the file is sorted already, or nearly; a stable sort of what is nearly in order
    costs next to nothing, and the database's own takes twice the memory of the movements.
    """
    key = moment(columns[0], columns[2])
    if len(key) > 1 and not (key[1:] >= key[:-1]).all():
        order = np.argsort(key, kind="stable")
        key, columns = key[order], [column[order] for column in columns]
    tied = np.flatnonzero(key[1:] == key[:-1])
    if len(tied):
        at = np.union1d(tied, tied + 1)
        _, account, _, amount, after = (column[at] for column in columns)
        order = at[np.lexsort((after, account, amount, key[at]))]
        columns = [column.copy() for column in columns]
        for column in columns:
            column[at] = column[order]
    return columns


def _name_columns(scope: Scope) -> list[str]:
    """Where an extract says what a movement is."""
    return [f"trim(t.{c})" for c in ("kind", "category") if scope.data.has(f"transactions.{c}")]


def _bank_started(scope: Scope) -> list[str]:
    """Names of what the bank books by itself; salaries and pensions are behaviour of others and stay."""
    if not (columns := _name_columns(scope)):
        return []
    names = scope.query(" UNION ".join(f"SELECT DISTINCT {c} AS name FROM transactions t" for c in columns),
                        step="names of movements")["name"].drop_nulls()  # fmt: skip
    return sorted(n for n in names if sort_of(n) == "system"
                  and not any(word in n.lower() for word in INCOME))  # fmt: skip


def _sql(scope: Scope, left_out: list[str]) -> str:
    named = "".join(f"\n          AND NOT coalesce(list_contains($left_out, {column}), false)"
                    for column in _name_columns(scope) if left_out)  # fmt: skip
    own, not_own = "", ""
    if scope.data.has("transactions.account_id"):
        own = """WITH own AS (
            SELECT customer_key, happened_at::DATE AS day, abs(amount) AS size FROM transactions
            WHERE customer_key IS NOT NULL GROUP BY ALL
            HAVING min(amount) < 0 AND max(amount) > 0 AND min(account_key) <> max(account_key)
               AND (count(*) = 2 OR min(happened_at) = max(happened_at)))"""
        not_own = "ANTI JOIN own o ON o.customer_key = t.customer_key " \
                  "AND o.day = t.happened_at::DATE AND o.size = abs(t.amount)"  # fmt: skip
    return f"""
        {own}
        SELECT t.customer_key, coalesce(t.account_key, -1) AS account_key,
               epoch(t.happened_at)::BIGINT AS second, t.amount::DOUBLE AS amount,
               t.balance_after::FLOAT AS after
        FROM transactions t {not_own}
        WHERE t.customer_key IS NOT NULL AND t.amount <> 0 {named}"""


def build(customer: Array, account: Array, second: Array, amount: Array, after: Array,
          as_of_second: int) -> Ledger:  # fmt: skip
    """The ledger of movements already sorted by customer and time."""
    n = len(customer)
    starts = np.flatnonzero(np.r_[True, customer[1:] != customer[:-1]]) if n else np.array([], int)
    begin = np.r_[starts, n].astype(np.int64)
    sizes = np.diff(begin)
    place = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    habit, judged = _without_first(begin, OPENING), _without_first(begin, HISTORY)
    leaving = _leaving(second, amount, after, begin, as_of_second)
    middle, spread, usual = _baselines(np.log(np.abs(amount[habit])), place[habit], len(sizes))
    judged &= ~leaving & ~np.isnan(usual)[place]
    return Ledger(customer, account, second, amount, judged, leaving, begin, customer[starts],
                  middle, spread, usual, bool((second % DAY != 0).any()))  # fmt: skip


def _without_first(begin: Array, count: int) -> Array:
    """All movements but the first `count` of every customer, shape (movements,), bool."""
    found = np.ones(int(begin[-1]), bool)
    for rank in range(count):
        found[begin[:-1][np.diff(begin) > rank] + rank] = False
    return found


def _leaving(second: Array, amount: Array, after: Array, begin: Array, as_of_second: int) -> Array:
    """Payments in a customer's last second that empty the account."""
    found = np.zeros(len(second), bool)
    at = begin[1:] - 1
    while len(at):
        known = ~np.isnan(after[at])
        emptied = known & (after[at] < LEFT_SHARE * -amount[at])
        silent = ~known & (as_of_second - second[at] >= SILENT_DAYS * DAY)
        found[at] = (amount[at] < 0) & (emptied | silent)
        before = at[~np.isin(at, begin)] - 1
        at = before[second[before] == second[before + 1]]
    return found


def _baselines(values: Array, where: Array, customers: int) -> tuple[Any, Any, Any]:
    """Median, floored spread and usual largest of log sizes per customer; nan with too few."""
    counts = np.bincount(where, minlength=customers)
    begin = np.r_[0, np.cumsum(counts)]
    ordered = _sorted_within(values, where)
    enough = counts >= LEAST_HABIT
    middle = _quantile(ordered, begin, counts, 0.5, enough)
    usual = _quantile(ordered, begin, counts, USUAL, enough)
    third = np.full(customers, np.nan)
    third[enough] = ordered[begin[1:][enough] - 3]
    away = np.abs(values - middle[where])
    away = _sorted_within(np.nan_to_num(away), where)  # no baseline: any number will do
    spread = 1.4826 * _quantile(away, begin, counts, 0.5, enough)
    floor = FLOOR * np.median(spread[enough]) if enough.any() else 0.0
    return middle, np.maximum(spread, max(floor, 1e-3)), np.minimum(usual, third)


def _sorted_within(values: Array, where: Array) -> Array:
    """Values sorted within their group; `where` rises, |values| stays below 64.

    Why one sort of one number: it is many times faster than a sort by two keys, and rounds a log size
    at its eighth place only.
    """
    base = where * WIDTH
    return np.sort(values + base) - base


def _quantile(ordered: Array, begin: Array, counts: Array, q: float, enough: Array) -> Array:
    """Linear quantile of each group of a grouped, sorted array; nan where not `enough`."""
    found = np.full(len(counts), np.nan)
    at = q * (counts[enough] - 1)
    low = np.floor(at).astype(np.int64)
    base = begin[:-1][enough]
    high = np.minimum(low + 1, counts[enough] - 1)
    found[enough] = ordered[base + low] + (at - low) * (ordered[base + high] - ordered[base + low])
    return found
