"""The index: a data directory that is brought up to date with files and searched."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Unpack

from index.answering import AnsweringEmbedder
from index.catalog.catalog import Catalog
from index.catalog.details import cells_at
from index.catalog.figures import Conditions
from index.catalog.labels import Kind, Label
from index.catalog.listing import count_files
from index.catalog.moments import Moment, held, readers
from index.catalog.rows import DocumentInfo, FileRow, Source
from index.catalog.schema import CatalogError
from index.embedders import registry as embedders
from index.embedders.embedder import EmbedderError
from index.embedders.succession import Succession
from index.engines.registry import EXACT_LIMIT, LARGE, Choice
from index.facets import Facets, facets
from index.figures import FoundFigure, Sought, in_force
from index.figures import search as search_figures
from index.filters import OPEN, Filter
from index.hits import Hit
from index.kept import Kept
from index.lookups import Lookups, ids_named
from index.metrics import Metrics
from index.overview import EVERYTHING, Overview, Wanted, counted, listed, states_of
from index.queries.spelling import Slip
from index.searching import Searching
from index.snapshots import Snapshot, Snapshots
from index.status import Status, status_of
from index.upkeep import completing, embedding, labelling, leaving, soundness, updates
from index.upkeep.intake import Intake
from index.upkeep.jobs import Job, Jobs
from index.upkeep.progress import Progress
from index.upkeep.soundness import Finding, Repairs
from index.upkeep.switching import Switching
from index.upkeep.updates import Update
from sources.documents import Document, Unread
from sources.figures.figure import Figure
from sources.passages import Passage
from sources.tables import Table

if TYPE_CHECKING:
    from index.embedders.embedder import Embedder
    from index.ranking.ranker import Ranker
    from sources.readers.sandbox import Ready


class Index:
    """An index in a directory. Searching is safe from several threads, and while another process writes."""

    def __init__(
        self,
        data_dir: Path,
        *,
        embedder: Embedder | Succession | None,
        recall: Callable[[str], Embedder],
        ranker: Ranker | None,
        choice: Choice,
        intake: Intake | None,
    ) -> None:
        self.data_dir = data_dir
        self._catalog = Catalog(data_dir / "catalog.sqlite3")
        self._generations = data_dir / "generations"
        self._choice = choice
        self._intake = intake
        self._ready: Ready | None = None
        self._answering = AnsweringEmbedder(self._catalog, chosen=embedder, recall=recall)
        self._snapshots = Snapshots(self._catalog, self._generations, self._answering, on_damage=self._rebuild_later)
        self._switching = Switching(self._catalog, data_dir, self._answering, choice)
        self._searching = Searching(self._catalog, self._snapshots, self._answering, ranker)
        self._states: Kept[dict[str, str]] = Kept(4)
        self._overviews: Kept[Overview] = Kept(16)
        self._counts: Kept[tuple[int, int, int]] = Kept(4)
        self.jobs = Jobs(self._catalog, data_dir / "jobs.lock")
        """Long work on this index, for whichever process takes it up; `do` does it."""
        self.standings = self._searching.standings
        """Which documents hold, of those that are seen here."""
        self.metrics = Metrics(self._catalog, self._searching.state)
        """What the figures measure, a page at a time."""

    @classmethod
    def open(
        cls,
        data_dir: Path,
        *,
        embedder: Embedder | Succession | None = None,
        recall: Callable[[str], Embedder] = embedders.recalled,
        ranker: Ranker | None = None,
        exact_limit: int = EXACT_LIMIT,
        dense: str = LARGE,
        intake: Intake | None = None,
    ) -> Index:
        """The index in `data_dir`, which is created where it is missing; raises CatalogError when that can't be done.

        `embedder` is the one that answers; where none is given the shipped ones do, one after the other (see
        `index.embedders.succession`). Where another one's vectors are there, that one is loaded by `recall` from its
        `origin` and goes on answering until `embedder` has embedded everything (see `switch`). `ranker` orders the
        first candidates of a search. Up to `exact_limit` passages are compared with the query one by one, more are
        searched through the engine that `dense` names (see `index.engines.DENSE`). `intake` says how files become
        content.
        """
        choice = Choice(exact_limit, dense)
        return cls(data_dir, embedder=embedder, recall=recall, ranker=ranker, choice=choice, intake=intake)

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of files and connections; the index isn't used again."""
        if self._ready:
            self._ready.close()
        self._snapshots.close()
        self._catalog.close()

    # -- changing --------------------------------------------------------------------------------------------------

    def update(
        self,
        paths: Sequence[Path] = (),
        *,
        progress: Callable[[Progress], None] | None = None,
        build: bool = True,
        wait_s: float = 60.0,
        follow_links: bool = False,
        changed: Sequence[Path] | None = None,
    ) -> Update:
        """Brings the index up to date with files and folders, or with everything registered when none is given; or
        only with what has `changed` in what is registered.

        Each document becomes visible in one step, and what `progress` has reported as done survives a kill. A file
        that can't be read never stops the others. Afterwards a switch to another embedder is finished and a new
        generation is built when it is due, unless `build` is false. An embedder that fails stands among the failures,
        by its name. `follow_links` follows links that lead out of `paths`, from then on.
        Raises IndexBusyError when another process is still writing after `wait_s` seconds, CatalogError when the
        catalog can't be written (a full disk, say); what was committed by then stays.
        """
        done = completing.update(
            self._catalog,
            paths,
            answering=self._answering,
            switching=self._switching,
            intake=self._intake or Intake.of_sources(),
            progress=progress,
            switch=build,
            wait_s=wait_s,
            follow_links=follow_links,
            changed=changed,
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
        return self._switching.run(self._answering.chosen(), progress=progress, stopped=stopped, wait=wait)

    def do(self, job: Job, tell: Callable[[Progress], None], stopped: Callable[[], bool]) -> Update | bool:
        """Does the work of a job here and now; see `index.upkeep.jobs.Work`. What it has done it keeps, so that it may
        be killed and done again."""
        if job.kind == "embed":
            return self._switching.catch_up(self._answering.chosen(), progress=tell, stopped=stopped)
        paths = [Path(path) for path in job.paths]
        if job.is_change:
            return self.update(progress=tell, changed=paths)
        return self.update(paths, progress=tell, follow_links=job.follow_links)

    def stay_ready(self) -> None:
        """Keeps a process ready to read files, so that one that has changed is read at once, until this is closed."""
        from sources.readers.sandbox import Ready

        if self._ready is None and self._intake is None:
            self._ready = Ready()
            self._intake = Intake.of_sources(ready=self._ready)

    def lags(self) -> bool:
        """Whether there are passages that the chosen embedder has yet to embed, or to answer with."""
        return self._switching.is_due(self._answering.chosen())

    def remove(self, paths: Sequence[Path], *, wait_s: float = 60.0) -> tuple[str, ...]:
        """Forgets files and folders, though they may still lie there; gives back the files that were known.

        Raises SourceError, before anything is forgotten, for a path where nothing is known."""
        return updates.remove(self._catalog, paths, wait_s=wait_s)

    def leave_out(self, paths: Sequence[str], *, wait_s: float = 2.0) -> bool:
        """Takes files out of the library for good, though they lie in a folder of it, until they are taken back; False
        where that comes after an update that is under way for longer than `wait_s` seconds."""
        remove = partial(self.remove, wait_s=wait_s)
        return leaving.leave_out(self._catalog, self.jobs, paths, remove=remove)

    def take_back(self, paths: Sequence[str]) -> int:
        """Lets files that were left out be read again; gives back the number of the job that does so."""
        return leaving.take_back(self._catalog, self.jobs, paths)

    def reread(self, paths: Sequence[str]) -> int:
        """Has files read again though they haven't changed; gives back the number of the job that does so."""
        return leaving.reread(self._catalog, self.jobs, paths)

    def build(self, *, progress: Callable[[Progress], None] | None = None, only_if_due: bool = False) -> bool:
        """Builds the engines anew from the catalog; searches and updates may go on meanwhile. True when it was done.

        With `only_if_due`, only when the live ones are damaged or lag far behind, and not when somebody else is at it.
        """
        return completing.build(
            self._catalog,
            self._generations,
            answering=self._answering,
            choice=self._choice,
            progress=progress,
            only_if_due=only_if_due,
        )

    def label(self, kind: Kind, name: str, paths: Sequence[Path]) -> None:
        """Gives files and folders a tag, or lets a group of readers read them; what is in a group is for nobody else.

        What comes into a folder has its labels, too. Raises ValueError for a name that is empty, and for a path at
        which nothing is registered or known."""
        labelling.label(self._catalog, kind, name, paths)

    def unlabel(self, kind: Kind, name: str, paths: Sequence[Path] | None = None) -> int:
        """Takes a label away from files and folders, or with None from all; gives back from how many."""
        return labelling.unlabel(self._catalog, kind, name, paths)

    def labels(self, kind: Kind) -> list[Label]:
        """Every tag, or group of readers, with each path that it was given; of what is seen here."""
        _, through = self._searching.state()
        return labelling.listed(self._catalog, kind, through)

    def moment(self, through: Filter = OPEN) -> Moment[Snapshot]:
        """The state of now: inside `with moment:` all questions get what it holds, whatever is written meanwhile, and
        what `through` admits; all else is there for nothing that reads this index.

        Inside `read_by` that is, besides, no more than those may read. Close it when the answer is made. Inside another
        moment it is that one; raises ValueError for another filter."""
        return self._searching.moment(through)

    @contextlib.contextmanager
    def seen(self, through: Filter) -> Iterator[None]:
        """Inside, everything that reads this index sees what a filter admits, in one state."""
        moment = self.moment(through)
        try:
            with moment:
                yield
        finally:
            moment.close()

    def is_held(self) -> bool:
        """Whether what runs here is inside a moment of this index."""
        return held(self._catalog.path) is not None

    # -- asking ----------------------------------------------------------------------------------------------------

    def search(self, query: str, *, k: int = 10, mended: bool = False, through: Filter = OPEN) -> list[Hit]:
        """The `k` passages that fit `query` best, best first; fewer when there are no more. Repeated text: once.

        `mended` says that the query is already as `mended` gives it: slips are not looked for again. Nothing is found
        but what `through` admits, of what the moment held lets see. When the embedder fails, the search goes by words
        only: `status` says why.
        """
        return self._searching.search(query, k=k, is_mended=mended, through=through)

    def _rebuild_later(self) -> None:
        """Whoever does the jobs builds damaged engines anew; until then the catalog answers."""
        with contextlib.suppress(CatalogError):
            self.jobs.add("update", is_change=True)  # of nothing: it only builds what is due

    def mended(self, question: str) -> tuple[str, tuple[Slip, ...]]:
        """The question in Simplified characters without the slips that the corpus gives away, and these slips.

        `search` mends by itself; this is for who reads the question, too, and then searches with `mended`.
        """
        return self._searching.mended(question)

    def names_here(self, text: str) -> tuple[tuple[str, str], ...]:
        """Names in `text` that stand in no document, each with another of the same thing that does.

        Such as 低保 and 最低生活保障.
        """
        return self._searching.names_here(text)

    def probe(self) -> None:
        """Asks the embedder that answers for one vector, so that `status` knows whether it can be had."""
        embedder = self._snapshots.current().embedder
        try:
            embedder.encode_query("维")
        except EmbedderError as error:
            self._answering.fall_silent(embedder.name, error)

    def mentioning(self, text: str) -> list[tuple[str, int]]:
        """The ids of all documents in which `text` stands, in the order in which they came, each with the offset of
        the first passage that has it."""
        return self._searching.mentioning(text)

    def document(self, document_id: str, *, whole: bool = False) -> Document:
        """The document; raises KeyError when there is none with this id.

        Only a `whole` one has its tables, its places on pages and what was dropped, which take time to unpack.
        """
        return self._catalog.document(document_id, whole=whole)

    def documents(self) -> list[DocumentInfo]:
        """Every document without its text, by title; what lies in several files is one."""
        return self._catalog.documents()

    def tables(self, document_id: str) -> tuple[Table, ...]:
        """The document's tables in order; raises KeyError when there is no document with this id."""
        return self._catalog.tables(document_id)

    def cells(self, document_id: str, start: int, end: int) -> tuple[str, str] | None:
        """The sheet and the cells of a workbook that a stretch of a document stands in: ("收入", "B7:D7"); None where
        it stands in no sheet. Raises KeyError when there is no document with this id."""
        return cells_at(self.lookups.tables(document_id), start, end)

    def named(self, name: str) -> list[Document]:
        """The whole documents that `name` names: an id, a path of theirs or the end of one, or a title or a part of
        it; the first of these that names any decides."""
        return [self._catalog.document(each, whole=True) for each in ids_named(self._catalog, name)]

    def sources(self) -> list[Source]:
        """What is registered, each with how many documents lie there and whether it can be reached."""
        return self._catalog.sources()

    def register(self, paths: Sequence[Path], *, follow_links: bool = False, wait_s: float = 60.0) -> None:
        """Registers files and folders for the next update. Raises SourceError for one that doesn't exist."""
        updates.register(self._catalog, paths, follow_links=follow_links, wait_s=wait_s)

    def passages(self, document_id: str) -> list[Passage]:
        """The document's passages in order; raises KeyError when there is none with this id."""
        passages = self._catalog.passages(document_id)
        if not passages:
            self._catalog.document(document_id)
        return passages

    def figures(self, **wanted: Unpack[Conditions]) -> list[Figure]:
        """Figures that meet every condition given, by document and place; copies' only where a document is named."""
        return self._catalog.figures(**wanted)

    def find_figures(self, metric: str, **sought: Unpack[Sought]) -> list[FoundFigure]:
        """The figures of what `metric` names, the closest name first, each with its source.

        Raises ValueError for an empty metric, and for a status or period that can't be read.
        """
        found = search_figures(metric, self.lookups, **sought)
        return in_force(found, self.standings())

    @cached_property
    def lookups(self) -> Lookups:
        """Documents, passages and figures, remembered."""

        def seen() -> tuple[int, Filter] | None:
            is_all = held(self._catalog.path) is None and readers() is None
            return None if is_all else self._searching.state()

        return Lookups(self, held=seen)

    def facets(self) -> Facets:
        """By which values the documents seen here can be filtered, each with how many there are."""
        _, through = self._searching.state()
        with self._catalog.reading() as connection:
            return facets(connection, groups=through.groups)

    def overview(self, wanted: Wanted = EVERYTHING) -> Overview:
        """The documents seen here that meet the conditions, a page of them, and by what they can be chosen further."""
        revision, through = self._searching.state()
        standings = self.standings()
        key = (revision, through, date.today())
        states = self._states.get(key, lambda: states_of(standings))
        with self._catalog.reading() as connection:
            found = self._overviews.get((*key, wanted.conditions()), lambda: counted(connection, wanted, states))
            return replace(found, documents=listed(connection, wanted, standings.today, states))

    def counts(self) -> tuple[int, int, int]:
        """How many documents and figures there are, and how many files hold them; copies apart."""

        def made() -> tuple[int, int, int]:
            documents, _, figures = self._catalog.counts()
            with self._catalog.reading() as connection:
                return documents, figures, count_files(connection)

        return self._counts.get(self._searching.state(), made)

    def registered(self) -> list[Source]:
        """What is registered, without a count of its documents, which takes longer."""
        return self._catalog.sources(counted=False)

    def files(self, paths: Sequence[str]) -> dict[str, FileRow]:
        """What is known of the files at these paths."""
        return self._catalog.files_at(paths)

    def metric_keys(self) -> list[tuple[str, int]]:
        """Every metric's usual name with how many figures bear it, the most frequent first."""
        return self._catalog.metric_keys()

    def revision(self) -> int:
        """A number that grows with every change of what is indexed: what was read under the same one still holds."""
        return self._searching.state()[0]

    def state(self) -> tuple[int, Filter]:
        """What is read here: the catalog's revision, and the filter that it is seen through."""
        return self._searching.state()

    def unread(self) -> list[Unread]:
        """Every file that lies in the roots and couldn't be read, or not in its latest state: what no reader takes, and
        what one failed on."""
        failed = (
            Unread(path, "未能读取", why.removeprefix(f"{path}: ")) for path, why in self._catalog.failures().items()
        )
        return [*self._catalog.passed_over(), *failed]

    def examine(self, *, repair: bool = False) -> Iterator[Finding]:
        """Whether the index keeps its promises, or with `repair` is made to: see `index.upkeep.soundness`."""
        answering = self._answering.recorded()
        repairs = Repairs(
            embed=lambda: embedding.embed(self._catalog, self._answering.loaded(answering)),
            build=self.build,
            reread=lambda: self.update(build=False),
        )
        return soundness.examine(self._catalog, self._generations, answering, repairs if repair else None)

    def status(self) -> Status:
        """What the index holds; no engine is opened for it."""
        return status_of(self.data_dir, self._catalog, self._answering)
