"""The table of a metric as rows of text, to be taken along: what the page shows, and where each value stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assistant.exports.cells import as_csv as csv_of
from assistant.exports.cells import number_or_text, printed
from assistant.exports.workbooks import Sheet, workbook
from assistant.web.figures.table import Cell, Entry, Pivot, falls, in_print
from assistant.web.figures.words import FigureWords
from index.figures import FoundFigure
from sources.figures.figure import Figure

Rows = list[list[str]]


def table_rows(table: Pivot, scale: str, words: FigureWords) -> Rows:
    """A row a row and a heading row; what the page marks with a badge stands in brackets behind the value."""
    laid = table.laid
    corner = words.axes[laid.axis]
    head = [
        words.beside(corner, table.about) if table.about else corner,
        *(words.name(laid.across, column) for column in laid.columns),
    ]
    return [
        head,
        *(
            [words.name(laid.axis, row), *(cell_text(cell, scale, words) for cell in cells)]
            for row, cells in zip(laid.rows, table.cells, strict=True)
        ),
    ]


def cell_text(cell: Cell, scale: str, words: FigureWords) -> str:
    """All of a cell: 12.3亿元；15亿元（目标）."""
    told = ("；" if words.language == "zh" else "; ").join(_entry(each, scale, words) for each in cell.entries)
    return words.beside(told, words.differs) if cell.differs else told


def _entry(entry: Entry, scale: str, words: FigureWords) -> str:
    figure = entry.figure
    marks = []
    if figure.status != "actual":
        kind = words.falls if falls(figure) and not scale else words.kinds[figure.status]
        marks.append(f"{figure.scope if figure.status == 'rank' else ''}{kind}")
    if entry.doubts:
        marks.append(words.labelled(words.doubt, words.listed(words.doubts[each] for each in entry.doubts)))
    told = "".join(in_print(figure, scale))
    if marks:
        told = words.beside(told, ("，" if words.language == "zh" else ", ").join(marks))
    return words.labelled(entry.about, told) if entry.about else told


def source_rows(table: Pivot, words: FigureWords, source: Callable[[Figure], FoundFigure | None]) -> Rows:
    """A row for each figure in the table: row, column, value as printed, kind, document, publisher, date, section,
    page, the sentence, and where it stands in the document's text. `source` gives a figure's sentence, or None where it
    isn't to be had."""
    laid = table.laid
    rows = [
        [
            words.axes[laid.axis],
            words.axes[laid.across],
            words.printed_as,
            words.kind,
            words.document,
            words.publisher,
            words.published,
            words.section,
            words.page_heading,
            words.sentence,
            words.place_in_text,
        ]
    ]
    for row, cells in zip(laid.rows, table.cells, strict=True):
        for column, cell in zip(laid.columns, cells, strict=True):
            for figure in (each for entry in cell.entries for each in entry.figures):
                found = source(figure)
                rows.append(
                    [
                        words.name(laid.axis, row),
                        words.name(laid.across, column),
                        "".join(in_print(figure)),
                        words.kinds[figure.status],
                        *(_source(found) if found else [figure.document_id, "", "", "", "", ""]),
                        f"{figure.document_id}:{figure.start}-{figure.end}",
                    ]
                )
    return rows


def _source(found: FoundFigure) -> list[str]:
    page = "" if found.page is None else str(found.page)
    return [found.title, found.publisher, found.published, found.section, page, found.quote]


def as_csv(rows: Rows) -> str:
    """The rows as CSV, in which nothing is taken for a formula and numbers stay as they are printed."""
    return csv_of([[printed(text) for text in row] for row in rows])


def as_xlsx(rows: Rows, sources: Rows, words: FigureWords) -> bytes:
    """The rows as a workbook, in which plain numbers are numbers, and where each value stands on a second sheet."""
    head, *body = rows
    table = [[name, *(number_or_text(text) for text in values)] for name, *values in body]
    wide = dict.fromkeys(range(len(head)), 22)
    of_sources = {**dict.fromkeys(range(len(sources[0])), 16), 4: 36, 9: 60}
    return workbook(
        [
            Sheet(words.sheet_table, head, table, wide),
            Sheet(words.sheet_sources, sources[0], sources[1:], of_sources, filtered=True),
        ]
    )


def source_record(found: FoundFigure, *, is_order: bool, doubts: Sequence[str]) -> dict[str, object]:
    """A figure with its sentence as JSON; `quote_start` is where the sentence begins in the document's text."""
    return {**found.row(), "quote_start": found.quote_start, "is_order": is_order, "doubts": list(doubts)}
