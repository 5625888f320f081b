"""Reading: which cell of a named row answers, by the reader, where a question says it in other words than the headers.

    云屏县每一千人有几张病床？   云屏县：…；每千常住人口·床位为7.45张；…

The row is put in words, after what its table is about; the cell is taken that the reader points at.
"""

from __future__ import annotations

from collections.abc import Iterable

from assistant.extractive.tabular.asks import Ask
from assistant.extractive.tabular.finding import Found, allowed_columns, is_elsewhere
from assistant.extractive.tabular.linking import Linked, times_of
from assistant.extractive.tabular.telling import called, header, shown
from assistant.extractive.tabular.views import Column, Record, View
from assistant.question.question import Question
from assistant.reading.agreement import unit_fit
from assistant.reading.reader import shipped_reader

LEAST = 0.5
"""The probability by the reader from which on a row in words answers."""
_MOST_CAPTION = 60
_MOST_ROWS = 8


def read(question: Question, asked: Iterable[Linked]) -> list[Found]:
    """The cells that answer, the likeliest first; of rows whose whole name is said, and of the time asked about."""
    found: list[tuple[float, Found]] = []
    left = _MOST_ROWS
    for beside in asked:
        view, ask = beside.view, beside.ask
        if view.turned or not _is_for_one_cell(ask) or is_elsewhere(beside):
            continue
        named = [link for link in beside.links if link.column is None and link.whole]
        for record in [*dict.fromkeys(record for link in named for record in link.records)][:left]:
            left -= 1
            columns = [each for each in allowed_columns(view, ask, [record]) if each.at in record.values]
            if columns:
                sure, column = _pointed_at(question, view, record, columns)
                if sure >= LEAST and _fits(question, record, column):
                    times = times_of(view, column, record)
                    cell = Found(view, ask, (record,), (column,), "", False, 1 - sure, sure, times)
                    found.append((sure, cell))
    return [each for _, each in sorted(found, key=lambda each: -each[0])]


def is_read(question: Question, found: Found) -> bool:
    """Whether the reader, too, finds the answer in the one row that was found."""
    (record,) = found.records
    text, _ = in_words(found.view, record, [each for each in found.view.columns if each.at in record.values])
    return shipped_reader().answers(question.for_reading, text) >= LEAST


def in_words(view: View, record: Record, columns: Iterable[Column]) -> tuple[str, list[tuple[int, int]]]:
    """A row after what its table is about, and where in that text each of the cells stands."""
    text = f"{view.document.title}，{view.table.caption[-_MOST_CAPTION:]}\n{called(record)}："
    spans = []
    for column in columns:
        cell = f"{header(column)}为{shown(record.values[column.at], column)}"
        spans.append((len(text), len(text) + len(cell)))
        text += f"{cell}；"
    return text, spans


def _pointed_at(question: Question, view: View, record: Record, columns: list[Column]) -> tuple[float, Column]:
    text, spans = in_words(view, record, columns)
    (reading,) = shipped_reader().read(question.for_reading, [text])
    odds = [each.odds for each in reading.within_each(spans)]
    return shipped_reader().answers(question.for_reading, text), columns[odds.index(max(odds))]


def _is_for_one_cell(ask: Ask) -> bool:
    return not (ask.order or ask.bounds or ask.each or ask.result not in ("", "count", "share"))


def _fits(question: Question, record: Record, column: Column) -> bool:
    """Whether the cell is in a unit that was asked for."""
    figure = record.values[column.at].figure
    return figure is None or unit_fit(question, figure) > 0
