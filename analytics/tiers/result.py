"""The tiers: every customer's place, the cross-tab, and who moved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from analytics.dataset import EVERYBODY, Dataset, Population, Provenance, Scope
from analytics.features import FeatureTable, read
from analytics.memo import remember
from analytics.tables import Tables
from analytics.text import Text, UserError
from analytics.tiers import cuts
from analytics.tiers.params import TiersParams

HIGH, MIDDLE, LOW = "high", "middle", "low"
FREQUENT, OCCASIONAL, RARE, NEVER = "frequent", "occasional", "rare", "never"
UNKNOWN = "unknown"
VALUE_ORDER = (HIGH, MIDDLE, LOW)
MAIN = (
    "customer_id",
    "value_tier",
    "frequency_tier",
    "risk_tier",
    "customer_type",
    "value",
    "active_days",
    "score",
)


@dataclass(frozen=True)
class TiersResult:
    """Every number the page, the headline and the charts show.

    Args:
        provenance: where it comes from.
        params: as given.
        measure: what value is measured by.
        limits: value from which a customer is middle, and high; None without customers.
        customers: the columns of MAIN, before_tier with an earlier day, group with a breakdown.
        tables: by name, the main one first.
        currency: three letters, or None.
    """

    provenance: Provenance
    params: TiersParams
    measure: str
    limits: tuple[float, float] | None
    customers: pl.DataFrame
    tables: Tables
    currency: str | None


def compute(data: Dataset, params: TiersParams, as_of: date,
            population: Population = EVERYBODY) -> TiersResult:  # fmt: skip
    """Place the customers of `population` as known at the end of `as_of`."""
    with data.scope(as_of, population, params.by) as scope:
        table = read(scope, population, params.lookback_days, ())
        measure = params.measure or ("balance" if "balance" in table.frame.columns else "turnover")
        frame = _people(scope, population, params, table, measure)
        groups = scope.query('SELECT customer_key, group_name AS "group" FROM customer_groups',
                             step="groups") if params.by else None  # fmt: skip
        sql = scope.sql()
    limits = _limits(frame["value"], params)
    customers = frame.with_columns(_value_tier(limits), _frequency_tier(params), _risk_tier(params),
                                   _customer_type(params))  # fmt: skip
    if groups is not None:
        customers = customers.join(groups, on="customer_key", how="left", maintain_order="left")
    before = _before(data, params, as_of, population, table, measure, limits)
    if before is not None:
        customers = customers.join(before, on="customer_id", how="full", coalesce=True)
    here = customers if before is None else customers.filter(pl.col("customer_key").is_not_null())
    counts = {"customers": here.height, "given_type": int(here["given_type"].count()),
              "given_risk": int(here["given_risk"].count())}  # fmt: skip
    return TiersResult(Provenance(as_of, population, data.fingerprint, sql, counts), params, measure,
                       limits, customers, _tables(here, customers, limits, before is not None), data.currency)  # fmt: skip


def _people(scope: Scope, population: Population, params: TiersParams, table: FeatureTable,
            measure: str) -> pl.DataFrame:  # fmt: skip
    """Everybody's figures and what is given of them; no cut-off moves them."""
    asked = params.lookback_days, measure, params.recency_weight, params.frequency_weight, params.money_weight  # fmt: skip

    def joined() -> pl.DataFrame:
        given = _given(scope)
        return _figures(table, measure, params).join(
            given, on="customer_key", how="left", maintain_order="left"
        )

    return remember(scope, population, None, ("tiers", *asked), joined)


def _given(scope: Scope) -> pl.DataFrame:
    """What the extract itself says of type and risk."""
    return scope.query("SELECT customer_key, customer_type::VARCHAR AS given_type, risk_level::VARCHAR "
                       "AS given_risk FROM customers", step="given types")  # fmt: skip


def _column(table: FeatureTable, key: str) -> pl.Series:
    """A feature without nulls, 0 where the extract does not give it."""
    if key not in table.frame.columns:
        return pl.Series(key, [0.0] * table.frame.height, dtype=pl.Float64)
    return table.filled([key])[key]


def _figures(table: FeatureTable, measure: str, params: TiersParams) -> pl.DataFrame:
    """customer_key, customer_id, the figures the tiers look at, score and value."""
    keys = ("recency_days", "active_days", "turnover", "transactions", "credit_share", "balance",
            "term_share", "savings_share", "wealth_share")  # fmt: skip
    frame = table.frame.select("customer_key", "customer_id").with_columns(
        _column(table, k) for k in keys
    )
    n = max(frame.height, 1)
    weights = {"recency_days": params.recency_weight, "active_days": params.frequency_weight,
               "turnover": params.money_weight}  # fmt: skip
    ranks = [
        (-pl.col(k) if k == "recency_days" else pl.col(k)).rank("average") * w
        for k, w in weights.items()
    ]
    score = pl.sum_horizontal(ranks) / (n * sum(weights.values())) * 100
    frame = frame.with_columns(score=score, known=pl.lit("balance" in table.frame.columns))
    return frame.with_columns(value=pl.col("score" if measure == "score" else measure))


def _limits(values: pl.Series, params: TiersParams) -> tuple[float, float] | None:
    if values.is_empty():
        return None
    if params.cuts == "fixed":
        return params.middle_from, params.high_from
    if params.cuts == "jenks":
        middle, high = cuts.jenks(values.to_numpy())
        return middle, high
    return cuts.by_shares(values.to_numpy(), params.high_share, params.middle_share)


def _value_tier(limits: tuple[float, float] | None) -> pl.Expr:
    """High and middle from their limits on; who has nothing is low, whatever the limits."""
    middle, high = limits or (0.0, 0.0)
    value = pl.col("value")
    return (pl.when((value >= high) & (value > 0)).then(pl.lit(HIGH))
            .when((value >= middle) & (value > 0)).then(pl.lit(MIDDLE)).otherwise(pl.lit(LOW)).alias("value_tier"))  # fmt: skip


def _frequency_tier(params: TiersParams) -> pl.Expr:
    days = pl.col("active_days")
    return (pl.when(days >= params.frequent_days).then(pl.lit(FREQUENT))
            .when(days >= params.occasional_days).then(pl.lit(OCCASIONAL))
            .when(days > 0).then(pl.lit(RARE)).otherwise(pl.lit(NEVER)).alias("frequency_tier"))  # fmt: skip


def _risk_tier(params: TiersParams) -> pl.Expr:
    """As given; else by where the money lies; unknown without a balance."""
    deposits = pl.col("term_share") + pl.col("savings_share")
    by_holding = (pl.when(~pl.col("known") | (pl.col("balance") <= 0)).then(pl.lit(UNKNOWN))
                  .when(pl.col("wealth_share") >= params.aggressive_share).then(pl.lit("aggressive"))
                  .when(deposits >= params.conservative_share).then(pl.lit("conservative"))
                  .otherwise(pl.lit("steady")))  # fmt: skip
    return pl.coalesce("given_risk", by_holding).alias("risk_tier")


def _customer_type(params: TiersParams) -> pl.Expr:
    """As given; else by thresholds. A government body cannot be told from its behaviour."""
    receipts = pl.col("credit_share") * pl.col("transactions")
    business = receipts >= params.business_receipts
    by_threshold = (pl.when(business & (pl.col("turnover") >= params.company_turnover)).then(pl.lit("company"))
                    .when(business).then(pl.lit("micro_business"))
                    .when(pl.col("balance") >= params.wealthy_from).then(pl.lit("high_net_worth"))
                    .otherwise(pl.lit("mass")))  # fmt: skip
    return pl.coalesce("given_type", by_threshold).alias("customer_type")


def _before(data: Dataset, params: TiersParams, as_of: date, population: Population, table: FeatureTable,
            measure: str, limits: tuple[float, float] | None) -> pl.DataFrame | None:  # fmt: skip
    """customer_id and before_tier of the earlier day, at today's limits."""
    if params.compare_days is None or limits is None:
        return None
    with data.scope(as_of - timedelta(days=params.compare_days), population) as scope:
        then = read(scope, population, params.lookback_days, (), like=table)
    return _figures(then, measure, params).select(
        "customer_id", _value_tier(limits).alias("before_tier")
    )


def _counted(frame: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """The keys, customers and their share; the largest first."""
    return frame.group_by(*keys).agg(customers=pl.len().cast(pl.Int64)).with_columns(
        share=pl.col("customers") / pl.col("customers").sum()).sort(
        "customers", *keys, descending=[True, *[False] * len(keys)], nulls_last=True)  # fmt: skip


def _tables(here: pl.DataFrame, both: pl.DataFrame, limits: tuple[float, float] | None, moved: bool
            ) -> Tables:  # fmt: skip
    makers: dict[str, Callable[[], pl.DataFrame]] = {
        "tiers": lambda: here.sort("value", "customer_id", descending=[True, False]).select(MAIN),
        "cross": lambda: _counted(here, "value_tier", "risk_tier"),
        "frequency": lambda: _counted(here, "value_tier", "frequency_tier"),
        "types": lambda: _counted(here.with_columns(given=pl.col("given_type").is_not_null()),
                                  "customer_type", "given"),
        "cuts": lambda: pl.DataFrame(
            {"value_tier": [MIDDLE, HIGH], "from_value": limits} if limits else [],
            schema={"value_tier": pl.String, "from_value": pl.Float64}),
    }  # fmt: skip
    if moved:
        makers["migration"] = lambda: _counted(both, "before_tier", "value_tier")
    if "group" in here.columns:
        makers["breakdown"] = lambda: _counted(here, "group", "value_tier").with_columns(
            share=pl.col("customers") / pl.col("customers").sum().over("group"))  # fmt: skip
    return Tables(makers)


def tables(result: TiersResult) -> Tables:
    """The result's tables by name, the main one first; each is made when it is asked for."""
    return result.tables


KEYS: Mapping[str, tuple[str, ...]] = {
    "tiers": ("customer_id",), "cross": ("value_tier", "risk_tier"), "frequency": ("value_tier", "frequency_tier"),
    "types": ("customer_type", "given"), "cuts": (), "migration": ("before_tier", "value_tier"),
    "breakdown": ("group", "value_tier"),
}  # fmt: skip


def members(result: TiersResult, table: str, row: Mapping[str, Any]) -> pl.Series:
    """Ids of the customers behind one row (or a part of one) of a table."""
    names = KEYS.get(table)
    known = {} if names is None else {n: row[n] for n in names if n in row}
    if names is None or table not in result.tables or (names and not known):
        raise UserError(Text(f"No row of {table!r} is described; expected {', '.join(names or KEYS)}.",
                             f"未指明“{table}”的行；应包含 {', '.join(names or KEYS)}。"), "row")  # fmt: skip
    people = result.customers.with_columns(given=pl.col("given_type").is_not_null())
    if table != "migration":
        people = people.filter(pl.col("customer_key").is_not_null())
    same = [pl.col(n).eq_missing(pl.lit(v)) for n, v in known.items()]
    return people.filter(pl.all_horizontal(pl.lit(True), *same))["customer_id"]
