"""What only the page of segments has: names to edit in place, and settings pinned to compare with."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from analytics.run import Run
from analytics.text import Text, count
from pages.ui import forms
from pages.ui.words import lang, safe_label, say

NAMES = Text("Name the segments", "为分群命名")
HOW = Text("A name of your own is shown wherever the segment is: charts, tables, sentences, files. "
           "An empty one brings the proposed name back.",
           "自定义名称会用于图表、表格、结论与导出文件；留空则恢复建议名称。")  # fmt: skip
OF = Text("Segment {n} · {customers} customers", "分群 {n} · {customers}位客户")
APPLY, UNDO = Text("Apply", "应用"), Text("Undo all", "全部撤销")
PIN, UNPIN = Text("Pin these settings as B", "将当前参数固定为 B"), Text("Unpin B", "取消固定 B")
SAME = Text("B is pinned. Move a setting: who would be elsewhere is shown beside.",
            "已固定 B。调整参数后即可对照哪些客户归属不同。")  # fmt: skip
DIFFERS = Text("Against B: {parts}", "与 B 相比：{parts}")
PART = Text("{label} {here} (B: {there})", "{label}：{here}（B：{there}）")
AUTO = Text("chosen by itself", "自动")
LONGEST_NAME = 60
PARTING = str.maketrans({";": ",", "；": "，", ":": " ", "：": " "})  # signs that part names


def workbench(found: Run) -> None:
    """Pin and names, between the headline and the charts."""
    _pin(found)
    _names(found)


def _pin(found: Run) -> None:
    key, params = forms.state_key("segments", "against"), found.params
    pinned = bool(params.against.strip())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(say(PIN), key=f"{key}.pin", icon=":material/push_pin:", type="tertiary",
                  on_click=_put, args=(key, params.pinned()))  # fmt: skip
        if pinned:
            st.button(say(UNPIN), key=f"{key}.unpin", icon=":material/close:", type="tertiary",
                      on_click=_put, args=(key, ""))  # fmt: skip
            st.caption(safe_label(_beside(found), 400), width="content")


def _beside(found: Run) -> str:
    """What differs between these settings (A) and the pinned ones (B), in words."""
    knobs = found.params.knobs()
    parts = [say(PART, label=knobs[name].label(lang()), here=_word(knobs[name].options, here),
                 there=_word(knobs[name].options, there))
             for name, (here, there) in found.params.moved().items()]  # fmt: skip
    return say(DIFFERS, parts=Text("; ", "；")(lang()).join(parts)) if parts else say(SAME)


def _word(options: Mapping[str, Text] | None, word: str) -> str:
    if word == "none":
        return say(AUTO)
    return options[word](lang()) if options and word in options else word


def _names(found: Run) -> None:
    """The names, made only once they are asked for: a box each, at every move of every slider."""
    key = forms.state_key("segments", "names")
    names = st.expander(say(NAMES), type="compact", key=f"{key}.open", on_change="rerun")
    if names.open:
        with names, st.form(f"{key}.form", border=False):
            _editor(found, key)


def _editor(found: Run, key: str) -> None:
    line = str(st.session_state.get(key, ""))
    rows = found.tables["segments"].select("segment", "customers").sort("segment").rows()
    st.caption(say(HOW))
    with st.grid("auto", min_column_width=240, gap="small"):
        boxes = {segment: _box(found, segment, size, f"{key}.{segment}.{hash(line)}")
                 for segment, size in rows}  # fmt: skip
    with st.container(horizontal=True):
        st.form_submit_button(say(APPLY), key=f"{key}.apply", type="primary",
                              on_click=_apply, args=(key, found, boxes))  # fmt: skip
        st.form_submit_button(say(UNDO), key=f"{key}.undo", disabled=not line,
                              on_click=_put, args=(key, ""))  # fmt: skip


def _box(found: Run, segment: str, size: int, key: str) -> str:
    """The box of one segment's name; returns where in the session its text stands."""
    label = say(OF, n=segment.removeprefix("s"), customers=count(size, lang()))
    name = found.result.names[segment](lang())
    own = f"{key}.{hash(name)}"
    st.text_input(label, name, max_chars=max(LONGEST_NAME, len(name)), key=own)
    return own


def _apply(key: str, found: Run, boxes: Mapping[str, str]) -> None:
    """Names that were typed; one left as it was shown is not an own name, an empty one is dropped."""
    names = found.params.own_names()
    for segment, box in boxes.items():
        typed = str(st.session_state.get(box) or "").strip()
        if typed != found.result.names[segment](lang()):
            names[segment] = typed.translate(PARTING).strip()
    _put(key, _line(names))


def _line(names: Mapping[str, str]) -> str:
    """As the parameter `names` reads them."""
    return "; ".join(f"{segment}: {name}" for segment, name in sorted(names.items()) if name)


def _put(key: str, line: str) -> None:
    st.session_state[key] = line
