"""Generations: engines on disk, each in a directory that is written once, checked, made live, and never changed.

    build   a child process writes generations/<id>.building from the catalog
    verify  a fresh process opens it and finds everything again
    seal    size, time and digest of each file go into its manifest; everything is fsynced; the directory gets its name
    flip    one row of the catalog makes it live

A kill between any two leaves the old generation live and a directory that the next build sweeps away. Building needs no
document, no embedder and no network.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypedDict

from index import words
from index.catalog.catalog import Catalog
from index.catalog.locks import locked
from index.catalog.rows import DocumentRow, GenerationRow, PassageRow
from index.engines import bm25
from index.engines.bm25 import WordIndex
from index.engines.protocols import Dense, EngineError, Entry, Rows, Vectors
from index.engines.registry import DENSE, Choice

FRESH, FRESH_SHARE, FRESH_MOST = 2_000, 0.1, 20_000
"""How many passages may be newer than the live generation: at least, as a share of all, and at most. Each opening of
the index reads them anew."""
_FORMAT = 1
_CHECKED_BYTES = 256_000_000


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation holds."""

    format: int
    words: int
    """`index.words.VERSION`"""
    libraries: dict[str, str]
    embedder: str
    dense: str | None
    """The engine's name in `DENSE`; None where vectors are searched exactly, straight from the catalog."""
    last_passage: int
    """It holds the passages with rows up to this one."""
    last_document: int
    passages: int
    documents: int
    files: dict[str, tuple[int, int, int]]
    """Path → size, time of last change in ns, CRC-32."""


@dataclass(frozen=True, slots=True)
class Generation:
    """An open generation."""

    id: str
    manifest: Manifest
    passages: WordIndex
    documents: WordIndex
    dense: Dense | None


def open_best(catalog: Catalog, directory: Path, *, avoid: Iterable[str] = ()) -> tuple[Generation | None, list[str]]:
    """The live generation, or the previous one where that is damaged, or None; and the ids of damaged ones."""
    damaged: list[str] = []
    for row in catalog.generations():
        if row.id in avoid:
            continue
        try:
            return open_generation(directory / row.id), damaged
        except EngineError:
            damaged.append(row.id)
    return None, damaged


def open_generation(path: Path) -> Generation:
    """The generation in `path`; raises EngineError when a file of it is missing, changed or of another version."""
    manifest = read_manifest(path)
    check_seal(path, manifest)
    dense = DENSE[manifest.dense].open(path / "dense") if manifest.dense else None
    return Generation(path.name, manifest, WordIndex.open(path / "passages"), WordIndex.open(path / "documents"), dense)


def intact(path: Path) -> Manifest | None:
    """The manifest of the generation in `path`, or None when it is damaged or of another version; opens no engine."""
    try:
        manifest = read_manifest(path)
        check_seal(path, manifest)
    except EngineError:
        return None
    return manifest


def read_manifest(path: Path) -> Manifest:
    """The manifest of the generation in `path`; raises EngineError when there is none that fits this version."""
    try:
        manifest = Manifest(**json.loads((path / "manifest.json").read_bytes()))
    except (OSError, ValueError, TypeError) as error:
        raise EngineError(f"{path}: no readable manifest: {error}") from error
    if manifest.dense is not None and manifest.dense not in DENSE:
        raise EngineError(f"{path}: built with the engine {manifest.dense!r}, which this version doesn't have")
    for name, ours, theirs in (
        ("format", _FORMAT, manifest.format),
        ("words", words.VERSION, manifest.words),
        ("libraries", _libraries(manifest.dense), manifest.libraries),
    ):
        if ours != theirs:
            raise EngineError(f"{path}: built with {name} {theirs}, this is {ours}")
    return manifest


def check_seal(path: Path, manifest: Manifest) -> None:
    """Raises EngineError when a file isn't what was verified when the generation was built.

    A damaged graph can end the process that opens it, and a truncated file the one that has it mapped, so this comes
    before opening. Large files whose size and time are as they were are believed.
    """
    total = sum(size for size, _, _ in manifest.files.values())
    for name, (size, mtime_ns, digest) in manifest.files.items():
        file = path / name
        try:
            stat = file.stat()
            if stat.st_size != size:
                raise EngineError(f"{file}: {stat.st_size} bytes, was {size}")
            if (total <= _CHECKED_BYTES or stat.st_mtime_ns != mtime_ns) and _crc32(file) != digest:
                raise EngineError(f"{file}: its content has changed")
        except OSError as error:
            raise EngineError(f"{file}: {error}") from error


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
    IndexBusyError when another process is building and isn't done within `wait_s` seconds, EngineError when what was
    built doesn't verify.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with locked(directory / "building.lock", wait_s=wait_s):
        _sweep(catalog, directory)
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:8]}"
        making = directory / f"{name}.building"
        try:
            plan = _Plan(embedder=embedder, dimension=dimension, dense=dense)
            _child("build", catalog.path, making, plan, progress)
            if dense:
                _child("verify", catalog.path, making, plan, progress)  # a graph that is damaged may end its process
            else:
                _verify_here(catalog, making, **plan)
            manifest = _seal(making)
            final = directory / name
            making.rename(final)
            _fsync(directory)
        except BaseException:
            shutil.rmtree(making, ignore_errors=True)
            raise
        for row in catalog.generations():
            if intact(directory / row.id) is None:
                catalog.forget_generation(row.id)
        (make_live or catalog.make_live)(GenerationRow(name, "live", manifest.passages, embedder, time.time()))
        _sweep(catalog, directory)


def passage_entry(row: PassageRow) -> Entry:
    """What the lexical engine indexes of a passage."""
    return Entry(row.row, row.text, _joined(row.title, row.heading, row.publisher, row.published))


def document_entry(row: DocumentRow) -> Entry:
    """What the lexical engine indexes of a whole document."""
    return Entry(row.row, row.text, _joined(row.title, row.publisher, row.published))


def _joined(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)


def _libraries(dense: str | None) -> dict[str, str]:
    return dict([bm25.library(), *([DENSE[dense].library()] if dense else [])])


def _sweep(catalog: Catalog, directory: Path) -> None:
    """Delete directories that are neither live nor the previous generation; whoever has one open keeps it."""
    kept = {row.id for row in catalog.generations()}
    for path in directory.iterdir():
        if path.is_dir() and path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)


def _seal(path: Path) -> Manifest:
    manifest = json.loads((path / "manifest.json").read_bytes())
    unsealed = ("manifest.json", ".lock", *(DENSE[manifest["dense"]].rewritten if manifest["dense"] else ()))
    files = sorted(file for file in path.rglob("*") if file.is_file() and not file.name.endswith(unsealed))
    manifest["files"] = {
        str(file.relative_to(path)): (file.stat().st_size, file.stat().st_mtime_ns, _crc32(file)) for file in files
    }
    (path / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf8")
    for file in path.rglob("*"):
        _fsync(file)
    _fsync(path)
    return read_manifest(path)


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _crc32(path: Path) -> int:
    digest = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest = zlib.crc32(block, digest)
    return digest


def _child(action: str, catalog: Path, path: Path, plan: _Plan, progress: Callable[[int, int], None]) -> None:
    """Runs one step in a process of its own: its memory goes with it, and so does whatever its libraries do."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *sys.path[1:]])}
    # Not `python -m`: it would import this module twice.
    code = "import sys; from index.upkeep.generations import main; main(sys.argv[1:])"
    process = subprocess.Popen(
        [sys.executable, "-c", code, action, str(catalog), str(path), json.dumps(plan)],
        stdin=subprocess.PIPE,  # the child ends when it closes, as it does when this process is killed
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf8",
        errors="replace",
        env=environment,
    )
    message = "no message"
    with process:
        try:
            for line in process.stdout or ():
                if line.startswith("progress "):
                    _, done, total = line.split()
                    progress(int(done), int(total))
                else:
                    message = line.strip() or message
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise EngineError(f"{action} of {path.name} ended with {process.returncode}: {message}")


def _build_here(catalog: Catalog, path: Path, *, embedder: str, dimension: int, dense: str | None) -> None:
    """The child's work: write every engine of a generation from one state of the catalog."""
    with catalog.reading() as connection:
        last_passage, last_document = catalog.last_rows(connection)
        total = catalog.count_passages(connection, upto=last_passage)
        steps = _Steps(total * (2 if dense else 1))
        passages = (passage_entry(row) for row in catalog.passage_rows(connection, upto=last_passage))
        indexed_passages = len(WordIndex.build(steps.count(passages), path / "passages"))
        documents = (document_entry(row) for row in catalog.document_rows(connection, upto=last_document))
        indexed_documents = len(WordIndex.build(documents, path / "documents"))
        if dense:
            rows, vectors = _directed(
                *catalog.vectors(connection, embedder=embedder, dimension=dimension, upto=last_passage)
            )
            DENSE[dense].build(path / "dense", rows, vectors, progress=lambda done: steps.show(total + done))
    manifest = Manifest(
        format=_FORMAT,
        words=words.VERSION,
        libraries=_libraries(dense),
        embedder=embedder,
        dense=dense,
        last_passage=last_passage,
        last_document=last_document,
        passages=indexed_passages,
        documents=indexed_documents,
        files={},
    )
    (path / "manifest.json").write_text(json.dumps(asdict(manifest)), encoding="utf8")


def _verify_here(catalog: Catalog, path: Path, *, embedder: str, dimension: int, dense: str | None) -> None:
    """The other child's work: raises EngineError where something isn't found again; what was removed may be."""
    manifest = read_manifest(path)
    passages = WordIndex.open(path / "passages").rows()
    documents = WordIndex.open(path / "documents").rows()
    with catalog.reading() as connection:
        wanted = {row.row for row in catalog.passage_rows(connection, upto=manifest.last_passage)}
        if missing := wanted - set(passages.tolist()):
            raise EngineError(f"{path}: {len(missing)} of {len(wanted)} passages are not in the word index")
        wanted = {row.row for row in catalog.document_rows(connection, upto=manifest.last_document)}
        if missing := wanted - set(documents.tolist()):
            raise EngineError(f"{path}: {len(missing)} of {len(wanted)} documents are not in the word index")
        if not dense:
            return
        rows, vectors = _directed(
            *catalog.vectors(connection, embedder=embedder, dimension=dimension, upto=manifest.last_passage)
        )
    DENSE[dense].verify(path / "dense", rows, vectors)


def _directed(rows: Rows, vectors: Vectors) -> tuple[Rows, Vectors]:
    """Without the zeros that stand for texts without a known word: a cosine with them is undefined."""
    kept = vectors.any(axis=1)
    return rows[kept], vectors[kept]


class _Plan(TypedDict):
    embedder: str
    dimension: int
    dense: str | None


class _Steps:
    """Shows the parent how far along the child is, now and then."""

    def __init__(self, total: int) -> None:
        self._total = total

    def show(self, done: int) -> None:
        sys.stdout.write(f"progress {done} {self._total}\n")
        sys.stdout.flush()

    def count(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        done = 0
        for done, entry in enumerate(entries, 1):
            if done % 1000 == 0:
                self.show(done)
            yield entry
        self.show(done)


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)


def main(arguments: list[str]) -> None:
    """`build|verify CATALOG DIRECTORY PLAN`, as a child of `build`."""
    action, catalog_path, path, plan = arguments
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.closing(Catalog(Path(catalog_path))) as catalog:
        {"build": _build_here, "verify": _verify_here}[action](catalog, Path(path), **json.loads(plan))


if __name__ == "__main__":
    main(sys.argv[1:])
