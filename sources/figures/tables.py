"""The numbers in a document's tables, each with its row's and column's header.

表1 2024年主要经济指标（单位：亿元）
| 地区   | 地区生产总值 | 增速（%） |
| ------ | ------------ | --------- |
| 嘉善县 | 1,002.5      | 5.3       |
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sources.cleaning.grids import tables_in
from sources.cleaning.headers import counts_rows, names_unit, unit_for, unit_in, without_unit
from sources.documents import Document
from sources.tables import Table


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with a number in it: `document.text[start:end] == text`."""

    start: int
    end: int
    text: str
    row: str
    """The row's label (嘉善县), without a note of the unit."""
    column: str
    """The column's header (增速), without a note of the unit."""
    caption: str
    """The lines before the table, empty when there are none."""
    left: tuple[str, ...]
    """Headers of the columns to the left, nearest first: 增速 is that of the column before it."""
    unit: str
    """From the cell's headers, the row's unit column or the caption, in that order; empty when none names one."""
    outer: tuple[str, ...] = ()
    """What the row stands under, nearest first: 杭州市 over the rows of its counties."""


_NUMBER = re.compile(r"[约近超≥≤]?\s*[-−－+]?\d")
_YEAR = re.compile(r"(?:19|20)\d\d年?")
_NO_VALUES = re.compile(r"年份|年度|时间|月份|备注|说明")


def tables(document: Document) -> list[Table]:
    """The document's tables; of a text that no reader took apart, those that stand in it."""
    return list(document.tables) or tables_in(document.text)


def cells(table: Table) -> Iterator[Cell]:
    """The cells of the table that begin with a number, those that name their row apart."""
    headers = ["".join(path) for path in table.columns]
    valued = [not _holds_no_values(path) for path in table.columns]
    plain = [without_unit(header) for header in headers]
    general = [unit_for(header, table.caption) for header in headers]
    units = [unit_in(header) for header in headers]
    left = _left(plain, valued)
    row, label, row_unit = -1, "", ""
    rows = _by_row(table)
    for cell in table.cells:
        if cell.row != row:
            row = cell.row
            labels = table.rows[row] if row < len(table.rows) else ()
            label = labels[-1] if labels else ""
            row_unit = rows.get(row, "")
        if not valued[cell.column] or cell.text == label or not _NUMBER.match(cell.text):
            continue
        yield Cell(
            cell.start,
            cell.end,
            cell.text,
            without_unit(label),
            plain[cell.column],
            table.caption,
            left[cell.column],
            units[cell.column] or unit_in(label) or row_unit or general[cell.column],
            tuple(without_unit(name) for name in reversed(labels[:-1])),
        )


def _holds_no_values(path: tuple[str, ...]) -> bool:
    name = path[-1] if path else ""
    return counts_rows(name) or names_unit(name) or bool(_NO_VALUES.fullmatch(name))


def _by_row(table: Table) -> dict[int, str]:
    """Of each row, what stands in its column of units."""
    columns = {column for column, path in enumerate(table.columns) if path and names_unit(path[-1])}
    return {cell.row: cell.text for cell in table.cells if cell.column in columns and not _NUMBER.match(cell.text)}


def _left(headers: list[str], valued: list[bool]) -> list[tuple[str, ...]]:
    """Of each column the headers to its left, nearest first, as many as say what is measured."""
    return [
        tuple(headers[before] for before in range(at - 1, max(-1, at - 1 - _MOST_LEFT), -1) if valued[before])
        for at in range(len(headers))
    ]


_MOST_LEFT = 12
"""Headers that are looked at for what a rate is a rate of; more would make wide tables cost their width squared."""
