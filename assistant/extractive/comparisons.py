"""Comparisons: figures set side by side, each found by itself, and what is worked out from them by a shown formula.

    2026年目标比2025年实际高几个百分点？ 三地谁最高？ 甲是乙的几倍？

Whatever tells the sides apart, all take one way: every side is a plain question, its figure is found as any other's,
and only then comes the operation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from assistant.extractive import lookup
from assistant.extractive.aims import met_line, stated_aim
from assistant.extractive.arithmetic import (
    difference_of,
    growth_of,
    is_exact,
    operand,
    ratio_of,
    share_of,
    sum_of,
)
from assistant.extractive.compose import Draft, Line, as_sentence, without_repeats
from assistant.extractive.found import found, found_beside, kind_of, tells
from assistant.extractive.statements import line_of, printed, quote_of, text_of
from assistant.extractive.tabular import answer as tabular
from assistant.library import Library
from assistant.question.operations import Operation, change_asked, growth_asked
from assistant.question.question import Question, mentions, single
from assistant.question.sides import WHOLE, Side, Sides, sides_of
from assistant.question.terms import flat, flattened
from index.hits import Hit
from sources.documents import Document
from sources.figures.changes import is_change
from sources.figures.figure import Figure
from sources.figures.ranges import allowance
from sources.mentions.periods import label, when

COMPARED_CONFIDENCE = 0.9
_NOT_ADDITIVE = re.compile(r"人均|户均|村均|[率比度]$|比重|占比|倍差|指数|浓度|最[高低]|标准")
_LESS = "低少小慢短便宜"
_MORE = dict(zip("低少小慢短", "高多大快长", strict=True))
_PER_CENT = re.compile(r"增|减|降|涨|跌|提|升|百分之|几成|%")

Found = tuple[Side, Figure]


def answer(question: Question, library: Library) -> Draft | None:
    """The figures of all sides, one line each, and what the question wants worked out; None where it sets none apart.

    Where one of two can't be found, nothing can be worked out, and only what there is is shown beside.
    """
    if (asked := growth_asked(question.standalone)) and (grown := lookup.answer(single(asked), library)):
        return replace(grown, question=question)
    if any(change_asked(part.standalone) for part in question.parts):
        return None  # each part by itself
    if told := told_as_change(question, library):
        return told
    wanted = sides_of(question, library.names())
    if by_number := stated_aim(question, library):
        return by_number
    if wanted is None or (wanted.operation == "each" and not question.coordinated):
        return None
    sides = _of_one_kind([(side, _figure(side, wanted, question, library)) for side in wanted.sides], library)
    known = [(side, figure) for side, figure in sides if figure is not None]
    lost = [side for side, figure in sides if figure is None]
    if not known:
        return Draft(question, status="not_found") if _says_no_value(question, wanted, library) else None
    if len({(each.document_id, each.start) for _, each in known}) < len(known):
        return None
    if lost and (question.parts or not wanted.surely or _told_at_once(question, lost, library)):
        return None
    stated = [line_of(each, each.key, library, about=side.name if side.by == "thing" else "") for side, each in known]
    lines = without_repeats(stated)
    if lost and not (wanted.operation == "each" or (wanted.operation == "which" and len(known) > 1)):
        return Draft(question, status="not_found", near=tuple(lines), confidence=1 - COMPARED_CONFIDENCE)
    computed = _resting_on(stated, worked_out(wanted, known, library))
    if wanted.operation not in ("each", "which") and not computed:
        return None
    missing = tuple(side.question.standalone for side in lost)
    return Draft(question, (*lines, *computed), COMPARED_CONFIDENCE, unanswered=missing)


def told_as_change(question: Question, library: Library) -> Draft | None:
    """The sentence that tells what a value was and what it became: 由5个减少为4个; None where none is asked for."""
    asked = change_asked(question.standalone)
    figure = found(single(asked), library) if asked else None
    if figure is None:
        return None
    text = library.document(figure.document_id).text
    quote = quote_of(figure, library)
    own = [each for each in library.figures(figure.document_id) if quote.start <= each.start < quote.end]
    for was, now in pairwise(own):
        if figure in (was, now) and is_change(text, since=quote.start, was=(was.start, was.end), becomes=now.start):
            return Draft(
                question, (Line(as_sentence(text[quote.start : quote.end]), (quote,), (was, now)),), COMPARED_CONFIDENCE
            )
    return None


def _figure(side: Side, wanted: Sides, question: Question, library: Library) -> Figure | None:
    """The figure of one side, by which all that the side names stands; None where there is none."""
    others = [each.thing for each in wanted.sides if each is not side] if side.by == "thing" else []
    place = "" if side.question.regions else library.standings().meant_in(side.question.standalone)
    asked = replace(side.question, regions=(place,)) if place else side.question
    thing = WHOLE.sub(place, side.thing) if place else side.thing

    def fits(figure: Figure | None) -> bool:
        apart = figure is not None and (not others or tells(thing, figure, library, others=others))
        return apart and figure is not None and tells(thing, figure, library)

    about = side.name if others else ""
    tries: list[Callable[[], Figure | None]] = [
        lambda: tabular.cell(asked, library),
        lambda: found(asked, library, about=about),
        lambda: found_beside(asked, question, library),
    ]
    if asked.status == "target":  # an aim may be called a plan, or nothing at all
        aimed = replace(asked, standalone=asked.standalone.replace("目标", ""))
        tries.insert(2, lambda: found(aimed, library, about=about))
    if others:
        tries.append(lambda: found(asked, _naming(side.name, library), about=about))
    return next((figure for each in tries if fits(figure := each())), None)


def _naming(name: str, library: Library) -> Library:
    """The library as if it held only documents that name the side: a place's own rules needn't say of which it is."""

    def search(query: str) -> list[Hit]:
        return [hit for hit in library.search(query) if _names(library.document(hit.passage.document_id), name)]

    return replace(library, search=search, memory={})


def _of_one_kind(sides: Sequence[tuple[Side, Figure | None]], library: Library) -> list[tuple[Side, Figure | None]]:
    """The sides, where an aim stands among results with the result in its place that the question must mean."""
    aims = [side for side, figure in sides if figure is not None and kind_of(figure.status) == "aim"]
    results = [side for side, figure in sides if figure is not None and side not in aims]
    if not (aims and results) or any(side.question.status for side, _ in sides):
        return list(sides)
    return [
        (side, found(replace(side.question, status="actual"), library) if side in aims else figure)
        for side, figure in sides
    ]


def _names(document: Document, name: str) -> bool:
    return flat(name) in flattened(f"{document.title} {document.publisher or ''} {document.text}")


def _told_at_once(question: Question, lost: Sequence[Side], library: Library) -> bool:
    """Whether the sentence found for the whole question speaks of the sides that have no figure by themselves."""
    finding = library.finding(question)
    if not finding.found or finding.best is None:
        return False
    if finding.best.figure is not None and finding.best.figure.status == "growth":
        return True  # 比上年增长5%: the documents have worked it out themselves
    return all(side.by == "thing" and side.name in finding.best.text for side in lost)


def _resting_on(stated: Sequence[Line], computed: Sequence[Line]) -> list[Line]:
    """The computed lines with the quotes of the lines that state their figures: what is cited once isn't cited anew."""
    quotes = {figure: line.quotes for line in stated for figure in line.figures}
    return [
        replace(line, quotes=tuple(dict.fromkeys(quote for figure in line.figures for quote in quotes[figure])))
        for line in computed
    ]


def _says_no_value(question: Question, wanted: Sides, library: Library) -> bool:
    """Whether even the sentence found for the whole question gives no value that could be set against another."""
    best = library.finding(question).best
    figure = best.figure if best else None
    return wanted.operation != "each" and (
        figure is None or figure.status == "rank" or figure.unit in ("年", "天", "月")
    )


# --- what is worked out -----------------------------------------------------------------------------------------------


def worked_out(wanted: Sides, known: Sequence[Found], library: Library) -> list[Line]:
    """The line with the result and its formula; none where the figures can't be reckoned with."""
    figures = [figure for _, figure in known]
    units = {figure.unit for figure in figures}
    if len(units) > 1 or wanted.operation == "each":
        return []
    kinds = {kind_of(figure.status) for figure in figures}
    if len(known) == 2 and _sets_against_aim(wanted, known):
        target, result = sorted(figures, key=lambda each: each.status not in ("target", "plan"))
        if kinds == {"aim", ""} or wanted.operation == "met":
            return [met_line(target, result, library)]
    if len(kinds) > 1 and {side.by for side, _ in known} == {"thing"}:
        return []  # a running total is no year's, an aim no result
    times = {figure.period for figure in figures} - {""}
    if len(times) > 1 and all(side.by != "time" and not side.question.periods for side, _ in known):
        return []  # one's of this year and the other's of the last
    if wanted.operation == "sum":
        return _sum(figures, library)
    if wanted.operation == "which" and len(known) > 2:
        return _first(wanted, known, library)
    if len(known) != 2 or not _comparable(figures):
        return []
    return _of_two(wanted.operation, wanted.way, known, library)


def _comparable(figures: Sequence[Figure]) -> bool:
    """Whether each is exact or an aim, or all are limits of one kind: 不超过2400元 and 3000元以下."""
    bounds = {allowed.bound for each in figures if (allowed := allowance(each.qualifier, each.text))}
    limits = all(each.qualifier for each in figures) and bounds in ({"most"}, {"least"})
    return limits or all(is_exact(figure) or kind_of(figure.status) == "aim" for figure in figures)


def _sets_against_aim(wanted: Sides, known: Sequence[Found]) -> bool:
    """Whether an aim is set against the result of the same time."""
    return wanted.operation == "met" or {side.by for side, _ in known} == {"kind"}


def _of_two(operation: Operation, way: str, known: Sequence[Found], library: Library) -> list[Line]:
    one, other = (figure for _, figure in known)
    quotes = tuple(dict.fromkeys(quote_of(figure, library) for figure in (one, other)))
    names = _called(known)
    if operation == "ratio":
        if other.value <= 0:
            return []
        result, word = ratio_of(one, other), "为"
    elif operation == "share":
        if one.value > other.value or other.value <= 0:
            return []
        result, word = share_of(one, other), "占"
    elif one.value == other.value:
        return []
    elif all(side.by == "time" and side.question.periods for side, _ in known) and kind_of(one.status) == kind_of(
        other.status
    ):
        ordered = sorted(zip(known, names, strict=True), key=lambda each: when(each[0][0].question.periods[0]))
        (first, last), times = [figure for (_, figure), _ in ordered], [name for _, name in ordered]
        return change(first, last, "", library, in_per_cent=bool(_PER_CENT.search(way)), times=times)
    else:
        falls = way in _LESS
        if (one.value < other.value) != falls:
            one, other, names = other, one, names[::-1]
        result = difference_of(*sorted((one, other), key=_value, reverse=True))
        word = way if way in _MORE or way in _MORE.values() else "相差"
    shared = _shared_name(known)
    words = f"{shared}{names[0]}{printed(one)}，{names[1]}{printed(other)}，{word}{result.text}（{result.formula}）。"
    return [Line(words, quotes, (one, other), (result,))]


def _is_change(known: Sequence[Found]) -> bool:
    """Whether the same is set against itself at another time."""
    of_times = all(side.by == "time" and side.question.periods for side, _ in known)
    return of_times and len({kind_of(figure.status) for _, figure in known}) == 1


def _first(wanted: Sides, known: Sequence[Found], library: Library) -> list[Line]:
    """The side with the most, or the least; none where two of them share it, or bounds leave it open."""
    ordered = sorted(known, key=lambda each: each[1].value, reverse=not wanted.lowest)
    (side, most), (_, next_one) = ordered[:2]
    if most.value == next_one.value or not _comparable([figure for _, figure in known]):
        return []
    name = _called(known)[known.index((side, most))]
    return [Line(f"其中{name}最{wanted.way}，为{most.text}。", (quote_of(most, library),), (most,))]


def _sum(figures: Sequence[Figure], library: Library) -> list[Line]:
    """What the figures come to together."""
    if any(_NOT_ADDITIVE.search(figure.key) for figure in figures) or not all(map(is_exact, figures)):
        return []
    total = sum_of(figures)
    quotes = tuple(dict.fromkeys(quote_of(figure, library) for figure in figures))
    return [Line(f"合计{total.text}（{total.formula}）。", quotes, tuple(figures), (total,))]


def _called(known: Sequence[Found]) -> list[str]:
    """What the sides are called: by their places, their metrics, or as the question calls them."""
    own = [side.name for side, _ in known]
    if any(side.by != "thing" for side, _ in known):
        return own
    for names in ([_place(side.name) for side, _ in known], [_metric(side, figure) for side, figure in known]):
        if all(names) and len(set(names)) == len(names):
            return names
    return own


def _place(name: str) -> str:
    """The full name of the one place that a side's name has; else ""."""
    places = mentions(name).places
    return places[0].name if len(places) == 1 else ""


def _metric(side: Side, figure: Figure) -> str:
    """The side's words without its place, where the figure is called so, or what it is called itself; else ""."""
    thing, name = (mentions(each).bare.strip("的 ") for each in (side.thing, side.name))
    if flat(thing) in flat(figure.key):
        return thing
    return figure.key if flat(name) in flat(figure.key) else ""


def _shared_name(known: Sequence[Found]) -> str:
    """The metric, where all sides are of one and their names leave it out, with the time that all are of."""
    keys, times = ({getattr(figure, name) for _, figure in known} for name in ("key", "period"))
    time = label(known[0][1].period) if len(times) == 1 else ""
    return f"{time}{known[0][1].key}，" if len(keys) == 1 else ""


def _value(figure: Figure) -> Decimal:
    return figure.value


def change(
    first: Figure,
    last: Figure,
    place: str,
    library: Library,
    *,
    in_per_cent: bool = True,
    times: Sequence[str] = (),
) -> list[Line]:
    """How far it is from the first value to the last, where both are exact; one line, or none.

    `times` are what both are called, where that is not just what their periods are.
    """
    if first.value == last.value or not (is_exact(first) and is_exact(last)):
        return []
    apart = difference_of(last, first) if last.value > first.value else difference_of(first, last)
    verb = "增加" if last.value > first.value else "减少"
    since, until = times or (label(first.period), label(last.period))
    if not place and "|" in text_of(first, library):  # a row of a table says nothing of the kind before or after
        place = f"{first.region}{first.metric}"
    words = f"{place}从{since}的{operand(first)}到{until}的{operand(last)}，{verb}{apart.text}"
    words += f"（{apart.formula}）"
    computed = [apart]
    if in_per_cent and (grown := growth_of(first, last)):
        words += f"，{'增长' if last.value > first.value else '下降'}{grown.text}（{grown.formula}）"
        computed.append(grown)
    return [Line(f"{words}。", (quote_of(first, library), quote_of(last, library)), (first, last), tuple(computed))]
