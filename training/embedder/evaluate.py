"""Measures an embedder: `python -m training.embedder.evaluate [FOLDER | NAME] [--against FOLDER | NAME]`.

On the half of the questions that `eval.splits` holds out, alone and added to BM25:

- NCP: 250-character passages of 599 policy documents; the gold passages are those of the named document that hold the
  answer (or most of it, where it runs over a cut). MRR@10 and recall at 10.
- STARD: lay questions over 62,506 articles of law. nDCG@10 and recall at 100; only with `--stard`.

On all questions, alone (nothing of them is trained on):

- CMRC 2018 dev: 3,219 questions, 848 passages. MRR@10.
- RGB refine: how often the best of a question's positive and negative passages is a positive one.

Beside a second model each figure has the difference and its 95 % interval, by paired bootstrap over questions.
"""

from __future__ import annotations

import argparse
import json
import lzma
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.splits import held_out, linked
from index.embedders.embedder import Embedder, Vectors
from index.embedders.registry import load_embedder
from index.embedders.static import StaticEmbedder
from index.engines.bm25 import SATURATION, WordIndex, idf
from index.engines.protocols import Entry
from index.words import words
from training.corpora import DATA

PASSAGE_CHARACTERS = 250
DENSE_WEIGHT = 0.8
"""How much a cosine counts beside a BM25 score that is 1 at best. Fixed: the half of the questions that could choose it
may be one the model was trained on."""
_LEXICAL_POOL = 1000
_RESAMPLES = 5000
Cases = NDArray[np.float64]
"""(questions,) what a figure is the mean of."""


@dataclass(frozen=True)
class Questions:
    """A set of questions over passages."""

    passages: list[str]
    questions: list[str]
    gold: list[set[int]]
    held: NDArray[np.bool_]

    # (questions,) whether a question is kept from training


def ranks_of_gold(scores: Vectors, gold: Sequence[set[int]]) -> NDArray[np.int64]:
    """The 0-based place of the best gold passage of each row of `scores` (questions, passages), ties against it."""
    found = []
    for row, wanted in zip(scores, gold, strict=True):
        best = max(row[place] for place in wanted)
        found.append(int((row >= best).sum()) - len([p for p in wanted if row[p] >= best]))
    return np.array(found, dtype=np.int64)


def reciprocal(ranks: NDArray[np.int64], depth: int = 10) -> Cases:
    """1 / place of each, 0 from `depth` on."""
    return np.where(ranks < depth, 1 / (ranks + 1), 0)


def within(ranks: NDArray[np.int64], depth: int = 10) -> Cases:
    """1 for each among the first `depth`, else 0."""
    return (ranks < depth).astype(float)


def mrr(ranks: NDArray[np.int64], depth: int = 10) -> float:
    """Mean reciprocal rank, counting places under `depth` only."""
    return float(reciprocal(ranks, depth).mean())


def recall(ranks: NDArray[np.int64], depth: int = 10) -> float:
    """The share of questions with a gold passage among the first `depth`."""
    return float(within(ranks, depth).mean())


def cut(text: str, size: int = PASSAGE_CHARACTERS) -> list[str]:
    """`text` in passages of `size` characters, the plainest cut there is."""
    return [text[start : start + size] for start in range(0, len(text), size)]


def ncp() -> Questions:
    """NCP's development set; questions whose answer isn't found are left out."""
    passages: list[str] = []
    places: dict[str, tuple[int, list[str]]] = {}
    for record in _lines(DATA / "ncp" / "docs.jsonl"):
        text = "".join(record["text"].split())
        parts = cut(text)
        places[record["docid"]] = len(passages), parts
        passages += parts
    questions, gold, held = [], [], []
    for record in _lines(DATA / "ncp" / "questions-dev.jsonl"):
        first, parts = places[record["docid"]]
        answer = "".join(record["answer"].split())
        start = "".join(parts).find(answer)
        if start < 0:
            continue
        shares = [
            min(start + len(answer), (place + 1) * PASSAGE_CHARACTERS) - max(start, place * PASSAGE_CHARACTERS)
            for place in range(len(parts))
        ]
        wanted = {
            first + place for place, share in enumerate(shares) if share * 2 > min(len(answer), PASSAGE_CHARACTERS)
        }
        questions.append(record["question"])
        gold.append(wanted or {first + int(np.argmax(shares))})
        held.append(held_out(record["docid"]))
    return Questions(passages, questions, gold, np.array(held))


def cmrc() -> Questions:
    """CMRC 2018's development set."""
    data = json.loads((DATA / "cmrc2018" / "cmrc2018_dev.json").read_text(encoding="utf-8"))["data"]
    passages, questions, gold = [], [], []
    for article in data:
        for paragraph in article["paragraphs"]:
            passages.append(paragraph["context"])
            for item in paragraph["qas"]:
                questions.append(item["question"])
                gold.append({len(passages) - 1})
    return Questions(passages, questions, gold, np.ones(len(questions), dtype=bool))


def stard() -> Questions:
    """STARD's development set over all its articles."""
    with lzma.open(DATA / "stard" / "articles.jsonl.xz", "rt", encoding="utf-8") as lines:
        articles = [json.loads(line) for line in lines]
    place = {article["id"]: number for number, article in enumerate(articles)}
    records = list(_lines(DATA / "stard" / "questions-dev.jsonl"))
    groups = linked([record["gold"] for record in records])
    gold = [{place[each] for each in record["gold"] if each in place} for record in records]
    known = [number for number, wanted in enumerate(gold) if wanted]
    return Questions(
        [f"{article['law']} {article['article']} {article['text']}" for article in articles],
        [records[number]["question"] for number in known],
        [gold[number] for number in known],
        np.array([held_out(groups[number]) for number in known]),
    )


def lexical(asked: Questions) -> Vectors:
    """(questions, passages) BM25 over the best one's; 0 beyond the first thousand."""
    index = WordIndex.build(Entry(row, text, "") for row, text in enumerate(asked.passages))
    scores = np.zeros((len(asked.questions), len(asked.passages)), dtype=np.float32)
    for row, question in zip(scores, asked.questions, strict=True):
        counts = Counter(words(question))
        found = index.frequencies(list(counts))
        weights = {
            term: number * idf(len(index), frequency) * SATURATION
            for (term, number), frequency in zip(counts.items(), found, strict=True)
            if frequency
        }
        places, values = index.search(weights, _LEXICAL_POOL)
        if len(places):
            row[places] = values / values[0]
    return scores


def gains(scores: Vectors, gold: Sequence[set[int]]) -> tuple[Cases, Cases]:
    """nDCG@10 and recall at 100 of each row of `scores`."""
    ndcg, found = [], []
    for row, wanted in zip(scores, gold, strict=True):
        order = [int(place) for place in np.argsort(-row, kind="stable")[:100]]
        ideal = sum(1 / np.log2(n + 2) for n in range(min(10, len(wanted))))
        ndcg.append(sum(1 / np.log2(n + 2) for n, place in enumerate(order[:10]) if place in wanted) / ideal)
        found.append(len(wanted.intersection(order)) / len(wanted))
    return np.array(ndcg), np.array(found)


def rgb_positive_first(embedder: Embedder) -> Cases:
    """1 for each RGB question whose nearest passage is a positive one, else 0."""
    right = []
    for record in _lines(DATA / "rgb" / "zh_refine.json"):
        passages = record["positive"] + record["negative"]
        if record["positive"] and record["negative"]:
            best = int(np.argmax(embedder.encode(passages) @ embedder.encode_query(record["query"])))
            right.append(best < len(record["positive"]))
    return np.array(right, dtype=float)


def evaluate(embedders: Sequence[Embedder], *, with_stard: bool = False) -> list[dict[str, Cases]]:
    """For each embedder every figure by its name, question by question."""
    figures: list[dict[str, Cases]] = [{} for _ in embedders]
    policy, reading = ncp(), cmrc()
    words_of_policy = lexical(policy)
    law = stard() if with_stard else None
    words_of_law = lexical(law) if law else None
    for embedder, found in zip(embedders, figures, strict=True):
        cosines = _cosines(embedder, policy)
        held = np.flatnonzero(policy.held)
        gold = [policy.gold[place] for place in held]
        both = words_of_policy + DENSE_WEIGHT * cosines
        for name, scores in (("", cosines), (" with BM25", both)):
            ranks = ranks_of_gold(scores[held], gold)
            found[f"ncp{name} MRR@10"], found[f"ncp{name} R@10"] = reciprocal(ranks), within(ranks)
        found["cmrc MRR@10"] = reciprocal(ranks_of_gold(_cosines(embedder, reading), reading.gold))
        found["rgb positive first"] = rgb_positive_first(embedder)
        if law and words_of_law is not None:
            cosines = _cosines(embedder, law)
            held = np.flatnonzero(law.held)
            gold = [law.gold[place] for place in held]
            for name, scores in (("", cosines), (" with BM25", words_of_law + DENSE_WEIGHT * cosines)):
                found[f"stard{name} nDCG@10"], found[f"stard{name} R@100"] = gains(scores[held], gold)
    return figures


def interval(first: Cases, second: Cases, *, seed: int = 0) -> tuple[float, float]:
    """95 % interval of the mean of `first` less that of `second`, by bootstrap over the questions both answered."""
    difference = first - second
    draw = np.random.default_rng(seed)
    means = [difference[draw.integers(0, len(difference), len(difference))].mean() for _ in range(_RESAMPLES)]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def _cosines(embedder: Embedder, asked: Questions) -> Vectors:
    queries = np.stack([embedder.encode_query(question) for question in asked.questions])
    scores: Vectors = queries @ embedder.encode(asked.passages).T
    return scores


def _lines(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def _load(name: str) -> Embedder:
    if not name:
        return StaticEmbedder()
    return StaticEmbedder(name) if (Path(name) / "model.safetensors").is_file() else load_embedder(name)


def main() -> None:
    """Print the figures of one embedder, and how another compares."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("model", nargs="?", default="", help="a static model's folder, or any name load_embedder takes")
    parser.add_argument("--against", help="a second one; differences are the first less this")
    parser.add_argument("--stard", action="store_true", help="also the articles of law (two minutes)")
    options = parser.parse_args()
    embedders = [_load(name) for name in (options.model, options.against) if name is not None]
    print(*(f"{embedder.name} ({embedder.dimension})" for embedder in embedders), sep=" against ")
    figures = evaluate(embedders, with_stard=options.stard)
    for name, cases in figures[0].items():
        line = f"{name:26} {cases.mean():.3f}"
        if len(figures) > 1:
            other = figures[1][name]
            low, high = interval(cases, other)
            line += f"   {other.mean():.3f}   {cases.mean() - other.mean():+.3f} [{low:+.3f}, {high:+.3f}]"
        print(f"{line}   n={len(cases)}")


if __name__ == "__main__":
    main()
