"""How strongly segments, stages and churn are planted: a good method, a naive one, the ceiling.

    python -m tests.bank_strength [customers] [seed ...]

Every method sees the CSV files only; truth.json is opened to mark the answer.
"""

from __future__ import annotations

import json
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.cluster import KMeans
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import PowerTransformer, StandardScaler

from sample_data.generate import write_bank
from sample_data.world import CHANNELS, CUSTOMER_KINDS, SYSTEM_KINDS
from sample_data.write import TRUE_HAZARD

LOOK_BACK = 365
HORIZON_DAYS = 91
NOT_INITIATED = [*SYSTEM_KINDS, "salary", "pension"]
"""Kinds that the bank or a third party starts; silence is judged by the others."""


class Bank:
    """The CSV files and the truth of one bank, typed as an import would."""

    def __init__(self, folder: Path) -> None:
        self.truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
        self.as_of = date.fromisoformat(self.truth["as_of"])
        read = {"schema_overrides": {"customer_id": pl.String}, "try_parse_dates": True}
        for name in ("customers", "accounts", "transactions", "balances", "events"):
            setattr(self, name, pl.read_csv(folder / f"{name}.csv", **read))
        self.acts = self.transactions.filter(~pl.col("kind").is_in(NOT_INITIATED))


def features(bank: Bank, as_of: date, look_back: int = LOOK_BACK) -> pl.DataFrame:
    """A plain behaviour feature table as of the end of a day, one row per customer."""
    parts = [_acts(bank, as_of, look_back), *_balances(bank, as_of), _products(bank, as_of)]
    full = bank.customers.filter(pl.col("opened_on") <= as_of).select("customer_id")
    for part in parts:
        full = full.join(part, on="customer_id", how="left", maintain_order="left")
    full = full.with_columns(pl.col("recency").fill_null(look_back)).fill_null(0)
    total = pl.col("balance") + 1
    return full.with_columns(
        trend=(total / (pl.col("balance_before") + 1)).log(), term_share=pl.col("term") / total,
        wealth_share=pl.col("wealth") / total, savings_share=pl.col("savings") / total,
    ).drop("balance_before")  # fmt: skip


def _acts(bank: Bank, as_of: date, look_back: int) -> pl.DataFrame:
    """What each customer did in the look-back: when, how often, how much, how and by which channel."""
    day = pl.col("happened_at").dt.date()
    since = as_of - timedelta(days=look_back)
    acts = bank.acts.filter((day <= as_of) & (day > since))
    ago = (pl.lit(as_of) - day).dt.total_days()
    share = lambda what: what.cast(pl.Float64).mean()  # noqa: E731
    return acts.group_by("customer_id").agg(
        recency=ago.min(), frequency=day.n_unique(), monetary=pl.col("amount").abs().sum(),
        credits=pl.col("amount").clip(0).sum(), debits=-pl.col("amount").clip(None, 0).sum(),
        median_amount=pl.col("amount").abs().median(),
        credit_share=share(pl.col("amount") > 0), recent_share=share(ago < look_back // 4),
        weekend=share(day.dt.weekday() > 5), evening=share(pl.col("happened_at").dt.hour() >= 18),
        morning=share(pl.col("happened_at").dt.hour() < 12),
        months=day.dt.truncate("1mo").n_unique(), kinds=pl.col("kind").n_unique(),
        **{f"channel_{c}": share(pl.col("channel") == c) for c in CHANNELS},
        **{f"kind_{k}": share(pl.col("kind") == k) for k in CUSTOMER_KINDS})  # fmt: skip


def _balances(bank: Bank, as_of: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Balances by product now, and the total half a year before."""
    deposits = bank.balances.filter(pl.col("balance_on") <= as_of)
    now = deposits.filter(pl.col("balance_on") == pl.col("balance_on").max())
    ago = (pl.col("balance_on") - pl.lit(as_of)).dt.total_days()
    positive = pl.col("balance").filter(pl.col("balance") > 0).sum()
    of = lambda product: pl.col("balance").filter(pl.col("product") == product).sum()  # noqa: E731
    level = now.group_by("customer_id").agg(
        balance=positive, term=of("term_deposit"), wealth=of("wealth_product"),
        savings=of("savings_account"),
        debt=pl.col("balance").filter(pl.col("balance") < 0).sum())  # fmt: skip
    past = deposits.filter(ago.is_between(-200, -170))
    return level, past.group_by("customer_id").agg(balance_before=positive)


def _products(bank: Bank, as_of: date) -> pl.DataFrame:
    """How many kinds of product each customer holds."""
    held = (pl.col("opened_on") <= as_of) & (pl.col("closed_on") > as_of).fill_null(True)
    return bank.accounts.filter(held).group_by("customer_id").agg(
        products=pl.col("product").n_unique())  # fmt: skip


def clusters(table: np.ndarray, k: int, transform: bool = True) -> np.ndarray:
    """k-means labels, after Yeo-Johnson if wanted."""
    keep = table.std(axis=0) > 1e-9
    table = table[:, keep]
    if transform:
        table = PowerTransformer("yeo-johnson").fit_transform(table)
    return KMeans(k, n_init=10, random_state=0).fit_predict(table)


def segment_strength(bank: Bank) -> dict[str, float]:
    """Adjusted Rand indices of a good table, raw RFM and a supervised ceiling."""
    table = features(bank, bank.as_of)
    truth = np.array([bank.truth["segments"][c] for c in table["customer_id"]])
    k = len(set(truth))
    found = {}
    wide = table.drop("customer_id")
    narrow = [c for c in wide.columns if not c.startswith("kind_")]
    rfm = ["recency", "frequency", "monetary"]
    found["wide"] = adjusted_rand_score(truth, clusters(wide.to_numpy(), k))
    found["narrow"] = adjusted_rand_score(truth, clusters(wide.select(narrow).to_numpy(), k))
    found["naive"] = adjusted_rand_score(truth, clusters(wide.select(rfm).to_numpy(), k, False))
    scaled = StandardScaler().fit_transform(wide.select(rfm).to_numpy())
    found["scaled_rfm"] = adjusted_rand_score(truth, clusters(scaled, k, False))
    found["yeo_rfm"] = adjusted_rand_score(truth, clusters(wide.select(rfm).to_numpy(), k))
    half = np.arange(len(truth)) % 2 == 0
    model = HistGradientBoostingClassifier(random_state=0).fit(wide.to_numpy()[half], truth[half])
    found["ceiling"] = adjusted_rand_score(truth[~half], model.predict(wide.to_numpy()[~half]))
    return found


def stage_agreement(bank: Bank, settled_days: int = 60) -> dict[str, float]:
    """Share of settled customers whose stage by the plain idle-day rule equals the truth."""
    days = bank.acts.select("customer_id", day=pl.col("happened_at").dt.date()).unique().sort(
        "customer_id", "day")  # fmt: skip
    gap = pl.col("day").diff().dt.total_days().over("customer_id")
    rule = days.with_columns(gap=gap).group_by("customer_id").agg(
        n=pl.len(), last=pl.col("day").max(),
        back=pl.col("day").filter(pl.col("gap") >= 90).max())  # fmt: skip
    rule = bank.customers.select("customer_id").join(rule, on="customer_id", how="left")
    idle = (pl.lit(bank.as_of) - pl.col("last")).dt.total_days()
    since_back = (pl.lit(bank.as_of) - pl.col("back")).dt.total_days()
    stage = (pl.when(pl.col("n").is_null()).then(pl.lit("opened"))
             .when(idle >= 180).then(pl.lit("lost")).when(idle >= 90).then(pl.lit("dormant"))
             .when((since_back < 30).fill_null(False)).then(pl.lit("reactivated"))
             .when(pl.col("n") < 3).then(pl.lit("activated")).otherwise(pl.lit("active")))  # fmt: skip
    guess = dict(rule.select("customer_id", stage=stage).iter_rows())
    truth, spells = bank.truth["stages"], bank.truth["spells"]
    limit = (bank.as_of - timedelta(days=settled_days)).isoformat()
    settled = [c for c in truth if spells[c][-1][0] < limit]
    agree = sum(guess[c] == truth[c] for c in settled)
    return {"settled": len(settled), "agreement": agree / len(settled),
            "all": sum(guess[c] == truth[c] for c in truth) / len(truth)}  # fmt: skip


def churn_table(bank: Bank, at: date) -> tuple[pl.DataFrame, np.ndarray]:
    """Features of those active in the 45 days up to `at`, and who leaves in the horizon after it."""
    table = features(bank, at, 182)
    day = pl.col("happened_at").dt.date()
    seen = bank.events.filter((day <= at) & (day > at - timedelta(days=92)))
    failed = seen.group_by("customer_id").agg(
        failures=(pl.col("event").str.contains("login") & pl.col("result").str.contains("fail")).sum(),
        complaints=pl.col("event").str.contains("complaint").sum())  # fmt: skip
    pay = bank.transactions.filter(pl.col("kind").is_in(["salary", "pension"]) & (day <= at)).group_by(
        "customer_id").agg(salary_ago=(pl.lit(at) - day.max()).dt.total_days())  # fmt: skip
    lapsed = bank.accounts.filter((pl.col("closed_on") <= at) & (pl.col("product") == "term_deposit")).group_by(
        "customer_id").agg(term_closed_ago=(pl.lit(at) - pl.col("closed_on").max()).dt.total_days())  # fmt: skip
    opened = bank.customers.select(
        "customer_id", tenure=(pl.lit(at) - pl.col("opened_on")).dt.total_days()
    )
    for part in (failed, pay, lapsed, opened):
        table = table.join(part, on="customer_id", how="left", maintain_order="left")
    left = {c: date.fromisoformat(d) for c, d in bank.truth["churned"].items()}
    gone = table["customer_id"].map_elements(
        lambda c: left.get(c, date.max) <= at, return_dtype=pl.Boolean
    )
    table = table.filter(~gone & (pl.col("recency") <= 45))
    until = at + timedelta(days=HORIZON_DAYS)
    label = np.array([left.get(c, date.max) <= until for c in table["customer_id"]])
    return table, label


def lift(label: np.ndarray, score: np.ndarray, share: float = 0.1) -> float:
    """Share of leavers among the best scored tenth against the base share; ties in random order."""
    order = np.lexsort((np.random.default_rng(0).random(len(score)), -score))
    top = order[: int(len(score) * share)]
    return float(label[top].mean() / label.mean())


def churn_strength(bank: Bank, folder: Path) -> dict[str, float]:
    """Lift at 10 % of boosting trained on the past, of recency alone, of the true hazard."""
    ats = [bank.as_of - timedelta(days=d) for d in (HORIZON_DAYS, 190, 280, 370)]
    tests, past = churn_table(bank, ats[0]), [churn_table(bank, at) for at in ats[1:]]
    names = [c for c in tests[0].columns if c != "customer_id"]
    model = HistGradientBoostingClassifier(random_state=0, max_iter=80, learning_rate=0.06)
    model.fit(np.concatenate([t.select(names).to_numpy().astype(float) for t, _ in past]),
              np.concatenate([y for _, y in past]))  # fmt: skip
    table, label = tests
    score = model.predict_proba(table.select(names).to_numpy().astype(float))[:, 1]
    hazard = pl.read_csv(
        folder / TRUE_HAZARD, separator="\t", schema_overrides={"customer_id": pl.String}
    )
    month = (ats[0] + timedelta(days=1)).isoformat()[:7]
    true = table.select("customer_id").join(
        hazard.filter(pl.col("month") == month), on="customer_id", how="left",
        maintain_order="left")["hazard"].fill_null(0).to_numpy()  # fmt: skip
    return {"n": len(label), "leavers": int(label.sum()), "boosting": lift(label, score),
            "recency": lift(label, table["recency"].to_numpy().astype(float)),
            "true_hazard": lift(label, true)}  # fmt: skip


def main() -> None:
    """Print every figure for every seed."""
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    for seed in [int(s) for s in sys.argv[2:]] or [7, 11, 23]:
        with tempfile.TemporaryDirectory() as folder:
            bank = Bank(write_bank(Path(folder), customers, seed=seed))
            parts = {"segments": segment_strength(bank), "stages": stage_agreement(bank),
                     "churn": churn_strength(bank, Path(folder))}  # fmt: skip
        for name, figures in parts.items():
            told = ", ".join(f"{k} {v:.3f}" for k, v in figures.items())
            sys.stdout.write(f"seed {seed} {name}: {told}\n")


if __name__ == "__main__":
    main()
