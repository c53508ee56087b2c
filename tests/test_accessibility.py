"""axe-core finds nothing serious: every page, and every pair of language and theme.

By itself each page is looked at in one of the four pairs, in turn; with TIDEMARK_EVERY_PAGE=1 in all.
Left out is what the framework draws itself and offers no switch for (`FRAMEWORK`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from analytics.registry import all_analyses
from analytics.store import Store
from tests.app_server import App
from tests.banks import build_bank
from tests.contract_bank import tables
from tests.test_browser import CHART, WAIT_MS, idle

TITLES = [("Load data", "载入数据"), ("Overview", "总览"), ("Compare extracts", "数据对比"), ("Story", "汇报"),
          *(tuple(one.title) for one in all_analyses()), ("One customer", "单一客户"), ("Present", "演示")]  # fmt: skip
PAIRS = list(product(("en", "zh"), ("light", "dark")))
EVERY = os.environ.get("TIDEMARK_EVERY_PAGE") == "1"
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def kept(app: App, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a small kept bank on the running server."""
    folder = tmp_path_factory.mktemp("bank") / "bank"
    build_bank(folder, **tables(200)).close()
    store = Store(app.home)
    return store.put_kept(folder, "accessible bank").key


@pytest.fixture
def visitor(browser: Any, app: App) -> Iterator[Callable[..., Any]]:
    contexts = []

    def open_page(path: str, lang: str, theme: str) -> Any:
        context = browser.new_context(base_url=app.url, color_scheme=theme, viewport={"width": 1440, "height": 1000},
                                      locale="zh-CN" if lang == "zh" else "en-US")  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.goto(path)
        idle(page)
        return page

    yield open_page
    for context in contexts:
        context.close()


def serious(page: Any) -> list[str]:
    """What axe-core calls serious or critical: rule, how often, and the first place."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']} x{len(one['nodes'])}: {one['nodes'][0]['html'][:200]}" for one in found
            if one["impact"] in SERIOUS]  # fmt: skip


@pytest.mark.timeout(900)
@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_no_serious_violation(visitor, kept, pair):
    lang, theme = pair
    page = visitor(f"/?data={kept}", lang, theme)
    mine = TITLES if EVERY else TITLES[PAIRS.index(pair) :: len(PAIRS)]
    broken = []
    for title in mine:
        name = title[lang == "zh"]
        page.get_by_role("link", name=re.compile(f"{re.escape(name)}$")).first.click()
        page.get_by_role("heading", name=name).first.wait_for()
        idle(page, 900)
        if page.locator(CHART).count():
            page.locator(f"{CHART} :is(svg, canvas)").first.wait_for()
        broken += [f"{name}: {one}" for one in serious(page)]
    assert not broken, "\n".join(broken)
