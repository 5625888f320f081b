"""The writer: one transaction of changes to the catalog"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from index.catalog import bands as band_rows
from index.catalog import figures, labels
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
from index.catalog.texts import rest_of
from index.catalog.vectors import packed
from sources.documents import Unread

_STATED = re.compile(r'"metadata\.csv"')
AFTER_SEPARATOR = chr(ord(os.sep) + 1)
"""What lies in a folder sorts after `folder/` and before `folder0`."""
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
                _insert(connection, "INSERT INTO", PASSED_OVER, [_values(each) for each in unread])

    def reread(self, paths: Sequence[str]) -> None:
        """Have files read again by the next update, though they haven't changed."""
        with clearly(self._path), self._engine.begin() as connection:
            for part in in_parts(paths):
                connection.execute(sa.update(FILES).where(FILES.c.path.in_(part)).values(reading=0))

    def keep_compared(
        self,
        upto: int,
        *,
        version: int,
        bands: Sequence[tuple[int, int]],
        gone: Sequence[tuple[int, int]] = (),
        gists: Mapping[str, bytes],
    ) -> None:
        """Record that the documents up to a row were compared, see `bands.keep`. No search notices."""
        with clearly(self._path), self._engine.begin() as connection:
            band_rows.keep(connection, upto=upto, version=version, bands=bands, gone=gone, gists=gists)

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
            ids = {content.document.id for _, content in files if content is not None}
            there = _among(connection, ids)
            new: list[Content] = []
            rows: list[FileRow] = []
            for row, content in files:
                if content is not None and content.document.id in there:
                    _insert_all(connection, new, rows)  # it may be known by a file that comes just before it
                    new, rows = [], []
                    found_by = json.dumps(dict(content.document.found_by), ensure_ascii=False)
                    if not _is_known(connection, content, found_by):
                        # What an older version has read is replaced; its files' foreign keys wait for the end.
                        connection.execute(sa.delete(DOCUMENTS).where(DOCUMENTS.c.id == content.document.id))
                        new.append(content)
                elif content is not None:
                    there.add(content.document.id)
                    new.append(content)
                rows.append(row)
            _insert_all(connection, new, rows)
            labels.follow(connection, [(row.document_id, row.path) for row, _ in files if row.document_id is not None])
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
    # A range of the key, which has an index. Not LIKE: it folds case, and a path may hold its wildcards.
    inside = path.rstrip(os.sep) + os.sep
    return (column == path) | ((column > inside) & (column < inside[: -len(os.sep)] + AFTER_SEPARATOR))


def raise_revision(connection: sa.Connection) -> None:
    """Counts one more change that a search could notice."""
    connection.exec_driver_sql("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'revision'")


def _insert_all(connection: sa.Connection, contents: Sequence[Content], files: Sequence[FileRow]) -> None:
    """Documents that aren't there, and files: a statement a table, as a statement a row would take several times as
    long as SQLite itself."""
    rows: dict[sa.Table, list[tuple[Any, ...]]] = {
        table: [] for table in (DOCUMENTS, DETAILS, SECTIONS, PASSAGES, FIGURES, RELATIONS)
    }
    for content in contents:
        document = content.document
        rows[DOCUMENTS].append((
            None, document.id, document.title, document.uri, document.sha256, document.publisher, document.published,
            json.dumps(document.regions, ensure_ascii=False), json.dumps(document.pages), content.reading,
            len(document.text), document.number, document.kind, document.in_force, document.expires, None,
            rest_of(document.text, ((each.start, each.text) for each in content.passages)),
        ))  # fmt: skip
        details = pack(document)
        found_by = json.dumps(dict(document.found_by), ensure_ascii=False)
        notices = json.dumps(document.notices, ensure_ascii=False)
        rows[DETAILS].append(
            (document.id, found_by, notices, content.gist or None, details.tables, details.places, details.dropped)
        )
        rows[SECTIONS] += [
            (document.id, at, each.heading, each.level, each.start, each.end, json.dumps(each.path, ensure_ascii=False))
            for at, each in enumerate(document.sections)
        ]
        rows[PASSAGES] += [
            (None, each.id, document.id, each.start, each.end, each.heading, key, each.text)
            for each, key in zip(content.passages, content.vector_keys, strict=True)
        ]
        rows[FIGURES] += figures.rows(document.id, content.figures)
        rows[RELATIONS] += [
            (document.id, at, each.kind, each.title, each.number, each.start, each.end, each.since, each.until)
            for at, each in enumerate(content.relations)
        ]
    for table, own in rows.items():
        _insert(connection, "INSERT INTO", table, own)
    _insert_files(connection, files)


def _insert(connection: sa.Connection, how: str, table: sa.Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Rows with a value for each column, in the table's order: None where SQLite numbers them."""
    if rows:
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        marks = ", ".join("?" * len(table.columns))
        connection.exec_driver_sql(f"{how} {table.name} ({names}) VALUES ({marks})", list(rows))


def _insert_files(connection: sa.Connection, files: Sequence[FileRow]) -> None:
    """Files, in the place of what was known of them; when they entered the library stays, and what has a document of
    another file, such as the same one moved, came with that."""
    if not files:
        return
    names = [each.name for each in fields(FileRow)]
    changed = ", ".join(f"{name} = excluded.{name}" for name in names if name not in ("path", "entered"))
    first = "coalesce(:entered, (SELECT min(entered) FROM files WHERE document_id = :document_id), :now)"
    given = ", ".join(first if name == "entered" else f":{name}" for name in names)
    statement = (
        f"INSERT INTO files ({', '.join(names)}) VALUES ({given}) ON CONFLICT (path) DO UPDATE SET {changed}, "
        "entered = coalesce(entered, excluded.entered)"
    )
    now = time.time()
    rows = [{**dict(zip(names, _values(row), strict=True)), "now": now} for row in files]
    connection.exec_driver_sql(statement, rows)


def _values(row: FileRow | Unread) -> tuple[Any, ...]:
    return tuple(getattr(row, each.name) for each in fields(row))


def _among(connection: sa.Connection, ids: Collection[str]) -> set[str]:
    """Those of the ids that documents have."""
    query = "SELECT id FROM documents WHERE id IN (SELECT value FROM json_each(?))"
    return set(connection.exec_driver_sql(query, (json.dumps(list(ids)),)).scalars())


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


def insert_vectors(connection: sa.Connection, vectors: Mapping[bytes, NDArray[np.float32]], embedder: str) -> None:
    """Keeps vectors by the key of the text they stand for; those that are there stay."""
    rows = [(key, embedder, packed(vector)) for key, vector in vectors.items()]
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
