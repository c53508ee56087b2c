"""Money that does not stay: in and out again within 48 hours, and round trips among customers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from analytics.anomalies import found, tails
from analytics.anomalies.found import Found
from analytics.anomalies.ledger import DAY, HOUR, Ledger
from analytics.anomalies.params import AnomalyParams
from analytics.dataset import Scope

Array = np.ndarray
IN_H, OUT_H = 24, 48
OVER = 1.05  # more than this share leaving is spending savings, not passing on
PARTIES = 4
NOTHING = -20.0  # log of nothing leaving, against the usual largest
NEAR = np.log(0.5)  # what leaves is looked at where half the usual largest came in, or more


@dataclass(frozen=True)
class Through:
    """What comes in within 24 hours from every judged credit on, and leaves within 48 hours.

    Arrays of shape (credits,): `credit` the credit's position in the ledger, `day_end` and `end` where
    its 24 and 48 hours end, the money `inward`, the `share` of it that leaves, and `excess`, the log of
    how many times the usual largest came in. `tail` is that of the excess; `leaves` that of the log of
    how many times the usual largest leaves in such 48 hours, where half of it or more came in.
    """

    credit: Array
    day_end: Array
    end: Array
    inward: Array
    share: Array
    excess: Array
    tail: tails.Tail
    leaves: tails.Tail

    def matched(self, excess: Array, least: float, most: float) -> Array:
        """How likely as much leaves by chance: `least` to `most` times what came in with this excess."""
        return self.leaves(excess + np.log(least)) - self.leaves(excess + np.log(most))


def through(ledger: Ledger) -> Through:
    """Measure it; no threshold enters."""
    credit = np.flatnonzero((ledger.amount > 0) & ledger.judged)
    key = ledger.combined()
    day_end = np.searchsorted(key, key[credit] + IN_H * HOUR, "right")
    end = np.searchsorted(key, key[credit] + OUT_H * HOUR, "right")
    del key
    total = np.zeros(len(ledger.amount) + 1)
    np.cumsum(np.maximum(ledger.amount, 0), out=total[1:])
    inward = total[day_end] - total[credit]
    np.cumsum(np.maximum(-ledger.amount, 0), out=total[1:])
    outward = total[end] - total[credit]
    usual = ledger.usual[ledger.place[credit]]
    excess = np.log(inward) - usual
    with np.errstate(divide="ignore"):
        away = np.maximum(np.log(outward) - usual, NOTHING)
    near = excess >= NEAR
    leaves = tails.fit(away[near] if near.sum() >= tails.LEAST_VALUES else away)
    return Through(
        credit, day_end, end, inward, outward / inward, excess, tails.fit(excess), leaves
    )


def in_and_out(ledger: Ledger, moved: Through, params: AnomalyParams) -> Found:
    """Credits within 24 hours, large together, of which nearly all leaves within 48 hours.

    Tail: that so much comes in, times that as much leaves though it has nothing to do with what came
    in. By chance: the latter, summed over all that came in large.
    """
    credit, inward, share, excess = moved.credit, moved.inward, moved.share, moved.excess
    if not len(credit):
        return Found("in_out_48h", found.nothing(), 0, 0.0)
    most = max(OVER, 2 - params.pass_share)
    large = np.flatnonzero(excess >= np.log(params.pass_times))
    matched = moved.matched(excess[large], params.pass_share, most)
    hit = np.flatnonzero((share[large] >= params.pass_share) & (share[large] <= most))
    frames, used = [], np.zeros(len(ledger.second), bool)
    for number, place in enumerate(hit[np.lexsort((hit, -excess[large[hit]]))]):
        i = large[place]
        first, until, stop = credit[i], moved.day_end[i], moved.end[i]
        rows = np.arange(first, stop)
        rows = rows[(ledger.amount[rows] < 0) | (rows < until)]
        if used[rows].any():
            continue
        used[rows] = True
        p = max(float(moved.tail(excess[i]) * matched[place]), tails.LEAST)
        frames.append(found.rows("in_out_48h", ledger, rows, p, share[i], inward[i],
                                 params.pass_share * inward[i], number, len(rows), OUT_H))  # fmt: skip
    return Found("in_out_48h", found.together(frames), len(credit), float(matched.sum()))


def legs(scope: Scope) -> None:
    """Create `legs`: payments to a counterparty that is an account (or customer) of another one."""
    scope.execute("""
        CREATE TEMP TABLE legs AS
        WITH known AS (
            SELECT account_id AS name, customer_key FROM accounts WHERE customer_key IS NOT NULL
            UNION SELECT customer_id, customer_key FROM customers)
        SELECT row_number() OVER (ORDER BY t.happened_at, t.customer_key, t.amount) AS leg,
               t.customer_key AS payer, k.customer_key AS payee, t.happened_at,
               -t.amount::DOUBLE AS amount
        FROM transactions t JOIN known k ON t.counterparty = k.name
        WHERE t.amount < 0 AND t.customer_key IS NOT NULL AND k.customer_key <> t.customer_key
        """, step="transfers between customers")  # fmt: skip


def trips(scope: Scope, trip_days: int, trip_keep: float) -> tuple[pl.DataFrame, int, float]:
    """Round trips, the number of transfers between customers, and how many trips chance would give.

    A trip: `trip` number, legs (2 to 4), payer, payee, epoch second and amount of every leg. Each leg
    is later than the one before, carries no more, at least `trip_keep` of the first amount, and no
    customer is passed twice. Only the shortest way from a first leg is kept.
    """
    legs(scope)
    paths = scope.query(f"""
        WITH RECURSIVE path AS (
            SELECT payer AS origin, payee AS holder, happened_at AS began, happened_at AS last_at,
                   amount AS first_amount, amount, [leg] AS trail, [payer, payee] AS visited FROM legs
            UNION ALL
            SELECT p.origin, l.payee, p.began, l.happened_at, p.first_amount, l.amount,
                   list_append(p.trail, l.leg), list_append(p.visited, l.payee)
            FROM path p JOIN legs l ON l.payer = p.holder
            WHERE len(p.trail) < {PARTIES} AND p.holder <> p.origin AND l.happened_at > p.last_at
              AND l.happened_at <= p.began + to_days($days) AND l.amount <= p.amount
              AND l.amount >= $keep * p.first_amount
              AND (l.payee = p.origin OR NOT list_contains(p.visited, l.payee)))
        SELECT trail FROM path WHERE holder = origin
        QUALIFY row_number() OVER (PARTITION BY trail[1] ORDER BY len(trail), trail) = 1
        ORDER BY trail""", step="round trips", days=trip_days, keep=trip_keep)  # fmt: skip
    facts = scope.query("""
        SELECT count(*) AS legs, count(DISTINCT payer) AS payers,
               date_diff('day', min(happened_at), max(happened_at)) + 1 AS days FROM legs
        """, step="transfers counted").row(0, named=True)  # fmt: skip
    named = paths.with_row_index("trip").explode("trail").rename({"trail": "leg"})
    scope.cursor.register("trip_frame", named.to_arrow())
    found_legs = scope.query("""
        SELECT t.trip::BIGINT AS trip, count(*) OVER (PARTITION BY t.trip)::BIGINT AS legs, l.payer,
               l.payee, epoch(l.happened_at)::BIGINT AS second, l.amount
        FROM trip_frame t JOIN legs l USING (leg) ORDER BY t.trip, second""", step="legs of round trips")  # fmt: skip
    return found_legs, int(facts["legs"]), _by_chance(facts, trip_days, trip_keep)


def _by_chance(facts: dict[str, int], trip_days: int, trip_keep: float) -> float:
    """Trips to expect if every transfer found its payee at random and amounts spread over a decade."""
    transfers, payers = facts["legs"], facts["payers"]
    if not transfers or not payers:
        return 0.0
    onward = transfers / payers * min(1.0, trip_days / max(facts["days"] or 1, 1))
    fits = float(-np.log(trip_keep) / np.log(10))
    return float(
        sum(transfers * (onward * fits) ** (n - 1) for n in range(2, PARTIES + 1)) / payers
    )


def round_trips(ledger: Ledger, trips_found: tuple[pl.DataFrame, int, float], params: AnomalyParams
                ) -> Found:  # fmt: skip
    """Both sides of every leg of every trip."""
    frame, transfers, by_chance = trips_found
    p = by_chance / max(transfers, 1)
    if frame.is_empty():
        return Found("round_trip", found.nothing(), transfers, by_chance)
    frames = []
    for (trip,), leg in frame.group_by("trip", maintain_order=True):
        sides = [(who, sign, row) for row in leg.iter_rows(named=True)
                 for who, sign in ((row["payer"], -1), (row["payee"], 1))]  # fmt: skip
        at = np.array(
            [i for who, sign, row in sides for i in _movement(ledger, who, sign, row)], int
        )
        first, last = leg["amount"][0], leg["amount"][-1]
        frames.append(found.rows("round_trip", ledger, at, p, last / first, first,
                                 params.trip_keep * first, trip, leg["legs"][0]))  # fmt: skip
    return Found("round_trip", found.together(frames), transfers, by_chance)


def _movement(ledger: Ledger, who: int, sign: int, leg: dict[str, float]) -> list[int]:
    """Position of one side of a leg: paid at its second, received within a day of it."""
    place = int(np.searchsorted(ledger.keys, who))
    if place >= len(ledger.keys) or ledger.keys[place] != who:
        return []
    span = np.arange(ledger.begin[place], ledger.begin[place + 1])
    after = ledger.second[span] - leg["second"]
    near = (after == 0) if sign < 0 else (after >= -HOUR) & (after <= DAY)
    same = near & np.isclose(ledger.amount[span], sign * leg["amount"], atol=0.005)
    return [int(i) for i in span[same][:1]]
