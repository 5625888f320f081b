"""The texts and pairs the shipped files are trained on, read from `../shared/data` beside the repository.

They are measured and trained on, never shipped; the models' cards name their licences.
Of the questions of a development set only the half is read here that `eval.splits` does not hold out. The texts they
are about are read whole, without telling which of them answers which question.
"""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from eval.splits import held_out, linked

DATA = Path(__file__).parents[1] / ".." / "shared" / "data"
_BODY_MARK = re.compile(r"<!--.*?-->|\*\*")
_TITLE_LENGTHS = range(5, 61)


class Broadcast(NamedTuple):
    """One television news item: a headline and what was read out."""

    title: str
    body: str


class Question(NamedTuple):
    """A question, the passage that holds its answer ("" where the source gives none), and the answer."""

    question: str
    context: str
    answer: str


class Policy(NamedTuple):
    """A government text of early 2020; the title is "" where the text doesn't begin with one."""

    document: str
    title: str
    body: str


class Article(NamedTuple):
    """One article of a law, such as 第三条 of 中华人民共和国刑法."""

    id: str
    law: str
    article: str
    text: str


def news(data: Path = DATA) -> Iterator[str]:
    """News texts, one a line in the source, markup and repeated spaces removed."""
    with lzma.open(data / "training" / "news.txt.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            if text := " ".join(line.split()):
                yield text


def broadcasts(data: Path = DATA) -> Iterator[Broadcast]:
    """Television news items with their headlines."""
    for record in _records(data / "training" / "broadcasts.jsonl.xz"):
        body = " ".join(_BODY_MARK.sub("", record["body"]).split())
        yield Broadcast(record["title"].strip(), body)


def questions(name: str, data: Path = DATA) -> Iterator[Question]:
    """Questions of a training set: "cmrc2018-train", "drcd" (Traditional characters) or "ncp"."""
    if name == "ncp":
        for record in _records(data / "ncp" / "questions-without-documents.jsonl"):
            yield Question(record["question"], "", record["answer"])
        return
    for record in _records(data / "training" / f"{name}.jsonl.xz"):
        answers = record["answers"]
        first = answers[0] if isinstance(answers, list) else answers
        yield Question(record["question"], record["context"], first if isinstance(first, str) else first["text"])


def policies(data: Path = DATA) -> Iterator[Policy]:
    """The government texts of NCP, all of them."""
    for record in _records(data / "ncp" / "docs.jsonl"):
        text = " ".join(record["text"].split())
        title, _, body = text.partition(" ")
        if len(title) in _TITLE_LENGTHS and len(body) > 50:
            yield Policy(record["docid"], title, body)
        else:
            yield Policy(record["docid"], "", text)


def policy_questions(data: Path = DATA) -> Iterator[tuple[str, Question]]:
    """The document each question of NCP's development set is on, and the question; none that is held out."""
    for record in _records(data / "ncp" / "questions-dev.jsonl"):
        if not held_out(record["docid"]):
            yield record["docid"], Question(record["question"], "", record["answer"])


def laws(data: Path = DATA) -> Iterator[Article]:
    """The articles of law of STARD, all of them."""
    for record in _records(data / "stard" / "articles.jsonl.xz"):
        yield Article(record["id"], record["law"], record["article"], " ".join(record["text"].split()))


def law_questions(data: Path = DATA) -> Iterator[tuple[str, list[str]]]:
    """Lay questions of STARD and the ids of the articles that answer them; none that is held out."""
    records = list(_records(data / "stard" / "questions-dev.jsonl"))
    for record, group in zip(records, linked([record["gold"] for record in records]), strict=True):
        if not held_out(group):
            yield record["question"], record["gold"]


def _records(path: Path) -> Iterator[dict[str, Any]]:
    opened = lzma.open if path.suffix == ".xz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)
