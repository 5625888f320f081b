"""Building: the child processes that write a generation's engines from the catalog, one an engine, and verify them"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path
from typing import NamedTuple

from index.catalog.catalog import Catalog
from index.catalog.rows import DocumentRow, PassageRow
from index.engines.bm25 import WordIndex
from index.engines.protocols import EngineError, Entry, Rows, Vectors
from index.engines.registry import DENSE


class Plan(NamedTuple):
    """What a generation is to hold."""

    embedder: str
    dimension: int
    dense: str | None
    last_passage: int
    last_document: int


def children(
    actions: Sequence[str],
    catalog: Path,
    path: Path,
    plan: Plan,
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


def _started(action: str, catalog: Path, path: Path, plan: Plan) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *sys.path[1:]])}
    # Not `python -m`: it would import this module twice.
    code = "import sys; from index.upkeep.building import main; main(sys.argv[1:])"
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


def _write_passages(catalog: Catalog, path: Path, plan: Plan) -> int:
    with catalog.reading() as connection:
        entries = (passage_entry(row) for row in catalog.passage_rows(connection, upto=plan.last_passage))
        return len(WordIndex.build(_counted(entries), path / "passages"))


def _write_documents(catalog: Catalog, path: Path, plan: Plan) -> int:
    with catalog.reading() as connection:
        entries = (document_entry(row) for row in catalog.document_rows(connection, upto=plan.last_document))
        return len(WordIndex.build(entries, path / "documents"))


def _write_dense(catalog: Catalog, path: Path, plan: Plan) -> int:
    rows, vectors = _wanted(catalog, plan)
    DENSE[plan.dense or ""].build(path / "dense", rows, vectors, progress=_tell)
    return len(rows)


def verify_here(catalog: Catalog, path: Path, plan: Plan) -> int:
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


_ACTIONS = {
    "passages": _write_passages, "documents": _write_documents, "dense": _write_dense, "verify": verify_here,
}  # fmt: skip


def _wanted(catalog: Catalog, plan: Plan) -> tuple[Rows, Vectors]:
    """The vectors that a graph is to hold: without the zeros that stand for texts without a known word, as a cosine
    with them is undefined."""
    with catalog.reading() as connection:
        rows, vectors = catalog.vectors(
            connection, embedder=plan.embedder, dimension=plan.dimension, upto=plan.last_passage
        )
    kept = vectors.any(axis=1)
    return (rows, vectors) if kept.all() else (rows[kept], vectors[kept])


def passage_entry(row: PassageRow) -> Entry:
    """What the lexical engine indexes of a passage."""
    return Entry(row.row, row.text, _joined(row.title, row.heading, row.publisher, row.published))


def document_entry(row: DocumentRow) -> Entry:
    """What the lexical engine indexes of a whole document."""
    return Entry(row.row, row.text, _joined(row.title, row.publisher, row.published))


def _joined(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)


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
        _tell(_ACTIONS[action](catalog, Path(path), Plan(*json.loads(plan))))


if __name__ == "__main__":
    main(sys.argv[1:])
