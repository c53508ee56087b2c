"""Edits of the alphabet: steps merged, renamed or hidden, written in one line.

`deposit: term_open, term_renew; -: heartbeat` calls both openings `deposit` and hides `heartbeat`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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


def edited(line: str, changes: Mapping[str, str | None]) -> str:
    """The line with further edits on top of its own; an empty one where nothing is left to do.

    Args:
        line: edits so far.
        changes: name as it is called now to its new name; None hides it.

    >>> edited("deposit: term_open, term_renew", {"deposit": "term", "login": None})
    '-: login; term: deposit, term_open, term_renew'
    """
    before = parse_edits(line)
    after = {old: changes.get(new, new) if new is not None else None for old, new in before.items()}
    after |= {name: new for name, new in changes.items() if name not in before}
    by_new: dict[str, list[str]] = {}
    for old, new in after.items():
        if any(sign in name for name in (old, new or "") for sign in ",:;，：；"):
            raise ParameterError(
                Text("alphabet: a name with a comma, colon or semicolon cannot be edited.",
                     "alphabet：含逗号、冒号或分号的名称无法编辑。"))  # fmt: skip
        if old != new:
            by_new.setdefault(HIDDEN if new is None else new, []).append(old)
    return "; ".join(f"{new}: {', '.join(sorted(olds))}" for new, olds in sorted(by_new.items()))


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
