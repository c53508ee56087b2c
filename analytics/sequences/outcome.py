"""Two groups without a leak: who was lost (or did something), when, and whom to hold against them.

Every customer compared gets an index day. Only steps of the `exposure_days` before that day count,
so nothing that happens on it or later (the closing itself, a farewell survey) can explain it.

- **Lost**: idle for `lost_days` at as_of, or all accounts closed. Index: the last day on which the
  customer did anything. **Kept**: idle for less than half of `lost_days`. The others are undecided.
- **Event**: index is the day of the customer's first outcome event; the others never had one.

Why matched days: the other group has no such day. Each draws one from those of the first group, so
that both see the same seasons, and moves it back to its own latest active day: both windows then
end on a day of activity, which otherwise would tell the groups apart by itself. Both must have been
active already before the window began, so that exposure is equal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from analytics.dataset import Scope
from analytics.rfm.kinds import sort_of
from analytics.sequences.params import CompareParams
from analytics.text import Text, UserError

Array = np.ndarray
TRIES = 20
NONE = np.iinfo(np.int32).min


@dataclass(frozen=True)
class Life:
    """When customers were active: days since 1970, sorted by (customer, day).

    Args:
        customer: customer_key of each active day.
        day: the day.
        closed: customer_key of those whose accounts are all closed.
    """

    customer: Array
    day: Array
    closed: Array


@dataclass(frozen=True)
class Groups:
    """Customers compared: their key, index day, group, and how many could not be."""

    customer: Array
    index_day: Array
    in_a: Array
    counts: dict[str, int]


def read_life(scope: Scope) -> Life:
    """Active days: those with a transaction the customer started, or with an event without any."""
    data = scope.data
    table = "transactions" if data.has("transactions") else "events"
    name = (
        "coalesce(nullif(trim(kind), ''), nullif(trim(category), ''))"
        if table == "transactions"
        else "NULL::VARCHAR"
    )
    names = scope.query(f"SELECT DISTINCT {name} AS name FROM {table}", step="names")["name"]
    system = [
        one for one in names.drop_nulls() if sort_of(one) == "system" or one.lower() in BY_THE_BANK
    ]
    rows = scope.query(f"""
        SELECT DISTINCT customer_key, datediff('day', DATE '1970-01-01', happened_at::DATE) AS day FROM {table}
        WHERE customer_key IS NOT NULL AND NOT coalesce(list_contains($system, {name}), false)
        ORDER BY 1, 2""", step="active days", system=system or [""])  # fmt: skip
    closed = np.zeros(0, np.int64)
    if data.has("accounts.closed_on"):
        closed = scope.query("""
            SELECT customer_key FROM accounts WHERE listed AND customer_key IS NOT NULL
            AND coalesce(opened_on <= $as_of, true) GROUP BY 1
            HAVING bool_and(coalesce(closed_on <= $as_of, false)) ORDER BY 1""",
            step="customers with all accounts closed", as_of=scope.as_of)["customer_key"].to_numpy()  # fmt: skip
    return Life(
        rows["customer_key"].to_numpy().astype(np.int64),
        rows["day"].to_numpy().astype(np.int64),
        closed,
    )


BY_THE_BANK = ("maturity", "payout", "closing", "销户", "到期", "结清", "派付")


_OPENS = "open|opened|opening|subscribe|buy|bought|存入|开立|开户|开通|购买|办理|申购"
_DEPOSIT = "deposit|term|savings|定期|存款|存单"
OPENS_A_DEPOSIT = (
    f"(?i)(^|[^a-z])(({_OPENS})([^a-z].*)?({_DEPOSIT})|({_DEPOSIT})([^a-z].*)?({_OPENS}))([^a-z]|$)"
)


def read_outcome(scope: Scope, name: str) -> pl.DataFrame:
    """customer_key, day of the first event or transaction kind of that name.

    Without a name it is the one most customers have among those that open a deposit.
    """
    parts = []
    if scope.data.has("events"):
        parts.append("SELECT customer_key, happened_at, trim(event) AS name FROM events")
    if scope.data.has("transactions.kind"):
        parts.append("SELECT customer_key, happened_at, trim(kind) AS name FROM transactions")
    if not parts:
        raise _no_outcome()
    acts = f"({' UNION ALL '.join(parts)})"
    wanted = name.strip() or _deposit_opening(scope, acts)
    frame = scope.query(f"""SELECT customer_key, datediff('day', DATE '1970-01-01', min(happened_at)::DATE) AS day
        FROM {acts} WHERE customer_key IS NOT NULL AND name = $name GROUP BY 1 ORDER BY 1""",
        step="outcome", name=wanted)  # fmt: skip
    if frame.is_empty():
        raise _no_outcome()
    return frame


def _deposit_opening(scope: Scope, acts: str) -> str:
    found = scope.query(f"""SELECT name FROM {acts} WHERE customer_key IS NOT NULL AND regexp_matches(name, $opens)
        GROUP BY name ORDER BY count(DISTINCT customer_key) DESC, name LIMIT 1""",
        step="what opens a deposit", opens=OPENS_A_DEPOSIT)  # fmt: skip
    return str(found.item()) if found.height else ""


def _no_outcome() -> UserError:
    return UserError(Text("outcome_event: no event or transaction kind of this name (or, unnamed, that opens a deposit) by the as-of day.",
                          "outcome_event：截至日之前没有此名称（留空时为开立存款）的事件或交易类型。"), "outcome")  # fmt: skip


def lost_and_kept(
    life: Life, as_of_day: int, params: CompareParams, since_day: int = NONE
) -> Groups:
    """The lost with their last active day, the kept with a matched one.

    Args:
        life: when customers were active.
        as_of_day: the day up to which they are judged.
        params: what makes a customer lost, and the exposure.
        since_day: first day whose steps are known; windows that begin earlier are left out.
    """
    assert params.lost_days is not None
    keys, last = _last_days(life)
    idle = as_of_day - last
    lost = (idle >= params.lost_days) | np.isin(keys, life.closed)
    kept = ~lost & (idle < params.lost_days / 2)
    return _matched(
        life, keys[lost], last[lost], keys[kept], params, since_day,
        {"undecided": int((~lost & ~kept).sum())})  # fmt: skip


def with_and_without(
    life: Life, outcome: pl.DataFrame, params: CompareParams, since_day: int = NONE
) -> Groups:
    """Those with the outcome event on its first day, the others on a matched one."""
    keys, _ = _last_days(life)
    had, day = outcome["customer_key"].to_numpy(), outcome["day"].to_numpy().astype(np.int64)
    return _matched(life, had, day, np.setdiff1d(keys, had), params, since_day, {"undecided": 0})


def _last_days(life: Life) -> tuple[Array, Array]:
    last = np.ones(len(life.customer), bool)
    last[:-1] = life.customer[1:] != life.customer[:-1]
    return life.customer[last], life.day[last]


def _matched(
    life: Life, a: Array, day_a: Array, b: Array, params: CompareParams, since_day: int,
    counts: dict[str, int]) -> Groups:  # fmt: skip
    exposed = _exposed(life, a, day_a, params.exposure_days)
    exposed &= day_a >= since_day + params.exposure_days
    short = int((~exposed).sum())
    a, day_a = a[exposed], day_a[exposed]
    day_b = _draw(life, b, day_a, params)
    found = (day_b > NONE) & (day_b >= since_day + params.exposure_days)
    counts |= {
        "compared_a": len(a),
        "compared_b": int(found.sum()),
        "too_short": short + int((~found).sum()),
    }
    return Groups(np.concatenate([a, b[found]]), np.concatenate([day_a, day_b[found]]),
                  np.repeat([True, False], [len(a), int(found.sum())]), counts)  # fmt: skip


def _draw(life: Life, customers: Array, days: Array, params: CompareParams) -> Array:
    """A drawn day moved back to an active day in the exposure before it; NONE without one."""
    index = np.full(len(customers), NONE, np.int64)
    if not len(days):
        return index
    random, pool = np.random.default_rng(params.seed), np.sort(days)
    for _ in range(TRIES):
        drawn = pool[random.integers(0, len(pool), len(customers))]
        active = _latest_active(life, customers, drawn)
        good = (active > drawn - params.exposure_days) & _exposed(
            life, customers, active, params.exposure_days
        )
        index = np.where((index == NONE) & good, active, index)
    return index


def _latest_active(life: Life, customers: Array, day: Array) -> Array:
    """The last active day at or before `day`, or NONE."""
    span = np.int64(1) << 32
    key = life.customer * span + (life.day + (span >> 1))
    at = (
        np.searchsorted(key, customers.astype(np.int64) * span + day + (span >> 1), side="right")
        - 1
    )
    own = (
        (at >= 0) & (life.customer[np.maximum(at, 0)] == customers)
        if len(key)
        else np.zeros(len(day), bool)
    )
    return (
        np.where(own, life.day[np.maximum(at, 0)], NONE)
        if len(key)
        else np.full(len(day), NONE, np.int64)
    )


def _exposed(life: Life, customers: Array, day: Array, exposure_days: int) -> Array:
    """Whether the customer was active already before the window of `exposure_days` began."""
    return (day > NONE) & (_latest_active(life, customers, day - exposure_days) > NONE)
