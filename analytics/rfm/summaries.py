"""The tables of an RFM result, each from the one frame of scored customers."""

from __future__ import annotations

import math

import polars as pl

from analytics.rfm.params import RfmParams
from analytics.rfm.scores import MEASURES

BINS = 30
MEDIANS = [pl.col(column).cast(pl.Float64).median().alias(f"median_{column}")
           for column, _ in MEASURES.values()]  # fmt: skip
COUNT = pl.len().cast(pl.Int64).alias("customers")
# A sum of unknown balances is unknown, not 0.
BALANCE = pl.when(pl.col("balance").count() > 0).then(pl.col("balance").sum()).alias("balance")


def best_first(scored: pl.DataFrame) -> pl.DataFrame:
    """Main table: highest total score first, then r, f, m, money, and the id for a fixed order."""
    columns = ["customer_id", "recency_days", "frequency", "monetary", "r", "f", "m", "segment", "balance"]  # fmt: skip
    total = pl.sum_horizontal("r", "f", "m")
    place = ((total * 11 + pl.col("r")) * 11 + pl.col("f")) * 11 + pl.col(
        "m"
    )  # a score is 10 at most
    return scored.sort(place, "monetary", descending=True, maintain_order=True).select(columns)


def _share() -> pl.Expr:
    """Customers of a row over customers of the whole table."""
    return (pl.col("customers") / pl.col("customers").sum()).alias("share")


def grid(scored: pl.DataFrame) -> pl.DataFrame:
    """Customers per cell of R and F score; cells without a customer are left out."""
    cells = scored.group_by("r", "f").agg(
        COUNT, MEDIANS[2], BALANCE).sort("r", "f", descending=True)  # fmt: skip
    return cells.with_columns(_share()).select(
        "r", "f", "customers", "share", "median_monetary", "balance")  # fmt: skip


def segments(scored: pl.DataFrame, order: list[str]) -> pl.DataFrame:
    """Segments in the order of the map; those without a customer are left out."""
    found = scored.group_by("segment").agg(COUNT, BALANCE, *MEDIANS)
    return _in_order(found, order).with_columns(_share()).select(
        "segment", "customers", "share", "balance", *(f"median_{c}" for c, _ in MEASURES.values()))  # fmt: skip


def _in_order(frame: pl.DataFrame, order: list[str]) -> pl.DataFrame:
    """Rows by the position of their segment; `other` comes last."""
    place = pl.col("segment").replace_strict(
        order, list(range(len(order))), default=len(order), return_dtype=pl.Int64)  # fmt: skip
    return frame.sort(place)


def cuts_of(scored: pl.DataFrame, measure: str, params: RfmParams) -> pl.DataFrame:
    """What a measure's scores mean in original units, and how many ties lie across its cuts."""
    column, short = MEASURES[measure]
    value = pl.col(column).cast(pl.Float64)
    frame = scored.group_by(score=short).agg(
        COUNT, value.min().alias("from_value"), value.max().alias("to_value"),
        pl.col(f"{short}_tied").sum().cast(pl.Int64).alias("tied_across_cut"),
    ).sort("score", descending=True)  # fmt: skip
    return frame.with_columns(_share(), measure=pl.lit(measure), cut_at=_cut_at(measure, params)).select(
        "measure", "score", "customers", "share", "from_value", "to_value", "cut_at", "tied_across_cut")  # fmt: skip


def _cut_at(measure: str, params: RfmParams) -> pl.Expr:
    """The value that just earns a score: the fixed cut-off, or the worst value that got it."""
    worst = pl.col("to_value" if measure == "recency" else "from_value")
    if params.cuts == "fixed":
        rising = params.cut_offs(f"{measure}_cuts")
        by_score = rising[::-1] if measure == "recency" else rising
        worst = pl.col("score").replace_strict(
            list(range(2, params.scores + 1)), by_score, default=None, return_dtype=pl.Float64)  # fmt: skip
    return pl.when(pl.col("score") > pl.col("score").min()).then(worst)


def bins_of(scored: pl.DataFrame, measure: str) -> pl.DataFrame:
    """Customers per bin of one measure: about 30 round bins up to the 99th percentile.

    Why an open last bin: a few very rich customers would press everybody else into one bar.
    """
    column = MEASURES[measure][0]
    values = scored.select(value=pl.col(column).cast(pl.Float64))
    low, high = _range(values["value"])
    width = round_width((high - low) / BINS, whole=measure != "monetary")
    start = math.floor(low / width) * width
    last = math.floor((high - start) / width)
    number = ((pl.col("value") - start) / width).floor().cast(pl.Int64).clip(0, last)
    counted = values.group_by(bin=number).agg(
        COUNT, pl.col("value").max().alias("largest")).sort("bin")  # fmt: skip
    return counted.select(
        pl.lit(measure).alias("measure"), "bin", (start + pl.col("bin") * width).alias("from_value"),
        (start + (pl.col("bin") + 1) * width).alias("to_value"), "customers",
        open_ended=pl.col("largest") >= start + (pl.col("bin") + 1) * width)  # fmt: skip


def _range(values: pl.Series) -> tuple[float, float]:
    if values.is_empty():
        return 0.0, 0.0
    low, high = values.min(), values.quantile(0.99, "higher")
    assert isinstance(low, float)
    assert high is not None
    return low, high


def round_width(width: float, whole: bool) -> float:
    """The next 1, 2 or 5 times a power of ten that is at least `width`.

    >>> round_width(3.2, whole=False), round_width(0.03, whole=True), round_width(0, whole=False)
    (5.0, 1.0, 1.0)
    """
    if width <= 0 or (whole and width <= 1):
        return 1.0
    power = 10.0 ** math.floor(math.log10(width))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= width * (1 - 1e-9))


def coverage(customers: pl.DataFrame) -> pl.DataFrame:
    """Customers at as_of by whether they can be scored; the shares are of all customers."""
    return customers.group_by(status=status()).agg(COUNT).sort(
        pl.col("status").replace_strict(STATUSES, [0, 1, 2])).with_columns(_share())  # fmt: skip


STATUSES = ["with_activity", "without_activity", "no_transaction"]


def status() -> pl.Expr:
    """Active in the look-back; not active in it but seen before or otherwise; never seen."""
    return (pl.when(pl.col("frequency") > 0).then(pl.lit(STATUSES[0]))
            .when(pl.col("seen")).then(pl.lit(STATUSES[1])).otherwise(pl.lit(STATUSES[2])))  # fmt: skip


def breakdown(scored: pl.DataFrame, order: list[str]) -> pl.DataFrame:
    """Every group's shares of segments, held against all other customers; largest group first."""
    counts = scored.group_by("group", "segment").agg(COUNT)
    group_n = pl.col("customers").sum().over("group")
    segment_n = pl.col("customers").sum().over("segment")
    rest = pl.col("customers").sum() - group_n
    return _in_order(counts, order).with_columns(
        share=pl.col("customers") / group_n, group_customers=group_n,
        rest_share=pl.when(rest > 0).then((segment_n - pl.col("customers")) / rest),
    ).with_columns(difference=pl.col("share") - pl.col("rest_share")).sort(
        "group_customers", "group", descending=[True, False], nulls_last=True, maintain_order=True,
    ).select("group", "segment", "customers", "share", "rest_share", "difference")  # fmt: skip


def groups(customers: pl.DataFrame) -> pl.DataFrame:
    """Every group's size, activity and medians (of those with activity); largest first."""
    return customers.group_by("group").agg(
        COUNT, (pl.col("frequency") > 0).sum().cast(pl.Int64).alias("with_activity"),
        BALANCE, *(pl.col(c).filter(pl.col("frequency") > 0).cast(pl.Float64).median().alias(f"median_{c}")
                   for c, _ in MEASURES.values()),
    ).sort("customers", "group", descending=[True, False], nulls_last=True)  # fmt: skip
