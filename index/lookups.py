"""Look-ups: an index's documents, tables, passages and figures, remembered while they hold."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Protocol, TypeVar, Unpack

from index.catalog.figures import Conditions
from index.catalog.rows import DocumentInfo, FileRow
from index.figures import MetricNames
from index.kept import Kept, uncollected
from sources.documents import Document
from sources.figures.figure import Figure
from sources.passages import Passage
from sources.tables import Table

T = TypeVar("T")
_CACHED_NAMES = 4
"""States of the index, or filters, of which the names are remembered: their vectors may take 20 MB."""
_CACHED_DOCUMENTS = 256
_CACHED_FIGURES, _MOST_CACHED = 16, 20_000
"""What the store found for as many conditions, as long as it isn't more figures than this: some 14 MB."""
_CACHED_TABLES = 32
"""Documents whose tables are remembered: those of a large workbook take far more memory than its text."""


def ids_named(catalog: Listed, name: str) -> list[str]:
    """The ids of the documents that `name` names; see `index.Index.named`."""
    infos = catalog.documents()
    paths = {path: file.document_id for path, file in catalog.files().items() if file.document_id is not None}
    own = str(Path(name).expanduser().absolute())
    tail = f"/{name.lstrip('/')}"
    rules: tuple[Callable[[], list[str]], ...] = (
        lambda: [held for held in paths.values() if held == name],
        lambda: [held for path, held in paths.items() if path in (name, own)],
        lambda: [held for path, held in paths.items() if path.endswith(tail)],
        lambda: [info.id for info in infos if info.title == name],
        lambda: [info.id for info in infos if name in info.title],
    )
    return next((list(dict.fromkeys(found)) for rule in rules if (found := rule())), [])


class Listed(Protocol):
    """What is looked through for a name: a catalog."""

    def documents(self) -> list[DocumentInfo]:
        """See `index.Index.documents`."""

    def files(self) -> dict[str, FileRow]:
        """See `index.catalog.Catalog.files`."""


class Looking(Protocol):
    """What is looked up: an index."""

    def document(self, document_id: str) -> Document:
        """See `index.Index.document`."""

    def tables(self, document_id: str) -> tuple[Table, ...]:
        """See `index.Index.tables`."""

    def passages(self, document_id: str) -> list[Passage]:
        """See `index.Index.passages`."""

    def figures(self, **wanted: Unpack[Conditions]) -> list[Figure]:
        """See `index.Index.figures`."""

    def metric_keys(self) -> list[tuple[str, int]]:
        """See `index.Index.metric_keys`."""

    def revision(self) -> int:
        """See `index.Index.revision`."""


def _is_kept(figures: Sequence[Figure]) -> bool:
    return len(figures) <= _MOST_CACHED


class Lookups:
    """One index's look-ups. Safe to share between threads, and between questions that hold different moments of it."""

    def __init__(self, index: Looking, *, held: Callable[[], Hashable | None] = lambda: None) -> None:
        """`held` says of which state of the index and through which filter what runs here looks, where that isn't all
        of the newest."""
        self._index = index
        self._held = held
        self._seen = index.revision()
        self._found: Kept[list[Figure]] = Kept(_CACHED_FIGURES)
        self.document = self._remembered(_CACHED_DOCUMENTS, index.document)
        """A document by its id; raises KeyError when there is none."""
        self.tables = self._remembered(_CACHED_TABLES, index.tables)
        """A document's tables, in order; raises KeyError when there is no document with the id."""
        self.whole = self._remembered(_CACHED_TABLES, self._with_tables)
        """A document with its tables."""
        self.passages = self._remembered(_CACHED_DOCUMENTS, index.passages)
        """A document's passages, in order."""
        self.figures = self._remembered(_CACHED_DOCUMENTS, self._figures_of)
        """A document's figures, in order; those too that it only orders its reader to repeat."""
        self.names = KnownNames(lambda: held() or index.revision(), index.metric_keys)
        """What the figures measure."""

    def refresh(self) -> None:
        """Looks anew where the index has changed: a file that moved has another address."""
        self._seen = self._index.revision()

    def store(self, **wanted: Unpack[Conditions]) -> list[Figure]:
        """Every figure that meets the conditions and that a document states, rather than ordering its reader to."""
        wanted["stated"] = True
        held = self._held()
        asked = (self._seen if held is None else held, repr(sorted(wanted.items())))
        return self._found.get(asked, lambda: self._index.figures(**wanted), keeps=_is_kept)

    def passage_at(self, document_id: str, offset: int) -> Passage:
        """The passage that `offset` lies in, or the last one before it."""
        passages = self.passages(document_id)
        return next((each for each in reversed(passages) if each.start <= offset), passages[0])

    def _remembered(self, most: int, look: Callable[[str], T]) -> Callable[[str], T]:
        """`look`, remembering by document and by the state of the index."""
        known = lru_cache(maxsize=most)(lambda _revision, document_id: look(document_id))

        def remembering(document_id: str) -> T:
            held = self._held()
            return known(self._seen if held is None else held, document_id)

        return remembering

    def _with_tables(self, document_id: str) -> Document:
        return replace(self.document(document_id), tables=self.tables(document_id))

    def _figures_of(self, document_id: str) -> tuple[Figure, ...]:
        return tuple(sorted(self._index.figures(document_id=document_id), key=lambda figure: figure.start))


class KnownNames:
    """The metric names of an index, read anew when it has changed."""

    def __init__(self, state: Callable[[], Hashable], keys: Callable[[], Sequence[tuple[str, int]]]) -> None:
        self._state = state
        self._keys = keys
        self._known: Kept[MetricNames] = Kept(_CACHED_NAMES)

    def __call__(self) -> MetricNames:
        """The names as they are now."""
        return self._known.get(self._state(), self._made)

    def _made(self) -> MetricNames:
        with uncollected():
            return MetricNames(self._keys())
