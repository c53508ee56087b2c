"""A form from the knobs of a parameter class: one widget per knob, by its kind.

Values live in session_state under `<analysis>.<name>`, not under the widgets' own keys; they outlive
page switches, and whatever sets them (the address bar, a saved set, Reset) needs no other door.
Why apart: a choice reports the words of its option to the server, and after a change of language
the words of the other language mean nothing. So a widget's key ends in the language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from analytics.dataset import Dataset
from analytics.options import distinct
from analytics.params import Knob, ParameterError, Params
from analytics.text import Text
from pages.ui import shared, together
from pages.ui.words import lang, safe_label, say

ONE_LINE = 30  # letters of options that stay visible instead of folding into a list
LONG_TEXT = 60  # characters from which a text gets several lines
NOT_SET = Text("Not set", "未设置")
ALL = Text("All", "全部")
NO_BREAKDOWN = Text("No breakdown", "不拆分")
RESET = Text("Reset", "恢复默认")
MORE = Text("More settings", "更多设置")
CONTRADICTION = Text("These settings contradict each other", "这些设置相互矛盾")


def state_key(analysis: str, name: str) -> str:
    """Where a parameter's value lives in the session."""
    return f"{analysis}.{name}"


def set_values(analysis: str, kind: type[Params], values: Mapping[str, Any]) -> None:
    """Put every parameter at `values`, the rest at their defaults; before the widgets only."""
    defaults = kind.defaults()
    for name, knob in kind.knobs().items():
        _put(state_key(analysis, name), knob, values.get(name, defaults[name]), defaults[name])


def current_values(analysis: str, kind: type[Params]) -> dict[str, Any]:
    """The values of the session, defaults where nothing was set."""
    defaults, found = kind.defaults(), {}
    for name, knob in kind.knobs().items():
        key = state_key(analysis, name)
        value = st.session_state.get(key, defaults[name])
        if _can_switch_off(knob) and st.session_state.get(f"{key}.off", defaults[name] is None):
            value = None
        if knob.kind == "choices":
            value = tuple(value or ()) or (None if knob.optional else ())
        found[name] = value
    return found


def current_params(analysis: str, kind: type[Params]) -> Params | None:
    """The parameters of the session; None while they contradict each other."""
    try:
        return kind(**current_values(analysis, kind))
    except ParameterError:
        return None


def settled(analysis: str, kind: type[Params]) -> Params | None:
    """The parameters as they stand before the widgets are drawn; None while they contradict."""
    if state_key(analysis, "by") not in st.session_state:
        set_values(analysis, kind, {})
    st.session_state.update(
        {state_key(analysis, name): value for name, value in shared.brought(analysis).items()}
    )
    return current_params(analysis, kind)


def form(analysis: str, kind: type[Params], data: Dataset) -> Params:
    """The widgets; stops the page with the reason in words when values contradict."""
    knobs = kind.knobs()
    settled(analysis, kind)
    plain = [n for n, k in knobs.items() if not k.advanced]
    folded = [n for n, k in knobs.items() if k.advanced]
    with st.grid("auto", min_column_width=200, gap=("small", "medium")):
        for name in plain:
            _widget(analysis, name, knobs[name], data)
        with st.container(gap=None):
            st.space("small")
            _reset_button(analysis, kind)
    if folded:
        more = st.expander(say(MORE), type="compact", key=f"{analysis}.more", on_change="rerun")
        if more.open:
            with more, st.grid("auto", min_column_width=200, gap=("small", "medium")):
                for name in folded:
                    _widget(analysis, name, knobs[name], data)
    shared.leave(analysis, current_values(analysis, kind))
    try:
        return kind(**current_values(analysis, kind))
    except ParameterError as error:
        st.error(safe_label(error.text(lang()), 400), title=say(CONTRADICTION))
        st.stop()


def _reset_button(analysis: str, kind: type[Params]) -> None:
    """Back to the defaults, shown only when something differs from them."""
    changed = current_values(analysis, kind) != dict(kind.defaults())
    st.button(say(RESET), type="tertiary", icon=":material/restart_alt:", disabled=not changed,
              key=f"{analysis}.reset", on_click=set_values, args=(analysis, kind, {}))  # fmt: skip


def bound(key: str) -> dict[str, Any]:
    """Arguments that tie a widget to the value under `key`."""
    widget = f"{key}@{lang()}"
    st.session_state[widget] = st.session_state[key]
    return {"key": widget, "on_change": _store, "args": (key, widget)}


def _store(key: str, widget: str) -> None:
    """Keep what a person chose; a slider's 0.30000000000000004 is 0.3."""
    together.hold()
    value = st.session_state[widget]
    st.session_state[key] = round(value, 10) if isinstance(value, float) else value


def _widget(analysis: str, name: str, knob: Knob, data: Dataset) -> None:
    key = state_key(analysis, name)
    shown = {"help": knob.help(lang()) or None}
    label = " · ".join(filter(None, (knob.label(lang()), knob.unit(lang()))))
    if knob.kind in ("int", "float"):
        _number(label, knob, key, shown)
    elif knob.kind == "bool":
        st.toggle(label, **bound(key), **shown)
    elif knob.kind == "choice":
        _choice(label, knob, data, key, shown)
    elif knob.kind == "choices":
        options = list(_options(knob, data))
        _keep_known(key, options)
        st.multiselect(label, options, wrap=True, format_func=_title(knob, data), placeholder=say(ALL),
                       **bound(key), **shown)  # fmt: skip
    elif len(str(st.session_state[key])) > LONG_TEXT:
        st.text_area(label, height=120, **bound(key), **shown)
    else:
        st.text_input(label, **bound(key), **shown)


def _number(label: str, knob: Knob, key: str, shown: dict[str, Any]) -> None:
    cast = int if knob.kind == "int" else float
    if knob.slider is None:
        st.number_input(label, min_value=_or_none(cast, knob.low), placeholder=say(NOT_SET),
                        max_value=_or_none(cast, knob.high), **bound(key), **shown)  # fmt: skip
        return
    low, high, step = (cast(part) for part in knob.slider)
    value = cast(st.session_state[key])
    st.session_state[key] = value
    ends = min(low, value), max(high, value)
    if not _can_switch_off(knob):
        st.slider(label, *ends, step=step, **bound(key), **shown)
        return
    off = bool(st.session_state.get(f"{key}.off"))
    with st.container(gap=None):
        st.slider(label, *ends, step=step, disabled=off, **bound(key), **shown)
        st.toggle(say(NOT_SET), **bound(f"{key}.off"))


def _can_switch_off(knob: Knob) -> bool:
    return knob.optional and knob.slider is not None


def _put(key: str, knob: Knob, value: Any, default: Any) -> None:
    if _can_switch_off(knob):
        st.session_state[f"{key}.off"] = value is None
        if value is None:
            value = knob.slider[0] if default is None and knob.slider else default
    if knob.kind == "choices":
        value = list(value or ())
    st.session_state[key] = value


def _choice(label: str, knob: Knob, data: Dataset, key: str, shown: dict[str, Any]) -> None:
    options = list(_options(knob, data))
    _keep_known(key, options)
    title = _title(knob, data)
    short = sum(_width(title(one)) + 4 for one in options) <= ONE_LINE
    if short and not knob.optional and knob.source is None:
        st.segmented_control(
            label, options, required=True, format_func=title, **bound(key), **shown
        )
        return
    unset = NO_BREAKDOWN if key.endswith(".by") else NOT_SET
    st.selectbox(label, options, index=None if knob.optional else 0, format_func=title,
                 placeholder=say(unset), **bound(key), **shown)  # fmt: skip


def _width(words: str) -> int:
    """Letters, a Chinese one counting twice."""
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in words)


def _options(knob: Knob, data: Dataset) -> Sequence[str]:
    if knob.options is not None:
        return list(knob.options)
    return list(data.groups()) if knob.source == "groups" else distinct(data, knob.source or "")


def _title(knob: Knob, data: Dataset):  # type: ignore[no-untyped-def]
    """How an option reads; options of a list are plain text to Streamlit, so nothing is escaped."""
    titles, language = knob.options or {}, lang()
    groups = data.groups() if knob.source == "groups" else {}

    def title(option: str) -> str:
        if option in titles:
            return titles[option](language)
        return groups[option].title(language) if option in groups else str(option)

    return title


def _keep_known(key: str, options: Sequence[str]) -> None:
    """A value that this dataset does not offer (from another one's link) falls away."""
    value = st.session_state.get(key)
    if _many(value):
        st.session_state[key] = [v for v in value if v in options]
    elif value is not None and value not in options:
        st.session_state[key] = None


def _many(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _or_none(cast: Any, value: float | None) -> Any:
    return None if value is None else cast(value)
