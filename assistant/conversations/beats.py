"""Beats: whoever writes an answer says every few seconds that it is still at it, so that others can tell

A server that is killed leaves its turns "asking". That it is gone can't be seen from its number: another process may
have it by now, and with a database of its own the server may have run on another machine. What shows it is silence.
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
        self._turns: set[str] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def begin(self, turn_id: str) -> None:
        """From now on the turn is told to be written."""
        with self._changed:
            self._turns.add(turn_id)
            if self._thread is None:
                self._thread = threading.Thread(target=self._beat, name="conversation-beats", daemon=True)
                self._thread.start()
            self._changed.notify()

    def end(self, turn_id: str) -> None:
        """The turn is written, or no longer."""
        with self._changed:
            self._turns.discard(turn_id)

    def close(self) -> list[str]:
        """The turns that are still being written; no more is told of them."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
            left = sorted(self._turns)
            self._turns.clear()
        if self._thread is not None:
            self._thread.join()
        return left

    def _beat(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_closed or self._turns)
                self._changed.wait_for(lambda: self._is_closed, timeout=BEAT_S)
                if self._is_closed:
                    return
                turns = sorted(self._turns)
            for turn_id in turns:
                # A database that is busy or away now may answer the next beat.
                with contextlib.suppress(sa.exc.SQLAlchemyError), self._engine.begin() as connection:
                    mine = (TURNS.c.id == turn_id) & (TURNS.c.state == "asking")
                    connection.execute(TURNS.update().where(mine).values(alive=time.time()))
