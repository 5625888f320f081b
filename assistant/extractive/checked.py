"""Checked: a draft held against the words that it cites."""

from __future__ import annotations

from dataclasses import replace

from assistant.checks.statement import asking_of
from assistant.checks.verdict import Verdict
from assistant.checks.verify import verify
from assistant.extractive.compose import Draft, Line, Page, write
from assistant.library import Library


def checked(draft: Draft, library: Library) -> Draft:
    """The draft with its verdict, less the lines that don't hold; that nothing was found, where none of them does.

    One that says that there is none, or asks back, states nothing: only its quotes are checked.
    """
    page = write(draft, library.document)
    if draft.status != "answered":
        return replace(draft, verdict=verify("", page.citations, document=library.whole or library.document))
    verdict = _verdict(draft, page, library)
    if verdict.ok:
        return replace(draft, verdict=verdict)
    kept = [draft.lines[at] for at in _that_hold(page, verdict)]
    less = replace(draft, lines=tuple(kept), table=None)
    page = write(less, library.document)
    if not page.citations:
        return Draft(draft.question, status="not_found", confidence=1 - draft.confidence, verdict=Verdict(()))
    return replace(less, verdict=_verdict(less, page, library))


def _verdict(draft: Draft, page: Page, library: Library) -> Verdict:
    question = draft.question
    lines = [line for line in draft.lines if isinstance(line, Line)]
    told = [line.text for line in lines if draft.of_catalog]
    known = [words for line in lines for words in line.known]
    return verify(
        page.text,
        page.citations,
        question=asking_of(question),
        document=library.whole or library.document,
        figures=library.figures,
        unchecked=(*draft.stating_nothing, *sorted((*told, *known), key=len, reverse=True)),
    )


def _that_hold(page: Page, verdict: Verdict) -> list[int]:
    """Which of the draft's lines hold, by their number."""
    wrong = [judgement.start for judgement in verdict.judgements if judgement.problems]
    holding, start = [], 0
    for at, line in zip(page.lines, page.text.split("\n"), strict=False):
        end = start + len(line) + 1
        if not any(start <= problem < end for problem in wrong):
            holding.append(at)
        start = end
    return holding
