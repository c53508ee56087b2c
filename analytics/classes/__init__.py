"""Classes: a label learnt from behaviour, by four models judged on customers they have not seen.

Definition
----------
The label is an attribute of the customers (their type, their risk preference) or a kept audience;
its classes are the values of at least ten customers. The features are those of `analytics.features`
at `as_of`. A share `judged_share` of the customers is set aside by a seeded draw; a decision tree, a
random forest, a logistic regression and a support vector machine are taught on the others (with
`split` = time, on their features `split_days` earlier) and judged on those set aside: accuracy,
confusion, precision and recall of each class, and for the class looked for the areas under
precision-recall and ROC (`analytics.evaluation`, the one board of the house). The threshold comes
from `capacity`. Customers without a label are given one by the same model.

Denominator: customers set aside that have one of the classes. A value too rare to be a class counts
as no label.

Why classes weigh alike: where 93 % are of one type, a model that always says so is right 93 % of the
time and finds nobody. Scores are ranks, therefore, and are not shown as probabilities.

Read on: `params`, `problem` (who is taught and who judged), `learn` (models), `result`, `words`, `charts`.

Literature: L. Breiman, Machine Learning 45 (2001), 5-32, for forests and permutation importance; C.
Cortes, V. Vapnik, Machine Learning 20 (1995), 273-297; J. Davis, M. Goadrich, ICML 2006, for
precision-recall beside ROC.
"""

from analytics.classes import charts, words
from analytics.classes.params import MODELS, ClassesParams
from analytics.classes.result import ClassesResult, compute, members, tables
from analytics.registry import Analysis, ChartSpec, Need
from analytics.text import Text

__all__ = ["ANALYSES", "ClassesParams", "ClassesResult", "compute", "members", "tables"]


def _chart(key: str, title: Text, build: object, table: str) -> ChartSpec:
    return ChartSpec(
        key=key, title=title, build=build, table=table,  # type: ignore[arg-type]
        alt_text=lambda result, lang: words.alt(result, title, lang),
        shown=lambda result: table in result.tables)  # fmt: skip


CHARTS = (
    _chart("confusion", words.CONFUSION, charts.confusion, "confusion"),
    _chart("precision_recall", words.PRECISION_RECALL, charts.precision_recall, "curve"),
    _chart("roc", words.ROC, charts.roc, "curve"),
    _chart("models", words.MODELS_TITLE, charts.models, "models"),
    _chart("importance", words.IMPORTANCE, charts.importance, "importance"),
    _chart("labels", words.LABELS, charts.labels, "labels"),
    _chart("breakdown", words.BREAKDOWN, charts.breakdown, "breakdown"),
)

ANALYSES = {
    "classes": Analysis(
        key="classes", title=words.TITLE, question=words.QUESTION, page="customers/classes",
        params=ClassesParams, compute=compute, tables=tables, headline=words.headline, charts=CHARTS,
        members=members, definition=words.DEFINITION,
        titles={"status": words.STATUS_TITLES, "model": MODELS, "truth": words.LABEL_TITLES,
                "predicted": words.LABEL_TITLES, "class": words.LABEL_TITLES},
        count_titles=words.COUNT_TITLES,
        needs=(
            Need(path="transactions.happened_at"),
            Need(path="transactions.amount"),
            Need(path="customers.customer_type|customers.risk_level", required=False, without=Text(
                "choose another attribute or a kept audience as the label",
                "请选择其他属性或已保存客群作为标签")),
        )),
}  # fmt: skip
