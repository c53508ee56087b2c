"""What every analysis of the registry must offer: points 9 to 11 of DESIGN's eleven."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from datetime import date

import pytest

from analytics import export
from analytics.dataset import Dataset, Population
from analytics.registry import load
from analytics.run import Run, command_line, run_analysis
from analytics.text import UserError
from tests.banks import build_bank
from tests.contract import GATE, asked, drawn, every_analysis, in_both, runner, same, works
from tests.contract_bank import AS_OF, HOSTILE, hostile_tables, tables


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dataset]:
    """The contract bank with a kept audience."""
    data = build_bank(tmp_path_factory.mktemp("contract"), audiences={"vip": ["K0001Q", "K0002Q"]},
                      **tables())  # fmt: skip
    yield data
    data.close()


@pytest.fixture(scope="module")
def runs(contract: Dataset) -> Callable[..., Run]:
    """`runs(key, by=None)` is that analysis on the contract bank, computed once."""
    return runner(contract)


# -- 9. an empty state that names what is missing ------------------------------------------------
@every_analysis
def test_09_a_blocked_analysis_names_what_is_missing(bank, key):
    with pytest.raises(UserError) as refused:
        run_analysis(key, bank(customers=["ann"]))
    assert in_both(refused.value.text)
    assert refused.value.code == "blocked"
    assert "Missing: " in refused.value.text.en


# -- 10. the headless twin -----------------------------------------------------------------------
@every_analysis
def test_10_the_same_question_has_the_same_answer(runs, bank, key):
    same(runs(key), run_analysis(key, bank(**tables()), None, AS_OF))


@every_analysis
def test_10_files_of_a_run(runs, tmp_path, key):
    run = runs(key, "region")
    written = {path.name for path in run.write(tmp_path, GATE, "zh")}
    assert written == {path.name for path in tmp_path.iterdir()}
    assert written >= {f"{name}.{kind}" for name in run.tables for kind in ("csv", "parquet")}
    assert written >= {f"{c.key}.{kind}" for c in run.analysis.charts_of(run.result)
                       for kind in ("html", "svg")}  # fmt: skip
    assert "K0001Q" not in (tmp_path / f"{next(iter(run.tables))}.csv").read_text(
        "utf-8-sig"
    ).split(",")


# -- 11. edge data -------------------------------------------------------------------------------
@every_analysis
def test_11_nothing_has_happened_yet(contract, key):
    run = works(key, contract, date(1990, 1, 1), by="region")
    for _, spec, _ in drawn(run):
        assert export.chart_file(spec, "svg")
    assert all(
        frame.height == 0 or name in ("coverage", "groups") for name, frame in run.tables.items()
    )


@every_analysis
def test_11_empty_tables(bank, key):
    data = bank(
        **{name: rows[:1] if name == "customers" else rows[:0] for name, rows in tables().items()}
    )
    analysis = load(key)
    result = analysis.compute(data, analysis.params(), AS_OF, Population())
    assert all(in_both(text) for text in analysis.headline(result))


@every_analysis
@pytest.mark.parametrize("customers", [1, 2])
def test_11_one_customer_and_one_row_each(bank, key, customers):
    rows = tables(customers)
    works(key, bank(**rows))
    works(key, bank(**{name: some[:1] for name, some in rows.items()}))


@every_analysis
def test_11_shuffled_rows(runs, bank, key):
    rows = tables()
    for some in rows.values():
        random.Random(1).shuffle(some)
    same(runs(key), run_analysis(key, bank(**rows), None, AS_OF))


def numbers(run: Run) -> list[list[str]]:
    """The numbers of every headline sentence (which may also name a kind)."""
    return [re.findall(r"\d[\d,.]*\d|\d", text.en) for text in run.headline]


@every_analysis
def test_11_hostile_names_change_no_number(runs, bank, key):
    data = bank(**hostile_tables())
    plain, hostile = runs(key), works(key, data)
    assert numbers(hostile) == numbers(plain)
    main = next(iter(plain.tables))
    assert hostile.tables[main].equals(plain.tables[main])


@every_analysis
def test_11_hostile_attributes_can_be_broken_down_by(bank, key):
    data = bank(**hostile_tables())
    assert {name for name in HOSTILE if name.strip()} <= data.groups().keys()
    for name in HOSTILE[::4]:
        run = works(key, data, by=name)
        assert asked(command_line(run, "x"))[4] == run.params
    chart, spec, _ = drawn(run)[-1]
    assert chart.title("zh") in export.chart_file(spec, "svg").decode()
