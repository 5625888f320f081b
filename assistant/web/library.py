"""The library page: what there is at a look, by what it can be chosen, and the documents, a page at a time. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import PurePath
from time import localtime, strftime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from assistant.unread import unread_lines
from assistant.web import shell
from assistant.web.library_words import LibraryWords, library_words
from assistant.web.words import Words
from index.overview import NO_STANDING, SORTS, Listed, Overview, Sort, Wanted
from index.upkeep.leaving import LEFT_OUT

if TYPE_CHECKING:
    from sources.documents import Unread

PAGE_SIZE = 50
_SHOWN_VALUES = 8
"""Of a facet; the others are folded away."""
_MOST_VALUES = 300
_MOST_UNREAD = 30
"""As many files that couldn't be read have a line each, with what can be done."""
FACETS = {
    "standing": "standings",
    "publisher": "publishers",
    "year": "years",
    "region": "regions",
    "kind": "kinds",
    "tag": "tags",
    "folder": "folders",
}
"""What an address calls the conditions of `Wanted`, in the order of the page."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is chosen, as the address of the page says it."""

    wanted: Wanted
    page: int = 1

    @classmethod
    def read(cls, pairs: Iterable[tuple[str, str]]) -> Choice:
        """The choice of an address's query; what can't be meant is passed over."""
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            values.setdefault(name, []).append(value)
        sort: Sort = next((each for each in SORTS if each == values.get("sort", [""])[0]), "added")
        number = values.get("page", ["1"])[0]
        page = max(1, int(number)) if number.isdecimal() and len(number) < 7 else 1
        wanted = Wanted(
            words=values.get("q", [""])[0][:200],
            **{field: frozenset(filter(None, values.get(name, ()))) for name, field in FACETS.items()},
            sort=sort,
            descending=values.get("order", ["" if sort in _UPWARDS else "desc"])[0] == "desc",
            limit=PAGE_SIZE,
            offset=(page - 1) * PAGE_SIZE,
        )
        return cls(wanted, page)

    @property
    def is_open(self) -> bool:
        """Whether no condition is set."""
        return not self.wanted.words and not any(getattr(self.wanted, field) for field in FACETS.values())

    def address(self, *, page: int = 1) -> str:
        """Where the page with this choice is found, from /library."""
        wanted = self.wanted
        pairs = [("q", wanted.words)] if wanted.words else []
        for name, field in FACETS.items():
            pairs += [(name, value) for value in sorted(getattr(wanted, field))]
        upwards = wanted.sort in _UPWARDS
        if wanted.sort != "added":
            pairs.append(("sort", wanted.sort))
        if wanted.descending == upwards:
            pairs.append(("order", "desc" if wanted.descending else "asc"))
        if page > 1:
            pairs.append(("page", str(page)))
        return f"library?{urlencode(pairs)}" if pairs else "library"

    def toggled(self, name: str, value: str) -> str:
        """The address with one more value of a facet, or one fewer."""
        values = getattr(self.wanted, FACETS[name]) ^ {value}
        return Choice(replace(self.wanted, **{FACETS[name]: values})).address()


_UPWARDS = ("title", "publisher", "kind")
"""What is sorted from its beginning unless somebody turns it round."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the page shows besides the documents."""

    documents: int
    figures: int
    files: int
    unread: Sequence[Unread]
    roots: Sequence[str]
    """What is registered."""
    uploads_root: str
    is_sample: bool
    why_closed: str
    """Why nothing can be brought from here; "" where it can."""
    may_change: bool
    """Whether the documents can be changed."""
    takes_folders: bool
    most_bytes: int
    """Of a file that is brought."""
    most_zip_bytes: int


def library_page(found: Overview, choice: Choice, shelf: Shelf, words: Words, *, who: str = "") -> str:
    """The page at /library."""
    own = library_words(words.language)
    parts = (
        _head(shelf, own),
        _uploads(own),
        f'<div class="yj-lib" id="yj-lib"><aside class="yj-facets" aria-label="{own["filters"]}">'
        f"{_facets(found, choice, shelf, own)}</aside>"
        f'<section class="yj-list" aria-label="{own["title"]}">{_list(found, choice, shelf, own)}</section></div>',
        _unread(shelf, own),
    )
    settings = {
        "most": shelf.most_bytes,
        "mostZip": shelf.most_zip_bytes,
        "isSample": shelf.is_sample,
        "mayBring": not shelf.why_closed,
    }
    body = f'<div id="yj-library" {data(own, settings)}>{"".join(parts)}</div>'
    return shell.page(
        body,
        words,
        title=own["title"],
        active="library",
        who=who,
        styles=("library.css",),
        scripts=("library.js", "uploads.js"),
    )


def data(own: LibraryWords, settings: Mapping[str, object]) -> str:
    """What the script needs, as attributes."""
    told = json.dumps(dict(own.texts), ensure_ascii=False)
    return f'data-words="{escape(told)}" data-settings="{escape(json.dumps(settings))}"'


def _head(shelf: Shelf, own: LibraryWords) -> str:
    lead = own.fill("lead", documents=shelf.documents, figures=shelf.figures, files=shelf.files)
    if shelf.unread:
        told = own.fill("lead_unread", count=len(shelf.unread))
        lead += f' · <a href="#yj-unread">{told}</a>'
    tools = ""
    if shelf.why_closed:
        note = f'<p class="yj-note">{own["no_uploads"]}{own["colon"]}{escape(own.told(shelf.why_closed))}</p>'
    else:
        folder = (
            f'<button type="button" class="yj-button" data-server-folder>{own["server_folder"]}</button>'
            if shelf.takes_folders
            else ""
        )
        tools = (
            f'<div class="yj-lib-tools"><button type="button" class="yj-button yj-primary" data-choose="files">'
            f'{own["upload"]}</button><button type="button" class="yj-button" data-choose="folder">'
            f"{own['upload_folder']}</button>{folder}"
            '<input type="file" id="yj-files" multiple hidden><input type="file" id="yj-folder" webkitdirectory hidden>'
            "</div>"
        )
        formats = own.fill("formats", most=shelf.most_bytes // 2**20)
        note = f'<p class="yj-note">{own["drop_hint"]} {formats}</p>'
    sample = f'<p class="yj-sample">{own["sample"]}</p>' if shelf.is_sample else ""
    return (
        f'<header class="yj-lib-head"><div><h1>{own["title"]}</h1>'
        f'<p class="yj-lead" id="yj-lead">{lead}</p></div>{tools}'
        f'</header>{sample}{note}<div class="yj-drop" id="yj-drop" hidden><p>{own["drop_here"]}</p></div>'
    )


def _uploads(own: LibraryWords) -> str:
    return (
        f'<section class="yj-card yj-uploads" id="yj-uploads" aria-label="{own["uploads"]}" hidden>'
        f'<header><h2>{own["uploads"]}</h2><span class="yj-uploads-count" role="status"></span>'
        f'<button type="button" class="yj-plain" data-cancel-all hidden>{own["cancel_all"]}</button>'
        f'<button type="button" class="yj-plain" data-retry-all hidden>{own["retry_failed"]}</button>'
        f'<button type="button" class="yj-plain" data-hide hidden>{own["hide"]}</button></header>'
        '<progress class="yj-uploads-bar" max="1" value="0"></progress><ul></ul></section>'
    )


# The facets


def _facets(found: Overview, choice: Choice, shelf: Shelf, own: LibraryWords) -> str:
    blocks = "".join(_facet(name, getattr(found, field), choice, shelf, own) for name, field in FACETS.items())
    return (
        f'<details class="yj-facets-all" open><summary class="yj-button">{own["filters"]}</summary>{blocks}</details>'
    )


def _facet(name: str, counts: Sequence[tuple[str, int]], choice: Choice, shelf: Shelf, own: LibraryWords) -> str:
    chosen = getattr(choice.wanted, FACETS[name])
    if not chosen and (not counts or [value for value, _ in counts] == [NO_STANDING]):
        return ""
    missing = [(value, 0) for value in sorted(chosen - {value for value, _ in counts})]
    lines = [_value(name, value, count, choice, shelf, own) for value, count in (*missing, *counts[:_MOST_VALUES])]
    shown, rest = "".join(lines[:_SHOWN_VALUES]), lines[_SHOWN_VALUES:]
    more = ""
    if rest:
        label = own.fill("more_values", count=len(counts) + len(missing) - _SHOWN_VALUES)
        more = f'<details class="yj-more-values"><summary>{label}</summary><ul>{"".join(rest)}</ul></details>'
    return f'<section class="yj-facet"><h2>{own[f"facet_{name}"]}</h2><ul>{shown}</ul>{more}</section>'


def _value(name: str, value: str, count: int, choice: Choice, shelf: Shelf, own: LibraryWords) -> str:
    is_chosen = value in getattr(choice.wanted, FACETS[name])
    label, depth = _label(name, value, shelf, own)
    here = ' aria-current="true"' if is_chosen else ""
    return (
        f'<li><a href="{escape(choice.toggled(name, value))}"{here} class="yj-depth-{depth}" title="{escape(label)}">'
        f'<span class="yj-value">{escape(label)}</span>'
        f'<span class="yj-count">{"×" if is_chosen else f"{count:,}"}</span>'
        "</a></li>"
    )


def _label(name: str, value: str, shelf: Shelf, own: LibraryWords) -> tuple[str, int]:
    """What a value is called, and how deep a folder lies in what is registered."""
    if name == "standing":
        return own.get(f"standing_{value}", value), 0
    if name != "folder":
        return value, 0
    path = PurePath(value)
    if value == shelf.uploads_root:
        return own["own_folder"], 0
    over = [root for root in map(PurePath, shelf.roots) if path.is_relative_to(root)]
    depth = len(path.relative_to(max(over, key=lambda root: len(root.parts))).parts) if over else 0
    return path.name or value, min(depth, 3)


# The documents


def _list(found: Overview, choice: Choice, shelf: Shelf, own: LibraryWords) -> str:
    if not shelf.documents:
        return f'<div class="yj-empty"><h2>{own["empty"]}</h2><p>{own["empty_text"]}</p></div>'
    if not found.documents:
        table = f'<div class="yj-empty"><p>{own["none_found"]}</p><p><a href="library">{own["clear"]}</a></p></div>'
    else:
        table = _table(found, choice, shelf, own)
    return f"{_search(choice, own)}{_chips(choice, shelf, own)}{table}{_pager(found, choice, own)}"


def _search(choice: Choice, own: LibraryWords) -> str:
    wanted = choice.wanted
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, field in FACETS.items()
        for value in sorted(getattr(wanted, field))
    )
    options = "".join(
        f'<option value="{sort}"{" selected" if sort == wanted.sort else ""}>{own[f"sort_{sort}"]}</option>'
        for sort in SORTS
    )
    return (
        f'<form class="yj-lib-search" role="search" action="library"><input type="search" name="q" class="yj-input" '
        f'value="{escape(wanted.words)}" placeholder="{own["search"]}" aria-label="{own["search"]}" maxlength="200">'
        f'{hidden}<label class="yj-sort"><span class="yj-hidden">{own["sort"]}</span>'
        f'<select name="sort" class="yj-select" data-submit>{options}</select></label>'
        f'<button type="submit" class="yj-button">{own["search_button"]}</button></form>'
    )


def _chips(choice: Choice, shelf: Shelf, own: LibraryWords) -> str:
    if choice.is_open:
        return ""
    chips = []
    for name, field in FACETS.items():
        for value in sorted(getattr(choice.wanted, field)):
            label = _label(name, value, shelf, own)[0]
            chips.append(
                f'<a class="yj-chip" href="{escape(choice.toggled(name, value))}" '
                f'aria-label="{own["without"]} {escape(label)}">{escape(label)} <span aria-hidden="true">×</span></a>'
            )
    clear = f'<a class="yj-plain" href="library">{own["clear"]}</a>'
    return f'<p class="yj-chips">{"".join(chips)}{clear}</p>'


def _table(found: Overview, choice: Choice, shelf: Shelf, own: LibraryWords) -> str:
    may_change = shelf.may_change
    all_of_them = (
        '<th scope="col" class="yj-check">'
        f'<input type="checkbox" data-select-all aria-label="{own["select_all"]}"></th>'
        if may_change
        else ""
    )
    columns = ("title", "publisher", "published", "kind", "standing", "size", "figures", "added")
    sorts = {"size": "characters"} | {name: name for name in columns if name in SORTS}
    heads = "".join(_column(name, sorts.get(name), choice, own) for name in columns)
    rows = "".join(_row(each, own, may_change=may_change) for each in found.documents)
    return (
        f'{_actions(own) if may_change else ""}<table class="yj-grid yj-documents"><thead><tr>{all_of_them}{heads}</tr>'
        f"</thead><tbody>{rows}</tbody></table>"
    )


def _column(name: str, sort: str | None, choice: Choice, own: LibraryWords) -> str:
    label = own[f"column_{name}"]
    kind = f' class="yj-col-{name}"'
    if sort is None:
        return f'<th scope="col"{kind}>{label}</th>'
    wanted = choice.wanted
    is_here = wanted.sort == sort
    descending = not wanted.descending if is_here else sort not in _UPWARDS
    turned = Choice(replace(wanted, sort=sort, descending=descending)).address()  # type: ignore[arg-type]  # one of SORTS
    state = f' aria-sort="{"descending" if wanted.descending else "ascending"}"' if is_here else ""
    arrow = f'<span aria-hidden="true">{" ↓" if wanted.descending else " ↑"}</span>' if is_here else ""
    return f'<th scope="col"{kind}{state}><a href="{escape(turned)}">{label}{arrow}</a></th>'


def _row(each: Listed, own: LibraryWords, *, may_change: bool) -> str:
    info = each.info
    title = escape(info.title)
    check = (
        f'<td class="yj-check"><input type="checkbox" name="document" value="{escape(info.id)}" '
        f'aria-label="{escape(own.fill("select", title=info.title))}"></td>'
        if may_change
        else ""
    )
    marks = "".join(f'<span class="yj-tag">{escape(tag)}</span>' for tag in each.tags)
    if info.copies:
        marks += f'<span class="yj-note">{own.fill("same_text", count=len(info.copies))}</span>'
    if each.has_notices:
        marks += f'<span class="yj-badge yj-doubt" title="{own["notices"]}">!</span>'
    if info.unreachable_since:
        marks += f'<span class="yj-badge yj-bad">{own["away"]}</span>'
    number = f'<span class="yj-number">{escape(info.number)}</span>' if info.number else ""
    below = f'<span class="yj-below">{number}{marks}</span>' if number or marks else ""
    pages = own.fill("pages", count=info.pages) if info.pages else own.fill("characters", count=info.characters)
    cells = (
        ("publisher", _bodies(info.publisher or "", own)),
        ("published", f"<time>{escape(info.published or '')}</time>" if info.published else ""),
        ("kind", escape(info.kind or "")),
        ("standing", standing_badge(each, own)),
        ("size", pages),
        ("figures", f"{each.figures:,}" if each.figures else ""),
        ("added", f"<time>{strftime('%Y-%m-%d', localtime(each.entered))}</time>" if each.entered else ""),
    )
    told = "".join(
        f'<td class="yj-col-{name}" data-label="{own[f"column_{name}"]}">{value}</td>' for name, value in cells
    )
    link = f'<a href="library/{escape(info.id)}">{title}</a>'
    return f'<tr data-id="{escape(info.id)}">{check}<th scope="row" class="yj-col-title">{link}{below}</th>{told}</tr>'


def _bodies(publisher: str, own: LibraryWords) -> str:
    """Who published it; of several the first, as titles name them all."""
    first, *others = publisher.split() or [""]
    if len(others) < 2:
        return escape(publisher)
    told = escape(own.fill("bodies", first=first, count=len(others) + 1))
    return f'<span title="{escape(publisher)}">{told}</span>'


def standing_badge(each: Listed, own: LibraryWords) -> str:
    """Whether a document holds, in a word."""
    if each.standing is None:
        return ""
    kind = {"现行": "yj-ok", "尚未施行": "yj-doubt"}.get(each.standing.state, "yj-bad")
    label = own.get(f"standing_{each.standing.state}", each.standing.state)
    return f'<span class="yj-badge {kind}" title="{escape(own.standing(each.standing))}">{label}</span>'


def _actions(own: LibraryWords) -> str:
    buttons = "".join(
        f'<button type="button" class="yj-button{" yj-danger" if name == "remove" else ""}" data-do="{name}">'
        f"{own[name]}</button>"
        for name in ("tag_add", "tag_remove", "reread", "remove")
    )
    return f'<div class="yj-actions" hidden><span class="yj-selected" role="status"></span>{buttons}</div>'


def _pager(found: Overview, choice: Choice, own: LibraryWords) -> str:
    pages = max(1, -(-found.total // PAGE_SIZE))
    if pages == 1:
        return f'<p class="yj-note yj-total">{own.fill("found", total=found.total)}</p>'
    first = choice.wanted.offset + 1
    told = own.fill("found_part", first=first, last=first - 1 + len(found.documents), total=found.total)
    links = []
    for label, page, ok in (
        (own["previous"], choice.page - 1, choice.page > 1),
        (own["next"], choice.page + 1, choice.page < pages),
    ):
        if ok:
            links.append(f'<a class="yj-button" href="{escape(choice.address(page=page))}">{label}</a>')
    return (
        f'<nav class="yj-pager" aria-label="{own["pager"]}"><span class="yj-note">{told}</span>{"".join(links)}</nav>'
    )


# What couldn't be read


def _unread(shelf: Shelf, own: LibraryWords) -> str:
    if not shelf.unread:
        return '<section id="yj-unread"></section>'
    may_change = shelf.may_change
    if len(shelf.unread) > _MOST_UNREAD:
        lines = "".join(
            f"<li>{escape(line)}</li>" for line in unread_lines(shelf.unread, name=_name, language=own.language)
        )
    else:
        lines = "".join(_unread_line(each, own, may_change=may_change) for each in shelf.unread)
    return (
        f'<section id="yj-unread" class="yj-unread"><h2>{own["unread"]}</h2><p class="yj-note">{own["unread_text"]}</p>'
        f"<ul>{lines}</ul></section>"
    )


def _unread_line(each: Unread, own: LibraryWords, *, may_change: bool) -> str:
    is_out = each.kind == LEFT_OUT
    name = "restore" if is_out else "reread"
    button = (
        f'<button type="button" class="yj-plain" data-path="{escape(each.path)}" data-path-do="{name}">{own[name]}'
        "</button>"
        if may_change
        else ""
    )
    return f"<li><strong>{escape(_name(each.path))}</strong> {escape(own.told(each.reason))} {button}</li>"


def _name(path: str) -> str:
    # Where the server keeps its files is no visitor's business.
    return path.replace("\\", "/").rsplit("/", 1)[-1]
