"""The writer: one transaction of changes to the catalog"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from index.catalog import figures
from index.catalog.details import pack
from index.catalog.rows import Content, FileRow
from index.catalog.schema import (
    DETAILS,
    DOCUMENTS,
    FIGURES,
    FILES,
    PASSAGES,
    PASSED_OVER,
    RELATIONS,
    SECTIONS,
    SOURCES,
    clearly,
)
from sources.documents import Unread

_STATED = re.compile(r'"metadata\.csv"')
_IN = 500  # values in one IN (…): far below SQLite's limit, and few enough distinct statements to cache


class Writer:
    """Changes to the catalog; each method is one transaction, durable when it returns."""

    def __init__(self, path: Path, engine: sa.Engine) -> None:
        self._path = path
        self._engine = engine

    def add_root(self, path: str, *, identity: str | None = None, follow_links: bool = False) -> None:
        """Register a file or folder that can be reached; nothing happens when it is registered so.

        That links out of it are followed is never taken back, but by `remove_root`.
        """
        with self._engine.begin() as connection:
            known = connection.execute(sa.select(SOURCES).where(SOURCES.c.path == path)).first()
        if known is None:
            with changing(self._path, self._engine) as connection:
                connection.execute(
                    sa.insert(SOURCES).values(
                        path=path, added=time.time(), identity=identity, follow_links=follow_links
                    )
                )
        elif known.unreachable_since is not None or known.identity != identity or follow_links > known.follow_links:
            with changing(self._path, self._engine) as connection:
                there = sa.update(SOURCES).where(SOURCES.c.path == path)
                follow_links = follow_links or known.follow_links
                values = {"unreachable_since": None, "identity": identity, "follow_links": follow_links}
                connection.execute(there.values(values))

    def miss_root(self, path: str) -> None:
        """Record that a file or folder which is registered can't be reached, from now on if it could until now."""
        with changing(self._path, self._engine) as connection:
            missed = sa.update(SOURCES).where((SOURCES.c.path == path) & SOURCES.c.unreachable_since.is_(None))
            connection.execute(missed.values(unreachable_since=time.time()))

    def remove_root(self, path: str) -> None:
        """Forget a file or folder that was registered, and what was passed over there; its files stay until they are
        removed."""
        with changing(self._path, self._engine) as connection:
            connection.execute(sa.delete(SOURCES).where(SOURCES.c.path == path))
            connection.execute(sa.delete(PASSED_OVER).where(is_under(PASSED_OVER.c.path, path)))

    def pass_over(self, root: str, unread: Sequence[Unread]) -> None:
        """Record what is passed over in a file or folder that is registered, in the place of what was before.

        No search notices, and the revision stays.
        """
        there = is_under(PASSED_OVER.c.path, root)
        with clearly(self._path), self._engine.begin() as connection:
            known = {Unread(*row) for row in connection.execute(sa.select(PASSED_OVER).where(there))}
            if known != set(unread):
                connection.execute(sa.delete(PASSED_OVER).where(there))
                _insert(connection, PASSED_OVER, [asdict(each) for each in unread])

    def reread(self, paths: Sequence[str]) -> None:
        """Have files read again by the next update, though they haven't changed."""
        with clearly(self._path), self._engine.begin() as connection:
            for part in in_parts(paths):
                connection.execute(sa.update(FILES).where(FILES.c.path.in_(part)).values(reading=0))

    def keep_gists(self, gists: Mapping[str, bytes]) -> None:
        """Keep what of documents is compared with others, by id. No search notices, and the revision stays."""
        with clearly(self._path), self._engine.begin() as connection:
            for document_id, gist in gists.items():
                connection.execute(sa.update(DETAILS).where(DETAILS.c.document_id == document_id).values(gist=gist))

    def copy(self, document_ids: Sequence[str], *, of: str) -> None:
        """Let one document stand for others, which aren't searched any more, and for their copies.

        `of` is itself no copy any more.
        """
        d = DOCUMENTS.c
        with changing(self._path, self._engine) as connection:
            for part in in_parts(document_ids):
                theirs = sa.update(DOCUMENTS).where(d.id.in_(part) | d.copy_of.in_(part))
                connection.execute(theirs.values(copy_of=of))
            connection.execute(sa.update(DOCUMENTS).where(d.id == of).values(copy_of=None))

    def put(
        self,
        files: Sequence[tuple[FileRow, Content | None]],
        *,
        vectors: Mapping[bytes, NDArray[np.float32]],
        embedder: str,
    ) -> None:
        """Record files and what they hold, all of them or none; documents that no file holds any more go.

        Content may be left out where another file or the same one already holds the document, and where there is none.
        """
        with changing(self._path, self._engine) as connection:
            insert_vectors(connection, vectors, embedder)
            before = _documents_of(connection, [row.path for row, _ in files])
            for row, content in files:
                if content is not None:
                    _put_document(connection, content)
                values = {name: getattr(row, name) for name in FILES.c.keys()}  # noqa: SIM118 (not a dict)
                connection.execute(sa.insert(FILES).prefix_with("OR REPLACE"), values)
            _drop_orphans(connection, before)

    def drop_files(self, paths: Sequence[str]) -> None:
        """Forget files; documents that no file holds any more go with them."""
        if not paths:
            return
        with changing(self._path, self._engine) as connection:
            before = _documents_of(connection, paths)
            for part in in_parts(paths):
                connection.execute(sa.delete(FILES).where(FILES.c.path.in_(part)))
            _drop_orphans(connection, before)


@contextlib.contextmanager
def changing(path: Path, engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that raises the revision."""
    with clearly(path), engine.begin() as connection:
        yield connection
        raise_revision(connection)


def is_under(column: sa.ColumnElement[str], path: str) -> sa.ColumnElement[bool]:
    """Whether a column holds `path` or, where that is a folder, something in it."""
    # Not LIKE: it folds case, and a path may hold its wildcards.
    inside = path.rstrip(os.sep) + os.sep
    return (column == path) | (sa.func.substr(column, 1, len(inside)) == inside)


def raise_revision(connection: sa.Connection) -> None:
    """Counts one more change that a search could notice."""
    connection.exec_driver_sql("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'revision'")


def _put_document(connection: sa.Connection, content: Content) -> None:
    document = content.document
    found_by = json.dumps(dict(document.found_by), ensure_ascii=False)
    if _is_known(connection, content, found_by):
        return  # the same bytes at another path, read the same way
    # What an older version has read is replaced; its files' foreign keys wait for the end.
    connection.execute(sa.delete(DOCUMENTS).where(DOCUMENTS.c.id == document.id))
    connection.execute(
        sa.insert(DOCUMENTS),
        {
            "id": document.id,
            "title": document.title,
            "uri": document.uri,
            "sha256": document.sha256,
            "publisher": document.publisher,
            "published": document.published,
            "regions": json.dumps(document.regions, ensure_ascii=False),
            "pages": json.dumps(document.pages),
            "reading": content.reading,
            "characters": len(document.text),
            "number": document.number,
            "kind": document.kind,
            "in_force": document.in_force,
            "expires": document.expires,
            "text": document.text,
        },
    )
    details = pack(document)
    connection.execute(
        sa.insert(DETAILS),
        {
            "document_id": document.id,
            "found_by": found_by,
            "notices": json.dumps(document.notices, ensure_ascii=False),
            "tables": details.tables,
            "places": details.places,
            "dropped": details.dropped,
        },
    )
    _insert(
        connection,
        SECTIONS,
        [
            {
                "document_id": document.id,
                "position": position,
                "heading": section.heading,
                "level": section.level,
                "start": section.start,
                "end": section.end,
                "path": json.dumps(section.path, ensure_ascii=False),
            }
            for position, section in enumerate(document.sections)
        ],
    )
    _insert(
        connection,
        PASSAGES,
        [
            {
                "id": passage.id,
                "document_id": document.id,
                "start": passage.start,
                "end": passage.end,
                "heading": passage.heading,
                "vector": key,
                "text": passage.text,
            }
            for passage, key in zip(content.passages, content.vector_keys, strict=True)
        ],
    )
    _insert(connection, FIGURES, figures.rows(document.id, content.figures))
    _insert(
        connection,
        RELATIONS,
        [
            {"document_id": document.id, "position": position, **asdict(relation)}
            for position, relation in enumerate(content.relations)
        ],
    )


def _is_known(connection: sa.Connection, content: Content, found_by: str) -> bool:
    """Whether the document is there as it was read now, or as metadata.csv says of another file with the same bytes."""
    d, document = DOCUMENTS.c, content.document
    query = sa.select(d.reading, d.title, d.publisher, d.published, d.number, d.kind, d.in_force, d.expires)
    known = connection.execute(query.where(d.id == document.id)).one_or_none()
    if known is None or known.reading != content.reading:
        return False
    facts = (document.title, document.publisher, document.published, document.number)
    if tuple(known[1:]) == (*facts, document.kind, document.in_force, document.expires):
        return True
    stated = (FILES.c.document_id == document.id) & (FILES.c.stated != "") & (FILES.c.path != document.uri)
    return (
        not _STATED.search(found_by) and connection.execute(sa.select(FILES.c.path).where(stated)).first() is not None
    )


def _insert(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(sa.insert(table).inline(), rows)


def insert_vectors(connection: sa.Connection, vectors: Mapping[bytes, NDArray[np.float32]], embedder: str) -> None:
    """Keeps vectors by the key of the text they stand for; those that are there stay."""
    rows = [(key, embedder, np.ascontiguousarray(vector, np.float32).tobytes()) for key, vector in vectors.items()]
    if rows:
        connection.exec_driver_sql("INSERT OR IGNORE INTO vectors VALUES (?, ?, ?)", rows)


def _documents_of(connection: sa.Connection, paths: Sequence[str]) -> set[str]:
    query = sa.select(FILES.c.document_id).where(FILES.c.document_id.is_not(None))
    return {
        found for part in in_parts(paths) for found in connection.execute(query.where(FILES.c.path.in_(part))).scalars()
    }


def _drop_orphans(connection: sa.Connection, candidates: Iterable[str]) -> None:
    """Of documents that just lost a file, drop those without any, and let the others name one they still have."""
    for document_id in sorted(candidates):
        query = sa.select(FILES.c.path).where(FILES.c.document_id == document_id).order_by(FILES.c.path)
        paths = list(connection.execute(query).scalars())
        if not paths:
            connection.execute(sa.delete(DOCUMENTS).where(DOCUMENTS.c.id == document_id))
            _take_its_place(connection, document_id)
        else:
            gone = (DOCUMENTS.c.id == document_id) & DOCUMENTS.c.uri.not_in(paths)
            connection.execute(sa.update(DOCUMENTS).where(gone).values(uri=paths[0]))


def _take_its_place(connection: sa.Connection, gone: str) -> None:
    """Of the copies of a document that is gone, the one with the most text stands for the others."""
    d = DOCUMENTS.c
    query = sa.select(d.id).where(d.copy_of == gone).order_by(d.characters.desc(), d.n)
    if (heir := connection.execute(query).scalar()) is not None:
        connection.execute(sa.update(DOCUMENTS).where(d.copy_of == gone).values(copy_of=heir))
        connection.execute(sa.update(DOCUMENTS).where(d.id == heir).values(copy_of=None))


def in_parts(values: Sequence[Any]) -> Iterator[list[Any]]:
    """The values in lists short enough for one IN (…)."""
    for start in range(0, len(values), _IN):
        yield list(values[start : start + _IN])
