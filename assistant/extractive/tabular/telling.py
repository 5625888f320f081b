"""Telling: how what stands in a table is called, shown and cited in an answer."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.extractive.arithmetic import bare_unit
from assistant.extractive.compose import Quote
from assistant.extractive.tabular.finding import Found
from assistant.extractive.tabular.linking import without_times
from assistant.extractive.tabular.views import Column, Record, Value, View
from assistant.library import Library
from assistant.question.terms import flattened
from sources.mentions.periods import label


def time(found: Found, columns: Sequence[Column]) -> str:
    """The time asked about or, where none is, the one that all the values are known to be of; "" where the headers or
    the row name it."""
    if any(column.dated or column.periods for column in columns) or any(each.periods for each in found.records):
        return ""
    headers = "".join(column.title for column in columns) + "".join(record.label for record in found.records)
    times = found.times if found.ask.dates else _read(found, columns)
    words = label(times[0]) if times else ""
    return words if words not in headers else ""


def _read(found: Found, columns: Sequence[Column]) -> tuple[str, ...]:
    """The one time that the values' figures were read to be of; () where there is none, or several, or where a header
    names one, which would seem to be meant."""
    if any(column.periods for column in found.view.columns):
        return ()
    values = [record.values.get(column.at) for record in found.records for column in columns]
    times = {each.figure.period for each in values if each and each.figure}
    return tuple(times) if times != {""} and len(times) == 1 else ()


def called(record: Record) -> str:
    """What a row is called; one that is a year alone by its full name."""
    is_year = len(record.periods) == 1 and record.label == record.periods[0]
    return label(record.periods[0]) if is_year else record.label


def header(column: Column) -> str:
    """What the column is called."""
    return column.title or "数值"


def name(found: Found, column: Column, value: Value) -> str:
    """What the value is called: its header, or where this only names a time, what the table measures."""
    if column.own and without_times(column):
        return header(column)
    measured = value.figure.metric if value.figure and not found.view.turned else ""
    # In a table of indicators by years the row says what is measured.
    return measured if measured and flattened(measured) not in flattened(found.records[0].label) else ""


def shown(value: Value, column: Column) -> str:
    """The value as printed, a number with its unit."""
    text = " ".join(value.text.split())
    if value.number is None or not text[-1:].isdigit():
        return text
    unit = (bare_unit(value.figure) if value.figure else "") or ("" if value.figure else column.unit)
    return f"{text}{unit}"


def quote(view: View, value: Value, library: Library) -> Quote:
    """The row of the table that the value stands in."""
    start, end = view.line_of(value)
    return Quote(library.passage_at(view.document.id, start), start, end)
