"""The rules bite: each fault finder sees a planted fault and lets the right way pass."""

from __future__ import annotations

import ast

import pytest

from tests import house_faults
from tests.house import modules, statements


def expression(code: str) -> ast.expr:
    return ast.parse(code, mode="eval").body


@pytest.mark.parametrize(("code", "fault"), [
    ("f\"SELECT 1 WHERE a = '{x}'\"", True), ("f'SELECT {column} FROM t WHERE a = $x'", False),
    ("f\"SELECT 1 WHERE a = '{quoted(x)}'\"", False), ("f\"No file '{x}'\"", False),
])  # fmt: skip
def test_value_in_sql(code, fault):
    assert house_faults.value_in_sql(expression(code)) is fault


@pytest.mark.parametrize(("decorator", "faults"), [
    ("st.cache_data", ["shared", "unbounded"]), ("st.cache_data(max_entries=3)", ["shared"]),
    ("st.cache_data(scope='session', max_entries=3)", []), ("cache", ["unbounded"]),
    ("lru_cache(maxsize=None)", ["unbounded"]), ("lru_cache(maxsize=8)", []), ("property", []),
])  # fmt: skip
def test_cache_faults(decorator, faults):
    function = ast.parse("def f(a: int, _b: pl.DataFrame): pass").body[0]
    assert house_faults.cache_faults(expression(decorator), function) == faults


def test_a_cache_keyed_by_a_frame_is_a_fault():
    function = ast.parse("def f(a: pl.DataFrame): pass").body[0]
    cache = expression("st.cache_data(scope='session', max_entries=3)")
    assert house_faults.cache_faults(cache, function) == ["keyed by the frame a"]


@pytest.mark.parametrize(("kinds", "fault"), [
    ("Exception", True), ("(ValueError, BaseException)", True), ("duckdb.Error", False),
])  # fmt: skip
def test_blanket(kinds, fault):
    assert house_faults.blanket(expression(kinds)) is fault


@pytest.mark.parametrize(("code", "words"), [
    ("st.title('Hello')", ["Hello"]), ("st.title(f'{n} rows')", [" rows"]),
    ("st.button(say(GO), help='Press me')", ["Press me"]), ("st.info('数据')", ["数据"]),
    ("st.title(say(HELLO))", []), ("st.markdown(':material/info:')", []),
    ("st.button(say(GO), key='go')", []), ("st.page_link('pages/start/load.py')", []),
])  # fmt: skip
def test_shown(code, words):
    assert [text for _, text in house_faults.shown(expression(code))] == words


@pytest.mark.parametrize(("en", "zh", "faults"), [
    ("{n} rows", "{n}行", 0), ("{n} rows", "行", 1), ("rows", "", 1), ("行", "行", 0), ("行 a", "行", 1), ("F", "F", 0),
    ("Open the file again", "Please open that file again", 1),
])  # fmt: skip
def test_text_faults(en, zh, faults):
    assert len(house_faults.text_faults(en, zh)) == faults


def test_statements_count_no_docstring():
    code = 'def f():\n    """Says."""\n    if x:\n        y()\n    return 1'
    assert statements(ast.parse(code).body[0]) == 3


def test_a_rule_that_sees_no_file_fails(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.house.ROOT", tmp_path)
    with pytest.raises(AssertionError, match="the rule saw nothing"):
        modules("analytics")
