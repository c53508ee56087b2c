"""The pins beside a dataset as the frames of its story: pin, reorder, edit, read as a story."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from analytics.marks import SORTS, Mark, Sort, read_notes, write_notes
from analytics.state import State
from analytics.story.apart import apart
from analytics.story.book import Source, Story
from analytics.story.frame import Frame
from analytics.story.keeping import shown_as_dict, shown_from_dict
from analytics.story.rebuild import Retold
from analytics.story.shown import Shown
from analytics.story.withhold import SMALLEST_SHOWN
from analytics.text import UserError

TITLE, SMALLEST, NOTES, MARKED = "story.title", "story.smallest", "story.notes", "story.marked"
NOTHING = "nothing"
MOST_PINS = 40


@dataclass(frozen=True, kw_only=True)
class Pinned:
    """One pin: its number, its frame, and what it shows."""

    number: int
    frame: Frame
    shown: Shown


def pin(state: State, frame: Frame, shown: Shown) -> int:
    """Pin at the end; what is pinned already is renewed in its place and keeps its words and notes."""
    for one in pinned(state):
        if one.frame.same_question(frame):
            return one.number
    last = max((record.get("place", 0.0) for record in state.pins().values()), default=0.0)
    return state.pin(_record(frame, shown, last + 1))


def pinned(state: State) -> list[Pinned]:
    """Every pin that can be read, in the order of telling."""
    found = []
    for number, record in state.pins().items():
        try:
            one = Pinned(
                number=number, frame=Frame.from_dict(record), shown=shown_from_dict(record["shown"])
            )
        except (UserError, KeyError, TypeError):  # written by an older version
            continue
        found.append((record.get("place", float(number)), number, one))
    ordered = [one for _, _, one in sorted(found, key=lambda entry: entry[:2])][:MOST_PINS]
    told = apart([one.frame for one in ordered], [one.shown for one in ordered], smallest(state))
    return [replace(one, frame=frame, shown=shown)
            for one, (frame, shown) in zip(ordered, told, strict=True)]  # fmt: skip


def edit(state: State, number: int, frame: Frame) -> None:
    """Keep a frame's new sentence or notes."""
    record = state.pins().get(number)
    if record is not None:
        state.repin(number, {**record, **frame.as_dict()})


def swap(state: State, one: int, other: int) -> None:
    """Exchange the places of two pins."""
    records = state.pins()
    if one in records and other in records:
        first, second = (records[n].get("place", float(n)) for n in (one, other))
        state.repin(one, {**records[one], "place": second})
        state.repin(other, {**records[other], "place": first})


def story(state: State, source: Source, pins: Sequence[Pinned] | None = None) -> Story:
    """The pins as a story of this dataset; `pins` where they have been read already."""
    frames = tuple(one.frame for one in (pinned(state) if pins is None else pins))
    return Story(title=title(state), source=source, smallest=smallest(state), notes=notes(state),
                 marked=marked(state), frames=frames)  # fmt: skip


def title(state: State) -> str:
    """The story's title as the person wrote it; empty at first."""
    return state.note(TITLE)


def smallest(state: State) -> int:
    """The smallest count that stories and their files show."""
    written = state.note(SMALLEST)
    return int(written) if written.isdigit() else SMALLEST_SHOWN


def notes(state: State) -> tuple[Mark, ...]:
    """The analyst's own dated events; what can no longer be read is left out."""
    try:
        return read_notes(state.note(NOTES))
    except UserError:
        return ()


def write_dated(state: State, marks: Sequence[Mark]) -> None:
    """Keep the analyst's dated events."""
    state.write_note(NOTES, write_notes(marks))


def marked(state: State) -> frozenset[Sort]:
    """The sorts of dated events that charts show; all of them at first."""
    written = state.note(MARKED)
    return (
        frozenset(SORTS)
        if not written
        else frozenset(one for one in SORTS if one in written.split())
    )


def write_marked(state: State, sorts: Collection[Sort]) -> None:
    """Keep which sorts of dated events charts show."""
    state.write_note(MARKED, " ".join(sorted(sorts)) or NOTHING)


def replace_all(state: State, retold: Retold) -> None:
    """Make a story that was told again the story of this dataset; what could not be told is left out."""
    old = list(state.pins())
    state.write_note(TITLE, retold.story.title)
    state.write_note(SMALLEST, str(retold.story.smallest))
    write_dated(state, retold.story.notes)
    write_marked(state, retold.story.marked)
    for place, (frame, shown) in enumerate(zip(retold.story.frames, retold.shown, strict=True), 1):
        if shown is not None:
            state.pin(_record(frame, shown, float(place)))
    for number in old:
        state.unpin(number)


def _record(frame: Frame, shown: Shown, place: float) -> dict[str, Any]:
    return {**frame.as_dict(), "headline": [one._asdict() for one in shown.headline],
            "place": place, "shown": shown_as_dict(shown)}  # fmt: skip
