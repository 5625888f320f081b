"""Lists without marks: lines of one build under what announces them, and headings of one level under another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from sources.documents import Document, Section
from sources.lists.marks import Mark
from sources.sentences import Span

_Build = Literal["label", "head", "short", ""]
_ANNOUNCES = re.compile(r"[:：]$|(?:如下|(?:以|下)列?[^。，]{0,12})[。.]?$")
_LABEL = re.compile(r"[^\s，。；：:]{1,20}[:：](?=.)")
_HEAD = re.compile(r"[^，。；：:|]{2,24}。(?=.)")
_SHORT_CHARS = 60
_MOST_ITEMS = 200
_LEAST_LABELLED = 3
_LETTERHEAD_LINES = 8
"""Lines with labels need no announcement, but at the head of a text they say what it is: 时间：…… 地点：……"""


def line_lists(document: Document, marks: Sequence[Mark]) -> Iterator[tuple[Span, list[Span]]]:
    """The lead and the lines of each list whose items are unmarked lines of one build.

    天工机械项目。总投资6.8亿元…… / 蓝海物流项目。总投资3.1亿元……, under 已开工的项目如下：
    """
    lines = _lines(document.text)
    headings = {section.start for section in document.sections}
    marked = {mark.start for mark in marks}
    tables = [(table.start, table.end) for table in document.tables]
    builds = [
        ""
        if any(start <= each < end for each in marked)
        or any(first <= start < last for first, last in tables)
        or document.text.startswith("|", start)  # of a table too small to be told as one
        else _build(document.text[start:end])
        for start, end in lines
    ]
    at = 1
    while at < len(lines):
        lead, build = document.text[slice(*lines[at - 1])], builds[at]
        announced = bool(_ANNOUNCES.search(lead))
        last = at
        while last < len(lines) and builds[last] == build and (last == at or lines[last][0] not in headings):
            if last - at >= _MOST_ITEMS or document.text[slice(*lines[last])].endswith((":", "：")):
                break
            last += 1
        headed = at > 1 and lines[at - 1][0] in headings and lines[at][0] not in headings
        labelled = build == "label" and last - at >= _LEAST_LABELLED and at > _LETTERHEAD_LINES
        if build == "short" and 1 < last < len(lines) and _closes(document.text, lines[last - 1], lines[last]):
            last += 1
        if build and last - at > 1 and (announced or headed or labelled):
            yield lines[at - 1], lines[at:last]
            at = last
        at += 1


def section_lists(document: Document) -> Iterator[tuple[Span, list[Section]]]:
    """The lead and the items of each list whose items are the headings right under one of a level above."""
    children: dict[int, list[Section]] = {}
    open_sections: list[Section] = []
    for section in document.sections:
        while open_sections and open_sections[-1].level >= section.level:
            open_sections.pop()
        if open_sections:
            children.setdefault(open_sections[-1].start, []).append(section)
        open_sections.append(section)
    by_start = {section.start: section for section in document.sections}
    for start, sections in children.items():
        if len(sections) > 1:
            over = by_start[start]
            yield (over.start, over.start + len(over.heading)), sections


def _closes(text: str, before: Span, line: Span) -> bool:
    """Whether the line is the last one of a list whose others end in semicolons."""
    closed = text[line[0] : line[1]].endswith("。") and line[1] - line[0] <= _SHORT_CHARS
    return closed and text[before[0] : before[1]].endswith(("；", ";"))


def _lines(text: str) -> list[Span]:
    """The lines of a text that hold anything, without the white space around them."""
    spans = (match.span() for match in re.finditer(r"[^\n]+", text))
    trimmed = [(start + _indent(text[start:end]), start + len(text[start:end].rstrip())) for start, end in spans]
    return [(start, end) for start, end in trimmed if start < end]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _build(line: str) -> _Build:
    if _LABEL.match(line):
        return "label"
    if _HEAD.match(line):
        return "head"
    return "short" if len(line) <= _SHORT_CHARS and not line.endswith(("。", "：", ":", "！", "？")) else ""
