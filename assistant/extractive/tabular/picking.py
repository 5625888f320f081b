"""Picking: the rows of a table that meet the conditions of a question, come first in its order, or are all of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from assistant.extractive.tabular.asks import COUNTERS, Ask, Bound, Comparison, Result
from assistant.extractive.tabular.finding import MOST_UNEXPLAINED, Found, allowed_columns, ordered
from assistant.extractive.tabular.linking import Chosen, Linked, choose, fits, is_change, times_of, unexplained
from assistant.extractive.tabular.views import Column, Record, Value
from sources.mentions.numerals import quantities
from sources.mentions.periods import Fit, fit, when

_NOT_BEFORE = re.compile(r"(?:不[是为在属含]于?|非|除了?|排除|不包括|没有)$")
_NOT_AFTER = re.compile(r"(?:以外|之外|除外)")


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold of a row, and the columns that tell whether it does."""

    columns: tuple[Column, ...]
    holds: Callable[[Record], bool]


def pick(beside: Linked) -> Found | None:
    """The rows that the question asks for without naming them, and the columns it asks for."""
    ask, view = beside.ask, beside.view
    stated = _stated(beside)
    known = [column for condition in stated for column in condition.columns]
    chosen = _chosen(beside, known)
    if chosen is None or unexplained(beside, [*known, *chosen.columns]) > MOST_UNEXPLAINED:
        return None
    asked_for = tuple(column for column in chosen.columns if column not in known)
    if stated and not (ask.which or ask.result or asked_for):
        return None  # the row would only echo the question
    further = _further(beside, chosen, alone=not stated)
    if further is None:
        return None
    conditions = [*stated, *further]
    result: Result = ask.result
    if result == "count" and not conditions and any(column.numeric for column in asked_for):
        result = "sum"  # 一共有多少家 of a column of numbers
    if not conditions and not ask.order and not ask.each and result not in ("sum", "mean"):
        return _of_the_whole(beside, chosen)
    columns = _once([column for each in conditions for column in each.columns], asked_for)
    records = [record for record in view.records if not record.total and all(each.holds(record) for each in conditions)]
    if ask.order:
        column = next((each for each in (*asked_for, *columns) if each.numeric or each.dated), None)
        if column is None:
            return None
        records = ordered(records, column, least=ask.order == "least")
        records = records[: ask.top] if ask.top else _best(records, column)
        columns = _once([column], columns)
    if not records or not columns:
        return None
    if result == "difference" and not any(len(each.columns) == 2 for each in conditions) and len(records) != 2:
        result = ""
    score = chosen.score + len(stated) + (0.5 if conditions or ask.order else 0.0)
    open_share = unexplained(beside, columns)
    return Found(
        view, ask, tuple(records), columns, result, picked=True, unexplained=open_share, score=score,
        times=times_of(view, columns[0]),
    )  # fmt: skip


def _stated(beside: Linked) -> list[Condition]:
    """That a cell holds words of the question; or doesn't, after 不是 or before 以外; either, where 或 joins them."""
    text = beside.ask.text
    found: list[Condition] = []
    last = None
    for link in sorted(beside.links, key=lambda link: link.start):
        if link.column is None:
            continue
        denied = bool(_NOT_BEFORE.search(text, 0, link.start) or _NOT_AFTER.match(text, link.end))
        condition = Condition((link.column,), partial(_is_among, frozenset(link.records), not denied))
        if last is not None and "或" in text[last.end : link.start]:
            condition = Condition((*found[-1].columns, link.column), partial(_either, found.pop(), condition))
        found.append(condition)
        last = link
    return found


def _is_among(records: frozenset[Record], wanted: bool, record: Record) -> bool:
    return (record in records) is wanted


def _either(one: Condition, other: Condition, record: Record) -> bool:
    return one.holds(record) or other.holds(record)


def _once(first: Sequence[Column], second: Sequence[Column]) -> tuple[Column, ...]:
    return tuple({column.at: column for column in (*first, *second)}.values())


def _chosen(beside: Linked, known: Sequence[Column]) -> Chosen | None:
    """The columns asked for besides those `known`; none of them is needed where these are conditions already."""
    ask = beside.ask
    allowed = [column for column in allowed_columns(beside.view, ask, []) if column not in known]
    dated = any(bound.period for bound in ask.bounds)
    reckons = bool(ask.order or ask.sign or ask.result in ("sum", "mean") or _numbers(ask))
    if reckons and not dated:
        ranked = [each for each in allowed if each.numeric or (ask.order and each.dated)]
        chosen = choose(beside, allowed=ranked)
        if chosen is None and ask.order and len(ranked) == 1:  # there is just one thing to go by
            return Chosen((ranked[0],), unexplained(beside, ranked), 0.2)
        return chosen
    chosen = choose(beside, allowed=allowed)
    return chosen or (Chosen((), 0.0, 0.0) if known and not reckons else None)


def _further(beside: Linked, chosen: Chosen, *, alone: bool) -> list[Condition] | None:
    """The conditions on numbers and dates, each on the first column that can meet it; None where one has no column."""
    ask = beside.ask
    found: list[Condition] = []
    if ask.sign:
        found.append(_of_sign(beside, chosen))
    for bound in _numbers(ask):
        column = next((each for each in chosen.columns if each.numeric), None)
        if column is None:
            return None
        found.append(_bounded(column, bound))
    for bound in ask.bounds:
        if bound.period is None:
            continue
        column = next((each for each in chosen.columns if each.dated), None)
        if column is None:
            return None
        found.append(_bounded(column, bound))
    for date in ask.dates:
        times = [time for each in (*chosen.columns, None) for time in times_of(beside.view, each)]
        if fits([date.value], times):
            continue
        column = next((each for each in chosen.columns if each.dated), None)
        if column is None:
            return None
        found.append(_bounded(column, Bound("=", date.start, date.end, period=date)))
    against = [bound for bound in ask.bounds if bound.quantity is None and bound.period is None]
    if against and alone and not found:
        pair = _against(beside, against[0])
        if pair is None:
            return None
        found.append(_compared(*pair, against[0].comparison))
    return found


def _numbers(ask: Ask) -> list[Bound]:
    return [bound for bound in ask.bounds if bound.quantity is not None] or _equal(ask)


def _bounded(column: Column, bound: Bound) -> Condition:
    meets = _in_time if bound.period is not None else _meets
    return Condition((column,), lambda record: meets(record.values.get(column.at), bound))


def _of_sign(beside: Linked, chosen: Chosen) -> Condition:
    """What rises, or falls: by a column of changes, or by one that has values on both sides of nothing."""
    sign, records = beside.ask.sign, beside.view.records
    changes = [each for each in chosen.columns if each.numeric and is_change(each)]
    column = next(iter(changes), None) or next((each for each in chosen.columns if _falls(records, each)), None)
    if column is None:
        return Condition((), lambda _: False)

    def holds(record: Record) -> bool:
        number = _number(record.values.get(column.at))
        return number is not None and number * sign > 0

    return Condition((column,), holds)


def _falls(records: Iterable[Record], column: Column) -> bool:
    return any((number := _number(record.values.get(column.at))) is not None and number < 0 for record in records)


def _compared(one: Column, other: Column, comparison: Comparison) -> Condition:
    def holds(record: Record) -> bool:
        left, right = _number(record.values.get(one.at)), _number(record.values.get(other.at))
        return left is not None and right is not None and _holds(left, comparison, right)

    return Condition((one, other), holds)


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


def _number(value: Value | None) -> Decimal | None:
    return None if value is None else value.number


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
    return _holds(Decimal(first[0].toordinal()), bound.comparison, Decimal(last[0].toordinal()))


def _against(beside: Linked, bound: Bound) -> tuple[Column, Column] | None:
    """The two columns that are compared: the one said after 超过, and the one beside it that measures the same."""
    text = beside.ask.text[bound.end :]
    numeric = [column for column in beside.view.columns if column.numeric]
    said = [column for column in numeric if column.own and column.own in text[: len(column.own) + 2]]
    other = max(said, key=lambda column: len(column.own), default=None)
    if other is None:
        return None
    alike = [
        each for each in numeric if each is not other and each.unit == other.unit and each.own[-2:] == other.own[-2:]
    ]
    return (alike[0], other) if len(alike) == 1 else None


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
