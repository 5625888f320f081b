"""Aims: whether one was met, with the aim and the result, how far they are apart and what share is done."""

from __future__ import annotations

import re

from assistant.answers import AnswerFigure
from assistant.extractive.arithmetic import completion_of, difference_of
from assistant.extractive.compose import Draft, Line
from assistant.extractive.statements import printed, quote_of
from assistant.library import Library
from assistant.question.question import Question
from sources.figures.figure import Figure
from sources.mentions.numerals import quantities
from sources.mentions.periods import Fit, fit, label

_TARGET_CONFIDENCE = 0.85
_LOWER_IS_BETTER = re.compile(r"收入比|倍差|浓度|能耗|贫困|失业|差距|死亡|排放")
_UPPER_BOUND = re.compile(r"以下|以内|不超过|低于")
_ASKS_WHETHER_MET = re.compile(
    r"(?:实现|达到|完成|兑现|达成|做到)(?:了)?(?:[^，。？?]{1,12}?了?)?(?:吗|没有|没)|是否(?:实现|达到|完成|兑现|达成)|达标"
)


def stated_aim(question: Question, library: Library) -> Draft | None:
    """Whether an aim was met that the question gives as a number; None where it gives none, or the result lacks."""
    if not _ASKS_WHETHER_MET.search(question.text):
        return None
    stated = {quantity.value for quantity in quantities(question.text)}
    periods = question.periods or next((part.periods for part in question.parts if part.periods), ())
    regions = question.regions or next((part.regions for part in question.parts if part.regions), ())
    if not stated or not periods or not regions:
        return None
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
                return Draft(question, (met_line(target, result, library),), _TARGET_CONFIDENCE)
    return None


def met_line(target: Figure, result: Figure, library: Library) -> Line:
    """Whether the result met the aim, with both and how far they are apart."""
    text = library.document(target.document_id).text
    after = text[target.end : target.end + 6]
    lower = bool(_LOWER_IS_BETTER.search(target.metric) or _UPPER_BOUND.search(after))
    met = result.value <= target.value if lower else result.value >= target.value
    high, low = (target, result) if target.value > result.value else (result, target)
    words = f"{label(result.period)}{result.key}{printed(result)}，{result.key}目标{printed(target)}"
    computed: list[AnswerFigure] = []
    if high.value != low.value:
        apart = difference_of(high, low)
        words += f"，{'低' if lower and met else '超出' if met else '差'}{apart.text}（{apart.formula}）"
        computed.append(apart)
    if not lower and (done := completion_of(target, result)):
        words += f"，完成率{done.text}（{done.formula}）"
        computed.append(done)
    words += "，达到了目标" if met else "，没有达到目标"
    return Line(f"{words}。", (quote_of(target, library), quote_of(result, library)), (target, result), tuple(computed))
