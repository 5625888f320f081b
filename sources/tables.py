"""A Table: the cells of a document's table, each with its headers and its place in the text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell below the headers. `document.text[start:end] == text`, the cell's own words, whatever merging did."""

    row: int
    """Of the rows below the headers, from 0."""
    column: int
    text: str
    start: int
    end: int
    name: str = ""
    """As its workbook calls it: B7."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a document. In the text each of its rows stands on a line of its own, `|` between the cells, with
    what is merged over several rows or columns told in each of them."""

    start: int
    """Offset of its first character in `Document.text`, its caption apart."""
    end: int
    caption: str
    columns: tuple[tuple[str, ...], ...]
    """Of each column, its headers from the top: ("2024年", "增速（%）")."""
    rows: tuple[tuple[str, ...], ...]
    """Of each row, its labels from the left: ("浙江省", "杭州市"); () for a row without."""
    units: tuple[str, ...]
    """Of each column, the unit that its headers, the caption or the notes name; "" where none do."""
    cells: tuple[TableCell, ...]
    notes: tuple[str, ...] = ()
    page: int | None = None
    sheet: str | None = None
