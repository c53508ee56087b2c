"""The files of `tidemark run --smallest N`: what a run writes, with small groups blank as in a story.

Without `--smallest` a run is the analyst's own work and shows every group, like the page it is the twin
of. What is to leave the house is a story, or a run written here.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from analytics import cli_output, export
from analytics.dataset import Dataset
from analytics.download import csv_bytes
from analytics.privacy import Gate
from analytics.run import Run
from analytics.story.book import Source, Story
from analytics.story.counts import is_single
from analytics.story.pictures import alone
from analytics.story.sentences import safe_texts
from analytics.story.shown import compose
from analytics.story.withhold import safe_table
from analytics.story.written import Page, Told
from analytics.text import Lang


def blanked(run: Run, smallest: int) -> Run:
    """The run with small groups gone from its sentences and tables; a list of customers has no groups."""
    tables = {name: frame if is_single(frame) else safe_table(run.tables, name, smallest)
              for name, frame in run.tables.items()}  # fmt: skip
    return replace(run, tables=tables, headline=safe_texts(run.headline, smallest))


def as_dict(run: Run, smallest: int) -> dict[str, Any]:
    """The JSON of a blanked run: without the counts of fewer customers, and it says so."""
    told = run.as_dict()
    counts = {name: n for name, n in told["counts"].items() if not 0 < n < smallest}
    return {**told, "counts": counts, "smallest": smallest}


def write(
    run: Run, data: Dataset, folder: Path, gate: Gate, lang: Lang, smallest: int
) -> list[Path]:
    """The same files as `Run.write`, blanked; a chart of which nothing is left says why in words."""
    folder.mkdir(parents=True, exist_ok=True)
    safe = blanked(run, smallest)
    files = {"result.json": cli_output.as_json(as_dict(safe, smallest)).encode()}
    for name, frame in safe.tables.items():
        files |= _table(name, gate.frame(frame))
    source = Source.of(data)
    for spec in run.analysis.charts_of(run.result):
        pinned, shown = compose(run, "chart", spec.key, None, smallest)
        gate.spec(shown.charts[lang])
        story = Story(title="", source=source, smallest=smallest, frames=(pinned,))
        page = Page(frame=pinned, shown=shown, told=Told(story=story, shown=(shown,), lang=lang))
        files |= {f"{spec.key}.{kind}": alone(page, kind) for kind in ("html", "svg")}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in files]


def _table(name: str, frame: pl.DataFrame) -> dict[str, bytes]:
    return {f"{name}.csv": csv_bytes(frame), f"{name}.parquet": export.parquet(frame)}
