"""An import under way on the page: its files, their plans, a name, and Import."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from analytics.ingest.recipe import Recipe
from analytics.text import Text, UserError
from pages.ui import session
from pages.ui.load import importing, plans, sources
from pages.ui.words import lang, safe_label, say

if TYPE_CHECKING:
    from analytics.drafts import Draft

TITLE = Text("Check what was recognised", "核对识别结果")
NAME = Text("Name of the dataset", "数据集名称")
DUPLICATES = Text("Exact duplicates", "完全重复的行")
DUPLICATES_HELP = Text("They are always counted. Two coffees are two coffees: keep them unless the extract repeats itself.",
                       "无论如何都会计数。两杯咖啡就是两笔交易：除非数据重复导出，否则请保留。")  # fmt: skip
KEEP_ROWS, DROP_ROWS = Text("Keep", "保留"), Text("Drop repeats", "去除")
WHERE = Text("Store", "保存方式")
FOR_NOW, FOR_LONG = Text("For now", "临时"), Text("Keep", "长期保存")
WHERE_HELP = Text("For now: only this browser sees it, deleted after 8 idle hours. Keep: stays until deleted, visible to everyone on this server.",
                  "临时：仅当前浏览器可见，闲置 8 小时后删除。长期保存：保留至手动删除，服务器上所有人可见。")  # fmt: skip
APPEND = Text("Append to", "追加到")
APPEND_NONE = Text("Nothing: a new dataset", "不追加：新建数据集")
APPEND_HELP = Text("Next month's extract: a new dataset of the old rows and these. The old dataset stays as it is.",
                   "下月数据：由原数据与本次文件生成新数据集，原数据集保持不变。")  # fmt: skip
IMPORT = Text("Import", "导入")
DISCARD = Text("Discard", "放弃")
RECIPE = Text("Recipe", "配方")
RECIPE_WHY = Text("A recipe keeps this mapping for next month's extract of the same shape.",
                  "配方保存当前映射，下月同样格式的数据可直接套用。")  # fmt: skip
SAVE_RECIPE = Text("Download recipe", "下载配方")
USE_RECIPE = Text("Use a recipe", "使用配方")
NOTHING = Text("Say for at least one file what it holds.", "请至少为一个文件指定内容。")


def panel(draft: Draft) -> None:
    """From the files to the Import button."""
    heading = st.empty()
    if not importing.examined(draft):
        st.button(say(DISCARD), on_click=sources.discard)
        return
    heading.subheader(say(TITLE), anchor=False)
    plans.editor()
    _settings(draft)


def _settings(draft: Draft) -> None:
    found = plans.all_plans()
    main = next((p for p in found if p.table == "transactions"), found[0]) if found else None
    default = safe_name(main.raw.name) if main else ""
    with st.container(border=True):
        with st.grid("auto", min_column_width=220, gap="medium"):
            name = st.text_input(say(NAME), value=default, max_chars=120, key="load.name")
            duplicates = st.segmented_control(
                say(DUPLICATES), ["keep", "drop"], default="keep", required=True, key=f"load.duplicates.{lang()}",
                format_func={"keep": say(KEEP_ROWS), "drop": say(DROP_ROWS)}.__getitem__,
                help=say(DUPLICATES_HELP))  # fmt: skip
            where = st.segmented_control(
                say(WHERE), ["now", "keep"], default="now", required=True, key=f"load.where.{lang()}",
                format_func={"now": say(FOR_NOW), "keep": say(FOR_LONG)}.__getitem__,
                help=say(WHERE_HELP))  # fmt: skip
            base = _base()
        ready = any(plan.table for plan in found)
        stopped = [d for plan in found if plan.table for d in plan.doubts if d.blocking]
        if not ready:
            st.caption(say(NOTHING))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(say(IMPORT), type="primary", icon=":material/database:", key="load.import",
                      disabled=not ready or bool(stopped), on_click=_ask,
                      args=(importing.Asked(name, duplicates or "keep", where == "keep", base, draft.key),))  # fmt: skip
            st.button(say(DISCARD), type="tertiary", on_click=sources.discard, key="load.discard")
            _recipe(duplicates or "keep")


def safe_name(file: str) -> str:
    """A dataset's default name from a file's: its stem, words instead of underscores.

    >>> safe_name("txn_2024-06.csv.gz")
    'txn 2024-06'
    """
    return " ".join(Path(file).name.partition(".")[0].replace("_", " ").split())


def _base() -> str | None:
    """The dataset that these files continue; none unless a person says so."""
    names = session.entry_names()
    if not names:
        return None
    return st.selectbox(say(APPEND), list(names), index=None, format_func=names.__getitem__,
                        placeholder=say(APPEND_NONE), help=say(APPEND_HELP), key="load.base")  # fmt: skip


def _ask(asked: importing.Asked) -> None:
    if asked.keep:
        try:
            session.shelf().name_is_free(asked.name)
        except UserError as error:
            st.toast(safe_label(error.text(lang()), 300), icon=":material/error:")
            return
    st.session_state[importing.RUN_KEY] = asked


def _recipe(duplicates: str) -> None:
    with st.popover(say(RECIPE), type="tertiary", icon=":material/receipt_long:"):
        st.caption(say(RECIPE_WHY))
        text = json.dumps(
            Recipe.of(plans.all_plans(), duplicates).as_dict(), ensure_ascii=False, indent=2
        )
        st.download_button(say(SAVE_RECIPE), text, "recipe.json", "application/json", on_click="ignore",
                           key="load.recipe.save")  # fmt: skip
        came = st.file_uploader(
            say(USE_RECIPE), type=["json"], key="load.recipe.file", max_upload_size=1
        )
        if came is not None:
            _use(came.getvalue())


def _use(content: bytes) -> None:
    try:
        text = content.decode("utf-8")
        Recipe.from_dict(json.loads(text))
    except UserError as error:
        st.error(safe_label(error.text(lang()), 300))
        return
    except ValueError:
        st.error(say(Text("This is not a recipe file (JSON).", "这不是配方文件（JSON）。")))
        return
    if st.session_state.get(importing.RECIPE_KEY) != text:
        st.session_state[importing.RECIPE_KEY] = text
        st.rerun()
