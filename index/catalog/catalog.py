"""The catalog: what is indexed. Everything else in the data directory is a cache that this file can rebuild.

One SQLite database in WAL mode. Many may read while one writes; a writer holds the lock file for the length of its
work and makes each document visible in one transaction.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from index.catalog import details, figures, listed, listing, moments, roots, texts, touched, vectors, whole
from index.catalog.figures import Conditions
from index.catalog.locks import locked
from index.catalog.migrations import MIGRATIONS, Migration, migrate, version
from index.catalog.rows import (
    Answering,
    DocumentInfo,
    DocumentRow,
    FileRow,
    GenerationRow,
    PassageRow,
    Setting,
    Source,
)
from index.catalog.schema import (
    BUSY_S,
    DETAILS,
    DOCUMENTS,
    GENERATIONS,
    PASSAGES,
    SCHEMA,
    SOURCES,
    TABLES,
    VECTORS,
    clearly,
    sqlite_engine,
)
from index.catalog.writer import Writer, changing, in_parts, insert_vectors, raise_revision
from index.engines.protocols import Rows, Vectors
from index.kept import uncollected
from sources.documents import Document, Section, Unread
from sources.figures.figure import Figure
from sources.passages import Passage
from sources.tables import Table

_GIVEN = "SELECT value FROM json_each(?)"


class Catalog:
    """The catalog in one file. Reading is safe from several threads and processes; writing needs `writing()`."""

    def __init__(self, path: Path, *, steps: Sequence[Migration] = MIGRATIONS) -> None:
        """Opens `path`, creates what is missing and brings what is older up to date, by `steps`.

        Raises CatalogError when that can't be done, as for a version that isn't known.
        """
        self.path = path
        self._lock_path = path.with_suffix(".lock")
        self.for_readers: Callable[[], contextlib.AbstractContextManager[Any]] = contextlib.nullcontext  # `read_by`
        with clearly(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._read = sqlite_engine(path, begin="BEGIN")
            self._write = sqlite_engine(path, begin="BEGIN IMMEDIATE")
            if self._version() is None:
                if path.stat().st_size == 0 and roots.noted_at(path).is_file():
                    raise sqlite3.DatabaseError("the file is empty: malformed")
                self._create()
            migrate(path, str(self._version()), lock=self._lock_path, steps=steps)
            with self._read.begin() as connection:
                roots.note(connection, path)

    def close(self) -> None:
        """Close every connection."""
        self._read.dispose()
        self._write.dispose()

    # -- reading ---------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection that sees one state of the catalog from its first statement on: that of the moment held."""
        with clearly(self.path):
            if moment := moments.held(self.path):
                yield moment.connection
            else:
                with self._read.begin() if moments.readers() is None else self.for_readers() as connection:
                    yield connection

    def hold(self) -> sa.Connection:
        """A connection that goes on seeing the state of now, until it is closed."""
        with clearly(self.path):
            connection = self._read.connect()
            self.revision(connection)
            return connection

    def revision(self, connection: sa.Connection) -> int:
        """A number that grows with every commit that a search could notice."""
        return int(connection.exec_driver_sql("SELECT value FROM meta WHERE key = 'revision'").scalar_one())

    def answering(self, connection: sa.Connection) -> Answering | None:
        """The embedder that answers; None until one has a vector for every passage."""
        found = connection.exec_driver_sql("SELECT value FROM meta WHERE key = 'answering'").scalar()
        return None if found is None else Answering(**json.loads(found))

    def roots(self) -> list[str]:
        """The files and folders that the user has registered."""
        with self.reading() as connection:
            return list(connection.execute(sa.select(SOURCES.c.path).order_by(SOURCES.c.path)).scalars())

    def sources(self, *, counted: bool = True) -> list[Source]:
        """The same, each with whether it can be reached and, if `counted`, how many documents lie there."""
        with self.reading() as connection:
            return listing.sources(connection, counted=counted)

    def files(self, under: str | None = None) -> dict[str, FileRow]:
        """Known files by path; with `under`, that file or those in that folder."""
        with self.reading() as connection:
            return listing.files(connection, under)

    def files_at(self, paths: Sequence[str]) -> dict[str, FileRow]:
        """Known files among these, by path."""
        with self.reading() as connection:
            return listing.files_at(connection, paths)

    def failures(self) -> dict[str, str]:
        """Files that a reader failed on, by path: why, and what to do about it."""
        with self.reading() as connection:
            return listing.failures(connection)

    def passed_over(self) -> list[Unread]:
        """Files that lie in what is registered and that no reader takes, by path."""
        with self.reading() as connection:
            return listing.passed_over(connection)

    def document(self, document_id: str, *, whole: bool = False) -> Document:
        """The document; raises KeyError when there is none with this id.

        Only a `whole` one has its tables, places and what was dropped: to unpack them takes longer than an answer may.
        """
        with self.reading() as connection:
            # As written SQL: to build the queries anew would take longer than all else.
            own = (document_id,)
            row = connection.exec_driver_sql("SELECT * FROM documents WHERE id = ?", own).one_or_none()
            if row is None:
                raise KeyError(document_id)
            query = 'SELECT heading, level, start, "end", path FROM sections WHERE document_id = ? ORDER BY position'
            sections = connection.exec_driver_sql(query, own).all()
            light = connection.exec_driver_sql("SELECT found_by, notices FROM details WHERE document_id = ?", own)
            found_by, notices = light.one_or_none() or ("{}", "[]")
            copies = listing.copies_of(connection, document_id, row.uri)
            text = texts.text_of(connection, document_id, row.rest)
        document = Document(
            id=row.id,
            title=row.title,
            text=text,
            uri=row.uri,
            sha256=row.sha256,
            publisher=row.publisher,
            published=row.published,
            regions=tuple(json.loads(row.regions)),
            sections=tuple(Section(s.heading, s.level, s.start, s.end, tuple(json.loads(s.path))) for s in sections),
            pages=tuple(json.loads(row.pages)),
            number=row.number,
            kind=row.kind,
            in_force=row.in_force,
            expires=row.expires,
            notices=tuple(json.loads(notices)),
            found_by=json.loads(found_by),
            copies=copies,
        )
        return details.unpacked(document, self._packed(document_id)) if whole else document

    def tables(self, document_id: str) -> tuple[Table, ...]:
        """The document's tables in order; raises KeyError when there is no document with this id."""
        d, t = DOCUMENTS.c, DETAILS.c
        query = sa.select(d.rest, t.tables).outerjoin_from(DOCUMENTS, DETAILS).where(d.id == document_id)
        with self.reading() as connection:
            row = connection.execute(query).one_or_none()
            if row is None:
                raise KeyError(document_id)
            text = texts.text_of(connection, document_id, row.rest) if row.tables else ""
        return details.tables_of(text, bytes(row.tables or b""))

    def documents(self) -> list[DocumentInfo]:
        """Every document that isn't a copy of another one, by title and id."""
        with self.reading() as connection:
            moment = moments.held(self.path)
            with uncollected():
                return listing.seen(connection) if moment and moment.view else listing.listing(connection)

    def passages(self, document_id: str) -> list[Passage]:
        """The document's passages in order; empty when there is no such document."""
        p = PASSAGES.c
        query = _select_passages().where(p.document_id == document_id).order_by(p.start, p.end)
        with self.reading() as connection:
            return [Passage(*row[1:]) for row in connection.execute(query)]

    def passages_at(self, rows: Sequence[int]) -> dict[int, Passage]:
        """Passages by row; rows that have been removed are left out."""
        query = f'SELECT n, id, document_id, text, start, "end", heading FROM passages WHERE n IN ({_GIVEN})'
        with self.reading() as connection:
            return {row: Passage(*passage) for row, *passage in _given(connection, query, rows)}

    def settings_at(self, rows: Sequence[int]) -> dict[int, Setting]:
        """Passages with what they stand in, by row; rows that have been removed are left out."""
        query = (
            'SELECT p.n, p.id, p.document_id, p.text, p.start, p."end", p.heading, '
            "d.n, d.title, d.publisher, d.published, d.characters "
            f"FROM passages p JOIN documents d ON d.id = p.document_id WHERE p.n IN ({_GIVEN})"
        )
        with self.reading() as connection:
            return {row[0]: Setting(Passage(*row[1:7]), *row[7:]) for row in _given(connection, query, rows)}

    def owners(self, rows: Sequence[int]) -> dict[int, int]:
        """The document's row for each passage's row; passages that have been removed, and copies', are left out."""
        query = (
            "SELECT passages.n, documents.n FROM passages JOIN documents ON documents.id = document_id "
            # +: or all documents that are no copies would be gone through, as that column has an index.
            f"WHERE passages.n IN ({_GIVEN}) AND +documents.copy_of IS NULL"
        )
        with self.reading() as connection:
            return dict(_given(connection, query, rows))

    def mentioning(self, rows: Sequence[int], text: str) -> list[tuple[str, int]]:
        """The documents that these passages stand in, in the order in which they came, each with the offset of the
        first one; with `text` only of passages that hold it. Copies are left out."""
        query = (
            "SELECT d.id, held.start FROM (SELECT document_id, MIN(start) AS start FROM passages "
            f"WHERE n IN ({_GIVEN}) AND instr(lower(text), lower(?)) GROUP BY document_id) held "
            "JOIN documents d ON d.id = held.document_id WHERE +d.copy_of IS NULL ORDER BY d.n"
        )
        with self.reading() as connection:
            return [(row[0], row[1]) for row in _given(connection, query, rows, text)]

    def vectors_at(self, rows: Sequence[int], *, embedder: str) -> dict[int, NDArray[np.float32]]:
        """Vectors by passage row, where there is one."""
        query = f"SELECT n, v.vector FROM passages JOIN vectors v ON key = passages.vector WHERE n IN ({_GIVEN})"
        with self.reading() as connection:
            kept = dict(_given(connection, f"{query} AND embedder = ?", rows, embedder))
        return dict(zip(kept, vectors.unpacked(list(kept.values())), strict=True))

    def figures(self, **wanted: Unpack[Conditions]) -> list[Figure]:
        """Figures that meet every condition given, in order; copies' only where a document is named."""
        with self.reading() as connection:
            return figures.figures(connection, **wanted)

    def metric_keys(self) -> list[tuple[str, int]]:
        """Every metric's usual name with how many figures bear it, the most frequent first."""
        with self.reading() as connection:
            return figures.names(connection)

    def counts(self) -> tuple[int, int, int]:
        """How many documents, passages and figures there are, copies apart."""
        with self.reading() as connection:
            return listing.counts(connection)

    def generations(self) -> list[GenerationRow]:
        """Generations, the live one first, then the newest."""
        g = GENERATIONS.c
        query = sa.select(GENERATIONS).order_by(sa.case((g.state == "live", 0), else_=1), g.built.desc())
        with self.reading() as connection:
            return [GenerationRow(*row) for row in connection.execute(query)]

    # -- what engines are built from -----------------------------------------------------------------------------------

    def last_rows(self, connection: sa.Connection) -> tuple[int, int]:
        """The highest row of a passage and of a document; 0 where there is none."""
        query = sa.select(
            sa.select(sa.func.coalesce(sa.func.max(PASSAGES.c.n), 0)).scalar_subquery(),
            sa.select(sa.func.coalesce(sa.func.max(DOCUMENTS.c.n), 0)).scalar_subquery(),
        )
        passages, documents = connection.execute(query).one()
        return int(passages), int(documents)

    def count_passages(self, connection: sa.Connection, *, after: int = 0, upto: int | None = None) -> int:
        """How many passages have rows in (after, upto]."""
        if not after and upto is None:  # of all, SQLite counts the entries of a small index
            return int(connection.exec_driver_sql("SELECT count(*) FROM passages").scalar_one())
        query = sa.select(sa.func.count()).select_from(PASSAGES).where(_between(PASSAGES.c.n, after, upto))
        return int(connection.execute(query).scalar_one())

    def count_characters(self, connection: sa.Connection) -> int:
        """How many characters the texts of all documents have."""
        return int(connection.exec_driver_sql("SELECT coalesce(sum(characters), 0) FROM documents").scalar_one())

    def rows(self, connection: sa.Connection, *, upto: int, documents: bool = False) -> set[int]:
        """The rows up to `upto` of passages, or of documents."""
        table = "documents" if documents else "passages"
        return set(connection.exec_driver_sql(f"SELECT n FROM {table} WHERE n <= ?", (upto,)).scalars())

    def passage_rows(
        self, connection: sa.Connection, *, after: int = 0, upto: int | None = None
    ) -> Iterator[PassageRow]:
        """Passages with rows in (after, upto], by row."""
        p, d = PASSAGES.c, DOCUMENTS.c
        query = (
            sa.select(p.n, p.text, p.heading, d.title, d.publisher, d.published)
            .join_from(PASSAGES, DOCUMENTS)
            .where(_between(p.n, after, upto))
            .order_by(p.n)
        )
        for row in connection.execution_options(yield_per=1000).execute(query):
            yield PassageRow(*row)

    def document_rows(
        self, connection: sa.Connection, *, after: int = 0, upto: int | None = None
    ) -> Iterator[DocumentRow]:
        """Documents with rows in (after, upto], by row."""
        return texts.document_rows(connection, _between(DOCUMENTS.c.n, after, upto))

    def vectors(
        self, connection: sa.Connection, *, embedder: str, dimension: int, after: int = 0, upto: int | None = None
    ) -> tuple[Rows, Vectors]:
        """Rows in (after, upto] that have a vector of this embedder, in order, and those vectors (n, dimension)."""
        query = _select_vectors(embedder).where(_between(PASSAGES.c.n, after, upto)).order_by(PASSAGES.c.n)
        return vectors.together(connection.execute(query), dimension=dimension)

    def without_vector(self, embedder: str, *, limit: int, after: int = 0) -> list[tuple[bytes, PassageRow]]:
        """The first `limit` passages with rows after `after` that this embedder has no vector for, with its key."""
        p, d, v = PASSAGES.c, DOCUMENTS.c, VECTORS.c
        query = (
            sa.select(p.vector, p.n, p.text, p.heading, d.title, d.publisher, d.published)
            .join_from(PASSAGES, DOCUMENTS)
            .outerjoin(VECTORS, (v.key == p.vector) & (v.embedder == embedder))
            .order_by(p.n)
            .limit(limit)
        )
        with self.reading() as connection:
            query = query.where(v.key.is_(None) & (p.n > max(after, whole.upto(connection, embedder))))
            return [(bytes(row[0]), PassageRow(*row[1:])) for row in connection.execute(query)]

    def count_without_vector(self, connection: sa.Connection, embedder: str, *, anew: bool = False) -> int:
        """How many passages this embedder has no vector for; `anew`, without trust in what was found before."""
        query = (
            "SELECT count(*) FROM passages p "
            "WHERE n > ? AND NOT EXISTS (SELECT 1 FROM vectors WHERE key = p.vector AND embedder = ?)"
        )
        after = 0 if anew else whole.upto(connection, embedder)
        return int(connection.exec_driver_sql(query, (after, embedder)).scalar_one())

    def known_keys(self, keys: Iterable[bytes], *, embedder: str) -> set[bytes]:
        """Those of `keys` that this embedder has a vector for."""
        v = VECTORS.c
        query = sa.select(v.key).where(v.embedder == embedder)
        with self.reading() as connection:
            return {
                bytes(key)
                for part in in_parts(list(keys))
                for key in connection.execute(query.where(v.key.in_(part))).scalars()
            }

    # -- writing ---------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def writing(self, *, wait_s: float = 60.0, on_wait: Callable[[], None] | None = None) -> Iterator[Writer]:
        """The right to write, for this process alone; raises IndexBusyError when another has it for `wait_s` seconds.

        `on_wait` is called once, when there is somebody to wait for.
        """
        with locked(self._lock_path, wait_s=wait_s, on_wait=on_wait):
            yield Writer(self.path, self._write)

    @contextlib.contextmanager
    def noting(self) -> Iterator[sa.Connection]:
        """A transaction of changes that no search notices. Needs no right to write."""
        with clearly(self.path), self._write.begin() as connection:
            yield connection

    def make_live(self, generation: GenerationRow, *, answering: Answering | None = None) -> bool:
        """Flip to a new generation; the one that was live stays as the previous one. Needs no right to write.

        With `answering`, that embedder answers from then on, in the same step; nothing happens, and it is False, while
        a passage has no vector of it.
        """
        g = GENERATIONS.c
        with changing(self.path, self._write) as connection:
            if answering is not None and not self._answer(connection, answering):
                return False
            connection.execute(sa.delete(GENERATIONS).where(g.state == "previous"))
            connection.execute(sa.update(GENERATIONS).where(g.state == "live").values(state="previous"))
            values = (generation.id, "live", generation.passages, generation.embedder, generation.built)
            connection.exec_driver_sql("INSERT INTO generations VALUES (?, ?, ?, ?, ?)", values)
        return True

    def answer_with(self, answering: Answering) -> bool:
        """Flip to another embedder; False, and nothing happens, while a passage has no vector of it.

        Needs no right to write.
        """
        with changing(self.path, self._write) as connection:
            return self._answer(connection, answering)

    def add_vectors(self, new: Mapping[bytes, NDArray[np.float32]], *, embedder: str) -> None:
        """Keep vectors by the key of the text they stand for. Needs no right to write.

        No search notices those of an embedder that doesn't answer yet, and the revision stays.
        """
        with self.noting() as connection:
            insert_vectors(connection, new, embedder)
            answering = self.answering(connection)
            if answering is None or answering.name == embedder:
                raise_revision(connection)

    def forget_vectors(self, embedder: str) -> None:
        """Drop every vector of an embedder; raises ValueError for the one that answers. Needs no right to write."""
        with changing(self.path, self._write) as connection:
            answering = self.answering(connection)
            if answering is not None and answering.name == embedder:
                raise ValueError(f"{embedder} answers: its vectors are in use")
            connection.execute(sa.delete(VECTORS).where(VECTORS.c.embedder == embedder))
            whole.doubt(connection, embedder)

    def note_whole(self, embedder: str) -> None:
        """Remember that each passage has a vector of this embedder, if it is so. Needs no right to write."""
        with self.reading() as connection:
            if self.last_rows(connection)[0] - whole.upto(connection, embedder) < whole.STEP:
                return
        with self.noting() as connection:
            if not self.count_without_vector(connection, embedder):
                whole.note(connection, embedder, self.last_rows(connection)[0])

    def note_listing(self) -> None:
        """Keep the listing, where it is long and the one that is kept is far behind. Needs no right to write."""
        with clearly(self.path), self._read.begin() as connection:  # all of it, whatever the reader here may see
            if not listed.is_due(connection):
                return
            with uncollected():
                upto, infos = touched.last(connection), listing.listing(connection, place="n")
        with self.noting() as connection:
            listed.keep(connection, upto, infos)

    def _answer(self, connection: sa.Connection, answering: Answering) -> bool:
        if self.count_without_vector(connection, answering.name):
            return False
        connection.exec_driver_sql(
            "INSERT OR REPLACE INTO meta VALUES ('answering', ?)", (json.dumps(asdict(answering), ensure_ascii=False),)
        )
        return True

    def forget_generation(self, generation_id: str) -> None:
        """Never use this generation again. Needs no right to write."""
        with changing(self.path, self._write) as connection:
            connection.execute(sa.delete(GENERATIONS).where(GENERATIONS.c.id == generation_id))

    def _packed(self, document_id: str) -> details.Packed:
        t = DETAILS.c
        query = sa.select(t.tables, t.places, t.dropped).where(t.document_id == document_id)
        with self.reading() as connection:
            row = connection.execute(query).one_or_none()
        return details.Packed(b"", b"", b"") if row is None else details.Packed(*map(bytes, row))

    def _version(self) -> str | None:
        with self._read.begin() as connection:
            return version(connection)

    def _create(self) -> None:
        with locked(self._lock_path, wait_s=BUSY_S):
            with contextlib.closing(sqlite3.connect(self.path, timeout=BUSY_S)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")  # not allowed inside a transaction, and lasts
            with self._write.begin() as transaction:
                if not transaction.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'touched'").scalar():
                    TABLES.create_all(transaction)
                    for trigger in touched.TRIGGERS:
                        transaction.exec_driver_sql(trigger)
                query = "INSERT OR IGNORE INTO meta VALUES ('schema', ?), ('revision', '0')"
                transaction.exec_driver_sql(query, (str(SCHEMA),))


def _select_passages() -> sa.Select[Any]:
    p = PASSAGES.c
    return sa.select(p.n, p.id, p.document_id, p.text, p.start, p.end, p.heading)


def _select_vectors(embedder: str) -> sa.Select[Any]:
    p, v = PASSAGES.c, VECTORS.c
    return sa.select(p.n, v.vector).join_from(PASSAGES, VECTORS, (v.key == p.vector) & (v.embedder == embedder))


def _between(column: sa.ColumnElement[int], after: int, upto: int | None) -> sa.ColumnElement[bool]:
    return column > after if upto is None else (column > after) & (column <= upto)


def _given(connection: sa.Connection, query: str, rows: Sequence[int], *more: object) -> Sequence[Any]:
    """Rows of a query that every search asks: written out, as building it would take longer than answering it, and as
    SQLite gives them."""
    cursor: Any = connection.exec_driver_sql(query, (json.dumps(rows), *more)).cursor
    return list(cursor)
