"""The furniture of pages in a plain text: running heads and feet, page numbers

A program that makes text of a PDF puts a form feed between its pages, and leaves on each what was printed at its edges.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from sources.parts import Dropped, Line

_PAGE_NUMBER = re.compile(
    r"[-－—–―一]+\s*\d{1,4}\s*[-－—–―一]+|第\s*\d{1,4}\s*页(?:\s*[，,/／]?\s*[（(]?共\s*\d{1,4}\s*页[）)]?)?"
    r"|[Pp]age\s+\d{1,4}(?:\s+of\s+\d{1,4})?"
)
_NUMBER_AT_END = re.compile(r"(?P<first>\d{1,4})?\s*(?P<words>.*?)\s*(?P<last>\d{1,4})?", re.DOTALL)
_EDGE_LINES = 2
_LEAST_PAGES = 3
_LEAST_SHARE = 1 / 3
"""Left and right pages may have heads of their own, and chapters, too."""


def paged(raw: str) -> tuple[tuple[Line, ...], tuple[Dropped, ...], int | None]:
    """The lines of a plain text, without the furniture of its pages; what was left out; and how many pages it has, None
    for a text that shows none.

    A running head stays where it stands first: it may be the title, or the header of a table.
    """
    pages = raw.split("\f")
    if len(pages) > 1 and not pages[-1].strip():
        pages.pop()
    count = len(pages) if len(pages) > 1 else None
    by_page = [page.splitlines() for page in pages]
    recurring = _recurring(by_page) if count else set()
    lines: list[Line] = []
    dropped: list[Dropped] = []
    seen: set[str] = set()
    for number, page in enumerate(by_page, 1):
        shown = number if count else None
        edges = dict(_edges(page)) if count else {}
        for at, text in enumerate(page):
            plain = text.strip()
            words = next((words for words, offset in _keys(plain, number) if (words, offset) in recurring), None)
            if _PAGE_NUMBER.fullmatch(plain):
                dropped.append(Dropped(plain, "页码", shown))
            elif at in edges and words is not None and (not words or words in seen):
                dropped.append(Dropped(plain, ("页眉" if edges[at] else "页脚") if words else "页码", shown))
            else:
                lines.append(Line(text, page=shown))
                if at in edges and words:
                    seen.add(words)
    return tuple(lines), tuple(dropped), count


def _edges(page: list[str]) -> Iterator[tuple[int, bool]]:
    """The lines at the edges of a page, and whether it is the upper one."""
    filled = [at for at, text in enumerate(page) if text.strip()]
    for at in filled[-_EDGE_LINES:]:
        yield at, False
    for at in filled[:_EDGE_LINES]:
        yield at, True


def _keys(text: str, page: int) -> Iterator[tuple[str, int | None]]:
    """What a line says, and how far its number is from that of its page: None for a line taken as it is."""
    if not text.isdecimal():
        yield "".join(text.split()), None
    if parts := _NUMBER_AT_END.fullmatch(text):
        for printed in filter(None, (parts["first"], parts["last"])):
            yield "".join(parts["words"].split()), int(printed) - page


def _recurring(pages: list[list[str]]) -> set[tuple[str, int | None]]:
    counts = Counter(
        key
        for number, page in enumerate(pages, 1)
        for key in {key for at, _ in _edges(page) for key in _keys(page[at].strip(), number)}
    )
    return {key for key, count in counts.items() if count >= max(_LEAST_PAGES, _LEAST_SHARE * len(pages))}
