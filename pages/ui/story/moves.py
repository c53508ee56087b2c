"""What moved between two extracts, as tables for people."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from analytics.registry import load
from analytics.text import Text
from pages.ui.labels import column_title, table_title
from pages.ui.words import lang, say

TITLE = Text("What moved", "变动明细")
BASIS = {"all": Text("All", "全部客户"), "same": Text("In both", "共有客户")}
PLACE = {"analysis": Text("Analysis", "分析"), "table": Text("Table", "数据表")}
JUDGED = {"low": Text("Low, 95 %", "下限 95%"), "high": Text("High, 95 %", "上限 95%"), "z": Text("z", "z 值"),
          "p_adjusted": Text("p, adjusted", "校正 p 值")}  # fmt: skip
SHARES = PLACE | {
    "row": Text("Group", "分组"), "basis": Text("Customers", "客户范围"), "part_before": Text("Then", "对比人数"),
    "part_now": Text("Now", "当前人数"), "share_before": Text("Share then", "对比占比"),
    "share_now": Text("Share now", "当前占比"), "difference": Text("Difference", "变动")} | JUDGED  # fmt: skip
MEANS = PLACE | {
    "figure": Text("Figure", "指标"), "customers": Text("Customers in both", "共有客户数"),
    "mean_before": Text("Mean then", "对比均值"), "mean_now": Text("Mean now", "当前均值"),
    "difference": Text("Difference", "变动")} | JUDGED  # fmt: skip
FROZEN = Text("Groups of the earlier extract", "对比数据的分群")
PERCENT = frozenset({"share_before", "share_now", "difference", "low", "high"})


def shares(rows: pl.DataFrame, key: str) -> None:
    """Shares, then and now."""
    named = rows.with_columns(
        _analyses(rows), _tables(rows), pl.col("basis").replace_strict({k: t(lang()) for k, t in BASIS.items()}, return_dtype=pl.String),
        pl.Series("row", [_group(one, row) for one, row in rows.select("analysis", "row").rows()], dtype=pl.String))  # fmt: skip
    config = {name: _number(title, "percent" if name in PERCENT else None) for name, title in SHARES.items()
              if name in PERCENT}  # fmt: skip
    _listing(named, SHARES, config, key)


def means(rows: pl.DataFrame, key: str) -> None:
    """Means of the same customers, then and now."""
    figures = [
        column_title(name, lang(), one) for one, name in rows.select("analysis", "figure").rows()
    ]
    named = rows.with_columns(
        _analyses(rows), _tables(rows), pl.Series("figure", figures, dtype=pl.String)
    )
    written = ("mean_before", "mean_now", "difference", "low", "high")
    _listing(named, MEANS, {name: _number(MEANS[name], "localized") for name in written}, key)


def _listing(rows: pl.DataFrame, titles: dict[str, Text], config: dict[str, Any], key: str) -> None:
    p = pl.Series("p_adjusted", [_p(one) for one in rows["p_adjusted"]], dtype=pl.String)
    rows = rows.with_columns(p)
    rows = rows.with_columns(pl.col(pl.Float64).round(4)) if "mean_now" in titles else rows
    config = {name: config.get(name, title(lang())) for name, title in titles.items()}
    config["z"] = _number(JUDGED["z"], "%.1f")
    st.dataframe(rows.select(list(titles)), hide_index=True, key=key, column_config=config, placeholder="–",
                 alt=say(TITLE))  # fmt: skip


def _p(p: float) -> str:
    return "< 0.0001" if p < 1e-4 else f"{p:.2g}"


def _number(title: Text, form: str | None) -> Any:
    return st.column_config.NumberColumn(title(lang()), format=form)


def _analyses(rows: pl.DataFrame) -> pl.Series:
    return pl.Series(
        "analysis", [load(key).title(lang()) for key in rows["analysis"]], dtype=pl.String
    )


def _tables(rows: pl.DataFrame) -> pl.Series:
    names = [FROZEN(lang()) if name == "frozen" else table_title(name, lang(), key)
             for key, name in rows.select("analysis", "table").rows()]  # fmt: skip
    return pl.Series("table", names, dtype=pl.String)


def _group(key: str, row: str) -> str:
    """The keys of a row as people call them: `stage=active` is `Active`."""
    titles, words = load(key).titles, []
    for part in row.split(", "):
        column, _, value = part.partition("=")
        found = titles.get(column, {}).get(value)
        words.append(found(lang()) if found else value)
    return " · ".join(words)
