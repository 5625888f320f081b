"""Generations: engines on disk, each in a directory that is written once, checked, made live, and never changed.

    build   child processes, one an engine, write generations/<id>.building from the catalog
    verify  a fresh process opens it and finds everything again
    seal    size, time and digest of each file go into its manifest; everything is fsynced; the directory gets its name
    flip    one row of the catalog makes it live

A kill between any two leaves the old generation live and a directory that the next build sweeps away. Building needs no
document, no embedder and no network.
"""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Callable, Container
from dataclasses import dataclass
from pathlib import Path

from index.catalog.catalog import Catalog
from index.catalog.locks import locked
from index.catalog.rows import GenerationRow
from index.engines.bm25 import WordIndex
from index.engines.protocols import Dense, EngineError
from index.engines.registry import Choice
from index.upkeep import probing, space
from index.upkeep.building import Plan, children, verify_here
from index.upkeep.sealing import WORDS, Manifest, check_seal, fsync, intact, read_manifest, seal, write_manifest

FRESH, FRESH_SHARE, FRESH_MOST = 2_000, 0.1, 20_000
"""How many passages may be newer than the live generation: at least, as a share of all, and at most. Each opening of
the index reads them anew."""


@dataclass(frozen=True, slots=True)
class Generation:
    """An open generation."""

    id: str
    manifest: Manifest
    passages: WordIndex
    documents: WordIndex
    dense: Dense | None
    """None, too, where it is damaged."""
    problem: str | None = None
    """What is wrong with the dense engine: the words still answer, and vectors are compared one by one."""


def open_best(
    catalog: Catalog, directory: Path, *, avoid: Container[str] = (), words_only: Container[str] = ()
) -> tuple[Generation | None, dict[str, str]]:
    """The live generation, or the previous one where that is damaged, or None; and what is wrong with damaged ones, by
    their ids. Of `words_only` the dense engines are left alone."""
    damaged: dict[str, str] = {}
    for row in catalog.generations():
        if row.id in avoid:
            continue
        try:
            return open_generation(directory / row.id, words_only=row.id in words_only), damaged
        except EngineError as error:
            damaged[row.id] = str(error)
    return None, damaged


def open_generation(path: Path, *, words_only: bool = False) -> Generation:
    """The generation in `path`; with `words_only` without its dense engine.

    Raises EngineError when a file of its word indexes is missing or changed, or all is of another version.
    """
    manifest = read_manifest(path)
    check_seal(path, manifest, parts=WORDS)
    dense, problem = None, None
    if manifest.dense and not words_only:
        try:
            check_seal(path, manifest, parts=("dense",))
            dense = probing.opened(manifest.dense, path / "dense")
        except EngineError as error:
            problem = str(error)
    passages, documents = WordIndex.open(path / "passages"), WordIndex.open(path / "documents")
    return Generation(path.name, manifest, passages, documents, dense, problem)


def check_whole(catalog: Catalog, path: Path, *, dimension: int) -> Manifest:
    """The manifest of the generation in `path`; raises EngineError when anything is changed, missing or not found."""
    manifest = read_manifest(path)
    check_seal(path, manifest, whole=True)
    if manifest.dense:
        probing.forget(path / "dense")
        probing.check(manifest.dense, path / "dense")
    plan = Plan(manifest.embedder, dimension, manifest.dense, manifest.last_passage, manifest.last_document)
    children(["verify"], catalog.path, path, plan)
    if manifest.dense:
        probing.note_success(path / "dense")
    return manifest


def sweep(catalog: Catalog, directory: Path, *, keep: bool = False) -> list[str]:
    """Deletes directories that are neither live nor the previous generation, and gives back their names; `keep` only
    names them. Raises IndexBusyError while another process builds."""
    directory.mkdir(exist_ok=True)
    with locked(directory / "building.lock", wait_s=0.0):
        kept = {row.id for row in catalog.generations()}
        found = sorted(path.name for path in directory.iterdir() if path.is_dir() and path.name not in kept)
        if not keep:
            _sweep(catalog, directory)
    return found


def is_due(catalog: Catalog, directory: Path, *, embedder: str, choice: Choice) -> bool:
    """Whether the live generation is damaged, lags far behind, or isn't of this embedder and engine.

    Without one, whether there is enough to search for one to be worth while.
    """
    live = next((row for row in catalog.generations() if row.state == "live"), None)
    manifest = intact(directory / live.id) if live else None
    with catalog.reading() as connection:
        total = catalog.count_passages(connection)
        fresh = catalog.count_passages(connection, after=manifest.last_passage if manifest else 0)
    allowed = min(max(FRESH, FRESH_SHARE * total), FRESH_MOST)
    if fresh > allowed:
        return True
    if manifest is None:
        return live is not None
    stale = manifest.passages - (total - fresh)
    return (
        stale > allowed
        or choice.dense(total) != manifest.dense
        or (manifest.dense is not None and manifest.embedder != embedder)
    )


def build(
    catalog: Catalog,
    directory: Path,
    *,
    embedder: str,
    dimension: int,
    dense: str | None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    make_live: Callable[[GenerationRow], object] | None = None,
    wait_s: float = 0.0,
) -> None:
    """Builds a generation of all that is in the catalog and makes it live; searches and updates may go on meanwhile.

    `progress` gets (done, total) passages; `make_live`, the catalog's unless given, is the last step. Raises
    IndexBusyError when another process is building and isn't done within `wait_s` seconds, SpaceError when the disk is
    too small, EngineError when what was built doesn't verify.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with locked(directory / "building.lock", wait_s=wait_s), space.told(directory, what="建立检索引擎"):
        _sweep(catalog, directory)
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:8]}"
        making = directory / f"{name}.building"
        try:
            with catalog.reading() as connection:
                last_passage, last_document = catalog.last_rows(connection)
                total = catalog.count_passages(connection, upto=last_passage)
            plan = Plan(embedder, dimension, dense, last_passage, last_document)
            space.check(directory, space.of_engines(catalog, dense, dimension, total), what="建立检索引擎")
            making.mkdir()
            held = children([*WORDS, *(["dense"] if dense else [])], catalog.path, making, plan, progress, total)
            write_manifest(making, plan, passages=held["passages"], documents=held["documents"])
            if dense:
                children(["verify"], catalog.path, making, plan)  # a graph that is damaged may end its process
            else:
                verify_here(catalog, making, plan)
            manifest = seal(making)
            if dense:
                probing.note_success(making / "dense")
            final = directory / name
            making.rename(final)
            fsync(directory)
        except BaseException:
            shutil.rmtree(making, ignore_errors=True)
            raise
        for row in catalog.generations():
            if intact(directory / row.id) is None:
                catalog.forget_generation(row.id)
        (make_live or catalog.make_live)(GenerationRow(name, "live", manifest.passages, embedder, time.time()))
        _sweep(catalog, directory)


def _sweep(catalog: Catalog, directory: Path) -> None:
    """Delete directories that are neither live nor the previous generation; whoever has one open keeps it."""
    kept = {row.id for row in catalog.generations()}
    for path in directory.iterdir():
        if path.is_dir() and path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)
