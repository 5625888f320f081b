"""Calculations shown in a text, worked out again: 60000元－54939元＝5061元, (54939-39801)÷39801×100%≈38.0%."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, DivisionByZero, InvalidOperation, localcontext

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
    r"|(?P<operator>除以|[-+＋－−–—×*xX÷/／减加乘])|(?P<open>[(（])|(?P<close>[)）])|(?P<equals>[=＝≈]|约等于|等于))"
)
_START = re.compile(rf"[(（]*\s*{_NUMBER}")


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


@dataclass(frozen=True, slots=True)
class Formula:
    """One calculation with its result, `text[start:end]`."""

    start: int
    end: int
    operands: tuple[Operand, ...]
    result: Operand
    right: bool
    """Whether the operands give the result, rounded as printed (half up; the neighbouring last digit passes for 约)."""


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
    at = start
    while match := _TOKEN.match(text, at):
        if match["equals"]:
            result = _TOKEN.match(text, _skip_sign(text, match.end()))
            if (
                result is None
                or not result["number"]
                or not any(isinstance(token, str) and token in "+-*/" for token in tokens)
            ):
                return None
            printed = _operand(result)
            if text[match.end() : result.start("number")].strip() in _OPERATORS:
                printed = Operand(printed.start, printed.end, -printed.value, printed.unit, printed.places)
            operands = tuple(token for token in tokens if isinstance(token, Operand))
            while sum(token in ("(", "（") for token in tokens) > sum(token in (")", "）") for token in tokens):
                tokens.pop(0)  # the bracket that the whole calculation stands in; pops from the left, where it opens
                start = operands[0].start
            return Formula(start, printed.end, operands, printed, _is_right(tokens, operands, printed))
        if match["open"] and tokens and isinstance(tokens[-1], Operand):
            return None  # 5061元（60000元－54939元＝5061元）: the calculation begins inside the bracket
        tokens.append(_operand(match) if match["number"] else _OPERATORS.get(match["operator"] or "", match[0].strip()))
        at = match.end()
    return None


def _skip_sign(text: str, at: int) -> int:
    sign = re.compile(r"\s*(?:约|大约|about )?\s*[-－−]?").match(text, at)
    return sign.end() if sign else at


def _operand(match: re.Match[str]) -> Operand:
    digits = re.sub("[,，]", "", match["number"])
    scale = _SCALES[match["scale"] or ""]
    places = Decimal(1).scaleb(-len(digits.partition(".")[2])) * scale
    return Operand(
        match.start("number"), match.end(), Decimal(digits) * scale, (match["unit"] or "").replace("％", "%"), places
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
        return any(_rounds_to(reading, result) for reading in readings)


def _rounds_to(exact: Decimal, printed: Operand) -> bool:
    return (exact / printed.places).quantize(Decimal(1), ROUND_HALF_UP) * printed.places == printed.value


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
