"""Differencing over every export: each file is read by another reader, and all it tells is held together.

The attacker has the workbook, the web page and the story file of all charts and tables of an analysis,
with every subtotal that the rule of stories would show; then the slides, the pictures, the CSV of a page
and the comparison of two extracts. He must not get one group of fewer than ten customers.
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
import tomllib
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import polars as pl
import pptx
import pytest

from analytics.dataset import Dataset
from analytics.download import csv_bytes
from analytics.extracts import compare, withheld
from analytics.privacy import Gate
from analytics.run import Run
from analytics.story import outside
from analytics.story.book import Source, Story
from analytics.story.cells import recoverable
from analytics.story.counts import count_columns, is_single, key_columns
from analytics.story.files import make
from analytics.story.numbers import MOST_ROWS
from analytics.story.pictures import alone
from analytics.story.shown import compose
from analytics.story.withhold import SMALLEST_SHOWN as K
from analytics.story.written import Told
from pages.ui.story import taken
from tests.contract import every_analysis
from tests.contract_bank import tables

Read = dict[str, list[dict[str, Any]]]  # frame's title -> its rows


def told(data: Dataset, run: Run, items: list[tuple[Any, str]]) -> Told:
    """A story of these charts and tables."""
    made = [compose(run, kind, item) for kind, item in items]
    story = Story(title="All", source=Source.of(data), frames=tuple(frame for frame, _ in made))
    return Told(story=story, shown=tuple(shown for _, shown in made))


def of_tables(run: Run) -> list[tuple[Any, str]]:
    return [("table", name) for name, frame in run.tables.items() if not is_single(frame)]


def of_charts(run: Run) -> list[tuple[Any, str]]:
    return [("chart", chart.key) for chart in run.analysis.charts_of(run.result)]


def workbook(content: bytes) -> list[list[dict[str, Any]]]:
    """Every sheet but the contents: its rows under their titles."""
    found = []
    for sheet in openpyxl.load_workbook(io.BytesIO(content)).worksheets[1:]:
        heads = [str(cell.value).replace(" ", "_") for cell in sheet[6]]
        found.append([dict(zip(heads, row, strict=True)) for row in sheet.iter_rows(min_row=7, values_only=True)])  # fmt: skip
    return found


def drawn(content: bytes) -> dict[str, Any]:
    """The specifications in a web page, by frame."""
    start = re.search(r"Object\.entries\((?=\{)", content.decode())
    assert start
    return dict(json.JSONDecoder().raw_decode(content.decode(), start.end())[0])


def whole(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)


def small(rows: list[dict[str, Any]], columns: list[str]) -> list[Any]:
    """Counts of people below the threshold that stand in these rows."""
    return [(c, row[c]) for row in rows for c in columns if whole(row.get(c)) and 0 < row[c] < K]


@every_analysis
def test_no_workbook_and_no_story_file_gives_a_small_group_back(runs, contract, key):
    run = runs(key)
    asked = of_tables(run)
    if not asked:
        return
    story = told(contract, run, asked)
    numbers = [frame["numbers"] for frame in json.loads(make("json", story))["frames"]]
    for (_, name), rows, kept in zip(asked, workbook(make("xlsx", story)), numbers, strict=True):
        frame = run.tables[name].head(MOST_ROWS)
        columns = count_columns(run.tables[name])
        assert not small(rows, columns), (name, small(rows, columns))
        counted = {c: v for c, v in kept.items() if c.rpartition(".")[2] in columns}
        assert not [v for v in counted.values() if isinstance(v, int) and 0 < v < K], name
        if not columns or run.tables[name].height > MOST_ROWS:
            continue
        gone = np.array([not whole(row[columns[0]]) for row in rows])
        left = recoverable(frame.select(key_columns(frame)), frame[columns[0]].to_list(), gone, K)
        assert gone.all() or left == 0, (name, left)


@every_analysis
def test_no_chart_of_the_web_page_gives_a_small_group_back(runs, contract, key):
    """The rows behind a chart, tooltips too: what is drawn of a table tells no more than that table."""
    run = runs(key)
    for place, spec in drawn(make("html", told(contract, run, of_charts(run)))).items():
        item = of_charts(run)[int(place)][1]
        name = next(c.table for c in run.analysis.charts_of(run.result) if c.key == item)
        columns = count_columns(run.tables[name])
        for rows in spec["datasets"].values():
            assert not small(rows, columns), (item, small(rows, columns))


def test_slides_pictures_and_numbers_of_the_page_hold_no_small_group(runs, contract):
    """Stages of the contract bank: some hold a few customers, and none of their numbers may stand."""
    run = runs("lifecycle")
    few = run.tables["actions"].filter(pl.col("customers").is_between(1, K - 1))
    assert few.height
    story = told(contract, run, [("table", "actions"), ("chart", "stages")])
    deck = pptx.Presentation(io.BytesIO(make("pptx", story)))
    for slide in list(deck.slides)[1:]:  # a table, or words where nothing of it is left
        grids = [shape.table for shape in slide.shapes if shape.has_table]
        said = " ".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)
        assert len(grids) == 1 or f"every group holds fewer than {K} customers" in said
        for rows in ([[cell.text for cell in row.cells] for row in grid.rows] for grid in grids):
            column = rows[0].index("customers")
            assert all(row[column] == "withheld" or int(row[column].replace(",", "")) >= K
                       for row in rows[1:])  # fmt: skip
    archive = zipfile.ZipFile(io.BytesIO(make("zip", story)))
    svg = archive.read(next(name for name in archive.namelist() if name.endswith(".svg"))).decode()
    for kind in ("svg", "html"):
        page = svg if kind == "svg" else alone(story.pages[1], "html").decode()
        spoken = re.findall(r"[Cc]ustomers&?#?[xA-Z0-9]*;?: (\d[\d,]*)", html.unescape(page))
        assert all(int(n.replace(",", "")) >= K for n in spoken)


@pytest.mark.parametrize("key", ["rfm", "lifecycle", "retention", "paths", "rules"])
def test_the_csv_of_a_page_leaves_small_groups_blank(runs, key):
    for name, frame in runs(key).tables.items():
        written = csv_bytes(taken.table(name, runs(key).tables, K)).decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(written)))
        assert len(rows) == frame.height
        for column in [] if is_single(frame) else count_columns(frame):
            assert not [row for row in rows if row[column] and 0 < int(row[column]) < K], (
                name,
                column,
            )


def test_a_comparison_of_two_extracts_gives_no_small_group_back(bank: Callable[..., Dataset]):
    then, now = bank(**tables(180)), bank(**tables(200))
    found = compare(then, now, ["rfm", "lifecycle"])
    safe = withheld(found, K)
    assert found.moves.height == safe.moves.height
    for part, other in (("part_before", "whole_before"), ("part_now", "whole_now")):
        shown = safe.moves.drop_nulls(part)
        assert not shown[part].is_between(1, K - 1).any()
        assert not (shown[other] - shown[part]).is_between(1, K - 1).any()
        for place, rows in found.moves.with_row_index("at").group_by("analysis", "table", "basis"):
            hidden = safe.moves[part].gather(rows["at"]).is_null().to_numpy()
            if rows[part].sum() == rows[other].max() and hidden.any():  # parts of one whole
                rest = rows[part].filter(pl.Series(hidden)).to_list()
                assert sum(rest) == 0 or sum(rest) >= K, place
                assert sum(n > 0 for n in rest) != 1, place
    assert safe.means.drop_nulls("difference")["customers"].min() >= K  # type: ignore[operator]


@pytest.mark.parametrize("key", ["lifecycle", "retention", "rules"])
def test_a_run_for_outside_gives_no_small_group_back(runs, contract, tmp_path, key):
    """`tidemark run --smallest 10 --out`: every file of it, and what follows from its tables."""
    run = runs(key)
    outside.write(run, contract, tmp_path, Gate(b"secret"), "en", K)
    for name, frame in run.tables.items():
        rows = list(csv.DictReader(io.StringIO((tmp_path / f"{name}.csv").read_text("utf-8-sig"))))
        assert pl.read_parquet(tmp_path / f"{name}.parquet").height == len(rows) == frame.height
        columns = [] if is_single(frame) else count_columns(frame)
        assert not [row for row in rows for c in columns if row[c] and 0 < int(row[c]) < K], name
        if columns and not is_single(frame):
            gone = np.array([not row[columns[0]] for row in rows])
            left = recoverable(
                frame.select(key_columns(frame)), frame[columns[0]].to_list(), gone, K
            )
            assert gone.all() or left == 0, (name, left)
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["smallest"] == K
    assert not [n for n in result["counts"].values() if 0 < n < K]
    assert {chart.key for chart in run.analysis.charts_of(run.result)} == {one.stem for one in tmp_path.glob("*.svg")}  # fmt: skip


def spec_of(content: bytes) -> dict[str, Any]:
    """The specification in the web page of one chart."""
    found = re.search(r'vegaEmbed\("#chart", (.*), \{renderer', content.decode())
    assert found
    return json.loads(found[1])


def without_blanks(words: str) -> str:
    return re.sub(r'[\s",]', "", words)


WHY = {"en": ("fewer than 99999 customers", "Story page"), "zh": ("不足99999位客户", "“汇报”页面")}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_file_of_which_nothing_is_left_says_why_and_what_to_do(runs, contract, lang):
    """Threshold, reason and remedy in the picture, the web pages, the slide, the workbook and the CSV."""
    run = runs("rfm")
    made = [
        compose(run, kind, item, None, 99_999)
        for kind, item in (("chart", "grid"), ("table", "grid"))
    ]
    story = Story(
        title="", source=Source.of(contract), smallest=99_999, frames=tuple(f for f, _ in made)
    )
    whole_story = Told(story=story, shown=tuple(s for _, s in made), lang=lang)
    page = whole_story.pages[0]
    deck = pptx.Presentation(io.BytesIO(make("pptx", whole_story)))
    slides = [
        " ".join(s.text_frame.text for s in one.shapes if s.has_text_frame) for one in deck.slides
    ]
    sheets = openpyxl.load_workbook(io.BytesIO(make("xlsx", whole_story))).worksheets[1:]
    texts = {
        "svg": re.sub(r"<[^>]+>", " ", html.unescape(alone(page, "svg").decode())),
        "html": json.dumps(spec_of(alone(page, "html")), ensure_ascii=False),
        "story": html.unescape(make("html", whole_story).decode()),
        **{f"slide {n}": words for n, words in enumerate(slides[1:])},
        **{f"sheet {n}": str(sheet["A2"].value) for n, sheet in enumerate(sheets)},
    }  # fmt: skip
    for name, words in texts.items():
        for part in WHY[lang]:
            assert without_blanks(part) in without_blanks(words), (name, part)


def test_an_endless_number_is_a_sign_in_every_file(contract, runs):
    """The conviction of a rule that always holds is infinite; a spreadsheet has no such number."""
    frame, shown = compose(runs("rfm"), "table", "grid")
    table = shown.table.with_columns(conviction=pl.lit(float("inf")), odds=pl.lit(float("nan")))
    story = Story(title="", source=Source.of(contract), frames=(frame,))
    endless = Told(story=story, shown=(replace(shown, table=table),))
    rows = workbook(make("xlsx", endless))[0]
    assert {(row["conviction"], row["odds"]) for row in rows} == {("∞", "–")}
    assert "<td>inf" not in make("html", endless).decode()


def test_the_frameworks_own_download_is_off():
    """It would give a table away as the page shows it, with every small group."""
    config = Path(__file__).resolve().parent.parent / ".streamlit" / "config.toml"
    assert tomllib.loads(config.read_text())["client"]["disableDataExport"] is True
