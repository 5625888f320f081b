"""Tables of a library: which there are, each with its document, and how one looks as rows of text."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sources.documents import Document
from sources.figures.figure import Figure
from sources.mentions.numerals import plain
from sources.tables import Table

_SPACE = re.compile(r"\s+")
_BETWEEN = " › "
"""Between the headers of a column, from the top."""


@dataclass(frozen=True)
class FoundTable:
    """A table with the document it stands in."""

    document: Document
    number: int
    """Among the document's tables, from 1."""
    table: Table

    @property
    def id(self) -> str:
        """What it is called in commands and in the API: the document's id with its number behind it."""
        return f"{self.document.id}-{self.number}"

    @property
    def unit(self) -> str:
        """The unit of its columns where all that have one have the same; "" otherwise."""
        units = set(filter(None, self.table.units))
        return units.pop() if len(units) == 1 else ""

    @cached_property
    def header(self) -> tuple[str, ...]:
        """The header of each column, from the top."""
        return tuple(_BETWEEN.join(path) for path in self.table.columns)

    @cached_property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """What is printed in each row below the headers, a text a column; "" for an empty cell."""
        height = max((cell.row for cell in self.table.cells), default=-1) + 1
        rows = [[""] * len(self.table.columns) for _ in range(height)]
        for cell in self.table.cells:
            rows[cell.row][cell.column] = cell.text
        return tuple(map(tuple, rows))

    def summary(self) -> dict[str, Any]:
        """What it is, without its cells; as the API lists it."""
        section = self.document.section_at(self.table.start)
        return {
            "id": self.id,
            "document_id": self.document.id,
            "number": self.number,
            "title": self.document.title,
            "caption": self.table.caption,
            "section": _BETWEEN.join(section.path) if section else "",
            "rows": len(self.rows),
            "columns": len(self.header),
            "unit": self.unit,
            "page": self.table.page,
            "sheet": self.table.sheet,
            "uri": self.document.uri,
        }

    def record(self, figures: Iterable[Figure] = ()) -> dict[str, Any]:
        """All of it, as the API shows it; a cell whose number is among `figures` tells its value and its unit."""
        read = {figure.start: figure for figure in figures if self.table.start <= figure.start < self.table.end}
        starts = sorted(read)
        return self.summary() | {
            "start": self.table.start,
            "end": self.table.end,
            "notes": list(self.table.notes),
            "headers": [
                {"path": list(path), "unit": unit}
                for path, unit in zip(self.table.columns, self.table.units, strict=True)
            ],
            "labels": [list(path) for path in self.table.rows],
            "cells": [
                {
                    "row": cell.row,
                    "column": cell.column,
                    "text": cell.text,
                    "start": cell.start,
                    "end": cell.end,
                    "name": cell.name,
                }
                | _value(read, starts, cell.start, cell.end)
                for cell in self.table.cells
            ],
        }


def _value(read: dict[int, Figure], starts: Sequence[int], start: int, end: int) -> dict[str, str]:
    at = bisect_left(starts, start)
    if at == len(starts) or starts[at] >= end:
        return {}
    figure = read[starts[at]]
    return {
        "value": plain(figure.value),
        "upper": "" if figure.upper is None else plain(figure.upper),
        "unit": figure.unit,
        "subject": figure.subject,
        "metric": figure.metric,
        "period": figure.period,
    }


def tables_of(
    documents: Iterable[str], *, document: Callable[[str], Document], tables: Callable[[str], Sequence[Table]]
) -> Iterator[FoundTable]:
    """The tables of documents, given by their ids, in order."""
    for document_id in documents:
        if found := tables(document_id):
            owner = document(document_id)
            for number, table in enumerate(found, 1):
                yield FoundTable(owner, number, table)


def speaks_of(found: FoundTable, query: str) -> bool:
    """Whether each word of `query` stands in the table's caption, its headers, its labels or its document's title."""
    said = _SPACE.sub(
        "", "\n".join((found.document.title, found.table.caption, *found.header, *map("".join, found.table.rows)))
    )
    return all(word in said for word in query.split())
