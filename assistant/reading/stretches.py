"""Stretches: the parts of a document that a question may ask about.

A section under its heading, an article of a rule, a line that opens with its label or, where a section is long, a
passage of it and each of its paragraphs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from assistant.question.terms import flat
from sources.documents import Document, Section
from sources.lists import lists
from sources.passages import Passage
from sources.sentences import Span

_LONGEST = 700
"""Characters of a section that is one stretch; a longer one is told by the passage or the article."""
_PARAGRAPH = (40, 400)
"""Characters of a paragraph that is a stretch of its own, and from how many on a section is cut into them."""
_LEAST_BODY = 8
_ARTICLE = re.compile(r"^[#>*\s]*第[一二三四五六七八九十百\d]{1,5}条", re.MULTILINE)
_LABELLED = re.compile(
    r"^[#>*\s]*(?P<line>(?:[（(]?[一二三四五六七八九十\d]{1,3}[）)、.．]\s*)?(?P<label>[^。，,；;：:\n]{2,14})[：:][^\n]{4,})$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of a document, by half-open offsets into its text."""

    document: Document
    start: int
    end: int
    section: Section | None
    """The one whose heading it stands under."""
    parts: tuple[Section, ...] = ()
    """The sections inside it, where it is a chapter of several."""
    label: str = ""
    """The words before the colon that it opens with, where it is one of several such lines: 教育方面：……"""

    @property
    def heading(self) -> str:
        """Its label, or else the heading that it stands right under; "" where there is none."""
        return self.label or (self.section.heading if self.section else "")

    def meets(self, passage: Passage) -> bool:
        """Whether the two have characters in common."""
        return passage.document_id == self.document.id and passage.start < self.end and self.start < passage.end


@lru_cache(maxsize=256)
def chapters(document: Document) -> tuple[Stretch, ...]:
    """Every section with text of its own, and every one that has sections below it, whole: but for the title's."""
    found = []
    for at, section in enumerate(document.sections):
        if flat(section.heading) in flat(document.title):
            continue
        below = []
        for other in document.sections[at + 1 :]:
            if other.level <= section.level:
                break
            below.append(other)
        if len(below) > 1:
            found.append(Stretch(document, section.start, below[-1].end, section, tuple(below)))
        elif section.end - section.start - len(section.heading) > _LEAST_BODY:
            found.append(Stretch(document, section.start, section.end, section))
    return tuple(found)


def stretches_of(document: Document, passage: Passage, *, whole: bool = False) -> list[Stretch]:
    """What a passage is part of: its section or, where that is long, the articles of the passage, or itself.

    And each of its paragraphs, but for `whole`.
    """
    section = document.section_at(passage.end - 1)
    start, end = (section.start, section.end) if section else (0, _before_sections(document))
    articles = [start + each.start() for each in _ARTICLE.finditer(document.text[start:end])]
    if len(articles) > 1:
        every = [Stretch(document, *span, section) for span in zip(articles, [*articles[1:], end], strict=True)]
        return [each for each in every if each.meets(passage)]
    long = end - start >= _PARAGRAPH[1]
    if end - start > _LONGEST:
        start, end = passage.start, passage.end
    labels = [*_LABELLED.finditer(document.text, start, end)]
    lines = [Stretch(document, each.start("line"), each.end(), section, label=each["label"]) for each in labels]
    if len(lines) < 2:
        spans = _paragraphs(document, start, end) if long and not whole else []
        lines = [Stretch(document, *span, section) for span in spans]
    return [Stretch(document, start, end, section), *lines]


def _paragraphs(document: Document, start: int, end: int) -> list[Span]:
    """The paragraphs of several that are no items of a list, which is told whole."""
    lines = [(each.start(), each.end()) for each in re.finditer(r"[^\n]+", document.text[start:end])]
    found = [(start + first, start + last) for first, last in lines if last - first >= _PARAGRAPH[0]]
    items = {item.start for each in lists(document) for item in each.items}
    return [(s, e) for s, e in found if not any(s <= item < e for item in items)] if len(found) > 1 else []


def _before_sections(document: Document) -> int:
    return document.sections[0].start if document.sections else len(document.text)
