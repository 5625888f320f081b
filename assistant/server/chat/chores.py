"""Chores: what a chat front end asks of a model beside its users' questions: a title, tags, what to ask next

They are told by their shape: a prompt that shows a conversation, or follows one, and wants JSON with certain keys, or a
title of a few words. What is wanted is made of the conversation; the documents aren't asked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.answers import Turn
from assistant.question.conversation import understand
from assistant.question.question import mentions
from assistant.server.chat.bodies import ChatBody
from index.queries.queries import is_english
from sources.mentions.titles import names as named_documents

Kind = Literal["title", "tags", "follow_ups", "queries", "summary", "tools", "nothing"]
_KEYS: dict[str, Kind] = {
    "title": "title",
    "tags": "tags",
    "follow_ups": "follow_ups",
    "follow_up_questions": "follow_ups",
    "followups": "follow_ups",
    "suggestions": "follow_ups",
    "questions": "follow_ups",
    "queries": "queries",
    "summary": "summary",
    "tool_calls": "tools",
    "text": "nothing",
}
_JSON_SHAPE = re.compile(rf"\{{\s*\\?[\"“'](?P<key>{'|'.join(_KEYS)})\\?[\"”']\s*:", re.IGNORECASE)
_TRANSCRIPT = re.compile(
    r"^\W{0,4}(?P<who>USER|Human|用户|问|ASSISTANT|AI|Response|助手|助理|答)\W{0,2}[:：]", re.IGNORECASE | re.MULTILINE
)
_FOUR_WORDS = re.compile(
    r"\b(?:\d|two|three|four|five|six|seven|eight|ten)\b|[\d一二三四五六七八十两]+个?字|[\d一二三四五六七八十两]+个词"
)
_TITLE = re.compile(r"\b(?:title|topic)\b|标题|主题|题目", re.IGNORECASE)
_SUMMARY = re.compile(r"\bsummar\w+|总结|概括|摘要", re.IGNORECASE)
_TALK = re.compile(r"\b(?:conversation|chat|discussion|dialog\w*)\b|对话|聊天|会话|讨论|这句话|上述内容", re.IGNORECASE)
_NOTHING_ELSE = re.compile(r"\b(?:only|without|no|don't|just)\b|不要|直接|只返回|仅返回|只需|prompt", re.IGNORECASE)
_ORDER_CHARS = 700
_USERS = frozenset(("user", "human", "用户", "问"))
_TITLE_CHARS, _TITLE_WORDS = 24, 8
_SUMMARY_CHARS = 200
_OPENER = re.compile(
    r"^(?:您?你?好[，,。！!]?|请问|麻烦(?:您|你)?|(?:请|帮我)?(?:查|问|看)一?下|我?想(?:知道|了解|问)(?:一下)?|请)+[，,：:]?"
)
_ASKING = re.compile(
    r"(?:分别|各|一共|总共|大概)?(?:应当|应该|要|能|可以)?(?:是|有|为|达到?了?)?"
    r"(?:多少\S{0,3}|几\S{0,2}|什么\S{0,3}|哪些?\S{0,3}|怎么\S{0,3}|如何\S{0,2})?(?:吗|呢|么)?[？?。]*$"
)
_ASKING_IN_ENGLISH = re.compile(
    r"^(?:please |could you |can you )?(?:tell me |explain )?(?:what|how|when|where|who|which|why)\b"
    r"(?:'s| (?:is|are|was|were|does|do|did|much|many))*(?: the)? ",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Chore:
    """What a front end wants."""

    kind: Kind
    key: str
    """Of the JSON object that is wanted; empty: plain text."""
    talk: tuple[Turn, ...]
    """The conversation that it is about."""


def chore_of(body: ChatBody) -> Chore | None:
    """What a front end wants of its own accord; None where a person asks."""
    last = body.messages[-1]
    if last.role == "assistant":
        return None
    turns = body.turns()
    order = last.text() if last.role != "tool" else ""
    earlier = tuple(turns[:-1]) if last.role == "user" else tuple(turns)
    shown = _transcript(order)
    talk = shown or earlier
    if not talk or not talk[0].question:
        return None
    instructions = order if shown and _JSON_SHAPE.search(order) else f"{body.rules()}\n{order}" if shown else order
    if key := _wanted_key(body) or next((found["key"].lower() for found in _JSON_SHAPE.finditer(instructions)), ""):
        return Chore(_KEYS[key], key, talk)
    bare = _before_transcript(instructions) if shown else order
    if len(bare) > _ORDER_CHARS or not _TALK.search(bare):
        return None
    if _TITLE.search(bare) and (_FOUR_WORDS.search(bare) or _NOTHING_ELSE.search(bare)):
        return Chore("title", "", talk)
    if last.role != "user" and _SUMMARY.search(bare):
        return Chore("summary", "", talk)
    return None


def _wanted_key(body: ChatBody) -> str:
    """The one property of the JSON Schema that is wanted, where it is a front end's."""
    wanted = body.response_format.json_schema if body.response_format else None
    names = list((wanted.schema_.get("properties") or {}) if wanted else {})
    return names[0] if len(names) == 1 and names[0] in _KEYS and names[0] != "text" else ""


def done(chore: Chore, ask_next: Callable[[Sequence[Turn]], Sequence[str]]) -> str:
    """What the front end gets; `ask_next` gives questions that may follow a conversation."""
    match chore.kind:
        case "title":
            made: object = title_of(chore.talk)
        case "tags":
            made = list(_tags(chore.talk))
        case "follow_ups":
            made = list(ask_next(chore.talk))
        case "queries":
            *before, last = chore.talk
            made = [understand(last.question, history=before).standalone]
        case "summary":
            made = _summary(chore.talk)
        case "tools":
            made = []  # none of the front end's: the documents answer
        case "nothing":
            made = ""
    if chore.key:
        return json.dumps({chore.key: made}, ensure_ascii=False)
    return made if isinstance(made, str) else "\n".join(map(str, made if isinstance(made, list) else []))


def title_of(talk: Sequence[Turn]) -> str:
    """A few words that say what a conversation is about: those of its first question that don't ask."""
    question = " ".join(talk[0].question.split())
    if is_english(question):
        words = _ASKING_IN_ENGLISH.sub("", question).rstrip("?. ").split()
        title = " ".join(words[:_TITLE_WORDS])
        return title[:1].upper() + title[1:]
    bare = _OPENER.sub("", question)
    title = _ASKING.sub("", bare).strip("，,：:的 ") or bare
    return title if len(title) <= _TITLE_CHARS else f"{title[: _TITLE_CHARS - 1]}…"


def _tags(talk: Sequence[Turn]) -> list[str]:
    """The places, the documents and the matter that its questions are about."""
    found: dict[str, None] = {}
    for turn in talk:
        title = title_of([turn])
        named = [name.title for name in named_documents(turn.question) if name.title]
        found |= dict.fromkeys(place.name for place in mentions(title).regions if place.name)
        found |= dict.fromkeys(named)
        if not named:
            bare = " ".join(mentions(title).bare.split()).strip("的，, ")
            found |= dict.fromkeys([bare] if bare else [])
    return list(found)[:3] or [title_of(talk)]


def _summary(talk: Sequence[Turn]) -> str:
    said = "".join(f"问：{turn.question} 答：{turn.answer.strip() or '（无）'}\n" for turn in reversed(talk))
    return said[:_SUMMARY_CHARS].strip()


def _transcript(text: str) -> tuple[Turn, ...]:
    """The exchanges of a conversation that a prompt shows, each line of it with who speaks."""
    lines = list(_TRANSCRIPT.finditer(text))
    turns: list[Turn] = []
    for at, line in enumerate(lines):
        end = lines[at + 1].start() if at + 1 < len(lines) else len(text)
        said = re.sub(r"</?\w+>\s*\Z", "", text[line.end() : end].strip()).strip().strip('"')
        if line["who"].lower() in _USERS:
            turns.append(Turn(said))
        elif turns:
            turns[-1] = Turn(turns[-1].question, said)
    return tuple(turns)


def _before_transcript(text: str) -> str:
    found = _TRANSCRIPT.search(text)
    return text[: found.start()] if found else text
