"""Findings: the sentence that answers a question, cut down to the clauses that do, or why there is none."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from assistant import ranking
from assistant.candidates import Candidate, candidates
from assistant.question import Question
from assistant.terms import flat, met, total
from index.hits import Hit
from sources.documents import Document
from sources.figures import Figure
from sources.periods import periods
from sources.sentences import Span, clauses

MIN_CONFIDENCE = 0.12
"""Below this nothing is answered. Chosen on questions whose answer was kept out (`assistant.training.ranker`
prints what other values would answer and refuse): at 0.12 some 97 in 100 answerable questions still get an answer."""
_WHOLE_SENTENCE_CHARS = 48
_MAX_QUOTE_CHARS = 150
_MIN_GAIN = 0.07
"""A clause joins the quote when it meets at least this share of the question's words that the quote doesn't yet."""
_SETTING_CHARS = 40
_NEAR_COVERAGE = 0.5
_NEAR_SHARE = 0.75
_RIVAL_LEAD = 0.8
"""A sentence that would lead by this much, were it not about another time or place, shows what isn't there."""
_MAX_NEAREST = 3
_DANGLING = re.compile(r"^(?:其中|分别|并|也|均|都|共|总|比|较|同比|且|即|达|居|位|占|增|降|仅|就|此外|同时)")
_WHOLE_KINDS = {"list", "definition", "how", "why", "fact", "person", "place", "yes_no"}
"""Which clause answers these can't be told by a number or a date in it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What answers one question: where the quote stands, or why nothing does."""

    question: Question
    best: Candidate | None
    quote: Span | None
    confidence: float
    near: tuple[Candidate, ...] = ()
    """Sentences that speak of the same thing at another time or place, where nothing answers."""

    @property
    def found(self) -> bool:
        """Whether there is an answer."""
        return self.quote is not None


def find(
    question: Question,
    hits: Sequence[Hit],
    *,
    document: Callable[[str], Document],
    figures: Callable[[str], Sequence[Figure]],
) -> Finding:
    """The best sentence for `question` among `hits`, cut down to the clauses that answer."""
    ranked = candidates(question, hits, document=document, figures=figures)
    fitting = [each for each in ranked if not each.conflicts and each.typed and not each.features.heading]
    best = fitting[0] if fitting else None
    # Sentences on the same thing at another time or place say that what was asked about is not there.
    rivals = [each for each in ranked if each.conflicts and each.typed]
    near = _nearest(rivals)
    if best is None:
        return Finding(question, None, None, 0.0, near)
    runner_up = next((each.score for each in ranked if each.text != best.text), None)
    confidence = ranking.confidence(best.score, runner_up)
    if any(ranking.score(each.features.without_conflicts()) > best.score + _RIVAL_LEAD for each in rivals):
        return Finding(question, best, None, min(confidence, MIN_CONFIDENCE), near)
    if confidence < MIN_CONFIDENCE:
        return Finding(question, best, None, confidence, near)
    return Finding(question, best, answering_clauses(question, best), confidence)


def _nearest(rivals: Sequence[Candidate]) -> tuple[Candidate, ...]:
    if not rivals:
        return ()
    closest = max(each.coverage for each in rivals)
    floor = max(_NEAR_COVERAGE, _NEAR_SHARE * closest)
    kept: dict[str, Candidate] = {}
    for each in rivals:
        if each.coverage >= floor:
            kept.setdefault(each.figure.text if each.figure else each.text, each)
    return tuple(kept.values())[:_MAX_NEAREST]


def answering_clauses(question: Question, best: Candidate) -> Span:
    """The clauses of the sentence that answer, as one verbatim span."""
    text = best.document.text
    parts = clauses(text, best.start, best.end)
    length = best.end - best.start
    if len(parts) == 1 or length <= (_MAX_QUOTE_CHARS if question.kind in _WHOLE_KINDS else _WHOLE_SENTENCE_CHARS):
        return best.start, best.end
    weights = np.array([term.weight for term in question.terms], dtype=np.float32) / total(question.terms)
    present = np.stack([met(question.terms, flat(text[s:e])) for s, e in parts])

    def share(indices: range) -> float:
        return float(present[indices.start : indices.stop].max(axis=0) @ weights)

    if best.figure is not None:
        anchor = next(i for i, (s, e) in enumerate(parts) if s <= best.figure.start < e or i == len(parts) - 1)
    elif question.kind == "date":
        dated = [i for i, (s, e) in enumerate(parts) if periods(text[s:e])] or [0]
        anchor = max(dated, key=lambda i: share(range(i, i + 1)))
    else:
        anchor = max(range(len(parts)), key=lambda i: share(range(i, i + 1)))
    low, high = anchor, anchor + 1
    while True:
        wider = [
            (share(range(a, b)) - share(range(low, high)), a, b)
            for a, b in [(a, high) for a in range(low)] + [(low, b) for b in range(high + 1, len(parts) + 1)]
            if parts[b - 1][1] - parts[a][0] <= _MAX_QUOTE_CHARS
        ]
        # Words gained per clause taken in: a far clause must bring as much as those on the way to it.
        gains = [(gain / (b - a - (high - low)), a, b) for gain, a, b in wider]
        best_gain = max(gains, default=(0.0, low, high))
        if best_gain[0] < _MIN_GAIN:
            break
        _, low, high = best_gain
    while low and _DANGLING.match(text[parts[low][0] :]):
        low -= 1
    low = _with_setting(text, parts, low)
    if question.kind in _WHOLE_KINDS:
        while high < len(parts) and parts[high][1] - parts[low][0] <= _MAX_QUOTE_CHARS:
            high += 1
    return parts[low][0], parts[high - 1][1]


def _with_setting(text: str, parts: Sequence[Span], low: int) -> int:
    """Where the quote must begin to say when it was: 2025年，…… a clause or two before belongs to it."""
    if periods(text[slice(*parts[low])]):
        return low
    for earlier in range(low - 1, max(-1, low - 3), -1):
        start, end = parts[earlier]
        if periods(text[start:end]):
            return earlier if parts[low][0] - start <= _SETTING_CHARS else low
    return low
