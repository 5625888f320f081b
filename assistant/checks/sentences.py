"""The sentences of an answer's text, each with the marks that stand in it or after it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile, zip_longest

from assistant.citations import MARK
from sources.sentences import Span, sentences

SHORT_CHARS = 8
"""是的。 and 没有达到： say too little to be compared word by word."""
_LIST_MARKER = re.compile(r"(?:\s|[-*•·>|]\s+|#{1,6}\s+|\d{1,2}(?:[、)）]|\.(?!\d))\s*|[（(]\d{1,2}[)）]\s*)+")
_RULE = re.compile(r"[\s|:\-—=_*]+")
_EMPTY_ROW = re.compile(r"\|[^|]*\|(?:\s*—\s*\|)+\s*")
"""A row of a table whose cells all say that there is nothing."""
_HEADS_RULE = re.compile(r"\s*\|?\s*:?-{2,}[\s|:-]*")
"""The ruled line under the header of a Markdown table."""
_AFTER_END = re.compile(r"[。！？!?.;；][”’」』》）)\]*]*\s*$")


@dataclass(frozen=True, slots=True)
class MarkedCell:
    """A cell of a Markdown table in an answer."""

    head: str
    """What stands over its column."""
    text: str
    """Without marks and Markdown."""
    marks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MarkedSentence:
    """A sentence of an answer, with the marks that stand in it or right after it."""

    text: str
    """Without marks and Markdown."""
    start: int
    end: int
    """Half-open offsets into the answer, marks included."""
    marks: tuple[int, ...]
    borrowed: bool = False
    """Whether the marks are those of the sentences it leads to."""
    row: tuple[MarkedCell, ...] = ()
    """The cells of a row of a Markdown table; of another sentence there are none."""
    heads: bool = False
    """Whether it is the header of a Markdown table."""
    under: str = ""
    """The sentence ending in a colon that opens the list or the table that it stands in."""

    @property
    def leads_to_others(self) -> bool:
        """Whether, without marks of its own, it takes those of sentences after it: 主要有： and 是的。"""
        return not self.marks and (self.heads or self._opens_a_list or self._says_little)

    @property
    def _opens_a_list(self) -> bool:
        return self.text.endswith((":", "："))

    @property
    def _says_little(self) -> bool:
        return len(re.findall(r"\w", self.text)) <= SHORT_CHARS and not re.search(r"\d", self.text)


def split(answer: str) -> list[MarkedSentence]:
    """The sentences of an answer in plain text or Markdown; list items and table rows are sentences of their own.

    A mark belongs to the sentence that it stands in or directly follows. A lead-in that ends in a colon, and a few
    words without a number (是的。), take the marks of what they lead to.
    """
    bare = MARK.sub(lambda mark: " " * len(mark[0]), answer)
    marked: list[MarkedSentence] = []
    heads: list[str] = []
    under = ""
    lines = list(_lines(answer))
    for (start, end), following in zip_longest(lines, lines[1:]):
        if not answer[start:end].lstrip().startswith("|"):
            heads = []
        if _RULE.fullmatch(answer, start, end) or _EMPTY_ROW.fullmatch(answer, start, end):
            continue
        if "|" in answer[start:end] and following and _HEADS_RULE.fullmatch(answer, *following):
            heads = [_clean(cell) for cell in _cells(bare[start:end])]
            marked.append(MarkedSentence(" ".join(filter(None, heads)), start, end, (), heads=True, under=under))
            continue
        if heads:
            marked.append(_row(answer, start, end, heads, under))
            continue
        marks = list(MARK.finditer(answer, start, end))
        marker = _LIST_MARKER.match(bare, start, end)
        spans = list(_spans(bare, marker.end() if marker else start, end, marks))
        for number, (first, last) in enumerate(spans):
            upto = spans[number + 1][0] if number + 1 < len(spans) else end
            own = [mark for mark in marks if (start if number == 0 else first) <= mark.start() < upto]
            text = _clean(bare[first:last])
            if re.search(r"\w", text):
                stop = max([last, *(mark.end() for mark in own)])
                sentence = MarkedSentence(text, first, stop, tuple(int(mark[1]) for mark in own), under=under)
                marked.append(sentence)
                under = text if sentence._opens_a_list else under
    return [_with_marks(marked, at) for at in range(len(marked))]


def _clean(text: str) -> str:
    return re.sub(r"[ \t]+", " ", text.replace("**", "").replace("|", " ")).strip()


def _cells(line: str) -> list[str]:
    return line.strip().removeprefix("|").removesuffix("|").split("|")


def _row(answer: str, start: int, end: int, heads: Sequence[str], under: str) -> MarkedSentence:
    """A row of a Markdown table as one sentence, and its cells."""
    cells = []
    for at, cell in enumerate(_cells(answer[start:end])):
        marks = tuple(int(mark[1]) for mark in MARK.finditer(cell))
        cells.append(MarkedCell(heads[at] if at < len(heads) else "", _clean(MARK.sub("", cell)), marks))
    text = " ".join(cell.text for cell in cells if cell.text)
    marks = tuple(mark for cell in cells for mark in cell.marks)
    return MarkedSentence(text, start, end, marks, row=tuple(cells), under=under)


def _lines(text: str) -> Iterator[Span]:
    at = 0
    for line in text.splitlines(keepends=True):
        yield at, at + len(line.rstrip("\r\n"))
        at += len(line)


def _spans(bare: str, start: int, end: int, marks: Sequence[re.Match[str]]) -> Iterator[Span]:
    """Sentences end where they do in any text, and after a mark that follows a full stop (5061. [1] Next …)."""
    cuts = sorted({start, end, *(mark.end() for mark in marks if _AFTER_END.search(bare, start, mark.start()))})
    for first, last in pairwise(cuts):
        yield from sentences(bare, first, last)


def _with_marks(sentences_: Sequence[MarkedSentence], at: int) -> MarkedSentence:
    """The sentence at `at`; one without marks that leads to others has theirs."""
    sentence = sentences_[at]
    if not sentence.leads_to_others:
        return sentence
    later = sentences_[at + 1 :]
    marks: list[int] = []
    if sentence.heads:
        marks = [mark for each in takewhile(lambda each: each.row, later) for mark in each.marks]
    elif sentence._opens_a_list:
        for each in takewhile(lambda each: each.marks or not each._opens_a_list, later):
            marks += each.marks
    else:
        marks = next((list(each.marks) for each in later if each.marks), [])
    return replace(sentence, marks=tuple(dict.fromkeys(marks)), borrowed=bool(marks))
