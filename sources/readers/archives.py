"""ZIP archives read like folders: a file in one has the path 归档.zip/内层/通知.docx; nothing is unpacked to disk"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sources.documents import SourceError, printable
from sources.readers.kinds import kind_of
from sources.readers.packages.zips import Zip, open_zip
from sources.readers.regular import MAX_BYTES, Stamp, read_bytes, sha256, stamp_of

MAX_ARCHIVE_BYTES = 256 * 1024 * 1024
"""Of an archive as it lies there; of a file in it, `MAX_BYTES`."""
_SUFFIX = ".zip"
_MAX_DEPTH = 2
"""An archive in an archive is read, one in that isn't."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive."""

    path: Path
    """The archive's path and then its own name in it."""
    problem: tuple[str, str] | None = None
    """Why it can't be read, and what to do; None where it can."""


def is_archive(path: Path) -> bool:
    """Whether the file is a ZIP archive of files: not a docx, an OFD or anything else that is packed as one."""
    if path.suffix.lower() != _SUFFIX:
        return False
    try:
        raw = read_bytes(path, max_bytes=MAX_ARCHIVE_BYTES)
    except (SourceError, OSError):
        return True  # listing it will tell why
    return kind_of(raw, suffix=_SUFFIX) == "zip"


def archive_of(path: Path) -> Path | None:
    """The archive that `path` leads into; None for a path of the disk, there or not."""
    for above in path.parents:
        if above.suffix.lower() == _SUFFIX:
            try:
                if above.is_file():
                    return above
            except OSError:
                return None
    return None


def members(archive: Path) -> Iterator[Member]:
    """The files in an archive, in order of their names. Raises SourceError for one that can't be opened."""
    opened = _opened(archive)
    names = _names(opened)
    if names and all(opened.is_locked(name) for name in names.values()):
        raise SourceError(printable(archive), "压缩包有密码", "请先用密码解压，把里面的文件放进文件夹")
    yield from _listed(archive, opened, 1)


def bytes_of(path: Path, *, max_bytes: int = MAX_BYTES) -> bytes:
    """What a file holds, on the disk or in an archive. Raises what `read_bytes` raises, and SourceError for a file in
    an archive that is locked, damaged or larger than `max_bytes`."""
    if archive_of(path) is None:
        return read_bytes(path, max_bytes=max_bytes)
    opened, name = _found(path)
    if (size := opened.size(name)) > max_bytes:
        found, most = f"{size / 2**20:.1f} MB", f"{max_bytes / 2**20:.1f} MB"
        raise SourceError(printable(path), f"文件有 {found}，超过 {most} 的上限", "请拆成几个文件")
    try:
        return opened.read(name)
    except SourceError as error:
        raise SourceError(printable(path), error.reason, error.remedy) from error


def sha256_of(path: Path, *, max_bytes: int = MAX_BYTES) -> str:
    """The digest of what a file holds, on the disk or in an archive, in hex; raises what `bytes_of` raises."""
    if archive_of(path) is None:
        return sha256(path, max_bytes=max_bytes)
    return hashlib.sha256(bytes_of(path, max_bytes=max_bytes)).hexdigest()


def stat_of(path: Path) -> Stamp:
    """The size of a file, and a time that is another one when it has changed: for a file in an archive, the archive's,
    with the file's checksum added. Raises OSError for a path that leads nowhere, SourceError for an archive that can't
    be opened."""
    if (archive := archive_of(path)) is None:
        return stamp_of(path)
    opened, name = _found(path)
    return Stamp(opened.size(name), stamp_of(archive).mtime_ns + opened.checksum(name))


def _listed(at: Path, opened: Zip, depth: int) -> Iterator[Member]:
    for shown, name in sorted(_names(opened).items()):
        path = at / shown
        if opened.is_locked(name):
            yield Member(path, ("压缩包里的这个文件有密码", "请先用密码解压，把它放进文件夹"))
        elif path.suffix.lower() != _SUFFIX:
            yield Member(path)
        elif depth >= _MAX_DEPTH:
            yield Member(path, ("压缩包里的压缩包里还有压缩包", "请先解压，把里面的文件放进文件夹"))
        else:
            try:
                inner = _inner(opened, name, path)
            except SourceError as error:
                yield Member(path, (error.reason, error.remedy))
            else:
                yield from _listed(path, inner, depth + 1)


@lru_cache(maxsize=2)
def _names(opened: Zip) -> dict[str, str]:
    """Names as parts of a path → names in the archive; `..` and the like lead nowhere."""
    found: dict[str, str] = {}
    for name in opened.names:
        shown = posixpath.normpath("/" + name.replace("\x00", "")).lstrip("/")
        if shown:
            found.setdefault(shown, name)
    return found


def _found(path: Path) -> tuple[Zip, str]:
    archive = archive_of(path)
    if archive is None:
        raise FileNotFoundError(2, "不在压缩包里", str(path))
    opened = _opened(archive)
    rest = path.relative_to(archive).as_posix()
    names = _names(opened)
    for _ in range(_MAX_DEPTH):
        if rest in names:
            return opened, names[rest]
        outer = next((name for name in names if name.lower().endswith(_SUFFIX) and rest.startswith(f"{name}/")), None)
        if outer is None:
            break
        opened, rest = _inner(opened, names[outer], archive / outer), rest[len(outer) + 1 :]
        names = _names(opened)
    raise FileNotFoundError(2, "压缩包里没有这个文件", str(path))


def _opened(archive: Path) -> Zip:
    return _open(archive, stamp_of(archive))


@lru_cache(maxsize=1)
def _open(archive: Path, stamp: Stamp) -> Zip:  # noqa: ARG001  what is kept is kept for this stamp
    """The archive as it was at `stamp`: its files are asked for one after the other."""
    return open_zip(read_bytes(archive, max_bytes=MAX_ARCHIVE_BYTES), uri=printable(archive))


def _inner(opened: Zip, name: str, path: Path) -> Zip:
    if opened.size(name) > MAX_ARCHIVE_BYTES:
        raise SourceError(printable(path), "压缩包里的压缩包太大", "请先解压，把里面的文件放进文件夹")
    return open_zip(opened.read(name), uri=printable(path))
