"""The index: a data directory that is brought up to date with files and searched."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from index import generations, updates
from index.bm25 import WordIndex
from index.catalog import Catalog, CatalogError, DocumentInfo, IndexBusyError
from index.engines import Dense, EngineError, Lexical
from index.exact import ExactVectors
from index.generations import Generation
from index.hits import Hit
from index.search import Engines, search
from index.updates import Progress, Reading, Update
from sources.documents import Document
from sources.figures import Figure
from sources.passages import Passage

if TYPE_CHECKING:
    from index.embedders import Embedder

_log = logging.getLogger(__name__)

_FRESH, _FRESH_SHARE, _FRESH_MOST = 2_000, 0.1, 20_000
"""How many passages may be newer than the live generation: at least, as a share of all, and at most. Each opening of
the index reads them anew."""


@dataclass(frozen=True, slots=True)
class Status:
    """What an index holds."""

    documents: int
    passages: int
    figures: int
    generation: str | None
    """The live generation's id; None while everything is searched straight from the catalog."""
    fresh: int
    """Passages newer than the live generation."""
    embedder: str
    bytes: int
    """On disk, all of the data directory."""
    roots: tuple[str, ...]
    failures: dict[str, str]
    """Path → why it isn't indexed, or not its latest state."""


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """Engines for one state of the catalog; never changed: a newer state gets a new one, a search keeps its own."""

    revision: int
    generation: Generation | None
    generations: tuple[tuple[str, str], ...]
    """Ids and states when it was made: it is made anew when they change."""
    fresh_passages: WordIndex
    fresh_documents: WordIndex
    exact: ExactVectors
    last_passage: int
    last_document: int
    complete: bool
    """Every passage has a vector."""
    removed: int
    """How many passages the fresh engines hold that the catalog no longer does."""
    engines: Engines


class Index:
    """An index in a directory. Searching is safe from several threads, and while another process writes."""

    def __init__(self, data_dir: Path, *, embedder: Embedder | None, exact_limit: int, reading: Reading | None) -> None:
        self.data_dir = data_dir
        self._catalog = Catalog(data_dir / "catalog.sqlite3")
        self._generations = data_dir / "generations"
        self._given_embedder = embedder
        self._exact_limit = exact_limit
        self._reading = reading
        self._lock = threading.RLock()
        self._snapshot: _Snapshot | None = None
        self._damaged: set[str] = set()

    @classmethod
    def open(
        cls,
        data_dir: Path,
        *,
        embedder: Embedder | None = None,
        exact_limit: int = 20_000,
        reading: Reading | None = None,
    ) -> Index:
        """The index in `data_dir`, which is created where it is missing; raises CatalogError when that can't be done.

        `embedder` is the one that is shipped unless another is given. Up to `exact_limit` passages are compared with
        the query one by one, more are searched through Chroma. `reading` says how files become content.
        """
        return cls(data_dir, embedder=embedder, exact_limit=exact_limit, reading=reading)

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of files and connections; the index isn't used again."""
        with self._lock:
            if self._snapshot is not None:
                for engine in self._snapshot.engines.dense:
                    engine.close()
                self._snapshot = None
            self._catalog.close()

    # -- changing --------------------------------------------------------------------------------------------------

    def update(
        self,
        paths: Sequence[Path] = (),
        *,
        progress: Callable[[Progress], None] | None = None,
        build: bool = True,
        wait_s: float = 60.0,
    ) -> Update:
        """Brings the index up to date with files and folders, or with everything registered when none is given.

        Each document becomes visible in one step, and what has been told as done survives a kill. A file that can't be
        read never stops the others. Afterwards a new generation is built when it is due, unless `build` is false.
        Raises IndexBusyError when another process is still writing after `wait_s` seconds, CatalogError when the
        catalog can't be written (a full disk, say); what was committed by then stays.
        """
        reading = self._reading or Reading.of_sources()
        done = updates.update(
            self._catalog, paths, embedder=self._embedder(), reading=reading, progress=progress, wait_s=wait_s
        )
        if build:
            self.build(progress=progress, only_if_due=True)
        return done

    def remove(self, paths: Sequence[Path], *, wait_s: float = 60.0) -> tuple[str, ...]:
        """Forgets files and folders, though they may still lie there; gives back the files that were indexed."""
        return updates.remove(self._catalog, paths, wait_s=wait_s)

    def build(self, *, progress: Callable[[Progress], None] | None = None, only_if_due: bool = False) -> bool:
        """Builds the engines anew from the catalog; searches and updates may go on meanwhile. True when it was done.

        With `only_if_due`, only when the live ones are damaged or lag far behind, and not when somebody else is at it.
        """
        if only_if_due and not self._build_due():
            return False
        tell = progress or (lambda _: None)
        embedder = self._embedder()
        with self._catalog.reading() as connection:
            total = self._catalog.count_passages(connection)
        try:
            generations.build(
                self._catalog,
                self._generations,
                embedder=embedder.name,
                dimension=embedder.dimension,
                dense="chroma" if total > self._exact_limit else None,
                progress=lambda done, of: tell(Progress("building", done, of)),
                wait_s=0.0 if only_if_due else 600.0,
            )
        except IndexBusyError:
            if not only_if_due:
                raise
            return False
        except (CatalogError, EngineError, OSError) as error:
            if not only_if_due:
                raise
            # The catalog still answers, only more slowly: no reason to fail an update that is committed.
            _log.warning("索引引擎未能重建（%s）。搜索照常，只是较慢；下次更新时会再试", error)
            return False
        return True

    def _build_due(self) -> bool:
        live = next((row for row in self._catalog.generations() if row.state == "live"), None)
        manifest = generations.intact(self._generations / live.id) if live else None
        with self._catalog.reading() as connection:
            total = self._catalog.count_passages(connection)
            fresh = self._catalog.count_passages(connection, after=manifest.last_passage if manifest else 0)
        allowed = min(max(_FRESH, _FRESH_SHARE * total), _FRESH_MOST)
        if fresh > allowed:
            return True
        if manifest is None:
            return live is not None
        stale = manifest.passages - (total - fresh)
        wanted = "chroma" if total > self._exact_limit else None
        return (
            stale > allowed
            or wanted != manifest.dense
            or (manifest.dense is not None and manifest.embedder != self._embedder().name)
        )

    # -- asking ----------------------------------------------------------------------------------------------------

    def search(self, query: str, *, k: int = 10) -> list[Hit]:
        """The `k` passages that fit `query` best, best first; fewer when there are no more. Repeated text: once."""
        embedder = self._embedder()
        while True:
            snapshot = self._current()
            try:
                return search(query, k=k, catalog=self._catalog, engines=snapshot.engines, embedder=embedder)
            except EngineError:
                if snapshot.generation is None:
                    raise
                self._distrust(snapshot.generation.id)

    def document(self, document_id: str) -> Document:
        """The document; raises KeyError when there is none with this id."""
        return self._catalog.document(document_id)

    def documents(self) -> list[DocumentInfo]:
        """Every document without its text, by title."""
        return self._catalog.documents()

    def passages(self, document_id: str) -> list[Passage]:
        """The document's passages in order; raises KeyError when there is none with this id."""
        passages = self._catalog.passages(document_id)
        if not passages:
            self._catalog.document(document_id)
        return passages

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
        """Figures that meet every condition given, by document and place.

        `metric` may be part of a name; with `keys`, the metric's usual name (`Figure.key`) is one of these.
        """
        return self._catalog.figures(
            metric=metric, region=region, period=period, status=status, document_id=document_id, keys=keys
        )

    def metric_keys(self) -> list[tuple[str, int]]:
        """Every metric's usual name with how many figures bear it, the most frequent first."""
        return self._catalog.metric_keys()

    def revision(self) -> int:
        """A number that grows with every change of what is indexed: what was read under the same one still holds."""
        with self._catalog.reading() as connection:
            return self._catalog.revision(connection)

    def status(self) -> Status:
        """What the index holds; no engine is opened for it."""
        documents, passages, figures = self._catalog.counts()
        live = next((row for row in self._catalog.generations() if row.state == "live"), None)
        fresh = passages
        if live is not None:
            try:
                after = generations.read_manifest(self._generations / live.id).last_passage
            except EngineError:
                live = None
            else:
                with self._catalog.reading() as connection:
                    fresh = self._catalog.count_passages(connection, after=after)
        return Status(
            documents=documents,
            passages=passages,
            figures=figures,
            generation=live.id if live else None,
            fresh=fresh,
            embedder=self._embedder().name,
            bytes=_bytes(self.data_dir),
            roots=tuple(self._catalog.roots()),
            failures={path: row.error for path, row in self._catalog.files().items() if row.error},
        )

    # -- engines ---------------------------------------------------------------------------------------------------

    def _embedder(self) -> Embedder:
        with self._lock:
            if self._given_embedder is None:
                from index.embedders import load_embedder

                self._given_embedder = load_embedder()
            return self._given_embedder

    def _current(self) -> _Snapshot:
        """Engines for what is committed now."""
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

    def _refreshed(self, old: _Snapshot | None) -> _Snapshot:
        """A snapshot of the present state, made from `old` by what has been added since where that is possible."""
        with self._catalog.reading() as connection:
            revision = self._catalog.revision(connection)  # first: what is committed while we look is seen next time
        states = tuple((row.id, row.state) for row in self._catalog.generations())
        if old is not None and old.generations == states:
            generation = old.generation
        else:
            generation, damaged = generations.open_best(self._catalog, self._generations, avoid=self._damaged)
            self._damaged |= set(damaged)
            old = None
        embedder = self._embedder()
        catalog = self._catalog
        with catalog.reading() as connection:
            last_passage, last_document = catalog.last_rows(connection)
            start = generation.manifest.last_passage if generation else 0
            start_document = generation.manifest.last_document if generation else 0
            graph = generation.dense if generation and generation.manifest.embedder == embedder.name else None
            live = catalog.count_passages(connection, after=start)
            if old is not None:
                held = len(old.fresh_passages)
                added = catalog.count_passages(connection, after=old.last_passage)
                removed = held - (live - added)
                if removed > old.removed and (live <= _FRESH or removed > live // 4):
                    old = None
            if old is not None:
                after, after_document = old.last_passage, old.last_document
            else:
                after, after_document, removed = start, start_document, 0
            passages = (generations.passage_entry(row) for row in catalog.passage_rows(connection, after=after))
            documents = (
                generations.document_entry(row) for row in catalog.document_rows(connection, after=after_document)
            )
            if old is None:
                fresh_passages, fresh_documents = WordIndex.build(passages), WordIndex.build(documents)
            else:
                fresh_passages = old.fresh_passages.extended(passages)
                fresh_documents = old.fresh_documents.extended(documents)
            known = old.exact if old is not None and old.complete else None
            everything = start if graph is not None else 0
            first = everything if known is None else after
            rows, vectors = catalog.vectors(
                connection, embedder=embedder.name, dimension=embedder.dimension, after=first
            )
            exact = known.extended(rows, vectors) if known is not None else ExactVectors(rows, vectors)
            complete = len(rows) == catalog.count_passages(connection, after=first)
        # Empty parts are left out: each costs a search some look-ups.
        lexical: list[Lexical] = [fresh_passages] if len(fresh_passages) else []
        whole: list[Lexical] = [fresh_documents] if len(fresh_documents) else []
        dense: list[Dense] = [exact] if len(exact) else []
        if generation is not None:
            lexical.insert(0, generation.passages)
            whole.insert(0, generation.documents)
        if graph is not None:
            dense.insert(0, graph)
        return _Snapshot(
            revision=revision,
            generation=generation,
            generations=states,
            fresh_passages=fresh_passages,
            fresh_documents=fresh_documents,
            exact=exact,
            last_passage=max(last_passage, start),
            last_document=max(last_document, start_document),
            complete=complete,
            removed=removed,
            engines=Engines(tuple(lexical), tuple(whole), tuple(dense)),
        )

    def _distrust(self, generation_id: str) -> None:
        """Go on without a generation whose engine failed."""
        with self._lock:
            self._damaged.add(generation_id)
            self._snapshot = None


def _bytes(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # another process may be sweeping
            total += path.stat().st_size if path.is_file() else 0
    return total
