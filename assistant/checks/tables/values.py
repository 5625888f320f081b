"""Values: whether a number, a date or words of a sentence are what a cell says, unit, sign and bound included."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from assistant.checks.support import flat
from assistant.checks.tables.sheet import CitedRow, Value
from sources.figures.ranges import bound, bound_fits, is_rounded
from sources.mentions.numerals import Quantity
from sources.mentions.periods import periods
from sources.tables import TableCell

_COUNTED = frozenset("人名位户个项条家座所处种类件宗例起份台辆套块支批次场本栋幢间门头村镇县市款班艘架株棵")
"""What a number without a unit in its headers may be said to count."""
_PEOPLE = frozenset("人名位")
_FALLS = re.compile(r"下降|降低|减少|回落|下滑|下跌|跌幅|降幅|缩减|收窄|减幅|负增长|缩小|减产")
_RISES = re.compile(r"增长|增加|上升|提高|上涨|涨幅|增幅|回升|增产|扩大")
_NEXT_TO = re.compile(r"[一-鿿]{0,8}?(?:约|了|为|达到?|幅度?|到|近|超过?|[:：]|\s)*$")
_CHANGES = re.compile(r"同比|环比|增[长速幅减]|[涨降]幅|比上年|较上年|上涨|下降|变化|变动")
_BOUNDS = re.compile(r"[约近超余多≥≤><]|以[上下内]|不[低高少超足到]|至[多少]|最[高低多少]")
_LIMITS = re.compile("封顶|[上限下]限|限额|最[高低多少]|以内|不超过")
_UNIT_NOTE = re.compile(r"[（(](?:单位\s*[:：]\s*)?([^（）()]{1,10})[）)]|单位\s*[:：]\s*([^\s，。；|（）()]{1,10})")
_DIGITS = re.compile(r"\d+(?:[,，]\d{3})*(?:\.\d+)?")
_PER = re.compile(r"/[一-鿿A-Za-z]{1,3}")
_LONGEST_UNIT = 10
_OUTER = "。，,；;：:、 "


def says(claim: Quantity, text: str, cited: CitedRow, cell: TableCell, value: Value) -> bool:
    """Whether `claim` of `text` is the number in the cell, in its unit and with its sign."""
    printed = value.quantity
    if not _same_unit(claim, text, cited, cell, value):
        return False
    same = _equal(claim, value) or _is_rounded(claim, text, printed) or _in_named_unit(claim, text, cited, cell, value)
    if claim.upper is not None or printed.upper is not None:
        same = (claim.value, claim.upper) == (printed.value, printed.upper)
    return same and _same_direction(claim, text, cited, cell, value)


def bounded_alike(claim: Quantity, text: str, cited: CitedRow, cell: TableCell, value: Value) -> bool:
    """Whether `claim` is bounded as the number in the cell is: no 以上 where the cell has none."""
    printed = value.quantity
    inside = replace(printed, start=printed.start - cell.start, end=printed.end - cell.start)
    if not value.is_whole or bound(inside, cell.text):
        return bound_fits(claim, text, inside, cell.text)
    return (
        bound(claim, text) in ("", "about")
        or not _equal(claim, value)
        or bool(_BOUNDS.search(cell.text) or _LIMITS.search(cited.sheet.columns[cell.column].text))
    )


def _equal(claim: Quantity, value: Value) -> bool:
    return abs(claim.value) in _magnitudes(claim, value)


def _magnitudes(claim: Quantity, value: Value) -> tuple[Decimal, ...]:
    if _has_unit(claim):
        return (abs(value.quantity.value),)
    return abs(value.raw), abs(value.quantity.value)


def _has_unit(claim: Quantity) -> bool:
    return bool(claim.unit) or bool(re.search("[万亿]", claim.text))


def _is_rounded(claim: Quantity, text: str, printed: Quantity) -> bool:
    return claim.unit == printed.unit and is_rounded(claim, text, printed)


def _same_unit(claim: Quantity, text: str, cited: CitedRow, cell: TableCell, value: Value) -> bool:
    """The unit of the cell; one that the cell's headers or its row name; or a measure word for what has none."""
    given = value.quantity.unit
    if claim.unit == given or not claim.unit:
        return True
    whole, slash, per = given.partition("/")
    if slash and claim.unit == whole:
        return f"每{per}" in text  # 每公斤12.5元 of 元/公斤
    if {claim.kind, value.quantity.kind} & {"percent", "points", "ratio", "multiple"} and given:
        return False
    if claim.unit in _COUNTED and (given in _COUNTED or not given):
        # Measure words may be exchanged and left out, but people are counted as people.
        return not given or (claim.unit in _PEOPLE) == (given in _PEOPLE)
    if given:
        return False
    if claim.kind == "rank":
        return True
    return _names_unit_of(claim, text, cited, cell)


def _in_named_unit(claim: Quantity, text: str, cited: CitedRow, cell: TableCell, value: Value) -> bool:
    """Whether the claim is the number as printed, in a unit that only the words around the table name."""
    if value.quantity.unit or not value.is_whole or not (digits := _DIGITS.match(claim.text)):
        return False
    same = Decimal(re.sub("[,，]", "", digits[0])) == abs(value.raw)
    return same and _names_unit_of(claim, text, cited, cell)


def _names_unit_of(claim: Quantity, text: str, cited: CitedRow, cell: TableCell) -> bool:
    more = _PER.match(text, claim.end)  # 10.02元/股
    return f"{_unit_of(claim)}{more[0] if more else ''}" in _named_units(cited, cell)


def _unit_of(claim: Quantity) -> str:
    """The unit as printed: 万立方米 of 2,460万立方米."""
    return flat(re.sub(r"^[^\d]*[\d.,，]+\s*", "", claim.text))


def _named_units(cited: CitedRow, cell: TableCell) -> set[str]:
    """What stands in brackets or behind 单位： over the cell, beside its row and around the table."""
    table = cited.sheet.table
    texts = [*table.columns[cell.column], *cited.sheet.labels(cited.row)]
    texts += [table.caption, *table.notes, cited.sheet.above]
    texts += [other.text for other in cited.cells if len(other.text) <= _LONGEST_UNIT]
    named = {
        flat(re.split("[:：]", unit)[-1])
        for text in texts
        for match in _UNIT_NOTE.finditer(text)
        for unit in match.groups()
        if unit
    }
    return named | {flat(other.text) for other in cited.cells if len(other.text) <= _LONGEST_UNIT}


def _same_direction(claim: Quantity, text: str, cited: CitedRow, cell: TableCell, value: Value) -> bool:
    """Whether both rise or both fall: 下降2.3% is -2.3 under 同比, and 2.3 under 降幅."""
    header = cited.sheet.columns[cell.column].text + "".join(cited.sheet.labels(cited.row))
    falls = said_to_fall(text, claim.start)
    if not value.is_whole:
        inner = value.quantity.start - cell.start
        given = said_to_fall(cell.text, inner)
        return (claim.value < 0) == (value.quantity.value < 0) and (falls is None or given is None or falls == given)
    is_change = bool(_CHANGES.search(header))
    down = value.raw < 0 or (bool(_FALLS.search(header)) and not _RISES.search(header))
    if falls is None:
        return (claim.value < 0) == (value.raw < 0)
    if not is_change and not _FALLS.search(header) and not _RISES.search(header):
        # 比上年增加3个 of a plain number is something else, unless the words are the header's.
        return False
    if claim.value < 0:
        return value.raw < 0
    return falls == down


def said_to_fall(text: str, start: int) -> bool | None:
    """Whether the words right before the number at `start` say that it fell (True) or rose; None where neither."""
    clause = re.split(r"[，。；、,;|（(]|\d", text[:start])[-1]
    found = [
        (match.end(), falls) for falls, words in ((True, _FALLS), (False, _RISES)) for match in words.finditer(clause)
    ]
    if not found:
        return None
    end, falls = max(found)
    return falls if _NEXT_TO.fullmatch(clause, end) and len(clause) - end <= 4 else None


def cells_of(claim: Quantity, text: str, rows: Sequence[CitedRow]) -> list[tuple[CitedRow, TableCell, Value]]:
    """The cells of the cited rows that say the number."""
    return [
        (cited, cell, value)
        for cited in rows
        for cell in cited.cells
        for value in cited.sheet.values(cell)
        if says(claim, text, cited, cell, value) and bounded_alike(claim, text, cited, cell, value)
    ]


def cells_with(number: Decimal, rows: Sequence[CitedRow], *, scaled: bool) -> list[tuple[CitedRow, TableCell, Value]]:
    """The cells of the cited rows with this number: in its base unit where it is `scaled`, else as printed."""
    return [
        (cited, cell, value)
        for cited in rows
        for cell in cited.cells
        for value in cited.sheet.values(cell)
        if number in ((value.quantity.value,) if scaled else (value.raw, value.quantity.value))
    ]


def dated_cells(value: str, text: str, rows: Sequence[CitedRow]) -> list[tuple[CitedRow, TableCell]]:
    """The cells of the cited rows that name this time, in normal form, or these words for it."""
    found = []
    for cited in rows:
        for cell in cited.cells:
            named = [date.value for date in periods(cell.text, today=cited.ground.today) if date.value]
            if value.removeprefix("..") in {each.removeprefix("..") for each in named} or (
                not value and flat(text) in flat(cell.text)
            ):
                found.append((cited, cell))
    return found


def worded_cells(rows: Sequence[CitedRow]) -> dict[str, list[tuple[CitedRow, TableCell]]]:
    """The cells of the cited rows that hold more than a number, by their words, flat."""
    found: dict[str, list[tuple[CitedRow, TableCell]]] = {}
    for cited in rows:
        for cell in cited.cells:
            words = flat(cell.text).strip(_OUTER)
            if len(words) > 1 and not any(value.is_whole for value in cited.sheet.values(cell)):
                found.setdefault(words, []).append((cited, cell))
    return found


def same_kind(one: Quantity, other: Quantity) -> bool:
    """Whether two numbers have the same unit, scales apart."""
    return one.unit == other.unit and one.kind == other.kind
