"""The nine kinds of planted anomaly: what each looks like, for one customer on one day.

Every size is measured against the customer's own history (`most`: the largest movement with others
so far, `typical`: the median), because that is what makes it unusual. Only four kinds are large in
themselves; the others are ordinary amounts at an unusual pace, hour, threshold or path.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sample_data.history import DAY_SECONDS, History, Rows

THRESHOLD_CENTS = 5_000_000
"""The reporting threshold that structuring stays under: 50,000 yuan."""
HOUR = 3600


@dataclass
class Scene:
    """What the kinds need: the history, the stream, the list they write to, the account ids."""

    history: History
    draw: np.random.Generator
    rows: Rows
    income_cents: np.ndarray
    account_ids: list[str]

    def odd(self, cents: float) -> int:
        """An amount of about `cents` that is not round."""
        return int(cents * self.draw.uniform(0.97, 1.03)) + int(self.draw.integers(1, 99))

    def stranger(self) -> str:
        """A counterparty outside the bank."""
        return f"X{int(self.draw.integers(0, 100_000)):05d}"


def large_amount(scene: Scene, customer: int, day: int) -> None:
    """One movement of 10 to 18 times the largest so far."""
    cents = scene.odd(scene.history.most[customer] * scene.draw.uniform(10, 18))
    at = day * DAY_SECONDS + scene.draw.uniform(9, 17) * HOUR
    out = scene.draw.random() < 0.5
    scene.rows.add(customer, at, -cents if out else cents, "transfer_out" if out else "transfer_in",
                   "anomaly:large_amount", counterparty=scene.stranger())  # fmt: skip


def burst(scene: Scene, customer: int, day: int) -> None:
    """12 to 18 small transfers within 40 minutes."""
    begin = day * DAY_SECONDS + scene.draw.uniform(10, 20) * HOUR
    for at in np.sort(scene.draw.uniform(0, 2400, scene.draw.integers(12, 19))):
        cents = scene.odd(scene.history.typical[customer] * scene.draw.uniform(0.2, 0.6))
        scene.rows.add(customer, begin + at, -cents, "transfer_out", "anomaly:burst",
                       counterparty=scene.stranger())  # fmt: skip


def structuring(scene: Scene, customer: int, day: int) -> None:
    """Three or four cash deposits just under the threshold, sent on in the same way."""
    count = int(scene.draw.integers(3, 5))
    leaves = scene.history.next_day(customer, day)
    for part in range(count):
        cents = THRESHOLD_CENTS - int(scene.draw.integers(1, 40)) * 10_000
        at = day * DAY_SECONDS + (9 + part * 0.9 + scene.draw.uniform(0, 0.7)) * HOUR
        out = leaves * DAY_SECONDS + (14 + part * 0.9 + scene.draw.uniform(0, 0.7)) * HOUR
        scene.rows.add(customer, at, cents, "deposit", "anomaly:structuring", "counter")
        scene.rows.add(customer, out, -cents + int(scene.draw.integers(0, 20_000)), "transfer_out",
                       "anomaly:structuring", counterparty=scene.stranger())  # fmt: skip


def in_out_48h(scene: Scene, customer: int, day: int) -> None:
    """Four credits of ordinary size, nearly all of which leaves again within 48 hours.

    On days without other movements, so that it is plain what came in and what went out.
    """
    day = scene.history.quiet_day(customer, day)
    leaves = scene.history.next_day(customer, day)
    total = 0
    for _ in range(4):
        cents = scene.odd(scene.history.most[customer] * scene.draw.uniform(0.5, 0.8))
        total += cents
        at = day * DAY_SECONDS + scene.draw.uniform(8.5, 12.5) * HOUR
        scene.rows.add(customer, at, cents, "transfer_in", "anomaly:in_out_48h",
                       counterparty=scene.stranger())  # fmt: skip
    total = int(total * scene.draw.uniform(0.96, 0.99))
    for part in (0.36, 0.34, 0.3):
        at = leaves * DAY_SECONDS + scene.draw.uniform(13.5, 19) * HOUR
        scene.rows.add(customer, at, -int(total * part), "transfer_out", "anomaly:in_out_48h",
                       counterparty=scene.stranger())  # fmt: skip


def night(scene: Scene, customer: int, day: int) -> None:
    """Four to six ordinary transfers between one and half past four in the morning."""
    for at in np.sort(scene.draw.uniform(1, 4.5, scene.draw.integers(4, 7))):
        cents = scene.odd(scene.history.typical[customer] * scene.draw.uniform(0.5, 1.4))
        scene.rows.add(customer, day * DAY_SECONDS + at * HOUR, -cents, "transfer_out",
                       "anomaly:night", counterparty=scene.stranger())  # fmt: skip


def balance_change(scene: Scene, customer: int, day: int) -> None:
    """Two credits that lift the balance for good, by 14 to 20 monthly incomes."""
    total = scene.income_cents[customer] * scene.draw.uniform(14, 20)
    total = max(total, 6 * scene.history.most[customer])
    for part in (0.5, 0.5):
        at = day * DAY_SECONDS + scene.draw.uniform(9, 17) * HOUR
        scene.rows.add(customer, at, scene.odd(total * part), "transfer_in",
                       "anomaly:balance_change", counterparty=scene.stranger())  # fmt: skip


def dormant_large(scene: Scene, customer: int, second: int) -> None:
    """The first movement after a long silence, 8 to 14 times the largest before it."""
    cents = scene.odd(scene.history.most[customer] * scene.draw.uniform(8, 14))
    earliest = second // DAY_SECONDS * DAY_SECONDS + 6 * HOUR
    at = max(second - scene.draw.uniform(300, 3000), min(earliest, second - 60))
    scene.rows.add(customer, at, -cents, "transfer_out", "anomaly:dormant_then_large",
                   counterparty=scene.stranger())  # fmt: skip


def new_device_large(scene: Scene, customer: int, second: int) -> None:
    """7 to 12 times the largest so far, within hours of the first login on a new phone."""
    midnight = (second // DAY_SECONDS + 1) * DAY_SECONDS
    at = min(second + scene.draw.uniform(600, 10_000), midnight - scene.draw.uniform(60, 600))
    cents = scene.odd(scene.history.most[customer] * scene.draw.uniform(7, 12))
    scene.rows.add(customer, max(at, second + 60), -cents, "transfer_out",
                   "anomaly:new_device_then_large", counterparty=scene.stranger())  # fmt: skip


def round_trip(scene: Scene, parties: list[int], days: list[int]) -> None:
    """Money that passes through `parties` in turn and comes back, nearly whole.

    Leg i goes from party i to the next on `days[i]` (not falling); the counterparty of either side
    is the account of the other.
    """
    cents = float(min(scene.history.most[p] for p in parties) * scene.draw.uniform(0.6, 0.9))
    at = 0.0
    for leg, payer in enumerate(parties):
        payee = parties[(leg + 1) % len(parties)]
        earliest = days[leg] * DAY_SECONDS + 9 * HOUR
        at = max(earliest, at) + scene.draw.uniform(0.3, 2.2) * HOUR
        amount = scene.odd(cents) if leg == 0 else int(cents)
        for who, sign, kind, other in ((payer, -1, "transfer_out", payee),
                                       (payee, 1, "transfer_in", payer)):  # fmt: skip
            scene.rows.add(who, at + (sign > 0), sign * amount, kind, "anomaly:round_trip",
                           counterparty=scene.account_ids[other])  # fmt: skip
        cents = amount * scene.draw.uniform(0.975, 0.995)


ON_A_DAY: dict[str, Callable[[Scene, int, int], None]] = {
    "large_amount": large_amount, "burst": burst, "structuring": structuring,
    "in_out_48h": in_out_48h, "night": night, "balance_change": balance_change,
}  # fmt: skip
"""The kinds that may fall on any day on which the customer acts."""
