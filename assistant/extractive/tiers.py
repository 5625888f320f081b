"""Tiers: a rule with an amount for each size or age, and the tier that the question's own number falls into.

年发放加工费20万元（含）至50万元的，奖励3000元；50万元（含）至100万元的，奖励8000元。
一年发了60万加工费奖励多少？  →  the second
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.extractive.compose import Draft, Quote, quoted
from assistant.library import Library
from assistant.question.question import Question, mentions, single
from sources.documents import Document
from sources.figures.ranges import ALLOWANCES, Allowance, Range, allowance
from sources.mentions.numerals import Quantity, quantities
from sources.sentences import Span

_PIECE = re.compile(r"[^；;。\n]+")
_TO = re.compile(r"(?P<least>[（(]不?含[）)])?(?:以上)?[，,、]?(?:至|到|—+|－|-|~|～)")
_MARK = re.compile(r"[（(](?P<not>不)?含[）)]|以下[（(](?P<below_not>不)?含")
_INCLUDED = re.compile(r"[（(](?P<not>不)?含[）)](?P<bound>以[上下内])")
_BOTH = re.compile(r"(?:[（(]不?含[）)])?(?:以[上下])?[，,、]?")
_COMMA = re.compile(r"[，,]")
_MOST_NUMBERS = 3
_MOST_CHARS = 3000
"""Of a section that is looked through for tiers."""


@dataclass(frozen=True, slots=True)
class _Tier:
    """One tier of a rule."""

    span: Span
    """Where its words stand in the document."""
    unit: str
    values: Range
    """What it is for."""


def answer(question: Question, library: Library) -> Draft | None:
    """The tier's own words; None where the question has no number, no rule with tiers answers it otherwise, or not
    just one tier fits."""
    if question.kind not in ("number", "fact") or question.parts or question.language != "zh":
        return None
    own = [each for each in mentions(question.standalone).numbers if each.upper is None]
    drafts = (_of(each, question, library) for each in own[:_MOST_NUMBERS])
    return next(filter(None, drafts), None)


def _of(own: Quantity, question: Question, library: Library) -> Draft | None:
    """What is told for one of the question's numbers, by the rule that answers it without that."""
    text = question.standalone
    bare = replace(single(text[: own.start] + text[own.end :]), text=question.text, whole=question.whole)
    finding = library.finding(bare)
    if not finding.found:
        finding = library.finding(question)
    if not finding.found or finding.best is None:
        return None
    document = finding.best.document
    by_unit: dict[str, list[_Tier]] = {}
    for tier in _tiers(document, finding.best.start):
        if own.unit in ("", tier.unit):
            by_unit.setdefault(tier.unit, []).append(tier)
    rules = [tiers for tiers in by_unit.values() if len(tiers) > 1]
    if len(rules) != 1:
        return None
    value = Range(own.value, own.value)
    fitting = [each for each in rules[0] if each.values.holds(value)]
    if len(fitting) != 1:
        return None
    start, end = fitting[0].span
    figures = [each for each in library.figures(document.id) if start <= each.start and each.end <= end]
    line = quoted(Quote(library.passage_at(document.id, start), start, end), library.document, *figures)
    return Draft(question, (line,), finding.confidence)


def _tiers(document: Document, at: int) -> list[_Tier]:
    """The tiers of the section that an offset lies in."""
    section = document.section_at(at)
    start, end = (section.start, section.end) if section else (0, len(document.text))
    if end - start > _MOST_CHARS:
        start, end = max(start, at - _MOST_CHARS // 2), min(end, at + _MOST_CHARS // 2)
    return [
        tier for piece in _PIECE.finditer(document.text, start, end) for tier in _of_piece(document.text, *piece.span())
    ]


def _of_piece(text: str, start: int, end: int) -> Iterator[_Tier]:
    """The tiers between two semicolons: each begins at the comma before its bounds, and has a number beside them."""
    numbers = [replace(each, start=start + each.start, end=start + each.end) for each in quantities(text[start:end])]
    bounds = _with_amounts(list(_bounds(text, numbers)), len(numbers))
    if not bounds:
        return
    begins = [start]
    for (_, first, _), (_, _, last) in zip(bounds[1:], bounds, strict=False):
        commas = [each.end() for each in _COMMA.finditer(text, numbers[last].end, numbers[first].start)]
        begins.append(commas[-1] if commas else numbers[first].start)
    for (values, first, last), begin, stop in zip(bounds, begins, [*begins[1:], end + 1], strict=True):
        if any(number.end < stop and at > last for at, number in enumerate(numbers)):
            yield _Tier((begin, stop - 1), numbers[first].unit, values)


def _with_amounts(bounds: Sequence[tuple[Range, int, int]], count: int) -> list[tuple[Range, int, int]]:
    """Those with a number behind them: 不超过2万元 in 50万元以上的，奖励不超过2万元 is what the tier gives."""
    kept: list[tuple[Range, int, int]] = []
    until = count
    for each in reversed(bounds):
        if each[2] + 1 < until:
            kept.insert(0, each)
            until = each[1]
    return kept


def _bounds(text: str, numbers: Sequence[Quantity]) -> Iterator[tuple[Range, int, int]]:
    """The bounds among some numbers, each with the places of its first and last one."""
    at = 0
    while at < len(numbers):
        one, then = numbers[at], numbers[at + 1] if at + 1 < len(numbers) else None
        between = text[one.end : then.start] if then is not None and then.unit == one.unit else None
        last = at
        values: Range | None = None
        if one.upper is not None:
            values = Range(one.value, one.upper)
        elif then is not None and between is not None and (to := _TO.fullmatch(between)):
            mark = _MARK.match(text, then.end)
            includes_least = to["least"] is not None and "不" not in to["least"]
            excludes_most = (mark["not"] or mark["below_not"]) is not None if mark else includes_least
            values = Range(one.value, then.value, to["least"] is not None and not includes_least, excludes_most)
            last = at + 1
        elif allowed := _allowance(text, one):
            values = allowed.around(one.value)
            beside = _allowance(text, then) if then and between is not None and _BOTH.fullmatch(between) else None
            if then is not None and beside:
                other = beside.around(then.value)
                values = Range(
                    max(values.low, other.low), min(values.high, other.high), values.low_open, other.high_open
                )
                last = at + 1
        if values is not None and one.unit:
            yield values, at, last
        at = last + 1


def _allowance(text: str, number: Quantity) -> Allowance | None:
    """What the words beside a number allow, those too behind a note: 500万元（含）以上."""
    if noted := _INCLUDED.match(text, number.end):
        families = {"以上": ("least", "over"), "以下": ("most", "under"), "以内": ("most", "under")}
        return ALLOWANCES[families[noted["bound"]][noted["not"] is not None]]
    return allowance(number.qualifier, number.text)
