"""The sample bank's own truth, held against what the analyses find: "found 8 of 9 planted rules".

Only the sample bank has a truth. It is known by its customers: the file beside the sample names every
one of them, and an extract with exactly these customers is the sample bank under whatever name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from analytics.dataset import Dataset
from analytics.run import Run
from analytics.text import Text, count

SAMPLES = Path(__file__).parent.parent / "sample_data"
FOUND = {
    "rules": Text("Planted: found {n} of {all} product rules.", "预埋检验：{all}条产品规则中找到{n}条。"),
    "lifecycle": Text("Planted: {n} of {all} customers stand in their true stage.", "预埋检验：{all}位客户中{n}位阶段判断正确。"),
    "segments": Text("Planted: {n} of {all} customers are among those of their own habit.", "预埋检验：{all}位客户中{n}位归入本类行为的分群。"),
    "anomalies": Text("Planted: {n} of {all} unusual customers are among the cases.", "预埋检验：{all}位异常客户中{n}位被识别。"),
    "sequences": Text("Planted: found {n} of {all} sequences that come before leaving.", "预埋检验：{all}条流失前序列中找到{n}条。"),
}  # fmt: skip


def truth_of(data: Dataset) -> dict[str, Any] | None:
    """What was planted, if this is the sample bank; None for any other extract."""
    for path in sorted(SAMPLES.glob("bank_*/truth.json")):
        truth: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        ids = data.query("SELECT customer_id FROM customers")["customer_id"]
        if (
            ids.len() == len(truth["segments"])
            and set(ids) == truth["segments"].keys()
            and _speaks(data, truth)
        ):
            return truth
    return None


def planted(run: Run, truth: Mapping[str, Any]) -> tuple[int, int] | None:
    """How much of what was planted a run found: (found, planted); None where nothing was planted for it."""
    check = _CHECKS.get(run.analysis.key)
    return check(run, truth) if check else None


def said(run: Run, truth: Mapping[str, Any]) -> Text | None:
    """The same as a sentence."""
    found = planted(run, truth)
    if found is None or not found[1]:
        return None
    n, of_all = (Text(count(number, "en"), count(number, "zh")) for number in found)
    return FOUND[run.analysis.key].fill(n=n, all=of_all)


def _speaks(data: Dataset, truth: Mapping[str, Any]) -> bool:
    """Whether the extract is in the language of this truth: both banks have the same customers."""
    if not data.has("accounts.product") or not truth["rules"]:
        return True
    products = set(data.query("SELECT DISTINCT product FROM accounts")["product"].drop_nulls())
    return truth["rules"][0]["consequent"] in products


def _rules(run: Run, truth: Mapping[str, Any]) -> tuple[int, int]:
    """Sets of products believed; a rule and its mirror image are one."""
    believed = {frozenset([*a.split(" & "), *c.split(" & ")])
                for a, c in run.tables["rules"].select("antecedent", "consequent").rows()}  # fmt: skip
    wanted = [frozenset([*one["antecedent"], one["consequent"]]) for one in truth["rules"]]
    return sum(one in believed for one in wanted), len(wanted)


def _stages(run: Run, truth: Mapping[str, Any]) -> tuple[int, int]:
    rows = run.tables["stages"].select("customer_id", "stage").rows()
    return sum(truth["stages"].get(one) == stage for one, stage in rows), len(rows)


def _habits(run: Run, truth: Mapping[str, Any]) -> tuple[int, int]:
    """Each segment stands for the habit most of its customers have."""
    rows = run.tables["assignment"].select("customer_id", "segment").with_columns(
        habit=pl.col("customer_id").replace_strict(truth["segments"], default=None))  # fmt: skip
    most = (
        rows.drop_nulls()
        .group_by("segment", "habit")
        .len()
        .group_by("segment")
        .agg(pl.col("len").max())
    )
    return int(most["len"].sum()), rows.height


def _unusual(run: Run, truth: Mapping[str, Any]) -> tuple[int, int]:
    wanted = {one["customer_id"] for one in truth["anomalies"]}
    return len(wanted & set(run.tables["cases"]["customer_id"])), len(wanted)


def _before_leaving(run: Run, truth: Mapping[str, Any]) -> tuple[int, int]:
    wanted = [" > ".join(one["events"]) for one in truth["sequences"]]
    contrast = run.tables.get("contrast")
    found = set() if contrast is None else set(contrast.filter(pl.col("q") <= 0.05)["pattern"])
    return sum(one in found for one in wanted), len(wanted)


_CHECKS: Mapping[str, Callable[[Run, Mapping[str, Any]], tuple[int, int]]] = {
    "rules": _rules, "lifecycle": _stages, "segments": _habits, "anomalies": _unusual, "sequences": _before_leaving,
}  # fmt: skip
