"""What the anomalies view has already worked out for one day and population, so that a slider is quick.

`ground` keeps the arrays all rules stand on for the last `GROUNDS` questions of a dataset (two, so
that today's list can be compared with an earlier one); every ground keeps up to `PARTS` answers that
depend on some parameters only, and the last `RANKINGS` lists before capacity and cut. It is a cache:
nothing depends on what it still holds.

Why not `analytics.memo`: a ground of ten million movements takes half a gigabyte, and twelve of them
would not fit; what is derived from it must be forgotten with it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from analytics.dataset import Dataset, Population, Scope

GROUNDS, PARTS, RANKINGS = 2, 48, 4
Answer = TypeVar("Answer")
Steps = tuple[tuple[str, str], ...]


class Answers:
    """A bounded memory of answers with the SQL steps they took; the least recently asked goes first."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[Any, Steps]] = OrderedDict()

    def ask(self, scope: Scope, question: Hashable, work: Callable[[], Answer]) -> Answer:
        """The answer as kept, or worked out now; its steps join those of `scope` either way."""
        with self._lock:
            found = self._kept.get(question)
            if found is not None:
                self._kept.move_to_end(question)
        if found is not None:
            scope.steps.extend(found[1])
            return cast(Answer, found[0])
        before = len(scope.steps)
        value = work()
        with self._lock:
            self._kept[question] = (value, tuple(scope.steps[before:]))
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return value


_GROUNDS: WeakKeyDictionary[Dataset, Answers] = WeakKeyDictionary()
_LOCK = threading.Lock()


def changeable(*groups: str | None) -> bool:
    """Whether a group's members can change while the dataset does not, as those of audiences."""
    return any(group is not None and ":" in group for group in groups)


def ground(scope: Scope, population: Population, work: Callable[[], Answer]) -> Answer:
    """The ground of this scope, as kept or made now; one on an audience is never kept."""
    if changeable(*(one.group for one in population.where)):
        return work()
    with _LOCK:
        answers = _GROUNDS.setdefault(scope.data, Answers(GROUNDS))
    return answers.ask(scope, (scope.as_of, population), work)
