"""Bands as rows of the catalog: which documents have wording in common, and up to which one they were compared"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from index.catalog.rows import Gist
from index.catalog.schema import DETAILS, DOCUMENTS

_GIVEN = "SELECT value FROM json_each(?)"


def compared_upto(connection: sa.Connection, *, version: int) -> int:
    """The row of the last document that was compared with those before it by gists of this version; 0 for none."""
    kept = connection.exec_driver_sql("SELECT value FROM meta WHERE key = 'compared'").scalar()
    made, upto = map(int, kept.split()) if kept else (version, 0)
    return upto if made == version else 0


def gists(connection: sa.Connection, *, after: int, limit: int) -> list[Gist]:
    """What of documents with rows after `after` is compared with others, by row; at most `limit`."""
    d, t = DOCUMENTS.c, DETAILS.c
    query = sa.select(d.n, d.id, d.copy_of, t.gist).outerjoin_from(DOCUMENTS, DETAILS).where(d.n > after)
    return [Gist(*row) for row in connection.execute(query.order_by(d.n).limit(limit))]


def sharing(connection: sa.Connection, bands: Iterable[int]) -> tuple[list[tuple[int, int]], list[Gist]]:
    """Which documents have one of these bands, as (band, row) in order, and of each what is compared.

    Rows that stand in no gist are of documents that are gone.
    """
    query = f"SELECT band, document FROM bands WHERE band IN ({_GIVEN}) ORDER BY 1, 2"
    pairs = [(band, row) for band, row in connection.exec_driver_sql(query, (json.dumps(list(bands)),))]
    query = f"SELECT n, id, copy_of, gist FROM documents JOIN details ON document_id = id WHERE n IN ({_GIVEN})"
    held = connection.exec_driver_sql(query, (json.dumps(sorted({row for _, row in pairs})),))
    return pairs, [Gist(*row) for row in held]


def keep(
    connection: sa.Connection,
    *,
    upto: int,
    version: int,
    bands: Sequence[tuple[int, int]],
    gone: Sequence[tuple[int, int]],
    gists: Mapping[str, bytes],
) -> None:
    """Records that documents up to a row were compared: their bands, and the gists that were missing, by id."""
    if not compared_upto(connection, version=version):
        connection.exec_driver_sql("DELETE FROM bands")
    for query, rows in (
        ("DELETE FROM bands WHERE band = ? AND document = ?", list(gone)),
        ("INSERT OR IGNORE INTO bands VALUES (?, ?)", sorted(bands)),
        ("UPDATE details SET gist = ? WHERE document_id = ?", [(gist, key) for key, gist in gists.items()]),
    ):
        if rows:
            connection.exec_driver_sql(query, rows)
    connection.exec_driver_sql("INSERT OR REPLACE INTO meta VALUES ('compared', ?)", (f"{version} {upto}",))
