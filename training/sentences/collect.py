"""What the assistant's networks are trained on: questions asked as in production, with the places of their answers.

Data: every tenth question of CMRC 2018 train; of NCP and RGB the half that `eval.splits` leaves for training, without
the questions that the reader has learned from. Held out are the other halves and a fifth of those of CMRC.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from assistant.question.conversation import understand
from assistant.question.kinds import QuestionKind
from assistant.reading.candidates import Sentence, gather
from assistant.reading.scoring import Features
from assistant.reading.spans import Window, window
from eval.splits import for_reading, held_out
from index.embedders.registry import load_embedder
from index.hits import Hit
from index.index import Index
from index.ranking.networks import Floats
from sources.documents import Document
from sources.figures.figure import Figure
from sources.sentences import Span
from training.corpora import DATA, questions

SEED = 20261121
PASSAGES = 20


@dataclass(frozen=True)
class Item:
    """A question, the texts that answer it, and its answer there, in any of its wordings."""

    question: str
    texts: tuple[str, ...]
    answers: tuple[str, ...]
    held_out: bool
    others: tuple[str, ...] = ()
    """Texts that don't answer it and are asked with it."""


@dataclass(frozen=True)
class Pool:
    """A question's candidates: their features, and how far each holds the answer (n,)."""

    kind: QuestionKind
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
    own: Pool
    without_document: Pool
    without_answer: Pool
    spread: Spread | None


def items(name: str, limit: int) -> list[Item]:
    """Up to `limit` questions of a data set, in a fixed shuffled order."""
    if name == "ncp":
        texts = {row["docid"]: row["text"] for row in _lines(DATA / "ncp" / "docs.jsonl")}
        found = [
            Item(row["question"], (texts[row["docid"]],), (row["answer"],), held_out(row["docid"]))
            for row in _lines(DATA / "ncp" / "questions-dev.jsonl")
            if held_out(row["docid"]) or not for_reading(row["docid"])
        ]
    elif name == "rgb":
        rows = _lines(DATA / "rgb" / "zh_refine.json")
        found = [
            _with_noise(row) for row in rows if held_out(f"rgb-{row['id']}") or not for_reading(f"rgb-{row['id']}")
        ]
    else:
        kept = [each for n, each in enumerate(questions(name)) if n % 10 == 0]
        found = [Item(each.question, (each.context,), (each.answer,), n % 5 == 0) for n, each in enumerate(kept)]
    random.Random(SEED).shuffle(found)
    return found[:limit]


def _with_noise(row: dict[str, Any]) -> Item:
    """A question of RGB with one passage that answers and some that don't; all of its answer's parts are wanted."""
    parts = [(part,) if isinstance(part, str) else tuple(part) for part in row["answer"]]
    holding = [text for text in row["positive"] if all(any(word in text for word in part) for part in parts)]
    answers = parts[0] if len(parts) == 1 else ()
    held = held_out(f"rgb-{row['id']}")
    return Item(row["query"], tuple(holding[:1] if answers else ()), answers, held, tuple(row["negative"][:5]))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf8") as file:
        yield from map(json.loads, file)


def samples(name: str, limit: int, *, library: int | None = None) -> list[Sample]:
    """Each question of a data set, asked of an index of its texts: all of them, or those of `library` questions."""
    asked = [item for item in items(name, limit) if item.texts]
    size = library or len(asked)
    found: list[Sample] = []
    for start in range(0, len(asked), size):
        part = asked[start : start + size]
        found += _samples_on(
            list(dict.fromkeys(text for item in part for text in (*item.texts, *item.others))), part, name
        )
    print(f"{name} {len(found)}", flush=True)
    return found


def _samples_on(texts: Sequence[str], asked: Sequence[Item], name: str) -> list[Sample]:
    with tempfile.TemporaryDirectory() as folder:
        numbers = {text: number for number, text in enumerate(texts)}
        for text, number in numbers.items():
            Path(folder, f"{number:05}.txt").write_text(text, encoding="utf8")
        with Index.open(Path(folder, ".index"), embedder=load_embedder()) as index:
            index.update([Path(folder)])
            document = cache(index.document)
            figures = cache(lambda name: sorted(index.figures(document_id=name), key=lambda figure: figure.start))
            ids = {info.uri: info.id for info in index.documents()}
            # None for the same bytes as another's, or where there is nothing to read.
            own = [[ids.get(str(Path(folder, f"{numbers[text]:05}.txt"))) for text in item.texts] for item in asked]
            return [
                _sample(name, item, [each for each in identifiers if each], index, document, figures)
                for item, identifiers in zip(asked, own, strict=True)
                if any(identifiers)
            ]


def _sample(
    name: str,
    item: Item,
    own: Sequence[str],
    index: Index,
    document: Callable[[str], Document],
    figures: Callable[[str], Sequence[Figure]],
) -> Sample:
    question = understand(item.question)
    hits = index.search(question.standalone, k=2 * PASSAGES)
    golds = {each: places for each in own if (places := _located_any(document(each).text, item.answers))}

    def held(document_id: str, span: Span) -> float:
        return max((_held(span, gold) for gold in golds.get(document_id, ())), default=0.0)

    def pooled(of: Sequence[Hit]) -> tuple[Pool, Sequence[Sentence]]:
        candidates = gather(question, of, document=document, figures=figures)
        right = np.array([held(each.document.id, (each.start, each.end)) for each in candidates], dtype=np.float32)
        return Pool(question.kind, [each.features for each in candidates], right), candidates

    whole, candidates = pooled(hits[:PASSAGES])
    others = [hit for hit in hits if hit.passage.document_id not in own]
    elsewhere = [
        hit
        for hit in hits
        if not any(
            _overlap((hit.passage.start, hit.passage.end), gold) for gold in golds.get(hit.passage.document_id, ())
        )
    ]
    spread = None
    if whole.right.max(initial=0) > 0:
        fitting = [each for each, right in zip(candidates, whole.right, strict=True) if right > 0]
        best = max(fitting, key=lambda each: each.features.read + 4 * each.coverage)
        seen = window(question, best)
        gold = max(golds[best.document.id], key=lambda span: _held((best.start, best.end), span))
        wanted = np.array([_held(clause, gold) for clause in seen.clauses], dtype=np.float32)
        spread = Spread(seen, wanted, gold)
    return Sample(name, item.held_out, whole, pooled(others[:PASSAGES])[0], pooled(elsewhere[:PASSAGES])[0], spread)


def _located_any(text: str, answers: Sequence[str]) -> list[Span]:
    """Every place where one of the answers stands."""
    found: list[Span] = []
    for answer in answers:
        offset = 0
        while (span := located(text[offset:], answer)) is not None:
            found.append((offset + span[0], offset + span[1]))
            offset += span[0] + 1
    return found


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
