"""The page of one document: what it is, by whose words it holds, its outline, tables, figures, text and pages. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from time import localtime, strftime
from typing import TYPE_CHECKING

from assistant.web import shell
from assistant.web.html import TABLE_RULE
from assistant.web.library import data
from assistant.web.library_words import LibraryWords, library_words
from assistant.web.words import Words

if TYPE_CHECKING:
    from index.standing import Standing
    from index.tables import FoundTable
    from sources.documents import Document
    from sources.figures.figure import Figure

PART_CHARS = 60_000
"""Of the text that are shown at once; a browser lays them out in a blink."""
_MOST_HEADS = 500
_DEEPEST = 3
_MOST_TABLES = 40
_MOST_ROWS = 40
_MOST_FIGURES = 20
_MOST_DROPPED = 30
"""Of one reason."""
_DROPPED_CHARS = 200
_SHOWN_PAGES = 400
_NUMBER = re.compile(r"[-+−]?\d[\d,.]*%?|[-—…/]+")

Other = tuple[str, str]
"""Another document's id and title."""


@dataclass(frozen=True, slots=True)
class About:
    """What the page tells of a document."""

    document: Document
    standing: Standing | None
    tables: Sequence[FoundTable]
    figures: Sequence[Figure]
    tags: Sequence[str]
    tags_of_folders: Sequence[str]
    entered: float | None
    """When it entered the library, in seconds since 1970."""
    folder: str
    """Where it lies in what is registered, for people."""
    replaces: Sequence[Other]
    replaced_by: Sequence[Other]
    amended_by: Sequence[Other]
    other_versions: Sequence[Other]
    earlier: Sequence[tuple[float, int]]
    """When versions of it that were uploaded before were put aside, in seconds since 1970, and their bytes."""
    is_uploaded: bool
    why_fixed: str
    """Why the library can't be changed from here; "" where it can."""


def document_page(about: About | None, words: Words, *, part: int = 1, who: str = "") -> str:
    """The page at /library/{id}; None says that there is no such document. `part` of its text is shown."""
    own = library_words(words.language)
    if about is None:
        body = (
            f'<div class="yj-empty"><h1>{own["gone"]}</h1><p>{own["gone_text"]}</p>'
            f'<p><a class="yj-button" href="../library">{own["back"]}</a></p></div>'
        )
        return shell.page(body, words, title=own["gone"], active="library", up="../", who=who, styles=("library.css",))
    document = about.document
    starts = parts_of(document.text)
    part = min(max(1, part), len(starts))
    main = (
        f"{_tables(about, own)}{_figures(about, own)}{_pages(document, own)}"
        f"{_text(document, starts, part, own)}{_dropped(document, own)}"
    )
    side = f"{_facts(about, words, own)}{_tags(about, own)}{_outline(document, starts, own)}"
    settings = {"id": document.id, "starts": starts, "part": part, "mayChange": not about.why_fixed}
    body = (
        f'<div id="yj-document" {data(own, settings)}>{_head(about, own)}'
        f'<div class="yj-doc"><div class="yj-doc-side">{side}</div><div class="yj-doc-main">{main}</div></div></div>'
    )
    return shell.page(
        body,
        words,
        title=document.title,
        active="library",
        up="../",
        who=who,
        styles=("library.css",),
        scripts=("library.js",),
    )


def parts_of(text: str) -> list[int]:
    """Where the parts begin that a long text is shown in, each at a line."""
    starts = [0]
    while len(text) - starts[-1] > PART_CHARS:
        end = text.rfind("\n", starts[-1] + PART_CHARS // 2, starts[-1] + PART_CHARS) + 1
        starts.append(end or starts[-1] + PART_CHARS)
    return starts


def _head(about: About, own: LibraryWords) -> str:
    document, may_change = about.document, not about.why_fixed
    tools = [
        f'<a class="yj-button yj-primary" href="../?document={escape(document.id)}">{own["ask_about"]}</a>',
        f'<a class="yj-button" href="../v1/documents/{escape(document.id)}/file" download>{own["download"]}</a>',
    ]
    if may_change and about.is_uploaded:
        tools.append(
            f'<button type="button" class="yj-button" data-replace>{own["replace"]}</button>'
            '<input type="file" id="yj-replacement" hidden>'
        )
    if may_change:
        tools += [
            f'<button type="button" class="yj-button" data-do="{name}">{own[name]}</button>'
            for name in ("reread", "remove")
        ]
    notices = "".join(f'<p class="yj-notice">{escape(own.sentence(notice))}</p>' for notice in document.notices)
    return (
        f'<header class="yj-doc-head"><p class="yj-crumb"><a href="../library">{own["back"]}</a></p>'
        f'<h1>{escape(document.title)}</h1><div class="yj-lib-tools">{"".join(tools)}</div>{notices}</header>'
    )


def _facts(about: About, words: Words, own: LibraryWords) -> str:
    document, standing = about.document, about.standing
    size = own.fill("characters", count=len(document.text))
    if document.pages:
        size = f"{own.fill('pages', count=len(document.pages))} · {size}"
    told = ""
    if standing:
        told = escape(own.standing(standing))
        if standing.ground:
            ground = standing.ground
            told += (
                f' <a href="{escape(ground.document_id)}?at={ground.start}#p{ground.start}">{own["whose_words"]}</a>'
            )
    facts = [
        ("standing", told),
        *((name, _found(document, name, words, own)) for name in ("publisher", "published", "number", "kind")),
        *((name, _found(document, name, words, own)) for name in ("in_force", "expires")),
        ("regions", escape(words.listed(document.regions[:12]))),
        ("size", size),
        ("file", escape(_name(document.uri))),
        ("folder", escape(about.folder)),
        ("copies", escape(words.listed(map(_name, document.copies)))),
        ("added", words.date(strftime("%Y-%m-%d", localtime(about.entered))) if about.entered else ""),
    ]
    rows = "".join(f"<div><dt>{own[f'fact_{name}']}</dt><dd>{value}</dd></div>" for name, value in facts if value)
    return f'<section><h2>{own["facts"]}</h2><dl class="yj-facts">{rows}</dl>{_versions(about, own)}</section>'


def _found(document: Document, name: str, words: Words, own: LibraryWords) -> str:
    """A fact with how it was found."""
    value = getattr(document, name)
    if not value:
        return ""
    shown = escape(words.date(value) if name in ("published", "in_force", "expires") else value)
    how = document.found_by.get(name)
    return f'{shown} <span class="yj-note">{escape(own.fill("by_words", found=own.told(how)))}</span>' if how else shown


def _versions(about: About, own: LibraryWords) -> str:
    blocks = []
    for name in ("replaces", "replaced_by", "amended_by", "other_versions"):
        others: Sequence[Other] = getattr(about, name)
        if others:
            links = "".join(f'<li><a href="{escape(each)}">{escape(title)}</a></li>' for each, title in others)
            blocks.append(f"<h3>{own[name]}</h3><ul>{links}</ul>")
    if about.earlier:
        lines = "".join(
            f"<li>{own.fill('earlier_at', when=strftime('%Y-%m-%d %H:%M', localtime(when)), size=_size(size))}</li>"
            for when, size in about.earlier
        )
        blocks.append(f"<h3>{own['earlier']}</h3><ul>{lines}</ul>")
    return f'<div class="yj-versions">{"".join(blocks)}</div>' if blocks else ""


def _tags(about: About, own: LibraryWords) -> str:
    may_change = not about.why_fixed
    chips = []
    for tag in about.tags:
        shown = escape(tag)
        if tag in about.tags_of_folders or not may_change:
            title = f' title="{own["tag_of_folder"]}"' if tag in about.tags_of_folders else ""
            chips.append(f'<span class="yj-tag"{title}>{shown}</span>')
        else:
            label = escape(own.fill("tag_take", tag=tag))
            chips.append(
                f'<span class="yj-tag">{shown}<button type="button" data-tag="{shown}" aria-label="{label}">×</button>'
                "</span>"
            )
    box = (
        f'<form class="yj-tag-form"><input class="yj-input" maxlength="60" placeholder="{own["tag_new"]}" '
        f'aria-label="{own["tag_new"]}"></form>'
        if may_change
        else ""
    )
    none = f'<span class="yj-note">{own["no_tags"]}</span>' if not chips else ""
    return f'<section class="yj-tags"><h2>{own["tags"]}</h2><p>{"".join(chips)}{none}</p>{box}</section>'


def _outline(document: Document, starts: Sequence[int], own: LibraryWords) -> str:
    heads = [each for each in document.sections if each.level <= _DEEPEST and each.heading != document.title]
    if len(heads) < 2:
        return ""
    items = "".join(
        f'<li class="yj-level-{each.level}"><a href="{_place(each.start, starts)}">{escape(each.heading)}</a></li>'
        for each in heads[:_MOST_HEADS]
    )
    return f'<section class="yj-doc-outline"><h2>{own["outline"]}</h2><ol>{items}</ol></section>'


def _place(offset: int, starts: Sequence[int]) -> str:
    """The address of a place in the text; the paragraph that begins there is named for it."""
    return f"#p{offset}" if len(starts) == 1 else f"?at={offset}#p{offset}"


def part_at(offset: int, starts: Sequence[int]) -> int:
    """The part, from 1, that an offset is shown in."""
    return sum(start <= offset for start in starts) or 1


def _tables(about: About, own: LibraryWords) -> str:
    if not about.tables:
        return ""
    shown = "".join(_table(each, own, is_first=number == 0) for number, each in enumerate(about.tables[:_MOST_TABLES]))
    more = len(about.tables) - _MOST_TABLES
    note = f'<p class="yj-note">{own.fill("tables_more", count=more)}</p>' if more > 0 else ""
    return f'<section id="yj-tables"><h2>{own["tables"]}</h2>{shown}{note}</section>'


def _table(found: FoundTable, own: LibraryWords, *, is_first: bool) -> str:
    caption = found.table.caption or own.fill("table_untitled", number=found.number)
    size = own.fill("table_size", rows=len(found.rows), columns=len(found.header))
    rows_shown = found.rows[:_MOST_ROWS]
    columns = zip(*rows_shown, strict=False)
    kinds = [' class="yj-num"' if _are_numbers(column) else "" for column in columns]
    kinds += [""] * (len(found.header) - len(kinds))
    heads = "".join(
        f'<th scope="col"{kind}>{escape(head)}</th>' for head, kind in zip(found.header, kinds, strict=False)
    )
    rows = "".join(
        f"<tr>{''.join(f'<td{kind}>{escape(cell)}</td>' for cell, kind in zip(row, kinds, strict=False))}</tr>"
        for row in rows_shown
    )
    more = len(found.rows) - _MOST_ROWS
    note = f'<p class="yj-note">{own.fill("table_more", count=more)}</p>' if more > 0 else ""
    return (
        f'<details class="yj-doc-table"{" open" if is_first else ""}><summary>{escape(caption)} '
        f'<span class="yj-note">{size}</span></summary>'
        f'<div class="yj-scrolled" tabindex="0"><table class="yj-grid"><thead>'
        f"<tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>{note}"
        f'<p><a class="yj-button" href="../v1/tables/{escape(found.id)}/csv" download>CSV</a></p></details>'
    )


def _are_numbers(cells: Sequence[str]) -> bool:
    """Whether a column holds numbers, which stand below one another."""
    told = [cell.strip() for cell in cells if cell.strip()]
    return bool(told) and all(_NUMBER.fullmatch(cell) for cell in told)


def _figures(about: About, own: LibraryWords) -> str:
    if not about.figures:
        return ""
    heads = "".join(f'<th scope="col">{name}</th>' for name in own["figure_columns"].split())
    starts = parts_of(about.document.text)
    rows = "".join(
        f'<tr><th scope="row"><a href="{_place(_line_start(about.document.text, each.start), starts)}">'
        f"{escape(each.metric or each.text)}</a></th><td>{escape(each.qualifier + each.text)}</td>"
        f"<td>{escape(each.region)}</td><td>{escape(each.period)}</td>"
        f"<td>{own.get(f'status_{each.status}', each.status)}</td></tr>"
        for each in about.figures[:_MOST_FIGURES]
    )
    everything = own.fill("figures_all", count=len(about.figures))
    return (
        f'<section id="yj-figures"><h2>{own["figures"]}</h2>'
        '<div class="yj-scrolled" tabindex="0"><table class="yj-grid">'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
        f'<p><a href="../figures?document={escape(about.document.id)}">{everything}</a></p></section>'
    )


def _pages(document: Document, own: LibraryWords) -> str:
    if not document.pages or not document.places:
        return ""  # text has no pages, and of some formats nobody can draw them
    pictures = "".join(
        f'<a href="../v1/documents/{escape(document.id)}/pages/{number}?width=1400" target="_blank" rel="noopener">'
        f'<img loading="lazy" width="300" height="424" alt="{own.fill("page_number", number=number)}" '
        f'src="../v1/documents/{escape(document.id)}/pages/{number}?width=300">'
        f"<span>{number}</span></a>"
        for number in range(1, min(len(document.pages), _SHOWN_PAGES) + 1)
    )
    return (
        f'<section><h2>{own["seen_pages"]}</h2><div class="yj-doc-pages" tabindex="0" aria-label="{own["seen_pages"]}" '
        f'role="group">{pictures}</div></section>'
    )


def _text(document: Document, starts: Sequence[int], part: int, own: LibraryWords) -> str:
    start = starts[part - 1]
    end = starts[part] if part < len(starts) else len(document.text)
    steps = ""
    if len(starts) > 1:
        links = "".join(
            f'<a class="yj-button" href="?at={starts[number - 1]}#yj-text">{label}</a>'
            for label, number in ((own["previous"], part - 1), (own["next"], part + 1))
            if 1 <= number <= len(starts)
        )
        told = own.fill("part_of", part=part, parts=len(starts))
        steps = f'<nav class="yj-pager" aria-label="{own["pager"]}"><span class="yj-note">{told}</span>{links}</nav>'
    return (
        f'<section id="yj-text"><h2>{own["text"]}</h2><form class="yj-doc-find" role="search">'
        f'<input type="search" class="yj-input" maxlength="100" placeholder="{own["find"]}" aria-label="{own["find"]}">'
        f'<span class="yj-note" role="status"></span><ol hidden></ol></form>'
        f'<div class="yj-doc-text">{_paragraphs(document, start, end)}</div>{steps}</section>'
    )


def _paragraphs(document: Document, start: int, end: int) -> str:
    """The text from `start` to `end` a paragraph a line, each named for the offset that it begins at."""
    heads = {section.start: section.level for section in document.sections}
    html: list[str] = []
    lines: list[tuple[str, int]] = []
    at = start
    for line in document.text[start:end].split("\n"):
        lines.append((line, at))
        at += len(line) + 1
    for is_table, group in groupby(lines, lambda line: line[0].lstrip().startswith("|")):
        if is_table:
            rows = "".join(_cells(*line) for line in group if not TABLE_RULE.fullmatch(line[0]))
            html.append(f'<div class="yj-scrolled" tabindex="0"><table class="yj-grid">{rows}</table></div>')
            continue
        for line, offset in group:
            if line.strip():
                kind = f' class="yj-head-{min(heads[offset], 4)}"' if offset in heads else ""
                html.append(f'<p id="p{offset}" data-at="{offset}"{kind}>{escape(line)}</p>')
    return "".join(html)


def _cells(line: str, at: int) -> str:
    cells = []
    offset = at
    for cell in line.split("|"):
        cells.append((cell, offset))
        offset += len(cell) + 1
    inner = [each for number, each in enumerate(cells) if each[0].strip() or 0 < number < len(cells) - 1]
    told = "".join(f'<td data-at="{start}">{escape(cell)}</td>' for cell, start in inner)
    return f'<tr id="p{at}">{told}</tr>'


def _dropped(document: Document, own: LibraryWords) -> str:
    if not document.dropped:
        return ""
    blocks = []
    reasons = sorted(document.dropped, key=lambda each: each.reason)
    for reason, group in groupby(reasons, lambda each: each.reason):
        several = list(group)
        lines = "".join(
            f"<li>{own.fill('page_number', number=each.page) + ' · ' if each.page else ''}"
            f"{escape(_short(each.text))}</li>"
            for each in several[:_MOST_DROPPED]
        )
        more = "<li>…</li>" if len(several) > _MOST_DROPPED else ""
        told = escape(own.fill("dropped_count", reason=own.sentence(reason), count=len(several)))
        blocks.append(f"<details><summary>{told}</summary><ul>{lines}{more}</ul></details>")
    return (
        f'<section class="yj-doc-dropped"><h2>{own["dropped"]}</h2><p class="yj-note">{own["dropped_text"]}</p>'
        f"{''.join(blocks)}</section>"
    )


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _DROPPED_CHARS else f"{line[:_DROPPED_CHARS]}…"


def _size(count: int) -> str:
    return f"{count / 2**20:.1f} MB" if count >= 2**20 else f"{max(1, count // 1024)} KB"


def _name(path: str) -> str:
    # Where the server keeps its files is no visitor's business.
    return path.replace("\\", "/").rsplit("/", 1)[-1]
