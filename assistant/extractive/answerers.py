"""The answerers that need no model, tried in order, and the steps that every draft takes before it is an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from assistant.answers import Answer
from assistant.extractive import (
    amendments,
    branches,
    by_owner,
    clarify,
    comparisons,
    continuing,
    courtesy,
    definitions,
    disagreement,
    documents,
    doubt,
    holding,
    holdings,
    imprint,
    lookup,
    nearest,
    newer,
    premises,
    questions,
    rows,
    sections,
    sentences,
    severally,
    summaries,
    tiers,
    trends,
    undated,
    versions,
)
from assistant.extractive.checked import checked
from assistant.extractive.compose import Draft, compose
from assistant.extractive.conversions import converted
from assistant.extractive.disagreement import both_sides
from assistant.extractive.lists import answer as listed
from assistant.extractive.premises import put_right
from assistant.extractive.tabular import answer as tabular
from assistant.library import Library
from assistant.question.question import Question

Answerer = Callable[[Question, Library], Draft | None]
"""What answers one form of question; None where it isn't of that form, or the documents don't answer it so."""
Step = Callable[[Draft, Library], Draft]

ANSWERERS: tuple[Answerer, ...] = (
    courtesy.answer,
    holdings.answer,
    continuing.answer,
    holding.answer,
    documents.answer,
    imprint.answer,
    definitions.answer,
    by_owner.of_named,
    trends.answer,
    tabular.answer,
    by_owner.answer,
    versions.answer,
    comparisons.answer,
    summaries.answer,
    premises.answer,
    listed.worked_out,
    clarify.answer,
    by_owner.of_every,
    severally.answer,
    tiers.answer,
    branches.answer,
    undated.answer,
    disagreement.answer,
    lookup.answer,
    questions.surely,
    sections.answer,
    listed.answer,
    sections.instead,
    sentences.answer,
    questions.answer,
    nearest.answer,
)
"""Forms of their own first, then the figure that the store has, the list, the best sentence; the last one says what
there is instead."""
NOT_LEFT_TO_A_MODEL: tuple[Answerer, ...] = (courtesy.answer, holdings.answer, clarify.answer)
"""Tried before a model is asked."""
ANSWER_WITHOUT_A_MODEL = tuple(each for each in ANSWERERS if each not in NOT_LEFT_TO_A_MODEL)
"""The others, where a model's answer doesn't hold."""
STEPS: tuple[Step, ...] = (
    continuing.of_what_is_asked,
    put_right,
    both_sides,
    newer.first,
    amendments.changed,
    converted,
    rows.in_words,
    checked,
    holding.noted,
    amendments.earlier,
    doubt.aims_noted,
    doubt.noted,
)


def answer(question: Question, library: Library, *, answerers: Sequence[Answerer] = ANSWERERS) -> Answer:
    """The checked answer to `question` from `library`, by the first of the answerers whose draft holds.

    What fails every check says little about the question: the next form of answer may fit it better.
    """
    failed: Draft | None = None
    for each in answerers:
        draft = each(question, library)
        if draft is None:
            continue
        done = _through_steps(draft, library)
        if done.status == "not_found" and not (done.near or done.message) and draft.status == "not_found":
            done = replace(done, near=nearest.answer(question, library).near)
        if done.status == "answered" or draft.status != "answered":
            return compose(done, library.document)
        failed = failed or done
    return compose(failed or _through_steps(nearest.answer(question, library), library), library.document)


def first(question: Question, library: Library, answerers: Sequence[Answerer]) -> Draft | None:
    """The draft of the first answerer that has one."""
    return next(filter(None, (each(question, library) for each in answerers)), None)


def finished(draft: Draft, library: Library) -> Answer:
    """The answer that a draft comes to after every step."""
    return compose(_through_steps(draft, library), library.document)


def _through_steps(draft: Draft, library: Library) -> Draft:
    for step in STEPS:
        draft = step(draft, library)
    return draft
