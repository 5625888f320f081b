"""Listed: the listing as it was at some change, kept in the catalog. A process that opens a large library brings it up
to date by what was touched since, which takes a fraction of the time of putting it together from all rows."""

from __future__ import annotations

import json
import zlib

import sqlalchemy as sa

from index.catalog import touched
from index.catalog.rows import DocumentInfo

_LEAST = 5_000
"""Documents: of fewer the listing is made in a tenth of a second."""
_SHARE_BEHIND = 0.1
"""Of the documents: what a process that opens the library may have to look up."""


def kept(connection: sa.Connection) -> tuple[int, list[DocumentInfo]] | None:
    """The number of the change and the listing as of then, places being rows; None where there is none that can be
    brought up to date."""
    found = connection.exec_driver_sql("SELECT upto, content FROM listed").one_or_none()
    if found is None or touched.last(connection) < found.upto or touched.since(connection, found.upto) is None:
        return None
    try:
        fields, columns = json.loads(zlib.decompress(found.content))
    except (ValueError, zlib.error):  # damaged: it is made anew
        return None
    if tuple(fields) != DocumentInfo._fields:
        return None
    for name in ("copies", "regions"):
        at = fields.index(name)
        columns[at] = map(tuple, columns[at])
    return found.upto, list(map(DocumentInfo._make, zip(*columns, strict=True)))


def is_due(connection: sa.Connection) -> bool:
    """Whether there are many documents and what is kept of them is far behind."""
    documents = connection.exec_driver_sql("SELECT count(*) FROM documents").scalar_one()
    if documents < _LEAST:
        return False
    upto = connection.exec_driver_sql("SELECT upto FROM listed").scalar()
    return upto is None or touched.last(connection) - upto > _SHARE_BEHIND * documents


def keep(connection: sa.Connection, upto: int, listing: list[DocumentInfo]) -> None:
    """Keeps the listing as it was at a change, unless a later one is there."""
    content = json.dumps([DocumentInfo._fields, list(zip(*listing, strict=True))], ensure_ascii=False)
    connection.exec_driver_sql(
        "INSERT INTO listed VALUES (1, ?, ?) ON CONFLICT (n) DO UPDATE SET upto = excluded.upto, "
        "content = excluded.content WHERE excluded.upto > upto",
        (upto, zlib.compress(content.encode(), 1)),
    )
