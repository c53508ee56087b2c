"""The value analysis: parameters, result, words and charts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

import altair as alt
import numpy as np
import polars as pl

from analytics import btyd, style
from analytics.btyd import Fit
from analytics.dataset import EVERYBODY, Dataset, Population, Provenance, Scope
from analytics.lifecycle import days, draw
from analytics.lifecycle.answer import Answer, has, members, tables
from analytics.lifecycle.days import Calendar
from analytics.lifecycle.spoken import BARS, LINES, Spoken
from analytics.memo import remember
from analytics.params import DAYS, Params, knob
from analytics.registry import Analysis, ChartSpec, Need
from analytics.text import Lang, Text, counted, money, share
from analytics.value import model
from analytics.value.model import History

Array = np.ndarray
TITLE = Text("Customer value", "客户价值预测")
QUESTION = Text(
    "Who will come back, how often, and what is that worth?", "谁会再来？多频繁？价值几何？"
)
DEFINITION = Text(
    "A buy-till-you-die model is fitted to every customer's repeat active days, the weeks to the last of "
    "them and the weeks since the first. It gives the chance of being there still, the chance of an "
    "active day within the horizon and the expected number of them. The value is that number times the "
    "expected amount of an active day (Gamma-Gamma) times the margin, discounted at the middle of the "
    "horizon. The check fits the model anew as of one horizon ago and compares with what came since. "
    "Customers whose first active day is the as-of day, or who never had one, have no history to judge.",
    "以客户重复活跃天数、首末活跃日间隔周数和客户周龄拟合 BTYD 模型，得出仍在概率、预测期内至少活跃一次的概率及预期活跃天数。"
    "价值 = 预期活跃天数 × 活跃日预期金额（Gamma-Gamma）× 利润率，并按预测期中点折现。"
    "校验：以一个预测期之前的数据重新拟合，与其后实际对照。首个活跃日即截至日或从未活跃的客户无历史可依。")  # fmt: skip
MODELS = {"mbg_nbd": Text("MBG/NBD", "MBG/NBD"), "pareto_nbd": Text("Pareto/NBD", "Pareto/NBD"),
          "bg_nbd": Text("BG/NBD (who came once is alive for certain)", "BG/NBD（仅来一次者视为必在）")}  # fmt: skip
COUNT_TITLES = {
    "customers": Text("Customers at the as-of day", "截至日客户数"), "scored": Text("Customers with a history", "有历史的客户数"),
    "fitted_on": Text("Customers fitted on", "拟合所用客户数"), "checked": Text("Customers in the check", "校验客户数"),
}  # fmt: skip
RETURNS, CUSTOMERS, VALUE = (
    Text("Chance of return", "回归概率"),
    Text("Customers", "客户数"),
    Text("Expected value", "预期价值"),
)
REPEATS, PREDICTED, OBSERVED, LINE, MEAN = (
    Text("Repeat active days", "重复活跃天数"), Text("Predicted", "预测"), Text("Observed", "实际"),
    Text("Line", "曲线"), Text("Mean active days in the horizon", "预测期平均活跃天数"))  # fmt: skip
CHANCE_TITLE = Text("Customers by chance of return", "客户回归概率分布")
TENTHS_TITLE = Text("Expected value by tenth of customers", "各十分位客户的预期价值")
CHECK_TITLE = Text("The model against what came", "模型预测与实际对照")
TENTH = Text("Tenth, the best first", "十分位（自高到低）")
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


# -- words ---------------------------------------------------------------------------------------
def headline(answer: Answer) -> list[Text]:
    """Who will come back, what it is worth, and how the model did on the last horizon."""
    c, scores, found = answer.counts, answer.frames["value"], answer.facts["fit"]
    assert isinstance(answer.params, ValueParams)
    if found is None:
        return [Text("{n} customers with a history: too few to fit a model.",
                     "有历史的客户{n}位，不足以拟合模型。").fill(n=counted(c["scored"]))]  # fmt: skip
    total, best = (
        float(scores["expected_value"].sum()),
        float(scores.filter(pl.col("tenth") == 1)["expected_value"].sum()),
    )
    back = Text("{back:,.0f} of {n} customers are expected back within {d} days",
                "{n}位客户中预计 {back:,.0f} 位将在 {d} 天内回归").fill(
        back=float(scores["p_return"].sum()), n=counted(c["scored"]), d=answer.params.horizon_days)  # fmt: skip
    told = [Text("{back}; no amount to value them by is known.", "{back}；没有可用于估值的金额。").fill(back=back)
            if not total else
            Text("{back}; the best tenth holds {p} of the expected value of {v}.",
                 "{back}；前十分之一客户占预期价值 {v} 的 {p}。").fill(
        back=back, p=share(best / total), v=Text(money(total, "en"), money(total, "zh")))]  # fmt: skip
    if "check" in answer.frames:
        sums = answer.frames["check"].select(pl.col("predicted_sum", "observed_sum").sum()).row(0)
        told.append(Text("Check on the last {d} days: {a:,.0f} active days predicted, {b:,.0f} came ({n} customers).",
                         "对近 {d} 天的校验：预测活跃日 {a:,.0f} 个，实际 {b:,.0f} 个（{n}位客户）。").fill(
            d=answer.facts["check_days"], a=sums[0], b=sums[1], n=counted(c["checked"])))  # fmt: skip
    return told


def _worth(answer: Answer) -> draw.Field:
    title = Text(*(style.unit(VALUE, answer.currency, one) for one in ("en", "zh")))
    return ("expected_value", title, ",.2f")


def _chance_rows(answer: Answer, lang: Lang) -> pl.DataFrame:
    return answer.frames["chances"].drop_nulls("chance_from").sort("chance_from")


def _check_rows(answer: Answer, lang: Lang) -> pl.DataFrame:
    names = {"predicted": PREDICTED(lang), "observed": OBSERVED(lang)}
    return answer.frames["check"].unpivot(on=list(names), index=["repeats_from", "customers"], variable_name="line",
                                          value_name="days").with_columns(
        pl.col("line").replace_strict(names, return_dtype=pl.String))  # fmt: skip


_chance_alt = Spoken(
    BARS, CHANCE_TITLE, _chance_rows, ("chance_from", RETURNS, ".0%"), ("customers", CUSTOMERS, ",")
)
_tenth_alt = Spoken(BARS, TENTHS_TITLE, lambda answer, lang: answer.frames["tenths"].drop_nulls("tenth"),
                    ("tenth", TENTH, ",.0f"), _worth, ordered=True)  # fmt: skip
_check_alt = Spoken(LINES, CHECK_TITLE, _check_rows, ("repeats_from", REPEATS, ","), ("days", MEAN, ",.1f"),
                    ordered=True, series=("line", LINE, ""))  # fmt: skip


def _chance_chart(answer: Answer, lang: Lang) -> alt.Chart:
    chart = draw.columns(_chance_rows(answer, lang), ("chance_from", RETURNS, ".0%"), ("customers", CUSTOMERS, ","),
                         ("chance_from",), lang)  # fmt: skip
    return style.framed(chart, CHANCE_TITLE(lang), _chance_alt(answer, lang))


def _tenth_chart(answer: Answer, lang: Lang) -> alt.Chart:
    chart = draw.columns(answer.frames["tenths"].drop_nulls("tenth"), ("tenth", TENTH, ",.0f"), _worth(answer),
                         ("tenth",), lang)  # fmt: skip
    return style.framed(chart, TENTHS_TITLE(lang), _tenth_alt(answer, lang))


def _check_chart(answer: Answer, lang: Lang) -> alt.Chart:
    chart = draw.lines(_check_rows(answer, lang), ("repeats_from", REPEATS, ","), ("days", MEAN, ",.1f"), lang,
                       colour=("line", LINE, ""), pick=("repeats_from",), extra=[("customers", CUSTOMERS, ",")])  # fmt: skip
    return style.framed(chart, CHECK_TITLE(lang), _check_alt(answer, lang))


ANALYSES = {
    "value": Analysis(
        key="value", title=TITLE, question=QUESTION, page="customers/value", params=ValueParams,
        compute=compute, tables=tables, headline=headline, members=members, definition=DEFINITION,
        count_titles=COUNT_TITLES,
        charts=(
            ChartSpec(key="chances", title=CHANCE_TITLE, build=_chance_chart, alt_text=_chance_alt, table="chances"),
            ChartSpec(key="tenths", title=TENTHS_TITLE, build=_tenth_chart, alt_text=_tenth_alt, table="tenths",
                      shown=has("tenths")),
            ChartSpec(key="check", title=CHECK_TITLE, build=_check_chart, alt_text=_check_alt, table="check",
                      shown=has("check")),
        ),
        needs=(Need(path="transactions.happened_at"), Need(path="transactions.amount")),
    )}  # fmt: skip
