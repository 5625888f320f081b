"""Completing an update: by whose vectors it goes on, whether another embedder takes over, whether engines are due"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from index.answering import AnsweringEmbedder
from index.catalog.catalog import Catalog
from index.catalog.schema import CatalogError, IndexBusyError
from index.embedders.embedder import EmbedderError
from index.engines.protocols import EngineError
from index.engines.registry import Choice
from index.upkeep import generations, updates
from index.upkeep.intake import Intake
from index.upkeep.progress import Progress
from index.upkeep.space import SpaceError
from index.upkeep.switching import Switching
from index.upkeep.updates import Update

if TYPE_CHECKING:
    from index.embedders.embedder import Embedder

_log = logging.getLogger(__name__)


def update(
    catalog: Catalog,
    paths: Sequence[Path],
    *,
    answering: AnsweringEmbedder,
    switching: Switching,
    intake: Intake,
    progress: Callable[[Progress], None] | None,
    switch: bool,
    wait_s: float,
    follow_links: bool,
    changed: Sequence[Path] | None,
) -> Update:
    """Brings the index up to date, see `index.Index.update`; with `switch`, the chosen embedder then takes over."""
    succession, first = answering.succession(), answering.first()
    # What answers is kept up to date while it does; if it can't be, the files needn't wait for the switch either.
    answers = answering.loaded(answering.recorded())
    embedder = answers if answers.name else first

    def embedder_for(new: int) -> Embedder:
        nonlocal embedder
        if new > succession.at_once and embedder is succession.then and not succession.is_fixed:
            switching.run(first, progress=progress)
            embedder = first
        return embedder

    done = updates.update(
        catalog,
        paths,
        embedder_for=embedder_for,
        intake=intake,
        progress=progress,
        wait_s=wait_s,
        follow_links=follow_links,
        changed=changed,
    )
    chosen = answering.at_once()
    if not switch or chosen.name in done.failed:
        return done
    try:
        if switching.run(chosen, progress=progress) and answers is not chosen:
            done = replace(done, failed={what: why for what, why in done.failed.items() if what != answers.name})
    except EmbedderError as error:
        done = replace(done, failed={**done.failed, chosen.name: str(error)})
    except (EngineError, SpaceError, OSError) as error:
        _log.warning("切换到 %s 时未能建立检索引擎（%s）。仍由原来的向量回答；下次更新时会再试", chosen.name, error)
    return done


def build(
    catalog: Catalog,
    directory: Path,
    *,
    answering: AnsweringEmbedder,
    choice: Choice,
    progress: Callable[[Progress], None] | None = None,
    only_if_due: bool = False,
) -> bool:
    """Builds the engines anew, see `index.Index.build`; `directory` holds the generations."""
    try:
        catalog.note_listing()
    except (CatalogError, OSError) as error:
        _log.warning("文档列表未能存下（%s）。下次打开稍慢，其他照常", error)
    recorded, first = answering.recorded(), answering.first()
    name = recorded.name if recorded else first.name
    if only_if_due and not generations.is_due(catalog, directory, embedder=name, choice=choice):
        return False
    report = progress or (lambda _: None)
    with catalog.reading() as connection:
        dense = choice.dense(catalog.count_passages(connection))
        if only_if_due and dense and catalog.count_without_vector(connection, name):
            return False  # the graph would never find what is embedded later
    try:
        generations.build(
            catalog,
            directory,
            embedder=name,
            dimension=recorded.dimension if recorded else first.dimension,
            dense=dense,
            progress=lambda done, total: report(Progress("building", done, total)),
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
