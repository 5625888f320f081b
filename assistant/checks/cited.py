"""The words that a sentence cites, clause by clause: whether one says a word, in the same or in other words.

A word is said by the same word, by one that it may stand for (`assistant.checks.synonyms`), or by the words that it is
short for (社保, 社会保险; 发改局, 发展和改革局).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache, partial
from itertools import pairwise

from assistant.checks.ground import Ground
from assistant.checks.statement import Statement
from assistant.checks.support import flat
from assistant.checks.synonyms import are_opposite, is_known, is_verb, light, means_one_of, moves, sets_apart
from index.embedders.static import shipped
from sources.mentions.numerals import Quantity
from sources.sentences import Span
from sources.words import words

_WORDY = re.compile("[一-鿿A-Za-z]+")
_LONGEST = 4
"""Pieces that make a phrase of the tables."""
_EACH = re.compile("[每各]一?[个名位家]?|单(?=[件次户人])")
_BEGINS_WORD = re.compile("[每各]一?[个名位家]?|[单副]")
_OTHER = re.compile("(?:[副非]|(?<!违)反|(?<![推引改促])进)$")
"""Before a word these make another one of it: 副市长, 非税收入, 进出口."""
_COUNTS = re.compile("[一二两三四五六七八九十百千半每各第]")
_IN_DIGITS = str.maketrans("一二两三四五六七八九", "1223456789")
_DAYS = "日号"
BOUND = re.compile(
    "|".join(re.escape(word) for word in words("bounds", "before", "after", "said") if not word.startswith("("))
)
"""Words that bound or blur a number; held against the evidence's in `assistant.checks.numbers`."""
_SAYS_NOT_WHAT = re.compile(
    f"[万亿元千百%]+|[一二两三四五六七八九十]+|公里|平方米|小时|分钟|百分点|天|周|吨|公斤|亩|公顷|人次|{BOUND.pattern}"
)
_MOST_STRANGE = 2
_EXCUSES = 0.3
"""The reader's probability from which on it excuses strange words: those of one in twenty false sentences, and of more
than half of the true ones that have any."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text."""

    text: str
    """In lower case."""
    start: int
    end: int
    number: int
    """Its row in the embedder; -1 where it is put together of several."""


@lru_cache(maxsize=4096)
def words_of(text: str) -> tuple[Word, ...]:
    """The words of a text that hold letters, in order; 每 and what follows it is one, as is a phrase of the tables."""
    ids, spans = shipped().placed_ids(text)
    pieces = [
        Word(match[0].lower(), match.start(), match.end(), number)
        for number, (start, end) in zip(ids.tolist(), spans.tolist(), strict=True)
        if (match := _WORDY.search(text, start, end))
    ]
    found: list[Word] = []
    at = 0
    while at < len(pieces):
        size = next((n for n in range(_LONGEST, 1, -1) if _is_phrase(pieces[at : at + n], n)), 1)
        joined = pieces[at : at + size]
        whole = "".join(each.text for each in joined)
        found.append(Word(whole, joined[0].start, joined[-1].end, joined[0].number if size == 1 else -1))
        at += size
    return tuple(found)


def _is_phrase(pieces: Sequence[Word], n: int) -> bool:
    if len(pieces) < n or any(one.end != other.start for one, other in pairwise(pieces)):
        return False
    return is_known("".join(each.text for each in pieces)) or (n == 2 and bool(_BEGINS_WORD.fullmatch(pieces[0].text)))


def _plain(word: str) -> str:
    """每班 for 每个班."""
    return _EACH.sub("每", word, count=1) if len(word) > 1 and _EACH.match(word) else word


class Stretch:
    """A clause of the evidence, or what stands above it."""

    def __init__(self, text: str, part: int = 0) -> None:
        self.text = flat(text)
        self.part = part
        """The number of the stretch between full stops and semicolons that it is in."""

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """Of its flat text."""
        return words_of(self.text)

    @cached_property
    def label(self) -> tuple[Word, ...]:
        """Its words that say what its numbers are of."""
        return tuple(
            word for word in self.words
            if word.text not in light() and not moves(word.text) and not _SAYS_NOT_WHAT.fullmatch(word.text)
        )  # fmt: skip

    @cached_property
    def initials(self) -> str:
        """The first characters of its words in a row: 区发改局 of 区发展和改革局."""
        return "".join(word.text[0] for word in self.words if word.text not in light() or len(word.text) > 1)

    @cached_property
    def _known(self) -> frozenset[str]:
        """Its words, and others that stand in it and that the dictionary knows."""
        inside = {
            run[at : at + n]
            for run in _WORDY.findall(self.text)
            for n in (2, 3, 4)
            for at in range(len(run) - n + 1)
            if is_known(run[at : at + n]) and not _OTHER.search(run, 0, at)
        }
        own = [word.text for word in self.words if not _OTHER.search(self.text, 0, word.start)]
        means = {"平均"} if any(word.endswith("均") for word in own) else set()
        return frozenset(inside | means | {*own, *map(_plain, own)})

    def says(self, word: str, around: tuple[str, str] = ("", "")) -> bool:
        """Whether it says the word, in whatever form; `around` are the characters before and after."""
        plain = _plain(word)
        is_short = len(word) > 1 and (word in self.initials or self._does(word))
        return self.holds(plain, around) or means_one_of(plain, self._known) or is_short

    def _does(self, word: str) -> bool:
        """Whether it has a verb that begins alike: 签约 for 签下."""
        return is_verb(word) and any(
            each.text[0] == word[0] and len(each.text) > 1 and is_verb(each.text) and not are_opposite(each.text, word)
            for each in self.words
        )

    def holds(self, word: str, around: tuple[str, str] = ("", "")) -> bool:
        """Whether it holds the word as it stands; of a single character, with a neighbour that it has there."""
        if len(word) > 1:
            return stands_in(word, self.text)
        before, after = around
        return word in self._known or any(pair in self.text for pair in (before + word, word + after) if len(pair) > 1)


def stands_in(word: str, text: str) -> bool:
    """Whether the word stands in the text, and not as the end of another one: 市长 in 副市长."""
    return any(not _OTHER.search(text, 0, match.start()) for match in re.finditer(re.escape(word), text))


def before(ground: Ground) -> str:
    """What stands before the quoted sentences in their paragraph: what they are about may be named there."""
    start = ground.around[0]
    return ground.text[ground.text.rfind("\n", 0, start) + 1 : start]


class Cited:
    """The sentences that are quoted, by clauses, and what stands above them."""

    def __init__(self, grounds: Sequence[Ground]) -> None:
        self.clauses: list[Stretch] = []
        self._spans: list[tuple[Ground, int, int]] = []
        for n, ground in enumerate(grounds):
            for clause in ground.clauses:
                if ground.around[0] <= clause.start < ground.around[1]:
                    self.clauses.append(Stretch(clause.text, part=1000 * n + clause.part))
                    self._spans.append((ground, clause.start, clause.end))
        self.above = [Stretch(text) for ground in grounds for text in (ground.flat_about, before(ground)) if text]

    def places(self, word: str, around: tuple[str, str] = ("", "")) -> list[int]:
        """Which clauses say the word."""
        return [at for at, each in enumerate(self.clauses) if each.says(word, around)]

    def is_above(self, word: str, around: tuple[str, str] = ("", "")) -> bool:
        """Whether title, heading, publisher or the paragraph before holds it."""
        return any(each.holds(word, around) for each in self.above)

    def says_parts(self, word: Word) -> bool:
        """Whether a word that no dictionary knows is put together from words that are said."""
        text = word.text
        if _COUNTS.match(text):
            return any(each.holds(form) for form in (text, text.translate(_IN_DIGITS)) for each in self.clauses)
        if is_known(text) and word.number >= 0:
            return False
        return any(
            all(part in light() or self.places(part) or self.is_above(part) for part in both)
            for both in ((text[:n], text[n:]) for n in range(1, len(text)))
        )

    def printing(self, same: Callable[[Quantity], bool]) -> dict[int, Span]:
        """The clauses that print such a number, and where in their flat text."""
        return {
            at: (len(flat(ground.text[first : other.start])), len(flat(ground.text[first : other.end])))
            for at, (ground, first, last) in enumerate(self._spans)
            for other in ground.quantities
            if first <= other.start < last and same(other)
        }

    def _on(self, day: str) -> dict[int, Span]:
        """The clauses that name the day, likewise."""
        return {
            at: (len(flat(ground.text[first : other.start])), len(flat(ground.text[first : other.end])))
            for at, (ground, first, last) in enumerate(self._spans)
            for other in ground.periods
            if first <= other.start < last and day in other.value
        }

    def anchors(self, statement: Statement, start: int, end: int) -> list[dict[int, Span]]:
        """For each number and day in the sentence's span, what prints it."""
        found = [
            self.printing(partial(_is_value, value=each.value))
            for each in statement.quantities
            if start <= each.start < end
        ]
        found += [
            self._on(each.value)
            for each in statement.mentions
            if start <= each.start < end and each.value and each.text[-1:] in _DAYS
        ]
        return [each for each in found if each]

    def lead(self, home: int) -> set[int]:
        """A clause and those before it in its sentence that have no numbers; of a bare 增长3.2% the one before, too."""
        part, found = self.clauses[home].part, {home}
        is_bare = not self.clauses[home].label
        for at in range(home - 1, -1, -1):
            if self.clauses[at].part != part:
                break
            if is_bare or not self._has_number(at):
                found.add(at)
                is_bare = is_bare and not self.clauses[at].label
        return found

    def _has_number(self, at: int) -> bool:
        ground, first, last = self._spans[at]
        starts = [each.start for each in ground.quantities]
        starts += [each.start for each in ground.periods if each.text[-1:] in _DAYS]
        return any(first <= start < last for start in starts)


def _is_value(printed: Quantity, *, value: Decimal) -> bool:
    return value in (printed.value, printed.upper)


def is_excused(strange: Sequence[str], statement: Statement) -> bool:
    """Whether words that the evidence doesn't have say nothing new, as the reader has it; always where there are none.

    What the words of a table set apart (每, 只, 最高) is never excused.
    """
    if not strange or statement.supports is None or len(strange) > _MOST_STRANGE:
        return not strange
    if any(map(sets_apart, strange)):
        return False
    quoted = dict.fromkeys(ground.citation.quote for ground in statement.grounds)
    evidence = f"{statement.grounds[0].citation.title}。{' '.join(quoted)}"
    return statement.supports(statement.printed, evidence) >= _EXCUSES


def words_between(every: Sequence[Word], start: int, end: int) -> Iterator[Word]:
    """Those of the words that begin in a span."""
    return (word for word in every if start <= word.start < end)
