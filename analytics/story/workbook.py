"""A story as a workbook: a contents sheet, then a sheet a frame with typed, formatted cells."""

from __future__ import annotations

import io
import re
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import Any

import polars as pl
import xlsxwriter

from analytics.story.written import (
    CHANCES,
    EDITED,
    HIDDEN_CELL,
    HOW,
    NOTES,
    SMALL_CHANCE,
    Page,
    Told,
    is_share,
    shown_columns,
)
from analytics.text import Text

SENTENCE = Text("What it says", "结论")
SHEET = Text("Sheet", "工作表")
CONTENTS = Text("Contents", "目录")
FACTS = Text("What was asked", "口径")
COMMAND = Text("Command line", "命令行")
A4 = 9  # the format's number for it
TABLE_TOP = 5  # the row where a frame's table begins
STYLES: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 15, "text_wrap": False},
    "head": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "bg_color": "#EDF1F4"},
    "text": {"valign": "top"}, "wrap": {"text_wrap": True, "valign": "top"},
    "note": {"italic": True, "font_color": "#46525E"},
    "whole": {"num_format": "#,##0"}, "money": {"num_format": "#,##0.00"},
    "share": {"num_format": "0.0%"}, "number": {"num_format": "#,##0.00##"},
    "chance": {"num_format": f'[<{SMALL_CHANCE}]"<{SMALL_CHANCE}";0.000#'},
    "date": {"num_format": "yyyy-mm-dd", "align": "left"},
    "hidden": {"align": "right", "font_color": "#46525E"},
}  # fmt: skip


def xlsx_file(told: Told) -> bytes:
    """The story as XLSX; text is written as text, so no cell can become a formula."""
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, {"in_memory": True, "remove_timezone": True})
    book.set_properties({"title": told.title, "subject": told.foot, "author": "Tidemark",
                         "keywords": told.story.source.fingerprint})  # fmt: skip
    formats = {name: book.add_format({"font_name": "Arial", "font_size": 10, **kind})
               for name, kind in STYLES.items()}  # fmt: skip
    names = [f"{number:02} {_sheet_name(page)}" for number, page in enumerate(told.pages, 1)]
    _contents(_sheet(book, CONTENTS(told.lang), 3), told, names, formats)
    for name, page in zip(names, told.pages, strict=True):
        _frame(_sheet(book, name, TABLE_TOP), page, formats)
    book.close()
    return written.getvalue()


def _sheet(book: Any, name: str, head: int) -> Any:
    """A sheet that prints on whole pages: across, as wide as one, its head row on each."""
    sheet = book.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(head)
    return sheet


def _contents(sheet: Any, told: Told, names: list[str], formats: dict[str, Any]) -> None:
    sheet.write_string(0, 0, told.title, formats["title"])
    sheet.write_string(1, 0, told.foot, formats["note"])
    heads = (SHEET, SENTENCE, EDITED, FACTS, COMMAND, HOW, NOTES)
    for column, (head, width) in enumerate(zip(heads, (24, 70, 18, 48, 60, 60, 40), strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(3, column, head(told.lang), formats["head"])
    for row, (name, page) in enumerate(zip(names, told.pages, strict=True), 4):
        sheet.write_url(row, 0, f"internal:'{name}'!A1", string=name)
        cells = (page.sentence, page.edited, page.facts, page.shown.command,
                 page.shown.definition(told.lang), page.frame.notes)  # fmt: skip
        for column, cell in enumerate(cells, 1):
            sheet.write_string(row, column, cell, formats["wrap"])
    sheet.freeze_panes(4, 1)


def _frame(sheet: Any, page: Page, formats: dict[str, Any]) -> None:
    sheet.write_string(0, 0, page.sentence, formats["title"])
    sheet.write_string(
        1,
        0,
        " · ".join(filter(None, [page.title, page.edited, page.remark, page.key])),
        formats["note"],
    )
    sheet.write_string(2, 0, page.facts, formats["note"])
    sheet.write_string(3, 0, page.told.foot, formats["note"])
    for row, sentence in enumerate(page.more, TABLE_TOP):
        sheet.write_string(row, 0, sentence, formats["text"])
    if page.shown.table is not None:
        _table(sheet, page, page.shown.table, formats)


def _table(sheet: Any, page: Page, table: pl.DataFrame, formats: dict[str, Any]) -> None:
    for place, name in enumerate(shown_columns(table)):
        title, values = page.frame.labels.column(name, page.told.lang), table[name].to_list()
        sheet.write_string(TABLE_TOP, place, title, formats["head"])
        sheet.set_column(
            place, place, max(12, min(42, 2 + max(map(_width, [title, *map(str, values)]))))
        )
        kind = _kind(name, values, table.columns)
        for row, value in enumerate(values, TABLE_TOP + 1):
            _cell(sheet, (row, place), page, name, value, kind, formats)
    sheet.freeze_panes(TABLE_TOP + 1, 1)
    sheet.autofilter(TABLE_TOP, 0, TABLE_TOP + table.height, max(len(shown_columns(table)) - 1, 0))


def _kind(name: str, values: list[Any], beside: list[str]) -> str:
    """The style of a column's numbers that are not whole."""
    if name in CHANCES:
        return "chance"
    return "share" if is_share(name, [v for v in values if isinstance(v, float)], beside) else "number"  # fmt: skip


def _cell(sheet: Any, at: tuple[int, int], page: Page, name: str, value: Any, kind: str,
          formats: dict[str, Any]) -> None:  # fmt: skip
    """One cell in its own type; what is withheld is words, never a zero."""
    if value is None or isinstance(value, str | bool) or _is_endless(value):
        word = page.cell(name, value)
        hidden = word == HIDDEN_CELL(page.told.lang)
        aside = hidden or isinstance(value, float)
        sheet.write_string(*at, word, formats["hidden" if aside else "text"])
    elif isinstance(value, date):
        sheet.write_datetime(*at, value, formats["date"])
    elif isinstance(value, Decimal):
        sheet.write_number(*at, float(value), formats["money"])
    else:
        sheet.write_number(*at, value, formats["whole" if isinstance(value, int) else kind])


def _is_endless(value: Any) -> bool:
    """Whether a value is no number for a spreadsheet, such as the conviction of a rule that always holds."""
    return isinstance(value, float) and not isfinite(value)


def _sheet_name(page: Page) -> str:
    """A name the format allows: 31 letters with the number, none of []:*?/\\."""
    return re.sub(r"[\[\]:*?/\\']", " ", page.title)[:27].strip() or page.frame.analysis


def _width(text: str) -> int:
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)
