"""Learns to tell near misses: `python -m training.sentences.near_misses` (some minutes on one core).

`near_misses.jsonl` beside this file holds small invented documents, each with questions and the words that answer, or
null where nothing does though it reads so:

    {"name": "a1.txt", "aside": false, "text": "…育儿津贴…", "questions": [["护理津贴由哪个部门审核？", null], …]}

Those aside only measure. People's questions on policies, of the part that nothing else here learns from, are
there as answered ones; those for one thing also with a word exchanged for one that stands before the same word in other
texts, or with such a word put in: 货运车辆 for 客运车辆. These nothing answers.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.question.conversation import understand
from assistant.question.question import Question
from assistant.reading.candidates import Sentence, candidates
from assistant.reading.near_misses import LEAST_SURE, OF_ONE_THING, SLOTS, inputs
from assistant.reading.polarity import taken_out
from index.embedders.registry import load_embedder
from index.embedders.static import shipped
from index.index import Index
from index.upkeep.intake import Intake
from training.reader.changes import changes
from training.sentences.collect import SEED, Item, items

OUT = Path(__file__).parents[2] / "assistant" / "reading" / "assets" / "near-misses.json"
DOCUMENTS = Path(__file__).parent / "near_misses.jsonl"
_POLICIES = 80
_KINDS = ("group", "degree", "kind")
"""Of `training.reader.changes`."""
_MADE = ", another thing"
"""Ends the name of a source whose questions are made, so that nothing answers them."""
_SEEN = 2
"""In how many texts two words must stand side by side to be more than a chance."""
_HELD = 0.5
"""Of an answer's pairs of characters, how many must stand in the sentence that is taken for the best."""
_DECAY = 2.0
_STEPS = 100
Floats = NDArray[np.float64]
Asked = tuple[Question, list[Sentence], str | None]


@dataclass(frozen=True)
class Row:
    """What is known of the best sentence for a question, and whether it answers."""

    source: str
    inputs: dict[str, float]
    right: bool


def asked_of(texts: dict[str, str], asked: Sequence[tuple[str, str | None]]) -> Iterator[Asked]:
    """Each question with the sentences of a library of these texts, the best first, and its answer."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            Path(folder, name).write_text(text, encoding="utf8")
        intake = replace(Intake.of_sources(), sandbox=None)
        with Index.open(Path(folder, ".index"), embedder=load_embedder(), intake=intake) as index:
            index.update([Path(folder)])
            document = cache(index.document)
            figures = cache(lambda name: sorted(index.figures(document_id=name), key=lambda figure: figure.start))
            for text, answer in asked:
                question = understand(text)
                hits = index.search(question.standalone)
                yield question, candidates(question, hits, document=document, figures=figures), answer


def rows(source: str, texts: dict[str, str], asked: Sequence[tuple[str, str | None]]) -> Iterator[Row]:
    """A row for each question whose best sentence answers, or that nothing answers."""
    for question, ranked, answer in asked_of(texts, asked):
        best = next((each for each in ranked if not each.conflicts and not each.features.heading), None)
        if best is None or taken_out(question, best.text) or (answer and not holds(best.text, answer)):
            continue
        yield Row(source, inputs(question, best), answer is not None)


def holds(text: str, answer: str) -> bool:
    """Whether the sentence is one that gives this answer."""
    pairs = [answer[at : at + 2] for at in range(len(answer) - 1)]
    return answer in text or sum(pair in text for pair in pairs) >= _HELD * max(len(pairs), 1)


def other_things(asked: Sequence[Item]) -> Iterator[str]:
    """Each question about something else than it is: a word exchanged for another, or put in, before the same word."""
    texts = list(dict.fromkeys(each.text for each in asked))
    before: dict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        words = _words(text)
        pairs = {(one, other) for one, other in pairwise(words) if one + other in text}
        for one, other in pairs:
            if len(one) > 1 and len(other) > 1 and (one + other).isalpha() and not (one + other).isascii():
                before[other][one] += 1
    rng = random.Random(SEED)
    for each in asked:
        made = list(_about_another(each, before))
        made += [change.text for change in changes(each.question, rng, kinds=_KINDS) if change.new not in each.text]
        of_one = [text for text in made if understand(text).kind in OF_ONE_THING]
        if of_one:
            yield rng.choice(of_one)


def _about_another(item: Item, before: dict[str, Counter[str]]) -> Iterator[str]:
    words = _words(item.question)
    for one, other in pairwise(words):
        if one + other not in item.question or one + other not in item.text:
            continue
        for another, seen in before[other].items():
            if seen >= _SEEN and another not in item.text + item.question:
                yield item.question.replace(one + other, another + other)
                yield item.question.replace(one + other, one + another + other)


def _words(text: str) -> list[str]:
    (words,) = shipped().token_vectors_of([text])
    return [text[start:end] for start, end in words.spans]


def learned(known: Floats, right: Floats, *, decay: float = _DECAY) -> Floats:
    """The weights of a logistic regression by Newton's steps, the constant first."""
    mean, spread = known.mean(axis=0), np.maximum(known.std(axis=0), 1e-6)
    scaled = np.column_stack([np.ones(len(known)), (known - mean) / spread])
    weights = np.zeros(scaled.shape[1])
    held = np.full(len(weights), decay)
    held[0] = 0.0
    for _ in range(_STEPS):
        likely = 1 / (1 + np.exp(-scaled @ weights))
        slope = scaled.T @ (likely - right) + held * weights
        bend = (scaled * (likely * (1 - likely))[:, None]).T @ scaled + np.diag(held + 1e-9)
        weights = weights - np.linalg.solve(bend, slope)
    given = weights[1:] / spread
    return np.concatenate([[weights[0] - given @ mean], given])


def main() -> None:
    """Learns the weights, writes them, and prints how they do."""
    documents = [json.loads(line) for line in DOCUMENTS.read_text("utf8").splitlines()]
    texts = {each["name"]: each["text"] for each in documents}
    found: list[Row] = []
    for source, aside in (("learned", False), ("aside", True)):
        asked = [(text, answer) for each in documents if each["aside"] == aside for text, answer in each["questions"]]
        found += rows(source, texts, asked)
    every = items("ncp", 10_000)
    policies = {f"{at}.txt": text for at, text in enumerate(dict.fromkeys(each.text for each in every))}
    for source, held_out in (("policies", False), ("policies aside", True)):
        own = [each for each in every if each.held_out == held_out][:_POLICIES]
        found += rows(source, policies, [(each.question, each.answers[0]) for each in own])
        found += rows(source + _MADE, policies, [(text, None) for text in other_things(own)])
    names = list(found[0].inputs)
    known = np.array([[row.inputs[name] for name in names] for row in found])
    right = np.array([row.right for row in found], float)
    taught = np.array(["aside" not in row.source for row in found])
    # Another thing in a word's place says so by itself, however the whole reads: its weights are learned apart. The
    # made questions tell nothing else: nobody asks so, and how often people ask what isn't there is not theirs to say.
    made = np.array([row.source.endswith(_MADE) for row in found])
    slots = np.isin(names, SLOTS)
    weights = np.zeros(1 + len(names))
    for some, of in ((slots, taught), (~slots, taught & ~made)):
        fitted = learned(known[of][:, some], right[of])
        weights[0], weights[1:][some] = fitted[0], fitted[1:]
    kept = {name: round(float(weight), 3) for name, weight in zip(("added", *names), weights, strict=True)}
    OUT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf8")
    likely = 1 / (1 + np.exp(-(weights[0] + known @ weights[1:])))
    for source in dict.fromkeys(row.source for row in found):
        of = np.array([row.source == source for row in found])
        yes, no = of & (right == 1), of & (right == 0)
        print(
            f"{source}: {(likely[yes] >= LEAST_SURE).sum()} of {yes.sum()} right ones kept, "
            f"{(likely[no] < LEAST_SURE).sum()} of {no.sum()} near misses refused"
        )


if __name__ == "__main__":
    main()
