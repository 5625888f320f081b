"""Finding the lists of a document, each with its lead, its items and what it is nested in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from sources.documents import Document
from sources.lists.lines import line_lists, section_lists
from sources.lists.listing import Form, Item, Listing
from sources.lists.marks import marked_lists, marks_of
from sources.lists.runs import runs
from sources.sentences import Span

_NAME = re.compile(r"[^：:。；;\n]+")
_NAME_CHARS = 60
_LEAST_MARKED, _BESIDE_CHARS = 2, 3
"""Pieces of a sentence that open with marks, perhaps after a space, are the items of a marked list."""
_TRIMMINGS = "#>*·，,、：: \t\n"


@lru_cache(maxsize=64)
def lists(document: Document) -> tuple[Listing, ...]:
    """The lists of a document, in order of their first items, an outer one before what is nested in it."""
    text = document.text
    marks = marks_of(text)
    found: list[Listing] = []
    for marked in marked_lists(document):
        ends = [mark.end for mark in marked.marks]
        found.append(_listing(text, "marked", marked.lead, marked.items, ends))
    known = {each.start for each in found}
    for lead, spans in line_lists(document, marks):
        found.append(_listing(text, "lines", lead, spans))
    for lead, sections in section_lists(document):
        if sections[0].start not in known:
            found.append(_listing(text, "sections", lead, [(each.start, each.end) for each in sections]))
    starts = {mark.start for mark in marks}
    for lead, spans in runs(text, {mark.start: mark.end for mark in marks}):
        opened = sum(any(at in starts for at in range(start, start + _BESIDE_CHARS)) for start, _ in spans)
        if opened < _LEAST_MARKED:
            found.append(_listing(text, "run", lead, spans))
    return _nested(sorted(found, key=lambda each: (each.start, -each.end)))


def _listing(text: str, form: Form, lead: Span, spans: Sequence[Span], names: Sequence[int] | None = None) -> Listing:
    begins = names or [start for start, _ in spans]
    items = (Item(start, end, _name(text, begin, end), end) for (start, end), begin in zip(spans, begins, strict=True))
    return Listing(form, lead, tuple(items))


def _name(text: str, start: int, end: int) -> Span:
    """Up to the first colon, full stop or line break."""
    while start < end and text[start] in _TRIMMINGS:
        start += 1
    match = _NAME.match(text, start, min(end, start + _NAME_CHARS))
    return (start, match.end()) if match else (start, end)


def _nested(found: Sequence[Listing]) -> tuple[Listing, ...]:
    """Each with the item and the lead of the lists that it stands in, its items cut where lists begin in them."""
    nested: list[Listing] = []
    open_lists: list[int] = []
    for each in found:
        while open_lists and nested[open_lists[-1]].end < each.end:
            open_lists.pop()
        over: tuple[Span, ...] = ()
        if open_lists and (at := nested[open_lists[-1]].at(each.start)) is not None:
            outer = nested[open_lists[-1]]
            over = tuple(span for span in (outer.items[at].name, outer.lead, *outer.over) if span[0] < span[1])
            if each.form != "run":
                nested[open_lists[-1]] = replace(outer, items=_cut(outer.items, at, each.start))
        nested.append(replace(each, over=over))
        if each.form != "run":
            open_lists.append(len(nested) - 1)
    return tuple(nested)


def _cut(items: Sequence[Item], at: int, start: int) -> tuple[Item, ...]:
    item = items[at]
    return (*items[:at], replace(item, own_end=max(item.start + 1, min(item.own_end, start))), *items[at + 1 :])
