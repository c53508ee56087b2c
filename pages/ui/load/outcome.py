"""What an import gave: every row accounted for, findings, quality, and which analyses can run."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import streamlit as st

from analytics import quality, readiness
from analytics.dataset import Dataset
from analytics.download import csv_bytes
from analytics.findings import Finding
from analytics.options import rejected_rows
from analytics.text import Text, count
from pages.ui import choose, runs, session
from pages.ui.labels import table_title
from pages.ui.load.plans import BRIDGE_TITLE
from pages.ui.words import lang, safe_label, say

TITLE = Text("What is in {name}", "“{name}”的内容")
FOUND = Text("What the import found", "导入结果")
ACCOUNTING = Text("Rows", "行数核对")
FINDINGS = Text("Findings", "发现的问题")
READY = Text("What it can answer", "可用分析")
TABLE = Text("Table", "数据表")
ROWS_IN = Text("Rows in", "读入")
LOADED = Text("Loaded", "载入")
REJECTED = Text("Rejected", "拒绝")
REMOVED = Text("Duplicates removed", "去除重复")
DUPLICATES = Text("Exact duplicates", "完全重复")
SKIPPED = Text("Skipped lines", "跳过行")
BALANCED = Text("Every row is accounted for: rows in = loaded + rejected + duplicates removed.",
                "每一行均已核对：读入 = 载入 + 拒绝 + 去除重复。")  # fmt: skip
LEFT_OUT_FILES = Text("Left out, with their rows: {files}.", "未导入的文件（行数）：{files}。")
UNBALANCED = Text("The rows of {tables} do not add up. Do not use this dataset; import it again.",
                  "{tables} 的行数不一致，请勿使用此数据集并重新导入。")  # fmt: skip
TAKE_REJECTED = Text(
    "Download the {n} rejected rows, with line and reason", "下载被拒绝的{n}行（含行号与原因）"
)
REJECTED_ELSEWHERE = Text("Rejected rows are given back only to who loaded the dataset; `tidemark doctor` shows them, too.",
                          "被拒绝的行仅返还给载入数据的人；也可使用 `tidemark doctor` 查看。")  # fmt: skip
NO_FINDINGS = Text("Nothing to report.", "未发现问题。")
OF = Text("{n} of {of} rows", "{of}行中的{n}行")
ROWS_N = Text("{n} rows", "{n}行")
CHECKING = Text("quality", "质量检查")
SEVERITY = {
    "error": (":material/error:", "red", Text("Changes results", "影响结果")),
    "warning": (":material/warning:", "orange", Text("May change results", "可能影响结果")),
    "info": (":material/info:", "gray", Text("Good to know", "提示")),
}
STATE = {"ready": "green", "degraded": "orange", "blocked": "gray"}


def panel(data: Dataset) -> None:
    """Accounting, findings and readiness of the open dataset, one at a time."""
    st.subheader(say(TITLE, name=safe_label(data.name, 60)), anchor=False)
    panels = {"accounting": (ACCOUNTING, accounting), "findings": (FINDINGS, findings), "ready": (READY, board)}  # fmt: skip
    titles = {name: say(title) for name, (title, _) in panels.items()}
    panels[choose.one_of(titles, FOUND, "outcome.open")][1](data)


def accounting(data: Dataset) -> None:
    """Rows in against what became of them, per table."""
    tables = {name: facts for name, facts in data.manifest["tables"].items() if facts["rows_in"]}
    if bridge := data.manifest.get("bridge"):
        tables["bridge"] = bridge
    titles = {n: say(BRIDGE_TITLE) if n == "bridge" else table_title(n, lang()) for n in tables}
    rows = [{TABLE: titles[name], ROWS_IN: f["rows_in"], LOADED: f["loaded"],
             REJECTED: f["rejected"], REMOVED: f["duplicates_removed"],
             DUPLICATES: f["duplicates"], SKIPPED: f["skipped"]} for name, f in tables.items()]  # fmt: skip
    shown = pl.DataFrame([{say(k): v for k, v in row.items()} for row in rows])
    config = {say(k): st.column_config.NumberColumn(format="%,d")
              for k in (ROWS_IN, LOADED, REJECTED, REMOVED, DUPLICATES, SKIPPED)}  # fmt: skip
    st.dataframe(
        shown, hide_index=True, column_config=config, alt=say(ACCOUNTING), height="content"
    )
    wrong = [name for name, f in tables.items()
             if f["rows_in"] != f["loaded"] + f["rejected"] + f["duplicates_removed"]]  # fmt: skip
    if wrong:
        st.error(say(UNBALANCED, tables=", ".join(titles[w] for w in wrong)))
    else:
        st.caption(f":material/check_circle: {say(BALANCED)}")
    if left_out := [f for f in data.manifest.get("files", []) if not f["table"]]:
        files = [f"{safe_label(f['file'], 60)} ({count(f['rows_in'], lang())})" for f in left_out]
        st.caption(f":material/block: {say(LEFT_OUT_FILES, files=', '.join(files))}")
    _rejected(data, sum(f["rejected"] for f in tables.values()))


def _rejected(data: Dataset, n: int) -> None:
    """The refused rows as they stood in the files, for who loaded them only."""
    entry = session.current_entry()
    if not n or entry is None:
        return
    if entry.kept and not session.kept_by_me():
        st.caption(say(REJECTED_ELSEWHERE))
        return
    st.download_button(say(TAKE_REJECTED, n=count(n, lang())), lambda: csv_bytes(rejected_rows(data)),
                       "rejected.csv", "text/csv", key="outcome.rejected", on_click="ignore",
                       icon=":material/download:", type="tertiary")  # fmt: skip


def findings(data: Dataset) -> None:
    """The import's findings and the quality checks, most severe first."""
    with runs.failures_in_words():
        checked = runs.result((data.fingerprint, "quality"), "quality", data, quality.check)
    found = sorted([*data.findings, *checked], key=lambda f: list(SEVERITY).index(f.severity))
    if not found:
        st.caption(say(NO_FINDINGS))
    listed(found)


def listed(found: Sequence[Finding]) -> None:
    """One block per finding: how severe, where, how many, what to do."""
    for one in found:
        icon, colour, words = SEVERITY[one.severity]
        with st.container(border=True, gap="xsmall"):
            with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
                st.badge(say(words), icon=icon, color=colour)  # type: ignore[arg-type]
                if one.table:
                    st.badge(table_title(one.table, lang()), color="gray")
                if one.rows:
                    st.badge(_rows(one), color="gray")
            st.markdown(safe_label(one.message(lang()), 600))
            if remedy := one.remedy(lang()):
                st.caption(safe_label(remedy, 400))


def board(data: Dataset) -> None:
    """Every analysis: ready, running with less, or blocked and by what."""
    for one in readiness.board(data):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge(say(readiness.STATES[one.state]), color=STATE[one.state])  # type: ignore[arg-type]
            st.page_link(
                session.page_file(one.page),
                label=one.title(lang()),
                disabled=one.state == "blocked",
            )
            st.caption(safe_label(one.message(lang()), 400), width="stretch")


def _rows(one: Finding) -> str:
    n = count(one.rows, lang())
    return say(OF, n=n, of=count(one.of, lang())) if one.of else say(ROWS_N, n=n)
