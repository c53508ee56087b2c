"""Named segments from the three scores, by a map a person can read and edit.

A map is text: segments parted by `;`, each `name: conditions`, conditions on R, F and M:

    champions: R+ F+ M+; sleeping: R1-2 F-; steady: F3; others:

`R+` is above the middle score, `R-` at or below it, `R4` exactly 4, `R4-5` from 4 to 5. A measure
that is not named is free. The first segment that fits wins; what fits none is `other`.

The default is the map taught in Chinese banking: eight segments by high and low R, F and M, where a
high M is 重要 (important) and a low one 一般 (ordinary).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analytics.params import ParameterError
from analytics.text import Text

OTHER = "other"
TITLES: Mapping[str, Text] = {
    "champions": Text("Champions", "重要价值客户"),
    "high_potential": Text("High value, to develop", "重要发展客户"),
    "at_risk": Text("High value, at risk", "重要保持客户"),
    "win_back": Text("High value, to win back", "重要挽留客户"),
    "loyal": Text("Loyal, lower value", "一般价值客户"),
    "promising": Text("Recent, lower value", "一般发展客户"),
    "fading": Text("Fading, lower value", "一般保持客户"),
    "hibernating": Text("Hibernating", "一般挽留客户"),
    OTHER: Text("Other", "其他客户"),
}
DEFAULT_MAP = (
    "champions: R+ F+ M+; high_potential: R+ F- M+; at_risk: R- F+ M+; win_back: R- F- M+; "
    "loyal: R+ F+ M-; promising: R+ F- M-; fading: R- F+ M-; hibernating: R- F- M-"
)
MEASURES = ("r", "f", "m")
_CONDITION = re.compile(r"([RFM])(?:(\+)|(-)|(\d+)(?:-(\d+))?)", re.IGNORECASE)
MAX_SEGMENTS = 20


@dataclass(frozen=True)
class Rule:
    """One segment: its name and the scores (low, high, both inclusive) it asks of a measure."""

    name: str
    ranges: Mapping[str, tuple[int, int]]


def title(name: str) -> Text:
    """A segment's name for people; a name of the user's own stands as it was written."""
    return TITLES.get(name, Text(name, name))


def parse(text: str, scores: int) -> list[Rule]:
    """The rules of a map for scores 1..`scores`; ParameterError says which part is wrong.

    >>> [rule.ranges for rule in parse("best: R+ F4-5; rest:", 5)]
    [{'r': (4, 5), 'f': (4, 5)}, {}]
    """
    rules = [_rule(part, scores) for part in re.split(r"[;；\n]", text) if part.strip()]
    names = [rule.name for rule in rules]
    if not rules or len(rules) > MAX_SEGMENTS:
        raise _refused(text, f"1 to {MAX_SEGMENTS} segments parted by ;",
                       f"以分号分隔的 1 至 {MAX_SEGMENTS} 个分群")  # fmt: skip
    if twice := {n for n in names if names.count(n) > 1}:
        raise _refused(", ".join(sorted(twice)), "every name once", "名称不可重复")
    return rules


def first_fit(rules: Sequence[Rule], scores: Mapping[str, int]) -> str:
    """The segment of one customer's scores by measure; `other` if no rule fits.

    >>> first_fit(parse("best: R+ F4-5; recent: R+", 5), {"r": 5, "f": 3, "m": 1})
    'recent'
    """
    return next((rule.name for rule in rules if all(
        low <= scores[measure] <= high for measure, (low, high) in rule.ranges.items())), OTHER)  # fmt: skip


def _rule(part: str, scores: int) -> Rule:
    name, colon, conditions = part.replace("：", ":").partition(":")
    if not colon or not name.strip():
        raise _refused(part, "name: conditions, such as champions: R+ F+ M+",
                       "“名称: 条件”，例如 champions: R+ F+ M+")  # fmt: skip
    ranges: dict[str, tuple[int, int]] = {}
    for word in conditions.replace(",", " ").split():
        measure, low, high = _condition(word, scores)
        if measure in ranges:
            raise _refused(part, f"{measure.upper()} once", f"{measure.upper()} 只能出现一次")
        ranges[measure] = (low, high)
    return Rule(name.strip(), ranges)


def _condition(word: str, scores: int) -> tuple[str, int, int]:
    found = _CONDITION.fullmatch(word)
    if not found:
        raise _refused(word, "R, F or M with +, -, a score or a range, such as R+ or F2-3",
                       "R、F 或 M 加 +、-、分数或区间，例如 R+ 或 F2-3")  # fmt: skip
    measure, above, below, low, high = found.groups()
    middle = (scores + 1) // 2  # 3 of 5; with an even number the lower half
    if above:
        return measure.lower(), middle + 1, scores
    if below:
        return measure.lower(), 1, middle
    first, last = int(low), int(high or low)
    if not 1 <= first <= last <= scores:
        raise _refused(word, f"scores from 1 to {scores}, the lower first",
                       f"1 至 {scores} 的分数，从小到大")  # fmt: skip
    return measure.lower(), first, last


def _refused(found: str, expected_en: str, expected_zh: str) -> ParameterError:
    return ParameterError(
        Text(f"Segment map: found {found.strip()!r}; expected {expected_en}.",
             f"分群规则：“{found.strip()}”无法识别；应为{expected_zh}。"))  # fmt: skip
