"""Names: what else is called what a question names, and how the corpus calls it: 电瓶车上牌 is 电动自行车登记 there.

Two tables: `everyday.tsv` has official names, each with what people say for it; `aliases.tsv` also what is only near
(农民 and 农村居民) or short for several things (江浙沪). The names of one line stand for each other in a search by
words; only those of the first table are put in each other's place, for what reads a question by its meaning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from importlib import resources
from itertools import pairwise
from pathlib import Path

from index.words import normalise

Frequencies = Callable[[Sequence[str]], Sequence[int]]
"""In how many passages each word stands."""
Names = dict[str, dict[str, tuple[str, ...]]]
"""The first two characters → each name that starts so, the longest first → its other names, the official one first."""
LEXICON = Path(__file__).parent / "lexicon"
EVERYDAY, ALIASES = LEXICON / "everyday.tsv", LEXICON / "aliases.tsv"
MEASURED = Path(str(resources.files("sources"))) / "words" / "metrics.tsv"
_QUOTED = re.compile(r"“[^”]*”|「[^」]*」|《[^》]*》")


def every_name() -> frozenset[str]:
    """All names of both tables."""
    return frozenset(name for table in (EVERYDAY, ALIASES) for line in lines(table) for name in line)


@cache
def lines(table: Path) -> tuple[tuple[str, ...], ...]:
    """The names of each line of a table, the official or usual one first."""
    rows = (line.split("\t") for line in table.read_text(encoding="utf8").splitlines() if not line.startswith("#"))
    return tuple(tuple(map(normalise, (usual, *others.split("|")))) for usual, others in rows)


@lru_cache(maxsize=4096)
def other_names(name: str) -> tuple[str, ...]:
    """What is called the same, of things that stand for each other wherever they are named.

    >>> other_names("低保")
    ('最低生活保障',)
    """
    return _names((EVERYDAY,)).get(name[:2], {}).get(name, ())


def called(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What `text` (normalised) names, in order, each with its other names, near ones, too."""
    for _, name, others in _found(text, _names((EVERYDAY, ALIASES))):
        yield name, others


def at_home(text: str, home: str) -> tuple[tuple[str, str], ...]:
    """What the documents of one place call it, for its name in `text`, whole or short.

    >>> at_home("2024年婺江农民收入", "婺江市")
    (('婺江', '全市'),)
    """
    named = next((name for name in (home, home[:-1]) if len(name) > 1 and name in text), "")
    return ((named, f"全{home[-1]}"),) if named else ()


def names_here(text: str, frequencies: Frequencies) -> tuple[tuple[str, str], ...]:
    """Each name in `text` that stands nowhere in the corpus, with another of the same thing that does.

    Not of what stands in quotation marks: that is asked about as it is written.

    >>> names_here("低保多少钱", lambda words: [word in "最低生活保障标准" for word in words])
    (('低保', '最低生活保障'),)
    """
    quoted = [match.span() for match in _QUOTED.finditer(text)]
    found = [
        (at, name, others)
        for at, name, others in _found(text, _names((EVERYDAY, MEASURED)))
        if not any(start <= at < end for start, end in quoted)
    ]
    if not found:
        return ()
    pairs = list(dict.fromkeys(pair for _, name, others in found for each in (name, *others) for pair in _pairs(each)))
    there = dict(zip(pairs, frequencies(pairs), strict=True))

    def stands(name: str) -> bool:
        return all(there[pair] for pair in _pairs(name))

    return tuple(
        (name, other) for _, name, others in found if not stands(name) and (other := next(filter(stands, others), None))
    )


def put(text: str, names: Iterable[tuple[str, str]]) -> str:
    """`text` with the first of each pair replaced by the second, the longest first."""
    for name, other in sorted(names, key=lambda pair: -len(pair[0])):
        text = text.replace(name, other)
    return text


def _pairs(name: str) -> list[str]:
    """Its pairs of characters; of one alone, itself."""
    return [one + other for one, other in pairwise(name)] or [name]


def _found(text: str, names: Names) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Each name with where it begins; of those that overlap the first, and of these the longest."""
    at = 0
    while at < len(text):
        for name, others in {**names.get(text[at : at + 2], {}), **names.get(text[at], {})}.items():
            if text.startswith(name, at):
                yield at, name, others
                at += len(name) - 1
                break
        at += 1


@cache
def _names(tables: tuple[Path, ...]) -> Names:
    groups: dict[str, tuple[str, ...]] = {}
    for named in (line for table in tables for line in lines(table)):
        for name in named:
            groups[name] = tuple(dict.fromkeys((*groups.get(name, ()), *(each for each in named if each != name))))
    by_start: Names = {}
    for name in sorted(groups, key=len, reverse=True):
        by_start.setdefault(name[:2], {})[name] = groups[name]
    return by_start
