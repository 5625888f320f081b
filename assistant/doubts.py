"""Doubts: which words of a question the quotes under its answer don't have, to be told where an answer isn't sure."""

from __future__ import annotations

import re

from assistant.answers import Answer
from assistant.question.question import FILLER, mentions
from assistant.question.terms import Term, flattened, met, terms

_MET = 0.75
"""How far a word must be met to count as said there; below, it may be something near."""
_LEAST_SHARE = 0.12
"""Of the question's weight, below which a word tells too little to be missed."""
_MOST = 2
_TELLING, _LEAST_WORDS, _LEAST_WEIGHT = 1.1, 2, 3.0
"""A word that says what is asked about; so many of them, and of so much weight, say it by themselves."""
_FRAME = re.compile(r"[？?！!。，,、；;：:“”\"《》（）()\s]+")


def doubts(answer: Answer) -> tuple[str, ...]:
    """The words of the question that what it cites doesn't say, as they are asked, the weightiest first.

    Empty for an answer that is sure or cites nothing, and where every word is met: then nothing single is in doubt.
    """
    if answer.sure or not answer.citations:
        return ()
    question = answer.standalone_question
    said = flattened("\n".join(f"{c.title}\n{c.section}\n{c.passage}" for c in answer.citations))
    asked = [run for run in _runs(question) if run]
    weighed = [(run, words) for run in asked if (words := terms(run))]
    whole = sum(term.weight for _, words in weighed for term in words) or 1.0
    missing: list[tuple[float, str]] = []
    for run, words in weighed:
        shares = met(words, (said,))[0]
        for text, weight in _unmet(run, words, shares.tolist()):
            if weight / whole >= _LEAST_SHARE:
                missing.append((weight, text))
    missing.sort(key=lambda each: -each[0])
    return tuple(text for _, text in missing[:_MOST])


def spoken_of(asked: str, answer: Answer) -> float | None:
    """How much of the telling words of `asked` what the answer cites says, 0 to 1; None where it has too few of them.

    An answer to the words that a question was completed with, rather than to its own, says little of these.
    """
    words = [term for run in _runs(asked) for term in terms(run) if len(term.text) > 1 and term.weight >= _TELLING]
    if len(words) < _LEAST_WORDS or sum(term.weight for term in words) < _LEAST_WEIGHT:
        return None
    quoted = flattened("\n".join(f"{c.title}\n{c.section}\n{c.quote}" for c in answer.citations))
    weights = [term.weight for term in words]
    return float(met(words, (quoted,))[0] @ weights) / sum(weights)


def _runs(question: str) -> list[str]:
    """The question's own words, cut at dates, marks and what only asks."""
    bare = FILLER.sub(" ", mentions(question).without_dates)
    return _FRAME.split(bare)


def _unmet(run: str, words: tuple[Term, ...], shares: list[float]) -> list[tuple[str, float]]:
    """Neighbouring words that aren't met, together as they stand in the run, with their weight."""
    flat = flattened(run)
    found: list[tuple[str, float]] = []
    open_until, at = -1, 0
    for term, share in zip(words, shares, strict=True):
        start = flat.find(term.text, at)
        if start < 0:
            continue
        at = start + len(term.text)
        if share >= _MET:
            continue
        if start == open_until and found:
            text, weight = found[-1]
            found[-1] = (text + term.text, weight + term.weight)
        else:
            found.append((term.text, term.weight))
        open_until = at
    return [(text, weight) for text, weight in found if len(text) > 1]
