"""What breaks a rule, looked up in the syntax tree; the rules are in test_house_rules.py."""

from __future__ import annotations

import ast
import re
from itertools import pairwise

from tests.house import CHINESE, SQL, WORD, dotted, keyword

# What Streamlit shows of a call: the label, and these keywords.
SHOWN = frozenset(
    re.findall(
        r"\w+",
        """
    write title header subheader caption markdown text info warning error success exception
    toast button download_button link_button form_submit_button checkbox toggle radio selectbox
    multiselect slider select_slider text_input text_area number_input date_input file_uploader
    metric tabs expander popover status spinner progress dialog page_link segmented_control
    pills menu_button badge feedback
    """,
    )
)
SHOWN_KEYWORDS = ("label", "help", "placeholder", "title", "body", "text", "caption", "alt")
NOT_WORDS = re.compile(r":[a-z_]+/[a-z_]+:|:[a-z]+\[|\{[a-z_]*\}")


def value_in_sql(node: ast.AST) -> bool:
    """Whether an f-string is SQL with '{value}' in it; values from `quoted` or dates are safe."""
    if not isinstance(node, ast.JoinedStr):
        return False
    parts = node.values
    if not any(SQL.search(p.value) for p in parts if isinstance(p, ast.Constant)):
        return False
    for before, value in pairwise(parts):
        opened = isinstance(before, ast.Constant) and str(before.value).endswith("'")
        if opened and isinstance(value, ast.FormattedValue):
            made_by = dotted(value.value.func) if isinstance(value.value, ast.Call) else ""
            if not made_by.endswith(("quoted", "isoformat")):
                return True
    return False


def blanket(kind: ast.expr | None) -> bool:
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(k is None or dotted(k) in ("Exception", "BaseException") for k in kinds)


def cache_faults(cache: ast.expr, function: ast.AST) -> list[str]:
    call = cache if isinstance(cache, ast.Call) else None
    name = dotted(call.func if call else cache)
    args = function.args.args if isinstance(function, ast.FunctionDef) else []
    if name in ("functools.cache", "cache"):
        return ["unbounded"] if args else []  # without arguments it holds one value
    if name.endswith("lru_cache"):
        size = (keyword(call, "maxsize") or (call.args or [None])[0]) if call else None
        return (
            ["unbounded"] if call and isinstance(size, ast.Constant) and size.value is None else []
        )
    if not name.endswith(("cache_data", "cache_resource")):
        return []
    scope = keyword(call, "scope") if call else None
    found = [] if isinstance(scope, ast.Constant) and scope.value == "session" else ["shared"]
    found += [] if call and keyword(call, "max_entries") else ["unbounded"]
    frames = [a.arg for a in args if a.annotation and "Frame" in ast.unparse(a.annotation)
              and not a.arg.startswith("_")]  # fmt: skip
    return found + [f"keyed by the frame {arg}" for arg in frames]


def shown(call: ast.Call) -> list[tuple[ast.Constant, str]]:
    values = [*call.args[:1], *(k.value for k in call.keywords if k.arg in SHOWN_KEYWORDS)]
    direct = [v for v in values if isinstance(v, ast.Constant | ast.JoinedStr)]
    parts = [p for v in direct for p in (v.values if isinstance(v, ast.JoinedStr) else [v])]
    return [(p, p.value) for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str)
            and not p.value.endswith(".py") and WORD.search(NOT_WORDS.sub("", p.value))]  # fmt: skip


def text_faults(en: str, zh: str) -> list[str]:
    found = []
    if bool(en.strip()) != bool(zh.strip()):
        found.append("one language is empty")
    if CHINESE.search(en) and en != zh:  # a sample such as a date reads the same in both
        found.append("Chinese in the English text")
    if len(re.findall(r"[A-Za-z]{4,}", re.sub(r"\{.*?\}", "", zh))) > 3 and not CHINESE.search(zh):
        found.append("the Chinese text is English")
    fields = [set(re.findall(r"\{(\w+)", text)) for text in (en, zh)]
    if fields[0] != fields[1]:
        found.append(f"only one language says {sorted(fields[0] ^ fields[1])}")
    return found
