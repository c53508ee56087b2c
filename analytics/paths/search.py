"""Who walks a way such as `login -> !transfer -> term_open|savings_open`.

Steps part by `->`. A step is a name, or several parted by `|` of which one will do. Between two
steps may stand `*` (any number of steps, none included), `.` (exactly one), or `!name` (any number,
none of them that name; `!a|b` bars both). With nothing between, one step directly follows the other.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from analytics.params import ParameterError
from analytics.patterns import Limits
from analytics.sequences.alphabet import codes_of
from analytics.sequences.builder import Sequences
from analytics.sequences.holders import Trace, trace_any
from analytics.text import Text

ARROW, ANY, ONE, OR, NOT = "->", "*", ".", "|", "!"


@dataclass
class Way:
    """Names that will do at each step; what may lie before each step after the first."""

    names: list[list[str]] = field(default_factory=list)
    limits: list[Limits] = field(default_factory=list)
    barred: list[list[str]] = field(default_factory=list)


def parse(line: str, alphabet: Collection[str] = ()) -> Way:
    """A way from its line; a word that is itself a name of the alphabet is never taken apart.

    >>> way = parse("login -> . -> pay|send -> !cancel -> close")
    >>> way.names, way.limits[0].max_gap_steps, way.limits[1].max_gap_steps, way.barred
    ([['login'], ['pay', 'send'], ['close']], 2, None, [[], ['cancel']])
    """
    way, dots, free, barred = Way(), 0, False, list[str]()
    words = [word.strip() for word in line.split(ARROW)]
    for word in words:
        plain = word in alphabet
        if word == ONE and not plain:
            dots += 1
        elif word == ANY and not plain:
            free = True
        elif word.startswith(NOT) and not plain:
            free, barred = True, [*barred, *_names(word[1:], alphabet)]
        else:
            if way.names:
                most = None if free else dots + 1
                way.limits.append(Limits(min_gap_steps=dots + 1, max_gap_steps=most))
                way.barred.append(barred)
            way.names.append(_names(word, alphabet))
            dots, free, barred = 0, False, []
    whole = not (dots or free) and all(map(all, [*way.names, *way.barred]))
    began = words[0] in alphabet or not _gap(words[0])
    if not (whole and began) or len(way.names) != len(way.limits) + 1 or len(way.names) < 2:
        raise ParameterError(Text("search: expected names parted by `->`, beginning and ending with a name; `*`, `.` and `!name` between.",
                                  "search：应为以 -> 分隔的步骤名，首尾为步骤名，中间可用 *、. 和 !步骤名。"))  # fmt: skip
    return way


def _names(word: str, alphabet: Collection[str]) -> list[str]:
    return [word] if word in alphabet else [one.strip() for one in word.split(OR)]


def _gap(word: str) -> bool:
    return word in (ANY, ONE) or word.startswith(NOT)


def walk(built: Sequences, line: str) -> Trace:
    """The first such way of every sequence that has one."""
    way = parse(line, built.alphabet)
    known = lambda names: tuple(codes_of(names, built.alphabet, "search"))  # noqa: E731
    return trace_any(built.events, [known(n) for n in way.names], way.limits, [known(n) for n in way.barred])  # fmt: skip
