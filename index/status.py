"""Status: what an index holds, and which embedder answers from it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from index.answering import AnsweringEmbedder
from index.catalog.catalog import Catalog
from index.catalog.listing import count_files
from index.engines.protocols import EngineError
from index.upkeep.sealing import read_manifest
from sources.documents import Unread

_CATALOG = ("catalog.sqlite3", "catalog.sqlite3-wal", "catalog.sqlite3-shm", "catalog.roots.json")


@dataclass(frozen=True, slots=True)
class Status:
    """What an index holds."""

    documents: int
    passages: int
    figures: int
    generation: str | None
    """The live generation's id; None while everything is searched straight from the catalog."""
    fresh: int
    """Passages newer than the live generation."""
    embedder: str
    """Whose vectors answer."""
    bytes: int
    """On disk, all of the data directory."""
    sizes: dict[str, int]
    """The same by part: "catalog", "engines" (the live ones), "earlier" (those before them, which step in, and what is
    being built), "sources" (indexes of `--sources`), "other"."""
    roots: tuple[str, ...]
    files: int
    """How many files the documents lie in."""
    unreachable: dict[str, float]
    """Root → since when it can't be reached, in seconds since 1970."""
    failures: dict[str, str]
    """Path → why it isn't indexed, or not its latest state."""
    passed_over: tuple[Unread, ...]
    """What lies in the roots that no reader takes."""
    switching_to: str | None = None
    """The chosen embedder, while it doesn't answer yet."""
    embedded: int = 0
    """How many passages have a vector of `switching_to`."""
    outgrown: tuple[str, int] | None = None
    """A better, slower embedder that isn't chosen because there are more passages than it is chosen for: so many."""
    words_only: str | None = None
    """Why the last search went by words only; None when it didn't."""


def status_of(data_dir: Path, catalog: Catalog, answering: AnsweringEmbedder) -> Status:
    """The status of the index in `data_dir`; no engine is opened for it."""
    documents, passages, figures = catalog.counts()
    with catalog.reading() as connection:
        files = count_files(connection)
    live = next((row for row in catalog.generations() if row.state == "live"), None)
    fresh = passages
    if live is not None:
        try:
            after = read_manifest(data_dir / "generations" / live.id).last_passage
        except EngineError:
            live = None
        else:
            with catalog.reading() as connection:
                fresh = catalog.count_passages(connection, after=after)
    sources = catalog.sources(counted=False)
    succession, chosen, recorded = answering.succession(), answering.chosen().name, answering.recorded()
    answers = recorded.name if recorded else answering.first().name
    embedded = passages
    if recorded is None or answers != chosen:
        with catalog.reading() as connection:
            embedded = max(0, passages - catalog.count_without_vector(connection, chosen))
    sizes = _sizes(data_dir, live.id if live else None)
    return Status(
        documents=documents,
        passages=passages,
        figures=figures,
        generation=live.id if live else None,
        fresh=fresh,
        embedder=answers,
        bytes=sum(sizes.values()),
        sizes=sizes,
        roots=tuple(source.path for source in sources),
        files=files,
        unreachable={source.path: source.unreachable_since for source in sources if source.unreachable_since},
        failures=catalog.failures(),
        passed_over=tuple(catalog.passed_over()),
        switching_to=chosen if passages and (embedded < passages or answers != chosen) else None,
        embedded=embedded,
        outgrown=(succession.then.name, succession.most) if chosen != succession.then.name else None,
        words_only=answering.failure(answers),
    )


def _sizes(data_dir: Path, live: str | None) -> dict[str, int]:
    sizes = dict.fromkeys(("catalog", "engines", "earlier", "sources", "other"), 0)
    for path in data_dir.rglob("*"):
        first, *rest = path.relative_to(data_dir).parts
        if first in _CATALOG:
            part = "catalog"
        elif first == "generations" and rest:
            part = "engines" if rest[0] == live else "earlier"
        else:
            part = "sources" if first == "sources" else "other"
        with contextlib.suppress(FileNotFoundError):  # another process may be sweeping
            sizes[part] += path.stat().st_size if path.is_file() else 0
    return sizes
