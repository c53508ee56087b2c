"""The classes: labels and features brought together, models judged, tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from analytics import evaluation
from analytics.classes import learn
from analytics.classes.learn import Learnt
from analytics.classes.params import MODELS, ClassesParams
from analytics.dataset import EVERYBODY, Dataset, Population, Provenance, Scope
from analytics.features import Feature, FeatureTable, read
from analytics.memo import remember
from analytics.text import Text, UserError, day

MOST_CLASSES = 12
PREFERRED = ("customer_type", "risk_level", "acquisition_channel", "occupation", "region", "gender")
JUDGED, TAUGHT, UNLABELLED = "judged", "taught", "unlabelled"
OTHER_SHARES = ("channel", "kind")


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


def compute(data: Dataset, params: ClassesParams, as_of: date,
            population: Population = EVERYBODY) -> ClassesResult:  # fmt: skip
    """Learn a label from behaviour, and judge how well that works on unseen customers."""
    label = _label(data, params)
    title = data.group(label).title if label else Text("", "")
    with data.scope(as_of, population, label) as scope:
        table = read(scope, population, params.lookback_days, OTHER_SHARES)
        labels = _labels(scope, table, label)
        sql = scope.sql()
        groups = _groups(data, as_of, population, params.by)
        kept = _kept(labels)
        problem = _problem(data, params, as_of, population, table, labels, kept)
        asked = tuple(
            (n, v) for n, v in vars(params).items() if n not in ("model", "capacity", "by")
        )
        learnt: dict[str, Learnt] = {}
        if problem is not None:
            known = problem
            learnt = remember(scope, population, label, ("classes", asked),
                              lambda: _taught(known, params, as_of))  # fmt: skip
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


def _label(data: Dataset, params: ClassesParams) -> str | None:
    """The label asked for, or the first of few values."""
    if params.label is not None:
        return data.group(params.label).key
    groups = data.groups()
    own = [key for key, group in groups.items() if not group.from_data]
    order = [*(k for k in PREFERRED if k in own), *(k for k in own if k not in PREFERRED), *groups]
    return next((key for key in dict.fromkeys(order) if not key.startswith("audience:")), None)


def _labels(scope: Scope, table: FeatureTable, label: str | None) -> pl.Series:
    """The label of every customer of the table, null without one."""
    if label is None:
        return pl.Series("truth", [None] * table.frame.height, dtype=pl.String)
    found = scope.query(
        "SELECT customer_key, group_name AS truth FROM customer_groups", step="labels"
    )
    return table.frame.select("customer_key").join(
        found, on="customer_key", how="left", maintain_order="left")["truth"]  # fmt: skip


def _groups(
    data: Dataset, as_of: date, population: Population, by: str | None
) -> pl.DataFrame | None:
    if by is None:
        return None
    with data.scope(as_of, population, by) as scope:
        return scope.query("SELECT customer_id, group_name AS \"group\" FROM customer_groups "
                           "JOIN customers USING (customer_key)", step="groups")  # fmt: skip


def _kept(labels: pl.Series) -> list[str]:
    """The classes that can be learnt: frequent enough, and not too many."""
    sizes = labels.drop_nulls().value_counts(sort=True).sort(
        ["count", labels.name], descending=[True, False])  # fmt: skip
    frequent = sizes.filter(pl.col("count") >= 2 * learn.FEWEST).head(MOST_CLASSES)
    return frequent[labels.name].to_list()


def _problem(data: Dataset, params: ClassesParams, as_of: date, population: Population,
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
    label = _label(data, params)
    with data.scope(as_of - timedelta(days=params.split_days), population, label) as scope:
        then = read(scope, population, params.lookback_days, OTHER_SHARES, like=table)
        return then, _only(_labels(scope, then, label), kept)


def _only(labels: pl.Series, kept: list[str]) -> pl.Series:
    """The labels that are classes; null for the others."""
    return labels.to_frame().select(
        pl.when(pl.col("truth").is_in(kept)).then("truth").alias("truth")
    )["truth"]


def _taught(problem: Problem, params: ClassesParams, as_of: date) -> dict[str, Learnt]:
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
