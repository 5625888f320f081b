"""Finding: the rows and columns of a table that answer a question, or nothing where it asks for something else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from assistant.question.terms import flattened
from assistant.tabular.asks import COUNTERS, Ask, Bound, Comparison, Result
from assistant.tabular.linking import (
    Chosen,
    Link,
    Linked,
    choose,
    fits,
    is_change,
    linked,
    newest,
    times_of,
    unexplained,
    without_times,
)
from assistant.tabular.views import Column, Record, Value, View
from sources.mentions.numerals import quantities
from sources.mentions.periods import Fit, fit, when
from sources.mentions.regions import part_of, regions

_HOW_MUCH = re.compile(r"多少|百分之几|几[个成]")
_MOST_UNEXPLAINED = 0.45
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
    absent: tuple[str, ...] = ()
    """Things that were named and stand in no row."""


def find(ask: Ask, view: View) -> Found | None:
    """What of the table answers."""
    beside = linked(ask, view)
    if _is_elsewhere(beside):
        return None
    named = [link for link in beside.links if link.column is None]
    if named:
        return _of_named(beside, named)
    return _of_picked(beside)


def _is_elsewhere(beside: Linked) -> bool:
    """Whether the question names a place that neither a row nor the table's document is about."""
    view = beside.view
    if not view.document.regions:
        return False
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


# --- rows that are named ------------------------------------------------------------------------------------------


def _of_named(beside: Linked, named: Sequence[Link]) -> Found | None:
    ask, view = beside.ask, beside.view
    records = list(dict.fromkeys(record for link in named for record in link.records))
    conditions = [link for link in beside.links if link.column is not None]
    if len(records) > len(named):  # one name, several rows: what else is said tells which
        met = [each for each in records if all(each in link.records for link in conditions)]
        records = met or records
    asked = [date.value for date in ask.dates]
    in_time = [each for each in records if not each.periods or fits(asked, each.periods)]
    records = in_time or records
    allowed = _allowed(view, asked, records)
    chosen = _chosen(beside, allowed, records)
    if chosen is None or chosen.unexplained > _MOST_UNEXPLAINED:
        return None
    columns = tuple(column for column in chosen.columns if any(column.at in record.values for record in records))
    if not columns or _is_no_number(ask, records, columns):
        return None
    result: Result = ask.result if ask.result != "count" else ""
    if result and not _may_reckon(result, records, columns):
        result = ""
    if ask.order and len(records) > 1:
        records = _ordered(records, columns[0], least=ask.order == "least")
    score = 2.0 * sum(link.whole for link in named) + chosen.score
    return Found(
        view,
        ask,
        tuple(records),
        columns,
        result,
        False,
        chosen.unexplained,
        score,
        times_of(view, columns[0], records[0]),
    )


def _is_no_number(ask: Ask, records: Sequence[Record], columns: Sequence[Column]) -> bool:
    """Whether a number is asked for and none of the cells has one."""
    values = [record.values[column.at].text for record in records for column in columns if column.at in record.values]
    return bool(_HOW_MUCH.search(ask.text)) and not any(any(each.isdigit() for each in text) for text in values)


def _may_reckon(result: Result, records: Sequence[Record], columns: Sequence[Column]) -> bool:
    if result == "difference":
        return len(records) == 2 and columns[0].numeric
    return result in ("sum", "mean") and len(records) > 1 and columns[0].numeric


def _chosen(beside: Linked, allowed: Sequence[Column], records: Sequence[Record]) -> Chosen | None:
    filled = [column for column in allowed if any(column.at in record.values for record in records)]
    if len(filled) == 1:  # there is nothing to choose: the headers needn't be said
        return choose(beside, allowed=filled) or Chosen((filled[0],), unexplained(beside, filled), 0.2)
    return choose(beside, allowed=filled)


def _allowed(view: View, asked: Sequence[str], records: Sequence[Record]) -> list[Column]:
    """The columns whose values are of the time asked about, or, where none is asked about, of the newest."""
    of_time = [
        column
        for column in view.columns
        if fits(asked, times_of(view, column, next(iter(records), None)))
        or (not column.numeric and fits(asked, view.periods))
        or (column.dated and asked)
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


# --- rows that are picked -----------------------------------------------------------------------------------------


def _of_picked(beside: Linked) -> Found | None:
    ask, view = beside.ask, beside.view
    asked = [date.value for date in ask.dates]
    things = [record for record in view.records if not record.total]
    picked = list(things)
    columns: list[Column] = []
    conditions = [link for link in beside.links if link.column is not None]
    for link in conditions:
        picked = [record for record in picked if record in link.records]
        columns.append(link.column)  # type: ignore[arg-type]
    allowed = [column for column in _allowed(view, asked, []) if column not in columns]
    bounds = [bound for bound in ask.bounds if bound.quantity is not None] or _equal(ask)
    dated = [bound for bound in ask.bounds if bound.period is not None]
    wants_number = bool(bounds or ask.order or ask.sign or ask.result in ("sum", "mean"))
    numeric = [column for column in allowed if column.numeric or (ask.order and column.dated)]
    chosen = choose(beside, allowed=numeric if wants_number and not dated else allowed)
    if chosen is None:
        if not conditions or wants_number:
            return None
        chosen = Chosen((), unexplained(beside, columns), 0.0)
    open_share = unexplained(beside, [*columns, *chosen.columns])
    if open_share > _MOST_UNEXPLAINED:
        return None
    told = [column for column in chosen.columns if column not in columns]
    if conditions and not (ask.which or ask.result or told):
        return None  # the row would only echo the question
    columns += told
    if ask.sign:
        picked, columns = _by_sign(beside, picked, chosen, columns)
    for bound in bounds:
        column = _bounded(bound, chosen.columns)
        if column is None:
            return None
        picked = [record for record in picked if _meets(record.values.get(column.at), bound)]
    for bound in dated:
        column = next((each for each in chosen.columns if each.dated), None)
        if column is None:
            return None
        picked = [record for record in picked if _in_time(record.values.get(column.at), bound)]
    against = [bound for bound in ask.bounds if bound.quantity is None and bound.period is None]
    compared = None
    if against and not (bounds or dated or conditions):
        compared = _against(beside, against[0], numeric)
        if compared is None:
            return None
        one, other = compared
        columns = [one, other]
        picked = [record for record in picked if _compared(record, one, other, against[0].comparison)]
    if ask.order and columns:
        column = next((each for each in columns if each.numeric or each.dated), None)
        if column is None:
            return None
        picked = _ordered(picked, column, least=ask.order == "least")
        picked = picked[: ask.top] if ask.top else _best(picked, column)
    has_condition = bool(conditions or bounds or dated or ask.sign or ask.order or compared)
    result: Result = ask.result
    if not has_condition:
        if result in ("sum", "mean"):
            pass
        elif ask.each or (ask.result == "count" and not chosen.columns):
            picked = picked if ask.each else []
        else:
            return _of_the_whole(beside, chosen)
    if result == "difference" and compared is None and len(picked) != 2:
        result = ""
    if result == "count" and not (ask.which or has_condition):
        result = ""
    if not picked or not columns:
        return None
    score = 1.0 * len(conditions) + chosen.score + 0.5 * has_condition
    return Found(
        view, ask, tuple(picked), tuple(columns), result, True, open_share, score,
        times_of(view, columns[0]),
    )  # fmt: skip


def _equal(ask: Ask) -> list[Bound]:
    """The numbers that a question for rows just states, as what they must be: 规模是1000吨的有哪些."""
    if not ask.which or ask.order:
        return []
    skip = [(date.start, date.end) for date in ask.dates]
    return [
        Bound("=", number.start, number.end, number)
        for number in quantities(ask.text, skip=skip)
        if number.unit
        and number.unit not in COUNTERS
        and not any(bound.start <= number.start < bound.end for bound in ask.bounds)
    ]


def _of_the_whole(beside: Linked, chosen: Chosen) -> Found | None:
    """The row that sums up the others, where the question names none of these and asks for a value."""
    view, ask = beside.view, beside.ask
    whole = [record for record in view.records if record.total]
    if len(view.records) - len(whole) == 1:  # a table about one thing needn't have it named
        whole = [record for record in view.records if not record.total]
    if len(whole) != 1 or ask.which or ask.result in ("difference", "share"):
        return None
    columns = tuple(column for column in chosen.columns if column.at in whole[0].values)
    if not columns:
        return None
    return Found(
        view,
        ask,
        tuple(whole),
        columns,
        "",
        False,
        chosen.unexplained,
        chosen.score,
        times_of(view, columns[0], whole[0]),
    )


def _by_sign(
    beside: Linked, records: Sequence[Record], chosen: Chosen, columns: list[Column]
) -> tuple[list[Record], list[Column]]:
    """The rows whose change is of the sign asked for: by a column of changes, or by what two years have."""
    sign = beside.ask.sign
    column = next((each for each in chosen.columns if is_change(each) and each.numeric), None)
    column = column or next((each for each in chosen.columns if _has_both_signs(records, each)), None)
    if column is None:
        return [], columns
    kept = [
        each for each in records if (number := _number(each.values.get(column.at))) is not None and number * sign > 0
    ]
    return kept, [column, *(each for each in columns if each is not column and each not in chosen.columns)]


def _has_both_signs(records: Iterable[Record], column: Column) -> bool:
    return any((number := _number(record.values.get(column.at))) is not None and number < 0 for record in records)


def _number(value: Value | None) -> Decimal | None:
    return None if value is None else value.number


def _bounded(bound: Bound, columns: Sequence[Column]) -> Column | None:
    assert bound.quantity is not None
    return next((column for column in columns if column.numeric), None)


def _meets(value: Value | None, bound: Bound) -> bool:
    number, wanted = _number(value), bound.quantity
    if number is None or wanted is None:
        return False
    unit = value.figure.unit if value is not None and value.figure else ""
    if wanted.unit and unit and wanted.unit != unit and wanted.unit not in unit:
        return False
    if bound.upper is not None:
        return wanted.value <= number <= bound.upper.value
    return _holds(number, bound.comparison, wanted.value)


def _holds(one: Decimal, comparison: Comparison, other: Decimal) -> bool:
    return {">": one > other, ">=": one >= other, "<": one < other, "<=": one <= other, "=": one == other}[comparison]


def _in_time(value: Value | None, bound: Bound) -> bool:
    if value is None or not value.period or bound.period is None:
        return False
    if fit(bound.period.value, value.period) in (Fit.EXACT, Fit.WITHIN) and bound.comparison in ("<=", ">=", "="):
        return True
    first, last = when(value.period), when(bound.period.value)
    return _holds_dates(first[0].toordinal(), bound.comparison, last[0].toordinal())


def _holds_dates(one: int, comparison: Comparison, other: int) -> bool:
    return {">": one > other, ">=": one >= other, "<": one < other, "<=": one <= other, "=": one == other}[comparison]


def _against(beside: Linked, bound: Bound, numeric: Sequence[Column]) -> tuple[Column, Column] | None:
    """The two columns that are compared: the one said after 超过, and the one beside it that measures the same."""
    text = beside.ask.text[bound.end :]
    other = max(
        (column for column in numeric if column.own and column.own in text[: len(column.own) + 2]),
        key=lambda column: len(column.own),
        default=None,
    )
    if other is None:
        return None
    alike = [column for column in numeric if column is not other and _alike(column, other)]
    return (alike[0], other) if len(alike) == 1 else None


def _alike(one: Column, other: Column) -> bool:
    """Whether two columns measure the same: one unit, and a word in common at the end."""
    return one.unit == other.unit and one.own[-2:] == other.own[-2:]


def _compared(record: Record, one: Column, other: Column, comparison: Comparison) -> bool:
    left, right = _number(record.values.get(one.at)), _number(record.values.get(other.at))
    return left is not None and right is not None and _holds(left, comparison, right)


def _ordered(records: Sequence[Record], column: Column, *, least: bool) -> list[Record]:
    def key(record: Record) -> Decimal:
        value = record.values[column.at]
        return value.number if value.number is not None else Decimal(when(value.period)[0].toordinal())

    known = [record for record in records if (value := record.values.get(column.at)) and _sortable(value)]
    return sorted(known, key=key, reverse=not least)


def _sortable(value: Value) -> bool:
    return value.number is not None or bool(value.period)


def _best(records: Sequence[Record], column: Column) -> list[Record]:
    """The first of the ordered rows, with those that are no worse."""
    if not records:
        return []
    best = records[0].values[column.at]
    return [
        record
        for record in records
        if (value := record.values[column.at]).number == best.number and value.period == best.period
    ]
