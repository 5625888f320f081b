"""Tables of documents as files that other programs open: CSV, JSON, Markdown and Excel workbooks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from assistant.exports.cells import as_csv, number_or_text, printed
from assistant.exports.workbooks import Sheet, workbook
from index.tables import FoundTable
from sources.figures.figure import Figure


def table_as_markdown(found: FoundTable) -> str:
    """The table with its caption over it and its notes under it; `|` in a cell is written ｜."""
    lines = [found.header, ("---",) * len(found.header), *found.rows]
    rows = "\n".join(
        f"| {' | '.join(' '.join(text.split()).replace('|', chr(0xFF5C)) for text in row)} |" for row in lines
    )
    return "\n\n".join(filter(None, (found.table.caption, rows, "\n".join(found.table.notes))))


def table_as_csv(found: FoundTable) -> str:
    """CSV with a heading row, each cell as printed; see `as_csv`."""
    return as_csv([printed(text) for text in row] for row in (found.header, *found.rows))


def table_as_json(found: FoundTable, figures: Sequence[Figure]) -> str:
    """The table as the API gives it; a cell that holds one of the `figures` tells its value and unit."""
    return json.dumps(found.record(figures), ensure_ascii=False, indent=2)


def write_table(found: FoundTable, path: Path) -> None:
    """An Excel workbook of one sheet; plain numbers are numbers there, all else is text as printed. Raises OSError
    where the file can't be written."""
    rows = [[number_or_text(text) for text in row] for row in found.rows]
    path.write_bytes(workbook([Sheet("表格", found.header, rows)]))
