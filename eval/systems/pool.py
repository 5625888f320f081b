"""One system, open on the libraries in use: a set with a library a case opens hundreds, one after the other."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from time import perf_counter

from eval.libraries import Library
from eval.systems import System, SystemSpec

_KEEP_OPEN = 2
_MOST_NOTES = 20


class Pool:
    """One system, opened on the libraries in use; the last few stay open."""

    def __init__(self, spec: SystemSpec, opener: Callable[[Library, SystemSpec], System]) -> None:
        self._spec = spec
        self._opener = opener
        self._open: OrderedDict[str, System] = OrderedDict()
        self._users: dict[str, int] = {}
        self._lock = Lock()
        self._opening: dict[str, Lock] = {}
        self.opening_s = 0.0
        """Seconds spent opening, over all libraries."""
        self.notes: dict[str, None] = {}
        """What the opened systems had to say, each once, the first few."""

    @contextmanager
    def opened(self, library: Library) -> Iterator[System]:
        """The system on this library; it stays open at least until the caller is done with it."""
        key = library.digest
        with self._lock:
            self._users[key] = self._users.get(key, 0) + 1
            opening = self._opening.setdefault(key, Lock())
        try:
            with opening:
                system = self._open.get(key)
                if system is None:
                    began = perf_counter()
                    system = self._opener(library, self._spec)
                    with self._lock:
                        self._open[key] = system
                        self.opening_s += perf_counter() - began
                        self.notes.update(dict.fromkeys(list(system.notes)[: _MOST_NOTES - len(self.notes)]))
            yield system
        finally:
            with self._lock:
                self._users[key] -= 1
                spare = [k for k in self._open if not self._users[k]]
                too_many = [self._open.pop(k) for k in spare[: max(0, len(self._open) - _KEEP_OPEN)]]
            for old in too_many:
                old.close()

    def close(self) -> None:
        """Close everything that is open; nobody may be using it."""
        for system in self._open.values():
            system.close()
        self._open.clear()
