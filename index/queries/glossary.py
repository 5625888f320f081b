"""English questions over Chinese documents: the field's words, and names of places, put into Chinese."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from sources.mentions.regions import latin_places

_YEAR = re.compile(r"(?:19|20)\d{2}")
_KEPT = re.compile(r"[一-鿿]+|\d+(?:\.\d+)?%?")
_TABLE = Path(__file__).parent / "lexicon" / "glossary.tsv"


@cache
def _entries() -> dict[str, str]:
    return dict(line.split("\t") for line in _TABLE.read_text(encoding="utf8").splitlines() if line.strip())


@cache
def _pattern() -> re.Pattern[str]:
    longest_first = sorted(_entries(), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})(?:e?s)?\b", re.IGNORECASE)


def chinese_words() -> frozenset[str]:
    """The Chinese that English terms are put into."""
    return frozenset(_entries().values())


def to_chinese(text: str) -> str:
    """The Chinese terms for what `text` names in English, in its order; numbers and Chinese in it are kept.

    >>> to_chinese("per capita disposable income of rural residents in 2025")
    '人均可支配收入 农村居民 2025年'
    """
    table, pattern = _entries(), _pattern()
    plain = text.replace("’", "'").replace("–", "-").replace("—", "-")
    terms: list[str] = []
    at = 0
    for match in [*pattern.finditer(plain), None]:
        # What stands between two terms: its places, numbers and Chinese are kept, its other words are not.
        between = plain[at : match.start() if match else len(plain)]
        for place in reversed(latin_places(between)):
            between = f"{between[: place.start]} {place.name} {between[place.end :]}"
        terms += [f"{kept}年" if _YEAR.fullmatch(kept) else kept for kept in _KEPT.findall(between)]
        if match:
            key = match[0].lower()
            terms.append(table.get(key) or table.get(key.removesuffix("s")) or table[key.removesuffix("es")])
            at = match.end()
    return " ".join(terms)
