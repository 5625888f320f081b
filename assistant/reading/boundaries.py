"""Boundaries: whether a text has a word of a question as such, or only its characters.

市长 in 海宁市长安镇    no: its characters belong to two other words
会长 in 副会长          no: another office; nor 副会长 in 会长
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import takewhile

from assistant.question.question import Question
from assistant.question.terms import flat
from index.embedders.static import shipped
from sources.sentences import Span

_ANOTHER = frozenset("副代原前")
"""What before an office makes another one of it: the one place where these stand."""
_LEAST_CHARS = 2


def only_seems_named(question: Question, text: str, above: str) -> bool:
    """Whether a word of the question stands in the text in nothing but its characters, and not in what is above it."""
    asked, here = flat(question.standalone), flat(text)
    # Of what isn't asked for by name, pieces of two words are a usual abbreviation: 房贷 of 住房贷款.
    whole = question.kind == "person"
    return any(
        word in here and not _has(word, asked, here, whole=whole) and not _has(word, asked, flat(above), whole=whole)
        for word in map(_whole, (term.text for term in question.terms))
        if len(word) >= _LEAST_CHARS and not word.isascii()
    )


def _whole(word: str) -> str:
    """The word without a character before it that the segmentation took for a part of it: 局|局长."""
    return word[1:] if len(word) > _LEAST_CHARS and word[0] == word[1] else word


def _has(word: str, asked: str, text: str, *, whole: bool) -> bool:
    """Whether the place of the text that agrees best with what stands before the word in the question has the word."""
    before, _, after = asked.partition(word)
    if other := _another(before, bounds_of(asked)):
        return other + word in text
    bounds = bounds_of(text)
    found = [_placed(before, after, text, span, bounds, whole=whole) for span in _places(word, text)]
    return any(here for alike, here in found if alike == max(found)[0])


def _placed(before: str, after: str, text: str, span: Span, bounds: frozenset[int], *, whole: bool) -> tuple[int, bool]:
    """How many characters before the word are those before it in the question, and whether it is the word."""
    given = text[: span[0]]
    alike = _alike(before, given)
    if not alike and (other := _another(given, bounds)):  # what stands before it tells whose office it is
        return _alike(before, given.removesuffix(other)), False
    longer = alike or (after and text.startswith(after[0], span[1]))
    return alike, bool(longer) or not (whole and _cuts(*span, bounds))


def _another(text: str, bounds: frozenset[int]) -> str:
    """The character that the text ends with, where it makes another office: the 副 of 副局长, not the 前 of 目前."""
    return text[-1:] if text[-1:] in _ANOTHER and len(text) - 1 in bounds else ""


def _alike(one: str, other: str) -> int:
    """How many characters at their ends both have in common."""
    pairs = zip(reversed(one), reversed(other), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _places(word: str, text: str) -> Iterator[Span]:
    return ((found.start(), found.end()) for found in re.finditer(re.escape(word), text))


def _cuts(start: int, end: int, bounds: frozenset[int]) -> bool:
    """Whether the span crosses the boundary of two words of which it holds one only in part."""
    inside = any(at in bounds for at in range(start + 1, end))
    return inside and not {start, end} <= bounds


@lru_cache(maxsize=1024)
def bounds_of(text: str) -> frozenset[int]:
    """Where in the text (flat) words begin and end."""
    (words,) = shipped().token_vectors_of([text])
    return frozenset(at for span in words.spans for at in span)
