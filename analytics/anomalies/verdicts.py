"""What the team decided about cases: kept beside the dataset, exported, and measured.

A verdict belongs to a case (customer and day), not to a flag: confirmed, dismissed or unsure, with a
reason and a time; the last one counts. Precision at k is the share confirmed among the first k cases of
the list that have a verdict other than unsure. Recall is only known by also judging days that are not
on the list: `samples` draws some, and `recall` weighs each by how many it stands for.

From `ENOUGH_POSITIVES` confirmed cases on, `rerank` orders the list by a logistic regression on the
verdicts; before that there is too little to learn from and the list stays as it is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from sklearn.linear_model import LogisticRegression

from analytics import clock
from analytics.anomalies.params import KINDS
from analytics.state import State
from analytics.statistics import wilson
from analytics.text import Text, UserError

ANALYSIS = "anomalies"
VERDICTS = {
    "confirmed": Text("Confirmed as unusual", "确认异常"),
    "dismissed": Text("Dismissed", "排除"),
    "unsure": Text("Unsure", "待定"),
}
LONGEST_REASON = 400
ENOUGH_POSITIVES = 50
SCHEMA = {"customer_id": pl.String, "day": pl.Date, "verdict": pl.String, "reason": pl.String,
          "flagged": pl.Boolean, "decided_at": pl.String}  # fmt: skip


def decide(state: State, customer_id: str, day: date, verdict: str, reason: str = "",
           flagged: bool = True) -> None:  # fmt: skip
    """Keep a verdict on a case; a new one replaces the old. UserError for an unknown verdict."""
    if verdict not in VERDICTS or len(reason) > LONGEST_REASON:
        known = ", ".join(VERDICTS)
        raise UserError(
            Text(f"A verdict is one of {known}, with a reason of at most {LONGEST_REASON} characters.",
                 f"结论须为 {known} 之一，理由不超过 {LONGEST_REASON} 个字符。"), "verdict")  # fmt: skip
    item = json.dumps([customer_id, day.isoformat()], ensure_ascii=False)
    said = json.dumps({"verdict": verdict, "reason": reason.strip(), "flagged": flagged},
                      ensure_ascii=False)  # fmt: skip
    with state.write() as con:
        con.execute("INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?)",
                    [ANALYSIS, item, said, clock.now().isoformat()])  # fmt: skip


def kept(state: State) -> pl.DataFrame:
    """Every verdict: customer_id, day, verdict, reason, flagged, decided_at; the newest first."""
    with state.read() as con:
        rows = con.execute("SELECT item, verdict, decided_at FROM verdicts WHERE analysis = ? "
                           "ORDER BY decided_at DESC, item", [ANALYSIS]).fetchall()  # fmt: skip
    return pl.DataFrame([_row(*row) for row in rows], schema=SCHEMA, orient="row")


def _row(item: str, said: str, at: str) -> tuple[Any, ...]:
    who, day = json.loads(item)
    one = json.loads(said)
    return who, date.fromisoformat(day), one["verdict"], one["reason"], one["flagged"], at


def judged(cases: pl.DataFrame, verdicts: pl.DataFrame) -> pl.DataFrame:
    """The cases in their order with verdict and reason; null where nobody decided."""
    if verdicts.is_empty():  # as on every page of a list nobody has judged yet
        unsaid = pl.lit(None, pl.String)
        return cases.with_columns(verdict=unsaid, said_because=unsaid)
    said = verdicts.select("customer_id", "day", "verdict", said_because="reason")
    return cases.join(said, on=["customer_id", "day"], how="left", maintain_order="left")


def precision(cases: pl.DataFrame, verdicts: pl.DataFrame, k: int | None = None
              ) -> tuple[int, int]:  # fmt: skip
    """Confirmed and decided (confirmed or dismissed) among the first k cases; all without k."""
    first = judged(cases if k is None else cases.head(k), verdicts)["verdict"]
    confirmed = int((first == "confirmed").sum())
    return confirmed, confirmed + int((first == "dismissed").sum())


@dataclass(frozen=True)
class Recall:
    """Estimated share of the unusual customer-days that are on the list, in [0, 1], with its 95 % interval.

    Args:
        low, value, high: by Wilson's interval of the share missed among the sample.
        confirmed: on the list and confirmed.
        sampled: days of the random sample judged that are not on the list.
        missed: of these, confirmed as unusual.
        known: confirmed from an earlier, longer list and not on this one; missed for certain.
    """

    low: float
    value: float
    high: float
    confirmed: int
    sampled: int
    missed: int
    known: int


def recall(cases: pl.DataFrame, verdicts: pl.DataFrame, customer_days: int) -> Recall | None:
    """The recall of the list as far as the verdicts tell it; None until both sides were judged.

    Confirmed cases of the list, over these and what was missed: the share confirmed among the judged
    days of the random sample, times the days it stands for, which are all that are neither on the list
    nor judged from an earlier one. It does not matter whether a rule flagged a day that is not listed.
    As long as part of the list is not judged yet, its own side is too small, and so is the estimate.

    Args:
        cases: the list as it is now: customer_id, day.
        verdicts: as `kept`; `flagged` false says that the day was drawn for the random sample.
        customer_days: all customer-days with a movement, listed or not.
    """
    decided = verdicts.filter(pl.col("verdict") != "unsure")
    yes = pl.col("verdict") == "confirmed"
    on_list = decided.join(cases, on=["customer_id", "day"], how="semi")
    rest = decided.join(cases, on=["customer_id", "day"], how="anti")
    drawn, earlier = rest.filter(~pl.col("flagged")), rest.filter("flagged")
    found, n, missed = on_list.filter(yes).height, drawn.height, drawn.filter(yes).height
    if not n or not found:
        return None
    known, stands_for = earlier.filter(yes).height, customer_days - cases.height - earlier.height
    least, most = (float(end) for end in wilson(np.array(missed), np.array(n)))
    low, value, high = (
        found / (found + known + part * stands_for) for part in (most, missed / n, least)
    )
    return Recall(low, value, high, found, n, missed, known)


def rerank(cases: pl.DataFrame, verdicts: pl.DataFrame) -> pl.DataFrame:
    """The cases by what the verdicts taught, once enough were confirmed; else unchanged.

    Learnt from score, flags and the kinds of a case; adds `likelihood`, null while unchanged.
    """
    unchanged = pl.lit(None, pl.Float64)
    if (verdicts["verdict"] == "confirmed").sum() < ENOUGH_POSITIVES:
        return cases.with_columns(likelihood=unchanged)
    known = judged(cases, verdicts).filter(pl.col("verdict").is_in(["confirmed", "dismissed"]))
    outcome = (known["verdict"] == "confirmed").to_numpy()
    if outcome.sum() < ENOUGH_POSITIVES or outcome.all():
        return cases.with_columns(likelihood=unchanged)
    model = LogisticRegression(max_iter=1000).fit(_facts(known), outcome)
    likelihood = model.predict_proba(_facts(cases))[:, 1]
    return cases.with_columns(likelihood=pl.Series(likelihood)).sort(
        "likelihood", "score", descending=True, maintain_order=True)  # fmt: skip


def _facts(cases: pl.DataFrame) -> np.ndarray:
    kinds = [
        pl.col("kinds").str.contains(kind, literal=True).cast(pl.Float64).alias(kind)
        for kind in KINDS
    ]
    return cases.select("score", pl.col("flags").cast(pl.Float64).log1p(), *kinds).to_numpy()
