"""Names and titles in lines: how words are broken where they are longer than their place.

A line ends at a blank, behind any Chinese letter that no closing sign follows, else at a hyphen or
underscore, else anywhere. The same rule stands here twice: for Python, and as an expression of the
drawing library, which breaks a name when it is drawn, whatever rows a chart is given later.

Units: letters are half-width ones, so a Chinese letter counts two.
"""

from __future__ import annotations

import math
import re

CHINESE = "\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef“”"
OPENING, CLOSING = "（《「『“", "，。；、：！？）》」』”,.;:!?)%"
MOST_LINES = 5  # beyond it lines get longer instead of more
SLACK = 6  # letters that breaking between words costs a line
# Two signs without width, each the second half of a Chinese letter: a line may end here, and may not.
_END, _JOIN = "\u200b", "\u2060"
_KEPT = f"([{CHINESE}](?=[{CLOSING}])|[{OPENING}])"
_LETTER = f"([{CHINESE}])(?!{_JOIN})"
_LINES = f"(.{{1,N}})(?:[ {_END}]|$)|(.{{1,N}}[-_/])|(.{{N}})"  # of N letters each


def letters(words: str) -> int:
    """How wide words are.

    >>> letters("ab"), letters("网点")
    (2, 4)
    """
    return len(_wide(words))


def even(words: str, line: int) -> int:
    """Letters of a line so that the lines of these words become even; none is much longer than `line`."""
    long = letters(words)
    return line if long <= line else math.ceil(long / min(MOST_LINES, math.ceil(long / line))) + SLACK  # fmt: skip


def lines(words: str, line: int) -> list[str]:
    """The words in lines of at most so many letters.

    >>> lines("Often by counter, many withdrawals", 20)
    ['Often by counter,', 'many withdrawals']
    >>> lines("资金多在定期、常用网点", 12)
    ['资金多在定', '期、常用网点']
    """
    broken = re.sub(_LINES.replace("N", str(line)), lambda found: (found[1] or found[2] or found[3]) + "\n", _wide(words))  # fmt: skip
    return re.sub(f"[{_END}{_JOIN}]", "", broken).strip().split("\n")


def unless_short(value: str, most: object, otherwise: str) -> str:
    """An expression of the drawing library: one line where the words fit even if all were Chinese.

    Why asked first: the browser works `otherwise` out for every name of every picture, while
    somebody waits.
    """
    return f"(2 * length({value}) <= {most} ? [{value}] : {otherwise})"


def lines_drawn(value: str, line: str) -> str:
    """`lines` as an expression of the drawing library, over two of its expressions."""
    return unless_short(value, line, _broken_drawn(value, line))


def even_lines_drawn(value: str, line: int, most: str = str(MOST_LINES)) -> str:
    """Lines that are even, as an expression over an expression; in `most` lines, an expression too."""
    long = f"(2 * length({value}) - length(replace({value}, regexp('[{CHINESE}]', 'g'), '')))"
    even_line = f"({long} <= {line} ? {line} : ceil({long} / min({most}, ceil({long} / {line}))) + {SLACK})"  # fmt: skip
    return unless_short(value, line, _broken_drawn(value, even_line))


def _broken_drawn(value: str, line: str) -> str:
    pattern = f"regexp(replace('{_LINES}', regexp('N', 'g'), {line}), 'g')"
    broken = f"replace({_wide_drawn(value)}, {pattern}, '$1$2$3\\n')"
    return f"split(trim(replace({broken}, regexp('[{_END}{_JOIN}]', 'g'), '')), '\\n')"


def _wide(words: str) -> str:
    return re.sub(_LETTER, rf"\1{_END}", re.sub(_KEPT, rf"\1{_JOIN}", words))


def _wide_drawn(value: str) -> str:
    kept = f"replace({value}, regexp('{_KEPT}', 'g'), '$1{_JOIN}')"
    return f"replace({kept}, regexp('{_LETTER}', 'g'), '$1{_END}')"
