"""Leaving: whoever waits for an answer may go, and what is done for them alone then stops

It is told by the context, as is who reads (`index.catalog.moments`): whoever makes an answer asks `is_left` where it
has to wait for somebody else.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_LEFT: ContextVar[threading.Event | None] = ContextVar("_LEFT", default=None)


class LeftError(Exception):
    """Nobody waits for the answer any more."""


@contextmanager
def left_when(event: threading.Event) -> Iterator[None]:
    """Inside, nobody waits any more once `event` is set."""
    token = _LEFT.set(event)
    try:
        yield
    finally:
        _LEFT.reset(token)


def is_left() -> bool:
    """Whether whoever waited has gone."""
    event = _LEFT.get()
    return event is not None and event.is_set()
