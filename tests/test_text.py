"""Numbers and messages as each language writes them; expected texts by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from analytics.text import Text, UserError, count, day, money, share


@pytest.mark.parametrize(("n", "en", "zh"), [
    (0, "0", "0"), (9_999, "9,999", "9,999"), (10_000, "10,000", "1.00万"),
    (-12_345, "-12,345", "-1.23万"), (99_999_999, "99,999,999", "1.00亿"),
    (123_456_789, "123,456,789", "1.23亿"),
])  # fmt: skip
def test_count(n, en, zh):
    assert (count(n, "en"), count(n, "zh")) == (en, zh)


@pytest.mark.parametrize(("amount", "en", "zh"), [
    (0, "0.00", "0.00"), (Decimal("9999.99"), "9,999.99", "9,999.99"), (10_000, "10,000.00", "1.00万"),
    (9_999.999, "10,000.00", "1.00万"), (-1_234_567.5, "-1,234,567.50", "-123.46万"),
    (99_600_000, "99,600,000.00", "9,960.00万"), (1e8, "100,000,000.00", "1.00亿"),
    (-0.001, "0.00", "0.00"), (None, "–", "–"), (float("nan"), "–", "–"),
])  # fmt: skip
def test_money(amount, en, zh):
    assert (money(amount, "en"), money(amount, "zh")) == (en, zh)


@pytest.mark.parametrize(("part", "said"), [
    (0, "0.0%"), (0.1234, "12.3%"), (1, "100.0%"), (None, "–"), (float("nan"), "–"),
])  # fmt: skip
def test_share(part, said):
    assert share(part) == said


def test_day():
    assert (day(date(2024, 6, 3), "en"), day(date(2024, 6, 3), "zh")) == (
        "2024-06-03",
        "2024年6月3日",
    )


def test_fill_reads_a_text_in_its_own_language():
    filled = Text("{n} in {where}", "{where}有{n}").fill(n=3, where=Text("town", "城里"))
    assert (filled("en"), filled("zh")) == ("3 in town", "城里有3")


def test_fill_leaves_braces_in_values_alone():
    assert Text("{a}", "{a}").fill(a="{b} {0.__class__}")("en") == "{b} {0.__class__}"


def test_error_carries_both_languages_and_a_code():
    error = UserError(Text("no", "不"), "why")
    assert (str(error), error.text("zh"), error.code) == ("no", "不", "why")
