"""Sentences and clauses as half-open spans of a text."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SENTENCE = re.compile(
    r"""[^\n]*?(?:
        [。！？!?…]+[”’」』》）)\]*]*       # a closing mark, with the quotes and brackets that close after it
      | (?<=[a-zA-Z)])[.](?=\s|$)          # an English full stop, never a decimal point
      | (?=\n|\Z))""",
    re.VERBOSE,
)
_LONGEST = 500
_LEAST, _MOST = 100, 250
"""What never ends is cut into pieces of so many characters, so that a quote of it can be read."""
_CUTS = (re.compile("[；;]"), re.compile(r"[，、：|]|[,:](?!\d)"), re.compile(r"\s"), re.compile(r"(?<![A-Za-z\d])."))
"""Where to cut, the best first."""
_LIST_MARK = re.compile(r"(?:[-*+]\s|[•·▪●○◆])\s*")
Span = tuple[int, int]


def sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Spans of the sentences in `text[start:end]`, without the white space around them. A line break ends one.

    One of more than 500 characters (a list, a row, a text without punctuation) is cut, where it can be at its commas.
    """
    end = len(text) if end is None else end
    spans: list[Span] = []
    at = start
    while at < end:
        match = _SENTENCE.match(text, at, end)
        stop = max(match.end(), at + 1) if match else at + 1
        span = _trim(text, at, stop)
        if span[1] - span[0] > _LONGEST:
            spans += _cut(text, *span)
        elif span[0] < span[1]:
            spans.append(span)
        at = stop
    return spans


def _cut(text: str, start: int, end: int) -> Iterator[Span]:
    # Until the rest is short enough, so that a passage that begins at a cut is cut at the same places.
    while end - start > _LONGEST:
        stop = start + _MOST
        for mark in _CUTS:
            if marks := [found.end() for found in mark.finditer(text, start + _LEAST, start + _MOST)]:
                stop = marks[-1]
                break
        yield _trim(text, start, stop)
        start = stop
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield start, end


def unmarked_sentences(text: str, start: int = 0, end: int | None = None) -> list[tuple[Span, Span]]:
    """Each sentence as `sentences` gives it, and without the mark of a list that it opens with."""
    return [(span, unmarked(text, span)) for span in sentences(text, start, end)]


def unmarked(text: str, span: Span) -> Span:
    """The span without the mark of a list that it opens with (- , •)."""
    mark = _LIST_MARK.match(text, *span)
    return (mark.end(), span[1]) if mark and mark.end() < span[1] else span


def clauses(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Spans of the comma-separated clauses in `text[start:end]`, each with its closing mark.

    A comma between digits (1,200) and marks inside brackets do not end a clause.
    """
    end = len(text) if end is None else end
    spans: list[Span] = []
    depth = 0
    begin = start
    for at in range(start, end):
        char = text[at]
        if char in "（(《“":
            depth += 1
        elif char in "）)》”":
            depth = max(0, depth - 1)
        elif depth == 0 and char in "，,；;：:。！？!?\n":
            if char in ",:：" and text[at - 1 : at].isdigit() and text[at + 1 : at + 2].isdigit():
                continue
            span = _trim(text, begin, at + 1)
            if span[0] < span[1]:
                spans.append(span)
            begin = at + 1
    span = _trim(text, begin, end)
    if span[0] < span[1]:
        spans.append(span)
    return spans


def _trim(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
