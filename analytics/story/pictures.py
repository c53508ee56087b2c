"""The charts of a story as PNG and SVG, and all of them as one PDF; each carries its facts."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import vl_convert
from pypdf import PdfReader, PdfWriter

from analytics import export, style
from analytics.legible import Room, lowest, whole
from analytics.names import lines
from analytics.story.written import Page, Told
from analytics.text import Lang, Text, UserError

WIDTH, SCALE = 860, 2.0
ROOM = Room(letters=44)
WORDS_ALONE = 96  # letters of a line of large words
LOW = 330  # of a chart on a slide: what is lower is shown larger
LETTERS: dict[Lang, int] = {"en": 96, "zh": 104}  # that fit a line of the sentence over a chart
FOOT_LETTERS: dict[Lang, int] = {"en": 150, "zh": 168}
NO_CHARTS = Text("No frame of this story holds a chart.", "该汇报中没有图表。")


def with_words(page: Page) -> dict[str, Any]:
    """The chart under its sentence, with its facts below: a picture that can stand alone."""
    spec, lang = dict(page.chart or _words_alone(page)), page.told.lang
    top: dict[str, Any] = {name: spec.pop(name) for name in ("$schema", "datasets") if name in spec}
    config = {**spec.pop("config", {}), **style.config(page.told.theme)}
    title = spec.get("title", "")
    plain = title.get("text", "") if isinstance(title, dict) else str(title)
    if spec.get("width") == "container":
        spec["width"] = WIDTH
    sentence = lines(page.sentence, LETTERS[lang])
    remark = "" if page.is_blank else page.remark
    facts = [line for part in (page.key, page.facts, page.told.foot, page.edited, remark) if part
             for line in lines(part, FOOT_LETTERS[lang])]  # fmt: skip
    foot = {"data": {"values": [{}]}, "width": WIDTH, "height": 14 * len(facts), "view": {"stroke": None},
            "mark": {"type": "text", "align": "left", "baseline": "top", "x": 0, "y": 0,
                     "text": facts, "fontSize": 10, "opacity": 0.8, "lineHeight": 14}}  # fmt: skip
    heading = {
        "text": sentence,
        "subtitle": plain if plain not in sentence else "",
        "offset": 14,
        "subtitlePadding": 6,
    }
    spec.pop("title", None)
    joined = {**top, "config": config, "title": heading, "vconcat": [spec, foot], "spacing": 18}
    return whole(joined, ROOM)


def _words_alone(page: Page) -> dict[str, Any]:
    """In the place of a chart of which nothing is left: why, and what to do."""
    said = lines(page.remark, WORDS_ALONE)
    return {"data": {"values": [{}]}, "width": WIDTH, "height": 24 * len(said) + 40, "view": {"stroke": None},
            "title": page.title,
            "mark": {"type": "text", "align": "left", "baseline": "top", "x": 0, "y": 20, "text": said,
                     "fontSize": 16, "lineHeight": 24}}  # fmt: skip


def alone(page: Page, kind: str) -> bytes:
    """The chart of a frame with its words as a file that stands alone: `svg`, `png` or `html`."""
    spoken = {"description": page.shown.alt_text(page.told.lang)}
    return export.chart_file({**with_words(page), **spoken}, kind, page.told.theme)


def bare_png(page: Page, width: int = WIDTH) -> bytes:
    """The chart alone, for a slide that has its own title and facts; `width` in points of a screen."""
    assert page.chart is not None
    chart = page.chart
    if isinstance(height := chart.get("height"), int):
        chart = {**chart, "height": max(min(height, LOW), lowest(chart))}
    spec = style.themed(chart, page.told.theme, width=width)
    return vl_convert.vegalite_to_png(spec, scale=SCALE, allowed_base_urls=[])


def pdf_file(told: Told) -> bytes:
    """Every chart of the story on a page of its own."""
    writer = PdfWriter()
    for page in _charted(told):
        one = vl_convert.vegalite_to_pdf(with_words(page), allowed_base_urls=[])
        writer.append(PdfReader(io.BytesIO(one)))
    writer.add_metadata({"/Title": told.title, "/Subject": told.foot, "/Creator": "Tidemark",
                         "/Keywords": told.story.source.fingerprint})  # fmt: skip
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def pictures_file(told: Told) -> bytes:
    """Every chart as PNG and SVG in one ZIP."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, page in enumerate(_charted(told), 1):
            name = f"{number:02}-{page.frame.analysis}-{page.frame.item}"
            for ending, content in ((kind, alone(page, kind)) for kind in ("png", "svg")):
                archive.writestr(zipfile.ZipInfo(f"{name}.{ending}"), content)
    return packed.getvalue()


def _charted(told: Told) -> list[Page]:
    found = [page for page in told.pages if page.chart or (page.is_blank and page.shown.charts)]
    if not found:
        raise UserError(NO_CHARTS, "story")
    return found
