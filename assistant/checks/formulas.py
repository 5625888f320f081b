"""Calculations shown in a text, worked out again: 60000元－54939元＝5061元, (54939-39801)÷39801×100%≈38.0%.

The result may also stand first: 合计13300万元＝9200＋4100; a sum may be cut short: 合计49230万元＝9200＋4100＋….
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, DivisionByZero, InvalidOperation, localcontext
from itertools import pairwise

_SCALES = {
    "": 1,
    "十": 10,
    "百": 100,
    "千": 1000,
    "万": 10**4,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
    "万亿": 10**12,
}
_NUMBER = r"\d[\d,，]*(?:\.\d+)?"
_OPERATORS = {
    **dict.fromkeys(("+", "＋", "加"), "+"),
    **dict.fromkeys(("-", "－", "−", "–", "—", "减"), "-"),
    **dict.fromkeys(("×", "*", "x", "X", "乘"), "*"),
    **dict.fromkeys(("÷", "/", "／", "除以"), "/"),
}
_TOKEN = re.compile(
    rf"\s*(?:(?P<number>{_NUMBER})\s?(?P<scale>万亿|百万|千万|[十百千万亿])?(?P<unit>%|％|(?:个百分点|[平立]方公?[里米]|[一-鿿]{{1,3}}|[a-z]{{2,12}})(?=\s*[-+＋－−–—×*÷/／＝=≈减加乘除等约)）(（，,；;。.]|\s*$))?"
    r"|(?P<rest>…+|\.{3,})|(?P<operator>除以|[-+＋－−–—×*xX÷/／减加乘])|(?P<open>[(（])|(?P<close>[)）])|(?P<equals>[=＝≈]|约等于|等于))"
)
_START = re.compile(rf"[(（]*\s*[-－−]?{_NUMBER}")


@dataclass(frozen=True, slots=True)
class Operand:
    """A number in a formula, `text[start:end]` as printed."""

    start: int
    end: int
    value: Decimal
    """万 and 亿 applied; a percentage as printed."""
    unit: str
    places: Decimal
    """The value of the last printed digit: 0.1 for 38.0, 1000 for 1.5万 …"""
    scale: int = 1
    """10000 for 1.5万."""

    @property
    def scaled(self) -> bool:
        """Whether it names its unit or its scale; else it may leave out those that all share."""
        return bool(self.unit) or self.scale != 1


@dataclass(frozen=True, slots=True)
class Formula:
    """One calculation with its result, `text[start:end]`."""

    start: int
    end: int
    operands: tuple[Operand, ...]
    result: Operand
    right: bool
    """Whether the operands give the result, rounded as printed (a half either way)."""
    divisors: tuple[Operand, ...] = ()
    """Those operands that are divided by."""
    elided: bool = False
    """Whether the sum ends in …, so that it can't be worked out from what is shown."""


def formulas(text: str) -> list[Formula]:
    """Every calculation in `text` that has at least one operator and names its result."""
    calculations: list[Formula] = []
    at = 0
    while start := _START.search(text, at):
        formula = _read(text, start.start())
        if formula:
            calculations.append(formula)
        at = formula.end if formula else start.end()
    return calculations


def _read(text: str, start: int) -> Formula | None:
    tokens: list[str | Operand] = []
    first: Operand | None = None
    at = start
    elided = False
    while match := _TOKEN.match(text, at):
        inside = _TOKEN.match(text, match.end()) if match["open"] else None
        equals = match if match["equals"] else inside if inside and inside["equals"] else None
        if equals and len(tokens) == 1 and isinstance(tokens[0], Operand) and first is None:
            first, tokens, at = tokens[0], [], equals.end()
            continue
        if match["equals"]:
            break
        if match["rest"]:
            elided = bool(tokens) and tokens[-1] == "+"
            at = match.end() if elided else at
            break
        if match["open"] and tokens and isinstance(tokens[-1], Operand):
            if first is not None:
                break
            return None  # 5061元（60000元－54939元＝5061元）: the calculation begins inside the bracket
        operator = _OPERATORS.get(match["operator"] or "", match[0].strip())
        signed = _TOKEN.match(text, match.end()) if operator == "-" and not _ends_a_term(tokens) else None
        if signed and signed["number"]:  # (-2.3＋0.7)÷2
            number = _operand(signed)
            tokens.append(replace(number, start=match.start("operator"), value=-number.value))
            at = signed.end()
            continue
        tokens.append(_operand(match) if match["number"] else operator)
        at = match.end()
    if first is not None:
        return _result_first(first, tokens, at, elided=elided)
    if match is None or not match["equals"]:
        return None
    result = _TOKEN.match(text, _skip_sign(text, match.end()))
    if result is None or not result["number"] or not _calculates(tokens):
        return None
    printed = _operand(result)
    if text[match.end() : result.start("number")].strip() in _OPERATORS:
        printed = replace(printed, value=-printed.value)
    operands = _operands(tokens)
    while sum(token in ("(", "（") for token in tokens) > sum(token in (")", "）") for token in tokens):
        tokens.pop(0)  # the bracket that the whole calculation stands in; pops from the left, where it opens
        start = operands[0].start
    return Formula(start, printed.end, operands, printed, _is_right(tokens, operands, printed), _divisors(tokens))


def _result_first(result: Operand, tokens: list[str | Operand], end: int, *, elided: bool) -> Formula | None:
    """合计13300万元＝9200＋4100, from the result on; None where nothing is calculated behind it."""
    while tokens and isinstance(tokens[-1], str) and tokens[-1] not in (")", "）") and not elided:
        tokens.pop()
    if sum(token in (")", "）") for token in tokens) > sum(token in ("(", "（") for token in tokens):
        tokens.pop()  # the bracket that the whole calculation stands in
    operands = _operands(tokens)
    if not operands or not _calculates(tokens):
        return None
    end = end if elided or tokens[-1] in (")", "）") else operands[-1].end
    right = not elided and _is_right(tokens, operands, result)
    return Formula(result.start, end, operands, result, right, _divisors(tokens), elided)


def _ends_a_term(tokens: Sequence[str | Operand]) -> bool:
    return bool(tokens) and (isinstance(tokens[-1], Operand) or tokens[-1] in (")", "）"))


def _calculates(tokens: Sequence[str | Operand]) -> bool:
    return any(isinstance(token, str) and token in "+-*/" for token in tokens)


def _operands(tokens: Sequence[str | Operand]) -> tuple[Operand, ...]:
    return tuple(token for token in tokens if isinstance(token, Operand))


def _divisors(tokens: Sequence[str | Operand]) -> tuple[Operand, ...]:
    return tuple(token for sign, token in pairwise(tokens) if sign == "/" and isinstance(token, Operand))


def _skip_sign(text: str, at: int) -> int:
    sign = re.compile(r"\s*(?:约|大约|about )?\s*[-－−]?").match(text, at)
    return sign.end() if sign else at


def _operand(match: re.Match[str]) -> Operand:
    digits = re.sub("[,，]", "", match["number"])
    scale = _SCALES[match["scale"] or ""]
    places = Decimal(1).scaleb(-len(digits.partition(".")[2])) * scale
    return Operand(
        match.start("number"),
        match.end(),
        Decimal(digits) * scale,
        (match["unit"] or "").replace("％", "%"),
        places,
        scale,
    )


def _is_right(tokens: list[str | Operand], operands: tuple[Operand, ...], result: Operand) -> bool:
    with localcontext() as context:
        context.prec = 40
        try:
            exact = _Sum(iter(tokens)).value()
        except (ValueError, InvalidOperation, DivisionByZero):
            return False
        # 5061÷60000＝8.4% and 5061÷60000×100%＝8.4% are both written; the latter's 100% has been read as 100.
        readings = [exact]
        if result.unit == "%" and not any(operand.unit == "%" for operand in operands):
            readings.append(exact * 100)
        # 9200＋4100＝13300万元 leaves out the unit that all share.
        if result.scale != 1 and not any(operand.scaled for operand in operands):
            readings.append(exact * result.scale)
        return any(_rounds_to(reading, result) for reading in readings)


def _rounds_to(exact: Decimal, printed: Operand) -> bool:
    return abs(exact - printed.value) * 2 <= printed.places  # a half may have gone either way


class _Sum:
    """Works out tokens by the usual precedence. Raises ValueError where they make no expression."""

    def __init__(self, tokens: Iterator[str | Operand]) -> None:
        self._tokens = tokens
        self._next = next(tokens, None)

    def value(self) -> Decimal:
        total = self._sum()
        if self._next is not None:
            raise ValueError(f"{self._next} does not continue an expression")
        return total

    def _take(self) -> str | Operand | None:
        taken, self._next = self._next, next(self._tokens, None)
        return taken

    def _sum(self) -> Decimal:
        total = self._product()
        while self._next in ("+", "-"):
            total = total + self._product() if self._take() == "+" else total - self._product()
        return total

    def _product(self) -> Decimal:
        total = self._atom()
        while self._next in ("*", "/"):
            total = total * self._atom() if self._take() == "*" else total / self._atom()
        return total

    def _atom(self) -> Decimal:
        token = self._take()
        if isinstance(token, Operand):
            return token.value
        if token in ("(", "（"):
            inner = self._sum()
            if self._take() not in (")", "）"):
                raise ValueError("a bracket is not closed")
            return inner
        raise ValueError(f"{token} is no number")
