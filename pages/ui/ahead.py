"""Answers prepared while nobody waits: those that the next moves of a slider will ask for.

An analysis names them (`Analysis.ahead`) where a move costs little beside what is kept already. They
are worked out one after another in a thread, and wait apart from the session's results until they
are asked for. A question that is asked meanwhile goes first: the rest is prepared after its answer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from analytics.dataset import Dataset
from analytics.text import UserError

STATE = "runs.ahead"
Question = tuple[Hashable, str, Dataset, Callable[[Any], Any]]  # as `runs.result` takes it


@dataclass
class Ahead:
    """What is being prepared: the questions as a whole, and the answers that are there."""

    keys: frozenset[Hashable]
    done: dict[Hashable, Any] = field(default_factory=dict)
    stopped: threading.Event = field(default_factory=threading.Event)

    def work(self, questions: Sequence[Question]) -> None:
        """Answer one question after another until told to stop; runs in a thread."""
        for key, _, data, compute in questions:
            if self.stopped.is_set():
                return
            try:
                self.done[key] = compute(data)
            except UserError:
                continue  # said in words when it is asked for


def prepare(questions: Sequence[Question], kept: Mapping[Any, Any],
            submit: Callable[[Callable[[], None]], Any]) -> None:  # fmt: skip
    """Start on the questions without an answer, unless they are under way; nothing is waited for.

    Args:
        questions: as `runs.result` takes them, the likeliest first.
        kept: answers that the session has.
        submit: runs a piece of work in a thread.
    """
    last: Ahead | None = st.session_state.get(STATE)
    keys = frozenset(key for key, *_ in questions)
    same = last is not None and last.keys == keys
    if not questions or (same and not last.stopped.is_set()):
        return
    give_way()
    before = dict(last.done) if last else {}
    now = Ahead(keys, {key: answer for key, answer in before.items() if key in keys})
    st.session_state[STATE] = now
    left = [one for one in questions if one[0] not in now.done and one[0] not in kept]
    submit(lambda: now.work(left))


def give_way() -> None:
    """Somebody waits for an answer: prepare no more than the one under way."""
    if STATE in st.session_state:
        st.session_state[STATE].stopped.set()


def taken(key: Hashable) -> Any:
    """The prepared answer, which from now on is the session's; None if there is none."""
    last: Ahead | None = st.session_state.get(STATE)
    return last.done.pop(key, None) if last else None
