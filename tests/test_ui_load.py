"""The Load page without a browser: the sample bank, an extract of a known shape, next month's rows."""

from __future__ import annotations

import time

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import runs
from pages.ui.load.importing import Asked
from tests.test_pages import shelf, shown, visit  # noqa: F401  (a fixture and its helpers)

LOAD = "pages/start/load.py"
PATIENCE_S = 240
HEADER = "customer_id,happened_at,amount"
MAY = [HEADER, "a1,2024-05-02,12.50", "a2,2024-05-03,-3.00", "a1,soon,1.00"]  # the last has no day
JUNE = [HEADER, "a1,2024-06-02,2.50", "a3,2024-06-09,40.00"]


def settled(app: AppTest) -> AppTest:
    """Run until no work is under way."""
    end = time.monotonic() + PATIENCE_S
    app.run()
    while "runs.jobs" in app.session_state and app.session_state["runs.jobs"]:  # noqa: RUF019
        assert time.monotonic() < end
        time.sleep(0.3)
        app.run()
    return app.run()


def dropped(app: AppTest, name: str, lines: list[str]) -> AppTest:
    """Drop a file on the page and wait until it is recognised."""
    content = "\n".join(lines).encode() + b"\n"
    app.file_uploader[0].set_value((name, content, "text/csv"))
    return settled(app)


def downloads(app: AppTest) -> str:
    """The labels of the download buttons."""
    return " ".join(one.proto.label for one in app.get("download_button"))


@pytest.mark.parametrize(("lang", "button", "name"), [
    ("en", "load.sample.own", "Sample bank"), ("en", "load.sample.other", "示例银行")])  # fmt: skip
def test_one_click_opens_the_sample_bank(lang, button, name, shelf):  # noqa: F811
    app = visit(LOAD, None, lang)
    app.button(button).click()
    settled(app)
    assert not app.exception
    assert not app.error
    assert name in app.subheader[0].value
    assert "Every row is accounted for" in shown(app)
    app.switch_page("pages/customers/rfm.py")
    settled(app)
    assert not app.exception
    assert not app.warning
    assert app.subheader[0].value


def test_next_months_extract_finds_its_recipe_and_is_appended(shelf):  # noqa: F811
    app = dropped(visit(LOAD), "may.csv", MAY)
    app.session_state["load.run"] = Asked("May", keep=True)
    settled(app)
    assert [info.name for info in shelf.kept()] == ["May"]
    assert "Download the 1 rejected rows" in downloads(app)  # who keeps it may have them back

    dropped(app, "june.csv", JUNE)
    assert [plan.origin for plan in app.session_state["load.plans"]] == ["recipe"]
    base = next(one for one in app.selectbox if one.key == "load.base")
    app.session_state["load.run"] = Asked("June", keep=True, base=shelf.info_kept("May").key)
    assert base.options == ["May"]
    settled(app)
    assert not app.error
    rows = {info.name: info.rows["transactions"] for info in shelf.kept()}
    assert rows == {"May": 2, "June": 4}


def test_rejected_rows_go_to_nobody_else(shelf):  # noqa: F811
    app = dropped(visit(LOAD), "may.csv", MAY)
    app.session_state["load.run"] = Asked("May", keep=True)
    settled(app)
    other = settled(visit(LOAD, shelf.info_kept("May").key))
    assert "rejected rows" not in downloads(other)
    assert "given back only to who loaded" in shown(other)


def test_an_import_that_takes_its_time_is_opened_too(shelf, monkeypatch):  # noqa: F811
    """Beside an open dataset, and long enough for the page to be shown in between."""
    monkeypatch.setattr(runs, "PATIENCE_S", 0.0)
    app = visit(LOAD, None)
    for name, lines in (("may.csv", MAY), ("june.csv", JUNE)):
        dropped(app, name, lines)
        app.button("load.import").click()
        settled(app)
        assert name.removesuffix(".csv") in app.subheader[0].value
    assert "load.run" not in app.session_state
