"""The catalog: what is indexed. Everything else in the data directory is a cache that this file can rebuild.

One SQLite database in WAL mode. Many may read while one writes; a writer holds the lock file for the length of its
work and makes each document visible in one transaction.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from index.engines import Rows, Vectors
from sources.documents import Document, Section
from sources.figures import Figure, Sureness
from sources.metrics import normalise
from sources.passages import Passage

SCHEMA = 2
"""Raise when a table changes, and write the step that brings an older catalog up to date."""
_BUSY_S = 30
_GIVEN = "SELECT value FROM json_each(?)"
_IN = 500  # values in one IN (…): far below SQLite's limit, and few enough distinct statements to cache

_tables = sa.MetaData()
_meta = sa.Table(
    "meta", _tables, sa.Column("key", sa.Text, primary_key=True), sa.Column("value", sa.Text, nullable=False)
)
_sources = sa.Table("sources", _tables, sa.Column("path", sa.Text, primary_key=True), sa.Column("added", sa.Float))
_documents = sa.Table(
    "documents",
    _tables,
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("uri", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("publisher", sa.Text),
    sa.Column("published", sa.Text),
    sa.Column("regions", sa.Text, nullable=False),
    sa.Column("pages", sa.Text, nullable=False),
    sa.Column("reading", sa.Integer, nullable=False),
    sa.Column("characters", sa.Integer, nullable=False),
    sa.Column("text", sa.Text, nullable=False),  # last, so that a listing needn't page through it
    sqlite_autoincrement=True,
)
_owner = ("documents.id",)
_files = sa.Table(
    "files",
    _tables,
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("size", sa.Integer),
    sa.Column("mtime_ns", sa.Integer),
    sa.Column("sha256", sa.Text),
    sa.Column("reading", sa.Integer, nullable=False),
    sa.Column("document_id", sa.Text, sa.ForeignKey(*_owner, deferrable=True, initially="DEFERRED"), index=True),
    sa.Column("error", sa.Text),
)
_sections = sa.Table(
    "sections",
    _tables,
    sa.Column("document_id", sa.Text, sa.ForeignKey(*_owner, ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("heading", sa.Text, nullable=False),
    sa.Column("level", sa.Integer, nullable=False),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
)
_passages = sa.Table(
    "passages",
    _tables,
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("document_id", sa.Text, sa.ForeignKey(*_owner, ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("heading", sa.Text, nullable=False),
    sa.Column("vector", sa.LargeBinary, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)
_vectors = sa.Table(
    "vectors",
    _tables,
    sa.Column("key", sa.LargeBinary, primary_key=True),
    sa.Column("embedder", sa.Text, primary_key=True),
    sa.Column("vector", sa.LargeBinary, nullable=False),
)
_figures = sa.Table(
    "figures",
    _tables,
    sa.Column("document_id", sa.Text, sa.ForeignKey(*_owner, ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("metric", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("qualifier", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False, index=True),
    sa.Column("period", sa.Text, nullable=False, index=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False, index=True),
    sa.Column("upper", sa.Text),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("sure", sa.Text, nullable=False),
)
_generations = sa.Table(
    "generations",
    _tables,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("passages", sa.Integer, nullable=False),
    sa.Column("embedder", sa.Text, nullable=False),
    sa.Column("built", sa.Float, nullable=False),
)


class CatalogError(RuntimeError):
    """The catalog can't be used: `str(error)` says what is wrong with which file, and what to do."""


class IndexBusyError(CatalogError):
    """Another process is writing to the same index and didn't finish in time."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """What is known of one file."""

    path: str
    size: int | None
    mtime_ns: int | None
    """None when the file was changed so shortly before it was read that its time proves nothing."""
    sha256: str | None
    reading: int
    """The `READING` version that it was read with."""
    document_id: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Content:
    """A document with everything that is kept of it."""

    document: Document
    passages: tuple[Passage, ...]
    vector_keys: tuple[bytes, ...]
    """One a passage: the digest of the text that is embedded for it."""
    figures: tuple[Figure, ...]
    reading: int
    """The `READING` version that made it."""


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A document without its text."""

    id: str
    title: str
    uri: str
    publisher: str | None
    published: str | None
    characters: int
    passages: int


@dataclass(frozen=True, slots=True)
class PassageRow:
    """A passage as the engines want it."""

    row: int
    text: str
    heading: str
    title: str
    publisher: str | None
    published: str | None


@dataclass(frozen=True, slots=True)
class Setting:
    """A passage and what it stands in, as ranking wants it."""

    passage: Passage
    document: int
    """The document's row."""
    title: str
    publisher: str | None
    published: str | None
    characters: int
    """Of the document."""


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document as the engines want it."""

    row: int
    text: str
    title: str
    publisher: str | None
    published: str | None


@dataclass(frozen=True, slots=True)
class GenerationRow:
    """A generation as the catalog knows it."""

    id: str
    state: str
    """live | previous"""
    passages: int
    embedder: str
    built: float
    """Seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Answering:
    """The embedder whose vectors answer."""

    name: str
    dimension: int
    origin: str
    """What it can be loaded from again."""


class Catalog:
    """The catalog in one file. Reading is safe from several threads and processes; writing needs `writing()`."""

    def __init__(self, path: Path) -> None:
        """Opens `path` and creates what is missing; raises CatalogError when that can't be done."""
        self.path = path
        self._lock_path = path.with_suffix(".lock")
        with _clearly(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._read = _engine(path, begin="BEGIN")
            self._write = _engine(path, begin="BEGIN IMMEDIATE")
            if self._schema() is None:
                self._create()
        found = self._schema()
        if found is None or int(found) != SCHEMA:
            raise CatalogError(
                f"{path}: 索引由另一版本的 youju 建立（格式 {found}，本版本为 {SCHEMA}）。"
                "请升级 youju，或换一个 --data-dir 重新索引"
            )

    def close(self) -> None:
        """Close every connection."""
        self._read.dispose()
        self._write.dispose()

    # -- reading ---------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection that sees one state of the catalog from its first statement on."""
        with _clearly(self.path), self._read.begin() as connection:
            yield connection

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
            return list(connection.execute(sa.select(_sources.c.path).order_by(_sources.c.path)).scalars())

    def files(self, under: str | None = None) -> dict[str, FileRow]:
        """Known files by path; with `under`, that file or those in that folder."""
        query = sa.select(_files).order_by(_files.c.path)
        if under is not None:
            # Not LIKE: it folds case, and a path may hold its wildcards.
            inside = under.rstrip(os.sep) + os.sep
            query = query.where((_files.c.path == under) | (sa.func.substr(_files.c.path, 1, len(inside)) == inside))
        with self.reading() as connection:
            return {row.path: FileRow(*row) for row in connection.execute(query)}

    def document(self, document_id: str) -> Document:
        """The document; raises KeyError when there is none with this id."""
        with self.reading() as connection:
            row = connection.execute(sa.select(_documents).where(_documents.c.id == document_id)).one_or_none()
            if row is None:
                raise KeyError(document_id)
            query = sa.select(_sections).where(_sections.c.document_id == document_id).order_by(_sections.c.position)
            sections = connection.execute(query).all()
        return Document(
            id=row.id,
            title=row.title,
            text=row.text,
            uri=row.uri,
            sha256=row.sha256,
            publisher=row.publisher,
            published=row.published,
            regions=tuple(json.loads(row.regions)),
            sections=tuple(Section(s.heading, s.level, s.start, s.end, tuple(json.loads(s.path))) for s in sections),
            pages=tuple(json.loads(row.pages)),
        )

    def documents(self) -> list[DocumentInfo]:
        """Every document, by title and id."""
        d, p = _documents.c, _passages.c
        count = sa.select(sa.func.count()).where(p.document_id == d.id).scalar_subquery()
        query = sa.select(d.id, d.title, d.uri, d.publisher, d.published, d.characters, count).order_by(d.title, d.id)
        with self.reading() as connection:
            return [DocumentInfo(*row) for row in connection.execute(query)]

    def passages(self, document_id: str) -> list[Passage]:
        """The document's passages in order; empty when there is no such document."""
        p = _passages.c
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
        """The document's row for each passage's row; passages that have been removed are left out."""
        query = (
            "SELECT passages.n, documents.n FROM passages JOIN documents ON documents.id = document_id "
            f"WHERE passages.n IN ({_GIVEN})"
        )
        with self.reading() as connection:
            return dict(_given(connection, query, rows))

    def vectors_at(self, rows: Sequence[int], *, embedder: str) -> dict[int, NDArray[np.float32]]:
        """Vectors by passage row, where there is one."""
        query = (
            "SELECT n, vectors.vector FROM passages JOIN vectors ON key = passages.vector "
            f"WHERE n IN ({_GIVEN}) AND embedder = ?"
        )
        with self.reading() as connection:
            return {row: np.frombuffer(blob, np.float32) for row, blob in _given(connection, query, rows, embedder)}

    def figures(
        self,
        *,
        metric: str | None = None,
        region: str | None = None,
        period: str | None = None,
        status: str | None = None,
        document_id: str | None = None,
        keys: Sequence[str] | None = None,
    ) -> list[Figure]:
        """Figures that meet every condition given, in order; `metric`: part of its printed or usual name; `keys`: its
        usual name is one of these."""
        f = _figures.c
        query = sa.select(*(column for column in f if column.name != "position")).order_by(f.document_id, f.position)
        if metric is not None:
            query = query.where(
                sa.or_(sa.func.instr(f.metric, metric) > 0, sa.func.instr(f.key, normalise(metric)) > 0)
            )
        if keys is not None:
            given = sa.func.json_each(json.dumps(list(keys))).table_valued("value")
            query = query.where(f.key.in_(sa.select(given.c.value)))
        wanted = ((f.region, region), (f.period, period), (f.status, status), (f.document_id, document_id))
        for column, value in wanted:
            if value is not None:
                query = query.where(column == value)
        with self.reading() as connection:
            return [_figure(row) for row in connection.execute(query)]

    def metric_keys(self) -> list[tuple[str, int]]:
        """Every metric's usual name with how many figures bear it, the most frequent first."""
        f = _figures.c
        query = sa.select(f.key, sa.func.count()).where(f.key != "").group_by(f.key)
        with self.reading() as connection:
            return [(key, count) for key, count in connection.execute(query.order_by(sa.func.count().desc(), f.key))]

    def counts(self) -> tuple[int, int, int]:
        """How many documents, passages and figures there are."""
        with self.reading() as connection:
            documents, passages, figures = (
                int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
                for table in (_documents, _passages, _figures)
            )
        return documents, passages, figures

    def generations(self) -> list[GenerationRow]:
        """Generations, the live one first, then the newest."""
        g = _generations.c
        query = sa.select(_generations).order_by(sa.case((g.state == "live", 0), else_=1), g.built.desc())
        with self.reading() as connection:
            return [GenerationRow(*row) for row in connection.execute(query)]

    # -- what engines are built from -----------------------------------------------------------------------------------

    def last_rows(self, connection: sa.Connection) -> tuple[int, int]:
        """The highest row of a passage and of a document; 0 where there is none."""
        query = sa.select(
            sa.select(sa.func.coalesce(sa.func.max(_passages.c.n), 0)).scalar_subquery(),
            sa.select(sa.func.coalesce(sa.func.max(_documents.c.n), 0)).scalar_subquery(),
        )
        passages, documents = connection.execute(query).one()
        return int(passages), int(documents)

    def count_passages(self, connection: sa.Connection, *, after: int = 0, upto: int | None = None) -> int:
        """How many passages have rows in (after, upto]."""
        query = sa.select(sa.func.count()).select_from(_passages).where(_between(_passages.c.n, after, upto))
        return int(connection.execute(query).scalar_one())

    def passage_rows(
        self, connection: sa.Connection, *, after: int = 0, upto: int | None = None
    ) -> Iterator[PassageRow]:
        """Passages with rows in (after, upto], by row."""
        p, d = _passages.c, _documents.c
        query = (
            sa.select(p.n, p.text, p.heading, d.title, d.publisher, d.published)
            .join_from(_passages, _documents)
            .where(_between(p.n, after, upto))
            .order_by(p.n)
        )
        for row in connection.execution_options(yield_per=1000).execute(query):
            yield PassageRow(*row)

    def document_rows(
        self, connection: sa.Connection, *, after: int = 0, upto: int | None = None
    ) -> Iterator[DocumentRow]:
        """Documents with rows in (after, upto], by row."""
        d = _documents.c
        query = (
            sa.select(d.n, d.text, d.title, d.publisher, d.published).where(_between(d.n, after, upto)).order_by(d.n)
        )
        for row in connection.execution_options(yield_per=20).execute(query):
            yield DocumentRow(*row)

    def vectors(
        self, connection: sa.Connection, *, embedder: str, dimension: int, after: int = 0, upto: int | None = None
    ) -> tuple[Rows, Vectors]:
        """Rows in (after, upto] that have a vector of this embedder, in order, and those vectors (n, dimension)."""
        query = _select_vectors(embedder).where(_between(_passages.c.n, after, upto)).order_by(_passages.c.n)
        rows: list[int] = []
        blobs: list[bytes] = []
        for row, blob in connection.execute(query):
            rows.append(row)
            blobs.append(blob)
        matrix = np.frombuffer(b"".join(blobs), np.float32).reshape(len(rows), dimension)
        return np.array(rows, dtype=np.int64), matrix

    def without_vector(self, embedder: str, *, limit: int, after: int = 0) -> list[tuple[bytes, PassageRow]]:
        """The first `limit` passages with rows after `after` that this embedder has no vector for, with its key."""
        p, d, v = _passages.c, _documents.c, _vectors.c
        query = (
            sa.select(p.vector, p.n, p.text, p.heading, d.title, d.publisher, d.published)
            .join_from(_passages, _documents)
            .outerjoin(_vectors, (v.key == p.vector) & (v.embedder == embedder))
            .where(v.key.is_(None) & (p.n > after))
            .order_by(p.n)
            .limit(limit)
        )
        with self.reading() as connection:
            return [(bytes(row[0]), PassageRow(*row[1:])) for row in connection.execute(query)]

    def some_rows(self, count: int) -> list[int]:
        """The rows of at most `count` passages from all over the corpus."""
        with self.reading() as connection:
            total = self.count_passages(connection)
            places = sorted({i * total // count for i in range(count)}) if total else []
            query = "SELECT n FROM passages ORDER BY n LIMIT 1 OFFSET ?"
            return [int(connection.exec_driver_sql(query, (place,)).scalar_one()) for place in places]

    def count_without_vector(self, connection: sa.Connection, embedder: str) -> int:
        """How many passages this embedder has no vector for."""
        query = (
            "SELECT count(*) FROM passages p "
            "WHERE NOT EXISTS (SELECT 1 FROM vectors WHERE key = p.vector AND embedder = ?)"
        )
        return int(connection.exec_driver_sql(query, (embedder,)).scalar_one())

    def known_keys(self, keys: Iterable[bytes], *, embedder: str) -> set[bytes]:
        """Those of `keys` that this embedder has a vector for."""
        v = _vectors.c
        query = sa.select(v.key).where(v.embedder == embedder)
        with self.reading() as connection:
            return {
                bytes(key)
                for part in _parts(list(keys))
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

    def make_live(self, generation: GenerationRow, *, answering: Answering | None = None) -> bool:
        """Flip to a new generation; the one that was live stays as the previous one. Needs no right to write.

        With `answering`, that embedder answers from then on, in the same step; nothing happens, and it is False, while
        a passage has no vector of it.
        """
        g = _generations.c
        with _changing(self.path, self._write) as connection:
            if answering is not None and not self._answer(connection, answering):
                return False
            connection.execute(sa.delete(_generations).where(g.state == "previous"))
            connection.execute(sa.update(_generations).where(g.state == "live").values(state="previous"))
            values = (generation.id, "live", generation.passages, generation.embedder, generation.built)
            connection.exec_driver_sql("INSERT INTO generations VALUES (?, ?, ?, ?, ?)", values)
        return True

    def answer_with(self, answering: Answering) -> bool:
        """Flip to another embedder; False, and nothing happens, while a passage has no vector of it.

        Needs no right to write.
        """
        with _changing(self.path, self._write) as connection:
            return self._answer(connection, answering)

    def add_vectors(self, vectors: Mapping[bytes, NDArray[np.float32]], *, embedder: str) -> None:
        """Keep vectors by the key of the text they stand for. Needs no right to write.

        No search notices those of an embedder that doesn't answer yet, and the revision stays.
        """
        with _clearly(self.path), self._write.begin() as connection:
            _insert_vectors(connection, vectors, embedder)
            answering = self.answering(connection)
            if answering is None or answering.name == embedder:
                _raise_revision(connection)

    def forget_vectors(self, embedder: str) -> None:
        """Drop every vector of an embedder; raises ValueError for the one that answers. Needs no right to write."""
        with _changing(self.path, self._write) as connection:
            answering = self.answering(connection)
            if answering is not None and answering.name == embedder:
                raise ValueError(f"{embedder} answers: its vectors are in use")
            connection.execute(sa.delete(_vectors).where(_vectors.c.embedder == embedder))

    def _answer(self, connection: sa.Connection, answering: Answering) -> bool:
        if self.count_without_vector(connection, answering.name):
            return False
        connection.exec_driver_sql(
            "INSERT OR REPLACE INTO meta VALUES ('answering', ?)", (json.dumps(asdict(answering), ensure_ascii=False),)
        )
        return True

    def forget_generation(self, generation_id: str) -> None:
        """Never use this generation again. Needs no right to write."""
        with _changing(self.path, self._write) as connection:
            connection.execute(sa.delete(_generations).where(_generations.c.id == generation_id))

    def _schema(self) -> str | None:
        with self._read.begin() as connection:
            if not connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'meta'").scalar():
                return None
            return connection.execute(sa.select(_meta.c.value).where(_meta.c.key == "schema")).scalar()

    def _create(self) -> None:
        with locked(self._lock_path, wait_s=_BUSY_S):
            with contextlib.closing(sqlite3.connect(self.path, timeout=_BUSY_S)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")  # not allowed inside a transaction, and lasts
            with self._write.begin() as transaction:
                _tables.create_all(transaction)
                query = "INSERT OR IGNORE INTO meta VALUES ('schema', ?), ('revision', '0')"
                transaction.exec_driver_sql(query, (str(SCHEMA),))


class Writer:
    """Changes to the catalog; each method is one transaction, durable when it returns."""

    def __init__(self, path: Path, engine: sa.Engine) -> None:
        self._path = path
        self._engine = engine

    def _changing(self) -> contextlib.AbstractContextManager[sa.Connection]:
        return _changing(self._path, self._engine)

    def add_root(self, path: str) -> None:
        """Register a file or folder; nothing happens when it is registered."""
        with self._engine.begin() as connection:
            known = connection.execute(sa.select(_sources).where(_sources.c.path == path)).first()
        if known is None:
            with self._changing() as connection:
                connection.exec_driver_sql("INSERT INTO sources VALUES (?, ?)", (path, time.time()))

    def remove_root(self, path: str) -> None:
        """Forget a file or folder that was registered; its files stay until they are removed."""
        with self._changing() as connection:
            connection.execute(sa.delete(_sources).where(_sources.c.path == path))

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
        with self._changing() as connection:
            _insert_vectors(connection, vectors, embedder)
            before = _documents_of(connection, [row.path for row, _ in files])
            for row, content in files:
                if content is not None:
                    _put_document(connection, content)
                values = {name: getattr(row, name) for name in _files.c.keys()}  # noqa: SIM118 (not a dict)
                connection.execute(sa.insert(_files).prefix_with("OR REPLACE"), values)
            _drop_orphans(connection, before)

    def drop_files(self, paths: Sequence[str]) -> None:
        """Forget files; documents that no file holds any more go with them."""
        if not paths:
            return
        with self._changing() as connection:
            before = _documents_of(connection, paths)
            for part in _parts(paths):
                connection.execute(sa.delete(_files).where(_files.c.path.in_(part)))
            _drop_orphans(connection, before)


@contextlib.contextmanager
def _changing(path: Path, engine: sa.Engine) -> Iterator[sa.Connection]:
    with _clearly(path), engine.begin() as connection:
        yield connection
        _raise_revision(connection)


def _raise_revision(connection: sa.Connection) -> None:
    connection.exec_driver_sql("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'revision'")


def _put_document(connection: sa.Connection, content: Content) -> None:
    document = content.document
    known = sa.select(_documents.c.reading).where(_documents.c.id == document.id)
    if connection.execute(known).scalar() == content.reading:
        return  # the same bytes at another path, read the same way
    # What an older version has read is replaced; its files' foreign keys wait for the end.
    connection.execute(sa.delete(_documents).where(_documents.c.id == document.id))
    connection.execute(
        sa.insert(_documents),
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
            "text": document.text,
        },
    )
    _insert(
        connection,
        _sections,
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
        _passages,
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
    _insert(
        connection,
        _figures,
        [
            {
                "document_id": document.id,
                "position": position,
                "start": figure.start,
                "end": figure.end,
                "metric": figure.metric,
                "value": str(figure.value),
                "unit": figure.unit,
                "qualifier": figure.qualifier,
                "region": figure.region,
                "period": figure.period,
                "status": figure.status,
                "text": figure.text,
                "key": figure.key,
                "upper": None if figure.upper is None else str(figure.upper),
                "scope": figure.scope,
                "level": figure.level,
                "sure": json.dumps(asdict(figure.sure)),
            }
            for position, figure in enumerate(content.figures)
        ],
    )


def _figure(row: sa.Row[Any]) -> Figure:
    columns = row._asdict()
    upper = columns["upper"]
    return Figure(
        **{
            **columns,
            "value": Decimal(columns["value"]),
            "upper": None if upper is None else Decimal(upper),
            "sure": Sureness(**json.loads(columns["sure"])),
        }
    )


def _insert(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(sa.insert(table).inline(), rows)


def _insert_vectors(connection: sa.Connection, vectors: Mapping[bytes, NDArray[np.float32]], embedder: str) -> None:
    rows = [(key, embedder, np.ascontiguousarray(vector, np.float32).tobytes()) for key, vector in vectors.items()]
    if rows:
        connection.exec_driver_sql("INSERT OR IGNORE INTO vectors VALUES (?, ?, ?)", rows)


def _documents_of(connection: sa.Connection, paths: Sequence[str]) -> set[str]:
    query = sa.select(_files.c.document_id).where(_files.c.document_id.is_not(None))
    return {
        found for part in _parts(paths) for found in connection.execute(query.where(_files.c.path.in_(part))).scalars()
    }


def _drop_orphans(connection: sa.Connection, candidates: Iterable[str]) -> None:
    """Of documents that just lost a file, drop those without any, and let the others name one they still have."""
    for document_id in sorted(candidates):
        query = sa.select(_files.c.path).where(_files.c.document_id == document_id).order_by(_files.c.path)
        paths = list(connection.execute(query).scalars())
        if not paths:
            connection.execute(sa.delete(_documents).where(_documents.c.id == document_id))
        else:
            gone = (_documents.c.id == document_id) & _documents.c.uri.not_in(paths)
            connection.execute(sa.update(_documents).where(gone).values(uri=paths[0]))


def _select_passages() -> sa.Select[Any]:
    p = _passages.c
    return sa.select(p.n, p.id, p.document_id, p.text, p.start, p.end, p.heading)


def _select_vectors(embedder: str) -> sa.Select[Any]:
    p, v = _passages.c, _vectors.c
    return sa.select(p.n, v.vector).join_from(_passages, _vectors, (v.key == p.vector) & (v.embedder == embedder))


def _between(column: sa.ColumnElement[int], after: int, upto: int | None) -> sa.ColumnElement[bool]:
    return column > after if upto is None else (column > after) & (column <= upto)


def _given(connection: sa.Connection, query: str, rows: Sequence[int], *more: object) -> Sequence[Any]:
    """Rows of a query that every search asks: written out, as building it would take longer than answering it."""
    return connection.exec_driver_sql(query, (json.dumps(rows), *more)).all()


def _parts(values: Sequence[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(values), _IN):
        yield list(values[start : start + _IN])


def _engine(path: Path, *, begin: str) -> sa.Engine:
    engine = sa.create_engine(
        f"sqlite:///{path}",
        connect_args={"timeout": _BUSY_S, "check_same_thread": False},
        pool_size=16,
        max_overflow=-1,
    )

    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the sqlite3 module would begin its own transactions, too late
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")

    def began(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    sa.event.listen(engine, "connect", connected)
    sa.event.listen(engine, "begin", began)
    return engine


@contextlib.contextmanager
def _clearly(path: Path) -> Iterator[None]:
    """Turns what the database says into CatalogError with what to do about it."""
    try:
        yield
    except (sa.exc.DBAPIError, sqlite3.Error, OSError) as error:
        cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
        said = str(cause)
        if "disk is full" in said or getattr(cause, "errno", None) == errno.ENOSPC:
            remedy = "磁盘已满，已提交的内容完好。请腾出空间后重新运行 youju index"
        elif "locked" in said or "busy" in said:
            remedy = "另一个程序正占用索引。请稍后再试"
        elif "malformed" in said or "not a database" in said:
            remedy = "索引文件已损坏。请把它移走后重新运行 youju index"
        elif "readonly" in said or isinstance(cause, PermissionError):
            remedy = "没有写入权限。请换一个 --data-dir，或修改目录权限"
        else:
            remedy = "请检查该路径，或换一个 --data-dir"
        raise CatalogError(f"{path}: {said}。{remedy}") from error


@contextlib.contextmanager
def locked(path: Path, *, wait_s: float, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
    """Holds the lock file `path`, also let go of when its holder dies; raises IndexBusyError after `wait_s` seconds."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        deadline = time.monotonic() + wait_s
        waiting = False
        while not _try_lock(descriptor):
            if time.monotonic() >= deadline:
                holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "?"
                raise IndexBusyError(f"{path.parent}: 另一个 youju（进程 {holder}）正在写入这个索引。请等它结束后再试")
            if not waiting and on_wait is not None:
                on_wait()
            waiting = True
            time.sleep(0.05)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            return False
        raise
    return True
