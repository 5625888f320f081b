"""Files to documents: which reader takes which file, which files a path holds, and which of them are passed over."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sources.cleaning.structure import document
from sources.documents import Document, SourceError, Unread, printable
from sources.parts import Reader
from sources.readers.archives import archive_of, bytes_of, is_archive, members
from sources.readers.docx import read_docx
from sources.readers.eml import read_eml
from sources.readers.epub import read_epub
from sources.readers.html import read_html
from sources.readers.image import read_image
from sources.readers.kinds import SUFFIXES, kind_of, needs_all, promised_by
from sources.readers.legacy import read_doc, read_ppt
from sources.readers.metadata import facts_of, is_metadata, unusable
from sources.readers.mhtml import read_mhtml
from sources.readers.ofd import read_ofd
from sources.readers.pdf import read_pdf
from sources.readers.pptx import read_pptx
from sources.readers.regular import MAX_BYTES, irregular, read_head
from sources.readers.sheets import read_csv, read_xls, read_xlsx
from sources.readers.text import read_markdown, read_text

_SYSTEM_NAMES = frozenset(
    {"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "$recycle.bin", "system volume information"}
)
"""What systems leave in folders, in lower case; names that begin with a full stop or ~$ are hidden anyway."""

_HEAD_BYTES = 4096


READERS: dict[str, Reader] = {
    "csv": read_csv,
    "md": read_markdown,
    "pdf": read_pdf,
    "doc": read_doc,
    "docx": lambda raw, *, uri: read_docx(raw, uri=uri, readers=READERS),
    "epub": read_epub,
    "ppt": read_ppt,
    "pptx": read_pptx,
    "eml": lambda raw, *, uri: read_eml(raw, uri=uri, readers=READERS),
    "html": read_html,
    "mhtml": read_mhtml,
    "ofd": read_ofd,
    "image": read_image,
    "txt": read_text,
    "xls": read_xls,
    "xlsx": read_xlsx,
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


def find_files(
    paths: Sequence[Path],
    *,
    readers: Mapping[str, Reader] = READERS,
    follow_links: bool = False,
    within: Path | None = None,
) -> Listing:
    """What lies at `paths`, folders and archives walked, in order, each file once.

    A link in a folder to what lies outside of it is passed over, unless `follow_links`. Raises SourceError for a path
    that doesn't exist, and for a single file that can't be read for what it is; but none where they lie `within` a
    folder: of this a walk would give just what lies at `paths`.
    """
    files: dict[Path, None] = {}
    passed_over: dict[Path, Unread] = {}
    hidden = 0
    for path in paths:
        absolute = Path(os.path.abspath(path.expanduser()))  # not resolve(): a linked folder keeps its name
        root = None if follow_links else within or absolute
        closed = _is_hidden(absolute.name) or (absolute.is_symlink() and not follow_links)
        if absolute.is_dir() and not (closed and within not in (None, absolute)):
            for found in _walk(absolute, follow_links=follow_links):
                if found == absolute:  # can't be listed
                    files[found] = None
                else:
                    hidden += _sort(found, root, readers, files, passed_over)
        elif within is not None:
            if os.path.lexists(absolute):
                hidden += _sort(absolute, root, readers, files, passed_over)
        elif archive := archive_of(absolute):
            before = len(files) + len(passed_over)
            hidden += _look_into(archive, absolute, readers, files, passed_over)
            if len(files) + len(passed_over) == before:
                raise SourceError(str(path), "压缩包里没有这个文件", "请检查拼写")
        elif not os.path.lexists(absolute):
            raise SourceError(str(path), "路径不存在", "请检查拼写，或先把文件放到这里")
        elif objection := _objection(absolute, readers, None):
            _, reason, remedy = objection
            raise SourceError(str(path), reason, remedy)
        elif is_archive(absolute):
            hidden += _look_into(absolute, absolute, readers, files, passed_over)
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
        raw = bytes_of(path, max_bytes=max_bytes)
    except FileNotFoundError as error:
        raise SourceError(uri, "文件在读取时不见了", "请确认它没有被移走，再重新索引") from error
    except PermissionError as error:
        raise SourceError(uri, "没有读取权限", "请给当前用户读取权限，再重新索引") from error
    except OSError as error:
        raise SourceError(uri, f"读取失败（{error.strerror or error}）", "请检查磁盘或网络盘，再重新索引") from error
    return document_of(raw, uri=uri, readers=readers, override=facts_of(path))


def document_of(
    raw: bytes, *, uri: str, readers: Mapping[str, Reader] = READERS, override: Mapping[str, str] | None = None
) -> Document:
    """The document in a file's bytes; its kind is told by them and by the ending of `uri`, and what `override` says of
    it goes before all else.

    Raises SourceError, naming the file, for anything that keeps it from being read.
    """
    suffix = Path(uri).suffix
    reader = readers.get(kind_of(raw, suffix=suffix))
    if reader is None:
        raise SourceError(uri, f"还不能读 {suffix} 文件", f"能读的是：{' '.join(suffixes(readers))}")
    return document(reader(raw, uri=uri), uri=uri, sha256=hashlib.sha256(raw).hexdigest(), override=override)


def suffixes(readers: Mapping[str, Reader] = READERS) -> list[str]:
    """The endings of the names of files that are read."""
    return sorted(suffix for suffix, kind in SUFFIXES.items() if kind in readers)


def _walk(folder: Path, *, follow_links: bool = False) -> Iterator[Path]:
    """All that lies in `folder` and below, but not in what is hidden or linked; then folders that can't be listed."""
    unlisted: list[Path] = []
    seen = {os.path.realpath(folder)}

    def failed(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError | NotADirectoryError):  # those have just gone
            unlisted.append(Path(error.filename))

    for where, folders, names in os.walk(folder, onerror=failed, followlinks=follow_links):
        # Links to folders may turn in circles.
        linked = {name for name in folders if Path(where, name).is_symlink()}
        if follow_links:
            targets = {name: os.path.realpath(Path(where, name)) for name in linked}
            linked = {name for name, target in targets.items() if target in seen}
            seen |= set(targets.values())
        closed = {name for name in folders if _is_hidden(name)} | linked
        folders[:] = sorted(set(folders) - closed)
        for name in sorted([*names, *closed]):
            yield Path(where, name)
    yield from sorted(unlisted)


def _sort(
    found: Path,
    root: Path | None,
    readers: Mapping[str, Reader],
    files: dict[Path, None],
    passed_over: dict[Path, Unread],
) -> int:
    """Puts what a walk came upon into one of the two, an archive's files each by itself, and says how many of it are
    hidden."""
    if _is_hidden(found.name):
        return 1
    if is_metadata(found):
        if wrong := unusable(found):
            passed_over[found] = wrong
    elif objection := _objection(found, readers, root):
        passed_over[found] = _unread(found, *objection)
    elif is_archive(found):
        try:
            return _look_into(found, found, readers, files, passed_over)
        except SourceError as error:
            passed_over[found] = _unread(found, found.suffix.lower(), error.reason, error.remedy)
    else:
        files[found] = None
    return 0


def _look_into(
    archive: Path,
    wanted: Path,
    readers: Mapping[str, Reader],
    files: dict[Path, None],
    passed_over: dict[Path, Unread],
) -> int:
    """Sorts the files at or under `wanted` in an archive into the two, and says how many of them are hidden. Raises
    SourceError for an archive that can't be opened."""
    hidden = 0
    for member in members(archive):
        if not member.path.is_relative_to(wanted):
            continue
        if any(map(_is_hidden, member.path.relative_to(archive).parts)):
            hidden += 1
        elif member.problem:
            passed_over[member.path] = _unread(member.path, "压缩包里的文件", *member.problem)
        elif objection := _unreadable(member.path, readers):
            passed_over[member.path] = _unread(member.path, *objection)
        else:
            files[member.path] = None
    return hidden


def _unread(path: Path, kind: str, reason: str, remedy: str) -> Unread:
    return Unread(printable(path), kind, f"{reason}，{remedy}")


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "~$")) or name.lower() in _SYSTEM_NAMES


def _objection(path: Path, readers: Mapping[str, Reader], root: Path | None) -> tuple[str, str, str] | None:
    """The kind of a file that no reader takes, why, and what to do; None for one to be read, or an archive to be looked
    into. Links to what lies outside `root` are none."""
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
    if root is not None and path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
        return "文件夹以外的链接", "链接指向文件夹以外，没有跟进去", "请把文件复制进来，或加上 --follow-links"
    return None if path.suffix.lower() == ".zip" else _unreadable(path, readers)


def _unreadable(path: Path, readers: Mapping[str, Reader]) -> tuple[str, str, str] | None:
    """As `_objection`: for a file whose ending promises nothing that is read, and whose bytes are nothing such either.

    Text that has no ending, or one that isn't known, is not read: it may be a program as well.
    """
    if promised_by(path.suffix) in readers:
        return None
    try:
        if _kind_at(path) in readers:
            return None
    except PermissionError:
        return None  # reading it will tell why
    except (OSError, SourceError):
        pass
    names = {kind: suffix for suffix, kind in reversed(SUFFIXES.items()) if kind in readers or kind == "zip"}
    known = " ".join(names[kind] for kind in dict.fromkeys(SUFFIXES.values()) if kind in names)
    return path.suffix.lower() or "没有扩展名的文件", "还不能读取", f"请转成能读的格式（{known}）"


def _kind_at(path: Path) -> str:
    """The kind of a file by its bytes alone; "" where they don't tell. Raises OSError, SourceError."""
    head = bytes_of(path) if archive_of(path) else read_head(path, _HEAD_BYTES)
    return kind_of(bytes_of(path) if needs_all(head) else head, suffix="")
