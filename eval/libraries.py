"""Libraries: a folder of documents that cases are asked on, with its digest, and variants of it.

A data set's own texts are written out once, to a folder named for their digest, so that every system reads plain files.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath
from tempfile import mkdtemp

from charset_normalizer import from_bytes

from eval.cases import Text
from eval.metrics.normal import flat


@dataclass(frozen=True, slots=True)
class Library:
    """Documents in one folder. The same bytes under the same names have the same digest."""

    folder: Path
    digest: str
    """First 16 hex digits of the SHA-256 over every file's name and bytes."""

    def files(self) -> Iterator[Path]:
        """Every document's file, by name."""
        return (path for path in sorted(self.folder.rglob("*")) if path.is_file() and not path.name.startswith("."))

    def texts(self) -> Iterator[Text]:
        """Every document as plain text, under its file name without suffix."""
        for path in self.files():
            yield Text(id=path.stem, text=decoded(path))

    def named(self, document: str) -> list[Path]:
        """The files that a case means by a document's name; more than one where it is ambiguous.

        The name of a file with or without its suffix, or, where no file has it, the part before its first `_`.
        """
        wanted = PurePath(document).name
        exact = self.folder / f"{wanted}.txt"
        if exact.is_file():
            return [exact]
        files = list(self.files())
        same = [path for path in files if wanted in (path.name, path.stem)]
        return same or [path for path in files if path.stem.startswith(f"{wanted}_")]

    def name_of(self, document: str) -> str:
        """The file name without suffix that a case or a citation means by `document`; itself where none is meant."""
        return _name_of(self, document)

    def mentions(self, word: str) -> bool:
        """Whether the word stands anywhere in the documents, whitespace apart."""
        return word in _everything(self)

    def flat_text(self, document: str) -> str:
        """The document without whitespace, "" where there is none of that name."""
        return _flat_text(self, document)


def document_of(uri: str, title: str) -> str:
    """The name of a cited document: its file name without suffix, or its title where no file is named."""
    return PurePath(uri).stem if uri else title


def decoded(path: Path) -> str:
    """A text file's content in whatever encoding it has; other formats go through the project's own readers."""
    if path.suffix.lower() not in ("", ".txt", ".md", ".text"):
        from sources.readers import read

        return read(path).text
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return str(from_bytes(data).best() or "")


def opened(folder: Path) -> Library:
    """The library in a folder. Raises ValueError where it holds no file."""
    library = Library(folder.resolve(), "")
    digest = hashlib.sha256()
    count = 0
    for path in library.files():
        digest.update(path.relative_to(library.folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
        count += 1
    if not count:
        raise ValueError(f"{folder}：里面没有文档；请用 --documents 指明题目所问的文件夹")
    return Library(library.folder, digest.hexdigest()[:16])


def default(cache: Path) -> tuple[Library, str]:
    """The library that Youju answers from by default, with what it is in words: the files that `youju index` has
    indexed, gathered below `cache`; or the sample library while those are none."""
    from assistant.ask import SAMPLE_LIBRARY, open_index
    from assistant.config import load

    config = load()
    with open_index(config, config.data_dir) as index:
        roots = [Path(source.path) for source in index.sources()]
        indexed = {Path(uri) for each in index.documents() for uri in (each.uri, *each.copies)}
    if not indexed:
        return opened(SAMPLE_LIBRARY), "示例文库"
    cache.mkdir(parents=True, exist_ok=True)
    building = Path(mkdtemp(prefix="building-", dir=cache))
    for path in sorted(filter(None, map(_on_disk, indexed))):
        root = next((each for each in roots if path.is_relative_to(each)), path.parent)
        at = PurePath(path.name) if root == path else path.relative_to(root)
        number = roots.index(root) if root in roots else len(roots)
        target = building / f"{number}" / at
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            shutil.copyfile(path, target)
            if (said := path.with_name("metadata.csv")).is_file():
                shutil.copyfile(said, target.with_name("metadata.csv"))
    return _kept(cache, opened(building)), f"默认文库（{config.data_dir}）"


def _on_disk(path: Path) -> Path | None:
    """The file itself; of one in an archive, the archive."""
    return next((each for each in (path, *path.parents) if each.is_file()), None)


def written(cache: Path, texts: Iterable[Text]) -> Library:
    """The library of `texts`, written below `cache` unless it is there already."""
    cache.mkdir(parents=True, exist_ok=True)
    building = Path(mkdtemp(prefix="building-", dir=cache))
    for text in texts:
        body = f"{text.title}\n\n{text.text}" if text.title else text.text
        (building / f"{_file_name(text.id)}.txt").write_text(body, encoding="utf-8")
    library = opened(building)
    return _kept(cache, library)


@lru_cache(maxsize=512)
def variant(library: Library, cache: Path, *, without: tuple[str, ...] = (), extra: tuple[Text, ...] = ()) -> Library:
    """The library with documents left out and others added; written once a process."""
    left_out = {path for name in without for path in library.named(name)}
    cache.mkdir(parents=True, exist_ok=True)
    building = Path(mkdtemp(prefix="building-", dir=cache))
    for path in library.files():
        if path not in left_out:
            target = building / path.relative_to(library.folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    for text in extra:
        (building / f"{_file_name(text.id)}.txt").write_text(text.text, encoding="utf-8")
    return _kept(cache, opened(building))


def _kept(cache: Path, library: Library) -> Library:
    final = cache / library.digest
    try:
        library.folder.rename(final)
    except OSError:  # another run, or thread, wrote the same documents first
        shutil.rmtree(library.folder)
    return Library(final.resolve(), library.digest)


def _file_name(document: str) -> str:
    return document.replace(os.sep, "_").replace("\0", "_")


@lru_cache(maxsize=100_000)
def _name_of(library: Library, document: str) -> str:
    found = library.named(document)
    return found[0].stem if len(found) == 1 else document


@lru_cache(maxsize=1)
def _everything(library: Library) -> str:
    return "\n".join(flat(text.text) for text in library.texts())


@lru_cache(maxsize=256)
def _flat_text(library: Library, document: str) -> str:
    # **项目：** is read as 项目：.
    return "".join(flat(decoded(path)).replace("**", "") for path in library.named(document))
