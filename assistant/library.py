"""What an answerer may look things up in, whatever index stands behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from assistant.question.question import Question
from assistant.reading.findings import Finding, find
from index.catalog.rows import DocumentInfo
from index.figures import FigureStore, MetricNames
from index.hits import Hit
from index.index import Index
from sources.documents import Document
from sources.figures.figure import Figure
from sources.passages import Passage
from sources.tables import Table


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
    refresh: Callable[[], None] = lambda: None
    """Forgets what the look-ups remember of an index that has changed."""
    memory: dict[Question, Finding] = field(default_factory=dict, compare=False)
    """What was read for one question; see `for_one_question`."""

    @classmethod
    def of(cls, index: Index, search: Callable[[str], Sequence[Hit]]) -> Library:
        """The look-ups of an index, with a search of one's own."""
        own = index.lookups
        return cls(
            search=search,
            document=own.document,
            documents=index.documents,
            passage_at=own.passage_at,
            figures=own.figures,
            store=own.store,
            names=own.names,
            tables=own.tables,
            refresh=own.refresh,
        )

    def for_one_question(self) -> Library:
        """The same look-ups with a memory of their own: several answerers search for and read the same."""
        self.refresh()
        return replace(self, search=cache(self.search), memory={})

    def finding(self, question: Question) -> Finding:
        """The sentence that answers best, or why none does."""
        if question not in self.memory:
            hits = self.search(question.standalone)
            self.memory[question] = find(question, hits, document=self.document, figures=self.figures)
        return self.memory[question]
