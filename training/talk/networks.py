"""Learns the networks of a conversation: `python -m training.talk.networks [--out FOLDER] [--check]`.

Some ten minutes on one core. Two are learned, the second from what the first says: one reads a question beside
something said before it, word by word (`assistant.question.attention`), the other orders the ways in which both can be
put together (`assistant.question.completion`). A tenth of everything is kept aside; `--check` measures on it.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np

from assistant.question import talk
from assistant.question.attention import Weights, read, rows_of
from assistant.question.completion import candidates
from assistant.question.earlier import Source, list_told, sources_of
from assistant.question.sketch import NTH, Sketch, sketch
from assistant.question.talk import ASSETS, Networks
from index.ranking.networks import Floats, Network
from training.networks import listwise
from training.talk.joins import learn as learn_joins
from training.talk.made import Maker
from training.talk.pairing import Pair, Words, pair_of
from training.talk.pairing import learn as learn_pairs
from training.talk.real import alike, every_question, found, pairs, short, small_talk
from training.talk.sample import Sample

SEED = 11
MADE, REAL, ALIKE, TALK, SHORT = 12000, 4000, 11000, 1500, 4000
"""Samples of each sort."""
JOINED = 24000
"""Questions that seams are learned from, beside completed ones."""
EPOCHS = 6
MOST_WORDED = 9000
"""Samples that the order of candidates is learned from."""
_LEAST_LIKE = 0.86
"""Of two texts, from which likeness on one may pass for the other where none is the same."""
_MOST_OF_A_GROUP = 40
"""Candidates that the order is learned from beside the right ones: so many at random, so many nearly right."""
_FIRST = 4
"""One of so many samples is enough to find out which candidates are hard to tell from the right one."""


def every_sample(*, kept_aside: bool) -> list[Sample]:
    """All samples, in an order of their own."""
    samples = [*Maker(SEED, found()).samples(MADE), *pairs(SEED, REAL), *alike(SEED, ALIKE), *short(SEED, SHORT)]
    part = [each for at, each in enumerate(samples) if (at % 10 == 0) == kept_aside]
    talked = list(small_talk(kept_aside=kept_aside))
    random.Random(SEED).shuffle(talked)
    part += talked[: TALK // 10 if kept_aside else TALK]
    random.Random(SEED).shuffle(part)
    return part


def bare(text: str) -> str:
    """What is compared of two completed questions."""
    return "".join(c for c in text.lower() if c.isalnum() and c not in "的呢了吗么")


def likeness(one: str, two: str) -> float:
    """0 to 1: how much of both stands in the other in its order."""
    return SequenceMatcher(None, bare(one), bare(two), autojunk=False).ratio()


# --- what a pair says ---


def _read(sample: Sample) -> tuple[Sketch, list[Source], int]:
    sources = sources_of(sample.asked, sample.before, sample.answers, sample.papers)
    _, items = list_told(sample.answers)
    return sketch(sample.asked), [each for each in sources if len(each.sketch)], len(items)


def _leaned_on(sample: Sample, sources: Sequence[Source]) -> list[Source]:
    """The sources that the sample takes words from."""
    if sample.relation != "leans":
        return []
    if sample.origin != "talk":
        return [each for each in sources if _is_leaned_on(sample, each)]
    told = sketch(sample.answer)
    every = [*(each for each in sources if each.kind == "question"), *([Source("reply", told, 0)] if len(told) else [])]
    words = [sum(each.sketch.word(at) in sample.completed for at in range(len(each.sketch))) for each in every]
    return [every[int(np.argmax(words))]] if every else []


def _is_leaned_on(sample: Sample, source: Source) -> bool:
    return source.kind == sample.leans_on and (source.kind != "question" or source.back == sample.back)


def _stands(word: str, text: str) -> bool:
    """Whether the word stands in a text in lower case; a Latin one as a whole."""
    word = word.lower()
    return bool(re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text)) if word.isascii() else word in text


def _pairs_of(sample: Sample, words: Words) -> Iterator[Pair]:
    """The pairs that a sample teaches: what it leans on, and a few of what it doesn't."""
    asked, sources, items = _read(sample)
    if not len(asked):
        return
    left = sample.completed.lower()
    leaned = _leaned_on(sample, sources)
    share = sample.weight
    for source in leaned:
        said = source.sketch
        empty = np.array([not _stands(asked.word(at), left) for at in range(len(asked))], np.float32)
        stays = np.array([_stands(said.word(at), left) for at in range(len(said))], np.float32)
        own = NTH.search(sample.asked) if source.kind == "item" else None
        if own:  # 第二项 names what it is replaced by
            empty = np.array(
                [empty[at] or own.start() <= asked.spans[at][0] < own.end() for at in range(len(asked))], np.float32
            )
        rows = rows_of(asked, source, items=items)
        yield pair_of(rows, words, leans=True, goes_on=False, alone=False, empty=empty, stays=stays, weight=share)
    others = [each for each in sources if each not in leaned and sample.origin != "talk"]
    draw = random.Random(sample.asked)
    if sample.relation == "goes on":
        others = [each for each in others if each.kind == "question"]
    for source in draw.sample(others, min(len(others), 2)):
        rows = rows_of(asked, source, items=items)
        yield pair_of(
            rows,
            words,
            leans=False,
            goes_on=sample.relation == "goes on",
            alone=sample.relation == "alone",
            weight=share,
        )


def reading_network(samples: Sequence[Sample]) -> Weights:
    """What a pair of a question and something earlier says."""
    words = Words()
    pairs = [pair for each in samples for form in _forms(each) for pair in _pairs_of(form, words)]
    print(f"  {len(pairs)} pairs", flush=True)
    return learn_pairs(pairs, words, epochs=EPOCHS, seed=SEED)


def _forms(sample: Sample) -> list[Sample]:
    """A sample, and what was rewritten of small talk as something that stands by itself."""
    if sample.origin != "talk":
        return [sample]
    return [sample, replace(sample, asked=sample.completed, relation="alone", origin="rewritten")]


# --- how both are put together ---


def group_of(sample: Sample, reading: Weights, known: Network | None = None) -> tuple[Floats, Floats, float] | None:
    """The candidates of a sample by their inputs and by how right they are, and the likeness of the best.

    With `known`, among those that are wrong are the ones that it takes for right.
    """
    asked, sources, items = _read(sample)
    leaned = _leaned_on(sample, sources) if len(asked) else []
    blocks = [
        block
        for source, pair in zip(leaned, read(reading, asked, leaned, items=items), strict=True)
        for block in candidates(asked, source, pair.empty, pair.stays, reading)
    ]
    if not blocks:
        return None
    texts = [block.text(row) for block in blocks for row in range(len(block.rows))]
    inputs = np.concatenate([block.features for block in blocks])
    wanted = bare(sample.completed)
    same = np.array([bare(text) == wanted for text in texts], np.float32)
    to_the_letter = np.array([text == sample.completed.rstrip("？?") for text in texts], np.float32)
    if to_the_letter.any():  # 的 where it belongs
        like, best = to_the_letter, 1.0
    elif same.any():
        like = same
        best = 1.0
    else:
        letters = Counter(wanted)
        near = np.array(
            [
                2 * sum((Counter(bare(text)) & letters).values()) / max(len(bare(text)) + len(wanted), 1)
                for text in texts
            ]
        )
        tops = np.argsort(-near)[:12]
        exact = np.zeros(len(texts), np.float32)
        for at in tops:
            exact[at] = likeness(texts[at], sample.completed)
        best = float(exact.max())
        like = (exact >= max(best - 1e-6, _LEAST_LIKE)).astype(np.float32)
    draw = np.random.default_rng(len(texts))
    chosen = {*np.flatnonzero(like > 0)[:8].tolist(), *draw.permutation(len(texts))[:_MOST_OF_A_GROUP].tolist()}
    if known is not None:
        chosen |= {*np.argsort(-known(inputs))[:_MOST_OF_A_GROUP].tolist()}
    rows = np.array(sorted(chosen))
    return inputs[rows], like[rows], best


def wording_network(samples: Sequence[Sample], reading: Weights) -> Network:
    """The order of candidates: learned from few first, then from those that these take for right wrongly, too."""
    return _worded(samples, reading, _worded(samples[: len(samples) // _FIRST], reading, None))


def _worded(samples: Sequence[Sample], reading: Weights, known: Network | None) -> Network:
    groups, weights, reach = [], [], []
    for each in samples:
        if each.relation != "leans" or (made := group_of(each, reading, known)) is None:
            continue
        reach.append(made[2])
        if made[1].sum():
            groups.append(made[:2])
            weights.append(each.weight)
    print(f"wording: {len(groups)} of {len(reach)} within reach, likeness {np.mean(reach):.3f}", flush=True)
    return listwise(groups, weights, units=40, epochs=14, decay=0.05, seed=SEED)


def learn() -> Networks:
    """All of them, told step by step."""
    start = time.perf_counter()
    samples = every_sample(kept_aside=False)
    print(f"{len(samples)} samples, {time.perf_counter() - start:.0f} s", flush=True)
    asked = [*every_question(SEED, JOINED), *(each.completed for each in samples[: JOINED // 3])]
    reading = {**learn_joins(asked, seed=SEED), **reading_network(samples)}
    print(f"reading, {time.perf_counter() - start:.0f} s", flush=True)
    wording = wording_network(samples[:MOST_WORDED], reading)
    print(f"wording, {time.perf_counter() - start:.0f} s", flush=True)
    return Networks(reading, wording)


def check(networks: Networks) -> dict[str, object]:
    """How it does on what was kept aside."""
    right: dict[str, list[float]] = defaultdict(list)
    for each in every_sample(kept_aside=True):
        found = talk.completed(each.asked, each.before, each.answers, each.papers, networks=networks)
        is_alone = found.relation == "alone"
        right[f"{each.origin}: alone"].append(is_alone == (each.relation == "alone"))
        if each.relation == "leans":
            right[f"{each.origin}: same"].append(bare(found.text) == bare(each.completed))
            right[f"{each.origin}: likeness"].append(likeness(found.text, each.completed))
        if each.relation == "goes on":
            right[f"{each.origin}: goes on"].append(found.relation == "goes on")
    return {name: round(float(np.mean(values)), 3) for name, values in sorted(right.items())}


def main() -> None:
    """Learns, or only measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ASSETS)
    parser.add_argument("--check", action="store_true", help="only measure the networks that are there")
    given = parser.parse_args()
    if not given.check:
        networks = learn()
        given.out.mkdir(parents=True, exist_ok=True)
        networks.save(given.out)
    print(json.dumps(check(Networks.load(given.out)), ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
