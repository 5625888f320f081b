"""Space: whether the disk holds what is about to be written, asked before anything is"""

from __future__ import annotations

import shutil
from pathlib import Path

from index.catalog.schema import CatalogError

_SPARE_BYTES = 50_000_000
"""What is left to everybody else, and to SQLite's log."""


class SpaceError(CatalogError):
    """The disk is too small for what is to be written: `str(error)` says how much is needed, and where."""


def check(folder: Path, needed: int, *, what: str) -> None:
    """Raises SpaceError where the disk of `folder` has fewer than `needed` bytes left, for `what` is to be done."""
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    free = shutil.disk_usage(there).free
    if free < needed + _SPARE_BYTES:
        raise SpaceError(
            f"{folder}: {what}约需 {_size(needed + _SPARE_BYTES)}，磁盘只剩 {_size(free)}。"
            "还什么都没有写。请腾出空间，或换一个位置"
        )


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
