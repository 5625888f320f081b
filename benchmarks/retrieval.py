"""How well and how fast the index finds passages, beside BM25 alone over the same passages, in one run.

    python benchmarks/retrieval.py [--scale 5000 20000]

Quality is measured on data in ../shared, which is not part of the project; what is not there is skipped, saying so.

- evidence@k (seeds): one of the first k passages holds a piece of the gold evidence, white space apart.
- MRR@10, R@10 (NCP): the passage that holds the answer, or one that repeats it, among the first ten.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from index import Index
from index.bm25 import SATURATION, WordIndex, idf
from index.engines import Entry
from index.words import words
from sources.passages import Passage

SHARED = Path(__file__).resolve().parents[1] / ".." / "shared"
Search = Callable[[str], Sequence[Passage]]
COLD = """
import sys, time
start = time.perf_counter()
from pathlib import Path
from index import Index
with Index.open(Path(sys.argv[1])) as index:
    index.search(sys.argv[2])
    print(time.perf_counter() - start)
"""


@dataclass(frozen=True)
class Question:
    """A question and what its answer looks like, white space removed."""

    text: str
    gold: tuple[str, ...]


def squeezed(text: str) -> str:
    """`text` without white space."""
    return "".join(text.split())


def bm25_alone(passages: Sequence[Passage]) -> Search:
    """A search by the words of the passages and nothing else."""
    engine = WordIndex.build(Entry(row, passage.text, "") for row, passage in enumerate(passages))

    def search(question: str) -> list[Passage]:
        counts = Counter(words(question))
        found = engine.frequencies(list(counts))
        weights = {
            term: counts[term] * idf(len(engine), n) * SATURATION for term, n in zip(counts, found, strict=True) if n
        }
        return [passages[row] for row in engine.search(weights, 10)[0].tolist()]

    return search


def hybrid(index: Index) -> Search:
    """The index's own search."""
    return lambda question: [hit.passage for hit in index.search(question, k=10)]


def ranks(search: Search, questions: Sequence[Question]) -> tuple[list[int | None], list[float]]:
    """The place, from 1, of the first right passage of each question, None beyond ten; and the milliseconds it took."""
    search(questions[0].text)
    places: list[int | None] = []
    times: list[float] = []
    for question in questions:
        start = time.perf_counter()
        found = search(question.text)
        times.append((time.perf_counter() - start) * 1000)
        texts = [squeezed(passage.text) for passage in found]
        right = (place for place, text in enumerate(texts, 1) if any(gold in text for gold in question.gold))
        places.append(next(right, None))
    return places, sorted(times)


def report(name: str, search: Search, questions: Sequence[Question], *, evidence: bool) -> None:
    """One line: quality, and the time of a search."""
    places, times = ranks(search, questions)
    n = len(places)
    if evidence:
        shares = [sum(place is not None and place <= k for place in places) / n for k in (1, 5, 10)]
        quality = "evidence@1/5/10 " + " ".join(f"{share:.3f}" for share in shares)
    else:
        mrr = sum(1 / place for place in places if place) / n
        quality = f"MRR@10 {mrr:.3f}  R@10 {sum(place is not None for place in places) / n:.3f}"
    print(f"  {name:12} {quality}   p50 {times[n // 2]:.1f} ms  p95 {times[int(n * 0.95)]:.1f} ms   (n={n})")


def every_passage(index: Index) -> list[Passage]:
    """All passages of an index, in no order that matters."""
    return [passage for info in index.documents() for passage in index.passages(info.id)]


def measure(files: Path, questions: Sequence[Question], *, evidence: bool) -> None:
    """Index `files` in a fresh directory, then ask."""
    with tempfile.TemporaryDirectory() as folder, Index.open(Path(folder)) as index:
        index.search("预热")  # loads the embedder
        start = time.perf_counter()
        done = index.update([files])
        status = index.status()
        took = time.perf_counter() - start
        print(
            f"  {len(done.added)} files, {status.passages} passages, {status.figures} figures indexed in {took:.1f} s"
        )
        report("hybrid", hybrid(index), questions, evidence=evidence)
        report("BM25 alone", bm25_alone(every_passage(index)), questions, evidence=evidence)


def seeds() -> None:
    """The five seed documents and their dev questions."""
    print("seeds")
    file = SHARED / "qa" / "seeds-dev.jsonl"
    if not file.exists():
        print("  skipped: ../shared/qa is not here")
        return
    items = [json.loads(line) for line in file.read_text(encoding="utf8").splitlines()]
    questions = [
        Question(" ".join([*item.get("history", []), item["question"]]), tuple(map(squeezed, item["evidence"])))
        for item in items
        if item["evidence"] and item["answerable"]
    ]
    measure(SHARED / "seeds", questions, evidence=True)


def ncp() -> None:
    """599 policy documents of early 2020, 640 questions whose answer is a verbatim stretch of one of them."""
    print("NCP")
    folder = SHARED / "data" / "ncp"
    if not folder.exists():
        print("  skipped: ../shared/data/ncp is not here")
        return
    questions = []
    for line in (folder / "questions-dev.jsonl").read_text(encoding="utf8").splitlines():
        item = json.loads(line)
        answer = squeezed(item["answer"])
        # An answer longer than a passage stands in several; its middle is in the one that holds most of it.
        middle = answer[max(0, len(answer) // 2 - 20) : len(answer) // 2 + 20]
        questions.append(Question(item["question"], (middle,)))
    with tempfile.TemporaryDirectory() as files:
        for line in (folder / "docs.jsonl").read_text(encoding="utf8").splitlines():
            item = json.loads(line)
            (Path(files) / f"{item['docid']}.txt").write_text(item["text"], encoding="utf8")
        measure(Path(files), questions, evidence=False)


def news() -> Iterator[str]:
    """News texts, one a line."""
    with lzma.open(SHARED / "data" / "training" / "news.txt.xz", "rt", encoding="utf8") as file:
        yield from file


def scale(passages: int) -> None:
    """Times at about this many passages of news; the questions are stretches of some of them."""
    print(f"news, about {passages} passages")
    if not (SHARED / "data" / "training" / "news.txt.xz").exists():
        print("  skipped: ../shared/data/training is not here")
        return
    with tempfile.TemporaryDirectory() as where:
        files = Path(where) / "files"
        files.mkdir()
        lines = news()
        texts: list[str] = []
        while sum(map(len, texts)) < passages * 210 and (part := list(islice(lines, 20))):
            texts.append("\n".join(part))
            (files / f"{len(texts)}.txt").write_text(texts[-1], encoding="utf8")
        questions = [
            Question(text[100:124], (squeezed(text[100:124]),)) for text in texts[:: max(1, len(texts) // 200)]
        ]
        data = Path(where) / "data"
        with Index.open(data) as index:
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
            report("hybrid", hybrid(index), questions, evidence=False)
            report("BM25 alone", bm25_alone(every_passage(index)), questions, evidence=False)
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
        command = [sys.executable, "-c", COLD, str(data), questions[0].text]
        cold = [
            float(subprocess.run(command, capture_output=True, check=True, env=environment).stdout) for _ in range(3)
        ]
        print(f"  cold: import, open and first search {min(cold):.2f} s")


def main() -> None:
    """Run everything that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=int, nargs="*", default=[5000], metavar="PASSAGES")
    arguments = parser.parse_args()
    seeds()
    ncp()
    for passages in arguments.scale:
        scale(passages)


if __name__ == "__main__":
    main()
