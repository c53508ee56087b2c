"""How far a segmentation goes from a naive one to what the generator itself would say.

- floor: k-means on raw recency, frequency and money, with the true number of segments;
- ceiling: the generator's own rule with its true parameters: the habit that most likely made a
  customer's movements of the last year, by its true rates of kinds, shares of channels and hours;
  a customer without any is asleep. No method can know more than the one who drew them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from sample_data.habits import ASLEEP_DAYS, HABITS, SLEEPER, Habit
from sample_data.world import CHANNELS, CUSTOMER_KINDS, SYSTEM_KINDS
from tests.banks import build_bank

NOT_STARTED = {*SYSTEM_KINDS, "salary", "pension"}
RARE = 0.02  # chance of a kind or channel that the habit does not name


@dataclass(frozen=True)
class Way:
    """Adjusted Rand indices with the truth: naive, found, and by the generator's own rule."""

    floor: float
    found: float
    ceiling: float

    @property
    def share(self) -> float:
        """How much of the way from the floor to the ceiling was found."""
        return (self.found - self.floor) / (self.ceiling - self.floor)


def frame(folder: Path, table: str) -> pl.DataFrame:
    """One file of the bank, typed as an import would."""
    ids = {"customer_id": pl.String, "account_id": pl.String, "transaction_id": pl.String}
    found = pl.read_csv(folder / f"{table}.csv", schema_overrides=ids, try_parse_dates=True)
    money = [c for c in ("amount", "balance_after", "balance") if c in found.columns]
    wide = {"birth_year": pl.Int32, "term_months": pl.Int32}
    return found.with_columns(
        *(pl.col(c).cast(pl.Decimal(18, 4)) for c in money),
        *(pl.col(c).cast(t) for c, t in wide.items() if c in found.columns))  # fmt: skip


def opened(folder: Path, into: Path):  # type: ignore[no-untyped-def]
    """The dataset of a written bank, with what an analysis of behaviour reads."""
    names = ("customers", "accounts", "transactions", "balances")
    return build_bank(into, **{name: frame(folder, name) for name in names})


def way(folder: Path, assignment: pl.DataFrame) -> Way:
    """Mark an assignment (customer_id, segment) of the bank in `folder`."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    segments, as_of = truth["segments"], date.fromisoformat(truth["as_of"])
    rows = _year(folder, as_of)
    ids = assignment["customer_id"].to_list()
    real = [segments[one] for one in ids]
    own = dict(zip(ids, assignment["segment"].to_list(), strict=True))
    return Way(*(adjusted_rand_score(real, [labels[one] for one in ids]) for labels in (
        _naive(rows, ids, len(set(real)), as_of), own, _likeliest(rows, ids))))  # fmt: skip


def _year(folder: Path, as_of: date) -> pl.DataFrame:
    """The customers' own movements of the last year."""
    day = pl.col("happened_at").dt.date()
    return frame(folder, "transactions").filter(
        ~pl.col("kind").is_in(list(NOT_STARTED)) & (day > as_of - timedelta(days=ASLEEP_DAYS)))  # fmt: skip


def _naive(rows: pl.DataFrame, ids: list[str], k: int, as_of: date) -> dict[str, int]:
    day = pl.col("happened_at").dt.date()
    rfm = rows.group_by("customer_id").agg(
        recency=(pl.lit(as_of) - day.max()).dt.total_days(), frequency=day.n_unique(),
        monetary=pl.col("amount").abs().sum().cast(pl.Float64))  # fmt: skip
    everybody = pl.DataFrame({"customer_id": ids}).join(
        rfm, on="customer_id", how="left", maintain_order="left").with_columns(
        pl.col("recency").fill_null(ASLEEP_DAYS)).fill_null(0)  # fmt: skip
    labels = KMeans(k, n_init=10, random_state=0).fit_predict(
        everybody.drop("customer_id").to_numpy()
    )
    return dict(zip(ids, labels.tolist(), strict=True))


def _likeliest(rows: pl.DataFrame, ids: list[str]) -> dict[str, str]:
    """The habit of highest likelihood per customer; no movement is a sleeper."""
    hour = pl.col("happened_at").dt.hour() + pl.col("happened_at").dt.minute() / 60
    some = rows.with_columns(hour=hour)
    scored = some.select("customer_id", *(
        (pl.col("kind").cast(pl.String).replace_strict(_kinds(habit), return_dtype=pl.Float64)
         + pl.col("channel").cast(pl.String).replace_strict(_channels(habit), return_dtype=pl.Float64)
         - 0.5 * ((pl.col("hour") - habit.hours[0]) / habit.hours[1]).clip(-4, 4) ** 2
         - np.log(habit.hours[1])).alias(name) for name, habit in HABITS.items()))  # fmt: skip
    total = scored.group_by("customer_id").agg(pl.exclude("customer_id").sum())
    best = total.drop("customer_id").to_numpy().argmax(axis=1)
    names = list(HABITS)
    found = dict(zip(total["customer_id"], (names[at] for at in best), strict=True))
    return {one: found.get(one, SLEEPER) for one in ids}


def _kinds(habit: Habit) -> dict[str, float]:
    """Log share of every kind of movement; the anchor comes once a month at least."""
    rates = {kind: flow.rate for kind, flow in habit.flows.items()}
    rates[habit.anchor] = max(rates[habit.anchor], 1.0)
    total = sum(rates.values())
    return {k: float(np.log(max(rates.get(k, 0) / total, RARE))) for k in CUSTOMER_KINDS}


def _channels(habit: Habit) -> dict[str, float]:
    first, second = habit.channel_shares
    shares = dict(zip(habit.channels, (first, second, 1 - first - second), strict=True))
    return {c: float(np.log(max(shares.get(c, 0), RARE))) for c in CHANNELS}
