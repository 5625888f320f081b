"""Files to documents: which reader takes which file, which files a path holds, and which of them are passed over."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sources.cleaning.structure import document
from sources.documents import Document, SourceError, Unread, printable
from sources.parts import Parsed
from sources.readers.image import read_image
from sources.readers.kinds import SUFFIXES, kind_of, promised_by
from sources.readers.pdf import read_pdf
from sources.readers.regular import MAX_BYTES, irregular, read_bytes
from sources.readers.text import read_markdown, read_text

_SYSTEM_NAMES = frozenset(
    {"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "$recycle.bin", "system volume information"}
)
"""What systems leave in folders, in lower case; names that begin with a full stop or ~$ are hidden anyway."""


class Reader(Protocol):
    """Takes a file's bytes apart; raises SourceError when they are not what their kind promises."""

    def __call__(self, raw: bytes, *, uri: str) -> Parsed:
        """What stands in `raw`, which was read from `uri`."""


READERS: dict[str, Reader] = {
    "image": read_image,
    "md": read_markdown,
    "pdf": read_pdf,
    "txt": read_text,
}
"""By the kind of file, as `kinds` tells it. The only door to readers: a new one is its own file and a line."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What lies at some paths."""

    files: tuple[Path, ...] = ()
    """Absolute paths of what a reader takes. A folder that can't be listed stands among them, so that reading it says
    why."""
    passed_over: tuple[Unread, ...] = ()
    hidden: int = 0
    """How many hidden files and those that a system left there were passed over without a word; a folder of them is
    one."""


def find_files(paths: Sequence[Path], *, readers: Mapping[str, Reader] = READERS) -> Listing:
    """What lies at `paths`, folders walked, in order, each file once.

    Raises SourceError for a path that doesn't exist, and for a single file that can't be read for what it is.
    """
    files: dict[Path, None] = {}
    passed_over: dict[Path, Unread] = {}
    hidden = 0
    for path in paths:
        absolute = Path(os.path.abspath(path.expanduser()))  # not resolve(): a linked folder keeps its name
        if absolute.is_dir():
            for found in _walk(absolute):
                if found != absolute and _is_hidden(found.name):
                    hidden += 1
                elif found != absolute and (objection := _objection(found, readers)):
                    kind, reason, remedy = objection
                    passed_over[found] = Unread(printable(found), kind, f"{reason}，{remedy}")
                else:
                    files[found] = None
        elif not os.path.lexists(absolute):
            raise SourceError(str(path), "路径不存在", "请检查拼写，或先把文件放到这里")
        elif objection := _objection(absolute, readers):
            _, reason, remedy = objection
            raise SourceError(str(path), reason, remedy)
        else:
            files[absolute] = None
    return Listing(tuple(files), tuple(passed_over.values()), hidden)


def read(path: Path, *, readers: Mapping[str, Reader] = READERS, max_bytes: int = MAX_BYTES) -> Document:
    """The document at `path`. Raises SourceError, naming the file, for anything that keeps it from being read."""
    uri = str(path)
    try:
        if path.is_dir():
            next(path.iterdir(), None)  # why it can't be listed, if it can't
            raise SourceError(uri, "这是文件夹，不是文件", "请直接把文件夹交给 youju index")
        raw = read_bytes(path, max_bytes=max_bytes)
    except FileNotFoundError as error:
        raise SourceError(uri, "文件在读取时不见了", "请确认它没有被移走，再重新索引") from error
    except PermissionError as error:
        raise SourceError(uri, "没有读取权限", "请给当前用户读取权限，再重新索引") from error
    except OSError as error:
        raise SourceError(uri, f"读取失败（{error.strerror or error}）", "请检查磁盘或网络盘，再重新索引") from error
    return document_of(raw, uri=uri, readers=readers)


def document_of(raw: bytes, *, uri: str, readers: Mapping[str, Reader] = READERS) -> Document:
    """The document in a file's bytes; its kind is told by them and by the ending of `uri`.

    Raises SourceError, naming the file, for anything that keeps it from being read.
    """
    suffix = Path(uri).suffix
    reader = readers.get(kind_of(raw, suffix=suffix))
    if reader is None:
        raise SourceError(uri, f"还不能读 {suffix} 文件", f"能读的是：{' '.join(suffixes(readers))}")
    return document(reader(raw, uri=uri), uri=uri, sha256=hashlib.sha256(raw).hexdigest())


def suffixes(readers: Mapping[str, Reader] = READERS) -> list[str]:
    """The endings of the names of files that are read."""
    return sorted(suffix for suffix, kind in SUFFIXES.items() if kind in readers)


def _walk(folder: Path) -> Iterator[Path]:
    """All that lies in `folder` and below, but not in what is hidden or linked; then folders that can't be listed."""
    unlisted: list[Path] = []

    def failed(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError | NotADirectoryError):  # those have just gone
            unlisted.append(Path(error.filename))

    for where, folders, names in os.walk(folder, onerror=failed):
        # Links to folders are not followed: they may turn in circles.
        closed = {name for name in folders if _is_hidden(name) or Path(where, name).is_symlink()}
        folders[:] = sorted(set(folders) - closed)
        for name in sorted([*names, *closed]):
            yield Path(where, name)
    yield from sorted(unlisted)


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "~$")) or name.lower() in _SYSTEM_NAMES


def _objection(path: Path, readers: Mapping[str, Reader]) -> tuple[str, str, str] | None:
    """The kind of a file that no reader takes, why, and what to do; None for one to be read."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        if not path.is_symlink():
            return None  # it has just gone, which reading it will tell
        return "失效的链接", "是失效的链接，所指的文件不在了", "请改正或删去它"
    except OSError as error:
        if error.errno == errno.ELOOP:
            return "循环的链接", "是循环的链接，不指向任何文件", "请改正或删去它"
        return None  # reading it will tell why
    if kind := irregular(mode):
        return kind, f"是{kind}，不是普通文件", "请把它移出文件夹"
    if stat.S_ISDIR(mode):
        linked = path.is_symlink()
        return ("文件夹的链接", "是文件夹的链接，没有跟进去", "请另外写明那个文件夹") if linked else None
    if promised_by(path.suffix) not in readers:
        return path.suffix.lower() or "没有扩展名的文件", "还不能读取", "请先转成 .txt 或 .md"
    return None
