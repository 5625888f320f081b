"""Details: what a document has besides its text (tables, places on pages, what was dropped), packed for the catalog"""

from __future__ import annotations

import json
import re
import zlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from sources.documents import Document, Place
from sources.parts import Box, Dropped
from sources.tables import Table, TableCell

_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_SHARE_DIGITS = 5
"""Of a page's width: a hundredth of a millimetre."""


@dataclass(frozen=True, slots=True)
class Packed:
    """The details of a document as the catalog keeps them; empty where there are none."""

    tables: bytes
    places: bytes
    dropped: bytes


def pack(document: Document) -> Packed:
    """The details of `document`. The words of cells aren't kept twice: they stand in its text."""
    tables = [
        [
            table.start,
            table.end,
            table.caption,
            table.columns,
            table.rows,
            table.units,
            [[cell.row, cell.column, cell.start, cell.end, cell.name] for cell in table.cells],
            table.notes,
            table.page,
            table.sheet,
        ]
        for table in document.tables
    ]
    places = [
        [place.start, place.end, place.box.page, *(round(share, _SHARE_DIGITS) for share in _shares(place.box))]
        for place in document.places
    ]
    dropped = [[each.text, each.reason, each.page] for each in document.dropped]
    return Packed(_packed(tables), _packed(places), _packed(dropped))


def unpacked(document: Document, packed: Packed) -> Document:
    """`document` with its details."""
    return replace(
        document,
        tables=tables_of(document.text, packed.tables),
        places=tuple(Place(start, end, Box(*box)) for start, end, *box in _read(packed.places)),
        dropped=tuple(Dropped(*row) for row in _read(packed.dropped)),
    )


def tables_of(text: str, packed_tables: bytes) -> tuple[Table, ...]:
    """A document's tables, of its text and what is kept of them."""
    return tuple(_table(text, row) for row in _read(packed_tables))


def cells_at(tables: Sequence[Table], start: int, end: int) -> tuple[str, str] | None:
    """The sheet of a workbook that the text from `start` to `end` stands in, and its cells: B7, or B7:D9 for all in
    the rectangle around them, "" where none of them has a name. None where it stands in no sheet."""
    table = next((each for each in tables if each.sheet is not None and each.start < end and start < each.end), None)
    if table is None or table.sheet is None:
        return None
    first = max(0, bisect_right(table.cells, start, key=lambda cell: cell.start) - 1)
    names: list[str] = []
    for cell in islice(table.cells, first, None):
        if cell.start >= end:
            break
        if cell.end > start:
            names.append(cell.name)
    return table.sheet, _range(names)


def _range(names: Sequence[str]) -> str:
    found = [match for name in names if (match := _CELL.fullmatch(name))]
    if not found:
        return ""
    columns = sorted((match[1] for match in found), key=lambda letters: (len(letters), letters))
    rows = sorted(int(match[2]) for match in found)
    first, last = f"{columns[0]}{rows[0]}", f"{columns[-1]}{rows[-1]}"
    return first if first == last else f"{first}:{last}"


def _table(text: str, row: Sequence[Any]) -> Table:
    start, end, caption, columns, labels, units, cells, notes, page, sheet = row
    return Table(
        start=start,
        end=end,
        caption=caption,
        columns=tuple(map(tuple, columns)),
        rows=tuple(map(tuple, labels)),
        units=tuple(units),
        cells=tuple(TableCell(r, c, text[begin:stop], begin, stop, name) for r, c, begin, stop, name in cells),
        notes=tuple(notes),
        page=page,
        sheet=sheet,
    )


def _shares(box: Box) -> tuple[float, float, float, float]:
    return box.left, box.top, box.right, box.bottom


def _packed(rows: Sequence[Any]) -> bytes:
    if not rows:
        return b""
    return zlib.compress(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode("utf8", "replace"))


def _read(packed: bytes) -> list[Any]:
    return json.loads(zlib.decompress(packed)) if packed else []
