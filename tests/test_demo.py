"""The way of a presenter: open, sample, five analyses, pin, present, export; each file read by another.

The walk is timed, and `-rP` shows the seconds from the first click to the web page; how long it may take is not asserted, because another machine is not ours.
"""

from __future__ import annotations

import io
import re
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pptx
import pytest
from pypdf import PdfReader

from analytics.registry import load
from tests.app_server import App
from tests.test_browser import CHART, WAIT_MS, idle, load_sample

PINS = (("segments", "sizes"), ("lifecycle", "stages"), ("sequences", "patterns"), ("rules", "scatter"),
        ("anomalies", ""), ("rfm", "segments"))  # fmt: skip
EXPORTS = {"html": "Web page (HTML)", "pptx": "Slides (PPTX)", "xlsx": "Workbook (XLSX)", "pdf": "Charts (PDF)",
           "zip": "Pictures (PNG and SVG)", "json": "Story to rebuild (JSON)"}  # fmt: skip


@dataclass
class Walk:
    """What the walk saw and took away."""

    sentences: list[str]
    bars: list[int]
    files: dict[str, Path]
    seconds: float
    presented: list[str]


def pin(page: Any, key: str, chart: str, place: int) -> None:
    """Open an analysis by the navigation and pin one thing of it, as the story's frame `place`."""
    analysis = load(key)
    page.get_by_role("link", name=analysis.title.en, exact=True).first.click()
    page.locator(f"{CHART} :is(svg, canvas)").first.wait_for(timeout=2 * WAIT_MS)
    idle(page)
    title = next((c.title.en for c in analysis.charts if c.key == chart), "")
    page.get_by_role("button", name="Pin").first.click()
    page.get_by_text(f"Chart: {title}" if chart else "Headline", exact=True).first.click()
    page.get_by_text(f"Pinned. The story holds {place}.").first.wait_for()


def bars(page: Any) -> list[int]:
    """The numbers of customers that the bars of the second chart say aloud."""
    spoken = page.locator(CHART).nth(1).locator(".mark-rect.role-mark path").all()
    labels = [str(one.get_attribute("aria-label")) for one in spoken]
    return [
        int(found[1].replace(",", ""))
        for one in labels
        if (found := re.search(r"Customers: ([0-9,]+)", one))
    ]


def read(one: Any) -> str:
    """A heading as people read it: the page breaks links in data by an invisible joiner."""
    return str(one.inner_text()).replace("\u2060", "")


def take(page: Any, name: str, folder: Path, ending: str) -> Path:
    with page.expect_download(timeout=2 * WAIT_MS) as started:
        page.get_by_role("button", name=name, exact=True).click()
    path = folder / f"story.{ending}"
    started.value.save_as(path)
    return path


@pytest.fixture(scope="module")
def walk(browser: Any, app: App, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    folder = tmp_path_factory.mktemp("demo")
    context = browser.new_context(
        base_url=app.url, locale="en-US", viewport={"width": 1440, "height": 1000}
    )
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto("/")
    idle(page)
    began = time.monotonic()
    load_sample(page)
    for place, (key, chart) in enumerate(PINS, 1):
        pin(page, key, chart, place)
    counted = bars(page)
    page.get_by_role("link", name="Story", exact=True).first.click()
    page.get_by_role("textbox", name="Title").fill("Where our customers stand")
    page.keyboard.press("Tab")
    idle(page)
    files = {"html": take(page, EXPORTS["html"], folder, "html")}
    seconds = time.monotonic() - began
    sentences = [read(one) for one in page.get_by_role("heading", level=3).all()]
    files |= {
        kind: take(page, name, folder, kind) for kind, name in EXPORTS.items() if kind != "html"
    }
    yield Walk(sentences, counted, files, seconds, presented(page))
    context.close()


def presented(page: Any) -> list[str]:
    """The sentences of the presenter's frames, walked by the arrow keys, and one step back."""
    page.get_by_role("link", name="Present", exact=True).first.click()
    page.get_by_text(f"1 of {len(PINS)}").wait_for()
    idle(page)
    found = [read(page.get_by_role("heading", level=1))]
    for place in range(2, len(PINS) + 1):
        page.keyboard.press("ArrowRight")
        page.get_by_text(f"{place} of {len(PINS)}").wait_for()
        idle(page)
        found.append(read(page.get_by_role("heading", level=1)))
    page.keyboard.press("ArrowLeft")
    page.get_by_text(f"{len(PINS) - 1} of {len(PINS)}").wait_for()
    assert not page.get_by_test_id("stSidebar").is_visible()
    return found


@pytest.mark.timeout(900)
def test_the_walk_ends_with_a_story_of_six_frames(walk):
    sys.stdout.write(f"{walk.seconds:.1f} s from the first click to the web page\n")
    assert len(walk.sentences) == len(PINS)
    assert walk.presented == walk.sentences
    assert all(path.stat().st_size for path in walk.files.values())


def test_the_web_page_opens_offline_without_a_request_or_an_error(walk, browser):
    context = browser.new_context(offline=True)
    page = context.new_page()
    requests, errors = [], []
    page.on("request", lambda one: requests.append(one.url))
    page.on("console", lambda one: errors.append(one.text) if one.type == "error" else None)
    page.on("pageerror", lambda one: errors.append(str(one)))
    page.goto(walk.files["html"].as_uri())
    page.locator("svg").first.wait_for()
    page.wait_for_timeout(500)
    drawn = page.locator(".chart svg.marks").count()
    headings = [one.inner_text() for one in page.get_by_role("heading", level=2).all()]
    page.locator(".chart svg .mark-rect path").first.hover(force=True)
    context.close()
    assert requests == [walk.files["html"].as_uri()]
    assert errors == []
    assert headings == walk.sentences
    assert drawn >= 3


def test_the_numbers_of_the_files_are_those_of_the_page(walk):
    book = openpyxl.load_workbook(walk.files["xlsx"])
    assert [sheet["A1"].value for sheet in book.worksheets[1:]] == walk.sentences
    sheet = book.worksheets[-1]
    heads = [cell.value for cell in sheet[6]]
    column = heads.index("Customers")
    found = [
        row[column]
        for row in sheet.iter_rows(min_row=7, values_only=True)
        if isinstance(row[column], int)
    ]
    assert found
    assert set(found) <= set(walk.bars)
    deck = pptx.Presentation(str(walk.files["pptx"]))
    assert [slide.shapes.title.text_frame.text for slide in list(deck.slides)[1:]] == walk.sentences
    shown = {
        cell.text
        for shape in deck.slides[-1].shapes
        if shape.has_table
        for row in shape.table.rows
        for cell in row.cells
    }
    assert {f"{n:,}" for n in found} & shown


def test_the_pictures_open(walk):
    pages = PdfReader(str(walk.files["pdf"])).pages
    names = zipfile.ZipFile(io.BytesIO(walk.files["zip"].read_bytes())).namelist()
    assert len(pages) * 2 == len(names)
    assert all(page.extract_text().strip() for page in pages)


@pytest.fixture
def opened(browser: Any, app: App) -> Iterator[Callable[..., Any]]:
    contexts = []

    def open_page(path: str, **options: Any) -> Any:
        context = browser.new_context(
            base_url=app.url, viewport={"width": 1440, "height": 1000}, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.goto(path)
        idle(page)
        return page

    yield open_page
    for context in contexts:
        context.close()


def test_without_a_dataset_the_story_says_what_to_do(opened):
    page = opened("/story", locale="zh-CN")
    assert page.get_by_role("heading", name="汇报").first.is_visible()
    assert page.get_by_text("请先载入数据或示例银行").is_visible()
