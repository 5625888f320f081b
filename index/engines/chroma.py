"""The dense engine for large corpora: Chroma's HNSW graph, built once in a directory and only read from then on.

Never write to a live collection: a kill while it is being written wedges it for good (see CONTRIBUTING).
"""

from __future__ import annotations

import contextlib
import sqlite3
import weakref
from collections.abc import Callable
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.engines.protocols import Engine, EngineError, Rows, Scores, Vectors, among, engine_errors, widening
from index.engines.verifying import check_all_found, check_finding

_COLLECTION = "passages"
_DATABASE = "chroma.sqlite3"
_BATCH = 5_000  # Chroma refuses more than 5,461 at once
_PROBED = 20
"""Vectors that a probe looks for."""
_WIDEST = 3_200
"""Neighbours among which admitted ones are looked for, before Chroma is told which are admitted."""
_HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 48}  # fewer lose records


class ChromaVectors:
    """Approximate nearest neighbours by cosine."""

    by_row = False

    def __init__(self, client: Any, collection: Any) -> None:
        self._collection = collection
        self._count = int(collection.count())
        # Chroma keeps every client it has made until it is closed; this one goes with the last search that uses it.
        self._closing = weakref.finalize(self, client.close)

    @classmethod
    def build(
        cls, path: Path, rows: Rows, vectors: Vectors, *, progress: Callable[[int], None] = lambda _: None
    ) -> ChromaVectors:
        """A collection of these vectors in `path`, which must be empty or new; `progress` gets how many are in."""
        client = _client(path)
        # Written to the graph's files once, when the last vector is in: what isn't would be replayed at every opening,
        # and writing after each batch would write the whole graph as often as there are batches.
        hnsw = {**_HNSW, "sync_threshold": max(2, len(rows))}
        collection = client.create_collection(_COLLECTION, embedding_function=None, configuration={"hnsw": hnsw})
        for start in range(0, len(rows), _BATCH):
            end = start + _BATCH
            # Without embeddings Chroma would download a model to make some.
            collection.add(ids=[str(row) for row in rows[start:end]], embeddings=vectors[start:end])
            progress(min(end, len(rows)))
        return cls(client, collection)

    @classmethod
    def open(cls, path: Path) -> ChromaVectors:
        """The collection that lies in `path`; raises EngineError when it can't be read.

        Damaged graph files can end the process, so their digests must have been checked before.
        """
        if not (path / _DATABASE).is_file():
            raise EngineError(f"{path}: no Chroma database there")  # opening would create one
        with engine_errors(f"{path}: Chroma can't open it"):
            client = _client(path)
            return cls(client, client.get_collection(_COLLECTION, embedding_function=None))

    def __len__(self) -> int:
        return self._count

    def search(self, vector: NDArray[np.float32], limit: int, *, only: Rows | None = None) -> tuple[Rows, Scores]:
        """At most `limit` rows, the most similar first, with their cosines in [-1, 1]; equal ones by row.

        With `only`, sorted rows, the most similar of these.
        """
        if limit < 1 or not self._count or (only is not None and not len(only)):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        if only is None:
            return self._nearest(vector, limit)
        # Where many are admitted they are near, too; naming them takes Chroma longer than finding more neighbours.
        least = limit * (1 + self._count // len(only))
        found = widening(lambda wanted: self._nearest(vector, wanted), limit, only, least=least, most=_WIDEST)
        if found is not None:
            return found
        held = self._rows[among(self._rows, only)]
        return self._nearest(vector, min(limit, len(held)), only=held)

    def _nearest(self, vector: NDArray[np.float32], limit: int, *, only: Rows | None = None) -> tuple[Rows, Scores]:
        if not limit:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        rows, scores = self.search_many(vector[np.newaxis], min(limit, self._count), only=only)
        return rows[0], scores[0]

    @cached_property
    def _rows(self) -> Rows:
        """What it holds, in no order: Chroma refuses to search among others."""
        with engine_errors("Chroma can't read its ids"):
            return np.array([int(row) for row in self._collection.get(include=[])["ids"]], np.int64)

    def search_many(self, vectors: Vectors, limit: int, *, only: Rows | None = None) -> tuple[list[Rows], list[Scores]]:
        """`search` for each of `vectors`."""
        all_rows, all_scores = [], []
        ids = None if only is None else [str(row) for row in only.tolist()]
        with engine_errors("Chroma can't search"):
            nearest = self._collection.query(query_embeddings=vectors, ids=ids, n_results=limit, include=["distances"])
            for ids, distances in zip(nearest["ids"], nearest["distances"], strict=True):
                rows = np.array([int(row) for row in ids], dtype=np.int64)
                scores = 1 - np.array(distances, dtype=np.float32)
                order = np.lexsort((rows, -scores))
                all_rows.append(rows[order])
                all_scores.append(scores[order])
        return all_rows, all_scores

    def some(self, most: int) -> Vectors:
        """At most `most` of its vectors (n, dim)."""
        with engine_errors("Chroma can't read its vectors"):
            found = self._collection.get(limit=most, include=["embeddings"])["embeddings"]
            return np.array(found, dtype=np.float32)

    def close(self) -> None:
        """Let go of files and memory."""
        self._closing()


def _client(path: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(path=str(path), settings=Settings(anonymized_telemetry=False))


def _build(path: Path, rows: Rows, vectors: Vectors, *, progress: Callable[[int], None]) -> None:
    ChromaVectors.build(path, rows, vectors, progress=progress).close()
    # The queue that vectors came in by is empty, but its pages are still there: as much as the graph and half as much.
    with contextlib.closing(sqlite3.connect(path / _DATABASE)) as connection:
        connection.execute("VACUUM")


def _probe(path: Path) -> None:
    """Whether the database is whole, page by page, and the graph finds some of its vectors."""
    if not (path / _DATABASE).is_file():
        raise EngineError(f"{path}: no Chroma database there")
    with (
        engine_errors(path / _DATABASE),
        contextlib.closing(sqlite3.connect(path / _DATABASE)) as connection,
    ):
        ((found,),) = connection.execute("PRAGMA integrity_check(1)").fetchall()
    if found != "ok":
        raise EngineError(f"{path / _DATABASE}: {found}")
    engine = ChromaVectors.open(path)
    try:
        sample = engine.some(_PROBED)
        if len(sample) < min(_PROBED, len(engine)):
            raise EngineError(f"{path}: {len(sample)} vectors can be read, it should hold {len(engine)}")
        if len(sample):
            check_finding(engine, sample, where=path)
    finally:
        engine.close()


def _verify(path: Path, rows: Rows, vectors: Vectors) -> None:
    engine = ChromaVectors.open(path)
    try:
        check_all_found(engine, rows, vectors, where=path)
    finally:
        engine.close()


def _room(dimension: int) -> int:
    """The graph, the queue that the vectors come in by, and the copy of it that is made to empty it."""
    return 3 * 4 * dimension + 2_000


def _library() -> tuple[str, str]:
    return "chromadb", metadata.version("chromadb")


# Chroma touches its database whenever it opens it, so that no checksum holds for it; a damaged one ends in a panic, and
# a damaged graph may end the process.
ENGINE = Engine(
    build=_build,
    open=ChromaVectors.open,
    verify=_verify,
    library=_library,
    room=_room,
    probe=_probe,
    rewritten=(".sqlite3",),
)
