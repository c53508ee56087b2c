"""Every page in both languages without a browser: it opens, refuses in words, keeps data apart."""

from __future__ import annotations

import html
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analytics.dataset import Population
from analytics.registry import all_analyses
from analytics.store import Store, store
from pages.ui import analysis as kit
from pages.ui import runs
from tests.app_server import ROOT
from tests.banks import build_bank

APP = str(ROOT / "app.py")
PAGES = sorted(p.relative_to(ROOT).as_posix() for p in ROOT.glob("pages/*/*.py")
               if p.parent.name != "ui" and p.stem != "__init__")  # fmt: skip
TITLES = {
    "pages/start/load.py": ("Load data", "载入数据"),
    "pages/start/overview.py": ("Overview", "总览"),
    "pages/start/compare.py": ("Compare extracts", "数据对比"),
    "pages/start/story.py": ("Story", "汇报"),
    "pages/start/present.py": ("Present", "演示"),
    "pages/customers/customer.py": ("One customer", "单一客户"),
    **{f"pages/{one.page}.py": tuple(one.title) for one in all_analyses()},
}
# Ten customers; the sixth has the hostile name of a region.
HOSTILE = "[x](http://evil.example) $a$ :material/home:"


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("TIDEMARK_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(runs, "PATIENCE_S", 60)  # nobody polls here
    found = store()
    yield found
    found.close()


def keep(shelf: Store, folder: Path, name: str, amount: float = 10.0) -> str:
    """A kept bank of ten customers; its middle amount can differ while shape and ends do not."""
    days = [f"2024-06-{n:02d}" for n in range(1, 29)]
    rows = [(f"c{n % 10}", day, amount if n == 14 else 10.0 + n % 3, "purchase")
            for n, day in enumerate(days)]  # fmt: skip
    people = [(f"c{n}", "2020-01-01", HOSTILE if n == 5 else "North", "mass") for n in range(10)]
    build_bank(folder, customers=people, transactions=rows).close()
    return shelf.put_kept(folder, name).key


def visit(page: str, data: str | None = None, lang: str = "en", **state: object) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=60)
    app.session_state["lang"] = lang
    if data is not None:
        app.session_state["data"] = data
    for key, value in state.items():
        app.session_state[key] = value
    app.run()
    return app.switch_page(page).run()


def shown(app: AppTest) -> str:
    """All the words on the page."""
    kinds = ("title", "subheader", "caption", "markdown", "error", "warning")
    return "\n".join(str(one.value) for kind in kinds for one in getattr(app, kind))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("loaded", [True, False])
def test_every_page_opens(page, lang, loaded, shelf, tmp_path):
    data = keep(shelf, tmp_path / "a", "Trial") if loaded else None
    app = visit(page, data, lang)
    assert not app.exception
    assert not app.error
    assert app.title[0].value == TITLES[page][lang == "zh"]


def test_every_analysis_has_a_page_that_answers(shelf, tmp_path):
    data = keep(shelf, tmp_path / "a", "Trial")
    for analysis in all_analyses():
        app = visit(f"pages/{analysis.page}.py", data)
        assert not app.exception
        assert app.subheader or app.warning  # its headline, or what the extract lacks for it


def test_what_a_listener_hears_of_every_chart_stands_on_the_page(shelf, tmp_path):
    app = visit("pages/customers/rfm.py", keep(shelf, tmp_path / "a", "Trial"))
    found = app.session_state[kit.ANSWERED]
    heard = [html.unescape(one.proto.body) for one in app.get("html")]
    told = {one.key: one.alt_text(found.result, "en") for one in found.analysis.charts}
    drawn = app.session_state[kit.DRAWN]
    assert drawn
    assert all(any(told[key] in words for words in heard) for key in drawn)


def test_a_hostile_value_in_the_filter_is_plain_words_in_the_line_of_scope(shelf, tmp_path):
    app = visit("pages/customers/rfm.py", keep(shelf, tmp_path / "a", "Trial"))
    app.session_state["population"] = Population.parse([f"region={HOSTILE}"])
    app.run()
    (line,) = [one.value for one in app.markdown if ":gray-badge[:material/event:" in one.value]
    badge = line[line.index(":blue-badge[") :]
    assert r"\[x\]\(http" in badge
    assert ":material/home:" not in badge
    assert r"\$a\$" in badge


def test_without_a_dataset_a_page_says_what_to_do(shelf):
    assert "Load an extract" in shown(visit("pages/customers/rfm.py"))


def test_a_blocked_analysis_names_what_is_missing(shelf, tmp_path):
    build_bank(tmp_path / "b", customers=["ann"], balances=[("ann", "2024-06-30", 5)]).close()
    data = shelf.put_kept(tmp_path / "b", "Balances only").key
    app = visit("pages/customers/rfm.py", data)
    assert "Transactions" in app.warning[0].value


def test_contradicting_settings_show_the_reason(shelf, tmp_path):
    data = keep(shelf, tmp_path / "a", "Trial")
    app = visit("pages/customers/rfm.py", data)
    app.session_state["rfm.cuts"] = "fixed"
    app.session_state["rfm.recency_cuts"] = "60,30"
    app.run()
    assert not app.exception
    assert "rising numbers" in app.error[0].value


def test_lookalike_datasets_never_share_an_answer(shelf, tmp_path):
    """Same shape, same first and last rows, one amount differs: a frame key would mix them up."""
    one = keep(shelf, tmp_path / "a", "One", amount=10.0)
    two = keep(shelf, tmp_path / "b", "Two", amount=9000.0)
    app = visit("pages/customers/rfm.py", one)
    first = app.session_state["runs.results"]
    amounts = {k[0]: r.tables["rfm"]["monetary"].sum() for k, r in first.items() if k[1] == "rfm"}
    app.session_state["data"] = two
    app.run()
    found = app.session_state["runs.results"]
    amounts |= {k[0]: r.tables["rfm"]["monetary"].sum() for k, r in found.items() if k[1] == "rfm"}
    assert len(amounts) == 2
    assert max(amounts.values()) - min(amounts.values()) == 8990


def test_as_of_and_population_start_anew_with_another_dataset(shelf, tmp_path):
    one, two = keep(shelf, tmp_path / "a", "One"), keep(shelf, tmp_path / "b", "Two", 11)
    app = visit("pages/customers/rfm.py", one, as_of=None)
    default = app.date_input[0].value
    app.date_input[0].set_value(default.replace(day=10)).run()
    assert "10" in shown(app) or app.session_state["as_of"].day == 10
    app.session_state["data"] = two
    app.run()
    assert app.session_state["as_of"] == default


def test_values_from_the_data_are_never_markup(shelf, tmp_path):
    data = keep(shelf, tmp_path / "a", HOSTILE.replace("=", ""))
    app = visit("pages/customers/rfm.py", data)
    assert not app.exception
    for text in shown(app).splitlines():
        assert "](http" not in text.replace("\\]", "").replace("\\(", "")
        assert ":material/home:" not in text


def test_a_result_is_computed_once_per_question(shelf, tmp_path, monkeypatch):
    from pages.ui import analysis as kit

    calls = []
    real = kit.run_analysis
    monkeypatch.setattr(kit, "run_analysis", lambda *a: calls.append(a[2]) or real(*a))
    data = keep(shelf, tmp_path / "a", "Trial")
    app = visit("pages/customers/rfm.py", data)
    app.run()
    app.session_state["lang"] = "zh"
    app.run()
    assert len(calls) == 1
    app.session_state["rfm.scores"] = 4
    app.run()
    assert len(calls) == 2


def test_a_fault_in_a_chart_leaves_the_form_with_which_it_can_be_undone(
    shelf, tmp_path, monkeypatch
):
    from pages.ui import prepared

    app = visit("pages/customers/rfm.py", keep(shelf, tmp_path / "a", "Trial"))
    real = prepared.ready
    with monkeypatch.context() as broken:
        broken.setattr(prepared, "ready", lambda *a: 1 / 0)
        app.session_state["rfm.scores"] = 4
        app.run()
        assert app.exception  # in the app the guard says it in words
        assert any(one.label.startswith("Number of scores") for one in app.slider), shown(app)
    assert prepared.ready is real
    app.session_state["rfm.scores"] = 5
    app.run()
    assert not app.error
    assert not app.exception
