"""Tell a story again, on its own extract or another one, and say of every number whether it moved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

from analytics.dataset import Dataset, Population
from analytics.marks import of_extract
from analytics.params import ParameterError
from analytics.registry import load
from analytics.run import Run, run_analysis
from analytics.story.apart import apart
from analytics.story.book import Source, Story
from analytics.story.byhand import story_without_ids
from analytics.story.frame import Frame
from analytics.story.numbers import Move, moves
from analytics.story.shown import Shown, compose
from analytics.text import Text, UserError

Compute = Callable[[str, object, date, Population], Run]


@dataclass(frozen=True, kw_only=True)
class Retold:
    """A story told again.

    Args:
        story: with the new numbers and sentences; what was written by hand stays, less any id.
        shown: what each frame shows now; None where it could not be computed.
        moves: every number that differs from the story's own, frame by frame.
        refused: frame -> why it could not be computed.
    """

    story: Story
    shown: tuple[Shown | None, ...]
    moves: tuple[Move, ...]
    refused: dict[int, Text] = field(default_factory=dict)

    @property
    def same(self) -> bool:
        """Whether every number is what it was."""
        return not self.moves and not self.refused


def retell(
    story: Story, data: Dataset, step: Callable[[int], None] = lambda number: None
) -> Retold:
    """Compute every frame again on `data`.

    On another extract than the story's own, a frame that was told up to the last day of its extract is
    told up to the last day of this one; any other day stays.

    Args:
        story: as read from its file.
        data: an opened dataset.
        step: called with the number of the frame that comes next.
    """
    story = story_without_ids(story, data)
    made: dict[int, tuple[Frame, Shown]] = {}
    refused: dict[int, Text] = {}
    for number, frame in enumerate(story.frames):
        step(number)
        try:
            made[number] = again(frame, data, story)
        except UserError as error:
            refused[number] = error.text
    kept = apart([f for f, _ in made.values()], [s for _, s in made.values()], story.smallest)
    made = dict(zip(made, kept, strict=True))
    moved = [move for number, frame in enumerate(story.frames)
             for move in moves(number, frame.numbers, made[number][0].numbers if number in made else {})]  # fmt: skip
    frames = tuple(made[n][0] if n in made else frame for n, frame in enumerate(story.frames))
    shown = tuple(made[n][1] if n in made else None for n in range(len(frames)))
    told = replace(story, source=Source.of(data), frames=frames)
    return Retold(story=told, shown=shown, moves=tuple(moved), refused=refused)


def again(frame: Frame, data: Dataset, story: Story) -> tuple[Frame, Shown]:
    """One frame computed again; its hand-written sentence and its notes stay."""
    last_day = frame.as_of == story.source.extracted_to and data.fingerprint != frame.fingerprint
    as_of = data.default_as_of if last_day else frame.as_of
    analysis = load(frame.analysis)
    try:
        params = analysis.params.from_dict(frame.params)
    except TypeError as error:
        raise ParameterError(Text(f"The parameters of this frame do not fit {frame.analysis}.",
                                  f"该页的参数与分析 {frame.analysis} 不符。")) from error  # fmt: skip
    run = run_analysis(
        frame.analysis, data, params, as_of, Population.parse(list(frame.population))
    )
    marks = of_extract(data, as_of, run.population)
    new, shown = compose(run, frame.kind, frame.item, frame.labels, story.smallest, marks)
    sentence = Text(*(old if old != was else now for old, was, now in zip(
        frame.sentence, frame.generated, new.generated, strict=True)))  # fmt: skip
    return replace(new, sentence=sentence, notes=frame.notes), shown
