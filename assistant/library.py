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
from sources.documents import Document
from sources.figures.figure import Figure
from sources.passages import Passage


@dataclass(frozen=True, slots=True)
class Library:
    """An index's look-ups, as an answerer needs them."""

    search: Callable[[str], Sequence[Hit]]
    document: Callable[[str], Document]
    """By its id; raises KeyError when there is none."""
    documents: Callable[[], Sequence[DocumentInfo]]
    passages: Callable[[str], Sequence[Passage]]
    """A document's passages, in order."""
    figures: Callable[[str], Sequence[Figure]]
    """A document's figures, in order."""
    store: FigureStore
    names: Callable[[], MetricNames]
    """What the library's figures measure."""

    memory: dict[Question, Finding] = field(default_factory=dict, compare=False)
    """What was read for one question; see `for_one_question`."""

    def for_one_question(self) -> Library:
        """The same look-ups with a memory of their own: several answerers search for and read the same."""
        return replace(self, search=cache(self.search), memory={})

    def finding(self, question: Question) -> Finding:
        """The sentence that answers best, or why none does."""
        if question not in self.memory:
            hits = self.search(question.standalone)
            self.memory[question] = find(question, hits, document=self.document, figures=self.figures)
        return self.memory[question]

    def passage_at(self, document_id: str, offset: int) -> Passage:
        """The passage that `offset` lies in, or the last one before it."""
        passages = self.passages(document_id)
        return next((each for each in reversed(passages) if each.start <= offset), passages[0])
