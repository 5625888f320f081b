"""Touched: which documents were changed, in order, so that what is kept of all is brought up to date with a few
look-ups. Triggers write it, whoever changes a document or a file."""

from __future__ import annotations

import sqlalchemy as sa

_KEPT, _SWEPT_EVERY = 100_000, 10_000
EVERYTHING = ""
"""In the place of an id: any document may look otherwise, as when a folder can't be reached any more."""


def _noting(table: str, event: str, ids: str, *, when: str = "1") -> str:
    name = f"touched_{table}_{event.split(maxsplit=1)[0].lower()}"
    return (
        f"CREATE TRIGGER {name} AFTER {event} ON {table} WHEN {when} BEGIN "
        f"INSERT INTO touched (document_id) SELECT DISTINCT value FROM json_each({ids}) WHERE value IS NOT NULL; END"
    )


_ALL = f"json_array('{EVERYTHING}')"
_SOME_AWAY = "EXISTS (SELECT 1 FROM sources WHERE unreachable_since IS NOT NULL)"
TRIGGERS = (
    _noting("documents", "INSERT", "json_array(new.id, new.copy_of)"),
    _noting("documents", "UPDATE OF uri, copy_of", "json_array(new.id, new.copy_of, old.copy_of)"),
    _noting("documents", "DELETE", "json_array(old.id, old.copy_of)"),
    _noting("files", "INSERT", "json_array(new.document_id)"),
    _noting("files", "UPDATE OF path, document_id", "json_array(new.document_id, old.document_id)"),
    _noting("files", "DELETE", "json_array(old.document_id)"),
    # Which documents can be reached changes with a source that can't be.
    _noting("sources", "INSERT", _ALL, when=_SOME_AWAY),
    _noting("sources", "UPDATE", _ALL, when="old.unreachable_since IS NOT new.unreachable_since"),
    _noting("sources", "DELETE", _ALL, when=f"old.unreachable_since IS NOT NULL OR {_SOME_AWAY}"),
    f"CREATE TRIGGER touched_swept AFTER INSERT ON touched WHEN new.n % {_SWEPT_EVERY} = 0 BEGIN "
    f"DELETE FROM touched WHERE n < new.n - {_KEPT}; END",
)
"""SQL that makes them; the table is in `schema`."""


def last(connection: sa.Connection) -> int:
    """The number of the last change; 0 before any."""
    return int(connection.exec_driver_sql("SELECT coalesce(max(n), 0) FROM touched").scalar_one())


def since(connection: sa.Connection, number: int) -> list[tuple[int, str]] | None:
    """What was changed after a number, as (number, document's id), in order; None where that is no longer known."""
    found = [
        (row[0], row[1])
        for row in connection.exec_driver_sql("SELECT n, document_id FROM touched WHERE n > ? ORDER BY n", (number,))
    ]
    return None if (found[0][0] if found else number + 1) != number + 1 else found
