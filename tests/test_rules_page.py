"""The shuffle button of the rules page without a browser: asked, kept, gone with a moved slider."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.app_server import ROOT
from tests.banks import build_bank
from tests.test_pages import shelf
from tests.test_rules import TEN, holders

__all__ = ["shelf"]  # a fixture
PAGE = "pages/behaviour/rules.py"


def words(app: AppTest) -> str:
    return "\n".join(str(one.value) for kind in ("markdown", "code") for one in getattr(app, kind))


@pytest.mark.parametrize(
    ("lang", "sentence"), [("en", "5 shuffles of 400 baskets"), ("zh", "将400个篮子打乱5次")]
)
def test_the_answer_of_the_shuffles_belongs_to_its_settings(shelf, tmp_path, lang, sentence):
    rows = [("C000", "2024-06-01", 1.0, "card")]
    build_bank(tmp_path / "bank", accounts=holders(TEN * 20), transactions=rows).close()
    key = shelf.put_kept(tmp_path / "bank", "Trial").key
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for name, value in {"lang": lang, "data": key, "rules.shuffle.times": 5}.items():
        app.session_state[name] = value
    app.run()
    app = app.switch_page(PAGE).run()
    assert sentence not in words(app)
    app = app.button(key="rules.shuffle").click().run()
    assert not app.exception
    assert sentence in words(app)
    assert "--set shuffles=5" in words(app)
    app.session_state["rules.min_confidence"] = 0.9
    assert sentence not in words(app.run())
    app.session_state["rules.min_confidence"] = 0.25
    assert sentence in words(app.run())
