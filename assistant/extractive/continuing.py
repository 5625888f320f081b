"""Continuing: what of a list comes after the items told before (还有呢, 继续), and the same asked of something else."""

from __future__ import annotations

from assistant.extractive.compose import Draft, Line
from assistant.extractive.lists.answer import ALL_TOLD, rest
from assistant.library import Library
from assistant.question.question import Question
from assistant.question.terms import flat, terms
from index.queries.names import put


def answer(question: Question, library: Library) -> Draft | None:
    """The rest of the list that `question` asks for, or that there is none; None where it wants no rest."""
    if question.told is None:
        return None
    return rest(question, question.told, library) or Draft(
        question, status="not_found", message=ALL_TOLD[question.language], confidence=1.0
    )


def of_what_is_asked(draft: Draft, library: Library) -> Draft:
    """The draft, where what it cites speaks at all of what the same is asked of; 博物馆呢 isn't answered by what holds
    for the library."""
    question = draft.question
    if draft.status != "answered" or not question.focus or question.language != "zh" or draft.of_catalog:
        return draft
    named = {term.text for text in (question.focus, put(question.focus, question.names)) for term in terms(text)}
    cited = {quote.passage.document_id for line in draft.lines if isinstance(line, Line) for quote in line.quotes}
    said = [flat(f"{library.document(each).title}。{library.document(each).text}") for each in cited]
    if not named or not said or any(name in text for name in named for text in said):
        return draft
    return Draft(question, status="not_found", confidence=draft.confidence)
