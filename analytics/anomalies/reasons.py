"""Why a movement is flagged, in words: what happened, against which baseline, what would have been usual."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from analytics.anomalies import found
from analytics.anomalies.ledger import Ledger
from analytics.anomalies.peers import Peers
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
        "{count} payments within {window} h, where {usual} are usual; not flagged with at most {limit}.",
        "{window} 小时内支出 {count} 笔，平常约 {usual} 笔；不超过 {limit} 笔则不提示。"),
    "structuring": Text(
        "{count} amounts just under the reporting threshold within {window} h; {usual} are usual.",
        "{window} 小时内有 {count} 笔金额略低于申报限额，平常约 {usual} 笔。"),
    "in_out_48h": Text(
        "Of {usual} that came in within a day, {value} left within {window} h; not flagged if less than {limit} had left.",
        "一日内流入 {usual}，{window} 小时内流出 {value}；流出低于 {limit} 则不提示。"),
    "round_trip": Text(
        "{usual} went round {count} customers and {value} of it came back.",
        "{usual} 在 {count} 位客户间流转，{value} 回到起点。"),
    "night": Text(
        "{count} movements in one night, where {value} of movements fall at night; not flagged with at most {limit}.",
        "一夜之间 {count} 笔交易，平常夜间占比 {value}；不超过 {limit} 笔则不提示。"),
    "balance_change": Text(
        "A day's net movement of {value} changed the balance for good; the usual largest movement is {usual}.",
        "单日净额 {value}，余额水平持续改变；平常较大金额为 {usual}。"),
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


def explained(flags: pl.DataFrame, book: Ledger, peers: Peers) -> pl.DataFrame:
    """Flags with `reason`, `reason_zh` and the peer percentile of each movement's size.

    Args:
        flags: as a rule found them.
        book: the ledger they were found in.
        peers: with whom they are compared.
    """
    rows = list(flags.iter_rows(named=True))
    written = {lang: [sentence(row, lang) for row in rows] for lang in LANGS}
    place = np.searchsorted(book.keys, flags["customer_key"].to_numpy())
    excess = np.log(np.abs(flags["amount"].to_numpy())) - np.nan_to_num(book.usual[place])
    return flags.with_columns(
        reason=pl.Series(written["en"], dtype=pl.String), reason_zh=pl.Series(written["zh"], dtype=pl.String),
        peer_percentile=pl.Series(peers.percentile(place, excess), dtype=pl.Float64))  # fmt: skip


def nothing() -> pl.DataFrame:
    """No explained flag."""
    return found.nothing().with_columns(
        reason=pl.lit(None, pl.String), reason_zh=pl.lit(None, pl.String),
        peer_percentile=pl.lit(None, pl.Float64))  # fmt: skip


def sentence(row: dict[str, Any], lang: Lang) -> str:
    """The reason of one flag; unusual, never more than that."""
    kind = row["kind"]
    return SENTENCES[kind](lang).format(
        amount=money(row["amount"], lang), value=_value(row, lang),
        usual=money(row["usual"], lang) if kind in MONEY_USUAL else _about(row["usual"]),
        limit=money(row["limit"], lang) if kind in MONEY_LIMIT else count(int(row["limit"]), lang),
        count=count(row["count"], lang), window=row["window_h"], driver=DRIVERS[row["driver"] or "excess"](lang),
    )  # fmt: skip


def _about(usual: float) -> str:
    """A usual number of movements; hardly any is said as such."""
    return f"{usual:.1f}" if usual >= 0.05 else "<0.1"


def _value(row: dict[str, Any], lang: Lang) -> str:
    kind, value = row["kind"], row["value"]
    if kind == "profile":
        return share(min(value, 0.9999), 2)
    if kind in SHARES:
        return share(value)
    if kind == "night":
        return share(row["usual"], 2) if row["usual"] >= 0.00005 else "<0.01%"
    return money(value, lang) if kind == "balance_change" else f"{value:.1f}"
