"""Switching: the chosen embedder embeds everything while the one before it goes on answering, and then answers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from index.answering import AnsweringEmbedder
from index.catalog.catalog import Catalog
from index.catalog.locks import locked
from index.catalog.rows import Answering, GenerationRow
from index.catalog.schema import IndexBusyError
from index.embedders.embedder import EmbedderError
from index.engines.registry import Choice
from index.upkeep import embedding, generations
from index.upkeep.progress import Progress

if TYPE_CHECKING:
    from index.embedders.embedder import Embedder

_log = logging.getLogger(__name__)


class Switching:
    """The switch of one index to its chosen embedder."""

    def __init__(self, catalog: Catalog, data_dir: Path, answering: AnsweringEmbedder, choice: Choice) -> None:
        self._catalog = catalog
        self._generations = data_dir / "generations"
        self._lock_file = data_dir / "switching.lock"
        self._answering = answering
        self._choice = choice

    def run(
        self,
        to: Embedder,
        *,
        progress: Callable[[Progress], None] | None = None,
        stopped: Callable[[], bool] = lambda: False,
        wait: bool = True,
    ) -> bool:
        """See `index.Index.switch`; `to` is the embedder that is to answer."""
        report = progress or (lambda _: None)
        while not self._answering.answers(to) and not stopped():
            try:
                with locked(self._lock_file, wait_s=1.0 if wait else 0.0):
                    return self._switch(to, report, stopped)
            except IndexBusyError:
                if not wait:
                    raise
                report(Progress("embedding", *self._embedded(to)))
        return self._answering.answers(to)

    def catch_up(
        self, to: Embedder, *, progress: Callable[[Progress], None], stopped: Callable[[], bool] = lambda: False
    ) -> bool:
        """Has an embedder answer, and embed what the one that answers could not when its files were read. True when
        nothing is left; the same errors as `run`."""
        if not self.run(to, progress=progress, stopped=stopped, wait=False):
            return False
        return embedding.embed(self._catalog, to, tell=progress, stopped=stopped)

    def is_due(self, to: Embedder) -> bool:
        """Whether `catch_up` has something to do."""
        with self._catalog.reading() as connection:
            if not self._catalog.count_passages(connection):
                return False
            left = self._catalog.count_without_vector(connection, to.name)
        return bool(left) or not self._answering.answers(to)

    def _switch(self, to: Embedder, report: Callable[[Progress], None], stopped: Callable[[], bool]) -> bool:
        started_over = False
        while embedding.embed(self._catalog, to, tell=report, stopped=stopped):
            if not embedding.steady(self._catalog, to):
                if started_over or self._answering.answers(to):
                    raise EmbedderError(
                        f"{to.name} gives other vectors for the same text each time: use another model or server"
                    )
                _log.warning("%s 现在给出的向量与以前存下的不同（模型换过了？），全部重新计算", to.name)
                self._catalog.forget_vectors(to.name)
                started_over = True
                continue
            answering = Answering(to.name, to.dimension, to.origin)
            with self._catalog.reading() as connection:
                total = self._catalog.count_passages(connection)
            dense = self._choice.dense(total)
            if dense is None or self._answering.recorded() is None:  # the first one keeps nobody waiting
                if self._catalog.answer_with(answering):
                    return True
                continue
            self._build(to, answering, dense, report, stopped)
            return self._answering.answers(to)
        return False

    def _build(
        self,
        to: Embedder,
        answering: Answering,
        dense: str,
        report: Callable[[Progress], None],
        stopped: Callable[[], bool],
    ) -> None:
        """Builds a generation with a graph of this embedder's vectors; it and they become live in one step."""

        def make_live(row: GenerationRow) -> None:
            # What came while the graph was built is embedded now; the graph itself needn't hold it.
            while not self._catalog.make_live(row, answering=answering):
                if not embedding.embed(self._catalog, to, tell=report, stopped=stopped):
                    return

        generations.build(
            self._catalog,
            self._generations,
            embedder=to.name,
            dimension=to.dimension,
            dense=dense,
            progress=lambda done, total: report(Progress("building", done, total)),
            make_live=make_live,
            wait_s=60.0,
        )

    def _embedded(self, to: Embedder) -> tuple[int, int]:
        """How many passages have a vector of this embedder, and how many there are."""
        with self._catalog.reading() as connection:
            total = self._catalog.count_passages(connection)
            return max(0, total - self._catalog.count_without_vector(connection, to.name)), total
