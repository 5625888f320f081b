"""Limits: how many questions somebody may ask in a minute and a day

A bucket holds a minute's worth and fills up evenly, so that a burst is let in and a stream isn't. A day ends at
midnight, UTC. Counts are this process's: they begin anew with it.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from assistant.accounts.attempts import waiting
from assistant.accounts.records import Limits

_MOST_KNOWN = 20_000
_DAY_S = 86400


class LimitedError(Exception):
    """Too many questions: the next one is let in after `wait_s` seconds. `str(error)` is for people."""

    def __init__(self, wait_s: float, limit: int, per: str) -> None:
        super().__init__(f"提问太频繁（每{per}最多 {limit} 次）：请在 {waiting(wait_s)}后再试")
        self.wait_s = wait_s


@dataclass(slots=True)
class _Spent:
    left: float
    at: float
    day: int
    today: int


class Counts:
    """Who has asked how much. Safe to share between threads."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._spent: OrderedDict[str, _Spent] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, who: str, limits: Limits) -> None:
        """Counts a question. Raises LimitedError, and counts nothing, where that would be one too many."""
        with self._lock:
            now = self._now()
            day, full = int(now // _DAY_S), float(limits.per_minute or 0)
            spent = self._spent.setdefault(who, _Spent(full, now, day, 0))
            self._spent.move_to_end(who)
            if len(self._spent) > _MOST_KNOWN:
                self._spent.popitem(last=False)
            spent.left = min(full, spent.left + max(0.0, now - spent.at) * full / 60)
            spent.at = now
            if spent.day != day:
                spent.day, spent.today = day, 0
            if limits.per_day is not None and spent.today >= limits.per_day:
                raise LimitedError((day + 1) * _DAY_S - now, limits.per_day, "天")
            if limits.per_minute is not None and spent.left < 1:
                raise LimitedError((1 - spent.left) * 60 / full, limits.per_minute, "分钟")
            spent.left -= 1
            spent.today += 1
