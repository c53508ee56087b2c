"""Days worth a line in every chart over time: campaigns, the bank's own events, holidays, notes.

A mark is a fact with a day and no result: it says what happened when, not that it had an effect.

Read on: `mark` (what a mark is), `extract` (what the extract and the calendar know), `typed` (what an
analyst writes), `drawn` (numbered lines in a chart, and the key beside it).
"""

from analytics.marks.drawn import key_line, with_marks
from analytics.marks.extract import of_extract
from analytics.marks.mark import SORTS, Mark, Sort
from analytics.marks.typed import read_notes, write_notes

__all__ = [
    "SORTS",
    "Mark",
    "Sort",
    "key_line",
    "of_extract",
    "read_notes",
    "with_marks",
    "write_notes",
]
