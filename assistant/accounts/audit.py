"""The audit log: who did what, when and from where; never a secret, and no name that nobody has"""

from __future__ import annotations

import time

import sqlalchemy as sa

from assistant.accounts.records import Entry
from assistant.accounts.schema import AUDIT

_KEPT = 100_000
"""Entries; older ones go."""
_MAX_CHARS = 300


def note(connection: sa.Connection, who: str, what: str, *, detail: str = "", address: str = "") -> None:
    """Adds an entry."""
    values = {"who": who, "what": what, "detail": detail, "address": address}
    plain = {name: "".join(c for c in value if c.isprintable())[:_MAX_CHARS] for name, value in values.items()}
    added = connection.execute(AUDIT.insert().values(at=time.time(), **plain)).inserted_primary_key
    number = int(added[0]) if added else 0
    if number % 1000 == 0:
        connection.execute(AUDIT.delete().where(AUDIT.c.number <= number - _KEPT))


def entries(connection: sa.Connection, *, limit: int, before: int | None) -> list[Entry]:
    """The newest first, those before a number where one is given."""
    query = sa.select(AUDIT).order_by(AUDIT.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(AUDIT.c.number < before)
    return [Entry(**row) for row in connection.execute(query).mappings()]
