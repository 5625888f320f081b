"""Again: an answer of quotes, made once for all who ask the same of the same state of the library

What many ask at once, and the questions that a page offers to begin with, take the time of one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace

from assistant.answers import Answer, new_id
from index.index import Index
from index.kept import Kept

_MOST_KEPT = 256
"""Answers, some 20 kilobytes each."""
_KEPT_S = 600
"""After a while it is made anew: an engine or an embedding server that was away may be back."""


class Again:
    """The answers of one assistant. Safe to share between threads."""

    def __init__(self) -> None:
        self._answers = Kept[Answer | Iterator[str | Answer]](_MOST_KEPT)

    def answer(
        self, asked: Hashable, index: Index, today: str, make: Callable[[], Answer | Iterator[str | Answer]]
    ) -> Answer:
        """The answer to what is asked, as one of its own. Call it inside the moment that is answered from."""
        state = index.state(), index.data_dir, today, int(time.monotonic() // _KEPT_S)
        made = self._answers.get((asked, *state), make)
        assert isinstance(made, Answer)
        return replace(made, id=new_id())
