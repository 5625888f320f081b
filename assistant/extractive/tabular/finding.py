"""Finding: the rows and columns of a table that answer a question, or nothing where it asks for something else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from assistant.extractive.tabular.asks import Ask, Result
from assistant.extractive.tabular.linking import (
    Chosen,
    Link,
    Linked,
    choose,
    fits,
    newest,
    tells_any,
    times_of,
    unexplained,
    without_times,
)
from assistant.extractive.tabular.views import Column, Record, Value, View, plain_words
from assistant.question.terms import flattened
from sources.mentions.periods import when
from sources.mentions.regions import part_of, regions

_HOW_MUCH = re.compile(r"多少|百分之几|几[个成]")
_BY_PARTS = re.compile(r"[各每逐哪几][个一]?(?:季|月)")
"""What asks for the parts of a year, each of which is none of the whole."""
MOST_UNEXPLAINED = 0.45
"""The share of a question's words, by weight, that a table may leave open and still answer."""


@dataclass(frozen=True)
class Found:
    """What answers, in one table."""

    view: View
    ask: Ask
    records: tuple[Record, ...]
    """In the order in which they are told."""
    columns: tuple[Column, ...]
    """The columns asked for, and those that a condition is on."""
    result: Result
    """What is worked out of the rows, over the first of the columns."""
    picked: bool
    """Whether the rows were picked by a condition, rather than named."""
    unexplained: float
    score: float
    times: tuple[str, ...]

    @property
    def is_one_cell(self) -> bool:
        """Whether it is one named row's value in one column."""
        return (
            not self.picked
            and len(self.records) == len(self.columns) == 1
            and self.columns[0].at in self.records[0].values
        )


def is_elsewhere(beside: Linked) -> bool:
    """Whether the question names a place that neither a row nor the table's document is about."""
    view = beside.view
    for place in regions(beside.ask.text, home=view.document.regions):
        named = any(link.start < place.end and place.start < link.end for link in beside.links)
        if (
            not place.name
            or named
            or flattened(place.name) in view.context
            or beside.ask.text[place.start : place.end] in view.context
        ):
            continue
        homes = view.document.regions
        if not any(home == place.name or part_of(home, place.name) for home in homes):
            return True
    return False


def of_named(beside: Linked, named: Sequence[Link]) -> Found | None:
    """The rows that the question names, with the columns it asks for."""
    ask, view = beside.ask, beside.view
    # 合计 in a question for several rows is what is to be done with them, not a row.
    things = [link for link in named if not all(record.total for record in link.records)]
    named = things or named
    records = _meant(beside, named)
    conditions = [link for link in beside.links if link.column is not None]
    if len(records) > len(named):  # one name, several rows: what else is said tells which
        met = [each for each in records if all(each in link.records for link in conditions)]
        records = met or records
    asked = [date.value for date in ask.dates]
    in_time = [each for each in records if not each.periods or fits(asked, each.periods)]
    records = in_time or records
    allowed = allowed_columns(view, ask, records)
    chosen = _chosen(beside, allowed, records)
    if chosen is None or chosen.unexplained > MOST_UNEXPLAINED:
        return None
    columns = tuple(column for column in chosen.columns if any(column.at in record.values for record in records))
    if not columns or _is_no_number(ask, records, columns):
        return None
    if ask.each and len(records) == len(columns) == 1:
        return None  # 各县 isn't told by one cell
    result: Result = ask.result if ask.result != "count" else ""
    whole = _whole(view)
    if result == "share" and len(records) == 1 and whole is not None and columns[0].unit not in ("%", "％", "‰"):
        records = [*records, whole]
    elif result and not _may_reckon(result, records, columns):
        result = ""
    if ask.order and len(records) > 1:
        records = ordered(records, columns[0], least=ask.order == "least")
    score = 2.0 * sum(link.whole for link in named) + chosen.score
    return Found(
        view, ask, tuple(records), columns, result, picked=False, unexplained=chosen.unexplained, score=score,
        times=times_of(view, columns[0], records[0]),
    )  # fmt: skip


def _meant(beside: Linked, named: Sequence[Link]) -> list[Record]:
    """The rows that the names mean: of names in one column any of theirs, of names in two those that both are of.

    嘉善县和海盐县 are two rows; 嘉善县的农村公路 is one, or none.
    """
    by_column: dict[int | None, list[Record]] = {}
    for link in named:
        by_column.setdefault(_column_of(link, beside.ask.text[link.start : link.end]), []).extend(link.records)
    every = list(dict.fromkeys(record for records in by_column.values() for record in records))
    if None in by_column:
        return every
    return [record for record in every if all(record in records for records in by_column.values())]


def _column_of(link: Link, words: str) -> int | None:
    """Which of the rows' labels a name is; None where it is several, or not the same one of all."""
    places = {
        next((at for at, label in enumerate(record.printed) if plain_words(label).startswith(words)), None)
        for record in link.records
    }
    return places.pop() if len(places) == 1 else None


def _is_no_number(ask: Ask, records: Sequence[Record], columns: Sequence[Column]) -> bool:
    """Whether a number is asked for and none of the cells has one."""
    values = [record.values[column.at].text for record in records for column in columns if column.at in record.values]
    return bool(_HOW_MUCH.search(ask.text)) and not any(any(each.isdigit() for each in text) for text in values)


def _whole(view: View) -> Record | None:
    """The row that sums up the others, where there is just one."""
    totals = [record for record in view.records if record.total]
    return totals[0] if len(totals) == 1 else None


def _may_reckon(result: Result, records: Sequence[Record], columns: Sequence[Column]) -> bool:
    if result in ("difference", "share"):
        return len(records) == 2 and columns[0].numeric
    return result in ("sum", "mean") and len(records) > 1 and columns[0].numeric


def _chosen(beside: Linked, allowed: Sequence[Column], records: Sequence[Record]) -> Chosen | None:
    filled = [column for column in allowed if any(column.at in record.values for record in records)]
    if len(filled) == 1:  # there is nothing to choose: the headers needn't be said
        return choose(beside, allowed=filled) or Chosen((filled[0],), unexplained(beside, filled), 0.2)
    return choose(beside, allowed=filled)


def allowed_columns(view: View, ask: Ask, records: Sequence[Record]) -> list[Column]:
    """The columns whose values are of the time asked about, or, where none is asked about, of the newest."""
    asked = [date.value for date in ask.dates]
    answers = fits if _BY_PARTS.search(ask.text) else tells_any
    of_time = [
        column
        for column in view.columns
        if answers(asked, times_of(view, column, next(iter(records), None)))
        or (not column.numeric and fits(asked, view.periods))
        or (column.dated and not records)
    ]
    if asked:
        return of_time
    latest: dict[str, Column] = {}
    for column in view.columns:
        if not column.periods:
            continue
        bare = without_times(column)
        if bare not in latest or newest(column.periods) > newest(latest[bare].periods):
            latest[bare] = column
    return [column for column in view.columns if not column.periods or latest[without_times(column)] is column]


def ordered(records: Sequence[Record], column: Column, *, least: bool) -> list[Record]:
    """The rows that have a number or a date in the column, the greatest first, or the least."""

    def key(record: Record) -> Decimal:
        value = record.values[column.at]
        return value.number if value.number is not None else Decimal(when(value.period)[0].toordinal())

    known = [record for record in records if (value := record.values.get(column.at)) and _sortable(value)]
    return sorted(known, key=key, reverse=not least)


def _sortable(value: Value) -> bool:
    return value.number is not None or bool(value.period)
