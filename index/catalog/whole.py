"""Up to which passage each has a vector of an embedder: without it, every update would look for all of them anew"""

from __future__ import annotations

import sqlalchemy as sa

STEP = 1_000
"""So many passages more are worth a note."""


def upto(connection: sa.Connection, embedder: str) -> int:
    """The row up to which each passage has a vector; 0 where that isn't known. Rows are never used twice, and vectors
    go with their embedder only."""
    found = connection.exec_driver_sql("SELECT value FROM meta WHERE key = ?", (_key(embedder),)).scalar()
    return 0 if found is None else int(found)


def note(connection: sa.Connection, embedder: str, row: int) -> None:
    """Remember that each passage up to a row has one."""
    connection.exec_driver_sql("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_key(embedder), str(row)))


def doubt(connection: sa.Connection, embedder: str) -> None:
    """Forget it."""
    connection.exec_driver_sql("DELETE FROM meta WHERE key = ?", (_key(embedder),))


def _key(embedder: str) -> str:
    return f"whole: {embedder}"
