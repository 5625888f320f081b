"""Space: whether the disk holds what is about to be written, asked before anything is"""

from __future__ import annotations

import contextlib
import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

from index.catalog.catalog import Catalog
from index.catalog.schema import CatalogError
from index.engines.protocols import EngineError
from index.engines.registry import DENSE

_WORDS_BYTES = 12
"""What the word indexes take of the disk for a character of text, at most, while they are merged."""
_SPARE_BYTES = 10_000_000
"""What is left to everybody else, and to SQLite's log."""
_FULL = (errno.ENOSPC, errno.EDQUOT)
_FULL_IN_WORDS = ("No space left", "disk is full", "Disk quota exceeded")


class SpaceError(CatalogError):
    """The disk is too small for what is to be written: `str(error)` says how much is needed, and where."""


def of_engines(catalog: Catalog, dense: str | None, dimension: int, passages: int) -> int:
    """How many bytes the engines of the whole catalog take at most while they are built: the dense one of this name,
    with so many vectors, and the word indexes."""
    with catalog.reading() as connection:
        characters = catalog.count_characters(connection)
    return _WORDS_BYTES * characters + (passages * DENSE[dense].room(dimension) if dense else 0)


def check(folder: Path, needed: int, *, what: str) -> None:
    """Raises SpaceError where the disk of `folder` has fewer than `needed` bytes left, for `what` is to be done."""
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    free = shutil.disk_usage(there).free
    if free < needed + _SPARE_BYTES:
        raise SpaceError(
            f"{folder}: {what}约需 {_size(needed + _SPARE_BYTES)}，磁盘只剩 {_size(free)}。"
            "还什么都没有写。请腾出空间，或换一个位置"
        )


@contextlib.contextmanager
def told(folder: Path, *, what: str) -> Iterator[None]:
    """Raises SpaceError where the disk fills up while something is written, which no look beforehand can foresee."""
    try:
        yield
    except (OSError, EngineError) as error:
        # Libraries and child processes tell it only in words.
        if getattr(error, "errno", None) not in _FULL and not any(word in str(error) for word in _FULL_IN_WORDS):
            raise
        raise SpaceError(f"{folder}: {what}没有完成，磁盘已满。原来的都在；请腾出空间后再试，或换一个位置") from error


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
