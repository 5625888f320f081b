"""Answers over tables: the cells asked for as a sentence or a table, each with its row cited."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from assistant.extractive.compose import Cell, Draft, Grid, Line, Row, Words
from assistant.extractive.found import found as figure_of
from assistant.extractive.statements import line_of
from assistant.extractive.tabular.asks import Ask, ask_of
from assistant.extractive.tabular.finding import Found, is_elsewhere, of_named
from assistant.extractive.tabular.linking import Link, Linked, is_change, linked, newest
from assistant.extractive.tabular.picking import pick
from assistant.extractive.tabular.reading import is_read, read
from assistant.extractive.tabular.telling import called, header, name, quote, shown, time
from assistant.extractive.tabular.views import Record, Value, View, views_of
from assistant.extractive.tabular.working import worked_out
from assistant.library import Library
from assistant.question.operations import operation_of
from assistant.question.question import Question
from assistant.question.terms import flattened
from sources.figures.figure import Figure
from sources.mentions.periods import label
from sources.words import any_of

_CONFIDENCE = 0.9
_SURE = 0.1
"""What of a question's words, by weight, may be left open where its figure is reckoned with."""
_WORKED_OUT = ("difference", "ratio", "trend", "year", "met")
_APART = ("difference", "ratio")
_AMOUNT = re.compile("(?:多少|几)[十百千]?[万亿元]")
_RATES = ("%", "％", "‰")
_AIMS = ("target", "plan")
_IN_WORDS = ("definition", "how")
_AIM = any_of("aims", "asked")
_MOST_ROWS = 50
_MOST_TABLES = 60
"""Tables of one document that are looked at, the first."""
_OPEN_COST = 0.8
_OPEN = 0.2
"""What of a question's words a single cell may leave open for it to be an answer without a look by the reader."""


def answer(question: Question, library: Library) -> Draft | None:
    """What a table says to the question; None where none has just what it asks for."""
    every = fitting(question, library)
    if not every or _is_left_to_figures(question, every[0]):
        return None
    if result := _result_beside(question, every[0], library):
        return Draft(question, (line_of(result, result.key, library),), _CONFIDENCE)
    draft = draft_of(question, every[0], library)
    notices = (_compared(every[0]), _others(every))
    return replace(draft, notice="；".join(filter(None, notices)) or None)


def cell(question: Question, library: Library) -> Figure | None:
    """The one figure with which a table answers a question, all of whose words it explains."""
    found = _one_cell(question, library)
    value = found.records[0].values.get(found.columns[0].at) if found else None
    return value.figure if value is not None else None


def of_one_cell(question: Question, library: Library) -> Draft | None:
    """What one cell says to a question, all of whose words its table explains."""
    found = _one_cell(question, library)
    return draft_of(question, found, library) if found else None


def _one_cell(question: Question, library: Library) -> Found | None:
    found = next(iter(fitting(question, library)), None)
    return found if found and found.is_one_cell and found.unexplained <= _SURE else None


def fitting(question: Question, library: Library) -> list[Found]:
    """What tables say to the question, those that explain it best, the newest first; no cell is a reason."""
    if question.kind == "why":
        return []
    ask = ask_of(flattened(question.standalone))
    documents = dict.fromkeys(hit.passage.document_id for hit in library.search(question.standalone))
    asked = [linked(ask, view) for document_id in documents for view in _views(document_id, library)]
    every = [found for beside in asked if (found := _answering(beside)) and _is_of_kind(question, found)]
    every = [
        found for found in every if found.unexplained <= _OPEN or not found.is_one_cell or is_read(question, found)
    ]
    if not every:
        return [found for found in read(question, asked) if _is_of_kind(question, found)]
    least = min(found.unexplained for found in every)
    near = [found for found in every if found.unexplained <= least + 0.05]
    near = [found for found in near if not found.view.turned] or near
    top = max(found.score for found in near)
    near = [found for found in near if found.score >= top - 0.5]
    return sorted(near, key=lambda found: (newest(found.times), found.score), reverse=True)


def _is_of_kind(question: Question, found: Found) -> bool:
    """Whether the cells are aims where an aim is asked for, and results where a result is; no number says what a thing
    is, or how something is done."""
    if question.kind in _IN_WORDS and all(column.numeric for column in found.columns):
        return False
    kinds = _kinds(found)
    if question.status == "actual":
        return kinds != {True}
    named = found.view.context + "".join(column.words for column in found.columns)
    return question.status != "target" or not kinds or True in kinds or bool(_AIM.search(named))


def _kinds(found: Found) -> set[bool]:
    """Whether the figures are aims: of all alike, one answer."""
    values = (record.values.get(column.at) for record in found.records for column in found.columns)
    return {value.figure.status in _AIMS for value in values if value is not None and value.figure is not None}


def _result_beside(question: Question, found: Found, library: Library) -> Figure | None:
    """What came of the one aim that the table has, where no aim was asked for and another paper tells the result."""
    if not found.is_one_cell or _kinds(found) != {True} or question.status or question.kind != "number":
        return None
    aim = found.records[0].values[found.columns[0].at].figure
    result = figure_of(replace(question, status="actual"), library)
    if aim is None or result is None or result.status in _AIMS or result.unit != aim.unit:
        return None
    one, other = sorted((flattened(aim.metric), flattened(result.metric)), key=len)
    return result if one and one in other else None


def find(ask: Ask, view: View) -> Found | None:
    """What one table says to a question."""
    return _answering(linked(ask, view))


def _answering(beside: Linked) -> Found | None:
    if is_elsewhere(beside):
        return None
    named = [link for link in beside.links if link.column is None and not _is_time_of_many(beside.ask, link)]
    return of_named(beside, named) if named else pick(beside)


def _is_time_of_many(ask: Ask, link: Link) -> bool:
    """Whether only a time is named, where what has the most at that time is asked for: 2023年前三的县."""
    return bool(ask.order and ask.which) and all(record.periods for record in link.records)


def _is_left_to_figures(question: Question, found: Found) -> bool:
    """Whether something is to be worked out that the table doesn't tell: those who compare figures do it."""
    asked = operation_of(question.standalone).operation
    if asked in _APART and found.is_one_cell and not found.result:
        # 比2023年多多少, which one value doesn't tell; nor does a growth by how much (比上年少了多少亿).
        return len(question.periods) > 1 or bool(
            _AMOUNT.search(question.standalone) and found.columns[0].unit in _RATES
        )
    if asked == "met" and _kinds(found) == {True}:
        return True
    told = found.result or any(is_change(column) for column in found.columns)
    if found.is_one_cell and question.parts and not question.coordinated:
        return True  # it answers one of them
    return asked in _WORKED_OUT and not told and not found.is_one_cell


def _compared(found: Found) -> str | None:
    """Among what a row is the first: others may stand elsewhere."""
    if not found.ask.order or not found.picked:
        return None
    count = sum(not record.total for record in found.view.records)
    return f"只比较了《{found.view.document.title}》这张表里的 {count} 项"


def _others(every: Sequence[Found]) -> str | None:
    """That other tables have the same of other times, where the question names none."""
    first = every[0]
    others = [
        each for each in every[1:] if each.view.document.id != first.view.document.id and each.times != first.times
    ]
    if first.ask.dates or not others or not first.times:
        return None
    named = "、".join(
        dict.fromkeys(f"《{each.view.document.title}》（{label(each.times[0])}）" for each in others[:3] if each.times)
    )
    return f"以上为{label(first.times[0])}的数据；{named}也有同一项数据" if named else None


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


def draft_of(question: Question, found: Found, library: Library) -> Draft:
    """The answer in words, and as data for a table of several rows."""
    confidence = _CONFIDENCE * (1 - _OPEN_COST * found.unexplained)
    lines: list[Line | Row] = []
    lines += worked_out(found, library)
    if len(found.records) == 1:
        if not lines:
            lines.append(_sentence(found, found.records[0], library))
    else:
        lines += _table(found, library)
    grid = _grid(found, library) if len(found.records) > 1 else None
    return Draft(question, tuple(lines), confidence, table=grid)


def _sentence(found: Found, record: Record, library: Library) -> Line:
    """路桥区2024年规上工业增加值同比为-2.3%。竹地板2024年产量为486.2万平方米, whichever of the two names a column."""
    given = [(column, record.values[column.at]) for column in found.columns if column.at in record.values]
    quotes = tuple(dict.fromkeys(quote(found.view, value, library) for _, value in given))
    figures = tuple(value.figure for _, value in given if value.figure)
    when = time(found, [column for column, _ in given])
    if found.view.turned and not record.periods:
        said = "，".join(f"{column.title}{when}{record.label}为{shown(value, column)}" for column, value in given)
        return Line(f"{said}。", quotes, figures)
    said = "，".join(f"{name(found, column, value)}为{shown(value, column)}" for column, value in given)
    return Line(f"{called(record)}{when}{said}。", quotes, figures)


def _table(found: Found, library: Library) -> list[Row | Line]:
    view = found.view
    columns = found.columns
    head = view.label or ("项目" if not view.turned else "")
    rows: list[Row | Line] = [
        Row(tuple(Cell(text) for text in (head, *map(header, columns)))),
        Row(tuple(Cell("---") for _ in (head, *columns))),
    ]
    for record in found.records[:_MOST_ROWS]:
        cells = [Cell(called(record))]
        for column in columns:
            value = record.values.get(column.at)
            cells.append(
                Cell("—")
                if value is None
                else Cell(shown(value, column), (quote(view, value, library),), (value.figure,) if value.figure else ())
            )
        rows.append(Row(tuple(cells)))
    return rows


def _grid(found: Found, library: Library) -> Grid:
    def cell(value: Value | None) -> Figure | Words | None:
        if value is None:
            return None
        return value.figure or Words(value.text, quote(found.view, value, library))

    return Grid(
        found.view.table.caption,
        "",
        "rows",
        tuple(map(header, found.columns)),
        tuple(map(called, found.records)),
        tuple(tuple(cell(record.values.get(column.at)) for column in found.columns) for record in found.records),
    )
