"""The numbers in a document's tables, each with what its row and its column say.

表1 2024年主要经济指标（单位：亿元）
| 地区   | 地区生产总值 | 增速（%） |
| ------ | ------------ | --------- |
| 嘉善县 | 1,002.5      | 5.3       |
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from sources.cleaning.grids import tables_in
from sources.cleaning.headers import counts_rows, has_own_unit, names_unit
from sources.documents import Document
from sources.figures.headings import Heading, Headings, names_kind
from sources.tables import Table, TableCell

NUMBER = re.compile(r"[一-龥]{0,4}[≥≤><＞＜]?\s*[(（]?[-−－–+]?[¥￥$]?\d")
_NO_VALUES = re.compile(r"备注|说明")
_TIMES = re.compile(r"(?:统计|报告|数据)?(?:年份|年度|季度|月份|月度|时间|日期|期间)(?:标识)?|年|月|季度?")
_MOST_LOOKED_AT = 200
"""Rows that are looked at to tell what the rows and the columns of a table are."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column below its headers."""

    at: int
    path: tuple[Heading, ...]
    header: str
    """All of its headers in one word, as printed."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row with what it stands under."""

    at: int
    labels: tuple[tuple[str, Heading], ...]
    """The cells that name it, from the left, each with the header over it."""
    groups: tuple[Heading, ...]
    """What it stands under, outermost first: 杭州市 over the rows of its counties."""
    times: tuple[str, ...]
    """The times that cells of its own tell: 2023年, 3月."""
    unit: str
    """What stands in the column of units."""
    cells: tuple[TableCell, ...]
    """Those with a number at their beginning."""


@dataclass(frozen=True, slots=True)
class Laid:
    """A table with what each of its columns is for."""

    table: Table
    columns: Mapping[int, Column]
    """Those that hold values."""
    rows: tuple[Row, ...]
    left: Mapping[int, str]
    """Of each column what those to its left measure: 增速 is that of the column before it."""
    has_units: bool
    """Whether a column tells the unit of each row."""
    kinds: tuple[tuple[tuple[int, str], ...], ...]
    """Of each of the first rows what kind of thing stands in which column of values: %, a number or words."""


def tables(document: Document) -> list[Table]:
    """The document's tables; of a text that no reader took apart, those that stand in it."""
    return list(document.tables) or tables_in(document.text)


def laid(table: Table, headings: Headings) -> Laid:
    """The table with its rows and columns told apart by what they hold."""
    by_row: dict[int, list[TableCell]] = {}
    for cell in table.cells:
        by_row.setdefault(cell.row, []).append(cell)
    naming = _naming(table, by_row)
    names = [path[-1] if path else "" for path in table.columns]
    stand: dict[int, list[str]] = {}
    for cell in table.cells:
        stand.setdefault(cell.column, []).append(cell.text)
    units = {at for at, name in enumerate(names) if names_unit(name, stand.get(at, ()))}
    times = {at for at, name in enumerate(names) if at not in naming and _TIMES.fullmatch(name)}
    passed = {at for at, name in enumerate(names) if counts_rows(name) or _NO_VALUES.fullmatch(name)}
    columns = {
        at: Column(at, tuple(map(headings, path)), "".join(path))
        for at, path in enumerate(table.columns)
        if at not in naming and at not in units | times | passed
    }
    known = {text: at for at, texts in naming.items() for text in texts}
    days = [at for at in naming if all(headings(text).is_time for text in naming[at])]
    # Of several days in a row, each is one on which something happened to the thing; none is the time of its numbers.
    events = {at for at in days if not _TIMES.fullmatch(names[at])} if len(days) > 1 else set()
    rows = []
    for at, cells in by_row.items():
        printed = table.rows[at] if at < len(table.rows) else ()
        own = [(names[known[text]] if text in known else "", text) for text in printed]
        own = [(name, text) for name, text in own if known.get(text) not in events]
        last = len(own) - 1
        labels = [(name, headings(text)) for i, (name, text) in enumerate(own) if text in known or i == last]
        groups = [headings(text) for i, (_, text) in enumerate(own) if text not in known and i != last]
        numbers = tuple(
            cell for cell in cells if cell.column in columns and cell.text not in printed and NUMBER.match(cell.text)
        )
        if numbers:
            told = tuple(cell.text for cell in cells if cell.column in times)
            unit = next((cell.text for cell in cells if cell.column in units and not NUMBER.match(cell.text)), "")
            rows.append(Row(at, tuple(labels), tuple(groups), told, unit, numbers))
    return Laid(
        table,
        columns,
        tuple(rows),
        _left(columns),
        bool(units) and any(row.unit for row in rows),
        tuple(
            tuple((cell.column, kind) for cell in cells if cell.column in columns and (kind := _kind(cell.text)))
            for cells in islice(by_row.values(), _MOST_LOOKED_AT)
        ),
    )


def _naming(table: Table, by_row: Mapping[int, Sequence[TableCell]]) -> dict[int, set[str]]:
    """The columns whose cells name their rows, each with the names that stand there."""
    named: Counter[int] = Counter()
    filled: Counter[int] = Counter()
    texts: dict[int, set[str]] = {}
    for at, cells in by_row.items():
        if len({cell.text for cell in cells}) < 2:
            continue  # a heading over the rows below it
        labels = table.rows[at] if at < len(table.rows) else ()
        for cell in cells:
            filled[cell.column] += 1
            if cell.text in labels:
                named[cell.column] += 1
                texts.setdefault(cell.column, set()).add(cell.text)
    return {column: texts[column] for column in sorted(named) if named[column] * 2 > filled[column]}


def _left(columns: Mapping[int, Column]) -> dict[int, str]:
    """Behind 产值 | 增速 the rate is one of 产值; behind 年末余额 | 年初余额 | 增速 one of 余额."""
    found: dict[int, str] = {}
    before: list[str] = []
    rated = False
    for at, column in columns.items():
        words = "".join(heading.words for heading in column.path if not names_kind(heading.words))
        if words:
            before = [words] if rated else [*before[-1:], words]
            rated = False
        elif column.path and not all(heading.is_time for heading in column.path):
            rated = True
        shared = _shared_end(before) if len(before) > 1 else ""
        found[at] = shared or (before[-1] if before else "")
    return found


def _shared_end(names: Sequence[str]) -> str:
    shared = ""
    for ending in zip(*map(reversed, names), strict=False):
        if len(set(ending)) > 1:
            break
        shared = ending[0] + shared
    return shared if len(shared) > 1 else ""


Axis = Literal["rows", "columns", "neither"]


def measured_by(table: Laid, *, caption: bool) -> Axis:
    """Whether what is measured stands at the left of each row (指标 | 2023年 | 2024年), over each column, or nowhere.

    Told by which of the two are named as amounts are, which of them give the units, by times and places on the other
    side, and by things of one kind along rows but not along columns. `caption` says that the caption names an amount:
    that is measured in all cells where neither rows nor columns name one.
    """
    used = {cell.column for row in table.rows[:_MOST_LOOKED_AT] for cell in row.cells}
    columns = [column.path for column in table.columns.values() if column.path and column.at in used]
    rows = [tuple(label for _, label in row.labels) for row in table.rows[:_MOST_LOOKED_AT] if row.labels]
    named = _share_named(columns), _share_named(rows)
    if (
        caption
        and not any(named)
        and not table.has_units
        and not any(_share(each, _is_told_apart) for each in (rows, columns))
    ):
        return "neither"
    if not _share(rows, _has_words) or not _share(columns, _has_words):
        return "rows" if _share(rows, _has_words) else "columns"
    if max(named) > _MOST_OF and max(named) - min(named) >= _FAR_MORE:
        return "columns" if named[0] > named[1] else "rows"
    if table.has_units:
        return "rows"
    if by_units := _share(rows, _has_unit) - _share(columns, _has_unit):
        return "rows" if by_units > 0 else "columns"
    if any(not any(map(_has_words, path)) and any(map(_says_time, path)) for path in columns):
        return "rows"  # 2023年 doesn't say what of
    if _share(columns, _says_time_or_place) == 1 or _share(rows, _says_time_or_place) == 1:
        return "rows" if _share(columns, _says_time_or_place) == 1 else "columns"
    if any(header.startswith("指标") for row in table.rows[:1] for header, _ in row.labels):
        return "rows"
    mixed_rows, mixed_columns = _mixed(table.kinds)
    return "rows" if mixed_columns and not mixed_rows else "columns"


_MOST_OF = 0.5
_FAR_MORE = 0.3


def _share(paths: Sequence[Sequence[Heading]], says: Callable[[Heading], bool]) -> float:
    return sum(any(map(says, path)) for path in paths) / len(paths) if paths else 0.0


def _share_named(paths: Sequence[Sequence[Heading]]) -> float:
    """Of those that say anything, the share that is named as amounts are."""
    return _share([path for path in paths if any(map(_has_words, path))], _is_amount)


def _has_words(heading: Heading) -> bool:
    return bool(heading.words)


def _has_unit(heading: Heading) -> bool:
    return bool(heading.unit)


def _is_amount(heading: Heading) -> bool:
    return heading.is_amount


def _is_told_apart(heading: Heading) -> bool:
    return bool(heading.unit) or has_own_unit(heading.text)


def _says_time(heading: Heading) -> bool:
    return heading.is_time


def _says_time_or_place(heading: Heading) -> bool:
    return heading.is_time or heading.is_place


def _mixed(rows: Sequence[Sequence[tuple[int, str]]]) -> tuple[int, int]:
    """How many rows, and how many columns, hold things of different kinds."""
    by_column: dict[int, set[str]] = {}
    for row in rows:
        for column, kind in row:
            by_column.setdefault(column, set()).add(kind)
    mixed_rows = sum(len({kind for _, kind in row}) > 1 for row in rows)
    return mixed_rows, sum(len(kinds) > 1 for kinds in by_column.values())


def _kind(text: str) -> str:
    """A percentage, another number or words; "" for a cell that is left open."""
    if NUMBER.match(text):
        return "%" if text.endswith(("%", "％")) else "number"
    return "words" if any(map(str.isalnum, text)) else ""


def values(table: Laid) -> Iterator[tuple[Row, Column, TableCell]]:
    """Each cell with a number at its beginning, with its row and its column."""
    for row in table.rows:
        for cell in row.cells:
            yield row, table.columns[cell.column], cell
