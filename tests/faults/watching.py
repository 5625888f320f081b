"""What a killed worker has acknowledged, held against what the index answers then and meanwhile"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index.index import Index
from tests.faults.worker import opened, text_of

ROOT = Path(__file__).parents[2]
_TITLE = re.compile(r"第K(\d+)份文件第(\d+)版")
_INCOME = re.compile(r"编号K(\d+)的收入是(\d+)元")

State = dict[int, int]
"""Number of a file → the version that it is in; without those that aren't there."""


class Promise:
    """What is acknowledged, and what may be either way because it was under way."""

    def __init__(self) -> None:
        self.kept: State = {}
        self.under_way: dict[int, int | None] = {}
        self.restored: State | None = None
        """A state that the whole index may have instead."""
        self.states: list[State] = [{}]
        """Those that were acknowledged one after the other, the last one now."""
        self.acknowledged = 0

    def hears(self, said: Mapping[str, Any]) -> None:
        """Takes in what a worker says."""
        if "started" in said:
            self.under_way = {int(n): version for n, version in said["started"]}
        elif said.get("done") == "done":
            self.settle(self.under_way)
            self.acknowledged += 1
        elif "restored" in said and self.restored is not None:
            self.kept, self.under_way = dict(self.restored), {}
            self.acknowledged += 1

    def settle(self, changes: Mapping[int, int | None]) -> None:
        """These changes are acknowledged now, and nothing is under way."""
        kept = {**self.kept, **changes}
        self.kept, self.under_way = {n: version for n, version in kept.items() if version is not None}, {}
        self.states.append(self.kept)

    def allows(self, found: State) -> str | None:
        """What is wrong with a state; None where nothing is."""
        if self.restored is not None and found == self.restored:
            return None
        for n in sorted({*self.kept, *self.under_way, *found}):
            allowed = {self.kept.get(n)} | ({self.under_way[n]} if n in self.under_way else set())
            if found.get(n) not in allowed:
                return f"file {n} is in version {found.get(n)}, not {allowed}"
        return None


def state_of(index: Index) -> State:
    """What the catalog holds. Fails where a file is held twice, or a text isn't one of its versions."""
    versions: dict[int, list[int]] = defaultdict(list)
    for info in index.documents():
        found = _TITLE.search(info.title)
        assert found, info.title
        n, version = map(int, found.groups())
        assert index.document(info.id).text == text_of(n, version)
        versions[n].append(version)
    assert all(len(each) == 1 for each in versions.values()), versions
    return {n: version for n, (version,) in versions.items()}


def answer(index: Index, n: int) -> int | None:
    """The version that a question about a file is answered from; None where nothing says it. Fails where one is told
    twice, or two are."""
    texts = [hit.passage.text for hit in index.search(f"编号K{n:02}的收入是多少元", k=5)]
    assert len(texts) == len(set(texts)), texts
    told = Counter(int(found[2]) for text in texts if (found := _INCOME.search(text)) and int(found[1]) == n)
    assert len(told) <= 1, f"{n} is told in versions {sorted(told)}"
    return next(iter(told), None)


def verify(index: Index, promise: Promise, luck: random.Random, *, most: int = 6) -> State:
    """Fails where the index has lost, doubled or kept what it shouldn't; gives back the state that it has."""
    found = state_of(index)
    assert (wrong := promise.allows(found)) is None, wrong
    asked = {*promise.under_way, *luck.sample(sorted(found), min(most, len(found)))}
    for n in sorted(asked):
        told = answer(index, n)
        assert told == found.get(n), f"file {n} is told in version {told}, the catalog has {found.get(n)}"
    return found


class Asker:
    """Asks all the time, from a process that has the index open, and remembers what was wrong."""

    def __init__(self, data: Path, promise: Promise, *, files: int) -> None:
        self.index = opened(data)
        self.wrong: list[str] = []
        self.asked = 0
        self._promise = promise
        self._files = files
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)

    def _ask(self) -> None:
        luck = random.Random(1)
        while not self._ended.is_set() and len(self.wrong) < 5:
            n = luck.randrange(self._files)
            before = self._promise.kept.get(n)
            try:
                told = answer(self.index, n)
            except Exception as error:  # noqa: BLE001 (whatever it is, the index should have answered)
                self.wrong.append(f"{type(error).__name__}: {error}")
                continue
            self.asked += 1
            is_settled = self._promise.restored is None and n not in self._promise.under_way
            # Versions only grow: an older one than was acknowledged before the question is stale.
            if is_settled and before is not None and before == self._promise.kept.get(n) and told != before:
                self.wrong.append(f"file {n} is told in version {told}, {before} was acknowledged")
            self._ended.wait(0.02)

    def __enter__(self) -> Asker:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(30)
        self.index.close()


class Nursery:
    """Workers, one after the other, each killed in the middle of what it was ordered."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def kill(self, order: Mapping[str, Any], promise: Promise, *, after_s: float | None = None) -> bool:
        """Has a worker obey, until it ends at the step that the order names, or is killed after so many seconds; says
        whether it was."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write((json.dumps(order) + "\n").encode())
        self._process.stdin.flush()
        timer = None
        try:
            for line in self._process.stdout:
                said = json.loads(line)
                if "worker" in said and after_s is not None:
                    timer = threading.Timer(after_s, os.kill, (said["worker"], signal.SIGKILL))
                    timer.start()
                if "ended" in said:
                    status = int(said["ended"])
                    assert status in (0, signal.SIGKILL), f"a worker ended with {status}"
                    return status == signal.SIGKILL
                promise.hears(said)
                if "started" in said:
                    self._process.stdin.write(b".")
                    self._process.stdin.flush()
        finally:
            if timer:
                timer.cancel()
        raise AssertionError("the nursery has ended")


@contextmanager
def nursery(data: Path, files: Path) -> Iterator[Nursery]:
    """Where workers come from."""
    command = [sys.executable, "-m", "tests.faults.worker", str(data), str(files)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield Nursery(process)
        assert process.stdin
        process.stdin.close()
