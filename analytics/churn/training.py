"""Teach on the past, judge on a later period; then teach on all that is known and score today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from analytics import evaluation
from analytics.churn import models, outcomes, signals, spans
from analytics.churn.models import Calibrated
from analytics.churn.outcomes import Question
from analytics.churn.spans import Spans
from analytics.dataset import Scope
from analytics.evaluation import Board
from analytics.lifecycle.days import Calendar
from analytics.text import Text

Array = np.ndarray
MOST_ROWS = 400_000
MOST_LANDMARKS = 36
MOST_SPANS = 60
MOST_SHUFFLED = 5_000


@dataclass(frozen=True)
class Moment:
    """The customers at risk at a day, their signals, what became of them, and who had left by then for
    good (None: not yet known)."""

    day: date
    place: Array
    signals: pl.DataFrame
    outcome: Array | None
    away: Array | None


@dataclass(frozen=True)
class Taught:
    """The model in use and how it and its rivals did on the judged day.

    Args:
        model: the one in use, taught on every day whose outcomes are known.
        names: its features.
        typical: the median of each over the teaching days.
        judged: the customers and outcomes that no judged model had seen.
        probability: of the same recipe, taught before the judged day, for them.
        importance: feature, drop of PR-AUC when it is shuffled among the judged; largest first.
        boards: `boosting`, `logistic`, `blend`, and `idle_days` (the naive floor).
        teaching: customers, outcomes and days the judged models were taught on.
    """

    model: Calibrated
    names: list[str]
    typical: Array
    judged: Moment
    probability: Array
    importance: pl.DataFrame
    boards: dict[str, Board]
    teaching: tuple[int, int, list[date]]


def read(scope: Scope, calendar: Calendar) -> Spans:
    """All the spans that scoring and teaching look at."""
    seen = (calendar.as_of - calendar.first_day).days // spans.MONTH_DAYS + 1
    return spans.read(scope, calendar.people["customer_key"].to_numpy(), min(seen, MOST_SPANS))


def moment(found: Spans, calendar: Calendar, span: int, question: Question, known: bool) -> Moment:
    """One day's customers at risk with their signals; who closed everything has left."""
    day = found.day(span)
    place, acts = outcomes.at_risk(calendar, day, question)
    spans.guard(found, span)
    frame = signals.table(found, span, place, acts)
    if {"closed_6m", "accounts_open"} <= set(frame.columns):
        stays = ((frame["accounts_open"] > 0) | (frame["closed_6m"] == 0)).to_numpy()
        place, frame = place[stays], frame.filter(pl.Series(stays))
    told = (outcomes.outcome, outcomes.away)
    became = [one(calendar, day, place, question) if known else None for one in told]
    return Moment(day, place, frame, *became)


def teach(found: Spans, calendar: Calendar, question: Question, seed: int) -> Taught | None:
    """Judge the recipe on a later day than it was taught on, then teach it on all known days.

    None where there are too few days or outcomes.
    """
    at, teaching = outcomes.landmarks(calendar.first_day, calendar.as_of, question)
    if not teaching:
        return None
    judged = moment(found, calendar, at, question, known=True)
    early = _chosen(found, calendar, question, teaching, len(judged.place))
    if not models.can_teach(_known([judged]), _known(early)):
        return None
    names = judged.signals.columns
    x, y = matrix(judged.signals, names), _known([judged])
    fitted, used = models.taught(
        *_stacked(early, names), np.concatenate([m.place for m in early]), seed, _away(early)
    )
    held_out = Text(f"customers at risk on {judged.day}, a later period than any taught on",
                    f"{judged.day} 的风险客户，晚于全部训练期")  # fmt: skip
    boards = {
        name: evaluation.judge(one.probability(x), y, held_out) for name, one in fitted.items()
    }
    floor = judged.signals["idle_days"].to_numpy() * (1 if question.target == "loss" else -1)
    boards["idle_days"] = evaluation.judge(floor, y, held_out, probability=False)
    importance = _importance(fitted[used], x, y, names, seed)
    known = _chosen(found, calendar, question, list(range(at, teaching[-1] + 1)), len(judged.place))
    x_known, y_known = _stacked(known, names)
    final = models.again(fitted[used], x_known, y_known, seed, _away(known))
    told = _known(early)
    return Taught(final, names, np.median(x_known, axis=0), judged, fitted[used].probability(x), importance, boards,
                  (len(told), int(told.sum()), [m.day for m in early]))  # fmt: skip


def _importance(model: Calibrated, x: Array, y: Array, names: list[str], seed: int) -> pl.DataFrame:
    """What each signal is worth, on at most `MOST_SHUFFLED` of the judged."""
    if len(y) > MOST_SHUFFLED:
        kept = np.random.default_rng(seed).choice(len(y), MOST_SHUFFLED, replace=False)
        if models.can_teach(y[kept]):
            x, y = x[kept], y[kept]
    return evaluation.permutation_importance(model.raw, x, y, names, seed, repeats=2)


def _chosen(found: Spans, calendar: Calendar, question: Question, numbers: list[int], size: int
            ) -> list[Moment]:  # fmt: skip
    """Moments of evenly spread landmarks, as many as keep the teaching rows in bounds."""
    many = int(np.clip(MOST_ROWS // max(size, 1), 2, MOST_LANDMARKS))
    kept = numbers[:MOST_LANDMARKS]
    if len(kept) > many:
        kept = [kept[i] for i in np.linspace(0, len(kept) - 1, many).round().astype(int)]
    return [moment(found, calendar, span, question, known=True) for span in kept]


def _stacked(moments: list[Moment], names: list[str]) -> tuple[Array, Array]:
    return np.concatenate([matrix(m.signals, names) for m in moments]), _known(moments)


def matrix(frame: pl.DataFrame, names: list[str]) -> Array:
    """The signals as floats, shape (customers, names); a signal that day lacks is 0."""
    have = set(frame.columns)
    return (
        frame.with_columns(pl.lit(0.0).alias(n) for n in names if n not in have)
        .select(names)
        .to_numpy()
    )


def _known(moments: list[Moment]) -> Array:
    parts = [m.outcome for m in moments if m.outcome is not None]
    return np.concatenate(parts) if parts else np.zeros(0, bool)


def _away(moments: list[Moment]) -> Array:
    return np.concatenate([m.away for m in moments if m.away is not None])
