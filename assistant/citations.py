"""Citations: quotes with where they stand, numbered in the order in which an answer uses them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from assistant.answers import Citation, Evidence
from index.standing import Standings
from sources.documents import Document

MARK = re.compile(r"\[(\d{1,3})\]")
"""A citation mark in an answer."""


def cite(evidence: Evidence, document: Document) -> Citation:
    """The citation of `evidence`, which must lie in `document`. Raises ValueError where it doesn't."""
    start, end = evidence.quote_start, evidence.quote_end
    passage = evidence.passage
    if passage.document_id != document.id or not 0 <= start < end <= len(document.text):
        raise ValueError(f"the quote {start}–{end} does not lie in document {document.id}: rebuild the index")
    # A quote may run over its passage's edge; what is shown around it then does too.
    around_start, around_end = min(passage.start, start), max(passage.end, end)
    section = document.section_at(start)
    return Citation(
        number=evidence.number,
        document_id=document.id,
        title=document.title,
        publisher=document.publisher,
        published=document.published,
        section=" › ".join(section.path) if section else "",
        page=document.page_at(start),
        quote=document.text[start:end],
        start=start,
        end=end,
        passage=document.text[around_start:around_end],
        passage_start=around_start,
        uri=document.uri,
        copies=document.copies,
    )


def in_sheet(citation: Citation, cells: Callable[[str, int, int], tuple[str, str] | None]) -> Citation:
    """The citation with the sheet and the cells that its quote stands in; `cells` says which, see `Index.cells`."""
    found = cells(citation.document_id, citation.start, citation.end)
    return citation if found is None else replace(citation, sheet=found[0], cells=found[1] or None)


def standing_in(citation: Citation, standings: Standings, day: str) -> Citation:
    """The citation with whether its document is in force on a day, YYYY-MM-DD."""
    known = standings.knows(citation.document_id)
    return replace(citation, standing=standings.of(citation.document_id, day) if known else None)


def marks(text: str, numbers: Collection[int]) -> Iterator[tuple[int, int, int]]:
    """Every citation mark of `text` as (number, start, end); a bracketed number that is no citation is just text."""
    for mark in MARK.finditer(text):
        if int(mark[1]) in numbers:
            yield int(mark[1]), mark.start(), mark.end()
