"""A story as slides: native title, native table, the chart as a picture, notes for the speaker."""

from __future__ import annotations

import io
from itertools import accumulate
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches, Pt

from analytics.names import letters, lines
from analytics.story.pictures import bare_png
from analytics.story.written import HOW, Page, Told, reads_as_number

WIDE, HIGH, EDGE = Inches(13.333), Inches(7.5), Inches(0.6)
LATIN, CHINESE = "Arial", "Microsoft YaHei"
TITLE_ONLY, OPENING = 5, 0  # layouts of the built-in template
BESIDE = (8, 3)  # rows and columns of a table beside its chart
ALONE = (13, 6)
POINTS_BESIDE, POINTS_ALONE = 600, 900  # of a chart: the fewer, the larger its letters
HEAD, BANDS = "1F5F99", {"light": ("FFFFFF", "F1F5F9"), "dark": ("10161D", "1A242F")}  # of a table
NARROWEST, WIDEST, EDGES = 5, 26, 2  # letters of a column, and what its edges take
BOLD = 1.25  # how much wider a bold letter is
LONG = 110  # letters of a sentence that is set smaller
FULL_ROW, FOOT = Inches(0.34), Inches(0.92)
LETTER = 0.55  # of its height is the width of a letter
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
    top, room = Inches(1.75), HIGH - Inches(1.75) - FOOT
    if page.frame.kind == "headline" and not page.more:
        _title(slide, page, Inches(2.2), Inches(2.6), (36, 30))
    else:
        _title(slide, page, Inches(0.35), Inches(1.25), (26, 20))
    if page.is_blank:
        box = slide.shapes.add_textbox(EDGE, top, WIDE - 2 * EDGE, room)
        _write(box.text_frame, f"{page.title}\n{page.remark}", 22, told)
    elif page.chart:
        _picture(slide, page, top, room - _key(slide, page, top + room))
        _table(slide, page, EDGE + Inches(8.4), top, WIDE - 2 * EDGE - Inches(8.4), BESIDE, 11)
    elif page.frame.kind == "table":
        _table(slide, page, EDGE, top, WIDE - 2 * EDGE, ALONE, 13)
    elif page.more:
        box = slide.shapes.add_textbox(EDGE, top, WIDE - 2 * EDGE, room)
        _write(box.text_frame, "\n".join([*page.more, page.remark]).strip(), 22, told)
    _facts(slide, page)


def _title(slide: Any, page: Page, top: int, height: int, points: tuple[int, int]) -> None:
    """The sentence, smaller where it is long."""
    _place(slide.shapes.title, EDGE, top, WIDE - 2 * EDGE, height)
    size = points[letters(page.sentence) >= LONG]
    _write(slide.shapes.title.text_frame, page.sentence, size, page.told, bold=True)


def _facts(slide: Any, page: Page) -> None:
    """What was asked and of what, small at the foot; the same and more in the notes."""
    told = page.told
    remark = "" if page.is_blank else page.remark
    marks = " · ".join(filter(None, [page.edited, remark, told.foot]))
    box = slide.shapes.add_textbox(EDGE, HIGH - Inches(0.85), WIDE - 2 * EDGE, Inches(0.7))
    _write(box.text_frame, f"{page.facts}\n{marks}", 9, told)
    how = f"{HOW(told.lang)}: {page.shown.definition(told.lang)}"
    notes = filter(None, [page.frame.notes, how, page.shown.command, told.foot])
    slide.notes_slide.notes_text_frame.text = "\n\n".join(notes)


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
    beside = page.shown.table is not None
    drawn = bare_png(page, POINTS_BESIDE if beside else POINTS_ALONE)
    picture = slide.shapes.add_picture(io.BytesIO(drawn), EDGE, top)
    most = Inches(8.1) if beside else WIDE - 2 * EDGE
    scale = min(most / picture.width, room / picture.height)
    picture.width, picture.height = (
        Emu(int(picture.width * scale)),
        Emu(int(picture.height * scale)),
    )
    words = page.shown.alt_text(page.told.lang)
    picture._element.nvPicPr.cNvPr.set("descr", words)


def _table(slide: Any, page: Page, left: int, top: int, width: int, size: tuple[int, int],
           points: int) -> None:  # fmt: skip
    """As many rows as stand above the foot; a row is as high as its longest cell in lines."""
    titles, rows = page.grid(*size)
    if not rows:
        return
    shares = _widths([titles, *rows])
    room = [max(4, int(width * share / (points * LETTER * Pt(1)))) for share in shares]
    heights = [_row_height(cells, room, points) for cells in [titles, *rows]]
    fit = sum(1 for end in accumulate(heights) if end <= HIGH - FOOT - top)
    rows, heights = rows[: max(fit - 1, 1)], heights[: max(fit, 2)]
    table = slide.shapes.add_table(len(rows) + 1, len(titles), left, top, width, sum(heights)).table
    for column, share in enumerate(shares):
        table.columns[column].width = Emu(int(width * share))
    right = [all(map(reads_as_number, column)) for column in zip(*rows, strict=True)]
    for line, cells in enumerate([titles, *rows]):
        table.rows[line].height = heights[line]
        for column, cell in enumerate(cells):
            _cell(table.cell(line, column), cell, page.told, line, points, right=right[column])


def _cell(place: Any, words: str, told: Told, line: int, points: int, *, right: bool) -> None:
    """One cell; line 0 is the head, numbers stand to the right."""
    place.margin_left = place.margin_right = Inches(0.06)
    place.margin_top = place.margin_bottom = Inches(0.02)
    place.vertical_anchor = MSO_ANCHOR.MIDDLE
    place.fill.solid()
    place.fill.fore_color.rgb = RGBColor.from_string(BANDS[told.theme][line % 2] if line else HEAD)
    _write(place.text_frame, words, points, told, bold=not line, ink="" if line else "FFFFFF")
    if right:
        for paragraph in place.text_frame.paragraphs:
            paragraph.alignment = PP_ALIGN.RIGHT


def _row_height(cells: list[str], room: list[int], points: int) -> Emu:
    """Of a row whose cells hold so many letters a line."""
    most = max(len(lines(cell, letters)) for cell, letters in zip(cells, room, strict=True))
    return Emu(max(int(FULL_ROW), int(most * points * 1.25 * Pt(1)) + Inches(0.08)))


def _widths(rows: list[list[str]]) -> list[float]:
    """The share of the width that each column needs: its longest cell, but no word of it is broken."""
    heads, *cells = rows
    needed = []
    for place, head in enumerate(heads):
        column = [row[place] for row in cells]
        whole = max(BOLD * letters(head), *map(letters, column))
        word = max(letters(one) for words in (head, *column) for one in words.split() or [""])
        needed.append(EDGES + max(min(whole, WIDEST), min(BOLD * word, WIDEST), NARROWEST))
    return [one / sum(needed) for one in needed]


def _write(frame: Any, words: str, points: int, told: Told, *, bold: bool = False,
           ink: str = "") -> None:  # fmt: skip
    """Text in a frame, in the ink of the theme unless given, with a face for Latin and one for Chinese letters."""
    frame.word_wrap = True
    frame.text = words
    for paragraph in frame.paragraphs:
        paragraph.alignment = PP_ALIGN.LEFT
        for run in paragraph.runs:
            run.font.size, run.font.bold, run.font.name = Pt(points), bold, LATIN
            run.font.color.rgb = RGBColor.from_string((ink or told.ink).lstrip("#"))
            east = run._r.get_or_add_rPr().makeelement(qn("a:ea"), {"typeface": CHINESE})
            run._r.get_or_add_rPr().append(east)


def _ground(slide: Any, told: Told) -> None:
    fill = slide.background.fill
    fill.solid()
    fill.fore_color.rgb = RGBColor.from_string(told.ground.lstrip("#"))


def _place(shape: Any, left: int, top: int, width: int, height: int) -> None:
    shape.left, shape.top, shape.width, shape.height = left, top, width, height
