"""The answerers that need no model, tried in order, and the steps that every draft takes before it is an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assistant.answers import Answer
from assistant.extractive import (
    amendments,
    clarify,
    comparisons,
    courtesy,
    documents,
    holding,
    imprint,
    lists,
    lookup,
    nearest,
    premises,
    sentences,
    severally,
    summaries,
    trends,
    versions,
)
from assistant.extractive.checked import checked
from assistant.extractive.compose import Draft, compose
from assistant.extractive.conversions import converted
from assistant.extractive.disagreement import both_sides
from assistant.extractive.premises import put_right
from assistant.library import Library
from assistant.question.question import Question
from assistant.tabular import answer as tabular

Answerer = Callable[[Question, Library], Draft | None]
"""What answers one form of question; None where it isn't of that form, or the documents don't answer it so."""
Step = Callable[[Draft, Library], Draft]

ANSWERERS: tuple[Answerer, ...] = (
    courtesy.answer,
    holding.answer,
    documents.answer,
    imprint.answer,
    versions.answer,
    documents.severally,
    trends.answer,
    comparisons.answer,
    summaries.answer,
    premises.answer,
    tabular.answer,
    clarify.answer,
    severally.answer,
    lookup.answer,
    lists.answer,
    sentences.answer,
    lists.named,
    nearest.answer,
)
"""Forms of their own first, then the figure that the store has, the list, the best sentence; the last one says what
there is instead."""
NOT_LEFT_TO_A_MODEL: tuple[Answerer, ...] = (courtesy.answer, clarify.answer)
"""Tried before a model is asked."""
ANSWER_WITHOUT_A_MODEL = tuple(each for each in ANSWERERS if each not in NOT_LEFT_TO_A_MODEL)
"""The others, where a model's answer doesn't hold."""
STEPS: tuple[Step, ...] = (
    put_right,
    both_sides,
    amendments.changed,
    converted,
    checked,
    holding.noted,
    amendments.earlier,
)


def answer(question: Question, library: Library, *, answerers: Sequence[Answerer] = ANSWERERS) -> Answer:
    """The checked answer to `question` from `library`, by the first of the answerers that has one."""
    draft = first(question, library, answerers)
    return finished(draft or nearest.answer(question, library), library)


def first(question: Question, library: Library, answerers: Sequence[Answerer]) -> Draft | None:
    """The draft of the first answerer that has one."""
    return next(filter(None, (each(question, library) for each in answerers)), None)


def finished(draft: Draft, library: Library) -> Answer:
    """The answer that a draft comes to after every step."""
    for step in STEPS:
        draft = step(draft, library)
    return compose(draft, library.document)
