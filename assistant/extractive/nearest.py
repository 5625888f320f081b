"""Nearest: what the documents have instead of what was asked for, the best sentence of another time or place first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.extractive.compose import Draft, Line, Quote, quoted
from assistant.extractive.statements import STATUS_WORDS
from assistant.library import Library
from assistant.question.question import Question
from assistant.reading.candidates import Sentence
from assistant.reading.findings import Finding, find
from assistant.reading.spans import answering_span
from sources.mentions.periods import label

_MOST = 3
_MIN_COVERAGE = 0.2
_MIN_SHOWN = 0.05
"""How sure it must be that a sentence would answer, were it of the time and place asked about; it is only shown."""
_MOST_READ = 4
"""Passages, as reading is most of what a refusal costs: as often the right sentence as with six, and not with three."""
_GAPS = re.compile(r"(?<![A-Za-z]) +| +(?![A-Za-z])")


def answer(question: Question, library: Library) -> Draft:
    """That nothing answers, with what comes closest for each of the things asked."""
    findings = [library.finding(part) for part in question.parts]
    if not any(finding.found for finding in findings):
        findings = [library.finding(question)]
    near = [(each.question, candidate) for each in findings for candidate in _closest(each.question, each, library)]
    return Draft(
        question,
        status="not_found",
        near=tuple(_line(asked, candidate, library) for asked, candidate in near[:_MOST]),
        confidence=1 - max(finding.confidence for finding in findings),
    )


def _closest(question: Question, finding: Finding, library: Library) -> Sequence[Sentence]:
    """The sentences to show for one question, each once."""
    shown: dict[tuple[str, int], Sentence] = {}
    for each in (*_relaxed(question, library), *finding.near):
        shown.setdefault((each.document.id, each.start), each)
    return tuple(shown.values())[:_MOST]


def _relaxed(question: Question, library: Library) -> list[Sentence]:
    """The sentence that would answer, were any time and place right; nothing where the question names neither."""
    if not (question.dates or question.places) or question.language != "zh":
        return []
    text = _GAPS.sub("", question.bare).strip("，,、 的")
    asked = replace(question, text=text, standalone=text, periods=(), regions=())
    hits = library.search(text)[:_MOST_READ]
    finding = find(asked, hits, document=library.document, figures=library.figures)
    best = finding.best
    fits = best is not None and finding.confidence >= _MIN_SHOWN and best.coverage >= _MIN_COVERAGE
    return [best] if fits and best is not None else []


def _line(question: Question, near: Sentence, library: Library) -> Line:
    """What the documents do have, with the place and time that tell it from what was asked."""
    quote = Quote(near.passage, *answering_span(question, near))
    line = quoted(quote, library.document)
    if near.figure is None:
        return line
    named = [near.figure.region, label(near.figure.period), STATUS_WORDS.get(near.figure.status, "")]
    lacking = " ".join(part for part in named if part and part not in line.text)
    return Line(f"{lacking}：{line.text}" if lacking else line.text, line.quotes)
