"""Bringing the index up to date with files and folders."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.catalog.catalog import Catalog
from index.catalog.listing import lies_in
from index.catalog.rows import Content, FileRow
from index.catalog.schema import CatalogError
from index.catalog.writer import Writer
from index.embedders.embedder import EmbedderError
from index.upkeep import copies, looking, sources
from index.upkeep.copies import Copies
from index.upkeep.embedding import embed, embedded_text, vector_key, vectors_of
from index.upkeep.leaving import without_left_out
from index.upkeep.looking import resolved
from index.upkeep.progress import Progress, Stopped
from sources.documents import Document, SourceError, Unread, printable
from sources.figures.figure import Figure
from sources.passages import Passage

if TYPE_CHECKING:
    from index.embedders.embedder import Embedder
    from index.upkeep.intake import Intake
    from sources.readers.regular import Stamp
    from sources.readers.sandbox import UnderWay
    from sources.taking import Taken

READING = 11
"""Raise when reading, cleaning, splitting or figure extraction gives something else for the same file: an update then
reads every file again, and embeds only the passages whose text has changed."""
_BATCH_PASSAGES = 512
_BATCH_S = 1.0
_RACY_NS = 2_000_000_000  # the coarsest clock among file systems in use (FAT) ticks every 2 s


@dataclass(frozen=True, slots=True)
class Update:
    """What an update did, in paths. Each is in one list; one that has become unreadable may be removed and failed."""

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    """Path → why, and what to do about it; also the embedder's name, when passages are found by their words only."""
    passed_over: tuple[Unread, ...] = ()
    """What lies among the files that no reader takes; no failures."""
    hidden: int = 0
    """How many hidden files and system's files were passed over without naming them."""
    empty: tuple[str, ...] = ()
    """Paths of the folders that hold nothing that a reader takes."""
    unreachable: Mapping[str, str] = field(default_factory=dict)
    """Registered path → why it can't be reached; what was read there stays, and answers."""
    copies: tuple[Copies, ...] = ()
    """Documents of the whole index that lie at several paths, in the same bytes or in nearly the same words."""


def update(
    catalog: Catalog,
    paths: Sequence[Path],
    *,
    embedder_for: Callable[[int], Embedder],
    intake: Intake,
    progress: Callable[[Progress], None] | None = None,
    wait_s: float = 60.0,
    follow_links: bool = False,
    changed: Sequence[Path] | None = None,
) -> Update:
    """Brings the catalog up to date with `paths`, which become registered; with none, with everything registered; or,
    where `changed` is given, with these files and folders in what is registered, without a look at the others.

    `embedder_for` says what embeds new passages when there have been so many; all before have its vectors by then.

    Links that lead out of a folder are followed where `follow_links` says so, now or in an earlier update. Reads only
    files whose size or time and then digest have changed, or of which metadata.csv says something else than
    before. Files that are gone from under a path are removed; what is registered and can't be reached is kept, and
    marked so (see `upkeep.sources`); any other path that isn't there is a failure when it was never known, a removal
    when it was. Afterwards texts that stand in several files are found (see `upkeep.copies`). Raises IndexBusyError
    when another writer doesn't finish within `wait_s` seconds, CatalogError when the catalog can't be written; what was
    committed stays. An embedder that fails is a failure under its name: what is read can be found by its words, and the
    next update embeds it.
    """
    tell = progress or (lambda _: None)
    with catalog.writing(wait_s=wait_s, on_wait=lambda: tell(Progress("waiting", 0, 0))) as writer:
        intake = without_left_out(catalog, intake)
        work = _Work(catalog, writer, embedder_for, intake, tell)
        if changed is None:
            seen = looking.look(catalog, writer, intake, paths, follow_links=follow_links)
        else:
            seen = looking.look_again(catalog, intake, changed)
        work.failed |= seen.failed
        work.stated = {str(path): intake.stated(path) for path in seen.files}
        before = catalog.files_at([printable(path) for path in seen.files])
        writer.reread([path for path, said in work.stated.items() if path in before and before[path].stated != said])
        work.files(seen.files)
        work.drop(sorted(seen.gone))
        work.embed_missing()
        copies.settle(catalog, writer)
        return Update(
            added=tuple(work.added),
            updated=tuple(work.updated),
            removed=tuple(work.removed),
            unchanged=tuple(work.unchanged),
            failed=dict(work.failed),
            passed_over=seen.passed_over,
            hidden=seen.hidden,
            empty=seen.empty,
            unreachable=seen.unreachable,
            copies=copies.found(catalog),
        )


def remove(catalog: Catalog, paths: Sequence[Path], *, wait_s: float = 60.0) -> tuple[str, ...]:
    """Forgets files and folders, registered or not, though they still lie there; gives back the files' paths.

    Raises SourceError, before anything is forgotten, for a path where nothing is known.
    """
    with catalog.writing(wait_s=wait_s) as writer:
        dropped: list[str] = []
        roots = list(dict.fromkeys(str(resolved(path)) for path in paths))
        registered = set(catalog.roots())
        for root in roots:
            unread = any(lies_in(each.path, root) for each in catalog.passed_over())
            if not (root in registered or unread or catalog.files(root)):
                raise SourceError(printable(Path(root)), "索引里没有它", "已登记的可用 youju sources 列出")
        for root in roots:
            writer.remove_root(root)
            dropped += catalog.files(root)
        writer.drop_files(dropped)
        return tuple(dict.fromkeys(dropped))


def register(catalog: Catalog, paths: Sequence[Path], *, follow_links: bool = False, wait_s: float = 60.0) -> None:
    """Registers files and folders, which the next update reads. Raises SourceError for one that doesn't exist."""
    roots = [resolved(path) for path in paths]
    for root in roots:
        if not root.exists():
            raise SourceError(printable(root), "路径不存在", "请检查拼写，或先把文件放到这里")
    with catalog.writing(wait_s=wait_s) as writer:
        for root in roots:
            writer.add_root(str(root), identity=sources.identity(root), follow_links=follow_links)


class _Work:
    """One update under way: files are read one by one and committed in batches."""

    def __init__(
        self,
        catalog: Catalog,
        writer: Writer,
        embedder_for: Callable[[int], Embedder],
        intake: Intake,
        tell: Callable[[Progress], None],
    ) -> None:
        self.added: list[str] = []
        self.updated: list[str] = []
        self.removed: list[str] = []
        self.unchanged: list[str] = []
        self.failed: dict[str, str] = {}
        self.stated: Mapping[str, str] = {}
        """What metadata.csv says of each file."""
        self._catalog = catalog
        self._writer = writer
        self._embedder_for = embedder_for
        self._embedder = embedder_for(0)
        self._embedded = 0
        self._intake = intake
        self._tell = tell
        self._batch: list[tuple[FileRow, Content | None]] = []
        self._texts: dict[bytes, str] = {}
        self._outcomes: list[tuple[list[str], str]] = []
        self._since = time.monotonic()
        self._done = self._total = self._saved = 0

    def files(self, paths: Sequence[Path]) -> None:
        """Read what has changed of `paths` and commit it; what is read when it is interrupted is kept."""
        self._total = len(paths)
        known = self._catalog.files_at([printable(path) for path in paths])
        stats: dict[Path, Stamp] = {}
        try:
            with contextlib.closing(self._intake.each(self._changed(paths, known, stats), tell=self._wait)) as outcomes:
                for path, outcome in outcomes:
                    before = known.get(str(path))
                    with self._failing(path, before):
                        self._take(path, stats.pop(path), outcome, before)
                    self._finished(path)
        except Stopped:
            self.commit()
            raise
        except KeyboardInterrupt:
            self.commit()
            raise KeyboardInterrupt(f"已保存 {self._saved} 个文件，再次运行会接着做") from None
        self.commit()
        order = {str(path): place for place, path in enumerate(paths)}
        for listed in (self.added, self.updated, self.unchanged):
            listed.sort(key=lambda path: order.get(path, -1))

    def drop(self, paths: Sequence[str]) -> None:
        """Forget files that are gone; those that only can't be reached just now are kept, and reported."""
        gone = []
        for path in paths:
            if any(str(folder) in self.failed for folder in Path(path).parents):
                continue  # a folder that can't be listed: what it holds isn't known
            try:
                os.lstat(path)
            except (FileNotFoundError, NotADirectoryError):
                gone.append(path)
            except OSError as error:
                self.failed[path] = _reason(Path(path), error)
            else:
                gone.append(path)  # it is there, but no longer among what is read: hidden, or its kind no longer known
        self._writer.drop_files(gone)
        self.removed += [path for path in gone if not Path(path).is_dir()]  # such a folder can be listed again

    def embed_missing(self) -> None:
        """Embed passages that this embedder hasn't seen, as after a failure."""
        if self._embedder.name not in self.failed:
            with self._embedding():
                embed(self._catalog, self._embedder, tell=self._tell)

    def commit(self) -> None:
        """Make what was read visible and durable, with its vectors."""
        self._since = time.monotonic()
        if self._batch:
            vectors: dict[bytes, NDArray[np.float32]] = {}
            if self._embedder.name not in self.failed:  # a server that is down makes each batch wait in vain
                with self._embedding():
                    self._embedded += len(self._new())
                    self._embedder = self._embedder_for(self._embedded)
                    vectors = vectors_of(self._embedder, self._new())
            rows = [(replace(row, stated=self.stated.get(row.path, "")), content) for row, content in self._batch]
            self._writer.put(rows, vectors=vectors, embedder=self._embedder.name)
            self._saved += sum(content is not None for _, content in self._batch)
        for outcome, path in self._outcomes:
            outcome.append(path)
        self._batch, self._texts, self._outcomes = [], {}, []

    def _new(self) -> dict[bytes, str]:
        """The texts of the batch that this embedder has no vector for."""
        known = self._catalog.known_keys(self._texts, embedder=self._embedder.name)
        return {key: text for key, text in self._texts.items() if key not in known}

    def _changed(self, paths: Sequence[Path], known: Mapping[str, FileRow], stats: dict[Path, Stamp]) -> Iterator[Path]:
        """Those to be read; the others are noted. `stats` is filled with how each looked before it was read."""
        for path in paths:
            before = known.get(str(path))
            with self._failing(path, before):
                if not self._is_unchanged(path, before, stats):
                    yield path
                    continue
            self._finished(path)

    def _is_unchanged(self, path: Path, before: FileRow | None, stats: dict[Path, Stamp]) -> bool:
        stats[path] = stat = self._intake.stamp(path)  # before reading: a change meanwhile is seen next time
        if printable(path) != str(path):
            raise SourceError(printable(path), "文件名不是 UTF-8 编码", "请改名后重新索引")
        if before is None or before.error is not None or before.reading != READING:
            return False
        if (stat.size, stat.mtime_ns) != (before.size, before.mtime_ns):
            if stat.size != before.size or self._intake.sha256(path) != before.sha256:
                return False
            self._batch.append((_file_row(path, stat, before.sha256, before.document_id), None))
        self._outcomes.append((self.unchanged, str(path)))
        return True

    def _finished(self, path: Path) -> None:
        self._done += 1
        if len(self._texts) >= _BATCH_PASSAGES or time.monotonic() - self._since > _BATCH_S:
            self.commit()
        self._tell(Progress("reading", self._done, self._total, str(path)))

    def _wait(self, at: UnderWay) -> None:
        if time.monotonic() - self._since > _BATCH_S:
            self.commit()
        self._tell(Progress("reading", self._done, self._total, str(at.path), at.done, at.total))

    def _take(self, path: Path, stat: Stamp, outcome: Taken | Exception, before: FileRow | None) -> None:
        if isinstance(outcome, Exception):
            raise outcome
        document, passages, figures = outcome.document, outcome.passages, outcome.figures
        row = _file_row(path, stat, document.sha256, document.id)
        _check(document, passages, figures)
        texts = [embedded_text(title=document.title, heading=p.heading, text=p.text) for p in passages]
        keys = tuple(vector_key(text) for text in texts)
        self._batch.append((row, Content(document, passages, keys, figures, READING, outcome.relations, outcome.gist)))
        self._texts.update(zip(keys, texts, strict=True))
        if before is None or before.document_id is None:
            self._outcomes.append((self.added, str(path)))
        elif before.document_id == document.id:
            self._outcomes.append((self.unchanged, str(path)))
        else:
            self._outcomes.append((self.updated, str(path)))

    @contextlib.contextmanager
    def _failing(self, path: Path, before: FileRow | None) -> Iterator[None]:
        """A file that fails is noted and left; only trouble with the catalog itself stops the others."""
        try:
            yield
        except (CatalogError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 (a reader may fail in any way on a file that it didn't expect)
            self._failed(path, before, error)

    def _failed(self, path: Path, before: FileRow | None, error: Exception) -> None:
        self.failed[printable(path)] = reason = _reason(path, error)
        if printable(path) != str(path):
            return  # the catalog can't hold such a name, and never did
        try:
            sha256 = self._intake.sha256(path)
        except FileNotFoundError:
            if before is not None:
                self.commit()
                self.drop([str(path)])
            return
        except (OSError, SourceError):
            sha256 = None
        if before is not None and before.document_id is not None and sha256 in (None, before.sha256):
            # Its text is still what was read, as far as one can tell: keep answering from it.
            row = FileRow(str(path), None, None, before.sha256, before.reading, before.document_id, reason)
        else:
            row = FileRow(str(path), None, None, None, READING, None, reason)
            if before is not None and before.document_id is not None:
                self._outcomes.append((self.removed, str(path)))
        self._batch.append((row, None))

    @contextlib.contextmanager
    def _embedding(self) -> Iterator[None]:
        try:
            yield
        except EmbedderError as error:
            self.failed[self._embedder.name] = str(error)


def _check(document: Document, passages: Sequence[Passage], figures: Sequence[Figure]) -> None:
    """Raises ValueError where something doesn't stand in the document as it says: no document beats a false quote."""
    ids = {passage.id for passage in passages}
    if len(ids) != len(passages):
        raise ValueError(f"{len(passages)} passages but {len(ids)} ids")
    spans = [(p.start, p.end, p.text) for p in passages] + [(f.start, f.end, f.text) for f in figures]
    for start, end, text in spans:
        if document.text[start:end] != text:
            raise ValueError(f"{text[:40]!r} does not stand at {start}-{end}")
    document.text.encode("utf8")  # half a surrogate pair can't be kept


def _file_row(path: Path, stat: Stamp, sha256: str | None, document_id: str | None) -> FileRow:
    settled = time.time_ns() - stat.mtime_ns > _RACY_NS
    return FileRow(
        path=str(path),
        size=stat.size,
        mtime_ns=stat.mtime_ns if settled else None,
        sha256=sha256,
        reading=READING,
        document_id=document_id,
        error=None,
    )


def _reason(path: Path, error: Exception) -> str:
    if isinstance(error, SourceError):
        return str(error)
    if isinstance(error, FileNotFoundError):
        return f"{path}: 文件在读取时消失了。若仍需要它，请放回后重新运行 youju index"
    if isinstance(error, OSError):
        return f"{path}: 无法读取（{error.strerror or error}）。请检查文件权限后重新运行 youju index"
    return f"{path}: 读取时出错（{type(error).__name__}: {error}）。其余文件不受影响；请报告这个问题"
