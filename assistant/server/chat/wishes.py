"""Wishes: what a chat request asks, and of which documents, in which language, said by fields or in plain words"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assistant.answers import Language, Turn
from assistant.config import MAX_QUESTION_CHARS
from assistant.server.chat.bodies import ChatBody, OwnBody
from assistant.server.requests import said
from index.filters import TODAY, Filter
from sources.documents import Document

if TYPE_CHECKING:
    from assistant.ask import Assistant


class WishError(ValueError):
    """A request that can't be met: `str(error)` says why and what to do, `param` names the field."""

    def __init__(self, message: str, param: str, code: str | None = None) -> None:
        super().__init__(message)
        self.param = param
        self.code = code
        self.status = 404 if code == "model_not_found" else 400


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be answered."""

    question: str
    history: tuple[Turn, ...]
    through: Filter
    language: Language | None
    """None: the question's."""


def wish_of(body: ChatBody, assistant: Assistant, through: Filter) -> Wish:
    """What a request asks, of the documents that `through` admits. Raises WishError."""
    turns = body.turns()
    question = question_in(turns[-1].question) if turns else ""
    if not question:
        last = next((each for each in reversed(body.messages) if each.role == "user"), None)
        if last is not None and (kinds := last.unread()):
            shown = ", ".join(dict.fromkeys(kinds))[:80]
            why = said(
                f"messages: 只能读文字，读不了 {shown}：请把问题写成文字",
                f"messages: only text can be read, not {shown}: put the question in words",
            )
            raise WishError(why, "messages")
        raise WishError("messages: the last user message must hold the question as text", "messages")
    if len(question) > MAX_QUESTION_CHARS:
        raise WishError(
            f"messages: the question has {len(question)} characters, the limit is {MAX_QUESTION_CHARS}, and no line "
            "in it begins with 问题： or Question: or stands in <question>…</question>. Send the question alone: "
            "answers rest on the library's documents, not on text that is pasted (POST /v1/documents adds to them)",
            "messages",
            "context_length_exceeded",
        )
    own, plain = body.youju or OwnBody(), plain_wishes(body.rules())
    named = (
        _named([*own.documents, *plain.documents], assistant.index.named) if own.documents or plain.documents else None
    )
    if named is not None:
        through = replace(through, documents=named if through.documents is None else named & through.documents)
    if plain.since and not through.since:
        through = replace(through, since=plain.since)
    if plain.standing and not through.standing:
        through = replace(through, standing=TODAY)
    history = tuple(replace(turn, question=_within(turn.question)) for turn in turns[:-1])
    return Wish(question, history, through, own.language or plain.language)


def _named(names: Sequence[str], named: Callable[[str], list[Document]]) -> frozenset[str]:
    found: set[str] = set()
    for name in names:
        documents = named(name)
        if not documents:
            raise WishError(f"no document is called {name!r}; GET /v1/documents lists them", "messages", "not_found")
        found.update(document.id for document in documents)
    return frozenset(found)


# --- the question in a prompt that a front end has stuffed with documents -----------------------------------------

_TAGGED = re.compile(r"<(user_query|user_question|query|question)>\s*(.*?)\s*</\1>", re.DOTALL | re.IGNORECASE)
_LABEL = re.compile(
    r"^[#*\s]*(?:(?:the |user(?:'s)? |用户)?(?:question|query|问题|提问))[*\s]*[:：]\s*", re.IGNORECASE | re.MULTILINE
)
_ANSWER_LABEL = re.compile(
    r"^[#*\s]*(?:helpful )?(?:answer|response|回答|答案|答)[*\s]*[:：]\s*\Z", re.IGNORECASE | re.MULTILINE
)
_ASKS = re.compile(r"[?？]\s*$")
_SHORT_CHARS = 300


def question_in(text: str) -> str:
    """The question of a prompt. One that pastes documents into it says where its question stands, by a tag, by a label
    before it and one for the answer after it; or it stands apart, first or last. All of a text that says no such thing.

    >>> question_in("Context:\\n……\\n\\nQuestion: 补贴多少？\\nAnswer:")
    '补贴多少？'
    """
    text = text.strip()
    if tagged := _TAGGED.findall(text):
        return str(tagged[-1][1])
    answer = _ANSWER_LABEL.search(text)
    is_long = len(text) > MAX_QUESTION_CHARS
    labels = list(_LABEL.finditer(text))
    if labels and (answer or is_long):
        after = text[labels[-1].end() : answer.start() if answer else None].strip()
        if after and len(after) <= MAX_QUESTION_CHARS:
            return after
    if is_long:
        paragraphs = [each.strip() for each in re.split(r"\n\s*\n", text) if each.strip()]
        for paragraph in (paragraphs[-1], paragraphs[0]):
            if len(paragraph) <= _SHORT_CHARS and _ASKS.search(paragraph):
                return paragraph
    return text


def _within(text: str) -> str:
    """An earlier question, as far as it may matter."""
    return question_in(text)[:MAX_QUESTION_CHARS]


# --- plain words of a system message ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Plain:
    """What a system message wishes."""

    documents: tuple[str, ...] = ()
    """Titles."""
    since: str = ""
    standing: bool = False
    language: Language | None = None


_ONLY = re.compile(r"(?:只|仅|\bonly\b)[^。；;\n]*", re.IGNORECASE)
_TITLE = re.compile(r"《([^《》\n]{2,80})》")
_SINCE = re.compile(r"((?:19|20)\d\d)年?(?:以来|以后|之后|起|及以后)|(?:since|from) ((?:19|20)\d\d)", re.IGNORECASE)
_IN_FORCE = re.compile(r"现行|有效|\bin force\b", re.IGNORECASE)
_LANGUAGE = re.compile(
    r"(?:用|以|使用)\s*(英文|英语|中文|汉语|简体中文)[^。；;\n]{0,6}?(?:回答|作答|回复|答复|输出)"
    r"|\b(?:answer|reply|respond|write)\b[^.;\n]{0,30}?\bin (english|chinese)\b",
    re.IGNORECASE,
)


def plain_wishes(rules: str) -> Plain:
    """What a system message says in plain words of where to look and how to answer.

    只依据《……》；只看2024年以来的文件；只用现行有效的规定；用英文回答
    Answer in English, only from documents since 2024.

    A clause limits only where it says so (只, 仅, only); all else, such as who the assistant is, has no effect.
    """
    limits = [clause[0] for clause in _ONLY.finditer(rules)]
    titles = dict.fromkeys(title for clause in limits for title in _TITLE.findall(clause))
    since = next((found for clause in limits if (found := _SINCE.search(clause))), None)
    language = next((found[1] or found[2] for found in _LANGUAGE.finditer(rules)), None)
    return Plain(
        tuple(titles),
        (since[1] or since[2]) if since else "",
        any(_IN_FORCE.search(clause) for clause in limits),
        None if language is None else "en" if language.lower() in ("英文", "英语", "english") else "zh",
    )
