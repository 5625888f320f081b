"""How fast figures are read, and what that adds to indexing: all in one run.

    python benchmarks/figures.py [FOLDER] [--rounds 3]

FOLDER holds the documents, by default those in ../shared, which is not part of the project. Each time is the best of
the rounds. Extraction is told in CPU time, which other work on the machine adds little to; indexing with and without
figures takes turns, so that a busy machine slows both.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from index.embedders import shipped
from index.index import Index
from index.upkeep.intake import Intake
from sources.documents import Document
from sources.figures.figure import Figure
from sources.figures.prose import extract_figures
from sources.readers.files import find_files, read

SHARED = Path(__file__).resolve().parents[1] / ".." / "shared"


def extraction(documents: list[Document]) -> tuple[float, int]:
    """CPU seconds that reading all figures takes, and how many there are."""
    start = time.process_time()
    count = sum(len(extract_figures(document)) for document in documents)
    return time.process_time() - start, count


def indexing(folder: Path, intake: Intake) -> float:
    """Seconds that indexing the folder afresh takes, with the embedder loaded."""
    with tempfile.TemporaryDirectory() as data, Index.open(Path(data), embedder=shipped(), intake=intake) as index:
        index.search("预热")
        start = time.perf_counter()
        index.update([folder])
        return time.perf_counter() - start


def no_figures(_: Document) -> list[Figure]:
    """None at all."""
    return []


def main() -> int:
    """Prints megabytes a second, and both times with their ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=SHARED / "seeds")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if not options.folder.is_dir():
        print(f"{options.folder}: not here; name a folder of documents")
        return 1
    documents = [read(path) for path in find_files([options.folder]).files]
    size = sum(len(document.text.encode()) for document in documents)
    times = [extraction(documents) for _ in range(options.rounds)]
    best = min(seconds for seconds, _ in times)
    print(f"{len(documents)} documents, {size / 1e6:.2f} MB of text, {times[0][1]} figures")
    print(f"extraction  {best:.2f} s, {size / 1e6 / best:.2f} MB a second on one core")
    whole = Intake.of_sources()
    bare = replace(whole, extract_figures=no_figures)
    with_figures, without = [], []
    for _ in range(options.rounds):
        without.append(indexing(options.folder, bare))
        with_figures.append(indexing(options.folder, whole))
    print(
        f"indexing    {min(with_figures):.2f} s with figures, {min(without):.2f} s without, "
        f"ratio {min(with_figures) / min(without):.2f}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
