"""The texts and pairs the shipped files are trained on, read from `../shared/data` beside the repository.

They are measured and trained on, never shipped (licences vary: see that folder's README and the model card).
Nothing here opens a development set.
"""

import json
import lzma
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

DATA = Path(__file__).parents[2] / ".." / "shared" / "data"

_BODY_MARK = re.compile(r"<!--.*?-->|\*\*")


class Broadcast(NamedTuple):
    """One television news item: a headline and what was read out."""

    title: str
    body: str


class Question(NamedTuple):
    """A question, the passage that holds its answer ("" where the source gives none), and the answer."""

    question: str
    context: str
    answer: str


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
        with (data / "ncp" / "questions-without-documents.jsonl").open(encoding="utf-8") as lines:
            for record in map(json.loads, lines):
                yield Question(record["question"], "", record["answer"])
        return
    for record in _records(data / "training" / f"{name}.jsonl.xz"):
        answers = record["answers"]
        first = answers[0] if isinstance(answers, list) else answers
        yield Question(record["question"], record["context"], first if isinstance(first, str) else first["text"])


def _records(path: Path) -> Iterator[dict[str, str]]:
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)
