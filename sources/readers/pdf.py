"""PDFs: the text layer of each page by where its characters stand; pages without one that can be trusted, by OCR"""

from __future__ import annotations

from dataclasses import replace

from sources.parts import Box, Grid, Parsed, Part
from sources.readers.layout import lines_and_grids
from sources.readers.pdfium import Sheet, opened, sheet


def read_pdf(raw: bytes, *, uri: str) -> Parsed:
    """The lines and tables of a PDF, page by page. Raises SourceError for one that is locked, damaged or empty."""
    parts: list[Part] = []
    with opened(raw, uri=uri) as document:
        count = len(document)
        for number in range(1, count + 1):
            parts += parts_of(sheet(document, number))
    return Parsed(tuple(parts), pages=count)


def parts_of(page: Sheet) -> list[Part]:
    """The lines and tables of a page, what is written in most characters first."""
    parts: list[Part] = []
    for quarter in sorted(range(len(page.words)), key=lambda q: -sum(len(word.text) for word in page.words[q])):
        width, height = (page.width, page.height) if quarter % 2 == 0 else (page.height, page.width)
        found = lines_and_grids(page.words[quarter], page.rules[quarter], page=page.number, width=width, height=height)
        parts += [_turned(part, quarter) for part in found]
    return parts


def _turned(part: Part, quarter: int) -> Part:
    if isinstance(part, Grid):
        return replace(part, cells=tuple(replace(cell, box=_box(cell.box, quarter)) for cell in part.cells))
    return replace(part, box=_box(part.box, quarter))


def _box(box: Box | None, quarter: int) -> Box | None:
    """The place on the page as it is shown, of one on the page turned back by quarter turns."""
    if box is None or quarter == 0:
        return box
    left, top, right, bottom = box.left, box.top, box.right, box.bottom
    if quarter == 1:
        return Box(box.page, 1 - bottom, left, 1 - top, right)
    if quarter == 2:
        return Box(box.page, 1 - right, 1 - bottom, 1 - left, 1 - top)
    return Box(box.page, top, 1 - right, bottom, 1 - left)
