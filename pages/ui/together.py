"""Messages to the browser that belong together, sent together.

Streamlit sends a message as soon as it is made, and the browser goes through its whole page for every
batch that reaches it, some sixty thousandths of a second each time. Whoever moved a slider waits for
the charts, so nothing is sent from the change until they are ready. The framework has no word for
this; where its inside looks different some day, the messages simply go one by one again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from streamlit.runtime.scriptrunner import get_script_run_ctx

SEND = "_enqueue"


class _Held(list[Any]):
    """Takes messages instead of `send`."""

    def __init__(self, send: Callable[[Any], None]) -> None:
        super().__init__()
        self.send = send

    __call__ = list.append


def hold() -> None:
    """From here on nothing is sent, until `release`; called by what a person changed."""
    context = get_script_run_ctx()
    send = getattr(context, SEND, None)
    if callable(send) and not isinstance(send, _Held):
        setattr(context, SEND, _Held(send))


def release() -> None:
    """Send what was held. A question asked meanwhile drops the rest, as at every message."""
    context = get_script_run_ctx()
    held = getattr(context, SEND, None)
    if isinstance(held, _Held):
        setattr(context, SEND, held.send)
        for message in held:
            held.send(message)
