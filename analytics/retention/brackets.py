"""Steps along a customer's time: calendar periods, or brackets of days since the start.

Brackets are written as `0, 1, 2-3, 4-7, 8-14, 15-30`: days since the first day, which is day 0; each
bracket holds both its ends. They rise and do not overlap; days between them may be left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from analytics.params import ParameterError
from analytics.retention.periods import first_of
from analytics.text import Text

Bracket = tuple[int, int]
FORM = re.compile(r"(\d{1,4})(?:\s*[-–—~～至]\s*(\d{1,4}))?")
MOST = 60
LAST_DAY = 3650


def parse(text: str) -> list[Bracket]:
    """The brackets a text describes, first and last day of each; none for a blank text.

    >>> parse("0, 1, 2-3，4–7")
    [(0, 0), (1, 1), (2, 3), (4, 7)]

    Raises ParameterError for what is no bracket, runs backwards, overlaps, or is too much.
    """
    written = [part.strip() for part in re.split(r"[,，、;；]", text) if part.strip()]
    found: list[Bracket] = []
    for part in written:
        told = FORM.fullmatch(part)
        if told is None:
            raise _error(f"{part!r} is no bracket", f"“{part}”不是有效区间")
        first, last = int(told[1]), int(told[2] or told[1])
        if last < first:
            raise _error(f"{part!r} ends before it begins", f"“{part}”的终点早于起点")
        if found and first <= found[-1][1]:
            raise _error(
                f"{part!r} does not lie after the bracket before it", f"“{part}”未位于前一区间之后"
            )
        if last > LAST_DAY:
            raise _error(f"{part!r} lies beyond day {LAST_DAY}", f"“{part}”超过第 {LAST_DAY} 天")
        found.append((first, last))
    if len(found) > MOST:
        raise _error(
            f"{len(found)} brackets, at most {MOST}", f"共 {len(found)} 个区间，最多 {MOST} 个"
        )
    return found


def _error(found: str, gefunden: str) -> ParameterError:
    return ParameterError(Text(
        f"brackets: {found}. Expected rising days since the start, such as 0, 1, 2-3, 4-7, 8-14, 15-30.",
        f"区间：{gefunden}。应为自起点起依次递增的天数，例如 0, 1, 2-3, 4-7, 8-14, 15-30。"))  # fmt: skip


@dataclass(frozen=True)
class Steps:
    """What the columns of a cohort grid stand for.

    Args:
        unit: of the cohorts, `week` or `month`.
        periods: how many calendar periods after the cohort's own; not regarded with brackets.
        brackets: days since the start, in place of calendar periods.
    """

    unit: str
    periods: int
    brackets: Sequence[Bracket] = ()

    def __len__(self) -> int:
        """Columns of the grid."""
        return len(self.brackets) or self.periods + 1

    def span(self, cohort: int, step: int) -> tuple[date, date]:
        """The first day that can count for anybody of the cohort, and the last one that does."""
        if not self.brackets:
            after = first_of(cohort + step + 1, self.unit)
            return first_of(cohort + step, self.unit), after - timedelta(days=1)
        first, last = self.brackets[step]
        started = first_of(cohort + 1, self.unit) - timedelta(days=1)
        return first_of(cohort, self.unit) + timedelta(days=first), started + timedelta(days=last)

    def label(self, step: int) -> str | None:
        """A bracket as text, such as `4-7`; None for a calendar period."""
        if not self.brackets:
            return None
        first, last = self.brackets[step]
        return str(first) if first == last else f"{first}-{last}"
