"""What a question takes for granted: a number, year or place that it states, against what the documents print.

    2025年嘉兴农村居民人均可支配收入是60000元吗？  →  不是：……54939元……

A verdict is given on figures of the same metric, place, time and kind only, all of them read for sure. Where there are
none, or they leave it open (“超过5万元” says nothing of 是5.2万元吗), nothing is said here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from assistant import clarify, disagreement
from assistant.answers import Answer
from assistant.compose import Line, answered, as_sentence
from assistant.figures import stating
from assistant.library import Library
from assistant.question import Question
from sources.documents import Document
from sources.figures import Figure, extract_figures
from sources.numerals import quantities
from sources.periods import Fit, fit, periods
from sources.regions import regions
from sources.sentences import clauses
from sources.statuses import Status

_CONFIDENCE = 0.9
_SURE = {"metric": 0.93, "region": 0.9, "period": 0.9, "status": 0.9}
_LEAST_NAME = 4
_TELLING_DIGITS = 4
"""Digits that make a number one that is not met by chance: 54939 under another year is that year's."""
_CONFIRMS = re.compile(r"(?:[，,]?\s*(?:对吗|对不对|是吗|是不是|吗|么))?[？?。\s]*$")
_OVER = re.compile(r"超|突破|逾|多于|高于|大于|不止|more than|over|above|exceed")
_UNDER = re.compile(r"不足|不到|低于|少于|小于|未达|没到|less than|under|below")
_AT_LEAST = re.compile(r"以上|不低于|不少于|至少|余|\d多|at least")
_AT_MOST = re.compile(r"以下|以内|不超过|不高于|至多|最多|up to|at most")
_NEARLY = re.compile(r"将?近|接近")
_ABOUT = re.compile(r"左右|约|大概|上下|about|around")
_ABOUT_SHARE = Decimal("0.05")
_ROUNDED_SHARE = Decimal("0.01")
"""A rounding this fine may be taken for the value itself."""
_ENDLESS = Decimal("Infinity")


@dataclass(frozen=True, slots=True)
class _Range:
    """Values from `low` to `high`, either end perhaps left out."""

    low: Decimal
    high: Decimal
    low_open: bool = False
    high_open: bool = False

    def holds(self, other: _Range) -> bool:
        """Whether every value of `other` lies in it."""
        above = other.low > self.low or (other.low == self.low and (other.low_open or not self.low_open))
        below = other.high < self.high or (other.high == self.high and (other.high_open or not self.high_open))
        return above and below

    def misses(self, other: _Range) -> bool:
        """Whether no value lies in both."""
        first, second = sorted((self, other), key=lambda each: (each.low, each.high))
        touching = first.high == second.low and not (first.high_open or second.low_open)
        return first.high < second.low or (first.high == second.low and not touching)


def answer(question: Question, library: Library) -> Answer | None:
    """The verdict on a figure that a yes/no question states, with its ground; else None."""
    if question.kind != "yes_no" or question.parts:
        return None
    for stated in _stated(question, library):
        if judged := _judge(stated, library):
            lines = disagreement.told([_line(_opening(judged, question), judged.ground, library)], library)
            return answered(question, lines, confidence=_CONFIDENCE, document=library.document)
    return None


def corrected(question: Question, lines: Sequence[Line], library: Library) -> list[Line]:
    """The lines of an answer, after a correction of what the question states wrongly on its way."""
    if question.kind != "yes_no":
        for stated in _stated(question, library):
            judged = _judge(stated, library)
            if judged and not judged.right:
                opening = _opening(replace(judged, elsewhere=True), question)
                return _put_right(opening, judged.ground, lines, library)
    return list(lines)


def _put_right(opening: str, ground: Figure, lines: Sequence[Line], library: Library) -> list[Line]:
    """The correction first; a line that states the figure anyway becomes the correction."""
    for at, line in enumerate(lines):
        for quote in line.quotes:
            inside = quote.start <= ground.start and ground.end <= quote.end
            if quote.passage.document_id == ground.document_id and inside:
                return [replace(line, text=f"{opening}{line.text}"), *lines[:at], *lines[at + 1 :]]
    return [_line(opening, ground, library), *lines]


@dataclass(frozen=True, slots=True)
class _Judged:
    right: bool
    ground: Figure
    """The figure that shows it."""
    elsewhere: bool = False
    """Whether the stated number is right, but of another time or place."""


def _opening(judged: _Judged, question: Question) -> str:
    if question.language == "en":
        return "Yes: " if judged.right else "No: "
    if judged.right:
        return "是的："
    return "不对，文档给出的是：" if judged.elsewhere else "不是："


def _stated(question: Question, library: Library) -> list[Figure]:
    """The figures that the question itself states, read as those of a document are."""
    if question.language == "en":
        return _stated_in_english(question, library)
    text = _CONFIRMS.sub("", question.standalone)
    asked = Document("", "", text, "", "")
    return [
        figure
        for figure in extract_figures(asked)
        if len(figure.key) >= _LEAST_NAME and figure.status not in ("rank", "growth") and _is_sure(figure)
    ]


def _stated_in_english(question: Question, library: Library) -> list[Figure]:
    """The one figure that the question states, of the one metric, place and time that it names besides."""
    dates = [(each.start, each.end) for each in periods(question.text)]
    numbers = quantities(question.text, skip=dates)
    if len(numbers) != 1 or len(question.regions) != 1 or len(question.periods) != 1:
        return []
    (number,) = numbers
    printed = re.sub(r"[^\d.]", "", number.text)
    metric = clarify.metric_of(question, library, beside=printed)
    if metric is None:
        return []
    status: Status = "target" if question.status == "target" else "actual"
    return [
        Figure(
            "", number.start, number.end, metric, number.value, number.unit, number.qualifier,
            question.regions[0], question.periods[0], status, number.text, metric, number.upper,
        )
    ]  # fmt: skip


def _is_sure(figure: Figure) -> bool:
    return all(getattr(figure.sure, field) >= least for field, least in _SURE.items())


def _judge(stated: Figure, library: Library) -> _Judged | None:
    """Whether the figure is right, and the one that shows it; None where that can't be told."""
    if not stated.region:
        return None
    kinds = ("target", "plan") if stated.status in ("target", "plan") else (stated.status,)
    known = [
        figure
        for figure in library.store(keys=[stated.key])
        if figure.status in kinds and figure.unit == stated.unit and figure.scope == stated.scope and _is_sure(figure)
    ]
    same = [figure for figure in known if figure.region == stated.region and _same_time(stated, figure)]
    if not same:
        return _of_another(stated, known) if stated.period else None
    verdicts = {agreed for figure in same if (agreed := _agrees(stated, figure)) is not None}
    if len(verdicts) != 1 or any(_agrees(stated, figure) is None for figure in same):
        return None
    return _Judged(verdicts.pop(), same[0])


def _same_time(stated: Figure, figure: Figure) -> bool:
    """Whether both are of one time; what is said of none (an area, a length) is compared with the like."""
    if not (stated.period and figure.period):
        return stated.period == figure.period
    return fit(stated.period, figure.period) == Fit.EXACT


def _of_another(stated: Figure, known: Sequence[Figure]) -> _Judged | None:
    """The figure of another year or place that has just the stated value, which is then not said of the right one."""
    digits = re.sub(r"\D", "", stated.text).strip("0")
    if len(digits) < _TELLING_DIGITS or stated.qualifier:
        return None
    alike = [figure for figure in known if (figure.value, figure.upper) == (stated.value, stated.upper)]
    moved = [
        figure
        for figure in alike
        if figure.region
        and figure.period
        and (figure.region == stated.region) != (fit(stated.period, figure.period) == Fit.EXACT)
        and fit(stated.period, figure.period) in (Fit.EXACT, Fit.DIFFERENT)
    ]
    return _Judged(False, moved[0], elsewhere=True) if moved and len(moved) == len(alike) else None


def _agrees(stated: Figure, printed: Figure) -> bool | None:
    """Whether the printed figure bears the stated one out; None where it leaves that open."""
    claim, given = _range(stated, rounded=True), _range(printed, rounded=False)
    if claim.misses(given):
        # 54939元 stated, 5.49万元 printed: the print is the coarser one.
        coarse = _range(printed, rounded=True)
        return None if not coarse.misses(_range(stated, rounded=False)) else False
    if not claim.holds(given):
        # Another aim is not the one that was set, be it within it: 90%以上 for 80%以上.
        return False if stated.status in ("target", "plan") and given.holds(claim) else None
    is_rounding = not stated.qualifier and stated.upper is None and stated.value != printed.value
    if is_rounding and abs(stated.value - printed.value) > _ROUNDED_SHARE * abs(printed.value):
        return None
    return True


def _range(figure: Figure, *, rounded: bool) -> _Range:
    """The values that the figure allows; with `rounded`, those too that round to it as it is printed."""
    told, value = f"{figure.qualifier}{figure.text}", figure.value
    if figure.upper is not None:
        return _Range(value, figure.upper)
    for words, bounds in (
        (_AT_MOST, _Range(-_ENDLESS, value)),
        (_AT_LEAST, _Range(value, _ENDLESS)),
        (_UNDER, _Range(-_ENDLESS, value, high_open=True)),
        (_OVER, _Range(value, _ENDLESS, low_open=True)),
        (_NEARLY, _Range(value - _ABOUT_SHARE * abs(value), value)),
        (_ABOUT, _Range(value - _ABOUT_SHARE * abs(value), value + _ABOUT_SHARE * abs(value))),
    ):
        if words.search(told):
            return bounds
    half = disagreement.last_digit(figure) / 2 if rounded else Decimal(0)
    return _Range(value - half, value + half, high_open=half > 0)


def _line(opening: str, figure: Figure, library: Library) -> Line:
    """The verdict before the clauses that state the figure, with the place and time that the sentence gives it."""
    text = library.document(figure.document_id).text
    whole = stating(figure, library)
    parts = clauses(text, whole.start, whole.end)
    at = next((n for n, (start, end) in enumerate(parts) if start <= figure.start < end), 0)
    end = next((stop for _, stop in parts[at:] if stop >= figure.end), whole.end)

    def told(first: int) -> int:
        said = text[parts[first][0] : end]
        return any(each.value for each in periods(said)) + any(each.name for each in regions(said))

    first = max(range(at, -1, -1), key=told) if parts else 0  # of those that tell as much, the nearest
    start = parts[first][0] if parts else whole.start
    quote = replace(whole, start=start, end=end)
    return Line(f"{opening}{as_sentence(text[start:end])}", (quote,), (figure,))
