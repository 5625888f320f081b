"""The source panel: a document at the place that is cited, the words lit, with what surrounds them. Pure functions.

Beside the text a document with pages can be seen as its pages, the words boxed on them; its outline leads through it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from assistant.answers import Citation
from assistant.web.html import TABLE_RULE, Spot
from assistant.web.turns import sheet_of
from assistant.web.words import Words

if TYPE_CHECKING:
    from index.standing import Standing
    from sources.documents import Document

CONTEXT_CHARS = 200
"""How much of the document is shown on either side of the passage."""
WHOLE_CHARS = 40_000
"""How much of it with the rest unfolded; a browser lays this out in a blink."""
_MOST_HEADS = 400
_DEEPEST = 3
"""Levels of headings in the outline."""


def source(
    place: Spot,
    document: Document | None,
    words: Words,
    *,
    citation: Citation | None = None,
    standing: Standing | None = None,
    versions: Sequence[tuple[str, str]] = (),
) -> str:
    """The document at a place, the quoted words highlighted. With the document gone, what `citation` kept of it.

    `versions` are the id and title of documents that it replaces, or that replace it.
    """
    c, span = citation, (place.start, place.end)
    if document is not None and place.end <= len(document.text):
        found = document.section_at(place.start) if place.end else None
        section = " › ".join(found.path or (found.heading,)) if found else ""
        page = document.page_at(place.start) if place.end else None
        passage = (c.passage_start, c.passage_start + len(c.passage)) if c else span
        heads = {section.start for section in document.sections}
        inner = (
            _tools(place, document, page, words)
            + _excerpt(document.text, place, passage, heads, words)
            + _origin(document, versions, words)
        )
        facts = _facts(document, section, page, words, sheet=sheet_of(c), standing=standing)
        return _panel(document.title, facts, inner, words, place=str(place))
    if c is not None:
        passage = (c.passage_start, c.passage_start + len(c.passage))
        inner = f'<p class="yj-note">{words.document_gone}</p>{kept(c)}'
        facts = _facts(c, c.section, c.page, words, sheet=sheet_of(c), standing=c.standing)
        return _panel(c.title, facts, inner, words, place=str(place))
    return _panel(words.sources, "", f'<p class="yj-note">{words.no_such_place}</p>', words, place=str(place))


def kept(citation: Citation) -> str:
    """What a citation itself keeps of its document: the passage, the quote lit."""
    passage = (citation.passage_start, citation.passage_start + len(citation.passage))
    quote = (citation.start, citation.end)
    lines = _lines(citation.passage, citation.passage_start, quote=quote, passage=passage)
    return f'<div class="yj-excerpt">{lines}</div>'


def _panel(title: str, facts: str, inner: str, words: Words, *, place: str) -> str:
    steps = (
        f'<button type="button" class="yj-step" data-step="-1" aria-label="{words.previous}" title="{words.previous}">'
        f'‹</button><button type="button" class="yj-step" data-step="1" aria-label="{words.following}" '
        f'title="{words.following}">›</button>'
    )
    return (
        f'<section class="yj-source" data-place="{escape(place)}" aria-label="{words.sources}">'
        f'<header class="yj-panel-head"><div class="yj-panel-top"><h2 tabindex="-1">{escape(title)}</h2>{steps}'
        f'<button type="button" class="yj-close" aria-label="{words.close}">×</button></div>{facts}</header>'
        f"{inner}</section>"
    )


def _tools(place: Spot, document: Document, page: int | None, words: Words) -> str:
    """What helps to find one's way: find in the document, its outline, its pages, the whole of it."""
    find = (
        f'<form class="yj-find" role="search" data-document="{escape(document.id)}">'
        f'<input type="search" class="yj-input" placeholder="{words.find}" aria-label="{words.find}" maxlength="60">'
        f'<span class="yj-found" aria-live="polite"></span></form>'
    )
    outline = _outline(document, words)
    seen = ""
    if document.pages:
        number = page or 1
        seen = (
            f'<button type="button" class="yj-plain" data-pages="{len(document.pages)}" data-page="{number}" '
            f'data-document="{escape(document.id)}" data-quote="{place.start}-{place.end}" aria-pressed="false" '
            f'data-label="{words.page_of(0, len(document.pages))}">{words.as_pages}</button>'
        )
    link = f'<a class="yj-plain" href="library/{escape(document.id)}">{words.about_document}</a>'
    return f'<div class="yj-panel-tools">{find}{outline}{seen}{link}</div><div class="yj-sheet" hidden></div>'


def _outline(document: Document, words: Words) -> str:
    heads = [each for each in document.sections if each.level <= _DEEPEST and each.heading != document.title]
    if len(heads) < 2:
        return ""
    items = "".join(
        f'<li class="yj-level-{section.level}"><a href="#{escape(str(_head_of(document, section.start)))}">'
        f"{escape(section.heading)}</a></li>"
        for section in heads[:_MOST_HEADS]
    )
    return f'<details class="yj-outline"><summary class="yj-plain">{words.outline}</summary><ol>{items}</ol></details>'


def _head_of(document: Document, start: int) -> Spot:
    """The line that a section begins with."""
    end = document.text.find("\n", start)
    return Spot(document.id, start, len(document.text) if end < 0 else max(end, start + 1))


def _origin(document: Document, versions: Sequence[tuple[str, str]], words: Words) -> str:
    # Only the name: where the server keeps its files is no visitor's business.
    name = document.uri.replace("\\", "/").rsplit("/", 1)[-1]
    told = f'<p class="yj-note yj-uri">{escape(name)}</p>'
    if document.copies:
        same = "、".join(path.replace("\\", "/").rsplit("/", 1)[-1] for path in document.copies)
        told += f'<p class="yj-note yj-copies">{words.copies_are}{escape(same)}</p>'
    if versions:
        links = "、".join(f'<a href="#{escape(each)}">{escape(title)}</a>' for each, title in versions)
        told += f'<p class="yj-note yj-versions">{words.versions_are}{links}</p>'
    return told


def _facts(
    of: Document | Citation,
    section: str,
    page: int | None,
    words: Words,
    *,
    sheet: str = "",
    standing: Standing | None = None,
) -> str:
    facts = [
        (words.publisher, of.publisher or words.unknown),
        (words.published, words.date(of.published) or words.unknown),
        # A document's outermost heading is usually its title, which stands above already.
        (words.section, section.removeprefix(of.title).removeprefix(" › ")),
        (words.page_label, str(page) if page else ""),
        (words.sheet_label, sheet),
        (words.standing, standing.in_words if standing else ""),
    ]
    rows = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in facts if value)
    return f'<dl class="yj-facts">{rows}</dl>'


def _excerpt(text: str, place: Spot, passage: tuple[int, int], heads: Collection[int], words: Words) -> str:
    """The passage among the text around it; the reader can unfold the rest."""
    around = WHOLE_CHARS if place.whole or not place.end else CONTEXT_CHARS
    start = _line_start(text, max(0, passage[0] - around))
    end = _line_end(text, min(len(text), passage[1] + around))
    above = f'<p class="yj-cut">{words.cut(start)}</p>' if start else ""
    below = f'<p class="yj-cut">{words.cut(len(text) - end)}</p>' if end < len(text) else ""
    lines = _lines(text[start:end], start, quote=(place.start, place.end), passage=passage, heads=heads)
    more = ""
    if (above or below) and around != WHOLE_CHARS:
        whole = Spot(place.document_id, place.start, place.end, whole=True)
        more = f'<p><a class="yj-more" href="#{escape(str(whole))}">{words.whole_document}</a></p>'
    return f'<div class="yj-excerpt">{above}{lines}{below}</div>{more}'


def _line_start(text: str, at: int) -> int:
    """The start of the line that `at` is in, or `at` itself where that line is very long."""
    start = text.rfind("\n", 0, at) + 1
    return start if at - start <= CONTEXT_CHARS else at


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    return end if end - at <= CONTEXT_CHARS else at


def _lines(
    text: str, offset: int, *, quote: tuple[int, int], passage: tuple[int, int], heads: Collection[int] = ()
) -> str:
    """`text`, which starts at `offset` of its document, a paragraph a line, the characters of `quote` in <mark>."""
    html: list[str] = []
    for is_table, lines in groupby(_with_offsets(text, offset), lambda line: line[0].lstrip().startswith("|")):
        if is_table:
            rows = "".join(f"<tr>{_cells(*line, quote)}</tr>" for line in lines if not TABLE_RULE.fullmatch(line[0]))
            html.append(f'<div class="yj-scrolled"><table>{rows}</table></div>')
            continue
        for line, at in lines:
            if line.strip():
                around = "" if at < passage[1] and at + len(line) > passage[0] else " yj-around"
                kind = "yj-heading" if at in heads else "yj-item" if line.startswith("- ") else "yj-paragraph"
                html.append(f'<p class="{kind}{around}">{_highlighted(line, at, quote)}</p>')
    return "".join(html)


def _with_offsets(text: str, offset: int) -> Iterator[tuple[str, int]]:
    for line in text.split("\n"):
        yield line, offset
        offset += len(line) + 1


def _cells(line: str, at: int, quote: tuple[int, int]) -> str:
    cells = []
    for cell in line.split("|"):
        cells.append((cell, at))
        at += len(cell) + 1
    # A row starts and ends in a bar, so the first and the last piece are empty.
    inner = [(cell, start) for i, (cell, start) in enumerate(cells) if cell.strip() or 0 < i < len(cells) - 1]
    return "".join(f"<td>{_highlighted(cell, start, quote)}</td>" for cell, start in inner)


def _highlighted(text: str, offset: int, quote: tuple[int, int]) -> str:
    """`text` escaped, with <mark> around what lies in `quote`."""
    start = min(max(quote[0] - offset, 0), len(text))
    end = min(max(quote[1] - offset, start), len(text))
    if not text[start:end].strip():
        return escape(text)
    return f"{escape(text[:start])}<mark>{escape(text[start:end])}</mark>{escape(text[end:])}"
