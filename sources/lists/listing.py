"""A Listing: a list of a document, with what announces it and its items; all offsets are into the document's text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sources.documents import Document
from sources.sentences import Span

Form = Literal["marked", "lines", "sections", "run"]
"""By marks (（一）, 1., 一是, bullets), lines of one build, headings of one level, or words set apart in a sentence."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of a list."""

    start: int
    end: int
    name: Span
    """What it is called, without its mark: 城东泵站扩建 of `2. 城东泵站扩建：新增水泵4台，投资860万元。`"""
    own_end: int
    """Where what it says by itself ends: where a list nested in it begins, or at `end`."""

    @property
    def span(self) -> Span:
        """Where it stands, with its mark."""
        return self.start, self.end


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of two items or more."""

    form: Form
    lead: Span
    """What announces it: the words before it in its paragraph, or the line above."""
    items: tuple[Item, ...]
    over: tuple[Span, ...] = ()
    """Of a list within an item of another: the name of that item and the lead of that list, the nearest first."""

    @property
    def start(self) -> int:
        """Where its first item begins."""
        return self.items[0].start

    @property
    def end(self) -> int:
        """Just past its last item."""
        return self.items[-1].end

    def at(self, position: int) -> int | None:
        """Which item `position` lies in."""
        return next((at for at, item in enumerate(self.items) if item.start <= position < item.end), None)

    def above(self, document: Document) -> tuple[str, ...]:
        """What stands over it, the nearest first: its lead, what it is nested in, its headings from within."""
        section = document.section_at(self.start)
        path: Sequence[str] = section.path if section else ()
        if section and section.start >= self.start - 4:  # the items are headings themselves
            path = path[:-1]
        words = [document.text[slice(*span)] for span in (self.lead, *self.over)]
        # A letterhead read as one heading, 会议纪要 时间：…… 地点：……, says what the text is in its first words.
        headings = [heading.split(" ")[0] if "：" in heading else heading for heading in reversed(path)]
        return tuple(dict.fromkeys([*words, *headings]))
