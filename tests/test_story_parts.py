"""The parts of a story: what it reads, what it writes, what it calls the same."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from analytics.story.book import Story
from analytics.story.keeping import table_as_dict, table_from_dict
from analytics.story.numbers import moves, plain
from analytics.story.written import written
from analytics.text import UserError


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "other"}', "nonsense"])
def test_what_is_no_story_is_refused_in_words(text):
    with pytest.raises(UserError, match="not a story"):
        Story.from_json(text)


@pytest.mark.parametrize("values", [[1, None], [1.5, None], ["a", None], [date(2024, 1, 31), None],
                                    [Decimal("1.2500"), None], [True, None], []])  # fmt: skip
def test_a_small_table_keeps_its_types(values):
    frame = pl.DataFrame({"x": values}, schema={"x": pl.Int64} if not values else None)
    again = table_from_dict(json.loads(json.dumps(table_as_dict(frame))))
    assert again["x"].to_list() == values


@pytest.mark.parametrize(("before", "after", "what"), [
    ({"a": 1}, {"a": 1}, []), ({"a": 1}, {"a": 2}, ["moved"]), ({"a": 1}, {}, ["gone"]), ({}, {"a": 1}, ["new"]),
    ({"a": None}, {"a": 3}, ["moved"]), ({"a": 0.1 + 0.2}, {"a": 0.3}, []), ({"a": "1.00"}, {"a": "1.01"}, ["moved"]),
])  # fmt: skip
def test_a_number_that_differs_is_found(before, after, what):
    assert [move.what for move in moves(0, before, after)] == what


@pytest.mark.parametrize(("column", "value", "en", "zh"), [
    ("share", 0.125, "12.5%", "12.5%"), ("customers", 12345, "12,345", "1.23万"),
    ("balance", Decimal("1234567.5"), "1,234,567.50", "123.46万"), ("month", date(2024, 6, 30), "2024-06-30", "2024年6月30日"),
    ("lift", 3.25, "3.25", "3.25"), ("open_ended", True, "yes", "是"),
])  # fmt: skip
def test_cells_are_written_for_people(column, value, en, zh):
    assert (written(column, value, "en"), written(column, value, "zh")) == (en, zh)


@pytest.mark.parametrize(("value", "kept"), [(1.23456789012345, 1.23456789), (float("nan"), "nan"),
                                             (Decimal("1.10"), "1.10"), (date(2024, 1, 2), "2024-01-02")])  # fmt: skip
def test_numbers_are_kept_plainly(value, kept):
    assert plain(value) == kept
