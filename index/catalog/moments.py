"""Moments: one state of a catalog, held while a question is answered, whatever is committed meanwhile"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from contextvars import ContextVar, Token
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Generic, TypeVar

import sqlalchemy as sa

if TYPE_CHECKING:
    from index.views import View

T = TypeVar("T")
E = TypeVar("E")
_END = object()
_HELD: ContextVar[Moment[object] | None] = ContextVar("_HELD", default=None)


class Moment(Generic[E]):
    """A state of the catalog, and what searches it. Inside `with moment:` everything that is read is of this state.

    It is no state of a thread but of what runs inside, so that an answer may be made bit by bit, in one thread after
    the other; never in two at a time. Close it: until then the catalog's old pages are kept. One that is no owner is of
    a question inside another, which closes it.
    """

    def __init__(
        self,
        path: Path,
        connection: sa.Connection,
        revision: int,
        engines: E | None,
        *,
        view: View | None = None,
        is_owner: bool = True,
    ) -> None:
        self.path = path
        """The catalog's."""
        self.connection = connection
        self.revision = revision
        self.engines: E | None = engines
        """None once they have failed."""
        self.view = view
        """What is seen of it; None where that is everything."""
        self._is_owner = is_owner
        self._tokens: list[Token[Moment[object] | None]] = []

    def __enter__(self) -> None:
        self._tokens.append(_HELD.set(self))  # type: ignore[arg-type]  # whose engines they are is of no matter there

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _HELD.reset(self._tokens.pop())

    def each(self, items: Iterable[T]) -> Iterator[T]:
        """The items, each of them made inside the moment."""
        coming = iter(items)
        while True:
            with self:
                item = next(coming, _END)
            if item is _END:
                return
            yield item  # type: ignore[misc]  # next() gives T or _END

    def close(self) -> None:
        """Let go of the state."""
        if self._is_owner:
            self.connection.close()


@contextlib.contextmanager
def apart() -> Iterator[None]:
    """Inside, no moment is held: what is read is all of the newest state."""
    token = _HELD.set(None)
    try:
        yield
    finally:
        _HELD.reset(token)


def held(path: Path) -> Moment[object] | None:
    """The moment of the catalog at `path` that what runs here is inside of, if any."""
    moment = _HELD.get()
    return moment if moment is not None and moment.path == path else None
