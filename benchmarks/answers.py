"""What a keyless answer costs beside the search in it: `python -m benchmarks.answers [--passages 200000] [--keep DIR]`.

    ../shared/seeds, 100 questions     search p50 … p95 …, answer p50 … p95 …, ratio
    news, 200,000 passages             the same for the questions of RGB

Both in one run, each question asked once to warm up nothing but the models; `--keep` keeps the large index for another
run. What isn't there is skipped, saying so.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from assistant.ask import Assistant, build
from assistant.config import Config
from benchmarks.retrieval import SHARED, texts_of

_WARM = 5


def percentiles(times: Sequence[float]) -> str:
    """Median and 95th percentile, in milliseconds."""
    cuts = statistics.quantiles(times, n=20)
    return f"p50 {cuts[9] * 1000:.1f} ms  p95 {cuts[18] * 1000:.1f} ms"


def measure(name: str, assistant: Assistant, questions: Sequence[str]) -> None:
    """Three lines: searches alone, whole answers, and how many times longer the median answer takes."""
    k = assistant.config.passages
    searches, answers = [], []
    for number, question in enumerate(questions):
        start = time.perf_counter()
        assistant.search(question, k=k)
        searched = time.perf_counter()
        assistant.ask(question)
        if number >= _WARM:
            searches.append(searched - start)
            answers.append(time.perf_counter() - searched)
    print(f"{name}: {assistant.index.status().passages} passages, {len(answers)} questions")
    print(f"  search, {k} passages   {percentiles(searches)}")
    print(f"  answer               {percentiles(answers)}")
    print(f"  answer over search   {statistics.median(answers) / statistics.median(searches):.1f} ×", flush=True)


@contextmanager
def kept(folder: Path | None) -> Iterator[Path]:
    """The folder, or one that goes away again."""
    if folder is None:
        with tempfile.TemporaryDirectory() as made:
            yield Path(made)
    else:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder


def seeds() -> None:
    """On the five documents and their questions."""
    cases = SHARED / "qa" / "seeds-dev.jsonl"
    if not cases.exists():
        print(f"skipped: {cases} is not here")
        return
    questions = [json.loads(line)["question"] for line in cases.read_text("utf8").splitlines()]
    with tempfile.TemporaryDirectory() as data:
        assistant = build(Config(data_dir=Path(data)), sources=[SHARED / "seeds"])
        measure("seeds", assistant, questions)
        assistant.close()


def large(passages: int, keep: Path | None) -> None:
    """On about this many passages of news, for the questions of RGB."""
    cases = SHARED / "data" / "rgb" / "zh_refine.json"
    if not cases.exists():
        print(f"skipped: {cases} is not here")
        return
    questions = [json.loads(line)["query"] for line in cases.read_text("utf8").splitlines()]
    with kept(keep) as folder:
        files = folder / "files"
        is_new = not files.exists()
        if is_new:
            files.mkdir()
            for number, text in enumerate(texts_of(passages), 1):
                (files / f"{number}.txt").write_text(text, encoding="utf8")
        start = time.perf_counter()
        assistant = build(Config(data_dir=folder / "data"), sources=[files])
        if is_new:
            assistant.index.build()
            print(f"indexed in {time.perf_counter() - start:.0f} s", flush=True)
        measure("news", assistant, questions)
        assistant.close()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=0, help="also on a library of about this many passages of news")
    parser.add_argument("--keep", type=Path, help="keep its files and its index in this folder")
    given = parser.parse_args()
    seeds()
    if given.passages:
        large(given.passages, given.keep)


if __name__ == "__main__":
    main()
