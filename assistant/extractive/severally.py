"""Severally: of several things asked at once, each answered by itself, in one answer."""

from __future__ import annotations

from assistant.extractive import lists, lookup, sentences
from assistant.extractive.compose import Draft, Line, without_repeats
from assistant.library import Library
from assistant.question.question import Question

_EACH = (lookup.answer, lists.answer, sentences.answer)


def answer(question: Question, library: Library) -> Draft | None:
    """The parts' answers one after the other; None where one sentence answers both halves, or nothing answers any.

    The parts may have been cut wrongly: then the whole question decides whether there is an answer at all.
    """
    if not question.parts or (question.coordinated and _answered_at_once(question, library)):
        return None
    drafts = [next(filter(None, (each(part, library) for each in _EACH)), None) for part in question.parts]
    made = [draft for draft in drafts if draft]
    if not made:
        return None
    lines = [line for draft in made for line in draft.lines if isinstance(line, Line)]
    # 更方便了吗？新增了多少个站点？ answers its first part by its second.
    missing = [
        part.standalone
        for part, draft in zip(question.parts, drafts, strict=True)
        if draft is None and part.kind != "yes_no"
    ]
    return Draft(
        question,
        tuple(without_repeats(lines)),
        min(draft.confidence for draft in made),
        notice="；".join(dict.fromkeys(draft.notice for draft in made if draft.notice)) or None,
        unanswered=tuple(missing),
    )


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
