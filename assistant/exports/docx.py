"""Answers as a Word document: headings, tables, a footnote for each quote, and the list of sources at the end.

A quote that is cited again gets no second footnote: its mark is a cross-reference to the first one, as Word's own are.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from assistant.answers import Citation
from assistant.exports.content import Block, Export, Grid, Piece, Pieces
from assistant.exports.docx_package import escaped, package
from assistant.exports.references import References
from assistant.exports.words import ExportWords

_TEXT_WIDTH = 8730
"""Between the margins, in twentieths of a point."""
_PAGE_WIDTH = 96
"""The same in half-width characters of a table."""
_SUPERSCRIPT = '<w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr>'
_STYLES = {"plain": "", "heading": "Heading2", "note": "Note", "doubt": "Doubt"}


def as_docx(export: Export) -> bytes:
    """The document as the bytes of a .docx file."""
    words = export.words
    notes = _Notes(References(export.known), words)
    body = [_paragraph(_run(export.heading), "Title"), _paragraph(_run(export.about), "Subtitle")]
    for number, each in enumerate(export.exchanges(), 1):
        notes.begin(number)
        if each.heading != export.heading:
            body.append(_paragraph(_run(each.heading), "Heading1"))
        for block in each.blocks:
            body += _block(block, notes)
        if each.unmarked:
            also = tuple(Piece(cited=citation) for citation in each.unmarked)
            body.append(_paragraph(_inline((Piece(words.also), *also), notes)))
        if each.about:
            body.append(_paragraph(_run(each.about), "About"))
    references = [
        _paragraph(_run(f"[{number}] {line}"), "Reference")
        for number, line in notes.references.lines(words, day=export.day)
    ]
    if references:
        body += [_paragraph(_run(words.sources), "Heading1"), *references]
    return package("".join(body), "".join(notes.written), title=export.heading, language=words.language, day=export.day)


class _Notes:
    """The footnotes of a document, numbered from 1 in the order in which their marks stand in it."""

    def __init__(self, references: References, words: ExportWords) -> None:
        self.references = references
        self.written: list[str] = []
        self._words = words
        self._turn = 0
        self._numbers: dict[tuple[int, int], int] = {}

    def begin(self, turn: int) -> None:
        """The marks that follow are those of another answer."""
        self._turn = turn

    def mark(self, citation: Citation) -> str:
        """The runs of one mark."""
        key = (self._turn, citation.number)
        if (known := self._numbers.get(key)) is not None:
            return _field(f"NOTEREF note{known} \\f \\h", str(known))
        number = self._numbers[key] = len(self.written) + 1
        self.written.append(self._note(number, citation))
        return (
            f'<w:bookmarkStart w:id="{number}" w:name="note{number}"/><w:r>{_SUPERSCRIPT}'
            f'<w:footnoteReference w:id="{number}"/></w:r><w:bookmarkEnd w:id="{number}"/>'
        )

    def _note(self, number: int, citation: Citation) -> str:
        words = self._words
        source = f"{words.source}[{self.references.number_of(citation)}]"
        text = f" {words.quote_form.format(citation.quote)}{words.stands}{words.place(citation)}{words.between}{source}"
        inner = f"<w:r>{_SUPERSCRIPT}<w:footnoteRef/></w:r>{_run(text)}"
        return f'<w:footnote w:id="{number}">{_paragraph(inner, "FootnoteText")}</w:footnote>'


def _block(block: Block, notes: _Notes) -> Iterator[str]:
    if isinstance(block, Grid):
        for part in block.within(_PAGE_WIDTH):
            if part.caption:
                yield _paragraph(_run(part.caption), "Heading2")
            yield _table(part, notes)
            yield _paragraph("", "Cell")  # or two tables would be joined into one
        return
    runs = _inline(block.pieces, notes)
    if block.role == "bullet":
        yield _paragraph(runs, numbered=f'<w:numPr><w:ilvl w:val="{block.depth}"/><w:numId w:val="1"/></w:numPr>')
    elif block.role == "numbered":
        indent = f'<w:ind w:left="{420 * (block.depth + 1)}" w:hanging="420"/>'
        yield _paragraph(f"{_run(f'{block.number}. ')}{runs}", numbered=indent)
    else:
        yield _paragraph(runs, _STYLES[block.role])


def _table(grid: Grid, notes: _Notes) -> str:
    widths = [width * _TEXT_WIDTH // _PAGE_WIDTH for width in grid.widths(_PAGE_WIDTH)]
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    header = "".join(_cell(cell, width, notes, head=True) for cell, width in zip(grid.header, widths, strict=True))
    rows = [f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{header}</w:tr>"]
    for row in grid.rows:
        cells = "".join(_cell(cell, width, notes) for cell, width in zip(row, widths, strict=True))
        rows.append(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>")
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f'<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{columns}</w:tblGrid>{"".join(rows)}</w:tbl>'
    )


def _cell(pieces: Pieces, width: int, notes: _Notes, *, head: bool = False) -> str:
    shade = '<w:shd w:val="clear" w:color="auto" w:fill="F0F0F0"/>' if head else ""
    if head:
        pieces = tuple(piece if piece.cited else Piece(piece.text, bold=True) for piece in pieces)
    properties = f'<w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shade}</w:tcPr>'
    return f"<w:tc>{properties}{_paragraph(_inline(pieces, notes), 'Cell')}</w:tc>"


def _paragraph(runs: str, style: str = "", *, numbered: str = "") -> str:
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f"<w:p><w:pPr>{named}{numbered}</w:pPr>{runs}</w:p>"


def _inline(pieces: Pieces, notes: _Notes) -> str:
    runs = []
    for before, piece in pairwise((Piece(), *pieces)):
        if piece.cited is None:
            runs.append(_run(piece.text, bold=piece.bold))
            continue
        # Two marks in a row, 1 and 2, would read as 12.
        if before.cited is not None:
            runs.append(f"<w:r>{_SUPERSCRIPT}<w:t>,</w:t></w:r>")
        runs.append(notes.mark(piece.cited))
    return "".join(runs)


def _run(text: str, *, bold: bool = False) -> str:
    looks = "<w:rPr><w:b/></w:rPr>" if bold else ""
    return f'<w:r>{looks}<w:t xml:space="preserve">{escaped(text)}</w:t></w:r>' if text else ""


def _field(instruction: str, result: str) -> str:
    kinds = [f'<w:r>{_SUPERSCRIPT}<w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end")]
    asked = f'<w:r>{_SUPERSCRIPT}<w:instrText xml:space="preserve"> {instruction} </w:instrText></w:r>'
    return f"{kinds[0]}{asked}{kinds[1]}<w:r>{_SUPERSCRIPT}<w:t>{result}</w:t></w:r>{kinds[2]}"
