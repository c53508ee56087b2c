"""What the segments are called, and the tables that say it: names proposed from the rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from analytics.features import Feature
from analytics.segments.reading import OUTLIERS
from analytics.segments.rule import Condition, Rule
from analytics.text import Text

EVERYBODY = Text("All customers", "全部客户")
NOT_ASSIGNED = Text("Outliers", "离群客户")
INACTIVE = Text("No activity", "无活动客户")
HIGH, LOW = Text("{title}: high", "{title}高"), Text("{title}: low", "{title}低")


def names(rules: Mapping[str, Rule], profiles: pl.DataFrame, features: Sequence[Feature],
          own: Mapping[str, str]) -> dict[str, Text]:  # fmt: skip
    """The name of every segment: given by hand, else proposed, each only once."""
    found: dict[str, Text] = {}
    for key, one in rules.items():
        proposed = Text(own[key], own[key]) if key in own else _proposed(one, profiles, features)
        if proposed in found.values():
            proposed = Text(f"{proposed.en} ({key})", f"{proposed.zh}（{key}）")
        found[key] = proposed
    return found


def _proposed(one: Rule, profiles: pl.DataFrame, features: Sequence[Feature]) -> Text:
    if one.segment == OUTLIERS:
        return NOT_ASSIGNED
    mine = profiles.filter(segment=one.segment)
    if _inactive(mine):
        return INACTIVE
    parts = [_short(c) for c in one.conditions[:2]] or _strongest(mine, features)
    return (
        Text(", ".join(p.en for p in parts), "、".join(p.zh for p in parts)) if parts else EVERYBODY
    )


def _inactive(mine: pl.DataFrame) -> bool:
    """Whether most of the segment had no active day while others had."""
    days = mine.filter(pl.col("feature").is_in(["active_days", "transactions"]))
    return bool(days.height) and bool(
        ((days["upper_quartile"] == 0) & (days["overall_median"] > 0)).all()
    )


def _short(one: Condition) -> Text:
    return (HIGH if one.at_least else LOW).fill(title=one.feature.title)


def _strongest(mine: pl.DataFrame, features: Sequence[Feature]) -> list[Text]:
    """The feature that differs most, where no rule was found."""
    rows = mine.drop_nulls("difference").sort(pl.col("difference").abs(), descending=True).head(1)
    titles = {one.key: one.title for one in features}
    return [(HIGH if d > 0 else LOW).fill(title=titles[key])
            for key, d in rows.select("feature", "difference").iter_rows()]  # fmt: skip


def segments(rules: Mapping[str, Rule], names: Mapping[str, Text], customers: int) -> pl.DataFrame:
    """One row per segment, the largest first; `rule_sql` is a condition over `feature_table`."""
    rows = [(key, names[key].en, names[key].zh, one.members, one.members / max(customers, 1),
             one.said().en, one.said().zh, one.precision, one.recall, one.sql())
            for key, one in rules.items()]  # fmt: skip
    schema = {"segment": pl.String, "name": pl.String, "name_zh": pl.String, "customers": pl.Int64,
              "share": pl.Float64, "rule": pl.String, "rule_zh": pl.String, "precision": pl.Float64,
              "recall": pl.Float64, "rule_sql": pl.String}  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row").sort(
        "customers", "segment", descending=[True, False])  # fmt: skip


def features(used: Sequence[Feature]) -> pl.DataFrame:
    """What each clustered feature means."""
    rows = [(f.key, f.title.en, f.title.zh, f.unit.en, f.unit.zh, f.definition.en, f.definition.zh)
            for f in used]  # fmt: skip
    columns = ("feature", "title", "title_zh", "unit", "unit_zh", "definition", "definition_zh")
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
