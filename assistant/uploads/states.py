"""How far each file has come that was brought: waiting, being read, found by questions, or failed and why"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from index.catalog.listing import lies_in
from sources.documents import SourceError
from sources.readers.archives import is_archive
from sources.readers.files import find_files
from sources.readers.metadata import NAME as METADATA

if TYPE_CHECKING:
    from pathlib import Path

    from assistant.uploads.store import Kept
    from index.catalog.rows import FileRow
    from index.index import Index
    from index.upkeep.jobs import Job

State = Literal["waiting", "reading", "indexed", "failed", "cancelled"]
_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class FileState:
    """How far a file has come."""

    state: State
    why: str = ""
    """Why it failed, and what to do."""
    document_id: str | None = None
    """Of the document that questions find; of an archive with several, None."""
    documents: int = 0
    """How many it holds, an archive for one."""
    page: int = 0
    """The page that is being read, of `pages`."""
    pages: int = 0


class Brought:
    """The files that were brought of late, the newest first. Safe to share between threads."""

    def __init__(self) -> None:
        self._files: OrderedDict[str, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, kept: Kept) -> None:
        """Remembers one."""
        with self._lock:
            self._files[kept.name] = kept
            self._files.move_to_end(kept.name)
            while len(self._files) > _REMEMBERED:
                self._files.popitem(last=False)

    def forget(self, paths: Iterable[str]) -> None:
        """Forgets those at these paths."""
        gone = set(paths)
        with self._lock:
            for name in [name for name, kept in self._files.items() if str(kept.path) in gone]:
                del self._files[name]

    def all(self) -> list[Kept]:
        """Those that are remembered."""
        with self._lock:
            return list(reversed(self._files.values()))

    def of(self, document_id: str) -> Kept | None:
        """The one with these bytes."""
        return next((kept for kept in self.all() if kept.document_id == document_id), None)


def states(index: Index, files: Sequence[Kept]) -> list[FileState]:
    """How far each of the files has come."""
    jobs = [job for job in index.jobs.all() if not job.has_ended and job.kind == "update"]
    known = index.files([str(kept.path) for kept in files])
    return [_state(index, kept, known.get(str(kept.path)), jobs) for kept in files]


def _state(index: Index, kept: Kept, row: FileRow | None, jobs: Sequence[Job]) -> FileState:
    own = str(kept.path)
    if row is not None and row.error is None and row.reading and row.document_id == kept.document_id:
        return FileState("indexed", document_id=row.document_id, documents=1)
    failed = FileState("failed", row.error.removeprefix(f"{own}: ")) if row is not None and row.error else None
    if failed is not None and row is not None and row.error != kept.error_before:
        return failed  # while others of its job are still being read
    concerned = [job for job in jobs if not job.paths or any(lies_in(own, each) for each in job.paths)]
    if concerned:
        at = next((job.progress for job in concerned if job.state == "running"), None)
        if at is not None and at.stage == "reading" and lies_in(at.path, own):
            return FileState("reading", page=at.page, pages=at.pages)
        return FileState("waiting")
    if kept.path.name.lower() == METADATA:
        return FileState("indexed")
    if failed is not None:
        return failed
    if not kept.path.exists():
        return FileState("cancelled", "文件已经不在")
    return _unlisted(index, kept.path)


def _unlisted(index: Index, path: Path) -> FileState:
    """Of a file that no job will read and that isn't known by its own path: an archive, or one that is passed over."""
    try:
        inside = find_files([path])
    except SourceError as error:
        return FileState("failed", f"{error.reason}。{error.remedy}")
    if not is_archive(path):
        return FileState("cancelled", "没有读取：任务取消了")
    rows = index.files([str(each) for each in inside.files])
    ids = {row.document_id for row in rows.values() if row.document_id}
    if ids:
        return FileState("indexed", document_id=ids.pop() if len(ids) == 1 else None, documents=len(rows))
    why = next((row.error for row in rows.values() if row.error), None)
    why = why or next((each.reason for each in inside.passed_over), "压缩包里没有能读的文件")
    return FileState("failed", why)
