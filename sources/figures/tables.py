"""Tables in a document's text, one row a line with `|` between cells: each number with its row's and column's header.

表1 2024年主要经济指标（单位：亿元）
| 地区   | 地区生产总值 | 增速（%） |
| ------ | ------------ | --------- |
| 嘉善县 | 1,002.5      | 5.3       |
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with a number in it. `document.text[start:end]` is the cell without the spaces around it."""

    start: int
    end: int
    text: str
    row: str
    """The row's label (嘉善县), without a note of the unit."""
    column: str
    """The column's header (增速), without a note of the unit."""
    caption: str
    """The lines before the table, empty when there are none."""
    headers: tuple[str, ...]
    """Of all columns, without notes of units: 增速 is that of the column before it."""
    number: int
    """Of its column, from 0."""
    unit: str
    """From the cell's headers, the row's unit column or the caption, in that order; empty when none names one."""


_TABLE = re.compile(
    r"(?:^[ \t]*\|.*\|[ \t]*(?:\n|\Z)){2,}|^[^|\n]*\|.*\n[ \t]*:?-{2,}.*\|.*\n(?:[^|\n]*\|.*(?:\n|\Z))+", re.MULTILINE
)
_RULE_ROW = re.compile(r"^[\s|:：\-—=]+$")
_UNIT_WORD = (
    r"[%％‰元亩吨斤米克升人户家个项件次套座所处辆台条份名倍年天岁张万亿千百]|平方公里|公里|公顷|平方米|立方米|"
    r"千瓦时|小时|分钟|百分点|美元|人次|微克/立方米|元/[一-龥]{1,3}"
)
_UNIT_NOTE = re.compile(
    rf"[（(]\s*(?:单位\s*[:：]\s*)?((?:[万亿千百十]*(?:{_UNIT_WORD}))+)\s*[）)]|单位\s*[:：]\s*([^\s|，。（）()]{{1,10}})"
)
_NUMBER = re.compile(r"[约近超≥≤]?\s*[-−－+]?\d")
_UNIT_HEADERS = ("单位", "计量单位")
_NO_VALUES = ("序号", "编号", "年份", "年度", "时间", "月份", "备注", "说明", "代码", *_UNIT_HEADERS)
_NEARBY = 50
"""In columns: further away no header is meant, and a sheet may have thousands."""
_YEAR = re.compile(r"(?:19|20)\d\d年?")


def tables(text: str) -> list[tuple[int, int]]:
    """The spans of the tables: two lines or more with `|` at both ends, or with a ruled line under their header."""
    return [match.span() for match in _TABLE.finditer(text)]


def cells(text: str, start: int, end: int) -> Iterator[Cell]:
    """The cells of the table `text[start:end]` that begin with a number.

    The first row is the header, after a row that holds nothing but a title (a spreadsheet's first line); a second one
    without numbers whose first cell is empty is a lower header, which the one above it spans.
    """
    rows = [_row(start + line.start(), line[0]) for line in re.finditer(r"[^\n]+", text[start:end])]
    rows = [row for row in rows if row]
    caption = _caption(text, start)
    while len(rows) > 1 and len([cell for _, cell in rows[0] if cell.strip()]) == 1 < len(rows[0]):
        caption = f"{caption} {''.join(cell.strip() for _, cell in rows.pop(0))}".strip()
    if len(rows) < 2:
        return
    headers = [cell.strip() for _, cell in rows.pop(0)]
    if len(rows) > 1 and not rows[0][0][1].strip() and not any(_NUMBER.match(cell.strip()) for _, cell in rows[0]):
        headers = _spanned(headers, [cell.strip() for _, cell in rows.pop(0)])
    for row in rows:
        yield from _cells_of_row(row, headers, caption)


def _row(at: int, line: str) -> list[tuple[int, str]]:
    """Offset and text of each cell of a line; [] for the ruled line under a header."""
    if _RULE_ROW.match(line):
        return []
    inner = line.strip()
    begin = at + line.index(inner) + inner.startswith("|")
    inner = inner.removeprefix("|").removesuffix("|")
    row = []
    for cell in inner.split("|"):
        row.append((begin, cell))
        begin += len(cell) + 1
    return row


def _spanned(upper: list[str], lower: list[str]) -> list[str]:
    """Each lower header under the upper one that spans it: 2023年 over 绝对值 and 增速."""
    over = ""
    headers = []
    for index, name in enumerate(lower):
        over = (upper[index] if index < len(upper) else "") or over
        headers.append(f"{over}{name}")
    return headers


def _cells_of_row(row: list[tuple[int, str]], headers: list[str], caption: str) -> Iterator[Cell]:
    pairs = list(zip(row, headers, strict=False))
    label = ""
    for (_, cell), header in pairs:
        plain = cell.strip()
        named = _YEAR.fullmatch(plain) or (header not in _NO_VALUES and not _NUMBER.match(plain))
        if plain and named:
            label = plain
            break
    row_unit = next((cell.strip() for (_, cell), header in pairs if header in _UNIT_HEADERS), "")
    plain_headers = tuple(_without_unit(header) for header in headers)
    for column, ((at, cell), header) in enumerate(pairs):
        plain = cell.strip()
        if header in _NO_VALUES or plain == label or not _NUMBER.match(plain):
            continue
        begin = at + len(cell) - len(cell.lstrip())
        yield Cell(
            begin,
            begin + len(plain),
            plain,
            _without_unit(label),
            plain_headers[column],
            caption,
            plain_headers,
            column,
            _unit(header) or _unit(label) or row_unit or ("" if _OWN_UNIT.search(header) else _unit(caption)),
        )


# Columns whose numbers have a unit of their own or none: the caption's 单位：元 isn't theirs.
_OWN_UNIT = re.compile(r"增[长速幅减]|同比|占比|比重|[一-龥]率$|比$|比值|倍差|系数|指数|排[名位]|位次|名次|得分")


def headers_left(cell: Cell) -> Iterator[str]:
    """The headers of the columns to the left that hold values, nearest first; of those nearby."""
    for number in range(cell.number - 1, max(-1, cell.number - 1 - _NEARBY), -1):
        if cell.headers[number] not in _NO_VALUES:
            yield cell.headers[number]


def _caption(text: str, start: int) -> str:
    """The last two lines before a table: its title, and often 单位：亿元."""
    lines = [line.strip(" \t#*") for line in text[max(0, start - 160) : start].splitlines() if line.strip()]
    return " ".join(line for line in lines[-2:] if "|" not in line and not line.endswith(("。", "；")))


def _unit(header: str) -> str:
    note = _UNIT_NOTE.search(header)
    return (note[1] or note[2]) if note else ""


def _without_unit(header: str) -> str:
    return _UNIT_NOTE.sub("", header).strip()
