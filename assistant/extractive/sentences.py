"""Sentences: the answer by the best sentence for each of the things asked"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from assistant.extractive import comparisons as comparison
from assistant.extractive import lists as enumerations
from assistant.extractive import nearest
from assistant.extractive.compose import Line, Quote, quoted
from assistant.library import Library
from assistant.question.question import Question, asks_several
from assistant.reading.candidates import Candidate
from assistant.reading.findings import Finding, find
from assistant.reading.spans import MAX_CHARS, answering_span
from sources.figures.figure import Figure

MAX_NEAREST = 3
STORED_CONFIDENCE = 0.8
HEADED_CONFIDENCE = 0.6
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


def findings_of(question: Question, library: Library) -> list[Finding]:
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


def _find(question: Question, library: Library) -> Finding:
    hits = library.search(question.standalone)
    finding = find(question, hits, document=library.document, figures=library.figures)
    if finding.in_doubt and finding.best is not None and finding.confidence >= _MIN_LISTED:
        # A list that the question names right over it dispels what doubt its items leave.
        found = replace(finding, quote=(finding.best.start, finding.best.end))
        if enumerations.listed(found, library):
            finding = found
    return nearest.checked(question, finding)


def lines_of(
    findings: Sequence[Finding], stored: Mapping[str, Line], library: Library
) -> tuple[list[Line], str | None]:
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
    return lines, left_out_notice(left_out) or doubt


def left_out_notice(items: int) -> str | None:
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


def near_line(question: Question, near: Candidate, library: Library) -> Line:
    """What the documents do have, with the place and time that tell it from what was asked."""
    quote = Quote(near.passage, *answering_span(question, near))
    line = quoted(quote, library.document)
    if near.figure is None:
        return line
    told = [near.figure.region, near.figure.period, _STATUS_WORDS.get(near.figure.status, "")]
    label = " ".join(part for part in told if part and part not in line.text)
    return Line(f"{label}：{line.text}" if label else line.text, line.quotes)
