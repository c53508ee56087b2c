"""Tables of the anomalies view, from flags and cases."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
from scipy import stats

from analytics.anomalies.found import Found

JOINED = " + "
BIN = 1.0
FLAG_COLUMNS = ("customer_id", "transaction_id", "kind", "score", "reason", "reason_zh", "day", "happened_at",
                "amount", "usual", "limit", "probability", "flag_score", "peer_percentile")  # fmt: skip
CASE_COLUMNS = ("customer_id", "day", "score", "kinds", "flags", "place", "reason", "reason_zh")
PEOPLE = pl.col("customer_id").n_unique().cast(pl.Int64).alias("customers")


def _day() -> pl.Expr:
    return pl.col("day").cast(pl.Date)


def _profile_last(kind: str, probability: str) -> pl.Expr:
    """Of one score all else before profiles, and these by how rare they are."""
    return pl.when(pl.col(kind) == "profile").then(pl.col(probability)).otherwise(0.0)


def flags(frame: pl.DataFrame) -> pl.DataFrame:
    """The main table with customer_key and place: strongest case first, within a case the strongest flag."""
    return frame.with_columns(
        _day(), happened_at=pl.from_epoch("second"), flag_score=pl.col("score"),
        probability=pl.col("p"), score=pl.col("case_score"),
    ).sort("score", _profile_last("kind", "probability"), "day", "customer_id", "flag_score", "second",
           "amount", "kind", descending=[True, False, True, False, True, False, False, False]).select(
        "customer_key", "place", *FLAG_COLUMNS)  # fmt: skip


def cases(found: pl.DataFrame, named: pl.DataFrame, everyone: pl.DataFrame) -> pl.DataFrame:
    """One row per customer and day, with customer_key; the reason is the strongest flag's."""
    first = named.unique(["customer_key", "day"], keep="first", maintain_order=True)
    frame = found.join(everyone.select("customer_key", "customer_id"), on="customer_key").with_columns(
        _day(), kinds=pl.col("kinds").list.join(JOINED)
    ).join(first.select("customer_key", "day", "reason", "reason_zh", "probability"),
           on=["customer_key", "day"])  # fmt: skip
    return frame.sort("score", _profile_last("kinds", "probability"), "day", "customer_id",
                      descending=[True, False, True, False]).with_columns(
        pl.col("flags", "place").cast(pl.Int64)).select("customer_key", *CASE_COLUMNS)  # fmt: skip


def rules(found: list[Found]) -> pl.DataFrame:
    """Per rule that ran: incidents found, how many chance alone would give, and whether it explains them.

    `p` is the Poisson probability of at least as many incidents as were found, if chance gave
    `by_chance`; null for profiles, of which as many are listed as were asked for.
    """
    rows = [(f.kind, n := f.incidents, f.by_chance, f.tests, f.by_chance / f.tests,
             beyond_chance(n, f.by_chance) if f.kind != "profile" else None) for f in found if f.tests]  # fmt: skip
    return pl.DataFrame(rows, orient="row", schema={
        "kind": pl.String, "incidents": pl.Int64, "by_chance": pl.Float64, "tests": pl.Int64,
        "probability": pl.Float64, "p": pl.Float64})  # fmt: skip


def listed_rules(ran: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """The rules with the customers and movements that each put on the list; the most first."""
    people = pl.col("customer_key").n_unique().cast(pl.Int64).alias("customers")
    on_list = named.lazy().group_by("kind").agg(people, pl.len().cast(pl.Int64).alias("movements"))
    return ran.lazy().join(on_list, on="kind", how="left").with_columns(
        pl.col("customers", "movements").fill_null(0)
    ).sort("movements", "incidents", "kind", descending=[True, True, False]).collect()  # fmt: skip


def beyond_chance(found: int, by_chance: float) -> float:
    """Probability that chance alone gives at least `found` incidents where it gives `by_chance` on average."""
    return float(stats.poisson.sf(found - 1, max(by_chance, 1e-12)))


def days(frame: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Cases per day of the last twelve months."""
    recent = frame.lazy().filter(pl.col("day") >= _first_day(as_of))
    return recent.group_by("day").agg(pl.len().cast(pl.Int64).alias("cases"), PEOPLE).sort(
        "day", descending=True).select(
        "day", "cases", "customers", month=pl.col("day").dt.strftime("%Y-%m"),
        day_of_month=pl.col("day").dt.day().cast(pl.Int64)).collect()  # fmt: skip


def _first_day(as_of: date) -> date:
    """The first of the twelve months up to `as_of`: the day after the same day of the year before."""
    day = min(as_of.day, 28) if as_of.month == 2 else as_of.day
    return as_of.replace(year=as_of.year - 1, day=day) + timedelta(days=1)


def last_months(as_of: date) -> list[str]:
    """The months that the calendar covers, as it writes them; the earliest first."""
    first = _first_day(as_of)
    numbers = range(first.year * 12 + first.month - 1, as_of.year * 12 + as_of.month)
    return [f"{number // 12}-{number % 12 + 1:02}" for number in numbers]


def months(frame: pl.DataFrame) -> pl.DataFrame:
    """Cases per month, and customers flagged for the first time."""
    first = frame.group_by("customer_id").agg(first=pl.col("day").min())
    known = frame.join(first, on="customer_id").with_columns(
        month=pl.col("day").dt.strftime("%Y-%m")
    )
    fresh = pl.col("customer_id").filter(pl.col("first") == pl.col("day")).n_unique()
    return known.group_by("month").agg(
        pl.len().cast(pl.Int64).alias("cases"), PEOPLE, new_customers=fresh.cast(pl.Int64)).sort("month")  # fmt: skip


def scores(all_cases: pl.DataFrame) -> pl.DataFrame:
    """All cases by score in steps of one: how many are listed, how many left out.

    `all_cases` holds score, listed and customer_key.
    """
    start = (pl.col("score") / BIN).floor() * BIN
    listed = pl.col("listed")
    return all_cases.lazy().group_by(from_value=start).agg(
        listed.sum().cast(pl.Int64).alias("cases"), (~listed).sum().cast(pl.Int64).alias("left_out"),
        pl.col("customer_key").filter(listed).n_unique().cast(pl.Int64).alias("customers"),
    ).sort("from_value", descending=True).select(
        "from_value", pl.col("from_value").add(BIN).alias("to_value"), "cases", "left_out", "customers"
    ).collect()  # fmt: skip


def changes(now: pl.DataFrame, then: pl.DataFrame) -> pl.DataFrame:
    """Cases on one list and not on the other: status (`new`, `cleared`), then the case; new first."""
    key = ["customer_id", "day"]
    sides = {
        "new": now.join(then, on=key, how="anti"),
        "cleared": then.join(now, on=key, how="anti"),
    }
    found = pl.concat([part.with_columns(status=pl.lit(name)) for name, part in sides.items()])
    return found.sort(pl.col("status") == "cleared", "score", "day", "customer_id",
                      descending=[False, True, True, False]).select(
        "status", "customer_id", "day", "score", "kinds", "reason", "reason_zh")  # fmt: skip


def profiles(unusual: pl.DataFrame, everyone: pl.DataFrame) -> pl.DataFrame:
    """Customers by how unusual their whole profile is."""
    return unusual.join(everyone.select("customer_key", "customer_id"), on="customer_key",
                        maintain_order="left").select(
        "customer_id", "ensemble", "isolation_forest", "ecod", "neighbours", "driver")  # fmt: skip


def sample(drawn: pl.DataFrame, everyone: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """The random sample in the order it was drawn, with ids, and place and score of the days that are cases."""
    key = ["customer_key", "day"]
    named = drawn.join(everyone, on="customer_key", maintain_order="left").with_columns(_day())
    return named.join(
        found.select(*key, "place", "score"), on=key, how="left", maintain_order="left"
    )


def breakdown(named: pl.DataFrame, everyone: pl.DataFrame) -> pl.DataFrame:
    """Flagged customers of every kind per group, held against all other customers."""
    sizes = everyone.group_by("group").agg(pl.len().alias("n"))
    flagged = named.select("customer_id", "kind").unique().join(
        everyone.select("customer_id", "group"), on="customer_id")  # fmt: skip
    counted = (
        flagged.group_by("group", "kind").agg(PEOPLE).join(sizes, on="group", nulls_equal=True)
    )
    rest_n = everyone.height - pl.col("n")
    rest = pl.col("customers").sum().over("kind") - pl.col("customers")
    return counted.with_columns(
        share=pl.col("customers") / pl.col("n"), rest_share=pl.when(rest_n > 0).then(rest / rest_n)
    ).with_columns(difference=pl.col("share") - pl.col("rest_share")).sort(
        "n", "group", "customers", "kind", descending=[True, False, True, False], nulls_last=True
    ).select("group", "kind", "customers", "share", "rest_share", "difference")  # fmt: skip


def groups(named: pl.DataFrame, everyone: pl.DataFrame) -> pl.DataFrame:
    """Every group's customers and how many of them are flagged; largest first."""
    flagged = everyone.with_columns(
        flagged=pl.col("customer_id").is_in(named["customer_id"].unique().implode())
    )
    return flagged.group_by("group").agg(
        pl.len().cast(pl.Int64).alias("customers"), pl.col("flagged").sum().cast(pl.Int64),
        share=pl.col("flagged").mean(),
    ).sort("customers", "group", descending=[True, False], nulls_last=True)  # fmt: skip
