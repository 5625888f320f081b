"""Grids laid out: a table's text, one row a line, and the Table that tells where its cells stand in it"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sources.parts import Box, Grid, GridCell
from sources.tables import Table, TableCell


@dataclass(frozen=True, slots=True)
class Layout:
    """A grid as text."""

    text: str
    table: Table
    """Its offsets are into `text`."""
    boxes: tuple[tuple[int, int, Box], ...] = ()
    """Start and end in `text` of what stands in a box on a page, in order."""


def lay_out(grid: Grid) -> Layout:
    """The grid's text, with what is merged over rows and columns told in each, and its Table."""
    rows = _filled(grid.cells)
    heads = _heads(rows)
    lines: list[str] = []
    cells: list[TableCell] = []
    boxes: list[tuple[int, int, Box]] = []
    at = 0
    for number, row in enumerate(rows):
        line = "|"
        for column, cell in enumerate(row):
            text = " ".join(cell.text.split()).replace("|", "｜") if cell else ""
            start = at + len(line) + 1
            line += f" {text} |"
            if cell is None or not text:
                continue
            if number >= heads:
                cells.append(TableCell(number - heads, column, text, start, start + len(text), cell.name))
            if cell.box is not None:
                boxes.append((start, start + len(text), cell.box))
        lines.append(line)
        at += len(line) + 1
    text = "\n".join(lines)
    names = [[" ".join(cell.text.split()) if cell else "" for cell in row] for row in rows]
    width = max(map(len, names), default=0)
    columns = tuple(tuple(dict.fromkeys(name[k] for name in names[:heads] if name[k])) for k in range(width))
    table = Table(
        start=0,
        end=len(text),
        caption=grid.caption,
        columns=columns,
        rows=tuple(tuple(filter(None, name[:1])) for name in names[heads:]),
        units=("",) * width,
        cells=tuple(cells),
        notes=grid.notes,
        page=grid.page,
        sheet=grid.sheet,
    )
    return Layout(text, table, tuple(boxes))


def moved(table: Table, by: int) -> Table:
    """The table with its offsets `by` characters further on."""
    cells = tuple(replace(cell, start=cell.start + by, end=cell.end + by) for cell in table.cells)
    return replace(table, start=table.start + by, end=table.end + by, cells=cells)


def _filled(cells: Sequence[GridCell]) -> list[list[GridCell | None]]:
    """The rows, all of one width, with a merged cell in each place that it covers."""
    height = max((cell.row + cell.rows for cell in cells), default=0)
    width = max((cell.column + cell.columns for cell in cells), default=0)
    rows: list[list[GridCell | None]] = [[None] * width for _ in range(height)]
    for cell in cells:
        for row in range(cell.row, cell.row + cell.rows):
            rows[row][cell.column : cell.column + cell.columns] = [cell] * cell.columns
    return rows


def _heads(rows: Sequence[Sequence[GridCell | None]]) -> int:
    """How many rows at the top are headers."""
    marked = 0
    while marked < len(rows) and all(cell is None or cell.heads for cell in rows[marked]):
        marked += 1
    return marked or min(1, len(rows))
