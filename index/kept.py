"""Kept: the last few things made, each for a key"""

from __future__ import annotations

import gc
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """The `most` things that were last asked for. Safe to share between threads: what one makes, others wait for."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._things: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()
        self._under_way: dict[Hashable, threading.Lock] = {}

    def get(self, key: Hashable, make: Callable[[], T], *, keeps: Callable[[T], bool] = lambda _: True) -> T:
        """The thing of this key, made where it isn't at hand, and kept if `keeps` says so of it.

        `make` must not ask for the same key.
        """
        with self._lock:
            if key in self._things:
                self._things.move_to_end(key)
                return self._things[key]
            making = self._under_way.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._things:
                    return self._things[key]
            try:
                made = make()
                with self._lock:
                    if keeps(made):
                        self._things[key] = made
                        if len(self._things) > self._most:
                            self._things.popitem(last=False)
                return made
            finally:
                with self._lock:
                    self._under_way.pop(key, None)


@contextmanager
def uncollected() -> Iterator[None]:
    """Without Python's search for cycles, which looks through everything again and again while much is being made."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
