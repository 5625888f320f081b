"""What the contextual embedder costs beside the static one, in one run: `python -m benchmarks.embedding`.

- texts: passages of some 250 characters embedded a second of one core's time, and milliseconds for a question;
- build: seconds of processor time to take in a folder with each, the library's five documents and `--passages` of
  news (../shared, not part of the project), in a process of its own, and the most memory it had;
- switch: what a folder costs whose vectors are there, after one file has changed.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from assistant.ask import SAMPLE_LIBRARY
from index.embedders import Embedder, shipped, shipped_contextual
from training.corpora import news

NAMES = ("static:", "contextual:")
QUESTION = "农村居民人均可支配收入比上年增长多少？"
TAKEN_IN = """
import json, resource, sys, time
from pathlib import Path
from index.embedders import load_embedder
from index.index import Index
with Index.open(Path(sys.argv[2]), embedder=load_embedder(sys.argv[1])) as index:
    began = time.process_time()
    index.update([Path(sys.argv[3])])
    index.switch()
    seconds, passages = time.process_time() - began, index.status().passages
print(json.dumps([passages, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def texts(embedder: Embedder, passages: Sequence[str]) -> tuple[float, float]:
    """Passages a second of processor time, and milliseconds for a question."""
    embedder.encode(passages[:4])
    began = time.process_time()
    embedder.encode(passages)
    rate = len(passages) / (time.process_time() - began)
    began = time.process_time()
    for _ in range(20):
        embedder.encode_query(QUESTION)
    return rate, (time.process_time() - began) / 20 * 1000


def taken_in(name: str, data: Path, folder: Path) -> tuple[int, float, float]:
    """Passages, seconds of processor time (those of the readers' processes apart), and MB at most."""
    command = [sys.executable, "-c", TAKEN_IN, name, str(data), str(folder)]
    passages, seconds, memory = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return passages, seconds, memory


def built(title: str, folder: Path) -> None:
    """A line for each embedder, and their ratio; then one file is changed."""
    found = {}
    with tempfile.TemporaryDirectory() as data:
        for name in NAMES:
            passages, first, memory = taken_in(name, Path(data, name.rstrip(":")), folder)
            changed = next(folder.iterdir())
            changed.write_text(changed.read_text("utf8") + "\n新增一段，写明今年新建湖羊养殖示范区三十个。\n", "utf8")
            _, again, _ = taken_in(name, Path(data, name.rstrip(":")), folder)
            found[name] = first, again, memory
            print(
                f"{title:10} {name:12} {passages:6} passages  {first:7.2f} s  {memory:5.0f} MB  changed {again:5.2f} s"
            )
    static, contextual = (found[name] for name in NAMES)
    ratios = [two / one for one, two in zip(static, contextual, strict=True)]
    print(f"{title:10} ratio: time {ratios[0]:.1f}, after a change {ratios[1]:.1f}, memory {ratios[2]:.2f}")


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=2000)
    passages = parser.parse_args().passages
    whole = "".join(path.read_text("utf8") for path in sorted(SAMPLE_LIBRARY.glob("*.md")))
    sample = [whole[at : at + 250] for at in range(0, 64 * 250, 250)]
    rates = {name: texts(each, sample) for name, each in zip(NAMES, (shipped(), shipped_contextual()), strict=True)}
    for name, (rate, question) in rates.items():
        print(f"texts      {name:12} {rate:9.1f} passages a second of a core, a question {question:.2f} ms")
    with tempfile.TemporaryDirectory() as scratch:
        library = Path(scratch, "library")
        library.mkdir()
        for path in SAMPLE_LIBRARY.glob("*.md"):
            (library / path.name).write_bytes(path.read_bytes())
        built("library", library)
        many = Path(scratch, "many")
        many.mkdir()
        try:
            for n, text in enumerate(itertools.islice(news(), passages // 4)):
                (many / f"{n}.txt").write_text(text[:900], "utf8")
        except FileNotFoundError as error:
            print(f"many       skipped: {error.filename} is not here")
            return
        built("many", many)


if __name__ == "__main__":
    main()
