"""Queries: a question in the words that documents may use for it.

A word counts most as it stands. Its other names (农民 and 农村居民, 2025年 and 二〇二五年), the word that a slip was
meant to be, and the Chinese for English or pinyin are looked for, too, and count less.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from index.queries.glossary import to_chinese
from index.queries.names import Frequencies, called, names_here, put
from index.queries.spelling import Slip, applied, mend
from index.words import normalise, words
from sources.mentions.numerals import chinese_number
from sources.mentions.regions import latin_places

_ALSO = 0.3
"""What another name counts beside the one that was used."""
_MENDED = 0.8
"""What a mended word counts beside one that was typed."""
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]+")
_CHINESE_NUMBER = re.compile(
    r"百分之(?P<percent>[零〇一二两三四五六七八九十百点]+)|(?P<year>[一二][〇零一二三四五六七八九]{3})(?=年)"
    r"|(?P<number>[一二两三四五六七八九十][〇零一二两三四五六七八九十百千]+)(?P<scale>万亿|亿|万)?"
)
_PLAN = re.compile(r"十[一二三四五六]五(?!年|[个项条名])")
_ARABIC = re.compile(r"(?<![\d.])(?P<year>(?:19|20)\d\d)(?=年)|(?<![\d.])(?P<number>\d{1,2})(?P<percent>%)?(?![\d.,])")
_DIGITS = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Wording:
    """A query as it is searched."""

    text: str
    """In Chinese, Simplified, without slips, in the names that the corpus has: what is compared by meaning."""
    words: dict[str, float]
    """What is compared by words, and how often each counts."""
    slips: tuple[Slip, ...] = ()
    """Where the query, in Simplified characters, was mended."""


def wording(query: str, frequencies: Frequencies, *, is_mended: bool = False) -> Wording:
    """How `query` is searched in a corpus whose passages hold words with these frequencies.

    With `is_mended` it is already as `mended` gives it, and slips are not looked for again.
    """
    right, slips = (query, ()) if is_mended else mended(query, frequencies)
    text = in_chinese(right)
    counts: dict[str, float] = dict(Counter(words(query)))
    if text != query:
        for word, count in Counter(words(text)).items():
            counts.setdefault(word, _MENDED * count if slips else count)
    for word, share in _other_words(normalise(text)).items():
        counts.setdefault(word, share)
    return Wording(put(text, names_here(text, frequencies)), counts, slips)


def mended(query: str, frequencies: Frequencies) -> tuple[str, tuple[Slip, ...]]:
    """`query` in Simplified characters without the slips that this corpus gives away, and these slips."""
    plain = simplified(query)
    slips = tuple(mend(plain, lambda pairs: [frequency > 0 for frequency in frequencies(pairs)]))
    return applied(plain, slips) if slips else plain, slips


def simplified(text: str) -> str:
    """`text` in Simplified characters, each where it stood; all else as it is.

    >>> simplified("農村居民人均可支配收入（GDP）")
    '农村居民人均可支配收入（GDP）'
    """
    return _HAN.sub(lambda run: normalise(run[0]), text)  # one character for each of these


def in_chinese(text: str) -> str:
    """`text` with its English or pinyin put into Chinese: every term of the glossary where the text is English, only
    the names of places where it is Chinese.

    >>> in_chinese("Jiāxīng 农村居民收入")
    '嘉兴市 农村居民收入'
    """
    if not (latin := _LATIN.findall(text)):
        return text
    if is_english(text, len(latin)):
        return to_chinese(text) or text
    for place in reversed(latin_places(text)):
        text = f"{text[: place.start]}{place.name}{text[place.end :]}"
    return text


def is_english(text: str, latin_words: int | None = None) -> bool:
    """Whether a question is in English (or pinyin): it may name things in Chinese, so the greater part decides."""
    latin = len(re.findall(r"[A-Za-zÀ-ɏ]+", text)) if latin_words is None else latin_words
    return latin > 2 and latin > len(re.findall(r"[一-鿿]", text)) / 2


@lru_cache(maxsize=512)
def _other_words(text: str) -> dict[str, float]:
    """The words of other names for what `text` (normalised) names, with the most that each counts."""
    shares: dict[str, float] = {}
    for name, others in [*called(text), *_numbers(text)]:
        own = set(words(name))
        for other in others:
            new = {word for word in words(other) if len(word) > 1 or len(other) == 1} - own
            # However long another name is, it counts no more than the name that was used.
            share = _ALSO * min(1.0, len(own) / max(len(new), 1))
            for word in new:
                shares[word] = max(shares.get(word, 0.0), share)
    return shares


def _numbers(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The numbers in `text`, in Chinese for those in digits and the other way round."""
    plans = [match.span() for match in _PLAN.finditer(text)]
    for match in _CHINESE_NUMBER.finditer(text):
        if any(start < match.end() and match.start() < end for start, end in plans):
            continue  # 十四五 is a plan, not 145
        if match["year"]:
            yield match[0], ("".join(str("〇一二三四五六七八九零".index(char) % 10) for char in match["year"]),)
            continue
        try:
            value = chinese_number(match["percent"] or match["number"])
        except ValueError:
            continue  # 二三十, 一一 and the like are no one number
        yield match[0], (f"{value:f}{'%' if match['percent'] else match['scale'] or ''}",)
    for match in _ARABIC.finditer(text):
        if match["year"]:
            spelt = "".join(_DIGITS[int(digit)] for digit in match["year"])
            yield match[0], (spelt, spelt.replace("零", "〇"))
        else:
            spelt = _spelt(int(match["number"]))
            yield match[0], (f"百分之{spelt}" if match["percent"] else spelt,)


def _spelt(number: int) -> str:
    """A number below a hundred in Chinese."""
    tens, ones = divmod(number, 10)
    return f"{_DIGITS[tens] if tens > 1 else ''}{'十' if tens else ''}{_DIGITS[ones] if ones or not tens else ''}"
