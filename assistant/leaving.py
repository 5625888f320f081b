"""Leaving: whoever waits for an answer may go, and what is done for them alone then stops

It is told by the context, as is who reads (`index.catalog.moments`): whoever makes an answer asks `is_left` where it
has to wait for somebody else.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")
_END = object()
_LEFT: ContextVar[threading.Event | None] = ContextVar("_LEFT", default=None)


class LeftError(Exception):
    """Nobody waits for the answer any more."""


@contextmanager
def left_when(event: threading.Event) -> Iterator[None]:
    """Inside, nobody waits any more once `event` is set, whatever was said outside."""
    token = _LEFT.set(event)
    try:
        yield
    finally:
        _LEFT.reset(token)


def is_left() -> bool:
    """Whether whoever waited has gone."""
    event = _LEFT.get()
    return event is not None and event.is_set()


def kept(items: Iterator[T], *, over: threading.Event) -> Iterator[T]:
    """The items, made to the end whoever leaves meanwhile, since somebody may come back for them; but for `over`: once
    that is set, nobody does. Raises LeftError then."""
    try:
        while True:
            if over.is_set():
                raise LeftError
            with left_when(over):
                item = next(items, _END)
            if item is _END:
                return
            yield item  # type: ignore[misc]  # next() gives T or _END
    finally:
        if close := getattr(items, "close", None):
            close()
