"""Who walks a way such as `login -> * -> term_open`.

Names part by `->`; `*` stands for any number of steps, none included, `.` for exactly one.
"""

from __future__ import annotations

from analytics.params import ParameterError
from analytics.patterns import Limits
from analytics.sequences.alphabet import codes_of
from analytics.sequences.builder import Sequences
from analytics.sequences.holders import Trace, trace
from analytics.text import Text

ARROW, ANY, ONE = "->", "*", "."


def parse(line: str) -> tuple[list[str], list[Limits]]:
    """Names, and the limits of each step between two of them.

    >>> parse("login -> . -> pay")[0], parse("login -> . -> pay")[1][0].max_gap_steps
    (['login', 'pay'], 2)
    """
    words = [word.strip() for word in line.split(ARROW)]
    names: list[str] = []
    limits: list[Limits] = []
    dots, free = 0, False
    for word in words:
        if word == ONE:
            dots += 1
        elif word == ANY:
            free = True
        else:
            if names:
                limits.append(
                    Limits(min_gap_steps=dots + 1, max_gap_steps=None if free else dots + 1)
                )
            names.append(word)
            dots, free = 0, False
    if not all(names) or len(names) < 2 or words[0] in (ANY, ONE) or words[-1] in (ANY, ONE):
        raise ParameterError(Text("search: expected names parted by `->`, beginning and ending with a name; `*` and `.` between.",
                                  "search：应为以 -> 分隔的步骤名，首尾为步骤名，中间可用 * 和 .。"))  # fmt: skip
    return names, limits


def walk(built: Sequences, line: str) -> Trace:
    """The first such way of every sequence that has one."""
    names, limits = parse(line)
    return trace(built.events, tuple(codes_of(names, built.alphabet, "search")), limits)
