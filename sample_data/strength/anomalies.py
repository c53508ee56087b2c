"""Anomalies: mean plus three standard deviations against rules on the customer's own history."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from sample_data.history import SINGLE_KINDS
from sample_data.world import Block

LARGE, SURELY = 4.0, 100.0
"""Times the customer's usual largest movement; a score above all amounts, for a pattern met."""
HISTORY = 10
"""Movements of a customer that are not judged, for want of a history."""


@dataclass(frozen=True)
class Score:
    """How well a method finds the planted cases (customer and day).

    Args:
        recall: share of the planted cases flagged.
        precision: share of planted cases among as many best flags as there are planted cases.
        in_two_percent: share of the anomalous customers among the first 2 % by their best case.
        innocent_first_percent: innocent customers among the first 1 %.
        by_kind: recall of each kind.
    """

    recall: float
    precision: float
    in_two_percent: float
    innocent_first_percent: int
    by_kind: dict[str, float]


def naive(block: Block) -> Score:
    """Movements above the customer's mean plus three standard deviations of the amount."""
    size = pl.col("cents").abs()
    scored = _moved(block).with_columns(
        score=(size - size.mean().over("customer")) / size.std().over("customer")
    )
    return _score(block, _cases(scored.filter(pl.col("score") > 3)))


def careful(block: Block) -> Score:
    """The union of nine plain rules, each against the customer's own history."""
    moved = _moved(block)
    return _score(block, _cases(pl.concat([rule(moved, block) for rule in RULES])))


def _moved(block: Block) -> pl.DataFrame:
    """Movements with others; `usual` is the customer's 97th percentile of the size, in cents."""
    kinds = pl.col("kind").cast(pl.String).is_in([*SINGLE_KINDS])
    leaving = (pl.col("mark") == "innocent:leaving").fill_null(False)
    size = pl.col("cents").abs()
    return (
        block.movements.filter(kinds & ~leaving & (pl.col("account") == pl.col("customer")))
        .sort("customer", "happened_at")
        .with_columns(day=pl.col("happened_at").dt.date())
        .with_columns(
            usual=size.quantile(0.97).over("customer"),
            place=pl.int_range(pl.len()).over("customer"),
        )
        .filter(pl.col("place") >= HISTORY)
    )


def _large(moved: pl.DataFrame, _: Block) -> pl.DataFrame:
    """Sizes many times the usual largest: large, dormant then large, new device then large."""
    ratio = pl.col("cents").abs() / pl.col("usual")
    return moved.with_columns(score=ratio).filter(ratio >= LARGE).select("customer", "day", "score")


def _lifted(moved: pl.DataFrame, _: Block) -> pl.DataFrame:
    """Days whose net inflow is many times the usual largest movement."""
    return (
        moved.group_by("customer", "day")
        .agg(score=pl.col("cents").sum() / pl.col("usual").first())
        .filter(pl.col("score") >= LARGE)
    )


def _counted(moved: pl.DataFrame, which: pl.Expr, least: int) -> pl.DataFrame:
    """Days with at least so many movements of that sort."""
    counts = moved.filter(which).group_by("customer", "day").agg(n=pl.len())
    return counts.filter(pl.col("n") >= least).select(
        "customer", "day", score=SURELY + pl.col("n").cast(pl.Float64)
    )


def _burst(moved: pl.DataFrame, _: Block) -> pl.DataFrame:
    out = moved.filter(pl.col("cents") < 0)
    eighth = pl.col("happened_at").shift(-7).over("customer") - pl.col("happened_at")
    return _counted(out.with_columns(fast=eighth < pl.duration(hours=1)), pl.col("fast"), 1)


def _structuring(moved: pl.DataFrame, _: Block) -> pl.DataFrame:
    return _counted(moved, pl.col("cents").abs().is_between(4_500_000, 4_999_999), 3)


def _night(moved: pl.DataFrame, _: Block) -> pl.DataFrame:
    return _counted(moved, pl.col("happened_at").dt.hour() < 5, 3)


def _in_out(moved: pl.DataFrame, _: Block) -> pl.DataFrame:
    """Days that begin or end 48 hours in which much came in and nearly all of it left."""
    daily = moved.group_by("customer", "day", maintain_order=True).agg(
        came=pl.col("cents").filter(pl.col("cents") > 0).sum(),
        left=-pl.col("cents").filter(pl.col("cents") < 0).sum(),
        usual=pl.col("usual").first(),
    )
    following = pl.col("day").shift(-1).over("customer") - pl.col("day") <= pl.duration(days=1)
    after = pl.when(following).then(pl.col("left").shift(-1).over("customer")).otherwise(0)
    left = pl.max_horizontal(pl.col("left"), pl.col("left") + after)
    passed = (pl.col("came") >= 1.4 * pl.col("usual")) & (left / pl.col("came")).is_between(
        0.9, 1.2
    )
    met = daily.filter(passed).with_columns(score=SURELY + pl.col("came") / pl.col("usual"))
    later = met.with_columns(day=pl.col("day") + pl.duration(days=1))
    later = later.join(daily.select("customer", "day"), on=["customer", "day"])
    return pl.concat([met, later]).select("customer", "day", "score")


def _round_trips(moved: pl.DataFrame, block: Block) -> pl.DataFrame:
    """Paths of transfers between customers that come back within five days, nearly whole."""
    ids = "A" + block.people["customer_id"] + "-01"
    known = pl.DataFrame({"counterparty": ids, "payee": block.people["customer"]})
    legs = moved.filter(pl.col("cents") < 0).join(known, on="counterparty")
    legs = legs.select("customer", "payee", "happened_at", "day", cents=-pl.col("cents"))
    edges = [tuple(row) for row in legs.sort("happened_at").iter_rows()]
    found = []
    for start in edges:
        paths = [[start]]
        while paths:
            path = paths.pop()
            if path[-1][1] == start[0] and len(path) > 1:
                found += [(who, leg[3], SURELY) for leg in path for who in leg[:2]]
                continue
            paths += [[*path, leg] for leg in edges if len(path) < 4 and _follows(path, leg)]
    return pl.DataFrame(found, schema={"customer": pl.Int32, "day": pl.Date, "score": pl.Float64},
                        orient="row")  # fmt: skip


def _follows(path: list[tuple], leg: tuple) -> bool:
    last = path[-1]
    soon = last[2] < leg[2] and (leg[3] - path[0][3]).days <= 5
    return leg[0] == last[1] and soon and 0.9 <= leg[4] / last[4] <= 1.0


RULES = (_large, _lifted, _burst, _structuring, _night, _in_out, _round_trips)


def _cases(flagged: pl.DataFrame) -> pl.DataFrame:
    """One row per customer and day with the best score, best first."""
    best = flagged.group_by("customer", "day").agg(pl.col("score").max())
    return best.sort("score", "customer", "day", descending=[True, False, False])


def _score(block: Block, cases: pl.DataFrame) -> Score:
    marked = block.movements.filter(pl.col("mark").is_not_null()).with_columns(
        day=pl.col("happened_at").dt.date(),
        kind=pl.col("mark").str.split(":").list.get(1),
        bad=pl.col("mark").str.starts_with("anomaly"),
    )
    truth = marked.filter("bad").select("customer", "day", "kind").unique()
    planted = truth.select("customer", "day").unique()
    hit = truth.join(cases, on=["customer", "day"], how="left").with_columns(
        found=pl.col("score").is_not_null()
    )
    top = cases.head(planted.height).join(planted, on=["customer", "day"], how="semi")
    ranked = cases.unique("customer", keep="first", maintain_order=True)["customer"]
    bad = set(truth["customer"])
    innocent = set(marked.filter(~pl.col("bad"))["customer"]) - bad
    return Score(
        recall=hit.select("customer", "day", "found").unique()["found"].mean(),
        precision=top.height / max(min(planted.height, cases.height), 1),
        in_two_percent=len(bad & set(ranked.head(round(0.02 * block.size)))) / max(len(bad), 1),
        innocent_first_percent=len(innocent & set(ranked.head(round(0.01 * block.size)))),
        by_kind=dict(hit.group_by("kind").agg(pl.col("found").mean()).sort("kind").iter_rows()),
    )
