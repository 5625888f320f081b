"""Watching: changed files in what is registered become jobs as they change"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from sources.readers.metadata import is_metadata

if TYPE_CHECKING:
    from index.catalog.rows import Source
    from index.upkeep.jobs import Jobs

_SETTLED_MS = 200
"""Changes that come so soon after one another are told together: a file is saved in several steps."""
_LOOK_MS = 1000
"""Between looks whether something else is registered, or a single file has changed."""


def watch(jobs: Jobs, sources: Callable[[], Iterable[Source]], ended: threading.Event) -> None:
    """Queues a job for what changes in the sources, until it is `ended`; also in those that are registered later.

    A share on another machine tells of none of its changes (see watchfiles' WATCHFILES_FORCE_POLLING).
    """
    import watchfiles

    looks: dict[Path, object] = {}
    is_unseen = False
    while not ended.is_set():
        roots = _roots(sources)
        folders = _folders(roots)
        if not folders:
            ended.wait(_LOOK_MS / 1000)
            looks, is_unseen = _files_changed(jobs, roots, looks), True
            continue
        with contextlib.suppress(OSError, RuntimeError):  # a folder went while it was to be watched
            for changes in watchfiles.watch(
                *folders, watch_filter=None, debounce=_SETTLED_MS, step=50, stop_event=ended, rust_timeout=_LOOK_MS,
                yield_on_timeout=True, raise_interrupt=False,
            ):  # fmt: skip
                if is_unseen:  # what changed in them before, or while they were away, nobody has told
                    jobs.add("update", list(folders), is_change=True)
                    is_unseen = False
                if changes:
                    paths = {Path(path) for _, path in changes}
                    # What metadata.csv says is of the files beside it.
                    changed = sorted({path.parent if is_metadata(path) else path for path in paths})
                    jobs.add("update", changed, is_change=True)
                looks = _files_changed(jobs, roots, looks)
                if (now := _roots(sources)) != roots or _folders(now) != folders:
                    break
        is_unseen = True
        ended.wait(0.05)


def _roots(sources: Callable[[], Iterable[Source]]) -> list[Path]:
    return [Path(source.path) for source in sources()]


def _folders(roots: Iterable[Path]) -> dict[Path, object]:
    """Those that are folders, each with what tells it from another one that takes its place."""
    found: dict[Path, object] = {}
    for root in roots:
        with contextlib.suppress(OSError):
            if root.is_dir():
                found[root] = (root.stat().st_dev, root.stat().st_ino)
    return found


def _files_changed(jobs: Jobs, roots: Iterable[Path], before: dict[Path, object]) -> dict[Path, object]:
    """How the single files among the roots look now; those that looked otherwise before are queued."""
    now: dict[Path, object] = {}
    for root in roots:
        if not root.is_dir():
            now[root] = None
            with contextlib.suppress(OSError):
                stat = root.stat()
                now[root] = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
    if changed := sorted(path for path, look in now.items() if path in before and before[path] != look):
        jobs.add("update", changed, is_change=True)
    return now
