"""Beats: whoever writes an answer says every few seconds that it is still at it, so that others can tell

A server that is killed leaves its turns "asking". That it is gone can't be seen from its number: another process may
have it by now, and with a database of its own the server may have run on another machine. What shows it is silence.

The same way back: whoever beats sees that a turn was stopped or deleted, by whatever process, and its writer is told.
"""

from __future__ import annotations

import contextlib
import threading
import time

import sqlalchemy as sa

from assistant.conversations.schema import TURNS

BEAT_S = 2.0
SILENT_S = 12.0
"""After so long without a beat nobody is writing; several beats, so that a busy disk or a clock that is a few seconds
off makes no difference."""


class Beats:
    """The turns that this process writes. Safe to use from several threads."""

    def __init__(self, engine: sa.Engine) -> None:
        """`engine`'s transactions write."""
        self._engine = engine
        self._turns: dict[str, threading.Event] = {}
        """Each with what is set once it is over."""
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_due = False
        """Whether to look at once."""
        self._is_closed = False

    def begin(self, turn_id: str) -> None:
        """From now on the turn is told to be written."""
        with self._changed:
            self._turns[turn_id] = threading.Event()
            if self._thread is None:
                self._thread = threading.Thread(target=self._beat, name="conversation-beats", daemon=True)
                self._thread.start()
            self._changed.notify()

    def end(self, turn_id: str) -> None:
        """The turn is written, or no longer."""
        with self._changed:
            if over := self._turns.pop(turn_id, None):
                over.set()

    def over(self, turn_id: str) -> threading.Event:
        """Set as soon as nobody wants the turn to be written any longer: at once where that is said in this process,
        after a beat where it is in another."""
        with self._changed:
            if turn_id in self._turns:
                return self._turns[turn_id]
        ended = threading.Event()
        ended.set()
        return ended

    def look(self) -> None:
        """Beats at once: some turns may be gone."""
        with self._changed:
            self._is_due = True
            self._changed.notify()

    def close(self) -> list[str]:
        """The turns that are still being written, whose writers are told; no more is told of them."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
            left = sorted(self._turns)
        for turn_id in left:
            self.end(turn_id)
        if self._thread is not None:
            self._thread.join()
        return left

    def _beat(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_closed or self._turns)
                self._changed.wait_for(lambda: self._is_closed or self._is_due, timeout=BEAT_S)
                if self._is_closed:
                    return
                self._is_due = False
                turns = sorted(self._turns)
            for turn_id in turns:
                # A database that is busy or away now may answer the next beat.
                with contextlib.suppress(sa.exc.SQLAlchemyError):
                    if not self._is_asking(turn_id):
                        self.end(turn_id)

    def _is_asking(self, turn_id: str) -> bool:
        mine = (TURNS.c.id == turn_id) & (TURNS.c.state == "asking")
        with self._engine.begin() as connection:
            return bool(connection.execute(TURNS.update().where(mine).values(alive=time.time())).rowcount)
