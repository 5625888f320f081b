"""Sources: whether what is registered can be reached, so that a share that is away isn't taken for an emptied one"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable
from functools import partial
from pathlib import Path

from index.catalog.catalog import Catalog
from index.catalog.listing import lies_in
from index.catalog.rows import Source

_MANY = 10
"""As many files don't go from a folder at once unless it was emptied on purpose, which can be said with `remove`."""


def missing(source: Source, known: Callable[[], Collection[str]]) -> str | None:
    """Why a source, where the files `known()` were read, can't be reached; None where it can.

    A file that is gone from a folder that is there has been deleted: that is no reason. The mount point of a share that
    is away is an empty folder, another one than the share's.
    """
    root = Path(source.path)
    try:
        is_empty = not any(root.iterdir())
    except FileNotFoundError:
        was_file = set(known()) == {source.path} or root.suffix.lower() == ".zip"
        return None if was_file and root.parent.is_dir() else "现在不在那里"
    except NotADirectoryError:
        return None
    except OSError as error:
        return f"现在打不开（{error.strerror or error}）"
    if is_empty and source.identity is not None and identity(root) != source.identity and known():
        return "现在是空的，也不是原来那个文件夹"
    return "现在是空的" if is_empty and len(known()) >= _MANY else None


def away(catalog: Catalog, root: Path, sources: Iterable[Source]) -> dict[str, str]:
    """Those of the sources that `root` is, or lies in, and that can't be reached: why."""
    over = [source for source in sources if lies_in(str(root), source.path)]
    return {source.path: why for source in over if (why := missing(source, partial(catalog.files, source.path)))}


def identity(root: Path) -> str | None:
    """What tells the folder `root` from another one of the same name; None where it is no folder."""
    with contextlib.suppress(OSError):
        if root.is_dir():
            stat = root.stat()
            return f"{stat.st_dev}:{stat.st_ino}"
    return None
