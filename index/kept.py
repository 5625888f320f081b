"""Kept: the last few things made, each for a key"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """The `most` things that were last asked for. Safe to share between threads; two may make the same at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._things: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T], *, keeps: Callable[[T], bool] = lambda _: True) -> T:
        """The thing of this key, made where it isn't at hand, and kept if `keeps` says so of it."""
        with self._lock:
            if key in self._things:
                self._things.move_to_end(key)
                return self._things[key]
        made = make()
        if not keeps(made):
            return made
        with self._lock:
            made = self._things.setdefault(key, made)
            self._things.move_to_end(key)
            if len(self._things) > self._most:
                self._things.popitem(last=False)
            return made
