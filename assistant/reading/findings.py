"""Findings: the sentence that answers a question, cut down to the clauses that do, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from assistant.question.question import Question
from assistant.question.terms import flat
from assistant.reading import scoring as ranking
from assistant.reading.candidates import Sentence, asks_what_is_named, candidates
from assistant.reading.mismatches import mismatches
from assistant.reading.spans import MAX_CHARS, answering_span
from index.hits import Hit
from sources.documents import Document
from sources.figures.figure import Figure
from sources.sentences import Span

MIN_CONFIDENCE = 0.2
MIN_CONFIDENCE_OF_FIGURES = 0.08
"""Below this nothing is answered. Chosen between refusing questions whose answer was kept out, for which
`training.sentences.networks` prints what other values would do, and answering the dev questions of five documents. A
figure has a unit, time and place to fail by before it comes to this."""
_MIN_COUNTED = 0.01
"""The same for just as many things as were asked for, 哪三项 of a sentence with three; and for English questions."""
UNSURE = 0.35
"""Below this the best sentence is right less often than not, and the next one nearly as often as it."""
_SAME = 0.6
_NEAR_COVERAGE = 0.5
_NEAR_SHARE = 0.75
_RIVAL_LEAD = 0.8
"""A sentence that would lead by this much, were it not about another time or place, shows what isn't there."""
_POINTED = 0.0
"""Log-odds, by the reader, of an answer in a sentence that has none of the form asked for."""
_MAX_NEAREST = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """What answers one question: where the quote stands, or why nothing does."""

    question: Question
    best: Sentence | None
    quote: Span | None
    confidence: float
    near: tuple[Sentence, ...] = ()
    """Sentences that speak of the same thing at another time or place, where nothing answers."""
    second: tuple[Sentence, Span] | None = None
    """The next best sentence and its quote, where it is open which of the two answers."""
    in_doubt: bool = False
    """Whether nothing but a want of confidence speaks against the best sentence."""

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
    """The best sentence for `question` among `hits`, cut down to the clauses that answer.

    None that is of another place, time or kind: a result isn't the target.
    """
    ranked = candidates(question, hits, document=document, figures=figures)
    fitting = [each for each in ranked if not each.conflicts and _answers(question, each) and not each.features.heading]
    best = fitting[0] if fitting else None
    # Sentences on the same thing at another time or place say that what was asked about is not there.
    rivals = [each for each in ranked if each.conflicts and each.typed]
    near = _nearest(rivals)
    if best is None:
        return Finding(question, None, None, 0.0, near)
    runner_up = next((each.score for each in ranked if each.text != best.text), None)
    confidence = ranking.confidence(question.kind, best.features, best.score, runner_up)
    least = _least(question, best)
    # A result beside the target that was asked for says nothing against it.
    elsewhere = [each for each in rivals if each.conflicts != ("kind",)]
    freed = ranking.scores(question.kind, [each.features.without_conflicts() for each in elsewhere])
    if any(freed > best.score + _RIVAL_LEAD):
        return Finding(question, best, None, min(confidence, least), near)
    if confidence < least:
        return Finding(question, best, None, confidence, near, in_doubt=True)
    if mismatches(question, best):
        return Finding(question, best, None, min(confidence, MIN_CONFIDENCE), (best,))
    quote = answering_span(question, best)
    second = _second(question, best, quote, fitting[1:]) if MIN_CONFIDENCE <= confidence < UNSURE else None
    return Finding(question, best, quote, confidence, second=second)


def _least(question: Question, best: Sentence) -> float:
    if question.language == "en":  # half of its words stay English, and no Chinese sentence meets them
        return _MIN_COUNTED
    if question.kind in ranking.FIGURE_KINDS:
        return MIN_CONFIDENCE_OF_FIGURES
    counted = question.items is not None and best.features.listed == 1
    return _MIN_COUNTED if counted else MIN_CONFIDENCE


def _second(
    question: Question, best: Sentence, quote: Span, others: Sequence[Sentence]
) -> tuple[Sentence, Span] | None:
    """The next sentence that isn't in the quote, if both are short. Of two numbers never: one would be wrong."""
    if question.kind in ranking.FIGURE_KINDS:
        return None
    for each in others:
        apart = each.document.id != best.document.id or each.end <= quote[0] or quote[1] <= each.start
        if apart and not _repeats(each.text, best.text):
            other = answering_span(question, each)
            is_short = other[1] - other[0] + quote[1] - quote[0] <= MAX_CHARS
            overlaps = each.document.id == best.document.id and other[0] < quote[1] and quote[0] < other[1]
            return (each, other) if is_short and not overlaps else None
    return None


def _repeats(one: str, other: str) -> bool:
    """Whether most of the shorter text stands in the other, by pairs of characters."""
    few, many = sorted(({*pairwise(flat(one))}, {*pairwise(flat(other))}), key=len)
    return len(few & many) >= _SAME * len(few)


def _answers(question: Question, each: Sentence) -> bool:
    """Whether it has the kind of answer that is asked for: by its form or, for a date or some list, to the reader.

    What is to be listed by number, or by what a term stands for, is told by its form alone: naming “七优享” again is no
    answer, near as it reads.
    """
    open_list = question.kind == "list" and not (question.items or asks_what_is_named(question))
    left_to_reader = question.kind == "date" or open_list
    return each.typed or (left_to_reader and each.features.read >= _POINTED)


def _nearest(rivals: Sequence[Sentence]) -> tuple[Sentence, ...]:
    if not rivals:
        return ()
    closest = max(each.coverage for each in rivals)
    floor = max(_NEAR_COVERAGE, _NEAR_SHARE * closest)
    kept: dict[str, Sentence] = {}
    for each in rivals:
        if each.coverage >= floor:
            kept.setdefault(each.figure.text if each.figure else each.text, each)
    return tuple(kept.values())[:_MAX_NEAREST]
