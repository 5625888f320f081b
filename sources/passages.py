"""Passages: whole sentences of one section, within a token budget."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sources.documents import Document, Section
from sources.sentences import Span, clauses, sentences
from sources.tokens import count

MAX_TOKENS = 160
"""About 250 Chinese characters: long enough to hold a fact with what it is about, short enough to rank well."""

_CAPTION_CHARS = 80
_HEADER_CHARS = 160


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a document that is indexed and shown as one."""

    id: str
    """`{document_id}:{start}-{end}`."""
    document_id: str
    text: str
    start: int
    end: int
    heading: str
    """The section path, outermost first, joined by " › "; empty before the first heading. Of a passage that begins
    below a table's headers also what tells its cells: the caption, the row that it goes on with, the headers."""


def split(document: Document, *, max_tokens: int = MAX_TOKENS) -> list[Passage]:
    """The document's passages, in order. Together they hold every character except the white space between them.

    A passage never goes on into the next section, except that a heading without text of its own joins the section
    below. A sentence over the budget is cut at its clauses, a clause over the budget at its characters.
    """
    passages: list[Passage] = []
    pending: list[Span] = []
    tokens = 0
    has_body = False
    sections = iter(document.sections)
    upcoming: Section | None = next(sections, None)
    headings = {section.start for section in document.sections}

    def close() -> None:
        nonlocal pending, tokens, has_body
        if pending:
            start, end = pending[0][0], pending[-1][1]
            section = document.section_at(pending[-1][0])
            above = section.path if section else ()
            heading = " › ".join([*above, *_table_heading(document, start, end, above=above)])
            passages.append(
                Passage(f"{document.id}:{start}-{end}", document.id, document.text[start:end], start, end, heading)
            )
        pending, tokens, has_body = [], 0, False

    for start, end, size in _pieces(document.text, max_tokens):
        starts_section = False
        while upcoming is not None and upcoming.start <= start:
            starts_section = True
            upcoming = next(sections, None)
        if (starts_section and has_body) or (pending and tokens + size > max_tokens):
            close()
        pending.append((start, end))
        tokens += size
        has_body = has_body or start not in headings or end - start > 60
    close()
    return passages


def _table_heading(document: Document, start: int, end: int, *, above: Sequence[str]) -> list[str]:
    """The caption, row and headers of what stands in a table below its headers; [] elsewhere. What the headings `above`
    say already is left out."""
    at = bisect_right(document.tables, start, key=lambda table: table.start) - 1
    table = document.tables[at] if at >= 0 else None
    if table is None or start >= table.end or not table.cells or start < table.cells[0].start - 2:
        return []
    first = bisect_left(table.cells, start, key=lambda cell: cell.start)
    last = bisect_left(table.cells, end, key=lambda cell: cell.start)
    covered = table.cells[first:last] or table.cells[max(0, first - 1) : first]
    opens = document.text.startswith("|", start) or covered[0].column == 0
    row = table.rows[covered[0].row] if covered[0].row < len(table.rows) else ()
    outer = row[:-1] if opens else row
    headers = list(dict.fromkeys("".join(table.columns[cell.column]) for cell in covered))
    caption = table.caption.removeprefix(above[-1]).strip() if above else table.caption
    said = [caption[-_CAPTION_CHARS:], " ".join(outer), _within(headers, _HEADER_CHARS)]
    return [part for part in said if part]


def _within(headers: list[str], most: int) -> str:
    """As many of the headers as fit into so many characters."""
    said = ""
    for header in headers:
        if len(said) + len(header) > most:
            break
        said += f" | {header}" if said and header else header
    return said


def _pieces(text: str, max_tokens: int) -> Iterator[tuple[int, int, int]]:
    """Start and end of each piece, and how many tokens it has."""
    for start, end in sentences(text):
        if (size := count(text[start:end])) <= max_tokens:
            yield start, end, size
            continue
        at = start
        for _, stop in clauses(text, start, end):
            if (size := count(text[at:stop])) > max_tokens:
                yield from _chunks(text, at, stop, max_tokens)
                at = stop
            elif stop == end or count(text[at : min(end, stop + 1)]) * 2 > max_tokens:
                yield at, stop, size
                at = stop
        if at < end:
            yield at, end, count(text[at:end])


def _chunks(text: str, start: int, end: int, max_tokens: int) -> Iterator[tuple[int, int, int]]:
    """Stretches of `max_tokens` characters at most; a character may be several tokens, a token several characters."""
    at = start
    while at < end:
        size = max_tokens
        while (tokens := count(text[at : min(end, at + size)])) > max_tokens and size > 1:
            size //= 2
        yield at, min(end, at + size), tokens
        at += size
