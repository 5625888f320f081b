"""Arithmetic over cited figures: each result with the formula that shows it, in decimals, rounded half up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal

from assistant.answers import AnswerFigure
from sources.figures.figure import Figure
from sources.mentions.numerals import plain

_BOUNDED = re.compile(r"超|突破|以[上下内]|近|约|左右|余|多|不[低少高足到]|逾|至少")


def difference_of(high: Figure, low: Figure) -> AnswerFigure:
    """`high - low`, between percentages in percentage points."""
    gap = high.value - low.value
    unit = "个百分点" if high.unit == "%" else high.unit
    return _computed(gap, unit, f"{operand(high)} - {operand(low)}", high, low)


def growth_of(first: Figure, last: Figure) -> AnswerFigure | None:
    """From `first` to `last` in per cent of the first; None between percentages and ratios: theirs says little."""
    if not _is_amount(first) or first.value <= 0:
        return None
    high, low = (last, first) if last.value > first.value else (first, last)
    grown = _rounded((high.value - low.value) / first.value * 100, 1)
    return _computed(grown, "%", f"({operand(high)} - {operand(low)}) ÷ {operand(first)}", last, first, places=1)


def completion_of(target: Figure, result: Figure) -> AnswerFigure | None:
    """`result` in per cent of `target`, to one place; None where that says little: of percentages and ratios."""
    if not _is_amount(target) or target.value <= 0:
        return None
    share = _rounded(result.value / target.value * 100, 1)
    return _computed(share, "%", f"{operand(result)} ÷ {operand(target)}", target, result, places=1)


def ratio_of(high: Figure, low: Figure) -> AnswerFigure:
    """How many times `low` is in `high`, to two places."""
    times = _rounded(high.value / low.value, 2)
    return _computed(times, "倍", f"{operand(high)} ÷ {operand(low)}", high, low, places=2)


def share_of(part: Figure, whole: Figure) -> AnswerFigure:
    """`part` in per cent of `whole`, to one place."""
    share = _rounded(part.value / whole.value * 100, 1)
    return _computed(share, "%", f"{operand(part)} ÷ {operand(whole)}", part, whole, places=1)


def sum_of(figures: Sequence[Figure]) -> AnswerFigure:
    """All of them together."""
    total = sum((figure.value for figure in figures), Decimal(0))
    return _computed(total, figures[0].unit, " + ".join(operand(figure) for figure in figures), figures[0], figures[-1])


def operand(figure: Figure) -> str:
    """The figure in a formula: as printed, a ratio by its first part (1.48 for 1.48:1), 微克/立方米 left out."""
    printed = figure.text.replace("：", ":")
    if ":" in printed:
        return printed.split(":")[0]
    return printed.removesuffix(figure.unit) if "/" in figure.unit else f"{printed}{bare_unit(figure)}"


def _computed(
    value: Decimal, unit: str, sides: str, one: Figure, other: Figure, *, places: int | None = None
) -> AnswerFigure:
    number = plain(value) if places is None else f"{value:.{places}f}"
    shown = "" if unit == ":1" else unit
    scaled = _in_words(value, unit, (one, other)) if places is None else ""
    text = scaled or f"{number}{shown}"
    return AnswerFigure(
        text=text,
        value=plain(value),
        unit=shown,
        metric=one.metric,
        region=one.region if one.region == other.region else "",
        period=one.period if one.period == other.period else "",
        status="computed",
        citation=None,
        verified=True,
        formula=f"{sides} = {text.removesuffix(shown) if '/' in shown else text}",
    )


def _in_words(value: Decimal, unit: str, figures: Iterable[Figure]) -> str:
    """The value on the scale that both figures are printed on: 63亿元 where they are 5500亿元 and 5563亿元; else ""."""
    printed = [operand(figure) for figure in figures]
    scales = {match[0] for each in printed if (match := re.search(r"[十百千]?[万亿]+(?=\D*$)", each))}
    every = all(re.search(r"[万亿]", each) for each in printed)
    if len(scales) != 1 or not every:
        return ""
    scale = scales.pop()
    size = {"万": 10**4, "亿": 10**8, "万亿": 10**12}.get(scale)
    return f"{plain(value / size)}{scale}{unit}" if size else ""


def _is_amount(figure: Figure) -> bool:
    return figure.unit not in ("%", "个百分点", "", "倍", ":1") and ":" not in figure.text and "：" not in figure.text


def _rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def is_exact(figure: Figure) -> bool:
    """Whether the figure can be reckoned with: one number, printed with its unit, neither 超 nor 约."""
    bare = bool(figure.unit) and figure.text.strip()[-1:].isdigit() and figure.unit != ":1" and ":" not in figure.text
    bare = bare and not bare_unit(figure)
    bounded = figure.upper is not None or bool(_BOUNDED.search(figure.qualifier + figure.text))
    return not bare and not bounded


def bare_unit(figure: Figure) -> str:
    """The unit, with its scale, of a figure printed as a mere number: 万吨 for 12.5 that is worth 125000吨; else ""."""
    if not figure.text[-1:].isdigit() or not figure.unit or ":" in figure.text or not _digits(figure.text):
        return ""
    scale = abs(figure.value / _digits(figure.text))
    return {1: "", 10**4: "万", 10**8: "亿"}.get(int(scale), "") + figure.unit


def _digits(text: str) -> Decimal:
    printed = re.sub(r"[^\d.\-]", "", text)
    return Decimal(printed) if re.fullmatch(r"-?\d+(?:\.\d+)?", printed) else Decimal(0)
