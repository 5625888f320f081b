"""What every page has in common: its head, the bar at the top, and the files in `assets`. Pure functions.

A page is HTML made on the server, with at most one script of its own, and nothing from another host. Addresses are
relative, so that a reverse proxy may serve everything below a path; `up` leads from a page to the chat page: "" on it,
"./" on /library, "../" on /library/x.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from assistant.web.languages import WORDS
from assistant.web.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping

ASSETS = Path(__file__).parent / "assets"
LANGUAGE_COOKIE = "youju_language"
"""zh or en; set by `shell.js`."""
PLACES = ("chat", "library", "figures", "settings")
"""The pages in the bar, in order."""
Active = Literal["chat", "library", "figures", "settings", ""]
# Before anything is drawn, so that nobody who chose the dark sees a white flash.
THEME_FIRST = (
    "(()=>{let t='';try{t=localStorage.getItem('youju-theme')||''}catch{}"
    "document.documentElement.classList.toggle('dark',"
    "t==='dark'||(t!=='light'&&matchMedia('(prefers-color-scheme: dark)').matches))})()"
)


def words_of(cookies: Mapping[str, str]) -> Words:
    """The words in the language that a visitor has chosen; Chinese for one who hasn't."""
    return WORDS["en" if cookies.get(LANGUAGE_COOKIE) == "en" else "zh"]


def page(
    body: str,
    words: Words,
    *,
    title: str,
    active: Active = "",
    up: str = "./",
    library: str = "",
    styles: Sequence[str] = (),
    scripts: Sequence[str] = (),
) -> str:
    """A whole page: `body` is HTML that stands in <main>, `styles` and `scripts` are files in `assets` besides those
    that every page has; `library` says what is asked, as HTML."""
    links = "".join(_style(name, up) for name in ("base.css", *styles))
    loaded = "".join(_script(name, up) for name in ("shell.js", *scripts))
    return (
        f'<!doctype html><html lang="{words.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · {words.name}</title>"
        f'<link rel="icon" href="{address("favicon.svg", up)}"><script>{THEME_FIRST}</script>{links}{loaded}</head>'
        f'<body class="yj-page"><a class="yj-skip" href="#yj-main">{words.skip}</a>'
        f'<div id="yj-top">{bar(words, active=active, up=up, library=library)}</div>'
        f'<main id="yj-main" tabindex="-1">{body}</main></body></html>'
    )


def head(*, styles: Sequence[str] = (), scripts: Sequence[str] = ()) -> str:
    """What Gradio puts into the head of its page, to look and behave like one of ours.

    The files themselves: Gradio writes the head by a script, so what they were linked to would come too late."""
    style = "".join((ASSETS / name).read_text("utf8") for name in ("base.css", *styles))
    script = "".join((ASSETS / name).read_text("utf8") for name in ("shell.js", *scripts))
    return f"<style>{style}</style><script>{THEME_FIRST};{script}</script>"


def bar(words: Words, *, active: Active, up: str, library: str = "") -> str:
    """The bar at the top: name, library, the pages, theme and language."""
    links = "".join(_link(place, words, up, is_here=place == active) for place in PLACES)
    work = "".join(f' data-{stage}="{escape(text)}"' for stage, text in words.work.items())
    return (
        f'<div class="yj-brand"><a href="{up or "./"}" class="yj-home" aria-label="{words.name}">'
        f'<img class="yj-logo" src="{address("favicon.svg", up)}" alt="">'
        f"<strong>{words.name}</strong></a></div>{library}"
        f'<span class="yj-work" role="status"{work}></span>'
        f'<nav class="yj-nav" aria-label="{words.pages_label}">{links}</nav>'
        f'<div class="yj-tools"><button type="button" class="yj-tool" data-theme-next aria-label="{words.theme}" '
        f'title="{words.theme}" data-light="{words.theme_light}" data-dark="{words.theme_dark}" '
        f'data-system="{words.theme_system}"><span aria-hidden="true">◐</span></button>'
        f'<button type="button" class="yj-tool" data-language="{words.other_code}" lang="{words.other_code}">'
        f"{words.other_language}</button></div>"
    )


def _link(place: str, words: Words, up: str, *, is_here: bool) -> str:
    target = (up or "./") if place == "chat" else up + place
    here = ' aria-current="page"' if is_here else ""
    return f'<a href="{target}"{here}>{words.pages[place]}</a>'


def address(name: str, up: str) -> str:
    """Where a file of `assets` lies, by its content: what a browser keeps is never an older version's."""
    return f"{up}page/{name}?{digest(name)}"


@cache
def digest(name: str) -> str:
    """The first eight digits of the file's SHA-256."""
    return hashlib.sha256((ASSETS / name).read_bytes()).hexdigest()[:8]


def _style(name: str, up: str) -> str:
    return f'<link rel="stylesheet" href="{address(name, up)}">'


def _script(name: str, up: str) -> str:
    return f'<script src="{address(name, up)}" defer></script>'
