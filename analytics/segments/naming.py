"""What the segments are called, and the tables that say it.

A name is proposed from what the rule compares first and from the largest standardised differences,
each as a phrase a banker would use, at most three and each of its own topic (`features.phrases`):
"High balance, many “card” movements, seldom active".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from analytics.features import Feature
from analytics.features.phrases import phrase
from analytics.segments.reading import OUTLIERS
from analytics.segments.rule import Rule, written
from analytics.segments.selection import Selection
from analytics.text import Text, count, share

EVERYBODY = Text("All customers", "全部客户")
NOT_ASSIGNED = Text("Outliers", "离群客户")
INACTIVE = Text("No activity", "无活动客户")
MIDDLE = Text("Like the average", "接近平均")
OVERALL, ALL_ACTIVE = Text("overall", "总体"), Text("all active", "活跃客户总体")
MOST_PHRASES, PLAIN = 3, 0.5  # a difference below half a standard deviation is not worth a word
TOLD, NOT_DONE = 3, 0.5


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
    parts = _phrases(one, mine, {feature.key: feature for feature in features})
    if not parts:
        return MIDDLE if one.conditions else EVERYBODY
    english = ", ".join(part.en for part in parts)
    return Text(english[:1].upper() + english[1:], "、".join(part.zh for part in parts))


def _inactive(mine: pl.DataFrame) -> bool:
    """Whether most of the segment had no active day while others had."""
    days = mine.filter(pl.col("feature").is_in(["active_days", "transactions"]))
    return bool(days.height) and bool(
        ((days["upper_quartile"] == 0) & (days["overall_mean"] > 0)).all()
    )


def _phrases(one: Rule, mine: pl.DataFrame, features: Mapping[str, Feature]) -> list[Text]:
    """Phrases of the rule's first condition, then of the largest differences, one of each topic.

    Of the extract's own kinds and channels, what a segment does says more than what it does not.
    """
    far = {key: d for key, d in mine.select("feature", "distance").iter_rows()
           if d is not None and abs(d) >= PLAIN}  # fmt: skip
    weak = {key for key, d in far.items() if d < 0 and features[key].of_data}
    ranked = sorted(far, key=lambda key: -abs(far[key]) * (NOT_DONE if key in weak else 1))
    first = [c.feature.key for c in one.conditions[:1] if c.feature.key in far.keys() - weak]
    said: dict[str, Text] = {}
    for key in dict.fromkeys([*first, *ranked]):
        words = phrase(features[key])
        said.setdefault(words.topic, words.more if far[key] > 0 else words.less)
    return list(said.values())[:MOST_PHRASES]


def segments(rules: Mapping[str, Rule], names: Mapping[str, Text], profiles: pl.DataFrame,
             features: Sequence[Feature], customers: int, beside: Text = OVERALL) -> pl.DataFrame:  # fmt: skip
    """One row per segment, the largest first; `rule_sql` is a condition over `feature_table`."""
    told = {key: told_of(one, profiles, features, beside) for key, one in rules.items()}
    rows = [(key, names[key].en, names[key].zh, one.members, one.members / max(customers, 1),
             told[key].en, told[key].zh, one.said().en, one.said().zh, one.precision, one.recall,
             one.sql()) for key, one in rules.items()]  # fmt: skip
    schema = {"segment": pl.String, "name": pl.String, "name_zh": pl.String, "customers": pl.Int64,
              "share": pl.Float64, "told": pl.String, "told_zh": pl.String, "rule": pl.String,
              "rule_zh": pl.String, "precision": pl.Float64, "recall": pl.Float64,
              "rule_sql": pl.String}  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row").sort(
        "customers", "segment", descending=[True, False])  # fmt: skip


def told_of(one: Rule, profiles: pl.DataFrame, features: Sequence[Feature], beside: Text) -> Text:
    """A segment as a sentence: what is typical of it beside others, and how good its rule is.

    Args:
        one: its rule.
        profiles: see `profile.profiles`.
        features: those of the profiles.
        beside: whose medians the profiles hold as overall ones.
    """
    titles = {feature.key: feature for feature in features}
    mine = profiles.filter(segment=one.segment).drop_nulls("distance")
    far = mine.filter(pl.col("distance").abs() >= PLAIN).sort(
        pl.col("distance").abs(), descending=True
    )
    parts: list[Text] = []
    topics: set[str] = set()
    for row in far.iter_rows(named=True):
        feature = titles[row["feature"]]
        topic = phrase(feature).topic
        if topic in topics or row["median"] == row["overall_median"] or len(parts) == TOLD:
            continue
        topics.add(topic)
        parts.append(Text("{title} {own} ({beside} {all})", "{title}{own}（{beside}{all}）").fill(
            beside=beside,
            title=feature.title, own=written(feature, row["median"], beside_title=True),
            all=written(feature, row["overall_median"], beside_title=True)))  # fmt: skip
    typical = Text("Typical: {parts}. ", "典型值：{parts}。").fill(parts=Text(
        "; ".join(p.en for p in parts), "；".join(p.zh for p in parts))) if parts else Text("", "")  # fmt: skip
    rule = Text("Rule: {rule}. It names {matched} customers; {precision} of them belong here, and it finds {recall} of the segment.",
                "规则：{rule}。符合者{matched}位，其中 {precision} 属于本群，覆盖本群的 {recall}。").fill(
        rule=one.said(), precision=share(one.precision), recall=share(one.recall),
        matched=Text(count(one.matched, "en"), count(one.matched, "zh")))  # fmt: skip
    return Text(typical.en + rule.en, typical.zh + rule.zh)


STATUSES = {
    "used": Text("Used", "已使用"),
    "hardly_varies": Text("Left out: hardly varies", "未使用：取值几乎相同"),
    "same_as_another": Text("Left out: repeats another", "未使用：与其他特征重复"),
}


def features(known: Mapping[str, Feature], selection: Selection) -> pl.DataFrame:
    """What each feature means, whether it was used, and which one it repeats if not."""
    rows = []
    for key, status, like in selection.why.iter_rows():
        one, other = known[key], known.get(like)
        like_title = (None, None) if other is None else (other.title.en, other.title.zh)
        rows.append((key, one.title.en, one.title.zh, status, *like_title, one.unit.en, one.unit.zh,
                     one.definition.en, one.definition.zh))  # fmt: skip
    columns = ("feature", "title", "title_zh", "status", "like", "like_zh", "unit", "unit_zh",
               "definition", "definition_zh")  # fmt: skip
    found = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    return found.sort(pl.col("status") != "used", maintain_order=True)


def titled(frame: pl.DataFrame, features: Sequence[Feature]) -> pl.DataFrame:
    """The frame with the titles of its features beside their keys, in both languages."""
    rows = [(one.key, one.title.en, one.title.zh) for one in features]
    titles = pl.DataFrame(
        rows, schema=dict.fromkeys(("feature", "title", "title_zh"), pl.String), orient="row"
    )
    rest = [name for name in frame.columns if name not in ("segment", "feature")]
    first = [name for name in ("segment", "feature") if name in frame.columns]
    return frame.join(titles, on="feature", how="left", maintain_order="left").select(
        *first, "title", "title_zh", *rest)  # fmt: skip
