"""Telling: how what stands in a table is called, shown and cited in an answer."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.extractive.arithmetic import bare_unit
from assistant.extractive.compose import Quote
from assistant.extractive.tabular.finding import Found
from assistant.extractive.tabular.linking import without_times
from assistant.extractive.tabular.views import Column, Value, View
from assistant.library import Library
from assistant.question.terms import flattened
from sources.mentions.periods import label


def time(found: Found, columns: Sequence[Column]) -> str:
    """The time asked about, unless the headers or the row name it."""
    if not found.ask.dates:
        return ""
    headers = "".join(column.title for column in columns) + "".join(record.label for record in found.records)
    words = label(found.times[0]) if found.times else ""
    return words if words and words not in headers and not any(each.dated for each in columns) else ""


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
