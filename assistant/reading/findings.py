"""Findings: the sentence that answers a question, cut down to the clauses that do, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.question.question import Question
from assistant.reading import scoring as ranking
from assistant.reading.candidates import Sentence, asks_what_is_named, candidates
from assistant.reading.mismatches import answers_instead, mismatches
from assistant.reading.near_misses import answers, weighed
from assistant.reading.spans import answering_span
from index.hits import Hit
from sources.documents import Document
from sources.figures.figure import Figure
from sources.sentences import Span

MIN_CONFIDENCE = 0.5
"""Below this nothing is answered: it is more likely wrong than right. From here to `SURE` the doubt is told."""
_NEAR_COVERAGE = 0.5
_NEAR_SHARE = 0.75
_RIVAL_LEAD = 0.8
"""A sentence that would lead by this much, were it not about another time or place, shows what isn't there."""
_POINTED = 0.0
"""Log-odds, by the reader, of an answer in a sentence that has none of the form asked for."""
_MAX_NEAREST = 3
_TRIED = 4
"""Sentences that are looked at where the best one is of something else."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What answers one question: where the quote stands, or why nothing does."""

    question: Question
    best: Sentence | None
    quote: Span | None
    confidence: float
    near: tuple[Sentence, ...] = ()
    """Sentences that speak of the same thing at another time or place, where nothing answers."""
    networks: float | None = None
    """How sure the networks are by themselves; None where something else decided."""
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
    networks = ranking.confidence(best.features, best.score, runner_up)
    confidence = weighed(question, best, networks)
    # A result beside the target that was asked for says nothing against it.
    elsewhere = [each for each in rivals if each.conflicts != ("kind",)]
    freed = ranking.scores(question.kind, [each.features.without_conflicts() for each in elsewhere])
    if any(freed > best.score + _RIVAL_LEAD):
        return Finding(question, best, None, min(confidence, MIN_CONFIDENCE), near)
    is_another = mismatches(question, best) or confidence < MIN_CONFIDENCE <= networks
    if confidence < MIN_CONFIDENCE and not is_another:
        return Finding(question, best, None, confidence, near, in_doubt=True)
    if is_another:
        instead = next((each for each in fitting[1:_TRIED] if answers_instead(question, each)), None)
        if instead is None:
            return Finding(question, best, None, min(confidence, MIN_CONFIDENCE), (best,))
        return Finding(question, instead, answering_span(question, instead), answers(question, instead))
    return Finding(question, best, answering_span(question, best), confidence, networks=networks)


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
