"""Rows: lines that are a row of a table as it is printed, told in words

| 农村居民人均可支配收入 | 40318元 | 7.0% |    →    农村居民人均可支配收入：绝对数40318元，比上年增长7.0%。
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.extractive.checked import checked
from assistant.extractive.compose import Draft, Line, Row
from assistant.library import Library
from sources.cleaning.headers import without_unit
from sources.tables import Table, TableCell

_ROW = re.compile(r"(?P<lead>[^|。；\n]{1,20}：)?\|")
"""A row, perhaps after whose it is: 双桥县：| … |"""
_SAYS = re.compile(r"\w")
_MOST_CELLS = 6
"""Of a longer row only the cells are told that the line's figures stand in."""


def in_words(draft: Draft, library: Library) -> Draft:
    """The draft with its rows in words, less the headers among them; a row stays as it is where that would not hold."""
    if draft.status != "answered":
        return draft
    lines = []
    for line in draft.lines:
        worded = _worded(line, library) if isinstance(line, Line) else line
        if worded is not line and worded is not None and not _holds(worded, draft, library):
            worded = line
        lines.append(worded)
    kept = tuple(line for line in lines if line is not None)
    return replace(draft, lines=kept) if kept and kept != draft.lines else draft


def _holds(line: Line | Row, draft: Draft, library: Library) -> bool:
    seen = checked(replace(draft, lines=(line,), table=None), library)
    return seen.verdict is not None and seen.verdict.ok and len(seen.lines) == 1


def _worded(line: Line, library: Library) -> Line | None:
    """The line in words where it is a row; None where it is the header of a table; else the line."""
    row = _ROW.match(line.text)
    if row is None or not line.quotes:
        return line
    quote = line.quotes[0]
    tables = library.tables(quote.passage.document_id)
    table = next((each for each in tables if each.start <= quote.start < each.end), None)
    if table is None:
        return line
    own = [cell for cell in table.cells if quote.start <= cell.start < quote.end]
    if not own:
        return None
    told = f"{row['lead'] or ''}{_told(own, table, line)}。"
    return replace(line, text=told) if len({cell.row for cell in own}) == 1 else line


def _told(cells: Sequence[TableCell], table: Table, line: Line) -> str:
    labels = [label for label in table.rows[cells[0].row] if label.strip()] if cells[0].row < len(table.rows) else []
    values = [cell for cell in cells if _SAYS.search(cell.text) and cell.text not in labels]
    starts = {figure.start for figure in line.figures}
    if len(values) > _MOST_CELLS and starts:
        values = [cell for cell in values if any(cell.start <= start < cell.end for start in starts)] or values
    said = "，".join(f"{_header(cell, table)}{_value(cell, table)}" for cell in values)
    return f"{'，'.join(map(_plain, labels))}：{said}" if labels else said


def _header(cell: TableCell, table: Table) -> str:
    path = table.columns[cell.column] if cell.column < len(table.columns) else ()
    header = "".join(_plain(part) for part in path)
    return header if not header or cell.text[:1].isdigit() else f"{header}："


def _value(cell: TableCell, table: Table) -> str:
    """What the cell says, a bare number with its column's unit."""
    text = " ".join(cell.text.split())
    unit = table.units[cell.column] if cell.column < len(table.units) else ""
    return f"{text}{unit}" if text[-1:].isdigit() and unit and unit not in text else text


def _plain(label: str) -> str:
    return without_unit(label) or label
