"""Learns how sure an answer looks: `python -m training.sentences.trust` (some minutes on two cores).

`trust.jsonl` beside this file holds invented documents with questions, half of them in everyday words, and the words
that answer; null where nothing does though something reads so, mostly because it is another quantity: 床位 for 医生.
With them are those of `near_misses.jsonl`, and people's questions on policies. Each document is a library of
its own. Printed is how the weights do on documents that were left out of learning them, one after the other.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.answers import SURE
from assistant.reading import scoring
from assistant.reading.findings import MIN_CONFIDENCE
from assistant.reading.near_misses import weighed
from assistant.reading.polarity import taken_out
from assistant.reading.trust import inputs
from training.sentences.collect import items
from training.sentences.near_misses import DOCUMENTS as NEAR_MISSES
from training.sentences.near_misses import asked_of, holds, learned

OUT = Path(__file__).parents[2] / "assistant" / "reading" / "assets" / "trust.json"
DOCUMENTS = Path(__file__).parent / "trust.jsonl"
_ANSWERED = 2 / 3
"""Of people's questions, the share that the library answers, as far as anybody knows; here it is half."""
_POLICIES = 80
_DECAY = 8.0
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """What is known of the best sentence for a question, whether it answers, and how sure it was without trust."""

    source: str
    inputs: dict[str, float]
    right: bool
    before: float


def rows(source: str, texts: dict[str, str], asked: Sequence[tuple[str, str | None]]) -> Iterator[Row]:
    """A row for each question whose best sentence answers, or that nothing answers."""
    for question, ranked, answer in asked_of(texts, asked):
        fitting = [each for each in ranked if not each.conflicts and each.typed and not each.features.heading]
        if not fitting or taken_out(question, fitting[0].text) or (answer and not holds(fitting[0].text, answer)):
            continue
        best = fitting[0]
        runner_up = next((each.score for each in ranked if each.text != best.text), None)
        networks = scoring.confidence(best.features, best.score, runner_up)
        known = inputs(question, best, networks)
        yield Row(source, known, answer is not None, weighed(question, best, networks))


def fitted(known: Floats, right: Floats) -> Floats:
    """The weights, the constant first, as if so many questions were answered as people's are."""
    weights = learned(known, right, decay=_DECAY)
    share = right.mean()
    weights[0] += math.log(_ANSWERED / (1 - _ANSWERED)) - math.log(share / (1 - share))
    return weights


def likely(weights: Floats, known: Floats) -> Floats:
    """The probability of each."""
    probable: Floats = 1 / (1 + np.exp(-(weights[0] + known @ weights[1:])))
    return probable


def report(name: str, sure: Floats, right: Bools) -> None:
    """Prints how well so sure answers are told apart, of those that are given at all."""
    order = np.argsort(np.argsort(sure)) + 1
    yes, no = right.sum(), (~right).sum()
    area = (order[right].sum() - yes * (yes + 1) / 2) / (yes * no)
    looks = sure >= SURE
    kept, let_in = (looks & right).sum(), (looks & ~right).sum()
    print(f"{name}: area {area:.3f}; sure are {kept} of {yes} right, {let_in} of {no} wrong")


def main() -> None:
    """Learns the weights, writes them, and prints how they do."""
    found: list[Row] = []
    for path in (NEAR_MISSES, DOCUMENTS):
        for line in path.read_text("utf8").splitlines():
            each = json.loads(line)
            found += rows(
                each["name"], {each["name"]: each["text"]}, [(text, answer) for text, answer in each["questions"]]
            )
    every = items("ncp", 10_000)
    policies = {f"{at}.txt": text for at, text in enumerate(dict.fromkeys(each.text for each in every))}
    own = [each for each in every if not each.held_out][:_POLICIES]
    found += rows("policies", policies, [(each.question, each.answers[0]) for each in own])
    names = list(found[0].inputs)
    known = np.array([[row.inputs[name] for name in names] for row in found])
    right = np.array([row.right for row in found])
    before, sources = (np.array([getattr(row, name) for row in found]) for name in ("before", "source"))
    weights = fitted(known, right.astype(float))
    kept = {name: round(float(weight), 3) for name, weight in zip(("added", *names), weights, strict=True)}
    OUT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf8")
    unseen = np.zeros(len(found))
    for source in dict.fromkeys(sources.tolist()):
        others = sources != source
        unseen[~others] = likely(fitted(known[others], right[others].astype(float)), known[~others])
    given = before >= MIN_CONFIDENCE
    report("before", before[given], right[given])
    report("trust, never surer than before", np.minimum(unseen, before)[given], right[given])


if __name__ == "__main__":
    main()
