"""Answers made of lines, each resting on quotes: numbered, marked, and with the origin of every figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from assistant.answers import (
    Answer,
    AnswerFigure,
    Citation,
    Clarification,
    Evidence,
    Nearest,
    Status,
    Table,
    TableCell,
    new_id,
)
from assistant.checks.verdict import Verdict
from assistant.citations import MARK, cite
from assistant.question.question import Question
from sources.documents import Document
from sources.figures.figure import Figure
from sources.mentions.numerals import plain
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
    known: tuple[str, ...] = ()
    """Words of it that the catalog knows to be so, and that no document needs to say: 已过期."""


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


@dataclass(frozen=True, slots=True)
class Words:
    """A cell of a grid that is no number."""

    text: str
    quote: Quote


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of figures side by side, before its cells know their citations."""

    metric: str
    unit: str
    kind: Literal["trend", "places", "rows"]
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    cells: tuple[tuple[Figure | Words | None, ...], ...]
    """A tuple a row, a cell a column; None where the documents give nothing."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What an answerer has to say, before it is checked, numbered and made an `Answer`."""

    question: Question
    lines: tuple[Line | Row, ...] = ()
    confidence: float = 0.0
    """0 to 1: how likely it is right."""
    status: Status = "answered"
    message: str = ""
    """What is said in the place of the lines: a greeting, a question back; where both lack, that nothing was found."""
    notice: str | None = None
    clarification: Clarification | None = None
    near: tuple[Line, ...] = ()
    """What the documents have instead, where they don't answer."""
    unanswered: tuple[str, ...] = ()
    """The parts of the question that nothing answers."""
    gaps: str = ""
    """The line that says for which times of a trend the documents have nothing; "" where there are none."""
    table: Grid | None = None
    of_catalog: bool = False
    """Whether its lines tell what the catalog knows of documents, which their own words needn't say: how many there
    are, and in which file one lies. Only the quotes are checked then."""
    judged: bool = False
    """Whether it already says that what the question states is right or wrong."""
    verdict: Verdict | None = None
    """The checker's; None before it has looked."""

    @property
    def stating_nothing(self) -> tuple[str, ...]:
        """The lines that only say what the documents don't have."""
        parts = (missing(part, self.question.language) for part in self.unanswered)
        return (*((self.gaps,) if self.gaps else ()), *parts)


@dataclass(frozen=True, slots=True)
class Page:
    """A draft written out: the text with its marks and what they lead to."""

    text: str
    lines: tuple[int, ...]
    """For each line of the text, the first of the draft's lines that reads so; unanswered parts come after them."""
    nearest: tuple[Nearest, ...]
    citations: tuple[Citation, ...]
    figures: tuple[AnswerFigure, ...]


def quoted(quote: Quote, document: Documents, *figures: Figure) -> Line:
    """The line that says just what the quote says."""
    text = document(quote.passage.document_id).text[quote.start : quote.end]
    return Line(as_sentence(text), (quote,), figures)


def as_sentence(quote: str) -> str:
    """The quote as a sentence of the answer: its words on one line, closed by a full stop, without footnote marks of
    its own: [2] would lead to our second source."""
    closed = MARK.sub("", " ".join(quote.split("\n"))).strip().rstrip("，,；;：:、 ")
    is_closed = closed.rstrip("”’」』").endswith(("。", "！", "？", "!", "?", "…"))
    return closed if is_closed else f"{closed}。"


def compose(draft: Draft, document: Documents) -> Answer:
    """The answer that a draft comes to; nothing else makes one."""
    page = write(draft, document)
    question, verdict = draft.question, draft.verdict
    figures = _verified(page.figures, verdict) if verdict else page.figures
    return Answer(
        id=new_id(),
        question=question.whole or question.text,
        standalone_question=question.in_full,
        status=draft.status,
        answer=page.text,
        citations=page.citations,
        figures=figures,
        clarification=draft.clarification,
        nearest=page.nearest,
        engine=ENGINE,
        confidence=round(draft.confidence, 3),
        notice=draft.notice,
        table=_table(draft.table, page.citations) if draft.table else None,
        verdict=verdict.for_answer if verdict else None,
    )


def _verified(figures: Sequence[AnswerFigure], verdict: Verdict) -> tuple[AnswerFigure, ...]:
    """The figures with what the checker found of each: by its place, or by its value in what it cites."""
    by_place: dict[tuple[int | None, int | None], bool] = {
        (each.citation, each.start): each.verified for each in verdict.figures if each.start is not None
    }
    by_value = {(each.citation, each.value, each.unit) for each in verdict.figures if each.verified}
    return tuple(
        replace(
            each,
            verified=by_place.get((each.citation, each.start), (each.citation, each.value, each.unit) in by_value),
        )
        for each in figures
    )


def write(draft: Draft, document: Documents) -> Page:
    """The draft's lines with marks behind them, numbered in the order of their use."""
    citations: list[Citation] = []
    texts: dict[str, int] = {}
    figures: dict[Figure, None] = {}
    computed: list[AnswerFigure] = []
    for at, line in enumerate(draft.lines):
        texts.setdefault(_marked(line, citations, document), at)
        for part in line.cells if isinstance(line, Row) else (line,):
            figures.update(dict.fromkeys(part.figures))
        if isinstance(line, Line):
            computed += line.computed
    text = [draft.message] if draft.message else [*texts, *draft.stating_nothing]
    return Page(
        "\n".join(dict.fromkeys(text)) or missing(_as_asked(draft.question), draft.question.language),
        tuple(texts.values()),
        tuple(Nearest(line.text, _number(line.quotes[0], citations, document)) for line in draft.near),
        tuple(citations),
        (*(_origin(figure, citations) for figure in figures), *computed),
    )


def _marked(line: Line | Row, citations: list[Citation], document: Documents) -> str:
    """The line's text with its marks; quotes cited for the first time join `citations`."""
    cells = [
        cell.text
        + "".join(f"[{n}]" for n in dict.fromkeys(_number(quote, citations, document) for quote in cell.quotes))
        for cell in (line.cells if isinstance(line, Row) else (line,))
    ]
    return f"| {' | '.join(cells)} |" if isinstance(line, Row) else cells[0]


def _as_asked(question: Question) -> str:
    return question.text if question.language == "en" else question.in_full


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


def missing(asked: str, language: str) -> str:
    """The sentence that says that nothing answers `asked`."""
    # A [1] that somebody asks with is no mark of ours.
    bare = MARK.sub(lambda mark: mark[0].strip("[]"), asked).strip().rstrip("？?。 ")
    return f"The documents do not say: {bare}." if language == "en" else f"文档中没有找到“{bare}”的答案。"


def _number(quote: Quote, citations: list[Citation], document: Documents) -> int:
    """The number of the citation that holds the quote, which is added where there is none yet."""
    for citation in citations:
        if _is_in(quote, citation):
            return citation.number
    number = len(citations) + 1
    evidence = Evidence(number, quote.passage, quote.start, quote.end, quote.score)
    citations.append(cite(evidence, document(quote.passage.document_id)))
    return number


def _is_in(quote: Quote, citation: Citation) -> bool:
    return (
        citation.document_id == quote.passage.document_id
        and citation.start <= quote.start
        and quote.end <= citation.end
    )


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
        value=plain(figure.value),
        unit=figure.unit,
        metric=figure.metric,
        region=figure.region,
        period=figure.period,
        status=figure.status,
        citation=holder,
        verified=holder is not None,
        start=figure.start,
        end=figure.end,
    )


def _table(grid: Grid, citations: Sequence[Citation]) -> Table:
    cells = tuple(tuple(_cell(each, citations) if each else None for each in row) for row in grid.cells)
    return Table(grid.metric, grid.unit, grid.kind, grid.columns, grid.rows, cells)


def _cell(figure: Figure | Words, citations: Sequence[Citation]) -> TableCell | None:
    if isinstance(figure, Words):
        of_it = (each.number for each in citations if _is_in(figure.quote, each))
        number = next(of_it, None)
        return None if number is None else TableCell(figure.text, "", "", number)
    holder = _origin(figure, citations).citation
    return None if holder is None else TableCell(figure.text, plain(figure.value), figure.unit, holder)
