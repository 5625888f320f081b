"""Switching: the chosen embedder embeds everything while the one before it goes on answering, and then answers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from index.answering import AnsweringEmbedder
from index.catalog.catalog import Catalog
from index.catalog.locks import locked
from index.catalog.rows import Answering, GenerationRow
from index.catalog.schema import CatalogError, IndexBusyError
from index.embedders.embedder import EmbedderError
from index.engines.protocols import EngineError
from index.engines.registry import Choice
from index.upkeep import generations, updates
from index.upkeep.updates import Progress

if TYPE_CHECKING:
    from index.embedders.embedder import Embedder

PAUSE_S, LONGEST_PAUSE_S = 5.0, 300.0
"""Between attempts in the background to go on with a switch that failed."""
_log = logging.getLogger(__name__)


class Switching:
    """The switch of one index to its chosen embedder, now or in a thread of its own."""

    def __init__(self, catalog: Catalog, data_dir: Path, answering: AnsweringEmbedder, choice: Choice) -> None:
        self._catalog = catalog
        self._generations = data_dir / "generations"
        self._lock_file = data_dir / "switching.lock"
        self._answering = answering
        self._choice = choice
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def run(
        self,
        *,
        progress: Callable[[Progress], None] | None = None,
        stopped: Callable[[], bool] = lambda: False,
        wait: bool = True,
    ) -> bool:
        """See `index.Index.switch`."""
        report = progress or (lambda _: None)
        chosen = self._answering.chosen()
        while not self._answering.is_chosen() and not stopped():
            try:
                with locked(self._lock_file, wait_s=1.0 if wait else 0.0):
                    return self._switch(chosen, report, stopped)
            except IndexBusyError:
                if not wait:
                    raise
                report(Progress("embedding", *self._embedded(chosen)))
        return self._answering.is_chosen()

    def in_background(self) -> None:
        """Does `run` in a thread until it is done or `stop` is called; a failure is logged and tried again."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._keep_switching, name="youju-switch", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Ends the thread, after the batch that it is at."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(10)  # a batch that takes longer is lost, no more

    def _keep_switching(self) -> None:
        pause = PAUSE_S
        while not self._closing.is_set():
            try:
                # Also what the embedder that answers could not embed when its files were read.
                if self.run(stopped=self._closing.is_set, wait=False) and updates.embed(
                    self._catalog, self._answering.chosen(), stopped=self._closing.is_set
                ):
                    return
            except IndexBusyError:
                pause = PAUSE_S
            except (EmbedderError, CatalogError, EngineError, OSError) as error:
                if self._closing.is_set():
                    return
                _log.warning("嵌入模型还没有切换完成（%s）。已算好的向量都在；%.0f 秒后再试", error, pause)
            self._closing.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    def _switch(self, chosen: Embedder, report: Callable[[Progress], None], stopped: Callable[[], bool]) -> bool:
        started_over = False
        while updates.embed(self._catalog, chosen, tell=report, stopped=stopped):
            if not updates.steady(self._catalog, chosen):
                if started_over or self._answering.is_chosen():
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
            dense = self._choice.dense(total)
            if dense is None or self._answering.recorded() is None:  # the first one keeps nobody waiting
                if self._catalog.answer_with(answering):
                    return True
                continue
            self._build(chosen, answering, dense, report, stopped)
            return self._answering.is_chosen()
        return False

    def _build(
        self,
        chosen: Embedder,
        answering: Answering,
        dense: str,
        report: Callable[[Progress], None],
        stopped: Callable[[], bool],
    ) -> None:
        """Builds a generation with a graph of the chosen embedder's vectors; it and they become live in one step."""

        def make_live(row: GenerationRow) -> None:
            # What came while the graph was built is embedded now; the graph itself needn't hold it.
            while not self._catalog.make_live(row, answering=answering):
                if not updates.embed(self._catalog, chosen, tell=report, stopped=stopped):
                    return

        generations.build(
            self._catalog,
            self._generations,
            embedder=chosen.name,
            dimension=chosen.dimension,
            dense=dense,
            progress=lambda done, total: report(Progress("building", done, total)),
            make_live=make_live,
            wait_s=60.0,
        )

    def _embedded(self, chosen: Embedder) -> tuple[int, int]:
        """How many passages have a vector of the chosen embedder, and how many there are."""
        with self._catalog.reading() as connection:
            total = self._catalog.count_passages(connection)
            return max(0, total - self._catalog.count_without_vector(connection, chosen.name)), total
