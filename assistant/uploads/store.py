"""The store of uploads: each file comes whole into `uploads/` of the data directory or not at all, and is read by a job

uploads/通知/2026.docx                     what people brought, with their folders; registered with the index
uploads.earlier/通知/2026.docx/20261127-…  what a newer version of the same name took the place of
uploads.part/7312-…/2026.docx              what is under way; what a killed server left there goes at the next start
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, Literal

from assistant.uploads.names import is_hidden, safe_path
from index.catalog.listing import lies_in
from index.catalog.locks import locked
from index.catalog.schema import IndexBusyError
from sources.documents import SourceError
from sources.readers.archives import MAX_ARCHIVE_BYTES
from sources.readers.files import find_files
from sources.readers.metadata import NAME as METADATA
from sources.readers.regular import MAX_BYTES

if TYPE_CHECKING:
    from assistant.ask import Assistant
    from index.index import Index

Outcome = Literal["new", "same", "version"]
"""new: nothing of this name was there; same: the same bytes were; version: other bytes were, which are kept aside."""
FOLDER = "uploads"
_EARLIER, _PART = "uploads.earlier", "uploads.part"
_SPARE_BYTES = 50_000_000
"""Of the disk, left to the index: a file that fits and can't be read into it would be of no use."""


class UploadError(ValueError):
    """Why a file isn't kept: `str(error)` says so to whoever sent it; `status` is HTTP's, `code` is for programs."""

    def __init__(self, message: str, status: int = 422, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code or _CODES.get(status, "not_taken")


_CODES = {
    408: "body_timeout",
    413: "too_large",
    415: "not_readable",
    500: "not_written",
    507: "disk_full",
}


@dataclass(frozen=True, slots=True)
class Staged:
    """A file that has come whole, and waits to be kept."""

    name: PurePosixPath
    """Below the folder of uploads."""
    at: Path
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was kept, or was there."""

    path: Path
    name: str
    """Below the folder of uploads."""
    document_id: str
    """What its document will be called; of an archive, its own."""
    outcome: Outcome
    replaced: str | None = None
    """The id of the document that was there under the name."""
    renamed_from: str = ""
    """What the file was called, where that could not be kept."""
    error_before: str | None = None
    """Why the file couldn't be read before it was brought, or asked for, again."""


def most_bytes(name: str) -> int:
    """How long a file of this name may be: what readers take."""
    return MAX_ARCHIVE_BYTES if name.lower().endswith(".zip") else MAX_BYTES


class Uploads:
    """The files that people bring to the library of an assistant. Safe to share between threads."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self.folder = assistant.config.data_dir.absolute() / FOLDER
        self._earlier = self.folder.with_name(_EARLIER)
        self._part = self.folder.with_name(_PART)

    @property
    def index(self) -> Index:
        """The index that they come into; not that of the sample library."""
        return self._assistant.gathering

    def recover(self) -> None:
        """Forgets what was under way when a server was killed, and has read what it had kept and not yet queued."""
        for left in self._part.glob("*") if self._part.is_dir() else ():
            owner = left.name.partition("-")[0]
            if not owner.isdecimal() or int(owner) == os.getpid() or not _is_running(int(owner)):
                shutil.rmtree(left, ignore_errors=True)
        if self.folder.is_dir() and any(self.folder.iterdir()) and self._assistant.takes_uploads:
            self._queue([self.folder])

    # -- bringing --------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def receiving(self, name: str) -> Iterator[Receiving]:
        """What the bytes of a file are written to. What isn't taken with `whole` by the end is gone."""
        if is_hidden(name):
            raise UploadError(f"{name[:80]}: 是系统或程序自己用的文件，没有可读的内容", code="system_file")
        safe = safe_path(name)
        # The name's ending is kept: by it, and by the bytes, one knows what can be read.
        place = self._part / f"{os.getpid()}-{uuid.uuid4().hex}"
        try:
            place.mkdir(parents=True)
            with (place / safe.name).open("wb") as file:
                yield Receiving(file, safe, place / safe.name, most_bytes(safe.name))
        except OSError as error:
            raise _told(error) from error
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def check_room(self, size: int) -> None:
        """Raises UploadError where the disk is too small for so many bytes more."""
        there = next(each for each in (self.folder, *self.folder.parents) if each.exists())
        free = shutil.disk_usage(there).free
        if free < size + _SPARE_BYTES:
            raise UploadError(
                f"服务器的磁盘满了（还剩 {free / 1e6:.0f} MB），文件没有保存。请腾出空间后再上传", status=507
            )

    def keep(self, staged: Staged, *, given: str = "", replacing: Path | None = None) -> Kept:
        """Puts a file into its place and has it read; `given` is what it was called. With `replacing`, in the place of
        that one of the uploads, whose folder it gets.

        Raises UploadError for one that no reader takes, CatalogError where the index can't be written; nothing is kept
        then.
        """
        if staged.name.name.lower() != METADATA:
            try:
                find_files([staged.at])
            except SourceError as error:
                raise UploadError(f"{staged.name.name}: {error.reason}。{error.remedy}", status=415) from error
        with locked(self.folder.with_name(f"{FOLDER}.lock"), wait_s=30):
            target = self._free_place(staged.name if replacing is None else self._beside(replacing, staged.name))
            name = target.relative_to(self.folder).as_posix()
            document_id = staged.sha256[:16]
            row = self.index.files([str(target)]).get(str(target))
            before = row.document_id if row else None
            outcome: Outcome = "new"
            aside: Path | None = None
            try:
                if target.exists() and _sha256(target) == staged.sha256:
                    outcome = "same"
                elif target.exists():
                    outcome, aside = "version", self._put_aside(target)
                if outcome != "same":
                    target.parent.mkdir(parents=True, exist_ok=True)
                    _sync(staged.at)
                    staged.at.replace(target)
                    _sync(target.parent)
                if replacing is not None and replacing != target:
                    self._put_aside(replacing)
            except OSError as error:
                if aside is not None and not target.exists():
                    aside.replace(target)
                raise _told(error) from error
            is_read = row is not None and row.error is None and row.document_id == document_id and row.reading
            try:
                if outcome == "same" and is_read:
                    return Kept(target, name, document_id, outcome)
                changed = [target] if replacing is None else [target, replacing]
                self._queue([path.parent if path.name.lower() == METADATA else path for path in changed])
            except Exception:
                if outcome != "same":
                    target.unlink(missing_ok=True)
                    if aside is not None:
                        aside.replace(target)
                raise
        renamed = given if given and given.replace("\\", "/").strip("/") != name else ""
        return Kept(target, name, document_id, outcome, before, renamed, row.error if row else None)

    def again(self, kept: Kept) -> Kept:
        """Has a file that couldn't be read, read again."""
        row = self.index.files([str(kept.path)]).get(str(kept.path))
        self.index.reread([str(kept.path)])
        return replace(kept, error_before=row.error if row else None)

    def holds(self, path: str) -> bool:
        """Whether a file is one of the uploads."""
        return lies_in(path, str(self.folder))

    def delete(self, paths: list[str]) -> None:
        """Deletes files of the uploads with their earlier versions, for good, and has the index forget them. A file in
        an archive can't be deleted by itself: raises UploadError."""
        for path in map(Path, paths):
            if not path.exists() and any(above.is_file() for above in path.parents):
                raise UploadError(f"{path.name} 在压缩包里，不能单独删除", status=409, code="in_archive")
        for path in map(Path, paths):
            path.unlink(missing_ok=True)
            shutil.rmtree(self._earlier / path.relative_to(self.folder), ignore_errors=True)
            for folder in path.parents:
                if folder == self.folder or any(folder.iterdir() if folder.is_dir() else ()):
                    break
                folder.rmdir()

    def forget(self, paths: list[str]) -> bool:
        """Has the index forget files that were deleted; False where that comes after an update under way."""
        try:
            self.index.remove([Path(path) for path in paths], wait_s=2.0)
        except SourceError:
            return True  # it knew nothing of them, or knows no more
        except IndexBusyError:
            return False
        return True

    def earlier(self, path: str) -> list[tuple[float, int]]:
        """When versions of a file were put aside, in seconds since 1970, with their size; the latest first."""
        folder = self._earlier / Path(path).relative_to(self.folder)
        kept = sorted(folder.iterdir(), reverse=True) if folder.is_dir() else []
        return [(each.stat().st_mtime, each.stat().st_size) for each in kept]

    def _queue(self, paths: list[Path]) -> int:
        jobs, root = self.index.jobs, str(self.folder)
        if any(source.path == root for source in self.index.sources()):
            return jobs.add("update", paths, is_change=True)
        for job in jobs.all():  # it reads the folder whole, when it comes to it
            if job.state == "queued" and job.paths == (root,) and not job.is_change:
                return job.number
        return jobs.add("update", [self.folder])

    def _free_place(self, name: PurePosixPath) -> Path:
        """Where a file of this name goes: where a folder is in the way of it, or a file in that of its folders, the
        next free name."""
        parts: list[str] = []
        for part in name.parts[:-1]:
            at = self.folder.joinpath(*parts, part)
            parts.append(_numbered(at, taken=lambda path: path.is_file() or path.is_symlink()).name)
        at = self.folder.joinpath(*parts, name.name)
        return _numbered(at, taken=lambda path: path.is_dir() or path.is_symlink())

    def _beside(self, path: Path, name: PurePosixPath) -> PurePosixPath:
        """The same folder; the same name, too, where the ending is the same."""
        own = PurePosixPath(path.relative_to(self.folder).as_posix())
        return own if own.suffix.lower() == name.suffix.lower() else own.with_name(name.name)

    def _put_aside(self, path: Path) -> Path:
        folder = self._earlier / path.relative_to(self.folder)
        folder.mkdir(parents=True, exist_ok=True)
        moment = time.strftime("%Y%m%d-%H%M%S")
        aside = folder / f"{moment}-{uuid.uuid4().hex[:6]}{path.suffix}"
        path.replace(aside)
        aside.touch()  # when it was put aside
        return aside


class Receiving:
    """A file under way: its bytes are written to the disk as they come, and counted."""

    def __init__(self, file: BinaryIO, name: PurePosixPath, at: Path, most: int) -> None:
        self._file = file
        self._name = name
        self._at = at
        self._most = most
        self._size = 0
        self._digest = hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Raises UploadError past the limit, and where the disk is full."""
        self._size += len(data)
        if self._size > self._most:
            raise UploadError(
                f"{self._name.name}: 超过单个文件 {self._most / 2**20:.0f} MB 的上限，没有保存。请拆成几个文件再上传",
                status=413,
            )
        self._digest.update(data)
        try:
            self._file.write(data)
        except OSError as error:
            raise _told(error) from error

    def whole(self) -> Staged:
        """The file as it came, written out."""
        try:
            self._file.close()  # many may come in one request
        except OSError as error:
            raise _told(error) from error
        return Staged(self._name, self._at, self._size, self._digest.hexdigest())


def _numbered(path: Path, *, taken: Callable[[Path], bool]) -> Path:
    found, number = path, 2
    while taken(found):
        found, number = path.with_name(f"{path.stem} ({number}){path.suffix}"), number + 1
    return found


def _told(error: OSError) -> UploadError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return UploadError("服务器的磁盘满了，文件没有保存。请腾出空间后再上传", status=507)
    return UploadError(f"文件没有保存下来（{error.strerror or error}）。请检查数据目录的权限", status=500)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
