"""Sheets: the tables of cited documents, with what is looked up in them kept by row, column and name."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from functools import cached_property
from itertools import islice

from assistant.checks.ground import Ground
from assistant.checks.support import Terms, flat, terms
from assistant.checks.tables.texts import Flat, plain_words
from sources.cleaning.headers import counts_rows, is_number, names_unit, unit_in, without_unit
from sources.documents import Document
from sources.figures.metrics import usual_names
from sources.figures.tables import tables
from sources.mentions.numerals import Quantity, quantities
from sources.mentions.periods import periods
from sources.tables import Table, TableCell

_TOTAL = re.compile(
    r"^(?:合计|总计|小计|总和|全[国省市县区部]|共计|平均|均值|total)|(?:合计|总计|小计)$", re.IGNORECASE
)
_PLAIN = re.compile(
    r"[约近超≥≤><]?\s*(?P<number>[-−－+＋]?(?:\d{1,3}(?:[,，]\d{3})+|\d+)(?:\.\d+)?)\s*(?P<percent>[%％‰]?)\s*[*#①-⑳]*"
)
_CLOCK = re.compile(r"(\d{1,2})[:：](\d{2})(?!\d)")
_KIND_OF_VALUE = re.compile(
    r"(?:其中)?[:：]?(?:同比|环比|增[长速幅减]|[涨降]幅|比上年|较上年|与上年|占比|比重|占总|排[名位]|位次|名次)"
)
_SUFFIX = re.compile(r"(?<=..)(?:[市县区镇乡村省]|自治[区州县]|街道)$")
_BRACKETS = re.compile(r"[（(【\[][^（()）】\]]*[)）】\]]")
MOMENT = "moment"
"""The unit of days and hours, which are compared and never added up."""
_LAST_BRACKET = re.compile(r"[（(]([^（()）]{1,8})[)）]\s*$")
_ABOVE_CHARS = 120
_LONGEST_NAME = 40
_RARE = 40
"""A pair of characters that stands in more names than these doesn't tell which of them is meant."""


def _header_words(text: str) -> str:
    """A header likewise; a mere 同比 is that of a change."""
    words = plain_words(text)
    return f"{words}|增减|" if ("同比" in words or "环比" in words) and "增减" not in words else words


def _without_unit(header: str) -> str:
    """The header without its unit, also one that only numbers are read with: 毫克/升."""
    bare = without_unit(header)
    note = _LAST_BRACKET.search(bare)
    read = quantities(f"1{note[1].strip()}") if note else []
    return bare[: note.start()] if note and note.start() and read and read[0].end == len(note[1].strip()) + 1 else bare


@dataclass(frozen=True, slots=True)
class Value:
    """A number in a cell."""

    quantity: Quantity
    """Its offsets are those in the document's text."""
    raw: Decimal
    """As printed, without the unit: 112.9 of 112.9亿元."""
    is_whole: bool
    """Whether the cell holds nothing else; in 每亩补贴300元 it does."""


@dataclass(frozen=True, slots=True)
class Column:
    """The headers of a column, for finding out which one some words name."""

    own: Terms
    """Of the last header, without its unit."""
    path: Terms
    """Of all of them; a mere 同比 also bears those of the column before it, which it is a rate of."""
    text: str
    """All of them, as printed."""
    unit: str


class Sheet:
    """A table of a document."""

    def __init__(self, table: Table, document: Document) -> None:
        self.table = table
        self.document = document
        self._starts = [cell.start for cell in table.cells]
        """In order: the rows stand below one another."""
        self._ordered: dict[int, dict[int, Value]] = {}
        self._terms: dict[str, Terms] = {}
        self._values: dict[tuple[int, int], list[Value]] = {}

    @property
    def above(self) -> str:
        """What stands right above the table."""
        return self.document.text[max(0, self.table.start - _ABOVE_CHARS) : self.table.start]

    @cached_property
    def by_row(self) -> dict[int, list[TableCell]]:
        """The cells of each row."""
        found: dict[int, list[TableCell]] = defaultdict(list)
        for cell in self.table.cells:
            found[cell.row].append(cell)
        return found

    def rows_at(self, start: int, end: int) -> list[int]:
        """The rows whose cells the span touches."""
        first = max(0, bisect_left(self._starts, start) - 1)
        found: dict[int, None] = {}
        for cell in islice(self.table.cells, first, bisect_left(self._starts, end)):
            if cell.end > start:
                found[cell.row] = None
        return list(found)

    def labels(self, row: int) -> tuple[str, ...]:
        """Those of a row, from the left."""
        return self.table.rows[row] if row < len(self.table.rows) else ()

    def is_total(self, row: int) -> bool:
        """Whether the row sums up others."""
        return any(_TOTAL.search(flat(label)) for label in self.labels(row)[-1:])

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns."""
        found: list[Column] = []
        measured = ""
        for at, (path, unit) in enumerate(zip(self.table.columns, self.table.units, strict=True)):
            names = [_header_words(_without_unit(name)) for name in path]
            own = names[-1] if names else ""
            is_kind = bool(path) and bool(_KIND_OF_VALUE.match(flat(path[-1])))
            if not is_kind and own and not counts_rows(path[-1]) and not names_unit(path[-1], self._texts(at)):
                measured = own
            whole = names if not is_kind or len(names) > 1 else [measured, *names]
            found.append(Column(terms(own), _joined(whole), "".join(path), unit))
        return tuple(found)

    @cached_property
    def named_by(self) -> frozenset[int]:
        """The columns whose cells name their rows."""
        count: dict[int, int] = defaultdict(int)
        for cell in self.table.cells:
            count[cell.column] += 1 if self.is_label(cell) else -1
        return frozenset(column for column, balance in count.items() if balance > 0)

    @cached_property
    def _row_units(self) -> dict[int, str]:
        """The unit that a row's label or its column of units names, by the row's number."""
        columns = {at for at, path in enumerate(self.table.columns) if path and names_unit(path[-1], self._texts(at))}
        stated = {cell.row: cell.text for cell in self.table.cells if cell.column in columns}
        labelled = {row: unit for row, path in enumerate(self.table.rows) if path and (unit := unit_in(path[-1]))}
        return {**stated, **labelled}

    def _texts(self, column: int) -> list[str]:
        return [cell.text for cell in self._by_column.get(column, ())]

    def _unit(self, cell: TableCell) -> str:
        own = next((unit for name in reversed(self.table.columns[cell.column]) if (unit := unit_in(name))), "")
        return own or self._row_units.get(cell.row, "") or self.table.units[cell.column]

    def values(self, cell: TableCell) -> list[Value]:
        """The numbers in a cell, with the unit of its headers where it prints none."""
        place = cell.row, cell.column
        if place not in self._values:
            self._values[place] = self._read(cell)
        return self._values[place]

    def _read(self, cell: TableCell) -> list[Value]:
        text = cell.text.strip()
        if plain := _PLAIN.fullmatch(text):
            unit = plain["percent"] or self._unit(cell)
            return [_with_unit(plain["number"], unit, cell)]
        found = []
        for each in quantities(cell.text):
            moved = replace(each, start=cell.start + each.start, end=cell.start + each.end)
            found.append(Value(moved, _raw(each), len(each.text) >= len(text) - 2))
        return found

    def is_label(self, cell: TableCell) -> bool:
        """Whether a cell names its row."""
        return cell.text in self.labels(cell.row)

    def ordered(self, column: int) -> dict[int, Value]:
        """By row, the number, or else the day or hour, of each cell of the column that holds one; totals left out."""
        if column not in self._ordered:
            found = {}
            for cell in self._by_column.get(column, ()):
                if not self.is_total(cell.row) and (value := self._sortable(cell)) is not None:
                    found[cell.row] = value
            self._ordered[column] = found
        return self._ordered[column]

    @cached_property
    def _by_column(self) -> dict[int, list[TableCell]]:
        found: dict[int, list[TableCell]] = defaultdict(list)
        for cell in self.table.cells:
            found[cell.column].append(cell)
        return found

    def _sortable(self, cell: TableCell) -> Value | None:
        values = self.values(cell)
        if values and (values[0].is_whole or len(values) == 1):
            return values[0]
        if clock := _CLOCK.search(cell.text):
            return _moment(cell, Decimal(60 * int(clock[1]) + int(clock[2])))
        dated = [date.value for date in periods(cell.text) if date.value]
        digits = re.sub(r"\D", "", dated[0].removeprefix("..")) if len(dated) == 1 else ""
        return _moment(cell, Decimal(digits[:8].ljust(8, "9"))) if digits else None

    # --- names ----------------------------------------------------------------------------------------------------

    @cached_property
    def _named(self) -> Names:
        """The rows by what they may be called."""
        found = Names()
        for row, labels in enumerate(self.table.rows):
            for name in _names(labels[-1]) if labels and row in self.by_row else ():
                found.setdefault(name, []).append(row)
        return found

    @cached_property
    def _described(self) -> Names:
        """The rows by the words in their other cells."""
        found = Names()
        for cell in self.table.cells:
            name = flat(cell.text)
            if 2 <= len(name) <= _LONGEST_NAME and not is_number(cell.text) and not self.is_label(cell):
                found.setdefault(name, []).append(cell.row)
        return found

    @cached_property
    def _pairs(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for row, labels in enumerate(self.table.rows):
            for term in terms(flat(labels[-1])) if labels and row in self.by_row else ():
                found[term].append(row)
        return found

    def named(self, words: str) -> list[int]:
        """The rows whose label stands in `words`, which are flat, in the order of the words."""
        return [row for _, _, rows in self.labels_in(words) for row in rows]

    def headers_in(self, words: str) -> list[tuple[int, int]]:
        """Where in `words`, which are flat, headers stand."""
        return [(start, end) for start, end, _ in spans_of(words, self._heads)]

    def labels_in(self, words: str) -> list[tuple[int, int, list[int]]]:
        """Where in `words`, which are flat, labels stand, with their rows; no 合计 that a header is made of."""
        heads = self.headers_in(words)
        return [
            (start, end, rows)
            for start, end, rows in spans_of(words, self._named)
            if not any(first <= start and end <= last for first, last in heads)
        ]

    def header_terms(self, words: str) -> Terms:
        """The terms of `words` that may be a header's: those of the labels in them are left out."""
        if words not in self._terms:
            close = Flat(words)
            bare = words
            for start, end, _ in self.labels_in(close.text):
                first, last = close.span(start, end)
                bare = f"{bare[:first]}{'|' * (last - first)}{bare[last:]}"
            self._terms[words] = terms(plain_words(bare))
        return self._terms[words]

    @cached_property
    def _heads(self) -> Names:
        """The columns by their headers."""
        found = Names()
        for column, path in enumerate(self.table.columns):
            for name in path:
                for words in {flat(name), flat(_without_unit(name))}:
                    found.setdefault(words, []).append(column)
        return found

    def described(self, words: str) -> list[int]:
        """The rows with a cell, no label, whose words stand in `words`, which are flat."""
        return [row for _, _, rows in spans_of(words, self._described) for row in rows]

    def descriptions(self, words: str) -> list[tuple[int, int, list[int]]]:
        """Where in `words`, which are flat, the words of other cells stand, with their rows."""
        return spans_of(words, self._described)

    def like(self, words: Terms) -> list[int]:
        """The rows with rare characters of their label among `words`."""
        found: dict[int, None] = {}
        for term in words:
            rows = self._pairs.get(term, ())
            if len(rows) <= _RARE:
                found.update(dict.fromkeys(rows))
        return list(found)

    @cached_property
    def groups(self) -> dict[str, set[int]]:
        """The rows under each outer label."""
        found: dict[str, set[int]] = defaultdict(set)
        for row, labels in enumerate(self.table.rows):
            for label in labels[:-1]:
                if row in self.by_row:
                    found[flat(label)].add(row)
        return found

    @cached_property
    def rows(self) -> list[int]:
        """Those with cells that sum up no others and are no headings."""
        return [
            row
            for row, cells in self.by_row.items()
            if not self.is_total(row) and any(not self.is_label(cell) for cell in cells)
        ]


def _names(label: str) -> set[str]:
    """What a row may be called by: its label with and without its unit, its brackets, its 市 or 县."""
    whole = flat(label)
    bare = flat(_BRACKETS.sub("", without_unit(label)))
    bare = re.sub(r"^(?:其中|[一二三四五六七八九十]+、|\d+[、.](?!\d)|[（(]\d+[)）])[:：]?", "", bare)
    short = _SUFFIX.sub("", bare)
    return {name for name in (whole, bare, short, usual_names(bare)) if name and len(name) <= _LONGEST_NAME}


class Names(dict[str, list[int]]):
    """What is looked for in texts by its name, with the rows or columns that bear it."""

    @cached_property
    def lengths(self) -> list[int]:
        """How many characters the names have, the most first. A header that is a unit has no name without it (元,
        年份), and an empty one would be found at every place, for ever."""
        return sorted({len(name) for name in self if name}, reverse=True)


def spans_of(words: str, names: Names) -> list[tuple[int, int, list[int]]]:
    """The longest names that stand in `words`, left to right, none within another; 1月 doesn't stand in 11月."""
    found = []
    at = 0
    while at < len(words):
        for size in names.lengths:
            name = words[at : at + size]
            if len(name) == size and name in names and not is_cut(words, at, at + size):
                found.append((at, at + size, names[name]))
                at += size - 1
                break
        at += 1
    return found


def is_cut(words: str, start: int, end: int) -> bool:
    """Whether a name is the part of a longer number or word."""
    before, after = words[start - 1 : start], words[end : end + 1]
    inside = [
        (before, words[start]),
        (words[end - 1], after),
    ]
    return any((one.isdigit() and other.isdigit()) or _is_word(one, other) for one, other in inside if one and other)


def _is_word(one: str, other: str) -> bool:
    return one.isascii() and other.isascii() and one.isalpha() and other.isalpha()


def _joined(names: Sequence[str]) -> Terms:
    return sum((terms(name) for name in names), Terms())


def _with_unit(number: str, unit: str, cell: TableCell) -> Value:
    printed = re.sub("[,，]", "", number).replace("−", "-").replace("－", "-").replace("＋", "+").lstrip("+")
    raw = Decimal(printed)
    start = cell.start + cell.text.index(number)
    read = quantities(printed + unit) if unit else []
    if len(read) == 1 and read[0].end == len(printed) + len(unit):
        return Value(replace(read[0], start=start, end=start + len(number), text=number), raw, True)
    # What is no unit that numbers are read with (填报单位：县发改局) says nothing of them.
    return Value(Quantity(start, start + len(number), raw, "", "", number, "amount"), raw, True)


def _moment(cell: TableCell, number: Decimal) -> Value:
    """A day or an hour, for what is earlier and what later."""
    return Value(Quantity(cell.start, cell.end, number, MOMENT, "", cell.text, "amount"), number, True)


def _raw(quantity: Quantity) -> Decimal:
    digits = re.match(r"[-−]?\d[\d,，]*(?:\.\d+)?", quantity.text)
    try:
        return Decimal(re.sub("[,，]", "", digits[0]).replace("−", "-")) if digits else quantity.value
    except InvalidOperation:
        return quantity.value


@dataclass(frozen=True, slots=True)
class CitedRow:
    """A row of a table that a sentence cites."""

    ground: Ground
    sheet: Sheet
    row: int

    @property
    def cells(self) -> list[TableCell]:
        """Its cells."""
        return self.sheet.by_row.get(self.row, [])


class Sheets:
    """The tables of the documents that an answer cites, each taken apart once."""

    def __init__(self) -> None:
        self._of: dict[str, tuple[list[Table], dict[int, Sheet]]] = {}

    def cited(self, ground: Ground) -> list[CitedRow]:
        """The rows that a quote lies in; none where it lies, or reaches, out of a table."""
        document = ground.document
        if document is None or not ground.is_verbatim:
            return []
        start, end = ground.citation.start, ground.citation.end
        if document.id not in self._of:
            self._of[document.id] = tables(document), {}
        known, sheets = self._of[document.id]
        at = bisect_left(known, end, key=lambda table: table.start) - 1
        if at < 0 or not (known[at].start <= start and end <= known[at].end):
            return []
        if at not in sheets:
            sheets[at] = Sheet(known[at], document)
        return [CitedRow(ground, sheets[at], row) for row in sheets[at].rows_at(start, end)]


def rows_of(grounds: Sequence[Ground], sheets: Sheets) -> list[CitedRow]:
    """The rows that a sentence cites; none where it also cites what is no row of a table."""
    found: list[CitedRow] = []
    for ground in grounds:
        rows = sheets.cited(ground)
        if not rows:
            return []
        found += rows
    return list({(id(each.sheet), each.row): each for each in found}.values())


def headings(rows: Sequence[CitedRow]) -> Iterator[str]:
    """What the cited rows stand under: title, section, caption, notes and headers."""
    for ground in {id(each.ground): each.ground for each in rows}.values():
        yield ground.about
    for sheet in {id(each.sheet): each.sheet for each in rows}.values():
        yield sheet.table.caption
        yield from sheet.table.notes
        yield from (column.text for column in sheet.columns)
        yield from sheet.table.units
