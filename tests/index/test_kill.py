"""What was acknowledged is found after a kill at any instant, and what was removed is not."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.index import Index
from index.ranking.ranker import Unranked
from tests.fakes.embedder import INTAKE, BigramEmbedder

KILLS = 20
WORKER = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tests.fakes.embedder import INTAKE, BigramEmbedder
from index import Index
import index.upkeep.updates
index.upkeep.updates._BATCH_PASSAGES = 1  # a commit for each file: as many instants to be killed at as there can be

def work(start):
    data, files = Path(sys.argv[2]), Path(sys.argv[3])
    with Index.open(data, embedder=BigramEmbedder(), intake=INTAKE) as opened:
        for n in range(start, start + 100_000):
            print(f"started {n}", flush=True)
            (files / f"{n}.txt").write_text(f"第{n}份文件\\n编号{n}的收入是{n}元。", encoding="utf8")
            (files / f"{n - 5}.txt").unlink(missing_ok=True)
            opened.update([files])
            print(f"done {n}", flush=True)
            if n % 7 == 0:
                opened.build()

# Importing takes a hundred times as long as an update: do it once, and fork what is to be killed.
for line in sys.stdin:
    worker = os.fork()
    if not worker:
        work(int(line))
    print(f"worker {worker}", flush=True)
    os.waitpid(worker, 0)
    print("killed", flush=True)
"""


@pytest.fixture
def nursery(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    (tmp_path / "files").mkdir()
    command = [
        sys.executable,
        "-c",
        WORKER,
        str(Path(__file__).parents[2]),
        str(tmp_path / "data"),
        str(tmp_path / "files"),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process


def run_and_kill(nursery: subprocess.Popen[str], *, start: int, after_s: float, done_first: bool) -> list[str]:
    """Has a worker add files from number `start` on, and kills it; gives back what it said until then.

    With `done_first` the time runs from the first update that was acknowledged, however slow the machine is.
    """
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    nursery.stdin.write(f"{start}\n")
    nursery.stdin.flush()
    said = [nursery.stdout.readline()]
    while not said[-1].startswith("worker"):
        said.append(nursery.stdout.readline())
    worker = int(said.pop().split()[1])
    while done_first and not any(line.startswith("done") for line in said):
        said.append(nursery.stdout.readline())
    time.sleep(after_s)
    os.kill(worker, signal.SIGKILL)
    while (line := nursery.stdout.readline()) != "killed\n":
        said.append(line)
    return said


def test_killed_at_any_instant(nursery: subprocess.Popen[str], tmp_path: Path) -> None:
    files = tmp_path / "files"
    luck = random.Random(7)
    next_one = acknowledged = 0
    for kill in range(KILLS):
        said = run_and_kill(nursery, start=next_one, after_s=luck.uniform(0, 0.5), done_first=kill % 4 == 3)
        done = [int(line.split()[1]) for line in said if line.startswith("done")]
        started = [int(line.split()[1]) for line in said if line.startswith("started")]
        # By what the engines say alone: how well a ranker tells two numbers apart is no matter of kills.
        with Index.open(tmp_path / "data", embedder=BigramEmbedder(), ranker=Unranked(), intake=INTAKE) as index:
            if done:
                acknowledged += len(done)
                last = max(done)
                # Of the five files that the last acknowledged update held, the one under way may have removed those
                # that are gone again; it can't have brought back any of those before.
                for n in range(max(last - 4, 0), last + 1):
                    if n in written(files):
                        assert_found(index, n)
                for n in range(max(last - 10, 0), last - 4):
                    if not (files / f"{n}.txt").exists():  # a worker killed before it removed a file leaves it
                        assert_not_found(index, n)
            index.update([files], build=False)
            there = written(files)
            assert sorted(int(info.title[1:-3]) for info in index.documents()) == there
            for n in there:
                assert_found(index, n)
        next_one = max(started, default=next_one - 1) + 1
    assert acknowledged > 0


def written(files: Path) -> list[int]:
    """Numbers of the files that hold their text; a worker killed between opening a file and writing leaves it empty."""
    return sorted(int(path.stem) for path in files.iterdir() if path.stat().st_size)


def assert_found(index: Index, n: int) -> None:
    (hit, *_) = index.search(f"编号{n}的收入是多少", k=1)
    assert hit.passage.text == f"编号{n}的收入是{n}元。"
    document = index.document(hit.passage.document_id)
    assert document.text[hit.passage.start : hit.passage.end] == hit.passage.text


def assert_not_found(index: Index, n: int) -> None:
    assert all(f"编号{n}的" not in hit.passage.text for hit in index.search(f"编号{n}的收入是多少"))
