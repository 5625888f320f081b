"""Comparisons: one figure set against another, worked out by a formula that the answer shows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from assistant import clarify, lookup
from assistant.answers import AnswerFigure
from assistant.arithmetic import completion_of, difference_of, is_exact, share_of
from assistant.compose import Line, without_repeats
from assistant.figures import label, stating, when
from assistant.library import Library
from assistant.question import Question
from sources.figures import Figure
from sources.numerals import quantities
from sources.periods import Fit, fit

_MET = re.compile(
    r"(?:实现|达到|完成|兑现|达成|做到)(?:了)?(?:[^，。？?]{1,12}?了?)?(?:吗|没有|没)|是否(?:实现|达到|完成|兑现|达成)|达标"
)
_APART = re.compile(
    r"(?P<way>相?差|增(?:长|加)|提高|上升|减少|下降|缩小|多|少|高|低|大|小|长|短|涨|降)(?:出|了|距)?(?:是|有)?多少(?!倍)"
)
_SHARE = re.compile(
    r"(?P<part>[^，。；]+?)占(?:了|到)?(?P<whole>[^，。；]+?)的?(?:比重|比例|份额|占比|百分比|百分之几|多少)(?:是|为|有)?(?:多少|几成)?[？?]?$"
)
_LOWER_IS_BETTER = re.compile(r"收入比|倍差|浓度|能耗|贫困|失业|差距|死亡|排放")
_UPPER_BOUND = re.compile(r"以下|以内|不超过|低于")


def target_met(question: Question, library: Library) -> list[Line]:
    """Whether a target that the question speaks of was met: both figures, each cited, and the difference.

    Empty where the question asks nothing of the kind, or the documents don't have both.
    """
    if not _MET.search(question.text):
        return []
    stated = {quantity.value for quantity in quantities(question.text)}
    periods = question.periods or next((part.periods for part in question.parts if part.periods), ())
    regions = question.regions or next((part.regions for part in question.parts if part.regions), ())
    if not stated or not periods or not regions:
        return []
    planned = [
        figure
        for status in ("target", "plan")
        for figure in library.store(region=regions[0], status=status)
        if figure.value in stated and any(fit(period, figure.period) == Fit.EXACT for period in periods)
    ]
    for target in planned:
        for result in library.store(region=target.region, status="actual"):
            if (
                result.unit == target.unit
                and result.key == target.key
                and fit(target.period, result.period) == Fit.EXACT
            ):
                return [_met_line(target, result, library)]
    return []


def _met_line(target: Figure, result: Figure, library: Library) -> Line:
    text = library.document(target.document_id).text
    after = text[target.end : target.end + 6]
    lower = bool(_LOWER_IS_BETTER.search(target.metric) or _UPPER_BOUND.search(after))
    met = result.value <= target.value if lower else result.value >= target.value
    high, low = max(target, result, key=_value), min(target, result, key=_value)
    verdict = "达到了目标" if met else "没有达到目标"
    said = f"{verdict}：目标{target.text}，{label(result.period)}{result.text}"
    computed: list[AnswerFigure] = []
    if high.value != low.value:
        apart = difference_of(high, low)
        said += f"，{'超出' if met else '差'}{apart.text}（{apart.formula}）"
        computed.append(apart)
    if not lower and (done := completion_of(target, result)):
        said += f"，完成率{done.text}（{done.formula}）"
        computed.append(done)
    return Line(f"{said}。", (stating(target, library), stating(result, library)), (target, result), tuple(computed))


def share(question: Question, library: Library) -> list[Line]:
    """What share one metric is of another, at the latest time that both are told of; empty where they aren't."""
    asked = _SHARE.match(question.standalone)
    if asked is None or question.language != "zh":
        return []
    part, whole = (clarify.metric_of(replace(question, standalone=asked[side]), library) for side in ("part", "whole"))
    if part is None or whole is None:
        return []
    parts, wholes = (
        {
            (each.region, each.period, each.unit): each
            for each in lookup.told(metric, question, library)
            if is_exact(each)
        }
        for metric in (part, whole)
    )
    common = sorted(parts.keys() & wholes.keys(), key=lambda key: when(key[1]))
    if not common or len({region for region, _, _ in common}) > 1:
        return []
    one, all_of_it = parts[common[-1]], wholes[common[-1]]
    if one.value > all_of_it.value:
        return []
    lines = without_repeats([lookup.stated(one, part, library), lookup.stated(all_of_it, whole, library)])
    of_it = share_of(one, all_of_it)
    said = f"{part}{one.text}，{whole}{all_of_it.text}，占{of_it.text}（{of_it.formula}）。"
    return [*lines, Line(said, tuple(quote for line in lines for quote in line.quotes), (), (of_it,))]


def asks_apart(question: Question) -> bool:
    """Whether the question is how far two figures are apart."""
    return bool(_APART.search(question.standalone))


def difference(question: Question, lines: Sequence[Line]) -> list[Line]:
    """How far apart the figures of two lines are, where the question asks for that; one line, or none."""
    asked = _APART.search(question.standalone)
    if asked is None or len(lines) != 2 or not all(line.figures for line in lines):
        return []
    one, other = lines[0].figures[0], lines[1].figures[0]
    if one.unit != other.unit or one.value == other.value:
        return []
    high, low = max(one, other, key=_value), min(one, other, key=_value)
    if question.regions and not {one.region, other.region} <= set(question.regions):
        return []  # a figure whose place was read otherwise can't be told by it
    apart = difference_of(high, low)
    named = next(
        (names for names in ((high.key, low.key), (high.region, low.region)) if names[0] != names[1]),
        (label(high.period), label(low.period)),
    )
    said = f"{named[0]}{high.text}，{named[1]}{low.text}，{asked['way']}{apart.text}（{apart.formula}）。"
    return [Line(said, (*lines[0].quotes, *lines[1].quotes), (), (apart,))]


def _value(figure: Figure) -> Decimal:
    return figure.value
