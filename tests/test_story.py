"""A story is pinned, kept, told again and written; every file is read by somebody else's reader."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import polars as pl
import pptx
import pytest
from pypdf import PdfReader

from analytics.dataset import Dataset, Population
from analytics.privacy import holds_any
from analytics.run import run_analysis
from analytics.state import State
from analytics.store import Store
from analytics.story import shelf
from analytics.story.book import Source, Story
from analytics.story.counts import count_columns
from analytics.story.files import FORMATS, make
from analytics.story.frame import Frame, Labels
from analytics.story.keeping import shown_as_dict, shown_from_dict
from analytics.story.rebuild import Retold, retell
from analytics.story.shown import compose
from analytics.story.written import HIDDEN_CELL, Told
from analytics.text import Text, UserError
from tests.banks import build_bank
from tests.contract_bank import AS_OF, tables

ITEMS = (("rfm", "chart", "grid"), ("rfm", "table", "segments"), ("rfm", "headline", ""),
         ("lifecycle", "chart", "stocks"), ("ledger", "table", "ledger"), ("lifecycle", "table", "actions"))  # fmt: skip
LABELS = Labels(
    item=Text("Ledger", "存款变动账"), columns={"customers": Text("Customers", "客户数")}
)


def bank(folder: Path, customers: int = 300, seed: int = 7) -> Dataset:
    return build_bank(folder, **tables(customers, seed))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dataset]:
    opened = bank(tmp_path_factory.mktemp("story"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def told(data: Dataset) -> Told:
    """Six frames of one day of the bank, as they are pinned."""
    runs = {key: run_analysis(key, data, as_of=AS_OF) for key, _, _ in ITEMS}
    made = [compose(runs[key], kind, item, LABELS) for key, kind, item in ITEMS]
    story = Story(
        title="Board, June <2024>", source=Source.of(data), frames=tuple(f for f, _ in made)
    )
    return Told(story=story, shown=tuple(s for _, s in made))


@pytest.fixture(scope="module")
def files(told: Told) -> dict[str, bytes]:
    return {kind: make(kind, told) for kind in FORMATS}


# -- the story as JSON ---------------------------------------------------------------------------
def test_a_story_comes_back_as_written(told):
    assert Story.from_json(told.story.as_json()) == told.story


def test_what_is_shown_comes_back_as_kept(told):
    for shown in told.shown:
        again = shown_from_dict(json.loads(json.dumps(shown_as_dict(shown), sort_keys=True)))
        assert (again.headline, again.title, again.withheld) == (
            shown.headline,
            shown.title,
            shown.withheld,
        )
        assert (again.table is None) == (shown.table is None)
        if shown.table is not None and again.table is not None:
            assert again.table.shape == shown.table.shape


# -- frames --------------------------------------------------------------------------------------
def test_a_sentence_written_by_hand_is_marked_and_given_back_when_emptied(told):
    frame = told.story.frames[0].with_sentence("en", "Most of them are asleep.")
    assert (frame.edited("en"), frame.edited("zh")) == (True, False)
    assert frame.as_dict()["edited"] == {"en": True, "zh": False}
    assert not frame.with_sentence("en", "  ").edited("en")


def test_a_frame_that_does_not_exist_is_refused(data):
    run = run_analysis("rfm", data, as_of=AS_OF)
    for kind, item in (("chart", "nothing"), ("table", "nothing"), ("table", "rfm")):
        with pytest.raises(UserError):
            compose(run, kind, item)


def test_pins_are_ordered_edited_and_removed(tmp_path, told, data):
    state = State(tmp_path / "state.sqlite")
    numbers = [shelf.pin(state, f, s) for f, s in zip(told.story.frames, told.shown, strict=True)]
    assert shelf.pin(state, told.story.frames[0], told.shown[0]) == numbers[0], "pinned once only"
    shelf.swap(state, numbers[0], numbers[1])
    shelf.edit(
        state, numbers[2], told.story.frames[2].with_notes("slowly").with_sentence("en", "Mine.")
    )
    state.unpin(numbers[5])
    found = shelf.pinned(state)
    assert [one.number for one in found] == [numbers[i] for i in (1, 0, 2, 3, 4)]
    assert (found[2].frame.notes, found[2].frame.sentence.en) == ("slowly", "Mine.")
    assert shelf.story(state, Source.of(data)).frames == tuple(one.frame for one in found)
    assert state.revision() == 0, "a pin changes no result"


# -- told again ----------------------------------------------------------------------------------
def test_the_same_extract_tells_the_same(told, data):
    again = retell(told.story, data)
    assert again.same
    assert [f.numbers for f in again.story.frames] == [f.numbers for f in told.story.frames]


def test_another_extract_marks_what_moved_and_keeps_what_people_wrote(told, tmp_path):
    other = bank(tmp_path, 280, 8)
    frames = tuple(f.with_sentence("en", "By hand.").with_notes("mine") for f in told.story.frames)
    again = retell(replace(told.story, frames=frames), other)
    other.close()
    assert again.moves
    assert {move.frame for move in again.moves} == set(range(len(ITEMS)))
    assert all(f.sentence.en == "By hand." and f.notes == "mine" for f in again.story.frames)
    assert all(f.sentence.zh == f.generated.zh for f in again.story.frames)
    assert again.story.source.fingerprint == other.fingerprint


def test_a_frame_this_extract_cannot_carry_is_said(told, tmp_path):
    other = build_bank(tmp_path, customers=["a", "b"])
    again = retell(told.story, other)
    other.close()
    assert set(again.refused) == set(range(len(ITEMS)))
    assert isinstance(again, Retold)
    assert not again.same


def test_the_command_line_fails_if_a_number_differs(told, data, tmp_path, inside):
    store = Store(tmp_path / "home")
    bank(tmp_path / "copy").close()
    store.put_kept(tmp_path / "copy", "story bank")
    store.close()
    story, out, first = tmp_path / "story.json", tmp_path / "out.html", told.story.frames[0]
    story.write_text(replace(told.story, frames=(first,)).as_json(), "utf-8")
    status, said, why = inside("report", story, "--out", out)
    assert (status, "all as told" in said) == (0, True), why
    assert out.read_bytes().startswith(b"<!DOCTYPE html>")
    number, value = next((n, v) for n, v in first.numbers.items() if isinstance(v, int))
    changed = replace(first, numbers={**first.numbers, number: value + 1})
    story.write_text(replace(told.story, frames=(changed,)).as_json(), "utf-8")
    status, said, _ = inside("report", story)
    assert (status, number in said) == (1, True)


# -- files, by other readers ---------------------------------------------------------------------
def cells_of(told: Told, number: int) -> set[str]:
    """What the page shows in the table of a frame."""
    _, rows = told.pages[number].grid(60, 8)
    return {cell for row in rows for cell in row}


def test_every_file_carries_its_source(files, told):
    marks = [told.story.source.fingerprint, "2024-06-30"]
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))
    deck = pptx.Presentation(io.BytesIO(files["pptx"]))
    words = {
        "html": files["html"].decode(), "json": files["json"].decode(),
        "xlsx": " ".join(f"{sheet['A3'].value} {sheet['A4'].value}" for sheet in book.worksheets[1:]),
        "pptx": " ".join(shape.text_frame.text for shape in deck.slides[1].shapes if shape.has_text_frame),
        "pdf": " ".join(page.extract_text() for page in PdfReader(io.BytesIO(files["pdf"])).pages),
    }  # fmt: skip
    for kind, text in words.items():
        assert all(mark in text for mark in marks), kind
        assert "300" in text, kind


def test_the_web_page_fetches_nothing(files, told):
    html = files["html"].decode()
    outside = html[html.rindex("<header>") : html.rindex("<script>")]
    assert not re.findall(r"(?:src|href)=", outside)
    assert "default-src 'none'" in html
    assert "Board, June &lt;2024&gt;" in html
    for number, frame in enumerate(told.story.frames):
        assert (f'id="chart-{number}"' in html) == (
            frame.kind == "chart" and told.pages[number].chart is not None
        )


def test_slides_have_native_titles_tables_and_notes(files, told):
    deck = pptx.Presentation(io.BytesIO(files["pptx"]))
    assert len(deck.slides) == len(ITEMS) + 1
    for number, (slide, page) in enumerate(zip(list(deck.slides)[1:], told.pages, strict=True)):
        assert slide.shapes.title.text_frame.text == page.sentence
        assert page.shown.command in slide.notes_slide.notes_text_frame.text
        assert any(shape.shape_type == 13 for shape in slide.shapes) == (page.chart is not None)
        shown = {
            cell.text
            for shape in slide.shapes
            if shape.has_table
            for row in shape.table.rows
            for cell in row.cells
        }
        if page.frame.kind == "table":
            assert shown - cells_of(told, number) <= {
                page.frame.labels.column(c, "en") for c in page.shown.table.columns
            }


def test_the_workbook_is_typed_and_equals_what_is_shown(files, told):
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))
    assert len(book.worksheets) == len(ITEMS) + 1
    for sheet, page in zip(book.worksheets[1:], told.pages, strict=True):
        table = page.shown.table
        if table is None:
            continue
        for name in count_columns(table):
            title = page.frame.labels.column(name, "en")
            column = next(cell.column for cell in sheet[6] if cell.value == title)
            found = [sheet.cell(7 + row, column).value for row in range(table.height)]
            assert found == [
                HIDDEN_CELL.en if n is None and page.shown.withheld else n for n in table[name]
            ]
    assert not any(
        cell.data_type == "f" for sheet in book.worksheets for row in sheet for cell in row
    )


def test_pictures_are_pictures(files):
    archive = zipfile.ZipFile(io.BytesIO(files["zip"]))
    names = archive.namelist()
    assert names
    assert {name.rpartition(".")[2] for name in names} == {"png", "svg"}
    for name in names:
        content = archive.read(name)
        assert content.startswith(b"\x89PNG") if name.endswith("png") else b"<svg" in content[:300]
    assert len(PdfReader(io.BytesIO(files["pdf"])).pages) == len(names) // 2


def test_both_languages_and_themes_are_written(told):
    chinese = replace(told, lang="zh", theme="dark")
    page = make("html", chinese).decode()
    assert 'lang="zh-CN"' in page
    assert chinese.foot in page
    assert "指纹" in chinese.foot
    assert all(one.sentence in page for one in chinese.pages)


# -- nothing small, nobody's id ------------------------------------------------------------------
def test_no_file_holds_an_id_or_a_small_count(files, told, data):
    ids = set(data.query("SELECT customer_id FROM customers")["customer_id"])
    archive = zipfile.ZipFile(io.BytesIO(files["zip"]))
    texts = [files["html"].decode(), files["json"].decode(),
             *(archive.read(n).decode() for n in archive.namelist() if n.endswith("svg"))]  # fmt: skip
    for kind in ("xlsx", "pptx"):
        packed = zipfile.ZipFile(io.BytesIO(files[kind]))
        texts += [packed.read(n).decode() for n in packed.namelist() if n.endswith(".xml")]
    for text in texts:
        assert not holds_any({"text": text}, ids)
    for page in told.pages:
        for frame in [page.shown.table] if page.shown.table is not None else []:
            for name in count_columns(frame):
                assert not frame.filter(
                    pl.col(name).is_between(1, told.story.smallest - 1)
                ).height, name
        for spec in page.shown.charts.values():
            for rows in spec["datasets"].values():
                assert not [r for r in rows if 0 < (r.get("customers") or 0) < told.story.smallest]


def test_the_threshold_can_be_moved(data):
    run = run_analysis("rfm", data, as_of=AS_OF)
    shown = [compose(run, "chart", "grid", smallest=k)[1].withheld for k in (1, 10, 1000)]
    assert shown[0] == 0 < shown[1] <= shown[2]


def test_the_population_is_told(data):
    run = run_analysis("rfm", data, as_of=AS_OF, population=Population.parse(["region=North"]))
    frame, _ = compose(run, "chart", "segments")
    assert frame.population == ("region=North",)
    assert Frame.from_dict(frame.as_dict()) == frame
