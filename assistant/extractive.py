"""The answerer that needs no model: the shortest verbatim clauses that answer, each cited, or what is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache

from assistant import (
    clarify,
    comparison,
    courtesy,
    disagreement,
    enumerations,
    imprint,
    lookup,
    nearest,
    premises,
    summaries,
    trends,
)
from assistant.answers import Answer
from assistant.candidates import Candidate
from assistant.compose import Line, Quote, answered, not_found, quoted, without_repeats
from assistant.findings import Finding, find
from assistant.library import Library
from assistant.question import Question, asks_several
from assistant.spans import MAX_CHARS, answering_span
from sources.figures import Figure

_MAX_NEAREST = 3
_STORED_CONFIDENCE = 0.8
_HEADED_CONFIDENCE = 0.6
"""Of a list that only what stands over it says to be the answer."""
_SURE = 0.6
"""What is found with less confidence gives way to a list that the question names."""
_MIN_LISTED = 0.04
"""How sure an item of a list must at least be for the whole of it to answer."""
_LEAST_REPEATED = 12
"""Characters of a quote whose repetition elsewhere is no chance."""
_MOST_REPEATED = 2
_TWO_PLACES = {
    "zh": "不能确定哪一处是所问的答案，列出最接近的两处",
    "en": "It is not certain which place answers; the two closest are shown",
}
_STATUS_WORDS = {"target": "目标", "plan": "计划", "growth": "增幅", "share": "占比", "cumulative": "累计"}


def answer(question: Question, library: Library) -> Answer:
    """The answer to `question` from `library`.

    What has a form of its own (`_ANSWERERS`, tried in turn) is answered in it; everything else by the best sentence for
    each of the things asked.
    """
    library = replace(library, search=cache(library.search))  # several answerers look for the same
    for answerer in _ANSWERERS:
        if told := answerer(question, library):
            return told
    findings = _findings(question, library)
    found = [finding for finding in findings if finding.found]
    stored = {
        each.question.standalone: line
        for each in findings
        if (
            line := lookup.line(each.question, library)
            or (None if each.found else clarify.stored(each.question, library))
        )
    }
    if not found and not stored:
        if worked_out := comparison.share(question, library):
            return answered(question, worked_out, confidence=_STORED_CONFIDENCE, document=library.document)
        if whole := enumerations.headed(question, library):
            made = answered(question, whole.lines, confidence=_HEADED_CONFIDENCE, document=library.document)
            return replace(made, notice=_left_out(whole.left_out))
        near = [
            (finding.question, each)
            for finding in findings
            for each in nearest.closest(finding.question, finding, library, most=_MAX_NEAREST)
        ]
        return not_found(
            question,
            [_near_line(asked, each, library) for asked, each in near[:_MAX_NEAREST]],
            confidence=1 - max(finding.confidence for finding in findings),
            document=library.document,
        )
    lines, notice = _lines(findings, stored, library)
    lines = [*without_repeats(lines), *comparison.difference(question, lines)]
    answering = [each for each in findings if each.found or each.question.standalone in stored]
    # 更方便了吗？新增了多少个站点？ answers its first part by its second.
    missing = [
        each.question.standalone
        for each in findings
        if not each.found and each.question.kind != "yes_no" and each.question.standalone not in stored
    ]
    made = answered(
        question,
        premises.corrected(question, disagreement.told(lines, library), library),
        confidence=min(
            _STORED_CONFIDENCE if each.question.standalone in stored else each.confidence for each in answering
        ),
        document=library.document,
        unanswered=missing,
    )
    return replace(made, notice=notice or disagreement.notice(lines, library))


def _findings(question: Question, library: Library) -> list[Finding]:
    """One finding for each of the things asked."""
    if question.coordinated and not comparison.asks_apart(question):  # which takes a figure of either
        whole = _find(question, library)
        if whole.found and whole.best is not None and _names_both(question, whole.best.text):
            return [whole]
    findings = [_find(part, library) for part in question.parts or (question,)]
    if question.parts and not any(finding.found for finding in findings):
        # The parts may have been cut wrongly: the whole question decides whether there is an answer at all.
        return [_find(question, library)]
    return findings


def _names_both(question: Question, text: str) -> bool:
    """Does the sentence name both of the things that a question coordinates?"""
    one, two = (part.text for part in question.parts)
    head = _common(one, two)
    tail = _common(one[head:][::-1], two[head:][::-1])
    return all(each[head : len(each) - tail] in text for each in (one, two))


def _common(one: str, two: str) -> int:
    """How many characters both begin with."""
    return next((at for at, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))


def _from_imprint(question: Question, library: Library) -> Answer | None:
    lines = imprint.lines(question, library)
    if not lines and imprint.asks_number(question):  # which stands nowhere else
        return not_found(question, (), confidence=0.9, document=library.document)
    return answered(question, lines, confidence=0.9, document=library.document) if lines else None


def _from_target(question: Question, library: Library) -> Answer | None:
    lines = comparison.target_met(question, library)
    if not lines:
        return None
    made = answered(question, disagreement.told(lines, library), confidence=0.85, document=library.document)
    return replace(made, notice=disagreement.notice(lines, library))


_ANSWERERS: tuple[Callable[[Question, Library], Answer | None], ...] = (
    courtesy.answer,
    _from_imprint,
    trends.answer,
    _from_target,
    summaries.answer,
    premises.answer,
    clarify.answer,
    clarify.event,
)


def _find(question: Question, library: Library) -> Finding:
    hits = library.search(question.standalone)
    finding = find(question, hits, document=library.document, figures=library.figures)
    if finding.in_doubt and finding.best is not None and finding.confidence >= _MIN_LISTED:
        # A list that the question names right over it dispels what doubt its items leave.
        found = replace(finding, quote=(finding.best.start, finding.best.end))
        if enumerations.listed(found, library):
            finding = found
    return nearest.checked(question, finding)


def _lines(findings: Sequence[Finding], stored: Mapping[str, Line], library: Library) -> tuple[list[Line], str | None]:
    """What answers, one line a finding or one an item of a list; and a word on items not shown, or on a doubt.

    `stored` holds what the figure store has for a question, by its text.
    """
    lines: list[Line] = []
    left_out, doubt = 0, None
    for finding in findings:
        if line := stored.get(finding.question.standalone):
            lines.append(line)
            continue
        if not finding.found:
            continue
        named = enumerations.headed(finding.question, library) if finding.confidence < _SURE else None
        if whole := named or enumerations.listed(finding, library):
            lines += whole.lines
            left_out += whole.left_out
            continue
        lines.append(_line(finding, library))
        if finding.second is not None:
            other, span = finding.second
            lines.append(quoted(Quote(other.passage, *span, finding.confidence), library.document))
            doubt = _TWO_PLACES[finding.question.language]
    return lines, _left_out(left_out) or doubt


def _left_out(items: int) -> str | None:
    return f"清单较长，还有 {items} 项未列出" if items else None


def _line(finding: Finding, library: Library) -> Line:
    assert finding.best is not None
    assert finding.quote is not None
    start, end = finding.quote
    if asks_several(finding.question) and finding.best.end - finding.best.start <= MAX_CHARS:
        start, end = min(start, finding.best.start), max(end, finding.best.end)
    quote = Quote(finding.best.passage, start, end, finding.confidence)
    figures = [finding.best.figure] if finding.best.figure is not None else []
    line = quoted(quote, library.document, *_inside(figures, quote))
    return replace(line, quotes=(quote, *_elsewhere(quote, finding.question, library)))


def _elsewhere(quote: Quote, question: Question, library: Library) -> list[Quote]:
    """The same words where other documents have them, too: a notice and those that pass it on; the best few."""
    text = library.document(quote.passage.document_id).text[quote.start : quote.end].strip("，,；;：:、。 \n")
    if len(text) < _LEAST_REPEATED:
        return []
    found: dict[str, Quote] = {}
    for hit in library.search(question.standalone):
        passage = hit.passage
        at = passage.text.find(text)
        if at >= 0 and passage.document_id != quote.passage.document_id:
            start = passage.start + at
            found.setdefault(passage.document_id, Quote(passage, start, start + len(text), quote.score))
    return list(found.values())[:_MOST_REPEATED]


def _inside(figures: Sequence[Figure], quote: Quote) -> list[Figure]:
    return [figure for figure in figures if quote.start <= figure.start and figure.end <= quote.end]


def _near_line(question: Question, near: Candidate, library: Library) -> Line:
    """What the documents do have, with the place and time that tell it from what was asked."""
    quote = Quote(near.passage, *answering_span(question, near))
    line = quoted(quote, library.document)
    if near.figure is None:
        return line
    told = [near.figure.region, near.figure.period, _STATUS_WORDS.get(near.figure.status, "")]
    label = " ".join(part for part in told if part and part not in line.text)
    return Line(f"{label}：{line.text}" if label else line.text, line.quotes)
