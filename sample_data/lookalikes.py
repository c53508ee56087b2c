"""What stands out and is innocent: bonuses, house purchases, red packets, family transfers.

They share one trait each with an anomaly and miss another. A bonus is a large credit, but it comes
from the employer on payday; a house purchase is large, but a small sum went to the same party weeks
before; red packets are many, but small and spread over a holiday; family members pay each other by
account, but the money does not come back.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from sample_data.calendar import festival_of
from sample_data.history import DAY_SECONDS
from sample_data.unusual import HOUR, Scene

BONUS_SHARE, HOUSE_SHARE, PACKET_SHARE, FAMILY_SHARE = 0.006, 0.003, 0.006, 0.02
LUCKY_YUAN = (66, 88, 168, 188, 288, 666)
YEARS = range(date(2013, 1, 1).year, 2027)


def raise_bonuses(
    movements: pl.DataFrame, quiet: np.ndarray, draw: np.random.Generator
) -> pl.DataFrame:
    """One January salary of a few customers becomes two to three salaries."""
    lucky = np.flatnonzero(quiet & (draw.random(len(quiet)) < BONUS_SHARE))
    rows = movements.with_row_index("row").filter(
        (pl.col("kind") == "salary")
        & (pl.col("happened_at").dt.month() == 1)
        & pl.col("customer").is_in(lucky.tolist())
    )
    row = rows.group_by("customer").agg(pl.col("row").max())["row"].to_numpy()
    cents, raised = movements["cents"].to_numpy().copy(), np.zeros(movements.height, bool)
    cents[row] = (cents[row] * draw.uniform(1.5, 2.2, len(row))).astype(np.int64)
    raised[row] = True
    mark = pl.when(pl.Series(raised)).then(pl.lit("innocent:bonus")).otherwise("mark")
    return movements.with_columns(cents=cents, mark=mark)


def write_lookalikes(scene: Scene, able: np.ndarray) -> None:
    """House purchases, red packets and family transfers of customers without an anomaly."""
    draw = scene.draw
    everyone = draw.permutation(np.flatnonzero(able))
    counts = [round(share * len(able)) for share in (HOUSE_SHARE, PACKET_SHARE, FAMILY_SHARE)]
    houses, packets, family = np.split(everyone, np.cumsum(counts))[:3]
    for customer in houses:
        _house(scene, int(customer))
    for customer in packets:
        _red_packets(scene, int(customer))
    for payer, payee in zip(family[::2], family[1::2], strict=False):
        _family(scene, int(payer), int(payee))


def _house(scene: Scene, customer: int) -> None:
    """A token payment, and three to six weeks later the down payment, to the same party."""
    days = np.unique(scene.history.seconds(customer)[20:] // DAY_SECONDS)
    if len(days) < 2:
        return
    first = int(scene.draw.choice(days[:-1]))
    later = days[(days > first + 20) & (days < first + 75)]
    if not len(later):
        return
    most = scene.history.most[customer]
    for day, share in ((first, 0.3), (int(later[0]), scene.draw.uniform(2.0, 3.0))):
        at = day * DAY_SECONDS + scene.draw.uniform(9, 17) * HOUR
        scene.rows.add(customer, at, -scene.odd(most * share), "transfer_out",
                       "innocent:house_purchase", "counter", "housing", "H00001")  # fmt: skip


def _red_packets(scene: Scene, customer: int) -> None:
    """Six to nine small transfers spread over one day of a Spring Festival."""
    festivals = [day for year in YEARS if (day := festival_of(year)) is not None]
    day = np.array([f + int(scene.draw.integers(0, 5)) for f in festivals])
    who = np.full(len(day), customer)
    inside = day[scene.history.engaged.has(who, day)]
    if not len(inside):
        return
    chosen = int(scene.draw.choice(inside))
    for at in np.sort(scene.draw.uniform(8.5, 21, scene.draw.integers(6, 10))):
        cents = int(scene.draw.choice(LUCKY_YUAN)) * 100
        scene.rows.add(customer, chosen * DAY_SECONDS + at * HOUR, -cents, "transfer_out",
                       "innocent:red_packets", counterparty=scene.stranger())  # fmt: skip


def _family(scene: Scene, payer: int, payee: int) -> None:
    """Two or three transfers a good month apart to the same account, and none back."""
    days = np.unique(scene.history.seconds(payer)[10:] // DAY_SECONDS)
    shared = days[scene.history.engaged.has(np.full(len(days), payee), days)]
    last = -(10**6)
    for day in np.sort(scene.draw.permutation(shared)[:3]):
        if day - last < 25:
            continue
        last = int(day)
        at = last * DAY_SECONDS + scene.draw.uniform(9, 20) * HOUR
        cents = scene.odd(max(scene.history.typical[payer], 10_000) * scene.draw.uniform(0.8, 1.5))
        for who, sign, kind, other in ((payer, -1, "transfer_out", payee),
                                       (payee, 1, "transfer_in", payer)):  # fmt: skip
            scene.rows.add(who, at + (sign > 0), sign * cents, kind, "innocent:family_transfer",
                           counterparty=scene.account_ids[other])  # fmt: skip
