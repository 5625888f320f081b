"""The source panel: a document at the place that is cited, the words lit, with what surrounds them. Pure functions.

Beside the text a document with pages can be seen as its pages, the words boxed on them; its outline leads through it.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from assistant.answers import Citation
from assistant.web.excerpts import excerpt, kept
from assistant.web.html import Spot, sheet_of
from assistant.web.library_words import library_words
from assistant.web.words import Words

if TYPE_CHECKING:
    from index.standing import Standing
    from sources.documents import Document

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
        shown = excerpt(document.text, place, passage, heads, words)
        inner = f'<div class="yj-sheet" hidden></div>{shown}{_origin(document, versions, words)}'
        facts = _facts(document, section, page, words, sheet=sheet_of(c), standing=standing)
        return _panel(document.title, facts + _tools(place, document, page, words), inner, words, place=str(place))
    if c is not None:
        passage = (c.passage_start, c.passage_start + len(c.passage))
        inner = f'<p class="yj-note">{words.document_gone}</p>{kept(c)}'
        facts = _facts(c, c.section, c.page, words, sheet=sheet_of(c), standing=c.standing)
        return _panel(c.title, facts, inner, words, place=str(place))
    return _panel(words.sources, "", f'<p class="yj-note">{words.no_such_place}</p>', words, place=str(place))


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
        f'<form class="yj-find" role="search" data-document="{escape(document.id)}" '
        f'data-places="{words.places}" data-nowhere="{words.nowhere}" '
        f'data-before="{words.place_before}" data-after="{words.place_after}">'
        f'<input type="search" class="yj-input" placeholder="{words.find}" aria-label="{words.find}" maxlength="60">'
        f'<div class="yj-found" aria-live="polite"></div></form>'
    )
    outline = _outline(document, words)
    seen = ""
    if document.pages:
        number = page or 1
        seen = (
            f'<button type="button" class="yj-plain" data-pages="{len(document.pages)}" data-page="{number}" '
            f'data-document="{escape(document.id)}" data-quote="{place.start}-{place.end}" aria-pressed="false" '
            f'data-label="{words.page_of(0, len(document.pages))}" data-before="{words.page_before}" '
            f'data-after="{words.page_after}" data-gone="{words.no_picture}">{words.as_pages}</button>'
        )
    link = f'<a class="yj-plain" href="library/{escape(document.id)}">{words.about_document}</a>'
    return f'<div class="yj-panel-tools">{find}{outline}{seen}{link}</div>'


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
        same = words.listed(path.replace("\\", "/").rsplit("/", 1)[-1] for path in document.copies)
        told += f'<p class="yj-note yj-copies">{words.copies_are}{escape(same)}</p>'
    if versions:
        links = words.listed(f'<a href="#{escape(each)}">{escape(title)}</a>' for each, title in versions)
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
        (words.standing, library_words(words.language).standing(standing) if standing else ""),
    ]
    rows = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in facts if value)
    return f'<dl class="yj-facts">{rows}</dl>'
