"""Slots: what stands before the same word in a question and in the clause that answers.

寄宿|学生午餐费 beside 走读|学生午餐费12元    exchanged: another stands in its place
接待|入境|游客 beside 接待游客286万人次        dropped: the clause is about more than was asked
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.question.terms import Term, flat
from assistant.reading.boundaries import bounds_of
from assistant.reading.candidates import Sentence
from assistant.reading.polarity import is_denial
from index.queries.names import other_names
from sources.sentences import clauses

_PAIR = 2
_TELLING = 0.7
"""The weight from which on a word tells something: not 可以 or 部门."""
_PARTICLES = frozenset("的了在是有为和与及由对从向将把被于之所等其或、")


@dataclass(frozen=True, slots=True)
class Slots:
    """In what way the clause that answers is about something else than the question."""

    exchanged: bool
    """Whether another word stands where one of the question would."""
    dropped: bool
    """Whether one of the question is left out between words that it does have."""


def slots(words: Sequence[Term], asked: str, best: Sentence, above: str) -> Slots:
    """How the words before the same words differ.

    `asked` is flat, with gaps for what only asks; `above`, flat too, is what the sentence stands under.
    """
    said, clause = answering(best)
    known = f"{above}\n{said}"
    exchanged = dropped = False
    for word, before, head in _qualifiers(words, asked):
        given = _before(head, clause, word[-_PAIR:])
        if given is None or word[-_PAIR:] in known or any(name in known for name in other_names(word)):
            continue
        other = given[-_PAIR:]
        exchanged |= _is_word(other) and other not in asked and not is_denial(other)
        dropped |= _is_word(before) and given.endswith(before)
    return Slots(exchanged, dropped)


def answering(best: Sentence) -> tuple[str, str]:
    """The sentence (flat) as far as the clause of its figure, and that clause; the whole of it where it has none."""
    text, figure = best.document.text, best.figure
    spans = clauses(text, best.start, best.end)
    start, end = next((each for each in spans if figure and each[0] <= figure.start < each[1]), (best.start, best.end))
    return flat(text[best.start : end]), flat(text[start:end])


def _qualifiers(words: Sequence[Term], asked: str) -> Iterator[tuple[str, str, str]]:
    """Each word that tells something, the two characters before it, and the two after it."""
    for term in words:
        start = asked.find(term.text)
        end = start + len(term.text)
        head = asked[end : end + _PAIR]
        if len(term.text) >= _PAIR and term.weight >= _TELLING and _is_word(head):
            yield term.text, asked[max(0, start - _PAIR) : start], head


def _before(head: str, clause: str, own: str) -> str | None:
    """The four characters before the head where it stands in the clause as the beginning of a word; None where it
    stands nowhere, or somewhere after the characters that it follows in the question: 老年人 for 老人.
    """
    bounds = bounds_of(clause)
    found = {at: clause[max(0, at - 2 * _PAIR) : at] for at in range(len(clause)) if clause.startswith(head, at)}
    if any(set(own) <= set(given) for given in found.values()):
        return None
    return next((given for at, given in found.items() if at in bounds), None)


def _is_word(text: str) -> bool:
    return len(text) == _PAIR and text.isalpha() and not text.isascii() and not _PARTICLES.intersection(text)
