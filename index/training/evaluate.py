"""Measures an embedder on its own: `python -m index.training.evaluate [FOLDER | NAME]` (the shipped one by default).

- NCP: 640 questions over 250-character passages of 599 policy documents; the gold passages are those of the named
  document that hold the answer (or most of it, where it runs over a cut). MRR@10 and recall at 10.
- CMRC 2018 dev: 3,219 questions, 848 passages. MRR@10.
- RGB refine: how often the best of a question's positive and negative passages is a positive one.
- STARD: 1,231 lay questions over 62,506 articles of law. nDCG@10 and recall at 100; only with `--stard`.
"""

import argparse
import json
import lzma
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.embedders import Embedder, StaticEmbedder, Vectors, load_embedder

from .corpora import DATA

PASSAGE_CHARACTERS = 250


def ranks_of_gold(scores: Vectors, gold: Sequence[set[int]]) -> NDArray[np.int64]:
    """The 0-based place of the best gold passage of each row of `scores` (questions, passages), ties against it."""
    found = []
    for row, wanted in zip(scores, gold, strict=True):
        best = max(row[place] for place in wanted)
        found.append(int((row >= best).sum()) - len([p for p in wanted if row[p] >= best]))
    return np.array(found, dtype=np.int64)


def mrr(ranks: NDArray[np.int64], depth: int = 10) -> float:
    """Mean reciprocal rank, counting places under `depth` only."""
    return float(np.where(ranks < depth, 1 / (ranks + 1), 0).mean())


def recall(ranks: NDArray[np.int64], depth: int = 10) -> float:
    """The share of questions with a gold passage among the first `depth`."""
    return float((ranks < depth).mean())


def cut(text: str, size: int = PASSAGE_CHARACTERS) -> list[str]:
    """`text` in passages of `size` characters, the plainest cut there is."""
    return [text[start : start + size] for start in range(0, len(text), size)]


def ncp() -> tuple[list[str], list[str], list[set[int]]]:
    """Passages, questions and each question's gold passages; questions whose answer isn't found are left out."""
    passages: list[str] = []
    places: dict[str, tuple[int, list[str]]] = {}
    for record in _lines(DATA / "ncp" / "docs.jsonl"):
        text = "".join(record["text"].split())
        parts = cut(text)
        places[record["docid"]] = len(passages), parts
        passages += parts
    questions, gold = [], []
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
    return passages, questions, gold


def cmrc() -> tuple[list[str], list[str], list[set[int]]]:
    """Passages, questions and each question's passage."""
    data = json.loads((DATA / "cmrc2018" / "cmrc2018_dev.json").read_text(encoding="utf-8"))["data"]
    passages, questions, gold = [], [], []
    for article in data:
        for paragraph in article["paragraphs"]:
            passages.append(paragraph["context"])
            for item in paragraph["qas"]:
                questions.append(item["question"])
                gold.append({len(passages) - 1})
    return passages, questions, gold


def rgb_positive_first(embedder: Embedder) -> float:
    """The share of RGB questions whose nearest passage is a positive one."""
    right = []
    for record in _lines(DATA / "rgb" / "zh_refine.json"):
        passages = record["positive"] + record["negative"]
        if record["positive"] and record["negative"]:
            best = int(np.argmax(embedder.encode(passages) @ embedder.encode_query(record["query"])))
            right.append(best < len(record["positive"]))
    return float(np.mean(right))


def stard(embedder: Embedder) -> dict[str, float]:
    """nDCG@10 and recall at 100 over all articles."""
    with lzma.open(DATA / "stard" / "articles.jsonl.xz", "rt", encoding="utf-8") as lines:
        articles = [json.loads(line) for line in lines]
    place = {str(article["id"]): number for number, article in enumerate(articles)}
    vectors = embedder.encode([f"{article['law']} {article['article']} {article['text']}" for article in articles])
    gains, found = [], []
    for record in _lines(DATA / "stard" / "questions-dev.jsonl"):
        gold = {place[str(i)] for i in record["gold"] if str(i) in place}
        if not gold:
            continue
        scores = vectors @ embedder.encode_query(record["question"])
        order = [int(i) for i in np.argsort(-scores)[:100]]
        ideal = sum(1 / np.log2(n + 2) for n in range(min(10, len(gold))))
        gains.append(sum(1 / np.log2(n + 2) for n, i in enumerate(order[:10]) if i in gold) / ideal)
        found.append(len(gold.intersection(order)) / len(gold))
    return {"stard nDCG@10": float(np.mean(gains)), "stard R@100": float(np.mean(found))}


def evaluate(embedder: Embedder, *, with_stard: bool = False) -> dict[str, float]:
    """Every figure by its name."""
    figures: dict[str, float] = {}
    for name, (passages, questions, gold) in (("ncp", ncp()), ("cmrc", cmrc())):
        started = time.perf_counter()
        vectors = embedder.encode(passages)
        figures[f"{name} passages/s"] = len(passages) / (time.perf_counter() - started)
        ranks = ranks_of_gold(np.stack([embedder.encode_query(q) for q in questions]) @ vectors.T, gold)
        figures |= {f"{name} MRR@10": mrr(ranks), f"{name} R@10": recall(ranks)}
    figures["rgb positive first"] = rgb_positive_first(embedder)
    if with_stard:
        figures |= stard(embedder)
    return figures


def _lines(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def main() -> None:
    """Print the figures of one embedder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("model", nargs="?", default="", help="a static model's folder, or any name load_embedder takes")
    parser.add_argument("--stard", action="store_true", help="also the articles of law (half a minute)")
    options = parser.parse_args()
    static = not options.model or (Path(options.model) / "model.safetensors").is_file()
    embedder = StaticEmbedder(*([options.model] if options.model else [])) if static else load_embedder(options.model)
    print(embedder.name, embedder.dimension)
    for name, value in evaluate(embedder, with_stard=options.stard).items():
        print(f"{name:20} {value:.3f}" if value <= 1 else f"{name:20} {value:.0f}")


if __name__ == "__main__":
    main()
