"""Disagreements: the same thing, place, time and kind with different values; rounding and bounds are none.

Two ways lead to one, both narrow, since a false one does more harm than one not noticed: the same sentence printed
elsewhere with another number, or a well-known statistic whose every field was read for sure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from assistant.extractive.compose import Draft, Line, Quote, Row, quoted
from assistant.extractive.owners import Owner, are_alike, owner_of
from assistant.extractive.statements import quote_of, words_of
from assistant.library import Library
from assistant.question.question import Question
from assistant.reading.agreement import is_planned
from assistant.reading.findings import Finding
from sources.figures.figure import SURE, Figure
from sources.figures.ranges import agree, rounded
from sources.mentions.numerals import COUNTER_UNITS
from sources.mentions.periods import days
from sources.sentences import sentences

_MOST_RIVALS = 200
_MOST_ASKED = 4
"""Documents that are each asked by themselves."""
_LEAST_SURE = 0.6
_REVISED_LATER = "后来的文件作了修订："
_WITHIN = "同一文件里说法不一："
_BETWEEN = "不同文件说法不一："
_LEAST_FRAME = 12
"""Characters that two sentences must share beside their numbers to be the same one."""
_SURE = replace(SURE, period=0.95)
"""A time that only an earlier sentence names is not sure enough to say that two documents contradict each other."""
_OWN_PLACE = 0.95
"""How sure a place is that the words beside the figure name."""
_STATISTIC = re.compile(
    r"(?:收入|支出|总值|产值|增加值|产量|面积|人口|[率比]|比重|占比|总额|总量|浓度|指数|投资|销售额|余额|里程)$"
)
_OF_A_PART = re.compile(r"其中|部分|不含|除外|平均|最[高低大小多少]|单[个项条产]|每")
_OF_EACH = re.compile("[人户村亩]均|每[人户村亩]")
_REVISED = re.compile(r"修订|更正|修正|订正|勘误|调整[为后]|最终核实|重新核算")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Figures that can't all be right."""

    figures: tuple[Figure, ...]
    """One of each value; the one asked about first, or the revision where there is one."""
    revised: bool = False
    """Whether the first of them says, in a document published later, that it corrects what was printed before."""


def about(figure: Figure, library: Library) -> Disagreement | None:
    """What the library's other figures say differently; None where nothing does."""
    if not figure.key:
        return None
    rivals: list[Figure] = []
    for other in _alike(figure, library):
        if not _of_the_same(figure, other, library):
            continue
        if other.scope != figure.scope or (other.value, other.upper) in _values(rivals):
            continue
        if (other.value, other.upper) != (figure.value, figure.upper) and _disagree(figure, other, library):
            rivals.append(other)
    if not rivals:
        return None
    return _between((figure, *rivals), library)


def _alike(figure: Figure, library: Library) -> list[Figure]:
    """The first figures of its metric, kind and unit that are worded alike, or of its place and time where both are
    read for sure."""
    alike = partial(library.store, keys=[figure.key], status=figure.status, unit=figure.unit, most=_MOST_RIVALS)
    found: list[Figure] = []
    if figure.frame is not None:
        found += alike(frame=figure.frame)
    if _well_read(figure, library):
        found += alike(region=figure.region, period=figure.period)
    return sorted(dict.fromkeys(found), key=lambda other: (other.document_id, other.start))


def _between(everyone: tuple[Figure, ...], library: Library) -> Disagreement:
    """The disagreement of these, the one that corrects all the others first where there is one."""
    for newer in everyone:
        if all(_revises(newer, older, library) for older in everyone if older is not newer):
            return Disagreement((newer, *(each for each in everyone if each is not newer)), revised=True)
    return Disagreement(everyone)


def _of_the_same(one: Figure, other: Figure, library: Library) -> bool:
    """Whether both are of one place and time. Where only their documents as a whole say of which, these may be read
    differently though the text is the same: then the sentences around must be, too."""
    if _of_two_owners(one, other, library):
        return False
    if one.document_id == other.document_id and one.subject != other.subject:
        return False  # two rows of a table
    if (one.region, one.period) == (other.region, other.period):
        return True
    if one.document_id == other.document_id or (one.value, one.upper) == (other.value, other.upper):
        return False
    if one.period and other.period and one.period != other.period:
        return False  # two years' reports say much in the same words
    same_text = _same_sentence(one, other) and _neighbours(one, library) == _neighbours(other, library)
    return same_text and all(figure.sure.region < _OWN_PLACE or one.region == other.region for figure in (one, other))


def answer(question: Question, library: Library) -> Draft | None:
    """The values that several documents give for one thing, each in its own words; None where only one is sure to
    answer, or they don't differ.

    Whatever each calls it: each is asked by itself, and both must be about one time, place and kind.
    """
    if question.kind != "number" or question.parts:
        return None
    first = library.finding(question)
    if not first.found or first.best is None or first.best.figure is None:
        return None
    documents = dict.fromkeys(hit.passage.document_id for hit in library.search(question.standalone))
    rivals = [
        each
        for each in documents
        if each == first.best.document.id
        or any(_differ(first.best.figure, other, library) for other in library.figures(each))
    ]
    sides: list[tuple[Finding, Figure]] = []
    for each in rivals[:_MOST_ASKED] if len(rivals) > 1 else ():
        own = library.among(frozenset([each])).finding(question)
        figure = own.best.figure if own.found and own.best and own.confidence >= _LEAST_SURE else None
        if figure is not None and all(_differ(figure, other, library) for _, other in sides):
            sides.append((own, figure))
    if len(sides) < 2:
        return None
    told = _between(tuple(figure for _, figure in sides), library)
    by_figure = {figure: own for own, figure in sides}
    lines = [
        quoted(Quote(own.best.passage, *own.quote), library.document, figure)
        for figure in told.figures
        if (own := by_figure[figure]).best and own.quote
    ]
    confidence = min(own.confidence for own, _ in sides)
    return Draft(question, (Line(_opening(told), ()), *lines), confidence, notice=_notice(told, library))


def _differ(one: Figure, other: Figure, library: Library) -> bool:
    """Whether two figures of different documents are of one kind, time and place, and can't both be right."""
    same = (one.unit, one.status, one.period, one.region) == (other.unit, other.status, other.period, other.region)
    same = same and bool(_OF_EACH.search(one.metric)) == bool(_OF_EACH.search(other.metric))
    same = same and len({is_planned(each, library.document(each.document_id)) for each in (one, other)}) == 1
    versions = library.standings().versions(one.document_id)
    if not (same and one.period) or other.document_id in versions or agree(one, other) or rounded(one, other):
        return False
    values = {
        (figure.document_id, each.value)
        for figure in (one, other)
        for each in library.figures(figure.document_id)
        if each.unit == figure.unit
    }
    told = (one.document_id, other.value) in values or (other.document_id, one.value) in values
    return not told and not _of_two_owners(one, other, library)


def _of_two_owners(one: Figure, other: Figure, library: Library) -> bool:
    """Whether each speaks of its own document's owner: of two villages, schools or companies.

    A county's document may well speak of another's figures, or of the province's: then a place is named beside both.
    """
    infos = [library.standings().info(figure.document_id) for figure in (one, other)]
    if not are_alike(*infos):
        return False
    return (
        not one.region
        or one.region != other.region
        or not all(
            _is_of_region(figure, owner_of(info.title, info.publisher), library)
            for figure, info in zip((one, other), infos, strict=True)
        )
    )


def _is_of_region(figure: Figure, owner: Owner | None, library: Library) -> bool:
    """Whether a figure is of its region as a whole, not of something there that owns the document."""
    if owner is None or owner.name == figure.region:
        return True
    start, end = _sentence(figure, library)
    named = owner.name in library.document(figure.document_id).text[start:end]
    return figure.sure.region >= _OWN_PLACE and not named


def everywhere(library: Library) -> list[Disagreement]:
    """Every disagreement in the library, each once."""
    disagreements: list[Disagreement] = []
    seen: set[Figure] = set()
    for info in library.documents():
        for figure in library.figures(info.id):
            if figure not in seen and (disagreement := about(figure, library)):
                seen.update(disagreement.figures)
                disagreements.append(disagreement)
    return disagreements


def both_sides(draft: Draft, library: Library) -> Draft:
    """The draft with the other side after each line whose figures differ elsewhere, and a notice that says so."""
    if draft.status != "answered" or draft.table or any(_is_opening(line) for line in draft.lines):
        return draft
    lines: list[Line | Row] = []
    notice = draft.notice
    for line in draft.lines:
        disagreement = _about_line(line, library) if isinstance(line, Line) else None
        if isinstance(line, Line) and disagreement:
            lines += _both_sides(line, disagreement, library)
            notice = notice or _notice(disagreement, library)
        else:
            lines.append(line)
    return replace(draft, lines=tuple(lines), notice=notice)


def _opening(disagreement: Disagreement) -> str:
    """The line above the sides."""
    if disagreement.revised:
        return _REVISED_LATER
    return _WITHIN if len({figure.document_id for figure in disagreement.figures}) == 1 else _BETWEEN


def _is_opening(line: Line | Row) -> bool:
    return isinstance(line, Line) and line.text in (_REVISED_LATER, _WITHIN, _BETWEEN)


def _about_line(line: Line, library: Library) -> Disagreement | None:
    return next((found for figure in _stated(line, library) if (found := about(figure, library))), None)


def _stated(line: Line, library: Library) -> Iterable[Figure]:
    """The line's figures, or those in its quotes where none is said to be what answers."""
    if line.figures or line.computed:
        return line.figures
    return (
        figure
        for quote in line.quotes
        for figure in library.figures(quote.passage.document_id)
        if quote.start <= figure.start and figure.end <= quote.end
    )


def _both_sides(line: Line, disagreement: Disagreement, library: Library) -> list[Line]:
    """Each value in the words of its document, which the notice names; what reckons with one of them stays before."""
    opening = _opening(disagreement)
    sides = []
    for figure in disagreement.figures:
        own = not line.computed and _holds(line.quotes[0], figure)
        quote = line.quotes[0] if own else quote_of(figure, library)
        words = line.text if own else words_of(figure, quote, figure.metric, library)
        sides.append(Line(words, (quote,), (figure,)))
    return [*([line] if line.computed else []), Line(opening, ()), *sides]


def _holds(quote: Quote, figure: Figure) -> bool:
    same = quote.passage.document_id == figure.document_id
    return same and quote.start <= figure.start and figure.end <= quote.end


def _notice(disagreement: Disagreement, library: Library) -> str:
    named = []
    for figure in disagreement.figures:
        document = library.document(figure.document_id)
        dated = f"（{document.published}）" if document.published else "（未注明日期）"
        named.append(f"《{document.title}》{dated}为{figure.text}")
    opening = "后来的文件作了修订" if disagreement.revised else "文件说法不一，请核对"
    return f"{opening}：{'，'.join(dict.fromkeys(named))}"


# --- whether two figures disagree -------------------------------------------------------------------------------------


def _disagree(one: Figure, other: Figure, library: Library) -> bool:
    """Whether two figures of one metric, place, period, kind and unit can't both be right."""
    if one.document_id != other.document_id:
        if _prints(other, one, library) or _prints(one, other, library):
            return False  # it gives both values, so each is of something
        if _same_sentence(one, other):
            return _same_time(one, other, library) and not rounded(one, other)
    return (
        _well_read(one, library)
        and _well_read(other, library)
        and not _within_one_sentence(one, other, library)
        and not agree(one, other)
    )


def _values(figures: Sequence[Figure]) -> set[tuple[Decimal, Decimal | None]]:
    return {(figure.value, figure.upper) for figure in figures}


def _well_read(figure: Figure, library: Library) -> bool:
    """Whether it is a statistic with a time and a place that were read for sure."""
    if not (figure.region and figure.period and _STATISTIC.search(figure.key) and len(figure.key) >= 4):
        return False
    if figure.unit in COUNTER_UNITS and not figure.key.endswith("人口"):
        return False
    if figure.status in ("growth", "plan") or (figure.status == "rank" and not figure.scope):
        return False
    if not figure.is_sure(_SURE):
        return False
    start, _ = _sentence(figure, library)
    return not _OF_A_PART.search(library.document(figure.document_id).text, start, figure.start)


def _same_time(one: Figure, other: Figure, library: Library) -> bool:
    """Whether sentences that name no time can be of the same: the text around them is the same, too, and their
    documents aren't of different years."""
    if one.period:
        return True
    years = {
        (library.document(figure.document_id).published or "")[:4] or _title_year(library, figure)
        for figure in (one, other)
    }
    around = [_neighbours(figure, library) for figure in (one, other)]
    return len(years - {""}) < 2 and any(a == b and a for a, b in zip(*around, strict=True))


def _title_year(library: Library, figure: Figure) -> str:
    year = re.search(r"(?<!\d)20\d\d(?=年)", library.document(figure.document_id).title)
    return year[0] if year else ""


# --- the sentences they stand in --------------------------------------------------------------------------------------


def _sentence(figure: Figure, library: Library) -> tuple[int, int]:
    passage = library.passage_at(figure.document_id, figure.start)
    text = library.document(figure.document_id).text
    holding = ((s, e) for s, e in sentences(text, passage.start, passage.end) if s <= figure.start < e)
    return next(holding, (figure.start, figure.end))


def _neighbours(figure: Figure, library: Library) -> tuple[str, str]:
    """The characters right before and after the figure's sentence, without white space."""
    start, end = _sentence(figure, library)
    text = library.document(figure.document_id).text
    before = _SPACE.sub("", text[max(0, start - 2 * _LEAST_FRAME) : start])[-_LEAST_FRAME:]
    after = _SPACE.sub("", text[end : end + 2 * _LEAST_FRAME])[:_LEAST_FRAME]
    return before, after


def _prints(holder: Figure, figure: Figure, library: Library) -> bool:
    """Whether the document of `holder` prints the value of `figure` for the same metric."""
    return any(
        (each.key, each.unit, each.value, each.upper) == (figure.key, figure.unit, figure.value, figure.upper)
        for each in library.figures(holder.document_id)
    )


def _within_one_sentence(one: Figure, other: Figure, library: Library) -> bool:
    return one.document_id == other.document_id and _sentence(one, library) == _sentence(other, library)


def _same_sentence(one: Figure, other: Figure) -> bool:
    """Whether both stand in the same place of one sentence, printed twice with other numbers."""
    return one.frame is not None and one.frame == other.frame


def _revises(newer: Figure, older: Figure, library: Library) -> bool:
    """Whether `newer` stands in a document published later that says, beside it or in its title, that it corrects."""
    published = [days(library.document(each.document_id).published or "") for each in (newer, older)]
    if published[0] is None or published[1] is None or published[0][0] <= published[1][0]:
        return False
    document = library.document(newer.document_id)
    start, end = _sentence(newer, library)
    return bool(_REVISED.search(document.text, start, end) or _REVISED.search(document.title))
