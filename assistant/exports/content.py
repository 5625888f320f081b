"""Content: what an answer shows, in its order, as paragraphs and tables that every form of file writes in its way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from assistant.answers import Answer, Citation, Language, Table
from assistant.citations import marks
from assistant.exports.characters import clean, in_line, width_of
from assistant.exports.words import EXPORT_WORDS, ExportWords
from index.catalog.rows import DocumentInfo

Role = Literal["plain", "heading", "note", "doubt", "bullet", "numbered"]
_LIST_ITEM = re.compile(r"(?P<indent>\s*)(?:[-*•]|(?P<number>\d{1,2})[.)])\s+(?P<text>.*)")
_HEADING = re.compile(r"#{1,6}\s+")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_DEEPEST = 3
_MOST_HEADING = 80
"""Characters of a heading."""
_NARROWED = 12
"""To which width a column may be narrowed before a table is cut, in half-width characters."""
_AROUND = 4
"""Between the text of a cell and its borders, together."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, or a citation's mark."""

    text: str = ""
    bold: bool = False
    cited: Citation | None = None


Pieces = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph, heading or item of a list."""

    pieces: Pieces
    role: Role = "plain"
    depth: int = 0
    """Of an item, in lists that it is nested in."""
    number: str = ""
    """Of a numbered item, as it is printed."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; every row has a cell for every column."""

    header: tuple[Pieces, ...]
    rows: tuple[tuple[Pieces, ...], ...]
    caption: str = ""

    @property
    def _wanted(self) -> list[int]:
        """How wide each column would be with every cell in one line, with the space around the cells."""
        columns = zip(self.header, *self.rows, strict=True)
        return [max(sum(width_of(piece.text) for piece in cell) for cell in column) + _AROUND for column in columns]

    def widths(self, width: int) -> list[int]:
        """The columns' widths, `width` in all, a Chinese character being two: the short ones have all their room, the
        long ones share what is left."""
        wanted = self._wanted
        widths = [0] * len(wanted)
        left = width
        for at, column in enumerate(sorted(range(len(wanted)), key=wanted.__getitem__)):
            widths[column] = min(wanted[column], left // (len(wanted) - at))
            left -= widths[column]
        more, rest = divmod(left, len(widths))
        return [each + more for each in widths[:-1]] + [widths[-1] + more + rest]

    def within(self, width: int) -> list[Grid]:
        """The table, cut into several where its columns need more than `width`; each begins with the first column."""
        first, *others = (min(wanted, _NARROWED + _AROUND) for wanted in self._wanted)
        chosen: list[list[int]] = [[0]]
        filled = first
        for column, needed in enumerate(others, 1):
            if filled + needed > width and len(chosen[-1]) > 1:
                chosen.append([0])
                filled = first
            chosen[-1].append(column)
            filled += needed
        if len(chosen) == 1:
            return [self]
        return [
            Grid(
                tuple(self.header[column] for column in columns),
                tuple(tuple(row[column] for column in columns) for row in self.rows),
                f"{self.caption}（{number}/{len(chosen)}）",
            )
            for number, columns in enumerate(chosen, 1)
        ]


Block = Paragraph | Grid


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question with all that its answer shows."""

    question: str
    """In one line."""
    blocks: tuple[Block, ...]
    citations: tuple[Citation, ...]
    """In the order of their numbers."""
    unmarked: tuple[Citation, ...]
    """Those of them that no block has a mark of."""
    about: str
    """Who wrote it, and what was checked."""

    @property
    def heading(self) -> str:
        """The question as a heading; a long one stands there whole as a paragraph of its own."""
        return shortened(self.question)


@dataclass(frozen=True, slots=True)
class Export:
    """What is taken along: answers, oldest first, and what a file says of itself."""

    answers: tuple[Answer, ...]
    day: date
    """Of the export."""
    title: str = ""
    """A conversation's name; "" for the question where there is but one, or for a general one."""
    library: str = ""
    """The name of what was asked, never a path."""
    language: Language = "zh"
    figures: bool = True
    """Whether the figures of an answer are told in a table of their own."""
    known: Mapping[str, DocumentInfo] = field(default_factory=dict, hash=False)
    """Of documents cited, by their ids: what a citation doesn't tell, the number and the kind."""

    @property
    def words(self) -> ExportWords:
        """The words of its language."""
        return EXPORT_WORDS[self.language]

    @property
    def heading(self) -> str:
        """What stands over the file."""
        only = self.answers[0].question if len(self.answers) == 1 else ""
        return in_line(self.title) or shortened(in_line(only)) or self.words.title

    @property
    def about(self) -> str:
        """The line below it."""
        return clean(self.words.about(self.library, self.day, len(self.answers)))

    def exchanges(self) -> Iterator[Exchange]:
        """Every answer as blocks, below its question where that is too long for a heading."""
        for answer in self.answers:
            each = exchange(answer, self.words, figures=self.figures)
            whole = () if each.heading == each.question else (_line(f"{self.words.question}{each.question}", "note"),)
            yield replace(each, blocks=(*whole, *each.blocks))


def shortened(text: str) -> str:
    """A text as a heading: with … for what is too much for one."""
    return text if len(text) <= _MOST_HEADING else f"{text[:_MOST_HEADING]}…"


def known_of(answers: Iterable[Answer], documents: Iterable[DocumentInfo]) -> dict[str, DocumentInfo]:
    """Those of the documents that the answers cite, by their ids."""
    cited = {citation.document_id for answer in answers for citation in answer.citations}
    return {document.id: document for document in documents if document.id in cited}


def exchange(answer: Answer, words: ExportWords, *, figures: bool = True) -> Exchange:
    """All that the answer shows; `figures` says whether the table of its figures is part of that."""
    answer = replace(answer, citations=tuple(_clean(citation) for citation in answer.citations))
    cited = {citation.number: citation for citation in reversed(answer.citations)}
    citations = tuple(cited[number] for number in sorted(cited))
    text = _blocks(clean(answer.answer), cited)
    blocks = [*_before(answer, words), *text]
    if answer.table is not None and not any(isinstance(block, Grid) for block in text):
        blocks.append(_figures_side_by_side(answer.table, cited, words))
    blocks += [*_nearest(answer, cited, words), *_choices(answer, words), *_failed(answer, words)]
    if figures and answer.figures:
        blocks.append(_figures(answer, cited, words))
    marked = {piece.cited.number for block in blocks for piece in _pieces_of(block) if piece.cited}
    unmarked = tuple(citation for citation in citations if citation.number not in marked)
    return Exchange(in_line(answer.question), tuple(blocks), citations, unmarked, _about(answer, words))


def _clean(citation: Citation) -> Citation:
    return replace(
        citation,
        title=in_line(citation.title),
        publisher=in_line(citation.publisher or "") or None,
        section=in_line(citation.section),
        quote=in_line(citation.quote),
    )


def _pieces_of(block: Block) -> Iterator[Piece]:
    if isinstance(block, Paragraph):
        yield from block.pieces
    else:
        for row in (block.header, *block.rows):
            for cell in row:
                yield from cell


def _line(text: str, role: Role = "plain", cited: Citation | None = None) -> Paragraph:
    mark = (Piece(cited=cited),) if cited else ()
    return Paragraph((Piece(in_line(text)), *mark), role)


def _before(answer: Answer, words: ExportWords) -> Iterator[Paragraph]:
    """What must be read before the answer: how the question was taken, and how far the answer can be relied on."""
    if answer.standalone_question != answer.question:
        yield _line(f"{words.understood}{answer.standalone_question}", "note")
    if answer.notice:
        yield _line(answer.notice, "note")
    if not answer.sure:
        yield _line(words.unsure, "doubt")
    if answer.status == "not_found":
        yield _line(words.refused, "doubt")


def _nearest(answer: Answer, cited: Mapping[int, Citation], words: ExportWords) -> Iterator[Paragraph]:
    if answer.nearest:
        yield _line(words.nearest, "heading")
    for near in answer.nearest:
        item = _LIST_ITEM.fullmatch(clean(near.text))
        yield _line(item["text"] if item else near.text, "bullet", cited.get(near.citation))


def _choices(answer: Answer, words: ExportWords) -> Iterator[Paragraph]:
    if answer.clarification is None:
        return
    if answer.clarification.question not in answer.answer:
        yield _line(answer.clarification.question)
    if answer.clarification.choices:
        yield _line(words.choices, "heading")
    for choice in answer.clarification.choices:
        yield _line(choice, "bullet")


def _failed(answer: Answer, words: ExportWords) -> Iterator[Paragraph]:
    failed = [each.text for each in answer.verdict.statements if not each.supported] if answer.verdict else []
    if failed:
        yield _line(words.failed + "；".join(failed), "doubt")


def _figures(answer: Answer, cited: Mapping[int, Citation], words: ExportWords) -> Grid:
    rows = []
    for figure in answer.figures:
        formula = f"{figure.text}（{figure.formula}）" if figure.formula else figure.text
        kind = words.kinds.get(figure.status, figure.status)
        texts = (
            formula,
            figure.metric,
            figure.region,
            words.period(figure.period),
            kind,
            words.check(figure, sure=answer.sure),
        )
        cells: list[Pieces] = [(Piece(in_line(text)),) for text in texts]
        if citation := cited.get(figure.citation or 0):
            cells[-1] += (Piece(cited=citation),)
        rows.append(tuple(cells))
    return Grid(tuple((Piece(text),) for text in words.figure_columns), tuple(rows), words.figures)


def _figures_side_by_side(table: Table, cited: Mapping[int, Citation], words: ExportWords) -> Grid:
    rows = []
    for name, cells in zip(table.rows, table.cells, strict=False):
        shown: list[Pieces] = [(Piece(in_line(words.period(name) if table.kind == "trend" else name)),)]
        for cell in cells:
            citation = cited.get(cell.citation) if cell else None
            shown.append((Piece(in_line(cell.text) if cell else ""), *((Piece(cited=citation),) if citation else ())))
        rows.append(tuple(shown))
    header = ("", *(words.period(column) for column in table.columns))
    return _even([tuple((Piece(in_line(text)),) for text in header), *rows], in_line(table.metric))


def _about(answer: Answer, words: ExportWords) -> str:
    if answer.status != "answered" and not answer.citations:
        return ""  # nothing was quoted, and nobody wrote anything
    engine = words.extractive if answer.engine == "extractive" else words.written_by.format(in_line(answer.engine))
    holds = answer.verdict is not None and answer.verdict.ok and bool(answer.verdict.statements)
    if not holds or not answer.sure or answer.status != "answered":
        return engine
    numbers = words.numbers_agree if answer.figures and all(each.verified for each in answer.figures) else ""
    return " · ".join(filter(None, (engine, words.verbatim, numbers)))


# The answer's text: paragraphs, and the little Markdown that models write.


def _blocks(text: str, cited: Mapping[int, Citation]) -> list[Block]:
    def pieces(line: str) -> Pieces:
        return tuple(_pieces(in_line(line), cited))

    found: list[Block] = []
    lines = text.strip().split("\n")
    while lines:
        line = lines.pop(0)
        if line.strip().startswith("|") and lines and _is_rule(lines[0]):
            rows = [line]
            lines.pop(0)
            while lines and lines[0].strip().startswith("|"):
                rows.append(lines.pop(0))
            found.append(_even([tuple(map(pieces, _cells(row.strip()))) for row in rows]))
        elif item := _LIST_ITEM.fullmatch(line):
            role: Role = "numbered" if item["number"] else "bullet"
            depth = min(len(item["indent"].expandtabs(2)) // 2, _DEEPEST)
            found.append(Paragraph(pieces(item["text"]), role, depth, item["number"] or ""))
        elif heading := _HEADING.match(line.strip()):
            found.append(Paragraph(pieces(line.strip()[heading.end() :]), "heading"))
        elif line.strip():
            found.append(Paragraph(pieces(line)))
    return found


def _is_rule(line: str) -> bool:
    """Whether a line sets a table's header off from its rows."""
    return "--" in line and not set(line) - set("|-: \t")


def _cells(row: str) -> list[str]:
    return row.removeprefix("|").removesuffix("|").split("|")


def _even(rows: Sequence[tuple[Pieces, ...]], caption: str = "") -> Grid:
    """The rows as a table, short ones filled up."""
    columns = max(map(len, rows))
    header, *body = (row + ((Piece(),),) * (columns - len(row)) for row in rows)
    return Grid(header, tuple(body), caption)


def _pieces(text: str, cited: Mapping[int, Citation]) -> Iterator[Piece]:
    at = 0
    for number, start, end in marks(text, cited):
        yield from _bold(text[at:start])
        yield Piece(cited=cited[number])
        at = end
    yield from _bold(text[at:])


def _bold(text: str) -> Iterator[Piece]:
    at = 0
    for bold in _BOLD.finditer(text):
        if bold.start() > at:
            yield Piece(text[at : bold.start()])
        yield Piece(bold[1], bold=True)
        at = bold.end()
    if at < len(text):
        yield Piece(text[at:])


def written(pieces: Sequence[Piece], *, text: Callable[[Piece], str], mark: Callable[[Citation], str]) -> str:
    """The pieces one after the other, each as `text` or `mark` writes it."""
    return "".join(mark(piece.cited) if piece.cited else text(piece) for piece in pieces)
