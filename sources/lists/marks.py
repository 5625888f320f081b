"""Marked lists: 第一条, （一）, 1., ①, 一是, 首先, bullets; at the beginnings of lines and within paragraphs."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sources.documents import Document
from sources.sentences import Span, clauses

_LEAD_CHARS = 80
"""What a longer sentence says before its last clauses is something else than what the list is of."""
_GAP_CHARS = 1500
_SECTION_CHARS = 20_000
_MOST_MARKS_BACK = 200
"""An item further from the one before belongs to another list; one that opens a line may be a whole section away."""
_CLOSERS = ("。", "；", "！", "？", ";")
_DIGITS = {digit: at for at, digit in enumerate("零一二三四五六七八九十")}
_WORDS = {"首先": 1, "其次": 2, "再次": 3, "再者": 3, "最后": 9, "此外": 9}
_CN = "[一二三四五六七八九十]{1,3}"
_PREFIX = r"(?P<prefix>[#>*\s]*)"
_AT_LINE = re.compile(
    rf"^{_PREFIX}(?:(?P<article>第[一二三四五六七八九十百\d]{{1,5}}条)|(?P<bracket>[（(]{_CN}[）)])|(?P<numbered>[（(]\d{{1,2}}[）)])"
    rf"|(?P<arabic>\d{{1,2}}[.．、)）](?![\d]))|(?P<letter>[a-zA-Z][.．、)）](?![a-zA-Z]))|(?P<heading>{_CN}、)|(?P<circled>[①-⑳])|(?P<is>{_CN}(?:是|要))"
    rf"|(?P<nth>第{_CN}(?:[，,、：:]|是|步[，,：:]|个?方面))|(?P<words>首先|其次|再次|再者|最后|此外)|(?P<bullet>(?:[-+•·▪●○◆]|\*(?!\*))\s+))",
    re.MULTILINE,
)
_INSIDE = re.compile(
    rf"(?<=[。；;：:，,！？\n*])(?P<prefix>[ *]*)(?:(?P<is>{_CN}(?:是|要))"
    rf"|(?P<nth>第{_CN}(?:[，,、：:]|是|步[，,：:]|个?方面))|(?P<words>首先|其次|再次|再者|最后)|(?P<circled>[①-⑳])|(?P<bracket>[（(]{_CN}[）)])|(?P<numbered>[（(]\d{{1,2}}[）)])"
    r"|(?<=[。；;：:\n])(?:(?P<arabic>\d{1,2}[.．、)）](?!\d))|(?P<letter>[a-zA-Z][.．、)）](?![a-zA-Z]))))"
)


@dataclass(frozen=True, slots=True)
class Mark:
    """What an item of a list opens with."""

    kind: str
    number: int
    start: int
    """Of the line's or the item's first character, Markdown left out."""
    end: int
    opens_line: bool


@dataclass(frozen=True, slots=True)
class Marked:
    """A marked list: what announces it, and its items, each with its mark."""

    lead: Span
    marks: tuple[Mark, ...]
    items: tuple[Span, ...]
    """Each from its mark to the next one; the last one as many lines as the longest of the others."""


def marks_of(text: str) -> list[Mark]:
    """Everything that may be the mark of an item, in order."""
    return sorted(_marks(text), key=lambda mark: mark.start)


def marked_lists(document: Document) -> list[Marked]:
    """The marked lists of a document with two items or more, in order of their first items."""
    text = document.text
    marks = marks_of(text)
    open_lists: dict[str, list[Mark]] = {}
    interrupted: dict[str, int] = {}
    done: list[list[Mark]] = []
    for mark in marks:
        current = open_lists.get(mark.kind)
        if current is not None and _follows(current, mark, text):
            # What was begun within the item before ends with it, though its numbers may go on in this one.
            for kind, inner in [*open_lists.items()]:
                if inner[0].start > current[-1].start:
                    done.append(open_lists.pop(kind))
                    interrupted[kind] = inner[-1].number
            current.append(mark)
            continue
        if current is not None:
            done.append(open_lists.pop(mark.kind))
        if mark.number == 1 or mark.kind == "bullet" or mark.number - 1 == interrupted.get(mark.kind):
            open_lists[mark.kind] = [mark]
    done += open_lists.values()
    found = sorted((each for each in done if len(each) > 1), key=lambda each: each[0].start)
    starts = [mark.start for mark in marks]
    return [_marked(document, each, marks, starts) for each in found]


def _marks(text: str) -> Iterator[Mark]:
    taken = set()
    for opens_line, pattern in ((True, _AT_LINE), (False, _INSIDE)):
        for match in pattern.finditer(text):
            kind = str(match.lastgroup)
            start = match.start() + len(match["prefix"])
            if start not in taken:
                taken.add(start)
                yield Mark(kind, _NUMBER[kind](match[kind]), start, match.end(), opens_line)


def _follows(current: Sequence[Mark], mark: Mark, text: str) -> bool:
    last = current[-1]
    between = text[last.start : mark.start]
    if mark.start - last.start > (_SECTION_CHARS if mark.opens_line else _GAP_CHARS):
        return False
    if mark.kind == "bullet":  # one line a bullet; a line between two of them begins another list
        return mark.opens_line and _same_bullets(text, last, mark, between)
    if not mark.opens_line and last.opens_line and "\n" not in between and not _set_apart(mark, between):
        return False
    return mark.number == last.number + 1 or (mark.kind == "words" and mark.number > last.number)


def _set_apart(mark: Mark, between: str) -> bool:
    """Whether items that go on within the first one's line are told apart: 1、开办；2、注销."""
    return mark.kind == "is" or between.rstrip().endswith(("；", ";", "。"))


def _same_bullets(text: str, last: Mark, mark: Mark, between: str) -> bool:
    lines = [line for line in between.split("\n")[1:] if line.strip()]
    own = all(line[0].isspace() or line.rstrip().endswith(_CLOSERS) for line in lines)  # paragraphs of the item before
    return text[last.start] == text[mark.start] and own


def _cn(text: str) -> int:
    digits = re.sub("[^零一二三四五六七八九十]", "", text)
    if digits in _DIGITS:
        return _DIGITS[digits]
    if digits.startswith("十"):
        return 10 + _DIGITS.get(digits[1:], 0)
    tens, _, ones = digits.partition("十")
    return 10 * _DIGITS.get(tens, 0) + _DIGITS.get(ones, 0) if len(digits) <= 3 and "十" in digits else -1


def _arabic(text: str) -> int:
    return int(re.sub(r"\D", "", text))


_NUMBER: dict[str, Callable[[str], int]] = {
    "article": lambda text: _arabic(text) if re.search(r"\d", text) else _cn(text),
    "bracket": _cn,
    "numbered": _arabic,
    "arabic": _arabic,
    "letter": lambda text: ord(text[0].lower()) - ord("a") + 1,
    "heading": _cn,
    "circled": lambda text: ord(text) - ord("①") + 1,
    "is": _cn,
    "nth": _cn,
    "words": lambda text: _WORDS[text],
    "bullet": lambda _: 1,
}


def _marked(document: Document, marks: Sequence[Mark], every: Sequence[Mark], starts: Sequence[int]) -> Marked:
    """The list that `marks` make; `every` mark of the document tells where its last item ends."""
    text = document.text
    begins = [mark.start for mark in marks]
    last = begins[-1]
    inline = all(not mark.opens_line for mark in marks[1:])
    lines = max(text[start:stop].strip().count("\n") for start, stop in pairwise(begins))
    end = _line_end(text, last)
    if not inline and marks[0].kind != "bullet":
        for _ in range(lines):
            end = _line_end(text, min(end + 1, len(text)))
        end = min(end, _section_end(document, last))
    # The item of an enclosing list that comes next ends this list.
    for mark in every[bisect_right(starts, last) :]:
        if mark.start >= end:
            break
        if mark.kind == marks[0].kind or (mark.number > 1 and _opened_before(mark, every, starts, begins[0])):
            end = mark.start
            break
    stops = [*begins[1:], max(end, last + 1)]
    # A rule's articles go on through all of its chapters: what stands over the first announces none of them.
    lead = (begins[0], begins[0]) if marks[0].kind == "article" else lead_of(text, begins[0])
    return Marked(lead, tuple(marks), tuple(zip(begins, stops, strict=True)))


def _opened_before(mark: Mark, every: Sequence[Mark], starts: Sequence[int], first: int) -> bool:
    """Whether the mark goes on counting in a list that was begun before `first`."""
    at = bisect_right(starts, first) - 1
    before = [each for each in every[max(0, at - _MOST_MARKS_BACK) : at] if each.kind == mark.kind]
    return bool(before) and before[-1].number == mark.number - 1


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _section_end(document: Document, start: int) -> int:
    """Where the next section begins that isn't within the one at `start`."""
    own = document.section_at(start + 1)
    level = own.level if own else 0
    after = (each.start for each in document.sections if each.start > start + 4 and each.level <= level)
    return min(next(after, len(document.text)), start + 2 * _GAP_CHARS)


def lead_of(text: str, first: int) -> Span:
    """The words before `first` in its line, the last clauses of them; else of the last line above."""
    end = first
    begin = text.rfind("\n", 0, first) + 1
    if not text[begin:first].strip("#>* \t"):
        end = len(text[:begin].rstrip())
        begin = text.rfind("\n", 0, end) + 1
    if end - begin > _LEAD_CHARS:
        begin = min((start for start, _ in clauses(text, begin, end) if end - start <= _LEAD_CHARS), default=begin)
    return begin, end
