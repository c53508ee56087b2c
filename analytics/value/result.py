"""The value analysis: its parameters, the scores of all customers, and the check on the past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

import numpy as np
import polars as pl

from analytics import btyd
from analytics.btyd import Fit
from analytics.dataset import EVERYBODY, Dataset, Population, Provenance, Scope
from analytics.lifecycle import days
from analytics.lifecycle.answer import Answer
from analytics.lifecycle.days import Calendar
from analytics.memo import remember
from analytics.params import DAYS, Params, knob
from analytics.text import Text
from analytics.value import model
from analytics.value.model import History

Array = np.ndarray
TITLE = Text("Customer value", "客户价值预测")
MODELS = {"mbg_nbd": Text("MBG/NBD", "MBG/NBD"), "pareto_nbd": Text("Pareto/NBD", "Pareto/NBD"),
          "bg_nbd": Text("BG/NBD (who came once is alive for certain)", "BG/NBD（仅来一次者视为必在）")}  # fmt: skip
GROUPS = ((0, 0), (1, 1), (2, 3), (4, 7), (8, 15), (16, 31), (32, 63), (64, None))


@dataclass(frozen=True, kw_only=True)
class ValueParams(Params):
    """Parameters of the value view."""

    title: ClassVar[Text] = TITLE

    model: str = knob(
        "mbg_nbd", Text("Model", "模型"), "choice", options=MODELS,
        help=Text("How customers come and drop out.", "客户到来与流失的假设。"))  # fmt: skip
    horizon_days: int = knob(
        365, Text("Horizon", "预测期"), "int", low=1, high=3650, slider=(30, 730, 5), unit=DAYS,
        help=Text("Days looked ahead; the check looks as far back, at most half of the history.",
                  "向前预测的天数；校验向后同样天数，至多为历史的一半。"))  # fmt: skip
    margin: float = knob(
        0.01, Text("Margin", "利润率"), "float", low=0, high=1, slider=(0, 0.1, 0.001),
        help=Text("What a unit of money moved earns.", "单位交易金额带来的利润。"))  # fmt: skip
    discount: float = knob(
        0.1, Text("Discount a year", "年折现率"), "float", low=0, high=1, slider=(0, 0.3, 0.01),
        help=Text("Yearly rate at which later value counts less.", "未来价值的年折现率。"))  # fmt: skip
    seed: int = knob(
        7, Text("Seed", "随机种子"), "int", low=0, high=2**31 - 1, slider=(0, 100, 1), advanced=True,
        help=Text("Of the sample of 20,000 customers that is fitted.", "用于抽取拟合所用的 2 万客户样本。"))  # fmt: skip


def compute(data: Dataset, params: ValueParams, as_of: date,
            population: Population = EVERYBODY) -> Answer:  # fmt: skip
    """Fit, score every customer with a history, and check against the last horizon."""
    with data.scope(as_of, population, params.by) as scope:
        calendar = days.read(scope, population, params.by)
        end = days.number(as_of)
        known = model.history(calendar, end)
        found = remember(scope, population, None, ("value fit", params.model, params.seed),
                         lambda: (model.fit(params.model, known, params.seed),))[0]  # type: ignore[arg-type]  # fmt: skip
        mean = _mean_amounts(scope, calendar)[known.place]
        look_back = min(params.horizon_days, (end - days.number(calendar.first_day)) // 2)
        before = model.history(calendar, end - look_back)
        past = remember(scope, population, None, ("value check", params.model, params.seed, look_back),
                        lambda: (model.fit(params.model, before, params.seed),))[0]  # type: ignore[arg-type]  # fmt: skip
        sql = scope.sql()
    scores = _scores(calendar, known, found, mean, params)
    checked = _checked(calendar, before, past, end - look_back, end)
    group = calendar.people["group"] if params.by else None
    frames = {
        "value": scores,
        "chances": _chances(scores),
        "tenths": _tenths(scores),
        "check": _check(checked),
    }
    binned = scores.with_columns(chance_from=_bin(pl.col("p_return")))
    behind: dict[str, Any] = {
        "value": (("customer_id",), lambda: scores), "chances": (("chance_from",), lambda: binned),
        "tenths": (("tenth",), lambda: scores), "check": (("repeats_from",), lambda: checked)}  # fmt: skip
    if group is not None:
        placed = scores.join(
            pl.DataFrame({"customer_id": calendar.people["customer_id"], "group": group}),
            on="customer_id",
        )
        frames["breakdown"] = placed.group_by("group").agg(
            customers=pl.len().cast(pl.Int64), mean_p_return=pl.col("p_return").mean(),
            expected_value=pl.col("expected_value").sum()).sort("customers", "group", descending=[True, False], nulls_last=True)  # fmt: skip
        behind["breakdown"] = (("group",), lambda: placed)
    counts = {"customers": calendar.size, "scored": scores.height, "checked": checked.height,
              "fitted_on": min(len(known.place), model.SAMPLE) if found else 0}  # fmt: skip
    return Answer(Provenance(as_of, population, data.fingerprint, sql, counts), params,
                  {n: f for n, f in frames.items() if n != "check" or past is not None}, behind,
                  {"fit": found, "check_days": look_back}, data.currency)  # fmt: skip


def _mean_amounts(scope: Scope, calendar: Calendar) -> Array:
    """Mean absolute amount of a customer's active day, in the order of the calendar; 0 if unknown."""
    counted, values = days.counted_sql(scope, calendar.kinds)
    rows = scope.query(f"""
        SELECT customer_key, sum(abs(amount))::DOUBLE AS total FROM transactions
        WHERE customer_key IS NOT NULL AND {counted} GROUP BY 1
        """, step="amounts", **values)  # fmt: skip
    joined = calendar.people.select("customer_key").join(
        rows, on="customer_key", how="left", maintain_order="left"
    )
    return joined["total"].fill_null(0.0).to_numpy() / np.maximum(np.diff(calendar.start), 1)


def _scores(
    calendar: Calendar, known: History, found: Fit | None, mean: Array, params: ValueParams
) -> pl.DataFrame:
    """customer_id, p_alive, p_return, expected_days, expected_value, tenth; highest value first."""
    ids = (
        calendar.people["customer_id"][known.place.tolist()]
        if len(known.place)
        else calendar.people["customer_id"][:0]
    )
    if found is None:
        nothing = pl.lit(None, pl.Float64)
        return pl.DataFrame({"customer_id": ids}).with_columns(
            p_alive=nothing, p_return=nothing, expected_days=nothing, expected_value=nothing,
            tenth=pl.lit(None, pl.Int64)).sort("customer_id")  # fmt: skip
    weeks = params.horizon_days / model.WEEK
    triple = (known.frequency, known.recency, known.age)
    ahead = model.expected(found, known, weeks)
    worth = model.amounts(known.frequency, mean, params.seed) * params.margin
    discounted = ahead * worth / (1 + params.discount) ** (params.horizon_days / 2 / 365.25)
    frame = pl.DataFrame({
        "customer_id": ids, "p_alive": btyd.probability_alive(found, *triple),
        "p_return": btyd.probability_return(found, *triple, weeks), "expected_days": ahead,
        "expected_value": discounted}).sort("expected_value", "customer_id", descending=[True, False])  # fmt: skip
    return frame.with_columns(tenth=(pl.int_range(pl.len()) * 10 // pl.len() + 1).cast(pl.Int64))


def _bin(chance: pl.Expr) -> pl.Expr:
    return (chance * 10).floor().clip(0, 9).cast(pl.Int64) / 10


def _chances(scores: pl.DataFrame) -> pl.DataFrame:
    """Customers by chance of return in steps of a tenth; a missing chance is its own row."""
    return scores.group_by(chance_from=_bin(pl.col("p_return"))).agg(
        customers=pl.len().cast(pl.Int64), expected_value=pl.col("expected_value").sum()).sort(
        "chance_from", descending=True, nulls_last=True)  # fmt: skip


def _tenths(scores: pl.DataFrame) -> pl.DataFrame:
    return scores.group_by("tenth").agg(
        customers=pl.len().cast(pl.Int64), expected_value=pl.col("expected_value").sum(),
        mean_p_return=pl.col("p_return").mean()).sort("tenth", nulls_last=True).with_columns(
        share=pl.when(pl.col("expected_value").sum() > 0).then(
            pl.col("expected_value") / pl.col("expected_value").sum()))  # fmt: skip


def _checked(
    calendar: Calendar, before: History, past: Fit | None, start: int, end: int
) -> pl.DataFrame:
    """customer_id, repeats_from, predicted and observed active days after `start`."""
    ends = model.last_active(calendar, np.array([start, end], np.int32))
    observed = (ends[1] - ends[0])[before.place]
    floor = np.array([low for low, _ in GROUPS])
    group = (
        floor[np.searchsorted(floor, before.frequency, side="right") - 1]
        if len(before.place)
        else before.frequency
    )
    ids = calendar.people["customer_id"]
    return pl.DataFrame({
        "customer_id": ids[before.place.tolist()] if len(before.place) else ids[:0],
        "repeats_from": pl.Series(group, dtype=pl.Int64),
        "predicted": np.zeros(len(observed)) if past is None else model.expected(past, before, (end - start) / model.WEEK),
        "observed": pl.Series(observed, dtype=pl.Int64)})  # fmt: skip


def _check(checked: pl.DataFrame) -> pl.DataFrame:
    return checked.group_by("repeats_from").agg(
        customers=pl.len().cast(pl.Int64), predicted=pl.col("predicted").mean(), observed=pl.col("observed").mean(),
        predicted_sum=pl.col("predicted").sum(), observed_sum=pl.col("observed").sum()).sort("repeats_from")  # fmt: skip
