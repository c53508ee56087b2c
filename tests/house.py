"""What the house rules look at: the project's files, parsed once, and small questions about them."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHINESE = re.compile(r"[\u4e00-\u9fff]")
WORD = re.compile(r"[A-Za-z]{2,}|[\u4e00-\u9fff]")
SQL = re.compile(r"\b(SELECT|WHERE|INSERT INTO|UPDATE|DELETE FROM|CREATE (TEMP |TABLE|VIEW))\b")


@dataclass(frozen=True)
class Module:
    """One Python file: its path below the root, its text, its syntax tree and that tree's nodes."""

    path: str
    text: str
    tree: ast.Module
    nodes: tuple[ast.AST, ...]

    def at(self, node: ast.AST, what: str = "") -> str:
        """Where a rule is broken, the way editors link to it."""
        return f"{self.path}:{getattr(node, 'lineno', 1)} {what}".strip()


@lru_cache(maxsize=512)
def parsed(path: Path) -> Module:
    """A file, read and parsed once."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    return Module(path.relative_to(ROOT).as_posix(), text, tree, tuple(ast.walk(tree)))


def modules(*places: str) -> list[Module]:
    """Every Python file below these folders (or the file itself); none at all is an error."""
    found = []
    for place in places:
        base = ROOT / place
        paths = [base] if base.suffix == ".py" else sorted(base.rglob("*.py"))
        assert any(path.exists() for path in paths), (
            f"no Python file in {place}: the rule saw nothing"
        )
        found += [parsed(path) for path in paths]
    return found


def tracked() -> list[Path]:
    """Every file under version control."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    assert paths, "no tracked file: the rule saw nothing"
    return [path for path in paths if path.is_file()]


def imports(module: Module) -> Iterator[tuple[ast.stmt, str]]:
    """Every import with the full name of what it imports from; those for types only are left out."""
    for_types = {id(child) for node in module.nodes if isinstance(node, ast.If)
                 and dotted(node.test).endswith("TYPE_CHECKING")
                 for child in ast.walk(node)}  # fmt: skip
    for node in module.nodes:
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node, node.module or ""


def calls(module: Module) -> Iterator[tuple[ast.Call, str]]:
    """Every call with the dotted name of what is called, such as `st.cache_data`."""
    for node in module.nodes:
        if isinstance(node, ast.Call):
            yield node, dotted(node.func)


def dotted(node: ast.AST) -> str:
    """`a.b.c` of an attribute chain; what is not a name reads as `?`."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The value of a keyword argument; None without."""
    return next((k.value for k in call.keywords if k.arg == name), None)


def strings(module: Module) -> Iterator[tuple[ast.Constant, str]]:
    """Every string constant, the parts of f-strings included."""
    for one in module.nodes:
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one, one.value


def docstrings(module: Module) -> set[int]:
    """Identities of the constants that are docstrings."""
    return {
        id(node.body[0].value) for node in module.nodes
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body and isinstance(node.body[0], ast.Expr)
        and isinstance(node.body[0].value, ast.Constant)
    }  # fmt: skip


def statements(function: ast.AST) -> int:
    """Statements of a function, nested ones included; docstrings are none."""
    return sum(isinstance(node, ast.stmt) and not (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for node in ast.walk(function)) - 1  # fmt: skip


def refuse(broken: list[str], reason: str) -> None:
    """Fail with the rule's reason and every place that breaks it."""
    assert not broken, "\n".join([reason, *sorted(set(broken))])
