"""The rules of the house, each with its reason; an empty folder fails, because nothing was seen."""

from __future__ import annotations

import ast
import re
import tomllib

import pytest

from analytics.registry import all_analyses
from tests import readme_blocks
from tests.house import (
    ROOT,
    SQL,
    WORD,
    calls,
    docstrings,
    imports,
    keyword,
    modules,
    refuse,
    statements,
    strings,
    tracked,
)
from tests.house_faults import SHOWN, blanket, cache_faults, shown, text_faults, value_in_sql

CODE = ("analytics", "pages", "sample_data", "app.py")
ENGINES = ("duckdb", "sklearn", "scipy", "mlxtend", "numpy")
DUCKDB_MAY = re.compile(r"analytics/(dataset|scope)\.py|analytics/ingest/.*|sample_data/.*")
CLOCK = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time",
         "time.time_ns", "time.localtime", "time.gmtime")  # fmt: skip
SEEDED = ("default_rng", "Generator", "SeedSequence", "PCG64", "Philox", "BitGenerator")


def _top(name: str) -> str:
    return name.split(".")[0]


def test_01_analytics_imports_neither_streamlit_nor_pages():
    refuse([m.at(node, name) for m in modules("analytics") for node, name in imports(m)
            if _top(name) in ("streamlit", "pages")],
           "analytics runs headless and is tested alone; a page imports it, never the reverse")  # fmt: skip


def test_02_pages_hold_no_engine_and_no_sql():
    pages = modules("pages", "app.py")
    refuse([m.at(node, name) for m in pages for node, name in imports(m) if _top(name) in ENGINES],
           "a page that computes cannot be run headless; move it to its twin in analytics")  # fmt: skip
    refuse([m.at(node) for m in pages for node, text in strings(m)
            if id(node) not in docstrings(m) and SQL.search(text)],
           "SQL in a page escapes as_of and the population; ask through analytics")  # fmt: skip


def test_03_every_analysis_page_has_its_twins():
    pages = [p for p in ROOT.glob("pages/*/*.py")
             if p.parent.name not in ("ui", "start") and p.stem != "__init__"]  # fmt: skip
    assert pages, "no analysis page: the rule saw nothing"
    missing = []
    for page in pages:
        module = ROOT / "analytics" / page.stem
        if not (module.is_dir() or module.with_suffix(".py").exists()):
            missing.append(f"analytics/{page.stem}.py")
        tests = [
            *ROOT.glob(f"tests/test_{page.stem}.py"),
            *ROOT.glob(f"tests/test_{page.stem}_*.py"),
        ]
        missing += [] if tests else [f"tests/test_{page.stem}.py"]
    refuse(missing, "one question is answered by one name: page, computation, test")


def test_04_no_page_directly_in_pages():
    assert (ROOT / "pages").is_dir()
    refuse([p.name for p in (ROOT / "pages").glob("*.py") if p.name != "__init__.py"],
           "Streamlit takes pages/*.py for pages of its own and then skips app.py")  # fmt: skip


def test_05_one_door_to_the_database():
    everywhere = modules(*CODE)
    refuse([m.at(node) for m in everywhere for node, name in imports(m)
            if _top(name) == "duckdb" and not DUCKDB_MAY.fullmatch(m.path)],
           "as_of, population and hardening are applied in dataset.py and its scope only")  # fmt: skip
    factories = [
        m.at(call) for m in everywhere for call, name in calls(m) if name == "duckdb.connect"
    ]
    assert len(factories) == 1, f"the hardening is not inherited by a second factory: {factories}"
    refuse([m.at(node) for m in everywhere for node in m.nodes if value_in_sql(node)],
           "a value between quotes in SQL can end the quotes; bind it by $name")  # fmt: skip


def test_06_every_page_is_named_in_app_or_registry():
    named = (ROOT / "app.py").read_text(encoding="utf-8")
    registered = {one.page for one in all_analyses()}
    pages = [p.relative_to(ROOT / "pages").with_suffix("").as_posix()
             for p in ROOT.glob("pages/*/*.py") if p.parent.name != "ui" and p.stem != "__init__"]  # fmt: skip
    assert pages, "no page: the rule saw nothing"
    refuse([p for p in pages if p not in registered and f'"{p}"' not in named],
           "a page nobody names cannot be reached")  # fmt: skip
    refuse([p for p in registered if p not in pages], "the registry names a page that is not there")


def test_07_no_print_no_blanket_except():
    everywhere = modules(*CODE)
    refuse([m.at(call) for m in everywhere for call, name in calls(m) if name in ("print", "pprint.pprint")],
           "stdout belongs to the command line's JSON; a log must not hold data")  # fmt: skip
    refuse([m.at(node) for m in everywhere for node in m.nodes
            if isinstance(node, ast.ExceptHandler) and blanket(node.type)],
           "catching everything hides the wrong number; name the exceptions")  # fmt: skip
    refuse([m.at(call) for m in everywhere for call, name in calls(m)
            if name.endswith("suppress") and any(map(blanket, call.args))],
           "suppressing everything hides the wrong number; name the exceptions")  # fmt: skip


def test_07_caches_belong_to_one_session_and_are_bounded():
    broken = []
    for m in modules("analytics", "pages", "app.py"):
        for node in m.nodes:
            for cache in getattr(node, "decorator_list", ()):
                broken += [m.at(node, why) for why in cache_faults(cache, node)]
    refuse(broken, "a shared or frame-keyed cache shows one user another's data; an unbounded one grows")  # fmt: skip


def test_08_warnings_are_errors():
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pytest_options = options["tool"]["pytest"]["ini_options"]
    assert pytest_options["filterwarnings"][0] == "error", "a warning is tomorrow's wrong number"
    assert pytest_options["xfail_strict"] is True, "a known failure that passes must be said"


def test_09_pages_show_texts_not_literals():
    refuse([m.at(node, repr(text)) for m in modules("pages", "app.py") for call, name in calls(m)
            if name.rpartition(".")[2] in SHOWN and name.startswith(("st.", "?."))
            for node, text in shown(call)],
           "half of the readers read Chinese: write Text(en, zh) and show it with say()")  # fmt: skip
    refuse([m.at(call, repr(arg.value)) for m in modules("analytics") for call, name in calls(m)
            if name.endswith(".title") for arg in call.args
            if isinstance(arg, ast.Constant) and WORD.search(str(arg.value))],
           "a chart's title is read in two languages: take it from a Text")  # fmt: skip


def test_09_a_menu_that_closes_by_itself_is_silent():
    refuse([m.at(call) for m in modules("pages", "app.py") for call, name in calls(m)
            if name.rpartition(".")[2] == "popover" and keyword(call, "on_change")],
           "the click that leaves a page closes the menu, and the answer breaks the page that comes")  # fmt: skip


def test_09_every_text_is_written_in_both_languages():
    broken, seen = [], 0
    for m in modules(*CODE):
        for call, name in calls(m):
            both = [a.value for a in call.args if isinstance(a, ast.Constant)]
            if name.rpartition(".")[2] == "Text" and len(both) == len(call.args) == 2:
                seen += 1
                broken += [m.at(call, why) for why in text_faults(*both)]
    assert seen > 50, "hardly any Text: the rule saw nothing"
    refuse(broken, "a text in one language is missing in the other")


def test_10_only_clock_reads_the_clock():
    refuse([m.at(call, name) for m in modules(*CODE) if m.path != "analytics/clock.py"
            for call, name in calls(m) if any(f".{name}".endswith(f".{one}") for one in CLOCK)],
           "a result that depends on today cannot be repeated; as_of is an argument")  # fmt: skip
    refuse([m.at(node) for m in modules("analytics") for node, text in strings(m)
            if SQL.search(text) and id(node) not in docstrings(m)
            and re.search(r"\b(now\(\)|current_date|current_timestamp|today\(\))", text, re.I)],
           "SQL that reads the clock cannot be repeated; bind as_of")  # fmt: skip


def test_10_randomness_only_by_seed():
    everywhere = modules(*CODE)
    refuse([m.at(node) for m in everywhere for node, name in imports(m) if name == "random"],
           "the random module is one hidden state for all; use numpy's default_rng(seed)")  # fmt: skip
    refuse([m.at(call, name) for m in everywhere for call, name in calls(m)
            if name.startswith(("np.random.", "numpy.random.")) and not name.endswith(SEEDED)],
           "numpy's global generator is hidden state; use default_rng(seed)")  # fmt: skip
    refuse([m.at(call) for m in everywhere for call, name in calls(m)
            if name.endswith("default_rng") and (not call.args or isinstance(call.args[0], ast.Constant))],
           "the seed is a parameter: neither absent nor written into the code")  # fmt: skip
    refuse([m.at(call) for m in everywhere for call, _ in calls(m)
            if isinstance(keyword(call, "random_state"), ast.Constant)],
           "the seed is a parameter, not written into the code")  # fmt: skip


@pytest.mark.parametrize("place", [*CODE, "tests"])
def test_11_modules_and_functions_stay_small(place):
    seen = modules(place)
    refuse([f"{m.path} {n} lines" for m in seen if (n := len(m.text.splitlines())) > 300],
           "a file is read top to bottom in one go; make a package of the same name")  # fmt: skip
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    refuse([m.at(f, f"{f.name} {n} statements") for m in seen for f in m.nodes
            if isinstance(f, functions) and (n := statements(f)) > 40],
           "a function fits on a screen; name its steps")  # fmt: skip


def test_12_readme_equals_the_code():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, block in readme_blocks.blocks().items():
        assert readme_blocks.block_in(text, name) == block, (
            f"README's block {name!r} is absent or old: run `python -m tests.readme_blocks`")  # fmt: skip


def test_12_readme_lists_every_analysis_where_it_is():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    places = {one.key: f"{one.page.split('/')[0].capitalize()} > {one.title.en}" for one in all_analyses()}  # fmt: skip
    refuse([f"{place} | `tidemark run {key}`" for key, place in places.items()
            if f"| {place} | `tidemark run {key}` |" not in text],
           "an analysis that README does not name, by its page and its command, is not found")  # fmt: skip


def test_nothing_names_a_machine_or_a_package_host():
    # Written in halves, so that this file does not name them itself.
    hosts = [a + b for a, b in (("pypi", ".org"), ("python", "hosted.org"), ("npmjs", ".org"),
             ("crates", ".io"), ("golang", ".org"), ("anaconda", ".org"), ("index", "-url"))]  # fmt: skip
    places = [a + b for a, b in (("/wo", "rk/"), ("/tm", "p/"), ("/ro", "ot/"), ("/ho", "me/"))]
    broken = []
    for path in tracked():
        text = (
            path.read_bytes().decode("utf-8", errors="ignore") if path.stat().st_size < 2e6 else ""
        )
        broken += [f"{path.relative_to(ROOT)} {word}" for word in [*hosts, *places] if word in text]
    refuse(broken, "the project runs on any machine and fetches from whatever index it is given")


def test_nothing_is_left_for_later():
    later = re.compile(
        "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX", "raise NotImplemented" + "Error"))
    )
    refuse([f"{m.path}:{n}" for m in modules(*CODE, "tests")
            for n, line in enumerate(m.text.splitlines(), 1) if later.search(line)],
           "an open end belongs in an issue, not in the code")  # fmt: skip


def test_app_is_a_frame():
    lines = (ROOT / "app.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) < 60, "app.py is the frame; what it shows lives in pages"
