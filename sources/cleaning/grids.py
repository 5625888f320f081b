"""Grids laid out: a table's text, one row a line, and the Table that tells where its cells stand in it

| 地区   | 地区生产总值（亿元） | 增速（%） |
| 浙江省 | 82553.2              | 6.0       |
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sources.cleaning.headers import has_own_unit, headers, is_form, note_rows, title_rows, unit_in
from sources.parts import Box, Grid, GridCell, Line
from sources.tables import Table, TableCell

_REPEATED_CHARS = 120
"""Merged text up to this length is told in each row and column that it covers; a longer one stands once."""
_MOST_PLACES = 2_000_000
_PLACES_A_CELL = 50
"""A grid with more places than both allow is all but empty: it is written without its gaps."""
_EDGE_ROWS = 60
"""Rows at each end of a table among which its titles and notes are."""
_RULE = re.compile(r"^[\s|:：\-—=]*-[\s|:：\-—=]*$")
_WRITTEN = re.compile(
    r"(?:^[ \t]*\|.*\|[ \t]*(?:\n|\Z)){2,}|^[^|\n]*\|.*\n[ \t]*:?-{2,}.*\|.*\n(?:[^|\n]*\|.*(?:\n|\Z))+", re.MULTILINE
)
_CAPTION_CHARS = 160
_CAPTION_LINES = 2
_GAP = re.compile(r"[ \u3000]{2,}|\u3000")
_ALIGNED_LINES = 3
_ALIGNED_FIELDS = 3
_FIELD_CHARS = 40
_GROUPED = re.compile(r"\d,\d{3}(?!\d)")
_ENDS_SENTENCE = re.compile(r"[。！？；]")
_SENTENCE = re.compile("[。|]|；(?![^（(]*[）)])")
_SOME_NUMBER = re.compile(r"[-−+]?\d[\d,.]*[%％‰]?")

_Rows = list[list[GridCell | None]]
_NONE: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Layout:
    """A grid as text."""

    text: str
    table: Table
    boxes: tuple[tuple[int, int, Box], ...] = ()
    """Start and end in `text` of what stands in a box on a page, in order."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """A cell's own words, and where they stand in the text."""

    text: str
    start: int
    name: str = ""

    @property
    def end(self) -> int:
        """Just past its last character."""
        return self.start + len(self.text)


def parted(grid: Grid) -> tuple[list[Line], Grid | None, list[Line]]:
    """The titles over a table as lines, the table without them, and the notes under it as lines.

    The table keeps their words as its caption, a line each, and its notes. None for a table where nothing but titles
    or notes stand.
    """
    numbers = sorted({cell.row for cell in grid.cells})
    if len(numbers) > 2 * _EDGE_ROWS:  # only at both ends is anything looked for
        numbers = numbers[:_EDGE_ROWS] + numbers[-_EDGE_ROWS:]
    looked = frozenset(numbers)
    rows = _filled([cell for cell in grid.cells if cell.row in looked])
    texts = [[_own(cell) for cell in row] for row in rows]
    merged = [any(cell is not None and cell.columns > 1 for cell in row) for row in rows]
    first = title_rows(texts, merged=merged)
    last = note_rows(texts, first + 2, merged=merged)
    titles = [Line(grid.caption, page=grid.page, whole=True)] if grid.caption.strip() else []
    titles += [_line(row) for row in rows[:first]]
    notes = [_line(row) for row in rows[last:]] + [Line(note, page=grid.page, whole=True) for note in grid.notes]
    kept = grid.cells
    if first or last < len(rows):
        begin, end = numbers[first], numbers[last] if last < len(numbers) else numbers[-1] + 1
        kept = tuple(cell for cell in kept if begin <= cell.row < end)
    if not kept:
        return titles, None, notes
    caption = "\n".join(line.text for line in titles)
    return titles, replace(grid, cells=kept, caption=caption, notes=tuple(line.text for line in notes)), notes


def lay_out(grid: Grid, *, at: int = 0, before: Sequence[str] = (), after: Sequence[str] = ()) -> Layout:
    """The grid's text, with what is merged over rows and columns told in each, and its Table.

    `at` is where the text begins in the document, which the offsets of the Table count from the beginning of.
    `before` are the lines that stand over it, `after` those under it: its caption and notes are looked for there.
    """
    rows = _filled(grid.cells)
    placed: list[list[_Placed | None]] = []
    boxes: list[tuple[int, int, Box]] = []
    lines: list[str] = []
    length = 0
    for number, row in enumerate(rows):
        written: list[_Placed | None] = []
        line = "|"
        whole = row[0] is not None and len(row) > 1 and all(cell is row[0] for cell in row)
        for column, cell in enumerate(row):
            text = _own(cell)
            if cell is not None and (cell.row, cell.column) != (number, column) and len(text) > _REPEATED_CHARS:
                text = ""
            start = at + length + len(line) + 1
            if not (whole and column):
                line += f" {text} |"
                if cell is not None and cell.box is not None and text:
                    boxes.append((start - at, start - at + len(text), cell.box))
            elif written[0] is not None:
                start = written[0].start
            written.append(_Placed(text, start, cell.name) if cell is not None and text else None)
        placed.append(written)
        lines.append(line)
        length += len(line) + 1
    text = "\n".join(lines)
    caption = _caption(before, own=grid.caption)
    marked = 0
    while marked < len(rows) and any(rows[marked]) and all(cell is None or cell.heads for cell in rows[marked]):
        marked += 1
    table = _table(placed, rows, caption, marked=marked if marked < len(rows) else 0)
    notes = tuple(dict.fromkeys([*grid.notes, *after]))
    return Layout(
        text,
        replace(table, start=at, end=at + len(text), notes=notes, page=grid.page, sheet=grid.sheet),
        tuple(boxes),
    )


def read_written(text: str, *, before: Sequence[str] = (), after: Sequence[str] = ()) -> Table | None:
    """The Table of lines with `|` between cells, which stay as they are; None for text that is no table."""
    placed: list[list[_Placed | None]] = []
    at = 0
    for line in text.split("\n"):
        if "|" in line and not _RULE.match(line):
            placed.append(_cells_of(line, at))
        at += len(line) + 1
    if len(placed) < 2:
        return None
    width = max(map(len, placed))
    placed = [row + [None] * (width - len(row)) for row in placed]
    texts = [[cell.text if cell else "" for cell in row] for row in placed]
    merged = [False] * len(texts)
    first = title_rows(texts, merged=merged)
    titles = [" ".join(dict.fromkeys(filter(None, row))) for row in texts[:first]]
    last = note_rows(texts, first + 2, merged=merged)
    caption = _caption(before[-_CAPTION_LINES:], own="\n".join(titles))
    table = _table(placed[first:last], None, caption)
    notes = (*(" ".join(filter(None, row)) for row in texts[last:]), *after)
    return replace(table, start=0, end=len(text), notes=notes)


def tables_in(text: str) -> list[Table]:
    """The tables that stand in a text: two lines or more with `|` at both ends, or a ruled line under the first."""
    found = []
    for match in _WRITTEN.finditer(text):
        above = text[max(0, match.start() - _CAPTION_CHARS) : match.start()].splitlines()
        table = read_written(match[0].rstrip("\n"), before=[line for line in above if line.strip()])
        if table is not None:
            found.append(moved(table, match.start()))
    return found


def aligned(lines: Sequence[str]) -> dict[int, tuple[int, Grid]]:
    """The tables of plain text whose columns are apart by tabs, by commas or by runs of spaces: first line → line
    after, grid.

    Tabs make one of two lines; commas and spaces need three with as many short fields and with numbers under one
    another, as addresses and lists of names are set apart by them, too.
    """
    found: dict[int, tuple[int, Grid]] = {}
    at = 0
    while at < len(lines):
        apart = _apart_by(lines[at])
        rows: list[list[str]] = []
        for number in range(at, len(lines)):
            fields = _fields(lines[number], apart)
            if not fields or (apart != "\t" and rows and len(fields) != len(rows[0])):
                break
            rows.append(fields)
        if _is_aligned(rows, tabs=apart == "\t"):
            if apart == ",":  # 格式：线路,起点,终点 announces the columns
                rows[0][0] = rows[0][0].rpartition("：")[2].strip() or rows[0][0]
            cells = (GridCell(r, c, text) for r, row in enumerate(rows) for c, text in enumerate(row) if text)
            found[at] = (at + len(rows), Grid(tuple(cells)))
        at += max(1, len(rows))
    return found


def _apart_by(line: str) -> str:
    """What sets the fields of a line of a table apart: a tab, a comma, or several spaces."""
    if "\t" in line.strip():
        return "\t"
    return "," if line.count(",") + 1 >= _ALIGNED_FIELDS and not _GAP.search(line.strip()) else " "


def _is_aligned(rows: Sequence[Sequence[str]], *, tabs: bool) -> bool:
    if tabs:
        ((_, usual),) = Counter(map(len, rows)).most_common(1) or [(0, 0)]
        return len(rows) > 1 and usual * 2 > len(rows)
    return len(rows) >= _ALIGNED_LINES and any(
        all(_SOME_NUMBER.fullmatch(row[column]) for row in rows[1:]) for column in range(1, len(rows[0]))
    )


def moved(table: Table, by: int) -> Table:
    """The table with its offsets `by` characters further on."""
    cells = tuple(replace(cell, start=cell.start + by, end=cell.end + by) for cell in table.cells)
    return replace(table, start=table.start + by, end=table.end + by, cells=cells)


def is_rule(line: str) -> bool:
    """Whether a line is the ruled one under the header of a Markdown table."""
    return "|" in line and bool(_RULE.match(line))


def _table(placed: Sequence[Sequence[_Placed | None]], rows: _Rows | None, caption: str, *, marked: int = 0) -> Table:
    """The Table of cells in their places; its span, notes and sheet are the caller's to fill in."""
    texts = [[cell.text if cell else "" for cell in row] for row in placed]
    down = [max((cell.rows for cell in row if cell and cell.row == at), default=1) for at, row in enumerate(rows or ())]
    across = [
        frozenset(column for column, cell in enumerate(row) if cell and cell.columns > 1) or _NONE for row in rows or ()
    ]
    if not marked and is_form(texts, across):
        return _form(placed, caption)
    found = headers(texts, caption=caption, marked=marked, down=down, across=across)
    labels: list[tuple[str, ...]] = []
    cells: list[TableCell] = []
    above: list[str] = [""] * len(found.labels)
    group = ""
    for number, row in enumerate(placed[found.heads :], found.heads):
        said = texts[number]
        if number in found.groups:
            group, above = said[0], [""] * len(found.labels)
        elif found.labels and said[found.labels[-1]]:
            # A label stands once over the rows that it holds for, where no cell is marked as merged.
            above = [said[column] or kept for column, kept in zip(found.labels, above, strict=True)]
            above[-1] = said[found.labels[-1]]
        else:
            above = [said[column] for column in found.labels]
        own = () if number in found.groups else above
        labels.append(tuple(dict.fromkeys(filter(None, (group, *own)))))
        cells += [
            TableCell(number - found.heads, column, cell.text, cell.start, cell.end, cell.name)
            for column, cell in enumerate(row)
            if cell is not None
        ]
    return Table(0, 0, caption, found.columns, tuple(labels), found.units, tuple(cells))


def _form(placed: Sequence[Sequence[_Placed | None]], caption: str) -> Table:
    """The Table of a form: a row for each label, with the value beside it."""
    labels: list[tuple[str, ...]] = []
    cells: list[TableCell] = []
    for row in placed:
        own: list[_Placed] = []
        for cell in row:
            if cell is not None and not (own and own[-1].text == cell.text and own[-1].name == cell.name):
                own.append(cell)
        for label, value in zip(own[::2], [*own[1::2], None], strict=False):
            at = len(labels)
            labels.append((label.text.rstrip("：:"),))
            if value is not None:
                cells.append(TableCell(at, 0, value.text, value.start, value.end, value.name))
    general = "" if has_own_unit(caption) else unit_in(caption)
    return Table(0, 0, caption, ((),), tuple(labels), (general,), tuple(cells))


def _caption(before: Sequence[str], *, own: str) -> str:
    """The words over a table: its own titles with lines before that are no sentences, two lines at least."""
    count = max(_CAPTION_LINES, len(own.splitlines()))
    lines = [line.strip(" \t#*") for line in before[-count:]]
    said = [line for line in lines if line and not _SENTENCE.search(line)]
    said += [line for line in own.splitlines() if line not in said]
    return " ".join(said)[-2 * _CAPTION_CHARS :]


def _filled(cells: Sequence[GridCell]) -> _Rows:
    """The rows, all of one width, with a merged cell in each place that it covers, as far as others reach."""
    cells = _compressed(cells)
    height = max((cell.row for cell in cells), default=-1) + 1
    width = max((cell.column for cell in cells), default=-1) + 1
    rows: _Rows = [[None] * width for _ in range(height)]
    for cell in cells:
        rows[cell.row][cell.column] = cell
    for cell in cells:  # what stands in a place goes before what is merged over it, as in tables with wrong spans
        if cell.rows > 1 or cell.columns > 1:
            for row in rows[cell.row : cell.row + cell.rows]:
                for column in range(cell.column, min(cell.column + cell.columns, width)):
                    if row[column] is None:
                        row[column] = cell
    return rows


def _compressed(cells: Sequence[GridCell]) -> Sequence[GridCell]:
    """The cells without rows and columns that hold none: what is merged over a million places costs no more than what
    stands beside it."""
    rows = {row: at for at, row in enumerate(sorted({cell.row for cell in cells}))}
    columns = {column: at for at, column in enumerate(sorted({cell.column for cell in cells}))}
    if len(rows) * len(columns) > max(_MOST_PLACES, _PLACES_A_CELL * len(cells)):
        seen: Counter[int] = Counter()
        found = []
        for cell in sorted(cells, key=lambda cell: (cell.row, cell.column)):
            found.append(replace(cell, row=rows[cell.row], column=seen[cell.row], rows=1, columns=1))
            seen[cell.row] += 1
        return found
    if len(rows) == max(rows, default=-1) + 1 and len(columns) == max(columns, default=-1) + 1:
        return cells
    ends = (sorted(rows), sorted(columns))
    return [
        replace(
            cell,
            row=rows[cell.row],
            column=columns[cell.column],
            rows=_between(ends[0], cell.row, cell.rows),
            columns=_between(ends[1], cell.column, cell.columns),
        )
        for cell in cells
    ]


def _between(places: Sequence[int], first: int, count: int) -> int:
    """How many of the sorted places are among the `count` from `first` on."""
    if count == 1:
        return 1
    return max(1, bisect_left(places, first + count) - bisect_left(places, first))


def _own(cell: GridCell | None) -> str:
    if cell is None:
        return ""
    text = cell.text
    return text if text.isalnum() else " ".join(text.split()).replace("|", "｜")


def _line(row: Sequence[GridCell | None]) -> Line:
    """A row as a line of its own, each of its cells once."""
    cells = list({id(cell): cell for cell in row if cell is not None and cell.text.strip()}.values())
    box = next((cell.box for cell in cells), None)
    return Line("　".join(" ".join(cell.text.split()) for cell in cells), box.page if box else None, box, whole=True)


def _cells_of(line: str, at: int) -> list[_Placed | None]:
    """The cells of a line whose first character stands at `at`."""
    inner = line.strip()
    begin = at + line.index(inner) + inner.startswith("|")
    row: list[_Placed | None] = []
    for cell in inner.removeprefix("|").removesuffix("|").split("|"):
        text = cell.strip()
        row.append(_Placed(text, begin + len(cell) - len(cell.lstrip())) if text else None)
        begin += len(cell) + 1
    return row


def _fields(line: str, apart: str) -> list[str]:
    """The fields of a line of a table; [] for another line."""
    if apart == "\t":
        return [field.strip() for field in line.split("\t")] if "\t" in line.strip() and "|" not in line else []
    if apart == ",":
        # 1,234,567 is one number.
        fields = [] if _GROUPED.search(line) else [field.strip() for field in line.split(",")]
    else:
        fields = _GAP.split(line.strip())
    short = all(len(field) <= _FIELD_CHARS and not _ENDS_SENTENCE.search(field) for field in fields)
    return fields if len(fields) >= _ALIGNED_FIELDS and short and "|" not in line else []
