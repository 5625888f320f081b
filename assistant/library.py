"""What an answerer may look things up in, whatever index stands behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, lru_cache, partial
from typing import Protocol, Unpack

from assistant.question.question import Question
from assistant.reading.findings import Finding, find
from index.catalog.figures import Conditions
from index.catalog.rows import DocumentInfo
from index.figures import FigureStore, MetricNames
from index.filters import OPEN, Filter
from index.hits import Hit
from index.index import Index
from index.standing import Standings
from sources.documents import Document, Unread
from sources.figures.figure import Figure
from sources.mentions.titles import Name
from sources.passages import Passage
from sources.tables import Table


class Search(Protocol):
    """The passages that fit a query best, of those that a filter admits."""

    def __call__(self, query: str, *, through: Filter = OPEN) -> Sequence[Hit]:
        """See `index.Index.search`."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The documents that a question is about, where it names some."""

    documents: frozenset[str] = frozenset()
    """Their ids, with those that amend them; empty where the library has none of them."""
    named: frozenset[str] = frozenset()
    """The ids of those that it names."""
    unknown: tuple[Name, ...] = ()
    """Those named that the library doesn't have."""
    near: tuple[str, ...] = ()
    """The ids of other versions of these."""
    firm: bool = True
    """Whether they are named by title or number, so that nothing else may answer."""
    compared: bool = False
    """Whether the question sets versions of a rule against each other."""


@dataclass(frozen=True, slots=True)
class Library:
    """An index's look-ups, as an answerer needs them."""

    search: Callable[[str], Sequence[Hit]]
    document: Callable[[str], Document]
    """By its id; raises KeyError when there is none."""
    documents: Callable[[], Sequence[DocumentInfo]]
    passage_at: Callable[[str, int], Passage]
    """The passage of a document that an offset lies in, or the last one before it."""
    figures: Callable[[str], Sequence[Figure]]
    """A document's figures, in order."""
    store: FigureStore
    """Figures of the whole library, by conditions."""
    names: Callable[[], MetricNames]
    """What the library's figures measure."""
    tables: Callable[[str], Sequence[Table]] = lambda _: ()
    """A document's tables, in order."""
    whole: Callable[[str], Document] | None = None
    """A document with its tables, for the checks; `document` does where there is none."""
    refresh: Callable[[], None] = lambda: None
    """Forgets what the look-ups remember of an index that has changed."""
    memory: dict[Question, Finding] = field(default_factory=dict, compare=False)
    """What was read for one question; see `for_one_question`."""
    standings: Callable[[], Standings] = lambda: Standings((), ())
    """Which documents of the whole library hold."""
    today: Callable[[], str] = lambda: date.today().isoformat()
    """The day on which what holds is asked, YYYY-MM-DD."""
    searching: Search | None = None
    """The search over some documents; without one, what `search` finds elsewhere is left out."""
    mentioning: Callable[[str], Sequence[tuple[str, int]]] = lambda _: ()
    """The ids of all documents of the whole library in which words stand, each with where the first passage begins."""
    unread: Callable[[], Sequence[Unread]] = lambda: ()
    """Every file that lies among the sources and couldn't be read."""
    around: Library | None = None
    """The look-ups that these are a part of, for what stands elsewhere."""
    scope: Scope | None = None
    """What the question limits itself to; everything else here is limited to that, too."""

    @classmethod
    def of(cls, index: Index, search: Search) -> Library:
        """The look-ups of an index, with a search of one's own."""
        own = index.lookups
        return cls(
            search=search,
            document=own.document,
            documents=lambda: index.standings().documents(),
            passage_at=own.passage_at,
            figures=own.figures,
            store=own.store,
            names=own.names,
            tables=own.tables,
            whole=own.whole,
            refresh=own.refresh,
            standings=index.standings,
            mentioning=index.mentioning,
            unread=index.unread,
            searching=search,
        )

    @property
    def everything(self) -> Library:
        """The look-ups of the whole library, where these are of a part of it."""
        return self.around.everything if self.around else self

    def for_one_question(self) -> Library:
        """The same look-ups with a memory of their own: several answerers search for and read the same."""
        self.refresh()
        return replace(
            self, search=cache(self.search), names=cache(self.names), standings=cache(self.standings), memory={}
        )

    def within(self, document_ids: frozenset[str], scope: Scope | None = None) -> Library:
        """The look-ups of nothing but these documents: search, figures and listing; what `standings` tells is whole."""
        search = partial(self.searching, through=Filter(documents=document_ids)) if self.searching else None
        return self._limited(document_ids.__contains__, search, scope or Scope(document_ids, document_ids))

    def among(self, document_ids: frozenset[str]) -> Library:
        """As `within`, of no more than a search of everything finds there: the documents get no search of their own."""
        return replace(self, searching=None).within(document_ids)

    def without(self, document_ids: frozenset[str]) -> Library:
        """The look-ups of all but these documents."""
        if not document_ids:
            return self
        search = partial(self.searching, through=Filter(without=document_ids)) if self.searching else None
        return self._limited(lambda each: each not in document_ids, search, self.scope)

    def in_places(self, placeless: Mapping[str, str]) -> Library:
        """The same, where what some documents say without a place is said of theirs, by id."""
        if not placeless:
            return self

        def placed(figure: Figure) -> Figure:
            place = "" if figure.region else placeless.get(figure.document_id, "")
            return replace(figure, region=place, sure=replace(figure.sure, region=1.0)) if place else figure

        def document(document_id: str) -> Document:
            found = self.document(document_id)
            return _placed(_Same(found), placeless[document_id]) if document_id in placeless else found

        def whole(document_id: str) -> Document:
            found = (self.whole or self.document)(document_id)
            return _placed(_Same(found), placeless[document_id]) if document_id in placeless else found

        def store(**wanted: Unpack[Conditions]) -> Sequence[Figure]:
            most, region = wanted.pop("most", None), wanted.get("region")
            found = list(self.store(**wanted))
            if region in placeless.values():
                wanted["region"] = ""
                found += self.store(**wanted)
            return [each for each in map(placed, found) if region is None or each.region == region][:most]

        return replace(
            self,
            document=document,
            whole=whole,
            figures=lambda document_id: tuple(map(placed, self.figures(document_id))),
            store=store,
            memory={},
        )

    def finding(self, question: Question) -> Finding:
        """The sentence that answers best, or why none does."""
        if question not in self.memory:
            hits = self.search(question.standalone)
            self.memory[question] = find(question, hits, document=self.document, figures=self.figures)
        return self.memory[question]

    def _limited(
        self, keeps: Callable[[str], bool], search: Callable[[str], Sequence[Hit]] | None, scope: Scope | None
    ) -> Library:
        def documents() -> Sequence[DocumentInfo]:
            return [info for info in self.documents() if keeps(info.id)]

        def store(**wanted: Unpack[Conditions]) -> Sequence[Figure]:
            most = wanted.pop("most", None)
            return [figure for figure in self.store(**wanted) if keeps(figure.document_id)][:most]

        def afterwards(query: str) -> Sequence[Hit]:
            return [hit for hit in self.search(query) if keeps(hit.passage.document_id)]

        found = cache(search or afterwards)
        return replace(self, search=found, documents=documents, store=store, memory={}, around=self, scope=scope)


class _Same:
    """Something that is as good as another only if it is the same object: to compare documents would take long."""

    def __init__(self, it: Document) -> None:
        self.it = it

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.it is other.it

    def __hash__(self) -> int:
        return id(self.it)


@lru_cache(maxsize=512)
def _placed(document: _Same, place: str) -> Document:
    return replace(document.it, regions=(place,))
