"""What an engine is: dense (by meaning) or lexical (by words); and what the registry has to know of a dense one."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
"""(n,) row numbers of passages."""
Vectors = NDArray[np.float32]
"""(n, dim), each row of length 1."""
Scores = NDArray[np.float32]
"""(n,), higher is better."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the lexical engine indexes of one passage."""

    row: int
    text: str
    context: str
    """Title, heading, publisher and date: words that are true of the passage without standing in it."""


class EngineError(RuntimeError):
    """An engine's files are missing, damaged or written by an incompatible version; the catalog can rebuild them."""


@contextlib.contextmanager
def engine_errors(what: object) -> Iterator[None]:
    """Turns whatever a library raises inside into EngineError. A panic of a Rust core is no Exception."""
    try:
        yield
    except (EngineError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        raise EngineError(f"{what}: {error}") from error


def among(rows: Rows, only: Rows) -> NDArray[np.bool_]:
    """Which of `rows` are among `only`, which is sorted."""
    if not len(only):
        return np.zeros(len(rows), np.bool_)
    places = np.searchsorted(only, rows).clip(max=len(only) - 1)
    there: NDArray[np.bool_] = only[places] == rows
    return there


def widening(
    look: Callable[[int], tuple[Rows, Scores]], limit: int, only: Rows, *, least: int, most: int
) -> tuple[Rows, Scores] | None:
    """The best `limit` of `only` in what `look` finds, the best first, looking for more of it until there are enough.

    It begins with `least` and gives up, with None, before it would look for more than `most`.
    """
    wanted = least
    while wanted <= most:
        rows, scores = look(wanted)
        kept = among(rows, only)
        if kept.sum() >= limit or len(rows) < wanted:
            return rows[kept][:limit], scores[kept][:limit]
        wanted *= 4
    return None


class Dense(Protocol):
    """Passages by cosine similarity."""

    by_row: bool
    """Whether a search for some rows alone compares just these."""

    def __len__(self) -> int: ...

    def search(self, vector: NDArray[np.float32], limit: int, *, only: Rows | None = None) -> tuple[Rows, Scores]:
        """At most `limit` rows, the most similar first, with their cosines in [-1, 1]; equal ones by row.

        With `only`, sorted rows, the most similar of these; rows that the engine doesn't hold may be among them.
        """
        ...

    def close(self) -> None:
        """Let go of files and memory; the engine isn't used again."""
        ...


class Lexical(Protocol):
    """Passages by weighted words."""

    def __len__(self) -> int: ...

    def frequencies(self, terms: Sequence[str], *, only: Rows | None = None) -> list[int]:
        """In how many passages' texts each term stands; with `only`, sorted rows, in how many of these."""
        ...

    def search(self, weights: dict[str, float], limit: int, *, only: Rows | None = None) -> tuple[Rows, Scores]:
        """At most `limit` rows with their sums of weight × saturated term frequency, best first; equal ones by row.

        With `only`, sorted rows, the best of these; rows that the engine doesn't hold may be among them.
        """
        ...

    def holding(self, terms: Collection[str]) -> Rows:
        """The rows of every passage in whose text all the terms stand, in no order."""
        ...

    def extended(self, entries: Iterable[Entry]) -> Lexical:
        """An engine that knows `entries` too; this one goes on answering as before."""
        ...


class Build(Protocol):
    """Writes an engine's files."""

    def __call__(self, path: Path, rows: Rows, vectors: Vectors, *, progress: Callable[[int], None]) -> None:
        """Writes an engine of these vectors into `path`, which doesn't exist yet; `progress` gets how many are in."""
        ...


def _ample(dimension: int) -> int:
    """Room for a vector four times over, and for its place in a graph."""
    return 4 * 4 * dimension + 2_000


@dataclass(frozen=True, slots=True)
class Engine:
    """A kind of dense engine that lives in a generation's directory, as functions of its path."""

    build: Build
    open: Callable[[Path], Dense]
    """Raises EngineError where the files can't be read."""
    verify: Callable[[Path, Rows, Vectors], None]
    """Raises EngineError where these vectors are not found again. Runs in a process that it may end."""
    library: Callable[[], tuple[str, str]]
    """Name and version of what writes the files: files of another version are not opened."""
    probe: Callable[[Path], None] | None = None
    """Opens and searches the files, raises EngineError where that fails. It runs in a process that it may end, before
    they are opened here. None where opening can't end a process."""
    rewritten: tuple[str, ...] = ()
    """Endings of the files that opening alone changes: no checksum holds for them, so their damage must raise."""
    room: Callable[[int], int] = _ample
    """How many bytes on disk a vector of so many dimensions takes at most while the files are written."""
