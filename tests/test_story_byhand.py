"""Words typed into a story name nobody: ids and other identifiers are blotted out wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from analytics.dataset import Dataset
from analytics.marks import read_notes
from analytics.privacy import MASK, Gate
from analytics.story.book import Source, Story
from analytics.story.byhand import story_without_ids, without_ids
from analytics.story.frame import Frame
from analytics.text import Text
from tests.banks import build_bank

IDS = ("C0001234", "00042", "6222021234567890123", "gold", "客户007")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dataset]:
    opened = build_bank(
        tmp_path_factory.mktemp("byhand"), customers=list(IDS), accounts=[("A-77-1", "gold")]
    )
    yield opened
    opened.close()


@pytest.mark.parametrize(("typed", "kept"), [
    ("C0001234 left in March.", f"{MASK} left in March."),
    ("See c0001234, or \uff23\uff10\uff10\uff10\uff11\uff12\uff13\uff14.", f"See {MASK}, or {MASK}."),
    ("客户C0001234已流失", f"客户{MASK}已流失"),
    ("Account A-77-1 is dormant", f"Account {MASK} is dormant"),
    ("card 6222 0212 3456 7890 123 was closed", f"card {MASK} was closed"),
    ("客户007的余额", f"{MASK}的余额"),
    ("customer 00042 and client: gold", f"customer {MASK} and client: {MASK}"),
    ("call 13812345678 or li@bank.cn", "call •••• or ••••"),
    ("In 2024, 00042 visits by our gold tier.", "In 2024, 00042 visits by our gold tier."),
    ("XC0001234 and C00012345 are other things.", "XC0001234 and C00012345 are other things."),
    ("", ""),
])  # fmt: skip
def test_an_id_of_this_dataset_is_blotted_out(data, typed, kept):
    assert without_ids(typed, data) == kept


def test_a_pseudonym_of_the_pages_points_to_one_customer_too(data):
    shown = Gate(b"secret").pseudonym("C0001234")
    assert without_ids(f"look at {shown}!", data) == f"look at {MASK}!"


def test_a_story_from_a_file_is_looked_through_where_people_wrote(data):
    """The generated sentence stands: its numbers passed the gate before it was pinned."""
    said = Text("C0001234 as generated", "C0001234")
    frame = Frame(analysis="rfm", params={}, as_of=date(2024, 6, 30), population=(), fingerprint="x",
                  kind="headline", item="", generated=said, sentence=said, notes="ask C0001234")  # fmt: skip
    story = Story(title="Why C0001234 left", source=Source.of(data), notes=read_notes("2024-03-01 call C0001234"),
                  frames=(frame, frame.with_sentence("en", "C0001234 by hand")))  # fmt: skip
    clean = story_without_ids(story, data)
    assert (clean.title, clean.notes[0].label.en) == (f"Why {MASK} left", f"call {MASK}")
    assert [one.sentence.en for one in clean.frames] == ["C0001234 as generated", f"{MASK} by hand"]
    assert {one.notes for one in clean.frames} == {f"ask {MASK}"}
    assert story_without_ids(replace(story, frames=(), title="", notes=()), data).frames == ()
