"""What the contract tests share: how a run is read back, drawn and compared."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

import pytest

from analytics.dataset import Dataset, Population
from analytics.params import Params
from analytics.privacy import Gate
from analytics.registry import MODULES, load
from analytics.run import Run, run_analysis
from analytics.text import LANGS, Text
from tests.contract_bank import AS_OF

KEYS = list(MODULES)
GATE = Gate(b"contract")
every_analysis = pytest.mark.parametrize("key", KEYS)


def runner(data: Dataset) -> Callable[..., Run]:
    """`run(key, by=None)` is that analysis on `data` with its defaults, computed once."""

    @cache
    def run(key: str, by: str | None = None) -> Run:
        return run_analysis(key, data, load(key).params(by=by), AS_OF)

    return run


def in_both(text: Text) -> bool:
    """Whether a text is written in both languages."""
    return bool(text.en.strip()) and bool(text.zh.strip())


def drawn(run: Run) -> list[Any]:
    """Every chart of a run in every language: (key, spec, lang)."""
    return [(chart, chart.build(run.result, lang).to_dict(), lang)
            for chart in run.analysis.charts_of(run.result) for lang in LANGS]  # fmt: skip


def same(one: Run, two: Run) -> None:
    """Two runs say the same in every table and sentence."""
    assert one.headline == two.headline
    assert one.tables.keys() == two.tables.keys()
    for name, frame in one.tables.items():
        assert frame.equals(two.tables[name]), name


def asked(command: str) -> tuple[str, str, date, Population, Params]:
    """What a command line asks, read the way the command line does."""
    words = shlex.split(command)
    assert words[:2] == ["tidemark", "run"]
    flags = list(zip(words[3::2], words[4::2], strict=True))
    values = {
        one: [v for f, v in flags if f == one] for one in ("--data", "--as-of", "--where", "--set")
    }
    pairs = dict(word.split("=", 1) for word in values["--set"])
    return (words[2], values["--data"][0], date.fromisoformat(values["--as-of"][0]),
            Population.parse(values["--where"]), load(words[2]).params.parse(pairs))  # fmt: skip


def works(key: str, data: Dataset, as_of: date = AS_OF, **params: Any) -> Run:
    """Run, and let every text and chart be made; the run is the answer."""
    run = run_analysis(key, data, load(key).params(**params), as_of)
    assert all(in_both(text) for text in run.headline)
    assert drawn(run) or not any(frame.height for frame in run.tables.values())
    return run
