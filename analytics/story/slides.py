"""A story as slides: native title, native table, the chart as a picture, notes for the speaker."""

from __future__ import annotations

import io
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches, Pt

from analytics.story.pictures import bare_png
from analytics.story.written import HOW, Page, Told

WIDE, HIGH, EDGE = Inches(13.333), Inches(7.5), Inches(0.6)
LATIN, CHINESE = "Arial", "Microsoft YaHei"
TITLE_ONLY, OPENING = 5, 0  # layouts of the built-in template
BESIDE = (8, 3)  # rows and columns of a table beside its chart
ALONE = (13, 6)
FULL_ROW = Inches(0.36)
KEY_ROW = Inches(0.24)
KEY_LETTERS = {"en": 165, "zh": 90}  # of a line of the key


def pptx_file(told: Told) -> bytes:
    """The story as PPTX, 16:9."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = WIDE, HIGH
    _opening(deck, told)
    for page in told.pages:
        _slide(deck, page)
    facts = deck.core_properties
    facts.title, facts.subject, facts.author = told.title, told.foot[:255], "Tidemark"
    facts.keywords = told.story.source.fingerprint
    written = io.BytesIO()
    deck.save(written)
    return written.getvalue()


def _opening(deck: Any, told: Told) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[OPENING])
    _ground(slide, told)
    _place(slide.shapes.title, EDGE, Inches(2.4), WIDE - 2 * EDGE, Inches(1.4))
    _write(slide.shapes.title.text_frame, told.title, 40, told, bold=True)
    _place(slide.placeholders[1], EDGE, Inches(4.0), WIDE - 2 * EDGE, Inches(1.6))
    _write(slide.placeholders[1].text_frame, told.foot, 16, told)


def _slide(deck: Any, page: Page) -> None:
    told = page.told
    slide = deck.slides.add_slide(deck.slide_layouts[TITLE_ONLY])
    _ground(slide, told)
    _place(slide.shapes.title, EDGE, Inches(0.35), WIDE - 2 * EDGE, Inches(1.25))
    _write(
        slide.shapes.title.text_frame,
        page.sentence,
        26 if len(page.sentence) < 110 else 20,
        told,
        bold=True,
    )
    top, room = Inches(1.75), HIGH - Inches(1.75) - Inches(0.95)
    if page.chart:
        _picture(slide, page, top, room - _key(slide, page, top + room))
        _table(slide, page, EDGE + Inches(8.4), top, WIDE - 2 * EDGE - Inches(8.4), BESIDE, 11)
    elif page.frame.kind == "table":
        _table(slide, page, EDGE, top, WIDE - 2 * EDGE, ALONE, 13)
    elif page.more or page.remark:
        box = slide.shapes.add_textbox(EDGE, top, WIDE - 2 * EDGE, room)
        _write(box.text_frame, "\n".join([*page.more, page.remark]).strip(), 22, told)
    box = slide.shapes.add_textbox(EDGE, HIGH - Inches(0.85), WIDE - 2 * EDGE, Inches(0.7))
    _write(box.text_frame, "\n".join(filter(None, [page.facts, " · ".join(
        filter(None, [page.edited, page.remark, told.foot]))])), 9, told)  # fmt: skip
    slide.notes_slide.notes_text_frame.text = "\n\n".join(filter(None, [
        page.frame.notes, f"{HOW(told.lang)}: {page.shown.definition(told.lang)}", page.shown.command,
        told.foot]))  # fmt: skip


def _key(slide: Any, page: Page, bottom: int) -> int:
    """What the numbered lines of the chart stand for, above `bottom`; returns its height."""
    if not page.key:
        return 0
    height = KEY_ROW * (1 + len(page.key) // KEY_LETTERS[page.told.lang])
    box = slide.shapes.add_textbox(EDGE, bottom - height, WIDE - 2 * EDGE, height)
    _write(box.text_frame, page.key, 11, page.told)
    return height


def _picture(slide: Any, page: Page, top: int, room: int) -> None:
    """The chart as large as its place allows, with its words for a screen reader."""
    picture = slide.shapes.add_picture(io.BytesIO(bare_png(page)), EDGE, top)
    most = Inches(8.1) if page.shown.table is not None else WIDE - 2 * EDGE
    scale = min(most / picture.width, room / picture.height)
    picture.width, picture.height = (
        Emu(int(picture.width * scale)),
        Emu(int(picture.height * scale)),
    )
    words = page.shown.alt_text(page.told.lang)
    picture._element.nvPicPr.cNvPr.set("descr", words)


def _table(slide: Any, page: Page, left: int, top: int, width: int, size: tuple[int, int],
           points: int) -> None:  # fmt: skip
    titles, rows = page.grid(*size)
    if not rows:
        return
    shape = slide.shapes.add_table(
        len(rows) + 1, len(titles), left, top, width, FULL_ROW * (len(rows) + 1)
    )
    for line, cells in enumerate([titles, *rows]):
        for column, cell in enumerate(cells):
            place = shape.table.cell(line, column)
            place.margin_left = place.margin_right = Inches(0.06)
            place.margin_top = place.margin_bottom = Inches(0.02)
            _write(place.text_frame, cell, points, page.told, bold=line == 0, coloured=False)


def _write(frame: Any, words: str, points: int, told: Told, *, bold: bool = False,
           coloured: bool = True) -> None:  # fmt: skip
    """Text in a frame, with a face for Latin and one for Chinese letters."""
    frame.word_wrap = True
    frame.text = words
    for paragraph in frame.paragraphs:
        paragraph.alignment = PP_ALIGN.LEFT
        for run in paragraph.runs:
            run.font.size, run.font.bold, run.font.name = Pt(points), bold, LATIN
            if coloured:
                run.font.color.rgb = RGBColor.from_string(told.ink.lstrip("#"))
            east = run._r.get_or_add_rPr().makeelement(qn("a:ea"), {"typeface": CHINESE})
            run._r.get_or_add_rPr().append(east)


def _ground(slide: Any, told: Told) -> None:
    fill = slide.background.fill
    fill.solid()
    fill.fore_color.rgb = RGBColor.from_string(told.ground.lstrip("#"))


def _place(shape: Any, left: int, top: int, width: int, height: int) -> None:
    shape.left, shape.top, shape.width, shape.height = left, top, width, height
