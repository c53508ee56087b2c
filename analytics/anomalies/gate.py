"""The risk gate: who leaves an audience before a campaign, and how many at each step.

Steps, each on those the steps before left: customers with a case strong enough, customers a team has
confirmed, customers with a high risk score or a raised flag in the risk extract. Only counts are told
to the marketing side; the list of who left is for the risk team and is no part of the audience.

What is acceptable (`Settings`) is kept beside the dataset, as the verdicts are, so that an export of next
week passes the same gate.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date

import polars as pl

from analytics.dataset import Dataset
from analytics.state import State
from analytics.text import Text

STEPS = {
    "asked": Text("In the audience", "原客群"),
    "unusual": Text("Unusual movements", "交易异常"),
    "confirmed": Text("Confirmed by the team", "人工确认"),
    "risk_score": Text("Risk score above the limit", "风险评分超限"),
    "risk_flag": Text("Flagged in the risk extract", "风险标识"),
    "left": Text("May be contacted", "可触达"),
}  # fmt: skip


NOTE = "risk gate"  # the name it is kept under


@dataclass(frozen=True)
class Settings:
    """What is still acceptable.

    Args:
        least_score: cases with a lower score stop nobody; 0 to 20.
        last_days: only cases of so many days up to the view's day stop a customer; at least 1.
        highest_risk: highest risk score still acceptable; None lifts the limit.
    """

    least_score: float = 3.0
    last_days: int = 365
    highest_risk: float | None = None


def settings(state: State) -> Settings:
    """As kept beside the dataset; the defaults where nothing that can be read was kept."""
    try:
        said = json.loads(state.note(NOTE) or "{}")
        risk = said.get("highest_risk")
        return Settings(
            min(max(float(said.get("least_score", Settings.least_score)), 0.0), 20.0),
            max(int(said.get("last_days", Settings.last_days)), 1),
            None if risk is None else float(risk))  # fmt: skip
    except (ValueError, TypeError, AttributeError):
        return Settings()


def keep(state: State, chosen: Settings) -> None:
    """Keep them beside the dataset; no result depends on them."""
    state.write_note(NOTE, json.dumps(asdict(chosen)))


@dataclass(frozen=True)
class Passed:
    """What the gate let through.

    Args:
        allowed: ids that stay in the audience, sorted.
        waterfall: step, customers (who left there; for `asked` and `left` who is in).
        stopped: customer_id, step; for the risk team only.
    """

    allowed: pl.Series
    waterfall: pl.DataFrame
    stopped: pl.DataFrame


def pass_through(audience: pl.Series, cases: pl.DataFrame, verdicts: pl.DataFrame, risk: pl.DataFrame,
                 least_score: float = 0.0, highest_risk: float | None = None, since: date | None = None
                 ) -> Passed:  # fmt: skip
    """Let an audience through the gate.

    Args:
        audience: customer ids.
        cases: the cases of the anomalies view.
        verdicts: as `verdicts.kept`; a dismissed case stops nobody.
        risk: customer_id, risk_score, flag (see `risk_rows`).
        least_score: score from which a case stops a customer.
        highest_risk: highest risk score still acceptable; None lifts the limit.
        since: first day whose cases still stop a customer; None counts all of them.
    """
    dismissed = verdicts.filter(pl.col("verdict") == "dismissed")
    open_cases = cases.filter(pl.col("score") >= least_score).join(
        dismissed, on=["customer_id", "day"], how="anti")  # fmt: skip
    if since is not None:
        open_cases = open_cases.filter(pl.col("day") >= since)
    limit = float("inf") if highest_risk is None else highest_risk
    reasons = {
        "unusual": open_cases["customer_id"],
        "confirmed": verdicts.filter(pl.col("verdict") == "confirmed")["customer_id"],
        "risk_score": risk.filter(pl.col("risk_score") > limit)["customer_id"],
        "risk_flag": risk.filter(pl.col("flag").fill_null(False))["customer_id"],
    }
    left = pl.DataFrame({"customer_id": audience.drop_nulls().unique().sort()})
    counts, stopped = [("asked", left.height)], []
    for step, ids in reasons.items():
        out = left.filter(pl.col("customer_id").is_in(ids.unique().implode()))
        left = left.join(out, on="customer_id", how="anti", maintain_order="left")
        counts.append((step, out.height))
        stopped.append(out.with_columns(step=pl.lit(step)))
    counts.append(("left", left.height))
    waterfall = pl.DataFrame(
        counts, schema={"step": pl.String, "customers": pl.Int64}, orient="row"
    )
    return Passed(left["customer_id"], waterfall, pl.concat(stopped))


def risk_rows(data: Dataset) -> pl.DataFrame:
    """customer_id, risk_score, flag of the risk extract, one row per customer; empty without one."""
    return data.query("""
        SELECT c.customer_id, max(r.risk_score) AS risk_score, bool_or(r.flag) AS flag
        FROM risk r JOIN customers c USING (customer_key) GROUP BY 1 ORDER BY 1""")
