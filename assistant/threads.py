"""Threads: what is made step by step, awaited without holding up an event loop"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import AsyncGenerator, Iterator
from typing import TypeVar

from anyio import to_thread

from assistant.leaving import left_when

T = TypeVar("T")
_END = object()


async def each(items: Iterator[T]) -> AsyncGenerator[T, None]:
    """The items, each made in a worker thread; whoever is cancelled is let go at once, what makes the next item is told
    (`assistant.leaving`), and `items` is closed as soon as that has ended. Who leaves a loop before the end closes this
    (`contextlib.aclosing`)."""
    left = threading.Event()

    def close() -> None:
        with contextlib.suppress(ValueError):  # a generator that runs: its own thread closes it
            getattr(items, "close", bool)()

    def step() -> object:
        try:
            with left_when(left):
                return next(items, _END)
        finally:
            if left.is_set():
                close()

    try:
        while (item := await to_thread.run_sync(step, abandon_on_cancel=True)) is not _END:
            yield item  # type: ignore[misc]  # next() gives T or _END
    finally:
        left.set()
        close()
