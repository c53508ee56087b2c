"""What a person writes into a story: ids of this dataset and other identifiers are blotted out.

The numbers of a story pass the gate before they are pinned; words typed beside them do not. So every
title, sentence, note and dated event is held against the dataset's own customer and account ids, the
pseudonyms of the pages, and the shapes of phone, card and ID numbers and e-mail addresses.

Definition. An id is found wherever it stands alone, in any case, in full-width letters too, and with
blanks or hyphens between its digits. A bare number of up to five digits, or a word without digits, is
also a year, an amount or a name; it counts as an id only behind a word such as "customer" or "账号".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from analytics.dataset import Dataset
from analytics.identifiers import mask_text
from analytics.marks import Mark
from analytics.privacy import ID_PREFIXES, LETTERS, MASK
from analytics.story.book import Story
from analytics.story.frame import Frame
from analytics.text import LANGS, Text

REPLACED = Text("An id or other identifier was replaced by {mask}: a story names nobody.",
                "已将客户号等身份信息替换为 {mask}：汇报不得指明任何客户。").fill(mask=MASK)  # fmt: skip
IDS = {"customers": "customer_id", "accounts": "account_id"}
# `contains` looks through a million ids in some 50 ms; only what is in the text comes back.
HELD = "SELECT lower({column}) AS id FROM {table} WHERE {column} <> '' AND contains($words, lower({column}))"
PLAIN_DIGITS = 5
SHORTEST_APART = 8  # letters of an id that is also found with blanks between them
_PSEUDONYM = re.compile(rf"\b[{''.join(ID_PREFIXES.values())}]-[A-Z2-7]{{{LETTERS}}}\b")
_NAMED = re.compile(r"(?:customers?|clients?|accounts?|acct|ids?|no\.?|number|客户号?|账户|账号|户号|编号|卡号|号)\s*"
                    r"(?:id|no\.?|number)?\s*[:：#=“\"']?\s*$|#\s*$")  # fmt: skip
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def without_ids(words: str, data: Dataset) -> str:
    """The words with every id of this dataset, and every other identifier, as •••."""
    plain = words.translate(_FULL_WIDTH).lower()
    if len(plain) != len(words):  # a letter whose small form is longer
        words = plain = words.translate(_FULL_WIDTH)
    joined, places = _joined(plain)
    ids = _held(plain + "\n" + joined, data)
    spans = {span for one in ids for span in _alone(one, plain)}
    spans |= {(places[a], places[b - 1] + 1) for one in ids if len(one) >= SHORTEST_APART
              for a, b in _alone(one, joined)}  # fmt: skip
    for start, end in sorted(spans, reverse=True):
        words = words[:start] + MASK + words[end:]
    return _PSEUDONYM.sub(MASK, mask_text(words))


def story_without_ids(story: Story, data: Dataset) -> Story:
    """A story as it came from a file, everything written by hand looked through."""
    return replace(
        story, title=without_ids(story.title, data), notes=marks_without_ids(story.notes, data),
        frames=tuple(_frame(one, data) for one in story.frames))  # fmt: skip


def marks_without_ids(marks: Iterable[Mark], data: Dataset) -> tuple[Mark, ...]:
    """Dated events with their words looked through."""
    return tuple(replace(one, label=Text(*(without_ids(words, data) for words in one.label)))
                 for one in marks)  # fmt: skip


def _frame(frame: Frame, data: Dataset) -> Frame:
    """Sentences that were generated stand; what was written by hand is looked through."""
    said = Text(*(without_ids(frame.sentence(lang), data) if frame.edited(lang) else frame.sentence(lang)
                  for lang in LANGS))  # fmt: skip
    return replace(frame, sentence=said, notes=without_ids(frame.notes, data))


def _held(words: str, data: Dataset) -> list[str]:
    """The dataset's ids that occur in the words, small, the longest first."""
    found = {str(one) for table, column in IDS.items()
             for one in data.query(HELD.format(table=table, column=column), words=words)["id"]}  # fmt: skip
    return sorted(found, key=lambda one: (-len(one), one))


def _alone(one: str, words: str) -> Iterator[tuple[int, int]]:
    """Where an id stands alone, and is not just a number or a word."""
    number_or_word = (one.isdigit() and len(one) <= PLAIN_DIGITS) or not any(map(str.isdigit, one))
    for found in re.finditer(rf"(?<![0-9a-z]){re.escape(one)}(?![0-9a-z])", words):
        if not number_or_word or _NAMED.search(words[: found.start()]):
            yield found.span()


def _joined(words: str) -> tuple[str, list[int]]:
    """The words without blanks and hyphens between digits, and where each letter stood."""
    between = {found.start() for found in re.finditer(r"(?<=\d)[ -](?=\d)", words)}
    places = [n for n in range(len(words)) if n not in between]
    return "".join(words[n] for n in places), places
