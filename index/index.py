"""The index: a data directory that is brought up to date with files and searched."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from index import snapshots
from index.catalog.catalog import Catalog
from index.catalog.locks import locked
from index.catalog.rows import Answering, DocumentInfo, GenerationRow
from index.catalog.schema import CatalogError, IndexBusyError
from index.embedders import registry as embedders
from index.embedders.embedder import EmbedderError
from index.engines.bm25 import WordIndex
from index.engines.exact import ExactVectors
from index.engines.protocols import Dense, EngineError, Lexical
from index.hits import Hit
from index.queries.queries import mended
from index.queries.spelling import Slip
from index.search import Engines, frequencies, search
from index.snapshots import WORDS_ONLY, Checked, Silence, Snapshot
from index.upkeep import generations, updates
from index.upkeep.updates import Intake, Progress, Update
from sources.documents import Document, Unread
from sources.figures.figure import Figure
from sources.passages import Passage

if TYPE_CHECKING:
    from index.embedders.embedder import Embedder
    from index.ranking.ranker import Ranker

_log = logging.getLogger(__name__)
_PAUSE_S, _LONGEST_PAUSE_S = 5.0, 300.0
"""Between attempts in the background to go on with a switch that failed."""


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
    """Whose vectors answer."""
    bytes: int
    """On disk, all of the data directory."""
    roots: tuple[str, ...]
    failures: dict[str, str]
    """Path → why it isn't indexed, or not its latest state."""
    passed_over: tuple[Unread, ...]
    """What lies in the roots that no reader takes."""
    switching_to: str | None = None
    """The chosen embedder, while it doesn't answer yet."""
    embedded: int = 0
    """How many passages have a vector of `switching_to`."""
    words_only: str | None = None
    """Why the last search went by words only; None when it didn't."""


class Index:
    """An index in a directory. Searching is safe from several threads, and while another process writes."""

    def __init__(
        self,
        data_dir: Path,
        *,
        embedder: Embedder | None,
        recall: Callable[[str], Embedder],
        ranker: Ranker | None,
        exact_limit: int,
        intake: Intake | None,
    ) -> None:
        self.data_dir = data_dir
        self._catalog = Catalog(data_dir / "catalog.sqlite3")
        self._generations = data_dir / "generations"
        self._given_embedder = embedder
        self._recall = recall
        self._recalled: tuple[Answering, Embedder] | None = None
        self._ranker = ranker
        self._silence: Silence | None = None
        self._closing = threading.Event()
        self._switching: threading.Thread | None = None
        self._exact_limit = exact_limit
        self._intake = intake
        self._lock = threading.RLock()
        self._snapshot: Snapshot | None = None
        self._damaged: set[str] = set()

    @classmethod
    def open(
        cls,
        data_dir: Path,
        *,
        embedder: Embedder | None = None,
        recall: Callable[[str], Embedder] = embedders.recalled,
        ranker: Ranker | None = None,
        exact_limit: int = 20_000,
        intake: Intake | None = None,
    ) -> Index:
        """The index in `data_dir`, which is created where it is missing; raises CatalogError when that can't be done.

        `embedder` is the one that is shipped unless another is given. Where another one's vectors are there, that one
        is loaded by `recall` from its `origin` and goes on answering until `embedder` has embedded everything (see
        `switch`). `ranker` orders the first candidates of a search. Up to `exact_limit` passages are compared with
        the query one by one, more are searched through Chroma. `intake` says how files become content.
        """
        return cls(data_dir, embedder=embedder, recall=recall, ranker=ranker, exact_limit=exact_limit, intake=intake)

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of files and connections; the index isn't used again."""
        self._closing.set()
        if self._switching is not None:
            self._switching.join(10)  # a batch that takes longer is lost, no more
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
        read never stops the others. Afterwards a switch to another embedder is finished and a new generation is built
        when it is due, unless `build` is false. An embedder that fails is told of among the failures, by its name.
        Raises IndexBusyError when another process is still writing after `wait_s` seconds, CatalogError when the
        catalog can't be written (a full disk, say); what was committed by then stays.
        """
        intake = self._intake or Intake.of_sources()
        chosen = self._embedder()
        # What answers is kept up to date while it does; if it can't be, the files needn't wait for the switch either.
        answers = self._answers(self._answering())
        embedder = answers if answers.name else chosen
        done = updates.update(self._catalog, paths, embedder=embedder, intake=intake, progress=progress, wait_s=wait_s)
        if build and chosen.name not in done.failed:
            try:
                if self.switch(progress=progress) and answers is not chosen:
                    done = replace(
                        done, failed={what: why for what, why in done.failed.items() if what != answers.name}
                    )
            except EmbedderError as error:
                done = replace(done, failed={**done.failed, chosen.name: str(error)})
            except (EngineError, OSError) as error:
                _log.warning(
                    "切换到 %s 时未能建立检索引擎（%s）。仍由原来的向量回答；下次更新时会再试", chosen.name, error
                )
        if build:
            self.build(progress=progress, only_if_due=True)
        return done

    def switch(
        self,
        *,
        progress: Callable[[Progress], None] | None = None,
        stopped: Callable[[], bool] = lambda: False,
        wait: bool = True,
    ) -> bool:
        """Embeds what the chosen embedder hasn't seen; when that is everything, it answers. True when it does.

        Until then the one that answered goes on doing so. May be killed or fail at any instant and be called again: it
        goes on where it was. While another process is at it, waits for that, or with `wait` false raises
        IndexBusyError. Raises EmbedderError when the embedder fails, EngineError when a graph of its vectors doesn't
        verify.
        """
        tell = progress or (lambda _: None)
        chosen = self._embedder()
        while not self._answers_by(chosen) and not stopped():
            try:
                with locked(self.data_dir / "switching.lock", wait_s=1.0 if wait else 0.0):
                    return self._switch(chosen, tell, stopped)
            except IndexBusyError:
                if not wait:
                    raise
                done = self.status()
                tell(Progress("embedding", done.embedded, done.passages))
        return self._answers_by(chosen)

    def switch_in_background(self) -> None:
        """Does `switch` in a thread until it is done or the index is closed; a failure is logged and tried again."""
        with self._lock:
            if self._switching is None or not self._switching.is_alive():
                self._switching = threading.Thread(target=self._keep_switching, name="youju-switch", daemon=True)
                self._switching.start()

    def _keep_switching(self) -> None:
        pause = _PAUSE_S
        while not self._closing.is_set():
            try:
                # Also what the embedder that answers could not embed when its files were read.
                if self.switch(stopped=self._closing.is_set, wait=False) and updates.embed(
                    self._catalog, self._embedder(), stopped=self._closing.is_set
                ):
                    return
            except IndexBusyError:
                pause = _PAUSE_S
            except (EmbedderError, CatalogError, EngineError, OSError) as error:
                if self._closing.is_set():
                    return
                _log.warning("嵌入模型还没有切换完成（%s）。已算好的向量都在；%.0f 秒后再试", error, pause)
            self._closing.wait(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    def _switch(self, chosen: Embedder, tell: Callable[[Progress], None], stopped: Callable[[], bool]) -> bool:
        started_over = False
        while updates.embed(self._catalog, chosen, tell=tell, stopped=stopped):
            if not updates.steady(self._catalog, chosen):
                if started_over or self._answers_by(chosen):
                    raise EmbedderError(
                        f"{chosen.name} gives other vectors for the same text each time: use another model or server"
                    )
                _log.warning("%s 现在给出的向量与以前存下的不同（模型换过了？），全部重新计算", chosen.name)
                self._catalog.forget_vectors(chosen.name)
                started_over = True
                continue
            answering = Answering(chosen.name, chosen.dimension, chosen.origin)
            with self._catalog.reading() as connection:
                total = self._catalog.count_passages(connection)
            if total <= self._exact_limit or self._answering() is None:  # the first one keeps nobody waiting
                if self._catalog.answer_with(answering):
                    return True
                continue

            def make_live(row: GenerationRow, answering: Answering = answering) -> None:
                # What came while the graph was built is embedded now; the graph itself needn't hold it.
                while not self._catalog.make_live(row, answering=answering):
                    if not updates.embed(self._catalog, chosen, tell=tell, stopped=stopped):
                        return

            generations.build(
                self._catalog,
                self._generations,
                embedder=chosen.name,
                dimension=chosen.dimension,
                dense="chroma",
                progress=lambda done, of: tell(Progress("building", done, of)),
                make_live=make_live,
                wait_s=60.0,
            )
            return self._answers_by(chosen)
        return False

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
        answering = self._answering()
        name = answering.name if answering else self._embedder().name
        with self._catalog.reading() as connection:
            total = self._catalog.count_passages(connection)
            dense = "chroma" if total > self._exact_limit else None
            if only_if_due and dense and self._catalog.count_without_vector(connection, name):
                return False  # the graph would never find what is embedded later
        try:
            generations.build(
                self._catalog,
                self._generations,
                embedder=name,
                dimension=answering.dimension if answering else self._embedder().dimension,
                dense=dense,
                progress=lambda done, of: tell(Progress("building", done, of)),
                wait_s=0.0 if only_if_due else 600.0,
            )
        except IndexBusyError:
            if not only_if_due:
                raise
            return False
        except (CatalogError, EmbedderError, EngineError, OSError) as error:
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
        allowed = min(max(snapshots.FRESH, snapshots.FRESH_SHARE * total), snapshots.FRESH_MOST)
        if fresh > allowed:
            return True
        if manifest is None:
            return live is not None
        stale = manifest.passages - (total - fresh)
        wanted = "chroma" if total > self._exact_limit else None
        answering = self._answering()
        return (
            stale > allowed
            or wanted != manifest.dense
            or (
                manifest.dense is not None
                and manifest.embedder != (answering.name if answering else self._embedder().name)
            )
        )

    # -- asking ----------------------------------------------------------------------------------------------------

    def search(self, query: str, *, k: int = 10) -> list[Hit]:
        """The `k` passages that fit `query` best, best first; fewer when there are no more. Repeated text: once.

        When the embedder fails, by words only: `status` says why.
        """
        while True:
            snapshot = self._current()
            embedder, engines = snapshot.embedder, snapshot.engines
            silence = self._silence
            if silence is not None and silence.embedder == embedder.name and time.monotonic() < silence.until:
                embedder, engines = WORDS_ONLY, replace(engines, dense=())
            try:
                hits = search(
                    query, k=k, catalog=self._catalog, engines=engines, embedder=embedder, ranker=self._ranker
                )
            except EmbedderError as error:
                self._go_silent(embedder.name, error)
            except EngineError:
                if snapshot.generation is None:
                    raise
                self._distrust(snapshot.generation.id)
            else:
                if embedder.name:
                    self._silence = None
                return hits

    def mended(self, question: str) -> tuple[str, tuple[Slip, ...]]:
        """The question in Simplified characters without the slips that the corpus gives away, and these slips.

        `search` mends by itself; this is for who reads the question, too.
        """
        passages = self._current().engines.passages
        return mended(question, lambda terms: frequencies(terms, passages))

    def probe(self) -> None:
        """Asks the embedder that answers for one vector, so that `status` knows whether it can be had."""
        embedder = self._current().embedder
        try:
            embedder.encode_query("维")
        except EmbedderError as error:
            self._go_silent(embedder.name, error)

    def document(self, document_id: str) -> Document:
        """The document; raises KeyError when there is none with this id."""
        return self._catalog.document(document_id)

    def documents(self) -> list[DocumentInfo]:
        """Every document without its text, by title."""
        return self._catalog.documents()

    def unread(self) -> list[Unread]:
        """Every file that lies in the roots and couldn't be read, or not in its latest state: what no reader takes, and
        what one failed on."""
        failed = (
            Unread(path, "未能读取", why.removeprefix(f"{path}: ")) for path, why in self._catalog.failures().items()
        )
        return [*self._catalog.passed_over(), *failed]

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
        chosen = self._embedder().name
        answering = self._answering()
        embedded = passages
        if answering is None or answering.name != chosen:
            with self._catalog.reading() as connection:
                embedded = max(0, passages - self._catalog.count_without_vector(connection, chosen))
        answers = answering.name if answering else chosen
        silence = self._silence
        switching = embedded < passages or (answering is not None and answering.name != chosen)
        return Status(
            documents=documents,
            passages=passages,
            figures=figures,
            generation=live.id if live else None,
            fresh=fresh,
            embedder=answers,
            bytes=_bytes(self.data_dir),
            roots=tuple(self._catalog.roots()),
            failures=self._catalog.failures(),
            passed_over=tuple(self._catalog.passed_over()),
            switching_to=chosen if switching else None,
            embedded=embedded,
            words_only=silence.why if silence is not None and silence.embedder == answers else None,
        )

    # -- engines ---------------------------------------------------------------------------------------------------

    def _embedder(self) -> Embedder:
        with self._lock:
            if self._given_embedder is None:
                self._given_embedder = embedders.load_embedder()
            return self._given_embedder

    def _answering(self) -> Answering | None:
        with self._catalog.reading() as connection:
            return self._catalog.answering(connection)

    def _answers_by(self, embedder: Embedder) -> bool:
        answering = self._answering()
        return answering is not None and answering.name == embedder.name

    def _answers(self, answering: Answering | None) -> Embedder:
        """The embedder whose vectors answer, loaded; where that fails, the one that stands for words only."""
        with self._lock:
            chosen = self._embedder()
            if answering is None or answering.name == chosen.name:
                self._recalled = None
                return chosen if answering is None or "@" in chosen.name else Checked(chosen, answering.dimension)
            if self._recalled is None or self._recalled[0] != answering:
                found: Embedder = WORDS_ONLY
                try:
                    found = self._recall(answering.origin)
                    if found.name != answering.name:
                        raise EmbedderError(
                            f"the vectors are of {answering.name}, which is now {found.name}: they can't be compared"
                        )
                except EmbedderError as error:
                    found = WORDS_ONLY
                    self._go_silent(answering.name, error)
                self._recalled = (answering, found)
            return self._recalled[1]

    def _go_silent(self, embedder: str, error: EmbedderError) -> None:
        _log.warning("嵌入模型用不了（%s），搜索暂时只按字词", error)
        self._silence = Silence(embedder, time.monotonic() + snapshots.SILENT_S, str(error))

    def _current(self) -> Snapshot:
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

    def _refreshed(self, old: Snapshot | None) -> Snapshot:
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
        catalog = self._catalog
        answering = self._answering()
        embedder = self._answers(answering)
        dimension = 1
        if embedder.name:
            try:
                dimension = answering.dimension if answering else embedder.dimension
            except EmbedderError as error:
                self._go_silent(embedder.name, error)
                embedder = WORDS_ONLY
        if old is not None and old.embedder.name != embedder.name:
            old = None
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
                if removed > old.removed and (live <= snapshots.FRESH or removed > live // 4):
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
            rows, vectors = catalog.vectors(connection, embedder=embedder.name, dimension=dimension, after=first)
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
        return Snapshot(
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
            embedder=embedder,
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
