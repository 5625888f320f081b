"""How fast files are read and taken in, how much memory that needs, and how both grow with size.

    .venv/bin/python -m benchmarks.reading [--files 10000] [--doublings 4] [--folder FOLDER] [--out FILE]

- kinds: a sample of every kind, many times over, read in the sandbox with all cores: files, MB and pages a second, and
  the greatest memory that any process of it had;
- growth: one text and one PDF of n, 2n, 4n… times the same: seconds here, in one process, and the ratio of each to the
  one before (2 where cost grows in line with size);
- many: small texts of different words, taken in by an update of an empty index, and again when nothing has changed;
- folder: with --folder, the files of one's own, by kind.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from benchmarks.samples import PARAGRAPHS, SAMPLES, TITLE, pdf
from sources.documents import SourceError
from sources.readers.files import READERS, find_files
from sources.readers.kinds import promised_by
from sources.readers.sandbox import Sandbox
from sources.taking import take

_ROW = "{:<16}" + "{:>10}" * 7
_HEAD = ("kind", "files", "unread", "MB", "s", "files/s", "MB/s", "pages/s")
_SECONDS = 4.0
"""About how long a kind is measured for."""
_NAMES = "清溪龙潭石桥柳林青山白沙大河南坪云峰梅岭松原金泉"
_ABOUT = ("镇农村居民人均可支配收入", "村集体经营收入为", "乡累计投入资金", "社区发放补贴", "县一般公共预算收入")


def kinds() -> list[dict[str, object]]:
    """A row for each kind, of its sample many times over."""
    rows = []
    for kind in READERS:
        suffix, make = SAMPLES[kind]
        made = make()
        with tempfile.TemporaryDirectory() as name:
            paths = [Path(name, f"{n}{suffix}") for n in range(400)]
            for n, path in enumerate(paths):
                path.write_bytes(made)
                if n == 1:  # how long one takes in a process that has read one says how many are worth while
                    began = time.monotonic()
                    list(Sandbox().each(paths[:2], take))
                    paths = paths[: max(4, min(400, int(_SECONDS / (time.monotonic() - began) * 20)))]
            for path in paths:
                path.write_bytes(made)
            rows.append(measured(kind, paths))
    return rows


def measured(kind: str, paths: Sequence[Path]) -> dict[str, object]:
    """What taking in these files came to."""
    size = sum(path.stat().st_size for path in paths) / 2**20
    unread = pages = 0
    began = time.monotonic()
    with closing(Sandbox().each(paths, take)) as outcomes:
        for _, outcome in outcomes:
            if isinstance(outcome, SourceError):
                unread += 1
            else:
                pages += len(outcome.document.pages)
    seconds = time.monotonic() - began
    row = {"kind": kind, "files": len(paths), "unread": unread, "MB": size, "s": seconds}
    row |= {"files/s": len(paths) / seconds, "MB/s": size / seconds, "pages/s": pages / seconds}
    print(_ROW.format(*(f"{row[key]:.4g}" if isinstance(row[key], float) else str(row[key]) for key in _HEAD)))
    return row


def growth(doublings: int) -> list[dict[str, object]]:
    """Seconds of one file of doubling size, each in a process of its own."""

    def text(times: int) -> bytes:
        lines = (f"第{n}节\n{PARAGRAPHS[n % len(PARAGRAPHS)]}\n{n}号文件提出，{PARAGRAPHS[0]}\n" for n in range(times))
        return f"{TITLE}\n{''.join(lines)}".encode()

    makers: dict[str, tuple[Callable[[int], bytes], int]] = {".txt": (text, 500)}
    if "pdf" in READERS:
        makers[".pdf"] = (lambda times: pdf(pages=times), 60)
    rows: list[dict[str, object]] = []
    for suffix, (make, times) in makers.items():
        before = 0.0
        for doubling in range(doublings + 1):
            with tempfile.TemporaryDirectory() as name:
                path = Path(name, f"{doubling}{suffix}")
                path.write_bytes(make(times * 2**doubling))
                script = (
                    "import resource, sys, time; from pathlib import Path; from sources.taking import take\n"
                    "t = time.process_time(); take(Path(sys.argv[1]))\n"
                    "print(time.process_time() - t, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
                )
                done = subprocess.run(
                    [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
                )
                seconds, memory = map(float, done.stdout.split())
                ratio = seconds / before if before else 0.0
                size = path.stat().st_size / 2**20
            rows.append({"kind": suffix, "MB": size, "s": seconds, "ratio": ratio, "memory MB": memory})
            print(f"{suffix:<6}{size:>9.2f} MB{seconds:>9.2f} s{ratio:>7.2f} ×{memory:>9.0f} MB of memory")
            before = seconds
    return rows


def many(count: int) -> dict[str, object]:
    """An index of many small texts, made and brought up to date, in a process of its own."""
    script = (
        "import resource, sys, time; from pathlib import Path; from index import Index\n"
        "from index.embedders import load_embedder\n"
        "for folder in sys.argv[2:]:\n"
        "    with Index.open(Path(sys.argv[1]), embedder=load_embedder('')) as index:\n"
        "        t = time.monotonic(); done = index.update([Path(folder)], build=False)\n"
        "        print(len(done.added), time.monotonic() - t)\n"
        "print(*(resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "files")
        folder.mkdir()
        luck = random.Random(7)
        for n in range(count):
            names = ["".join(luck.choices(_NAMES, k=2)) for _ in range(12)]
            lines = "\n".join(f"{each}{luck.choice(_ABOUT)}{luck.randrange(100, 99999)}元。" for each in names)
            (folder / f"{n:06}.txt").write_text(f"{names[0]}县{n}号公报\n{lines}\n", encoding="utf8")
        arguments = [sys.executable, "-c", script, str(Path(name, "data")), str(folder), str(folder)]
        done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    first, again, memory = (line.split() for line in done.stdout.splitlines())
    row: dict[str, object] = {"files": int(first[0]), "s": float(first[1]), "again s": float(again[1])}
    row |= {"memory MB": float(memory[0]), "memory of a worker MB": float(memory[1])}
    print(
        f"{first[0]} files in {float(first[1]):.1f} s ({int(first[0]) / float(first[1]):.0f} files/s), again in "
        f"{float(again[1]):.1f} s; at most {float(memory[0]):.0f} MB, {float(memory[1]):.0f} MB in a worker"
    )
    return row


def main() -> None:
    """Measures and prints."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--files", type=int, default=10_000)
    arguments.add_argument("--doublings", type=int, default=4)
    arguments.add_argument("--folder", type=Path)
    arguments.add_argument("--out", type=Path)
    given = arguments.parse_args()
    print(_ROW.format(*_HEAD))
    result: dict[str, object] = {"kinds": kinds()}
    if given.folder:
        by_kind: dict[str, list[Path]] = defaultdict(list)
        for path in find_files([given.folder]).files:
            by_kind[promised_by(path.suffix)].append(path)
        print()
        result["folder"] = [measured(kind, paths) for kind, paths in sorted(by_kind.items())]
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"at most {peak:.0f} MB in a process\n")
    result["peak MB"] = peak
    result["growth"] = growth(given.doublings)
    print()
    result["many"] = many(given.files)
    if given.out:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(json.dumps(result, ensure_ascii=False, indent=1), encoding="utf8")


if __name__ == "__main__":
    main()
