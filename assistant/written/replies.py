"""Replies: what a model wrote, made readable and safe to show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile

from assistant.checks.sentences import split
from assistant.written.prompts import INVISIBLE, REFUSAL

MARK_LIST = re.compile(
    r"[\[【［〔]\s*\^?(?:(?:资料|来源|出处|excerpts?|sources?)\s*[:：]?\s*)*(\d{1,3}(?:\s*[,，、;；\-–—~至]\s*\d{1,3})*)\s*[\]】］〕]",
    re.IGNORECASE,
)
_THINKING = r"(?:\w{1,8}:)?(?:think(?:ing)?|thoughts?|reason(?:ing)?)"
_OPENED = re.compile(rf"[<◁\[]\s*{_THINKING}\s*[>▷\]]", re.IGNORECASE)
_CLOSED = re.compile(rf"[<◁\[]\s*/\s*{_THINKING}\s*[>▷\]]\s*", re.IGNORECASE)
"""<think>, <thinking>, <seed:think>, [THINK], ◁think▷: what models print where their server doesn't part it off."""
_BEGUN = re.compile(r"<(?:/?[a-z][^<>\n]*)?$|[\[【［〔][^\]】］〕\n]*$", re.IGNORECASE)
"""A tag or a mark that is not closed yet."""
TAGS = re.compile(r"</?[a-z][a-z\d]*(?:\s[^<>\n]*)?/?>", re.IGNORECASE)
_ADDRESSED = re.compile(r"!(?=\[)|\](?=\(|:)")
_INERT = str.maketrans({"<": "＜", ">": "＞"})


def mark_numbers(listed: str) -> Iterator[int]:
    """1, 2 and 3 of "1,2,3" or "1-3"."""
    for part in re.split(r"\s*[,，、;；]\s*", listed):
        first, *last = (int(number) for number in re.findall(r"\d+", part))
        yield from range(first, min(last[0], first + 20) + 1) if last else (first,)


def unmarked(text: str) -> str:
    """The text without marks."""
    return re.sub(r"[ \t]*\[\d{1,3}\]", "", text)


def inert(text: str) -> str:
    """Text that a page may render: no HTML, no link, and no image, whose address would be called unasked."""
    return _ADDRESSED.sub(r"\g<0> ", text).translate(_INERT)


def readable(text: str) -> str:
    """Without invisible characters, which hide or reorder others, and halves of characters that nothing can write."""
    return INVISIBLE.sub("", text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore"))


def without_thoughts(text: str) -> str:
    """A reasoning model's thoughts are no part of its answer: what stands between tags, what follows one that isn't
    closed yet, and all that goes before one that was never opened, as where a chat template opens it."""
    said, at = [], 0
    while opened := _OPENED.search(text, at):
        said.append(text[at : opened.start()])
        closed = _CLOSED.search(text, opened.end())
        at = closed.end() if closed else len(text)
    bare = "".join([*said, text[at:]])
    *_, last = [0, *(closed.end() for closed in _CLOSED.finditer(bare))]
    return bare[last:]


def thinks_aloud(text: str) -> bool:
    """Whether thoughts that nothing opens come to an end in it."""
    opened, closed = _OPENED.search(text), _CLOSED.search(text)
    return closed is not None and (opened is None or opened.start() > closed.start())


def refuses(reply: str) -> bool:
    """Whether a reply says nothing, or nothing but that the evidence doesn't answer."""
    return not re.search(r"\w", TAGS.sub("", reply.replace(REFUSAL, "")))


def prepared(reply: str, *, strip: bool = True) -> str:
    """A reply as plain text that a page may render, all its marks in one form: [1][2] for 【资料1、2】."""
    text = inert(TAGS.sub("", reply.replace(REFUSAL, "")))
    text = text.strip() if strip else text
    return MARK_LIST.sub(lambda marks: "".join(f"[{number}]" for number in mark_numbers(marks[1])), text)


def settled(reply: str, start: int = 0) -> list[int]:
    """Where the sentences after `start` end that nothing still to come can change.

    A sentence may be followed by marks, so the next one must have begun, or the next line; a row of a table ends with
    its line. 主要有： and 是的。 wait for the sentences whose marks they take, and end with the first of them.
    """
    # Marks, tags and refusals are overwritten in place: the offsets stay those of the reply.
    text = TAGS.sub(lambda tag: " " * len(tag[0]), reply[start:]).replace(REFUSAL, " " * len(REFUSAL))
    text = MARK_LIST.sub(lambda marks: "[1]".rjust(len(marks[0])), text)
    line = text.rfind("\n") + 1
    if begun := _BEGUN.search(text, line):
        text = text[: begun.start()]
    is_row = text[line:].lstrip().startswith("|")
    sentences = split(text)
    open_ended = [sentence for sentence in sentences if sentence.start >= line]
    final = sentences[: len(sentences) - (len(open_ended) if is_row else min(1, len(open_ended)))]
    # Taken apart anew, so that none has the marks of one that isn't final.
    again = split(text[: final[-1].end]) if final else []
    whole = takewhile(lambda sentence: not sentence.leads_to_others, again)
    return [start + sentence.end for sentence in whole if not sentence.borrowed]
