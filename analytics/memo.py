"""What one opened dataset has already worked out, so that a slider pays only for what it changes.

Kept per `Dataset` object and gone with it, at most `ENTRIES` answers each; the one
not asked for longest is dropped first, so that what every move of a slider needs stays.
It is only a cache: it may vanish at any time, and no answer depends on it.

Why not a cache of the process: an answer must not outlive the dataset it was computed from, nor
reach the owner of another one. Why audiences are never kept: their members live beside the dataset
and can change while its content does not.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from analytics.dataset import Dataset, Population, Scope

ENTRIES = 16
Kept = OrderedDict[Hashable, tuple[Any, tuple[tuple[str, str], ...]]]  # answer, and its SQL steps
_ANSWERS: WeakKeyDictionary[Dataset, Kept] = WeakKeyDictionary()
_LOCK = threading.Lock()
Answer = TypeVar("Answer")


def remember(scope: Scope, population: Population, by: str | None, question: Hashable,
             answer: Callable[[], Answer]) -> Answer:  # fmt: skip
    """The answer to `question` inside `scope`: as kept, or worked out now.

    Args:
        scope: an open scope; the statements an answer took stay among its steps either way.
        population: the scope's population.
        by: the scope's breakdown if the answer depends on it, else None.
        question: name of the step and every parameter the answer depends on.
        answer: the work.
    """
    groups = [one.group for one in population.where] + ([by] if by else [])
    if any(":" in group for group in groups):  # audience:NAME, and whatever else lives beside
        return answer()
    key = (scope.as_of, population, by, question)
    with _LOCK:
        kept = _ANSWERS.setdefault(scope.data, OrderedDict())
        found = kept.get(key)
        if found is not None:
            kept.move_to_end(key)
    if found is not None:
        scope.steps.extend(found[1])
        return cast(Answer, found[0])
    before = len(scope.steps)
    value = answer()
    with _LOCK:
        kept[key] = (value, tuple(scope.steps[before:]))
        while len(kept) > ENTRIES:
            kept.popitem(last=False)
    return value
