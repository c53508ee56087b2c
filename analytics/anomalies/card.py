"""One case in full: what happened, against which baseline, how it stands among peers, what would not flag.

The one place of this view where single movements of one customer are looked at: on demand, without
ids, never in a story or a file.

Drivers are habits of a customer-day held against all customer-days of the peer group; the three
farthest in the upper tail are named. A counterfactual is given only for the kinds whose rule it has
been shown to silence (`PROMISED`); the others name their drivers and promise nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from analytics.anomalies import kept, samples, scan
from analytics.anomalies.ledger import DAY, HOUR, Ledger
from analytics.anomalies.ranking import peers_of
from analytics.anomalies.result import AnomalyResult
from analytics.dataset import Dataset
from analytics.text import Lang, Text, UserError, count, money, share

Array = np.ndarray
EPOCH_DAY = 719_163
AROUND_DAYS, MOST_MOVEMENTS, SIMILAR = 90, 1_500, 5
NIGHT_H = 5
SHARES = np.r_[np.linspace(0, 0.99, 100), 1 - np.logspace(-2, -6, 81)[1:]]
FACTS = {
    "largest": Text("Largest movement, times the usual largest", "最大一笔为平常较大金额的倍数"),
    "net": Text("Net of the day, times the usual largest", "当日净额为平常较大金额的倍数"),
    "turned": Text(
        "In and out on the day, times the usual largest", "当日进出金额为平常较大金额的倍数"
    ),
    "movements": Text("Movements of the day", "当日交易笔数"),
    "night": Text("Movements at night", "夜间交易笔数"),
    "silence": Text("Days of silence before", "此前无交易天数"),
}
PROMISED = {
    "large_amount": Text(
        "Not flagged if the amount were under {limit}.", "若金额低于 {limit}，则不提示。"
    ),
    "dormant_then_large": Text(
        "Not flagged if the amount were under {limit}.", "若金额低于 {limit}，则不提示。"
    ),
    "new_device_then_large": Text(
        "Not flagged if the amount were under {limit}.", "若金额低于 {limit}，则不提示。"
    ),
    "burst": Text("Not flagged with at most {limit} payments.", "若不超过 {limit} 笔，则不提示。"),
    "in_out_48h": Text(
        "Not flagged if less than {limit} had left.", "若流出低于 {limit}，则不提示。"
    ),
    "night": Text(
        "Not flagged with at most {limit} movements at night.",
        "若夜间不超过 {limit} 笔，则不提示。",
    ),
}
COUNTS = ("burst", "night")


@dataclass(frozen=True)
class FlagCard:
    """What a reviewer needs to judge one case.

    Args:
        customer_id, day, score, kinds: the case; score None for a day that is not on the list.
        flags: the case's rows of the result, one per kind, strongest first.
        drivers: fact, value, usual (this customer's median day), percentile among customer-days of the
            peer group; at most three, those above half of the days.
        movements: at (ISO text), amount, flagged; of the weeks around.
        usual, limit: of this customer's amounts; nan without a baseline.
        similar: other cases of the same strongest kind, the nearest in score first.
        peers: customers in the peer group.
    """

    customer_id: str
    day: date
    score: float | None
    kinds: tuple[str, ...]
    flags: pl.DataFrame
    drivers: pl.DataFrame
    movements: pl.DataFrame
    usual: float
    limit: float
    similar: pl.DataFrame
    peers: int


def card(data: Dataset, result: AnomalyResult, customer_id: str, day: date) -> FlagCard:
    """The card of one customer-day of `result`; UserError if the customer has no movement that day."""
    params, facts = result.params, result.provenance
    with data.scope(facts.as_of, facts.population) as scope:
        base = scan.ground(scope, facts.population)
        among = peers_of(scope, facts.population, base, params)
        starts = base.answers.ask(scope, "days", lambda: samples.day_starts(base.ledger))
        place = _place(base.ledger, result, customer_id)
        group = int(among.group[place])

        def work() -> tuple[Array, Array]:
            values = day_facts(base.ledger, starts)
            chosen = values[among.group[base.ledger.place[starts]] == group]
            return values, np.quantile(chosen, SHARES, axis=0) if len(chosen) else np.zeros(
                (len(SHARES), 6)
            )

        question = ("day facts", params.peers, group)
        values, grid = (
            work() if kept.changeable(params.peers) else base.answers.ask(scope, question, work)
        )
    book, number = base.ledger, (day - date(1970, 1, 1)).days
    own = np.flatnonzero(book.place[starts] == place)
    here = own[book.day[starts[own]] == number]
    if not len(here):
        raise UserError(
            Text("This customer has no movement on that day.", "该客户当日没有交易。"), "no_case"
        )
    case = result.cases.filter((pl.col("customer_id") == customer_id) & (pl.col("day") == day))
    flags = result.flags.filter((pl.col("customer_id") == customer_id) & (pl.col("day") == day))
    known = ~np.isnan(book.usual[place])
    usual = float(np.exp(book.usual[place])) if known else float("nan")
    return FlagCard(
        customer_id, day, case["score"][0] if case.height else None,
        tuple(flags["kind"].unique(maintain_order=True)), flags.unique("kind", keep="first", maintain_order=True),
        _drivers(values[here[0]], np.median(values[own], axis=0), grid), _movements(book, place, number, flags),
        usual, usual * params.large_times, _similar(result, case), int((among.group == group).sum()))  # fmt: skip


def _place(book: Ledger, result: AnomalyResult, customer_id: str) -> int:
    key = result.customers.filter(pl.col("customer_id") == customer_id)["customer_key"]
    place = int(np.searchsorted(book.keys, key[0])) if len(key) else len(book.keys)
    if place >= len(book.keys) or book.keys[place] != key[0]:
        raise UserError(
            Text("This customer has no movement that is looked at.", "该客户没有纳入考察的交易。"),
            "no_case",
        )
    return place


def day_facts(book: Ledger, starts: Array) -> Array:
    """The `FACTS` of every customer-day, shape (customer-days, 6), in float32; 0 without a baseline."""
    n = np.diff(np.r_[starts, len(book.second)])
    with np.errstate(invalid="ignore"):
        usual = np.exp(book.usual[book.place[starts]])
    size = np.abs(book.amount)
    came = np.add.reduceat(np.maximum(book.amount, 0), starts) if len(starts) else np.zeros(0)
    net = np.add.reduceat(book.amount, starts) if len(starts) else np.zeros(0)
    largest = np.maximum.reduceat(size, starts) if len(starts) else np.zeros(0)
    hour = book.second % DAY
    night = (
        np.add.reduceat(((hour > 0) & (hour < NIGHT_H * HOUR)).astype(np.int32), starts)
        if len(starts)
        else n
    )
    first = (
        book.place[starts] != np.r_[-1, book.place[starts[:-1]]]
        if len(starts)
        else np.zeros(0, bool)
    )
    day = book.day[starts]
    silence = np.where(first, 0, np.diff(day, prepend=day[:1]))
    columns = (
        largest / usual,
        np.abs(net) / usual,
        np.minimum(came, came - net) / usual,
        n,
        night,
        silence,
    )
    return np.nan_to_num(np.column_stack(columns)).astype(np.float32)


def _drivers(values: Array, usual: Array, grid: Array) -> pl.DataFrame:
    rows = [(name, float(values[i]), float(usual[i]), float(SHARES[max(np.searchsorted(grid[:, i], values[i]) - 1, 0)]))
            for i, name in enumerate(FACTS)]  # fmt: skip
    frame = pl.DataFrame(rows, orient="row", schema={
        "fact": pl.String, "value": pl.Float64, "usual": pl.Float64, "percentile": pl.Float64})  # fmt: skip
    above = frame.filter(pl.col("percentile") >= 0.5)
    return above.sort("percentile", descending=True, maintain_order=True).head(3)


def _movements(book: Ledger, place: int, day: int, flags: pl.DataFrame) -> pl.DataFrame:
    """Movements of the weeks around; should they be too many, the largest and those of the case."""
    span = slice(int(book.begin[place]), int(book.begin[place + 1]))
    near = np.abs(book.day[span] - day) <= AROUND_DAYS
    frame = pl.DataFrame({"at": book.second[span][near], "amount": book.amount[span][near]})
    listed = flags.select(at=pl.col("happened_at").dt.epoch("s"), amount="amount").unique()
    frame = frame.join(listed.with_columns(flagged=pl.lit(True)), on=["at", "amount"], how="left")
    frame = frame.with_columns(pl.col("flagged").fill_null(False)).sort(
        "flagged", pl.col("amount").abs(), descending=True).head(MOST_MOVEMENTS)  # fmt: skip
    return frame.sort("at").with_columns(pl.from_epoch("at", "s").dt.strftime("%Y-%m-%dT%H:%M:%S"))


def _similar(result: AnomalyResult, case: pl.DataFrame) -> pl.DataFrame:
    """Other cases by the same rules, the nearest in score first."""
    if case.is_empty():
        return result.cases.clear()
    row = case.row(0, named=True)
    others = result.cases.filter((pl.col("kinds") == row["kinds"]) & (
        (pl.col("customer_id") != row["customer_id"]) | (pl.col("day") != row["day"])))  # fmt: skip
    away = (pl.col("score") - row["score"]).abs()
    return others.sort(away, "day", "customer_id", descending=[False, True, False]).head(SIMILAR)


def counterfactual(flag: dict[str, Any], lang: Lang) -> str | None:
    """What would not have been flagged, in words; None for kinds that promise nothing."""
    if flag["kind"] not in PROMISED:
        return None
    limit = flag["limit"]
    words = count(int(limit), lang) if flag["kind"] in COUNTS else money(limit, lang)
    return PROMISED[flag["kind"]].fill(limit=words)(lang)


def driver_words(row: dict[str, Any], lang: Lang) -> str:
    """One driver in words."""
    rounded = ".0f" if row["fact"] in ("movements", "night", "silence") else ".1f"
    return Text("{fact}: {value} (usually {usual}), more than on {part} of customer-days",
                "{fact}：{value}（平常 {usual}），高于 {part} 的客户日").fill(
        fact=FACTS[row["fact"]], value=f"{row['value']:{rounded}}", usual=f"{row['usual']:{rounded}}",
        part=share(min(row["percentile"], 0.9999), 2))(lang)  # fmt: skip
