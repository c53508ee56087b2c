"""Why a movement is flagged, in words: what happened, against which baseline, what would have been usual."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from analytics.anomalies import models
from analytics.anomalies.scan import Ground
from analytics.text import LANGS, Lang, Text, count, money, share

SENTENCES = {
    "large_amount": Text(
        "{amount} is {value} times this customer's usual largest movement ({usual}); not flagged below {limit}.",
        "金额 {amount}，为该客户平常较大金额（{usual}）的 {value} 倍；低于 {limit} 则不提示。"),
    "dormant_then_large": Text(
        "After {count} days without a movement, {amount}: {value} times the usual largest ({usual}); not flagged below {limit}.",
        "沉睡 {count} 天后发生 {amount}，为平常较大金额（{usual}）的 {value} 倍；低于 {limit} 则不提示。"),
    "new_device_then_large": Text(
        "{amount} soon after the first login on a new device: {value} times the usual largest ({usual}); not flagged below {limit}.",
        "新设备首次登录后不久发生 {amount}，为平常较大金额（{usual}）的 {value} 倍；低于 {limit} 则不提示。"),
    "burst": Text(
        "{count} payments within {window} hours, where {usual} are usual; not flagged with at most {limit}.",
        "{window} 小时内支出 {count} 笔，平常约 {usual} 笔；不超过 {limit} 笔则不提示。"),
    "structuring": Text(
        "{count} amounts just under the reporting threshold within {window} hours; {usual} are usual.",
        "{window} 小时内有 {count} 笔金额略低于申报限额，平常约 {usual} 笔。"),
    "in_out_48h": Text(
        "Of {usual} that came in within a day, {value} left within {window} hours; not flagged had less than {limit} left.",
        "一日内流入 {usual}，{window} 小时内流出 {value}；流出低于 {limit} 则不提示。"),
    "round_trip": Text(
        "{usual} went round {count} customers and {value} of it came back.",
        "{usual} 在 {count} 位客户间流转，{value} 回到起点。"),
    "night": Text(
        "{count} movements in one night, where {value} of movements fall at night; not flagged with at most {limit}.",
        "一夜之间 {count} 笔交易，平常夜间占比 {value}；不超过 {limit} 笔则不提示。"),
    "balance_change": Text(
        "A day's net movement of {value} changed the balance for good; the usual largest movement is {usual}; not flagged below {limit}.",
        "单日净额 {value}，余额水平持续改变；平常较大金额为 {usual}；低于 {limit} 则不提示。"),
    "profile": Text(
        "The whole profile is more unusual than {value} of customers, most of all {driver}.",
        "整体行为比 {value} 的客户更异常，主要因素：{driver}。"),
}  # fmt: skip
DRIVERS = {
    "pace": Text("how often money moves", "交易频度"), "size": Text("the usual size", "平常金额"),
    "spread": Text("how much amounts vary", "金额离散程度"), "reach": Text("large beside usual amounts", "大额与平常金额之比"),
    "out_share": Text("share of payments", "支出占比"), "night_share": Text("share at night", "夜间占比"),
    "weekend_share": Text("share at weekends", "周末占比"), "excess": Text("the largest single movement", "单笔最大金额"),
    "gap_days": Text("days between movements", "交易间隔"), "longest_gap_days": Text("the longest silence", "最长沉睡期"),
    "per_day": Text("movements on one day", "单日笔数"), "net_share": Text("money kept of what came in", "资金留存比例"),
}  # fmt: skip
MONEY_USUAL = ("large_amount", "dormant_then_large", "new_device_then_large", "in_out_48h", "round_trip",
               "balance_change")  # fmt: skip
MONEY_LIMIT = (
    "large_amount",
    "dormant_then_large",
    "new_device_then_large",
    "in_out_48h",
    "balance_change",
)
SHARES = ("in_out_48h", "round_trip", "profile")


def explained(flags: pl.DataFrame, base: Ground, currency: str | None) -> pl.DataFrame:
    """Flags with `reason`, `reason_zh` and the peer percentile of the customer's largest movement."""
    who, values = (
        models.features(base.ledger, base.sizes.excess) if len(base.ledger.keys) else ([], [[]])
    )
    drivers = _drivers(flags, who, values)
    rows = list(flags.iter_rows(named=True))
    written = {lang: [sentence(row, drivers.get(row["customer_key"], "excess"), lang) for row in rows]
               for lang in LANGS}  # fmt: skip
    return flags.with_columns(
        reason=pl.Series(written["en"], dtype=pl.String), reason_zh=pl.Series(written["zh"], dtype=pl.String),
        peer_percentile=pl.Series(_peers(flags, base), dtype=pl.Float64))  # fmt: skip


def _drivers(flags: pl.DataFrame, who: Any, values: Any) -> dict[int, str]:
    """The habit that sets each profile-flagged customer most apart."""
    chosen = flags.filter(pl.col("kind") == "profile")
    if chosen.is_empty():
        return {}
    parts = models.ecod(values)[1].argmax(axis=1)
    by_place = dict(zip(np.asarray(who).tolist(), parts.tolist(), strict=True))
    return {key: models.FEATURES[by_place[place]]
            for key, place in chosen.select("customer_key", "count").iter_rows()}  # fmt: skip


def _peers(flags: pl.DataFrame, base: Ground) -> list[float]:
    """Share of movements of the bank that are smaller against their customer's usual largest."""
    excess = base.sizes.excess
    ordered = np.sort(excess[~np.isnan(excess)])
    if flags.is_empty() or not len(ordered):
        return [0.0] * flags.height
    book = base.ledger
    place = np.searchsorted(book.keys, flags["customer_key"].to_numpy())
    own = np.log(np.abs(flags["amount"].to_numpy())) - np.nan_to_num(book.usual[place], nan=0.0)
    return (np.searchsorted(ordered, own) / len(ordered)).tolist()


def sentence(row: dict[str, Any], driver: str, lang: Lang) -> str:
    """The reason of one flag; unusual, never more than that."""
    kind = row["kind"]
    return SENTENCES[kind].fill(
        amount=money(row["amount"], lang), value=_value(row, lang),
        usual=money(row["usual"], lang) if kind in MONEY_USUAL else f"{row['usual']:.1f}",
        limit=money(row["limit"], lang) if kind in MONEY_LIMIT else count(int(row["limit"]), lang),
        count=count(row["count"], lang), window=row["window_h"], driver=DRIVERS[driver],
    )(lang)  # fmt: skip


def _value(row: dict[str, Any], lang: Lang) -> str:
    kind, value = row["kind"], row["value"]
    if kind in SHARES:
        return share(value)
    if kind == "night":
        return share(row["usual"], 2)
    return money(value, lang) if kind == "balance_change" else f"{value:.1f}"
