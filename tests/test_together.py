"""Messages that are held are sent in one go, in their order, and never lost."""

from __future__ import annotations

from dataclasses import fields
from types import SimpleNamespace

import pytest
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext

from pages.ui import together


@pytest.fixture
def context(monkeypatch):
    sent = []
    found = SimpleNamespace(sent=sent, **{together.SEND: sent.append})
    monkeypatch.setattr(together, "get_script_run_ctx", lambda: found)
    return found


def send(context, message):
    getattr(context, together.SEND)(message)


def test_the_framework_still_sends_where_we_hold():
    assert together.SEND in {field.name for field in fields(ScriptRunContext)}


def test_held_until_released_in_order(context):
    together.hold()
    together.hold()  # a second change of the same run
    send(context, 1)
    send(context, 2)
    assert context.sent == []
    together.release()
    assert context.sent == [1, 2]
    send(context, 3)
    assert context.sent == [1, 2, 3]


def test_release_without_hold_does_nothing(context):
    together.release()
    send(context, 1)
    assert context.sent == [1]


def test_a_question_asked_meanwhile_drops_the_rest_and_the_next_run_sends(context):
    def asked(message):
        raise InterruptedError(message)

    setattr(context, together.SEND, asked)
    together.hold()
    send(context, 1)
    with pytest.raises(InterruptedError):
        together.release()
    assert getattr(context, together.SEND) is asked


@pytest.mark.parametrize("found", [None, SimpleNamespace(), SimpleNamespace(**{together.SEND: 7})],
                         ids=["no run", "sends otherwise", "no way to send"])  # fmt: skip
def test_where_nothing_can_be_held_nothing_changes(monkeypatch, found):
    monkeypatch.setattr(together, "get_script_run_ctx", lambda: found)
    before = dict(vars(found)) if found else {}
    together.hold()
    together.release()
    assert (vars(found) if found else {}) == before
