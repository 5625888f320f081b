"""Texts as they are compared with labels and headers: flat, but knowing where each character came from."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right

from assistant.checks.support import flat
from sources.figures.metrics import usual_names
from sources.sentences import Span

_SPACE = re.compile(r"\s|[“”‘’\"'「」『』《》〈〉*`_]")
_CHANGE = re.compile(r"增长率?|增[速幅减]|[涨降跌]幅|下降|下跌|上涨|回落")
_SINCE_LAST_YEAR = re.compile(r"同比|[比较](?:上年|去年)(?:同期)?")
_BETWEEN_WORDS = re.compile(r"(?<=[A-Za-z0-9.,)])\s+(?=[A-Za-z0-9(])")


class Flat:
    """`flat(text)` that knows where in `text` each of its characters stands."""

    def __init__(self, text: str) -> None:
        kept = [(at, unicodedata.normalize("NFKC", each).lower()) for at, each in enumerate(text)]
        kept = [(at, each) for at, each in kept if not _SPACE.fullmatch(each)]
        found = [(at, character) for at, each in kept for character in each]
        joined = "".join(character for _, character in found)
        commas = {match.start() for match in re.finditer(r"(?<=\d),(?=\d{3}(?!\d))", joined)}
        self.text = "".join(each for at, each in enumerate(joined) if at not in commas)
        self._at = [at for number, (at, _) in enumerate(found) if number not in commas]

    def span(self, start: int, end: int) -> Span:
        """Where `self.text[start:end]` stands in the text."""
        return self._at[start], self._at[end - 1] + 1

    def at(self, offset: int) -> int:
        """The first character of `self.text` that stands at `offset` of the text or behind it."""
        return bisect_right(self._at, offset - 1)


def plain_words(text: str) -> str:
    """`text` for comparison with headers: flat but for the spaces between Latin words, metrics under their usual names,
    and one word for every change."""
    close = flat(_BETWEEN_WORDS.sub("¦", text)).replace("¦", " ")
    return _SINCE_LAST_YEAR.sub("|同比|", _CHANGE.sub("|增减|", usual_names(close)))
