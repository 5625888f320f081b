"""Passages taken apart for reading: their sentences, and what these stand under; nothing here knows the question."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from assistant.question.terms import flats
from sources.documents import Document
from sources.instructions import instructions
from sources.passages import Passage
from sources.sentences import sentences, unmarked_sentences

_OPENING_CHARS = 60
_BEFORE_CHARS = 160
_SHORT_CHARS = 10
_CLOSERS = ("。", "；", "！", "？", ".", "!", "?", ";", "”")


@dataclass(frozen=True, slots=True)
class PassageSentence:
    """A sentence of a passage, without the mark of a list that it opens with."""

    start: int
    end: int
    text: str
    plain: str
    """Flat, as terms are looked for."""
    heading: str
    """The heading of its section, flat; "" where it is that heading, or stands under none."""
    heading_like: bool
    """Whether it is a heading or a fragment, rather than stating something."""
    opens: bool
    """Whether nothing but the heading stands before it."""


@dataclass(frozen=True, slots=True)
class TakenApart:
    """A passage with what stands over it and before it, all flat."""

    document: Document
    sentences: tuple[PassageSentence, ...]
    above: tuple[str, str, str, str]
    """Title, publisher and date; the heading; how its part opens; how the document does. A speech opens with its
    speaker, a report with its occasion."""
    before: tuple[str, ...]
    """The last two sentences before the passage."""


@lru_cache(maxsize=512)
def take_apart(document: Document, passage: Passage) -> TakenApart:
    """The sentences of a passage that state something; one that gives orders to its reader is no evidence of it."""
    text = document.text
    headings = {each.start for each in document.sections if each.end - each.start > len(each.heading)}
    part = document.part_start(passage.start)
    opening, *_ = document.sections_at([passage.start])
    since = max(opening.start if opening else 0, passage.start - _BEFORE_CHARS)
    orders = instructions(text, passage.start, passage.end)
    spans = [
        own
        for whole, own in unmarked_sentences(text, passage.start, passage.end)
        if not any(whole[0] < stop and start < whole[1] for start, stop in orders)
    ]
    above = (
        f"{document.title} {document.publisher or ''} {document.published or ''}",
        passage.heading,
        text[part : min(passage.start, part + _OPENING_CHARS)],
        text[: min(passage.start, 2 * _OPENING_CHARS)],
    )
    before = [text[start:end] for start, end in sentences(text, since, passage.start)][-2:]
    sections = document.sections_at([start for start, _ in spans])
    titles = [section.heading if section else "" for section in sections]
    plain = flats((*above, *before, *titles, *(text[start:end] for start, end in spans)))
    title, heading, part_opening, document_opening, *rest = plain
    head, tail = len(before), len(before) + len(spans)
    headed, own = rest[head:tail], rest[tail:]
    taken = []
    for at, ((start, end), under) in enumerate(zip(spans, sections, strict=True)):
        after = under.start + len(under.heading) if under else 0
        is_heading = under is not None and under.start <= start and end <= after + 1
        short = start in headings or end - start < _SHORT_CHARS
        taken.append(
            PassageSentence(
                start,
                end,
                text[start:end],
                own[at],
                "" if under is None or is_heading else headed[at],
                is_heading or (short and not text[start:end].endswith(_CLOSERS)),
                under is not None and not is_heading and start <= after + 2,
            )
        )
    return TakenApart(document, tuple(taken), (title, heading, part_opening, document_opening), tuple(rest[:head]))
