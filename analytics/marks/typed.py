"""An analyst's own dated notes, typed a line each: `2024-03-01 rate cut`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from analytics.marks.mark import LONGEST, Mark
from analytics.text import Text, UserError

MOST = 20
_DAY = re.compile(r"(?<!\d)(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))(?!\d)")
NO_DAY = Text("Line {n} holds no day. Write a line as “2024-03-01 rate cut”.",
              "第{n}行没有日期。请按“2024-03-01 降息”的格式填写。")  # fmt: skip
NO_WORDS = Text("Line {n} says no more than its day. Write a line as “2024-03-01 rate cut”.",
                "第{n}行只有日期。请按“2024-03-01 降息”的格式填写。")  # fmt: skip
TOO_MANY = Text("At most {n} notes; there are {found}.", "最多{n}条事件，现有{found}条。")


def read_notes(text: str) -> tuple[Mark, ...]:
    """The notes of a text, oldest first; UserError names the line that cannot be read.

    The day stands anywhere in its line, the year first.

    >>> [(str(one.day), one.label.en) for one in read_notes("rate cut 2024-03-01\\n2024年2月5日 新版手机银行")]
    [('2024-02-05', '新版手机银行'), ('2024-03-01', 'rate cut')]
    """
    lines = [
        (number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()
    ]
    if len(lines) > MOST:
        raise UserError(TOO_MANY.fill(n=MOST, found=len(lines)), "note")
    return tuple(sorted((_note(number, line) for number, line in lines), key=lambda one: one.day))


def write_notes(notes: Iterable[Mark]) -> str:
    """The inverse of `read_notes`."""
    return "\n".join(f"{one.day.isoformat()} {one.label.en}" for one in notes)


def _note(number: int, line: str) -> Mark:
    found = _DAY.search(line)
    try:
        day = date(*map(int, filter(None, found.groups()))) if found else None
    except ValueError:
        day = None
    if found is None or day is None:
        raise UserError(NO_DAY.fill(n=number), "note")
    words = " ".join((line[: found.start()] + " " + line[found.end() :]).split()).strip(" :：,，-–")
    if not words:
        raise UserError(NO_WORDS.fill(n=number), "note")
    return Mark(day=day, label=Text(words[:LONGEST], words[:LONGEST]), sort="note")
