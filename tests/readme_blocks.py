"""The parts of README that are made from the code: the CSV contract and the parameter tables.

`python -m tests.readme_blocks` writes them between their markers, `<!-- schema -->` and
`<!-- /schema -->`, `<!-- params:rfm -->` and `<!-- /params:rfm -->`; a test holds them equal.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from analytics.params import Knob, Params
from analytics.registry import all_analyses
from analytics.schema import TABLES, Column, Table

README = Path(__file__).resolve().parent.parent / "README.md"


def blocks() -> dict[str, str]:
    """Every generated block by the name in its markers."""
    made = {"schema": schema_table()}
    return made | {f"params:{one.key}": params_table(one.params) for one in all_analyses()}


def schema_table() -> str:
    """One row per canonical table: its columns in order, the needed ones in bold."""
    rows = [f"| `{t.name}` {t.title.zh} | {', '.join(_column(t, c) for c in t.columns)} |"
            for t in TABLES.values()]  # fmt: skip
    return "\n".join(["| Table | Columns |", "|---|---|", *rows])


def _column(table: Table, column: Column) -> str:
    either = column.name in table.owner and len(table.owner) > 1
    name = f"**{column.name}**" if column.required else column.name
    kind = column.kind + (", or the other id" if either else "")
    return f"{name} ({kind}) {column.title.zh}"


def params_table(params: type[Params]) -> str:
    """One row per parameter: name, default, range, meaning."""
    rows = [f"| `{name}` | {_default(params.defaults().get(name))} | {_range(one)} "
            f"| {one.help.en or one.label.en} |" for name, one in params.knobs().items()]  # fmt: skip
    return "\n".join(["| Parameter | Default | Range | Meaning |", "|---|---|---|---|", *rows])


def _default(value: object) -> str:
    if value is None or value == ():
        return "none"
    words = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return f"`{words.lower() if isinstance(value, bool) else words}`"


def _range(one: Knob) -> str:
    if one.options:
        return ", ".join(f"`{key}`" for key in one.options)
    if one.low is None and one.high is None:
        return {"bool": "`true`, `false`", "choice": "a key", "choices": "keys"}.get(
            one.kind, "any"
        )
    low = "" if one.low is None else f"from {one.low:g}"
    high = "" if one.high is None else f"to {one.high:g}"
    return f"{low} {high} {one.unit.en}".strip()


def block_in(text: str, name: str) -> str | None:
    """What stands between the markers of a block; None if there are none."""
    found = re.search(
        rf"<!-- {re.escape(name)} -->\n(.*?)\n?<!-- /{re.escape(name)} -->", text, re.S
    )
    return found.group(1) if found else None


def rewritten(text: str) -> str:
    """README with every block that has markers made anew."""
    for name, block in blocks().items():
        if block_in(text, name) is not None:
            start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
            head, _, rest = text.partition(start)
            text = f"{head}{start}{block}\n{end}{rest.partition(end)[2]}"
    return text


if __name__ == "__main__":
    README.write_text(rewritten(README.read_text(encoding="utf-8")), encoding="utf-8")
    absent = [n for n in blocks() if block_in(README.read_text(encoding="utf-8"), n) is None]
    sys.stdout.write(f"blocks without markers in README: {', '.join(absent) or 'none'}\n")
