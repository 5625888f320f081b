"""Articles: where a place that others name stands in the text of a rule: 第四条, 第五条第二款, 第六条第（三）项"""

from __future__ import annotations

import re
from itertools import pairwise

from sources.sentences import Span

_N = r"[一二三四五六七八九十百零〇\d]+"
ARTICLE = rf"第{_N}条(?:之[一二三四五六七八九十]+)?"
PLACE = rf"{ARTICLE}(?:[的中]?第{_N}款)?(?:[的中]?第?[（(]?{_N}[）)]?项)?"
"""An article, or a paragraph or an item of one, as a text names it."""
_PARTS = re.compile(
    rf"(?P<article>{ARTICLE})(?:[的中]?第(?P<paragraph>{_N})款)?(?:[的中]?第?[（(]?(?P<item>{_N})[）)]?项)?"
)
_BEGINS = re.compile(
    rf"^[#*\s　]*(?P<name>第{_N}[章节]|{ARTICLE})(?=[\s　*：:、【（(]|[^的中第规之、，])", re.MULTILINE
)
_ITEM = re.compile(rf"\s*[（(]?(?P<number>{_N})[）)、.．]")
_DIGITS = "一二三四五六七八九十"


def place_in(text: str, name: str) -> Span | None:
    """Where the article, paragraph or item of this name stands in a rule; None where the rule has none of it."""
    parts = _PARTS.match(name)
    own = _article(text, parts["article"]) if parts else None
    if parts is None or own is None:
        return None
    if parts["paragraph"]:
        own = _paragraph(text, own, parts["paragraph"])
    return _item(text, own, parts["item"]) if own and parts["item"] else own


def _article(text: str, name: str) -> Span | None:
    """From the first line that begins with the article's number to the next article or chapter."""
    begins = [(found["name"], found.start("name")) for found in _BEGINS.finditer(text)]
    pairs = pairwise([*begins, ("", len(text))])
    return next(((start, _end(text, start, end)) for (own, start), (_, end) in pairs if own == name), None)


def _paragraph(text: str, article: Span, number: str) -> Span | None:
    """A paragraph is a line, with the items that stand below it."""
    lines = _lines(text, article)
    starts = [start for start, end in lines if not _ITEM.match(text, start, end)]
    at = int(number) if number.isdigit() else _DIGITS.find(number) + 1
    if not 0 < at <= len(starts):
        return None
    return starts[at - 1], _end(text, starts[at - 1], starts[at] if at < len(starts) else article[1])


def _item(text: str, within: Span, number: str) -> Span | None:
    found = ((_ITEM.match(text, *line), line) for line in _lines(text, within))
    return next((line for mark, line in found if mark and mark["number"] == number), None)


def _lines(text: str, span: Span) -> list[Span]:
    return [found.span() for found in re.compile(r"[^\s][^\n]*").finditer(text, *span)]


def _end(text: str, start: int, end: int) -> int:
    return start + len(text[start:end].rstrip())
