"""Replies that a model might give, through the whole chain: what is wrong never reaches the user, what is right does.

    {"right": false, "question": "外贸怎么样？", "reply": "出口增长18.3%。[3120亿]"}

The documents in `replies/` are our own, every figure invented. A mark names a word of the passage that it is meant for.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from itertools import repeat
from pathlib import Path

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage

from assistant.answers import Answer
from assistant.config import Config
from assistant.question.conversation import understand
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


def ask(question: str, reply: str) -> Answer:
    """The answer where the model writes `reply`, and writes it again when asked to mend it."""
    named = re.findall(r"\[([^\]\d][^\]]*|\d+[^\d\]][^\]]*)\]", reply)
    sources = [document for document in library().values() if any(words in document.text for words in named)]
    found = [Hit(passage, 1.0, 1.0, 1.0) for source in sources for passage in split(source)]
    for words in named:
        if at := next((at for at, hit in enumerate(found, 1) if words in hit.passage.text), None):
            reply = reply.replace(f"[{words}]", f"[{at}]")
    model = GenericFakeChatModel(messages=repeat(AIMessage(reply)))
    answerer = ModelAnswerer(config=Config(Path("unused"), max_evidence_tokens=20000), model=model)
    return answerer.answer(
        understand(question),
        found or [Hit(passage, 1.0, 1.0, 1.0) for source in library().values() for passage in split(source)],
        document=library().__getitem__,
        fallback=lambda: Answer("f", question, question, "not_found", "文档中没有找到。"),
    )


@pytest.mark.parametrize("given", [each for each in REPLIES if not each["right"]], ids=lambda each: each["reply"][:40])
def test_what_the_documents_do_not_say_is_not_the_answer(given: dict[str, str]) -> None:
    answer = ask(given["question"], given["reply"])

    assert (answer.status, answer.engine) == ("not_found", "extractive")
    assert answer.notice


@pytest.mark.parametrize("given", [each for each in REPLIES if each["right"]], ids=lambda each: each["reply"][:40])
def test_what_they_say_in_other_words_is(given: dict[str, str]) -> None:
    answer = ask(given["question"], given["reply"])

    assert answer.engine == "GenericFakeChatModel", answer.notice
    assert answer.verdict is not None
    assert answer.verdict.ok
    assert all(figure.verified for figure in answer.figures)
