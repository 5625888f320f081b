"""How much the server takes on at once, how long others wait for their turn, and how long anything may take

YOUJU_ANSWERS_AT_ONCE     questions answered at once; empty: two for each core, but 32 where a model writes
YOUJU_WAITING             questions that may wait for their turn; one more is told to come back later
YOUJU_WAIT_S              how long one waits at most
YOUJU_ANSWER_S            how long an answer may take before it is broken off
YOUJU_STOP_S              how long a server that is told to stop goes on with what it has begun
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

_VARIABLES = {
    "answers": ("YOUJU_ANSWERS_AT_ONCE", 1, 1000),
    "waiting": ("YOUJU_WAITING", 0, 100_000),
    "wait_s": ("YOUJU_WAIT_S", 0, 3600),
    "answer_s": ("YOUJU_ANSWER_S", 1, 36_000),
    "stop_s": ("YOUJU_STOP_S", 1, 3600),
}


@dataclass(frozen=True, slots=True)
class Load:
    """The bounds. `LOAD` are the usual ones."""

    answers: int = 0
    """At once; 0: by the cores, and whether a model writes."""
    waiting: int = 200
    wait_s: int = 20
    others: int = 24
    """Requests at once that read the library; as many again may wait, tenfold."""
    uploads: int = 8
    """At once."""
    body_s: int = 30
    """For a whole body; of an upload for its next piece."""
    answer_s: int = 180
    stop_s: int = 30

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Load:
        """As the environment says. Raises ValueError naming the variable that can't be used."""
        values: dict[str, int] = {}
        for name, (variable, least, most) in _VARIABLES.items():
            if not (given := environment.get(variable, "").strip()):
                continue
            if not given.isdecimal() or not least <= int(given) <= most:
                raise ValueError(f"{variable}={given!r} 不能用：请写 {least} 到 {most} 的整数")
            values[name] = int(given)
        return cls(**values)

    def answers_at_once(self, *, has_model: bool) -> int:
        """How many questions are answered at once: a model's answers mostly wait, ours compute."""
        return self.answers or (32 if has_model else max(2, 2 * (os.cpu_count() or 1)))

    @property
    def most_threads(self) -> int:
        """So that what is light never waits for a thread that a question holds: as many as all lanes may take, and
        some for the chat page."""
        return (self.answers or 64) + self.others + self.uploads + 32


LOAD = Load()
