"""Edits of the alphabet: steps merged, renamed or hidden, written in one line.

`deposit: term_open, term_renew; -: heartbeat` calls both openings `deposit` and hides `heartbeat`.
"""

from __future__ import annotations

from collections.abc import Iterable

from analytics.params import ParameterError
from analytics.text import Text

HIDDEN = "-"


def parse_edits(line: str) -> dict[str, str | None]:
    """Old name to new one; None hides a step.

    >>> parse_edits("deposit: term_open, term_renew; -: heartbeat")
    {'term_open': 'deposit', 'term_renew': 'deposit', 'heartbeat': None}
    """
    found: dict[str, str | None] = {}
    for part in filter(str.strip, line.replace("；", ";").split(";")):
        new, sign, old = part.replace("：", ":").partition(":")
        names = names_of(old)
        if not sign or not new.strip() or not names or found.keys() & set(names):
            raise ParameterError(
                Text("alphabet: expected `new: old, old; -: hidden`, every old name once.",
                     "alphabet：应写作“新名: 旧名, 旧名; -: 要隐藏的”，每个旧名只出现一次。"))  # fmt: skip
        found |= dict.fromkeys(names, None if new.strip() == HIDDEN else new.strip())
    return found


def names_of(line: str) -> list[str]:
    """Names parted by commas, blanks around them dropped."""
    return [one.strip() for one in line.replace("，", ",").split(",") if one.strip()]


def codes_of(names: Iterable[str], alphabet: tuple[str, ...], what: str) -> list[int]:
    """Codes of step names; ParameterError naming the parameter if a name is not in the alphabet."""
    code = {name: number for number, name in enumerate(alphabet)}
    missing = [name for name in names if name not in code]
    if missing:
        raise ParameterError(
            Text(f"{what}: {len(missing)} of the names is not a step here; the table `alphabet` lists the {len(code)} steps.",
                 f"{what}：其中 {len(missing)} 个名称不是现有步骤；请参见“alphabet”表中的 {len(code)} 个步骤。"))  # fmt: skip
    return [code[name] for name in names]
