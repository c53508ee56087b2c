"""Teach on the past, calibrate later, judge later still; then score the customers of today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from analytics import evaluation
from analytics.churn import models, outcomes, signals
from analytics.churn.models import Calibrated
from analytics.churn.outcomes import Question
from analytics.dataset import Dataset, Population
from analytics.evaluation import Board
from analytics.lifecycle.days import Calendar
from analytics.text import Text

Array = np.ndarray
MOST_TEACHING_DAYS = 6


@dataclass(frozen=True)
class Moment:
    """The customers at risk at a day, their signals, and what became of them (None: not yet known)."""

    day: date
    place: Array
    signals: pl.DataFrame
    outcome: Array | None


@dataclass(frozen=True)
class Taught:
    """The model in use and how both did on the judged day.

    Args:
        model: the one in use.
        names: its features.
        typical: the median of each over the teaching days.
        judged: the customers and outcomes that no model had seen.
        probability: of the model in use, for them.
        boards: `boosting`, `logistic` and `idle_days` (the naive floor).
        teaching: customers, outcomes and days the models were taught on.
    """

    model: Calibrated
    names: list[str]
    typical: Array
    judged: Moment
    probability: Array
    boards: dict[str, Board]
    teaching: tuple[int, int, list[date]]


def moment(data: Dataset, population: Population, calendar: Calendar, day: date, question: Question,
           known: bool) -> tuple[Moment, str]:  # fmt: skip
    """One day's customers at risk with their signals, and the SQL that read them."""
    place, keys = outcomes.at_risk(calendar, day, question)
    with data.scope(day, population) as scope:
        signals.guard(scope)
        found = signals.read(scope, keys)
        sql = scope.sql()
    if {"closed_182", "accounts_open"} <= set(found.columns):  # who closed everything has left
        stays = ((found["accounts_open"] > 0) | (found["closed_182"] == 0)).to_numpy()
        place, found = place[stays], found.filter(pl.Series(stays))
    label = outcomes.outcome(calendar, day, place, question) if known and len(place) else None
    if known and label is None:
        label = np.zeros(0, bool)
    return Moment(day, place, found, label), sql


def teach(moments: list[Moment], question: Question, seed: int) -> Taught | None:
    """Both models on all but the last two moments; None where there are too few outcomes."""
    *early, later, judged = moments
    names = [c for c in judged.signals.columns if c != "customer_key"]
    x, y = (
        np.concatenate([matrix(m, names) for m in early]),
        np.concatenate([_known(m) for m in early]),
    )
    if not models.can_teach(y, _known(later), _known(judged)):
        return None
    x_later, x_judged = matrix(later, names), matrix(judged, names)
    fitted = [models.taught(name, x, y, x_later, _known(later), seed) for name in models.NAMES]
    held_out = Text(f"customers at risk on {judged.day}, a later period than any taught on",
                    f"{judged.day} 的风险客户，晚于全部训练期")  # fmt: skip
    boards = {
        one.name: evaluation.judge(one.probability(x_judged), _known(judged), held_out)
        for one in fitted
    }
    floor = judged.signals["idle_days"].to_numpy() * (1 if question.target == "loss" else -1)
    boards["idle_days"] = evaluation.judge(floor, _known(judged), held_out, probability=False)
    best = models.better(fitted, x_later, _known(later))
    return Taught(best, names, np.median(x, axis=0), judged, best.probability(x_judged), boards,
                  (len(y), int(y.sum()), [m.day for m in early]))  # fmt: skip


def matrix(one: Moment, names: list[str]) -> Array:
    """The signals as floats, shape (customers, names); a signal that day lacks is 0."""
    have = set(one.signals.columns)
    frame = one.signals.with_columns(pl.lit(0.0).alias(n) for n in names if n not in have)
    return frame.select(names).to_numpy().astype(float)


def _known(one: Moment) -> Array:
    assert one.outcome is not None
    return one.outcome
