"""Severally: of several things asked at once, each answered by itself, in one answer."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.extractive import comparisons, definitions, lookup, sections, sentences
from assistant.extractive.compose import Draft, Line, without_repeats
from assistant.extractive.lists.answer import answer as listed
from assistant.extractive.sentences import of_finding
from assistant.extractive.tabular import answer as tabular
from assistant.library import Library
from assistant.question.question import Question, mentions, single
from assistant.question.talk import completed
from assistant.question.terms import asked_for, flat, met
from assistant.reading.findings import find
from assistant.reading.reader import shipped_reader
from index.hits import Hit
from sources.figures.figure import Figure
from sources.words import units_of

_LEAST_MET = 0.5
"""From which on other words say the same: 补助 for 补贴."""
_SURE = 0.5
"""How sure the reader must be that a sentence answers a part, too."""
_NEAR = 2
"""Passages that speak of the whole question, whose documents a part is looked for in."""
_TO_THE_DAY = 2
"""Dashes of a date: 2024-07-01."""
_EACH = (
    definitions.answer,
    comparisons.told_as_change,
    tabular.of_one_cell,
    lookup.answer,
    sections.answer,
    listed,
    sentences.answer,
    sections.instead,
)


def answer(question: Question, library: Library) -> Draft | None:
    """The parts' answers one after the other; None where one sentence answers both halves, or nothing answers any.

    The parts may have been cut wrongly: then the whole question decides whether there is an answer at all.
    """
    if not question.parts or (question.coordinated and _answered_at_once(question, library)):
        return None
    drafts: list[Draft | None] = []
    for at, part in enumerate(question.parts):
        drafts.append(_of_part(part, question, question.parts[:at], _lines(drafts), library))
    drafts = [None if _is_of_another(at, question.parts, drafts) else draft for at, draft in enumerate(drafts)]
    made = [draft for draft in drafts if draft]
    if not made:
        return None
    lines = _lines(made)
    # 更方便了吗？新增了多少个站点？ answers its first part by its second.
    missing = [
        part.standalone
        for part, draft in zip(question.parts, drafts, strict=True)
        if draft is None
        and part.kind != "yes_no"
        and not (part.kind == "date" and _has_all_dates(question, lines, library))
        and not _is_told(part, lines, library)
    ]
    return Draft(
        question,
        tuple(without_repeats(lines)),
        min(draft.confidence for draft in made),
        notice="；".join(dict.fromkeys(draft.notice for draft in made if draft.notice)) or None,
        unanswered=tuple(missing),
    )


def _of_part(
    part: Question, whole: Question, before: Sequence[Question], told: Sequence[Line], library: Library
) -> Draft | None:
    """What answers one part by itself or, where it leans on those before it, in full words (为什么 after 哪几个项目还没
    开工 asks why these haven't): in the documents that answer these, or speak of the whole, before all others."""
    full = completed(part.text, [each.standalone for each in before]) if before else None
    if full is None or full.relation != "leans":
        return _first(part, library)
    passages = {quote.passage.id: quote.passage for line in told for quote in line.quotes}
    near = passages.values() or [hit.passage for hit in library.search(whole.standalone)[:_NEAR]]
    there = library.within(frozenset(passage.document_id for passage in near))
    in_full = single(full.text)
    draft = _first(part, there) or _first(in_full, there) or _first(in_full, library)
    if draft or not passages:
        return draft
    hits = [Hit(passage, 1.0, 0.0, 0.0) for passage in passages.values()]
    found = find(single(part.text), hits, document=library.document, figures=library.figures)
    return of_finding(found, library) if found.found else None


def _first(question: Question, library: Library) -> Draft | None:
    return next((draft for each in _EACH if (draft := each(question, library))), None)


def _lines(drafts: Sequence[Draft | None]) -> list[Line]:
    return [line for draft in drafts if draft for line in draft.lines if isinstance(line, Line)]


def _is_told(part: Question, lines: Sequence[Line], library: Library) -> bool:
    """Whether what a part asks stands in the sentences that answer the others: the reader finds it there, or the share
    or amount that it asks for by name."""
    asked = asked_for(part.standalone)
    units = units_of(asked.text) if asked else frozenset()
    quotes = [quote for line in lines for quote in line.quotes]
    texts = [library.document(quote.passage.document_id).text[quote.start : quote.end] for quote in quotes]
    return any(
        figure.unit in units and quote.start <= figure.start < quote.end
        for quote in quotes
        for figure in library.figures(quote.passage.document_id)
    ) or any(shipped_reader().answers(part.for_reading, text) >= _SURE for text in texts)


def _has_all_dates(question: Question, lines: Sequence[Line], library: Library) -> bool:
    """Whether as many days stand in the sentences that answer as are asked for: from when, and until when."""
    quotes = [quote for line in lines for quote in line.quotes]
    texts = [library.document(quote.passage.document_id).text[quote.start : quote.end] for quote in quotes]
    days = {each.value for text in texts for each in mentions(text).dates if each.value.count("-") == _TO_THE_DAY}
    return len(days) >= sum(part.kind == "date" for part in question.parts)


def _is_of_another(at: int, parts: Sequence[Question], drafts: Sequence[Draft | None]) -> bool:
    """Whether a part gets the words that answer another one, and these don't have what it asks for: 停车费多少 after
    门票多少, by the price of the ticket."""
    own, asked = drafts[at], asked_for(parts[at].standalone)
    if own is None or asked is None or any(figure.unit in units_of(asked.text) for figure in _figures(own)):
        return False
    said = _figures(own) or _quotes(own)
    shared = any((_figures(each) or _quotes(each)) == said for n, each in enumerate(drafts) if each and n != at)
    text = flat("".join(line.text for line in own.lines if isinstance(line, Line)))
    return shared and asked.text not in text and float(met([asked], (text,)).max()) < _LEAST_MET


def _figures(draft: Draft) -> set[Figure]:
    return {figure for line in draft.lines if isinstance(line, Line) for figure in line.figures}


def _quotes(draft: Draft) -> set[tuple[str, int]]:
    quotes = (quote for line in draft.lines if isinstance(line, Line) for quote in line.quotes)
    return {(quote.passage.document_id, quote.start) for quote in quotes}


def _answered_at_once(question: Question, library: Library) -> bool:
    """Whether the sentence found for the whole question names both of the things that it coordinates."""
    finding = library.finding(question)
    if not finding.found or finding.best is None:
        return False
    texts = [part.text for part in question.parts]
    head = min(_common(texts[0], each) for each in texts[1:])
    tail = min(_common(texts[0][head:][::-1], each[head:][::-1]) for each in texts[1:])
    return all(each[head : len(each) - tail] in finding.best.text for each in texts)


def _common(one: str, two: str) -> int:
    """How many characters both begin with."""
    return next((at for at, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
