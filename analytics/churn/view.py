"""The early warning: parameters, result and tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

import numpy as np
import polars as pl

from analytics import evaluation
from analytics.churn import models, training
from analytics.churn.outcomes import Question
from analytics.churn.training import Moment, Taught
from analytics.dataset import EVERYBODY, Dataset, Population, Provenance, Scope
from analytics.lifecycle import days
from analytics.lifecycle.answer import Answer
from analytics.lifecycle.days import Calendar
from analytics.memo import remember
from analytics.params import DAYS, Params, knob
from analytics.text import Text

Array = np.ndarray
TARGETS = {
    "loss": Text("Being lost", "流失"),
    "wake_up": Text("Waking up (of the dormant)", "沉睡客户唤醒"),
}
REASONS = 3


@dataclass(frozen=True, kw_only=True)
class ChurnParams(Params):
    """Parameters of the early warning."""

    title: ClassVar[Text] = Text("Early warning", "流失预警")

    target: str = knob(
        "loss", Text("Foretell", "预测目标"), "choice", options=TARGETS,
        help=Text("Who will be lost, or which dormant customers will come back.", "预测流失客户，或将回归的沉睡客户。"))  # fmt: skip
    horizon_days: int = knob(
        91, Text("Within", "预测期"), "int", low=7, high=730, slider=(14, 182, 7), unit=DAYS,
        help=Text("Days in which the outcome must begin.", "目标结果须在此天数内开始。"))  # fmt: skip
    silent_days: int = knob(
        180, Text("Lost after", "流失阈值"), "int", low=2, slider=(30, 730, 5), unit=DAYS,
        help=Text("Days of silence that make a customer lost.", "静默达到该天数视为流失。"))  # fmt: skip
    active_within_days: int = knob(
        45, Text("Active within", "近期活跃"), "int", low=1, high=3650, slider=(14, 120, 1), unit=DAYS,
        help=Text("Who counts as still here and is scored for loss.", "在此天数内活跃的客户参与流失评分。"))  # fmt: skip
    dormant_days: int = knob(
        90, Text("Dormant after", "沉睡阈值"), "int", low=1, slider=(14, 365, 1), unit=DAYS,
        help=Text("Who counts as dormant and is scored for waking up.", "闲置达到该天数的客户参与唤醒评分。"))  # fmt: skip
    gap_days: int = knob(
        0, Text("Data arrive after", "数据延迟"), "int", low=0, high=180, slider=(0, 45, 1), unit=DAYS, advanced=True,
        help=Text("Days between what is known and the first day that counts.", "已知数据与预测期起点之间的间隔天数。"))  # fmt: skip
    capacity: int = knob(
        200, Text("Contacts possible", "可触达人数"), "int", low=1, slider=(10, 2000, 10),
        help=Text("How many customers the team can call; the likeliest are flagged.",
                  "团队可联系的客户数，按概率从高到低标记。"))  # fmt: skip
    value_saved: float = knob(
        1000.0, Text("Value of a success", "单户挽留价值"), "float", low=0, slider=(0, 10000, 100),
        help=Text("What one customer kept (or woken) is worth.", "每挽留（或唤醒）一位客户的价值。"))  # fmt: skip
    success_share: float = knob(
        0.1, Text("Contacts that succeed", "触达成功率"), "float", low=0, high=1, slider=(0, 0.5, 0.01),
        help=Text("Share of contacted leavers that the contact keeps; an assumption until a hold-out says.",
                  "触达后得以挽留的比例；在对照组验证之前为假设。"))  # fmt: skip
    contact_cost: float = knob(
        20.0, Text("Cost of a contact", "单次触达成本"), "float", low=0, slider=(0, 200, 5),
        help=Text("What one contact costs.", "每次触达的成本。"))  # fmt: skip
    seed: int = knob(
        7, Text("Seed", "随机种子"), "int", low=0, high=2**31 - 1, slider=(0, 100, 1), advanced=True,
        help=Text("Of the boosting and of shuffled importances.", "用于提升树与置换重要性。"))  # fmt: skip

    def question(self) -> Question:
        """What is to be foretold."""
        return Question(self.target, self.horizon_days, self.silent_days, self.gap_days,
                        self.active_within_days, self.dormant_days)  # fmt: skip


def compute(data: Dataset, params: ChurnParams, as_of: date,
            population: Population = EVERYBODY) -> Answer:  # fmt: skip
    """Teach, judge, and score who is at risk at as_of."""
    question = params.question()
    with data.scope(as_of, population, params.by) as scope:
        calendar = days.read(scope, population, params.by)
        now, taught = remember(scope, population, None, ("churn", question, params.seed),
                               lambda: _learnt(scope, calendar, question, params.seed))  # fmt: skip
        sql = scope.sql()
    ids = calendar.people["customer_id"]
    scores = _scores(now, ids, taught, params)
    frames: dict[str, pl.DataFrame] = {"scores": scores}
    behind: dict[str, Any] = {"scores": (("customer_id", "reason_1"), lambda: scores)}
    if taught is not None:
        frames |= _judged_tables(taught) | {"profit": _profit(scores, params)}
        behind |= _judged_behind(taught, ids, scores, frames)
    if params.by is not None:
        placed = scores.select("customer_id", "probability", "flagged").with_columns(
            group=calendar.people["group"][now.place.tolist()] if len(now.place) else pl.Series([], dtype=pl.String))  # fmt: skip
        frames["breakdown"] = _by_group(placed)
        behind["breakdown"] = (("group",), lambda: placed)
    return Answer(Provenance(as_of, population, data.fingerprint, sql,
                             _counts(calendar, now, scores, taught)), params, frames, behind,
                  {"taught": taught}, data.currency)  # fmt: skip


def _learnt(
    scope: Scope, calendar: Calendar, question: Question, seed: int
) -> tuple[Moment, Taught | None]:
    """Who is to be scored today, and the taught model."""
    found = training.read(scope, calendar)
    now = training.moment(found, calendar, 0, question, known=False)
    return now, training.teach(found, calendar, question, seed)


def _counts(
    calendar: Calendar, now: Moment, scores: pl.DataFrame, taught: Taught | None
) -> dict[str, int]:
    found = {
        "customers": calendar.size,
        "at_risk": len(now.place),
        "flagged": int(scores["flagged"].sum()),
    }
    if taught is not None:
        board = taught.boards["boosting"]
        found |= {"taught_on": taught.teaching[0], "taught_outcomes": taught.teaching[1],
                  "judged": board.n, "judged_outcomes": board.hits}  # fmt: skip
    return found


def _scores(
    now: Moment, ids: pl.Series, taught: Taught | None, params: ChurnParams
) -> pl.DataFrame:
    """customer_id, probability (null without a model), rank, flagged, reason_1..3; likeliest first."""
    sign = 1.0 if params.target == "loss" else -1.0
    probability = (
        None
        if taught is None
        else taught.model.probability(training.matrix(now.signals, taught.names))
    )
    order_by = now.signals["idle_days"].to_numpy() * sign if probability is None else probability
    order = np.argsort(-order_by, kind="stable")
    chosen = evaluation.at_capacity(order_by, params.capacity)[order]
    frame = pl.DataFrame({
        "customer_id": ids[now.place[order].tolist()] if len(order) else ids[:0],
        "probability": pl.Series([None] * len(order) if probability is None else probability[order], dtype=pl.Float64),
        "rank": pl.Series(np.arange(1, len(order) + 1), dtype=pl.Int64),
        "flagged": pl.Series(chosen, dtype=pl.Boolean),
        "idle_days": now.signals["idle_days"].cast(pl.Int64)[order.tolist()] if len(order) else pl.Series([], dtype=pl.Int64),
    })  # fmt: skip
    return frame.hstack(_reasons(now, order[chosen], len(order), taught))


def _reasons(now: Moment, top: Array, n: int, taught: Taught | None) -> pl.DataFrame:
    """The strongest drops of those flagged; who has no feature that raises the score has no reason."""
    names = [f"reason_{i + 1}" for i in range(REASONS)]
    found: dict[str, list[str | None]] = {name: [None] * n for name in names}
    if taught is not None and len(top):
        features = training.matrix(now.signals, taught.names)[top]
        drops = models.reasons(taught.model, features, taught.typical)
        best = np.argsort(-drops, axis=1, kind="stable")[:, :REASONS]
        for number, name in enumerate(names[: best.shape[1]]):
            for row, column in enumerate(best[:, number]):
                if drops[row, column] > 1e-4:
                    found[name][row] = taught.names[column]
    return pl.DataFrame(found, schema=dict.fromkeys(names, pl.String))


def _judged_tables(taught: Taught) -> dict[str, pl.DataFrame]:
    rows = []
    for name, board in taught.boards.items():
        lift = dict(board.top.select("share", "lift").iter_rows())
        rows.append((name, name == taught.model.name, board.n, board.hits, board.base_rate, board.roc_auc,
                     board.pr_auc, lift[0.05], lift[0.1], board.brier, board.calibration_error))  # fmt: skip
    boards = pl.DataFrame(rows, orient="row", schema={
        "model": pl.String, "used": pl.Boolean, "n": pl.Int64, "hits": pl.Int64, "base_rate": pl.Float64,
        "roc_auc": pl.Float64, "pr_auc": pl.Float64, "lift_5": pl.Float64, "lift_10": pl.Float64,
        "brier": pl.Float64, "calibration_error": pl.Float64})  # fmt: skip
    used = taught.boards[taught.model.name]
    return {
        "boards": boards,
        "reliability": used.reliability,
        "gains": used.top,
        "importance": taught.importance,
    }


def _judged_behind(
    taught: Taught, ids: pl.Series, scores: pl.DataFrame, frames: dict[str, pl.DataFrame]
) -> dict[str, Any]:
    """Bins and top shares lead to the judged customers, profit to those of today."""
    n = len(taught.probability)
    order = np.argsort(-taught.probability, kind="stable")
    rank, bins = np.empty(n, int), np.empty(n, int)
    rank[order] = np.arange(1, n + 1)
    bins[np.argsort(taught.probability, kind="stable")] = np.arange(n) * 10 // n
    judged = pl.DataFrame(
        {"customer_id": ids[taught.judged.place.tolist()], "rank": rank, "bin": bins}
    )

    def within(table: str, column: str, people: pl.DataFrame) -> pl.DataFrame:
        sizes = frames[table].select(column, size="flagged" if column == "share" else "contacts")
        return sizes.join_where(people, pl.col("rank") <= pl.col("size"))

    return {
        "boards": (("model",), lambda: frames["boards"].select("model").join(judged, how="cross")),
        "importance": (("feature",), lambda: frames["importance"].select("feature").join(judged, how="cross")),
        "reliability": (("bin",), lambda: judged),
        "gains": (("share",), lambda: within("gains", "share", judged)),
        "profit": (("contacts",), lambda: within("profit", "contacts", scores.select("customer_id", "rank"))),
    }  # fmt: skip


def _profit(scores: pl.DataFrame, params: ChurnParams) -> pl.DataFrame:
    """contacts, threshold, expected_outcomes, expected_profit, at up to 60 numbers of contacts."""
    p = scores["probability"].to_numpy()
    if not len(p):
        return pl.DataFrame(schema={"contacts": pl.Int64, "threshold": pl.Float64,
                                    "expected_outcomes": pl.Float64, "expected_profit": pl.Float64})  # fmt: skip
    contacts = np.unique(
        np.append(np.linspace(1, len(p), 60).round().astype(int), min(params.capacity, len(p)))
    )
    hits = np.cumsum(p)[contacts - 1]
    return pl.DataFrame({
        "contacts": contacts, "threshold": p[contacts - 1], "expected_outcomes": hits,
        "expected_profit": hits * params.success_share * params.value_saved - contacts * params.contact_cost})  # fmt: skip


def _by_group(placed: pl.DataFrame) -> pl.DataFrame:
    return placed.group_by("group").agg(
        customers=pl.len().cast(pl.Int64), flagged=pl.col("flagged").sum().cast(pl.Int64),
        mean_probability=pl.col("probability").mean()).sort(
        "customers", "group", descending=[True, False], nulls_last=True)  # fmt: skip
