"""Charts in words: the figures named are those drawn, in both languages."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from analytics.lifecycle.spoken import BARS, LINES, NOTHING, Spoken
from analytics.text import Text

TITLE, MONTH, SHARE, STAGE = Text("T", "题"), Text("Month", "月"), Text("Share", "占比"), Text("Stage", "阶段")  # fmt: skip
ROWS = pl.DataFrame({"month": [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)],
                     "share": [0.5, 0.25, 0.75], "stage": ["a", "b", "a"]})  # fmt: skip
FIELDS = ("month", MONTH, ""), ("share", SHARE, ".1%")


@pytest.mark.parametrize(("facts", "words"), [
    ({}, "Bars: T. Share: highest 75.0% (2024-03-31); lowest 25.0% (2024-02-29)."),
    ({"ordered": True}, "Bars: T. Share: first 50.0% (2024-01-31); last and highest 75.0% (2024-03-31); "
                        "lowest 25.0% (2024-02-29)."),
    ({"ordered": True, "series": ("stage", STAGE, "")},
     "Bars: T. Share: last and highest 75.0% (a, 2024-03-31); last and lowest 25.0% (b, 2024-02-29)."),
])  # fmt: skip
def test_the_figures_by_hand(facts, words):
    assert Spoken(BARS, TITLE, lambda result, lang: ROWS, *FIELDS, **facts)(None, "en") == words


def test_chinese_and_units():
    rows = pl.DataFrame({"days": [30, None], "amount": [1234567.0, 20.0]})
    said = Spoken(LINES, TITLE, lambda result, lang: rows, ("days", Text("Days", "天数"), ","),
                  lambda result: ("amount", Text(f"Amount ({result})", f"金额（{result}）"), ",.2f"))  # fmt: skip
    assert (
        said("CNY", "zh")
        == "折线图：题。金额（CNY）：最高 123.46万（天数 30）；最低 20.00（天数 （无取值））。"
    )
    assert "highest 1,234,567.00 (Days 30)" in said("CNY", "en")


def test_nothing_drawn_is_said():
    for lang in ("en", "zh"):
        said = Spoken(BARS, TITLE, lambda result, lang: ROWS.head(0), *FIELDS)(None, lang)
        assert said.endswith(NOTHING(lang))
