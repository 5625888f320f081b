"""Searching an index through a filter, and what else its engines tell of questions"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from index.admissions import Admissions
from index.answering import WORDS_ONLY, AnsweringEmbedder
from index.catalog.catalog import Catalog
from index.catalog.moments import Moment, apart, held, readers
from index.embedders.embedder import EmbedderError
from index.engines.protocols import EngineError
from index.filters import OPEN, Filter
from index.hits import Hit
from index.mentions import mentioning
from index.queries.names import at_home, names_here
from index.queries.queries import mended
from index.queries.spelling import Slip
from index.ranking.ranker import Ranker
from index.search import known, search
from index.snapshots import Snapshot, Snapshots
from index.standing import Standings
from index.views import Admitted, View

if TYPE_CHECKING:
    import sqlalchemy as sa


class Searching:
    """What is found in a catalog, of what the moment that is held lets see. Safe to share between threads."""

    def __init__(
        self, catalog: Catalog, snapshots: Snapshots, answering: AnsweringEmbedder, ranker: Ranker | None
    ) -> None:
        self._catalog = catalog
        self._snapshots = snapshots
        self._answering = answering
        self._ranker = ranker
        self._admissions = Admissions()
        catalog.for_readers = lambda: self._held(OPEN)

    def moment(self, through: Filter) -> Moment[Snapshot]:
        """See `index.Index.moment`."""
        moment = held(self._catalog.path)
        own = through.read_by(readers())
        if moment is not None:
            view = moment.view
            if not through.is_open and (view is None or own != view.asked):
                raise ValueError(f"a moment is held through {view.asked if view else OPEN}: nothing else is seen in it")
        elif not own.is_open:
            return self._snapshots.moment(lambda connection, revision: self._admissions.view(connection, revision, own))
        return self._snapshots.moment()

    def state(self) -> tuple[int, Filter]:
        """The revision that is read here, and the filter that it is seen through."""
        if moment := held(self._catalog.path):
            return moment.revision, moment.view.filter if moment.view else OPEN
        own = OPEN.read_by(readers())
        with apart(), self._catalog.reading() as connection:
            return self._catalog.revision(connection), own

    def search(self, query: str, *, k: int, is_mended: bool, through: Filter) -> list[Hit]:
        """See `index.Index.search`."""
        if held(self._catalog.path) is None:  # or what the engines find may be gone meanwhile
            with self._held(through):
                return self.search(query, k=k, is_mended=is_mended, through=OPEN)
        admitted = self._admitted(through)
        while True:
            snapshot = self._snapshots.current()
            embedder, engines = snapshot.embedder, snapshot.engines
            silence = self._answering.silence
            if silence is not None and silence.lasts(embedder.name):
                embedder, engines = WORDS_ONLY, replace(engines, dense=())
            try:
                hits = search(
                    query,
                    k=k,
                    catalog=self._catalog,
                    engines=engines,
                    embedder=embedder,
                    ranker=self._ranker,
                    is_mended=is_mended,
                    admitted=admitted,
                )
            except EmbedderError as error:
                self._answering.fall_silent(embedder.name, error)
            except EngineError as error:
                if snapshot.generation is None:
                    raise
                self._snapshots.distrust(snapshot.generation, str(error))
            else:
                if embedder.name:
                    self._answering.silence = None
                return hits

    def mended(self, question: str) -> tuple[str, tuple[Slip, ...]]:
        """See `index.Index.mended`."""
        with self._for_readers():
            return mended(question, self._known)

    def names_here(self, text: str) -> tuple[tuple[str, str], ...]:
        """See `index.Index.names_here`."""
        with self._for_readers():
            return (*names_here(text, self._known), *at_home(text, self.standings().home))

    def mentioning(self, text: str) -> list[tuple[str, int]]:
        """See `index.Index.mentioning`."""
        with self._for_readers():
            return mentioning(text, catalog=self._catalog, passages=self._snapshots.current().engines.passages)

    def standings(self) -> Standings:
        """Which documents hold, of those that are seen."""
        with self._for_readers(), self._catalog.reading() as connection:
            moment = held(self._catalog.path)
            revision = moment.revision if moment else self._catalog.revision(connection)
            return self._admissions.standings(connection, revision, moment.view if moment else None)

    @contextlib.contextmanager
    def _held(self, through: Filter) -> Iterator[sa.Connection]:
        """A moment, held inside; gives its connection."""
        moment = self.moment(through)
        try:
            with moment:
                yield moment.connection
        finally:
            moment.close()

    @contextlib.contextmanager
    def _for_readers(self) -> Iterator[None]:
        """A moment for readers of some groups, where none is held: engines and what is kept know nothing of readers,
        only of what a moment lets see."""
        with self._held(OPEN) if readers() is not None else contextlib.nullcontext():
            yield

    def _known(self, terms: Sequence[str]) -> Sequence[int]:
        return known(terms, self._snapshots.current().engines, self._admitted(OPEN))

    def _admitted(self, through: Filter) -> Admitted | None:
        """What may be found through a filter, of what the moment that is held lets see; None where that is all."""
        moment = held(self._catalog.path)
        view: View | None = moment.view if moment else None
        if through.is_open or moment is None:
            return view.admitted if view else None
        return self._admissions.admitted(moment.connection, moment.revision, through, view=view)
