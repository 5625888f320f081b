"""How well and how fast the index finds passages, beside BM25 alone over the same passages, in one run.

    python benchmarks/retrieval.py [--sets seeds ncp everyday-law] [--embedder contextual:] [--ablate] [--scale 5000]
    python benchmarks/retrieval.py --gate            # only what floors are pinned for, in half a minute

Quality is measured on data in ../shared, which is not part of the project; what is not there is skipped, saying so.
What was trained on is left out of the lines that say "held out". Differences to BM25 alone come with paired bootstrap
95% intervals.

- any@5, all@5 (seeds): among the first five passages are a piece, or every piece, of the gold evidence.
- MRR@10, R@10 (ncp): the passage that holds the answer, or one that repeats it, among the first ten.
- first (rgb): the first passage is of a text that holds the answer.
- any@5, MRR@10 (messages, university): the document that answers.
- nDCG@10, R@100 (stard, everyday-law): the gold articles among the first; a passage is an article, a document a law.
"""

from __future__ import annotations

import argparse
import lzma
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from math import log2
from pathlib import Path

import numpy as np

from eval.gate import load
from eval.statistics import paired
from index.embedders.embedder import Vectors
from index.embedders.registry import load_embedder
from index.engines.bm25 import SATURATION, WordIndex, idf
from index.engines.protocols import Entry
from index.index import Index
from index.ranking import networks
from index.ranking.features import FEATURES
from index.ranking.learned import WEIGHTS, LearnedRanker
from index.ranking.ranker import Ranker, Unranked
from index.search import search as search_in
from index.words import words
from sources.passages import Passage
from training import judged
from training.judged import Collection, Judged

SHARED = Path(__file__).resolve().parents[1] / ".." / "shared"
FLOORS = Path(__file__).with_name("floors.toml")
SEED = 20261122
STATIC = "static:"
Search = Callable[[str, int], Sequence[Passage]]
Metric = Callable[[Judged, Sequence[Passage]], float]
COLD = """
import sys, time
start = time.perf_counter()
from pathlib import Path
from index import Index
from index.embedders import load_embedder
with Index.open(Path(sys.argv[1]), embedder=load_embedder()) as index:
    index.search(sys.argv[2])
    print(time.perf_counter() - start)
"""


# -- systems -----------------------------------------------------------------------------------------------------------


def bm25_alone(passages: Sequence[Passage]) -> Search:
    """A search by the words of the passages and nothing else."""
    engine = WordIndex.build(Entry(row, passage.text, "") for row, passage in enumerate(passages))

    def search(question: str, k: int) -> list[Passage]:
        counts = Counter(words(question))
        found = engine.frequencies(list(counts))
        weights = {
            term: counts[term] * idf(len(engine), n) * SATURATION for term, n in zip(counts, found, strict=True) if n
        }
        return [passages[row] for row in engine.search(weights, k)[0].tolist()]

    return search


def ours(index: Index) -> Search:
    """The index's own search."""
    return lambda question, k: [hit.passage for hit in index.search(question, k=k)]


class NoVectors:
    """An embedder to which nothing is near anything."""

    name = "none"
    dimension = 1

    def encode(self, texts: Sequence[str]) -> Vectors:
        """(n, 1) zeros."""
        return np.zeros((len(texts), 1), np.float32)

    def encode_query(self, text: str) -> Vectors:
        """(1,) zeros."""
        return self.encode([text])[0]


GROUPS = {
    "words": [name for name in FEATURES if name.startswith(("pairs", "singles", "run", "title_asked"))],
    "word vectors": [name for name in FEATURES if name.startswith(("soft", "key"))],
    "title and headings": ["pairs_title", "pairs_heading", "pairs_all", "run_title", "title_asked", "soft_title"],
    "neighbours": ["pairs_around", "pairs_wide", "beside"],
    "whole document": ["document", "document_absolute", "same_document", "document_best", "document_sum"],
    "years, numbers, places": ["number", "year", "region"],
    "kind of question and look": [*list(FEATURES)[list(FEATURES).index("place") :]],
}
"""What the ranker looks at, by kind."""


def without(names: Iterable[str]) -> Ranker:
    """The shipped ranker, blind to some features."""
    network = networks.load(WEIGHTS, FEATURES)
    kept = np.array([name not in set(names) for name in FEATURES], np.float32)
    return LearnedRanker(replace(network, linear=network.linear * kept, hidden=network.hidden * kept[:, None]))


def ablations(index: Index) -> dict[str, Search]:
    """The index's search with one part left out at a time; nothing is trained anew for it."""
    snapshot, catalog = index._snapshots.current(), index._catalog

    def system(ranker: Ranker | None = None, *, vectors: bool = True, documents: bool = True) -> Search:
        engines = snapshot.engines
        if not vectors:
            engines = replace(engines, dense=())
        if not documents:
            engines = replace(engines, documents=())
        embedder = snapshot.embedder if vectors else NoVectors()
        return lambda question, k: [
            hit.passage
            for hit in search_in(question, k=k, catalog=catalog, engines=engines, embedder=embedder, ranker=ranker)
        ]

    return {
        "without the ranker": system(Unranked()),
        "without vectors": system(vectors=False),
        "without whole documents": system(documents=False),
        **{f"ranker without {name}": system(without(names)) for name, names in GROUPS.items()},
    }


def every_passage(index: Index) -> list[Passage]:
    """All passages of an index, in no order that matters."""
    return [passage for info in index.documents() for passage in index.passages(info.id)]


# -- quality -----------------------------------------------------------------------------------------------------------


def any_of(k: int) -> Metric:
    """1 where one of the first `k` is right."""
    return lambda question, found: float(any(question.holds(passage) for passage in found[:k]))


def all_of(k: int) -> Metric:
    """1 where every piece of gold stands in one of the first `k`."""
    return lambda question, found: float(
        len({number for passage in found[:k] for number in question.holds(passage)}) == len(question.gold)
    )


def share_of(k: int) -> Metric:
    """The share of the gold that stands in the first `k`."""
    return lambda question, found: (
        len({number for passage in found[:k] for number in question.holds(passage)}) / len(question.gold)
    )


def reciprocal(question: Judged, found: Sequence[Passage]) -> float:
    """1 / place of the first right one among ten."""
    return next((1 / place for place, passage in enumerate(found[:10], 1) if question.holds(passage)), 0.0)


def ndcg(question: Judged, found: Sequence[Passage]) -> float:
    """nDCG@10 with equal gains."""
    gain = sum(1 / log2(place + 1) for place, passage in enumerate(found[:10], 1) if question.holds(passage))
    return gain / sum(1 / log2(place + 1) for place in range(1, min(10, len(question.gold)) + 1))


METRICS: dict[str, dict[str, Metric]] = {
    "seeds": {"any@5": any_of(5), "all@5": all_of(5), "any@1": any_of(1)},
    "ncp": {"MRR@10": reciprocal, "R@10": any_of(10)},
    "rgb": {"first": any_of(1)},
    "stard": {"nDCG@10": ndcg, "R@100": share_of(100)},
    "everyday-law": {"nDCG@10": ndcg, "R@100": share_of(100)},
    "messages": {"any@5": any_of(5), "MRR@10": reciprocal},
    "university": {"any@5": any_of(5), "MRR@10": reciprocal},
}
Values = dict[str, dict[str, list[float]]]
"""System → metric → one value a question."""


def measured(
    collection: Collection, *, embedder: str = STATIC, ablate: bool = False
) -> tuple[Values, dict[str, list[float]]]:
    """Every system's values, and the milliseconds of its searches."""
    values: Values = {}
    times: dict[str, list[float]] = {}
    depth = 100 if "R@100" in METRICS[collection.name] else 10
    with tempfile.TemporaryDirectory() as folder:
        collection.write(Path(folder) / "files")
        chosen = load_embedder(embedder)
        with Index.open(Path(folder) / "data", embedder=chosen, intake=collection.intake, exact_limit=100_000) as index:
            index.update([Path(folder) / "files"], build=False)
            systems = {"youju": ours(index), "BM25 alone": bm25_alone(every_passage(index))}
            if ablate:
                systems |= ablations(index)
            for system, search in systems.items():
                search(collection.questions[0].text, depth)
                times[system] = []
                values[system] = {name: [] for name in METRICS[collection.name]}
                for question in collection.questions:
                    start = time.perf_counter()
                    found = search(question.text, depth)
                    times[system].append((time.perf_counter() - start) * 1000)
                    for name, metric in METRICS[collection.name].items():
                        values[system][name].append(metric(question, found))
    return values, times


def quality(name: str, *, embedder: str, ablate: bool) -> None:
    """Print a set's figures."""
    print(name)
    try:
        collections = list(judged.rgb()) if name == "rgb" else [judged.COLLECTIONS[name]()]
    except FileNotFoundError as error:
        print(f"  skipped: {error.filename} is not here")
        return
    values: Values = {}
    aside: list[bool] = []
    for collection in collections:
        own, times = measured(collection, embedder=embedder, ablate=ablate)
        aside += [question.held_out for question in collection.questions]
        for system, metrics in own.items():
            for metric, each in metrics.items():
                values.setdefault(system, {}).setdefault(metric, []).extend(each)
    if len(collections) == 1:
        for system in ("youju", "BM25 alone"):
            print(f"  {system:12} {_times(times[system])}")
    if any(aside) and not all(aside):
        _figures("held out", values, [n for n, held in enumerate(aside) if held])
    _figures("all", values, range(len(aside)))


def _figures(title: str, values: Values, chosen: Sequence[int]) -> None:
    for system, metrics in values.items():
        columns = []
        for metric, every in metrics.items():
            own = [every[n] for n in chosen]
            text = f"{metric} {np.mean(own):.3f}"
            if system != "BM25 alone":
                gap = paired(own, [values["BM25 alone"][metric][n] for n in chosen], seed=SEED)
                text += f" ({gap.difference:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}])"
            columns.append(text)
        print(f"  {title}, n={len(chosen)}: {system:40} {'  '.join(columns)}")


def _times(times: Sequence[float]) -> str:
    ordered = sorted(times)
    return f"p50 {ordered[len(ordered) // 2]:.1f} ms  p95 {ordered[int(len(ordered) * 0.95)]:.1f} ms"


def gate() -> int:
    """Hold the pinned floors on what is here; the exit status."""
    failed = 0
    floors = load(FLOORS)
    for name in dict.fromkeys(floor.set for floor in floors):
        try:
            collection = judged.COLLECTIONS[name]()
        except FileNotFoundError as error:
            print(f"{name}: skipped, {error.filename} is not here")
            continue
        aside = tuple(question for question in collection.questions if question.held_out)
        values, _ = measured(replace(collection, questions=aside))
        for floor in (floor for floor in floors if floor.set == name):
            value = float(np.mean(values[floor.system][floor.metric]))
            same = floor.cases_digest == collection.digest
            held = same and floor.holds(value)
            remark = (
                "" if held else f" ✗ {floor.bound}" if same else f" ✗ data has changed: {collection.digest}; pin anew"
            )
            print(f"{floor.name} {value:.3f}{remark}")
            failed += not held
    return int(bool(failed))


# -- cost --------------------------------------------------------------------------------------------------------------


def news() -> Iterator[str]:
    """News texts, one a line."""
    with lzma.open(SHARED / "data" / "training" / "news.txt.xz", "rt", encoding="utf8") as file:
        yield from file


def cost(name: str, search: Search, questions: Sequence[str]) -> None:
    """Two lines: the time of a search for ten passages, and when its passages have been looked at before."""
    search("预热", 10)
    for turn in ("first time", "again"):
        times = []
        for question in questions:
            start = time.perf_counter()
            search(question, 10)
            times.append((time.perf_counter() - start) * 1000)
        print(f"  {name:20} {turn:10} {_times(times)}   (n={len(times)})")


def texts_of(passages: int) -> Iterator[str]:
    """News, twenty to a text, of about this many passages together; again with other numbers when it runs out."""
    characters, turn = 0, 0
    while characters < passages * 210:
        lines = news()
        while characters < passages * 210 and (part := list(islice(lines, 20))):
            text = "\n".join(part)
            # Nobody has 200,000 passages of the same: what repeats is told apart by its digits.
            text = text.translate({ord(str(d)): str((d + turn) % 10) for d in range(10)}) if turn else text
            characters += len(text)
            yield text
        turn += 1


def scale(passages: int) -> None:
    """Times at about this many passages of news; the questions are stretches of some of them."""
    print(f"news, about {passages} passages")
    if not (SHARED / "data" / "training" / "news.txt.xz").exists():
        print("  skipped: ../shared/data/training is not here")
        return
    with tempfile.TemporaryDirectory() as where:
        files, data = Path(where) / "files", Path(where) / "data"
        files.mkdir()
        starts = []
        for number, text in enumerate(texts_of(passages), 1):
            (files / f"{number}.txt").write_text(text, encoding="utf8")
            starts.append(text[100:124])
        questions = starts[:: max(1, len(starts) // 200)]
        with Index.open(data, embedder=load_embedder(STATIC), intake=judged.plain_intake()) as index:
            index.search("预热")
            start = time.perf_counter()
            index.update([files], build=False)
            read = time.perf_counter() - start
            start = time.perf_counter()
            index.build()
            built = time.perf_counter() - start
            held = index.status().passages
            print(f"  {held} passages: read, embedded and committed in {read:.1f} s, engines built in {built:.1f} s")
            index.search("预热")  # opens what was built
            (files / "new.txt").write_text("新增一份文件\n今年新建湖羊养殖示范区三十个。", encoding="utf8")
            start = time.perf_counter()
            index.update([files / "new.txt"])
            assert "湖羊" in index.search("湖羊养殖示范区", k=1)[0].passage.text
            print(f"  one more document, until it is found: {(time.perf_counter() - start) * 1000:.0f} ms")
            cost("youju", ours(index), questions)
            cost("without the ranker", ablations(index)["without the ranker"], questions)
            cost("BM25 alone", bm25_alone(every_passage(index)), questions)
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
        command = [sys.executable, "-c", COLD, str(data), questions[0]]
        cold = [
            float(subprocess.run(command, capture_output=True, check=True, env=environment).stdout) for _ in range(3)
        ]
        print(f"  cold: import, open and first search {min(cold):.2f} s")


def main() -> int:
    """Run everything that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="*", default=["seeds", "ncp", "rgb"], choices=METRICS)
    parser.add_argument("--embedder", default=STATIC, help="as YOUJU_EMBEDDER; floors are pinned for the static one")
    parser.add_argument("--ablate", action="store_true", help="also with one part left out at a time")
    parser.add_argument("--scale", type=int, nargs="*", default=[5000], metavar="PASSAGES")
    parser.add_argument("--gate", action="store_true", help="hold the pinned floors and nothing else")
    arguments = parser.parse_args()
    if arguments.gate:
        return gate()
    for name in arguments.sets:
        quality(name, embedder=arguments.embedder, ablate=arguments.ablate)
    for passages in arguments.scale:
        scale(passages)
    return 0


if __name__ == "__main__":
    sys.exit(main())
