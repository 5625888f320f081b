"""Answers made of lines, each resting on quotes: numbered, marked, and with the origin of every figure."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.answers import Answer, AnswerFigure, Citation, Evidence, Nearest
from assistant.citations import MARK, cite
from assistant.question.question import Question
from sources.documents import Document
from sources.figures.figure import Figure
from sources.passages import Passage

ENGINE = "extractive"
Documents = Callable[[str], Document]


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a document, by half-open offsets into its text."""

    passage: Passage
    start: int
    end: int
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of an answer with what supports it."""

    text: str
    """Without marks."""
    quotes: tuple[Quote, ...]
    figures: tuple[Figure, ...] = ()
    """The figures it states, each inside one of its quotes."""
    computed: tuple[AnswerFigure, ...] = ()
    """Numbers worked out from them, each with its formula."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table, its marks right behind its text."""

    text: str
    quotes: tuple[Quote, ...] = ()
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table in an answer, as one line of Markdown."""

    cells: tuple[Cell, ...]


def quoted(quote: Quote, document: Documents, *figures: Figure) -> Line:
    """The line that says just what the quote says."""
    text = document(quote.passage.document_id).text[quote.start : quote.end]
    return Line(as_sentence(text), (quote,), figures)


def as_sentence(quote: str) -> str:
    """The quote as a sentence of the answer: its words on one line, closed by a full stop, without footnote marks of
    its own: [2] would lead to our second source."""
    closed = MARK.sub("", " ".join(quote.split("\n"))).strip().rstrip("，,；;：:、 ")
    return closed if closed.endswith(("。", "！", "？", "!", "?", "…")) else f"{closed}。"


def answered(
    question: Question,
    lines: Sequence[Line | Row],
    *,
    confidence: float,
    document: Documents,
    unanswered: Sequence[str] = (),
) -> Answer:
    """The answer that `lines` make; `unanswered` are the parts of the question that nothing answers."""
    citations: list[Citation] = []
    said: list[str] = []
    figures: dict[Figure, None] = {}
    computed: list[AnswerFigure] = []
    for line in lines:
        parts = line.cells if isinstance(line, Row) else (line,)
        texts = []
        for part in parts:
            numbers = list(dict.fromkeys(_number(quote, citations, document) for quote in part.quotes))
            texts.append(part.text + "".join(f"[{number}]" for number in numbers))
            figures.update(dict.fromkeys(part.figures))
        said.append(f"| {' | '.join(texts)} |" if isinstance(line, Row) else texts[0])
        if isinstance(line, Line):
            computed += line.computed
    said += [missing(part, question.language) for part in unanswered]
    return Answer(
        id=uuid.uuid4().hex[:12],
        question=question.text,
        standalone_question=question.standalone,
        status="answered",
        answer="\n".join(dict.fromkeys(said)),
        citations=tuple(citations),
        figures=(*(_origin(figure, citations) for figure in figures), *computed),
        engine=ENGINE,
        confidence=round(confidence, 3),
    )


def without_repeats(lines: Sequence[Line]) -> list[Line]:
    """The lines but those whose quotes stand inside another one's."""
    return [
        line
        for at, line in enumerate(lines)
        if not any(
            _holds(other, line) and not (_holds(line, other) and at < number)
            for number, other in enumerate(lines)
            if number != at
        )
    ]


def _holds(outer: Line, inner: Line) -> bool:
    return all(
        any(
            each.passage.document_id == quote.passage.document_id
            and each.start <= quote.start
            and quote.end <= each.end
            for each in outer.quotes
        )
        for quote in inner.quotes
    )


def not_found(question: Question, near: Sequence[Line], *, confidence: float, document: Documents) -> Answer:
    """The answer that there is none, with what the documents do have closest to it."""
    citations: list[Citation] = []
    nearest = [Nearest(line.text, _number(line.quotes[0], citations, document)) for line in near]
    return Answer(
        id=uuid.uuid4().hex[:12],
        question=question.text,
        standalone_question=question.standalone,
        status="not_found",
        answer=missing(question.text if question.language == "en" else question.standalone, question.language),
        citations=tuple(citations),
        nearest=tuple(nearest),
        engine=ENGINE,
        confidence=round(confidence, 3),
    )


def missing(asked: str, language: str) -> str:
    """The sentence that says that nothing answers `asked`."""
    # A [1] that somebody asks with is no mark of ours.
    bare = MARK.sub(lambda mark: mark[0].strip("[]"), asked).strip().rstrip("？?。 ")
    return f"The documents do not say: {bare}." if language == "en" else f"文档中没有找到“{bare}”的答案。"


def _number(quote: Quote, citations: list[Citation], document: Documents) -> int:
    """The number of the citation that holds the quote, which is added where there is none yet."""
    for citation in citations:
        if (
            citation.document_id == quote.passage.document_id
            and citation.start <= quote.start
            and quote.end <= citation.end
        ):
            return citation.number
    number = len(citations) + 1
    evidence = Evidence(number, quote.passage, quote.start, quote.end, quote.score)
    citations.append(cite(evidence, document(quote.passage.document_id)))
    return number


def _origin(figure: Figure, citations: Sequence[Citation]) -> AnswerFigure:
    holder = next(
        (
            each.number
            for each in citations
            if each.document_id == figure.document_id and each.start <= figure.start and figure.end <= each.end
        ),
        None,
    )
    return AnswerFigure(
        text=figure.text,
        value=format(figure.value.normalize(), "f"),
        unit=figure.unit,
        metric=figure.metric,
        region=figure.region,
        period=figure.period,
        status=figure.status,
        citation=holder,
        verified=holder is not None,
    )
