"""Replies that a model might give, through the whole chain: what is wrong never reaches the user, what is right does.

    {"right": false, "question": "外贸怎么样？", "reply": "出口增长18.3%。[3120亿]"}

The documents in `replies/` are our own, every figure invented. A mark names a word of the passage that it is meant for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import repeat
from pathlib import Path
from random import Random

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage

from assistant.answers import Answer
from assistant.config import Config
from assistant.question.conversation import understand
from assistant.written.prompts import excerpts
from assistant.written.replies import without_thoughts
from assistant.written.reviews import Reviewer, Shown
from assistant.written.writer import ModelAnswerer
from index.hits import Hit
from sources.documents import Document
from sources.passages import split
from sources.readers.files import read

FOLDER = Path(__file__).parent / "replies"
REPLIES = [json.loads(line) for line in (FOLDER / "replies.jsonl").read_text(encoding="utf-8").splitlines()]


@lru_cache(maxsize=1)
def library() -> dict[str, Document]:
    return {document.id: document for document in map(read, sorted(FOLDER.glob("*.md")))}


_NAMED = re.compile(r"\[([^\]\d][^\]]*|\d+[^\d\]][^\]]*)\]")


def numbered(reply: str, found: Sequence[Hit]) -> str:
    """The reply with the numbers of the passages in its marks."""
    for words in _NAMED.findall(reply):
        if at := next((at for at, hit in enumerate(found, 1) if words in hit.passage.text), None):
            reply = reply.replace(f"[{words}]", f"[{at}]")
    return reply


def ask(question: str, reply: str) -> Answer:
    """The answer where the model writes `reply`, and writes it again when asked to mend it."""
    named = _NAMED.findall(reply)
    sources = [document for document in library().values() if any(words in document.text for words in named)]
    found = [Hit(passage, 1.0, 1.0, 1.0) for source in sources for passage in split(source)]
    model = GenericFakeChatModel(messages=repeat(AIMessage(numbered(reply, found))))
    answerer = ModelAnswerer(config=Config(Path("unused"), max_evidence_tokens=20000), model=model)
    return answerer.answer(
        understand(question),
        found or [Hit(passage, 1.0, 1.0, 1.0) for source in library().values() for passage in split(source)],
        document=library().__getitem__,
        fallback=lambda: Answer("f", question, question, "not_found", "文档中没有找到。"),
    )


@pytest.mark.parametrize("given", [each for each in REPLIES if not each["right"]], ids=lambda each: each["reply"][:40])
def test_what_the_documents_do_not_say_is_not_the_answer(given: dict[str, str]) -> None:
    """A reply that begins with what they say is cut to that; any other is none."""
    answer = ask(given["question"], given["reply"])

    if answer.engine != "extractive":
        assert answer.answer == "2025年台州市地区生产总值为6842.7亿元。[1]"
        assert [citation.number for citation in answer.citations] == [1]
    else:
        assert answer.status == "not_found"
    assert answer.notice


@pytest.mark.parametrize("given", [each for each in REPLIES if each["right"]], ids=lambda each: each["reply"][:40])
def test_what_they_say_in_other_words_is(given: dict[str, str]) -> None:
    answer = ask(given["question"], given["reply"])

    assert answer.engine == "GenericFakeChatModel", answer.notice
    assert answer.verdict is not None
    assert answer.verdict.ok
    assert all(figure.verified for figure in answer.figures)


@pytest.mark.parametrize("seed", range(40))
def test_what_is_shown_of_a_reply_is_how_the_answer_begins(seed: int) -> None:
    """Several replies in a row, right ones and a wrong one now and then, that come a few characters at a time."""
    random = Random(seed)
    found = [Hit(passage, 1.0, 1.0, 1.0) for source in library().values() for passage in split(source)]
    some = [each for each in random.sample(REPLIES, 3) if each["right"] or not seed % 4]
    opening = random.choice(["", "主要有：\n- ", "是的。", "<think>先看。</think>", "| 内容 |\n|---|\n"])
    reply = opening + random.choice(["", "\n", "\n- "]).join(numbered(each["reply"], found) for each in some)
    evidence = excerpts(found, library().__getitem__, max_tokens=20000)
    reviewer = Reviewer(understand(some[0]["question"] if some else "怎么样？"), evidence, None)
    shown = Shown(reviewer)

    pieces: list[str] = []
    at = 0
    while at < len(reply):
        at += random.randint(1, 5)
        pieces += shown.more(without_thoughts(reply[:at]))

    assert "".join(pieces) == shown.review.text
    assert not reviewer.review(shown.reply, whole=False).lines
    whole = reviewer.review(without_thoughts(reply))
    assert whole.lines or shown.begins(whole)
