"""What an analysis fitted on the earlier extract, applied to the later one.

Why: a refit draws its cut-offs, centres and states anew. Fifths stay fifths by construction, and the
second segment of one fit is not the second of another; held against each other they compare nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from analytics.dataset import Dataset, Population
from analytics.params import Params
from analytics.run import Run
from analytics.text import Text

Groups = dict[
    str, pl.DataFrame
]  # a table of customers and their group, and one of the groups' sizes
NUDGE = 1e-6  # between two cut-offs that nobody lies between
# Analyses whose model is taught anew on each extract and cannot be carried over.
NOT_FROZEN: Mapping[str, Text] = {
    "hmm": Text("Hidden states are found anew on each extract; state 1 of one is not state 1 of the other.",
                "隐状态在每份数据上重新估计，两份数据中的同号状态并不对应。"),
    "classes": Text("Taught anew on the labels of each extract: its figures judge the model, not the customers.",
                    "每份数据按各自标签重新训练，指标反映模型而非客户。"),
    "churn": Text("Taught anew on each extract: its figures judge the model; see lifecycle for who left.",
                  "每份数据重新训练，指标反映模型；流失情况请看客户生命周期。"),
    "value": Text("Fitted anew on each extract: expected value moves with the model as well as with the customers.",
                  "每份数据重新拟合，预期价值的变动同时来自模型与客户。"),
    "anomalies": Text("Baselines are each extract's own and the list has a fixed length; see its headline.",
                      "基线取自各自数据，且名单长度固定，请看结论。"),
}  # fmt: skip


def settings(then: Run) -> Params:
    """The parameters for the later extract: those of the earlier one, its cut-offs written out."""
    asked: Any = then.params
    if then.analysis.key == "rfm" and asked.cuts == "percentile":
        return _rfm(then, asked)
    if then.analysis.key == "tiers" and asked.cuts != "fixed" and then.result.limits:
        middle, high = then.result.limits
        return replace(
            asked, cuts="fixed", measure=then.result.measure, middle_from=middle, high_from=high
        )
    return then.params


def _rfm(then: Run, asked: Any) -> Params:
    """The value that just earns each score, as fixed cut-offs that give the same scores again."""
    found = {}
    for measure in ("recency", "frequency", "monetary"):
        rows = then.tables["cuts"].filter(pl.col("measure") == measure)
        if rows.is_empty():
            return then.params
        found[f"{measure}_cuts"] = ",".join(
            map(repr, _cut_offs(rows, asked.scores, measure == "recency"))
        )
    return replace(asked, cuts="fixed", **found)


def _cut_offs(rows: pl.DataFrame, scores: int, low_is_good: bool) -> list[float]:
    """The rising cut-offs behind a table of scores, one fewer than scores.

    A score that nobody has gets a cut-off that nobody reaches, a nudge from its neighbour's.
    """
    cuts = []
    for score in range(2, scores + 1):
        earned = rows.filter(pl.col("score") >= score)
        ends = earned if earned.height else rows
        if low_is_good:
            cuts.append(ends["to_value"].max() if earned.height else ends["from_value"].min() - 1)  # type: ignore[operator]
        else:
            cuts.append(ends["from_value"].min() if earned.height else ends["to_value"].max() + 1)  # type: ignore[operator]
    # From the hardest score to the easiest: nobody lies between two cut-offs that were the same.
    easier = NUDGE if low_is_good else -NUDGE
    found = [float(cuts[-1])]  # type: ignore[arg-type]
    for cut in map(float, reversed(cuts[:-1])):
        apart = cut > found[-1] if low_is_good else cut < found[-1]
        found.append(cut if apart else found[-1] + easier)
    return sorted(found)


def segments(
    then: Dataset, now: Dataset, params: Any, population: Population
) -> tuple[Groups, Groups, Text]:
    """The segments of the earlier extract in both: who is in which, how many in each, and what they are called."""
    from analytics.features import read
    from analytics.segments import answer as fitted
    from analytics.segments import reading

    with then.scope(then.default_as_of, population) as scope:
        found = fitted.answer(scope, population, params)
        names = fitted.read_out(found, params).names
    with now.scope(now.default_as_of, population) as scope:
        table = read(
            scope, population, params.lookback_days, params.families or (), like=found.table
        )
    people = [
        (found.table.frame["customer_id"], found.numbers),
        (table.frame["customer_id"], found.frozen.numbers(table)),
    ]
    called = Text("; ".join(f"{key} {name.en}" for key, name in names.items()),
                  "；".join(f"{key} {name.zh}" for key, name in names.items()))  # fmt: skip
    before, after = (_groups(ids, reading.keys(numbers), "segment") for ids, numbers in people)
    return before, after, called


def _groups(ids: pl.Series, group: pl.Series, name: str) -> Groups:
    people = pl.DataFrame({"customer_id": ids, name: group})
    sizes = people.group_by(name).agg(customers=pl.len().cast(pl.Int64)).sort(name)
    return {
        "assignment": people,
        "frozen": sizes.with_columns(share=pl.col("customers") / max(people.height, 1)),
    }


APPLIED: Mapping[
    str, Callable[[Dataset, Dataset, Any, Population], tuple[Groups, Groups, Text]]
] = {
    "segments": segments,
}
