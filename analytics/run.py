"""Run one analysis headless: the same function, the same numbers and files as its page.

A page and the command line differ only in who typed the parameters. A `Run` holds everything that a
report, a pin or a colleague needs to repeat the numbers, and can write itself to a folder.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from analytics import export
from analytics.dataset import EVERYBODY, Dataset, Population
from analytics.download import csv_bytes
from analytics.params import Params
from analytics.privacy import Gate
from analytics.readiness import readiness
from analytics.registry import Analysis, ChartSpec, load
from analytics.text import Lang, Text, UserError


@dataclass(frozen=True, kw_only=True)
class Run:
    """One analysis, done: the question, the answer and what repeats it.

    Args:
        analysis: what ran.
        dataset: name of the dataset.
        fingerprint: its content.
        as_of: the last day counted.
        population: the customers it is about.
        params: as given.
        result: what `compute` returned.
        headline: one to three sentences with n.
        tables: frames by name, ids raw, the main one first.
    """

    analysis: Analysis
    dataset: str
    fingerprint: str
    as_of: date
    population: Population
    params: Params
    result: Any
    headline: tuple[Text, ...]
    tables: Mapping[str, pl.DataFrame]
    _known: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def rows(self, chart: ChartSpec, lang: Lang) -> Sequence[pl.DataFrame]:
        """What the data sources of a chart hold, worked out once; none without `ChartSpec.rows`."""
        make = chart.rows
        return self._once((chart.key, lang), lambda: make(self.result, lang)) if make else ()

    def shape(self, chart: ChartSpec) -> Hashable:
        """What else its drawing depends on, worked out once; none without `ChartSpec.shape`."""
        make = chart.shape
        return self._once((chart.key,), lambda: make(self.result)) if make else None

    def _once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]

    def as_dict(self) -> dict[str, Any]:
        """The JSON of `run --json`; holds no row of any customer."""
        facts = self.result.provenance
        return {
            "analysis": self.analysis.key, "dataset": self.dataset,
            "fingerprint": self.fingerprint, "as_of": self.as_of.isoformat(),
            "population": self.population.as_words(), "params": self.params.as_dict(),
            "headline": [{"en": text.en, "zh": text.zh} for text in self.headline],
            "tables": {name: frame.height for name, frame in self.tables.items()},
            "counts": dict(facts.counts), "command": command_line(self, self.dataset),
            "definition": {"en": self.analysis.definition.en, "zh": self.analysis.definition.zh},
            "sql": facts.sql,
        }  # fmt: skip

    def as_json(self) -> str:
        """`as_dict` as text; money is written as a string, days as ISO."""
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=1, default=_plain)

    def write(self, folder: Path, gate: Gate, lang: Lang = "en") -> list[Path]:
        """Tables as CSV and Parquet, charts as HTML and SVG, and result.json; returns the files.

        Every frame and chart passes `gate`, which turns ids into pseudonyms.
        """
        folder.mkdir(parents=True, exist_ok=True)
        files: dict[str, bytes] = {"result.json": self.as_json().encode()}
        for name, frame in self.tables.items():
            outside = gate.frame(frame)
            files[f"{name}.csv"] = csv_bytes(outside)
            files[f"{name}.parquet"] = export.parquet(outside)
        for chart in self.analysis.charts_of(self.result):
            drawn = gate.spec(chart.build(self.result, lang).to_dict())
            files[f"{chart.key}.html"] = export.chart_file(drawn, "html")
            files[f"{chart.key}.svg"] = export.chart_file(drawn, "svg")
        for name, content in files.items():
            (folder / name).write_bytes(content)
        return [folder / name for name in files]


def run_analysis(key: str, data: Dataset, params: Params | None = None, as_of: date | None = None,
                 population: Population = EVERYBODY) -> Run:  # fmt: skip
    """Compute one analysis; UserError names what is missing if this dataset cannot carry it."""
    analysis = load(key)
    params = analysis.params() if params is None else params
    as_of = data.default_as_of if as_of is None else as_of
    require(data, analysis)
    result = analysis.compute(data, params, as_of, population)
    return Run(
        analysis=analysis, dataset=data.name, fingerprint=data.fingerprint, as_of=as_of,
        population=population, params=params, result=result,
        headline=tuple(analysis.headline(result)), tables=analysis.tables(result))  # fmt: skip


def require(data: Dataset, analysis: Analysis) -> None:
    """Raise UserError, naming what is missing, if `analysis` is blocked on `data`."""
    found = readiness(data, analysis)
    if found.state == "blocked":
        raise UserError(Text("{title} cannot run. {message}", "{title}无法运行。{message}").fill(
            title=analysis.title, message=found.message), "blocked")  # fmt: skip


def command_line(run: Run, dataset_name: str) -> str:
    """The `tidemark run` line that gives these figures."""
    parts = ["tidemark", "run", run.analysis.key, "--data", dataset_name,
             "--as-of", run.as_of.isoformat()]  # fmt: skip
    for word in run.population.as_words():
        parts += ["--where", word]
    for word in run.params.as_words():
        parts += ["--set", word]
    return shlex.join(parts)


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)
