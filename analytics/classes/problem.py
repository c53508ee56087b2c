"""What is to be learnt: a label, the customers who have it, who is taught and who is judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from analytics.classes import learn
from analytics.classes.learn import Learnt
from analytics.classes.params import MODELS, ClassesParams
from analytics.dataset import Dataset, Population, Scope
from analytics.features import FeatureTable, read
from analytics.text import Text, UserError, day

MOST_CLASSES = 12
PREFERRED = ("customer_type", "risk_level", "acquisition_channel", "occupation", "region", "gender")
OTHER_SHARES = ("channel", "kind")


@dataclass(frozen=True)
class Problem:
    """What is to be learnt: customers with their label, and features on both days.

    Args:
        now: features at as_of.
        then: features on the day of teaching (the same table without a split by time).
        labels: label per customer of `now`, null without one.
        then_labels: the same per customer of `then`.
        judged: which customers of `now` are judged.
        then_taught: which customers of `then` are taught on.
        target: the class looked for.
    """

    now: FeatureTable
    then: FeatureTable
    labels: pl.Series
    then_labels: pl.Series
    judged: np.ndarray
    then_taught: np.ndarray
    target: str


def label_of(data: Dataset, params: ClassesParams) -> str | None:
    """The label asked for, or the first of few values."""
    if params.label is not None:
        return data.group(params.label).key
    groups = data.groups()
    own = [key for key, group in groups.items() if not group.from_data]
    order = [*(k for k in PREFERRED if k in own), *(k for k in own if k not in PREFERRED), *groups]
    return next((key for key in dict.fromkeys(order) if not key.startswith("audience:")), None)


def labels_of(scope: Scope, table: FeatureTable, label: str | None) -> pl.Series:
    """The label of every customer of the table, null without one."""
    if label is None:
        return pl.Series("truth", [None] * table.frame.height, dtype=pl.String)
    found = scope.query(
        "SELECT customer_key, group_name AS truth FROM customer_groups", step="labels"
    )
    return table.frame.select("customer_key").join(
        found, on="customer_key", how="left", maintain_order="left")["truth"]  # fmt: skip


def classes_of(labels: pl.Series) -> list[str]:
    """The classes that can be learnt: frequent enough, and not too many."""
    sizes = labels.drop_nulls().value_counts(sort=True).sort(
        ["count", labels.name], descending=[True, False])  # fmt: skip
    frequent = sizes.filter(pl.col("count") >= 2 * learn.FEWEST).head(MOST_CLASSES)
    return frequent[labels.name].to_list()


def problem_of(data: Dataset, params: ClassesParams, as_of: date, population: Population,
             table: FeatureTable, labels: pl.Series, kept: list[str]) -> Problem | None:  # fmt: skip
    """What is to be learnt; None with fewer than two classes or too few customers of one."""
    if params.target and params.target not in kept:
        raise UserError(Text(f"target: no class {params.target!r} with enough customers; expected one of {', '.join(kept) or '-'}.",
                             f"target：没有客户数足够的类别 {params.target!r}；可用：{'、'.join(kept) or '无'}。"), "target")  # fmt: skip
    if len(kept) < 2:
        return None
    labels = _only(labels, kept)
    then, then_labels = table, labels
    if params.split == "time":
        then, then_labels = _earlier(data, params, as_of, population, table, kept)
    ids = table.frame["customer_id"]
    apart = np.random.default_rng([params.seed, 3]).random(len(ids)) < params.judged_share
    unseen = set(ids.filter(pl.Series(apart)).to_list())
    judged = apart & labels.is_not_null().to_numpy()
    taught = np.array([one not in unseen for one in then.frame["customer_id"]], bool)
    taught &= then_labels.is_not_null().to_numpy()
    enough = _frequent(labels, judged) & _frequent(then_labels, taught)
    classes = [one for one in kept if one in enough]
    target = params.target or (classes[-1] if classes else "")
    if target not in classes or len(classes) < 2:
        return None
    labels, then_labels = _only(labels, classes), _only(then_labels, classes)
    judged &= labels.is_not_null().to_numpy()
    taught &= then_labels.is_not_null().to_numpy()
    return Problem(table, then, labels, then_labels, judged, taught, target)


def _frequent(labels: pl.Series, rows: np.ndarray) -> set[str]:
    """Labels that enough of the chosen customers have."""
    sizes = labels.filter(pl.Series(rows)).value_counts()
    return set(sizes.filter(pl.col("count") >= learn.FEWEST)["truth"].to_list())


def _earlier(data: Dataset, params: ClassesParams, as_of: date, population: Population,
             table: FeatureTable, kept: list[str]) -> tuple[FeatureTable, pl.Series]:  # fmt: skip
    """The same features on the day of teaching, with the labels of those customers."""
    label = label_of(data, params)
    with data.scope(as_of - timedelta(days=params.split_days), population, label) as scope:
        then = read(scope, population, params.lookback_days, OTHER_SHARES, like=table)
        return then, _only(labels_of(scope, then, label), kept)


def _only(labels: pl.Series, kept: list[str]) -> pl.Series:
    """The labels that are classes; null for the others."""
    return labels.to_frame().select(
        pl.when(pl.col("truth").is_in(kept)).then("truth").alias("truth")
    )["truth"]


def taught(problem: Problem, params: ClassesParams, as_of: date) -> dict[str, Learnt]:
    """Every model, judged on the same customers."""
    known = (problem.then.matrix()[problem.then_taught],
             problem.then_labels.filter(pl.Series(problem.then_taught)).to_numpy().astype(str))  # fmt: skip
    judged = (problem.now.matrix()[problem.judged],
              problem.labels.filter(pl.Series(problem.judged)).to_numpy().astype(str))  # fmt: skip
    earlier = as_of - timedelta(days=params.split_days)
    held_out = Text("customers set aside", "留出客户") if params.split == "customers" else Text(
        f"customers set aside, taught as of {earlier}", f"留出客户（训练数据截至{day(earlier, 'zh')}）")  # fmt: skip
    return {key: learn.teach(key, known, judged, problem.target, held_out, params.depth, params.seed)
            for key in MODELS}  # fmt: skip
