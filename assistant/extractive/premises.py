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

from assistant.extractive.asked import asked_figure
from assistant.extractive.compose import Draft, Line, Row
from assistant.extractive.statements import line_of, quote_of
from assistant.library import Library
from assistant.question.question import Question, mentions
from index.figures import of_metric
from sources.documents import Document
from sources.figures.figure import Figure
from sources.figures.prose import extract_figures
from sources.figures.ranges import range_of
from sources.figures.statuses import Status
from sources.mentions.periods import Fit, fit, when
from sources.sentences import clauses
from sources.words import groups

_CONFIDENCE = 0.9
_LEAST_NAME = 4
_TELLING_DIGITS = 4
"""Digits that make a number one that is not met by chance: 54939 under another year is that year's."""
_CONFIRMS = re.compile(r"(?:[，,]?\s*(?:对吗|对不对|是吗|是不是|吗|么))?[？?。\s]*$")
_ROUNDED_SHARE = Decimal("0.01")
"""A rounding this fine may be taken for the value itself."""
_UP, _DOWN = ("|".join(dict.fromkeys(words)) for words in zip(*groups("opposites", "moves"), strict=True))
_MOVED = re.compile(rf"(?P<not>没有|没|未|不)?(?:明显|大幅|持续|同比|有所|继续)?(?:(?P<up>{_UP})|(?P<down>{_DOWN}))")


def answer(question: Question, library: Library) -> Draft | None:
    """The verdict on what a question states, with its ground: a figure, or 为什么下降 of what rose; else None."""
    if question.parts:
        return None
    if question.kind == "why":
        lines = _turned_round(question, library)
        return Draft(question, tuple(lines), _CONFIDENCE, judged=True) if lines else None
    if question.kind != "yes_no":
        return None
    for figure in _stated(question, library):
        if judged := _judge(figure, library):
            verdict = line_of(judged.ground, judged.ground.key, library, opening=_opening(judged, question))
            return Draft(question, (verdict,), _CONFIDENCE, judged=True)
    return None


def put_right(draft: Draft, library: Library) -> Draft:
    """The draft after a correction of what the question states wrongly on its way."""
    question = draft.question
    if draft.status != "answered" or draft.judged or draft.table or question.kind == "yes_no":
        return draft
    for each in _stated(question, library):
        judged = _judge(each, library)
        if judged and not judged.right:
            opening = _opening(replace(judged, elsewhere=True), question)
            return replace(draft, lines=_corrected(opening, judged.ground, draft.lines, library), judged=True)
    return draft


def _corrected(opening: str, ground: Figure, lines: Sequence[Line | Row], library: Library) -> tuple[Line | Row, ...]:
    """The correction first; a line that states the figure anyway becomes the correction."""
    for at, line in enumerate(lines):
        if isinstance(line, Row):
            continue
        for quote in line.quotes:
            inside = quote.start <= ground.start and ground.end <= quote.end
            if quote.passage.document_id == ground.document_id and inside:
                return (replace(line, text=f"{opening}{line.text}"), *lines[:at], *lines[at + 1 :])
    return (line_of(ground, ground.key, library, opening=opening), *lines)


def _turned_round(question: Question, library: Library) -> list[Line]:
    """What shows that a metric did the opposite of what the question asks the reason for; empty where nothing does."""
    text = question.standalone
    asked = _MOVED.search(text)
    if asked is None or len(question.regions) != 1 or not question.periods:
        return []
    rose = bool(asked["up"]) != bool(asked["not"])
    metric = next((name for name in library.names().named_in(text) if len(name) >= _LEAST_NAME), None)
    known = [figure for figure in of_metric(metric, library) if figure.region == question.regions[0]] if metric else []
    latest, *others = sorted(question.periods, key=when, reverse=True)
    for figure in known:
        if (
            figure.status == "growth"
            and fit(latest, figure.period) == Fit.EXACT
            and _moved(figure, library) == (not rose)
        ):
            return [line_of(figure, figure.key, library, opening=_opening(_Judged(False, figure, True), question))]
    before = others[0] if others else str(int(latest) - 1) if latest.isdigit() else ""
    values = [
        [each for each in known if each.status == "actual" and each.period == period and each.is_sure()]
        for period in (before, latest)
    ]
    if any(len(figures) != 1 for figures in values):
        return []
    (first,), (last,) = values
    if first.unit != last.unit or first.value == last.value or (last.value > first.value) == rose:
        return []
    opening = _opening(_Judged(False, last, True), question)
    lines = [
        line_of(last, last.key, library, opening=opening),
        line_of(first, first.key, library),
    ]
    return lines[:1] if lines[0].quotes == lines[1].quotes else lines


def _moved(figure: Figure, library: Library) -> bool | None:
    """Whether the clause that tells the growth says that it rose; None where it says neither or both."""
    quote = quote_of(figure, library)
    text = library.document(figure.document_id).text
    start, end = next(
        (each for each in clauses(text, quote.start, quote.end) if each[0] <= figure.start < each[1]),
        (quote.start, quote.end),
    )
    directions = {bool(each["up"]) != bool(each["not"]) for each in _MOVED.finditer(text, start, end)}
    return directions.pop() if len(directions) == 1 else None


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
        if len(figure.key) >= _LEAST_NAME and figure.status not in ("rank", "growth") and figure.is_sure()
    ]


def _stated_in_english(question: Question, library: Library) -> list[Figure]:
    """The one figure that the question states, of the one metric, place and time that it names besides."""
    numbers = mentions(question.text).numbers
    if len(numbers) != 1 or len(question.regions) != 1 or len(question.periods) != 1:
        return []
    (number,) = numbers
    printed = re.sub(r"[^\d.]", "", number.text)
    asked = asked_figure(question, library, beside=printed)
    if asked is None or not asked.alone:
        return []
    metric = asked.metric
    status: Status = "target" if question.status == "target" else "actual"
    return [
        Figure(
            "", number.start, number.end, metric, number.value, number.unit, number.qualifier,
            question.regions[0], question.periods[0], status, number.text, metric, number.upper,
        )
    ]  # fmt: skip


def _judge(stated: Figure, library: Library) -> _Judged | None:
    """Whether the figure is right, and the one that shows it; None where that can't be told."""
    if not stated.region:
        return None
    kinds = ("target", "plan") if stated.status in ("target", "plan") else (stated.status,)
    known = [
        figure
        for figure in library.store(keys=[stated.key])
        if figure.status in kinds and figure.unit == stated.unit and figure.scope == stated.scope and figure.is_sure()
    ]
    same = [figure for figure in known if figure.region == stated.region and _same_time(stated, figure)]
    if not same:
        return _of_another(stated, known) if stated.period else None
    verdicts = {agreed for figure in same if (agreed := _agrees(stated, figure)) is not None}
    if len(verdicts) != 1 or any(_agrees(stated, figure) is None for figure in same):
        return None
    return _Judged(verdicts.pop(), same[0])


def _same_time(stated: Figure, figure: Figure) -> bool:
    """Whether both are of one time; what has none (an area, a length) is compared with the like."""
    if not (stated.period and figure.period):
        return stated.period == figure.period
    return fit(stated.period, figure.period) == Fit.EXACT


def _of_another(stated: Figure, known: Sequence[Figure]) -> _Judged | None:
    """The figure of another year or place that has just the stated value, which is then not the right one's."""
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
    claim, given = range_of(stated, rounded=True), range_of(printed, rounded=False)
    if claim.misses(given):
        # 54939元 stated, 5.49万元 printed: the print is the coarser one.
        coarse = range_of(printed, rounded=True)
        return None if not coarse.misses(range_of(stated, rounded=False)) else False
    if not claim.holds(given):
        # Another aim is not the one that was set, be it within it: 90%以上 for 80%以上.
        return False if stated.status in ("target", "plan") and given.holds(claim) else None
    is_rounding = not stated.qualifier and stated.upper is None and stated.value != printed.value
    if is_rounding and abs(stated.value - printed.value) > _ROUNDED_SHARE * abs(printed.value):
        return None
    return True
