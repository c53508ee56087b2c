"""Where data comes from: files dropped in, or the invented bank in one click.

An uploaded file is written to the draft's folder at once and the uploader is cleared, because
Streamlit keeps every uploaded byte in memory until the session ends. The folder also lets F5 find
the files again: a reload is a new session, the draft belongs to the browser's owner cookie.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from analytics.download import safe_file_name
from analytics.text import Text
from pages.ui import session
from pages.ui.words import lang, say

if TYPE_CHECKING:
    from analytics.drafts import Draft

SAMPLES = Path(__file__).parents[3] / "sample_data"
ENDINGS = ["csv", "tsv", "txt", "asc", "dat", "gz", "zip", "xlsx", "parquet"]
DRAFT_KEY, ROUND_KEY, SAMPLE_KEY = "load.draft", "load.round", "load.sample"
DROP = Text("Your extracts", "您的数据文件")
DROP_HELP = Text(
    "Transactions, customers, accounts, balances, app events, campaigns: one file or several, as they come. "
    "CSV, TSV, text, gzip, zip, Excel or Parquet. Nothing leaves this machine.",
    "交易、客户、账户、余额、行为、营销等数据，一个或多个文件均可，无需预先整理。支持 CSV、TSV、文本、gzip、zip、Excel、Parquet。数据不会离开本机。")  # fmt: skip
LARGE = Text("Over 400 MB: import it with `tidemark import`; a browser would hold it twice in memory.",
             "超过 400 MB 的文件请用 `tidemark import` 导入，以免浏览器占用双倍内存。")  # fmt: skip
SAMPLE = Text("No extract at hand?", "暂无数据？")
SAMPLE_WHY = Text("An invented bank: about 600 customers over 24 months, with known truths planted in it.",
                  "虚构的示例银行：约 600 位客户、24 个月，内含已知的“标准答案”。")  # fmt: skip
LOAD_SAMPLE = Text("Load the sample bank", "载入示例银行")
OTHER_SAMPLE = {"en": Text("With Chinese headers", "使用中文表头"),
                "zh": Text("With English headers", "使用英文表头")}  # fmt: skip


def panel() -> None:
    """The uploader beside the sample bank."""
    left, right = st.columns([3, 2], gap="medium")
    with left.container(border=True, height="stretch"):
        _uploader()
    with right.container(border=True, height="stretch"):
        st.markdown(f"**{say(SAMPLE)}**")
        st.caption(say(SAMPLE_WHY))
        own, other = ("zh", "en") if lang() == "zh" else ("en", "zh")
        st.button(say(LOAD_SAMPLE), type="primary", icon=":material/account_balance:",
                  key="load.sample.own", on_click=_ask_sample, args=(own,))  # fmt: skip
        st.button(say(OTHER_SAMPLE[own]), type="tertiary", key="load.sample.other",
                  on_click=_ask_sample, args=(other,))  # fmt: skip


def draft() -> Draft | None:
    """The import under way: this session's, else one that a reload left behind."""
    found = {one.key: one for one in session.shelf().drafts(session.owner())}
    chosen = found.get(st.session_state.get(DRAFT_KEY, ""))
    if chosen is None:
        chosen = next((one for one in reversed(found.values()) if files(one)), None)
    if chosen is not None:
        st.session_state[DRAFT_KEY] = chosen.key
    return chosen


def files(one: Draft) -> list[Path]:
    """The files of a draft, in the order they came."""
    folder = one.work / "in"
    return sorted(folder.glob("*/*")) if folder.is_dir() else []


def sample_files(headers: str) -> list[Path]:
    """The committed files of the invented bank with these headers (`en` or `zh`)."""
    folder = SAMPLES / f"bank_{headers}"
    return sorted(p for p in folder.glob("*") if p.suffix in (".csv", ".gz"))


def discard() -> None:
    """Forget the import under way and delete its files; in callbacks."""
    one = draft()
    if one is not None:
        one.discard()
    for key in [k for k in st.session_state if str(k).startswith("load.")]:
        if key != ROUND_KEY:
            del st.session_state[key]


def _ask_sample(headers: str) -> None:
    st.session_state[SAMPLE_KEY] = headers


def _uploader() -> None:
    number = st.session_state.setdefault(ROUND_KEY, 0)
    came = st.file_uploader(f"**{say(DROP)}**", type=ENDINGS, accept_multiple_files=True, help=say(DROP_HELP),
                            key=f"load.files.{number}")  # fmt: skip
    st.caption(say(LARGE))
    if not came:
        return
    one = draft() or session.shelf().draft(session.owner())
    st.session_state[DRAFT_KEY] = one.key
    start = len(files(one))
    for offset, upload in enumerate(came):
        name = Path(upload.name.replace("\\", "/")).name
        folder = one.work / "in" / f"{start + offset:03d}"
        folder.mkdir(parents=True, mode=0o700)
        with (folder / _kept_name(name)).open("wb") as target:
            shutil.copyfileobj(upload, target, 1 << 20)
    st.session_state[ROUND_KEY] = number + 1
    st.rerun()


def _kept_name(name: str) -> str:
    """The file's own name, made safe, its endings kept (`.csv.gz`)."""
    stem, dot, endings = name.partition(".")
    ending = "".join(c for c in endings.lower() if c.isalnum() or c == ".")[-20:]
    return safe_file_name(stem, f".{ending}" if dot else "")
