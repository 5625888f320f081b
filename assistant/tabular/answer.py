"""Answers over tables: the cells asked for as a sentence or a table, each with its row cited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache

from assistant.answers import AnswerFigure
from assistant.extractive.arithmetic import difference_of, sum_of
from assistant.extractive.compose import Cell, Draft, Grid, Line, Quote, Row, Words
from assistant.extractive.statements import bare_unit
from assistant.library import Library
from assistant.question.question import Question
from assistant.question.terms import flattened
from assistant.tabular.asks import ask_of
from assistant.tabular.finding import Found, find
from assistant.tabular.linking import newest, without_times
from assistant.tabular.views import Column, Record, Value, View, views_of
from sources.figures.figure import Figure
from sources.mentions.periods import label

_CONFIDENCE = 0.9
_MOST_ROWS = 50
_MOST_TABLES = 60
"""Tables of one document that are looked at, the first."""
_OPEN_COST = 0.8


def answer(question: Question, library: Library) -> Draft | None:
    """What a table says to the question; None where none has just what it asks for."""
    found = best(question, library)
    return _draft(question, found, library) if found else None


def best(question: Question, library: Library) -> Found | None:
    """The table that explains the question best, of equal ones the newest."""
    ask = ask_of(flattened(question.standalone))
    every = []
    for document_id in dict.fromkeys(hit.passage.document_id for hit in library.search(question.standalone)):
        for view in _views(document_id, library):
            found = find(ask, view)
            if found:
                every.append(found)
    if not every:
        return None
    least = min(found.unexplained for found in every)
    near = [found for found in every if found.unexplained <= least + 0.05]
    near = [found for found in near if not found.view.turned] or near
    top = max(found.score for found in near)
    near = [found for found in near if found.score >= top - 0.5]
    return max(near, key=lambda found: (newest(found.times), found.score))


def _views(document_id: str, library: Library) -> list[View]:
    tables = library.tables(document_id)[:_MOST_TABLES]
    if not tables:
        return []
    document, figures = library.document(document_id), library.figures(document_id)
    return [view for table in tables for view in _views_of(_Same(table), _Same(document), _Same(figures))]


class _Same:
    """An object compared by identity: what is made of it is kept as long as it is the same one."""

    __slots__ = ("it",)

    def __init__(self, it: object) -> None:
        self.it = it

    def __hash__(self) -> int:
        return id(self.it)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.it is other.it


@lru_cache(maxsize=256)
def _views_of(table: _Same, document: _Same, figures: _Same) -> tuple[View, ...]:
    return views_of(document.it, table.it, figures.it)  # type: ignore[arg-type]


# --- in words -----------------------------------------------------------------------------------------------------


def _draft(question: Question, found: Found, library: Library) -> Draft:
    confidence = _CONFIDENCE * (1 - _OPEN_COST * found.unexplained)
    lines: list[Line | Row] = []
    lines += _worked_out(found, library)
    if len(found.records) == 1:
        if not lines:
            lines.append(_sentence(found, found.records[0], library))
    else:
        lines += _table(found, library)
    grid = _grid(found, library) if len(found.records) > 1 else None
    return Draft(question, tuple(lines), confidence, table=grid)


def _sentence(found: Found, record: Record, library: Library) -> Line:
    """路桥区2024年规上工业增加值同比为-2.3%。"""
    given = [(column, record.values[column.at]) for column in found.columns if column.at in record.values]
    quotes = tuple(dict.fromkeys(_quote(found.view, value, library) for _, value in given))
    figures = tuple(value.figure for _, value in given if value.figure)
    said = "，".join(f"{_name(found, column, value)}为{_shown(value, column)}" for column, value in given)
    return Line(f"{record.label}{_time(found, [column for column, _ in given])}{said}。", quotes, figures)


def _time(found: Found, columns: Sequence[Column]) -> str:
    if not found.ask.dates:
        return ""
    headers = "".join(column.title for column in columns) + "".join(record.label for record in found.records)
    words = label(found.times[0]) if found.times else ""
    return words if words and words not in headers and not any(each.dated for each in columns) else ""


def _header(column: Column) -> str:
    return column.title or "数值"


def _name(found: Found, column: Column, value: Value) -> str:
    """What the value is called: its header, or where this only names a time, what the table measures."""
    if column.own and without_times(column):
        return _header(column)
    measured = value.figure.metric if value.figure and not found.view.turned else ""
    # In a table of indicators by years the row says what is measured.
    return measured if measured and flattened(measured) not in flattened(found.records[0].label) else ""


def _shown(value: Value, column: Column) -> str:
    text = " ".join(value.text.split())
    if value.number is None or not text[-1:].isdigit():
        return text
    unit = (bare_unit(value.figure) if value.figure else "") or ("" if value.figure else column.unit)
    return f"{text}{unit}"


def _quote(view: View, value: Value, library: Library) -> Quote:
    start, end = view.line_of(value)
    return Quote(library.passage_at(view.document.id, start), start, end)


def _table(found: Found, library: Library) -> list[Row | Line]:
    view = found.view
    columns = found.columns
    head = view.label or ("项目" if not view.turned else "")
    rows: list[Row | Line] = [
        Row(tuple(Cell(text) for text in (head, *map(_header, columns)))),
        Row(tuple(Cell("---") for _ in (head, *columns))),
    ]
    for record in found.records[:_MOST_ROWS]:
        cells = [Cell(record.label)]
        for column in columns:
            value = record.values.get(column.at)
            cells.append(
                Cell("—")
                if value is None
                else Cell(
                    _shown(value, column), (_quote(view, value, library),), (value.figure,) if value.figure else ()
                )
            )
        rows.append(Row(tuple(cells)))
    return rows


def _grid(found: Found, library: Library) -> Grid:
    def cell(value: Value | None) -> Figure | Words | None:
        if value is None:
            return None
        return value.figure or Words(value.text, _quote(found.view, value, library))

    return Grid(
        found.view.table.caption,
        "",
        "rows",
        tuple(map(_header, found.columns)),
        tuple(record.label for record in found.records),
        tuple(tuple(cell(record.values.get(column.at)) for column in found.columns) for record in found.records),
    )


# --- worked out ---------------------------------------------------------------------------------------------------


def _worked_out(found: Found, library: Library) -> list[Line]:
    column = found.columns[0]
    values = [record.values[column.at] for record in found.records if column.at in record.values]
    quotes = tuple(dict.fromkeys(_quote(found.view, value, library) for value in values))
    figures = [_scaled(value.figure) for value in values if value.figure]
    name = f"{_time(found, [column])}{_header(column)}"
    if found.result == "count":
        number = len(found.records)
        unit = found.ask.text and "个"
        return [Line(f"共{number}{unit}：{'、'.join(record.label for record in found.records)}。", quotes)]
    if found.result == "sum" and len(figures) == len(values) > 1:
        total = sum_of(figures)
        return [Line(f"{name}合计{total.text}（{total.formula}）。", quotes, (), (total,))]
    if found.result == "mean" and len(figures) == len(values) > 1:
        mean = _mean(figures)
        return [Line(f"{name}平均为{mean.text}（{mean.formula}）。", quotes, (), (mean,))]
    if found.result == "difference":
        return _difference(found, library)
    return []


def _scaled(figure: Figure) -> Figure:
    """The figure with its unit behind its number, as a formula shows it."""
    return replace(figure, text=f"{figure.text}{bare_unit(figure)}")


def _mean(figures: Sequence[Figure]) -> AnswerFigure:
    total = sum_of(figures)
    count = len(figures)
    value = (Decimal(total.value) / count).quantize(Decimal("0.01"))
    sides, _, _ = (total.formula or "").partition(" = ")
    return replace(
        total, text=f"{value}{total.unit}", value=str(value), formula=f"({sides}) ÷ {count} = {value}{total.unit}"
    )


def _difference(found: Found, library: Library) -> list[Line]:
    """Of two columns of each row, or of one column of two rows."""
    if len(found.columns) >= 2 and found.picked:
        one, other = found.columns[:2]
        return [
            line
            for record in found.records
            if (
                line := _apart(
                    record.label, record.values.get(one.at), record.values.get(other.at), one, other, found, library
                )
            )
        ]
    first, second = found.records[:2]
    column = found.columns[0]
    a, b = first.values.get(column.at), second.values.get(column.at)
    if a is None or b is None or a.figure is None or b.figure is None:
        return []
    high, low = (first, second) if a.figure.value >= b.figure.value else (second, first)
    more, less = (high.values[column.at], low.values[column.at])
    apart = difference_of(*(_scaled(figure) for value in (more, less) if (figure := value.figure)))
    quotes = tuple(dict.fromkeys(_quote(found.view, value, library) for value in (more, less)))
    words = f"{_time(found, [column])}{_header(column)}，{high.label}{_shown(more, column)}，{low.label}{_shown(less, column)}，"
    return [
        Line(
            f"{words}相差{apart.text}（{apart.formula}）。",
            quotes,
            tuple(value.figure for value in (more, less) if value.figure),
            (apart,),
        )
    ]


def _apart(
    name: str, one: Value | None, other: Value | None, first: Column, second: Column, found: Found, library: Library
) -> Line | None:
    if one is None or other is None or one.figure is None or other.figure is None:
        return None
    apart = difference_of(_scaled(one.figure), _scaled(other.figure))
    words = f"{name}{_header(first)}{_shown(one, first)}，{_header(second)}{_shown(other, second)}，相差{apart.text}"
    quote = _quote(found.view, one, library)
    return Line(f"{words}（{apart.formula}）。", (quote,), (one.figure, other.figure), (apart,))
