"""Sheets: workbooks and files of values set apart by commas or tabs, one grid for each table that stands on them."""

from __future__ import annotations

import csv
import io
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from sources.cleaning.encoding import decode
from sources.cleaning.grids import parted
from sources.cleaning.headers import NOTE, is_number
from sources.documents import SourceError
from sources.parts import Dropped, Grid, GridCell, Line, Parsed, Part
from sources.readers.tables.workbooks import Sheet, column_letters, locked, xls_sheets, xlsx_sheets

_MOST_HEADS = 4
_OLE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_DELIMITERS = ",\t;|"
_SAMPLE_LINES = 60
_TITLE_CHARS = 60
_HAN = re.compile("[一-鿿]")
_TELLING_NAME = 4
"""Characters of a file's name that say what a workbook holds: 新建 says nothing."""
_TITLE_ROWS = 12
_LABELLED = re.compile(r"[:：]|^附[件表录]|^[（(].*[）)]$|^=")


def read_xlsx(raw: bytes, *, uri: str) -> Parsed:
    """The tables of an Excel workbook. Raises SourceError when it has a password or is damaged."""
    if raw.startswith(_OLE):
        if _ENCRYPTED in raw:
            raise locked(uri)
        return _parsed(xls_sheets(raw, uri=uri), uri)
    return _parsed(xlsx_sheets(raw, uri=uri), uri)


def read_xls(raw: bytes, *, uri: str) -> Parsed:
    """The tables of an Excel 97-2003 or WPS workbook; of a text that only bears its name, as many systems export it,
    those of its lines. Raises SourceError when it has a password or is damaged."""
    if raw.startswith(_OLE):
        if _ENCRYPTED in raw:
            raise locked(uri)
        return _parsed(xls_sheets(raw, uri=uri), uri)
    try:
        return read_csv(raw, uri=uri)
    except SourceError:
        return _parsed(xls_sheets(raw, uri=uri), uri)


def read_csv(raw: bytes, *, uri: str) -> Parsed:
    """The table of a file of values set apart by commas, tabs, semicolons or bars. Raises SourceError when it is no
    text."""
    rows = _values(decode(raw, uri=uri))
    sheet = Sheet("")
    sheet.cells = [
        (row, column, text)
        for row, values in enumerate(rows)
        for column, value in enumerate(values)
        if (text := value.strip())
    ]
    parts: list[Part] = [Grid(cells) for cells in _apart(_visible(sheet))]
    return Parsed(tuple(parts), stated={"title": Path(uri).stem}, stated_by="文件名", trusted=True)


def _parsed(sheets: Sequence[Sheet], uri: str) -> Parsed:
    parts: list[Part] = []
    dropped: list[Dropped] = []
    notices: list[str] = []
    shown = [sheet for sheet in sheets if sheet.cells and not sheet.hidden]
    titles: dict[str, str] = {}
    for sheet in sheets:
        where = f"工作表“{sheet.name}”" if len(sheets) > 1 else "表里"
        if sheet.hidden:
            if sheet.cells:
                dropped.append(Dropped(_all_text(sheet.cells), "隐藏的工作表"))
                notices.append(f"工作表“{sheet.name}”是隐藏的，没有读入")
            continue
        if not sheet.cells:
            continue
        cells = _visible(sheet)
        _note_hidden(sheet, where, dropped, notices)
        if sheet.uncounted:
            notices.append(f"{where}有 {sheet.uncounted} 个公式没有存下结果，请用 Excel 或 WPS 打开并保存一次")
        if len(shown) > 1 and cells:
            parts.append(Line(sheet.name, level=2, whole=True))
        for each in _apart(cells):
            grid = Grid(each, sheet=sheet.name)
            titles.setdefault(sheet.name, _title(grid))
            parts.append(grid)
    if not parts and dropped:
        raise SourceError(uri, "工作簿里的内容全是隐藏的", "请取消隐藏后保存")
    title = _of_workbook([each for each in titles.values() if each], Path(uri).stem)
    by = "工作表的标题" if title else "文件名"
    return Parsed(
        tuple(parts),
        stated={"title": title or Path(uri).stem},
        stated_by=by,
        trusted=True,
        dropped=tuple(dropped),
        notices=tuple(notices),
    )


def _of_workbook(titles: Sequence[str], name: str) -> str:
    """What stands over the first sheet; "" for the file's name, where others have titles, too, and it says of what they
    are: 统计年鉴 is no 表1 主要指标."""
    if len(set(titles)) > 1 and len(_HAN.findall(name)) >= _TELLING_NAME:
        return ""
    return titles[0] if titles else ""


def _title(grid: Grid) -> str:
    """What stands over the table, the words that say what they are apart: 数据库：年度数据, 附件1, （单位：元）."""
    top = grid.cells[0].row
    titles, _, _ = parted(replace(grid, cells=tuple(cell for cell in grid.cells if cell.row < top + _TITLE_ROWS)))
    for line in titles:
        if 4 < len(line.text) <= _TITLE_CHARS and not _LABELLED.search(line.text):
            return line.text
    return ""


def _note_hidden(sheet: Sheet, where: str, dropped: list[Dropped], notices: list[str]) -> None:
    rows = [cell for cell in sheet.cells if cell[0] in sheet.hidden_rows]
    columns = [cell for cell in sheet.cells if cell[0] not in sheet.hidden_rows and _is_hidden(sheet, cell[1])]
    for cells, reason, counted in (
        (rows, "隐藏的行", f"{len({row for row, _, _ in rows})} 行"),
        (columns, "隐藏的列", f"{len({column for _, column, _ in columns})} 列"),
    ):
        if cells:
            dropped.append(Dropped(_all_text(cells), reason))
            notices.append(f"{where}有 {counted}是隐藏的，没有读入")


def _is_hidden(sheet: Sheet, column: int) -> bool:
    return any(first <= column <= last for first, last in sheet.hidden_columns)


def _all_text(cells: Sequence[tuple[int, int, str]]) -> str:
    lines: dict[int, list[str]] = {}
    for row, _, text in cells:
        lines.setdefault(row, []).append(" ".join(text.split()))
    return "\n".join(" | ".join(line) for line in lines.values())


def _visible(sheet: Sheet) -> list[GridCell]:
    """The cells that are shown, in order, as though hidden rows and columns weren't there."""
    merged = {(row, column): (rows, columns) for row, column, rows, columns in sheet.merged}
    hidden_rows = sorted(sheet.hidden_rows)
    hidden_columns = sorted({column for _, column, _ in sheet.cells if _is_hidden(sheet, column)})
    letters: dict[int, str] = {}
    found = []
    for row, column, text in sheet.cells:
        rows, columns = merged.get((row, column), (1, 1))
        top, bottom = row - bisect_left(hidden_rows, row), row + rows - bisect_left(hidden_rows, row + rows)
        left = column - bisect_left(hidden_columns, column)
        right = column + columns - bisect_left(hidden_columns, column + columns)
        if bottom <= top or right <= left:
            continue
        if column not in letters:
            letters[column] = column_letters(column)
        found.append(GridCell(top, left, text, bottom - top, right - left, name=f"{letters[column]}{row + 1}"))
    return sorted(found, key=lambda cell: (cell.row, cell.column)) if hidden_rows or hidden_columns else found


def _apart(cells: Sequence[GridCell]) -> list[tuple[GridCell, ...]]:
    """The cells of each table of a sheet: tables are apart by empty rows under which another title or header stands, or
    by empty columns beside which other labels stand."""
    rows, columns = {cell.row for cell in cells}, {cell.column for cell in cells}
    if not cells or (len(rows) == max(rows) - min(rows) + 1 and len(columns) == max(columns) - min(columns) + 1):
        return [tuple(cells)] if cells else []
    found: list[list[GridCell]] = []
    headed = 0  # how many rows of words the last of them has so far, before any number
    pending: list[GridCell] = []  # what stands alone over the next table
    for band in _split(cells, lambda cell: (cell.row, cell.rows)):
        pieces = _beside(band)
        for piece in pieces:
            # Beside another table, empty rows part only now.
            for number, stretch in enumerate(_split(piece, lambda cell: (cell.row, cell.rows))):
                lines = len({cell.row for cell in stretch})
                numbers = any(is_number(cell.text) for cell in stretch)
                may_go_on = found and (number > 0 or len(pieces) == 1) and not pending
                if _stands_alone(stretch) and not (found and NOTE.match(stretch[0].text)):
                    pending += stretch
                    continue
                if _stands_alone(stretch):
                    found[-1] += [*pending, *stretch]
                elif may_go_on and (0 < headed <= _MOST_HEADS or not _is_headed(stretch)):
                    found[-1] += stretch
                    headed = headed + lines if headed and not numbers else 0
                else:
                    found.append([*pending, *stretch])
                    headed = 0 if numbers else lines
                pending = []
    if pending and found:
        found[-1] += pending
    elif pending:
        found.append(pending)
    return [tuple(sorted(each, key=lambda cell: (cell.row, cell.column))) for each in found]


def _split(cells: Sequence[GridCell], extent: Callable[[GridCell], tuple[int, int]]) -> Iterator[list[GridCell]]:
    """Runs of cells that no gap parts, by where each begins and how far it reaches."""
    run: list[GridCell] = []
    end = 0
    for cell in sorted(cells, key=extent):
        first, count = extent(cell)
        if run and first > end:
            yield run
            run = []
        run.append(cell)
        end = max(end if len(run) > 1 else 0, first + count)
    if run:
        yield run


def _beside(band: Sequence[GridCell]) -> list[list[GridCell]]:
    """The tables of a band of rows that stand side by side."""
    narrow = [cell for cell in band if cell.columns == 1]
    pieces = list(_split(narrow, lambda cell: (cell.column, cell.columns)))
    joined: list[list[GridCell]] = []
    for piece in pieces:
        if joined and not _is_another(joined[-1], piece):
            joined[-1] += piece
        else:
            joined.append(piece)
    if len(joined) < 2:
        return [list(band)]
    starts = [min(cell.column for cell in piece) for piece in joined]
    for cell in band:
        if cell.columns > 1:
            joined[max(0, bisect_left(starts, cell.column + 1) - 1)].append(cell)
    return [sorted(piece, key=lambda cell: (cell.row, cell.column)) for piece in joined]


def _is_another(left: Sequence[GridCell], right: Sequence[GridCell]) -> bool:
    """Whether what stands right of an empty column is a table of its own: it begins in another row, or its first column
    names its rows."""
    if min(_width(left), _width(right)) < 2:
        return False
    if min(cell.row for cell in left) != min(cell.row for cell in right):
        return len({cell.row for cell in right}) > 1
    first = min(cell.column for cell in right)
    top = min(cell.row for cell in right)
    labels = [cell for cell in right if cell.column == first and cell.row > top]
    beside = [cell for cell in right if cell.column == first + 1 and cell.row > top]
    words = sum(not is_number(cell.text) for cell in labels)
    return (
        len(labels) > 1 and words * 2 > len(labels) and sum(is_number(cell.text) for cell in beside) * 2 > len(beside)
    )


def _is_headed(band: Sequence[GridCell]) -> bool:
    """Whether the first row of several cells holds words: a header, so that a table begins here."""
    texts: dict[int, list[str]] = {}
    for cell in band:
        texts.setdefault(cell.row, []).append(cell.text)
    header = next((row for row in texts.values() if len(row) > 1), [])
    return not any(map(is_number, header))


def _stands_alone(cells: Sequence[GridCell]) -> bool:
    counts = Counter(cell.row for cell in cells)
    return all(count == 1 for count in counts.values()) and len({cell.column for cell in cells}) == 1


def _width(cells: Sequence[GridCell]) -> int:
    return len({cell.column for cell in cells})


def _values(text: str) -> list[list[str]]:
    declared = re.match(r"sep=(.)\r?\n", text)
    if declared:
        text = text[declared.end() :]
    delimiter = declared[1] if declared else _delimiter(text)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True))
    except csv.Error:  # a quotation mark that nothing closes
        return list(csv.reader(text.splitlines(), delimiter=delimiter, quoting=csv.QUOTE_NONE))


def _delimiter(text: str) -> str:
    """The character that parts the first lines into fields, as many in most of them, and many rather than few."""
    lines = text[: _SAMPLE_LINES * 2000].splitlines()[:_SAMPLE_LINES]

    def fields(delimiter: str) -> tuple[int, int]:
        try:
            counts = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True) if row)
        except csv.Error:
            counts = Counter(line.count(delimiter) + 1 for line in lines)
        return max(((many, count) for count, many in counts.items() if count > 1), default=(0, 0))

    return max(_DELIMITERS, key=fields)
