"""Branches: a rule with a case for each size or age, and the case that fits what another document states of whom the
question names; both are told.

床位在100张以下的，每张补150元；100张以上的，补200元。   | 康乐园 | 80张 |
康乐园每张床位补多少？  →  80张, and the first case
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from assistant.extractive.compose import Draft, Line, Quote, quoted
from assistant.extractive.statements import line_of, text_of
from assistant.library import Library
from assistant.question.question import Question
from assistant.question.terms import flat, flattened
from sources.documents import Document
from sources.figures.figure import Figure
from sources.figures.ranges import allowance
from sources.mentions.numerals import Quantity, quantities
from sources.sentences import Span, sentences

_PIECE = re.compile(r"[^；;。\n]+")
_LEAD = re.compile(r"^[^：:]*[：:]")
_LEAST_NAMED = 2
"""Characters of a name that stands in the question and beside the fact, but not in the rule."""


@dataclass(frozen=True, slots=True)
class _Case:
    """One case of a rule."""

    span: Span
    conditions: tuple[Quantity, ...]
    """Bounds that what it is for must keep, all of one unit."""

    def fits(self, value: Decimal) -> bool:
        """Whether the value keeps them."""
        for each in self.conditions:
            allowed = allowance(each.qualifier, each.text)
            kept = allowed.around(each.value) if allowed else None
            if kept is None or not (kept.low <= value <= kept.high):
                return False
            if (kept.low_open and value == kept.low) or (kept.high_open and value == kept.high):
                return False
        return True


def answer(question: Question, library: Library) -> Draft | None:
    """The fact and the case of the rule that it falls under; None where no rule with cases answers, or no fact, or more
    than one case, fits."""
    if question.kind != "number" or question.parts:
        return None
    finding = library.finding(question)
    if not finding.found or finding.best is None:
        return None
    document = finding.best.document
    cases = _cases(document, finding.best.start)
    if len(cases) < 2:
        return None
    unit = cases[0].conditions[0].unit
    facts = _facts(question, unit, document, library)
    if len({fact.value for fact in facts}) != 1:
        return None
    fitting = [case for case in cases if case.fits(facts[0].value)]
    if len(fitting) != 1:
        return None
    start, end = fitting[0].span
    figures = [each for each in library.figures(document.id) if start <= each.start and each.end <= end]
    rule = quoted(Quote(library.passage_at(document.id, start), start, end), library.document, *figures)
    fact: Line = line_of(facts[0], facts[0].key, library)
    return Draft(question, (fact, rule), finding.confidence)


def _cases(document: Document, at: int) -> list[_Case]:
    """The cases of the sentence at an offset: parts with bounds of one unit; [] where there are fewer than two."""
    text = document.text
    whole = next(((start, end) for start, end in sentences(text) if start <= at < end), None)
    if whole is None:
        return []
    found: list[_Case] = []
    for piece in _PIECE.finditer(text, *whole):
        lead = _LEAD.match(piece[0])
        start = piece.start() + (lead.end() if lead else 0)
        stated = quantities(text[start : piece.end()])
        bounds = [each for each in stated if each.unit and allowance(each.qualifier, each.text)]
        own = tuple(each for each in bounds if each.unit == bounds[0].unit)
        if own and len(stated) > len(own):
            found.append(_Case((start, piece.end()), own))
    return [each for each in found if each.conditions[0].unit == found[0].conditions[0].unit]


def _facts(question: Question, unit: str, rule: Document, library: Library) -> list[Figure]:
    """The figures of the unit that other documents state of whom the question names and the rule doesn't: those by the
    longest name."""
    known, asked = flattened(rule.text), flat(question.standalone)
    named: list[tuple[int, Figure]] = []
    for document_id in dict.fromkeys(hit.passage.document_id for hit in library.search(question.standalone)):
        if document_id == rule.id:
            continue
        for figure in library.figures(document_id):
            if figure.unit == unit and figure.upper is None:
                stated = flat(text_of(figure, library))
                length = max((len(name) for name in _shared(asked, stated) if name not in known), default=0)
                named.append((length, figure))
    longest = max((length for length, _ in named), default=0)
    return [figure for length, figure in named if length == longest >= _LEAST_NAMED]


def _shared(one: str, other: str) -> Iterator[str]:
    """The longest stretch from each character of `one` on that stands in `other`, too."""
    for start in range(len(one)):
        end = start
        while end < len(one) and one[start : end + 1] in other:
            end += 1
        if end - start >= _LEAST_NAMED:
            yield one[start:end]
