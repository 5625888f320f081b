"""Snapshots: one revision of the catalog with the engines that answer from it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index.answering import AnsweringEmbedder
from index.catalog import moments
from index.catalog.catalog import Catalog
from index.catalog.moments import Moment
from index.engines.bm25 import WordIndex
from index.engines.exact import ExactVectors
from index.engines.protocols import Dense, Lexical
from index.search import Engines
from index.upkeep import building, generations, probing
from index.upkeep.generations import Generation

if TYPE_CHECKING:
    import sqlalchemy as sa

    from index.embedders.embedder import Embedder
    from index.views import View

_log = logging.getLogger(__name__)
_TRIES = 5
"""So often is a state that engines and catalog agree on looked for, while others go on writing."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """What no generation holds yet, in memory."""

    passages: WordIndex
    documents: WordIndex
    vectors: ExactVectors
    """Of everything where no generation has a graph of these vectors."""
    last_passage: int
    last_document: int
    complete: bool
    """Every passage that could have a vector here has one."""
    removed: int
    """How many passages are held that the catalog no longer has."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Engines for one state of the catalog; never changed: a newer state gets a new one, a search keeps its own."""

    revision: int
    generation: Generation | None
    generations: tuple[tuple[str, str], ...]
    """Ids and states when it was made: it is made anew when they change."""
    fresh: Fresh
    embedder: Embedder
    """Encodes questions as the vectors in `engines` were."""
    engines: Engines


class Snapshots:
    """The snapshot of the present state, made when something has changed. Safe to share between threads."""

    def __init__(
        self,
        catalog: Catalog,
        directory: Path,
        answering: AnsweringEmbedder,
        *,
        on_damage: Callable[[], None] = lambda: None,
    ) -> None:
        """`directory` holds the generations; `on_damage` is called once for each that isn't whole."""
        self._catalog = catalog
        self._directory = directory
        self._answering = answering
        self._lock = threading.RLock()
        self._snapshot: Snapshot | None = None
        self._on_damage = on_damage
        self._damaged: set[str] = set()
        self._words_only: set[str] = set()
        """Of these the dense engine is damaged."""

    def moment(self, narrow: Callable[[sa.Connection, int], View | None] = lambda *_: None) -> Moment[Snapshot]:
        """The state of now, engines and all, to be held: see `index.catalog.moments`. Inside a moment, that one.

        `narrow` lets its connection see less, and gives back what."""
        held = moments.held(self._catalog.path)
        if held is not None:
            engines = held.engines if isinstance(held.engines, Snapshot) else None
            return Moment(held.path, held.connection, held.revision, engines, view=held.view, is_owner=False)
        for left in reversed(range(_TRIES)):
            snapshot = self.current()
            connection = self._catalog.hold()
            revision = self._catalog.revision(connection)
            # Of a later state the engines may lack what has just come: better a state that they know.
            if revision == snapshot.revision or not left:
                try:
                    return Moment(self._catalog.path, connection, revision, snapshot, view=narrow(connection, revision))
                except BaseException:
                    connection.close()
                    raise
            connection.close()
        raise AssertionError("unreachable")

    def current(self) -> Snapshot:
        """Engines for what is committed now, or was at the moment that is held."""
        moment = moments.held(self._catalog.path)
        if moment is not None and isinstance(moment.engines, Snapshot):
            return moment.engines
        # Where its engines have failed, others are made of all that there is, whatever is seen of it here.
        with moments.apart():
            return self._newest()

    def _newest(self) -> Snapshot:
        with self._catalog.reading() as connection:
            revision = self._catalog.revision(connection)
        snapshot = self._snapshot
        if snapshot is not None and snapshot.revision == revision:
            return snapshot
        with self._lock:
            snapshot = self._snapshot
            if snapshot is None or snapshot.revision < revision:
                self._snapshot = None  # should this fail half-way, what it has added to must not be used again
                self._snapshot = snapshot = self._refreshed(snapshot)
            return snapshot

    def distrust(self, generation: Generation, problem: str) -> None:
        """Go on without an engine that failed: the generation's graph, or where it has none the generation itself."""
        if moment := moments.held(self._catalog.path):
            moment.engines = None
        with self._lock:
            self._snapshot = None
            if generation.dense is None:
                known = self._damaged
            else:
                known = self._words_only
                probing.note_failure(
                    generation.manifest.dense or "", self._directory / generation.id / "dense", problem
                )
            if generation.id not in known:
                known.add(generation.id)
                self._tell(problem)

    def close(self) -> None:
        """Let go of the engines' files."""
        with self._lock:
            if self._snapshot is not None:
                for engine in self._snapshot.engines.dense:
                    engine.close()
                self._snapshot = None

    def _tell(self, problem: str) -> None:
        way = "youju serve 会重建，或运行 youju doctor --repair"
        _log.warning("检索引擎的文件损坏（%s）。照常回答，只是较慢；%s", problem, way)
        self._on_damage()

    def _refreshed(self, old: Snapshot | None) -> Snapshot:
        """A snapshot of the present state, made from `old` by what has been added since where that is possible."""
        with self._catalog.reading() as connection:
            revision = self._catalog.revision(connection)  # first: what is committed while we look is seen next time
        states = tuple((row.id, row.state) for row in self._catalog.generations())
        if old is not None and old.generations == states:
            generation = old.generation
        else:
            generation, damaged = generations.open_best(
                self._catalog, self._directory, avoid=self._damaged, words_only=self._words_only
            )
            self._damaged |= set(damaged)
            if generation and generation.problem:
                self._words_only.add(generation.id)
                damaged[generation.id] = generation.problem
            for problem in damaged.values():
                self._tell(problem)
            old = None
        embedder, dimension = self._answering.load()
        known = old.fresh if old is not None and old.embedder.name == embedder.name else None
        graph = generation.dense if generation and generation.manifest.embedder == embedder.name else None
        fresh = self._fresh(known, generation, has_graph=graph is not None, embedder=embedder.name, dimension=dimension)
        return Snapshot(revision, generation, states, fresh, embedder, _together(generation, graph, fresh))

    def _fresh(
        self, known: Fresh | None, generation: Generation | None, *, has_graph: bool, embedder: str, dimension: int
    ) -> Fresh:
        """What is newer than `generation`: `known` with what has been added since, where that is possible."""
        catalog = self._catalog
        start = generation.manifest.last_passage if generation else 0
        start_document = generation.manifest.last_document if generation else 0
        removed = 0
        with catalog.reading() as connection:
            last_passage, last_document = catalog.last_rows(connection)
            if known is not None:
                live = catalog.count_passages(connection, after=start)
                added = catalog.count_passages(connection, after=known.last_passage)
                removed = len(known.passages) - (live - added)
                if removed > known.removed and (live <= generations.FRESH or removed > live // 4):
                    known, removed = None, 0
            after = known.last_passage if known else start
            after_document = known.last_document if known else start_document
            passages = map(building.passage_entry, catalog.passage_rows(connection, after=after))
            documents = map(building.document_entry, catalog.document_rows(connection, after=after_document))
            held = known.vectors if known is not None and known.complete else None
            first = after if held is not None else start if has_graph else 0
            rows, vectors = catalog.vectors(connection, embedder=embedder, dimension=dimension, after=first)
            return Fresh(
                passages=known.passages.extended(passages) if known else WordIndex.build(passages),
                documents=known.documents.extended(documents) if known else WordIndex.build(documents),
                vectors=held.extended(rows, vectors) if held is not None else ExactVectors(rows, vectors),
                last_passage=max(last_passage, start),
                last_document=max(last_document, start_document),
                complete=len(rows) == catalog.count_passages(connection, after=first),
                removed=removed,
            )


def _together(generation: Generation | None, graph: Dense | None, fresh: Fresh) -> Engines:
    """The engines that hold everything between them. Empty ones are left out: each costs a search some look-ups."""
    passages: list[Lexical] = [generation.passages] if generation else []
    documents: list[Lexical] = [generation.documents] if generation else []
    dense: list[Dense] = [graph] if graph is not None else []
    if len(fresh.passages):
        passages.append(fresh.passages)
    if len(fresh.documents):
        documents.append(fresh.documents)
    if len(fresh.vectors):
        dense.append(fresh.vectors)
    return Engines(tuple(passages), tuple(documents), tuple(dense))
