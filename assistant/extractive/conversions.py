"""Conversions: the figure that answers, in the unit that was asked for, by a formula that is shown.

是多少亿元 of 1,024,860万元  →  即102.486亿元（1,024,860 ÷ 10000 = 102.486）。
是多少公顷 of 48.6万亩      →  即3.24万公顷（48.6万亩 ÷ 15 = 3.24万公顷）。
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from assistant.answers import AnswerFigure
from assistant.extractive.arithmetic import is_exact
from assistant.extractive.compose import Draft, Line
from assistant.library import Library
from sources.figures.figure import Figure
from sources.mentions.conversions import factor
from sources.mentions.numerals import plain
from sources.mentions.widths import half_width

_SCALED = re.compile(r"(?P<scale>万亿|[万亿]?)(?P<unit>.+)")
_PRINTED = re.compile(r"(?P<number>\d[\d,]*(?:\.\d+)?)(?P<scale>万亿|[万亿]?)[^\d万亿]+")
_SIZES = {"": 1, "万": 10**4, "亿": 10**8, "万亿": 10**12}
_PLACES, _PLACES_BELOW_ONE = 2, 4


def converted(draft: Draft, _library: Library) -> Draft:
    """The draft, with its one figure in the unit asked for where the document prints another one."""
    lines = [line for line in draft.lines if isinstance(line, Line)]
    asked = _SCALED.fullmatch(draft.question.unit)
    if asked is None or len(lines) != 1 or len(draft.lines) != 1 or len(lines[0].figures) != 1:
        return draft
    figure = lines[0].figures[0]
    made = _converted(figure, asked["scale"], asked["unit"])
    if made is None:
        return draft
    return replace(
        draft, lines=(*draft.lines, Line(f"即{made.text}（{made.formula}）。", lines[0].quotes, (), (made,)))
    )


def _converted(figure: Figure, scale: str, unit: str) -> AnswerFigure | None:
    text = half_width(figure.text)
    printed = _PRINTED.fullmatch(text)
    if printed is None or figure.upper is not None or not is_exact(figure):
        return None
    if unit == figure.unit and scale != printed["scale"] and scale:
        steps = Decimal(_SIZES[printed["scale"]]) / _SIZES[scale]
        value = abs(figure.value) / _SIZES[scale]
        by = f"× {plain(steps)}" if steps > 1 else f"÷ {plain(1 / steps)}"
        return _shown(
            figure, abs(figure.value), f"{plain(value)}{scale}", unit, f"{printed['number']} {by} = {plain(value)}"
        )
    if (times := factor(figure.unit, unit)) is None:
        return None
    value = abs(figure.value) / times if times > 0 else abs(figure.value) * -times
    own = scale or printed["scale"]
    exact = value / _SIZES[own]
    rounded = exact.quantize(Decimal(1).scaleb(-(_PLACES if exact >= 1 else _PLACES_BELOW_ONE))).normalize()
    number = f"{plain(rounded)}{own}"
    by = f"÷ {times}" if times > 0 else f"× {-times}"
    return _shown(figure, value, number, unit, f"{text} {by} = {number}{unit}")


def _shown(figure: Figure, value: Decimal, number: str, unit: str, formula: str) -> AnswerFigure:
    return AnswerFigure(
        text=f"{number}{unit}",
        value=plain(value),
        unit=unit,
        metric=figure.metric,
        region=figure.region,
        period=figure.period,
        status="computed",
        citation=None,
        verified=True,
        formula=formula,
    )
