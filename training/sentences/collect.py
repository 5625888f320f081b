"""What the assistant's networks are trained on: questions asked as in production, with the places of their answers.

Data: of NCP the half that `eval.splits` leaves for training, without the questions that the reader has learned from; of
sets of reading questions those on documents that the reader has learned nothing from, questions without an answer
included; on papers of offices that it has learned nothing from, questions for their numbers, made, and the same with
one thing exchanged, which nothing answers. Held out are the other half and a fifth of the rest.
"""

from __future__ import annotations

import hashlib
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

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
from index.upkeep.intake import Intake
from sources.documents import Document
from sources.figures.figure import Figure
from sources.mentions.numerals import quantities
from sources.mentions.periods import periods
from sources.sentences import Span, clauses, sentences
from training.corpora import DATA
from training.reader.clozes import LEAST, MOST, clozes, reworded
from training.reader.made import texts
from training.reader.questions import asked, group_of
from training.reader.samples import asked_otherwise, is_aside, located, records

SEED = 20261121
PASSAGES = 20
_NCP_ASIDE = 60
"""Questions on policies that are held out: `eval` asks the others, too."""
_ALL = 1_000_000
_LEAST_ASKED = 6
"""Characters before a number that say what it is."""


@dataclass(frozen=True)
class Item:
    """A question, the text that it is about, and its answer there, in any of its wordings; none where it has none."""

    question: str
    text: str
    answers: tuple[str, ...]
    held_out: bool


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
    answerable: bool = True
    """Whether the text that it is about answers it."""


def items(name: str, limit: int) -> list[Item]:
    """Up to `limit` questions of a data set, in a fixed shuffled order."""
    if name == "ncp":
        texts = {row["docid"]: row["text"] for row in records(DATA / "ncp" / "docs.jsonl")}
        rows = list(records(DATA / "ncp" / "questions-dev.jsonl"))
        aside = random.Random(SEED).sample([row for row in rows if held_out(row["docid"])], _NCP_ASIDE)
        own = [row for row in rows if not held_out(row["docid"]) and not for_reading(row["docid"])]
        found = [
            Item(row["question"], texts[row["docid"]], (row["answer"],), held_out(row["docid"]))
            for row in (*own, *aside)
        ]
    elif name in ("figures", "reworded"):
        found = list(_for_figures(limit, in_other_words=name == "reworded"))
    else:
        kept = [row for row in asked(name) if is_aside(group_of(row.context)) and not row.yesno and not row.all]
        found = [Item(row.question, row.context, row.answers, n % 5 == 0) for n, row in enumerate(kept)]
    random.Random(SEED).shuffle(found)
    return found[:limit]


def _for_figures(limit: int, *, in_other_words: bool) -> Iterator[Item]:
    """Up to so many questions for a number in a paper, each third of them with one thing exchanged."""
    rng = random.Random(f"{SEED} {in_other_words}")
    every = [each for source in ("papers", "broadcasts") for each in texts(source, _ALL, rng) if is_aside(each[0])]
    made = 0
    for name, text in every:
        told = [text[start:end] for start, end in sentences(text) if LEAST <= end - start <= MOST]
        thinned = [(each.question, one) for one in told for each in clozes(one, rng) if each.kind == "number"]
        plain = [(question, one) for one in told for question in _asks_plainly(one)]
        asks = thinned if made % 4 == 3 and not in_other_words else plain
        for question, sentence in rng.sample(asks, min(2, len(asks))):
            aside = hashlib.sha256(name.encode()).digest()[3] % 5 == 0
            changed = list(asked_otherwise(question, text, rng, 1)) if made % 3 == 2 else []
            if in_other_words:
                question = _reworded(question, rng)  # noqa: PLW2901
            if changed:
                other = changed[0].text
                yield Item(_reworded(other, rng) if in_other_words else other, text, (), aside)
            else:
                yield Item(question, text, (sentence,), aside)
            made += 1
            if made == limit:
                return


def _reworded(question: str, rng: random.Random) -> str:
    """The question in other words but for what it asks for: 多少 and the unit behind it."""
    before, asks, after = question.partition("多少")
    return f"{reworded(before, rng)}{asks}{after[:2]}{reworded(after[2:], rng)}"


def _asks_plainly(sentence: str) -> Iterator[str]:
    """The clauses with one number in them, each asking for it."""
    for start, end in clauses(sentence, 0, len(sentence)):
        clause = sentence[start:end].strip("，,；;。：: \n")
        dated = [(each.start, each.end) for each in periods(clause)]
        numbers = quantities(clause, skip=dated)
        if len(numbers) == 1 and numbers[0].unit and numbers[0].start >= _LEAST_ASKED:
            (number,) = numbers
            yield f"{clause[: number.start]}多少{number.unit.removeprefix('%')}{clause[number.end :]}？"


def samples(name: str, limit: int, *, library: int | None = None) -> list[Sample]:
    """Each question of a data set, asked of an index of its texts: all of them, or those of `library` questions."""
    every = items(name, limit)
    size = library or len(every)
    found: list[Sample] = []
    for start in range(0, len(every), size):
        found += _samples_on(every[start : start + size], name)
    print(f"{name} {len(found)}", flush=True)
    return found


def _samples_on(items: Sequence[Item], name: str) -> list[Sample]:
    with tempfile.TemporaryDirectory() as folder:
        numbers = {text: number for number, text in enumerate(dict.fromkeys(item.text for item in items))}
        for text, number in numbers.items():
            Path(folder, f"{number:05}.txt").write_text(text, encoding="utf8")
        intake = replace(Intake.of_sources(), sandbox=None)
        with Index.open(Path(folder, ".index"), embedder=load_embedder(), intake=intake) as index:
            index.update([Path(folder)])
            document = cache(index.document)
            figures = cache(lambda name: sorted(index.figures(document_id=name), key=lambda figure: figure.start))
            ids = {info.uri: info.id for info in index.documents()}
            # None for the same bytes as another's, or where there is nothing to read.
            own = [ids.get(str(Path(folder, f"{numbers[item.text]:05}.txt"))) for item in items]
            return [
                _sample(name, item, identifier, index, document, figures)
                for item, identifier in zip(items, own, strict=True)
                if identifier
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
    golds = _located_any(document(own).text, item.answers)

    def held(document_id: str, span: Span) -> float:
        return max((_held(span, gold) for gold in golds), default=0.0) if document_id == own else 0.0

    def pooled(of: Sequence[Hit]) -> tuple[Pool, Sequence[Sentence]]:
        candidates = gather(question, of, document=document, figures=figures)
        right = np.array([held(each.document.id, (each.start, each.end)) for each in candidates], dtype=np.float32)
        return Pool(question.kind, [each.features for each in candidates], right), candidates

    whole, candidates = pooled(hits[:PASSAGES])
    others = [hit for hit in hits if hit.passage.document_id != own]
    elsewhere = [
        hit
        for hit in hits
        if hit.passage.document_id != own
        or not any(_overlap((hit.passage.start, hit.passage.end), gold) for gold in golds)
    ]
    spread = None
    if whole.right.max(initial=0) > 0 and name not in ("figures", "reworded"):  # whose gold is a whole sentence
        fitting = [each for each, right in zip(candidates, whole.right, strict=True) if right > 0]
        best = max(fitting, key=lambda each: each.features.read + 4 * each.coverage)
        seen = window(question, best)
        gold = max(golds, key=lambda span: _held((best.start, best.end), span))
        wanted = np.array([_held(clause, gold) for clause in seen.clauses], dtype=np.float32)
        spread = Spread(seen, wanted, gold)
    return Sample(
        name, item.held_out, whole, pooled(others[:PASSAGES])[0], pooled(elsewhere[:PASSAGES])[0], spread,
        answerable=bool(item.answers),
    )  # fmt: skip


def _located_any(text: str, answers: Sequence[str]) -> list[Span]:
    """Every place where one of the answers stands."""
    found: list[Span] = []
    for answer in answers:
        offset = 0
        while (span := located(text[offset:], answer)) is not None:
            found.append((offset + span[0], offset + span[1]))
            offset += span[0] + 1
    return found


def _overlap(one: Span, other: Span) -> int:
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))


def _held(span: Span, gold: Span) -> float:
    """1 where the span holds the answer, else the share of the span that lies in it, 0 under a third."""
    common = _overlap(span, gold)
    if common == gold[1] - gold[0]:
        return 1.0
    share = common / max(span[1] - span[0], 1)
    return share if share > 1 / 3 else 0.0
