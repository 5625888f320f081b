"""Which words may stand for one another: a small table of function words, and a dictionary's glosses.

    费用, 花费 → both "expense", "cost"        提倡, 鼓励 → one group of `sources/words/same.tsv`

Words that are merely related (医院, 诊所) share no gloss. The glosses are CC-CEDICT's (`assets/README.md`).
"""

from __future__ import annotations

import lzma
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from sources.words import groups, words

_NUMERAL = re.compile("[一二两三四五六七八九十百千半]")
_GLOSSES = Path(__file__).parent / "assets" / "glosses.tsv.xz"


@cache
def light() -> frozenset[str]:
    """Words that state nothing of their own."""
    return frozenset(word for row in words("same", "light") for word in row.split("|"))


@cache
def _meanings() -> dict[str, frozenset[str]]:
    """Each word with what it may mean: glosses, and the groups that it is in."""
    table: dict[str, set[str]] = {}
    for line in lzma.decompress(_GLOSSES.read_bytes()).decode("utf8").splitlines():
        word, glosses, _ = line.split("\t")
        table[word] = set(glosses.split("|"))
    for n, group in enumerate(groups("same", "same")):
        for word in group:
            table.setdefault(word, set()).add(f"#{n}")
    return {word: frozenset(meanings) for word, meanings in table.items()}


@cache
def _verbs() -> frozenset[str]:
    lines = lzma.decompress(_GLOSSES.read_bytes()).decode("utf8").splitlines()
    return frozenset(word for word, _, kind in (line.split("\t") for line in lines) if kind == "v")


def is_verb(word: str) -> bool:
    """Whether the dictionary knows the word as a verb."""
    return word in _verbs()


def is_deed(word: str) -> bool:
    """Whether the word may tell what somebody does; of one that isn't known, it may."""
    return word in _verbs() or all(meaning.startswith("#") for meaning in meanings(word))


def meanings(word: str) -> frozenset[str]:
    """What a word may mean; nothing for one that isn't known."""
    return _meanings().get(word, frozenset())


def means_one_of(word: str, others: Iterable[str]) -> bool:
    """Whether the word may stand for one of the others."""
    own = meanings(word)
    return any(word == other or own & meanings(other) for other in others)


@cache
def _apart() -> frozenset[str]:
    return frozenset(word for group in groups("same", "apart") for word in group)


def sets_apart(word: str) -> bool:
    """Whether the word says how much, how often, which way or by whose wish: never excused where nothing says so."""
    return word in _apart() or word[0] in "每各任第" or bool(_NUMERAL.match(word))


@cache
def _opposites() -> frozenset[frozenset[str]]:
    return frozenset(frozenset(pair) for pair in groups("opposites", "told", "moves"))


@cache
def _moving() -> tuple[frozenset[str], ...]:
    """The words that tell that something rises, and those that it falls."""
    return tuple(
        frozenset(group) for group in groups("same", "same") if {"增长", "下降", "缩短"} & set(group)
    )  # fmt: skip


def are_opposite(one: str, other: str) -> bool:
    """Whether the words are opposites, or one tells of a rise and the other of a fall."""
    ways = [{at for at, group in enumerate(_moving()) if word in group} for word in (one, other)]
    return frozenset((one, other)) in _opposites() or bool(ways[0] and ways[1] and not ways[0] & ways[1])


def moves(word: str) -> bool:
    """Whether the word tells that something rises or falls."""
    return any(word in group for group in _moving())


def is_known(word: str) -> bool:
    """Whether the word has meanings here or states nothing."""
    return word in _meanings() or word in light()


@cache
def _chinese() -> dict[str, frozenset[str]]:
    """English words with the Chinese ones that the dictionary explains by them alone."""
    found: dict[str, set[str]] = {}
    for word, meanings_ in _meanings().items():
        for gloss in meanings_:
            if gloss.isalpha() and gloss.isascii():
                found.setdefault(gloss, set()).add(word)
    return {gloss: frozenset(words_) for gloss, words_ in found.items()}


_LEAST_COMMON = 0.2


def may_mean(word: str, others: Iterable[str]) -> bool:
    """Whether an English word is explained of much the same Chinese words as one of the others: buy, purchase."""
    own = _chinese().get(word, frozenset())
    for other in others:
        both = own & _chinese().get(other, frozenset())
        if both and len(both) >= _LEAST_COMMON * min(len(own), len(_chinese()[other])):
            return True
    return False
