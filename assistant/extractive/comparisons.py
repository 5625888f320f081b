"""Comparisons: one figure set against another, worked out by a formula that the answer shows."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from assistant.answers import AnswerFigure
from assistant.extractive.arithmetic import (
    completion_of,
    difference_of,
    growth_of,
    is_exact,
    ratio_of,
    share_of,
    sum_of,
)
from assistant.extractive.asked import Series, asked_figure, ends_of, sure_figures
from assistant.extractive.compose import Draft, Line, without_repeats
from assistant.extractive.statements import differing, line_of, quote_of, words_of
from assistant.library import Library
from assistant.question.question import Question
from sources.figures.figure import Figure
from sources.mentions.numerals import quantities
from sources.mentions.periods import Fit, fit, label, when
from sources.mentions.regions import part_of

COMPARED_CONFIDENCE = 0.9
_TARGET_CONFIDENCE = 0.85
_SHARE_CONFIDENCE = 0.8
_APART = re.compile(
    r"相?差(?:了|距)?(?:是|有)?多少|[高低多少大小](?:出|了)?多少|(?:增长|增加|提高|上升|减少|下降|缩小|涨|降)(?:了|出)?(?:多少|百分之几|几成)"
)
_TIMES = re.compile(r"(?:几|多少)倍|倍(?:数|差)(?:是)?多少")
_GROWN = re.compile(r"增长|增加|提高|上升|减少|下降|缩小|涨|降")
_TOGETHER = re.compile(r"合计|总和|加起来|加在一起|共计|一共|总共")
_SHARE = re.compile(r"占.{0,24}(?:多少|比重|比例|百分之几|几成)")
_NOT_ADDITIVE = re.compile(r"人均|户均|村均|[率比度]$|比重|占比|倍差|指数|浓度|最[高低]")
_MET = re.compile(
    r"(?:实现|达到|完成|兑现|达成|做到)(?:了)?(?:[^，。？?]{1,12}?了?)?(?:吗|没有|没)|是否(?:实现|达到|完成|兑现|达成)|达标"
)
_WAY_APART = re.compile(
    r"(?P<way>相?差|增(?:长|加)|提高|上升|减少|下降|缩小|多|少|高|低|大|小|长|短|涨|降)(?:出|了|距)?(?:是|有)?多少(?!倍)"
)
_SHARE_OF = re.compile(
    r"(?P<part>[^，。；]+?)占(?:了|到)?(?P<whole>[^，。；]+?)的?(?:比重|比例|份额|占比|百分比|百分之几|多少)(?:是|为|有)?(?:多少|几成)?[？?]?$"
)
_LOWER_IS_BETTER = re.compile(r"收入比|倍差|浓度|能耗|贫困|失业|差距|死亡|排放")
_UPPER_BOUND = re.compile(r"以下|以内|不超过|低于")


def target_met(question: Question, library: Library) -> Draft | None:
    """Whether a target that the question speaks of was met: both figures, each cited, and the difference.

    None where the question asks nothing of the kind, or the documents don't have both.
    """
    if not _MET.search(question.text):
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
                return Draft(question, (_met_line(target, result, library),), _TARGET_CONFIDENCE)
    return None


def _met_line(target: Figure, result: Figure, library: Library) -> Line:
    text = library.document(target.document_id).text
    after = text[target.end : target.end + 6]
    lower = bool(_LOWER_IS_BETTER.search(target.metric) or _UPPER_BOUND.search(after))
    met = result.value <= target.value if lower else result.value >= target.value
    high, low = max(target, result, key=_value), min(target, result, key=_value)
    verdict = "达到了目标" if met else "没有达到目标"
    words = f"{verdict}：目标{target.text}，{label(result.period)}{result.text}"
    computed: list[AnswerFigure] = []
    if high.value != low.value:
        apart = difference_of(high, low)
        words += f"，{'超出' if met else '差'}{apart.text}（{apart.formula}）"
        computed.append(apart)
    if not lower and (done := completion_of(target, result)):
        words += f"，完成率{done.text}（{done.formula}）"
        computed.append(done)
    return Line(f"{words}。", (quote_of(target, library), quote_of(result, library)), (target, result), tuple(computed))


def share(question: Question, library: Library) -> Draft | None:
    """What share one metric is of another, at the latest time that both have a figure of; None where there is none."""
    asked = _SHARE_OF.match(question.standalone)
    if asked is None or question.language != "zh":
        return None
    sides = [asked_figure(replace(question, standalone=asked[side]), library) for side in ("part", "whole")]
    part, whole = (side if side and side.alone else None for side in sides)
    if part is None or whole is None:
        return None
    parts, wholes = (
        {(each.region, each.period, each.unit): each for each in sure_figures(side, library) if is_exact(each)}
        for side in (part, whole)
    )
    common = sorted(parts.keys() & wholes.keys(), key=lambda key: when(key[1]))
    if not common or len({region for region, _, _ in common}) > 1:
        return None
    one, all_of_it = parts[common[-1]], wholes[common[-1]]
    if one.value > all_of_it.value:
        return None
    lines = without_repeats([line_of(one, part.metric, library), line_of(all_of_it, whole.metric, library)])
    of_it = share_of(one, all_of_it)
    words = f"{part.metric}{one.text}，{whole.metric}{all_of_it.text}，占{of_it.text}（{of_it.formula}）。"
    worked_out = Line(words, tuple(quote for line in lines for quote in line.quotes), (), (of_it,))
    return Draft(question, (*lines, worked_out), _SHARE_CONFIDENCE)


def asks_apart(question: Question) -> bool:
    """Whether the question is how far two figures are apart."""
    return bool(_WAY_APART.search(question.standalone))


def difference(question: Question, lines: Sequence[Line]) -> list[Line]:
    """How far apart the figures of two lines are, where the question asks for that; one line, or none."""
    wanted = _WAY_APART.search(question.standalone)
    if wanted is None or len(lines) != 2 or not all(line.figures for line in lines):
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
    words = f"{named[0]}{high.text}，{named[1]}{low.text}，{wanted['way']}{apart.text}（{apart.formula}）。"
    return [Line(words, (*lines[0].quotes, *lines[1].quotes), (), (apart,))]


def _value(figure: Figure) -> Decimal:
    return figure.value


def change(first: Figure, last: Figure, place: str, library: Library, *, in_per_cent: bool = True) -> list[Line]:
    """How far it is from the first value to the last, where both are exact; one line, or none."""
    if first.value == last.value or not (is_exact(first) and is_exact(last)):
        return []
    apart = difference_of(last, first) if last.value > first.value else difference_of(first, last)
    verb = "增加" if last.value > first.value else "减少"
    words = f"{place}从{label(first.period)}的{first.text}到{label(last.period)}的{last.text}，{verb}{apart.text}"
    words += f"（{apart.formula}）"
    computed = [apart]
    if in_per_cent and (grown := growth_of(first, last)):
        words += f"，{'增长' if last.value > first.value else '下降'}{grown.text}（{grown.formula}）"
        computed.append(grown)
    return [Line(f"{words}。", (quote_of(first, library), quote_of(last, library)), (first, last), tuple(computed))]


# --- two figures --------------------------------------------------------------------------------------------------


def several(question: Question, own: Series, library: Library) -> Draft | None:
    """The figures of some places or of two years, one line each, and what the question wants worked out from them."""
    sides = _sides(question, own)
    if sides is None:
        return None
    figures = [figure for _, figure in sides if figure is not None]
    apart = question.parts and not question.coordinated  # each part may find a sentence of its own
    if not figures or (apart and len(figures) < len(sides)):
        return None
    lines: list[Line] = []
    for figure in figures:
        quote = quote_of(figure, library)
        lines.append(Line(words_of(figure, quote, own.metric, library), (quote,), (figure,)))
    lines = list(dict.fromkeys(lines))
    if len(figures) == 2:
        lines += _worked_out(question, figures[0], figures[1], own, library)
    elif len(figures) == len(sides):
        lines += _sum(question, figures, own, library)
    missing = [f"{name}{own.metric}" for name, figure in sides if figure is None]
    notice = f"文档中没有{'、'.join(missing)}" if missing else None
    return Draft(question, tuple(lines), COMPARED_CONFIDENCE, notice=notice)


def _sides(question: Question, own: Series) -> list[tuple[str, Figure | None]] | None:
    """What is set against each other, in words, with its figure; None where nothing is, or all of it lacks."""
    ends = ends_of(question)
    if len(question.regions) > 1 and len(question.periods) <= 1:
        if not question.periods:
            common = [
                {figure.period for figure in own.figures if figure.region == region} for region in question.regions
            ]
            shared = sorted(set.intersection(*common), key=when)
            if not shared:
                return None
            period = shared[-1]
        else:
            period = question.periods[0]
        sides = [(f"{label(period)}{region}", _one(own, region, period)) for region in question.regions]
    elif len(ends) == 2 and len(question.regions) <= 1:
        region = question.regions[0] if question.regions else _only_region(own, ends)
        sides = [(f"{label(period)}{region}", _one(own, region, period)) for period in ends]
    else:
        return None
    return sides if any(figure for _, figure in sides) else None


def _only_region(own: Series, wanted: Sequence[str]) -> str:
    times: dict[str, set[str]] = defaultdict(set)
    for figure in own.figures:
        if figure.period in wanted:
            times[figure.region].add(figure.period)
    both = [region for region in times if len(times[region]) == len(wanted)]
    return both[0] if len(both) == 1 else ""


def _one(own: Series, region: str, period: str) -> Figure | None:
    met = [f for f in own.figures if f.region == region and fit(period, f.period) == Fit.EXACT]
    return differing(met)[0] if met else None


def _worked_out(question: Question, one: Figure, other: Figure, own: Series, library: Library) -> list[Line]:
    """The difference, growth, ratio, sum or share that the question asks for, as shown formulas; or nothing."""
    text = question.standalone
    quotes = (quote_of(one, library), quote_of(other, library))
    if one.value == other.value or not (is_exact(one) and is_exact(other)):
        return []
    over_time = one.region == other.region
    high, low = (one, other) if one.value > other.value else (other, one)
    named = [label(each.period) if over_time else each.region for each in (high, low)]
    if not over_time and (together := _sum(question, [one, other], own, library)):
        return together
    if (
        _SHARE.search(text)
        and not over_time
        and (part_of(one.region, other.region) or part_of(other.region, one.region))
    ):
        part, whole = (one, other) if part_of(one.region, other.region) else (other, one)
        if _NOT_ADDITIVE.search(own.metric) or part.value > whole.value:
            return []
        share = share_of(part, whole)
        return [Line(f"{part.region}占{whole.region}的{share.text}（{share.formula}）。", quotes, (), (share,))]
    # Both values side by side, and no words beside the documents' own that the checker would have to take on trust.
    set_apart = f"{own.metric}，{named[0]}{high.text}，{named[1]}{low.text}"
    if _TIMES.search(text):
        times = ratio_of(high, low)
        return [Line(f"{set_apart}，为{times.text}（{times.formula}）。", quotes, (), (times,))]
    if over_time and _APART.search(text):
        first, last = sorted((one, other), key=lambda each: when(each.period))
        return change(first, last, "", library, in_per_cent=bool(_GROWN.search(text)))
    if _APART.search(text):
        apart = difference_of(high, low)
        return [Line(f"{set_apart}，相差{apart.text}（{apart.formula}）。", quotes, (), (apart,))]
    return []


def _sum(question: Question, figures: Sequence[Figure], own: Series, library: Library) -> list[Line]:
    """What the figures of several places come to, where the question asks for that; one line, or none."""
    if not _TOGETHER.search(question.standalone) or _NOT_ADDITIVE.search(own.metric):
        return []
    if not all(map(is_exact, figures)):
        return []
    total = sum_of(figures)
    quotes = tuple(dict.fromkeys(quote_of(figure, library) for figure in figures))
    return [Line(f"合计{total.text}（{total.formula}）。", quotes, (), (total,))]
