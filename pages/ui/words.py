"""The language of this session, and text that is safe to show.

Why `safe_label`: Streamlit reads Markdown in nearly every label, caption, metric and error. A value
from the data could become a live link, an image fetched from elsewhere, an icon or a formula.
"""

from __future__ import annotations

import re

import streamlit as st

from analytics.text import Lang, Text

LANG_KEY = "lang"
LANG_NAMES = {"en": "English", "zh": "简体中文"}
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-!|<>~$^&=])")
_BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_JOINER = "\u2060"  # invisible; breaks what the page would turn into a link, an icon or an emoji


def browser_lang() -> Lang:
    """The language the browser asks for; English unless it is a Chinese one."""
    return "zh" if str(st.context.locale or "").lower().startswith("zh") else "en"


def lang() -> Lang:
    """The language of this session."""
    return "zh" if st.session_state.get(LANG_KEY, browser_lang()) == "zh" else "en"


def say(text: Text, **values: object) -> str:
    """A text in the session's language, its `{name}` fields filled with our own values."""
    return (text.fill(**values) if values else text)(lang())


def safe_label(value: object, length: int = 80) -> str:
    """A value from the data as plain words: no markup, link, icon, formula or direction mark.

    >>> safe_label("[a](http://b) :smile:").count("\\\\")
    4
    """
    text = _BIDI.sub("", " ".join(str(value).split()))
    text = "".join(c for c in text if c.isprintable())
    if len(text) > length:
        text = text[: length - 1] + "…"
    text = _MARKUP.sub(r"\\\1", text)
    text = re.sub(r"([:@])", rf"\1{_JOINER}", text)
    return re.sub(r"(?i)(www)\.", rf"\1{_JOINER}.", text)
