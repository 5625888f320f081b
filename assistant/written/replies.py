"""Replies: what a model wrote, made readable and safe to show"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.written.prompts import INVISIBLE, REFUSAL

MARK_LIST = re.compile(
    r"[\[【［〔]\s*\^?(?:(?:资料|来源|出处|excerpts?|sources?)\s*[:：]?\s*)*(\d{1,3}(?:\s*[,，、;；\-–—~至]\s*\d{1,3})*)\s*[\]】］〕]",
    re.IGNORECASE,
)
BREAKS_OFF = frozenset(["length", "max_tokens", "model_length", "content_filter", "safety", "recitation"])
"""Why providers end a reply before the model does; half a sentence may check out, and still lack its 但."""
_THOUGHTS = re.compile(r"\s*<think>.*?(?:</think>\s*|\Z)", re.DOTALL)
_OPENING = "<think>"
TAGS = re.compile(r"</?[a-z][a-z\d]*(?:\s[^<>\n]*)?/?>", re.IGNORECASE)
_ADDRESSED = re.compile(r"!(?=\[)|\](?=\(|:)")
_INERT = str.maketrans({"<": "＜", ">": "＞"})


def mark_numbers(listed: str) -> Iterator[int]:
    """1, 2 and 3 of "1,2,3" or "1-3"."""
    for part in re.split(r"\s*[,，、;；]\s*", listed):
        first, *last = (int(number) for number in re.findall(r"\d+", part))
        yield from range(first, min(last[0], first + 20) + 1) if last else (first,)


def unmarked(text: str) -> str:
    return re.sub(r"[ \t]*\[\d{1,3}\]", "", text)


def inert(text: str) -> str:
    """Text that a page may render: no HTML, no link, and no image, whose address would be called unasked."""
    return _ADDRESSED.sub(r"\g<0> ", text).translate(_INERT)


def readable(text: str) -> str:
    """Without invisible characters, which hide or reorder others, and halves of characters that nothing can write."""
    return INVISIBLE.sub("", text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore"))


def without_thoughts(text: str) -> str:
    """A reasoning model's thoughts are no part of its answer."""
    return _THOUGHTS.sub("", text, count=1) if text.lstrip().startswith(_OPENING) else text


def visible_text(text: str, *, done: bool = False) -> str:
    """What of a reply so far may be shown: a prefix of what may be shown later.

    Held back are thoughts, the refusal token, and an ending that may become one of them.
    """
    text = readable(text)
    start = text.lstrip()
    if start.startswith(_OPENING) or (not done and _OPENING.startswith(start)):
        text = without_thoughts(text) if "</think>" in text else ""
    if not done:
        held = next((size for size in range(len(REFUSAL) - 1, 0, -1) if text.endswith(REFUSAL[:size])), 0)
        text = text[: len(text) - held]
        text = text.removesuffix("!").removesuffix("]")
    return inert(text.replace(REFUSAL, ""))
