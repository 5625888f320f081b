"""Intake: how files become what an index keeps"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sources.documents import Document
from sources.figures.figure import Figure
from sources.passages import Passage
from sources.readers.regular import Stamp, stamp_of

if TYPE_CHECKING:
    from sources.readers.files import Listing
    from sources.readers.sandbox import Ready, Sandbox, UnderWay
    from sources.taking import Taken


@dataclass(frozen=True, slots=True)
class Intake:
    """The functions of `sources` that an update calls, and where those are called that look into a file."""

    find_files: Callable[..., Listing]
    """Of paths, `follow_links=True` besides where links out of them are followed, `within` a folder where they are to
    be looked at as a walk of it would. Raises SourceError for a path that doesn't exist, but within a folder; a folder
    that can't be listed stands among the files."""
    read: Callable[[Path], Document]
    """Raises SourceError for a file that can't be read."""
    split: Callable[[Document], list[Passage]]
    extract_figures: Callable[[Document], list[Figure]]
    sha256: Callable[[Path], str]
    """Of a file's bytes, in hex. Raises SourceError for a file that `read` refuses for its size or its nature."""
    stamp: Callable[[Path], Stamp] = stamp_of
    """What tells that a file has changed without reading it. Raises OSError."""
    stated: Callable[[Path], str] = lambda _: ""
    """What stands beside a file about it, in metadata.csv, as JSON; "" where nothing does."""
    sandbox: Sandbox | None = None
    """Reads, splits and extracts in other processes; None: here, one file after the other, as functions need that can't
    be pickled."""

    @classmethod
    def of_sources(cls, *, ready: Ready | None = None) -> Intake:
        """The real ones, in other processes, of which `ready` keeps one for the next files. Raises ValueError for a
        limit in the environment that can't be used."""
        from sources.figures.prose import extract_figures
        from sources.passages import split
        from sources.readers.archives import sha256_of, stat_of
        from sources.readers.files import find_files, read
        from sources.readers.metadata import stated
        from sources.readers.sandbox import Sandbox

        return cls(find_files, read, split, extract_figures, sha256_of, stat_of, stated, Sandbox(ready=ready))

    def each(
        self, paths: Iterable[Path], *, tell: Callable[[UnderWay], None]
    ) -> Generator[tuple[Path, Taken | Exception]]:
        """What stands in each of the files, or why it can't be read; close it when you leave before its end.

        `tell` is told which file is waited for.
        """
        from sources.taking import take

        work = partial(take, read=self.read, split=self.split, extract_figures=self.extract_figures)
        if self.sandbox:
            yield from self.sandbox.each(paths, work, tell=tell)
            return
        for path in paths:
            outcome: Taken | Exception
            try:
                outcome = work(path)
            except MemoryError:
                raise
            except Exception as error:  # noqa: BLE001 (a reader may fail in any way on a file that it didn't expect)
                outcome = error
            yield path, outcome
