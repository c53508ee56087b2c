"""The customers behind a mark or a row: counted, named, kept, compared, exported.

On the page they are pseudonyms. Real ids leave by one button, for an audience that was named and
kept first, and the log notes who, when, which and how many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import streamlit as st

from analytics import audiences, options
from analytics.dataset import Population, Where
from analytics.download import csv_bytes
from analytics.registry import Analysis
from analytics.text import Text, UserError, count, share
from pages.ui import runs, session, tables
from pages.ui.labels import column_title, table_title
from pages.ui.words import lang, safe_label, say

TITLE = Text("{n} customers behind the selection", "所选部分包含{n}位客户")
PICKED = Text("Selected in {table}: {what}", "选自“{table}”：{what}")
HINT = Text("Select a mark in a chart or a row in a table to see the customers behind it.",
            "点选图表中的图形或表格中的行，即可查看对应客户。")  # fmt: skip
NAME = Text("Name", "名称")
NAME_HINT = Text("For example: high value, gone quiet", "例如：高价值沉默客户")
KEEP = Text("Keep as audience", "保存为客群")
KEPT = Text("Kept “{name}”: {n} customers.", "已保存“{name}”：{n}位客户。")
COMPARE = Text("Compare with", "对比客群")
COMPARE_WITH = Text("A kept audience", "已保存客群")
COMPARED = Text("{both} in both, {here} only here, {there} only there; overlap {overlap} of all.",
                "共同{both}位，仅所选{here}位，仅对方{there}位；重合度 {overlap}。")  # fmt: skip
FIRST = Text("Pseudonyms; a row opens the customer.", "以下为假名编号，选中一行可查看该客户。")
OPEN = Text("Open this customer", "查看该客户")
KEPT_TITLE = Text("Kept audiences", "已保存客群")
ONLY = Text("Show only these", "仅看此客群")
EXPORT = Text("Export real ids", "导出真实客户号")
EXPORT_SURE = Text("Real customer ids leave Tidemark. The export is logged.",
                   "将导出真实客户号，此操作会被记录。")  # fmt: skip
EXPORT_NOW = Text("Export {n} ids", "导出{n}个客户号")
DELETE = Text("Delete", "删除")
MOST_LISTED = 200


def picked_ids(analysis: Analysis, result: Any, table: str, rows: Sequence[Mapping[str, Any]]
               ) -> pl.Series:  # fmt: skip
    """Real ids of the customers behind the selected rows of a table."""
    found = [analysis.members(result, table, row) for row in rows]
    return pl.concat(found).unique().sort() if found else pl.Series([], dtype=pl.String)


def panel(analysis: Analysis, result: Any, table: str, rows: Sequence[Mapping[str, Any]],
          place: str) -> None:  # fmt: skip
    """What is known of the selection, and what can be done with it; `place` keeps panels apart."""
    with runs.failures_in_words():
        ids = picked_ids(analysis, result, table, rows)
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(say(TITLE, n=count(ids.len(), lang())), anchor=False, width="content")
            st.caption(
                say(
                    PICKED,
                    table=table_title(table, lang(), analysis.key),
                    what=_described(analysis, rows),
                )
            )
        if ids.is_empty():
            return
        listed, use = st.columns(2, gap="medium")
        with listed:
            _listed(ids, place)
        with use:
            _keep(analysis, rows, ids, place)
            _compare(ids, place)


def shelf() -> None:
    """The kept audiences: filter by one, export it, delete it."""
    found = audiences.kept(session.state())
    if not found:
        return
    with st.expander(f"{say(KEPT_TITLE)} ({len(found)})", icon=":material/group:"):
        for one in found:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(
                    f"**{safe_label(one.name)}** · {count(one.customers, lang())}", width="stretch"
                )
                st.button(say(ONLY), key=f"audience.only.{one.name}", type="tertiary",
                          on_click=session.set_population,
                          args=(Population((Where(f"audience:{one.name}", ("true",)),)),))  # fmt: skip
                _export(one)
                st.button(say(DELETE), key=f"audience.delete.{one.name}", type="tertiary",
                          on_click=_delete, args=(one.name,))  # fmt: skip


def _described(analysis: Analysis, rows: Sequence[Mapping[str, Any]]) -> str:
    """The selected rows in words; ids of customers stay out."""
    words = []
    for row in rows[:3]:
        named = {k: analysis.titles.get(k, {}).get(str(v)) for k, v in row.items()}
        parts = [_named(column_title(k, lang()), title(lang()) if (title := named[k]) else safe_label(v, 40))
                 for k, v in row.items() if k != "customer_id" and isinstance(v, str | int)]  # fmt: skip
        words.append(", ".join(parts[:3]))
    rest = f" +{len(rows) - 3}" if len(rows) > 3 else ""
    return "; ".join(filter(None, words)) + rest


def _named(column: str, value: str) -> str:
    """A value under its column's name, unless it begins with it, as "Segment 1" does."""
    return value if value.startswith(column) else f"{column} {value}"


def _keep(
    analysis: Analysis, rows: Sequence[Mapping[str, Any]], ids: pl.Series, place: str
) -> None:
    line = {"horizontal": True, "vertical_alignment": "bottom"}
    form = st.form(f"{place}.keep", border=False, clear_on_submit=True)
    with form, st.container(**line):
        name = st.text_input(say(NAME), placeholder=say(NAME_HINT), max_chars=80)
        sent = st.form_submit_button(say(KEEP), icon=":material/bookmark_add:")
    if sent:
        _create(analysis, name, rows, ids)


def _create(
    analysis: Analysis, name: str, rows: Sequence[Mapping[str, Any]], ids: pl.Series
) -> None:
    chosen = [{k: v for k, v in row.items() if k != "customer_id"} for row in rows[:50]]
    params = session.params_of(analysis)
    origin = audiences.Origin(analysis=analysis.key, as_of=session.as_of(), params=params,
                              population=session.population().as_words(),
                              selection={"rows": chosen})  # fmt: skip
    try:
        made = audiences.create(session.state(), name, origin, ids)
    except UserError as error:
        st.error(safe_label(error.text(lang()), 300))
        return
    st.toast(say(KEPT, name=safe_label(made.name), n=count(made.customers, lang())))


def _compare(ids: pl.Series, place: str) -> None:
    names = audiences.names(session.state())
    chosen = st.selectbox(say(COMPARE), names, index=None, placeholder=say(COMPARE_WITH),
                          key=f"{place}.compare", disabled=not names)  # fmt: skip
    if chosen is None:
        return
    other = audiences.members(session.state(), chosen)["customer_id"]
    found = options.overlap(ids, other)
    st.markdown(say(COMPARED, both=count(found.both, lang()), here=count(found.only_first, lang()),
                    there=count(found.only_second, lang()), overlap=share(found.jaccard)))  # fmt: skip


def _listed(ids: pl.Series, place: str) -> None:
    frame = pl.DataFrame({"customer_id": ids.head(MOST_LISTED)})
    shown = session.gate().frame(frame)
    event = st.dataframe(shown, hide_index=True, key=f"{place}.listed", on_select="rerun",
                         selection_mode="single-row", height=176, placeholder="–",
                         column_config=tables.columns(shown), alt=say(FIRST))  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        if event.selection.rows and event.selection.rows[0] < shown.height:
            session.show_customer(shown.row(event.selection.rows[0])[0])
            st.page_link(
                "pages/customers/customer.py", label=say(OPEN), icon=":material/person_search:"
            )
        else:
            st.caption(say(FIRST), width="content")
        tables.download(pl.DataFrame({"customer_id": ids}), "audience", f"{place}.csv")


def _export(one: audiences.Audience) -> None:
    """Ids of those whom the risk gate lets through; what it costs is paid when the part is open."""
    from pages.ui.risk import gating  # it draws on this module's own user, the page of an analysis

    part = st.expander(
        say(EXPORT), type="compact", key=f"audience.export.{one.name}", on_change="rerun"
    )
    if not part.open:
        return
    with part:
        state, name, who = session.state(), one.name, session.who()
        passed = gating.of_audience(
            audiences.members(state, name)["customer_id"], f"audience.{name}"
        )
        allowed = None if passed is None else passed.allowed
        st.markdown(say(EXPORT_SURE))
        st.download_button(
            say(EXPORT_NOW, n=count(one.customers if allowed is None else allowed.len(), lang())),
            lambda: csv_bytes(audiences.export(state, name, who, allowed)),
            "audience.csv", "text/csv", key=f"audience.real.{one.name}", type="primary",
            on_click="ignore")  # fmt: skip


def _delete(name: str) -> None:
    kept = tuple(w for w in session.population().where if w.group != f"audience:{name}")
    session.set_population(Population(kept))
    audiences.delete(session.state(), name)
