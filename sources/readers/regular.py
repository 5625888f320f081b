"""Regular files: read to a limit, and never waited for; a pipe or a device would give bytes for ever, or none"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sources.documents import SourceError, printable

MAX_BYTES = 20 * 1024 * 1024
"""Of one file: some seven million Chinese characters, more than any document that people read. To find the figures of
such a text takes minutes, of one ten times as long hours."""
_CHUNK_BYTES = 1024 * 1024
_KINDS = {stat.S_IFIFO: "管道", stat.S_IFSOCK: "套接字", stat.S_IFCHR: "设备", stat.S_IFBLK: "设备"}


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells that a file is the same as before, without reading it."""

    size: int
    """In bytes."""
    mtime_ns: int


def stamp_of(path: Path) -> Stamp:
    """The size of a file and when it was changed. Raises OSError."""
    status = path.stat()
    return Stamp(status.st_size, status.st_mtime_ns)


def read_bytes(path: Path, *, max_bytes: int = MAX_BYTES) -> bytes:
    """What the file holds now. Raises SourceError for more than `max_bytes`, however it grows meanwhile, and for
    anything but a regular file; OSError when it can't be read."""
    return b"".join(_chunks(path, max_bytes))


def read_head(path: Path, count: int) -> bytes:
    """The first `count` bytes of a regular file. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(count) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""


def sha256(path: Path, *, max_bytes: int = MAX_BYTES) -> str:
    """The digest of what the file holds, in hex; raises what `read_bytes` raises."""
    digest = hashlib.sha256()
    for chunk in _chunks(path, max_bytes):
        digest.update(chunk)
    return digest.hexdigest()


def irregular(mode: int) -> str | None:
    """What a file of this `st_mode` is instead of a regular file or a folder; None for those two."""
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return None
    return _KINDS.get(stat.S_IFMT(mode), "特殊文件")


def _chunks(path: Path, max_bytes: int) -> Iterator[bytes]:
    # Looked at before it is opened, since opening a device may do something; and again after, as it may be another now.
    _check(path, path.stat(), max_bytes)
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe without a writer would block
    with os.fdopen(descriptor, "rb") as file:
        _check(path, os.fstat(descriptor), max_bytes)
        size = 0
        while chunk := file.read(_CHUNK_BYTES):
            size += len(chunk)
            if size > max_bytes:
                raise _too_large(path, size, max_bytes)
            yield chunk


def _check(path: Path, status: os.stat_result, max_bytes: int) -> None:
    if kind := irregular(status.st_mode):
        raise SourceError(printable(path), f"是{kind}，不是普通文件", "请把它移出文件夹")
    if status.st_size > max_bytes:
        raise _too_large(path, status.st_size, max_bytes)


def _too_large(path: Path, size: int, max_bytes: int) -> SourceError:
    found, most = f"{size / 2**20:.1f} MB", f"{max_bytes / 2**20:.1f} MB"
    return SourceError(printable(path), f"文件有 {found}，超过 {most} 的上限", "请拆成几个文件")
