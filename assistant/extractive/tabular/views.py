"""Views: a table as a question sees it: its rows are things, its columns what is known of them, or the other way."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property

from assistant.question.terms import flattened
from sources.cleaning.headers import counts_rows, names_unit, without_unit
from sources.documents import Document
from sources.figures.figure import Figure
from sources.mentions.numerals import quantities
from sources.mentions.periods import periods
from sources.sentences import Span
from sources.tables import Table, TableCell

_TOTAL = re.compile(
    r"(?:合\s*计|总\s*计|小\s*计|总\s*和|全[国省市县区部]|共\s*计|平\s*均|其\s*中|total)", re.IGNORECASE
)
_KIND_OF_VALUE = re.compile(
    r"(?:其中)?[:：]?(?:同比|增[长速幅减]|比上年|环比|占比|比重|占总|排[名位]|位次|名次|增减|涨幅|降幅|较上年|与上年)"
)
_NUMBERED = re.compile(
    r"^\s*(?:[一二三四五六七八九十]{1,3}、|[（(]?(?:[一二三四五六七八九十]{1,3}|\d{1,2})[)）]|\d{1,2}[.．、](?!\d)|[-—#*]+)?"
    r"\s*(?:(?:其\s*中|[加减])[:：])?\s*"
)
"""What stands before a label and isn't part of the name: 一、, （二）, 3., 其中：, 减："""
_CHINESE_DIGITS = re.compile(r"[一二三四五六七八九十百千万亿〇零两]")
_BARE_YEAR = re.compile(r"(?:19|20)\d\d年?(?:度)?")
_BRACKETS = re.compile(r"[（(\[【][^（()）\]】]*[)）\]】]")
_SHORT_NAME = re.compile(r"(.{2,4})(?:特别行政区|自治[区州县]|街道|[省市县区州镇乡村旗])")
_MOST_CONTEXT = 400


@dataclass(frozen=True, slots=True)
class Value:
    """What stands in a row under a column."""

    text: str
    """As printed."""
    start: int
    end: int
    figure: Figure | None = None
    """The figure that it is, with its unit and time, where it is one."""
    number: Decimal | None = None
    """In the base unit; None for words."""
    period: str = ""
    """The time that it names, in normal form, where it is a date."""


@dataclass(frozen=True, slots=True)
class Column:
    """What is known of the rows: the headers over a column, or, turned round, the labels of a row."""

    at: int
    header: str
    """As printed, its levels joined, without the unit."""
    words: str
    """What it tells, flat: its own words and, for a rate, those of what it is a rate of."""
    own: str
    """Its own words, flat."""
    unit: str
    periods: tuple[str, ...]
    """The times that it names."""
    numeric: bool
    """Whether most of its values are numbers."""
    dated: bool
    """Whether most of its values are dates."""
    title: str = ""
    """As it is called in an answer: its header, and before a rate's that of what it is a rate of."""


@dataclass(frozen=True)
class Record:
    """A row, or, turned round, a column: one thing with what is known of it."""

    at: int
    label: str
    """As printed; with what it stands under where several rows have the same."""
    printed: tuple[str, ...]
    """Its labels as they stand in the table."""
    names: tuple[str, ...]
    """Flat: what the thing may be called by, each of its labels."""
    values: dict[int, Value] = field(hash=False)
    """By column."""
    total: bool
    """Whether it sums up the others."""
    periods: tuple[str, ...]
    """The times that its labels name."""


@dataclass(frozen=True, eq=False)
class View:
    """A table with one of its axes as things."""

    document: Document
    table: Table
    columns: tuple[Column, ...]
    records: tuple[Record, ...]
    lines: dict[int, Span] = field(hash=False)
    """Where each row of the table stands in the document's text, by the row's number."""
    turned: bool
    """Whether its things are the table's columns."""
    label: str
    """The header over the things' names: 地区, 项目名称; "" where there is none."""
    context: str
    """Flat: caption, title, sheet and section, which say what all cells are about."""
    periods: tuple[str, ...]
    """The times that its numbers are of, the most frequent first, then those that the context names."""

    def line_of(self, value: Value) -> Span:
        """Where the row of the table stands that a value is in."""
        return next(span for span in self.lines.values() if span[0] <= value.start and value.end <= span[1])

    @cached_property
    def shared(self) -> Counter[str]:
        """How many things bear each name."""
        return Counter(name for record in self.records for name in record.names)

    @cached_property
    def by_name(self) -> dict[str, list[Record]]:
        """The things by each of their names."""
        found: dict[str, list[Record]] = {}
        for record in self.records:
            for name in record.names:
                found.setdefault(name, []).append(record)
        return found

    @cached_property
    def short_names(self) -> dict[str, list[Record]]:
        """The things by what places among them are called for short: 临海 for 临海市."""
        found: dict[str, list[Record]] = {}
        for record in self.records:
            for name in record.names:
                if (short := _SHORT_NAME.fullmatch(name)) and short[1] not in self.by_name:
                    found.setdefault(short[1], []).append(record)
        return found

    @cached_property
    def by_value(self) -> dict[str, list[tuple[Record, Column]]]:
        """The things by the words in their cells, flat, with the column that these stand in."""
        found: dict[str, list[tuple[Record, Column]]] = {}
        for column in self.columns:
            for record in self.records:
                value = record.values.get(column.at)
                if value is not None and value.number is None:
                    found.setdefault(plain_words(value.text), []).append((record, column))
        return found


def plain_words(text: str) -> str:
    """`text` flat, without notes in brackets where something is left without them."""
    return flattened(_BRACKETS.sub("", text)) or flattened(text)


def views_of(document: Document, table: Table, figures: Sequence[Figure]) -> tuple[View, ...]:
    """The table by its rows and, where both its axes may be things, by its columns."""
    numbers = {figure.start: figure for figure in figures if table.start <= figure.start < table.end}
    by_rows = _by_rows(document, table, numbers)
    return (by_rows, *([_turned(by_rows)] if _may_turn(by_rows) else []))


def _by_rows(document: Document, table: Table, numbers: dict[int, Figure]) -> View:
    rows: dict[int, list[TableCell]] = {}
    for cell in table.cells:
        rows.setdefault(cell.row, []).append(cell)
    lines = {row: (min(cell.start for cell in cells), max(cell.end for cell in cells)) for row, cells in rows.items()}
    found: list[Record] = []
    for row, cells in rows.items():
        if len({cell.text for cell in cells}) == 1 and len(table.columns) > 1:
            continue  # a line that heads the rows below it
        labels = table.rows[row] if row < len(table.rows) else ()
        values = {cell.column: _value(cell, numbers) for cell in cells if cell.text.strip()}
        found.append(_record(row, labels, values))
    found = _told_apart(found, table)
    width = max([len(table.columns), *(cell.column + 1 for cell in table.cells)])
    paths = [table.columns[at] if at < len(table.columns) else () for at in range(width)]
    units = [table.units[at] if at < len(table.units) else "" for at in range(width)]
    columns, names = _columns(paths, units, found), _label_columns(paths, found)
    context = _context(document, table)
    read = Counter(figure.period for figure in numbers.values() if figure.period)
    times = [*(period for period, _ in read.most_common()), *(value for text in context for value in _periods(text))]
    return View(
        document,
        table,
        tuple(column for column in columns if column.at not in names),
        tuple(found),
        lines,
        turned=False,
        label="".join(without_unit(part) for part in paths[names[-1]]) if names else "",
        context=flattened(" ".join(context)),
        periods=tuple(dict.fromkeys(times)),
    )


def _told_apart(records: Sequence[Record], table: Table) -> list[Record]:
    """The rows with what they stand under in their labels, where several have the same."""
    often = Counter(record.label for record in records)
    return [
        replace(record, label="".join(table.rows[record.at])) if often[record.label] > 1 and record.label else record
        for record in records
    ]


def _value(cell: TableCell, numbers: dict[int, Figure]) -> Value:
    if not any(map(str.isdigit, cell.text)) and not _CHINESE_DIGITS.search(cell.text):
        return Value(cell.text, cell.start, cell.end)
    figure = next((numbers[at] for at in range(cell.start, min(cell.end, cell.start + 3)) if at in numbers), None)
    if figure is not None and len(figure.text) + 4 < len(cell.text):
        figure = None  # a sentence that holds a number
    number = figure.value if figure else _number(cell.text)
    named = [] if number is not None else periods(cell.text)
    dated = len(named) == 1 and len(named[0].text) + 2 >= len(cell.text.strip())
    return Value(cell.text, cell.start, cell.end, figure, number, named[0].value if dated else "")


def _number(text: str) -> Decimal | None:
    read = quantities(text)
    return read[0].value if len(read) == 1 and len(read[0].text) >= len(text.strip()) else None


def _record(at: int, labels: Sequence[str], values: dict[int, Value]) -> Record:
    plain = [label for label in labels if label.strip()]
    called = [name for label in (*plain, "".join(plain)) for name in (label, _NUMBERED.sub("", label))]
    names = dict.fromkeys(name for label in called if (name := plain_words(without_unit(label))))
    last = plain[-1] if plain else ""
    total = bool(_TOTAL.match(last.strip()))
    return Record(
        at,
        without_unit(_NUMBERED.sub("", last)) or last,
        tuple(plain),
        tuple(names),
        values,
        total,
        tuple(_periods("".join(plain))),
    )


def _label_columns(paths: Sequence[tuple[str, ...]], records: Sequence[Record]) -> list[int]:
    """The columns whose cells name the rows, the last one the nearest; those that only number the rows come first."""
    named: Counter[int] = Counter()
    for record in records:
        named.update(at for at, value in record.values.items() if value.text in record.printed)
    most = len(records) / 2
    counting = [at for at, path in enumerate(paths) if path and counts_rows(path[-1]) and not named[at]]
    return [*counting, *sorted(at for at in named if named[at] > most)]


def _columns(paths: Sequence[tuple[str, ...]], units: Sequence[str], records: Sequence[Record]) -> list[Column]:
    columns: list[Column] = []
    measured = measured_title = ""
    measured_at: tuple[str, ...] = ()
    for at, path in enumerate(paths):
        given = [record.values[at] for record in records if at in record.values]
        if path and names_unit(path[-1], [value.text for value in given]):
            continue
        numeric = sum(value.number is not None for value in given) * 2 > len(given)
        dated = sum(bool(value.period) for value in given) * 2 > len(given)
        header = _joined([without_unit(part) for part in path])
        own = plain_words(header.replace("·", ""))
        of_another = bool(_KIND_OF_VALUE.match(own)) and numeric
        named = tuple(_periods(header))
        if numeric and not of_another:
            measured, measured_title, measured_at = own, header, named
        words = f"{measured}{own}" if of_another else own
        title = f"{measured_title}{header}" if of_another else header
        named = named or (measured_at if of_another else ())
        columns.append(Column(at, header, words, own, units[at], named, numeric, dated, title))
    return columns


def _joined(path: Sequence[str]) -> str:
    """A header's levels as one: 计划数·统招, but 2024年录取线（满分680分）."""
    parts = [part for part in path if part]
    return "".join(part if not at or part[:1] in "（(" else f"·{part}" for at, part in enumerate(parts))


def _may_turn(view: View) -> bool:
    """Whether the rows may be what is known and the columns the things: no text columns, and more than one number."""
    return sum(column.numeric for column in view.columns) > 1 and all(
        column.numeric or not column.own for column in view.columns
    )


def _turned(view: View) -> View:
    columns = tuple(
        Column(
            record.at,
            record.label,
            "".join(record.names[-1:]),
            "".join(record.names[-1:]),
            next((v.figure.unit for v in record.values.values() if v.figure), ""),
            record.periods,
            numeric=True,
            dated=False,
            title=without_unit(record.label),
        )
        for record in view.records
    )
    records = []
    for column in view.columns:
        values = {record.at: record.values[column.at] for record in view.records if column.at in record.values}
        records.append(_record(column.at, (column.header,), values))
    return View(
        view.document, view.table, columns, tuple(records), view.lines, turned=True, label="",
        context=view.context, periods=view.periods,
    )  # fmt: skip


def _context(document: Document, table: Table) -> list[str]:
    section = document.section_at(table.start)
    headings = [heading for heading in (section.path if section else ()) if heading]
    return [
        each
        for each in (table.caption[-_MOST_CONTEXT:], table.sheet or "", *reversed(headings), document.title)
        if each
    ]


def _periods(text: str) -> list[str]:
    bare = _BARE_YEAR.fullmatch(text.strip())
    if bare:
        return [text.strip()[:4]]
    return [period.value for period in periods(text) if period.value and "X" not in period.value]
