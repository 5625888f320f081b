"""Files to documents: which reader takes which file, and which files a path holds."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from sources.documents import Document, SourceError
from sources.readers.text import read_markdown, read_text

MAX_BYTES = 200 * 1024 * 1024


class Reader(Protocol):
    """Takes a file's bytes and gives its Document; raises SourceError when they are not what the name promises."""

    def __call__(self, raw: bytes, *, uri: str) -> Document:
        """The document in `raw`, which was read from `uri`."""


READERS: dict[str, Reader] = {
    ".markdown": read_markdown,
    ".md": read_markdown,
    ".text": read_text,
    ".txt": read_text,
}


def find_files(paths: Sequence[Path]) -> list[Path]:
    """The readable files at `paths`, folders walked, hidden ones left out, sorted, each once, as absolute paths.

    A folder that can't be listed stands among them itself, so that reading it says why.
    Raises SourceError for a path that doesn't exist, and for a single file of a kind that no reader takes.
    """
    found: dict[Path, None] = {}
    for path in paths:
        absolute = Path(os.path.abspath(path.expanduser()))  # not resolve(): a linked folder keeps its name
        if absolute.is_dir():
            found.update(dict.fromkeys(_walk(absolute)))
        elif not absolute.exists():
            raise SourceError(str(path), "路径不存在", "请检查拼写，或先把文件放到这里")
        elif absolute.suffix.lower() not in READERS:
            kinds = " ".join(sorted(READERS))
            raise SourceError(str(path), f"还不能读 {absolute.suffix or '没有扩展名的'} 文件", f"能读的是：{kinds}")
        else:
            found[absolute] = None
    return list(found)


def _walk(folder: Path) -> Iterator[Path]:
    unlisted: list[Path] = []

    def failed(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError | NotADirectoryError):  # those have just gone
            unlisted.append(Path(error.filename))

    # Links to folders are not followed: they may turn in circles.
    for where, folders, names in os.walk(folder, onerror=failed):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith((".", "~$")) and Path(name).suffix.lower() in READERS:
                yield Path(where, name)
    yield from sorted(unlisted)


def read(path: Path) -> Document:
    """The document at `path`. Raises SourceError, naming the file, for anything that keeps it from being read."""
    uri = str(path)
    try:
        if path.is_dir():
            next(path.iterdir(), None)  # why it can't be listed, if it can't
            raise SourceError(uri, "这是文件夹，不是文件", "请直接把文件夹交给 youju index")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise SourceError(uri, f"文件有 {size >> 20} MB，超过 {MAX_BYTES >> 20} MB 的上限", "请拆成几个文件")
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise SourceError(uri, "文件在读取时不见了", "请确认它没有被移走，再重新索引") from error
    except PermissionError as error:
        raise SourceError(uri, "没有读取权限", "请给当前用户读取权限，再重新索引") from error
    except OSError as error:
        raise SourceError(uri, f"读取失败（{error.strerror or error}）", "请检查磁盘或网络盘，再重新索引") from error
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise SourceError(uri, f"还不能读 {path.suffix} 文件", f"能读的是：{' '.join(sorted(READERS))}")
    return reader(raw, uri=uri)
