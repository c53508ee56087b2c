"""The classes: labels and features brought together, models judged, tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from analytics import evaluation
from analytics.classes import learn
from analytics.classes.learn import Learnt
from analytics.classes.params import ClassesParams
from analytics.classes.problem import (
    OTHER_SHARES,
    Problem,
    classes_of,
    label_of,
    labels_of,
    problem_of,
    taught,
)
from analytics.dataset import EVERYBODY, Dataset, Population, Provenance
from analytics.features import Feature, FeatureTable, read
from analytics.memo import remember
from analytics.text import Text, UserError

JUDGED, TAUGHT, UNLABELLED = "judged", "taught", "unlabelled"


@dataclass(frozen=True)
class ClassesResult:
    """Every number the page, the headline and the charts show.

    Args:
        provenance: where it comes from.
        params: as given.
        label: the group that was foretold; None where there is none.
        label_title: its name.
        target: the class looked for; None where nothing could be learnt.
        customers: customer_id, truth, predicted, score, status, flagged, and group with a breakdown.
        features: what the models saw.
        learnt: every model by key; empty where nothing could be learnt.
        tables: by name, the main one first.
    """

    provenance: Provenance
    params: ClassesParams
    label: str | None
    label_title: Text
    target: str | None
    customers: pl.DataFrame
    features: tuple[Feature, ...]
    learnt: Mapping[str, Learnt]
    tables: dict[str, pl.DataFrame]

    @property
    def counts(self) -> Mapping[str, int]:
        """Denominators by name."""
        return self.provenance.counts

    @property
    def chosen(self) -> Learnt | None:
        """The model shown in detail."""
        return self.learnt.get(self.params.model)


def compute(data: Dataset, params: ClassesParams, as_of: date,
            population: Population = EVERYBODY) -> ClassesResult:  # fmt: skip
    """Learn a label from behaviour, and judge how well that works on unseen customers."""
    label = label_of(data, params)
    title = data.group(label).title if label else Text("", "")
    with data.scope(as_of, population, label) as scope:
        table = read(scope, population, params.lookback_days, OTHER_SHARES)
        labels = labels_of(scope, table, label)
        sql = scope.sql()
        groups = _groups(data, as_of, population, params.by)
        kept = classes_of(labels)
        problem = problem_of(data, params, as_of, population, table, labels, kept)
        asked = tuple(
            (n, v) for n, v in vars(params).items() if n not in ("model", "capacity", "by")
        )
        learnt: dict[str, Learnt] = {}
        if problem is not None:
            known = problem
            learnt = remember(scope, population, label, ("classes", asked),
                              lambda: taught(known, params, as_of))  # fmt: skip
    customers = _predicted(
        table, labels if problem is None else problem.labels, problem, learnt, params
    )
    if groups is not None:
        customers = customers.join(groups, on="customer_id", how="left", maintain_order="left")
    tables = _tables(customers, table, problem, learnt, params)
    status = customers["status"]
    counts = {"customers": customers.height, "features": len(table.features),
              "taught": int((status == TAUGHT).sum()), "judged": int((status == JUDGED).sum()),
              "unlabelled": int((status == UNLABELLED).sum())}  # fmt: skip
    kept_tables = {n: f for n, f in tables.items() if f.height or not customers.height}
    return ClassesResult(
        Provenance(as_of, population, data.fingerprint, sql, counts), params, label, title,
        None if problem is None else problem.target, customers, table.features, learnt, kept_tables)  # fmt: skip


def _groups(
    data: Dataset, as_of: date, population: Population, by: str | None
) -> pl.DataFrame | None:
    if by is None:
        return None
    with data.scope(as_of, population, by) as scope:
        return scope.query("SELECT customer_id, group_name AS \"group\" FROM customer_groups "
                           "JOIN customers USING (customer_key)", step="groups")  # fmt: skip


def _predicted(table: FeatureTable, labels: pl.Series, problem: Problem | None,
               learnt: Mapping[str, Learnt], params: ClassesParams) -> pl.DataFrame:  # fmt: skip
    """customer_id, truth, status, predicted, score, flagged; in the order of the id."""
    n = table.frame.height
    status = np.where(labels.is_null().to_numpy(), UNLABELLED, TAUGHT) if n else np.array([], str)
    predicted: list[str | None] = [None] * n
    score: list[float | None] = [None] * n
    flagged = np.zeros(n, bool)
    if problem is not None:
        one = learnt[params.model]
        status = np.where(problem.judged, JUDGED, status)
        asked = np.flatnonzero(status != TAUGHT)
        values = table.matrix()[asked]
        found = learn.scores(one.model, values, one.classes.index(problem.target))
        for at, label, value in zip(asked.tolist(), one.model.predict(values), found, strict=True):
            predicted[at], score[at] = str(label), float(value)
        flagged[asked] = evaluation.at_capacity(found, params.capacity)
    return table.frame.select("customer_id").with_columns(
        pl.Series("truth", labels, dtype=pl.String), pl.Series("status", status, dtype=pl.String),
        pl.Series("predicted", predicted, dtype=pl.String), pl.Series("score", score, dtype=pl.Float64),
        pl.Series("flagged", flagged))  # fmt: skip


def _tables(customers: pl.DataFrame, table: FeatureTable, problem: Problem | None,
            learnt: Mapping[str, Learnt], params: ClassesParams) -> dict[str, pl.DataFrame]:  # fmt: skip
    """The tables; those of the models only where something was learnt."""
    labels = customers.group_by("truth").agg(customers=pl.len().cast(pl.Int64)).with_columns(
        share=pl.col("customers") / pl.col("customers").sum()).sort(
        "customers", "truth", descending=[True, False], nulls_last=True)  # fmt: skip
    tables = {"labels": labels}
    if problem is not None:
        one = learnt[params.model]
        truth = problem.labels.filter(pl.Series(problem.judged)).to_numpy().astype(str)
        shown = customers.filter(pl.col("status") != TAUGHT).select(
            "customer_id", "predicted", "score", "flagged", "truth", "status")  # fmt: skip
        importance = learn.importance(one, problem.now.matrix()[problem.judged], truth,
                                      [f.key for f in table.features], problem.target, params.seed)  # fmt: skip
        titles = pl.DataFrame([(f.key, f.title.en, f.title.zh) for f in table.features],
                              schema=["feature", "title", "title_zh"], orient="row")  # fmt: skip
        tables = {
            "predictions": shown.sort("score", "customer_id", descending=[True, False]),
            "models": _models(learnt, truth),
            "classes": evaluation.by_class(truth, one.predicted, one.classes),
            "confusion": evaluation.confusion(truth, one.predicted, one.classes),
            "curve": one.board.curve, "top": one.board.top,
            "importance": importance.join(titles, on="feature", maintain_order="left").select(
                "feature", "title", "title_zh", "importance", "spread"),
            **tables,
        }  # fmt: skip
    if "group" in customers.columns:
        tables["breakdown"] = _by_group(customers)
    return tables


def _models(learnt: Mapping[str, Learnt], truth: np.ndarray) -> pl.DataFrame:
    """One row per model, the best precision-recall area first."""
    rows = []
    for key, one in learnt.items():
        classes = evaluation.by_class(truth, one.predicted, one.classes)
        rows.append((key, float((one.predicted == truth).mean()), classes["recall"].mean(),
                     one.board.roc_auc, one.board.pr_auc, one.board.base_rate))  # fmt: skip
    return pl.DataFrame(rows, orient="row", schema={
        "model": pl.String, "accuracy": pl.Float64, "mean_recall": pl.Float64, "roc_auc": pl.Float64,
        "pr_auc": pl.Float64, "base_rate": pl.Float64}).sort("pr_auc", "model", descending=[True, False])  # fmt: skip


def _by_group(customers: pl.DataFrame) -> pl.DataFrame:
    """group, customers, judged, right (share of the judged), flagged; the largest first."""
    judged = pl.col("status") == JUDGED
    right = (pl.col("truth") == pl.col("predicted")).filter(judged).mean()
    return customers.group_by("group").agg(
        customers=pl.len().cast(pl.Int64), judged=judged.sum().cast(pl.Int64),
        accuracy=right, flagged=pl.col("flagged").sum().cast(pl.Int64),
    ).sort("customers", "group", descending=[True, False], nulls_last=True)  # fmt: skip


def tables(result: ClassesResult) -> dict[str, pl.DataFrame]:
    """The result's tables by name, the main one first."""
    return dict(result.tables)


KEYS: Mapping[str, tuple[str, ...]] = {
    "predictions": ("customer_id",), "labels": ("truth",), "confusion": ("truth", "predicted"),
    "classes": ("class",), "curve": ("threshold",), "top": ("flagged",), "models": (), "importance": (),
    "breakdown": ("group",),
}  # fmt: skip


def members(result: ClassesResult, table: str, row: Mapping[str, Any]) -> pl.Series:
    """Ids of the customers behind one row (or a part of one) of a table."""
    names = KEYS.get(table)
    known = {} if names is None else {n: row[n] for n in names if n in row}
    if names is None or table not in result.tables or (names and not known):
        raise UserError(Text(f"No row of {table!r} is described; expected {', '.join(names or KEYS)}.",
                             f"未指明“{table}”的行；应包含 {', '.join(names or KEYS)}。"), "row")  # fmt: skip
    people = result.customers
    if table not in ("labels", "predictions", "breakdown"):
        people = people.filter(status=JUDGED)
    if table == "curve":
        return people.filter(pl.col("score") >= known["threshold"])["customer_id"]
    if table == "top":
        best = people.sort("score", "customer_id", descending=[True, False])
        return best.head(int(known["flagged"]))["customer_id"].sort()
    if "class" in known:
        known["truth"] = known.pop("class")
    same = [pl.col(n).eq_missing(pl.lit(v)) for n, v in known.items()]
    return people.filter(pl.all_horizontal(pl.lit(True), *same))["customer_id"]
