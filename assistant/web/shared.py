"""The page that a shared link opens: a conversation to be read, every citation with its passage. Pure."""

from __future__ import annotations

from html import escape
from time import localtime, strftime
from typing import TYPE_CHECKING

from assistant.web import shell
from assistant.web.turns import conversation, shown_turn
from assistant.web.words import Words

if TYPE_CHECKING:
    from assistant.conversations.records import SharedConversation


def shared_page(shared: SharedConversation | None, words: Words) -> str:
    """The page at /s/TOKEN; None says that there is nothing behind the link."""
    if shared is None:
        body = f'<div class="yj-empty"><p>{words.no_such_share}</p></div>'
        return shell.page(
            body, words, title=words.no_such_share, up="../", styles=("chat.css", "charts.css", "print.css")
        )
    when = words.date(strftime("%Y-%m-%d", localtime(shared.created)))
    told = conversation([shown_turn(turn, words) for turn in shared.turns], words, read_only=True)
    body = (
        f'<div id="yj-chat" class="yj-reading"><header class="yj-shared"><h1>{escape(shared.title)}</h1>'
        f'<p class="yj-lead">{words.shared} · {when}</p></header>{told}</div>'
    )
    return shell.page(body, words, title=shared.title, up="../", styles=("chat.css", "charts.css", "print.css"))
