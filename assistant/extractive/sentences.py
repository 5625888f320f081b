"""Sentences: the shortest verbatim clauses that answer, of the sentence that the reading finds best."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.extractive.compose import Draft, Line, Quote, quoted
from assistant.extractive.owners import are_alike
from assistant.library import Library
from assistant.question.question import Question, asks_several
from assistant.reading.candidates import Sentence
from assistant.reading.findings import Finding
from assistant.reading.near_misses import said_by_reader
from assistant.reading.polarity import yes_or_no
from assistant.reading.spans import MAX_CHARS
from assistant.reading.trust import trust
from assistant.reading.unmet import surroundings
from sources.figures.figure import Figure
from sources.sentences import clauses

_LEAST_REPEATED = 12
"""Characters of a quote whose repetition elsewhere is no chance."""
_MOST_REPEATED = 2
_SURE = 0.3
"""How sure the reader must be that a sentence answers at all for a yes or a no."""
_OPENINGS = {"zh": {True: "是的：", False: "否："}, "en": {True: "Yes: ", False: "No: "}}
_OWN_OPENINGS = (
    (re.compile(r"可不可以|能不能|能否|可否|可以.*吗|能(?![力源耗量效]).*吗"), {True: "可以：", False: "不可以："}),
    (re.compile(r"[需用]不[需用]|要不要|需要.*吗"), {True: "需要：", False: "不需要："}),
    (re.compile(r"有没有"), {True: "有：", False: "没有："}),
    (re.compile(r"是不是|是.*吗"), {True: "是的：", False: "不是："}),
)
"""A yes and a no in the question's own words."""


def answer(question: Question, library: Library) -> Draft | None:
    """The clauses that answer; None where nothing was found."""
    finding = library.finding(question)
    return of_finding(finding, library) if finding.found else None


def of_finding(finding: Finding, library: Library) -> Draft:
    """What was found, as an answer to the question that it was found for."""
    question, line = finding.question, _line(finding, library)
    if question.kind == "yes_no" and (verdict := _verdict(finding)):
        line = replace(line, text=f"{verdict}{line.text}")
        return Draft(question, (line,), trust(finding), judged=True)
    return Draft(question, (line,), trust(finding))


def _verdict(finding: Finding) -> str:
    """What an answer to a question that asks for a yes or a no opens with; "" where the words leave it open."""
    assert finding.best is not None
    if said_by_reader(finding.question, finding.best) < _SURE:
        return ""
    around = surroundings(finding.best.document, finding.best.start, finding.best.end)
    says = yes_or_no(finding.question, f"{around.above}\n{around.before}", around.text)
    if says is None:
        return ""
    asked, language = finding.question.standalone, finding.question.language
    own = (words for pattern, words in _OWN_OPENINGS if language == "zh" and pattern.search(asked))
    return next(own, _OPENINGS[language])[says]


def _line(finding: Finding, library: Library) -> Line:
    assert finding.best is not None
    assert finding.quote is not None
    start, end = finding.quote
    if asks_several(finding.question) and finding.best.end - finding.best.start <= MAX_CHARS:
        start, end = min(start, finding.best.start), max(end, finding.best.end)
    start = _naming(finding.best, start)
    quote = Quote(finding.best.passage, start, end, finding.confidence)
    figures = [finding.best.figure] if finding.best.figure is not None else []
    line = quoted(quote, library.document, *_inside(figures, quote))
    return replace(line, quotes=(quote, *_elsewhere(quote, finding.question, library)))


def _naming(best: Sentence, start: int) -> int:
    """Where the clause begins that names what grows, which may stand before that of the growth: 出口9亿元，下降6%."""
    figure = best.figure
    if figure is None or figure.status != "growth" or not figure.metric:
        return start
    text = best.document.text
    if figure.metric in text[start : figure.end]:
        return start
    named = (first for first, last in clauses(text, best.start, start) if figure.metric in text[first:last])
    return max(named, default=start)


def _elsewhere(quote: Quote, question: Question, library: Library) -> list[Quote]:
    """The same words where other documents have them, too: a notice and those that pass it on; the best few.

    Not where another village's or school's says the same of itself, or last year's report of its own year.
    """
    text = library.document(quote.passage.document_id).text[quote.start : quote.end].strip("，,；;：:、。 \n")
    if len(text) < _LEAST_REPEATED:
        return []
    info = library.standings().info
    own = info(quote.passage.document_id)
    repeats: dict[str, Quote] = {}
    for hit in library.search(question.standalone):
        passage = hit.passage
        at = passage.text.find(text)
        if at < 0 or passage.document_id == own.id or are_alike(own, info(passage.document_id)):
            continue
        start = passage.start + at
        repeat = Quote(passage, start, start + len(text), quote.score)
        if _times(repeat, library) == _times(quote, library):
            repeats.setdefault(passage.document_id, repeat)
    return list(repeats.values())[:_MOST_REPEATED]


def _times(quote: Quote, library: Library) -> list[str]:
    """Of what times the figures in the quote are: the reports of two years may say the same in the same words."""
    return [figure.period for figure in _inside(library.figures(quote.passage.document_id), quote)]


def _inside(figures: Sequence[Figure], quote: Quote) -> list[Figure]:
    return [figure for figure in figures if quote.start <= figure.start and figure.end <= quote.end]
