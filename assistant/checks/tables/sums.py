"""Sums, averages, shares and differences shown over cited cells: 合计49230万元＝9200＋4100＋35930.

Every operand must be a cell of the column that is named, each cell once, and the result right.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from assistant.checks.formulas import Formula, Operand
from assistant.checks.problems import Problem
from assistant.checks.support import flat
from assistant.checks.tables.naming import Around, is_of_row, named_columns
from assistant.checks.tables.sheet import MOMENT, CitedRow, Sheet, Value
from assistant.checks.tables.values import cells_with
from sources.tables import TableCell

_COUNTED = re.compile(
    r"(?P<count>\d+|[二两三四五六七八九十]+)(?:个|项|家|条|种|类|座|所|县|镇|村|款|宗)[^，。；]{0,8}(?:合计|共|总|之和|平均)"
)
_OF_ALL = re.compile("合计|总计|共|之和|总和|平均")
_DIGITS = {digit: at for at, digit in enumerate("零一二三四五六七八九十")} | {"两": 2}
_CONSTANTS = frozenset(Decimal(number) for number in (1, 2, 10, 12, 100, 1000, 10**4, 10**8))
_TIMES = re.compile(r"[×*x÷/／]\s*$")
_Cell = tuple[CitedRow, TableCell, Value]


def check(
    formula: Formula, text: str, rows: Sequence[CitedRow], words: Around, known: Sequence[Decimal] = ()
) -> Iterator[Problem]:
    """What is wrong with a calculation over cells of the cited rows. `known` are results shown before."""
    printed = text[formula.start : formula.end]
    if formula.elided:
        if not _is_sum_of_column(formula, rows, words):
            yield Problem("number_mismatch", printed)
        return
    if not formula.right:
        yield Problem("number_mismatch", printed)
    divisors = set(formula.divisors)
    operands: list[tuple[Operand, list[_Cell]]] = []
    count = sum(1 for operand in formula.operands if operand not in divisors)
    for operand in formula.operands:
        cells = cells_with(operand.value, rows, scaled=operand.scaled)
        is_factor = operand.value in _CONSTANTS and _TIMES.search(text, 0, operand.start)
        if not cells and (is_factor or operand.value in known):
            continue
        if not cells and operand in divisors and operand.value == count:
            continue  # the count of those added up
        if not cells:
            yield Problem("number_unsupported", text[operand.start : operand.end])
            continue
        if operand in divisors and operand.value == count and not operand.unit:
            continue
        operands.append((operand, cells))
    if operands and not _belong_together([cells for _, cells in operands], rows, words):
        yield Problem("number_mismatch", printed)
    if _leaves_out(text, rows, count):
        yield Problem("number_mismatch", printed)
    said = _COUNTED.search(text, 0, formula.end)
    if said and count > 1 and not formula.divisors and _number(said["count"]) != count:
        yield Problem("number_mismatch", said[0])


def _leaves_out(text: str, rows: Sequence[CitedRow], count: int) -> bool:
    """Whether what is said to be the sum or the mean of a group, none of whose rows is named, lacks some of them."""
    if not _OF_ALL.search(text):
        return False
    words = flat(text)
    for sheet in {id(cited.sheet): cited.sheet for cited in rows}.values():
        groups = [inside for name, inside in sheet.groups.items() if name in words]
        if groups and not sheet.named(words) and count not in [len(inside & set(sheet.rows)) for inside in groups]:
            return True
    return False


def _number(text: str) -> int:
    return int(text) if text.isdigit() else _DIGITS.get(text, -1)


def _belong_together(operands: Sequence[Sequence[_Cell]], rows: Sequence[CitedRow], words: Around) -> bool:
    """Whether the operands stand in one column, the named one, each in a row of its own; or in one row, that is named,
    under headers that are named, or in tables of one kind."""
    for sheet in {id(cited.sheet): cited.sheet for cited in rows}.values():
        columns = set.intersection(
            *({cell.column for cited, cell, _ in cells if cited.sheet is sheet} for cells in operands)
        )
        columns = {column for column in columns if _have_rows_of_their_own(operands, sheet, column)}
        if columns:
            return _is_named(sheet, columns, words)
    for cited in rows:
        if all(any(each[0] is cited for each in cells) for cells in operands):
            return is_of_row(cited, words)
    sheets = [{id(cited.sheet) for cited, _, _ in cells} for cells in operands]
    return not set.intersection(*sheets)


def _have_rows_of_their_own(operands: Sequence[Sequence[_Cell]], sheet: Sheet, column: int) -> bool:
    """Whether no cell is counted twice: as many cells hold a value as operands do."""
    values = [
        next((value.raw for cited, cell, value in cells if cited.sheet is sheet and cell.column == column), None)
        for cells in operands
    ]
    held: Counter[Decimal | None] = Counter()
    seen: set[tuple[int, int]] = set()
    for cells in operands:
        for cited, cell, value in cells:
            if cited.sheet is sheet and cell.column == column and (cell.row, cell.column) not in seen:
                seen.add((cell.row, cell.column))
                held[value.raw] += 1
    return all(held[value] >= times for value, times in Counter(values).items())


def _is_named(sheet: Sheet, columns: set[int], words: Around) -> bool:
    """Whether the words mean one of these columns, or name none where no other could be meant."""
    numeric = [column for column in range(len(sheet.columns)) if _adds_up(sheet, column)]
    left, is_named = named_columns(sheet, words.all, numeric)
    if is_named:
        return bool(columns & set(left))
    return set(numeric) <= columns


def _adds_up(sheet: Sheet, column: int) -> bool:
    values = sheet.ordered(column)
    return len(values) > 1 and next(iter(values.values())).quantity.unit != MOMENT


def _is_sum_of_column(formula: Formula, rows: Sequence[CitedRow], words: Around) -> bool:
    """Whether 合计X＝a＋b＋… gives the sum over the cited rows of the named column, which begins with a and b."""
    for sheet in {id(cited.sheet): cited.sheet for cited in rows}.values():
        cited = [each.row for each in rows if each.sheet is sheet]
        numeric = [column for column in range(len(sheet.columns)) if _adds_up(sheet, column)]
        left, _ = named_columns(sheet, words.all, numeric)
        for column in left:
            values = [sheet.ordered(column)[row] for row in cited if row in sheet.ordered(column)]
            first = [value.raw for value in values[: len(formula.operands)]]
            total = sum((value.quantity.value for value in values), Decimal(0))
            if [operand.value for operand in formula.operands] == first and formula.result.value in (
                total,
                sum((value.raw for value in values), Decimal(0)),
            ):
                return True
    return False
