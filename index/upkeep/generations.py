"""Generations: engines on disk, each in a directory that is written once, checked, made live, and never changed.

    build   child processes, one an engine, write generations/<id>.building from the catalog
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
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from index import words
from index.catalog.catalog import Catalog
from index.catalog.locks import locked
from index.catalog.rows import DocumentRow, GenerationRow, PassageRow
from index.engines import bm25
from index.engines.bm25 import WordIndex
from index.engines.protocols import Dense, EngineError, Entry, Rows, Vectors
from index.engines.registry import DENSE, Choice
from index.upkeep import probing, space

FRESH, FRESH_SHARE, FRESH_MOST = 2_000, 0.1, 20_000
"""How many passages may be newer than the live generation: at least, as a share of all, and at most. Each opening of
the index reads them anew."""
_FORMAT = 2
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
    check_seal(path, manifest, parts=_WORDS)
    dense, problem = None, None
    if manifest.dense and not words_only:
        try:
            check_seal(path, manifest, parts=("dense",))
            dense = probing.opened(manifest.dense, path / "dense")
        except EngineError as error:
            problem = str(error)
    passages, documents = WordIndex.open(path / "passages"), WordIndex.open(path / "documents")
    return Generation(path.name, manifest, passages, documents, dense, problem)


def intact(path: Path) -> Manifest | None:
    """The manifest of the generation in `path`, or None when it is damaged or of another version; opens no engine in
    this process."""
    try:
        manifest = read_manifest(path)
        check_seal(path, manifest)
        if manifest.dense:
            probing.check(manifest.dense, path / "dense")
    except EngineError:
        return None
    return manifest


def read_manifest(path: Path) -> Manifest:
    """The manifest of the generation in `path`; raises EngineError when there is none that fits this version."""
    try:
        kept = json.loads((path / "manifest.json").read_bytes())
        if kept.pop("crc32") != _digest_of(kept):
            raise ValueError("its content has changed")
        manifest = Manifest(**kept)
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as error:
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


def check_seal(path: Path, manifest: Manifest, *, parts: Sequence[str] = (), whole: bool = False) -> None:
    """Raises EngineError when a file isn't what was verified when the generation was built; with `parts` only of those
    of its folders.

    A damaged graph can end the process that opens it, and a truncated file the one that has it mapped, so this comes
    before opening. Large files whose size and time are as they were are believed, unless the `whole` is to be read.
    """
    total = 0 if whole else sum(size for size, _, _ in manifest.files.values())
    for name, (size, mtime_ns, digest) in manifest.files.items():
        if parts and Path(name).parts[0] not in parts:
            continue
        file = path / name
        try:
            stat = file.stat()
            if stat.st_size != size:
                raise EngineError(f"{file}: {stat.st_size} bytes, was {size}")
            if (total <= _CHECKED_BYTES or stat.st_mtime_ns != mtime_ns) and _crc32(file) != digest:
                raise EngineError(f"{file}: its content has changed")
        except OSError as error:
            raise EngineError(f"{file}: {error}") from error


def check_whole(catalog: Catalog, path: Path, *, dimension: int) -> Manifest:
    """The manifest of the generation in `path`; raises EngineError when anything is changed, missing or not found."""
    manifest = read_manifest(path)
    check_seal(path, manifest, whole=True)
    if manifest.dense:
        probing.forget(path / "dense")
        probing.check(manifest.dense, path / "dense")
    plan = _Plan(manifest.embedder, dimension, manifest.dense, manifest.last_passage, manifest.last_document)
    _children(["verify"], catalog.path, path, plan)
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
    with locked(directory / "building.lock", wait_s=wait_s):
        _sweep(catalog, directory)
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:8]}"
        making = directory / f"{name}.building"
        try:
            with catalog.reading() as connection:
                last_passage, last_document = catalog.last_rows(connection)
                total = catalog.count_passages(connection, upto=last_passage)
            plan = _Plan(embedder, dimension, dense, last_passage, last_document)
            space.check(directory, space.of_engines(catalog, dense, dimension, total), what="建立检索引擎")
            making.mkdir()
            held = _children([*_WORDS, *(["dense"] if dense else [])], catalog.path, making, plan, progress, total)
            _write_manifest(making, plan, passages=held["passages"], documents=held["documents"])
            if dense:
                _children(["verify"], catalog.path, making, plan)  # a graph that is damaged may end its process
            else:
                _verify_here(catalog, making, plan)
            manifest = _seal(making)
            if dense:
                probing.note_success(making / "dense")
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
    manifest["crc32"] = _digest_of(manifest)
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


def _digest_of(manifest: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(manifest, sort_keys=True).encode())


def _crc32(path: Path) -> int:
    digest = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest = zlib.crc32(block, digest)
    return digest


class _Plan(NamedTuple):
    """What a generation is to hold."""

    embedder: str
    dimension: int
    dense: str | None
    last_passage: int
    last_document: int


def _children(
    actions: Sequence[str],
    catalog: Path,
    path: Path,
    plan: _Plan,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    total: int = 0,
) -> dict[str, int]:
    """Runs steps at the same time, each in a process of its own: its memory goes with it, and so does whatever its
    libraries do. Gives back how many entries each of them has written."""
    started = {action: _started(action, catalog, path, plan) for action in actions}
    counted = [action for action in actions if action != "documents"]
    done = dict.fromkeys(counted, 0)
    telling = threading.Lock()

    def follow(action: str) -> int:
        held = 0
        for number in _said(started[action], action, path):
            if action in done:
                with telling:
                    done[action] = number
                    progress(sum(done.values()), total * len(counted))
            held = number
        return held

    with ThreadPoolExecutor(len(started)) as pool:
        following = {action: pool.submit(follow, action) for action in actions}
        try:
            wait(following.values(), return_when=FIRST_EXCEPTION)
            failed = next((each for each in following.values() if each.done() and each.exception()), None)
            if failed:
                failed.result()
            return {action: each.result() for action, each in following.items()}
        except BaseException:
            for process in started.values():
                process.kill()
            raise


def _started(action: str, catalog: Path, path: Path, plan: _Plan) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *sys.path[1:]])}
    # Not `python -m`: it would import this module twice.
    code = "import sys; from index.upkeep.generations import main; main(sys.argv[1:])"
    return subprocess.Popen(
        [sys.executable, "-c", code, action, str(catalog), str(path), json.dumps(plan)],
        stdin=subprocess.PIPE,  # the child ends when it closes, as it does when this process is killed
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf8",
        errors="replace",
        env=environment,
    )


def _said(process: subprocess.Popen[str], action: str, path: Path) -> Iterator[int]:
    """How many entries a child has written, whenever it says so. Raises EngineError when it ends otherwise."""
    message = "no message"
    with process:
        for line in process.stdout or ():
            if line.startswith("written "):
                yield int(line.split()[1])
            else:
                message = line.strip() or message
    if process.returncode:
        raise EngineError(f"{action} of {path.name} ended with {process.returncode}: {message}")


def _write_passages(catalog: Catalog, path: Path, plan: _Plan) -> int:
    with catalog.reading() as connection:
        entries = (passage_entry(row) for row in catalog.passage_rows(connection, upto=plan.last_passage))
        return len(WordIndex.build(_counted(entries), path / "passages"))


def _write_documents(catalog: Catalog, path: Path, plan: _Plan) -> int:
    with catalog.reading() as connection:
        entries = (document_entry(row) for row in catalog.document_rows(connection, upto=plan.last_document))
        return len(WordIndex.build(entries, path / "documents"))


def _write_dense(catalog: Catalog, path: Path, plan: _Plan) -> int:
    rows, vectors = _wanted(catalog, plan)
    DENSE[plan.dense or ""].build(path / "dense", rows, vectors, progress=_tell)
    return len(rows)


def _verify_here(catalog: Catalog, path: Path, plan: _Plan) -> int:
    """Raises EngineError where something isn't found again; what was removed may be."""
    for name, last in (("passages", plan.last_passage), ("documents", plan.last_document)):
        held = set(WordIndex.open(path / name).rows().tolist())
        with catalog.reading() as connection:
            wanted = catalog.rows(connection, upto=last, documents=name == "documents")
        if missing := wanted - held:
            raise EngineError(f"{path}: {len(missing)} of {len(wanted)} {name} are not in the word index")
    if plan.dense:
        DENSE[plan.dense].verify(path / "dense", *_wanted(catalog, plan))
    return 0


_WORDS = ("passages", "documents")
_ACTIONS = {
    "passages": _write_passages, "documents": _write_documents, "dense": _write_dense, "verify": _verify_here,
}  # fmt: skip


def _wanted(catalog: Catalog, plan: _Plan) -> tuple[Rows, Vectors]:
    """The vectors that a graph is to hold: without the zeros that stand for texts without a known word, as a cosine
    with them is undefined."""
    with catalog.reading() as connection:
        rows, vectors = catalog.vectors(
            connection, embedder=plan.embedder, dimension=plan.dimension, upto=plan.last_passage
        )
    kept = vectors.any(axis=1)
    return (rows, vectors) if kept.all() else (rows[kept], vectors[kept])


def _write_manifest(path: Path, plan: _Plan, *, passages: int, documents: int) -> None:
    manifest = Manifest(
        format=_FORMAT,
        words=words.VERSION,
        libraries=_libraries(plan.dense),
        embedder=plan.embedder,
        dense=plan.dense,
        last_passage=plan.last_passage,
        last_document=plan.last_document,
        passages=passages,
        documents=documents,
        files={},
    )
    (path / "manifest.json").write_text(json.dumps(asdict(manifest)), encoding="utf8")


def _tell(written: int) -> None:
    sys.stdout.write(f"written {written}\n")
    sys.stdout.flush()


def _counted(entries: Iterable[Entry]) -> Iterator[Entry]:
    for number, entry in enumerate(entries, 1):
        if number % 1000 == 0:
            _tell(number)
        yield entry


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)


def main(arguments: list[str]) -> None:
    """`passages|documents|dense|verify CATALOG DIRECTORY PLAN`, as a child of `build`."""
    action, catalog_path, path, plan = arguments
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.closing(Catalog(Path(catalog_path))) as catalog:
        _tell(_ACTIONS[action](catalog, Path(path), _Plan(*json.loads(plan))))


if __name__ == "__main__":
    main(sys.argv[1:])
