"""What each file is and how it will be read: guessed, shown with its doubts, corrected by a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import streamlit as st

from analytics.ingest.aliases import BRIDGE, roles
from analytics.ingest.examine import remap, replan
from analytics.ingest.infer import DATE_ROLES
from analytics.ingest.mapping import FilePlan
from analytics.schema import TABLES
from analytics.text import Text, UserError, count
from pages.ui.words import lang, safe_label, say

PLANS_KEY = "load.plans"
COMMA = Text(", ", "，")
HEADER_AT = Text("header in line {n}", "表头在第{n}行")
NO_HEADER = Text("no header", "无表头")
DELIMITERS = {
    ",": Text("commas", "逗号分隔"), ";": Text("semicolons", "分号分隔"), "\t": Text("tabs", "制表符分隔"),
    "|": Text("bars", "竖线分隔"), "blanks": Text("columns of blanks", "空格对齐"),
}  # fmt: skip
RECORDS = Text("{n} rows", "{n}行")
REJECTED = Text("{n} rejected", "拒绝{n}行")
SKIPPED = Text("{n} lines skipped", "跳过{n}行")
TABLE = Text("This file holds", "该文件内容")
LEAVE_OUT = Text("Leave this file out", "不导入此文件")
BRIDGE_TITLE = Text("Which customer holds which account", "客户与账户对应关系")
SURE = Text("{share:.0%} sure", "把握 {share:.0%}")
FROM = {"recipe": Text("from the recipe", "来自配方"), "user": Text("set by you", "已由您指定"),
        "guess": Text("guessed", "自动识别")}  # fmt: skip
COLUMNS = Text("Columns", "列对应")
ATTRIBUTE = Text("Keep as attribute", "作为属性保留")
LEFT_OUT = Text("Left out: personal identifier", "不导入：个人身份信息")
EXAMPLES = Text("Examples: {examples}", "示例：{examples}")
READING = Text("How cells are read", "单元格读取方式")
CREDIT = Text("Words that mean money in", "表示贷方（流入）的取值")
DEBIT = Text("Words that mean money out", "表示借方（流出）的取值")
COMMAS = Text("Separated by commas.", "以逗号分隔。")
SPENDING = Text("Positive amounts are what the customer paid", "正数表示客户支出")
KEEP_IDS = Text("Personal identifiers to keep knowingly", "明确保留的个人身份信息列")
KEEP_IDS_HELP = Text("Left out unless chosen here.", "未在此选择的列不会导入。")
NONE_KEPT = Text("None are kept", "均不保留")
DATE_STYLE = Text("{role}: written as", "{role}：日期写法")
STYLES = {
    "ymd": Text("year-month-day", "年-月-日"), "dmy": Text("day.month.year", "日.月.年"),
    "mdy": Text("month/day/year", "月/日/年"), "yyyymmdd": Text("20240131", "20240131"),
    "yymmdd": Text("240131", "240131"), "yyyymm": Text("202401", "202401"), "zh": Text("2024年1月31日", "2024年1月31日"),
    "serial": Text("Excel serial number", "Excel 序列值"), "epoch": Text("seconds since 1970", "自 1970 年的秒数"),
    "epoch_ms": Text("milliseconds since 1970", "自 1970 年的毫秒数"),
}  # fmt: skip
PREVIEW = Text("First rows", "前几行")
HELPERS = {
    "direction": Text("Direction (credit or debit)", "借贷方向"), "credit_amount": Text("Credit amount", "贷方金额"),
    "debit_amount": Text("Debit amount", "借方金额"), "unit_price": Text("Unit price", "单价"),
    "time_of_day": Text("Time of day", "时刻"), "birth_date": Text("Birth date", "出生日期"),
    "birth_number": Text("Birth number", "出生编号"), "owner_type": Text("Role of the holder", "持有人身份"),
}  # fmt: skip


def all_plans() -> list[FilePlan]:
    """The plans of the import under way, as corrected so far."""
    return st.session_state.get(PLANS_KEY, [])


def editor() -> None:
    """One card per file."""
    for number, plan in enumerate(all_plans()):
        with st.container(border=True, gap="small"):
            _card(number, plan)


def role_title(table: str, role: str) -> str:
    """What a role is called.

    >>> role_title("transactions", "direction")
    'Direction (credit or debit)'
    """
    if role in HELPERS:
        return HELPERS[role](lang())
    columns = {c.name: c.title for c in TABLES[table].columns} if table in TABLES else {}
    ids = {c.name: c.title for t in TABLES.values() for c in t.columns}
    title = columns.get(role) or ids.get(role)
    return title(lang()) if title else role


def _card(number: int, plan: FilePlan) -> None:
    name, chosen = st.columns([3, 2], vertical_alignment="center")
    with name:
        st.markdown(f"**{safe_label(plan.raw.name, 80)}**")
        st.caption(_how_read(plan))
    with chosen:
        _table_choice(number, plan)
    _doubts(plan)
    if plan.table is not None:
        opened = st.expander(f"{say(COLUMNS)} · {say(READING)} · {say(PREVIEW)}", on_change="rerun",
                             expanded=any(d.blocking for d in plan.doubts), key=f"plan.{number}.open")  # fmt: skip
        if opened.open:
            with opened:
                _columns(number, plan)
                _options(number, plan)
                _preview(plan)


def _how_read(plan: FilePlan) -> str:
    raw = plan.raw
    delimiter = DELIMITERS.get(raw.delimiter)
    header = say(HEADER_AT, n=raw.header_line) if raw.header_line else say(NO_HEADER)
    apart = say(delimiter) if delimiter else safe_label(raw.delimiter)
    how = [raw.encoding.upper(), apart, header]  # a workbook's cells need no delimiter
    parts = [say(COMMA).join(filter(None, how)), say(RECORDS, n=count(raw.rows_in, lang()))]
    if raw.rejects:
        parts.append(say(REJECTED, n=count(len(raw.rejects), lang())))
    if raw.skipped:
        parts.append(say(SKIPPED, n=count(len(raw.skipped), lang())))
    return " · ".join(parts)


def _table_choice(number: int, plan: FilePlan) -> None:
    titles = {name: table.title(lang()) for name, table in TABLES.items()}
    titles[BRIDGE] = say(BRIDGE_TITLE)
    key = f"plan.{number}.table"
    st.session_state[key] = plan.table
    sure = say(SURE, share=plan.confidence) if plan.origin == "guess" and plan.table else ""
    label = " · ".join(filter(None, (say(TABLE), say(FROM[plan.origin]), sure)))
    st.selectbox(label, list(titles), index=None, format_func=titles.__getitem__, key=key,
                 placeholder=say(LEAVE_OUT), on_change=_change,
                 args=(number, lambda p: replan(p, st.session_state[key])))  # fmt: skip


def _doubts(plan: FilePlan) -> None:
    said = [*((p.message, None, False) for p in plan.raw.problems),
            *((d.message, d.column, d.blocking) for d in plan.doubts)]  # fmt: skip
    for message, column, blocking in said:
        icon = ":red[:material/error:]" if blocking else ":orange[:material/warning:]"
        where = f"**{safe_label(column, 40)}**: " if column else ""
        st.markdown(f"{icon} {where}{safe_label(message(lang()), 400)}")


def _columns(number: int, plan: FilePlan) -> None:
    st.markdown(f"**{say(COLUMNS)}**")
    assert plan.table is not None
    known, table = list(roles(plan.table)), plan.table
    titles = {role: role_title(table, role) for role in known}
    by_header = {header: role for role, header in plan.columns.items()}
    left_out = {d.column for d in plan.doubts if d.code == "identifier"} - {
        *plan.options.keep_identifiers
    }
    with st.grid("auto", min_column_width=190, gap="small"):
        for place, header in enumerate(plan.raw.columns):
            unmapped = LEFT_OUT if header in left_out else ATTRIBUTE
            key = f"plan.{number}.{table}.column.{place}"
            st.session_state[key] = by_header.get(header)
            st.selectbox(safe_label(header, 40), known, index=None, key=key, help=_examples(plan, place),
                         format_func=titles.__getitem__, placeholder=say(unmapped),
                         on_change=_assign, args=(number, header, key))  # fmt: skip


def _assign(number: int, header: str, key: str) -> None:
    """One column gets a role; a role has one column, so another one that had it lets go."""
    role = st.session_state[key]
    plan = all_plans()[number]
    columns = {r: h for r, h in plan.columns.items() if h != header and r != role}
    if role is not None:
        columns[role] = header
    _change(number, lambda p: remap(p, columns))


def _examples(plan: FilePlan, place: int) -> str | None:
    seen = list(dict.fromkeys(row[place] for row in plan.preview if row[place]))[:3]
    return say(EXAMPLES, examples=safe_label(", ".join(map(str, seen)), 100)) if seen else None


def _options(number: int, plan: FilePlan) -> None:
    doubtful = [d.column for d in plan.doubts if d.code == "identifier" and d.column]
    identifiers = list(dict.fromkeys([*doubtful, *plan.options.keep_identifiers]))
    dated = [r for r in plan.columns if r in DATE_ROLES and plan.options.dates.get(r) in STYLES]
    directed = "direction" in plan.columns
    amounts = "amount" in plan.columns and not directed
    if not (identifiers or dated or directed or amounts):
        return
    st.markdown(f"**{say(READING)}**")
    with st.grid("auto", min_column_width=190, gap="small"):
        for role in dated:
            _option(number, plan, f"dates.{role}")
        if directed:
            _words(number, "credit", CREDIT, plan)
            _words(number, "debit", DEBIT, plan)
        if amounts:
            key = f"plan.{number}.spending"
            st.session_state[key] = plan.options.spending
            st.toggle(say(SPENDING), key=key, on_change=_set, args=(number, "spending", key))
        if identifiers:
            key = f"plan.{number}.ids"
            st.session_state[key] = list(plan.options.keep_identifiers)
            st.multiselect(say(KEEP_IDS), identifiers, key=key, help=say(KEEP_IDS_HELP), on_change=_set,
                           placeholder=say(NONE_KEPT), args=(number, "keep_identifiers", key))  # fmt: skip


def _option(number: int, plan: FilePlan, name: str) -> None:
    role = name.partition(".")[2]
    key = f"plan.{number}.{name}"
    st.session_state[key] = plan.options.dates[role]
    label = say(DATE_STYLE, role=role_title(plan.table or "", role))
    st.selectbox(label, list(STYLES), key=key, format_func={s: t(lang()) for s, t in STYLES.items()}.__getitem__,
                 on_change=_set_date, args=(number, role, key))  # fmt: skip


def _words(number: int, name: str, label: Text, plan: FilePlan) -> None:
    key = f"plan.{number}.{name}"
    st.session_state[key] = ", ".join(getattr(plan.options, name))
    st.text_input(say(label), key=key, help=say(COMMAS), on_change=_set, args=(number, name, key))


def _preview(plan: FilePlan) -> None:
    st.markdown(f"**{say(PREVIEW)}**")
    rows = pl.DataFrame([list(row) for row in plan.preview[:8]], orient="row",
                        schema={f"c{i}": pl.String for i in range(len(plan.raw.columns))})  # fmt: skip
    titles = {
        f"c{i}": st.column_config.TextColumn(header) for i, header in enumerate(plan.raw.columns)
    }
    st.dataframe(rows, hide_index=True, placeholder="", column_config=titles, alt=say(PREVIEW),
                 height="content")  # fmt: skip


def _set(number: int, name: str, key: str) -> None:
    value: Any = st.session_state[key]
    if isinstance(value, str):
        value = tuple(w.strip() for w in value.replace("，", ",").split(",") if w.strip())
    elif isinstance(value, list):
        value = tuple(value)
    _change(number, lambda p: p.with_options(**{name: value}))


def _set_date(number: int, role: str, key: str) -> None:
    style = st.session_state[key]
    _change(number, lambda p: p.with_options(dates={**p.options.dates, role: style}))


def _change(number: int, change: Callable[[FilePlan], FilePlan]) -> None:
    """Replace one plan by its changed copy; a refused change says why and changes nothing."""
    found = list(all_plans())
    try:
        found[number] = change(found[number])
    except UserError as error:
        st.toast(safe_label(error.text(lang()), 300), icon=":material/error:")
        return
    st.session_state[PLANS_KEY] = found
