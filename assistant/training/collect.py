"""What the networks of the assistant are trained on: questions asked as in production, with where their answers stand.

Data: CMRC 2018 train, and the NCP questions on documents that `index.training.splits` leaves for training; the rest of
NCP and every tenth question of CMRC are held out.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from assistant.candidates import Candidate, gather
from assistant.question import Kind, understand
from assistant.ranking import Features
from assistant.spans import Window, window
from index import Index
from index.embedders import load_embedder
from index.hits import Hit
from index.networks import Floats
from index.training.corpora import DATA, questions
from index.training.splits import held_out
from sources.documents import Document
from sources.figures import Figure
from sources.sentences import Span

SEED = 20261121
PASSAGES = 20


@dataclass(frozen=True)
class Item:
    """A question, the text it is asked of, and its answer there."""

    question: str
    text: str
    answer: str
    held_out: bool


@dataclass(frozen=True)
class Asked:
    """A question's candidates: their features, and how far each holds the answer (n,)."""

    kind: Kind
    features: list[Features]
    right: Floats


@dataclass(frozen=True)
class Spread:
    """The clauses around a sentence that answers, and how far each belongs to the answer (clauses,)."""

    window: Window
    wanted: Floats
    gold: Span
    """Where the answer stands."""


@dataclass(frozen=True)
class Sample:
    """A question with the text that answers among those searched, without it, and without the sentences that answer."""

    source: str
    held_out: bool
    own: Asked
    without_document: Asked
    without_answer: Asked
    spread: Spread | None


def items(name: str, limit: int) -> list[Item]:
    """Up to `limit` questions of a data set, in a fixed shuffled order."""
    if name == "ncp":
        texts = {row["docid"]: row["text"] for row in _lines(DATA / "ncp" / "docs.jsonl")}
        found = [
            Item(row["question"], texts[row["docid"]], row["answer"], held_out(row["docid"]))
            for row in _lines(DATA / "ncp" / "questions-dev.jsonl")
        ]
    else:
        found = [Item(each.question, each.context, each.answer, n % 10 == 0) for n, each in enumerate(questions(name))]
    random.Random(SEED).shuffle(found)
    return found[:limit]


def _lines(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf8") as file:
        yield from map(json.loads, file)


def samples(name: str, limit: int, *, library: int | None = None) -> list[Sample]:
    """Each question of a data set, asked of an index of its texts: all of them, or `library` at a time."""
    asked = items(name, limit)
    texts = list(dict.fromkeys(item.text for item in asked))
    size = library or len(texts)
    found: list[Sample] = []
    for start in range(0, len(texts), size):
        part = dict.fromkeys(texts[start : start + size])
        found += _asked_of(list(part), [item for item in asked if item.text in part], name)
        print(f"{name} {len(found)}/{len(asked)}", flush=True)
    return found


def _asked_of(texts: Sequence[str], asked: Sequence[Item], name: str) -> list[Sample]:
    with tempfile.TemporaryDirectory() as folder:
        numbers = {text: number for number, text in enumerate(texts)}
        for text, number in numbers.items():
            Path(folder, f"{number:05}.txt").write_text(text, encoding="utf8")
        with Index.open(Path(folder, ".index"), embedder=load_embedder()) as index:
            index.update([Path(folder)])
            document = cache(index.document)
            figures = cache(lambda name: sorted(index.figures(document_id=name), key=lambda figure: figure.start))
            ids = {info.uri: info.id for info in index.documents()}
            own = [ids.get(str(Path(folder, f"{numbers[item.text]:05}.txt"))) for item in asked]
            return [
                _sample(name, item, identifier, index, document, figures)
                for item, identifier in zip(asked, own, strict=True)
                if identifier is not None  # else the same bytes as another, or nothing to read in it
            ]


def _sample(
    name: str,
    item: Item,
    own: str,
    index: Index,
    document: Callable[[str], Document],
    figures: Callable[[str], Sequence[Figure]],
) -> Sample:
    question = understand(item.question)
    hits = index.search(question.standalone, k=2 * PASSAGES)
    gold = located(document(own).text, item.answer)

    def asked(of: Sequence[Hit]) -> tuple[Asked, Sequence[Candidate]]:
        pool = gather(question, of, document=document, figures=figures)
        right = np.array(
            [_held((each.start, each.end), gold) if each.document.id == own and gold else 0.0 for each in pool],
            dtype=np.float32,
        )
        return Asked(question.kind, [each.features for each in pool], right), pool

    whole, pool = asked(hits[:PASSAGES])
    others = [hit for hit in hits if hit.passage.document_id != own]
    elsewhere = [
        hit
        for hit in hits
        if hit.passage.document_id != own or not gold or not _overlap((hit.passage.start, hit.passage.end), gold)
    ]
    spread = None
    if gold is not None and whole.right.max(initial=0) > 0:
        fitting = [each for each, right in zip(pool, whole.right, strict=True) if right > 0]
        seen = window(question, max(fitting, key=lambda each: each.coverage))
        wanted = np.array([_held(clause, gold) for clause in seen.clauses], dtype=np.float32)
        spread = Spread(seen, wanted, gold)
    return Sample(name, item.held_out, whole, asked(others[:PASSAGES])[0], asked(elsewhere[:PASSAGES])[0], spread)


def located(text: str, answer: str) -> Span | None:
    """Where the answer stands in the text, white space apart; None where it doesn't."""
    kept = [at for at, character in enumerate(text) if not character.isspace()]
    wanted = "".join(answer.split())
    start = "".join(text[at] for at in kept).find(wanted) if wanted else -1
    return None if start < 0 else (kept[start], kept[start + len(wanted) - 1] + 1)


def _overlap(one: Span, other: Span) -> int:
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))


def _held(span: Span, gold: Span) -> float:
    """1 where the span holds the answer, else the share of the span that lies in it, 0 under a third."""
    common = _overlap(span, gold)
    if common == gold[1] - gold[0]:
        return 1.0
    share = common / max(span[1] - span[0], 1)
    return share if share > 1 / 3 else 0.0
