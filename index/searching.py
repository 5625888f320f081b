"""Searching an index through a filter, and what else its engines tell of questions"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from index.admissions import Admissions
from index.answering import WORDS_ONLY, AnsweringEmbedder
from index.catalog.catalog import Catalog
from index.catalog.moments import Moment, held
from index.embedders.embedder import EmbedderError
from index.engines.protocols import EngineError
from index.filters import OPEN, Filter
from index.hits import Hit
from index.mentions import mentioning
from index.queries.names import names_here
from index.queries.queries import mended
from index.queries.spelling import Slip
from index.ranking.ranker import Ranker
from index.search import known, search
from index.snapshots import Snapshot, Snapshots
from index.standing import Standings
from index.views import Admitted, View


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

    def moment(self, through: Filter) -> Moment[Snapshot]:
        """See `index.Index.moment`."""
        moment = held(self._catalog.path)
        if moment is not None:
            view = moment.view
            if not through.is_open and (view is None or through != view.asked):
                raise ValueError(f"a moment is held through {view.asked if view else OPEN}: nothing else is seen in it")
        elif not through.is_open:
            return self._snapshots.moment(
                lambda connection, revision: self._admissions.view(connection, revision, through)
            )
        return self._snapshots.moment()

    def state(self) -> tuple[int, Filter]:
        """The revision that is read here, and the filter that it is seen through."""
        if moment := held(self._catalog.path):
            return moment.revision, moment.view.filter if moment.view else OPEN
        with self._catalog.reading() as connection:
            return self._catalog.revision(connection), OPEN

    def search(self, query: str, *, k: int, is_mended: bool, through: Filter) -> list[Hit]:
        """See `index.Index.search`."""
        if held(self._catalog.path) is None:  # or what the engines find may be gone meanwhile
            moment = self.moment(through)
            try:
                with moment:
                    return self.search(query, k=k, is_mended=is_mended, through=OPEN)
            finally:
                moment.close()
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
        return mended(question, self._known)

    def names_here(self, text: str) -> tuple[tuple[str, str], ...]:
        """See `index.Index.names_here`."""
        return names_here(text, self._known)

    def mentioning(self, text: str) -> list[tuple[str, int]]:
        """See `index.Index.mentioning`."""
        return mentioning(text, catalog=self._catalog, passages=self._snapshots.current().engines.passages)

    def standings(self) -> Standings:
        """Which documents hold, of those that are seen."""
        moment = held(self._catalog.path)
        with self._catalog.reading() as connection:
            revision = moment.revision if moment else self._catalog.revision(connection)
            return self._admissions.standings(connection, revision, moment.view if moment else None)

    def _known(self, terms: Sequence[str]) -> Sequence[int]:
        return known(terms, self._snapshots.current().engines, self._admitted(OPEN))

    def _admitted(self, through: Filter) -> Admitted | None:
        """What may be found through a filter, of what the moment that is held lets see; None where that is all."""
        moment = held(self._catalog.path)
        view: View | None = moment.view if moment else None
        if through.is_open or moment is None:
            return view.admitted if view else None
        return self._admissions.admitted(moment.connection, moment.revision, through, view=view)
