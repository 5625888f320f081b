"""The pages for who isn't let in: to log in, and to be told that something is for others. Pure; no script is needed."""

from __future__ import annotations

from html import escape
from math import ceil
from urllib.parse import quote, urlsplit

from assistant.web import shell
from assistant.web.account_words import account_words
from assistant.web.words import Words

MAX_NEXT_CHARS = 2000


def login_page(
    words: Words,
    *,
    wanted: str = "/",
    name: str = "",
    is_wrong: bool = False,
    wait_s: float = 0.0,
    is_needed: bool = True,
    provider: str | None = None,
    refused: str = "",
    may_leave: bool = False,
) -> str:
    """The page at /login: `wanted` is where to go afterwards; what has gone wrong is said above the form. `provider` is
    what people may log in with instead, as the button calls it; None: with a password alone. `refused` says
    why nobody came back from there who may come in: "provider" or "disabled". Where somebody has just logged out and
    `may_leave`, the way leads on to logging out over there."""
    told = account_words(words)
    if not is_needed:
        body = (
            f'<div class="yj-card yj-login"><h1>{told["log_in"]}</h1><p class="yj-lead">{told["open_here"]}</p>'
            f'<p><a class="yj-button yj-primary" href="./">{told["to_chat"]}</a></p></div>'
        )
        return _page(body, words, told["log_in"])
    problem = ""
    if refused in ("provider", "disabled"):
        problem = f'<p class="yj-error" role="alert">{told[f"refused_{refused}"]}</p>'
    elif wait_s:
        whole = ceil(wait_s)
        shown = told["seconds"].format(whole) if whole < 120 else told["minutes"].format(ceil(whole / 60))
        problem = f'<p class="yj-error" role="alert">{told["wait"].format(shown)}</p>'
    elif is_wrong:
        problem = f'<p class="yj-error" role="alert">{told["wrong"]}</p>'
    elif may_leave:
        there = told["leave_there"].format(escape(provider or told["organisation"]))
        problem = f'<p class="yj-note" role="status">{told["left"]} <a href="login/leave">{there}</a></p>'
    first, second = ("", " autofocus") if name else (" autofocus", "")
    elsewhere = ""
    if provider is not None:
        shown = told["log_in_with"].format(escape(provider or told["organisation"]))
        address = f"login/away?next={quote(wanted, safe='')}"
        elsewhere = f'<p><a class="yj-button yj-primary yj-wide" href="{address}">{shown}</a></p>'
        elsewhere += f'<p class="yj-note">{told["or_password"]}</p>'
    body = (
        f'<form class="yj-card yj-login" method="post" action="login?next={quote(wanted, safe="")}">'
        f"<h1>{told['log_in']}</h1>{problem}{elsewhere}"
        f'<label>{told["name"]}<input class="yj-input" name="name" value="{escape(name)}" autocomplete="username" '
        f'autocapitalize="none" spellcheck="false" maxlength="200" required{first}></label>'
        f'<label>{told["password"]}<input class="yj-input" name="password" type="password" '
        f'autocomplete="current-password" maxlength="400" required{second}></label>'
        f'<button type="submit" class="yj-button yj-primary">{told["log_in"]}</button>'
        f'<p class="yj-note">{told["no_account"]}</p></form>'
    )
    return _page(body, words, told["log_in"])


def forbidden_page(words: Words, *, who: str) -> str:
    """The page in the place of one that is for others."""
    told = account_words(words)
    body = (
        f'<div class="yj-empty"><h1>{told["not_allowed"]}</h1><p>{told["not_allowed_lead"]}</p>'
        f'<p><a class="yj-button" href="./">{told["to_chat"]}</a></p></div>'
    )
    return shell.page(body, words, title=told["not_allowed"], who=who, styles=("accounts.css",))


def lost_page(words: Words, *, up: str) -> str:
    """The page in the place of one that isn't there; `up` leads from its address to the first page's."""
    told = account_words(words)
    body = (
        f'<div class="yj-empty"><h1>{told["lost"]}</h1><p>{told["lost_lead"]}</p>'
        f'<p><a class="yj-button" href="{up}">{told["to_chat"]}</a></p></div>'
    )
    return shell.page(body, words, title=told["lost"], is_bare=True, up=up, styles=("accounts.css",))


def own_place(wanted: str) -> str:
    """The path that somebody wanted before logging in; "/" for what might lead elsewhere."""
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return "/"
    is_own = wanted.startswith("/") and not parts.scheme and not parts.netloc and len(wanted) <= MAX_NEXT_CHARS
    # Browsers read \ as / and drop tabs and line ends: /\evil and /<tab>/evil are addresses of other hosts.
    is_plain = wanted.isprintable() and not set(wanted) & {"\\", " "} and not wanted.startswith("//")
    leads_back = parts.path.startswith(("/login", "/logout"))
    return wanted if is_own and is_plain and not leads_back else "/"


def _page(body: str, words: Words, title: str) -> str:
    return shell.page(body, words, title=title, is_bare=True, styles=("accounts.css",))
