"""The answerer that needs no model: the shortest verbatim clauses that answer, each cited, or what is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from assistant.answers import Answer
from assistant.extractive import clarify, courtesy, disagreement, imprint, lookup, nearest, premises, summaries, trends
from assistant.extractive import comparisons as comparison
from assistant.extractive import lists as enumerations
from assistant.extractive.compose import answered, not_found, without_repeats
from assistant.extractive.sentences import (
    HEADED_CONFIDENCE,
    MAX_NEAREST,
    STORED_CONFIDENCE,
    findings_of,
    left_out_notice,
    lines_of,
    near_line,
)
from assistant.library import Library
from assistant.question.question import Question


def answer(question: Question, library: Library) -> Answer:
    """The answer to `question` from `library`.

    What has a form of its own (`_ANSWERERS`, tried in turn) is answered in it; everything else by the best sentence for
    each of the things asked.
    """
    library = replace(library, search=cache(library.search))  # several answerers look for the same
    for answerer in _ANSWERERS:
        if told := answerer(question, library):
            return told
    findings = findings_of(question, library)
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
            return answered(question, worked_out, confidence=STORED_CONFIDENCE, document=library.document)
        if whole := enumerations.headed(question, library):
            made = answered(question, whole.lines, confidence=HEADED_CONFIDENCE, document=library.document)
            return replace(made, notice=left_out_notice(whole.left_out))
        near = [
            (finding.question, each)
            for finding in findings
            for each in nearest.closest(finding.question, finding, library, most=MAX_NEAREST)
        ]
        return not_found(
            question,
            [near_line(asked, each, library) for asked, each in near[:MAX_NEAREST]],
            confidence=1 - max(finding.confidence for finding in findings),
            document=library.document,
        )
    lines, notice = lines_of(findings, stored, library)
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
            STORED_CONFIDENCE if each.question.standalone in stored else each.confidence for each in answering
        ),
        document=library.document,
        unanswered=missing,
    )
    return replace(made, notice=notice or disagreement.notice(lines, library))


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
