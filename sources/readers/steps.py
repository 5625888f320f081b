"""Steps: a reader of something long tells how far it has come, and so that it hasn't come to a standstill"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Tell = Callable[[int, int], None]
_tell: ContextVar[Tell | None] = ContextVar("tell", default=None)


def step(done: int, total: int) -> None:
    """Says that `done` of `total` pages, sheets or members are read.

    A reader that may need seconds for each calls it after each: one that is silent for long is taken to hang.
    """
    if tell := _tell.get():
        tell(done, total)


@contextmanager
def heard_by(tell: Tell) -> Iterator[None]:
    """Within it, steps are told to `tell`."""
    token = _tell.set(tell)
    try:
        yield
    finally:
        _tell.reset(token)
